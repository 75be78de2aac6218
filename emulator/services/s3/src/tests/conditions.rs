//! What the policy of a bucket can ask of a call: one key after the other, as the rows of
//! `access/permissions.rs` name them.

use insta::assert_snapshot;
use kernel::call::Agent;
use serde_json::{Value, json};

use super::super::Head;
use super::harness::{Cloud, account};

/// A bucket with an open and a secret object, in which another account may do what these actions are,
/// where this condition holds.
fn cloud(actions: &Value, condition: &Value) -> Cloud {
    let mut cloud = Cloud::new().with_bucket("photos");
    cloud.put("photos", "open/a.jpg", 1, json!({ "Tagging": "class=open" }));
    cloud.put("photos", "secret/a.jpg", 1, json!({ "Tagging": "class=secret" }));
    let statement = json!({
        "Effect": "Allow", "Principal": { "AWS": "111111111111" }, "Action": actions,
        "Resource": ["arn:aws:s3:::photos", "arn:aws:s3:::photos/*"], "Condition": condition,
    });
    let policy = json!({ "Version": "2012-10-17", "Statement": statement }).to_string();
    assert_eq!(
        cloud.call("PutBucketPolicy", json!({ "Bucket": "photos", "Policy": policy })),
        json!({})
    );
    cloud.caller = account("111111111111");
    cloud
}

/// Whether the other account may.
fn may(cloud: &mut Cloud, operation: &str, more: Value) -> String {
    let mut input = json!({ "Bucket": "photos" });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let answer = match operation {
        "PutObject" => cloud.put("photos", "open/b.jpg", 1, more),
        _ => cloud.call(operation, input),
    };
    match &answer["Error"] {
        Value::Null => "may".into(),
        error => error["Code"].as_str().unwrap_or_default().to_owned(),
    }
}

