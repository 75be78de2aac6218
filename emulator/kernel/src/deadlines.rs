//! What will happen by itself, and when.

use std::collections::BTreeSet;

use crate::time::Timestamp;

/// Everything that will happen by itself, in order of time: one set for each
/// service.
#[derive(Debug, Clone)]
pub struct Deadlines<D>(BTreeSet<(Timestamp, D)>);

impl<D> Default for Deadlines<D> {
    fn default() -> Self {
        Self(BTreeSet::new())
    }
}

impl<D: Ord> Deadlines<D> {
    /// `due` comes at `at`.
    pub fn schedule(&mut self, at: Timestamp, due: D) {
        self.0.insert((at, due));
    }

    /// `due` does not come at `at` after all.
    pub fn cancel(&mut self, at: Timestamp, due: D) {
        self.0.remove(&(at, due));
    }

    /// When the next one comes.
    #[must_use]
    pub fn next(&self) -> Option<Timestamp> {
        self.0.first().map(|(at, _)| *at)
    }

    /// Takes the first that has come by `now`, with its moment.
    pub fn pop(&mut self, now: Timestamp) -> Option<(Timestamp, D)> {
        (self.next()? <= now).then(|| self.0.pop_first())?
    }
}
