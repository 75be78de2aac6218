//! Policies of buckets, queues, functions and roles.

use kernel::names::AccountId;
use kernel::policy::{Access, Conditions, Policy, Principal};

/// Parsing ends, and so does every question to what was parsed.
pub fn read(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let kinds = [Policy::parse, Policy::parse_of_one_resource, Policy::parse_of_identity];
    for policy in kinds.into_iter().filter_map(|parse| parse(text).ok()) {
        assert!(text.len() <= Policy::SIZE_BYTES_MAX);
        let _ = policy.is_public();
        let _ = (policy.actions().count(), policy.resources().count());
        let _ = (policy.action_count_max(), policy.principal_count(), policy.condition_count());
        let principals = [
            Principal::Anonymous,
            Principal::Service("s3.amazonaws.com".into()),
            Principal::Aws {
                account: AccountId::default(),
                arn: "arn:aws:iam::000000000000:user/ann".into(),
                canonical_user: None,
            },
        ];
        for principal in &principals {
            let conditions = Conditions::about(principal)
                .with("aws:SourceIp", "127.0.0.1")
                .with("aws:SourceArn", "arn:aws:s3:::photos")
                .with("aws:CurrentTime", "2026-11-23T12:00:00Z")
                .with("s3:max-keys", "10");
            let resource = "arn:aws:s3:::photos/a/b";
            let access =
                Access { principal, action: "s3:GetObject", resource, conditions: &conditions };
            if let Some(found) = policy.find(&access) {
                assert!(found.number <= policy.statement_count());
            }
        }
    }
}
