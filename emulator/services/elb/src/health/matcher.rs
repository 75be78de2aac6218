//! Which answers of a target are good ones: `200`, `200-299,301`.

use std::ops::RangeInclusive;

use kernel::number;

/// Which statuses are good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Matcher {
    /// They are those of gRPC.
    pub(crate) is_grpc: bool,
    /// As it was put.
    pub(crate) codes: String,
}

impl Matcher {
    /// Of HTTP, by what was put.
    pub(crate) fn http(codes: &str) -> Self {
        Self { is_grpc: false, codes: codes.to_owned() }
    }

    /// Of gRPC, by what was put.
    pub(crate) fn grpc(codes: &str) -> Self {
        Self { is_grpc: true, codes: codes.to_owned() }
    }

    /// What the text is made of: one code, or from one to another; nothing where it cannot be read, or where one of
    /// them lies outside.
    pub(crate) fn parse(
        codes: &str,
        within: &RangeInclusive<u64>,
    ) -> Option<Vec<RangeInclusive<u64>>> {
        let code = |text: &str| {
            number::decimal(text).filter(|code| !text.is_empty() && within.contains(code))
        };
        let part = |text: &str| match text.split_once('-') {
            Some((from, to)) => Some(code(from)?..=code(to)?).filter(|range| !range.is_empty()),
            None => code(text).map(|code| code..=code),
        };
        codes.split(',').map(|text| part(text.trim())).collect()
    }

    /// Whether a status is a good one.
    pub(crate) fn fits(&self, status: u16) -> bool {
        let parts = Self::parse(&self.codes, &(0..=u64::from(u16::MAX)));
        parts.into_iter().flatten().any(|part| part.contains(&u64::from(status)))
    }
}
