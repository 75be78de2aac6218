//! What holds for every World whatever happens to it: random calls, outcomes, clock jumps and restarts
//! over S3, SQS, Lambda and mappings together.
#![expect(clippy::unwrap_used, reason = "a test says what is wrong by stopping")]

#[path = "properties/causes.rs"]
mod causes;
#[path = "cloud/mod.rs"]
mod cloud;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bytes::Bytes;
use cloudless_core::call::{Payload, Randomness};
use cloudless_core::lambda::{Invocation, Outcome};
use cloudless_core::{CallId, Effect, Input, Record, Step, World, sqs};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use serde_json::{Value, json};

use causes::Causes;
use cloud::{Cloud, SEED, function_arn, policy_for_s3, queue_arn, queue_url};

/// Few names, so that things meet.
const QUEUES: [&str; 4] = ["orders", "uploads", "failed", "steps.fifo"];
const FUNCTIONS: [&str; 2] = ["resize-image", "update-product"];
const KEYS: [&str; 3] = ["upload/a.jpg", "upload/b.jpg", "resized/a.jpg"];

/// Something that happens to a World.
#[derive(Debug, Clone)]
enum Happening {
    Put {
        key: usize,
    },
    DeleteObject {
        key: usize,
    },
    SetVersioning {
        status: &'static str,
    },
    Send {
        queue: usize,
        delay_s: u64,
        group: usize,
    },
    Receive {
        queue: usize,
        max: u64,
        wait_s: u64,
        visibility_s: Option<u64>,
    },
    /// Of what was last received anywhere: the receipt may be stale by now.
    Delete,
    ChangeVisibility {
        timeout_s: u64,
    },
    Invoke {
        function: usize,
        kind: usize,
    },
    End {
        which: prop::sample::Index,
        ending: Ending,
    },
    Pass {
        ms: u64,
    },
    PassToDeadline,
    /// Environments that are made from now on are ready at once, or not before they have ended.
    Readiness {
        at_once: bool,
    },
    Disconnect,
    EnableMapping {
        which: usize,
        enabled: bool,
    },
    SetVisibility {
        queue: usize,
        timeout_s: u64,
    },
    Tag {
        queue: usize,
        value: u8,
    },
    /// Of what nobody could process, back to where it came from.
    MoveBack {
        messages_per_second: Option<u64>,
    },
    AssumeRole,
    /// Reads, maybe before what is due by now was done.
    Look {
        queue: usize,
    },
    DeleteFunction {
        function: usize,
    },
    CreateFunction {
        function: usize,
    },
    Restart,
}

#[derive(Debug, Clone)]
enum Ending {
    Well,
    Failed,
    Crashed,
    /// Names every n-th message as failed.
    Partly(usize),
    Nonsense,
}

