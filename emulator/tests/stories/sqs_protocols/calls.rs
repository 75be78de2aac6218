//! Random calls of all actions of SQS, in the shape of the JSON protocol.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// Before URLs, ARNs and handles are known, these stand in their place.
pub const URL: &str = "http://localhost:4566/000000000000/";
pub const HANDLE: &str = "handle of the receive ";
pub const TASK: &str = "handle of the last move task";

#[derive(Debug, Clone)]
pub enum Step {
    Call { operation: &'static str, input: Value },
    Advance { s: u64 },
}

pub fn steps() -> impl Strategy<Value = Vec<Step>> {
    let call = (call(), prop::option::weighted(0.08, any::<prop::sample::Index>())).prop_map(
        |((operation, mut input), lacking)| {
            // A member may be absent, required or not; without its queue it would be another call.
            if let (Some(lacking), Some(members)) = (lacking, input.as_object_mut()) {
                let names: Vec<_> =
                    members.keys().filter(|it| *it != "QueueUrl").cloned().collect();
                if !names.is_empty() {
                    members.remove(lacking.get(&names));
                }
            }
            Step::Call { operation, input }
        },
    );
    let step = prop_oneof![
        12 => call,
        1 => prop_oneof![Just(1_u64), Just(30), Just(60), Just(301)]
            .prop_map(|s| Step::Advance { s }),
    ];
    prop::collection::vec(step, 20..60)
}

/// The queues that most calls are about.
pub fn beginnings() -> impl Iterator<Item = Step> {
    ["dead", "dead.fifo", "orders", "orders.fifo"].into_iter().map(|queue| {
        let mut input = json!({"QueueName": queue});
        if queue.ends_with(".fifo") {
            input["Attributes"] = json!({"FifoQueue": "true", "ContentBasedDeduplication": "true"});
        } else if queue == "orders" {
            let redrive = r#"{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead","maxReceiveCount":1}"#;
            input["Attributes"] = json!({"VisibilityTimeout": "5", "RedrivePolicy": redrive});
        }
        Step::Call { operation: "CreateQueue", input }
    })
}

type Call = (&'static str, Value);

fn call() -> impl Strategy<Value = Call> {
    prop_oneof![
        6 => create(),
        6 => of_queue("SetQueueAttributes", attributes().prop_map(|it| json!({"Attributes": it}))),
        6 => of_queue("GetQueueAttributes", names(ATTRIBUTES, "AttributeNames")),
        3 => queue().prop_map(|queue| ("GetQueueUrl", json!({"QueueName": queue}))),
        6 => lists(),
        1 => of_queue("DeleteQueue", Just(json!({}))),
        1 => of_queue("PurgeQueue", Just(json!({}))),
        30 => of_queue("SendMessage", message()),
        12 => of_queue("SendMessageBatch", entries(message())),
        36 => of_queue("ReceiveMessage", receive()),
        10 => of_queue("DeleteMessage", handle()),
        6 => of_queue("DeleteMessageBatch", entries(handle())),
        10 => of_queue("ChangeMessageVisibility", visibility()),
        6 => of_queue("ChangeMessageVisibilityBatch", entries(visibility())),
        6 => tags(),
        6 => permissions(),
        10 => moves(),
    ]
}

fn queue() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        24 => Just("orders"), 12 => Just("orders.fifo"), 8 => Just("dead"), 4 => Just("dead.fifo"),
        1 => Just("none"), 1 => Just("no queue"),
    ]
}

fn of_queue(
    operation: &'static str,
    input: impl Strategy<Value = Value>,
) -> impl Strategy<Value = Call> {
    (queue(), input).prop_map(move |(queue, mut input)| {
        input["QueueUrl"] = format!("{URL}{queue}").into();
        (operation, input)
    })
}

fn create() -> impl Strategy<Value = Call> {
    (queue(), attributes(), prop::option::of(tag_map())).prop_map(|(queue, attributes, tags)| {
        let mut input = json!({"QueueName": queue, "Attributes": attributes});
        if queue.ends_with(".fifo") {
            input["Attributes"]["FifoQueue"] = "true".into();
        }
        if let Some(tags) = tags {
            input["tags"] = tags;
        }
        ("CreateQueue", input)
    })
}

