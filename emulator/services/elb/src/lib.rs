//! Elastic Load Balancing v2: application load balancers, their listeners and rules, target groups and the health of targets.
//!
//! This is the control plane. Requests are carried elsewhere: whoever does it is told of each load balancer as a whole
//! whenever something of it is otherwise (`plan.rs`), asks targets whether they are healthy, and says what they
//! answered and what was carried (`plane.rs`). How targets are is decided here, by deadlines (`target/`, `health/`).
//!
//! Network and gateway load balancers, authentication, trust stores, transforms and regular expressions in rules are
//! refused by name.
#![warn(missing_docs)]

pub mod access;
mod access_log;
mod account;
mod action;
mod answer;
mod arn;
mod attribute;
mod balancer;
mod descriptor;
pub mod error;
mod health;
pub mod limits;
mod listener;
mod metrics;
mod page;
mod plan;
pub mod plane;
pub mod record;
mod rule;
mod settings;
mod ssl_policy;
mod tag;
mod target;
mod target_group;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kernel::access::Asking;
use kernel::call::Origin;
use kernel::context::Restoring;
use kernel::descriptor::Descriptor;
use kernel::directory::Directory;
use kernel::error::ApiError;
use kernel::fact::Fact;
use kernel::service::Service;
use kernel::time::Timestamp;
use kernel::trace::CauseId;
use serde::Serialize;

pub use access_log::AccessLog;
pub use account::{DescribeAccountLimitsInput, DescribeAccountLimitsOutput, Limit};
pub use action::{
    Action, FixedResponseConfig, ForwardConfig, GroupStickiness, RedirectConfig, WeightedGroup,
};
pub use attribute::Attribute;
pub use balancer::{
    AvailabilityZone, CreateLoadBalancerInput, DeleteLoadBalancerInput,
    DescribeLoadBalancerAttributesInput, DescribeLoadBalancersInput, DescribeLoadBalancersOutput,
    LoadBalancerAttributesOutput, LoadBalancerDescription, LoadBalancersOutput,
    ModifyLoadBalancerAttributesInput, SetIpAddressTypeInput, SetIpAddressTypeOutput,
    SetSecurityGroupsInput, SetSecurityGroupsOutput, SetSubnetsInput, SetSubnetsOutput, State,
    SubnetMapping,
};
pub use listener::{
    AddListenerCertificatesOutput, Certificate, CreateListenerInput, DeleteListenerInput,
    DescribeListenerAttributesInput, DescribeListenerCertificatesInput,
    DescribeListenerCertificatesOutput, DescribeListenersInput, DescribeListenersOutput,
    ListenerAttributesOutput, ListenerCertificatesInput, ListenerDescription, ListenersOutput,
    ModifyListenerAttributesInput, ModifyListenerInput, MutualAuthentication,
};
pub use rule::{
    Condition, CreateRuleInput, DeleteRuleInput, DescribeRulesInput, DescribeRulesOutput,
    HttpHeaderConfig, ModifyRuleInput, QueryStringConfig, QueryStringPair, RuleDescription,
    RulePriority, RulesOutput, SetRulePrioritiesInput, ValuesConfig,
};
pub use settings::Settings;
pub use ssl_policy::{Cipher, DescribeSSLPoliciesInput, DescribeSSLPoliciesOutput, SslPolicy};
pub use tag::{
    AddTagsInput, DescribeTagsInput, DescribeTagsOutput, RemoveTagsInput, Tag, TagDescription,
};
pub use target::{
    AdministrativeOverride, DescribeTargetHealthInput, DescribeTargetHealthOutput,
    TargetDescription, TargetHealth, TargetHealthDescription, TargetsInput,
};
pub use target_group::{
    CreateTargetGroupInput, DeleteTargetGroupInput, DescribeTargetGroupAttributesInput,
    DescribeTargetGroupsInput, DescribeTargetGroupsOutput, Matcher,
    ModifyTargetGroupAttributesInput, ModifyTargetGroupInput, TargetGroupAttributesOutput,
    TargetGroupDescription, TargetGroupsOutput,
};

