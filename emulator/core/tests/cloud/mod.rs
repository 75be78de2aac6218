//! A World with its store, driven as the emulator drives it: changes are applied before effects are
//! looked at, and go through JSON as they do on their way to a disk.

use std::collections::BTreeMap;

use bytes::Bytes;
use cloudless_core::call::Payload;
use cloudless_core::content::{Blob, BlobId};
use cloudless_core::error::ApiError;
use cloudless_core::lambda::{Invocation, InvocationId, Outcome};
use cloudless_core::names::{AccountId, Region};
use cloudless_core::record::Key;
use cloudless_core::trace::CauseId;
use cloudless_core::{
    Call, CallId, Caller, Change, Effect, Input, Record, Request, Signing, Step, Timestamp, World,
};
use serde_json::{Value, json};

pub const SEED: u64 = 7;
pub const START: Timestamp = Timestamp::from_ms(1_767_225_600_000); // 2026-01-01T00:00:00Z

pub struct Cloud {
    pub world: World,
    pub now: Timestamp,
    /// Who calls: the default account unless a story says otherwise.
    pub account: AccountId,
    /// What a store holds that applied every change.
    pub store: BTreeMap<Key, Record>,
    /// Invocations that were asked for and have not ended, oldest first.
    pub running: Vec<Invocation>,
    /// Whether environments are ready at once. Otherwise [`Cloud::begin`] says when one is.
    pub ready_at_once: bool,
    /// The last name that the trace had given before the last restart.
    pub forgotten: Option<CauseId>,
    /// How often it was stopped and started.
    pub restarts: u32,
    /// Every step, as it came, for comparing two runs.
    pub steps: Vec<Step>,
    calls: u64,
    uploads: u64,
}

impl Cloud {
    pub fn recording() -> Self {
        Self::of(World::restore([], SEED))
    }

    /// Around a World of any kind.
    pub fn of(world: World) -> Self {
        let (store, running, steps) = (BTreeMap::new(), Vec::new(), Vec::new());
        let (account, ready_at_once) = (AccountId::default(), true);
        Self {
            world,
            now: START,
            account,
            store,
            running,
            ready_at_once,
            forgotten: None,
            restarts: 0,
            steps,
            calls: 0,
            uploads: 0,
        }
    }

    /// The step that an input leads to; its changes are stored, its invocations under way.
    pub fn handle(&mut self, input: Input) -> &Step {
        let step = self.world.handle(self.now, input);
        for change in &step.changes {
            match change {
                Change::Put(record) => {
                    let text = serde_json::to_string(record).unwrap();
                    let key = record.key();
                    let read = Record::from_json(key.kind, text.as_bytes()).unwrap();
                    self.store.insert(key, read);
                }
                Change::Delete(key) => drop(self.store.remove(key)),
            }
        }
        let (mut invoked, mut aborted) = (Vec::new(), Vec::new());
        for effect in &step.effects {
            match effect {
                Effect::Invoke(invocation) => {
                    self.running.push((**invocation).clone());
                    invoked.push(invocation.id.clone());
                }
                Effect::Abort(id) => {
                    self.running.retain(|running| running.id != *id);
                    aborted.push(id.clone());
                }
                _ => {}
            }
        }
        let at = self.steps.len();
        self.steps.push(step);
        if self.ready_at_once {
            invoked.into_iter().for_each(|invocation| self.begin(invocation));
        }
        for invocation in aborted {
            let outcome = Outcome::TimedOut {
                reused: false,
                log_tail: Bytes::from_static(b"the end of its log"),
            };
            self.handle(Input::InvocationEnded { invocation, outcome });
        }
        &self.steps[at]
    }

    /// The invocation's environment is ready: the function has it.
    pub fn begin(&mut self, invocation: InvocationId) {
        self.handle(Input::InvocationBegan { invocation });
    }

