//! Checksums that S3 lets a client send along or ask for:
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html>.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use crc_fast::CrcAlgorithm;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::Digest as _;

/// How a checksum is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ChecksumAlgorithm {
    /// `CRC32`
    #[serde(rename = "CRC32")]
    Crc32,
    /// `CRC32C`
    #[serde(rename = "CRC32C")]
    Crc32c,
    /// `CRC64NVME`, which S3 takes by default.
    #[serde(rename = "CRC64NVME")]
    Crc64Nvme,
    /// `MD5`
    #[serde(rename = "MD5")]
    Md5,
    /// `SHA1`
    #[serde(rename = "SHA1")]
    Sha1,
    /// `SHA256`
    #[serde(rename = "SHA256")]
    Sha256,
    /// `SHA512`
    #[serde(rename = "SHA512")]
    Sha512,
    /// `XXHASH128`, the longer of XXH3.
    #[serde(rename = "XXHASH128")]
    XxHash128,
    /// `XXHASH3`, the shorter of XXH3.
    #[serde(rename = "XXHASH3")]
    XxHash3,
    /// `XXHASH64`
    #[serde(rename = "XXHASH64")]
    XxHash64,
}

/// How the checksum of an object of several parts comes from those of its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ChecksumType {
    /// `FULL_OBJECT`: it is the checksum of all bytes, as if they had come at once.
    FullObject,
    /// `COMPOSITE`: it is the checksum of the parts' checksums, with their number behind it.
    Composite,
}

/// A checksum, as bytes.
#[derive(Clone, PartialEq, Eq)]
pub enum Checksum {
    /// `CRC32`
    Crc32([u8; 4]),
    /// `CRC32C`
    Crc32c([u8; 4]),
    /// `CRC64NVME`
    Crc64Nvme([u8; 8]),
    /// `MD5`
    Md5(Box<[u8; 16]>),
    /// `SHA1`
    Sha1(Box<[u8; 20]>),
    /// `SHA256`
    Sha256(Box<[u8; 32]>),
    /// `SHA512`
    Sha512(Box<[u8; 64]>),
    /// `XXHASH128`
    XxHash128(Box<[u8; 16]>),
    /// `XXHASH3`
    XxHash3([u8; 8]),
    /// `XXHASH64`
    XxHash64([u8; 8]),
}

impl ChecksumAlgorithm {
    /// All of them, in the order in which AWS names them.
    pub const ALL: [Self; 10] = [
        Self::Crc32,
        Self::Crc32c,
        Self::Crc64Nvme,
        Self::Md5,
        Self::Sha1,
        Self::Sha256,
        Self::Sha512,
        Self::XxHash128,
        Self::XxHash3,
        Self::XxHash64,
    ];

