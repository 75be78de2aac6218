//! What a query string makes of a bucket or an object: `?acl`, `?versions`, `?uploadId=…`. Which method
//! each has, and what is said where it has not; what S3 refuses of a query string before anybody looks
//! for the bucket.

use kernel::descriptor::Target;
use kernel::error::ApiError;

use crate::error::{INVALID_ARGUMENT, INVALID_REQUEST, METHOD_NOT_ALLOWED, invalid_argument};

/// A name in a query string that means another resource than the bucket or the object itself.
struct Subresource {
    name: &'static str,
    /// What a refusal of its method calls it.
    resource_type: &'static str,
    /// The methods that it has.
    methods: &'static [&'static str],
}

const fn of(
    name: &'static str,
    resource_type: &'static str,
    methods: &'static [&'static str],
) -> Subresource {
    Subresource { name, resource_type, methods }
}

const READ: &[&str] = &["GET"];
const WRITE: &[&str] = &["PUT"];
const ASK: &[&str] = &["POST"];
const READ_WRITE: &[&str] = &["GET", "PUT"];
const DELETE_READ_WRITE: &[&str] = &["DELETE", "GET", "PUT"];
const DELETE_ASK_READ: &[&str] = &["DELETE", "POST", "GET"];

/// In the order of their names.
const OF_BUCKETS: &[Subresource] = &[
    of("abac", "BUCKET_ABAC", READ_WRITE),
    of("accelerate", "ACCELERATE", READ_WRITE),
    of("acl", "ACL", READ_WRITE),
    of("analytics", "ANALYTICS", DELETE_READ_WRITE),
    of("cors", "CORS", DELETE_READ_WRITE),
    of("delete", "MULTI_OBJECT_DELETE", ASK),
    of("encryption", "ENCRYPTION", DELETE_READ_WRITE),
    of("intelligent-tiering", "INTELLIGENT_TIERING", DELETE_READ_WRITE),
    of("inventory", "INVENTORY", DELETE_READ_WRITE),
    of("lifecycle", "LIFECYCLE", DELETE_READ_WRITE),
    of("location", "LOCATION", READ),
    of("logging", "LOGGING_STATUS", READ_WRITE),
    of("metadataAnnotationTable", "BUCKET_METADATA_ANNOTATION_TABLE_CONFIGURATION", WRITE),
    of("metadataConfiguration", "BUCKET_METADATA_CONFIGURATION", DELETE_ASK_READ),
    of("metadataInventoryTable", "BUCKET_METADATA_INVENTORY_TABLE_CONFIGURATION", WRITE),
    of("metadataJournalTable", "BUCKET_METADATA_JOURNAL_TABLE_CONFIGURATION", WRITE),
    of("metadataTable", "BUCKET_METADATA_TABLE_CONFIGURATION", DELETE_ASK_READ),
    of("metrics", "METRICS", DELETE_READ_WRITE),
    of("notification", "NOTIFICATION", READ_WRITE),
    of("object-lock", "OBJECT_LOCK_CONFIGURATION", READ_WRITE),
    of("ownershipControls", "OWNERSHIP_CONTROLS", DELETE_READ_WRITE),
    of("policy", "BUCKETPOLICY", DELETE_READ_WRITE),
    of("policyStatus", "POLICY_STATUS", READ),
    of("publicAccessBlock", "PUBLIC_ACCESS_BLOCK", DELETE_READ_WRITE),
    of("replication", "REPLICATION", DELETE_READ_WRITE),
    of("requestPayment", "REQUEST_PAYMENT", READ_WRITE),
    of("restore", "RESTORE", ASK),
    of("tagging", "TAGGING", DELETE_READ_WRITE),
    of("torrent", "TORRENT", &[]),
    of("uploadId", "UPLOAD", DELETE_ASK_READ),
    of("uploads", "UPLOADS", &["POST", "GET"]),
    of("versioning", "VERSIONING", READ_WRITE),
    of("versions", "BUCKETVERSIONS", READ),
    of("website", "WEBSITE", DELETE_READ_WRITE),
];

