//! Configurations of a bucket that are documents: checked when they are put, kept by name in AWS's JSON
//! shape, and answered as they were put.
//!
//! One file a noun. What a bucket was not given is answered with AWS's default, or with AWS's error.

pub(crate) mod abac;
pub(crate) mod accelerate;
pub(crate) mod analytics;
pub(crate) mod encryption;
pub(crate) mod filter;
pub(crate) mod intelligent_tiering;
pub(crate) mod inventory;
pub(crate) mod lifecycle;
pub(crate) mod logging;
pub(crate) mod metadata;
pub(crate) mod metrics;
pub(crate) mod named;
pub(crate) mod replication;
pub(crate) mod request_payment;
pub(crate) mod website;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use kernel::error::{self, ApiError, Row};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Bucket, BucketInput, Cx, Empty, S3, Stored};

/// Operations on what is checked, kept and given back, and nothing comes of it.
pub(crate) const STORED_ONLY: &[&str] = &[
    "PutBucketAbac",
    "GetBucketAbac",
    "PutBucketAccelerateConfiguration",
    "GetBucketAccelerateConfiguration",
    "PutBucketAnalyticsConfiguration",
    "GetBucketAnalyticsConfiguration",
    "DeleteBucketAnalyticsConfiguration",
    "ListBucketAnalyticsConfigurations",
    "PutBucketIntelligentTieringConfiguration",
    "GetBucketIntelligentTieringConfiguration",
    "DeleteBucketIntelligentTieringConfiguration",
    "ListBucketIntelligentTieringConfigurations",
    "PutBucketInventoryConfiguration",
    "GetBucketInventoryConfiguration",
    "DeleteBucketInventoryConfiguration",
    "ListBucketInventoryConfigurations",
    "PutBucketReplication",
    "GetBucketReplication",
    "DeleteBucketReplication",
    "PutBucketRequestPayment",
    "GetBucketRequestPayment",
];

/// A document, as AWS answers it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Document(Value);

/// A kind of document that a bucket may have.
pub(crate) trait Configuration: Serialize + DeserializeOwned {
    /// Under which name a bucket keeps it; of kinds of which it may have several, what stands before
    /// `/ID`.
    const NAME: &'static str;
}

/// Whether something is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Status {
    Enabled,
    Disabled,
}

/// The inputs of operations that put a document.
macro_rules! put_inputs {
    ($($input:ident { $document:ident })*) => { $(
        #[doc = concat!("Input of `", stringify!($input), "`, without the last word.")]
        #[derive(Debug, Clone, Deserialize)]
        #[serde(rename_all = "PascalCase", deny_unknown_fields)]
        pub struct $input {
            pub(crate) bucket: String,
            $document: Value,
            pub(crate) expected_bucket_owner: Option<String>,
            #[serde(rename = "ContentMD5")]
            _content_md5: Option<IgnoredAny>,
            #[serde(rename = "ChecksumAlgorithm")]
            _checksum_algorithm: Option<IgnoredAny>,
        }
    )* };
}

put_inputs! {
    PutBucketAbacInput { abac_status }
    PutBucketAccelerateConfigurationInput { accelerate_configuration }
    PutBucketEncryptionInput { server_side_encryption_configuration }
    PutBucketLoggingInput { bucket_logging_status }
    PutBucketRequestPaymentInput { request_payment_configuration }
    PutBucketWebsiteInput { website_configuration }
}

/// Reads a document. What AWS's schema has and we have not is not implemented; everything else that does
/// not fit is malformed.
pub(crate) fn read<T: DeserializeOwned>(operation: &str, document: Value) -> Result<T, ApiError> {
    serde_json::from_value(document).map_err(|wrong| {
        let text = wrong.to_string();
        // serde names the member between the first pair of back ticks.
        match text.strip_prefix("unknown field `").and_then(|rest| rest.split('`').next()) {
            Some(member) => error::parameter_not_implemented(operation, member),
            None => malformed(),
        }
    })
}

/// A name for a rule that came without one.
pub(crate) fn new_id(cx: &mut Cx<'_>) -> String {
    BASE64.encode(cx.ids.uuid())
}

/// `MalformedXML`
pub(crate) fn malformed() -> ApiError {
    (&crate::error::MALFORMED_XML).into()
}

impl Bucket {
    /// A configuration that the bucket was given.
    pub(crate) fn configuration<T: Configuration>(&self) -> Option<T> {
        self.document_named(T::NAME)
    }

    /// The document of that name, read.
    pub(crate) fn document_named<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        // It was checked when it was put.
        serde_json::from_str(self.documents.get(name)?).ok()
    }
}

impl Stored {
    /// Keeps a document under a name.
    pub(crate) fn keep(&mut self, cx: &mut Cx<'_>, name: &str, document: &impl Serialize) {
        self.set_document(name, document);
        self.save(cx);
    }

    /// The same, before the bucket is saved.
    pub(crate) fn set_document(&mut self, name: &str, document: &impl Serialize) {
        // Documents are plain structs with string keys: that cannot fail.
        let text = serde_json::to_string(document).unwrap_or_default();
        self.bucket.documents.insert(name.into(), text.into());
    }

    /// Drops the document of that name. Whether it was there is the answer.
    pub(crate) fn drop_document(&mut self, cx: &mut Cx<'_>, name: &str) -> bool {
        let was_there = self.bucket.documents.remove(name).is_some();
        if was_there {
            self.save(cx);
        }
        was_there
    }

    /// A document as it is kept, or the refusal that the bucket has none.
    pub(crate) fn document(&self, name: &str, none: &'static Row) -> Result<Document, ApiError> {
        let document = self.bucket.document_named(name);
        document.map(Document).ok_or_else(|| none.with("BucketName", self.bucket.name.as_str()))
    }
}

impl S3 {
    /// A document of a bucket, or the refusal that there is none.
    fn document_of(
        &self,
        input: &BucketInput,
        name: &str,
        none: &'static Row,
    ) -> Result<Document, ApiError> {
        let owner = input.expected_bucket_owner.as_deref();
        self.open(&input.bucket, owner)?.document(name, none)
    }

    /// Drops a document of a bucket, if it is there.
    fn drop_document_of(
        &mut self,
        cx: &mut Cx<'_>,
        input: &BucketInput,
        name: &str,
    ) -> Result<Empty, ApiError> {
        let owner = input.expected_bucket_owner.as_deref();
        self.open_mut(&input.bucket, owner)?.drop_document(cx, name);
        Ok(Empty {})
    }
}
