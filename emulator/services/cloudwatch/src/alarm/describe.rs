//! Alarms as they are described.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html>

use kernel::call::Origin;
use kernel::error::ApiError;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    Alarm, AlarmKey, Configuration, PutCompositeAlarmInput, PutMetricAlarmInput, Suppressed,
};
use crate::error::{INVALID_NEXT_TOKEN, VALIDATION};
use crate::key::Dimension;
use crate::limits::PAGE_DEFAULT;
use crate::unit::Unit;
use crate::{CloudWatch, page};

impl CloudWatch {
    /// How an alarm is, and why: for what is drawn of it. Nothing where it is not there.
    #[must_use]
    pub fn alarm_state(&self, key: &AlarmKey) -> Option<(&'static str, &str)> {
        let state = &self.alarms.all.get(key)?.state;
        Some((state.value.as_str(), &state.reason))
    }

    pub(crate) fn describe_alarms(
        &self,
        origin: &Origin,
        input: &DescribeAlarmsInput,
    ) -> Result<DescribeAlarmsOutput, ApiError> {
        if input.alarm_names.is_some() && input.alarm_name_prefix.is_some() {
            return Err(VALIDATION.says(
                "The parameters AlarmNames and AlarmNamePrefix are mutually exclusive and you have specified both.",
            ));
        }
        let family = self.family(origin, input);
        let wanted = self.own_alarms(origin).filter(|alarm| {
            input.wants(alarm) && family.as_ref().is_none_or(|keys| keys.contains(&alarm.key))
        });
        let limit = input.max_records.and_then(|count| usize::try_from(count).ok());
        let scope = format!("alarms {} {}", origin.account, origin.region);
        let place = |alarm: &&Alarm| alarm.key.name.to_string();
        let token = input.next_token.as_deref();
        let page = page::of(wanted, token, limit.unwrap_or(PAGE_DEFAULT), place, &scope);
        let page = page.ok_or_else(|| ApiError::from(&INVALID_NEXT_TOKEN))?;
        let mut output = DescribeAlarmsOutput { next_token: page.next_token, ..Default::default() };
        for alarm in page.items {
            match &alarm.configuration {
                Configuration::Metric(it) => output.metric_alarms.push(alarm.described_metric(it)),
                Configuration::Composite(it, _) => {
                    output.composite_alarms.push(alarm.described_composite(it));
                }
            }
        }
        Ok(output)
    }

    /// The alarms that a rule names, or whose rules name one, where a request asks for these.
    fn family(&self, origin: &Origin, input: &DescribeAlarmsInput) -> Option<Vec<AlarmKey>> {
        if let Some(name) = &input.children_of_alarm_name {
            let key = AlarmKey::own(origin, name);
            let mut children = Vec::new();
            let alarm = self.alarms.all.get(&key);
            if let Some(Alarm { configuration: Configuration::Composite(_, rule), .. }) = alarm {
                rule.names(&mut |name| children.push(key.named_by(name)));
            }
            return Some(children);
        }
        let name = input.parents_of_alarm_name.as_ref()?;
        let key = AlarmKey::own(origin, name);
        Some(self.parents(&key).map(|alarm| alarm.key.clone()).collect())
    }

    /// The alarms of an account and region, in the order of their names.
    fn own_alarms<'a>(&'a self, origin: &'a Origin) -> impl Iterator<Item = &'a Alarm> {
        self.alarms.all.range(AlarmKey::own(origin, "")..).map(|(_, alarm)| alarm).take_while(
            |alarm| alarm.key.account == origin.account && alarm.key.region == origin.region,
        )
    }

    pub(crate) fn describe_alarms_for_metric(
        &self,
        origin: &Origin,
        input: &DescribeAlarmsForMetricInput,
    ) -> Result<DescribeAlarmsForMetricOutput, ApiError> {
        let unit = input.unit.as_deref().and_then(Unit::parse);
        let about = (&*input.namespace, &*input.metric_name);
        let wanted = self.own_alarms(origin).filter_map(|alarm| {
            let Configuration::Metric(it) = &alarm.configuration else { return None };
            let is_so = it.is_about(about, &input.dimensions, unit)
                && input.period.is_none_or(|period| it.period == Some(period))
                && (input.statistic.is_none() || input.statistic == it.statistic)
                && (input.extended_statistic.is_none()
                    || input.extended_statistic == it.extended_statistic);
            is_so.then(|| alarm.described_metric(it))
        });
        Ok(DescribeAlarmsForMetricOutput { metric_alarms: wanted.collect() })
    }
}

impl DescribeAlarmsInput {
    fn wants(&self, alarm: &Alarm) -> bool {
        let (name, kind) = match alarm.is_composite() {
            true => (&*alarm.key.name, "CompositeAlarm"),
            false => (&*alarm.key.name, "MetricAlarm"),
        };
        // Composite alarms are described where they are asked for: by type, by name, or as parents.
        let is_of_type = match &self.alarm_types {
            Some(types) if !types.is_empty() => types.iter().any(|it| it == kind),
            _ if self.children_of_alarm_name.is_some() => true,
            _ if self.parents_of_alarm_name.is_some() => true,
            _ => kind == "MetricAlarm",
        };
        let actions = alarm.actions();
        let mut all = actions.ok.iter().chain(actions.alarm).chain(actions.insufficient_data);
        is_of_type
            && self.alarm_names.as_ref().is_none_or(|names| names.iter().any(|it| it == name))
            && self.alarm_name_prefix.as_ref().is_none_or(|prefix| name.starts_with(&**prefix))
            && self.state_value.as_ref().is_none_or(|it| it == alarm.state.value.as_str())
            && self
                .action_prefix
                .as_ref()
                .is_none_or(|prefix| all.any(|arn| arn.starts_with(&**prefix)))
    }
}

