//! CloudWatch.
//!
//! Points are kept a second, a minute, five or an hour apart (`tier.rs`), of each metric and unit in chunks that
//! are written at once (`chunk.rs`, `shelf.rs`). They come from callers (`PutMetricData`) and as [`Fact`]s of
//! other services. What is asked of them is computed in one place (`compute.rs`): statistics (`statistic.rs`) and
//! expressions (`math/`), for answers, alarms and graphs ([`CloudWatch::lines`]) alike. Alarms are looked at when
//! there is something to see (`alarm/watch.rs`), judged by AWS's tables (`alarm/verdict.rs`), and what is to follow is
//! announced ([`AlarmAction`]).
//!
//! Anomaly detection, metric streams, mute rules and everything else is refused by name.

pub mod access;
mod alarm;
mod answer;
mod chunk;
mod compute;
mod dashboard;
mod descriptor;
pub mod error;
mod get_data;
mod get_statistics;
mod insight_rule;
mod key;
mod label;
pub mod limits;
mod list;
mod math;
mod page;
mod point;
mod put;
mod query;
pub mod record;
mod select;
mod shelf;
mod statistic;
mod tagged;
mod tags;
#[cfg(test)]
mod tests;
mod tier;
mod unit;
mod widget;
mod window;

use std::collections::BTreeMap;
use std::convert::Infallible;

use kernel::access::Asking;
use kernel::call::Origin;
use kernel::context::Restoring;
use kernel::descriptor::Descriptor;
use kernel::error::ApiError;
use kernel::service::Service;
use kernel::trace::CauseId;
use serde::Serialize;

pub use alarm::{
    AlarmAction, AlarmHistoryItem, AlarmKey, AlarmNamesInput, CompositeAlarm,
    DescribeAlarmHistoryInput, DescribeAlarmHistoryOutput, DescribeAlarmsForMetricInput,
    DescribeAlarmsForMetricOutput, DescribeAlarmsInput, DescribeAlarmsOutput, MetricAlarm,
    PutCompositeAlarmInput, PutMetricAlarmInput, SetAlarmStateInput,
};
pub use dashboard::{
    DashboardEntry, DashboardNameInput, DashboardValidationMessage, DeleteDashboardsInput,
    GetDashboardOutput, ListDashboardsInput, ListDashboardsOutput, PutDashboardInput,
    PutDashboardOutput,
};
pub use get_data::{GetMetricDataInput, GetMetricDataOutput, LabelOptions, Line, MetricDataResult};
pub use get_statistics::{Datapoint, GetMetricStatisticsInput, GetMetricStatisticsOutput};
pub use insight_rule::{
    DescribeInsightRulesInput, DescribeInsightRulesOutput, FailuresOutput, PutInsightRuleInput,
    RuleNamesInput,
};
pub use key::{Dimension, MetricKey};
pub use list::{DimensionFilter, ListMetricsInput, ListMetricsOutput, Metric};
pub use point::{Point, StatisticSet};
pub use put::{Fact, MetricDatum, Number, PutMetricDataInput, StatisticSetInput};
pub use query::{MetricDataQuery, MetricStat};
pub use statistic::Statistic;
pub use tagged::{
    ListTagsForResourceInput, ListTagsForResourceOutput, TagResourceInput, UntagResourceInput,
};
pub use tags::Tag;
pub use unit::Unit;
pub use widget::{GetMetricWidgetImageInput, GetMetricWidgetImageOutput, parse_span};

