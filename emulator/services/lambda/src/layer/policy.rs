//! Who may use a version of a layer besides its own account.

use kernel::call::Origin;
use kernel::error::ApiError;
use kernel::names::AccountId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::{Lambda, NothingOutput};
use super::{LayerArn, LayerVersion, LayerVersionInput};
use crate::error::UserError as _;
use crate::{Cx, Record, error as refuse};

/// The one action that a layer's policy can let somebody do.
const ACTION: &str = "lambda:GetLayerVersion";

/// One statement, as `AddLayerVersionPermission` made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerStatement {
    pub(crate) sid: String,
    /// An account, its root's ARN, or `*`.
    pub(crate) principal: String,
    pub(crate) organization_id: Option<String>,
}

impl LayerStatement {
    fn json(&self, arn: &str) -> Value {
        let principal = match AccountId::parse(&self.principal) {
            Some(account) => json!({ "AWS": format!("arn:aws:iam::{account}:root") }),
            None if self.principal == "*" => json!("*"),
            None => json!({ "AWS": self.principal }),
        };
        let mut statement = json!({
            "Sid": self.sid,
            "Effect": "Allow",
            "Principal": principal,
            "Action": ACTION,
            "Resource": arn,
        });
        if let Some(organization) = &self.organization_id {
            statement["Condition"] =
                json!({ "StringEquals": { "aws:PrincipalOrgID": organization } });
        }
        statement
    }
}

impl LayerVersion {
    /// Whether its policy lets an account use it. There are no organizations here: who is let in as a
    /// member of one is not.
    pub(super) fn lets(&self, account: &AccountId) -> bool {
        self.policy.iter().filter(|it| it.organization_id.is_none()).any(|statement| {
            statement.principal == "*"
                || statement.principal == account.as_str()
                || statement.principal == format!("arn:aws:iam::{account}:root")
        })
    }

    /// Its policy as a document; nothing where there is none.
    pub(crate) fn policy_document(&self) -> Option<Value> {
        let arn = self.arn();
        let statements: Vec<_> = self.policy.iter().map(|it| it.json(&arn)).collect();
        (!statements.is_empty())
            .then(|| json!({ "Version": "2012-10-17", "Id": "default", "Statement": statements }))
    }
}

/// Input of `AddLayerVersionPermission`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct AddLayerVersionPermissionInput {
    pub(in super::super) layer_name: String,
    pub(in super::super) version_number: i64,
    statement_id: String,
    #[expect(dead_code, reason = "the model lets one alone through")]
    action: String,
    principal: String,
    organization_id: Option<String>,
    revision_id: Option<String>,
}

/// Output of `AddLayerVersionPermission`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AddLayerVersionPermissionOutput {
    statement: String,
    revision_id: String,
}

/// Input of `RemoveLayerVersionPermission`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct RemoveLayerVersionPermissionInput {
    pub(in super::super) layer_name: String,
    pub(in super::super) version_number: i64,
    statement_id: String,
    revision_id: Option<String>,
}

/// Output of `GetLayerVersionPolicy`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetLayerVersionPolicyOutput {
    policy: String,
    revision_id: String,
}

impl Lambda {
    pub(in super::super) fn add_layer_version_permission(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: AddLayerVersionPermissionInput,
    ) -> Result<AddLayerVersionPermissionOutput, ApiError> {
        let version = self.layer_version_mut(origin, &input.layer_name, input.version_number)?;
        if version.policy.iter().any(|statement| statement.sid == input.statement_id) {
            return Err(refuse::RESOURCE_CONFLICT.user(format!(
                "The statement id ({}) provided already exists. Please provide a new statement id, or remove the existing statement.",
                input.statement_id
            )));
        }
        check_revision(input.revision_id.as_deref(), version)?;
        let statement = LayerStatement {
            sid: input.statement_id,
            principal: input.principal,
            organization_id: input.organization_id,
        };
        let shown = statement.json(&version.arn()).to_string();
        version.policy.push(statement);
        version.policy_revision_id = cx.ids.uuid();
        cx.put(|| Record::layer_version(version));
        let revision_id = version.policy_revision_id.clone();
        Ok(AddLayerVersionPermissionOutput { statement: shown, revision_id })
    }

    pub(in super::super) fn remove_layer_version_permission(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &RemoveLayerVersionPermissionInput,
    ) -> Result<NothingOutput, ApiError> {
        let version = self.layer_version_mut(origin, &input.layer_name, input.version_number)?;
        check_revision(input.revision_id.as_deref(), version)?;
        let at = version.policy.iter().position(|it| it.sid == input.statement_id);
        let at = at.ok_or_else(|| {
            refuse::RESOURCE_NOT_FOUND
                .user(format!("Statement {} is not found in resource policy.", input.statement_id))
        })?;
        version.policy.remove(at);
        version.policy_revision_id = cx.ids.uuid();
        cx.put(|| Record::layer_version(version));
        Ok(NothingOutput {})
    }

    pub(in super::super) fn get_layer_version_policy(
        &self,
        origin: &Origin,
        input: &LayerVersionInput,
    ) -> Result<GetLayerVersionPolicyOutput, ApiError> {
        let (layer, number) = named(origin, &input.layer_name, input.version_number)?;
        let version = self.layers.get(&layer).and_then(|layer| layer.versions.get(&number));
        let version = version.ok_or_else(|| no_version(&layer, input.version_number))?;
        let policy = version.policy_document().ok_or_else(|| {
            refuse::RESOURCE_NOT_FOUND.user("No policy is associated with the given resource.")
        })?;
        Ok(GetLayerVersionPolicyOutput {
            policy: policy.to_string(),
            revision_id: version.policy_revision_id.clone(),
        })
    }

    fn layer_version_mut(
        &mut self,
        origin: &Origin,
        name: &str,
        number: i64,
    ) -> Result<&mut LayerVersion, ApiError> {
        let (layer, found) = named(origin, name, number)?;
        let version = self.layers.get_mut(&layer).and_then(|it| it.versions.get_mut(&found));
        version.ok_or_else(|| no_version(&layer, number))
    }
}

fn named(origin: &Origin, name: &str, number: i64) -> Result<(LayerArn, u64), ApiError> {
    let layer = LayerArn::parse(name, origin).ok_or_else(super::no_resource)?;
    Ok((layer, u64::try_from(number).unwrap_or_default()))
}

fn no_version(layer: &LayerArn, number: i64) -> ApiError {
    refuse::RESOURCE_NOT_FOUND.user(format!("Layer version {layer}:{number} does not exist."))
}

fn check_revision(given: Option<&str>, version: &LayerVersion) -> Result<(), ApiError> {
    match given {
        Some(given) if given != version.policy_revision_id => {
            Err(refuse::PRECONDITION_FAILED.user(
                "The Revision Id provided does not match the latest Revision Id. Call the GetLayerPolicy API to retrieve the latest Revision Id",
            ))
        }
        _ => Ok(()),
    }
}
