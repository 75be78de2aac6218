//! What CloudWatch is told of log groups, and what their events are metrics of: by metric filters and in the
//! embedded metric format.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Monitoring-CloudWatch-Metrics.html>

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kernel::fact::{Fact, Facts, Meaning, Measured, Tally, Values};
use kernel::names::{AccountId, Region};
use kernel::time::Timestamp;

use crate::batch::Batch;
use crate::emf::{self, EmbeddedMetric};
use crate::filters::MetricTransformation;
use crate::group::{Group, GroupKey};
use crate::limits::METERED_MAX;
use crate::pattern::{Pattern, Search};
use crate::{Cx, Logs};

const MINUTE_MS: u64 = 60_000;

/// What was measured since the last minute was over.
#[derive(Debug, Clone, Default)]
pub(crate) struct Meters {
    groups: BTreeMap<Arc<GroupKey>, Incoming>,
    metrics: BTreeMap<MetricName, Values>,
}

/// What came into a group.
#[derive(Debug, Clone, Default)]
struct Incoming {
    events: u64,
    size_bytes: u64,
    emf_invalid: u64,
    /// The filters, with the places of their transformations, that something has counted for.
    fitted: BTreeSet<(String, usize)>,
}

/// A metric of users, at a moment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct MetricName {
    account: AccountId,
    region: Region,
    namespace: String,
    name: String,
    dimensions: Vec<(String, String)>,
    unit: String,
    at_s: u64,
    is_fine: bool,
}

impl Meters {
    fn add(&mut self, metric: MetricName, values: impl IntoIterator<Item = f64>) {
        if self.metrics.len() < METERED_MAX || self.metrics.contains_key(&metric) {
            let of = self.metrics.entry(metric).or_default();
            values.into_iter().for_each(|value| of.add(value));
        }
    }
}

impl MetricName {
    fn embedded(group: &GroupKey, metric: EmbeddedMetric) -> Self {
        let at_s = match metric.is_fine {
            true => metric.at_ms / 1000,
            false => metric.at_ms / MINUTE_MS * 60,
        };
        Self {
            account: group.account.clone(),
            region: group.region.clone(),
            namespace: metric.namespace,
            name: metric.name,
            dimensions: metric.dimensions,
            unit: metric.unit,
            at_s,
            is_fine: metric.is_fine,
        }
    }

    fn transformed(
        group: &GroupKey,
        transformation: &MetricTransformation,
        dimensions: Vec<(String, String)>,
        at_ms: u64,
    ) -> Self {
        Self {
            account: group.account.clone(),
            region: group.region.clone(),
            namespace: transformation.metric_namespace.clone(),
            name: transformation.metric_name.clone(),
            dimensions,
            unit: transformation.unit.clone().unwrap_or_else(|| "None".to_owned()),
            at_s: at_ms / MINUTE_MS * 60,
            is_fine: false,
        }
    }
}

impl Logs {
    /// Counts events that came, and what they are metrics of.
    pub(crate) fn measure(&mut self, cx: &mut Cx<'_>, batch: &Batch) {
        let stream = self.streams.get(&batch.stream);
        let Some(group) = stream.and_then(|it| self.groups.get(&*it.group)) else { return };
        cx.measured();
        let incoming = self.meters.groups.entry(Arc::clone(&group.key)).or_default();
        incoming.events += batch.len() as u64;
        incoming.size_bytes += batch.size_bytes();
        // Groups of the other classes have neither filters that count nor embedded metrics.
        if group.class != "STANDARD" {
            return;
        }
        if batch.text().contains("\"_aws\"") {
            for event in batch.events() {
                let Some(embedded) = emf::read(event.message, cx.now.as_ms()) else { continue };
                if let Some(incoming) = self.meters.groups.get_mut(&group.key) {
                    incoming.emf_invalid += embedded.invalid;
                }
                for mut metric in embedded.metrics {
                    let values = std::mem::take(&mut metric.values);
                    self.meters.add(MetricName::embedded(&group.key, metric), values);
                }
            }
        }
        filtered(&mut self.meters, group, batch);
    }

    pub(crate) fn begin_minute(&mut self) {
        self.meters = Meters::default();
    }

