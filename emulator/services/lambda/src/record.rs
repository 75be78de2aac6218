//! What is stored of Lambda, frozen: a new field or kind raises the format of data directories
//! (`emulator/src/store/formats`). The live types may change as they like; here they are converted.

use std::collections::BTreeMap;
use std::sync::Arc;

use kernel::arn::{Arn, FunctionArn, QueueArn};
use kernel::content::Content;
use kernel::record::Key;
use kernel::time::Timestamp;
use kernel::trace::CauseId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{InvocationId, Kind, MappingId};

/// A function with its configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Function {
    deployment: Deployment,
    description: String,
    dead_letter_target: Option<Arn>,
    architecture: String,
    tracing_mode: String,
    ephemeral_storage_mib: u32,
    #[serde(default)]
    has_environment: bool,
    tags: BTreeMap<String, String>,
    policy: Vec<Statement>,
    policy_revision_id: String,
    last_modified: Timestamp,
}

/// A state of a function's code and configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Deployment {
    arn: FunctionArn,
    revision_id: String,
    version: String,
    runtime: String,
    handler: String,
    code: Content,
    environment: BTreeMap<String, String>,
    memory_size_mib: u32,
    timeout_s: u32,
    role: String,
}

/// A statement of a function's policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Statement {
    sid: String,
    action: String,
    principal: Value,
    condition: Map<String, Value>,
}

/// An event source mapping.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mapping {
    id: Box<str>,
    queue: QueueArn,
    function: FunctionArn,
    batch_size: usize,
    window_s: u64,
    reports_failures: bool,
    enabled: bool,
    maximum_concurrency: Option<u32>,
    last_modified: Timestamp,
}

/// An invocation that must not be lost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pending {
    id: Box<str>,
    invoked_arn: FunctionArn,
    source: PendingSource,
    attempts: u32,
    created: Timestamp,
    retry_at: Option<Timestamp>,
    cause: CauseId,
}

/// What a pending invocation is for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum PendingSource {
    Event {
        payload: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        trace_header: Option<String>,
    },
    Batch {
        mapping: Box<str>,
        queue: QueueArn,
        reports_failures: bool,
        messages: Vec<(String, String)>,
    },
}

impl Function {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        Self::key_of(&self.deployment.arn)
    }

    /// Where the record of this function is kept.
    pub(crate) fn key_of(arn: &FunctionArn) -> Key {
        Key::named(Kind::Function, arn.to_string())
    }
}

impl Mapping {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        crate::Mapping::key_of(&self.id)
    }
}

impl Pending {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        Self::key_of(&self.id)
    }

    /// Where the record of this invocation is kept.
    pub(crate) fn key_of(id: &str) -> Key {
        Key::named(Kind::Invocation, id)
    }
}

impl From<&crate::Function> for Function {
    fn from(live: &crate::Function) -> Self {
        Self {
            deployment: Deployment::from(&*live.deployment),
            description: live.description.clone(),
            dead_letter_target: live.dead_letter_target.clone(),
            architecture: live.architecture.clone(),
            tracing_mode: live.tracing_mode.clone(),
            ephemeral_storage_mib: live.ephemeral_storage_mib,
            has_environment: live.has_environment,
            tags: live.tags.clone(),
            policy: live.policy.iter().map(Statement::from).collect(),
            policy_revision_id: live.policy_revision_id.clone(),
            last_modified: live.last_modified,
        }
    }
}

impl From<Function> for crate::Function {
    fn from(stored: Function) -> Self {
        Self {
            deployment: Arc::new(stored.deployment.into()),
            description: stored.description,
            dead_letter_target: stored.dead_letter_target,
            architecture: stored.architecture,
            tracing_mode: stored.tracing_mode,
            ephemeral_storage_mib: stored.ephemeral_storage_mib,
            has_environment: stored.has_environment,
            tags: stored.tags,
            policy: stored.policy.into_iter().map(Into::into).collect(),
            policy_revision_id: stored.policy_revision_id,
            last_modified: stored.last_modified,
        }
    }
}

