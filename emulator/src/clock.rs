//! The emulator's time: system, offset, faster, or frozen. The machine's is asked beside it for dates of signatures,
//! deadlines of functions and logs alone.

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
    /// How many seconds pass in one of the machine's while it runs.
    speed: u32,
    /// What was last shown: nothing earlier is shown again.
    last: Timestamp,
    /// Where it was last moved to at once, or is being moved.
    jump: Option<Timestamp>,
}

#[derive(Debug)]
enum Pace {
    /// Follows the wall clock, ahead of it by `ahead`; at another speed than one, the time that passes alone.
    Running { ahead: Duration, since: (Instant, Timestamp) },
    /// Shows `last` until it is moved.
    Frozen,
}

/// The clock was to be moved further than it can be. It has not moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TooFar {
    /// By more than [`Clock::ADVANCE_MAX`].
    #[error("time can be moved by {} s at most at once: 100 years", Clock::ADVANCE_MAX.as_secs())]
    AtOnce,
    /// Past [`Timestamp::NOW_MAX`].
    #[error("time can be moved up to {}", Timestamp::NOW_MAX.iso8601_ms())]
    PastTheEnd,
}

/// A running clock looks again this often while it waits, since a laptop that slept wakes with
/// its wall clock moved and its timers not.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

impl Clock {
    /// How far the clock can be moved at once: 100 years of 365.25 days.
    pub const ADVANCE_MAX: Duration = Duration::from_secs(36_525 * 24 * 60 * 60);
    /// How fast it can run: so many seconds in one.
    pub const SPEED_MAX: u32 = 1_000;

    /// A clock that follows the machine's.
    #[must_use]
    pub fn system() -> Self {
        Self::new(
            Pace::Running { ahead: Duration::ZERO, since: (Instant::now(), wall()) },
            wall(),
            1,
        )
    }

    /// A clock that stands still at `at` until it is moved; at [`Timestamp::NOW_MAX`] where `at` is
    /// later.
    #[must_use]
    pub fn frozen(at: Timestamp) -> Self {
        Self::new(Pace::Frozen, at, 1)
    }

    /// A clock of its own that shows what this one shows, and stands or runs as this one does.
    pub(crate) fn fork(&self) -> Self {
        let mut state = self.state();
        let last = state.now();
        let pace = match &state.pace {
            Pace::Running { ahead, .. } => {
                Pace::Running { ahead: *ahead, since: (Instant::now(), last) }
            }
            Pace::Frozen => Pace::Frozen,
        };
        Self::new(pace, last, state.speed)
    }

