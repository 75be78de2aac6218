//! What an instance can ask about itself: the metadata service, on an address of its own for each instance, which
//! its `AWS_EC2_METADATA_SERVICE_ENDPOINT` names.
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-categories.html>

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use cloudless_core::Timestamp;
use cloudless_core::ec2::fleet::Launch;
use http::header::{self, HeaderName};
use http::request::Parts;
use http::{Method, StatusCode};
use serde_json::json;

static TOKEN: HeaderName = HeaderName::from_static("x-aws-ec2-metadata-token");
static TTL: HeaderName = HeaderName::from_static("x-aws-ec2-metadata-token-ttl-seconds");
/// What browsers say of a page that asks: `none` where a person has typed the address.
static SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
static FORWARDED: HeaderName = HeaderName::from_static("x-forwarded-for");

/// How long a token may be good, in seconds.
const TTL_S_MAX: u64 = 21_600;
/// Tokens that are remembered.
const TOKENS_MAX: usize = 1_000;

/// The metadata of one instance.
pub(super) struct Metadata {
    launch: Launch,
    /// Tokens with the end of each.
    tokens: Mutex<BTreeMap<String, Timestamp>>,
}

/// What the service says.
pub(super) enum Answer {
    /// This text.
    Text(String),
    /// The same, of which the caller is to know how long it is good, in seconds.
    Token(String, u64),
    /// Credentials of the instance's role: they are made now.
    Credentials,
    /// Nothing of that name, or not so.
    Refused(StatusCode),
}

impl Metadata {
    pub fn new(launch: Launch) -> Self {
        Self { launch, tokens: Mutex::default() }
    }

    /// The role whose credentials the instance has: that of its profile's name, since there is no IAM.
    pub fn role(&self) -> Option<&str> {
        self.launch.instance_profile.as_deref()?.rsplit('/').next()
    }

    /// The instance.
    pub fn launch(&self) -> &Launch {
        &self.launch
    }

    /// What is answered. `new_token` is a token that nobody has had.
    pub fn answer(&self, request: &Parts, now: Timestamp, new_token: &str) -> Answer {
        let options = &self.launch.metadata;
        if is_of_a_page(request) || !options.is_enabled {
            return Answer::Refused(StatusCode::FORBIDDEN);
        }
        let said = |name: &HeaderName| request.headers.get(name).and_then(|it| it.to_str().ok());
        let path = request.uri.path();
        if path == "/latest/api/token" {
            // Whoever forwards for others may have been talked into asking.
            if request.headers.contains_key(&FORWARDED) {
                return Answer::Refused(StatusCode::FORBIDDEN);
            }
            if request.method != Method::PUT {
                return Answer::Refused(StatusCode::METHOD_NOT_ALLOWED);
            }
            let ttl_s = said(&TTL).and_then(|it| it.parse().ok());
            let Some(ttl_s) = ttl_s.filter(|ttl_s| (1..=TTL_S_MAX).contains(ttl_s)) else {
                return Answer::Refused(StatusCode::BAD_REQUEST);
            };
            self.keep(new_token, now.after_s(ttl_s), now);
            return Answer::Token(new_token.to_owned(), ttl_s);
        }
        if request.method != Method::GET && request.method != Method::HEAD {
            return Answer::Refused(StatusCode::METHOD_NOT_ALLOWED);
        }
        let is_let_in = match said(&TOKEN) {
            Some(token) => self.knows(token, now),
            None => !options.needs_token,
        };
        if !is_let_in {
            return Answer::Refused(StatusCode::UNAUTHORIZED);
        }
        self.about(path)
    }

    fn keep(&self, token: &str, until: Timestamp, now: Timestamp) {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        if tokens.len() >= TOKENS_MAX {
            tokens.retain(|_, end| *end > now);
        }
        if tokens.len() < TOKENS_MAX {
            tokens.insert(token.to_owned(), until);
        }
    }

    fn knows(&self, token: &str, now: Timestamp) -> bool {
        let tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.get(token).is_some_and(|end| *end > now)
    }

    fn about(&self, path: &str) -> Answer {
        let path = path.trim_matches('/');
        let (version, path) = path.split_once('/').unwrap_or((path, ""));
        let is_version = version == "latest" || version.len() == 10 && version.contains('-');
        if !is_version {
            return match version {
                "" => Answer::Text("latest".to_owned()),
                _ => Answer::Refused(StatusCode::NOT_FOUND),
            };
        }
        match path {
            "" => Answer::Text("dynamic\nmeta-data\nuser-data".to_owned()),
            "user-data" if self.launch.user_data.is_empty() => {
                Answer::Refused(StatusCode::NOT_FOUND)
            }
            "user-data" => {
                Answer::Text(String::from_utf8_lossy(&self.launch.user_data).into_owned())
            }
            "dynamic/instance-identity/document" => Answer::Text(self.document()),
            _ if path == "meta-data" || path.starts_with("meta-data/") => {
                self.leaf(path.trim_start_matches("meta-data").trim_matches('/'))
            }
            _ => Answer::Refused(StatusCode::NOT_FOUND),
        }
    }

