//! The lines of the table: each slice of ours beside one of its control.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use anyhow::{Result, ensure};

/// What a load came to.
#[derive(Debug, Clone, Copy)]
pub struct Rate {
    pub per_second: f64,
    pub p50: Duration,
    pub p99: Duration,
    /// The server's processor time for each.
    pub cpu: Duration,
}

impl Rate {
    /// Of how long each request took, how long all of them, and the server's processor time.
    pub fn of(mut took: Vec<Duration>, elapsed: Duration, cpu: Duration) -> Result<Self> {
        ensure!(!took.is_empty(), "nothing was answered");
        took.sort_unstable();
        let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize];
        Ok(Self {
            per_second: took.len() as f64 / elapsed.as_secs_f64(),
            p50: at(0.50),
            p99: at(0.99),
            cpu: cpu.div_f64(took.len() as f64),
        })
    }

    /// The same, counting the messages of each request.
    pub fn of_each(self, messages: u32) -> Self {
        let per_second = self.per_second * f64::from(messages);
        Self { per_second, cpu: self.cpu / messages, ..self }
    }
}

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
    PutObject,
    GetObject,
    PutDurable,
    PutLarge,
    PutLargeDurable,
    UploadPart,
    List,
    HomeSqlite,
    HomeSqliteKnown,
    HomePostgres,
    HomePostgresKnown,
}

/// What is asked of a line.
enum Asked {
    /// So many messages for each request of the control.
    Ratio(f64),
    /// So much of the control's p50, no more.
    P50Ratio(f64),
    P50(Duration),
    /// So many messages for each request of the control, and within 25 % of another line.
    RatioAs(f64, Line),
    /// So many for each request of the control, and so much of its p99, no more.
    RatioAndP99Ratio(f64, f64),
    /// So many in a second.
    PerSecond(f64),
}

impl Line {
    pub const ALL: [Self; 18] = [
        Self::Send16,
        Self::Send1,
        Self::SendBatch,
        Self::DrainShallow,
        Self::DrainDeep,
        Self::LongPoll,
        Self::SendDurable,
        Self::PutObject,
        Self::GetObject,
        Self::PutDurable,
        Self::PutLarge,
        Self::PutLargeDurable,
        Self::UploadPart,
        Self::List,
        Self::HomeSqlite,
        Self::HomeSqliteKnown,
        Self::HomePostgres,
        Self::HomePostgresKnown,
    ];

    pub fn is_s3(self) -> bool {
        (Self::PutObject..=Self::List).contains(&self)
    }

    pub fn is_page(self) -> bool {
        self >= Self::HomeSqlite
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Send16 => "SendMessage of 1 KiB, 16 connections",
            Self::Send1 => "SendMessage of 1 KiB, 1 connection",
            Self::SendBatch => "SendMessageBatch of 10 x 1 KiB, 16 connections",
            Self::DrainShallow => "receive 10 and delete them, 2,000 deep, 16 connections",
            Self::DrainDeep => "receive 10 and delete them, 100,000 deep, 16 connections",
            Self::LongPoll => "from a send to the answer of the long poll that waits for it",
            Self::SendDurable => "SendMessage of 1 KiB with fsync, 16 connections",
            Self::PutObject => "PutObject of 4 KiB, 16 connections",
            Self::GetObject => "GetObject of 4 KiB, 16 connections",
            Self::PutDurable => "PutObject of 4 KiB with fsync, 16 connections",
            Self::PutLarge => "PutObject of 64 MiB, 2 connections",
            Self::PutLargeDurable => "PutObject of 64 MiB with fsync, 2 connections",
            Self::UploadPart => "UploadPart of 8 MiB, 16 connections",
            Self::List => "ListObjectsV2, keys in pages of 1,000, 16 connections",
            Self::HomeSqlite => "the shop's home page on SQLite, 16 connections",
            Self::HomeSqliteKnown => {
                "the shop's home page on SQLite for visitors with a cart, 16 connections"
            }
            Self::HomePostgres => "the shop's home page on PostgreSQL, 16 connections",
            Self::HomePostgresKnown => {
                "the shop's home page on PostgreSQL for visitors with a cart, 16 connections"
            }
        }
    }

    fn control(self) -> &'static str {
        match self {
            Self::SendDurable => "SQLite, grouped",
            Self::PutDurable | Self::PutLarge | Self::PutLargeDurable | Self::UploadPart => "files",
            Self::HomeSqlite | Self::HomeSqliteKnown => "axum and sqlx",
            Self::HomePostgres | Self::HomePostgresKnown => "axum and sqlx",
            _ => "bare HTTP",
        }
    }

    fn asked(self) -> Asked {
        match self {
            Self::Send16 => Asked::Ratio(0.5),
            Self::Send1 => Asked::P50Ratio(2.0),
            Self::SendBatch => Asked::Ratio(0.75),
            Self::DrainShallow => Asked::Ratio(43.0 / 120.0),
            Self::DrainDeep => Asked::RatioAs(43.0 / 120.0, Self::DrainShallow),
            Self::LongPoll => Asked::P50(Duration::from_millis(1)),
            Self::SendDurable => Asked::Ratio(0.8),
            Self::PutObject => Asked::Ratio(0.5),
            Self::GetObject => Asked::Ratio(0.65),
            Self::PutDurable => Asked::Ratio(2.7),
            Self::PutLarge | Self::PutLargeDurable => Asked::Ratio(0.92),
            Self::UploadPart => Asked::Ratio(1.0),
            Self::List => Asked::PerSecond(600_000.0),
            _ => Asked::RatioAndP99Ratio(0.66, 1.5),
        }
    }
}

