//! What is to become of functions that call themselves in a circle. How that is seen: `lineage.rs`.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html>

use kernel::call::Origin;
use kernel::error::ApiError;
use serde::{Deserialize, Serialize};

use super::{FunctionInput, Lambda};
use crate::{Cx, Record};

/// `RecursiveLoop`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RecursiveLoop {
    /// An invocation that goes round too often is refused.
    Terminate,
    /// It goes on.
    Allow,
}

/// Input of `PutFunctionRecursionConfig`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PutFunctionRecursionConfigInput {
    pub(super) function_name: String,
    recursive_loop: RecursiveLoop,
}

/// Output of operations on it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct FunctionRecursionConfigOutput {
    recursive_loop: RecursiveLoop,
}

impl Lambda {
    pub(super) fn put_function_recursion_config(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &PutFunctionRecursionConfigInput,
    ) -> Result<FunctionRecursionConfigOutput, ApiError> {
        let (arn, _) = self.function(&input.function_name, origin)?;
        if let Some(function) = self.functions.get_mut(&arn) {
            function.recursive_loop = input.recursive_loop;
            cx.put(|| Record::function(function));
        }
        Ok(FunctionRecursionConfigOutput { recursive_loop: input.recursive_loop })
    }

    pub(super) fn get_function_recursion_config(
        &self,
        origin: &Origin,
        input: &FunctionInput,
    ) -> Result<FunctionRecursionConfigOutput, ApiError> {
        let (_, function) = self.function(&input.function_name, origin)?;
        Ok(FunctionRecursionConfigOutput { recursive_loop: function.recursive_loop })
    }
}
