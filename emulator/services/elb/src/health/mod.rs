//! Whether a target is healthy: what is asked, what an answer means, and when it is enough. All of it is about values.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html>

mod check;
mod matcher;
#[cfg(test)]
mod tests;

pub(crate) use check::HealthCheck;
pub(crate) use matcher::Matcher;

use kernel::time::Timestamp;

use crate::plane::Probed;

/// Why a target is not healthy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It answered with this status, which is none that it should have.
    Status(u16),
    /// It did not answer in time.
    TimedOut,
    /// It could not be reached, or what it said is no answer.
    Failed,
}

/// What is known of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nobody has asked it yet.
    Registering,
    /// It is being asked, and has not answered often enough.
    Checking,
    /// It is.
    Healthy,
    /// It is not.
    Unhealthy(Fault),
}

/// How a target is, and how often it has said otherwise since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Health {
    pub(crate) verdict: Verdict,
    /// Since when.
    pub(crate) since: Timestamp,
    /// How many answers in a row speak against the verdict. Not stored: after a restart they are counted anew.
    pub(crate) against: u32,
}

impl Health {
    /// Of a target that was just registered.
    pub(crate) const fn new(now: Timestamp) -> Self {
        Self { verdict: Verdict::Registering, since: now, against: 0 }
    }

    /// It is being asked now.
    pub(crate) fn asked(&mut self, now: Timestamp) -> bool {
        if self.verdict != Verdict::Registering {
            return false;
        }
        *self = Self { verdict: Verdict::Checking, since: now, against: 0 };
        true
    }

    /// What it answered. Whether the verdict is another now. Whoever was never healthy nor unhealthy is healthy
    /// after one success.
    pub(crate) fn heard(&mut self, outcome: Probed, check: &HealthCheck, now: Timestamp) -> bool {
        let fault = check.fault_of(outcome);
        let needed = match (self.verdict, fault) {
            (Verdict::Registering | Verdict::Checking, None) => 1,
            (Verdict::Unhealthy(_), None) => check.healthy_count,
            (Verdict::Healthy, None) => return self.holds(),
            (Verdict::Unhealthy(before), Some(fault)) => {
                self.against = 0;
                self.verdict = Verdict::Unhealthy(fault);
                return before != fault;
            }
            (_, Some(_)) => check.unhealthy_count,
        };
        self.against += 1;
        if self.against < needed {
            return false;
        }
        let verdict = fault.map_or(Verdict::Healthy, Verdict::Unhealthy);
        *self = Self { verdict, since: now, against: 0 };
        true
    }

    const fn holds(&mut self) -> bool {
        self.against = 0;
        false
    }

    /// Whether more of the same answers change nothing.
    pub(crate) fn is_settled(&self, outcome: Probed, check: &HealthCheck) -> bool {
        match (self.verdict, check.fault_of(outcome)) {
            (Verdict::Healthy, None) => true,
            (Verdict::Unhealthy(before), Some(fault)) => before == fault,
            _ => false,
        }
    }
}
