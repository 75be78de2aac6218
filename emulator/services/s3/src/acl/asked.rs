//! The list that a request asks for: by the name of a canned one, by headers, or as a document.

use kernel::call::Caller;
use kernel::error::{self, ApiError};
use serde::Deserialize;

use crate::access::invalid_argument;
use crate::canonical_user::canonical_user_id;
use crate::grant::{ANONYMOUS, AclPermission, AskedAcl, Grant, Grantee, Group, ObjectAcl, Writer};
use crate::{ObjectOwnership, PublicAccessBlock, Settings, Stored, limits};

/// The canonical user id of EC2, which reads images: to whom `aws-exec-read` gives.
const EC2: &str = "6aa5a366c34c1cbe25dc49211496e913e0351eb0e8c37aa3477e40942ec6b97c";

/// A list as a document.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct AccessControlPolicy {
    grants: Option<Vec<AskedGrant>>,
    owner: Option<AskedOwner>,
}

#[derive(Debug, Clone, Deserialize)]
struct AskedOwner {
    #[serde(rename = "ID")]
    id: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct AskedGrant {
    grantee: Option<AskedGrantee>,
    permission: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct AskedGrantee {
    r#type: Option<String>,
    #[serde(rename = "ID")]
    id: Option<String>,
    #[serde(rename = "URI")]
    uri: Option<String>,
    email_address: Option<String>,
    #[serde(rename = "DisplayName")]
    _display_name: Option<String>,
}

/// Of what the list is to be.
#[derive(Debug, Clone, Copy)]
pub(super) enum Of<'a> {
    Bucket,
    /// An object in a bucket whose owner has this canonical user id.
    ObjectIn(&'a str),
}

/// A list that is asked for; nothing where its owner has full control and nobody else anything.
type Asked = Result<Option<Vec<Grant>>, ApiError>;

impl AskedAcl<'_> {
    /// The list of something that is `owner`'s, a canonical user id.
    pub(super) fn resolve(&self, settings: &Settings, owner: &str, of: Of<'_>) -> Asked {
        let grants = match (self.canned, self.has_grants()) {
            (Some(_), true) => {
                return Err(crate::error::INVALID_REQUEST
                    .says("Specifying both Canned ACLs and Header Grants is not allowed"));
            }
            (Some(name), false) => canned(name, owner, of)?,
            (None, true) => self.granted(settings)?,
            (None, false) => return Ok(None),
        };
        Ok(unless_default(grants, owner))
    }

    /// The list of a new bucket of `owner`'s, a canonical user id.
    ///
    /// # Errors
    /// What is asked for is no list, or none that such a bucket takes.
    pub(crate) fn of_new_bucket(
        &self,
        settings: &Settings,
        owner: &str,
        ownership: Option<ObjectOwnership>,
    ) -> Asked {
        let is_enforced = ownership == Some(ObjectOwnership::BucketOwnerEnforced);
        let enforced = || ApiError::from(&crate::error::INVALID_BUCKET_ACL_WITH_OBJECT_OWNERSHIP);
        // Whoever is granted something there: nobody looks.
        if is_enforced && self.headers().iter().any(|(_, _, value)| value.is_some()) {
            return Err(enforced());
        }
        let grants = self.resolve(settings, owner, Of::Bucket)?;
        if grants.is_some() && is_enforced {
            return Err(enforced());
        }
        check_public(settings.bucket_defaults.public_access_block(), grants.as_deref())?;
        Ok(grants)
    }

    fn granted(&self, settings: &Settings) -> Result<Vec<Grant>, ApiError> {
        let mut grants = Vec::new();
        for (header, permission, value) in self.headers() {
            for text in value.into_iter().flat_map(|value| value.split(',')).map(str::trim) {
                let unreadable =
                    || invalid_argument("Argument format not recognized", header, text);
                let (kind, name) = text.split_once('=').ok_or_else(unreadable)?;
                let name = name.trim().trim_matches('"');
                let grantee = match kind.trim().to_ascii_lowercase().as_str() {
                    "id" => user(name, "id")?,
                    "uri" => group(name, "uri")?,
                    "emailaddress" => by_email(settings, name)?,
                    _ => return Err(unreadable()),
                };
                grants.push(Grant { grantee, permission });
            }
        }
        check_count(&grants)?;
        Ok(grants)
    }
}

impl AccessControlPolicy {
    /// The list of something that is `owner`'s, a canonical user id. A list gives nothing to another
    /// owner.
    pub(super) fn resolve(self, settings: &Settings, owner: &str) -> Asked {
        let malformed = || ApiError::from(&crate::error::MALFORMED_ACL);
        let named = self.owner.and_then(|owner| owner.id).filter(|id| !id.is_empty());
        let (Some(named), Some(asked)) = (named, self.grants) else { return Err(malformed()) };
        user(&named, "CanonicalUser/ID")?;
        let mut grants = Vec::with_capacity(asked.len().min(limits::ACL_GRANTS_MAX));
        for AskedGrant { grantee, permission } in asked {
            let permission = permission.as_deref().and_then(AclPermission::parse);
            let permission = permission.ok_or_else(malformed)?;
            let grantee = grantee.ok_or_else(malformed)?.resolve(settings)?;
            grants.push(Grant { grantee, permission });
        }
        check_count(&grants)?;
        if named != owner {
            return Err((&error::ACCESS_DENIED).into());
        }
        Ok(unless_default(grants, owner))
    }
}

impl AskedGrantee {
    fn resolve(self, settings: &Settings) -> Result<Grantee, ApiError> {
        let malformed = || ApiError::from(&crate::error::MALFORMED_ACL);
        match self.r#type.as_deref() {
            Some("CanonicalUser") => user(&self.id.ok_or_else(malformed)?, "CanonicalUser/ID"),
            Some("Group") => group(&self.uri.ok_or_else(malformed)?, "Group/URI"),
            Some("AmazonCustomerByEmail") => {
                by_email(settings, &self.email_address.ok_or_else(malformed)?)
            }
            _ => Err(malformed()),
        }
    }
}

