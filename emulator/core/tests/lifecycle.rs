//! However much is due at one moment, a step is as small as the others.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "other tests use more of it")]
mod cloud;

use cloudless_core::call::Payload;
use cloudless_core::{Effect, Input, Step};
use serde_json::{Value, json};

use cloud::Cloud;

#[test]
fn what_expires_at_one_midnight_goes_in_steps_and_others_are_answered_between_them() {
    let mut cloud = Cloud::recording();
    let s3 = |cloud: &mut Cloud, operation: &str, mut input: Value, payload| {
        input["Bucket"] = "photos".into();
        cloud.call(None, "s3", operation, input, payload).unwrap();
    };
    s3(&mut cloud, "CreateBucket", json!({}), Payload::None);
    let rule = json!({ "Status": "Enabled", "Filter": {}, "Expiration": { "Days": 1 } });
    let rules = json!({ "LifecycleConfiguration": { "Rules": [rule] } });
    s3(&mut cloud, "PutBucketLifecycleConfiguration", rules, Payload::None);
    for n in 0..2_500 {
        let body = cloud.upload(1);
        s3(&mut cloud, "PutObject", json!({ "Key": n.to_string() }), body);
    }
    let due = cloud.world.next_deadline().unwrap();
    (cloud.now, cloud.steps) = (due, Vec::new());
    while cloud.world.next_deadline().is_some_and(|at| at <= due) {
        cloud.handle(Input::Deadline);
        // Somebody asks in between, and has an answer.
        s3(&mut cloud, "HeadBucket", json!({}), Payload::None);
    }
    let told = cloud.steps.iter().map(|Step { changes, effects, .. }| {
        let answers = effects.iter().filter(|effect| matches!(effect, Effect::Reply { .. }));
        format!("{} changes, {} answers", changes.len(), answers.count())
    });
    insta::assert_debug_snapshot!(told.collect::<Vec<_>>(), @r#"
    [
        "1004 changes, 0 answers",
        "1000 changes, 1 answers",
        "500 changes, 0 answers",
        "0 changes, 1 answers",
    ]
    "#);
}

#[test]
fn copies_that_go_at_one_midnight_go_in_steps() {
    let mut cloud = Cloud::recording();
    let call = |cloud: &mut Cloud, operation: &str, mut input: Value, payload| {
        input["Bucket"] = "photos".into();
        cloud.call(None, "s3", operation, input, payload).unwrap();
    };
    call(&mut cloud, "CreateBucket", json!({}), Payload::None);
    for key in ["a", "b", "c"] {
        let body = cloud.upload(1);
        call(&mut cloud, "PutObject", json!({ "Key": key, "StorageClass": "GLACIER" }), body);
        let restore = json!({ "Key": key, "RestoreRequest": { "Days": 1 } });
        call(&mut cloud, "RestoreObject", restore, Payload::None);
    }
    cloud.steps.clear();
    // They are there, and then they go.
    for _ in 0..6 {
        cloud.now = cloud.world.next_change().unwrap();
        cloud.handle(Input::Deadline);
    }
    let changes: Vec<_> = cloud.steps.iter().map(|step| step.changes.len()).collect();
    insta::assert_snapshot!(format!("{changes:?}, then {:?}", cloud.world.next_change()), @"[1, 1, 1, 1, 1, 1], then None");
}
