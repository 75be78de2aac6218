//! What a report says of a run: one that is made up, and small enough to be read.

use std::collections::BTreeMap;

use anyhow::Result;

use crate::cloud::{Activity, Told};
use crate::orders::Kept;
use crate::original::beside;
use crate::outcome::{Machine, Outcome};
use crate::processes::Held;
use crate::profile::Name;
use crate::record::{Line, Slice};
use crate::report;
use crate::verdict::Thresholds;

const FROM_S: u64 = 1_764_480_000;
const LIMITS: Thresholds = Thresholds { p95_ms: 1_000.0, error_rate: 0.0 };

fn line(label: &str, count: u64, errors: u64) -> Line {
    let label = label.to_owned();
    Line { label, count, errors, bytes: 0, p50_ms: 4.0, p95_ms: 21.5, p99_ms: 60.0, max_ms: 210.0 }
}

/// A group of one that had three, and one again.
pub(crate) fn outcome(name: Name) -> Outcome {
    let profile = name.profile();
    let minutes = profile.duration_s / 60;
    let points = |value: &dyn Fn(u64) -> f64| -> Vec<(u64, f64)> {
        (0..minutes + 30).map(|minute| (FROM_S + minute * 60, value(minute))).collect()
    };
    let grown = |minute: u64| match minute {
        4..20 => 3.0,
        _ => 1.0,
    };
    let series = BTreeMap::from([
        ("cpu".to_owned(), points(&|minute| if minute < minutes { 45.0 } else { 2.0 })),
        ("desired".to_owned(), points(&grown)),
        ("in_service".to_owned(), points(&grown)),
        ("write_latency".to_owned(), points(&|_| 0.002)),
    ]);
    let activity = |minute: u64, description: &str| Activity {
        at_s: FROM_S + minute * 60,
        description: description.to_owned(),
        cause: "the alarm".to_owned(),
    };
    let slice = |minute: u64| Slice {
        from_s: minute * 60,
        users: profile.users,
        requests: 900,
        errors: 0,
        p50_ms: 4.0,
        p95_ms: 20.0,
    };
    let bytes = (0..minutes).map(|minute| (minute * 60, 40e6 + minute as f64 * 1e5)).collect();
    let mut outcome = Outcome {
        profile,
        speed: 30,
        target: "http://127.0.0.1:8000/".to_owned(),
        database: Some("SQLite, one file for all instances".to_owned()),
        machine: Machine { cores: 2, memory_gib: Some(23.5), system: "linux".to_owned() },
        seed: 1,
        is_cut_short: false,
        mix: BTreeMap::from([("visitor".to_owned(), 90), ("customer".to_owned(), 54)]),
        from_s: FROM_S,
        until_s: FROM_S + profile.duration_s,
        over_s: FROM_S + profile.duration_s + 1_800,
        requests: vec![line("home", 7_000, 0), line("order", 200, 2), line("all", 7_200, 2)],
        slices: (0..minutes).map(slice).collect(),
        failures: BTreeMap::from([("order: answered <503>".to_owned(), 2)]),
        orders: Kept {
            confirmed: 198,
            without_mail: Some(Vec::new()),
            mailed_twice: Some(vec!["7".to_owned()]),
            ..Kept::default()
        },
        cloud: Some(Told {
            series,
            activities: vec![
                activity(4, "Launching a new EC2 instance: i-0a"),
                activity(20, "Terminating EC2 instance: i-0a"),
            ],
        }),
        processes: vec![Held { name: "shop (17)".to_owned(), bytes, ..Held::default() }],
        marks: Vec::new(),
        verdicts: Vec::new(),
    };
    outcome.verdicts = LIMITS.judge(&outcome);
    outcome
}

