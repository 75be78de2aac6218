//! Time that passes, time that is moved, and waiting until the pipeline is idle.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Weak};
use std::time::Duration;

use cloudless_core::error::{ApiError, INTERNAL_ERROR, TIME_TOO_FAR};
use cloudless_core::lambda::InvocationId;
use cloudless_core::trace::CauseId;
use cloudless_core::{Input, Timestamp};
use tokio::time::timeout;

use super::shared::{Shared, State};
use crate::clock::TooFar;

/// How many minutes are passed before what is stored is waited for.
const MINUTES_TOGETHER: usize = 500;

/// The pipeline was not idle within the limit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the pipeline is not idle: {}", outstanding.join("; "))]
pub struct Unsettled {
    /// What is still to be done or waited for, by name.
    pub outstanding: Vec<String>,
}

impl Shared {
    /// Tells the World each time that a deadline has come, for as long as the engine runs. On a
    /// frozen clock that is when the clock is moved.
    pub(super) async fn keep_deadlines(weak: Weak<Self>) {
        let Some((signals, clock)) =
            weak.upgrade().map(|shared| (Arc::clone(shared.signals()), shared.clock().clone()))
        else {
            return;
        };
        loop {
            let alarm = {
                let Some(shared) = weak.upgrade() else { return };
                if signals.failure().is_some() {
                    // Whoever still waits for an answer is refused.
                    shared.close();
                }
                if shared.is_closed() {
                    return;
                }
                let mut state = shared.state();
                state.alarm = state.world.next_deadline();
                state.alarm
            };
            let retry = signals.trouble().and(weak.upgrade().map(|shared| shared.retry));
            let reached = async {
                match (retry, alarm) {
                    (Some(retry), _) => tokio::time::sleep(retry).await,
                    (None, Some(at)) => clock.reached(at).await,
                    (None, None) => std::future::pending().await,
                }
            };
            tokio::select! {
                () = reached => {}
                () = signals.deadline_moved.notified() => continue,
            }
            let Some(shared) = weak.upgrade() else { return };
            if retry.is_some() {
                shared.happened(Input::Deadline);
            } else {
                shared.deadline();
            }
            // What is tried is not done yet, and due until it is.
            if shared.is_trial() {
                drop(shared);
                let done = || (signals.at_rest() || signals.has_finished()).then_some(());
                signals.until(done).await;
            }
        }
    }

    pub(super) async fn advance(&self, by: Duration) -> Result<Timestamp, ApiError> {
        let _turn = self.moving.lock().await;
        let too_far = |it: TooFar| TIME_TOO_FAR.says(it.to_string());
        let target = self.clock().target(by).map_err(too_far)?;
        self.clock().begin_jump(target);
        let (mut hung, mut tried) = (BTreeSet::new(), false);
        loop {
            self.quiet(&mut hung).await?;
            if tried && self.signals().trouble().is_some() {
                return Err((&INTERNAL_ERROR).into());
            }
            let next = self.state().world.next_deadline();
            let Some(at) = next.filter(|at| *at <= target) else { break };
            self.clock().go_on_from(at).map_err(too_far)?;
            self.deadline();
            tried = true;
            self.pass_what_is_measured(target).map_err(too_far)?;
        }
        self.clock().go_on_from(target).map_err(too_far)?;
        Ok(self.clock().now())
    }

    /// Goes on through minutes in which nothing happens but that what was measured is told, without waiting for each to be
    /// stored: they are stored together.
    fn pass_what_is_measured(&self, target: Timestamp) -> Result<(), TooFar> {
        for _ in 0..MINUTES_TOGETHER {
            let next = {
                let state = self.state();
                let next = state.world.next_deadline().filter(|at| *at <= target);
                let is_told = |at: &Timestamp| state.world.next_change().is_none_or(|it| *at < it);
                // Whoever was called is waited for.
                next.filter(is_told).filter(|_| busy(&state).is_empty())
            };
            let Some(at) = next.filter(|_| !self.is_trial() && !self.has_ended()) else { break };
            self.clock().go_on_from(at)?;
            self.deadline();
        }
        Ok(())
    }

    pub(super) async fn settle(&self, limit: Duration) -> Result<(), Unsettled> {
        let idle = self.signals().until(|| {
            if self.has_ended() {
                return Some(Err(self.unsettled()));
            }
            let idle = self.signals().at_rest() && {
                let now = self.clock().now();
                let world = &self.state().world;
                let is_due = world.next_deadline().is_some_and(|at| at <= now);
                !is_due && world.outstanding().is_empty()
            };
            idle.then_some(Ok(()))
        });
        timeout(limit, idle).await.unwrap_or_else(|_limit| Err(self.unsettled()))
    }

