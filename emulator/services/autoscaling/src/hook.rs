//! Lifecycle hooks: what holds an instance back while it begins or ends, until somebody says that it may go on, or time is
//! over. There is no SNS and no EventBridge: whom a hook would tell is told in the trace.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/lifecycle-hooks.html>

use kernel::call::Origin;
use kernel::error::ApiError;
use serde::{Deserialize, Serialize};

use crate::activity::cause;
use crate::error::{LIMIT_EXCEEDED, invalid};
use crate::limits::{
    HEARTBEAT_S_DEFAULT, HEARTBEAT_S_MAX, HEARTBEAT_S_MIN, HEARTBEATS_MAX, HOOK_S_MAX, HOOKS_MAX,
};
use crate::record::{ActivityStatus, Hook, HookWait, Lifecycle, Member};
use crate::shape::Empty;
use crate::state::Group;
use crate::work::Work;
use crate::{Announcement, AutoScaling, Cx};

/// For instances that begin.
pub(crate) const LAUNCHING: &str = "autoscaling:EC2_INSTANCE_LAUNCHING";
/// For instances that end.
pub(crate) const TERMINATING: &str = "autoscaling:EC2_INSTANCE_TERMINATING";

impl Hook {
    /// How long it waits with all heartbeats, in seconds.
    fn global_s(&self) -> u64 {
        HOOK_S_MAX.min(self.heartbeat_s * HEARTBEATS_MAX)
    }
}

impl Work<'_, '_> {
    /// Hooks hold an instance back from now on; says whether there are any.
    pub(crate) fn begin_hooks(&mut self, number: u64, is_terminating: bool) -> bool {
        let hooks = self.group.hooks.values().filter(|it| it.is_terminating == is_terminating);
        let hooks: Vec<Hook> = hooks.cloned().collect();
        let Some(member) = self.group.members.get_mut(&number) else { return false };
        if hooks.is_empty() {
            return false;
        }
        let now = self.cx.now;
        let waits = hooks.iter().map(|hook| HookWait {
            hook: hook.name.clone(),
            token: self.cx.ids.uuid(),
            continues: hook.continues,
            heartbeat: now.after_s(hook.heartbeat_s),
            heartbeat_s: hook.heartbeat_s,
            ends: now.after_s(hook.global_s()),
        });
        let waits: Vec<HookWait> = waits.collect();
        member.lifecycle = match is_terminating {
            true => Lifecycle::TerminatingWait(waits),
            false => Lifecycle::PendingWait(waits),
        };
        let (id, activity) = (member.instance_id.clone(), member.activity);
        self.activities.advance(self.cx, activity, ActivityStatus::MidLifecycleAction, 50);
        for hook in hooks {
            let target = hook.target.unwrap_or_else(|| "aws.autoscaling".to_owned());
            let subject = format!("{} {id}", hook.name);
            self.cx.announce(Announcement::Notify { target, subject });
        }
        true
    }

    /// Hooks whose time is over let go; an instance that none holds any more goes on.
    pub(crate) fn follow_hooks(&mut self, number: u64) {
        let now = self.cx.now;
        let Some(member) = self.group.members.get_mut(&number) else { return };
        let (Lifecycle::PendingWait(waits) | Lifecycle::TerminatingWait(waits)) =
            &mut member.lifecycle
        else {
            return;
        };
        let is_over = |wait: &HookWait| wait.heartbeat.min(wait.ends) <= now;
        let is_abandoned = waits.iter().any(|wait| is_over(wait) && !wait.continues);
        waits.retain(|wait| !is_over(wait));
        self.go_past_hooks(number, is_abandoned);
    }