    /// The algorithm that AWS calls `name`, in any case; nothing where there is none.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name().eq_ignore_ascii_case(name))
    }

    /// `CRC32`, `CRC64NVME`, `SHA256`, `XXHASH3`, …
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Md5 => "MD5",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
            Self::Sha512 => "SHA512",
            Self::XxHash128 => "XXHASH128",
            Self::XxHash3 => "XXHASH3",
            Self::XxHash64 => "XXHASH64",
        }
    }

    /// The header that carries it: `x-amz-checksum-` and the name.
    #[must_use]
    pub const fn header(self) -> &'static str {
        match self {
            Self::Crc32 => "x-amz-checksum-crc32",
            Self::Crc32c => "x-amz-checksum-crc32c",
            Self::Crc64Nvme => "x-amz-checksum-crc64nvme",
            Self::Md5 => "x-amz-checksum-md5",
            Self::Sha1 => "x-amz-checksum-sha1",
            Self::Sha256 => "x-amz-checksum-sha256",
            Self::Sha512 => "x-amz-checksum-sha512",
            Self::XxHash128 => "x-amz-checksum-xxhash128",
            Self::XxHash3 => "x-amz-checksum-xxhash3",
            Self::XxHash64 => "x-amz-checksum-xxhash64",
        }
    }

    /// The member of an answer that carries it: `Checksum` and the name.
    #[must_use]
    pub const fn member(self) -> &'static str {
        match self {
            Self::Crc32 => "ChecksumCRC32",
            Self::Crc32c => "ChecksumCRC32C",
            Self::Crc64Nvme => "ChecksumCRC64NVME",
            Self::Md5 => "ChecksumMD5",
            Self::Sha1 => "ChecksumSHA1",
            Self::Sha256 => "ChecksumSHA256",
            Self::Sha512 => "ChecksumSHA512",
            Self::XxHash128 => "ChecksumXXHASH128",
            Self::XxHash3 => "ChecksumXXHASH3",
            Self::XxHash64 => "ChecksumXXHASH64",
        }
    }

    /// Whether an object of several parts may have a checksum of this algorithm and that type.
    #[must_use]
    pub const fn allows(self, of_type: ChecksumType) -> bool {
        match self {
            Self::Crc32 | Self::Crc32c => true,
            Self::Crc64Nvme => matches!(of_type, ChecksumType::FullObject),
            _ => matches!(of_type, ChecksumType::Composite),
        }
    }

    /// The checksum of `bytes`.
    #[must_use]
    pub fn of(self, bytes: &[u8]) -> Checksum {
        let mut hasher = ChecksumHasher::new(self);
        hasher.update(bytes);
        hasher.finish()
    }

    /// The algorithm of the CRCs, which are linear: those of two stretches make that of both.
    const fn crc(self) -> Option<CrcAlgorithm> {
        match self {
            Self::Crc32 => Some(CrcAlgorithm::Crc32IsoHdlc),
            Self::Crc32c => Some(CrcAlgorithm::Crc32Iscsi),
            Self::Crc64Nvme => Some(CrcAlgorithm::Crc64Nvme),
            _ => None,
        }
    }
}

impl ChecksumType {
    /// `FULL_OBJECT` or `COMPOSITE`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::FullObject => "FULL_OBJECT",
            Self::Composite => "COMPOSITE",
        }
    }
}

impl Checksum {
    /// Of an algorithm and its bytes; nothing where these are not as many as it has.
    #[must_use]
    pub fn new(algorithm: ChecksumAlgorithm, bytes: &[u8]) -> Option<Self> {
        Some(match algorithm {
            ChecksumAlgorithm::Crc32 => Self::Crc32(bytes.try_into().ok()?),
            ChecksumAlgorithm::Crc32c => Self::Crc32c(bytes.try_into().ok()?),
            ChecksumAlgorithm::Crc64Nvme => Self::Crc64Nvme(bytes.try_into().ok()?),
            ChecksumAlgorithm::Md5 => Self::Md5(Box::new(bytes.try_into().ok()?)),
            ChecksumAlgorithm::Sha1 => Self::Sha1(Box::new(bytes.try_into().ok()?)),
            ChecksumAlgorithm::Sha256 => Self::Sha256(Box::new(bytes.try_into().ok()?)),
            ChecksumAlgorithm::Sha512 => Self::Sha512(Box::new(bytes.try_into().ok()?)),
            ChecksumAlgorithm::XxHash128 => Self::XxHash128(Box::new(bytes.try_into().ok()?)),
            ChecksumAlgorithm::XxHash3 => Self::XxHash3(bytes.try_into().ok()?),
            ChecksumAlgorithm::XxHash64 => Self::XxHash64(bytes.try_into().ok()?),
        })
    }

    /// Of the algorithm's name and the base64 form that AWS writes; nothing where that is none.
    #[must_use]
    pub fn parse(algorithm: &str, base64: &str) -> Option<Self> {
        Self::new(ChecksumAlgorithm::parse(algorithm)?, &BASE64.decode(base64).ok()?)
    }

    /// How it was computed.
    #[must_use]
    pub const fn algorithm(&self) -> ChecksumAlgorithm {
        match self {
            Self::Crc32(_) => ChecksumAlgorithm::Crc32,
            Self::Crc32c(_) => ChecksumAlgorithm::Crc32c,
            Self::Crc64Nvme(_) => ChecksumAlgorithm::Crc64Nvme,
            Self::Md5(_) => ChecksumAlgorithm::Md5,
            Self::Sha1(_) => ChecksumAlgorithm::Sha1,
            Self::Sha256(_) => ChecksumAlgorithm::Sha256,
            Self::Sha512(_) => ChecksumAlgorithm::Sha512,
            Self::XxHash128(_) => ChecksumAlgorithm::XxHash128,
            Self::XxHash3(_) => ChecksumAlgorithm::XxHash3,
            Self::XxHash64(_) => ChecksumAlgorithm::XxHash64,
        }
    }

