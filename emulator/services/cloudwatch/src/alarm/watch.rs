//! When an alarm is looked at, and what is seen then.
//!
//! An alarm is looked at each minute, one with a period of less each ten seconds, over a window that slides. Where
//! there is nothing in its window it sleeps until something is measured: nothing would change by itself.

use std::collections::btree_map::Entry;

use kernel::context::Restoring;
use kernel::deadlines::Deadlines;
use kernel::directory::Directory;
use kernel::time::Timestamp;
use kernel::trace::CauseId;

use super::reason::{self, Looked};
use super::verdict::judge;
use super::{Alarm, AlarmKey, Configuration, PutMetricAlarmInput};
use crate::compute::Computing;
use crate::key::MetricKey;
use crate::limits::ALARM_RANGE_MORE;
use crate::math::Value;
use crate::shelf::Span;
use crate::statistic::Statistic;
use crate::unit::Unit;
use crate::{CloudWatch, Cx, Due};

impl Alarm {
    /// From one look to the next, in milliseconds.
    fn interval_ms(&self) -> u64 {
        match &self.configuration {
            Configuration::Metric(it) if it.period_s() < 60 => 10_000,
            _ => 60_000,
        }
    }

    /// The scaling policies on which it acts, in whichever state.
    fn policies(&self) -> impl Iterator<Item = &String> {
        let actions = self.actions();
        let all = [actions.ok, actions.alarm, actions.insufficient_data].into_iter().flatten();
        all.filter(|arn| super::action::repeats(arn))
    }

    /// Whether what repeats does so now: once a minute, however often it is looked at.
    fn repeats_at(&self, now: Timestamp) -> bool {
        let since = |at: Timestamp| at.as_ms() / self.interval_ms();
        let looks = since(now).saturating_sub(since(self.state.transitioned));
        self.repeats() && looks.is_multiple_of(60_000 / self.interval_ms())
    }
}

impl CloudWatch {
    /// Takes an alarm into what watches metrics, and out again.
    pub(super) fn watch(&mut self, directory: &mut Directory, alarm: &Alarm) {
        for policy in alarm.policies() {
            directory.alarms.entry(policy.clone()).or_default().insert(alarm.key.arn());
        }
        if let Configuration::Metric(it) = &alarm.configuration {
            for metric in it.watched(&alarm.key) {
                self.alarms.watchers.entry(metric).or_default().insert(alarm.key.clone());
            }
        }
    }

    pub(super) fn unwatch(
        &mut self,
        deadlines: &mut Deadlines<Due>,
        directory: &mut Directory,
        alarm: &Alarm,
    ) {
        for policy in alarm.policies() {
            if let Some(alarms) = directory.alarms.get_mut(policy) {
                alarms.remove(&alarm.key.arn());
                if alarms.is_empty() {
                    directory.alarms.remove(policy);
                }
            }
        }
        self.alarms.recent.remove(&alarm.key);
        if let Configuration::Metric(it) = &alarm.configuration {
            for metric in it.watched(&alarm.key) {
                if let Some(watching) = self.alarms.watchers.get_mut(&metric) {
                    watching.remove(&alarm.key);
                    if watching.is_empty() {
                        self.alarms.watchers.remove(&metric);
                    }
                }
            }
        }
        if let Some((at, _)) = self.alarms.awake.remove(&alarm.key) {
            deadlines.cancel(at, Due::Evaluate(Box::new(alarm.key.clone())));
        }
    }

    /// Something was measured: who watches this metric looks at it.
    pub(crate) fn measured(&mut self, cx: &mut Cx<'_>, metric: &MetricKey) {
        let watching = self.alarms.watchers.get(metric).cloned();
        for key in watching.into_iter().flatten() {
            self.wake(cx, &key);
        }
    }

    /// The alarm is looked at when its next time comes.
    pub(super) fn wake(&mut self, cx: &mut Cx<'_>, key: &AlarmKey) {
        let Some(alarm) = self.alarms.all.get(key).filter(|alarm| !alarm.is_composite()) else {
            return;
        };
        let interval_ms = alarm.interval_ms();
        let next = Timestamp::from_ms((cx.now.as_ms() / interval_ms + 1) * interval_ms);
        match self.alarms.awake.entry(key.clone()) {
            Entry::Vacant(free) => {
                free.insert((next, cx.cause()));
                cx.deadlines.schedule(next, Due::Evaluate(Box::new(key.clone())));
            }
            // What was measured last is what it will look at.
            Entry::Occupied(mut taken) => taken.get_mut().1 = cx.cause(),
        }
    }

    /// What the trace calls that because of which an alarm looks at something.
    pub(crate) fn awake_because(&self, key: &AlarmKey) -> Option<CauseId> {
        self.alarms.awake.get(key).map(|(_, cause)| *cause)
    }

