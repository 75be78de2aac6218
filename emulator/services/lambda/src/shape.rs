//! Inputs and outputs that operations on functions have in common.

use kernel::call::Origin;
use kernel::error::ApiError;
use serde::{Deserialize, Serialize};

use super::reference::Reference;

/// Input of operations on a function, or on a version or alias of it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct FunctionInput {
    /// A name, a partial or a full ARN.
    pub function_name: String,
    /// A version or an alias.
    pub qualifier: Option<String>,
}

impl FunctionInput {
    /// Which function is meant, and which version of it.
    pub(crate) fn reference(&self, origin: &Origin) -> Result<Reference, ApiError> {
        Reference::parse(&self.function_name, self.qualifier.as_deref(), origin)
    }
}

/// Input of operations that list what a function has.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ListOfFunctionInput {
    pub(crate) function_name: String,
    pub(crate) marker: Option<String>,
    pub(crate) max_items: Option<usize>,
}

/// Output of operations that answer nothing.
#[derive(Debug, Clone, Default, Serialize)]
pub struct NothingOutput {}

/// `Concurrency`
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct FunctionConcurrencyOutput {
    #[serde(skip_serializing_if = "Option::is_none")]
    reserved_concurrent_executions: Option<u32>,
}

impl FunctionConcurrencyOutput {
    pub(crate) fn of(reserved_concurrent_executions: Option<u32>) -> Self {
        Self { reserved_concurrent_executions }
    }
}
