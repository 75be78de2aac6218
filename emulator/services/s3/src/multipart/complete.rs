//! `CompleteMultipartUpload`: the parts that are named become the body of the object.

use kernel::call::Origin;
use kernel::checksum::{ChecksumAlgorithm, ChecksumType};
use kernel::content::{Blob, Content};
use kernel::error::{self, ApiError};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::create::checksum_type;
use super::{CHECKSUM_DEFAULT, Since, Upload, part_number};
use crate::access::invalid_argument;
use crate::encryption::{CustomerKey, Encryption, EncryptionAnswer};
use crate::event::EventName;
use crate::object::check_key;
use crate::version::Version;
use crate::{Checksum, Cx, Object, S3, Stored, conditional, limits};

/// Input of `CompleteMultipartUpload`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CompleteMultipartUploadInput {
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(crate) upload_id: String,
    multipart_upload: Option<CompletedMultipartUpload>,
    #[serde(rename = "ChecksumCRC32")]
    checksum_crc32: Option<String>,
    #[serde(rename = "ChecksumCRC32C")]
    checksum_crc32c: Option<String>,
    #[serde(rename = "ChecksumCRC64NVME")]
    checksum_crc64nvme: Option<String>,
    #[serde(rename = "ChecksumMD5")]
    checksum_md5: Option<String>,
    #[serde(rename = "ChecksumSHA1")]
    checksum_sha1: Option<String>,
    #[serde(rename = "ChecksumSHA256")]
    checksum_sha256: Option<String>,
    #[serde(rename = "ChecksumSHA512")]
    checksum_sha512: Option<String>,
    #[serde(rename = "ChecksumXXHASH128")]
    checksum_xxhash128: Option<String>,
    #[serde(rename = "ChecksumXXHASH3")]
    checksum_xxhash3: Option<String>,
    #[serde(rename = "ChecksumXXHASH64")]
    checksum_xxhash64: Option<String>,
    #[serde(rename = "SSECustomerAlgorithm")]
    sse_customer_algorithm: Option<String>,
    #[serde(rename = "SSECustomerKey")]
    sse_customer_key: Option<String>,
    #[serde(rename = "SSECustomerKeyMD5")]
    sse_customer_key_md5: Option<String>,
    checksum_type: Option<String>,
    mpu_object_size: Option<i64>,
    pub(crate) if_match: Option<String>,
    pub(crate) if_none_match: Option<String>,
    pub(crate) expected_bucket_owner: Option<String>,
    /// Who pays does not matter here.
    #[serde(rename = "RequestPayer")]
    _request_payer: Option<IgnoredAny>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct CompletedMultipartUpload {
    #[serde(default)]
    parts: Vec<CompletedPart>,
}

/// A part that is named.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct CompletedPart {
    part_number: Option<i64>,
    #[serde(rename = "ETag")]
    etag: Option<String>,
    #[serde(rename = "ChecksumCRC32")]
    checksum_crc32: Option<String>,
    #[serde(rename = "ChecksumCRC32C")]
    checksum_crc32c: Option<String>,
    #[serde(rename = "ChecksumCRC64NVME")]
    checksum_crc64nvme: Option<String>,
    #[serde(rename = "ChecksumMD5")]
    checksum_md5: Option<String>,
    #[serde(rename = "ChecksumSHA1")]
    checksum_sha1: Option<String>,
    #[serde(rename = "ChecksumSHA256")]
    checksum_sha256: Option<String>,
    #[serde(rename = "ChecksumSHA512")]
    checksum_sha512: Option<String>,
    #[serde(rename = "ChecksumXXHASH128")]
    checksum_xxhash128: Option<String>,
    #[serde(rename = "ChecksumXXHASH3")]
    checksum_xxhash3: Option<String>,
    #[serde(rename = "ChecksumXXHASH64")]
    checksum_xxhash64: Option<String>,
}

/// A part that is named, as far as it can be one.
struct Named<'a> {
    number: u16,
    /// Without quotes.
    etag: &'a str,
    checksum: Option<(ChecksumAlgorithm, &'a str)>,
}

/// Output of `CompleteMultipartUpload`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CompleteMultipartUploadOutput {
    location: String,
    bucket: String,
    key: String,
    /// When a lifecycle deletes the object, and which of its rules.
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration: Option<String>,
    #[serde(rename = "ETag")]
    etag: String,
    #[serde(flatten)]
    checksum: Option<Checksum>,
    #[serde(flatten)]
    encryption: EncryptionAnswer,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_id: Option<String>,
}

