//! What CloudWatch is told of queues, each minute in which they are active:
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/monitoring-using-cloudwatch.html>.

use kernel::arn::QueueArn;
use kernel::fact::{Fact, Facts, Meaning, Tally};
use kernel::time::Timestamp;

use super::Sqs;
use super::metrics::{Counts, Metrics};
use super::queue::Queue;
use crate::Cx;
use crate::limits::ACTIVE_S;

impl Sqs {
    /// The metrics of all queues, in the order of their names. Exact where AWS is approximate, and of
    /// now where CloudWatch is some minutes late.
    pub fn metrics(&self, now: Timestamp) -> impl Iterator<Item = (&QueueArn, Metrics)> {
        self.queues.values().map(move |queue| (&*queue.arn, queue.metrics(now)))
    }

    /// What AWS publishes each minute of a queue that is active.
    pub(crate) fn state_facts(&self, at: Timestamp, facts: &mut Vec<Fact>) {
        for queue in self.queues.values().filter(|queue| queue.is_active(at)) {
            queue.state_facts(at, facts);
        }
    }

    /// What was counted was told. The next minute is told as long as a queue is active.
    pub(crate) fn begin_minute(&mut self, at: Timestamp) -> Option<Timestamp> {
        let mut is_any_active = false;
        for queue in self.queues.values_mut() {
            queue.minutely.told = queue.counts;
            queue.minutely.sent_message_size = Tally::default();
            is_any_active |= queue.is_active(at);
        }
        is_any_active.then(|| at.after_s(60))
    }
}

impl Queue {
    /// Somebody does something with it.
    pub(super) fn note_use(&mut self, cx: &mut Cx<'_>) {
        self.minutely.used = Some(cx.now);
        cx.measured();
    }

    /// Whether AWS publishes metrics of it: while it has messages, and for six hours after it was used.
    fn is_active(&self, at: Timestamp) -> bool {
        let is_in_use = self.minutely.used.is_some_and(|used| used.after_s(ACTIVE_S) >= at);
        is_in_use || !self.messages.is_empty()
    }

    fn state_facts(&self, at: Timestamp, out: &mut Vec<Fact>) {
        let now = self.metrics(at);
        let (counts, told) = (now.counts, self.minutely.told);
        let mut facts = Facts {
            account: &self.arn.account,
            region: &self.arn.region,
            namespace: "AWS/SQS",
            dimensions: vec![("QueueName".into(), self.arn.name.as_str().to_owned())],
            at: Timestamp::from_ms(at.as_ms().saturating_sub(1)),
            out,
        };
        let since = |now: u64, then: u64| (now - then) as f64;
        let mut count =
            |name, of: fn(&Counts) -> u64| facts.count(name, since(of(&counts), of(&told)));
        count("NumberOfMessagesSent", |it| it.number_of_messages_sent);
        count("NumberOfMessagesReceived", |it| it.number_of_messages_received);
        count("NumberOfMessagesDeleted", |it| it.number_of_messages_deleted);
        count("NumberOfEmptyReceives", |it| it.number_of_empty_receives);
        if self.attributes.fifo.is_some() {
            count("NumberOfDeduplicatedSentMessages", |it| it.number_of_deduplicated_sent_messages);
        }
        let sizes = self.minutely.sent_message_size;
        facts.tally("SentMessageSize", "Bytes", Meaning::Each, sizes);
        let levels = [
            ("ApproximateNumberOfMessagesVisible", now.approximate_number_of_messages_visible),
            (
                "ApproximateNumberOfMessagesNotVisible",
                now.approximate_number_of_messages_not_visible,
            ),
            ("ApproximateNumberOfMessagesDelayed", now.approximate_number_of_messages_delayed),
        ];
        for (name, level) in levels {
            facts.level(name, level as f64);
        }
        if let Some(groups) = now.approximate_number_of_groups_with_inflight_messages {
            facts.level("ApproximateNumberOfGroupsWithInflightMessages", groups as f64);
        }
        let age_s = now.approximate_age_of_oldest_message;
        facts.level_in("ApproximateAgeOfOldestMessage", "Seconds", age_s as f64);
    }
}
