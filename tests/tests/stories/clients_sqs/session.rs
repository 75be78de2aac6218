//! The session of `clients/sqs_session.py` by the AWS SDK for Rust.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::time::Duration;

use anyhow::{Context as _, Result};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sqs::primitives::Blob;
use aws_sdk_sqs::types::{
    BatchResultErrorEntry, ChangeMessageVisibilityBatchRequestEntry,
    ChangeMessageVisibilityBatchResultEntry, DeleteMessageBatchRequestEntry,
    DeleteMessageBatchResultEntry, Message, MessageAttributeValue,
    MessageSystemAttributeName as System, MessageSystemAttributeNameForSends,
    MessageSystemAttributeValue, QueueAttributeName as Attribute, SendMessageBatchRequestEntry,
    SendMessageBatchResultEntry,
};
use cloudless::Emulator;
use serde_json::Value;

/// Plays the session and says what the client saw.
pub async fn play(emulator: &Emulator) -> Result<String> {
    let sqs = Client::new(&emulator.sdk_config());
    let mut session = Session { sqs, emulator, seen: Vec::new(), types: BTreeSet::new() };
    let queues = session.queues().await?;
    session.tags_and_permissions(&queues).await?;
    session.a_message(&queues).await?;
    session.batches(&queues).await?;
    session.fifo(&queues).await?;
    session.dead_letters(&queues).await?;
    session.purge_and_poll(&queues).await?;
    session.refusals(&queues).await?;
    let types: Vec<_> = session.types.into_iter().collect();
    session.seen.push(format!("* typed: {}", types.join(" ")));
    Ok(session.seen.join("\n"))
}

struct Session<'a> {
    sqs: Client,
    emulator: &'a Emulator,
    seen: Vec<String>,
    types: BTreeSet<String>,
}

struct Queues {
    orders: String,
    fifo: String,
    dead: String,
    dead_arn: String,
}

