//! Access control lists: what is put, what is told, and what they let others do.

use insta::assert_snapshot;
use kernel::call::Caller;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::sync::Arc;

use super::harness::{Cloud, account};
use crate::{Account, BucketDefaults, Settings};

const OWNER: &str = "000000000000";
const OTHER: &str = "111122223333";

/// A cloud of 2022, in which two accounts have names and addresses.
fn cloud_of_2022() -> Cloud {
    let mut cloud = Cloud::new();
    let mut settings = Settings::new(BucketDefaults::Of2022);
    for (id, name) in [(OWNER, "owner"), (OTHER, "other")] {
        let Caller::Account { account, .. } = account(id) else { continue };
        let display_name = Some(name.into());
        let email = Some(format!("{name}@example.com").into());
        settings.insert(account, Account { display_name, email });
    }
    cloud.s3.set_settings(Arc::new(settings));
    cloud.with_bucket("photos")
}

/// `FULL_CONTROL owner, READ AllUsers`; or the refusal.
fn told(answer: &Value) -> String {
    let Some(grants) = answer["Grants"].as_array() else { return short(answer) };
    let mut text = format!("of {}:", answer["Owner"]["DisplayName"].as_str().unwrap_or("nobody"));
    for grant in grants {
        let grantee = &grant["Grantee"];
        let name = grantee["URI"].as_str().and_then(|uri| uri.rsplit('/').next());
        let name = name.or(grantee["DisplayName"].as_str());
        let name = name.or(grantee["ID"].as_str().and_then(|id| id.get(..4))).unwrap_or("?");
        let _ = write!(text, " {} {name},", grant["Permission"].as_str().unwrap_or_default());
    }
    text.trim_end_matches(',').to_owned()
}

/// `ok`, or the refusal with all that it says.
fn short(answer: &Value) -> String {
    let Some(error) = answer["Error"].as_object() else { return "ok".to_owned() };
    let said: Vec<_> = error.values().filter_map(Value::as_str).collect();
    format!("{} {}", answer["Status"], said.join(" | "))
}

fn id(of: &str) -> String {
    let Caller::Account { account, .. } = account(of) else { return String::new() };
    crate::canonical_user::canonical_user_id(&account)
}

