//! What follows when an alarm is in another state. The service says it; who hears it is the World's to say.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html>

use kernel::error::ApiError;
use serde_json::{Map, Value, json};

use super::{Alarm, AlarmKey, Configuration, HistoryKind, PutMetricAlarmInput, State};
use crate::query::MetricDataQuery;
use crate::{Announcement, CloudWatch, Cx};

/// An action that is to follow.
#[derive(Debug, Clone)]
pub struct AlarmAction {
    /// Its ARN, as the alarm has it: a function, a queue, a topic.
    pub arn: String,
    /// The alarm.
    pub alarm: AlarmKey,
    /// What a function is invoked with, in JSON.
    pub event: String,
    /// What a topic would be sent, in JSON.
    pub message: String,
    /// What the alarm compares with, where it is a number.
    pub threshold: Option<f64>,
    /// The points of which it was judged last, the newest last. Nothing where somebody has said how it is and nothing
    /// was looked at.
    pub recent: Vec<f64>,
}

/// Whether an action is repeated each minute while its alarm is in the state: those of Auto Scaling.
pub(super) fn repeats(arn: &str) -> bool {
    kernel::arn::Parts::parse(arn).is_some_and(|parts| parts.service == "autoscaling")
}

impl CloudWatch {
    /// The state of an alarm was another before: its actions follow.
    pub(super) fn act(&mut self, cx: &mut Cx<'_>, key: &AlarmKey, before: &State) {
        if self.is_held_back(cx, key, before) {
            return;
        }
        self.announce(cx, key, Some(before), |_| true);
    }

    /// The same state has lasted, or is told only now.
    pub(super) fn act_again(&mut self, cx: &mut Cx<'_>, key: &AlarmKey) {
        let is_composite = self.alarms.all.get(key).is_some_and(Alarm::is_composite);
        self.announce(cx, key, None, |arn| is_composite || repeats(arn));
    }

    fn announce(
        &mut self,
        cx: &mut Cx<'_>,
        key: &AlarmKey,
        before: Option<&State>,
        wanted: impl Fn(&str) -> bool,
    ) {
        let Some(alarm) = self.alarms.all.get(key) else { return };
        let actions = alarm.actions();
        if !actions.enabled {
            return;
        }
        let before = before.unwrap_or(&alarm.state);
        for arn in actions.of_state(alarm.state.value).iter().filter(|arn| wanted(arn)) {
            cx.announce(Announcement::Action(Box::new(AlarmAction {
                arn: arn.clone(),
                alarm: key.clone(),
                event: alarm.event(before).to_string(),
                message: alarm.message(before).to_string(),
                threshold: alarm.threshold(),
                recent: self.alarms.recent.get(key).cloned().unwrap_or_default(),
            })));
        }
    }

    /// What became of an action: its alarm's history tells it.
    pub fn acted(
        &mut self,
        cx: &mut Cx<'_>,
        key: &AlarmKey,
        arn: &str,
        outcome: &Result<(), ApiError>,
    ) {
        let Some(alarm) = self.alarms.all.get(key) else { return };
        let (is_composite, value) = (alarm.is_composite(), alarm.state.value);
        let (summary, error) = match outcome {
            Ok(()) => (format!("Successfully executed action {arn}"), None),
            Err(refused) => {
                (format!("Failed to execute action {arn}"), Some(refused.message().to_owned()))
            }
        };
        let data = json!({
            "actionState": if error.is_none() { "Succeeded" } else { "Failed" },
            "stateUpdateTimestamp": alarm.state.updated.as_ms(),
            "stateValue": value.as_str(),
            "notificationResource": arn,
            "publishedMessage": null,
            "error": error,
        });
        let told = (summary, data.to_string());
        self.remember(cx, (key, is_composite), HistoryKind::Action, told);
    }
}

impl Alarm {
    /// What a function is invoked with.
    fn event(&self, before: &State) -> Value {
        json!({
            "source": "aws.cloudwatch",
            "alarmArn": self.key.arn(),
            "accountId": self.key.account.as_str(),
            "time": self.state.updated.iso8601_offset(),
            "region": self.key.region.as_str(),
            "alarmData": {
                "alarmName": &*self.key.name,
                "state": told(&self.state),
                "previousState": told(before),
                "configuration": self.configured(),
            },
        })
    }

    fn configured(&self) -> Value {
        let mut told = Map::new();
        if let Some(description) = self.description() {
            told.insert("description".to_owned(), json!(description));
        }
        match &self.configuration {
            Configuration::Metric(it) => {
                let metrics: Vec<Value> = it.queries().iter().map(query).collect();
                told.insert("metrics".to_owned(), json!(metrics));
            }
            Configuration::Composite(it, _) => {
                told.insert("alarmRule".to_owned(), json!(it.alarm_rule));
                if let Some(suppressor) = &it.actions_suppressor {
                    told.insert("actionsSuppressor".to_owned(), json!(suppressor));
                    let wait = it.actions_suppressor_wait_period;
                    told.insert("actionsSuppressorWaitPeriod".to_owned(), json!(wait));
                    let extension = it.actions_suppressor_extension_period;
                    told.insert("actionsSuppressorExtensionPeriod".to_owned(), json!(extension));
                }
            }
        }
        Value::Object(told)
    }

