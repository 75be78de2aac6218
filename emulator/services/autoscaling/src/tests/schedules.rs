use serde_json::{Value, json};

use super::harness::{Cloud, NOON_S};

fn put(cloud: &mut Cloud, name: &str, more: Value) -> String {
    let mut input = json!({ "AutoScalingGroupName": "shop", "ScheduledActionName": name });
    for (name, value) in more.as_object().unwrap() {
        input[name] = value.clone();
    }
    cloud.refused("PutScheduledUpdateGroupAction", input)
}

#[test]
fn capacity_follows_the_clock() {
    let mut cloud = Cloud::with_group(1, json!({}));
    put(&mut cloud, "once", json!({ "StartTime": NOON_S + 600, "DesiredCapacity": 3 }));
    put(
        &mut cloud,
        "evening",
        json!({ "Recurrence": "0 18 * * *", "TimeZone": "Europe/Berlin", "MinSize": 1, "MaxSize": 2, "DesiredCapacity": 2 }),
    );
    let listed = cloud.call("DescribeScheduledActions", json!({}));
    let listed: Vec<String> = listed["ScheduledUpdateGroupActions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            format!(
                "{} +{}s {} {}",
                it["ScheduledActionName"],
                it["StartTime"].as_f64().unwrap() as u64 - NOON_S,
                it["Recurrence"],
                it["TimeZone"]
            )
        })
        .collect();
    let mut lines = listed;
    cloud.advance_s(599);
    lines.push(cloud.group());
    cloud.restart();
    cloud.advance_s(1);
    lines.push(cloud.group());
    cloud.advance_s(5 * 3_600);
    lines.push(cloud.group());
    insta::assert_snapshot!(lines.join("\n"), @r#"
    "evening" +18000s "0 18 * * *" "Europe/Berlin"
    "once" +600s null null
    desired 1: i-01a InService
    desired 3: i-01a InService i-02b InService i-03c InService
    desired 2: i-01a InService i-03c InService
    "#);
    let activities = cloud.activities();
    let causes: Vec<&str> = activities.lines().filter(|line| line.contains("scheduled")).collect();
    insta::assert_snapshot!(causes.join("\n"), @"
    At 2026-11-30T12:10:00Z a scheduled action update of AutoScalingGroup constraints to min: 1, max: 12, desired: 3 changing the desired capacity from 1 to 3.  At 2026-11-30T12:10:00Z an instance was started in response to a difference between desired and actual capacity, increasing the capacity from 1 to 3.
    At 2026-11-30T12:10:00Z a scheduled action update of AutoScalingGroup constraints to min: 1, max: 12, desired: 3 changing the desired capacity from 1 to 3.  At 2026-11-30T12:10:00Z an instance was started in response to a difference between desired and actual capacity, increasing the capacity from 1 to 3.
    At 2026-11-30T17:00:00Z a scheduled action update of AutoScalingGroup constraints to min: 1, max: 2, desired: 2 changing the desired capacity from 3 to 2.  At 2026-11-30T17:00:00Z an instance was taken out of service in response to a difference between desired and actual capacity, shrinking the capacity from 3 to 2.  At 2026-11-30T17:00:00Z instance i-02 was selected for termination.
    ");
    cloud.check_restart();
}

#[test]
fn suspended_schedules_pass_by() {
    let mut cloud = Cloud::with_group(1, json!({}));
    put(&mut cloud, "hourly", json!({ "Recurrence": "0 * * * *", "DesiredCapacity": 3 }));
    cloud.call(
        "SuspendProcesses",
        json!({ "AutoScalingGroupName": "shop", "ScalingProcesses": ["ScheduledActions"] }),
    );
    cloud.advance_s(3_600);
    let held = cloud.group();
    cloud.call("ResumeProcesses", json!({ "AutoScalingGroupName": "shop" }));
    let resumed = cloud.group();
    cloud.advance_s(3_600);
    insta::assert_snapshot!([held, resumed, cloud.group()].join("\n"), @"
    desired 1: i-01a InService
    desired 1: i-01a InService
    desired 3: i-01a InService i-02b InService i-03c InService
    ");
}

#[test]
fn what_cannot_be_scheduled_is_refused() {
    let mut cloud = Cloud::with_group(1, json!({}));
    let mut told = vec![
        put(&mut cloud, "bad", json!({ "DesiredCapacity": 1 })),
        put(&mut cloud, "bad", json!({ "StartTime": NOON_S - 1, "DesiredCapacity": 1 })),
        put(&mut cloud, "bad", json!({ "StartTime": NOON_S + 60 })),
        put(&mut cloud, "bad", json!({ "Recurrence": "hourly", "DesiredCapacity": 1 })),
        put(
            &mut cloud,
            "bad",
            json!({ "Recurrence": "* * * * *", "TimeZone": "Mars/Olympus", "DesiredCapacity": 1 }),
        ),
        put(&mut cloud, "bad", json!({ "StartTime": NOON_S + 60, "MinSize": 3, "MaxSize": 1 })),
        put(
            &mut cloud,
            "bad",
            json!({ "StartTime": NOON_S + 60, "MinSize": 3, "DesiredCapacity": 1 }),
        ),
    ];
    let batch = json!({ "AutoScalingGroupName": "shop", "ScheduledUpdateGroupActions": [
        { "ScheduledActionName": "good", "Recurrence": "0 9 * * MON-FRI", "DesiredCapacity": 2 },
        { "ScheduledActionName": "bad", "Recurrence": "never", "DesiredCapacity": 2 },
    ]});
    told.push(cloud.call("BatchPutScheduledUpdateGroupAction", batch).to_string());
    let batch = json!({ "AutoScalingGroupName": "shop", "ScheduledActionNames": ["good", "bad"] });
    told.push(cloud.call("BatchDeleteScheduledAction", batch).to_string());
    insta::assert_snapshot!(told.join("\n"), @r#"
    ValidationError: Scheduled start time must be specified for non-recurrent future group action
    ValidationError: Given start time is in the past
    ValidationError: At least one of max size, min size, or desired capacity must be specified
    ValidationError: Given recurrence string: hourly is invalid
    ValidationError: Time zone specified does not conform to standardized time zones found in IANA Time Zone Database
    ValidationError: Min size must be less than or equal to max size
    ValidationError: Desired capacity must be greater than or equal to min size
    {"FailedScheduledUpdateGroupActions":[{"ScheduledActionName":"bad","ErrorCode":"ValidationError","ErrorMessage":"Given recurrence string: never is invalid"}]}
    {"FailedScheduledActions":[{"ScheduledActionName":"bad","ErrorCode":"ValidationError","ErrorMessage":"Scheduled action name not found"}]}
    "#);
    cloud.check_restart();
}
