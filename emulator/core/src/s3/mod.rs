//! Simple Storage Service.

use crate::arn::Arn;
use crate::context::{Cx, Origin};
use crate::error::ApiError;
use crate::input::{Blob, BlobId};
use crate::names::BucketName;
use crate::record::{Key, Kind, Record};
use serde::{Deserialize, Serialize};

operations! { "s3";
    ListBuckets(ListBucketsInput) -> ListBucketsOutput;
    PutBucketNotificationConfiguration(PutBucketNotificationConfigurationInput) -> ListBucketsOutput;
}

/// Input of `ListBuckets`.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ListBucketsInput {}

/// Output of `ListBuckets`.
#[derive(Debug, Clone, Default, serde::Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListBucketsOutput {}

/// Input of `PutBucketNotificationConfiguration`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PutBucketNotificationConfigurationInput {}

/// The refusal where a destination does not exist or does not let S3 in.
pub fn invalid_destination(destination: &Arn) -> ApiError {
    crate::error::s3::NO_SUCH_BUCKET.with("ArgumentValue", destination.to_string())
}

impl Request {
    /// What it is about, for the trace.
    #[must_use]
    pub fn subject(&self) -> String {
        String::new()
    }
}

/// What becomes due in S3: nothing yet.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Due {}

/// A bucket with its configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bucket {
    /// Its name.
    pub name: BucketName,
}

impl Bucket {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        Key { kind: Kind::Bucket, name: self.name.to_string() }
    }
}

/// An object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Object {
    /// Its bucket.
    pub bucket: BucketName,
    /// Its key.
    pub key: String,
    /// Its body.
    pub blob: Blob,
}

impl Object {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        Key { kind: Kind::Object, name: format!("{}/{}", self.bucket, self.key) }
    }
}

/// All buckets and objects.
#[derive(Debug, Clone, Default)]
pub struct S3 {}

impl S3 {
    /// Handles one call; `None` where the answer comes later.
    pub fn call(
        &mut self,
        _cx: &mut Cx<'_>,
        _origin: &Origin,
        request: Request,
    ) -> Result<Option<Response>, ApiError> {
        match request {
            Request::ListBuckets(_) | Request::PutBucketNotificationConfiguration(_) => Ok(None),
        }
    }

    /// Something is due.
    pub fn due(&mut self, _cx: &mut Cx<'_>, due: Due) {
        match due {}
    }

    /// Takes a record back. `blobs` hears of each blob that is referred to.
    pub fn restore_bucket(&mut self, _bucket: Bucket) {}

    /// Takes a record back. `retain` is told each blob that is referred to.
    pub fn restore_object(&mut self, object: Object, retain: &mut dyn FnMut(&BlobId)) {
        retain(&object.blob.id);
    }

    /// Everything durable.
    pub fn records(&self) -> impl Iterator<Item = Record> + '_ {
        std::iter::empty()
    }

    /// The destinations that a configuration names, to be asked before it is accepted; none where
    /// it says `SkipDestinationValidation`.
    pub fn destinations(_input: &PutBucketNotificationConfigurationInput) -> Vec<Arn> {
        Vec::new()
    }

    /// The ARN of the bucket that a configuration is for.
    pub fn source(_input: &PutBucketNotificationConfigurationInput) -> Option<Arn> {
        None
    }

    /// The blob of an object that may be read by `origin`, for another service (a function's code).
    pub fn blob_of(&self, _bucket: &str, _key: &str) -> Option<Blob> {
        None
    }
}
