//! Every kind of chart on a page, to be looked at: `cargo run -p cloudless-charts --example gallery > gallery.html`

use cloudless_charts::{Chart, Event, Level, Scale, Series, Side, Unit, View};

const FROM_S: u64 = 1_764_450_000;

fn wave(label: &str, unit: &str, height: f64, slow: f64) -> Series {
    let value = |minute: u64| height * (1.0 + (minute as f64 / slow).sin()) / 2.0;
    // An hour without data, in which one point is alone.
    let is_there = |minute: &u64| !(100..160).contains(minute) || *minute == 130;
    let points = (0..360).filter(is_there).map(|minute| (FROM_S + 60 * minute, value(minute)));
    Series::new(label, Unit::named(unit), 60, points.collect())
}

fn main() {
    let mut lines = Chart::new("Queue image-resized", FROM_S, FROM_S + 6 * 3600);
    lines.series = vec![
        wave("ApproximateNumberOfMessagesVisible", "Count", 4_200.0, 30.0),
        Series {
            side: Side::Right,
            ..wave("ApproximateAgeOfOldestMessage", "Seconds", 95.0, 41.0)
        },
    ];
    lines.levels =
        vec![Level { label: "alarm".into(), value: 60.0, side: Side::Right, color: None }];
    lines.events =
        vec![Event { label: "update-product off".into(), at_s: FROM_S + 12_000, color: None }];
    let shares = vec![
        wave("2XX", "Count", 300.0, 7.0),
        wave("4XX", "Count", 90.0, 11.0),
        wave("5XX", "Count", 40.0, 13.0),
    ];
    let percent = Scale { min: Some(0.0), max: Some(100.0), label: None };
    let charts = [
        lines,
        Chart {
            view: View::Stacked,
            series: shares.clone(),
            ..Chart::new("Answers", FROM_S, FROM_S + 21_600)
        },
        Chart {
            view: View::Bars,
            series: shares.clone(),
            ..Chart::new("Answers", FROM_S, FROM_S + 21_600)
        },
        Chart {
            view: View::Shares,
            series: shares.clone(),
            ..Chart::new("Answers", FROM_S, FROM_S + 21_600)
        },
        Chart {
            view: View::Gauge,
            left: percent,
            series: vec![wave("CPUUtilization", "Percent", 100.0, 50.0)],
            ..Chart::new("CPU", FROM_S, FROM_S + 21_600)
        },
        Chart {
            view: View::Numbers,
            series: shares,
            ..Chart::new("Answers", FROM_S, FROM_S + 21_600)
        },
        Chart::new("Nothing yet", FROM_S, FROM_S + 900),
    ];
    println!(
        "<!doctype html><meta name=viewport content=\"width=device-width\"><title>Charts</title>"
    );
    println!(
        "<style>:root{{color-scheme:light dark}}svg{{max-width:100%;height:auto;margin:4px}}</style>"
    );
    for chart in &charts {
        println!("{}", chart.svg());
    }
}
