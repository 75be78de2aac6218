//! Who may do what with a bucket and what is in it: whose things are, what is asked of a call, and what
//! S3 says where it refuses. What each operation needs is declared in `access/permissions.rs`.

mod keys;
mod permissions;

use std::fmt;

use kernel::access::{
    Allowed, Asking, Denied, Identity, Permission, Question, Resource, ResourcePolicy, Verdict,
    Who, evaluate,
};
use kernel::call::{Caller, Origin};
use kernel::error::{self, ApiError};
use kernel::names::AccountId;
use kernel::policy::{Conditions, Principal, Reach};
use kernel::time::Timestamp;

use super::canonical_user::canonical_user_id;
use super::copy::CopySource;
use super::grant::{self, Writer};
use super::method::By;
use super::{Bucket, CreateMultipartUploadInput, Head, Object, Request, S3, Stored};
use crate::{Cx, Record};

pub use keys::Key;
pub use permissions::{On, PRINCIPAL, When};

pub(super) use crate::error::invalid_argument;
use keys::{CopyInput, Parameters};

/// What nobody but the owner's account may do with a bucket, whatever its policy says; and what no
/// policy takes from that account itself.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html>
const POLICY_ITSELF: [&str; 3] =
    ["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"];

/// Where AWS sends who lists the buckets of nobody.
const PRODUCT_PAGE: &str = "https://aws.amazon.com/s3/";

/// The ARN of a bucket or of an object.
struct ResourceName<'a> {
    bucket: &'a str,
    key: Option<&'a str>,
}

impl fmt::Display for ResourceName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.key {
            Some(key) => write!(f, "arn:aws:s3:::{}/{key}", self.bucket),
            None => write!(f, "arn:aws:s3:::{}", self.bucket),
        }
    }
}

impl S3 {
    /// Refuses a call that its caller may not make, or whose bucket is not there.
    pub(super) fn ask(&self, asking: &mut Asking<'_>, request: &Request) -> Result<(), ApiError> {
        let parameters = Parameters { now: Some(asking.now), ..Parameters::of(request) };
        check_expectation(asking.origin, parameters.expected_owner)?;
        self.check_before_access(asking.origin, request, &parameters)?;
        self.ask_for_all(asking, request.permissions(), &parameters)?;
        if asking.origin.caller == Caller::Anonymous {
            check_anonymous(request)?;
        }
        Ok(())
    }

    /// Refuses where the caller may not read an object, or where it is not there.
    pub(super) fn ask_to_read(
        &self,
        asking: &mut Asking<'_>,
        bucket: &str,
        key: &str,
    ) -> Result<&Object, ApiError> {
        self.ask_to_read_version(asking, bucket, key, None)
    }

    /// The same of a version of it.
    pub(super) fn ask_to_read_version(
        &self,
        asking: &mut Asking<'_>,
        bucket: &str,
        key: &str,
        version_id: Option<&str>,
    ) -> Result<&Object, ApiError> {
        let parameters = Parameters { bucket, key: Some(key), version_id, ..Parameters::default() };
        self.ask_for_all(asking, row("GetObject"), &parameters)?;
        self.open(bucket, None)?.readable(By::Get, key, version_id)
    }

    /// The same as [`S3::ask`], of a request whose body, a document, is still to come. What the
    /// document may decide is asked when it is there.
    pub(super) fn ask_for_head(
        &self,
        asking: &mut Asking<'_>,
        head: Head<'_>,
    ) -> Result<(), ApiError> {
        let parameters = Parameters {
            bucket: head.bucket,
            key: head.key,
            version_id: head.version_id,
            expected_owner: head.expected_bucket_owner,
            now: Some(asking.now),
            ..Parameters::default()
        };
        check_expectation(asking.origin, parameters.expected_owner)?;
        for permission in row(head.operation) {
            let stored = match permission.on {
                On::Account | On::NewBucket | On::Source | On::SourceBucket => continue,
                On::Queues | On::Functions => continue,
                On::Bucket | On::Object | On::EachObject => {
                    self.open(parameters.bucket, parameters.expected_owner)?
                }
            };
            let waits =
                stored.policy.is_some() && permission.keys.iter().any(|name| name.is_in_document());
            let is_known = matches!(
                permission.when,
                None | Some(When::Absent | When::WithVersion | When::WithoutVersion)
            );
            if is_known && !waits && self.applies(permission, &parameters)? {
                self.ask_for(asking, permission, &parameters)?;
            }
        }
        Ok(())
    }

