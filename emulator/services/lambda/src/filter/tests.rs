use insta::assert_snapshot;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::Filters;

/// Which of these bodies pass a pattern for the body.
fn passing(pattern: Value, bodies: &[&str]) -> String {
    let filters = Filters::of([json!({ "body": pattern }).to_string()]);
    let Some(filters) = filters else { return "Invalid filter pattern definition.".into() };
    let passing = bodies.iter().filter(|body| filters.pass(&Map::new(), body));
    passing.copied().collect::<Vec<_>>().join(" | ")
}

/// Messages, and what they are called here.
const MESSAGES: [(&str, &str); 7] = [
    ("Ann30", r#"{"name":"Ann","age":30,"ip":"10.0.0.7"}"#),
    ("ANN30.0", r#"{"name":"ANN","age":30.0,"ip":"10.0.1.7"}"#),
    ("Bert-1", r#"{"name":"Bert","age":-1,"ip":"2001:db8::1"}"#),
    ("empty", r#"{"name":"","age":null}"#),
    ("lists", r#"{"name":["Bert","Carl"],"age":[1,200]}"#),
    ("object", r#"{"name":{"first":"Ann"},"age":"30"}"#),
    ("other", r#"{"other":true}"#),
];

/// Each pattern with the messages that pass it.
fn told(patterns: &[Value]) -> String {
    let line = |pattern: &Value| {
        let passes = |(_, body): &&(&str, &str)| passing(pattern.clone(), &[body]) == *body;
        let names: Vec<&str> = MESSAGES.iter().filter(passes).map(|(name, _)| *name).collect();
        format!("{pattern}: {}", names.join(" | "))
    };
    patterns.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// <https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html#filtering-syntax>
#[test]
fn every_operator_tells_the_messages_that_it_speaks_of() {
    let patterns = [
        json!({"name": ["Ann"]}),
        json!({"name": ["Ann", "Bert"]}),
        json!({"name": [""]}),
        json!({"age": [null]}),
        json!({"age": [30]}),
        json!({"other": [true]}),
        json!({"name": [{"equals-ignore-case": "aNN"}]}),
        json!({"name": [{"prefix": "A"}]}),
        json!({"name": [{"prefix": {"equals-ignore-case": "AN"}}]}),
        json!({"name": [{"suffix": "rt"}]}),
        json!({"name": [{"suffix": {"equals-ignore-case": "NN"}}]}),
        json!({"name": [{"wildcard": "*r*"}]}),
        json!({"name": [{"wildcard": "B*t"}]}),
        json!({"age": [{"numeric": ["=", 30]}]}),
        json!({"age": [{"numeric": [">", 0, "<=", 30]}]}),
        json!({"age": [{"numeric": ["<", 0]}]}),
        json!({"ip": [{"cidr": "10.0.0.0/24"}]}),
        json!({"ip": [{"cidr": "2001:db8::/32"}]}),
        json!({"ip": [{"cidr": "0.0.0.0/0"}]}),
        json!({"age": [{"exists": true}]}),
        json!({"age": [{"exists": false}]}),
        json!({"name": [{"exists": true}]}),
        json!({"name": [{"anything-but": "Ann"}]}),
        json!({"name": [{"anything-but": ["Ann", "ANN", "Bert"]}]}),
        json!({"age": [{"anything-but": [30, 200]}]}),
        json!({"name": [{"anything-but": {"prefix": "A"}}]}),
        json!({"name": [{"anything-but": {"suffix": ["nn", "rt"]}}]}),
        json!({"name": [{"anything-but": {"equals-ignore-case": "ann"}}]}),
        json!({"name": [{"anything-but": {"wildcard": "*e*"}}]}),
    ];
    assert_snapshot!(told(&patterns), @r#"
    {"name":["Ann"]}: Ann30
    {"name":["Ann","Bert"]}: Ann30 | Bert-1 | lists
    {"name":[""]}: empty
    {"age":[null]}: empty
    {"age":[30]}: Ann30 | ANN30.0
    {"other":[true]}: other
    {"name":[{"equals-ignore-case":"aNN"}]}: Ann30 | ANN30.0
    {"name":[{"prefix":"A"}]}: Ann30 | ANN30.0
    {"name":[{"prefix":{"equals-ignore-case":"AN"}}]}: Ann30 | ANN30.0
    {"name":[{"suffix":"rt"}]}: Bert-1 | lists
    {"name":[{"suffix":{"equals-ignore-case":"NN"}}]}: Ann30 | ANN30.0
    {"name":[{"wildcard":"*r*"}]}: Bert-1 | lists
    {"name":[{"wildcard":"B*t"}]}: Bert-1 | lists
    {"age":[{"numeric":["=",30]}]}: Ann30 | ANN30.0
    {"age":[{"numeric":[">",0,"<=",30]}]}: Ann30 | ANN30.0 | lists
    {"age":[{"numeric":["<",0]}]}: Bert-1
    {"ip":[{"cidr":"10.0.0.0/24"}]}: Ann30
    {"ip":[{"cidr":"2001:db8::/32"}]}: Bert-1
    {"ip":[{"cidr":"0.0.0.0/0"}]}: Ann30 | ANN30.0
    {"age":[{"exists":true}]}: Ann30 | ANN30.0 | Bert-1 | empty | lists | object
    {"age":[{"exists":false}]}: other
    {"name":[{"exists":true}]}: Ann30 | ANN30.0 | Bert-1 | empty | lists
    {"name":[{"anything-but":"Ann"}]}: ANN30.0 | Bert-1 | empty | lists
    {"name":[{"anything-but":["Ann","ANN","Bert"]}]}: empty | lists
    {"age":[{"anything-but":[30,200]}]}: Bert-1 | empty | lists | object
    {"name":[{"anything-but":{"prefix":"A"}}]}: Bert-1 | empty | lists
    {"name":[{"anything-but":{"suffix":["nn","rt"]}}]}: ANN30.0 | empty | lists
    {"name":[{"anything-but":{"equals-ignore-case":"ann"}}]}: Bert-1 | empty | lists
    {"name":[{"anything-but":{"wildcard":"*e*"}}]}: Ann30 | ANN30.0 | empty | lists
    "#);
}

#[test]
fn fields_are_told_together_and_alternatives_apart() {
    let patterns = [
        json!({"name": ["Bert"], "age": [1]}),
        json!({"$or": [{"name": ["ANN"]}, {"age": [-1]}]}),
        json!({"ip": [{"exists": true}], "$or": [{"name": ["ANN"]}, {"age": [30]}]}),
        json!({"name": {"first": ["Ann"]}}),
        json!({"name": {"first": [{"exists": false}]}}),
    ];
    assert_snapshot!(told(&patterns), @r#"
    {"name":["Bert"],"age":[1]}: lists
    {"$or":[{"name":["ANN"]},{"age":[-1]}]}: ANN30.0 | Bert-1
    {"ip":[{"exists":true}],"$or":[{"name":["ANN"]},{"age":[30]}]}: Ann30 | ANN30.0
    {"name":{"first":["Ann"]}}: object
    {"name":{"first":[{"exists":false}]}}: Ann30 | ANN30.0 | Bert-1 | empty | lists | other
    "#);
}

/// <https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html>: "Properly filtering Amazon SQS
/// messages".
#[test]
fn plain_text_and_json_are_told_apart() {
    let bodies = ["plain", r#""plain""#, "42", "true", r#"{"a":1}"#, "[1]", "{broken"];
    let patterns = [
        json!(["plain"]),
        json!([{"prefix": "p"}]),
        json!([{"anything-but": "plain"}]),
        json!([42]),
        json!(["42"]),
        json!([{"exists": true}]),
        json!({"a": [1]}),
        json!({"a": [{"exists": false}]}),
        json!({"b": [{"exists": false}]}),
    ];
    let told = patterns.map(|pattern| format!("{pattern}: {}", passing(pattern.clone(), &bodies)));
    assert_snapshot!(told.join("\n"), @r#"
    ["plain"]: plain | "plain"
    [{"prefix":"p"}]: plain | "plain"
    [{"anything-but":"plain"}]: "plain" | 42 | true | {broken
    [42]: 42
    ["42"]: 42
    [{"exists":true}]: plain | "plain" | 42 | true | {broken
    {"a":[1]}: {"a":1}
    {"a":[{"exists":false}]}: [1]
    {"b":[{"exists":false}]}: {"a":1} | [1]
    "#);
}

#[test]
fn a_filter_can_speak_of_the_rest_of_a_record_too() {
    let Value::Object(record) = json!({
        "eventSource": "aws:sqs",
        "messageAttributes": {"kind": {"stringValue": "order", "dataType": "String"}},
    }) else {
        return;
    };
    let passes = |patterns: &[Value]| {
        let filters = Filters::of(patterns.iter().map(ToString::to_string));
        filters.map(|filters| filters.pass(&record, "{}"))
    };
    let order = json!({"messageAttributes": {"kind": {"stringValue": ["order"]}}});
    let bill = json!({"messageAttributes": {"kind": {"stringValue": ["bill"]}}});
    assert_eq!(
        [
            passes(&[]),
            passes(&[json!({"eventSource": ["aws:sqs"]})]),
            passes(std::slice::from_ref(&order)),
            passes(std::slice::from_ref(&bill)),
            passes(&[bill.clone(), order.clone()]),
            passes(&[json!({"$or": [bill, order]})]),
            passes(&[json!({"eventSource": ["aws:sqs"], "body": {"a": [1]}})]),
        ],
        [Some(true), Some(true), Some(true), Some(false), Some(true), Some(true), Some(false)]
    );
}

#[test]
fn what_is_no_pattern_is_refused() {
    let invalid = [
        "null",
        "",
        "\"simple string\"",
        "[]",
        "{}",
        "{",
        r#"{"eventSource":"aws:sqs"}"#,
        r#"{"eventSource":[]}"#,
        r#"{"body":{}}"#,
        r#"{"body":[["nested"]]}"#,
        r#"{"body":[{}]}"#,
        r#"{"body":[{"unknown":1}]}"#,
        r#"{"body":[{"prefix":1}]}"#,
        r#"{"body":[{"prefix":"a","suffix":"b"}]}"#,
        r#"{"body":[{"exists":"true"}]}"#,
        r#"{"body":[{"numeric":[]}]}"#,
        r#"{"body":[{"numeric":[">"]}]}"#,
        r#"{"body":[{"numeric":[">","1"]}]}"#,
        r#"{"body":[{"numeric":["<",1,">",0]}]}"#,
        r#"{"body":[{"numeric":[">",2,"<",1]}]}"#,
        r#"{"body":[{"numeric":["=",1,"<",2]}]}"#,
        r#"{"body":[{"numeric":["!=",1]}]}"#,
        r#"{"body":[{"numeric":["=",6000000000]}]}"#,
        r#"{"body":[{"cidr":"10.0.0.0"}]}"#,
        r#"{"body":[{"cidr":"10.0.0.0/33"}]}"#,
        r#"{"body":[{"wildcard":"a**b"}]}"#,
        r#"{"body":[{"wildcard":"a\\b"}]}"#,
        r#"{"body":[{"anything-but":[]}]}"#,
        r#"{"body":[{"anything-but":[1,"a"]}]}"#,
        r#"{"body":[{"anything-but":true}]}"#,
        r#"{"body":[{"anything-but":{"exists":true}}]}"#,
    ];
    let taken: Vec<_> =
        invalid.into_iter().filter(|text| Filters::of([(*text).to_owned()]).is_some()).collect();
    assert_eq!(taken, Vec::<&str>::new());
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-c*]{0,3}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let name = prop::sample::select(vec![
            "body",
            "a",
            "$or",
            "prefix",
            "suffix",
            "exists",
            "numeric",
            "anything-but",
            "wildcard",
            "cidr",
            "equals-ignore-case",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(name.prop_map(str::to_owned), inner, 0..4)
                .prop_map(|members| members.into_iter().collect::<Map<_, _>>().into()),
        ]
    })
}

proptest! {
    /// Whatever is written as a pattern and sent as a message, it is decided.
    #[test]
    fn no_pattern_and_no_message_makes_it_panic(pattern in any_json(), body in any_json()) {
        if let Some(filters) = Filters::of([pattern.to_string()]) {
            let _ = filters.pass(&Map::new(), &body.to_string());
        }
    }

    /// A text that is this is not anything but this, and the other way round.
    #[test]
    fn a_text_is_this_or_anything_but_this(text in "[ab]{1,3}", body in "[ab]{0,4}") {
        for name in ["prefix", "suffix", "wildcard", "equals-ignore-case"] {
            let condition = json!({ name: text });
            let is_not = passes(&json!({ "anything-but": condition }), &body);
            prop_assert_eq!(passes(&condition, &body), !is_not);
        }
    }
}

fn passes(condition: &Value, body: &str) -> bool {
    let filters = Filters::of([json!({ "body": [condition] }).to_string()]);
    filters.is_some_and(|filters| filters.pass(&Map::new(), body))
}
