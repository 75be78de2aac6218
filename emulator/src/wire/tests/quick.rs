//! The quick way past the tables says the same as the way through them, or nothing.

use bytes::Bytes;
use cloudless_core::{Payload, sqs};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;

use super::{Hosts, decode, request, route};

/// The operations that have a quick way, each with the members of its input that it needs.
const OPERATIONS: [(&str, &[&str]); 3] = [
    ("SendMessage", &["QueueUrl", "MessageBody"]),
    ("ReceiveMessage", &["QueueUrl"]),
    ("DeleteMessage", &["QueueUrl", "ReceiptHandle"]),
];

/// Members that some of them have, and some that none has.
const MEMBERS: [&str; 18] = [
    "QueueUrl",
    "MessageBody",
    "DelaySeconds",
    "MessageAttributes",
    "MessageSystemAttributes",
    "MessageDeduplicationId",
    "MessageGroupId",
    "AttributeNames",
    "MessageSystemAttributeNames",
    "MessageAttributeNames",
    "MaxNumberOfMessages",
    "VisibilityTimeout",
    "WaitTimeSeconds",
    "ReceiveRequestAttemptId",
    "ReceiptHandle",
    "queueUrl",
    "Unknown",
    "",
];

/// What JSON has for a text: plain, escaped, half a character, none.
fn text() -> impl Strategy<Value = String> {
    let right = vec![
        r#""http://localhost:4566/000000000000/q""#,
        r#""a""#,
        r#"" ""#,
        r#""ü€😀""#,
        r#""\u0041""#,
        r#""\ud83d\ude00""#,
        r#""\u0000""#,
        r#""\ufffe\uffff""#,
        r#""\n\t\r\b\f\/\\\"""#,
        "\"\u{7f}\u{feff}\"",
        r#""null""#,
        r#""1""#,
    ];
    let odd = vec![
        r#""""#,
        r#""\ud83d""#,
        r#""\ude00\ud83d""#,
        r#""\ud83d\u0041""#,
        r#""\x41""#,
        r#""\u00""#,
        "\"\n\"",
        "'a'",
    ];
    prop_oneof![
        8 => prop::sample::select(right).prop_map(str::to_owned),
        1 => prop::sample::select(odd).prop_map(str::to_owned),
        1 => any::<String>().prop_map(|text| serde_json::Value::from(text).to_string()),
    ]
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => (0..=900_i64).prop_map(|number| number.to_string()),
        1 => any::<i64>().prop_map(|number| number.to_string()),
        2 => prop::sample::select(vec![
            "-1", "-0", "00", "01", "+1", "1.0", "1e1", "1E400", "1e-400", "0.5", ".5", "1.", "2147483647", "2147483648",
            "-2147483648", "-2147483649", "9223372036854775807", "9223372036854775808", "-9223372036854775809",
            "18446744073709551615", "100000000000000000000000", "NaN", "Infinity", "0x10", "1_0",
        ]).prop_map(str::to_owned),
    ]
}

