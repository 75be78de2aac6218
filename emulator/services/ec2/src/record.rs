//! What is stored of EC2, frozen: a new field or kind raises the format of data directories
//! (`emulator/src/store/formats`). The live types may change as they like; here they are converted.

use kernel::record::{Key, Kind};
use serde::{Deserialize, Serialize};

/// A network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Vpc {
    id: String,
}

impl Vpc {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        Key::named(Kind(40), &self.id)
    }
}
