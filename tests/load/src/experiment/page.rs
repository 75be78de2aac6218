//! An experiment as a page: its question, its charts, its table.

use anyhow::Result;
use askama::Template;
use clap::ValueEnum as _;

use super::{Made, Question, table};

#[derive(Template)]
#[template(path = "experiment.html")]
struct Page<'a> {
    question: String,
    charts: Vec<String>,
    titles: Vec<&'static str>,
    rows: Vec<Vec<String>>,
    made: &'a [Made],
}

/// The page.
///
/// # Errors
/// A template that does not fit, which a test would have told.
pub(super) fn html(question: Question, made: &[Made], charts: Vec<String>) -> Result<String> {
    let (titles, rows) = table::cells(made);
    let said = question.to_possible_value();
    let said = said.and_then(|it| it.get_help().map(ToString::to_string));
    let question = said.unwrap_or_default();
    Ok(Page { question, charts, titles, rows, made }.render()?)
}
