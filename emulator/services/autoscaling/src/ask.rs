//! What a group wants of other services, in the words of their APIs: as on AWS, where the service-linked role calls
//! what everybody may call. Whoever carries it tells the answer.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/autoscaling-service-linked-role.html>

use kernel::error::ApiError;
use serde_json::Value;

use crate::key::GroupKey;
use crate::{AutoScaling, Cx};

/// What instances of a group are tagged with: its name.
/// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-tagging.html#tag-lifecycle>
pub const GROUP_TAG: &str = "aws:autoscaling:groupName";

/// A call of another service.
#[derive(Debug, Clone)]
pub struct Ask {
    /// The group that wants it.
    pub group: GroupKey,
    /// For what, to be told with the answer.
    pub what: Asked,
    /// `ec2`
    pub service: &'static str,
    /// `RunInstances`
    pub operation: &'static str,
    /// The input in the operation's JSON shape.
    pub input: Value,
}

/// For what something is asked.
#[derive(Debug, Clone)]
pub enum Asked {
    /// An instance, for this activity.
    Launch(u64),
    /// The end of an instance of this number.
    Terminate(u64),
    /// The group's name as a tag of an instance that comes into it alive.
    Join,
    /// Its end, where the instance leaves it alive.
    Leave,
    /// Something of which the answer changes nothing.
    Other,
}

impl AutoScaling {
    /// What was asked for was answered, or refused.
    pub fn answered(&mut self, cx: &mut Cx<'_>, ask: &Ask, answer: Result<Value, ApiError>) {
        if !self.groups.contains_key(&ask.group) {
            return;
        }
        let done = self.change(cx, &ask.group, |work| {
            match ask.what {
                Asked::Launch(activity) => match answer {
                    Ok(instances) => work.launched(activity, &instances),
                    Err(refused) => work.not_launched(activity, &refused),
                },
                // What EC2 does not know, or does not let go, is gone for the group.
                Asked::Terminate(number) if answer.is_err() => work.gone(number),
                Asked::Terminate(_) | Asked::Join | Asked::Leave | Asked::Other => {}
            }
            Ok(())
        });
        // Nothing there refuses.
        drop(done);
    }
}