    fn ask_for_all(
        &self,
        asking: &mut Asking<'_>,
        permissions: &[Permission<Self>],
        parameters: &Parameters<'_>,
    ) -> Result<(), ApiError> {
        for permission in permissions {
            if self.applies(permission, parameters)? {
                self.ask_for(asking, permission, parameters)?;
            }
        }
        Ok(())
    }

    /// What S3 says before it looks at who asks.
    fn check_before_access(
        &self,
        origin: &Origin,
        request: &Request,
        parameters: &Parameters<'_>,
    ) -> Result<(), ApiError> {
        match request {
            Request::ListBuckets(_) if origin.caller == Caller::Anonymous => {
                Err(crate::error::TEMPORARY_REDIRECT.with("Location", PRODUCT_PAGE))
            }
            Request::PutObject(_) => parameters.lock.check_caller(origin),
            Request::ListObjects(input) => input.check(),
            Request::ListObjectsV2(input) => input.check(),
            Request::ListObjectVersions(input) => input.check(),
            Request::ListMultipartUploads(input) => input.check().map(drop),
            Request::CreateMultipartUpload(_) => {
                self.open(parameters.bucket, parameters.expected_owner)?;
                CreateMultipartUploadInput::check_caller(origin)
            }
            Request::GetObject(input) | Request::HeadObject(input) => {
                self.open(parameters.bucket, parameters.expected_owner)?;
                input.check_overrides(origin)
            }
            Request::PutObjectTagging(input) => input.check_tags(),
            Request::DeleteObject(input) => {
                let stored = self.open(parameters.bucket, parameters.expected_owner)?;
                stored.check_bypass(input.bypass_governance_retention)
            }
            _ => Ok(()),
        }
    }

    /// Whether a permission is asked of this call.
    fn applies(
        &self,
        permission: &Permission<Self>,
        parameters: &Parameters<'_>,
    ) -> Result<bool, ApiError> {
        let Some(when) = permission.when else { return Ok(permission.by == Who::Caller) };
        Ok(match when {
            When::WithoutVersion => parameters.version_id.is_none(),
            When::WithVersion => parameters.version_id.is_some(),
            When::WithRetention => {
                parameters.lock.mode.is_some() || parameters.lock.until_s.is_some()
            }
            When::WithLegalHold => parameters.lock.legal_hold.is_some(),
            When::WithLock => parameters.locks_bucket,
            When::BypassingGovernance => {
                let stored = self.open(parameters.bucket, parameters.expected_owner)?;
                stored.bypasses(parameters)
            }
            When::WithTags => parameters.tagging.is_some() || parameters.tags.is_some(),
            When::WithAcl => parameters.acl.is_given(),
            When::WithOwnership => parameters.object_ownership.is_some(),
            When::Absent => {
                let stored = self.open(parameters.bucket, parameters.expected_owner)?;
                let version_id = parameters.version_id;
                parameters.key.is_none_or(|key| stored.object_of(key, version_id).is_none())
            }
            When::SourceVersion
            | When::WithoutSourceVersion
            | When::CopyingTags
            | When::SourceAbsent => {
                let Some(input) = parameters.copy else { return Ok(false) };
                let (stored, source) = self.copied(input)?;
                let object = stored.object_of(&source.key, source.version_id.as_deref());
                match when {
                    When::WithoutSourceVersion => source.version_id.is_none(),
                    When::SourceVersion => source.version_id.is_some(),
                    When::SourceAbsent => object.is_none(),
                    _ => input.copies_tags() && object.is_some_and(|it| !it.tags().is_empty()),
                }
            }
        })
    }

