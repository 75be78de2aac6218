//! What is stored of multipart uploads that are neither completed nor aborted.

use kernel::names::{AccountId, BucketName};
use kernel::record::Key;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Blob, Description};
use crate::multipart::{self, Initiator, Since, Uploads};
use crate::version::VersionId;
use crate::{Descriptions, Kind, Record};

/// A multipart upload that is neither completed nor aborted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upload {
    bucket: BucketName,
    key: Box<str>,
    /// A later one has a greater number.
    number: u64,
    id: Box<str>,
    initiated: Timestamp,
    account: AccountId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    principal: Option<Box<str>>,
    /// What is to be, without parts.
    object: Description,
    /// Whether an object of its key was put, and whether it was deleted, since it began.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    written_since: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    deleted_since: bool,
}

/// A part of such an upload.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    bucket: BucketName,
    key: Box<str>,
    /// The number of its upload.
    upload: u64,
    number: u16,
    last_modified: Timestamp,
    body: Blob,
}

impl Upload {
    /// Where it is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        key_of_upload(&self.bucket, &self.key, self.number)
    }

    pub(crate) fn restored(
        self,
        descriptions: &mut Descriptions,
    ) -> (BucketName, Box<str>, multipart::Upload) {
        let last_modified = self.initiated.truncated_to_s();
        let upload = multipart::Upload {
            number: self.number,
            id: self.id,
            initiated: self.initiated,
            initiator: Initiator { account: self.account, arn: self.principal },
            object: self.object.restored(VersionId::Null, last_modified, descriptions),
            parts: Default::default(),
            since: Since { written: self.written_since, deleted: self.deleted_since },
        };
        (self.bucket, self.key, upload)
    }
}

impl Part {
    /// Where it is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        key_of_part(&self.bucket, &self.key, self.upload, self.number)
    }

    /// In which bucket it is.
    pub(crate) fn bucket(&self) -> &str {
        self.bucket.as_str()
    }

    pub(crate) fn restore(self, uploads: &mut Uploads) {
        let content = kernel::content::Blob::from(self.body).into();
        let part = multipart::Part { content, last_modified: self.last_modified };
        uploads.restore_part(&self.key, self.upload, self.number, part);
    }
}

/// Where the record of an upload is kept.
pub(crate) fn key_of_upload(bucket: &BucketName, key: &str, number: u64) -> Key {
    Key::named(Kind::Upload, format!("{bucket}/{key}/{number:016x}"))
}

/// Where the record of a part is kept.
pub(crate) fn key_of_part(bucket: &BucketName, key: &str, upload: u64, number: u16) -> Key {
    Key::named(Kind::Part, format!("{bucket}/{key}/{upload:016x}/{number:05}"))
}

/// The record of an upload, without its parts.
pub(crate) fn record_of_upload(
    bucket: &BucketName,
    key: &str,
    upload: &multipart::Upload,
) -> Record {
    Record::Upload(Box::new(Upload {
        bucket: bucket.clone(),
        key: key.into(),
        number: upload.number,
        id: upload.id.clone(),
        initiated: upload.initiated,
        account: upload.initiator.account.clone(),
        principal: upload.initiator.arn.clone(),
        object: (&upload.object).into(),
        written_since: upload.since.written,
        deleted_since: upload.since.deleted,
    }))
}

/// The record of a part.
pub(crate) fn record_of_part(
    bucket: &BucketName,
    key: &str,
    upload: u64,
    number: u16,
    part: &multipart::Part,
) -> Record {
    Record::Part(Box::new(Part {
        bucket: bucket.clone(),
        key: key.into(),
        upload,
        number,
        last_modified: part.last_modified,
        body: part.blob().into(),
    }))
}
