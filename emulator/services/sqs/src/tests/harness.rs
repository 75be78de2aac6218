//! A cloud of queues alone: calls in the API's JSON, a clock that tests move, and a store that is
//! compared with the queues after every step.

use std::collections::{BTreeMap, VecDeque};

use kernel::access::Asking;
use kernel::call::{CallId, Caller, Origin, Payload, Signing};
use kernel::content::BlobReferences;
use kernel::context::{Change, Effect, Outbox, Parts, Restoring};
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

use crate::{Announcement, Cx, Due, Record, Request, Sqs};

pub(super) const URL: &str = "http://localhost:4566/000000000000/";

pub(super) struct Cloud {
    pub(super) sqs: Sqs,
    pub(super) now: Timestamp,
    pub(super) caller: Caller,
    pub(super) signing: Signing,
    pub(super) trace_header: Option<String>,
    pub(super) store: BTreeMap<Key, Record>,
    /// Answers that came later, by the call's number.
    pub(super) answered: VecDeque<(u64, Value)>,
    /// Queues that were said to have something to receive.
    pub(super) announced: Vec<String>,
    pub(super) deadlines: Deadlines<Due>,
    ids: Ids,
    numbers: Numbers,
    trace: Trace,
    minute: Minute,
    calls: u64,
}

impl Cloud {
    pub(super) fn new() -> Self {
        Self {
            sqs: Sqs::default(),
            now: Timestamp::from_ms(1_800_000_000_000),
            caller: Caller::Account {
                account: AccountId::default(),
                access_key_id: "AKIAEXAMPLE".into(),
            },
            signing: Signing::Optional,
            trace_header: None,
            store: BTreeMap::new(),
            answered: VecDeque::new(),
            announced: Vec::new(),
            deadlines: Deadlines::default(),
            ids: Ids::new(7, 0),
            numbers: Numbers::default(),
            trace: Trace::default(),
            minute: Minute::default(),
            calls: 0,
        }
    }

