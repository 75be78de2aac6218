//! `DeleteListener`.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeleteListener.html>

use kernel::call::Origin;
use kernel::error::ApiError;
use kernel::record::Key;
use serde::Deserialize;

use crate::{Cx, Elb, Empty, Kind, arn};

/// Input of `DeleteListener`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DeleteListenerInput {
    /// Which.
    pub listener_arn: String,
}

impl Elb {
    pub(crate) fn delete_listener(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &DeleteListenerInput,
    ) -> Result<Empty, ApiError> {
        self.own_listener(origin, &input.listener_arn)?;
        self.remove_listener(cx, &input.listener_arn);
        Ok(Empty {})
    }

    /// A listener is gone, with its rules.
    pub(crate) fn remove_listener(&mut self, cx: &mut Cx<'_>, arn: &str) {
        let rules: Vec<String> = self.rules_of(arn).map(|rule| rule.arn.clone()).collect();
        rules.iter().for_each(|rule| self.remove_rule(cx, rule));
        self.listeners.remove(arn);
        cx.delete(|| Key::named(Kind::Listener, arn));
        self.dirty.insert(arn::load_balancer_of(arn));
    }
}
