//! Conditional requests: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html>.

use kernel::error::ApiError;
use kernel::time::Timestamp;

use super::Object;

/// The conditions of a read. Moments in seconds since the epoch.
#[derive(Debug, Clone, Copy)]
pub(super) struct ReadConditions<'a> {
    pub(super) if_match: Option<&'a str>,
    pub(super) if_none_match: Option<&'a str>,
    pub(super) if_modified_since: Option<f64>,
    pub(super) if_unmodified_since: Option<f64>,
}

/// Why a read does not happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unmet {
    /// What was asked for has changed: the header that says so.
    Failed(&'static str),
    /// The reader has it already: the header that says so.
    NotModified(&'static str),
}

impl ReadConditions<'_> {
    /// A condition on the ETag makes the one on the date beside it irrelevant (RFC 9110, 13.2.2), and
    /// a date in the future is no condition.
    pub(super) fn check(&self, object: &Object, now: Timestamp) -> Result<(), Unmet> {
        let modified_s = object.last_modified.as_s();
        match (self.if_match, self.if_unmodified_since) {
            (Some(etags), _) if !matches(etags, object) => return Err(Unmet::Failed("If-Match")),
            (None, Some(since)) if modified_s as f64 > since => {
                return Err(Unmet::Failed("If-Unmodified-Since"));
            }
            _ => {}
        }
        match (self.if_none_match, self.if_modified_since) {
            (Some(etags), _) if matches(etags, object) => Err(Unmet::NotModified("If-None-Match")),
            (None, Some(since)) if modified_s as f64 <= since && since <= now.as_epoch_s() => {
                Err(Unmet::NotModified("If-Modified-Since"))
            }
            _ => Ok(()),
        }
    }

    /// The same, as `GetObject` and `HeadObject` refuse it.
    pub(super) fn check_read(&self, object: &Object, now: Timestamp) -> Result<(), ApiError> {
        self.check(object, now).map_err(|unmet| match unmet {
            Unmet::Failed(header) => crate::error::PRECONDITION_FAILED.with("Condition", header),
            Unmet::NotModified(_) => crate::error::NOT_MODIFIED
                .with("ETag", object.etag())
                .with("Last-Modified", super::date::http_date(object.last_modified.as_s())),
        })
    }

    /// The same, as `CopyObject` refuses it.
    pub(super) fn check_source(&self, object: &Object, now: Timestamp) -> Result<(), ApiError> {
        self.check(object, now).map_err(|unmet| {
            let (Unmet::Failed(header) | Unmet::NotModified(header)) = unmet;
            crate::error::PRECONDITION_FAILED
                .with("Condition", format!("x-amz-copy-source-{header}"))
        })
    }
}

/// The conditions of a write, against what is there now.
///
/// # Errors
/// `PreconditionFailed`; `NotImplemented` where `If-None-Match` has an ETag, or `If-Match` has none, or
/// both are there; `NoSuchKey` where `If-Match` names an object that is not there.
pub(super) fn check_write(
    if_match: Option<&str>,
    if_none_match: Option<&str>,
    key: &str,
    existing: Option<&Object>,
) -> Result<(), ApiError> {
    match (if_none_match, if_match) {
        (None, Some("*")) => return Err(value_not_accepted("If-Match")),
        (None, _) => {}
        (Some("*"), None) if existing.is_none() => {}
        (Some("*"), None) => {
            return Err(crate::error::PRECONDITION_FAILED.with("Condition", "If-None-Match"));
        }
        (Some(_), None) => return Err(value_not_accepted("If-None-Match")),
        (Some(_), Some(_)) => {
            return Err(crate::error::header_not_implemented("If-Match,If-None-Match").with(
                "additionalMessage",
                "Multiple conditional request headers present in the request",
            ));
        }
    }
    check_match(if_match, key, existing)
}

fn value_not_accepted(header: &'static str) -> ApiError {
    crate::error::header_not_implemented(header).with(
        "additionalMessage",
        format!("We don't accept the provided value of {header} header for this API"),
    )
}

/// The condition of a deletion, against what is there now.
///
/// # Errors
/// `PreconditionFailed`; `NoSuchKey` where there is nothing.
pub(super) fn check_match(
    if_match: Option<&str>,
    key: &str,
    existing: Option<&Object>,
) -> Result<(), ApiError> {
    match (if_match, existing) {
        (Some(_), None) => Err(crate::error::NO_SUCH_KEY.with("Key", key)),
        (Some(etags), Some(object)) if !matches(etags, object) => {
            Err(crate::error::PRECONDITION_FAILED.with("Condition", "If-Match"))
        }
        _ => Ok(()),
    }
}

/// Whether one of these ETags is the object's; quotes may be missing, `*` is any.
pub(super) fn matches(etags: &str, object: &Object) -> bool {
    let own = object.bare_etag();
    etags.split(',').map(str::trim).any(|etag| {
        let etag = etag.strip_prefix("W/").unwrap_or(etag);
        etag == "*" || etag.trim_matches('"') == own
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::content::{Blob, BlobId};
    use std::sync::Arc;

    use crate::Extra;

    /// An object of second 100, with an ETag of zeros, read in second 1000.
    fn check(conditions: ReadConditions<'_>) -> Result<(), Unmet> {
        let blob = Blob {
            id: BlobId("b".into()),
            size_bytes: 0,
            md5: [0; 16],
            sha256: None,
            checksum: None,
        };
        let object =
            Object::new(blob.into(), Timestamp::from_ms(100_000), Arc::default(), Extra::default());
        conditions.check(&object, Timestamp::from_ms(1_000_000))
    }

    #[test]
    fn an_etag_outweighs_a_date() {
        const OWN: Option<&str> = Some("\"00000000000000000000000000000000\"");
        const BARE: Option<&str> = Some("00000000000000000000000000000000");
        const OTHER: Option<&str> = Some("\"11111111111111111111111111111111\"");
        let none = ReadConditions {
            if_match: None,
            if_none_match: None,
            if_modified_since: None,
            if_unmodified_since: None,
        };
        let cases = [
            (none, Ok(())),
            (ReadConditions { if_match: OTHER, ..none }, Err(Unmet::Failed("If-Match"))),
            (ReadConditions { if_match: OWN, if_unmodified_since: Some(1.0), ..none }, Ok(())),
            (
                ReadConditions { if_unmodified_since: Some(99.0), ..none },
                Err(Unmet::Failed("If-Unmodified-Since")),
            ),
            (ReadConditions { if_unmodified_since: Some(100.0), ..none }, Ok(())),
            (
                ReadConditions { if_none_match: BARE, ..none },
                Err(Unmet::NotModified("If-None-Match")),
            ),
            (
                ReadConditions { if_none_match: Some("*"), ..none },
                Err(Unmet::NotModified("If-None-Match")),
            ),
            (
                ReadConditions { if_none_match: OTHER, if_modified_since: Some(500.0), ..none },
                Ok(()),
            ),
            (
                ReadConditions { if_modified_since: Some(100.0), ..none },
                Err(Unmet::NotModified("If-Modified-Since")),
            ),
            (ReadConditions { if_modified_since: Some(99.0), ..none }, Ok(())),
            // In the future: no condition.
            (ReadConditions { if_modified_since: Some(2000.0), ..none }, Ok(())),
        ];
        for (conditions, expected) in cases {
            assert_eq!(check(conditions), expected, "{conditions:?}");
        }
    }
}