fn canned(name: &str, owner: &str, of: Of<'_>) -> Result<Vec<Grant>, ApiError> {
    use AclPermission::{Read, ReadAcp, Write};
    let group = |group, permission| Grant { grantee: Grantee::Group(group), permission };
    let user =
        |id: &str, permission| Grant { grantee: Grantee::CanonicalUser(id.into()), permission };
    let more = match (name, of) {
        ("private", _) => vec![],
        ("public-read", _) => vec![group(Group::AllUsers, Read)],
        ("public-read-write", _) => {
            vec![group(Group::AllUsers, Read), group(Group::AllUsers, Write)]
        }
        ("authenticated-read", _) => vec![group(Group::AuthenticatedUsers, Read)],
        ("aws-exec-read", _) => vec![user(EC2, Read)],
        ("log-delivery-write", Of::Bucket) => {
            vec![group(Group::LogDelivery, Write), group(Group::LogDelivery, ReadAcp)]
        }
        // Of a bucket, S3 takes them for `private`.
        ("bucket-owner-read" | "bucket-owner-full-control", Of::Bucket) => vec![],
        ("bucket-owner-read" | "bucket-owner-full-control", Of::ObjectIn(bucket_owner))
            if bucket_owner == owner =>
        {
            vec![]
        }
        ("bucket-owner-read", Of::ObjectIn(bucket_owner)) => vec![user(bucket_owner, Read)],
        ("bucket-owner-full-control", Of::ObjectIn(bucket_owner)) => {
            vec![Grant::full_control(bucket_owner)]
        }
        _ => return Err(invalid_argument("", "x-amz-acl", name)),
    };
    let mut grants = vec![Grant::full_control(owner)];
    grants.extend(more);
    Ok(grants)
}

/// Nothing where the owner has full control and nobody else anything.
fn unless_default(grants: Vec<Grant>, owner: &str) -> Option<Vec<Grant>> {
    (grants != [Grant::full_control(owner)]).then_some(grants)
}

fn user(id: &str, argument: &'static str) -> Result<Grantee, ApiError> {
    let is_id = id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    match is_id || id == ANONYMOUS {
        true => Ok(Grantee::CanonicalUser(id.to_ascii_lowercase().into())),
        false => Err(invalid_argument("Invalid id", argument, id)),
    }
}

