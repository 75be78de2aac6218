//! The event that a request to a function's URL becomes, in payload format 2.0.
//! <https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-request-payload>

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use cloudless_core::{Caller, Timestamp};
use http::header::{self, HeaderName};
use http::request::Parts;
use http::{HeaderMap, Version};
use serde::Serialize;
use serde_json::{Value, json};

/// What concerns a connection alone, and cookies, which have a place of their own.
const LEFT_OUT: [HeaderName; 7] = [
    header::CONNECTION,
    header::COOKIE,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];
/// What AWS's own door adds, of a connection by TLS, which is all that it takes.
const OF_TLS: [(&str, &str); 2] =
    [("x-amzn-tls-cipher-suite", "TLS_AES_128_GCM_SHA256"), ("x-amzn-tls-version", "TLSv1.3")];

/// A request to a function's URL.
pub(super) struct UrlRequest<'a> {
    pub parts: &'a Parts,
    pub body: &'a Bytes,
    /// Path and query behind what names the function.
    pub path: &'a str,
    pub url_id: &'a str,
    /// The host name that was called.
    pub domain_name: &'a str,
    pub port: u16,
    /// Who signed it; nothing where anybody may call.
    pub caller: Option<&'a Caller>,
    pub source_ip: &'a str,
    pub request_id: &'a str,
    pub trace_header: &'a str,
    pub now: Timestamp,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    version: &'static str,
    route_key: &'static str,
    raw_path: &'a str,
    raw_query_string: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cookies: Vec<String>,
    headers: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    query_string_parameters: BTreeMap<String, String>,
    request_context: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    is_base64_encoded: bool,
}

impl UrlRequest<'_> {
    /// The event, as JSON.
    pub fn event(&self) -> Bytes {
        let (raw_path, raw_query_string) = self.path.split_once('?').unwrap_or((self.path, ""));
        let (body, is_base64_encoded) = body(&self.parts.headers, self.body);
        let event = Event {
            version: "2.0",
            route_key: "$default",
            raw_path,
            raw_query_string,
            cookies: cookies(&self.parts.headers),
            headers: self.headers(),
            query_string_parameters: parameters(raw_query_string),
            request_context: self.context(raw_path),
            body,
            is_base64_encoded,
        };
        serde_json::to_vec(&event).unwrap_or_default().into()
    }

    /// The host name that was called, with the port where it is not HTTP's own: as in the header `host`,
    /// with which AWS's `domainName` is one and the same.
    fn authority(&self) -> String {
        match self.port {
            80 => self.domain_name.to_owned(),
            port => format!("{}:{port}", self.domain_name),
        }
    }

    fn headers(&self) -> BTreeMap<String, String> {
        let mut headers = BTreeMap::<String, String>::new();
        for (name, value) in &self.parts.headers {
            if LEFT_OUT.contains(name) || name == "keep-alive" {
                continue;
            }
            let value = String::from_utf8_lossy(value.as_bytes());
            headers
                .entry(name.as_str().to_owned())
                .and_modify(|all| {
                    all.push(',');
                    all.push_str(&value);
                })
                .or_insert_with(|| value.into_owned());
        }
        // Of HTTP/2 the name stands in front of the head.
        headers.entry("host".to_owned()).or_insert_with(|| self.authority());
        headers.extend(OF_TLS.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let forwarded =
            headers.get("x-forwarded-for").map(|all| format!("{all}, {}", self.source_ip));
        let added = [
            ("x-amzn-trace-id", self.trace_header.to_owned()),
            ("x-forwarded-for", forwarded.unwrap_or_else(|| self.source_ip.to_owned())),
            ("x-forwarded-port", self.port.to_string()),
            ("x-forwarded-proto", "http".to_owned()),
        ];
        headers.extend(added.map(|(name, value)| (name.to_owned(), value)));
        headers
    }

    fn context(&self, raw_path: &str) -> Value {
        let agent = self.parts.headers.get(header::USER_AGENT);
        let agent = agent.map(|it| String::from_utf8_lossy(it.as_bytes()).into_owned());
        let protocol = match self.parts.version {
            Version::HTTP_2 => "HTTP/2.0",
            Version::HTTP_10 => "HTTP/1.0",
            _ => "HTTP/1.1",
        };
        let mut context = json!({
            "accountId": "anonymous",
            "apiId": self.url_id,
            "domainName": self.authority(),
            "domainPrefix": self.url_id,
            "http": {
                "method": self.parts.method.as_str(),
                "path": raw_path,
                "protocol": protocol,
                "sourceIp": self.source_ip,
                "userAgent": agent,
            },
            "requestId": self.request_id,
            "routeKey": "$default",
            "stage": "$default",
            "time": common_log_time(self.now),
            "timeEpoch": self.now.as_ms(),
        });
        if let Some(caller) = self.caller {
            context["accountId"] = caller.account().to_string().into();
            context["authorizer"] = json!({ "iam": iam(caller) });
        }
        context
    }
}

fn access_key_id(caller: &Caller) -> Option<&str> {
    match caller {
        Caller::Anonymous => None,
        Caller::Account { access_key_id, .. }
        | Caller::User { access_key_id, .. }
        | Caller::Role { access_key_id, .. } => Some(access_key_id),
    }
}

/// Who signed, as the authorizer of AWS says it.
fn iam(caller: &Caller) -> Value {
    let arn = caller.arn();
    let id = caller.user_id();
    json!({
        "accessKey": access_key_id(caller),
        "accountId": caller.account().to_string(),
        "callerId": id,
        "cognitoIdentity": null,
        "principalOrgId": null,
        "userArn": arn,
        "userId": id,
    })
}

/// `12/Mar/2020:19:03:58 +0000`
fn common_log_time(now: Timestamp) -> String {
    let at = i64::try_from(now.as_ms()).ok().and_then(chrono::DateTime::from_timestamp_millis);
    at.map(|at| at.format("%d/%b/%Y:%H:%M:%S +0000").to_string()).unwrap_or_default()
}

fn cookies(headers: &HeaderMap) -> Vec<String> {
    let all = headers.get_all(header::COOKIE).into_iter();
    let texts = all.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    texts
        .flat_map(|text| text.split(';').map(|it| it.trim().to_owned()).collect::<Vec<_>>())
        .filter(|cookie| !cookie.is_empty())
        .collect()
}

/// Names and values, decoded; what comes several times is joined by commas.
fn parameters(query: &str) -> BTreeMap<String, String> {
    let mut parameters = BTreeMap::<String, String>::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        parameters
            .entry(name.into_owned())
            .and_modify(|all| {
                all.push(',');
                all.push_str(&value);
            })
            .or_insert_with(|| value.into_owned());
    }
    parameters
}

/// The body as text where its type says that it is one, else in Base64.
fn body(headers: &HeaderMap, body: &Bytes) -> (Option<String>, bool) {
    if body.is_empty() {
        return (None, false);
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    let kind = kind.to_ascii_lowercase();
    let is_text = kind.starts_with("text/")
        || ["application/json", "application/xml", "application/javascript"].contains(&&*kind)
        || (kind.starts_with("application/")
            && (kind.ends_with("+json") || kind.ends_with("+xml")));
    match std::str::from_utf8(body) {
        Ok(text) if is_text => (Some(text.to_owned()), false),
        _ => (Some(BASE64_STANDARD.encode(body)), true),
    }
}
