//! What is stored, made of what S3 works with, and back.

use kernel::content::{self, Content};

use super::{
    Blob, Body, Bucket, BucketLock, CorsRule, Description, Encryption, FilterRule, Grant, Grantee,
    Headers, KeyFilter, NotificationFilter, NotificationRule, ObjectLock, PublicAccessBlock,
    Restoration, Sha256, StoredTag, Writer,
};
use crate::encryption::{self, KmsKey};
use crate::event::EventPattern;
use crate::{SystemMetadata, Tag};

impl From<&crate::Object> for Description {
    fn from(object: &crate::Object) -> Self {
        Self {
            body: (&object.content).into(),
            headers: object.headers().into(),
            storage_class: object.storage_class(),
            metadata: object.metadata().clone(),
            tags: object.tags().iter().map(StoredTag::from).collect(),
            website_redirect_location: object.website_redirect_location().map(Into::into),
            encryption: object.encryption().into(),
            lock: object.lock().into(),
            owner: object.acl().and_then(|acl| acl.owner.as_ref()).map(Writer::from),
            acl: grants(object.acl().and_then(|acl| acl.grants.as_deref())),
            upload_id: object.upload_id().map(Into::into),
            restoration: object.restoration().map(|it| Restoration(it.stage, it.until)),
        }
    }
}

impl From<&encryption::Encryption> for Option<Encryption> {
    fn from(encryption: &encryption::Encryption) -> Self {
        match encryption.clone() {
            encryption::Encryption::S3 => None,
            encryption::Encryption::Plain => Some(Encryption::Plain),
            encryption::Encryption::Kms(KmsKey { arn, dual_layer, bucket_key }) => {
                Some(Encryption::Kms { arn, dual_layer, bucket_key })
            }
            encryption::Encryption::Customer(key_md5) => Some(Encryption::Customer(key_md5)),
        }
    }
}

impl From<Option<Encryption>> for encryption::Encryption {
    fn from(encryption: Option<Encryption>) -> Self {
        match encryption {
            None => Self::S3,
            Some(Encryption::Kms { arn, dual_layer, bucket_key }) => {
                Self::Kms(KmsKey { arn, dual_layer, bucket_key })
            }
            Some(Encryption::Plain) => Self::Plain,
            Some(Encryption::Customer(key_md5)) => Self::Customer(key_md5),
        }
    }
}

impl From<&crate::grant::Writer> for Writer {
    fn from(writer: &crate::grant::Writer) -> Self {
        match writer {
            crate::grant::Writer::Account(account) => Self::Account(account.clone()),
            crate::grant::Writer::Anonymous => Self::Anonymous,
            crate::grant::Writer::LogService => Self::LogService,
        }
    }
}

impl From<Writer> for crate::grant::Writer {
    fn from(writer: Writer) -> Self {
        match writer {
            Writer::Account(account) => Self::Account(account),
            Writer::Anonymous => Self::Anonymous,
            Writer::LogService => Self::LogService,
        }
    }
}

impl From<&crate::grant::Grant> for Grant {
    fn from(grant: &crate::grant::Grant) -> Self {
        let grantee = match &grant.grantee {
            crate::grant::Grantee::CanonicalUser(id) => Grantee::CanonicalUser(id.clone()),
            crate::grant::Grantee::Group(group) => Grantee::Group(*group),
        };
        Self(grant.permission, grantee)
    }
}

impl From<Grant> for crate::grant::Grant {
    fn from(Grant(permission, grantee): Grant) -> Self {
        let grantee = match grantee {
            Grantee::CanonicalUser(id) => crate::grant::Grantee::CanonicalUser(id),
            Grantee::Group(group) => crate::grant::Grantee::Group(group),
        };
        Self { grantee, permission }
    }
}

fn grants(acl: Option<&[crate::grant::Grant]>) -> Option<Vec<Grant>> {
    acl.map(|grants| grants.iter().map(Grant::from).collect())
}