kernel::operations! { "cloudwatch";
    DeleteAlarms(AlarmNamesInput) -> Empty;
    DeleteDashboards(DeleteDashboardsInput) -> Empty;
    DeleteInsightRules(RuleNamesInput) -> FailuresOutput;
    DescribeAlarmHistory(DescribeAlarmHistoryInput) -> DescribeAlarmHistoryOutput;
    DescribeAlarms(DescribeAlarmsInput) -> DescribeAlarmsOutput;
    DescribeAlarmsForMetric(DescribeAlarmsForMetricInput) -> DescribeAlarmsForMetricOutput;
    DescribeInsightRules(DescribeInsightRulesInput) -> DescribeInsightRulesOutput;
    DisableAlarmActions(AlarmNamesInput) -> Empty;
    DisableInsightRules(RuleNamesInput) -> FailuresOutput;
    EnableAlarmActions(AlarmNamesInput) -> Empty;
    EnableInsightRules(RuleNamesInput) -> FailuresOutput;
    GetDashboard(DashboardNameInput) -> GetDashboardOutput;
    GetMetricData(GetMetricDataInput) -> GetMetricDataOutput;
    GetMetricStatistics(GetMetricStatisticsInput) -> GetMetricStatisticsOutput;
    GetMetricWidgetImage(GetMetricWidgetImageInput) -> GetMetricWidgetImageOutput;
    ListDashboards(ListDashboardsInput) -> ListDashboardsOutput;
    ListMetrics(ListMetricsInput) -> ListMetricsOutput;
    ListTagsForResource(ListTagsForResourceInput) -> ListTagsForResourceOutput;
    PutCompositeAlarm(PutCompositeAlarmInput) -> Empty;
    PutDashboard(PutDashboardInput) -> PutDashboardOutput;
    PutInsightRule(PutInsightRuleInput) -> Empty;
    PutMetricAlarm(PutMetricAlarmInput) -> Empty;
    PutMetricData(PutMetricDataInput) -> Empty;
    SetAlarmState(SetAlarmStateInput) -> Empty;
    TagResource(TagResourceInput) -> Empty;
    UntagResource(UntagResourceInput) -> Empty;
}

/// What operations are answered with that say nothing.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Empty {}

/// All metrics with their points, alarms and dashboards.
#[derive(Debug, Clone, Default)]
pub struct CloudWatch {
    shelf: shelf::Shelf,
    alarms: alarm::Alarms,
    dashboards: BTreeMap<dashboard::DashboardKey, dashboard::Dashboard>,
    insight_rules: BTreeMap<insight_rule::RuleKey, insight_rule::InsightRule>,
}

kernel::records! {
    /// A metric.
    Metric(record::Metric) = 31, numbered "metric";
    /// Points of a metric that lie close together.
    MetricPoints(record::MetricPoints) = 32, numbered "metric_points";
    /// An alarm with its state.
    Alarm(record::Alarm) = 33;
    /// What an alarm did.
    AlarmHistory(record::AlarmHistory) = 34, numbered "alarm_history";
    /// A dashboard.
    Dashboard(record::Dashboard) = 35;
    /// A rule of Contributor Insights.
    InsightRule(record::InsightRule) = 36;
}

impl Record {
    fn metric(metric: &shelf::Metric) -> Self {
        Self::Metric(Box::new(metric.into()))
    }

    fn points(place: shelf::Place, chunk: &chunk::Chunk) -> Self {
        Self::MetricPoints(Box::new(record::MetricPoints::of(place, chunk)))
    }

    fn alarm(alarm: &alarm::Alarm) -> Self {
        Self::Alarm(Box::new(alarm.into()))
    }

    fn history(item: &alarm::HistoryItem) -> Self {
        Self::AlarmHistory(Box::new(item.into()))
    }

    fn dashboard(key: &dashboard::DashboardKey, dashboard: &dashboard::Dashboard) -> Self {
        Self::Dashboard(Box::new(record::Dashboard::of(key, dashboard)))
    }

    fn insight_rule(key: &insight_rule::RuleKey, rule: &insight_rule::InsightRule) -> Self {
        Self::InsightRule(Box::new(record::InsightRule::of(key, rule)))
    }
}

