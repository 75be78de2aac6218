//! A cloud of functions alone: calls in the API's JSON, a clock that tests move, invocations that end when
//! tests say so, and a store that is compared with the functions after every step.

use std::collections::BTreeMap;

use bytes::Bytes;
use kernel::access::Asking;
use kernel::call::{CallId, Caller, Origin, Payload, Signing};
use kernel::content::{Blob, BlobId, BlobReferences};
use kernel::context::{self, Change, Outbox, Parts, Restoring};
use kernel::deadlines::Deadlines;
use kernel::directory::Directory;
use kernel::fact::Minute;
use kernel::ids::{Ids, Numbers};
use kernel::names::{AccountId, Region};
use kernel::record::{Key, Stored as _};
use kernel::service::Service as _;
use kernel::time::Timestamp;
use kernel::trace::Trace;
use serde_json::{Value, json};

use crate::{Cx, Effect, Invocation, Lambda, Outcome, Record, Request};

pub(super) struct Cloud {
    pub(super) lambda: Lambda,
    pub(super) now: Timestamp,
    pub(super) account: AccountId,
    pub(super) store: BTreeMap<Key, Record>,
    /// Invocations that were asked for and have not ended.
    pub(super) running: Vec<Invocation>,
    /// Environments that are to be made ready, and are not.
    pub(super) preparing: Vec<Invocation>,
    /// What was to be done outside, in words.
    pub(super) told: Vec<String>,
    blobs: BlobReferences,
    deadlines: Deadlines<crate::Due>,
    ids: Ids,
    numbers: Numbers,
    trace: Trace,
    minute: Minute,
    calls: u64,
    uploads: u64,
}

impl Cloud {
    pub(super) fn new() -> Self {
        Self {
            lambda: Lambda::default(),
            now: Timestamp::from_ms(1_800_000_000_000),
            account: AccountId::default(),
            store: BTreeMap::new(),
            running: Vec::new(),
            preparing: Vec::new(),
            told: Vec::new(),
            blobs: BlobReferences::default(),
            deadlines: Deadlines::default(),
            ids: Ids::new(7, 0),
            numbers: Numbers::default(),
            trace: Trace::default(),
            minute: Minute::default(),
            calls: 0,
            uploads: 0,
        }
    }

