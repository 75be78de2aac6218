//! Bodies: what is known of them without their bytes. Where these lie, only the blob store knows.

use std::sync::Arc;

use bytes::Bytes;
use md5::{Digest as _, Md5};
use serde::{Deserialize, Serialize};

use crate::checksum::{Checksum, ChecksumAlgorithm, ChecksumType};

mod references;
#[cfg(test)]
mod tests;

pub use references::BlobReferences;

/// Names a body in the blob store. Whoever has the name shares its text: there may be millions of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BlobId(pub Arc<str>);

impl BlobId {
    /// How the names of bodies begin that are kept beside the records.
    pub const BESIDE_RECORDS: &str = "row-";
}

/// A body in the blob store and what was learned while it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blob {
    /// Its name in the blob store.
    pub id: BlobId,
    /// Its length.
    pub size_bytes: u64,
    /// MD5 of its bytes.
    pub md5: [u8; 16],
    /// SHA-256 of its bytes, where it was asked for: function code has it, large objects need not.
    pub sha256: Option<Box<[u8; 32]>>,
    /// The checksum that the client sent along or asked for, already verified.
    pub checksum: Option<Checksum>,
}

/// `length_bytes` bytes of a blob from `offset_bytes` on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobRange {
    /// Which blob.
    pub blob: BlobId,
    /// Where the stretch begins.
    pub offset_bytes: u64,
    /// How long it is.
    pub length_bytes: u64,
}

/// What an object, or a function's code, consists of: one blob, or many one behind the other. Its size,
/// its ETag and its checksum follow from theirs.
///
/// Copying it copies no bytes: the copy refers to the same blobs. What is written of it as JSON is in
/// records: it stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Content {
    /// A body that came at once.
    Whole(Blob),
    /// The parts of a completed multipart upload, in their order.
    Parts(Arc<Parts>),
}

/// Parts, and what follows from them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "StoredParts", into = "StoredParts")]
pub struct Parts {
    parts: Box<[Blob]>,
    size_bytes: u64,
    /// MD5 of the parts' MD5s.
    md5: [u8; 16],
    asked: Option<(ChecksumAlgorithm, ChecksumType)>,
    checksum: Option<Checksum>,
}

/// Which bytes of a content a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Where it begins.
    pub offset_bytes: u64,
    /// How long it is.
    pub length_bytes: u64,
}

/// The checksum of a content, as its answers have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentChecksum {
    /// How it is computed.
    pub algorithm: ChecksumAlgorithm,
    /// Of what it is computed.
    pub of_type: ChecksumType,
    /// In base64; of a composite one with the number of parts behind it: `LPpF…YVA=-3`.
    pub value: String,
}

impl Content {
    /// A body that a service writes itself, under a name of its own; with the checksum that S3 takes by
    /// default.
    #[must_use]
    pub(crate) fn written(id: BlobId, bytes: &Bytes) -> Self {
        Self::Whole(Blob {
            id,
            size_bytes: bytes.len() as u64,
            md5: Md5::digest(bytes).into(),
            sha256: None,
            checksum: Some(ChecksumAlgorithm::Crc64Nvme.of(bytes)),
        })
    }

    /// Parts in their order, with a checksum of this algorithm and type where one was asked for and
    /// every part has it.
    #[must_use]
    pub fn of_parts(
        parts: impl Into<Box<[Blob]>>,
        asked: Option<(ChecksumAlgorithm, ChecksumType)>,
    ) -> Self {
        Self::Parts(Arc::new(Parts::new(parts.into(), asked)))
    }

    /// The checksum that was asked for when its parts were put together.
    #[must_use]
    pub fn asked_checksum(&self) -> Option<(ChecksumAlgorithm, ChecksumType)> {
        match self {
            Self::Whole(_) => None,
            Self::Parts(parts) => parts.asked,
        }
    }

    /// Its length.
    #[must_use]
    pub fn size_bytes(&self) -> u64 {
        match self {
            Self::Whole(blob) => blob.size_bytes,
            Self::Parts(parts) => parts.size_bytes,
        }
    }

    /// Its ETag, without quotes: the MD5 of what came at once; of parts the MD5 of their MD5s, with
    /// their number behind it.
    #[must_use]
    pub fn etag(&self) -> String {
        match self {
            Self::Whole(blob) => digits_of(&blob.md5),
            Self::Parts(parts) => format!("{}-{}", digits_of(&parts.md5), parts.parts.len()),
        }
    }

    /// Its checksum. What came at once has one, unless it was written before the blob store computed
    /// them.
    #[must_use]
    pub fn checksum(&self) -> Option<ContentChecksum> {
        let (checksum, of_type, count) = match self {
            Self::Whole(blob) => (blob.checksum.as_ref()?, ChecksumType::FullObject, 1),
            Self::Parts(parts) => (parts.checksum.as_ref()?, parts.asked?.1, parts.parts.len()),
        };
        let mut value = checksum.base64();
        if of_type == ChecksumType::Composite {
            value += &format!("-{count}");
        }
        Some(ContentChecksum { algorithm: checksum.algorithm(), of_type, value })
    }

