//! Conditions that hold again although the key changed while an upload went on.

use serde_json::{Value, json};

use super::harness::Cloud;

/// What a completion on this condition says, after this has happened to its key since the upload began.
fn completed(
    versioned: bool,
    before: bool,
    condition: fn(&mut Cloud) -> Value,
    happens: fn(&mut Cloud),
) -> String {
    let mut cloud = Cloud::new().with_bucket("photos");
    if versioned {
        let enabled = json!({ "Status": "Enabled" });
        let put = json!({ "Bucket": "photos", "VersioningConfiguration": enabled });
        cloud.call("PutBucketVersioning", put);
    }
    if before {
        cloud.put("photos", "a", 1, json!({}));
    }
    let named = json!({ "Bucket": "photos", "Key": "a" });
    let begun = cloud.call("CreateMultipartUpload", named);
    let upload = begun["UploadId"].as_str().unwrap().to_owned();
    let part = cloud.part("photos", "a", &upload, (1, 5));
    happens(&mut cloud);
    // It is remembered across a restart.
    cloud.restart();
    let parts = json!([{ "PartNumber": 1, "ETag": part["ETag"] }]);
    let mut input = json!({
        "Bucket": "photos", "Key": "a", "UploadId": upload, "MultipartUpload": { "Parts": parts },
    });
    let condition = condition(&mut cloud);
    input.as_object_mut().unwrap().extend(condition.as_object().unwrap().clone());
    let done = cloud.call("CompleteMultipartUpload", input);
    match done.get("Error") {
        None => "completed".into(),
        Some(refused) => format!("{} {} {}", done["Status"], refused["Code"], refused["Condition"]),
    }
}

fn delete(cloud: &mut Cloud) {
    cloud.call("DeleteObject", json!({ "Bucket": "photos", "Key": "a" }));
}

fn put(cloud: &mut Cloud) {
    cloud.put("photos", "a", 2, json!({}));
}

fn is_new(_: &mut Cloud) -> Value {
    json!({ "IfNoneMatch": "*" })
}

fn is_as_now(cloud: &mut Cloud) -> Value {
    let head = cloud.call("HeadObject", json!({ "Bucket": "photos", "Key": "a" }));
    json!({ "IfMatch": head["ETag"].as_str().unwrap_or("\"none\"") })
}

fn is_anything(_: &mut Cloud) -> Value {
    json!({})
}

#[test]
fn an_upload_whose_key_changed_meanwhile_is_begun_anew() {
    type Happens = fn(&mut Cloud);
    let cases: [(&str, bool, Happens); 5] = [
        ("nothing, and nothing happens", false, |_| {}),
        ("an object, and nothing happens", true, |_| {}),
        ("an object, which is deleted", true, delete),
        ("an object, which is put again", true, put),
        ("nothing, then an object comes and goes", false, |cloud| {
            put(cloud);
            delete(cloud);
        }),
    ];
    let mut told = Vec::new();
    for (what, before, happens) in cases {
        for versioned in [false, true] {
            let new = completed(versioned, before, is_new, happens);
            let same = completed(versioned, before, is_as_now, happens);
            let any = completed(versioned, before, is_anything, happens);
            let versions = if versioned { ", with versions" } else { "" };
            told.push(format!("{what}{versions}: new: {new}; as now: {same}; any: {any}"));
        }
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    nothing, and nothing happens: new: completed; as now: 404 "NoSuchKey" null; any: completed
    nothing, and nothing happens, with versions: new: completed; as now: 404 "NoSuchKey" null; any: completed
    an object, and nothing happens: new: 412 "PreconditionFailed" "If-None-Match"; as now: completed; any: completed
    an object, and nothing happens, with versions: new: 412 "PreconditionFailed" "If-None-Match"; as now: completed; any: completed
    an object, which is deleted: new: 409 "ConditionalRequestConflict" "If-None-Match"; as now: 404 "NoSuchKey" null; any: completed
    an object, which is deleted, with versions: new: 409 "ConditionalRequestConflict" "If-None-Match"; as now: 404 "NoSuchKey" null; any: completed
    an object, which is put again: new: 412 "PreconditionFailed" "If-None-Match"; as now: 409 "ConditionalRequestConflict" "If-Match"; any: completed
    an object, which is put again, with versions: new: 412 "PreconditionFailed" "If-None-Match"; as now: 409 "ConditionalRequestConflict" "If-Match"; any: completed
    nothing, then an object comes and goes: new: 409 "ConditionalRequestConflict" "If-None-Match"; as now: 404 "NoSuchKey" null; any: completed
    nothing, then an object comes and goes, with versions: new: 409 "ConditionalRequestConflict" "If-None-Match"; as now: 404 "NoSuchKey" null; any: completed
    "#);
}
