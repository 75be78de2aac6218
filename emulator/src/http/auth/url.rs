//! Credentials in a URL: a presigned request. They count where AWS lets them: for S3
//! (<https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>) and for the services
//! that speak Query, SQS and STS (by such a URL EKS asks who a user is). Never for Lambda.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use cloudless_core::descriptor::{Credentials, SignatureRules};
use cloudless_core::error::rest_xml::INVALID_ARGUMENT;
use cloudless_core::error::{ACCESS_DENIED, ApiError};
use cloudless_core::number;
use http::request::Parts;

use super::refusal::{INCOMPLETE_SIGNATURE, INVALID_SIGNATURE, MALFORMED_QUERY};
use super::{ALGORITHM, Credential, Form, Signature, decode, parse_date_ms};

/// `X-Amz-Expires`: seven days.
const EXPIRES_MAX_S: u64 = 604_800;
/// How long a URL is valid for services other than S3, whatever its `X-Amz-Expires` says: as long as a
/// header. <https://github.com/kubernetes-sigs/aws-iam-authenticator> says so of STS.
const EXPIRES_OF_OTHERS_S: u64 = 15 * 60;

/// The parts of a signature in a URL, each of which shows that there is to be one.
const PARTS: [&str; 4] =
    ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders"];
/// The parts of the older one.
const PARTS_V2: [&str; 2] = ["AWSAccessKeyId", "Signature"];

/// The query parameters, decoded; the first of each name counts.
pub(super) struct Query {
    found: BTreeMap<String, String>,
    repeated: BTreeSet<String>,
}

impl Query {
    pub(super) fn of(parts: &Parts) -> Self {
        let (mut found, mut repeated) = (BTreeMap::new(), BTreeSet::new());
        for pair in parts.uri.query().unwrap_or_default().split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match found.entry(decode(name)) {
                Entry::Vacant(entry) => _ = entry.insert(decode(value)),
                Entry::Occupied(entry) => _ = repeated.insert(entry.key().clone()),
            }
        }
        Self { found, repeated }
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.found.get(name).map(String::as_str)
    }

    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.found.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    fn has_any(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.found.contains_key(*name))
    }

    /// A parameter that says something; an empty one is as good as none.
    fn said(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// Two of one kind: nobody could say which was meant.
    fn repeats(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.repeated.contains(*name))
    }
}

/// The signature in a request's URL; nothing where there is none, or where it does not count.
///
/// # Errors
/// Half a signature, in the words of the service; one beside an `Authorization` header.
pub(super) fn read(
    parts: &Parts,
    credentials: &Credentials,
) -> Result<Option<Signature<'static>>, ApiError> {
    if parts.uri.query().is_none() {
        return Ok(None);
    }
    let query = Query::of(parts);
    if let Some(header) = parts.headers.get(http::header::AUTHORIZATION) {
        let both = query.get("X-Amz-Algorithm").is_some();
        return match credentials.rules {
            SignatureRules::S3v4 if both || query.get("Signature").is_some() => Err(INVALID_ARGUMENT
                .says("Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified")
                .with("ArgumentName", "Authorization")
                .with("ArgumentValue", String::from_utf8_lossy(header.as_bytes()))),
            SignatureRules::V4 if both => Err(INVALID_SIGNATURE.says(
                "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
            )),
            _ => Ok(None),
        };
    }
    match credentials.rules {
        _ if !credentials.in_url => Ok(None),
        SignatureRules::S3v4 if query.has_any(&PARTS) => read_s3(&query).map(Some),
        SignatureRules::S3v4 if query.has_any(&PARTS_V2) => read_v2(&query).map(Some),
        SignatureRules::V4 if query.has_any(&PARTS) => read_other(&query).map(Some),
        SignatureRules::S3v4 | SignatureRules::V4 => Ok(None),
    }
}

