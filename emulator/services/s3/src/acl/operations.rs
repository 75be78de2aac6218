//! Lists, put and got.

use kernel::call::Origin;
use kernel::error::ApiError;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::asked::{AccessControlPolicy, Of};
use crate::canonical_user::canonical_user_id;
use crate::event::EventName;
use crate::grant::{AclPermission, AskedAcl, Grant, Grantee, ObjectAcl, Writer};
use crate::method::By;
use crate::{BucketInput, Cx, Empty, Owner, S3, Settings, Stored};

/// Input of `PutBucketAcl`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PutBucketAclInput {
    pub(crate) bucket: String,
    #[serde(rename = "ACL")]
    acl: Option<String>,
    access_control_policy: Option<AccessControlPolicy>,
    grant_full_control: Option<String>,
    grant_read: Option<String>,
    #[serde(rename = "GrantReadACP")]
    grant_read_acp: Option<String>,
    grant_write: Option<String>,
    #[serde(rename = "GrantWriteACP")]
    grant_write_acp: Option<String>,
    pub(crate) expected_bucket_owner: Option<String>,
    #[serde(rename = "ContentMD5")]
    _content_md5: Option<IgnoredAny>,
    #[serde(rename = "ChecksumAlgorithm")]
    _checksum_algorithm: Option<IgnoredAny>,
}

/// Input of `PutObjectAcl`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PutObjectAclInput {
    pub(crate) bucket: String,
    pub(crate) key: String,
    #[serde(rename = "ACL")]
    acl: Option<String>,
    access_control_policy: Option<AccessControlPolicy>,
    grant_full_control: Option<String>,
    grant_read: Option<String>,
    #[serde(rename = "GrantReadACP")]
    grant_read_acp: Option<String>,
    grant_write: Option<String>,
    #[serde(rename = "GrantWriteACP")]
    grant_write_acp: Option<String>,
    pub(crate) version_id: Option<String>,
    pub(crate) expected_bucket_owner: Option<String>,
    #[serde(rename = "ContentMD5")]
    _content_md5: Option<IgnoredAny>,
    #[serde(rename = "ChecksumAlgorithm")]
    _checksum_algorithm: Option<IgnoredAny>,
    #[serde(rename = "RequestPayer")]
    _request_payer: Option<IgnoredAny>,
}

/// Input of `GetObjectAcl`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct GetObjectAclInput {
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(crate) version_id: Option<String>,
    pub(crate) expected_bucket_owner: Option<String>,
    #[serde(rename = "RequestPayer")]
    _request_payer: Option<IgnoredAny>,
}

/// Output of `GetBucketAcl` and `GetObjectAcl`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetAclOutput {
    owner: Owner,
    grants: Vec<ToldGrant>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ToldGrant {
    grantee: ToldGrantee,
    permission: AclPermission,
}

#[derive(Debug, Clone, Serialize)]
#[serde(tag = "Type")]
enum ToldGrantee {
    CanonicalUser {
        #[serde(rename = "DisplayName", skip_serializing_if = "Option::is_none")]
        display_name: Option<String>,
        #[serde(rename = "ID")]
        id: Box<str>,
    },
    Group {
        #[serde(rename = "URI")]
        uri: &'static str,
    },
}

/// Whatever has these members.
macro_rules! asked {
    ($input:expr) => {
        AskedAcl {
            canned: $input.acl.as_deref(),
            read: $input.grant_read.as_deref(),
            write: $input.grant_write.as_deref(),
            read_acp: $input.grant_read_acp.as_deref(),
            write_acp: $input.grant_write_acp.as_deref(),
            full_control: $input.grant_full_control.as_deref(),
        }
    };
}

impl PutBucketAclInput {
    pub(crate) fn asked_acl(&self) -> AskedAcl<'_> {
        asked!(self)
    }
}

impl PutObjectAclInput {
    pub(crate) fn asked_acl(&self) -> AskedAcl<'_> {
        asked!(self)
    }
}

