//! How much is kept and shown of what functions log. What CloudWatch Logs keeps of all is its own limit.

use std::time::Duration;

use cloudless_core::lambda::limits as lambda;

/// How long what is provisioned may take to initialise at least, where its function's timeout is shorter.
/// <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib>
pub(super) const PROVISIONED_INIT_MIN: Duration = Duration::from_secs(130);
/// How much of an invocation's log its answer carries (`LogResult`), in bytes.
/// <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_ResponseSyntax>
pub const LOG_TAIL_BYTES_MAX: usize = lambda::LOG_TAIL_MAX_BYTES;
/// A longer line is cut here, in bytes: between two characters, with a mark that says how long it was. An
/// event of CloudWatch Logs has a mebibyte with the 26 bytes that are counted beside it.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html>
pub const LINE_BYTES_MAX: usize = 1024 * 1024 - 26;
/// How many lines `GET /_cloudless/logs/{name}` shows: some hundred invocations.
pub const LINES_MAX: usize = 1000;
/// Lines of an environment that are held, so that they go to CloudWatch Logs together. Ours.
pub const HELD_LINES_MAX: usize = 10_000;
/// The same, in bytes.
pub const HELD_SIZE_BYTES_MAX: usize = 64 * 1024;
/// For how long they are held.
pub const HOLD: Duration = Duration::from_millis(40);
/// What CloudWatch Logs is given of one invocation, in bytes. AWS drops logs as well where there are too many. Ours.
pub const KEPT_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Processes and threads of one environment, as on AWS.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
pub const TASKS_MAX: u64 = 1024;
/// How many more processes and threads the user of functions may have than there were when a function's process
/// began. Far more than one environment may have, since those of the others count, too. Ours.
pub const TASKS_OF_USER_MAX: u64 = 8 * TASKS_MAX;
/// Lines of one page.
pub const PAGE_LINES_MAX: usize = 1000;
/// How many lines of an invocation the emulator's own log shows. It says how many it left out.
pub const SHOWN_LINES_MAX: usize = 1000;
/// How many bytes of an invocation's lines the emulator's own log shows.
pub const SHOWN_BYTES_MAX: usize = 256 * 1024;