fn read_s3(query: &Query) -> Result<Signature<'static>, ApiError> {
    let names = [&PARTS[..], &["X-Amz-Date", "X-Amz-Expires"]].concat();
    // A URL may say that nothing is signed but its query; that is for a later check.
    let missing =
        names.iter().any(|name| *name != "X-Amz-SignedHeaders" && query.said(name).is_none());
    if missing || query.get("X-Amz-SignedHeaders").is_none() || query.repeats(&names) {
        return Err((&MALFORMED_QUERY).into());
    }
    let get = |name| query.get(name).unwrap_or_default();
    if get("X-Amz-Algorithm") != ALGORITHM {
        return Err(MALFORMED_QUERY.says(
            "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256\"",
        ));
    }
    let credential = Credential::read(get("X-Amz-Credential"));
    if let Some(wrong) = credential.wrong_scope() {
        return Err(
            MALFORMED_QUERY.says(format!("Error parsing the X-Amz-Credential parameter; {wrong}"))
        );
    }
    if parse_date_ms(get("X-Amz-Date")).is_none() {
        return Err(MALFORMED_QUERY
            .says("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\""));
    }
    let wrong = match number::signed_decimal(get("X-Amz-Expires")) {
        None => "X-Amz-Expires should be a number",
        Some(..0) => "X-Amz-Expires must be non-negative",
        Some(expires_s) if expires_s.unsigned_abs() > EXPIRES_MAX_S => {
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds"
        }
        Some(expires_s) => {
            let read = signature(query, SignatureRules::S3v4, expires_s.unsigned_abs());
            return read.ok_or_else(|| (&MALFORMED_QUERY).into());
        }
    };
    Err(MALFORMED_QUERY.says(wrong))
}

fn read_v2(query: &Query) -> Result<Signature<'static>, ApiError> {
    let names = [&PARTS_V2[..], &["Expires"]].concat();
    let (Some(key), Some(signature), Some(expires), false) = (
        query.said("AWSAccessKeyId"),
        query.said("Signature"),
        query.said("Expires"),
        query.repeats(&names),
    ) else {
        return Err(ACCESS_DENIED.says(
            "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters",
        ));
    };
    let expires_at_s = number::decimal(expires).ok_or_else(|| {
        ACCESS_DENIED.says(format!("Invalid date (should be seconds since epoch): {expires}"))
    })?;
    Ok(Signature {
        access_key_id: key.to_owned().into(),
        region: None,
        rules: SignatureRules::S3v4,
        form: Form::V2 { signature: signature.to_owned().into(), expires_at_s: Some(expires_at_s) },
    })
}

fn read_other(query: &Query) -> Result<Signature<'static>, ApiError> {
    let names = [&PARTS[..], &["X-Amz-Date"]].concat();
    let missing: Vec<String> = names
        .iter()
        .filter(|name| query.said(name).is_none())
        .map(|name| format!("AWS query-string parameters must include '{name}'. "))
        .collect();
    if !missing.is_empty() {
        return Err(
            INCOMPLETE_SIGNATURE.says(missing.concat() + "Re-examine the query-string parameters.")
        );
    }
    if query.repeats(&names) {
        return Err((&INCOMPLETE_SIGNATURE).into());
    }
    let get = |name| query.get(name).unwrap_or_default();
    let (algorithm, date) = (get("X-Amz-Algorithm"), get("X-Amz-Date"));
    if algorithm != ALGORITHM {
        return Err(INCOMPLETE_SIGNATURE.says(format!(
            "Unsupported AWS 'algorithm': '{algorithm}' (only {ALGORITHM} for now). "
        )));
    }
    if parse_date_ms(date).is_none() {
        return Err(INCOMPLETE_SIGNATURE.says(format!(
            "Date must be in ISO-8601 'basic format'. Got '{date}'. See http://en.wikipedia.org/wiki/ISO_8601"
        )));
    }
    let read = signature(query, SignatureRules::V4, EXPIRES_OF_OTHERS_S);
    read.ok_or_else(|| super::not_five_parts(get("X-Amz-Credential")))
}

/// What is read of a URL whose parts are all there.
fn signature(query: &Query, rules: SignatureRules, expires_s: u64) -> Option<Signature<'static>> {
    let get = |name| query.get(name).unwrap_or_default();
    let read = Signature::v4(
        rules,
        &Credential::read(get("X-Amz-Credential")),
        get("X-Amz-Date").into(),
        get("X-Amz-SignedHeaders"),
        get("X-Amz-Signature"),
        Some(expires_s),
    );
    read.map(Signature::into_owned)
}
