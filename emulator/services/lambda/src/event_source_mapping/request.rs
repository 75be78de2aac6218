//! What is asked of mappings, and how AWS shows them.

use std::collections::BTreeMap;

use kernel::arn::QueueArn;
use kernel::error::ApiError;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::{Mapping, Pollers, check};
use crate::filter::{FilterCriteria, Filters};

/// What an operation says of a mapping, beside what it names it by. Each input has all these members itself,
/// so that one that nobody knows is refused by name, and the table of what there is can read them.
macro_rules! inputs {
    ($($(#[$doc:meta])* $name:ident { $($(#[$meta:meta])* $own:ident: $type:ty,)* })*) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, Deserialize)]
        #[serde(rename_all = "PascalCase", deny_unknown_fields)]
        pub struct $name {
            $($(#[$meta])* $own: $type,)*
            enabled: Option<bool>,
            batch_size: Option<usize>,
            maximum_batching_window_in_seconds: Option<u64>,
            function_response_types: Option<Vec<String>>,
            scaling_config: Option<ScalingConfig>,
            provisioned_poller_config: Option<ProvisionedPollerConfig>,
            filter_criteria: Option<FilterCriteria>,
            #[serde(rename = "KMSKeyArn")]
            kms_key_arn: Option<String>,
            metrics_config: Option<MetricsConfig>,
            destination_config: Option<OfOtherSources>,
            parallelization_factor: Option<OfOtherSources>,
            maximum_record_age_in_seconds: Option<OfOtherSources>,
            bisect_batch_on_function_error: Option<OfOtherSources>,
            maximum_retry_attempts: Option<OfOtherSources>,
            tumbling_window_in_seconds: Option<OfOtherSources>,
            source_access_configurations: Option<OfOtherSources>,
            amazon_managed_kafka_event_source_config: Option<OfOtherSources>,
            self_managed_kafka_event_source_config: Option<OfOtherSources>,
            #[serde(rename = "DocumentDBEventSourceConfig")]
            document_db_event_source_config: Option<OfOtherSources>,
            logging_config: Option<OfOtherSources>,
        }

        impl $name {
            /// What it says of the mapping.
            ///
            /// # Errors
            /// It says what cannot be said of a mapping that reads a queue.
            pub(super) fn take_settings(&mut self) -> Result<Settings, ApiError> {
                if self.destination_config.as_ref().is_some_and(OfOtherSources::says_something) {
                    return Err(check::unsupported("DestinationConfig"));
                }
                check::none_of_others(&[
                    ("parallelizationFactor", &self.parallelization_factor),
                    ("maximumRecordAgeInSeconds", &self.maximum_record_age_in_seconds),
                    ("bisectBatchOnFunctionError", &self.bisect_batch_on_function_error),
                    ("maximumRetryAttempts", &self.maximum_retry_attempts),
                    ("tumblingWindowInSeconds", &self.tumbling_window_in_seconds),
                    ("sourceAccessConfigurations", &self.source_access_configurations),
                    (
                        "amazonManagedKafkaEventSourceConfig",
                        &self.amazon_managed_kafka_event_source_config,
                    ),
                    (
                        "selfManagedKafkaEventSourceConfig",
                        &self.self_managed_kafka_event_source_config,
                    ),
                    ("documentDBEventSourceConfig", &self.document_db_event_source_config),
                    ("loggingConfig", &self.logging_config),
                ])?;
                Ok(Settings {
                    enabled: self.enabled,
                    batch_size: self.batch_size,
                    window_s: self.maximum_batching_window_in_seconds,
                    function_response_types: self.function_response_types.take(),
                    scaling_config: self.scaling_config.take(),
                    provisioned_poller_config: self.provisioned_poller_config.take(),
                    filter_criteria: self.filter_criteria.take(),
                    kms_key_arn: self.kms_key_arn.take(),
                    metrics_config: self.metrics_config.take(),
                })
            }
        }
    )* };
}

inputs! {
    /// Input of `CreateEventSourceMapping`.
    CreateEventSourceMappingInput {
        event_source_arn: Option<String>,
        function_name: String,
        tags: Option<BTreeMap<String, String>>,
        starting_position: Option<OfOtherSources>,
        starting_position_timestamp: Option<OfOtherSources>,
        topics: Option<OfOtherSources>,
        queues: Option<OfOtherSources>,
        self_managed_event_source: Option<OfOtherSources>,
    }
    /// Input of `UpdateEventSourceMapping`.
    UpdateEventSourceMappingInput {
        #[serde(rename = "UUID")]
        uuid: String,
        function_name: Option<String>,
    }
}

/// What both can say of a mapping. A member that is not given stays as it is, an empty one is taken
/// away.
#[derive(Debug)]
pub(super) struct Settings {
    enabled: Option<bool>,
    batch_size: Option<usize>,
    window_s: Option<u64>,
    function_response_types: Option<Vec<String>>,
    scaling_config: Option<ScalingConfig>,
    provisioned_poller_config: Option<ProvisionedPollerConfig>,
    filter_criteria: Option<FilterCriteria>,
    kms_key_arn: Option<String>,
    metrics_config: Option<MetricsConfig>,
}

/// What AWS has for other event sources, and refuses of a mapping that reads a queue.
#[derive(Debug, Clone)]
pub(super) struct OfOtherSources(Value);

impl<'de> Deserialize<'de> for OfOtherSources {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        kernel::coverage::for_others(deserializer).map(Self)
    }
}

impl OfOtherSources {
    fn as_str(&self) -> Option<&str> {
        self.0.as_str()
    }

    /// Whether it is not empty.
    pub(super) fn says_something(&self) -> bool {
        check::says_something(&self.0)
    }
}

impl CreateEventSourceMappingInput {
    /// The queue that is to be read.
    #[must_use]
    pub fn queue(&self) -> Option<QueueArn> {
        self.source().ok()
    }

    /// The function that is to be invoked, as it was given.
    #[must_use]
    pub fn function_name(&self) -> &str {
        &self.function_name
    }

    pub(crate) fn tags(&self) -> Option<&BTreeMap<String, String>> {
        self.tags.as_ref()
    }

    /// The queue that is to be read.
    ///
    /// # Errors
    /// There is none, or it is something else; or what is said of it cannot be said of queues.
    pub(super) fn source(&self) -> Result<QueueArn, ApiError> {
        if self.self_managed_event_source.is_some() {
            return Err(kernel::error::parameter_not_implemented(
                "CreateEventSourceMapping",
                "SelfManagedEventSource",
            ));
        }
        let starting_position = self.starting_position.as_ref().and_then(OfOtherSources::as_str);
        let queue = check::source(self.event_source_arn.as_deref(), starting_position)?;
        let of_others = [
            ("startingPositionTimestamp", &self.starting_position_timestamp),
            ("topics", &self.topics),
            ("queues", &self.queues),
        ];
        check::none_of_others(&of_others)?;
        Ok(queue)
    }
}

impl UpdateEventSourceMappingInput {
    /// The mapping's name.
    #[must_use]
    pub fn uuid(&self) -> &str {
        &self.uuid
    }

    /// The function that it is to invoke from now on, as it was given.
    #[must_use]
    pub fn function_name(&self) -> Option<&str> {
        self.function_name.as_deref()
    }
}

impl Settings {
    pub(super) fn apply_to(self, mapping: &mut Mapping) -> Result<(), ApiError> {
        mapping.enabled = self.enabled.unwrap_or(mapping.enabled);
        mapping.batch_size = self.batch_size.unwrap_or(mapping.batch_size);
        mapping.window_s = self.window_s.unwrap_or(mapping.window_s);
        if let Some(types) = self.function_response_types {
            mapping.reports_failures = check::reports_failures(&types)?;
        }
        if let Some(scaling) = self.scaling_config {
            mapping.maximum_concurrency = scaling.maximum_concurrency;
        }
        if let Some(pollers) = self.provisioned_poller_config {
            mapping.pollers = pollers.read();
        }
        if let Some(criteria) = self.filter_criteria {
            mapping.filters = Filters::read(criteria)?;
        }
        if let Some(key) = self.kms_key_arn {
            mapping.kms_key = Some(key).filter(|key| !key.is_empty());
        }
        if let Some(metrics) = self.metrics_config {
            mapping.metrics = metrics.metrics.filter(|metrics| !metrics.is_empty());
        }
        Ok(())
    }
}

/// `ScalingConfig`
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ScalingConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    maximum_concurrency: Option<u32>,
}

/// `ProvisionedPollerConfig`
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ProvisionedPollerConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    minimum_pollers: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    maximum_pollers: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    poller_group_name: Option<String>,
}

