//! Cookies by which a client stays with a target group and a target. A value says nothing to anybody but this
//! balancer: it is a hash, which is compared with that of each target there is.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html#sticky-sessions>

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use elb::plane::{Standing, Stickiness, Target, TargetGroup};
use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};
use kernel::time::Timestamp;
use sha2::{Digest as _, Sha256};

/// By which a client stays with a target.
const TARGET: &str = "AWSALB";
/// By which it stays with one of several target groups.
const GROUP: &str = "AWSALBTG";
/// By which it stays with a target as long as it has a cookie of the application's.
const APPLICATION: &str = "AWSALBAPP-0";
/// What the name of the same cookie ends in that pages of other sites send, too.
const OTHER_SITES: &str = "CORS";

/// What makes hashes of one balancer others than those of the next.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Secret(pub [u8; 16]);

impl Secret {
    fn of(self, what: &[&str]) -> String {
        let mut hash = Sha256::new();
        hash.update(self.0);
        for part in what {
            hash.update(u64::try_from(part.len()).unwrap_or_default().to_be_bytes());
            hash.update(part.as_bytes());
        }
        BASE64_STANDARD_NO_PAD.encode(hash.finalize())
    }

    fn of_target(self, group: &TargetGroup, target: &Target) -> String {
        self.of(&["target", &group.arn, &target.id, &target.port.to_string()])
    }

    /// The target group that the client is to stay with.
    pub fn group<'a>(self, groups: &'a [(String, u32)], headers: &HeaderMap) -> Option<&'a str> {
        let is_known = |name| value_of(headers, name);
        let said = is_known(GROUP).or_else(|| is_known("AWSALBTGCORS"))?;
        let mut groups = groups.iter().map(|(arn, _)| arn.as_str());
        groups.find(|arn| self.of(&["group", arn]) == said)
    }

    /// The target that the client is to stay with, if it may still get requests.
    pub fn target<'a>(self, group: &'a TargetGroup, headers: &HeaderMap) -> Option<&'a Target> {
        let said = match group.stickiness.as_ref()? {
            Stickiness::Balancer { .. } => {
                value_of(headers, TARGET).or_else(|| value_of(headers, "AWSALBCORS"))?
            }
            Stickiness::Application { cookie, .. } => {
                // Without the application's own cookie the session is over.
                value_of(headers, cookie)?;
                value_of(headers, APPLICATION)?
            }
        };
        let mut healthy = group.targets.iter().filter(|it| it.standing == Standing::Healthy);
        healthy.find(|target| self.of_target(group, target) == said)
    }

    /// The cookies that an answer sets.
    pub fn set(self, now: Timestamp, choice: &Choice<'_>, answer: &HeaderMap) -> Vec<HeaderValue> {
        let mut cookies = Vec::new();
        if let (Some(duration_s), Some(group)) = (choice.group_stickiness_s, choice.group) {
            let value = self.of(&["group", &group.arn]);
            cookies.extend(pair(GROUP, &value, now, duration_s));
        }
        let Some((group, target)) = choice.group.zip(choice.target) else { return cookies };
        match &group.stickiness {
            Some(Stickiness::Balancer { duration_s }) => {
                cookies.extend(pair(TARGET, &self.of_target(group, target), now, *duration_s));
            }
            Some(Stickiness::Application { cookie, duration_s }) if sets(answer, cookie) => {
                let value = self.of_target(group, target);
                cookies.extend(plain(APPLICATION, &value, now, *duration_s, ""));
            }
            _ => {}
        }
        cookies
    }
}

/// Who answered, for cookies.
pub(crate) struct Choice<'a> {
    pub group: Option<&'a TargetGroup>,
    pub target: Option<&'a Target>,
    /// For how long the client stays with the group, in seconds.
    pub group_stickiness_s: Option<u32>,
}

fn pair(name: &str, value: &str, now: Timestamp, duration_s: u32) -> Vec<HeaderValue> {
    let other = format!("{name}{OTHER_SITES}");
    let own = plain(name, value, now, duration_s, "");
    own.into_iter()
        .chain(plain(&other, value, now, duration_s, "; SameSite=None; Secure"))
        .collect()
}

fn plain(
    name: &str,
    value: &str,
    now: Timestamp,
    duration_s: u32,
    more: &str,
) -> Option<HeaderValue> {
    let until = SystemTime::UNIX_EPOCH + Duration::from_millis(now.as_ms());
    let until = httpdate::fmt_http_date(until + Duration::from_secs(duration_s.into()));
    HeaderValue::from_str(&format!("{name}={value}; Expires={until}; Path=/{more}")).ok()
}

fn value_of<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let said = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = said.flat_map(|line| line.split(';'));
    let split = pairs.filter_map(|pair| pair.trim().split_once('='));
    let mut named = split.filter(|(given, _)| *given == name);
    named.next().map(|(_, value)| value)
}

fn sets(answer: &HeaderMap, name: &str) -> bool {
    let set = answer.get_all(http::header::SET_COOKIE).iter();
    let mut names =
        set.filter_map(|value| value.to_str().ok()?.split_once('=').map(|(name, _)| name));
    names.any(|given| given.trim() == name)
}
