//! Functions, and what S3 and a function's role may do with a queue and a function.

use cloudless_core::{Signing, World};
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{Asked, CALLERS, legend, letter, lines, owner_does, policy};

const FUNCTION: &str = "arn:aws:lambda:us-east-1:000000000000:function:resize";
const QUEUE: &str = "arn:aws:sqs:us-east-1:000000000000:orders";
const ROLE: &str = "arn:aws:iam::000000000000:role/worker";

fn function(more: Value) -> Value {
    let mut input = json!({ "FunctionName": FUNCTION });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}

/// Every operation on the function `resize`, by its ARN, and on what is the caller's account's.
fn operations(mapping: &str) -> Vec<Asked<'static>> {
    let mapping = || json!({ "UUID": mapping });
    let absent = json!({ "FunctionName": FUNCTION.replace("resize", "absent") });
    [
        ("CreateFunction", creation("new", ROLE, json!({}))),
        ("CreateFunction", creation(&FUNCTION.replace("resize", "planted"), ROLE, json!({}))),
        ("GetFunction", function(json!({}))),
        ("GetFunction", absent),
        ("GetFunctionConfiguration", function(json!({}))),
        ("ListFunctions", json!({})),
        ("UpdateFunctionCode", function(json!({}))),
        ("UpdateFunctionConfiguration", function(json!({ "Timeout": 4 }))),
        ("Invoke", function(json!({}))),
        ("Invoke", function(json!({ "InvocationType": "DryRun" }))),
        (
            "AddPermission",
            function(json!({
                "StatementId": "more", "Action": "lambda:InvokeFunction", "Principal": "*",
            })),
        ),
        ("RemovePermission", function(json!({ "StatementId": "kept" }))),
        ("GetPolicy", function(json!({}))),
        (
            "CreateEventSourceMapping",
            function(json!({ "EventSourceArn": QUEUE.replace("orders", "others") })),
        ),
        ("GetEventSourceMapping", mapping()),
        ("UpdateEventSourceMapping", mapping()),
        ("DeleteEventSourceMapping", mapping()),
        ("ListEventSourceMappings", json!({})),
        ("DeleteFunction", function(json!({}))),
    ]
    .into_iter()
    .map(|(operation, input)| ("lambda", operation, input))
    .collect()
}

fn creation(name: &str, role: &str, more: Value) -> Value {
    let mut input = json!({
        "FunctionName": name, "Runtime": "python3.13", "Handler": "a.b", "Role": role,
    });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}

/// The owner's function with a statement that lets this principal do this; two queues, and the
/// mapping of one, by its UUID.
fn cloud(permission: Option<(&str, &str)>) -> (World, String) {
    let mut world = World::restore([], 7);
    owner_does(&mut world, ("lambda", "CreateFunction", creation("resize", ROLE, json!({}))));
    let kept = json!({
        "StatementId": "kept", "Action": "lambda:GetAlias", "Principal": "222222222222",
    });
    owner_does(&mut world, ("lambda", "AddPermission", function(kept)));
    if let Some((principal, action)) = permission {
        let given = json!({ "StatementId": "given", "Action": action, "Principal": principal });
        owner_does(&mut world, ("lambda", "AddPermission", function(given)));
    }
    for queue in ["orders", "others"] {
        owner_does(&mut world, ("sqs", "CreateQueue", json!({ "QueueName": queue })));
    }
    let made = function(json!({ "EventSourceArn": QUEUE }));
    let made = owner_does(&mut world, ("lambda", "CreateEventSourceMapping", made));
    let mapping = made["UUID"].as_str().unwrap().to_owned();
    (world, mapping)
}

