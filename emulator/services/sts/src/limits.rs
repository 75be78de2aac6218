//! Limits of STS: <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>.

/// A request, in bytes: tokens and session policies. Ours.
pub const REQUEST_SIZE_BYTES_MAX: usize = 1024 * 1024;
/// `DurationSeconds`
pub const SESSION_S_MIN: u64 = 900;
/// `DurationSeconds`; on AWS a role may have a lower one.
pub const SESSION_S_MAX: u64 = 43_200;
/// `DurationSeconds` where it is not said.
pub const SESSION_S_DEFAULT: u64 = 3_600;
/// Sessions that are remembered. Those that are over are, too, so that their credentials are refused as
/// expired and not taken for unknown ones; who ends first goes first. A role's ARN and a session's name
/// have AWS's lengths, so that all of them take about 3 MB. Ours.
pub const SESSIONS_MAX: usize = 1_000;
