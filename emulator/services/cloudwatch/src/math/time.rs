//! Functions of the moments of a series, in UTC.

use chrono::{DateTime, Datelike as _, Timelike as _, Utc};

/// What a function of this name says of a moment; nothing where it is none of these.
pub(super) fn part(function: &str) -> Option<fn(u64) -> f64> {
    Some(match function {
        "EPOCH" => |at| at as f64,
        "MINUTE" => |at| f64::from(utc(at).minute()),
        "HOUR" => |at| f64::from(utc(at).hour()),
        "DAY" => |at| f64::from(utc(at).weekday().number_from_monday()),
        "DATE" => |at| f64::from(utc(at).day()),
        "MONTH" => |at| f64::from(utc(at).month()),
        "YEAR" => |at| f64::from(utc(at).year()),
        _ => return None,
    })
}

fn utc(at: u64) -> DateTime<Utc> {
    i64::try_from(at).ok().and_then(|at| DateTime::from_timestamp(at, 0)).unwrap_or_default()
}