    /// Its SHA-256, where that is known.
    #[must_use]
    pub fn sha256(&self) -> Option<[u8; 32]> {
        match self {
            Self::Whole(blob) => blob.sha256.as_deref().copied(),
            Self::Parts(_) => None,
        }
    }

    /// The blobs that it refers to, in their order. One may be there more than once.
    #[must_use]
    pub fn blobs(&self) -> &[Blob] {
        match self {
            Self::Whole(blob) => std::slice::from_ref(blob),
            Self::Parts(parts) => &parts.parts,
        }
    }

    /// How many parts it came in; nothing where it came at once.
    #[must_use]
    pub fn parts_count(&self) -> Option<usize> {
        match self {
            Self::Whole(_) => None,
            Self::Parts(parts) => Some(parts.parts.len()),
        }
    }

    /// Which bytes part `number` is, counted from 1. What came at once is one part.
    #[must_use]
    pub fn part(&self, number: u64) -> Option<Part> {
        let at = usize::try_from(number.checked_sub(1)?).ok()?;
        let blobs = self.blobs();
        let length_bytes = blobs.get(at)?.size_bytes;
        let offset_bytes = blobs[..at].iter().map(|blob| blob.size_bytes).sum();
        Some(Part { offset_bytes, length_bytes })
    }

    /// Where its bytes lie, from `offset_bytes` on and as many as `length_bytes`, or as there are: one
    /// stretch of each blob that has any of them, to be read one after the other.
    #[must_use]
    pub fn ranges(&self, offset_bytes: u64, length_bytes: u64) -> Vec<BlobRange> {
        let end = offset_bytes.saturating_add(length_bytes);
        let mut ranges = Vec::with_capacity(1);
        let mut begin = 0;
        for blob in self.blobs() {
            let (first, last) = (begin.max(offset_bytes), (begin + blob.size_bytes).min(end));
            if first < last {
                ranges.push(BlobRange {
                    blob: blob.id.clone(),
                    offset_bytes: first - begin,
                    length_bytes: last - first,
                });
            }
            begin += blob.size_bytes;
            if begin >= end {
                break;
            }
        }
        ranges
    }

    /// Where all of its bytes lie.
    #[must_use]
    pub fn all(&self) -> Vec<BlobRange> {
        self.ranges(0, self.size_bytes())
    }
}

impl From<Blob> for Content {
    fn from(blob: Blob) -> Self {
        Self::Whole(blob)
    }
}

impl Parts {
    fn new(parts: Box<[Blob]>, asked: Option<(ChecksumAlgorithm, ChecksumType)>) -> Self {
        let md5s = parts.iter().fold(Md5::new(), |md5s, part| md5s.chain_update(part.md5));
        Self {
            size_bytes: parts.iter().map(|part| part.size_bytes).sum(),
            md5: md5s.finalize().into(),
            asked,
            checksum: asked.and_then(|(algorithm, of_type)| match of_type {
                ChecksumType::Composite => composite(&parts, algorithm),
                ChecksumType::FullObject => full_object(&parts, algorithm),
            }),
            parts,
        }
    }
}

/// The checksum of the parts' checksums.
/// An MD5 in digits. Every answer about an object has one, and a page of them a thousand.
fn digits_of(md5: &[u8; 16]) -> String {
    let mut digits = vec![b'0'; 32];
    // There is room for all.
    let _ = hex::encode_to_slice(md5, &mut digits);
    String::from_utf8(digits).unwrap_or_default()
}

fn composite(parts: &[Blob], algorithm: ChecksumAlgorithm) -> Option<Checksum> {
    let mut all = Vec::with_capacity(32 * parts.len());
    for part in parts {
        let checksum = part.checksum.as_ref().filter(|it| it.algorithm() == algorithm)?;
        all.extend_from_slice(checksum.bytes());
    }
    Some(algorithm.of(&all))
}

/// The checksum of all bytes, from those of the parts.
fn full_object(parts: &[Blob], algorithm: ChecksumAlgorithm) -> Option<Checksum> {
    let mut whole = algorithm.of(&[]);
    for part in parts {
        whole = whole.followed_by(part.checksum.as_ref()?, part.size_bytes)?;
    }
    Some(whole)
}

/// What is stored of parts: all else follows from it.
#[derive(Serialize, Deserialize)]
struct StoredParts {
    parts: Box<[Blob]>,
    checksum: Option<(ChecksumAlgorithm, ChecksumType)>,
}

impl From<Parts> for StoredParts {
    fn from(parts: Parts) -> Self {
        Self { parts: parts.parts, checksum: parts.asked }
    }
}

impl From<StoredParts> for Parts {
    fn from(stored: StoredParts) -> Self {
        Self::new(stored.parts, stored.checksum)
    }
}
