//! Aliases: names that mean a version, or share invocations between two.

use kernel::arn::FunctionArn;
use kernel::call::Origin;
use kernel::error::ApiError;
use kernel::record::Key;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::page::Page;
use super::qualifier::{LATEST, alias_not_found, not_found, qualified};
use super::reference::Reference;
use super::{Lambda, NothingOutput, Statement};
use crate::error::UserError as _;
use crate::{Cx, Kind, Record, error as refuse};

/// An alias of a function.
#[derive(Debug, Clone, PartialEq)]
pub struct Alias {
    pub(crate) name: Box<str>,
    /// `$LATEST`, or the number of a published version.
    pub(crate) version: Box<str>,
    pub(crate) description: String,
    /// Another version, and the share of invocations that go to it.
    pub(crate) additional: Option<(u64, f64)>,
    pub(crate) revision_id: String,
    /// Who may invoke it besides its own account.
    pub(crate) policy: Vec<Statement>,
}

impl Alias {
    /// The version other than its own that an invocation goes to, where it goes there.
    pub(crate) fn routed(&self, draw: impl FnOnce() -> u64) -> Option<String> {
        let (version, weight) = self.additional?;
        #[expect(clippy::cast_precision_loss, reason = "53 bits are what a double holds")]
        let drawn = (draw() >> 11) as f64 / (1_u64 << 53) as f64;
        (drawn < weight).then(|| version.to_string())
    }

    /// Where the record of this alias is kept.
    pub(crate) fn key_of(arn: &FunctionArn) -> Key {
        Key::named(Kind::Alias, arn.to_string())
    }

    fn configuration(&self, function: &FunctionArn) -> AliasConfiguration {
        AliasConfiguration {
            alias_arn: qualified(function, &self.name).to_string(),
            name: self.name.to_string(),
            function_version: self.version.to_string(),
            description: self.description.clone(),
            routing_config: self.additional.map(|(version, weight)| RoutingConfig {
                additional_version_weights: Some(
                    [(version.to_string(), Value::from(weight))].into_iter().collect(),
                ),
            }),
            revision_id: self.revision_id.clone(),
        }
    }
}

/// Input of `CreateAlias`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CreateAliasInput {
    pub(super) function_name: String,
    name: String,
    function_version: String,
    description: Option<String>,
    routing_config: Option<RoutingConfig>,
}

/// Input of `UpdateAlias`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct UpdateAliasInput {
    pub(super) function_name: String,
    name: String,
    function_version: Option<String>,
    description: Option<String>,
    routing_config: Option<RoutingConfig>,
    revision_id: Option<String>,
}

/// Input of `GetAlias` and `DeleteAlias`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct AliasInput {
    pub(super) function_name: String,
    name: String,
}

/// Input of `ListAliases`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ListAliasesInput {
    pub(super) function_name: String,
    function_version: Option<String>,
    marker: Option<String>,
    max_items: Option<usize>,
}

/// `AliasRoutingConfiguration`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct RoutingConfig {
    additional_version_weights: Option<Map<String, Value>>,
}

/// An alias, as AWS shows it:
/// <https://docs.aws.amazon.com/lambda/latest/api/API_AliasConfiguration.html>.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AliasConfiguration {
    alias_arn: String,
    name: String,
    function_version: String,
    description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    routing_config: Option<RoutingConfig>,
    revision_id: String,
}

/// Output of `ListAliases`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListAliasesOutput {
    aliases: Vec<AliasConfiguration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
}

impl Lambda {
    pub(super) fn create_alias(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: CreateAliasInput,
    ) -> Result<AliasConfiguration, ApiError> {
        let arn = Reference::parse(&input.function_name, None, origin)?.arn.unqualified();
        self.check_version(&arn, &input.function_version)?;
        let taken =
            self.functions.get(&arn).is_some_and(|it| it.aliases.contains_key(&*input.name));
        if taken {
            return Err(refuse::RESOURCE_CONFLICT
                .user(format!("Alias already exists: {}", qualified(&arn, &input.name))));
        }
        let additional = self.additional(&arn, &input.function_version, input.routing_config)?;
        let alias = Alias {
            name: input.name.into(),
            version: input.function_version.into(),
            description: input.description.unwrap_or_default(),
            additional,
            revision_id: cx.ids.uuid(),
            policy: Vec::new(),
        };
        Ok(self.keep_alias(cx, &arn, alias))
    }

