//! What records of messages and receipt handles call a queue.

use serde::{Deserialize, Serialize};

/// Names a queue for as long as it lives; another queue of the same name has another id.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct QueueId(pub u64);
