//! Buckets and objects.

use cloudless_core::{Signing, World};
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{Asked, legend, lines, owner_does, policy};

/// Every operation on the bucket `photos`, its object `a.jpg` and one that is not there, and on what
/// is the caller's account's.
fn operations() -> Vec<Asked<'static>> {
    let bucket = || json!({ "Bucket": "photos" });
    let with = |more: Value| {
        let mut input = bucket();
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    let object = || with(json!({ "Key": "a.jpg" }));
    let absent = || with(json!({ "Key": "absent" }));
    let tags = json!({ "TagSet": [{ "Key": "k", "Value": "v" }] });
    let allow = json!({
        "Effect": "Allow", "Principal": { "AWS": "000000000000" }, "Action": "s3:*",
        "Resource": "arn:aws:s3:::photos",
    });
    let rules = json!([{ "AllowedOrigins": ["*"], "AllowedMethods": ["GET"] }]);
    let copy = |bucket: &str, source: &str| json!({ "Bucket": bucket, "Key": "b.jpg", "CopySource": source });
    let delete = json!({ "Objects": [{ "Key": "a.jpg" }] });
    [
        ("ListBuckets", json!({})),
        ("CreateBucket", json!({ "Bucket": "another" })),
        ("HeadBucket", bucket()),
        ("GetBucketLocation", bucket()),
        ("ListObjects", bucket()),
        ("ListObjectsV2", with(json!({ "Prefix": "a", "MaxKeys": 5 }))),
        ("PutObject", object()),
        ("PutObject", with(json!({ "Key": "a.jpg", "Tagging": "k=v" }))),
        ("GetObject", object()),
        ("GetObject", with(json!({ "Key": "a.jpg", "VersionId": "null" }))),
        ("HeadObject", object()),
        ("CopyObject", copy("photos", "open/a.jpg")),
        ("CopyObject", copy("open", "photos/a.jpg")),
        ("DeleteObject", object()),
        ("DeleteObject", absent()),
        ("DeleteObject", with(json!({ "Key": "a.jpg", "VersionId": "null" }))),
        ("DeleteObjects", with(json!({ "Delete": delete }))),
        ("PutObjectTagging", with(json!({ "Key": "a.jpg", "Tagging": tags }))),
        ("GetObjectTagging", object()),
        ("DeleteObjectTagging", object()),
        ("PutBucketPolicy", with(json!({ "Policy": policy(allow) }))),
        ("PutBucketCors", with(json!({ "CORSConfiguration": { "CORSRules": rules } }))),
        ("GetBucketCors", bucket()),
        ("DeleteBucketCors", bucket()),
        (
            "PutPublicAccessBlock",
            with(json!({ "PublicAccessBlockConfiguration": { "BlockPublicAcls": true } })),
        ),
        ("GetPublicAccessBlock", bucket()),
        ("DeletePublicAccessBlock", bucket()),
        (
            "PutBucketOwnershipControls",
            with(json!({
                "OwnershipControls": { "Rules": [{ "ObjectOwnership": "ObjectWriter" }] }
            })),
        ),
        ("GetBucketOwnershipControls", bucket()),
        ("DeleteBucketOwnershipControls", bucket()),
        ("PutBucketTagging", with(json!({ "Tagging": tags }))),
        ("GetBucketTagging", bucket()),
        ("DeleteBucketTagging", bucket()),
        ("PutBucketNotificationConfiguration", with(json!({ "NotificationConfiguration": {} }))),
        ("GetBucketNotificationConfiguration", bucket()),
        ("DeleteBucket", json!({ "Bucket": "empty" })),
    ]
    .into_iter()
    .map(|(operation, input)| ("s3", operation, input))
    .collect()
}

/// A bucket of the owner's with this policy and this block; beside it one without an object, of the
/// same policy, and one in which everybody may do everything.
fn cloud(statements: &Value, block: &Value, ownership: &str) -> World {
    let mut world = World::restore([], 7);
    let mut make = |bucket: &str, statements: &Value, block: &Value| {
        let mut does = |operation: &str, more: Value| {
            let mut input = json!({ "Bucket": bucket });
            input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            owner_does(&mut world, ("s3", operation, input));
        };
        does("CreateBucket", json!({ "ObjectOwnership": ownership }));
        does("DeletePublicAccessBlock", json!({}));
        does(
            "PutBucketCors",
            json!({ "CORSConfiguration": {
            "CORSRules": [{ "AllowedOrigins": ["*"], "AllowedMethods": ["GET"] }],
        } }),
        );
        does(
            "PutBucketTagging",
            json!({ "Tagging": { "TagSet": [{ "Key": "k", "Value": "v" }] } }),
        );
        if bucket != "empty" {
            does("PutObject", json!({ "Key": "a.jpg" }));
        }
        does(
            "PutPublicAccessBlock",
            json!({ "PublicAccessBlockConfiguration": { "BlockPublicAcls": false } }),
        );
        if *statements != json!([]) {
            let text = policy(statements.clone()).replace("photos", bucket);
            does("PutBucketPolicy", json!({ "Policy": text }));
        }
        if *statements == json!([]) || statements[0]["Effect"] == "Allow" {
            does("PutPublicAccessBlock", json!({ "PublicAccessBlockConfiguration": block }));
        }
    };
    make("photos", statements, block);
    make("empty", statements, block);
    make(
        "open",
        &json!([statement("Allow", &json!("*"), &json!("s3:*"))]),
        &json!({ "RestrictPublicBuckets": false }),
    );
    world
}