impl Session<'_> {
    fn see(&mut self, what: &str, seen: impl std::fmt::Display) {
        self.seen.push(format!("{what}: {seen}"));
    }

    async fn queues(&mut self) -> Result<Queues> {
        let dead = self.create("session-dead", &[]).await?;
        let dead_arn = self.attribute(&dead, Attribute::QueueArn).await?;
        let redrive = format!(r#"{{"deadLetterTargetArn":"{dead_arn}","maxReceiveCount":2}}"#);
        let settings =
            [(Attribute::VisibilityTimeout, "30"), (Attribute::RedrivePolicy, &*redrive)];
        let orders = self.create("session-orders", &settings).await?;
        let settings =
            [(Attribute::FifoQueue, "true"), (Attribute::ContentBasedDeduplication, "true")];
        let fifo = self.create("session-steps.fifo", &settings).await?;
        let listed = self.sqs.list_queues().queue_name_prefix("session-").send().await?;
        self.see("queues", names(listed.queue_urls()));
        let again = self.create("session-orders", &[(Attribute::VisibilityTimeout, "30")]).await?;
        let found = self.sqs.get_queue_url().queue_name("session-orders").send().await?;
        let same = again == orders && found.queue_url() == Some(&*orders);
        self.see("created again", if same { "True" } else { "False" });
        let sources = self.sqs.list_dead_letter_source_queues().queue_url(&dead).send().await?;
        self.see("dead letters of", names(sources.queue_urls()));
        let set = self.sqs.set_queue_attributes().queue_url(&orders);
        set.attributes(Attribute::VisibilityTimeout, "45").send().await?;
        let get = self.sqs.get_queue_attributes().queue_url(&orders);
        let wanted =
            [Attribute::VisibilityTimeout, Attribute::MaximumMessageSize, Attribute::DelaySeconds];
        let answer = get.set_attribute_names(Some(wanted.into())).send().await?;
        let mut known: Vec<_> = answer.attributes().into_iter().flatten().collect();
        known.sort_by_key(|(name, _)| name.as_str());
        let known = known.iter().map(|(name, value)| format!("{}={value}", name.as_str()));
        self.see("attributes", known.collect::<Vec<_>>().join(" "));
        Ok(Queues { orders, fifo, dead, dead_arn })
    }

    async fn tags_and_permissions(&mut self, queues: &Queues) -> Result<()> {
        let url = &queues.orders;
        let tag = self.sqs.tag_queue().queue_url(url).tags("team", "shop");
        tag.tags("cost centre", "+7@home").send().await?;
        self.sqs.untag_queue().queue_url(url).tag_keys("team").send().await?;
        let tags = self.sqs.list_queue_tags().queue_url(url).send().await?;
        let tags = tags.tags().into_iter().flatten();
        let tags: Vec<_> = tags.map(|(key, value)| format!("\"{key}\": \"{value}\"")).collect();
        self.see("tags", format!("{{{}}}", tags.join(", ")));
        let add = self.sqs.add_permission().queue_url(url).label("partner");
        add.aws_account_ids("111122223333").actions("SendMessage").send().await?;
        let policy: Value = serde_json::from_str(&self.attribute(url, Attribute::Policy).await?)?;
        let statement = &policy["Statement"][0];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let said = [&statement["Sid"], &statement["Principal"]["AWS"], &statement["Action"]];
        self.see("permission", said.map(text).join(" "));
        self.sqs.remove_permission().queue_url(url).label("partner").send().await?;
        let policy = self.attribute(url, Attribute::Policy).await?;
        let policy: Value = serde_json::from_str(&policy).unwrap_or_default();
        self.see("permissions left", policy["Statement"].as_array().map_or(0, Vec::len));
        Ok(())
    }

    async fn a_message(&mut self, queues: &Queues) -> Result<()> {
        let url = &queues.orders;
        let typed = |data_type: &str| MessageAttributeValue::builder().data_type(data_type);
        let trace = MessageSystemAttributeValue::builder().data_type("String");
        let trace = trace.string_value("Root=1-5759e988-bd862e3fe1be46a994272793").build()?;
        let picture = typed("Binary").binary_value(Blob::new(b"\x01bytes")).build()?;
        let send = self.sqs.send_message().queue_url(url).message_body("a bowl & <a mug>");
        let sent = send
            .message_attributes("n.integer", typed("Number").string_value("7").build()?)
            .message_attributes("n.custom", typed("String.colour").string_value("grün").build()?)
            .message_attributes("picture", picture)
            .message_system_attributes(MessageSystemAttributeNameForSends::AwsTraceHeader, trace)
            .send()
            .await?;
        let digests = [sent.md5_of_message_body(), sent.md5_of_message_attributes()];
        self.see("sent", digests.map(Option::unwrap_or_default).join(" "));
        let wanted = [System::ApproximateReceiveCount, System::AwsTraceHeader];
        let receive = self.sqs.receive_message().queue_url(url).message_attribute_names("n.*");
        let receive = receive.set_message_system_attribute_names(Some(wanted.to_vec()));
        let answer = receive.send().await?;
        let message = answer.messages().first().context("a message")?;
        let same = message.message_id() == sent.message_id();
        let same = if same { "True" } else { "False" };
        self.see("received", format!("{} {same}", message.body().unwrap_or_default()));
        self.see("with", wanted.map(|name| system(message, &name)).join(" "));
        let mut own: Vec<_> = message.message_attributes().into_iter().flatten().collect();
        own.sort_by_key(|(name, _)| *name);
        let own = own.iter().map(|(name, value)| {
            format!("{name} {} {}", value.data_type(), value.string_value().unwrap_or_default())
        });
        self.see("and", own.collect::<Vec<_>>().join(" "));
        let change = self.sqs.change_message_visibility().queue_url(url);
        change.receipt_handle(handle(message)).visibility_timeout(0).send().await?;
        let receive = self.sqs.receive_message().queue_url(url).message_attribute_names("All");
        let answer = receive.message_system_attribute_names(System::All).send().await?;
        let message = answer.messages().first().context("the message again")?;
        let picture = message.message_attributes().and_then(|all| all.get("picture"));
        let picture = picture.and_then(|it| it.binary_value()).context("a picture")?;
        let shown = picture.as_ref().escape_ascii();
        let count = system(message, &System::ApproximateReceiveCount);
        self.see("again", format!("{count} b'{shown}'"));
        self.sqs.delete_message().queue_url(url).receipt_handle(handle(message)).send().await?;
        let left = self.receive(url, 10).await?.len();
        self.see("deleted", left);
        Ok(())
    }

    async fn batches(&mut self, queues: &Queues) -> Result<()> {
        let url = &queues.orders;
        let mut send = self.sqs.send_message_batch().queue_url(url);
        for (id, body) in [("one", "one"), ("two", "\u{1}"), ("three", "three")] {
            let entry = SendMessageBatchRequestEntry::builder().id(id).message_body(body);
            send = send.entries(entry.build()?);
        }
        let sent = send.send().await?;
        let ids: Vec<_> = sent.successful().iter().map(SendMessageBatchResultEntry::id).collect();
        self.see("batch", outcome(&ids, sent.failed()));
        let mut change = self.sqs.change_message_visibility_batch().queue_url(url);
        for (at, message) in self.receive(url, 10).await?.iter().enumerate() {
            let entry = ChangeMessageVisibilityBatchRequestEntry::builder().id(format!("n{at}"));
            let entry = entry.receipt_handle(handle(message)).visibility_timeout(0);
            change = change.entries(entry.build()?);
        }
        let changed = change.send().await?;
        let ids: Vec<_> =
            changed.successful().iter().map(ChangeMessageVisibilityBatchResultEntry::id).collect();
        self.see("shown", outcome(&ids, changed.failed()));
        let received = self.receive(url, 10).await?;
        self.see("received", bodies(&received));
        let mut handles: Vec<_> = received.iter().map(handle).collect();
        handles.push("garbage");
        let deleted = self.delete(url, &handles).await?;
        self.see("deleted", deleted);
        Ok(())
    }

    async fn fifo(&mut self, queues: &Queues) -> Result<()> {
        let url = &queues.fifo;
        let first = self.send_in_group(url, "ann", "a1").await?;
        let twice = self.send_in_group(url, "ann", "a1").await?;
        self.see("sent twice", if first == twice { "True" } else { "False" });
        for (group, body) in [("ann", "a2"), ("bob", "b1")] {
            self.send_in_group(url, group, body).await?;
        }
        let one = self.receive(url, 1).await?;
        let meanwhile = self.receive(url, 10).await?;
        self.delete(url, &one.iter().map(handle).collect::<Vec<_>>()).await?;
        let receive = self.sqs.receive_message().queue_url(url).max_number_of_messages(10);
        let receive = receive.message_system_attribute_names(System::MessageGroupId);
        let receive = receive.message_system_attribute_names(System::MessageDeduplicationId);
        let rest = receive.send().await?.messages.unwrap_or_default();
        let order = [&one, &meanwhile, &rest].map(|messages| bodies(messages));
        self.see("in order", order.join(" | "));
        let last = rest.first().context("the last message")?;
        let id = system(last, &System::MessageDeduplicationId);
        let id = id.get(..8).unwrap_or_default();
        self.see("group", format!("{} {id}", system(last, &System::MessageGroupId)));
        let all: Vec<_> = meanwhile.iter().chain(&rest).map(handle).collect();
        self.delete(url, &all).await?;
        Ok(())
    }

    async fn dead_letters(&mut self, queues: &Queues) -> Result<()> {
        let Queues { orders, dead, dead_arn, .. } = queues;
        for body in ["poison", "venom"] {
            self.sqs.send_message().queue_url(orders).message_body(body).send().await?;
        }
        let mut tried = Vec::new();
        for _ in 0..3 {
            let receive = self.sqs.receive_message().queue_url(orders).visibility_timeout(0);
            let received = receive.max_number_of_messages(10).send().await?;
            tried.push(received.messages().len().to_string());
        }
        self.see("tried", tried.join(" "));
        let receive = self.sqs.receive_message().queue_url(dead).visibility_timeout(0);
        let receive = receive.message_system_attribute_names(System::All);
        for letter in receive.max_number_of_messages(10).send().await?.messages() {
            let known = [System::ApproximateReceiveCount, System::DeadLetterQueueSourceArn];
            let known = known.map(|name| system(letter, &name)).join(" ");
            self.see("dead", format!("{} {known}", letter.body().unwrap_or_default()));
        }
        let start = || self.sqs.start_message_move_task().source_arn(dead_arn);
        let task = start().max_number_of_messages_per_second(1).send().await?;
        let task = task.task_handle().context("a task")?.to_owned();
        self.emulator.advance(Duration::from_secs(1)).await?;
        let stopped = self.sqs.cancel_message_move_task().task_handle(&task).send().await?;
        start().send().await?;
        self.emulator.advance(Duration::from_secs(1)).await?;
        let list = self.sqs.list_message_move_tasks().source_arn(dead_arn).max_results(10);
        let told: Vec<_> = list
            .send()
            .await?
            .results()
            .iter()
            .map(|task| {
                let status = task.status().unwrap_or_default();
                format!("{status} {}", task.approximate_number_of_messages_moved())
            })
            .collect();
        let late = self.sqs.cancel_message_move_task().task_handle(&task).send().await;
        let late = self.refused(late);
        let (moved, told) = (stopped.approximate_number_of_messages_moved(), told.join(", "));
        let back = bodies(&self.receive(orders, 10).await?);
        self.see("* moved back", format!("{moved}, then {told}; {back}; {late}"));
        Ok(())
    }

    async fn purge_and_poll(&mut self, queues: &Queues) -> Result<()> {
        let url = &queues.fifo;
        self.send_in_group(url, "ann", "to be purged").await?;
        self.sqs.purge_queue().queue_url(url).send().await?;
        let left = self.attribute(url, Attribute::ApproximateNumberOfMessages).await?;
        self.see("purged", left);

        let quiet = self.create("session-quiet", &[]).await?;
        let polls = || {
            let trace = self.emulator.trace();
            trace.iter().filter(|event| event.what == "sqs:ReceiveMessage").count()
        };
        let before = polls();
        let receive = self.sqs.receive_message().queue_url(&quiet).wait_time_seconds(20);
        let poll = tokio::spawn(async move { receive.send().await });
        while polls() == before {
            tokio::task::yield_now().await;
        }
        self.sqs.send_message().queue_url(&quiet).message_body("good morning").send().await?;
        let polled = poll.await??;
        self.see("woken by", bodies(polled.messages()));
        Ok(())
    }

    async fn refusals(&mut self, queues: &Queues) -> Result<()> {
        let (sqs, Queues { orders, fifo, dead, .. }) = (self.sqs.clone(), queues);
        let entry = SendMessageBatchRequestEntry::builder().id("one").message_body("one");
        let entry = entry.build()?;
        let batch = || sqs.send_message_batch().queue_url(orders);
        let send = |url: &str, body: &str| sqs.send_message().queue_url(url).message_body(body);
        let set =
            |name, value| sqs.set_queue_attributes().queue_url(orders).attributes(name, value);
        let create = sqs.create_queue().queue_name("session-dead");
        let create = create.attributes(Attribute::DelaySeconds, "7");
        let delete = sqs.delete_message().queue_url(orders).receipt_handle("garbage");
        let none = format!("{orders}-none");
        let told = [
            (
                "no such queue",
                self.refused(sqs.get_queue_url().queue_name("session-none").send().await),
            ),
            ("no such queue to send to", self.refused(send(&none, "x").send().await)),
            ("no handle", self.refused(delete.send().await)),
            ("other attributes", self.refused(create.send().await)),
            ("an empty batch", self.refused(batch().set_entries(Some(vec![])).send().await)),
            (
                "one id twice",
                self.refused(batch().entries(entry.clone()).entries(entry).send().await),
            ),
            ("no character", self.refused(send(orders, "\u{1}").send().await)),
            ("no group", self.refused(send(fifo, "x").send().await)),
            ("purged a moment ago", self.refused(sqs.purge_queue().queue_url(fifo).send().await)),
            ("no such attribute", self.refused(set(Attribute::from("Wings"), "2").send().await)),
            (
                "no such value",
                self.refused(set(Attribute::VisibilityTimeout, "43201").send().await),
            ),
        ];
        told.into_iter().for_each(|(what, code)| self.see(what, code));
        let quiet = orders.replace("orders", "quiet");
        for url in [orders, fifo, dead, &quiet] {
            sqs.delete_queue().queue_url(url).send().await?;
        }
        let gone = self.refused(sqs.get_queue_url().queue_name("session-orders").send().await);
        self.see("deleted", gone);
        let soon = self.refused(sqs.create_queue().queue_name("session-orders").send().await);
        self.see("too soon", soon);
        Ok(())
    }

    async fn create(&self, name: &str, attributes: &[(Attribute, &str)]) -> Result<String> {
        let mut create = self.sqs.create_queue().queue_name(name);
        for (attribute, value) in attributes {
            create = create.attributes(attribute.clone(), *value);
        }
        create.send().await?.queue_url.context("a queue has a URL")
    }

    /// Empty where the queue has no such attribute.
    async fn attribute(&self, url: &str, name: Attribute) -> Result<String> {
        let get = self.sqs.get_queue_attributes().queue_url(url).attribute_names(name.clone());
        let answer = get.send().await?;
        Ok(answer.attributes().and_then(|all| all.get(&name)).cloned().unwrap_or_default())
    }

    async fn receive(&self, url: &str, most: i32) -> Result<Vec<Message>> {
        let receive = self.sqs.receive_message().queue_url(url).max_number_of_messages(most);
        Ok(receive.send().await?.messages.unwrap_or_default())
    }

    async fn delete(&self, url: &str, handles: &[&str]) -> Result<String> {
        let mut delete = self.sqs.delete_message_batch().queue_url(url);
        for (at, handle) in handles.iter().enumerate() {
            let entry = DeleteMessageBatchRequestEntry::builder().id(format!("n{at}"));
            delete = delete.entries(entry.receipt_handle(*handle).build()?);
        }
        let deleted = delete.send().await?;
        let ids: Vec<_> =
            deleted.successful().iter().map(DeleteMessageBatchResultEntry::id).collect();
        Ok(outcome(&ids, deleted.failed()))
    }

    /// The message's id and sequence number.
    async fn send_in_group(
        &self,
        url: &str,
        group: &str,
        body: &str,
    ) -> Result<[Option<String>; 2]> {
        let send = self.sqs.send_message().queue_url(url).message_body(body);
        let sent = send.message_group_id(group).send().await?;
        Ok([sent.message_id, sent.sequence_number])
    }

    /// The code of a refusal; notes which variant of the operation's error it is.
    fn refused<T, E>(&mut self, result: Result<T, SdkError<E>>) -> String
    where
        E: ProvideErrorMetadata + Debug,
    {
        let Err(error) = result else { return "not refused".into() };
        let variant = format!("{:?}", error.as_service_error());
        let variant = variant.trim_start_matches("Some(").split(['(', ' ']).next();
        self.types.extend(variant.map(str::to_owned));
        error.code().unwrap_or("no code").to_owned()
    }
}

fn names(urls: &[String]) -> String {
    let names = urls.iter().filter_map(|url| url.rsplit('/').next());
    names.collect::<Vec<_>>().join(" ")
}

fn bodies(messages: &[Message]) -> String {
    messages.iter().filter_map(|it| it.body()).collect::<Vec<_>>().join(" ")
}

fn handle(message: &Message) -> &str {
    message.receipt_handle().unwrap_or_default()
}

fn system(message: &Message, name: &System) -> String {
    let value = message.attributes().and_then(|all| all.get(name));
    value.cloned().unwrap_or_default()
}

fn outcome(done: &[&str], failed: &[BatchResultErrorEntry]) -> String {
    let failed = failed.iter().map(|entry| {
        let fault = if entry.sender_fault() { "True" } else { "False" };
        format!("{} {} {fault}", entry.id(), entry.code())
    });
    format!("done {}, failed {}", done.join(" "), failed.collect::<Vec<_>>().join(", "))
}
