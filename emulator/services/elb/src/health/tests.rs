//! What answers mean and when they are enough, with AWS's numbers.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html>

use insta::assert_snapshot;
use kernel::time::Timestamp;
use proptest::prelude::*;

use super::*;

/// AWS's defaults: 200, five successes, two failures.
fn defaults() -> HealthCheck {
    HealthCheck {
        is_enabled: true,
        protocol: Some("HTTP".into()),
        port: Some("traffic-port".into()),
        path: Some("/".into()),
        interval_s: 30,
        timeout_s: 5,
        healthy_count: 5,
        unhealthy_count: 2,
        matcher: Some(Matcher::http("200")),
    }
}

/// A letter an answer: `.` is a good one, `x` a bad status, `t` none in time, `f` no connection. What is known
/// after each: `i` initial, `H` healthy, `U` unhealthy.
fn after(answers: &str) -> String {
    let (check, now) = (defaults(), Timestamp::default());
    let mut health = Health::new(now);
    let told = |letter: char| {
        health.asked(now);
        let outcome = match letter {
            '.' => Probed::Answered(200),
            'x' => Probed::Answered(502),
            't' => Probed::TimedOut,
            _ => Probed::Failed,
        };
        health.heard(outcome, &check, now);
        match health.verdict {
            Verdict::Registering | Verdict::Checking => 'i',
            Verdict::Healthy => 'H',
            Verdict::Unhealthy(_) => 'U',
        }
    };
    answers.chars().map(told).collect()
}

/// ALB target-group-health-checks: one success makes a new target healthy; one that was unhealthy needs five.
#[test]
fn a_new_target_needs_one_success_and_one_that_was_unhealthy_five() {
    let told = ["....", "x...", "xx.....", "xx....x.....", "..x.x.x", "..xx", ".tf.....", "xtx"]
        .map(|answers| format!("{answers:<14}{}", after(answers)));
    assert_snapshot!(told.join("\n"), @"
    ....          HHHH
    x...          iHHH
    xx.....       iUUUUUH
    xx....x.....  iUUUUUUUUUUH
    ..x.x.x       HHHHHHH
    ..xx          HHHU
    .tf.....      HHUUUUUH
    xtx           iUU
    ");
}

#[test]
fn why_a_target_is_unhealthy_is_what_it_said_last() {
    let (check, now) = (defaults(), Timestamp::default());
    let mut health = Health::new(now);
    let mut told = Vec::new();
    for outcome in [Probed::Failed, Probed::Failed, Probed::TimedOut, Probed::Answered(503)] {
        let changed = health.heard(outcome, &check, now);
        told.push(format!("{outcome:?}: {:?} {changed}", health.verdict));
    }
    assert_snapshot!(told.join("\n"), @"
    Failed: Registering false
    Failed: Unhealthy(Failed) true
    TimedOut: Unhealthy(TimedOut) true
    Answered(503): Unhealthy(Status(503)) true
    ");
}

#[test]
fn codes_are_single_ones_and_ranges_within_what_a_protocol_has() {
    let told = [
        "200",
        "200-299",
        "200,202",
        "200-299,301",
        "199",
        "200-500",
        "299-200",
        "",
        "200,",
        "a",
        "+200",
    ]
    .map(|codes| format!("{codes:?}: {:?}", Matcher::parse(codes, &(200..=499))));
    assert_snapshot!(told.join("\n"), @r#"
    "200": Some([200..=200])
    "200-299": Some([200..=299])
    "200,202": Some([200..=200, 202..=202])
    "200-299,301": Some([200..=299, 301..=301])
    "199": None
    "200-500": None
    "299-200": None
    "": None
    "200,": None
    "a": None
    "+200": None
    "#);
    let fits = [200, 204, 299, 300, 301].map(|it| Matcher::http("200-299,301").fits(it));
    assert_eq!(fits, [true, true, true, false, true]);
}

proptest! {
    /// As many failures as are asked for, and no fewer, make a healthy target unhealthy, whatever came before.
    #[test]
    fn a_healthy_target_falls_after_its_threshold_alone(
        before in "[.xtf]{0,20}", unhealthy_count in 2_u32..10,
    ) {
        let check = HealthCheck { unhealthy_count, ..defaults() };
        let now = Timestamp::default();
        let mut health = Health::new(now);
        for letter in before.chars() {
            let outcome = if letter == '.' { Probed::Answered(200) } else { Probed::Failed };
            health.heard(outcome, &check, now);
        }
        for _ in 0..check.healthy_count {
            health.heard(Probed::Answered(200), &check, now);
        }
        prop_assert_eq!(health.verdict, Verdict::Healthy);
        for failure in 1..=unhealthy_count {
            prop_assert_eq!(health.verdict, Verdict::Healthy);
            let changed = health.heard(Probed::TimedOut, &check, now);
            prop_assert_eq!(changed, failure == unhealthy_count);
        }
        prop_assert_eq!(health.verdict, Verdict::Unhealthy(Fault::TimedOut));
    }
}
