//! Provisioned concurrency: environments of a version that stand by. One is made ready at once, which shows
//! whether its code can be initialised; the others are made on demand.

use kernel::arn::FunctionArn;
use kernel::call::Origin;
use kernel::error::ApiError;
use kernel::record::Key;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::page::Page;
use super::qualifier::{LATEST, alias_not_found, is_alias, not_found, qualified};
use super::reference::Reference;
use super::{Alias, Function, FunctionInput, Lambda, ListOfFunctionInput, NothingOutput};
use crate::error::UserError as _;
use crate::{Cx, Effect, Kind, Record, error as refuse, limits};

/// The provisioned concurrency of a version or alias.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProvisionedConcurrency {
    pub(crate) requested: u32,
    pub(crate) last_modified: Timestamp,
    /// When something about it has changed last, after which it takes its time.
    pub(crate) changed: Timestamp,
    /// What is there until then.
    pub(crate) allocated_before: u32,
    /// What has become of it. Not durable: after a restart environments are made on demand.
    pub(crate) progress: Provisioning,
}

/// What has become of provisioned concurrency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Provisioning {
    /// An environment is being made ready.
    Underway,
    /// One was.
    Done,
    /// It could not be initialised.
    Failed,
}

/// What kind of environment it is: `AWS_LAMBDA_INITIALIZATION_TYPE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Initialization {
    /// It was made for an invocation.
    #[default]
    OnDemand,
    /// It belongs to provisioned concurrency.
    Provisioned,
}

impl Initialization {
    /// As the function reads it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OnDemand => "on-demand",
            Self::Provisioned => "provisioned-concurrency",
        }
    }
}

/// Input of `PutProvisionedConcurrencyConfig`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PutProvisionedConcurrencyConfigInput {
    pub(super) function_name: String,
    pub(super) qualifier: Option<String>,
    provisioned_concurrent_executions: u32,
}

/// A provisioned concurrency, as AWS shows it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ProvisionedConcurrencyOutput {
    #[serde(skip_serializing_if = "Option::is_none")]
    function_arn: Option<String>,
    requested_provisioned_concurrent_executions: u32,
    available_provisioned_concurrent_executions: u32,
    allocated_provisioned_concurrent_executions: u32,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_reason: Option<&'static str>,
    last_modified: String,
}

/// Output of `ListProvisionedConcurrencyConfigs`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListProvisionedConcurrencyOutput {
    provisioned_concurrency_configs: Vec<ProvisionedConcurrencyOutput>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
}

impl ProvisionedConcurrency {
    /// Where the record of this is kept.
    pub(crate) fn key_of(arn: &FunctionArn) -> Key {
        Key::named(Kind::ProvisionedConcurrency, arn.to_string())
    }

    fn is_ready(self, now: Timestamp) -> bool {
        self.progress == Provisioning::Done && now >= self.changed.after_s(limits::PROVISIONING_S)
    }

    fn shown(self, now: Timestamp, function_arn: Option<String>) -> ProvisionedConcurrencyOutput {
        let (allocated, status, status_reason) = match self.progress {
            _ if self.is_ready(now) => (self.requested, "READY", None),
            Provisioning::Failed => (0, "FAILED", Some("FUNCTION_ERROR_INIT_FAILURE")),
            _ => (self.allocated_before, "IN_PROGRESS", None),
        };
        ProvisionedConcurrencyOutput {
            function_arn,
            requested_provisioned_concurrent_executions: self.requested,
            available_provisioned_concurrent_executions: allocated,
            allocated_provisioned_concurrent_executions: allocated,
            status,
            status_reason,
            last_modified: self.last_modified.iso8601_offset(),
        }
    }
}

impl Function {
    /// All that is provisioned of its versions.
    pub(super) fn provisioned_total(&self) -> u32 {
        self.provisioned.values().map(|it| it.requested).sum()
    }

    /// What is provisioned of a version, by itself or by an alias that means it.
    pub(super) fn provisioned_for(&self, version: &str) -> u32 {
        self.provisioned_of(version).map(|it| it.requested).sum()
    }

