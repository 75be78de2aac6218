//! The commands of the stories.
//!
//! ```text
//! create-bucket NAME                     put BUCKET KEY [SIZE_BYTES]     delete-object BUCKET KEY
//! create-queue NAME [Attribute=value …] [dead-letter=QUEUE max-receive-count=N] [allow-s3]
//! set-queue NAME Attribute=value …       queue NAME                      (how many messages, where)
//! send-message QUEUE BODY [delay=5s] [group=a]   receive-message QUEUE [wait=20s] [max=10]
//! delete-message QUEUE                   change-visibility QUEUE 60s     (of what was last received)
//! create-function NAME [dlq=QUEUE] [timeout=3s]       delete-function NAME
//! add-permission FUNCTION BUCKET         remove-permission FUNCTION
//! invoke FUNCTION [PAYLOAD] [async|dry-run]
//! function-returns [JSON]   function-fails REASON   function-crashes REASON   (the oldest running)
//! environments-take-time                 from now on; `environment-is-ready` gives the oldest its event
//! in-function COMMAND                    what the oldest running function does itself
//! map QUEUE FUNCTION [batch=10] [window=5s] [concurrency=2] [filter=PATTERN] [partial] [disabled]
//! update-mapping enabled|disabled|INPUT  delete-mapping                  (the last one made)
//! notify BUCKET function:NAME|queue:NAME [prefix=…] [suffix=…]
//! as ACCOUNT COMMAND                     what another account does
//! call SERVICE OPERATION INPUT           in JSON; answered with `ok` or the refusal
//! advance 30s   next-deadline   restart [40s]   trace [s3:PutObject]   outstanding   waiting
//! time-passes 10s                        and nobody tells the World before the next command
//! causes                                 what happened since the last look, each with what led to it
//! ```

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use cloudless_core::call::Payload;
use cloudless_core::lambda::{self, Outcome};
use cloudless_core::names::AccountId;
use cloudless_core::trace::CauseId;
use cloudless_core::{CallId, Effect, Input, Response, s3, sqs};
use serde_json::{Value, json};

use crate::cloud::{Cloud, START, queue_arn, queue_url};
use crate::lines::{invoked, message, shown};
use crate::words::{Words, attributes, duration, map, notify};

const SERVICES: [&str; 3] = ["s3", "sqs", "lambda"];

/// A story on the stage.
pub struct Play {
    cloud: Cloud,
    /// Calls whose answer has not come: by number, the command.
    waiting: BTreeMap<CallId, String>,
    /// Receipt handles of what was last received, by queue.
    received: BTreeMap<String, Vec<String>>,
    mapping: String,
    /// UUIDs, in the order in which the story met them.
    named: Vec<String>,
    /// The last event of the trace that `causes` told.
    looked_at: u64,
}

impl Play {
    pub fn new() -> Self {
        Self {
            cloud: Cloud::recording(),
            waiting: BTreeMap::new(),
            received: BTreeMap::new(),
            mapping: String::new(),
            named: Vec::new(),
            looked_at: 0,
        }
    }

    pub fn outstanding(&self) -> Vec<String> {
        self.cloud.world.outstanding()
    }

    /// What a command leads to. Every step is followed by a check that a restart would change nothing.
    pub fn perform(&mut self, line: &str) -> Vec<String> {
        let told = self.command(line, None);
        told.into_iter().map(|line| self.name_ids(&line)).collect()
    }

