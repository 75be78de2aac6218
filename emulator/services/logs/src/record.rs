//! What is stored of CloudWatch Logs, frozen: a new field or kind raises the format of data directories
//! (`emulator/src/store/formats`). The live types may change as they like; here they are converted.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use kernel::arn::FunctionArn;
use kernel::names::{AccountId, Region};
use kernel::record::Key;
use kernel::time::Timestamp;
use kernel::trace::CauseId;
use serde::{Deserialize, Serialize};

use crate::batch::{Batch, Packed};
use crate::filters::{MetricFilter, MetricTransformation, SubscriptionFilter};
use crate::group::{Group, GroupKey};
use crate::query_definition::QueryDefinition as LiveQueryDefinition;
use crate::resource_policy::{OwnedName, ResourcePolicy as LiveResourcePolicy, key_of};
use crate::stream::{Seen as LiveSeen, Stream};
use crate::{Kind, shelf};

/// A group with its filters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogGroup {
    account: AccountId,
    region: Region,
    name: Box<str>,
    created: Timestamp,
    class: String,
    retention_days: Option<u32>,
    is_protected: bool,
    tags: BTreeMap<String, String>,
    subscription_filters: Vec<LogSubscriptionFilter>,
    metric_filters: Vec<LogMetricFilter>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct LogSubscriptionFilter {
    name: String,
    pattern: String,
    destination: FunctionArn,
    distribution: String,
    created: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct LogMetricFilter {
    name: String,
    pattern: String,
    transformations: Vec<LogMetricTransformation>,
    created: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct LogMetricTransformation {
    name: String,
    namespace: String,
    value: String,
    default_value: Option<f64>,
    dimensions: Option<BTreeMap<String, String>>,
    unit: Option<String>,
}

impl LogGroup {
    fn group_key(&self) -> GroupKey {
        let (account, region) = (self.account.clone(), self.region.clone());
        GroupKey { account, region, name: self.name.clone() }
    }

    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        self.group_key().key()
    }
}

impl From<&Group> for LogGroup {
    fn from(live: &Group) -> Self {
        let GroupKey { account, region, name } = &*live.key;
        let subscription_filters = live.subscription_filters.iter();
        let metric_filters = live.metric_filters.iter();
        Self {
            account: account.clone(),
            region: region.clone(),
            name: name.clone(),
            created: live.created,
            class: live.class.clone(),
            retention_days: live.retention_days,
            is_protected: live.is_protected,
            tags: live.tags.clone(),
            subscription_filters: subscription_filters
                .map(|(name, filter)| LogSubscriptionFilter {
                    name: name.clone(),
                    pattern: filter.pattern.clone(),
                    destination: filter.destination.clone(),
                    distribution: filter.distribution.clone(),
                    created: filter.created,
                })
                .collect(),
            metric_filters: metric_filters
                .map(|(name, filter)| LogMetricFilter {
                    name: name.clone(),
                    pattern: filter.pattern.clone(),
                    transformations: filter.transformations.iter().map(Into::into).collect(),
                    created: filter.created,
                })
                .collect(),
        }
    }
}

impl From<LogGroup> for Group {
    fn from(stored: LogGroup) -> Self {
        let mut group = Self::new(stored.group_key(), stored.created, stored.class);
        group.retention_days = stored.retention_days;
        group.is_protected = stored.is_protected;
        group.tags = stored.tags;
        group.subscription_filters =
            stored.subscription_filters.into_iter().map(Into::into).collect();
        group.metric_filters = stored.metric_filters.into_iter().map(Into::into).collect();
        group
    }
}

impl From<LogSubscriptionFilter> for (String, SubscriptionFilter) {
    fn from(stored: LogSubscriptionFilter) -> Self {
        let LogSubscriptionFilter { name, pattern, destination, distribution, created } = stored;
        (name, SubscriptionFilter { pattern, destination, distribution, created })
    }
}

impl From<LogMetricFilter> for (String, MetricFilter) {
    fn from(stored: LogMetricFilter) -> Self {
        let LogMetricFilter { name, pattern, transformations, created } = stored;
        let transformations = transformations.into_iter().map(Into::into).collect();
        (name, MetricFilter { pattern, transformations, created })
    }
}

impl From<&MetricTransformation> for LogMetricTransformation {
    fn from(live: &MetricTransformation) -> Self {
        Self {
            name: live.metric_name.clone(),
            namespace: live.metric_namespace.clone(),
            value: live.metric_value.clone(),
            default_value: live.default_value,
            dimensions: live.dimensions.clone(),
            unit: live.unit.clone(),
        }
    }
}

impl From<LogMetricTransformation> for MetricTransformation {
    fn from(stored: LogMetricTransformation) -> Self {
        Self {
            metric_name: stored.name,
            metric_namespace: stored.namespace,
            metric_value: stored.value,
            default_value: stored.default_value,
            dimensions: stored.dimensions,
            unit: stored.unit,
        }
    }
}

/// A stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogStream {
    number: u64,
    account: AccountId,
    region: Region,
    group: Box<str>,
    name: Arc<str>,
    created: Timestamp,
    function: Option<FunctionArn>,
    gone: LogsGone,
}

