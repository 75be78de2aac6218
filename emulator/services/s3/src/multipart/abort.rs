//! `AbortMultipartUpload`: its parts are freed, and nobody can add to it or complete it any more.

use kernel::error::ApiError;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::{Cx, Empty, S3};

/// Input of `AbortMultipartUpload`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct AbortMultipartUploadInput {
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(crate) upload_id: String,
    pub(crate) expected_bucket_owner: Option<String>,
    if_match_initiated_time: Option<f64>,
    /// Who pays does not matter here.
    #[serde(rename = "RequestPayer")]
    _request_payer: Option<IgnoredAny>,
}

impl S3 {
    pub(crate) fn abort_multipart_upload(
        &mut self,
        cx: &mut Cx<'_>,
        input: AbortMultipartUploadInput,
    ) -> Result<Empty, ApiError> {
        let stored = self.open_mut(&input.bucket, input.expected_bucket_owner.as_deref())?;
        let upload = stored.uploads.find(&input.key, &input.upload_id)?;
        let (number, initiated_s) = (upload.number, upload.initiated.as_s());
        // In whole seconds, as a header has it.
        if input.if_match_initiated_time.is_some_and(|time| time.floor() != initiated_s as f64) {
            return Err(crate::error::PRECONDITION_FAILED
                .with("Condition", "x-amz-if-match-initiated-time"));
        }
        stored.abort_upload(cx, &input.key, number);
        Ok(Empty {})
    }
}
