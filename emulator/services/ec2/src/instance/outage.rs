//! Zones that are lost, as when their power fails: their instances end, and none begins there until they are back. A fault
//! that somebody makes; a restart brings all of them back.

use kernel::directory::InstanceState::{Pending, Running, Stopped, Terminated};
use kernel::error::ApiError;
use kernel::names::Region;
use kernel::time::Timestamp;

use crate::zone::zones;
use crate::{Cx, Due, Ec2, error as errors, fleet};

impl Ec2 {
    /// A zone is lost, for so many seconds or until it is told that it is back.
    pub(super) fn lose_zone(&mut self, cx: &mut Cx<'_>, zone: &str, for_s: Option<u64>) {
        let until = for_s.map(|seconds| cx.now.after_s(seconds));
        self.lost_zones.insert(zone.to_owned(), until);
        if let Some(at) = until {
            cx.deadlines.schedule(at, Due::ZoneBack(zone.to_owned()));
        }
        let hit = self.instances.values().filter(|it| it.zone == zone);
        let hit = hit.filter(|it| it.is_simulated && matches!(it.state, Pending | Running));
        let simulated: Vec<String> = hit.map(|it| it.id.clone()).collect();
        for id in simulated {
            self.ended_by_itself(cx, &id);
        }
        let hit = self.instances.values().filter(|it| it.zone == zone);
        // Of a process it is heard when it has ended.
        for it in hit.filter(|it| !it.is_simulated && !matches!(it.state, Stopped | Terminated)) {
            cx.effect(fleet::Effect::Kill { instance_id: it.id.clone() });
        }
    }

    /// A zone is back, unless it was lost anew for longer.
    pub(crate) fn zone_may_be_back(&mut self, now: Timestamp, zone: &str) {
        if self.lost_zones.get(zone).is_some_and(|until| until.is_some_and(|at| at <= now)) {
            self.lost_zones.remove(zone);
        }
    }

    /// Whether a zone is lost.
    pub(crate) fn is_lost(&self, zone: &str) -> bool {
        self.lost_zones.contains_key(zone)
    }

    /// Whether the zone of an instance is lost.
    pub(super) fn is_in_lost_zone(&self, id: &str) -> bool {
        self.instances.get(id).is_some_and(|it| self.is_lost(&it.zone))
    }

    /// Refuses to begin an instance in a zone that is lost, as AWS does where it has no room.
    pub(super) fn check_capacity(
        &self,
        region: &Region,
        zone: &str,
        kind: &str,
    ) -> Result<(), ApiError> {
        if !self.is_lost(zone) {
            return Ok(());
        }
        let others: Vec<String> =
            zones(region).into_iter().map(|it| it.name).filter(|it| !self.is_lost(it)).collect();
        Err(errors::INSUFFICIENT_INSTANCE_CAPACITY.says(format!(
            "We currently do not have sufficient {kind} capacity in the Availability Zone you requested ({zone}). Our system will be working on provisioning additional capacity. You can currently get {kind} capacity by not specifying an Availability Zone in your request or choosing {}.",
            others.join(", ")
        )))
    }
}