    fn ask_for(
        &self,
        asking: &mut Asking<'_>,
        permission: &Permission<Self>,
        parameters: &Parameters<'_>,
    ) -> Result<(), ApiError> {
        let source;
        let mut version_id = parameters.version_id;
        let (stored, key) = match permission.on {
            On::Account | On::NewBucket => {
                let name = ResourceName { bucket: parameters.bucket, key: None };
                return ask_of_account(asking, permission, &name);
            }
            On::Bucket => (self.open(parameters.bucket, parameters.expected_owner)?, None),
            On::Object => {
                (self.open(parameters.bucket, parameters.expected_owner)?, parameters.key)
            }
            On::Source | On::SourceBucket => {
                let Some(input) = parameters.copy else { return Ok(()) };
                let (stored, named) = self.copied(input)?;
                source = named;
                version_id = source.version_id.as_deref();
                (stored, Some(source.key.as_str()).filter(|_| permission.on == On::Source))
            }
            On::EachObject | On::Queues | On::Functions => return Ok(()),
        };
        let object = key.and_then(|key| stored.object_of(key, version_id));
        let insert = |conditions: &mut Conditions| {
            for name in permission.keys {
                name.insert(conditions, parameters, object);
            }
        };
        let own = parameters.upload_id.zip(key);
        let own = own.is_some_and(|(it, key)| stored.has_begun(&asking.origin.caller, key, it));
        let what = Subject { action: permission.action, key, object, is_own_upload: own };
        let verdict = stored.verdict(asking, what, &insert);
        asking.needed_acl |= !own && matches!(verdict, Verdict::Allowed(Allowed::Acl));
        // What is not there has no list: whoever may list the bucket learns that it is not there.
        let is_absent = key.is_some() && object.is_none();
        if is_absent
            && grant::is_of_object(permission.action)
            && matches!(verdict, Verdict::Denied(Denied::Implicit(_)))
        {
            let insert = |conditions: &mut Conditions| {
                let of_key = Parameters { prefix: key, ..Parameters::default() };
                Key::Prefix.insert(conditions, &of_key, None);
            };
            let listing = stored.verdict(asking, Subject::bucket("s3:ListBucket"), &insert);
            if matches!(listing, Verdict::Allowed(_)) {
                return Ok(());
            }
        }
        stored.judge(asking, permission, key, verdict)
    }

    /// The bucket of what is copied, where it is there, and what is meant in it. What the copy says of
    /// its target comes first.
    fn copied(&self, input: CopyInput<'_>) -> Result<(&Stored, CopySource), ApiError> {
        match input {
            CopyInput::Object(input) => drop(self.check_copy(input)?),
            CopyInput::Part(input) => _ = self.check_part_copy(input)?,
        }
        self.copy_source(input.copy_source(), input.expected_source_owner())
    }

    /// The bucket, where it exists and belongs to whom the caller expects.
    pub(super) fn open(
        &self,
        bucket: &str,
        expected_owner: Option<&str>,
    ) -> Result<&Stored, ApiError> {
        check_account(expected_owner)?;
        let stored = self.buckets.get(bucket).ok_or_else(|| no_such_bucket(bucket))?;
        stored.check_owner(expected_owner)?;
        Ok(stored)
    }

    /// The bucket, to change something about it.
    pub(super) fn open_mut(
        &mut self,
        bucket: &str,
        expected_owner: Option<&str>,
    ) -> Result<&mut Stored, ApiError> {
        check_account(expected_owner)?;
        let stored = self.buckets.get_mut(bucket).ok_or_else(|| no_such_bucket(bucket))?;
        stored.check_owner(expected_owner)?;
        Ok(stored)
    }
}

/// What a request is about, for the trace: `bucket` or `bucket/key`.
pub(super) fn subject(request: &Request) -> String {
    let Parameters { bucket, key, .. } = Parameters::of(request);
    match key {
        Some(key) => format!("{bucket}/{key}"),
        None => bucket.to_owned(),
    }
}

/// The bucket, the key and the version that a request names.
pub(super) fn named(request: &Request) -> (&str, Option<&str>, Option<&str>) {
    let Parameters { bucket, key, version_id, .. } = Parameters::of(request);
    (bucket, key, version_id)
}

/// What nobody may do who does not sign, whatever policies say.
fn check_anonymous(request: &Request) -> Result<(), ApiError> {
    let cannot = match request {
        Request::CreateMultipartUpload(_) => "initiate multipart uploads",
        Request::CopyObject(_) => "copy objects",
        _ => return Ok(()),
    };
    Err(error::ACCESS_DENIED.says(format!("Anonymous users cannot {cannot}. Please authenticate.")))
}

/// What an operation needs; nothing where there is no such operation.
fn row(operation: &str) -> &'static [Permission<S3>] {
    let found = Request::PERMISSIONS.iter().find(|(name, _)| *name == operation);
    found.map_or(&[], |(_, permissions)| permissions)
}

