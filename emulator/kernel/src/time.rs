//! Time as the World knows it: milliseconds since the Unix epoch, handed in by whoever drives it.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

/// A moment: milliseconds since 1970-01-01T00:00:00Z, up to the last that has a year of four digits.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(from = "u64", into = "u64")]
pub struct Timestamp(u64);

impl Timestamp {
    /// The last moment that every protocol can write: 9999-12-31T23:59:59.999Z. What would come after
    /// it is this one.
    pub const MAX: Self = Self(253_402_300_799_999);

    /// The last moment that a World is told: 9900-01-01T00:00:00Z. What becomes due later than it by
    /// a century or less can still be written.
    pub const NOW_MAX: Self = Self(250_246_627_200_000);

    /// The moment `ms` milliseconds after the epoch; [`Timestamp::MAX`] where that is past it.
    #[must_use]
    pub const fn from_ms(ms: u64) -> Self {
        if ms > Self::MAX.0 { Self::MAX } else { Self(ms) }
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub const fn as_ms(self) -> u64 {
        self.0
    }

    /// Whole seconds since the epoch.
    #[must_use]
    pub const fn as_s(self) -> u64 {
        self.0 / 1000
    }

    /// Seconds with a fraction, as AWS's JSON protocols write a timestamp.
    #[must_use]
    pub fn as_epoch_s(self) -> f64 {
        self.0 as f64 / 1000.0
    }

    /// This moment and `duration` more; [`Timestamp::MAX`] where that is past it.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        let ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        Self::from_ms(self.0.saturating_add(ms))
    }

    /// `seconds` later; [`Timestamp::MAX`] where that is past it.
    #[must_use]
    pub fn after_s(self, seconds: u64) -> Self {
        Self::from_ms(self.0.saturating_add(seconds.saturating_mul(1000)))
    }

    /// How long after `earlier` this is; nothing where it is not after it.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }

    /// A moment as people write it: milliseconds since the epoch, or `2026-11-23T19:12:00.123Z` with any
    /// offset.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(ms) = text.parse() {
            return Some(Self::from_ms(ms));
        }
        let moment = DateTime::parse_from_rfc3339(text).ok()?;
        u64::try_from(moment.timestamp_millis()).ok().map(Self::from_ms)
    }

    /// `2026-11-23T19:12:00.123Z`.
    #[must_use]
    pub fn iso8601_ms(self) -> String {
        self.utc().to_rfc3339_opts(SecondsFormat::Millis, true)
    }

    /// `2026-11-23T19:12:00.123+0000`, the form of Lambda's `LastModified`.
    #[must_use]
    pub fn iso8601_offset(self) -> String {
        self.utc().format("%Y-%m-%dT%H:%M:%S%.3f+0000").to_string()
    }

    /// The same moment cut to the second, as S3 keeps `LastModified`.
    #[must_use]
    pub const fn truncated_to_s(self) -> Self {
        Self(self.0 / 1000 * 1000)
    }

    fn utc(self) -> DateTime<Utc> {
        let ms = i64::try_from(self.0).unwrap_or(i64::MAX);
        DateTime::from_timestamp_millis(ms).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
}

impl From<u64> for Timestamp {
    fn from(ms: u64) -> Self {
        Self::from_ms(ms)
    }
}

impl From<Timestamp> for u64 {
    fn from(moment: Timestamp) -> Self {
        moment.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_as_each_service_writes_it() {
        let moment = Timestamp::from_ms(1_795_461_120_123);
        assert_eq!(moment.iso8601_ms(), "2026-11-23T19:12:00.123Z");
        assert_eq!(moment.iso8601_offset(), "2026-11-23T19:12:00.123+0000");
        assert_eq!(moment.truncated_to_s().iso8601_ms(), "2026-11-23T19:12:00.000Z");
    }

    #[test]
    fn a_moment_is_read_as_people_write_it() {
        let moment = Timestamp::from_ms(1_795_461_120_123);
        for text in
            ["1795461120123", "2026-11-23T19:12:00.123Z", "2026-11-23T20:12:00.123456+01:00"]
        {
            assert_eq!(Timestamp::parse(text), Some(moment), "{text}");
        }
        for text in ["", "-1", "yesterday", "2026-11-23", "1969-12-31T23:59:59Z", "1795461120.123"]
        {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }

    #[test]
    fn no_moment_lies_where_it_cannot_be_written() {
        let end = Timestamp::MAX;
        let stored: Timestamp = serde_json::from_str("18446744073709551615").unwrap_or_default();
        for past in [
            Timestamp::from_ms(u64::MAX),
            end.after_s(1),
            end.after(Duration::MAX),
            Timestamp::default().after_s(u64::MAX),
            stored,
        ] {
            assert_eq!(past, end);
        }
        assert_eq!(end.iso8601_ms(), "9999-12-31T23:59:59.999Z");
        assert_eq!(end.iso8601_offset(), "9999-12-31T23:59:59.999+0000");
        assert_eq!(Timestamp::NOW_MAX.iso8601_ms(), "9900-01-01T00:00:00.000Z");
        assert_eq!(Timestamp::default().since(end), Duration::ZERO);
    }
}
