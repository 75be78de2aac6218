//! Certificates of HTTPS listeners. Nothing here keeps certificates: their ARNs are recorded, and whoever carries
//! requests shows one of its own.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/https-listener-certificates.html>

use kernel::arn::Parts;
use kernel::call::Origin;
use kernel::error::ApiError;
use kernel::names::Region;
use serde::{Deserialize, Serialize};

use crate::error::{
    CERTIFICATE_NOT_FOUND, LISTENER_NOT_FOUND, OPERATION_NOT_PERMITTED, TOO_MANY_CERTIFICATES,
    wrong,
};
use crate::limits::CERTIFICATES_MAX;
use crate::page::{self, Asked};
use crate::{Cx, Elb, Empty, arn};

/// A certificate.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Certificate {
    /// Its ARN.
    pub certificate_arn: Option<String>,
    /// It is shown to whoever asks for no name, or for an unknown one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_default: Option<bool>,
}

/// Input of `AddListenerCertificates` and `RemoveListenerCertificates`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ListenerCertificatesInput {
    /// Of which listener.
    pub listener_arn: String,
    /// Which.
    pub certificates: Vec<Certificate>,
}

/// Output of `AddListenerCertificates`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AddListenerCertificatesOutput {
    /// Those that were named.
    pub certificates: Vec<Certificate>,
}

/// Input of `DescribeListenerCertificates`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeListenerCertificatesInput {
    /// Of which listener.
    pub listener_arn: String,
    /// Where the page before ended.
    pub marker: Option<String>,
    /// How many at most.
    pub page_size: Option<u32>,
}

/// Output of `DescribeListenerCertificates`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeListenerCertificatesOutput {
    /// Its certificates.
    pub certificates: Vec<Certificate>,
    /// Where the next page begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_marker: Option<String>,
}

/// Refuses what is no certificate of ACM in this region, and none of IAM. Whether there is one of these nobody knows here.
pub(super) fn check_arn(region: &Region, arn: &str) -> Result<(), ApiError> {
    let is_one = Parts::parse_ours(arn).is_some_and(|parts| match parts.service {
        "acm" => parts.region == region.as_str() && parts.resource.starts_with("certificate/"),
        "iam" => parts.resource.starts_with("server-certificate/"),
        _ => false,
    });
    // What is another service's is looked for, and not found.
    let is_other = Parts::parse(arn).is_some_and(|parts| !["acm", "iam"].contains(&parts.service));
    match is_one {
        true => Ok(()),
        false if is_other => {
            Err(CERTIFICATE_NOT_FOUND.says(format!("Certificate '{arn}' not found")))
        }
        false => wrong(format!("Certificate ARN '{arn}' is not valid")),
    }
}

impl Elb {
    pub(crate) fn add_listener_certificates(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &ListenerCertificatesInput,
    ) -> Result<AddListenerCertificatesOutput, ApiError> {
        let arn = &input.listener_arn;
        let listener = self.own_listener(origin, arn)?;
        if !listener.is_secure() {
            return wrong("A certificate cannot be specified for HTTP listeners");
        }
        // The default may stand in the list beside the others as well.
        let mut all = listener.certificates.clone();
        let mut named = Vec::new();
        for it in &input.certificates {
            let one = it.certificate_arn.clone().unwrap_or_default();
            if it.is_default.is_some() {
                return wrong("You cannot set the 'IsDefault' parameter when adding certificates");
            }
            check_arn(&origin.region, &one)?;
            if !all[1.min(all.len())..].contains(&one) {
                all.push(one.clone());
            }
            named.push(Certificate { certificate_arn: Some(one), is_default: Some(false) });
        }
        let balancer = arn::load_balancer_of(arn);
        let others = self.listeners_of(&balancer).filter(|it| it.arn != *arn);
        let of_others: usize = others.map(|it| it.certificates.len().saturating_sub(1)).sum();
        if of_others + all.len().saturating_sub(1) > CERTIFICATES_MAX {
            return Err(TOO_MANY_CERTIFICATES.says(format!(
                "The maximum number of certificates on load balancer '{balancer}' has been reached: '{CERTIFICATES_MAX}'"
            )));
        }
        self.set_certificates(cx, arn, all)?;
        Ok(AddListenerCertificatesOutput { certificates: named })
    }

    pub(crate) fn remove_listener_certificates(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &ListenerCertificatesInput,
    ) -> Result<Empty, ApiError> {
        let arn = &input.listener_arn;
        let mut all = self.own_listener(origin, arn)?.certificates.clone();
        for it in &input.certificates {
            let one = it.certificate_arn.as_deref().unwrap_or_default();
            match all.iter().skip(1).position(|there| there == one) {
                Some(at) => drop(all.remove(at + 1)),
                None if all.first().is_some_and(|default| default == one) => {
                    return Err(OPERATION_NOT_PERMITTED
                        .says("The default certificate of a listener cannot be removed"));
                }
                None => {}
            }
        }
        self.set_certificates(cx, arn, all)?;
        Ok(Empty {})
    }

    fn set_certificates(
        &mut self,
        cx: &mut Cx<'_>,
        arn: &str,
        all: Vec<String>,
    ) -> Result<(), ApiError> {
        let listener = self.listeners.get_mut(arn);
        listener.ok_or_else(|| ApiError::from(&LISTENER_NOT_FOUND))?.certificates = all;
        self.listener_changed(cx, arn);
        Ok(())
    }

    pub(crate) fn describe_listener_certificates(
        &self,
        origin: &Origin,
        input: &DescribeListenerCertificatesInput,
    ) -> Result<DescribeListenerCertificatesOutput, ApiError> {
        let listener = self.own_listener(origin, &input.listener_arn)?;
        let asked = Asked { marker: input.marker.as_deref(), size: input.page_size };
        let all = listener.certificates.iter().enumerate();
        let (page, next_marker) = page::of(all, asked, |(at, arn)| format!("{at} {arn}"))?;
        let described = |(at, arn): (usize, &String)| Certificate {
            certificate_arn: Some(arn.clone()),
            is_default: Some(at == 0),
        };
        let certificates = page.into_iter().map(described).collect();
        Ok(DescribeListenerCertificatesOutput { certificates, next_marker })
    }
}
