//! `DescribeTargetHealth`.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTargetHealth.html>

use kernel::call::Origin;
use kernel::directory::{Directory, InstanceState};
use kernel::error::ApiError;
use serde::{Deserialize, Serialize};

use super::register::TargetDescription;
use crate::Elb;
use crate::target_group::{Target, TargetGroup, TargetKey, TargetType};

/// Input of `DescribeTargetHealth`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeTargetHealthInput {
    /// Of which group.
    pub target_group_arn: String,
    /// Of which targets; of all without.
    pub targets: Option<Vec<TargetDescription>>,
    /// What is to be told beside: anomalies are none here.
    pub include: Option<Vec<String>>,
}

/// Output of `DescribeTargetHealth`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeTargetHealthOutput {
    /// Of each.
    pub target_health_descriptions: Vec<TargetHealthDescription>,
}

/// How a target is.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TargetHealthDescription {
    /// Which.
    pub target: TargetDescription,
    /// At which port it is asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health_check_port: Option<String>,
    /// How it is.
    pub target_health: TargetHealth,
    /// Whether its zone is shifted away: it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub administrative_override: Option<AdministrativeOverride>,
}

/// How a target is.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TargetHealth {
    /// `healthy`, …
    pub state: &'static str,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// The same in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// Whether somebody has moved requests away from a zone.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AdministrativeOverride {
    /// `no_override`
    pub state: &'static str,
    /// `AdministrativeOverride.NoOverride`
    pub reason: &'static str,
    /// The same in words.
    pub description: &'static str,
}

const NO_OVERRIDE: AdministrativeOverride = AdministrativeOverride {
    state: "no_override",
    reason: "AdministrativeOverride.NoOverride",
    description: "No override is currently active on target",
};

impl Elb {
    pub(crate) fn describe_target_health(
        &self,
        directory: &Directory,
        origin: &Origin,
        input: &DescribeTargetHealthInput,
    ) -> Result<DescribeTargetHealthOutput, ApiError> {
        let group = self.own_group(origin, &input.target_group_arn)?;
        let used_by = self.balancers_of_group(&group.arn);
        let named = input.targets.as_deref().unwrap_or_default();
        let described = |key: &TargetKey, target: &Target| {
            let (state, reason, description) =
                self.state_of(directory, group, &used_by, key, target).said();
            let zone = match group.target_type {
                TargetType::Instance => None,
                _ => target.zone.clone(),
            };
            description_of(group, key, zone, TargetHealth { state, reason, description })
        };
        if named.is_empty() {
            // What is terminated is not told any more, but on its own.
            let is_told = |(key, target): &(&TargetKey, &Target)| {
                target.drains_until.is_none() || !is_terminated(directory, group, key)
            };
            let all = group.targets.iter().filter(is_told);
            let all = all.map(|(key, target)| described(key, target)).collect();
            return Ok(DescribeTargetHealthOutput { target_health_descriptions: all });
        }
        let mut all = Vec::new();
        for one in named {
            let key = group.key_of(one);
            if let Some(target) = group.targets.get(&key) {
                all.push(described(&key, target));
                continue;
            }
            let health = TargetHealth {
                state: "unused",
                reason: Some("Target.NotRegistered"),
                description: Some("Target is not registered to the target group".to_owned()),
            };
            let mut unknown = description_of(group, &key, None, health);
            unknown.administrative_override = None;
            all.push(unknown);
        }
        Ok(DescribeTargetHealthOutput { target_health_descriptions: all })
    }
}

fn is_terminated(directory: &Directory, group: &TargetGroup, (id, _): &TargetKey) -> bool {
    group.target_type == TargetType::Instance
        && directory.instances.get(id).is_none_or(|it| {
            matches!(it.state, InstanceState::ShuttingDown | InstanceState::Terminated)
        })
}

fn description_of(
    group: &TargetGroup,
    (id, port): &TargetKey,
    zone: Option<String>,
    health: TargetHealth,
) -> TargetHealthDescription {
    let is_lambda = group.target_type == TargetType::Lambda;
    TargetHealthDescription {
        target: TargetDescription {
            id: id.clone(),
            port: (!is_lambda).then_some(*port),
            availability_zone: zone,
        },
        health_check_port: group
            .check
            .port
            .as_ref()
            .map(|_| group.check.port_of(*port).to_string()),
        target_health: health,
        administrative_override: (!is_lambda).then_some(NO_OVERRIDE),
    }
}
