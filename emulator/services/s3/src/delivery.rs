//! Objects that other services put into buckets by themselves: logs of theirs.

use bytes::Bytes;
use kernel::access::{Identity, Question, Resource, ResourcePolicy, Verdict, evaluate};
use kernel::error::{self, ApiError};
use kernel::names::AccountId;
use kernel::policy::{Conditions, Principal};
use kernel::time::Timestamp;

use crate::description::{Extra, StorageClass, SystemMetadata};
use crate::encryption::AskedEncryption;
use crate::event::{Actor, EventName};
use crate::{Cx, Object, S3, Stored, error as errors, limits};

/// An object that a service puts.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Where to.
    pub bucket: String,
    /// Under which key.
    pub key: String,
    /// Its media type.
    pub content_type: &'static str,
    /// What it says.
    pub body: Bytes,
    /// As whom the service puts it: the bucket's policy must let one of these.
    pub principals: Vec<Principal>,
    /// For what: the ARN of a resource.
    pub source: String,
    /// Whose that is.
    pub source_account: AccountId,
}

impl Stored {
    fn judge_delivery(
        &self,
        delivery: &Delivery,
        principal: &Principal,
        now: Timestamp,
    ) -> Verdict {
        let owner = &self.bucket.owner;
        let name = format!("arn:aws:s3:::{}/{}", self.bucket.name, delivery.key);
        evaluate(&Question {
            identity: &Identity::of_principal(principal),
            action: "s3:PutObject",
            resource: Resource {
                policy: self.policy.as_ref().map_or(ResourcePolicy::None, ResourcePolicy::Document),
                ..Resource::of(owner, &name)
            },
            conditions: &|| {
                Conditions::about(principal)
                    .with("aws:CurrentTime", now.iso8601_ms())
                    .with("aws:EpochTime", now.as_s().to_string())
                    .with("aws:ResourceAccount", owner.as_str())
                    .with("aws:SecureTransport", "true")
                    .with("aws:SourceArn", &delivery.source)
                    .with("aws:SourceAccount", delivery.source_account.as_str())
                    .with("s3:x-amz-acl", "bucket-owner-full-control")
            },
        })
    }
}

impl S3 {
    /// Whether a bucket would take it.
    ///
    /// # Errors
    /// There is no such bucket, or its policy lets none of the principals.
    pub fn would_take(&self, delivery: &Delivery, now: Timestamp) -> Result<(), ApiError> {
        let stored = self.open(&delivery.bucket, None)?;
        let lets = |principal| {
            matches!(stored.judge_delivery(delivery, principal, now), Verdict::Allowed(_))
        };
        if delivery.principals.iter().any(lets) {
            return Ok(());
        }
        Err((&error::ACCESS_DENIED).into())
    }

    /// A service puts an object; what S3 does by itself of it is in the trace.
    ///
    /// # Errors
    /// As [`S3::would_take`] has them, and those of a key.
    pub fn take(&mut self, cx: &mut Cx<'_>, delivery: Delivery) -> Result<(), ApiError> {
        self.would_take(&delivery, cx.now)?;
        if delivery.key.len() > limits::OBJECT_KEY_SIZE_BYTES_MAX {
            return Err((&errors::KEY_TOO_LONG).into());
        }
        let encryption =
            AskedEncryption::default().resolve(&self.open(&delivery.bucket, None)?.bucket)?;
        let content_type = Some(delivery.content_type.into());
        let headers = SystemMetadata { content_type, ..SystemMetadata::default() };
        let described = self.descriptions.share(headers, StorageClass::default(), encryption);
        let content = cx.write(delivery.body);
        let object = Object::new(content, cx.now, described, Extra::default());
        let stored = self.open_mut(&delivery.bucket, None)?;
        stored.insert(cx, Actor::S3, EventName::CreatedPut, delivery.key, object);
        Ok(())
    }
}
