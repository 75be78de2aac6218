//! What is stored of a version's code and configuration.

use std::collections::BTreeMap;

use kernel::arn::{Arn, FunctionArn};
use kernel::content::Content;
use serde::{Deserialize, Serialize};

use crate::{LogFormat, LogLevel};

/// What environments are made from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Deployment {
    pub(super) arn: FunctionArn,
    revision_id: String,
    pub(super) version: String,
    runtime: String,
    handler: String,
    code: Content,
    layers: Vec<(String, Content)>,
    environment: BTreeMap<String, String>,
    memory_size_mib: u32,
    ephemeral_storage_mib: u32,
    timeout_s: u32,
    role: String,
    log_group: String,
    log_levels: Option<LogLevels>,
}

/// The levels of a log in JSON; nothing stands for text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct LogLevels {
    application: LogLevel,
    system: LogLevel,
}

/// What is known of a version besides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Configuration {
    description: String,
    dead_letter_target: Option<Arn>,
    architecture: String,
    tracing_mode: String,
    has_environment: bool,
    vpc: Option<Vpc>,
    has_snap_start: bool,
    file_systems: Vec<(String, String)>,
    kms_key_arn: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Vpc {
    subnet_ids: Vec<String>,
    security_group_ids: Vec<String>,
    ipv6_allowed_for_dual_stack: bool,
}

impl From<&crate::Deployment> for Deployment {
    fn from(live: &crate::Deployment) -> Self {
        let layers = live.layers.iter().map(|it| (it.arn.clone(), it.content.clone()));
        Self {
            arn: live.arn.clone(),
            revision_id: live.revision_id.clone(),
            version: live.version.clone(),
            runtime: live.runtime.clone(),
            handler: live.handler.clone(),
            code: live.code.clone(),
            layers: layers.collect(),
            environment: live.environment.clone(),
            memory_size_mib: live.memory_size_mib,
            ephemeral_storage_mib: live.ephemeral_storage_mib,
            timeout_s: live.timeout_s,
            role: live.role.clone(),
            log_group: live.logging.group.clone(),
            log_levels: match live.logging.format {
                LogFormat::Text => None,
                LogFormat::Json { application, system } => Some(LogLevels { application, system }),
            },
        }
    }
}

impl From<Deployment> for crate::Deployment {
    fn from(stored: Deployment) -> Self {
        let layers =
            stored.layers.into_iter().map(|(arn, content)| crate::Layered { arn, content });
        Self {
            arn: stored.arn,
            revision_id: stored.revision_id,
            version: stored.version,
            runtime: stored.runtime,
            handler: stored.handler,
            code: stored.code,
            layers: layers.collect(),
            environment: stored.environment,
            memory_size_mib: stored.memory_size_mib,
            ephemeral_storage_mib: stored.ephemeral_storage_mib,
            timeout_s: stored.timeout_s,
            role: stored.role,
            logging: crate::Logging {
                group: stored.log_group,
                format: match stored.log_levels {
                    None => LogFormat::Text,
                    Some(LogLevels { application, system }) => {
                        LogFormat::Json { application, system }
                    }
                },
            },
        }
    }
}

impl From<&crate::Configuration> for Configuration {
    fn from(live: &crate::Configuration) -> Self {
        let file_systems = live.file_systems.iter();
        let file_systems = file_systems.map(|it| (it.arn.clone(), it.local_mount_path.clone()));
        Self {
            description: live.description.clone(),
            dead_letter_target: live.dead_letter_target.clone(),
            architecture: live.architecture.clone(),
            tracing_mode: live.tracing_mode.clone(),
            has_environment: live.has_environment,
            vpc: live.vpc.as_ref().map(|vpc| Vpc {
                subnet_ids: vpc.subnet_ids.clone(),
                security_group_ids: vpc.security_group_ids.clone(),
                ipv6_allowed_for_dual_stack: vpc.ipv6_allowed_for_dual_stack,
            }),
            has_snap_start: live.has_snap_start,
            file_systems: file_systems.collect(),
            kms_key_arn: live.kms_key_arn.clone(),
        }
    }
}

impl From<Configuration> for crate::Configuration {
    fn from(stored: Configuration) -> Self {
        let file_systems = stored.file_systems.into_iter();
        let file_systems = file_systems
            .map(|(arn, local_mount_path)| crate::FileSystemConfig { arn, local_mount_path });
        Self {
            description: stored.description,
            dead_letter_target: stored.dead_letter_target,
            architecture: stored.architecture,
            tracing_mode: stored.tracing_mode,
            has_environment: stored.has_environment,
            vpc: stored.vpc.map(|vpc| crate::VpcConfig {
                subnet_ids: vpc.subnet_ids,
                security_group_ids: vpc.security_group_ids,
                ipv6_allowed_for_dual_stack: vpc.ipv6_allowed_for_dual_stack,
            }),
            has_snap_start: stored.has_snap_start,
            file_systems: file_systems.collect(),
            kms_key_arn: stored.kms_key_arn,
        }
    }
}
