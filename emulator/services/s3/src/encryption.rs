//! Encryption of objects: what is asked for, what is kept of it, and what is said of it.
//!
//! Where we differ from AWS: nothing is encrypted. With what an object would be is recorded and
//! returned. An object under a customer's key is read with that key alone, over plain HTTP, too. There
//! is no KMS: every key that could be one is taken to be there, and an alias always leads to the same
//! key, which is made of its name.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use kernel::content::Blob;
use kernel::error::{self, ApiError};
use md5::{Digest as _, Md5};
use serde::Serialize;
use serde_json::Value;
use sha2::Sha256;

use crate::access::invalid_argument;
use crate::configuration::encryption::Algorithm;
use crate::{Bucket, Object};

const METHOD_HEADER: &str = "x-amz-server-side-encryption";

/// With what an object is encrypted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Encryption {
    /// Keys of S3, as every object that names no others since 2023.
    #[default]
    S3,
    /// None at all, as before.
    Plain,
    /// A key of KMS.
    Kms(KmsKey),
    /// A key that the customer sends along with every request, of which this is the MD5 in Base64.
    Customer(Box<str>),
}

/// A key of KMS, as an object is encrypted with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KmsKey {
    /// Its ARN.
    pub(crate) arn: Box<str>,
    /// Whether it is used for two layers: `aws:kms:dsse`.
    pub(crate) dual_layer: bool,
    /// Whether the bucket has a key of its own that is made of it.
    pub(crate) bucket_key: bool,
}

/// What a request says of the encryption of the object that it writes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct AskedEncryption<'a> {
    /// `x-amz-server-side-encryption`
    pub(crate) method: Option<&'a str>,
    /// `x-amz-server-side-encryption-aws-kms-key-id`
    pub(crate) kms_key_id: Option<&'a str>,
    /// `x-amz-server-side-encryption-context`
    pub(crate) kms_context: Option<&'a str>,
    /// `x-amz-server-side-encryption-bucket-key-enabled`
    pub(crate) bucket_key_enabled: Option<bool>,
    pub(crate) customer_key: CustomerKey<'a>,
}

/// What a request says of a customer's key.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct CustomerKey<'a> {
    /// `x-amz-server-side-encryption-customer-algorithm`
    pub(crate) algorithm: Option<&'a str>,
    /// `x-amz-server-side-encryption-customer-key`
    pub(crate) key: Option<&'a str>,
    /// `x-amz-server-side-encryption-customer-key-MD5`
    pub(crate) key_md5: Option<&'a str>,
}

/// What an answer says of encryption: members of its output.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct EncryptionAnswer {
    #[serde(skip_serializing_if = "Option::is_none")]
    server_side_encryption: Option<&'static str>,
    #[serde(rename = "SSECustomerAlgorithm", skip_serializing_if = "Option::is_none")]
    sse_customer_algorithm: Option<&'static str>,
    #[serde(rename = "SSECustomerKeyMD5", skip_serializing_if = "Option::is_none")]
    sse_customer_key_md5: Option<Box<str>>,
    #[serde(rename = "SSEKMSKeyId", skip_serializing_if = "Option::is_none")]
    sse_kms_key_id: Option<Box<str>>,
    /// Said of a write alone.
    #[serde(rename = "SSEKMSEncryptionContext", skip_serializing_if = "Option::is_none")]
    sse_kms_encryption_context: Option<Box<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bucket_key_enabled: Option<bool>,
}