    /// Its bytes, the most significant of a number first.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Crc32(bytes) | Self::Crc32c(bytes) => bytes,
            Self::Crc64Nvme(bytes) | Self::XxHash3(bytes) | Self::XxHash64(bytes) => bytes,
            Self::Md5(bytes) | Self::XxHash128(bytes) => &**bytes,
            Self::Sha1(bytes) => &**bytes,
            Self::Sha256(bytes) => &**bytes,
            Self::Sha512(bytes) => &**bytes,
        }
    }

    /// Its base64 form, as AWS writes it.
    #[must_use]
    pub fn base64(&self) -> String {
        BASE64.encode(self.bytes())
    }

    /// That of these bytes and of `next_size_bytes` behind them, of which it is `next`. Nothing where
    /// the algorithm cannot tell.
    pub(crate) fn followed_by(&self, next: &Self, next_size_bytes: u64) -> Option<Self> {
        let crc = self.algorithm().crc().filter(|_| self.algorithm() == next.algorithm())?;
        let number = |bytes: &[u8]| bytes.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        let (first, second) = (number(self.bytes()), number(next.bytes()));
        let both = crc_fast::checksum_combine(crc, first, second, next_size_bytes).to_be_bytes();
        Self::new(self.algorithm(), &both[both.len() - self.bytes().len()..])
    }
}

impl fmt::Debug for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.algorithm().name(), self.base64())
    }
}

/// As `["CRC64NVME", "rosUhgp5mIg="]`.
impl Serialize for Checksum {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.algorithm().name(), self.base64()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Checksum {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (algorithm, base64) = <(String, String)>::deserialize(deserializer)?;
        Self::parse(&algorithm, &base64)
            .ok_or_else(|| de::Error::custom(format!("no checksum: {algorithm} {base64}")))
    }
}

/// Computes a checksum of bytes that come one after the other.
pub enum ChecksumHasher {
    /// Of one of the CRCs.
    Crc(ChecksumAlgorithm, crc_fast::Digest),
    /// Of MD5.
    Md5(md5::Md5),
    /// Of SHA-1.
    Sha1(sha1::Sha1),
    /// Of SHA-256.
    Sha256(sha2::Sha256),
    /// Of SHA-512.
    Sha512(Box<sha2::Sha512>),
    /// Of one of the two of XXH3.
    Xxh3(ChecksumAlgorithm, Box<xxhash_rust::xxh3::Xxh3Default>),
    /// Of XXH64.
    Xxh64(xxhash_rust::xxh64::Xxh64),
}

impl ChecksumHasher {
    /// One that has seen nothing yet.
    #[must_use]
    pub fn new(algorithm: ChecksumAlgorithm) -> Self {
        if let Some(crc) = algorithm.crc() {
            return Self::Crc(algorithm, crc_fast::Digest::new(crc));
        }
        match algorithm {
            ChecksumAlgorithm::Md5 => Self::Md5(md5::Md5::new()),
            ChecksumAlgorithm::Sha1 => Self::Sha1(sha1::Sha1::new()),
            ChecksumAlgorithm::Sha512 => Self::Sha512(Box::new(sha2::Sha512::new())),
            ChecksumAlgorithm::XxHash128 | ChecksumAlgorithm::XxHash3 => {
                Self::Xxh3(algorithm, Box::default())
            }
            ChecksumAlgorithm::XxHash64 => Self::Xxh64(xxhash_rust::xxh64::Xxh64::new(0)),
            _ => Self::Sha256(sha2::Sha256::new()),
        }
    }