impl S3 {
    pub(crate) fn complete_multipart_upload(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: CompleteMultipartUploadInput,
    ) -> Result<CompleteMultipartUploadOutput, ApiError> {
        let stored = self.open_mut(&input.bucket, input.expected_bucket_owner.as_deref())?;
        check_key(&input.key)?;
        let (number, content, since) = match stored.uploads.find(&input.key, &input.upload_id) {
            Ok(upload) => {
                upload.check_key(input.customer_key())?;
                (upload.number, upload.completed(&input)?, upload.since)
            }
            Err(no_such_upload) => {
                return match stored.completed_before(&input) {
                    Some(object) => Ok(CompleteMultipartUploadOutput {
                        expiration: stored.expiration_of(&input.key, object),
                        version_id: object.version.id().map(Into::into),
                        ..output(origin, &input, object)
                    }),
                    None => Err(no_such_upload),
                };
            }
        };
        conditional::check_write(
            input.if_match.as_deref(),
            input.if_none_match.as_deref(),
            &input.key,
            stored.object(&input.key),
        )?;
        input.check_conflict(since)?;
        let Some(upload) = stored.forget_upload(cx, &input.key, number) else {
            return Err((&error::INTERNAL_ERROR).into());
        };
        let named: Vec<u16> = input.parts()?.iter().map(|part| part.number).collect();
        for (number, part) in &upload.parts {
            if named.binary_search(number).is_err() {
                cx.release(&part.content);
            }
        }
        let Upload { id, object, .. } = upload;
        let object = Object { content, ..object }.made_by(id);
        let output = CompleteMultipartUploadOutput {
            expiration: stored.expiration_of(&input.key, &object),
            ..output(origin, &input, &object)
        };
        let event = EventName::CreatedCompleteMultipartUpload;
        let version_id = stored.insert(cx, origin, event, input.key, object);
        Ok(CompleteMultipartUploadOutput { version_id, ..output })
    }
}

impl CompleteMultipartUploadInput {
    /// A condition that holds again is not enough where the key changed while the upload went on: then AWS
    /// wants all of it once more.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html#conditional-error-response>
    fn check_conflict(&self, since: Since) -> Result<(), ApiError> {
        let condition = if self.if_none_match.is_some() && since.deleted {
            "If-None-Match"
        } else if self.if_match.is_some() && since.written {
            "If-Match"
        } else {
            return Ok(());
        };
        Err(crate::error::CONDITIONAL_REQUEST_CONFLICT
            .with("Condition", condition)
            .with("Key", &self.key))
    }
}

fn output(
    origin: &Origin,
    input: &CompleteMultipartUploadInput,
    object: &Object,
) -> CompleteMultipartUploadOutput {
    // Under a key of KMS, AWS says the usual checksum to who reads the object, but not here.
    let is_silent = matches!(object.encryption(), Encryption::Kms(_))
        && object.content.asked_checksum() == Some(CHECKSUM_DEFAULT);
    CompleteMultipartUploadOutput {
        location: location(&origin.endpoint, &input.bucket, &input.key),
        bucket: input.bucket.clone(),
        key: input.key.clone(),
        expiration: None,
        etag: object.etag(),
        checksum: Checksum::of(&object.content).filter(|_| !is_silent),
        encryption: object.encryption().answer(),
        version_id: None,
    }
}

/// The address of an object, in the style in which it was addressed. AWS has the slashes of its key
/// encoded, too.
fn location(endpoint: &str, bucket: &str, key: &str) -> String {
    use std::fmt::Write as _;
    let host = endpoint.split_once("://").map_or(endpoint, |(_, host)| host);
    let mut location = endpoint.to_owned();
    if !host.strip_prefix(bucket).is_some_and(|rest| rest.starts_with('.')) {
        location += "/";
        location += bucket;
    }
    location += "/";
    for byte in key.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                location.push(char::from(byte));
            }
            // Writing to a string cannot fail.
            byte => drop(write!(location, "%{byte:02X}")),
        }
    }
    location
}

impl Stored {
    /// What the upload has made already, of these parts.
    fn completed_before(&self, input: &CompleteMultipartUploadInput) -> Option<&Object> {
        let versions = self.objects.get(input.key.as_str())?.iter();
        let objects = versions.filter_map(|version| match version {
            Version::Object(object) => Some(object),
            Version::DeleteMarker(_) => None,
        });
        let mut made = objects.filter(|object| object.upload_id() == Some(&input.upload_id));
        let object = made.next()?;
        let named = input.parts().ok()?;
        let etag_of = |blob: &Blob| object.encryption().etag_of_part(blob);
        let is_same = |(blob, part): (&Blob, &Named<'_>)| etag_of(blob) == part.etag;
        let blobs = object.content.blobs();
        (blobs.len() == named.len() && blobs.iter().zip(&named).all(is_same)).then_some(object)
    }
}

impl CompleteMultipartUploadInput {
    fn customer_key(&self) -> CustomerKey<'_> {
        CustomerKey {
            algorithm: self.sse_customer_algorithm.as_deref(),
            key: self.sse_customer_key.as_deref(),
            key_md5: self.sse_customer_key_md5.as_deref(),
        }
    }

