//! The messages of one queue, and the indices that keep every operation on them logarithmic:
//! what can be received, what appears again when, what is oldest.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::message::{Message, Place, Sequence};
use crate::time::Timestamp;

/// The messages of one queue.
#[derive(Debug, Clone)]
pub(super) struct Messages {
    all: BTreeMap<Sequence, Message>,
    available: Available,
    /// Delayed and in flight, by the moment that ends it.
    hidden: BTreeSet<(Timestamp, Sequence)>,
    in_flight: usize,
    by_age: BTreeSet<(Timestamp, Sequence)>,
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

/// The groups of a FIFO queue. One gives its messages in their order, up to the first that is in
/// flight or delayed: where two were received together and the first comes back, it can be received
/// again while the second is still in flight.
#[derive(Debug, Clone, Default)]
struct Groups {
    all: BTreeMap<Arc<str>, Group>,
    /// Those that can be received from, by their first message.
    ready: BTreeMap<Sequence, Arc<str>>,
}

#[derive(Debug, Clone, Default)]
struct Group {
    messages: BTreeSet<Sequence>,
    ready: Option<Sequence>,
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
        }
    }

    pub(super) fn get(&self, sequence: Sequence) -> Option<&Message> {
        self.all.get(&sequence)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Sequence, &Message)> {
        self.all.iter().map(|(sequence, message)| (*sequence, message))
    }

    pub(super) fn insert(&mut self, sequence: Sequence, message: Message) {
        self.by_age.insert((message.content.sent, sequence));
        if let Available::Fifo(groups) = &mut self.available {
            groups.all.entry(group_of(&message)).or_default().messages.insert(sequence);
        }
        self.all.insert(sequence, message);
        self.enter(sequence);
    }

    pub(super) fn remove(&mut self, sequence: Sequence) -> Option<Message> {
        self.leave(sequence);
        let message = self.all.remove(&sequence)?;
        self.by_age.remove(&(message.content.sent, sequence));
        if let Available::Fifo(groups) = &mut self.available {
            let name = group_of(&message);
            if let Some(group) = groups.all.get_mut(&name) {
                group.messages.remove(&sequence);
            }
            self.refresh(&name);
            self.forget_empty(&name);
        }
        Some(message)
    }

    /// Changes a message and where it is indexed.
    pub(super) fn update(&mut self, sequence: Sequence, change: impl FnOnce(&mut Message)) {
        self.leave(sequence);
        if let Some(message) = self.all.get_mut(&sequence) {
            change(message);
        }
        self.enter(sequence);
    }

    /// The next message to receive. Of a FIFO queue, after `taken` of the same receive: the next
    /// of its group, otherwise of the next group.
    pub(super) fn next_available(&self, taken: Option<Sequence>) -> Option<Sequence> {
        match &self.available {
            Available::Standard(visible) => visible.first(),
            Available::Fifo(groups) => {
                let same_group = taken.and_then(|taken| {
                    let group = groups.all.get(&group_of(self.all.get(&taken)?))?;
                    let next = *group.messages.range(taken..).nth(1)?;
                    (self.all.get(&next)?.place == Place::Visible).then_some(next)
                });
                same_group.or_else(|| groups.ready.keys().next().copied())
            }
        }
    }

    /// How many messages could be received now; of a FIFO queue at least one for each counted.
    pub(super) fn available(&self) -> usize {
        match &self.available {
            Available::Standard(visible) => visible.len(),
            Available::Fifo(groups) => groups.ready.len(),
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
        let is_standard = matches!(self.available, Available::Standard(_));
        let counts = |message: &&Message| !(is_standard && message.is_often_received());
        let oldest = self.all.values().find(counts)?;
        Some(match oldest.content.dead_letter_source {
            Some(_) => oldest.content.visible_from,
            None => oldest.content.sent,
        })
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
        if matches!(self.available, Available::Fifo(_)) {
            let group = group_of(message);
            self.refresh(&group);
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

    fn forget_empty(&mut self, name: &Arc<str>) {
        if let Available::Fifo(groups) = &mut self.available
            && groups.all.get(name).is_some_and(|group| group.messages.is_empty())
        {
            groups.all.remove(name);
        }
    }

    /// Whether a group can be received from: its first message is visible.
    fn refresh(&mut self, name: &Arc<str>) {
        let Available::Fifo(groups) = &mut self.available else { return };
        let Some(group) = groups.all.get_mut(name) else { return };
        let first = group.messages.first().copied().filter(|first| {
            self.all.get(first).is_some_and(|message| message.place == Place::Visible)
        });
        if group.ready != first {
            if let Some(old) = group.ready {
                groups.ready.remove(&old);
            }
            if let Some(new) = first {
                groups.ready.insert(new, Arc::clone(name));
            }
            group.ready = first;
        }
    }
}

/// A standard queue's messages have no order to keep, so their group does not matter here.
fn group_of(message: &Message) -> Arc<str> {
    message.content.group.clone().unwrap_or_default()
}
