//! What happens after a commit failed, until commits succeed again.
//!
//! The World was ahead of its store: it goes back to what is stored, and whoever waits for an answer
//! gets 500. From then on each input is tried on a copy, by the thread that commits. The copy becomes
//! the World when what follows from the input is durable; where it does not, the copy is dropped, and
//! it is as if nothing had happened. Calls that only read are answered from a copy that is dropped.

use std::collections::{HashSet, VecDeque};
use std::sync::mpsc;

use cloudless_core::content::BlobId;
use cloudless_core::lambda::StreamEnd;
use cloudless_core::{Call, CallId, Effect, Input, Timestamp, World};

use super::committer::{Act, Committer, Group, Job, PAGE_SIZE_BYTES};
use super::outlet::Outlet;
use super::shared::{Asked, Shared, State};
use crate::store::{Blobs, Staged, StoreError};

/// After so many commits in a row the World is ahead of its store again. On a disk that is full and
/// not full by turns, going back costs more than copies do.
const COMMITS_TRUSTED: u32 = 16;

/// An input on its way to the thread that commits.
pub(super) struct Attempt {
    pub(super) input: Input,
    pub(super) staged: Option<Staged>,
    pub(super) asked: Option<Asked>,
}

/// No more than so much room is asked for, however large a commit was that failed: 4 MiB.
const ROOM_PAGES_MAX: usize = 1024;

/// What the thread remembers between two attempts.
#[derive(Default)]
pub(super) struct Trial {
    /// The largest commit that failed. Until there is room for it again, nothing is well.
    room_pages: usize,
    /// Commits since one failed.
    commits: u32,
    /// Answers calls that only read; anew after each change of the World.
    copy: Option<World>,
    /// Ends of invocations that could not be stored. Nobody reports them twice.
    owed: VecDeque<Input>,
}

impl Attempt {
    /// Whether somebody waits for an answer and has gone.
    fn is_given_up(&self) -> bool {
        self.asked.as_ref().is_some_and(Asked::is_given_up)
    }
}

impl Committer {
    /// Takes the World back to what is stored. `lost` and everything that was handled since is as if
    /// it had not happened.
    ///
    /// # Errors
    /// The store cannot be read.
    pub(super) fn go_back(
        &mut self,
        error: &StoreError,
        mut lost: Group,
        queue: &mpsc::Receiver<Job>,
    ) -> Result<(), StoreError> {
        let Some(shared) = self.shared.upgrade() else { return Ok(()) };
        let mut guard = shared.state();
        let state = &mut *guard;
        // Steps are sent under the lock: these are all that there are.
        for job in queue.try_iter() {
            match job {
                Job::Commit(batch) => lost.add(batch),
                Job::Try(_refused) => lost.steps += 1,
            }
        }
        let world = &mut state.world;
        self.store.load(self.seed, &mut |seed, records| world.go_back_to(records, seed))?;
        let referred: HashSet<&BlobId> = state.world.blobs().collect();
        for upload in lost.uploads.iter().filter(|upload| !referred.contains(upload)) {
            self.blobs.delete(upload);
        }
        state.outlet = match std::mem::replace(&mut state.outlet, Outlet::Closed) {
            Outlet::Committer(queue, perform) => Outlet::Trial(queue, perform),
            other => other,
        };
        self.trial = Trial::default();
        self.failed(error, lost.size_pages());
        let parked = std::mem::take(&mut state.parked);
        let running = std::mem::take(&mut state.running);
        drop(guard);
        // What must not be lost is performed anew; for the rest nobody waits any more.
        for (invocation, running) in &running {
            self.perform.abort(invocation);
            if running.streams {
                self.perform.end_stream(invocation, StreamEnd::thrown_away());
            }
        }
        // Of these the end was known, and is lost with its commit.
        for act in &lost.acts {
            if let Act::EndStream(invocation, _) = act {
                self.perform.end_stream(invocation, StreamEnd::thrown_away());
            }
        }
        let steps = lost.steps;
        drop((lost, parked));
        self.signals.performed(steps);
        Ok(())
    }

    /// Tries an input, and where that succeeds what could not be stored before.
    pub(super) fn attempt(&mut self, attempt: Attempt, queue: &mpsc::Receiver<Job>) {
        self.attempt_one(attempt);
        while self.trial.commits > 0
            && let Some(input) = self.trial.owed.pop_front()
        {
            self.attempt_one(Attempt { input, staged: None, asked: None });
        }
        self.signals.performed(1);
        if self.trial.commits >= COMMITS_TRUSTED && self.signals.trouble().is_none() {
            self.trust(queue);
        }
    }

