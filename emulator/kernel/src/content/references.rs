//! Who refers to a blob.

use std::collections::BTreeMap;

use super::BlobId;

/// How many entities refer to each blob. A copy of an object refers to the same blob.
#[derive(Debug, Clone, Default)]
pub struct BlobReferences(BTreeMap<BlobId, u32>);

impl BlobReferences {
    /// One more entity refers to the blob.
    pub fn retain(&mut self, blob: &BlobId) {
        *self.0.entry(blob.clone()).or_default() += 1;
    }

    /// One entity less refers to the blob. Says whether it was the last.
    pub fn release(&mut self, blob: &BlobId) -> bool {
        match self.0.get_mut(blob) {
            Some(count) if *count > 1 => {
                *count -= 1;
                false
            }
            Some(_) => self.0.remove(blob).is_some(),
            None => false,
        }
    }

    /// Whether something refers to the blob.
    #[must_use]
    pub fn contains(&self, blob: &BlobId) -> bool {
        self.0.contains_key(blob)
    }

    /// The blobs that something refers to.
    pub fn iter(&self) -> impl Iterator<Item = &BlobId> {
        self.0.keys()
    }
}
