//! Tables of what is known of a bucket's objects, of which there are none here:
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/metadata-tables-overview.html>.

use kernel::error::ApiError;

use super::Document;
use crate::error::{METADATA_CONFIGURATION_NOT_FOUND, V1_APIS_NOT_ALLOWED};
use crate::{BucketInput, S3};

impl S3 {
    pub(crate) fn get_bucket_metadata_configuration(
        &self,
        input: BucketInput,
    ) -> Result<Document, ApiError> {
        let owner = input.expected_bucket_owner.as_deref();
        let bucket = &self.open(&input.bucket, owner)?.bucket;
        Err(METADATA_CONFIGURATION_NOT_FOUND.with("BucketName", bucket.name.as_str()))
    }

    /// New accounts do not have this one any more.
    pub(crate) fn get_bucket_metadata_table_configuration(
        &self,
        input: BucketInput,
    ) -> Result<Document, ApiError> {
        self.open(&input.bucket, input.expected_bucket_owner.as_deref())?;
        Err(V1_APIS_NOT_ALLOWED.with("Method", "GET"))
    }
}
