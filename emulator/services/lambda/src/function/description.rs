//! A version of a function, as AWS shows it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::super::{
    DeadLetterConfig, Environment, EphemeralStorage, FileSystemConfig, LogFormat, Logging,
    LoggingConfig, TracingConfig, VpcConfig,
};
use super::Version;

/// A version of a function, as AWS shows it:
/// <https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html>.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct FunctionConfiguration {
    function_name: String,
    pub(crate) function_arn: String,
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
    vpc_config: Option<VpcConfigResponse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dead_letter_config: Option<DeadLetterConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<Environment>,
    #[serde(rename = "KMSKeyArn", skip_serializing_if = "Option::is_none")]
    kms_key_arn: Option<String>,
    tracing_config: TracingConfig,
    revision_id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    layers: Vec<LayerShown>,
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
    #[serde(skip_serializing_if = "Vec::is_empty")]
    file_system_configs: Vec<FileSystemConfig>,
    package_type: &'static str,
    architectures: Vec<String>,
    ephemeral_storage: EphemeralStorage,
    snap_start: SnapStartResponse,
    #[serde(skip_serializing_if = "Option::is_none")]
    runtime_version_config: Option<RuntimeVersionConfig>,
    logging_config: LoggingConfig,
}

impl FunctionConfiguration {
    /// As the answer shows it to what has made it. Environments are made on demand here, so that it is in
    /// truth active at once.
    pub(crate) fn creating(mut self, revision_id: String) -> Self {
        self.state = Some("Pending");
        self.state_reason = Some("The function is being created.");
        self.state_reason_code = Some("Creating");
        self.last_update_status = None;
        self.revision_id = revision_id;
        self
    }

    /// As the answer to an update shows it.
    pub(crate) fn updating(mut self, revision_id: String) -> Self {
        self.last_update_status = Some("InProgress");
        self.last_update_status_reason = Some("The function is being created.");
        self.last_update_status_reason_code = Some("Creating");
        self.revision_id = revision_id;
        self
    }

    /// As lists show it: without its state and its runtime's version.
    pub(crate) fn listed(mut self) -> Self {
        self.runtime_version_config = None;
        self.state = None;
        self.last_update_status = None;
        self
    }
}

/// A layer of a function.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct LayerShown {
    arn: String,
    code_size: u64,
}

/// `VpcConfigResponse`. No network is made here: the VPC has no id.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct VpcConfigResponse {
    #[serde(flatten)]
    config: VpcConfig,
    vpc_id: &'static str,
}

/// `SnapStartResponse`
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct SnapStartResponse {
    apply_on: &'static str,
    optimization_status: &'static str,
}

/// `RuntimeVersionConfig`: a name for the version of the runtime. What runs is the host's.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct RuntimeVersionConfig {
    runtime_version_arn: String,
}

impl From<&Logging> for LoggingConfig {
    fn from(logging: &Logging) -> Self {
        let (format, levels) = match logging.format {
            LogFormat::Text => ("Text", None),
            LogFormat::Json { application, system } => ("JSON", Some((application, system))),
        };
        Self {
            log_format: Some(format.into()),
            application_log_level: levels.map(|(application, _)| application),
            system_log_level: levels.map(|(_, system)| system),
            log_group: Some(logging.group.clone()),
        }
    }
}

impl Version {
    /// The SHA-256 of its code, in base64.
    pub(crate) fn code_sha256(&self) -> String {
        BASE64.encode(self.deployment.code.sha256().unwrap_or_default())
    }

    /// The runtime's version, by a name of its own in each region.
    pub(crate) fn runtime_version_arn(&self) -> String {
        format!(
            "arn:aws:lambda:{}::runtime:{}",
            self.deployment.arn.region,
            hex::encode(Sha256::digest(&self.deployment.runtime))
        )
    }

    /// As AWS shows it to whom has asked by this qualifier.
    pub(crate) fn described(&self, qualifier: Option<&str>) -> FunctionConfiguration {
        let (deployment, configuration) = (&*self.deployment, &self.configuration);
        let mut arn = deployment.arn.clone();
        arn.qualifier = qualifier.map(Into::into);
        let variables = || {
            let pairs = deployment.environment.iter();
            pairs.map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect()
        };
        FunctionConfiguration {
            function_name: arn.name.to_string(),
            function_arn: arn.to_string(),
            runtime: deployment.runtime.clone(),
            role: deployment.role.clone(),
            handler: deployment.handler.clone(),
            code_size: deployment.code.size_bytes(),
            description: configuration.description.clone(),
            timeout: deployment.timeout_s,
            memory_size: deployment.memory_size_mib,
            last_modified: self.last_modified.iso8601_offset(),
            code_sha256: self.code_sha256(),
            version: deployment.version.clone(),
            vpc_config: configuration
                .vpc
                .clone()
                .map(|config| VpcConfigResponse { config, vpc_id: "" }),
            dead_letter_config: configuration
                .dead_letter_target
                .as_ref()
                .map(|target| DeadLetterConfig { target_arn: Some(target.to_string()) }),
            environment: (configuration.has_environment || !deployment.environment.is_empty())
                .then(|| Environment { variables: Some(variables()) }),
            kms_key_arn: configuration.kms_key_arn.clone(),
            tracing_config: TracingConfig { mode: Some(configuration.tracing_mode.clone()) },
            revision_id: self.revision_id.clone(),
            layers: deployment
                .layers
                .iter()
                .map(|layer| LayerShown {
                    arn: layer.arn.clone(),
                    code_size: layer.content.size_bytes(),
                })
                .collect(),
            state: Some("Active"),
            state_reason: None,
            state_reason_code: None,
            last_update_status: Some("Successful"),
            last_update_status_reason: None,
            last_update_status_reason_code: None,
            file_system_configs: configuration.file_systems.clone(),
            package_type: "Zip",
            architectures: vec![configuration.architecture.clone()],
            ephemeral_storage: EphemeralStorage { size: deployment.ephemeral_storage_mib },
            snap_start: self.snap_start(),
            runtime_version_config: Some(RuntimeVersionConfig {
                runtime_version_arn: self.runtime_version_arn(),
            }),
            logging_config: LoggingConfig::from(&deployment.logging),
        }
    }

    /// Of published versions alone it is on. Environments are initialised on demand all the same.
    fn snap_start(&self) -> SnapStartResponse {
        let (apply_on, optimization_status) = match (
            self.configuration.has_snap_start,
            self.name() == super::super::qualifier::LATEST,
        ) {
            (false, _) => ("None", "Off"),
            (true, true) => ("PublishedVersions", "Off"),
            (true, false) => ("PublishedVersions", "On"),
        };
        SnapStartResponse { apply_on, optimization_status }
    }
}
