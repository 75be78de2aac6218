//! What whoever carries requests is told of a load balancer: all of it, whenever something is otherwise.

use std::collections::BTreeMap;
use std::sync::Arc;

use kernel::directory::Directory;
use kernel::number;

use crate::action::{Action, RedirectConfig};
use crate::attribute;
use crate::balancer::LoadBalancer;
use crate::balancer::attributes as of_balancer;
use crate::health::Verdict;
use crate::plane::{
    self, AccessLogs, Algorithm, Carrying, Effect, ForwardedFor, MinimumHealthy, Plan, Standing,
    Stickiness,
};
use crate::rule::Rule;
use crate::target::{State, address_of, version_of, zone_of};
use crate::target_group::{TargetGroup, attributes as of_group};
use crate::{Cx, Elb, Record, arn};

impl Elb {
    /// A load balancer is there, or is otherwise: it is stored and carried out.
    pub(crate) fn balancer_changed(&mut self, cx: &mut Cx<'_>, arn: &str) {
        let Some(balancer) = self.balancers.get(arn) else { return };
        cx.put(|| Record::balancer(balancer));
        self.dirty.insert(arn.to_owned());
    }

    /// Tells of all load balancers whose plans may be otherwise.
    pub(crate) fn flush(&mut self, cx: &mut Cx<'_>) {
        for arn in std::mem::take(&mut self.dirty) {
            if let Some(balancer) = self.balancers.get(&arn) {
                let plan = self.plan(cx.directory, balancer);
                self.planned_because.insert(arn, cx.cause());
                cx.effect(Effect::Configure(Arc::new(plan)));
            }
        }
    }

    fn plan(&self, directory: &Directory, balancer: &LoadBalancer) -> Plan {
        let listener = |live: &crate::listener::Listener| plane::Listener {
            arn: live.arn.clone(),
            port: live.port,
            certificates: live.is_secure().then(|| live.certificates.clone()),
            rules: self.rules_of(&live.arn).filter_map(planned_rule).collect(),
            attributes: live.attributes.clone(),
        };
        let rules = self.rules_of_balancer(&balancer.arn);
        let weighted = rules.flat_map(|rule| rule.actions.iter().flat_map(Action::groups));
        let target_groups: BTreeMap<String, plane::TargetGroup> = weighted
            .filter_map(|it| self.groups.get(it.target_group_arn.as_deref()?))
            .map(|group| (group.arn.clone(), self.planned_group(directory, group)))
            .collect();
        Plan {
            arn: balancer.arn.clone(),
            label: arn::label(&balancer.arn).to_owned(),
            account: balancer.account.clone(),
            region: balancer.region.clone(),
            dns_name: balancer.dns_name.clone(),
            zones: balancer.zones.keys().cloned().collect(),
            security_groups: balancer.security_groups.clone(),
            attributes: carrying(balancer),
            listeners: self.listeners_of(&balancer.arn).map(listener).collect(),
            target_groups,
        }
    }

    fn planned_group(&self, directory: &Directory, group: &TargetGroup) -> plane::TargetGroup {
        let used_by = self.balancers_of_group(&group.arn);
        let mut targets = Vec::new();
        for (key, target) in &group.targets {
            let standing = match self.state_of(directory, group, &used_by, key, target) {
                State::CheckDisabled | State::Judged(Verdict::Healthy) => Standing::Healthy,
                State::Judged(Verdict::Unhealthy(_)) => Standing::Unhealthy,
                State::Judged(Verdict::Registering | Verdict::Checking) => Standing::Initial,
                State::Draining => Standing::Draining(target.drains_until.unwrap_or_default()),
                State::NotRunning(_) | State::NotInUse | State::ZoneNotEnabled => continue,
            };
            targets.push(plane::Target {
                id: key.0.clone(),
                port: key.1,
                zone: zone_of(directory, group, key, target),
                address: address_of(directory, group, key),
                standing,
                healthy_since: (standing == Standing::Healthy).then_some(target.health.since),
            });
        }
        plane::TargetGroup {
            arn: group.arn.clone(),
            label: arn::label(&group.arn).to_owned(),
            speaks_tls: group.protocol.as_deref() == Some("HTTPS"),
            version: version_of(group),
            algorithm: match group.attribute(of_group::ALGORITHM) {
                "least_outstanding_requests" => Algorithm::LeastOutstandingRequests,
                "weighted_random" => Algorithm::WeightedRandom,
                _ => Algorithm::RoundRobin,
            },
            stickiness: stickiness(group),
            slow_start_s: group.number(of_group::SLOW_START_S),
            deregistration_delay_s: group.number(of_group::DELAY_S),
            crosses_zones: group.attribute(of_group::CROSS_ZONE) != "false",
            targets,
            has_multi_value_headers: group.attribute(of_group::MULTI_VALUE) == "true",
            minimum_healthy: MinimumHealthy {
                count: group.number(of_group::MINIMUM).max(1),
                percentage: number::decimal(group.attribute(of_group::MINIMUM_PERCENTAGE))
                    .and_then(|it| u32::try_from(it).ok())
                    .filter(|it| *it > 0),
            },
        }
    }
}