impl Alarm {
    fn described_metric(&self, configuration: &PutMetricAlarmInput) -> MetricAlarm {
        let configuration = PutMetricAlarmInput {
            actions_enabled: Some(configuration.actions_enabled.unwrap_or(true)),
            ..configuration.clone()
        };
        MetricAlarm { configuration, status: self.status() }
    }

    fn described_composite(&self, configuration: &PutCompositeAlarmInput) -> CompositeAlarm {
        let configuration = PutCompositeAlarmInput {
            actions_enabled: Some(configuration.actions_enabled.unwrap_or(true)),
            ..configuration.clone()
        };
        let by = self.suppressed.map(Suppressed::as_str);
        let reason = by.map(|by| format!("Actions suppressed by {by}"));
        CompositeAlarm {
            configuration,
            status: self.status(),
            actions_suppressed_by: by,
            actions_suppressed_reason: reason,
        }
    }

    fn status(&self) -> AlarmStatus {
        AlarmStatus {
            alarm_arn: self.key.arn(),
            alarm_configuration_updated_timestamp: self.updated.as_epoch_s(),
            state_value: self.state.value.as_str(),
            state_reason: self.state.reason.clone(),
            state_reason_data: self.state.reason_data.clone(),
            state_updated_timestamp: self.state.updated.as_epoch_s(),
            state_transitioned_timestamp: self.state.transitioned.as_epoch_s(),
        }
    }

    /// It as its history tells it: the names of its members begin in lower case.
    pub(super) fn told(&self) -> Value {
        let configuration = match &self.configuration {
            Configuration::Metric(it) => serde_json::to_value(it),
            Configuration::Composite(it, _) => serde_json::to_value(it),
        };
        let mut told = lower(configuration.unwrap_or_default());
        told["alarmArn"] = json!(self.key.arn());
        told["actionsEnabled"] = json!(self.actions().enabled);
        told["alarmConfigurationUpdatedTimestamp"] = json!(self.updated.iso8601_offset());
        told["stateValue"] = json!(self.state.value.as_str());
        told["stateUpdatedTimestamp"] = json!(self.state.updated.iso8601_offset());
        told
    }
}

fn lower(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .map(|(mut name, value)| {
                // `OKActions` is `okactions`.
                if let Some(acronym) = name.strip_prefix("OK") {
                    name = format!("ok{}", acronym.to_lowercase());
                } else if let Some(first) = name.get_mut(..1) {
                    first.make_ascii_lowercase();
                }
                (name, lower(value))
            })
            .collect(),
        Value::Array(items) => items.into_iter().map(lower).collect(),
        other => other,
    }
}

/// Input of `DescribeAlarms`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeAlarmsInput {
    /// These.
    pub alarm_names: Option<Vec<String>>,
    /// Whose names begin so.
    pub alarm_name_prefix: Option<String>,
    /// Metric alarms, unless told.
    pub alarm_types: Option<Vec<String>>,
    /// Those that this one's rule names.
    pub children_of_alarm_name: Option<String>,
    /// Those whose rules name this one.
    pub parents_of_alarm_name: Option<String>,
    /// In this state.
    pub state_value: Option<String>,
    /// With an action that begins so.
    pub action_prefix: Option<String>,
    /// Alarms of a page.
    pub max_records: Option<i64>,
    /// Where the page before ended.
    pub next_token: Option<String>,
}

/// Output of `DescribeAlarms`.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeAlarmsOutput {
    /// Those that are composed of others.
    pub composite_alarms: Vec<CompositeAlarm>,
    /// Those that watch metrics.
    pub metric_alarms: Vec<MetricAlarm>,
    /// Where the next page begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// What all alarms tell beside their configuration.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AlarmStatus {
    alarm_arn: String,
    alarm_configuration_updated_timestamp: f64,
    state_value: &'static str,
    state_reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    state_reason_data: Option<String>,
    state_updated_timestamp: f64,
    state_transitioned_timestamp: f64,
}

/// An alarm that watches a metric.
#[derive(Debug, Clone, Serialize)]
pub struct MetricAlarm {
    #[serde(flatten)]
    configuration: PutMetricAlarmInput,
    #[serde(flatten)]
    status: AlarmStatus,
}

/// An alarm that is composed of others.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CompositeAlarm {
    #[serde(flatten)]
    configuration: PutCompositeAlarmInput,
    #[serde(flatten)]
    status: AlarmStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    actions_suppressed_by: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    actions_suppressed_reason: Option<String>,
}

/// Input of `DescribeAlarmsForMetric`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeAlarmsForMetricInput {
    /// The metric.
    pub metric_name: String,
    /// Its namespace.
    pub namespace: String,
    /// Of this statistic.
    pub statistic: Option<String>,
    /// The same, of the values themselves.
    pub extended_statistic: Option<String>,
    /// Its dimensions.
    #[serde(default)]
    pub dimensions: Vec<Dimension>,
    /// Of this period.
    pub period: Option<i64>,
    /// In this unit.
    pub unit: Option<String>,
}

/// Output of `DescribeAlarmsForMetric`.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeAlarmsForMetricOutput {
    /// The alarms.
    pub metric_alarms: Vec<MetricAlarm>,
}