kernel::operations! { "elasticloadbalancing";
    AddListenerCertificates(ListenerCertificatesInput) -> AddListenerCertificatesOutput;
    AddTags(AddTagsInput) -> Empty;
    CreateListener(CreateListenerInput) -> ListenersOutput;
    CreateLoadBalancer(CreateLoadBalancerInput) -> LoadBalancersOutput;
    CreateRule(CreateRuleInput) -> RulesOutput;
    CreateTargetGroup(CreateTargetGroupInput) -> TargetGroupsOutput;
    DeleteListener(DeleteListenerInput) -> Empty;
    DeleteLoadBalancer(DeleteLoadBalancerInput) -> Empty;
    DeleteRule(DeleteRuleInput) -> Empty;
    DeleteTargetGroup(DeleteTargetGroupInput) -> Empty;
    DeregisterTargets(TargetsInput) -> Empty;
    DescribeAccountLimits(DescribeAccountLimitsInput) -> DescribeAccountLimitsOutput;
    DescribeListenerAttributes(DescribeListenerAttributesInput) -> ListenerAttributesOutput;
    DescribeListenerCertificates(DescribeListenerCertificatesInput) -> DescribeListenerCertificatesOutput;
    DescribeListeners(DescribeListenersInput) -> DescribeListenersOutput;
    DescribeLoadBalancerAttributes(DescribeLoadBalancerAttributesInput) -> LoadBalancerAttributesOutput;
    DescribeLoadBalancers(DescribeLoadBalancersInput) -> DescribeLoadBalancersOutput;
    DescribeRules(DescribeRulesInput) -> DescribeRulesOutput;
    DescribeSSLPolicies(DescribeSSLPoliciesInput) -> DescribeSSLPoliciesOutput;
    DescribeTags(DescribeTagsInput) -> DescribeTagsOutput;
    DescribeTargetGroupAttributes(DescribeTargetGroupAttributesInput) -> TargetGroupAttributesOutput;
    DescribeTargetGroups(DescribeTargetGroupsInput) -> DescribeTargetGroupsOutput;
    DescribeTargetHealth(DescribeTargetHealthInput) -> DescribeTargetHealthOutput;
    ModifyListener(ModifyListenerInput) -> ListenersOutput;
    ModifyListenerAttributes(ModifyListenerAttributesInput) -> ListenerAttributesOutput;
    ModifyLoadBalancerAttributes(ModifyLoadBalancerAttributesInput) -> LoadBalancerAttributesOutput;
    ModifyRule(ModifyRuleInput) -> RulesOutput;
    ModifyTargetGroup(ModifyTargetGroupInput) -> TargetGroupsOutput;
    ModifyTargetGroupAttributes(ModifyTargetGroupAttributesInput) -> TargetGroupAttributesOutput;
    RegisterTargets(TargetsInput) -> Empty;
    RemoveListenerCertificates(ListenerCertificatesInput) -> Empty;
    RemoveTags(RemoveTagsInput) -> Empty;
    SetIpAddressType(SetIpAddressTypeInput) -> SetIpAddressTypeOutput;
    SetRulePriorities(SetRulePrioritiesInput) -> RulesOutput;
    SetSecurityGroups(SetSecurityGroupsInput) -> SetSecurityGroupsOutput;
    SetSubnets(SetSubnetsInput) -> SetSubnetsOutput;
}

/// What operations are answered with that say nothing.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Empty {}

