//! Causes: which input led to which effect.

use std::borrow::Cow;
use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// Names one event of the trace. Later events have larger names.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct CauseId(pub u64);

/// Something that happened, and because of what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its name.
    pub id: CauseId,
    /// What led to it; nothing for what came from outside.
    pub parent: Option<CauseId>,
    /// When.
    pub at: Timestamp,
    /// What: `s3:PutObject`, `lambda:Invoke`, `sqs:Deliver`.
    pub what: Cow<'static, str>,
    /// With which resource: `photos/a.jpg`, `resize-image`.
    pub subject: String,
    /// How it ended, once it has: `ok`, or the reason.
    pub outcome: Option<Cow<'static, str>>,
    /// What AWS would have refused where it passed here, and why: `User: … is not authorized to perform: … on
    /// resource: … because …`.
    /// No longer than [`WOULD_REFUSE_BYTES_MAX`](crate::access::WOULD_REFUSE_BYTES_MAX).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub would_refuse: Option<Box<str>>,
}

/// The events that are still remembered, oldest first. It is kept in memory and bounded: a trace
/// explains the recent past, it is not a record.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    events: VecDeque<Event>,
    last: u64,
}

/// How many events are remembered.
pub const EVENTS_MAX: usize = 10_000;

impl Trace {
    /// Notes that something happened.
    pub fn record(
        &mut self,
        at: Timestamp,
        parent: Option<CauseId>,
        what: impl Into<Cow<'static, str>>,
        subject: impl Into<String>,
    ) -> CauseId {
        self.last += 1;
        let id = CauseId(self.last);
        if self.events.len() == EVENTS_MAX {
            self.events.pop_front();
        }
        self.events.push_back(Event {
            id,
            parent,
            at,
            what: what.into(),
            subject: subject.into(),
            outcome: None,
            would_refuse: None,
        });
        id
    }

    /// Notes how an event ended. Forgotten events stay forgotten.
    pub fn end(&mut self, id: CauseId, outcome: impl Into<Cow<'static, str>>) {
        if let Some(event) = self.position(id).and_then(|at| self.events.get_mut(at)) {
            event.outcome = Some(outcome.into());
        }
    }

    /// Notes of an event that AWS would have refused it, and why.
    pub fn would_refuse(&mut self, id: CauseId, why: String) {
        if let Some(event) = self.position(id).and_then(|at| self.events.get_mut(at)) {
            event.would_refuse = Some(why.into());
        }
    }

    /// Continues after the names that a restored World may still refer to.
    pub fn resume_after(&mut self, last: CauseId) {
        self.last = self.last.max(last.0);
    }

    /// The event of that name, while it is remembered.
    #[must_use]
    pub fn get(&self, id: CauseId) -> Option<&Event> {
        self.events.get(self.position(id)?)
    }

    /// All events that are remembered, oldest first.
    pub fn events(&self) -> impl Iterator<Item = &Event> {
        self.events.iter()
    }

    /// The event and everything that it led to, each with its depth, in the order of a tree.
    #[must_use]
    pub fn tree(&self, root: CauseId) -> Vec<(usize, &Event)> {
        let mut found = Vec::new();
        let mut open = vec![(0, root)];
        while let Some((depth, id)) = open.pop() {
            if let Some(event) = self.get(id) {
                found.push((depth, event));
            }
            let children = self.events.iter().rev().filter(|event| event.parent == Some(id));
            open.extend(children.map(|event| (depth + 1, event.id)));
        }
        found
    }

    fn position(&self, id: CauseId) -> Option<usize> {
        let first = self.events.front()?.id.0;
        let at = usize::try_from(id.0.checked_sub(first)?).ok()?;
        (at < self.events.len()).then_some(at)
    }
}
