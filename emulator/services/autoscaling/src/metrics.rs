//! What a group tells of itself once a minute, where it is told to.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-metrics.html>

use kernel::call::Origin;
use kernel::error::ApiError;
use kernel::fact::{Fact, Facts};
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::invalid;
use crate::record::Lifecycle;
use crate::shape::Empty;
use crate::state::Group;
use crate::{AutoScaling, Cx};

/// Everything that can be told. Without weights, capacity is instances; without a warm pool there is none in it.
pub(crate) const METRICS: [&str; 20] = [
    "GroupMinSize",
    "GroupMaxSize",
    "GroupDesiredCapacity",
    "GroupInServiceInstances",
    "GroupPendingInstances",
    "GroupStandbyInstances",
    "GroupTerminatingInstances",
    "GroupTotalInstances",
    "GroupInServiceCapacity",
    "GroupPendingCapacity",
    "GroupStandbyCapacity",
    "GroupTerminatingCapacity",
    "GroupTotalCapacity",
    "WarmPoolDesiredCapacity",
    "WarmPoolWarmedCapacity",
    "WarmPoolPendingCapacity",
    "WarmPoolTerminatingCapacity",
    "WarmPoolTotalCapacity",
    "GroupAndWarmPoolDesiredCapacity",
    "GroupAndWarmPoolTotalCapacity",
];

impl AutoScaling {
    pub(crate) fn enable_metrics(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &EnableMetricsCollectionInput,
    ) -> Result<Empty, ApiError> {
        if input.granularity != "1Minute" {
            return Err(invalid("Valid metrics granularity type is: [1Minute]."));
        }
        let named = named(input.metrics.as_deref())?;
        let key = self.key_of(origin, &input.auto_scaling_group_name)?;
        self.change(cx, &key, |work| {
            work.group.metrics.extend(named);
            work.cx.measured();
            Ok(Empty {})
        })
    }

    pub(crate) fn disable_metrics(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &DisableMetricsCollectionInput,
    ) -> Result<Empty, ApiError> {
        let named = named(input.metrics.as_deref())?;
        let key = self.key_of(origin, &input.auto_scaling_group_name)?;
        self.change(cx, &key, |work| {
            work.group.metrics.retain(|metric| !named.contains(metric));
            Ok(Empty {})
        })
    }
}

/// All, unless told.
fn named(metrics: Option<&[String]>) -> Result<Vec<String>, ApiError> {
    match metrics {
        None | Some([]) => Ok(METRICS.iter().map(|&name| name.to_owned()).collect()),
        Some(named) => {
            if let Some(unknown) = named.iter().find(|name| !METRICS.contains(&&***name)) {
                return Err(invalid(format!("\"{unknown}\" is not a valid metric type")));
            }
            Ok(named.to_vec())
        }
    }
}

impl Group {
    pub(crate) fn facts(&self, at: Timestamp, out: &mut Vec<Fact>) {
        if self.metrics.is_empty() {
            return;
        }
        let mut facts = Facts {
            account: &self.key.account,
            region: &self.key.region,
            namespace: "AWS/AutoScaling",
            dimensions: vec![("AutoScalingGroupName".into(), self.key.name.to_string())],
            at,
            out,
        };
        // The end of a minute is not in it.
        facts.at = Timestamp::from_ms(at.as_ms().saturating_sub(1));
        for name in METRICS.into_iter().filter(|name| self.metrics.contains(*name)) {
            if let Some(value) = self.level(name) {
                facts.state(
                    name,
                    "None",
                    kernel::fact::Meaning::Level,
                    kernel::fact::Measured::Tally(kernel::fact::Tally::of(f64::from(value))),
                );
            }
        }
    }

    fn level(&self, name: &str) -> Option<u32> {
        let count = |fits: fn(&Lifecycle) -> bool| {
            let all = self.members.values().filter(|member| fits(&member.lifecycle)).count();
            u32::try_from(all).unwrap_or(u32::MAX)
        };
        Some(match name {
            "GroupMinSize" => self.settings.min,
            "GroupMaxSize" => self.settings.max,
            "GroupDesiredCapacity" | "GroupAndWarmPoolDesiredCapacity" => self.settings.desired,
            "GroupInServiceInstances" | "GroupInServiceCapacity" => {
                count(|it| matches!(it, Lifecycle::InService))
            }
            "GroupPendingInstances" | "GroupPendingCapacity" => {
                count(|it| it.is_active() && !matches!(it, Lifecycle::InService))
            }
            "GroupStandbyInstances" | "GroupStandbyCapacity" => {
                count(|it| matches!(it, Lifecycle::Standby))
            }
            "GroupTerminatingInstances" | "GroupTerminatingCapacity" => {
                count(Lifecycle::is_leaving)
            }
            "GroupTotalInstances" | "GroupTotalCapacity" | "GroupAndWarmPoolTotalCapacity" => {
                count(|_| true)
            }
            _ => return None,
        })
    }
}

/// Input of `EnableMetricsCollection`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct EnableMetricsCollectionInput {
    /// The group.
    pub auto_scaling_group_name: String,
    /// These: all, unless told.
    pub metrics: Option<Vec<String>>,
    /// `1Minute`
    pub granularity: String,
}

/// Input of `DisableMetricsCollection`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DisableMetricsCollectionInput {
    /// The group.
    pub auto_scaling_group_name: String,
    /// These: all, unless told.
    pub metrics: Option<Vec<String>>,
}

/// A metric that a group tells.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct EnabledMetric {
    pub(crate) metric: String,
    pub(crate) granularity: &'static str,
}

/// Input of `DescribeMetricCollectionTypes`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeMetricCollectionTypesInput {}

/// Output of `DescribeMetricCollectionTypes`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeMetricCollectionTypesOutput {
    metrics: Vec<MetricCollectionType>,
    granularities: Vec<MetricGranularityType>,
}

/// A metric that can be told.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct MetricCollectionType {
    metric: &'static str,
}

/// How often.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct MetricGranularityType {
    granularity: &'static str,
}

pub(crate) fn collection_types() -> DescribeMetricCollectionTypesOutput {
    DescribeMetricCollectionTypesOutput {
        metrics: METRICS.iter().map(|metric| MetricCollectionType { metric }).collect(),
        granularities: vec![MetricGranularityType { granularity: "1Minute" }],
    }
}