#[test]
fn functions() {
    let mut told = legend(&operations(""));
    for (name, permission) in [
        ("no permission", None),
        ("the stranger may invoke", Some(("111111111111", "lambda:InvokeFunction"))),
        ("the stranger may do everything", Some(("111111111111", "lambda:*"))),
        (
            "the stranger's role may do everything",
            Some(("arn:aws:iam::111111111111:role/worker", "lambda:*")),
        ),
        ("everybody may do everything", Some(("*", "lambda:*"))),
    ] {
        let (world, mapping) = cloud(permission);
        let operations = operations(&mapping);
        let shown = lines(&world, Signing::Optional, &operations);
        assert_eq!(shown, lines(&world, Signing::Required, &operations), "signing, {name}");
        told.push_str(&format!("{name}\n{shown}"));
    }
    assert_snapshot!(told, @r"
    # CreateFunction CreateFunction GetFunction GetFunction GetFunctionConfiguration ListFunctions
    # UpdateFunctionCode UpdateFunctionConfiguration Invoke Invoke AddPermission RemovePermission
    # GetPolicy CreateEventSourceMapping GetEventSourceMapping UpdateEventSourceMapping DeleteEventSourceMapping ListEventSourceMappings
    # DeleteFunction
    no permission
      owner           ...R...............
      owner's role    ...R...............
      stranger        .AAAA.AAAAAAAARRR.A
      stranger's role .AAAA.AAAAAAAARRR.A
      nobody          ...R...............
    the stranger may invoke
      owner           ...R...............
      owner's role    ...R...............
      stranger        .AAAA.AA..AAAARRR.A
      stranger's role .AAAA.AA..AAAARRR.A
      nobody          ...R...............
    the stranger may do everything
      owner           ...R...............
      owner's role    ...R...............
      stranger        .A.A...A..AA.ARRR..
      stranger's role .A.A...A..AA.ARRR..
      nobody          ...R...............
    the stranger's role may do everything
      owner           ...R...............
      owner's role    ...R...............
      stranger        .AAAA.AAAAAAAARRR.A
      stranger's role .A.A...A..AA.ARRR..
      nobody          ...R...............
    everybody may do everything
      owner           ...R...............
      owner's role    ...R...............
      stranger        .A.A...A..AA.ARRR..
      stranger's role .A.A...A..AA.ARRR..
      nobody          ...R...............
    ");
}

/// A statement of the queue's policy.
fn of_queue(effect: &str, principal: Value, action: &str, condition: Value) -> Value {
    json!({
        "Effect": effect, "Principal": principal, "Action": action, "Resource": "*",
        "Condition": condition,
    })
}

/// What one service asks of another before it accepts a call: S3 whether it may notify a queue and a
/// function; Lambda whether a function's role may read a queue, send failed events there, and whether
/// the caller may read the code.
#[test]
fn what_services_and_roles_may() {
    let s3 = || json!({ "Service": "s3.amazonaws.com" });
    let role = || json!({ "AWS": ROLE });
    let of_photos = json!({ "ArnLike": { "aws:SourceArn": "arn:aws:s3:::photos" } });
    let of_another = json!({ "ArnLike": { "aws:SourceArn": "arn:aws:s3:::other" } });
    let of_account = json!({ "StringEquals": { "aws:SourceAccount": "000000000000" } });
    let queue_policies = [
        ("no policy", json!([])),
        ("S3 may send", json!([of_queue("Allow", s3(), "sqs:SendMessage", json!({}))])),
        ("S3 may, for photos", json!([of_queue("Allow", s3(), "sqs:*", of_photos)])),
        ("S3 may, for other", json!([of_queue("Allow", s3(), "sqs:*", of_another)])),
        ("S3 may, for the owner", json!([of_queue("Allow", s3(), "sqs:*", of_account)])),
        ("everybody may", json!([of_queue("Allow", json!("*"), "sqs:*", json!({}))])),
        ("the role may", json!([of_queue("Allow", role(), "sqs:*", json!({}))])),
        ("nobody may", json!([of_queue("Deny", json!("*"), "sqs:*", json!({}))])),
        (
            "the role may not delete",
            json!([of_queue("Deny", role(), "sqs:DeleteMessage", json!({}))]),
        ),
        ("the role may not send", json!([of_queue("Deny", role(), "sqs:SendMessage", json!({}))])),
    ];
    let notify = |kind: &str, arn_name: &str, arn: &str| {
        let mut configuration = json!({ "Events": ["s3:ObjectCreated:*"] });
        configuration[arn_name] = arn.into();
        let mut all = json!({});
        all[kind] = json!([configuration]);
        json!({ "Bucket": "photos", "NotificationConfiguration": all })
    };
    let code = json!({ "Code": { "S3Bucket": "code", "S3Key": "a.zip" } });
    let dead = json!({ "DeadLetterConfig": { "TargetArn": QUEUE } });
    let strangers_role = "arn:aws:iam::111111111111:role/worker";
    let operations = [
        ("s3", "PutBucketNotificationConfiguration", {
            notify("QueueConfigurations", "QueueArn", QUEUE)
        }),
        ("s3", "PutBucketNotificationConfiguration", {
            notify("LambdaFunctionConfigurations", "LambdaFunctionArn", FUNCTION)
        }),
        ("lambda", "CreateEventSourceMapping", function(json!({ "EventSourceArn": QUEUE }))),
        (
            "lambda",
            "CreateEventSourceMapping",
            json!({ "FunctionName": "mine", "EventSourceArn": QUEUE }),
        ),
        ("lambda", "UpdateFunctionConfiguration", function(dead.clone())),
        ("lambda", "CreateFunction", creation("dead", ROLE, dead.clone())),
        ("lambda", "CreateFunction", creation("dead", strangers_role, dead)),
        ("lambda", "CreateFunction", creation("zipped", ROLE, code)),
    ];
    let mut told = legend(&operations);
    for (name, statements) in queue_policies {
        for (kind, function_permission) in
            [("", None), (", S3 may invoke", Some(("s3.amazonaws.com", "lambda:InvokeFunction")))]
        {
            let (mut world, mapping) = cloud(function_permission);
            let gone = json!({ "UUID": mapping });
            owner_does(&mut world, ("lambda", "DeleteEventSourceMapping", gone));
            for bucket in ["photos", "code"] {
                owner_does(&mut world, ("s3", "CreateBucket", json!({ "Bucket": bucket })));
            }
            let object = json!({ "Bucket": "code", "Key": "a.zip" });
            owner_does(&mut world, ("s3", "PutObject", object));
            let mine = creation("mine", strangers_role, json!({}));
            let made = super::ask(
                &mut world,
                "stranger",
                Signing::Optional,
                ("lambda", "CreateFunction", mine),
            );
            made.unwrap().unwrap();
            if statements != json!([]) {
                let attributes = json!({ "Policy": policy(statements.clone()) });
                let url = "http://localhost:4566/000000000000/orders";
                let input = json!({ "QueueUrl": url, "Attributes": attributes });
                owner_does(&mut world, ("sqs", "SetQueueAttributes", input));
            }
            told.push_str(&format!("{name}{kind}\n"));
            for who in CALLERS {
                let letters: String = operations
                    .iter()
                    .map(|asked| letter(&world, who, Signing::Optional, asked.clone()))
                    .collect();
                told.push_str(&format!("  {who:<16}{letters}\n"));
            }
        }
    }
    assert_snapshot!(told, @r"
    # PutBucketNotificationConfiguration PutBucketNotificationConfiguration CreateEventSourceMapping CreateEventSourceMapping UpdateFunctionConfiguration CreateFunction
    # CreateFunction CreateFunction
    no policy
      owner           DD.I....
      owner's role    DD.I....
      stranger        AAAIAIII
      stranger's role AAAIAIII
      nobody          AA.I...I
    no policy, S3 may invoke
      owner           D..I....
      owner's role    D..I....
      stranger        AAAIAIII
      stranger's role AAAIAIII
      nobody          AA.I...I
    S3 may send
      owner           .D.I....
      owner's role    .D.I....
      stranger        AAAIAIII
      stranger's role AAAIAIII
      nobody          AA.I...I
    S3 may send, S3 may invoke
      owner           ...I....
      owner's role    ...I....
      stranger        AAAIAIII
      stranger's role AAAIAIII
      nobody          AA.I...I
    S3 may, for photos
      owner           .D.I....
      owner's role    .D.I....
      stranger        AAAIAIII
      stranger's role AAAIAIII
      nobody          AA.I...I
    S3 may, for photos, S3 may invoke
      owner           ...I....
      owner's role    ...I....
      stranger        AAAIAIII
      stranger's role AAAIAIII
      nobody          AA.I...I
    S3 may, for other
      owner           DD.I....
      owner's role    DD.I....
      stranger        AAAIAIII
      stranger's role AAAIAIII
      nobody          AA.I...I
    S3 may, for other, S3 may invoke
      owner           D..I....
      owner's role    D..I....
      stranger        AAAIAIII
      stranger's role AAAIAIII
      nobody          AA.I...I
    S3 may, for the owner
      owner           .D.I....
      owner's role    .D.I....
      stranger        AAAIAIII
      stranger's role AAAIAIII
      nobody          AA.I...I
    S3 may, for the owner, S3 may invoke
      owner           ...I....
      owner's role    ...I....
      stranger        AAAIAIII
      stranger's role AAAIAIII
      nobody          AA.I...I
    everybody may
      owner           .D.I....
      owner's role    .D.I....
      stranger        AAA.A..I
      stranger's role AAA.A..I
      nobody          AA.I...I
    everybody may, S3 may invoke
      owner           ...I....
      owner's role    ...I....
      stranger        AAA.A..I
      stranger's role AAA.A..I
      nobody          AA.I...I
    the role may
      owner           DD.I....
      owner's role    DD.I....
      stranger        AAAIAIII
      stranger's role AAAIAIII
      nobody          AA.I...I
    the role may, S3 may invoke
      owner           D..I....
      owner's role    D..I....
      stranger        AAAIAIII
      stranger's role AAAIAIII
      nobody          AA.I...I
    nobody may
      owner           DDIIIII.
      owner's role    DDIIIII.
      stranger        AAAIAIII
      stranger's role AAAIAIII
      nobody          AAIIIIII
    nobody may, S3 may invoke
      owner           D.IIIII.
      owner's role    D.IIIII.
      stranger        AAAIAIII
      stranger's role AAAIAIII
      nobody          AAIIIIII
    the role may not delete
      owner           DDII....
      owner's role    DDII....
      stranger        AAAIAIII
      stranger's role AAAIAIII
      nobody          AAII...I
    the role may not delete, S3 may invoke
      owner           D.II....
      owner's role    D.II....
      stranger        AAAIAIII
      stranger's role AAAIAIII
      nobody          AAII...I
    the role may not send
      owner           DD.IIII.
      owner's role    DD.IIII.
      stranger        AAAIAIII
      stranger's role AAAIAIII
      nobody          AA.IIIII
    the role may not send, S3 may invoke
      owner           D..IIII.
      owner's role    D..IIII.
      stranger        AAAIAIII
      stranger's role AAAIAIII
      nobody          AA.IIIII
    ");
}
