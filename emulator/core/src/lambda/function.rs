//! Functions: created, configured, deleted.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Deployment, Statement};
use crate::record::{Key, Kind};
use crate::time::Timestamp;

/// A function with its configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Function {
    /// What its environments are made from.
    pub deployment: Arc<Deployment>,
    /// `Description`
    pub description: String,
    /// `DeadLetterConfig.TargetArn`
    pub dead_letter_target: Option<String>,
    /// `Architectures`
    pub architecture: String,
    /// `TracingConfig.Mode`
    pub tracing_mode: String,
    /// `EphemeralStorage.Size`
    pub ephemeral_storage_mib: u32,
    /// `Layers`, kept and shown.
    pub tags: BTreeMap<String, String>,
    /// Who may invoke it besides its account.
    pub policy: Vec<Statement>,
    /// The revision of the policy.
    pub policy_revision_id: String,
    /// When it was last changed.
    pub last_modified: Timestamp,
}

impl Function {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        Key { kind: Kind::Function, name: self.deployment.arn.to_string() }
    }
}