fn statement(effect: &str, principal: &Value, action: &Value) -> Value {
    json!({
        "Effect": effect, "Principal": principal, "Action": action,
        "Resource": ["arn:aws:s3:::photos", "arn:aws:s3:::photos/*"],
    })
}

/// What stands in the policy of the bucket.
fn policies() -> Vec<(&'static str, Value)> {
    let everybody = json!("*");
    let stranger = json!({ "AWS": "arn:aws:iam::111111111111:root" });
    let role = json!({ "AWS": "arn:aws:iam::111111111111:role/worker" });
    let owner = json!({ "AWS": "000000000000" });
    let narrowed = |condition: Value| {
        let mut statement = statement("Allow", &json!("*"), &json!("s3:*"));
        statement["Condition"] = condition;
        json!([statement])
    };
    let all = json!("s3:*");
    vec![
        ("no policy", json!([])),
        (
            "everybody may read objects",
            json!([statement("Allow", &everybody, &json!("s3:GetObject"))]),
        ),
        (
            "everybody may read, list and write without tags",
            json!([statement(
                "Allow",
                &everybody,
                &json!(["s3:Get*", "s3:List*", "s3:PutObject"])
            )]),
        ),
        ("everybody may do everything", json!([statement("Allow", &everybody, &all)])),
        ("the stranger may do everything", json!([statement("Allow", &stranger, &all)])),
        ("the stranger's role may do everything", json!([statement("Allow", &role, &all)])),
        (
            "the stranger may, but not his role",
            json!([statement("Allow", &stranger, &all), statement("Deny", &role, &all)]),
        ),
        ("nobody may do anything", json!([statement("Deny", &everybody, &all)])),
        (
            "the owner may not read, and nobody may list",
            json!([
                statement("Deny", &owner, &json!("s3:GetObject*")),
                statement("Deny", &everybody, &json!("s3:ListBucket")),
            ]),
        ),
        ("who lists a prefix may", narrowed(json!({ "StringEquals": { "s3:prefix": "a" } }))),
        (
            "who lists no more than five may",
            narrowed(json!({ "NumericLessThanEquals": { "s3:max-keys": "5" } })),
        ),
        ("this machine may", narrowed(json!({ "IpAddress": { "aws:SourceIp": "127.0.0.1" } }))),
    ]
}