fn happening() -> impl Strategy<Value = Happening> {
    let queue = 0..QUEUES.len();
    let function = 0..FUNCTIONS.len();
    let ending = prop_oneof![
        4 => Just(Ending::Well),
        2 => Just(Ending::Failed),
        1 => Just(Ending::Crashed),
        2 => (1..3_usize).prop_map(Ending::Partly),
        1 => Just(Ending::Nonsense),
    ];
    let receive = (queue.clone(), 1..10_u64, 0..3_u64, prop::option::of(0..40_u64));
    prop_oneof![
        4 => (0..KEYS.len()).prop_map(|key| Happening::Put { key }),
        1 => (0..KEYS.len()).prop_map(|key| Happening::DeleteObject { key }),
        1 => prop::sample::select(vec!["Enabled", "Suspended"])
            .prop_map(|status| Happening::SetVersioning { status }),
        // Where none is left, a FIFO queue's message is over before it is processed: for ever.
        1 => (queue.clone(), 1..40_u64)
            .prop_map(|(queue, timeout_s)| Happening::SetVisibility { queue, timeout_s }),
        1 => (queue.clone(), 0..3_u8).prop_map(|(queue, value)| Happening::Tag { queue, value }),
        1 => prop::option::of(1..3_u64)
            .prop_map(|messages_per_second| Happening::MoveBack { messages_per_second }),
        1 => Just(Happening::AssumeRole),
        2 => queue.clone().prop_map(|queue| Happening::Look { queue }),
        6 => (queue, 0..3_u64, 0..3_usize)
            .prop_map(|(queue, delay_s, group)| Happening::Send { queue, delay_s, group }),
        4 => receive.prop_map(|(queue, max, wait_s, visibility_s)| Happening::Receive {
            queue, max, wait_s: wait_s * 5, visibility_s,
        }),
        2 => Just(Happening::Delete),
        1 => (0..60_u64).prop_map(|timeout_s| Happening::ChangeVisibility { timeout_s }),
        2 => (function.clone(), 0..3_usize)
            .prop_map(|(function, kind)| Happening::Invoke { function, kind }),
        6 => (any::<prop::sample::Index>(), ending)
            .prop_map(|(which, ending)| Happening::End { which, ending }),
        3 => (0..90_000_u64).prop_map(|ms| Happening::Pass { ms }),
        3 => Just(Happening::PassToDeadline),
        1 => any::<bool>().prop_map(|at_once| Happening::Readiness { at_once }),
        1 => Just(Happening::Disconnect),
        1 => (0..3_usize, any::<bool>())
            .prop_map(|(which, enabled)| Happening::EnableMapping { which, enabled }),
        1 => function.clone().prop_map(|function| Happening::DeleteFunction { function }),
        2 => function.prop_map(|function| Happening::CreateFunction { function }),
        1 => Just(Happening::Restart),
    ]
}

fn happenings() -> impl Strategy<Value = Vec<Happening>> {
    prop::collection::vec(happening(), 1..60)
}

/// A cloud with the pipeline in it, and what its users remember.
struct Life {
    cloud: Cloud,
    mappings: Vec<String>,
    /// Queue and receipt handles of the last receive.
    received: (String, Vec<(String, String)>),
    last_call: CallId,
    sent: u64,
    /// Bodies of messages that were sent, and of those that somebody asked to be deleted.
    bodies: BTreeSet<String>,
    done: BTreeSet<String>,
}

impl Life {
    fn begin(cloud: Cloud) -> Self {
        let mut life = Self {
            cloud,
            mappings: Vec::new(),
            received: (String::new(), Vec::new()),
            last_call: CallId(0),
            sent: 0,
            bodies: BTreeSet::new(),
            done: BTreeSet::new(),
        };
        life.call("s3", "CreateBucket", json!({ "Bucket": "photos" }));
        let dead = json!({ "deadLetterTargetArn": queue_arn("failed"), "maxReceiveCount": 2 });
        for name in ["failed", "orders", "uploads", "steps.fifo"] {
            let attributes = match name {
                "orders" => json!({ "RedrivePolicy": dead.to_string() }),
                "uploads" => json!({ "Policy": policy_for_s3(), "VisibilityTimeout": "5" }),
                "steps.fifo" => {
                    json!({ "FifoQueue": "true", "ContentBasedDeduplication": "true" })
                }
                _ => json!({}),
            };
            let input = json!({ "QueueName": name, "Attributes": attributes });
            life.call("sqs", "CreateQueue", input);
        }
        for function in 0..FUNCTIONS.len() {
            life.create_function(function);
        }
        for (queue, more) in [
            ("orders", json!({ "FunctionResponseTypes": ["ReportBatchItemFailures"] })),
            ("uploads", json!({ "MaximumBatchingWindowInSeconds": 4, "BatchSize": 3 })),
            ("steps.fifo", json!({ "ScalingConfig": { "MaximumConcurrency": 2 } })),
        ] {
            let mut input =
                json!({ "EventSourceArn": queue_arn(queue), "FunctionName": FUNCTIONS[1] });
            input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let mapping = life.call("lambda", "CreateEventSourceMapping", input).unwrap();
            life.mappings.push(mapping["UUID"].as_str().unwrap().to_owned());
        }
        let filter = |prefix: &str| json!({ "Key": { "FilterRules": [{ "Name": "prefix", "Value": prefix }] } });
        let created = ["s3:ObjectCreated:*"];
        let configuration = json!({
            "LambdaFunctionConfigurations": [{ "LambdaFunctionArn": function_arn(FUNCTIONS[0]),
                "Events": created, "Filter": filter("upload/") }],
            "QueueConfigurations": [{ "QueueArn": queue_arn("uploads"),
                "Events": created, "Filter": filter("resized/") }],
        });
        let input = json!({ "Bucket": "photos", "NotificationConfiguration": configuration });
        life.call("s3", "PutBucketNotificationConfiguration", input).unwrap();
        life
    }