    /// The parts that are named, in their order.
    fn parts(&self) -> Result<Vec<Named<'_>>, ApiError> {
        let Some(named) = &self.multipart_upload else {
            return Err(crate::error::INVALID_REQUEST.says("You must specify at least one part"));
        };
        if named.parts.is_empty() || named.parts.len() > usize::from(limits::UPLOAD_PARTS_MAX) {
            return Err((&crate::error::MALFORMED_XML).into());
        }
        let parts: Vec<_> =
            named.parts.iter().map(CompletedPart::read).collect::<Result<_, _>>()?;
        if !parts.is_sorted_by(|one, next| one.number < next.number) {
            return Err(crate::error::INVALID_PART_ORDER.with("UploadId", &self.upload_id));
        }
        Ok(parts)
    }

    /// The checksum of the object, as the caller has it.
    fn checksum(&self) -> Result<Option<(ChecksumAlgorithm, &str)>, ApiError> {
        let given = [
            &self.checksum_crc32,
            &self.checksum_crc32c,
            &self.checksum_crc64nvme,
            &self.checksum_md5,
            &self.checksum_sha1,
            &self.checksum_sha256,
            &self.checksum_sha512,
            &self.checksum_xxhash128,
            &self.checksum_xxhash3,
            &self.checksum_xxhash64,
        ];
        one_of(given).map_err(|_several| {
            crate::error::INVALID_REQUEST.says(
                "Expecting a single x-amz-checksum- header. Multiple checksum Types are not \
                 allowed.",
            )
        })
    }
}

impl CompletedPart {
    fn read(&self) -> Result<Named<'_>, ApiError> {
        let (Some(number), Some(etag)) = (self.part_number, self.etag.as_deref()) else {
            return Err((&crate::error::MALFORMED_XML).into());
        };
        if number < 1 {
            let message = "PartNumber must be >= 1";
            return Err(invalid_argument(message, "PartNumber", number.to_string()));
        }
        let given = [
            &self.checksum_crc32,
            &self.checksum_crc32c,
            &self.checksum_crc64nvme,
            &self.checksum_md5,
            &self.checksum_sha1,
            &self.checksum_sha256,
            &self.checksum_sha512,
            &self.checksum_xxhash128,
            &self.checksum_xxhash3,
            &self.checksum_xxhash64,
        ];
        let checksum = one_of(given).map_err(|second| {
            let message = "Invalid Base64 or multiple checksums present in request";
            invalid_argument(message, "Checksum", second)
        })?;
        Ok(Named { number: part_number(number)?, etag: etag.trim_matches('"'), checksum })
    }
}

/// The one checksum that is given, in the order of [`ChecksumAlgorithm::ALL`]; a second one is refused.
fn one_of(given: [&Option<String>; 10]) -> Result<Option<(ChecksumAlgorithm, &str)>, &str> {
    let given = ChecksumAlgorithm::ALL.into_iter().zip(given);
    let mut given = given.filter_map(|(algorithm, value)| Some((algorithm, value.as_deref()?)));
    match (given.next(), given.next()) {
        (_, Some((_, second))) => Err(second),
        (first, None) => Ok(first),
    }
}

impl Upload {
    /// The body that the parts make, where they are as the caller says.
    fn completed(&self, input: &CompleteMultipartUploadInput) -> Result<Content, ApiError> {
        let named = input.parts()?;
        if let Some(of_type) = input.checksum_type.as_deref() {
            self.check_type(checksum_type(of_type)?)?;
        }
        let blobs: Vec<Blob> =
            named.iter().map(|part| self.named(part).cloned()).collect::<Result<_, _>>()?;
        let (_, but_the_last) = blobs.split_last().ok_or(&crate::error::MALFORMED_XML)?;
        for (blob, part) in but_the_last.iter().zip(&named) {
            check_size_of_part(blob.size_bytes, part)?;
        }
        // Of what is under a customer's key, AWS says a checksum only where one was asked for.
        let is_customers = matches!(self.object.encryption(), Encryption::Customer(_));
        let usual = Some(CHECKSUM_DEFAULT).filter(|_| !is_customers);
        let content = Content::of_parts(blobs, self.asked_checksum().or(usual));
        check_size(content.size_bytes(), input.mpu_object_size)?;
        if let Some((algorithm, value)) = input.checksum()? {
            check_checksum(&content, algorithm, value)?;
        }
        for part in &named {
            self.check_checksum_of_part(part)?;
        }
        // <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html>: where a
        // checksum was asked for, numbers that do not begin with 1 or leave one out are an error of 500.
        let last = named.last().map_or(0, |part| usize::from(part.number));
        if self.asked_checksum().is_some() && last != named.len() {
            return Err((&error::INTERNAL_ERROR).into());
        }
        Ok(content)
    }