    fn command(&mut self, line: &str, cause: Option<CauseId>) -> Vec<String> {
        let (command, rest) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
        match command {
            "in-function" => {
                let cause = self.cloud.running.first().expect("no function runs").cause;
                return self.command(rest, Some(cause));
            }
            "as" => {
                let (account, command) = rest.split_once(' ').expect("as ACCOUNT COMMAND");
                let owner = AccountId::parse(account).expect("an account");
                let before = std::mem::replace(&mut self.cloud.account, owner);
                let told = self.command(command, cause);
                self.cloud.account = before;
                return told;
            }
            "advance" => return self.advance(duration(rest)),
            "time-passes" => {
                self.cloud.now = self.cloud.now.after(duration(rest));
                return Vec::new();
            }
            "environments-take-time" => {
                self.cloud.ready_at_once = false;
                return Vec::new();
            }
            "environment-is-ready" => {
                let id = self.cloud.running.first().expect("no function runs").id.clone();
                return self.tell(Input::InvocationBegan { invocation: id });
            }
            "next-deadline" => {
                return vec![match self.cloud.world.next_change() {
                    None => "none".into(),
                    Some(at) => format!("in {:?}", at.since(self.cloud.now)),
                }];
            }
            "restart" => {
                // `restart 40s`: stopped for so long, and nothing was done in the meantime.
                if !rest.is_empty() {
                    self.cloud.now = self.cloud.now.after(duration(rest));
                }
                let before = self.cloud.world.clone();
                self.cloud.restart();
                assert!(self.cloud.world == before, "the restored World is another one");
                self.waiting.clear();
                self.looked_at = self.cloud.forgotten.map_or(0, |last| last.0);
                return self.tell(Input::Deadline);
            }
            "trace" => return self.trace(rest.trim()),
            "causes" => return self.causes(),
            "outstanding" => return self.cloud.world.outstanding(),
            "waiting" => return self.cloud.world.waiting(),
            "function-returns" | "function-fails" | "function-crashes" => {
                return self.end(command, Words::of(rest));
            }
            _ => {}
        }
        let mut words = Words::of(rest);
        let (service, operation, input, payload) = self.request(command, &mut words);
        assert!(words.named.is_empty(), "{command} does not know {:?}", words.named);
        let before = self.cloud.steps.len();
        let call = self.cloud.call(cause, service, operation, input, payload).map(|(id, _)| id);
        match call {
            Err(refused) => vec![shown(&refused)],
            Ok(id) => {
                self.waiting.insert(id, line.trim().to_owned());
                let mut told = self.effects(before, Some(id));
                if self.waiting.contains_key(&id) {
                    told.insert(0, "waits".to_owned());
                }
                told
            }
        }
    }