    pub(super) fn update_alias(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: UpdateAliasInput,
    ) -> Result<AliasConfiguration, ApiError> {
        let (arn, found) = self.alias(&input.function_name, &input.name, origin)?;
        let mut alias = found.cloned().ok_or_else(|| {
            refuse::RESOURCE_NOT_FOUND
                .user(format!("Alias not found: {}", qualified(&arn, &input.name)))
        })?;
        if input.revision_id.is_some_and(|given| given != alias.revision_id) {
            return Err(refuse::PRECONDITION_FAILED.user(refuse::PRECONDITION_FAILED.message));
        }
        if let Some(version) = input.function_version {
            self.check_version(&arn, &version)?;
            alias.version = version.into();
        }
        if let Some(description) = input.description {
            alias.description = description;
        }
        if input.routing_config.is_some() {
            alias.additional = self.additional(&arn, &alias.version, input.routing_config)?;
        }
        alias.revision_id = cx.ids.uuid();
        self.follow_alias(cx, &arn, &alias);
        Ok(self.keep_alias(cx, &arn, alias))
    }

    pub(super) fn get_alias(
        &self,
        origin: &Origin,
        input: &AliasInput,
    ) -> Result<AliasConfiguration, ApiError> {
        let (arn, found) = self.alias(&input.function_name, &input.name, origin)?;
        let alias = found.ok_or_else(|| alias_not_found(&qualified(&arn, &input.name)))?;
        Ok(alias.configuration(&arn))
    }

    pub(super) fn list_aliases(
        &self,
        origin: &Origin,
        input: &ListAliasesInput,
    ) -> Result<ListAliasesOutput, ApiError> {
        let (arn, function) = self.function(&input.function_name, origin)?;
        let version = input.function_version.as_deref();
        let all = function
            .aliases
            .values()
            .filter(|alias| version.is_none_or(|version| version == &*alias.version));
        let page =
            Page::of(all, |alias| alias.name.to_string(), input.marker.as_deref(), input.max_items);
        Ok(ListAliasesOutput {
            aliases: page.items.into_iter().map(|alias| alias.configuration(&arn)).collect(),
            next_marker: page.next_marker,
        })
    }

    /// One that is not there is deleted as well.
    pub(super) fn delete_alias(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &AliasInput,
    ) -> Result<NothingOutput, ApiError> {
        let (arn, _) = self.alias(&input.function_name, &input.name, origin)?;
        self.forget_qualifier(cx, &arn, &input.name);
        let function = self.functions.get_mut(&arn);
        if function.and_then(|function| function.aliases.remove(&*input.name)).is_some() {
            cx.delete(|| Alias::key_of(&qualified(&arn, &input.name)));
        }
        Ok(NothingOutput {})
    }

    /// The function of a name, and its alias if it has that.
    fn alias(
        &self,
        function: &str,
        name: &str,
        origin: &Origin,
    ) -> Result<(FunctionArn, Option<&Alias>), ApiError> {
        let (arn, function) = self.function(function, origin)?;
        Ok((arn, function.aliases.get(name)))
    }

    fn keep_alias(
        &mut self,
        cx: &mut Cx<'_>,
        arn: &FunctionArn,
        alias: Alias,
    ) -> AliasConfiguration {
        cx.put(|| Record::alias(arn, &alias));
        let shown = alias.configuration(arn);
        if let Some(function) = self.functions.get_mut(arn) {
            function.aliases.insert(alias.name.clone(), alias);
        }
        shown
    }

    fn check_version(&self, arn: &FunctionArn, version: &str) -> Result<(), ApiError> {
        match self.functions.get(arn).and_then(|function| function.version(version)) {
            Some(_) => Ok(()),
            None => Err(not_found(&qualified(arn, version))),
        }
    }

    /// The other version of an alias and its share, where it has one.
    fn additional(
        &self,
        arn: &FunctionArn,
        version: &str,
        config: Option<RoutingConfig>,
    ) -> Result<Option<(u64, f64)>, ApiError> {
        let weights = config.and_then(|it| it.additional_version_weights).unwrap_or_default();
        if weights.len() > 1 {
            return Err(refuse::INVALID_PARAMETER_VALUE
                .user("Number of items in AdditionalVersionWeights cannot be greater than 1"));
        }
        let Some((other, weight)) = weights.into_iter().next() else { return Ok(None) };
        if other == version {
            return Err(refuse::INVALID_PARAMETER_VALUE.user(format!(
                "Invalid function version {version}. Function version {version} is already included in routing configuration."
            )));
        }
        if version == LATEST {
            return Err(refuse::INVALID_PARAMETER_VALUE
                .says("$LATEST is not supported for an alias pointing to more than 1 version"));
        }
        self.check_version(arn, &other)?;
        // The model lets numbers through alone; one that is no number of a version was not found.
        Ok(other.parse().ok().zip(weight.as_f64()))
    }
}
