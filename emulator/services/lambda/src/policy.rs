//! A function's resource policy: who may invoke it.

use kernel::arn::{FunctionArn, Parts};
use kernel::call::Origin;
use kernel::error::ApiError;
use kernel::names::AccountId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::qualifier::LATEST;
use super::reference::Reference;
use super::{FunctionInput, Lambda, NothingOutput};
use crate::error::UserError as _;
use crate::{Cx, Record, error as refuse, limits};

/// One statement, as `AddPermission` made it.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    pub(crate) sid: String,
    pub(crate) action: String,
    pub(crate) principal: Value,
    pub(crate) condition: Map<String, Value>,
}

impl Statement {
    fn json(&self, arn: &FunctionArn) -> Value {
        let mut statement = json!({
            "Sid": self.sid,
            "Effect": "Allow",
            "Principal": self.principal,
            "Action": self.action,
            "Resource": arn.to_string(),
        });
        if !self.condition.is_empty() {
            statement["Condition"] = Value::Object(self.condition.clone());
        }
        statement
    }
}

/// Input of `AddPermission`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct AddPermissionInput {
    function_name: String,
    statement_id: String,
    action: String,
    pub(super) principal: String,
    source_arn: Option<String>,
    source_account: Option<String>,
    event_source_token: Option<String>,
    pub(super) qualifier: Option<String>,
    revision_id: Option<String>,
    #[serde(rename = "PrincipalOrgID")]
    principal_org_id: Option<String>,
    pub(super) function_url_auth_type: Option<String>,
    invoked_via_function_url: Option<bool>,
}

impl AddPermissionInput {
    /// The function's name, as it was given.
    #[must_use]
    pub fn function_name(&self) -> &str {
        &self.function_name
    }
}

/// Output of `AddPermission`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AddPermissionOutput {
    statement: String,
}

/// Input of `RemovePermission`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct RemovePermissionInput {
    function_name: String,
    statement_id: String,
    pub(super) qualifier: Option<String>,
    revision_id: Option<String>,
}

impl RemovePermissionInput {
    /// The function's name, as it was given.
    #[must_use]
    pub fn function_name(&self) -> &str {
        &self.function_name
    }
}

/// Output of `GetPolicy`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetPolicyOutput {
    policy: String,
    revision_id: String,
}

impl Lambda {
    pub(super) fn add_permission(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: AddPermissionInput,
    ) -> Result<AddPermissionOutput, ApiError> {
        let reference = Reference::parse(&input.function_name, input.qualifier.as_deref(), origin)?;
        if reference.arn.qualifier.as_deref() == Some(LATEST) {
            return Err(refuse::INVALID_PARAMETER_VALUE
                .user("We currently do not support adding policies for $LATEST."));
        }
        let (revision_id, policy) = self.policy_mut(&reference.arn)?;
        check_revision(input.revision_id.as_deref(), revision_id)?;
        if policy.iter().any(|statement| statement.sid == input.statement_id) {
            return Err(refuse::RESOURCE_CONFLICT.user(format!(
                "The statement id ({}) provided already exists. Please provide a new statement id, or remove the existing statement.",
                input.statement_id
            )));
        }
        let statement = statement(input)?;
        let shown = statement.json(&reference.arn);
        let size_bytes = document(&reference.arn, policy).to_string().len();
        if size_bytes + shown.to_string().len() > limits::POLICY_SIZE_BYTES_MAX {
            return Err(refuse::POLICY_LENGTH_EXCEEDED.user(format!(
                "The final policy size ({}) is bigger than the limit ({}).",
                size_bytes + shown.to_string().len(),
                limits::POLICY_SIZE_BYTES_MAX
            )));
        }
        policy.push(statement);
        self.put_policy(cx, &reference.arn);
        Ok(AddPermissionOutput { statement: shown.to_string() })
    }

    pub(super) fn remove_permission(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &RemovePermissionInput,
    ) -> Result<NothingOutput, ApiError> {
        let reference = Reference::parse(&input.function_name, input.qualifier.as_deref(), origin)?;
        if !self.functions.contains_key(&reference.arn.unqualified()) {
            let arn = reference.arn.unqualified();
            return Err(refuse::RESOURCE_NOT_FOUND.user(format!("No policy found for: {arn}")));
        }
        let (revision_id, policy) = self.policy_mut(&reference.arn)?;
        if policy.is_empty() {
            return Err(
                refuse::RESOURCE_NOT_FOUND.user("No policy is associated with the given resource.")
            );
        }
        let Some(at) = policy.iter().position(|it| it.sid == input.statement_id) else {
            return Err(refuse::RESOURCE_NOT_FOUND.user(format!(
                "Statement {} is not found in resource policy.",
                input.statement_id
            )));
        };
        if input.revision_id.as_deref().is_some_and(|given| given != revision_id) {
            return Err(refuse::PRECONDITION_FAILED.user(refuse::PRECONDITION_FAILED.message));
        }
        policy.remove(at);
        self.put_policy(cx, &reference.arn);
        Ok(NothingOutput {})
    }