/// From when to when events were that are kept no more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct LogsGone {
    first_ms: Option<u64>,
    last_ms: Option<u64>,
    ingested: Option<Timestamp>,
}

impl LogStream {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        Stream::key_of(self.number)
    }
}

impl From<&Stream> for LogStream {
    fn from(live: &Stream) -> Self {
        let GroupKey { account, region, name } = &*live.group;
        let LiveSeen { first_ms, last_ms, ingested } = live.gone;
        Self {
            number: live.number,
            account: account.clone(),
            region: region.clone(),
            group: name.clone(),
            name: Arc::clone(&live.name),
            created: live.created,
            function: live.function.clone(),
            gone: LogsGone { first_ms, last_ms, ingested },
        }
    }
}

impl From<LogStream> for Stream {
    fn from(stored: LogStream) -> Self {
        let LogStream { number, account, region, group, name, created, function, gone } = stored;
        let LogsGone { first_ms, last_ms, ingested } = gone;
        let gone = LiveSeen { first_ms, last_ms, ingested };
        let group = Arc::new(GroupKey { account, region, name: group });
        Self { number, group, name, created, function, batches: VecDeque::new(), seen: gone, gone }
    }
}

/// Events that came at once: their messages are one text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogEvents {
    number: u64,
    stream: u64,
    ingested: Timestamp,
    cause: Option<CauseId>,
    first_ms: u64,
    after_ms: Vec<u32>,
    lengths: Vec<u32>,
    text: Arc<str>,
}

impl LogEvents {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        shelf::key_of(self.number)
    }
}

impl From<&Batch> for LogEvents {
    fn from(live: &Batch) -> Self {
        let Packed { first_ms, after_ms, lengths, text } = live.packed();
        let Batch { number, stream, ingested, cause, .. } = *live;
        Self { number, stream, ingested, cause, first_ms, after_ms, lengths, text }
    }
}

impl From<LogEvents> for Batch {
    fn from(stored: LogEvents) -> Self {
        let LogEvents { number, stream, ingested, cause, first_ms, after_ms, lengths, text } =
            stored;
        let packed = Packed { first_ms, after_ms, lengths, text };
        Self::unpacked(number, stream, ingested, cause, packed)
    }
}

/// A resource policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogResourcePolicy {
    account: AccountId,
    region: Region,
    name: String,
    document: String,
    updated: Timestamp,
}

impl LogResourcePolicy {
    pub(crate) fn of((account, region, name): &OwnedName, live: &LiveResourcePolicy) -> Self {
        Self {
            account: account.clone(),
            region: region.clone(),
            name: name.clone(),
            document: live.document.clone(),
            updated: live.updated,
        }
    }

    pub(crate) fn into_live(self) -> (OwnedName, LiveResourcePolicy) {
        let Self { account, region, name, document, updated } = self;
        ((account, region, name), LiveResourcePolicy { document, updated })
    }

    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        let name = (self.account.clone(), self.region.clone(), self.name.clone());
        key_of(Kind::LogResourcePolicy, &name)
    }
}

/// A query that was saved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogQueryDefinition {
    account: AccountId,
    region: Region,
    id: String,
    name: String,
    query: String,
    groups: Vec<String>,
    language: String,
    modified: Timestamp,
}

impl LogQueryDefinition {
    pub(crate) fn of((account, region, id): &OwnedName, live: &LiveQueryDefinition) -> Self {
        Self {
            account: account.clone(),
            region: region.clone(),
            id: id.clone(),
            name: live.name.clone(),
            query: live.query.clone(),
            groups: live.groups.clone(),
            language: live.language.clone(),
            modified: live.modified,
        }
    }

    pub(crate) fn into_live(self) -> (OwnedName, LiveQueryDefinition) {
        let Self { account, region, id, name, query, groups, language, modified } = self;
        ((account, region, id), LiveQueryDefinition { name, query, groups, language, modified })
    }

    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        let name = (self.account.clone(), self.region.clone(), self.id.clone());
        key_of(Kind::LogQueryDefinition, &name)
    }
}
