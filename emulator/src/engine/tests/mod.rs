//! Stories of the engine, told with functions alone: they have calls that wait, work that must not
//! be lost, deadlines, and bodies.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod durability;
mod full_disk;
mod time;

use std::time::Duration;

use bytes::Bytes;
use cloudless_core::arn::FunctionArn;
use cloudless_core::call::Payload;
use cloudless_core::error::ApiError;
use cloudless_core::lambda::{Invocation, InvocationId, Outcome, StreamEnd};
use cloudless_core::names::Region;
use cloudless_core::{Caller, Request, Signing, Timestamp};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::{Answer, CallRequest, Engine, EngineConfig, EngineHandle, Perform};
use crate::clock::Clock;
use crate::store::{Body, Staged, Storage, WriteOptions};

pub(super) const NOON: Timestamp = Timestamp::from_ms(1_795_435_200_000);
/// Longer than any test should take: what does not come fails the test, by name.
pub(super) const LIMIT: Duration = Duration::from_secs(60);

/// What the runtime was told to do.
#[derive(Debug)]
pub(super) enum Told {
    Invoke(Invocation, Body),
    Abort(InvocationId),
    EndStream(InvocationId, StreamEnd),
    Retire(FunctionArn),
}

struct Runtime(mpsc::UnboundedSender<Told>);

impl Perform for Runtime {
    fn invoke(&self, invocation: Invocation, code: Body, _layers: Vec<Body>) {
        let _ = self.0.send(Told::Invoke(invocation, code));
    }
    fn abort(&self, invocation: &InvocationId) {
        let _ = self.0.send(Told::Abort(invocation.clone()));
    }
    fn end_stream(&self, invocation: &InvocationId, end: StreamEnd) {
        let _ = self.0.send(Told::EndStream(invocation.clone(), end));
    }
    fn retire(&self, function: &FunctionArn) {
        let _ = self.0.send(Told::Retire(function.clone()));
    }
}

/// An engine and what it tells its runtime.
pub(super) struct Lab {
    pub(super) engine: EngineHandle,
    pub(super) told: mpsc::UnboundedReceiver<Told>,
}

impl Lab {
    pub(super) fn new(storage: Storage) -> Self {
        let config = EngineConfig::new(storage, Clock::frozen(NOON));
        // A store that fails is tried again when the test says so.
        Self::with(EngineConfig { retry: Duration::MAX, ..config })
    }

    pub(super) fn with(config: EngineConfig) -> Self {
        let (sender, told) = mpsc::unbounded_channel();
        let engine = Engine::start(config, |_| Runtime(sender)).unwrap();
        Self { engine, told }
    }

    pub(super) async fn next_invocation(&mut self) -> (Invocation, Body) {
        match self.told.recv().await.unwrap() {
            Told::Invoke(invocation, code) => (invocation, code),
            other => panic!("{other:?} instead of an invocation"),
        }
    }
}

pub(super) fn request(operation: &str, input: Value, payload: Payload) -> CallRequest {
    CallRequest {
        caller: Caller::Anonymous,
        signing: Signing::Optional,
        region: Region::default(),
        endpoint: "http://127.0.0.1:4566".to_owned(),
        source_ip: "127.0.0.1".into(),
        agent: Default::default(),
        trace_header: None,
        cause: None,
        request: Request::decode("lambda", operation, input, payload).unwrap(),
        staged: None,
    }
}

pub(super) async fn stage(engine: &EngineHandle, code: Bytes) -> Staged {
    let options = WriteOptions {
        size_limit_bytes: 1 << 30,
        sha256: true,
        checksum: None,
        other_checksum: None,
    };
    engine.blobs().stage(code, options).await.unwrap()
}

pub(super) async fn create_function(
    engine: &EngineHandle,
    name: &str,
    code: Bytes,
) -> Result<Answer, ApiError> {
    let staged = stage(engine, code).await;
    let input = json!({
        "FunctionName": name, "Runtime": "provided.al2023", "Handler": "bootstrap",
        "Role": "arn:aws:iam::000000000000:role/function",
    });
    let mut call = request("CreateFunction", input, Payload::Blob(staged.blob().clone()));
    call.staged = Some(staged);
    engine.call(call).await
}

pub(super) fn invoke(name: &str, kind: &str) -> CallRequest {
    let input = json!({ "FunctionName": name, "InvocationType": kind });
    request("Invoke", input, Payload::Bytes(Bytes::from_static(b"{\"photo\":1}")))
}

pub(super) fn stream(name: &str) -> CallRequest {
    let input = json!({ "FunctionName": name });
    request("InvokeWithResponseStream", input, Payload::Bytes(Bytes::from_static(b"{}")))
}

pub(super) fn succeeded(payload: &'static str) -> Outcome {
    Outcome::Succeeded { payload: Bytes::from_static(payload.as_bytes()), log_tail: Bytes::new() }
}

