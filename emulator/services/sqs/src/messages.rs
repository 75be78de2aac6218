//! The messages of one queue, and the indices that keep every operation on them logarithmic:
//! what can be received, what appears again when, what is oldest.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

use kernel::time::Timestamp;
use kernel::trace::CauseId;

use super::groups::{BusyGroups, Groups, Left, Turn};
use super::message::{Message, Place, Sequence};

/// The messages of one queue.
#[derive(Debug, Clone)]
pub(super) struct Messages {
    all: BTreeMap<Sequence, Message>,
    available: Available,
    /// Delayed and in flight, by the moment that ends it.
    hidden: BTreeSet<(Timestamp, Sequence)>,
    in_flight: usize,
    by_age: BTreeSet<(Timestamp, Sequence)>,
    /// The first message that does not only fail: what is behind it came later, and what is before it
    /// stays what it is, so that no message is looked at twice for it.
    oldest: Option<Sequence>,
}

#[derive(Debug, Clone)]
enum Available {
    Standard(Visible),
    Fifo(Groups),
}

/// What a standard queue gives next: the oldest first, and last what was received three times or more
/// in vain, in the order in which it came back.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html>
#[derive(Debug, Clone, Default)]
struct Visible {
    in_order: BTreeSet<Sequence>,
    at_the_back: BTreeSet<(Timestamp, Sequence)>,
}

impl Visible {
    fn first(&self) -> Option<Sequence> {
        let last = || self.at_the_back.first().map(|(_, sequence)| *sequence);
        self.in_order.first().copied().or_else(last)
    }

    fn len(&self) -> usize {
        self.in_order.len() + self.at_the_back.len()
    }

    fn insert(&mut self, sequence: Sequence, message: &Message) {
        match message.is_often_received() {
            true => self.at_the_back.insert((message.available_at, sequence)),
            false => self.in_order.insert(sequence),
        };
    }

    fn remove(&mut self, sequence: Sequence, message: &Message) {
        match message.is_often_received() {
            true => self.at_the_back.remove(&(message.available_at, sequence)),
            false => self.in_order.remove(&sequence),
        };
    }
}

impl Messages {
    pub(super) fn new(fifo: bool) -> Self {
        Self {
            all: BTreeMap::new(),
            available: match fifo {
                true => Available::Fifo(Groups::default()),
                false => Available::Standard(Visible::default()),
            },
            hidden: BTreeSet::new(),
            in_flight: 0,
            by_age: BTreeSet::new(),
            oldest: None,
        }
    }

    pub(super) fn get(&self, sequence: Sequence) -> Option<&Message> {
        self.all.get(&sequence)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Sequence, &Message)> {
        self.all.iter().map(|(sequence, message)| (*sequence, message))
    }

    pub(super) fn insert(&mut self, sequence: Sequence, message: Message) {
        self.by_age.insert((message.content.sent, sequence));
        if let Available::Fifo(groups) = &mut self.available {
            groups.insert(&group_of(&message), sequence);
        }
        if self.counts_by_age(&message) {
            self.oldest = Some(self.oldest.map_or(sequence, |oldest| oldest.min(sequence)));
        }
        self.all.insert(sequence, message);
        self.enter(sequence);
    }

    /// Takes a message out, and says what is left of its group where the queue has groups.
    pub(super) fn remove(&mut self, sequence: Sequence) -> Option<(Message, Option<Left>)> {
        self.leave(sequence);
        let message = self.all.remove(&sequence)?;
        self.by_age.remove(&(message.content.sent, sequence));
        self.find_oldest(sequence);
        let left = match &mut self.available {
            Available::Standard(_) => None,
            Available::Fifo(groups) => {
                Some(groups.remove(&group_of(&message), sequence, &self.all))
            }
        };
        Some((message, left))
    }

    /// Changes a message and where it is indexed.
    pub(super) fn update(&mut self, sequence: Sequence, change: impl FnOnce(&mut Message)) {
        self.leave(sequence);
        if let Some(message) = self.all.get_mut(&sequence) {
            change(message);
        }
        self.enter(sequence);
        self.find_oldest(sequence);
    }

    /// Whether the message is the first of a group that can be received from, and not of the only group.
    pub(super) fn competes(&self, sequence: Sequence) -> bool {
        match (&self.available, self.all.get(&sequence)) {
            (Available::Fifo(groups), Some(message)) => {
                groups.competes(&group_of(message), sequence)
            }
            _ => false,
        }
    }

    /// A group stands no further in front of the line than there.
    pub(super) fn set_earliest(&mut self, group: &Arc<str>, turn: Turn) {
        if let Available::Fifo(groups) = &mut self.available {
            groups.set_earliest(group, turn, &self.all);
        }
    }

    /// What is recorded of groups.
    pub(super) fn earliest(&self) -> impl Iterator<Item = (&Arc<str>, Turn)> {
        let groups = match &self.available {
            Available::Standard(_) => None,
            Available::Fifo(groups) => Some(groups.earliest()),
        };
        groups.into_iter().flatten()
    }

    /// The next message to receive. Of a FIFO queue, after `taken` of the same receive: the next
    /// of its group, otherwise the first of the group whose turn it is and that is not `busy`.
    pub(super) fn next_available(
        &self,
        taken: Option<Sequence>,
        busy: &BusyGroups,
    ) -> Option<Sequence> {
        match &self.available {
            Available::Standard(visible) => visible.first(),
            Available::Fifo(groups) => {
                let same_group = taken.and_then(|taken| {
                    groups.next_of(&group_of(self.all.get(&taken)?), taken, &self.all)
                });
                same_group.or_else(|| groups.first(busy, &self.all))
            }
        }
    }

