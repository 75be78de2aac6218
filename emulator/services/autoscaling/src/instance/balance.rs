//! As many instances in each zone: new ones first, then the old ones go.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/auto-scaling-benefits.html>

use crate::activity::cause;
use crate::process::{AZ_REBALANCE, LAUNCH};
use crate::record::Lifecycle;
use crate::work::Work;

impl Work<'_, '_> {
    /// Moves instances from zones with too many to those with too few, while nothing else goes on.
    pub(crate) fn rebalance(&mut self) {
        if self.group.refresh().is_some() || self.group.is_deleting {
            return;
        }
        let group = &*self.group;
        let active = group.active_count();
        let shall = (group.settings.desired + group.extra) as usize;
        let is_at_rest = group.launching.is_empty()
            && active >= shall
            && group.members.values().all(|member| {
                matches!(member.lifecycle, Lifecycle::InService | Lifecycle::Standby)
            });
        if !is_at_rest {
            if group.extra > 0 {
                self.launch_cause = Some(cause::balances(self.cx.now));
            }
            return;
        }
        if group.extra > 0 {
            // They are there: those that are too many go.
            self.group.why = Some(cause::balanced(self.cx.now, &self.group.crowded().join(" ")));
            self.group.extra = 0;
            return;
        }
        let is_waiting = group.retry.is_some_and(|retry| retry.at > self.cx.now)
            || group.stays_until.is_some_and(|until| until > self.cx.now);
        let is_off = group.is_suspended(AZ_REBALANCE) || group.is_suspended(LAUNCH);
        if is_off || is_waiting || active != shall {
            return;
        }
        let moves = group.moves();
        if moves > 0 {
            // 10 % above the maximum, or one, whichever is more.
            let max = group.settings.max as usize;
            let allowed = max + (max / 10).max(1);
            let extra = moves.min(allowed.saturating_sub(active));
            self.group.extra = u32::try_from(extra).unwrap_or(0);
            self.group.stays_until = None;
            self.group.failed_zones.clear();
            self.launch_cause = Some(cause::balances(self.cx.now));
        }
    }
}

impl crate::state::Group {
    /// How many instances would have to be elsewhere, so that no two zones differ by more than one.
    fn moves(&self) -> usize {
        let counts = self.zone_counts();
        let is_enabled = |zone: &&str| self.settings.zones.iter().any(|it| it == zone);
        let enabled: Vec<usize> =
            counts.iter().filter(|(zone, _)| is_enabled(zone)).map(|(_, count)| *count).collect();
        let elsewhere: usize =
            counts.iter().filter(|(zone, _)| !is_enabled(zone)).map(|(_, count)| count).sum();
        let (most, least) = (enabled.iter().max(), enabled.iter().min());
        let (Some(most), Some(least)) = (most, least) else { return 0 };
        if most - least < 2 && elsewhere == 0 {
            return 0;
        }
        let total = enabled.iter().sum::<usize>() + elsewhere;
        let (floor, ceiling) = (total / enabled.len(), total.div_ceil(enabled.len()));
        let over: usize = enabled.iter().map(|count| count.saturating_sub(ceiling)).sum();
        let under: usize = enabled.iter().map(|count| floor.saturating_sub(*count)).sum();
        under.max(over + elsewhere)
    }

    /// The zones with the most.
    fn crowded(&self) -> Vec<String> {
        let counts = self.zone_counts();
        let most = counts.values().max().copied().unwrap_or_default();
        counts
            .iter()
            .filter(|(_, count)| **count == most)
            .map(|(zone, _)| (*zone).to_owned())
            .collect()
    }
}