    fn new(pace: Pace, last: Timestamp, speed: u32) -> Self {
        let last = last.min(Timestamp::NOW_MAX);
        let state = Mutex::new(State { pace, speed, last, jump: None });
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
    ///
    /// # Errors
    /// [`TooFar`]
    pub fn advance(&self, by: Duration) -> Result<(), TooFar> {
        self.advance_to(self.target(by)?)
    }

    /// Moves the clock forward to `target`; does nothing where it is already past it.
    ///
    /// # Errors
    /// [`TooFar`]
    pub fn advance_to(&self, target: Timestamp) -> Result<(), TooFar> {
        if target.since(self.now()) > Self::ADVANCE_MAX {
            return Err(TooFar::AtOnce);
        }
        if target > Timestamp::NOW_MAX {
            return Err(TooFar::PastTheEnd);
        }
        self.begin_jump(target);
        self.go_on_from(target)
    }

    /// The clock is to be moved to `target` at once, maybe in several steps: what becomes due on the way
    /// has that as a cause.
    pub(crate) fn begin_jump(&self, target: Timestamp) {
        let mut state = self.state();
        if target > state.now() {
            state.jump = state.jump.max(Some(target));
        }
    }

    /// The moment, and where the clock was last moved to at once.
    pub(crate) fn look(&self) -> (Timestamp, Option<Timestamp>) {
        let mut state = self.state();
        (state.now(), state.jump)
    }

    /// The moment that is later by `by`.
    pub(crate) fn target(&self, by: Duration) -> Result<Timestamp, TooFar> {
        if by > Self::ADVANCE_MAX {
            return Err(TooFar::AtOnce);
        }
        let target = self.now().after(by);
        if target > Timestamp::NOW_MAX { Err(TooFar::PastTheEnd) } else { Ok(target) }
    }

    /// Moves the clock forward to where another had come to, however far that is.
    pub(crate) fn go_on_from(&self, target: Timestamp) -> Result<(), TooFar> {
        if target > Timestamp::NOW_MAX {
            return Err(TooFar::PastTheEnd);
        }
        let mut state = self.state();
        let now = state.now();
        if target <= now {
            return Ok(());
        }
        state.last = target;
        if let Pace::Running { ahead, since } = &mut state.pace {
            *ahead = ahead.saturating_add(target.since(now));
            *since = (Instant::now(), target);
        }
        drop(state);
        self.tell();
        Ok(())
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

    /// How many seconds pass in one of the machine's while it runs.
    #[must_use]
    pub fn speed(&self) -> u32 {
        self.state().speed
    }

    /// Lets so many seconds pass in one of the machine's from now on, 1 to [`Clock::SPEED_MAX`]: minutes of
    /// metrics, periods of alarms, cooldowns and health checks become shorter alike. What the machine does takes as
    /// long as ever: to a function whose work takes a second, ten pass at a speed of ten.
    pub fn set_speed(&self, speed: u32) {
        let mut state = self.state();
        let now = state.now();
        state.speed = speed.clamp(1, Self::SPEED_MAX);
        if let Pace::Running { ahead, since } = &mut state.pace {
            *ahead = now.since(wall());
            *since = (Instant::now(), now);
        }
        drop(state);
        self.tell();
    }

    /// Returns once the clock shows `at` or later: by running there or by being moved. Waits for
    /// as long as a frozen clock is not moved.
    pub async fn reached(&self, at: Timestamp) {
        let mut changed = self.shared.changed.subscribe();
        loop {
            let (now, frozen, speed) = {
                let mut state = self.state();
                (state.now(), matches!(state.pace, Pace::Frozen), state.speed)
            };
            if now >= at {
                return;
            }
            // The sender lives as long as `self`, so `changed` fails never.
            if frozen {
                let _ = changed.changed().await;
            } else {
                let left = at.since(now) / speed;
                let _ = tokio::time::timeout(left.min(LOOK_AGAIN), changed.changed()).await;
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
            let passed = shown.after(instant.elapsed().saturating_mul(self.speed));
            let by_wall = if self.speed == 1 { wall().after(*ahead) } else { passed };
            let shown = self.last.max(passed).max(by_wall);
            self.last = shown.min(Timestamp::NOW_MAX);
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
        assert_eq!(clock.advance(Duration::from_secs(599)), Ok(()));
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished(), "one second is missing");
        assert_eq!(clock.advance(Duration::from_secs(1)), Ok(()));
        assert!(waiting.await.is_ok());
        assert_eq!(clock.now(), NOON.after_s(600));
    }

    #[test]
    fn time_never_goes_back() {
        let clock = Clock::system();
        let start = clock.now();
        assert_eq!(clock.advance(Duration::from_secs(86_400)), Ok(()));
        let tomorrow = clock.now();
        assert!(tomorrow >= start.after_s(86_400));
        clock.freeze();
        let frozen = clock.now();
        assert!(frozen >= tomorrow);
        assert_eq!(clock.advance_to(start), Ok(()));
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

    #[tokio::test]
    async fn a_clock_can_run_faster_and_goes_on_from_where_it_was() {
        let clock = Clock::system();
        clock.set_speed(1_000);
        let in_a_minute = clock.now().after_s(60);
        let begun = Instant::now();
        clock.reached(in_a_minute).await;
        assert!(clock.now() >= in_a_minute);
        assert!(begun.elapsed() < Duration::from_secs(60), "nobody waits for a minute");
        clock.set_speed(1);
        assert!(clock.now() >= in_a_minute, "what has passed has passed");
        clock.set_speed(0);
        assert_eq!(clock.speed(), 1);
    }

    #[test]
    fn no_clock_is_moved_to_where_its_time_cannot_be_written() {
        for clock in [Clock::frozen(NOON), Clock::system()] {
            let before = clock.now();
            for by in [Clock::ADVANCE_MAX + Duration::from_millis(1), Duration::MAX] {
                assert_eq!(clock.advance(by), Err(TooFar::AtOnce));
            }
            assert_eq!(clock.advance_to(Timestamp::MAX), Err(TooFar::AtOnce));
            clock.freeze();
            let mut centuries = 0;
            while clock.advance(Clock::ADVANCE_MAX).is_ok() {
                centuries += 1;
            }
            assert_eq!(centuries, 78);
            assert_eq!(clock.advance(Clock::ADVANCE_MAX), Err(TooFar::PastTheEnd));
            assert!(clock.now() > before && clock.now() <= Timestamp::NOW_MAX);
            clock.resume();
            assert!(clock.now() <= Timestamp::NOW_MAX);
        }
        assert_eq!(Clock::frozen(Timestamp::MAX).now(), Timestamp::NOW_MAX);
        let said = [TooFar::AtOnce.to_string(), TooFar::PastTheEnd.to_string()];
        insta::assert_snapshot!(said.join("\n"), @"
        time can be moved by 3155760000 s at most at once: 100 years
        time can be moved up to 9900-01-01T00:00:00.000Z
        ");
    }
}