    fn request(
        &mut self,
        command: &str,
        words: &mut Words,
    ) -> (&'static str, &'static str, Value, Payload) {
        let none = Payload::None;
        match command {
            "call" => {
                let service =
                    SERVICES.into_iter().find(|it| *it == words.at(0)).expect("a service");
                let operations = [s3::Request::OPERATIONS, sqs::Request::OPERATIONS]
                    .into_iter()
                    .chain([lambda::Request::OPERATIONS])
                    .flatten();
                let operation = operations.into_iter().find(|it| **it == words.at(1));
                let input = serde_json::from_str(words.at(2)).unwrap();
                (service, operation.expect("an operation"), input, self.cloud.upload(100))
            }
            "create-bucket" => ("s3", "CreateBucket", json!({ "Bucket": words.at(0) }), none),
            "put" => {
                let size_bytes = words.plain.get(2).map_or(1000, |size| size.parse().unwrap());
                let input = json!({ "Bucket": words.at(0), "Key": words.at(1) });
                ("s3", "PutObject", input, self.cloud.upload(size_bytes))
            }
            "delete-object" => {
                let input = json!({ "Bucket": words.at(0), "Key": words.at(1) });
                ("s3", "DeleteObject", input, none)
            }
            "notify" => ("s3", "PutBucketNotificationConfiguration", notify(words), none),
            "create-queue" => {
                let name = words.at(0).to_owned();
                let input = json!({ "QueueName": name, "Attributes": attributes(words) });
                ("sqs", "CreateQueue", input, none)
            }
            "set-queue" => {
                let url = queue_url(words.at(0));
                let input = json!({ "QueueUrl": url, "Attributes": attributes(words) });
                ("sqs", "SetQueueAttributes", input, none)
            }
            "queue" => {
                let url = queue_url(words.at(0));
                let input = json!({ "QueueUrl": url, "AttributeNames": ["All"] });
                ("sqs", "GetQueueAttributes", input, none)
            }
            "send-message" => {
                let mut input =
                    json!({ "QueueUrl": queue_url(words.at(0)), "MessageBody": words.at(1) });
                // `size` makes a body of so many bytes.
                if let Some(size) = words.take("size") {
                    input["MessageBody"] = words.at(1).repeat(size.parse().unwrap()).into();
                }
                if let Some(group) = words.take("group") {
                    input["MessageGroupId"] = group.into();
                }
                if let Some(delay) = words.seconds("delay") {
                    input["DelaySeconds"] = delay.into();
                }
                ("sqs", "SendMessage", input, none)
            }
            "receive-message" => {
                let mut input = json!({
                    "QueueUrl": queue_url(words.at(0)),
                    "AttributeNames": ["ApproximateReceiveCount"],
                    "MessageAttributeNames": ["All"],
                });
                if let Some(wait) = words.seconds("wait") {
                    input["WaitTimeSeconds"] = wait.into();
                }
                if let Some(max) = words.take("max") {
                    input["MaxNumberOfMessages"] = max.parse::<u64>().unwrap().into();
                }
                ("sqs", "ReceiveMessage", input, none)
            }
            "delete-message" => {
                let entries = self.entries(words.at(0), &json!({}));
                let input = json!({ "QueueUrl": queue_url(words.at(0)), "Entries": entries });
                ("sqs", "DeleteMessageBatch", input, none)
            }
            "change-visibility" => {
                let timeout = duration(words.at(1)).as_secs();
                let entries = self.entries(words.at(0), &json!({ "VisibilityTimeout": timeout }));
                let input = json!({ "QueueUrl": queue_url(words.at(0)), "Entries": entries });
                ("sqs", "ChangeMessageVisibilityBatch", input, none)
            }
            "create-function" => {
                let mut input = json!({
                    "FunctionName": words.at(0),
                    "Runtime": "provided.al2023",
                    "Handler": "bootstrap",
                    "Role": "arn:aws:iam::000000000000:role/lambda",
                });
                if let Some(timeout) = words.seconds("timeout") {
                    input["Timeout"] = timeout.into();
                }
                if let Some(queue) = words.take("dlq") {
                    input["DeadLetterConfig"] = json!({ "TargetArn": queue_arn(&queue) });
                }
                ("lambda", "CreateFunction", input, self.cloud.upload(100))
            }
            "update-function" => {
                let mut input = json!({ "FunctionName": words.at(0) });
                if let Some(timeout) = words.seconds("timeout") {
                    input["Timeout"] = timeout.into();
                }
                ("lambda", "UpdateFunctionConfiguration", input, none)
            }
            "delete-function" => {
                ("lambda", "DeleteFunction", json!({ "FunctionName": words.at(0) }), none)
            }
            "add-permission" => {
                let input = json!({
                    "FunctionName": words.at(0),
                    "StatementId": "s3",
                    "Action": "lambda:InvokeFunction",
                    "Principal": "s3.amazonaws.com",
                    "SourceArn": format!("arn:aws:s3:::{}", words.at(1)),
                });
                ("lambda", "AddPermission", input, none)
            }
            "remove-permission" => {
                let input = json!({ "FunctionName": words.at(0), "StatementId": "s3" });
                ("lambda", "RemovePermission", input, none)
            }
            "invoke" => {
                let kind = match (words.has("async"), words.has("dry-run")) {
                    (true, _) => "Event",
                    (_, true) => "DryRun",
                    _ => "RequestResponse",
                };
                let payload = words.plain.get(1).filter(|word| word.starts_with(['{', '[']));
                let payload = payload.cloned().unwrap_or_default();
                let input = json!({ "FunctionName": words.at(0), "InvocationType": kind });
                ("lambda", "Invoke", input, Payload::Bytes(payload.into()))
            }
            "map" => ("lambda", "CreateEventSourceMapping", map(words), none),
            "update-mapping" => {
                let mut input = match words.plain.first().filter(|word| word.starts_with('{')) {
                    Some(changes) => serde_json::from_str(changes).unwrap(),
                    None => json!({ "Enabled": words.has("enabled") }),
                };
                input["UUID"] = self.mapping.as_str().into();
                ("lambda", "UpdateEventSourceMapping", input, none)
            }
            "delete-mapping" => {
                ("lambda", "DeleteEventSourceMapping", json!({ "UUID": self.mapping }), none)
            }
            other => panic!("no such command: {other}"),
        }
    }

    /// Batch entries for what was last received from a queue.
    fn entries(&self, queue: &str, more: &Value) -> Value {
        let handles = self.received.get(queue).expect("nothing was received");
        let entries = handles.iter().enumerate().map(|(at, handle)| {
            let mut entry = json!({ "Id": at.to_string(), "ReceiptHandle": handle });
            entry.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            entry
        });
        entries.collect()
    }

