//! Security policies of HTTPS listeners: which versions of TLS and which ciphers they speak.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html>

use std::collections::BTreeSet;

use kernel::error::ApiError;
use serde::{Deserialize, Serialize};

use crate::error::SSL_POLICY_NOT_FOUND;
use crate::page::{self, Asked};

/// What a listener has that is made without one.
pub(crate) const DEFAULT: &str = "ELBSecurityPolicy-2016-08";

const TLS_1_3: &[&str] =
    &["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"];
/// Forward secrecy and authenticated encryption.
const RESTRICTED: &[&str] = &[
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
];
/// Forward secrecy, and no SHA-1.
const FORWARD: &[&str] = &[
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES128-SHA256",
    "ECDHE-RSA-AES128-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-AES256-SHA384",
    "ECDHE-RSA-AES256-SHA384",
];
/// Forward secrecy, with SHA-1 as well.
const FORWARD_WITH_SHA1: &[&str] = &[
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES128-SHA256",
    "ECDHE-RSA-AES128-SHA256",
    "ECDHE-ECDSA-AES128-SHA",
    "ECDHE-RSA-AES128-SHA",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-AES256-SHA384",
    "ECDHE-RSA-AES256-SHA384",
    "ECDHE-RSA-AES256-SHA",
    "ECDHE-ECDSA-AES256-SHA",
];
const STATIC: &[&str] =
    &["AES128-GCM-SHA256", "AES128-SHA256", "AES256-GCM-SHA384", "AES256-SHA256"];
const STATIC_WITH_SHA1: &[&str] = &[
    "AES128-GCM-SHA256",
    "AES128-SHA256",
    "AES128-SHA",
    "AES256-GCM-SHA384",
    "AES256-SHA256",
    "AES256-SHA",
];

const V13: &[&str] = &["TLSv1.3"];
const V12: &[&str] = &["TLSv1.2"];
const V12_V13: &[&str] = &["TLSv1.2", "TLSv1.3"];
const V11_V12: &[&str] = &["TLSv1.1", "TLSv1.2"];
const V11_TO_V13: &[&str] = &["TLSv1.1", "TLSv1.2", "TLSv1.3"];
const V10_TO_V12: &[&str] = &["TLSv1", "TLSv1.1", "TLSv1.2"];
const V10_TO_V13: &[&str] = &["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"];

/// A policy: its name, the versions, and its ciphers in their order.
type Row = (&'static str, &'static [&'static str], &'static [&'static [&'static str]]);

const POLICIES: &[Row] = &[
    (DEFAULT, V10_TO_V12, &[FORWARD_WITH_SHA1, STATIC_WITH_SHA1]),
    ("ELBSecurityPolicy-TLS13-1-3-2021-06", V13, &[TLS_1_3]),
    ("ELBSecurityPolicy-TLS13-1-3-PQ-2025-09", V13, &[TLS_1_3]),
    ("ELBSecurityPolicy-TLS13-1-2-2021-06", V12_V13, &[TLS_1_3, FORWARD]),
    ("ELBSecurityPolicy-TLS13-1-2-PQ-2025-09", V12_V13, &[TLS_1_3, FORWARD]),
    ("ELBSecurityPolicy-TLS13-1-2-Res-2021-06", V12_V13, &[TLS_1_3, RESTRICTED]),
    ("ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09", V12_V13, &[TLS_1_3, RESTRICTED]),
    ("ELBSecurityPolicy-TLS13-1-2-Ext1-2021-06", V12_V13, &[TLS_1_3, FORWARD, STATIC]),
    ("ELBSecurityPolicy-TLS13-1-2-Ext1-PQ-2025-09", V12_V13, &[TLS_1_3, FORWARD, STATIC]),
    (
        "ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06",
        V12_V13,
        &[TLS_1_3, FORWARD_WITH_SHA1, STATIC_WITH_SHA1],
    ),
    (
        "ELBSecurityPolicy-TLS13-1-2-Ext2-PQ-2025-09",
        V12_V13,
        &[TLS_1_3, FORWARD_WITH_SHA1, STATIC_WITH_SHA1],
    ),
    (
        "ELBSecurityPolicy-TLS13-1-1-2021-06",
        V11_TO_V13,
        &[TLS_1_3, FORWARD_WITH_SHA1, STATIC_WITH_SHA1],
    ),
    (
        "ELBSecurityPolicy-TLS13-1-0-2021-06",
        V10_TO_V13,
        &[TLS_1_3, FORWARD_WITH_SHA1, STATIC_WITH_SHA1],
    ),
    (
        "ELBSecurityPolicy-TLS13-1-0-PQ-2025-09",
        V10_TO_V13,
        &[TLS_1_3, FORWARD_WITH_SHA1, STATIC_WITH_SHA1],
    ),
    ("ELBSecurityPolicy-TLS-1-2-Ext-2018-06", V12, &[FORWARD_WITH_SHA1, STATIC_WITH_SHA1]),
    ("ELBSecurityPolicy-TLS-1-2-2017-01", V12, &[FORWARD, STATIC]),
    ("ELBSecurityPolicy-TLS-1-1-2017-01", V11_V12, &[FORWARD_WITH_SHA1, STATIC_WITH_SHA1]),
    ("ELBSecurityPolicy-2015-05", V10_TO_V12, &[FORWARD_WITH_SHA1, STATIC_WITH_SHA1]),
    ("ELBSecurityPolicy-FS-1-2-Res-2020-10", V12, &[RESTRICTED]),
    ("ELBSecurityPolicy-FS-1-2-Res-2019-08", V12, &[FORWARD]),
    ("ELBSecurityPolicy-FS-1-2-2019-08", V12, &[FORWARD_WITH_SHA1]),
    ("ELBSecurityPolicy-FS-1-1-2019-08", V11_V12, &[FORWARD_WITH_SHA1]),
    ("ELBSecurityPolicy-FS-2018-06", V10_TO_V12, &[FORWARD_WITH_SHA1]),
];

