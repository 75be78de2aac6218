//! CloudWatch: what three days of a thousand metrics take, and how soon a week of one of them is told.

use std::time::{Instant, SystemTime};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::client::{self, Connection};
use crate::server::Server;
use crate::table::{median, verdict};

/// As many as a call may bring.
const METRICS: usize = 1_000;
const MINUTES: u64 = 3 * 24 * 60;
const ROUNDS: usize = 15;

/// All of it, in words.
pub async fn measure() -> Result<String> {
    let subject = Server::cloudless(None)?;
    let mut connection = Connection::open(subject.address).await?;
    let list = json!({ "Namespace": "shop" });
    connection.call(&request("ListMetrics", &list)).await?;
    let before = subject.resident_bytes()?;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs();
    let began_s = (now / 60 - MINUTES) * 60;
    for minute in 0..MINUTES {
        let data: Vec<Value> = (0..METRICS)
            .map(|metric| {
                json!({
                    "MetricName": "orders",
                    "Dimensions": [{ "Name": "shop", "Value": format!("shop-{metric}") }],
                    "Timestamp": began_s + minute * 60,
                    "Value": (minute * 31 + metric as u64 * 17) % 1_000,
                    "Unit": "Count",
                })
            })
            .collect();
        let put = json!({ "Namespace": "shop", "MetricData": data });
        connection.call(&request("PutMetricData", &put)).await?;
    }
    let grown_mib = subject.resident_bytes()?.saturating_sub(before) / 1024 / 1024;
    let mut took = Vec::with_capacity(ROUNDS);
    for round in 0..ROUNDS {
        let asked = json!({
            "StartTime": now - 7 * 24 * 60 * 60,
            "EndTime": now,
            "MetricDataQueries": [{
                "Id": "orders",
                "MetricStat": {
                    "Metric": {
                        "Namespace": "shop",
                        "MetricName": "orders",
                        "Dimensions": [{ "Name": "shop", "Value": format!("shop-{round}") }],
                    },
                    "Period": 60,
                    "Stat": "Average",
                },
            }],
        });
        let began = Instant::now();
        let answer = connection.call(&request("GetMetricData", &asked)).await?;
        took.push(began.elapsed().as_secs_f64() * 1e3);
        let answer: Value = serde_json::from_slice(answer)?;
        let values = answer["MetricDataResults"][0]["Values"].as_array().context("no values")?;
        ensure!(values.len() as u64 == MINUTES, "{} points are told", values.len());
    }
    let took = median(took.into_iter());
    Ok(format!(
        "\nA thousand metrics with a point a minute for three days ({} points) take {grown_mib} MiB of memory. Asked: \
         less than 250: {}.\n\nGetMetricData over a week of one of them takes {took:.1} ms. Asked: less than 20 ms: {}.\n",
        METRICS as u64 * MINUTES,
        verdict(grown_mib < 250),
        verdict(took < 20.0)
    ))
}

/// A call, signed by nobody, as bytes.
fn request(operation: &str, input: &Value) -> Vec<u8> {
    client::call("monitoring", "1.0", &format!("GraniteServiceVersion20100801.{operation}"), input)
}
