//! Causes: which input led to which effect.
//!
//! A cause is an argument: whoever lets something happen says why, and nothing is kept of what was
//! handled before. What comes from outside (a client, a person, a step of the clock, a restart) has no
//! parent; everything else has one that was recorded before it. An event whose parent is forgotten,
//! because so much happened since or the emulator was started anew, still has its name.

pub mod limits;
mod page;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};

use crate::text;
use crate::time::Timestamp;

pub use page::{Page, UnknownToken, Wanted};

/// Names one event of the trace. Later events have larger names. The first is 1.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct CauseId(pub u64);

/// Why something happens: one event, or several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    first: CauseId,
    more: Vec<CauseId>,
}

impl Cause {
    /// All of these; nothing where there are none.
    #[must_use]
    pub fn of(causes: impl IntoIterator<Item = CauseId>) -> Option<Self> {
        let mut causes = causes.into_iter();
        let first = Self::from(causes.next()?);
        Some(causes.fold(first, Self::and))
    }

    /// This, and `other` besides.
    #[must_use]
    pub fn and(mut self, other: CauseId) -> Self {
        let is_known = self.first == other || self.more.contains(&other);
        if !is_known && self.more.len() < limits::MORE_CAUSES_MAX {
            self.more.push(other);
        }
        self
    }

    /// The one that comes first: where only one can be kept, it is this.
    #[must_use]
    pub const fn first(&self) -> CauseId {
        self.first
    }
}

impl From<CauseId> for Cause {
    fn from(first: CauseId) -> Self {
        Self { first, more: Vec::new() }
    }
}

/// Something that happened, and because of what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its name.
    pub id: CauseId,
    /// What led to it; nothing for what came from outside. A smaller name than that of the first event
    /// is of one that is forgotten.
    pub parent: Option<CauseId>,
    /// What led to it besides: the other messages of a batch, the message that is moved, the step of
    /// the clock that made it due.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub more_causes: Vec<CauseId>,
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

impl Event {
    /// What led to it: its parent first.
    pub fn causes(&self) -> impl Iterator<Item = CauseId> {
        self.parent.into_iter().chain(self.more_causes.iter().copied())
    }

    /// What it takes in memory.
    fn size_bytes(&self) -> usize {
        let owned = |text: &Cow<'static, str>| match text {
            Cow::Borrowed(_) => 0,
            Cow::Owned(text) => text.capacity(),
        };
        size_of::<Self>()
            + owned(&self.what)
            + self.subject.capacity()
            + self.outcome.as_ref().map_or(0, owned)
            + self.would_refuse.as_ref().map_or(0, |text| text.len())
            + self.more_causes.capacity() * size_of::<CauseId>()
    }
}

/// The events that are still remembered, oldest first. It is kept in memory and bounded, in events
/// and in bytes: a trace explains the recent past, it is not a record.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    events: VecDeque<Event>,
    size_bytes: usize,
    last: u64,
    moved: Option<Moved>,
    due: Option<Due>,
}

/// The clock was moved at once, through all moments after `from` up to `to`.
#[derive(Debug, Clone, Copy)]
struct Moved {
    from: Timestamp,
    to: Timestamp,
    /// What the trace calls it, once something followed.
    event: Option<CauseId>,
}

/// What is handled has become due by that move.
#[derive(Debug, Clone, Copy)]
struct Due {
    /// The last event before that.
    after: u64,
}