impl Settings {
    fn tell(&self, owner: Owner, grants: Option<&[Grant]>) -> GetAclOutput {
        let own = [Grant::full_control(owner.id.as_str())];
        let grants = grants.unwrap_or(&own).iter().map(|grant| ToldGrant {
            grantee: match &grant.grantee {
                Grantee::CanonicalUser(id) => ToldGrantee::CanonicalUser {
                    display_name: self.display_name(id).map(Into::into),
                    id: id.clone(),
                },
                Grantee::Group(group) => ToldGrantee::Group { uri: group.uri() },
            },
            permission: grant.permission,
        });
        GetAclOutput { grants: grants.collect(), owner }
    }
}

impl Stored {
    /// The list that a request asks for, of something that is `owner`'s.
    fn put_acl(
        &self,
        settings: &Settings,
        asked: AskedAcl<'_>,
        document: Option<AccessControlPolicy>,
        (owner, of): (&str, Of<'_>),
    ) -> Result<Option<Vec<Grant>>, ApiError> {
        let grants = match (asked.is_given(), document) {
            (true, Some(_)) => return Err((&crate::error::UNEXPECTED_CONTENT).into()),
            (true, None) => asked.resolve(settings, owner, of)?,
            (false, Some(document)) => document.resolve(settings, owner)?,
            (false, None) => {
                return Err(
                    crate::error::MISSING_SECURITY_HEADER.with("MissingHeaderName", "x-amz-acl")
                );
            }
        };
        if !self.has_acls() {
            return Err((&crate::error::ACL_NOT_SUPPORTED).into());
        }
        self.check_public_grants(grants.as_deref())?;
        Ok(grants)
    }
}

impl S3 {
    pub(crate) fn put_bucket_acl(
        &mut self,
        cx: &mut Cx<'_>,
        input: PutBucketAclInput,
    ) -> Result<Empty, ApiError> {
        let stored = self.open(&input.bucket, input.expected_bucket_owner.as_deref())?;
        let owner = canonical_user_id(&stored.bucket.owner);
        let (asked, of) = (asked!(input), (owner.as_str(), Of::Bucket));
        let document = input.access_control_policy.clone();
        let grants = stored.put_acl(&self.settings, asked, document, of)?;
        let stored = self.open_mut(&input.bucket, None)?;
        stored.bucket.acl = grants;
        stored.save(cx);
        Ok(Empty {})
    }

    pub(crate) fn get_bucket_acl(&self, input: BucketInput) -> Result<GetAclOutput, ApiError> {
        let stored = self.open(&input.bucket, input.expected_bucket_owner.as_deref())?;
        let owner = self.settings.owner(&stored.bucket.owner);
        let grants = stored.bucket.acl.as_deref().filter(|_| stored.has_acls());
        Ok(self.settings.tell(owner, grants))
    }

    pub(crate) fn put_object_acl(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: PutObjectAclInput,
    ) -> Result<Empty, ApiError> {
        let stored = self.open(&input.bucket, input.expected_bucket_owner.as_deref())?;
        let version_id = input.version_id.as_deref();
        let object = stored.readable(By::Put, &input.key, version_id)?;
        let bucket_owner = canonical_user_id(&stored.bucket.owner);
        let owner = stored.writer_of(object).map(Writer::canonical_user_id);
        let owner = owner.as_deref().unwrap_or(&bucket_owner);
        let of = (owner, Of::ObjectIn(&bucket_owner));
        let document = input.access_control_policy.clone();
        let grants = stored.put_acl(&self.settings, asked!(input), document, of)?;
        let stored = self.open_mut(&input.bucket, None)?;
        stored.change(cx, &input.key, version_id, |object| {
            let owner = object.acl().and_then(|acl| acl.owner.clone());
            object.set_acl(ObjectAcl { owner, grants });
        });
        let object = stored.object_of(&input.key, version_id);
        stored.announce(cx, origin, EventName::AclPut, &input.key, object);
        Ok(Empty {})
    }

    pub(crate) fn get_object_acl(
        &self,
        input: GetObjectAclInput,
    ) -> Result<GetAclOutput, ApiError> {
        let stored = self.open(&input.bucket, input.expected_bucket_owner.as_deref())?;
        let object = stored.readable(By::Get, &input.key, input.version_id.as_deref())?;
        let owner = self.settings.owner_of(stored, object);
        let grants = object.acl().and_then(|acl| acl.grants.as_deref());
        Ok(self.settings.tell(owner, grants.filter(|_| stored.has_acls())))
    }
}
