//! Stories of policies, and what holds for any of them.

use insta::assert_snapshot;
use proptest::prelude::*;

use super::pattern::Pattern;
use super::*;
use crate::names::AccountId;

/// A queue policy as S3's documentation has it.
const FROM_S3: &str = r#"{
    "Version": "2012-10-17", "Id": "example",
    "Statement": [{
        "Sid": "s3", "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "SQS:SendMessage",
        "Resource": "arn:aws:sqs:eu-central-1:000000000000:images",
        "Condition": {
            "ArnLike": {"aws:SourceArn": "arn:aws:s3:*:*:photos"},
            "StringEquals": {"aws:SourceAccount": "000000000000"}
        }
    }]
}"#;

fn decide(policy: &str, principal: &Principal, conditions: &Conditions) -> String {
    let resource = "arn:aws:sqs:eu-central-1:000000000000:images";
    let access = Access { principal, action: "sqs:SendMessage", resource, conditions };
    match Policy::parse(policy) {
        Ok(policy) => match policy.find(&access) {
            None => "NoMatch".into(),
            Some(found) => if found.allows { "Allow" } else { "Deny" }.into(),
        },
        Err(refused) => format!("refused: {refused}"),
    }
}

fn statement(rest: &str) -> String {
    format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", {rest}}}]}}"#
    )
}

fn somebody(account: &str) -> Principal {
    Principal::Aws {
        account: AccountId::parse(account).unwrap_or_default(),
        arn: format!("arn:aws:sts::{account}:assumed-role/painter/resize"),
        canonical_user: None,
    }
}

#[test]
fn a_queue_lets_in_one_bucket_of_one_account_and_nobody_else() {
    let s3 = Principal::Service("s3.amazonaws.com".into());
    let sns = Principal::Service("sns.amazonaws.com".into());
    let from = |bucket: &str, account: &str| {
        Conditions::default()
            .with("aws:SourceArn", format!("arn:aws:s3:::{bucket}"))
            .with("AWS:sourceaccount", account)
    };
    let photos = from("photos", "000000000000");
    assert_snapshot!([
        ("the bucket", decide(FROM_S3, &s3, &photos)),
        ("another bucket", decide(FROM_S3, &s3, &from("other", "000000000000"))),
        ("another account", decide(FROM_S3, &s3, &from("photos", "123456789012"))),
        ("another service", decide(FROM_S3, &sns, &photos)),
        ("anybody", decide(FROM_S3, &Principal::Anonymous, &photos)),
        ("no circumstances", decide(FROM_S3, &s3, &Conditions::default())),
    ].map(|(who, decision)| format!("{who}: {decision}")).join("\n"), @r"
    the bucket: Allow
    another bucket: NoMatch
    another account: NoMatch
    another service: NoMatch
    anybody: NoMatch
    no circumstances: NoMatch
    ");
}

#[test]
fn a_denial_wins_wherever_it_stands() {
    let policy = r#"{"Statement": [
        {"Effect": "Deny", "Principal": {"AWS": "123456789012"}, "Action": "sqs:Send*", "Resource": "*"},
        {"Effect": "Allow", "Principal": "*", "NotAction": "sqs:Delete*", "NotResource": "arn:aws:sqs:*:*:secret"}
    ]}"#;
    let none = Conditions::default();
    assert_eq!(decide(policy, &somebody("123456789012"), &none), "Deny");
    assert_eq!(decide(policy, &somebody("210987654321"), &none), "Allow");
}

