//! How many pictures one process works on at a time.

use std::{sync::LazyLock, thread};

use tokio::{
    sync::{Semaphore, SemaphorePermit},
    task,
};

/// One for the whole process and not one a function: memory and processors are the process's.
static TURNS: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(thread::available_parallelism().map_or(1, usize::from)));

/// The right to hold one picture in memory and to decode it. Given back when dropped.
pub(super) struct Turn {
    permit: SemaphorePermit<'static>,
}

impl Turn {
    /// Waits for a turn, first come, first served. `None` never happens while the process runs.
    pub(super) async fn take() -> Option<Self> {
        Self::of(&TURNS).await
    }

    async fn of(turns: &'static Semaphore) -> Option<Self> {
        let permit = turns.acquire().await.ok()?;
        Some(Self { permit })
    }

    /// Does the work on a thread that may block. The work keeps the turn until it ends, also when
    /// nobody awaits it any more: a function that timed out still has its picture in memory.
    /// `None` when the work panicked or the runtime shuts down.
    pub(super) async fn run<T: Send + 'static>(
        self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let work = move || {
            let _until_the_end = self.permit;
            work()
        };
        task::spawn_blocking(work).await.ok()
    }
}

#[cfg(test)]
mod tests {
    use anyhow::{Context, Result};
    use std::sync::mpsc;
    use tokio::sync::oneshot;

    use super::*;

    /// The memory of a decode that was given up is in use until the decode ends, so nobody else may
    /// start before that.
    #[tokio::test]
    async fn an_abandoned_decode_keeps_its_turn_until_it_ends() -> Result<()> {
        static ONE: Semaphore = Semaphore::const_new(1);
        let (started, starts) = oneshot::channel();
        let (end, ends) = mpsc::channel::<()>();
        let turn = Turn::of(&ONE).await.context("a turn")?;
        let decode = tokio::spawn(turn.run(move || {
            let _ = started.send(());
            let _ = ends.recv();
        }));
        starts.await?;
        decode.abort();
        let given_up = decode.await.err().context("is cancelled")?;
        assert!(given_up.is_cancelled());
        assert_eq!(ONE.available_permits(), 0);

        end.send(())?;
        let turn = Turn::of(&ONE).await.context("the next turn")?;
        assert_eq!(turn.run(|| "decoded").await, Some("decoded"));
        assert_eq!(ONE.available_permits(), 1);
        Ok(())
    }
}
