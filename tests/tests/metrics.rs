//! What the shop does is seen in CloudWatch.

use anyhow::{Context as _, Result};
use e2e::Browser;
use serde_json::{Value, json};
use shop::local::{Local, Options};

#[tokio::test]
async fn what_customers_do_becomes_metrics_of_the_shop_and_is_drawn() -> Result<()> {
    let options = Options {
        port: 0,
        aws_port: 0,
        data_dir: None,
        database_url: None,
        smtp_url: None,
        host_names: Vec::new(),
        allowed_origins: Vec::new(),
    };
    let local = Local::start(&options, |_line| ()).await?;
    let (app, ready) = (local.app().clone(), local.ready().clone());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(local.serve(async move { _ = stopped.await }));

    let customer = Browser::new(&ready.shop)?;
    for page in ["/", "/cart", "/nowhere"] {
        customer.get(page).await?;
    }
    app.measure().await?;
    let aws = Aws { http: reqwest::Client::new(), endpoint: ready.aws.endpoint.clone() };
    aws.http.post(format!("{}/_cloudless/clock/advance?s=60", aws.endpoint)).send().await?;

    let mut seen = Vec::new();
    for metric in ["Requests", "Failures", "Orders", "PicturesInPipeline"] {
        seen.push(format!("{metric}: {}", aws.sum(metric).await?));
    }
    insta::assert_snapshot!(seen.join("\n"), @"
    Requests: 3.0
    Failures: 0.0
    Orders: 0.0
    PicturesInPipeline: 0.0
    ");
    let page = aws.http.get(&ready.dashboard).send().await?.error_for_status()?.text().await?;
    let titles = ["Requests a minute", "The queue between the functions", "Invocations and errors"];
    for title in titles {
        page.contains(title).then_some(()).with_context(|| format!("no {title} is drawn"))?;
    }
    drop(stop);
    serving.await?
}

/// Any key will do here.
const SIGNED: &str = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/monitoring/aws4_request, \
                      SignedHeaders=host, Signature=00";

struct Aws {
    http: reqwest::Client,
    endpoint: String,
}

impl Aws {
    /// The sums of a metric of the shop's, over all instances, of the last hours.
    async fn sum(&self, metric: &str) -> Result<String> {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_secs();
        let asked = json!({
            "Namespace": "Shop",
            "MetricName": metric,
            "StartTime": now - 3_600,
            "EndTime": now + 3_600,
            "Period": 60,
            "Statistics": ["Sum"],
        });
        let answer = self
            .http
            .post(&self.endpoint)
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-target", "GraniteServiceVersion20100801.GetMetricStatistics")
            .header("authorization", SIGNED)
            .body(asked.to_string());
        let answer = answer.send().await?.error_for_status()?.text().await?;
        let answer: Value = serde_json::from_str(&answer)?;
        let points = answer["Datapoints"].as_array().context("no points")?;
        Ok(points.iter().map(|point| point["Sum"].to_string()).collect::<Vec<_>>().join(", "))
    }
}
