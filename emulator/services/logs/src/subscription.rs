//! Subscription filters: what fits is sent on to a function, as it comes.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html#LambdaFunctionExample>

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use flate2::Compression;
use flate2::write::GzEncoder;
use kernel::arn::{Arn, FunctionArn, Parts};
use kernel::call::Origin;
use kernel::error::ApiError;
use kernel::names::AccountId;
use serde::{Deserialize, Serialize};

use crate::batch::{Batch, Event};
use crate::filters::SubscriptionFilter;
use crate::group::{Group, GroupKey};
use crate::limits::{DESCRIBED_DEFAULT, SUBSCRIPTION_FILTERS_MAX, SUBSCRIPTION_SIZE_BYTES_MAX};
use crate::metric_filter::LogGroupFilterInput;
use crate::pattern::{Pattern, Search};
use crate::{Announcement, Cx, Empty, Logs, Record, error as errors, page};

/// Events that a function has subscribed to.
#[derive(Debug, Clone)]
pub struct Subscribed {
    /// To whom they are sent.
    pub function: FunctionArn,
    /// `arn:aws:logs:region:account:log-group:name:*`, for the function's policy.
    pub source_arn: String,
    /// Whose group it is.
    pub source_account: AccountId,
    /// The function's event: `{"awslogs": {"data": …}}`.
    pub event: String,
}

impl Logs {
    pub(crate) fn put_subscription_filter(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: PutSubscriptionFilterInput,
    ) -> Result<Empty, ApiError> {
        let key = self.own(origin, &input.log_group_name)?;
        Pattern::parse(&input.filter_pattern)?;
        let destination = destination(&input)?;
        let group = self.group_mut(&key)?;
        let before = group.subscription_filters.get(&input.filter_name);
        if before.is_none() && group.subscription_filters.len() >= SUBSCRIPTION_FILTERS_MAX {
            return Err((&errors::LIMIT_EXCEEDED).into());
        }
        let filter = SubscriptionFilter {
            pattern: input.filter_pattern,
            destination,
            distribution: input.distribution.unwrap_or_else(|| "ByLogStream".to_owned()),
            created: before.map_or(cx.now, |before| before.created),
        };
        group.subscription_filters.insert(input.filter_name, filter);
        cx.put(|| Record::group(group));
        Ok(Empty {})
    }

    pub(crate) fn delete_subscription_filter(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &LogGroupFilterInput,
    ) -> Result<Empty, ApiError> {
        let key = self.own(origin, &input.log_group_name)?;
        let group = self.group_mut(&key)?;
        if group.subscription_filters.remove(&input.filter_name).is_none() {
            return Err(errors::RESOURCE_NOT_FOUND
                .says("The specified subscription filter does not exist."));
        }
        cx.put(|| Record::group(group));
        Ok(Empty {})
    }

    pub(crate) fn describe_subscription_filters(
        &self,
        origin: &Origin,
        input: &DescribeSubscriptionFiltersInput,
    ) -> Result<DescribeSubscriptionFiltersOutput, ApiError> {
        let key = self.own(origin, &input.log_group_name)?;
        let prefix = input.filter_name_prefix.as_deref().unwrap_or_default();
        let filters = self.group(&key)?.subscription_filters.iter();
        let found = filters.filter(|(name, _)| name.starts_with(prefix)).collect();
        let place = |(name, _): &(&String, &SubscriptionFilter)| (*name).clone();
        let limit = input.limit.unwrap_or(DESCRIBED_DEFAULT);
        let page = page::of(found, input.next_token.as_deref(), limit, place, &key.name)?;
        let described = page.items.into_iter().map(|(name, filter)| DescribedSubscriptionFilter {
            filter_name: name.clone(),
            log_group_name: key.name.to_string(),
            filter_pattern: filter.pattern.clone(),
            destination_arn: filter.destination.to_string(),
            distribution: filter.distribution.clone(),
            apply_on_transformed_logs: false,
            creation_time: filter.created.as_ms(),
        });
        let subscription_filters = described.collect();
        Ok(DescribeSubscriptionFiltersOutput { subscription_filters, next_token: page.next_token })
    }

    /// Says what of a new batch somebody has subscribed to.
    pub(crate) fn tell_subscribers(&self, cx: &mut Cx<'_>, batch: &Arc<Batch>) {
        let Some(stream) = self.streams.get(&batch.stream) else { return };
        let Ok(group) = self.group(&stream.group) else { return };
        for (name, filter) in &group.subscription_filters {
            let Ok(pattern) = Pattern::parse(&filter.pattern) else { continue };
            let search = Search::of(&pattern);
            let fitting = batch.events().filter(|event| search.fits(event.message));
            for events in chunks(fitting) {
                let event = awslogs(group, &stream.name, name, &pattern, &events);
                cx.announce(Announcement::Subscribed(Box::new(Subscribed {
                    function: filter.destination.clone(),
                    source_arn: format!("{}:*", group.key.arn()),
                    source_account: group.key.account.clone(),
                    event,
                })));
            }
        }
    }
}