    fn create_function(&mut self, function: usize) {
        let name = FUNCTIONS[function];
        let zip = self.cloud.upload(100);
        let input = json!({
            "FunctionName": name, "Runtime": "provided.al2023", "Handler": "bootstrap",
            "Role": "arn:aws:iam::000000000000:role/lambda", "Timeout": 3,
            "DeadLetterConfig": { "TargetArn": queue_arn("failed") },
        });
        self.give("lambda", "CreateFunction", input, zip);
        let input = json!({
            "FunctionName": name, "StatementId": "s3", "Action": "lambda:InvokeFunction",
            "Principal": "s3.amazonaws.com",
        });
        self.call("lambda", "AddPermission", input);
    }

    fn call(&mut self, service: &str, operation: &str, input: Value) -> Option<Value> {
        self.give(service, operation, input, Payload::None)
    }

    /// The answer, where it came at once and is no refusal.
    fn give(
        &mut self,
        service: &str,
        operation: &str,
        input: Value,
        payload: Payload,
    ) -> Option<Value> {
        let (id, step) = self.cloud.call(None, service, operation, input, payload).unwrap();
        let answer = answer(step, id);
        self.last_call = id;
        answer
    }

    fn happen(&mut self, happening: &Happening) {
        match happening {
            Happening::Put { key } => {
                let upload = self.cloud.upload(1000);
                let input = json!({ "Bucket": "photos", "Key": KEYS[*key] });
                self.give("s3", "PutObject", input, upload);
            }
            Happening::DeleteObject { key } => {
                self.call("s3", "DeleteObject", json!({ "Bucket": "photos", "Key": KEYS[*key] }));
            }
            Happening::SetVersioning { status } => {
                let configuration = json!({ "Status": status });
                let input = json!({ "Bucket": "photos", "VersioningConfiguration": configuration });
                self.call("s3", "PutBucketVersioning", input).unwrap();
            }
            Happening::Send { queue, delay_s, group } => {
                self.sent += 1;
                let body = format!("message {}", self.sent);
                let mut input =
                    json!({ "QueueUrl": queue_url(QUEUES[*queue]), "MessageBody": body });
                match QUEUES[*queue].ends_with(".fifo") {
                    true => input["MessageGroupId"] = group.to_string().into(),
                    false => input["DelaySeconds"] = (delay_s * 7).into(),
                }
                self.call("sqs", "SendMessage", input).unwrap();
                self.bodies.insert(body);
            }
            Happening::Receive { queue, max, wait_s, visibility_s } => {
                let queue = QUEUES[*queue];
                let mut input = json!({ "QueueUrl": queue_url(queue),
                    "MaxNumberOfMessages": max, "WaitTimeSeconds": wait_s });
                if let Some(visibility_s) = visibility_s {
                    input["VisibilityTimeout"] = (*visibility_s).into();
                }
                let answer = self.call("sqs", "ReceiveMessage", input).unwrap_or_default();
                let messages = answer["Messages"].as_array().cloned().unwrap_or_default();
                let messages = messages.iter().map(|message| {
                    let text = |name: &str| message[name].as_str().unwrap().to_owned();
                    (text("Body"), text("ReceiptHandle"))
                });
                self.received = (queue.to_owned(), messages.collect());
            }
            Happening::Delete => {
                let (queue, messages) = self.received.clone();
                for (body, handle) in messages {
                    self.done.insert(body);
                    let input = json!({ "QueueUrl": queue_url(&queue), "ReceiptHandle": handle });
                    self.call("sqs", "DeleteMessage", input);
                }
            }
            Happening::ChangeVisibility { timeout_s } => {
                let (queue, messages) = self.received.clone();
                for (_, handle) in messages {
                    let input = json!({ "QueueUrl": queue_url(&queue), "ReceiptHandle": handle,
                        "VisibilityTimeout": timeout_s });
                    self.call("sqs", "ChangeMessageVisibility", input);
                }
            }
            Happening::Invoke { function, kind } => {
                let kind = ["RequestResponse", "Event", "DryRun"][*kind];
                let input = json!({ "FunctionName": FUNCTIONS[*function], "InvocationType": kind });
                self.give("lambda", "Invoke", input, Payload::Bytes(Bytes::from_static(b"{}")));
            }
            Happening::End { which, ending } => {
                if !self.cloud.running.is_empty() {
                    let running = which.get(&self.cloud.running).clone();
                    let outcome = self.outcome(&running, ending);
                    self.cloud.end(running.id, outcome);
                }
            }
            Happening::Pass { ms } => {
                let to = self.cloud.now.after(Duration::from_millis(*ms));
                // Half of the time somebody moves the clock, otherwise it runs.
                if ms % 2 == 0 {
                    self.cloud.handle(Input::ClockMoves { to });
                }
                self.cloud.now = to;
            }
            Happening::Look { queue } => {
                let input =
                    json!({ "QueueUrl": queue_url(QUEUES[*queue]), "AttributeNames": ["All"] });
                self.call("sqs", "GetQueueAttributes", input);
            }
            Happening::PassToDeadline => {
                if let Some(at) = self.cloud.world.next_deadline() {
                    // Retention would end messages by itself, which is another story.
                    if at.since(self.cloud.now) < Duration::from_secs(86_400) {
                        self.cloud.now = self.cloud.now.max(at);
                    }
                }
            }
            Happening::Readiness { at_once } => self.cloud.ready_at_once = *at_once,
            Happening::Disconnect => {
                let call = self.last_call;
                self.cloud.handle(Input::Disconnected(call));
            }
            Happening::EnableMapping { which, enabled } => {
                let input = json!({ "UUID": self.mappings[*which], "Enabled": enabled });
                self.call("lambda", "UpdateEventSourceMapping", input).unwrap();
            }
            Happening::SetVisibility { queue, timeout_s } => {
                let attributes = json!({ "VisibilityTimeout": timeout_s.to_string() });
                let input =
                    json!({ "QueueUrl": queue_url(QUEUES[*queue]), "Attributes": attributes });
                self.call("sqs", "SetQueueAttributes", input).unwrap();
            }
            Happening::Tag { queue, value } => {
                let tags = json!({ "stage": value.to_string() });
                let input = json!({ "QueueUrl": queue_url(QUEUES[*queue]), "Tags": tags });
                self.call("sqs", "TagQueue", input).unwrap();
            }
            Happening::MoveBack { messages_per_second } => {
                let mut input = json!({ "SourceArn": queue_arn("failed") });
                if let Some(rate) = messages_per_second {
                    input["MaxNumberOfMessagesPerSecond"] = (*rate).into();
                }
                // Refused while an earlier one moves.
                self.call("sqs", "StartMessageMoveTask", input);
            }
            Happening::AssumeRole => {
                let role = "arn:aws:iam::111111111111:role/auditor";
                let input = json!({ "RoleArn": role, "RoleSessionName": "audit" });
                let randomness = Payload::Random(Randomness([7; 32]));
                self.give("sts", "AssumeRole", input, randomness);
            }
            Happening::DeleteFunction { function } => {
                let input = json!({ "FunctionName": FUNCTIONS[*function] });
                self.call("lambda", "DeleteFunction", input);
            }
            Happening::CreateFunction { function } => self.create_function(*function),
            Happening::Restart => self.cloud.restart(),
        }
    }