impl From<&Content> for Body {
    fn from(content: &Content) -> Self {
        match content {
            Content::Whole(blob) => Self::Whole(blob.into()),
            Content::Parts(_) => Self::Parts {
                parts: content.blobs().iter().map(Blob::from).collect(),
                checksum: content.asked_checksum(),
            },
        }
    }
}

impl From<Body> for Content {
    fn from(body: Body) -> Self {
        match body {
            Body::Whole(blob) => Self::Whole(blob.into()),
            Body::Parts { parts, checksum } => {
                let parts: Vec<_> = parts.into_iter().map(content::Blob::from).collect();
                Self::of_parts(parts, checksum)
            }
        }
    }
}

impl From<&content::Blob> for Blob {
    fn from(blob: &content::Blob) -> Self {
        Self {
            id: blob.id.clone(),
            size_bytes: blob.size_bytes,
            md5: blob.md5,
            sha256: blob.sha256.as_deref().copied().map(Sha256),
            checksum: blob.checksum.clone(),
        }
    }
}

impl From<Blob> for content::Blob {
    fn from(blob: Blob) -> Self {
        let Blob { id, size_bytes, md5, sha256, checksum } = blob;
        Self { id, size_bytes, md5, sha256: sha256.map(|it| Box::new(it.0)), checksum }
    }
}

impl From<crate::BucketLock> for BucketLock {
    fn from(lock: crate::BucketLock) -> Self {
        Self { default: lock.default.map(|it| (it.mode, it.period)) }
    }
}

impl From<BucketLock> for crate::BucketLock {
    fn from(lock: BucketLock) -> Self {
        let default = lock.default.map(|(mode, period)| crate::DefaultRetention { mode, period });
        Self { default }
    }
}

impl From<crate::ObjectLock> for ObjectLock {
    fn from(lock: crate::ObjectLock) -> Self {
        Self {
            retention: lock.retention.map(|it| (it.mode, it.until)),
            legal_hold: lock.legal_hold,
        }
    }
}

impl From<ObjectLock> for crate::ObjectLock {
    fn from(lock: ObjectLock) -> Self {
        let retention = lock.retention.map(|(mode, until)| crate::Retention { mode, until });
        Self { retention, legal_hold: lock.legal_hold }
    }
}

impl From<&SystemMetadata> for Headers {
    fn from(headers: &SystemMetadata) -> Self {
        Self {
            content_type: headers.content_type.clone(),
            cache_control: headers.cache_control.clone(),
            content_disposition: headers.content_disposition.clone(),
            content_encoding: headers.content_encoding.clone(),
            content_language: headers.content_language.clone(),
            expires: headers.expires.clone(),
        }
    }
}

impl From<Headers> for SystemMetadata {
    fn from(headers: Headers) -> Self {
        let Headers {
            content_type,
            cache_control,
            content_disposition,
            content_encoding,
            content_language,
            expires,
        } = headers;
        Self {
            content_type,
            cache_control,
            content_disposition,
            content_encoding,
            content_language,
            expires,
        }
    }
}

impl From<&Tag> for StoredTag {
    fn from(tag: &Tag) -> Self {
        Self { key: tag.key.clone(), value: tag.value.clone() }
    }
}

impl From<StoredTag> for Tag {
    fn from(tag: StoredTag) -> Self {
        Self { key: tag.key, value: tag.value }
    }
}

impl From<&crate::Bucket> for Bucket {
    fn from(bucket: &crate::Bucket) -> Self {
        let cors = bucket.cors.as_ref();
        let tags = bucket.tags.as_ref();
        Self {
            name: bucket.name.clone(),
            region: bucket.region.clone(),
            owner: bucket.owner.clone(),
            created: bucket.created,
            policy: bucket.policy.clone(),
            cors: cors.map(|rules| rules.iter().map(CorsRule::from).collect()),
            public_access_block: bucket.public_access_block.map(Into::into),
            ownership: bucket.ownership,
            acl: grants(bucket.acl.as_deref()),
            tags: tags.map(|tags| tags.iter().map(StoredTag::from).collect()),
            versioning: bucket.versioning,
            says_mfa_delete: bucket.says_mfa_delete,
            is_plain: bucket.is_plain,
            says_eu: bucket.says_eu,
            object_lock: bucket.object_lock.map(Into::into),
            notification: bucket.notification.iter().map(NotificationRule::from).collect(),
            documents: bucket.documents.clone(),
        }
    }
}

