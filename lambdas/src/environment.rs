//! What a function needs from its environment variables, and what it says when they are wrong.

/// Why a function could not start. Never contains the value of a variable: values hold passwords.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// A required variable is absent or empty.
    #[error("the environment variable {name} is missing: set it to {expected}")]
    Missing {
        /// Name of the variable.
        name: &'static str,
        /// What the variable should hold.
        expected: &'static str,
    },
    /// A variable is there and cannot be used.
    #[error("the environment variable {name} is not usable: expected {expected} ({reason})")]
    Invalid {
        /// Name of the variable.
        name: &'static str,
        /// What the variable should hold.
        expected: &'static str,
        /// What is wrong with the value, without the value.
        reason: String,
    },
}

/// The value of a variable that has to be there.
pub(crate) fn required(
    env: &impl Fn(&str) -> Option<String>,
    name: &'static str,
    expected: &'static str,
) -> Result<String, InitError> {
    env(name).filter(|value| !value.is_empty()).ok_or(InitError::Missing { name, expected })
}
