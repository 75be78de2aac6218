//! Which instance a group ends when it has one too many.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-termination-policies.html>

use kernel::time::Timestamp;

use crate::key::ConfigurationKey;
use crate::record::Member;
use crate::work::Work;

/// What a group may be told. A Lambda function is refused by name.
pub(crate) const TERMINATION_POLICIES: [&str; 7] = [
    "AllocationStrategy",
    "ClosestToNextInstanceHour",
    "Default",
    "NewestInstance",
    "OldestInstance",
    "OldestLaunchConfiguration",
    "OldestLaunchTemplate",
];

const HOUR_MS: u64 = 3_600_000;

impl Work<'_, '_> {
    /// The next one to end, beside those that are chosen already: of the zone with the most in which one is
    /// not protected, by the group's policies, and by lot.
    pub(crate) fn choose(&mut self, chosen: &[u64]) -> Option<u64> {
        let active = || {
            self.group
                .members
                .values()
                .filter(|it| it.lifecycle.is_active() && !chosen.contains(&it.number))
        };
        let is_enabled = |zone: &String| self.group.settings.zones.contains(zone);
        let weight = |zone: &String| {
            // A zone that the group left has too many in any case.
            (!is_enabled(zone), active().filter(|it| it.zone == *zone).count())
        };
        let open = || active().filter(|it| !it.is_protected);
        let most = open().map(|it| weight(&it.zone)).max()?;
        let mut left: Vec<&Member> = open().filter(|it| weight(&it.zone) == most).collect();
        let policies = self.group.settings.termination_policies.clone();
        for policy in &policies {
            left = self.narrowed(left, policy);
        }
        if left.len() > 1 {
            left = self.narrowed(left, "Default");
        }
        let numbers: Vec<u64> = left.iter().map(|it| it.number).collect();
        match numbers.len() {
            0 => None,
            1 => numbers.first().copied(),
            count => {
                let lot = self.cx.ids.next_u64() % count as u64;
                usize::try_from(lot).ok().and_then(|lot| numbers.get(lot).copied())
            }
        }
    }

    fn narrowed<'a>(&self, left: Vec<&'a Member>, policy: &str) -> Vec<&'a Member> {
        let now = self.cx.now;
        match policy {
            "OldestInstance" => least(left, |it| it.launched.as_ms()),
            "NewestInstance" => least(left, |it| u64::MAX - it.launched.as_ms()),
            "ClosestToNextInstanceHour" => least(left, |it| to_next_hour_ms(it, now)),
            "OldestLaunchConfiguration" => {
                let by = |it: &&Member| self.configuration_age(it).is_some();
                match left.iter().any(by) {
                    true => least(left, |it| self.configuration_age(it).unwrap_or(u64::MAX)),
                    false => left,
                }
            }
            "OldestLaunchTemplate" => {
                let is_other = |it: &Member| {
                    let used = it.template.as_ref().map(|template| &template.id);
                    let own = self.group.settings.launch.template();
                    used != own.as_ref().map(|(template, _)| &template.id)
                };
                let version = |it: &Member| {
                    let template = it.template.as_ref();
                    let number = template.and_then(|it| it.version.as_ref()?.parse::<u64>().ok());
                    (!is_other(it), number.unwrap_or(0))
                };
                least(left, version)
            }
            // No instance of a mixed group is bought otherwise than others.
            "AllocationStrategy" => left,
            _ => ["OldestLaunchConfiguration", "OldestLaunchTemplate", "ClosestToNextInstanceHour"]
                .into_iter()
                .fold(left, |left, policy| self.narrowed(left, policy)),
        }
    }

    /// When the launch configuration of an instance was made; nothing where it has none.
    fn configuration_age(&self, member: &Member) -> Option<u64> {
        let name = member.configuration.as_ref()?;
        let key = ConfigurationKey::new(&self.group.key.account, &self.group.key.region, name);
        // One that is gone is older than any other.
        Some(self.configurations.get(&key).map_or(0, |it| it.created.as_ms()))
    }
}

fn to_next_hour_ms(member: &Member, now: Timestamp) -> u64 {
    let age_ms = now.as_ms().saturating_sub(member.launched.as_ms());
    HOUR_MS - age_ms % HOUR_MS
}

fn least<K: Ord>(left: Vec<&Member>, key: impl Fn(&Member) -> K) -> Vec<&Member> {
    let Some(least) = left.iter().map(|it| key(it)).min() else { return left };
    left.into_iter().filter(|it| key(it) == least).collect()
}