    fn end(&mut self, how: &str, words: Words) -> Vec<String> {
        let Some(running) = self.cloud.running.first().cloned() else {
            return vec!["no function runs".into()];
        };
        let text = words.plain.first().cloned().unwrap_or_default();
        let log_tail = Bytes::new();
        let outcome = match how {
            "function-returns" => {
                // `@hello` stands for the id of the message with that body.
                let event: Value = serde_json::from_slice(&running.payload).unwrap_or_default();
                let mut text = if text.is_empty() { "null".to_owned() } else { text };
                for record in event["Records"].as_array().into_iter().flatten() {
                    if let (Some(body), Some(id)) =
                        (record["body"].as_str(), record["messageId"].as_str())
                    {
                        text = text.replace(&format!("@{body}"), id);
                    }
                }
                let payload = if text == "nothing" { Bytes::new() } else { text.into() };
                Outcome::Succeeded { payload, log_tail }
            }
            "function-fails" => {
                let payload = json!({ "errorMessage": text, "errorType": "Error" });
                Outcome::Failed { payload: payload.to_string().into(), log_tail }
            }
            _ => {
                let error_type = "Runtime.ExitError".into();
                Outcome::Crashed { error_type, reason: text, log_tail }
            }
        };
        let before = self.cloud.steps.len();
        self.cloud.end(running.id, outcome);
        self.effects(before, None)
    }

    fn tell(&mut self, input: Input) -> Vec<String> {
        let before = self.cloud.steps.len();
        self.cloud.handle(input);
        self.effects(before, None)
    }

    /// Passes every deadline on the way, as the emulator does.
    fn advance(&mut self, by: Duration) -> Vec<String> {
        let end = self.cloud.now.after(by);
        let mut told = self.tell(Input::ClockMoves { to: end });
        while let Some(at) = self.cloud.world.next_deadline().filter(|at| *at <= end) {
            self.cloud.now = self.cloud.now.max(at);
            let news = self.tell(Input::Deadline);
            let after = self.cloud.now.since(START);
            told.extend(news.into_iter().map(|line| format!("+{after:?} {line}")));
            let next = self.cloud.world.next_deadline();
            assert!(next.is_none_or(|next| next > self.cloud.now), "a deadline stays due");
        }
        self.cloud.now = end;
        told
    }

    /// The effects of all steps since `from`, in words. The answer to `mine` goes without its name.
    fn effects(&mut self, from: usize, mine: Option<CallId>) -> Vec<String> {
        self.cloud.assert_restorable();
        let steps = self.cloud.steps.split_off(from);
        let mut told = Vec::new();
        for effect in steps.into_iter().flat_map(|step| step.effects) {
            match effect {
                Effect::Reply { call, result, .. } => {
                    let command = self.waiting.remove(&call).expect("an answer nobody waits for");
                    let answer = match result {
                        Ok(response) => self.answer(&command, response),
                        Err(refused) => vec![shown(&refused)],
                    };
                    if mine == Some(call) {
                        told.extend(answer);
                    } else {
                        told.extend(answer.iter().map(|line| format!("({command}) {line}")));
                    }
                }
                Effect::Invoke(invocation) => told.push(format!("-> {}", invoked(&invocation))),
                Effect::Abort(id) => told.push(format!("-> abort {}", id.0)),
                Effect::EndStream(id, end) => {
                    let error = end.error.map(|it| String::from_utf8_lossy(&it).into_owned());
                    told.push(format!(
                        "-> end the stream of {}: {}",
                        id.0,
                        error.as_deref().unwrap_or("ok")
                    ));
                }
                Effect::Fleet(effect) => told.push(format!("-> {effect:?}")),
                Effect::Plane(effect) => told.push(format!("-> {effect:?}")),
                Effect::RetireEnvironments(arn) => {
                    told.push(format!("-> retire the environments of {}", arn.name));
                }
                Effect::DeleteBlob(blob) => told.push(format!("-> delete {}", blob.0)),
            }
        }
        told
    }

