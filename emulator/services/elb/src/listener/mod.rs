//! Listeners: at which port of a load balancer clients are heard, and what is done where no rule is for a request.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-listeners.html>

mod attributes;
mod certificate;
mod create;
mod delete;
mod describe;
mod modify;

use std::collections::BTreeMap;

pub use attributes::{
    DescribeListenerAttributesInput, ListenerAttributesOutput, ModifyListenerAttributesInput,
};
pub use certificate::{
    AddListenerCertificatesOutput, Certificate, DescribeListenerCertificatesInput,
    DescribeListenerCertificatesOutput, ListenerCertificatesInput,
};
pub use create::{CreateListenerInput, MutualAuthentication};
pub use delete::DeleteListenerInput;
pub use describe::{
    DescribeListenersInput, DescribeListenersOutput, ListenerDescription, ListenersOutput,
};
pub use modify::ModifyListenerInput;

/// A listener. Its default actions are those of its rule without a number.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Listener {
    pub(crate) arn: String,
    pub(crate) port: u16,
    /// `HTTP`, `HTTPS`
    pub(crate) protocol: String,
    pub(crate) ssl_policy: Option<String>,
    /// ARNs, the default first.
    pub(crate) certificates: Vec<String>,
    /// Those that were set.
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) tags: BTreeMap<String, String>,
}

impl Listener {
    /// It speaks TLS.
    pub(crate) fn is_secure(&self) -> bool {
        self.protocol == "HTTPS"
    }
}
