//! What CloudWatch would show.

use insta::assert_snapshot;
use serde_json::json;

use super::harness::{Cloud, shown};

#[test]
fn a_queues_metrics_say_what_happened_and_what_there_is() {
    let mut cloud = Cloud::new();
    cloud.create("dead", json!({}));
    cloud.create(
        "orders",
        json!({"RedrivePolicy": r#"{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead","maxReceiveCount":1}"#}),
    );
    cloud.send("orders", "once");
    cloud.send("orders", "too often");
    let handle = cloud.receipt("orders");
    for _ in 0..2 {
        cloud.call("DeleteMessage", json!({"Queue": "orders", "ReceiptHandle": handle}));
    }
    cloud.receive("orders");
    cloud.advance_s(31);
    cloud.call("ReceiveMessage", json!({"Queue": "orders", "WaitTimeSeconds": 1}));
    cloud.advance_s(1);
    cloud
        .call("SendMessage", json!({"Queue": "orders", "MessageBody": "later", "DelaySeconds": 9}));
    cloud.send("orders", "now");
    cloud.advance_s(3);
    let metrics: serde_json::Map<_, _> = cloud
        .sqs
        .metrics(cloud.now)
        .map(|(arn, metrics)| (arn.name.to_string(), json!(metrics)))
        .collect();
    assert_snapshot!(shown(&metrics.into()), @r#"
    {
      "dead": {
        "NumberOfMessagesSent": 0,
        "SentMessageSize": 0,
        "NumberOfDeduplicatedSentMessages": 0,
        "NumberOfMessagesReceived": 0,
        "NumberOfEmptyReceives": 0,
        "NumberOfMessagesDeleted": 0,
        "ApproximateNumberOfMessagesVisible": 1,
        "ApproximateNumberOfMessagesNotVisible": 0,
        "ApproximateNumberOfMessagesDelayed": 0,
        "ApproximateAgeOfOldestMessage": 4
      },
      "orders": {
        "NumberOfMessagesSent": 4,
        "SentMessageSize": 21,
        "NumberOfDeduplicatedSentMessages": 0,
        "NumberOfMessagesReceived": 2,
        "NumberOfEmptyReceives": 1,
        "NumberOfMessagesDeleted": 2,
        "ApproximateNumberOfMessagesVisible": 1,
        "ApproximateNumberOfMessagesNotVisible": 0,
        "ApproximateNumberOfMessagesDelayed": 1,
        "ApproximateAgeOfOldestMessage": 3
      }
    }
    "#);
}

#[test]
fn a_fifo_queue_counts_what_it_has_had_before() {
    let mut cloud = Cloud::new();
    cloud.create("q.fifo", json!({"FifoQueue": "true", "ContentBasedDeduplication": "true"}));
    for _ in 0..3 {
        cloud.call(
            "SendMessage",
            json!({"Queue": "q.fifo", "MessageBody": "hello", "MessageGroupId": "a"}),
        );
    }
    let counts = cloud.sqs.metrics(cloud.now).next().map(|(_, metrics)| metrics.counts);
    assert_snapshot!(shown(&json!(counts)), @r#"
    {
      "NumberOfMessagesSent": 1,
      "SentMessageSize": 5,
      "NumberOfDeduplicatedSentMessages": 2,
      "NumberOfMessagesReceived": 0,
      "NumberOfEmptyReceives": 0,
      "NumberOfMessagesDeleted": 0
    }
    "#);
}

/// The age is that of the oldest message with which a consumer does not only fail, however many of the
/// others are before it.
#[test]
fn the_oldest_message_is_the_first_that_is_not_received_in_vain() {
    let mut cloud = Cloud::new();
    cloud.create("q", json!({"VisibilityTimeout": "0"}));
    let age = |cloud: &Cloud| {
        let metrics = cloud.sqs.metrics(cloud.now).next();
        metrics.map(|(_, metrics)| metrics.approximate_age_of_oldest_message)
    };
    let mut told = Vec::new();
    for body in ["1", "2", "3"] {
        cloud.send("q", body);
        cloud.advance_s(10);
    }
    told.push(age(&cloud));
    for _ in 0..3 {
        cloud.call("ReceiveMessage", json!({"Queue": "q"}));
    }
    told.push(age(&cloud));
    cloud.restart();
    told.push(age(&cloud));
    let handle = cloud.receipt("q");
    cloud.call("DeleteMessage", json!({"Queue": "q", "ReceiptHandle": handle}));
    told.push(age(&cloud));
    for _ in 0..3 {
        cloud.receive("q");
    }
    told.push(age(&cloud));
    cloud.send("q", "4");
    cloud.advance_s(1);
    told.push(age(&cloud));
    assert_snapshot!(format!("{told:?}"), @"[Some(30), Some(20), Some(20), Some(10), Some(0), Some(1)]");
}
