//! Event invoke configurations: what becomes of asynchronous invocations of a function, a version or an
//! alias.

use kernel::arn::{Arn, FunctionArn, Parts};
use kernel::call::Origin;
use kernel::error::ApiError;
use kernel::record::Key;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::page::Page;
use super::qualifier::LATEST;
use super::qualifier::qualified;
use super::reference::Reference;
use super::{FunctionInput, Lambda, ListOfFunctionInput, NothingOutput};
use crate::error::UserError as _;
use crate::{Cx, Kind, Record, error as refuse};

/// What becomes of asynchronous invocations of a version or an alias.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventInvokeConfig {
    /// `MaximumRetryAttempts`; two where nothing is said.
    pub maximum_retry_attempts: Option<u32>,
    /// `MaximumEventAgeInSeconds`; six hours where nothing is said.
    pub maximum_event_age_s: Option<u32>,
    /// `OnSuccess.Destination`: any ARN that AWS takes.
    pub on_success: Option<String>,
    /// `OnFailure.Destination`
    pub on_failure: Option<String>,
    pub(crate) last_modified: Timestamp,
}

/// Input of `PutFunctionEventInvokeConfig` and `UpdateFunctionEventInvokeConfig`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct EventInvokeConfigInput {
    pub(super) function_name: String,
    pub(super) qualifier: Option<String>,
    maximum_retry_attempts: Option<u32>,
    maximum_event_age_in_seconds: Option<u32>,
    destination_config: Option<EventDestinations>,
}

/// `DestinationConfig`
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct EventDestinations {
    on_success: EventDestination,
    on_failure: EventDestination,
}

/// `OnSuccess`, `OnFailure`
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
struct EventDestination {
    #[serde(skip_serializing_if = "Option::is_none")]
    destination: Option<String>,
}

/// An event invoke configuration, as AWS shows it:
/// <https://docs.aws.amazon.com/lambda/latest/api/API_FunctionEventInvokeConfig.html>.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct EventInvokeConfigOutput {
    last_modified: f64,
    function_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    maximum_retry_attempts: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    maximum_event_age_in_seconds: Option<u32>,
    destination_config: EventDestinations,
    /// Ours, in a header: destinations that are kept, and told nothing.
    #[serde(rename = "x-cloudless-undelivered", skip_serializing_if = "Option::is_none")]
    undelivered: Option<String>,
}

/// Output of `ListFunctionEventInvokeConfigs`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListEventInvokeConfigsOutput {
    function_event_invoke_configs: Vec<EventInvokeConfigOutput>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
}

impl EventDestination {
    /// An empty text takes a destination away.
    fn given(&self) -> Option<&str> {
        self.destination.as_deref().filter(|arn| !arn.is_empty())
    }

    fn kept(&self) -> Option<String> {
        self.given().map(str::to_owned)
    }
}

impl EventInvokeConfig {
    /// Where the record of this is kept.
    pub(crate) fn key_of(arn: &FunctionArn) -> Key {
        Key::named(Kind::EventInvokeConfig, arn.to_string())
    }

    fn shown(&self, arn: &FunctionArn) -> EventInvokeConfigOutput {
        let destination = |arn: &Option<String>| EventDestination { destination: arn.clone() };
        EventInvokeConfigOutput {
            last_modified: self.last_modified.as_epoch_s(),
            function_arn: arn.to_string(),
            maximum_retry_attempts: self.maximum_retry_attempts,
            maximum_event_age_in_seconds: self.maximum_event_age_s,
            destination_config: EventDestinations {
                on_success: destination(&self.on_success),
                on_failure: destination(&self.on_failure),
            },
            undelivered: None,
        }
    }

