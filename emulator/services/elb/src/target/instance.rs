//! What becomes of targets when their instances begin, stop and end.

use std::collections::BTreeMap;

use kernel::directory::InstanceState;

use crate::plane::Probed;
use crate::target_group::{TargetKey, TargetType};
use crate::{Cx, Elb};

impl Elb {
    /// An instance is in another state, as the directory has it by now. One that stops is asked no more, and is a new
    /// target when it runs again; one that ends is taken out.
    pub fn instance_changed(&mut self, cx: &mut Cx<'_>, id: &str, state: InstanceState) {
        let ends = matches!(state, InstanceState::ShuttingDown | InstanceState::Terminated);
        for (arn, keys) in self.groups_with(id) {
            if ends {
                self.take_targets(cx, &arn, &keys);
            }
            self.group_used_otherwise(cx, &arn);
        }
        if state == InstanceState::Terminated {
            self.simulated.remove(id);
        }
        self.flush(cx);
    }

    /// An instance without a program answers so from now on.
    pub(crate) fn instance_answers(&mut self, cx: &mut Cx<'_>, id: &str, outcome: Option<Probed>) {
        match outcome {
            Some(outcome) => _ = self.simulated.insert(id.to_owned(), outcome),
            None => _ = self.simulated.remove(id),
        }
        for (arn, _) in self.groups_with(id) {
            self.group_used_otherwise(cx, &arn);
        }
    }

    /// The groups of which an instance is a target, with its places in them.
    fn groups_with(&self, id: &str) -> BTreeMap<String, Vec<TargetKey>> {
        let of_instances = self.groups.values().filter(|it| it.target_type == TargetType::Instance);
        let from = (id.to_owned(), 0);
        let found = of_instances.filter_map(|group| {
            let own = group.targets.range(from.clone()..).map(|(key, _)| key);
            let keys: Vec<TargetKey> = own.take_while(|(it, _)| it == id).cloned().collect();
            (!keys.is_empty()).then(|| (group.arn.clone(), keys))
        });
        found.collect()
    }
}
