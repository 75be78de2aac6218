//! What is put, kept, rolled up and listed.

use serde_json::{Value, json};

use super::harness::{Cloud, NOON_S};
use crate::key::MetricKey;
use crate::{Fact, Point, Unit};

/// What is refused, one line a datum.
fn refused(data: &[Value]) -> String {
    let mut cloud = Cloud::new();
    let mut lines = String::new();
    for datum in data {
        let mut datum = datum.clone();
        datum.as_object_mut().unwrap().entry("MetricName").or_insert(json!("orders"));
        let answer =
            cloud.call("PutMetricData", json!({"Namespace": "shop", "MetricData": [datum]}));
        lines += &format!("{}\n", answer["Error"].as_str().unwrap_or("ok"));
    }
    lines
}

#[test]
fn a_datum_that_makes_no_sense_is_refused_by_its_name() {
    let set = json!({"SampleCount": 2, "Sum": 3, "Minimum": 1, "Maximum": 2});
    let data = [
        json!({"Value": 1}),
        json!({}),
        json!({"MetricName": "", "Value": 1}),
        json!({"Value": "NaN"}),
        json!({"Value": 1e200}),
        json!({"Value": 1, "StatisticValues": set}),
        json!({"Value": 1, "Values": [1]}),
        json!({"Values": [1, 2], "Counts": [1]}),
        json!({"Values": []}),
        json!({"StatisticValues": {"SampleCount": 0, "Sum": 0, "Minimum": 0, "Maximum": 0}}),
        json!({"StatisticValues": {"SampleCount": 1}}),
        json!({"Value": 1, "Unit": "Parsecs"}),
        json!({"Value": 1, "Timestamp": NOON_S - 15 * 24 * 3600}),
        json!({"Value": 1, "Timestamp": NOON_S + 3 * 3600}),
        json!({"Value": 1, "Dimensions": [{"Name": "Shop"}]}),
        json!({"Value": 1, "Dimensions": vec![json!({"Name": "a", "Value": "b"}); 31]}),
    ];
    insta::assert_snapshot!(refused(&data), @"
    ok
    InvalidParameterCombination: At least one of the parameters MetricData.member.1.Value and MetricData.member.1.StatisticValues must be specified.
    MissingParameter: The parameter MetricData.member.1.MetricName is required.
    InvalidParameterValue: The value NaN for parameter MetricData.member.1.Value is invalid.
    InvalidParameterValue: The value 1e200 for parameter MetricData.member.1.Value is invalid.
    InvalidParameterCombination: The parameters MetricData.member.1.Value and MetricData.member.1.StatisticValues are mutually exclusive and you have specified both.
    InvalidParameterValue: The parameters MetricData.member.1.Value and MetricData.member.1.Values are mutually exclusive and you have specified both.
    InvalidParameterValue: The parameters MetricData.member.1.Values and MetricData.member.1.Counts must be of the same size.
    MissingParameter: The parameter MetricData.member.1.Values is required.
    InvalidParameterValue: The value 0.0 for parameter MetricData.member.1.StatisticValues.SampleCount is invalid.
    MissingParameter: The parameter MetricData.member.1.StatisticValues.Sum is required.
    InvalidParameterValue: The parameter MetricData.member.1.Unit must be a value in the set [ Seconds, Microseconds, Milliseconds, Bytes, Kilobytes, Megabytes, Gigabytes, Terabytes, Bits, Kilobits, Megabits, Gigabits, Terabits, Percent, Count, Bytes/Second, Kilobytes/Second, Megabytes/Second, Gigabytes/Second, Terabytes/Second, Bits/Second, Kilobits/Second, Megabits/Second, Gigabits/Second, Terabits/Second, Count/Second, None ].
    InvalidParameterValue: The parameter MetricData.member.1.Timestamp must specify a time within the past two weeks.
    InvalidParameterValue: The parameter MetricData.member.1.Timestamp must specify a time no more than two hours in the future.
    MissingParameter: The parameter MetricData.member.1.Dimensions.member.1.Value is required.
    InvalidParameterValue: The collection MetricData.member.1.Dimensions must not have a size greater than 30.
    ");
    let mut cloud = Cloud::new();
    let mut namespaces = String::new();
    for namespace in [json!(null), json!(""), json!("AWS/SQS"), json!(":x"), json!("x".repeat(256))]
    {
        let input =
            json!({"Namespace": namespace, "MetricData": [{"MetricName": "a", "Value": 1}]});
        let answer = cloud.call("PutMetricData", input);
        let said: String = answer["Error"].as_str().unwrap().chars().take(90).collect();
        namespaces += &format!("{said}\n");
    }
    insta::assert_snapshot!(namespaces, @"
    MissingParameter: The parameter Namespace is required.
    InvalidParameterValue: The parameter Namespace must not be empty.
    InvalidParameterValue: The value AWS/SQS for parameter Namespace is invalid.
    InvalidParameterValue: The value :x for parameter Namespace is invalid.
    InvalidParameterValue: The parameter Namespace must be shorter than 256 characters.
    ");
    cloud.check_restart();
}

/// CW cloudwatch_concepts: what is not written for two weeks is not listed any more.
#[test]
fn a_metric_is_listed_for_two_weeks_and_each_set_of_dimensions_is_one() {
    let mut cloud = Cloud::new();
    for dimensions in [json!([]), json!([{"Name": "B", "Value": "2"}, {"Name": "A", "Value": "1"}])]
    {
        let datum = json!({"MetricName": "orders", "Value": 1, "Dimensions": dimensions});
        cloud.call("PutMetricData", json!({"Namespace": "shop", "MetricData": [datum]}));
    }
    let listed = |cloud: &mut Cloud, input: Value| {
        let answer = cloud.call("ListMetrics", input);
        answer["Metrics"].as_array().map_or_else(|| answer.to_string(), |it| it.len().to_string())
    };
    let mut story = format!("{}\n", cloud.call("ListMetrics", json!({})));
    for (what, input) in [
        ("by value", json!({"Dimensions": [{"Name": "A", "Value": "1"}]})),
        ("by name", json!({"Dimensions": [{"Name": "B"}]})),
        ("another value", json!({"Dimensions": [{"Name": "A", "Value": "2"}]})),
        ("another namespace", json!({"Namespace": "shops"})),
        ("a strange token", json!({"NextToken": "x"})),
    ] {
        story += &format!("{what}: {}\n", listed(&mut cloud, input));
    }
    cloud.advance_s(4 * 3600);
    story += &format!("lately: {}\n", listed(&mut cloud, json!({"RecentlyActive": "PT3H"})));
    cloud.advance_s(14 * 24 * 3600);
    story += &format!("two weeks later: {}\n", listed(&mut cloud, json!({})));
    insta::assert_snapshot!(story, @r#"
    {"Metrics":[{"Namespace":"shop","MetricName":"orders","Dimensions":[]},{"Namespace":"shop","MetricName":"orders","Dimensions":[{"Name":"A","Value":"1"},{"Name":"B","Value":"2"}]}]}
    by value: 1
    by name: 1
    another value: 0
    another namespace: 0
    a strange token: {"Error":"InvalidParameterValue: Request parameter NextToken is invalid"}
    lately: 0
    two weeks later: 0
    "#);
    cloud.check_restart();
}

#[test]
fn a_list_goes_on_where_the_page_before_ended() {
    let mut cloud = Cloud::new();
    let data: Vec<_> =
        (0..700).map(|at| json!({"MetricName": format!("metric{at:03}"), "Value": at})).collect();
    cloud.call("PutMetricData", json!({"Namespace": "shop", "MetricData": data}));
    let first = cloud.call("ListMetrics", json!({"Namespace": "shop"}));
    let token = &first["NextToken"];
    let second = cloud.call("ListMetrics", json!({"Namespace": "shop", "NextToken": token}));
    let other = cloud.call("ListMetrics", json!({"NextToken": token}));
    let page = |page: &Value| {
        let metrics = page["Metrics"].as_array().unwrap();
        (metrics.len(), metrics[0]["MetricName"].clone(), page.get("NextToken").is_some())
    };
    insta::assert_snapshot!(format!("{:?}\n{:?}\n{other}", page(&first), page(&second)), @r#"
    (500, String("metric000"), true)
    (200, String("metric500"), false)
    {"Error":"InvalidParameterValue: Request parameter NextToken is invalid"}
    "#);
}

/// CW cloudwatch_concepts: a second's points for three hours, a minute's for 15 days, five minutes' for 63, an hour's for 455.
#[test]
fn points_are_kept_coarser_with_time_and_their_sums_stay() {
    let mut cloud = Cloud::new();
    for second in 0..600 {
        let datum = json!({
            "MetricName": "orders", "Timestamp": NOON_S + second, "Value": second, "StorageResolution": 1,
        });
        cloud.call("PutMetricData", json!({"Namespace": "shop", "MetricData": [datum]}));
    }
    let mut story = String::new();
    let day = 24 * 3600;
    for (what, more_s) in [
        ("at once", 0),
        ("after 3 hours", 3 * 3600 + 700),
        ("after 15 days", 15 * day),
        ("after 63 days", 63 * day),
        ("after 455 days", 455 * day),
    ] {
        cloud.advance_s(more_s);
        story += &format!("{what}:");
        for period in [1, 60, 300, 3600] {
            let input = json!({
                "Namespace": "shop", "MetricName": "orders", "StartTime": NOON_S, "Period": period,
                "EndTime": NOON_S + 600.max(period), "Statistics": ["Sum", "SampleCount"],
            });
            let answer = cloud.call("GetMetricStatistics", input);
            let points = answer["Datapoints"].as_array().unwrap();
            let sum = |of: &str| points.iter().fold(0.0, |sum, it| sum + it[of].as_f64().unwrap());
            story +=
                &format!(" {period} s: {} {} {};", points.len(), sum("Sum"), sum("SampleCount"));
        }
        story += &format!(
            " {} metrics, {} records\n",
            cloud.cloudwatch.metric_count(),
            cloud.store.len()
        );
        cloud.restart();
    }
    insta::assert_snapshot!(story, @"
    at once: 1 s: 600 179700 600; 60 s: 10 179700 600; 300 s: 2 179700 600; 3600 s: 1 179700 600; 1 metrics, 11 records
    after 3 hours: 1 s: 0 0 0; 60 s: 10 179700 600; 300 s: 2 179700 600; 3600 s: 1 179700 600; 1 metrics, 2 records
    after 15 days: 1 s: 0 0 0; 60 s: 0 0 0; 300 s: 2 179700 600; 3600 s: 1 179700 600; 1 metrics, 2 records
    after 63 days: 1 s: 0 0 0; 60 s: 0 0 0; 300 s: 0 0 0; 3600 s: 1 179700 600; 1 metrics, 2 records
    after 455 days: 1 s: 0 0 0; 60 s: 0 0 0; 300 s: 0 0 0; 3600 s: 0 0 0; 0 metrics, 0 records
    ");
}

#[test]
fn facts_of_services_are_added_in_one_step() {
    let mut cloud = Cloud::new();
    let key = |queue| {
        let dimensions = [("QueueName", queue)];
        MetricKey::new(
            &Default::default(),
            &Default::default(),
            "AWS/SQS",
            "NumberOfMessagesSent",
            dimensions,
        )
    };
    let fact = |queue, count| Fact {
        is_fine: false,
        metric: key(queue),
        unit: Unit::COUNT,
        at: kernel::time::Timestamp::from_ms(NOON_S * 1000),
        point: Point::of_values([(1.0, count)]).unwrap(),
    };
    cloud.handle(|it, cx| it.publish(cx, [fact("orders", 3.0), fact("parcels", 1.0)]));
    cloud.handle(|it, cx| it.publish(cx, [fact("orders", 2.0)]));
    let answer = cloud.call(
        "GetMetricStatistics",
        json!({
            "Namespace": "AWS/SQS", "MetricName": "NumberOfMessagesSent", "StartTime": NOON_S, "EndTime": NOON_S + 60,
            "Period": 60, "Statistics": ["Sum", "SampleCount"], "Dimensions": [{"Name": "QueueName", "Value": "orders"}],
        }),
    );
    insta::assert_snapshot!(answer, @r#"{"Label":"NumberOfMessagesSent","Datapoints":[{"Timestamp":1795435200.0,"SampleCount":5.0,"Sum":5.0,"Unit":"Count"}]}"#);
    cloud.check_restart();
}

#[test]
fn the_oldest_points_go_where_there_is_no_room() {
    let mut cloud = Cloud::new();
    cloud.cloudwatch.shelf.limit_bytes = Some(20_000);
    for hour in 0..200 {
        cloud.put_at(NOON_S - hour * 3600, 1.0);
    }
    cloud.check_restart();
    let input = json!({
        "Namespace": "shop", "MetricName": "orders", "StartTime": NOON_S - 200 * 3600, "EndTime": NOON_S + 60,
        "Period": 3600, "Statistics": ["Sum"],
    });
    let answer = cloud.call("GetMetricStatistics", input);
    let points = answer["Datapoints"].as_array().unwrap().len();
    assert!((50..100).contains(&points), "{points}");
    assert!(cloud.cloudwatch.points_size_bytes() <= 20_000);
}

/// 1,000 metrics with a point a minute for three days: 4.3 million points. What a million take is counted here.
#[test]
fn a_point_takes_few_bytes() {
    let mut cloud = Cloud::new();
    for metric in 0..10 {
        let name = format!("metric{metric}");
        let key = MetricKey::new(&Default::default(), &Default::default(), "AWS/Test", &name, []);
        for hour in 0..72 {
            let facts = (0..60).map(|minute| Fact {
                is_fine: false,
                metric: key.clone(),
                unit: Unit::NONE,
                at: kernel::time::Timestamp::from_ms((NOON_S + hour * 3600 + minute * 60) * 1000),
                point: Point::One(minute as f64),
            });
            cloud.handle(|it, cx| it.publish(cx, facts));
        }
    }
    let each = cloud.cloudwatch.points_size_bytes() / (10 * 72 * 60);
    assert!(each <= 30, "{each} bytes a point");
}
