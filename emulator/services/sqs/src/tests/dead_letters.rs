//! Messages that cannot be processed.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::harness::{Cloud, shown, text};

const DEAD: &str = "arn:aws:sqs:us-east-1:000000000000:dead";

fn redrive(target: &str, max: Value) -> Value {
    json!({"RedrivePolicy": json!({"deadLetterTargetArn": target, "maxReceiveCount": max}).to_string()})
}

#[test]
fn a_message_moves_on_the_receive_that_would_be_one_too_many() {
    let mut cloud = Cloud::new();
    cloud.create("dead", json!({}));
    cloud.create("orders", redrive(DEAD, json!(2)));
    let sent = cloud.send("orders", "hello");
    for _ in 0..2 {
        assert_ne!(cloud.receive("orders"), "");
        assert_eq!(cloud.receive("dead"), "");
        cloud.advance_s(30);
    }
    assert_eq!(cloud.counts("orders"), "1 visible, 0 in flight, 0 delayed");
    cloud.announced.clear();
    assert_eq!(cloud.receive("orders"), "");
    assert_eq!(cloud.announced, ["dead"]);
    cloud.restart();
    let dead = cloud.receive_all("dead").remove(0);
    assert_eq!(dead["MessageId"], sent["MessageId"]);
    assert_snapshot!(shown(&dead["Attributes"]), @r#"
    {
      "ApproximateFirstReceiveTimestamp": "1800000000000",
      "ApproximateReceiveCount": "3",
      "DeadLetterQueueSourceArn": "arn:aws:sqs:us-east-1:000000000000:orders",
      "SenderId": "000000000000",
      "SentTimestamp": "1800000000000"
    }
    "#);
    cloud.check_restart();
}

#[test]
fn who_waits_at_the_dead_letter_queue_is_served_by_the_move() {
    let mut cloud = Cloud::new();
    cloud.create("dead", json!({}));
    cloud.create("orders", redrive(DEAD, json!("1")));
    let quickly = json!({"Queue": "orders", "Attributes": {"VisibilityTimeout": "10"}});
    cloud.call("SetQueueAttributes", quickly);
    cloud.send("orders", "hello");
    cloud.receipt("orders");
    cloud.call("ReceiveMessage", json!({"Queue": "dead", "WaitTimeSeconds": 20}));
    cloud.call("ReceiveMessage", json!({"Queue": "orders", "WaitTimeSeconds": 20}));
    cloud.advance_s(20);
    let answers = cloud
        .answered
        .iter()
        .map(|(call, answer)| format!("{call}: {}", text(&answer["Messages"][0]["Body"])));
    assert_snapshot!(answers.collect::<Vec<_>>().join("\n"), @r#"
    6: hello
    7: null
    "#);
}

#[test]
fn a_message_in_a_dead_letter_queue_expires_by_when_it_was_sent() {
    let mut cloud = Cloud::new();
    cloud.create("dead", json!({"MessageRetentionPeriod": "120"}));
    cloud.create("orders", redrive(DEAD, json!(1)));
    cloud.send("orders", "hello");
    cloud.receipt("orders");
    cloud.advance_s(100);
    assert_eq!(cloud.receive("orders"), "");
    assert_eq!(cloud.counts("dead"), "1 visible, 0 in flight, 0 delayed");
    cloud.advance_s(20);
    assert_eq!(cloud.counts("dead"), "0 visible, 0 in flight, 0 delayed");
    cloud.check_restart();
}

#[test]
fn what_is_too_old_for_the_dead_letter_queue_is_given_to_nobody_who_waits_there() {
    let mut cloud = Cloud::new();
    cloud.create("dead", json!({"MessageRetentionPeriod": "60"}));
    cloud.create("orders", redrive(DEAD, json!(1)));
    cloud.send("orders", "hello");
    cloud.receipt("orders");
    cloud.advance_s(60);
    cloud.call("ReceiveMessage", json!({"Queue": "dead", "WaitTimeSeconds": 20}));
    assert_eq!(cloud.receive("orders"), "");
    assert_eq!(cloud.counts("dead"), "0 visible, 0 in flight, 0 delayed");
    cloud.advance_s(20);
    assert_eq!(cloud.answered.iter().map(|(_, answer)| answer).collect::<Vec<_>>(), [&json!({})]);
    cloud.check_restart();
}

#[test]
fn two_queues_can_be_each_others_dead_letter_queue() {
    let mut cloud = Cloud::new();
    cloud.create("dead", json!({}));
    cloud.create("orders", redrive(DEAD, json!(1)));
    let orders = "arn:aws:sqs:us-east-1:000000000000:orders";
    cloud.call(
        "SetQueueAttributes",
        json!({"Queue": "dead", "Attributes": redrive(orders, json!(1))}),
    );
    cloud.send("orders", "hello");
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.push([cloud.receive("orders"), cloud.receive("dead")].join(" / "));
        cloud.advance_s(30);
    }
    assert_snapshot!(seen.join("\n"), @r#"
    hello 1 / 
     / hello 2
     /
    "#);
    cloud.check_restart();
}

#[test]
fn a_redrive_policy_is_checked_against_its_target() {
    let mut cloud = Cloud::new();
    cloud.create("dead", json!({"RedriveAllowPolicy": r#"{"redrivePermission": "byQueue", "sourceQueueArns": ["arn:aws:sqs:us-east-1:000000000000:orders"]}"#}));
    cloud.create("dead.fifo", json!({"FifoQueue": "true"}));
    cloud.create("orders", redrive(DEAD, json!(1)));
    cloud.create("other", json!({}));
    let mut set = |attributes: Value| {
        shown(
            &cloud.call("SetQueueAttributes", json!({"Queue": "other", "Attributes": attributes})),
        )
    };
    assert_snapshot!([
        set(redrive(DEAD, json!(1))),
        set(redrive("arn:aws:sqs:us-east-1:000000000000:none", json!(1))),
        set(redrive("arn:aws:sqs:us-east-1:000000000000:dead.fifo", json!(1))),
        set(redrive("arn:aws:sqs:us-east-1:111111111111:dead", json!(1))),
        set(redrive(DEAD, json!(0))),
        set(json!({"RedrivePolicy": "[]"})),
        set(json!({"RedrivePolicy": r#"{"maxReceiveCount": 1}"#})),
        set(json!({"RedriveAllowPolicy": r#"{"redrivePermission": "some"}"#})),
    ].join("\n"), @r#"
    400 InvalidParameterValue: Value {"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead","maxReceiveCount":1} for parameter RedrivePolicy is invalid. Reason: Queue arn:aws:sqs:us-east-1:000000000000:other is not allowed to use arn:aws:sqs:us-east-1:000000000000:dead as a dead-letter queue by its redrive allow policy.
    400 InvalidParameterValue: Value {"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:none","maxReceiveCount":1} for parameter RedrivePolicy is invalid. Reason: Dead letter target does not exist.
    400 InvalidParameterValue: Value {"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead.fifo","maxReceiveCount":1} for parameter RedrivePolicy is invalid. Reason: Dead-letter queue must be same type of queue as the source..
    400 InvalidParameterValue: Value {"deadLetterTargetArn":"arn:aws:sqs:us-east-1:111111111111:dead","maxReceiveCount":1} for parameter RedrivePolicy is invalid. Reason: Dead-letter target owner should be same as the source.
    400 InvalidParameterValue: Value {"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead","maxReceiveCount":0} for parameter RedrivePolicy is invalid. Reason: Invalid value for maxReceiveCount: 0, valid values are from 1 to 1000 both inclusive.
    400 InvalidAttributeValue: Invalid value for the parameter RedrivePolicy. Reason: Redrive policy is not a valid JSON map.
    400 InvalidParameterValue: Value {"maxReceiveCount": 1} for parameter RedrivePolicy is invalid. Reason: Redrive policy does not contain mandatory attribute: deadLetterTargetArn.
    400 InvalidAttributeValue: Invalid value for the parameter RedriveAllowPolicy. Reason: Amazon SQS can't create the redrive allow policy, as it’s in an unsupported format.
    "#);
    let sources = cloud.call("ListDeadLetterSourceQueues", json!({"Queue": "dead"}));
    assert_snapshot!(shown(&sources), @r#"
    {
      "queueUrls": [
        "http://localhost:4566/000000000000/orders"
      ]
    }
    "#);
}