pub(super) fn failed() -> Outcome {
    let payload = Bytes::from_static(b"{\"errorMessage\":\"no\",\"errorType\":\"No\"}");
    Outcome::Failed { payload, log_tail: Bytes::new() }
}

pub(super) fn zip(size_bytes: usize) -> Bytes {
    (0..size_bytes).map(|at| (at % 251) as u8).collect::<Vec<_>>().into()
}

#[tokio::test]
async fn a_synchronous_invocation_is_answered_when_the_function_ends() {
    let mut lab = Lab::new(Storage::memory());
    create_function(&lab.engine, "resize", zip(1000)).await.unwrap();
    let engine = lab.engine.clone();
    let call = tokio::spawn(async move { engine.call(invoke("resize", "RequestResponse")).await });
    let (invocation, code) = lab.next_invocation().await;
    assert_eq!(code.bytes().await.unwrap(), zip(1000));
    assert_eq!(invocation.payload, "{\"photo\":1}");
    lab.engine.invocation_ended(invocation.id.clone(), succeeded("\"done\""));
    let answer = call.await.unwrap().unwrap();
    let (shape, payload) = answer.response.encode();
    insta::assert_snapshot!(format!("{shape} {payload:?}"), @r#"{"StatusCode":200,"ExecutedVersion":"$LATEST"} Bytes(b"\"done\"")"#);
    lab.engine.settle(LIMIT).await.unwrap();
}

#[tokio::test]
async fn a_client_that_goes_away_is_forgotten() {
    let mut lab = Lab::new(Storage::memory());
    create_function(&lab.engine, "resize", zip(1000)).await.unwrap();
    let engine = lab.engine.clone();
    let call = tokio::spawn(async move { engine.call(invoke("resize", "RequestResponse")).await });
    let (invocation, _) = lab.next_invocation().await;
    assert_eq!(lab.engine.shared.state().parked.len(), 1);
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    assert_eq!(lab.engine.shared.state().parked.len(), 0);
    lab.engine.invocation_ended(invocation.id, succeeded("1"));
    lab.engine.settle(LIMIT).await.unwrap();
}

#[tokio::test]
async fn the_upload_of_a_refused_call_is_dropped() {
    let directory = tempfile::tempdir().unwrap();
    let lab = Lab::new(Storage::open(directory.path()).unwrap());
    create_function(&lab.engine, "resize", zip(100_000)).await.unwrap();
    let refused = create_function(&lab.engine, "resize", zip(100_001)).await.unwrap_err();
    assert_eq!(refused.code(), "ResourceConflictException");
    lab.engine.stop().await;
    // What a stop leaves to the background is done at the next start.
    let lab = Lab::new(Storage::open(directory.path()).unwrap());
    lab.engine.stop().await;
    drop(lab);
    let files = std::fs::read_dir(directory.path().join("blobs")).unwrap();
    let sizes: Vec<u64> = files.map(|file| file.unwrap().metadata().unwrap().len()).collect();
    assert_eq!(sizes, [100_000]);
}

#[tokio::test]
async fn an_invocation_has_its_code_although_the_function_is_deleted_meanwhile() {
    let directory = tempfile::tempdir().unwrap();
    for storage in [Storage::memory(), Storage::open(directory.path()).unwrap()] {
        let mut lab = Lab::new(storage);
        create_function(&lab.engine, "resize", zip(100_000)).await.unwrap();
        lab.engine.call(invoke("resize", "Event")).await.unwrap();
        let delete = request("DeleteFunction", json!({ "FunctionName": "resize" }), Payload::None);
        lab.engine.call(delete).await.unwrap();
        let (_, code) = lab.next_invocation().await;
        let retired = lab.told.recv().await.unwrap();
        assert!(matches!(retired, Told::Retire(function) if function.name.as_str() == "resize"));
        assert_eq!(code.bytes().await.unwrap(), zip(100_000));
        lab.engine.stop().await;
    }
}

#[tokio::test]
async fn after_a_stop_every_call_is_refused() {
    let mut lab = Lab::new(Storage::memory());
    create_function(&lab.engine, "resize", zip(10)).await.unwrap();
    let engine = lab.engine.clone();
    let waits = tokio::spawn(async move { engine.call(invoke("resize", "RequestResponse")).await });
    lab.next_invocation().await;
    lab.engine.stop().await;
    let refusals = [
        waits.await.unwrap().unwrap_err().to_string(),
        lab.engine.call(invoke("resize", "Event")).await.unwrap_err().to_string(),
        lab.engine.advance(Duration::from_secs(1)).await.unwrap_err().to_string(),
        lab.engine.settle(LIMIT).await.unwrap_err().outstanding[0].clone(),
    ];
    insta::assert_snapshot!(refusals.join("\n"), @"
    InternalError: The emulator is not running.
    InternalError: The emulator is not running.
    InternalError: The emulator is not running.
    the emulator is not running any more
    ");
    assert_eq!(lab.engine.failure(), None);
}
