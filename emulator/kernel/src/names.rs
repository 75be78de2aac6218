//! Names that are valid by construction: parsed once, at the edge.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Box<str>);

        impl $name {
            /// The text itself.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    };
}

text_type! {
    /// An AWS account: twelve digits.
    AccountId
}

text_type! {
    /// A region: `eu-central-1`.
    Region
}

text_type! {
    /// A bucket's name, by the rules of
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>.
    BucketName
}

text_type! {
    /// A queue's name: 1 to 80 of `A-Za-z0-9_-`, with `.fifo` at the end of a FIFO queue's.
    QueueName
}

text_type! {
    /// A function's name: 1 to 64 of `A-Za-z0-9_-`.
    FunctionName
}

impl AccountId {
    /// Twelve digits, or nothing.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| Self(text.into()))
    }
}

impl Default for AccountId {
    /// `000000000000`, whom callers without an account of their own act for.
    fn default() -> Self {
        Self("000000000000".into())
    }
}

impl Region {
    /// A region's name, or nothing where it cannot be one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let valid = (1..=32).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        valid.then(|| Self(text.into()))
    }
}

impl Default for Region {
    fn default() -> Self {
        Self("us-east-1".into())
    }
}

impl BucketName {
    /// A name that a new bucket may have, or nothing.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let alphanumeric = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let valid = (3..=63).contains(&bytes.len())
            && bytes.iter().all(|&byte| alphanumeric(byte) || byte == b'-' || byte == b'.')
            && alphanumeric(bytes[0])
            && alphanumeric(bytes[bytes.len() - 1])
            && !text.contains("..")
            && text.parse::<std::net::Ipv4Addr>().is_err()
            && !["xn--", "sthree-", "amzn-s3-demo-"].iter().any(|prefix| text.starts_with(prefix))
            && !["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"]
                .iter()
                .any(|suffix| text.ends_with(suffix));
        valid.then(|| Self(text.into()))
    }
}

impl QueueName {
    /// A name that a queue may have, or nothing.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let stem = text.strip_suffix(".fifo").unwrap_or(text);
        let valid = (1..=80).contains(&text.len())
            && !stem.is_empty()
            && stem
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        valid.then(|| Self(text.into()))
    }

    /// Whether this names a FIFO queue.
    #[must_use]
    pub fn is_fifo(&self) -> bool {
        self.0.ends_with(".fifo")
    }
}

impl FunctionName {
    /// A bare function name (no ARN, no version), or nothing.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let valid = (1..=64).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        valid.then(|| Self(text.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bucket_names_follow_the_rules_of_today() {
        for valid in ["photos", "my.photos-2026", "2018-06-01", "a1b"] {
            assert!(BucketName::parse(valid).is_some(), "{valid} is a legal name");
        }
        for invalid in
            ["ab", "Photos", "a_b", "-ab", "ab-", "a..b", "192.168.0.1", "xn--abc", "x--ol-s3", ""]
        {
            assert!(BucketName::parse(invalid).is_none(), "{invalid} is not a legal name");
        }
    }

    #[test]
    fn queue_names_end_in_fifo_or_have_no_dot() {
        assert!(QueueName::parse("orders.fifo").is_some_and(|name| name.is_fifo()));
        for invalid in ["", ".fifo", "a.b", "a b", "orders.FIFO"] {
            assert!(QueueName::parse(invalid).is_none(), "{invalid} is not a legal name");
        }
    }
}
