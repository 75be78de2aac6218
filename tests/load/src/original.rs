//! What the original's text tells in numbers, beside ours, and why they differ.

use crate::outcome::Outcome;

/// How far a number may be from the original's to be called alike.
const ALIKE: f64 = 0.25;

/// A number of the original's, and ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beside {
    pub what: &'static str,
    pub original: &'static str,
    pub ours: String,
    pub is_alike: Option<bool>,
    pub why: &'static str,
}

/// The original's numbers, each with the mean of ours from the end of the ramp until the load ended.
#[must_use]
pub fn beside(outcome: &Outcome) -> Vec<Beside> {
    let row = |what,
               key: &str,
               original,
               range: (f64, f64),
               write: fn(f64) -> String,
               why: [&'static str; 2]| {
        let ours = mean(outcome, key);
        let is_alike =
            ours.map(|ours| (range.0 * (1.0 - ALIKE)..=range.1 * (1.0 + ALIKE)).contains(&ours));
        let why = match is_alike {
            None => {
                "It was not measured: of SQLite only latencies are known, and of a database elsewhere nothing."
            }
            Some(true) => why[0],
            Some(false) => why[1],
        };
        Beside {
            what,
            original,
            ours: ours.map_or_else(|| "not measured".to_owned(), write),
            is_alike,
            why,
        }
    };
    vec![
        row(
            "CPU of the instances, average",
            "cpu",
            "46 %",
            (46.0, 46.0),
            |value| format!("{value:.0} %"),
            [
                "Users, think times and the share of a core that a virtual processor has make it so.",
                "A virtual processor is a share of a core of this machine (--core-share), and a page costs what our code costs: the shape is alike, the height is a setting.",
            ],
        ),
        row(
            "instances",
            "in_service",
            "2",
            (2.0, 2.0),
            |value| format!("{value:.1}"),
            [
                "The group scales on the CPU of all its instances: as soon as that is under the target, it stays.",
                "The group follows the CPU, and that follows --core-share; with two instances under the target nothing is added, as in the original.",
            ],
        ),
        row(
            "writes of the database",
            "writes",
            "80 a second",
            (80.0, 80.0),
            |value| format!("{value:.0} a second"),
            [
                "Sessions, carts and orders are written as often.",
                "A visitor who only looks leaves no row here, and an order is one transaction; Django writes its session and its statements one by one.",
            ],
        ),
        row(
            "latency of a write",
            "write_latency",
            "0.04 s",
            (0.04, 0.04),
            |value| {
                if value < 0.01 {
                    format!("{:.2} ms", value * 1e3)
                } else {
                    format!("{value:.3} s")
                }
            },
            [
                "The disk is as slow.",
                "A disk of this machine is nearer than a volume of EBS, which every write of RDS crosses a network to.",
            ],
        ),
        row(
            "CPU of the database",
            "database_cpu",
            "60 to 80 %",
            (60.0, 80.0),
            |value| format!("{value:.0} %"),
            [
                "As many statements on as small a machine.",
                "Fewer statements a page, on more of a processor than the original's instance of RDS had.",
            ],
        ),
    ]
}

/// The mean of a metric while all users were there.
#[must_use]
pub fn mean(outcome: &Outcome, key: &str) -> Option<f64> {
    let points = outcome.cloud.as_ref()?.series.get(key)?;
    let from_s = outcome.from_s + outcome.profile.ramp_s;
    let during = points.iter().filter(|(at, _)| (from_s..outcome.until_s).contains(at));
    let values: Vec<f64> = during.map(|(_, value)| *value).collect();
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}
