//! What becomes of a request: it is forwarded, redirected, or answered at once.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-listeners.html#rule-action-types>

use kernel::call::Origin;
use kernel::error::{ApiError, NOT_IMPLEMENTED};
use kernel::number;
use serde::{Deserialize, Serialize};

use crate::Elb;
use crate::error::{
    INCOMPATIBLE_PROTOCOLS, INVALID_ACTION, TARGET_GROUP_ASSOCIATION_LIMIT, TOO_MANY_ACTIONS,
    TOO_MANY_TARGET_GROUPS, misconfigured, no_target_group, wrong,
};
use crate::limits::{GROUPS_AN_ACTION_MAX, STICKINESS_S_MAX, WEIGHT_MAX};

/// An action.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Action {
    /// `forward`, `redirect`, `fixed-response`
    #[serde(rename = "Type")]
    pub action_type: String,
    /// The one group to which is forwarded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_group_arn: Option<String>,
    /// When it is done, among others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<u32>,
    /// Where else to go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect_config: Option<RedirectConfig>,
    /// The answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fixed_response_config: Option<FixedResponseConfig>,
    /// The groups to which is forwarded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forward_config: Option<ForwardConfig>,
}

/// Where else a client is to go.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct RedirectConfig {
    /// `HTTPS`
    pub protocol: Option<String>,
    /// `443`
    pub port: Option<String>,
    /// `#{host}`
    pub host: Option<String>,
    /// `/#{path}`
    pub path: Option<String>,
    /// `#{query}`
    pub query: Option<String>,
    /// `HTTP_301`, `HTTP_302`
    pub status_code: String,
}

/// An answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct FixedResponseConfig {
    /// Its body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_body: Option<String>,
    /// Its status.
    pub status_code: String,
    /// Its media type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
}

/// Groups to which is forwarded.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ForwardConfig {
    /// The groups.
    pub target_groups: Option<Vec<WeightedGroup>>,
    /// Whether clients stay with theirs.
    pub target_group_stickiness_config: Option<GroupStickiness>,
}

/// A group, and how many parts of all requests it gets.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct WeightedGroup {
    /// Which.
    pub target_group_arn: Option<String>,
    /// How many parts.
    pub weight: Option<u32>,
}

/// Whether clients stay with the group that they came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct GroupStickiness {
    /// They do.
    pub enabled: Option<bool>,
    /// For how long, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<u32>,
}

const CONTENT_TYPES: [&str; 5] =
    ["text/plain", "text/css", "text/html", "application/javascript", "application/json"];

impl Action {
    /// The groups to which it forwards.
    pub(crate) fn groups(&self) -> impl Iterator<Item = &WeightedGroup> {
        self.forward_config.iter().flat_map(|it| it.target_groups.iter().flatten())
    }

    /// Whether it forwards to this group.
    pub(crate) fn forwards_to(&self, group: &str) -> bool {
        self.groups().any(|it| it.target_group_arn.as_deref() == Some(group))
    }

    fn redirects_to_http(&self) -> bool {
        self.redirect_config.as_ref().is_some_and(|it| it.protocol.as_deref() == Some("HTTP"))
    }

    /// As AWS says it: with everything that it left out.
    fn completed(mut self) -> Result<Self, ApiError> {
        match &*self.action_type {
            "forward" => self.complete_forward()?,
            "redirect" => {
                let Some(redirect) = &mut self.redirect_config else {
                    return lacks("redirect", "RedirectConfig");
                };
                redirect.complete()?;
            }
            "fixed-response" => {
                let Some(response) = &self.fixed_response_config else {
                    return lacks("fixed-response", "FixedResponseConfig");
                };
                if response.content_type.as_deref().is_some_and(|it| !CONTENT_TYPES.contains(&it)) {
                    return Err(INVALID_ACTION.says(
                        "The ContentType must be one of:'text/html', 'application/json', 'application/javascript', 'text/css', 'text/plain'.",
                    ));
                }
            }
            other => {
                return Err(NOT_IMPLEMENTED
                    .says(format!("The action type '{other}' is not implemented by Cloudless.")));
            }
        }
        Ok(self)
    }

    fn complete_forward(&mut self) -> Result<(), ApiError> {
        let config = self.forward_config.take().unwrap_or_default();
        let mut groups = config.target_groups.unwrap_or_default();
        match (&self.target_group_arn, &*groups) {
            (None, []) => {
                return wrong("A target group ARN must be specified");
            }
            (Some(arn), []) => {
                groups = vec![WeightedGroup { target_group_arn: Some(arn.clone()), weight: None }];
            }
            (Some(arn), [only]) if only.target_group_arn.as_ref() == Some(arn) => {}
            (Some(_), _) => {
                return wrong(
                    "You can specify both a target group list and a top-level target group ARN only if the ARNs match",
                );
            }
            (None, [only]) => self.target_group_arn.clone_from(&only.target_group_arn),
            (None, _) => {}
        }
        if groups.len() > GROUPS_AN_ACTION_MAX {
            return Err(TOO_MANY_TARGET_GROUPS.says(format!(
                "You cannot specify more than {GROUPS_AN_ACTION_MAX} target groups per action"
            )));
        }
        weigh(&mut groups)?;
        let stickiness = config.target_group_stickiness_config.unwrap_or_default();
        let is_enabled = stickiness.enabled.unwrap_or(false);
        let seconds = stickiness.duration_seconds;
        if is_enabled && seconds.is_none() {
            return wrong("You must provide a duration when enabling target group stickiness");
        }
        if is_enabled && !seconds.is_some_and(|it| (1..=STICKINESS_S_MAX).contains(&it)) {
            return wrong(format!(
                "Target group stickiness duration must be between 1 and {STICKINESS_S_MAX} seconds"
            ));
        }
        self.forward_config = Some(ForwardConfig {
            target_groups: Some(groups),
            target_group_stickiness_config: Some(GroupStickiness {
                enabled: Some(is_enabled),
                duration_seconds: seconds,
            }),
        });
        Ok(())
    }
}

