//! A target of a group.

use kernel::time::Timestamp;
use kernel::trace::CauseId;

use crate::health::Health;

/// Which: its id and its port, which is 0 where it is a function.
pub(crate) type TargetKey = (String, u16);

/// What a target's record is called.
pub(crate) fn record_name(group: &str, (id, port): &TargetKey) -> String {
    format!("{group} {port} {id}")
}

/// A target.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Target {
    /// Where it gets requests from, as it was registered: a zone, or `all`.
    pub(crate) zone: Option<String>,
    pub(crate) health: Health,
    /// It was taken out and has until then to finish what it has.
    pub(crate) drains_until: Option<Timestamp>,
    /// When it is asked next. Not stored.
    pub(crate) asked_next: Option<Timestamp>,
    /// Until when an answer is waited for. Not stored.
    pub(crate) answers_until: Option<Timestamp>,
    /// Because of what it is asked. Not stored.
    pub(crate) cause: Option<CauseId>,
}

impl Target {
    /// One that was just registered.
    pub(crate) const fn new(zone: Option<String>, now: Timestamp, cause: Option<CauseId>) -> Self {
        Self {
            zone,
            health: Health::new(now),
            drains_until: None,
            asked_next: None,
            answers_until: None,
            cause,
        }
    }
}