#[test]
fn a_role_is_meant_by_account_by_role_and_by_session() {
    let named = |aws: &str| {
        let policy = format!(
            r#"{{"Statement": {{"Effect": "Allow", "Principal": {{"AWS": ["{aws}"]}}, "Action": "sqs:*", "Resource": "*"}}}}"#
        );
        decide(&policy, &somebody("123456789012"), &Conditions::default())
    };
    assert_snapshot!([
        "*", "123456789012", "arn:aws:iam::123456789012:root",
        "arn:aws:iam::123456789012:role/artists/painter",
        "arn:aws:sts::123456789012:assumed-role/painter/resize",
        "arn:aws:iam::123456789012:role/other", "arn:aws:iam::210987654321:root",
        "arn:aws:iam::123456789012:role/*", "painter",
    ].map(|aws| format!("{aws}: {}", named(aws))).join("\n"), @r"
    *: Allow
    123456789012: Allow
    arn:aws:iam::123456789012:root: Allow
    arn:aws:iam::123456789012:role/artists/painter: Allow
    arn:aws:sts::123456789012:assumed-role/painter/resize: Allow
    arn:aws:iam::123456789012:role/other: NoMatch
    arn:aws:iam::210987654321:root: NoMatch
    arn:aws:iam::123456789012:role/*: refused: Invalid principal in policy
    painter: refused: Invalid principal in policy
    ");
}

#[test]
fn conditions_compare_as_their_operator_says() {
    let conditions = Conditions::default()
        .with("aws:SourceIp", "10.1.2.3")
        .with("aws:SecureTransport", "false")
        .with("aws:CurrentTime", "2026-11-23T19:12:00Z")
        .with("s3:max-keys", "10")
        .with("aws:Referer", "https://shop.example/cart")
        .with("aws:TagKeys", "a")
        .with("aws:TagKeys", "b");
    let holds = |condition: &str| {
        let policy = statement(&format!(r#""Condition": {{{condition}}}"#));
        decide(&policy, &Principal::Anonymous, &conditions)
    };
    assert_snapshot!([
        r#""IpAddress": {"aws:SourceIp": ["192.168.0.0/16", "10.0.0.0/8"]}"#,
        r#""NotIpAddress": {"aws:SourceIp": "10.1.2.0/24"}"#,
        r#""IpAddress": {"aws:SourceIp": "0.0.0.0/0"}"#,
        r#""Bool": {"aws:SecureTransport": false}"#,
        r#""DateLessThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}"#,
        r#""DateGreaterThan": {"aws:CurrentTime": "2027-01-01"}"#,
        r#""NumericLessThanEquals": {"s3:max-keys": 10}"#,
        r#""NumericNotEquals": {"s3:max-keys": "10"}"#,
        r#""StringLike": {"aws:Referer": "https://shop.example/*"}"#,
        r#""StringEquals": {"aws:Referer": "https://shop.example/*"}"#,
        r#""StringNotEqualsIgnoreCase": {"aws:Referer": "HTTPS://SHOP.example/CART"}"#,
        r#""StringNotLike": {"aws:Absent": "x"}"#,
        r#""StringEqualsIfExists": {"aws:Absent": "x"}"#,
        r#""Null": {"aws:Absent": "true", "s3:max-keys": "false"}"#,
        r#""ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b", "c"]}"#,
        r#""ForAnyValue:StringEquals": {"aws:TagKeys": ["b", "z"]}"#,
        r#""ForAllValues:StringEquals": {"aws:TagKeys": ["a"]}"#,
        r#""ForAnyValue:StringEquals": {"aws:Absent": "x"}"#,
        r#""StringEquals": {"aws:Referer": "${aws:Referer}"}"#,
    ].map(|condition| format!("{condition}: {}", holds(condition))).join("\n"), @r#"
    "IpAddress": {"aws:SourceIp": ["192.168.0.0/16", "10.0.0.0/8"]}: Allow
    "NotIpAddress": {"aws:SourceIp": "10.1.2.0/24"}: NoMatch
    "IpAddress": {"aws:SourceIp": "0.0.0.0/0"}: Allow
    "Bool": {"aws:SecureTransport": false}: Allow
    "DateLessThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}: Allow
    "DateGreaterThan": {"aws:CurrentTime": "2027-01-01"}: NoMatch
    "NumericLessThanEquals": {"s3:max-keys": 10}: Allow
    "NumericNotEquals": {"s3:max-keys": "10"}: NoMatch
    "StringLike": {"aws:Referer": "https://shop.example/*"}: Allow
    "StringEquals": {"aws:Referer": "https://shop.example/*"}: NoMatch
    "StringNotEqualsIgnoreCase": {"aws:Referer": "HTTPS://SHOP.example/CART"}: NoMatch
    "StringNotLike": {"aws:Absent": "x"}: Allow
    "StringEqualsIfExists": {"aws:Absent": "x"}: Allow
    "Null": {"aws:Absent": "true", "s3:max-keys": "false"}: Allow
    "ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b", "c"]}: Allow
    "ForAnyValue:StringEquals": {"aws:TagKeys": ["b", "z"]}: Allow
    "ForAllValues:StringEquals": {"aws:TagKeys": ["a"]}: NoMatch
    "ForAnyValue:StringEquals": {"aws:Absent": "x"}: NoMatch
    "StringEquals": {"aws:Referer": "${aws:Referer}"}: Allow
    "#);
}

#[test]
fn a_broken_document_is_refused_with_a_reason() {
    let whole = r#""Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*""#;
    let too_long = " ".repeat(Policy::SIZE_BYTES_MAX + 1);
    let too_deep = format!("{{\"Statement\": {}", "[".repeat(5_000));
    let documents = [
        "",
        "[]",
        "{}",
        "not json",
        &too_long,
        &too_deep,
        r#"{"Version": "2013-01-01", "Statement": []}"#,
        r#"{"Statement": []}"#,
        r#"{"Statement": {}, "Foo": 1}"#,
        r#"{"Statement": {"Effect": "allow"}}"#,
        r#"{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}"#,
        r#"{"Statement": {"Effect": "Allow", "Principal": "me", "Action": "s3:*", "Resource": "*"}}"#,
        r#"{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "GetObject", "Resource": "*"}}"#,
        r#"{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "photos"}}"#,
        &format!(r#"{{"Statement": {{{whole}, "NotAction": "s3:*"}}}}"#),
        &format!(r#"{{"Statement": {{{whole}, "Foo": 1}}}}"#),
        &format!(r#"{{"Statement": [{{{whole}, "Sid": "a"}}, {{{whole}, "Sid": "a"}}]}}"#),
        &format!(r#"{{"Statement": {{{whole}, "Condition": {{"StringAlike": {{"a": "b"}}}}}}}}"#),
        &format!(
            r#"{{"Statement": {{{whole}, "Condition": {{"IpAddress": {{"aws:SourceIp": "1.2.3.4/33"}}}}}}}}"#
        ),
    ];
    assert_snapshot!(documents.map(|text| match Policy::parse(text) {
        Ok(_) => format!("{text}: accepted"),
        Err(refused) => refused.to_string(),
    }).join("\n"), @r#"
    Policies must be valid JSON and the first byte must be '{'
    Policies must be valid JSON and the first byte must be '{'
    Missing required field Statement
    Policies must be valid JSON and the first byte must be '{'
    The policy is 20481 bytes long; the maximum is 20480 bytes.
    Policies must be valid JSON and the first byte must be '{'
    The policy must contain a valid version string
    Could not parse the policy: Statement is empty!
    Unknown field Foo
    Invalid effect: allow
    Missing required field Principal
    Invalid principal in policy
    Policy has invalid action
    Policy has invalid resource
    Statement cannot have both Action and NotAction
    Unknown field Foo
    Duplicate statement id: a
    Invalid Condition type : StringAlike
    Invalid value in Condition IpAddress: 1.2.3.4/33
    "#);
}

#[test]
fn a_policy_is_public_where_everybody_is_let_in_without_a_fixed_condition() {
    let public = |rest: &str| match Policy::parse(&statement(rest)) {
        Ok(policy) => policy.is_public().to_string(),
        Err(refused) => refused.to_string(),
    };
    assert_snapshot!([
        r#""Sid": "all""#,
        r#""Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}"#,
        r#""Condition": {"IpAddress": {"aws:SourceIp": "0.0.0.0/1"}}"#,
        r#""Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}"#,
        r#""Condition": {"StringLike": {"aws:SourceVpc": "vpc-*"}}"#,
        r#""Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}"#,
        r#""Condition": {"StringLike": {"aws:Referer": "https://shop.example/*"}}"#,
        r#""Condition": {"StringEqualsIfExists": {"aws:SourceVpc": "vpc-1"}}"#,
    ].map(|rest| format!("{rest}: {}", public(rest))).join("\n"), @r#"
    "Sid": "all": true
    "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}: false
    "Condition": {"IpAddress": {"aws:SourceIp": "0.0.0.0/1"}}: true
    "Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}: false
    "Condition": {"StringLike": {"aws:SourceVpc": "vpc-*"}}: true
    "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}: false
    "Condition": {"StringLike": {"aws:Referer": "https://shop.example/*"}}: true
    "Condition": {"StringEqualsIfExists": {"aws:SourceVpc": "vpc-1"}}: true
    "#);
    assert!(Policy::parse(FROM_S3).is_ok_and(|policy| !policy.is_public()));
}

/// Who has a policy need not be named in it, and cannot be.
#[test]
fn an_identitys_policy_names_nobody() {
    let read = |statement: &str| {
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": {statement}}}"#);
        match Policy::parse_of_identity(&text) {
            Ok(policy) => format!("{} statement", policy.statement_count()),
            Err(refused) => refused.to_string(),
        }
    };
    assert_snapshot!([
        read(r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}"#),
        read(r#"{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}"#),
        read(r#"{"Effect": "Allow", "Action": "s3:*"}"#),
    ].join("\n"), @r"
    1 statement
    Unknown field Principal
    Missing required field Resource
    ");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_the_parser_panic(text in "\\PC{0,200}") {
        let _ = Policy::parse(&text);
        let _ = Policy::parse(&statement(&text));
    }

    #[test]
    fn a_pattern_matches_as_the_plain_definition_says(
        pattern in "[ab*?]{0,8}", text in "[ab]{0,10}",
    ) {
        fn plainly(pattern: &[u8], text: &[u8]) -> bool {
            match (pattern, text) {
                ([], []) => true,
                ([b'*', rest @ ..], text) => {
                    (0..=text.len()).any(|taken| plainly(rest, &text[taken..]))
                }
                ([b'?', pattern @ ..], [_, text @ ..]) => plainly(pattern, text),
                ([a, pattern @ ..], [b, text @ ..]) => a == b && plainly(pattern, text),
                _ => false,
            }
        }
        let matched =
            Pattern::wildcards(&pattern, true).matches(&text, false, &Conditions::default());
        prop_assert_eq!(matched, plainly(pattern.as_bytes(), text.as_bytes()));
    }

    #[test]
    fn what_is_denied_is_never_allowed(account in "[0-9]{12}", action in "[a-z]{1,10}") {
        let policy = Policy::parse(r#"{"Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"},
            {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*"}]}"#);
        let action = format!("SQS:{action}");
        let access = Access {
            principal: &somebody(&account), action: &action, resource: "arn:aws:sqs:::a",
            conditions: &Conditions::default(),
        };
        let found = policy.as_ref().ok().and_then(|policy| policy.find(&access));
        prop_assert_eq!(found.map(|found| (found.allows, found.number)), Some((false, 2)));
    }
}
