//! CloudWatch Logs.
//!
//! Events are kept in the batches in which they came: the messages of a batch are one text, so that a search goes
//! through a million of them without a look at each (`scan.rs`), and a batch is one record (`batch.rs`). All
//! batches together have a budget, within which the oldest go first (`shelf.rs`); retention follows the World's
//! clock (`retention.rs`). Patterns (`pattern/`) and queries (`insights/`) are whole. What a function writes comes
//! in as [`Logged`]; what a function has subscribed to is announced as [`Subscribed`].
//!
//! Exports, KMS, data protection, destinations, deliveries, transformers, indexes, anomalies, live tail and
//! everything else is refused by name.

pub mod access;
mod answer;
mod batch;
mod descriptor;
mod emf;
pub mod error;
mod event_id;
mod filter;
mod filters;
mod get;
mod group;
mod insights;
pub mod limits;
mod logged;
mod metric_filter;
mod metrics;
mod page;
mod pattern;
mod put;
mod query_definition;
pub mod record;
mod resource_policy;
mod retention;
mod scan;
mod shelf;
mod stream;
mod subscription;
mod tags;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;

use kernel::access::Asking;
use kernel::call::Origin;
use kernel::context::Restoring;
use kernel::descriptor::Descriptor;
use kernel::directory::Directory;
use kernel::error::ApiError;
use kernel::fact::Fact;
use kernel::service::Service;
use kernel::time::Timestamp;
use kernel::trace::CauseId;
use serde::Serialize;

pub use filter::{FilterLogEventsInput, FilterLogEventsOutput, FilteredLogEvent};
pub use filters::MetricTransformation;
pub use get::{GetLogEventsInput, GetLogEventsOutput, OutputLogEvent};
pub use group::{
    CreateLogGroupInput, DescribeLogGroupsInput, DescribeLogGroupsOutput, GroupKey,
    ListLogGroupsInput, ListLogGroupsOutput, LogGroup, LogGroupNameInput, LogGroupSummary,
    PutLogGroupDeletionProtectionInput, TagFilter,
};
pub use insights::{
    DescribeQueriesInput, DescribeQueriesOutput, GetLogGroupFieldsInput, GetLogGroupFieldsOutput,
    GetLogRecordInput, GetLogRecordOutput, GetQueryResultsInput, GetQueryResultsOutput,
    QueryIdInput, StartQueryInput, StartQueryOutput, StopQueryOutput,
};
pub use logged::{FunctionLine, Logged, WantedLines};
pub use metric_filter::{
    DescribeMetricFiltersInput, DescribeMetricFiltersOutput, LogGroupFilterInput,
    PutMetricFilterInput, TestMetricFilterInput, TestMetricFilterOutput,
};
pub use put::{InputLogEvent, PutLogEventsInput, PutLogEventsOutput, RejectedLogEventsInfo};
pub use query_definition::{
    DeleteQueryDefinitionInput, DeleteQueryDefinitionOutput, DescribeQueryDefinitionsInput,
    DescribeQueryDefinitionsOutput, PutQueryDefinitionInput, PutQueryDefinitionOutput,
};
pub use resource_policy::{
    DeleteResourcePolicyInput, DescribeResourcePoliciesInput, DescribeResourcePoliciesOutput,
    PutResourcePolicyInput, PutResourcePolicyOutput,
};
pub use retention::PutRetentionPolicyInput;
pub use stream::{
    CreateLogStreamInput, DescribeLogStreamsInput, DescribeLogStreamsOutput, LogStream,
};
pub use subscription::{
    DescribeSubscriptionFiltersInput, DescribeSubscriptionFiltersOutput,
    PutSubscriptionFilterInput, Subscribed, function_refused,
};
pub use tags::{
    ListTagsForResourceInput, TagLogGroupInput, TagResourceInput, TagsOutput, UntagLogGroupInput,
    UntagResourceInput,
};

