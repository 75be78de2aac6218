//! What is stored of functions, versions and aliases.

use std::collections::BTreeMap;
use std::sync::Arc;

use kernel::arn::FunctionArn;
use kernel::record::Key;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::deployment::{Configuration, Deployment};
use crate::qualifier::qualified;
use crate::{RecursiveLoop, RuntimeManagement};

/// A function with its unpublished version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Function {
    latest: Version,
    published: u64,
    has_changed: bool,
    tags: BTreeMap<String, String>,
    reserved_concurrency: Option<u32>,
    recursive_loop: RecursiveLoop,
    code_signing_config: Option<String>,
}

/// A version of a function.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Version {
    deployment: Deployment,
    configuration: Configuration,
    revision_id: String,
    policy: Vec<Statement>,
    runtime_management: RuntimeManagement,
    last_modified: Timestamp,
}

/// A statement of a policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Statement {
    sid: String,
    action: String,
    principal: Value,
    condition: Map<String, Value>,
}

/// An alias.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alias {
    function: FunctionArn,
    name: Box<str>,
    version: Box<str>,
    description: String,
    additional: Option<(u64, f64)>,
    revision_id: String,
    policy: Vec<Statement>,
}

impl Function {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        crate::Function::key_of(&self.latest.deployment.arn)
    }
}

impl Version {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        let deployment = &self.deployment;
        crate::Version::key_of(&qualified(&deployment.arn, &deployment.version))
    }
}

impl Alias {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        crate::Alias::key_of(&qualified(&self.function, &self.name))
    }

    /// The function that it is of, and what it is.
    pub(crate) fn restored(self) -> (FunctionArn, crate::Alias) {
        let alias = crate::Alias {
            name: self.name,
            version: self.version,
            description: self.description,
            additional: self.additional,
            revision_id: self.revision_id,
            policy: statements(self.policy),
        };
        (self.function, alias)
    }

    pub(crate) fn of(function: &FunctionArn, live: &crate::Alias) -> Self {
        Self {
            function: function.clone(),
            name: live.name.clone(),
            version: live.version.clone(),
            description: live.description.clone(),
            additional: live.additional,
            revision_id: live.revision_id.clone(),
            policy: live.policy.iter().map(Statement::from).collect(),
        }
    }
}

impl From<&crate::Function> for Function {
    fn from(live: &crate::Function) -> Self {
        Self {
            latest: Version::from(&live.latest),
            published: live.published,
            has_changed: live.has_changed,
            tags: live.tags.clone(),
            reserved_concurrency: live.reserved_concurrency,
            recursive_loop: live.recursive_loop,
            code_signing_config: live.code_signing_config.clone(),
        }
    }
}

/// What belongs to it comes with records of its own.
impl From<Function> for crate::Function {
    fn from(stored: Function) -> Self {
        Self {
            arn: stored.latest.deployment.arn.clone(),
            latest: stored.latest.into(),
            versions: BTreeMap::new(),
            published: stored.published,
            has_changed: stored.has_changed,
            aliases: BTreeMap::new(),
            urls: BTreeMap::new(),
            event_invoke_configs: BTreeMap::new(),
            provisioned: BTreeMap::new(),
            tags: stored.tags,
            reserved_concurrency: stored.reserved_concurrency,
            recursive_loop: stored.recursive_loop,
            code_signing_config: stored.code_signing_config,
        }
    }
}

impl From<&crate::Version> for Version {
    fn from(live: &crate::Version) -> Self {
        Self {
            deployment: Deployment::from(&*live.deployment),
            configuration: Configuration::from(&live.configuration),
            revision_id: live.revision_id.clone(),
            policy: live.policy.iter().map(Statement::from).collect(),
            runtime_management: live.runtime_management.clone(),
            last_modified: live.last_modified,
        }
    }
}

impl From<Version> for crate::Version {
    fn from(stored: Version) -> Self {
        Self {
            deployment: Arc::new(stored.deployment.into()),
            configuration: stored.configuration.into(),
            revision_id: stored.revision_id,
            policy: statements(stored.policy),
            runtime_management: stored.runtime_management,
            last_modified: stored.last_modified,
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

fn statements(stored: Vec<Statement>) -> Vec<crate::Statement> {
    let live = |stored: Statement| crate::Statement {
        sid: stored.sid,
        action: stored.action,
        principal: stored.principal,
        condition: stored.condition,
    };
    stored.into_iter().map(live).collect()
}
