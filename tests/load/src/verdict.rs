//! What has to hold of a run: the exit code is made of it.

use clap::Args;

use crate::outcome::{Outcome, Verdict};
use crate::profile::Name;
use crate::record::Slice;

/// How far memory may grow between the first and the last third of the time after the ramp.
const GROWTH_MAX: f64 = 0.05;
/// How much slower the last third may be than the first.
const SLOWER_MAX: f64 = 0.25;

/// Limits that can be set.
#[derive(Debug, Clone, Copy, Args)]
pub struct Thresholds {
    /// Milliseconds within which 95 % of all requests are answered
    #[arg(long, default_value_t = 1_000.0)]
    pub p95_ms: f64,
    /// Share of requests that may fail: 0.001 for one of a thousand
    #[arg(long, default_value_t = 0.0)]
    pub error_rate: f64,
}

impl Thresholds {
    /// What held, and what did not.
    #[must_use]
    pub fn judge(&self, outcome: &Outcome) -> Vec<Verdict> {
        let mut verdicts = Vec::new();
        if outcome.is_cut_short {
            let (what, was) = ("the load".to_owned(), "ended before its time".to_owned());
            verdicts.push(Verdict { what, wanted: "to its end".to_owned(), was, holds: false });
        }
        if let Some(all) = outcome.all() {
            verdicts.push(Verdict {
                what: "95 % of all requests".to_owned(),
                wanted: format!("at most {} ms", self.p95_ms),
                was: format!("{:.1} ms", all.p95_ms),
                holds: all.p95_ms <= self.p95_ms && all.count > 0,
            });
            let rate = all.errors as f64 / (all.count.max(1)) as f64;
            verdicts.push(Verdict {
                what: "requests that failed".to_owned(),
                wanted: format!("at most {} %", self.error_rate * 100.0),
                was: format!("{} of {} ({:.3} %)", all.errors, all.count, rate * 100.0),
                holds: rate <= self.error_rate,
            });
        }
        verdicts.push(orders(outcome));
        if outcome.profile.name == Name::Scaling {
            verdicts.push(scaled(outcome).unwrap_or_else(|| unknown("instances")));
        }
        // What fills within minutes of a compressed run says nothing of hours.
        if outcome.profile.name == Name::Endurance && outcome.speed == 1 {
            verdicts.push(speed(outcome).unwrap_or_else(|| unknown("speed over time")));
            let memory = memory(outcome);
            if memory.is_empty() {
                verdicts.push(unknown("memory of the processes"));
            }
            verdicts.extend(memory);
        }
        verdicts
    }
}

/// What could not be looked at does not hold.
fn unknown(what: &str) -> Verdict {
    let was = "not measured: it needs a lab that this program starts".to_owned();
    Verdict { what: what.to_owned(), wanted: "measured".to_owned(), was, holds: false }
}

fn orders(outcome: &Outcome) -> Verdict {
    let kept = &outcome.orders;
    let mails = match (&kept.without_mail, &kept.mailed_twice) {
        (Some(without), Some(twice)) => {
            format!(", {} without a mail, {} with two", without.len(), twice.len())
        }
        _ => ", mails not looked at".to_owned(),
    };
    Verdict {
        what: "orders".to_owned(),
        wanted: "some, none lost, no number twice".to_owned(),
        was: format!(
            "{} confirmed, {} lost, {} told twice{mails}",
            kept.confirmed,
            kept.lost.len(),
            kept.told_twice.len()
        ),
        holds: kept.is_fine() && kept.confirmed > 0,
    }
}

/// Whether the group grew under load, and was as small as before in the end.
fn scaled(outcome: &Outcome) -> Option<Verdict> {
    let told = outcome.cloud.as_ref()?;
    let desired: Vec<f64> = told.series.get("desired")?.iter().map(|(_, value)| *value).collect();
    let (first, last) = (desired.first()?, desired.last()?);
    let most = desired.iter().copied().fold(0.0, f64::max);
    Some(Verdict {
        what: "instances".to_owned(),
        wanted: "scaled out and back".to_owned(),
        was: format!("{first}, then {most}, then {last}"),
        holds: most > *first && last <= first,
    })
}

/// Whether the last third after the ramp was as fast as the first.
fn speed(outcome: &Outcome) -> Option<Verdict> {
    let plateau: Vec<&Slice> = outcome
        .slices
        .iter()
        .filter(|it| (outcome.profile.ramp_s..outcome.profile.duration_s).contains(&it.from_s))
        .collect();
    let values: Vec<f64> = plateau.iter().map(|slice| slice.p95_ms).collect();
    let (first, last) = thirds(&values)?;
    Some(Verdict {
        what: "95 % of requests, last third beside the first".to_owned(),
        wanted: format!("at most {:.0} % slower", SLOWER_MAX * 100.0),
        was: format!("{first:.1} ms, then {last:.1} ms"),
        holds: last <= first * (1.0 + SLOWER_MAX),
    })
}

/// Whether processes that were there all the time after the ramp hold what they held.
fn memory(outcome: &Outcome) -> Vec<Verdict> {
    let (ramp_s, end_s) = (outcome.profile.ramp_s, outcome.profile.duration_s);
    let mut verdicts = Vec::new();
    for process in &outcome.processes {
        let during = process.bytes.iter().filter(|(at, _)| (ramp_s..end_s).contains(at));
        let during: Vec<(u64, f64)> = during.copied().collect();
        let spans = during.first().zip(during.last());
        let is_whole = spans.is_some_and(|((from, _), (until, _))| {
            from.saturating_sub(ramp_s) < 300 && end_s.saturating_sub(*until) < 300
        });
        let values: Vec<f64> = during.iter().map(|(_, bytes)| *bytes).collect();
        let Some((first, last)) = thirds(&values).filter(|_| is_whole) else { continue };
        let growth = (last - first) / first;
        verdicts.push(Verdict {
            what: format!("memory of {}", process.name),
            wanted: format!("flat within {:.0} %", GROWTH_MAX * 100.0),
            was: format!("{:.1} MB, then {:.1} MB", first / 1e6, last / 1e6),
            holds: growth <= GROWTH_MAX,
        });
    }
    verdicts
}

/// The means of the first and of the last third.
fn thirds(values: &[f64]) -> Option<(f64, f64)> {
    let third = values.len() / 3;
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    (third > 0).then(|| (mean(&values[..third]), mean(&values[values.len() - third..])))
}
