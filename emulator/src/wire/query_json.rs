//! Answers of the Query protocol in JSON, which SQS gives to clients that prefer it, as API Gateway does:
//! the members that XML would have, in the order of their names, what is absent as null, maps as lists of
//! their entries.

use cloudless_core::error::ApiError;
use serde_json::{Map, Value, json};

use super::model::{Kind, Model, Operation, Shape};

/// `{"SendMessageResponse":{"ResponseMetadata":{"RequestId":…},"SendMessageResult":{…}}}`
pub(super) fn enveloped(
    model: &Model,
    operation: &Operation,
    output: &Value,
    request_id: &str,
) -> String {
    let name = operation.name;
    let metadata = ("ResponseMetadata".to_owned(), json!({ "RequestId": request_id }));
    let result = operation
        .output
        .map(|shape| (operation.root.to_owned(), document(model, model.shape(shape), output)));
    json!({ format!("{name}Response"): sorted(result.into_iter().chain([metadata])) }).to_string()
}

/// `{"Error":{"Code":…,"Message":…,"Type":"Sender"},"RequestId":…}`
pub(super) fn error(error: &ApiError, side: &str, request_id: &str) -> String {
    json!({
        "Error": { "Code": error.query_code(), "Message": error.query_message(), "Type": side },
        "RequestId": request_id,
    })
    .to_string()
}

fn document(model: &Model, shape: &Shape, value: &Value) -> Value {
    match (&shape.kind, value) {
        (Kind::Structure { members, .. }, Value::Object(object)) => {
            sorted(members.iter().map(|member| {
                let value = object.get(member.name).unwrap_or(&Value::Null);
                (name(member.name).to_owned(), document(model, model.shape(member.shape), value))
            }))
        }
        (Kind::List { item, .. }, Value::Array(items)) => {
            items.iter().map(|value| document(model, model.shape(*item), value)).collect()
        }
        (Kind::Map { key_name, value: of, value_name, .. }, Value::Object(object)) => {
            let entry = |(key, value): (&String, &Value)| json!({ *key_name: key, *value_name: document(model, model.shape(*of), value) });
            object.iter().map(entry).collect()
        }
        _ => value.clone(),
    }
}

/// Two lists have names here that they have nowhere else.
fn name(member: &'static str) -> &'static str {
    match member {
        "Messages" => "messages",
        "QueueUrls" => "queueUrls",
        name => name,
    }
}

fn sorted(members: impl Iterator<Item = (String, Value)>) -> Value {
    let mut members: Map<String, Value> = members.collect();
    members.sort_keys();
    Value::Object(members)
}
