//! Where steps go, and who performs them.

use std::sync::{Arc, mpsc};

use super::Perform;
use super::committer::Job;

/// Where steps go.
pub(super) enum Outlet {
    /// Nowhere yet: the runtime is being made.
    Starting,
    /// Nothing is recorded: effects are performed at once.
    Direct(Arc<dyn Perform>),
    /// To the thread that commits; what changes nothing is performed at once while it is idle.
    Committer(mpsc::Sender<Job>, Arc<dyn Perform>),
    /// A commit failed: inputs go to that thread, which tries them.
    Trial(mpsc::Sender<Job>, Arc<dyn Perform>),
    /// Nowhere any more.
    Closed,
}

impl Outlet {
    /// Who performs, while anything leaves here.
    pub(super) fn perform(&self) -> Option<&dyn Perform> {
        match self {
            Self::Direct(perform) | Self::Committer(_, perform) | Self::Trial(_, perform) => {
                Some(perform.as_ref())
            }
            Self::Starting | Self::Closed => None,
        }
    }
}
