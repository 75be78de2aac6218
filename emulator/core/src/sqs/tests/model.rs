//! Random commands and clock jumps, against a queue so simple that it is plainly right.

use proptest::prelude::*;
use serde_json::json;

use super::harness::{Cloud, text};
use crate::sqs::receipt::Receipt;
use crate::time::Timestamp;

const RETENTION_S: u64 = 60;
const RECEIVES_MAX: u32 = 3;

#[derive(Debug, Clone)]
enum Command {
    Send { delay_s: u64, group: u8 },
    Receive { max: usize, timeout_s: u64 },
    Delete { handle: usize },
    ChangeVisibility { handle: usize, timeout_s: u64 },
    Advance { seconds: u64 },
    Restart,
}

fn command() -> impl Strategy<Value = Command> {
    prop_oneof![
        4 => (0..4_u64, 0..3_u8).prop_map(|(delay_s, group)| Command::Send { delay_s, group }),
        4 => (1..=4_usize, 0..8_u64).prop_map(|(max, timeout_s)| Command::Receive { max, timeout_s }),
        2 => (0..20_usize).prop_map(|handle| Command::Delete { handle }),
        2 => (0..20_usize, 0..8_u64)
            .prop_map(|(handle, timeout_s)| Command::ChangeVisibility { handle, timeout_s }),
        3 => (1..20_u64).prop_map(|seconds| Command::Advance { seconds }),
        1 => Just(Command::Restart),
    ]
}

/// The plain queue: a list in the order of sending, searched from its beginning every time.
struct Model {
    fifo: bool,
    messages: Vec<ModelMessage>,
    /// Every handle ever given: the message's body and which receive it was.
    handles: Vec<(String, String, u32)>,
    sent: usize,
    deleted: usize,
    expired: usize,
    moved: usize,
}

#[derive(Clone)]
struct ModelMessage {
    body: String,
    group: u8,
    sent: Timestamp,
    available_at: Timestamp,
    receives: u32,
}

impl Model {
    fn expire(&mut self, now: Timestamp) {
        let before = self.messages.len();
        self.messages.retain(|message| message.sent.after_s(RETENTION_S) > now);
        self.expired += before - self.messages.len();
    }

    /// The bodies that a receive must return, in this order.
    fn receive(&mut self, max: usize, timeout_s: u64, now: Timestamp) -> Vec<String> {
        let mut taken: Vec<ModelMessage> = Vec::new();
        while taken.len() < max
            && let Some(at) = self.next(&taken, now)
        {
            if self.messages[at].receives == RECEIVES_MAX {
                self.messages.remove(at);
                self.moved += 1;
                continue;
            }
            let message = &mut self.messages[at];
            message.receives += 1;
            message.available_at = now.after_s(timeout_s);
            taken.push(message.clone());
        }
        taken.into_iter().map(|message| message.body).collect()
    }

    fn next(&self, taken: &[ModelMessage], now: Timestamp) -> Option<usize> {
        let is_taken = |one: &ModelMessage| taken.iter().any(|taken| taken.body == one.body);
        let visible = |one: &ModelMessage| one.available_at <= now && !is_taken(one);
        if !self.fifo {
            return self.messages.iter().position(visible);
        }
        let same_group = taken.last().and_then(|last| {
            let at = self.messages.iter().position(|one| one.body == last.body)?;
            let next = (at + 1..self.messages.len())
                .find(|next| self.messages[*next].group == last.group)?;
            visible(&self.messages[next]).then_some(next)
        });
        same_group.or_else(|| {
            (0..self.messages.len()).find(|at| {
                let one = &self.messages[*at];
                let mut group = self.messages.iter().filter(|other| other.group == one.group);
                let in_flight = |other: &ModelMessage| {
                    is_taken(other) || other.receives > 0 && other.available_at > now
                };
                visible(one)
                    && !self.messages[..*at].iter().any(|before| before.group == one.group)
                    && !group.any(in_flight)
            })
        })
    }

    /// The message of a handle, where the handle still has power over it.
    fn of_handle(&self, handle: usize, now: Timestamp) -> Option<usize> {
        let (_, body, receive) = self.handles.get(handle)?;
        let at = self.messages.iter().position(|message| message.body == *body)?;
        let message = &self.messages[at];
        let live = message.receives == *receive && message.available_at > now;
        (live || !self.fifo).then_some(at)
    }

    fn counts(&self, now: Timestamp) -> String {
        let hidden = |message: &&ModelMessage| message.available_at > now;
        let in_flight = self.messages.iter().filter(hidden).filter(|one| one.receives > 0).count();
        let delayed = self.messages.iter().filter(hidden).count() - in_flight;
        let visible = self.messages.len() - in_flight - delayed;
        assert_eq!(self.sent, self.messages.len() + self.deleted + self.expired + self.moved);
        format!("{visible} visible, {in_flight} in flight, {delayed} delayed")
    }
}

