//! A function's resource policy: who may invoke it.

use kernel::arn::{FunctionArn, Parts};
use kernel::call::Origin;
use kernel::error::ApiError;
use kernel::names::AccountId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{FunctionInput, Lambda};
use crate::error::UserError as _;
use crate::{Cx, Record, error as refuse};

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

/// Output of operations that answer nothing.
#[derive(Debug, Clone, Default, Serialize)]
pub struct NothingOutput {}

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
        let (arn, function) =
            self.find(&input.function_name, input.qualifier.as_deref(), origin)?;
        check_revision(input.revision_id.as_deref(), &function.policy_revision_id)?;
        if function.policy.iter().any(|statement| statement.sid == input.statement_id) {
            return Err(refuse::RESOURCE_CONFLICT.user(format!(
                "The statement id ({}) provided already exists. Please provide a new statement id, or remove the existing statement.",
                input.statement_id
            )));
        }
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
        let statement =
            Statement { sid: input.statement_id, action: input.action, principal, condition };
        let shown = statement.json(&arn).to_string();
        let mut function = function.clone();
        function.policy.push(statement);
        function.policy_revision_id = cx.ids.uuid();
        cx.put(|| Record::function(&function));
        self.functions.insert(arn, function);
        Ok(AddPermissionOutput { statement: shown })
    }

    pub(super) fn remove_permission(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &RemovePermissionInput,
    ) -> Result<NothingOutput, ApiError> {
        let (arn, function) =
            self.find(&input.function_name, input.qualifier.as_deref(), origin)?;
        check_revision(input.revision_id.as_deref(), &function.policy_revision_id)?;
        let Some(at) = function.policy.iter().position(|it| it.sid == input.statement_id) else {
            return Err(refuse::RESOURCE_NOT_FOUND.user(format!(
                "Statement {} is not found in resource policy.",
                input.statement_id
            )));
        };
        let mut function = function.clone();
        function.policy.remove(at);
        function.policy_revision_id = cx.ids.uuid();
        cx.put(|| Record::function(&function));
        self.functions.insert(arn, function);
        Ok(NothingOutput {})
    }

    pub(super) fn get_policy(
        &self,
        origin: &Origin,
        input: &FunctionInput,
    ) -> Result<GetPolicyOutput, ApiError> {
        let (arn, function) =
            self.find(&input.function_name, input.qualifier.as_deref(), origin)?;
        if function.policy.is_empty() {
            return Err(
                refuse::RESOURCE_NOT_FOUND.user("The resource you requested does not exist.")
            );
        }
        Ok(GetPolicyOutput {
            policy: document(&arn, &function.policy).to_string(),
            revision_id: function.policy_revision_id.clone(),
        })
    }
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