/// Values that attributes can have and some that they cannot.
const SETTINGS: &[(&str, &str)] = &[
    ("DelaySeconds", "0"),
    ("DelaySeconds", "2"),
    ("DelaySeconds", "901"),
    ("VisibilityTimeout", "0"),
    ("VisibilityTimeout", "30"),
    ("VisibilityTimeout", "soon"),
    ("MessageRetentionPeriod", "60"),
    ("MaximumMessageSize", "1024"),
    ("ReceiveMessageWaitTimeSeconds", "0"),
    ("KmsMasterKeyId", "alias/aws/sqs"),
    ("SqsManagedSseEnabled", "false"),
    ("ContentBasedDeduplication", "true"),
    ("DeduplicationScope", "messageGroup"),
    ("FifoThroughputLimit", "perMessageGroupId"),
    ("RedriveAllowPolicy", r#"{"redrivePermission":"denyAll"}"#),
    (
        "RedrivePolicy",
        r#"{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead","maxReceiveCount":1}"#,
    ),
    (
        "RedrivePolicy",
        r#"{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead","maxReceiveCount":1}"#,
    ),
    (
        "RedrivePolicy",
        r#"{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead.fifo","maxReceiveCount":1}"#,
    ),
    ("RedrivePolicy", "<none>"),
    (
        "Policy",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"sqs:SendMessage","Resource":"*"}]}"#,
    ),
    ("Policy", "& more"),
    ("Policy", ""),
    ("Wings", "<2>"),
];

fn attributes() -> impl Strategy<Value = Value> {
    let chosen = prop::collection::vec(prop::sample::select(SETTINGS), 0..3);
    chosen.prop_map(|all| all.iter().map(|(name, value)| (*name, Value::from(*value))).collect())
}

const ATTRIBUTES: &[&str] =
    &["All", "All", "QueueArn", "Policy", "ApproximateNumberOfMessages", "FifoQueue", "Wings <2>"];
const SYSTEM_ATTRIBUTES: &[&str] =
    &["All", "All", "All", "SentTimestamp", "ApproximateReceiveCount", "AWSTraceHeader", "Wings"];
const MESSAGE_ATTRIBUTES: &[&str] = &["All", "n.*", "n.number", "text", "nothing", ".*"];

fn names(of: &'static [&'static str], member: &'static str) -> impl Strategy<Value = Value> {
    prop::collection::vec(prop::sample::select(of), 0..3)
        .prop_map(move |names| json!({member: names}))
}

fn lists() -> impl Strategy<Value = Call> {
    let page = || (prop::option::of(0..3_i64), prop::option::weighted(0.2, Just("b3JkZXJz")));
    let paged = |mut input: Value, (max, token): (Option<i64>, Option<&str>)| {
        if let Some(max) = max {
            input["MaxResults"] = max.into();
        }
        if let Some(token) = token {
            input["NextToken"] = token.into();
        }
        input
    };
    let queues = (prop::option::of(Just("o")), page()).prop_map(move |(prefix, page)| {
        let input = prefix.map_or_else(|| json!({}), |prefix| json!({"QueueNamePrefix": prefix}));
        ("ListQueues", paged(input, page))
    });
    let sources =
        of_queue("ListDeadLetterSourceQueues", page().prop_map(move |page| paged(json!({}), page)));
    prop_oneof![queues, sources]
}

/// What could be mistaken by a codec or may not be sent at all.
fn text() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        8 => Just("plain"), 2 => Just("<b>&amp;</b> \"'"), 2 => Just("\r\n line\tend\r"),
        2 => Just("ü€😀"), 2 => Just("a+b%20=&c;]]>"), 1 => Just(" "), 1 => Just(""),
        1 => Just("\u{1}"),
    ]
}

