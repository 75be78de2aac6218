//! Functions: what there is of one, and which version a qualifier means.

mod check;
mod code;
mod configure;
mod create;
mod delete;
mod description;
mod read;

use std::collections::BTreeMap;
use std::sync::Arc;

use kernel::arn::FunctionArn;
use kernel::content::Content;
use kernel::record::Key;
use kernel::time::Timestamp;

pub use code::*;
pub use configure::*;
pub use create::*;
pub use delete::*;
pub use description::*;
pub use read::*;

use super::page::place_of;
use super::qualifier::{LATEST, is_alias};
use super::{
    Alias, Configuration, Deployment, EventInvokeConfig, FunctionUrl, ProvisionedConcurrency,
    RecursiveLoop, RuntimeManagement, Statement,
};
use crate::Kind;

/// A function: its unpublished version, those that were published, and what goes by its name.
#[derive(Debug, Clone, PartialEq)]
pub struct Function {
    /// Its ARN, unqualified.
    pub arn: FunctionArn,
    /// `$LATEST`
    pub latest: Version,
    /// The published versions that are still there, by their numbers.
    pub(crate) versions: BTreeMap<u64, Version>,
    /// How many were ever published: a number is never given again.
    pub(crate) published: u64,
    /// `$LATEST` has changed since one was published.
    pub(crate) has_changed: bool,
    /// By their names.
    pub(crate) aliases: BTreeMap<Box<str>, Alias>,
    /// By the alias that they invoke; nothing stands for the function itself. They outlive an alias.
    pub(crate) urls: BTreeMap<Option<Box<str>>, FunctionUrl>,
    /// By version or alias.
    pub(crate) event_invoke_configs: BTreeMap<Box<str>, EventInvokeConfig>,
    /// By version or alias.
    pub(crate) provisioned: BTreeMap<Box<str>, ProvisionedConcurrency>,
    /// `Tags`
    pub tags: BTreeMap<String, String>,
    /// `ReservedConcurrentExecutions`
    pub(crate) reserved_concurrency: Option<u32>,
    /// `RecursiveLoop`
    pub(crate) recursive_loop: RecursiveLoop,
    /// `CodeSigningConfigArn`
    pub(crate) code_signing_config: Option<String>,
}

/// A version of a function, published or not.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    /// What its environments are made from.
    pub deployment: Arc<Deployment>,
    /// What is known of it besides.
    pub configuration: Configuration,
    /// `RevisionId`: changes whenever something of the version does, its policy and tags included.
    pub(crate) revision_id: String,
    /// Who may invoke it besides its own account.
    pub(crate) policy: Vec<Statement>,
    /// When its runtime is updated.
    pub(crate) runtime_management: RuntimeManagement,
    /// When it was last changed.
    pub(crate) last_modified: Timestamp,
}

impl Version {
    /// Its name: `$LATEST` or a number.
    pub(crate) fn name(&self) -> &str {
        &self.deployment.version
    }

    /// Its place among the versions of a function: `$LATEST` comes first.
    pub(crate) fn place(&self) -> String {
        match self.name() {
            LATEST => LATEST.to_owned(),
            number => place_of(number.parse().unwrap_or_default()),
        }
    }
}

impl Function {
    /// Where the record of a function is kept.
    pub(crate) fn key_of(arn: &FunctionArn) -> Key {
        Key::named(Kind::Function, arn.to_string())
    }

    /// The version of this name: `$LATEST` or a number.
    pub(crate) fn version(&self, name: &str) -> Option<&Version> {
        match name {
            LATEST => Some(&self.latest),
            number => self.versions.get(&number.parse().ok()?),
        }
    }

    /// As [`Function::version`].
    pub(crate) fn version_mut(&mut self, name: &str) -> Option<&mut Version> {
        match name {
            LATEST => Some(&mut self.latest),
            number => self.versions.get_mut(&number.parse().ok()?),
        }
    }

    /// The version that a qualifier means: of an alias that shares invocations between two, the first.
    pub(crate) fn resolve(&self, qualifier: Option<&str>) -> Option<&Version> {
        match qualifier {
            None => Some(&self.latest),
            Some(name) if is_alias(name) => self.version(&self.aliases.get(name)?.version),
            Some(name) => self.version(name),
        }
    }

    /// The version that an invocation of a qualifier goes to. `draw` is asked where chance decides.
    pub(crate) fn routed(
        &self,
        qualifier: Option<&str>,
        draw: impl FnOnce() -> u64,
    ) -> Option<&Version> {
        let alias = qualifier.and_then(|name| self.aliases.get(name));
        match alias.and_then(|alias| alias.routed(draw)) {
            Some(version) => self.version(&version),
            None => self.resolve(qualifier),
        }
    }

    /// All versions, `$LATEST` first.
    pub(crate) fn all_versions(&self) -> impl Iterator<Item = &Version> + '_ {
        std::iter::once(&self.latest).chain(self.versions.values())
    }

    /// The statements that belong to a qualifier.
    pub(crate) fn policy(&self, qualifier: Option<&str>) -> &[Statement] {
        let of_alias = |name: &str| self.aliases.get(name).map(|alias| &*alias.policy);
        let of_version = |name: &str| self.version(name).map(|version| &*version.policy);
        let found = match qualifier {
            None => Some(&*self.latest.policy),
            Some(name) if is_alias(name) => of_alias(name),
            Some(name) => of_version(name),
        };
        found.unwrap_or_default()
    }

    /// All bodies that it refers to.
    pub(crate) fn contents(&self) -> impl Iterator<Item = &Content> + '_ {
        self.all_versions().flat_map(|version| version.deployment.contents())
    }
}