    /// How an invocation ends, and which messages are done by that.
    fn outcome(&mut self, running: &Invocation, ending: &Ending) -> Outcome {
        let event: Value = serde_json::from_slice(&running.payload).unwrap();
        let records = event["Records"].as_array().cloned().unwrap_or_default();
        let records: Vec<_> =
            records.iter().filter(|record| record["eventSource"] == "aws:sqs").collect();
        let partial = |record: &Value| record["eventSourceARN"] == queue_arn("orders");
        let log_tail = Bytes::new();
        let mut failed = Vec::new();
        let payload: Bytes = match ending {
            Ending::Failed => {
                return Outcome::Failed { payload: Bytes::from_static(b"no"), log_tail };
            }
            Ending::Crashed => {
                let (error_type, reason) = ("Runtime.ExitError".into(), "gone".into());
                return Outcome::Crashed { error_type, reason, log_tail };
            }
            Ending::Well => "null".into(),
            Ending::Nonsense => "{".into(),
            Ending::Partly(each) => {
                let named = records.iter().step_by(*each);
                failed.extend(named.map(|record| record["messageId"].clone()));
                let failures = failed.iter().map(|id| json!({ "itemIdentifier": id }));
                json!({ "batchItemFailures": failures.collect::<Vec<_>>() }).to_string().into()
            }
        };
        for record in records {
            let kept = partial(record)
                && (matches!(ending, Ending::Nonsense) || failed.contains(&record["messageId"]));
            if !kept {
                self.done.insert(record["body"].as_str().unwrap().to_owned());
            }
        }
        Outcome::Succeeded { payload, log_tail }
    }

