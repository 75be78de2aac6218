//! Structures of the API that are kept as they come: what a group's instances are launched by, policies, refreshes.

use serde::{Deserialize, Serialize};

macro_rules! shapes {
    ($( $(#[$doc:meta])* $name:ident { $( $(#[$attribute:meta])* $field:ident: $type:ty, )* } )*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
            #[serde(rename_all = "PascalCase", deny_unknown_fields)]
            pub struct $name {
                $(
                    $(#[$attribute])*
                    #[serde(skip_serializing_if = "crate::shape::is_nothing", default)]
                    pub $field: $type,
                )*
            }
        )*
    };
}

/// Whether a member is left out of an answer.
trait Nothing {
    fn is_nothing(&self) -> bool;
}

impl<T> Nothing for Option<T> {
    fn is_nothing(&self) -> bool {
        self.is_none()
    }
}

impl<T> Nothing for Vec<T> {
    fn is_nothing(&self) -> bool {
        self.is_empty()
    }
}

impl Nothing for String {
    fn is_nothing(&self) -> bool {
        false
    }
}

impl Nothing for f64 {
    fn is_nothing(&self) -> bool {
        false
    }
}

impl Nothing for Metric {
    fn is_nothing(&self) -> bool {
        false
    }
}

impl Nothing for i64 {
    fn is_nothing(&self) -> bool {
        false
    }
}

#[expect(private_bounds, reason = "serde calls it from structs of this file alone")]
pub(crate) fn is_nothing<T: Nothing>(it: &T) -> bool {
    it.is_nothing()
}

shapes! {
    /// A launch template.
    LaunchTemplateSpecification {
        /// `lt-…`
        launch_template_id: Option<String>,
        /// Its name.
        launch_template_name: Option<String>,
        /// A number, `$Latest` or `$Default`.
        version: Option<String>,
    }
    /// A launch template with overrides.
    MixedInstancesPolicy {
        /// The template.
        launch_template: Option<MixedLaunchTemplate>,
        /// What is bought how.
        instances_distribution: Option<InstancesDistribution>,
    }
    /// A template and what may be launched in the place of what it says.
    MixedLaunchTemplate {
        /// The template.
        launch_template_specification: Option<LaunchTemplateSpecification>,
        /// The first is used.
        overrides: Option<Vec<LaunchTemplateOverrides>>,
    }
    /// What is launched in the place of what a template says.
    LaunchTemplateOverrides {
        /// `t2.medium`
        instance_type: Option<String>,
        /// For how many it counts: only kept.
        weighted_capacity: Option<String>,
        /// Another template.
        launch_template_specification: Option<LaunchTemplateSpecification>,
        /// Another image.
        image_id: Option<String>,
    }
    /// What is bought how: only kept.
    InstancesDistribution {
        /// `prioritized` or `lowest-price`.
        on_demand_allocation_strategy: Option<String>,
        /// How many are on demand in any case.
        on_demand_base_capacity: Option<i64>,
        /// What part of the others is on demand, in percent.
        on_demand_percentage_above_base_capacity: Option<i64>,
        /// `lowest-price`, `capacity-optimized`, …
        spot_allocation_strategy: Option<String>,
        /// In how many pools.
        spot_instance_pools: Option<i64>,
        /// The price at most.
        spot_max_price: Option<String>,
    }
    /// How many are healthy while some are replaced: only kept.
    InstanceMaintenancePolicy {
        /// At least, in percent.
        min_healthy_percentage: Option<i64>,
        /// At most, in percent.
        max_healthy_percentage: Option<i64>,
    }
    /// Where a group's instances are.
    AvailabilityZoneDistribution {
        /// `balanced-best-effort` or `balanced-only`.
        capacity_distribution_strategy: Option<String>,
    }
    /// A volume.
    BlockDeviceMapping {
        /// `ephemeral0`
        virtual_name: Option<String>,
        /// `/dev/sdf`
        device_name: String,
        /// What it is.
        ebs: Option<Ebs>,
        /// There is none.
        no_device: Option<bool>,
    }
    /// A volume of EBS.
    Ebs {
        /// What it begins with.
        snapshot_id: Option<String>,
        /// In gibibytes.
        volume_size: Option<i64>,
        /// `gp3`
        volume_type: Option<String>,
        /// It ends with its instance.
        delete_on_termination: Option<bool>,
        /// Operations in a second.
        iops: Option<i64>,
        /// It is encrypted.
        encrypted: Option<bool>,
        /// In mebibytes in a second.
        throughput: Option<i64>,
    }
    /// How an instance's metadata is asked for.
    InstanceMetadataOptions {
        /// `optional` or `required`.
        http_tokens: Option<String>,
        /// Over how many networks an answer goes.
        http_put_response_hop_limit: Option<i64>,
        /// `enabled` or `disabled`.
        http_endpoint: Option<String>,
    }
    /// A step of a policy.
    StepAdjustment {
        /// From how far off, from the alarm's threshold.
        metric_interval_lower_bound: Option<f64>,
        /// To how far off.
        metric_interval_upper_bound: Option<f64>,
        /// How much.
        scaling_adjustment: i64,
    }
    /// What is kept at which value.
    TargetTrackingConfiguration {
        /// A metric that has a name here.
        predefined_metric_specification: Option<PredefinedMetricSpecification>,
        /// Any other.
        customized_metric_specification: Option<CustomizedMetricSpecification>,
        /// The value.
        target_value: f64,
        /// It never takes instances away.
        disable_scale_in: Option<bool>,
    }
    /// A metric that has a name here.
    PredefinedMetricSpecification {
        /// `ASGAverageCPUUtilization`, …
        predefined_metric_type: String,
        /// `app/name/id/targetgroup/name/id`
        resource_label: Option<String>,
    }
    /// Any metric.
    CustomizedMetricSpecification {
        /// Its name.
        metric_name: Option<String>,
        /// Its namespace.
        namespace: Option<String>,
        /// Its dimensions.
        dimensions: Option<Vec<MetricDimension>>,
        /// Of its points.
        statistic: Option<String>,
        /// Points in this unit alone.
        unit: Option<String>,
        /// The length of a period, in seconds.
        period: Option<i64>,
        /// Metrics and expressions, of which one returns data.
        metrics: Option<Vec<TargetTrackingMetricDataQuery>>,
    }
    /// A dimension of a metric.
    MetricDimension {
        /// Its name.
        name: String,
        /// Its value.
        value: String,
    }
    /// A metric or an expression.
    TargetTrackingMetricDataQuery {
        /// What expressions call it.
        id: String,
        /// The expression.
        expression: Option<String>,
        /// The metric.
        metric_stat: Option<TargetTrackingMetricStat>,
        /// For people.
        label: Option<String>,
        /// The length of a period, in seconds.
        period: Option<i64>,
        /// It is what counts.
        return_data: Option<bool>,
    }
    /// A statistic of a metric.
    TargetTrackingMetricStat {
        /// The metric.
        metric: Metric,
        /// `Average`
        stat: String,
        /// Points in this unit alone.
        unit: Option<String>,
        /// The length of a period, in seconds.
        period: Option<i64>,
    }
    /// A metric.
    Metric {
        /// Its namespace.
        namespace: String,
        /// Its name.
        metric_name: String,
        /// Its dimensions.
        dimensions: Option<Vec<MetricDimension>>,
    }
    /// What a group launches from a refresh on.
    DesiredConfiguration {
        /// A template.
        launch_template: Option<LaunchTemplateSpecification>,
        /// A template with overrides.
        mixed_instances_policy: Option<MixedInstancesPolicy>,
    }
    /// How a refresh is done.
    RefreshPreferences {
        /// How many are healthy at least, in percent.
        min_healthy_percentage: Option<i64>,
        /// How many there are at most, in percent.
        max_healthy_percentage: Option<i64>,
        /// How long a new instance warms up, in seconds.
        instance_warmup: Option<i64>,
        /// Where it pauses, in percent.
        checkpoint_percentages: Option<Vec<i64>>,
        /// For how long, in seconds.
        checkpoint_delay: Option<i64>,
        /// Instances that are as they shall be stay.
        skip_matching: Option<bool>,
        /// It goes back where it fails.
        auto_rollback: Option<bool>,
        /// What becomes of protected instances: `Refresh`, `Ignore` or `Wait`.
        scale_in_protected_instances: Option<String>,
        /// What becomes of those in standby: `Terminate`, `Ignore` or `Wait`.
        standby_instances: Option<String>,
        /// How long it waits at its end, in seconds.
        bake_time: Option<i64>,
    }
}

/// What an operation answers that has nothing to say.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Empty {}

/// A filter of a list.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Filter {
    /// Of what.
    pub name: Option<String>,
    /// One of these.
    #[serde(default)]
    pub values: Vec<String>,
}

/// The name of a group.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct GroupNameInput {
    /// The group.
    pub auto_scaling_group_name: String,
}
