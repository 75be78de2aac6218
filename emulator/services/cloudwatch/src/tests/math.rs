//! Expressions: each with what it is of the same few points.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::harness::{Cloud, NOON_S};
use crate::math::{parse, search::Search};

/// Two metrics: `a` has 1, 2, -, 4, 5 in five minutes, `b` 10, 0, 30, 40, -.
fn cloud() -> Cloud {
    let mut cloud = Cloud::new();
    let mut data = Vec::new();
    for (name, values) in [
        ("a", [Some(1), Some(2), None, Some(4), Some(5)]),
        ("b", [Some(10), Some(0), Some(30), Some(40), None]),
    ] {
        for (at, value) in values.iter().enumerate() {
            let at_s = NOON_S - 300 + 60 * at as u64;
            data.extend(value.map(|value| {
                json!({
                    "MetricName": name, "Timestamp": at_s, "Value": value,
                    "Dimensions": [{"Name": "Shop", "Value": format!("{name}-side")}],
                })
            }));
        }
    }
    cloud.call("PutMetricData", json!({"Namespace": "shop", "MetricData": data}));
    cloud
}

fn stat(id: &str) -> Value {
    json!({
        "Id": id, "ReturnData": false,
        "MetricStat": {"Period": 60, "Stat": "Sum", "Metric": {
            "Namespace": "shop", "MetricName": id, "Dimensions": [{"Name": "Shop", "Value": format!("{id}-side")}],
        }},
    })
}

/// The numbers of an expression at the five minutes; a dash where there is none.
fn numbers(cloud: &mut Cloud, expression: &str) -> String {
    let answer = cloud.call(
        "GetMetricData",
        json!({
            "StartTime": NOON_S - 300, "EndTime": NOON_S, "ScanBy": "TimestampAscending",
            "MetricDataQueries": [stat("a"), stat("b"), {"Id": "e", "Expression": expression}],
        }),
    );
    if let Some(error) = answer["Error"].as_str() {
        return error.to_owned();
    }
    let line = |result: &Value| {
        let times: Vec<u64> = result["Timestamps"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it.as_f64().unwrap() as u64)
            .collect();
        let each = (0..5).map(|minute| {
            let at = times.iter().position(|it| *it == NOON_S - 300 + 60 * minute);
            at.map_or("-".to_owned(), |at| result["Values"][at].to_string())
        });
        format!("{} {}", result["Label"].as_str().unwrap(), each.collect::<Vec<_>>().join(" "))
    };
    answer["MetricDataResults"].as_array().unwrap().iter().map(line).collect::<Vec<_>>().join("; ")
}