    /// Lets what is due be done, and checks that it then is not due any more.
    fn settle(&mut self) {
        if self.cloud.world.next_deadline().is_some_and(|at| at <= self.cloud.now) {
            self.cloud.handle(Input::Deadline);
        }
        let (next, now) = (self.cloud.world.next_deadline(), self.cloud.now);
        assert!(next.is_none_or(|next| next > now), "due at {next:?}, and it is {now:?}");
    }

    /// The messages in the store: how often each body is there.
    fn kept(&self) -> BTreeMap<String, usize> {
        let mut kept = BTreeMap::new();
        for record in self.cloud.store.values() {
            if let Record::Sqs(sqs::Record::Message(message)) = record {
                *kept.entry(message.content.body.text().to_owned()).or_default() += 1;
            }
        }
        kept
    }

    /// How many messages the queues say that they have.
    fn counted(&mut self) -> usize {
        let mut sum = 0;
        for queue in QUEUES {
            let input = json!({ "QueueUrl": queue_url(queue), "AttributeNames": ["All"] });
            let answer = self.call("sqs", "GetQueueAttributes", input).unwrap();
            for name in ["", "Delayed", "NotVisible"] {
                let count = &answer["Attributes"][format!("ApproximateNumberOfMessages{name}")];
                sum += count.as_str().unwrap().parse::<usize>().unwrap();
            }
        }
        sum
    }
}

fn answer(step: &Step, id: CallId) -> Option<Value> {
    step.effects.iter().find_map(|effect| match effect {
        Effect::Reply { call, result: Ok(response), .. } if *call == id => {
            Some(response.clone().encode().0)
        }
        _ => None,
    })
}

