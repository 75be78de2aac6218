//! What a destination hears: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html>.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use kernel::arn::Arn;
use kernel::call::{Caller, Origin};
use kernel::error::ApiError;
use kernel::names::AccountId;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::access::invalid_argument;
use super::encoding::form_encode;
use super::{Object, Stored};
use crate::version::VersionId;
use crate::{Announcement, Cx};

/// An event that happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EventName {
    CreatedPut,
    CreatedPost,
    CreatedCopy,
    CreatedCompleteMultipartUpload,
    RemovedDelete,
    RemovedDeleteMarkerCreated,
    TaggingPut,
    TaggingDelete,
    AclPut,
    LifecycleExpirationDelete,
    LifecycleExpirationDeleteMarkerCreated,
    LifecycleTransition,
    RestorePost,
    RestoreCompleted,
    RestoreDelete,
}

/// Who does something.
#[derive(Debug, Clone, Copy)]
pub(super) enum Actor<'a> {
    /// Whoever made a call.
    Caller(&'a Origin),
    /// S3 by itself, because the time has come.
    S3,
}

impl<'a> From<&'a Origin> for Actor<'a> {
    fn from(origin: &'a Origin) -> Self {
        Self::Caller(origin)
    }
}

/// How events name S3 where nobody called it.
const S3: &str = "s3.amazonaws.com";

impl Actor<'_> {
    fn principal_id(self) -> String {
        match self {
            Self::Caller(origin) => principal_id(&origin.caller),
            Self::S3 => S3.into(),
        }
    }

    /// What a caller's request says of the trace it belongs to.
    fn trace_header(self) -> Option<String> {
        match self {
            Self::Caller(origin) => origin.trace_header.clone(),
            Self::S3 => None,
        }
    }

    fn address(&self) -> &str {
        match self {
            Self::Caller(origin) => &origin.source_ip,
            Self::S3 => S3,
        }
    }
}

impl EventName {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::CreatedPut => "ObjectCreated:Put",
            Self::CreatedPost => "ObjectCreated:Post",
            Self::CreatedCopy => "ObjectCreated:Copy",
            Self::CreatedCompleteMultipartUpload => "ObjectCreated:CompleteMultipartUpload",
            Self::RemovedDelete => "ObjectRemoved:Delete",
            Self::RemovedDeleteMarkerCreated => "ObjectRemoved:DeleteMarkerCreated",
            Self::TaggingPut => "ObjectTagging:Put",
            Self::TaggingDelete => "ObjectTagging:Delete",
            Self::AclPut => "ObjectAcl:Put",
            Self::LifecycleExpirationDelete => "LifecycleExpiration:Delete",
            Self::LifecycleExpirationDeleteMarkerCreated => {
                "LifecycleExpiration:DeleteMarkerCreated"
            }
            Self::LifecycleTransition => "LifecycleTransition",
            Self::RestorePost => "ObjectRestore:Post",
            Self::RestoreCompleted => "ObjectRestore:Completed",
            Self::RestoreDelete => "ObjectRestore:Delete",
        }
    }

    /// Later kinds of event have later versions.
    fn version(self) -> &'static str {
        match self {
            Self::CreatedPut
            | Self::CreatedPost
            | Self::CreatedCopy
            | Self::CreatedCompleteMultipartUpload
            | Self::RemovedDelete
            | Self::RemovedDeleteMarkerCreated
            | Self::RestorePost
            | Self::RestoreCompleted => "2.1",
            Self::TaggingPut
            | Self::TaggingDelete
            | Self::AclPut
            | Self::LifecycleExpirationDelete
            | Self::LifecycleExpirationDeleteMarkerCreated
            | Self::LifecycleTransition
            | Self::RestoreDelete => "2.3",
        }
    }

    /// Whether the event is about the body: then it says its size, and its place among the others.
    fn is_about_the_body(self) -> bool {
        match self {
            Self::CreatedPut
            | Self::CreatedPost
            | Self::CreatedCopy
            | Self::CreatedCompleteMultipartUpload
            | Self::RemovedDelete
            | Self::RemovedDeleteMarkerCreated
            | Self::LifecycleExpirationDelete
            | Self::LifecycleExpirationDeleteMarkerCreated
            | Self::LifecycleTransition
            | Self::RestorePost
            | Self::RestoreCompleted
            | Self::RestoreDelete => true,
            Self::TaggingPut | Self::TaggingDelete | Self::AclPut => false,
        }
    }
}