kernel::operations! { "logs";
    CreateLogGroup(CreateLogGroupInput) -> Empty;
    CreateLogStream(CreateLogStreamInput) -> Empty;
    DeleteLogGroup(LogGroupNameInput) -> Empty;
    DeleteLogStream(CreateLogStreamInput) -> Empty;
    DeleteMetricFilter(LogGroupFilterInput) -> Empty;
    DeleteQueryDefinition(DeleteQueryDefinitionInput) -> DeleteQueryDefinitionOutput;
    DeleteResourcePolicy(DeleteResourcePolicyInput) -> Empty;
    DeleteRetentionPolicy(LogGroupNameInput) -> Empty;
    DeleteSubscriptionFilter(LogGroupFilterInput) -> Empty;
    DescribeLogGroups(DescribeLogGroupsInput) -> DescribeLogGroupsOutput;
    DescribeLogStreams(DescribeLogStreamsInput) -> DescribeLogStreamsOutput;
    DescribeMetricFilters(DescribeMetricFiltersInput) -> DescribeMetricFiltersOutput;
    DescribeQueries(DescribeQueriesInput) -> DescribeQueriesOutput;
    DescribeQueryDefinitions(DescribeQueryDefinitionsInput) -> DescribeQueryDefinitionsOutput;
    DescribeResourcePolicies(DescribeResourcePoliciesInput) -> DescribeResourcePoliciesOutput;
    DescribeSubscriptionFilters(DescribeSubscriptionFiltersInput) -> DescribeSubscriptionFiltersOutput;
    FilterLogEvents(FilterLogEventsInput) -> FilterLogEventsOutput;
    GetLogEvents(GetLogEventsInput) -> GetLogEventsOutput;
    GetLogGroupFields(GetLogGroupFieldsInput) -> GetLogGroupFieldsOutput;
    GetLogRecord(GetLogRecordInput) -> GetLogRecordOutput;
    GetQueryResults(GetQueryResultsInput) -> GetQueryResultsOutput;
    ListLogGroups(ListLogGroupsInput) -> ListLogGroupsOutput;
    ListTagsForResource(ListTagsForResourceInput) -> TagsOutput;
    ListTagsLogGroup(LogGroupNameInput) -> TagsOutput;
    PutLogEvents(PutLogEventsInput) -> PutLogEventsOutput;
    PutLogGroupDeletionProtection(PutLogGroupDeletionProtectionInput) -> Empty;
    PutMetricFilter(PutMetricFilterInput) -> Empty;
    PutQueryDefinition(PutQueryDefinitionInput) -> PutQueryDefinitionOutput;
    PutResourcePolicy(PutResourcePolicyInput) -> PutResourcePolicyOutput;
    PutRetentionPolicy(PutRetentionPolicyInput) -> Empty;
    PutSubscriptionFilter(PutSubscriptionFilterInput) -> Empty;
    StartQuery(StartQueryInput) -> StartQueryOutput;
    StopQuery(QueryIdInput) -> StopQueryOutput;
    TagLogGroup(TagLogGroupInput) -> Empty;
    TagResource(TagResourceInput) -> Empty;
    TestMetricFilter(TestMetricFilterInput) -> TestMetricFilterOutput;
    UntagLogGroup(UntagLogGroupInput) -> Empty;
    UntagResource(UntagResourceInput) -> Empty;
}

/// What operations are answered with that say nothing.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Empty {}

/// All groups, with their events.
#[derive(Debug, Clone, Default)]
pub struct Logs {
    groups: BTreeMap<GroupKey, group::Group>,
    /// By their numbers.
    streams: BTreeMap<u64, stream::Stream>,
    shelf: shelf::Shelf,
    resource_policies: BTreeMap<resource_policy::OwnedName, resource_policy::ResourcePolicy>,
    query_definitions: BTreeMap<resource_policy::OwnedName, query_definition::QueryDefinition>,
    /// In memory alone.
    queries: insights::Queries,
    meters: metrics::Meters,
}

kernel::records! {
    /// A group with its filters.
    LogGroup(record::LogGroup) = 25;
    /// A stream.
    LogStream(record::LogStream) = 26, numbered "log_stream";
    /// Events that came at once.
    LogEvents(record::LogEvents) = 27, numbered "log_events";
    /// A resource policy.
    LogResourcePolicy(record::LogResourcePolicy) = 28;
    /// A query that was saved.
    LogQueryDefinition(record::LogQueryDefinition) = 29;
}

impl Record {
    fn group(group: &group::Group) -> Self {
        Self::LogGroup(Box::new(group.into()))
    }

    fn stream(stream: &stream::Stream) -> Self {
        Self::LogStream(Box::new(stream.into()))
    }

    fn events(batch: &batch::Batch) -> Self {
        Self::LogEvents(Box::new(batch.into()))
    }

