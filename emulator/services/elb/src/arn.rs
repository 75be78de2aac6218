//! ARNs of load balancers and what belongs to them: one begins with what the other ends with.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/load-balancer-authentication-access-control.html>

use kernel::arn::Parts;
use kernel::call::Origin;

/// What an ARN of Elastic Load Balancing names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    LoadBalancer,
    Listener,
    Rule,
    TargetGroup,
}

impl Kind {
    /// What the ARN names; nothing where it is none of this service.
    pub(crate) fn of(arn: &str) -> Option<Self> {
        let parts = Parts::parse_ours(arn).filter(|it| it.service == "elasticloadbalancing")?;
        let (kind, rest) = parts.resource.split_once('/')?;
        let levels = rest.split('/').count();
        match (kind, levels) {
            ("loadbalancer", 3) => Some(Self::LoadBalancer),
            ("listener", 4) => Some(Self::Listener),
            ("listener-rule", 5) => Some(Self::Rule),
            ("targetgroup", 2) => Some(Self::TargetGroup),
            _ => None,
        }
    }
}

/// What all ARNs of a kind begin with that are of the caller's account and region.
pub(crate) fn prefix(origin: &Origin, kind: &str) -> String {
    let (region, account) = (&origin.region, &origin.account);
    format!("arn:aws:elasticloadbalancing:{region}:{account}:{kind}/")
}

/// What stands behind the account: `app/name/id`, `targetgroup/name/id`.
pub(crate) fn label(arn: &str) -> &str {
    let resource = Parts::parse(arn).map_or(arn, |parts| parts.resource);
    resource.strip_prefix("loadbalancer/").unwrap_or(resource)
}

/// The load balancer of a listener.
pub(crate) fn load_balancer_of(listener: &str) -> String {
    let (balancer, _) = listener.rsplit_once('/').unwrap_or((listener, ""));
    balancer.replacen(":listener/", ":loadbalancer/", 1)
}

/// What the ARNs of a load balancer's listeners begin with.
pub(crate) fn listeners_of(balancer: &str) -> String {
    format!("{}/", balancer.replacen(":loadbalancer/", ":listener/", 1))
}

/// What the ARNs of a listener's rules begin with.
pub(crate) fn rules_of(listener: &str) -> String {
    format!("{}/", listener.replacen(":listener/", ":listener-rule/", 1))
}

/// What the ARNs of all rules of a load balancer begin with.
pub(crate) fn rules_of_balancer(balancer: &str) -> String {
    format!("{}/", balancer.replacen(":loadbalancer/", ":listener-rule/", 1))
}

/// The listener of a rule.
pub(crate) fn listener_of(rule: &str) -> String {
    let (listener, _) = rule.rsplit_once('/').unwrap_or((rule, ""));
    listener.replacen(":listener-rule/", ":listener/", 1)
}
