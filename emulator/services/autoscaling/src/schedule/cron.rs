//! When something that recurs is done next: five fields, as cron has them, in a time zone.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-scheduled-scaling.html>

use jiff::civil::Date;
use jiff::tz::TimeZone;
use kernel::time::Timestamp;

/// Days that are looked at: the 29th of February may be eight years away, and then fall on no Monday for long.
const DAYS_MAX: usize = 366 * 40;

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// Five fields: minute, hour, day of the month, month, day of the week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cron {
    minutes: Field,
    hours: Field,
    days: Field,
    months: Field,
    weekdays: Field,
}

/// The numbers that a field names, as bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Field {
    bits: u64,
    is_any: bool,
}

impl Field {
    fn has(self, number: i8) -> bool {
        u32::try_from(number).is_ok_and(|number| self.bits >> number & 1 == 1)
    }

    fn parse(text: &str, (least, most): (u32, u32), names: &[&str]) -> Option<Self> {
        let mut bits = 0;
        for part in text.split(',') {
            let (range, step) = match part.split_once('/') {
                Some((range, step)) => {
                    (range, Some(step.parse::<u32>().ok().filter(|it| *it > 0)?))
                }
                None => (part, None),
            };
            let number = |text: &str| {
                let lower = text.to_ascii_lowercase();
                let named = names.iter().position(|name| *name == lower);
                let named = named.and_then(|at| u32::try_from(at).ok()).map(|at| at + least);
                let plain =
                    || text.bytes().all(|it| it.is_ascii_digit()).then(|| text.parse().ok())?;
                named.or_else(plain).filter(|number| (least..=most).contains(number))
            };
            let (from, to) = match range.split_once('-') {
                _ if range == "*" => (least, most),
                Some((from, to)) => (number(from)?, number(to)?),
                None => {
                    let one = number(range)?;
                    (one, if step.is_some() { most } else { one })
                }
            };
            if from > to {
                return None;
            }
            let step = usize::try_from(step.unwrap_or(1)).ok()?;
            bits |= (from..=to).step_by(step).fold(0, |bits, number| bits | 1 << number);
        }
        Some(Self { bits, is_any: text.starts_with('*') })
    }
}

impl Cron {
    /// Five fields, or nothing.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = fields[..] else { return None };
        let mut weekdays = Field::parse(weekdays, (0, 7), &DAYS)?;
        // Sunday is 0 and 7.
        weekdays.bits |= weekdays.bits >> 7 & 1;
        Some(Self {
            minutes: Field::parse(minutes, (0, 59), &[])?,
            hours: Field::parse(hours, (0, 23), &[])?,
            days: Field::parse(days, (1, 31), &[])?,
            months: Field::parse(months, (1, 12), &MONTHS)?,
            weekdays,
        })
    }

    /// The first moment after `after`, or nothing where there is none.
    pub(crate) fn next(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let ms = i64::try_from(after.as_ms()).ok()?;
        let local = zone.to_datetime(jiff::Timestamp::from_millisecond(ms).ok()?);
        let mut date = local.date();
        for _ in 0..DAYS_MAX {
            if self.has_day(date)
                && let Some(at) = self.first_of(date, zone, after)
            {
                return Some(at);
            }
            date = date.tomorrow().ok()?;
        }
        None
    }

    /// Where both days of the month and of the week are told, either will do.
    fn has_day(&self, date: Date) -> bool {
        let day = self.days.has(date.day());
        let weekday = self.weekdays.has(date.weekday().to_sunday_zero_offset());
        let fits = match (self.days.is_any, self.weekdays.is_any) {
            (false, false) => day || weekday,
            _ => day && weekday,
        };
        fits && self.months.has(date.month())
    }

    fn first_of(&self, date: Date, zone: &TimeZone, after: Timestamp) -> Option<Timestamp> {
        for hour in (0..24).filter(|hour| self.hours.has(*hour)) {
            for minute in (0..60).filter(|minute| self.minutes.has(*minute)) {
                // A time that the clock leaves out is as much later.
                let at = zone.to_timestamp(date.at(hour, minute, 0, 0)).ok()?;
                let at = Timestamp::from_ms(u64::try_from(at.as_millisecond()).ok()?);
                if at > after {
                    return Some(at);
                }
            }
        }
        None
    }
}

/// The zone of this name, or nothing.
pub(crate) fn zone(name: Option<&str>) -> Option<TimeZone> {
    match name {
        None => Some(TimeZone::UTC),
        Some(name) => TimeZone::get(name).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(text: &str, zone_name: &str, after: &str) -> String {
        let Some(cron) = Cron::parse(text) else { return "no cron".to_owned() };
        let (zone, after) = (zone(Some(zone_name)), Timestamp::parse(after));
        let next = zone.zip(after).and_then(|(zone, after)| cron.next(after, &zone));
        next.map_or_else(|| "never".to_owned(), Timestamp::iso8601_ms)
    }

    #[test]
    fn the_next_time_is_that_of_the_fields() {
        let told = [
            next("* * * * *", "UTC", "2026-11-30T12:00:00Z"),
            next("0 9 * * 1-5", "UTC", "2026-11-27T09:00:00Z"),
            next("*/20 8-9 * * *", "UTC", "2026-11-30T08:41:00Z"),
            next("0 0 1 JAN *", "UTC", "2026-11-30T12:00:00Z"),
            next("0 0 13 * FRI", "UTC", "2026-11-30T12:00:00Z"),
            next("0 0 29 2 *", "UTC", "2026-11-30T12:00:00Z"),
            next("0 0 * * 7", "UTC", "2026-11-30T12:00:00Z"),
            next("30 22 * * *", "America/New_York", "2026-11-30T12:00:00Z"),
            next("0 0 31 2 *", "UTC", "2026-11-30T12:00:00Z"),
        ];
        insta::assert_snapshot!(told.join("\n"), @"
        2026-11-30T12:01:00.000Z
        2026-11-30T09:00:00.000Z
        2026-11-30T09:00:00.000Z
        2027-01-01T00:00:00.000Z
        2026-12-04T00:00:00.000Z
        2028-02-29T00:00:00.000Z
        2026-12-06T00:00:00.000Z
        2026-12-01T03:30:00.000Z
        never
        ");
    }

    /// When summer begins in Berlin, there is no half past two; when it ends, there are two of them.
    #[test]
    fn summer_time_leaves_nothing_out() {
        let told = [
            next("30 2 * * *", "Europe/Berlin", "2027-03-27T12:00:00Z"),
            next("30 2 * * *", "Europe/Berlin", "2027-10-30T12:00:00Z"),
            next("0 8 * * *", "Europe/Berlin", "2027-10-31T06:00:00Z"),
        ];
        insta::assert_snapshot!(told.join("\n"), @"
        2027-03-28T01:30:00.000Z
        2027-10-31T00:30:00.000Z
        2027-10-31T07:00:00.000Z
        ");
    }

    #[test]
    fn what_is_no_cron_is_none() {
        for text in [
            "",
            "* * * *",
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "*/0 * * * *",
            "5-1 * * * *",
            "+5 * * * *",
            "a * * * *",
            "* * * * * *",
        ] {
            assert_eq!(Cron::parse(text), None, "{text}");
        }
        assert!(zone(Some("Middle/Earth")).is_none());
    }
}
