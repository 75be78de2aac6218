//! Charts as text: what a number looks like, where ticks are, and that nothing from outside is markup.

use proptest::prelude::*;

use super::*;

fn minutes(values: &[f64]) -> Vec<(u64, f64)> {
    let first = 1_764_400_000 / 60 * 60;
    values.iter().enumerate().map(|(at, value)| (first + 60 * at as u64, *value)).collect()
}

fn chart(series: Vec<Series>) -> Chart {
    let first = 1_764_400_000 / 60 * 60;
    Chart { series, ..Chart::new("Queue", first, first + 600) }
}

/// What a reader reads: the texts, without where they stand.
fn read(svg: &str) -> String {
    let mut texts = Vec::new();
    for piece in svg.split('<').skip(1) {
        let Some((tag, text)) = piece.split_once('>') else { continue };
        let is_text = tag.starts_with("text") || tag.starts_with("title");
        if is_text && !text.is_empty() {
            texts.push(text.replace('\n', " | "));
        }
    }
    texts.join("\n")
}

#[test]
fn a_line_has_axes_with_units_a_legend_and_numbers_under_the_pointer() {
    let mut chart = chart(vec![
        Series::new("depth", Unit::named("Count"), 60, minutes(&[0.0, 1200.0, 950.5])),
        Series {
            side: Side::Right,
            ..Series::new("age", Unit::named("Seconds"), 60, minutes(&[0.0, 62.25]))
        },
    ]);
    chart.levels.push(Level {
        label: "too old".into(),
        value: 60.0,
        side: Side::Right,
        color: None,
    });
    chart.events.push(Event { label: "disabled".into(), at_s: chart.from_s + 60, color: None });
    insta::assert_snapshot!(read(&chart.svg()), @"
    Queue
    0
    500
    1k
    1.5k
    0 s
    20 s
    40 s
    60 s
    80 s
    Seconds
    Count
    07:06
    07:08
    07:10
    07:12
    07:14
    07:16
    too old
    2025-11-29 07:07:00 UTC | disabled
    disabled
    2025-11-29 07:06:00 UTC | depth: 0 | age: 0 s
    2025-11-29 07:07:00 UTC | depth: 1.2k | age: 62.2 s
    2025-11-29 07:08:00 UTC | depth: 950
    depth
    age
    ");
}

#[test]
fn what_is_drawn_over_a_count_has_its_numbers_below_and_a_dot_for_each_that_was_measured() {
    let measured = vec![(25, 61.0), (50, 58.5), (400, 40.0)];
    let mut chart = Chart::over("What a core carries", "users", 400);
    chart.series = vec![Series::new("requests", Unit::named("Count/Second"), 1, measured)];
    let svg = chart.svg();
    insta::assert_snapshot!(format!("{}\n{} dots", read(&svg), svg.matches("<circle").count()), @"
    What a core carries
    0/s
    20/s
    40/s
    60/s
    80/s
    Count/Second
    0
    100
    200
    300
    400
    users
    25 users | requests: 61/s
    50 users | requests: 58.5/s
    400 users | requests: 40/s
    requests
    3 dots
    ");
}

#[test]
fn the_newest_numbers_are_bars_shares_a_gauge_or_read() {
    let series = vec![
        Series::new("ok", Unit::named("Percent"), 60, minutes(&[10.0, 75.0])),
        Series::new("failed", Unit::named("Percent"), 60, minutes(&[25.0])),
        Series::new("unknown", Unit::named("Percent"), 60, Vec::new()),
    ];
    let mut told = String::new();
    for view in [View::Bars, View::Shares, View::Gauge, View::Numbers] {
        let left = Scale { min: Some(0.0), max: Some(100.0), label: None };
        let chart = Chart { view, left, ..chart(series.clone()) };
        told += &format!("{view:?}\n{}\n\n", read(&chart.svg()));
    }
    insta::assert_snapshot!(told, @"
    Bars
    Queue
    ok
    75 %
    ok: 75 %
    failed
    25 %
    failed: 25 %
    unknown
    –
    unknown: –

    Shares
    Queue
    ok: 75 % (75 %)
    failed: 25 % (25 %)
    ok: 75 % (75 %)
    failed: 25 % (25 %)
    unknown: 0 % (0 %)

    Gauge
    Queue
    0 %
    100 %
    ok: 75 %
    75 %
    ok

    Numbers
    Queue
    75 %
    ok
    25 %
    failed
    –
    unknown
    ");
}

#[test]
fn numbers_are_written_with_three_digits_and_their_unit() {
    let cases = [
        (0.0, "Count"),
        (0.05, "None"),
        (999.96, "Count"),
        (1234.0, "Count"),
        (1e6, "Count/Second"),
        (64e6, "Bytes"),
        (12.5, "Percent"),
        (0.000_123_4, "Seconds"),
        (1e-9, "Seconds"),
        (1536.0, "Milliseconds"),
        (-2.5e9, "Bytes/Second"),
        (f64::NAN, "Count"),
    ];
    let told: Vec<_> = cases.iter().map(|(value, unit)| Unit::named(unit).write(*value)).collect();
    insta::assert_snapshot!(told.join(" · "), @"0 · 0.05 · 1k · 1.23k · 1M/s · 64 MB · 12.5 % · 0.000123 s · 1.00e-9 s · 1536 ms · -2.5 GB/s · 0");
}

#[test]
fn ticks_of_time_are_round_and_new_days_are_named() {
    let from = 1_764_450_000; // 21:00
    let spans = [30, 600, 10_800, 43_200, 604_800, 7_776_000, 94_608_000];
    let told = spans.map(|span| {
        let ticks = time::ticks(&Chart::new("", from, from + span), 8);
        ticks.into_iter().map(|(_, label)| label).collect::<Vec<_>>().join(" ")
    });
    insta::assert_snapshot!(told.join("\n"), @"
    21:00:00 21:00:05 21:00:10 21:00:15 21:00:20 21:00:25 21:00:30
    21:00 21:02 21:04 21:06 21:08 21:10
    21:00 21:30 22:00 22:30 23:00 23:30 11/30
    22:00 11/30 02:00 04:00 06:00 08:00
    11/30 12/01 12/02 12/03 12/04 12/05 12/06
    12/04 12/18 01/01 01/15 01/29 02/12 02/26
    Dec 2025 Dec 2026 Dec 2027
    ");
}

#[test]
fn a_gap_is_not_bridged_and_a_lone_point_is_a_dot() {
    let points = vec![(0, 1.0), (60, 2.0), (300, 1.0), (480, 3.0), (540, 3.0)];
    let chart = Chart {
        series: vec![Series::new("a", Unit::default(), 60, points)],
        ..Chart::new("", 0, 600)
    };
    let svg = chart.svg();
    assert_eq!((svg.matches("<path").count(), svg.matches("<circle").count()), (2, 1));
}

#[test]
fn nothing_from_outside_is_markup() {
    let evil = "</text><script>alert(1)</script>\"' onload=x\u{0}";
    let mut chart = chart(vec![Series {
        color: Some("red\"/><script>".into()),
        ..Series::new(evil, Unit::named(evil), 60, minutes(&[1.0, 2.0]))
    }]);
    chart.title = evil.into();
    chart.levels.push(Level {
        label: evil.into(),
        value: 1.0,
        side: Side::Left,
        color: Some(evil.into()),
    });
    chart.events.push(Event { label: evil.into(), at_s: chart.from_s, color: None });
    for view in [View::Lines, View::Stacked, View::Bars, View::Shares, View::Gauge, View::Numbers] {
        let svg = Chart { view, ..chart.clone() }.svg();
        assert!(
            !svg.contains("<script") && !svg.contains("onload=x\"") && !svg.contains('\0'),
            "{view:?}: {svg}"
        );
    }
}

proptest! {
    #[test]
    fn whatever_is_to_be_drawn_every_place_is_a_number_on_the_board(
        values in prop::collection::vec((any::<u32>(), any::<f64>()), 0..40),
        (min, max) in (any::<Option<f64>>(), any::<Option<f64>>()),
        (from_s, span_s) in (any::<u32>(), any::<u32>()),
        (width_px, height_px) in (any::<u16>(), any::<u16>()),
        view in prop::sample::select(vec![
            View::Lines, View::Stacked, View::Bars, View::Shares, View::Gauge, View::Numbers,
        ]),
    ) {
        let mut points: Vec<_> = values.into_iter().map(|(at, value)| (u64::from(at), value)).collect();
        points.sort_by_key(|(at, _)| *at);
        let series = vec![Series::new("a", Unit::named("Bytes"), 60, points)];
        let (from_s, until_s) = (u64::from(from_s), u64::from(from_s) + u64::from(span_s));
        let left = Scale { min, max, label: None };
        let (width_px, height_px) = (width_px.into(), height_px.into());
        let chart = Chart { series, view, left, width_px, height_px, ..Chart::new("t", from_s, until_s) };
        let svg = chart.svg();
        prop_assert!(!svg.contains("NaN") && !svg.contains("inf"), "{}", svg);
    }
}
