//! What is asked of a target, how often, and how many answers count.

use super::{Fault, Matcher};
use crate::plane::Probed;

/// How the targets of a group are asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HealthCheck {
    pub(crate) is_enabled: bool,
    /// `HTTP`, `HTTPS`, `TCP`, …; nothing where targets are functions.
    pub(crate) protocol: Option<String>,
    /// `traffic-port`, or a number; nothing where targets are functions.
    pub(crate) port: Option<String>,
    /// Nothing where connecting is enough.
    pub(crate) path: Option<String>,
    /// How often, in seconds.
    pub(crate) interval_s: u32,
    /// How long an answer may take, in seconds.
    pub(crate) timeout_s: u32,
    /// How many successes make one healthy that was not.
    pub(crate) healthy_count: u32,
    /// How many failures make one unhealthy.
    pub(crate) unhealthy_count: u32,
    /// Nothing where connecting is enough.
    pub(crate) matcher: Option<Matcher>,
}

impl HealthCheck {
    /// What is wrong with an answer.
    pub(crate) fn fault_of(&self, outcome: Probed) -> Option<Fault> {
        match outcome {
            Probed::TimedOut => Some(Fault::TimedOut),
            Probed::Failed => Some(Fault::Failed),
            Probed::Answered(status) => {
                let is_good = self.matcher.as_ref().is_none_or(|matcher| matcher.fits(status));
                (!is_good).then_some(Fault::Status(status))
            }
        }
    }

    /// The port that is asked of a target at that port.
    pub(crate) fn port_of(&self, target_port: u16) -> u16 {
        let own = self.port.as_deref().and_then(|port| port.parse().ok());
        own.unwrap_or(target_port)
    }

    /// What a good answer is, of whoever only says that it is well.
    pub(crate) fn good_status(&self) -> u16 {
        let first = self.matcher.as_ref().and_then(|matcher| {
            Matcher::parse(&matcher.codes, &(0..=u64::from(u16::MAX)))?
                .first()
                .map(|it| *it.start())
        });
        first.and_then(|status| u16::try_from(status).ok()).unwrap_or(200)
    }
}
