//! Load on a lab of its own, as whoever runs it sees it: an exit code, results, a report.

use anyhow::{Context as _, Result, ensure};
use e2e::functions::binary;
use serde_json::Value;
use tokio::process::Command;

#[tokio::test]
async fn users_come_order_and_leave_and_each_order_is_there_once_with_its_mail() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let out = directory.path().join("out");
    let (load, shop) =
        tokio::task::spawn_blocking(|| anyhow::Ok((binary("load")?, binary("shop")?))).await??;
    // Twelve users for ten seconds, which are five minutes of the cloud.
    let run = Command::new(load)
        .args([
            "run",
            "load",
            "--users",
            "12",
            "--ramp-s",
            "30",
            "--duration-s",
            "300",
            "--speed",
            "30",
        ])
        .args(["--p95-ms", "30000", "--out"])
        .arg(&out)
        .arg("--shop")
        .arg(shop)
        .args(["--", "--sqlite"])
        .kill_on_drop(true)
        .output()
        .await?;
    let said = String::from_utf8_lossy(&run.stdout);
    ensure!(run.status.success(), "{said}{}", String::from_utf8_lossy(&run.stderr));

    let results: Value = serde_json::from_slice(&std::fs::read(out.join("results.json"))?)?;
    let verdicts = results["verdicts"].as_array().context("no verdicts")?;
    let verdicts: Vec<(&str, bool)> = verdicts
        .iter()
        .filter_map(|it| Some((it["what"].as_str()?, it["holds"].as_bool()?)))
        .collect();
    insta::assert_debug_snapshot!(verdicts, @r#"
    [
        (
            "95 % of all requests",
            true,
        ),
        (
            "requests that failed",
            true,
        ),
        (
            "orders",
            true,
        ),
    ]
    "#);
    ensure!(results["orders"]["confirmed"].as_u64() > Some(0), "nobody ordered: {said}");
    let cpu = results["cloud"]["series"]["cpu"].as_array().context("no CPU")?;
    ensure!(!cpu.is_empty(), "the cloud tells no CPU");

    let requests = std::fs::read_to_string(out.join("requests.jtl"))?;
    let lines = requests.lines().count() as u64 - 1;
    let all = results["requests"].as_array().and_then(|it| it.last()).context("no requests")?;
    ensure!(Some(lines) == all["count"].as_u64(), "{lines} lines, {}", all["count"]);
    let report = std::fs::read_to_string(out.join("report.html"))?;
    ensure!(report.contains("Figure 11") && !report.contains("<script"), "{report}");
    Ok(())
}
