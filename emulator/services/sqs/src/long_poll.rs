//! Receives that wait: each is served by the send that satisfies it, in the order they came.

use std::collections::{BTreeMap, BTreeSet};

use kernel::call::CallId;
use kernel::time::Timestamp;
use kernel::trace::CauseId;

use super::wanted::Wanted;

/// Who waits for a queue's messages, in the order of waiting. Costs nothing until something comes.
#[derive(Debug, Clone, Default)]
pub(super) struct Waiters {
    by_ticket: BTreeMap<u64, Waiter>,
    deadlines: BTreeSet<(Timestamp, u64)>,
    last_ticket: u64,
}

/// A receive that waits.
#[derive(Debug, Clone)]
pub(super) struct Waiter {
    pub(super) call: CallId,
    /// What the call is called in the trace.
    pub(super) cause: CauseId,
    pub(super) until: Timestamp,
    pub(super) wanted: Wanted,
}

impl Waiters {
    pub(super) fn push(&mut self, waiter: Waiter) {
        self.last_ticket += 1;
        self.put_back(self.last_ticket, waiter);
    }

    /// Takes out who has waited longest, with the ticket.
    pub(super) fn pop_first(&mut self) -> Option<(u64, Waiter)> {
        let (ticket, waiter) = self.by_ticket.pop_first()?;
        self.deadlines.remove(&(waiter.until, ticket));
        Some((ticket, waiter))
    }

    /// Puts one back that could not be served.
    pub(super) fn put_back(&mut self, ticket: u64, waiter: Waiter) {
        self.deadlines.insert((waiter.until, ticket));
        self.by_ticket.insert(ticket, waiter);
    }

    /// One whose time is over.
    pub(super) fn pop_expired(&mut self, now: Timestamp) -> Option<Waiter> {
        let &(until, ticket) = self.deadlines.first()?;
        if until > now {
            return None;
        }
        self.deadlines.pop_first();
        self.by_ticket.remove(&ticket)
    }

    /// Takes out one whose client has gone. Says whether it was here.
    pub(super) fn remove(&mut self, call: CallId, until: Timestamp) -> bool {
        let mut of_that_moment =
            self.deadlines.range((until, 0)..=(until, u64::MAX)).map(|(_, ticket)| *ticket);
        let is_it = |ticket: &u64| self.by_ticket.get(ticket).is_some_and(|one| one.call == call);
        let Some(ticket) = of_that_moment.find(is_it) else { return false };
        self.deadlines.remove(&(until, ticket));
        self.by_ticket.remove(&ticket).is_some()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_ticket.is_empty()
    }

    /// What the receive is called in the trace whose time is over first.
    pub(super) fn next_deadline_because(&self) -> Option<CauseId> {
        let (_, ticket) = self.deadlines.first()?;
        self.by_ticket.get(ticket).map(|waiter| waiter.cause)
    }

    pub(super) fn next_deadline(&self) -> Option<Timestamp> {
        self.deadlines.first().map(|(until, _)| *until)
    }
}
