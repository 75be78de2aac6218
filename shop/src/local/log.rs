//! What the shop says of itself, kept where an agent keeps it on AWS: in a group of CloudWatch Logs.

use std::sync::Arc;

use anyhow::Result;
use cloudless::Emulator;
use cloudless::core::Request;
use cloudless::core::call::{Caller, Payload, Signing};
use cloudless::engine::{CallRequest, EngineHandle};
use serde_json::{Value, json};

use crate::Lines;

/// The group of its lines.
pub const GROUP: &str = "/cloudless/shop";
const STREAM: &str = "local";

/// Makes group and stream where they are not there, and gives back what puts lines into them.
///
/// # Errors
/// The emulator refuses one of them.
pub async fn keep(emulator: &Emulator) -> Result<Lines> {
    let log = Log { engine: emulator.engine().clone(), endpoint: emulator.endpoint_url().into() };
    log.make("CreateLogGroup", json!({ "logGroupName": GROUP })).await?;
    let stream = json!({ "logGroupName": GROUP, "logStreamName": STREAM });
    log.make("CreateLogStream", stream).await?;
    let log = Arc::new(log);
    Ok(Arc::new(move |line| {
        let log = Arc::clone(&log);
        tokio::spawn(async move {
            if let Err(error) = log.put(&line).await {
                tracing::warn!(%error, "a line of the shop's is not kept");
            }
        });
    }))
}

struct Log {
    engine: EngineHandle,
    endpoint: String,
}

impl Log {
    /// Of what was made before there is nothing to be said.
    async fn make(&self, operation: &str, input: Value) -> Result<()> {
        match self.call(operation, input).await {
            Err(error) if error.code() != "ResourceAlreadyExistsException" => Err(error.into()),
            _ => Ok(()),
        }
    }

    async fn put(&self, line: &str) -> Result<(), cloudless::core::error::ApiError> {
        let at_ms = self.engine.clock().now().as_ms();
        let events = [json!({ "timestamp": at_ms, "message": line })];
        let input = json!({ "logGroupName": GROUP, "logStreamName": STREAM, "logEvents": events });
        self.call("PutLogEvents", input).await
    }

    async fn call(
        &self,
        operation: &str,
        input: Value,
    ) -> Result<(), cloudless::core::error::ApiError> {
        let call = CallRequest {
            caller: Caller::Anonymous,
            signing: Signing::Optional,
            region: Default::default(),
            endpoint: self.endpoint.clone(),
            source_ip: "127.0.0.1".into(),
            agent: Default::default(),
            trace_header: None,
            cause: None,
            request: Request::decode("logs", operation, input, Payload::None)?,
            staged: None,
        };
        self.engine.call(call).await.map(drop)
    }
}