/// Whether there is a policy of this name.
pub(crate) fn exists(name: &str) -> bool {
    POLICIES.iter().any(|(known, ..)| *known == name)
}

/// Input of `DescribeSSLPolicies`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeSSLPoliciesInput {
    /// Which; all without.
    pub names: Option<Vec<String>>,
    /// Where the page before ended.
    pub marker: Option<String>,
    /// How many at most.
    pub page_size: Option<u32>,
    /// Of which load balancers; of all of them they are the same.
    pub load_balancer_type: Option<String>,
}

/// Output of `DescribeSSLPolicies`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeSSLPoliciesOutput {
    /// The policies.
    pub ssl_policies: Vec<SslPolicy>,
    /// Where the next page begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_marker: Option<String>,
}

/// A policy.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SslPolicy {
    /// Versions of TLS.
    pub ssl_protocols: &'static [&'static str],
    /// Ciphers.
    pub ciphers: Vec<Cipher>,
    /// Its name.
    pub name: &'static str,
    /// For which load balancers it is.
    pub supported_load_balancer_types: &'static [&'static str],
}

/// A cipher.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Cipher {
    /// Its name, as OpenSSL has it.
    pub name: &'static str,
    /// The lower the better.
    pub priority: usize,
}

fn described((name, versions, ciphers): &Row) -> SslPolicy {
    let ciphers = ciphers.iter().copied().flatten().enumerate();
    SslPolicy {
        ssl_protocols: versions,
        ciphers: ciphers.map(|(at, name)| Cipher { name, priority: at + 1 }).collect(),
        name,
        supported_load_balancer_types: &["application", "network"],
    }
}

pub(crate) fn describe_ssl_policies(
    input: &DescribeSSLPoliciesInput,
) -> Result<DescribeSSLPoliciesOutput, ApiError> {
    let names: BTreeSet<&str> = input.names.iter().flatten().map(String::as_str).collect();
    if let Some(unknown) = names.iter().find(|name| !exists(name)) {
        return Err(SSL_POLICY_NOT_FOUND.says(format!("SSL Policy '{unknown}' not found")));
    }
    let is_asked = |row: &&Row| names.is_empty() || names.contains(row.0);
    let asked = Asked { marker: input.marker.as_deref(), size: input.page_size };
    let all = POLICIES.iter().filter(is_asked).map(described);
    let (ssl_policies, next_marker) = page::of(all, asked, |policy| policy.name.to_owned())?;
    Ok(DescribeSSLPoliciesOutput { ssl_policies, next_marker })
}
