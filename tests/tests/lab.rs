//! The architecture of AWS on one machine: instances come, are killed, and go, and nobody who shops notices.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, Result, ensure};
use e2e::Program;
use serde_json::Value;
use tokio::task::JoinSet;

/// Shoppers at once.
const SHOPPERS: usize = 4;

/// Each status that shoppers have seen, and how often; what was no answer has its words.
type Seen = BTreeMap<String, u64>;

/// Looks at the shop over and over until it is told to stop.
async fn shop(url: String, is_over: Arc<AtomicBool>) -> Result<Seen> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    let mut seen = Seen::new();
    while !is_over.load(Ordering::Relaxed) {
        for path in ["/", "/cart", "/health"] {
            let answer = client.get(format!("{url}{path}")).send().await;
            let said = match answer {
                Ok(answer) => answer.status().to_string(),
                Err(error) => error.to_string(),
            };
            *seen.entry(said).or_default() += 1;
        }
    }
    Ok(seen)
}

async fn look(endpoint: &str) -> Result<Value> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    let url = format!("{endpoint}/_cloudless/instances");
    Ok(client.get(url).send().await?.json().await?)
}

/// The instances that run, with their processes.
async fn instances(endpoint: &str) -> Result<BTreeMap<String, u64>> {
    let told = look(endpoint).await?;
    let all = told["instances"].as_array().context("instances")?;
    let named =
        all.iter().filter_map(|it| Some((it["id"].as_str()?.to_owned(), it["process"].as_u64()?)));
    Ok(named.collect())
}

/// Returns when so many instances run or more, all of them others than `not`. Who shops makes the group grow.
async fn running(endpoint: &str, count: usize, not: &str) -> Result<BTreeMap<String, u64>> {
    loop {
        let all = instances(endpoint).await?;
        if all.len() >= count && !all.contains_key(not) {
            return Ok(all);
        }
    }
}

/// Returns when so many targets of this group are healthy: those that the balancer sends requests to.
async fn healthy(endpoint: &str, target_group: &str, count: usize) -> Result<()> {
    const KEY: &str = "AWS4-HMAC-SHA256 Credential=test/20261130/us-east-1/elasticloadbalancing/aws4_request, \
                       SignedHeaders=host, Signature=00";
    let client = reqwest::Client::builder().no_proxy().build()?;
    let asked = [
        ("Action", "DescribeTargetHealth"),
        ("Version", "2015-12-01"),
        ("TargetGroupArn", target_group),
    ];
    loop {
        let request = client.post(endpoint).header("authorization", KEY).form(&asked);
        let answer = request.send().await?;
        ensure!(answer.status().is_success(), "{}", answer.text().await?);
        if answer.text().await?.matches("<State>healthy</State>").count() == count {
            return Ok(());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_is_killed_and_replaced_and_no_shopper_notices() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let arguments = ["lab", "--sqlite", "--min", "3", "--max", "4", "--speed", "30"];
    let arguments = arguments.map(Path::new);
    let lab = Program::start_with(directory.path(), &arguments).await?;
    let (url, endpoint) = (lab.ready("/shop")?.to_owned(), lab.ready("/endpoint")?.to_owned());

    let before = running(&endpoint, 3, "").await?;
    healthy(&endpoint, lab.ready("/target_group")?, 3).await?;
    let is_over = Arc::new(AtomicBool::new(false));
    let mut shoppers = JoinSet::new();
    for _ in 0..SHOPPERS {
        shoppers.spawn(shop(url.clone(), Arc::clone(&is_over)));
    }
    let killed = before.keys().next().context("an instance")?;
    let client = reqwest::Client::builder().no_proxy().build()?;
    let kill = format!("{endpoint}/_cloudless/instances/{killed}/kill");
    ensure!(client.post(kill).send().await?.status().is_success(), "it is not killed");
    // The group replaces it.
    let after = running(&endpoint, 3, killed).await?;
    is_over.store(true, Ordering::Relaxed);
    let mut seen = Seen::new();
    while let Some(shopper) = shoppers.join_next().await {
        for (said, count) in shopper?? {
            *seen.entry(said).or_default() += count;
        }
    }
    let statuses: Vec<&String> = seen.keys().collect();
    insta::assert_debug_snapshot!(statuses, @r#"
    [
        "200 OK",
    ]
    "#);
    let kept = before.keys().filter(|id| after.contains_key(*id)).count();
    ensure!(kept == 2, "{kept} of three are the same: {before:?}, {after:?}");

    let (said, status) = lab.stop().await?;
    ensure!(status.success() && said.contains("stopped"), "{status}: {said}");
    for process in after.values() {
        let left = Path::new("/proc").join(process.to_string());
        ensure!(!left.exists(), "the process {process} is left");
    }
    Ok(())
}
