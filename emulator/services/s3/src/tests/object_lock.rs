//! Object Lock: what cannot be deleted, and until when.

use insta::{assert_json_snapshot, assert_snapshot};
use kernel::time::Timestamp;
use serde_json::{Value, json};

use super::harness::{Cloud, account};

const DAY_S: u64 = 24 * 60 * 60;

/// A bucket `ledger` whose objects can be locked.
fn ledger() -> Cloud {
    let mut cloud = Cloud::new();
    let input = json!({ "Bucket": "ledger", "ObjectLockEnabledForBucket": true });
    cloud.call("CreateBucket", input);
    cloud
}

/// Puts `a` and gives its version.
fn put(cloud: &mut Cloud, more: Value) -> Value {
    let mut input = json!({ "ChecksumAlgorithm": "CRC64NVME" });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let put = cloud.put("ledger", "a", 1, input);
    assert!(put["VersionId"].is_string(), "{put}");
    put["VersionId"].clone()
}

fn ask(cloud: &mut Cloud, operation: &str, more: Value) -> Value {
    let mut input = json!({ "Bucket": "ledger", "Key": "a" });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    cloud.call(operation, input)
}

fn configure(cloud: &mut Cloud, retention: Value) -> Value {
    let rule = json!({ "DefaultRetention": retention });
    let configuration = json!({ "ObjectLockEnabled": "Enabled", "Rule": rule });
    let input = json!({ "Bucket": "ledger", "ObjectLockConfiguration": configuration });
    cloud.call("PutObjectLockConfiguration", input)
}

/// `done`, or what is refused.
fn outcome(answer: &Value) -> String {
    match answer.get("Error") {
        None => "done".into(),
        Some(error) => format!("{} {error}", answer["Status"]),
    }
}

