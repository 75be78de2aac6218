//! What groups of instances want of other services, and what alarms want of groups.
//!
//! A group asks for what it wants in the words of other services' APIs, and its service-linked role calls them, as on
//! AWS: it is asked whether it may as any caller is, and the trace tells each call with what led to it.

use std::collections::BTreeMap;

use kernel::access::Asking;
use kernel::arn::Parts;
use kernel::call::{CallId, Caller, Origin, Payload, Signing};
use kernel::directory::Home;
use kernel::error::{ApiError, NOT_IMPLEMENTED};
use kernel::trace::CauseId;
use serde_json::{Value, json};

use super::Handling;
use crate::services::{Request, Response};

/// Who launches them.
const REQUESTER: &str = "autoscaling.amazonaws.com";

impl Handling<'_> {
    pub(super) fn hear_autoscaling(
        &mut self,
        cause: CauseId,
        announcement: autoscaling::Announcement,
    ) {
        match announcement {
            autoscaling::Announcement::Ask(ask) => {
                let (acted, answer) = self.act_for_group(cause, &ask);
                self.autoscaling(acted, |it, cx| it.answered(cx, &ask, answer));
            }
            autoscaling::Announcement::Notify { target, subject } => {
                let told = self.note(cause, "autoscaling:Notify", &format!("{target}: {subject}"));
                let nobody = NOT_IMPLEMENTED.says("Undelivered: Cloudless has no SNS.");
                self.note_end(told, Err(nobody));
            }
        }
    }

    /// Calls another service in the name of a group's service-linked role.
    fn act_for_group(
        &mut self,
        cause: CauseId,
        ask: &autoscaling::Ask,
    ) -> (CauseId, Result<Value, ApiError>) {
        let autoscaling::GroupKey { account, region, name } = &ask.group;
        let decoded = Request::decode(ask.service, ask.operation, ask.input.clone(), Payload::None);
        let mut request = match decoded {
            Ok(request) => request,
            Err(refused) => {
                let acted = self.note(cause, "autoscaling:Call", name);
                self.note_end(acted, Err(refused.clone()));
                return (acted, Err(refused));
            }
        };
        let subject = request.subject();
        let acted = self.note(cause, request.name(), &subject);
        let origin = Origin {
            call: CallId(0),
            caller: Caller::Role {
                account: account.clone(),
                principal_arn: format!(
                    "arn:aws:sts::{account}:assumed-role/AWSServiceRoleForAutoScaling/AutoScaling"
                ),
                access_key_id: "ASIAAUTOSCALING".to_owned(),
            },
            signing: Signing::Optional,
            account: account.clone(),
            region: region.clone(),
            endpoint: String::new(),
            source_ip: "autoscaling.amazonaws.com".into(),
            agent: Default::default(),
            trace_header: None,
        };
        let mut asking = Asking::new(&origin, self.shared.now);
        let admitted = self.admit(&mut asking, &mut request);
        let answer = admitted.and_then(|()| match ask.what {
            autoscaling::Asked::Launch(_) => self.launch_for_group(acted, ask),
            autoscaling::Asked::Join | autoscaling::Asked::Leave => {
                self.tag_for_group(acted, ask);
                Ok(Value::Null)
            }
            _ => {
                let answer = self.serve(acted, &origin, request)?;
                Ok(answer.map_or(Value::Null, |it: Response| it.encode().0))
            }
        });
        let outcome = answer.as_ref().map_or_else(ApiError::to_string, |_| "ok".to_owned());
        self.shared.trace.end(acted, outcome);
        (acted, answer)
    }

    /// An instance of a group has its name as a tag, which nobody but AWS can give it.
    fn launch_for_group(
        &mut self,
        cause: CauseId,
        ask: &autoscaling::Ask,
    ) -> Result<Value, ApiError> {
        let autoscaling::GroupKey { account, region, name } = &ask.group;
        let home = Home { account: account.clone(), region: region.clone() };
        let tags = BTreeMap::from([(autoscaling::GROUP_TAG.to_owned(), name.to_string())]);
        let input = ask.input.clone();
        let ids = self.ec2(cause, |ec2, cx| ec2.launch(cx, &home, input, REQUESTER, &tags))?;
        let found = ids.iter().filter_map(|id| {
            let instance = self.shared.directory.instances.get(id)?;
            Some(json!({
                "InstanceId": id, "InstanceType": instance.instance_type, "ImageId": instance.image,
                "SubnetId": instance.subnet, "Placement": { "AvailabilityZone": instance.zone },
            }))
        });
        Ok(json!({ "Instances": found.collect::<Vec<_>>() }))
    }

    /// Nor can anybody else take it away.
    fn tag_for_group(&mut self, cause: CauseId, ask: &autoscaling::Ask) {
        let autoscaling::GroupKey { account, region, .. } = &ask.group;
        let home = Home { account: account.clone(), region: region.clone() };
        let joins = matches!(ask.what, autoscaling::Asked::Join);
        let all = |name: &str| ask.input[name].as_array().into_iter().flatten();
        for id in all("Resources").filter_map(Value::as_str) {
            for tag in all("Tags") {
                let Some(key) = tag["Key"].as_str() else { continue };
                let tag = (key, tag["Value"].as_str().filter(|_| joins));
                self.ec2(cause, |ec2, cx| ec2.tag_by_service(cx, &home, id, tag));
            }
        }
    }

    /// An alarm acts on a scaling policy.
    pub(super) fn act_on_policy(
        &mut self,
        cause: CauseId,
        action: &cloudwatch::AlarmAction,
    ) -> Result<(), ApiError> {
        let signal = autoscaling::AlarmSignal {
            policy: action.arn.clone(),
            alarm: action.alarm.name.to_string(),
            threshold: action.threshold,
            value: action.recent.last().copied(),
        };
        self.autoscaling(cause, |it, cx| it.alarmed(cx, &signal))
    }
}

/// Whether an ARN is that of a scaling policy.
pub(super) fn is_policy(arn: &str) -> bool {
    Parts::parse_ours(arn).is_some_and(|parts| {
        parts.service == "autoscaling" && parts.resource.starts_with("scalingPolicy:")
    })
}