    fn go_past_hooks(&mut self, number: u64, is_abandoned: bool) {
        let Some(member) = self.group.members.get_mut(&number) else { return };
        match &mut member.lifecycle {
            Lifecycle::PendingWait(_) if is_abandoned => {
                let activity = member.activity.take();
                let reason =
                    "Lifecycle Action was abandoned: Lifecycle hook abandoned or timed out";
                self.activities.end(
                    self.cx,
                    activity,
                    ActivityStatus::Cancelled,
                    Some(reason.to_owned()),
                );
                let id = self.group.members.get(&number).map(|it| it.instance_id.clone());
                let id = id.unwrap_or_default();
                let why = cause::by_hook(self.cx.now, &id);
                self.terminate(number, why);
            }
            Lifecycle::PendingWait(waits) if waits.is_empty() => self.enter_service(number),
            // Whatever is said, it ends; when it is abandoned, no other hook is waited for.
            Lifecycle::TerminatingWait(waits) if is_abandoned || waits.is_empty() => {
                self.end_instance(number);
            }
            _ => {}
        }
    }
}

fn waits_mut(member: &mut Member) -> Option<&mut Vec<HookWait>> {
    match &mut member.lifecycle {
        Lifecycle::PendingWait(waits) | Lifecycle::TerminatingWait(waits) => Some(waits),
        _ => None,
    }
}

/// Which wait a call means: by its token or its instance.
struct Meant<'a> {
    hook: &'a str,
    token: Option<&'a str>,
    instance: Option<&'a str>,
}

impl Meant<'_> {
    fn find(&self, group: &mut Group) -> Result<(u64, usize), ApiError> {
        let fits = |member: &Member, wait: &HookWait| {
            wait.hook == self.hook
                && self.token.is_none_or(|token| token == wait.token)
                && self.instance.is_none_or(|id| id == member.instance_id)
        };
        let found = group.members.values().find_map(|member| {
            let (Lifecycle::PendingWait(waits) | Lifecycle::TerminatingWait(waits)) =
                &member.lifecycle
            else {
                return None;
            };
            let at = waits.iter().position(|wait| fits(member, wait))?;
            Some((member.number, at))
        });
        let named = match (self.token, self.instance) {
            (Some(token), _) => format!("token {token}"),
            (None, Some(id)) => format!("instance ID {id}"),
            (None, None) => {
                return Err(invalid(
                    "Either LifecycleActionToken or InstanceId must be specified.",
                ));
            }
        };
        found.ok_or_else(|| invalid(format!("No active Lifecycle Action found with {named}")))
    }
}

impl AutoScaling {
    pub(crate) fn put_hook(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: PutLifecycleHookInput,
    ) -> Result<Empty, ApiError> {
        let group = input.auto_scaling_group_name.clone().unwrap_or_default();
        let key = self.key_of(origin, &group)?;
        self.change(cx, &key, |work| {
            let hooks = &work.group.hooks;
            let before = hooks.get(&input.lifecycle_hook_name);
            if before.is_none() && hooks.len() >= HOOKS_MAX {
                return Err(LIMIT_EXCEEDED
                    .says(format!("A group can have {HOOKS_MAX} lifecycle hooks at most.")));
            }
            let hook = input.checked(before)?;
            work.group.hooks.insert(hook.name.clone(), hook);
            Ok(Empty {})
        })
    }

    pub(crate) fn delete_hook(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &DeleteLifecycleHookInput,
    ) -> Result<Empty, ApiError> {
        let key = self.key_of(origin, &input.auto_scaling_group_name)?;
        let name = &input.lifecycle_hook_name;
        self.change(cx, &key, |work| {
            if work.group.hooks.remove(name).is_none() {
                return Err(invalid(format!("No Lifecycle Hook found with name {name}")));
            }
            // What it holds back goes on: instances that begin as abandoned, those that end as continued.
            let numbers: Vec<u64> = work.group.members.keys().copied().collect();
            for number in numbers {
                let Some(member) = work.group.members.get_mut(&number) else { continue };
                let begins = matches!(member.lifecycle, Lifecycle::PendingWait(_));
                let Some(waits) = waits_mut(member) else { continue };
                let count = waits.len();
                waits.retain(|wait| wait.hook != *name);
                if waits.len() < count {
                    work.go_past_hooks(number, begins);
                }
            }
            Ok(Empty {})
        })
    }

