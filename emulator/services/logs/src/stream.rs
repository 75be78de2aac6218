//! Streams: what one source writes into a group.
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_LogStream.html>

use std::collections::VecDeque;
use std::sync::Arc;

use kernel::arn::FunctionArn;
use kernel::call::Origin;
use kernel::error::ApiError;
use kernel::record::Key;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::batch::Batch;
use crate::event_id::Position;
use crate::group::GroupKey;
use crate::limits::{DESCRIBED_DEFAULT, STREAMS_MAX};
use crate::{Cx, Empty, Kind, Logs, Record, error as errors, page};

/// A stream, with the events that are kept of it.
#[derive(Debug, Clone)]
pub(crate) struct Stream {
    /// By which its batches and its record know it; never given again.
    pub(crate) number: u64,
    pub(crate) group: Arc<GroupKey>,
    pub(crate) name: Arc<str>,
    pub(crate) created: Timestamp,
    /// The function whose environment writes it.
    pub(crate) function: Option<FunctionArn>,
    /// In the order in which they came.
    pub(crate) batches: VecDeque<Arc<Batch>>,
    /// Of all events that there ever were.
    pub(crate) seen: Seen,
    /// Of those that are kept no more.
    pub(crate) gone: Seen,
}

/// From when to when events are, and when the last came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) first_ms: Option<u64>,
    pub(crate) last_ms: Option<u64>,
    pub(crate) ingested: Option<Timestamp>,
}

impl Seen {
    /// And those of a batch besides.
    pub(crate) fn and(self, batch: &Batch) -> Self {
        Self {
            first_ms: Some(self.first_ms.map_or(batch.first_ms(), |it| it.min(batch.first_ms()))),
            last_ms: self.last_ms.max(Some(batch.last_ms())),
            ingested: self.ingested.max(Some(batch.ingested)),
        }
    }
}

impl Stream {
    pub(crate) fn arn(&self) -> String {
        format!("{}:log-stream:{}", self.group.arn(), self.name)
    }

    pub(crate) fn key_of(number: u64) -> Key {
        Key::numbered(Kind::LogStream, number)
    }
}

impl Logs {
    pub(crate) fn create_log_stream(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &CreateLogStreamInput,
    ) -> Result<Empty, ApiError> {
        let key = self.own(origin, &input.log_group_name)?;
        if self.stream_number(&key, &input.log_stream_name).is_some() {
            return Err(
                errors::RESOURCE_ALREADY_EXISTS.says("The specified log stream already exists")
            );
        }
        if self.streams.len() >= STREAMS_MAX {
            return Err((&errors::LIMIT_EXCEEDED).into());
        }
        self.open_stream(cx, &key, &input.log_stream_name, None);
        Ok(Empty {})
    }

    /// The number of the stream, which is made where it is not there; nothing where there is no such group.
    pub(crate) fn open_stream(
        &mut self,
        cx: &mut Cx<'_>,
        key: &GroupKey,
        name: &str,
        function: Option<FunctionArn>,
    ) -> Option<u64> {
        let group = self.groups.get_mut(key)?;
        if let Some(number) = group.streams.get(name) {
            return Some(*number);
        }
        let stream = Stream {
            number: cx.numbers.next(cx.now),
            group: Arc::clone(&group.key),
            name: name.into(),
            created: cx.now,
            function,
            batches: VecDeque::new(),
            seen: Seen::default(),
            gone: Seen::default(),
        };
        group.streams.insert(Arc::clone(&stream.name), stream.number);
        cx.put(|| Record::stream(&stream));
        let number = stream.number;
        self.streams.insert(number, stream);
        Some(number)
    }

    pub(crate) fn delete_log_stream(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &CreateLogStreamInput,
    ) -> Result<Empty, ApiError> {
        let key = self.own(origin, &input.log_group_name)?;
        let number =
            self.stream_number(&key, &input.log_stream_name).ok_or_else(errors::no_stream)?;
        if let Some(group) = self.groups.get_mut(&key) {
            group.streams.remove(&*input.log_stream_name);
        }
        self.remove_stream(cx, number);
        Ok(Empty {})
    }

