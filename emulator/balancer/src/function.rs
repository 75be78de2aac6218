//! A function as a target: a request becomes its event, and what it returns the answer.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html>

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use elb::plane::TargetGroup;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::request::Parts;
use http::{Response, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout};

use crate::asking::{Asking, own};
use crate::body::{Body, Going, whole};
use crate::log::Reached;
use crate::progress::Coming;

/// How long a request's body and an answer may be, in bytes.
const BODY_BYTES_MAX: usize = 1024 * 1024;

/// Whether a group's targets are functions.
pub(crate) fn is_function(group: &TargetGroup) -> bool {
    group.targets.iter().any(|target| target.id.starts_with("arn:aws:lambda:"))
}

/// Has the function answer.
pub(crate) async fn answer(
    mut asking: Asking<'_>,
    group: &TargetGroup,
    parts: Parts,
    body: Incoming,
) -> Response<Body> {
    let around = Arc::clone(&asking.connection.balancer.around);
    let Some(target) = group.targets.first() else { return own(asking.entry, 503, None) };
    let coming = Coming::new(body, Arc::clone(&asking.entry.progress));
    let idle = Duration::from_secs(asking.current.plan.attributes.idle_timeout_s.into());
    let body = match timeout(idle, Limited::new(coming, BODY_BYTES_MAX).collect()).await {
        Ok(Ok(body)) => body.to_bytes(),
        Err(_) => return own(asking.entry, 408, None),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            asking.entry.reason = Some("LambdaRequestTooLarge");
            return own(asking.entry, 413, None);
        }
        Ok(Err(_)) => return own(asking.entry, 400, None),
    };
    let event = event(group, &parts, &body);
    asking.entry.reached(Reached {
        group: group.arn.clone(),
        id: target.id.clone(),
        zone: target.zone.clone().unwrap_or_default(),
        at: None,
        asked: Instant::now(),
        answered: None,
    });
    let Some(answer) = around.invoke(target.id.clone(), event.to_string().into()).await else {
        asking.entry.reason = Some("LambdaUnhandled");
        return own(asking.entry, 502, None);
    };
    if answer.len() > BODY_BYTES_MAX {
        asking.entry.reason = Some("LambdaResponseTooLarge");
        return own(asking.entry, 502, None);
    }
    let Some((status, headers, body)) = read(&answer) else {
        asking.entry.reason = Some("LambdaInvalidResponse");
        return own(asking.entry, 502, None);
    };
    asking.entry.answered(status.as_u16());
    asking.entry.leaves(status.as_u16(), &headers);
    let mut response =
        Response::new(Going::new(whole(body), Duration::from_secs(60), asking.entry));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response.map(BodyExt::boxed_unsync)
}

/// The event. Names and values of the query string stand in it as they came: not decoded.
fn event(group: &TargetGroup, parts: &Parts, body: &Bytes) -> Value {
    let query = parts.uri.query().unwrap_or_default().split('&').filter(|it| !it.is_empty());
    let query: Vec<(&str, &str)> = query.map(|it| it.split_once('=').unwrap_or((it, ""))).collect();
    let headers: Vec<(&str, &str)> = parts
        .headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
        .collect();
    let media_type = parts.headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok());
    let is_encoded = parts.headers.contains_key(header::CONTENT_ENCODING);
    let text = std::str::from_utf8(body).ok().filter(|_| !is_encoded && is_text(media_type));
    let mut event = json!({
        "requestContext": { "elb": { "targetGroupArn": group.arn } },
        "httpMethod": parts.method.as_str(),
        "path": parts.uri.path(),
    });
    let (query_name, headers_name) = match group.has_multi_value_headers {
        true => ("multiValueQueryStringParameters", "multiValueHeaders"),
        false => ("queryStringParameters", "headers"),
    };
    event[query_name] = named(&query, group.has_multi_value_headers);
    event[headers_name] = named(&headers, group.has_multi_value_headers);
    event["body"] = match text {
        Some(text) => json!(text),
        None => json!(BASE64_STANDARD.encode(body)),
    };
    event["isBase64Encoded"] = json!(text.is_none() && !body.is_empty());
    event
}

fn is_text(media_type: Option<&str>) -> bool {
    let Some(media_type) = media_type else { return true };
    let plain = [
        "application/json",
        "application/javascript",
        "application/xml",
        "application/x-www-form-urlencoded",
    ];
    media_type.starts_with("text/") || plain.iter().any(|plain| media_type.starts_with(plain))
}

/// Of several with one name the last counts, unless all are to be told.
fn named(pairs: &[(&str, &str)], all: bool) -> Value {
    let mut object = Map::new();
    for (name, value) in pairs {
        if !all {
            object.insert((*name).to_owned(), json!(value));
        } else if let Value::Array(values) = object.entry(*name).or_insert_with(|| json!([])) {
            values.push(json!(value));
        }
    }
    Value::Object(object)
}

/// What a function has returned as an answer; nothing where it is none.
fn read(answer: &[u8]) -> Option<(StatusCode, HeaderMap, Bytes)> {
    let answer: Value = serde_json::from_slice(answer).ok()?;
    let status = StatusCode::from_u16(u16::try_from(answer["statusCode"].as_u64()?).ok()?).ok()?;
    let mut headers = HeaderMap::new();
    let mut add = |name: &str, value: &Value| {
        let value = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        headers.append(name, HeaderValue::from_str(&value).ok()?);
        Some(())
    };
    for (name, value) in answer["headers"].as_object().into_iter().flatten() {
        add(name, value)?;
    }
    for (name, values) in answer["multiValueHeaders"].as_object().into_iter().flatten() {
        for value in values.as_array()? {
            add(name, value)?;
        }
    }
    for name in [header::CONTENT_LENGTH, header::CONNECTION, header::TRANSFER_ENCODING] {
        headers.remove(name);
    }
    headers
        .entry(header::CONTENT_TYPE)
        .or_insert(HeaderValue::from_static("application/octet-stream"));
    let body = answer["body"].as_str().unwrap_or_default();
    let body = match answer["isBase64Encoded"].as_bool() {
        Some(true) => BASE64_STANDARD.decode(body).ok()?,
        _ => body.as_bytes().to_vec(),
    };
    Some((status, headers, body.into()))
}
