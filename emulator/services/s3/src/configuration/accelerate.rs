//! Transfer acceleration: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/transfer-acceleration.html>.
//! Nothing is nearer than this machine; it is kept and answered.

use kernel::error::ApiError;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Configuration, Document, PutBucketAccelerateConfigurationInput, read};
use crate::{Cx, Empty, S3};

/// Input of `GetBucketAccelerateConfiguration`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct GetBucketAccelerateConfigurationInput {
    pub(crate) bucket: String,
    pub(crate) expected_bucket_owner: Option<String>,
    #[serde(rename = "RequestPayer")]
    _request_payer: Option<IgnoredAny>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Accelerate {
    status: AccelerateStatus,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum AccelerateStatus {
    Enabled,
    Suspended,
}

impl Configuration for Accelerate {
    const NAME: &'static str = "Accelerate";
}

impl S3 {
    pub(crate) fn put_bucket_accelerate_configuration(
        &mut self,
        cx: &mut Cx<'_>,
        input: PutBucketAccelerateConfigurationInput,
    ) -> Result<Empty, ApiError> {
        let owner = input.expected_bucket_owner.as_deref();
        let stored = self.open_mut(&input.bucket, owner)?;
        if input.bucket.contains('.') {
            return Err(crate::error::INVALID_REQUEST.says(
                "S3 Transfer Acceleration is not supported for buckets with periods (.) in their \
                 names",
            ));
        }
        let accelerate: Accelerate =
            read("PutBucketAccelerateConfiguration", input.accelerate_configuration)?;
        // What was never on cannot be suspended: it stays as it is.
        let was_on = stored.bucket.configuration::<Accelerate>().is_some();
        if was_on || accelerate.status == AccelerateStatus::Enabled {
            stored.keep(cx, Accelerate::NAME, &accelerate);
        }
        Ok(Empty {})
    }

    pub(crate) fn get_bucket_accelerate_configuration(
        &self,
        input: GetBucketAccelerateConfigurationInput,
    ) -> Result<Document, ApiError> {
        let owner = input.expected_bucket_owner.as_deref();
        let accelerate = self.open(&input.bucket, owner)?.bucket.configuration::<Accelerate>();
        Ok(Document(accelerate.map_or_else(|| json!({}), |accelerate| json!(accelerate))))
    }
}
