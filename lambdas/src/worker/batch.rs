//! What was received together, and what of it failed.

use std::{collections::HashSet, fmt};

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use aws_sdk_sqs::types::Message;

use super::queue::Queue;

/// Messages of one receive; perhaps none.
pub(super) struct Batch(Vec<Received>);

/// A message in hand.
pub(super) struct Received {
    message: Message,
}

/// The places in their batch of the messages that failed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Failures(HashSet<usize>);

impl Batch {
    pub(super) fn new(messages: Vec<Message>) -> Self {
        Self(messages.into_iter().map(|message| Received { message }).collect())
    }

    pub(super) fn messages(&self) -> impl ExactSizeIterator<Item = &Received> {
        self.0.iter()
    }

    /// The batch as an event source mapping hands it over.
    /// <https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html>
    pub(super) fn event(&self, queue: &Queue) -> SqsEvent {
        let mut event = SqsEvent::default();
        event.records = self.0.iter().map(|received| received.record(queue)).collect();
        event
    }
}

impl Received {
    pub(super) fn body(&self) -> &str {
        self.message.body().unwrap_or_default()
    }

    pub(super) fn receipt_handle(&self) -> &str {
        self.message.receipt_handle().unwrap_or_default()
    }

    fn record(&self, queue: &Queue) -> SqsMessage {
        let message = &self.message;
        let mut record = SqsMessage::default();
        record.message_id = message.message_id().map(str::to_owned);
        record.receipt_handle = message.receipt_handle().map(str::to_owned);
        record.body = message.body().map(str::to_owned);
        record.md5_of_body = message.md5_of_body().map(str::to_owned);
        record.attributes = message
            .attributes()
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.as_str().to_owned(), value.clone()))
            .collect();
        record.event_source = Some("aws:sqs".to_owned());
        record.event_source_arn = queue.arn().map(str::to_owned);
        record.aws_region = queue.region().map(str::to_owned);
        record
    }
}

impl Failures {
    /// Of messages that were handled one by one, in their order.
    pub(super) fn of(batch: &Batch, done: &[bool]) -> Self {
        let failed = |place: &usize| !done.get(*place).copied().unwrap_or_default();
        Self((0..batch.0.len()).filter(failed).collect())
    }

    pub(super) fn all(batch: &Batch) -> Self {
        Self((0..batch.0.len()).collect())
    }

    /// What a function reports. As on Lambda, a report that names a message that was not in the
    /// batch fails all of it: its author means something else than we understand.
    pub(super) fn reported(batch: &Batch, response: &SqsBatchResponse) -> Self {
        let place = |id: &str| {
            batch.0.iter().position(|received| received.message.message_id() == Some(id))
        };
        let reported = response.batch_item_failures.iter();
        let places: Option<_> = reported.map(|failure| place(&failure.item_identifier)).collect();
        places.map_or_else(|| Self::all(batch), Self)
    }

    pub(super) fn contains(&self, place: usize) -> bool {
        self.0.contains(&place)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// ID and count of its deliveries: what a person looks for in a log.
impl fmt::Display for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use aws_sdk_sqs::types::MessageSystemAttributeName::ApproximateReceiveCount;
        write!(f, "message {}", self.message.message_id().unwrap_or("without ID"))?;
        let attributes = self.message.attributes();
        match attributes.and_then(|attributes| attributes.get(&ApproximateReceiveCount)) {
            Some(count) if count != "1" => write!(f, " (delivery {count})"),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, received) in self.0.iter().enumerate() {
            write!(f, "{}{received}", if place == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}
