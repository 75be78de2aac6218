//! What statistics are of values, and of sets of which the values are not known.

use proptest::prelude::*;

use crate::point::{Point, StatisticSet};
use crate::statistic::{Gathered, Statistic};

const ALL: [&str; 22] = [
    "SampleCount",
    "Average",
    "Sum",
    "Minimum",
    "Maximum",
    "p0",
    "p50",
    "p90",
    "p99.9",
    "p100",
    "tm90",
    "TM(10%:90%)",
    "TM(2:9)",
    "tc90",
    "TC(20%:)",
    "ts90",
    "TS(:5)",
    "wm90",
    "WM(20%:80%)",
    "PR(:5)",
    "PR(3:7)",
    "IQM",
];

fn of(points: &[Point]) -> String {
    let mut gathered = Gathered::default();
    points.iter().for_each(|point| gathered.add(point, true));
    gathered.finish();
    let each = ALL.map(|name| {
        let value = Statistic::parse(name).unwrap().of(&gathered);
        format!("{name} {}", value.map_or("-".to_owned(), |it| format!("{it:.3}")))
    });
    each.join(", ")
}

#[test]
fn statistics_are_of_all_values_of_a_period() {
    let ten: Vec<Point> = (1..=10).map(|value| Point::One(f64::from(value))).collect();
    let set = StatisticSet { sample_count: 3.0, sum: 6.0, minimum: 1.0, maximum: 3.0 };
    let same = StatisticSet { sample_count: 3.0, sum: 6.0, minimum: 2.0, maximum: 2.0 };
    let stories = [
        ("one to ten", of(&ten)),
        ("a set", of(&[Point::of_set(set)])),
        ("a set of one value", of(&[Point::of_set(same)])),
        ("a set and a value", of(&[Point::of_set(set), Point::One(4.0)])),
    ];
    let lines = stories.map(|(what, line)| format!("{what}: {line}"));
    insta::assert_snapshot!(lines.join("\n"), @"
    one to ten: SampleCount 10.000, Average 5.500, Sum 55.000, Minimum 1.000, Maximum 10.000, p0 1.000, p50 5.000, p90 9.000, p99.9 10.000, p100 10.000, tm90 5.000, TM(10%:90%) 5.500, TM(2:9) 6.000, tc90 9.000, TC(20%:) 8.000, ts90 45.000, TS(:5) 15.000, wm90 5.400, WM(20%:80%) 5.500, PR(:5) 50.000, PR(3:7) 40.000, IQM 5.500
    a set: SampleCount 3.000, Average 2.000, Sum 6.000, Minimum 1.000, Maximum 3.000, p0 -, p50 -, p90 -, p99.9 -, p100 -, tm90 -, TM(10%:90%) -, TM(2:9) -, tc90 -, TC(20%:) -, ts90 -, TS(:5) -, wm90 -, WM(20%:80%) -, PR(:5) -, PR(3:7) -, IQM -
    a set of one value: SampleCount 3.000, Average 2.000, Sum 6.000, Minimum 2.000, Maximum 2.000, p0 2.000, p50 2.000, p90 2.000, p99.9 2.000, p100 2.000, tm90 2.000, TM(10%:90%) 2.000, TM(2:9) -, tc90 2.700, TC(20%:) 2.400, ts90 5.400, TS(:5) 6.000, wm90 2.000, WM(20%:80%) 2.000, PR(:5) 100.000, PR(3:7) 0.000, IQM 2.000
    a set and a value: SampleCount 4.000, Average 2.500, Sum 10.000, Minimum 1.000, Maximum 4.000, p0 -, p50 -, p90 -, p99.9 -, p100 -, tm90 -, TM(10%:90%) -, TM(2:9) -, tc90 -, TC(20%:) -, ts90 -, TS(:5) -, wm90 -, WM(20%:80%) -, PR(:5) -, PR(3:7) -, IQM -
    ");
}

#[test]
fn what_is_no_statistic_is_none() {
    for text in [
        "",
        "p",
        "p101",
        "p99.",
        "p-1",
        "90",
        "P90",
        "avg",
        "sum",
        "tm",
        "TM()",
        "TM(:)",
        "TM(90%:10%)",
        "TM(5:1)",
        "TM(1:10%)",
        "PR(10%:20%)",
        "PR(",
        "TM(1:2",
        "p1234",
        "p99.12345678901",
    ] {
        assert_eq!(Statistic::parse(text), None, "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// However many values a point has, it is small, its set is exact and its percentiles are close.
    #[test]
    fn a_point_of_many_values_stays_small_and_close(
        values in prop::collection::vec(0.001_f64..1e6, 1..2_000), percent in 1_u32..100,
    ) {
        let mut gathered = Gathered::default();
        let point = Point::of_values(values.iter().map(|value| (*value, 1.0))).unwrap();
        gathered.add(&point, true);
        gathered.finish();
        let mut sorted = values.clone();
        sorted.sort_by(f64::total_cmp);
        let rank = (values.len() * percent as usize).div_ceil(100).max(1) - 1;
        let found = Statistic::Percentile(f64::from(percent)).of(&gathered).unwrap();
        prop_assert!(point.heap_bytes() < 8_000);
        prop_assert_eq!(point.set().sample_count, values.len() as f64);
        let (low, high) = (sorted[rank.saturating_sub(1 + values.len() / 100)], sorted[(rank + 1 + values.len() / 100).min(sorted.len() - 1)]);
        prop_assert!(found >= low * 0.9 && found <= high * 1.1, "{} is not between {} and {}", found, low, high);
    }

    /// What is written of a chunk is read again, and no bytes make it stop.
    #[test]
    fn a_chunk_read_again_is_what_was_written(
        values in prop::collection::vec((0_u8..60, prop::collection::vec(-1e9_f64..1e9, 1..5)), 0..40),
        strange in prop::collection::vec(any::<u8>(), 0..64),
    ) {
        let mut chunk = crate::chunk::Chunk::new(1);
        for (at, values) in values {
            chunk.add(at, &Point::of_values(values.into_iter().map(|value| (value, 1.0))).unwrap());
        }
        prop_assert_eq!(&crate::chunk::Chunk::from_bytes(1, &chunk.to_bytes()), &chunk);
        crate::chunk::Chunk::from_bytes(1, &strange);
    }
}
