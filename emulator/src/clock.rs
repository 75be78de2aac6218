//! The only `now()` of the emulator: system, offset, or frozen.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use cloudless_core::Timestamp;
use tokio::sync::watch;

/// The clock of one emulator. Clones show the same time. Time never goes back: not when the wall
/// clock is set back, not when the clock is frozen or resumed.
#[derive(Debug, Clone)]
pub struct Clock {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: watch::Sender<u64>,
}

#[derive(Debug)]
struct State {
    pace: Pace,
    /// What was last shown: nothing earlier is shown again.
    last: Timestamp,
}

#[derive(Debug)]
enum Pace {
    /// Follows the wall clock, ahead of it by `ahead`.
    Running { ahead: Duration, since: (Instant, Timestamp) },
    /// Shows `last` until it is moved.
    Frozen,
}

/// A running clock looks again this often while it waits, since a laptop that slept wakes with
/// its wall clock moved and its timers not.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

impl Clock {
    /// A clock that follows the machine's.
    #[must_use]
    pub fn system() -> Self {
        Self::new(Pace::Running { ahead: Duration::ZERO, since: (Instant::now(), wall()) }, wall())
    }

    /// A clock that stands still at `at` until it is moved.
    #[must_use]
    pub fn frozen(at: Timestamp) -> Self {
        Self::new(Pace::Frozen, at)
    }

    fn new(pace: Pace, last: Timestamp) -> Self {
        let state = Mutex::new(State { pace, last });
        Self { shared: Arc::new(Shared { state, changed: watch::Sender::new(0) }) }
    }

    /// The moment, never earlier than one that was shown before.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.state().now()
    }

    /// Whether the clock stands still.
    #[must_use]
    pub fn is_frozen(&self) -> bool {
        matches!(self.state().pace, Pace::Frozen)
    }

    /// Moves the clock forward by `by` at once. What should have happened on the way happens
    /// late: to visit every deadline on the way, use
    /// [`EngineHandle::advance`](crate::engine::EngineHandle::advance).
    pub fn advance(&self, by: Duration) {
        let target = self.now().after(by);
        self.advance_to(target);
    }

    /// Moves the clock forward to `target`; does nothing where it is already past it.
    pub fn advance_to(&self, target: Timestamp) {
        let mut state = self.state();
        let now = state.now();
        if target <= now {
            return;
        }
        state.last = target;
        if let Pace::Running { ahead, since } = &mut state.pace {
            *ahead += target.since(now);
            *since = (Instant::now(), target);
        }
        drop(state);
        self.tell();
    }

    /// Stops the clock where it stands.
    pub fn freeze(&self) {
        let mut state = self.state();
        state.now();
        state.pace = Pace::Frozen;
        drop(state);
        self.tell();
    }

    /// Lets a frozen clock run on from where it stands.
    pub fn resume(&self) {
        let mut state = self.state();
        if matches!(state.pace, Pace::Frozen) {
            let now = state.last;
            let ahead = now.since(wall());
            state.pace = Pace::Running { ahead, since: (Instant::now(), now) };
        }
        drop(state);
        self.tell();
    }

    /// Returns once the clock shows `at` or later: by running there or by being moved. Waits for
    /// as long as a frozen clock is not moved.
    pub async fn reached(&self, at: Timestamp) {
        let mut changed = self.shared.changed.subscribe();
        loop {
            let (now, frozen) = {
                let mut state = self.state();
                (state.now(), matches!(state.pace, Pace::Frozen))
            };
            if now >= at {
                return;
            }
            // The sender lives as long as `self`, so `changed` fails never.
            if frozen {
                let _ = changed.changed().await;
            } else {
                let _ =
                    tokio::time::timeout(at.since(now).min(LOOK_AGAIN), changed.changed()).await;
            }
        }
    }

    fn tell(&self) {
        self.shared.changed.send_modify(|changes| *changes += 1);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change leaves the state whole, so that a panic elsewhere does not matter.
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn now(&mut self) -> Timestamp {
        if let Pace::Running { ahead, since: (instant, shown) } = &self.pace {
            // Set back, the wall clock is not followed but the time that passes; set forward
            // (or asleep for a night), it is.
            let passed = shown.after(instant.elapsed());
            self.last = self.last.max(passed).max(wall().after(*ahead));
        }
        self.last
    }
}

fn wall() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_ms(0).after(since_epoch)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_ms(1_795_435_200_000);

    #[tokio::test]
    async fn a_frozen_clock_moves_only_when_it_is_moved() {
        let clock = Clock::frozen(NOON);
        assert_eq!(clock.now(), NOON);
        let waiting = tokio::spawn({
            let clock = clock.clone();
            async move { clock.reached(NOON.after_s(600)).await }
        });
        clock.advance(Duration::from_secs(599));
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished(), "one second is missing");
        clock.advance(Duration::from_secs(1));
        assert!(waiting.await.is_ok());
        assert_eq!(clock.now(), NOON.after_s(600));
    }

    #[test]
    fn time_never_goes_back() {
        let clock = Clock::system();
        let start = clock.now();
        clock.advance(Duration::from_secs(86_400));
        let tomorrow = clock.now();
        assert!(tomorrow >= start.after_s(86_400));
        clock.freeze();
        let frozen = clock.now();
        assert!(frozen >= tomorrow);
        clock.advance_to(start);
        assert_eq!(clock.now(), frozen, "a moment that is past is not gone back to");
        clock.resume();
        assert!(clock.now() >= frozen);
    }

    #[tokio::test]
    async fn a_running_clock_reaches_a_moment_by_itself() {
        let clock = Clock::system();
        let soon = clock.now().after(Duration::from_millis(5));
        clock.reached(soon).await;
        assert!(clock.now() >= soon);
    }
}
