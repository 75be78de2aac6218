//! `Invoke` and its brothers: what is asked, and what is refused before anything runs.

use super::invocation::{Asked, InvocationId, Reason, Start};
use super::qualifier::not_found;
use super::reference::Reference;
use super::{Deployment, EventMetric, Lambda, Lineage, UrlAuthType, event_fault};
use crate::error::UserError as _;
use crate::{Cx, error as refuse, limits};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use kernel::arn::FunctionArn;
use kernel::call::{Origin, Payload};
use kernel::error::ApiError;
use serde::{Deserialize, Serialize};

/// Input of `Invoke`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct InvokeInput {
    function_name: String,
    invocation_type: Option<String>,
    log_type: Option<String>,
    client_context: Option<String>,
    pub(super) qualifier: Option<String>,
    /// Whether the answer is to leave as it comes: `InvokeWithResponseStream`.
    #[serde(skip)]
    streams: bool,
    /// How the function's URL is signed for, where it is called by that.
    #[serde(skip)]
    url_auth_type: Option<UrlAuthType>,
    /// The id that the event says already, where it was made from a request.
    #[serde(skip)]
    request_id: Option<Box<str>>,
    /// The event.
    #[serde(skip)]
    pub payload: Payload,
}

impl InvokeInput {
    /// An invocation by a function's URL. `function` has the URL's alias as its qualifier.
    #[must_use]
    pub fn by_url(
        function: &FunctionArn,
        auth_type: UrlAuthType,
        request_id: &str,
        event: Bytes,
    ) -> Self {
        Self {
            request_id: Some(request_id.into()),
            function_name: function.unqualified().to_string(),
            qualifier: function.qualifier.as_deref().map(str::to_owned),
            url_auth_type: Some(auth_type),
            payload: Payload::Bytes(event),
            ..Self::default()
        }
    }

    pub(super) fn url_auth_type(&self) -> Option<UrlAuthType> {
        self.url_auth_type
    }

    /// The same for an answer that leaves as it comes.
    pub(super) fn streamed(self) -> Self {
        Self { streams: true, ..self }
    }

    /// The function's name, as it was given.
    #[must_use]
    pub fn function_name(&self) -> &str {
        &self.function_name
    }
}

/// Output of `Invoke`.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct InvokeOutput {
    pub(super) status_code: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) function_error: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) log_result: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) executed_version: Option<String>,
    /// What the function returned.
    #[serde(skip)]
    pub payload: Payload,
    /// By which id the function knows the invocation.
    #[serde(skip)]
    pub(super) invocation: Option<InvocationId>,
}

/// Input of `InvokeAsync`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct InvokeAsyncInput {
    pub(super) function_name: String,
    /// The event.
    #[serde(skip)]
    pub payload: Payload,
}

/// Output of `InvokeAsync`.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct InvokeAsyncOutput {
    status: u16,
}

impl Lambda {
    /// The asynchronous invocation of old: <https://docs.aws.amazon.com/lambda/latest/api/API_InvokeAsync.html>.
    pub(super) fn invoke_async(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: InvokeAsyncInput,
    ) -> Result<InvokeAsyncOutput, ApiError> {
        let input = InvokeInput {
            function_name: input.function_name,
            invocation_type: Some("Event".into()),
            payload: input.payload,
            ..InvokeInput::default()
        };
        self.invoke(cx, origin, input)?;
        Ok(InvokeAsyncOutput { status: 202 })
    }

