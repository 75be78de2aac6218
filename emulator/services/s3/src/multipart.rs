//! Multipart uploads: an object that comes in parts, in any order and many at once.
//!
//! An upload is an object without a body, and parts by their numbers. To complete it gives that object
//! the parts that are named as its body: nothing is copied. What is not named is freed, as are the parts
//! of an upload that is aborted and a part whose number is uploaded again.
//!
//! That an upload was completed is remembered by the object that it made: as long as that is there, to
//! complete it again with the same parts gives the same answer, as AWS does for a while.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64_URL;
use kernel::call::{Caller, Origin};
use kernel::checksum::{ChecksumAlgorithm, ChecksumType};
use kernel::content::{Blob, Content};
use kernel::error::ApiError;
use kernel::names::{AccountId, BucketName};
use kernel::time::Timestamp;
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use sha2::{Digest as _, Sha256};

use super::access::invalid_argument;
use super::canonical_user::canonical_user_id;
use super::record::{key_of_part, key_of_upload, record_of_part, record_of_upload};
use super::{Object, Owner, Record, S3, Stored};
use crate::{Cx, limits};

mod abort;
mod complete;
mod copy_part;
mod create;
mod list_parts;
mod list_uploads;
mod part;

pub use abort::*;
pub use complete::*;
pub use copy_part::*;
pub use create::*;
pub use list_parts::*;
pub use list_uploads::*;
pub use part::*;

/// The checksum that an object of parts has where none was asked for.
const CHECKSUM_DEFAULT: (ChecksumAlgorithm, ChecksumType) =
    (ChecksumAlgorithm::Crc64Nvme, ChecksumType::FullObject);

/// The uploads of a bucket that are neither completed nor aborted, by their keys and, of one key, in
/// the order in which they began.
#[derive(Debug, Clone, Default)]
pub(crate) struct Uploads(BTreeMap<Box<str>, BTreeMap<u64, Upload>>);

/// An upload that is neither completed nor aborted.
#[derive(Debug, Clone)]
pub(crate) struct Upload {
    /// Grows with time: an upload that began later has a greater one.
    pub(crate) number: u64,
    /// Its name.
    pub(crate) id: Box<str>,
    pub(crate) initiated: Timestamp,
    pub(crate) initiator: Initiator,
    /// The object that is to be. Its body has no parts yet, only the checksum that was asked for.
    pub(crate) object: Object,
    /// By their numbers.
    pub(crate) parts: BTreeMap<u16, Part>,
    /// What became of its key since it began.
    pub(crate) since: Since,
}

/// What became of the key of an upload since that began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Since {
    /// An object was put.
    pub(crate) written: bool,
    /// The object was deleted.
    pub(crate) deleted: bool,
}

/// A part that was uploaded.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    /// One blob.
    pub(crate) content: Content,
    pub(crate) last_modified: Timestamp,
}

/// Who began an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Initiator {
    pub(crate) account: AccountId,
    /// The ARN of who plays a role; nothing of an account itself.
    pub(crate) arn: Option<Box<str>>,
}

/// A name and how it is shown.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct InitiatorOutput {
    #[serde(rename = "ID")]
    id: String,
    display_name: String,
}

/// The checksum of a part: one member, `ChecksumCRC32` or another algorithm's.
#[derive(Debug, Clone)]
pub(crate) struct PartChecksum(pub(crate) kernel::checksum::Checksum);

impl Serialize for PartChecksum {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(Some(1))?;
        members.serialize_entry(self.0.algorithm().member(), &self.0.base64())?;
        members.end()
    }
}

impl Initiator {
    fn of(origin: &Origin) -> Self {
        let arn = match &origin.caller {
            Caller::Account { .. } | Caller::Anonymous => None,
            Caller::User { .. } | Caller::Role { .. } => origin.caller.arn().map(Into::into),
        };
        Self { account: origin.account.clone(), arn }
    }
}

impl S3 {
    /// An initiator, as S3 names it. AWS still gives it a name to be shown by.
    fn initiator(&self, initiator: &Initiator) -> InitiatorOutput {
        match &initiator.arn {
            Some(arn) => InitiatorOutput {
                id: arn.to_string(),
                display_name: arn.split_once('/').map_or(&**arn, |(_, name)| name).to_owned(),
            },
            None => {
                let id = canonical_user_id(&initiator.account);
                let named = self.settings.display_name(&id);
                let display_name = named.unwrap_or(initiator.account.as_str()).to_owned();
                InitiatorOutput { id, display_name }
            }
        }
    }

