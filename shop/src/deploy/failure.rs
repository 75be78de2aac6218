//! What AWS refused, who refused it, and what to do next.

use anyhow::{Error, anyhow};
use aws_sdk_cloudformation::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use std::error::Error as StdError;

/// An error that names the action and the way out.
pub(super) fn explained<E, R>(action: &str, error: &SdkError<E, R>) -> Error
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    let code = error.code().unwrap_or_default();
    let message = error.message().unwrap_or_default();
    let all = DisplayErrorContext(error).to_string();
    let said = match (code, message) {
        ("", "") => all.clone(),
        (code, "") => code.to_owned(),
        (code, message) => format!("{code}: {message}"),
    };
    let advice = match code {
        "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" => {
            "the credentials have expired: sign in again (`aws sso login`) and repeat"
        }
        "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "SignatureDoesNotMatch"
        | "InvalidAccessKeyId"
        | "AuthFailure" => {
            "AWS does not know these credentials: see `aws configure list` and `aws sts \
             get-caller-identity`"
        }
        "AccessDenied"
        | "AccessDeniedException"
        | "UnauthorizedOperation"
        | "Forbidden"
        | "403" => {
            "these credentials may not do this: have somebody allow the action, or use others \
             (AWS_PROFILE); docs/aws.md lists what a deployment needs"
        }
        "BucketAlreadyExists" => {
            "somebody else has a bucket of this name: choose --deployment-bucket"
        }
        "InsufficientCapabilitiesException" => "the template needs a capability that was not given",
        "Throttling" | "ThrottlingException" | "SlowDown" => "AWS is busy: repeat in a minute",
        "" if all.to_ascii_lowercase().contains("credential") => {
            "no credentials were found: run `aws configure` or `aws sso login`, or set AWS_PROFILE, \
             or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        }
        "" if matches!(error, SdkError::DispatchFailure(_) | SdkError::TimeoutError(_)) => {
            "AWS was not reached: is there a network, is the region's name right, does \
             AWS_ENDPOINT_URL point somewhere else?"
        }
        _ => return anyhow!("{action} was refused: {said}"),
    };
    anyhow!("{action} was refused: {said}\n{advice}")
}