impl From<&crate::Deployment> for Deployment {
    fn from(live: &crate::Deployment) -> Self {
        Self {
            arn: live.arn.clone(),
            revision_id: live.revision_id.clone(),
            version: live.version.clone(),
            runtime: live.runtime.clone(),
            handler: live.handler.clone(),
            code: live.code.clone(),
            environment: live.environment.clone(),
            memory_size_mib: live.memory_size_mib,
            timeout_s: live.timeout_s,
            role: live.role.clone(),
        }
    }
}

impl From<Deployment> for crate::Deployment {
    fn from(stored: Deployment) -> Self {
        Self {
            arn: stored.arn,
            revision_id: stored.revision_id,
            version: stored.version,
            runtime: stored.runtime,
            handler: stored.handler,
            code: stored.code,
            environment: stored.environment,
            memory_size_mib: stored.memory_size_mib,
            timeout_s: stored.timeout_s,
            role: stored.role,
        }
    }
}

impl From<&crate::Statement> for Statement {
    fn from(live: &crate::Statement) -> Self {
        Self {
            sid: live.sid.clone(),
            action: live.action.clone(),
            principal: live.principal.clone(),
            condition: live.condition.clone(),
        }
    }
}

impl From<Statement> for crate::Statement {
    fn from(stored: Statement) -> Self {
        Self {
            sid: stored.sid,
            action: stored.action,
            principal: stored.principal,
            condition: stored.condition,
        }
    }
}

impl From<&crate::Mapping> for Mapping {
    fn from(live: &crate::Mapping) -> Self {
        Self {
            id: live.id.0.clone(),
            queue: live.queue.clone(),
            function: live.function.clone(),
            batch_size: live.batch_size,
            window_s: live.window_s,
            reports_failures: live.reports_failures,
            enabled: live.enabled,
            maximum_concurrency: live.maximum_concurrency,
            last_modified: live.last_modified,
        }
    }
}

impl From<Mapping> for crate::Mapping {
    fn from(stored: Mapping) -> Self {
        Self {
            id: MappingId(stored.id),
            queue: stored.queue,
            function: stored.function,
            batch_size: stored.batch_size,
            window_s: stored.window_s,
            reports_failures: stored.reports_failures,
            enabled: stored.enabled,
            maximum_concurrency: stored.maximum_concurrency,
            last_modified: stored.last_modified,
        }
    }
}

impl From<&crate::Pending> for Pending {
    fn from(live: &crate::Pending) -> Self {
        Self {
            id: live.id.0.clone(),
            invoked_arn: live.invoked_arn.clone(),
            source: PendingSource::from(&live.source),
            attempts: live.attempts,
            created: live.created,
            retry_at: live.retry_at,
            cause: live.cause,
        }
    }
}

impl From<Pending> for crate::Pending {
    fn from(stored: Pending) -> Self {
        Self {
            id: InvocationId(stored.id),
            invoked_arn: stored.invoked_arn,
            source: stored.source.into(),
            attempts: stored.attempts,
            created: stored.created,
            retry_at: stored.retry_at,
            cause: stored.cause,
        }
    }
}

impl From<&crate::PendingSource> for PendingSource {
    fn from(live: &crate::PendingSource) -> Self {
        match live {
            crate::PendingSource::Event { payload, trace_header } => {
                Self::Event { payload: payload.clone(), trace_header: trace_header.clone() }
            }
            crate::PendingSource::Batch { mapping, queue, reports_failures, messages } => {
                Self::Batch {
                    mapping: mapping.0.clone(),
                    queue: queue.clone(),
                    reports_failures: *reports_failures,
                    messages: messages.clone(),
                }
            }
        }
    }
}

impl From<PendingSource> for crate::PendingSource {
    fn from(stored: PendingSource) -> Self {
        match stored {
            PendingSource::Event { payload, trace_header } => Self::Event { payload, trace_header },
            PendingSource::Batch { mapping, queue, reports_failures, messages } => {
                let mapping = MappingId(mapping);
                Self::Batch { mapping, queue, reports_failures, messages }
            }
        }
    }
}
