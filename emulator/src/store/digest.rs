//! Digests of an upload, taken while it passes by.

use cloudless_core::checksum::{Checksum, ChecksumHasher};
use sha2::Digest as _;

use super::writer::WriteOptions;

/// What is asked for, and the MD5 that every object needs for its ETag.
pub(super) struct Digests {
    md5: md5::Md5,
    sha256: Option<sha2::Sha256>,
    checksum: Option<ChecksumHasher>,
    other_checksum: Option<ChecksumHasher>,
}

/// The results of [`Digests`].
pub(super) struct Digested {
    pub md5: [u8; 16],
    pub sha256: Option<Box<[u8; 32]>>,
    pub checksum: Option<Checksum>,
    pub other_checksum: Option<Checksum>,
}

impl Digests {
    pub(super) fn new(options: WriteOptions) -> Self {
        Self {
            md5: md5::Md5::new(),
            sha256: options.sha256.then(sha2::Sha256::new),
            checksum: options.checksum.map(ChecksumHasher::new),
            other_checksum: options.other_checksum.map(ChecksumHasher::new),
        }
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.md5.update(bytes);
        if let Some(sha256) = &mut self.sha256 {
            sha256.update(bytes);
        }
        for checksum in self.checksum.iter_mut().chain(&mut self.other_checksum) {
            checksum.update(bytes);
        }
    }

    pub(super) fn finish(self) -> Digested {
        Digested {
            md5: self.md5.finalize().into(),
            sha256: self.sha256.map(|sha256| Box::new(sha256.finalize().into())),
            checksum: self.checksum.map(ChecksumHasher::finish),
            other_checksum: self.other_checksum.map(ChecksumHasher::finish),
        }
    }
}