impl RedirectConfig {
    fn complete(&mut self) -> Result<(), ApiError> {
        let parts = [
            (&mut self.protocol, "#{protocol}"),
            (&mut self.port, "#{port}"),
            (&mut self.host, "#{host}"),
            (&mut self.path, "/#{path}"),
        ];
        let mut stays = true;
        for (part, same) in parts {
            stays &= part.get_or_insert_with(|| same.to_owned()) == same;
        }
        self.query.get_or_insert_with(|| "#{query}".to_owned());
        if stays {
            return Err(INVALID_ACTION
                .says("The redirect configuration is not valid because it creates a loop."));
        }
        let port = self.port.as_deref().unwrap_or_default();
        let is_port = number::decimal(port).is_some_and(|it| (1..=65_535).contains(&it));
        if port != "#{port}" && !is_port {
            return Err(INVALID_ACTION.says(
                "The Port parameter must be either an integer between 1 and 65535 or '#{port}'.",
            ));
        }
        if !self.path.as_deref().is_some_and(|path| path.starts_with('/')) {
            return Err(INVALID_ACTION.says(
                "The Path parameter must be a valid path, should start with a '/', and may contain up to one of each of these placeholders: '#{path}', '#{host}', '#{port}'.",
            ));
        }
        Ok(())
    }
}

/// One group has a weight that is something; of several each says its own.
fn weigh(groups: &mut [WeightedGroup]) -> Result<(), ApiError> {
    if let [only] = groups {
        let weight = *only.weight.get_or_insert(1);
        return match (1..=WEIGHT_MAX).contains(&weight) {
            true => Ok(()),
            false => wrong(format!(
                "The weight for the target group must be between 1 and {WEIGHT_MAX}, inclusive"
            )),
        };
    }
    match groups.iter().all(|it| it.weight.is_some_and(|weight| weight <= WEIGHT_MAX)) {
        true => Ok(()),
        false => wrong(format!(
            "The weight for each target group must be between 0 and {WEIGHT_MAX}, inclusive"
        )),
    }
}

fn lacks<T>(action_type: &str, member: &str) -> Result<T, ApiError> {
    Err(INVALID_ACTION.says(format!(
        "For actions of type '{action_type}', you must specify the following fields: '{member}'"
    )))
}

/// What is known of the listener whose actions are checked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Listening<'a> {
    /// `HTTP`, `HTTPS`
    pub(crate) protocol: &'a str,
    /// Its load balancer.
    pub(crate) balancer: &'a str,
    /// Its load balancer's network.
    pub(crate) vpc: &'a str,
}

impl Elb {
    /// Actions as AWS says them, if a listener can have them: one that ends, and that can be done.
    pub(crate) fn checked_actions(
        &self,
        origin: &Origin,
        listening: Listening<'_>,
        actions: Vec<Action>,
    ) -> Result<Vec<Action>, ApiError> {
        if actions.is_empty() {
            return wrong("An action must be specified");
        }
        let completed: Result<Vec<Action>, ApiError> =
            actions.into_iter().map(Action::completed).collect();
        let completed = completed?;
        if completed.len() > 1 {
            if completed.iter().any(|it| it.order.is_none()) {
                return wrong(
                    "When you specify multiple actions, you must specify an order for each action",
                );
            }
            let types: Vec<&str> = completed.iter().map(|it| &*it.action_type).collect();
            return Err(TOO_MANY_ACTIONS
                .says(format!("Action types '{}' cannot be specified together", types.join(","))));
        }
        if listening.protocol == "HTTPS" && completed.iter().any(Action::redirects_to_http) {
            return Err(INVALID_ACTION.says("You cannot redirect HTTPS to HTTP."));
        }
        for group in completed.iter().flat_map(Action::groups) {
            self.check_forward(origin, listening, group.target_group_arn.as_deref())?;
        }
        Ok(completed)
    }

    fn check_forward(
        &self,
        origin: &Origin,
        listening: Listening<'_>,
        arn: Option<&str>,
    ) -> Result<(), ApiError> {
        let Some(arn) = arn else { return wrong("A target group ARN must be specified") };
        let group = self.own_group(origin, arn).map_err(|error| match error.code() {
            "TargetGroupNotFound" => no_target_group(arn),
            _ => error,
        })?;
        let own = listening.protocol;
        if !group.is_of_http() {
            return Err(INCOMPATIBLE_PROTOCOLS.says(format!(
                "The listener and the following target groups have incompatible protocols: {arn}"
            )));
        }
        if let Some(version) = group.version.as_deref().filter(|it| *it != "HTTP1")
            && own != "HTTPS"
        {
            return Err(INVALID_ACTION.says(format!(
                "Listener protocol '{own}' is not supported with a target group with the protocol-version '{version}'"
            )));
        }
        if group.vpc.as_deref().is_some_and(|vpc| vpc != listening.vpc) {
            return misconfigured(format!(
                "The following target groups are in a different VPC than load balancer '{}': {arn}",
                listening.balancer
            ));
        }
        if self.balancers_of_group(arn).iter().any(|it| it != listening.balancer) {
            return Err(TARGET_GROUP_ASSOCIATION_LIMIT.says(format!(
                "The following target groups cannot be associated with more than one load balancer: {arn}"
            )));
        }
        Ok(())
    }
}