    /// The customer's key is needed no more unless a checksum was asked for; but another one is a mistake.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html>
    fn check_key(&self, given: CustomerKey<'_>) -> Result<(), ApiError> {
        match given.is_given() || self.asked_checksum().is_some() {
            true => self.object.encryption().check_part(given),
            false => Ok(()),
        }
    }

    fn check_type(&self, of_type: ChecksumType) -> Result<(), ApiError> {
        let own = self.asked_checksum().map(|(_, of_type)| of_type);
        if own == Some(of_type) {
            return Ok(());
        }
        Err(crate::error::INVALID_REQUEST.says(format!(
            "The upload was created using the {} checksum mode. The complete request must use the \
             same checksum mode.",
            own.map_or("null", ChecksumType::name)
        )))
    }

    /// The part that is named, where it is there and is still the one that is meant.
    fn named(&self, part: &Named<'_>) -> Result<&Blob, ApiError> {
        let found = self.parts.get(&part.number).map(super::Part::blob);
        found.filter(|blob| self.etag_of(blob) == part.etag).ok_or_else(|| self.invalid_part(part))
    }

    /// Compares what is said of a part's checksum. A composite one wants it of each.
    fn check_checksum_of_part(&self, part: &Named<'_>) -> Result<(), ApiError> {
        let own = self.named(part)?.checksum.as_ref();
        match (self.asked_checksum(), part.checksum) {
            (None, None) | (Some((_, ChecksumType::FullObject)), None) => Ok(()),
            (None, Some(_)) => Err(self.invalid_part(part)),
            (Some((algorithm, ChecksumType::Composite)), None) => {
                Err(crate::error::INVALID_REQUEST.says(format!(
                    "The upload was created using a {} checksum. The complete request must include \
                     the checksum for each part. It was missing for part {} in the request.",
                    algorithm.name().to_ascii_lowercase(),
                    part.number
                )))
            }
            (Some((algorithm, _)), Some((named, _))) if named != algorithm => {
                Err(crate::error::BAD_DIGEST.says(format!(
                    "The {} you specified for part {} did not match what we received.",
                    named.name().to_ascii_lowercase(),
                    part.number
                )))
            }
            (Some(_), Some((_, value))) if own.is_some_and(|own| own.base64() == value) => Ok(()),
            (Some(_), Some(_)) => Err(self.invalid_part(part)),
        }
    }

    fn invalid_part(&self, part: &Named<'_>) -> ApiError {
        crate::error::INVALID_PART
            .with("UploadId", &*self.id)
            .with("PartNumber", part.number.to_string())
            .with("ETag", part.etag)
    }
}

fn check_size_of_part(size_bytes: u64, part: &Named<'_>) -> Result<(), ApiError> {
    if size_bytes < limits::PART_SIZE_BYTES_MIN {
        return Err(crate::error::ENTITY_TOO_SMALL
            .with("ProposedSize", size_bytes.to_string())
            .with("MinSizeAllowed", limits::PART_SIZE_BYTES_MIN.to_string())
            .with("PartNumber", part.number.to_string())
            .with("ETag", part.etag));
    }
    Ok(())
}

fn check_size(size_bytes: u64, declared: Option<i64>) -> Result<(), ApiError> {
    if size_bytes > limits::OBJECT_SIZE_BYTES_MAX {
        return Err(crate::error::ENTITY_TOO_LARGE
            .with("ProposedSize", size_bytes.to_string())
            .with("MaxSizeAllowed", limits::OBJECT_SIZE_BYTES_MAX.to_string()));
    }
    match declared {
        Some(declared) if declared < 0 => Err(crate::error::INVALID_REQUEST.says(format!(
            "Value for x-amz-mp-object-size header is less than zero: '{declared}'"
        ))),
        Some(declared) if declared.cast_unsigned() != size_bytes => {
            Err(crate::error::INVALID_REQUEST.says(format!(
                "The provided 'x-amz-mp-object-size' header value {declared} does not match what \
                 was computed: {size_bytes}"
            )))
        }
        _ => Ok(()),
    }
}

/// Compares the checksum of the object. That of a composite one may go without its number of parts.
fn check_checksum(
    content: &Content,
    algorithm: ChecksumAlgorithm,
    value: &str,
) -> Result<(), ApiError> {
    let own = content.checksum().filter(|own| own.algorithm == algorithm);
    let is_own = own.is_some_and(|own| {
        own.value == value || own.value.split_once('-').is_some_and(|(own, _)| own == value)
    });
    if is_own {
        return Ok(());
    }
    Err(crate::error::BAD_DIGEST.says(format!(
        "The {} you specified did not match the calculated checksum.",
        algorithm.name().to_ascii_lowercase()
    )))
}
