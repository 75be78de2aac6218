//! Reserved concurrency: how many invocations of a function run at once, and what is refused beyond that.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html>

use std::collections::BTreeMap;

use kernel::arn::FunctionArn;
use kernel::call::Origin;
use kernel::error::ApiError;
use serde::Deserialize;

use super::qualifier::{LATEST, not_found, qualified};
use super::reference::Reference;
use super::{Function, FunctionConcurrencyOutput, FunctionInput, Lambda, NothingOutput};
use crate::error::UserError as _;
use crate::{Cx, Record, error as refuse, limits};

/// Input of `PutFunctionConcurrency`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PutFunctionConcurrencyInput {
    pub(super) function_name: String,
    reserved_concurrent_executions: u32,
}

impl Lambda {
    pub(super) fn put_function_concurrency(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &PutFunctionConcurrencyInput,
    ) -> Result<FunctionConcurrencyOutput, ApiError> {
        let arn = self.unqualified(&input.function_name, origin)?;
        let wanted = input.reserved_concurrent_executions;
        let function = self.functions.get(&arn);
        let function = function.ok_or_else(|| not_found(&qualified(&arn, LATEST)))?;
        let before = function.reserved_concurrency.unwrap_or_default();
        let provisioned = function.provisioned_total();
        let left = i64::from(self.unreserved_concurrency(&arn)) + i64::from(before);
        if left - i64::from(wanted) < i64::from(limits::UNRESERVED_CONCURRENCY_MIN) {
            return Err(refuse::INVALID_PARAMETER_VALUE.says(format!(
                "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [{}].",
                limits::UNRESERVED_CONCURRENCY_MIN
            )));
        }
        if provisioned > wanted {
            return Err(refuse::INVALID_PARAMETER_VALUE.says(format!(
                " ReservedConcurrentExecutions  {wanted} should not be lower than function's total provisioned concurrency [{provisioned}]."
            )));
        }
        self.reserve(cx, &arn, Some(wanted));
        Ok(FunctionConcurrencyOutput::of(Some(wanted)))
    }

    pub(super) fn get_function_concurrency(
        &self,
        origin: &Origin,
        input: &FunctionInput,
    ) -> Result<FunctionConcurrencyOutput, ApiError> {
        let (_, function) = self.function(&input.function_name, origin)?;
        Ok(FunctionConcurrencyOutput::of(function.reserved_concurrency))
    }

    pub(super) fn delete_function_concurrency(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &FunctionInput,
    ) -> Result<NothingOutput, ApiError> {
        let arn = self.unqualified(&input.function_name, origin)?;
        if !self.functions.contains_key(&arn) {
            return Err(not_found(&arn));
        }
        self.reserve(cx, &arn, None);
        Ok(NothingOutput {})
    }

    fn unqualified(&self, name: &str, origin: &Origin) -> Result<FunctionArn, ApiError> {
        let reference = Reference::parse(name, None, origin)?;
        match reference.arn.qualifier {
            None => Ok(reference.arn),
            Some(_) => Err(refuse::INVALID_PARAMETER_VALUE.user(
                "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.",
            )),
        }
    }

    fn reserve(&mut self, cx: &mut Cx<'_>, arn: &FunctionArn, reserved: Option<u32>) {
        let Some(function) = self.functions.get_mut(arn) else { return };
        function.reserved_concurrency = reserved;
        cx.put(|| Record::function(function));
        self.begin_what_waits(cx, arn);
    }

    /// What of the account's concurrency in the region no function has reserved, or had provisioned.
    pub(super) fn unreserved_concurrency(&self, of: &FunctionArn) -> u32 {
        let taken = self
            .functions
            .values()
            .filter(|it| it.arn.account == of.account && it.arn.region == of.region)
            .map(|it| it.reserved_concurrency.unwrap_or_default().max(it.provisioned_total()))
            .sum::<u32>();
        limits::CONCURRENCY.saturating_sub(taken)
    }

    /// Whether one more invocation of a version is too many now: the function has reserved fewer. A
    /// version with provisioned concurrency has that for itself, and shares the rest with the others.
    ///
    /// What the account may run in all (1,000) is not held against anybody: a machine has its own measure.
    #[must_use]
    pub(crate) fn is_throttled(&self, function: &Function, version: &str) -> bool {
        let Some(reserved) = function.reserved_concurrency else { return false };
        let mut running = BTreeMap::<&str, u32>::new();
        for run in self.running.values().filter(|run| run.function == function.arn) {
            *running.entry(&run.version).or_default() += 1;
        }
        let beyond =
            |version: &str, running: u32| running.saturating_sub(function.provisioned_for(version));
        let own = running.get(version).copied().unwrap_or_default();
        if own < function.provisioned_for(version) {
            return false;
        }
        let shared: u32 = running.iter().map(|(version, running)| beyond(version, *running)).sum();
        shared >= reserved.saturating_sub(function.provisioned_total())
    }
}

/// The refusal where a function has reserved less than is asked of it.
pub(crate) fn throttled() -> ApiError {
    refuse::TOO_MANY_REQUESTS
        .says("Rate Exceeded.")
        .with("Reason", "ReservedFunctionConcurrentInvocationLimitExceeded")
        .with("Type", "User")
}
