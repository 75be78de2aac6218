//! `RegisterTargets` and `DeregisterTargets`.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-register-targets.html>

use std::net::{IpAddr, Ipv4Addr};

use kernel::arn::Arn;
use kernel::call::Origin;
use kernel::directory::{Directory, InstanceState};
use kernel::error::ApiError;
use kernel::record::Key;
use serde::{Deserialize, Serialize};

use crate::error::{INVALID_TARGET, TOO_MANY_TARGETS, wrong};
use crate::limits::TARGETS_MAX;
use crate::target_group::attributes::DELAY_S;
use crate::target_group::{Target, TargetGroup, TargetKey, TargetType, record_name};
use crate::{Cx, Due, Elb, Empty, Kind, Record};

/// A target, as calls name it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct TargetDescription {
    /// An instance's id, an address, or a function's ARN.
    pub id: String,
    /// Where it listens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// Its zone, or `all`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub availability_zone: Option<String>,
}

/// Input of `RegisterTargets` and `DeregisterTargets`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct TargetsInput {
    /// Of which group.
    pub target_group_arn: String,
    /// Which.
    pub targets: Vec<TargetDescription>,
}

/// The addresses beside those of the network that may be targets.
const PRIVATE: [(Ipv4Addr, u32); 4] = [
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
];

fn lies_in(address: Ipv4Addr, base: Ipv4Addr, bits: u32) -> bool {
    let mask = u32::MAX.checked_shl(32 - bits.min(32)).unwrap_or(0);
    u32::from(address) & mask == u32::from(base) & mask
}

fn lies_in_block(address: Ipv4Addr, cidr: &str) -> bool {
    let parts = cidr.split_once('/');
    parts.is_some_and(|(base, bits)| match (base.parse(), bits.parse()) {
        (Ok(base), Ok(bits)) => lies_in(address, base, bits),
        _ => false,
    })
}

/// The zone of the network's subnet in which an address lies.
fn subnet_zone(directory: &Directory, vpc: &str, address: Ipv4Addr) -> Option<String> {
    let own = directory.subnets.values().filter(|it| it.vpc == vpc);
    let mut found = own.filter(|it| lies_in_block(address, &it.cidr));
    found.next().map(|it| it.zone.clone())
}

impl TargetGroup {
    /// Where a target is that a call names.
    pub(super) fn key_of(&self, named: &TargetDescription) -> TargetKey {
        let port = match self.target_type {
            TargetType::Lambda => 0,
            _ => named.port.or(self.port).unwrap_or(0),
        };
        (named.id.clone(), port)
    }

    /// Refuses what cannot be a target of this group; else its zone.
    fn admit(
        &self,
        directory: &Directory,
        named: &TargetDescription,
    ) -> Result<Option<String>, ApiError> {
        match self.target_type {
            TargetType::Instance => self.admit_instance(directory, named),
            TargetType::Ip => self.admit_address(directory, named),
            TargetType::Lambda => self.admit_function(named),
        }
    }

    fn admit_instance(
        &self,
        directory: &Directory,
        named: &TargetDescription,
    ) -> Result<Option<String>, ApiError> {
        let id = &named.id;
        if !id.starts_with("i-") {
            return wrong(format!("Instance ID '{id}' is not valid"));
        }
        if named.availability_zone.is_some() {
            return wrong(
                "You cannot specify an Availability Zone for targets of a target group with target type 'instance'",
            );
        }
        let vpc = self.vpc.as_deref();
        let found = directory.instances.get(id).filter(|it| {
            it.home.account == self.account
                && it.home.region == self.region
                && Some(&*it.vpc) == vpc
        });
        let Some(instance) = found.filter(|it| it.state != InstanceState::Terminated) else {
            return Err(INVALID_TARGET.says(format!(
                "The following targets are not in the target group VPC '{}': '{id}'",
                vpc.unwrap_or_default()
            )));
        };
        match instance.state {
            InstanceState::Running => Ok(None),
            _ => Err(INVALID_TARGET.says(format!(
                "The following targets are not in a running state and cannot be registered: '{id}'"
            ))),
        }
    }

