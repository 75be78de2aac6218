//! A queue's attributes: what AWS accepts, what it fills in, and what it answers.

use std::collections::BTreeMap;
use std::sync::Arc;

use kernel::arn::QueueArn;
use kernel::error::ApiError;
use kernel::number::decimal;
use kernel::policy::{Policy, PolicyError};

use super::redrive::{RedriveAllowPolicy, RedrivePolicy};
use crate::{error as errors, limits};

/// Attributes as a client writes them.
pub(super) type Texts = BTreeMap<String, String>;

/// A queue's attributes: as they were set, and as the queue uses them.
#[derive(Debug, Clone)]
pub(super) struct Attributes {
    /// What was set, valid; what was not set has its default.
    set: Texts,
    pub(super) delay_s: u64,
    pub(super) message_size_bytes_max: usize,
    pub(super) retention_s: u64,
    pub(super) wait_time_s: u64,
    pub(super) visibility_timeout_s: u64,
    pub(super) policy: Option<Arc<Policy>>,
    pub(super) redrive: Option<RedrivePolicy>,
    pub(super) redrive_allow: RedriveAllowPolicy,
    pub(super) fifo: Option<Fifo>,
}

/// What a FIFO queue has besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fifo {
    pub(super) content_based_deduplication: bool,
    pub(super) scope: Scope,
}

/// `DeduplicationScope`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    Queue,
    MessageGroup,
}

/// Attributes that clients set, with their defaults; an empty default is absent from answers.
const SETTABLE: &[(&str, &str)] = &[
    ("DelaySeconds", "0"),
    ("KmsDataKeyReusePeriodSeconds", "300"),
    ("KmsMasterKeyId", ""),
    ("MaximumMessageSize", "1048576"),
    ("MessageRetentionPeriod", "345600"),
    ("Policy", ""),
    ("ReceiveMessageWaitTimeSeconds", "0"),
    ("RedriveAllowPolicy", ""),
    ("RedrivePolicy", ""),
    ("SqsManagedSseEnabled", "true"),
    ("VisibilityTimeout", "30"),
];

/// Those that only FIFO queues have.
const SETTABLE_FIFO: &[(&str, &str)] = &[
    ("ContentBasedDeduplication", "false"),
    ("DeduplicationScope", "queue"),
    ("FifoQueue", "true"),
    ("FifoThroughputLimit", "perQueue"),
];

/// Those that the queue knows by itself.
pub(super) const COMPUTED: &[&str] = &[
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
    "CreatedTimestamp",
    "LastModifiedTimestamp",
    "QueueArn",
];

impl Attributes {
    /// The attributes of a queue that were valid when they were set.
    pub(super) fn new(queue: &QueueArn, set: Texts) -> Self {
        let text = |name: &str| set.get(name).map(String::as_str);
        let number = |name: &str| {
            let default = default(name, false).unwrap_or_default();
            text(name).unwrap_or(default).parse::<u64>().unwrap_or_default()
        };
        Self {
            delay_s: number("DelaySeconds"),
            message_size_bytes_max: usize::try_from(number("MaximumMessageSize"))
                .unwrap_or(limits::MESSAGE_SIZE_BYTES_MAX),
            retention_s: number("MessageRetentionPeriod"),
            wait_time_s: number("ReceiveMessageWaitTimeSeconds"),
            visibility_timeout_s: number("VisibilityTimeout"),
            policy: text("Policy")
                .and_then(|text| Policy::parse_of_one_resource(text).ok())
                .map(Arc::new),
            redrive: text("RedrivePolicy").and_then(|text| RedrivePolicy::parse(text).ok()),
            redrive_allow: text("RedriveAllowPolicy")
                .and_then(|text| RedriveAllowPolicy::parse(text).ok())
                .unwrap_or_default(),
            fifo: queue.name.is_fifo().then(|| Fifo {
                content_based_deduplication: text("ContentBasedDeduplication") == Some("true"),
                scope: match text("DeduplicationScope") {
                    Some("messageGroup") => Scope::MessageGroup,
                    _ => Scope::Queue,
                },
            }),
            set,
        }
    }

