//! Dead letters go back.

use insta::assert_snapshot;
use kernel::service::Service as _;
use serde_json::{Value, json};

use super::harness::{Cloud, shown, text};

const DEAD: &str = "arn:aws:sqs:us-east-1:000000000000:dead";
const ELSEWHERE: &str = "arn:aws:sqs:us-east-1:000000000000:elsewhere";

/// `orders` with three messages that became dead letters, and a queue `elsewhere`.
fn three_dead_letters() -> Cloud {
    let mut cloud = Cloud::new();
    cloud.create("dead", json!({}));
    cloud.create("elsewhere", json!({}));
    let redrive = json!({ "deadLetterTargetArn": DEAD, "maxReceiveCount": 1 });
    cloud.create("orders", json!({ "RedrivePolicy": redrive.to_string() }));
    for body in ["a", "b", "c"] {
        cloud.send("orders", body);
    }
    cloud.receive("orders");
    cloud.advance_s(30);
    cloud.receive("orders");
    assert_eq!(cloud.counts("dead"), "3 visible, 0 in flight, 0 delayed");
    cloud
}

fn tasks(cloud: &mut Cloud) -> String {
    let mut listed =
        cloud.call("ListMessageMoveTasks", json!({ "SourceArn": DEAD, "MaxResults": 10 }));
    for task in listed["Results"].as_array_mut().into_iter().flatten() {
        if task.get("TaskHandle").is_some() {
            task["TaskHandle"] = "…".into();
        }
    }
    shown(&listed)
}

#[test]
fn messages_go_back_to_where_each_came_from_as_new_ones() {
    let mut cloud = three_dead_letters();
    let handle =
        cloud.call("StartMessageMoveTask", json!({ "SourceArn": DEAD }))["TaskHandle"].take();
    assert!(handle.is_string());
    assert_eq!(cloud.sqs.outstanding(), ["3 messages of dead are to be moved"]);
    let again = cloud.call("StartMessageMoveTask", json!({ "SourceArn": DEAD }));
    cloud.restart();
    cloud.announced.clear();
    cloud.advance_s(1);
    assert!(cloud.announced.contains(&"orders".to_owned()));
    let moved = cloud.receive_all("orders");
    assert_snapshot!(
        format!(
            "again: {}\n{}\n{}\n{}\n{:?}",
            shown(&again),
            tasks(&mut cloud),
            moved.iter().map(|message| text(&message["Body"])).collect::<String>(),
            shown(&moved[0]["Attributes"]),
            cloud.sqs.outstanding(),
        ),
        @r#"
    again: 400 InvalidParameterValue: There is already a task running. Only one active task is allowed for a source queue arn at a given time.
    {
      "Results": [
        {
          "Status": "COMPLETED",
          "SourceArn": "arn:aws:sqs:us-east-1:000000000000:dead",
          "ApproximateNumberOfMessagesMoved": 3,
          "ApproximateNumberOfMessagesToMove": 3,
          "StartedTimestamp": 1800000030000
        }
      ]
    }
    abc
    {
      "ApproximateFirstReceiveTimestamp": "1800000031000",
      "ApproximateReceiveCount": "1",
      "SenderId": "000000000000",
      "SentTimestamp": "1800000030001"
    }
    []
    "#
    );
    let late = cloud.call("CancelMessageMoveTask", json!({ "TaskHandle": handle }));
    assert_snapshot!(shown(&late), @"400 AWS.SimpleQueueService.UnsupportedOperation: Only active tasks can be cancelled.");
    cloud.check_restart();
}