    /// What is told nothing, because there is none of it here: topics, event buses and buckets.
    fn undelivered(&self) -> Option<String> {
        let is_here = |arn: &str| matches!(Arn::parse(arn), Some(Arn::Queue(_) | Arn::Function(_)));
        let all = [&self.on_success, &self.on_failure].into_iter().flatten();
        let left: Vec<&str> = all.map(String::as_str).filter(|arn| !is_here(arn)).collect();
        (!left.is_empty()).then(|| left.join(", "))
    }
}

impl Lambda {
    /// What is said of asynchronous invocations by this ARN; nothing where nothing is.
    #[must_use]
    pub fn event_invoke_config(&self, invoked: &FunctionArn) -> Option<&EventInvokeConfig> {
        let function = self.functions.get(&invoked.unqualified())?;
        function.event_invoke_configs.get(invoked.qualifier.as_deref().unwrap_or(LATEST))
    }

    pub(super) fn put_function_event_invoke_config(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &EventInvokeConfigInput,
    ) -> Result<EventInvokeConfigOutput, ApiError> {
        let arn = self.configurable(origin, input)?;
        let destinations = input.destination_config.clone().unwrap_or_default();
        self.check_destinations(&arn, &destinations)?;
        let config = EventInvokeConfig {
            maximum_retry_attempts: input.maximum_retry_attempts,
            maximum_event_age_s: input.maximum_event_age_in_seconds,
            on_success: destinations.on_success.kept(),
            on_failure: destinations.on_failure.kept(),
            last_modified: cx.now,
        };
        Ok(self.keep_event_invoke_config(cx, &arn, config))
    }

    pub(super) fn update_function_event_invoke_config(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &EventInvokeConfigInput,
    ) -> Result<EventInvokeConfigOutput, ApiError> {
        let arn = self.configurable(origin, input)?;
        let mut config = self.event_invoke_config(&arn).cloned().ok_or_else(|| none(&arn))?;
        if let Some(destinations) = &input.destination_config {
            self.check_destinations(&arn, destinations)?;
            config.on_success = destinations.on_success.kept();
            config.on_failure = destinations.on_failure.kept();
        }
        config.maximum_retry_attempts =
            input.maximum_retry_attempts.or(config.maximum_retry_attempts);
        config.maximum_event_age_s =
            input.maximum_event_age_in_seconds.or(config.maximum_event_age_s);
        config.last_modified = cx.now;
        Ok(self.keep_event_invoke_config(cx, &arn, config))
    }

    fn keep_event_invoke_config(
        &mut self,
        cx: &mut Cx<'_>,
        arn: &FunctionArn,
        config: EventInvokeConfig,
    ) -> EventInvokeConfigOutput {
        cx.put(|| Record::event_invoke_config(arn, &config));
        let undelivered = config.undelivered();
        let shown = EventInvokeConfigOutput { undelivered, ..config.shown(arn) };
        if let (Some(function), Some(qualifier)) =
            (self.functions.get_mut(&arn.unqualified()), &arn.qualifier)
        {
            function.event_invoke_configs.insert(qualifier.clone(), config);
        }
        shown
    }

    pub(super) fn get_function_event_invoke_config(
        &self,
        origin: &Origin,
        input: &FunctionInput,
    ) -> Result<EventInvokeConfigOutput, ApiError> {
        let arn = with_qualifier(input.reference(origin)?.arn);
        let config = self.event_invoke_config(&arn).ok_or_else(|| none(&arn))?;
        Ok(config.shown(&arn))
    }

    pub(super) fn list_function_event_invoke_configs(
        &self,
        origin: &Origin,
        input: &ListOfFunctionInput,
    ) -> Result<ListEventInvokeConfigsOutput, ApiError> {
        let arn = Reference::parse(&input.function_name, None, origin)?.arn.unqualified();
        let function = self.functions.get(&arn).ok_or_else(no_function)?;
        let place = |(qualifier, _): &(&str, &EventInvokeConfig)| (*qualifier).to_owned();
        let all = function.event_invoke_configs.iter().map(|(name, config)| (&**name, config));
        let page = Page::of(all, place, input.marker.as_deref(), input.max_items);
        let shown = |(qualifier, config): (&str, &EventInvokeConfig)| {
            config.shown(&qualified(&arn, qualifier))
        };
        Ok(ListEventInvokeConfigsOutput {
            function_event_invoke_configs: page.items.into_iter().map(shown).collect(),
            next_marker: page.next_marker,
        })
    }

