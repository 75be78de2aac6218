//! `DescribeListeners`, and a listener as it is said.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeListeners.html>

use std::collections::BTreeSet;

use kernel::call::Origin;
use kernel::error::ApiError;
use serde::{Deserialize, Serialize};

use super::Listener;
use super::certificate::Certificate;
use super::create::MutualAuthentication;
use crate::action::Action;
use crate::error::{LISTENER_NOT_FOUND, no_arn, wrong};
use crate::page::{self, Asked};
use crate::{Cx, Elb, Record, arn};

/// A listener, as it is said.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListenerDescription {
    /// Its ARN.
    pub listener_arn: String,
    /// Its load balancer.
    pub load_balancer_arn: String,
    /// Its port.
    pub port: u16,
    /// `HTTP` or `HTTPS`.
    pub protocol: String,
    /// Its default certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificates: Option<[Certificate; 1]>,
    /// Which versions of TLS and which ciphers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ssl_policy: Option<String>,
    /// What is done where no rule is for a request.
    pub default_actions: Vec<Action>,
    /// Whether clients show certificates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mutual_authentication: Option<MutualAuthentication>,
}

/// Output of operations that make and change listeners.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListenersOutput {
    /// The listener.
    pub listeners: Vec<ListenerDescription>,
}

/// Input of `DescribeListeners`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeListenersInput {
    /// Those of this load balancer.
    pub load_balancer_arn: Option<String>,
    /// Those of these ARNs.
    pub listener_arns: Option<Vec<String>>,
    /// Where the page before ended.
    pub marker: Option<String>,
    /// How many at most.
    pub page_size: Option<u32>,
}

/// Output of `DescribeListeners`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeListenersOutput {
    /// The listeners.
    pub listeners: Vec<ListenerDescription>,
    /// Where the next page begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_marker: Option<String>,
}

impl Elb {
    /// A listener of the caller's.
    pub(crate) fn own_listener(&self, origin: &Origin, arn: &str) -> Result<&Listener, ApiError> {
        if arn::Kind::of(arn) != Some(arn::Kind::Listener) {
            return Err(no_arn(arn, "listener"));
        }
        let is_own = arn.starts_with(&arn::prefix(origin, "listener"));
        let listener = self.listeners.get(arn).filter(|_| is_own);
        listener.ok_or_else(|| (&LISTENER_NOT_FOUND).into())
    }

    /// A listener's protocol, and its load balancer's network.
    pub(crate) fn listening(
        &self,
        origin: &Origin,
        arn: &str,
    ) -> Result<(String, String), ApiError> {
        let listener = self.own_listener(origin, arn)?;
        let balancer = self.own_balancer(origin, &arn::load_balancer_of(arn))?;
        Ok((listener.protocol.clone(), balancer.vpc.clone()))
    }

    /// The listeners of a load balancer, by their ports.
    pub(crate) fn listeners_of(&self, balancer: &str) -> impl Iterator<Item = &Listener> + use<'_> {
        let prefix = arn::listeners_of(balancer);
        let from = self.listeners.range(prefix.clone()..);
        let own = from.take_while(|(arn, _)| arn.starts_with(&prefix));
        let mut own: Vec<&Listener> = own.map(|(_, listener)| listener).collect();
        own.sort_by_key(|listener| listener.port);
        own.into_iter()
    }

    /// Whether a rule forwards to a group.
    pub(crate) fn is_group_used(&self, group: &str) -> bool {
        self.rules.values().any(|rule| rule.actions.iter().any(|it| it.forwards_to(group)))
    }

    /// The load balancers whose rules forward to a group.
    pub(crate) fn balancers_of_group(&self, group: &str) -> Vec<String> {
        let forwards = |actions: &[Action]| actions.iter().any(|it| it.forwards_to(group));
        let rules = self.rules.values().filter(|rule| forwards(&rule.actions));
        let all: BTreeSet<String> =
            rules.map(|rule| arn::load_balancer_of(&arn::listener_of(&rule.arn))).collect();
        all.into_iter().collect()
    }

    /// A listener is there, or is otherwise: it is stored and carried out.
    pub(super) fn listener_changed(&mut self, cx: &mut Cx<'_>, arn: &str) {
        let Some(listener) = self.listeners.get(arn) else { return };
        cx.put(|| Record::listener(listener));
        self.dirty.insert(arn::load_balancer_of(arn));
    }

    pub(super) fn described_listener(&self, listener: &Listener) -> ListenerDescription {
        let default = listener.certificates.first();
        let mut rules = self.rules_of(&listener.arn);
        let actions = rules.find(|it| it.priority.is_none()).map(|it| it.actions.clone());
        ListenerDescription {
            listener_arn: listener.arn.clone(),
            load_balancer_arn: arn::load_balancer_of(&listener.arn),
            port: listener.port,
            protocol: listener.protocol.clone(),
            certificates: default
                .map(|arn| [Certificate { certificate_arn: Some(arn.clone()), is_default: None }]),
            ssl_policy: listener.ssl_policy.clone(),
            default_actions: actions.unwrap_or_default(),
            mutual_authentication: listener
                .is_secure()
                .then(|| MutualAuthentication { mode: Some("off".to_owned()) }),
        }
    }

    pub(super) fn listeners_output(&self, arn: &str) -> Result<ListenersOutput, ApiError> {
        let listener = self.listeners.get(arn);
        let listener = listener.ok_or_else(|| ApiError::from(&LISTENER_NOT_FOUND))?;
        Ok(ListenersOutput { listeners: vec![self.described_listener(listener)] })
    }

    pub(crate) fn describe_listeners(
        &self,
        origin: &Origin,
        input: &DescribeListenersInput,
    ) -> Result<DescribeListenersOutput, ApiError> {
        let arns = input.listener_arns.as_deref().unwrap_or_default();
        let listeners: Vec<&Listener> = match (&input.load_balancer_arn, arns) {
            (None, []) => {
                return wrong("You must specify either listener ARNs or a load balancer ARN");
            }
            (Some(_), [_, ..]) => {
                return wrong(
                    "Listener ARNs and a load balancer ARN cannot be specified at the same time",
                );
            }
            (Some(balancer), []) => {
                self.own_balancer(origin, balancer)?;
                self.listeners_of(balancer).collect()
            }
            (None, arns) => {
                let found: Result<_, ApiError> =
                    arns.iter().map(|arn| self.own_listener(origin, arn)).collect();
                found?
            }
        };
        let asked = Asked { marker: input.marker.as_deref(), size: input.page_size };
        let (listeners, next_marker) = page::of(listeners, asked, |it| it.arn.clone())?;
        let listeners = listeners.into_iter().map(|it| self.described_listener(it)).collect();
        Ok(DescribeListenersOutput { listeners, next_marker })
    }
}