/// What a bucket answers whatever the key, in the order of their names.
const OF_BUCKETS_BY_ANY_KEY: [&str; 11] = [
    "accelerate",
    "cors",
    "inventory",
    "lifecycle",
    "location",
    "notification",
    "policy",
    "replication",
    "requestPayment",
    "versioning",
    "website",
];

/// In the order of their names.
const OF_OBJECTS: &[Subresource] = &[
    of("acl", "ACL", READ_WRITE),
    of("annotation", "OBJECT_ANNOTATIONS", DELETE_READ_WRITE),
    of("attributes", "OBJECT_ATTRIBUTES", READ),
    of("delete", "MULTI_OBJECT_DELETE", ASK),
    of("encryption", "OBJECT_ENCRYPTION", WRITE),
    of("legal-hold", "OBJECT_LOCK_LEGALHOLD", READ_WRITE),
    of("restore", "RESTORE", ASK),
    of("retention", "OBJECT_LOCK_RETENTION", READ_WRITE),
    of("select", "SELECT", ASK),
    of("tagging", "OBJECT_TAGGING", DELETE_READ_WRITE),
    of("torrent", "TORRENT", &[]),
    of("uploadId", "UPLOAD", DELETE_ASK_READ),
    of("uploads", "UPLOADS", ASK),
];

/// The two parameters of `UploadPart` together.
const PART: Subresource = of("partNumber", "PART", WRITE);

/// The headers of an answer that a reader may choose.
const OVERRIDABLE: [&str; 6] = [
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
];

/// Refuses what no operation means, whether the bucket is there or not.
///
/// # Errors
/// `InvalidArgument` of subresources that exclude each other, and of parameters of another operation;
/// `InvalidRequest` of what an object, or a bucket, does not have; `MethodNotAllowed`.
pub(crate) fn refuse(target: &Target<'_>) -> Result<(), ApiError> {
    let is_given = |name: &str| target.value(name).is_some();
    let given = |one: &&Subresource| is_given(one.name);
    let mut given: Vec<&Subresource> = match target.has_key {
        false => OF_BUCKETS.iter().filter(given).collect(),
        true => {
            let of_bucket = |one: &&Subresource| OF_BUCKETS_BY_ANY_KEY.contains(&one.name);
            let of_bucket = OF_BUCKETS.iter().filter(of_bucket);
            OF_OBJECTS.iter().chain(of_bucket).filter(given).collect()
        }
    };
    given.sort_by_key(|one| one.name);
    let is_part = is_given("partNumber");
    if is_part && given.iter().all(|one| one.name == "uploadId") && !given.is_empty() {
        return check_method(&PART, target);
    }
    if is_part && (!target.has_key || !given.is_empty()) {
        given.push(&PART);
        given.sort_by_key(|one| one.name);
    }
    match given[..] {
        [] => check_parameters(target, None),
        [one] if one.name == PART.name => {
            Err(INVALID_REQUEST.says("Object must have a valid key name."))
        }
        [one] => {
            check_parameters(target, Some(one.name))?;
            check_level(target, one.name)?;
            check_method(one, target)
        }
        [first, ..] => {
            let names: Vec<_> = given.iter().map(|one| one.name).collect();
            let message = format!("Conflicting query string parameters: {}", names.join(", "));
            Err(invalid_argument(message, "ResourceType", first.name))
        }
    }
}

/// Whether a bucket answers what is asked of one of its objects: AWS does not look at the key.
pub(crate) fn is_of_bucket(target: &Target<'_>) -> bool {
    let is_given = |name: &&str| target.value(name).is_some();
    OF_BUCKETS_BY_ANY_KEY.iter().any(is_given) || is_given(&"delete")
}

/// What is asked of an object that only a bucket has, and the other way round.
fn check_level(target: &Target<'_>, name: &str) -> Result<(), ApiError> {
    if (target.has_key, name, target.method) == (false, "restore", "POST") {
        return Err((&crate::error::USER_KEY_MUST_BE_SPECIFIED).into());
    }
    Err(INVALID_REQUEST.says(match (target.has_key, name, target.method) {
        (false, "uploadId", "GET" | "POST" | "DELETE") => "A key must be specified",
        (true, "uploads", "GET") => "Key is not expected for the GET method ?uploads subresource",
        _ => return Ok(()),
    }))
}