    fn resource_policy(
        name: &resource_policy::OwnedName,
        policy: &resource_policy::ResourcePolicy,
    ) -> Self {
        Self::LogResourcePolicy(Box::new(record::LogResourcePolicy::of(name, policy)))
    }

    fn query_definition(
        id: &resource_policy::OwnedName,
        definition: &query_definition::QueryDefinition,
    ) -> Self {
        Self::LogQueryDefinition(Box::new(record::LogQueryDefinition::of(id, definition)))
    }
}

/// What becomes due.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Due {
    /// Events of streams that are deleted go.
    Sweep,
    /// Events of a group are older than it keeps them.
    Expire(Arc<GroupKey>),
}

/// What others may want to hear.
#[derive(Debug, Clone)]
pub enum Announcement {
    /// Events came that a function has subscribed to.
    Subscribed(Box<Subscribed>),
}

/// The context in which Logs handles something.
pub type Cx<'a> = kernel::context::Cx<'a, Logs>;

impl Logs {
    fn stream_number(&self, key: &GroupKey, name: &str) -> Option<u64> {
        self.groups.get(key)?.streams.get(name).copied()
    }

    /// Whether there is this group.
    #[must_use]
    pub fn has_group(&self, key: &GroupKey) -> bool {
        self.groups.contains_key(key)
    }

    /// How many groups there are.
    #[must_use]
    pub fn group_count(&self) -> usize {
        self.groups.len()
    }
}

impl Service for Logs {
    type Request = Request;
    type Response = Response;
    type Record = Record;
    type Due = Due;
    type Announcement = Announcement;
    type Effect = Infallible;

    const DESCRIPTOR: Descriptor = descriptor::DESCRIPTOR;

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
            Due::Sweep => self.shelf.swept_because,
            Due::Expire(key) => self.groups.get(&**key)?.expires_because,
        }
    }

    fn due(&mut self, cx: &mut Cx<'_>, due: Due) {
        match due {
            Due::Sweep => self.sweep(cx),
            Due::Expire(key) => self.expire(cx, &key),
        }
    }

    fn facts(&self, _: &Directory, at: Timestamp, facts: &mut Vec<Fact>) {
        self.state_facts(at, facts);
    }

    fn minute_over(&mut self, _at: Timestamp) -> Option<Timestamp> {
        self.begin_minute();
        None
    }

    fn restore(&mut self, cx: &mut Restoring<'_, Self>, record: Record) {
        match record {
            Record::LogGroup(stored) => {
                let group = group::Group::from(*stored);
                self.groups.insert((*group.key).clone(), group);
            }
            Record::LogStream(stored) => {
                let mut stream = stream::Stream::from(*stored);
                cx.numbers.was_given(stream.number);
                if let Some(group) = self.groups.get_mut(&*stream.group) {
                    stream.group = Arc::clone(&group.key);
                    group.streams.insert(Arc::clone(&stream.name), stream.number);
                }
                self.streams.insert(stream.number, stream);
            }
            Record::LogEvents(stored) => {
                let batch = Arc::new(batch::Batch::from(*stored));
                cx.numbers.was_given(batch.last_number());
                if let Some(cause) = batch.cause {
                    cx.trace.resume_after(cause);
                }
                self.shelve(&batch);
                match self.streams.get(&batch.stream) {
                    Some(stream) => {
                        if let Some(group) = self.groups.get_mut(&*stream.group) {
                            group.schedule_expiry(cx.deadlines);
                        }
                    }
                    None => self.sweep_later(cx.deadlines),
                }
            }
            Record::LogResourcePolicy(stored) => {
                let (name, policy) = stored.into_live();
                self.resource_policies.insert(name, policy);
            }
            Record::LogQueryDefinition(stored) => {
                let (id, definition) = stored.into_live();
                self.query_definitions.insert(id, definition);
            }
        }
    }

    fn records(&self) -> impl Iterator<Item = Record> + '_ {
        let policies = self.resource_policies.iter();
        let definitions = self.query_definitions.iter();
        self.groups
            .values()
            .map(Record::group)
            .chain(self.streams.values().map(Record::stream))
            .chain(self.shelf.batches.values().map(|batch| Record::events(batch)))
            .chain(policies.map(|(name, policy)| Record::resource_policy(name, policy)))
            .chain(definitions.map(|(id, definition)| Record::query_definition(id, definition)))
    }
}
