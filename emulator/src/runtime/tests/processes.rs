//! Functions that are processes: what they answer, what they log, and how they fail.

use std::sync::Arc;
use std::time::Duration;

use cloudless_core::lambda::{LogFormat, LogLevel, Logging, Outcome};
use serde_json::{Value, json};

use super::{Function, Lambda, zip};

#[tokio::test]
async fn an_answer_comes_with_the_log_and_a_warm_environment_is_used_again() {
    let lambda = Lambda::start();
    let function = Function::rust("hello");
    let first = lambda.invoke(&function, json!({ "log": "resizing cat.jpg" })).await;
    let second = lambda.invoke(&function, json!("count")).await;
    insta::assert_snapshot!(format!("{first}\n\n{second}"), @r#"
    succeeded: null
    START RequestId: 00000000-0000-4000-8000-000000000001 Version: $LATEST
    resizing cat.jpg
    END RequestId: 00000000-0000-4000-8000-000000000001
    REPORT RequestId: 00000000-0000-4000-8000-000000000001 | Duration: * | Billed Duration: * | Memory Size: 128 MB | Max Memory Used: * | Init Duration: *

    succeeded: 2
    START RequestId: 00000000-0000-4000-8000-000000000002 Version: $LATEST
    END RequestId: 00000000-0000-4000-8000-000000000002
    REPORT RequestId: 00000000-0000-4000-8000-000000000002 | Duration: * | Billed Duration: * | Memory Size: 128 MB | Max Memory Used: *
    "#);
    let logged = lambda.logs(function.arn());
    assert!(logged.iter().any(|line| line == "resizing cat.jpg"), "{logged:?}");
}

#[tokio::test]
async fn errors_panics_and_events_of_another_form_leave_the_environment_warm() {
    let lambda = Lambda::start();
    let function = Function::rust("failing");
    let mut told = Vec::new();
    for event in [json!({ "fail": "no such picture" }), json!({ "panic": "oh" }), json!({ "a": 1 })]
    {
        let (_, ending) = lambda.begin(&function, event);
        let Outcome::Failed { payload, .. } = ending.await.unwrap() else { panic!("it fails") };
        told.push(String::from_utf8_lossy(&payload).into_owned());
    }
    told.push(lambda.invoke(&function, json!("count")).await);
    insta::assert_snapshot!(told.join("\n"), @r#"
    {"errorType":"&alloc::boxed::Box<dyn core::error::Error + core::marker::Send + core::marker::Sync>","errorMessage":"no such picture"}
    {"errorType":"&alloc::boxed::Box<dyn core::any::Any + core::marker::Send>","errorMessage":"Lambda panicked: oh"}
    {"errorType":"&lambda_runtime::deserializer::DeserializeError","errorMessage":"failed to deserialize the incoming data into the function's payload type: unknown variant `a`, expected one of `count`, `log`, `fail`, `panic`, `exit`, `answer`, `answer-mib`, `fill`, `variables`, `misuse`, `connect`, `hang`, `connect-child`, `connect-daemon`, `connect-bare-daemon`, `connect-lost-daemon` at line 1 column 4\n"}
    succeeded: 3
    START RequestId: 00000000-0000-4000-8000-000000000004 Version: $LATEST
    END RequestId: 00000000-0000-4000-8000-000000000004
    REPORT RequestId: 00000000-0000-4000-8000-000000000004 | Duration: * | Billed Duration: * | Memory Size: 128 MB | Max Memory Used: *
    "#);
}

#[tokio::test]
async fn a_process_that_exits_fails_its_invocation_and_the_next_gets_another() {
    let lambda = Lambda::start();
    let function = Function::rust("exiting");
    let mut told = vec![lambda.invoke(&function, json!("count")).await];
    told.push(lambda.invoke(&function, json!({ "exit": 3 })).await);
    told.push(lambda.invoke(&function, json!({ "exit": 0 })).await);
    told.push(lambda.invoke(&function, json!("count")).await);
    insta::assert_snapshot!(told.join("\n\n"), @r#"
    succeeded: 1
    START RequestId: 00000000-0000-4000-8000-000000000001 Version: $LATEST
    END RequestId: 00000000-0000-4000-8000-000000000001
    REPORT RequestId: 00000000-0000-4000-8000-000000000001 | Duration: * | Billed Duration: * | Memory Size: 128 MB | Max Memory Used: * | Init Duration: *

    crashed: Runtime.ExitError: Runtime exited with error: exit status 3
    START RequestId: 00000000-0000-4000-8000-000000000002 Version: $LATEST
    RequestId: 00000000-0000-4000-8000-000000000002 Error: Runtime exited with error: exit status 3
    Runtime.ExitError
    END RequestId: 00000000-0000-4000-8000-000000000002
    REPORT RequestId: 00000000-0000-4000-8000-000000000002 | Duration: * | Billed Duration: * | Memory Size: 128 MB | Max Memory Used: * | Status: error | Error Type: Runtime.ExitError

    crashed: Runtime.ExitError: Runtime exited without providing a reason
    START RequestId: 00000000-0000-4000-8000-000000000003 Version: $LATEST
    RequestId: 00000000-0000-4000-8000-000000000003 Error: Runtime exited without providing a reason
    Runtime.ExitError
    END RequestId: 00000000-0000-4000-8000-000000000003
    REPORT RequestId: 00000000-0000-4000-8000-000000000003 | Duration: * | Billed Duration: * | Memory Size: 128 MB | Max Memory Used: * | Init Duration: * | Status: error | Error Type: Runtime.ExitError

    succeeded: 1
    START RequestId: 00000000-0000-4000-8000-000000000004 Version: $LATEST
    END RequestId: 00000000-0000-4000-8000-000000000004
    REPORT RequestId: 00000000-0000-4000-8000-000000000004 | Duration: * | Billed Duration: * | Memory Size: 128 MB | Max Memory Used: * | Init Duration: *
    "#);
}

#[tokio::test]
async fn a_process_that_ends_before_it_is_ready_says_why() {
    let lambda = Lambda::start();
    let failing = Function::rust("no-table").variable("FAIL_INIT", "1");
    let killed = Function::script("killed", "kill -KILL $$");
    insta::assert_snapshot!(
        [
            lambda.invoke(&failing, Value::Null).await,
            lambda.invoke(&killed, Value::Null).await,
        ]
        .join("\n\n"),
        @r#"
        crashed: Runtime.ExitError: Runtime exited with error: exit status 1
        the table is missing
        INIT_REPORT Init Duration: * | Phase: init | Status: error | Error Type: Runtime.ExitError
        the table is missing
        INIT_REPORT Init Duration: * | Phase: invoke | Status: error | Error Type: Runtime.ExitError
        START RequestId: 00000000-0000-4000-8000-000000000001 Version: $LATEST
        RequestId: 00000000-0000-4000-8000-000000000001 Error: Runtime exited with error: exit status 1
        Runtime.ExitError
        END RequestId: 00000000-0000-4000-8000-000000000001
        REPORT RequestId: 00000000-0000-4000-8000-000000000001 | Duration: * | Billed Duration: * | Memory Size: 128 MB | Status: error | Error Type: Runtime.ExitError

        crashed: Runtime.ExitError: Runtime exited with error: signal: killed
        INIT_REPORT Init Duration: * | Phase: init | Status: error | Error Type: Runtime.ExitError
        INIT_REPORT Init Duration: * | Phase: invoke | Status: error | Error Type: Runtime.ExitError
        START RequestId: 00000000-0000-4000-8000-000000000002 Version: $LATEST
        RequestId: 00000000-0000-4000-8000-000000000002 Error: Runtime exited with error: signal: killed
        Runtime.ExitError
        END RequestId: 00000000-0000-4000-8000-000000000002
        REPORT RequestId: 00000000-0000-4000-8000-000000000002 | Duration: * | Billed Duration: * | Memory Size: 128 MB | Status: error | Error Type: Runtime.ExitError
        "#
    );
}

#[tokio::test]
async fn a_package_that_cannot_run_is_refused_with_the_reason() {
    let lambda = Lambda::start();
    let package = |name, files: &[_]| Function::new(name, "provided.al2023", "main", zip(files));
    let mut told = Vec::new();
    for function in [
        package("nothing", &[("main", "", 0o755)]),
        package("not-executable", &[("bootstrap", "#!/bin/sh\n", 0o644)]),
        package("not-a-program", &[("bootstrap", "hello", 0o755)]),
        package("escaping", &[("bootstrap", "#!/bin/sh\n", 0o755), ("../../evil", "x", 0o644)]),
        Function::new("no-zip", "provided.al2023", "main", "hello".into()),
        package("java", &[("bootstrap", "", 0o755)]).runtime("java21"),
    ] {
        let (_, ending) = lambda.begin(&function, Value::Null);
        let Outcome::Crashed { error_type, reason, .. } = ending.await.unwrap() else {
            panic!("it cannot run")
        };
        told.push(format!("{}: {error_type}: {reason}", function.arn().name));
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    nothing: Runtime.InvalidEntrypoint: Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]
    not-executable: Runtime.InvalidEntrypoint: fork/exec /var/task/bootstrap: permission denied
    not-a-program: Runtime.InvalidEntrypoint: fork/exec /var/task/bootstrap: exec format error
    escaping: Runtime.InvalidPackage: the package's entry "../../evil" points outside of the package; zip it with relative paths
    no-zip: Runtime.InvalidPackage: Could not unzip uploaded file: invalid Zip archive: Could not find EOCD. Check the file, then upload it again.
    java: Runtime.Unsupported: the emulator runs provided.al2023, python3.* and nodejs* functions as processes of this host, not java21; package it with a bootstrap for provided.al2023, or register an in-process handler under its name
    "#);
    assert!(!lambda.work_dir.path().join("evil").exists());
}

#[tokio::test]
async fn a_process_finds_the_environment_variables_of_lambda() {
    let lambda = Lambda::start();
    let function = Function::rust("variables")
        .variable("BUCKET", "photos")
        .variable("AWS_REGION", "a function cannot set this");
    let (_, ending) = lambda.begin(&function, json!("variables"));
    let Outcome::Succeeded { payload, .. } = ending.await.unwrap() else { panic!("it answers") };
    let variables: Vec<String> = serde_json::from_slice(&payload).unwrap();
    let mut told: Vec<_> = variables
        .iter()
        .filter_map(|variable| variable.split_once('='))
        // A shell's own, and what lambda_runtime sets.
        .filter(|(name, _)| !["PWD", "OLDPWD", "SHLVL", "_"].contains(name))
        .map(|(name, value)| {
            let differs = value.starts_with('/') || value.contains(":/") || value.len() > 60;
            let secret = name.ends_with("_KEY") || name.ends_with("_KEY_ID");
            let changing = differs || secret || name.ends_with("STREAM_NAME");
            let port = name == "AWS_LAMBDA_RUNTIME_API";
            let kept = name.ends_with("ENDPOINT_URL") || name.ends_with("GROUP_NAME");
            format!("{name}={}", if (changing || port) && !kept { "*" } else { value })
        })
        .collect();
    told.sort();
    insta::assert_snapshot!(told.join("\n"), @"
    AWS_ACCESS_KEY_ID=*
    AWS_DEFAULT_REGION=eu-central-1
    AWS_ENDPOINT_URL=http://127.0.0.1:4566
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE=128
    AWS_LAMBDA_FUNCTION_NAME=variables
    AWS_LAMBDA_FUNCTION_VERSION=$LATEST
    AWS_LAMBDA_INITIALIZATION_TYPE=on-demand
    AWS_LAMBDA_LOG_FORMAT=Text
    AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/variables
    AWS_LAMBDA_LOG_STREAM_NAME=*
    AWS_LAMBDA_RUNTIME_API=*
    AWS_REGION=eu-central-1
    AWS_SECRET_ACCESS_KEY=*
    AWS_SESSION_TOKEN=*
    AWS_XRAY_CONTEXT_MISSING=LOG_ERROR
    AWS_XRAY_DAEMON_ADDRESS=127.0.0.1:2000
    BUCKET=photos
    LAMBDA_RUNTIME_DIR=*
    LAMBDA_TASK_ROOT=*
    LANG=en_US.UTF-8
    LD_LIBRARY_PATH=*
    PATH=*
    TZ=:UTC
    _AWS_XRAY_DAEMON_ADDRESS=127.0.0.1
    _AWS_XRAY_DAEMON_PORT=2000
    _HANDLER=bootstrap
    _X_AMZN_TRACE_ID=Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0
    ");
}

#[tokio::test]
async fn a_response_over_6_mb_is_refused_and_the_environment_goes_on() {
    let lambda = Lambda::start();
    let function = Function::rust("large");
    let mut told = vec![lambda.invoke(&function, json!({ "answer": 7_000_000 })).await];
    let (_, ending) = lambda.begin(&function, json!({ "answer": 6_000_000 }));
    let Outcome::Succeeded { payload, .. } = ending.await.unwrap() else { panic!("it fits") };
    assert_eq!(payload.len(), 6_000_002);
    told.push(lambda.invoke(&function, json!("count")).await);
    insta::assert_snapshot!(told.join("\n\n"), @r#"
    failed: {"errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes).","errorType":"Function.ResponseSizeTooLarge"}
    START RequestId: 00000000-0000-4000-8000-000000000001 Version: $LATEST
    END RequestId: 00000000-0000-4000-8000-000000000001
    REPORT RequestId: 00000000-0000-4000-8000-000000000001 | Duration: * | Billed Duration: * | Memory Size: 128 MB | Max Memory Used: * | Init Duration: *

    succeeded: 3
    START RequestId: 00000000-0000-4000-8000-000000000003 Version: $LATEST
    END RequestId: 00000000-0000-4000-8000-000000000003
    REPORT RequestId: 00000000-0000-4000-8000-000000000003 | Duration: * | Billed Duration: * | Memory Size: 128 MB | Max Memory Used: *
    "#);
}

#[tokio::test]
async fn the_runtime_api_refuses_what_its_state_does_not_allow() {
    let lambda = Lambda::start();
    let function = Function::rust("misusing");
    let told = lambda.invoke(&function, json!("misuse")).await;
    // The function goes on after its answer; what it then learns is in the log once the next is served.
    let next = lambda.invoke(&function, json!("count")).await;
    let lines = lambda.logs(function.arn());
    let lines: Vec<_> =
        lines.iter().filter(|line| !line.contains("RequestId")).map(String::as_str).collect();
    insta::assert_snapshot!(format!("{told}\n\n{next}\n\n{}", lines.join("\n")), @r#"
    succeeded: "answered by hand"
    START RequestId: 00000000-0000-4000-8000-000000000001 Version: $LATEST
    END RequestId: 00000000-0000-4000-8000-000000000001
    REPORT RequestId: 00000000-0000-4000-8000-000000000001 | Duration: * | Billed Duration: * | Memory Size: 128 MB | Max Memory Used: * | Init Duration: *

    succeeded: 2
    START RequestId: 00000000-0000-4000-8000-000000000002 Version: $LATEST
    END RequestId: 00000000-0000-4000-8000-000000000002
    REPORT RequestId: 00000000-0000-4000-8000-000000000002 | Duration: * | Billed Duration: * | Memory Size: 128 MB | Max Memory Used: *

    INIT_START Runtime Version: provided:al2023.v1	Runtime Version ARN: arn:aws:lambda:eu-central-1::runtime:0c7a6b68ae8de5940afe217dbb81f77b9fcad26466e440a79ad48af42a49669c
    next: 403 {"errorMessage":"The environment's state does not allow this now","errorType":"InvalidStateTransition"}
    other id: 400 {"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}
    late: 403 {"errorMessage":"The environment's state does not allow this now","errorType":"InvalidStateTransition"}
    unknown: 403 {"errorType":"Extension.MissingExtensionIdentifier","errorMessage":"Missing Lambda-Extension-Identifier header"}
    answer: 202 {"status":"OK"}
    twice: 403 {"errorMessage":"The environment's state does not allow this now","errorType":"InvalidStateTransition"}
    Lambda Runtime API returned non-200 response: status=403 Forbidden
    "#);
}

/// A function whose first process hangs, or fails, while it initialises; the second does not.
fn second_time_lucky(name: &str, first: &str) -> Function {
    let script = format!(
        "mkdir \"${{TMPDIR:-/tmp}}/first\" 2> /dev/null && {{ {first}; }}\n\
         exec '{}' {} > /dev/null",
        super::test_binary(),
        super::function::ARGUMENTS,
    );
    Function::script(name, &script)
}

#[tokio::test]
async fn a_first_initialisation_that_takes_too_long_is_begun_again() {
    let lambda = Lambda::with(|config| config.init_timeout = Duration::from_millis(500));
    let slow = second_time_lucky("slow", "echo importing; exec tail -f /dev/null");
    insta::assert_snapshot!(lambda.invoke(&slow, json!("count")).await, @r#"
    succeeded: 1
    importing
    INIT_REPORT Init Duration: * | Phase: init | Status: timeout
    START RequestId: 00000000-0000-4000-8000-000000000001 Version: $LATEST
    END RequestId: 00000000-0000-4000-8000-000000000001
    REPORT RequestId: 00000000-0000-4000-8000-000000000001 | Duration: * | Billed Duration: * | Memory Size: 128 MB | Max Memory Used: *
    "#);
}

#[tokio::test]
async fn a_first_initialisation_that_fails_is_begun_again() {
    let lambda = Lambda::start();
    let exits = second_time_lucky("exits", "echo no database; exit 3");
    let says = Function::rust("says").variable("FAIL_INIT", "say-first");
    let always = Function::rust("always").variable("FAIL_INIT", "say");
    let mut told = Vec::new();
    for function in [exits, says, always] {
        told.push(lambda.invoke(&function, json!("count")).await);
    }
    insta::assert_snapshot!(told.join("\n\n"), @r#"
    succeeded: 1
    no database
    INIT_REPORT Init Duration: * | Phase: init | Status: error | Error Type: Runtime.ExitError
    START RequestId: 00000000-0000-4000-8000-000000000001 Version: $LATEST
    END RequestId: 00000000-0000-4000-8000-000000000001
    REPORT RequestId: 00000000-0000-4000-8000-000000000001 | Duration: * | Billed Duration: * | Memory Size: 128 MB | Max Memory Used: *

    succeeded: 1
    the table is missing
    INIT_REPORT Init Duration: * | Phase: init | Status: error | Error Type: Init.NoTable
    START RequestId: 00000000-0000-4000-8000-000000000002 Version: $LATEST
    END RequestId: 00000000-0000-4000-8000-000000000002
    REPORT RequestId: 00000000-0000-4000-8000-000000000002 | Duration: * | Billed Duration: * | Memory Size: 128 MB | Max Memory Used: *

    failed: {"errorType":"Init.NoTable","errorMessage":"the table is missing"}
    the table is missing
    INIT_REPORT Init Duration: * | Phase: init | Status: error | Error Type: Init.NoTable
    the table is missing
    INIT_REPORT Init Duration: * | Phase: invoke | Status: error | Error Type: Init.NoTable
    START RequestId: 00000000-0000-4000-8000-000000000003 Version: $LATEST
    END RequestId: 00000000-0000-4000-8000-000000000003
    REPORT RequestId: 00000000-0000-4000-8000-000000000003 | Duration: * | Billed Duration: * | Memory Size: 128 MB | Status: error | Error Type: Init.NoTable
    "#);
}

#[tokio::test]
async fn an_initialisation_that_hangs_twice_ends_with_the_time_of_its_invocation() {
    let lambda = Lambda::with(|config| config.init_timeout = Duration::from_millis(100));
    let hanging = Function::script("hanging", "exec tail -f /dev/null");
    let (id, ending) = lambda.begin(&hanging, json!({}));
    // The invocation's time begins with the second initialisation.
    while !lambda.begun.lock().unwrap().contains(&id) {
        tokio::task::yield_now().await;
    }
    lambda.runtime.abort(&id);
    insta::assert_snapshot!(super::tell(&ending.await.unwrap()), @r#"
    timed out
    INIT_REPORT Init Duration: * | Phase: init | Status: timeout
    INIT_REPORT Init Duration: * | Phase: invoke | Status: timeout
    START RequestId: 00000000-0000-4000-8000-000000000001 Version: $LATEST
    * 00000000-0000-4000-8000-000000000001 Task timed out after 3.00 seconds

    END RequestId: 00000000-0000-4000-8000-000000000001
    REPORT RequestId: 00000000-0000-4000-8000-000000000001 | Duration: * | Billed Duration: * | Memory Size: 128 MB | Max Memory Used: * | Status: timeout
    "#);
}

#[tokio::test]
async fn a_wrapper_script_starts_a_managed_runtime() {
    let lambda = Lambda::start();
    let wrapper = "#!/bin/sh\n\
                   echo \"wrapped: $(basename \"$1\" | tr -d 0-9.) $(basename \"$2\")\"\n\
                   export GREETING=Hello\n\
                   exec \"$@\"\n";
    let code = "import os\n\
                def handler(event, context):\n\
                \x20   return os.environ['GREETING']\n";
    let zip =
        zip(&[("app.py", code, 0o644), ("wrapper", wrapper, 0o755), ("flat", wrapper, 0o644)]);
    let function = |name: &str, path: &str| {
        Function::new(name, "python3.13", "app.handler", zip.clone())
            .variable("AWS_LAMBDA_EXEC_WRAPPER", path)
    };
    let told = [
        lambda.invoke(&function("wrapped", "/var/task/wrapper"), json!({})).await,
        lambda.invoke(&function("lost", "/var/task/lost"), json!({})).await,
        lambda.invoke(&function("flat", "/var/task/flat"), json!({})).await,
        // An OS-only runtime does not look at it.
        lambda
            .invoke(
                &Function::rust("own").variable("AWS_LAMBDA_EXEC_WRAPPER", "/var/task/lost"),
                json!("count"),
            )
            .await,
    ];
    if !super::interpreters::is_here("python3") {
        return;
    }
    insta::assert_snapshot!(told.join("\n\n"), @r#"
    succeeded: "Hello"
    wrapped: python bootstrap.py
    START RequestId: 00000000-0000-4000-8000-000000000001 Version: $LATEST
    END RequestId: 00000000-0000-4000-8000-000000000001
    REPORT RequestId: 00000000-0000-4000-8000-000000000001 | Duration: * | Billed Duration: * | Memory Size: 128 MB | Max Memory Used: * | Init Duration: *

    crashed: Runtime.ExitError: Runtime exited with error: exit status 127
    /var/task/lost: does not exist
    INIT_REPORT Init Duration: * | Phase: init | Status: error | Error Type: Runtime.ExitError
    /var/task/lost: does not exist
    INIT_REPORT Init Duration: * | Phase: invoke | Status: error | Error Type: Runtime.ExitError
    START RequestId: 00000000-0000-4000-8000-000000000002 Version: $LATEST
    RequestId: 00000000-0000-4000-8000-000000000002 Error: Runtime exited with error: exit status 127
    Runtime.ExitError
    END RequestId: 00000000-0000-4000-8000-000000000002
    REPORT RequestId: 00000000-0000-4000-8000-000000000002 | Duration: * | Billed Duration: * | Memory Size: 128 MB | Status: error | Error Type: Runtime.ExitError

    crashed: Runtime.ExitError: Runtime exited with error: exit status 126
    /var/task/flat: is not an executable
    INIT_REPORT Init Duration: * | Phase: init | Status: error | Error Type: Runtime.ExitError
    /var/task/flat: is not an executable
    INIT_REPORT Init Duration: * | Phase: invoke | Status: error | Error Type: Runtime.ExitError
    START RequestId: 00000000-0000-4000-8000-000000000003 Version: $LATEST
    RequestId: 00000000-0000-4000-8000-000000000003 Error: Runtime exited with error: exit status 126
    Runtime.ExitError
    END RequestId: 00000000-0000-4000-8000-000000000003
    REPORT RequestId: 00000000-0000-4000-8000-000000000003 | Duration: * | Billed Duration: * | Memory Size: 128 MB | Status: error | Error Type: Runtime.ExitError

    succeeded: 1
    START RequestId: 00000000-0000-4000-8000-000000000004 Version: $LATEST
    END RequestId: 00000000-0000-4000-8000-000000000004
    REPORT RequestId: 00000000-0000-4000-8000-000000000004 | Duration: * | Billed Duration: * | Memory Size: 128 MB | Max Memory Used: * | Init Duration: *
    "#);
}

#[tokio::test]
async fn output_without_end_is_kept_to_what_there_is_room_for() {
    let lambda = Lambda::start();
    // 300 bytes a line, each of two bytes but the first.
    let function = Function::script(
        "chatty",
        "line=x; for i in 1 2 3 4 5 6 7; do line=\"$line$line\"; done\n\
         i=0; while [ $i -lt 3000 ]; do echo \"$i $(echo $line | sed s/x/ž/g)\"; i=$((i+1)); done\n\
         exit 1",
    );
    let (_, ending) = lambda.begin(&function, json!({}));
    let Outcome::Crashed { log_tail, .. } = ending.await.unwrap() else { panic!("it exits") };
    assert!(log_tail.len() <= super::super::LOG_TAIL_BYTES_MAX);
    let tail = String::from_utf8(log_tail.to_vec()).expect("it begins with a whole character");
    assert!(tail.starts_with('ž'), "{tail}");
    let lines = lambda.logs(function.arn());
    let kept = lines.iter().filter(|line| line.ends_with('ž')).count();
    assert!(kept >= 3000, "{kept} lines");
}

#[tokio::test]
async fn a_function_that_logs_in_json_has_lambdas_lines_in_json_of_the_levels_that_it_asks_for() {
    let lambda = Lambda::start();
    let mut told = Vec::new();
    for system in [LogLevel::Debug, LogLevel::Info, LogLevel::Warn] {
        let mut function = Function::rust("hello").revision(&format!("{system:?}"));
        let format = LogFormat::Json { application: LogLevel::Debug, system };
        let logging = Logging { group: "shop".into(), format };
        Arc::make_mut(&mut function.deployment).logging = logging;
        lambda.invoke(&function, json!("count")).await;
        lambda.invoke(&function, json!({ "exit": 3 })).await;
        let logged = std::mem::take(&mut *lambda.logged.lock().unwrap());
        assert!(logged.iter().all(|logged| logged.group == "shop"));
        let lines = logged.iter().flat_map(|it| &it.lines).map(|(_, line)| line.as_str());
        for line in lines.filter(|line| line.contains("platform.")) {
            let line: Value = serde_json::from_str(line).unwrap();
            let record: Vec<_> = line["record"].as_object().unwrap().keys().cloned().collect();
            told.push(format!("{system:?}: {} {}", line["type"], record.join(", ")));
        }
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    Debug: "platform.initStart" initializationType, phase, runtimeVersion, runtimeVersionArn, functionName, functionVersion
    Debug: "platform.initRuntimeDone" initializationType, phase, status
    Debug: "platform.initReport" initializationType, phase, status, metrics
    Debug: "platform.start" requestId, version
    Debug: "platform.runtimeDone" requestId, metrics, status
    Debug: "platform.report" requestId, metrics, status
    Debug: "platform.start" requestId, version
    Debug: "platform.runtimeDone" requestId, metrics, status, errorType
    Debug: "platform.report" requestId, metrics, status, errorType
    Info: "platform.initStart" initializationType, phase, runtimeVersion, runtimeVersionArn, functionName, functionVersion
    Info: "platform.start" requestId, version
    Info: "platform.report" requestId, metrics, status
    Info: "platform.start" requestId, version
    Info: "platform.runtimeDone" requestId, metrics, status, errorType
    Info: "platform.report" requestId, metrics, status, errorType
    Warn: "platform.runtimeDone" requestId, metrics, status, errorType
    Warn: "platform.report" requestId, metrics, status, errorType
    "#);
}
