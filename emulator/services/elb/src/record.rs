//! What is stored of Elastic Load Balancing, frozen: a new field or kind raises the format of data directories
//! (`emulator/src/store/formats`). The live types may change as they like; here they are converted.

use std::collections::BTreeMap;

use kernel::names::{AccountId, Region};
use kernel::record::Key;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Kind;
use crate::balancer::LoadBalancer as LiveLoadBalancer;
use crate::health::{Fault, Health, HealthCheck, Matcher, Verdict};
use crate::listener::Listener as LiveListener;
use crate::rule::Rule as LiveRule;
use crate::target_group::{
    Target as LiveTarget, TargetGroup as LiveTargetGroup, TargetKey, TargetType, record_name,
};

type Texts = BTreeMap<String, String>;

/// A target group, without its targets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TargetGroup {
    arn: String,
    name: String,
    account: AccountId,
    region: Region,
    target_type: String,
    protocol: Option<String>,
    version: Option<String>,
    port: Option<u16>,
    vpc: Option<String>,
    ip_address_type: Option<String>,
    check_is_enabled: bool,
    check_protocol: Option<String>,
    check_port: Option<String>,
    check_path: Option<String>,
    check_interval_s: u32,
    check_timeout_s: u32,
    healthy_count: u32,
    unhealthy_count: u32,
    http_codes: Option<String>,
    grpc_codes: Option<String>,
    attributes: Texts,
    tags: Texts,
}

impl TargetGroup {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        Key::named(Kind::TargetGroup, &*self.arn)
    }
}

impl From<&LiveTargetGroup> for TargetGroup {
    fn from(live: &LiveTargetGroup) -> Self {
        let codes = |is_grpc: bool| {
            let matcher = live.check.matcher.as_ref().filter(|it| it.is_grpc == is_grpc);
            matcher.map(|it| it.codes.clone())
        };
        Self {
            arn: live.arn.clone(),
            name: live.name.clone(),
            account: live.account.clone(),
            region: live.region.clone(),
            target_type: live.target_type.as_str().to_owned(),
            protocol: live.protocol.clone(),
            version: live.version.clone(),
            port: live.port,
            vpc: live.vpc.clone(),
            ip_address_type: live.ip_address_type.clone(),
            check_is_enabled: live.check.is_enabled,
            check_protocol: live.check.protocol.clone(),
            check_port: live.check.port.clone(),
            check_path: live.check.path.clone(),
            check_interval_s: live.check.interval_s,
            check_timeout_s: live.check.timeout_s,
            healthy_count: live.check.healthy_count,
            unhealthy_count: live.check.unhealthy_count,
            http_codes: codes(false),
            grpc_codes: codes(true),
            attributes: live.attributes.clone(),
            tags: live.tags.clone(),
        }
    }
}

impl From<TargetGroup> for LiveTargetGroup {
    fn from(stored: TargetGroup) -> Self {
        let http = stored.http_codes.map(|codes| Matcher { is_grpc: false, codes });
        let grpc = stored.grpc_codes.map(|codes| Matcher { is_grpc: true, codes });
        Self {
            arn: stored.arn,
            name: stored.name,
            account: stored.account,
            region: stored.region,
            target_type: TargetType::parse(&stored.target_type).unwrap_or(TargetType::Instance),
            protocol: stored.protocol,
            version: stored.version,
            port: stored.port,
            vpc: stored.vpc,
            ip_address_type: stored.ip_address_type,
            check: HealthCheck {
                is_enabled: stored.check_is_enabled,
                protocol: stored.check_protocol,
                port: stored.check_port,
                path: stored.check_path,
                interval_s: stored.check_interval_s,
                timeout_s: stored.check_timeout_s,
                healthy_count: stored.healthy_count,
                unhealthy_count: stored.unhealthy_count,
                matcher: http.or(grpc),
            },
            attributes: stored.attributes,
            tags: stored.tags,
            targets: BTreeMap::new(),
        }
    }
}

/// A target of a group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Target {
    group: String,
    id: String,
    port: u16,
    zone: Option<String>,
    /// `registering`, `checking`, `healthy`, `timed out`, `failed`, or a status that is none of the good ones.
    health: String,
    since: Timestamp,
    drains_until: Option<Timestamp>,
}

