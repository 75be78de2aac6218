//! What is stored of CloudWatch, frozen: a new field or kind raises the format of data directories
//! (`emulator/src/store/formats`). The live types may change as they like; here they are converted.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use kernel::names::{AccountId, Region};
use kernel::record::Key;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Kind;
use crate::alarm::{
    Alarm as LiveAlarm, AlarmKey, Configuration, HistoryItem, HistoryKind, Rule, State, StateValue,
    Suppressed,
};
use crate::chunk::Chunk;
use crate::dashboard::{Dashboard as LiveDashboard, DashboardKey, key_of as dashboard_key};
use crate::insight_rule::{InsightRule as LiveInsightRule, RuleKey, key_of as rule_key};
use crate::key::MetricKey;
use crate::shelf::{Metric as LiveMetric, Place};
use crate::tier::Tier;
use crate::unit::Unit;

/// A metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    number: u64,
    account: AccountId,
    region: Region,
    namespace: Box<str>,
    name: Box<str>,
    dimensions: Vec<(Box<str>, Box<str>)>,
}

impl Metric {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        Key::numbered(Kind::Metric, self.number)
    }

    pub(crate) const fn number(&self) -> u64 {
        self.number
    }
}

impl From<&LiveMetric> for Metric {
    fn from(live: &LiveMetric) -> Self {
        let MetricKey { account, region, namespace, name, dimensions } = (*live.key).clone();
        Self { number: live.number, account, region, namespace, name, dimensions }
    }
}

impl From<Metric> for LiveMetric {
    fn from(stored: Metric) -> Self {
        let Metric { number, account, region, namespace, name, dimensions } = stored;
        let key = MetricKey { account, region, namespace, name, dimensions };
        Self::new(number, Arc::new(key))
    }
}

/// Points of a metric that lie close together, in the bytes of `chunk.rs` in base64.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricPoints {
    number: u64,
    metric: u64,
    unit: String,
    /// From a point to the next, in seconds: 1, 60, 300, 3600.
    step_s: u64,
    /// Where the first of them may lie, in seconds since the epoch.
    start_s: u64,
    points: String,
}

impl MetricPoints {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        Key::numbered(Kind::MetricPoints, self.number)
    }

    pub(crate) fn of(place: Place, live: &Chunk) -> Self {
        Self {
            number: live.number,
            metric: place.metric,
            unit: place.unit.as_str().to_owned(),
            step_s: place.tier.step_s(),
            start_s: place.start_s,
            points: BASE64.encode(live.to_bytes()),
        }
    }

    pub(crate) fn into_live(self) -> (Place, Chunk) {
        let Self { number, metric, unit, step_s, start_s, points } = self;
        let unit = Unit::parse(&unit).unwrap_or(Unit::NONE);
        let tier = Tier::with_step(step_s).unwrap_or(Tier::Minute);
        let bytes = BASE64.decode(points).unwrap_or_default();
        (Place { start_s, metric, unit, tier }, Chunk::from_bytes(number, &bytes))
    }
}

/// An alarm with its state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alarm {
    account: AccountId,
    region: Region,
    name: Box<str>,
    is_composite: bool,
    /// As it was put, in the JSON of AWS's API.
    configuration: String,
    updated: Timestamp,
    state: String,
    reason: String,
    reason_data: Option<String>,
    state_updated: Timestamp,
    state_transitioned: Timestamp,
    tags: BTreeMap<String, String>,
    /// Why its actions wait, and until when.
    suppressed: Option<(String, Option<Timestamp>)>,
}

impl Alarm {
    fn alarm_key(&self) -> AlarmKey {
        let (account, region) = (self.account.clone(), self.region.clone());
        AlarmKey { account, region, name: self.name.clone() }
    }

    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        Key::named(Kind::Alarm, self.alarm_key().arn())
    }
}

impl From<&LiveAlarm> for Alarm {
    fn from(live: &LiveAlarm) -> Self {
        let configuration = match &live.configuration {
            Configuration::Metric(it) => serde_json::to_string(it),
            Configuration::Composite(it, _) => serde_json::to_string(it),
        };
        let suppressed = live.suppressed.map(|suppressed| match suppressed {
            Suppressed::WaitPeriod(at) => ("WaitPeriod".to_owned(), Some(at)),
            Suppressed::ExtensionPeriod(at) => ("ExtensionPeriod".to_owned(), Some(at)),
            Suppressed::Alarm => ("Alarm".to_owned(), None),
        });
        let AlarmKey { account, region, name } = live.key.clone();
        Self {
            account,
            region,
            name,
            is_composite: live.is_composite(),
            configuration: configuration.unwrap_or_default(),
            updated: live.updated,
            state: live.state.value.as_str().to_owned(),
            reason: live.state.reason.clone(),
            reason_data: live.state.reason_data.clone(),
            state_updated: live.state.updated,
            state_transitioned: live.state.transitioned,
            tags: live.tags.clone(),
            suppressed,
        }
    }
}

