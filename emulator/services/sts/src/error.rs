//! The errors of STS: <https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html>.

use kernel::error::Row;

/// A parameter breaks a constraint of AWS's model.
pub static VALIDATION: Row = Row::sender("ValidationError", 400, "A parameter is invalid.");
