//! Patience with what is away.

use std::time::Duration;

/// Waits longer from time to time, and says once why.
pub(super) struct Backoff {
    pause: Duration,
    said: bool,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { pause: Self::FIRST, said: false }
    }
}

impl Backoff {
    const FIRST: Duration = Duration::from_millis(100);
    const LONGEST: Duration = Duration::from_secs(2);

    /// Waits; says why at the first time.
    pub(super) async fn wait(&mut self, why: &str) {
        if self.said {
            tracing::debug!("{why}");
        } else {
            tracing::warn!("{why}; trying again until it does");
            self.said = true;
        }
        tokio::time::sleep(self.pause).await;
        self.pause = (self.pause * 2).min(Self::LONGEST);
    }

    /// What was waited for is there: says so where it was said that it was away.
    pub(super) fn over(&mut self, what: &str) {
        if self.said {
            tracing::info!("{what}");
        }
        *self = Self::default();
    }
}
