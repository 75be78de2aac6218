//! The checksum of an object, as its answers have it.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use kernel::checksum::{ChecksumAlgorithm, ChecksumType};
use kernel::content::{Content, ContentChecksum};
use kernel::error::ApiError;

/// An object's checksum: two members of an answer, `ChecksumCRC32` (or another algorithm's) and
/// `ChecksumType`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checksum(ContentChecksum);

impl Checksum {
    /// The checksum of a body, where it has one.
    pub(super) fn of(content: &Content) -> Option<Self> {
        content.checksum().map(Self)
    }

    /// The checksum of one of its parts. Where the object's is that of all bytes, AWS says none of a part
    /// among others.
    pub(super) fn of_part(content: &Content, number: i64) -> Option<Self> {
        let of_object = content.checksum()?;
        if of_object.of_type == ChecksumType::FullObject {
            return (content.blobs().len() == 1).then_some(Self(of_object));
        }
        let at = usize::try_from(number.checked_sub(1)?).ok()?;
        let value = content.blobs().get(at)?.checksum.as_ref()?.base64();
        Some(Self(ContentChecksum { value, ..of_object }))
    }

    /// The same without the number of parts, as attributes say it.
    pub(super) fn without_count(self) -> Self {
        let Self(checksum) = self;
        let value = match checksum.value.split_once('-') {
            Some((value, _)) => value.to_owned(),
            None => checksum.value,
        };
        Self(ContentChecksum { value, ..checksum })
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

/// The algorithm of that name.
pub(crate) fn checksum_algorithm(name: &str) -> Result<ChecksumAlgorithm, ApiError> {
    // In the words that AWS was heard to say: of the younger ones it did not speak then.
    ChecksumAlgorithm::parse(name).ok_or_else(|| {
        crate::error::INVALID_REQUEST.says(
            "Checksum algorithm provided is unsupported. Please try again with any of the valid \
             types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]",
        )
    })
}