    pub(crate) fn describe_log_streams(
        &self,
        origin: &Origin,
        input: &DescribeLogStreamsInput,
    ) -> Result<DescribeLogStreamsOutput, ApiError> {
        let names = (input.log_group_name.as_deref(), input.log_group_identifier.as_deref());
        let group = self.group(&self.named(origin, names)?)?;
        let prefix = input.log_stream_name_prefix.as_deref();
        let by_time = input.order_by.as_deref() == Some("LastEventTime");
        if by_time && prefix.is_some() {
            return Err(errors::INVALID_PARAMETER
                .says("Cannot order by LastEventTime with a logStreamNamePrefix."));
        }
        let of = prefix.unwrap_or_default();
        let named = group.streams.iter().filter(|(name, _)| name.starts_with(of));
        let mut found: Vec<&Stream> =
            named.filter_map(|(_, number)| self.streams.get(number)).collect();
        if by_time {
            // Those without events stand first, as the oldest.
            found.sort_by_key(|stream| (stream.seen.last_ms, stream.number));
        }
        if input.descending == Some(true) {
            found.reverse();
        }
        let place = |stream: &&Stream| stream.name.to_string();
        let group_name = &group.key.name;
        let limit = input.limit.unwrap_or(DESCRIBED_DEFAULT);
        let page = page::of(found, input.next_token.as_deref(), limit, place, group_name)?;
        let log_streams = page.items.into_iter().map(described).collect();
        Ok(DescribeLogStreamsOutput { log_streams, next_token: page.next_token })
    }
}

fn described(stream: &Stream) -> LogStream {
    LogStream {
        log_stream_name: stream.name.to_string(),
        creation_time: stream.created.as_ms(),
        first_event_timestamp: stream.seen.first_ms,
        last_event_timestamp: stream.seen.last_ms,
        last_ingestion_time: stream.seen.ingested.map(Timestamp::as_ms),
        upload_sequence_token: stream.seen.ingested.map(|_| sequence_token(stream)),
        arn: stream.arn(),
        stored_bytes: 0,
    }
}

/// What nobody needs any more since January 2023, and everybody is still given.
pub(crate) fn sequence_token(stream: &Stream) -> String {
    let at_ms = stream.created.as_ms();
    let number = stream.batches.back().map_or(stream.number, |batch| batch.last_number());
    Position { at_ms, number }.id()
}

/// Input of `CreateLogStream` and `DeleteLogStream`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateLogStreamInput {
    /// The group.
    pub log_group_name: String,
    /// The stream.
    pub log_stream_name: String,
}

/// Input of `DescribeLogStreams`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DescribeLogStreamsInput {
    /// The group.
    pub log_group_name: Option<String>,
    /// Its name or ARN.
    pub log_group_identifier: Option<String>,
    /// What the names of streams begin with.
    pub log_stream_name_prefix: Option<String>,
    /// `LogStreamName` or `LastEventTime`.
    pub order_by: Option<String>,
    /// From the last to the first.
    pub descending: Option<bool>,
    /// Where the page before ended.
    pub next_token: Option<String>,
    /// How many at most.
    pub limit: Option<usize>,
}

/// Output of `DescribeLogStreams`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeLogStreamsOutput {
    /// The streams of this page.
    pub log_streams: Vec<LogStream>,
    /// More follow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// A stream, as it is described. Times are in milliseconds since the epoch.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LogStream {
    /// Its name.
    pub log_stream_name: String,
    /// When it was made.
    pub creation_time: u64,
    /// The time of the earliest event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_event_timestamp: Option<u64>,
    /// The time of the latest event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_event_timestamp: Option<u64>,
    /// When the last event came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_ingestion_time: Option<u64>,
    /// Needed no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upload_sequence_token: Option<String>,
    /// Its ARN.
    pub arn: String,
    /// 0 since 2019.
    pub stored_bytes: u64,
}
