//! A cloud of metrics alone: calls in the API's JSON, a clock that tests move, and a store that is compared with
//! what there is.

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

use crate::{Announcement, CloudWatch, Cx, Due, Record, Request};

/// 2026-11-23T12:00:00Z.
pub(super) const NOON_S: u64 = 1_795_435_200;

pub(super) struct Cloud {
    pub(super) cloudwatch: CloudWatch,
    pub(super) now: Timestamp,
    pub(super) store: BTreeMap<Key, Record>,
    pub(super) announced: Vec<Announcement>,
    pub(super) trace: Trace,
    pub(super) minute: Minute,
    /// In how many steps what was due was done.
    pub(super) steps: usize,
    pub(super) deadlines: Deadlines<Due>,
    ids: Ids,
    numbers: Numbers,
    goes_on: bool,
}

impl Cloud {
    /// At noon.
    pub(super) fn new() -> Self {
        Self {
            cloudwatch: CloudWatch::default(),
            now: Timestamp::from_ms(NOON_S * 1000),
            store: BTreeMap::new(),
            announced: Vec::new(),
            trace: Trace::default(),
            minute: Minute::default(),
            steps: 0,
            deadlines: Deadlines::default(),
            ids: Ids::new(7, 0),
            numbers: Numbers::default(),
            goes_on: false,
        }
    }

    pub(super) fn handle<T>(
        &mut self,
        handle: impl FnOnce(&mut CloudWatch, &mut Cx<'_>) -> T,
    ) -> T {
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
        let answer = handle(&mut self.cloudwatch, &mut parts.because(cause));
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
        self.announced.extend(outbox.announcements.into_iter().map(|(_, said)| said));
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
            self.cloudwatch.access(&mut Asking::new(&origin, self.now), &request)?;
            self.handle(|cloudwatch, cx| cloudwatch.call(cx, &origin, request))
        });
        self.due();
        match result {
            Ok(Some(response)) => response.encode().0,
            Ok(None) => Value::Null,
            Err(refused) => {
                json!({"Error": format!("{}: {}", refused.query_code(), refused.message())})
            }
        }
    }

    /// Puts a value of the metric `shop`/`orders`, now.
    pub(super) fn put(&mut self, value: f64) {
        self.put_at(self.now.as_s(), value);
    }

    /// The same at a moment.
    pub(super) fn put_at(&mut self, at_s: u64, value: f64) {
        let datum = json!({"MetricName": "orders", "Timestamp": at_s, "Value": value});
        let put = self.call("PutMetricData", json!({"Namespace": "shop", "MetricData": [datum]}));
        assert_eq!(put, json!({}));
    }

    fn due(&mut self) {
        while let Some((_, due)) = self.deadlines.pop(self.now) {
            let cause = self.cloudwatch.due_because(&due);
            self.handle(|cloudwatch, cx| match cause {
                Some(cause) => cloudwatch.due(&mut cx.because(cause), due),
                None => cloudwatch.due(cx, due),
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
        let by_key = |cloudwatch: &CloudWatch| -> BTreeMap<Key, Record> {
            cloudwatch.records().map(|record| (record.key(), record)).collect()
        };
        assert_eq!(self.store, by_key(&self.cloudwatch));
        assert_eq!(self.store, by_key(&self.restored().0));
    }

    fn restored(&self) -> (CloudWatch, Deadlines<Due>) {
        let (mut cloudwatch, mut deadlines) = (CloudWatch::default(), Deadlines::default());
        let mut cx = Restoring {
            deadlines: &mut deadlines,
            numbers: &mut Numbers::default(),
            trace: &mut Trace::default(),
            directory: &mut Directory::default(),
        };
        for record in self.store.values().cloned() {
            cloudwatch.restore(&mut cx, record);
        }
        (cloudwatch, deadlines)
    }

    pub(super) fn restart(&mut self) {
        self.check_restart();
        let (cloudwatch, deadlines) = self.restored();
        (self.cloudwatch, self.deadlines) = (cloudwatch, deadlines);
        self.due();
    }
}