fn config() -> ProptestConfig {
    let known = FileFailurePersistence::Direct(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/properties.regressions"
    ));
    ProptestConfig {
        cases: 256,
        failure_persistence: Some(Box::new(known)),
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    /// Stopped at any moment, it goes on from its store as if nothing had been.
    #[test]
    fn a_restored_world_equals_the_one_that_wrote_the_store(happenings in happenings()) {
        let mut life = Life::begin(Cloud::recording());
        for happening in &happenings {
            life.happen(happening);
            life.cloud.assert_restorable();
            life.settle();
            life.cloud.assert_restorable();
        }
    }

    /// A message is in exactly one place until somebody says that it is done.
    #[test]
    fn no_message_is_lost_and_none_is_there_twice(happenings in happenings()) {
        let mut life = Life::begin(Cloud::recording());
        for happening in &happenings {
            life.happen(happening);
            life.settle();
            let kept = life.kept();
            for body in life.bodies.difference(&life.done) {
                prop_assert_eq!(kept.get(body), Some(&1), "{} after {:?}", body, happening);
            }
            let twice = kept.iter().find(|(body, count)| life.bodies.contains(*body) && **count > 1);
            prop_assert_eq!(twice, None);
            let stored: usize = life.kept().values().sum();
            prop_assert_eq!(life.counted(), stored);
        }
    }

    /// Whatever happens has a cause that was there before it, unless it came from outside; and nothing
    /// follows from a call that happened to come first.
    #[test]
    fn every_cause_was_there_before_what_it_led_to(happenings in happenings()) {
        let mut life = Life::begin(Cloud::recording());
        let mut causes = Causes::default();
        for happening in &happenings {
            life.happen(happening);
            causes.look(&life.cloud);
            // Sometimes another comes first when something is due.
            if !matches!(happening, Happening::Pass { .. } | Happening::PassToDeadline) {
                life.settle();
                causes.look(&life.cloud);
            }
        }
    }

    /// The same seed and the same inputs give the same steps, to the letter.
    #[test]
    fn a_history_can_be_played_again(happenings in happenings()) {
        let play = || {
            let mut life = Life::begin(Cloud::recording());
            for happening in &happenings {
                life.happen(happening);
                life.settle();
            }
            format!("{:?}", life.cloud.steps)
        };
        prop_assert_eq!(play(), play());
    }

    /// A World that records nothing does and answers what one does that records.
    #[test]
    fn a_world_in_memory_does_the_same(happenings in happenings()) {
        let play = |cloud: Cloud| {
            let mut life = Life::begin(cloud);
            for happening in &happenings {
                if !matches!(happening, Happening::Restart) {
                    life.happen(happening);
                    life.settle();
                }
            }
            let effects = life.cloud.steps.iter().map(|step| format!("{:?}", step.effects));
            let effects: Vec<String> = effects.collect();
            let changes: usize = life.cloud.steps.iter().map(|step| step.changes.len()).sum();
            (effects, changes, life.cloud.world.records())
        };
        let (recorded, _, records) = play(Cloud::recording());
        let (remembered, changes, held) = play(Cloud::of(World::in_memory(SEED)));
        prop_assert_eq!(recorded, remembered);
        prop_assert_eq!(records, held);
        prop_assert_eq!(changes, 0);
    }

    /// Whatever happened, once functions succeed and time passes, all is quiet: nothing stays
    /// stuck, and the mapped queues are empty.
    #[test]
    fn a_pipeline_that_works_again_comes_to_rest(happenings in happenings()) {
        let mut life = Life::begin(Cloud::recording());
        for happening in &happenings {
            life.happen(happening);
            life.settle();
        }
        for function in 0..FUNCTIONS.len() {
            life.create_function(function);
        }
        for mapping in life.mappings.clone() {
            let input = json!({ "UUID": mapping, "Enabled": true });
            life.call("lambda", "UpdateEventSourceMapping", input).unwrap();
        }
        let end = life.cloud.now.after_s(3600);
        let begun = life.cloud.steps.len();
        loop {
            while let Some(running) = life.cloud.running.first().cloned() {
                prop_assert!(life.cloud.steps.len() - begun < 5_000, "it goes in circles");
                let outcome = life.outcome(&running, &Ending::Well);
                life.cloud.end(running.id, outcome);
            }
            match life.cloud.world.next_deadline() {
                Some(at) if at <= end => {
                    life.cloud.now = life.cloud.now.max(at);
                    life.settle();
                }
                _ => break,
            }
        }
        prop_assert_eq!(life.cloud.world.outstanding(), Vec::<String>::new());
        prop_assert_eq!(life.cloud.world.waiting(), Vec::<String>::new());
    }
}
