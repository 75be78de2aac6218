//! Whether policies may look at the tags of a bucket:
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/buckets-tagging-enable-abac.html>.
//! It is kept and answered.

use kernel::error::ApiError;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Configuration, Document, PutBucketAbacInput, Status, read};
use crate::{BucketInput, Cx, Empty, S3};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Abac {
    status: Status,
}

impl Configuration for Abac {
    const NAME: &'static str = "Abac";
}

impl S3 {
    pub(crate) fn put_bucket_abac(
        &mut self,
        cx: &mut Cx<'_>,
        input: PutBucketAbacInput,
    ) -> Result<Empty, ApiError> {
        let owner = input.expected_bucket_owner.as_deref();
        let stored = self.open_mut(&input.bucket, owner)?;
        let abac: Abac = read("PutBucketAbac", input.abac_status)?;
        stored.keep(cx, Abac::NAME, &abac);
        Ok(Empty {})
    }

    pub(crate) fn get_bucket_abac(&self, input: BucketInput) -> Result<Document, ApiError> {
        let owner = input.expected_bucket_owner.as_deref();
        let bucket = &self.open(&input.bucket, owner)?.bucket;
        let abac = bucket.configuration().unwrap_or(Abac { status: Status::Disabled });
        Ok(Document(json!({ "AbacStatus": abac })))
    }
}
