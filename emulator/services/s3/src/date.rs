//! Dates as HTTP writes them, and as Java does.

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveTime, TimeDelta, Weekday};
use kernel::time::Timestamp;

/// A moment in UTC, as `format` says in the words of `strftime`.
pub(crate) fn strftime(moment: Timestamp, format: &str) -> String {
    let date = i64::try_from(moment.as_s()).ok().and_then(|it| DateTime::from_timestamp(it, 0));
    date.unwrap_or_default().format(format).to_string()
}

/// `Mon, 23 Nov 2026 19:12:00 GMT`
pub(crate) fn http_date(seconds: u64) -> String {
    i64::try_from(seconds)
        .ok()
        .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
        .unwrap_or_default()
        .format("%a, %d %b %Y %H:%M:%S GMT")
        .to_string()
}

/// `Tue Dec 31 16:00:00 PST 2019`: S3 shows some dates as its machines have them, by the clocks of Seattle.
/// Summer time is as it is since 2007.
pub(crate) fn java_date(seconds: u64) -> String {
    let date = i64::try_from(seconds).ok().and_then(|it| DateTime::from_timestamp(it, 0));
    let date = date.unwrap_or_default();
    let changes = |month, sunday, hour_utc| {
        let day = NaiveDate::from_weekday_of_month_opt(date.year(), month, Weekday::Sun, sunday)?;
        Some(day.and_time(NaiveTime::from_hms_opt(hour_utc, 0, 0)?))
    };
    let summer = changes(3, 2, 10).zip(changes(11, 1, 9));
    let is_summer = summer.is_some_and(|(from, to)| (from..to).contains(&date.naive_utc()));
    let (hours, zone) = if is_summer { (7, "PDT") } else { (8, "PST") };
    let there = date.checked_sub_signed(TimeDelta::hours(hours)).unwrap_or_default();
    there.format(&format!("%a %b %d %H:%M:%S {zone} %Y")).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_by_the_clocks_of_seattle() {
        let dates = [1_577_836_800, 1_772_963_999, 1_772_964_000, 1_793_523_599, 1_793_523_600];
        insta::assert_snapshot!(dates.map(java_date).join("\n"), @"
        Tue Dec 31 16:00:00 PST 2019
        Sun Mar 08 01:59:59 PST 2026
        Sun Mar 08 03:00:00 PDT 2026
        Sun Nov 01 01:59:59 PDT 2026
        Sun Nov 01 01:00:00 PST 2026
        ");
    }
}