    /// Whose an object is that somebody uploads.
    fn owner_of_upload(&self, stored: &Stored, upload: &Upload) -> Owner {
        self.settings.owner_of(stored, &upload.object)
    }
}

impl Stored {
    /// Whether the caller, or its account, began the upload: then it may also give it up and see its
    /// parts, unless a policy forbids that.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions>
    pub(crate) fn has_begun(&self, caller: &Caller, key: &str, upload_id: &str) -> bool {
        let upload = self.uploads.find(key, upload_id);
        let is_known = !matches!(caller, Caller::Anonymous);
        is_known && upload.is_ok_and(|upload| upload.initiator.account == caller.account())
    }
}

impl Part {
    /// What is stored of it.
    pub(crate) fn blob(&self) -> &Blob {
        // A part is one blob, always.
        &self.content.blobs()[0]
    }
}

impl Upload {
    /// The checksum that was asked for when it began.
    fn asked_checksum(&self) -> Option<(ChecksumAlgorithm, ChecksumType)> {
        self.object.content.asked_checksum()
    }

    /// The checksum that each of its parts has.
    fn algorithm(&self) -> ChecksumAlgorithm {
        self.asked_checksum().unwrap_or(CHECKSUM_DEFAULT).0
    }

    /// The checksum of a part, where answers say it.
    fn checksum_of(&self, part: &Part) -> Option<PartChecksum> {
        self.asked_checksum()?;
        part.blob().checksum.clone().map(PartChecksum)
    }
}

/// How many bytes the name of an upload is made of: 128 characters, as AWS's has.
const ID_BYTES: usize = 96;

/// The name of an upload: opaque, as AWS's. Its number and a trace of its key are in it, so that the
/// upload is found by it, and one of another key is known as such.
fn upload_id(cx: &mut Cx<'_>, key: &str, number: u64) -> Box<str> {
    let mut bytes = cx.ids.bytes(ID_BYTES);
    let mask: Vec<u8> = bytes[ID_BYTES / 2..].to_vec();
    let said = number.to_be_bytes().into_iter().chain(trace_of(key));
    for ((byte, said), mask) in bytes.iter_mut().zip(said).zip(mask) {
        *byte = said ^ mask;
    }
    BASE64_URL.encode(bytes).into()
}

/// The number in the name of an upload of this key; nothing where it cannot be one.
fn number_in(upload_id: &str, key: &str) -> Option<u64> {
    let bytes = BASE64_URL.decode(upload_id).ok().filter(|bytes| bytes.len() == ID_BYTES)?;
    let (said, mask) = bytes.split_at(ID_BYTES / 2);
    let said: Vec<u8> = said.iter().zip(mask).map(|(byte, mask)| byte ^ mask).collect();
    let (number, trace) = said.split_first_chunk::<8>()?;
    (trace[..4] == trace_of(key)).then(|| u64::from_be_bytes(*number))
}

fn trace_of(key: &str) -> [u8; 4] {
    let [a, b, c, d, ..] = <[u8; 32]>::from(Sha256::digest(key));
    [a, b, c, d]
}

impl Uploads {
    /// The upload of that key and name.
    pub(crate) fn find(&self, key: &str, upload_id: &str) -> Result<&Upload, ApiError> {
        let find = || self.0.get(key)?.get(&number_in(upload_id, key)?);
        find().filter(|it| &*it.id == upload_id).ok_or_else(|| no_such_upload(upload_id))
    }

    fn find_mut(&mut self, key: &str, upload_id: &str) -> Result<&mut Upload, ApiError> {
        let of_key = self.0.get_mut(key);
        let found =
            of_key.zip(number_in(upload_id, key)).and_then(|(of_key, it)| of_key.get_mut(&it));
        found.filter(|it| &*it.id == upload_id).ok_or_else(|| no_such_upload(upload_id))
    }

    /// One upload more.
    pub(crate) fn insert(&mut self, key: Box<str>, upload: Upload) {
        self.0.entry(key).or_default().insert(upload.number, upload);
    }

