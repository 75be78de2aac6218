//! A cloud of logs alone: calls in the API's JSON, a clock that tests move, and a store that is compared with the
//! groups after every step.

use std::collections::BTreeMap;

use kernel::access::Asking;
use kernel::call::{CallId, Caller, Origin, Payload, Signing};
use kernel::content::BlobReferences;
use kernel::context::{Change, Outbox, Parts, Restoring};
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

use crate::{Announcement, Cx, Due, Logs, Record, Request, Subscribed};

pub(super) struct Cloud {
    pub(super) logs: Logs,
    pub(super) now: Timestamp,
    pub(super) store: BTreeMap<Key, Record>,
    pub(super) subscribed: Vec<Subscribed>,
    pub(super) trace: Trace,
    pub(super) minute: Minute,
    /// In how many steps what was due was done.
    pub(super) steps: usize,
    deadlines: Deadlines<Due>,
    ids: Ids,
    numbers: Numbers,
    goes_on: bool,
}

impl Cloud {
    pub(super) fn new() -> Self {
        Self {
            logs: Logs::default(),
            now: Timestamp::from_ms(1_800_000_000_000),
            store: BTreeMap::new(),
            subscribed: Vec::new(),
            trace: Trace::default(),
            minute: Minute::default(),
            steps: 0,
            deadlines: Deadlines::default(),
            ids: Ids::new(7, 0),
            numbers: Numbers::default(),
            goes_on: false,
        }
    }

    /// With the group `shop` and the stream `web` in it.
    pub(super) fn with_stream() -> Self {
        let mut cloud = Self::new();
        cloud.call("CreateLogGroup", json!({"logGroupName": "shop"}));
        cloud.call("CreateLogStream", json!({"logGroupName": "shop", "logStreamName": "web"}));
        cloud
    }

    pub(super) fn handle<T>(&mut self, handle: impl FnOnce(&mut Logs, &mut Cx<'_>) -> T) -> T {
        let mut outbox = Outbox::default();
        let cause = self.trace.begin(self.now, "test", "");
        let parts = Parts {
            now: self.now,
            ids: &mut self.ids,
            numbers: &mut self.numbers,
            deadlines: &mut self.deadlines,
            blobs: &mut BlobReferences::default(),
            trace: &mut self.trace,
            minute: &mut self.minute,
            directory: &mut Directory::default(),
            outbox: &mut outbox,
            recording: true,
        };
        let answer = handle(&mut self.logs, &mut parts.because(cause));
        for change in outbox.changes {
            match change {
                Change::Put(record) => {
                    // As on its way to a disk.
                    let json = serde_json::to_string(&record).unwrap();
                    self.store.insert(record.key(), serde_json::from_str(&json).unwrap());
                }
                Change::Delete(key) => drop(self.store.remove(&key)),
            }
        }
        self.goes_on = outbox.goes_on;
        for (_, Announcement::Subscribed(subscribed)) in outbox.announcements {
            self.subscribed.push(*subscribed);
        }
        answer
    }

    pub(super) fn call(&mut self, operation: &str, input: Value) -> Value {
        let caller =
            Caller::Account { account: AccountId::default(), access_key_id: "AKIAEXAMPLE".into() };
        let origin = Origin {
            call: CallId(1),
            account: caller.account(),
            caller,
            signing: Signing::Optional,
            region: Region::default(),
            endpoint: "http://localhost:4566".into(),
            source_ip: "127.0.0.1".into(),
            agent: Default::default(),
            trace_header: None,
        };
        let result = Request::decode(operation, input, Payload::None).and_then(|request| {
            self.logs.access(&mut Asking::new(&origin, self.now), &request)?;
            self.handle(|logs, cx| logs.call(cx, &origin, request))
        });
        self.due();
        match result {
            Ok(Some(response)) => response.encode().0,
            Ok(None) => Value::Null,
            Err(refused) => json!({"Error": format!("{}: {}", refused.code(), refused.message())}),
        }
    }

    /// Puts messages into the stream `web`, one after another a second apart, the last now.
    pub(super) fn put(&mut self, messages: &[&str]) -> Value {
        let first = self.now.as_ms() - 1000 * (messages.len() as u64).saturating_sub(1);
        let events: Vec<_> = messages
            .iter()
            .zip(0..)
            .map(|(message, at)| json!({"timestamp": first + 1000 * at, "message": message}))
            .collect();
        self.call(
            "PutLogEvents",
            json!({"logGroupName": "shop", "logStreamName": "web", "logEvents": events}),
        )
    }

    /// The messages of an answer.
    pub(super) fn messages(answer: &Value) -> String {
        let events = answer["events"].as_array().map(Vec::as_slice).unwrap_or_default();
        events.iter().map(|event| text(&event["message"])).collect::<Vec<_>>().join(", ")
    }

    pub(super) fn filtered(&mut self, pattern: &str) -> String {
        let answer =
            self.call("FilterLogEvents", json!({"logGroupName": "shop", "filterPattern": pattern}));
        match answer.get("Error") {
            Some(error) => text(error),
            None => Self::messages(&answer),
        }
    }

    fn due(&mut self) {
        while let Some((_, due)) = self.deadlines.pop(self.now) {
            let cause = self.logs.due_because(&due);
            self.handle(|logs, cx| match cause {
                Some(cause) => logs.due(&mut cx.because(cause), due),
                None => logs.due(cx, due),
            });
            self.steps += 1;
        }
    }

    /// Moves the clock, visiting every deadline on the way.
    pub(super) fn advance_s(&mut self, seconds: u64) {
        let end = self.now.after_s(seconds);
        while let Some(at) = self.deadlines.next()
            && at <= end
        {
            self.now = self.now.max(at);
            self.due();
        }
        self.now = end;
    }

    /// What is stored is what there is, and what is read back is the same again.
    pub(super) fn check_restart(&self) {
        let by_key = |logs: &Logs| -> BTreeMap<Key, Record> {
            logs.records().map(|record| (record.key(), record)).collect()
        };
        assert_eq!(self.store, by_key(&self.logs));
        assert_eq!(self.store, by_key(&self.restored().0));
    }

    fn restored(&self) -> (Logs, Deadlines<Due>) {
        let (mut logs, mut deadlines) = (Logs::default(), Deadlines::default());
        let mut cx = Restoring {
            deadlines: &mut deadlines,
            numbers: &mut Numbers::default(),
            trace: &mut Trace::default(),
            directory: &mut Directory::default(),
        };
        for record in self.store.values().cloned() {
            logs.restore(&mut cx, record);
        }
        (logs, deadlines)
    }

    pub(super) fn restart(&mut self) {
        self.check_restart();
        (self.logs, self.deadlines) = self.restored();
        self.due();
    }
}

/// A JSON string's text; anything else as JSON.
pub(super) fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
