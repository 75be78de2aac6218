//! Buckets: created, looked at, listed, deleted.

use std::collections::BTreeMap;

use kernel::call::Origin;
use kernel::error::ApiError;
use kernel::names::{AccountId, BucketName, Region};
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::access::invalid_argument;
use super::canonical_user::canonical_user_id;
use super::grant::{ANONYMOUS, AskedAcl, Grant};
use super::{
    BucketInput, BucketLock, CorsRule, Empty, NotificationRule, ObjectOwnership, PublicAccessBlock,
    S3, Settings, Stored, Tag, Versioning,
};
use crate::encoding::{continuation_of, continuation_token};
use crate::{Cx, limits};

/// A bucket with its configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct Bucket {
    /// Its name, which no other bucket of any account has.
    pub name: BucketName,
    /// Where it is.
    pub region: Region,
    /// The account that created it.
    pub owner: AccountId,
    /// When it was created, to the second.
    pub created: Timestamp,
    /// The text of its policy.
    pub policy: Option<Box<str>>,
    /// Which pages of other origins may use it from a browser. Nothing where no configuration is.
    pub cors: Option<Vec<CorsRule>>,
    /// What the public is kept from. Nothing where the block was deleted: the public is kept from
    /// nothing then.
    pub public_access_block: Option<PublicAccessBlock>,
    /// Who owns objects, and whether ACLs count. Nothing where the controls were deleted.
    pub ownership: Option<ObjectOwnership>,
    /// Who may do what with it. Nothing where its owner has full control and nobody else anything.
    pub acl: Option<Vec<Grant>>,
    /// Its tags.
    pub tags: Option<Vec<Tag>>,
    /// Whether what is put makes versions.
    pub versioning: Versioning,
    /// Whether somebody has said that deletions need no second factor.
    pub says_mfa_delete: bool,
    /// It was created with the old name of eu-west-1, and is told by it.
    pub says_eu: bool,
    /// Whether its objects can be locked. Then versioning is enabled.
    pub object_lock: Option<BucketLock>,
    /// Whether it leaves objects without encryption that name none, as buckets did before 2023, as long
    /// as it is not given any.
    pub is_plain: bool,
    /// Who hears of what happens to its objects.
    pub notification: Vec<NotificationRule>,
    /// Other configurations by name, each in AWS's JSON shape: `Website`, `Inventory/ID`.
    pub documents: BTreeMap<Box<str>, Box<str>>,
}

/// Input of `CreateBucket`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CreateBucketInput {
    pub(crate) bucket: String,
    #[serde(rename = "ACL")]
    acl: Option<String>,
    grant_full_control: Option<String>,
    grant_read: Option<String>,
    #[serde(rename = "GrantReadACP")]
    grant_read_acp: Option<String>,
    grant_write: Option<String>,
    #[serde(rename = "GrantWriteACP")]
    grant_write_acp: Option<String>,
    create_bucket_configuration: Option<CreateBucketConfiguration>,
    pub(super) object_ownership: Option<String>,
    pub(super) object_lock_enabled_for_bucket: Option<bool>,
    bucket_namespace: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct CreateBucketConfiguration {
    location_constraint: Option<String>,
    tags: Option<Vec<Tag>>,
}

/// Output of `CreateBucket`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateBucketOutput {
    location: String,
    bucket_arn: String,
}

/// Output of `HeadBucket`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct HeadBucketOutput {
    bucket_arn: String,
    bucket_region: Region,
    access_point_alias: bool,
}

/// Output of `GetBucketLocation`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetBucketLocationOutput {
    /// Nothing in us-east-1, as AWS has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    location_constraint: Option<String>,
}

/// Input of `ListBuckets`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ListBucketsInput {
    max_buckets: Option<i64>,
    continuation_token: Option<String>,
    prefix: Option<String>,
    bucket_region: Option<String>,
}

