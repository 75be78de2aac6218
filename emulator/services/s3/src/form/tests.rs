//! Which forms a policy document lets in, and what S3 says of the others.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use kernel::error::ApiError;
use kernel::time::Timestamp;
use proptest::prelude::*;

use super::{Form, PostPolicy};

/// 2026-11-23, noon.
const NOON: Timestamp = Timestamp::from_ms(1_795_435_200_000);

fn form(fields: &[(&str, &str)], filename: Option<&str>) -> Form {
    let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Form::new(fields.collect(), filename)
}

fn told(result: Result<String, ApiError>) -> String {
    result.unwrap_or_else(|refused| format!("{} {}", refused.status(), refused))
}

/// What becomes of a form for the bucket `photos` under these conditions.
fn judged(conditions: &str, fields: &[(&str, &str)]) -> String {
    let document =
        format!(r#"{{"expiration": "2026-11-23T12:00:00.000Z", "conditions": [{conditions}]}}"#);
    let judged = PostPolicy::parse(&BASE64.encode(document))
        .and_then(|policy| policy.check(&form(fields, Some("cat.jpg")), "photos", NOON))
        .map(|sizes| format!("let in, {} to {} bytes", sizes.min_bytes, sizes.max_bytes));
    format!("[{conditions}] {fields:?}\n    {}", told(judged))
}

#[test]
fn a_form_gets_in_where_every_condition_holds_and_every_field_has_one() {
    let bucket = r#"{"bucket": "photos"}"#;
    let with = |more: &str| format!("{bucket}, {more}");
    let key = ("key", "user/${filename}");
    insta::assert_snapshot!([
        judged(&with(r#"{"key": "user/cat.jpg"}"#), &[key]),
        judged(&with(r#"["eq", "$key", "user/cat.jpg"]"#), &[key]),
        judged(&with(r#"["starts-with", "$key", "user/"]"#), &[key]),
        judged(&with(r#"["StArTs-WiTh", "$KeY", "user/"]"#), &[("kEy", "user/a")]),
        judged(&with(r#"["starts-with", "$key", "User/"]"#), &[key]),
        judged(r#"["starts-with", "$key", ""]"#, &[key]),
        judged(r#"{"bucket": "others"}, ["starts-with", "$key", ""]"#, &[key, ("bucket", "others")]),
        judged(&with(r#"["starts-with", "$key", ""]"#), &[key, ("Filename", "x"), ("x-ignore-a", "")]),
        judged(&with(r#"["starts-with", "$key", ""], ["starts-with", "$acl", ""]"#), &[key]),
        judged(&with(r#"["starts-with", "$key", ""], {"acl": "private"}"#), &[key, ("acl", "public-read")]),
        judged(&with(r#"["eq", "key", "user/cat.jpg"]"#), &[key]),
        judged(&with(r#"["like", "$key", "user/cat.jpg"]"#), &[key]),
        judged(
            &with(r#"["starts-with", "$key", ""], ["starts-with", "$Content-Type", "image/"]"#),
            &[key, ("content-type", "image/png,image/gif")],
        ),
        judged(
            &with(r#"["starts-with", "$key", ""], ["starts-with", "$Content-Type", "image/"]"#),
            &[key, ("content-type", "image/png,text/html")],
        ),
        judged(&with(r#"["starts-with", "$key", ""], ["content-length-range", 5, 10]"#), &[key]),
        judged(&with(r#"["starts-with", "$key", ""], ["content-length-range", "x", 10]"#), &[key]),
    ].join("\n"), @r#"
    [{"bucket": "photos"}, {"key": "user/cat.jpg"}] [("key", "user/${filename}")]
        let in, 0 to 18446744073709551615 bytes
    [{"bucket": "photos"}, ["eq", "$key", "user/cat.jpg"]] [("key", "user/${filename}")]
        let in, 0 to 18446744073709551615 bytes
    [{"bucket": "photos"}, ["starts-with", "$key", "user/"]] [("key", "user/${filename}")]
        let in, 0 to 18446744073709551615 bytes
    [{"bucket": "photos"}, ["StArTs-WiTh", "$KeY", "user/"]] [("kEy", "user/a")]
        let in, 0 to 18446744073709551615 bytes
    [{"bucket": "photos"}, ["starts-with", "$key", "User/"]] [("key", "user/${filename}")]
        403 AccessDenied: Invalid according to Policy: Policy Condition failed: ["starts-with", "$key", "User/"]
    [["starts-with", "$key", ""]] [("key", "user/${filename}")]
        403 AccessDenied: Invalid according to Policy: Extra input fields: bucket
    [{"bucket": "others"}, ["starts-with", "$key", ""]] [("key", "user/${filename}"), ("bucket", "others")]
        403 AccessDenied: Invalid according to Policy: Policy Condition failed: ["eq", "$bucket", "others"]
    [{"bucket": "photos"}, ["starts-with", "$key", ""]] [("key", "user/${filename}"), ("Filename", "x"), ("x-ignore-a", "")]
        403 AccessDenied: Invalid according to Policy: Extra input fields: filename
    [{"bucket": "photos"}, ["starts-with", "$key", ""], ["starts-with", "$acl", ""]] [("key", "user/${filename}")]
        403 AccessDenied: Invalid according to Policy: Policy Condition failed: ["starts-with", "$acl", ""]
    [{"bucket": "photos"}, ["starts-with", "$key", ""], {"acl": "private"}] [("key", "user/${filename}"), ("acl", "public-read")]
        403 AccessDenied: Invalid according to Policy: Policy Condition failed: ["eq", "$acl", "private"]
    [{"bucket": "photos"}, ["eq", "key", "user/cat.jpg"]] [("key", "user/${filename}")]
        403 AccessDenied: Invalid according to Policy: Policy Condition failed: ["eq", "key", "user/cat.jpg"]
    [{"bucket": "photos"}, ["like", "$key", "user/cat.jpg"]] [("key", "user/${filename}")]
        400 InvalidPolicyDocument: Invalid Policy: Invalid Condition: unknown operation 'like'.
    [{"bucket": "photos"}, ["starts-with", "$key", ""], ["starts-with", "$Content-Type", "image/"]] [("key", "user/${filename}"), ("content-type", "image/png,image/gif")]
        let in, 0 to 18446744073709551615 bytes
    [{"bucket": "photos"}, ["starts-with", "$key", ""], ["starts-with", "$Content-Type", "image/"]] [("key", "user/${filename}"), ("content-type", "image/png,text/html")]
        403 AccessDenied: Invalid according to Policy: Policy Condition failed: ["starts-with", "$Content-Type", "image/"]
    [{"bucket": "photos"}, ["starts-with", "$key", ""], ["content-length-range", 5, 10]] [("key", "user/${filename}")]
        let in, 5 to 10 bytes
    [{"bucket": "photos"}, ["starts-with", "$key", ""], ["content-length-range", "x", 10]] [("key", "user/${filename}")]
        403 AccessDenied: Invalid according to Policy: Policy Condition failed: ["content-length-range", "x", 10]
    "#);
}

#[test]
fn a_document_that_cannot_be_read_says_what_is_wrong_with_it() {
    let read = |text: &str| {
        let read = PostPolicy::parse(&BASE64.encode(text)).map(|_| "read".to_owned());
        format!("{text}\n    {}", told(read))
    };
    insta::assert_snapshot!([
        read("hello"),
        read("[]"),
        read(r#"{"conditions": []}"#),
        read(r#"{"expiration": "2026-11-23T12:00:00Z"}"#),
        read(r#"{"expiration": "2026-11-23 12:00:00 UTC", "conditions": []}"#),
        read(r#"{"expiration": "2026-11-23T12:00:00+02:00", "conditions": []}"#),
        read(r#"{"expiration": 5, "conditions": []}"#),
        read(r#"{"Version": "2012-10-17", "Statement": []}"#),
        read(r#"{"expiration": "2026-11-23T12:00:00Z", "conditions": [{}]}"#),
        read(r#"{"expiration": "2026-11-23T12:00:00Z", "conditions": [{"a": "1", "b": "2"}]}"#),
        read(r#"{"expiration": "2026-11-23T12:00:00Z", "conditions": [{"Content-Length": 5}]}"#),
        read(r#"{"expiration": "2026-11-23T12:00:00Z", "conditions": [["content-length-range", 0]]}"#),
        read(r#"{"expiration": "2026-11-23T12:00:00Z", "conditions": [["content-length-range", -1, 0]]}"#),
        read(r#"{"expiration": "2026-11-23T12:00:00Z", "conditions": ["key"]}"#),
        read(r#"{"expiration": "2026-11-23T12:00:00Z", "conditions": []}"#),
    ].join("\n"), @r#"
    hello
        400 InvalidPolicyDocument: Invalid Policy: Invalid JSON.
    []
        400 InvalidPolicyDocument: Invalid Policy: Invalid JSON.
    {"conditions": []}
        400 InvalidPolicyDocument: Invalid Policy: Policy missing expiration.
    {"expiration": "2026-11-23T12:00:00Z"}
        400 InvalidPolicyDocument: Invalid Policy: Policy missing conditions.
    {"expiration": "2026-11-23 12:00:00 UTC", "conditions": []}
        400 InvalidPolicyDocument: Invalid Policy: Invalid 'expiration' value: '2026-11-23 12:00:00 UTC'
    {"expiration": "2026-11-23T12:00:00+02:00", "conditions": []}
        400 InvalidPolicyDocument: Invalid Policy: Invalid 'expiration' value: '2026-11-23T12:00:00+02:00'
    {"expiration": 5, "conditions": []}
        400 InvalidPolicyDocument: Invalid Policy: Invalid 'expiration' value: '5'
    {"Version": "2012-10-17", "Statement": []}
        400 InvalidPolicyDocument: Invalid Policy: Unexpected: "Version"
    {"expiration": "2026-11-23T12:00:00Z", "conditions": [{}]}
        400 InvalidPolicyDocument: Invalid Policy: Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.
    {"expiration": "2026-11-23T12:00:00Z", "conditions": [{"a": "1", "b": "2"}]}
        400 InvalidPolicyDocument: Invalid Policy: Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.
    {"expiration": "2026-11-23T12:00:00Z", "conditions": [{"Content-Length": 5}]}
        400 InvalidPolicyDocument: Invalid Policy: Invalid Simple-Condition: value must be a string.
    {"expiration": "2026-11-23T12:00:00Z", "conditions": [["content-length-range", 0]]}
        400 InvalidPolicyDocument: Invalid Policy: Invalid content-length-range: wrong number of arguments.
    {"expiration": "2026-11-23T12:00:00Z", "conditions": [["content-length-range", -1, 0]]}
        400 InvalidPolicyDocument: Invalid Policy: Invalid content-length-range: sizes must not be negative.
    {"expiration": "2026-11-23T12:00:00Z", "conditions": ["key"]}
        400 InvalidPolicyDocument: Invalid Policy: Invalid condition test: must be a List or Object.
    {"expiration": "2026-11-23T12:00:00Z", "conditions": []}
        read
    "#);
}

#[test]
fn a_policy_ends_with_its_time() {
    let policy = |expiration: &str| {
        let document =
            format!(r#"{{"expiration": "{expiration}", "conditions": [{{"bucket": "photos"}}]}}"#);
        let policy = PostPolicy::parse(&BASE64.encode(document));
        told(
            policy
                .and_then(|it| it.check(&form(&[], None), "photos", NOON))
                .map(|_| "let in".to_owned()),
        )
    };
    insta::assert_snapshot!(
        ["2026-11-23T12:00:00Z", "2026-11-23T11:59:59.999Z", "1969-12-31T23:59:59Z"].map(policy).join("\n"),
        @"
    let in
    403 AccessDenied: Invalid according to Policy: Policy expired.
    403 AccessDenied: Invalid according to Policy: Policy expired.
    "
    );
}

#[test]
fn a_signature_is_whole_or_is_missed_by_name() {
    let signature = |fields: &[(&str, &str)]| {
        let form = form(fields, None);
        let found = form.signature().map(|found| format!("{found:?}"));
        told(form.key().map(str::to_owned).and(found))
    };
    let (key, policy) = (("key", "a"), ("Policy", "e30="));
    insta::assert_snapshot!([
        signature(&[]),
        signature(&[key]),
        signature(&[key, policy, ("awsaccesskeyid", "AKIA"), ("SIGNATURE", "c2ln")]),
        signature(&[key, policy, ("AWSAccessKeyId", "AKIA")]),
        signature(&[key, ("AWSAccessKeyId", "AKIA"), ("signature", "c2ln")]),
        signature(&[key, policy, ("x-amz-signature", "00")]),
        signature(&[key, policy, ("x-amz-algorithm", "AWS4-HMAC-SHA256"), ("x-amz-credential", "c"), ("x-amz-date", "d"), ("x-amz-signature", "00")]),
        signature(&[key, policy, ("x-amz-algorithm", "AWS4-HMAC-SHA1"), ("x-amz-credential", "c"), ("x-amz-date", "d"), ("x-amz-signature", "00")]),
    ].join("\n"), @r#"
    400 InvalidArgument: Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields.
    None
    Some(V2 { access_key_id: "AKIA", signature: "c2ln" })
    400 InvalidArgument: Bucket POST must contain a field named 'Signature'.  If it is specified, please check the order of the fields.
    400 InvalidArgument: Bucket POST must contain a field named 'Policy'.  If it is specified, please check the order of the fields.
    400 InvalidArgument: Bucket POST must contain a field named 'X-Amz-Algorithm'.  If it is specified, please check the order of the fields.
    Some(V4 { credential: "c", date: "d", signature: "00" })
    400 InvalidArgument: X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"
    "#);
}

#[test]
fn the_name_of_the_file_is_what_follows_the_last_slash() {
    let key =
        |filename| form(&[("key", "a/${filename}/${filename}")], filename).key().map(str::to_owned);
    let names =
        [Some("cat.jpg"), Some("C:\\pictures\\cat.jpg"), Some("../cat.jpg"), Some(""), None];
    insta::assert_snapshot!(names.map(|it| told(key(it))).join("\n"), @"
    a/cat.jpg/cat.jpg
    a/cat.jpg/cat.jpg
    a/cat.jpg/cat.jpg
    a//
    a//
    ");
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,200}", operator in "eq|starts-with|content-length-range|\\PC{0,5}", value in "\\PC{0,20}") {
        let _ = PostPolicy::parse(&text);
        let _ = PostPolicy::parse(&BASE64.encode(&text));
        let quoted = serde_json::json!([operator, value, text]);
        let _ = judged(&quoted.to_string(), &[("key", &text)]);
    }
}
