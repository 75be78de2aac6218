//! What a queue says of dead letters: where its own go, and whose it takes.

use kernel::arn::{Arn, QueueArn};
use kernel::error::ApiError;
use kernel::number::decimal;
use serde::Deserialize;
use serde_json::Value;

use crate::error as errors;
use crate::limits::{RECEIVE_COUNT_MAX, REDRIVE_SOURCES_MAX};

/// `RedrivePolicy`
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RedrivePolicy {
    pub(super) target: QueueArn,
    pub(super) max_receives: u32,
}

impl RedrivePolicy {
    /// As AWS answers with it: the count is a number, even where it was written as a text.
    pub(super) fn with_numeric_count(text: String) -> String {
        let Ok(policy) = Self::parse(&text) else { return text };
        match serde_json::from_str::<Value>(&text) {
            Ok(written) if written["maxReceiveCount"].is_string() => {
                let (target, count) = (policy.target, policy.max_receives);
                format!(r#"{{"deadLetterTargetArn":"{target}","maxReceiveCount":{count}}}"#)
            }
            _ => text,
        }
    }

    pub(super) fn parse(text: &str) -> Result<Self, ApiError> {
        let refuse = |reason: &str| {
            errors::INVALID_PARAMETER_VALUE.says(format!(
                "Value {text} for parameter RedrivePolicy is invalid. Reason: {reason}"
            ))
        };
        let Ok(Value::Object(policy)) = serde_json::from_str(text) else {
            return Err(errors::INVALID_ATTRIBUTE_VALUE.says(
                "Invalid value for the parameter RedrivePolicy. Reason: Redrive policy is not a valid JSON map.",
            ));
        };
        let attribute = |name: &str| {
            policy.get(name).ok_or_else(|| {
                refuse(&format!("Redrive policy does not contain mandatory attribute: {name}."))
            })
        };
        let count = attribute("maxReceiveCount")?;
        let target = attribute("deadLetterTargetArn")?;
        if policy.len() > 2 {
            return Err(refuse(
                "Only following attributes are supported: [deadLetterTargetArn, maxReceiveCount].",
            ));
        }
        let max_receives = match count {
            Value::Number(number) => number.as_u64(),
            Value::String(text) => decimal(text),
            _ => None,
        }
        .filter(|count| (1..=RECEIVE_COUNT_MAX).contains(count))
        .and_then(|count| u32::try_from(count).ok())
        .ok_or_else(|| {
            let shown = count.as_str().map_or_else(|| count.to_string(), str::to_owned);
            refuse(&format!("Invalid value for maxReceiveCount: {shown}, valid values are from 1 to {RECEIVE_COUNT_MAX} both inclusive."))
        })?;
        let target = target.as_str().unwrap_or_default();
        match Arn::parse(target) {
            Some(Arn::Queue(target)) => Ok(Self { target, max_receives }),
            _ if target.starts_with("arn:") => {
                Err(refuse("Only SQS queues are valid resources for deadLetterTargetArn."))
            }
            _ => Err(refuse("Dead-letter target ARN should be fully qualified ARN.")),
        }
    }
}

/// `RedriveAllowPolicy`
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum RedriveAllowPolicy {
    #[default]
    AllowAll,
    DenyAll,
    ByQueue(Vec<QueueArn>),
}

impl RedriveAllowPolicy {
    pub(super) fn parse(text: &str) -> Result<Self, ApiError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        struct Document {
            redrive_permission: String,
            #[serde(default)]
            source_queue_arns: Option<Vec<QueueArn>>,
        }
        const NOT_MADE: &str = "Amazon SQS can't create the redrive allow policy";
        let refuse = |reason: String| {
            Err(errors::INVALID_PARAMETER_VALUE.says(format!(
                "Value {text} for parameter RedriveAllowPolicy is invalid. Reason: {NOT_MADE}. {reason}"
            )))
        };
        let unsupported = || {
            Err(errors::INVALID_ATTRIBUTE_VALUE.says(format!(
                "Invalid value for the parameter RedriveAllowPolicy. Reason: {NOT_MADE}, as it’s in an unsupported format."
            )))
        };
        let Ok(document) = serde_json::from_str::<Document>(text) else { return unsupported() };
        match (document.redrive_permission.as_str(), document.source_queue_arns) {
            ("allowAll", None) => Ok(Self::AllowAll),
            ("denyAll", None) => Ok(Self::DenyAll),
            ("allowAll" | "denyAll", Some(_)) => refuse(
                "To specify one or more source queue ARNs, you must set redrivePermission to byQueue."
                    .into(),
            ),
            ("byQueue", Some(sources)) if sources.len() > REDRIVE_SOURCES_MAX => refuse(format!(
                "The maximum number of source queue ARNs you can specify is {REDRIVE_SOURCES_MAX}."
            )),
            ("byQueue", Some(sources)) if !sources.is_empty() => Ok(Self::ByQueue(sources)),
            ("byQueue", _) => refuse(
                "When you specify the byQueue permission type, you must also specify one or more sourceQueueArns values."
                    .into(),
            ),
            _ => unsupported(),
        }
    }

    pub(super) fn allows(&self, source: &QueueArn) -> bool {
        match self {
            Self::AllowAll => true,
            Self::DenyAll => false,
            Self::ByQueue(sources) => sources.contains(source),
        }
    }
}
