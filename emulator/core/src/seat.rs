//! A service's place in the World: what it says and asks for, in the World's words.

use kernel::context::{self, Change, Cx, Outbox, Parts, Restoring};
use kernel::deadlines::Deadlines;
use kernel::service;
use kernel::trace::CauseId;

use crate::services::{Announcement, Record, Response};
use crate::step::{Effect, Step};
use crate::world::Shared;

/// How what a service says in its own words is said in the World's.
pub(crate) trait Row: service::Service {
    fn response(own: Self::Response) -> Response;
    fn record(own: Self::Record) -> Record;
    fn announcement(own: Self::Announcement) -> Announcement;
}

/// A service with what becomes due in it.
#[derive(Debug, Clone)]
pub(crate) struct Seat<S: service::Service> {
    pub(crate) service: S,
    pub(crate) deadlines: Deadlines<S::Due>,
}

impl<S: service::Service> Default for Seat<S> {
    fn default() -> Self {
        Self { service: S::default(), deadlines: Deadlines::default() }
    }
}

/// What follows from an input, in the World's words.
#[derive(Debug, Default)]
pub(crate) struct Out {
    pub(crate) step: Step,
    pub(crate) announcements: Vec<(CauseId, Announcement)>,
    /// More is due by now than is done in one step.
    pub(crate) goes_on: bool,
}

impl<S: Row> Seat<S>
where
    Effect: From<S::Effect>,
{
    pub(crate) fn work<T>(
        &mut self,
        shared: &mut Shared,
        out: &mut Out,
        cause: CauseId,
        work: impl FnOnce(&mut S, &mut Cx<'_, S>) -> T,
    ) -> T {
        let mut outbox = Outbox::default();
        let parts = Parts {
            now: shared.now,
            ids: &mut shared.ids,
            numbers: &mut shared.numbers,
            deadlines: &mut self.deadlines,
            blobs: &mut shared.blobs,
            trace: &mut shared.trace,
            minute: &mut shared.minute,
            directory: &mut shared.directory,
            outbox: &mut outbox,
            recording: shared.recording,
        };
        let answer = work(&mut self.service, &mut parts.because(cause));
        out.take(outbox);
        answer
    }

    pub(crate) fn restore(&mut self, shared: &mut Shared, record: S::Record) {
        let mut cx = Restoring {
            deadlines: &mut self.deadlines,
            numbers: &mut shared.numbers,
            trace: &mut shared.trace,
            directory: &mut shared.directory,
        };
        self.service.restore(&mut cx, record);
    }
}

impl Out {
    fn take<S: Row>(&mut self, outbox: Outbox<S>)
    where
        Effect: From<S::Effect>,
    {
        self.goes_on |= outbox.goes_on;
        self.step.bodies.extend(outbox.bodies);
        self.step.changes.extend(outbox.changes.into_iter().map(|change| match change {
            Change::Put(record) => Change::Put(S::record(record)),
            Change::Delete(key) => Change::Delete(key),
        }));
        self.step.effects.extend(outbox.effects.into_iter().map(|effect| match effect {
            context::Effect::Reply { call, result, cause } => {
                Effect::Reply { call, result: result.map(S::response), cause }
            }
            context::Effect::DeleteBlob(blob) => Effect::DeleteBlob(blob),
            context::Effect::Own(own) => own.into(),
        }));
        let announcements = outbox.announcements.into_iter();
        self.announcements.extend(announcements.map(|(cause, own)| (cause, S::announcement(own))));
    }
}
