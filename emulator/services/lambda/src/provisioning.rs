//! What is provisioned is made ready: one environment, which shows whether the code can be initialised.

use std::sync::Arc;

use bytes::Bytes;
use kernel::arn::FunctionArn;

use super::invocation::{Asked, InvocationId, Reason, Start};
use super::qualifier::qualified;
use super::{Lambda, Lineage, Provisioning};
use crate::Cx;

impl Lambda {
    /// Has an environment of a version made ready, for what is provisioned of it by this qualifier.
    pub(super) fn provision(
        &mut self,
        cx: &mut Cx<'_>,
        arn: &FunctionArn,
        qualifier: &str,
        version: &str,
    ) {
        let version = self.functions.get(arn).and_then(|function| function.version(version));
        let Some(deployment) = version.map(|version| Arc::clone(&version.deployment)) else {
            return;
        };
        let start = Start {
            cause: cx.cause().into(),
            id: InvocationId(cx.ids.uuid().into()),
            invoked_arn: qualified(arn, qualifier),
            asked: Asked {
                payload: Bytes::new(),
                client_context: None,
                trace_header: None,
                lineage: Lineage::default(),
            },
            reason: Reason::Provision { qualifier: qualifier.into() },
            messages_hidden_until: None,
        };
        self.run(cx, start, deployment);
    }

    /// An environment of a version is ready, or cannot be: that is how provisioning went, unless the
    /// qualifier means another version by now.
    pub(super) fn provisioned(
        &mut self,
        arn: &FunctionArn,
        qualifier: &str,
        version: &str,
        is_ready: bool,
    ) {
        let Some(function) = self.functions.get_mut(arn) else { return };
        let meant = function.resolve(Some(qualifier)).map(|version| version.name().to_owned());
        if meant.as_deref() == Some(version)
            && let Some(config) = function.provisioned.get_mut(qualifier)
        {
            config.progress = if is_ready { Provisioning::Done } else { Provisioning::Failed };
        }
    }
}