    pub(super) fn get_policy(
        &self,
        origin: &Origin,
        input: &FunctionInput,
    ) -> Result<GetPolicyOutput, ApiError> {
        let arn = input.reference(origin)?.arn;
        let function = self
            .functions
            .get(&arn.unqualified())
            .ok_or_else(|| super::qualifier::not_found(&arn.unqualified()))?;
        let qualifier = arn.qualifier.as_deref().filter(|qualifier| *qualifier != LATEST);
        let policy = function.policy(qualifier);
        if policy.is_empty() {
            return Err(
                refuse::RESOURCE_NOT_FOUND.user("The resource you requested does not exist.")
            );
        }
        let of_alias = qualifier.and_then(|name| function.aliases.get(name));
        let revision_id = of_alias.map(|alias| &alias.revision_id);
        let of_version = || function.resolve(qualifier).map(|version| &version.revision_id);
        Ok(GetPolicyOutput {
            policy: document(&policy_arn(&arn), policy).to_string(),
            revision_id: revision_id.or_else(of_version).cloned().unwrap_or_default(),
        })
    }

    /// The revision and the statements of a function, of a version or of an alias.
    fn policy_mut(&mut self, arn: &FunctionArn) -> Result<(&str, &mut Vec<Statement>), ApiError> {
        let missing = || super::qualifier::not_found(&arn.unqualified());
        let function = self.functions.get_mut(&arn.unqualified()).ok_or_else(missing)?;
        match arn.qualifier.as_deref() {
            Some(name) if super::qualifier::is_alias(name) => {
                let alias = function.aliases.get_mut(name);
                let alias = alias.ok_or_else(|| super::qualifier::alias_not_found(arn))?;
                Ok((&alias.revision_id, &mut alias.policy))
            }
            qualifier => {
                let version = function.version_mut(qualifier.unwrap_or(LATEST));
                let version = version.ok_or_else(|| super::qualifier::not_found(arn))?;
                Ok((&version.revision_id, &mut version.policy))
            }
        }
    }

    /// The policy of an ARN has changed: what it belongs to has another revision.
    fn put_policy(&mut self, cx: &mut Cx<'_>, arn: &FunctionArn) {
        let unqualified = arn.unqualified();
        let Some(function) = self.functions.get_mut(&unqualified) else { return };
        let name = arn.qualifier.as_deref().unwrap_or(LATEST);
        if let Some(alias) = function.aliases.get_mut(name) {
            alias.revision_id = cx.ids.uuid();
            cx.put(|| Record::alias(&unqualified, alias));
        } else if let Some(version) = function.version_mut(name) {
            version.revision_id = cx.ids.uuid();
            self.put_version(cx, &unqualified, name);
        }
    }
}

/// By which ARN the policy of a reference names what it belongs to: that of `$LATEST` is the function's.
pub(super) fn policy_arn(arn: &FunctionArn) -> FunctionArn {
    match arn.qualifier.as_deref() {
        Some(LATEST) => arn.unqualified(),
        _ => arn.clone(),
    }
}

/// The statement that a request describes.
fn statement(input: AddPermissionInput) -> Result<Statement, ApiError> {
    let principal = principal(&input.principal)?;
    let mut equal = Map::new();
    let mut insert = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            equal.insert(name.into(), value.into());
        }
    };
    insert("AWS:SourceAccount", input.source_account);
    insert("lambda:FunctionUrlAuthType", input.function_url_auth_type);
    insert("lambda:EventSourceToken", input.event_source_token);
    insert("aws:PrincipalOrgID", input.principal_org_id);
    let mut condition = Map::new();
    if !equal.is_empty() {
        condition.insert("StringEquals".into(), equal.into());
    }
    if let Some(source) = input.source_arn {
        condition.insert("ArnLike".into(), json!({ "AWS:SourceArn": source }));
    }
    if let Some(via_url) = input.invoked_via_function_url {
        let via_url = json!({ "lambda:InvokedViaFunctionUrl": via_url.to_string() });
        condition.insert("Bool".into(), via_url);
    }
    Ok(Statement { sid: input.statement_id, action: input.action, principal, condition })
}

pub(super) fn document(arn: &FunctionArn, statements: &[Statement]) -> Value {
    let statements: Vec<Value> = statements.iter().map(|statement| statement.json(arn)).collect();
    json!({ "Version": "2012-10-17", "Id": "default", "Statement": statements })
}

/// How a policy names the principal that a caller of `AddPermission` gives in one word.
fn principal(given: &str) -> Result<Value, ApiError> {
    if given == "*" {
        return Ok(json!("*"));
    }
    if let Some(account) = AccountId::parse(given) {
        return Ok(json!({ "AWS": format!("arn:aws:iam::{account}:root") }));
    }
    if Parts::parse_ours(given).is_some() {
        return Ok(json!({ "AWS": given }));
    }
    if given.ends_with(".amazonaws.com") || given.ends_with(".amazon.com") {
        return Ok(json!({ "Service": given }));
    }
    Err(refuse::INVALID_PARAMETER_VALUE
        .user("The provided principal was invalid. Please check the principal and try again."))
}

fn check_revision(given: Option<&str>, current: &str) -> Result<(), ApiError> {
    match given {
        Some(given) if given != current => Err(refuse::PRECONDITION_FAILED.user(
            "The Revision Id provided does not match the latest Revision Id. Call the GetPolicy API to retrieve the latest Revision Id",
        )),
        _ => Ok(()),
    }
}
