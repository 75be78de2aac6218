//! Digests of an upload, taken while it passes by.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use crc_fast::CrcAlgorithm;
use sha2::Digest as _;

/// A checksum that S3 lets a client send along or ask for:
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html>.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChecksumAlgorithm {
    /// `CRC32`
    Crc32,
    /// `CRC32C`
    Crc32c,
    /// `CRC64NVME`, which S3 takes by default.
    Crc64Nvme,
    /// `SHA1`
    Sha1,
    /// `SHA256`
    Sha256,
}

impl ChecksumAlgorithm {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Crc32, Self::Crc32c, Self::Crc64Nvme, Self::Sha1, Self::Sha256];

    /// The algorithm that AWS calls `name`, in any case; nothing where there is none.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name().eq_ignore_ascii_case(name))
    }

    /// `CRC32`, `CRC32C`, `CRC64NVME`, `SHA1` or `SHA256`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    /// The header that carries it: `x-amz-checksum-` and the name.
    #[must_use]
    pub const fn header(self) -> &'static str {
        match self {
            Self::Crc32 => "x-amz-checksum-crc32",
            Self::Crc32c => "x-amz-checksum-crc32c",
            Self::Crc64Nvme => "x-amz-checksum-crc64nvme",
            Self::Sha1 => "x-amz-checksum-sha1",
            Self::Sha256 => "x-amz-checksum-sha256",
        }
    }

    /// The base64 form of the checksum of `bytes`, as AWS writes it.
    #[must_use]
    pub fn of(self, bytes: &[u8]) -> String {
        let mut checksum = Checksum::new(self);
        checksum.update(bytes);
        checksum.finish()
    }
}

/// What is asked for, and the MD5 that every object needs for its ETag.
pub(super) struct Digests {
    md5: md5::Md5,
    sha256: Option<sha2::Sha256>,
    checksum: Option<(ChecksumAlgorithm, Checksum)>,
}

/// The results of [`Digests`].
pub(super) struct Digested {
    pub md5: [u8; 16],
    pub sha256: Option<[u8; 32]>,
    pub checksum: Option<(Box<str>, Box<str>)>,
}

impl Digests {
    pub(super) fn new(sha256: bool, checksum: Option<ChecksumAlgorithm>) -> Self {
        Self {
            md5: md5::Md5::new(),
            sha256: sha256.then(sha2::Sha256::new),
            checksum: checksum.map(|algorithm| (algorithm, Checksum::new(algorithm))),
        }
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.md5.update(bytes);
        if let Some(sha256) = &mut self.sha256 {
            sha256.update(bytes);
        }
        if let Some((_, checksum)) = &mut self.checksum {
            checksum.update(bytes);
        }
    }

    pub(super) fn finish(self) -> Digested {
        let checksum = self.checksum.map(|(algorithm, checksum)| {
            (Box::from(algorithm.name()), checksum.finish().into_boxed_str())
        });
        Digested {
            md5: self.md5.finalize().into(),
            sha256: self.sha256.map(|sha256| sha256.finalize().into()),
            checksum,
        }
    }
}

enum Checksum {
    Crc32(crc_fast::Digest),
    Crc64(crc_fast::Digest),
    Sha1(sha1::Sha1),
    Sha256(sha2::Sha256),
}

impl Checksum {
    fn new(algorithm: ChecksumAlgorithm) -> Self {
        match algorithm {
            ChecksumAlgorithm::Crc32 => {
                Self::Crc32(crc_fast::Digest::new(CrcAlgorithm::Crc32IsoHdlc))
            }
            ChecksumAlgorithm::Crc32c => {
                Self::Crc32(crc_fast::Digest::new(CrcAlgorithm::Crc32Iscsi))
            }
            ChecksumAlgorithm::Crc64Nvme => {
                Self::Crc64(crc_fast::Digest::new(CrcAlgorithm::Crc64Nvme))
            }
            ChecksumAlgorithm::Sha1 => Self::Sha1(sha1::Sha1::new()),
            ChecksumAlgorithm::Sha256 => Self::Sha256(sha2::Sha256::new()),
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Crc32(crc) | Self::Crc64(crc) => crc.update(bytes),
            Self::Sha1(sha1) => sha1.update(bytes),
            Self::Sha256(sha256) => sha256.update(bytes),
        }
    }

    fn finish(self) -> String {
        match self {
            // A CRC of 32 bits is the lower half.
            Self::Crc32(crc) => BASE64.encode(&crc.finalize().to_be_bytes()[4..]),
            Self::Crc64(crc) => BASE64.encode(crc.finalize().to_be_bytes()),
            Self::Sha1(sha1) => BASE64.encode(sha1.finalize()),
            Self::Sha256(sha256) => BASE64.encode(sha256.finalize()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_aws() {
        // The check values of each algorithm's definition, for "123456789".
        let of = ChecksumAlgorithm::ALL
            .map(|algorithm| format!("{} {}", algorithm.name(), algorithm.of(b"123456789")));
        insta::assert_snapshot!(of.join("\n"), @"
        CRC32 y/Q5Jg==
        CRC32C 4waSgw==
        CRC64NVME rosUhgp5mIg=
        SHA1 98O8HYCOBHMq32eZZczDTKeuNEE=
        SHA256 FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=
        ");
        assert_eq!(ChecksumAlgorithm::parse("crc64nvme"), Some(ChecksumAlgorithm::Crc64Nvme));
        assert_eq!(ChecksumAlgorithm::parse("MD5"), None);
    }
}