    fn admit_address(
        &self,
        directory: &Directory,
        named: &TargetDescription,
    ) -> Result<Option<String>, ApiError> {
        let (id, vpc) = (&named.id, self.vpc.as_deref().unwrap_or_default());
        let zone = named.availability_zone.as_deref();
        let address: IpAddr = match id.parse() {
            Ok(address) => address,
            Err(_) => return wrong(format!("The IP address '{id}' is not a valid IPv4 address")),
        };
        let IpAddr::V4(address) = address else {
            return match self.ip_address_type.as_deref() {
                Some("ipv6") => Ok(zone.map(str::to_owned)),
                _ => wrong(format!("The IP address '{id}' is not a valid IPv4 address")),
            };
        };
        let cidr = directory.vpcs.get(vpc).map_or("", |it| &it.cidr);
        if lies_in_block(address, cidr) {
            let own = subnet_zone(directory, vpc, address);
            let Some(own) = own else {
                return wrong(format!(
                    "The IP address '{id}' is not within any subnet of the VPC '{vpc}'"
                ));
            };
            return match zone.filter(|zone| *zone != own) {
                Some(other) => wrong(format!(
                    "The IP address '{id}' is within the VPC, and cannot have its Availability Zone overridden to '{other}' from '{own}'"
                )),
                None => Ok(Some(own)),
            };
        }
        if !PRIVATE.iter().any(|(base, bits)| lies_in(address, *base, *bits)) {
            return wrong(format!(
                "The IP address '{id}' is not allowed, as it must be an address from a VPC subnet, RFC1918, or RFC6598"
            ));
        }
        match zone {
            Some(zone) => Ok(Some(zone.to_owned())),
            None => wrong(format!(
                "The Availability Zone must be specified for IP address '{id}', which is outside of the VPC"
            )),
        }
    }

    fn admit_function(&self, named: &TargetDescription) -> Result<Option<String>, ApiError> {
        let id = &named.id;
        if !matches!(Arn::parse(id), Some(Arn::Function(_))) {
            return wrong(format!("Lambda function ARN '{id}' is not valid"));
        }
        if named.port.is_some() {
            return wrong("Port cannot be specified for targets with target type 'lambda'");
        }
        let is_other =
            |(key, target): (&TargetKey, &Target)| key.0 != *id && target.drains_until.is_none();
        match self.targets.iter().any(is_other) {
            true => Err(TOO_MANY_TARGETS.says(
                "You cannot register more than '1' target in a target group with target type 'lambda'",
            )),
            false => Ok(Some("all".to_owned())),
        }
    }
}

impl Elb {
    pub(crate) fn register_targets(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &TargetsInput,
    ) -> Result<Empty, ApiError> {
        let group = self.own_group(origin, &input.target_group_arn)?;
        if input.targets.is_empty() {
            return wrong("At least one target must be specified");
        }
        let mut admitted = Vec::new();
        for named in &input.targets {
            admitted.push((group.key_of(named), group.admit(cx.directory, named)?));
        }
        let known = admitted.iter().filter(|(key, _)| group.targets.contains_key(key)).count();
        if group.targets.len() + admitted.len() - known > TARGETS_MAX {
            return Err(TOO_MANY_TARGETS.says(format!(
                "The maximum number of targets in target group '{}' has been reached: '{TARGETS_MAX}'",
                group.arn
            )));
        }
        self.add_targets(cx, &input.target_group_arn, admitted);
        Ok(Empty {})
    }

