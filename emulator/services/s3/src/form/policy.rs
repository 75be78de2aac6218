//! The policy document of a form: until when and under which conditions its signer lets somebody upload.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html>

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::NaiveDateTime;
use kernel::error::{self, ApiError};
use kernel::time::Timestamp;
use serde_json::Value;

use super::Form;
use super::condition::{Condition, SizeRange, Test, invalid};

/// What a form needs no condition for, beside names that begin with `x-ignore-`.
const UNCONDITIONED: [&str; 5] =
    ["awsaccesskeyid", "signature", "x-amz-signature", "policy", "file"];

/// A policy document.
#[derive(Debug, Clone, PartialEq)]
pub struct PostPolicy {
    expires: Timestamp,
    conditions: Vec<Condition>,
}

impl PostPolicy {
    /// Reads a document in base64.
    ///
    /// # Errors
    /// `InvalidPolicyDocument` says what is wrong with it.
    pub fn parse(encoded: &str) -> Result<Self, ApiError> {
        // Some wrap its lines.
        let encoded: String = encoded.split_ascii_whitespace().collect();
        let Ok(document) = BASE64.decode(encoded) else {
            return Err(invalid("invalid Base64 encoding."));
        };
        if document.trim_ascii().is_empty() {
            return Err(invalid("Expecting '{' but found End-of-Input"));
        }
        let document = serde_json::from_slice(&document);
        let Ok(Value::Object(members)) = document else { return Err(invalid("Invalid JSON.")) };
        let known = |name: &str| matches!(name, "expiration" | "conditions");
        if let Some(other) = members.keys().find(|name| !known(name)) {
            return Err(invalid(format!("Unexpected: \"{other}\"")));
        }
        let expires = match members.get("expiration") {
            None => return Err(invalid("Policy missing expiration.")),
            Some(expiration) => expires(expiration).ok_or_else(|| {
                let shown = expiration.as_str().map_or_else(|| expiration.to_string(), Into::into);
                invalid(format!("Invalid 'expiration' value: '{shown}'"))
            })?,
        };
        let Some(conditions) = members.get("conditions") else {
            return Err(invalid("Policy missing conditions."));
        };
        let Value::Array(conditions) = conditions else {
            return Err(invalid("Invalid 'conditions' value: must be a List."));
        };
        let conditions = conditions.iter().map(Condition::read).collect::<Result<_, _>>()?;
        Ok(Self { expires, conditions })
    }

    /// Refuses a form that this document does not let in now; gives the sizes that its file may have.
    ///
    /// # Errors
    /// `AccessDenied` names what does not fit.
    pub fn check(&self, form: &Form, bucket: &str, now: Timestamp) -> Result<SizeRange, ApiError> {
        if now > self.expires {
            return Err(denied("Policy expired."));
        }
        // The bucket is the one that is posted to, whatever a field calls it.
        let said = |name: &str| match name {
            "bucket" => Some(bucket),
            name => form.get(name),
        };
        let mut sizes = SizeRange::ANY;
        for condition in &self.conditions {
            let holds = match &condition.test {
                Test::Equal { name, value } => said(name) == Some(value),
                Test::StartsWith { name, value } => {
                    said(name).is_some_and(|said| starts_with(name, said, value))
                }
                Test::Size(range) => {
                    sizes.min_bytes = sizes.min_bytes.max(range.min_bytes);
                    sizes.max_bytes = sizes.max_bytes.min(range.max_bytes);
                    true
                }
                Test::Unreadable => false,
            };
            if !holds {
                return Err(denied(&format!("Policy Condition failed: {}", condition.shown)));
            }
        }
        let is_named = |field: &str| self.conditions.iter().any(|it| it.name() == Some(field));
        let names = form.fields().map(|(name, _)| name).chain(["bucket".to_owned()]);
        let mut extra = names.filter(|name| {
            !UNCONDITIONED.contains(&name.as_str())
                && !name.starts_with("x-ignore-")
                && !is_named(name)
        });
        match extra.next() {
            Some(name) => Err(denied(&format!("Extra input fields: {name}"))),
            None => Ok(sizes),
        }
    }
}

/// A `Content-Type` with commas is a list, each member of which must fit.
fn starts_with(name: &str, said: &str, value: &str) -> bool {
    match name {
        "content-type" => said.split(',').all(|one| one.trim_start().starts_with(value)),
        _ => said.starts_with(value),
    }
}

/// The moment of `2026-12-30T12:00:00.000Z`. Nothing where it has another offset, or another form.
fn expires(expiration: &Value) -> Option<Timestamp> {
    let text = expiration.as_str()?;
    let read = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.fZ").ok()?;
    // What lies before the epoch is over, too.
    let ms = u64::try_from(read.and_utc().timestamp_millis()).unwrap_or(0);
    Some(Timestamp::from_ms(ms))
}

fn denied(why: &str) -> ApiError {
    error::ACCESS_DENIED.says(format!("Invalid according to Policy: {why}"))
}
