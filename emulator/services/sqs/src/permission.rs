//! Who may use a queue: its policy, and the statements that AddPermission writes into it.

use kernel::arn::QueueArn;
use kernel::call::{Caller, Origin, Signing};
use kernel::error::ApiError;
use kernel::names::AccountId;
use kernel::policy::{Access, Conditions, Decision, Policy, Principal};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::delete::Empty;
use super::{Delivery, Sqs};
use crate::limits::{
    BATCH_ENTRY_ID_CHARS_MAX, POLICY_ACTIONS_MAX, POLICY_CONDITIONS_MAX, POLICY_PRINCIPALS_MAX,
    POLICY_SIZE_BYTES_MAX, POLICY_STATEMENTS_MAX,
};
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

/// What no policy lets another account do.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-limitations-of-custom-policies.html>
const OWNER_ACTIONS: &[&str] = &[
    "AddPermission",
    "CancelMessageMoveTask",
    "CreateQueue",
    "DeleteQueue",
    "ListMessageMoveTasks",
    "ListQueueTags",
    "ListQueues",
    "RemovePermission",
    "SetQueueAttributes",
    "StartMessageMoveTask",
    "TagQueue",
    "UntagQueue",
];

impl Sqs {
    /// Whether a caller may do this with a queue: the owner unless the policy forbids it, another
    /// account only where the policy permits it. Who does not sign may do what the policy permits
    /// everybody. Where calls need not be signed, they are taken for the owner, since a laptop's tools
    /// often do not sign; the trace says where AWS would have refused.
    ///
    /// # Errors
    /// `QueueDoesNotExist`, `AccessDenied`.
    pub(super) fn authorize(
        &self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        arn: &QueueArn,
        action: &str,
    ) -> Result<(), ApiError> {
        let queue = self.queues.get(arn).ok_or(&errors::QUEUE_DOES_NOT_EXIST)?;
        let anonymous = origin.caller == Caller::Anonymous;
        let lenient = anonymous && origin.signing == Signing::Optional;
        let owner = origin.account == arn.account && (!anonymous || lenient);
        let decision = queue.attributes.policy.as_ref().map_or(Decision::NoMatch, |policy| {
            let conditions = Conditions::of(origin)
                .with("aws:CurrentTime", cx.now.iso8601_ms())
                .with("aws:EpochTime", cx.now.as_s().to_string())
                .with("aws:ResourceAccount", arn.account.as_str());
            policy.evaluate(&Access {
                principal: &Principal::of(&origin.caller),
                action,
                resource: &arn.to_string(),
                conditions: &conditions,
            })
        });
        let is_owners =
            action.strip_prefix("sqs:").is_some_and(|action| OWNER_ACTIONS.contains(&action));
        match decision {
            Decision::Allow if owner || !is_owners => Ok(()),
            Decision::NoMatch | Decision::Allow if lenient => {
                cx.follows("sqs:AwsWouldDeny", format!("{action} of {} unsigned", arn.name));
                Ok(())
            }
            Decision::NoMatch if owner => Ok(()),
            Decision::Deny | Decision::NoMatch | Decision::Allow => {
                Err(denied(&Principal::of(&origin.caller), &origin.endpoint, arn, action, decision))
            }
        }
    }

    /// Whether a caller may ask for what no queue's policy speaks of: to make one, to list them.
    ///
    /// # Errors
    /// `AccessDenied` to who does not sign, where calls must be signed.
    pub(super) fn authorize_account(origin: &Origin) -> Result<(), ApiError> {
        match (&origin.caller, origin.signing) {
            (Caller::Anonymous, Signing::Required) => Err(denied_to_strangers(&origin.endpoint)),
            _ => Ok(()),
        }
    }