#[test]
fn a_canned_list_is_told_as_grants() {
    let mut cloud = cloud_of_2022();
    let mut text = String::new();
    for canned in [
        "private",
        "public-read",
        "public-read-write",
        "authenticated-read",
        "aws-exec-read",
        "bucket-owner-read",
        "bucket-owner-full-control",
        "log-delivery-write",
        "fake-acl",
    ] {
        let put = cloud.call("PutBucketAcl", json!({ "Bucket": "photos", "ACL": canned }));
        let of_bucket = match put.get("Error") {
            None => told(&cloud.call("GetBucketAcl", json!({ "Bucket": "photos" }))),
            Some(_) => told(&put),
        };
        let put = cloud.put("photos", "a", 1, json!({ "ACL": canned }));
        let of_object = match put.get("Error") {
            None => told(&cloud.call("GetObjectAcl", json!({ "Bucket": "photos", "Key": "a" }))),
            Some(_) => told(&put),
        };
        let _ = writeln!(text, "{canned}\n  bucket {of_bucket}\n  object {of_object}");
    }
    assert_snapshot!(text, @"
    private
      bucket of owner: FULL_CONTROL owner
      object of owner: FULL_CONTROL owner
    public-read
      bucket of owner: FULL_CONTROL owner, READ AllUsers
      object of owner: FULL_CONTROL owner, READ AllUsers
    public-read-write
      bucket of owner: FULL_CONTROL owner, READ AllUsers, WRITE AllUsers
      object of owner: FULL_CONTROL owner, READ AllUsers, WRITE AllUsers
    authenticated-read
      bucket of owner: FULL_CONTROL owner, READ AuthenticatedUsers
      object of owner: FULL_CONTROL owner, READ AuthenticatedUsers
    aws-exec-read
      bucket of owner: FULL_CONTROL owner, READ 6aa5
      object of owner: FULL_CONTROL owner, READ 6aa5
    bucket-owner-read
      bucket of owner: FULL_CONTROL owner
      object of owner: FULL_CONTROL owner
    bucket-owner-full-control
      bucket of owner: FULL_CONTROL owner
      object of owner: FULL_CONTROL owner
    log-delivery-write
      bucket of owner: FULL_CONTROL owner, WRITE LogDelivery, READ_ACP LogDelivery
      object 400 InvalidArgument |  | x-amz-acl | log-delivery-write
    fake-acl
      bucket 400 InvalidArgument |  | x-amz-acl | fake-acl
      object 400 InvalidArgument |  | x-amz-acl | fake-acl
    ");
}

#[test]
fn grants_come_by_headers_or_as_a_document() {
    let mut cloud = cloud_of_2022();
    let (owner, other) = (id(OWNER), id(OTHER));
    let user = |id: &str| json!({ "Type": "CanonicalUser", "ID": id });
    let group = |uri: &str| json!({ "Type": "Group", "URI": uri });
    let mail = |address: &str| json!({ "Type": "AmazonCustomerByEmail", "EmailAddress": address });
    let policy = |grantee: Value, permission: &str| {
        json!({ "AccessControlPolicy": {
            "Owner": { "ID": owner, "DisplayName": "whatever" },
            "Grants": [{ "Grantee": grantee, "Permission": permission }],
        } })
    };
    let all = "http://acs.amazonaws.com/groups/global/AllUsers";
    let fake = "http://acs.amazonaws.com/groups/s3/FakeGroup";
    let many: Vec<_> =
        (0..101).map(|_| json!({ "Grantee": user(&other), "Permission": "READ" })).collect();
    let mut text = String::new();
    for (what, input) in [
        (
            "two headers",
            json!({
                "GrantFullControl": format!("id=\"{owner}\", emailAddress=other@example.com"),
                "GrantRead": format!("uri={all}"),
            }),
        ),
        ("another key", json!({ "GrantWrite": "fakekey=\"1234\"" })),
        ("another id", json!({ "GrantWrite": "id=wrong-id" })),
        ("another group", json!({ "GrantWrite": format!("uri=\"{fake}\"") })),
        ("both", json!({ "GrantWrite": "id=x", "ACL": "private" })),
        ("nothing", json!({})),
        ("nothing in it", json!({ "AccessControlPolicy": {} })),
        ("no grants", json!({ "AccessControlPolicy": { "Owner": { "ID": owner } } })),
        ("revoked", json!({ "AccessControlPolicy": { "Owner": { "ID": owner }, "Grants": [] } })),
        ("a user", policy(user(&other), "READ_ACP")),
        ("a group", policy(group(all), "WRITE")),
        ("an address", policy(mail("OTHER@example.com"), "FULL_CONTROL")),
        ("no such address", policy(mail("nobody@example.com"), "READ")),
        ("no such id", policy(user("wrong-id"), "READ")),
        ("no such group", policy(group(fake), "READ")),
        ("no such permission", policy(user(&other), "LOOK")),
        ("no such type", policy(json!({ "Type": "Dog" }), "READ")),
        (
            "of another",
            json!({ "AccessControlPolicy": { "Owner": { "ID": other }, "Grants": [] } }),
        ),
        ("of nobody", json!({ "AccessControlPolicy": { "Owner": { "ID": "x" }, "Grants": [] } })),
        (
            "too many",
            json!({ "AccessControlPolicy": { "Owner": { "ID": owner }, "Grants": many } }),
        ),
        (
            "head and document",
            json!({
                "ACL": "private",
                "AccessControlPolicy": { "Owner": { "ID": owner }, "Grants": [] },
            }),
        ),
    ] {
        let mut input = input;
        input["Bucket"] = "photos".into();
        let put = cloud.call("PutBucketAcl", input);
        let told = match put.get("Error") {
            None => told(&cloud.call("GetBucketAcl", json!({ "Bucket": "photos" }))),
            Some(_) => told(&put),
        };
        let _ = writeln!(text, "{what}: {told}");
    }
    assert_snapshot!(text, @r#"
    two headers: of owner: READ AllUsers, FULL_CONTROL owner, FULL_CONTROL other
    another key: 400 InvalidArgument | Argument format not recognized | x-amz-grant-write | fakekey="1234"
    another id: 400 InvalidArgument | Invalid id | id | wrong-id
    another group: 400 InvalidArgument | Invalid group uri | uri | http://acs.amazonaws.com/groups/s3/FakeGroup
    both: 400 InvalidRequest | Specifying both Canned ACLs and Header Grants is not allowed
    nothing: 400 MissingSecurityHeader | Your request was missing a required header | x-amz-acl
    nothing in it: 400 MalformedACLError | The XML you provided was not well-formed or did not validate against our published schema
    no grants: 400 MalformedACLError | The XML you provided was not well-formed or did not validate against our published schema
    revoked: of owner:
    a user: of owner: READ_ACP other
    a group: of owner: WRITE AllUsers
    an address: of owner: FULL_CONTROL other
    no such address: 400 UnresolvableGrantByEmailAddress | The email address you provided does not match any account on record.
    no such id: 400 InvalidArgument | Invalid id | CanonicalUser/ID | wrong-id
    no such group: 400 InvalidArgument | Invalid group uri | Group/URI | http://acs.amazonaws.com/groups/s3/FakeGroup
    no such permission: 400 MalformedACLError | The XML you provided was not well-formed or did not validate against our published schema
    no such type: 400 MalformedACLError | The XML you provided was not well-formed or did not validate against our published schema
    of another: 403 AccessDenied | Access Denied
    of nobody: 400 InvalidArgument | Invalid id | CanonicalUser/ID | x
    too many: 400 MalformedACLError | The XML you provided was not well-formed or did not validate against our published schema
    head and document: 400 UnexpectedContent | This request does not support content
    "#);
    let (restarted, _) = cloud.restarted();
    let Some(stored) = restarted.buckets.get("photos") else { return };
    assert_eq!(stored.bucket.acl, cloud.s3.buckets["photos"].bucket.acl);
}

/// What everybody may do with a bucket and its objects, by what their lists say. The owner forbids nothing
/// to himself.
#[test]
fn lists_let_others_do_what_they_grant() {
    let mut text = String::new();
    for (bucket_acl, object_acl) in [
        ("private", "private"),
        ("private", "public-read"),
        ("public-read", "private"),
        ("public-read-write", "authenticated-read"),
    ] {
        let mut cloud = cloud_of_2022();
        let _ = writeln!(text, "bucket {bucket_acl}, object {object_acl}");
        cloud.call("PutBucketAcl", json!({ "Bucket": "photos", "ACL": bucket_acl }));
        cloud.put("photos", "a", 1, json!({ "ACL": object_acl }));
        for (name, caller) in
            [("owner", account(OWNER)), ("other", account(OTHER)), ("nobody", Caller::Anonymous)]
        {
            let owner = std::mem::replace(&mut cloud.caller, caller);
            let object = json!({ "Bucket": "photos", "Key": "a" });
            let bucket = json!({ "Bucket": "photos" });
            let mut may = Vec::new();
            for (operation, input) in [
                ("ListObjects", &bucket),
                ("GetBucketAcl", &bucket),
                ("GetObject", &object),
                ("GetObjectAcl", &object),
            ] {
                if cloud.call(operation, input.clone()).get("Error").is_none() {
                    may.push(operation);
                }
            }
            if cloud.put("photos", "b", 1, json!({})).get("Error").is_none() {
                may.push("PutObject");
            }
            cloud.caller = owner;
            let _ = writeln!(text, "  {name}: {}", may.join(" "));
        }
    }
    assert_snapshot!(text, @"
    bucket private, object private
      owner: ListObjects GetBucketAcl GetObject GetObjectAcl PutObject
      other: 
      nobody: 
    bucket private, object public-read
      owner: ListObjects GetBucketAcl GetObject GetObjectAcl PutObject
      other: GetObject
      nobody: GetObject
    bucket public-read, object private
      owner: ListObjects GetBucketAcl GetObject GetObjectAcl PutObject
      other: ListObjects
      nobody: ListObjects
    bucket public-read-write, object authenticated-read
      owner: ListObjects GetBucketAcl GetObject GetObjectAcl PutObject
      other: ListObjects GetObject PutObject
      nobody: ListObjects PutObject
    ");
}

#[test]
fn an_object_is_its_writers_unless_it_is_given_to_the_bucket_owner() {
    let mut text = String::new();
    for ownership in ["ObjectWriter", "BucketOwnerPreferred", "BucketOwnerEnforced"] {
        let mut cloud = cloud_of_2022();
        let policy = json!({ "Statement": {
            "Effect": "Allow", "Principal": "*", "Action": "s3:*",
            "Resource": ["arn:aws:s3:::photos", "arn:aws:s3:::photos/*"],
        } });
        cloud.call("PutBucketPolicy", json!({ "Bucket": "photos", "Policy": policy.to_string() }));
        let rules = json!({ "Rules": [{ "ObjectOwnership": ownership }] });
        let put = json!({ "Bucket": "photos", "OwnershipControls": rules });
        cloud.call("PutBucketOwnershipControls", put);
        let _ = writeln!(text, "{ownership}");
        for acl in [None, Some("bucket-owner-read"), Some("bucket-owner-full-control")] {
            cloud.caller = account(OTHER);
            let more = acl.map_or(json!({}), |acl| json!({ "ACL": acl }));
            let put = short(&cloud.put("photos", "a", 1, more));
            let object = json!({ "Bucket": "photos", "Key": "a" });
            let list = told(&cloud.call("GetObjectAcl", object.clone()));
            cloud.caller = account(OWNER);
            let got = short(&cloud.call("GetObject", object.clone()));
            let asked = short(&cloud.call("GetObjectAcl", object.clone()));
            let listed = cloud.call("ListObjects", json!({ "Bucket": "photos" }));
            let listed = listed["Contents"][0]["Owner"]["DisplayName"].clone();
            cloud.call("DeleteObject", object);
            let _ = writeln!(
                text,
                "  {}: {put}; {list}; listed as {listed}'s; the bucket's owner reads it: {got}, \
                 its list: {asked}",
                acl.unwrap_or("no list")
            );
        }
    }
    assert_snapshot!(text, @r#"
    ObjectWriter
      no list: ok; of other: FULL_CONTROL other; listed as "other"'s; the bucket's owner reads it: 403 AccessDenied | Access Denied, its list: 403 AccessDenied | Access Denied
      bucket-owner-read: ok; of other: FULL_CONTROL other, READ owner; listed as "other"'s; the bucket's owner reads it: ok, its list: 403 AccessDenied | Access Denied
      bucket-owner-full-control: ok; of other: FULL_CONTROL other, FULL_CONTROL owner; listed as "other"'s; the bucket's owner reads it: ok, its list: ok
    BucketOwnerPreferred
      no list: ok; of other: FULL_CONTROL other; listed as "other"'s; the bucket's owner reads it: 403 AccessDenied | Access Denied, its list: 403 AccessDenied | Access Denied
      bucket-owner-read: ok; of other: FULL_CONTROL other, READ owner; listed as "other"'s; the bucket's owner reads it: ok, its list: 403 AccessDenied | Access Denied
      bucket-owner-full-control: ok; of owner: FULL_CONTROL owner; listed as "owner"'s; the bucket's owner reads it: ok, its list: ok
    BucketOwnerEnforced
      no list: ok; of owner: FULL_CONTROL owner; listed as "owner"'s; the bucket's owner reads it: ok, its list: ok
      bucket-owner-read: 400 AccessControlListNotSupported | The bucket does not allow ACLs; 404 NoSuchKey | The specified key does not exist. | a; listed as null's; the bucket's owner reads it: 404 NoSuchKey | The specified key does not exist. | a, its list: 404 NoSuchKey | The specified key does not exist. | a
      bucket-owner-full-control: ok; of owner: FULL_CONTROL owner; listed as "owner"'s; the bucket's owner reads it: ok, its list: ok
    "#);
}

#[test]
fn block_public_access_refuses_lists_or_passes_them_over() {
    let mut cloud = cloud_of_2022();
    cloud.put("photos", "a", 1, json!({ "ACL": "public-read" }));
    let block = |name: &str| json!({ "Bucket": "photos", "PublicAccessBlockConfiguration": { name: true } });
    let mut lines = Vec::new();
    cloud.call("PutPublicAccessBlock", block("BlockPublicAcls"));
    let bucket_acl = json!({ "Bucket": "photos", "ACL": "authenticated-read" });
    lines.push(short(&cloud.call("PutBucketAcl", bucket_acl)));
    lines.push(short(&cloud.put("photos", "b", 1, json!({ "ACL": "public-read" }))));
    lines.push(short(&cloud.put("photos", "b", 1, json!({ "ACL": "private" }))));
    let object = json!({ "Bucket": "photos", "Key": "a" });
    cloud.caller = account(OTHER);
    lines.push(short(&cloud.call("GetObject", object.clone())));
    cloud.caller = account(OWNER);
    cloud.call("PutPublicAccessBlock", block("IgnorePublicAcls"));
    lines.push(told(&cloud.call("GetObjectAcl", object.clone())));
    cloud.caller = account(OTHER);
    lines.push(short(&cloud.call("GetObject", object)));
    assert_snapshot!(lines.join("\n"), @"
    403 AccessDenied | Access Denied
    403 AccessDenied | Access Denied
    ok
    ok
    of owner: FULL_CONTROL owner, READ AllUsers
    403 AccessDenied | Access Denied
    ");
}

/// New buckets of today have no lists: none can be put, and the owner's control is told.
#[test]
fn where_lists_are_disabled_the_owner_has_full_control() {
    let mut cloud = Cloud::new().with_bucket("photos");
    let mut lines = Vec::new();
    let created = json!({ "Bucket": "public", "ACL": "public-read" });
    lines.push(short(&cloud.call("CreateBucket", created)));
    cloud.put("photos", "a", 1, json!({ "ACL": "bucket-owner-full-control" }));
    for acl in ["private", "public-read"] {
        let input = json!({ "Bucket": "photos", "Key": "a", "ACL": acl });
        lines.push(short(&cloud.call("PutObjectAcl", input)));
        let input = json!({ "Bucket": "photos", "ACL": acl });
        lines.push(short(&cloud.call("PutBucketAcl", input)));
    }
    lines.push(cloud.call("GetBucketAcl", json!({ "Bucket": "photos" })).to_string());
    lines.push(cloud.call("GetObjectAcl", json!({ "Bucket": "photos", "Key": "a" })).to_string());
    assert_snapshot!(lines.join("\n"), @r#"
    400 InvalidBucketAclWithObjectOwnership | Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting
    400 AccessControlListNotSupported | The bucket does not allow ACLs
    400 AccessControlListNotSupported | The bucket does not allow ACLs
    400 AccessControlListNotSupported | The bucket does not allow ACLs
    400 AccessControlListNotSupported | The bucket does not allow ACLs
    {"Owner":{"ID":"4c4547182d4c0f05ca014026b38c2961bdb7d34e4f57ec9b9d4a08d90a815f49"},"Grants":[{"Grantee":{"Type":"CanonicalUser","ID":"4c4547182d4c0f05ca014026b38c2961bdb7d34e4f57ec9b9d4a08d90a815f49"},"Permission":"FULL_CONTROL"}]}
    {"Owner":{"ID":"4c4547182d4c0f05ca014026b38c2961bdb7d34e4f57ec9b9d4a08d90a815f49"},"Grants":[{"Grantee":{"Type":"CanonicalUser","ID":"4c4547182d4c0f05ca014026b38c2961bdb7d34e4f57ec9b9d4a08d90a815f49"},"Permission":"FULL_CONTROL"}]}
    "#);
}

/// What is not there has no list of its own: the bucket's says who learns that.
#[test]
fn whoever_may_list_a_bucket_learns_what_is_not_in_it() {
    let mut cloud = cloud_of_2022();
    let missing = json!({ "Bucket": "photos", "Key": "missing" });
    let mut lines = Vec::new();
    for acl in ["private", "public-read"] {
        cloud.caller = account(OWNER);
        cloud.call("PutBucketAcl", json!({ "Bucket": "photos", "ACL": acl }));
        cloud.caller = Caller::Anonymous;
        lines.push(format!("{acl}: {}", short(&cloud.call("GetObject", missing.clone()))));
    }
    assert_snapshot!(lines.join("\n"), @"
    private: 403 AccessDenied | Access Denied
    public-read: 404 NoSuchKey | The specified key does not exist. | missing
    ");
}

/// An upload is whose object it will be; who began it may look at it and give it up, though it owns nothing else.
#[test]
fn an_upload_may_be_given_up_by_who_began_it() {
    let mut text = String::new();
    for ownership in ["ObjectWriter", "BucketOwnerPreferred"] {
        let mut cloud = cloud_of_2022();
        let rules = json!({ "Rules": [{ "ObjectOwnership": ownership }] });
        let put = json!({ "Bucket": "photos", "OwnershipControls": rules });
        cloud.call("PutBucketOwnershipControls", put);
        cloud.call("PutBucketAcl", json!({ "Bucket": "photos", "ACL": "public-read-write" }));
        let of = |key: &str, more: Value| {
            let mut input = json!({ "Bucket": "photos", "Key": key });
            input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            input
        };
        let owners = cloud.call("CreateMultipartUpload", of("a", json!({})));
        cloud.caller = account(OTHER);
        let acl = json!({ "ACL": "bucket-owner-full-control" });
        let others = cloud.call("CreateMultipartUpload", of("b", acl));
        for upload in cloud.call("ListMultipartUploads", json!({ "Bucket": "photos" }))["Uploads"]
            .as_array()
            .unwrap()
        {
            let (key, initiator) = (&upload["Key"], &upload["Initiator"]["DisplayName"]);
            let owner = &upload["Owner"]["DisplayName"];
            let _ = writeln!(text, "{ownership}: {key} of {owner}, begun by {initiator}");
        }
        for (whose, upload) in [("the owner's", &owners), ("its own", &others)] {
            let input = of(
                upload["Key"].as_str().unwrap(),
                json!({ "UploadId": upload["UploadId"].as_str().unwrap() }),
            );
            let listed = short(&cloud.call("ListParts", input.clone()));
            let aborted = short(&cloud.call("AbortMultipartUpload", input));
            let _ = writeln!(text, "  {whose}: listed {listed}; given up {aborted}");
        }
    }
    assert_snapshot!(text, @r#"
    ObjectWriter: "a" of "owner", begun by "owner"
    ObjectWriter: "b" of "other", begun by "other"
      the owner's: listed 403 AccessDenied | Access Denied; given up 403 AccessDenied | Access Denied
      its own: listed ok; given up ok
    BucketOwnerPreferred: "a" of "owner", begun by "owner"
    BucketOwnerPreferred: "b" of "owner", begun by "other"
      the owner's: listed 403 AccessDenied | Access Denied; given up 403 AccessDenied | Access Denied
      its own: listed ok; given up ok
    "#);
}
