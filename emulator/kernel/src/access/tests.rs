#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::call::Caller;

const OWNER: &str = "000000000000";
const OTHER: &str = "111111111111";
const ACTION: &str = "s3:GetObject";

fn account(digits: &str) -> AccountId {
    AccountId::parse(digits).unwrap()
}

fn root(digits: &str) -> Caller {
    Caller::Account { account: account(digits), access_key_id: digits.into() }
}

fn role(digits: &str) -> Caller {
    Caller::Role {
        account: account(digits),
        principal_arn: format!("arn:aws:sts::{digits}:assumed-role/worker/me"),
        access_key_id: digits.into(),
    }
}

/// Who is named by a statement of a resource.
const NAMED: [&str; 5] = [
    "*",
    "arn:aws:iam::000000000000:root",
    "arn:aws:iam::111111111111:root",
    "arn:aws:iam::111111111111:role/worker",
    "arn:aws:sts::111111111111:assumed-role/worker/me",
];

fn of_resource(statements: &[(bool, usize)]) -> Option<Policy> {
    document(statements.iter().map(|(allows, named)| {
        let effect = if *allows { "Allow" } else { "Deny" };
        json!({"Effect": effect, "Principal": {"AWS": NAMED[*named]}, "Action": ACTION, "Resource": "*"})
    }))
    .map(|text| Policy::parse(&text).unwrap())
}

fn of_identity(statements: &[bool]) -> Option<Policy> {
    document(statements.iter().map(|allows| {
        let effect = if *allows { "Allow" } else { "Deny" };
        json!({"Effect": effect, "Action": "s3:Get*", "Resource": "*"})
    }))
    .map(|text| Policy::parse_of_identity(&text).unwrap())
}

fn document(statements: impl Iterator<Item = Value>) -> Option<String> {
    let statements: Vec<Value> = statements.collect();
    (!statements.is_empty())
        .then(|| json!({"Version": "2012-10-17", "Statement": statements}).to_string())
}

/// One question, as data.
#[derive(Debug, Clone)]
struct Case {
    caller: usize,
    resource: Vec<(bool, usize)>,
    /// Nothing where the identity may do everything its account may.
    own: Option<Vec<bool>>,
    session: Option<Vec<bool>>,
    restricts_public: bool,
    owner_only: bool,
    keeps_owner: bool,
}

const CALLERS: [fn() -> Caller; 5] =
    [|| root(OWNER), || role(OWNER), || root(OTHER), || role(OTHER), || Caller::Anonymous];

/// AWS's rules once more, in sets and without an order: what must be true of whatever is allowed.
fn plainly(case: &Case) -> bool {
    let (is_own, is_root, is_anonymous) =
        (case.caller < 2, case.caller.is_multiple_of(2), case.caller == 4);
    let is_named = |named: usize| {
        matches!((named, case.caller), (0, _) | (1, 0 | 1) | (2, 2 | 3) | (3 | 4, 3))
    };
    let said = |allows: bool| {
        case.resource.iter().filter(move |(it, named)| *it == allows && is_named(*named))
    };
    let denies =
        |statements: &Option<Vec<bool>>| statements.as_ref().is_some_and(|it| it.contains(&false));
    let allows =
        |statements: &Option<Vec<bool>>| statements.as_ref().is_none_or(|it| it.contains(&true));

    if said(false).next().is_some() {
        return case.keeps_owner && is_own && is_root;
    }
    if denies(&case.own) || denies(&case.session) {
        return false;
    }
    let own = !is_anonymous && allows(&case.own) && allows(&case.session);
    let is_public = case.resource.contains(&(true, 0));
    let resource = said(true).next().is_some();
    // What is given to somebody without asking their account.
    let directly = said(true).any(|(_, named)| match named {
        4 => true,
        1 | 2 => is_root && allows(&case.session),
        _ => allows(&case.session),
    });
    match is_own {
        true => own || directly,
        false => {
            let through = if is_anonymous { resource } else { resource && own };
            through && !(case.restricts_public && is_public) && !case.owner_only
        }
    }
}

fn verdict_of(case: &Case) -> Verdict {
    let caller = CALLERS[case.caller]();
    let resource = of_resource(&case.resource);
    let own: Vec<Policy> = case.own.iter().filter_map(|it| of_identity(it)).collect();
    let session = case.session.as_ref().map(|it| {
        of_identity(it).unwrap_or_else(|| {
            let other =
                json!({"Statement": {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}});
            Policy::parse_of_identity(&other.to_string()).unwrap()
        })
    });
    let mut identity = Identity::of(&caller);
    if case.own.is_some() && caller != Caller::Anonymous {
        identity.own = OwnPolicies::Documents(&own);
    }
    identity.session = session.as_ref();
    evaluate(&Question {
        identity: &identity,
        action: ACTION,
        resource: Resource {
            policy: resource.as_ref().map_or(ResourcePolicy::None, ResourcePolicy::Document),
            restricts_public: case.restricts_public,
            owner_only: case.owner_only,
            keeps_owner: case.keeps_owner,
            ..Resource::of(&account(OWNER), &"arn:aws:s3:::photos/a")
        },
        conditions: &Conditions::default,
    })
}

