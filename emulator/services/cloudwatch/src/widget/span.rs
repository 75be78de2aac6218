//! Spans of time as widgets write them: `-PT3H`, or moments in ISO 8601.

use chrono::DateTime;
use kernel::time::Timestamp;

/// What is shown where nobody says: three hours.
const USUAL_S: u64 = 3 * 3_600;

/// A span in seconds since the epoch, from `start` to `end`: moments in ISO 8601, or how long ago (`-PT3H`).
/// Without a start it is three hours long, without an end it lasts until `now`. Nothing where it cannot be read, or ends
/// before it begins.
#[must_use]
pub fn parse_span(start: Option<&str>, end: Option<&str>, now: Timestamp) -> Option<(u64, u64)> {
    let now_s = now.as_ms() / 1_000;
    let until_s = match end {
        None | Some("") => now_s,
        Some(text) => place_s(text, now_s)?,
    };
    let from_s = match start {
        None | Some("") => until_s.saturating_sub(USUAL_S),
        Some(text) => place_s(text, now_s)?,
    };
    (from_s < until_s).then_some((from_s, until_s))
}

/// A moment in ISO 8601.
pub(super) fn moment_s(text: &str) -> Option<u64> {
    DateTime::parse_from_rfc3339(text).ok()?.timestamp().try_into().ok()
}

fn place_s(text: &str, now_s: u64) -> Option<u64> {
    match text.strip_prefix("-P") {
        Some(duration) => now_s.checked_sub(duration_s(duration)?),
        None => moment_s(text),
    }
}

/// What follows the `P` of a duration: `1D`, `T3H`, `1DT12H30M`, `2W`, `3M`.
fn duration_s(text: &str) -> Option<u64> {
    let (days, times) = text.split_once('T').unwrap_or((text, ""));
    let of_day = |unit| match unit {
        'D' => Some(86_400),
        'W' => Some(7 * 86_400),
        'M' => Some(30 * 86_400),
        'Y' => Some(365 * 86_400),
        _ => None,
    };
    let of_time = |unit| match unit {
        'H' => Some(3_600),
        'M' => Some(60),
        'S' => Some(1),
        _ => None,
    };
    let total = sum(days, of_day)?.checked_add(sum(times, of_time)?)?;
    (total > 0).then_some(total)
}

fn sum(mut text: &str, second: impl Fn(char) -> Option<u64>) -> Option<u64> {
    let mut total = 0u64;
    while !text.is_empty() {
        let digits = text.find(|it: char| !it.is_ascii_digit())?;
        let (number, rest) = text.split_at(digits);
        let unit = rest.chars().next()?;
        total = total.checked_add(number.parse::<u64>().ok()?.checked_mul(second(unit)?)?)?;
        text = &rest[unit.len_utf8()..];
    }
    Some(total)
}
