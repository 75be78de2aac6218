//! A cloud of EC2 alone: calls in the API's JSON, a clock that tests move, a store that is compared with what there is,
//! and answers whose members are held against AWS's model.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use kernel::access::Asking;
use kernel::call::{CallId, Caller, Origin, Payload, Randomness, Signing};
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

use crate::{Cx, Ec2, Record, Request, fleet};

/// 2026-11-23T12:00:00Z.
pub(super) const NOON_S: u64 = 1_795_435_200;

pub(super) struct Cloud {
    pub(super) ec2: Ec2,
    pub(super) now: Timestamp,
    pub(super) store: BTreeMap<Key, Record>,
    pub(super) directory: Directory,
    pub(super) effects: Vec<fleet::Effect>,
    pub(super) announced: Vec<<Ec2 as kernel::service::Service>::Announcement>,
    pub(super) minute: Minute,
    trace: Trace,
    deadlines: Deadlines<<Ec2 as kernel::service::Service>::Due>,
    ids: Ids,
    numbers: Numbers,
}

impl Cloud {
    /// At noon.
    pub(super) fn new() -> Self {
        Self {
            ec2: Ec2::default(),
            now: Timestamp::from_ms(NOON_S * 1000),
            store: BTreeMap::new(),
            directory: Directory::default(),
            effects: Vec::new(),
            announced: Vec::new(),
            minute: Minute::default(),
            trace: Trace::default(),
            deadlines: Deadlines::default(),
            ids: Ids::new(7, 0),
            numbers: Numbers::default(),
        }
    }

    pub(super) fn handle<T>(&mut self, handle: impl FnOnce(&mut Ec2, &mut Cx<'_>) -> T) -> T {
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
            directory: &mut self.directory,
            outbox: &mut outbox,
            recording: true,
        };
        let answer = handle(&mut self.ec2, &mut parts.because(cause));
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
        self.effects.extend(outbox.effects.into_iter().filter_map(|effect| match effect {
            Effect::Own(own) => Some(own),
            _ => None,
        }));
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
        // As HTTP draws it for operations that make secrets.
        let payload =
            match crate::descriptor::DESCRIPTOR.operations_with_secrets.contains(&operation) {
                true => Payload::Random(Randomness([7; 32])),
                false => Payload::None,
            };
        let result = Request::decode(operation, input, payload).and_then(|request| {
            self.ec2.access(&mut Asking::new(&origin, self.now), &request)?;
            self.handle(|ec2, cx| ec2.call(cx, &origin, request))
        });
        match result {
            Ok(Some(response)) => {
                let answer = response.encode().0;
                model_has(operation, &answer);
                answer
            }
            Ok(None) => Value::Null,
            Err(refused) => {
                json!({"Error": format!("{}: {}", refused.query_code(), refused.message())})
            }
        }
    }

    /// What a call refuses with.
    pub(super) fn refused(&mut self, operation: &str, input: Value) -> String {
        let answer = self.call(operation, input);
        answer["Error"].as_str().unwrap_or("done").to_owned()
    }

    fn due(&mut self) {
        while let Some((_, due)) = self.deadlines.pop(self.now) {
            self.handle(|ec2, cx| ec2.due(cx, due));
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

    /// What is stored is what there is, and what is read back is the same again; so is what others know.
    pub(super) fn check_restart(&self) {
        let by_key = |ec2: &Ec2| -> BTreeMap<Key, Record> {
            ec2.records().map(|record| (record.key(), record)).collect()
        };
        assert_eq!(self.store, by_key(&self.ec2));
        let (restored, _, directory) = self.restored();
        assert_eq!(self.store, by_key(&restored));
        let own: Vec<_> = self.directory.instances.iter().collect();
        assert_eq!(own, directory.instances.iter().collect::<Vec<_>>());
        assert_eq!(self.directory.subnets, directory.subnets);
        assert_eq!(self.directory.launch_templates, directory.launch_templates);
    }

    fn restored(&self) -> (Ec2, Deadlines<<Ec2 as kernel::service::Service>::Due>, Directory) {
        let (mut ec2, mut deadlines) = (Ec2::default(), Deadlines::default());
        let mut directory = Directory::default();
        let mut cx = Restoring {
            deadlines: &mut deadlines,
            numbers: &mut Numbers::default(),
            trace: &mut Trace::default(),
            directory: &mut directory,
        };
        for record in self.store.values().cloned() {
            ec2.restore(&mut cx, record);
        }
        (ec2, deadlines, directory)
    }

    pub(super) fn restart(&mut self) {
        self.restart_with(crate::Programs::default());
    }

    pub(super) fn restart_with(&mut self, programs: crate::Programs) {
        self.check_restart();
        (self.ec2, self.deadlines, self.directory) = self.restored();
        self.ec2.set_programs(&mut self.directory, programs);
        self.due();
    }
}

static MODEL: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../../../models/ec2.json")).unwrap());

fn shape(name: &str) -> &'static Value {
    MODEL["shapes"].as_array().unwrap().iter().find(|it| it["name"] == name).unwrap()
}

/// All members of an answer are those of the operation's output.
fn model_has(operation: &str, answer: &Value) {
    let operations = MODEL["operations"].as_array().unwrap();
    let operation = operations.iter().find(|it| it["name"] == operation).unwrap();
    if let Some(output) = operation.get("output").and_then(Value::as_str) {
        fits(output, answer, output);
    }
}

fn fits(name: &str, value: &Value, place: &str) {
    let shape = shape(name);
    match (shape["type"].as_str().unwrap(), value) {
        (_, Value::Null) => {}
        ("structure", Value::Object(members)) => {
            let known = shape["members"].as_array().unwrap();
            for (member, value) in members {
                let place = format!("{place}.{member}");
                let found = known.iter().find(|it| it["name"] == **member);
                let found = found.unwrap_or_else(|| panic!("AWS has no {place}"));
                fits(found["shape"].as_str().unwrap(), value, &place);
            }
        }
        ("list", Value::Array(items)) => {
            let of = shape["member"].as_str().unwrap();
            items.iter().for_each(|item| fits(of, item, place));
        }
        ("string", Value::String(_))
        | ("boolean", Value::Bool(_))
        | ("integer" | "long" | "double" | "float" | "timestamp", Value::Number(_)) => {}
        (kind, value) => panic!("{place} is a {kind}, not {value}"),
    }
}
