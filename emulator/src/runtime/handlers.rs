//! Functions whose handler lives in this process: no zip, no child process, a debugger that works.

use std::any::{Any, type_name};
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use aws_config::SdkConfig;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt as _, Stream, StreamExt as _};
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use lambda_runtime::{
    Context, Diagnostic, FunctionResponse, IntoFunctionResponse, LambdaEvent, MetadataPrelude,
    StreamResponse,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tower::{Service, ServiceExt as _};

/// What a factory may fail with: anything that an error or a text can become.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

type Factory = Arc<
    dyn Fn(EnvironmentContext) -> BoxFuture<'static, Result<BoxHandler, BoxError>> + Send + Sync,
>;

/// A handler behind one type, whatever its events and answers are.
pub(super) type BoxHandler = Box<dyn Handler>;

/// The handlers that run in this process, by the name of their function.
///
/// A function with a registered name runs here whatever its zip and its runtime are.
///
/// ```
/// use cloudless::runtime::Handlers;
/// use lambda_runtime::{Error, LambdaEvent, service_fn};
///
/// let handlers = Handlers::new().register("greet", |environment| async move {
///     let greeting = environment.variable("GREETING").unwrap_or("Hello").to_owned();
///     Ok::<_, Error>(service_fn(move |event: LambdaEvent<String>| {
///         let answer = format!("{greeting} {}", event.payload);
///         async move { Ok::<_, Error>(answer) }
///     }))
/// });
/// # let _ = handlers;
/// ```
#[derive(Clone, Default)]
pub struct Handlers {
    factories: BTreeMap<String, Factory>,
}

impl Handlers {
    /// No handlers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets the function called `function_name` run in this process.
    ///
    /// `factory` is called once for each execution environment, as the code before
    /// `lambda_runtime::run` runs once in a Lambda's `main`; the service that it makes then serves
    /// one event at a time. The service has the bounds of `lambda_runtime::run`, so the same value
    /// also runs as a process: its errors and panics are answered as `lambda_runtime` does. A
    /// factory that fails, or takes more than 10 seconds, is called once more within the invocation
    /// and its timeout; where it fails again, the invocation ends with the type and text of its
    /// error, as that of a runtime that reports an initialisation error.
    ///
    /// What it returns is written as JSON, or leaves as it comes where it is a
    /// `lambda_runtime::streaming::Response`: with the prelude that `lambda_runtime` writes.
    ///
    /// When its invocation times out, the service's future is dropped: code that neither awaits nor
    /// returns cannot be stopped, and belongs in `spawn_blocking`.
    #[must_use]
    pub fn register<F, Made, S, E, T, R, B, St, D, SE>(
        mut self,
        function_name: impl Into<String>,
        factory: F,
    ) -> Self
    where
        F: Fn(EnvironmentContext) -> Made + Send + Sync + 'static,
        Made: Future<Output = Result<S, E>> + Send + 'static,
        E: Into<BoxError>,
        S: Service<LambdaEvent<T>, Response = R> + Send + 'static,
        S::Future: Send,
        S::Error: Into<Diagnostic> + fmt::Debug + Send,
        T: DeserializeOwned + Send + 'static,
        R: IntoFunctionResponse<B, St> + Send + 'static,
        B: Serialize + Send + 'static,
        St: Stream<Item = Result<D, SE>> + Unpin + Send + 'static,
        D: Into<Bytes> + Send + 'static,
        SE: Into<BoxError> + Send + fmt::Debug + 'static,
    {
        let factory: Factory = Arc::new(move |context| {
            let made = factory(context);
            Box::pin(async move {
                let service = made.await.map_err(Into::into)?;
                Ok(Box::new(Typed { service, types: PhantomData }) as BoxHandler)
            })
        });
        self.factories.insert(function_name.into(), factory);
        self
    }

    /// The names of the functions that run in this process.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.factories.keys().map(String::as_str)
    }

    /// Whether the function of that name runs in this process.
    pub(super) fn contains(&self, function_name: &str) -> bool {
        self.factories.contains_key(function_name)
    }

    /// Makes the instance for one execution environment.
    pub(super) async fn make(
        &self,
        function_name: &str,
        context: EnvironmentContext,
    ) -> Result<BoxHandler, Diagnostic> {
        let Some(factory) = self.factories.get(function_name) else {
            return Err(diagnostic("Runtime.HandlerNotFound", "no handler is registered"));
        };
        let made = AssertUnwindSafe(async { factory(context).await }).catch_unwind().await;
        match made {
            Ok(Ok(handler)) => Ok(handler),
            Ok(Err(error)) => Err(diagnostic("Runtime.InitError", format!("{error:#}"))),
            Err(panic) => Err(panicked(&panic)),
        }
    }
}

impl fmt::Debug for Handlers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

