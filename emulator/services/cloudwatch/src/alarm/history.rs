//! What alarms did, for 14 days.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmHistory.html>

use kernel::call::Origin;
use kernel::error::ApiError;
use kernel::record::Key;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::AlarmKey;
use crate::error::INVALID_NEXT_TOKEN;
use crate::limits::{HISTORY_ITEMS_MAX, HISTORY_S, PAGE_DEFAULT};
use crate::{CloudWatch, Cx, Kind, Record, page};

/// What an item is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HistoryKind {
    ConfigurationUpdate,
    StateUpdate,
    Action,
}

impl HistoryKind {
    const ALL: [Self; 3] = [Self::ConfigurationUpdate, Self::StateUpdate, Self::Action];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::ConfigurationUpdate => "ConfigurationUpdate",
            Self::StateUpdate => "StateUpdate",
            Self::Action => "Action",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// One thing that an alarm did.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct HistoryItem {
    pub(crate) number: u64,
    pub(crate) alarm: AlarmKey,
    pub(crate) is_composite: bool,
    pub(crate) at: Timestamp,
    pub(crate) kind: HistoryKind,
    pub(crate) summary: String,
    /// JSON.
    pub(crate) data: String,
}

impl CloudWatch {
    /// Remembers what an alarm did; what is too old, or too much, is forgotten with it.
    pub(super) fn remember(
        &mut self,
        cx: &mut Cx<'_>,
        (alarm, is_composite): (&AlarmKey, bool),
        kind: HistoryKind,
        (summary, data): (String, String),
    ) {
        let number = cx.numbers.next(cx.now);
        let item = HistoryItem {
            number,
            alarm: alarm.clone(),
            is_composite,
            at: cx.now,
            kind,
            summary,
            data,
        };
        cx.put(|| Record::history(&item));
        self.alarms.history.insert(number, item);
        while let Some((oldest, item)) = self.alarms.history.first_key_value()
            && (is_over(item, cx.now) || self.alarms.history.len() > HISTORY_ITEMS_MAX)
        {
            let oldest = *oldest;
            self.alarms.history.remove(&oldest);
            cx.delete(|| Key::numbered(Kind::AlarmHistory, oldest));
        }
    }

    pub(crate) fn describe_alarm_history(
        &self,
        cx: &Cx<'_>,
        origin: &Origin,
        input: &DescribeAlarmHistoryInput,
    ) -> Result<DescribeAlarmHistoryOutput, ApiError> {
        let now = cx.now;
        let wanted = |item: &&HistoryItem| {
            let is_own = item.alarm.account == origin.account && item.alarm.region == origin.region;
            is_own && !is_over(item, now) && input.wants(item)
        };
        let is_ascending = input.scan_by.as_deref() == Some("TimestampAscending");
        let mut items: Vec<&HistoryItem> = self.alarms.history.values().filter(wanted).collect();
        if !is_ascending {
            items.reverse();
        }
        let limit = input.max_records.and_then(|count| usize::try_from(count).ok());
        let limit = limit.unwrap_or(crate::limits::PAGE_MAX.max(PAGE_DEFAULT));
        // Places grow in either order.
        let place = |item: &&HistoryItem| match is_ascending {
            true => format!("{:020}", item.number),
            false => format!("{:020}", u64::MAX - item.number),
        };
        let scope = format!("history {} {}", origin.account, origin.region);
        let token = input.next_token.as_deref();
        let page = page::of(items.into_iter(), token, limit, place, &scope);
        let page = page.ok_or_else(|| ApiError::from(&INVALID_NEXT_TOKEN))?;
        Ok(DescribeAlarmHistoryOutput {
            alarm_history_items: page.items.into_iter().map(Into::into).collect(),
            next_token: page.next_token,
        })
    }
}

fn is_over(item: &HistoryItem, now: Timestamp) -> bool {
    item.at.after_s(HISTORY_S) <= now
}

impl DescribeAlarmHistoryInput {
    fn wants(&self, item: &HistoryItem) -> bool {
        let kind = if item.is_composite { "CompositeAlarm" } else { "MetricAlarm" };
        let is_of_type = match &self.alarm_types {
            Some(types) if !types.is_empty() => types.iter().any(|it| it == kind),
            _ => kind == "MetricAlarm" || self.alarm_name.is_some(),
        };
        let at_s = item.at.as_epoch_s();
        is_of_type
            && self.alarm_name.as_ref().is_none_or(|name| *name == *item.alarm.name)
            && self.history_item_type.as_ref().is_none_or(|kind| *kind == item.kind.as_str())
            && self.start_date.is_none_or(|start| at_s >= start)
            && self.end_date.is_none_or(|end| at_s <= end)
    }
}

/// Input of `DescribeAlarmHistory`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeAlarmHistoryInput {
    /// Of one alarm.
    pub alarm_name: Option<String>,
    /// Of metric alarms, unless told.
    pub alarm_types: Option<Vec<String>>,
    /// Of one kind.
    pub history_item_type: Option<String>,
    /// From when, in seconds since the epoch.
    pub start_date: Option<f64>,
    /// To when.
    pub end_date: Option<f64>,
    /// Items of a page.
    pub max_records: Option<i64>,
    /// Where the page before ended.
    pub next_token: Option<String>,
    /// `TimestampDescending`, unless told.
    pub scan_by: Option<String>,
}

/// Output of `DescribeAlarmHistory`.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeAlarmHistoryOutput {
    /// A page of items.
    pub alarm_history_items: Vec<AlarmHistoryItem>,
    /// Where the next page begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// One thing that an alarm did.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AlarmHistoryItem {
    /// Which.
    pub alarm_name: String,
    /// `MetricAlarm`, `CompositeAlarm`.
    pub alarm_type: &'static str,
    /// When, in seconds since the epoch.
    pub timestamp: f64,
    /// What kind of thing.
    pub history_item_type: &'static str,
    /// For people.
    pub history_summary: String,
    /// For programs.
    pub history_data: String,
}

impl From<&HistoryItem> for AlarmHistoryItem {
    fn from(item: &HistoryItem) -> Self {
        Self {
            alarm_name: item.alarm.name.to_string(),
            alarm_type: if item.is_composite { "CompositeAlarm" } else { "MetricAlarm" },
            timestamp: item.at.as_epoch_s(),
            history_item_type: item.kind.as_str(),
            history_summary: item.summary.clone(),
            history_data: item.data.clone(),
        }
    }
}
