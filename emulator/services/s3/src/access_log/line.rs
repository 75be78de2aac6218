//! One line of a log: 27 fields with a space between them, and `-` for what is not known or does not apply.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html>

use std::borrow::Cow;
use std::fmt::Write as _;

use kernel::call::Caller;
use kernel::time::Timestamp;

use super::facts::Facts;
use super::{Served, Signed};
use crate::canonical_user::canonical_user_id;
use crate::date::strftime;
use crate::{Bucket, limits};

/// A line, but for the bucket's owner.
#[derive(Debug, Clone, Default)]
pub(crate) struct Line<'a> {
    pub(crate) bucket: &'a str,
    pub(crate) time: Timestamp,
    pub(crate) remote_ip: Option<&'a str>,
    pub(crate) requester: Option<String>,
    pub(crate) request_id: Cow<'a, str>,
    pub(crate) operation: Cow<'a, str>,
    /// As the line has it, in the letters of URLs.
    pub(crate) key: Option<String>,
    pub(crate) request_line: Option<&'a str>,
    pub(crate) status: Option<u16>,
    pub(crate) error_code: Option<&'a str>,
    pub(crate) sent_bytes: Option<u64>,
    pub(crate) size_bytes: Option<u64>,
    pub(crate) total_ms: Option<u64>,
    pub(crate) turn_around_ms: Option<u64>,
    pub(crate) referer: Option<&'a str>,
    pub(crate) user_agent: Option<&'a str>,
    pub(crate) version_id: Option<&'a str>,
    pub(crate) host_id: Option<&'a str>,
    pub(crate) signed: Option<Signed>,
    pub(crate) host: Option<&'a str>,
    pub(crate) acl_required: bool,
}

impl<'a> Line<'a> {
    /// What a request was, which was answered. `index` stands behind its key.
    pub(super) fn of(served: &'a Served, facts: &Facts, index: &str) -> Self {
        let key = served.key.as_deref().unwrap_or_default();
        let key = Some(format!("{key}{index}")).filter(|key| !key.is_empty());
        // What is not about a body has no such time on AWS.
        let operation = served.logged_operation();
        let is_of_body = operation.ends_with(".OBJECT") || operation.ends_with(".PART");
        Self {
            operation: operation.into(),
            key: key.map(|key| encode(&encode(&key))),
            request_line: Some(&served.request_line),
            status: Some(served.status),
            error_code: served.error_code.as_deref().filter(|_| served.status >= 400),
            sent_bytes: Some(served.sent_bytes).filter(|sent| *sent > 0),
            size_bytes: facts.size_bytes,
            total_ms: Some(served.total_ms),
            turn_around_ms: served.turn_around_ms.filter(|_| is_of_body),
            referer: Some(served.referer.as_deref().unwrap_or("-")),
            user_agent: Some(served.user_agent.as_deref().unwrap_or("-")),
            version_id: served.version_id.as_deref(),
            acl_required: facts.acl_required,
            ..Self::beside(served)
        }
    }

    /// What all lines have in common that one request makes.
    pub(super) fn beside(served: &'a Served) -> Self {
        Self {
            bucket: &served.bucket,
            time: served.received,
            remote_ip: Some(&served.remote_ip),
            requester: served.requester.as_ref().and_then(requester),
            request_id: served.request_id.as_str().into(),
            host_id: Some(&served.host_id),
            signed: served.signed,
            host: served.host.as_deref(),
            ..Self::default()
        }
    }

    /// The line, as it stands in the log of that bucket.
    pub(crate) fn text(&self, bucket: &Bucket) -> String {
        let mut text = canonical_user_id(&bucket.owner);
        let _ =
            write!(text, " {} [{}]", self.bucket, strftime(self.time, "%d/%b/%Y:%H:%M:%S +0000"));
        let or_dash = |text: &mut String, field: Option<&str>| {
            text.push(' ');
            text.push_str(field.filter(|field| !field.is_empty()).unwrap_or("-"));
        };
        let number = |field: Option<u64>| field.map(|field| field.to_string());
        let quoted = |field: Option<&str>| field.map(|field| format!("\"{}\"", cut(field)));
        let signature = self.signed.map(|it| if it.is_version_2 { "SigV2" } else { "SigV4" });
        let authentication =
            self.signed.map(|it| if it.in_url { "QueryString" } else { "AuthHeader" });
        for field in [self.remote_ip, self.requester.as_deref()] {
            or_dash(&mut text, field);
        }
        let _ = write!(text, " {} {}", self.request_id, self.operation);
        for field in [
            self.key.as_deref(),
            quoted(self.request_line).as_deref(),
            number(self.status.map(u64::from)).as_deref(),
            self.error_code,
            number(self.sent_bytes).as_deref(),
            number(self.size_bytes).as_deref(),
            number(self.total_ms).as_deref(),
            number(self.turn_around_ms).as_deref(),
            quoted(self.referer).as_deref(),
            quoted(self.user_agent).as_deref(),
            self.version_id,
            self.host_id,
            signature,
            // The suite of ciphers: nothing is encrypted on the way.
            None,
            authentication,
            self.host.map(cut),
            // The version of TLS, and the access point: there are none.
            None,
            None,
            self.acl_required.then_some("Yes"),
            // The region of AWS from which it came: it came from outside.
            None,
        ] {
            or_dash(&mut text, field);
        }
        text.push('\n');
        text
    }
}

/// As AWS names who asked: an account by its canonical user id, users and roles by their ARNs.
fn requester(caller: &Caller) -> Option<String> {
    match caller {
        Caller::Anonymous => None,
        Caller::Account { account, .. } => Some(canonical_user_id(account)),
        Caller::User { .. } | Caller::Role { .. } => caller.arn(),
    }
}

/// In the letters of URLs; slashes stay. AWS does this twice to keys of requests, and once to keys of which
/// no URL speaks.
pub(super) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                encoded.push(char::from(byte));
            }
            // Writing to a string cannot fail.
            byte => drop(write!(encoded, "%{byte:02X}")),
        }
    }
    encoded
}

/// What a client says may be long.
fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(limits::ACCESS_LOG_FIELD_SIZE_BYTES_MAX)]
}
