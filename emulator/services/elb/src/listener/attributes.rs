//! Attributes of listeners: which headers are renamed, added or left out.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/header-modification.html>

use kernel::call::Origin;
use kernel::error::ApiError;
use serde::{Deserialize, Serialize};

use super::Listener;
use crate::attribute::Values::{Boolean, OneOf, Text};
use crate::attribute::{self, Attribute, Row, row};
use crate::{Cx, Elb};

const OF_ANSWERS: &[Row] = &[
    row("routing.http.response.server.enabled", "true", Boolean),
    row("routing.http.response.strict_transport_security.header_value", "", Text),
    row("routing.http.response.access_control_allow_origin.header_value", "", Text),
    row("routing.http.response.access_control_allow_methods.header_value", "", Text),
    row("routing.http.response.access_control_allow_headers.header_value", "", Text),
    row(
        "routing.http.response.access_control_allow_credentials.header_value",
        "",
        OneOf(&["", "true"]),
    ),
    row("routing.http.response.access_control_expose_headers.header_value", "", Text),
    row("routing.http.response.access_control_max_age.header_value", "", Text),
    row("routing.http.response.content_security_policy.header_value", "", Text),
    row("routing.http.response.x_content_type_options.header_value", "", OneOf(&["", "nosniff"])),
    row(
        "routing.http.response.x_frame_options.header_value",
        "",
        OneOf(&["", "DENY", "SAMEORIGIN"]),
    ),
];

/// Those of HTTPS, before the others.
const OF_TLS: &[Row] = &[
    row(
        "routing.http.request.x_amzn_mtls_clientcert_serial_number.header_name",
        "X-Amzn-Mtls-Clientcert-Serial-Number",
        Text,
    ),
    row(
        "routing.http.request.x_amzn_mtls_clientcert_issuer.header_name",
        "X-Amzn-Mtls-Clientcert-Issuer",
        Text,
    ),
    row(
        "routing.http.request.x_amzn_mtls_clientcert_subject.header_name",
        "X-Amzn-Mtls-Clientcert-Subject",
        Text,
    ),
    row(
        "routing.http.request.x_amzn_mtls_clientcert_validity.header_name",
        "X-Amzn-Mtls-Clientcert-Validity",
        Text,
    ),
    row(
        "routing.http.request.x_amzn_mtls_clientcert_leaf.header_name",
        "X-Amzn-Mtls-Clientcert-Leaf",
        Text,
    ),
    row("routing.http.request.x_amzn_mtls_clientcert.header_name", "X-Amzn-Mtls-Clientcert", Text),
    row("routing.http.request.x_amzn_tls_version.header_name", "X-Amzn-Tls-Version", Text),
    row(
        "routing.http.request.x_amzn_tls_cipher_suite.header_name",
        "X-Amzn-Tls-Cipher-Suite",
        Text,
    ),
];

/// Input of `DescribeListenerAttributes`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeListenerAttributesInput {
    /// Of which.
    pub listener_arn: String,
}

/// Input of `ModifyListenerAttributes`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ModifyListenerAttributesInput {
    /// Of which.
    pub listener_arn: String,
    /// Those that are to be otherwise.
    pub attributes: Vec<Attribute>,
}

/// Output of both.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListenerAttributesOutput {
    /// All of them.
    pub attributes: Vec<Attribute>,
}

impl Listener {
    fn table(&self) -> Vec<Row> {
        let of_tls = OF_TLS.iter().filter(|_| self.is_secure());
        of_tls.chain(OF_ANSWERS).copied().collect()
    }
}

impl Elb {
    pub(crate) fn describe_listener_attributes(
        &self,
        origin: &Origin,
        input: &DescribeListenerAttributesInput,
    ) -> Result<ListenerAttributesOutput, ApiError> {
        let listener = self.own_listener(origin, &input.listener_arn)?;
        let attributes = attribute::listed(&listener.table(), &listener.attributes);
        Ok(ListenerAttributesOutput { attributes })
    }

    pub(crate) fn modify_listener_attributes(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &ModifyListenerAttributesInput,
    ) -> Result<ListenerAttributesOutput, ApiError> {
        let arn = &input.listener_arn;
        let mut changed = self.own_listener(origin, arn)?.clone();
        let table = changed.table();
        changed.attributes.extend(attribute::checked(&table, &input.attributes, "Listener")?);
        let attributes = attribute::listed(&table, &changed.attributes);
        self.listeners.insert(arn.clone(), changed);
        self.listener_changed(cx, arn);
        Ok(ListenerAttributesOutput { attributes })
    }
}
