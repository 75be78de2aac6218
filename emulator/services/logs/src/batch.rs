//! Events as they are kept: a batch is what came at once. Its messages are one text, so that a search goes
//! through them without looking at each.

use std::sync::Arc;

use kernel::time::Timestamp;
use kernel::trace::CauseId;

use crate::event_id::Position;
use crate::limits::{BATCH_OVERHEAD_BYTES, EVENT_OVERHEAD_BYTES};

/// Events that came at once, in the order of their times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Batch {
    /// The number of the first event; those of the others follow.
    pub(crate) number: u64,
    /// The number of the stream that it belongs to.
    pub(crate) stream: u64,
    /// When it came.
    pub(crate) ingested: Timestamp,
    /// What the trace calls that because of which it was written.
    pub(crate) cause: Option<CauseId>,
    /// The time of the first event, in milliseconds.
    first_ms: u64,
    entries: Arc<[Entry]>,
    text: Arc<str>,
}

/// An event of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    /// How long after the first of the batch it is; no batch spans more than a day.
    after_ms: u32,
    /// Where its message ends in the batch's text.
    end: u32,
}

/// An event, as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Event<'a> {
    pub(crate) at: Position,
    pub(crate) message: &'a str,
}

impl Batch {
    /// A batch of these, each with its time in milliseconds, the earliest first. Nothing where there are
    /// none, or more than a batch can have.
    pub(crate) fn of<'a>(
        number: u64,
        stream: u64,
        ingested: Timestamp,
        cause: Option<CauseId>,
        events: impl Iterator<Item = (u64, &'a str)> + Clone,
    ) -> Option<Self> {
        let first_ms = events.clone().next()?.0;
        let mut text =
            String::with_capacity(events.clone().map(|(_, message)| message.len()).sum());
        let mut entries = Vec::with_capacity(events.size_hint().0);
        for (at_ms, message) in events {
            text.push_str(message);
            let after_ms = u32::try_from(at_ms.saturating_sub(first_ms)).ok()?;
            entries.push(Entry { after_ms, end: u32::try_from(text.len()).ok()? });
        }
        let (entries, text) = (entries.into(), text.into());
        Some(Self { number, stream, ingested, cause, first_ms, entries, text })
    }

    /// How many events there are; there is one at least.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The number of the last event.
    pub(crate) fn last_number(&self) -> u64 {
        self.number + (self.len() as u64).saturating_sub(1)
    }

    /// The time of the first event, in milliseconds.
    pub(crate) const fn first_ms(&self) -> u64 {
        self.first_ms
    }

    /// The time of the last event, in milliseconds.
    pub(crate) fn last_ms(&self) -> u64 {
        self.first_ms + self.entries.last().map_or(0, |entry| u64::from(entry.after_ms))
    }

    /// All messages, one behind the other.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// What AWS counts of it, in bytes.
    pub(crate) fn size_bytes(&self) -> u64 {
        (self.text.len() + self.len() * EVENT_OVERHEAD_BYTES) as u64
    }

    /// What it takes in memory, in bytes.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.text.len() + self.len() * size_of::<Entry>() + BATCH_OVERHEAD_BYTES
    }

    /// The event at this place.
    pub(crate) fn event(&self, index: usize) -> Option<Event<'_>> {
        let entry = self.entries.get(index)?;
        let start = index.checked_sub(1).map_or(0, |before| self.entries[before].end as usize);
        let at_ms = self.first_ms + u64::from(entry.after_ms);
        let at = Position { at_ms, number: self.number + index as u64 };
        Some(Event { at, message: &self.text[start..entry.end as usize] })
    }

    /// All events, the earliest first.
    pub(crate) fn events(&self) -> impl DoubleEndedIterator<Item = Event<'_>> {
        (0..self.len()).filter_map(|index| self.event(index))
    }

    /// The event with this number.
    pub(crate) fn numbered(&self, number: u64) -> Option<Event<'_>> {
        self.event(usize::try_from(number.checked_sub(self.number)?).ok()?)
    }

    /// At which place the event stands whose message has this byte of the text.
    pub(crate) fn index_at(&self, offset: usize) -> usize {
        self.entries.partition_point(|entry| entry.end as usize <= offset)
    }

    /// Where the message at this place ends in the text.
    pub(crate) fn end_of(&self, index: usize) -> usize {
        self.entries.get(index).map_or(self.text.len(), |entry| entry.end as usize)
    }

    /// What is stored of the events.
    pub(crate) fn packed(&self) -> Packed {
        let mut start = 0;
        let lengths = self.entries.iter().map(|entry| {
            let length = entry.end - start;
            start = entry.end;
            length
        });
        Packed {
            first_ms: self.first_ms,
            after_ms: self.entries.iter().map(|entry| entry.after_ms).collect(),
            lengths: lengths.collect(),
            text: Arc::clone(&self.text),
        }
    }

    /// The same batch from what is stored. Where lengths and text do not fit, what does is kept.
    pub(crate) fn unpacked(
        number: u64,
        stream: u64,
        ingested: Timestamp,
        cause: Option<CauseId>,
        packed: Packed,
    ) -> Self {
        let Packed { first_ms, after_ms, lengths, text } = packed;
        let mut end = 0_u32;
        let entries = after_ms.iter().zip(&lengths).map_while(|(after_ms, length)| {
            end = end.checked_add(*length)?;
            text.is_char_boundary(end as usize).then_some(Entry { after_ms: *after_ms, end })
        });
        let entries = entries.collect();
        Self { number, stream, ingested, cause, first_ms, entries, text }
    }
}

/// The events of a batch, as they are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Packed {
    /// The time of the first event, in milliseconds.
    pub(crate) first_ms: u64,
    /// Of each event how long after that it is, in milliseconds.
    pub(crate) after_ms: Vec<u32>,
    /// Of each message how long it is, in bytes.
    pub(crate) lengths: Vec<u32>,
    /// All messages, one behind the other.
    pub(crate) text: Arc<str>,
}