    /// One value, or the names of what is below.
    fn leaf(&self, path: &str) -> Answer {
        let role = self.role();
        if path == "iam/security-credentials" {
            return role.map_or(Answer::Refused(StatusCode::NOT_FOUND), |role| {
                Answer::Text(role.to_owned())
            });
        }
        if let Some(asked) = path.strip_prefix("iam/security-credentials/") {
            return match role == Some(asked) {
                true => Answer::Credentials,
                false => Answer::Refused(StatusCode::NOT_FOUND),
            };
        }
        let all = self.values();
        if let Some(value) = all.get(path) {
            return Answer::Text(value.clone());
        }
        let below = if path.is_empty() { String::new() } else { format!("{path}/") };
        let mut names: Vec<String> = all
            .keys()
            .filter_map(|key| key.strip_prefix(&below))
            .map(|rest| rest.split_once('/').map_or(rest.to_owned(), |(one, _)| format!("{one}/")))
            .collect();
        if path.is_empty() && role.is_some() {
            names.push("iam/".to_owned());
        }
        names.sort();
        names.dedup();
        match names.is_empty() {
            true => Answer::Refused(StatusCode::NOT_FOUND),
            false => Answer::Text(names.join("\n")),
        }
    }

    fn values(&self) -> BTreeMap<String, String> {
        let launch = &self.launch;
        let host = format!("ip-{}.ec2.internal", launch.private_ip.to_string().replace('.', "-"));
        let octets = launch.private_ip.octets().map(|octet| format!("{octet:02x}")).join(":");
        let mac = format!("02:00:{octets}");
        let mut values = BTreeMap::from([
            ("ami-id", launch.image_id.clone()),
            ("ami-launch-index", "0".to_owned()),
            ("hostname", host.clone()),
            ("instance-action", "none".to_owned()),
            ("instance-id", launch.instance_id.clone()),
            ("instance-life-cycle", "on-demand".to_owned()),
            ("instance-type", launch.instance_type.clone()),
            ("local-hostname", host),
            ("local-ipv4", launch.private_ip.to_string()),
            ("mac", mac),
            ("placement/availability-zone", launch.zone.clone()),
            ("placement/region", launch.region.to_string()),
            ("security-groups", launch.security_groups.join("\n")),
            ("services/domain", "amazonaws.com".to_owned()),
            ("services/partition", "aws".to_owned()),
        ]);
        if let Some(name) = launch.name.as_ref().filter(|_| launch.metadata.shows_tags) {
            values.insert("tags/instance/Name", name.clone());
        }
        if let Some(profile) = &launch.instance_profile {
            let info = json!({ "Code": "Success", "InstanceProfileArn": profile });
            values.insert("iam/info", format!("{info:#}"));
        }
        values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    fn document(&self) -> String {
        let launch = &self.launch;
        let document = json!({
            "accountId": launch.account,
            "architecture": "x86_64",
            "availabilityZone": launch.zone,
            "imageId": launch.image_id,
            "instanceId": launch.instance_id,
            "instanceType": launch.instance_type,
            "privateIp": launch.private_ip.to_string(),
            "region": launch.region,
            "version": "2017-09-30",
        });
        format!("{document:#}")
    }
}

/// Whether a web page asks, by way of a browser of this machine: it says so, or has found the service by a name that it
/// let lead here. On AWS no browser is on an instance.
fn is_of_a_page(request: &Parts) -> bool {
    let said = |name| request.headers.get(name);
    let host = said(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let is_address = name.parse::<IpAddr>().is_ok() || name == "localhost" || name.is_empty();
    let is_foreign = |name| said(name).is_some_and(|value| value != "none");
    !is_address || said(header::ORIGIN).is_some() || is_foreign(SITE.clone())
}

/// The body of an answer that is refused.
pub(super) fn page(status: StatusCode) -> String {
    let title = format!("{} - {}", status.as_u16(), status.canonical_reason().unwrap_or_default());
    format!(
        "<?xml version=\"1.0\" encoding=\"iso-8859-1\"?>\n<html>\n <head>\n  <title>{title}</title>\n </head>\n <body>\n  <h1>{title}</h1>\n </body>\n</html>\n"
    )
}

/// The header that says how long a token is good.
pub(super) fn ttl_header() -> HeaderName {
    TTL.clone()
}

/// What answers say of themselves.
pub(super) const MEDIA_TYPE: (HeaderName, &str) = (header::CONTENT_TYPE, "text/plain");

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use cloudless_core::ec2::fleet::MetadataOptions;
    use cloudless_core::names::{AccountId, Region};
    use cloudless_core::trace::CauseId;
    use http::Request;

    use super::*;

    fn metadata() -> Metadata {
        Metadata::new(Launch {
            instance_id: "i-0123456789abcdef0".into(),
            account: AccountId::parse("000000000000").expect("one"),
            region: Region::parse("us-east-1").expect("one"),
            zone: "us-east-1a".into(),
            image_id: "ami-shop".into(),
            instance_type: "t2.medium".into(),
            vcpus: 2,
            memory_mib: 4_096,
            private_ip: Ipv4Addr::new(10, 0, 1, 23),
            user_data: b"STAGE=lab".to_vec(),
            instance_profile: Some("arn:aws:iam::000000000000:instance-profile/shop".into()),
            security_groups: vec!["instances".into()],
            metadata: MetadataOptions {
                is_enabled: true,
                needs_token: true,
                hop_limit: 1,
                shows_tags: true,
            },
            name: Some("shop".into()),
            cause: CauseId::default(),
        })
    }

    fn asked(
        metadata: &Metadata,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        now_s: u64,
    ) -> String {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).expect("one").into_parts();
        match metadata.answer(&parts, Timestamp::from_ms(now_s * 1_000), "TOKEN") {
            Answer::Text(text) => text.replace('\n', " "),
            Answer::Token(token, ttl_s) => format!("{token} for {ttl_s} s"),
            Answer::Credentials => "credentials".to_owned(),
            Answer::Refused(status) => status.to_string(),
        }
    }

