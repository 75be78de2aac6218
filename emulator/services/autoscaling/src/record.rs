//! What is stored of EC2 Auto Scaling, frozen: a new field or kind raises the format of data directories
//! (`emulator/src/store/formats`). The live types may change as they like; here they are converted.

use kernel::record::{Key, Kind};
use serde::{Deserialize, Serialize};

/// A group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Group {
    id: String,
}

impl Group {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        Key::named(Kind(70), &self.id)
    }
}
