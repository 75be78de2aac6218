//! Limits of STS: <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>.

/// `DurationSeconds`
pub const SESSION_S_MIN: u64 = 900;
/// `DurationSeconds`; on AWS a role may have a lower one.
pub const SESSION_S_MAX: u64 = 43_200;
/// `DurationSeconds` where it is not said.
pub const SESSION_S_DEFAULT: u64 = 3_600;