    /// What SNS sends its subscribers.
    fn message(&self, before: &State) -> Value {
        let actions = self.actions();
        let mut message = json!({
            "AlarmName": &*self.key.name,
            "AlarmDescription": self.description(),
            "AWSAccountId": self.key.account.as_str(),
            "AlarmConfigurationUpdatedTimestamp": self.updated.iso8601_offset(),
            "NewStateValue": self.state.value.as_str(),
            "NewStateReason": self.state.reason,
            "StateChangeTime": self.state.updated.iso8601_offset(),
            "Region": region_name(self.key.region.as_str()),
            "AlarmArn": self.key.arn(),
            "OldStateValue": before.value.as_str(),
            "OKActions": actions.ok,
            "AlarmActions": actions.alarm,
            "InsufficientDataActions": actions.insufficient_data,
        });
        match &self.configuration {
            Configuration::Metric(it) => message["Trigger"] = trigger(it),
            Configuration::Composite(it, _) => message["AlarmRule"] = json!(it.alarm_rule),
        }
        message
    }
}

/// A state as events tell it.
fn told(state: &State) -> Value {
    let mut told = json!({
        "value": state.value.as_str(),
        "reason": state.reason,
    });
    if let Some(data) = &state.reason_data {
        told["reasonData"] = json!(data);
    }
    told["timestamp"] = json!(state.updated.iso8601_offset());
    told
}

/// A query as events tell it.
fn query(query: &MetricDataQuery) -> Value {
    let mut told = json!({ "id": query.id });
    if let Some(stat) = &query.metric_stat {
        let dimensions: Map<String, Value> =
            stat.metric.dimensions.iter().map(|it| (it.name.clone(), json!(it.value))).collect();
        told["metricStat"] = json!({
            "metric": {
                "namespace": stat.metric.namespace,
                "name": stat.metric.metric_name,
                "dimensions": dimensions,
            },
            "period": stat.period,
            "stat": stat.stat,
        });
        if let Some(unit) = &stat.unit {
            told["metricStat"]["unit"] = json!(unit);
        }
    }
    if let Some(expression) = &query.expression {
        told["expression"] = json!(expression);
    }
    if let Some(label) = &query.label {
        told["label"] = json!(label);
    }
    told["returnData"] = json!(query.is_returned());
    told
}

fn trigger(alarm: &PutMetricAlarmInput) -> Value {
    let missing = alarm.treat_missing_data.as_deref().unwrap_or_default();
    let mut told = match alarm.metrics.is_empty() {
        true => json!({
            "MetricName": alarm.metric_name,
            "Namespace": alarm.namespace,
            "StatisticType": if alarm.statistic.is_some() { "Statistic" } else { "ExtendedStatistic" },
            "Unit": alarm.unit,
            "Dimensions": alarm.dimensions.iter()
                .map(|it| json!({ "value": it.value, "name": it.name }))
                .collect::<Vec<_>>(),
        }),
        false => json!({ "Metrics": alarm.metrics }),
    };
    if let Some(statistic) = &alarm.statistic {
        // SNS's message has it so.
        let name = if statistic == "SampleCount" {
            "SAMPLE_COUNT".into()
        } else {
            statistic.to_uppercase()
        };
        told["Statistic"] = json!(name);
    }
    if let Some(statistic) = &alarm.extended_statistic {
        told["ExtendedStatistic"] = json!(statistic);
    }
    told["Period"] = json!(alarm.period_s());
    told["EvaluationPeriods"] = json!(alarm.evaluation_periods);
    if let Some(count) = alarm.datapoints_to_alarm {
        told["DatapointsToAlarm"] = json!(count);
    }
    told["ComparisonOperator"] = json!(alarm.comparison_operator);
    told["Threshold"] = json!(alarm.threshold);
    told["TreatMissingData"] = json!(missing);
    told["EvaluateLowSampleCountPercentile"] =
        json!(alarm.evaluate_low_sample_count_percentile.as_deref().unwrap_or_default());
    told
}

/// A region as people call it, where AWS's messages do.
fn region_name(region: &str) -> &str {
    match region {
        "us-east-1" => "US East (N. Virginia)",
        "us-east-2" => "US East (Ohio)",
        "us-west-1" => "US West (N. California)",
        "us-west-2" => "US West (Oregon)",
        "ca-central-1" => "Canada (Central)",
        "eu-central-1" => "EU (Frankfurt)",
        "eu-west-1" => "EU (Ireland)",
        "eu-west-2" => "EU (London)",
        "eu-west-3" => "EU (Paris)",
        "eu-north-1" => "EU (Stockholm)",
        "eu-south-1" => "EU (Milan)",
        "ap-northeast-1" => "Asia Pacific (Tokyo)",
        "ap-northeast-2" => "Asia Pacific (Seoul)",
        "ap-south-1" => "Asia Pacific (Mumbai)",
        "ap-southeast-1" => "Asia Pacific (Singapore)",
        "ap-southeast-2" => "Asia Pacific (Sydney)",
        "sa-east-1" => "South America (Sao Paulo)",
        other => other,
    }
}
