//! A function's configuration: what a caller says of it, and what is kept of that beside the deployment.

use kernel::arn::Arn;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

/// What is known of a version beside what its environments are made from: kept and shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Configuration {
    /// `Description`
    pub description: String,
    /// `DeadLetterConfig.TargetArn`
    pub dead_letter_target: Option<Arn>,
    /// `Architectures`: `x86_64` or `arm64`. Code runs as the host can.
    pub architecture: String,
    /// `TracingConfig.Mode`
    pub tracing_mode: String,
    /// Whether `Environment` was given, with or without variables: then it is shown.
    pub has_environment: bool,
    /// `VpcConfig`
    pub vpc: Option<VpcConfig>,
    /// `SnapStart.ApplyOn` is `PublishedVersions`.
    pub has_snap_start: bool,
    /// `FileSystemConfigs`
    pub file_systems: Vec<FileSystemConfig>,
    /// `KMSKeyArn`
    pub kms_key_arn: Option<String>,
}

/// `DeadLetterConfig`
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DeadLetterConfig {
    pub(super) target_arn: Option<String>,
}

/// `Environment`, in the order of the request.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Environment {
    pub(super) variables: Option<Map<String, Value>>,
}

/// `TracingConfig`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct TracingConfig {
    pub(super) mode: Option<String>,
}

/// `EphemeralStorage`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct EphemeralStorage {
    pub(super) size: u32,
}

/// `VpcConfig`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct VpcConfig {
    pub(super) subnet_ids: Vec<String>,
    pub(super) security_group_ids: Vec<String>,
    pub(super) ipv6_allowed_for_dual_stack: bool,
}

/// `FileSystemConfig`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct FileSystemConfig {
    pub(super) arn: String,
    pub(super) local_mount_path: String,
}

/// `SnapStart`, as it is asked for.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct SnapStart {
    pub(super) apply_on: Option<String>,
}

/// `LoggingConfig`, as it is asked for and shown.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct LoggingConfig {
    pub(super) log_format: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) application_log_level: Option<super::LogLevel>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) system_log_level: Option<super::LogLevel>,
    pub(super) log_group: Option<String>,
}

/// What is for functions that are container images, and refused of others.
#[derive(Debug, Clone)]
pub(super) struct OfImages<T>(T);

impl<'de, T: DeserializeOwned> Deserialize<'de> for OfImages<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = kernel::coverage::for_others(deserializer)?;
        serde_json::from_value(value).map(Self).map_err(D::Error::custom)
    }
}

/// `ImageConfig`: of functions that are container images.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
#[expect(dead_code, reason = "it is read so that what is unknown in it is refused")]
pub struct ImageConfig {
    entry_point: Option<Vec<String>>,
    command: Option<Vec<String>>,
    working_directory: Option<String>,
}