    /// A part comes back. One whose upload is not there is dropped.
    pub(crate) fn restore_part(&mut self, key: &str, upload: u64, number: u16, part: Part) {
        let upload = self.0.get_mut(key).and_then(|uploads| uploads.get_mut(&upload));
        if let Some(upload) = upload {
            upload.parts.insert(number, part);
        }
    }

    fn remove(&mut self, key: &str, number: u64) -> Option<Upload> {
        let uploads = self.0.get_mut(key)?;
        let removed = uploads.remove(&number);
        if uploads.is_empty() {
            self.0.remove(key);
        }
        removed
    }

    /// All of them with their keys.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Upload)> {
        self.0.iter().flat_map(|(key, uploads)| uploads.values().map(|it| (&**key, it)))
    }

    /// What is stored of them.
    pub(crate) fn records<'a>(
        &'a self,
        bucket: &'a BucketName,
    ) -> impl Iterator<Item = Record> + 'a {
        self.iter().flat_map(move |(key, upload)| {
            let parts = upload.parts.iter();
            let parts =
                parts.map(move |(at, part)| record_of_part(bucket, key, upload.number, *at, part));
            std::iter::once(record_of_upload(bucket, key, upload)).chain(parts)
        })
    }
}

impl Stored {
    /// Something becomes of a key: uploads that are under way remember it.
    pub(crate) fn note_in_uploads(&mut self, cx: &mut Cx<'_>, key: &str, happened: Since) {
        let uploads = self.uploads.0.get_mut(key).into_iter().flat_map(|it| it.values_mut());
        for upload in uploads {
            let before = upload.since;
            upload.since.written |= happened.written;
            upload.since.deleted |= happened.deleted;
            if upload.since != before {
                cx.put(|| record_of_upload(&self.bucket.name, key, upload));
            }
        }
    }

    /// Nothing is left of an upload; gives what it was.
    fn forget_upload(&mut self, cx: &mut Cx<'_>, key: &str, number: u64) -> Option<Upload> {
        let upload = self.uploads.remove(key, number)?;
        let bucket = &self.bucket.name;
        for part in upload.parts.keys() {
            cx.delete(|| key_of_part(bucket, key, number, *part));
        }
        cx.delete(|| key_of_upload(bucket, key, number));
        Some(upload)
    }

    /// Nothing is left of an upload, and its parts are freed.
    pub(crate) fn abort_upload(&mut self, cx: &mut Cx<'_>, key: &str, number: u64) {
        let upload = self.forget_upload(cx, key, number);
        for part in upload.iter().flat_map(|upload| upload.parts.values()) {
            cx.release(&part.content);
        }
    }

    /// The same of every upload: the bucket is about to go.
    pub(crate) fn abort_uploads(&mut self, cx: &mut Cx<'_>) {
        let all: Vec<_> =
            self.uploads.iter().map(|(key, it)| (key.to_owned(), it.number)).collect();
        for (key, number) in all {
            self.abort_upload(cx, &key, number);
        }
    }
}

/// The number of a part, where it can be one.
fn part_number(number: i64) -> Result<u16, ApiError> {
    let checked = u16::try_from(number).ok();
    checked.filter(|number| (1..=limits::UPLOAD_PARTS_MAX).contains(number)).ok_or_else(|| {
        let message = "Part number must be an integer between 1 and 10000, inclusive";
        invalid_argument(message, "partNumber", number.to_string())
    })
}

/// How many entries a page is to have, where that can be.
pub(crate) fn page_size(
    asked: Option<i64>,
    name: &'static str,
    max: usize,
) -> Result<usize, ApiError> {
    let Some(asked) = asked else { return Ok(max) };
    let checked = i32::try_from(asked).ok().and_then(|asked| usize::try_from(asked).ok());
    let checked = checked.ok_or_else(|| {
        let message = format!("Argument {name} must be an integer between 0 and 2147483647");
        invalid_argument(message, name, asked.to_string())
    })?;
    Ok(checked.min(max))
}

pub(crate) fn no_such_upload(upload_id: &str) -> ApiError {
    crate::error::NO_SUCH_UPLOAD.with("UploadId", upload_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_the_name_of_an_upload_has_no_number() {
        let zeros = "A".repeat(128);
        for name in ["", "56788", "é", &"*".repeat(128), &"é".repeat(64), &zeros] {
            assert_eq!(number_in(name, "key"), None, "{name}");
        }
    }
}
