//! How much is kept and shown of what functions log. AWS keeps all of it, in CloudWatch; here it is
//! memory.

use cloudless_core::lambda::limits as lambda;

/// How much of an invocation's log its answer carries (`LogResult`), in bytes.
/// <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_ResponseSyntax>
pub const LOG_TAIL_BYTES_MAX: usize = lambda::LOG_TAIL_MAX_BYTES;
/// A longer line is cut here, in bytes: between two characters, with a mark that says how long it was.
/// A stack trace fits.
pub const LINE_BYTES_MAX: usize = 8192;
/// How many lines are remembered of each function: some hundred invocations.
pub const LINES_MAX: usize = 1000;
/// How many bytes of lines are remembered of each function: half a kibibyte for each line.
pub const LINES_BYTES_MAX: usize = 512 * 1024;
/// Of how many functions lines are remembered: of those that were started last, whether they are still
/// there or deleted. More than a laptop runs.
pub const LOGGED_FUNCTIONS_MAX: usize = 128;
/// How many bytes of lines are remembered of all functions together: 16 MiB. The oldest lines go first,
/// which sooner or later are those of functions that were deleted.
pub const LOGS_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Lines of one page.
pub const PAGE_LINES_MAX: usize = 1000;
/// How many lines of an invocation the emulator's own log shows. It says how many it left out.
pub const SHOWN_LINES_MAX: usize = 1000;
/// How many bytes of an invocation's lines the emulator's own log shows.
pub const SHOWN_BYTES_MAX: usize = 256 * 1024;