    pub(super) async fn settle_until_idle(&self, limit: Duration) -> Result<(), Unsettled> {
        let idle = async {
            let (mut hung, mut tried) = (BTreeSet::new(), false);
            while self.clock().is_frozen() {
                let _turn = self.moving.lock().await;
                self.quiet(&mut hung).await.map_err(|_ended| self.unsettled())?;
                if tried && self.signals().trouble().is_some() {
                    return Err(self.unsettled());
                }
                let next = {
                    let state = self.state();
                    if done(&state) {
                        return Ok(());
                    }
                    // What is measured each minute does not bring it on, and is only passed on the way.
                    let change = state.world.next_change();
                    change.map(|change| (change, state.world.next_deadline().unwrap_or(change)))
                };
                let Some((change, at)) = next else {
                    // Without a deadline nothing changes by itself, but for functions whose
                    // environments are not ready yet.
                    self.next_step().await?;
                    continue;
                };
                self.clock().begin_jump(change);
                self.clock().go_on_from(at).map_err(|_end_of_time| self.unsettled())?;
                self.deadline();
                tried = true;
                self.pass_what_is_measured(change).map_err(|_end_of_time| self.unsettled())?;
            }
            self.signals()
                .until(|| {
                    if self.has_ended() {
                        return Some(Err(self.unsettled()));
                    }
                    (self.signals().at_rest() && done(&self.state())).then_some(Ok(()))
                })
                .await
        };
        timeout(limit, idle).await.unwrap_or_else(|_limit| Err(self.unsettled()))
    }

    /// Returns when something has happened, where an invocation still runs.
    async fn next_step(&self) -> Result<(), Unsettled> {
        let running = self.state().running.clone();
        if running.is_empty() {
            return Err(self.unsettled());
        }
        let changed = self.signals().until(|| {
            if self.has_ended() {
                return Some(Err(self.unsettled()));
            }
            let state = self.state();
            let changed = state.running != running || state.world.next_change().is_some();
            changed.then_some(Ok(()))
        });
        changed.await
    }

    /// Returns when every effect is performed, no target of a balancer is being asked whether it is healthy, and no
    /// invocation runs but those that wait for time to pass. Out of patience, it adds those that still run to `hung`, and goes on.
    async fn quiet(&self, hung: &mut BTreeSet<InvocationId>) -> Result<(), ApiError> {
        let quiet = self.signals().until(|| {
            if self.has_ended() {
                return Some(Err(self.signals().refusal()));
            }
            let quiet = self.signals().at_rest() && {
                let state = self.state();
                // What is being stopped ends by itself, also where it hung before.
                let is_stopped =
                    |it: &InvocationId| state.running.get(it).is_some_and(|it| it.is_stopped);
                hung.retain(|invocation| !is_stopped(invocation));
                // Who asks targets has answered: else time would run over whom nobody has asked.
                let is_asking = state.world.probes_under_way() > 0;
                !is_asking && busy(&state).keys().all(|invocation| hung.contains(*invocation))
            };
            quiet.then_some(Ok(()))
        });
        let Ok(quiet) = timeout(self.patience, quiet).await else {
            let state = self.state();
            for invocation in busy(&state).into_keys() {
                if hung.insert(invocation.clone()) {
                    tracing::warn!(
                        invocation = %invocation.0,
                        "time goes on although this invocation has not ended"
                    );
                }
            }
            return Ok(());
        };
        quiet
    }

    fn has_ended(&self) -> bool {
        self.signals().failure().is_some() || self.is_closed()
    }

    fn unsettled(&self) -> Unsettled {
        let mut outstanding = Vec::new();
        if self.has_ended() {
            outstanding.push("the emulator is not running any more".to_owned());
        }
        outstanding.extend(self.signals().trouble());
        if !self.signals().at_rest() {
            outstanding.push("what happened last is not stored yet".to_owned());
        }
        let state = self.state();
        outstanding.extend(state.world.outstanding());
        outstanding.extend(state.world.waiting());
        Unsettled { outstanding }
    }
}

fn done(state: &State) -> bool {
    state.world.outstanding().is_empty() && state.world.waiting().is_empty()
}

/// Invocations that run and do not wait for an answer of ours: those wait for somebody else, or for
/// time to pass.
pub(super) fn busy(state: &State) -> BTreeMap<&InvocationId, CauseId> {
    let waiting: BTreeSet<CauseId> =
        state.parked.values().filter_map(|parked| parked.cause).collect();
    let busy = state.running.iter().filter(|(_, it)| it.is_stopped || !waiting.contains(&it.cause));
    busy.map(|(invocation, it)| (invocation, it.cause)).collect()
}
