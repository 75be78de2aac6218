//! What is said beside a body is the same with and without a tree of values, or nothing is said.

use cloudless_core::Service;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use serde::Serialize as _;
use serde_json::{Map, Value, json};

use super::super::encode::said_beside_body;
use super::super::model::Model;
use super::{Bytes, Envelope, Response, encode, envelope, seen};

/// A request of each operation whose output is headers alone.
const REQUESTS: [&str; 5] = [
    "GET /bucket/key\n\n",
    "HEAD /bucket/key\n\n",
    "PUT /bucket/key\n\n",
    "DELETE /bucket/key\n\n",
    "PUT /bucket/key?partNumber=1&uploadId=u\n\n",
];

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        6 => prop::sample::select(vec!["a", "", "\"e\"", "Größe", "日本", "a\nb", "bytes 0-1/2", "true"]).prop_map(Value::from),
        2 => any::<u32>().prop_map(Value::from),
        1 => Just(json!(1_704_067_200.5)),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
        1 => Just(json!(["a", "b"])),
        2 => Just(json!({"color": "red", "größe": "1", "x": "ü"})),
    ]
}

/// Some members of an output, and now and then one that it does not have.
fn output(envelope: Envelope) -> impl Strategy<Value = Value> {
    let model = Model::of(Service::S3);
    let shape = envelope.operation.and_then(|operation| operation.output).unwrap();
    let names: Vec<_> = model.shape(shape).members().iter().map(|member| member.name).collect();
    let others = vec!["Unknown", "$status", "x-cloudless-undelivered"];
    let name = prop_oneof![30 => prop::sample::select(names), 1 => prop::sample::select(others)];
    prop::collection::vec((name, value()), 0..6).prop_map(|members| {
        let members = members.into_iter().map(|(name, value)| (name.to_owned(), value));
        Value::Object(members.collect::<Map<_, _>>())
    })
}

fn quick(envelope: &Envelope, output: &Value) -> Option<Response<Bytes>> {
    said_beside_body(envelope, "ID", |said| output.serialize(said).ok())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn headers_without_a_tree_are_those_of_the_tree_or_none(
        (at, output) in (0..REQUESTS.len()).prop_flat_map(|at| (Just(at), output(envelope(REQUESTS[at])))),
    ) {
        let envelope = envelope(REQUESTS[at]);
        if let Some(quick) = quick(&envelope, &output) {
            let slow = encode(&envelope, &output, None, "ID");
            prop_assert_eq!(seen(&quick), seen(&slow), "{:?} {}", envelope, output);
        }
    }
}

/// The property above would hold if nothing was quick, too.
#[test]
fn most_of_those_outputs_are_quick() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let quick = REQUESTS.map(|text| {
        let envelope = envelope(text);
        let outputs = output(envelope);
        let is_quick = |_| {
            let output = outputs.new_tree(&mut runner).unwrap().current();
            quick(&envelope, &output).is_some()
        };
        (0..1_000).map(is_quick).filter(|quick| *quick).count()
    });
    assert!(quick.iter().all(|quick| *quick > 500), "{quick:?} of a thousand");
}