fn message() -> impl Strategy<Value = Value> {
    let id = || prop_oneof![9 => Just("a"), 9 => Just("b"), 3 => Just("<&>"), 1 => Just("a b")];
    let attributes = prop::collection::vec(message_attribute(), 0..3);
    let trace = prop::option::weighted(0.2, text());
    let delay = prop_oneof![5 => Just(0_i64), 2 => Just(2), 1 => Just(901), 1 => Just(-1)];
    let delay = prop::option::weighted(0.3, delay);
    let group = prop::option::weighted(0.7, id());
    let deduplication = prop::option::weighted(0.2, id());
    (text(), attributes, trace, delay, group, deduplication).prop_map(
        |(body, attributes, trace, delay, group, deduplication)| {
            let mut input = json!({"MessageBody": body});
            if !attributes.is_empty() {
                input["MessageAttributes"] = Value::Object(attributes.into_iter().collect());
            }
            if let Some(trace) = trace {
                let header =
                    json!({"AWSTraceHeader": {"DataType": "String", "StringValue": trace}});
                input["MessageSystemAttributes"] = header;
            }
            if let Some(delay) = delay {
                input["DelaySeconds"] = delay.into();
            }
            if let Some(group) = group {
                input["MessageGroupId"] = group.into();
            }
            if let Some(deduplication) = deduplication {
                input["MessageDeduplicationId"] = deduplication.into();
            }
            input
        },
    )
}

fn message_attribute() -> impl Strategy<Value = (String, Value)> {
    let value = prop_oneof![
        6 => text().prop_map(|text| json!({"DataType": "String", "StringValue": text})),
        6 => Just(json!({"DataType": "Number.int", "StringValue": "-7"})),
        6 => Just(json!({"DataType": "Binary", "BinaryValue": "AP8Q"})),
        1 => Just(json!({"DataType": "Number", "StringValue": "many"})),
        1 => Just(json!({"DataType": "Binary", "StringValue": "text"})),
        1 => Just(json!({"DataType": "Date", "StringValue": "today"})),
        1 => Just(json!({"StringValue": "untyped"})),
    ];
    let name = prop_oneof![
        8 => Just("text"), 8 => Just("n.number"), 8 => Just("n.binary"), 1 => Just("AWS.x"),
        1 => Just("<n>"),
    ];
    (name, value).prop_map(|(name, value)| (name.to_owned(), value))
}

fn entries(entry: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    let id = (0..100_u32).prop_map(|id| id.to_string());
    let id = prop_oneof![40 => id, 1 => Just("<id>".to_owned())];
    prop::collection::vec((id, entry), 0..4).prop_map(|entries| {
        let entries = entries.into_iter().map(|(id, mut entry)| {
            entry["Id"] = id.into();
            entry
        });
        json!({"Entries": entries.collect::<Vec<_>>()})
    })
}

fn receive() -> impl Strategy<Value = Value> {
    let max = prop::option::of(prop_oneof![18 => 1..=10_i64, 1 => Just(0), 1 => Just(11)]);
    let timeout = prop::option::of(prop_oneof![8 => Just(0_i64), 8 => Just(5), 1 => Just(43_201)]);
    let wait = prop::option::of(prop_oneof![20 => Just(0_i64), 1 => Just(21)]);
    let attempt =
        prop::option::weighted(0.1, prop_oneof![3 => Just("attempt"), 1 => Just("a <b>")]);
    let system = prop_oneof![
        names(SYSTEM_ATTRIBUTES, "AttributeNames"),
        names(SYSTEM_ATTRIBUTES, "MessageSystemAttributeNames"),
    ];
    let own = names(MESSAGE_ATTRIBUTES, "MessageAttributeNames");
    (max, timeout, wait, attempt, system, own).prop_map(
        |(max, timeout, wait, attempt, system, own)| {
            let numbers = [
                ("MaxNumberOfMessages", max),
                ("VisibilityTimeout", timeout),
                ("WaitTimeSeconds", wait),
            ];
            let mut input = Map::new();
            for (name, value) in numbers {
                input.extend(value.map(|value| (name.to_owned(), value.into())));
            }
            input.extend(attempt.map(|it| ("ReceiveRequestAttemptId".to_owned(), it.into())));
            for selection in [system, own] {
                input.extend(selection.as_object().cloned().unwrap_or_default());
            }
            Value::Object(input)
        },
    )
}

