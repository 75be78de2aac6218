//! What happened, as a story's answer tells it: one line each.

use cloudless_core::error::ApiError;
use cloudless_core::lambda::Invocation;
use serde_json::Value;

pub fn shown(refused: &ApiError) -> String {
    format!("{} {}: {}", refused.status(), refused.code(), refused.message())
}

/// `resize-image(id-1) [s3 ObjectCreated:Put photos/a.jpg]`.
pub fn invoked(invocation: &Invocation) -> String {
    let event: Value = serde_json::from_slice(&invocation.payload).unwrap();
    let event = match event["Records"].as_array() {
        None => event.to_string(),
        Some(records) => {
            let records: Vec<String> = records.iter().map(record).collect();
            if records.len() > 10 {
                let size_bytes = invocation.payload.len();
                format!("[{} records, {} MiB]", records.len(), size_bytes >> 20)
            } else {
                format!("[{}]", records.join(", "))
            }
        }
    };
    format!("{} {} {event}", invocation.function.arn.name, invocation.id.0)
}

pub fn record(record: &Value) -> String {
    match record["eventSource"].as_str() {
        Some("aws:sqs") => {
            let body = record["body"].as_str().unwrap();
            let count = record["attributes"]["ApproximateReceiveCount"].as_str().unwrap();
            format!("{} receive-count={count}", cut(body))
        }
        _ => format!(
            "s3 {} {}/{}",
            record["eventName"].as_str().unwrap_or_default(),
            record["s3"]["bucket"]["name"].as_str().unwrap_or_default(),
            record["s3"]["object"]["key"].as_str().unwrap_or_default(),
        ),
    }
}

pub fn cut(body: &str) -> String {
    match body.len() {
        0..700 => body.to_owned(),
        length => format!("{}… ({length} bytes)", &body[..8]),
    }
}

/// `hello receive-count=1 ErrorCode=200`; an event of S3 in words.
pub fn message(message: &Value) -> String {
    let body = message["Body"].as_str().unwrap();
    let event: Value = serde_json::from_str(body).unwrap_or_default();
    let body = match event["Records"].as_array() {
        Some(records) => records.iter().map(record).collect::<Vec<_>>().join(", "),
        None => cut(body),
    };
    let count = message["Attributes"]["ApproximateReceiveCount"].as_str().unwrap();
    let mut line = format!("{body} receive-count={count}");
    for (name, value) in message["MessageAttributes"].as_object().into_iter().flatten() {
        let kind = value["DataType"].as_str().unwrap();
        line = format!("{line} {name}={} ({kind})", value["StringValue"].as_str().unwrap());
    }
    line
}