    pub(crate) fn complete_hook(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &CompleteLifecycleActionInput,
    ) -> Result<Empty, ApiError> {
        let key = self.key_of(origin, &input.auto_scaling_group_name)?;
        let continues = continues(&input.lifecycle_action_result)?;
        let meant = Meant {
            hook: &input.lifecycle_hook_name,
            token: input.lifecycle_action_token.as_deref(),
            instance: input.instance_id.as_deref(),
        };
        self.change(cx, &key, |work| {
            let (number, at) = meant.find(work.group)?;
            if let Some(waits) = work.group.members.get_mut(&number).and_then(waits_mut) {
                waits.remove(at);
            }
            work.go_past_hooks(number, !continues);
            Ok(Empty {})
        })
    }

    pub(crate) fn record_heartbeat(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &RecordLifecycleActionHeartbeatInput,
    ) -> Result<Empty, ApiError> {
        let key = self.key_of(origin, &input.auto_scaling_group_name)?;
        let meant = Meant {
            hook: &input.lifecycle_hook_name,
            token: input.lifecycle_action_token.as_deref(),
            instance: input.instance_id.as_deref(),
        };
        self.change(cx, &key, |work| {
            let (number, at) = meant.find(work.group)?;
            let now = work.cx.now;
            let waits = work.group.members.get_mut(&number).and_then(waits_mut);
            if let Some(wait) = waits.and_then(|waits| waits.get_mut(at)) {
                wait.heartbeat = now.after_s(wait.heartbeat_s);
            }
            Ok(Empty {})
        })
    }

    pub(crate) fn describe_hooks(
        &self,
        origin: &Origin,
        input: &DescribeLifecycleHooksInput,
    ) -> Result<DescribeLifecycleHooksOutput, ApiError> {
        let key = self.key_of(origin, &input.auto_scaling_group_name)?;
        let group = &self.groups[&key];
        let is_wanted = |hook: &&Hook| {
            let names = input.lifecycle_hook_names.as_ref().filter(|names| !names.is_empty());
            names.is_none_or(|names| names.contains(&hook.name))
        };
        let hooks = group.hooks.values().filter(is_wanted);
        Ok(DescribeLifecycleHooksOutput {
            lifecycle_hooks: hooks.map(|hook| LifecycleHook::of(group, hook)).collect(),
        })
    }
}

fn continues(result: &str) -> Result<bool, ApiError> {
    match result {
        "CONTINUE" => Ok(true),
        "ABANDON" => Ok(false),
        _ => Err(invalid(format!(
            "Invalid lifecycle action result: {result}. Valid values are CONTINUE and ABANDON."
        ))),
    }
}

impl PutLifecycleHookInput {
    /// The hook that is put; what is not told stays as it was before.
    pub(crate) fn checked(&self, before: Option<&Hook>) -> Result<Hook, ApiError> {
        let is_terminating = match (self.lifecycle_transition.as_deref(), before) {
            (Some(LAUNCHING), _) => false,
            (Some(TERMINATING), _) => true,
            (Some(_), _) => {
                return Err(invalid(format!(
                    "'LifecycleTransition' must be one of: {LAUNCHING}, {TERMINATING}"
                )));
            }
            (None, Some(before)) => before.is_terminating,
            (None, None) => return Err(invalid("LifecycleTransition must be specified.")),
        };
        let heartbeat_s = match self.heartbeat_timeout {
            None => before.map_or(HEARTBEAT_S_DEFAULT, |it| it.heartbeat_s),
            Some(asked) => u64::try_from(asked)
                .ok()
                .filter(|it| (HEARTBEAT_S_MIN..=HEARTBEAT_S_MAX).contains(it))
                .ok_or_else(|| {
                    invalid(format!(
                        "HeartbeatTimeout must be between {HEARTBEAT_S_MIN} and {HEARTBEAT_S_MAX} seconds"
                    ))
                })?,
        };
        let continues = match &self.default_result {
            Some(result) => continues(result)
                .map_err(|_| invalid("'DefaultResult' must be one of: CONTINUE, ABANDON"))?,
            None => before.is_some_and(|it| it.continues),
        };
        let kept = |told: &Option<String>, was: fn(&Hook) -> &Option<String>| match told {
            // An empty target takes the old one away.
            Some(text) => Some(text.clone()).filter(|text| !text.is_empty()),
            None => before.and_then(|it| was(it).clone()),
        };
        Ok(Hook {
            name: self.lifecycle_hook_name.clone(),
            is_terminating,
            heartbeat_s,
            continues,
            target: kept(&self.notification_target_arn, |it| &it.target),
            role: kept(&self.role_arn, |it| &it.role),
            metadata: kept(&self.notification_metadata, |it| &it.metadata),
        })
    }
}