    /// These attributes with changes.
    ///
    /// # Errors
    /// `InvalidAttributeName` where a queue of this kind has no such attribute,
    /// `InvalidAttributeValue` or `InvalidParameterValue` where it cannot have the value.
    pub(super) fn changed(&self, queue: &QueueArn, changes: &Texts) -> Result<Self, ApiError> {
        let fifo = queue.name.is_fifo();
        if changes.get("SqsManagedSseEnabled").is_some_and(|enabled| enabled == "true")
            && changes.get("KmsMasterKeyId").is_some_and(|key| !key.is_empty())
        {
            return Err(errors::INVALID_ATTRIBUTE_NAME.says(
                "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.",
            ));
        }
        let mut set = self.set.clone();
        for (name, value) in changes {
            validate(name, value, fifo)?;
            if value.is_empty() {
                set.remove(name);
            } else {
                set.insert(name.clone(), value.clone());
            }
            // A queue encrypts with a key of KMS or with SQS's own, not with both.
            match (name.as_str(), value.as_str()) {
                ("KmsMasterKeyId", key) if !key.is_empty() => {
                    set.insert("SqsManagedSseEnabled".into(), "false".into());
                }
                ("SqsManagedSseEnabled", "true") => {
                    set.remove("KmsMasterKeyId");
                    set.remove("KmsDataKeyReusePeriodSeconds");
                }
                _ => {}
            }
        }
        let value_of = |name: &str| set.get(name).map(String::as_str);
        if value_of("FifoThroughputLimit") == Some("perMessageGroupId")
            && value_of("DeduplicationScope") != Some("messageGroup")
        {
            return Err(errors::INVALID_ATTRIBUTE_VALUE.says(
                "Invalid value for the parameter FifoThroughputLimit. Reason: To set FifoThroughputLimit to perMessageGroupId, the DeduplicationScope must be messageGroup.",
            ));
        }
        Ok(Self::new(queue, set))
    }

    /// The value of an attribute that clients set; nothing where it has none.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.set
            .get(name)
            .map(String::as_str)
            .or_else(|| default(name, self.fifo.is_some()))
            .filter(|value| !value.is_empty())
    }

    /// All that have a value and are not computed. For how long a key of KMS is used again is told
    /// only where there is one.
    pub(super) fn texts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let fifo: &[(&str, &str)] = if self.fifo.is_some() { SETTABLE_FIFO } else { &[] };
        let has_key = self.text("KmsMasterKeyId").is_some();
        SETTABLE
            .iter()
            .chain(fifo)
            .filter(move |(name, _)| has_key || *name != "KmsDataKeyReusePeriodSeconds")
            .filter_map(|(name, _)| Some((*name, self.text(name)?)))
    }

    /// What was set, to be stored.
    pub(super) fn set(&self) -> &Texts {
        &self.set
    }

    /// The name of the first attribute whose value differs from what is asked for.
    pub(super) fn differing<'a>(&self, asked: &'a Texts) -> Option<&'a str> {
        let same = |name: &str, value: &str| match self.text(name) {
            Some(is) if is == value => true,
            // The same policy may be written with other spaces.
            Some(is) => match (serde_json::from_str(is), serde_json::from_str(value)) {
                (Ok(serde_json::Value::Object(is)), Ok(serde_json::Value::Object(asked))) => {
                    is == asked
                }
                _ => false,
            },
            None => value.is_empty(),
        };
        asked.iter().find(|(name, value)| !same(name, value)).map(|(name, _)| name.as_str())
    }
}

/// Attributes as a client sent them, in the form that answers have: names without spaces around them,
/// `True` as `true`, `030` as `30`, a redrive policy's count as a number.
pub(super) fn normalized(asked: Option<Texts>) -> Texts {
    let normalize = |(name, value): (String, String)| {
        let value = match name.trim() {
            "RedrivePolicy" => RedrivePolicy::with_numeric_count(value),
            "ContentBasedDeduplication" | "FifoQueue" | "SqsManagedSseEnabled" => {
                value.to_ascii_lowercase()
            }
            "DelaySeconds"
            | "KmsDataKeyReusePeriodSeconds"
            | "MaximumMessageSize"
            | "MessageRetentionPeriod"
            | "ReceiveMessageWaitTimeSeconds"
            | "VisibilityTimeout" => decimal(&value).map_or(value, |number| number.to_string()),
            _ => value,
        };
        (name.trim().to_owned(), value)
    };
    asked.into_iter().flatten().map(normalize).collect()
}

/// Whether a queue can have such an attribute: for answers, where asking for what only other queues
/// have is no mistake.
pub(super) fn is_known(name: &str) -> bool {
    COMPUTED.contains(&name) || default(name, true).is_some()
}