/// Who signs may have buckets of its account's.
fn ask_of_account(
    asking: &mut Asking<'_>,
    permission: &Permission<S3>,
    name: &ResourceName<'_>,
) -> Result<(), ApiError> {
    let (identity, owner) = (asking.identity(), &asking.origin.account);
    let verdict = evaluate(&Question {
        identity: &identity,
        action: permission.action,
        resource: Resource::of(owner, name),
        conditions: &|| asking.conditions(owner),
    });
    match verdict {
        Verdict::Allowed(_) => Ok(()),
        Verdict::Denied(denied) if !permission.is_enforced => {
            asking.lets_pass(permission.action, name, &denied);
            Ok(())
        }
        Verdict::Denied(_)
            if permission.on == On::NewBucket && asking.origin.caller == Caller::Anonymous =>
        {
            Err(error::ACCESS_DENIED
                .says("Anonymous users cannot invoke this API. Please authenticate."))
        }
        Verdict::Denied(_) => Err((&error::ACCESS_DENIED).into()),
    }
}

/// What somebody wants to do, and with what.
#[derive(Clone, Copy)]
struct Subject<'a> {
    action: &'a str,
    /// Nothing of the bucket itself.
    key: Option<&'a str>,
    /// What the key leads to.
    object: Option<&'a Object>,
    /// Whether it is an upload that the caller has begun.
    is_own_upload: bool,
}

impl<'a> Subject<'a> {
    fn bucket(action: &'a str) -> Self {
        Self { action, key: None, object: None, is_own_upload: false }
    }
}

impl Stored {
    fn check_owner(&self, expected_owner: Option<&str>) -> Result<(), ApiError> {
        match expected_owner {
            Some(owner) if owner != self.bucket.owner.as_str() => {
                Err((&error::ACCESS_DENIED).into())
            }
            _ => Ok(()),
        }
    }

    /// Whether the caller may do something with the bucket, or with what is in it.
    fn verdict(
        &self,
        asking: &Asking<'_>,
        what: Subject<'_>,
        insert: &dyn Fn(&mut Conditions),
    ) -> Verdict {
        let Subject { action, key, object, is_own_upload } = what;
        let bucket_owner = &self.bucket.owner;
        let identity = asking.identity();
        // Of another account's object that account decides; the bucket's owner can still forbid.
        let writer = object.filter(|_| grant::is_of_object(action));
        let writer = writer.and_then(|object| self.writer_of(object));
        let block = self.bucket.public_access_block;
        let is_policy_itself = POLICY_ITSELF.contains(&action);
        evaluate(&Question {
            identity: &identity,
            action,
            resource: Resource {
                arn: &ResourceName { bucket: self.bucket.name.as_str(), key },
                owner: writer.map_or(Some(bucket_owner), Writer::account),
                policy_only_denies: writer.is_some(),
                acl: match is_own_upload {
                    true => Some(Reach::Account),
                    false => self.acl_lets(&identity, action, object),
                },
                policy: self.policy.as_ref().map_or(ResourcePolicy::None, ResourcePolicy::Document),
                restricts_public: block.is_some_and(|block| block.restrict_public_buckets),
                owner_only: is_policy_itself,
                keeps_owner: is_policy_itself,
                canonical_user: Some(canonical_user_id),
            },
            conditions: &|| {
                let mut conditions = asking.conditions(bucket_owner);
                insert(&mut conditions);
                conditions
            },
        })
    }

    /// How closely the list of the object, or of the bucket, names somebody whom it lets do something.
    fn acl_lets(
        &self,
        identity: &Identity<'_>,
        action: &str,
        object: Option<&Object>,
    ) -> Option<Reach> {
        let grants = match grant::is_of_object(action) {
            true => object?.acl()?.grants.as_deref(),
            false => self.bucket.acl.as_deref(),
        };
        let grants = grants.filter(|_| self.has_acls())?;
        let block = self.bucket.public_access_block;
        let ignores_public = block.is_some_and(|block| block.ignore_public_acls);
        grant::lets(grants, action, &identity.principal(), ignores_public)
    }

    /// Whether S3 may put a part of the log of `source` here.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html>
    pub(super) fn judge_log(&self, source: &Bucket, key: &str, now: Timestamp) -> Verdict {
        let principal = Principal::Service(grant::LOGGING.into());
        let identity = Identity::of_principal(&principal);
        let (action, owner) = ("s3:PutObject", &self.bucket.owner);
        let name = ResourceName { bucket: self.bucket.name.as_str(), key: Some(key) };
        evaluate(&Question {
            identity: &identity,
            action,
            resource: Resource {
                policy: self.policy.as_ref().map_or(ResourcePolicy::None, ResourcePolicy::Document),
                acl: self.acl_lets(&identity, action, None),
                ..Resource::of(owner, &name)
            },
            conditions: &|| {
                Conditions::about(&principal)
                    .with("aws:CurrentTime", now.iso8601_ms())
                    .with("aws:EpochTime", now.as_s().to_string())
                    .with("aws:ResourceAccount", owner.as_str())
                    .with("aws:SecureTransport", "true")
                    .with("aws:SourceArn", format!("arn:aws:s3:::{}", source.name))
                    .with("aws:SourceAccount", source.owner.as_str())
            },
        })
    }

