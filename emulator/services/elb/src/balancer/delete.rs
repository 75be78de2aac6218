//! `DeleteLoadBalancer`.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeleteLoadBalancer.html>

use kernel::call::Origin;
use kernel::error::ApiError;
use kernel::record::Key;
use serde::Deserialize;

use super::attributes::{DELETION_PROTECTION, TABLE};
use crate::attribute;
use crate::error::OPERATION_NOT_PERMITTED;
use crate::plane::Effect;
use crate::{Cx, Elb, Empty, Kind, arn};

/// Input of `DeleteLoadBalancer`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DeleteLoadBalancerInput {
    /// Which.
    pub load_balancer_arn: String,
}

impl Elb {
    /// With its listeners and their rules; its target groups stay. One that is not there is deleted, too, as on AWS.
    pub(crate) fn delete_load_balancer(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &DeleteLoadBalancerInput,
    ) -> Result<Empty, ApiError> {
        let arn = &input.load_balancer_arn;
        let balancer = match self.own_balancer(origin, arn) {
            Ok(balancer) => balancer,
            Err(refused) if refused.code() == "LoadBalancerNotFound" => return Ok(Empty {}),
            Err(refused) => return Err(refused),
        };
        if attribute::is_true(TABLE, &balancer.attributes, DELETION_PROTECTION) {
            return Err(OPERATION_NOT_PERMITTED.says(format!(
                "Load balancer '{arn}' cannot be deleted because deletion protection is enabled"
            )));
        }
        let prefix = arn::listeners_of(arn);
        let listeners: Vec<String> = self
            .listeners
            .range(prefix.clone()..)
            .map(|(listener, _)| listener.clone())
            .take_while(|listener| listener.starts_with(&prefix))
            .collect();
        self.deliver_access_log(cx, arn);
        listeners.iter().for_each(|listener| self.remove_listener(cx, listener));
        self.balancers.remove(arn);
        self.dirty.remove(arn);
        self.forget_counts(arn);
        cx.delete(|| Key::named(Kind::LoadBalancer, arn));
        cx.effect(Effect::Remove { load_balancer: arn.clone() });
        Ok(Empty {})
    }
}
