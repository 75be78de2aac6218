//! What is refused for the head of a request alone, before a body is taken that would be dropped again:
//! whoever waits for `100 Continue` does not send it.

use kernel::access::Asking;
use kernel::call::Origin;
use kernel::error::ApiError;
use kernel::time::Timestamp;

use super::S3;

/// What the head of a request says, whose body is a document.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    /// The operation.
    pub operation: &'a str,
    /// The bucket.
    pub bucket: &'a str,
    /// The object's key.
    pub key: Option<&'a str>,
    /// The version of the object.
    pub version_id: Option<&'a str>,
    /// `x-amz-expected-bucket-owner`
    pub expected_bucket_owner: Option<&'a str>,
}

impl S3 {
    /// The same as [`Service::admit`](kernel::service::Service::admit) for a request whose body is a
    /// document: without it, it cannot be read.
    ///
    /// # Errors
    /// `NoSuchBucket`, `AccessDenied` and what else an operation says of its bucket.
    pub fn admit_document(
        &self,
        now: Timestamp,
        origin: &Origin,
        head: Head<'_>,
    ) -> Result<(), ApiError> {
        self.ask_for_head(&mut Asking::new(origin, now), head)
    }
}
