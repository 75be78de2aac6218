//! Who may do what with a function: whose it is, what is asked of a call, and what Lambda says where it
//! refuses. What each operation needs is declared in `access/permissions.rs`.

mod by_url;
mod permissions;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use kernel::access::{
    Asking, Denied, Identity, Permission, Question, Resource, ResourcePolicy, Verdict, Who,
    evaluate,
};
use kernel::arn::{Arn, FunctionArn, Parts, QueueArn, RoleArn};
use kernel::call::{Caller, Origin};
use kernel::error::ApiError;
use kernel::names::AccountId;
use kernel::policy::{Conditions, Policy, Principal};

use super::policy::policy_arn;
use super::reference::Reference;
use super::request::Subject;
use super::{Deployment, Function, Lambda, LayerArn, MappingId, Request, Version};
use crate::error::{self as refuse, UserError as _};

pub use permissions::{Key, On, When};

/// What a function's policy can let another account do.
/// <https://docs.aws.amazon.com/lambda/latest/dg/permissions-function-cross-account.html>
const CROSS_ACCOUNT_ACTIONS: [&str; 30] = [
    "lambda:CreateAlias",
    "lambda:DeleteAlias",
    "lambda:DeleteFunction",
    "lambda:DeleteFunctionConcurrency",
    "lambda:DeleteFunctionEventInvokeConfig",
    "lambda:DeleteProvisionedConcurrencyConfig",
    "lambda:GetAlias",
    "lambda:GetFunction",
    "lambda:GetFunctionConcurrency",
    "lambda:GetFunctionConfiguration",
    "lambda:GetFunctionEventInvokeConfig",
    "lambda:GetLayerVersion",
    "lambda:GetPolicy",
    "lambda:GetProvisionedConcurrencyConfig",
    "lambda:InvokeFunction",
    "lambda:InvokeFunctionUrl",
    "lambda:ListAliases",
    "lambda:ListFunctionEventInvokeConfigs",
    "lambda:ListProvisionedConcurrencyConfigs",
    "lambda:ListTags",
    "lambda:ListVersionsByFunction",
    "lambda:PublishVersion",
    "lambda:PutFunctionConcurrency",
    "lambda:PutFunctionEventInvokeConfig",
    "lambda:PutProvisionedConcurrencyConfig",
    "lambda:TagResource",
    "lambda:UntagResource",
    "lambda:UpdateAlias",
    "lambda:UpdateFunctionCode",
    "lambda:UpdateFunctionEventInvokeConfig",
];

/// A function as a caller names it, with the version or alias that is meant.
pub(crate) struct Found<'a> {
    /// Its ARN, with the qualifier where one was given.
    pub(crate) arn: FunctionArn,
    /// The function.
    pub(crate) function: &'a Function,
    /// The version that is meant; of an alias that shares invocations between two, the first.
    pub(crate) version: &'a Version,
}

impl Lambda {
    /// Refuses a call that its caller may not make: with functions of its account everything, with
    /// those of another what their policies let it. Where there is no such function, the operation says
    /// so, but to another account.
    pub(super) fn ask(&self, asking: &mut Asking<'_>, request: &Request) -> Result<(), ApiError> {
        if let Some(auth_type) = request.url_auth_type() {
            return self.ask_by_url(asking, request, auth_type);
        }
        for permission in request.permissions() {
            let is_asked = permission.by == Who::Caller
                && match permission.when {
                    None => true,
                    Some(When::WithRole) => request.role().is_some(),
                    Some(When::WithTags) => request.tags().is_some(),
                    Some(When::WithLayers) => !request.layers().is_empty(),
                    Some(When::WithFunction) => {
                        matches!(request, Request::UpdateEventSourceMapping(input) if input.function_name().is_some())
                    }
                    Some(When::CodeInBucket | When::WithDeadLetterQueue | When::ByUrl) => false,
                };
            if is_asked {
                self.ask_for(asking, permission, request)?;
            }
        }
        Ok(())
    }

