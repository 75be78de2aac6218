//! The checksum of an object, as its answers have it.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use kernel::content::{Content, ContentChecksum};
/// An object's checksum: two members of an answer, `ChecksumCRC32` (or another algorithm's) and
/// `ChecksumType`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checksum(ContentChecksum);

impl Checksum {
    /// The checksum of a body, where it has one.
    pub(super) fn of(content: &Content) -> Option<Self> {
        content.checksum().map(Self)
    }

    /// `CRC32`, `CRC64NVME`, `SHA256`, …
    pub(super) fn algorithm(&self) -> &'static str {
        self.0.algorithm.name()
    }

    /// `FULL_OBJECT` or `COMPOSITE`.
    pub(super) fn of_type(&self) -> &'static str {
        self.0.of_type.name()
    }
}

impl Serialize for Checksum {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(Some(2))?;
        members.serialize_entry(self.0.algorithm.member(), &self.0.value)?;
        members.serialize_entry("ChecksumType", self.of_type())?;
        members.end()
    }
}
