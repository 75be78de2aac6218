//! Where the ticks of what is drawn over are, and how moments are written: in UTC, as CloudWatch's own graphs.

use chrono::{DateTime, Utc};

use crate::{Across, Chart};

/// From a second to ten years: what may lie between two ticks.
const STEPS_S: [u64; 25] = [
    1,
    2,
    5,
    10,
    15,
    30,
    60,
    120,
    300,
    600,
    900,
    1_800,
    3_600,
    7_200,
    10_800,
    21_600,
    43_200,
    86_400,
    172_800,
    604_800,
    1_209_600,
    2_592_000,
    7_776_000,
    31_536_000,
    315_360_000,
];
const DAY_S: u64 = 86_400;

/// At most `count_max` ticks with their labels.
pub(crate) fn ticks(chart: &Chart, count_max: u64) -> Vec<(u64, String)> {
    match chart.across {
        Across::Time => moments(chart.from_s, chart.until_s, count_max),
        Across::Count(_) => counts(chart.from_s, chart.until_s, count_max),
    }
}

/// What a point or a mark is at: `2026-11-30 12:00:00 UTC`, `150 users`.
pub(crate) fn place(chart: &Chart, at: u64) -> String {
    match &chart.across {
        Across::Time => written(at, "%Y-%m-%d %H:%M:%S UTC"),
        Across::Count(count) => format!("{at} {count}"),
    }
}

fn counts(from: u64, until: u64, count_max: u64) -> Vec<(u64, String)> {
    let span = until.saturating_sub(from).max(1);
    let tens = (0..19).map(|digits| 10_u64.pow(digits));
    let steps = tens.flat_map(|ten| [1, 2, 5].map(|of_ten| ten.saturating_mul(of_ten)));
    let step = steps.into_iter().find(|step| span / step < count_max.max(1)).unwrap_or(u64::MAX);
    let first = from.div_ceil(step);
    let all = (0..=count_max).map(|at| first.saturating_add(at).saturating_mul(step));
    all.take_while(|at| *at <= until).map(|at| (at, at.to_string())).collect()
}

fn moments(from_s: u64, until_s: u64, count_max: u64) -> Vec<(u64, String)> {
    let span_s = until_s.saturating_sub(from_s).max(1);
    let fits = |step: &&u64| span_s / **step < count_max.max(1);
    let step_s = *STEPS_S.iter().find(fits).unwrap_or(&STEPS_S[STEPS_S.len() - 1]);
    let first = from_s.div_ceil(step_s);
    let moments =
        (0..=count_max).map(|at| (first + at) * step_s).take_while(|at_s| *at_s <= until_s);
    let mut before: Option<u64> = None;
    moments
        .map(|at_s| {
            let is_new_day = before.is_some_and(|it: u64| it / DAY_S != at_s / DAY_S);
            before = Some(at_s);
            let form = match step_s {
                _ if step_s >= 30 * DAY_S => "%b %Y",
                _ if step_s >= DAY_S || is_new_day => "%m/%d",
                _ if step_s >= 60 => "%H:%M",
                _ => "%H:%M:%S",
            };
            (at_s, written(at_s, form))
        })
        .collect()
}

fn written(at_s: u64, form: &str) -> String {
    let moment = i64::try_from(at_s).ok().and_then(|it| DateTime::<Utc>::from_timestamp(it, 0));
    moment.map_or_else(String::new, |moment| moment.format(form).to_string())
}
