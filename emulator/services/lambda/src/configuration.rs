//! A function's configuration, as AWS shows it.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::Function;

/// A function's configuration, as AWS shows it:
/// <https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html>.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct FunctionConfiguration {
    pub(super) function_name: String,
    function_arn: String,
    runtime: String,
    role: String,
    handler: String,
    code_size: u64,
    description: String,
    timeout: u32,
    memory_size: u32,
    last_modified: String,
    #[serde(rename = "CodeSha256")]
    code_sha256: String,
    version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    dead_letter_config: Option<DeadLetterConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<Environment>,
    tracing_config: TracingConfig,
    revision_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state_reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state_reason_code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_update_status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_update_status_reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_update_status_reason_code: Option<&'static str>,
    package_type: &'static str,
    architectures: Vec<String>,
    ephemeral_storage: EphemeralStorage,
    snap_start: SnapStart,
    #[serde(skip_serializing_if = "Option::is_none")]
    runtime_version_config: Option<RuntimeVersionConfig>,
    logging_config: LoggingConfig,
}

impl FunctionConfiguration {
    /// As the answer to `CreateFunction` shows it. Environments are made on demand here, so the
    /// function is in truth active at once.
    pub(super) fn creating(mut self, revision_id: String) -> Self {
        self.state = Some("Pending");
        self.state_reason = Some("The function is being created.");
        self.state_reason_code = Some("Creating");
        self.last_update_status = None;
        self.revision_id = revision_id;
        self
    }

    /// As the answer to an update shows it.
    pub(super) fn updating(mut self, revision_id: String) -> Self {
        self.last_update_status = Some("InProgress");
        self.last_update_status_reason = Some("The function is being created.");
        self.last_update_status_reason_code = Some("Creating");
        self.revision_id = revision_id;
        self
    }

    /// As lists show it: without its state and its runtime's version.
    pub(super) fn listed(mut self) -> Self {
        self.runtime_version_config = None;
        self.state = None;
        self.last_update_status = None;
        self
    }
}

/// `DeadLetterConfig`
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DeadLetterConfig {
    pub(super) target_arn: Option<String>,
}

/// `Environment`
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Environment {
    pub(super) variables: Option<BTreeMap<String, String>>,
}

/// `TracingConfig`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct TracingConfig {
    pub(super) mode: String,
}

/// `EphemeralStorage`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct EphemeralStorage {
    pub(super) size: u32,
}

/// `SnapStart`, always off.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct SnapStart {
    apply_on: &'static str,
    optimization_status: &'static str,
}

/// `RuntimeVersionConfig`: a name for the version of the runtime. What runs is the host's.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct RuntimeVersionConfig {
    runtime_version_arn: String,
}

/// `LoggingConfig`, always text.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct LoggingConfig {
    log_format: &'static str,
    log_group: String,
}

impl Function {
    pub(super) fn configuration(&self) -> FunctionConfiguration {
        let deployment = &self.deployment;
        let name = deployment.arn.name.to_string();
        FunctionConfiguration {
            function_arn: deployment.arn.to_string(),
            runtime: deployment.runtime.clone(),
            role: deployment.role.clone(),
            handler: deployment.handler.clone(),
            code_size: deployment.code.size_bytes(),
            description: self.description.clone(),
            timeout: deployment.timeout_s,
            memory_size: deployment.memory_size_mib,
            last_modified: self.last_modified.iso8601_offset(),
            code_sha256: BASE64.encode(deployment.code.sha256().unwrap_or_default()),
            version: deployment.version.clone(),
            dead_letter_config: self
                .dead_letter_target
                .as_ref()
                .map(|target| DeadLetterConfig { target_arn: Some(target.to_string()) }),
            environment: (self.has_environment || !deployment.environment.is_empty())
                .then(|| Environment { variables: Some(deployment.environment.clone()) }),
            tracing_config: TracingConfig { mode: self.tracing_mode.clone() },
            revision_id: deployment.revision_id.clone(),
            package_type: "Zip",
            architectures: vec![self.architecture.clone()],
            ephemeral_storage: EphemeralStorage { size: self.ephemeral_storage_mib },
            runtime_version_config: Some(RuntimeVersionConfig {
                runtime_version_arn: format!(
                    "arn:aws:lambda:{}::runtime:{}",
                    deployment.arn.region,
                    hex::encode(Sha256::digest(&deployment.runtime))
                ),
            }),
            snap_start: SnapStart { apply_on: "None", optimization_status: "Off" },
            logging_config: LoggingConfig {
                log_format: "Text",
                log_group: format!("/aws/lambda/{name}"),
            },
            function_name: name,
            state: Some("Active"),
            state_reason: None,
            state_reason_code: None,
            last_update_status: Some("Successful"),
            last_update_status_reason: None,
            last_update_status_reason_code: None,
        }
    }
}