fn default(name: &str, fifo: bool) -> Option<&'static str> {
    let fifo: &[(&str, &'static str)] = if fifo { SETTABLE_FIFO } else { &[] };
    SETTABLE.iter().chain(fifo).find(|(known, _)| *known == name).map(|(_, default)| *default)
}

fn validate(name: &str, value: &str, fifo: bool) -> Result<(), ApiError> {
    let unknown = || Err(errors::INVALID_ATTRIBUTE_NAME.says(format!("Unknown Attribute {name}.")));
    if !fifo {
        match name {
            "DeduplicationScope" | "FifoThroughputLimit" => {
                return Err(errors::INVALID_ATTRIBUTE_NAME.says(format!(
                    "You can specify the {name} only when FifoQueue is set to true."
                )));
            }
            "FifoQueue" | "ContentBasedDeduplication" => return unknown(),
            _ => {}
        }
    }
    let within =
        |min: u64, max: u64| decimal(value).is_some_and(|value| (min..=max).contains(&value));
    let valid = match name {
        "DelaySeconds" => within(0, limits::DELAY_S_MAX),
        "MaximumMessageSize" => {
            within(limits::MESSAGE_SIZE_BYTES_MIN as u64, limits::MESSAGE_SIZE_BYTES_MAX as u64)
        }
        "MessageRetentionPeriod" => within(limits::RETENTION_S_MIN, limits::RETENTION_S_MAX),
        "ReceiveMessageWaitTimeSeconds" => within(0, limits::WAIT_TIME_S_MAX),
        "VisibilityTimeout" => within(0, limits::VISIBILITY_TIMEOUT_S_MAX),
        "KmsDataKeyReusePeriodSeconds" => within(limits::KMS_REUSE_S_MIN, limits::KMS_REUSE_S_MAX),
        "KmsMasterKeyId" => value.len() <= limits::KMS_KEY_ID_SIZE_BYTES_MAX,
        "SqsManagedSseEnabled" | "ContentBasedDeduplication" => {
            matches!(value, "true" | "false")
        }
        "FifoQueue" => value == "true",
        "DeduplicationScope" => matches!(value, "queue" | "messageGroup"),
        "FifoThroughputLimit" => matches!(value, "perQueue" | "perMessageGroupId"),
        "Policy" if value.is_empty() => true,
        "Policy" => match Policy::parse_of_one_resource(value) {
            Ok(policy) => return check_policy_size(value, &policy),
            Err(PolicyError::TooLong { .. }) => {
                return Err(errors::OVER_LIMIT.says("Submitted policy is over max allowed size."));
            }
            Err(_) => false,
        },
        "RedrivePolicy" => {
            return if value.is_empty() { Ok(()) } else { RedrivePolicy::parse(value).map(drop) };
        }
        "RedriveAllowPolicy" => {
            return if value.is_empty() {
                Ok(())
            } else {
                RedriveAllowPolicy::parse(value).map(drop)
            };
        }
        _ => return unknown(),
    };
    match valid {
        true => Ok(()),
        false => Err(errors::INVALID_ATTRIBUTE_VALUE
            .says(format!("Invalid value for the parameter {name}."))),
    }
}

/// Whether a policy says no more than a queue's may say.
///
/// # Errors
/// `OverLimit` names what there is too much of.
fn check_policy_size(text: &str, policy: &Policy) -> Result<(), ApiError> {
    if text.len() > limits::POLICY_SIZE_BYTES_MAX {
        return Err(errors::OVER_LIMIT.says("Submitted policy is over max allowed size."));
    }
    let counted = [
        (policy.statement_count(), "statements were found in", limits::POLICY_STATEMENTS_MAX),
        (
            policy.action_count_max(),
            "actions were found in a statement from",
            limits::POLICY_ACTIONS_MAX,
        ),
        (policy.principal_count(), "principals were found in", limits::POLICY_PRINCIPALS_MAX),
        (policy.condition_count(), "conditions were found in", limits::POLICY_CONDITIONS_MAX),
    ];
    match counted.into_iter().find(|(count, _, max)| count > max) {
        None => Ok(()),
        Some((count, found, max)) => Err(errors::OVER_LIMIT
            .says(format!("{count} {found} the submitted policy, max allowed is {max}"))),
    }
}