fn handle() -> impl Strategy<Value = Value> {
    let handle = prop_oneof![
        20 => (0..4_usize).prop_map(|ago| format!("{HANDLE}{ago}")),
        1 => Just("<garbage>".to_owned()),
        1 => Just(String::new()),
    ];
    handle.prop_map(|handle| json!({"ReceiptHandle": handle}))
}

fn visibility() -> impl Strategy<Value = Value> {
    let timeout = prop_oneof![5 => Just(0_i64), 5 => Just(7), 1 => Just(43_201), 1 => Just(-1)];
    (handle(), timeout).prop_map(|(mut input, timeout)| {
        input["VisibilityTimeout"] = timeout.into();
        input
    })
}

fn tag_map() -> impl Strategy<Value = Value> {
    let tag = (prop_oneof![3 => Just("team"), 1 => Just("<cost>"), 1 => Just("aws:x")], text());
    prop::collection::vec(tag, 1..3)
        .prop_map(|tags| tags.into_iter().map(|(key, value)| (key, Value::from(value))).collect())
}

fn tags() -> impl Strategy<Value = Call> {
    prop_oneof![
        of_queue("TagQueue", tag_map().prop_map(|tags| json!({"Tags": tags}))),
        of_queue("UntagQueue", names(&["team", "<cost>", "none"], "TagKeys")),
        of_queue("ListQueueTags", Just(json!({}))),
    ]
}

fn permissions() -> impl Strategy<Value = Call> {
    let label = || prop_oneof![3 => Just("mine"), 2 => Just("yours"), 1 => Just("<no label>")];
    let accounts = prop::collection::vec(
        prop_oneof![3 => Just("111111111111"), 2 => Just("222222222222"), 1 => Just("x")],
        0..3,
    );
    let actions = prop::collection::vec(
        prop_oneof![3 => Just("SendMessage"), 2 => Just("*"), 1 => Just("Fly")],
        0..3,
    );
    let add = (label(), accounts, actions).prop_map(|(label, accounts, actions)| {
        json!({"Label": label, "AWSAccountIds": accounts, "Actions": actions})
    });
    prop_oneof![
        2 => of_queue("AddPermission", add),
        1 => of_queue("RemovePermission", label().prop_map(|label| json!({"Label": label}))),
    ]
}

fn moves() -> impl Strategy<Value = Call> {
    let arn = || queue().prop_map(|queue| format!("arn:aws:sqs:us-east-1:000000000000:{queue}"));
    let source = || {
        prop_oneof![
            6 => Just("arn:aws:sqs:us-east-1:000000000000:dead".to_owned()),
            2 => arn(),
        ]
    };
    let rate = prop::option::of(prop_oneof![3 => Just(1_i64), 1 => Just(501)]);
    let start =
        (source(), prop::option::of(arn()), rate).prop_map(|(source, destination, rate)| {
            let mut input = json!({"SourceArn": source});
            if let Some(destination) = destination {
                input["DestinationArn"] = destination.into();
            }
            if let Some(rate) = rate {
                input["MaxNumberOfMessagesPerSecond"] = rate.into();
            }
            ("StartMessageMoveTask", input)
        });
    let list = (source(), prop::option::of(0..12_i64)).prop_map(|(source, max)| {
        let mut input = json!({"SourceArn": source});
        if let Some(max) = max {
            input["MaxResults"] = max.into();
        }
        ("ListMessageMoveTasks", input)
    });
    let handle = prop_oneof![4 => Just(TASK), 1 => Just("<garbage>")];
    let cancel = handle.prop_map(|handle| ("CancelMessageMoveTask", json!({"TaskHandle": handle})));
    prop_oneof![2 => start, 2 => list, 1 => cancel]
}
