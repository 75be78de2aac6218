//! Sending, receiving, waiting, hiding, deleting.

use insta::assert_snapshot;
use kernel::service::Service as _;
use serde_json::{Value, json};

use super::harness::{Cloud, shown, text};

#[test]
fn a_message_is_received_with_what_was_sent() {
    let mut cloud = Cloud::new();
    cloud.create("orders", json!({}));
    let sent = cloud.call(
        "SendMessage",
        json!({
            "Queue": "orders", "MessageBody": "msg",
            "MessageAttributes": {
                "Foo": {"DataType": "String", "StringValue": "Bar"},
                "Picture": {"DataType": "Binary.png", "BinaryValue": "iVBORw=="},
            },
            "MessageSystemAttributes": {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1"}},
        }),
    );
    assert_snapshot!(shown(&sent), @r#"
    {
      "MD5OfMessageBody": "6e2baaf3b97dbeef01c0043275f9a0e7",
      "MD5OfMessageAttributes": "2c964083f92bf188844193920fc015a2",
      "MD5OfMessageSystemAttributes": "d6619b3d47b81d3fc72c0db005a70eda",
      "MessageId": "044c3cd7-f43c-461c-a698-4080bab12a02"
    }
    "#);
    cloud.advance_s(5);
    let received = cloud.call(
        "ReceiveMessage",
        json!({"Queue": "orders", "AttributeNames": ["All"], "MessageAttributeNames": ["All"]}),
    );
    assert_snapshot!(shown(&received), @r#"
    {
      "Messages": [
        {
          "MessageId": "044c3cd7-f43c-461c-a698-4080bab12a02",
          "ReceiptHandle": "…",
          "MD5OfBody": "6e2baaf3b97dbeef01c0043275f9a0e7",
          "Body": "msg",
          "Attributes": {
            "AWSTraceHeader": "Root=1",
            "ApproximateFirstReceiveTimestamp": "1800000005000",
            "ApproximateReceiveCount": "1",
            "SenderId": "000000000000",
            "SentTimestamp": "1800000000000"
          },
          "MD5OfMessageAttributes": "2c964083f92bf188844193920fc015a2",
          "MessageAttributes": {
            "Foo": {
              "StringValue": "Bar",
              "DataType": "String"
            },
            "Picture": {
              "BinaryValue": "iVBORw==",
              "DataType": "Binary.png"
            }
          }
        }
      ]
    }
    "#);
    cloud.check_restart();
}

#[test]
fn digests_of_attributes_are_aws_own() {
    let mut cloud = Cloud::new();
    cloud.create("orders", json!({"VisibilityTimeout": "0"}));
    let attribute = |value: &str| json!({"DataType": "String", "StringValue": value});
    cloud.call(
        "SendMessage",
        json!({"Queue": "orders", "MessageBody": "msg", "MessageAttributes": {
            "Help.Me": attribute("Me"), "Hello": attribute("There"), "General": attribute("Kenobi"),
        }}),
    );
    let mut select = |names: Value| {
        let input = json!({"Queue": "orders", "MessageAttributeNames": names});
        let message = cloud.call("ReceiveMessage", input)["Messages"][0].take();
        let names = message["MessageAttributes"]
            .as_object()
            .map(|all| all.keys().cloned().collect::<Vec<_>>());
        format!(
            "{} {}",
            text(&message["MD5OfMessageAttributes"]),
            names.unwrap_or_default().join(" ")
        )
    };
    // As AWS answered, 2026: shared answers of receive_message_message_attribute_names_filters.
    assert_snapshot!([
        select(json!([])), select(json!(["All"])), select(json!([".*"])),
        select(json!(["General", "Hello"])), select(json!(["Hello", "Nothing"])),
        select(json!(["Hel.*"])), select(json!(["Foo"])),
    ].join("\n"), @r#"
    null 
    4c360f3fdafd970e05fae2f149d997f5 General Hello Help.Me
    4c360f3fdafd970e05fae2f149d997f5 General Hello Help.Me
    fca026605781cb4126a1e9044df24232 General Hello
    a311262e065454b75da111d535b8dacd Hello
    83fee93c1bcd8b9a5a923ffacdc636c7 Hello Help.Me
    null
    "#);
}

#[test]
fn a_message_comes_back_when_its_visibility_timeout_ends_and_is_counted() {
    let mut cloud = Cloud::new();
    cloud.create("orders", json!({"VisibilityTimeout": "30"}));
    cloud.send("orders", "hello");
    assert_eq!(cloud.receive("orders"), "hello 1");
    assert_eq!(cloud.counts("orders"), "0 visible, 1 in flight, 0 delayed");
    cloud.advance_s(29);
    assert_eq!(cloud.receive("orders"), "");
    cloud.advance_s(1);
    assert_eq!(cloud.announced, ["orders", "orders"]);
    assert_eq!(cloud.receive("orders"), "hello 2");
    cloud.check_restart();
}

#[test]
fn twelve_hours_after_its_receive_a_message_comes_back_whatever_was_asked() {
    let mut cloud = Cloud::new();
    cloud.create("q", json!({}));
    cloud.send("q", "hello");
    let receipt = cloud.receipt("q");
    let hide = |cloud: &mut Cloud, timeout_s: u64| {
        let input = json!({"Queue": "q", "ReceiptHandle": receipt, "VisibilityTimeout": timeout_s});
        shown(&cloud.call("ChangeMessageVisibility", input))
    };
    let mut told = vec![hide(&mut cloud, 43_200)];
    cloud.advance_s(1);
    cloud.restart();
    told.push(hide(&mut cloud, 43_200));
    told.push(hide(&mut cloud, 43_199));
    cloud.advance_s(43_199);
    told.push(cloud.receive("q"));
    assert_snapshot!(told.join("\n"), @r"
    {}
    400 InvalidParameterValue: Value 43200 for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the message is beyond the limit [43200 seconds]
    {}
    hello 2
    ");
    cloud.check_restart();
}

#[test]
fn a_changed_visibility_timeout_counts_from_the_change_and_once() {
    let mut cloud = Cloud::new();
    cloud.create("orders", json!({}));
    cloud.send("orders", "hello");
    let receipt = cloud.receipt("orders");
    let change = |cloud: &mut Cloud, timeout: i64| {
        let input =
            json!({"Queue": "orders", "ReceiptHandle": receipt, "VisibilityTimeout": timeout});
        cloud.call("ChangeMessageVisibility", input)
    };
    cloud.advance_s(20);
    assert_eq!(change(&mut cloud, 40), json!({}));
    cloud.advance_s(39);
    assert_eq!(cloud.receive("orders"), "");
    assert_eq!(change(&mut cloud, 0), json!({}));
    assert_eq!(cloud.receive("orders"), "hello 2");
    cloud.advance_s(30);
    assert_eq!(cloud.receive("orders"), "hello 3");
    assert_snapshot!(shown(&change(&mut cloud, 43_201)), @r#"400 InvalidParameterValue: Value 43201 for parameter VisibilityTimeout is invalid. Reason: Must be between 0 and 43200, if provided."#);
    cloud.check_restart();
}

#[test]
fn a_delay_of_the_message_wins_over_the_queues() {
    let mut cloud = Cloud::new();
    cloud.create("orders", json!({"DelaySeconds": "10"}));
    cloud.send("orders", "late");
    cloud.call("SendMessage", json!({"Queue": "orders", "MessageBody": "now", "DelaySeconds": 0}));
    cloud.call(
        "SendMessage",
        json!({"Queue": "orders", "MessageBody": "later", "DelaySeconds": 20}),
    );
    assert_eq!(cloud.counts("orders"), "1 visible, 0 in flight, 2 delayed");
    cloud.restart();
    assert_eq!(cloud.receive("orders"), "now 1");
    cloud.advance_s(10);
    assert_eq!(cloud.receive("orders"), "late 1");
    cloud.advance_s(10);
    assert_eq!(cloud.receive("orders"), "later 1");
}

#[test]
fn a_message_that_nobody_wants_vanishes_after_its_retention() {
    let mut cloud = Cloud::new();
    cloud.create("orders", json!({"MessageRetentionPeriod": "60", "VisibilityTimeout": "300"}));
    cloud.send("orders", "seen");
    assert_eq!(cloud.receive("orders"), "seen 1");
    cloud.advance_s(30);
    cloud.send("orders", "unseen");
    cloud.advance_s(30);
    assert_eq!(cloud.counts("orders"), "1 visible, 0 in flight, 0 delayed");
    cloud.advance_s(30);
    assert_eq!(cloud.counts("orders"), "0 visible, 0 in flight, 0 delayed");
    assert_eq!(cloud.deadlines.next(), None);
    cloud.check_restart();
}

#[test]
fn who_waits_longest_is_served_first_and_who_waits_in_vain_gets_nothing() {
    let mut cloud = Cloud::new();
    cloud.create("orders", json!({"ReceiveMessageWaitTimeSeconds": "20"}));
    for wait in [5, 10] {
        let input = json!({"Queue": "orders", "WaitTimeSeconds": wait});
        assert_eq!(cloud.call("ReceiveMessage", input), Value::Null);
    }
    assert_eq!(cloud.call("ReceiveMessage", json!({"Queue": "orders"})), Value::Null);
    let waiting = cloud.last_call();
    cloud.advance_s(4);
    cloud.send("orders", "first");
    cloud.advance_s(6);
    cloud.handle(|sqs, cx| sqs.disconnected(cx.deadlines, waiting));
    cloud.send("orders", "second");
    let answers: Vec<String> = cloud
        .answered
        .iter()
        .map(|(call, answer)| format!("{call}: {}", text(&answer["Messages"][0]["Body"])))
        .collect();
    assert_snapshot!(answers.join("\n"), @r#"
    2: first
    3: null
    "#);
    // Nobody waits any more: the second is for a mapping or the next receive.
    assert_eq!(cloud.announced, ["orders"]);
    assert_eq!(cloud.receive("orders"), "second 1");
}

#[test]
fn a_receipt_handle_is_good_for_its_message_alone() {
    let mut cloud = Cloud::new();
    cloud.create("orders", json!({"VisibilityTimeout": "1"}));
    cloud.create("other", json!({}));
    cloud.send("orders", "hello");
    let old = cloud.receipt("orders");
    cloud.advance_s(1);
    let new = cloud.receipt("orders");
    assert_ne!(old, new);
    let with = |cloud: &mut Cloud, operation: &str, queue: &str, handle: &str| {
        let mut input = json!({"Queue": queue, "ReceiptHandle": handle});
        if operation == "ChangeMessageVisibility" {
            input["VisibilityTimeout"] = 5.into();
        }
        shown(&cloud.call(operation, input)).replace(&old, "OLD").replace(&new, "NEW")
    };
    assert_snapshot!([
        with(&mut cloud, "DeleteMessage", "orders", "garbage"),
        with(&mut cloud, "DeleteMessage", "orders", &new.replace('A', "B")[..20]),
        with(&mut cloud, "DeleteMessage", "other", &new),
        with(&mut cloud, "ChangeMessageVisibility", "orders", "garbage"),
        with(&mut cloud, "ChangeMessageVisibility", "orders", &new),
        with(&mut cloud, "DeleteMessage", "orders", &old),
        cloud.counts("orders"),
        with(&mut cloud, "DeleteMessage", "orders", &new),
        with(&mut cloud, "ChangeMessageVisibility", "orders", &new),
    ].join("\n"), @r#"
    404 ReceiptHandleIsInvalid: The input receipt handle "garbage" is not a valid receipt handle.
    404 ReceiptHandleIsInvalid: The input receipt handle "BQEBY8vh5FkyDdcaMYXF" is not a valid receipt handle.
    404 ReceiptHandleIsInvalid: The receipt handle "NEW" is not valid for this queue.
    404 ReceiptHandleIsInvalid: The input receipt handle "garbage" is not a valid receipt handle.
    {}
    {}
    0 visible, 0 in flight, 0 delayed
    {}
    400 InvalidParameterValue: Value NEW for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.
    "#);
    cloud.check_restart();
}

/// AWS's text speaks of upper and lower score characters alone; it takes letters of other alphabets.
#[test]
fn an_attributes_name_may_have_letters_of_any_alphabet_and_its_value_no_control_character() {
    let mut cloud = Cloud::new();
    cloud.create("orders", json!({}));
    let mut send = |name: &str, data_type: &str, value: &str| {
        let attribute = json!({"DataType": data_type, "StringValue": value});
        let input =
            json!({"Queue": "orders", "MessageBody": "x", "MessageAttributes": {name: attribute}});
        let answer = cloud.call("SendMessage", input);
        answer["MD5OfMessageAttributes"].as_str().map_or_else(|| shown(&answer), str::to_owned)
    };
    assert_snapshot!([
        send("sm\u{f8}rrebr\u{f8}d", "String", "x"),
        send("名前", "String", "x"),
        send("smørre brød", "String", "x"),
        send("☃", "String", "x"),
        send(&"ø".repeat(129), "String", "x"),
        send("a", "String", "x\u{8}"),
        send("a", "String.\u{8}", "x"),
    ].join("\n"), @"
    8b276d216d7fef1a6ce1235eb7b93a3c
    c31b429b8f85eafd164c90e239262c87
    400 InvalidParameterValue: Message (user) attributes name can only contain upper and lower score characters, digits, periods, hyphens and underscores. 
    400 InvalidParameterValue: Message (user) attributes name can only contain upper and lower score characters, digits, periods, hyphens and underscores. 
    400 InvalidParameterValue: Message (user) attribute name must be shorter than 256 bytes.
    400 InvalidParameterValue: Invalid binary character '#x8' was found in the message (user) attribute 'a', the set of allowed characters is #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF].
    400 InvalidParameterValue: Invalid binary character '#x8' was found in the message (user) attribute 'a', the set of allowed characters is #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF].
    ");
    let name = cloud
        .call("ReceiveMessage", json!({"Queue": "orders", "MessageAttributeNames": ["smø.*"]}));
    assert_eq!(name["Messages"][0]["MessageAttributes"]["smørrebrød"]["StringValue"], "x");
}

#[test]
fn what_cannot_be_sent_is_refused_in_aws_words() {
    let mut cloud = Cloud::new();
    cloud.create("orders", json!({"MaximumMessageSize": "1024"}));
    let attribute =
        |name: &str, value: Value| json!({"MessageBody": "a", "MessageAttributes": {name: value}});
    let eleven: serde_json::Map<String, Value> = (0..11)
        .map(|n| (format!("a{n}"), json!({"DataType": "String", "StringValue": "x"})))
        .collect();
    let refused = [
        json!({}),
        json!({"MessageBody": "a".repeat(1_025)}),
        json!({"MessageBody": "a\u{0}"}),
        json!({"MessageBody": "a", "DelaySeconds": 901}),
        json!({"MessageBody": "a", "MessageDeduplicationId": "1"}),
        attribute("ErrorDetails", json!({"DataType": "String", "StringValue": ""})),
        attribute("a", json!({"DataType": "Strong", "StringValue": "x"})),
        attribute("a", json!({"DataType": "", "StringValue": "x"})),
        attribute("a", json!({"DataType": "Number", "StringValue": "x"})),
        attribute("a", json!({"DataType": "Binary", "StringValue": "x"})),
        attribute("AWS.a", json!({"DataType": "String", "StringValue": "x"})),
        attribute("a", json!({"DataType": "String", "StringListValues": ["x"]})),
        json!({"MessageBody": "a", "MessageAttributes": eleven}),
        json!({"MessageBody": "a", "MessageSystemAttributes": {"b": {"DataType": "String", "StringValue": "x"}}}),
        json!({"MessageBody": "a", "Surprise": 1}),
    ];
    let answers = refused.map(|mut input| {
        input["Queue"] = "orders".into();
        shown(&cloud.call("SendMessage", input))
    });
    assert_snapshot!(answers.join("\n"), @"
    400 MissingParameter: The request must contain the parameter MessageBody.
    400 InvalidParameterValue: One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes.
    400 InvalidMessageContents: Invalid binary character '#x0' was found in the message body, the set of allowed characters is #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF].
    400 InvalidParameterValue: Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.
    400 InvalidParameterValue: Value 1 for parameter MessageDeduplicationId is invalid. Reason: The request include parameter that is not valid for this queue type.
    400 InvalidParameterValue: Message (user) attribute 'ErrorDetails' must contain a non-empty value of type 'String'.
    400 InvalidParameterValue: The type of message (user) attribute 'a' is invalid. You must use only the following supported type prefixes: Binary, Number, String.
    400 InvalidParameterValue: The message (user) attribute 'a' must contain a non-empty message attribute type.
    400 InvalidParameterValue: Can't cast the value of message (user) attribute 'a' to a number.
    400 InvalidParameterValue: Message (user) attribute 'a' with type 'Binary' must use field 'Binary'.
    400 InvalidParameterValue: You can't use message attribute names beginning with 'AWS.' or 'Amazon.'. These strings are reserved for internal use. Additionally, they cannot start or end with '.'.
    400 AWS.SimpleQueueService.UnsupportedOperation: Message attribute list values in SendMessage operation are not supported.
    400 InvalidParameterValue: Number of message attributes [11] exceeds the allowed maximum [10].
    400 InvalidParameterValue: Message system attribute name 'b' is invalid.
    501 NotImplemented: The parameter Surprise of SendMessage is not implemented by Cloudless.
    ");
    assert_eq!(cloud.counts("orders"), "0 visible, 0 in flight, 0 delayed");
}

#[test]
fn what_cannot_be_received_is_refused_in_aws_words() {
    let mut cloud = Cloud::new();
    cloud.create("orders", json!({}));
    let refused = [
        json!({"MaxNumberOfMessages": 11}),
        json!({"MaxNumberOfMessages": 0}),
        json!({"WaitTimeSeconds": 21}),
        json!({"VisibilityTimeout": 43_201}),
        json!({"AttributeNames": ["Nothing"]}),
        json!({"ReceiveRequestAttemptId": "1"}),
    ];
    let answers = refused.map(|mut input| {
        input["Queue"] = "orders".into();
        shown(&cloud.call("ReceiveMessage", input))
    });
    assert_snapshot!(answers.join("\n"), @"
    400 InvalidParameterValue: Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.
    400 InvalidParameterValue: Value 0 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.
    400 InvalidParameterValue: Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.
    400 InvalidParameterValue: Value 43201 for parameter VisibilityTimeout is invalid. Reason: Must be >= 0 and <= 43200, if provided.
    400 InvalidAttributeName: Unknown Attribute Nothing.
    {}
    ");
    assert_eq!(cloud.call("ReceiveMessage", json!({"Queue": "orders"})), json!({}));
}

#[test]
fn each_entry_of_a_batch_has_its_own_outcome() {
    let mut cloud = Cloud::new();
    cloud.create("orders", json!({"MaximumMessageSize": "1024"}));
    let sent = cloud.call(
        "SendMessageBatch",
        json!({"Queue": "orders", "Entries": [
            {"Id": "small", "MessageBody": "a"},
            {"Id": "large", "MessageBody": "a".repeat(1_025)},
            {"Id": "late", "MessageBody": "b", "DelaySeconds": 901},
        ]}),
    );
    assert_snapshot!(shown(&sent), @r#"
    {
      "Successful": [
        {
          "Id": "small",
          "MD5OfMessageBody": "0cc175b9c0f1b6a831c399e269772661",
          "MessageId": "044c3cd7-f43c-461c-a698-4080bab12a02"
        }
      ],
      "Failed": [
        {
          "Id": "large",
          "SenderFault": true,
          "Code": "InvalidParameterValue",
          "Message": "One or more parameters cannot be validated. Reason: Message must be shorter than 1024 bytes."
        },
        {
          "Id": "late",
          "SenderFault": true,
          "Code": "InvalidParameterValue",
          "Message": "Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900."
        }
      ]
    }
    "#);
    let handle = cloud.receipt("orders");
    let changed = cloud.call(
        "ChangeMessageVisibilityBatch",
        json!({"Queue": "orders", "Entries": [
            {"Id": "a", "ReceiptHandle": handle, "VisibilityTimeout": 0},
        ]}),
    );
    assert_eq!(changed, json!({"Successful": [{"Id": "a"}]}));
    let deleted = cloud.call(
        "DeleteMessageBatch",
        json!({"Queue": "orders", "Entries": [
            {"Id": "a", "ReceiptHandle": handle}, {"Id": "b", "ReceiptHandle": "garbage"},
        ]}),
    );
    assert_snapshot!(shown(&deleted), @r#"
    {
      "Successful": [
        {
          "Id": "a"
        }
      ],
      "Failed": [
        {
          "Id": "b",
          "SenderFault": true,
          "Code": "ReceiptHandleIsInvalid",
          "Message": "The input receipt handle \"garbage\" is not a valid receipt handle."
        }
      ]
    }
    "#);
    cloud.check_restart();
}

#[test]
fn a_batch_as_a_whole_has_its_rules() {
    let mut cloud = Cloud::new();
    cloud.create("orders", json!({}));
    let entries = |ids: &[&str], body: &str| -> Value {
        ids.iter().map(|id| json!({"Id": id, "MessageBody": body})).collect()
    };
    let half = "a".repeat(524_288);
    let mut send = |entries: Value| {
        shown(&cloud.call("SendMessageBatch", json!({"Queue": "orders", "Entries": entries})))
    };
    let mut too_long = entries(&["a", "b"], &half);
    too_long[0]["MessageBody"] = format!("{half}a").into();
    assert_snapshot!([
        send(json!([])),
        send(entries(&["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"], "a")),
        send(entries(&["a", "a"], "a")),
        send(entries(&["a b"], "a")),
        send(too_long),
    ].join("\n"), @r#"
    400 AWS.SimpleQueueService.EmptyBatchRequest: There should be at least one SendMessageBatchRequestEntry in the request.
    400 AWS.SimpleQueueService.TooManyEntriesInBatchRequest: Maximum number of entries per request are 10. You have sent 11.
    400 AWS.SimpleQueueService.BatchEntryIdsNotDistinct: Id a repeated.
    400 AWS.SimpleQueueService.InvalidBatchEntryId: A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.
    400 AWS.SimpleQueueService.BatchRequestTooLong: Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes.
    "#);
}

#[test]
fn a_request_that_is_traced_hands_its_trace_to_the_message() {
    let mut cloud = Cloud::new();
    cloud.create("orders", json!({}));
    cloud.trace_header = Some("Root=1-67891233-abcdef012345678912345678;Sampled=1".into());
    cloud.send("orders", "by the request");
    cloud.call("SendMessage", json!({
        "Queue": "orders", "MessageBody": "by its attribute",
        "MessageSystemAttributes": {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=2"}},
    }));
    let received = cloud.receive_all("orders");
    let shown = received.iter().map(|message| {
        format!("{}: {}", text(&message["Body"]), text(&message["Attributes"]["AWSTraceHeader"]))
    });
    assert_snapshot!(shown.collect::<Vec<_>>().join("\n"), @r"
    by the request: Root=1-67891233-abcdef012345678912345678;Sampled=1
    by its attribute: Root=2
    ");
}

/// One message that is put back again and again does not hold up the others.
#[test]
fn what_is_received_in_vain_three_times_goes_to_the_back() {
    let mut cloud = Cloud::new();
    cloud.create("orders", json!({"VisibilityTimeout": "0"}));
    for body in ["a", "b", "c"] {
        cloud.send("orders", body);
    }
    let mut order = Vec::new();
    for _ in 0..12 {
        let answer = cloud.call("ReceiveMessage", json!({"Queue": "orders"}));
        order.push(text(&answer["Messages"][0]["Body"]).to_owned());
        cloud.advance_s(1);
        cloud.restart();
    }
    assert_snapshot!(order.join(" "), @"a a a b b b c c c a b c");
    cloud.check_restart();
}

/// Too late is too late: a change of visibility does not take back what others may receive.
#[test]
fn a_visibility_timeout_that_is_over_is_not_extended() {
    let mut cloud = Cloud::new();
    cloud.create("orders", json!({"VisibilityTimeout": "1"}));
    cloud.send("orders", "a");
    let receipt = cloud.receipt("orders");
    let change = json!({"Queue": "orders", "ReceiptHandle": receipt, "VisibilityTimeout": 60});
    cloud.advance_s(1);
    assert_eq!(cloud.call("ChangeMessageVisibility", change.clone()), json!({}));
    assert_eq!(cloud.receive("orders"), "a 2");
    // In flight again, the older handle counts, as on AWS.
    assert_eq!(cloud.call("ChangeMessageVisibility", change), json!({}));
    cloud.advance_s(59);
    assert_eq!(cloud.receive("orders"), "");
    cloud.advance_s(1);
    assert_eq!(cloud.receive("orders"), "a 3");
}
