//! Who may do what, over all that decides it: who calls, whose the thing is, what its policy says,
//! Block Public Access, object ownership, whether calls must be signed. A change of how access is
//! decided shows here as a letter that changes.
#![expect(clippy::unwrap_used, reason = "a test says what is wrong by stopping")]

#[path = "access/lambda.rs"]
mod lambda;
#[path = "access/s3.rs"]
mod s3;
#[path = "access/sqs.rs"]
mod sqs;

use std::fmt::Write;

use cloudless_core::content::{Blob, BlobId};
use cloudless_core::error::ApiError;
use cloudless_core::names::{AccountId, Region};
use cloudless_core::{
    Call, CallId, Caller, Effect, Input, Payload, Request, Signing, Timestamp, World,
};
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp::from_ms(1_800_000_000_000);

/// The default account, which owns what is there; another account; a role of each; and nobody.
const CALLERS: [&str; 5] = ["owner", "owner's role", "stranger", "stranger's role", "nobody"];

fn caller(name: &str) -> Caller {
    let digits = if name.starts_with("owner") { "000000000000" } else { "111111111111" };
    let account = AccountId::parse(digits).unwrap();
    let access_key_id = digits.to_owned();
    match name {
        "nobody" => Caller::Anonymous,
        _ if name.ends_with("role") => Caller::Role {
            principal_arn: format!("arn:aws:sts::{account}:assumed-role/worker/me"),
            account,
            access_key_id,
        },
        _ => Caller::Account { account, access_key_id },
    }
}

/// What somebody asks of a World: service, operation, input.
type Asked<'a> = (&'a str, &'a str, Value);

/// The answer to a call; nothing where it comes later.
fn ask(
    world: &mut World,
    who: &str,
    signing: Signing,
    (service, operation, input): Asked<'_>,
) -> Option<Result<Value, ApiError>> {
    let payload = match operation {
        "PutObject" | "CreateFunction" | "UpdateFunctionCode" => Payload::Blob(Blob {
            id: BlobId("blob".into()),
            size_bytes: 1,
            md5: [1; 16],
            sha256: Some(Box::new([1; 32])),
            checksum: None,
        }),
        _ => Payload::None,
    };
    let request = Request::decode(service, operation, input, payload).unwrap();
    let call = Call {
        id: CallId(1),
        caller: caller(who),
        signing,
        region: Region::default(),
        endpoint: "http://localhost:4566".into(),
        source_ip: "127.0.0.1".into(),
        agent: Default::default(),
        trace_header: None,
        cause: None,
        request,
    };
    let step = world.handle(NOW, Input::Call(call));
    step.effects.into_iter().find_map(|effect| match effect {
        Effect::Reply { result, .. } => Some(result.map(|response| response.encode().0)),
        _ => None,
    })
}

/// The answer to the owner, who is not refused.
fn owner_does(world: &mut World, asked: Asked<'_>) -> Value {
    ask(world, "owner", Signing::Optional, asked).unwrap().unwrap()
}

/// One letter for what came of it, each time in the same World.
fn letter(world: &World, who: &str, signing: Signing, asked: Asked<'_>) -> char {
    match ask(&mut world.clone(), who, signing, asked) {
        None | Some(Ok(_)) => '.',
        Some(Err(refused)) => match refused.code() {
            "AccessDenied" | "AccessDeniedException" => 'A',
            // The policy of a bucket is for its owner alone.
            "MethodNotAllowed" => 'M',
            "AWS.SimpleQueueService.NonExistentQueue" | "QueueDoesNotExist" => 'Q',
            "ResourceNotFoundException" => 'R',
            "InvalidParameterValueException" => 'I',
            // Nobody has no buckets, and is shown what S3 is.
            "TemporaryRedirect" => 'T',
            // A destination that does not let S3 in.
            "InvalidArgument" => 'D',
            other => panic!("{who} hears {other}: {}", refused.message()),
        },
    }
}

/// A line of letters a caller, an operation a letter.
fn lines(world: &World, signing: Signing, asked: &[Asked<'_>]) -> String {
    let mut told = String::new();
    for who in CALLERS {
        let letters: String =
            asked.iter().map(|asked| letter(world, who, signing, asked.clone())).collect();
        writeln!(told, "  {who:<16}{letters}").unwrap();
    }
    told
}

/// The operations in the order of their letters, several a line.
fn legend(asked: &[Asked<'_>]) -> String {
    let names: Vec<&str> = asked.iter().map(|(_, operation, _)| *operation).collect();
    let mut told = String::new();
    for names in names.chunks(6) {
        writeln!(told, "# {}", names.join(" ")).unwrap();
    }
    told
}

fn policy(statements: Value) -> String {
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}