impl PutSubscriptionFilterInput {
    /// The function that is to be sent events, and the group: whoever knows functions asks whether it lets
    /// us in.
    #[must_use]
    pub fn subscriber(&self, origin: &Origin) -> Option<(FunctionArn, GroupKey)> {
        match Arn::parse(&self.destination_arn)? {
            Arn::Function(function) => {
                Some((function, crate::group::own_key(origin, &self.log_group_name)))
            }
            _ => None,
        }
    }
}

/// What is said where a function is not there or does not let us in.
#[must_use]
pub fn function_refused() -> ApiError {
    errors::INVALID_PARAMETER.says(
        "Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function.",
    )
}

/// # Errors
/// `InvalidParameterException` where it is no function.
fn destination(input: &PutSubscriptionFilterInput) -> Result<FunctionArn, ApiError> {
    let arn = &input.destination_arn;
    if let Some(Arn::Function(function)) = Arn::parse(arn) {
        return match input.role_arn {
            Some(_) => Err(errors::INVALID_PARAMETER
                .says("destinationArn for vendor lambda cannot be used with roleArn")),
            None => Ok(function),
        };
    }
    let vendor = Parts::parse_ours(arn).map_or("", |parts| parts.service);
    Err(errors::INVALID_PARAMETER.says(match vendor {
        "kinesis" => "Could not deliver test message to specified Kinesis stream. Check if the given kinesis stream is in ACTIVE state.",
        "firehose" => "Could not deliver test message to specified Firehose stream. Check if the given Firehose stream is in ACTIVE state.",
        "logs" => "Could not deliver test message to specified destination. Check if the destination is valid.",
        _ => "PutSubscriptionFilter operation cannot work with destinationArn for vendor",
    }))
}

/// So many of the events at a time that an invocation can take them.
fn chunks<'a>(events: impl Iterator<Item = Event<'a>>) -> Vec<Vec<Event<'a>>> {
    let (mut chunks, mut size_bytes) = (Vec::new(), usize::MAX);
    for event in events {
        size_bytes = size_bytes.saturating_add(event.message.len());
        if size_bytes > SUBSCRIPTION_SIZE_BYTES_MAX {
            chunks.push(Vec::new());
            size_bytes = event.message.len();
        }
        if let Some(chunk) = chunks.last_mut() {
            chunk.push(event);
        }
    }
    chunks
}

fn awslogs(
    group: &Group,
    stream: &str,
    filter: &str,
    pattern: &Pattern,
    events: &[Event<'_>],
) -> String {
    let events = events.iter().map(|event| DataEvent {
        id: event.at.id(),
        timestamp: event.at.at_ms,
        message: event.message,
        extracted_fields: match pattern {
            Pattern::SpaceDelimited(_) => pattern.extract(event.message),
            _ => BTreeMap::new(),
        },
    });
    let message = DataMessage {
        message_type: "DATA_MESSAGE",
        owner: group.key.account.as_str(),
        log_group: &group.key.name,
        log_stream: stream,
        subscription_filters: [filter],
        log_events: events.collect(),
    };
    let json = serde_json::to_vec(&message).unwrap_or_default();
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    // A `Vec` takes whatever is written.
    let _ = gzip.write_all(&json);
    let data = BASE64.encode(gzip.finish().unwrap_or_default());
    format!(r#"{{"awslogs":{{"data":"{data}"}}}}"#)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DataMessage<'a> {
    message_type: &'static str,
    owner: &'a str,
    log_group: &'a str,
    log_stream: &'a str,
    subscription_filters: [&'a str; 1],
    log_events: Vec<DataEvent<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DataEvent<'a> {
    id: String,
    timestamp: u64,
    message: &'a str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    extracted_fields: BTreeMap<String, String>,
}

/// Input of `PutSubscriptionFilter`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PutSubscriptionFilterInput {
    /// The group.
    pub log_group_name: String,
    /// Its name among the group's.
    pub filter_name: String,
    /// What is sent on.
    pub filter_pattern: String,
    /// To whom: a function.
    pub destination_arn: String,
    /// As whom it is sent to a stream of Kinesis: there are none here.
    pub role_arn: Option<String>,
    /// `ByLogStream` or `Random`. It is kept.
    pub distribution: Option<String>,
}

/// Input of `DescribeSubscriptionFilters`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DescribeSubscriptionFiltersInput {
    /// The group.
    pub log_group_name: String,
    /// What names of filters begin with.
    pub filter_name_prefix: Option<String>,
    /// Where the page before ended.
    pub next_token: Option<String>,
    /// How many at most.
    pub limit: Option<usize>,
}

/// Output of `DescribeSubscriptionFilters`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeSubscriptionFiltersOutput {
    /// The filters of this page.
    pub subscription_filters: Vec<DescribedSubscriptionFilter>,
    /// More follow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// A subscription filter, as it is described.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribedSubscriptionFilter {
    /// Its name.
    pub filter_name: String,
    /// Its group.
    pub log_group_name: String,
    /// What is sent on.
    pub filter_pattern: String,
    /// To whom.
    pub destination_arn: String,
    /// How it is spread.
    pub distribution: String,
    /// Whether events are transformed before: there are no transformers.
    pub apply_on_transformed_logs: bool,
    /// When it was made, in milliseconds since the epoch.
    pub creation_time: u64,
}
