//! Widgets: what their JSON asks for, as a person sees it.

use kernel::names::{AccountId, Region};
use serde_json::{Value, json};

use super::harness::{Cloud, NOON_S};
use crate::parse_span;

/// What is drawn of a widget, a line each; or why nothing is.
fn drawn(cloud: &Cloud, properties: &Value) -> String {
    let place = (&AccountId::default(), &Region::default());
    let chart = match cloud.cloudwatch.chart(place, properties, None, cloud.now) {
        Ok(chart) => chart,
        Err(refused) => return format!("{}: {}", refused.query_code(), refused.message()),
    };
    let ago = |at_s: u64| format!("-{} min", (NOON_S - at_s) / 60);
    let series = chart.series.iter().map(|it| {
        let color = it.color.as_deref().unwrap_or("any colour");
        let points: Vec<_> =
            it.points.iter().map(|(at_s, value)| format!("{}: {value}", ago(*at_s))).collect();
        format!(
            "  {} ({}, {:?}, {color}, each {} s): {}",
            it.label,
            it.unit.0,
            it.side,
            it.period_s,
            points.join(", ")
        )
    });
    let levels =
        chart.levels.iter().map(|it| format!("  level {} at {} {:?}", it.label, it.value, it.side));
    let events = chart.events.iter().map(|it| format!("  event {} at {}", it.label, ago(it.at_s)));
    let head = format!(
        "{:?} {:?} from {} to {}, {}x{}",
        chart.view,
        chart.title,
        ago(chart.from_s),
        ago(chart.until_s),
        chart.width_px,
        chart.height_px
    );
    let lines = std::iter::once(head).chain(series).chain(levels).chain(events);
    lines.collect::<Vec<_>>().join("\n")
}

fn cloud() -> Cloud {
    let mut cloud = Cloud::new();
    for (at, name) in ["eu", "us"].iter().enumerate() {
        let datum = json!({
            "MetricName": "orders", "Dimensions": [{"Name": "shop", "Value": name}], "Unit": "Count",
            "Timestamp": NOON_S - 600, "Value": 10 + at,
        });
        cloud.call("PutMetricData", json!({"Namespace": "shop", "MetricData": [datum]}));
    }
    cloud
}

