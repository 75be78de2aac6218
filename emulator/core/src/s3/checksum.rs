//! The checksum of an object, as its answers have it.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::input::Blob;

/// An object's checksum: two members of an answer, `ChecksumCRC32` (or another algorithm's) and
/// `ChecksumType`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checksum {
    algorithm: Box<str>,
    value: Box<str>,
}

impl Checksum {
    /// The checksum with which a body was stored. Every body has one, unless it was written before
    /// the blob store computed them.
    pub(super) fn of(blob: &Blob) -> Option<Self> {
        let (algorithm, value) = blob.checksum.clone()?;
        Some(Self { algorithm, value })
    }

    /// `CRC32`, `CRC64NVME`, `SHA256`, …
    pub(super) fn algorithm(&self) -> &str {
        &self.algorithm
    }

    /// Over the whole object, not over parts.
    pub(super) const TYPE: &str = "FULL_OBJECT";
}

impl Serialize for Checksum {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(Some(2))?;
        members.serialize_entry(&format!("Checksum{}", self.algorithm), &self.value)?;
        members.serialize_entry("ChecksumType", Self::TYPE)?;
        members.end()
    }
}