fn check_method(one: &Subresource, target: &Target<'_>) -> Result<(), ApiError> {
    if one.methods.contains(&target.method) {
        return Ok(());
    }
    let refusal =
        METHOD_NOT_ALLOWED.with("Method", target.method).with("ResourceType", one.resource_type);
    Err(match one.methods {
        [] => refusal,
        methods => refusal.with("Allow", methods.join(", ")),
    })
}

/// Parameters that mean something elsewhere.
fn check_parameters(target: &Target<'_>, subresource: Option<&str>) -> Result<(), ApiError> {
    let reads = matches!(target.method, "GET" | "HEAD");
    if let Some(version_id) = target.value("versionId") {
        let message = match (target.has_key, subresource) {
            (true, Some("torrent" | "uploadId" | "uploads")) => Some(NO_VERSION_ID),
            (true, Some(name)) if OF_BUCKETS_BY_ANY_KEY.contains(&name) => Some(NO_VERSION_ID),
            (true, _) if version_id.is_empty() => Some("Version id cannot be the empty string"),
            (true, _) => None,
            (false, Some("acl")) if reads => Some("Invalid version id specified"),
            (false, _) => Some(NO_VERSION_ID),
        };
        if let Some(message) = message {
            return Err(invalid_argument(message, "versionId", version_id));
        }
    }
    if let Some(value) = target.value("website").filter(|value| !value.is_empty()) {
        let message = "The website parameter must not have a value";
        return Err(invalid_argument(message, "website", value));
    }
    if !target.has_key {
        return if subresource.is_none() && reads { check_listing(target) } else { Ok(()) };
    }
    if target.method == "PUT"
        && subresource.is_none()
        && let Some(number) = target.value("partNumber")
    {
        let message = "This operation does not accept partNumber without uploadId";
        return Err(invalid_argument(message, "partNumber", number));
    }
    if reads && subresource.is_none() {
        let what = |name| format!("There is no such thing as the ?{name} sub-resource for a key");
        if target.value("versions").is_some() {
            return Err(INVALID_REQUEST.says(what("versions")));
        }
        if target.value("logging").is_some() {
            return Err(crate::error::NO_LOGGING_STATUS_FOR_KEY.says(what("logging")));
        }
        return check_overrides(target);
    }
    Ok(())
}

const NO_VERSION_ID: &str = "This operation does not accept a version-id.";

/// The two versions of the listing do not take each other's parameters.
fn check_listing(target: &Target<'_>) -> Result<(), ApiError> {
    let foreign: &[(&'static str, &'static str)] = match target.value("list-type") {
        Some("2") => &[("marker", "Marker unsupported with REST.GET.BUCKET in list-type=2")],
        _ => &[
            (
                "continuation-token",
                "continuation-token only supported in REST.GET.BUCKET with list-type=2",
            ),
            ("start-after", "startAfter only supported in REST.GET.BUCKET with list-type=2"),
        ],
    };
    match foreign.iter().find(|(name, _)| target.value(name).is_some()) {
        Some((name, message)) => Err(INVALID_ARGUMENT.says(*message).with("ArgumentName", *name)),
        None => Ok(()),
    }
}

fn check_overrides(target: &Target<'_>) -> Result<(), ApiError> {
    let unknown = target
        .parameters
        .iter()
        .find(|(name, _)| name.starts_with("response-") && !OVERRIDABLE.contains(&name.as_str()));
    let Some((name, value)) = unknown else { return Ok(()) };
    Err(INVALID_ARGUMENT
        .says(format!(
            "{name} is not in the set of overridable response headers. Please refer to the S3 API \
             documentation for a complete list of overridable response headers."
        ))
        .with("ArgumentName", name.as_str())
        .with("ArgumentValue", value.as_str()))
}
