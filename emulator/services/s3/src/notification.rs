//! Notification configurations: who hears of what happens to a bucket's objects.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventNotifications.html>

use bytes::Bytes;
use kernel::arn::Arn;
use kernel::error::ApiError;
use kernel::names::AccountId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::access::invalid_argument;
use super::event::{self, EventPattern};
use super::{BucketInput, S3, Stored};
use crate::configuration::Configuration;
use crate::listener::{NotificationFilter, unreadable};
use crate::noted::Noted;
use crate::undelivered::{TopicConfiguration, Undelivered};
use crate::{Announcement, Cx, limits};

/// One destination, the events that it hears of, and of which objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotificationRule {
    /// Its name, given with each event.
    pub id: String,
    /// A queue or a function.
    pub destination: Arn,
    /// `s3:ObjectCreated:Put`, `s3:ObjectRemoved:*`, …
    pub events: Vec<EventPattern>,
    /// Which objects; nothing for all.
    pub filter: Option<NotificationFilter>,
}

/// Output of `GetBucketNotificationConfiguration`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct NotificationConfiguration {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    queue_configurations: Vec<QueueConfiguration>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    lambda_function_configurations: Vec<LambdaFunctionConfiguration>,
    #[serde(flatten)]
    undelivered: Undelivered,
}

