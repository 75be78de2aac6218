//! Access control lists: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html>.
//!
//! A bucket and an object whose owner has full control, and nobody else anything, have no list: almost all
//! are so. What a list lets somebody do is asked in `access.rs`.
//!
//! Where we differ from AWS: every canonical user id of the right form is taken for somebody's.

mod asked;
mod operations;

use super::grant::Writer;
use super::{Object, ObjectOwnership, Owner, Settings, Stored};

pub use operations::{GetAclOutput, GetObjectAclInput, PutBucketAclInput, PutObjectAclInput};

impl Stored {
    /// Whether lists count. Where they do not, all objects are the bucket owner's.
    pub(crate) fn has_acls(&self) -> bool {
        self.bucket.ownership != Some(ObjectOwnership::BucketOwnerEnforced)
    }

    /// Whose an object is, where it is not the bucket owner's.
    pub(crate) fn writer_of<'a>(&self, object: &'a Object) -> Option<&'a Writer> {
        object.acl()?.owner.as_ref().filter(|_| self.has_acls())
    }
}

impl Settings {
    /// Whose an object is, as S3 names it.
    pub(crate) fn owner_of(&self, stored: &Stored, object: &Object) -> Owner {
        match stored.writer_of(object) {
            Some(Writer::Account(account)) => self.owner(account),
            Some(Writer::Anonymous) => Owner::anonymous(),
            Some(writer @ Writer::LogService) => Owner::of(writer.canonical_user_id()),
            None => self.owner(&stored.bucket.owner),
        }
    }
}