fn value() -> impl Strategy<Value = String> {
    let list = prop::collection::vec(
        prop_oneof![6 => text(), 1 => number(), 1 => Just("null".to_owned())],
        0..3,
    );
    let attribute = r#"{"a":{"DataType":"String","StringValue":"x"}}"#;
    prop_oneof![
        4 => text(),
        4 => number(),
        2 => Just("null".to_owned()),
        3 => list.prop_map(|values| format!("[{}]", values.join(","))),
        1 => prop::sample::select(vec!["true", "false", "{}", "[]", "[[]]", r#"["All"]"#, attribute, "", "nul", "{", "]", "//"])
            .prop_map(str::to_owned),
    ]
}

/// A value that fits a member, so that not every body is wrong in something.
fn fitting(name: &str) -> BoxedStrategy<String> {
    match name {
        "DelaySeconds" | "MaxNumberOfMessages" | "VisibilityTimeout" | "WaitTimeSeconds" => {
            number().boxed()
        }
        "AttributeNames" | "MessageSystemAttributeNames" | "MessageAttributeNames" => {
            prop::collection::vec(text(), 0..3)
                .prop_map(|texts| format!("[{}]", texts.join(",")))
                .boxed()
        }
        "MessageAttributes" | "MessageSystemAttributes" => Just("null".to_owned()).boxed(),
        _ => text().boxed(),
    }
}

fn space() -> impl Strategy<Value = &'static str> {
    prop_oneof![30 => Just(""), 5 => Just("\t\r\n "), 1 => prop::sample::select(vec![" ", "\n", "\t\r ", "\u{a0}", "\u{b}", "\u{feff}", "/**/"])]
}

/// `"Name"`, now and then with a letter of it as an escape, and a value.
fn member(name: &'static str) -> impl Strategy<Value = String> {
    let value = prop_oneof![12 => fitting(name), 1 => value()];
    (prop::bool::weighted(0.1), space(), space(), value).prop_map(
        move |(escaped, before, after, value)| {
            let name = match name.as_bytes().first() {
                Some(first) if escaped => format!("\\u{first:04x}{}", &name[1..]),
                _ => name.to_owned(),
            };
            format!("{before}\"{name}\"{after}:{after}{value}{before}")
        },
    )
}

/// A body that is right, or nearly.
fn body(needed: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    let needed: Vec<_> =
        needed.iter().map(|name| prop::option::weighted(0.95, member(name))).collect();
    let others =
        prop::collection::vec(prop::sample::select(&MEMBERS[..]).prop_flat_map(member), 0..3);
    let members = (needed, others).prop_map(|(needed, others)| {
        needed.into_iter().flatten().chain(others).collect::<Vec<_>>()
    });
    let around = prop_oneof![
        12 => Just(("{", "}")),
        1 => prop::sample::select(vec![("[", "]"), ("", ""), ("{", ""), ("{", "}}"), ("{", ",}"), ("{", "}\0"), ("\u{feff}{", "}"), ("[{", "}]")]),
    ];
    let broken = prop::option::weighted(0.1, (any::<prop::sample::Index>(), any::<u8>()));
    (members.prop_shuffle(), around, space(), space(), broken).prop_map(
        |(members, (open, close), before, after, broken)| {
            let mut body =
                format!("{before}{open}{}{close}{after}", members.join(",")).into_bytes();
            if let Some((at, byte)) = broken.filter(|_| !body.is_empty()) {
                let at = at.index(body.len());
                body[at] = byte;
            }
            body
        },
    )
}

/// What the tables and the core make of a body; nothing where one of them refuses it.
fn slow(operation: &str, body: &[u8]) -> Result<sqs::Request, String> {
    let head = format!(
        "POST /\nContent-Type: application/x-amz-json-1.0\nX-Amz-Target: AmazonSQS.{operation}\n\n"
    );
    let parts = request(head.as_bytes()).0;
    let route =
        route(&parts, &Hosts::default()).map_err(|refused| format!("{:?}", refused.error))?;
    let call = decode(&route, &parts, &Bytes::copy_from_slice(body))
        .map_err(|error| format!("{error:?}"))?;
    sqs::Request::decode(call.operation, call.input, Payload::None)
        .map_err(|error| format!("{error:?}"))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn the_quick_way_says_what_the_slow_way_says_or_nothing(
        (operation, body) in prop::sample::select(&OPERATIONS[..]).prop_flat_map(|(operation, needed)| (Just(operation), body(needed))),
    ) {
        if let Some(quick) = sqs::Request::quick(operation, &body) {
            let quick = Ok(format!("{quick:?}"));
            let slow = slow(operation, &body).map(|request| format!("{request:?}"));
            prop_assert_eq!(quick, slow, "{} {}", operation, String::from_utf8_lossy(&body));
        }
    }
}

/// The property above would hold if nothing was quick, too.
#[test]
fn many_of_those_bodies_are_quick() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let quick = OPERATIONS.map(|(operation, needed)| {
        let bodies = body(needed);
        let is_quick = |_| {
            let body = bodies.new_tree(&mut runner).unwrap().current();
            sqs::Request::quick(operation, &body).is_some()
        };
        (0..1_000).map(is_quick).filter(|quick| *quick).count()
    });
    assert!(quick.iter().all(|quick| *quick > 100), "{quick:?} of a thousand");
}