/// What becomes due.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Due {
    /// Points are kept coarser from now on, or no more.
    RollUp,
    /// After a restart all alarms look once more.
    Wake,
    /// An alarm looks at its window.
    Evaluate(Box<AlarmKey>),
    /// What holds the actions of an alarm back is over.
    Unsuppress(Box<AlarmKey>),
}

/// What others may want to hear.
#[derive(Debug, Clone)]
pub enum Announcement {
    /// An alarm is in another state, and this is to follow.
    Action(Box<AlarmAction>),
}

/// The context in which CloudWatch handles something.
pub type Cx<'a> = kernel::context::Cx<'a, CloudWatch>;

impl CloudWatch {
    /// How many metrics there are.
    #[must_use]
    pub fn metric_count(&self) -> usize {
        self.shelf.metric_count()
    }

    /// What all points take in memory, in bytes, about.
    #[must_use]
    pub const fn points_size_bytes(&self) -> usize {
        self.shelf.size_bytes
    }
}

impl Service for CloudWatch {
    type Request = Request;
    type Response = Response;
    type Record = Record;
    type Due = Due;
    type Announcement = Announcement;
    type Effect = Infallible;

    const DESCRIPTOR: Descriptor = descriptor::DESCRIPTOR;
    const STORED_ONLY: &'static [&'static str] =
        &["PutInsightRule", "EnableInsightRules", "DisableInsightRules"];

    fn access(&self, asking: &mut Asking<'_>, request: &Request) -> Result<(), ApiError> {
        access::ask(asking, request)
    }

    fn call(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        request: Request,
    ) -> Result<Option<Response>, ApiError> {
        self.answer(cx, origin, request).map(Some)
    }

    fn due_because(&self, due: &Due) -> Option<CauseId> {
        match due {
            Due::RollUp => self.shelf.rolls_because,
            Due::Evaluate(key) => self.awake_because(key),
            Due::Wake | Due::Unsuppress(_) => None,
        }
    }

    fn due(&mut self, cx: &mut Cx<'_>, due: Due) {
        match due {
            Due::RollUp => self.shelf.roll_up(cx),
            Due::Wake => self.wake_all(cx),
            Due::Evaluate(key) => self.evaluate(cx, &key),
            Due::Unsuppress(key) => self.unsuppress(cx, &key),
        }
    }

    fn restore(&mut self, cx: &mut Restoring<'_, Self>, record: Record) {
        match record {
            Record::Metric(stored) => {
                cx.numbers.was_given(stored.number());
                self.shelf.restore_metric((*stored).into());
            }
            Record::MetricPoints(stored) => {
                let (place, chunk) = stored.into_live();
                cx.numbers.was_given(chunk.number);
                self.shelf.restore_chunk(cx.deadlines, place, chunk);
            }
            Record::Alarm(stored) => self.restore_alarm(cx, (*stored).into()),
            Record::AlarmHistory(stored) => {
                let item = alarm::HistoryItem::from(*stored);
                cx.numbers.was_given(item.number);
                self.alarms.history.insert(item.number, item);
            }
            Record::Dashboard(stored) => {
                let (key, dashboard) = stored.into_live();
                self.dashboards.insert(key, dashboard);
            }
            Record::InsightRule(stored) => {
                let (key, rule) = stored.into_live();
                self.insight_rules.insert(key, rule);
            }
        }
    }

    fn records(&self) -> impl Iterator<Item = Record> + '_ {
        let points = self.shelf.chunks().map(|(place, chunk)| Record::points(place, chunk));
        let dashboards = self.dashboards.iter();
        let rules = self.insight_rules.iter();
        self.shelf
            .metrics()
            .map(Record::metric)
            .chain(points)
            .chain(self.alarms.all.values().map(Record::alarm))
            .chain(self.alarms.history.values().map(Record::history))
            .chain(dashboards.map(|(key, dashboard)| Record::dashboard(key, dashboard)))
            .chain(rules.map(|(key, rule)| Record::insight_rule(key, rule)))
    }
}