    /// The next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Crc(_, crc) => crc.update(bytes),
            Self::Md5(md5) => md5.update(bytes),
            Self::Sha1(sha1) => sha1.update(bytes),
            Self::Sha256(sha256) => sha256.update(bytes),
            Self::Sha512(sha512) => sha512.update(bytes),
            Self::Xxh3(_, xxh3) => xxh3.update(bytes),
            Self::Xxh64(xxh64) => xxh64.update(bytes),
        }
    }

    /// The checksum of all bytes.
    #[must_use]
    pub fn finish(self) -> Checksum {
        match self {
            Self::Crc(algorithm, crc) => {
                let bytes = crc.finalize().to_be_bytes();
                // A CRC of 32 bits is the lower half.
                let [_, _, _, _, a, b, c, d] = bytes;
                match algorithm {
                    ChecksumAlgorithm::Crc32 => Checksum::Crc32([a, b, c, d]),
                    ChecksumAlgorithm::Crc32c => Checksum::Crc32c([a, b, c, d]),
                    _ => Checksum::Crc64Nvme(bytes),
                }
            }
            Self::Sha1(sha1) => Checksum::Sha1(Box::new(sha1.finalize().into())),
            Self::Md5(md5) => Checksum::Md5(Box::new(md5.finalize().into())),
            Self::Sha256(sha256) => Checksum::Sha256(Box::new(sha256.finalize().into())),
            Self::Sha512(sha512) => Checksum::Sha512(Box::new(sha512.finalize().into())),
            Self::Xxh3(ChecksumAlgorithm::XxHash128, xxh3) => {
                Checksum::XxHash128(Box::new(xxh3.digest128().to_be_bytes()))
            }
            Self::Xxh3(_, xxh3) => Checksum::XxHash3(xxh3.digest().to_be_bytes()),
            Self::Xxh64(xxh64) => Checksum::XxHash64(xxh64.digest().to_be_bytes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_aws() {
        // The check values of each algorithm's definition, for "123456789".
        let of =
            ChecksumAlgorithm::ALL.map(|algorithm| format!("{:?}", algorithm.of(b"123456789")));
        insta::assert_snapshot!(of.join("\n"), @"
        CRC32 y/Q5Jg==
        CRC32C 4waSgw==
        CRC64NVME rosUhgp5mIg=
        MD5 JfnnlDI7RTiF9RgfG2JNCw==
        SHA1 98O8HYCOBHMq32eZZczDTKeuNEE=
        SHA256 FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=
        SHA512 2eZ2LdHI6vbWGzxhkvxAjU1tXxF20MKRabwk5xw/J0rSf81YEbMT1oH35V7ALXPUmclUVba1u1A6z1dPuo/+hQ==
        XXHASH128 MxGUd+3l3NXpcWQnaB1YYA==
        XXHASH3 ctyxi2ehff8=
        XXHASH64 jLhB20DmroM=
        ");
        assert_eq!(ChecksumAlgorithm::parse("crc64nvme"), Some(ChecksumAlgorithm::Crc64Nvme));
        assert_eq!(ChecksumAlgorithm::parse("MD4"), None);
    }

    #[test]
    fn a_checksum_is_stored_by_its_name_and_in_base64() {
        let stored = ChecksumAlgorithm::ALL.map(|algorithm| {
            let checksum = algorithm.of(b"123456789");
            let text = serde_json::to_string(&checksum).unwrap_or_default();
            assert_eq!(serde_json::from_str::<Checksum>(&text).ok(), Some(checksum));
            text
        });
        insta::assert_snapshot!(stored.join("\n"), @r#"
        ["CRC32","y/Q5Jg=="]
        ["CRC32C","4waSgw=="]
        ["CRC64NVME","rosUhgp5mIg="]
        ["MD5","JfnnlDI7RTiF9RgfG2JNCw=="]
        ["SHA1","98O8HYCOBHMq32eZZczDTKeuNEE="]
        ["SHA256","FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="]
        ["SHA512","2eZ2LdHI6vbWGzxhkvxAjU1tXxF20MKRabwk5xw/J0rSf81YEbMT1oH35V7ALXPUmclUVba1u1A6z1dPuo/+hQ=="]
        ["XXHASH128","MxGUd+3l3NXpcWQnaB1YYA=="]
        ["XXHASH3","ctyxi2ehff8="]
        ["XXHASH64","jLhB20DmroM="]
        "#);
        for wrong in [r#"["MD4","y/Q5Jg=="]"#, r#"["CRC32","rosUhgp5mIg="]"#, r#"["CRC32","?"]"#] {
            assert!(serde_json::from_str::<Checksum>(wrong).is_err(), "{wrong}");
        }
    }
}
