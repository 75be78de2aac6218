//! Environments that are tasks of this process.

use std::sync::Arc;

use aws_config::{Region, SdkConfig};
use aws_credential_types::Credentials as SdkCredentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use bytes::Bytes;
use cloudless_core::lambda::Invocation;
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use lambda_runtime::{Config, Context, Diagnostic};

use super::Shared;
use super::api::{RESPONSE_BYTES_MAX, stream_too_large};
use super::environment::{AfterInit, Ended, Environment};
use super::handlers::{BoxError, BoxHandler, EnvironmentContext, Reply, diagnostic, serve};
use super::log::InitFailure;

/// Runs an environment's handler until it is stopped.
pub(super) async fn run(shared: &Arc<Shared>, environment: &Arc<Environment>) {
    tokio::select! {
        biased;
        () = environment.stop.cancelled() => {}
        () = live(shared, environment) => {}
    }
}

async fn live(shared: &Arc<Shared>, environment: &Arc<Environment>) {
    let function = &environment.function;
    let name = function.arn.name.as_str();
    let endpoint_url = shared.endpoint_url.wait().await;
    let context = EnvironmentContext {
        function_name: name.to_owned(),
        variables: environment.variables(endpoint_url),
        sdk_config: sdk_config(shared, environment, endpoint_url),
    };
    let Some(mut handler) = initialize(shared, environment, &context).await else { return };
    let config = Arc::new(Config {
        function_name: name.to_owned(),
        memory: i32::try_from(function.memory_size_mib).unwrap_or(i32::MAX),
        version: function.version.clone(),
        log_stream: environment.log.stream.clone(),
        log_group: environment.log.group.clone(),
    });
    shared.prepared(environment);
    while let Ok(invocation) = environment.next().await {
        shared.began(&invocation.id);
        let ended = match context_of(environment, &invocation, &config) {
            Ok(context) => serve(&mut handler, invocation.payload.clone(), context).await,
            Err(error) => Err(error),
        };
        let ended = match ended {
            Ok(reply) => answered(shared, &invocation, reply).await,
            Err(error) => Ended::Failed { payload: payload(&error) },
        };
        if let Ok((id, outcome)) = environment.finish(&invocation.id.0, ended, None) {
            shared.release(environment);
            shared.ended(id, outcome);
        }
    }
}

/// What a handler returns that does not stream.
const JSON: &str = "application/json";

/// How an invocation ends whose handler has answered: it ends when all of the answer is gone.
async fn answered(shared: &Shared, invocation: &Invocation, reply: Reply) -> Ended {
    let (content_type, mut stream) = match reply {
        Reply::Whole(payload) if !invocation.streams => return Ended::Succeeded { payload },
        Reply::Whole(payload) => (JSON, futures_util::stream::iter([Ok(payload)]).boxed()),
        Reply::Stream(stream) if !invocation.streams => return collected(stream).await,
        Reply::Stream(stream) => ("application/vnd.awslambda.http-integration-response", stream),
    };
    let mut writer = shared.streams.writer(&invocation.id);
    writer.begin(Some(content_type.to_owned()), content_type == JSON).await;
    while let Some(piece) = stream.next().await {
        match piece {
            Ok(bytes) => {
                if let Err(super::stream::TooLarge) = writer.write(bytes).await {
                    return Ended::Failed { payload: stream_too_large() };
                }
            }
            Err(error) => return Ended::Failed { payload: stream_error(&error) },
        }
    }
    Ended::Succeeded { payload: Bytes::new() }
}

/// A stream for a caller that waits for the whole.
async fn collected(mut stream: BoxStream<'static, Result<Bytes, BoxError>>) -> Ended {
    let mut payload = Vec::new();
    while let Some(piece) = stream.next().await {
        match piece {
            // What is too large already is refused by its size.
            Ok(bytes) if payload.len() <= RESPONSE_BYTES_MAX => payload.extend_from_slice(&bytes),
            Ok(_) => {}
            Err(error) => return Ended::Failed { payload: stream_error(&error) },
        }
    }
    Ended::Succeeded { payload: payload.into() }
}

fn stream_error(error: &BoxError) -> Bytes {
    payload(&diagnostic("Runtime.StreamError", format!("{error:#}")))
}

/// Makes the handler, as Lambda initialises: what fails or takes too long is begun again, as a part
/// of the invocation. Nothing where it fails twice; the invocation has then ended.
async fn initialize(
    shared: &Shared,
    environment: &Environment,
    context: &EnvironmentContext,
) -> Option<BoxHandler> {
    let name = environment.function.arn.name.as_str();
    loop {
        let made = shared.handlers.make(name, context.clone());
        let made = if environment.is_in_init_phase() {
            match tokio::time::timeout(shared.init_timeout_of(environment), made).await {
                Ok(made) => made,
                Err(_elapsed) => {
                    match environment.init_again(InitFailure::TimedOut) {
                        Some(work) => shared.began(&work.id),
                        // It was to stand by, and has had its time.
                        None if environment.is_in_init_phase() => {
                            let error_type = "Sandbox.Timedout".to_owned();
                            end_init(shared, environment, error_type, Bytes::new());
                            return None;
                        }
                        None => {}
                    }
                    continue;
                }
            }
        } else {
            made.await
        };
        let error = match made {
            Ok(handler) => return Some(handler),
            Err(error) => error,
        };
        if !end_init(shared, environment, error.error_type.clone(), payload(&error)) {
            return None;
        }
    }
}

/// The handler could not be made. Whether that is tried again.
fn end_init(shared: &Shared, environment: &Environment, error_type: String, said: Bytes) -> bool {
    match environment.fail_init(error_type, said) {
        Ok(AfterInit::Again(work)) => {
            shared.began(&work.id);
            true
        }
        Ok(AfterInit::Ended(id, outcome)) => {
            shared.forget(environment.id);
            shared.ended(id, outcome);
            false
        }
        Err(_refused) => false,
    }
}

/// The context that `lambda_runtime` reads from the headers of an invocation.
fn context_of(
    environment: &Environment,
    invocation: &Invocation,
    config: &Arc<Config>,
) -> Result<Context, Diagnostic> {
    let mut context = Context::default();
    context.request_id = invocation.id.0.to_string();
    context.deadline = environment.deadline_ms();
    context.invoked_function_arn = invocation.invoked_arn.to_string();
    context.xray_trace_id = Some(invocation.trace_header.clone());
    context.env_config = Arc::clone(config);
    if let Some(text) = &invocation.client_context {
        context.client_context = serde_json::from_str(text).map_err(|error| {
            diagnostic(
                "Runtime.InvalidClientContext",
                format!("the client context is not as the AWS Mobile SDK sends it: {error}"),
            )
        })?;
    }
    Ok(context)
}

fn payload(error: &Diagnostic) -> Bytes {
    serde_json::to_vec(error).unwrap_or_default().into()
}

fn sdk_config(shared: &Shared, environment: &Environment, endpoint_url: &str) -> SdkConfig {
    let credentials = &environment.credentials;
    let provider = SharedCredentialsProvider::new(SdkCredentials::new(
        credentials.access_key_id.clone(),
        credentials.secret_access_key.clone(),
        Some(credentials.session_token.clone()),
        None,
        "execution environment",
    ));
    let variables = &environment.function.environment;
    shared
        .sdk_config
        .to_builder()
        .region(Region::new(environment.function.arn.region.to_string()))
        .endpoint_url(variables.get("AWS_ENDPOINT_URL").map_or(endpoint_url, String::as_str))
        .credentials_provider(provider)
        .build()
}
