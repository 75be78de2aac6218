//! Functions whose handler is in this process.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};
use tokio::sync::{Barrier, mpsc};

use super::super::{Handlers, Runtime};
use super::{Function, Lambda};

/// A function with a handler needs no package.
fn function(name: &str) -> Function {
    Function::new(name, "provided.al2023", "bootstrap", "no zip".into())
}

#[tokio::test]
async fn the_factory_makes_one_instance_for_each_environment() {
    let made = Arc::new(AtomicU64::new(0));
    let handlers = Handlers::new().register("count", move |environment| {
        let made = made.fetch_add(1, Ordering::Relaxed) + 1;
        async move {
            let bucket = environment.variable("BUCKET").unwrap_or_default().to_owned();
            let endpoint = environment.sdk_config.endpoint_url().unwrap_or_default().to_owned();
            let region = environment.sdk_config.region().map(ToString::to_string);
            let mut served = 0;
            Ok::<_, Error>(service_fn(move |event: LambdaEvent<Value>| {
                served += 1;
                let answer = json!({
                    "instance": made,
                    "served": served,
                    "bucket": bucket,
                    "endpoint": endpoint,
                    "region": region,
                    "request_id": event.context.request_id,
                    "arn": event.context.invoked_function_arn,
                    "trace": event.context.xray_trace_id,
                    "memory": event.context.env_config.memory,
                    "has_deadline": event.context.deadline > 1_700_000_000_000,
                });
                async move { Ok::<_, Error>(answer) }
            }))
        }
    });
    let lambda = Lambda::with_handlers(handlers);
    let function = function("count").variable("BUCKET", "photos");
    let mut told = vec![lambda.invoke(&function, Value::Null).await];
    told.push(lambda.invoke(&function, Value::Null).await);
    told.push(lambda.invoke(&function.revision("second"), Value::Null).await);
    insta::assert_snapshot!(told.join("\n\n"), @r#"
    succeeded: {"instance":1,"served":1,"bucket":"photos","endpoint":"http://127.0.0.1:4566","region":"eu-central-1","request_id":"00000000-0000-4000-8000-000000000001","arn":"arn:aws:lambda:eu-central-1:000000000000:function:count","trace":"Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0","memory":128,"has_deadline":true}
    START RequestId: 00000000-0000-4000-8000-000000000001 Version: $LATEST
    END RequestId: 00000000-0000-4000-8000-000000000001
    REPORT RequestId: 00000000-0000-4000-8000-000000000001 | Duration: * | Billed Duration: * | Memory Size: 128 MB | Init Duration: *

    succeeded: {"instance":1,"served":2,"bucket":"photos","endpoint":"http://127.0.0.1:4566","region":"eu-central-1","request_id":"00000000-0000-4000-8000-000000000002","arn":"arn:aws:lambda:eu-central-1:000000000000:function:count","trace":"Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0","memory":128,"has_deadline":true}
    START RequestId: 00000000-0000-4000-8000-000000000002 Version: $LATEST
    END RequestId: 00000000-0000-4000-8000-000000000002
    REPORT RequestId: 00000000-0000-4000-8000-000000000002 | Duration: * | Billed Duration: * | Memory Size: 128 MB

    succeeded: {"instance":2,"served":1,"bucket":"photos","endpoint":"http://127.0.0.1:4566","region":"eu-central-1","request_id":"00000000-0000-4000-8000-000000000003","arn":"arn:aws:lambda:eu-central-1:000000000000:function:count","trace":"Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0","memory":128,"has_deadline":true}
    START RequestId: 00000000-0000-4000-8000-000000000003 Version: $LATEST
    END RequestId: 00000000-0000-4000-8000-000000000003
    REPORT RequestId: 00000000-0000-4000-8000-000000000003 | Duration: * | Billed Duration: * | Memory Size: 128 MB | Init Duration: *
    "#);
}

#[tokio::test]
async fn errors_and_panics_are_answered_as_lambda_runtime_answers_them() {
    let handlers = Handlers::new()
        .register("fail", |_| async {
            Ok::<_, Error>(service_fn(|event: LambdaEvent<String>| async move {
                match event.payload.as_str() {
                    "panic" => panic!("oh"),
                    text => Err::<(), _>(Error::from(text.to_owned())),
                }
            }))
        })
        .register("no-init", |_| async {
            let failed: Result<_, Error> = Err("the table is missing".into());
            failed.map(|()| service_fn(|_: LambdaEvent<Value>| async { Ok::<_, Error>(()) }))
        });
    let lambda = Lambda::with_handlers(handlers);
    let fail = function("fail");
    let told = [
        lambda.invoke(&fail, json!("no such picture")).await,
        lambda.invoke(&fail, json!("panic")).await,
        lambda.invoke(&fail, json!({ "a": 1 })).await,
        lambda.invoke(&function("no-init"), Value::Null).await,
    ];
    insta::assert_snapshot!(told.join("\n\n"), @r#"
    failed: {"errorType":"&alloc::boxed::Box<dyn core::error::Error + core::marker::Send + core::marker::Sync>","errorMessage":"no such picture"}
    START RequestId: 00000000-0000-4000-8000-000000000001 Version: $LATEST
    END RequestId: 00000000-0000-4000-8000-000000000001
    REPORT RequestId: 00000000-0000-4000-8000-000000000001 | Duration: * | Billed Duration: * | Memory Size: 128 MB | Init Duration: *

    failed: {"errorType":"&alloc::boxed::Box<dyn core::any::Any + core::marker::Send>","errorMessage":"Lambda panicked: oh"}
    START RequestId: 00000000-0000-4000-8000-000000000002 Version: $LATEST
    END RequestId: 00000000-0000-4000-8000-000000000002
    REPORT RequestId: 00000000-0000-4000-8000-000000000002 | Duration: * | Billed Duration: * | Memory Size: 128 MB

    failed: {"errorType":"&lambda_runtime::deserializer::DeserializeError","errorMessage":"failed to deserialize the incoming data into the function's payload type: invalid type: map, expected a string at line 1 column 0\n"}
    START RequestId: 00000000-0000-4000-8000-000000000003 Version: $LATEST
    END RequestId: 00000000-0000-4000-8000-000000000003
    REPORT RequestId: 00000000-0000-4000-8000-000000000003 | Duration: * | Billed Duration: * | Memory Size: 128 MB

    failed: {"errorType":"Runtime.InitError","errorMessage":"the table is missing"}
    INIT_REPORT Init Duration: * | Phase: init | Status: error | Error Type: Runtime.InitError
    INIT_REPORT Init Duration: * | Phase: invoke | Status: error | Error Type: Runtime.InitError
    START RequestId: 00000000-0000-4000-8000-000000000004 Version: $LATEST
    END RequestId: 00000000-0000-4000-8000-000000000004
    REPORT RequestId: 00000000-0000-4000-8000-000000000004 | Duration: * | Billed Duration: * | Memory Size: 128 MB | Status: error | Error Type: Runtime.InitError
    "#);
}

#[tokio::test]
async fn invocations_at_the_same_time_run_side_by_side() {
    let all = Arc::new(Barrier::new(3));
    let handlers = Handlers::new().register("meet", move |_| {
        let all = Arc::clone(&all);
        async move {
            Ok::<_, Error>(service_fn(move |_: LambdaEvent<Value>| {
                let all = Arc::clone(&all);
                async move {
                    all.wait().await;
                    Ok::<_, Error>("met")
                }
            }))
        }
    });
    let lambda = Lambda::with_handlers(handlers);
    let meet = function("meet");
    // None returns before all three have begun.
    let told = tokio::join!(
        lambda.invoke(&meet, Value::Null),
        lambda.invoke(&meet, Value::Null),
        lambda.invoke(&meet, Value::Null),
    );
    assert!([told.0, told.1, told.2].iter().all(|told| told.starts_with("succeeded: \"met\"\n")));
}

#[tokio::test]
async fn a_handler_whose_time_is_over_is_dropped() {
    let (begun, mut begins) = mpsc::unbounded_channel();
    let handlers = Handlers::new().register("hang", move |_| {
        let begun = begun.clone();
        async move {
            Ok::<_, Error>(service_fn(move |_: LambdaEvent<Value>| {
                // Dropped with the future: the receiver then hears of it.
                let (alive, gone) = tokio::sync::oneshot::channel::<()>();
                let _ = begun.send(gone);
                async move {
                    let _alive = alive;
                    std::future::pending::<()>().await;
                    Ok::<_, Error>(())
                }
            }))
        }
    });
    let lambda = Lambda::with_handlers(handlers);
    let (id, _ending) = lambda.begin(&function("hang"), Value::Null);
    let gone = begins.recv().await.unwrap();
    lambda.runtime.abort(&id);
    assert!(gone.await.is_err(), "the handler's future is no more");
}

#[tokio::test]
async fn calls_during_an_invocation_are_attributed_to_it() {
    let runtime: Arc<OnceLock<Arc<Runtime>>> = Arc::default();
    let known = Arc::new(Mutex::new(None));
    let (asked, answer) = (Arc::clone(&runtime), Arc::clone(&known));
    let handlers = Handlers::new().register("call", move |environment| {
        let (asked, answer) = (Arc::clone(&asked), Arc::clone(&answer));
        async move {
            let key = environment.variable("AWS_ACCESS_KEY_ID").unwrap_or_default().to_owned();
            Ok::<_, Error>(service_fn(move |_: LambdaEvent<Value>| {
                let identified = asked.get().unwrap().identify(&key);
                *answer.lock().unwrap() = identified.map(|(_, cause)| cause);
                async { Ok::<_, Error>(()) }
            }))
        }
    });
    let lambda = Lambda::with_handlers(handlers);
    runtime.set(Arc::clone(&lambda.runtime)).unwrap();
    lambda.invoke(&function("call"), Value::Null).await;
    insta::assert_snapshot!(format!("{:?}", known.lock().unwrap()), @"Some(Some(CauseId(1)))");
}
