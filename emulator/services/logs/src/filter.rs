//! Events of many streams that fit a pattern.
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html>

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use kernel::call::Origin;
use kernel::error::ApiError;
use serde::{Deserialize, Serialize};

use crate::batch::Batch;
use crate::event_id::Position;
use crate::group::Group;
use crate::limits::PAGE_EVENTS_MAX;
use crate::pattern::{Pattern, Search};
use crate::scan::{self, Wanted};
use crate::stream::Stream;
use crate::{Cx, Logs, error as errors};

impl Logs {
    pub(crate) fn filter_log_events(
        &self,
        cx: &Cx<'_>,
        origin: &Origin,
        input: &FilterLogEventsInput,
    ) -> Result<FilterLogEventsOutput, ApiError> {
        let names = (input.log_group_name.as_deref(), input.log_group_identifier.as_deref());
        let group = self.group(&self.named(origin, names)?)?;
        let pattern = input.filter_pattern.as_deref().unwrap_or_default();
        let pattern = Pattern::parse(pattern)?;
        let search = Search::of(&pattern);
        let streams = self.streams_of(group, input)?;
        let start_ms = input.start_time.unwrap_or(0).max(group.expired_before_ms(cx.now));
        // The end is part of it, other than in GetLogEvents.
        let end_ms = input.end_time.map_or(u64::MAX, |end| end.saturating_add(1));
        let mut from = Position::before(start_ms);
        let mut until = Position::before(end_ms);
        let mut backward = input.start_from_head == Some(false);
        if let Some(token) = &input.next_token {
            let (position, is_backward) = read(token).ok_or_else(errors::invalid_token)?;
            backward = is_backward;
            match backward {
                false => from = from.max(Position { number: position.number + 1, ..position }),
                true => until = until.min(position),
            }
        }
        let limit = input.limit.unwrap_or(PAGE_EVENTS_MAX);
        let search = (!pattern.is_empty()).then_some(&search);
        let wanted = Wanted { from, until, backward, limit, search };
        let found = scan::find(streams.into_iter().flat_map(|it| it.batches.iter()), &wanted);
        let next_token = found.hits.last().filter(|_| found.more).map(|last| {
            let direction = if backward { 'b' } else { 'f' };
            BASE64.encode(format!("{direction}{}", last.at.id()))
        });
        let events = found.hits.iter().map(|hit| FilteredLogEvent {
            log_stream_name: self.stream_name(hit.batch),
            timestamp: hit.at.at_ms,
            message: hit.message().to_owned(),
            ingestion_time: hit.batch.ingested.as_ms(),
            event_id: hit.at.id(),
        });
        Ok(FilterLogEventsOutput { events: events.collect(), searched_log_streams: [], next_token })
    }

    /// # Errors
    /// `ResourceNotFoundException` where one that is named is not there.
    fn streams_of(
        &self,
        group: &Group,
        input: &FilterLogEventsInput,
    ) -> Result<Vec<&Stream>, ApiError> {
        let prefix = input.log_stream_name_prefix.as_deref();
        let numbers: Vec<u64> = match &input.log_stream_names {
            Some(_) if prefix.is_some() => {
                return Err(errors::INVALID_PARAMETER.says(
                    "LogStream names and LogStream name prefix are mutually exclusive parameters.",
                ));
            }
            Some(names) => {
                let numbers = names.iter().map(|name| group.streams.get(&**name).copied());
                numbers.collect::<Option<_>>().ok_or_else(errors::no_stream)?
            }
            None => {
                let prefix = prefix.unwrap_or_default();
                let named = group.streams.iter().filter(|(name, _)| name.starts_with(prefix));
                named.map(|(_, number)| *number).collect()
            }
        };
        Ok(numbers.iter().filter_map(|number| self.streams.get(number)).collect())
    }

    pub(crate) fn stream_name(&self, batch: &Arc<Batch>) -> String {
        self.streams.get(&batch.stream).map_or_else(String::new, |stream| stream.name.to_string())
    }
}

fn read(token: &str) -> Option<(Position, bool)> {
    let text = String::from_utf8(BASE64.decode(token).ok()?).ok()?;
    let backward = match text.get(..1)? {
        "f" => false,
        "b" => true,
        _ => return None,
    };
    let position = Position::parse(text.get(1..)?)?;
    (position.number < u64::MAX).then_some((position, backward))
}

/// Input of `FilterLogEvents`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FilterLogEventsInput {
    /// The group.
    pub log_group_name: Option<String>,
    /// Its name or ARN.
    pub log_group_identifier: Option<String>,
    /// Of these streams.
    pub log_stream_names: Option<Vec<String>>,
    /// Of the streams whose names begin so.
    pub log_stream_name_prefix: Option<String>,
    /// From this moment on, in milliseconds since the epoch.
    pub start_time: Option<u64>,
    /// Up to this moment.
    pub end_time: Option<u64>,
    /// What they have in them.
    pub filter_pattern: Option<String>,
    /// Where the page before ended.
    pub next_token: Option<String>,
    /// How many at most.
    pub limit: Option<usize>,
    /// The earliest first, also where it is not said.
    pub start_from_head: Option<bool>,
    /// Always so: the events of all streams are in one order.
    pub interleaved: Option<bool>,
    /// Whether what is masked is shown: nothing is masked here.
    pub unmask: Option<bool>,
}

/// Output of `FilterLogEvents`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FilterLogEventsOutput {
    /// The events, in the order of their times.
    pub events: Vec<FilteredLogEvent>,
    /// Empty, as on AWS.
    pub searched_log_streams: [(); 0],
    /// More follow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// An event that fits. Times are in milliseconds since the epoch.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FilteredLogEvent {
    /// Its stream.
    pub log_stream_name: String,
    /// Its time.
    pub timestamp: u64,
    /// What it says.
    pub message: String,
    /// When it came.
    pub ingestion_time: u64,
    /// Which event it is.
    pub event_id: String,
}