fn run(fifo: bool, commands: Vec<Command>) {
    let (queue, dead) = if fifo { ("q.fifo", "dead.fifo") } else { ("q", "dead") };
    let mut cloud = Cloud::new();
    let kind = if fifo { json!({"FifoQueue": "true"}) } else { json!({}) };
    cloud.create(dead, kind.clone());
    let redrive = json!({
        "deadLetterTargetArn": format!("arn:aws:sqs:us-east-1:000000000000:{dead}"),
        "maxReceiveCount": RECEIVES_MAX,
    });
    let mut attributes = kind;
    attributes["MessageRetentionPeriod"] = RETENTION_S.to_string().into();
    attributes["RedrivePolicy"] = redrive.to_string().into();
    cloud.create(queue, attributes);

    let mut model = Model {
        fifo,
        messages: Vec::new(),
        handles: Vec::new(),
        sent: 0,
        deleted: 0,
        expired: 0,
        moved: 0,
    };
    for command in commands {
        let now = cloud.now;
        match command {
            Command::Send { delay_s, group } => {
                let body = format!("m{}", model.sent);
                let mut input = json!({"Queue": queue, "MessageBody": body});
                if fifo {
                    input["MessageGroupId"] = group.to_string().into();
                    input["MessageDeduplicationId"] = body.clone().into();
                } else {
                    input["DelaySeconds"] = delay_s.into();
                }
                assert!(cloud.call("SendMessage", input)["MessageId"].is_string());
                let available_at = if fifo { now } else { now.after_s(delay_s) };
                model.sent += 1;
                model.messages.push(ModelMessage {
                    body,
                    group,
                    sent: now,
                    available_at,
                    receives: 0,
                });
            }
            Command::Receive { max, timeout_s } => {
                let expected = model.receive(max, timeout_s, now);
                let input = json!({
                    "Queue": queue, "MaxNumberOfMessages": max, "VisibilityTimeout": timeout_s,
                    "AttributeNames": ["ApproximateReceiveCount"],
                });
                let answer = cloud.call("ReceiveMessage", input);
                let messages = answer["Messages"].as_array().cloned().unwrap_or_default();
                let bodies: Vec<String> = messages.iter().map(|one| text(&one["Body"])).collect();
                assert_eq!(bodies, expected);
                for one in messages {
                    let count = text(&one["Attributes"]["ApproximateReceiveCount"]);
                    let (handle, body) = (text(&one["ReceiptHandle"]), text(&one["Body"]));
                    model.handles.push((handle, body, count.parse().unwrap_or_default()));
                }
            }
            Command::Delete { handle } => {
                let Some((text, body, _)) = model.handles.get(handle).cloned() else { continue };
                let there = model.messages.iter().any(|message| message.body == body);
                let found = model.of_handle(handle, now);
                let answer =
                    cloud.call("DeleteMessage", json!({"Queue": queue, "ReceiptHandle": text}));
                assert_eq!(answer == json!({}), found.is_some() || !there, "{answer}");
                if let Some(at) = found {
                    model.messages.remove(at);
                    model.deleted += 1;
                }
            }
            Command::ChangeVisibility { handle, timeout_s } => {
                let Some((text, ..)) = model.handles.get(handle).cloned() else { continue };
                let found = model.of_handle(handle, now);
                let input =
                    json!({"Queue": queue, "ReceiptHandle": text, "VisibilityTimeout": timeout_s});
                let answer = cloud.call("ChangeMessageVisibility", input);
                assert_eq!(answer == json!({}), found.is_some(), "{answer}");
                if let Some(at) = found {
                    model.messages[at].available_at = now.after_s(timeout_s);
                }
            }
            Command::Advance { seconds } => cloud.advance_s(seconds),
            Command::Restart => cloud.restart(),
        }
        model.expire(cloud.now);
        assert_eq!(cloud.counts(queue), model.counts(cloud.now));
        // The dead-letter queue keeps what arrives for longer than a run: all that moved is there.
        let arrived = cloud.sqs.queues.values().find(|one| one.arn.name.as_str() == dead);
        assert_eq!(arrived.map(|one| one.messages.iter().count()), Some(model.moved));
        check_receipts(&cloud, &model);
        cloud.check_restart();
    }
}

/// Of all handles that were given for a message, at most one is of a receive that is not over.
fn check_receipts(cloud: &Cloud, model: &Model) {
    for message in &model.messages {
        let live = model.handles.iter().filter(|(handle, body, _)| {
            *body == message.body
                && cloud.sqs.queues.values().any(|queue| {
                    Receipt::parse(handle, queue.id).is_ok_and(|receipt| queue.is_live(receipt))
                })
        });
        assert!(live.count() <= 1, "{} has two live receipts", message.body);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn a_standard_queue_is_what_the_plain_one_is(commands in prop::collection::vec(command(), 1..40)) {
        run(false, commands);
    }

    #[test]
    fn a_fifo_queue_is_what_the_plain_one_is(commands in prop::collection::vec(command(), 1..40)) {
        run(true, commands);
    }
}