    pub(super) fn delete_function_event_invoke_config(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &FunctionInput,
    ) -> Result<NothingOutput, ApiError> {
        let arn = with_qualifier(input.reference(origin)?.arn);
        let function = self.functions.get_mut(&arn.unqualified());
        let qualifier = arn.qualifier.clone().unwrap_or_default();
        let removed = function.and_then(|it| it.event_invoke_configs.remove(&qualifier));
        if removed.is_none() {
            return Err(none(&arn));
        }
        cx.delete(|| EventInvokeConfig::key_of(&arn));
        Ok(NothingOutput {})
    }

    /// The version or alias that a request is about, which must be there.
    fn configurable(
        &self,
        origin: &Origin,
        input: &EventInvokeConfigInput,
    ) -> Result<FunctionArn, ApiError> {
        let says_nothing = input.maximum_retry_attempts.is_none()
            && input.maximum_event_age_in_seconds.is_none()
            && input.destination_config.is_none();
        if says_nothing {
            return Err(refuse::INVALID_PARAMETER_VALUE
                .user("You must specify at least one of error handling or destination setting."));
        }
        let reference = Reference::parse(&input.function_name, input.qualifier.as_deref(), origin)?;
        let arn = with_qualifier(reference.arn);
        let function = self.functions.get(&arn.unqualified());
        match function.and_then(|function| function.resolve(arn.qualifier.as_deref())) {
            Some(_) => Ok(arn),
            None => Err(no_function()),
        }
    }

    fn check_destinations(
        &self,
        arn: &FunctionArn,
        destinations: &EventDestinations,
    ) -> Result<(), ApiError> {
        let EventDestinations { on_success, on_failure } = destinations;
        for destination in [on_failure.given(), on_success.given()].into_iter().flatten() {
            let service = Parts::parse(destination).map(|parts| parts.service);
            match (service, Arn::parse(destination)) {
                (Some("lambda"), Some(Arn::Function(function))) => {
                    if !self.functions.contains_key(&function.unqualified()) {
                        return Err(refuse::INVALID_PARAMETER_VALUE
                            .user(format!("The destination ARN {destination} is invalid.")));
                    }
                    if function.unqualified() == arn.unqualified() {
                        return Err(refuse::INVALID_PARAMETER_VALUE
                            .user("You can't specify the function as a destination for itself."));
                    }
                }
                (Some("sqs" | "sns" | "events" | "s3"), _) => {}
                _ => {
                    let said = |name: &str, destination: Option<&str>| match destination {
                        Some(destination) => format!("{name}(destination={destination})"),
                        None => "null".to_owned(),
                    };
                    return Err(refuse::INVALID_PARAMETER_VALUE.user(format!(
                        "The provided destination config DestinationConfig(onSuccess={}, onFailure={}) is invalid.",
                        said("OnSuccess", on_success.given()),
                        said("OnFailure", on_failure.given()),
                    )));
                }
            }
        }
        Ok(())
    }
}

/// The same ARN; where it has no qualifier, that of `$LATEST`.
fn with_qualifier(arn: FunctionArn) -> FunctionArn {
    match arn.qualifier {
        Some(_) => arn,
        None => qualified(&arn, LATEST),
    }
}

fn no_function() -> ApiError {
    refuse::RESOURCE_NOT_FOUND.user("The function doesn't exist.")
}

fn none(arn: &FunctionArn) -> ApiError {
    refuse::RESOURCE_NOT_FOUND.user(format!("The function {arn} doesn't have an EventInvokeConfig"))
}