impl Encryption {
    /// `AES256`, `aws:kms` or `aws:kms:dsse`; nothing where the key is the customer's.
    pub(crate) fn method(&self) -> Option<&'static str> {
        match self {
            Self::S3 => Some("AES256"),
            Self::Kms(key) if key.dual_layer => Some("aws:kms:dsse"),
            Self::Kms(_) => Some("aws:kms"),
            Self::Plain | Self::Customer(_) => None,
        }
    }

    pub(crate) fn answer(&self) -> EncryptionAnswer {
        let mut answer =
            EncryptionAnswer { server_side_encryption: self.method(), ..Default::default() };
        match self {
            Self::S3 | Self::Plain => {}
            Self::Kms(key) => {
                answer.sse_kms_key_id = Some(key.arn.clone());
                answer.bucket_key_enabled = Some(true).filter(|_| key.bucket_key);
            }
            Self::Customer(key_md5) => {
                answer.sse_customer_algorithm = Some("AES256");
                answer.sse_customer_key_md5 = Some(key_md5.clone());
            }
        }
        answer
    }

    /// The ETag of a part of an object that is to be encrypted so, without quotes. Under other keys
    /// than those of S3 it says nothing about the part.
    pub(crate) fn etag_of_part(&self, blob: &Blob) -> String {
        let (digits, key) = (hex::encode(blob.md5), self.key());
        match key {
            None => digits,
            Some(key) => {
                let opaque = Sha256::digest(format!("{digits} {} {key}", &*blob.id.0));
                hex::encode(&opaque[..16])
            }
        }
    }

    /// Of which key it is, where that is not one of S3's.
    fn key(&self) -> Option<&str> {
        match self {
            Self::S3 | Self::Plain => None,
            Self::Kms(key) => Some(&key.arn),
            Self::Customer(key_md5) => Some(key_md5),
        }
    }

    /// The same, of a write.
    pub(crate) fn answer_to(&self, asked: AskedEncryption<'_>) -> EncryptionAnswer {
        let context = asked.kms_context.filter(|_| matches!(self, Self::Kms(_)));
        EncryptionAnswer { sse_kms_encryption_context: context.map(Into::into), ..self.answer() }
    }

    /// Refuses who wants to read an object and does not send the key that it was written with.
    pub(crate) fn check_read(&self, given: CustomerKey<'_>) -> Result<(), ApiError> {
        let wrong_key = || {
            error::ACCESS_DENIED.says(
                "Requests specifying Server Side Encryption with Customer provided keys must \
                 provide the correct secret key.",
            )
        };
        match (self, given.check()?) {
            (Self::Customer(_), Given::Nothing) => Err(crate::error::INVALID_REQUEST.says(
                "The object was stored using a form of Server Side Encryption. The correct \
                 parameters must be provided to retrieve the object.",
            )),
            (Self::Customer(key_md5), Given::Key(given)) if **key_md5 == *given => Ok(()),
            (Self::Customer(_), _) => Err(wrong_key()),
            (_, Given::Nothing) => Ok(()),
            (_, Given::KeyWithoutMd5 | Given::Key(_)) => Err(crate::error::INVALID_REQUEST
                .says("The encryption parameters are not applicable to this object.")),
        }
    }
}

impl Encryption {
    /// Refuses who adds a part to an upload and does not send the key that it began with.
    pub(crate) fn check_part(&self, given: CustomerKey<'_>) -> Result<(), ApiError> {
        let refuse = |message| Err(crate::error::INVALID_REQUEST.says(message));
        match (self, given.check()?) {
            (Self::Customer(_), Given::Nothing) => refuse(
                "The multipart upload initiate requested encryption. Subsequent part requests must \
                 include the appropriate encryption parameters.",
            ),
            (Self::Customer(key_md5), Given::Key(given)) if **key_md5 == *given => Ok(()),
            (Self::Customer(_), _) => {
                refuse("The provided encryption parameters did not match the ones used originally.")
            }
            (_, Given::Nothing) => Ok(()),
            (_, Given::KeyWithoutMd5 | Given::Key(_)) => refuse(
                "The multipart upload initiate did not request encryption. Please resend the \
                 request without sending encryption parameters.",
            ),
        }
    }
}

impl Object {
    pub(crate) fn encryption(&self) -> &Encryption {
        &self.described.encryption
    }

    /// The ETag of the body, without quotes. It is the MD5 of the body only under keys of S3; under
    /// others it says nothing about the body, as on AWS.
    pub(crate) fn bare_etag(&self) -> String {
        let etag = self.content.etag();
        let Some(key) = self.encryption().key() else { return etag };
        let (digits, parts) = etag.split_at(etag.find('-').unwrap_or(etag.len()));
        let blob = self.content.blobs().first().map_or("", |blob| &*blob.id.0);
        let written_s = self.last_modified.as_s();
        let opaque = Sha256::digest(format!("{digits} {blob} {written_s} {key}"));
        format!("{}{parts}", hex::encode(&opaque[..16]))
    }
}

