//! The errors of S3: <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>.

use super::Row;

/// No bucket of that name.
pub static NO_SUCH_BUCKET: Row =
    Row::sender("NoSuchBucket", 404, "The specified bucket does not exist");
