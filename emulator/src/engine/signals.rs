//! What wakes whoever waits for the engine, and how the engine is.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use cloudless_core::error::{ApiError, INTERNAL_ERROR};
use tokio::sync::Notify;

use crate::store::StoreError;

/// What wakes whoever waits for the engine.
#[derive(Default)]
pub(super) struct Signals {
    /// A step was handled, or its effects were performed, or the engine has ended.
    pub(super) stepped: Notify,
    /// The engine has ended. Whoever waits for that alone is not woken by every step.
    pub(super) ended: Notify,
    /// The next deadline is earlier than the one that is waited for, or the engine is closed.
    pub(super) deadline_moved: Notify,
    /// Steps that wait for their commit or whose effects are not all performed.
    pub(super) in_flight: AtomicUsize,
    /// Why it has ended.
    failure: OnceLock<String>,
    /// Why nothing can be stored for now.
    trouble: Mutex<Option<String>>,
    finished: AtomicBool,
    /// For whoever cannot await the end: a `drop`.
    finishing: (Mutex<()>, Condvar),
}

impl Signals {
    /// Returns what `look` finds, once it does: it looks again after each step.
    pub(super) async fn until<T>(&self, look: impl FnMut() -> Option<T>) -> T {
        found(&self.stepped, look).await
    }

    /// Whether every step is durable and its effects are performed.
    pub(super) fn at_rest(&self) -> bool {
        self.in_flight.load(Ordering::Acquire) == 0
    }

    /// The effects of `steps` were performed.
    pub(super) fn performed(&self, steps: usize) {
        self.in_flight.fetch_sub(steps, Ordering::AcqRel);
        self.stepped.notify_waiters();
    }

    pub(super) fn has_finished(&self) -> bool {
        self.finished.load(Ordering::Acquire)
    }

    pub(super) fn failure(&self) -> Option<&str> {
        self.failure.get().map(String::as_str)
    }

    /// Why nothing can be stored for now.
    pub(super) fn trouble(&self) -> Option<String> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A commit failed. The log says so once, until commits succeed again.
    pub(super) fn in_trouble(&self, error: &StoreError) {
        let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        if trouble.is_none() {
            tracing::error!(%error, "what happens cannot be stored: writes are refused until it can");
        }
        *trouble = Some(format!("what happens cannot be stored: {error}"));
        // The task that keeps deadlines tries again after a while.
        self.deadline_moved.notify_one();
    }

    /// A commit succeeded.
    pub(super) fn well_again(&self) {
        let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        if trouble.take().is_some() {
            tracing::info!("what happens is stored again");
        }
    }

    /// The engine stops: nothing that it would say can be relied on.
    pub(super) fn fail(&self, reason: &str) {
        if self.failure.set(reason.to_owned()).is_ok() {
            tracing::error!(reason, "the emulator has stopped and refuses every call");
        }
        self.finish();
    }

    pub(super) fn finish(&self) {
        let (lock, finished) = &self.finishing;
        let locked = lock.lock().unwrap_or_else(PoisonError::into_inner);
        self.finished.store(true, Ordering::Release);
        drop(locked);
        finished.notify_all();
        self.deadline_moved.notify_one();
        self.stepped.notify_waiters();
        self.ended.notify_waiters();
    }

    /// Blocks until the engine has ended, or until `limit`.
    pub(super) fn wait_until_finished(&self, limit: Duration) {
        let (lock, finished) = &self.finishing;
        let locked = lock.lock().unwrap_or_else(PoisonError::into_inner);
        let running = |_: &mut ()| !self.finished.load(Ordering::Acquire);
        let _ = finished.wait_timeout_while(locked, limit, running);
    }

    /// What calls are answered with once the engine has ended. The reason is in the log.
    pub(super) fn refusal(&self) -> ApiError {
        match self.failure() {
            Some(_) => INTERNAL_ERROR.says("The emulator has failed; its log says why."),
            None => INTERNAL_ERROR.says("The emulator is not running."),
        }
    }
}

/// Returns what `look` finds, once it does: it looks again whenever `woken` says so.
pub(super) async fn found<T>(woken: &Notify, mut look: impl FnMut() -> Option<T>) -> T {
    loop {
        let mut next = std::pin::pin!(woken.notified());
        next.as_mut().enable();
        if let Some(found) = look() {
            return found;
        }
        next.await;
    }
}