impl AskedEncryption<'_> {
    /// With what an object in this bucket is to be encrypted.
    pub(crate) fn resolve(self, bucket: &Bucket) -> Result<Encryption, ApiError> {
        let customer_key = match (self.customer_key.is_given(), self.method) {
            (true, Some(method)) => {
                return Err(invalid_argument(
                    "Server Side Encryption with Customer provided key is incompatible with the \
                     encryption method specified",
                    METHOD_HEADER,
                    method,
                ));
            }
            _ => self.customer_key.check()?,
        };
        match customer_key {
            Given::Key(key_md5) => {
                if bucket.encryption_rule().is_some_and(|rule| rule.blocks_customer_keys()) {
                    return Err((&error::ACCESS_DENIED).into());
                }
                return Ok(Encryption::Customer(key_md5.into()));
            }
            Given::KeyWithoutMd5 => return Err(invalid_key()),
            Given::Nothing => {}
        }
        let dual_layer = match self.method {
            Some("aws:kms") => false,
            Some("aws:kms:dsse") => true,
            method @ (None | Some("AES256")) => {
                if self.kms_key_id.is_some() || self.kms_context.is_some() {
                    let refused = crate::error::INVALID_ARGUMENT
                        .says(
                            "Server Side Encryption with AWS KMS managed key requires HTTP header \
                             x-amz-server-side-encryption : aws:kms",
                        )
                        .with("ArgumentName", METHOD_HEADER);
                    return Err(match method {
                        Some(method) => refused.with("ArgumentValue", method),
                        None => refused,
                    });
                }
                return match method {
                    Some(_) => Ok(Encryption::S3),
                    None => default_of(bucket, self.bucket_key_enabled),
                };
            }
            Some(other) => {
                return Err(invalid_argument(
                    "The encryption method specified is not supported",
                    METHOD_HEADER,
                    other,
                ));
            }
        };
        if let Some(context) = self.kms_context {
            check_context(context)?;
        }
        let key = self.kms_key_id.filter(|id| !id.is_empty()).unwrap_or(MANAGED_KEY);
        let bucket_key = self.bucket_key_enabled.unwrap_or_else(|| {
            bucket.encryption_rule().is_some_and(|rule| rule.bucket_key_enabled)
        });
        let bucket_key = bucket_key && !dual_layer;
        Ok(Encryption::Kms(KmsKey { arn: key_arn(key, bucket)?, dual_layer, bucket_key }))
    }
}

/// What a request brings of a customer's key.
enum Given<'a> {
    Nothing,
    /// A key that may be one.
    KeyWithoutMd5,
    /// The MD5 of a key that came along.
    Key(&'a str),
}

impl<'a> CustomerKey<'a> {
    pub(crate) fn is_given(self) -> bool {
        self.algorithm.is_some() || self.key.is_some() || self.key_md5.is_some()
    }

    fn check(self) -> Result<Given<'a>, ApiError> {
        if !self.is_given() {
            return Ok(Given::Nothing);
        }
        match self.algorithm {
            Some("AES256") => {}
            Some(other) => {
                return Err(crate::error::INVALID_ENCRYPTION_ALGORITHM
                    .with("ArgumentName", METHOD_HEADER)
                    .with("ArgumentValue", other));
            }
            None => {
                return Err(refused(
                    "Requests specifying Server Side Encryption with Customer provided keys must \
                     provide a valid encryption algorithm.",
                ));
            }
        }
        let key = self.key.ok_or_else(|| {
            refused(
                "Requests specifying Server Side Encryption with Customer provided keys must \
                 provide an appropriate secret key.",
            )
        })?;
        let key = BASE64.decode(key).ok().filter(|key| key.len() == 32).ok_or_else(invalid_key)?;
        let Some(key_md5) = self.key_md5 else { return Ok(Given::KeyWithoutMd5) };
        if BASE64.encode(Md5::digest(&key)) != key_md5 {
            return Err(refused(
                "The calculated MD5 hash of the key did not match the hash that was provided.",
            ));
        }
        Ok(Given::Key(key_md5))
    }
}

