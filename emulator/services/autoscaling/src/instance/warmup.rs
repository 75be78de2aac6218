//! What a new instance does to its group's metrics: nothing, until it is in service and warm.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-default-instance-warmup.html>

use kernel::directory::Directory;
use kernel::time::Timestamp;

use crate::record::Member;
use crate::state::Group;

impl Group {
    /// Enters until when an instance is no part of the group's metrics. Where nobody has told how long it warms up, it is
    /// once it is in service: the cooldown, which stands in for a warm-up where policies decide, does not count here.
    pub(crate) fn enter_warmup(&self, directory: &mut Directory, member: &Member) {
        let id = member.instance_id.clone();
        match (member.in_service, self.told_warmup_s()) {
            (None, _) => _ = directory.warming.insert(id, Timestamp::MAX),
            (Some(since), Some(warmup_s)) => {
                directory.warming.insert(id, since.after_s(warmup_s));
            }
            (Some(_), None) => _ = directory.warming.remove(&id),
        }
    }

    /// How long an instance warms up, as policies tell (the longest counts: one metric serves all), else as the group does.
    fn told_warmup_s(&self) -> Option<u64> {
        self.policies.values().filter_map(|policy| policy.warmup_s).max().or(self.settings.warmup_s)
    }
}
