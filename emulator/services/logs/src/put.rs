//! Events that clients put into a stream.
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html>

use std::collections::BTreeMap;

use kernel::call::Origin;
use kernel::error::ApiError;
use serde::{Deserialize, Serialize};

use crate::limits::{
    BATCH_SIZE_BYTES_MAX, BATCH_SPAN_MS_MAX, EVENT_OVERHEAD_BYTES, FUTURE_MS_MAX, PAST_MS_MAX,
};
use crate::stream::sequence_token;
use crate::{Cx, Logs, error as errors};

impl Logs {
    pub(crate) fn put_log_events(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &PutLogEventsInput,
    ) -> Result<PutLogEventsOutput, ApiError> {
        let events = &input.log_events;
        check(events)?;
        let key = self.own(origin, &input.log_group_name)?;
        let number =
            self.stream_number(&key, &input.log_stream_name).ok_or_else(errors::no_stream)?;
        let now_ms = cx.now.as_ms();
        let too_old = now_ms.saturating_sub(PAST_MS_MAX);
        let expired = self.group(&key)?.expired_before_ms(cx.now);
        let too_new = now_ms + FUTURE_MS_MAX;
        // They are in order: those that are too old come first, those that are too new last.
        let before = |ms: u64| events.partition_point(|event| event.timestamp < ms);
        let (old, past, end) = (before(too_old), before(expired), before(too_new + 1));
        let accepted = events.get(old.max(past)..end).unwrap_or_default();
        let accepted = accepted.iter().map(|event| (event.timestamp, event.message.as_str()));
        let cause = Some(cx.cause());
        if let Some(batch) = self.append(cx, number, cause, accepted) {
            self.tell_subscribers(cx, &batch);
        }
        let index = |at: usize, is_some: bool| is_some.then_some(at);
        let rejected = RejectedLogEventsInfo {
            too_new_log_event_start_index: index(end, end < events.len()),
            too_old_log_event_end_index: index(old, old > 0),
            expired_log_event_end_index: index(past, past > old),
        };
        let is_rejected = old > 0 || past > 0 || end < events.len();
        let stream = self.streams.get(&number).ok_or_else(errors::no_stream)?;
        Ok(PutLogEventsOutput {
            next_sequence_token: sequence_token(stream),
            rejected_log_events_info: is_rejected.then_some(rejected),
        })
    }
}

fn check(events: &[InputLogEvent]) -> Result<(), ApiError> {
    let refuse = |text: String| Err(errors::INVALID_PARAMETER.says(text));
    let size_of = |event: &InputLogEvent| event.message.len() + EVENT_OVERHEAD_BYTES;
    if let Some(large) = events.iter().map(size_of).find(|size| *size > BATCH_SIZE_BYTES_MAX) {
        return refuse(format!(
            "Log event too large: {large} bytes exceeds limit of {BATCH_SIZE_BYTES_MAX}"
        ));
    }
    let size_bytes: usize = events.iter().map(size_of).sum();
    if size_bytes > BATCH_SIZE_BYTES_MAX {
        return refuse(format!(
            "Upload too large: {size_bytes} bytes exceeds limit of {BATCH_SIZE_BYTES_MAX}"
        ));
    }
    if !events.is_sorted_by_key(|event| event.timestamp) {
        return refuse(
            "Log events in a single PutLogEvents request must be in chronological order.".into(),
        );
    }
    if let (Some(first), Some(last)) = (events.first(), events.last())
        && last.timestamp - first.timestamp > BATCH_SPAN_MS_MAX
    {
        return refuse(
            "The batch of log events in a single PutLogEvents request cannot span more than 24 hours."
                .into(),
        );
    }
    Ok(())
}

/// Input of `PutLogEvents`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PutLogEventsInput {
    /// The group.
    pub log_group_name: String,
    /// The stream.
    pub log_stream_name: String,
    /// The events, in the order of their times.
    pub log_events: Vec<InputLogEvent>,
    /// Needed no more: any is as good as none.
    pub sequence_token: Option<String>,
    /// What the events are about. AWS relates them by it in its console; nothing comes of it here.
    pub entity: Option<Entity>,
}

/// An event that is put.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InputLogEvent {
    /// Its time, in milliseconds since the epoch.
    pub timestamp: u64,
    /// What it says.
    pub message: String,
}

/// What events are about.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Entity {
    /// What it is known by.
    pub key_attributes: Option<BTreeMap<String, String>>,
    /// What is told of it.
    pub attributes: Option<BTreeMap<String, String>>,
}

/// Output of `PutLogEvents`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PutLogEventsOutput {
    /// Needed no more.
    pub next_sequence_token: String,
    /// What was not taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rejected_log_events_info: Option<RejectedLogEventsInfo>,
}

/// Which events were not taken, by their places in the request.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RejectedLogEventsInfo {
    /// From here on they are more than two hours in the future.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub too_new_log_event_start_index: Option<usize>,
    /// Those before are older than 14 days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub too_old_log_event_end_index: Option<usize>,
    /// Those before are older than the group keeps them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expired_log_event_end_index: Option<usize>,
}