    /// Lets the queues handle something, as the World does, and stores what follows.
    pub(super) fn handle<T>(&mut self, handle: impl FnOnce(&mut Sqs, &mut Cx<'_>) -> T) -> T {
        let mut outbox = Outbox::default();
        let cause = self.trace.begin(self.now, "test", "");
        let mut blobs = BlobReferences::default();
        let parts = Parts {
            now: self.now,
            ids: &mut self.ids,
            numbers: &mut self.numbers,
            deadlines: &mut self.deadlines,
            blobs: &mut blobs,
            trace: &mut self.trace,
            minute: &mut self.minute,
            directory: &mut Directory::default(),
            outbox: &mut outbox,
            recording: true,
        };
        let answer = handle(&mut self.sqs, &mut parts.because(cause));
        for change in outbox.changes {
            match change {
                Change::Put(record) => self.store.insert(record.key(), record),
                Change::Delete(key) => self.store.remove(&key),
            };
        }
        for effect in outbox.effects {
            if let Effect::Reply { call, result, .. } = effect {
                let value = match result {
                    Ok(response) => response.encode().0,
                    Err(refused) => json!({"Error": refused.to_string()}),
                };
                self.answered.push_back((call.0, value));
            }
        }
        for (_, Announcement::MessagesVisible(arn)) in outbox.announcements {
            self.announced.push(arn.name.to_string());
        }
        answer
    }

    /// Calls an operation; the answer is `null` where it comes later.
    pub(super) fn call(&mut self, operation: &str, mut input: Value) -> Value {
        if let Some(queue) = input.get("Queue").and_then(Value::as_str) {
            input["QueueUrl"] = format!("{URL}{queue}").into();
            input.as_object_mut().map(|input| input.remove("Queue"));
        }
        self.calls += 1;
        let origin = Origin {
            call: CallId(self.calls),
            caller: self.caller.clone(),
            signing: self.signing,
            account: self.caller.account(),
            region: Region::default(),
            endpoint: "http://localhost:4566".into(),
            source_ip: "127.0.0.1".into(),
            agent: Default::default(),
            trace_header: self.trace_header.clone(),
        };
        let result = Request::decode(operation, input, Payload::None).and_then(|request| {
            self.sqs.access(&mut Asking::new(&origin, self.now), &request)?;
            self.handle(|sqs, cx| sqs.call(cx, &origin, request))
        });
        match result {
            Ok(Some(response)) => response.encode().0,
            Ok(None) => Value::Null,
            Err(refused) => json!({
                "Error": format!("{} {}: {}", refused.status(), refused.query_code(), refused.message())
            }),
        }
    }

    /// The number of the last call.
    pub(super) fn last_call(&self) -> CallId {
        CallId(self.calls)
    }

    pub(super) fn create(&mut self, name: &str, attributes: Value) {
        let created =
            self.call("CreateQueue", json!({"QueueName": name, "Attributes": attributes}));
        assert_eq!(created, json!({"QueueUrl": format!("{URL}{name}")}));
    }

    pub(super) fn send(&mut self, queue: &str, body: &str) -> Value {
        self.call("SendMessage", json!({"Queue": queue, "MessageBody": body}))
    }

    /// Bodies and receive counts of up to ten messages: `a 1, b 1`.
    pub(super) fn receive(&mut self, queue: &str) -> String {
        let received = self.receive_all(queue);
        let shown = received.iter().map(|message| {
            let count = &message["Attributes"]["ApproximateReceiveCount"];
            format!("{} {}", text(&message["Body"]), text(count))
        });
        shown.collect::<Vec<_>>().join(", ")
    }

    pub(super) fn receive_all(&mut self, queue: &str) -> Vec<Value> {
        let mut answer = self.call(
            "ReceiveMessage",
            json!({"Queue": queue, "MaxNumberOfMessages": 10, "AttributeNames": ["All"]}),
        );
        match answer["Messages"].take() {
            Value::Array(messages) => messages,
            _ => Vec::new(),
        }
    }

    /// The receipt handle of the one message that can be received.
    pub(super) fn receipt(&mut self, queue: &str) -> String {
        text(&self.call("ReceiveMessage", json!({"Queue": queue}))["Messages"][0]["ReceiptHandle"])
    }

    /// How many messages are visible, in flight and delayed.
    pub(super) fn counts(&mut self, queue: &str) -> String {
        let attributes = &self
            .call("GetQueueAttributes", json!({"Queue": queue, "AttributeNames": ["All"]}))["Attributes"];
        let count = |name: &str| text(&attributes[format!("ApproximateNumberOfMessages{name}")]);
        format!(
            "{} visible, {} in flight, {} delayed",
            count(""),
            count("NotVisible"),
            count("Delayed")
        )
    }

    /// Moves the clock, visiting every deadline on the way.
    pub(super) fn advance_s(&mut self, seconds: u64) {
        self.advance_ms(seconds * 1_000);
    }

    pub(super) fn advance_ms(&mut self, ms: u64) {
        let end = Timestamp::from_ms(self.now.as_ms() + ms);
        while let Some(at) = self.deadlines.next()
            && at <= end
        {
            self.now = self.now.max(at);
            while let Some(due) = self.deadlines.pop(self.now) {
                let (_, due) = due;
                let cause = self.sqs.due_because(&due);
                self.handle(|sqs, cx| match cause {
                    Some(cause) => sqs.due(&mut cx.because(cause), due),
                    None => sqs.due(cx, due),
                });
            }
            assert!(self.deadlines.next().is_none_or(|next| next > at), "time moves on");
        }
        self.now = end;
    }

    /// What is stored is what there is, and what is read back is the same again.
    pub(super) fn check_restart(&self) {
        let by_key = |sqs: &Sqs| -> BTreeMap<Key, Record> {
            sqs.records().map(|record| (record.key(), record)).collect()
        };
        assert_eq!(self.store, by_key(&self.sqs));
        assert_eq!(self.store, by_key(&self.restored().0));
    }

    /// The queues after a restart.
    pub(super) fn restored(&self) -> (Sqs, Deadlines<Due>) {
        let (mut sqs, mut deadlines) = (Sqs::default(), Deadlines::default());
        let mut cx = Restoring {
            deadlines: &mut deadlines,
            numbers: &mut Numbers::default(),
            trace: &mut Trace::default(),
            directory: &mut Directory::default(),
        };
        for record in self.store.values().cloned() {
            sqs.restore(&mut cx, record);
        }
        (sqs, deadlines)
    }

    /// Stops and starts again: who waits is forgotten, everything else is not.
    pub(super) fn restart(&mut self) {
        self.check_restart();
        (self.sqs, self.deadlines) = self.restored();
    }
}

/// A JSON string's text; anything else as JSON.
pub(super) fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// An answer in lines; receipt handles are long and say nothing.
pub(super) fn shown(value: &Value) -> String {
    let mut value = value.clone();
    if let Some(messages) = value.get_mut("Messages").and_then(Value::as_array_mut) {
        for message in messages {
            message["ReceiptHandle"] = "…".into();
        }
    }
    match value.get("Error") {
        Some(error) => text(error),
        None => serde_json::to_string_pretty(&value).unwrap_or_default(),
    }
}
