//! Roles that are assumed, and what they may do.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use cloudless_core::names::{AccountId, Region};
use cloudless_core::{
    Call, CallId, Caller, Effect, Input, Payload, Request, Signing, Timestamp, World,
    call::Randomness,
};
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp::from_ms(1_800_000_000_000);

fn account(digits: &str) -> Caller {
    let account = AccountId::parse(digits).unwrap();
    Caller::Account { account, access_key_id: digits.into() }
}

fn call(world: &mut World, caller: &Caller, service: &str, operation: &str, input: Value) -> Value {
    let payload = match operation {
        "AssumeRole" => Payload::Random(Randomness([0; 32])),
        _ => Payload::None,
    };
    let request = match Request::decode(service, operation, input, payload) {
        Ok(request) => request,
        Err(refused) => return refused.to_string().into(),
    };
    let step = world.handle(
        NOW,
        Input::Call(Call {
            id: CallId(1),
            caller: caller.clone(),
            signing: Signing::Optional,
            region: Region::default(),
            endpoint: "http://localhost:4566".into(),
            source_ip: "127.0.0.1".into(),
            agent: Default::default(),
            trace_header: None,
            cause: None,
            request,
        }),
    );
    let answer = step.effects.into_iter().find_map(|effect| match effect {
        Effect::Reply { result, .. } => Some(result),
        _ => None,
    });
    match answer.unwrap() {
        Ok(response) => response.encode().0,
        Err(refused) => refused.to_string().into(),
    }
}

/// Somebody of one account takes a role of another, is that account's role from then on, and may do
/// with a queue what the queue's policy lets the role do; for an hour, also over a restart.
#[test]
fn a_role_acts_for_its_account_until_its_credentials_expire() {
    let mut world = World::restore([], 7);
    let owner = account("000000000000");
    let role = "arn:aws:iam::111111111111:role/path/reader";
    let input = json!({"RoleArn": role, "RoleSessionName": "me"});
    let assumed = call(&mut world, &owner, "sts", "AssumeRole", input);
    let key = assumed["Credentials"]["AccessKeyId"].as_str().unwrap();
    let token = assumed["Credentials"]["SessionToken"].as_str();

    let world = &mut World::restore(world.records(), 7);
    let who = |world: &World, token, now| match world.session_caller(key, token, now) {
        Ok(caller) => format!("{caller:?}"),
        Err(fault) => format!("{fault:?}"),
    };
    let reader = world.session_caller(key, token, NOW).unwrap().unwrap();
    let attributes = json!({"Policy": json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": {"AWS": role}, "Action": "sqs:ReceiveMessage", "Resource": "*",
    }}).to_string()});
    let input = json!({"QueueName": "orders", "Attributes": attributes});
    let queue = call(world, &owner, "sqs", "CreateQueue", input);
    let mut asks = |service: &str, operation: &str, input: Value| {
        format!("{operation}: {}", call(world, &reader, service, operation, input))
    };
    let asked = [
        asks("sts", "GetCallerIdentity", json!({})),
        asks("sqs", "ListQueues", json!({})),
        asks("sqs", "ReceiveMessage", json!({"QueueUrl": queue["QueueUrl"]})),
        asks("sqs", "SendMessage", json!({"QueueUrl": queue["QueueUrl"], "MessageBody": "x"})),
    ];
    insta::assert_snapshot!(
        format!(
            "{assumed:#}\n{}\n{}\n{}\n{}",
            asked.join("\n"),
            who(world, Some("another"), NOW),
            who(world, token, NOW.after_s(3_599)),
            who(world, token, NOW.after_s(3_600)),
        ),
        @r#"
    {
      "Credentials": {
        "AccessKeyId": "ASIAZQDEVNT6B9UH6S32",
        "SecretAccessKey": "AkpC2wOD0gKUBBjZrWuB3EFuIWlAdct9R+yeo7aa",
        "SessionToken": "IQoJb3JpZ2luX2VjY2D8QtgNG/AV5VZ3HJ7vfsYOvLbtunSmlOcv0Ud9/fQ=",
        "Expiration": 1800003600
      },
      "AssumedRoleUser": {
        "AssumedRoleId": "AROA1DE9B0A30075AE8C3:me",
        "Arn": "arn:aws:sts::111111111111:assumed-role/reader/me"
      }
    }
    GetCallerIdentity: {"UserId":"AROA1DE9B0A30075AE8C3:me","Account":"111111111111","Arn":"arn:aws:sts::111111111111:assumed-role/reader/me"}
    ListQueues: {}
    ReceiveMessage: {}
    SendMessage: "AccessDeniedException: User: arn:aws:sts::111111111111:assumed-role/reader/me is not authorized to perform: sqs:sendmessage on resource: arn:aws:sqs:us-east-1:000000000000:orders because no resource-based policy allows the sqs:sendmessage action"
    WrongToken
    Some(Role { account: AccountId("111111111111"), principal_arn: "arn:aws:sts::111111111111:assumed-role/reader/me", access_key_id: "ASIAZQDEVNT6B9UH6S32" })
    Expired
    "#
    );
}

#[test]
fn what_sts_refuses() {
    let mut world = World::restore([], 7);
    let mut asks = |operation: &str, input| {
        call(&mut world, &account("000000000000"), "sts", operation, input).to_string()
    };
    let role = |arn: &str| json!({"RoleArn": arn, "RoleSessionName": "me"});
    let mut short = role("arn:aws:iam::111111111111:role/reader");
    short["DurationSeconds"] = 899.into();
    let mut narrowed = role("arn:aws:iam::111111111111:role/reader");
    narrowed["Policy"] = "{}".into();
    insta::assert_snapshot!([
        asks("AssumeRole", role("arn:aws:iam::111111111111:user/somebody")),
        asks("AssumeRole", short),
        asks("AssumeRole", narrowed),
        asks("AssumeRoleWithSAML", json!({})),
    ].join("\n"), @r#"
    "ValidationError: arn:aws:iam::111111111111:user/somebody is invalid"
    "ValidationError: 1 validation error detected: Value '899' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900"
    "NotImplemented: The parameter Policy of AssumeRole is not implemented by Cloudless."
    "NotImplemented: The operation sts:AssumeRoleWithSAML is not implemented by Cloudless."
    "#);
}
