//! The events of one stream, forward and backward.
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html>

use kernel::call::Origin;
use kernel::error::ApiError;
use serde::{Deserialize, Serialize};

use crate::event_id::Position;
use crate::limits::PAGE_EVENTS_MAX;
use crate::scan::{self, Wanted};
use crate::{Cx, Logs, error as errors};

/// A place in a stream, and in which direction it goes on from there.
#[derive(Clone, Copy)]
enum Token {
    /// `f/…`: what comes after this event.
    Forward(Position),
    /// `b/…`: what comes before this event.
    Backward(Position),
}

impl Token {
    fn parse(text: &str) -> Option<Self> {
        let digits = text.get(2..)?;
        let position = Position::parse(digits.strip_suffix("/s").unwrap_or(digits))?;
        match text.get(..2)? {
            "f/" => Some(Self::Forward(position)),
            "b/" => Some(Self::Backward(position)),
            _ => None,
        }
    }

    const fn position(self) -> Position {
        match self {
            Self::Forward(position) | Self::Backward(position) => position,
        }
    }
}

impl Logs {
    pub(crate) fn get_log_events(
        &self,
        cx: &Cx<'_>,
        origin: &Origin,
        input: &GetLogEventsInput,
    ) -> Result<GetLogEventsOutput, ApiError> {
        let names = (input.log_group_name.as_deref(), input.log_group_identifier.as_deref());
        let group = self.group(&self.named(origin, names)?)?;
        let number = group.streams.get(&*input.log_stream_name).ok_or_else(errors::no_stream)?;
        let stream = self.streams.get(number).ok_or_else(errors::no_stream)?;
        let token = input.next_token.as_deref();
        let token = token.map(|token| Token::parse(token).ok_or_else(errors::invalid_token));
        let token = token.transpose()?;
        let start_ms = input.start_time.unwrap_or(0).max(group.expired_before_ms(cx.now));
        let mut from = Position::before(start_ms);
        let mut until = Position::before(input.end_time.unwrap_or(u64::MAX));
        let backward = match token {
            None => input.start_from_head != Some(true),
            Some(Token::Forward(Position { at_ms, number })) => {
                from = from.max(Position { at_ms, number: number.saturating_add(1) });
                false
            }
            Some(Token::Backward(position)) => {
                until = until.min(position);
                true
            }
        };
        let limit = input.limit.unwrap_or(PAGE_EVENTS_MAX);
        let wanted = Wanted { from, until, backward, limit, search: None };
        let mut hits = scan::find(stream.batches.iter(), &wanted).hits;
        if backward {
            hits.reverse();
        }
        // Where there is nothing, what comes later is found from here on.
        let here = token.map_or(Position::before(start_ms), Token::position);
        let forward = hits.last().map_or(here, |hit| hit.at);
        let back = hits.first().map_or(here, |hit| hit.at);
        let events = hits.iter().map(|hit| OutputLogEvent {
            timestamp: hit.at.at_ms,
            message: hit.message().to_owned(),
            ingestion_time: hit.batch.ingested.as_ms(),
        });
        Ok(GetLogEventsOutput {
            events: events.collect(),
            next_forward_token: format!("f/{}/s", forward.id()),
            next_backward_token: format!("b/{}/s", back.id()),
        })
    }
}

/// Input of `GetLogEvents`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GetLogEventsInput {
    /// The group.
    pub log_group_name: Option<String>,
    /// Its name or ARN.
    pub log_group_identifier: Option<String>,
    /// The stream.
    pub log_stream_name: String,
    /// From this moment on, in milliseconds since the epoch.
    pub start_time: Option<u64>,
    /// Before this moment.
    pub end_time: Option<u64>,
    /// Where the page before ended, and in which direction it goes on.
    pub next_token: Option<String>,
    /// How many at most.
    pub limit: Option<usize>,
    /// The earliest first; the latest where it is not said.
    pub start_from_head: Option<bool>,
    /// Whether what is masked is shown: nothing is masked here.
    pub unmask: Option<bool>,
}

/// Output of `GetLogEvents`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GetLogEventsOutput {
    /// The events, the earliest first.
    pub events: Vec<OutputLogEvent>,
    /// For what comes after them.
    pub next_forward_token: String,
    /// For what comes before them.
    pub next_backward_token: String,
}

/// An event. Times are in milliseconds since the epoch.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OutputLogEvent {
    /// Its time.
    pub timestamp: u64,
    /// What it says.
    pub message: String,
    /// When it came.
    pub ingestion_time: u64,
}
