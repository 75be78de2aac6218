//! The report of a run: one file of HTML without scripts.

use anyhow::Result;
use askama::Template;

use crate::figure::{Figure, figures};
use crate::original::{Beside, beside};
use crate::outcome::Outcome;
use crate::shopper::{THINK, WORK};

#[derive(Template)]
#[template(path = "report.html")]
struct Report<'a> {
    outcome: &'a Outcome,
    name: &'static str,
    when: String,
    figures: Vec<Figure>,
    beside: Vec<Beside>,
    mix: String,
    think: String,
}

/// The page.
///
/// # Errors
/// A template that does not fit, which a test would have told.
pub fn html(outcome: &Outcome) -> Result<String> {
    let when =
        i64::try_from(outcome.from_s).ok().and_then(|at| jiff::Timestamp::from_second(at).ok());
    let mix: Vec<String> =
        outcome.mix.iter().map(|(kind, count)| format!("{count} of kind {kind}")).collect();
    let report = Report {
        outcome,
        name: outcome.profile.name.as_str(),
        when: when.map_or_else(String::new, |at| at.strftime("%-d %B %Y, %H:%M UTC").to_string()),
        figures: figures(outcome),
        beside: beside(outcome),
        mix: mix.join(", "),
        think: format!(
            "{} to {} s between two pages; a manager {} to {} s",
            THINK.0.as_secs(),
            THINK.1.as_secs(),
            WORK.0.as_secs(),
            WORK.1.as_secs()
        ),
    };
    Ok(report.render()?)
}

impl Report<'_> {
    /// `90 min`, `20 s`.
    fn span(&self, seconds: &u64) -> String {
        match seconds {
            seconds if seconds % 3_600 == 0 => format!("{} h", seconds / 3_600),
            seconds if seconds % 60 == 0 => format!("{} min", seconds / 60),
            seconds => format!("{seconds} s"),
        }
    }

    fn is_sqlite(&self) -> bool {
        self.outcome.database.as_ref().is_some_and(|database| database.starts_with("SQLite"))
    }

    fn holds(&self) -> bool {
        self.outcome.verdicts.iter().all(|verdict| verdict.holds)
    }

    /// How long something of the cloud really took.
    fn really(&self, seconds: &u64) -> String {
        let seconds = seconds / u64::from(self.outcome.speed.max(1));
        if seconds < 120 { format!("{seconds} s") } else { format!("{} min", seconds / 60) }
    }
}