#[test]
fn a_retention_of_a_year_ends_when_the_year_is_over() {
    let mut cloud = ledger();
    assert_eq!(
        cloud.call("GetBucketVersioning", json!({ "Bucket": "ledger" })),
        json!({ "Status": "Enabled" })
    );
    assert_eq!(configure(&mut cloud, json!({ "Mode": "COMPLIANCE", "Years": 1 })), json!({}));
    let version = put(&mut cloud, json!({}));
    let said = ask(&mut cloud, "GetObjectRetention", json!({}));
    assert_json_snapshot!(said, @r#"
    {
      "Retention": {
        "Mode": "COMPLIANCE",
        "RetainUntilDate": 1826997120.123
      }
    }
    "#);
    let by_version = json!({ "VersionId": version });
    let began = cloud.now;
    let mut told = Vec::new();
    for (after_s, restarts) in [(0, false), (364 * DAY_S, true), (365 * DAY_S, false)] {
        cloud.now = began.after_s(after_s);
        if restarts {
            (cloud.s3, cloud.blobs) = cloud.restarted();
        }
        let deleted = ask(&mut cloud, "DeleteObject", by_version.clone());
        told.push(format!("day {}: {}", after_s / DAY_S, outcome(&deleted)));
    }
    assert_snapshot!(told.join("\n"), @r#"
    day 0: 403 {"Code":"AccessDenied","Message":"Access Denied because object protected by object lock."}
    day 364: 403 {"Code":"AccessDenied","Message":"Access Denied because object protected by object lock."}
    day 365: done
    "#);
    assert_eq!(cloud.dropped.len(), 1);
}

#[test]
fn a_legal_hold_has_no_end_and_a_marker_is_always_allowed() {
    let mut cloud = ledger();
    let version = put(&mut cloud, json!({ "ObjectLockLegalHoldStatus": "ON" }));
    let by_version = json!({ "VersionId": version });
    let mut told = Vec::new();
    let mut note = |what: &str, answer: &Value| told.push(format!("{what}: {}", outcome(answer)));
    let bypassing = json!({ "VersionId": version, "BypassGovernanceRetention": true });
    note("delete the version", &ask(&mut cloud, "DeleteObject", bypassing));
    let objects = json!({ "Objects": [{ "Key": "a", "VersionId": version }] });
    let many = cloud.call("DeleteObjects", json!({ "Bucket": "ledger", "Delete": objects }));
    assert_eq!(many["Errors"][0]["Code"], "AccessDenied");
    let deleted = ask(&mut cloud, "DeleteObject", json!({}));
    note("delete the key", &deleted);
    let of_marker = json!({ "VersionId": deleted["VersionId"] });
    note("hold the marker", &ask(&mut cloud, "GetObjectLegalHold", of_marker.clone()));
    note("delete the marker", &ask(&mut cloud, "DeleteObject", of_marker));
    let mut off = by_version.clone();
    off["LegalHold"] = json!({ "Status": "OFF" });
    note("end the hold", &ask(&mut cloud, "PutObjectLegalHold", off));
    let head = ask(&mut cloud, "HeadObject", json!({}));
    assert_eq!(head["ObjectLockLegalHoldStatus"], "OFF");
    note("what retention", &ask(&mut cloud, "GetObjectRetention", json!({})));
    note("delete the version", &ask(&mut cloud, "DeleteObject", by_version));
    assert_snapshot!(told.join("\n"), @r#"
    delete the version: 403 {"Code":"AccessDenied","Message":"Access Denied because object protected by object lock."}
    delete the key: done
    hold the marker: 405 {"Code":"MethodNotAllowed","Message":"The specified method is not allowed against this resource.","Method":"GET","ResourceType":"DeleteMarker","Allow":"DELETE","Last-Modified":"Mon, 23 Nov 2026 19:12:00 GMT","x-amz-delete-marker":"true","x-amz-version-id":"pMsQiWI.7Ga.642hZY7sZ3oVdvDnDBUM"}
    delete the marker: done
    end the hold: done
    what retention: 404 {"Code":"NoSuchObjectLockConfiguration","Message":"The specified object does not have a ObjectLock configuration"}
    delete the version: done
    "#);
}

#[test]
fn governance_ends_for_who_says_so_and_compliance_for_nobody() {
    let mut cloud = ledger();
    let day = |days: u64| Timestamp::from_ms(1_795_461_120_000).after_s(days * DAY_S).as_s();
    let retention = |mode: &str, days| json!({ "Mode": mode, "RetainUntilDate": day(days) });
    let mut told = Vec::new();
    for first in ["GOVERNANCE", "COMPLIANCE"] {
        let lock = json!({ "ObjectLockMode": first, "ObjectLockRetainUntilDate": day(10) });
        let version = put(&mut cloud, lock);
        for (what, then) in [
            ("longer", retention(first, 20)),
            ("shorter", retention(first, 15)),
            ("governance", retention("GOVERNANCE", 30)),
            ("compliance", retention("COMPLIANCE", 30)),
            ("none", json!({})),
        ] {
            for bypass in [false, true] {
                // Each on a version as the first one left it, or better.
                if first == "GOVERNANCE" && what == "compliance" && bypass {
                    continue;
                }
                let input = json!({ "VersionId": version, "Retention": then,
                    "BypassGovernanceRetention": bypass });
                let answer = ask(&mut cloud, "PutObjectRetention", input);
                let outcome = answer["Error"]["Code"].as_str().unwrap_or("done").to_owned();
                let how = if bypass { " bypassing" } else { "" };
                told.push(format!("{first}, then {what}{how}: {outcome}"));
            }
        }
    }
    assert_snapshot!(told.join("\n"), @"
    GOVERNANCE, then longer: done
    GOVERNANCE, then longer bypassing: done
    GOVERNANCE, then shorter: AccessDenied
    GOVERNANCE, then shorter bypassing: done
    GOVERNANCE, then governance: done
    GOVERNANCE, then governance bypassing: done
    GOVERNANCE, then compliance: AccessDenied
    GOVERNANCE, then none: AccessDenied
    GOVERNANCE, then none bypassing: done
    COMPLIANCE, then longer: done
    COMPLIANCE, then longer bypassing: done
    COMPLIANCE, then shorter: AccessDenied
    COMPLIANCE, then shorter bypassing: AccessDenied
    COMPLIANCE, then governance: AccessDenied
    COMPLIANCE, then governance bypassing: AccessDenied
    COMPLIANCE, then compliance: done
    COMPLIANCE, then compliance bypassing: done
    COMPLIANCE, then none: AccessDenied
    COMPLIANCE, then none bypassing: AccessDenied
    ");
}

#[test]
fn who_may_not_bypass_does_not() {
    let mut cloud = ledger();
    cloud.call("DeletePublicAccessBlock", json!({ "Bucket": "ledger" }));
    let statement = |actions: &[&str]| {
        json!({ "Effect": "Allow", "Principal": { "AWS": "111111111111" }, "Action": actions,
            "Resource": "arn:aws:s3:::ledger/*" })
    };
    let mut told = Vec::new();
    for actions in [
        &["s3:DeleteObjectVersion"][..],
        &["s3:DeleteObjectVersion", "s3:BypassGovernanceRetention"],
    ] {
        cloud.caller = account("000000000000");
        let policy = json!({ "Version": "2012-10-17", "Statement": statement(actions) });
        let input = json!({ "Bucket": "ledger", "Policy": policy.to_string() });
        assert_eq!(cloud.call("PutBucketPolicy", input), json!({}));
        let until = cloud.now.as_s() + DAY_S;
        let lock = json!({ "ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": until });
        let version = put(&mut cloud, lock);
        cloud.caller = account("111111111111");
        for bypass in [false, true] {
            let input = json!({ "VersionId": version, "BypassGovernanceRetention": bypass });
            let one = outcome(&ask(&mut cloud, "DeleteObject", input));
            told.push(format!("{} {bypass}: {one}", actions.len()));
        }
    }
    assert_snapshot!(told.join("\n"), @r#"
    1 false: 403 {"Code":"AccessDenied","Message":"Access Denied because object protected by object lock."}
    1 true: 403 {"Code":"AccessDenied","Message":"Access Denied"}
    2 false: 403 {"Code":"AccessDenied","Message":"Access Denied because object protected by object lock."}
    2 true: done
    "#);
}

#[test]
fn locks_are_refused_in_awss_words() {
    let mut cloud = ledger().with_bucket("photos");
    let mut told = Vec::new();
    for retention in [
        json!({ "Mode": "GOVERNANCE" }),
        json!({ "Mode": "GOVERNANCE", "Days": 1, "Years": 1 }),
        json!({ "Mode": "governance", "Days": 1 }),
        json!({ "Mode": "GOVERNANCE", "Days": 0 }),
        json!({ "Mode": "GOVERNANCE", "Years": -1 }),
        json!({ "Mode": "GOVERNANCE", "Days": 36_501 }),
        json!({ "Mode": "GOVERNANCE", "Years": 101 }),
    ] {
        told.push(format!("{retention}: {}", outcome(&configure(&mut cloud, retention.clone()))));
    }
    let photos = json!({ "Bucket": "photos" });
    told.push(outcome(&cloud.call("GetObjectLockConfiguration", photos)));
    let configuration = json!({ "ObjectLockEnabled": "Enabled" });
    let input = json!({ "Bucket": "photos", "ObjectLockConfiguration": configuration });
    told.push(outcome(&cloud.call("PutObjectLockConfiguration", input.clone())));
    let versioning =
        json!({ "Bucket": "photos", "VersioningConfiguration": { "Status": "Enabled" } });
    cloud.call("PutBucketVersioning", versioning);
    told.push(outcome(&cloud.call("PutObjectLockConfiguration", input)));
    let suspended =
        json!({ "Bucket": "photos", "VersioningConfiguration": { "Status": "Suspended" } });
    told.push(outcome(&cloud.call("PutBucketVersioning", suspended)));

    let soon = cloud.now.as_s() + 1;
    for (digest, lock) in [
        (true, json!({ "ObjectLockMode": "GOVERNANCE" })),
        (true, json!({ "ObjectLockRetainUntilDate": soon })),
        (true, json!({ "ObjectLockMode": "NO", "ObjectLockRetainUntilDate": soon })),
        (true, json!({ "ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": 1 })),
        (true, json!({ "ObjectLockLegalHoldStatus": "MAYBE" })),
        (false, json!({ "ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": soon })),
    ] {
        let mut input = lock.clone();
        if digest {
            input["ContentMD5"] = "AA==".into();
        }
        told.push(format!("{lock}: {}", outcome(&cloud.put("ledger", "a", 1, input))));
    }
    let mut plain = Cloud::new().with_bucket("photos");
    let hold = json!({ "ObjectLockLegalHoldStatus": "ON", "ContentMD5": "AA==" });
    told.push(outcome(&plain.put("photos", "a", 1, hold)));
    put(&mut cloud, json!({}));
    told.push(outcome(&ask(&mut cloud, "GetObjectLegalHold", json!({}))));
    let half = json!({ "Retention": { "Mode": "GOVERNANCE" } });
    told.push(outcome(&ask(&mut cloud, "PutObjectRetention", half)));
    let past = json!({ "Retention": { "Mode": "GOVERNANCE", "RetainUntilDate": 1 } });
    told.push(outcome(&ask(&mut cloud, "PutObjectRetention", past)));
    assert_snapshot!(told.join("\n"), @r#"
    {"Mode":"GOVERNANCE"}: 400 {"Code":"MalformedXML","Message":"The XML you provided was not well-formed or did not validate against our published schema"}
    {"Mode":"GOVERNANCE","Days":1,"Years":1}: 400 {"Code":"MalformedXML","Message":"The XML you provided was not well-formed or did not validate against our published schema"}
    {"Mode":"governance","Days":1}: 400 {"Code":"MalformedXML","Message":"The XML you provided was not well-formed or did not validate against our published schema"}
    {"Mode":"GOVERNANCE","Days":0}: 400 {"Code":"InvalidArgument","Message":"Default retention period must be a positive integer value.","ArgumentName":"Days"}
    {"Mode":"GOVERNANCE","Years":-1}: 400 {"Code":"InvalidArgument","Message":"Default retention period must be a positive integer value.","ArgumentName":"Years"}
    {"Mode":"GOVERNANCE","Days":36501}: 400 {"Code":"InvalidArgument","Message":"Default retention period too large.","ArgumentName":"Days"}
    {"Mode":"GOVERNANCE","Years":101}: 400 {"Code":"InvalidArgument","Message":"Default retention period too large.","ArgumentName":"Years"}
    404 {"Code":"ObjectLockConfigurationNotFoundError","Message":"Object Lock configuration does not exist for this bucket","BucketName":"photos"}
    409 {"Code":"InvalidBucketState","Message":"Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration"}
    done
    409 {"Code":"InvalidBucketState","Message":"An Object Lock configuration is present on this bucket, so the versioning state cannot be changed."}
    {"ObjectLockMode":"GOVERNANCE"}: 400 {"Code":"InvalidArgument","Message":"x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied","ArgumentName":"x-amz-object-lock-retain-until-date"}
    {"ObjectLockRetainUntilDate":1795461121}: 400 {"Code":"InvalidArgument","Message":"x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied","ArgumentName":"x-amz-object-lock-mode"}
    {"ObjectLockMode":"NO","ObjectLockRetainUntilDate":1795461121}: 400 {"Code":"InvalidArgument","Message":"Unknown wormMode directive.","ArgumentName":"x-amz-object-lock-mode","ArgumentValue":"NO"}
    {"ObjectLockMode":"GOVERNANCE","ObjectLockRetainUntilDate":1}: 400 {"Code":"InvalidArgument","Message":"The retain until date must be in the future!","ArgumentName":"x-amz-object-lock-retain-until-date","ArgumentValue":"Wed Dec 31 16:00:01 PST 1969"}
    {"ObjectLockLegalHoldStatus":"MAYBE"}: 400 {"Code":"InvalidArgument","Message":"Legal Hold must be either of 'ON' or 'OFF'","ArgumentName":"x-amz-object-lock-legal-hold","ArgumentValue":"MAYBE"}
    {"ObjectLockMode":"GOVERNANCE","ObjectLockRetainUntilDate":1795461121}: 400 {"Code":"InvalidRequest","Message":"Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters"}
    400 {"Code":"InvalidRequest","Message":"Bucket is missing ObjectLockConfiguration"}
    404 {"Code":"NoSuchObjectLockConfiguration","Message":"The specified object does not have a ObjectLock configuration"}
    400 {"Code":"MalformedXML","Message":"The XML you provided was not well-formed or did not validate against our published schema"}
    400 {"Code":"InvalidArgument","Message":"The retain until date must be in the future!","ArgumentName":"RetainUntilDate","ArgumentValue":"Wed Dec 31 16:00:01 PST 1969"}
    "#);
}

#[test]
fn who_does_not_sign_locks_nothing() {
    let mut cloud = ledger();
    cloud.call("DeletePublicAccessBlock", json!({ "Bucket": "ledger" }));
    let policy = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::ledger/*",
    }] });
    cloud.call("PutBucketPolicy", json!({ "Bucket": "ledger", "Policy": policy.to_string() }));
    cloud.caller = kernel::call::Caller::Anonymous;
    assert_snapshot!(cloud.put("ledger", "a", 1, json!({ "ObjectLockLegalHoldStatus": "ON" })), @r#"{"Error":{"Code":"InvalidArgument","Message":"Put Object requests with Object Lock parameters require AWS Signature Version 4","ArgumentName":"Authorization"},"Status":400}"#);
}
