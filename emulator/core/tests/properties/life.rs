//! A cloud with the pipeline in it, to which something happens.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bytes::Bytes;
use cloudless_core::call::{Payload, Randomness};
use cloudless_core::lambda::{Invocation, Outcome};
use cloudless_core::{CallId, Effect, Input, Record, Step, s3, sqs};
use serde_json::{Value, json};

use crate::cloud::{Cloud, function_arn, policy_for_s3, queue_arn, queue_url};
use crate::happening::{
    Ending, FUNCTIONS, Happening, KEYS, QUEUES, ToFunctions, ToMessages, ToObjects, ToTime,
};

/// A cloud with the pipeline in it, and what its users remember.
pub struct Life {
    pub cloud: Cloud,
    pub mappings: Vec<String>,
    /// Queue and receipt handles of the last receive.
    received: (String, Vec<(String, String)>),
    last_call: CallId,
    sent: u64,
    /// Bodies of messages that were sent, and of those that somebody asked to be deleted.
    pub bodies: BTreeSet<String>,
    pub done: BTreeSet<String>,
}

impl Life {
    pub fn begin(cloud: Cloud) -> Self {
        let mut life = Self {
            cloud,
            mappings: Vec::new(),
            received: (String::new(), Vec::new()),
            last_call: CallId(0),
            sent: 0,
            bodies: BTreeSet::new(),
            done: BTreeSet::new(),
        };
        life.make_buckets();
        life.make_queues();
        for function in 0..FUNCTIONS.len() {
            life.create_function(function);
        }
        life.make_mappings();
        life.notify();
        life
    }