    fn attempt_one(&mut self, attempt: Attempt) {
        let Some(shared) = self.shared.upgrade() else { return };
        if attempt.is_given_up() {
            return;
        }
        let (now, jump) = self.clock.look();
        let Attempt { input, staged, asked } = attempt;
        let input = match input {
            Input::Call(call) if call.request.reads_only() => {
                return self.answer_from_copy(&shared, now, call, asked);
            }
            other => other,
        };
        let (mut ended, mut owed) = (None, None);
        let probes = matches!(input, Input::Deadline) && self.signals.trouble().is_some();
        if let Input::InvocationEnded { invocation, outcome } = &input {
            ended = Some((invocation.clone(), outcome.clone()));
            owed = Some(input.clone());
        }
        let mut world = {
            let mut state = shared.state();
            state.tell_jump(jump);
            state.world.clone()
        };
        let step = world.handle(now, input);
        let staged = staged.filter(|staged| step.adopted.contains(&staged.blob().id));
        let row = staged.as_ref().and_then(Staged::row);
        let bodies: Vec<_> = row.into_iter().chain(step.bodies).collect();
        let room = probes.then(|| Blobs::row_of(self.trial.room_pages * PAGE_SIZE_BYTES));
        if probes || !step.changes.is_empty() || !bodies.is_empty() {
            let mut group = Group { changes: step.changes, bodies, now, ..Group::default() };
            let pages = group.size_pages();
            group.bodies.extend(room.clone());
            if let Err(error) = group.commit_all(self.store.as_mut(), &self.blobs) {
                self.trial.owed.extend(owed);
                return self.failed(&error, pages);
            }
            self.blobs.drop_rows(room.map(|(row, _)| row));
            self.trial.commits += 1;
            if probes || pages >= self.trial.room_pages {
                self.trial.room_pages = 0;
                self.signals.well_again();
            }
        }
        drop(staged.and_then(Staged::adopt));
        let mut state = shared.state();
        if let Some((invocation, outcome)) = ended {
            state.has_ended(&invocation, &outcome);
        }
        state.world = world;
        self.trial.copy = None;
        let id = asked.as_ref().map(|asked| asked.id);
        shared.perform(&mut state, step.effects, asked, self.perform.as_ref());
        if let Some(id) = id {
            forget_if_given_up(&mut state, now, id);
        }
        shared.look_ahead(&mut state);
    }

    /// A commit of so many pages failed.
    fn failed(&mut self, error: &StoreError, pages: usize) {
        self.trial.commits = 0;
        self.trial.room_pages = self.trial.room_pages.max(pages.min(ROOM_PAGES_MAX));
        self.signals.in_trouble(error);
    }

    fn answer_from_copy(
        &mut self,
        shared: &Shared,
        now: Timestamp,
        call: Call,
        asked: Option<Asked>,
    ) {
        let copy = self.trial.copy.get_or_insert_with(|| shared.state().world.clone());
        let id = call.id;
        for effect in copy.read(now, call).effects {
            if let Effect::Reply { call, result, cause } = effect
                && call == id
            {
                let answer = shared.answer(result, cause);
                return drop(asked.map(|asked| asked.answer(answer)));
            }
        }
    }

    /// From now on the World is ahead of its store again. What waits to be tried is handled in order.
    fn trust(&mut self, queue: &mpsc::Receiver<Job>) {
        let Some(shared) = self.shared.upgrade() else { return };
        let mut state = shared.state();
        state.outlet = match std::mem::replace(&mut state.outlet, Outlet::Closed) {
            Outlet::Trial(queue, perform) => Outlet::Committer(queue, perform),
            other => return state.outlet = other,
        };
        self.trial = Trial::default();
        let jobs: Vec<Job> = queue.try_iter().collect();
        let mut handled = 0;
        for job in jobs {
            if let Job::Try(attempt) = job {
                handled += 1;
                if !attempt.is_given_up() {
                    let Attempt { input, staged, asked } = *attempt;
                    shared.handle(&mut state, input, staged, asked);
                }
            }
        }
        drop(state);
        self.signals.performed(handled);
    }
}

/// The client may have gone between the attempt and now, when its call begins to wait.
fn forget_if_given_up(state: &mut State, now: Timestamp, id: CallId) {
    let closed = matches!(state.outlet, Outlet::Closed);
    if state.parked.get(&id).is_some_and(|parked| closed || parked.is_given_up()) {
        state.parked.remove(&id);
        state.world.handle(now, Input::Disconnected(id));
    }
}
