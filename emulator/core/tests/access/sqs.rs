//! Queues, and what services and functions do with them.

use cloudless_core::{Signing, World};
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{Asked, legend, lines, owner_does, policy};

const ARN: &str = "arn:aws:sqs:us-east-1:000000000000:orders";

/// Every operation on the queue `orders`, a dead-letter queue, and on what is the caller's account's.
fn operations() -> Vec<Asked<'static>> {
    let queue = |more: Value| {
        let mut input = json!({ "QueueUrl": "http://localhost:4566/000000000000/orders" });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    let moved = |to: Value| {
        let mut input = json!({ "SourceArn": ARN });
        input.as_object_mut().unwrap().extend(to.as_object().unwrap().clone());
        input
    };
    let entries = json!([{ "Id": "1", "MessageBody": "x" }]);
    let receipts = json!({ "Entries": [{ "Id": "1", "ReceiptHandle": "none" }] });
    [
        ("CreateQueue", json!({ "QueueName": "another" })),
        ("ListQueues", json!({})),
        ("GetQueueUrl", json!({ "QueueName": "orders", "QueueOwnerAWSAccountId": "000000000000" })),
        ("GetQueueAttributes", queue(json!({}))),
        ("SetQueueAttributes", queue(json!({ "Attributes": { "DelaySeconds": "1" } }))),
        ("SendMessage", queue(json!({ "MessageBody": "x" }))),
        ("SendMessageBatch", queue(json!({ "Entries": entries }))),
        ("ReceiveMessage", queue(json!({}))),
        ("DeleteMessageBatch", queue(receipts.clone())),
        ("ChangeMessageVisibilityBatch", queue(receipts)),
        ("PurgeQueue", queue(json!({}))),
        ("ListDeadLetterSourceQueues", queue(json!({}))),
        ("ListQueueTags", queue(json!({}))),
        ("TagQueue", queue(json!({ "Tags": { "k": "v" } }))),
        ("UntagQueue", queue(json!({ "TagKeys": ["k"] }))),
        (
            "AddPermission",
            queue(json!({
                "Label": "l", "AWSAccountIds": ["111111111111"], "Actions": ["SendMessage"],
            })),
        ),
        ("ListMessageMoveTasks", moved(json!({}))),
        ("StartMessageMoveTask", moved(json!({}))),
        (
            "StartMessageMoveTask",
            moved(json!({ "DestinationArn": "arn:aws:sqs:us-east-1:000000000000:source" })),
        ),
        ("DeleteQueue", queue(json!({}))),
    ]
    .into_iter()
    .map(|(operation, input)| ("sqs", operation, input))
    .collect()
}

/// The owner's queue with this policy, which takes the dead letters of `source`.
fn cloud(statements: &Value) -> World {
    let mut world = World::restore([], 7);
    let mut attributes = json!({});
    if *statements != json!([]) {
        attributes["Policy"] = policy(statements.clone()).into();
    }
    let input = json!({ "QueueName": "orders", "Attributes": attributes });
    owner_does(&mut world, ("sqs", "CreateQueue", input));
    let redrive = json!({ "deadLetterTargetArn": ARN, "maxReceiveCount": 1 }).to_string();
    let input = json!({ "QueueName": "source", "Attributes": { "RedrivePolicy": redrive } });
    owner_does(&mut world, ("sqs", "CreateQueue", input));
    world
}

fn statement(effect: &str, principal: &Value, action: &Value) -> Value {
    json!({ "Effect": effect, "Principal": principal, "Action": action, "Resource": "*" })
}

fn policies() -> Vec<(&'static str, Value)> {
    let everybody = json!("*");
    let stranger = json!({ "AWS": "arn:aws:iam::111111111111:root" });
    let role = json!({ "AWS": "arn:aws:iam::111111111111:role/worker" });
    let all = json!("sqs:*");
    let until = |date: &str| {
        let mut statement = statement("Allow", &json!("*"), &json!("sqs:*"));
        statement["Condition"] = json!({ "DateLessThan": { "aws:CurrentTime": date } });
        json!([statement])
    };
    vec![
        ("no policy", json!([])),
        ("everybody may send", json!([statement("Allow", &everybody, &json!("sqs:SendMessage"))])),
        ("everybody may do everything", json!([statement("Allow", &everybody, &all)])),
        ("the stranger may do everything", json!([statement("Allow", &stranger, &all)])),
        ("the stranger's role may do everything", json!([statement("Allow", &role, &all)])),
        (
            "the stranger may, but not his role",
            json!([statement("Allow", &stranger, &all), statement("Deny", &role, &all)]),
        ),
        ("nobody may do anything", json!([statement("Deny", &everybody, &all)])),
        ("everybody may, in the past", until("2020-01-01T00:00:00Z")),
        ("everybody may, for long", until("2099-01-01T00:00:00Z")),
    ]
}

