//! What a function and its caller know of an invocation: its time, its id, its log, its code.

use std::time::Duration;

use aws_sdk_lambda::operation::RequestId as _;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{Environment, InvocationType, LogType};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use cloudless::core::arn::{Arn, FunctionArn};
use serde_json::{Value, json};

use crate::function::{create, gated_zip, process_zip};
use crate::raw::request;
use crate::{Story, at_noon, lambda, refusal, until};

fn arn(name: &str) -> anyhow::Result<FunctionArn> {
    match Arn::parse(&format!("arn:aws:lambda:us-east-1:000000000000:function:{name}")) {
        Some(Arn::Function(arn)) => Ok(arn),
        _ => anyhow::bail!("{name} is no function's name"),
    }
}

#[tokio::test]
async fn what_a_function_imports_is_not_its_own_time() -> Story {
    let emulator = at_noon().await?;
    let lambda = lambda(&emulator);
    // Not in /tmp: the function has one of its own.
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let gate = directory.path().join("gate");
    create(&lambda, "heavy", gated_zip(&gate)?).timeout(1).send().await?;
    let call = tokio::spawn(lambda.invoke().function_name("heavy").send());
    let heavy = arn("heavy")?;
    until(|| emulator.logs(&heavy).iter().any(|line| line == "importing")).await?;
    emulator.clock().advance(Duration::from_secs(9))?;
    assert_eq!(emulator.engine().with_world(cloudless::core::World::next_change), None);
    std::fs::write(gate, "")?;
    assert_eq!(call.await??.function_error(), None);
    Ok(())
}

