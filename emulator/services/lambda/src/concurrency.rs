//! Concurrency: how many invocations of a function and of an account run at once, and what is refused beyond
//! that.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html>

use std::collections::BTreeMap;

use kernel::arn::FunctionArn;
use kernel::call::Origin;
use kernel::error::ApiError;
use serde::Deserialize;

use super::invocation::{Reason, Running};
use super::qualifier::{LATEST, not_found, qualified};
use super::reference::whole;
use super::{Function, FunctionConcurrencyOutput, FunctionInput, Lambda, NothingOutput};
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
        let arn = whole(&input.function_name, origin)?;
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
        let arn = whole(&input.function_name, origin)?;
        if !self.functions.contains_key(&arn) {
            return Err(not_found(&arn));
        }
        self.reserve(cx, &arn, None);
        Ok(NothingOutput {})
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

    /// Why one more invocation of a version is too many now, where it is. What is provisioned of a version
    /// it has for itself. Beyond that it shares what its function has reserved with the function's other
    /// versions, or what is left of the account's concurrency with all functions that have reserved nothing.
    #[must_use]
    pub(crate) fn throttling(&self, function: &Function, version: &str) -> Option<Throttling> {
        // So many are always left to functions without a reservation.
        let is_reserved = function.reserved_concurrency.is_some();
        if !is_reserved && self.running.len() < limits::UNRESERVED_CONCURRENCY_MIN as usize {
            return None;
        }
        let limit = match function.reserved_concurrency {
            Some(reserved) => reserved.saturating_sub(function.provisioned_total()),
            None => self.unreserved_concurrency(&function.arn),
        };
        if self.running.len() < limit as usize {
            return None;
        }
        let running = self.running_beside(&function.arn);
        let own = running.get(&(&function.arn, version)).copied().unwrap_or_default();
        if own < function.provisioned_for(version) {
            return None;
        }
        let beyond = |function: &Function, version: &str, running: u32| {
            running.saturating_sub(function.provisioned_for(version))
        };
        let shared = running.iter().filter_map(|((arn, version), running)| {
            let other = self.functions.get(*arn)?;
            let shares = match is_reserved {
                true => **arn == function.arn,
                false => other.reserved_concurrency.is_none(),
            };
            shares.then(|| beyond(other, version, *running))
        });
        let shared: u32 = shared.sum();
        (shared >= limit).then_some(match is_reserved {
            true => Throttling::Function,
            false => Throttling::Account,
        })
    }

    /// How many invocations of each version run in an account and region.
    fn running_beside(&self, function: &FunctionArn) -> BTreeMap<(&FunctionArn, &str), u32> {
        let mut running = BTreeMap::new();
        let invoked = |run: &&Running| !matches!(run.reason, Reason::Provision { .. });
        for run in self.running.values().filter(invoked) {
            if run.function.account == function.account && run.function.region == function.region {
                *running.entry((&run.function, run.version.as_str())).or_default() += 1;
            }
        }
        running
    }
}

/// Whose limit an invocation meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Throttling {
    /// What its function has reserved.
    Function,
    /// What its account has for all functions that have reserved nothing.
    Account,
}

impl Throttling {
    /// The refusal of a call.
    pub(crate) fn refusal(self) -> ApiError {
        let reason = match self {
            Self::Function => "ReservedFunctionConcurrentInvocationLimitExceeded",
            Self::Account => "ConcurrentInvocationLimitExceeded",
        };
        let refusal = refuse::TOO_MANY_REQUESTS.says(refuse::TOO_MANY_REQUESTS.message);
        refusal.with("Reason", reason).with("Type", "User")
    }
}