/// Output of `ListBuckets`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListBucketsOutput {
    buckets: Vec<ListedBucket>,
    owner: Owner,
    #[serde(skip_serializing_if = "Option::is_none")]
    continuation_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prefix: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ListedBucket {
    name: BucketName,
    creation_date: u64,
    /// AWS says it only where the request has a parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    bucket_region: Option<Region>,
    bucket_arn: String,
}

/// An account, as S3 names it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Owner {
    /// Nothing unless whoever started S3 gave one.
    #[serde(rename = "DisplayName", skip_serializing_if = "Option::is_none")]
    display_name: Option<String>,
    /// The canonical user id.
    #[serde(rename = "ID")]
    pub(super) id: String,
}

impl CreateBucketInput {
    pub(super) fn asked_acl(&self) -> AskedAcl<'_> {
        AskedAcl {
            canned: self.acl.as_deref(),
            read: self.grant_read.as_deref(),
            write: self.grant_write.as_deref(),
            read_acp: self.grant_read_acp.as_deref(),
            write_acp: self.grant_write_acp.as_deref(),
            full_control: self.grant_full_control.as_deref(),
        }
    }

    /// Who is to own the objects, where the request says so.
    fn ownership(&self) -> Result<Option<ObjectOwnership>, ApiError> {
        let Some(asked) = self.object_ownership.as_deref() else { return Ok(None) };
        let ownership = ObjectOwnership::parse(asked).ok_or_else(|| {
            crate::error::INVALID_ARGUMENT
                .says(format!("Invalid x-amz-object-ownership header: {asked}"))
                .with("ArgumentName", "x-amz-object-ownership")
        })?;
        Ok(Some(ownership))
    }

    /// The region that is named.
    pub(super) fn location(&self) -> Option<&str> {
        self.create_bucket_configuration.as_ref()?.location_constraint.as_deref()
    }

    /// A bucket of the account's own namespace says so in its name.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/gpbucketnamespaces.html>
    fn check_namespace(&self, account: &AccountId, region: &Region) -> Result<(), ApiError> {
        const HEADER: &str = "x-amz-bucket-namespace";
        const IS_OF_ACCOUNT: &str =
            "The requested bucket is an account-regional namespace bucket, but";
        let name = &self.bucket;
        match (self.bucket_namespace.as_deref(), name.ends_with("-an")) {
            (None | Some("global"), false) => Ok(()),
            (None, true) => Err(crate::error::MISSING_NAMESPACE_HEADER.with("Header", HEADER)),
            (Some("global"), true) => Err(crate::error::INVALID_NAMESPACE_HEADER
                .says(format!(
                    "{IS_OF_ACCOUNT} the provided {HEADER} header value is global. If you want to \
                     create an account-regional namespace bucket, set your {HEADER} header to \
                     account-regional."
                ))
                .with("Header", "global")
                .with("HeaderValue", name)),
            (Some("account-regional"), _) => {
                let Some((of_account, of_region)) = namespace_of(name) else {
                    return Err(crate::error::INVALID_NAMESPACE_HEADER.with("Header", name));
                };
                let refused = |message: String| {
                    Err(crate::error::INVALID_BUCKET_NAMESPACE
                        .says(format!("{IS_OF_ACCOUNT} {message} in the bucket name."))
                        .with("BucketNamespace", name))
                };
                if of_account != account.as_str() {
                    return refused(format!(
                        "the requested AWS Account ID '{of_account}' does not match the caller's AWS \
                         Account ID '{account}'. Specify the caller's AWS Account ID"
                    ));
                }
                if of_region != region.as_str() {
                    return refused(format!(
                        "the requested region '{of_region}' does not match the current region \
                         '{region}'. Specify the targeted region"
                    ));
                }
                Ok(())
            }
            (Some(other), _) => Err(crate::error::INVALID_NAMESPACE_HEADER
                .says(format!(
                    "The {HEADER} header value {other} is not valid. Only account-regional or \
                     global is supported."
                ))
                .with("Header", HEADER)
                .with("HeaderValue", other)),
        }
    }

    /// The tags that the bucket is to have.
    pub(super) fn tags(&self) -> Option<&[Tag]> {
        self.create_bucket_configuration.as_ref()?.tags.as_deref()
    }
}