    pub(crate) fn state_facts(&self, at: Timestamp, out: &mut Vec<Fact>) {
        let at = Timestamp::from_ms(at.as_ms().saturating_sub(1));
        let mut places: BTreeMap<(&AccountId, &Region), (u64, u64)> = BTreeMap::new();
        for (key, incoming) in &self.meters.groups {
            let of_place = places.entry((&key.account, &key.region)).or_default();
            of_place.0 += incoming.events;
            of_place.1 += incoming.size_bytes;
            let mut facts = Facts {
                account: &key.account,
                region: &key.region,
                namespace: "AWS/Logs",
                dimensions: vec![("LogGroupName".into(), key.name.to_string())],
                at,
                out,
            };
            incoming_facts(&mut facts, incoming.events, incoming.size_bytes);
            if incoming.emf_invalid > 0 {
                facts.count("EMFValidationErrors", incoming.emf_invalid as f64);
            }
            self.state_defaults(key, incoming, at, out);
        }
        for ((account, region), (events, size_bytes)) in places {
            let dimensions = Vec::new();
            let namespace = "AWS/Logs";
            let mut facts = Facts { account, region, namespace, dimensions, at, out };
            incoming_facts(&mut facts, events, size_bytes);
        }
        let metrics = self.meters.metrics.iter();
        out.extend(metrics.filter_map(|(name, values)| Some(fact(name, values.measured()?))));
    }

    /// Filters that something came for in the minute and nothing fitted count what they say for that.
    fn state_defaults(
        &self,
        key: &GroupKey,
        incoming: &Incoming,
        at: Timestamp,
        out: &mut Vec<Fact>,
    ) {
        let filters = self.groups.get(key).into_iter().flat_map(|group| &group.metric_filters);
        for (name, filter) in filters {
            for (place, transformation) in filter.transformations.iter().enumerate() {
                let has_fitted = incoming.fitted.contains(&(name.clone(), place));
                if let Some(value) = transformation.default_value.filter(|_| !has_fitted) {
                    let metric =
                        MetricName::transformed(key, transformation, Vec::new(), at.as_ms());
                    out.push(fact(&metric, Measured::Tally(Tally::of(value))));
                }
            }
        }
    }
}

/// What events count for by a group's metric filters.
fn filtered(meters: &mut Meters, group: &Group, batch: &Batch) {
    for (name, filter) in &group.metric_filters {
        let Ok(pattern) = Pattern::parse(&filter.pattern) else { continue };
        let search = Search::of(&pattern);
        for event in batch.events().filter(|event| search.fits(event.message)) {
            for (place, transformation) in filter.transformations.iter().enumerate() {
                if let Some(incoming) = meters.groups.get_mut(&group.key) {
                    incoming.fitted.insert((name.clone(), place));
                }
                let named = |selector: &str| pattern.value_of(event.message, selector);
                let wanted = &transformation.metric_value;
                let value = wanted.parse().ok().or_else(|| named(wanted)?.trim().parse().ok());
                let Some(value) = value.filter(|value| emf::is_metric_value(*value)) else {
                    continue;
                };
                let dimensions = transformation.dimensions.iter().flatten();
                let dimensions = dimensions.map(|(name, selector)| {
                    let value = named(selector).filter(|value| !value.is_empty())?;
                    Some((name.clone(), value))
                });
                let Some(dimensions) = dimensions.collect::<Option<_>>() else { continue };
                let at_ms = event.at.at_ms;
                let metric = MetricName::transformed(&group.key, transformation, dimensions, at_ms);
                meters.add(metric, [value]);
            }
        }
    }
}

fn incoming_facts(facts: &mut Facts<'_>, events: u64, size_bytes: u64) {
    facts.state(
        "IncomingBytes",
        "Bytes",
        Meaning::Count,
        Measured::Tally(Tally::of(size_bytes as f64)),
    );
    facts.state(
        "IncomingLogEvents",
        "None",
        Meaning::Count,
        Measured::Tally(Tally::of(events as f64)),
    );
}

fn fact(name: &MetricName, measured: Measured) -> Fact {
    let dimensions = name.dimensions.iter();
    let dimensions = dimensions.map(|(name, value)| (Cow::Owned(name.clone()), value.clone()));
    Fact {
        account: name.account.clone(),
        region: name.region.clone(),
        namespace: name.namespace.clone().into(),
        name: name.name.clone().into(),
        dimensions: dimensions.collect(),
        unit: name.unit.clone().into(),
        at: Timestamp::from_ms(name.at_s * 1000),
        is_fine: name.is_fine,
        meaning: Meaning::Each,
        measured,
    }
}
