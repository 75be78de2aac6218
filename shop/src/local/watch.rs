//! The shop in CloudWatch: what it says of itself is kept in a group of CloudWatch Logs, as an agent does on AWS, and a
//! dashboard draws shop and pipeline.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use cloudless::Emulator;
use cloudless::core::Request;
use cloudless::core::call::{Caller, Payload, Signing};
use cloudless::core::error::ApiError;
use cloudless::engine::{CallRequest, EngineHandle};
use serde_json::{Value, json};

use crate::Lines;

/// The group of the shop's lines.
const GROUP: &str = "/cloudless/shop";
const STREAM: &str = "local";
/// The dashboard's name.
pub const DASHBOARD: &str = "shop";

/// Makes the group, and gives back what puts lines into it.
///
/// # Errors
/// The emulator refuses it.
pub async fn keep_lines(emulator: &Emulator) -> Result<Lines> {
    let calls = Calls::of(emulator);
    calls.make("logs", "CreateLogGroup", json!({ "logGroupName": GROUP })).await?;
    let stream = json!({ "logGroupName": GROUP, "logStreamName": STREAM });
    calls.make("logs", "CreateLogStream", stream).await?;
    let calls = Arc::new(calls);
    Ok(Arc::new(move |line| {
        let calls = Arc::clone(&calls);
        Box::pin(async move {
            if let Err(error) = calls.keep(&line).await {
                tracing::warn!(%error, "a line of the shop's is not kept");
            }
        })
    }))
}

/// Puts the dashboard, where there is none of that name.
///
/// # Errors
/// The emulator refuses it.
pub async fn put_dashboard(emulator: &Emulator) -> Result<()> {
    let calls = Calls::of(emulator);
    let name = json!({ "DashboardName": DASHBOARD });
    if calls.call("cloudwatch", "GetDashboard", name).await.is_ok() {
        return Ok(());
    }
    let body = include_str!("dashboard.json");
    let dashboard = json!({ "DashboardName": DASHBOARD, "DashboardBody": body });
    calls.call("cloudwatch", "PutDashboard", dashboard).await.context("the dashboard of the shop")
}

/// Calls of the emulator without HTTP.
struct Calls {
    engine: EngineHandle,
    endpoint: String,
}

impl Calls {
    fn of(emulator: &Emulator) -> Self {
        Self { engine: emulator.engine().clone(), endpoint: emulator.endpoint_url().to_owned() }
    }

    /// Makes what may have been made before.
    async fn make(&self, service: &str, operation: &str, input: Value) -> Result<()> {
        match self.call(service, operation, input).await {
            Err(error) if error.code() != "ResourceAlreadyExistsException" => {
                Err(error).with_context(|| format!("{operation} of the log of the shop"))
            }
            _ => Ok(()),
        }
    }

    async fn keep(&self, line: &str) -> Result<(), ApiError> {
        let at_ms = self.engine.clock().now().as_ms();
        let events = [json!({ "timestamp": at_ms, "message": line })];
        let input = json!({ "logGroupName": GROUP, "logStreamName": STREAM, "logEvents": events });
        self.call("logs", "PutLogEvents", input).await
    }

    async fn call(&self, service: &str, operation: &str, input: Value) -> Result<(), ApiError> {
        let call = CallRequest {
            caller: Caller::Anonymous,
            signing: Signing::Optional,
            region: Default::default(),
            endpoint: self.endpoint.clone(),
            source_ip: "127.0.0.1".into(),
            agent: Default::default(),
            trace_header: None,
            cause: None,
            request: Request::decode(service, operation, input, Payload::None)?,
            staged: None,
        };
        self.engine.call(call).await.map(drop)
    }
}