#[test]
fn a_rate_is_kept_and_a_task_can_be_stopped_on_the_way() {
    let mut cloud = three_dead_letters();
    let input = json!({
        "SourceArn": DEAD, "DestinationArn": ELSEWHERE, "MaxNumberOfMessagesPerSecond": 1,
    });
    let handle = cloud.call("StartMessageMoveTask", input)["TaskHandle"].take();
    let mut seen = vec![tasks(&mut cloud)];
    for _ in 0..2 {
        cloud.advance_s(1);
        cloud.restart();
        seen.push(cloud.counts("elsewhere"));
    }
    seen.push(shown(&cloud.call("CancelMessageMoveTask", json!({ "TaskHandle": handle }))));
    cloud.advance_s(60);
    seen.push(cloud.counts("elsewhere"));
    seen.push(cloud.counts("dead"));
    seen.push(tasks(&mut cloud));
    assert_snapshot!(seen.join("\n"), @r#"
    {
      "Results": [
        {
          "TaskHandle": "…",
          "Status": "RUNNING",
          "SourceArn": "arn:aws:sqs:us-east-1:000000000000:dead",
          "DestinationArn": "arn:aws:sqs:us-east-1:000000000000:elsewhere",
          "MaxNumberOfMessagesPerSecond": 1,
          "ApproximateNumberOfMessagesMoved": 0,
          "ApproximateNumberOfMessagesToMove": 3,
          "StartedTimestamp": 1800000030000
        }
      ]
    }
    1 visible, 0 in flight, 0 delayed
    2 visible, 0 in flight, 0 delayed
    {
      "ApproximateNumberOfMessagesMoved": 2
    }
    2 visible, 0 in flight, 0 delayed
    1 visible, 0 in flight, 0 delayed
    {
      "Results": [
        {
          "Status": "CANCELLED",
          "SourceArn": "arn:aws:sqs:us-east-1:000000000000:dead",
          "DestinationArn": "arn:aws:sqs:us-east-1:000000000000:elsewhere",
          "MaxNumberOfMessagesPerSecond": 1,
          "ApproximateNumberOfMessagesMoved": 2,
          "ApproximateNumberOfMessagesToMove": 3,
          "StartedTimestamp": 1800000030000
        }
      ]
    }
    "#);
    cloud.check_restart();
}

#[test]
fn a_message_that_came_from_nowhere_stops_the_task() {
    let mut cloud = three_dead_letters();
    cloud.receive("dead");
    cloud.send("dead", "sent by hand");
    cloud.call("StartMessageMoveTask", json!({ "SourceArn": DEAD }));
    cloud.advance_s(1);
    assert_snapshot!(tasks(&mut cloud), @r#"
    {
      "Results": [
        {
          "Status": "FAILED",
          "SourceArn": "arn:aws:sqs:us-east-1:000000000000:dead",
          "ApproximateNumberOfMessagesMoved": 0,
          "ApproximateNumberOfMessagesToMove": 1,
          "FailureReason": "CouldNotDetermineMessageSource",
          "StartedTimestamp": 1800000030000
        }
      ]
    }
    "#);
    let gone = json!({ "Queue": "dead" });
    cloud.call("DeleteQueue", gone);
    assert_snapshot!(tasks(&mut cloud), @"404 ResourceNotFoundException: The resource that you specified for the SourceArn parameter doesn't exist.");
    cloud.check_restart();
}

#[test]
fn what_cannot_be_moved_is_refused() {
    let mut cloud = three_dead_letters();
    cloud.create("orders.fifo", json!({ "FifoQueue": "true" }));
    let mut ask = |operation: &str, input: Value| shown(&cloud.call(operation, input));
    let arn = |name: &str| format!("arn:aws:sqs:us-east-1:000000000000:{name}");
    let answers = [
        ask("StartMessageMoveTask", json!({})),
        ask("StartMessageMoveTask", json!({ "SourceArn": "dead" })),
        ask("StartMessageMoveTask", json!({ "SourceArn": arn("nowhere") })),
        ask("StartMessageMoveTask", json!({ "SourceArn": arn("orders") })),
        ask("StartMessageMoveTask", json!({ "SourceArn": DEAD, "DestinationArn": DEAD })),
        ask("StartMessageMoveTask", json!({ "SourceArn": DEAD, "DestinationArn": arn("nowhere") })),
        ask(
            "StartMessageMoveTask",
            json!({ "SourceArn": DEAD, "DestinationArn": arn("orders.fifo") }),
        ),
        ask(
            "StartMessageMoveTask",
            json!({ "SourceArn": DEAD, "MaxNumberOfMessagesPerSecond": 501 }),
        ),
        ask("ListMessageMoveTasks", json!({ "SourceArn": DEAD, "MaxResults": 11 })),
        ask("ListMessageMoveTasks", json!({ "SourceArn": DEAD })),
        ask("CancelMessageMoveTask", json!({ "TaskHandle": "garbage" })),
        ask("CancelMessageMoveTask", json!({})),
    ];
    assert_snapshot!(answers.join("\n"), @"
    400 InvalidParameterValue: You must use this format to specify the SourceArn: arn:<partition>:<service>:<region>:<account-id>:<resource-id>
    400 InvalidParameterValue: You must use this format to specify the SourceArn: arn:<partition>:<service>:<region>:<account-id>:<resource-id>
    404 ResourceNotFoundException: The resource that you specified for the SourceArn parameter doesn't exist.
    400 InvalidParameterValue: Source queue must be configured as a Dead Letter Queue.
    400 InvalidParameterValue: Source queue arn and destination queue arn cannot be the same.
    404 ResourceNotFoundException: The resource that you specified for the DestinationArn parameter doesn't exist.
    400 InvalidParameterValue: The source queue and destination queue must be of the same queue type.
    400 InvalidParameterValue: Value for parameter MaxNumberOfMessagesPerSecond is invalid. Reason: You must enter a number that's between 1 and 500.
    400 InvalidParameterValue: Value for parameter MaxResults is invalid. Reason: You must enter a number that's between 1 and 10.
    {}
    400 InvalidParameterValue: Value for parameter TaskHandle is invalid.
    400 InvalidParameterValue: The TaskHandle parameter is required.
    ");
}