    /// Looks at the window that ends now.
    pub(crate) fn evaluate(&mut self, cx: &mut Cx<'_>, key: &AlarmKey) {
        self.alarms.awake.remove(key);
        let Some(alarm) = self.alarms.all.get(key) else { return };
        let Configuration::Metric(configuration) = &alarm.configuration else { return };
        let step_s = alarm.interval_ms() / 1000;
        let end_s = cx.now.as_s() / step_s * step_s;
        let period_s = configuration.period_s();
        let required = configuration.required();
        let count = required.of as u64 + ALARM_RANGE_MORE;
        let start_s = end_s.saturating_sub(count * period_s);
        let span = Span { start_s, end_s, period_s };
        let range = self.look(configuration, key, span, cx.now);
        let (is_asleep, repeats) =
            (self.sleeps(configuration, key, &range, start_s), alarm.repeats_at(cx.now));
        let breaches = |value: f64| configuration.breaches(value);
        let told: Vec<Option<bool>> = range.iter().map(|it| it.value.map(breaches)).collect();
        let treatment = configuration.treatment();
        let verdict = judge(&told, required, treatment);
        let recent = verdict.used.iter().filter_map(|at| range[*at].value).collect();
        let is_too_few = configuration.has_too_few(range.last());
        let next = verdict.state.filter(|value| *value != alarm.state.value && !is_too_few);
        let reasons = next.map(|value| {
            let comparison = configuration.comparison_operator.as_deref().unwrap_or_default();
            let compared = (
                configuration.threshold.unwrap_or_default(),
                comparison,
                &breaches as &dyn Fn(f64) -> bool,
            );
            let text = reason::text(value, &verdict, &range, (required, treatment), compared);
            (value, text, reason::data(configuration, period_s, &verdict, &range, cx.now))
        });
        self.alarms.recent.insert(key.clone(), recent);
        if let Some((value, text, data)) = reasons {
            self.transition(cx, key, value, (text, Some(data)));
        } else if repeats {
            self.act_again(cx, key);
        }
        let repeats = self.alarms.all.get(key).is_some_and(Alarm::repeats);
        if !is_asleep || repeats {
            self.wake(cx, key);
        }
    }

    /// Whether nothing will change by itself: no point of what it watches is in its range, or after it.
    fn sleeps(
        &self,
        configuration: &PutMetricAlarmInput,
        key: &AlarmKey,
        range: &[Looked],
        start_s: u64,
    ) -> bool {
        let is_over = |metric: &MetricKey| {
            self.shelf.metric(metric).is_none_or(|metric| metric.last_s() < start_s)
        };
        range.iter().all(|point| point.value.is_none())
            && configuration.watched(key).iter().all(is_over)
    }

    /// The points of a range, the oldest first.
    fn look(
        &self,
        configuration: &PutMetricAlarmInput,
        key: &AlarmKey,
        span: Span,
        now: Timestamp,
    ) -> Vec<Looked> {
        let moments =
            (span.start_s..span.end_s).step_by(usize::try_from(span.period_s).unwrap_or(1));
        if configuration.metrics.is_empty() {
            let metrics = configuration.watched(key);
            let name =
                configuration.statistic.as_ref().or(configuration.extended_statistic.as_ref());
            let statistic = name.and_then(|name| Statistic::parse(name));
            let unit = configuration.unit.as_deref().and_then(Unit::parse);
            let metric = metrics.first().and_then(|metric| self.shelf.metric(metric));
            let needs_values = statistic.is_some_and(Statistic::needs_values);
            let periods = metric.map(|it| it.gather(unit, span, needs_values)).unwrap_or_default();
            return moments
                .map(|at_s| {
                    let gathered = periods.get(&at_s);
                    let value = gathered.and_then(|it| statistic?.of(it));
                    let count = gathered.and_then(|it| it.set).map(|set| set.sample_count);
                    Looked { at_s, value, sample_count: count }
                })
                .collect();
        }
        let place = (&key.account, &key.region);
        let queries = &configuration.metrics;
        let mut computing =
            Computing::new(&self.shelf, place, queries, (span.start_s, span.end_s), now);
        computing.is_rounded = false;
        let returned = queries.iter().find(|query| query.is_returned());
        let value = returned.and_then(|query| computing.value_of(&query.id).ok());
        let points = match value {
            Some(Value::Series(series)) => series.points,
            _ => Vec::new(),
        };
        let at = |at_s: u64| points.iter().find(|(at, _)| *at == at_s).map(|(_, value)| *value);
        moments.map(|at_s| Looked { at_s, value: at(at_s), sample_count: None }).collect()
    }

    /// Takes an alarm back.
    pub(crate) fn restore_alarm(&mut self, cx: &mut Restoring<'_, Self>, alarm: Alarm) {
        let deadlines = &mut *cx.deadlines;
        self.watch(cx.directory, &alarm);
        deadlines.schedule(Timestamp::default(), Due::Wake);
        if let Some(at) = alarm.suppressed.and_then(super::Suppressed::ends) {
            deadlines.schedule(at, Due::Unsuppress(Box::new(alarm.key.clone())));
        }
        self.alarms.all.insert(alarm.key.clone(), alarm);
    }

    /// After a restart nobody knows who slept: all look once more.
    pub(crate) fn wake_all(&mut self, cx: &mut Cx<'_>) {
        let all: Vec<AlarmKey> = self.alarms.all.keys().cloned().collect();
        all.iter().for_each(|key| self.wake(cx, key));
    }

    /// How many alarms look at something by themselves.
    #[cfg(test)]
    pub(crate) fn awake_count(&self) -> usize {
        self.alarms.awake.len()
    }
}

impl PutMetricAlarmInput {
    /// Whether a percentile is of too few values to say anything, and that is to be heeded.
    /// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/percentiles-with-low-samples.html>
    fn has_too_few(&self, newest: Option<&Looked>) -> bool {
        if self.evaluate_low_sample_count_percentile.as_deref() != Some("ignore") {
            return false;
        }
        let statistic = self.extended_statistic.as_deref().and_then(Statistic::extended);
        let Some(Statistic::Percentile(percent)) = statistic else { return false };
        // 10 / (1 - p), and 10 / p below the middle.
        let needed = 1000.0 / if percent >= 50.0 { 100.0 - percent } else { percent };
        newest.and_then(|point| point.sample_count).is_some_and(|count| count < needed)
    }
}
