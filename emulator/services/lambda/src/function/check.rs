//! What is asked of a function's configuration before it is taken.

use std::collections::BTreeMap;

use kernel::arn::{Arn, Parts, RoleArn};
use kernel::error::{self, ApiError};

use crate::error::{self as refuse, UserError as _};
use crate::{DeadLetterConfig, Environment, limits};

pub(super) fn check_revision(given: Option<&str>, current: &str) -> Result<(), ApiError> {
    match given {
        Some(given) if given != current => {
            Err(refuse::PRECONDITION_FAILED.user(refuse::PRECONDITION_FAILED.message))
        }
        _ => Ok(()),
    }
}

/// A name that is too long is another complaint where a function is to have it.
pub(super) fn check_name(name: &str) -> Result<(), ApiError> {
    let own = name.rsplit(':').next().unwrap_or(name);
    if own.len() <= limits::FUNCTION_NAME_CHARS_MAX {
        return Ok(());
    }
    Err(refuse::INVALID_PARAMETER_VALUE.user(format!(
        "1 validation error detected: Value '{own}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to {}",
        limits::FUNCTION_NAME_CHARS_MAX
    )))
}

pub(super) fn check_role(role: &str) -> Result<(), ApiError> {
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
    Err(refuse::VALIDATION.user(format!(
        "1 validation error detected: Value '{role}' at 'role' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\\d{{12}}:role/?[a-zA-Z_0-9+=,.@\\-_/]+"
    )))
}

pub(super) fn check_timeout(timeout_s: Option<u32>) -> Result<(), ApiError> {
    let bound = match timeout_s {
        Some(0) => "greater than or equal to 1".to_owned(),
        Some(timeout_s) if timeout_s > limits::TIMEOUT_MAX_S => {
            format!("less than or equal to {}", limits::TIMEOUT_MAX_S)
        }
        _ => return Ok(()),
    };
    Err(refuse::VALIDATION.user(format!(
        "1 validation error detected: Value '{}' at 'timeout' failed to satisfy constraint: Member must have value {bound}",
        timeout_s.unwrap_or_default()
    )))
}

pub(super) fn variables(
    environment: Option<Environment>,
) -> Result<BTreeMap<String, String>, ApiError> {
    let variables = environment.and_then(|it| it.variables).unwrap_or_default();
    let reserved: Vec<&str> = variables
        .keys()
        .map(String::as_str)
        .filter(|name| limits::RESERVED_VARIABLES.contains(name))
        .collect();
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
    Ok(variables)
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