fn group(uri: &str, argument: &'static str) -> Result<Grantee, ApiError> {
    let invalid = || invalid_argument("Invalid group uri", argument, uri);
    Group::parse(uri).map(Grantee::Group).ok_or_else(invalid)
}

/// AWS has taken no addresses since October 2025. Where accounts have some, somebody wants them taken.
fn by_email(settings: &Settings, address: &str) -> Result<Grantee, ApiError> {
    if !settings.has_emails() {
        return Err((&crate::error::METHOD_NOT_ALLOWED).into());
    }
    let unresolvable = || ApiError::from(&crate::error::UNRESOLVABLE_GRANT_BY_EMAIL_ADDRESS);
    let id = settings.by_email(address).ok_or_else(unresolvable)?;
    Ok(Grantee::CanonicalUser(id.into()))
}

fn check_count(grants: &[Grant]) -> Result<(), ApiError> {
    match grants.len() {
        0..=limits::ACL_GRANTS_MAX => Ok(()),
        _ => Err((&crate::error::MALFORMED_ACL).into()),
    }
}

fn check_public(
    block: Option<PublicAccessBlock>,
    grants: Option<&[Grant]>,
) -> Result<(), ApiError> {
    let blocks = block.is_some_and(|block| block.block_public_acls);
    match blocks && grants.unwrap_or_default().iter().any(Grant::is_public) {
        true => Err((&error::ACCESS_DENIED).into()),
        false => Ok(()),
    }
}

impl Stored {
    /// Refuses a list that Block Public Access keeps from the bucket and its objects.
    pub(super) fn check_public_grants(&self, grants: Option<&[Grant]>) -> Result<(), ApiError> {
        check_public(self.bucket.public_access_block, grants)
    }

    /// Refuses what the head of a put says, whoever puts.
    pub(crate) fn check_acl(
        &self,
        settings: &Settings,
        asked: AskedAcl<'_>,
    ) -> Result<(), ApiError> {
        self.acl_of_new(settings, &Caller::Anonymous, asked).map(drop)
    }

    /// Whose an object is that is put now, and who may do what with it.
    ///
    /// # Errors
    /// What is asked for is no list, or none that the bucket takes.
    pub(crate) fn acl_of_new(
        &self,
        settings: &Settings,
        caller: &Caller,
        asked: AskedAcl<'_>,
    ) -> Result<ObjectAcl, ApiError> {
        // The usual: nothing is asked for by the bucket owner's account.
        let writer = Writer::of(caller, &self.bucket.owner);
        if !asked.is_given() && (writer.is_none() || !self.has_acls()) {
            return Ok(ObjectAcl::default());
        }
        let bucket_owner = canonical_user_id(&self.bucket.owner);
        if !self.has_acls() {
            let grants = match asked.canned {
                Some("bucket-owner-full-control") if !asked.has_grants() => None,
                _ if !asked.is_given() => None,
                // What cannot be is refused as elsewhere, and whatever is not the owner's alone.
                Some(_) => {
                    asked.resolve(settings, &bucket_owner, Of::ObjectIn(&bucket_owner))?;
                    return Err((&crate::error::ACL_NOT_SUPPORTED).into());
                }
                None => asked.resolve(settings, &bucket_owner, Of::ObjectIn(&bucket_owner))?,
            };
            return match grants {
                None => Ok(ObjectAcl::default()),
                Some(_) => Err((&crate::error::ACL_NOT_SUPPORTED).into()),
            };
        }
        let is_given_away = self.bucket.ownership == Some(ObjectOwnership::BucketOwnerPreferred)
            && asked.canned == Some("bucket-owner-full-control")
            && !asked.has_grants();
        let owner = writer.filter(|_| !is_given_away);
        let id = owner.as_ref().map_or_else(|| bucket_owner.clone(), Writer::canonical_user_id);
        let grants = asked.resolve(settings, &id, Of::ObjectIn(&bucket_owner))?;
        self.check_public_grants(grants.as_deref())?;
        Ok(ObjectAcl { owner, grants })
    }
}
