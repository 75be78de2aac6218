//! Random commands and clock jumps, against queues so simple that they are plainly right.
//!
//! `PROPTEST_CASES` says how many runs; CI makes ten thousand of each kind.

mod command;
mod plain;

use kernel::service::Service as _;
use std::collections::BTreeSet;

use command::{Command, Draft, Held, Kind, Which, commands, kind};
use kernel::call::CallId;
use plain::{Handle, Message, Plain, Poll, Refusal};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::harness::{Cloud, text};
use crate::Record;
use crate::receipt::Receipt;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_standard_queue_is_what_the_plain_one_is(kind in kind(false), commands in commands()) {
        Both::new(kind).run(commands);
    }

    #[test]
    fn a_fifo_queue_is_what_the_plain_one_is(kind in kind(true), commands in commands()) {
        Both::new(kind).run(commands);
    }
}

/// The queues and the plain ones, side by side.
struct Both {
    cloud: Cloud,
    plain: Plain,
    /// Every handle ever given.
    handles: Vec<Handle>,
    /// Every message id ever given.
    ids: BTreeSet<String>,
    task_handle: Option<String>,
    entries: usize,
}

impl Both {
    fn new(kind: Kind) -> Self {
        let mut both = Self {
            cloud: Cloud::new(),
            plain: Plain::new(kind.clone(), Cloud::new().now),
            handles: Vec::new(),
            ids: BTreeSet::new(),
            task_handle: None,
            entries: 0,
        };
        let mut attributes = json!({});
        if kind.fifo {
            attributes = json!({
                "FifoQueue": "true",
                "ContentBasedDeduplication": kind.by_content.to_string(),
                "DeduplicationScope": if kind.per_group { "messageGroup" } else { "queue" },
            });
        }
        let mut dead = attributes.clone();
        dead["MessageRetentionPeriod"] = kind.dead_retention_s.to_string().into();
        let redrive = json!({"deadLetterTargetArn": both.arn(Which::Dead), "maxReceiveCount": kind.receives_max});
        attributes["RedrivePolicy"] = redrive.to_string().into();
        both.cloud.create(both.name(Which::Dead), dead);
        both.cloud.create(both.name(Which::Orders), attributes);
        both.run(vec![Command::Set { settings: kind.settings }]);
        both
    }

    fn run(&mut self, commands: Vec<Command>) {
        for command in commands {
            self.perform(command);
            self.cloud.advance_ms(0);
            self.plain.pass(Which::Dead);
            self.plain.pass(Which::Orders);
            self.check();
        }
    }

