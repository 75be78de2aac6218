//! Environments that stand by: they are made ready before anybody invokes.

use std::sync::Arc;

use cloudless_core::lambda::{LogFormat, LogLevel, Logging};
use serde_json::{Value, json};

use super::{Function, Lambda};

/// Without its log.
fn answer(told: &str) -> &str {
    told.lines().next().unwrap_or_default()
}

#[tokio::test]
async fn what_stands_by_serves_what_is_provisioned_and_nothing_else() {
    let lambda = Lambda::start();
    let function = Function::rust("standing-by");
    let mut told = vec![lambda.prepare(&function).await];
    let begun = lambda.begun.lock().unwrap().len();
    told.push(format!("{begun} invocations began"));
    let count = || json!("count");
    for _ in 0..2 {
        told.push(answer(&lambda.invoke_provisioned(&function, count()).await).to_owned());
    }
    told.push(answer(&lambda.invoke(&function, count()).await).to_owned());
    let variables = lambda.invoke_provisioned(&function, json!("variables")).await;
    told.push(
        variables.contains("AWS_LAMBDA_INITIALIZATION_TYPE=provisioned-concurrency").to_string(),
    );
    insta::assert_snapshot!(told.join("\n"), @"
    succeeded: 
    0 invocations began
    succeeded: 1
    succeeded: 2
    succeeded: 1
    true
    ");
}

#[tokio::test]
async fn what_cannot_be_initialised_is_told_at_once_and_not_tried_again() {
    let lambda = Lambda::start();
    let mut told = Vec::new();
    for how in ["say", "exit"] {
        let function = Function::rust(how).variable("FAIL_INIT", how);
        told.push(format!("{how}: {}", lambda.prepare(&function).await));
        let reports = lambda.logs(function.arn());
        let reports = reports.iter().filter(|line| line.starts_with("INIT_REPORT"));
        told.extend(reports.map(|line| line.split_once("Phase").unwrap().1.replace('\t', " | ")));
    }
    insta::assert_snapshot!(told.join("\n"), @"
    say: failed: 
    : init | Status: error | Error Type: Init.NoTable
    exit: failed: 
    : init | Status: error | Error Type: Runtime.ExitError
    ");
}

#[tokio::test]
async fn the_log_in_json_says_that_it_was_provisioned_and_how_long_that_took() {
    let lambda = Lambda::start();
    let mut function = Function::rust("hello");
    let format = LogFormat::Json { application: LogLevel::Info, system: LogLevel::Info };
    Arc::make_mut(&mut function.deployment).logging = Logging { group: "shop".into(), format };
    lambda.prepare(&function).await;
    lambda.invoke_provisioned(&function, json!("count")).await;
    let logged = std::mem::take(&mut *lambda.logged.lock().unwrap());
    let lines = logged.iter().flat_map(|it| &it.lines).map(|(_, line)| line.as_str());
    let told: Vec<_> = lines
        .filter(|line| line.contains("platform.init"))
        .map(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            let record = &line["record"];
            format!("{} {} {}", line["type"], record["initializationType"], record["status"])
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    "platform.initStart" "provisioned-concurrency" null
    "platform.initReport" "provisioned-concurrency" "success"
    "#);
}