    fn answer(&mut self, command: &str, response: Response) -> Vec<String> {
        let (value, payload) = response.encode();
        let mut words = command.trim_start_matches("in-function ").split(' ');
        match words.next().unwrap() {
            "receive-message" => {
                let messages = value["Messages"].as_array().cloned().unwrap_or_default();
                let queue = words.next().unwrap().to_owned();
                let handles = messages.iter().map(|message| message["ReceiptHandle"].as_str());
                let handles = handles.map(|handle| handle.unwrap().to_owned()).collect();
                if messages.is_empty() {
                    return vec!["nothing".into()];
                }
                self.received.insert(queue, handles);
                messages.iter().map(message).collect()
            }
            "queue" => {
                let count = |name: &str| {
                    value["Attributes"][format!("ApproximateNumberOfMessages{name}")]
                        .as_str()
                        .unwrap_or("?")
                        .to_owned()
                };
                let (visible, delayed) = (count(""), count("Delayed"));
                vec![format!(
                    "visible={visible} delayed={delayed} in-flight={}",
                    count("NotVisible")
                )]
            }
            "delete-message" | "change-visibility" => {
                let failed = value["Failed"].as_array().cloned().unwrap_or_default();
                failed.iter().map(|failed| format!("{}", failed["Code"])).collect()
            }
            "call" => vec!["ok".to_owned()],
            "map" => {
                self.mapping = value["UUID"].as_str().unwrap().to_owned();
                Vec::new()
            }
            "invoke" => {
                let mut line = value["StatusCode"].to_string();
                if let Some(error) = value["FunctionError"].as_str() {
                    line = format!("{line} {error}");
                }
                if let Payload::Bytes(bytes) = payload {
                    line = format!("{line} {}", String::from_utf8_lossy(&bytes));
                }
                vec![line]
            }
            _ => Vec::new(),
        }
    }

    /// The events since the last look, by number, each with all that led to it.
    fn causes(&mut self) -> Vec<String> {
        let trace = self.cloud.world.trace();
        let looked_at = self.looked_at;
        self.looked_at = trace.last().map_or(looked_at, |last| last.0);
        let news = trace.events().filter(|event| event.id.0 > looked_at);
        let lines = news.map(|event| {
            let causes: Vec<_> = event
                .causes()
                .map(|cause| match trace.get(cause) {
                    Some(_) => cause.0.to_string(),
                    None => format!("{} (forgotten)", cause.0),
                })
                .collect();
            let line = format!("{} {} {}", event.id.0, event.what, event.subject);
            match causes.is_empty() {
                true => line.trim_end().to_owned(),
                false => format!("{} because of {}", line.trim_end(), causes.join(", ")),
            }
        });
        lines.collect()
    }

    /// The events that came from outside, each with what followed: all of them, or those of a kind.
    fn trace(&self, what: &str) -> Vec<String> {
        let trace = self.cloud.world.trace();
        let roots = trace.events().filter(|event| {
            event.parent.is_none_or(|parent| trace.get(parent).is_none())
                && (what.is_empty() || event.what == what)
        });
        let lines = roots.flat_map(|root| trace.tree(root.id)).map(|(depth, event)| {
            let line = format!("{:1$}{2} {3}", "", depth * 2, event.what, event.subject);
            match &event.outcome {
                Some(outcome) => format!("{}: {outcome}", line.trim_end()),
                None => line.trim_end().to_owned(),
            }
        });
        lines.collect()
    }

    /// UUIDs by number, so that a story does not change with every draw from the seed.
    fn name_ids(&mut self, line: &str) -> String {
        let mut shown = String::new();
        let mut rest = line;
        while let Some(character) = rest.chars().next() {
            let word = rest.get(..36).filter(|word| is_uuid(word));
            if let Some(word) = word {
                let at = self.named.iter().position(|named| named == word).unwrap_or_else(|| {
                    self.named.push(word.to_owned());
                    self.named.len() - 1
                });
                shown.push_str(&format!("id-{}", at + 1));
                rest = &rest[36..];
            } else {
                shown.push(character);
                rest = &rest[character.len_utf8()..];
            }
        }
        shown
    }
}

fn is_uuid(word: &str) -> bool {
    word.char_indices().all(|(at, character)| match at {
        8 | 13 | 18 | 23 => character == '-',
        _ => character.is_ascii_hexdigit(),
    })
}
