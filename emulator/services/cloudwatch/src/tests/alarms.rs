//! Alarms: AWS's tables row by row, and stories over hours on the frozen clock.

use serde_json::{Value, json};

use super::harness::{Cloud, NOON_S};
use crate::Announcement;
use crate::alarm::verdict::{Required, Treatment, judge};
use crate::alarm::{Rule, StateValue};

/// What a row means for each treatment: missing, ignore, breaching, notBreaching; `keep` where the state stays.
fn row(points: &str, breaching: usize, of: usize) -> String {
    let range: Vec<Option<bool>> = points
        .chars()
        .map(|point| match point {
            'X' => Some(true),
            '0' => Some(false),
            _ => None,
        })
        .collect();
    let treatments =
        [Treatment::Missing, Treatment::Ignore, Treatment::Breaching, Treatment::NotBreaching];
    let judged = treatments.map(|treatment| {
        let state = judge(&range, Required { breaching, of }, treatment).state;
        state.map_or("keep", StateValue::as_str)
    });
    format!("{points}: {}", judged.join(" "))
}

fn rows(points: &[&str], breaching: usize, of: usize) -> String {
    points.iter().map(|points| row(points, breaching, of)).collect::<Vec<_>>().join("\n")
}

/// The table of AlarmThatSendsEmail.html#alarms-and-missing-data for M = N = 3 and a range of five.
#[test]
fn missing_points_count_as_the_table_for_three_of_three_says() {
    let table = rows(&["0-X-X", "0----", "-----", "0XX-X", "--X--"], 3, 3);
    insta::assert_snapshot!(table, @"
    0-X-X: OK OK OK OK
    0----: OK OK OK OK
    -----: INSUFFICIENT_DATA keep ALARM OK
    0XX-X: ALARM ALARM ALARM ALARM
    --X--: ALARM keep ALARM OK
    ");
}

/// The table of AlarmThatSendsEmail.html#alarms-and-missing-data for M = 2 of N = 3.
#[test]
fn missing_points_count_as_the_table_for_two_of_three_says() {
    let table = rows(&["0-X-X", "00X0X", "0-X--", "----0", "---X-"], 2, 3);
    insta::assert_snapshot!(table, @"
    0-X-X: ALARM ALARM ALARM ALARM
    00X0X: ALARM ALARM ALARM ALARM
    0-X--: OK OK ALARM OK
    ----0: OK OK ALARM OK
    ---X-: ALARM keep ALARM OK
    ");
}

/// "Avoiding premature transitions to alarm state", in AlarmThatSendsEmail.html: one breaching point alarms only when it is
/// as old as M periods and all since breaches or is missing.
#[test]
fn a_first_breaching_point_does_not_alarm_at_once() {
    let table = rows(
        &["----X", "---X-", "--X--", "--XX-", "---XX", "--X-0", "XX---", "00000", "XXXXX"],
        3,
        3,
    );
    insta::assert_snapshot!(table, @"
    ----X: keep keep ALARM OK
    ---X-: keep keep ALARM OK
    --X--: ALARM keep ALARM OK
    --XX-: ALARM keep ALARM OK
    ---XX: keep keep ALARM OK
    --X-0: OK OK OK OK
    XX---: ALARM keep ALARM OK
    00000: OK OK OK OK
    XXXXX: ALARM ALARM ALARM ALARM
    ");
}

fn alarm(more: Value) -> Value {
    let mut alarm = json!({
        "AlarmName": "busy", "Namespace": "shop", "MetricName": "orders", "Statistic": "Sum", "Period": 60,
        "EvaluationPeriods": 3, "Threshold": 50, "ComparisonOperator": "GreaterThanThreshold",
        "AlarmActions": ["arn:aws:lambda:us-east-1:000000000000:function:page"], "OKActions": ["arn:aws:sqs:us-east-1:000000000000:calm"],
    });
    alarm.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    alarm
}

/// The state of the alarm `busy`, and why.
fn state(cloud: &mut Cloud) -> String {
    let answer = cloud.call("DescribeAlarms", json!({"AlarmNames": ["busy"]}));
    let alarm = &answer["MetricAlarms"][0];
    format!("{}: {}", alarm["StateValue"].as_str().unwrap(), alarm["StateReason"].as_str().unwrap())
}

/// Puts a value each minute and tells each change of the state, with its minute.
fn story(cloud: &mut Cloud, values: &[Option<f64>]) -> String {
    let mut told = String::new();
    let mut before = state(cloud);
    for (minute, value) in values.iter().enumerate() {
        if let Some(value) = value {
            cloud.put(*value);
        }
        cloud.advance_s(60);
        let now = state(cloud);
        if now != before {
            told += &format!("minute {}: {now}\n", minute + 1);
            before = now;
        }
    }
    told
}

#[test]
fn three_of_three_points_alarm_and_one_that_is_fine_ends_it() {
    let mut cloud = Cloud::new();
    assert_eq!(cloud.call("PutMetricAlarm", alarm(json!({}))), json!({}));
    let told = story(&mut cloud, &[10.0, 20.0, 60.0, 70.0, 80.0, 90.0, 5.0, 5.0].map(Some));
    insta::assert_snapshot!(told, @"
    minute 1: OK: Threshold Crossed: 1 out of the last 1 datapoints [10.0 (23/11/26 12:00:00)] was not greater than the threshold (50.0) (minimum 1 datapoint for ALARM -> OK transition).
    minute 5: ALARM: Threshold Crossed: 3 out of the last 3 datapoints [80.0 (23/11/26 12:04:00), 70.0 (23/11/26 12:03:00), 60.0 (23/11/26 12:02:00)] were greater than the threshold (50.0) (minimum 3 datapoints for OK -> ALARM transition).
    minute 7: OK: Threshold Crossed: 1 out of the last 3 datapoints [5.0 (23/11/26 12:06:00)] was not greater than the threshold (50.0) (minimum 1 datapoint for ALARM -> OK transition).
    ");
    let actions: Vec<String> = cloud
        .announced
        .iter()
        .map(|it| {
            let Announcement::Action(action) = it;
            format!("{} {}", action.arn, action.event)
        })
        .collect();
    insta::assert_snapshot!(actions.join("\n"), @r#"
    arn:aws:sqs:us-east-1:000000000000:calm {"source":"aws.cloudwatch","alarmArn":"arn:aws:cloudwatch:us-east-1:000000000000:alarm:busy","accountId":"000000000000","time":"2026-11-23T12:01:00.000+0000","region":"us-east-1","alarmData":{"alarmName":"busy","state":{"value":"OK","reason":"Threshold Crossed: 1 out of the last 1 datapoints [10.0 (23/11/26 12:00:00)] was not greater than the threshold (50.0) (minimum 1 datapoint for ALARM -> OK transition).","reasonData":"{\"version\":\"1.0\",\"queryDate\":\"2026-11-23T12:01:00.000+0000\",\"startDate\":\"2026-11-23T12:00:00.000+0000\",\"statistic\":\"Sum\",\"period\":60,\"recentDatapoints\":[10.0],\"threshold\":50.0,\"evaluatedDatapoints\":[{\"timestamp\":\"2026-11-23T12:00:00.000+0000\",\"sampleCount\":1.0,\"value\":10.0}]}","timestamp":"2026-11-23T12:01:00.000+0000"},"previousState":{"value":"INSUFFICIENT_DATA","reason":"Unchecked: Initial alarm creation","timestamp":"2026-11-23T12:00:00.000+0000"},"configuration":{"metrics":[{"id":"m","metricStat":{"metric":{"namespace":"shop","name":"orders","dimensions":{}},"period":60,"stat":"Sum"},"returnData":true}]}}}
    arn:aws:lambda:us-east-1:000000000000:function:page {"source":"aws.cloudwatch","alarmArn":"arn:aws:cloudwatch:us-east-1:000000000000:alarm:busy","accountId":"000000000000","time":"2026-11-23T12:05:00.000+0000","region":"us-east-1","alarmData":{"alarmName":"busy","state":{"value":"ALARM","reason":"Threshold Crossed: 3 out of the last 3 datapoints [80.0 (23/11/26 12:04:00), 70.0 (23/11/26 12:03:00), 60.0 (23/11/26 12:02:00)] were greater than the threshold (50.0) (minimum 3 datapoints for OK -> ALARM transition).","reasonData":"{\"version\":\"1.0\",\"queryDate\":\"2026-11-23T12:05:00.000+0000\",\"startDate\":\"2026-11-23T12:02:00.000+0000\",\"statistic\":\"Sum\",\"period\":60,\"recentDatapoints\":[60.0,70.0,80.0],\"threshold\":50.0,\"evaluatedDatapoints\":[{\"timestamp\":\"2026-11-23T12:04:00.000+0000\",\"sampleCount\":1.0,\"value\":80.0},{\"timestamp\":\"2026-11-23T12:03:00.000+0000\",\"sampleCount\":1.0,\"value\":70.0},{\"timestamp\":\"2026-11-23T12:02:00.000+0000\",\"sampleCount\":1.0,\"value\":60.0}]}","timestamp":"2026-11-23T12:05:00.000+0000"},"previousState":{"value":"OK","reason":"Threshold Crossed: 1 out of the last 1 datapoints [10.0 (23/11/26 12:00:00)] was not greater than the threshold (50.0) (minimum 1 datapoint for ALARM -> OK transition).","reasonData":"{\"version\":\"1.0\",\"queryDate\":\"2026-11-23T12:01:00.000+0000\",\"startDate\":\"2026-11-23T12:00:00.000+0000\",\"statistic\":\"Sum\",\"period\":60,\"recentDatapoints\":[10.0],\"threshold\":50.0,\"evaluatedDatapoints\":[{\"timestamp\":\"2026-11-23T12:00:00.000+0000\",\"sampleCount\":1.0,\"value\":10.0}]}","timestamp":"2026-11-23T12:01:00.000+0000"},"configuration":{"metrics":[{"id":"m","metricStat":{"metric":{"namespace":"shop","name":"orders","dimensions":{}},"period":60,"stat":"Sum"},"returnData":true}]}}}
    arn:aws:sqs:us-east-1:000000000000:calm {"source":"aws.cloudwatch","alarmArn":"arn:aws:cloudwatch:us-east-1:000000000000:alarm:busy","accountId":"000000000000","time":"2026-11-23T12:07:00.000+0000","region":"us-east-1","alarmData":{"alarmName":"busy","state":{"value":"OK","reason":"Threshold Crossed: 1 out of the last 3 datapoints [5.0 (23/11/26 12:06:00)] was not greater than the threshold (50.0) (minimum 1 datapoint for ALARM -> OK transition).","reasonData":"{\"version\":\"1.0\",\"queryDate\":\"2026-11-23T12:07:00.000+0000\",\"startDate\":\"2026-11-23T12:04:00.000+0000\",\"statistic\":\"Sum\",\"period\":60,\"recentDatapoints\":[80.0,90.0,5.0],\"threshold\":50.0,\"evaluatedDatapoints\":[{\"timestamp\":\"2026-11-23T12:06:00.000+0000\",\"sampleCount\":1.0,\"value\":5.0},{\"timestamp\":\"2026-11-23T12:05:00.000+0000\",\"sampleCount\":1.0,\"value\":90.0},{\"timestamp\":\"2026-11-23T12:04:00.000+0000\",\"sampleCount\":1.0,\"value\":80.0}]}","timestamp":"2026-11-23T12:07:00.000+0000"},"previousState":{"value":"ALARM","reason":"Threshold Crossed: 3 out of the last 3 datapoints [80.0 (23/11/26 12:04:00), 70.0 (23/11/26 12:03:00), 60.0 (23/11/26 12:02:00)] were greater than the threshold (50.0) (minimum 3 datapoints for OK -> ALARM transition).","reasonData":"{\"version\":\"1.0\",\"queryDate\":\"2026-11-23T12:05:00.000+0000\",\"startDate\":\"2026-11-23T12:02:00.000+0000\",\"statistic\":\"Sum\",\"period\":60,\"recentDatapoints\":[60.0,70.0,80.0],\"threshold\":50.0,\"evaluatedDatapoints\":[{\"timestamp\":\"2026-11-23T12:04:00.000+0000\",\"sampleCount\":1.0,\"value\":80.0},{\"timestamp\":\"2026-11-23T12:03:00.000+0000\",\"sampleCount\":1.0,\"value\":70.0},{\"timestamp\":\"2026-11-23T12:02:00.000+0000\",\"sampleCount\":1.0,\"value\":60.0}]}","timestamp":"2026-11-23T12:05:00.000+0000"},"configuration":{"metrics":[{"id":"m","metricStat":{"metric":{"namespace":"shop","name":"orders","dimensions":{}},"period":60,"stat":"Sum"},"returnData":true}]}}}
    "#);
    let Announcement::Action(action) = &cloud.announced[0];
    insta::assert_snapshot!(action.message, @r#"{"AlarmName":"busy","AlarmDescription":null,"AWSAccountId":"000000000000","AlarmConfigurationUpdatedTimestamp":"2026-11-23T12:00:00.000+0000","NewStateValue":"OK","NewStateReason":"Threshold Crossed: 1 out of the last 1 datapoints [10.0 (23/11/26 12:00:00)] was not greater than the threshold (50.0) (minimum 1 datapoint for ALARM -> OK transition).","StateChangeTime":"2026-11-23T12:01:00.000+0000","Region":"US East (N. Virginia)","AlarmArn":"arn:aws:cloudwatch:us-east-1:000000000000:alarm:busy","OldStateValue":"INSUFFICIENT_DATA","OKActions":["arn:aws:sqs:us-east-1:000000000000:calm"],"AlarmActions":["arn:aws:lambda:us-east-1:000000000000:function:page"],"InsufficientDataActions":[],"Trigger":{"MetricName":"orders","Namespace":"shop","StatisticType":"Statistic","Unit":null,"Dimensions":[],"Statistic":"SUM","Period":60,"EvaluationPeriods":3,"ComparisonOperator":"GreaterThanThreshold","Threshold":50.0,"TreatMissingData":"","EvaluateLowSampleCountPercentile":""}}"#);
    cloud.restart();
    let history = cloud
        .call("DescribeAlarmHistory", json!({"AlarmName": "busy", "ScanBy": "TimestampAscending"}));
    let items: Vec<String> = history["AlarmHistoryItems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            format!("{} {} {}", it["HistoryItemType"], it["HistorySummary"], it["HistoryData"])
        })
        .collect();
    insta::assert_snapshot!(items.join("\n"), @r#"
    "ConfigurationUpdate" "Alarm \"busy\" created" "{\"version\":\"1.0\",\"type\":\"Create\",\"createdAlarm\":{\"alarmName\":\"busy\",\"okactions\":[\"arn:aws:sqs:us-east-1:000000000000:calm\"],\"alarmActions\":[\"arn:aws:lambda:us-east-1:000000000000:function:page\"],\"insufficientDataActions\":[],\"metricName\":\"orders\",\"namespace\":\"shop\",\"statistic\":\"Sum\",\"dimensions\":[],\"period\":60,\"evaluationPeriods\":3,\"threshold\":50.0,\"comparisonOperator\":\"GreaterThanThreshold\",\"metrics\":[],\"alarmArn\":\"arn:aws:cloudwatch:us-east-1:000000000000:alarm:busy\",\"actionsEnabled\":true,\"alarmConfigurationUpdatedTimestamp\":\"2026-11-23T12:00:00.000+0000\",\"stateValue\":\"INSUFFICIENT_DATA\",\"stateUpdatedTimestamp\":\"2026-11-23T12:00:00.000+0000\"}}"
    "StateUpdate" "Alarm updated from INSUFFICIENT_DATA to OK" "{\"version\":\"1.0\",\"oldState\":{\"stateValue\":\"INSUFFICIENT_DATA\",\"stateReason\":\"Unchecked: Initial alarm creation\"},\"newState\":{\"stateValue\":\"OK\",\"stateReason\":\"Threshold Crossed: 1 out of the last 1 datapoints [10.0 (23/11/26 12:00:00)] was not greater than the threshold (50.0) (minimum 1 datapoint for ALARM -> OK transition).\",\"stateReasonData\":{\"version\":\"1.0\",\"queryDate\":\"2026-11-23T12:01:00.000+0000\",\"startDate\":\"2026-11-23T12:00:00.000+0000\",\"statistic\":\"Sum\",\"period\":60,\"recentDatapoints\":[10.0],\"threshold\":50.0,\"evaluatedDatapoints\":[{\"timestamp\":\"2026-11-23T12:00:00.000+0000\",\"sampleCount\":1.0,\"value\":10.0}]}}}"
    "StateUpdate" "Alarm updated from OK to ALARM" "{\"version\":\"1.0\",\"oldState\":{\"stateValue\":\"OK\",\"stateReason\":\"Threshold Crossed: 1 out of the last 1 datapoints [10.0 (23/11/26 12:00:00)] was not greater than the threshold (50.0) (minimum 1 datapoint for ALARM -> OK transition).\",\"stateReasonData\":{\"version\":\"1.0\",\"queryDate\":\"2026-11-23T12:01:00.000+0000\",\"startDate\":\"2026-11-23T12:00:00.000+0000\",\"statistic\":\"Sum\",\"period\":60,\"recentDatapoints\":[10.0],\"threshold\":50.0,\"evaluatedDatapoints\":[{\"timestamp\":\"2026-11-23T12:00:00.000+0000\",\"sampleCount\":1.0,\"value\":10.0}]}},\"newState\":{\"stateValue\":\"ALARM\",\"stateReason\":\"Threshold Crossed: 3 out of the last 3 datapoints [80.0 (23/11/26 12:04:00), 70.0 (23/11/26 12:03:00), 60.0 (23/11/26 12:02:00)] were greater than the threshold (50.0) (minimum 3 datapoints for OK -> ALARM transition).\",\"stateReasonData\":{\"version\":\"1.0\",\"queryDate\":\"2026-11-23T12:05:00.000+0000\",\"startDate\":\"2026-11-23T12:02:00.000+0000\",\"statistic\":\"Sum\",\"period\":60,\"recentDatapoints\":[60.0,70.0,80.0],\"threshold\":50.0,\"evaluatedDatapoints\":[{\"timestamp\":\"2026-11-23T12:04:00.000+0000\",\"sampleCount\":1.0,\"value\":80.0},{\"timestamp\":\"2026-11-23T12:03:00.000+0000\",\"sampleCount\":1.0,\"value\":70.0},{\"timestamp\":\"2026-11-23T12:02:00.000+0000\",\"sampleCount\":1.0,\"value\":60.0}]}}}"
    "StateUpdate" "Alarm updated from ALARM to OK" "{\"version\":\"1.0\",\"oldState\":{\"stateValue\":\"ALARM\",\"stateReason\":\"Threshold Crossed: 3 out of the last 3 datapoints [80.0 (23/11/26 12:04:00), 70.0 (23/11/26 12:03:00), 60.0 (23/11/26 12:02:00)] were greater than the threshold (50.0) (minimum 3 datapoints for OK -> ALARM transition).\",\"stateReasonData\":{\"version\":\"1.0\",\"queryDate\":\"2026-11-23T12:05:00.000+0000\",\"startDate\":\"2026-11-23T12:02:00.000+0000\",\"statistic\":\"Sum\",\"period\":60,\"recentDatapoints\":[60.0,70.0,80.0],\"threshold\":50.0,\"evaluatedDatapoints\":[{\"timestamp\":\"2026-11-23T12:04:00.000+0000\",\"sampleCount\":1.0,\"value\":80.0},{\"timestamp\":\"2026-11-23T12:03:00.000+0000\",\"sampleCount\":1.0,\"value\":70.0},{\"timestamp\":\"2026-11-23T12:02:00.000+0000\",\"sampleCount\":1.0,\"value\":60.0}]}},\"newState\":{\"stateValue\":\"OK\",\"stateReason\":\"Threshold Crossed: 1 out of the last 3 datapoints [5.0 (23/11/26 12:06:00)] was not greater than the threshold (50.0) (minimum 1 datapoint for ALARM -> OK transition).\",\"stateReasonData\":{\"version\":\"1.0\",\"queryDate\":\"2026-11-23T12:07:00.000+0000\",\"startDate\":\"2026-11-23T12:04:00.000+0000\",\"statistic\":\"Sum\",\"period\":60,\"recentDatapoints\":[80.0,90.0,5.0],\"threshold\":50.0,\"evaluatedDatapoints\":[{\"timestamp\":\"2026-11-23T12:06:00.000+0000\",\"sampleCount\":1.0,\"value\":5.0},{\"timestamp\":\"2026-11-23T12:05:00.000+0000\",\"sampleCount\":1.0,\"value\":90.0},{\"timestamp\":\"2026-11-23T12:04:00.000+0000\",\"sampleCount\":1.0,\"value\":80.0}]}}}"
    "#);
}

/// CW AlarmThatSendsEmail: M of the last N points, one behind the other or not.
#[test]
fn m_of_n_alarms_over_hours_and_missing_points_count_as_told() {
    let mut told = String::new();
    for treatment in ["missing", "ignore", "breaching", "notBreaching"] {
        let mut cloud = Cloud::new();
        let more =
            json!({"EvaluationPeriods": 5, "DatapointsToAlarm": 2, "TreatMissingData": treatment});
        cloud.call("PutMetricAlarm", alarm(more));
        let fine = vec![Some(1.0); 120];
        let peaks = [Some(99.0), Some(1.0), Some(99.0), Some(1.0), Some(1.0), Some(1.0)];
        let silence = vec![None; 60];
        told += &format!(
            "{treatment}:\n{}",
            story(&mut cloud, &[&fine[..], &peaks, &silence, &fine[..10]].concat())
        );
        cloud.check_restart();
    }
    insta::assert_snapshot!(told, @"
    missing:
    minute 1: OK: Threshold Crossed: 1 out of the last 1 datapoints [1.0 (23/11/26 12:00:00)] was not greater than the threshold (50.0) (minimum 4 datapoints for ALARM -> OK transition).
    minute 123: ALARM: Threshold Crossed: 2 out of the last 5 datapoints [99.0 (23/11/26 14:02:00), 99.0 (23/11/26 14:00:00)] were greater than the threshold (50.0) (minimum 2 datapoints for OK -> ALARM transition).
    minute 126: OK: Threshold Crossed: 4 out of the last 5 datapoints [1.0 (23/11/26 14:05:00), 1.0 (23/11/26 14:04:00), 1.0 (23/11/26 14:03:00), 1.0 (23/11/26 14:01:00)] were not greater than the threshold (50.0) (minimum 4 datapoints for ALARM -> OK transition).
    minute 133: INSUFFICIENT_DATA: Insufficient Data: 5 datapoints were unknown.
    minute 187: OK: Threshold Crossed: 1 out of the last 1 datapoints [1.0 (23/11/26 15:06:00)] was not greater than the threshold (50.0) (minimum 4 datapoints for ALARM -> OK transition).
    ignore:
    minute 1: OK: Threshold Crossed: 1 out of the last 1 datapoints [1.0 (23/11/26 12:00:00)] was not greater than the threshold (50.0) (minimum 4 datapoints for ALARM -> OK transition).
    minute 123: ALARM: Threshold Crossed: 2 out of the last 5 datapoints [99.0 (23/11/26 14:02:00), 99.0 (23/11/26 14:00:00)] were greater than the threshold (50.0) (minimum 2 datapoints for OK -> ALARM transition).
    minute 126: OK: Threshold Crossed: 4 out of the last 5 datapoints [1.0 (23/11/26 14:05:00), 1.0 (23/11/26 14:04:00), 1.0 (23/11/26 14:03:00), 1.0 (23/11/26 14:01:00)] were not greater than the threshold (50.0) (minimum 4 datapoints for ALARM -> OK transition).
    breaching:
    minute 1: ALARM: Threshold Crossed: no datapoints were received for 4 periods and 4 missing datapoints were treated as [Breaching].
    minute 4: OK: Threshold Crossed: 4 out of the last 4 datapoints [1.0 (23/11/26 12:03:00), 1.0 (23/11/26 12:02:00), 1.0 (23/11/26 12:01:00), 1.0 (23/11/26 12:00:00)] were not greater than the threshold (50.0) and 1 missing datapoint was treated as [Breaching] (minimum 4 datapoints for ALARM -> OK transition).
    minute 123: ALARM: Threshold Crossed: 2 out of the last 5 datapoints [99.0 (23/11/26 14:02:00), 99.0 (23/11/26 14:00:00)] were greater than the threshold (50.0) (minimum 2 datapoints for OK -> ALARM transition).
    minute 126: OK: Threshold Crossed: 4 out of the last 5 datapoints [1.0 (23/11/26 14:05:00), 1.0 (23/11/26 14:04:00), 1.0 (23/11/26 14:03:00), 1.0 (23/11/26 14:01:00)] were not greater than the threshold (50.0) (minimum 4 datapoints for ALARM -> OK transition).
    minute 129: ALARM: Threshold Crossed: 1 out of the last 4 datapoints [99.0 (23/11/26 14:02:00)] was greater than the threshold (50.0) and 1 missing datapoint was treated as [Breaching] (minimum 2 datapoints for OK -> ALARM transition).
    minute 190: OK: Threshold Crossed: 4 out of the last 4 datapoints [1.0 (23/11/26 15:09:00), 1.0 (23/11/26 15:08:00), 1.0 (23/11/26 15:07:00), 1.0 (23/11/26 15:06:00)] were not greater than the threshold (50.0) and 1 missing datapoint was treated as [Breaching] (minimum 4 datapoints for ALARM -> OK transition).
    notBreaching:
    minute 1: OK: Threshold Crossed: 1 out of the last 1 datapoints [1.0 (23/11/26 12:00:00)] was not greater than the threshold (50.0) and 4 missing datapoints were treated as [NonBreaching] (minimum 4 datapoints for ALARM -> OK transition).
    minute 123: ALARM: Threshold Crossed: 2 out of the last 5 datapoints [99.0 (23/11/26 14:02:00), 99.0 (23/11/26 14:00:00)] were greater than the threshold (50.0) (minimum 2 datapoints for OK -> ALARM transition).
    minute 126: OK: Threshold Crossed: 4 out of the last 5 datapoints [1.0 (23/11/26 14:05:00), 1.0 (23/11/26 14:04:00), 1.0 (23/11/26 14:03:00), 1.0 (23/11/26 14:01:00)] were not greater than the threshold (50.0) (minimum 4 datapoints for ALARM -> OK transition).
    ");
}

#[test]
fn every_comparison_compares_as_its_name_says() {
    let mut told = String::new();
    for comparison in [
        "GreaterThanThreshold",
        "GreaterThanOrEqualToThreshold",
        "LessThanThreshold",
        "LessThanOrEqualToThreshold",
    ] {
        for value in [49.0, 50.0, 51.0] {
            let mut cloud = Cloud::new();
            cloud.call(
                "PutMetricAlarm",
                alarm(json!({"ComparisonOperator": comparison, "EvaluationPeriods": 1})),
            );
            cloud.put(value);
            cloud.advance_s(60);
            told += &format!("{}\n", state(&mut cloud));
        }
    }
    insta::assert_snapshot!(told, @"
    OK: Threshold Crossed: 1 out of the last 1 datapoints [49.0 (23/11/26 12:00:00)] was not greater than the threshold (50.0) (minimum 1 datapoint for ALARM -> OK transition).
    OK: Threshold Crossed: 1 out of the last 1 datapoints [50.0 (23/11/26 12:00:00)] was not greater than the threshold (50.0) (minimum 1 datapoint for ALARM -> OK transition).
    ALARM: Threshold Crossed: 1 out of the last 1 datapoints [51.0 (23/11/26 12:00:00)] was greater than the threshold (50.0) (minimum 1 datapoint for OK -> ALARM transition).
    OK: Threshold Crossed: 1 out of the last 1 datapoints [49.0 (23/11/26 12:00:00)] was not greater than or equal to the threshold (50.0) (minimum 1 datapoint for ALARM -> OK transition).
    ALARM: Threshold Crossed: 1 out of the last 1 datapoints [50.0 (23/11/26 12:00:00)] was greater than or equal to the threshold (50.0) (minimum 1 datapoint for OK -> ALARM transition).
    ALARM: Threshold Crossed: 1 out of the last 1 datapoints [51.0 (23/11/26 12:00:00)] was greater than or equal to the threshold (50.0) (minimum 1 datapoint for OK -> ALARM transition).
    ALARM: Threshold Crossed: 1 out of the last 1 datapoints [49.0 (23/11/26 12:00:00)] was less than the threshold (50.0) (minimum 1 datapoint for OK -> ALARM transition).
    OK: Threshold Crossed: 1 out of the last 1 datapoints [50.0 (23/11/26 12:00:00)] was not less than the threshold (50.0) (minimum 1 datapoint for ALARM -> OK transition).
    OK: Threshold Crossed: 1 out of the last 1 datapoints [51.0 (23/11/26 12:00:00)] was not less than the threshold (50.0) (minimum 1 datapoint for ALARM -> OK transition).
    ALARM: Threshold Crossed: 1 out of the last 1 datapoints [49.0 (23/11/26 12:00:00)] was less than or equal to the threshold (50.0) (minimum 1 datapoint for OK -> ALARM transition).
    ALARM: Threshold Crossed: 1 out of the last 1 datapoints [50.0 (23/11/26 12:00:00)] was less than or equal to the threshold (50.0) (minimum 1 datapoint for OK -> ALARM transition).
    OK: Threshold Crossed: 1 out of the last 1 datapoints [51.0 (23/11/26 12:00:00)] was not less than or equal to the threshold (50.0) (minimum 1 datapoint for ALARM -> OK transition).
    ");
}

/// CW AlarmThatSendsEmail: with a period of 10 or 30 s each 10 s.
#[test]
fn an_alarm_of_ten_seconds_looks_each_ten_seconds() {
    let mut cloud = Cloud::new();
    cloud.call("PutMetricAlarm", alarm(json!({"Period": 10, "EvaluationPeriods": 2})));
    for _ in 0..2 {
        let datum = json!({"MetricName": "orders", "Value": 60, "StorageResolution": 1});
        cloud.call("PutMetricData", json!({"Namespace": "shop", "MetricData": [datum]}));
        cloud.advance_s(10);
    }
    insta::assert_snapshot!(state(&mut cloud), @"ALARM: Threshold Crossed: 2 out of the last 2 datapoints [60.0 (23/11/26 12:00:10), 60.0 (23/11/26 12:00:00)] were greater than the threshold (50.0) (minimum 2 datapoints for OK -> ALARM transition).");
}

/// CW AlarmThatSendsEmail: with a period of a minute or more each 60 s, over a window that slides.
#[test]
fn an_alarm_of_five_minutes_looks_each_minute_at_the_last_five() {
    let mut cloud = Cloud::new();
    cloud.call(
        "PutMetricAlarm",
        alarm(json!({"Period": 300, "EvaluationPeriods": 1, "Statistic": "Average"})),
    );
    let told =
        story(&mut cloud, &[Some(0.0), Some(0.0), Some(200.0), Some(200.0), None, None, None]);
    insta::assert_snapshot!(told, @"
    minute 1: OK: Threshold Crossed: 1 out of the last 1 datapoints [0.0 (23/11/26 11:56:00)] was not greater than the threshold (50.0) (minimum 1 datapoint for ALARM -> OK transition).
    minute 3: ALARM: Threshold Crossed: 1 out of the last 1 datapoints [66.66666666666667 (23/11/26 11:58:00)] was greater than the threshold (50.0) (minimum 1 datapoint for OK -> ALARM transition).
    ");
}

/// CW AlarmThatSendsEmail: fewer values than 10 / (1 - p) are few.
#[test]
fn a_percentile_of_few_values_may_be_ignored() {
    let mut told = String::new();
    for option in ["evaluate", "ignore"] {
        let mut cloud = Cloud::new();
        let more = json!({
            "Statistic": null, "ExtendedStatistic": "p90", "EvaluationPeriods": 1, "EvaluateLowSampleCountPercentile": option,
        });
        cloud.call("PutMetricAlarm", alarm(more));
        cloud.put(60.0);
        cloud.advance_s(60);
        told += &format!("one value, {option}: {}\n", state(&mut cloud));
        let values: Vec<f64> = (0..100).map(f64::from).collect();
        let datum = json!({"MetricName": "orders", "Values": values});
        cloud.call("PutMetricData", json!({"Namespace": "shop", "MetricData": [datum]}));
        cloud.advance_s(60);
        told += &format!("a hundred, {option}: {}\n", state(&mut cloud));
    }
    insta::assert_snapshot!(told, @"
    one value, evaluate: ALARM: Threshold Crossed: 1 out of the last 1 datapoints [60.0 (23/11/26 12:00:00)] was greater than the threshold (50.0) (minimum 1 datapoint for OK -> ALARM transition).
    a hundred, evaluate: ALARM: Threshold Crossed: 1 out of the last 1 datapoints [60.0 (23/11/26 12:00:00)] was greater than the threshold (50.0) (minimum 1 datapoint for OK -> ALARM transition).
    one value, ignore: INSUFFICIENT_DATA: Unchecked: Initial alarm creation
    a hundred, ignore: ALARM: Threshold Crossed: 1 out of the last 1 datapoints [89.0 (23/11/26 12:01:00)] was greater than the threshold (50.0) (minimum 1 datapoint for OK -> ALARM transition).
    ");
}

#[test]
fn an_alarm_may_watch_an_expression() {
    let mut cloud = Cloud::new();
    let stat = |id: &str, name: &str| {
        json!({
            "Id": id, "ReturnData": false,
            "MetricStat": {"Metric": {"Namespace": "shop", "MetricName": name}, "Period": 60, "Stat": "Sum"},
        })
    };
    let put = cloud.call("PutMetricAlarm", json!({
        "AlarmName": "busy", "EvaluationPeriods": 1, "Threshold": 10, "ComparisonOperator": "GreaterThanThreshold",
        "Metrics": [stat("errors", "errors"), stat("all", "orders"), {"Id": "rate", "Expression": "100 * FILL(errors, 0) / all"}],
    }));
    assert_eq!(put, json!({}));
    let mut told = String::new();
    for (errors, orders) in [(1, 100), (20, 100), (0, 100)] {
        let data = [
            json!({"MetricName": "errors", "Value": errors}),
            json!({"MetricName": "orders", "Value": orders}),
        ];
        cloud.call("PutMetricData", json!({"Namespace": "shop", "MetricData": data}));
        cloud.advance_s(60);
        told += &format!("{}\n", state(&mut cloud));
    }
    insta::assert_snapshot!(told, @"
    OK: Threshold Crossed: 1 out of the last 1 datapoints [1.0 (23/11/26 12:00:00)] was not greater than the threshold (10.0) (minimum 1 datapoint for ALARM -> OK transition).
    ALARM: Threshold Crossed: 1 out of the last 1 datapoints [20.0 (23/11/26 12:01:00)] was greater than the threshold (10.0) (minimum 1 datapoint for OK -> ALARM transition).
    OK: Threshold Crossed: 1 out of the last 1 datapoints [0.0 (23/11/26 12:02:00)] was not greater than the threshold (10.0) (minimum 1 datapoint for ALARM -> OK transition).
    ");
    cloud.check_restart();
}

/// CW AlarmThatSendsEmail: what SetAlarmState says lasts until the alarm is looked at again.
#[test]
fn what_is_said_by_hand_lasts_until_the_next_evaluation() {
    let mut cloud = Cloud::new();
    cloud.call("PutMetricAlarm", alarm(json!({"EvaluationPeriods": 1})));
    cloud.put(1.0);
    cloud.advance_s(60);
    let mut told = format!("{}\n", state(&mut cloud));
    let said = json!({"AlarmName": "busy", "StateValue": "ALARM", "StateReason": "a drill", "StateReasonData": "{\"drill\": true}"});
    cloud.call("SetAlarmState", said);
    told += &format!("{}\n", state(&mut cloud));
    cloud.put(1.0);
    cloud.advance_s(60);
    told += &format!("{}\n", state(&mut cloud));
    for input in [
        json!({"AlarmName": "none", "StateValue": "OK", "StateReason": ""}),
        json!({"AlarmName": "busy", "StateValue": "OK", "StateReason": "", "StateReasonData": "{"}),
    ] {
        told += &format!("{}\n", cloud.call("SetAlarmState", input)["Error"].as_str().unwrap());
    }
    insta::assert_snapshot!(told, @"
    OK: Threshold Crossed: 1 out of the last 1 datapoints [1.0 (23/11/26 12:00:00)] was not greater than the threshold (50.0) (minimum 1 datapoint for ALARM -> OK transition).
    ALARM: a drill
    OK: Threshold Crossed: 1 out of the last 1 datapoints [1.0 (23/11/26 12:01:00)] was not greater than the threshold (50.0) (minimum 1 datapoint for ALARM -> OK transition).
    ResourceNotFound: The named resource does not exist.
    InvalidFormat: StateReasonData is not valid JSON
    ");
}

/// Nothing would change by itself: however far time is moved, it is cheap.
#[test]
fn an_alarm_without_points_sleeps_until_something_is_measured() {
    let mut cloud = Cloud::new();
    cloud.call(
        "PutMetricAlarm",
        alarm(json!({"EvaluationPeriods": 1, "TreatMissingData": "notBreaching"})),
    );
    cloud.advance_s(60);
    let mut told = format!("{}\n", state(&mut cloud));
    let steps = cloud.steps;
    cloud.advance_s(10_000 * 60);
    assert_eq!((cloud.steps, cloud.cloudwatch.awake_count()), (steps, 0));
    cloud.put(99.0);
    assert_eq!(cloud.cloudwatch.awake_count(), 1);
    cloud.advance_s(60);
    told += &format!("{}\n", state(&mut cloud));
    cloud.advance_s(10 * 60);
    told += &format!("{}\n", state(&mut cloud));
    insta::assert_snapshot!(told, @"
    OK: Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [NonBreaching].
    ALARM: Threshold Crossed: 1 out of the last 1 datapoints [99.0 (30/11/26 10:41:00)] was greater than the threshold (50.0) (minimum 1 datapoint for OK -> ALARM transition).
    OK: Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [NonBreaching].
    ");
    assert_eq!(cloud.cloudwatch.awake_count(), 0);
}

/// Auto Scaling hears it each minute while the alarm lasts; others once.
#[test]
fn actions_of_auto_scaling_are_repeated_each_minute() {
    let mut cloud = Cloud::new();
    let policy = "arn:aws:autoscaling:us-east-1:000000000000:scalingPolicy:id:autoScalingGroupName/web:policyName/out";
    let more = json!({"EvaluationPeriods": 1, "AlarmActions": ["arn:aws:sns:us-east-1:000000000000:ops", policy]});
    cloud.call("PutMetricAlarm", alarm(more));
    for _ in 0..5 {
        cloud.put(99.0);
        cloud.advance_s(60);
    }
    let of = |part: &str| {
        cloud
            .announced
            .iter()
            .filter(|it| {
                let Announcement::Action(action) = it;
                action.arn.contains(part)
            })
            .count()
    };
    assert_eq!((of(":sns:"), of(":autoscaling:")), (1, 5));
}

#[test]
fn a_composite_alarm_follows_its_rule_and_its_suppressor_holds_it_back() {
    let mut cloud = Cloud::new();
    for name in ["cpu", "disk", "deploying"] {
        let more = json!({"AlarmName": name, "MetricName": name, "TreatMissingData": "ignore"});
        cloud.call("PutMetricAlarm", alarm(more));
    }
    let composite = |rule: &str| {
        json!({
            "AlarmName": "all", "AlarmRule": rule, "AlarmActions": ["arn:aws:sns:us-east-1:000000000000:ops"],
            "ActionsSuppressor": "deploying", "ActionsSuppressorWaitPeriod": 60, "ActionsSuppressorExtensionPeriod": 120,
        })
    };
    let mut told = String::new();
    for rule in [
        "ALARM(cpu",
        "ALARM(nothing)",
        "ALARM(all)",
        "cpu",
        "ALARM(cpu) AND NOT (OK(\"disk\") OR FALSE)",
    ] {
        told += &format!("{rule} => {}\n", cloud.call("PutCompositeAlarm", composite(rule)));
    }
    let set = |cloud: &mut Cloud, name: &str, value: &str| {
        cloud.call(
            "SetAlarmState",
            json!({"AlarmName": name, "StateValue": value, "StateReason": "a drill"}),
        );
        let answer = cloud.call(
            "DescribeAlarms",
            json!({"AlarmNames": ["all"], "AlarmTypes": ["CompositeAlarm"]}),
        );
        let all = &answer["CompositeAlarms"][0];
        let sent = cloud
            .announced
            .iter()
            .filter(|it| {
                let Announcement::Action(action) = it;
                action.arn.ends_with(":ops")
            })
            .count();
        format!(
            "{name} {value} => {} {} {} sent: {sent}\n",
            all["StateValue"], all["StateReason"], all["ActionsSuppressedBy"]
        )
    };
    told += &set(&mut cloud, "cpu", "ALARM");
    cloud.advance_s(61);
    cloud.restart();
    told += &set(&mut cloud, "disk", "OK");
    told += &set(&mut cloud, "deploying", "ALARM");
    told += &set(&mut cloud, "cpu", "ALARM");
    told += &set(&mut cloud, "disk", "ALARM");
    told += &set(&mut cloud, "deploying", "OK");
    cloud.advance_s(121);
    told += &set(&mut cloud, "deploying", "OK");
    insta::assert_snapshot!(told, @r#"
    ALARM(cpu => {"Error":"ValidationError: Invalid alarm rule: ')' is expected"}
    ALARM(nothing) => {"Error":"ValidationError: Could not save the composite alarm as alarms [nothing] in the alarm rule do not exist"}
    ALARM(all) => {"Error":"ValidationError: Could not save the composite alarm as there is a cycle in the alarm rule"}
    cpu => {"Error":"ValidationError: Invalid alarm rule: unexpected 'cpu'"}
    ALARM(cpu) AND NOT (OK("disk") OR FALSE) => {}
    cpu ALARM => "ALARM" "arn:aws:cloudwatch:us-east-1:000000000000:alarm:cpu transitioned to ALARM at Monday 23 November, 2026 12:00:00 UTC" "WaitPeriod" sent: 0
    disk OK => "OK" "arn:aws:cloudwatch:us-east-1:000000000000:alarm:disk transitioned to OK at Monday 23 November, 2026 12:01:01 UTC" null sent: 1
    deploying ALARM => "OK" "arn:aws:cloudwatch:us-east-1:000000000000:alarm:disk transitioned to OK at Monday 23 November, 2026 12:01:01 UTC" null sent: 1
    cpu ALARM => "OK" "arn:aws:cloudwatch:us-east-1:000000000000:alarm:disk transitioned to OK at Monday 23 November, 2026 12:01:01 UTC" null sent: 1
    disk ALARM => "ALARM" "arn:aws:cloudwatch:us-east-1:000000000000:alarm:disk transitioned to ALARM at Monday 23 November, 2026 12:01:01 UTC" "Alarm" sent: 1
    deploying OK => "ALARM" "arn:aws:cloudwatch:us-east-1:000000000000:alarm:disk transitioned to ALARM at Monday 23 November, 2026 12:01:01 UTC" "ExtensionPeriod" sent: 1
    deploying OK => "ALARM" "arn:aws:cloudwatch:us-east-1:000000000000:alarm:disk transitioned to ALARM at Monday 23 November, 2026 12:01:01 UTC" null sent: 2
    "#);
    let children = cloud.call("DescribeAlarms", json!({"ChildrenOfAlarmName": "all"}));
    let parents = cloud.call("DescribeAlarms", json!({"ParentsOfAlarmName": "cpu"}));
    assert_eq!(
        (
            children["MetricAlarms"].as_array().unwrap().len(),
            parents["CompositeAlarms"].as_array().unwrap().len()
        ),
        (2, 1)
    );
    cloud.check_restart();
}

#[test]
fn an_alarm_that_makes_no_sense_is_refused() {
    let mut cloud = Cloud::new();
    let mut told = String::new();
    for more in [
        json!({"EvaluationPeriods": null}),
        json!({"ComparisonOperator": null}),
        json!({"Threshold": null}),
        json!({"Period": 45}),
        json!({"Period": 3600, "EvaluationPeriods": 200}),
        json!({"Period": 600, "EvaluationPeriods": 200}),
        json!({"DatapointsToAlarm": 4}),
        json!({"ExtendedStatistic": "p90"}),
        json!({"Statistic": null}),
        json!({"Statistic": null, "ExtendedStatistic": "90"}),
        json!({"TreatMissingData": "zero"}),
        json!({"EvaluateLowSampleCountPercentile": "unknown"}),
        json!({"AlarmActions": ["arn:alarm"]}),
        json!({"MetricName": null}),
        json!({"ComparisonOperator": "GreaterThanUpperThreshold"}),
        json!({"ThresholdMetricId": "t1"}),
        json!({"Metrics": [{"Id": "a", "Expression": "1"}]}),
    ] {
        let answer = cloud.call("PutMetricAlarm", alarm(more.clone()));
        told += &format!("{more} => {}\n", answer["Error"].as_str().unwrap_or("ok"));
    }
    for metrics in [
        json!([{"Id": "a", "Expression": "b"}]),
        json!([{"Id": "a", "Expression": "SEARCH('x', 'Sum', 60)"}]),
        json!([{"Id": "a"}]),
        json!([{"Id": "a", "Expression": "1"}, {"Id": "b", "Expression": "2"}]),
        json!([{"Id": "a", "Expression": "ANOMALY_DETECTION_BAND(a, 2)"}]),
    ] {
        let input = json!({"AlarmName": "x", "EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "GreaterThanThreshold", "Metrics": metrics});
        told += &format!(
            "{metrics} => {}\n",
            cloud.call("PutMetricAlarm", input)["Error"].as_str().unwrap_or("ok")
        );
    }
    insta::assert_snapshot!(told, @r#"
    {"EvaluationPeriods":null} => ValidationError: 1 validation error detected: Value null at 'evaluationPeriods' failed to satisfy constraint: Member must not be null
    {"ComparisonOperator":null} => ValidationError: 1 validation error detected: Value null at 'comparisonOperator' failed to satisfy constraint: Member must not be null
    {"Threshold":null} => ValidationError: The parameter Threshold is required.
    {"Period":45} => ValidationError: The parameter Period must be 10, 20, 30 or a multiple of 60.
    {"Period":3600,"EvaluationPeriods":200} => ValidationError: Metrics cannot be checked across more than a week (EvaluationPeriods * Period must be <= 604800).
    {"Period":600,"EvaluationPeriods":200} => ValidationError: Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400).
    {"DatapointsToAlarm":4} => ValidationError: DatapointsToAlarm must be less than or equal to EvaluationPeriods.
    {"ExtendedStatistic":"p90"} => ValidationError: The parameters Statistic and ExtendedStatistic are mutually exclusive and you have specified both.
    {"Statistic":null} => ValidationError: One of the parameters Statistic and ExtendedStatistic is required.
    {"Statistic":null,"ExtendedStatistic":"90"} => InvalidParameterValue: The value 90 for parameter ExtendedStatistic is not supported.
    {"TreatMissingData":"zero"} => ValidationError: Option zero is not supported. Supported options for parameter TreatMissingData are breaching, notBreaching, ignore and missing.
    {"EvaluateLowSampleCountPercentile":"unknown"} => ValidationError: Option unknown is not supported. Supported options for parameter EvaluateLowSampleCountPercentile are evaluate and ignore.
    {"AlarmActions":["arn:alarm"]} => ValidationError: Invalid arn syntax: arn:alarm
    {"MetricName":null} => ValidationError: The parameter MetricName is required.
    {"ComparisonOperator":"GreaterThanUpperThreshold"} => NotImplemented: The comparison GreaterThanUpperThreshold needs anomaly detection, which is not implemented by Cloudless.
    {"ThresholdMetricId":"t1"} => NotImplemented: The parameter ThresholdMetricId of PutMetricAlarm is not implemented by Cloudless.
    {"Metrics":[{"Id":"a","Expression":"1"}]} => ValidationError: The parameters Metrics and MetricName are mutually exclusive and you have specified both.
    [{"Id":"a","Expression":"b"}] => ValidationError: Error in expression 'a': Unknown identifier 'b'
    [{"Id":"a","Expression":"SEARCH('x', 'Sum', 60)"}] => ValidationError: Error in expression 'a': SEARCH is not supported in alarms
    [{"Id":"a"}] => ValidationError: The parameter Metrics.member.1.MetricStat is required.

    [{"Id":"a","Expression":"1"},{"Id":"b","Expression":"2"}] => ValidationError: Exactly one element of the metrics list should return data.
    [{"Id":"a","Expression":"ANOMALY_DETECTION_BAND(a, 2)"}] => NotImplemented: Error in expression 'a': ANOMALY_DETECTION_BAND is not implemented by Cloudless.
    "#);
}

#[test]
fn alarms_are_described_in_pages_tagged_and_deleted() {
    let mut cloud = Cloud::new();
    for at in 0..60 {
        cloud.call("PutMetricAlarm", alarm(json!({"AlarmName": format!("alarm{at:02}"), "Tags": [{"Key": "team", "Value": "shop"}]})));
    }
    let first = cloud.call("DescribeAlarms", json!({}));
    let second = cloud.call("DescribeAlarms", json!({"NextToken": first["NextToken"]}));
    let count = |page: &Value| page["MetricAlarms"].as_array().unwrap().len();
    let mut told =
        format!("{} and {}\n{}\n", count(&first), count(&second), first["MetricAlarms"][0]);
    let arn = json!("arn:aws:cloudwatch:us-east-1:000000000000:alarm:alarm00");
    for (operation, input) in [
        ("TagResource", json!({"ResourceARN": arn, "Tags": [{"Key": "stage", "Value": "test"}]})),
        ("UntagResource", json!({"ResourceARN": arn, "TagKeys": ["team"]})),
        ("ListTagsForResource", json!({"ResourceARN": arn})),
        (
            "ListTagsForResource",
            json!({"ResourceARN": "arn:aws:cloudwatch:us-east-1:000000000000:alarm:none"}),
        ),
        (
            "TagResource",
            json!({"ResourceARN": "arn:aws:cloudwatch:us-east-1:000000000000:alarm:none", "Tags": []}),
        ),
        ("DescribeAlarmsForMetric", json!({"Namespace": "shop", "MetricName": "returns"})),
        ("DisableAlarmActions", json!({"AlarmNames": ["alarm00", "none"]})),
        ("DeleteAlarms", json!({"AlarmNames": ["alarm01", "none"]})),
        ("DescribeAlarms", json!({"AlarmNamePrefix": "alarm01"})),
        ("DescribeAlarms", json!({"NextToken": "x"})),
    ] {
        told += &format!("{operation} => {}\n", cloud.call(operation, input));
    }
    insta::assert_snapshot!(told, @r#"
    50 and 10
    {"AlarmName":"alarm00","ActionsEnabled":true,"OKActions":["arn:aws:sqs:us-east-1:000000000000:calm"],"AlarmActions":["arn:aws:lambda:us-east-1:000000000000:function:page"],"InsufficientDataActions":[],"MetricName":"orders","Namespace":"shop","Statistic":"Sum","Dimensions":[],"Period":60,"EvaluationPeriods":3,"Threshold":50.0,"ComparisonOperator":"GreaterThanThreshold","Metrics":[],"AlarmArn":"arn:aws:cloudwatch:us-east-1:000000000000:alarm:alarm00","AlarmConfigurationUpdatedTimestamp":1795435200.0,"StateValue":"INSUFFICIENT_DATA","StateReason":"Unchecked: Initial alarm creation","StateUpdatedTimestamp":1795435200.0,"StateTransitionedTimestamp":1795435200.0}
    TagResource => {}
    UntagResource => {}
    ListTagsForResource => {"Tags":[{"Key":"stage","Value":"test"}]}
    ListTagsForResource => {"Tags":[]}
    TagResource => {"Error":"ResourceNotFoundException: Unknown"}
    DescribeAlarmsForMetric => {"MetricAlarms":[]}
    DisableAlarmActions => {}
    DeleteAlarms => {}
    DescribeAlarms => {"CompositeAlarms":[],"MetricAlarms":[]}
    DescribeAlarms => {"Error":"InvalidNextToken: The next token specified is invalid."}
    "#);
    cloud.check_restart();
    assert_eq!(cloud.now.as_s(), NOON_S);
}

/// CW AlarmThatSendsEmail: history is kept for 14 days.
#[test]
fn what_alarms_did_is_forgotten_after_two_weeks() {
    let mut cloud = Cloud::new();
    cloud.call("PutMetricAlarm", alarm(json!({})));
    let count = |cloud: &mut Cloud| {
        cloud.call("DescribeAlarmHistory", json!({}))["AlarmHistoryItems"].as_array().unwrap().len()
    };
    assert_eq!(count(&mut cloud), 1);
    cloud.advance_s(14 * 24 * 3600 + 1);
    assert_eq!(count(&mut cloud), 0);
    cloud.call("PutMetricAlarm", alarm(json!({})));
    assert_eq!(count(&mut cloud), 1);
    cloud.check_restart();
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn no_rule_is_too_strange(text in "(ALARM\\(|OK\\(|[()\"']|AND |OR |NOT |TRUE|[a-z ]{0,3}){0,24}", any in ".{0,40}", nested in 0_usize..3_000) {
        drop(Rule::parse(&text));
        drop(Rule::parse(&any));
        drop(Rule::parse(&"(".repeat(nested)));
        drop(Rule::parse(&"NOT ".repeat(nested)));
    }

    /// More points that breach never make an alarm less of one.
    #[test]
    fn a_breaching_point_never_ends_an_alarm(points in "[X0-]{5}", at in 0_usize..5, m in 1_usize..4) {
        let told = |points: &str| points.chars().map(|it| match it { 'X' => Some(true), '0' => Some(false), _ => None }).collect::<Vec<_>>();
        let before = judge(&told(&points), Required { breaching: m, of: 3 }, Treatment::NotBreaching).state;
        let mut worse = points.clone();
        if points.as_bytes()[at] == b'0' {
            worse.replace_range(at..=at, "X");
        }
        let after = judge(&told(&worse), Required { breaching: m, of: 3 }, Treatment::NotBreaching).state;
        proptest::prop_assert!(before != Some(StateValue::Alarm) || after == Some(StateValue::Alarm));
    }
}
