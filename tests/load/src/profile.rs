//! What load there is, by name: the original's tests, and one that shows the group scaling.

use std::time::Duration;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// The named loads. Users, ramp and duration of the first three are the original's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Name {
    /// 30 users within 20 s, for 20 minutes: an ordinary day
    Load,
    /// 150 users within 10 minutes, for 90 minutes: too many for one instance
    Stress,
    /// 500 users within 45 minutes, for 3 hours: whether anything leaks, slows down or gets lost
    Endurance,
    /// 150 users within 2 minutes, for 15 minutes, and then nobody: whether the group scales out and back
    Scaling,
}

impl Name {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Load => "load",
            Self::Stress => "stress",
            Self::Endurance => "endurance",
            Self::Scaling => "scaling",
        }
    }

    /// The load of that name, uncompressed.
    #[must_use]
    pub const fn profile(self) -> Profile {
        let (users, ramp_s, duration_s) = match self {
            Self::Load => (30, 20, 20 * 60),
            Self::Stress => (150, 10 * 60, 90 * 60),
            Self::Endurance => (500, 45 * 60, 3 * 60 * 60),
            Self::Scaling => (150, 2 * 60, 15 * 60),
        };
        Profile { name: self, users, ramp_s, duration_s }
    }
}

/// So many users, who come within the ramp and stay until the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    pub name: Name,
    pub users: usize,
    /// Within which all users come, in seconds of the cloud. It is a part of the duration.
    pub ramp_s: u64,
    /// From the first user until the last leaves, in seconds of the cloud.
    pub duration_s: u64,
}

impl Profile {
    /// How long the ramp really takes where `speed` seconds of the cloud pass in one.
    #[must_use]
    pub fn ramp(&self, speed: u32) -> Duration {
        Duration::from_secs(self.ramp_s) / speed.max(1)
    }

    /// How long all users really stay after it: a second at least.
    #[must_use]
    pub fn plateau(&self, speed: u32) -> Duration {
        let plateau = Duration::from_secs(self.duration_s.saturating_sub(self.ramp_s));
        (plateau / speed.max(1)).max(Duration::from_secs(1))
    }
}