/// What an in-process handler has in place of its process's environment.
#[derive(Debug, Clone)]
pub struct EnvironmentContext {
    /// The function's name.
    pub function_name: String,
    /// The environment variables that a process would see: those of Lambda and the function's own.
    pub variables: BTreeMap<String, String>,
    /// Endpoint, region and credentials of this execution environment: what is called with it is
    /// attributed to the invocation in hand. It speaks plain HTTP to the emulator.
    pub sdk_config: SdkConfig,
}

impl EnvironmentContext {
    /// The environment variable of that name.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }
}

/// What a handler answers.
pub(super) enum Reply {
    Whole(Bytes),
    /// Bytes as they come, the prelude first.
    Stream(BoxStream<'static, Result<Bytes, BoxError>>),
}

/// Serves events as bytes.
pub(super) trait Handler: Send {
    /// Serves one event. Panics are the caller's to catch: see [`serve`].
    fn call(&mut self, event: Bytes, context: Context) -> BoxFuture<'_, Result<Reply, Diagnostic>>;
}

/// Serves one event; a panic becomes the error that `lambda_runtime` makes of it.
pub(super) async fn serve(
    handler: &mut BoxHandler,
    event: Bytes,
    context: Context,
) -> Result<Reply, Diagnostic> {
    match AssertUnwindSafe(handler.call(event, context)).catch_unwind().await {
        Ok(result) => result,
        Err(panic) => Err(panicked(&panic)),
    }
}

struct Typed<S, T, B, St> {
    service: S,
    types: PhantomData<fn(T) -> (B, St)>,
}

impl<S, T, R, B, St, D, SE> Handler for Typed<S, T, B, St>
where
    S: Service<LambdaEvent<T>, Response = R> + Send,
    S::Future: Send,
    S::Error: Into<Diagnostic> + fmt::Debug + Send,
    T: DeserializeOwned + Send,
    R: IntoFunctionResponse<B, St> + Send,
    B: Serialize + Send,
    St: Stream<Item = Result<D, SE>> + Unpin + Send + 'static,
    D: Into<Bytes> + Send + 'static,
    SE: Into<BoxError> + Send + fmt::Debug + 'static,
{
    fn call(&mut self, event: Bytes, context: Context) -> BoxFuture<'_, Result<Reply, Diagnostic>> {
        Box::pin(async move {
            let payload = parse(&event)?;
            let service = self.service.ready().await.map_err(Into::into)?;
            let response =
                service.call(LambdaEvent::new(payload, context)).await.map_err(Into::into)?;
            let unwritable =
                |error: serde_json::Error| diagnostic("Runtime.MarshalError", error.to_string());
            match response.into_response() {
                FunctionResponse::BufferedResponse(answer) => {
                    let answer = serde_json::to_vec(&answer).map_err(unwritable)?;
                    Ok(Reply::Whole(answer.into()))
                }
                FunctionResponse::StreamingResponse(StreamResponse {
                    metadata_prelude,
                    stream,
                }) => {
                    let prelude = prelude(metadata_prelude).map_err(unwritable)?;
                    let bytes = stream.map(|piece| piece.map(Into::into).map_err(Into::into));
                    Ok(Reply::Stream(stream::iter([Ok(prelude)]).chain(bytes).boxed()))
                }
            }
        })
    }
}

/// Status and headers in front of a streamed body, as `lambda_runtime` writes them: JSON, and eight zeros.
fn prelude(mut prelude: MetadataPrelude) -> Result<Bytes, serde_json::Error> {
    let plain = HeaderValue::from_static("application/octet-stream");
    prelude.headers.entry(CONTENT_TYPE).or_insert(plain);
    let mut text = serde_json::to_vec(&prelude)?;
    text.extend_from_slice(&[0; 8]);
    Ok(text.into())
}

/// The event as the handler's type; the error reads as that of `lambda_runtime`.
fn parse<T: DeserializeOwned>(event: &[u8]) -> Result<T, Diagnostic> {
    let mut deserializer = serde_json::Deserializer::from_slice(event);
    serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let path = if path == "." { String::new() } else { format!("[{path}] ") };
        diagnostic(
            "&lambda_runtime::deserializer::DeserializeError",
            format!(
                "failed to deserialize the incoming data into the function's payload type: \
                 {path}{error}\n"
            ),
        )
    })
}

fn panicked(panic: &Box<dyn Any + Send>) -> Diagnostic {
    let message = panic
        .downcast_ref::<&str>()
        .map(|text| format!("Lambda panicked: {text}"))
        .or_else(|| panic.downcast_ref::<String>().map(|text| format!("Lambda panicked: {text}")))
        .unwrap_or_else(|| "Lambda panicked".to_owned());
    diagnostic(type_name::<&Box<dyn Any + Send>>(), message)
}

pub(super) fn diagnostic(
    error_type: impl Into<String>,
    error_message: impl Into<String>,
) -> Diagnostic {
    Diagnostic { error_type: error_type.into(), error_message: error_message.into() }
}