/// Elastic Load Balancing. All is kept by ARN.
#[derive(Debug, Clone, Default)]
pub struct Elb {
    balancers: BTreeMap<String, balancer::LoadBalancer>,
    listeners: BTreeMap<String, listener::Listener>,
    rules: BTreeMap<String, rule::Rule>,
    groups: BTreeMap<String, target_group::TargetGroup>,
    settings: Arc<Settings>,
    /// What instances without programs answer, where they are not healthy. Not stored.
    simulated: BTreeMap<String, plane::Probed>,
    /// Load balancers that are to be told of anew.
    dirty: BTreeSet<String>,
    /// Because of what each was told of last. Not stored.
    planned_because: BTreeMap<String, CauseId>,
    /// What was counted in this minute.
    counts: BTreeMap<String, metrics::Counts>,
    /// How many targets of each group are healthy.
    census: BTreeMap<String, metrics::Census>,
    /// Access logs that are to be delivered.
    logs: BTreeMap<String, access_log::Gathered>,
}

kernel::records! {
    /// A target group.
    TargetGroup(record::TargetGroup) = 60;
    /// A target of a group.
    Target(record::Target) = 61;
    /// A load balancer.
    LoadBalancer(record::LoadBalancer) = 62;
    /// A listener.
    Listener(record::Listener) = 63;
    /// A rule of a listener.
    Rule(record::Rule) = 64;
}

impl Record {
    fn group(live: &target_group::TargetGroup) -> Self {
        Self::TargetGroup(Box::new(live.into()))
    }

    fn target(group: &str, key: &target_group::TargetKey, live: &target_group::Target) -> Self {
        Self::Target(Box::new(record::Target::of(group, key, live)))
    }

    fn balancer(live: &balancer::LoadBalancer) -> Self {
        Self::LoadBalancer(Box::new(live.into()))
    }

    fn listener(live: &listener::Listener) -> Self {
        Self::Listener(Box::new(live.into()))
    }

    fn rule(live: &rule::Rule) -> Self {
        Self::Rule(Box::new(live.into()))
    }
}

/// A target, by its group's ARN, its id and its port.
type Place = Box<(String, (String, u16))>;

/// What becomes due.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Due {
    /// After a restart whoever carries requests is told of everything.
    Wake,
    /// A target has not answered in time.
    Overdue(Place),
    /// A target that was taken out has had its time.
    Drained(Place),
    /// A target is asked.
    Probe(Place),
    /// The access log of a load balancer is delivered.
    AccessLog(String),
}

/// What others may want to hear.
#[derive(Debug, Clone)]
pub enum Announcement {
    /// Targets of a group are otherwise; the directory says how.
    TargetHealthChanged {
        /// Its ARN.
        target_group: String,
    },
    /// An object of an access log is to go into its bucket.
    AccessLog(Box<AccessLog>),
}

impl Elb {
    /// What it was told by whoever made the World.
    #[must_use]
    pub fn settings(&self) -> &Arc<Settings> {
        &self.settings
    }

    /// Tells it what is not stored.
    pub fn set_settings(&mut self, settings: Arc<Settings>) {
        self.settings = settings;
    }

    /// Hears what is told by who carries requests.
    pub fn hear(&mut self, cx: &mut Cx<'_>, report: plane::Report) {
        match report {
            plane::Report::Probed { target_group, target, target_port, outcome } => {
                self.probed(cx, &target_group, &(target, target_port), outcome);
            }
            plane::Report::Served(served) => self.served(cx, *served),
            plane::Report::Answers { instance, outcome } => {
                self.instance_answers(cx, &instance, outcome);
            }
        }
        self.flush(cx);
    }

    /// Because of what that is reported.
    #[must_use]
    pub fn cause_of(&self, report: &plane::Report) -> Option<CauseId> {
        match report {
            plane::Report::Probed { target_group, target, target_port, .. } => {
                let key = (target.clone(), *target_port);
                self.groups.get(target_group)?.targets.get(&key)?.cause
            }
            plane::Report::Served(served) => {
                self.planned_because.get(&served.load_balancer).copied()
            }
            plane::Report::Answers { .. } => None,
        }
    }
}

