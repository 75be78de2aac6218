//! What is stored of Elastic Load Balancing, frozen: a new field or kind raises the format of data directories
//! (`emulator/src/store/formats`). The live types may change as they like; here they are converted.

use kernel::record::{Key, Kind};
use serde::{Deserialize, Serialize};

/// A target group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TargetGroup {
    id: String,
}

impl TargetGroup {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        Key::named(Kind(60), &self.id)
    }
}
