//! The Extensions API: how extensions register and hear of an environment's life.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html>

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use serde::Deserialize;
use serde_json::json;

use super::api::{RuntimeApi, answer, read};
use super::extensions::Fault;

const NAME: &str = "lambda-extension-name";
const IDENTIFIER: &str = "lambda-extension-identifier";
const ACCEPT_FEATURE: &str = "lambda-extension-accept-feature";
const ERROR_TYPE: &str = "lambda-extension-function-error-type";

/// What an extension registers for.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Registration {
    events: Vec<String>,
}

impl RuntimeApi {
    /// Answers an extension; the request back where it is for somebody else.
    pub(super) async fn respond_to_extension(
        &self,
        request: Request<Incoming>,
    ) -> Result<Response<Full<Bytes>>, Request<Incoming>> {
        let path = request.uri().path().to_owned();
        Ok(match (request.method(), path.as_str()) {
            (&Method::POST, "/2020-01-01/extension/register") => self.register(request).await,
            (&Method::GET, "/2020-01-01/extension/event/next") => {
                let event = match identifier(&request) {
                    Ok(id) => self.environment.extensions.next(&id).await,
                    Err(fault) => Err(fault),
                };
                match event {
                    Ok(event) => answer(StatusCode::OK, &event),
                    Err(fault) => refuse(&fault),
                }
            }
            (
                &Method::POST,
                "/2020-01-01/extension/init/error" | "/2020-01-01/extension/exit/error",
            ) => self.extension_failed(request).await,
            (&Method::PUT, "/2022-07-01/telemetry") => not_supported("Telemetry"),
            (&Method::PUT, "/2020-08-15/logs") => not_supported("Logs"),
            _ => return Err(request),
        })
    }

    async fn register(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let text = |name: &str| {
            let value = request.headers().get(name).and_then(|value| value.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        let (name, features) = (text(NAME), text(ACCEPT_FEATURE));
        let body = match read(request.into_body()).await {
            Ok((body, _)) if body.is_empty() => Bytes::from_static(b"{}"),
            Ok((body, _)) => body,
            Err(_) => Bytes::new(),
        };
        let Ok(registration) = serde_json::from_slice::<Registration>(&body) else {
            return refuse(&("InvalidRequestFormat", "The body is no registration".to_owned()));
        };
        let id = match self.environment.extensions.register(&name, &registration.events) {
            Ok(id) => id,
            Err(fault) => return refuse(&fault),
        };
        let function = &self.environment.function;
        let mut told = json!({
            "functionName": function.arn.name.as_str(),
            "functionVersion": function.version,
            "handler": function.handler,
        });
        if features.split(',').any(|feature| feature.trim() == "accountId") {
            told["accountId"] = function.arn.account.to_string().into();
        }
        let mut response = answer(StatusCode::OK, &told);
        if let Ok(id) = HeaderValue::from_str(&id) {
            response.headers_mut().insert(IDENTIFIER, id);
        }
        response
    }

    /// An extension cannot go on: its environment ends.
    async fn extension_failed(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let named = identifier(&request).and_then(|id| self.environment.extensions.name_of(&id));
        let name = match named {
            Ok(name) => name,
            Err(fault) => return refuse(&fault),
        };
        let kind = request.headers().get(ERROR_TYPE).and_then(|value| value.to_str().ok());
        let Some(kind) = kind.map(str::to_owned) else {
            let missing = "Lambda-Extension-Function-Error-Type header is missing".to_owned();
            return refuse(&("Extension.MissingHeader", missing));
        };
        let _ = read(request.into_body()).await;
        let function = &self.environment.function.arn.name;
        tracing::warn!(%function, extension = name, "an extension failed: {kind}");
        self.environment.fail_by_extension(kind);
        answer(StatusCode::ACCEPTED, &json!({ "status": "OK" }))
    }
}

fn identifier(request: &Request<Incoming>) -> Result<String, Fault> {
    let Some(value) = request.headers().get(IDENTIFIER) else {
        let missing = "Missing Lambda-Extension-Identifier header".to_owned();
        return Err(("Extension.MissingExtensionIdentifier", missing));
    };
    let id = value.to_str().ok().filter(|id| uuid::Uuid::parse_str(id).is_ok());
    id.map(str::to_owned).ok_or_else(|| {
        let message = "Invalid Lambda-Extension-Identifier".to_owned();
        ("Extension.InvalidExtensionIdentifier", message)
    })
}

fn refuse((kind, message): &Fault) -> Response<Full<Bytes>> {
    let status = match *kind {
        "InvalidRequestFormat"
        | "Extension.InvalidEventType"
        | "ShutdownEventNotSupportedForInternalExtension" => StatusCode::BAD_REQUEST,
        _ => StatusCode::FORBIDDEN,
    };
    answer(status, &json!({ "errorType": kind, "errorMessage": message }))
}

/// As AWS's own emulator of this API says it.
fn not_supported(what: &str) -> Response<Full<Bytes>> {
    let told = json!({
        "errorType": format!("{what}.NotSupported"),
        "errorMessage": format!("{what} API is not supported"),
    });
    answer(StatusCode::ACCEPTED, &told)
}
