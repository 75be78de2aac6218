//! What Elastic Load Balancing asks of whoever carries requests, and what it hears from there.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use kernel::names::{AccountId, Region};
use kernel::time::Timestamp;

/// To be done by whoever carries requests, once it is durable.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// A load balancer works so from now on. What is under way goes on as it began.
    Configure(Arc<Plan>),
    /// A load balancer is gone.
    Remove {
        /// Its ARN.
        load_balancer: String,
    },
    /// Ask a target whether it is healthy; the answer is reported with [`Report::Probed`].
    Probe(Box<Probe>),
}

/// A load balancer, as whoever carries its requests must know it.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Its ARN.
    pub arn: String,
    /// `app/name/id`
    pub label: String,
    /// Whose it is.
    pub account: AccountId,
    /// Its region.
    pub region: Region,
    /// Its host name.
    pub dns_name: String,
    /// The zones that it is in, by name.
    pub zones: Vec<String>,
    /// Its security groups.
    pub security_groups: Vec<String>,
    /// How it carries.
    pub attributes: Carrying,
    /// Where it listens.
    pub listeners: Vec<Listener>,
    /// The target groups that its rules name, by ARN.
    pub target_groups: BTreeMap<String, TargetGroup>,
}

/// A load balancer's attributes, as far as they are about requests.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#load-balancer-attributes>
#[derive(Debug, Clone, PartialEq)]
pub struct Carrying {
    /// After how long without a byte a connection is closed, in seconds.
    pub idle_timeout_s: u32,
    /// How long a client may keep a connection, in seconds.
    pub client_keep_alive_s: u32,
    /// HTTP/2 is spoken.
    pub speaks_http2: bool,
    /// Headers whose names are none are left out; else they are passed on.
    pub drops_invalid_headers: bool,
    /// `Host` is passed on as it came, without the port that is added otherwise.
    pub preserves_host: bool,
    /// What becomes of `X-Forwarded-For`.
    pub forwarded_for: ForwardedFor,
    /// The client's port stands in `X-Forwarded-For`.
    pub forwards_client_port: bool,
    /// `x-amzn-tls-version` and `x-amzn-tls-cipher-suite` are passed on.
    pub forwards_tls: bool,
    /// Targets of all zones get requests from each.
    pub crosses_zones: bool,
    /// Where its requests are logged.
    pub access_logs: Option<AccessLogs>,
}

/// What becomes of `X-Forwarded-For`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForwardedFor {
    /// The client's address is added.
    Append,
    /// It is passed on as it came.
    Preserve,
    /// It is left out.
    Remove,
}

/// Where requests are logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessLogs {
    /// The bucket.
    pub bucket: String,
    /// What keys begin with, without a slash at its end.
    pub prefix: String,
}

/// Where a load balancer listens.
#[derive(Debug, Clone, PartialEq)]
pub struct Listener {
    /// Its ARN.
    pub arn: String,
    /// Its port.
    pub port: u16,
    /// It speaks TLS, by these certificates (ARNs; the default first). Nothing: it speaks HTTP.
    pub certificates: Option<Vec<String>>,
    /// In the order in which they are tried; the last has no conditions.
    pub rules: Vec<Rule>,
    /// Its attributes, as far as they were set: which headers are renamed, added or left out.
    /// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/header-modification.html>
    pub attributes: BTreeMap<String, String>,
}

/// What becomes of some requests.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Its ARN.
    pub arn: String,
    /// `default`, or its number.
    pub priority: String,
    /// All must hold.
    pub conditions: Vec<Condition>,
    /// What is done.
    pub action: Action,
}

/// What a rule asks of a request. Of several values one must fit; `*` and `?` stand for any text and any character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// `Host`, in any case.
    HostHeader(Vec<String>),
    /// The path.
    PathPattern(Vec<String>),
    /// A header, its values in any case.
    HttpHeader {
        /// Its name.
        name: String,
        /// What it may say.
        values: Vec<String>,
    },
    /// The method, exactly.
    HttpRequestMethod(Vec<String>),
    /// The query string: key, where one is named, and value, in any case.
    QueryString(Vec<(Option<String>, String)>),
    /// The client's address: `10.0.0.0/8`.
    SourceIp(Vec<String>),
}

/// What is done with a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// A target answers.
    Forward {
        /// Target groups by ARN, and how many parts of all requests each gets.
        groups: Vec<(String, u32)>,
        /// A client stays with the group that it came to, so long, in seconds.
        stickiness_s: Option<u32>,
    },
    /// The client is to go elsewhere.
    Redirect {
        /// 301 or 302.
        status: u16,
        /// `#{protocol}` and its like stand for what was asked.
        protocol: String,
        /// As above.
        host: String,
        /// As above.
        port: String,
        /// As above.
        path: String,
        /// As above.
        query: String,
    },
    /// This is the answer.
    FixedResponse {
        /// 2XX, 4XX or 5XX.
        status: u16,
        /// Its media type.
        content_type: Option<String>,
        /// Its body.
        body: String,
    },
}