impl Target {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        Key::named(Kind::Target, record_name(&self.group, &(self.id.clone(), self.port)))
    }

    pub(crate) fn of(group: &str, (id, port): &TargetKey, live: &LiveTarget) -> Self {
        let health = match live.health.verdict {
            Verdict::Registering => "registering".to_owned(),
            Verdict::Checking => "checking".to_owned(),
            Verdict::Healthy => "healthy".to_owned(),
            Verdict::Unhealthy(Fault::TimedOut) => "timed out".to_owned(),
            Verdict::Unhealthy(Fault::Failed) => "failed".to_owned(),
            Verdict::Unhealthy(Fault::Status(status)) => status.to_string(),
        };
        Self {
            group: group.to_owned(),
            id: id.clone(),
            port: *port,
            zone: live.zone.clone(),
            health,
            since: live.health.since,
            drains_until: live.drains_until,
        }
    }

    pub(crate) fn into_live(self) -> (String, TargetKey, LiveTarget) {
        let verdict = match (&*self.health, self.health.parse()) {
            ("checking", _) => Verdict::Checking,
            ("healthy", _) => Verdict::Healthy,
            ("timed out", _) => Verdict::Unhealthy(Fault::TimedOut),
            ("failed", _) => Verdict::Unhealthy(Fault::Failed),
            (_, Ok(status)) => Verdict::Unhealthy(Fault::Status(status)),
            _ => Verdict::Registering,
        };
        let live = LiveTarget {
            health: Health { verdict, since: self.since, against: 0 },
            drains_until: self.drains_until,
            ..LiveTarget::new(self.zone, self.since, None)
        };
        (self.group, (self.id, self.port), live)
    }
}

/// A load balancer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoadBalancer {
    arn: String,
    name: String,
    account: AccountId,
    region: Region,
    dns_name: String,
    is_internal: bool,
    vpc: String,
    /// Subnets by zone.
    zones: Texts,
    security_groups: Vec<String>,
    ip_address_type: String,
    created: Timestamp,
    attributes: Texts,
    tags: Texts,
}

impl LoadBalancer {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        Key::named(Kind::LoadBalancer, &*self.arn)
    }
}

impl From<&LiveLoadBalancer> for LoadBalancer {
    fn from(live: &LiveLoadBalancer) -> Self {
        let LiveLoadBalancer {
            arn,
            name,
            account,
            region,
            dns_name,
            is_internal,
            vpc,
            zones,
            security_groups,
            ip_address_type,
            created,
            attributes,
            tags,
        } = live.clone();
        Self {
            arn,
            name,
            account,
            region,
            dns_name,
            is_internal,
            vpc,
            zones,
            security_groups,
            ip_address_type,
            created,
            attributes,
            tags,
        }
    }
}

impl From<LoadBalancer> for LiveLoadBalancer {
    fn from(stored: LoadBalancer) -> Self {
        let LoadBalancer {
            arn,
            name,
            account,
            region,
            dns_name,
            is_internal,
            vpc,
            zones,
            security_groups,
            ip_address_type,
            created,
            attributes,
            tags,
        } = stored;
        Self {
            arn,
            name,
            account,
            region,
            dns_name,
            is_internal,
            vpc,
            zones,
            security_groups,
            ip_address_type,
            created,
            attributes,
            tags,
        }
    }
}

/// A listener.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Listener {
    arn: String,
    port: u16,
    protocol: String,
    ssl_policy: Option<String>,
    certificates: Vec<String>,
    attributes: Texts,
    tags: Texts,
}

impl Listener {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        Key::named(Kind::Listener, &*self.arn)
    }
}

impl From<&LiveListener> for Listener {
    fn from(live: &LiveListener) -> Self {
        let LiveListener { arn, port, protocol, ssl_policy, certificates, attributes, tags } =
            live.clone();
        Self { arn, port, protocol, ssl_policy, certificates, attributes, tags }
    }
}

impl From<Listener> for LiveListener {
    fn from(stored: Listener) -> Self {
        let Listener { arn, port, protocol, ssl_policy, certificates, attributes, tags } = stored;
        Self { arn, port, protocol, ssl_policy, certificates, attributes, tags }
    }
}

/// A rule of a listener.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    arn: String,
    priority: Option<u32>,
    /// As they were put, in the JSON of AWS's API.
    conditions: String,
    /// The same.
    actions: String,
    tags: Texts,
}

impl Rule {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        Key::named(Kind::Rule, &*self.arn)
    }
}

impl From<&LiveRule> for Rule {
    fn from(live: &LiveRule) -> Self {
        Self {
            arn: live.arn.clone(),
            priority: live.priority,
            conditions: serde_json::to_string(&live.conditions).unwrap_or_default(),
            actions: serde_json::to_string(&live.actions).unwrap_or_default(),
            tags: live.tags.clone(),
        }
    }
}

impl From<Rule> for LiveRule {
    fn from(stored: Rule) -> Self {
        Self {
            arn: stored.arn,
            priority: stored.priority,
            conditions: serde_json::from_str(&stored.conditions).unwrap_or_default(),
            actions: serde_json::from_str(&stored.actions).unwrap_or_default(),
            tags: stored.tags,
        }
    }
}