/// An event, or all of a kind, as configurations name them: `s3:ObjectCreated:*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventPattern(Box<str>);

impl EventPattern {
    /// Every name that AWS takes. Those of features that we do not have simply never happen.
    const NAMES: &[&str] = &[
        "s3:ReducedRedundancyLostObject",
        "s3:ObjectCreated:*",
        "s3:ObjectCreated:Put",
        "s3:ObjectCreated:Post",
        "s3:ObjectCreated:Copy",
        "s3:ObjectCreated:CompleteMultipartUpload",
        "s3:ObjectRemoved:*",
        "s3:ObjectRemoved:Delete",
        "s3:ObjectRemoved:DeleteMarkerCreated",
        "s3:ObjectRestore:*",
        "s3:ObjectRestore:Post",
        "s3:ObjectRestore:Completed",
        "s3:ObjectRestore:Delete",
        "s3:Replication:*",
        "s3:Replication:OperationFailedReplication",
        "s3:Replication:OperationNotTracked",
        "s3:Replication:OperationMissedThreshold",
        "s3:Replication:OperationReplicatedAfterThreshold",
        "s3:LifecycleTransition",
        "s3:IntelligentTiering",
        "s3:ObjectAcl:Put",
        "s3:LifecycleExpiration:*",
        "s3:LifecycleExpiration:Delete",
        "s3:LifecycleExpiration:DeleteMarkerCreated",
        "s3:ObjectTagging:*",
        "s3:ObjectTagging:Put",
        "s3:ObjectTagging:Delete",
    ];

    /// A name that was parsed before it was stored.
    pub(super) fn restored(name: Box<str>) -> Self {
        Self(name)
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn parse(name: &str) -> Result<Self, ApiError> {
        match Self::NAMES.contains(&name) {
            true => Ok(Self(name.into())),
            false => Err(invalid_argument(
                format!("The event '{name}' is not supported for notifications"),
                "Event",
                name,
            )),
        }
    }

    pub(super) fn accepts(&self, event: &str) -> bool {
        let name = self.0.strip_prefix("s3:").unwrap_or(&self.0);
        match name.strip_suffix('*') {
            Some(kind) => event.starts_with(kind),
            None => event == name,
        }
    }

    /// Whether some event is meant by both.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        let covers = |one: &Self, other: &Self| {
            one.0.strip_suffix('*').is_some_and(|kind| other.0.starts_with(kind))
        };
        self == other || covers(self, other) || covers(other, self)
    }
}

impl fmt::Display for EventPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What an event is about.
#[derive(Debug, Clone, Copy)]
pub(super) enum About<'a> {
    /// A key under which there is nothing.
    Nothing,
    /// An object.
    Object(&'a Object),
    /// A delete marker that is there now.
    Marker(&'a VersionId),
    /// A version that is gone.
    Gone(&'a VersionId),
}

impl<'a> From<Option<&'a Object>> for About<'a> {
    fn from(object: Option<&'a Object>) -> Self {
        object.map_or(Self::Nothing, Self::Object)
    }
}

impl About<'_> {
    /// Events say nothing of `null`.
    fn version_id(&self) -> Option<&str> {
        match self {
            Self::Nothing => None,
            Self::Object(object) => object.version.id(),
            Self::Marker(version) | Self::Gone(version) => version.id(),
        }
    }

    fn etag(&self) -> Option<String> {
        /// Of no bytes.
        const MARKER: &str = "d41d8cd98f00b204e9800998ecf8427e";
        match self {
            Self::Object(object) => Some(object.bare_etag()),
            Self::Marker(_) => Some(MARKER.into()),
            Self::Nothing | Self::Gone(_) => None,
        }
    }

    fn size_bytes(&self) -> Option<u64> {
        match self {
            Self::Object(object) => Some(object.content.size_bytes()),
            Self::Nothing | Self::Marker(_) | Self::Gone(_) => None,
        }
    }
}