    fn ask_for(
        &self,
        asking: &mut Asking<'_>,
        permission: &Permission<Self>,
        request: &Request,
    ) -> Result<(), ApiError> {
        let origin = asking.origin;
        // What cannot be read the operation refuses itself, in its order.
        let reference = match permission.on {
            On::Account => {
                let arn = format!("arn:aws:lambda:{}:{}:*", origin.region, origin.account);
                return ask_of_account(asking, permission, &origin.account, &arn, |conditions| {
                    permission.keys.iter().for_each(|key| key.insert(conditions, request, None));
                });
            }
            On::Role => return ask_for_role(asking, permission, request),
            On::Mapping => return self.ask_for_mapping(asking, permission, request),
            On::Layer | On::UsedLayers => return self.ask_for_layers(asking, permission, request),
            On::CodeSigningConfig => return ask_for_signing(asking, permission, request),
            On::Tagged => return self.ask_for_tagged(asking, permission, request),
            On::Code | On::EventSource | On::DeadLetterQueue => return Ok(()),
            On::MappedFunction if !request.has_event_source() => return Ok(()),
            On::NewFunction | On::Function | On::MappedFunction => {
                match request.reference(origin) {
                    Some(reference) => reference,
                    None => return Ok(()),
                }
            }
        };
        let arn = reference.arn.unqualified();
        let insert = |conditions: &mut Conditions| {
            permission.keys.iter().for_each(|key| key.insert(conditions, request, Some(&arn)));
        };
        if permission.on == On::NewFunction {
            // Of a function in another account Lambda says nothing more.
            if arn.account != origin.account && permission.is_enforced {
                return Err(refuse::ACCESS_DENIED.says(""));
            }
            return ask_of_account(asking, permission, &arn.account, &arn, insert);
        }
        let found = self.functions.get(&arn);
        let named = policy_arn(&reference.arn);
        let verdict = verdict(&asking.identity(), permission.action, &named, found, &|| {
            let mut conditions = asking.conditions(&arn.account);
            insert(&mut conditions);
            conditions
        });
        judge(asking, permission, &arn.account, &reference.arn, verdict)
    }

    fn ask_for_mapping(
        &self,
        asking: &mut Asking<'_>,
        permission: &Permission<Self>,
        request: &Request,
    ) -> Result<(), ApiError> {
        let Some(uuid) = request.uuid() else { return Ok(()) };
        // Strangers do not learn which mappings there are.
        let mapping = self.mapping(uuid, asking.origin)?;
        let function = &mapping.function;
        let arn = format!(
            "arn:aws:lambda:{}:{}:event-source-mapping:{uuid}",
            function.region, function.account
        );
        ask_of_account(asking, permission, &function.account, &arn, |conditions| {
            permission.keys.iter().for_each(|key| key.insert(conditions, request, Some(function)));
        })
    }

    fn ask_for_layers(
        &self,
        asking: &mut Asking<'_>,
        permission: &Permission<Self>,
        request: &Request,
    ) -> Result<(), ApiError> {
        let origin = asking.origin;
        let named = match request.about() {
            Subject::Layer(name, None) => LayerArn::parse(name, origin).map(|it| (it, None)),
            Subject::Layer(name, Some(number)) => {
                LayerArn::parse(name, origin).map(|layer| (layer, u64::try_from(number).ok()))
            }
            Subject::LayerVersion(arn) => {
                LayerArn::parse_version(arn, origin).map(|(layer, number)| (layer, Some(number)))
            }
            _ => None,
        };
        // The layers that a function uses are asked for where they are looked up, in Lambda's words.
        let Some((layer, number)) = named else { return Ok(()) };
        let version = number.and_then(|number| self.layers.get(&layer)?.versions.get(&number));
        let arn = version.map_or_else(|| layer.to_string(), super::LayerVersion::arn);
        let document = version.and_then(super::LayerVersion::policy_document);
        let policy = document.and_then(|document| Policy::parse(&document.to_string()).ok());
        let verdict = evaluate(&Question {
            identity: &asking.identity(),
            action: permission.action,
            resource: Resource {
                policy: policy.as_ref().map_or(ResourcePolicy::None, ResourcePolicy::Document),
                owner_only: !CROSS_ACCOUNT_ACTIONS.contains(&permission.action),
                ..Resource::of(&layer.account, &arn)
            },
            conditions: &|| asking.conditions(&layer.account),
        });
        judge(asking, permission, &layer.account, &arn, verdict)
    }

    fn ask_for_tagged(
        &self,
        asking: &mut Asking<'_>,
        permission: &Permission<Self>,
        request: &Request,
    ) -> Result<(), ApiError> {
        let Subject::Tagged(resource) = request.about() else { return Ok(()) };
        let insert = |conditions: &mut Conditions| {
            permission.keys.iter().for_each(|key| key.insert(conditions, request, None));
        };
        if let Some(Arn::Function(arn)) = Arn::parse(resource) {
            let arn = arn.unqualified();
            let found = self.functions.get(&arn);
            let verdict = verdict(&asking.identity(), permission.action, &arn, found, &|| {
                let mut conditions = asking.conditions(&arn.account);
                insert(&mut conditions);
                conditions
            });
            return judge(asking, permission, &arn.account, &arn, verdict);
        }
        let owner = Parts::parse_ours(resource).and_then(|it| AccountId::parse(it.account));
        let Some(owner) = owner else { return Ok(()) };
        ask_of_account(asking, permission, &owner, &resource, insert)
    }