#[test]
fn a_widget_asks_for_metrics_in_rows_that_repeat_what_stands_before() {
    let cloud = cloud();
    let widgets = [
        json!({
            "metrics": [
                ["shop", "orders", "shop", "eu", {"stat": "Sum", "id": "m1", "color": "#d62728"}],
                ["...", "us", {"yAxis": "right", "label": "America", "id": "m2"}],
                [".", "refunds", ".", "eu", {"visible": false}],
                [{"expression": "m1 + m2", "label": "both", "period": 60}],
            ],
            "stat": "Maximum", "period": 60, "title": "Orders", "start": "-PT1H", "width": 900, "height": 300,
            "yAxis": {"left": {"min": 0, "label": "orders"}},
            "annotations": {
                "horizontal": [{"label": "enough", "value": 20}, [{"value": 1}, {"value": 2, "yAxis": "right"}]],
                "vertical": [{"label": "sale", "value": "2026-11-23T11:30:00Z"}],
            },
        }),
        json!({"view": "singleValue", "metrics": [["shop", "orders", "shop", "eu"]]}),
        json!({"metrics": [[{"expression": "SEARCH('{shop,shop} orders', 'Sum', 300)"}]], "stacked": true}),
        json!({"metrics": [["shop", "orders", "shop", "eu"]], "start": "-P90D", "period": 60}),
        json!({"title": "empty"}),
    ];
    let told = widgets.map(|widget| drawn(&cloud, &widget));
    insta::assert_snapshot!(told.join("\n"), @r#"
    Lines "Orders" from -60 min to -0 min, 900x300
      orders Sum (Count, Left, #d62728, each 60 s): -10 min: 10
      America (Count, Right, any colour, each 60 s): -10 min: 11
      both (None, Left, any colour, each 60 s): -10 min: 21
      level enough at 20 Left
      level  at 1 Left
      level  at 2 Right
      event sale at -30 min
    Numbers "" from -180 min to -0 min, 600x400
      orders Average (Count, Left, any colour, each 300 s): -10 min: 10
    Stacked "" from -180 min to -0 min, 600x400
      eu (Count, Left, any colour, each 300 s): -10 min: 10
      us (Count, Left, any colour, each 300 s): -10 min: 11
    Lines "" from -129600 min to -0 min, 600x400
      orders Average (Count, Left, any colour, each 5400 s): -90 min: 10
    Lines "empty" from -180 min to -0 min, 600x400
    "#);
}

#[test]
fn what_is_no_widget_is_refused_with_its_reason() {
    let cloud = cloud();
    let widgets = [
        json!([]),
        json!({"metrics": "all"}),
        json!({"metrics": ["shop"]}),
        json!({"metrics": [["shop"]]}),
        json!({"metrics": [["...", "eu"]]}),
        json!({"metrics": [["shop", 7]]}),
        json!({"metrics": [["shop", "orders", "shop"]]}),
        json!({"region": "Mars!"}),
        json!({"start": "yesterday"}),
        json!({"start": "2026-11-23T13:00:00Z"}),
        json!({"start": "-PT99999999999999999999H"}),
        json!({"metrics": [[{"expression": "m1 +"}]]}),
    ];
    let told = widgets.map(|widget| format!("{widget} => {}", drawn(&cloud, &widget)));
    insta::assert_snapshot!(told.join("\n"), @r#"
    [] => InvalidParameterValue: The metric widget is invalid: it is no JSON object.
    {"metrics":"all"} => InvalidParameterValue: The metric widget is invalid: its metrics are no list.
    {"metrics":["shop"]} => InvalidParameterValue: The metric widget is invalid: metric 0 is no list.
    {"metrics":[["shop"]]} => InvalidParameterValue: The metric widget is invalid: metric 0 is not whole.
    {"metrics":[["...","eu"]]} => InvalidParameterValue: The metric widget is invalid: metric 0 is not whole.
    {"metrics":[["shop",7]]} => InvalidParameterValue: The metric widget is invalid: metric 0 has a name that is no text.
    {"metrics":[["shop","orders","shop"]]} => InvalidParameterValue: The metric widget is invalid: metric 0 is not whole.
    {"region":"Mars!"} => InvalidParameterValue: The metric widget is invalid: its region is none.
    {"start":"yesterday"} => InvalidParameterValue: The metric widget is invalid: its start and end are no span of time.
    {"start":"2026-11-23T13:00:00Z"} => InvalidParameterValue: The metric widget is invalid: its start and end are no span of time.
    {"start":"-PT99999999999999999999H"} => InvalidParameterValue: The metric widget is invalid: its start and end are no span of time.
    {"metrics":[[{"expression":"m1 +"}]]} => ValidationError: Error in expression 'row0': Unexpected end of the expression
    "#);
}

#[test]
fn spans_are_moments_or_how_long_ago() {
    let now = Cloud::new().now;
    let spans = [
        (None, None),
        (Some("-PT15M"), None),
        (Some("-P1DT12H"), None),
        (Some("-P1W"), Some("-P1D")),
        (Some("2026-11-23T10:00:00+01:00"), Some("2026-11-23T11:00:00Z")),
        (Some("-P"), None),
        (Some("-PT5D"), None),
    ];
    let told = spans.map(|(start, end)| {
        let span = parse_span(start, end, now).map(|(from, until)| (NOON_S - from, NOON_S - until));
        format!("{start:?} {end:?}: {span:?}")
    });
    insta::assert_snapshot!(told.join("\n"), @r#"
    None None: Some((10800, 0))
    Some("-PT15M") None: Some((900, 0))
    Some("-P1DT12H") None: Some((129600, 0))
    Some("-P1W") Some("-P1D"): Some((604800, 86400))
    Some("2026-11-23T10:00:00+01:00") Some("2026-11-23T11:00:00Z"): Some((10800, 3600))
    Some("-P") None: None
    Some("-PT5D") None: None
    "#);
}

#[test]
fn an_image_of_a_widget_is_an_svg() {
    let mut cloud = cloud();
    let widget =
        json!({"title": "<Orders>", "metrics": [["shop", "orders", "shop", "eu"]]}).to_string();
    let answer = cloud.call("GetMetricWidgetImage", json!({"MetricWidget": widget}));
    let image = answer["MetricWidgetImage"].as_str().unwrap();
    assert!(image.starts_with("PHN2Zy"), "base64 of <svg: {image}");
    let refusals = [
        json!({}),
        json!({"MetricWidget": "{"}),
        json!({"MetricWidget": "{}", "OutputFormat": "gif"}),
    ];
    let told = refusals.map(|input| cloud.call("GetMetricWidgetImage", input).to_string());
    insta::assert_snapshot!(told.join("\n"), @r#"
    {"Error":"MissingParameter: The parameter MetricWidget is required."}
    {"Error":"InvalidParameterValue: The metric widget is invalid: EOF while parsing an object at line 1 column 1."}
    {"Error":"InvalidParameterValue: The value for parameter OutputFormat must be one of [png, image/png]."}
    "#);
}