impl From<Bucket> for crate::Bucket {
    fn from(bucket: Bucket) -> Self {
        Self {
            name: bucket.name,
            region: bucket.region,
            owner: bucket.owner,
            created: bucket.created,
            policy: bucket.policy,
            cors: bucket.cors.map(|rules| rules.into_iter().map(Into::into).collect()),
            public_access_block: bucket.public_access_block.map(Into::into),
            ownership: bucket.ownership,
            acl: bucket.acl.map(|grants| grants.into_iter().map(Into::into).collect()),
            tags: bucket.tags.map(|tags| tags.into_iter().map(Into::into).collect()),
            versioning: bucket.versioning,
            says_mfa_delete: bucket.says_mfa_delete,
            is_plain: bucket.is_plain,
            says_eu: bucket.says_eu,
            object_lock: bucket.object_lock.map(Into::into),
            notification: bucket.notification.into_iter().map(Into::into).collect(),
            documents: bucket.documents,
        }
    }
}

impl From<&crate::CorsRule> for CorsRule {
    fn from(rule: &crate::CorsRule) -> Self {
        let crate::CorsRule {
            id,
            allowed_headers,
            allowed_methods,
            allowed_origins,
            expose_headers,
            max_age_seconds,
        } = rule.clone();
        Self {
            id,
            allowed_headers,
            allowed_methods,
            allowed_origins,
            expose_headers,
            max_age_seconds,
        }
    }
}

impl From<CorsRule> for crate::CorsRule {
    fn from(rule: CorsRule) -> Self {
        let CorsRule {
            id,
            allowed_headers,
            allowed_methods,
            allowed_origins,
            expose_headers,
            max_age_seconds,
        } = rule;
        Self {
            id,
            allowed_headers,
            allowed_methods,
            allowed_origins,
            expose_headers,
            max_age_seconds,
        }
    }
}

impl From<crate::PublicAccessBlock> for PublicAccessBlock {
    fn from(block: crate::PublicAccessBlock) -> Self {
        Self {
            block_public_acls: block.block_public_acls,
            ignore_public_acls: block.ignore_public_acls,
            block_public_policy: block.block_public_policy,
            restrict_public_buckets: block.restrict_public_buckets,
        }
    }
}

impl From<PublicAccessBlock> for crate::PublicAccessBlock {
    fn from(block: PublicAccessBlock) -> Self {
        Self {
            block_public_acls: block.block_public_acls,
            ignore_public_acls: block.ignore_public_acls,
            block_public_policy: block.block_public_policy,
            restrict_public_buckets: block.restrict_public_buckets,
        }
    }
}

impl From<&crate::NotificationRule> for NotificationRule {
    fn from(rule: &crate::NotificationRule) -> Self {
        let filter = rule.filter.as_ref().map(|filter| {
            let rules = filter.key.filter_rules.iter();
            let rule = |rule: &crate::FilterRule| FilterRule {
                name: rule.name.clone(),
                value: rule.value.clone(),
            };
            NotificationFilter { key: KeyFilter { filter_rules: rules.map(rule).collect() } }
        });
        Self {
            id: rule.id.clone(),
            destination: rule.destination.clone(),
            events: rule.events.iter().map(|event| event.as_str().into()).collect(),
            filter,
        }
    }
}

impl From<NotificationRule> for crate::NotificationRule {
    fn from(rule: NotificationRule) -> Self {
        let filter = rule.filter.map(|filter| {
            let rules = filter.key.filter_rules.into_iter();
            let rule = |rule: FilterRule| crate::FilterRule { name: rule.name, value: rule.value };
            crate::NotificationFilter {
                key: crate::KeyFilter { filter_rules: rules.map(rule).collect() },
            }
        });
        Self {
            id: rule.id,
            destination: rule.destination,
            events: rule.events.into_iter().map(EventPattern::restored).collect(),
            filter,
        }
    }
}