fn stickiness(group: &TargetGroup) -> Option<Stickiness> {
    if group.attribute(of_group::STICKINESS) != "true" {
        return None;
    }
    match group.attribute(of_group::STICKINESS_TYPE) {
        "lb_cookie" => {
            Some(Stickiness::Balancer { duration_s: group.number(of_group::BALANCER_COOKIE_S) })
        }
        "app_cookie" => Some(Stickiness::Application {
            cookie: group.attribute(of_group::APP_COOKIE).to_owned(),
            duration_s: group.number(of_group::APP_COOKIE_S),
        }),
        _ => None,
    }
}

fn carrying(balancer: &LoadBalancer) -> Carrying {
    let set = &balancer.attributes;
    let text = |key| attribute::value_of(of_balancer::TABLE, set, key);
    let is_true = |key| attribute::is_true(of_balancer::TABLE, set, key);
    let number = |key| attribute::number_of(of_balancer::TABLE, set, key);
    Carrying {
        idle_timeout_s: number(of_balancer::IDLE_S),
        client_keep_alive_s: number(of_balancer::KEEP_ALIVE_S),
        speaks_http2: is_true(of_balancer::HTTP2),
        drops_invalid_headers: is_true(of_balancer::DROP_INVALID),
        preserves_host: is_true(of_balancer::PRESERVE_HOST),
        forwarded_for: match text(of_balancer::FORWARDED_FOR) {
            "preserve" => ForwardedFor::Preserve,
            "remove" => ForwardedFor::Remove,
            _ => ForwardedFor::Append,
        },
        forwards_client_port: is_true(of_balancer::CLIENT_PORT),
        forwards_tls: is_true(of_balancer::TLS_HEADERS),
        crosses_zones: true,
        access_logs: is_true(of_balancer::LOGS).then(|| AccessLogs {
            bucket: text(of_balancer::LOGS_BUCKET).to_owned(),
            prefix: text(of_balancer::LOGS_PREFIX).to_owned(),
        }),
    }
}

fn planned_rule(rule: &Rule) -> Option<plane::Rule> {
    Some(plane::Rule {
        arn: rule.arn.clone(),
        priority: rule.described().priority,
        conditions: rule.conditions.iter().filter_map(crate::rule::Condition::planned).collect(),
        action: planned_action(rule.actions.first()?)?,
    })
}

fn status(text: &str) -> u16 {
    text.trim_start_matches("HTTP_").parse().unwrap_or(500)
}

fn planned_action(action: &Action) -> Option<plane::Action> {
    if let Some(redirect) = &action.redirect_config {
        let RedirectConfig { protocol, port, host, path, query, status_code } = redirect.clone();
        return Some(plane::Action::Redirect {
            status: status(&status_code),
            protocol: protocol.unwrap_or_default(),
            host: host.unwrap_or_default(),
            port: port.unwrap_or_default(),
            path: path.unwrap_or_default(),
            query: query.unwrap_or_default(),
        });
    }
    if let Some(response) = &action.fixed_response_config {
        return Some(plane::Action::FixedResponse {
            status: status(&response.status_code),
            content_type: response.content_type.clone(),
            body: response.message_body.clone().unwrap_or_default(),
        });
    }
    let config = action.forward_config.as_ref()?;
    let stickiness = config.target_group_stickiness_config.as_ref();
    let is_sticky = stickiness.is_some_and(|it| it.enabled == Some(true));
    let groups = action.groups();
    Some(plane::Action::Forward {
        groups: groups
            .filter_map(|it| Some((it.target_group_arn.clone()?, it.weight.unwrap_or(1))))
            .collect(),
        stickiness_s: stickiness.and_then(|it| it.duration_seconds).filter(|_| is_sticky),
    })
}