impl Stored {
    /// Tells every destination that wants to hear of it.
    pub(super) fn announce<'a, 'b>(
        &self,
        cx: &mut Cx<'_>,
        by: impl Into<Actor<'a>>,
        event: EventName,
        key: &str,
        about: impl Into<About<'b>>,
    ) {
        let (by, about) = (by.into(), about.into());
        self.note_undelivered(cx, event, key);
        for rule in &self.bucket.notification {
            let wanted = rule.events.iter().any(|pattern| pattern.accepts(event.as_str()))
                && rule.filter.as_ref().is_none_or(|filter| filter.accepts(key));
            if !wanted {
                continue;
            }
            let record = self.record_of(cx, by, event, &rule.id, key, about);
            cx.announce(Announcement::Notification {
                source: Arn::Bucket(self.bucket.name.clone()),
                source_account: self.bucket.owner.clone(),
                destination: rule.destination.clone(),
                event: Bytes::from(json!({ "Records": [record] }).to_string()),
                trace_header: by.trace_header(),
            });
        }
    }

    fn record_of(
        &self,
        cx: &mut Cx<'_>,
        by: Actor<'_>,
        event: EventName,
        configuration_id: &str,
        key: &str,
        about: About<'_>,
    ) -> Value {
        let mut described = json!({ "key": form_encode(key) });
        if let Some(size_bytes) = about.size_bytes().filter(|_| event.is_about_the_body()) {
            described["size"] = size_bytes.into();
        }
        if let Some(etag) = about.etag() {
            described["eTag"] = etag.into();
        }
        if let Some(version_id) = about.version_id() {
            described["versionId"] = version_id.into();
        }
        let (request_id, host_id) = (request_id(cx), host_id(cx));
        if event.is_about_the_body() {
            // How many names were drawn is durable and only grows: events are in order, also
            // across a restart.
            described["sequencer"] = format!("{:018X}", cx.ids.drawn()).into();
        }
        let mut record = json!({
            "eventVersion": event.version(),
            "eventSource": "aws:s3",
            "awsRegion": self.bucket.region,
            "eventTime": cx.now.iso8601_ms(),
            "eventName": event.as_str(),
            "userIdentity": { "principalId": self.principal_id(event, by) },
            "requestParameters": { "sourceIPAddress": by.address() },
            "responseElements": { "x-amz-request-id": request_id, "x-amz-id-2": host_id },
            "s3": {
                "s3SchemaVersion": "1.0",
                "configurationId": configuration_id,
                "bucket": {
                    "name": self.bucket.name,
                    "ownerIdentity": { "principalId": customer_id(&self.bucket.owner) },
                    "arn": format!("arn:aws:s3:::{}", self.bucket.name),
                },
                "object": described,
            },
        });
        if let (EventName::LifecycleTransition, About::Object(object)) = (event, about) {
            record["lifecycleEventData"] = json!({
                "transitionEventData": { "destinationStorageClass": object.storage_class().name() },
            });
        }
        if let (EventName::RestoreCompleted, About::Object(object)) = (event, about)
            && let Some(data) = object.restore_event_data()
        {
            record["glacierEventData"] = data;
        }
        record
    }

    /// Who did it. What somebody asked for is theirs also when it comes later.
    fn principal_id(&self, event: EventName, by: Actor<'_>) -> String {
        match event {
            EventName::RestoreCompleted => {
                format!("AmazonCustomer:{}", customer_id(&self.bucket.owner))
            }
            _ => by.principal_id(),
        }
    }
}

/// As `x-amz-request-id` looks.
pub(super) fn request_id(cx: &mut Cx<'_>) -> String {
    cx.ids.upper_alphanumeric(16)
}

/// As `x-amz-id-2` looks.
pub(super) fn host_id(cx: &mut Cx<'_>) -> String {
    BASE64.encode(cx.ids.bytes(57))
}

/// Who caused an event: `AWS:` and the access key, for a user its unique id, for a
/// function with its session's name.
fn principal_id(caller: &Caller) -> String {
    match caller {
        Caller::Anonymous => "Anonymous".into(),
        Caller::Account { access_key_id, .. } => format!("AWS:{access_key_id}"),
        Caller::User { .. } => format!("AWS:{}", caller.user_id()),
        Caller::Role { principal_arn, access_key_id, .. } => {
            let session = principal_arn.rsplit('/').next().unwrap_or_default();
            format!("AWS:{access_key_id}:{session}")
        }
    }
}

/// The short name that events have for a bucket's owner: `A3NL1KOZZKExample`.
fn customer_id(account: &AccountId) -> String {
    let digest = hex::encode_upper(Sha256::digest(format!("customer {account}")));
    format!("A{}", &digest[..13])
}
