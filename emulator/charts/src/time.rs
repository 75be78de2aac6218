//! Where the ticks of a span of time are, and how moments are written: in UTC, as CloudWatch's own graphs.

use chrono::{DateTime, Utc};

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
pub(crate) fn ticks(from_s: u64, until_s: u64, count_max: u64) -> Vec<(u64, String)> {
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

/// A moment to the second.
pub(crate) fn moment(at_s: u64) -> String {
    written(at_s, "%Y-%m-%d %H:%M:%S UTC")
}

fn written(at_s: u64, form: &str) -> String {
    let moment = i64::try_from(at_s).ok().and_then(|it| DateTime::<Utc>::from_timestamp(it, 0));
    moment.map_or_else(String::new, |moment| moment.format(form).to_string())
}
