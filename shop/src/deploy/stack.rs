//! The stack: found, changed through a change set, and followed until it is done.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;

use anyhow::{Context as _, Result, bail};
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::error::ProvideErrorMetadata as _;
use aws_sdk_cloudformation::types::{
    Capability, ChangeSetStatus, ChangeSetType, Parameter, Replacement, ResourceChange, StackEvent,
    StackStatus,
};

use super::artifact::Artifact;
use super::command::{Console, Deployment};
use super::failure::explained;
use super::plan::{From, Plan};

/// A stack that has resources.
#[derive(Debug)]
pub(super) struct Stack {
    pub(super) id: String,
    pub(super) parameters: BTreeMap<String, String>,
    pub(super) outputs: BTreeMap<String, String>,
    /// Its creation failed and was rolled back: it can only be deleted.
    pub(super) never_came_up: bool,
}

/// What a change set came to.
pub(super) enum Prepared {
    Nothing,
    Changes(Changes),
}

/// A change set that waits to be executed.
pub(super) struct Changes {
    id: String,
    stack_id: String,
    list: Vec<ResourceChange>,
    pub(super) is_first: bool,
}

/// How following ended.
pub(super) enum Followed {
    Done,
    /// The first failures, one a line.
    Failed(String),
}

impl Stack {
    /// The stack of this name. One that is only announced, or deleted, is none.
    pub(super) async fn find(client: &Client, name: &str) -> Result<Option<Self>> {
        let found = match client.describe_stacks().stack_name(name).send().await {
            Ok(found) => found.stacks.unwrap_or_default().into_iter().next(),
            // CloudFormation has no error of its own for this.
            Err(error)
                if error.code() == Some("ValidationError")
                    && error.message().is_some_and(|text| text.contains("does not exist")) =>
            {
                None
            }
            Err(error) => return Err(explained("cloudformation:DescribeStacks", &error)),
        };
        let Some(stack) = found else { return Ok(None) };
        let status = stack.stack_status.context("the stack has no status")?;
        match &status {
            StackStatus::ReviewInProgress | StackStatus::DeleteComplete => return Ok(None),
            status if status.as_str().ends_with("_IN_PROGRESS") => bail!(
                "the stack {name} is being changed ({}): wait until that is done, and repeat",
                status.as_str()
            ),
            _ => {}
        }
        let mut parameters = BTreeMap::new();
        for parameter in stack.parameters.unwrap_or_default() {
            if let (Some(name), Some(value)) = (parameter.parameter_key, parameter.parameter_value)
            {
                parameters.insert(name, value);
            }
        }
        let mut outputs = BTreeMap::new();
        for output in stack.outputs.unwrap_or_default() {
            if let (Some(name), Some(value)) = (output.output_key, output.output_value) {
                outputs.insert(name, value);
            }
        }
        let id = stack.stack_id.unwrap_or_else(|| name.to_owned());
        let never_came_up =
            matches!(status, StackStatus::RollbackComplete | StackStatus::RollbackFailed);
        Ok(Some(Self { id, parameters, outputs, never_came_up }))
    }

    /// Has CloudFormation check the template and find out what would change.
    pub(super) async fn prepare(
        deployment: &mut Deployment,
        plan: &Plan,
        exists: bool,
    ) -> Result<Prepared> {
        let Deployment { clients, console } = deployment;
        let client = &clients.cloudformation;
        let (bucket, key) = (&plan.deployment_bucket, Artifact::template().key);
        let region = &plan.account.region;
        let url = format!("https://{bucket}.s3.{region}.amazonaws.com/{key}");
        let valid = client.validate_template().template_url(&url).send().await;
        valid.map_err(|error| explained("cloudformation:ValidateTemplate", &error))?;
        let parameters = plan.parameters.iter().map(|parameter| {
            let of = Parameter::builder().parameter_key(parameter.name);
            match parameter.from {
                From::Kept => of.use_previous_value(true),
                From::Given | From::Default => of.parameter_value(&parameter.value),
            }
            .build()
        });
        let kind = if exists { ChangeSetType::Update } else { ChangeSetType::Create };
        let made = client
            .create_change_set()
            .stack_name(&plan.stack)
            .change_set_name(format!("shop-deploy-{}", uuid::Uuid::new_v4().simple()))
            .change_set_type(kind)
            .template_url(&url)
            .set_parameters(Some(parameters.collect()))
            .capabilities(Capability::CapabilityIam)
            .send()
            .await
            .map_err(|error| explained("cloudformation:CreateChangeSet", &error))?;
        let id = made.id.context("the change set has no ID")?;
        let stack_id = made.stack_id.context("the change set has no stack")?;
        let mut list = Vec::new();
        let mut next = None;
        loop {
            let request = client.describe_change_set().change_set_name(&id).set_next_token(next);
            let found = request.send().await;
            let found =
                found.map_err(|error| explained("cloudformation:DescribeChangeSet", &error))?;
            match found.status {
                Some(ChangeSetStatus::CreateComplete) => {
                    let changes = found.changes.unwrap_or_default();
                    list.extend(changes.into_iter().filter_map(|change| change.resource_change));
                    next = found.next_token;
                    if next.is_none() {
                        break;
                    }
                }
                Some(ChangeSetStatus::Failed) => {
                    let reason = found.status_reason.unwrap_or_default();
                    let removed = client.delete_change_set().change_set_name(&id).send().await;
                    removed.map_err(|error| explained("cloudformation:DeleteChangeSet", &error))?;
                    let nothing = ["didn't contain changes", "No updates are to be performed"];
                    if nothing.iter().any(|text| reason.contains(text)) {
                        return Ok(Prepared::Nothing);
                    }
                    bail!("CloudFormation cannot do this: {reason}");
                }
                _ => {
                    next = None;
                    tokio::time::sleep(console.poll).await;
                }
            }
        }
        Ok(Prepared::Changes(Changes { id, stack_id, list, is_first: !exists }))
    }
}

