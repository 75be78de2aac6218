//! Order within a group, once within five minutes.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::harness::{Cloud, shown, text};

fn fifo(attributes: Value) -> Cloud {
    let mut cloud = Cloud::new();
    let mut all = json!({"FifoQueue": "true"});
    if let (Some(all), Value::Object(more)) = (all.as_object_mut(), attributes) {
        all.extend(more);
    }
    cloud.create("q.fifo", all);
    cloud
}

fn send(cloud: &mut Cloud, group: &str, id: &str, body: &str) -> Value {
    cloud.call("SendMessage", json!({
        "Queue": "q.fifo", "MessageBody": body, "MessageGroupId": group, "MessageDeduplicationId": id,
    }))
}

#[test]
fn a_group_keeps_its_order_and_waits_for_what_is_in_flight() {
    let mut cloud = fifo(json!({}));
    for (n, (group, body)) in
        [("a", "a1"), ("b", "b1"), ("a", "a2"), ("a", "a3")].into_iter().enumerate()
    {
        send(&mut cloud, group, &n.to_string(), body);
    }
    let first = cloud.call("ReceiveMessage", json!({"Queue": "q.fifo", "MaxNumberOfMessages": 2}));
    let bodies = |answer: &Value| {
        answer["Messages"]
            .as_array()
            .map(|all| all.iter().map(|one| text(&one["Body"])).collect::<Vec<_>>().join(" "))
    };
    assert_eq!(bodies(&first).as_deref(), Some("a1 a2"), "as many of a group as there is room for");
    assert_eq!(cloud.receive("q.fifo"), "b1 1", "a3 waits for a1 and a2");
    let delete = json!({"Queue": "q.fifo", "ReceiptHandle": first["Messages"][0]["ReceiptHandle"]});
    assert_eq!(cloud.call("DeleteMessage", delete), json!({}));
    assert_eq!(cloud.receive("q.fifo"), "", "a3 waits for a2");
    cloud.restart();
    cloud.advance_s(30);
    assert_eq!(cloud.receive("q.fifo"), "b1 2, a2 2, a3 1");
    cloud.check_restart();
}

#[test]
fn the_same_message_is_taken_once_in_five_minutes_even_after_it_was_deleted() {
    let mut cloud = fifo(json!({"ContentBasedDeduplication": "true"}));
    let send = |cloud: &mut Cloud| {
        cloud.call(
            "SendMessage",
            json!({"Queue": "q.fifo", "MessageBody": "same", "MessageGroupId": "a"}),
        )
    };
    let first = send(&mut cloud);
    let receipt = cloud.receipt("q.fifo");
    cloud.call("DeleteMessage", json!({"Queue": "q.fifo", "ReceiptHandle": receipt}));
    cloud.restart();
    cloud.advance_s(299);
    let second = send(&mut cloud);
    assert_eq!(first, second);
    assert_eq!(cloud.receive("q.fifo"), "");
    cloud.advance_s(1);
    assert_ne!(send(&mut cloud)["MessageId"], first["MessageId"]);
    assert_eq!(cloud.receive("q.fifo"), "same 1");
    cloud.check_restart();
}

#[test]
fn deduplication_counts_in_the_queue_or_in_the_group() {
    let mut cloud = fifo(json!({}));
    send(&mut cloud, "1", "x", "first");
    send(&mut cloud, "2", "x", "dropped");
    assert_eq!(cloud.receive("q.fifo"), "first 1");
    cloud.call(
        "SetQueueAttributes",
        json!({"Queue": "q.fifo", "Attributes": {
            "DeduplicationScope": "messageGroup", "FifoThroughputLimit": "perMessageGroupId",
        }}),
    );
    send(&mut cloud, "2", "x", "still dropped");
    assert_eq!(cloud.receive("q.fifo"), "");
    send(&mut cloud, "2", "y", "second");
    send(&mut cloud, "3", "y", "third");
    send(&mut cloud, "3", "y", "dropped again");
    assert_eq!(cloud.receive("q.fifo"), "second 1, third 1");
    cloud.check_restart();
}

#[test]
fn a_receive_can_be_repeated_by_its_attempt() {
    let mut cloud = fifo(json!({}));
    send(&mut cloud, "a", "1", "hello");
    let receive = json!({"Queue": "q.fifo", "ReceiveRequestAttemptId": "attempt"});
    let first = cloud.call("ReceiveMessage", receive.clone());
    cloud.advance_s(20);
    assert_eq!(cloud.call("ReceiveMessage", receive.clone()), first);
    cloud.advance_s(29);
    assert_eq!(cloud.receive("q.fifo"), "", "its timeout began anew");
    cloud.advance_s(1);
    assert_ne!(cloud.call("ReceiveMessage", receive), first);
}