impl Owner {
    /// Who did not sign.
    pub(super) fn anonymous() -> Self {
        Self::of(ANONYMOUS.to_owned())
    }

    /// Whoever has this canonical user id.
    pub(super) fn of(id: String) -> Self {
        Self { display_name: None, id }
    }
}

impl Settings {
    /// An account, as S3 names it.
    pub(super) fn owner(&self, account: &AccountId) -> Owner {
        let id = canonical_user_id(account);
        Owner { display_name: self.display_name(&id).map(Into::into), id }
    }
}

impl S3 {
    pub(super) fn create_bucket(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        mut input: CreateBucketInput,
    ) -> Result<CreateBucketOutput, ApiError> {
        let name = BucketName::parse(&input.bucket)
            .ok_or_else(|| crate::error::INVALID_BUCKET_NAME.with("BucketName", &input.bucket))?;
        let configuration = input.create_bucket_configuration.take();
        let (location, tags) = configuration
            .map(|configuration| (configuration.location_constraint, configuration.tags))
            .unwrap_or_default();
        let region = region_of(&origin.region, location.as_deref())?;
        input.check_namespace(&origin.account, &region)?;
        let defaults = self.settings.bucket_defaults;
        let ownership = input.ownership()?.or(defaults.ownership());
        let owner = canonical_user_id(&origin.account);
        let acl = input.asked_acl().of_new_bucket(&self.settings, &owner, ownership)?;
        if let Some(tags) = &tags {
            Tag::check_of_new_bucket(tags)?;
        }
        if let Some(existing) = self.buckets.get_mut(name.as_str()) {
            return if existing.bucket.owner != origin.account {
                Err(crate::error::BUCKET_ALREADY_EXISTS.with("BucketName", name.as_str()))
            } else if region.as_str() == "us-east-1" && existing.bucket.region == region {
                // For the sake of old clients, us-east-1 alone answers as if it had been created.
                // Its ACL is that of a new one, where it has any.
                if existing.bucket.acl != acl && existing.has_acls() {
                    existing.bucket.acl = acl;
                    existing.save(cx);
                }
                Ok(created(origin, &existing.bucket))
            } else {
                Err(crate::error::BUCKET_ALREADY_OWNED_BY_YOU.with("BucketName", name.as_str()))
            };
        }
        let owned = self.buckets.values().filter(|stored| stored.bucket.owner == origin.account);
        if owned.count() >= limits::BUCKETS_MAX {
            return Err((&crate::error::TOO_MANY_BUCKETS).into());
        }
        let is_locked = input.object_lock_enabled_for_bucket == Some(true);
        let bucket = Bucket {
            name,
            region,
            owner: origin.account.clone(),
            created: cx.now.truncated_to_s(),
            policy: None,
            cors: None,
            public_access_block: defaults.public_access_block(),
            ownership,
            acl,
            tags: tags.filter(|tags| !tags.is_empty()),
            versioning: if is_locked { Versioning::Enabled } else { Versioning::Unversioned },
            says_mfa_delete: false,
            says_eu: location.as_deref() == Some(OLD_NAME_OF_EU_WEST_1),
            object_lock: is_locked.then(BucketLock::default),
            is_plain: defaults.are_plain(),
            notification: Vec::new(),
            documents: BTreeMap::new(),
        };
        let output = created(origin, &bucket);
        let stored = Stored::new(bucket);
        stored.save(cx);
        self.buckets.insert(stored.bucket.name.as_str().into(), stored);
        Ok(output)
    }

    pub(super) fn head_bucket(&self, input: BucketInput) -> Result<HeadBucketOutput, ApiError> {
        let owner = input.expected_bucket_owner.as_deref();
        let bucket = &self.open(&input.bucket, owner)?.bucket;
        Ok(HeadBucketOutput {
            bucket_arn: format!("arn:aws:s3:::{}", bucket.name),
            bucket_region: bucket.region.clone(),
            access_point_alias: false,
        })
    }