    /// One for pictures, and one that takes logs.
    fn make_buckets(&mut self) {
        for bucket in ["photos", "logs"] {
            self.call("s3", "CreateBucket", json!({ "Bucket": bucket }));
        }
        let policy = json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": { "Service": "logging.s3.amazonaws.com" },
            "Action": "s3:PutObject", "Resource": "arn:aws:s3:::logs/*",
        }] });
        let input = json!({ "Bucket": "logs", "Policy": policy.to_string() });
        self.call("s3", "PutBucketPolicy", input).unwrap();
    }

    fn make_queues(&mut self) {
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
            self.call("sqs", "CreateQueue", input);
        }
    }

    fn make_mappings(&mut self) {
        for (queue, more) in [
            ("orders", json!({ "FunctionResponseTypes": ["ReportBatchItemFailures"] })),
            ("uploads", json!({ "MaximumBatchingWindowInSeconds": 4, "BatchSize": 3 })),
            ("steps.fifo", json!({ "ScalingConfig": { "MaximumConcurrency": 2 } })),
        ] {
            let mut input =
                json!({ "EventSourceArn": queue_arn(queue), "FunctionName": FUNCTIONS[1] });
            input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let mapping = self.call("lambda", "CreateEventSourceMapping", input).unwrap();
            self.mappings.push(mapping["UUID"].as_str().unwrap().to_owned());
        }
    }

    /// What is put is told to a function or to a queue.
    fn notify(&mut self) {
        let filter = |prefix: &str| json!({ "Key": { "FilterRules": [{ "Name": "prefix", "Value": prefix }] } });
        let created = ["s3:ObjectCreated:*"];
        let configuration = json!({
            "LambdaFunctionConfigurations": [{ "LambdaFunctionArn": function_arn(FUNCTIONS[0]),
                "Events": created, "Filter": filter("upload/") }],
            "QueueConfigurations": [{ "QueueArn": queue_arn("uploads"),
                "Events": created, "Filter": filter("resized/") }],
        });
        let input = json!({ "Bucket": "photos", "NotificationConfiguration": configuration });
        self.call("s3", "PutBucketNotificationConfiguration", input).unwrap();
    }

    pub fn create_function(&mut self, function: usize) {
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

    pub fn reserve(&mut self, function: usize, concurrency: Option<u64>) {
        let mut input = json!({ "FunctionName": FUNCTIONS[function] });
        match concurrency {
            None => self.call("lambda", "DeleteFunctionConcurrency", input),
            Some(concurrency) => {
                input["ReservedConcurrentExecutions"] = concurrency.into();
                self.call("lambda", "PutFunctionConcurrency", input)
            }
        };
    }

    pub fn call(&mut self, service: &str, operation: &str, input: Value) -> Option<Value> {
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

    pub fn happen(&mut self, happening: &Happening) {
        match happening {
            Happening::Object(happening) => self.happen_to_objects(happening),
            Happening::Message(happening) => self.happen_to_messages(happening),
            Happening::Function(happening) => self.happen_to_functions(happening),
            Happening::Time(happening) => self.happen_to_time(happening),
            Happening::AssumeRole => {
                let role = "arn:aws:iam::111111111111:role/auditor";
                let input = json!({ "RoleArn": role, "RoleSessionName": "audit" });
                let randomness = Payload::Random(Randomness([7; 32]));
                self.give("sts", "AssumeRole", input, randomness);
            }
            Happening::Disconnect => {
                let call = self.last_call;
                self.cloud.handle(Input::Disconnected(call));
            }
            Happening::Restart => self.cloud.restart(),
        }
    }

    fn happen_to_objects(&mut self, happening: &ToObjects) {
        match happening {
            ToObjects::Put { key } => {
                let upload = self.cloud.upload(1000);
                let input = json!({ "Bucket": "photos", "Key": KEYS[*key] });
                self.give("s3", "PutObject", input, upload);
            }
            ToObjects::Delete { key } => {
                self.call("s3", "DeleteObject", json!({ "Bucket": "photos", "Key": KEYS[*key] }));
            }
            ToObjects::SetVersioning { status } => {
                let configuration = json!({ "Status": status });
                let input = json!({ "Bucket": "photos", "VersioningConfiguration": configuration });
                self.call("s3", "PutBucketVersioning", input).unwrap();
            }
            ToObjects::SetLogging { enabled } => {
                let to = json!({ "TargetBucket": "logs", "TargetPrefix": "" });
                let status = if *enabled { json!({ "LoggingEnabled": to }) } else { json!({}) };
                for bucket in ["photos", "logs"] {
                    let input = json!({ "Bucket": bucket, "BucketLoggingStatus": status });
                    self.call("s3", "PutBucketLogging", input).unwrap();
                }
            }
            ToObjects::Answered { key } => {
                let served = self.served(KEYS[*key]);
                self.cloud.handle(Input::Served(Box::new(served)));
            }
        }
    }

    /// The answer to the last call, as if that had been about an object.
    fn served(&self, key: &str) -> s3::Served {
        s3::Served {
            call: Some(self.last_call),
            bucket: "photos".into(),
            key: Some(key.into()),
            operation: Some("GetObject"),
            is_website: false,
            method: "GET".into(),
            request_line: format!("GET /photos/{key} HTTP/1.1"),
            received: self.cloud.now,
            total_ms: 2,
            turn_around_ms: Some(1),
            remote_ip: "127.0.0.1".into(),
            requester: None,
            request_id: "REQUEST".into(),
            host_id: "HOST".into(),
            status: 200,
            error_code: None,
            sent_bytes: 1000,
            received_bytes: 0,
            referer: None,
            user_agent: None,
            version_id: None,
            host: None,
            signed: None,
        }
    }

    fn happen_to_messages(&mut self, happening: &ToMessages) {
        match happening {
            ToMessages::Send { queue, delay_s, group } => {
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
            ToMessages::Receive { queue, max, wait_s, visibility_s } => {
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
            ToMessages::Delete => {
                let (queue, messages) = self.received.clone();
                for (body, handle) in messages {
                    self.done.insert(body);
                    let input = json!({ "QueueUrl": queue_url(&queue), "ReceiptHandle": handle });
                    self.call("sqs", "DeleteMessage", input);
                }
            }
            ToMessages::ChangeVisibility { timeout_s } => {
                let (queue, messages) = self.received.clone();
                for (_, handle) in messages {
                    let input = json!({ "QueueUrl": queue_url(&queue), "ReceiptHandle": handle,
                        "VisibilityTimeout": timeout_s });
                    self.call("sqs", "ChangeMessageVisibility", input);
                }
            }
            ToMessages::Look { queue } => {
                let input =
                    json!({ "QueueUrl": queue_url(QUEUES[*queue]), "AttributeNames": ["All"] });
                self.call("sqs", "GetQueueAttributes", input);
            }
            ToMessages::SetVisibility { queue, timeout_s } => {
                let attributes = json!({ "VisibilityTimeout": timeout_s.to_string() });
                let input =
                    json!({ "QueueUrl": queue_url(QUEUES[*queue]), "Attributes": attributes });
                self.call("sqs", "SetQueueAttributes", input).unwrap();
            }
            ToMessages::Tag { queue, value } => {
                let tags = json!({ "stage": value.to_string() });
                let input = json!({ "QueueUrl": queue_url(QUEUES[*queue]), "Tags": tags });
                self.call("sqs", "TagQueue", input).unwrap();
            }
            ToMessages::MoveBack { messages_per_second } => {
                let mut input = json!({ "SourceArn": queue_arn("failed") });
                if let Some(rate) = messages_per_second {
                    input["MaxNumberOfMessagesPerSecond"] = (*rate).into();
                }
                // Refused while an earlier one moves.
                self.call("sqs", "StartMessageMoveTask", input);
            }
        }
    }

    fn happen_to_functions(&mut self, happening: &ToFunctions) {
        match happening {
            ToFunctions::Invoke { function, kind } => {
                let kind = ["RequestResponse", "Event", "DryRun"][*kind];
                let input = json!({ "FunctionName": FUNCTIONS[*function], "InvocationType": kind });
                self.give("lambda", "Invoke", input, Payload::Bytes(Bytes::from_static(b"{}")));
            }
            ToFunctions::End { which, ending } => {
                if !self.cloud.running.is_empty() {
                    let running = which.get(&self.cloud.running).clone();
                    let outcome = self.outcome(&running, ending);
                    self.cloud.end(running.id, outcome);
                }
            }
            ToFunctions::Readiness { at_once } => self.cloud.ready_at_once = *at_once,
            ToFunctions::EnableMapping { which, enabled } => {
                let input = json!({ "UUID": self.mappings[*which], "Enabled": enabled });
                self.call("lambda", "UpdateEventSourceMapping", input).unwrap();
            }
            ToFunctions::Delete { function } => {
                let input = json!({ "FunctionName": FUNCTIONS[*function] });
                self.call("lambda", "DeleteFunction", input);
            }
            ToFunctions::Create { function } => self.create_function(*function),
            ToFunctions::Reserve { function, concurrency } => self.reserve(*function, *concurrency),
        }
    }

    fn happen_to_time(&mut self, happening: &ToTime) {
        match happening {
            ToTime::Pass { ms } => {
                let to = self.cloud.now.after(Duration::from_millis(*ms));
                // Half of the time somebody moves the clock, otherwise it runs.
                if ms % 2 == 0 {
                    self.cloud.handle(Input::ClockMoves { to });
                }
                self.cloud.now = to;
            }
            ToTime::PassToDeadline => {
                if let Some(at) = self.cloud.world.next_deadline() {
                    // Retention would end messages by itself, which is another story.
                    if at.since(self.cloud.now) < Duration::from_secs(86_400) {
                        self.cloud.now = self.cloud.now.max(at);
                    }
                }
            }
        }
    }

    /// How an invocation ends, and which messages are done by that.
    pub fn outcome(&mut self, running: &Invocation, ending: &Ending) -> Outcome {
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
    pub fn settle(&mut self) {
        if self.cloud.world.next_deadline().is_some_and(|at| at <= self.cloud.now) {
            self.cloud.handle(Input::Deadline);
        }
        let (next, now) = (self.cloud.world.next_deadline(), self.cloud.now);
        assert!(next.is_none_or(|next| next > now), "due at {next:?}, and it is {now:?}");
    }

    /// The messages in the store: how often each body is there.
    pub fn kept(&self) -> BTreeMap<String, usize> {
        let mut kept = BTreeMap::new();
        for record in self.cloud.store.values() {
            if let Record::Sqs(sqs::Record::Message(message)) = record {
                *kept.entry(message.content.body.text().to_owned()).or_default() += 1;
            }
        }
        kept
    }

    /// How many messages the queues say that they have.
    pub fn counted(&mut self) -> usize {
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
