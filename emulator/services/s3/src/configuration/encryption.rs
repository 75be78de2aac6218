//! With what a bucket encrypts objects of which nothing else is said:
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html>.

use kernel::error::ApiError;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Configuration, Document, PutBucketEncryptionInput, malformed, read};
use crate::{Bucket, BucketInput, Cx, Empty, S3};

/// The rule of a bucket, of which there is one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct EncryptionConfiguration {
    rules: Vec<EncryptionRule>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct EncryptionRule {
    #[serde(default)]
    pub(crate) apply_server_side_encryption_by_default: EncryptionByDefault,
    #[serde(default)]
    pub(crate) bucket_key_enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    blocked_encryption_types: Option<BlockedEncryptionTypes>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EncryptionByDefault {
    #[serde(rename = "SSEAlgorithm")]
    pub(crate) algorithm: Algorithm,
    #[serde(rename = "KMSMasterKeyID", skip_serializing_if = "Option::is_none")]
    pub(crate) kms_key_id: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Algorithm {
    #[serde(rename = "AES256")]
    Aes256,
    #[serde(rename = "aws:kms")]
    Kms,
    #[serde(rename = "aws:kms:dsse")]
    KmsDualLayer,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct BlockedEncryptionTypes {
    #[serde(default)]
    encryption_type: Vec<EncryptionType>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum EncryptionType {
    #[serde(rename = "NONE")]
    None,
    #[serde(rename = "SSE-C")]
    CustomerKeys,
}

impl Configuration for EncryptionConfiguration {
    const NAME: &'static str = "Encryption";
}

impl Default for EncryptionByDefault {
    fn default() -> Self {
        Self { algorithm: Algorithm::Aes256, kms_key_id: None }
    }
}

impl Bucket {
    /// What the bucket was given to encrypt with.
    pub(crate) fn encryption_rule(&self) -> Option<EncryptionRule> {
        self.configuration::<EncryptionConfiguration>()?.rules.into_iter().next()
    }
}

impl EncryptionRule {
    /// Whether the bucket takes no objects under keys of customers.
    pub(crate) fn blocks_customer_keys(&self) -> bool {
        let blocked = self.blocked_encryption_types.as_ref();
        blocked.is_some_and(|types| types.encryption_type.contains(&EncryptionType::CustomerKeys))
    }
}

impl S3 {
    pub(crate) fn put_bucket_encryption(
        &mut self,
        cx: &mut Cx<'_>,
        input: PutBucketEncryptionInput,
    ) -> Result<Empty, ApiError> {
        let owner = input.expected_bucket_owner.as_deref();
        let stored = self.open_mut(&input.bucket, owner)?;
        let document = input.server_side_encryption_configuration;
        let says_something = |rule: &serde_json::Value| {
            rule.get("ApplyServerSideEncryptionByDefault").is_some()
                || rule.get("BlockedEncryptionTypes").is_some()
        };
        let rules = document.get("Rules").and_then(serde_json::Value::as_array);
        if !rules.is_some_and(|rules| rules.len() == 1 && rules.iter().all(says_something)) {
            return Err(malformed());
        }
        let configuration: EncryptionConfiguration = read("PutBucketEncryption", document)?;
        for rule in &configuration.rules {
            let default = &rule.apply_server_side_encryption_by_default;
            if default.kms_key_id.is_some() && default.algorithm == Algorithm::Aes256 {
                return Err(crate::error::INVALID_ARGUMENT
                    .says(
                        "a KMSMasterKeyID is not applicable if the default sse algorithm is not \
                         aws:kms or aws:kms:dsse",
                    )
                    .with("ArgumentName", "ApplyServerSideEncryptionByDefault"));
            }
        }
        stored.keep(cx, EncryptionConfiguration::NAME, &configuration);
        Ok(Empty {})
    }

    pub(crate) fn get_bucket_encryption(&self, input: BucketInput) -> Result<Document, ApiError> {
        let owner = input.expected_bucket_owner.as_deref();
        let bucket = &self.open(&input.bucket, owner)?.bucket;
        let configuration = match bucket.configuration() {
            Some(configuration) => configuration,
            None if bucket.is_plain => {
                return Err(crate::error::NO_SUCH_ENCRYPTION.with("BucketName", input.bucket));
            }
            // What every bucket has since January 2023.
            None => EncryptionConfiguration {
                rules: vec![EncryptionRule {
                    apply_server_side_encryption_by_default: EncryptionByDefault::default(),
                    bucket_key_enabled: false,
                    blocked_encryption_types: None,
                }],
            },
        };
        Ok(Document(json!({ "ServerSideEncryptionConfiguration": configuration })))
    }

    pub(crate) fn delete_bucket_encryption(
        &mut self,
        cx: &mut Cx<'_>,
        input: BucketInput,
    ) -> Result<Empty, ApiError> {
        self.drop_document_of(cx, &input, EncryptionConfiguration::NAME)
    }
}
