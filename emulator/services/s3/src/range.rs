//! The `Range` header: one stretch of bytes. <https://www.rfc-editor.org/rfc/rfc9110#section-14.1.2>

use kernel::content::Part;
use kernel::error::ApiError;

/// Bytes `first..=last` of an object of `size` bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) first: u64,
    pub(super) last: u64,
    pub(super) size: u64,
}

impl Stretch {
    /// What a header asks for. Nothing where it is not a range of bytes, or several: the whole
    /// object is given then, as AWS does.
    ///
    /// # Errors
    /// `InvalidRange` where no byte of the object lies in it.
    pub(super) fn parse(header: &str, size: u64) -> Result<Option<Self>, ApiError> {
        let Some((first, last)) =
            header.strip_prefix("bytes=").and_then(|range| range.split_once('-'))
        else {
            return Ok(None);
        };
        let (first, last) = (number(first), number(last));
        let stretch = match (first, last) {
            (Position::At(first), Position::At(last)) if first > last => return Ok(None),
            (Position::At(first), Position::At(last)) => (first, last.min(size.saturating_sub(1))),
            (Position::At(first), Position::Missing) => (first, size.saturating_sub(1)),
            // The last bytes of nothing are nothing.
            (Position::Missing, Position::At(length)) if length > 0 && size == 0 => {
                return Ok(None);
            }
            (Position::Missing, Position::At(length)) if length > 0 => {
                (size.saturating_sub(length), size.saturating_sub(1))
            }
            (Position::Missing, Position::At(_)) => (size, size),
            _ => return Ok(None),
        };
        if stretch.0 >= size {
            return Err(crate::error::INVALID_RANGE
                .with("RangeRequested", header)
                .with("ActualObjectSize", size.to_string()));
        }
        Ok(Some(Self { first: stretch.0, last: stretch.1, size }))
    }

    /// A part of an object, where it is not empty.
    pub(super) fn of(part: Part, size: u64) -> Option<Self> {
        let last = part.offset_bytes + part.length_bytes.checked_sub(1)?;
        Some(Self { first: part.offset_bytes, last, size })
    }

    pub(super) fn length_bytes(self) -> u64 {
        self.last - self.first + 1
    }

    /// `bytes 0-9/100`
    pub(super) fn content_range(self) -> String {
        format!("bytes {}-{}/{}", self.first, self.last, self.size)
    }
}

enum Position {
    Missing,
    At(u64),
    Invalid,
}

fn number(text: &str) -> Position {
    match text {
        "" => Position::Missing,
        // A number that does not fit is beyond the end of every object.
        text if text.bytes().all(|byte| byte.is_ascii_digit()) => {
            Position::At(text.parse().unwrap_or(u64::MAX))
        }
        _ => Position::Invalid,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_part_of_the_object_or_ignored_or_refused() {
        let asked = |header, size| match Stretch::parse(header, size) {
            Ok(Some(stretch)) => stretch.content_range(),
            Ok(None) => "whole".into(),
            Err(refused) => format!("{} {:?}", refused.code(), refused.fields()),
        };
        let answers: Vec<String> = [
            ("bytes=0-9", 100),
            ("bytes=90-", 100),
            ("bytes=-10", 100),
            ("bytes=-1000", 100),
            ("bytes=50-1000", 100),
            ("bytes=0-18446744073709551616", 100),
            ("bytes=100-", 100),
            ("bytes=-0", 100),
            ("bytes=0-", 0),
            ("bytes=-5", 0),
            ("bytes=-0", 0),
            ("bytes=00-01", 100),
            ("bytes=9-0", 100),
            ("bytes= 0-9", 100),
            ("bytes=0 -9", 100),
            ("bytes=+0-9", 100),
            ("bytes=--9", 100),
            ("bytes=0--9", 100),
            ("bytes=,", 100),
            ("bytes", 100),
            ("bytes=0-1,3-4", 100),
            ("bytes=-", 100),
            ("bytes=a-b", 100),
            ("pages=0-1", 100),
        ]
        .into_iter()
        .map(|(header, size)| format!("{header} of {size}: {}", asked(header, size)))
        .collect();
        insta::assert_snapshot!(answers.join("\n"), @r#"
        bytes=0-9 of 100: bytes 0-9/100
        bytes=90- of 100: bytes 90-99/100
        bytes=-10 of 100: bytes 90-99/100
        bytes=-1000 of 100: bytes 0-99/100
        bytes=50-1000 of 100: bytes 50-99/100
        bytes=0-18446744073709551616 of 100: bytes 0-99/100
        bytes=100- of 100: InvalidRange [("RangeRequested", "bytes=100-"), ("ActualObjectSize", "100")]
        bytes=-0 of 100: InvalidRange [("RangeRequested", "bytes=-0"), ("ActualObjectSize", "100")]
        bytes=0- of 0: InvalidRange [("RangeRequested", "bytes=0-"), ("ActualObjectSize", "0")]
        bytes=-5 of 0: whole
        bytes=-0 of 0: InvalidRange [("RangeRequested", "bytes=-0"), ("ActualObjectSize", "0")]
        bytes=00-01 of 100: bytes 0-1/100
        bytes=9-0 of 100: whole
        bytes= 0-9 of 100: whole
        bytes=0 -9 of 100: whole
        bytes=+0-9 of 100: whole
        bytes=--9 of 100: whole
        bytes=0--9 of 100: whole
        bytes=, of 100: whole
        bytes of 100: whole
        bytes=0-1,3-4 of 100: whole
        bytes=- of 100: whole
        bytes=a-b of 100: whole
        pages=0-1 of 100: whole
        "#);
    }
}
