//! Published versions: what a function was, under a number.

use std::sync::Arc;

use kernel::arn::FunctionArn;
use kernel::call::Origin;
use kernel::error::ApiError;
use kernel::record::Key;
use serde::{Deserialize, Serialize};

use super::page::Page;
use super::qualifier::qualified;
use super::{Deployment, Function, FunctionConfiguration, Lambda, ListOfFunctionInput, Version};
use crate::error::UserError as _;
use crate::{Cx, Kind, Record, error as refuse};

/// Input of `PublishVersion`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PublishVersionInput {
    pub(super) function_name: String,
    code_sha256: Option<String>,
    description: Option<String>,
    revision_id: Option<String>,
}

/// Output of `ListVersionsByFunction`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListVersionsOutput {
    versions: Vec<FunctionConfiguration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
}

impl Version {
    /// Where the record of a published version is kept.
    pub(crate) fn key_of(arn: &FunctionArn) -> Key {
        Key::named(Kind::Version, arn.to_string())
    }
}

impl Lambda {
    pub(super) fn publish_version(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: PublishVersionInput,
    ) -> Result<FunctionConfiguration, ApiError> {
        let (arn, function) = self.function(&input.function_name, origin)?;
        if input.revision_id.is_some_and(|given| given != function.latest.revision_id) {
            return Err(refuse::PRECONDITION_FAILED.user(refuse::PRECONDITION_FAILED.message));
        }
        let current = function.latest.code_sha256();
        if let Some(given) = input.code_sha256.filter(|given| *given != current) {
            return Err(refuse::INVALID_PARAMETER_VALUE.user(format!(
                "CodeSHA256 ({given}) is different from current CodeSHA256 in $LATEST ({current}). Please try again with the CodeSHA256 in $LATEST."
            )));
        }
        let number = self.publish(cx, &arn, input.description);
        let published = self.functions.get(&arn).and_then(|it| it.versions.get(&number));
        match published {
            Some(version) => Ok(version.described(Some(version.name()))),
            None => Err((&refuse::SERVICE).into()),
        }
    }

    /// Publishes what a function is now; the version that is there, where nothing has changed since.
    pub(super) fn publish(
        &mut self,
        cx: &mut Cx<'_>,
        arn: &FunctionArn,
        description: Option<String>,
    ) -> u64 {
        let Some(function) = self.functions.get_mut(arn) else { return 0 };
        let last = function.published;
        if !function.has_changed && function.versions.contains_key(&last) {
            return last;
        }
        let number = last + 1;
        let deployment = Deployment {
            revision_id: cx.ids.uuid(),
            version: number.to_string(),
            ..Deployment::clone(&function.latest.deployment)
        };
        deployment.contents().for_each(|content| cx.share(content));
        let mut version = Version {
            deployment: Arc::new(deployment),
            revision_id: cx.ids.uuid(),
            policy: Vec::new(),
            last_modified: cx.now,
            ..function.latest.clone()
        };
        if let Some(description) = description {
            version.configuration.description = description;
        }
        cx.put(|| Record::version(arn, &version));
        function.versions.insert(number, version);
        function.published = number;
        function.has_changed = false;
        function.latest.revision_id = cx.ids.uuid();
        cx.put(|| Record::function(function));
        number
    }

    pub(super) fn list_versions_by_function(
        &self,
        origin: &Origin,
        input: &ListOfFunctionInput,
    ) -> Result<ListVersionsOutput, ApiError> {
        let (_, function) = self.function(&input.function_name, origin)?;
        let page = Page::of(
            function.all_versions(),
            |version| version.place(),
            input.marker.as_deref(),
            input.max_items,
        );
        let shown = |version: &Version| version.described(Some(version.name())).listed();
        Ok(ListVersionsOutput {
            versions: page.items.into_iter().map(shown).collect(),
            next_marker: page.next_marker,
        })
    }

    /// Deletes a published version. One that is not there is deleted as well.
    ///
    /// # Errors
    /// `ResourceConflictException` where an alias means it.
    pub(super) fn delete_version(
        &mut self,
        cx: &mut Cx<'_>,
        arn: &FunctionArn,
        number: &str,
    ) -> Result<(), ApiError> {
        let qualified = qualified(arn, number);
        let Some(function) = self.functions.get(arn) else { return Ok(()) };
        if function.version(number).is_none() {
            return Ok(());
        }
        let pointing: Vec<&str> = aliases_of(function, number).collect();
        if !pointing.is_empty() {
            return Err(refuse::RESOURCE_CONFLICT.user(format!(
                "Version {number} of {} is referenced by the aliases: [{}]",
                function.arn,
                pointing.join(", ")
            )));
        }
        self.forget_qualifier(cx, arn, number);
        let Some(function) = self.functions.get_mut(arn) else { return Ok(()) };
        let removed = number.parse().ok().and_then(|number: u64| function.versions.remove(&number));
        if let Some(version) = removed {
            version.deployment.contents().for_each(|content| cx.release(content));
            cx.delete(|| Version::key_of(&qualified));
            cx.effect(crate::Effect::RetireEnvironments(qualified));
        }
        Ok(())
    }
}

/// The aliases that mean a version, alone or beside another.
fn aliases_of<'a>(function: &'a Function, number: &'a str) -> impl Iterator<Item = &'a str> {
    let means = move |alias: &&super::Alias| {
        *alias.version == *number
            || alias.additional.is_some_and(|(other, _)| other.to_string() == number)
    };
    function.aliases.values().filter(means).map(|alias| &*alias.name)
}