impl ProvisionedPollerConfig {
    /// Nothing where it is empty.
    fn read(self) -> Option<Pollers> {
        let Self { minimum_pollers, maximum_pollers, poller_group_name: group } = self;
        if minimum_pollers.is_none() && maximum_pollers.is_none() && group.is_none() {
            return None;
        }
        let least = *crate::limits::MINIMUM_POLLERS.start();
        let most = *crate::limits::MINIMUM_POLLERS.end();
        let minimum = minimum_pollers.unwrap_or(least);
        Some(Pollers { minimum, maximum: maximum_pollers.unwrap_or(minimum.max(most)), group })
    }
}

/// `MetricsConfig`
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct MetricsConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    metrics: Option<Vec<String>>,
}

/// Input of `GetEventSourceMapping` and `DeleteEventSourceMapping`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MappingInput {
    #[serde(rename = "UUID")]
    pub(super) uuid: String,
}

impl MappingInput {
    /// The mapping's name.
    #[must_use]
    pub fn uuid(&self) -> &str {
        &self.uuid
    }
}

/// Input of `ListEventSourceMappings`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ListEventSourceMappingsInput {
    pub(super) event_source_arn: Option<String>,
    pub(super) function_name: Option<String>,
    pub(super) marker: Option<String>,
    pub(super) max_items: Option<usize>,
}

