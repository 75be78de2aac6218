//! The errors of Elastic Load Balancing.

use kernel::error::Row;

/// A parameter breaks a constraint of AWS's model.
pub static VALIDATION: Row = Row::sender("ValidationError", 400, "");
/// The caller may not do this.
pub static ACCESS_DENIED: Row = Row::sender("AccessDenied", 403, "Access Denied");