    /// The function that a caller means, by name or ARN, and its unqualified ARN; a qualifier means
    /// nothing to who asks. That the caller may do with it what it wants was asked before.
    ///
    /// # Errors
    /// `ResourceNotFoundException`
    pub(super) fn function(
        &self,
        name: &str,
        origin: &Origin,
    ) -> Result<(FunctionArn, &Function), ApiError> {
        let arn = Reference::parse(name, None, origin)?.arn.unqualified();
        match self.functions.get(&arn) {
            Some(function) => Ok((arn, function)),
            None => Err(super::qualifier::not_found(&arn)),
        }
    }

    /// The function that a caller means, and which version of it. A plain name is one of the caller's
    /// own account. That the caller may do with it what it wants was asked before.
    ///
    /// # Errors
    /// `ResourceNotFoundException`
    pub(super) fn find(
        &self,
        name: &str,
        qualifier: Option<&str>,
        origin: &Origin,
    ) -> Result<Found<'_>, ApiError> {
        let arn = Reference::parse(name, qualifier, origin)?.arn;
        let found = self.functions.get(&arn.unqualified());
        let version = found.and_then(|function| function.resolve(arn.qualifier.as_deref()));
        match (found, version) {
            (Some(function), Some(version)) => Ok(Found { arn, function, version }),
            _ => Err(super::qualifier::not_found(&arn)),
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
        source: &dyn fmt::Display,
        source_account: &AccountId,
    ) -> Result<(), ApiError> {
        const INVOKE: &str = "lambda:InvokeFunction";
        let arn = policy_arn(function);
        let found = self.functions.get(&arn.unqualified());
        if found.and_then(|it| it.resolve(function.qualifier.as_deref())).is_none() {
            return Err(super::qualifier::not_found(function));
        }
        let principal = Principal::Service(service.to_owned());
        let verdict = verdict(&Identity::of_principal(&principal), INVOKE, &arn, found, &|| {
            Conditions::about(&principal)
                .with("aws:SourceArn", source.to_string())
                .with("aws:SourceAccount", source_account.to_string())
        });
        match verdict {
            Verdict::Allowed(_) => Ok(()),
            Verdict::Denied(denied) => Err(refusal(&principal, INVOKE, &arn, &denied)),
        }
    }

    /// As whom Lambda acts for a function: its execution role. Nothing where there is no function.
    #[must_use]
    pub fn execution_role(&self, function: &FunctionArn) -> Option<Principal> {
        let found = self.functions.get(&function.unqualified())?;
        Some(found.resolve(function.qualifier.as_deref())?.deployment.execution_role())
    }

    /// The function that a mapping invokes; nothing where there is no such mapping.
    #[must_use]
    pub fn function_of(&self, mapping: &MappingId) -> Option<&FunctionArn> {
        self.mappings.get(mapping).map(|mapping| &mapping.function)
    }