    pub(super) fn get_bucket_location(
        &self,
        input: BucketInput,
    ) -> Result<GetBucketLocationOutput, ApiError> {
        let owner = input.expected_bucket_owner.as_deref();
        let bucket = &self.open(&input.bucket, owner)?.bucket;
        let location = match bucket.region.as_str() {
            "us-east-1" => None,
            _ if bucket.says_eu => Some(OLD_NAME_OF_EU_WEST_1.to_owned()),
            region => Some(region.to_owned()),
        };
        Ok(GetBucketLocationOutput { location_constraint: location })
    }

    pub(super) fn delete_bucket(
        &mut self,
        cx: &mut Cx<'_>,
        input: BucketInput,
    ) -> Result<Empty, ApiError> {
        let owner = input.expected_bucket_owner.as_deref();
        let stored = self.open_mut(&input.bucket, owner)?;
        if !stored.objects.is_empty() {
            let row = &crate::error::BUCKET_NOT_EMPTY;
            let refused = match stored.bucket.versioning {
                Versioning::Unversioned => row.into(),
                Versioning::Enabled | Versioning::Suspended => row
                    .says(format!("{}. You must delete all versions in the bucket.", row.message)),
            };
            return Err(ApiError::with(refused, "BucketName", &input.bucket));
        }
        // What is under way does not keep it, and goes with it.
        stored.abort_uploads(cx);
        stored.set_lifecycle(cx, None);
        let key = stored.record_key();
        cx.delete(|| key);
        self.buckets.remove(input.bucket.as_str());
        self.forget_log(cx, &input.bucket);
        Ok(Empty {})
    }

    pub(super) fn list_buckets(
        &self,
        origin: &Origin,
        input: ListBucketsInput,
    ) -> Result<ListBucketsOutput, ApiError> {
        let max = match input.max_buckets {
            None => limits::LIST_BUCKETS_MAX,
            Some(max) => usize::try_from(max)
                .ok()
                .filter(|max| (1..=limits::LIST_BUCKETS_MAX).contains(max))
                .ok_or_else(|| {
                    invalid_argument(
                        format!(
                            "Argument max-buckets must be an integer between 1 and {}",
                            limits::LIST_BUCKETS_MAX
                        ),
                        "max-buckets",
                        max.to_string(),
                    )
                })?,
        };
        // An empty token is none.
        let after = match input.continuation_token.as_deref().filter(|token| !token.is_empty()) {
            None => None,
            Some(token) => Some(continuation_of(token)?),
        };
        if let Some(region) = input.bucket_region.as_deref() {
            self.check_region(region)?;
        }
        let says_region = input.max_buckets.is_some()
            || input.continuation_token.is_some()
            || input.prefix.is_some()
            || input.bucket_region.is_some();
        let prefix = input.prefix.as_deref().unwrap_or_default();
        let mut found = self
            .buckets
            .values()
            .map(|stored| &stored.bucket)
            .filter(|bucket| bucket.owner == origin.account)
            .filter(|bucket| bucket.name.as_str().starts_with(prefix))
            .filter(|bucket| {
                input.bucket_region.as_deref().is_none_or(|region| bucket.region.as_str() == region)
            })
            .filter(|bucket| after.as_deref().is_none_or(|after| bucket.name.as_str() > after))
            .peekable();
        let mut buckets = Vec::new();
        while let Some(bucket) = found.next_if(|_| buckets.len() < max) {
            buckets.push(ListedBucket {
                name: bucket.name.clone(),
                creation_date: bucket.created.as_s(),
                bucket_region: says_region.then(|| bucket.region.clone()),
                bucket_arn: format!("arn:aws:s3:::{}", bucket.name),
            });
        }
        let more = found.peek().is_some();
        let last = buckets.last().filter(|_| more);
        Ok(ListBucketsOutput {
            continuation_token: last.map(|bucket| continuation_token(bucket.name.as_str())),
            buckets,
            owner: self.settings.owner(&origin.account),
            prefix: input.prefix,
        })
    }
}

