//! What requests to a bucket come to, for each of its metrics configurations.

use std::collections::BTreeMap;

use kernel::fact::{Fact, Meaning, Tally, Values};
use kernel::time::Timestamp;
use kernel::trace::CauseId;

use super::facts;
use crate::access_log::Served;
use crate::configuration::metrics::MetricsConfiguration;
use crate::{Cx, S3, Stored};

/// The configurations of all buckets that have some, with what was counted for each.
#[derive(Debug, Clone, Default)]
pub(super) struct Requests(BTreeMap<Box<str>, Metered>);

/// A bucket whose requests are counted.
#[derive(Debug, Clone)]
struct Metered {
    /// What asked for it; nothing after a restart.
    cause: Option<CauseId>,
    configurations: Vec<(MetricsConfiguration, Counted)>,
}

/// What requests came to since the last minute was over.
#[derive(Debug, Clone, Default)]
struct Counted {
    all: Tally,
    /// `GetRequests`, `PutRequests`, …
    kinds: BTreeMap<&'static str, Tally>,
    client_errors: Tally,
    server_errors: Tally,
    downloaded_bytes: Values,
    uploaded_bytes: Values,
    first_byte_ms: Values,
    total_ms: Values,
}

impl Requests {
    pub(super) fn begin_minute(&mut self) {
        let configurations = self.0.values_mut().flat_map(|it| &mut it.configurations);
        configurations.for_each(|(_, counted)| *counted = Counted::default());
    }
}

impl Counted {
    fn add(&mut self, served: &Served) {
        self.all.add(1.0);
        if let Some(kind) = kind(served) {
            self.kinds.entry(kind).or_default().add(1.0);
        }
        let is = |class: u16| if served.status / 100 == class { 1.0 } else { 0.0 };
        self.client_errors.add(is(4));
        self.server_errors.add(is(5));
        if served.sent_bytes > 0 {
            self.downloaded_bytes.add(served.sent_bytes as f64);
        }
        if served.received_bytes > 0 {
            self.uploaded_bytes.add(served.received_bytes as f64);
        }
        if let Some(ms) = served.turn_around_ms {
            self.first_byte_ms.add(ms as f64);
        }
        self.total_ms.add(served.total_ms as f64);
    }
}

/// What kind of request it was; nothing of those that only count among all.
fn kind(served: &Served) -> Option<&'static str> {
    let is_list = served
        .operation
        .is_some_and(|operation| operation.starts_with("List") || operation == "GetBucketLocation");
    let is_of_object = served.key.is_some();
    Some(match (served.method.as_str(), served.operation) {
        (_, Some("DeleteObjects")) => "DeleteRequests",
        ("GET", _) if is_list => "ListRequests",
        ("GET", _) if is_of_object => "GetRequests",
        ("PUT", _) if is_of_object => "PutRequests",
        ("DELETE", _) if is_of_object => "DeleteRequests",
        ("HEAD", _) if is_of_object => "HeadRequests",
        ("POST", _) => "PostRequests",
        _ => return None,
    })
}

impl S3 {
    /// Whether the requests of any bucket are counted.
    pub(crate) fn counts_requests(&self) -> bool {
        !self.meters.requests.0.is_empty()
    }

    /// What asked for the requests of a bucket to be counted.
    pub(crate) fn counted_because(&self, bucket: &str) -> Option<CauseId> {
        self.meters.requests.0.get(bucket)?.cause
    }

    /// A bucket has other metrics configurations, or is there no more.
    pub(crate) fn metrics_change(&mut self, bucket: &str, cause: Option<CauseId>) {
        let stored = self.buckets.get(bucket);
        let wanted: Vec<_> = stored.map(configurations).unwrap_or_default();
        let before = self.meters.requests.0.remove(bucket);
        if wanted.is_empty() {
            return;
        }
        let mut counted = before.map(|before| before.configurations).unwrap_or_default();
        let configurations = wanted.into_iter().map(|wanted| {
            let same = counted.iter_mut().find(|(before, _)| *before == wanted);
            let counted = same.map(|(_, counted)| std::mem::take(counted));
            (wanted, counted.unwrap_or_default())
        });
        let metered = Metered { cause, configurations: configurations.collect() };
        self.meters.requests.0.insert(bucket.into(), metered);
    }

    /// A request was answered.
    pub(crate) fn count_request(&mut self, cx: &mut Cx<'_>, served: &Served) {
        let Some(metered) = self.meters.requests.0.get_mut(served.bucket.as_str()) else { return };
        cx.measured();
        let stored = self.buckets.get(served.bucket.as_str());
        for (configuration, counted) in &mut metered.configurations {
            if fits(configuration, stored, served) {
                counted.add(served);
            }
        }
    }

    pub(super) fn state_requests(&self, at: Timestamp, out: &mut Vec<Fact>) {
        let at = Timestamp::from_ms(at.as_ms().saturating_sub(1));
        for (bucket, metered) in &self.meters.requests.0 {
            let Some(stored) = self.buckets.get(bucket) else { continue };
            for (configuration, counted) in &metered.configurations {
                let mut facts = facts(stored, ("FilterId", configuration.id()), at, out);
                let mut count = |name, tally| facts.tally(name, "Count", Meaning::Count, tally);
                count("AllRequests", counted.all);
                counted.kinds.iter().for_each(|(kind, tally)| count(kind, *tally));
                count("4xxErrors", counted.client_errors);
                count("5xxErrors", counted.server_errors);
                for (name, unit, values) in [
                    ("BytesDownloaded", "Bytes", &counted.downloaded_bytes),
                    ("BytesUploaded", "Bytes", &counted.uploaded_bytes),
                    ("FirstByteLatency", "Milliseconds", &counted.first_byte_ms),
                    ("TotalRequestLatency", "Milliseconds", &counted.total_ms),
                ] {
                    facts.values(name, unit, values);
                }
            }
        }
    }
}

fn configurations(stored: &Stored) -> Vec<MetricsConfiguration> {
    let documents = stored.bucket.documents.iter();
    let of_metrics = documents.filter(|(name, _)| name.starts_with("Metrics/"));
    of_metrics.filter_map(|(_, document)| serde_json::from_str(document).ok()).collect()
}

/// Whether a request is counted for a configuration. One with a filter is about objects alone.
fn fits(configuration: &MetricsConfiguration, stored: Option<&Stored>, served: &Served) -> bool {
    let Some(filter) = configuration.filter() else { return true };
    let Some(key) = served.key.as_deref() else { return false };
    if filter.names_access_point() || !key.starts_with(filter.prefix()) {
        return false;
    }
    let object = stored.and_then(|it| it.object_of(key, served.version_id.as_deref()));
    let tags = object.map(crate::Object::tags).unwrap_or_default();
    filter.tags().all(|wanted| tags.contains(wanted))
}
