//! `CreateListener`.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html>

use std::collections::BTreeMap;

use kernel::call::Origin;
use kernel::error::{ApiError, NOT_IMPLEMENTED};
use kernel::names::Region;
use serde::{Deserialize, Serialize};

use super::Listener;
use super::certificate::{Certificate, check_arn};
use super::describe::ListenersOutput;
use crate::action::{Action, Listening};
use crate::error::{
    DUPLICATE_LISTENER, SSL_POLICY_NOT_FOUND, TOO_MANY_CERTIFICATES, TOO_MANY_LISTENERS, wrong,
};
use crate::limits::LISTENERS_MAX;
use crate::rule::Rule;
use crate::tag::{self, Tag};
use crate::{Cx, Elb, arn, ssl_policy};

/// Whether clients show certificates: they do not.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct MutualAuthentication {
    /// `off`
    pub mode: Option<String>,
}

/// Input of `CreateListener`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CreateListenerInput {
    /// Of which load balancer.
    pub load_balancer_arn: String,
    /// `HTTP` or `HTTPS`.
    pub protocol: Option<String>,
    /// At which port.
    pub port: Option<u16>,
    /// Which versions of TLS and which ciphers.
    pub ssl_policy: Option<String>,
    /// Its default certificate.
    pub certificates: Option<Vec<Certificate>>,
    /// What is done where no rule is for a request.
    pub default_actions: Vec<Action>,
    /// Its tags.
    pub tags: Option<Vec<Tag>>,
    /// Whether clients show certificates.
    pub mutual_authentication: Option<MutualAuthentication>,
}

/// What of a listener goes with its protocol.
#[derive(Debug, Clone)]
pub(super) struct Security {
    pub(super) ssl_policy: Option<String>,
    pub(super) certificates: Vec<String>,
}

impl Security {
    /// Of a listener of that protocol; `before` is what it has where nothing is given.
    pub(super) fn checked(
        region: &Region,
        protocol: &str,
        ssl_policy: Option<&str>,
        certificates: Option<&[Certificate]>,
        before: &Self,
    ) -> Result<Self, ApiError> {
        if protocol == "HTTP" {
            if ssl_policy.is_some() {
                // So it is written on AWS.
                return wrong("An SSL policy cannot be specifed for HTTP listeners");
            }
            if certificates.is_some_and(|it| !it.is_empty()) {
                return wrong("A certificate cannot be specified for HTTP listeners");
            }
            return Ok(Self { ssl_policy: None, certificates: Vec::new() });
        }
        if ssl_policy.is_some_and(str::is_empty) {
            return wrong("An SSL policy must be specified for HTTPS listeners");
        }
        if let Some(unknown) = ssl_policy.filter(|it| !ssl_policy::exists(it)) {
            return Err(SSL_POLICY_NOT_FOUND.says(format!("SSL policy '{unknown}' not found")));
        }
        let mut all = before.certificates.clone();
        match certificates {
            Some([one]) => {
                let default = one.certificate_arn.clone().unwrap_or_default();
                check_arn(region, &default)?;
                if one.is_default.is_some() {
                    return wrong(
                        "You cannot set the 'IsDefault' parameter of a default certificate",
                    );
                }
                // The others stay.
                all = std::iter::once(default).chain(all.into_iter().skip(1)).collect();
            }
            None if !all.is_empty() => {}
            None | Some([]) => return wrong("A certificate must be specified for HTTPS listeners"),
            Some(many) => {
                return Err(TOO_MANY_CERTIFICATES.says(format!(
                    "Up to '1' certificate ARNs can be specified, but '{}' were specified",
                    many.len()
                )));
            }
        }
        let policy = ssl_policy.map(str::to_owned).or_else(|| before.ssl_policy.clone());
        let policy = policy.or_else(|| Some(ssl_policy::DEFAULT.to_owned()));
        Ok(Self { ssl_policy: policy, certificates: all })
    }
}

