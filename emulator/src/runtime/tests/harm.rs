//! What an environment does to itself, and nobody else notices. Bootstraps are plain shell.

use std::fs;
use std::time::Duration;

use serde_json::json;

use super::{Function, Lambda};

/// Lets a function do its worst while another one is invoked: how the first ended, without the lines of its log
/// that are only many.
async fn beside_another(lambda: &Lambda, function: &Function) -> String {
    let neighbour = Function::rust("neighbour");
    let count = json!("count");
    let (told, beside) =
        tokio::join!(lambda.invoke(function, count.clone()), lambda.invoke(&neighbour, count));
    assert!(beside.starts_with("succeeded: "), "{beside}");
    let after = lambda.invoke(&neighbour, json!("count")).await;
    assert!(after.starts_with("succeeded: 2\n"), "{after}");
    told
}

/// Processes that were started with this argument.
fn running(argument: &str) -> usize {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let commands = entries.filter_map(|entry| fs::read(entry.path().join("cmdline")).ok());
    let argument = argument.as_bytes();
    commands.filter(|it| it.split(|byte| *byte == 0).any(|part| part == argument)).count()
}

#[tokio::test]
async fn one_that_forks_without_end_is_ended_with_all_that_it_started() {
    let lambda = Lambda::start();
    // So many that Lambda would not give them; each would be there for an hour.
    let script = "i=0; while [ $i -lt 20000 ]; do sleep 3600.0625 & i=$((i+1)); done; wait";
    let function = Function::script("forking", script);
    let told = beside_another(&lambda, &function).await;
    insta::assert_snapshot!(told, @"
    crashed: Runtime.ExitError: Runtime exited with error: signal: killed
    INIT_REPORT Init Duration: * | Phase: init | Status: error | Error Type: Runtime.ExitError
    INIT_REPORT Init Duration: * | Phase: invoke | Status: error | Error Type: Runtime.ExitError
    START RequestId: 00000000-0000-4000-8000-000000000001 Version: $LATEST
    RequestId: 00000000-0000-4000-8000-000000000001 Error: Runtime exited with error: signal: killed
    Runtime.ExitError
    END RequestId: 00000000-0000-4000-8000-000000000001
    REPORT RequestId: 00000000-0000-4000-8000-000000000001 | Duration: * | Billed Duration: * | Memory Size: 128 MB | Max Memory Used: * | Status: error | Error Type: Runtime.ExitError
    ");
    let logged = lambda.logs(function.arn());
    assert!(logged.iter().any(|line| line.contains("more than 1024 processes")), "{logged:?}");
    assert_eq!(running("3600.0625"), 0);
}

#[tokio::test]
async fn one_whose_processes_have_sessions_of_their_own_is_ended_with_all_of_them() {
    let lambda = Lambda::start();
    if !super::sight::is_as_on_aws(&lambda).await {
        return;
    }
    let script = "i=0; while [ $i -lt 20000 ]; do setsid sleep 3600.03125 & i=$((i+1)); done; wait";
    let function = Function::script("scattering", script);
    let told = beside_another(&lambda, &function).await;
    assert!(told.starts_with("crashed: Runtime.ExitError: "), "{told}");
    let logged = lambda.logs(function.arn());
    assert!(logged.iter().any(|line| line.contains("more than 1024 processes")), "{logged:?}");
    assert_eq!(running("3600.03125"), 0);
}

#[tokio::test]
async fn one_that_floods_its_log_has_the_beginning_of_it_kept() {
    let lambda = Lambda::with(|config| config.init_timeout = Duration::from_secs(600));
    let script = format!(
        "line=0123456789abcdef; for i in 1 2 3 4 5 6; do line=$line$line; done\n\
         yes $line | head -c 268435456; echo; exec '{}' {} > /dev/null",
        super::test_binary(),
        super::function::ARGUMENTS
    );
    let function = Function::script("talking", &script);
    let told = beside_another(&lambda, &function).await;
    assert!(told.starts_with("succeeded: 1"), "{told}");
    let logged = lambda.logs(function.arn());
    let kept_bytes: usize = logged.iter().map(String::len).sum();
    let kept_mib = kept_bytes / 1024 / 1024;
    let not_kept: Vec<_> = logged.iter().filter(|line| line.contains("not kept")).collect();
    insta::assert_snapshot!(format!("{kept_mib} MiB\n{not_kept:?}"), @r#"
    15 MiB
    ["245520 more lines are not kept: an invocation may log 16 MiB"]
    "#);
}

#[tokio::test]
async fn one_that_writes_without_end_is_stopped_when_its_time_is_over() {
    let lambda = Lambda::with(|config| config.init_timeout = Duration::from_millis(50));
    let (id, ending) = lambda.begin(&Function::script("endless", "exec yes"), json!({}));
    while !lambda.begun.lock().unwrap().contains(&id) {
        tokio::task::yield_now().await;
    }
    lambda.runtime.abort(&id);
    let told = super::tell(&ending.await.unwrap());
    assert!(told.starts_with("timed out\n"), "{told}");
}

#[tokio::test]
async fn one_that_answers_with_a_gigabyte_is_told_that_it_is_too_much() {
    let lambda = Lambda::start();
    let function = Function::rust("large");
    let large = lambda.invoke(&function, json!({ "answer-mib": 1024 })).await;
    let next = lambda.invoke(&function, json!("count")).await;
    let first = |told: &str| told.lines().next().unwrap_or_default().to_owned();
    let logged = lambda.logs(function.arn());
    let taken = logged.iter().find(|line| line.starts_with("all of it was taken"));
    insta::assert_debug_snapshot!((first(&large), first(&next), taken), @r#"
    (
        "failed: {\"errorMessage\":\"Response payload size exceeded maximum allowed payload size (6291556 bytes).\",\"errorType\":\"Function.ResponseSizeTooLarge\"}",
        "succeeded: 2",
        Some(
            "all of it was taken: false",
        ),
    )
    "#);
}