/// Targets, and how they are chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetGroup {
    /// Its ARN.
    pub arn: String,
    /// `targetgroup/name/id`
    pub label: String,
    /// It is spoken to by TLS.
    pub speaks_tls: bool,
    /// How its targets speak.
    pub version: Version,
    /// How one is chosen.
    pub algorithm: Algorithm,
    /// Whether a client stays with its target.
    pub stickiness: Option<Stickiness>,
    /// For how long a new target's share grows, in seconds; 0 is at once.
    pub slow_start_s: u32,
    /// How long a target that was taken out gets to finish, in seconds.
    pub deregistration_delay_s: u32,
    /// Targets of all zones get requests from each.
    pub crosses_zones: bool,
    /// Its targets.
    pub targets: Vec<Target>,
    /// It is of a function: headers are lists in its events.
    pub has_multi_value_headers: bool,
    /// Of how many healthy targets there must be so that the others get nothing.
    pub minimum_healthy: MinimumHealthy,
}

/// With fewer healthy targets than this a zone's requests go to all targets (fail open).
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html#target-group-health>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MinimumHealthy {
    /// `target_group_health.unhealthy_state_routing.minimum_healthy_targets.count`
    pub count: u32,
    /// `….percentage`; nothing where it is `off`.
    pub percentage: Option<u32>,
}

impl Default for MinimumHealthy {
    /// One.
    fn default() -> Self {
        Self { count: 1, percentage: None }
    }
}

/// How targets speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// HTTP/1.1
    Http1,
    /// HTTP/2
    Http2,
    /// gRPC
    Grpc,
}

/// How a target is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// One after the other.
    RoundRobin,
    /// Who has the fewest requests in hand.
    LeastOutstandingRequests,
    /// At random, and less often who fails.
    WeightedRandom,
}

/// By what a client stays with its target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stickiness {
    /// By a cookie of the balancer's, so long after the last request, in seconds.
    Balancer {
        /// 1 to 604,800.
        duration_s: u32,
    },
    /// By a cookie of the application's.
    Application {
        /// Its name.
        cookie: String,
        /// 1 to 604,800.
        duration_s: u32,
    },
}

/// Who answers requests.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// An instance's id, an address, or a function's ARN.
    pub id: String,
    /// 0 where it is a function.
    pub port: u16,
    /// Its zone; nothing where it is of all.
    pub zone: Option<String>,
    /// Where it is in the network; nothing where it is a function.
    pub address: Option<IpAddr>,
    /// Whether it gets requests.
    pub standing: Standing,
    /// Since when it has been healthy.
    pub healthy_since: Option<Timestamp>,
}

/// Whether a target gets requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It does.
    Healthy,
    /// It does where no other is healthy.
    Unhealthy,
    /// Nobody has asked it yet: as unhealthy.
    Initial,
    /// It finishes what it has, until this moment.
    Draining(Timestamp),
}

/// Whether a target is healthy, asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Probe {
    /// Whose.
    pub target_group: String,
    /// Which.
    pub target: String,
    /// Its port.
    pub target_port: u16,
    /// Where it is; nothing where it is a function.
    pub address: Option<IpAddr>,
    /// The port that is asked.
    pub port: u16,
    /// By TLS.
    pub speaks_tls: bool,
    /// How it speaks.
    pub version: Version,
    /// What is asked for.
    pub path: String,
    /// How long it may take, in seconds.
    pub timeout_s: u32,
}

/// What is told by who carries requests.
#[derive(Debug, Clone, PartialEq)]
pub enum Report {
    /// A target was asked.
    Probed {
        /// Whose.
        target_group: String,
        /// Which.
        target: String,
        /// Its port.
        target_port: u16,
        /// What came of it.
        outcome: Probed,
    },
    /// What was carried since the last report, a second ago.
    Served(Box<Served>),
    /// An instance without a program says this from now on whenever it is asked; nothing: it is healthy. For
    /// simulated fleets.
    Answers {
        /// `i-…`
        instance: String,
        /// What it says.
        outcome: Option<Probed>,
    },
}

/// What a target said when it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Probed {
    /// It answered with this status; of gRPC, its own.
    Answered(u16),
    /// Not in time.
    TimedOut,
    /// It could not be reached, or did not speak HTTP.
    Failed,
}

/// What a load balancer has carried, in some seconds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Served {
    /// Its ARN.
    pub load_balancer: String,
    /// By zone of the balancer.
    pub zones: BTreeMap<String, ServedZone>,
    /// By target group and the target's zone.
    pub targets: BTreeMap<(String, String), ServedTargets>,
    /// How many connections there are between clients and it, and it and targets.
    pub active_connections: u64,
    /// Lines for its access log, each at its moment.
    pub log: Vec<(Timestamp, String)>,
}

/// What a load balancer has carried in a zone.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ServedZone {
    /// Requests.
    pub requests: u64,
    /// New connections of clients, and to targets.
    pub new_connections: u64,
    /// Received and sent, in bytes.
    pub processed_bytes: u64,
    /// Its own answers by status: 301, 302, 460, 463, 500 to 504, 561 and others; without fixed responses.
    pub own_statuses: BTreeMap<u16, u64>,
    /// Its fixed responses, whatever their status.
    pub fixed_responses: u64,
    /// Rules that were tried.
    pub rule_evaluations: u64,
    /// Requests turned away: no connection was to be had.
    pub rejected_connections: u64,
    /// Handshakes that failed.
    pub tls_errors: u64,
}

/// What targets have answered.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ServedTargets {
    /// Requests.
    pub requests: u64,
    /// By the status's first digit: of 2xx, 3xx, 4xx, 5xx.
    pub statuses: [u64; 4],
    /// How long each took from the request's leaving to the answer's head, in seconds, and how many took so long.
    pub response_times_s: Vec<(f64, u64)>,
    /// Connections that failed.
    pub connection_errors: u64,
}