prop_compose! {
    fn cases()(
        caller in 0..CALLERS.len(),
        resource in prop::collection::vec((prop::bool::weighted(0.8), 0..NAMED.len()), 0..4),
        own in prop::option::of(prop::collection::vec(prop::bool::weighted(0.8), 0..3)),
        session in prop::option::of(prop::collection::vec(prop::bool::weighted(0.8), 0..3)),
        restricts_public: bool,
        owner_only: bool,
        keeps_owner: bool,
    ) -> Case {
        // Only roles have sessions.
        let session = session.filter(|_| caller % 2 == 1);
        let own = own.filter(|_| caller != 4);
        Case { caller, resource, own, session, restricts_public, owner_only, keeps_owner }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    /// The order in which policies are read decides nothing but the reason.
    #[test]
    fn what_is_decided_follows_aws_rules(case in cases()) {
        let verdict = verdict_of(&case);
        prop_assert_eq!(matches!(verdict, Verdict::Allowed(_)), plainly(&case), "{:?}", verdict);
    }
}

/// A verdict says which policy and which statement decided, for a strict mode and for people.
#[test]
fn a_verdict_says_why() {
    let nothing = Case {
        caller: 0,
        resource: Vec::new(),
        own: None,
        session: None,
        restricts_public: false,
        owner_only: false,
        keeps_owner: false,
    };
    let everybody = vec![(true, 1), (true, 0)];
    let cases = [
        ("the owner", nothing.clone()),
        ("a stranger", Case { caller: 2, ..nothing.clone() }),
        ("nobody, let in", Case { caller: 4, resource: everybody.clone(), ..nothing.clone() }),
        (
            "nobody, while public buckets are restricted",
            Case { caller: 4, resource: everybody, restricts_public: true, ..nothing.clone() },
        ),
        (
            "a stranger, with what is the owner's alone",
            Case { caller: 2, resource: vec![(true, 2)], owner_only: true, ..nothing.clone() },
        ),
        (
            "a role, denied by the second statement",
            Case { caller: 3, resource: vec![(true, 0), (false, 3)], ..nothing.clone() },
        ),
        ("a role without policies", Case { caller: 1, own: Some(vec![]), ..nothing.clone() }),
        (
            "a role whose account alone is let in",
            Case { caller: 1, own: Some(vec![]), resource: vec![(true, 1)], ..nothing.clone() },
        ),
        (
            "a stranger's role that is let in, without policies",
            Case { caller: 3, own: Some(vec![]), resource: vec![(true, 3)], ..nothing.clone() },
        ),
        (
            "a role, denied by its own",
            Case { caller: 1, own: Some(vec![false]), ..nothing.clone() },
        ),
        (
            "a role, held back by its session",
            Case { caller: 1, session: Some(vec![]), ..nothing.clone() },
        ),
        (
            "the owner, locked out of the policy",
            Case { resource: vec![(false, 0)], keeps_owner: true, ..nothing },
        ),
    ];
    let told: Vec<String> = cases
        .into_iter()
        .map(|(who, case)| match verdict_of(&case) {
            Verdict::Allowed(allowed) => format!("{who}: {allowed:?}"),
            Verdict::Denied(denied) => format!("{who}: {}", denied.because(ACTION)),
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    the owner: OwnAccount
    a stranger: because no resource-based policy allows the s3:GetObject action
    nobody, let in: Statement(Statement { policy: Resource, sid: None, number: 2 })
    nobody, while public buckets are restricted: because of the RestrictPublicBuckets block public access setting
    a stranger, with what is the owner's alone: because no resource-based policy allows the s3:GetObject action
    a role, denied by the second statement: with an explicit deny in a resource-based policy
    a role without policies: because no identity-based policy allows the s3:GetObject action
    a role whose account alone is let in: because no identity-based policy allows the s3:GetObject action
    a stranger's role that is let in, without policies: because no identity-based policy allows the s3:GetObject action
    a role, denied by its own: with an explicit deny in an identity-based policy
    a role, held back by its session: because no session policy allows the s3:GetObject action
    the owner, locked out of the policy: OwnersPolicy
    ");
}

/// What is noted with the trace has a limit, whatever a caller calls itself.
#[test]
fn a_note_is_bounded() {
    let caller = Caller::Role {
        account: account(OTHER),
        principal_arn: "é".repeat(WOULD_REFUSE_BYTES_MAX),
        access_key_id: String::new(),
    };
    let origin = Origin {
        call: crate::call::CallId(1),
        account: caller.account(),
        caller,
        signing: crate::call::Signing::Optional,
        region: crate::names::Region::default(),
        endpoint: "http://localhost:4566".into(),
        source_ip: "127.0.0.1".into(),
        agent: Default::default(),
        trace_header: None,
    };
    let mut asking = Asking::new(&origin, Timestamp::default());
    asking.lets_pass(ACTION, &"a", &Denied::Implicit(PolicyKind::Resource));
    let noted = asking.would_refuse().unwrap();
    assert!(noted.starts_with("User: é"), "{noted}");
    assert!(noted.len() <= WOULD_REFUSE_BYTES_MAX, "{}", noted.len());
}