/// Output of `ListEventSourceMappings`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListEventSourceMappingsOutput {
    pub(super) event_source_mappings: Vec<MappingConfiguration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next_marker: Option<String>,
}

/// A mapping, as AWS shows it:
/// <https://docs.aws.amazon.com/lambda/latest/api/API_EventSourceMappingConfiguration.html>.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct MappingConfiguration {
    #[serde(rename = "UUID")]
    pub(super) uuid: String,
    batch_size: usize,
    maximum_batching_window_in_seconds: u64,
    event_source_arn: String,
    event_source_mapping_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    filter_criteria: Option<FilterCriteria>,
    #[serde(rename = "KMSKeyArn", skip_serializing_if = "Option::is_none")]
    kms_key_arn: Option<String>,
    function_arn: String,
    function_response_types: Vec<&'static str>,
    last_modified: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    metrics_config: Option<MetricsConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provisioned_poller_config: Option<ProvisionedPollerConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scaling_config: Option<ScalingConfig>,
    state: &'static str,
    state_transition_reason: &'static str,
}

impl Mapping {
    pub(super) fn configuration(&self, state: &'static str) -> MappingConfiguration {
        let reports = self.reports_failures.then_some("ReportBatchItemFailures");
        MappingConfiguration {
            uuid: self.id.0.to_string(),
            batch_size: self.batch_size,
            maximum_batching_window_in_seconds: self.window_s,
            event_source_arn: self.queue.to_string(),
            event_source_mapping_arn: self.arn(),
            filter_criteria: self.filters.criteria(),
            kms_key_arn: self.kms_key.clone(),
            function_arn: self.function.to_string(),
            function_response_types: reports.into_iter().collect(),
            last_modified: self.last_modified.as_epoch_s(),
            metrics_config: self
                .metrics
                .clone()
                .map(|metrics| MetricsConfig { metrics: Some(metrics) }),
            provisioned_poller_config: self.pollers.as_ref().map(|it| ProvisionedPollerConfig {
                minimum_pollers: Some(it.minimum),
                maximum_pollers: Some(it.maximum),
                poller_group_name: it.group.clone(),
            }),
            scaling_config: self
                .maximum_concurrency
                .map(|concurrency| ScalingConfig { maximum_concurrency: Some(concurrency) }),
            state,
            state_transition_reason: "USER_INITIATED",
        }
    }
}