    /// Calls an operation on behalf of an account, or of an invocation.
    pub fn call(
        &mut self,
        cause: Option<CauseId>,
        service: &str,
        operation: &str,
        input: Value,
        payload: Payload,
    ) -> Result<(CallId, &Step), ApiError> {
        let request = Request::decode(service, operation, input, payload)?;
        // What a function's SDK sends along.
        let caller = self.running.iter().find(|running| Some(running.cause) == cause);
        let trace_header = caller.map(|running| running.trace_header.clone());
        self.calls += 1;
        let id = CallId(self.calls);
        let call = Call {
            id,
            caller: Caller::Account {
                account: self.account.clone(),
                access_key_id: "AKIAEXAMPLE".into(),
            },
            signing: Signing::Optional,
            region: Region::default(),
            endpoint: "http://127.0.0.1:4566".into(),
            source_ip: "127.0.0.1".into(),
            agent: Default::default(),
            trace_header,
            cause,
            request,
        };
        Ok((id, self.handle(Input::Call(call))))
    }

    /// Calls an operation as the account: its answer, or why it is refused (`Code: message`).
    pub fn told(&mut self, service: &str, operation: &str, input: Value) -> Value {
        let (_, step) = self.call(None, service, operation, input, Payload::None).unwrap();
        let answer = step.effects.iter().find_map(|effect| match effect {
            Effect::Reply { result, .. } => Some(result.clone()),
            _ => None,
        });
        match answer {
            Some(Ok(response)) => response.encode().0,
            Some(Err(refused)) => format!("{}: {}", refused.query_code(), refused.message()).into(),
            None => Value::Null,
        }
    }

    /// Time passes through every deadline.
    pub fn pass(&mut self, seconds: u64) {
        let end = self.now.after_s(seconds);
        while let Some(at) = self.world.next_deadline().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.handle(Input::Deadline);
        }
        self.now = end;
    }

    /// An upload of `size_bytes` bytes that lies in the blob store.
    pub fn upload(&mut self, size_bytes: u64) -> Payload {
        self.uploads += 1;
        Payload::Blob(Blob {
            id: BlobId(format!("blob-{}", self.uploads).into()),
            size_bytes,
            md5: [u8::try_from(self.uploads % 256).unwrap(); 16],
            sha256: Some(Box::new([9; 32])),
            checksum: None,
        })
    }

    /// The invocation that has run longest has ended.
    pub fn end(&mut self, invocation: InvocationId, outcome: Outcome) -> &Step {
        self.running.retain(|running| running.id != invocation);
        self.handle(Input::InvocationEnded { invocation, outcome })
    }

    /// Stops and starts again from the store: whatever was under way in environments is lost.
    pub fn restart(&mut self) {
        self.world = World::restore(self.store.values().cloned(), SEED);
        self.running.clear();
        self.forgotten = self.world.trace().last();
        self.restarts += 1;
    }

    /// What a restart would bring back is what there is.
    pub fn assert_restorable(&self) {
        let stored: Vec<_> = self.store.values().cloned().collect();
        let held = self.world.records();
        let only_held: Vec<_> = held.iter().filter(|record| !stored.contains(record)).collect();
        let only_stored: Vec<_> = stored.iter().filter(|record| !held.contains(record)).collect();
        assert!(held == stored, "the World holds {only_held:#?}, its store {only_stored:#?}");
        let restored = World::restore(stored, SEED);
        assert!(restored == self.world, "a restored World has other records");
        let (held, found): (Vec<_>, Vec<_>) =
            (self.world.blobs().collect(), restored.blobs().collect());
        assert_eq!(held, found, "a restored World refers to other blobs");
        // And so does the beginning of another, with the names that are to come.
        let mut fork = self.world.fork();
        assert!(fork == self.world, "a fork has other records");
        assert_eq!(held, fork.blobs().collect::<Vec<_>>(), "a fork refers to other blobs");
        assert_eq!(fork.now(), self.world.now());
        assert_eq!(fork.handle(fork.now(), Input::Deadline).changes, [], "a fork stores something");
    }
}

pub fn queue_url(name: &str) -> String {
    format!("http://127.0.0.1:4566/000000000000/{name}")
}

pub fn queue_arn(name: &str) -> String {
    format!("arn:aws:sqs:us-east-1:000000000000:{name}")
}

pub fn function_arn(name: &str) -> String {
    format!("arn:aws:lambda:us-east-1:000000000000:function:{name}")
}

/// A queue policy that lets S3 in.
pub fn policy_for_s3() -> String {
    json!({
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": { "Service": "s3.amazonaws.com" },
            "Action": "sqs:SendMessage",
            "Resource": "*",
        },
    })
    .to_string()
}
