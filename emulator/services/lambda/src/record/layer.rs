//! What is stored of layers.

use kernel::content::Content;
use kernel::names::{AccountId, Region};
use kernel::record::Key;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

/// A layer: how many versions it has had.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Layer {
    layer: LayerArn,
    published: u64,
}

/// A version of a layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LayerVersion {
    layer: LayerArn,
    number: u64,
    description: String,
    license_info: Option<String>,
    compatible_runtimes: Option<Vec<String>>,
    compatible_architectures: Option<Vec<String>>,
    content: Content,
    created: Timestamp,
    policy: Vec<Statement>,
    policy_revision_id: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct LayerArn {
    region: Region,
    account: AccountId,
    name: Box<str>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Statement {
    sid: String,
    principal: String,
    organization_id: Option<String>,
}

impl Layer {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        crate::Layer::key_of(&self.layer.clone().into())
    }

    pub(crate) fn of(arn: &crate::LayerArn, live: &crate::Layer) -> Self {
        Self { layer: arn.into(), published: live.published }
    }

    /// Which layer it is, and how many versions it has had.
    pub(crate) fn restored(self) -> (crate::LayerArn, u64) {
        (self.layer.into(), self.published)
    }
}

impl LayerVersion {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        crate::LayerVersion::key_of(&self.layer.clone().into(), self.number)
    }
}

impl From<&crate::LayerVersion> for LayerVersion {
    fn from(live: &crate::LayerVersion) -> Self {
        let statement = |live: &crate::LayerStatement| Statement {
            sid: live.sid.clone(),
            principal: live.principal.clone(),
            organization_id: live.organization_id.clone(),
        };
        Self {
            layer: (&live.layer).into(),
            number: live.number,
            description: live.description.clone(),
            license_info: live.license_info.clone(),
            compatible_runtimes: live.compatible_runtimes.clone(),
            compatible_architectures: live.compatible_architectures.clone(),
            content: live.content.clone(),
            created: live.created,
            policy: live.policy.iter().map(statement).collect(),
            policy_revision_id: live.policy_revision_id.clone(),
        }
    }
}

impl From<LayerVersion> for crate::LayerVersion {
    fn from(stored: LayerVersion) -> Self {
        let statement = |stored: Statement| crate::LayerStatement {
            sid: stored.sid,
            principal: stored.principal,
            organization_id: stored.organization_id,
        };
        Self {
            layer: stored.layer.into(),
            number: stored.number,
            description: stored.description,
            license_info: stored.license_info,
            compatible_runtimes: stored.compatible_runtimes,
            compatible_architectures: stored.compatible_architectures,
            content: stored.content,
            created: stored.created,
            policy: stored.policy.into_iter().map(statement).collect(),
            policy_revision_id: stored.policy_revision_id,
        }
    }
}

impl From<&crate::LayerArn> for LayerArn {
    fn from(live: &crate::LayerArn) -> Self {
        Self { region: live.region.clone(), account: live.account.clone(), name: live.name.clone() }
    }
}

impl From<LayerArn> for crate::LayerArn {
    fn from(stored: LayerArn) -> Self {
        Self { region: stored.region, account: stored.account, name: stored.name }
    }
}