#[test]
fn what_a_fifo_queue_refuses() {
    let mut cloud = fifo(json!({"VisibilityTimeout": "1"}));
    send(&mut cloud, "a", "1", "hello");
    let expired = cloud.receipt("q.fifo");
    cloud.advance_s(1);
    let mut call = |operation: &str, mut input: Value| {
        input["Queue"] = "q.fifo".into();
        shown(&cloud.call(operation, input)).replace(&expired, "HANDLE")
    };
    assert_snapshot!([
        call("SendMessage", json!({"MessageBody": "a"})),
        call("SendMessage", json!({"MessageBody": "a", "MessageGroupId": "a"})),
        call("SendMessage", json!({"MessageBody": "a", "MessageGroupId": "a b", "MessageDeduplicationId": "1"})),
        call("SendMessage", json!({"MessageBody": "a", "MessageGroupId": "a", "MessageDeduplicationId": "1", "DelaySeconds": 2})),
        call("SendMessageBatch", json!({"Entries": [{"Id": "1", "MessageBody": "a"}]})),
        call("SendMessageBatch", json!({"Entries": [{"Id": "1", "MessageBody": "a", "MessageGroupId": "a"}]})),
        call("DeleteMessage", json!({"ReceiptHandle": expired})),
        call("ChangeMessageVisibility", json!({"ReceiptHandle": expired, "VisibilityTimeout": 1})),
        call("SetQueueAttributes", json!({"Attributes": {"FifoQueue": "false"}})),
        call("SetQueueAttributes", json!({"Attributes": {"FifoThroughputLimit": "perMessageGroupId"}})),
    ].join("\n"), @"
    400 MissingParameter: The request must contain the parameter MessageGroupId.
    400 InvalidParameterValue: The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly
    400 InvalidParameterValue: Value a b for parameter MessageGroupId is invalid. Reason: MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.
    400 InvalidParameterValue: Value 2 for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this queue type.
    400 InvalidParameterValue: The request must contain the parameter MessageGroupId.
    400 InvalidParameterValue: The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly
    400 InvalidParameterValue: Value HANDLE for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.
    400 InvalidParameterValue: Value HANDLE for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.
    400 InvalidAttributeValue: Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.
    400 InvalidAttributeValue: Invalid value for the parameter FifoThroughputLimit. Reason: To set FifoThroughputLimit to perMessageGroupId, the DeduplicationScope must be messageGroup.
    ");
}

#[test]
fn a_delay_is_the_queues_and_zero_means_the_queues() {
    let mut cloud = fifo(json!({"DelaySeconds": "2"}));
    cloud.call("SendMessage", json!({
        "Queue": "q.fifo", "MessageBody": "hello", "MessageGroupId": "a", "MessageDeduplicationId": "1", "DelaySeconds": 0,
    }));
    assert_eq!(cloud.receive("q.fifo"), "");
    cloud.advance_s(2);
    let received = cloud.receive_all("q.fifo").remove(0);
    assert_snapshot!(shown(&received["Attributes"]), @r#"
    {
      "ApproximateFirstReceiveTimestamp": "1800000002000",
      "ApproximateReceiveCount": "1",
      "MessageDeduplicationId": "1",
      "MessageGroupId": "a",
      "SenderId": "000000000000",
      "SentTimestamp": "1800000000000",
      "SequenceNumber": "19887436800000000000"
    }
    "#);
    cloud.check_restart();
}

#[test]
fn a_message_that_comes_back_is_received_while_later_ones_of_its_group_are_in_flight() {
    let mut cloud = fifo(json!({"VisibilityTimeout": "30"}));
    for (id, body) in ["foo", "bar", "baz"].into_iter().enumerate() {
        send(&mut cloud, "a", &id.to_string(), body);
    }
    let received = cloud.receive_all("q.fifo");
    let show_again = |cloud: &mut Cloud, at: usize| {
        let handle = &received[at]["ReceiptHandle"];
        cloud.call(
            "ChangeMessageVisibility",
            json!({
                "Queue": "q.fifo", "ReceiptHandle": handle, "VisibilityTimeout": 0,
            }),
        );
        cloud.receive("q.fifo")
    };
    assert_eq!(show_again(&mut cloud, 1), "", "the first of the group is in flight");
    assert_eq!(show_again(&mut cloud, 0), "foo 2, bar 2", "in their order, up to one in flight");
    cloud.check_restart();
}

#[test]
fn a_purge_forgets_what_was_seen() {
    let mut cloud = fifo(json!({}));
    send(&mut cloud, "a", "1", "before");
    cloud.call("PurgeQueue", json!({"Queue": "q.fifo"}));
    send(&mut cloud, "a", "1", "after");
    assert_eq!(cloud.receive("q.fifo"), "after 1");
    cloud.check_restart();
}

/// A queue's delay holds for what was sent before it was set, too; not for what was received once.
#[test]
fn a_delay_that_is_set_later_holds_for_what_is_there() {
    let mut cloud = fifo(json!({"DelaySeconds": "100", "VisibilityTimeout": "1"}));
    let set = |cloud: &mut Cloud, delay: &str| {
        let attributes = json!({"DelaySeconds": delay});
        cloud.call("SetQueueAttributes", json!({"Queue": "q.fifo", "Attributes": attributes}));
        cloud.check_restart();
        format!("{delay} s: {}", cloud.counts("q.fifo"))
    };
    send(&mut cloud, "a", "1", "a1");
    cloud.advance_s(10);
    let mut told = vec![set(&mut cloud, "11"), set(&mut cloud, "10")];
    told.push(cloud.receive("q.fifo"));
    send(&mut cloud, "b", "2", "b1");
    cloud.advance_s(10);
    told.push(set(&mut cloud, "900"));
    cloud.restart();
    told.push(cloud.receive("q.fifo"));
    assert_snapshot!(told.join("\n"), @"
    11 s: 0 visible, 0 in flight, 1 delayed
    10 s: 1 visible, 0 in flight, 0 delayed
    a1 1
    900 s: 1 visible, 0 in flight, 1 delayed
    a1 2
    ");
}

/// A receive is repeated by its attempt id, until somebody changed what it gave.
#[test]
fn an_attempt_can_be_repeated_until_its_messages_change() {
    let mut cloud = fifo(json!({}));
    for id in ["1", "2"] {
        send(&mut cloud, id, id, id);
    }
    let attempt = |cloud: &mut Cloud| {
        cloud.call(
            "ReceiveMessage",
            json!({
                "Queue": "q.fifo", "ReceiveRequestAttemptId": "again", "MaxNumberOfMessages": 2,
            }),
        )
    };
    let first = attempt(&mut cloud);
    cloud.advance_s(20);
    assert_eq!(attempt(&mut cloud), first, "its timeouts begin anew");
    cloud.advance_s(20);
    assert_eq!(attempt(&mut cloud), first);
    let receipt = &first["Messages"][1]["ReceiptHandle"];
    cloud.call(
        "ChangeMessageVisibility",
        json!({
            "Queue": "q.fifo", "ReceiptHandle": receipt, "VisibilityTimeout": 600,
        }),
    );
    let mut told = vec![shown(&attempt(&mut cloud))];
    cloud.call("DeleteMessage", json!({"Queue": "q.fifo", "ReceiptHandle": receipt}));
    told.push(shown(&attempt(&mut cloud)));
    cloud.advance_s(300);
    told.push(text(&attempt(&mut cloud)["Messages"][0]["Body"]).to_owned());
    assert_snapshot!(told.join("\n"), @"
    400 InvalidParameterValue: Value again for parameter ReceiveRequestAttemptId is invalid. Reason: The receiveRequestAttemptId is not valid anymore since the receive call is not retryable.
    400 InvalidParameterValue: Value again for parameter ReceiveRequestAttemptId is invalid. Reason: The receiveRequestAttemptId is not valid anymore since the receive call is not retryable.
    1
    ");
}

#[test]
fn in_a_dead_letter_queue_a_message_is_its_own_duplicate() {
    let mut cloud = Cloud::new();
    cloud.create("dead.fifo", json!({"FifoQueue": "true"}));
    let policy = json!({
        "deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:dead.fifo", "maxReceiveCount": 1,
    });
    cloud.create("q.fifo", json!({"FifoQueue": "true", "RedrivePolicy": policy.to_string()}));
    let sent = send(&mut cloud, "a", "1", "a1");
    cloud.receive("q.fifo");
    cloud.advance_s(30);
    assert_eq!(cloud.receive("q.fifo"), "");
    let dead = cloud.receive_all("dead.fifo").remove(0);
    assert_eq!(dead["Attributes"]["MessageDeduplicationId"], sent["MessageId"]);
    cloud.check_restart();
}

/// What all messages of a FIFO queue need is asked of a batch as a whole; what one of them has wrong is
/// that one's alone.
#[test]
fn a_batch_is_refused_for_what_is_missing_and_an_entry_for_what_is_wrong() {
    let mut cloud = fifo(json!({}));
    let mut send = |second: Value| {
        let entries = json!([
            {"Id": "1", "MessageBody": "a", "MessageGroupId": "g", "MessageDeduplicationId": "1"},
            second,
        ]);
        let answer = cloud.call("SendMessageBatch", json!({"Queue": "q.fifo", "Entries": entries}));
        shown(&answer["Failed"]) + &shown(&answer["Error"])
    };
    assert_snapshot!([
        send(json!({"Id": "2", "MessageBody": "b", "MessageDeduplicationId": "2"})),
        send(json!({"Id": "2", "MessageBody": "b", "MessageGroupId": "ä", "MessageDeduplicationId": "2"})),
        send(json!({"Id": "2", "MessageBody": "", "MessageGroupId": "g", "MessageDeduplicationId": "2"})),
    ].join("\n"), @r#"
    null"400 InvalidParameterValue: The request must contain the parameter MessageGroupId."
    [
      {
        "Id": "2",
        "SenderFault": true,
        "Code": "InvalidParameterValue",
        "Message": "Value ä for parameter MessageGroupId is invalid. Reason: MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length."
      }
    ]null
    [
      {
        "Id": "2",
        "SenderFault": true,
        "Code": "EmptyValue",
        "Message": "No Value Found for SendMessageBatchRequestEntry.2.MessageBody."
      }
    ]null
    "#);
}

/// Who has waited longest since it was served, or since it became available, is served first; what comes
/// back puts its group behind the others, and so does a deletion that lets the next one be received.
#[test]
fn groups_take_turns() {
    let mut cloud = fifo(json!({}));
    for (id, body) in ["a1", "a2", "a3", "b1", "b2", "c1"].into_iter().enumerate() {
        send(&mut cloud, &body[..1], &id.to_string(), body);
    }
    let one = |cloud: &mut Cloud, timeout_s: u64| {
        cloud.restart();
        let input = json!({"Queue": "q.fifo", "VisibilityTimeout": timeout_s});
        let message = cloud.call("ReceiveMessage", input)["Messages"][0].take();
        (text(&message["Body"]), text(&message["ReceiptHandle"]))
    };
    let perform = |operation: &str, cloud: &mut Cloud, mut input: Value| {
        input["Queue"] = "q.fifo".into();
        assert_eq!(cloud.call(operation, input), json!({}), "{operation}");
    };
    let with_zero = [(); 4].map(|()| one(&mut cloud, 0).0).join(" ");
    let shown_again = [(); 3].map(|()| {
        let (body, handle) = one(&mut cloud, 30);
        let input = json!({"ReceiptHandle": handle, "VisibilityTimeout": 0});
        perform("ChangeMessageVisibility", &mut cloud, input);
        body
    });
    let deleted = [(); 3].map(|()| {
        let (body, handle) = one(&mut cloud, 30);
        perform("DeleteMessage", &mut cloud, json!({"ReceiptHandle": handle}));
        body
    });
    let timed_out = one(&mut cloud, 3).0;
    send(&mut cloud, "d", "d", "d1");
    cloud.advance_s(3);
    cloud.restart();
    let together = cloud.receive("q.fifo");
    assert_snapshot!([
        format!("with a timeout of zero: {with_zero}"),
        format!("shown again: {}", shown_again.join(" ")),
        format!("deleted: {}", deleted.join(" ")),
        format!("timed out: {timed_out}, while d1 was sent"),
        format!("all together: {together}"),
    ].join("\n"), @"
    with a timeout of zero: a1 b1 c1 a1
    shown again: b1 c1 a1
    deleted: b1 c1 a1
    timed out: b2, while d1 was sent
    all together: a2 1, a3 1, d1 1, b2 2
    ");
    perform("PurgeQueue", &mut cloud, json!({}));
    cloud.check_restart();
}

/// A group was sent back; that its first message vanishes, and the next was sent long ago, does not bring
/// it forward again.
#[test]
fn a_group_that_loses_its_first_message_does_not_move_forward() {
    let mut cloud = fifo(json!({"MessageRetentionPeriod": "60"}));
    send(&mut cloud, "a", "1", "a1");
    cloud.advance_s(50);
    send(&mut cloud, "a", "2", "a2");
    cloud.advance_s(2);
    send(&mut cloud, "b", "3", "b1");
    cloud.advance_s(3);
    let again = json!({"Queue": "q.fifo", "VisibilityTimeout": 0});
    assert_eq!(cloud.call("ReceiveMessage", again)["Messages"][0]["Body"], "a1");
    cloud.advance_s(5);
    cloud.restart();
    assert_eq!(cloud.receive("q.fifo"), "b1 1, a2 1", "a1 is too old");
    cloud.check_restart();
}

/// A delay that ends early lets a message be received from then on, not from when it was sent.
#[test]
fn a_group_whose_delay_ends_early_stands_behind_those_that_wait() {
    let mut cloud = fifo(json!({"DelaySeconds": "5"}));
    send(&mut cloud, "a", "1", "a1");
    cloud.advance_s(4);
    send(&mut cloud, "b", "2", "b1");
    cloud.advance_s(3);
    let attributes = json!({"DelaySeconds": "0"});
    cloud.call("SetQueueAttributes", json!({"Queue": "q.fifo", "Attributes": attributes}));
    cloud.restart();
    assert_eq!(cloud.receive("q.fifo"), "a1 1, b1 1");
    cloud.check_restart();
}