/// The account and the region of `anything-123456789012-us-east-1-an`.
fn namespace_of(name: &str) -> Option<(&str, &str)> {
    let name = name.strip_suffix("-an")?;
    let is_account =
        |text: &str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    name.match_indices('-').skip(1).find_map(|(at, _)| {
        let (before, region) = (name.get(..at)?, name.get(at + 1..)?);
        let (_, account) = before.rsplit_once('-')?;
        (is_account(account) && !region.is_empty()).then_some((account, region))
    })
}

/// What may be said for eu-west-1 as a location.
const OLD_NAME_OF_EU_WEST_1: &str = "EU";

/// A region's endpoint creates buckets in its region alone; us-east-1's in any but its own by name.
fn region_of(endpoint: &Region, location: Option<&str>) -> Result<Region, ApiError> {
    let incompatible = |location: &str| {
        crate::error::ILLEGAL_LOCATION_CONSTRAINT.says(format!(
            "The {location} location constraint is incompatible for the region specific endpoint \
             this request was sent to."
        ))
    };
    let invalid = |location: &str| {
        crate::error::INVALID_LOCATION_CONSTRAINT.with("LocationConstraint", location)
    };
    match (endpoint.as_str(), location) {
        ("us-east-1", None) => Ok(endpoint.clone()),
        ("us-east-1", Some(OLD_NAME_OF_EU_WEST_1)) => {
            Region::parse("eu-west-1").ok_or_else(|| invalid(OLD_NAME_OF_EU_WEST_1))
        }
        ("us-east-1", Some(location)) if is_region(location) => {
            Region::parse(location).ok_or_else(|| invalid(location))
        }
        ("us-east-1", Some(location)) => Err(invalid(location)),
        (_, None | Some("")) => Err(incompatible("unspecified")),
        ("eu-west-1", Some(OLD_NAME_OF_EU_WEST_1)) => Ok(endpoint.clone()),
        (region, Some(location)) if region == location => Ok(endpoint.clone()),
        (_, Some(location)) => Err(incompatible(location)),
    }
}

impl S3 {
    /// Refuses to list by what is no region.
    fn check_region(&self, region: &str) -> Result<(), ApiError> {
        let mut here = self.buckets.values().map(|stored| stored.bucket.region.as_str());
        if limits::REGIONS.split_whitespace().any(|known| known == region)
            || here.any(|here| here == region)
        {
            return Ok(());
        }
        let message = format!("Argument value {region} is not a valid AWS Region");
        Err(crate::error::INVALID_ARGUMENT.says(message).with("ArgumentName", "bucket-region"))
    }
}

/// Whether this has the form of a region other than us-east-1: `eu-central-1`, `us-gov-west-1`.
/// Regions come and go; their form stays.
fn is_region(text: &str) -> bool {
    const AREAS: &[&str] = &["af", "ap", "ca", "cn", "eu", "eusc", "il", "me", "mx", "sa", "us"];
    const SIDES: &[&str] = &[
        "central",
        "east",
        "north",
        "northeast",
        "northwest",
        "south",
        "southeast",
        "southwest",
        "west",
    ];
    let parts: Vec<&str> = text.split('-').collect();
    let (area, side, number) = match parts[..] {
        [area, side, number] => (area, side, number),
        ["us", "gov", side, number] => ("us", side, number),
        ["eusc", "de", side, number] => ("eusc", side, number),
        _ => return false,
    };
    AREAS.contains(&area)
        && SIDES.contains(&side)
        && number.len() == 1
        && matches!(number.as_bytes(), [b'1'..=b'9'])
        && text != "us-east-1"
}

fn created(origin: &Origin, bucket: &Bucket) -> CreateBucketOutput {
    CreateBucketOutput {
        // As AWS has it: a path in us-east-1, elsewhere the bucket's address.
        location: match bucket.region.as_str() {
            "us-east-1" => format!("/{}", bucket.name),
            _ => format!("{}/{}/", origin.endpoint, bucket.name),
        },
        bucket_arn: format!("arn:aws:s3:::{}", bucket.name),
    }
}
