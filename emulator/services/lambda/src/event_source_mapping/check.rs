//! What a mapping can be like.

use kernel::arn::{Arn, Parts, QueueArn};
use kernel::error::ApiError;
use serde_json::Value;

use super::request::OfOtherSources;
use super::{Mapping, Pollers};
use crate::error::UserError as _;
use crate::{error as refuse, limits};

fn refused(text: impl Into<String>) -> ApiError {
    refuse::INVALID_PARAMETER_VALUE.user(text)
}

/// The queue that is to be read. There are no other event sources here: what would be one on AWS is
/// refused as AWS refuses one that is not there.
pub(super) fn source(
    arn: Option<&str>,
    starting_position: Option<&str>,
) -> Result<QueueArn, ApiError> {
    let Some(arn) = arn else { return Err(refused("Unrecognized event source.")) };
    if let Some(Arn::Queue(queue)) = Arn::parse(arn) {
        return match starting_position {
            None => Ok(queue),
            Some(_) => Err(refused("StartingPosition is not valid for SQS event sources.")),
        };
    }
    match Parts::parse(arn).map(|parts| parts.service) {
        Some("kinesis" | "dynamodb") if starting_position.is_none() => Err(refused(
            "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.",
        )),
        Some("dynamodb") if starting_position == Some("AT_TIMESTAMP") => {
            Err(refused(format!("Unsupported starting position for arn type: {arn}")))
        }
        Some("kinesis" | "dynamodb") => Err(refused(format!("Stream not found: {arn}"))),
        Some(service @ ("kafka" | "mq" | "rds")) => Err(kernel::error::parameter_not_implemented(
            "CreateEventSourceMapping",
            &format!("EventSourceArn={service}"),
        )),
        _ => Err(refused(format!(
            "Unrecognized event source, must be kinesis, dynamodb stream or sqs. Unsupported source arn : {arn}"
        ))),
    }
}

/// The refusal of what AWS has for other event sources.
pub(super) fn unsupported(parameter: &str) -> ApiError {
    refused(format!("Unsupported {parameter} parameter for given event source mapping type."))
}

/// Refuses the first of these that is given.
pub(super) fn none_of_others(
    parameters: &[(&str, &Option<OfOtherSources>)],
) -> Result<(), ApiError> {
    match parameters
        .iter()
        .find(|(_, value)| value.as_ref().is_some_and(OfOtherSources::says_something))
    {
        None => Ok(()),
        Some((name, _)) => Err(unsupported(&format!("'{name}'"))),
    }
}

/// Whether a value is not empty, and nothing in it is either.
pub(super) fn says_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Object(members) => members.values().any(says_something),
        Value::Array(items) => !items.is_empty(),
        Value::String(text) => !text.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

/// Whether the function's answer can name messages that failed.
pub(super) fn reports_failures(types: &[String]) -> Result<bool, ApiError> {
    match types.iter().find(|kind| *kind != "ReportBatchItemFailures") {
        None => Ok(!types.is_empty()),
        Some(other) => Err(refuse::VALIDATION.user(format!(
            "1 validation error detected: Value '[{other}]' at 'functionResponseTypes' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [ReportBatchItemFailures]]"
        ))),
    }
}

/// What one member says must fit the others.
pub(super) fn mapping(mapping: &Mapping) -> Result<(), ApiError> {
    let (size, window_s) = (mapping.batch_size, mapping.window_s);
    in_range("Batch size", size, 1, limits::BATCH_SIZE_MAX)?;
    in_range("Maximum batch window in seconds", window_s, 0, limits::BATCHING_WINDOW_MAX_S)?;
    if mapping.queue.name.is_fifo() {
        if window_s > 0 {
            return Err(refused("Batching window is not supported for FIFO queues."));
        }
        if size > limits::BATCH_SIZE_WITHOUT_WINDOW_MAX {
            return Err(refused("Batch size must be less than or equal to 10 for FIFO queues."));
        }
    }
    if size > limits::BATCH_SIZE_WITHOUT_WINDOW_MAX && window_s == 0 {
        return Err(refused(
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10",
        ));
    }
    if let Some(concurrency) = mapping.maximum_concurrency {
        let range = limits::MAXIMUM_CONCURRENCY;
        in_range("Maximum concurrency", concurrency, *range.start(), *range.end())?;
    }
    mapping.pollers.as_ref().map_or(Ok(()), |asked| pollers(mapping, asked))
}

fn pollers(mapping: &Mapping, asked: &Pollers) -> Result<(), ApiError> {
    if mapping.maximum_concurrency.is_some() {
        return Err(refused(
            "ScalingConfig and ProvisionedPollerConfig cannot be specified together.",
        ));
    }
    let (least, most) = (limits::MINIMUM_POLLERS, limits::MAXIMUM_POLLERS);
    in_range("MinimumPollers", asked.minimum, *least.start(), *least.end())?;
    in_range("MaximumPollers", asked.maximum, *most.start(), *most.end())?;
    match asked.minimum <= asked.maximum {
        true => Ok(()),
        false => Err(refused("MinimumPollers must be less than or equal to MaximumPollers.")),
    }
}

fn in_range<N: PartialOrd + std::fmt::Display>(
    what: &str,
    value: N,
    min: N,
    max: N,
) -> Result<(), ApiError> {
    match value >= min && value <= max {
        true => Ok(()),
        false => Err(refused(format!("{what} {value} is out of range: {min} to {max}."))),
    }
}
