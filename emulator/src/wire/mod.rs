//! Bytes ↔ the JSON shape of an operation, for every protocol AWS speaks, and nothing else.
//!
//! A request takes two steps, because a body may be large and the first step says whether it is to be
//! collected or streamed:
//!
//! ```text
//! route(head)          which service, protocol, operation; bucket and key; does the body stream?
//! decode(route, body)  the operation's input, member names exactly as in AWS's API reference
//! encode(envelope, output)        the answer, in the protocol the client speaks
//! encode_beside_body(…)           the same without a tree of values, where headers are all it says
//! encode_error(envelope, error)   a refusal, likewise
//! ```
//!
//! Everything is driven by tables made from AWS's own service models (see `wire/model.rs`):
//! an operation that is new to the emulator needs no line of code here. All of it is pure: no I/O, no
//! clock, no state.
//!
//! # The JSON shape
//! Timestamps are epoch seconds (a number, with a fraction where there is one), blobs are base64 text,
//! everything else is as AWS's JSON protocols have it. A member the model does not know is dropped, as
//! AWS does; a member the model knows and the core does not is the core's to refuse.
//!
//! # Limits
//! Bodies that are collected: [`Route::body_limit_bytes`]. XML: 64 levels, no document type, no entities
//! but XML's own. JSON: 128 levels. CBOR: 64 levels. Forms: 10 000 parameters.

mod beside_body;
mod cbor;
mod encode;
mod error;
mod form;
mod host;
mod html;
mod json;
mod model;
mod pattern;
mod query;
mod query_json;
mod refusal;
mod rest;
mod route;
mod route_bucket;
mod scalar;
mod timestamp;
mod uri;
mod validate;
mod xml;
mod xml_shape;

#[cfg(test)]
mod tests;

use bytes::Bytes;
use cloudless_core::descriptor::{Descriptor, Validation};
use cloudless_core::error::ApiError;
use http::request::Parts;
use serde_json::Value;

pub use cloudless_core::Service;
pub use cloudless_core::descriptor::Protocol;
pub(crate) use encode::identify;
pub use encode::{encode, encode_beside_body, encode_json};
pub use error::encode_error;
pub use form::{Posted, answer_form, decode_form};
pub use host::Hosts;
pub(crate) use host::{HostName, Website, without_port};
pub use html::{encode_page, note_refusal};
pub use route::{Refused, Route, route};

/// What an answer must know of its request.
#[derive(Clone, Copy)]
pub struct Envelope {
    /// The service that was asked.
    pub service: Service,
    /// The protocol in which it was asked, and is to answer.
    pub protocol: Protocol,
    operation: Option<&'static model::Operation>,
    /// The request was a HEAD: the answer has no body.
    is_head: bool,
}

impl Envelope {
    /// What the service that was asked is on the wire.
    #[must_use]
    pub fn descriptor(&self) -> &'static Descriptor {
        self.service.descriptor()
    }

    /// The operation's name as in AWS's API reference; none where the request named none, and none
    /// before a Query form was decoded.
    #[must_use]
    pub fn operation(&self) -> Option<&'static str> {
        self.operation.map(|operation| operation.name)
    }
}

impl std::fmt::Debug for Envelope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{}:{} over {:?}",
            self.service.as_str(),
            self.operation().unwrap_or("?"),
            self.protocol
        )
    }
}

/// A request, decoded.
#[derive(Debug, Clone)]
pub struct Call {
    /// What [`encode`] and [`encode_error`] need for the answer.
    pub envelope: Envelope,
    /// The operation's name as in AWS's API reference.
    pub operation: &'static str,
    /// The operation's input in its JSON shape.
    pub input: Value,
    /// The body where AWS's model makes it one member of type blob and it was collected (`Payload` of
    /// Lambda's `Invoke`). That member is not part of `input`.
    pub payload: Option<Bytes>,
}

/// Every operation that AWS's model of a service has, with the members of its input: name, and whether it
/// is a body of bytes, which is no part of the JSON shape.
pub(crate) fn inputs(
    service: Service,
) -> impl Iterator<Item = (&'static str, Vec<(&'static str, bool)>)> {
    model::Model::of(service).inputs()
}

/// Decodes a request whose route is known. `body` is empty where [`Route::streams_body`] is set: such
/// a body belongs to the caller.
///
/// # Errors
/// What AWS answers to a request that cannot be read, in the words of the service: `MalformedXML`,
/// `SerializationException`, `ValidationException`, `MissingParameter`, `InvalidAction` and their like.
pub fn decode(route: &Route, parts: &Parts, body: &Bytes) -> Result<Call, ApiError> {
    let service = route.envelope.service;
    let model = model::Model::of(service);
    let (operation, input, payload) = match (route.envelope.protocol, route.envelope.operation) {
        (Protocol::AwsQuery | Protocol::AwsQueryJson | Protocol::Ec2Query, _) => {
            let (operation, input) = query::decode(model, route, parts, body)?;
            (operation, input, None)
        }
        (Protocol::AwsJson10 | Protocol::AwsJson11, Some(operation)) => {
            (operation, json::decode(model, operation, body)?, None)
        }
        (Protocol::RpcV2Cbor, Some(operation)) => {
            (operation, cbor::decode(model, operation, body)?, None)
        }
        (Protocol::RestXml | Protocol::RestJson, Some(operation)) => {
            let (input, payload) = rest::decode(model, operation, route, parts, body)?;
            (operation, input, payload)
        }
        // route() refuses a request without an operation in every other protocol.
        (_, None) => return Err(ApiError::from(&refusal::UNKNOWN_OPERATION)),
    };
    match service.descriptor().validation {
        Validation::Protocol => {}
        Validation::FirstMissing { refusal, left_to_service } => {
            validate::needed(model, operation, &input, refusal, left_to_service)?;
        }
        Validation::Constraints { left_to_service, .. }
            if left_to_service.contains(&operation.name) => {}
        Validation::Constraints { refusal, tells_patterned, .. } => {
            let complaints = validate::Complaints::new(tells_patterned);
            validate::constraints(model, operation, &input, payload.is_some(), complaints)
                .map_err(|text| refusal.says(text))?;
        }
    }
    let envelope = Envelope { operation: Some(operation), ..route.envelope };
    Ok(Call { envelope, operation: operation.name, input, payload })
}