    /// What S3 makes of a verdict.
    fn judge(
        &self,
        asking: &mut Asking<'_>,
        permission: &Permission<S3>,
        key: Option<&str>,
        verdict: Verdict,
    ) -> Result<(), ApiError> {
        let Verdict::Denied(denied) = verdict else { return Ok(()) };
        // AWS keeps the policy for the account's root. Here its roles are as good.
        let keeps_owner = denied.is_explicit()
            && POLICY_ITSELF.contains(&permission.action)
            && asking.identity().account() == Some(&self.bucket.owner);
        if keeps_owner || !permission.is_enforced {
            let name = ResourceName { bucket: self.bucket.name.as_str(), key };
            asking.lets_pass(permission.action, &name, &denied);
            return Ok(());
        }
        Err(match (denied, &asking.origin.caller) {
            (Denied::OwnerOnly, Caller::Anonymous) => (&error::ACCESS_DENIED).into(),
            (Denied::OwnerOnly, _) => (&crate::error::METHOD_NOT_ALLOWED).into(),
            _ => (&error::ACCESS_DENIED).into(),
        })
    }

    /// Whether the caller may delete one of the objects of `DeleteObjects`.
    pub(super) fn may_delete(
        &self,
        asking: &mut Asking<'_>,
        key: &str,
        version_id: Option<&str>,
        bypass: bool,
    ) -> Result<(), ApiError> {
        let now = Some(asking.now);
        let parameters =
            Parameters { key: Some(key), version_id, bypass, now, ..Parameters::default() };
        for permission in row("DeleteObjects") {
            let is_asked = match permission.when {
                Some(When::WithVersion) => version_id.is_some(),
                Some(When::BypassingGovernance) => self.bypasses(&parameters),
                _ => version_id.is_none(),
            };
            if is_asked {
                let insert = |conditions: &mut Conditions| {
                    permission.keys.iter().for_each(|it| it.insert(conditions, &parameters, None));
                };
                let object = self.object_of(key, version_id);
                let action = permission.action;
                let what = Subject { key: Some(key), object, ..Subject::bucket(action) };
                let verdict = self.verdict(asking, what, &insert);
                self.judge(asking, permission, Some(key), verdict)?;
            }
        }
        Ok(())
    }

    /// Whether a call would end a retention in governance mode before its time.
    fn bypasses(&self, parameters: &Parameters<'_>) -> bool {
        let Parameters { bypass: true, key: Some(key), version_id, now: Some(now), .. } =
            parameters
        else {
            return false;
        };
        let object = self.object_of(key, *version_id);
        object.is_some_and(|object| object.lock().is_governed(*now))
    }

    /// Notes that the bucket's configuration is now as it is.
    pub(super) fn save(&self, cx: &mut Cx<'_>) {
        cx.put(|| self.record());
    }

    /// The record of the bucket.
    pub(super) fn record(&self) -> Record {
        Record::Bucket(Box::new((&self.bucket).into()))
    }
}

fn no_such_bucket(bucket: &str) -> ApiError {
    crate::error::NO_SUCH_BUCKET.with("BucketName", bucket)
}

/// Who does not sign is not told what is wrong with the account that it expects.
fn check_expectation(origin: &Origin, expected_owner: Option<&str>) -> Result<(), ApiError> {
    match check_account(expected_owner) {
        Err(_) if origin.caller == Caller::Anonymous => Err((&error::ACCESS_DENIED).into()),
        _ => Ok(()),
    }
}

fn check_account(expected_owner: Option<&str>) -> Result<(), ApiError> {
    match expected_owner {
        Some(owner) if AccountId::parse(owner).is_none() => {
            let row = &crate::error::INVALID_BUCKET_OWNER_ACCOUNT_ID;
            Err(row.says(format!("{} [{owner}]", row.message)))
        }
        _ => Ok(()),
    }
}
