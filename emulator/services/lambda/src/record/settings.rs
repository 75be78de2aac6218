//! What is stored of what a version, an alias or an account has besides: URLs, event invoke
//! configurations, provisioned concurrency, code signing.

use std::collections::BTreeMap;

use kernel::arn::FunctionArn;
use kernel::record::Key;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{InvokeMode, UrlAuthType};

/// A function's URL.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FunctionUrl {
    arn: FunctionArn,
    id: Box<str>,
    auth_type: UrlAuthType,
    cors: Option<Cors>,
    invoke_mode: Option<InvokeMode>,
    created: Timestamp,
    last_modified: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Cors {
    allow_credentials: Option<bool>,
    allow_headers: Option<Vec<String>>,
    allow_methods: Option<Vec<String>>,
    allow_origins: Option<Vec<String>>,
    expose_headers: Option<Vec<String>>,
    max_age_s: Option<u32>,
}

/// What becomes of asynchronous invocations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventInvokeConfig {
    arn: FunctionArn,
    maximum_retry_attempts: Option<u32>,
    maximum_event_age_s: Option<u32>,
    on_success: Option<String>,
    on_failure: Option<String>,
    last_modified: Timestamp,
}

/// What is provisioned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProvisionedConcurrency {
    arn: FunctionArn,
    requested: u32,
    last_modified: Timestamp,
    changed: Timestamp,
    allocated_before: u32,
}

/// A code signing configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CodeSigningConfig {
    arn: String,
    description: Option<String>,
    signing_profile_version_arns: Vec<String>,
    untrusted_artifact: String,
    tags: BTreeMap<String, String>,
    last_modified: Timestamp,
}

impl FunctionUrl {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        crate::FunctionUrl::key_of(&self.arn.unqualified(), self.arn.qualifier.as_deref())
    }

    pub(crate) fn of(arn: &FunctionArn, live: &crate::FunctionUrl) -> Self {
        Self {
            arn: arn.clone(),
            id: live.id.clone(),
            auth_type: live.auth_type,
            cors: live.cors.clone().map(|cors| Cors {
                allow_credentials: cors.allow_credentials,
                allow_headers: cors.allow_headers,
                allow_methods: cors.allow_methods,
                allow_origins: cors.allow_origins,
                expose_headers: cors.expose_headers,
                max_age_s: cors.max_age_s,
            }),
            invoke_mode: live.invoke_mode,
            created: live.created,
            last_modified: live.last_modified,
        }
    }

    /// By which ARN it invokes, and what it is.
    pub(crate) fn restored(self) -> (FunctionArn, crate::FunctionUrl) {
        let url = crate::FunctionUrl {
            id: self.id,
            auth_type: self.auth_type,
            cors: self.cors.map(|cors| crate::Cors {
                allow_credentials: cors.allow_credentials,
                allow_headers: cors.allow_headers,
                allow_methods: cors.allow_methods,
                allow_origins: cors.allow_origins,
                expose_headers: cors.expose_headers,
                max_age_s: cors.max_age_s,
            }),
            invoke_mode: self.invoke_mode,
            created: self.created,
            last_modified: self.last_modified,
        };
        (self.arn, url)
    }
}

impl EventInvokeConfig {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        crate::EventInvokeConfig::key_of(&self.arn)
    }

    pub(crate) fn of(arn: &FunctionArn, live: &crate::EventInvokeConfig) -> Self {
        Self {
            arn: arn.clone(),
            maximum_retry_attempts: live.maximum_retry_attempts,
            maximum_event_age_s: live.maximum_event_age_s,
            on_success: live.on_success.clone(),
            on_failure: live.on_failure.clone(),
            last_modified: live.last_modified,
        }
    }

    pub(crate) fn restored(self) -> (FunctionArn, crate::EventInvokeConfig) {
        let config = crate::EventInvokeConfig {
            maximum_retry_attempts: self.maximum_retry_attempts,
            maximum_event_age_s: self.maximum_event_age_s,
            on_success: self.on_success,
            on_failure: self.on_failure,
            last_modified: self.last_modified,
        };
        (self.arn, config)
    }
}

impl ProvisionedConcurrency {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        crate::ProvisionedConcurrency::key_of(&self.arn)
    }

    pub(crate) fn of(arn: &FunctionArn, live: crate::ProvisionedConcurrency) -> Self {
        Self {
            arn: arn.clone(),
            requested: live.requested,
            last_modified: live.last_modified,
            changed: live.changed,
            allocated_before: live.allocated_before,
        }
    }

    pub(crate) fn restored(self) -> (FunctionArn, crate::ProvisionedConcurrency) {
        let config = crate::ProvisionedConcurrency {
            requested: self.requested,
            last_modified: self.last_modified,
            changed: self.changed,
            allocated_before: self.allocated_before,
            progress: crate::Provisioning::Done,
        };
        (self.arn, config)
    }
}

impl CodeSigningConfig {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        crate::CodeSigningConfig::key_of(&self.arn)
    }
}

impl From<&crate::CodeSigningConfig> for CodeSigningConfig {
    fn from(live: &crate::CodeSigningConfig) -> Self {
        Self {
            arn: live.arn.clone(),
            description: live.description.clone(),
            signing_profile_version_arns: live.signing_profile_version_arns.clone(),
            untrusted_artifact: live.untrusted_artifact.clone(),
            tags: live.tags.clone(),
            last_modified: live.last_modified,
        }
    }
}

impl From<CodeSigningConfig> for crate::CodeSigningConfig {
    fn from(stored: CodeSigningConfig) -> Self {
        Self {
            arn: stored.arn,
            description: stored.description,
            signing_profile_version_arns: stored.signing_profile_version_arns,
            untrusted_artifact: stored.untrusted_artifact,
            tags: stored.tags,
            last_modified: stored.last_modified,
        }
    }
}
