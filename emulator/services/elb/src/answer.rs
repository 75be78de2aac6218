//! Which operation does what.

use kernel::call::Origin;
use kernel::error::ApiError;

use crate::{Cx, Elb, Request, Response, account, ssl_policy};

/// Each operation with what answers it.
macro_rules! answers {
    ($request:expr; $( $operation:ident($input:ident) => $answer:expr; )*) => {
        match $request {
            $( Request::$operation($input) => Response::$operation(Box::new($answer?)), )*
        }
    };
}

impl Elb {
    pub(crate) fn answer(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        request: Request,
    ) -> Result<Response, ApiError> {
        Ok(answers! { request;
            AddListenerCertificates(it) => self.add_listener_certificates(cx, origin, &it);
            AddTags(it) => self.add_tags(cx, origin, &it);
            CreateListener(it) => self.create_listener(cx, origin, *it);
            CreateLoadBalancer(it) => self.create_load_balancer(cx, origin, *it);
            CreateRule(it) => self.create_rule(cx, origin, *it);
            CreateTargetGroup(it) => self.create_target_group(cx, origin, *it);
            DeleteListener(it) => self.delete_listener(cx, origin, &it);
            DeleteLoadBalancer(it) => self.delete_load_balancer(cx, origin, &it);
            DeleteRule(it) => self.delete_rule(cx, origin, &it);
            DeleteTargetGroup(it) => self.delete_target_group(cx, origin, &it);
            DeregisterTargets(it) => self.deregister_targets(cx, origin, &it);
            DescribeAccountLimits(it) => account::describe_account_limits(&it);
            DescribeListenerAttributes(it) => self.describe_listener_attributes(origin, &it);
            DescribeListenerCertificates(it) => self.describe_listener_certificates(origin, &it);
            DescribeListeners(it) => self.describe_listeners(origin, &it);
            DescribeLoadBalancerAttributes(it) => self.describe_load_balancer_attributes(origin, &it);
            DescribeLoadBalancers(it) => self.describe_load_balancers(origin, &it);
            DescribeRules(it) => self.describe_rules(origin, &it);
            DescribeSSLPolicies(it) => ssl_policy::describe_ssl_policies(&it);
            DescribeTags(it) => self.describe_tags(origin, &it);
            DescribeTargetGroupAttributes(it) => self.describe_target_group_attributes(origin, &it);
            DescribeTargetGroups(it) => self.describe_target_groups(origin, &it);
            DescribeTargetHealth(it) => self.describe_target_health(cx.directory, origin, &it);
            ModifyListener(it) => self.modify_listener(cx, origin, *it);
            ModifyListenerAttributes(it) => self.modify_listener_attributes(cx, origin, &it);
            ModifyLoadBalancerAttributes(it) => self.modify_load_balancer_attributes(cx, origin, &it);
            ModifyRule(it) => self.modify_rule(cx, origin, *it);
            ModifyTargetGroup(it) => self.modify_target_group(cx, origin, &it);
            ModifyTargetGroupAttributes(it) => self.modify_target_group_attributes(cx, origin, &it);
            RegisterTargets(it) => self.register_targets(cx, origin, &it);
            RemoveListenerCertificates(it) => self.remove_listener_certificates(cx, origin, &it);
            RemoveTags(it) => self.remove_tags(cx, origin, &it);
            SetIpAddressType(it) => self.set_ip_address_type(cx, origin, &it);
            SetRulePriorities(it) => self.set_rule_priorities(cx, origin, &it);
            SetSecurityGroups(it) => self.set_security_groups(cx, origin, &it);
            SetSubnets(it) => self.set_subnets(cx, origin, &it);
        })
    }
}
