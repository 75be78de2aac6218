//! Who is to hear of a bucket's objects and does not: topics of SNS, and EventBridge. What they were asked
//! to be is kept and answered; each event that they would have heard of is in the trace, undelivered.

use kernel::arn::Parts;
use kernel::error::ApiError;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::access::invalid_argument;
use crate::configuration::Configuration;
use crate::event::{EventName, EventPattern};
use crate::listener::{NotificationFilter, unreadable};
use crate::noted::Noted;
use crate::{Bucket, Cx, Stored};

/// The part of a notification configuration that nothing comes of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Undelivered {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) topic_configurations: Vec<TopicConfiguration>,
    /// Everything is sent to EventBridge, where this is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) event_bridge_configuration: Option<Map<String, Value>>,
}

/// A topic, the events that it is to hear of, and of which objects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct TopicConfiguration {
    pub(crate) id: Option<String>,
    pub(crate) topic_arn: String,
    pub(crate) events: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) filter: Option<NotificationFilter>,
}

impl Configuration for Undelivered {
    const NAME: &'static str = "Notification";
}

impl Undelivered {
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub(crate) fn noted(&self) -> Noted {
        let topics = self.topic_configurations.iter().map(|topic| &*topic.topic_arn);
        Noted::undelivered(topics.chain(self.event_bridge()))
    }

    fn event_bridge(&self) -> Option<&'static str> {
        self.event_bridge_configuration.as_ref().map(|_| "EventBridge")
    }
}

impl TopicConfiguration {
    /// Refuses what is no topic in the bucket's region.
    pub(crate) fn check(&self, bucket: &Bucket) -> Result<(), ApiError> {
        let arn = &self.topic_arn;
        let parts = Parts::parse_ours(arn).filter(|parts| parts.service == "sns");
        let Some(parts) = parts else { return Err(unreadable("Topic", arn)) };
        let message = if parts.resource.ends_with(".fifo") {
            "FIFO SNS topics are not supported"
        } else if parts.region != bucket.region.as_str() {
            "The notification destination service region is not valid for the bucket location \
             constraint"
        } else {
            return Ok(());
        };
        Err(invalid_argument(message, "Topic", arn.as_str()))
    }

    fn hears(&self, event: EventName, key: &str) -> bool {
        let wants = |name: &String| {
            EventPattern::parse(name).is_ok_and(|pattern| pattern.accepts(event.as_str()))
        };
        self.events.iter().any(wants)
            && self.filter.as_ref().is_none_or(|filter| filter.accepts(key))
    }
}

impl Stored {
    /// Notes in the trace who would have heard of an event.
    pub(crate) fn note_undelivered(&self, cx: &mut Cx<'_>, event: EventName, key: &str) {
        let Some(undelivered) = self.bucket.configuration::<Undelivered>() else { return };
        let topics = undelivered.topic_configurations.iter();
        let topics = topics.filter(|topic| topic.hears(event, key)).map(|topic| &*topic.topic_arn);
        for subject in topics.chain(undelivered.event_bridge()) {
            let notify = cx.follows("s3:Notify", subject);
            cx.trace.end(notify, "undelivered: Cloudless has no such service");
        }
    }
}