/// The context in which Elastic Load Balancing handles something.
pub type Cx<'a> = kernel::context::Cx<'a, Elb>;

impl Service for Elb {
    type Request = Request;
    type Response = Response;
    type Record = Record;
    type Due = Due;
    type Announcement = Announcement;
    type Effect = plane::Effect;

    const DESCRIPTOR: Descriptor = descriptor::DESCRIPTOR;
    const STORED_ONLY: &'static [&'static str] = &[
        "CreateListener.SslPolicy",
        "CreateLoadBalancer.IpAddressType",
        "ModifyListener.SslPolicy",
        "SetIpAddressType",
        "SetSubnets.IpAddressType",
    ];

    fn access(&self, asking: &mut Asking<'_>, request: &Request) -> Result<(), ApiError> {
        access::ask(asking, request)
    }

    fn call(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        request: Request,
    ) -> Result<Option<Response>, ApiError> {
        let answer = self.answer(cx, origin, request);
        self.flush(cx);
        answer.map(Some)
    }

    fn due_because(&self, due: &Due) -> Option<CauseId> {
        match due {
            Due::Wake => None,
            Due::Overdue(place) | Due::Drained(place) | Due::Probe(place) => {
                self.groups.get(&place.0)?.targets.get(&place.1)?.cause
            }
            Due::AccessLog(arn) => self.planned_because.get(arn).copied(),
        }
    }

    fn due(&mut self, cx: &mut Cx<'_>, due: Due) {
        match due {
            Due::Wake => self.wake(cx),
            Due::Overdue(place) => self.overdue(cx, &place.0, &place.1),
            Due::Drained(place) => self.drained(cx, &place.0, &place.1),
            Due::Probe(place) => self.probe(cx, &place.0, &place.1),
            Due::AccessLog(arn) => self.deliver_access_log(cx, &arn),
        }
        self.flush(cx);
    }

    fn restore(&mut self, cx: &mut Restoring<'_, Self>, record: Record) {
        cx.deadlines.schedule(Timestamp::default(), Due::Wake);
        match record {
            Record::TargetGroup(stored) => {
                let live = target_group::TargetGroup::from(*stored);
                let arn = live.arn.clone();
                self.groups.insert(arn.clone(), live);
                self.enter_group(cx.directory, &arn);
            }
            Record::Target(stored) => {
                let (group, key, target) = stored.into_live();
                self.restore_target(cx.deadlines, &group, key, target);
            }
            Record::LoadBalancer(stored) => {
                let live = balancer::LoadBalancer::from(*stored);
                self.balancers.insert(live.arn.clone(), live);
            }
            Record::Listener(stored) => {
                let live = listener::Listener::from(*stored);
                self.listeners.insert(live.arn.clone(), live);
            }
            Record::Rule(stored) => {
                let live = rule::Rule::from(*stored);
                let groups = live.actions.iter().flat_map(Action::groups);
                let groups: Vec<String> =
                    groups.filter_map(|it| it.target_group_arn.clone()).collect();
                self.rules.insert(live.arn.clone(), live);
                groups.iter().for_each(|arn| self.enter_group(cx.directory, arn));
            }
        }
    }

    fn records(&self) -> impl Iterator<Item = Record> + '_ {
        let targets = self.groups.iter().flat_map(|(arn, group)| {
            group.targets.iter().map(|(key, target)| Record::target(arn, key, target))
        });
        self.groups
            .values()
            .map(Record::group)
            .chain(targets)
            .chain(self.balancers.values().map(Record::balancer))
            .chain(self.listeners.values().map(Record::listener))
            .chain(self.rules.values().map(Record::rule))
    }

    fn facts(&self, _: &Directory, at: Timestamp, facts: &mut Vec<Fact>) {
        self.state(at, facts);
    }

    fn minute_over(&mut self, at: Timestamp) -> Option<Timestamp> {
        self.begin_minute(at)
    }
}
