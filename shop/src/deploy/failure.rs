//! What AWS refused, who refused it, and what to do next.

use std::error::Error as StdError;

use anyhow::{Error, anyhow};
use aws_sdk_cloudformation::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};

/// An error that names the action and the way out.
pub(super) fn explained<E, R>(action: &str, error: &SdkError<E, R>) -> Error
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    let code = error.code().unwrap_or_default();
    match (code, error.message().unwrap_or_default()) {
        ("", "") => unanswered(action, error),
        (code, message) => {
            let colon = if message.is_empty() { "" } else { ": " };
            let advice = advice(code).map(|advice| format!("\n{advice}")).unwrap_or_default();
            anyhow!("{action} was refused: {code}{colon}{message}{advice}")
        }
    }
}

fn advice(code: &str) -> Option<&'static str> {
    Some(match code {
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
        "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" | "Forbidden" => {
            "these credentials may not do this: have somebody allow the action, or use others \
             (AWS_PROFILE); docs/aws.md lists what a deployment needs"
        }
        "BucketAlreadyExists" => {
            "somebody else has a bucket of this name: choose --deployment-bucket"
        }
        "NotImplemented" => "AWS_ENDPOINT_URL names an emulator: only AWS itself has this",
        "Throttling" | "ThrottlingException" | "SlowDown" => "AWS is busy: repeat in a minute",
        _ => return None,
    })
}

/// There is no answer with a code in it: nobody was asked, or nobody answered, or with a HEAD.
fn unanswered<E, R>(action: &str, error: &SdkError<E, R>) -> Error
where
    E: StdError + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    let mut innermost: &dyn StdError = error;
    let mut wants_credentials = false;
    loop {
        wants_credentials |= innermost.to_string().contains("credential");
        let Some(source) = innermost.source() else { break };
        innermost = source;
    }
    match error {
        _ if wants_credentials => anyhow!(
            "no credentials were found: run `aws configure` or `aws sso login`, or set AWS_PROFILE, \
             or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        ),
        SdkError::DispatchFailure(_) | SdkError::TimeoutError(_) => anyhow!(
            "{action} was not answered: {innermost}\nis there a network, is the region's name \
             right, does AWS_ENDPOINT_URL point somewhere else?"
        ),
        SdkError::ServiceError(_) => anyhow!(
            "{action} was refused without a reason: most likely these credentials may not do it, or \
             the bucket of this name is somebody else's"
        ),
        error => anyhow!("{action} failed: {}", DisplayErrorContext(error)),
    }
}
