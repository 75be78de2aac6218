//! Waiting for those who are about to be there: a database, a cloud.

use std::time::Duration;

use tokio::time::Instant;

/// Between two tries.
const PAUSE: Duration = Duration::from_millis(500);
/// Between two lines that say what is waited for.
const SAID_EVERY: Duration = Duration::from_secs(5);

/// How long to wait, and who is told meanwhile.
#[derive(Clone, Copy)]
pub struct Patience<'a> {
    /// After this the last error stands.
    pub limit: Duration,
    /// Gets a line at the first failure and every few seconds from then on.
    pub say: &'a (dyn Fn(&str) + Sync),
}

/// What a try came to.
pub enum Tried<T> {
    Done(T),
    /// It may succeed later.
    NotYet(anyhow::Error),
    /// It will fail in the same way for ever.
    Never(anyhow::Error),
}

impl Patience<'_> {
    /// Tries until it is done, hopeless, or too late. A try is never cut short.
    ///
    /// # Errors
    /// The error of the last try.
    pub async fn until<T>(
        &self,
        what: &str,
        mut attempt: impl AsyncFnMut() -> Tried<T>,
    ) -> anyhow::Result<T> {
        let start = Instant::now();
        let mut said: Option<Instant> = None;
        loop {
            let error = match attempt().await {
                Tried::Done(value) => return Ok(value),
                Tried::Never(error) => return Err(error),
                Tried::NotYet(error) => error,
            };
            if start.elapsed() + PAUSE > self.limit {
                return Err(error);
            }
            if said.is_none_or(|said| said.elapsed() >= SAID_EVERY) {
                let left_s = self.limit.saturating_sub(start.elapsed()).as_secs();
                (self.say)(&format!("waiting for {what}, {left_s} s more: {}", error.root_cause()));
                said = Some(Instant::now());
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}
