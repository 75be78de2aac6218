//! What waits because its function, or its account, already runs as often as it may.
//!
//! A call is refused, an event is tried again later, and a batch waits for as long as its messages are
//! hidden from others. What waits is begun as soon as there is room.
//! <https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html>

use std::collections::{BTreeMap, VecDeque};

use kernel::arn::FunctionArn;
use kernel::time::Timestamp;

use super::Lambda;
use super::asynchronous::GivenUp;
use super::concurrency::Throttling;
use super::invocation::{InvocationId, PendingSource, Start};
use crate::{Announcement, Cx, Due, limits};

/// What waits for room. Not durable: after a restart everything is begun anew.
#[derive(Debug, Clone, Default)]
pub(super) struct Waiting {
    /// What waits for a function, in the order in which it came.
    lines: BTreeMap<FunctionArn, VecDeque<InvocationId>>,
    /// Batches, each with the moment from which its messages are not its own any more.
    batches: BTreeMap<InvocationId, (Start, Timestamp)>,
    /// Events, and how often they have found no room.
    events: BTreeMap<InvocationId, u32>,
}

impl Waiting {
    /// Until when a batch waits; nothing where it does not.
    pub(super) fn until(&self, id: &InvocationId) -> Option<Timestamp> {
        self.batches.get(id).map(|(_, until)| *until)
    }

    /// Nobody waits for this invocation any more. Its place in line is passed over.
    pub(super) fn forget(&mut self, id: &InvocationId) -> Option<Timestamp> {
        self.events.remove(id);
        self.batches.remove(id).map(|(_, until)| until)
    }

    fn stand_in_line(&mut self, start: &Start) {
        let line = self.lines.entry(start.invoked_arn.unqualified()).or_default();
        line.push_back(start.id.clone());
    }
}

impl Lambda {
    /// A pending invocation finds no room.
    pub(super) fn wait_for_room(&mut self, cx: &mut Cx<'_>, start: Start, why: Throttling) {
        let id = start.id.clone();
        let attempt =
            cx.follows_from(start.cause.clone(), "lambda:Invoke", start.invoked_arn.name.as_str());
        cx.trace.end(attempt, why.refusal().to_string());
        let Some(pending) = self.pending.get(&id) else { return };
        let function = self.functions.get(&start.invoked_arn.unqualified());
        let never = function.is_some_and(|function| function.reserved_concurrency == Some(0));
        match pending.source {
            PendingSource::Event { .. } if never => {
                self.give_up_event(cx, &id, GivenUp::ZERO_RESERVED_CONCURRENCY);
            }
            PendingSource::Event { .. } => {
                let tries = self.waiting.events.get(&id).copied();
                if tries.is_none() {
                    self.waiting.stand_in_line(&start);
                }
                let tries = tries.unwrap_or(0);
                self.waiting.events.insert(id.clone(), tries.saturating_add(1));
                let wait = limits::THROTTLED_RETRY_MIN.saturating_mul(1 << tries.min(16));
                let wait = wait.min(limits::THROTTLED_RETRY_MAX);
                self.try_event_again(cx, &id, wait, GivenUp::EVENT_AGE_EXCEEDED);
            }
            PendingSource::Batch { .. } => {
                let until = start.messages_hidden_until.unwrap_or(cx.now);
                self.waiting.stand_in_line(&start);
                cx.deadlines.schedule(until, Due::GiveUpBatch(id.clone()));
                self.waiting.batches.insert(id, (start, until));
            }
        }
    }

    /// There may be room for more of a function, and of others of its account: what waits for it is begun, in
    /// order, as far as there is; then what waits for them.
    pub(super) fn begin_what_waits(&mut self, cx: &mut Cx<'_>, function: &FunctionArn) {
        self.begin_line(cx, function);
        let is_beside = |other: &&FunctionArn| {
            other.account == function.account && other.region == function.region
        };
        let others: Vec<_> = self.waiting.lines.keys().filter(is_beside).cloned().collect();
        for other in others.iter().filter(|other| *other != function) {
            self.begin_line(cx, other);
        }
    }

    fn begin_line(&mut self, cx: &mut Cx<'_>, function: &FunctionArn) {
        let waiting = self.waiting.lines.get(function).map_or(0, VecDeque::len);
        for _ in 0..waiting {
            let Some(line) = self.waiting.lines.get_mut(function) else { return };
            let Some(id) = line.front().cloned() else { break };
            let invoked = self.pending.get(&id).map(|pending| &pending.invoked_arn);
            if invoked.is_some_and(|invoked| !self.has_room(invoked)) {
                return;
            }
            self.waiting.lines.get_mut(function).and_then(VecDeque::pop_front);
            self.begin_waiting(cx, &id);
        }
        if self.waiting.lines.get(function).is_some_and(VecDeque::is_empty) {
            self.waiting.lines.remove(function);
        }
    }

    fn begin_waiting(&mut self, cx: &mut Cx<'_>, id: &InvocationId) {
        if let Some((start, until)) = self.waiting.batches.remove(id) {
            cx.deadlines.cancel(until, Due::GiveUpBatch(id.clone()));
            self.start(cx, start);
        } else if self.waiting.events.contains_key(id) {
            if let Some(at) = self.pending.get(id).and_then(|pending| pending.retry_at) {
                cx.deadlines.cancel(at, Due::Start(id.clone()));
            }
            self.start_pending(cx, id);
        }
    }

    /// Whether one more invocation by this ARN may run.
    fn has_room(&self, invoked: &FunctionArn) -> bool {
        let Some(function) = self.functions.get(&invoked.unqualified()) else { return true };
        let version = function.resolve(invoked.qualifier.as_deref());
        version.is_none_or(|version| self.throttling(function, version.name()).is_none())
    }

    /// A batch has waited for as long as its messages were its own: they come back to their queue.
    pub(super) fn give_up_batch(&mut self, cx: &mut Cx<'_>, id: &InvocationId) {
        if self.waiting.until(id).is_none() {
            return;
        }
        let pending = self.forget_pending(cx, id);
        if let Some(PendingSource::Batch { mapping, .. }) = pending.map(|pending| pending.source) {
            cx.announce(Announcement::MappingReady(mapping));
        }
    }
}
