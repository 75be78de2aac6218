//! `GetMetricStatistics` and `GetMetricData`: which points, which refusals, which pages.

use serde_json::{Value, json};

use super::harness::{Cloud, NOON_S};

fn statistics(cloud: &mut Cloud, more: Value) -> String {
    let mut input = json!({
        "Namespace": "shop", "MetricName": "orders", "StartTime": NOON_S - 600, "EndTime": NOON_S,
        "Period": 300, "Statistics": ["Sum"],
    });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let answer = cloud.call("GetMetricStatistics", input);
    answer["Error"].as_str().map_or_else(|| answer["Datapoints"].to_string(), str::to_owned)
}

#[test]
fn statistics_are_of_periods_from_the_rounded_start_on() {
    let mut cloud = Cloud::new();
    for minute in 1..=10 {
        cloud.put_at(NOON_S - 60 * minute, minute as f64);
    }
    let stories = [
        json!({}),
        json!({"StartTime": NOON_S - 570, "Period": 60, "EndTime": NOON_S - 480}),
        json!({"Statistics": ["Average", "Maximum"], "ExtendedStatistics": ["p50", "tm90"]}),
        json!({"Unit": "Count"}),
        json!({"Statistics": null}),
        json!({"Statistics": ["Mean"]}),
        json!({"ExtendedStatistics": ["90"]}),
        json!({"StartTime": NOON_S}),
        json!({"Period": 7}),
        json!({"Period": null}),
        json!({"StartTime": NOON_S - 86_460, "Period": 60}),
        json!({"Unit": "Parsecs"}),
    ];
    let lines = stories.map(|more| format!("{more} => {}", statistics(&mut cloud, more.clone())));
    insta::assert_snapshot!(lines.join("\n"), @r#"
    {} => [{"Timestamp":1795434600.0,"Sum":40.0,"Unit":"None"},{"Timestamp":1795434900.0,"Sum":15.0,"Unit":"None"}]
    {"StartTime":1795434630,"Period":60,"EndTime":1795434720} => [{"Timestamp":1795434600.0,"Sum":10.0,"Unit":"None"},{"Timestamp":1795434660.0,"Sum":9.0,"Unit":"None"}]
    {"Statistics":["Average","Maximum"],"ExtendedStatistics":["p50","tm90"]} => [{"Timestamp":1795434600.0,"Average":8.0,"Maximum":10.0,"Unit":"None","ExtendedStatistics":{"p50":8.0,"tm90":7.777777777777778}},{"Timestamp":1795434900.0,"Average":3.0,"Maximum":5.0,"Unit":"None","ExtendedStatistics":{"p50":3.0,"tm90":2.7777777777777777}}]
    {"Unit":"Count"} => []
    {"Statistics":null} => InvalidParameterCombination: Must specify either Statistics or ExtendedStatistics
    {"Statistics":["Mean"]} => InvalidParameterValue: The parameter Statistics.member.1 must be a value in the set [ SampleCount, Average, Sum, Minimum, Maximum ].
    {"ExtendedStatistics":["90"]} => InvalidParameterValue: The value 90 for parameter ExtendedStatistics.member.1 is not supported.
    {"StartTime":1795435200} => InvalidParameterValue: The parameter StartTime must be less than the parameter EndTime.
    {"Period":7} => InvalidParameterValue: The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.
    {"Period":null} => MissingParameter: The parameter Period is required.
    {"StartTime":1795348740,"Period":60} => InvalidParameterCombination: You have requested up to 1,441 datapoints, which exceeds the limit of 1,440. You may reduce the datapoints requested by increasing Period, or decreasing the time range.
    {"Unit":"Parsecs"} => InvalidParameterValue: The parameter Unit must be a value in the set [ Seconds, Microseconds, Milliseconds, Bytes, Kilobytes, Megabytes, Gigabytes, Terabytes, Bits, Kilobits, Megabits, Gigabits, Terabits, Percent, Count, Bytes/Second, Kilobytes/Second, Megabytes/Second, Gigabytes/Second, Terabytes/Second, Bits/Second, Kilobits/Second, Megabits/Second, Gigabits/Second, Terabits/Second, Count/Second, None ].
    "#);
}

#[test]
fn points_of_several_units_are_told_apart_by_statistics_and_together_in_data() {
    let mut cloud = Cloud::new();
    for (unit, value) in [("Seconds", 50), ("None", -50)] {
        let datum = json!({"MetricName": "orders", "Value": value, "Unit": unit});
        cloud.call("PutMetricData", json!({"Namespace": "shop", "MetricData": [datum]}));
    }
    let metric = json!({"Namespace": "shop", "MetricName": "orders"});
    let query = |id: &str, unit: Value| json!({"Id": id, "MetricStat": {"Metric": metric, "Period": 60, "Stat": "SampleCount", "Unit": unit}});
    let data = cloud.call(
        "GetMetricData",
        json!({"StartTime": NOON_S, "EndTime": NOON_S + 60, "MetricDataQueries": [query("all", json!(null)), query("one", json!("Seconds"))]}),
    );
    let told =
        statistics(&mut cloud, json!({"StartTime": NOON_S, "EndTime": NOON_S + 60, "Period": 60}));
    insta::assert_snapshot!(format!("{told}\n{data}"), @r#"
    [{"Timestamp":1795435200.0,"Sum":50.0,"Unit":"Seconds"},{"Timestamp":1795435200.0,"Sum":-50.0,"Unit":"None"}]
    {"MetricDataResults":[{"Id":"all","Label":"orders SampleCount","Timestamps":[1795435200.0],"Values":[2.0],"StatusCode":"Complete"},{"Id":"one","Label":"orders SampleCount","Timestamps":[1795435200.0],"Values":[1.0],"StatusCode":"Complete"}],"Messages":[]}
    "#);
}

#[test]
fn data_come_in_pages_the_newest_first() {
    let mut cloud = Cloud::new();
    for minute in 1..=5 {
        cloud.put_at(NOON_S - 60 * minute, minute as f64);
    }
    let metric = json!({"Namespace": "shop", "MetricName": "orders"});
    let query =
        |id: &str| json!({"Id": id, "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}});
    let mut token = Value::Null;
    let mut pages = String::new();
    loop {
        let input = json!({
            "StartTime": NOON_S - 300, "EndTime": NOON_S, "MaxDatapoints": 4, "NextToken": token,
            "MetricDataQueries": [query("one"), query("two")],
        });
        let answer = cloud.call("GetMetricData", input);
        for result in answer["MetricDataResults"].as_array().unwrap() {
            pages += &format!("{} {} {}; ", result["Id"], result["Values"], result["StatusCode"]);
        }
        pages.push('\n');
        match answer.get("NextToken") {
            Some(next) => token = next.clone(),
            None => break,
        }
    }
    insta::assert_snapshot!(pages, @r#"
    "one" [1.0,2.0,3.0,4.0] "PartialData"; 
    "one" [5.0] "Complete"; "two" [1.0,2.0,3.0] "PartialData"; 
    "two" [4.0,5.0] "Complete";
    "#);
}

#[test]
fn queries_that_make_no_sense_are_refused_together() {
    let mut cloud = Cloud::new();
    let metric = json!({"Namespace": "shop", "MetricName": "orders"});
    let stat = |stat: &str, period: u64| json!({"Metric": metric, "Period": period, "Stat": stat});
    let answer = cloud.call(
        "GetMetricData",
        json!({"StartTime": NOON_S - 300, "EndTime": NOON_S, "MetricDataQueries": [
            {"Id": "Big", "MetricStat": stat("Sum", 60)}, {"Id": "a"}, {"Id": "a", "MetricStat": stat("Mean", 61)},
            {"Id": "b", "MetricStat": stat("Sum", 60), "Expression": "a"},
        ]}),
    );
    let empty = json!([{"Id": "a", "Expression": "1"}]);
    let equal = cloud.call(
        "GetMetricData",
        json!({"StartTime": NOON_S, "EndTime": NOON_S, "MetricDataQueries": empty}),
    );
    let late = cloud.call(
        "GetMetricData",
        json!({"StartTime": NOON_S, "EndTime": NOON_S - 1, "MetricDataQueries": empty}),
    );
    let token = cloud.call(
        "GetMetricData",
        json!({"StartTime": NOON_S, "EndTime": NOON_S + 60, "NextToken": "x", "MetricDataQueries": [{"Id": "a", "MetricStat": stat("Sum", 60)}]}),
    );
    let texts = [answer, equal, late, token].map(|it| it["Error"].as_str().unwrap().to_owned());
    insta::assert_snapshot!(texts.join("\n"), @"
    ValidationError: The value Big for parameter MetricDataQueries.member.1.Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$.
    The parameter MetricDataQueries.member.2.MetricStat is required.
    The values for parameter id in MetricDataQueries are not unique.
    The value for parameter MetricDataQueries.member.3.MetricStat.Stat is not a valid statistic.
    The parameter MetricDataQueries.member.3.MetricStat.Period must be 1, 5, 10, 20, 30 or a multiple of 60.
    The parameters MetricDataQueries.member.4.Expression and MetricDataQueries.member.4.MetricStat are mutually exclusive and you have specified both.

    ValidationError: The parameter StartTime must not equal parameter EndTime.
    ValidationError: The parameter EndTime must be greater than StartTime.
    InvalidNextToken: The next token specified is invalid.
    ");
}
