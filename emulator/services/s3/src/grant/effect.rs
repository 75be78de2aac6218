//! What a list lets somebody do:
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#permissions>.

use kernel::policy::{Principal, Reach};

use super::{AclPermission, Grant};

/// Whether an object's owner, and not its bucket's, says who may do this with it.
pub(crate) fn is_of_object(action: &str) -> bool {
    on_object(action).is_some() || action == "s3:GetObjectAttributes"
}

/// How closely a list names somebody whom it lets do this; nothing where it does not.
pub(crate) fn lets(
    grants: &[Grant],
    action: &str,
    principal: &Principal,
    ignores_public: bool,
) -> Option<Reach> {
    let needed = on_object(action).or_else(|| on_bucket(action))?;
    grants
        .iter()
        .filter(|grant| [needed, AclPermission::FullControl].contains(&grant.permission))
        .filter(|grant| !ignores_public || !grant.is_public())
        .filter_map(|grant| grant.reach(principal))
        .max()
}

fn on_bucket(action: &str) -> Option<AclPermission> {
    Some(match action {
        "s3:ListBucket" | "s3:ListBucketVersions" | "s3:ListBucketMultipartUploads" => {
            AclPermission::Read
        }
        "s3:PutObject" | "s3:DeleteObject" => AclPermission::Write,
        "s3:GetBucketAcl" => AclPermission::ReadAcp,
        "s3:PutBucketAcl" => AclPermission::WriteAcp,
        _ => return None,
    })
}

fn on_object(action: &str) -> Option<AclPermission> {
    Some(match action {
        "s3:GetObject" | "s3:GetObjectVersion" => AclPermission::Read,
        "s3:GetObjectAcl" | "s3:GetObjectVersionAcl" => AclPermission::ReadAcp,
        "s3:PutObjectAcl" | "s3:PutObjectVersionAcl" => AclPermission::WriteAcp,
        _ => return None,
    })
}