/// Input of `PutBucketNotificationConfiguration`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PutBucketNotificationConfigurationInput {
    pub(crate) bucket: String,
    notification_configuration: GivenConfiguration,
    skip_destination_validation: Option<bool>,
    pub(super) expected_bucket_owner: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct GivenConfiguration {
    #[serde(default)]
    topic_configurations: Vec<TopicConfiguration>,
    #[serde(default)]
    queue_configurations: Vec<QueueConfiguration>,
    #[serde(default)]
    lambda_function_configurations: Vec<LambdaFunctionConfiguration>,
    event_bridge_configuration: Option<Map<String, Value>>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct QueueConfiguration {
    id: Option<String>,
    queue_arn: String,
    events: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    filter: Option<NotificationFilter>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct LambdaFunctionConfiguration {
    id: Option<String>,
    lambda_function_arn: String,
    events: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    filter: Option<NotificationFilter>,
}

/// What is kept of a configuration.
struct ReadConfiguration {
    /// What AWS says once it knows the destinations.
    overlap: Option<ApiError>,
    rules: Vec<NotificationRule>,
    undelivered: Undelivered,
}

/// A part of a configuration without its destination.
struct Wanted {
    id: String,
    events: Vec<EventPattern>,
    filter: Option<NotificationFilter>,
}

/// Why a destination cannot be notified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DestinationRefusal {
    /// There is none of that name.
    NotFound,
    /// Its policy does not let S3.
    NotPermitted,
}

impl S3 {
    /// The destinations that have to exist and to permit S3 before the call is handled. Empty where
    /// the caller skips that, and where the call will be refused for what it says itself.
    #[must_use]
    pub fn destinations(&self, input: &PutBucketNotificationConfigurationInput) -> Vec<Arn> {
        if input.skip_destination_validation == Some(true) {
            return Vec::new();
        }
        let owner = input.expected_bucket_owner.as_deref();
        self.open(&input.bucket, owner)
            .and_then(|stored| stored.read(&input.notification_configuration, String::new))
            .map(|read| read.rules.into_iter().map(|rule| rule.destination).collect())
            .unwrap_or_default()
    }

    /// The bucket that a configuration is for, and its owner; nothing where there is no such bucket.
    #[must_use]
    pub fn source(
        &self,
        input: &PutBucketNotificationConfigurationInput,
    ) -> Option<(Arn, AccountId)> {
        let bucket = &self.buckets.get(input.bucket.as_str())?.bucket;
        Some((Arn::Bucket(bucket.name.clone()), bucket.owner.clone()))
    }

    /// The refusal of a configuration of which these destinations cannot be notified.
    #[must_use]
    pub fn destinations_refused(refused: &[(Arn, DestinationRefusal)]) -> ApiError {
        // AWS numbers them; nobody reads more than these.
        const NAMES: [(&str, &str); 8] = [
            ("ArgumentName1", "ArgumentValue1"),
            ("ArgumentName2", "ArgumentValue2"),
            ("ArgumentName3", "ArgumentValue3"),
            ("ArgumentName4", "ArgumentValue4"),
            ("ArgumentName5", "ArgumentValue5"),
            ("ArgumentName6", "ArgumentValue6"),
            ("ArgumentName7", "ArgumentValue7"),
            ("ArgumentName8", "ArgumentValue8"),
        ];
        let message = "Unable to validate the following destination configurations";
        let all = crate::error::INVALID_ARGUMENT.says(message);
        NAMES.into_iter().zip(refused).fold(all, |all, ((name, value), (arn, why))| {
            let (subject, why) = match (arn, why) {
                (Arn::Function(function), DestinationRefusal::NotFound) => {
                    (function.to_string(), "The destination Lambda does not exist".into())
                }
                (Arn::Function(function), DestinationRefusal::NotPermitted) => (
                    format!("{function}, null"),
                    format!("Not authorized to invoke function [{function}]"),
                ),
                (arn, DestinationRefusal::NotFound) => {
                    (arn.to_string(), "The destination queue does not exist".into())
                }
                (arn, DestinationRefusal::NotPermitted) => (
                    arn.to_string(),
                    "Permissions on the destination queue do not allow S3 to publish \
                     notifications from this bucket"
                        .into(),
                ),
            };
            all.with(name, subject).with(value, why)
        })
    }

    /// Keeps the configuration and sends each queue a test event. That the destinations exist and
    /// permit it is asked before, with [`S3::destinations`].
    pub(super) fn put_bucket_notification_configuration(
        &mut self,
        cx: &mut Cx<'_>,
        input: PutBucketNotificationConfigurationInput,
    ) -> Result<Noted, ApiError> {
        let owner = input.expected_bucket_owner.as_deref();
        let stored = self.open_mut(&input.bucket, owner)?;
        let read = stored.read(&input.notification_configuration, || cx.ids.uuid())?;
        if let Some(overlap) = read.overlap {
            return Err(overlap);
        }
        stored.bucket.notification = read.rules;
        match read.undelivered.is_empty() {
            true => drop(stored.bucket.documents.remove(Undelivered::NAME)),
            false => stored.set_document(Undelivered::NAME, &read.undelivered),
        }
        stored.save(cx);
        if input.skip_destination_validation != Some(true) {
            stored.announce_test(cx);
        }
        Ok(read.undelivered.noted())
    }

    pub(super) fn get_bucket_notification_configuration(
        &self,
        input: BucketInput,
    ) -> Result<NotificationConfiguration, ApiError> {
        let owner = input.expected_bucket_owner.as_deref();
        let stored = self.open(&input.bucket, owner)?;
        let mut configuration = NotificationConfiguration {
            queue_configurations: Vec::new(),
            lambda_function_configurations: Vec::new(),
            undelivered: stored.bucket.configuration().unwrap_or_default(),
        };
        for rule in &stored.bucket.notification {
            let id = Some(rule.id.clone());
            let events = rule.events.iter().map(ToString::to_string).collect();
            let filter = rule.filter.clone();
            if let Arn::Function(function) = &rule.destination {
                let lambda_function_arn = function.to_string();
                configuration.lambda_function_configurations.push(LambdaFunctionConfiguration {
                    id,
                    lambda_function_arn,
                    events,
                    filter,
                });
            } else {
                let queue_arn = rule.destination.to_string();
                configuration.queue_configurations.push(QueueConfiguration {
                    id,
                    queue_arn,
                    events,
                    filter,
                });
            }
        }
        Ok(configuration)
    }
}

impl Stored {
    /// A configuration that S3 would take, but for the destinations. `new_id` names a rule that
    /// comes without a name.
    fn read(
        &self,
        given: &GivenConfiguration,
        mut new_id: impl FnMut() -> String,
    ) -> Result<ReadConfiguration, ApiError> {
        let mut wanted = Vec::new();
        let mut topics = given.topic_configurations.clone();
        for topic in &mut topics {
            topic.check(&self.bucket)?;
            let want = Wanted::read(&topic.id, &topic.events, &topic.filter, &mut new_id)?;
            (topic.id, topic.filter) = (Some(want.id.clone()), want.filter.clone());
            wanted.push(want);
        }
        let queues = given.queue_configurations.iter().map(|queue| {
            let Some(destination @ Arn::Queue(_)) = Arn::parse(&queue.queue_arn) else {
                return Err(unreadable("Queue", &queue.queue_arn));
            };
            Ok((&queue.id, destination, &queue.events, &queue.filter))
        });
        let functions = given.lambda_function_configurations.iter().map(|function| {
            let arn = &function.lambda_function_arn;
            let Some(destination @ Arn::Function(_)) = Arn::parse(arn) else {
                return Err(unreadable("CloudFunction", arn));
            };
            Ok((&function.id, destination, &function.events, &function.filter))
        });
        let mut destinations = Vec::new();
        for read in queues.chain(functions) {
            let (id, destination, events, filter) = read?;
            self.check_destination(&destination)?;
            wanted.push(Wanted::read(id, events, filter, &mut new_id)?);
            destinations.push(destination);
        }
        if wanted.len() > limits::NOTIFICATION_CONFIGURATIONS_MAX {
            return Err((&crate::error::MALFORMED_XML).into());
        }
        let overlap = overlap(&wanted);
        let rules = destinations.into_iter().zip(wanted.into_iter().skip(topics.len()));
        let rule = |(destination, Wanted { id, events, filter })| NotificationRule {
            id,
            destination,
            events,
            filter,
        };
        Ok(ReadConfiguration {
            overlap,
            rules: rules.map(rule).collect(),
            undelivered: Undelivered {
                topic_configurations: topics,
                event_bridge_configuration: given.event_bridge_configuration.clone(),
            },
        })
    }

    /// Notifications do not leave the bucket's region, and a FIFO queue does not take them.
    fn check_destination(&self, destination: &Arn) -> Result<(), ApiError> {
        let (argument, region) = match destination {
            Arn::Queue(queue) if queue.name.is_fifo() => {
                return Err(invalid_argument(
                    "FIFO SQS queues are not supported",
                    "Queue",
                    destination.to_string(),
                ));
            }
            Arn::Queue(queue) => ("Queue", &queue.region),
            Arn::Function(function) => ("CloudFunction", &function.region),
            Arn::Bucket(_) => return Err(unreadable("Queue", &destination.to_string())),
        };
        if *region == self.bucket.region {
            return Ok(());
        }
        Err(invalid_argument(
            "The notification destination service region is not valid for the bucket location \
             constraint",
            argument,
            destination.to_string(),
        ))
    }

    /// AWS tests queues so, and asks a function's policy alone.
    fn announce_test(&self, cx: &mut Cx<'_>) {
        for rule in &self.bucket.notification {
            if !matches!(rule.destination, Arn::Queue(_)) {
                continue;
            }
            let event = json!({
                "Service": "Amazon S3",
                "Event": "s3:TestEvent",
                "Time": cx.now.iso8601_ms(),
                "Bucket": self.bucket.name,
                "RequestId": event::request_id(cx),
                "HostId": event::host_id(cx),
            });
            cx.announce(Announcement::Notification {
                trace_header: None,
                source: Arn::Bucket(self.bucket.name.clone()),
                source_account: self.bucket.owner.clone(),
                destination: rule.destination.clone(),
                event: Bytes::from(event.to_string()),
            });
        }
    }
}

impl Wanted {
    fn read(
        id: &Option<String>,
        events: &[String],
        filter: &Option<NotificationFilter>,
        new_id: &mut impl FnMut() -> String,
    ) -> Result<Self, ApiError> {
        let events =
            events.iter().map(|name| EventPattern::parse(name)).collect::<Result<Vec<_>, _>>()?;
        if events.is_empty() {
            return Err((&crate::error::MALFORMED_XML).into());
        }
        let filter = filter.clone().map(NotificationFilter::check).transpose()?;
        let id = match id.as_deref().filter(|id| !id.is_empty()) {
            Some(id) if id.chars().count() > limits::NOTIFICATION_ID_CHARS_MAX => {
                return Err(invalid_argument("The ID must be 255 characters or less", "Id", id));
            }
            Some(id) => id.into(),
            None => new_id(),
        };
        Ok(Self { id, events, filter })
    }
}

impl NotificationFilter {
    /// The filter with its names, and in the order, as AWS writes them.
    fn check(mut self) -> Result<Self, ApiError> {
        let (mut prefixes, mut suffixes) = (0, 0);
        for rule in &mut self.key.filter_rules {
            let (name, count) = match rule.name.to_ascii_lowercase().as_str() {
                "prefix" => ("Prefix", &mut prefixes),
                "suffix" => ("Suffix", &mut suffixes),
                _ => {
                    return Err(invalid_argument(
                        "filter rule name must be either prefix or suffix",
                        "FilterRule.Name",
                        rule.name.as_str(),
                    ));
                }
            };
            *count += 1;
            if *count > 1 {
                let kind = name.to_ascii_lowercase();
                return Err(invalid_argument(
                    format!("Cannot specify more than one {kind} rule in a filter."),
                    "FilterRule.Name",
                    kind,
                ));
            }
            if rule.value.chars().count() > limits::NOTIFICATION_FILTER_VALUE_CHARS_MAX {
                return Err(invalid_argument(
                    "Size of filter rule value cannot exceed 1024 bytes in UTF-8 representation",
                    "FilterRule.Value",
                    rule.value.as_str(),
                ));
            }
            rule.name = name.into();
        }
        // In this order S3 keeps them.
        self.key.filter_rules.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(self)
    }

    fn value(&self, name: &str) -> &str {
        let rule = self.key.filter_rules.iter().find(|rule| rule.name == name);
        rule.map_or("", |rule| rule.value.as_str())
    }

    /// Whether the rule hears of an object. Special characters of a filter may be percent-encoded.
    pub(super) fn accepts(&self, key: &str) -> bool {
        let (prefix, suffix) = (self.value("Prefix"), self.value("Suffix"));
        let accepts = |key: &str| key.starts_with(prefix) && key.ends_with(suffix);
        accepts(key) || accepts(&super::encoding::form_encode(key))
    }
}

/// What is said of rules that would hear of an event twice.
fn overlap(rules: &[Wanted]) -> Option<ApiError> {
    for (at, one) in rules.iter().enumerate() {
        for other in &rules[at + 1..] {
            if one.id == other.id && !one.id.is_empty() {
                return Some(
                    crate::error::INVALID_ARGUMENT
                        .says("Same ID used for multiple configurations. IDs must be unique"),
                );
            }
            let common = one.events.iter().find_map(|event| {
                Some((event, other.events.iter().find(|theirs| event.overlaps(theirs))?))
            });
            let Some((event, theirs)) = common else { continue };
            let bounds = |rule: &Wanted| {
                let value = |name| rule.filter.as_ref().map_or("", |filter| filter.value(name));
                (value("Prefix").to_owned(), value("Suffix").to_owned())
            };
            let ((prefix, suffix), (their_prefix, their_suffix)) = (bounds(one), bounds(other));
            let prefixes_overlap =
                prefix.starts_with(&their_prefix) || their_prefix.starts_with(&prefix);
            let suffixes_overlap =
                suffix.ends_with(&their_suffix) || their_suffix.ends_with(&suffix);
            if !(prefixes_overlap && suffixes_overlap) {
                continue;
            }
            if one.filter.is_none() && other.filter.is_none() {
                return Some(invalid_argument(
                    "Configurations overlap. Configurations on the same bucket cannot share a \
                     common event type.",
                    "Event",
                    format!("{event}, {theirs}"),
                ));
            }
            return Some(crate::error::INVALID_ARGUMENT.says(
                "Configuration is ambiguously defined. Cannot have overlapping suffixes in two \
                 rules if the prefixes are overlapping for the same event type.",
            ));
        }
    }
    None
}
