//! Time as AWS's protocols write it. Values carry it as epoch seconds, a whole number where it is whole.

use chrono::{
    DateTime, Datelike as _, NaiveDate, NaiveDateTime, SecondsFormat, Timelike as _, Utc,
};
use serde::Deserialize;
use serde_json::Value;

/// How a timestamp is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) enum Format {
    /// `2024-01-01T00:00:00.000Z`, the form of XML bodies.
    #[serde(rename = "iso8601")]
    Iso8601,
    /// `Mon, 01 Jan 2024 00:00:00 GMT`, the form of headers.
    #[serde(rename = "rfc822")]
    HttpDate,
    /// `1704067200.123`, the form of JSON bodies.
    #[serde(rename = "unixTimestamp")]
    EpochSeconds,
}

/// Reads a timestamp in any of the forms AWS accepts.
pub(super) fn parse(text: &str) -> Option<Value> {
    let text = text.trim();
    let time = DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_rfc2822(text))
        .map(|time| time.to_utc())
        .ok()
        .or_else(|| {
            [
                "%Y-%m-%dT%H:%M:%S%.f",
                "%Y%m%dT%H%M%SZ",
                "%A, %d-%b-%y %H:%M:%S GMT",
                "%a %b %e %H:%M:%S %Y",
            ]
            .iter()
            .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
            .or_else(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0))
            .map(|time| time.and_utc())
        });
    match time {
        Some(time) => Some(value(time.timestamp(), time.timestamp_subsec_millis())),
        // Some clients write seconds.
        None => text.parse::<f64>().ok().and_then(canonical),
    }
}

/// The Value of a number of epoch seconds: whole where it is whole.
pub(super) fn canonical(seconds: f64) -> Option<Value> {
    let time = DateTime::<Utc>::from_timestamp_millis(millis(seconds)?)?;
    Some(value(time.timestamp(), time.timestamp_subsec_millis()))
}

/// Writes a Value in a form; what is no time (text that was taken as it came) is written as it is.
pub(super) fn write(value: &Value, format: Format) -> Option<String> {
    let seconds = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => return Some(text.clone()),
        _ => return None,
    };
    let time = DateTime::<Utc>::from_timestamp_millis(millis(seconds)?)?;
    Some(match format {
        Format::Iso8601 => time.to_rfc3339_opts(SecondsFormat::Millis, true),
        Format::HttpDate => http_date(time),
        Format::EpochSeconds => value.to_string(),
    })
}

/// `Mon, 01 Jan 2024 00:00:00 GMT`, digit by digit: every answer that gives an object has one.
fn http_date(time: DateTime<Utc>) -> String {
    const DAYS: [&[u8; 3]; 7] = [b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun"];
    const MONTHS: [&[u8; 3]; 12] = [
        b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov",
        b"Dec",
    ];
    let (day, month) = (DAYS[time.weekday().num_days_from_monday() as usize], time.month0());
    let century = time.year().unsigned_abs() / 100;
    let mut text = *b"Day, 00 Mon 0000 00:00:00 GMT";
    text[..3].copy_from_slice(day);
    text[8..11].copy_from_slice(MONTHS[month as usize]);
    let digits = [
        (5, time.day()),
        (12, century),
        (14, time.year().unsigned_abs()),
        (17, time.hour()),
        (20, time.minute()),
        (23, time.second()),
    ];
    for (at, number) in digits {
        let digit = |number: u32| b"0123456789"[number as usize % 10];
        (text[at], text[at + 1]) = (digit(number / 10), digit(number));
    }
    String::from_utf8_lossy(&text).into_owned()
}

fn value(seconds: i64, millis: u32) -> Value {
    if millis == 0 {
        return Value::from(seconds);
    }
    #[expect(
        clippy::cast_precision_loss,
        reason = "a year that chrono knows has milliseconds far below 2^53"
    )]
    let value = (seconds * 1000 + i64::from(millis)) as f64 / 1000.0;
    Value::from(value)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the range is checked, and chrono checks it again"
)]
fn millis(seconds: f64) -> Option<i64> {
    let millis = (seconds * 1000.0).round();
    (millis.abs() < 1e16).then_some(millis as i64)
}
