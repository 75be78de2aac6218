//! The shop in CloudWatch: what it says of itself is kept in a group of CloudWatch Logs, as an agent does on AWS, and a
//! dashboard draws shop and pipeline.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use cloudless::Emulator;
use cloudless::core::error::ApiError;
use serde_json::json;

use super::calls::Calls;
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
            if let Err(error) = keep(&calls, &line).await {
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
    let put = calls.call("cloudwatch", "PutDashboard", dashboard).await;
    put.map(drop).context("the dashboard of the shop")
}

async fn keep(calls: &Calls, line: &str) -> Result<(), ApiError> {
    let events = [json!({ "timestamp": calls.now_ms(), "message": line })];
    let input = json!({ "logGroupName": GROUP, "logStreamName": STREAM, "logEvents": events });
    calls.call("logs", "PutLogEvents", input).await.map(drop)
}