impl From<Alarm> for LiveAlarm {
    fn from(stored: Alarm) -> Self {
        let key = stored.alarm_key();
        let configuration = if stored.is_composite {
            let put: crate::PutCompositeAlarmInput =
                serde_json::from_str(&stored.configuration).unwrap_or_default();
            let rule = Rule::parse(&put.alarm_rule).unwrap_or(Rule::Constant(false));
            Configuration::Composite(Box::new(put), rule)
        } else {
            let put = serde_json::from_str(&stored.configuration).unwrap_or_default();
            Configuration::Metric(Box::new(put))
        };
        let suppressed = stored.suppressed.map(|(by, until)| match (&*by, until) {
            ("WaitPeriod", Some(at)) => Suppressed::WaitPeriod(at),
            ("ExtensionPeriod", Some(at)) => Suppressed::ExtensionPeriod(at),
            _ => Suppressed::Alarm,
        });
        Self {
            key,
            configuration,
            updated: stored.updated,
            state: State {
                value: StateValue::parse(&stored.state).unwrap_or(StateValue::InsufficientData),
                reason: stored.reason,
                reason_data: stored.reason_data,
                updated: stored.state_updated,
                transitioned: stored.state_transitioned,
            },
            tags: stored.tags,
            suppressed,
        }
    }
}

/// What an alarm did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlarmHistory {
    number: u64,
    account: AccountId,
    region: Region,
    alarm: Box<str>,
    is_composite: bool,
    at: Timestamp,
    kind: String,
    summary: String,
    data: String,
}

impl AlarmHistory {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        Key::numbered(Kind::AlarmHistory, self.number)
    }
}

impl From<&HistoryItem> for AlarmHistory {
    fn from(live: &HistoryItem) -> Self {
        let AlarmKey { account, region, name } = live.alarm.clone();
        Self {
            number: live.number,
            account,
            region,
            alarm: name,
            is_composite: live.is_composite,
            at: live.at,
            kind: live.kind.as_str().to_owned(),
            summary: live.summary.clone(),
            data: live.data.clone(),
        }
    }
}

impl From<AlarmHistory> for HistoryItem {
    fn from(stored: AlarmHistory) -> Self {
        let AlarmHistory { number, account, region, alarm, is_composite, at, kind, summary, data } =
            stored;
        let kind = HistoryKind::parse(&kind).unwrap_or(HistoryKind::StateUpdate);
        let alarm = AlarmKey { account, region, name: alarm };
        Self { number, alarm, is_composite, at, kind, summary, data }
    }
}

/// A dashboard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Dashboard {
    account: AccountId,
    name: Box<str>,
    body: String,
    modified: Timestamp,
    tags: BTreeMap<String, String>,
}

impl Dashboard {
    pub(crate) fn of((account, name): &DashboardKey, live: &LiveDashboard) -> Self {
        let LiveDashboard { body, modified, tags } = live.clone();
        Self { account: account.clone(), name: name.clone(), body, modified, tags }
    }

    pub(crate) fn into_live(self) -> (DashboardKey, LiveDashboard) {
        let Self { account, name, body, modified, tags } = self;
        ((account, name), LiveDashboard { body, modified, tags })
    }

    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        dashboard_key(&(self.account.clone(), self.name.clone()))
    }
}

/// A rule of Contributor Insights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InsightRule {
    account: AccountId,
    region: Region,
    name: Box<str>,
    definition: String,
    is_enabled: bool,
    tags: BTreeMap<String, String>,
}

impl InsightRule {
    pub(crate) fn of((account, region, name): &RuleKey, live: &LiveInsightRule) -> Self {
        let LiveInsightRule { definition, is_enabled, tags } = live.clone();
        let (account, region, name) = (account.clone(), region.clone(), name.clone());
        Self { account, region, name, definition, is_enabled, tags }
    }

    pub(crate) fn into_live(self) -> (RuleKey, LiveInsightRule) {
        let Self { account, region, name, definition, is_enabled, tags } = self;
        ((account, region, name), LiveInsightRule { definition, is_enabled, tags })
    }

    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        rule_key(&(self.account.clone(), self.region.clone(), self.name.clone()))
    }
}