#[tokio::test]
async fn a_time_out_says_what_was_logged() -> Story {
    let emulator = at_noon().await?;
    let lambda = lambda(&emulator);
    create(&lambda, "hanging", process_zip()?).timeout(1).send().await?;
    let invoke = lambda.invoke().function_name("hanging").log_type(LogType::Tail);
    let call = tokio::spawn(invoke.payload(Blob::new(r#"{"hang":true}"#)).send());
    let hanging = arn("hanging")?;
    until(|| emulator.logs(&hanging).iter().any(|line| line.starts_with("serving"))).await?;
    emulator.clock().advance(Duration::from_secs(1))?;
    let answer = call.await??;
    let id = answer.request_id().unwrap_or_default().to_owned();
    let log = String::from_utf8(BASE64.decode(answer.log_result().unwrap_or_default())?)?;
    let payload = answer.payload().map(|it| String::from_utf8_lossy(it.as_ref()).into_owned());
    let lines = log.lines().map(|line| match (line.split_once("Z "), line.split_once('\t')) {
        (Some((_, rest)), _) => format!("* {rest}"),
        (None, Some((head, rest))) => {
            format!("{head} … {}", rest.rsplit('\t').next().unwrap_or(""))
        }
        (None, None) => line.to_owned(),
    });
    let told = format!(
        "{:?} {}\n{}",
        answer.function_error(),
        payload.unwrap_or_default(),
        lines.collect::<Vec<_>>().join("\n")
    );
    insta::assert_snapshot!(told.replace(&id, "ID"), @r#"
    Some("Unhandled") {"errorType":"Sandbox.Timedout","errorMessage":"RequestId: ID Error: Task timed out after 1.00 seconds"}
    START RequestId: ID Version: $LATEST
    serving {"hang":true}
    * ID Task timed out after 1.00 seconds

    END RequestId: ID
    REPORT RequestId: ID … Status: timeout
    "#);
    Ok(())
}

#[tokio::test]
async fn the_id_of_an_answer_is_the_one_that_the_function_sees() -> Story {
    let emulator = at_noon().await?;
    let lambda = lambda(&emulator);
    create(&lambda, "echo", process_zip()?).send().await?;
    let context = json!({
        "client": {
            "installation_id": "7", "app_title": "Shop", "app_version_name": "1.0",
            "app_version_code": "1", "app_package_name": "shop",
        },
        "custom": { "shop": "corner" }, "env": { "tz": "UTC" },
    });
    let trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
    let invoke = || lambda.invoke().function_name("echo").payload(Blob::new(r#"{"context":1}"#));
    let answer = invoke()
        .client_context(BASE64.encode(context.to_string()))
        .customize()
        .mutate_request(move |request| {
            request.headers_mut().insert("x-amzn-trace-id", trace);
        })
        .send()
        .await?;
    let seen: Value = serde_json::from_slice(answer.payload().map_or(b"", |it| it.as_ref()))?;
    assert_eq!(seen["request_id"].as_str(), answer.request_id());
    // How often the function was invoked on the way here is added.
    let lineage = ";Lineage=1:4ae6ecf1:0";
    assert_eq!(seen["trace"], format!("{trace}{lineage}"));
    assert_eq!(seen["client_context"]["custom"]["shop"], "corner");
    let later = invoke().invocation_type(InvocationType::Event).send().await?;
    emulator.settle(crate::PATIENCE).await?;
    let start =
        format!("START RequestId: {} Version: $LATEST", later.request_id().unwrap_or_default());
    assert!(emulator.logs(&arn("echo")?).contains(&start), "{start}");
    let large = BASE64.encode(vec![b' '; 3_000]);
    insta::assert_snapshot!(
        [refusal(invoke().client_context(large).send().await), refusal(invoke().client_context("{").send().await)]
            .join("\n"),
        @r#"
        400 InvalidRequestContentException: Client context must not exceed 3583 bytes.
        400 InvalidRequestContentException: Client context must be a valid Base64-encoded JSON object.
        "#
    );
    Ok(())
}

#[tokio::test]
async fn variables_that_lambda_sets_are_not_a_functions_to_set() -> Story {
    let emulator = at_noon().await?;
    let lambda = lambda(&emulator);
    let variables = |names: &[&str]| {
        let pairs = names.iter().map(|name| ((*name).to_owned(), "x".to_owned()));
        Environment::builder().set_variables(Some(pairs.collect())).build()
    };
    let reserved = variables(&["LAMBDA_TASK_ROOT", "TZ", "LAMBDA_RUNTIME_DIR"]);
    let mut told =
        vec![refusal(create(&lambda, "f", process_zip()?).environment(reserved).send().await)];
    let free = variables(&["TZ", "LANG", "PATH", "AWS_LAMBDA_EXEC_WRAPPER"]);
    create(&lambda, "f", process_zip()?).environment(free).send().await?;
    let update = lambda.update_function_configuration().function_name("f");
    told.push(refusal(update.environment(variables(&["AWS_LAMBDA_METADATA_API"])).send().await));
    insta::assert_snapshot!(told.join("\n"), @r#"
    400 InvalidParameterValueException: Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: LAMBDA_RUNTIME_DIR, LAMBDA_TASK_ROOT
    400 InvalidParameterValueException: Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: AWS_LAMBDA_METADATA_API
    "#);
    Ok(())
}

#[tokio::test]
async fn the_code_of_a_function_can_be_had_for_ten_minutes() -> Story {
    let emulator = at_noon().await?;
    let lambda = lambda(&emulator);
    let zip = process_zip()?;
    create(&lambda, "echo", zip.clone()).send().await?;
    let got = lambda.get_function().function_name("echo").send().await?;
    let location = got.code().and_then(|code| code.location()).unwrap_or_default().to_owned();
    let path = location.strip_prefix(emulator.endpoint_url()).unwrap_or_default().to_owned();
    let given = request(&format!("GET {path}")).send(&emulator).await?;
    assert_eq!((given.status, given.body == zip), (200, true));
    let mut told = Vec::new();
    let unsigned = path.split('?').next().unwrap_or_default().to_owned();
    for path in [unsigned, path.replace("Expires=1", "Expires=2"), path.replace(":echo", ":other")]
    {
        told.push(request(&format!("GET {path}")).send(&emulator).await?.status);
    }
    emulator.clock().advance(Duration::from_secs(601))?;
    told.push(request(&format!("GET {path}")).send(&emulator).await?.status);
    assert_eq!(told, [403, 403, 403, 403]);
    Ok(())
}

#[tokio::test]
async fn names_variables_and_zips_are_measured_as_aws_measures_them() -> Story {
    let emulator = at_noon().await?;
    let lambda = lambda(&emulator);
    let long = "a".repeat(65);
    let mut told = Vec::new();
    told.push(refusal(create(&lambda, &long, process_zip()?).send().await));
    told.push(refusal(lambda.get_function().function_name(&long).send().await));
    told.push(refusal(lambda.invoke().function_name(&long).send().await));
    let incomplete = "arn:aws:lambda:us-east-1:000000000000:function";
    told.push(refusal(lambda.get_function().function_name(incomplete).send().await));

    // As JSON with all that belongs to it: 4,096 bytes and one more.
    let variables =
        |length: usize| Environment::builder().variables("LARGE_VAR", "x".repeat(length)).build();
    create(&lambda, "near", process_zip()?).environment(variables(4_080)).send().await?;
    let over = create(&lambda, "over", process_zip()?).environment(variables(4_081)).send().await;
    told.push(refusal(over).replace(&"x".repeat(4_081), "…"));

    let update = lambda.update_function_configuration().function_name("near");
    told.push(refusal(update.revision_id("other").send().await));
    let got = lambda.get_function_configuration().function_name("near").send().await?;
    let listed = lambda.list_functions().send().await?;
    told.push(format!(
        "{} {}",
        got.runtime_version_config().is_some(),
        listed.functions().iter().any(|it| it.runtime_version_config().is_some())
    ));

    let mut bomb = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    bomb.start_file("bootstrap", zip::write::SimpleFileOptions::default())?;
    for _ in 0..251 {
        std::io::Write::write_all(&mut bomb, &vec![0; 1024 * 1024])?;
    }
    told.push(refusal(create(&lambda, "bomb", bomb.finish()?.into_inner()).send().await));
    insta::assert_snapshot!(told.join("\n"), @r#"
    400 InvalidParameterValueException: 1 validation error detected: Value 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 64
    404 ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:000000000000:function:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
    404 ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:000000000000:function:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:$LATEST
    404 ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:000000000000:function:function
    400 InvalidParameterValueException: Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: {"LARGE_VAR":"…"}
    412 PreconditionFailedException: The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id
    true false
    400 InvalidParameterValueException: Unzipped size must be smaller than 262144000 bytes
    "#);
    Ok(())
}

#[cfg(unix)]
#[tokio::test]
async fn what_functions_left_behind_does_not_keep_the_emulator_from_starting() -> Story {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir()?;
    let left = directory.path().join("functions/environments/1/tmp/kept");
    std::fs::create_dir_all(left.join("inner"))?;
    std::fs::write(left.join("inner/file"), "x")?;
    for forbidden in ["inner", ""] {
        let nothing = std::fs::Permissions::from_mode(0o000);
        std::fs::set_permissions(left.join(forbidden), nothing)?;
    }
    let emulator = cloudless::Emulator::builder().data_dir(directory.path()).start().await?;
    assert!(!left.exists());
    emulator.stop().await;
    Ok(())
}