    /// Whether invocations of a version find environments that stand by.
    pub(super) fn has_provisioned_ready(&self, version: &str, now: Timestamp) -> bool {
        self.provisioned_of(version).any(|it| it.is_ready(now))
    }

    fn provisioned_of<'a>(
        &'a self,
        version: &'a str,
    ) -> impl Iterator<Item = &'a ProvisionedConcurrency> {
        let means = move |qualifier: &str| {
            qualifier == version
                || self.aliases.get(qualifier).is_some_and(|alias| *alias.version == *version)
        };
        let of_version = self.provisioned.iter().filter(move |(qualifier, _)| means(qualifier));
        of_version.map(|(_, config)| config)
    }
}

impl Lambda {
    pub(super) fn put_provisioned_concurrency_config(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &PutProvisionedConcurrencyConfigInput,
    ) -> Result<ProvisionedConcurrencyOutput, ApiError> {
        let reference = Reference::parse(&input.function_name, input.qualifier.as_deref(), origin)?;
        if reference.arn.qualifier.as_deref() == Some(LATEST) {
            return Err(refuse::INVALID_PARAMETER_VALUE.user(
                "Provisioned Concurrency Configs cannot be applied to unpublished function versions.",
            ));
        }
        let (qualifier, function) = self.provisionable(&reference.arn)?;
        let wanted = input.provisioned_concurrent_executions;
        let others = function.provisioned.iter().filter(|(name, _)| **name != qualifier);
        let others: u32 = others.map(|(_, it)| it.requested).sum();
        self.check_room(function, wanted, others)?;
        check_overlap(function, &qualifier)?;
        let config = ProvisionedConcurrency {
            requested: wanted,
            last_modified: cx.now,
            changed: cx.now,
            allocated_before: 0,
            progress: Provisioning::Underway,
        };
        let arn = reference.arn.unqualified();
        cx.put(|| Record::provisioned(&qualified(&arn, &qualifier), config));
        let name = function.resolve(Some(&qualifier)).map(|version| version.name().to_owned());
        if let (Some(function), Some(name)) = (self.functions.get_mut(&arn), name) {
            function.provisioned.insert(qualifier.clone(), config);
            if let Some(version) = function.version_mut(&name) {
                version.revision_id = cx.ids.uuid();
                cx.put(|| Record::version(&arn, version));
            }
            self.provision(cx, &arn, &qualifier, &name);
        }
        Ok(config.shown(cx.now, None))
    }

    /// An alias means another version from now on: what is provisioned of it moves there.
    pub(super) fn follow_alias(&mut self, cx: &mut Cx<'_>, arn: &FunctionArn, alias: &Alias) {
        let Some(function) = self.functions.get_mut(arn) else { return };
        let before = function.aliases.get(&alias.name).map(|before| before.version.clone());
        let config = function.provisioned.get_mut(&alias.name);
        if let Some(config) = config.filter(|_| before.as_ref() != Some(&alias.version)) {
            config.changed = cx.now;
            config.allocated_before = config.requested;
            config.progress = Provisioning::Underway;
            let config = *config;
            cx.put(|| Record::provisioned(&qualified(arn, &alias.name), config));
            self.provision(cx, arn, &alias.name, &alias.version);
        }
    }

    fn check_room(&self, function: &Function, wanted: u32, others: u32) -> Result<(), ApiError> {
        if function.reserved_concurrency.is_some_and(|it| it < others.saturating_add(wanted)) {
            return Err(refuse::INVALID_PARAMETER_VALUE.user(
                "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function",
            ));
        }
        // Of what a function has reserved it takes nothing from the others.
        if function.reserved_concurrency.is_some() {
            return Ok(());
        }
        let before = function.provisioned_total();
        let unreserved = self.unreserved_concurrency(&function.arn).saturating_add(before);
        if wanted > unreserved {
            return Err(refuse::INVALID_PARAMETER_VALUE.says(format!(
                "Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [{unreserved}]."
            )));
        }
        let left = unreserved.saturating_sub(others).saturating_sub(wanted);
        if left < limits::UNRESERVED_CONCURRENCY_MIN {
            return Err(refuse::INVALID_PARAMETER_VALUE.says(format!(
                "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [{}].",
                limits::UNRESERVED_CONCURRENCY_MIN
            )));
        }
        Ok(())
    }

