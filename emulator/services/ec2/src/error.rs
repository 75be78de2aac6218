//! The errors of EC2: <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html>.

use kernel::error::Row;

/// The caller may not do this.
pub static UNAUTHORIZED_OPERATION: Row =
    Row::sender("UnauthorizedOperation", 403, "You are not authorized to perform this operation.");
