//! Experiments of runs that are made up: what is planned, and what is drawn of it.

use clap::ValueEnum as _;

use super::*;
use crate::act::{self, Mark};
use crate::tests::outcome;

fn made(question: Question) -> Vec<Made> {
    let runs = question.runs(100).into_iter();
    let made = runs.map(|run| {
        let mut outcome = outcome(Name::Load);
        outcome.profile.users = run.users;
        outcome.marks = vec![Mark { at_s: outcome.from_s + 300, label: "60 pictures".to_owned() }];
        if let Some(told) = &mut outcome.cloud {
            let from_s = outcome.from_s;
            let age = (0..8).map(|minute| (from_s + minute * 60, minute as f64 * 3.0));
            told.series.insert("queue_age".to_owned(), age.collect());
        }
        Made { run, outcome }
    });
    made.collect()
}

/// What an instructor reads before a run: how many labs are started, with which words, and what is done when.
#[test]
fn each_question_is_answered_by_runs_that_are_told() -> Result<()> {
    let mut told = String::new();
    for question in Question::value_variants() {
        let name = question.to_possible_value().context("a name")?;
        told += &format!("{}\n", name.get_name());
        for run in question.runs(100) {
            assert!(act::fits(&run.planned, 15 * 60).is_ok(), "{} is over too early", run.title);
            let acts: Vec<_> = run
                .planned
                .iter()
                .map(|(at_s, act)| format!("{} min {act:?}", at_s / 60))
                .collect();
            told += &format!(
                "  {} | {} users | {} | {}\n",
                run.title,
                run.users,
                run.lab.join(" "),
                acts.join(", ")
            );
        }
    }
    insta::assert_snapshot!(told, @"
    scaling-point
      25 users | 25 users | --min 1 --max 1 | 
      50 users | 50 users | --min 1 --max 1 | 
      75 users | 75 users | --min 1 --max 1 | 
      100 users | 100 users | --min 1 --max 1 | 
      125 users | 125 users | --min 1 --max 1 | 
      150 users | 150 users | --min 1 --max 1 | 
    instance-count
      1 instance | 100 users | --min 1 --max 1 | 
      2 instances | 100 users | --min 2 --max 2 | 
      3 instances | 100 users | --min 3 --max 3 | 
      4 instances | 100 users | --min 4 --max 4 | 
    write-latency
      as it is | 100 users | --min 1 --max 1 | 
      two connections an instance | 100 users | --min 1 --max 1 --database-connections 2 | 
      a database that is 40 ms away | 100 users | --min 1 --max 1 --lesson slow-database | 
      far away, and two connections | 100 users | --min 1 --max 1 --lesson slow-database --database-connections 2 | 
    slow-functions
      as it is | 100 users |  | 
      update-product takes 5 s longer | 100 users | --lesson slow-update | 
      resize-image takes 5 s longer | 100 users | --lesson slow-resize | 
    queue
      separation: update-product takes 5 s longer, uploads do not | 100 users | --lesson slow-update | 
      spikes: 60 pictures as fast as they come | 100 users | --lesson slow-update | 5 min Upload(60)
      retention: five minutes without update-product | 100 users |  | 4 min Disable, 9 min Enable
      monitoring: an alarm on the age of the oldest message | 100 users |  | 1 min Watch(60), 4 min Disable, 9 min Enable
      flexibility: two at once, and ten after that | 100 users | --lesson slow-update | 1 min AtMost(2), 4 min Upload(60), 8 min AtMost(10)
    databases
      one instance, SQLite | 100 users | --min 1 --max 1 --sqlite | 
      three instances, SQLite | 100 users | --min 3 --max 3 --sqlite | 
      one instance, the best database here | 100 users | --min 1 --max 1 | 
      three instances, the best database here | 100 users | --min 3 --max 3 | 
    cost
      25 users | 25 users | --min 3 --max 3 | 
      50 users | 50 users | --min 3 --max 3 | 
      100 users | 100 users | --min 3 --max 3 | 
      200 users | 200 users | --min 3 --max 3 | 
      400 users | 400 users | --min 3 --max 3 |
    ");
    Ok(())
}

#[test]
fn runs_are_rows_of_a_table_whose_columns_differ() {
    let made = made(Question::Cost);
    insta::assert_snapshot!(table::markdown(&made[..2]), @"
    | run | database | requests/s | p95, ms | an order, p95 ms | an upload, p95 ms | failed | CPU of instances | of the busiest | of the database | instances | writes/s | the database's time for a write, ms | waiting in the queue, most | oldest, most s | requests/s a core | MB a user |
    |---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|
    | 25 users | SQLite, one file for all instances | 180.0 | 21.5 | 21.5 | – | 2 | 45.0 | – | – | 2.7 | – | 2.00 | – | 21 | – | 1.68 |
    | 50 users | SQLite, one file for all instances | 180.0 | 21.5 | 21.5 | – | 2 | 45.0 | – | – | 2.7 | – | 2.00 | – | 21 | – | 0.84 |
    ");
}

#[test]
fn a_question_has_charts_and_a_page_that_leads_to_its_runs() -> Result<()> {
    let mut told = String::new();
    for question in Question::value_variants() {
        let made = made(*question);
        let charts: Vec<String> =
            chart::all(*question, &made).iter().map(charts::Chart::svg).collect();
        for svg in &charts {
            let (_, label) = svg.split_once("aria-label=\"").context("a label")?;
            told += &format!("{}\n", label.split('"').next().unwrap_or_default());
        }
        let page = page::html(*question, &made, charts)?;
        assert!(page.contains("<a href=\"1/report.html\">"), "{page}");
        assert!(!page.contains("<script"), "{page}");
    }
    insta::assert_snapshot!(told, @"
    CPU of one instance: CPU of instances, of the busiest
    CPU, and how long an order takes: CPU of instances, of the busiest, an order, p95 ms
    An order, 95 %
    The database&#39;s own time for a write
    as it is: age of the oldest
    update-product takes 5 s longer: age of the oldest
    resize-image takes 5 s longer: age of the oldest
    separation: update-product takes 5 s longer, uploads do not: age of the oldest
    spikes: 60 pictures as fast as they come: age of the oldest
    retention: five minutes without update-product: age of the oldest
    monitoring: an alarm on the age of the oldest message: age of the oldest
    flexibility: two at once, and ten after that: age of the oldest
    An order, 95 %
    All requests, 95 %
    Requests a second and core
    What a core carries: requests/s a core
    What a user takes of memory: MB a user
    Which limit comes first: CPU of instances, of the busiest, of the database, p95, ms
    ");
    Ok(())
}