    fn perform(&mut self, command: Command) {
        match command {
            Command::Send { to, draft } => {
                let answer = self.call("SendMessage", to, self.drafted(&draft));
                let checked = self.plain.check(&draft);
                self.compare_sent(to, &draft, checked, &answer, error);
                self.plain.serve(to);
            }
            Command::SendBatch { to, drafts } => self.send_batch(to, &drafts),
            Command::Receive { from, max, visibility_s, wait_s } => {
                self.receive(from, max, visibility_s, wait_s);
            }
            Command::Delete { from, held } => {
                let (handle, text) = self.handle(held);
                let answer = self.call("DeleteMessage", from, json!({"ReceiptHandle": text}));
                let expected = self.plain.delete(from, handle.as_ref());
                assert_eq!(outcome(&answer), expected);
                self.plain.serve(from);
            }
            Command::DeleteBatch { from, held } => {
                let held: Vec<_> = held.into_iter().map(|held| self.handle(held)).collect();
                let entries = held.iter().map(|(_, text)| json!({"ReceiptHandle": text}));
                let outcomes = self.batch("DeleteMessageBatch", from, entries.collect());
                for ((handle, _), outcome) in held.iter().zip(outcomes) {
                    assert_eq!(
                        outcome_of_entry(&outcome),
                        self.plain.delete(from, handle.as_ref())
                    );
                }
                self.plain.serve(from);
            }
            Command::ChangeVisibility { of, held, timeout_s } => {
                let (handle, text) = self.handle(held);
                let input = json!({"ReceiptHandle": text, "VisibilityTimeout": timeout_s});
                let answer = self.call("ChangeMessageVisibility", of, input);
                let expected = self.plain.change_visibility(of, handle.as_ref(), timeout_s);
                assert_eq!(outcome(&answer), expected);
                self.plain.serve(of);
            }
            Command::ChangeVisibilityBatch { of, held } => {
                let held: Vec<_> = held
                    .into_iter()
                    .map(|(held, timeout_s)| (self.handle(held), timeout_s))
                    .collect();
                let entries = held.iter().map(|((_, text), timeout_s)| {
                    json!({"ReceiptHandle": text, "VisibilityTimeout": timeout_s})
                });
                let outcomes = self.batch("ChangeMessageVisibilityBatch", of, entries.collect());
                for (((handle, _), timeout_s), outcome) in held.iter().zip(outcomes) {
                    let expected = self.plain.change_visibility(of, handle.as_ref(), *timeout_s);
                    assert_eq!(outcome_of_entry(&outcome), expected);
                }
                self.plain.serve(of);
            }
            Command::Set { settings } => {
                let attributes = json!({
                    "DelaySeconds": settings.delay_s.to_string(),
                    "VisibilityTimeout": settings.visibility_s.to_string(),
                    "MessageRetentionPeriod": settings.retention_s.to_string(),
                    "ReceiveMessageWaitTimeSeconds": settings.wait_s.to_string(),
                });
                let input = json!({"Attributes": attributes});
                assert_eq!(self.call("SetQueueAttributes", Which::Orders, input), json!({}));
                self.plain.set(settings);
            }
            Command::Purge { which } => {
                let answer = self.call("PurgeQueue", which, json!({}));
                assert_eq!(outcome(&answer), self.plain.purge(which));
            }
            Command::StartMove { to_orders, per_s } => {
                let mut input = json!({"SourceArn": self.arn(Which::Dead)});
                if to_orders {
                    input["DestinationArn"] = self.arn(Which::Orders).into();
                }
                if let Some(per_s) = per_s {
                    input["MaxNumberOfMessagesPerSecond"] = per_s.into();
                }
                let answer = self.cloud.call("StartMessageMoveTask", input);
                let expected = self.plain.start_move(to_orders, per_s);
                assert_eq!(error(&answer), expected.err());
                if let Some(handle) = answer["TaskHandle"].as_str() {
                    self.task_handle = Some(handle.into());
                }
            }
            Command::CancelMove => {
                let Some(handle) = &self.task_handle else { return };
                let answer =
                    self.cloud.call("CancelMessageMoveTask", json!({"TaskHandle": handle}));
                match self.plain.cancel_move() {
                    Ok(moved) => {
                        assert_eq!(answer, json!({"ApproximateNumberOfMessagesMoved": moved}));
                    }
                    Err(refused) => assert_eq!(error(&answer), Some(refused)),
                }
            }
            Command::Disconnect { poll } => {
                if poll < self.plain.polls.len() {
                    let call = CallId(self.plain.polls.remove(poll).call);
                    self.cloud.handle(|sqs, cx| sqs.disconnected(cx.deadlines, call));
                }
            }
            Command::Advance { ms } => {
                self.cloud.advance_ms(ms);
                self.plain.advance(self.cloud.now);
            }
            Command::Restart => {
                self.cloud.restart();
                self.plain.polls.clear();
            }
        }
    }

    fn send_batch(&mut self, to: Which, drafts: &[Draft]) {
        let entries = drafts.iter().map(|draft| self.drafted(draft)).collect();
        let outcomes = self.batch("SendMessageBatch", to, entries);
        let kind = &self.plain.kind;
        // What every message of a FIFO queue must have is asked of the batch as a whole.
        let lacking = |draft: &Draft| draft.deduplication.is_none();
        if kind.fifo && !kind.by_content && drafts.iter().any(lacking) {
            let all = outcomes.iter().all(|one| error(one) == Some("InvalidParameterValue"));
            assert!(all, "{outcomes:?}");
            return;
        }
        for (draft, outcome) in drafts.iter().zip(outcomes) {
            let checked = self.plain.check(draft);
            self.compare_sent(to, draft, checked, &outcome, |outcome| outcome["Code"].as_str());
        }
        self.plain.serve(to);
    }

