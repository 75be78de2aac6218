//! The statements that AddPermission writes into a queue's policy. What a policy does is in `access.rs`.

use kernel::arn::QueueArn;
use kernel::call::Origin;
use kernel::error::ApiError;
use kernel::names::AccountId;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Sqs;
use super::access::OWNER_ACTIONS;
use super::delete::Empty;
use crate::limits::{BATCH_ENTRY_ID_CHARS_MAX, POLICY_ACTIONS_MAX, POLICY_STATEMENTS_MAX};
use crate::{Cx, error as errors};

/// What `AddPermission` can grant.
const ACTIONS: &[&str] = &[
    "*",
    "ChangeMessageVisibility",
    "DeleteMessage",
    "GetQueueAttributes",
    "GetQueueUrl",
    "ListDeadLetterSourceQueues",
    "PurgeQueue",
    "ReceiveMessage",
    "SendMessage",
];

impl Sqs {
    pub(super) fn add_permission(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: AddPermissionInput,
    ) -> Result<Empty, ApiError> {
        let arn = self.open(cx, origin, &input.queue_url)?;
        let label = input.label;
        check_label(&label)?;
        let actions = input.actions.unwrap_or_default();
        let accounts = input.aws_account_ids.unwrap_or_default();
        if actions.is_empty() {
            return Err(
                errors::MISSING_PARAMETER.says("The request must contain the parameter Actions.")
            );
        }
        if actions.len() > POLICY_ACTIONS_MAX {
            return Err(errors::OVER_LIMIT.says(format!(
                "{} Actions were found, maximum allowed is {POLICY_ACTIONS_MAX}.",
                actions.len()
            )));
        }
        if let Some(unknown) = actions.iter().find(|action| !ACTIONS.contains(&action.as_str())) {
            let reason = match OWNER_ACTIONS.contains(&unknown.as_str()) {
                true => "Only the queue owner is allowed to invoke this action.",
                false => "Please refer to the appropriate WSDL for a list of valid actions.",
            };
            return Err(errors::INVALID_PARAMETER_VALUE.says(format!(
                "Value SQS:{unknown} for parameter ActionName is invalid. Reason: {reason}"
            )));
        }
        if accounts.is_empty() || !accounts.iter().all(|id| AccountId::parse(id).is_some()) {
            return Err(errors::INVALID_PARAMETER_VALUE.says(format!(
                "Value [{}] for parameter PrincipalId is invalid. Reason: Unable to verify.",
                accounts.join(", ")
            )));
        }
        let queue = self.existing(&arn)?;
        let mut policy = read(queue.attributes.text("Policy")).unwrap_or_else(|| {
            let mut policy = Map::new();
            policy.insert("Version".into(), "2008-10-17".into());
            policy.insert("Id".into(), format!("{arn}/SQSDefaultPolicy").into());
            policy
        });
        let mut statements = take_statements(&mut policy);
        if statements.iter().any(|statement| statement["Sid"] == label.as_str()) {
            return Err(errors::INVALID_PARAMETER_VALUE.says(format!(
                "Value {label} for parameter Label is invalid. Reason: Already exists."
            )));
        }
        if statements.len() >= POLICY_STATEMENTS_MAX {
            return Err(errors::OVER_LIMIT.says(format!(
                "{} Statements were found, maximum allowed is {POLICY_STATEMENTS_MAX}.",
                statements.len() + 1
            )));
        }
        let principals = accounts.iter().map(|account| format!("arn:aws:iam::{account}:root"));
        statements.push(json!({
            "Sid": label,
            "Effect": "Allow",
            "Principal": {"AWS": one_or_many(principals.collect())},
            "Action": one_or_many(actions.iter().map(|action| format!("SQS:{action}")).collect()),
            "Resource": arn.to_string(),
        }));
        policy.insert("Statement".into(), statements.into());
        self.set_policy(cx, &arn, Value::Object(policy).to_string())
    }

    pub(super) fn remove_permission(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: RemovePermissionInput,
    ) -> Result<Empty, ApiError> {
        let arn = self.open(cx, origin, &input.queue_url)?;
        let label = input.label;
        check_label(&label)?;
        let mut policy = read(self.existing(&arn)?.attributes.text("Policy")).unwrap_or_default();
        let mut statements = take_statements(&mut policy);
        let before = statements.len();
        statements.retain(|statement| statement["Sid"] != label.as_str());
        if statements.len() == before {
            let where_it_is_not = if before > 0 { " on existing policy" } else { "" };
            return Err(errors::INVALID_PARAMETER_VALUE.says(format!(
                "Value {label} for parameter Label is invalid. Reason: can't find label{where_it_is_not}."
            )));
        }
        let text = if statements.is_empty() {
            String::new()
        } else {
            policy.insert("Statement".into(), statements.into());
            Value::Object(policy).to_string()
        };
        self.set_policy(cx, &arn, text)
    }

    fn set_policy(
        &mut self,
        cx: &mut Cx<'_>,
        arn: &QueueArn,
        text: String,
    ) -> Result<Empty, ApiError> {
        let queue = self.existing(arn)?;
        let change = [("Policy".to_owned(), text)].into();
        queue.attributes = queue.attributes.changed(arn, &change)?;
        queue.modified = cx.now;
        cx.put(|| queue.record());
        // Whom it lets in now may have waited for that.
        self.gained(cx, arn);
        Ok(Empty {})
    }
}

fn read(text: Option<&str>) -> Option<Map<String, Value>> {
    serde_json::from_str(text?).ok()
}

fn take_statements(policy: &mut Map<String, Value>) -> Vec<Value> {
    match policy.remove("Statement") {
        Some(Value::Array(statements)) => statements,
        Some(statement) => vec![statement],
        None => Vec::new(),
    }
}

/// A list of one is written without brackets, as AWS does.
fn one_or_many(mut texts: Vec<String>) -> Value {
    match texts.len() {
        1 => texts.remove(0).into(),
        _ => texts.into(),
    }
}

fn check_label(label: &str) -> Result<(), ApiError> {
    let valid = (1..=BATCH_ENTRY_ID_CHARS_MAX).contains(&label.len())
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    match (label.is_empty(), valid) {
        (true, _) => Err(errors::MISSING_PARAMETER
            .says("The request must contain the parameter Label.")),
        (_, true) => Ok(()),
        (_, false) => Err(errors::INVALID_PARAMETER_VALUE.says(format!(
            "Value {label} for parameter Label is invalid. Reason: Can only include alphanumeric characters, hyphens, or underscores. 1 to {BATCH_ENTRY_ID_CHARS_MAX} in length."
        ))),
    }
}

/// Input of `AddPermission`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct AddPermissionInput {
    /// The queue.
    #[serde(default)]
    pub queue_url: String,
    /// The statement's `Sid`.
    #[serde(default)]
    pub label: String,
    /// Who may.
    #[serde(rename = "AWSAccountIds")]
    pub aws_account_ids: Option<Vec<String>>,
    /// Do what.
    pub actions: Option<Vec<String>>,
}

/// Input of `RemovePermission`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct RemovePermissionInput {
    /// The queue.
    #[serde(default)]
    pub queue_url: String,
    /// The statement's `Sid`.
    #[serde(default)]
    pub label: String,
}