#[test]
fn buckets_and_objects() {
    let operations = operations();
    let mut told = legend(&operations);
    for (name, statements) in policies() {
        let mut before = String::new();
        for (block, settings) in [
            ("", json!({ "RestrictPublicBuckets": false })),
            (", public buckets restricted", json!({ "RestrictPublicBuckets": true })),
        ] {
            let world = cloud(&statements, &settings, "BucketOwnerEnforced");
            let shown = lines(&world, Signing::Optional, &operations);
            let writers = cloud(&statements, &settings, "ObjectWriter");
            assert_eq!(shown, lines(&writers, Signing::Optional, &operations), "ownership, {name}");
            assert_eq!(shown, lines(&world, Signing::Required, &operations), "signing, {name}");
            match shown == before {
                true => told.push_str(&format!("{name}{block}: the same\n")),
                false => told.push_str(&format!("{name}{block}\n{shown}")),
            }
            before = shown;
        }
    }
    assert_snapshot!(told, @"
    # ListBuckets CreateBucket HeadBucket GetBucketLocation ListObjects ListObjectsV2
    # PutObject PutObject GetObject GetObject HeadObject CopyObject
    # CopyObject DeleteObject DeleteObject DeleteObject DeleteObjects PutObjectTagging
    # GetObjectTagging DeleteObjectTagging PutBucketPolicy PutBucketCors GetBucketCors DeleteBucketCors
    # PutPublicAccessBlock GetPublicAccessBlock DeletePublicAccessBlock PutBucketOwnershipControls GetBucketOwnershipControls DeleteBucketOwnershipControls
    # PutBucketTagging GetBucketTagging DeleteBucketTagging PutBucketNotificationConfiguration GetBucketNotificationConfiguration DeleteBucket
    no policy
      owner           ....................................
      owner's role    ....................................
      stranger        ..AAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAA
      stranger's role ..AAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAA
      nobody          TAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAA
    no policy, public buckets restricted: the same
    everybody may read objects
      owner           ....................................
      owner's role    ....................................
      stranger        ..AAAAAA.A.A.AAA.AAAAAAAAAAAAAAAAAAA
      stranger's role ..AAAAAA.A.A.AAA.AAAAAAAAAAAAAAAAAAA
      nobody          TAAAAAAA.A.AAAAA.AAAAAAAAAAAAAAAAAAA
    everybody may read objects, public buckets restricted
      owner           ....................................
      owner's role    ....................................
      stranger        ..AAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAA
      stranger's role ..AAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAA
      nobody          TAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAA
    everybody may read, list and write without tags
      owner           ....................................
      owner's role    ....................................
      stranger        .......A.....AAA.A.AAA.AA.AA.AA.AA.A
      stranger's role .......A.....AAA.A.AAA.AA.AA.AA.AA.A
      nobody          TA.....A...AAAAA.A.AAA.AA.AA.AA.AA.A
    everybody may read, list and write without tags, public buckets restricted
      owner           ....................................
      owner's role    ....................................
      stranger        ..AAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAA
      stranger's role ..AAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAA
      nobody          TAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAA
    everybody may do everything
      owner           ....................................
      owner's role    ....................................
      stranger        ....................M...............
      stranger's role ....................M...............
      nobody          TA.........AA.......A...............
    everybody may do everything, public buckets restricted
      owner           ....................................
      owner's role    ....................................
      stranger        ..AAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAA
      stranger's role ..AAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAA
      nobody          TAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAA
    the stranger may do everything
      owner           ....................................
      owner's role    ....................................
      stranger        ....................M...............
      stranger's role ....................M...............
      nobody          TAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAA
    the stranger may do everything, public buckets restricted: the same
    the stranger's role may do everything
      owner           ....................................
      owner's role    ....................................
      stranger        ..AAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAA
      stranger's role ....................M...............
      nobody          TAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAA
    the stranger's role may do everything, public buckets restricted: the same
    the stranger may, but not his role
      owner           ....................................
      owner's role    ....................................
      stranger        ....................M...............
      stranger's role ..AAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAA
      nobody          TAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAA
    the stranger may, but not his role, public buckets restricted: the same
    nobody may do anything
      owner           ..AAAAAAAAAAAAAA.AAA.AAAAAAAAAAAAAAA
      owner's role    ..AAAAAAAAAAAAAA.AAA.AAAAAAAAAAAAAAA
      stranger        ..AAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAA
      stranger's role ..AAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAA
      nobody          TAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAA
    nobody may do anything, public buckets restricted: the same
    the owner may not read, and nobody may list
      owner           ..A.AA..AAA.A.....A.................
      owner's role    ..A.AA..AAA.A.....A.................
      stranger        ..AAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAA
      stranger's role ..AAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAA
      nobody          TAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAA
    the owner may not read, and nobody may list, public buckets restricted: the same
    who lists a prefix may
      owner           ....................................
      owner's role    ....................................
      stranger        ..AAA.AAAAAAAAAA.AAAAAAAAAAAAAAAAAAA
      stranger's role ..AAA.AAAAAAAAAA.AAAAAAAAAAAAAAAAAAA
      nobody          TAAAA.AAAAAAAAAA.AAAAAAAAAAAAAAAAAAA
    who lists a prefix may, public buckets restricted
      owner           ....................................
      owner's role    ....................................
      stranger        ..AAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAA
      stranger's role ..AAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAA
      nobody          TAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAA
    who lists no more than five may
      owner           ....................................
      owner's role    ....................................
      stranger        ..AAA.AAAAAAAAAA.AAAAAAAAAAAAAAAAAAA
      stranger's role ..AAA.AAAAAAAAAA.AAAAAAAAAAAAAAAAAAA
      nobody          TAAAA.AAAAAAAAAA.AAAAAAAAAAAAAAAAAAA
    who lists no more than five may, public buckets restricted
      owner           ....................................
      owner's role    ....................................
      stranger        ..AAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAA
      stranger's role ..AAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAA
      nobody          TAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAA
    this machine may
      owner           ....................................
      owner's role    ....................................
      stranger        ....................M...............
      stranger's role ....................M...............
      nobody          TA.........AA.......A...............
    this machine may, public buckets restricted: the same
    ");
}