/// What AWS calls a listener's protocol.
pub(super) fn check_protocol(protocol: &str) -> Result<(), ApiError> {
    match ["HTTP", "HTTPS"].contains(&protocol) {
        true => Ok(()),
        false => wrong(format!("Listener protocol '{protocol}' must be one of 'HTTP, HTTPS'")),
    }
}

pub(super) fn check_mutual(mutual: Option<&MutualAuthentication>) -> Result<(), ApiError> {
    match mutual.and_then(|it| it.mode.as_deref()) {
        None | Some("off") => Ok(()),
        Some(mode) => Err(NOT_IMPLEMENTED.says(format!(
            "Mutual authentication in mode '{mode}' is not implemented by Cloudless."
        ))),
    }
}

impl Elb {
    pub(crate) fn create_listener(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: CreateListenerInput,
    ) -> Result<ListenersOutput, ApiError> {
        let balancer = &input.load_balancer_arn;
        let vpc = self.own_balancer(origin, balancer)?.vpc.clone();
        let tags = tag::checked(&input.tags.unwrap_or_default())?;
        check_mutual(input.mutual_authentication.as_ref())?;
        let Some(port) = input.port else { return wrong("A listener port must be specified") };
        let Some(protocol) = input.protocol else {
            return wrong("A listener protocol must be specified");
        };
        check_protocol(&protocol)?;
        let nothing = Security { ssl_policy: None, certificates: Vec::new() };
        let (policy, certificates) = (input.ssl_policy.as_deref(), input.certificates.as_deref());
        let region = &origin.region;
        let security = Security::checked(region, &protocol, policy, certificates, &nothing)?;
        let listening = Listening { protocol: &protocol, balancer, vpc: &vpc };
        let actions = self.checked_actions(origin, listening, input.default_actions)?;
        let listener = Listener {
            arn: String::new(),
            port,
            protocol,
            ssl_policy: security.ssl_policy,
            certificates: security.certificates,
            attributes: BTreeMap::new(),
            tags,
        };
        self.add_listener(cx, balancer, listener, actions)
    }

    fn add_listener(
        &mut self,
        cx: &mut Cx<'_>,
        balancer: &str,
        mut listener: Listener,
        actions: Vec<Action>,
    ) -> Result<ListenersOutput, ApiError> {
        if let Some(there) = self.listeners_of(balancer).find(|it| it.port == listener.port) {
            // To make the same once more changes nothing.
            let same = Listener {
                arn: there.arn.clone(),
                attributes: there.attributes.clone(),
                ..listener
            };
            let is_same = same == *there
                && self
                    .rules_of(&there.arn)
                    .any(|it| it.priority.is_none() && it.actions == actions);
            return match is_same {
                true => Ok(ListenersOutput { listeners: vec![self.described_listener(there)] }),
                false => Err(DUPLICATE_LISTENER.says(format!(
                    "A listener already exists on this port for this load balancer '{balancer}'"
                ))),
            };
        }
        if self.listeners_of(balancer).count() >= LISTENERS_MAX {
            return Err(TOO_MANY_LISTENERS.says(format!(
                "The maximum number of listeners on load balancer '{balancer}' has been reached: '{LISTENERS_MAX}'"
            )));
        }
        listener.arn = format!("{}{:016x}", arn::listeners_of(balancer), cx.ids.next_u64());
        let arn = listener.arn.clone();
        self.listeners.insert(arn.clone(), listener);
        let default = format!("{}{:016x}", arn::rules_of(&arn), cx.ids.next_u64());
        let rule = Rule {
            arn: default.clone(),
            priority: None,
            conditions: Vec::new(),
            actions,
            tags: BTreeMap::new(),
        };
        self.rules.insert(default.clone(), rule);
        self.listener_changed(cx, &arn);
        self.rule_changed(cx, &default);
        self.listeners_output(&arn)
    }
}