    pub(super) fn get_provisioned_concurrency_config(
        &self,
        cx: &Cx<'_>,
        origin: &Origin,
        input: &FunctionInput,
    ) -> Result<ProvisionedConcurrencyOutput, ApiError> {
        let (_, qualifier, function) = self.provisionable_by(origin, input)?;
        let config = function.provisioned.get(&qualifier).ok_or_else(|| {
            refuse::PROVISIONED_NOT_FOUND.user(refuse::PROVISIONED_NOT_FOUND.message)
        })?;
        Ok(config.shown(cx.now, None))
    }

    pub(super) fn list_provisioned_concurrency_configs(
        &self,
        cx: &Cx<'_>,
        origin: &Origin,
        input: &ListOfFunctionInput,
    ) -> Result<ListProvisionedConcurrencyOutput, ApiError> {
        let (arn, function) = self.function(&input.function_name, origin)?;
        let place = |(qualifier, _): &(&str, &ProvisionedConcurrency)| (*qualifier).to_owned();
        let all = function.provisioned.iter().map(|(name, config)| (&**name, config));
        let page = Page::of(all, place, input.marker.as_deref(), input.max_items);
        let shown = |(qualifier, config): (&str, &ProvisionedConcurrency)| {
            config.shown(cx.now, Some(qualified(&arn, qualifier).to_string()))
        };
        Ok(ListProvisionedConcurrencyOutput {
            provisioned_concurrency_configs: page.items.into_iter().map(shown).collect(),
            next_marker: page.next_marker,
        })
    }

    /// What has none is told that it is deleted as well.
    pub(super) fn delete_provisioned_concurrency_config(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &FunctionInput,
    ) -> Result<NothingOutput, ApiError> {
        let (arn, qualifier, _) = self.provisionable_by(origin, input)?;
        let Some(function) = self.functions.get_mut(&arn) else { return Ok(NothingOutput {}) };
        if function.provisioned.remove(&qualifier).is_some() {
            cx.delete(|| ProvisionedConcurrency::key_of(&qualified(&arn, &qualifier)));
            if let Some(version) = function.resolve(Some(&qualifier)) {
                cx.effect(Effect::RetireEnvironments(version.deployment.qualified_arn()));
            }
        }
        Ok(NothingOutput {})
    }

    fn provisionable_by(
        &self,
        origin: &Origin,
        input: &FunctionInput,
    ) -> Result<(FunctionArn, Box<str>, &Function), ApiError> {
        let arn = input.reference(origin)?.arn;
        if arn.qualifier.as_deref() == Some(LATEST) {
            return Err(refuse::INVALID_PARAMETER_VALUE
                .user("The function resource provided must be an alias or a published version."));
        }
        let (qualifier, function) = self.provisionable(&arn)?;
        Ok((arn.unqualified(), qualifier, function))
    }

    /// A version or alias that there is.
    fn provisionable(&self, arn: &FunctionArn) -> Result<(Box<str>, &Function), ApiError> {
        let qualifier = arn.qualifier.clone().unwrap_or_default();
        let found = self.functions.get(&arn.unqualified());
        match found.filter(|function| function.resolve(Some(&qualifier)).is_some()) {
            Some(function) => Ok((qualifier, function)),
            None if is_alias(&qualifier) => Err(alias_not_found(arn)),
            None => Err(not_found(arn)),
        }
    }
}

/// A version has one provisioned concurrency: its own, or that of an alias that means it.
fn check_overlap(function: &Function, qualifier: &str) -> Result<(), ApiError> {
    let conflict = |text: &'static str| Err(refuse::RESOURCE_CONFLICT.user(text));
    if let Some(alias) = function.aliases.get(qualifier) {
        if function.provisioned.contains_key(&alias.version) {
            return conflict(
                "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version",
            );
        }
        return Ok(());
    }
    let mut aliases = function.aliases.values();
    match aliases.any(|it| *it.version == *qualifier && function.provisioned.contains_key(&it.name))
    {
        true => conflict("Version is pointed by a Provisioned Concurrency alias"),
        false => Ok(()),
    }
}
