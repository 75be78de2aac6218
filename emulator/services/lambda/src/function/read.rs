//! Functions, read: one, its configuration, all of an account.

use std::collections::BTreeMap;

use kernel::call::Origin;
use kernel::error::ApiError;
use serde::{Deserialize, Serialize};

use super::super::page::Page;
use super::super::qualifier::LATEST;
use super::super::{FunctionConcurrencyOutput, FunctionInput, Lambda};
use super::{Function, FunctionConfiguration, Version};

/// Output of `GetFunction`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetFunctionOutput {
    configuration: FunctionConfiguration,
    code: CodeLocation,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    tags: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    concurrency: Option<FunctionConcurrencyOutput>,
}

/// Where a function's code can be had.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct CodeLocation {
    repository_type: &'static str,
    location: String,
}

/// Input of `ListFunctions`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ListFunctionsInput {
    master_region: Option<String>,
    function_version: Option<String>,
    marker: Option<String>,
    max_items: Option<usize>,
}

/// Output of `ListFunctions`.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListFunctionsOutput {
    functions: Vec<FunctionConfiguration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
}

impl Lambda {
    pub(crate) fn get_function(
        &self,
        origin: &Origin,
        input: &FunctionInput,
    ) -> Result<GetFunctionOutput, ApiError> {
        let found = self.find(&input.function_name, input.qualifier.as_deref(), origin)?;
        let code = match found.version.name() {
            LATEST => found.arn.unqualified(),
            _ => found.version.deployment.qualified_arn(),
        };
        Ok(GetFunctionOutput {
            configuration: found.version.described(found.arn.qualifier.as_deref()),
            code: CodeLocation {
                repository_type: "S3",
                location: format!("{}/_cloudless/functions/{code}/code.zip", origin.endpoint),
            },
            tags: found.function.tags.clone(),
            concurrency: found
                .function
                .reserved_concurrency
                .map(|reserved| FunctionConcurrencyOutput::of(Some(reserved))),
        })
    }

    pub(crate) fn get_function_configuration(
        &self,
        origin: &Origin,
        input: &FunctionInput,
    ) -> Result<FunctionConfiguration, ApiError> {
        let found = self.find(&input.function_name, input.qualifier.as_deref(), origin)?;
        Ok(found.version.described(found.arn.qualifier.as_deref()))
    }

    /// With `FunctionVersion` all versions, by their qualified ARNs. Nothing is replicated to other regions,
    /// so that with a `MasterRegion` there is none.
    pub(crate) fn list_functions(
        &self,
        origin: &Origin,
        input: &ListFunctionsInput,
    ) -> Result<ListFunctionsOutput, ApiError> {
        let of_caller = |function: &&Function| {
            function.arn.account == origin.account && function.arn.region == origin.region
        };
        let functions = self
            .functions
            .values()
            .filter(of_caller)
            .filter(|_| input.master_region.as_deref().is_none_or(|region| region == "ALL"));
        let marker = input.marker.as_deref();
        if input.function_version.is_none() {
            let place = |function: &&Function| function.arn.name.to_string();
            let page = Page::of(functions, place, marker, input.max_items);
            let shown = |function: &Function| function.latest.described(None).listed();
            return Ok(ListFunctionsOutput {
                functions: page.items.into_iter().map(shown).collect(),
                next_marker: page.next_marker,
            });
        }
        // A space is before all that names have: the versions of `a` come before those of `a-b`.
        let place = |(function, version): &(&Function, &Version)| {
            format!("{} {}", function.arn.name, version.place())
        };
        let versions = functions
            .flat_map(|function| function.all_versions().map(move |version| (function, version)));
        let page = Page::of(versions, place, marker, input.max_items);
        let shown =
            |(_, version): (&Function, &Version)| version.described(Some(version.name())).listed();
        Ok(ListFunctionsOutput {
            functions: page.items.into_iter().map(shown).collect(),
            next_marker: page.next_marker,
        })
    }
}