impl Changes {
    pub(super) fn table(&self) -> String {
        let mut text = String::from("What changes:\n");
        for change in &self.list {
            let action = change.action().map_or("", |action| action.as_str());
            let replaced = match change.replacement() {
                Some(Replacement::True) => "  replaced by a new one",
                Some(Replacement::Conditional) => "  perhaps replaced by a new one",
                _ => "",
            };
            let name = change.logical_resource_id().unwrap_or_default();
            let kind = change.resource_type().unwrap_or_default();
            let _ = writeln!(text, "  {action:<8} {name:<24} {kind}{replaced}");
        }
        text
    }

    /// What holds data and would be replaced.
    pub(super) fn loses_data(&self) -> Option<&str> {
        let holds_data = |change: &&ResourceChange| {
            matches!(change.resource_type(), Some("AWS::RDS::DBInstance" | "AWS::S3::Bucket"))
                && matches!(
                    change.replacement(),
                    Some(Replacement::True | Replacement::Conditional)
                )
        };
        self.list.iter().find(holds_data)?.logical_resource_id()
    }

    /// Leaves everything as it is.
    pub(super) async fn discard(&self, client: &Client) -> Result<()> {
        let gone = client.delete_change_set().change_set_name(&self.id).send().await;
        gone.map_err(|error| explained("cloudformation:DeleteChangeSet", &error))?;
        Ok(())
    }

    /// Does it, and prints each event as it comes.
    pub(super) async fn execute(&self, deployment: &mut Deployment) -> Result<Followed> {
        let Deployment { clients, console } = deployment;
        let client = &clients.cloudformation;
        let events = Events::from_now(client, &self.stack_id).await?;
        let request = client.execute_change_set().change_set_name(&self.id);
        let done = request.send().await;
        done.map_err(|error| explained("cloudformation:ExecuteChangeSet", &error))?;
        events.follow(client, console).await
    }
}

/// Events of a stack, each once.
pub(super) struct Events {
    stack_id: String,
    seen: HashSet<String>,
    failures: String,
}

impl Events {
    /// Only those that are still to come.
    pub(super) async fn from_now(client: &Client, stack_id: &str) -> Result<Self> {
        let mut events =
            Self { stack_id: stack_id.to_owned(), seen: HashSet::new(), failures: String::new() };
        events.new_ones(client).await?;
        Ok(events)
    }

    /// Prints events until the stack itself is done, one way or the other.
    pub(super) async fn follow(
        mut self,
        client: &Client,
        console: &mut Console,
    ) -> Result<Followed> {
        loop {
            for event in self.new_ones(client).await? {
                let status = event.resource_status().map_or("", |status| status.as_str());
                let name = event.logical_resource_id().unwrap_or_default();
                let reason = event.resource_status_reason().unwrap_or_default();
                console.say(format!("  {status:<28} {name:<24} {reason}").trim_end())?;
                // Those that were stopped because another failed say nothing of the reason.
                if status.ends_with("_FAILED") && !reason.contains("cancelled") {
                    let _ = writeln!(self.failures, "  {name}: {reason}");
                }
                let is_stack = event.physical_resource_id() == Some(&self.stack_id);
                if is_stack && !status.ends_with("_IN_PROGRESS") {
                    return Ok(match status {
                        "CREATE_COMPLETE" | "UPDATE_COMPLETE" | "DELETE_COMPLETE" => Followed::Done,
                        // A rollback follows.
                        "CREATE_FAILED" | "UPDATE_FAILED" => continue,
                        _ => Followed::Failed(self.failures),
                    });
                }
            }
            tokio::time::sleep(console.poll).await;
        }
    }

    /// What came since the last time, oldest first.
    async fn new_ones(&mut self, client: &Client) -> Result<Vec<StackEvent>> {
        let mut fresh = Vec::new();
        let mut next = None;
        loop {
            let request = client.describe_stack_events().stack_name(&self.stack_id);
            let page = request.set_next_token(next).send().await;
            let page =
                page.map_err(|error| explained("cloudformation:DescribeStackEvents", &error))?;
            next = page.next_token;
            for event in page.stack_events.unwrap_or_default() {
                // Newest first: behind a known one all are known.
                if !self.seen.insert(event.event_id.clone().unwrap_or_default()) {
                    next = None;
                    break;
                }
                fresh.push(event);
            }
            if next.is_none() {
                fresh.reverse();
                return Ok(fresh);
            }
        }
    }
}