#[test]
fn queues() {
    let operations = operations();
    let mut told = legend(&operations);
    for (name, statements) in policies() {
        let world = cloud(&statements);
        let mut before = String::new();
        for signing in [Signing::Optional, Signing::Required] {
            let shown = lines(&world, signing, &operations);
            match shown == before {
                true => told.push_str(&format!("{name}, {signing:?}: the same\n")),
                false => told.push_str(&format!("{name}, {signing:?}\n{shown}")),
            }
            before = shown;
        }
    }
    assert_snapshot!(told, @r"
    # CreateQueue ListQueues GetQueueUrl GetQueueAttributes SetQueueAttributes SendMessage
    # SendMessageBatch ReceiveMessage DeleteMessageBatch ChangeMessageVisibilityBatch PurgeQueue ListDeadLetterSourceQueues
    # ListQueueTags TagQueue UntagQueue AddPermission ListMessageMoveTasks StartMessageMoveTask
    # StartMessageMoveTask DeleteQueue
    no policy, Optional
      owner           ....................
      owner's role    ....................
      stranger        ..QAAAAAAAAAAAAAAAAA
      stranger's role ..QAAAAAAAAAAAAAAAAA
      nobody          ....................
    no policy, Required
      owner           ....................
      owner's role    ....................
      stranger        ..QAAAAAAAAAAAAAAAAA
      stranger's role ..QAAAAAAAAAAAAAAAAA
      nobody          AAAAAAAAAAAAAAAAAAAA
    everybody may send, Optional
      owner           ....................
      owner's role    ....................
      stranger        ..QAA..AAAAAAAAAAAAA
      stranger's role ..QAA..AAAAAAAAAAAAA
      nobody          ....................
    everybody may send, Required
      owner           ....................
      owner's role    ....................
      stranger        ..QAA..AAAAAAAAAAAAA
      stranger's role ..QAA..AAAAAAAAAAAAA
      nobody          AAAAA..AAAAAAAAAAAAA
    everybody may do everything, Optional
      owner           ....................
      owner's role    ....................
      stranger        ....A.......AAAAAAAA
      stranger's role ....A.......AAAAAAAA
      nobody          ....................
    everybody may do everything, Required
      owner           ....................
      owner's role    ....................
      stranger        ....A.......AAAAAAAA
      stranger's role ....A.......AAAAAAAA
      nobody          AA..A.......AAAAAAAA
    the stranger may do everything, Optional
      owner           ....................
      owner's role    ....................
      stranger        ....A.......AAAAAAAA
      stranger's role ....A.......AAAAAAAA
      nobody          ....................
    the stranger may do everything, Required
      owner           ....................
      owner's role    ....................
      stranger        ....A.......AAAAAAAA
      stranger's role ....A.......AAAAAAAA
      nobody          AAAAAAAAAAAAAAAAAAAA
    the stranger's role may do everything, Optional
      owner           ....................
      owner's role    ....................
      stranger        ..QAAAAAAAAAAAAAAAAA
      stranger's role ....A.......AAAAAAAA
      nobody          ....................
    the stranger's role may do everything, Required
      owner           ....................
      owner's role    ....................
      stranger        ..QAAAAAAAAAAAAAAAAA
      stranger's role ....A.......AAAAAAAA
      nobody          AAAAAAAAAAAAAAAAAAAA
    the stranger may, but not his role, Optional
      owner           ....................
      owner's role    ....................
      stranger        ....A.......AAAAAAAA
      stranger's role ..QAAAAAAAAAAAAAAAAA
      nobody          ....................
    the stranger may, but not his role, Required
      owner           ....................
      owner's role    ....................
      stranger        ....A.......AAAAAAAA
      stranger's role ..QAAAAAAAAAAAAAAAAA
      nobody          AAAAAAAAAAAAAAAAAAAA
    nobody may do anything, Optional
      owner           ..AAAAAAAAAAAAAAAAAA
      owner's role    ..AAAAAAAAAAAAAAAAAA
      stranger        ..QAAAAAAAAAAAAAAAAA
      stranger's role ..QAAAAAAAAAAAAAAAAA
      nobody          ..AAAAAAAAAAAAAAAAAA
    nobody may do anything, Required
      owner           ..AAAAAAAAAAAAAAAAAA
      owner's role    ..AAAAAAAAAAAAAAAAAA
      stranger        ..QAAAAAAAAAAAAAAAAA
      stranger's role ..QAAAAAAAAAAAAAAAAA
      nobody          AAAAAAAAAAAAAAAAAAAA
    everybody may, in the past, Optional
      owner           ....................
      owner's role    ....................
      stranger        ..QAAAAAAAAAAAAAAAAA
      stranger's role ..QAAAAAAAAAAAAAAAAA
      nobody          ....................
    everybody may, in the past, Required
      owner           ....................
      owner's role    ....................
      stranger        ..QAAAAAAAAAAAAAAAAA
      stranger's role ..QAAAAAAAAAAAAAAAAA
      nobody          AAAAAAAAAAAAAAAAAAAA
    everybody may, for long, Optional
      owner           ....................
      owner's role    ....................
      stranger        ....A.......AAAAAAAA
      stranger's role ....A.......AAAAAAAA
      nobody          ....................
    everybody may, for long, Required
      owner           ....................
      owner's role    ....................
      stranger        ....A.......AAAAAAAA
      stranger's role ....A.......AAAAAAAA
      nobody          AA..A.......AAAAAAAA
    ");
}
