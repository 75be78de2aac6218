//! How often each blob is referred to.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::{BlobId, Content};

/// Which blobs more than one entity refers to, and how many do. Most blobs are referred to once: these
/// are counted by being what they are, and take no room here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BlobReferences {
    /// At least two each.
    shared: BTreeMap<BlobId, u32>,
    /// Uploads that something refers to since this was last asked.
    adopted: Vec<BlobId>,
}

impl BlobReferences {
    /// Counts what these contents refer to; the iterator is asked for twice. Beside the counts, eight
    /// bytes of memory for each blob while it lasts.
    #[must_use]
    pub fn of<'a, I: Iterator<Item = &'a Content>>(contents: impl Fn() -> I) -> Self {
        let blobs = || contents().flat_map(Content::blobs).map(|blob| &blob.id);
        let mut hashes: Vec<u64> = blobs().map(hash).collect();
        hashes.sort_unstable();
        let pairs = hashes.windows(2).filter(|pair| pair[0] == pair[1]);
        let twice: BTreeSet<u64> = pairs.map(|pair| pair[0]).collect();
        drop(hashes);
        let mut shared = BTreeMap::new();
        if !twice.is_empty() {
            for blob in blobs().filter(|blob| twice.contains(&hash(blob))) {
                *shared.entry(blob.clone()).or_default() += 1;
            }
            shared.retain(|_, count| *count > 1);
        }
        Self { shared, adopted: Vec::new() }
    }

    /// Something refers to an upload that nothing referred to before.
    pub fn adopt(&mut self, content: &Content) {
        self.adopted.extend(content.blobs().iter().map(|blob| blob.id.clone()));
    }

    /// One more entity refers to blobs that something refers to already.
    pub fn share(&mut self, content: &Content) {
        for blob in content.blobs() {
            *self.shared.entry(blob.id.clone()).or_insert(1) += 1;
        }
    }

    /// One entity less refers to the blob. Says whether it was the last.
    pub fn release(&mut self, blob: &BlobId) -> bool {
        match self.shared.get_mut(blob) {
            None => true,
            Some(count) if *count > 2 => {
                *count -= 1;
                false
            }
            Some(_) => self.shared.remove(blob).is_none(),
        }
    }

    /// The uploads that something refers to since this was last asked.
    pub fn take_adopted(&mut self) -> Vec<BlobId> {
        std::mem::take(&mut self.adopted)
    }
}

/// The same in every process: two blobs of one hash are told apart afterwards.
fn hash(blob: &BlobId) -> u64 {
    let mut hasher = DefaultHasher::new();
    blob.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::Blob;

    fn content(name: &str) -> Content {
        let id = BlobId(name.into());
        Content::Whole(Blob { id, size_bytes: 0, md5: [0; 16], sha256: None, checksum: None })
    }

    #[test]
    fn a_blob_is_gone_with_the_last_that_refers_to_it() {
        let (one, other) = (content("one"), content("other"));
        let mut references = BlobReferences::default();
        references.adopt(&one);
        references.adopt(&other);
        assert_eq!(references.take_adopted(), ["one", "other"].map(|it| BlobId(it.into())));
        assert_eq!(references.take_adopted(), []);
        references.share(&one);
        references.share(&one);
        let counted = [&one, &other, &one, &one];
        let mut again = BlobReferences::of(|| counted.into_iter());
        for mut references in [references, std::mem::take(&mut again)] {
            let mut release = |content: &Content| references.release(&content.blobs()[0].id);
            assert_eq!([&one, &one, &one, &other].map(&mut release), [false, false, true, true]);
            assert!(references.shared.is_empty(), "what nobody shares takes no room");
        }
    }
}
