//! `ModifyListener`.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyListener.html>

use kernel::call::Origin;
use kernel::error::ApiError;
use serde::Deserialize;

use super::certificate::Certificate;
use super::create::{MutualAuthentication, Security, check_mutual, check_protocol};
use super::describe::ListenersOutput;
use crate::action::{Action, Listening};
use crate::error::DUPLICATE_LISTENER;
use crate::{Cx, Elb, arn};

/// Input of `ModifyListener`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ModifyListenerInput {
    /// Which.
    pub listener_arn: String,
    /// At which port from now on.
    pub port: Option<u16>,
    /// `HTTP` or `HTTPS`.
    pub protocol: Option<String>,
    /// Which versions of TLS and which ciphers.
    pub ssl_policy: Option<String>,
    /// Its default certificate.
    pub certificates: Option<Vec<Certificate>>,
    /// What is done where no rule is for a request.
    pub default_actions: Option<Vec<Action>>,
    /// Whether clients show certificates.
    pub mutual_authentication: Option<MutualAuthentication>,
}

impl Elb {
    pub(crate) fn modify_listener(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: ModifyListenerInput,
    ) -> Result<ListenersOutput, ApiError> {
        let arn = &input.listener_arn;
        let mut changed = self.own_listener(origin, arn)?.clone();
        let (_, vpc) = self.listening(origin, arn)?;
        check_mutual(input.mutual_authentication.as_ref())?;
        if let Some(protocol) = input.protocol {
            check_protocol(&protocol)?;
            changed.protocol = protocol;
        }
        let balancer = arn::load_balancer_of(arn);
        if let Some(port) = input.port {
            if self.listeners_of(&balancer).any(|it| it.port == port && it.arn != *arn) {
                return Err(DUPLICATE_LISTENER.says(format!(
                    "A listener already exists on this port for this load balancer '{balancer}'"
                )));
            }
            changed.port = port;
        }
        let before = Security {
            ssl_policy: changed.ssl_policy.take(),
            certificates: std::mem::take(&mut changed.certificates),
        };
        let (policy, certificates) = (input.ssl_policy.as_deref(), input.certificates.as_deref());
        let (region, protocol) = (&origin.region, &changed.protocol);
        let security = Security::checked(region, protocol, policy, certificates, &before)?;
        changed.ssl_policy = security.ssl_policy;
        changed.certificates = security.certificates;
        let listening = Listening { protocol: &changed.protocol, balancer: &balancer, vpc: &vpc };
        let actions = match input.default_actions.filter(|it| !it.is_empty()) {
            Some(actions) => Some(self.checked_actions(origin, listening, actions)?),
            None => None,
        };
        self.listeners.insert(arn.clone(), changed);
        self.listener_changed(cx, arn);
        if let Some(actions) = actions {
            self.set_default_actions(cx, arn, actions);
        }
        self.listeners_output(arn)
    }

    fn set_default_actions(&mut self, cx: &mut Cx<'_>, listener: &str, actions: Vec<Action>) {
        let default = self.rules_of(listener).find(|it| it.priority.is_none());
        let Some(default) = default.map(|it| it.arn.clone()) else { return };
        let Some(rule) = self.rules.get_mut(&default) else { return };
        let before = std::mem::replace(&mut rule.actions, actions);
        self.rule_changed(cx, &default);
        self.ask_of_actions(cx, &before);
    }
}
