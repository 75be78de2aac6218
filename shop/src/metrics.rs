//! What the shop says of itself: once a minute a line in CloudWatch's embedded metric format. Wherever that line ends
//! up in CloudWatch Logs, CloudWatch makes metrics of the namespace `Shop` of it; the shop calls nobody for that.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::catalog::Picture;
use crate::money::Cents;
use crate::{App, db};

/// How often a line is written: as often as CloudWatch has a point.
const EVERY: Duration = Duration::from_secs(60);

db::statements! {
    /// Products with an upload whose result is not there.
    AWAITED = "SELECT image, image_original, image_original_after, image_original_announced,
            image_source, image_version
        FROM shop_product
        WHERE image_original IS NOT NULL AND (image_source IS NULL OR image_source <> image_original)";
}

/// What has been counted since the last line.
#[derive(Default)]
pub struct Counts {
    requests: AtomicU64,
    failures: AtomicU64,
    orders: AtomicU64,
    sales_cents: AtomicU64,
}

impl Counts {
    /// An order was placed.
    pub fn order(&self, total: Cents) {
        self.orders.fetch_add(1, Ordering::Relaxed);
        self.sales_cents.fetch_add(u64::try_from(total.0).unwrap_or_default(), Ordering::Relaxed);
    }

    fn request(&self, response: &Response) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        if response.status().is_server_error() {
            self.failures.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Counts a request. Those of balancers, who ask for `/health` all day, are none of a customer.
pub async fn count(State(app): State<App>, request: Request, next: Next) -> Response {
    let is_probe = request.uri().path() == "/health";
    let response = next.run(request).await;
    if !is_probe {
        app.counts.request(&response);
    }
    response
}

/// Writes a line a minute until it is dropped.
pub async fn run(app: App) {
    if app.metrics.is_none() {
        return;
    }
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    ticks.tick().await; // at once
    loop {
        ticks.tick().await;
        if let Err(error) = app.measure().await {
            tracing::error!(error = format!("{error:#}"), "cannot read what is to be measured");
        }
    }
}

impl App {
    /// Says what was measured since the last time, to where [`Config::metrics`](crate::Config::metrics) says, as the
    /// shop does each minute by itself.
    ///
    /// # Errors
    /// As [`App::measured`].
    pub async fn measure(&self) -> anyhow::Result<()> {
        let line = self.measured().await?;
        if let Some(write) = &self.metrics {
            write(line).await;
        }
        Ok(())
    }

    /// The line of this minute, and what it counts is counted anew: `Requests`, `Failures` (answers 500 and above),
    /// `Orders`, `Sales` (in the currency's unit), `PicturesInPipeline`, `MailsWaiting`; of all instances together and by
    /// `InstanceId`. The last two are of the database, and so the same at each instance: take their maximum.
    ///
    /// # Errors
    /// A database that fails. What was counted stays.
    pub async fn measured(&self) -> anyhow::Result<String> {
        let rows = self.db.rows(AWAITED, Vec::new()).await?;
        let mut pictures = 0_u64;
        for row in &rows {
            pictures += u64::from(Picture::of(row, self)?.is_pending());
        }
        let mails = self.mail.waiting().await?;
        let took = |count: &AtomicU64| count.swap(0, Ordering::Relaxed);
        #[expect(clippy::cast_precision_loss, reason = "a minute's sales are far below 2^53 cents")]
        let sales = took(&self.counts.sales_cents) as f64 / 100.0;
        let measured = [
            ("Requests", "Count", took(&self.counts.requests).into()),
            ("Failures", "Count", took(&self.counts.failures).into()),
            ("Orders", "Count", took(&self.counts.orders).into()),
            ("Sales", "None", sales.into()),
            ("PicturesInPipeline", "Count", pictures.into()),
            ("MailsWaiting", "Count", mails.into()),
        ];
        Ok(line(self.now(), &self.site.instance_id, measured))
    }
}

fn line<const N: usize>(
    now: DateTime<Utc>,
    instance_id: &str,
    measured: [(&str, &str, Value); N],
) -> String {
    let metrics = measured.each_ref().map(|(name, unit, _)| json!({ "Name": name, "Unit": unit }));
    let mut line = json!({
        "_aws": {
            "Timestamp": now.timestamp_millis(),
            "CloudWatchMetrics": [{
                "Namespace": "Shop",
                "Dimensions": [[], ["InstanceId"]],
                "Metrics": metrics.as_slice(),
            }],
        },
        "InstanceId": instance_id,
    });
    for (name, _, value) in measured {
        line[name] = value;
    }
    line.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_what_cloudwatch_reads_metrics_from() {
        let now = DateTime::from_timestamp_millis(1_700_000_000_123).unwrap_or_default();
        let measured = [("Requests", "Count", 7.into()), ("Sales", "None", 12.5.into())];
        insta::assert_snapshot!(line(now, "shop-1", measured), @r#"{"_aws":{"Timestamp":1700000000123,"CloudWatchMetrics":[{"Namespace":"Shop","Dimensions":[[],["InstanceId"]],"Metrics":[{"Name":"Requests","Unit":"Count"},{"Name":"Sales","Unit":"None"}]}]},"InstanceId":"shop-1","Requests":7,"Sales":12.5}"#);
    }
}
