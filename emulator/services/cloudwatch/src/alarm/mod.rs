//! Alarms: what they watch, how they are, what follows from it.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html>

mod action;
mod composite;
mod delete;
mod describe;
mod history;
mod put;
mod reason;
mod rule;
mod state;
mod suppressor;
pub(crate) mod verdict;
mod watch;

use std::collections::{BTreeMap, BTreeSet};

use kernel::call::Origin;
use kernel::names::{AccountId, Region};
use kernel::time::Timestamp;
use kernel::trace::CauseId;

use crate::key::MetricKey;

pub use action::AlarmAction;
pub use composite::PutCompositeAlarmInput;
pub use delete::AlarmNamesInput;
pub use describe::{
    CompositeAlarm, DescribeAlarmsForMetricInput, DescribeAlarmsForMetricOutput,
    DescribeAlarmsInput, DescribeAlarmsOutput, MetricAlarm,
};
pub use history::{AlarmHistoryItem, DescribeAlarmHistoryInput, DescribeAlarmHistoryOutput};
pub(crate) use history::{HistoryItem, HistoryKind};
pub use put::PutMetricAlarmInput;
pub(crate) use rule::Rule;
pub use state::SetAlarmStateInput;

/// By what an alarm is known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AlarmKey {
    /// Whose it is.
    pub account: AccountId,
    /// Where it is.
    pub region: Region,
    /// What it is called there.
    pub name: Box<str>,
}

impl AlarmKey {
    /// By an alarm's ARN, or nothing where it is none.
    #[must_use]
    pub fn of_arn(arn: &str) -> Option<Self> {
        let mut parts = arn.splitn(7, ':');
        let is_alarm =
            (parts.next()?, parts.next()?, parts.next()?) == ("arn", "aws", "cloudwatch");
        let (region, account) = (Region::parse(parts.next()?)?, AccountId::parse(parts.next()?)?);
        let name = (parts.next()? == "alarm" && is_alarm).then(|| parts.next())??;
        Some(Self { account, region, name: name.into() })
    }

    pub(crate) fn own(origin: &Origin, name: &str) -> Self {
        let (account, region) = (origin.account.clone(), origin.region.clone());
        Self { account, region, name: name.into() }
    }

    /// `arn:aws:cloudwatch:region:account:alarm:name`
    #[must_use]
    pub fn arn(&self) -> String {
        format!("arn:aws:cloudwatch:{}:{}:alarm:{}", self.region, self.account, self.name)
    }

    /// The alarm of this name or ARN, as one at the place of `self` says it.
    pub(crate) fn named_by(&self, name: &str) -> Self {
        let named = kernel::arn::Parts::parse_ours(name)
            .filter(|parts| parts.service == "cloudwatch")
            .and_then(|parts| {
                Some(Self {
                    account: AccountId::parse(parts.account)?,
                    region: Region::parse(parts.region)?,
                    name: parts.resource.strip_prefix("alarm:")?.into(),
                })
            });
        named.unwrap_or_else(|| Self { name: name.into(), ..self.clone() })
    }
}

/// How an alarm is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum StateValue {
    Ok,
    Alarm,
    InsufficientData,
}

impl StateValue {
    const ALL: [Self; 3] = [Self::Ok, Self::Alarm, Self::InsufficientData];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Alarm => "ALARM",
            Self::InsufficientData => "INSUFFICIENT_DATA",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|value| value.as_str() == text)
    }
}

/// How an alarm is, and why.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct State {
    pub(crate) value: StateValue,
    pub(crate) reason: String,
    /// JSON.
    pub(crate) reason_data: Option<String>,
    pub(crate) updated: Timestamp,
    /// When it was last another one.
    pub(crate) transitioned: Timestamp,
}

impl State {
    fn initial(now: Timestamp) -> Self {
        Self {
            value: StateValue::InsufficientData,
            reason: "Unchecked: Initial alarm creation".to_owned(),
            reason_data: None,
            updated: now,
            transitioned: now,
        }
    }
}

/// What an alarm is about, as it was put.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Configuration {
    Metric(Box<PutMetricAlarmInput>),
    Composite(Box<PutCompositeAlarmInput>, Rule),
}

/// The actions of an alarm for each state.
pub(crate) struct Actions<'a> {
    pub(crate) enabled: bool,
    pub(crate) ok: &'a [String],
    pub(crate) alarm: &'a [String],
    pub(crate) insufficient_data: &'a [String],
}

impl<'a> Actions<'a> {
    pub(crate) fn of_state(&self, value: StateValue) -> &'a [String] {
        match value {
            StateValue::Ok => self.ok,
            StateValue::Alarm => self.alarm,
            StateValue::InsufficientData => self.insufficient_data,
        }
    }
}

/// An alarm.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Alarm {
    pub(crate) key: AlarmKey,
    pub(crate) configuration: Configuration,
    pub(crate) updated: Timestamp,
    pub(crate) state: State,
    pub(crate) tags: BTreeMap<String, String>,
    /// Why its actions wait, and until when.
    pub(crate) suppressed: Option<Suppressed>,
}

/// Why the actions of a composite alarm wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Suppressed {
    /// Until then its suppressor may go into `ALARM`.
    WaitPeriod(Timestamp),
    /// Its suppressor is in `ALARM`.
    Alarm,
    /// Its suppressor was in `ALARM` not long ago: until then.
    ExtensionPeriod(Timestamp),
}

impl Alarm {
    pub(crate) fn actions(&self) -> Actions<'_> {
        match &self.configuration {
            Configuration::Metric(it) => Actions {
                enabled: it.actions_enabled.unwrap_or(true),
                ok: &it.ok_actions,
                alarm: &it.alarm_actions,
                insufficient_data: &it.insufficient_data_actions,
            },
            Configuration::Composite(it, _) => Actions {
                enabled: it.actions_enabled.unwrap_or(true),
                ok: &it.ok_actions,
                alarm: &it.alarm_actions,
                insufficient_data: &it.insufficient_data_actions,
            },
        }
    }

    pub(crate) fn is_composite(&self) -> bool {
        matches!(self.configuration, Configuration::Composite(..))
    }

    pub(crate) fn description(&self) -> Option<&str> {
        match &self.configuration {
            Configuration::Metric(it) => it.alarm_description.as_deref(),
            Configuration::Composite(it, _) => it.alarm_description.as_deref(),
        }
    }

    /// The number that it compares with, where it is a number.
    pub(crate) fn threshold(&self) -> Option<f64> {
        match &self.configuration {
            Configuration::Metric(it) => it.threshold,
            Configuration::Composite(..) => None,
        }
    }

    /// Whether its state has actions that are repeated each minute: those of Auto Scaling.
    fn repeats(&self) -> bool {
        let actions = self.actions();
        actions.enabled && actions.of_state(self.state.value).iter().any(|arn| action::repeats(arn))
    }
}

/// All alarms.
#[derive(Debug, Clone, Default)]
pub(crate) struct Alarms {
    pub(crate) all: BTreeMap<AlarmKey, Alarm>,
    /// Which watch a metric.
    watchers: BTreeMap<MetricKey, BTreeSet<AlarmKey>>,
    /// When each is looked at next; those that are not here sleep until something is measured.
    awake: BTreeMap<AlarmKey, (Timestamp, CauseId)>,
    /// The points of which each was judged last, the newest last.
    recent: BTreeMap<AlarmKey, Vec<f64>>,
    pub(crate) history: BTreeMap<u64, HistoryItem>,
}
