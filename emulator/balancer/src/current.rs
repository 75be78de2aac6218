//! The plan that is followed, and what is known of its targets beside it.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use elb::plane::{Plan, Target};
use tokio::sync::watch;

/// A plan that is followed.
pub(crate) struct Current {
    pub plan: Arc<Plan>,
    targets: HashMap<(String, String, u16), Arc<TargetState>>,
    turns: HashMap<String, Arc<AtomicUsize>>,
}

/// What is known of a target beside its plan.
pub(crate) struct TargetState {
    /// Requests that it has in hand.
    in_hand: AtomicUsize,
    /// It gets no more time for what it has in hand.
    cut: watch::Sender<bool>,
}

impl TargetState {
    /// How many requests it has in hand.
    pub fn in_hand(&self) -> usize {
        self.in_hand.load(Ordering::Relaxed)
    }

    /// Whether its time is over.
    pub fn was_cut(&self) -> bool {
        *self.cut.borrow()
    }

    /// Returns when the target's time is over.
    pub async fn is_cut(&self) {
        let mut cut = self.cut.subscribe();
        // The sender is here: it cannot be gone.
        let _ = cut.wait_for(|cut| *cut).await;
    }
}

impl Current {
    /// What is known of a target.
    pub fn state(&self, group: &str, target: &Target) -> Option<Arc<TargetState>> {
        let key = (group.to_owned(), target.id.clone(), target.port);
        self.targets.get(&key).cloned()
    }

    /// How many requests the group has had: the next in turn.
    pub fn turn(&self, group: &str) -> usize {
        self.turns.get(group).map_or(0, |turns| turns.fetch_add(1, Ordering::Relaxed))
    }

    /// Whoever is not among the next targets any more has had its time.
    pub fn cut_those_gone_in(&self, next: &Self) {
        let gone = self.targets.iter().filter(|(key, _)| !next.targets.contains_key(*key));
        gone.for_each(|(_, state)| _ = state.cut.send_replace(true));
    }

    /// Nobody gets more time.
    pub fn cut_all(&self) {
        self.targets.values().for_each(|state| _ = state.cut.send_replace(true));
    }

    /// The plan after another, whose targets keep what they have in hand.
    pub fn following(before: Option<&Self>, plan: &Arc<Plan>) -> Self {
        let mut targets = HashMap::new();
        let mut turns = HashMap::new();
        for group in plan.target_groups.values() {
            let turn = before.and_then(|it| it.turns.get(&group.arn).cloned());
            turns.insert(group.arn.clone(), turn.unwrap_or_default());
            for target in &group.targets {
                let state =
                    before.and_then(|it| it.state(&group.arn, target)).unwrap_or_else(|| {
                        let (cut, _) = watch::channel(false);
                        Arc::new(TargetState { in_hand: AtomicUsize::new(0), cut })
                    });
                targets.insert((group.arn.clone(), target.id.clone(), target.port), state);
            }
        }
        Self { plan: Arc::clone(plan), targets, turns }
    }
}

/// A request that a target has in hand, until it is dropped.
pub(crate) struct InHand(Arc<TargetState>);

impl InHand {
    pub fn new(state: &Arc<TargetState>) -> Self {
        state.in_hand.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(state))
    }
}

impl Drop for InHand {
    fn drop(&mut self) {
        self.0.in_hand.fetch_sub(1, Ordering::Relaxed);
    }
}
