//! Functions that are processes: what they answer, what they log, and how they fail.

use std::time::Duration;

use cloudless_core::lambda::Outcome;
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
    let logged = lambda.runtime.logs(function.arn());
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
    {"errorType":"&lambda_runtime::deserializer::DeserializeError","errorMessage":"failed to deserialize the incoming data into the function's payload type: unknown variant `a`, expected one of `count`, `log`, `fail`, `panic`, `exit`, `answer`, `variables`, `misuse`, `connect`, `hang`, `connect-child` at line 1 column 4\n"}
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
    REPORT RequestId: 00000000-0000-4000-8000-000000000002 | Duration: * | Billed Duration: * | Memory Size: 128 MB | Status: error | Error Type: Runtime.ExitError

    crashed: Runtime.ExitError: Runtime exited without providing a reason
    START RequestId: 00000000-0000-4000-8000-000000000003 Version: $LATEST
    RequestId: 00000000-0000-4000-8000-000000000003 Error: Runtime exited without providing a reason
    Runtime.ExitError
    END RequestId: 00000000-0000-4000-8000-000000000003
    REPORT RequestId: 00000000-0000-4000-8000-000000000003 | Duration: * | Billed Duration: * | Memory Size: 128 MB | Init Duration: * | Status: error | Error Type: Runtime.ExitError

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
        RequestId: 00000000-0000-4000-8000-000000000001 Error: Runtime exited with error: exit status 1
        Runtime.ExitError
        END RequestId: 00000000-0000-4000-8000-000000000001
        REPORT RequestId: 00000000-0000-4000-8000-000000000001 | Duration: * | Billed Duration: * | Memory Size: 128 MB | Init Duration: * | Status: error | Error Type: Runtime.ExitError

        crashed: Runtime.ExitError: Runtime exited with error: signal: killed
        RequestId: 00000000-0000-4000-8000-000000000002 Error: Runtime exited with error: signal: killed
        Runtime.ExitError
        END RequestId: 00000000-0000-4000-8000-000000000002
        REPORT RequestId: 00000000-0000-4000-8000-000000000002 | Duration: * | Billed Duration: * | Memory Size: 128 MB | Init Duration: * | Status: error | Error Type: Runtime.ExitError
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
    insta::assert_snapshot!(told.join("\n"), @r#"
    AWS_ACCESS_KEY_ID=*
    AWS_DEFAULT_REGION=eu-central-1
    AWS_ENDPOINT_URL=http://127.0.0.1:4566
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE=128
    AWS_LAMBDA_FUNCTION_NAME=variables
    AWS_LAMBDA_FUNCTION_VERSION=$LATEST
    AWS_LAMBDA_INITIALIZATION_TYPE=on-demand
    AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/variables
    AWS_LAMBDA_LOG_STREAM_NAME=*
    AWS_LAMBDA_RUNTIME_API=*
    AWS_REGION=eu-central-1
    AWS_SECRET_ACCESS_KEY=*
    AWS_SESSION_TOKEN=*
    BUCKET=photos
    LAMBDA_RUNTIME_DIR=*
    LAMBDA_TASK_ROOT=*
    LANG=en_US.UTF-8
    LD_LIBRARY_PATH=*
    PATH=*
    TMPDIR=*
    TZ=:UTC
    _HANDLER=bootstrap
    _X_AMZN_TRACE_ID=Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0
    "#);
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
    let lines = lambda.runtime.logs(function.arn());
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

    next: 403 {"errorMessage":"The environment's state does not allow this now","errorType":"InvalidStateTransition"}
    other id: 400 {"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}
    late: 403 {"errorMessage":"The environment's state does not allow this now","errorType":"InvalidStateTransition"}
    unknown: 404 {"errorMessage":"/2020-01-01/extension/event/next is not implemented: this is the Lambda Runtime API 2018-06-01, without extensions, telemetry and SnapStart","errorType":"NotImplemented"}
    answer: 202 {"status":"OK"}
    twice: 403 {"errorMessage":"The environment's state does not allow this now","errorType":"InvalidStateTransition"}
    Lambda Runtime API returned non-200 response: status=403 Forbidden
    "#);
}

#[tokio::test]
async fn a_first_initialisation_that_takes_too_long_is_begun_again() {
    let lambda = Lambda::with(|config| config.init_timeout = Duration::from_millis(500));
    let function = Function::rust("slow");
    // The first process of the environment hangs, the second is the function.
    let script = format!(
        "mkdir \"$TMPDIR/first\" 2> /dev/null && exec tail -f /dev/null\n\
         exec '{}' {} > /dev/null",
        super::test_binary(),
        super::function::ARGUMENTS,
    );
    let slow = Function::script("slow", &script);
    let told = lambda.invoke(&slow, json!("count")).await;
    let logged = lambda.runtime.logs(function.arn());
    insta::assert_snapshot!(format!("{told}\n\n{}", logged[0]), @r#"
    succeeded: 1
    START RequestId: 00000000-0000-4000-8000-000000000001 Version: $LATEST
    END RequestId: 00000000-0000-4000-8000-000000000001
    REPORT RequestId: 00000000-0000-4000-8000-000000000001 | Duration: * | Billed Duration: * | Memory Size: 128 MB | Max Memory Used: * | Init Duration: *

    INIT_REPORT Init Duration: 500.00 ms	Phase: init	Status: timeout
    "#);
}
