//! Who pays for requests: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/RequesterPaysBuckets.html>.
//! Nobody pays here; it is kept and answered.

use kernel::error::ApiError;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Configuration, Document, PutBucketRequestPaymentInput, read};
use crate::{BucketInput, Cx, Empty, S3};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct RequestPayment {
    payer: Payer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Payer {
    BucketOwner,
    Requester,
}

impl RequestPayment {
    /// Whether who asks pays.
    pub(crate) fn is_requesters(&self) -> bool {
        self.payer == Payer::Requester
    }
}

impl Configuration for RequestPayment {
    const NAME: &'static str = "RequestPayment";
}

impl S3 {
    pub(crate) fn put_bucket_request_payment(
        &mut self,
        cx: &mut Cx<'_>,
        input: PutBucketRequestPaymentInput,
    ) -> Result<Empty, ApiError> {
        let owner = input.expected_bucket_owner.as_deref();
        let stored = self.open_mut(&input.bucket, owner)?;
        let payment: RequestPayment =
            read("PutBucketRequestPayment", input.request_payment_configuration)?;
        stored.keep(cx, RequestPayment::NAME, &payment);
        Ok(Empty {})
    }

    pub(crate) fn get_bucket_request_payment(
        &self,
        input: BucketInput,
    ) -> Result<Document, ApiError> {
        let owner = input.expected_bucket_owner.as_deref();
        let bucket = &self.open(&input.bucket, owner)?.bucket;
        let payment = bucket.configuration();
        let payment = payment.unwrap_or(RequestPayment { payer: Payer::BucketOwner });
        Ok(Document(json!(payment)))
    }
}