    /// The function of a mapping that is to be created.
    #[must_use]
    pub fn function_to_map(&self, name: &str, origin: &Origin) -> Option<&Deployment> {
        Some(&self.find(name, None, origin).ok()?.version.deployment)
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
                let (_, function) = self.function(name, origin).ok()?;
                (name, input.dead_letters(), Some(function.latest.deployment.role.as_str()))
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

impl Request {
    /// The function that it is about, as its caller names it; nothing where it is about none or the
    /// name cannot be one.
    fn reference(&self, origin: &Origin) -> Option<Reference> {
        let (name, qualifier) = match (self, self.about()) {
            (Self::UpdateEventSourceMapping(input), _) => (input.function_name()?, None),
            (_, Subject::Function(name, qualifier)) => (name, qualifier),
            _ => return None,
        };
        Reference::parse(name, qualifier, origin).ok()
    }

    /// Whether a mapping that is to be made reads something that can be read.
    fn has_event_source(&self) -> bool {
        !matches!(self, Self::CreateEventSourceMapping(input) if input.queue().is_none())
    }

    fn uuid(&self) -> Option<&str> {
        match self {
            Self::GetEventSourceMapping(input) | Self::DeleteEventSourceMapping(input) => {
                Some(input.uuid())
            }
            Self::UpdateEventSourceMapping(input) => Some(input.uuid()),
            _ => None,
        }
    }

    /// The tags that something is to have.
    fn tags(&self) -> Option<&BTreeMap<String, String>> {
        match self {
            Self::CreateFunction(input) => input.tags.as_ref(),
            Self::CreateEventSourceMapping(input) => input.tags(),
            Self::CreateCodeSigningConfig(input) => input.tags.as_ref(),
            Self::TagResource(input) => Some(&input.tags),
            _ => None,
        }
    }

    /// The versions of layers that the function is to have.
    fn layers(&self) -> &[String] {
        let layers = match self {
            Self::CreateFunction(input) => input.layers.as_deref(),
            Self::UpdateFunctionConfiguration(input) => input.layers.as_deref(),
            _ => None,
        };
        layers.unwrap_or_default()
    }

    /// The execution role that the function is to have.
    fn role(&self) -> Option<&str> {
        match self {
            Self::CreateFunction(input) => Some(&input.role),
            Self::UpdateFunctionConfiguration(input) => input.role.as_deref(),
            _ => None,
        }
    }
}

/// What the function's policy and its account say; another account learns nothing of a function that
/// is not there.
fn verdict(
    identity: &Identity<'_>,
    action: &str,
    arn: &FunctionArn,
    function: Option<&Function>,
    conditions: &dyn Fn() -> Conditions,
) -> Verdict {
    // A function's own account needs nobody's permission, and no statement of a function's denies.
    let is_own = identity.account() == Some(&arn.account);
    let statements = function.map(|function| function.policy(arn.qualifier.as_deref()));
    let document = statements.filter(|statements| !is_own && !statements.is_empty());
    let policy = document.and_then(|statements| {
        Policy::parse(&super::policy::document(arn, statements).to_string()).ok()
    });
    evaluate(&Question {
        identity,
        action,
        resource: Resource {
            policy: policy.as_ref().map_or(ResourcePolicy::None, ResourcePolicy::Document),
            owner_only: !CROSS_ACCOUNT_ACTIONS.contains(&action),
            ..Resource::of(&arn.account, arn)
        },
        conditions,
    })
}

/// Of what has no policy of its own.
fn ask_of_account(
    asking: &mut Asking<'_>,
    permission: &Permission<Lambda>,
    owner: &AccountId,
    arn: &dyn fmt::Display,
    insert: impl Fn(&mut Conditions),
) -> Result<(), ApiError> {
    let verdict = evaluate(&Question {
        identity: &asking.identity(),
        action: permission.action,
        resource: Resource::of(owner, arn),
        conditions: &|| {
            let mut conditions = asking.conditions(owner);
            insert(&mut conditions);
            conditions
        },
    });
    judge(asking, permission, owner, arn, verdict)
}

/// A role is passed within its account alone.
fn ask_for_role(
    asking: &mut Asking<'_>,
    permission: &Permission<Lambda>,
    request: &Request,
) -> Result<(), ApiError> {
    // What is no role the operation refuses.
    let Some(role) = request.role() else { return Ok(()) };
    let Some(RoleArn { account: owner, .. }) = RoleArn::parse(role) else { return Ok(()) };
    ask_of_account(asking, permission, &owner, &role, |conditions| {
        permission.keys.iter().for_each(|key| key.insert(conditions, request, None));
    })
}

fn ask_for_signing(
    asking: &mut Asking<'_>,
    permission: &Permission<Lambda>,
    request: &Request,
) -> Result<(), ApiError> {
    let arn = match (request, request.about()) {
        (Request::PutFunctionCodeSigningConfig(input), _) => &*input.code_signing_config_arn,
        (Request::CreateFunction(input), _) => match &input.code_signing_config_arn {
            Some(arn) => arn,
            None => return Ok(()),
        },
        (_, Subject::CodeSigningConfig(arn)) => arn,
        _ => return Ok(()),
    };
    let owner = Parts::parse_ours(arn).and_then(|it| AccountId::parse(it.account));
    let Some(owner) = owner else { return Ok(()) };
    ask_of_account(asking, permission, &owner, &arn, |_| {})
}

/// What Lambda makes of a verdict.
fn judge(
    asking: &mut Asking<'_>,
    permission: &Permission<Lambda>,
    owner: &AccountId,
    arn: &dyn fmt::Display,
    verdict: Verdict,
) -> Result<(), ApiError> {
    let Verdict::Denied(denied) = verdict else { return Ok(()) };
    let origin = asking.origin;
    // Who does not sign is taken for the default account. HTTP lets nobody through who does not.
    let is_taken_for_owner = origin.caller == Caller::Anonymous && origin.account == *owner;
    if is_taken_for_owner || !permission.is_enforced {
        asking.lets_pass(permission.action, arn, &denied);
        return Ok(());
    }
    Err(refusal(&Principal::of(&origin.caller), permission.action, arn, &denied))
}

/// What AWS says to whom a function's policy does not let in.
fn refusal(
    principal: &Principal,
    action: &str,
    arn: &dyn fmt::Display,
    denied: &Denied,
) -> ApiError {
    refuse::ACCESS_DENIED.user(denied.sentence(&principal.who(), action, arn))
}
