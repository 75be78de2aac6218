//! What is asked of a function's configuration before it is taken.

use std::collections::BTreeMap;

use kernel::arn::{Arn, Parts, RoleArn};
use kernel::call::Origin;
use kernel::error::{self, ApiError};
use serde_json::Value;

use super::super::qualifier::LATEST;
use super::super::reference::{Reference, whole};
use super::super::{
    DeadLetterConfig, Environment, LogFormat, LogLevel, Logging, LoggingConfig, runtimes,
};
use crate::error::{self as refuse, UserError as _};
use crate::limits;

pub(super) fn revision(given: Option<&str>, current: &str) -> Result<(), ApiError> {
    match given {
        Some(given) if given != current => {
            Err(refuse::PRECONDITION_FAILED.user(refuse::PRECONDITION_FAILED.message))
        }
        _ => Ok(()),
    }
}

/// What changes is `$LATEST`: a published version or an alias cannot be changed so.
pub(super) fn unpublished(name: &str, origin: &Origin) -> Result<(), ApiError> {
    let arn = Reference::parse(name, None, origin)?.arn;
    match arn.qualifier.as_deref() {
        None | Some(LATEST) => Ok(()),
        Some(_) => whole(name, origin).map(drop),
    }
}

/// A name that is too long is another complaint where a function is to have it.
pub(super) fn name(name: &str) -> Result<(), ApiError> {
    if name.len() <= limits::FUNCTION_NAME_CHARS_MAX || name.contains(':') {
        return Ok(());
    }
    Err(refuse::INVALID_PARAMETER_VALUE.user(format!(
        "1 validation error detected: Value '{name}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to {}",
        limits::FUNCTION_NAME_CHARS_MAX
    )))
}

pub(super) fn role(role: &str) -> Result<(), ApiError> {
    if RoleArn::parse(role).is_some() {
        return Ok(());
    }
    // A role of another partition is well said, and cannot be had.
    let elsewhere = Parts::parse(role).filter(|it| {
        it.partition.starts_with("aws") && it.service == "iam" && it.resource.starts_with("role/")
    });
    if elsewhere.is_some() {
        return Err(refuse::INVALID_PARAMETER_VALUE
            .user("The role defined for the function cannot be assumed by Lambda."));
    }
    Err(refuse::VALIDATION.says(format!(
        "1 validation error detected: Value '{role}' at 'role' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\\d{{12}}:role/?[a-zA-Z_0-9+=,.@\\-_/]+"
    )))
}

pub(super) fn runtime(runtime: &str) -> Result<(), ApiError> {
    if runtimes::CURRENT.contains(&runtime) || runtimes::LATER.contains(&runtime) {
        return Ok(());
    }
    if runtimes::GONE.contains(&runtime) {
        return Err(refuse::INVALID_PARAMETER_VALUE.user(format!(
            "The runtime parameter of {runtime} is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions."
        )));
    }
    Err(refuse::INVALID_PARAMETER_VALUE.user(format!(
        "Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [{}] or be a valid ARN",
        runtimes::CURRENT.join(", ")
    )))
}

/// Whether snapshots are asked for.
pub(super) fn snap_start(apply_on: Option<&str>, runtime: &str) -> Result<bool, ApiError> {
    match apply_on {
        None => Ok(false),
        Some(_) if !runtimes::WITH_SNAP_START.contains(&runtime) => {
            Err(refuse::INVALID_PARAMETER_VALUE
                .user(format!("{runtime} is not supported for SnapStart enabled functions.")))
        }
        Some(apply_on) => Ok(apply_on == "PublishedVersions"),
    }
}

/// The model says least; the most it leaves out.
pub(super) fn timeout(timeout_s: Option<u32>) -> Result<(), ApiError> {
    match timeout_s {
        Some(timeout_s) if timeout_s > limits::TIMEOUT_MAX_S => {
            Err(refuse::VALIDATION.says(format!(
                "1 validation error detected: Value '{timeout_s}' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to {}",
                limits::TIMEOUT_MAX_S
            )))
        }
        Some(0) => Err(refuse::VALIDATION.says(
            "1 validation error detected: Value '0' at 'timeout' failed to satisfy constraint: Member must have value greater than or equal to 1",
        )),
        _ => Ok(()),
    }
}

