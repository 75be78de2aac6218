//! Medians of the rounds, side by side.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use crate::client::Rate;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Line {
    Send16,
    Send1,
    SendBatch,
    DrainShallow,
    DrainDeep,
    LongPoll,
    SendDurable,
}

impl Line {
    fn what(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Send16 => ("SendMessage 1 KiB, 16 connections", "messages/s", "bare HTTP"),
            Self::Send1 => ("SendMessage 1 KiB, 1 connection", "messages/s", "bare HTTP"),
            Self::SendBatch => {
                ("SendMessageBatch of 10, 16 connections", "messages/s", "bare HTTP")
            }
            Self::DrainShallow => {
                ("receive and delete by tens, 2,000 deep", "messages/s", "bare HTTP")
            }
            Self::DrainDeep => {
                ("receive and delete by tens, 100,000 deep", "messages/s", "bare HTTP")
            }
            Self::LongPoll => ("send to the answer of a long poll", "polls/s", "bare HTTP"),
            Self::SendDurable => {
                ("SendMessage 1 KiB with fsync, 16 connections", "messages/s", "SQLite, grouped")
            }
        }
    }
}

/// The rounds so far.
#[derive(Default)]
pub struct Table(BTreeMap<Line, (Vec<Rate>, Vec<Rate>)>);

impl Table {
    pub fn control(&mut self, line: Line, rate: Rate) {
        self.0.entry(line).or_default().0.push(rate);
    }

    pub fn subject(&mut self, line: Line, rate: Rate) {
        self.0.entry(line).or_default().1.push(rate);
    }

    /// A line each: both sides' medians, and their ratios.
    pub fn markdown(&self) -> String {
        let mut text = String::from(
            "| what | Cloudless | p50 | p99 | control | control's p50 | ratio | p50 ratio |\n\
             |---|---|---|---|---|---|---|---|\n",
        );
        for (line, (control, subject)) in &self.0 {
            let (what, unit, name) = line.what();
            let (control, subject) = (median(control), median(subject));
            let ratio = subject.per_second / control.per_second;
            let slower = subject.p50.as_secs_f64() / control.p50.as_secs_f64();
            let _ = writeln!(
                text,
                "| {what} | {:.0} {unit} | {} | {} | {name}: {:.0}/s | {} | {ratio:.2} | {slower:.2} |",
                subject.per_second,
                shown(subject.p50),
                shown(subject.p99),
                control.per_second,
                shown(control.p50),
            );
        }
        text
    }
}

fn shown(time: Duration) -> String {
    match time.as_micros() {
        us @ 0..10_000 => format!("{us} µs"),
        us => format!("{:.1} ms", us as f64 / 1000.0),
    }
}

/// Each figure's own median.
fn median(rates: &[Rate]) -> Rate {
    let middle = |mut values: Vec<f64>| {
        values.sort_unstable_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let seconds = |pick: fn(&Rate) -> Duration| {
        let picked = rates.iter().map(|rate| pick(rate).as_secs_f64()).collect();
        Duration::from_secs_f64(middle(picked))
    };
    Rate {
        per_second: middle(rates.iter().map(|rate| rate.per_second).collect()),
        p50: seconds(|rate| rate.p50),
        p99: seconds(|rate| rate.p99),
    }
}