#[test]
fn an_expression_has_numbers_where_all_that_it_names_have_some() {
    let mut cloud = cloud();
    let expressions = [
        "a",
        "a + b",
        "a - b",
        "b * 2",
        "100 * a / b",
        "a ^ 2",
        "-a ^ 2",
        "2 ^ 3 ^ 0 * a",
        "(a + 1) * 2",
        "a > 1",
        "a >= 2 && b > 5",
        "a == 1 OR b == 0",
        "SUM(METRICS())",
        "AVG(METRICS())",
        "MAX([a, b])",
        "MIN([a, b])",
        "STDDEV([a, b])",
        "a / SUM(a)",
        "a - AVG(a)",
        "FILL(a, 0)",
        "FILL(a, REPEAT)",
        "FILL(a, LINEAR)",
        "FILL(b, a)",
        "FILL(METRICS(), 0)",
        "IF(a > 2, a, b)",
        "IF(a > 2, a)",
        "IF(b, 1, 0)",
        "RATE(a)",
        "DIFF(a)",
        "DIFF_TIME(a)",
        "RUNNING_SUM(b)",
        "PERIOD(a) * a",
        "TIME_SERIES(7)",
        "ABS(a - 3)",
        "CEIL(a / 2)",
        "FLOOR(a / 2)",
        "LOG10(b)",
        "MINUTE(a)",
        "HOUR(a)",
        "DAY(a)",
        "FIRST(METRICS())",
        "LAST([a, b])",
        "SLICE(METRICS(), 1)",
        "SORT(METRICS(), SUM, DESC, 1)",
        "METRIC_COUNT(METRICS()) * a",
        "DATAPOINT_COUNT(a) * a",
        "METRICS(\"b\")",
        "REMOVE_EMPTY(METRICS())",
        "SEARCH('{shop,Shop} MetricName=\"a\"', 'Sum', 60)",
        "SEARCH('shop side', 'Maximum', 60)",
        "SEARCH('{shop,Shop} Shop=(\"a-side\" OR \"b-side\") NOT MetricName=\"b\"', 'Sum', 300)",
        "SUM(SEARCH('{shop,Shop} side', 'Sum', 60))",
        "SUM(a)",
        "c",
        "e",
        "a +",
        "a b",
        "(a",
        "SUM()",
        "NONSENSE(a)",
        "ANOMALY_DETECTION_BAND(a, 2)",
        "'text'",
        "SELECT SUM(a) FROM shop",
        "SELECT AVG(b) FROM SCHEMA(\"shop\", Shop) WHERE Shop = 'b-side' GROUP BY Shop",
        "select max(a) from \"shop\" where Shop != 'a-side'",
        "SELECT SUM(a) FROM shop GROUP BY Shop ORDER BY SUM() DESC LIMIT 1",
        "SELECT SUM(a) FROM",
        "SELECT MEDIAN(a) FROM shop",
        "a # b",
        "1.2.3",
    ];
    let lines: Vec<String> =
        expressions.iter().map(|it| format!("{it} => {}", numbers(&mut cloud, it))).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    a => e 1.0 2.0 - 4.0 5.0
    a + b => e 11.0 2.0 - 44.0 -
    a - b => e -9.0 2.0 - -36.0 -
    b * 2 => e 20.0 0.0 60.0 80.0 -
    100 * a / b => e 10.0 - - 10.0 -
    a ^ 2 => e 1.0 4.0 - 16.0 25.0
    -a ^ 2 => e -1.0 -4.0 - -16.0 -25.0
    2 ^ 3 ^ 0 * a => e 2.0 4.0 - 8.0 10.0
    (a + 1) * 2 => e 4.0 6.0 - 10.0 12.0
    a > 1 => e 0.0 1.0 - 1.0 1.0
    a >= 2 && b > 5 => e 0.0 0.0 - 1.0 -
    a == 1 OR b == 0 => e 1.0 1.0 - 0.0 -
    SUM(METRICS()) => e 11.0 2.0 30.0 44.0 5.0
    AVG(METRICS()) => e 5.5 1.0 30.0 22.0 5.0
    MAX([a, b]) => e 10.0 2.0 30.0 40.0 5.0
    MIN([a, b]) => e 1.0 0.0 30.0 4.0 5.0
    STDDEV([a, b]) => e 4.5 1.0 0.0 18.0 0.0
    a / SUM(a) => e 0.08333333333333333 0.16666666666666666 - 0.3333333333333333 0.4166666666666667
    a - AVG(a) => e -2.0 -1.0 - 1.0 2.0
    FILL(a, 0) => e 1.0 2.0 0.0 4.0 5.0
    FILL(a, REPEAT) => e 1.0 2.0 2.0 4.0 5.0
    FILL(a, LINEAR) => e 1.0 2.0 3.0 4.0 5.0
    FILL(b, a) => e 10.0 0.0 30.0 40.0 5.0
    FILL(METRICS(), 0) => a Sum 1.0 2.0 0.0 4.0 5.0; b Sum 10.0 0.0 30.0 40.0 0.0
    IF(a > 2, a, b) => e 10.0 0.0 - 4.0 5.0
    IF(a > 2, a) => e - - - 4.0 5.0
    IF(b, 1, 0) => e 1.0 0.0 1.0 1.0 -
    RATE(a) => e - 0.016666666666666666 - 0.016666666666666666 0.016666666666666666
    DIFF(a) => e - 1.0 - 2.0 1.0
    DIFF_TIME(a) => e - 60.0 - 120.0 60.0
    RUNNING_SUM(b) => e 10.0 10.0 40.0 80.0 -
    PERIOD(a) * a => e 60.0 120.0 - 240.0 300.0
    TIME_SERIES(7) => e 7.0 7.0 7.0 7.0 7.0
    ABS(a - 3) => e 2.0 1.0 - 1.0 2.0
    CEIL(a / 2) => e 1.0 1.0 - 2.0 3.0
    FLOOR(a / 2) => e 0.0 1.0 - 2.0 2.0
    LOG10(b) => e 1.0 - 1.4771212547196624 1.6020599913279625 -
    MINUTE(a) => e 55.0 56.0 - 58.0 59.0
    HOUR(a) => e 11.0 11.0 - 11.0 11.0
    DAY(a) => e 1.0 1.0 - 1.0 1.0
    FIRST(METRICS()) => e 1.0 2.0 - 4.0 5.0
    LAST([a, b]) => e 10.0 0.0 30.0 40.0 -
    SLICE(METRICS(), 1) => b Sum 10.0 0.0 30.0 40.0 -
    SORT(METRICS(), SUM, DESC, 1) => b Sum 10.0 0.0 30.0 40.0 -
    METRIC_COUNT(METRICS()) * a => e 2.0 4.0 - 8.0 10.0
    DATAPOINT_COUNT(a) * a => e 4.0 8.0 - 16.0 20.0
    METRICS("b") => b Sum 10.0 0.0 30.0 40.0 -
    REMOVE_EMPTY(METRICS()) => a Sum 1.0 2.0 - 4.0 5.0; b Sum 10.0 0.0 30.0 40.0 -
    SEARCH('{shop,Shop} MetricName="a"', 'Sum', 60) => a 1.0 2.0 - 4.0 5.0
    SEARCH('shop side', 'Maximum', 60) => a-side a 1.0 2.0 - 4.0 5.0; b-side b 10.0 0.0 30.0 40.0 -
    SEARCH('{shop,Shop} Shop=("a-side" OR "b-side") NOT MetricName="b"', 'Sum', 300) => a 12.0 - - - -
    SUM(SEARCH('{shop,Shop} side', 'Sum', 60)) => e 11.0 2.0 30.0 44.0 5.0
    SUM(a) => ValidationError: Error in expression 'e': The expression must return a time series
    c => ValidationError: Error in expression 'e': Unknown identifier 'c'
    e => ValidationError: Error in expression 'e': 'e' refers to itself
    a + => ValidationError: Error in expression 'e': Unexpected end of the expression
    a b => ValidationError: Error in expression 'e': Unexpected 'b'
    (a => ValidationError: Error in expression 'e': Unexpected end of the expression
    SUM() => ValidationError: Error in expression 'e': Function SUM needs an argument
    NONSENSE(a) => ValidationError: Error in expression 'e': Unknown function 'NONSENSE'
    ANOMALY_DETECTION_BAND(a, 2) => NotImplemented: Error in expression 'e': ANOMALY_DETECTION_BAND is not implemented by Cloudless.
    'text' => ValidationError: Error in expression 'e': The expression must return a time series
    SELECT SUM(a) FROM shop => e 1.0 2.0 - 4.0 5.0
    SELECT AVG(b) FROM SCHEMA("shop", Shop) WHERE Shop = 'b-side' GROUP BY Shop => b-side 10.0 0.0 30.0 40.0 -
    select max(a) from "shop" where Shop != 'a-side' => 
    SELECT SUM(a) FROM shop GROUP BY Shop ORDER BY SUM() DESC LIMIT 1 => a-side 1.0 2.0 - 4.0 5.0
    SELECT SUM(a) FROM => ValidationError: Error in expression 'e': It ends too early
    SELECT MEDIAN(a) FROM shop => ValidationError: Error in expression 'e': Unknown function 'MEDIAN'
    a # b => ValidationError: Error in expression 'e': Unexpected character '#'
    1.2.3 => ValidationError: Error in expression 'e': Invalid number '1.2.3'
    "#);
}

#[test]
fn a_label_may_tell_what_its_line_shows() {
    let mut cloud = cloud();
    let mut labels = String::new();
    for label in [
        "plain",
        "most ${MAX}, least ${MIN}",
        "${LABEL}: ${LAST} at ${LAST_TIME}",
        "${PROP('Dim.Shop')} ${PROP('MetricName')} ${PROP('Stat')} ${PROP('Period')}",
        "${AVG} of ${DATAPOINT_COUNT}, ${SUM}",
        "${UNKNOWN} ${",
    ] {
        let mut query = stat("a");
        query["ReturnData"] = json!(true);
        query["Label"] = json!(label);
        let input =
            json!({"StartTime": NOON_S - 300, "EndTime": NOON_S, "MetricDataQueries": [query]});
        let answer = cloud.call("GetMetricData", input);
        labels += &format!("{label} => {}\n", answer["MetricDataResults"][0]["Label"]);
    }
    insta::assert_snapshot!(labels, @r#"
    plain => "plain"
    most ${MAX}, least ${MIN} => "most 5, least 1"
    ${LABEL}: ${LAST} at ${LAST_TIME} => "a Sum: 5 at 2026-11-23T11:59:00.000Z"
    ${PROP('Dim.Shop')} ${PROP('MetricName')} ${PROP('Stat')} ${PROP('Period')} => "a-side a Sum 60"
    ${AVG} of ${DATAPOINT_COUNT}, ${SUM} => "3 of 4, 12"
    ${UNKNOWN} ${ => "${UNKNOWN} ${"
    "#);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_expression_is_too_strange(
        text in "([a-z0-9. ]{0,3}|[-+*/^()\\[\\],<>=&|'\"]|SUM\\(|FILL\\(|METRICS\\(\\)|REPEAT){0,24}", any in ".{0,40}",
        nested in 0_usize..3_000,
    ) {
        drop(crate::select::Select::parse(&text));
        drop(crate::select::Select::parse(&any));
        drop(parse(&text));
        drop(parse(&any));
        drop(parse(&"(".repeat(nested)));
        drop(parse(&"-".repeat(nested)));
        drop(Search::parse(&text));
        drop(Search::parse(&any));
        drop(Search::parse(&"NOT ".repeat(nested)));
        drop(numbers(&mut cloud(), &text));
    }
}