    /// A message was sent, or it was refused, or it was the same as an earlier one.
    fn compare_sent(
        &mut self,
        to: Which,
        draft: &Draft,
        checked: Result<Option<String>, Refusal>,
        answer: &Value,
        refusal: impl for<'a> Fn(&'a Value) -> Option<&'a str>,
    ) {
        let deduplication = match checked {
            Err(refused) => return assert_eq!(refusal(answer), Some(refused), "{answer}"),
            Ok(deduplication) => deduplication,
        };
        let (id, number) = (answer["MessageId"].as_str(), answer["SequenceNumber"].as_str());
        let group = format!("g{}", draft.group);
        let first = deduplication.as_deref().and_then(|it| self.plain.duplicate(to, it, &group));
        if let Some((first, first_number)) = first {
            return assert_eq!((id, number), (Some(&*first), Some(&*first_number)), "{answer}");
        }
        let id = id.unwrap_or_else(|| panic!("not sent: {answer}"));
        assert!(self.ids.insert(id.into()), "{id} is another message's");
        assert_eq!(number.is_some(), self.plain.kind.fifo);
        self.plain.send(to, draft, deduplication, id.into(), number.map(str::to_owned));
    }

    fn receive(&mut self, from: Which, max: usize, visibility_s: Option<u64>, wait_s: Option<u64>) {
        let mut input = json!({"MaxNumberOfMessages": max, "AttributeNames": ["All"]});
        if let Some(visibility_s) = visibility_s {
            input["VisibilityTimeout"] = visibility_s.into();
        }
        if let Some(wait_s) = wait_s {
            input["WaitTimeSeconds"] = wait_s.into();
        }
        let answer = self.call("ReceiveMessage", from, input);
        if visibility_s.is_some_and(|visibility_s| visibility_s > 43_200) {
            return assert_eq!(error(&answer), Some("InvalidParameterValue"));
        }
        let expected = self.plain.receive(from, max, visibility_s);
        let wait_s = wait_s.unwrap_or(self.plain.wait_s(from));
        if expected.is_empty() && wait_s > 0 {
            assert_eq!(answer, Value::Null, "it waits");
            let (call, until) = (self.cloud.last_call().0, self.cloud.now.after_s(wait_s));
            self.plain.polls.push(Poll { call, from, until, max, visibility_s });
        } else {
            self.compare_received(from, &expected, &answer);
        }
    }

    fn compare_received(&mut self, from: Which, expected: &[Message], answer: &Value) {
        let nothing = Vec::new();
        let received = answer["Messages"].as_array().unwrap_or(&nothing);
        let shown: Vec<Value> =
            received.iter().map(|one| json!([one["Body"], one["Attributes"]])).collect();
        let wanted: Vec<Value> = expected
            .iter()
            .zip(received.iter().chain(std::iter::repeat(&Value::Null)))
            .map(|(one, received)| json!([one.body, self.attributes(one, received)]))
            .collect();
        assert_eq!(shown, wanted);
        for (one, message) in received.iter().zip(expected) {
            let id = text(&one["MessageId"]);
            match &message.id {
                Some(known) => assert_eq!(id, *known),
                None => drop(self.ids.insert(id.clone())),
            }
            let kept = self.plain.queue(from).messages.iter_mut();
            for kept in kept.filter(|kept| kept.arrival == message.arrival) {
                kept.id = Some(id.clone());
                kept.sequence_number =
                    one["Attributes"]["SequenceNumber"].as_str().map(str::to_owned);
            }
            self.handles.push(Handle {
                text: text(&one["ReceiptHandle"]),
                from,
                arrival: message.arrival,
                receive: message.receives,
            });
        }
    }

    /// The system attributes of a message as it is received; `number` is said where a message moved.
    /// What the plain queue cannot know before it sees it, it takes from what was received.
    fn attributes(&self, message: &Message, received: &Value) -> Value {
        let seen = |name: &str| received["Attributes"][name].as_str().map(str::to_owned);
        let mut attributes = Map::new();
        let mut has = |name: &str, value: Option<String>| {
            attributes.extend(value.map(|value| (name.to_owned(), Value::from(value))));
        };
        has("SenderId", Some("000000000000".into()));
        has("SentTimestamp", Some(message.sent.as_ms().to_string()));
        has("ApproximateReceiveCount", Some(message.receive_count().to_string()));
        let first = message.first_received.map(|at| at.as_ms().to_string());
        has("ApproximateFirstReceiveTimestamp", first);
        has("MessageGroupId", Some(message.group.clone()));
        let deduplication = match (self.plain.kind.fifo, message.from_orders) {
            (false, _) => None,
            // A dead letter is its own duplicate.
            (true, true) => received["MessageId"].as_str().map(str::to_owned),
            (true, false) => {
                message.deduplication.clone().or_else(|| seen("MessageDeduplicationId"))
            }
        };
        has("MessageDeduplicationId", deduplication);
        has("DeadLetterQueueSourceArn", message.from_orders.then(|| self.arn(Which::Orders)));
        if self.plain.kind.fifo {
            let number = message.sequence_number.clone().or_else(|| seen("SequenceNumber"));
            has("SequenceNumber", number);
        }
        attributes.into()
    }

    /// Everything that can be seen from outside, and that what is stored says the same.
    fn check(&mut self) {
        self.check_answered();
        for which in [Which::Dead, Which::Orders] {
            let name = self.name(which);
            assert_eq!(self.cloud.counts(name), self.plain.counts(which), "{name}");
            assert_eq!(self.stored(which), self.plain_contents(which), "{name}");
        }
        self.check_receipts();
        self.check_task();
        self.cloud.check_restart();
    }

    fn check_answered(&mut self) {
        let mut answered: Vec<_> = self.cloud.answered.drain(..).collect();
        let mut expected = std::mem::take(&mut self.plain.answered);
        answered.sort_by_key(|(call, _)| *call);
        expected.sort_by_key(|(call, ..)| *call);
        let calls = |all: &[(u64, Value)]| all.iter().map(|(call, _)| *call).collect::<Vec<_>>();
        assert_eq!(calls(&answered), expected.iter().map(|(call, ..)| *call).collect::<Vec<_>>());
        for ((_, answer), (_, from, messages)) in answered.iter().zip(&expected) {
            self.compare_received(*from, messages, answer);
        }
    }

    /// Body, sent timestamp and receive count of what the store has of a queue, in the queue's order.
    fn stored(&self, which: Which) -> Vec<(String, u64, u32)> {
        let name = self.name(which);
        let id = self.cloud.sqs.queues.values().find(|queue| queue.arn.name.as_str() == name);
        let id = id.map(|queue| queue.id);
        let receives = |message: &crate::MessageRecord| {
            self.cloud.store.values().find_map(|record| match record {
                Record::MessageState(state)
                    if (Some(state.queue), state.sequence) == (id, message.sequence) =>
                {
                    Some(state.receives)
                }
                _ => None,
            })
        };
        let messages = self.cloud.store.values().filter_map(|record| match record {
            Record::Message(message) if Some(message.queue) == id => Some(message),
            _ => None,
        });
        messages
            .map(|message| {
                let content = &message.content;
                let count = receives(message).unwrap_or(content.receives_before);
                (content.body.text().to_owned(), content.sent.as_ms(), count)
            })
            .collect()
    }

    fn plain_contents(&mut self, which: Which) -> Vec<(String, u64, u32)> {
        let messages = &self.plain.queue(which).messages;
        let numbers: Vec<_> =
            messages.iter().filter_map(|one| one.sequence_number.as_ref()).collect();
        assert!(numbers.is_sorted_by(|one, next| one < next), "{numbers:?} is the order");
        messages
            .iter()
            .map(|one| (one.body.clone(), one.sent.as_ms(), one.receive_count()))
            .collect()
    }

    /// Of all handles that were given for a message, at most one is of a receive that is not over.
    fn check_receipts(&self) {
        let mut live = BTreeSet::new();
        for handle in &self.handles {
            let is_live = self.cloud.sqs.queues.values().any(|queue| {
                Receipt::parse(&handle.text, queue.id).is_ok_and(|receipt| queue.is_live(receipt))
            });
            assert!(!is_live || live.insert(handle.arrival), "two live receipts");
        }
    }

    fn check_task(&mut self) {
        let input = json!({"SourceArn": self.arn(Which::Dead)});
        let answer = self.cloud.call("ListMessageMoveTasks", input);
        let listed = &answer["Results"][0];
        let shown = |name: &str| listed[format!("ApproximateNumberOfMessages{name}")].as_u64();
        let expected = self.plain.task.as_ref();
        assert_eq!(listed["Status"].as_str(), expected.map(|task| task.status));
        assert_eq!(shown("Moved"), expected.map(|task| task.moved as u64));
        assert_eq!(shown("ToMove"), expected.map(|task| task.to_move as u64));
    }

    fn name(&self, which: Which) -> &'static str {
        match (which, self.plain.kind.fifo) {
            (Which::Dead, false) => "dead",
            (Which::Dead, true) => "dead.fifo",
            (Which::Orders, false) => "orders",
            (Which::Orders, true) => "orders.fifo",
        }
    }

    fn arn(&self, which: Which) -> String {
        format!("arn:aws:sqs:us-east-1:000000000000:{}", self.name(which))
    }

    fn call(&mut self, operation: &str, queue: Which, mut input: Value) -> Value {
        input["Queue"] = self.name(queue).into();
        self.cloud.call(operation, input)
    }

    /// The outcome of each entry in the order asked: the entry's own, or the error of the whole.
    fn batch(&mut self, operation: &str, queue: Which, mut entries: Vec<Value>) -> Vec<Value> {
        for entry in &mut entries {
            self.entries += 1;
            entry["Id"] = self.entries.to_string().into();
        }
        let answer = self.call(operation, queue, json!({"Entries": entries}));
        let outcome = |entry: &Value| {
            let all = ["Successful", "Failed"].map(|list| answer[list].as_array()).into_iter();
            let found = all.flatten().flatten().find(|one| one["Id"] == entry["Id"]);
            found.unwrap_or(&answer).clone()
        };
        entries.iter().map(outcome).collect()
    }

    /// A message as it is sent.
    fn drafted(&self, draft: &Draft) -> Value {
        let mut input = json!({
            "MessageBody": format!("m{}", draft.body),
            "MessageGroupId": format!("g{}", draft.group),
        });
        if let Some(delay_s) = draft.delay_s {
            input["DelaySeconds"] = delay_s.into();
        }
        if let Some(id) = draft.deduplication.filter(|_| self.plain.kind.fifo) {
            input["MessageDeduplicationId"] = format!("id{id}").into();
        }
        input
    }

    fn handle(&self, held: Held) -> (Option<Handle>, String) {
        let given = match held {
            Held::Given { ago } => self.handles.iter().rev().nth(ago).cloned(),
            Held::Garbage => None,
        };
        let text = given.as_ref().map_or_else(|| "garbage".into(), |handle| handle.text.clone());
        (given, text)
    }
}

/// The code of an answer that is an error: `400 InvalidParameterValue: …`.
fn error(answer: &Value) -> Option<&str> {
    answer["Error"].as_str()?.split([' ', ':']).nth(1)
}

fn outcome(answer: &Value) -> Result<(), &str> {
    match error(answer) {
        Some(code) => Err(code),
        None => Ok(()),
    }
}

fn outcome_of_entry(entry: &Value) -> Result<(), &str> {
    match entry["Code"].as_str() {
        Some(code) => Err(code),
        None => Ok(()),
    }
}