    fn add_targets(
        &mut self,
        cx: &mut Cx<'_>,
        arn: &str,
        admitted: Vec<(TargetKey, Option<String>)>,
    ) {
        let cause = Some(cx.cause());
        let Some(group) = self.groups.get_mut(arn) else { return };
        for (key, zone) in admitted {
            let before = group.targets.get(&key);
            // What is registered stays as it is; what drains comes back.
            if before.is_some_and(|it| it.drains_until.is_none()) {
                continue;
            }
            if let Some(at) = before.and_then(|it| it.drains_until) {
                cx.deadlines.cancel(at, Due::Drained(Box::new((arn.to_owned(), key.clone()))));
            }
            let target = Target::new(zone, cx.now, cause);
            cx.put(|| Record::target(arn, &key, &target));
            group.targets.insert(key, target);
        }
        self.group_used_otherwise(cx, arn);
    }

    pub(crate) fn deregister_targets(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &TargetsInput,
    ) -> Result<Empty, ApiError> {
        let group = self.own_group(origin, &input.target_group_arn)?;
        // One that is not there is taken out, too. Without a port it is the one at the group's own.
        let keys: Vec<TargetKey> = input.targets.iter().map(|it| group.key_of(it)).collect();
        self.take_targets(cx, &input.target_group_arn, &keys);
        Ok(Empty {})
    }

    /// Targets are taken out: where requests may be under way, they get time to finish.
    pub(super) fn take_targets(&mut self, cx: &mut Cx<'_>, arn: &str, keys: &[TargetKey]) {
        let is_used = self.is_group_used(arn);
        let Some(group) = self.groups.get_mut(arn) else { return };
        let delay_s = group.number(DELAY_S);
        let drains = is_used && delay_s > 0 && group.target_type != TargetType::Lambda;
        let mut taken = Vec::new();
        for key in keys {
            let Some(target) = group.targets.get_mut(key) else { continue };
            if target.drains_until.is_some() {
                continue;
            }
            let before = target.clone();
            if drains {
                let until = cx.now.after_s(u64::from(delay_s));
                target.drains_until = Some(until);
                (target.asked_next, target.answers_until) = (None, None);
                target.cause = Some(cx.cause());
                cx.deadlines.schedule(until, Due::Drained(Box::new((arn.to_owned(), key.clone()))));
                cx.put(|| Record::target(arn, key, target));
            } else {
                group.targets.remove(key);
                cx.delete(|| Key::named(Kind::Target, record_name(arn, key)));
            }
            taken.push((key.clone(), before));
        }
        for (key, before) in &taken {
            self.forget_checks(cx, arn, key, before);
        }
        self.group_used_otherwise(cx, arn);
    }

    /// Instances come to a group, at its port: a scaling group adds them. Those that cannot be its targets do not.
    ///
    /// # Errors
    /// There is no such group, or one of them cannot be its target; the others are.
    pub fn register(
        &mut self,
        cx: &mut Cx<'_>,
        target_group_arn: &str,
        instances: &[String],
    ) -> Result<(), ApiError> {
        let group = self.groups.get(target_group_arn);
        let group = group.ok_or_else(|| ApiError::from(&crate::error::TARGET_GROUP_NOT_FOUND))?;
        let (mut admitted, mut refused) = (Vec::new(), Ok(()));
        for id in instances {
            let named = TargetDescription { id: id.clone(), ..TargetDescription::default() };
            match group.admit(cx.directory, &named) {
                Ok(zone) => admitted.push((group.key_of(&named), zone)),
                Err(error) => refused = Err(error),
            }
        }
        self.add_targets(cx, target_group_arn, admitted);
        self.flush(cx);
        refused
    }

    /// Instances leave a group, from whichever port: a scaling group takes them out. The answer is until when they have to
    /// finish what they have; nothing where they are gone at once.
    pub fn deregister(
        &mut self,
        cx: &mut Cx<'_>,
        target_group_arn: &str,
        instances: &[String],
    ) -> Option<kernel::time::Timestamp> {
        let group = self.groups.get(target_group_arn)?;
        let own = group.targets.keys().filter(|(id, _)| instances.contains(id));
        let keys: Vec<TargetKey> = own.cloned().collect();
        self.take_targets(cx, target_group_arn, &keys);
        self.flush(cx);
        let group = self.groups.get(target_group_arn)?;
        keys.iter().filter_map(|key| group.targets.get(key)?.drains_until).max()
    }
}
