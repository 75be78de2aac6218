//! Lambda: functions, their invocations, and the mappings that feed them from queues.

mod event_source_mapping;
mod function;
mod invocation;
mod policy;

use std::collections::BTreeMap;

use crate::arn::FunctionArn;
use crate::context::{Cx, Deadlines, Origin};
use crate::error::ApiError;
use crate::input::{BlobId, CallId};
use crate::record::Record;

pub use event_source_mapping::*;
pub use function::*;
pub use invocation::*;
pub use policy::*;

operations! { "lambda";
    ListFunctions(ListFunctionsInput) -> ListFunctionsOutput;
}

/// Input of `ListFunctions`.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ListFunctionsInput {}

/// Output of `ListFunctions`.
#[derive(Debug, Clone, Default, serde::Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListFunctionsOutput {}

/// What becomes due in Lambda.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Due {
    /// The invocation has run as long as its function may.
    Timeout(InvocationId),
    /// The asynchronous invocation is to be tried again.
    Retry(InvocationId),
    /// The mapping's batching window ends.
    Window(MappingId),
}

/// All functions, mappings and invocations.
#[derive(Debug, Clone, Default)]
pub struct Lambda {
    functions: BTreeMap<FunctionArn, Function>,
}

impl Lambda {
    /// Handles one call; `None` where the answer comes later (an invocation that is waited for).
    pub fn call(
        &mut self,
        _cx: &mut Cx<'_>,
        _origin: &Origin,
        request: Request,
    ) -> Result<Option<Response>, ApiError> {
        match request {
            Request::ListFunctions(_) => Ok(None),
        }
    }
}