impl Trace {
    /// Notes that something came from outside.
    pub fn begin<'a>(
        &mut self,
        at: Timestamp,
        what: impl Into<Cow<'static, str>>,
        subject: impl Into<Cow<'a, str>>,
    ) -> CauseId {
        self.add(at, None, Vec::new(), what.into(), subject.into())
    }

    /// Notes that something followed.
    pub fn follow<'a>(
        &mut self,
        at: Timestamp,
        cause: impl Into<Cause>,
        what: impl Into<Cow<'static, str>>,
        subject: impl Into<Cow<'a, str>>,
    ) -> CauseId {
        let mut cause = cause.into();
        if let Some(step) = self.step_behind(at, cause.first) {
            cause = cause.and(step);
        }
        let Cause { first, more } = cause;
        self.add(at, Some(first), more, what.into(), subject.into())
    }

    fn add(
        &mut self,
        at: Timestamp,
        parent: Option<CauseId>,
        more_causes: Vec<CauseId>,
        what: Cow<'static, str>,
        subject: Cow<'_, str>,
    ) -> CauseId {
        self.last += 1;
        let id = CauseId(self.last);
        let what = match what {
            Cow::Owned(text) => Cow::Owned(short(text.into(), limits::WHAT_SIZE_BYTES_MAX)),
            ours => ours,
        };
        let subject = short(subject, limits::SUBJECT_SIZE_BYTES_MAX);
        let (outcome, would_refuse) = (None, None);
        let event = Event { id, parent, more_causes, at, what, subject, outcome, would_refuse };
        self.size_bytes += event.size_bytes();
        self.events.push_back(event);
        self.forget();
        id
    }

    /// Notes how an event ended. Forgotten events stay forgotten.
    pub fn end<'a>(&mut self, id: CauseId, outcome: impl Into<Cow<'a, str>>) {
        let Some(event) = self.position(id).and_then(|at| self.events.get_mut(at)) else { return };
        let outcome = match outcome.into() {
            // By far the most, and nothing to be copied.
            ok if ok == "ok" => Cow::Borrowed("ok"),
            text => Cow::Owned(short(text, limits::OUTCOME_SIZE_BYTES_MAX)),
        };
        self.size_bytes -= event.size_bytes();
        event.outcome = Some(outcome);
        self.size_bytes += event.size_bytes();
        self.forget();
    }

    /// The oldest events go where there are too many, or too large ones.
    fn forget(&mut self) {
        while self.events.len() > limits::EVENTS_MAX || self.size_bytes > limits::SIZE_BYTES_MAX {
            let Some(oldest) = self.events.pop_front() else { return };
            self.size_bytes -= oldest.size_bytes();
        }
    }

    /// Notes of an event that AWS would have refused it, and why.
    pub fn would_refuse(&mut self, id: CauseId, why: String) {
        let Some(event) = self.position(id).and_then(|at| self.events.get_mut(at)) else { return };
        self.size_bytes -= event.size_bytes();
        event.would_refuse = Some(why.into());
        self.size_bytes += event.size_bytes();
        self.forget();
    }

    /// The clock is moved at once, through all moments after `from` up to `to`. That is an event where
    /// something follows: of what becomes due on the way, it is a cause besides what scheduled it.
    pub fn clock_moves(&mut self, from: Timestamp, to: Timestamp) {
        self.moved = Some(Moved { from, to, event: None });
    }

    /// To be called before anything is handled: when it was due, where it was.
    pub fn begins(&mut self, due_at: Option<Timestamp>) {
        let is_on_the_way =
            |at: Timestamp| self.moved.is_some_and(|moved| moved.from < at && at <= moved.to);
        self.due = due_at.filter(|at| is_on_the_way(*at)).map(|_| Due { after: self.last });
    }

    /// The move of the clock that is a cause besides `cause`: not where that itself follows from it.
    fn step_behind(&mut self, now: Timestamp, cause: CauseId) -> Option<CauseId> {
        self.due.filter(|due| cause.0 <= due.after)?;
        let mut moved = self.moved?;
        let event = moved.event.unwrap_or_else(|| {
            let way = format!("{}/{}", moved.from.iso8601_ms(), moved.to.iso8601_ms());
            self.begin(now, "cloudless:Advance", way)
        });
        moved.event = Some(event);
        self.moved = Some(moved);
        Some(event)
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

    /// Whether the event had a parent that is forgotten by now.
    #[must_use]
    pub fn is_orphan(&self, event: &Event) -> bool {
        event.parent.is_some_and(|parent| self.position(parent).is_none())
    }

    /// The name that was given last; nothing where none was.
    #[must_use]
    pub fn last(&self) -> Option<CauseId> {
        (self.last > 0).then_some(CauseId(self.last))
    }

    /// All events that are remembered, oldest first.
    pub fn events(&self) -> impl DoubleEndedIterator<Item = &Event> {
        self.events.iter()
    }

    /// How many bytes they take in memory.
    #[must_use]
    pub const fn size_bytes(&self) -> usize {
        self.size_bytes
    }

    /// The event and everything that it led to, each once and with its depth, in the order of a tree:
    /// what has several causes stands under the first of them that is in the tree.
    #[must_use]
    pub fn tree(&self, root: CauseId) -> Vec<(usize, &Event)> {
        // Effects come after their causes: one look at each event is enough.
        let mut known = BTreeSet::from([root]);
        let mut children: BTreeMap<CauseId, Vec<&Event>> = BTreeMap::new();
        for event in self.events.iter().filter(|event| event.id > root) {
            if let Some(cause) = event.causes().find(|cause| known.contains(cause)) {
                known.insert(event.id);
                children.entry(cause).or_default().push(event);
            }
        }
        let mut found = Vec::with_capacity(known.len());
        found.extend(self.get(root).map(|event| (0, event)));
        let mut open: Vec<(usize, &Event)> = Vec::new();
        let under = |id: CauseId, depth: usize| {
            let events = children.get(&id).into_iter().flatten().rev();
            events.map(move |event| (depth, *event))
        };
        open.extend(under(root, 1));
        while let Some((depth, event)) = open.pop() {
            found.push((depth, event));
            open.extend(under(event.id, depth + 1));
        }
        found
    }

    fn position(&self, id: CauseId) -> Option<usize> {
        let first = self.events.front()?.id.0;
        let at = usize::try_from(id.0.checked_sub(first)?).ok()?;
        (at < self.events.len()).then_some(at)
    }
}

/// What is kept of a text.
fn short(text: Cow<'_, str>, bytes_max: usize) -> String {
    match text {
        Cow::Owned(text) if text.len() <= bytes_max => text,
        text => text::cut(&text, bytes_max).into_owned(),
    }
}

#[cfg(test)]
mod tests;