#[test]
fn policies_ask_for_what_the_rows_name() {
    let reads = json!(["s3:GetObject", "s3:GetObjectTagging"]);
    let writes = json!(["s3:PutObject", "s3:PutObjectTagging"]);
    let all = json!("s3:*");
    let equals = |key: &str, value: &str| {
        let mut test = json!({});
        test[key] = value.into();
        json!({ "StringEquals": test })
    };
    let tags = |class: &str| json!({ "TagSet": [{ "Key": "class", "Value": class }] });
    let key = |key: &str| json!({ "Key": key });
    let cases = [
        (
            "GetObject",
            &reads,
            equals("s3:ExistingObjectTag/class", "open"),
            vec![key("open/a.jpg"), key("secret/a.jpg")],
        ),
        (
            "GetObjectTagging",
            &reads,
            equals("s3:existingobjecttag/CLASS", "open"),
            vec![key("open/a.jpg"), key("secret/a.jpg")],
        ),
        (
            "PutObject",
            &writes,
            equals("s3:RequestObjectTag/class", "open"),
            vec![
                json!({ "Tagging": "class=open" }),
                json!({ "Tagging": "class=secret" }),
                json!({}),
            ],
        ),
        (
            "PutObject",
            &writes,
            json!({ "ForAllValues:StringEquals": { "s3:RequestObjectTagKeys": ["class"] } }),
            vec![json!({ "Tagging": "class=secret" }), json!({ "Tagging": "class=secret&more=1" })],
        ),
        (
            "PutObjectTagging",
            &writes,
            equals("s3:RequestObjectTag/class", "open"),
            vec![
                json!({ "Key": "open/a.jpg", "Tagging": tags("open") }),
                json!({ "Key": "open/a.jpg", "Tagging": tags("secret") }),
            ],
        ),
        (
            "PutObject",
            &writes,
            equals("s3:x-amz-acl", "bucket-owner-full-control"),
            vec![json!({ "ACL": "bucket-owner-full-control" }), json!({})],
        ),
        (
            "PutObject",
            &writes,
            equals("s3:x-amz-storage-class", "STANDARD_IA"),
            vec![json!({ "StorageClass": "STANDARD_IA" }), json!({ "StorageClass": "STANDARD" })],
        ),
        (
            "PutObject",
            &writes,
            equals("s3:x-amz-server-side-encryption", "AES256"),
            vec![json!({ "ServerSideEncryption": "AES256" }), json!({})],
        ),
        (
            "PutObject",
            &writes,
            json!({ "Null": { "s3:if-none-match": "false" } }),
            vec![json!({ "IfNoneMatch": "*" }), json!({})],
        ),
        (
            "CopyObject",
            &all,
            json!({ "StringLikeIfExists": { "s3:x-amz-copy-source": "photos/open/*" } }),
            vec![
                json!({ "Key": "c.jpg", "CopySource": "/photos/open/a.jpg" }),
                json!({ "Key": "c.jpg", "CopySource": "photos/secret/a.jpg" }),
            ],
        ),
        (
            "CopyObject",
            &all,
            json!({ "StringEqualsIfExists": { "s3:x-amz-metadata-directive": "REPLACE" } }),
            vec![
                json!({ "Key": "c.jpg", "CopySource": "photos/open/a.jpg", "MetadataDirective": "REPLACE" }),
                json!({ "Key": "c.jpg", "CopySource": "photos/open/a.jpg", "MetadataDirective": "COPY" }),
            ],
        ),
        (
            "DeleteObject",
            &all,
            equals("s3:VersionId", "null"),
            vec![
                json!({ "Key": "open/a.jpg", "VersionId": "null" }),
                json!({ "Key": "secret/a.jpg" }),
            ],
        ),
        (
            "DeleteObject",
            &all,
            json!({ "Null": { "s3:if-match": "false" } }),
            vec![json!({ "Key": "open/a.jpg", "IfMatch": "*" }), json!({ "Key": "secret/a.jpg" })],
        ),
        (
            "ListObjectsV2",
            &all,
            equals("s3:delimiter", "/"),
            vec![json!({ "Delimiter": "/" }), json!({})],
        ),
        (
            "HeadBucket",
            &all,
            json!({ "DateLessThan": { "aws:CurrentTime": "2026-11-24T00:00:00Z" } }),
            vec![json!({})],
        ),
        (
            "HeadBucket",
            &all,
            json!({ "DateLessThan": { "aws:CurrentTime": "2026-11-23T00:00:00Z" } }),
            vec![json!({})],
        ),
        ("HeadBucket", &all, equals("aws:ResourceAccount", "000000000000"), vec![json!({})]),
    ];
    let mut told = Vec::new();
    for (operation, actions, condition, calls) in cases {
        told.push(format!("{operation} where {condition}"));
        for input in calls {
            let mut cloud = cloud(actions, &condition);
            let answer = may(&mut cloud, operation, input.clone());
            told.push(format!("    {input}: {answer}"));
        }
    }
    assert_snapshot!(told.join("\n"), @r#"
    GetObject where {"StringEquals":{"s3:ExistingObjectTag/class":"open"}}
        {"Key":"open/a.jpg"}: may
        {"Key":"secret/a.jpg"}: AccessDenied
    GetObjectTagging where {"StringEquals":{"s3:existingobjecttag/CLASS":"open"}}
        {"Key":"open/a.jpg"}: may
        {"Key":"secret/a.jpg"}: AccessDenied
    PutObject where {"StringEquals":{"s3:RequestObjectTag/class":"open"}}
        {"Tagging":"class=open"}: may
        {"Tagging":"class=secret"}: AccessDenied
        {}: AccessDenied
    PutObject where {"ForAllValues:StringEquals":{"s3:RequestObjectTagKeys":["class"]}}
        {"Tagging":"class=secret"}: may
        {"Tagging":"class=secret&more=1"}: AccessDenied
    PutObjectTagging where {"StringEquals":{"s3:RequestObjectTag/class":"open"}}
        {"Key":"open/a.jpg","Tagging":{"TagSet":[{"Key":"class","Value":"open"}]}}: may
        {"Key":"open/a.jpg","Tagging":{"TagSet":[{"Key":"class","Value":"secret"}]}}: AccessDenied
    PutObject where {"StringEquals":{"s3:x-amz-acl":"bucket-owner-full-control"}}
        {"ACL":"bucket-owner-full-control"}: may
        {}: AccessDenied
    PutObject where {"StringEquals":{"s3:x-amz-storage-class":"STANDARD_IA"}}
        {"StorageClass":"STANDARD_IA"}: may
        {"StorageClass":"STANDARD"}: AccessDenied
    PutObject where {"StringEquals":{"s3:x-amz-server-side-encryption":"AES256"}}
        {"ServerSideEncryption":"AES256"}: may
        {}: AccessDenied
    PutObject where {"Null":{"s3:if-none-match":"false"}}
        {"IfNoneMatch":"*"}: may
        {}: AccessDenied
    CopyObject where {"StringLikeIfExists":{"s3:x-amz-copy-source":"photos/open/*"}}
        {"Key":"c.jpg","CopySource":"/photos/open/a.jpg"}: may
        {"Key":"c.jpg","CopySource":"photos/secret/a.jpg"}: AccessDenied
    CopyObject where {"StringEqualsIfExists":{"s3:x-amz-metadata-directive":"REPLACE"}}
        {"Key":"c.jpg","CopySource":"photos/open/a.jpg","MetadataDirective":"REPLACE"}: may
        {"Key":"c.jpg","CopySource":"photos/open/a.jpg","MetadataDirective":"COPY"}: AccessDenied
    DeleteObject where {"StringEquals":{"s3:VersionId":"null"}}
        {"Key":"open/a.jpg","VersionId":"null"}: may
        {"Key":"secret/a.jpg"}: AccessDenied
    DeleteObject where {"Null":{"s3:if-match":"false"}}
        {"Key":"open/a.jpg","IfMatch":"*"}: may
        {"Key":"secret/a.jpg"}: AccessDenied
    ListObjectsV2 where {"StringEquals":{"s3:delimiter":"/"}}
        {"Delimiter":"/"}: may
        {}: AccessDenied
    HeadBucket where {"DateLessThan":{"aws:CurrentTime":"2026-11-24T00:00:00Z"}}
        {}: may
    HeadBucket where {"DateLessThan":{"aws:CurrentTime":"2026-11-23T00:00:00Z"}}
        {}: AccessDenied
    HeadBucket where {"StringEquals":{"aws:ResourceAccount":"000000000000"}}
        {}: may
    "#);
}

/// A policy that asks for tags in a document cannot be asked before the document is there; without a
/// policy, another account is refused at once.
#[test]
fn what_a_document_decides_waits_for_the_document() {
    let condition = json!({ "StringEquals": { "s3:RequestObjectTag/class": "open" } });
    let waiting = cloud(&json!("s3:PutObjectTagging"), &condition);
    let mut refused = Cloud::new().with_bucket("photos");
    refused.caller = account("111111111111");
    let head = Head {
        operation: "PutObjectTagging",
        bucket: "photos",
        key: Some("open/a.jpg"),
        version_id: None,
        expected_bucket_owner: None,
    };
    let told = [&waiting, &refused].map(|cloud| {
        let admitted = cloud.s3.admit_document(cloud.now, &cloud.origin(), head);
        admitted.map_or_else(|refused| refused.to_string(), |()| "let come".into())
    });
    assert_snapshot!(told.join("\n"), @r"
    let come
    AccessDenied: Access Denied
    ");
}

/// Whoever calls may say anything of itself: these keys keep out mistakes, and nobody who wants in.
#[test]
fn policies_ask_for_the_page_and_the_program_that_call() {
    let mut lines = Vec::new();
    for (operator, key) in [
        ("StringLike", "aws:Referer"),
        ("StringLikeIfExists", "aws:Referer"),
        ("StringLike", "aws:UserAgent"),
    ] {
        let condition = json!({ (operator): { (key): "http://www.example.com/*" } });
        let mut cloud = cloud(&json!("s3:GetObject"), &condition);
        for said in [None, Some("http://www.example.com/a"), Some("http://evil.example/")] {
            let said: Option<Box<str>> = said.map(Into::into);
            cloud.agent = match key {
                "aws:Referer" => Agent { name: None, referer: said.clone() },
                _ => Agent { name: said.clone(), referer: None },
            };
            let may = may(&mut cloud, "GetObject", json!({ "Key": "open/a.jpg" }));
            lines.push(format!("{operator} {key}, {}: {may}", said.as_deref().unwrap_or("none")));
        }
    }
    assert_snapshot!(lines.join("\n"), @"
    StringLike aws:Referer, none: AccessDenied
    StringLike aws:Referer, http://www.example.com/a: may
    StringLike aws:Referer, http://evil.example/: AccessDenied
    StringLikeIfExists aws:Referer, none: may
    StringLikeIfExists aws:Referer, http://www.example.com/a: may
    StringLikeIfExists aws:Referer, http://evil.example/: AccessDenied
    StringLike aws:UserAgent, none: AccessDenied
    StringLike aws:UserAgent, http://www.example.com/a: may
    StringLike aws:UserAgent, http://evil.example/: AccessDenied
    ");
}