impl LifecycleHook {
    fn of(group: &Group, hook: &Hook) -> Self {
        Self {
            lifecycle_hook_name: hook.name.clone(),
            auto_scaling_group_name: group.key.name.to_string(),
            lifecycle_transition: if hook.is_terminating { TERMINATING } else { LAUNCHING },
            notification_target_arn: hook.target.clone(),
            role_arn: hook.role.clone(),
            notification_metadata: hook.metadata.clone(),
            heartbeat_timeout: hook.heartbeat_s,
            global_timeout: hook.global_s(),
            default_result: if hook.continues { "CONTINUE" } else { "ABANDON" },
        }
    }
}

/// Input of `PutLifecycleHook`, and a hook of a new group.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PutLifecycleHookInput {
    /// The hook.
    pub lifecycle_hook_name: String,
    /// The group.
    pub auto_scaling_group_name: Option<String>,
    /// For instances that begin, or end.
    pub lifecycle_transition: Option<String>,
    /// As whom somebody is told.
    #[serde(rename = "RoleARN")]
    pub role_arn: Option<String>,
    /// Who.
    #[serde(rename = "NotificationTargetARN")]
    pub notification_target_arn: Option<String>,
    /// What beside.
    pub notification_metadata: Option<String>,
    /// How long a heartbeat is waited for, in seconds.
    pub heartbeat_timeout: Option<i64>,
    /// What happens when nobody answers: `ABANDON`, unless told.
    pub default_result: Option<String>,
}

/// Input of `DeleteLifecycleHook`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DeleteLifecycleHookInput {
    /// The hook.
    pub lifecycle_hook_name: String,
    /// The group.
    pub auto_scaling_group_name: String,
}

/// Input of `CompleteLifecycleAction`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CompleteLifecycleActionInput {
    /// The hook.
    pub lifecycle_hook_name: String,
    /// The group.
    pub auto_scaling_group_name: String,
    /// Which wait: by its token.
    pub lifecycle_action_token: Option<String>,
    /// `CONTINUE` or `ABANDON`.
    pub lifecycle_action_result: String,
    /// Which wait: by its instance.
    pub instance_id: Option<String>,
}

/// Input of `RecordLifecycleActionHeartbeat`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct RecordLifecycleActionHeartbeatInput {
    /// The hook.
    pub lifecycle_hook_name: String,
    /// The group.
    pub auto_scaling_group_name: String,
    /// Which wait: by its token.
    pub lifecycle_action_token: Option<String>,
    /// Which wait: by its instance.
    pub instance_id: Option<String>,
}

/// Input of `DescribeLifecycleHooks`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeLifecycleHooksInput {
    /// The group.
    pub auto_scaling_group_name: String,
    /// These.
    pub lifecycle_hook_names: Option<Vec<String>>,
}

/// Output of `DescribeLifecycleHooks`.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeLifecycleHooksOutput {
    /// The hooks.
    pub lifecycle_hooks: Vec<LifecycleHook>,
}

/// A hook as it is told.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct LifecycleHook {
    lifecycle_hook_name: String,
    auto_scaling_group_name: String,
    lifecycle_transition: &'static str,
    #[serde(rename = "NotificationTargetARN", skip_serializing_if = "Option::is_none")]
    notification_target_arn: Option<String>,
    #[serde(rename = "RoleARN", skip_serializing_if = "Option::is_none")]
    role_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notification_metadata: Option<String>,
    heartbeat_timeout: u64,
    global_timeout: u64,
    default_result: &'static str,
}