pub(super) fn memory(memory_mib: Option<u32>) -> Result<(), ApiError> {
    match memory_mib {
        Some(memory_mib) if memory_mib > limits::MEMORY_SIZE_MAX_MIB => {
            Err(refuse::INVALID_PARAMETER_VALUE.user(format!(
                "'MemorySize' value failed to satisfy constraint: Member must have value less than or equal to {}",
                limits::MEMORY_SIZE_MAX_MIB
            )))
        }
        _ => Ok(()),
    }
}

pub(super) fn variables(
    environment: Option<Environment>,
) -> Result<BTreeMap<String, String>, ApiError> {
    let variables = environment.and_then(|it| it.variables).unwrap_or_default();
    let mut reserved: Vec<&str> = variables
        .keys()
        .map(String::as_str)
        .filter(|name| limits::RESERVED_VARIABLES.contains(name))
        .collect();
    reserved.sort_unstable();
    if !reserved.is_empty() {
        return Err(refuse::INVALID_PARAMETER_VALUE.user(format!(
            "Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: {}",
            reserved.join(", ")
        )));
    }
    let measured = serde_json::to_string(&variables).unwrap_or_default();
    if measured.len() > limits::ENVIRONMENT_MAX_BYTES {
        return Err(refuse::INVALID_PARAMETER_VALUE.user(format!(
            "Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: {measured}"
        )));
    }
    let text = |value: Value| match value {
        Value::String(text) => text,
        other => other.to_string(),
    };
    Ok(variables.into_iter().map(|(name, value)| (name, text(value))).collect())
}

pub(super) fn dead_letter_target(
    config: Option<DeadLetterConfig>,
) -> Result<Option<Arn>, ApiError> {
    match config.and_then(|config| config.target_arn).filter(|target| !target.is_empty()) {
        None => Ok(None),
        Some(target) => match Arn::parse(&target) {
            Some(arn @ Arn::Queue(_)) => Ok(Some(arn)),
            _ if Parts::parse_ours(&target).is_some_and(|it| it.service == "sns") => {
                Err(error::parameter_not_implemented("CreateFunction", "DeadLetterConfig (SNS)"))
            }
            _ => Err(refuse::INVALID_PARAMETER_VALUE
                .user(format!("The provided target ARN {target} is not valid."))),
        },
    }
}

/// What a function logs like from now on: what is not said stays.
pub(super) fn logging(
    before: Option<&Logging>,
    config: Option<LoggingConfig>,
    function: &str,
) -> Result<Logging, ApiError> {
    let before = before.cloned().unwrap_or_else(|| Logging::of_function(function));
    let Some(config) = config else { return Ok(before) };
    let is_json = match config.log_format.as_deref() {
        None => before.format != LogFormat::Text,
        Some(format) => format == "JSON",
    };
    let has_level = config.application_log_level.is_some() || config.system_log_level.is_some();
    if !is_json && has_level {
        return Err(refuse::INVALID_PARAMETER_VALUE.user(
            "LogLevel is not supported when LogFormat is set to \"Text\". Remove LogLevel from your request or change the LogFormat to \"JSON\" and try again.",
        ));
    }
    let format = if is_json {
        let levels = match before.format {
            LogFormat::Json { application, system } => (application, system),
            LogFormat::Text => (LogLevel::Info, LogLevel::Info),
        };
        LogFormat::Json {
            application: config.application_log_level.unwrap_or(levels.0),
            system: config.system_log_level.unwrap_or(levels.1),
        }
    } else {
        LogFormat::Text
    };
    Ok(Logging { group: config.log_group.unwrap_or(before.group), format })
}
