//! What the engine asks of functions, done by their runtime.

use std::sync::Arc;

use cloudless_core::arn::FunctionArn;
use cloudless_core::lambda::{Invocation, InvocationId, StreamEnd};

use crate::engine::Perform;
use crate::runtime::{Code, Runtime};
use crate::store::Body;

/// The engine's effects, performed by the runtime.
pub(crate) struct Performer(pub(crate) Arc<Runtime>);

impl Perform for Performer {
    fn invoke(&self, invocation: Invocation, code: Body, layers: Vec<Body>) {
        let layers = layers.into_iter().map(Into::into);
        self.0.invoke(invocation, Code::from(code).with_layers(layers));
    }

    fn abort(&self, invocation: &InvocationId) {
        self.0.abort(invocation);
    }

    fn end_stream(&self, invocation: &InvocationId, end: StreamEnd) {
        self.0.end_stream(invocation, end);
    }

    fn retire(&self, function: &FunctionArn) {
        self.0.retire(function);
    }
}
