//! A function as a caller names it: a name, a partial ARN or a full one.

use kernel::arn::{Arn, FunctionArn, Parts};
use kernel::call::Origin;
use kernel::error::ApiError;
use kernel::names::{AccountId, FunctionName, Region};

use crate::error::UserError as _;
use crate::{error as refuse, limits};

/// Which function is meant, and which version of it.
pub(super) struct Reference {
    /// Its ARN, with the qualifier where one was given.
    pub(super) arn: FunctionArn,
}

impl Reference {
    /// Reads a name, a partial ARN (`account:function:name`) or a full one, each with or without
    /// a qualifier.
    pub(super) fn parse(
        name: &str,
        qualifier: Option<&str>,
        origin: &Origin,
    ) -> Result<Self, ApiError> {
        let parsed = if name.starts_with("arn:") {
            of_arn(name, qualifier)?
        } else {
            of_name(name, qualifier, origin)?
        };
        if parsed.region != origin.region {
            return Err(refuse::RESOURCE_NOT_FOUND.user(format!(
                "Functions from '{}' are not reachable in this region ('{}')",
                parsed.region, origin.region
            )));
        }
        let qualifier = match (&parsed.qualifier, qualifier) {
            (Some(inner), Some(outer)) if **inner != *outer => {
                return Err(refuse::INVALID_PARAMETER_VALUE.user(
                    "The derived qualifier from the function name does not match the specified qualifier.",
                ));
            }
            (inner, outer) => inner.clone().or_else(|| outer.map(Into::into)),
        };
        Ok(Self { arn: FunctionArn { qualifier, ..parsed } })
    }
}

/// A function as a whole: what is asked cannot be done with a version or an alias.
pub(super) fn whole(name: &str, origin: &Origin) -> Result<FunctionArn, ApiError> {
    let arn = Reference::parse(name, None, origin)?.arn;
    match arn.qualifier {
        None => Ok(arn),
        Some(_) => Err(refuse::INVALID_PARAMETER_VALUE.user(
            "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.",
        )),
    }
}

/// `arn:aws:lambda:us-east-1:123456789012:function:name`. `function:` may be left out of it.
fn of_arn(text: &str, qualifier: Option<&str>) -> Result<FunctionArn, ApiError> {
    if let Some(Arn::Function(arn)) = Arn::parse(text) {
        return Ok(arn);
    }
    let Some(Parts { partition, service, region, account, resource }) = Parts::parse(text) else {
        return Err(invalid(text));
    };
    let rest = resource.strip_prefix("function:").unwrap_or(resource);
    let whole = format!("arn:{partition}:{service}:{region}:{account}:function:{rest}");
    match Arn::parse(&whole) {
        Some(Arn::Function(arn)) => Ok(arn),
        _ => Err(too_long(rest, &whole, qualifier).unwrap_or_else(|| invalid(text))),
    }
}

/// `name`. A region, an account and the word may stand before it, as in an ARN.
fn of_name(text: &str, qualifier: Option<&str>, origin: &Origin) -> Result<FunctionArn, ApiError> {
    let mut parts: Vec<&str> = text.split(':').collect();
    let mut region = origin.region.clone();
    let mut account = origin.account.clone();
    if parts.len() > 1 && is_region(parts[0]) {
        region = Region::parse(parts.remove(0)).ok_or_else(|| invalid(text))?;
    }
    if parts.len() > 1
        && let Some(given) = AccountId::parse(parts[0])
    {
        account = given;
        parts.remove(0);
    }
    if parts.len() > 1 && parts[0] == "function" {
        parts.remove(0);
    }
    let (name, inner) = match parts[..] {
        [name] => (name, None),
        [name, qualifier] => (name, Some(qualifier.into())),
        _ => return Err(invalid(text)),
    };
    let Some(parsed) = FunctionName::parse(name) else {
        let arn = format!("arn:aws:lambda:{region}:{account}:function:{name}");
        return Err(too_long(name, &arn, qualifier).unwrap_or_else(|| invalid(text)));
    };
    Ok(FunctionArn { region, account, name: parsed, qualifier: inner })
}

fn invalid(name: &str) -> ApiError {
    refuse::VALIDATION.says(format!(
        "1 validation error detected: Value '{name}' at 'functionName' failed to satisfy constraint: Member must be a function name, a partial ARN or an ARN"
    ))
}

/// Whether a part of a name is a region, as AWS's pattern has it: `us-east-1`.
fn is_region(part: &str) -> bool {
    let mut words = part.rsplit('-');
    let (number, direction) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let before: Vec<&str> = words.collect();
    let lower = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_lowercase());
    number.len() == 1
        && number.bytes().all(|byte| byte.is_ascii_digit())
        && lower(direction)
        && !before.is_empty()
        && before.iter().all(|word| lower(word))
        && before.last().is_some_and(|word| word.len() == 2 || *word == "eusc")
}

/// What Lambda says of a name that no function can have, because it is too long: there is none.
fn too_long(name: &str, arn: &str, qualifier: Option<&str>) -> Option<ApiError> {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let too_long = name.len() > limits::FUNCTION_NAME_CHARS_MAX && name.bytes().all(is_name);
    let qualifier = qualifier.map(|it| format!(":{it}")).unwrap_or_default();
    too_long
        .then(|| refuse::RESOURCE_NOT_FOUND.user(format!("Function not found: {arn}{qualifier}")))
}