    /// About how long a message's record is in the event that a function receives.
    pub(super) fn event_size_bytes(&self, sequence: Sequence) -> usize {
        self.all.get(&sequence).map_or(0, |message| message.content.event_size_bytes())
    }

    /// Whether two messages are of one group. Those of a standard queue all are.
    pub(super) fn is_of_group(&self, one: Sequence, other: Sequence) -> bool {
        let group = |sequence| self.all.get(&sequence).map(group_of);
        matches!(self.available, Available::Standard(_)) || group(one) == group(other)
    }

    /// How many messages could be received now; of a FIFO queue at least one for each counted.
    pub(super) fn available(&self) -> usize {
        self.available_outside(&BusyGroups::new())
    }

    /// The same without those of a FIFO queue's busy groups.
    pub(super) fn available_outside(&self, busy: &BusyGroups) -> usize {
        match &self.available {
            Available::Standard(visible) => visible.len(),
            Available::Fifo(groups) => groups.available(busy),
        }
    }

    /// `ApproximateNumberOfMessages`
    pub(super) fn visible(&self) -> usize {
        self.all.len() - self.hidden.len()
    }

    /// `ApproximateNumberOfMessagesNotVisible`
    pub(super) fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// `ApproximateNumberOfMessagesDelayed`
    pub(super) fn delayed(&self) -> usize {
        self.hidden.len() - self.in_flight
    }

    /// Since when the oldest message is here that a consumer does not only fail with: of a
    /// dead-letter queue, since it was moved.
    pub(super) fn oldest(&self) -> Option<Timestamp> {
        let oldest = self.all.get(&self.oldest?)?;
        Some(match oldest.content.dead_letter_source {
            Some(_) => oldest.content.visible_from,
            None => oldest.content.sent,
        })
    }

    fn counts_by_age(&self, message: &Message) -> bool {
        let is_standard = matches!(self.available, Available::Standard(_));
        !(is_standard && message.is_often_received())
    }

    /// After a message was changed or taken out, which may have been the oldest that counts.
    fn find_oldest(&mut self, changed: Sequence) {
        let counts = |message: &Message| self.counts_by_age(message);
        if self.oldest != Some(changed) || self.all.get(&changed).is_some_and(counts) {
            return;
        }
        let mut later = self.all.range((Bound::Excluded(changed), Bound::Unbounded));
        self.oldest = later.find(|(_, message)| counts(message)).map(|(sequence, _)| *sequence);
    }

    /// How many groups of a FIFO queue have messages in flight.
    pub(super) fn groups_in_flight(&self) -> Option<usize> {
        let Available::Fifo(_) = self.available else { return None };
        let hidden = self.hidden.iter().filter_map(|(_, sequence)| self.all.get(sequence));
        let in_flight = hidden.filter(|message| message.place == Place::InFlight);
        let groups = in_flight.filter_map(|message| message.content.group.as_deref());
        Some(groups.collect::<BTreeSet<&str>>().len())
    }

    /// When a message appears by itself or is too old, whatever comes first.
    pub(super) fn next_deadline(&self, retention_s: u64) -> Option<Timestamp> {
        let appears = self.hidden.first().map(|(at, _)| *at);
        let expires = self.by_age.first().map(|(sent, _)| sent.after_s(retention_s));
        [appears, expires].into_iter().flatten().min()
    }

    /// What led to the message for which that deadline is.
    pub(super) fn next_deadline_because(&self, retention_s: u64) -> Option<CauseId> {
        let next = self.next_deadline(retention_s)?;
        let appears = self.hidden.first().filter(|(at, _)| *at == next);
        let (_, sequence) = appears.or_else(|| self.by_age.first())?;
        Some(self.all.get(sequence)?.content.cause)
    }

    /// Shows what has been hidden until `now`. Says whether that was anything.
    pub(super) fn appear(&mut self, now: Timestamp) -> bool {
        let mut appeared = false;
        while let Some(&(at, sequence)) = self.hidden.first()
            && at <= now
        {
            self.update(sequence, |message| message.place = Place::Visible);
            appeared = true;
        }
        appeared
    }

    /// The oldest message, where it is older than the queue keeps any.
    pub(super) fn expired(&self, now: Timestamp, retention_s: u64) -> Option<Sequence> {
        let (sent, sequence) = self.by_age.first()?;
        (sent.after_s(retention_s) <= now).then_some(*sequence)
    }

    fn enter(&mut self, sequence: Sequence) {
        let Some(message) = self.all.get(&sequence) else { return };
        match (message.place, &mut self.available) {
            (Place::Visible, Available::Standard(visible)) => visible.insert(sequence, message),
            (Place::Visible, Available::Fifo(_)) => {}
            (Place::Delayed, _) => {
                self.hidden.insert((message.available_at, sequence));
            }
            (Place::InFlight, _) => {
                self.hidden.insert((message.available_at, sequence));
                self.in_flight += 1;
            }
        }
        if let Available::Fifo(groups) = &mut self.available {
            groups.refresh(&group_of(message), &self.all);
        }
    }

    fn leave(&mut self, sequence: Sequence) {
        let Some(message) = self.all.get(&sequence) else { return };
        match (message.place, &mut self.available) {
            (Place::Visible, Available::Standard(visible)) => visible.remove(sequence, message),
            (Place::Visible, Available::Fifo(_)) => {}
            (Place::Delayed, _) => {
                self.hidden.remove(&(message.available_at, sequence));
            }
            (Place::InFlight, _) => {
                self.hidden.remove(&(message.available_at, sequence));
                self.in_flight -= 1;
            }
        }
    }
}

/// A standard queue's messages have no order to keep, so their group does not matter here.
pub(super) fn group_of(message: &Message) -> Arc<str> {
    message.content.group.clone().unwrap_or_default()
}