    /// Whether a queue's policy lets a service do this, or a function by its execution role. The role
    /// of a function of the owner's account needs no permission; a denial holds it off, too.
    ///
    /// # Errors
    /// `QueueDoesNotExist`, `AccessDenied`.
    pub fn permits(
        &self,
        arn: &QueueArn,
        action: &str,
        principal: &Principal,
        conditions: Conditions,
    ) -> Result<(), ApiError> {
        let queue = self.queues.get(arn).ok_or(&errors::QUEUE_DOES_NOT_EXIST)?;
        let owner = principal.account() == Some(&arn.account);
        let decision = queue.attributes.policy.as_ref().map_or(Decision::NoMatch, |policy| {
            policy.evaluate(&Access {
                principal,
                action,
                resource: &arn.to_string(),
                conditions: &conditions
                    .with("aws:RequestedRegion", arn.region.as_str())
                    .with("aws:ResourceAccount", arn.account.as_str()),
            })
        });
        match (decision, principal) {
            (Decision::Allow, _) => Ok(()),
            (Decision::NoMatch, _) if owner => Ok(()),
            (_, Principal::Service(service)) => Err(errors::ACCESS_DENIED.says(format!(
                "The policy of {arn} does not let {service} send messages. Add a statement that allows {action} to it."
            ))),
            (decision, _) => Err(denied(principal, "", arn, action, decision)),
        }
    }

    /// Whether the queue has a policy: without one, only its own account may do anything with it.
    #[must_use]
    pub fn has_policy(&self, arn: &QueueArn) -> bool {
        self.queues.get(arn).is_some_and(|queue| queue.attributes.policy.is_some())
    }

    pub(super) fn authorize_delivery(
        &self,
        arn: &QueueArn,
        delivery: &Delivery,
    ) -> Result<(), ApiError> {
        let mut conditions = Conditions::about(&delivery.principal);
        if let Some(source) = &delivery.source {
            conditions.insert("aws:SourceArn", source.to_string());
        }
        if let Some(account) = &delivery.source_account {
            conditions.insert("aws:SourceAccount", account.as_str());
        }
        self.permits(arn, "sqs:SendMessage", &delivery.principal, conditions)
    }

    pub(super) fn add_permission(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: AddPermissionInput,
    ) -> Result<Empty, ApiError> {
        let arn = self.open(cx, origin, &input.queue_url, "sqs:AddPermission")?;
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
        let arn = self.open(cx, origin, &input.queue_url, "sqs:RemovePermission")?;
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

/// What AWS says to whom it does not let do something.
fn denied(
    principal: &Principal,
    endpoint: &str,
    arn: &QueueArn,
    action: &str,
    decision: Decision,
) -> ApiError {
    let Principal::Aws { arn: caller, .. } = principal else {
        return denied_to_strangers(endpoint);
    };
    let action = action.to_ascii_lowercase();
    let reason = match decision {
        Decision::Deny => "with an explicit deny in a resource-based policy".to_owned(),
        _ => format!("because no resource-based policy allows the {action} action"),
    };
    errors::ACCESS_DENIED.says(format!(
        "User: {caller} is not authorized to perform: {action} on resource: {arn} {reason}"
    ))
}

/// What somebody hears whom AWS does not know.
fn denied_to_strangers(endpoint: &str) -> ApiError {
    errors::ACCESS_DENIED.says(format!("Access to the resource {endpoint}/ is denied."))
}

/// Whether a policy says no more than a queue's may say.
///
/// # Errors
/// `OverLimit` names what there is too much of.
pub(super) fn check_size(text: &str, policy: &Policy) -> Result<(), ApiError> {
    if text.len() > POLICY_SIZE_BYTES_MAX {
        return Err(errors::OVER_LIMIT.says("Submitted policy is over max allowed size."));
    }
    let counted = [
        (policy.statement_count(), "statements were found in", POLICY_STATEMENTS_MAX),
        (policy.action_count_max(), "actions were found in a statement from", POLICY_ACTIONS_MAX),
        (policy.principal_count(), "principals were found in", POLICY_PRINCIPALS_MAX),
        (policy.condition_count(), "conditions were found in", POLICY_CONDITIONS_MAX),
    ];
    match counted.into_iter().find(|(count, _, max)| count > max) {
        None => Ok(()),
        Some((count, found, max)) => Err(errors::OVER_LIMIT
            .says(format!("{count} {found} the submitted policy, max allowed is {max}"))),
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