    /// EC2 UserGuide, configuring-instance-metadata-service: a token first, by PUT and not by way of others.
    #[test]
    fn an_instance_learns_of_itself_with_a_token() {
        let metadata = metadata();
        let ttl = ("x-aws-ec2-metadata-token-ttl-seconds", "60");
        let token = ("x-aws-ec2-metadata-token", "TOKEN");
        let mut told = Vec::new();
        let mut ask = |method: &str, path: &str, headers: &[(&str, &str)], now_s: u64| {
            told.push(format!(
                "{method} {path}: {}",
                asked(&metadata, method, path, headers, now_s)
            ));
        };
        ask("GET", "/latest/meta-data/instance-id", &[], 0);
        ask("GET", "/latest/meta-data/instance-id", &[token], 0);
        ask("PUT", "/latest/api/token", &[], 0);
        ask("PUT", "/latest/api/token", &[ttl, ("x-forwarded-for", "10.0.0.1")], 0);
        ask("PUT", "/latest/api/token", &[ttl], 0);
        for path in [
            "",
            "/instance-id",
            "/placement/",
            "/placement/availability-zone",
            "/iam/security-credentials/",
            "/iam/security-credentials/shop",
            "/iam/security-credentials/other",
            "/tags/instance/Name",
            "/public-ipv4",
        ] {
            ask("GET", &format!("/latest/meta-data{path}"), &[token], 59);
        }
        for page in [
            ("host", "attacker.test:8080"),
            ("origin", "http://attacker.test"),
            ("sec-fetch-site", "cross-site"),
        ] {
            ask("PUT", "/latest/api/token", &[ttl, page], 59);
        }
        ask("GET", "/latest/meta-data/instance-id", &[token, ("host", "127.0.0.1:40123")], 59);
        ask("GET", "/latest/user-data", &[token], 59);
        ask("GET", "/latest/meta-data/instance-id", &[token], 61);
        insta::assert_snapshot!(told.join("\n"), @"
        GET /latest/meta-data/instance-id: 401 Unauthorized
        GET /latest/meta-data/instance-id: 401 Unauthorized
        PUT /latest/api/token: 400 Bad Request
        PUT /latest/api/token: 403 Forbidden
        PUT /latest/api/token: TOKEN for 60 s
        GET /latest/meta-data: ami-id ami-launch-index hostname iam/ instance-action instance-id instance-life-cycle instance-type local-hostname local-ipv4 mac placement/ security-groups services/ tags/
        GET /latest/meta-data/instance-id: i-0123456789abcdef0
        GET /latest/meta-data/placement/: availability-zone region
        GET /latest/meta-data/placement/availability-zone: us-east-1a
        GET /latest/meta-data/iam/security-credentials/: shop
        GET /latest/meta-data/iam/security-credentials/shop: credentials
        GET /latest/meta-data/iam/security-credentials/other: 404 Not Found
        GET /latest/meta-data/tags/instance/Name: shop
        GET /latest/meta-data/public-ipv4: 404 Not Found
        PUT /latest/api/token: 403 Forbidden
        PUT /latest/api/token: 403 Forbidden
        PUT /latest/api/token: 403 Forbidden
        GET /latest/meta-data/instance-id: i-0123456789abcdef0
        GET /latest/user-data: STAGE=lab
        GET /latest/meta-data/instance-id: 401 Unauthorized
        ");
    }
}
