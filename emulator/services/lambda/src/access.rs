//! Who may do what with a function: its own account, and whom its policy lets in.

use kernel::arn::{Arn, FunctionArn, QueueArn};
use kernel::call::Origin;
use kernel::error::ApiError;
use kernel::names::AccountId;
use kernel::policy::{Access, Conditions, Decision, Policy, Principal};

use super::reference::Reference;
use super::{Deployment, Function, Lambda, MappingId, Request};
use crate::error::{self as refuse, UserError as _};

/// What a function's policy can let another account do, of what we have.
/// <https://docs.aws.amazon.com/lambda/latest/dg/permissions-function-cross-account.html>
const CROSS_ACCOUNT_ACTIONS: [&str; 5] = [
    "lambda:DeleteFunction",
    "lambda:GetFunction",
    "lambda:GetFunctionConfiguration",
    "lambda:InvokeFunction",
    "lambda:UpdateFunctionCode",
];

impl Lambda {
    /// The function that a caller means, and its unqualified ARN, where the caller may do `action`
    /// with it. A plain name is one of the caller's own account.
    ///
    /// # Errors
    /// `AccessDeniedException` where it is another account's and its policy does not let the caller,
    /// or where there is no such function; `ResourceNotFoundException` where it is the caller's own.
    pub(super) fn find(
        &self,
        name: &str,
        qualifier: Option<&str>,
        origin: &Origin,
        action: &str,
    ) -> Result<(FunctionArn, &Function), ApiError> {
        let reference = Reference::parse(name, qualifier, origin)?;
        let arn = reference.arn.unqualified();
        let found = self.functions.get(&arn);
        if arn.account != origin.account {
            let principal = Principal::of(&origin.caller);
            let allowed = CROSS_ACCOUNT_ACTIONS.contains(&action)
                && found.is_some_and(|function| {
                    function.allows(&principal, action, &Conditions::of(origin))
                });
            if !allowed {
                return Err(denied(&principal, action, &reference.arn));
            }
        }
        match found {
            Some(function) if reference.is_latest() => Ok((arn, function)),
            _ => Err(super::function::not_found(&reference.arn)),
        }
    }

    /// Whether a service may invoke the function for an event of `source`.
    ///
    /// # Errors
    /// `ResourceNotFoundException` where there is no such function, `AccessDeniedException` where
    /// its policy does not let the service.
    pub fn permits(
        &self,
        function: &FunctionArn,
        service: &str,
        source: &Arn,
        source_account: &AccountId,
    ) -> Result<(), ApiError> {
        let arn = function.unqualified();
        let Some(found) = self.functions.get(&arn) else {
            return Err(super::function::not_found(function));
        };
        let conditions = Conditions::default()
            .with("aws:SourceArn", source.to_string())
            .with("aws:SourceAccount", source_account.to_string());
        let principal = Principal::Service(service.to_owned());
        match found.allows(&principal, "lambda:InvokeFunction", &conditions) {
            true => Ok(()),
            false => Err(denied(&principal, "lambda:InvokeFunction", &arn)),
        }
    }

    /// As whom Lambda acts for a function: its execution role. Nothing where there is no function.
    #[must_use]
    pub fn execution_role(&self, function: &FunctionArn) -> Option<Principal> {
        let function = self.functions.get(&function.unqualified())?;
        Some(function.deployment.execution_role())
    }

    /// The function that a mapping invokes; nothing where there is no such mapping.
    #[must_use]
    pub fn function_of(&self, mapping: &MappingId) -> Option<&FunctionArn> {
        self.mappings.get(mapping).map(|mapping| &mapping.function)
    }

    /// The function of a mapping that is to be created, where the caller may have one for it.
    #[must_use]
    pub fn function_to_map(&self, name: &str, origin: &Origin) -> Option<&Deployment> {
        let (_, function) =
            self.find(name, None, origin, "lambda:CreateEventSourceMapping").ok()?;
        Some(&function.deployment)
    }

    /// The dead-letter queue that a request names for a function, and the role that is to send there.
    #[must_use]
    pub fn dead_letters(
        &self,
        request: &Request,
        origin: &Origin,
    ) -> Option<(QueueArn, Principal)> {
        let (name, config, role) = match request {
            Request::CreateFunction(input) => (input.function_name(), input.dead_letters(), None),
            Request::UpdateFunctionConfiguration(input) => {
                let name = input.function_name();
                let action = "lambda:UpdateFunctionConfiguration";
                let (_, function) = self.find(name, None, origin, action).ok()?;
                (name, input.dead_letters(), Some(function.deployment.role.as_str()))
            }
            _ => return None,
        };
        let (config, given) = config?;
        let Some(Arn::Queue(queue)) = Arn::parse(config) else { return None };
        let function = Reference::parse(name, None, origin).ok()?.arn;
        let role = given.or(role)?;
        Some((queue, Principal::of_role(&function.account, role, function.name.as_str())))
    }
}

impl Function {
    fn allows(&self, principal: &Principal, action: &str, conditions: &Conditions) -> bool {
        if self.policy.is_empty() {
            return false;
        }
        let arn = &self.deployment.arn;
        let policy = Policy::parse(&super::policy::document(arn, &self.policy).to_string());
        policy.is_ok_and(|policy| {
            let resource = &arn.to_string();
            let access = Access { principal, action, resource, conditions };
            policy.evaluate(&access) == Decision::Allow
        })
    }
}

impl Deployment {
    /// As whom Lambda acts for the function: its execution role, in a session named after it.
    #[must_use]
    pub fn execution_role(&self) -> Principal {
        Principal::of_role(&self.arn.account, &self.role, self.arn.name.as_str())
    }
}

/// The refusal for a function whose policy does not let somebody in.
pub(super) fn denied(principal: &Principal, action: &str, function: &FunctionArn) -> ApiError {
    let who = match principal {
        Principal::Aws { arn, .. } => format!("User: {arn}"),
        Principal::Service(service) => service.clone(),
        Principal::Anonymous => "User: anonymous".to_owned(),
    };
    refuse::ACCESS_DENIED.user(format!(
        "{who} is not authorized to perform: {action} on resource: {function} because no resource-based policy allows the {action} action"
    ))
}