fn verdicts(outcome: &Outcome) -> String {
    let told = |it: &crate::outcome::Verdict| {
        format!("{} | {} | {} | {}", it.what, it.wanted, it.was, it.holds)
    };
    outcome.verdicts.iter().map(told).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_has_to_hold_is_told_with_what_was() {
    insta::assert_snapshot!(verdicts(&outcome(Name::Scaling)), @"
    95 % of all requests | at most 1000 ms | 21.5 ms | true
    requests that failed | at most 0 % | 2 of 7200 (0.028 %) | false
    orders | some, none lost, no number twice | 198 confirmed, 0 lost, 0 told twice, 0 without a mail, 1 with two | false
    instances | scaled out and back | 1, then 3, then 1 | true
    ");
    let compressed = outcome(Name::Endurance);
    assert_eq!(compressed.verdicts.len(), 3, "hours are not judged by minutes");
    let mut endurance = Outcome { speed: 1, ..compressed };
    endurance.verdicts = LIMITS.judge(&endurance);
    insta::assert_snapshot!(verdicts(&endurance), @"
    95 % of all requests | at most 1000 ms | 21.5 ms | true
    requests that failed | at most 0 % | 2 of 7200 (0.028 %) | false
    orders | some, none lost, no number twice | 198 confirmed, 0 lost, 0 told twice, 0 without a mail, 1 with two | false
    95 % of requests, last third beside the first | at most 25 % slower | 20.0 ms, then 20.0 ms | true
    memory of shop (17) | flat within 5 % | 46.7 MB, then 55.7 MB | false
    ");
}

#[test]
fn a_number_of_the_originals_stands_beside_ours_and_why_they_differ() {
    insta::assert_debug_snapshot!(beside(&outcome(Name::Stress)), @r#"
    [
        Beside {
            what: "CPU of the instances, average",
            original: "46 %",
            ours: "45 %",
            is_alike: Some(
                true,
            ),
            why: "Users, think times and the share of a core that a virtual processor has make it so.",
        },
        Beside {
            what: "instances",
            original: "2",
            ours: "1.2",
            is_alike: Some(
                false,
            ),
            why: "The group follows the CPU, and that follows --core-share; with two instances under the target nothing is added, as in the original.",
        },
        Beside {
            what: "writes of the database",
            original: "80 a second",
            ours: "not measured",
            is_alike: None,
            why: "It was not measured: of SQLite only latencies are known, and of a database elsewhere nothing.",
        },
        Beside {
            what: "latency of a write",
            original: "0.04 s",
            ours: "2.00 ms",
            is_alike: Some(
                false,
            ),
            why: "A disk of this machine is nearer than a volume of EBS, which every write of RDS crosses a network to.",
        },
        Beside {
            what: "CPU of the database",
            original: "60 to 80 %",
            ours: "not measured",
            is_alike: None,
            why: "It was not measured: of SQLite only latencies are known, and of a database elsewhere nothing.",
        },
    ]
    "#);
}

#[test]
fn a_report_is_one_file_with_a_chart_for_each_figure_and_no_script() -> Result<()> {
    let page = report::html(&outcome(Name::Scaling))?;
    let captions: Vec<&str> =
        page.split("<figcaption>").skip(1).filter_map(|it| it.split('<').next()).collect();
    insta::assert_debug_snapshot!(captions, @r#"
    [
        "Figure 3. How much of their type&#39;s processors the instances use, by the minute.",
        "Figure 4. Not measured: the cloud tells none of it.",
        "Figure 5. Not measured: the cloud tells none of it.",
        "Figure 6. How many instances the group wants, and those that come and go.",
        "Figure 7. Not measured: the cloud tells none of it.",
        "Figure 8. Those of the group, and those that the balancer sends requests to.",
        "Figure 9. Not measured: the cloud tells none of it.",
        "Figure 10. Not measured: the cloud tells none of it.",
        "Figure 11. How long the database takes for one.",
        "Not measured: the cloud tells none of it.",
        "From the request to the last byte of its answer, and who was there.",
        "A minute.",
        "Resident, of the lab&#39;s processes on this machine.",
    ]
    "#);
    assert_eq!(page.matches("<svg").count(), captions.len());
    assert!(!page.contains("<script") && !page.contains("http-equiv"));
    assert!(page.contains("answered &#60;503&#62;"), "what came from outside is text");
    // Both ends of the axis are the same in every chart, and so are the marks.
    assert_eq!(page.matches(">launch</text>").count() % captions.len(), 0);
    Ok(())
}

#[test]
fn results_are_read_again_as_they_were_written() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("results.json");
    let outcome = outcome(Name::Load);
    outcome.write(&path)?;
    assert_eq!(report::html(&Outcome::read(&path)?)?, report::html(&outcome)?);
    Ok(())
}
