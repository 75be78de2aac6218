//! What functions log, through the World: it is kept, found, and sent on to whoever has subscribed.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "other tests use more of it")]
mod cloud;

use cloudless_core::arn::Arn;
use cloudless_core::call::Payload;
use cloudless_core::logs::Logged;
use cloudless_core::{Effect, Input};
use serde_json::{Value, json};

use cloud::{Cloud, function_arn};

/// Calls an operation: its answer, or why it is refused.
fn call(
    cloud: &mut Cloud,
    service: &str,
    operation: &str,
    input: Value,
    payload: Payload,
) -> Value {
    let (_, step) = cloud.call(None, service, operation, input, payload).unwrap();
    let answer = step.effects.iter().find_map(|effect| match effect {
        Effect::Reply { result, .. } => Some(result.clone()),
        _ => None,
    });
    match answer.unwrap() {
        Ok(response) => response.encode().0,
        Err(refused) => refused.to_string().into(),
    }
}

fn create(cloud: &mut Cloud, name: &str) {
    let role = "arn:aws:iam::000000000000:role/r";
    let input = json!({"FunctionName": name, "Runtime": "provided.al2023", "Handler": "h", "Role": role, "Code": {}});
    let zip = cloud.upload(100);
    assert_eq!(call(cloud, "lambda", "CreateFunction", input, zip)["FunctionName"], name);
}

/// The function `shop` writes a line.
fn write(cloud: &mut Cloud, line: &str) {
    let Some(Arn::Function(function)) = Arn::parse(&function_arn("shop")) else { panic!() };
    let (group, stream) = ("/aws/lambda/shop".to_owned(), "2026/01/01/[$LATEST]1".to_owned());
    let lines = vec![(cloud.now, line.to_owned())];
    let logged = Logged { function, group, stream, cause: None, lines };
    cloud.handle(Input::Logged(Box::new(logged)));
}

#[test]
fn what_a_function_logs_is_found_also_after_a_restart() {
    let mut cloud = Cloud::recording();
    write(&mut cloud, "fine\n");
    write(&mut cloud, "[ERROR] bad\n");
    cloud.assert_restorable();
    cloud.restart();
    let input = json!({"logGroupName": "/aws/lambda/shop", "filterPattern": "ERROR"});
    let found = call(&mut cloud, "logs", "FilterLogEvents", input, Payload::None);
    assert_eq!(found["events"][0]["message"], "[ERROR] bad\n");
    assert_eq!(found["events"].as_array().unwrap().len(), 1);
}

#[test]
fn a_function_that_has_subscribed_and_lets_logs_in_is_invoked_with_what_fits() {
    let mut cloud = Cloud::recording();
    create(&mut cloud, "alarm");
    write(&mut cloud, "fine\n");
    let subscribe = |cloud: &mut Cloud, function: &str| {
        let input = json!({"logGroupName": "/aws/lambda/shop", "filterName": "errors", "filterPattern": "ERROR", "destinationArn": function_arn(function)});
        call(cloud, "logs", "PutSubscriptionFilter", input, Payload::None)
    };
    let mut told = vec![subscribe(&mut cloud, "none"), subscribe(&mut cloud, "alarm")];
    let source = "arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/shop:*";
    let permission = json!({"FunctionName": "alarm", "StatementId": "logs", "Action": "lambda:InvokeFunction", "Principal": "logs.amazonaws.com", "SourceArn": source});
    call(&mut cloud, "lambda", "AddPermission", permission, Payload::None);
    told.push(subscribe(&mut cloud, "alarm"));
    write(&mut cloud, "still fine\n");
    write(&mut cloud, "[ERROR] bad\n");
    told.push(cloud.running.iter().map(|it| it.function.arn.name.as_str()).collect());
    // What it does not take any more is lost, and the trace says so.
    let permission = json!({"FunctionName": "alarm", "StatementId": "logs"});
    call(&mut cloud, "lambda", "RemovePermission", permission, Payload::None);
    write(&mut cloud, "[ERROR] worse\n");
    told.push(cloud.running.len().into());
    let lost = cloud.world.trace().events().find(|event| event.what == "logs:Send").unwrap();
    told.push(json!([lost.subject, lost.outcome]));
    cloud.assert_restorable();
    insta::assert_json_snapshot!(told, @r#"
    [
      "InvalidParameterException: Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function.",
      "InvalidParameterException: Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function.",
      {},
      [
        "alarm"
      ],
      1,
      [
        "alarm",
        "AccessDeniedException: logs.amazonaws.com is not authorized to perform: lambda:InvokeFunction on resource: arn:aws:lambda:us-east-1:000000000000:function:alarm because no resource-based policy allows the lambda:InvokeFunction action"
      ]
    ]
    "#);
}