    pub(super) fn invoke(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: InvokeInput,
    ) -> Result<Option<InvokeOutput>, ApiError> {
        let invoked = self.invoked(origin, &input)?;
        let payload = match input.payload {
            Payload::Bytes(bytes) => bytes,
            _ => Bytes::new(),
        };
        let kind = input.invocation_type.as_deref().unwrap_or("RequestResponse");
        check_size(kind, input.streams, &payload)?;
        if kind == "DryRun" {
            return Ok(Some(InvokeOutput { status_code: 204, ..InvokeOutput::default() }));
        }
        let payload = if payload.is_empty() { Bytes::from_static(b"{}") } else { payload };
        if let Err(wrong) = serde_json::from_slice::<serde::de::IgnoredAny>(&payload) {
            let fault = event_fault::fault(&payload).unwrap_or_else(|| wrong.to_string());
            return Err(refuse::INVALID_REQUEST_CONTENT.user(format!(
                "Could not parse request body into json: Could not parse payload into json: {fault}"
            )));
        }
        if kind == "Event" {
            let trace_header = origin.trace_header.clone();
            let invocation = Some(self.keep_event(cx, invoked, payload, trace_header)?);
            return Ok(Some(InvokeOutput {
                status_code: 202,
                invocation,
                ..InvokeOutput::default()
            }));
        }
        let client_context = input.client_context.map(client_context).transpose()?;
        let deployment = self.deployment_for(cx, &invoked).ok_or_else(|| not_found(&invoked))?;
        let lineage = Lineage::of(origin.trace_header.as_deref());
        if let Err(refused) = self.check_call(&invoked, &deployment, &lineage) {
            match *refused.row() == refuse::TOO_MANY_REQUESTS {
                true => self.meter_throttle(cx, &invoked, &deployment.version),
                false => self.meter_event(cx, &invoked.unqualified(), EventMetric::Recursive),
            }
            return Err(refused);
        }
        let wants_log = input.log_type.as_deref() == Some("Tail");
        let reason = match input.streams {
            true => Reason::Stream { wants_log },
            false => Reason::Call { call: origin.call, call_cause: cx.cause(), wants_log },
        };
        let id = InvocationId(input.request_id.unwrap_or_else(|| cx.ids.uuid().into()));
        let trace_header = origin.trace_header.clone();
        let executed_version = deployment.version.clone();
        let start = Start {
            cause: cx.cause().into(),
            id: id.clone(),
            invoked_arn: invoked,
            asked: Asked { payload, client_context, trace_header, lineage },
            reason,
            messages_hidden_until: None,
        };
        self.run(cx, start, deployment);
        Ok(input.streams.then(|| InvokeOutput {
            status_code: 200,
            executed_version: Some(executed_version),
            invocation: Some(id),
            ..InvokeOutput::default()
        }))
    }

    /// What is to be invoked: a function, a version or an alias.
    fn invoked(&self, origin: &Origin, input: &InvokeInput) -> Result<FunctionArn, ApiError> {
        let qualifier = input.qualifier.as_deref();
        let name = input.function_name.as_str();
        let Reference { arn, .. } = Reference::parse(name, qualifier, origin)
            .or_else(|_| Reference::parse(name, qualifier.or(Some("$LATEST")), origin))?;
        self.find(name, qualifier, origin).map_err(|refused| {
            if arn.qualifier.is_none() && *refused.row() == refuse::RESOURCE_NOT_FOUND {
                // Lambda names the version that it looked for, also where none was named.
                let qualifier = Some("$LATEST".into());
                return not_found(&FunctionArn { qualifier, ..arn.clone() });
            }
            refused
        })?;
        Ok(arn)
    }

    /// Whether a call may invoke a function now.
    fn check_call(
        &self,
        invoked: &FunctionArn,
        deployment: &Deployment,
        lineage: &Lineage,
    ) -> Result<(), ApiError> {
        let function = self.functions.get(&deployment.arn);
        let throttling = function.and_then(|it| self.throttling(it, &deployment.version));
        if let Some(throttling) = throttling {
            return Err(throttling.refusal());
        }
        match self.is_in_a_loop(invoked, lineage) {
            true => Err(refuse::RECURSIVE_INVOCATION.user(refuse::RECURSIVE_INVOCATION.message)),
            false => Ok(()),
        }
    }
}

/// Whether a payload is as small as it must be for this kind of invocation.
fn check_size(kind: &str, streams: bool, payload: &Bytes) -> Result<(), ApiError> {
    let limit_bytes = match kind {
        "RequestResponse" | "DryRun" => limits::SYNCHRONOUS_PAYLOAD_MAX_BYTES,
        "Event" if !streams => limits::ASYNCHRONOUS_PAYLOAD_MAX_BYTES,
        other => {
            let kinds =
                if streams { "RequestResponse, DryRun" } else { "Event, RequestResponse, DryRun" };
            return Err(refuse::VALIDATION.user(format!(
                "1 validation error detected: Value '{other}' at 'invocationType' failed to satisfy constraint: Member must satisfy enum value set: [{kinds}]"
            )));
        }
    };
    if payload.len() > limit_bytes {
        return Err(refuse::REQUEST_TOO_LARGE.user(format!(
            "{} byte payload is too large for the {kind} invocation type (limit {limit_bytes} bytes)",
            payload.len()
        )));
    }
    Ok(())
}

/// What a caller says of itself to the function: JSON in Base64.
fn client_context(text: String) -> Result<String, ApiError> {
    if text.len() > limits::CLIENT_CONTEXT_MAX_BYTES {
        return Err(refuse::INVALID_REQUEST_CONTENT.user(format!(
            "Client context must not exceed {} bytes.",
            limits::CLIENT_CONTEXT_MAX_BYTES
        )));
    }
    let decoded = BASE64.decode(&text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    decoded.ok_or_else(|| {
        refuse::INVALID_REQUEST_CONTENT
            .user("Client context must be a valid Base64-encoded JSON object.")
    })
}
