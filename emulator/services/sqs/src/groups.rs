//! The groups of a FIFO queue, and the line in which those stand that can be received from.
//!
//! A group stands in line since its first message can be received. It goes behind the others when its
//! messages come back, and when a deletion lets its next one be received: who has waited longest since
//! it was last served, or since it became available, is served first.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kernel::record::Key;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::message::{Message, Place, Sequence};
use super::queue_id::QueueId;
use crate::Kind;

/// A group's place in line: since when it waits, and its number among those that do since then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Turn {
    /// Since when.
    pub since: Timestamp,
    /// One of the World's numbers, which grow with time; no two turns have the same.
    pub number: Sequence,
}

/// The earliest turn of a group that was served: what its messages alone do not tell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupTurnRecord {
    /// The queue.
    pub queue: QueueId,
    /// The group's name.
    pub group: Arc<str>,
    /// Its place in line; a later one where its first message came back later.
    pub turn: Turn,
}

impl GroupTurnRecord {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        key(self.queue, &self.group)
    }
}

pub(super) fn key(queue: QueueId, group: &str) -> Key {
    Key::named(Kind::GroupTurn, format!("{:016x}/{group}", queue.0))
}

/// Groups of which somebody wants no further message for now.
pub type BusyGroups = BTreeSet<Box<str>>;

/// All messages of a queue.
type All = BTreeMap<Sequence, Message>;

/// The groups of a FIFO queue. One gives its messages in their order, up to the first that is in
/// flight or delayed: where two were received together and the first comes back, it can be received
/// again while the second is still in flight.
#[derive(Debug, Clone, Default)]
pub(super) struct Groups {
    all: BTreeMap<Arc<str>, Group>,
    /// The first message of each group that can be received from.
    line: BTreeMap<Turn, Sequence>,
}

#[derive(Debug, Clone, Default)]
struct Group {
    messages: BTreeSet<Sequence>,
    /// Where it stands, and the message that it would give.
    in_line: Option<(Turn, Sequence)>,
    /// It stands no further in front than here.
    earliest: Option<Turn>,
}

/// What became of a group of which a message was taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    /// That was the last one.
    Nothing {
        /// Whether the group has a record.
        recorded: bool,
    },
    /// Its next message cannot be received yet.
    Hidden,
    /// Its next message can be received.
    InLine {
        /// Where it stood before, where it did.
        before: Option<Turn>,
        /// Where it stands by itself.
        now: Turn,
        /// That message.
        first: Sequence,
    },
}

impl Groups {
    pub(super) fn insert(&mut self, name: &Arc<str>, sequence: Sequence) {
        self.all.entry(Arc::clone(name)).or_default().messages.insert(sequence);
    }

    /// Takes a message out that is not among `all` any more.
    pub(super) fn remove(&mut self, name: &Arc<str>, sequence: Sequence, all: &All) -> Left {
        let Some(group) = self.all.get_mut(name) else { return Left::Nothing { recorded: false } };
        group.messages.remove(&sequence);
        let before = group.in_line.map(|(turn, _)| turn);
        self.refresh(name, all);
        let Some(group) = self.all.get(name) else { return Left::Nothing { recorded: false } };
        if group.messages.is_empty() {
            let recorded = group.earliest.is_some();
            self.all.remove(name);
            return Left::Nothing { recorded };
        }
        group.in_line.map_or(Left::Hidden, |(now, first)| Left::InLine { before, now, first })
    }

    /// Whether a group can be received from: its first message is visible.
    pub(super) fn refresh(&mut self, name: &Arc<str>, all: &All) {
        let Some(group) = self.all.get_mut(name) else { return };
        let in_line = group.messages.first().and_then(|first| {
            let message = all.get(first).filter(|message| message.place == Place::Visible)?;
            let own = Turn { since: message.available_at, number: *first };
            Some((group.earliest.map_or(own, |earliest| earliest.max(own)), *first))
        });
        if group.in_line != in_line {
            if let Some((turn, _)) = group.in_line {
                self.line.remove(&turn);
            }
            self.line.extend(in_line);
            group.in_line = in_line;
        }
    }

    /// A group stands no further in front than there.
    pub(super) fn set_earliest(&mut self, name: &Arc<str>, earliest: Turn, all: &All) {
        if let Some(group) = self.all.get_mut(name) {
            group.earliest = Some(earliest);
        }
        self.refresh(name, all);
    }

    /// Whether the message is what its group would give, and there are other groups.
    pub(super) fn competes(&self, name: &Arc<str>, sequence: Sequence) -> bool {
        let in_line = self.all.get(name).and_then(|group| group.in_line);
        in_line.is_some_and(|(_, first)| first == sequence) && self.all.len() > 1
    }

    /// The first message of the group whose turn it is, of those that are not `busy`.
    pub(super) fn first(&self, busy: &BusyGroups, all: &All) -> Option<Sequence> {
        let is_busy = |sequence: &Sequence| {
            let group = all.get(sequence).and_then(|message| message.content.group.as_deref());
            group.is_some_and(|group| busy.contains(group))
        };
        self.line.values().find(|sequence| busy.is_empty() || !is_busy(sequence)).copied()
    }

    /// The message after this one of its group, where it can be received.
    pub(super) fn next_of(
        &self,
        name: &Arc<str>,
        sequence: Sequence,
        all: &All,
    ) -> Option<Sequence> {
        let next = *self.all.get(name)?.messages.range(sequence..).nth(1)?;
        (all.get(&next)?.place == Place::Visible).then_some(next)
    }

    /// How many groups can be received from that are not `busy`.
    pub(super) fn available(&self, busy: &BusyGroups) -> usize {
        let is_in_line =
            |name: &str| self.all.get(name).is_some_and(|group| group.in_line.is_some());
        self.line.len() - busy.iter().filter(|name| is_in_line(name)).count()
    }

    /// What is recorded of groups.
    pub(super) fn earliest(&self) -> impl Iterator<Item = (&Arc<str>, Turn)> {
        self.all.iter().filter_map(|(name, group)| Some((name, group.earliest?)))
    }
}
