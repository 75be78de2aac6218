//! Whether a target is healthy: asked once.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html>

use std::time::Duration;

use bytes::Bytes;
use elb::plane::{Probe, Probed, Version};
use http::header::{self, HeaderValue};
use http::{Method, Request};
use http_body_util::BodyExt as _;

use crate::Surroundings;
use crate::body::whole;
use crate::upstream::{Silence, Upstream, authority};

/// How much of an answer's body is read.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// What the target says.
pub(crate) async fn outcome(
    around: &dyn Surroundings,
    upstream: &Upstream,
    probe: &Probe,
) -> Probed {
    let asked = async {
        match probe.address {
            Some(address) => ask(around, upstream, probe, address).await,
            None => ask_function(around, probe).await,
        }
    };
    let limit = Duration::from_secs(probe.timeout_s.into());
    tokio::time::timeout(limit, asked).await.unwrap_or(Probed::TimedOut)
}

async fn ask(
    around: &dyn Surroundings,
    upstream: &Upstream,
    probe: &Probe,
    address: std::net::IpAddr,
) -> Probed {
    let Some(at) = around.locate(&probe.target, Some(address), probe.port) else {
        return Probed::Failed;
    };
    let is_grpc = probe.version == Version::Grpc;
    let mut request = Request::new(whole(Bytes::new()));
    *request.method_mut() = if is_grpc { Method::POST } else { Method::GET };
    let Some(uri) = authority(probe.speaks_tls, at, &probe.path) else { return Probed::Failed };
    *request.uri_mut() = uri;
    let host = HeaderValue::from_str(&format!("{address}:{}", probe.port));
    if let (Ok(host), Version::Http1) = (host, probe.version) {
        request.headers_mut().insert(header::HOST, host);
    }
    let agent = HeaderValue::from_static("ELB-HealthChecker/2.0");
    request.headers_mut().insert(header::USER_AGENT, agent);
    match upstream.send(probe.version, request).await {
        Ok(answer) => {
            let grpc = answer.headers().get("grpc-status").and_then(|value| value.to_str().ok());
            let grpc = grpc.and_then(|status| status.parse().ok());
            let status = answer.status().as_u16();
            // What is left of it, so that the target is not cut off.
            let body = http_body_util::Limited::new(answer.into_body(), BODY_BYTES_MAX);
            let trailers = body.collect().await.ok().and_then(|all| all.trailers().cloned());
            let trailer = trailers.as_ref().and_then(|all| all.get("grpc-status"));
            let trailer = trailer.and_then(|value| value.to_str().ok()?.parse().ok());
            Probed::Answered(if is_grpc { trailer.or(grpc).unwrap_or(12) } else { status })
        }
        Err(Silence::NotReachedInTime) => Probed::TimedOut,
        Err(Silence::NotReached | Silence::Broken) => Probed::Failed,
    }
}

/// A function is asked by an event that says what it is.
async fn ask_function(around: &dyn Surroundings, probe: &Probe) -> Probed {
    let event = serde_json::json!({
        "requestContext": { "elb": { "targetGroupArn": probe.target_group } },
        "httpMethod": "GET",
        "path": probe.path,
        "queryStringParameters": {},
        "headers": { "user-agent": "ELB-HealthChecker/2.0" },
        "body": "",
        "isBase64Encoded": false,
    });
    let answer = around.invoke(probe.target.clone(), event.to_string().into()).await;
    let answer =
        answer.and_then(|answer| serde_json::from_slice::<serde_json::Value>(&answer).ok());
    let status = answer.as_ref().and_then(|answer| answer["statusCode"].as_u64());
    match status.and_then(|status| u16::try_from(status).ok()) {
        Some(status) => Probed::Answered(status),
        None => Probed::Failed,
    }
}