fn refused(message: &'static str) -> ApiError {
    crate::error::INVALID_ARGUMENT.says(message).with("ArgumentName", METHOD_HEADER)
}

fn invalid_key() -> ApiError {
    refused("The secret key was invalid for the specified algorithm.")
}

/// With what a bucket encrypts the objects of which nothing is said.
fn default_of(bucket: &Bucket, bucket_key: Option<bool>) -> Result<Encryption, ApiError> {
    let Some(rule) = bucket.encryption_rule() else {
        return Ok(if bucket.is_plain { Encryption::Plain } else { Encryption::S3 });
    };
    let default = rule.apply_server_side_encryption_by_default;
    let dual_layer = match default.algorithm {
        Algorithm::Aes256 => return Ok(Encryption::S3),
        Algorithm::Kms => false,
        Algorithm::KmsDualLayer => true,
    };
    Ok(Encryption::Kms(KmsKey {
        arn: key_arn(default.kms_key_id.as_deref().unwrap_or(MANAGED_KEY), bucket)?,
        dual_layer,
        bucket_key: bucket_key.unwrap_or(rule.bucket_key_enabled) && !dual_layer,
    }))
}

/// The key that AWS has for S3 in every account.
const MANAGED_KEY: &str = "alias/aws/s3";

/// The ARN of a key, which is named by its ARN, its id or an alias.
fn key_arn(key: &str, bucket: &Bucket) -> Result<Box<str>, ApiError> {
    let unknown = |message: String| crate::error::KMS_NOT_FOUND.says(message);
    let (region, account, key) = match key.strip_prefix("arn:aws:kms:") {
        None => (bucket.region.as_str(), bucket.owner.as_str(), key),
        Some(rest) => {
            let mut parts = rest.splitn(3, ':');
            let (Some(region), Some(account), Some(name)) =
                (parts.next(), parts.next(), parts.next())
            else {
                return Err(unknown(format!("Invalid arn {key}")));
            };
            if region != bucket.region.as_str() {
                return Err(unknown(format!("Invalid arn {region}")));
            }
            (region, account, name.strip_prefix("key/").unwrap_or(name))
        }
    };
    let id = match key.strip_prefix("alias/") {
        Some(_) => key_of_alias(region, account, key),
        None if is_key_id(key) => key.to_owned(),
        None => return Err(unknown(format!("Invalid keyId '{key}'"))),
    };
    Ok(format!("arn:aws:kms:{region}:{account}:key/{id}").into())
}

/// The id of the key that an alias leads to.
fn key_of_alias(region: &str, account: &str, alias: &str) -> String {
    let digits = hex::encode(Sha256::digest(format!("{region} {account} {alias}")));
    format!(
        "{}-{}-4{}-8{}-{}",
        &digits[..8],
        &digits[8..12],
        &digits[12..15],
        &digits[15..18],
        &digits[18..30]
    )
}

/// Whether this has the form of a key's id: a UUID, or `mrk-` and 32 digits for several regions.
fn is_key_id(id: &str) -> bool {
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if let Some(digits) = id.strip_prefix("mrk-") {
        return digits.len() == 32 && are_digits(digits);
    }
    let lengths = id.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && id.split('-').all(are_digits)
}

/// An encryption context is JSON of strings in Base64.
fn check_context(context: &str) -> Result<(), ApiError> {
    let document: Option<Value> =
        BASE64.decode(context).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    match document {
        Some(Value::Object(pairs)) if pairs.values().all(Value::is_string) => Ok(()),
        _ => Err(invalid_argument(
            "The header 'x-amz-server-side-encryption-context' shall be Base64-encoded UTF-8 \
             string holding JSON which represents a string-string map",
            "x-amz-server-side-encryption-context",
            context,
        )),
    }
}
