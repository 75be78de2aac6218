//! What the engine asks for, done by the runtime of functions, the fleet of instances and the balancers.

use std::sync::Arc;

use balancer::Balancers;
use cloudless_core::arn::FunctionArn;
use cloudless_core::ec2::fleet;
use cloudless_core::elb::plane;
use cloudless_core::lambda::{Invocation, InvocationId, StreamEnd};

use crate::engine::Perform;
use crate::instances::Fleet;
use crate::runtime::{Code, Runtime};
use crate::store::Body;

/// The engine's effects, performed.
pub(crate) struct Performer {
    pub(crate) runtime: Arc<Runtime>,
    pub(crate) fleet: Arc<Fleet>,
    pub(crate) balancers: Arc<Balancers>,
}

impl Perform for Performer {
    fn invoke(&self, invocation: Invocation, code: Body, layers: Vec<Body>) {
        let layers = layers.into_iter().map(Into::into);
        self.runtime.invoke(invocation, Code::from(code).with_layers(layers));
    }

    fn abort(&self, invocation: &InvocationId) {
        self.runtime.abort(invocation);
    }

    fn end_stream(&self, invocation: &InvocationId, end: StreamEnd) {
        self.runtime.end_stream(invocation, end);
    }

    fn retire(&self, function: &FunctionArn) {
        self.runtime.retire(function);
    }

    fn fleet(&self, effect: fleet::Effect) {
        self.fleet.perform(effect);
    }

    fn plane(&self, effect: plane::Effect) {
        self.balancers.perform(effect);
    }
}