    /// Lets Lambda handle something, as the World does, stores what follows, and compares.
    fn handle<T>(&mut self, handle: impl FnOnce(&mut Lambda, &mut Cx<'_>) -> T) -> T {
        let mut outbox = Outbox::default();
        let cause = self.trace.begin(self.now, "test", "");
        let parts = Parts {
            now: self.now,
            ids: &mut self.ids,
            numbers: &mut self.numbers,
            deadlines: &mut self.deadlines,
            blobs: &mut self.blobs,
            trace: &mut self.trace,
            minute: &mut self.minute,
            directory: &mut Directory::default(),
            outbox: &mut outbox,
            recording: true,
        };
        let answer = handle(&mut self.lambda, &mut parts.because(cause));
        for change in outbox.changes {
            match change {
                Change::Put(record) => self.store.insert(record.key(), record),
                Change::Delete(key) => self.store.remove(&key),
            };
        }
        for effect in outbox.effects {
            match effect {
                context::Effect::Own(Effect::Invoke(invocation)) if invocation.only_prepares => {
                    self.preparing.push(*invocation);
                }
                context::Effect::Own(Effect::Invoke(invocation)) => self.running.push(*invocation),
                context::Effect::Own(Effect::RetireEnvironments(arn)) => {
                    self.told.push(format!("retire {arn}"));
                }
                context::Effect::DeleteBlob(blob) => self.told.push(format!("delete {}", blob.0)),
                context::Effect::Reply { result, .. } => {
                    let (shape, payload) =
                        result.unwrap_or_else(|refused| panic!("{refused}")).encode();
                    let Payload::Bytes(payload) = payload else { panic!("no payload") };
                    let payload = String::from_utf8_lossy(&payload).into_owned();
                    self.told.push(format!("{} {payload}", shape["ExecutedVersion"]));
                }
                context::Effect::Own(Effect::Abort(_) | Effect::EndStream(..)) => {}
            }
        }
        self.assert_restorable();
        answer
    }

    /// What a restart would bring back is what there is.
    fn assert_restorable(&mut self) {
        let mut restored = Lambda::default();
        for record in self.store.values().cloned() {
            let mut cx = Restoring {
                deadlines: &mut Deadlines::default(),
                numbers: &mut Numbers::default(),
                trace: &mut Trace::default(),
                directory: &mut Directory::default(),
            };
            restored.restore(&mut cx, record);
        }
        let records = |lambda: &Lambda| -> BTreeMap<Key, Record> {
            lambda.records().map(|record| (record.key(), record)).collect()
        };
        assert_eq!(records(&restored), records(&self.lambda));
        assert_eq!(records(&self.lambda), self.store);
        let contents = |lambda: &Lambda| lambda.contents().cloned().collect::<Vec<_>>();
        assert_eq!(contents(&restored), contents(&self.lambda));
    }

    fn origin(&mut self) -> Origin {
        self.calls += 1;
        Origin {
            call: CallId(self.calls),
            caller: Caller::Account {
                account: self.account.clone(),
                access_key_id: "AKIAEXAMPLE".into(),
            },
            signing: Signing::Optional,
            account: self.account.clone(),
            region: Region::default(),
            endpoint: "http://127.0.0.1:4566".into(),
            source_ip: "127.0.0.1".into(),
            agent: Default::default(),
            trace_header: None,
        }
    }

    fn payload(&mut self, operation: &str) -> Payload {
        match operation {
            "CreateFunction" | "UpdateFunctionCode" | "PublishLayerVersion" => {
                self.uploads += 1;
                let number = u8::try_from(self.uploads).unwrap_or_default();
                Payload::Blob(Blob {
                    id: BlobId(format!("zip-{number}").into()),
                    size_bytes: 100,
                    md5: [number; 16],
                    sha256: Some(Box::new([number; 32])),
                    checksum: None,
                })
            }
            "Invoke" => Payload::Bytes(Bytes::from_static(b"{}")),
            _ => Payload::None,
        }
    }

    /// Calls an operation; the answer is `null` where it comes later.
    pub(super) fn call(&mut self, operation: &str, input: Value) -> Value {
        let (origin, payload) = (self.origin(), self.payload(operation));
        let result = Request::decode(operation, input, payload).and_then(|request| {
            self.lambda.access(&mut Asking::new(&origin, self.now), &request)?;
            self.handle(|lambda, cx| lambda.call(cx, &origin, request))
        });
        match result {
            Ok(Some(response)) => response.encode().0,
            Ok(None) => Value::Null,
            Err(refused) => {
                json!(format!("{} {}: {}", refused.status(), refused.code(), refused.message()))
            }
        }
    }

    /// As [`Cloud::call`], of which only this is told.
    pub(super) fn told_of(&mut self, operation: &str, input: Value, members: &[&str]) -> String {
        let answer = self.call(operation, input);
        match &answer {
            Value::Object(_) => {
                let shown = members.iter().map(|member| answer[*member].to_string());
                shown.collect::<Vec<_>>().join(" ")
            }
            Value::String(refusal) => refusal.clone(),
            other => other.to_string(),
        }
    }

    pub(super) fn create(&mut self, name: &str) {
        let created = self.call(
            "CreateFunction",
            json!({
                "FunctionName": name, "Runtime": "python3.13", "Handler": "app.handler",
                "Role": "arn:aws:iam::000000000000:role/worker",
            }),
        );
        assert!(created.is_object(), "{created}");
    }

    /// The invocation that has run longest returns this.
    pub(super) fn returns(&mut self, payload: &'static str) {
        let invocation = self.running.remove(0);
        let outcome = Outcome::Succeeded { payload: payload.into(), log_tail: Bytes::new() };
        self.handle(|lambda, cx| lambda.ended(cx, &invocation.id, outcome));
    }

    /// The environment that has been in preparation longest is ready, or cannot be.
    pub(super) fn prepared(&mut self, is_ready: bool) {
        let invocation = self.preparing.remove(0);
        let outcome = match is_ready {
            true => Outcome::Succeeded { payload: Bytes::new(), log_tail: Bytes::new() },
            false => Outcome::Failed { payload: "{}".into(), log_tail: Bytes::new() },
        };
        self.handle(|lambda, cx| lambda.ended(cx, &invocation.id, outcome));
    }

    /// What was told since this was last asked.
    pub(super) fn take_told(&mut self) -> String {
        std::mem::take(&mut self.told).join("\n")
    }
}