/// The slices so far, each as the control's and ours.
#[derive(Default)]
pub struct Table(BTreeMap<Line, Vec<(Rate, Rate)>>);

impl Table {
    pub fn push(&mut self, line: Line, control: Rate, ours: Rate) {
        self.0.entry(line).or_default().push((control, ours));
    }

    pub fn markdown(&self) -> String {
        let mut text = String::from(
            "| what | Cloudless | p50 | p99 | CPU | control | p50 | CPU | ratio | ratio of p50 | asked | |\n\
             |---|--:|--:|--:|--:|---|--:|--:|--:|--:|---|---|\n",
        );
        for (&line, pairs) in &self.0 {
            let ours = Self::median_of(pairs, |(_, ours)| ours);
            let control = Self::median_of(pairs, |(control, _)| control);
            let (asked, met) = self.judged(line, pairs);
            // Rounds of the long poll wait between sends: how many there are in a second says nothing.
            let shown_ratio = match line {
                Line::LongPoll | Line::List => "–".to_owned(),
                _ => format!("{:.2}", ratio(pairs)),
            };
            let _ = writeln!(
                text,
                "| {} | {:.0}/s | {} | {} | {} | {}: {:.0}/s | {} | {} | **{}** | {:.2} | {asked} | {} |",
                line.name(),
                ours.per_second,
                shown(ours.p50),
                shown(ours.p99),
                shown(ours.cpu),
                line.control(),
                control.per_second,
                shown(control.p50),
                shown(control.cpu),
                shown_ratio,
                p50_ratio(pairs),
                verdict(met),
            );
        }
        text
    }

    fn judged(&self, line: Line, pairs: &[(Rate, Rate)]) -> (String, bool) {
        match line.asked() {
            Asked::Ratio(least) => (format!("ratio ≥ {least:.2}"), ratio(pairs) >= least),
            Asked::P50Ratio(most) => (format!("p50 ratio ≤ {most}"), p50_ratio(pairs) <= most),
            Asked::RatioAndP99Ratio(least, most) => {
                let p99 = p99_ratio(pairs);
                let asked = format!("ratio ≥ {least:.2}, p99 ratio ≤ {most} ({p99:.2})");
                (asked, ratio(pairs) >= least && p99 <= most)
            }
            Asked::P50(most) => {
                let p50 = Self::median_of(pairs, |(_, ours)| ours).p50;
                (format!("p50 < {} ms", most.as_millis()), p50 < most)
            }
            Asked::PerSecond(least) => {
                let ours = Self::median_of(pairs, |(_, ours)| ours).per_second;
                (format!("{least:.0}/s"), ours >= least)
            }
            Asked::RatioAs(least, other) => {
                let other = self.0.get(&other).map_or(0.0, |pairs| ratio(pairs));
                let of_other = ratio(pairs) / other;
                (
                    format!("ratio ≥ {least:.2}, within 25 % of the line above ({of_other:.2})"),
                    ratio(pairs) >= least && (0.75..=1.0 / 0.75).contains(&of_other),
                )
            }
        }
    }

    /// Each figure's own median.
    fn median_of(pairs: &[(Rate, Rate)], pick: fn(&(Rate, Rate)) -> &Rate) -> Rate {
        let seconds = |of: fn(&Rate) -> Duration| {
            Duration::from_secs_f64(median(pairs.iter().map(|pair| of(pick(pair)).as_secs_f64())))
        };
        Rate {
            per_second: median(pairs.iter().map(|pair| pick(pair).per_second)),
            p50: seconds(|rate| rate.p50),
            p99: seconds(|rate| rate.p99),
            cpu: seconds(|rate| rate.cpu),
        }
    }
}

pub fn verdict(met: bool) -> &'static str {
    if met { "met" } else { "**missed**" }
}

fn ratio(pairs: &[(Rate, Rate)]) -> f64 {
    median(pairs.iter().map(|(control, ours)| ours.per_second / control.per_second))
}

fn p50_ratio(pairs: &[(Rate, Rate)]) -> f64 {
    median(pairs.iter().map(|(control, ours)| ours.p50.as_secs_f64() / control.p50.as_secs_f64()))
}

fn p99_ratio(pairs: &[(Rate, Rate)]) -> f64 {
    median(pairs.iter().map(|(control, ours)| ours.p99.as_secs_f64() / control.p99.as_secs_f64()))
}

pub fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}

fn shown(time: Duration) -> String {
    match time.as_nanos() {
        ns @ 0..100_000 => format!("{:.1} µs", ns as f64 / 1e3),
        ns @ 0..10_000_000 => format!("{} µs", ns / 1_000),
        ns => format!("{:.1} ms", ns as f64 / 1e6),
    }
}
