//! Which target group, and which of its targets, answers a request. Pure: what is drawn and counted comes in.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html>

use elb::plane::{Algorithm, Standing, Target, TargetGroup};
use kernel::time::Timestamp;

/// What is known of a group's targets beside the plan, and what was drawn for this request.
pub(crate) struct Draw<'a> {
    /// The moment.
    pub now: Timestamp,
    /// The zone in which the client came in.
    pub zone: &'a str,
    /// How many requests this group has had: the next in turn.
    pub turn: usize,
    /// From 0 up to 1.
    pub chance: f64,
    /// How many requests a target has in hand.
    pub in_hand: &'a dyn Fn(&Target) -> usize,
    /// Targets that were tried for this request and could not be reached.
    pub tried: &'a [(String, u16)],
}

/// The group that a request goes to, by the weights of all.
pub(crate) fn group_of(groups: &[(String, u32)], chance: f64) -> Option<&str> {
    let total: u32 = groups.iter().map(|(_, weight)| weight).sum();
    let mut left = chance * f64::from(total);
    for (group, weight) in groups {
        left -= f64::from(*weight);
        if left < 0.0 {
            return Some(group);
        }
    }
    // All weights are zero: nobody is to answer.
    None
}

/// The target that answers. Where no target is healthy all of them get requests, as if they were.
pub(crate) fn target_of<'a>(group: &'a TargetGroup, draw: &Draw<'_>) -> Option<&'a Target> {
    let candidates = candidates(group, draw);
    if candidates.is_empty() {
        return None;
    }
    match group.algorithm {
        Algorithm::LeastOutstandingRequests => {
            // Among equals in turn.
            let first = draw.turn % candidates.len();
            let in_turn = candidates[first..].iter().chain(&candidates[..first]);
            in_turn.min_by_key(|target| (draw.in_hand)(target)).copied()
        }
        Algorithm::WeightedRandom => {
            let at = (draw.chance * candidates.len() as f64) as usize;
            candidates.get(at).or(candidates.last()).copied()
        }
        Algorithm::RoundRobin => in_turn(group, &candidates, draw),
    }
}

/// Who may answer: the healthy ones of the zone, or of all; where there is none, everybody but who is leaving.
fn candidates<'a>(group: &'a TargetGroup, draw: &Draw<'_>) -> Vec<&'a Target> {
    let is_untried = |target: &&Target| {
        !draw.tried.iter().any(|(id, port)| *id == target.id && *port == target.port)
    };
    let is_here = |target: &&Target| {
        group.crosses_zones || target.zone.as_deref().is_none_or(|zone| zone == draw.zone)
    };
    let of = |takes: fn(Standing) -> bool| {
        let here = group.targets.iter().filter(is_here).filter(is_untried);
        here.filter(|target| takes(target.standing)).collect::<Vec<_>>()
    };
    let healthy = of(|standing| standing == Standing::Healthy);
    let all = of(|standing| !matches!(standing, Standing::Draining(_)));
    if are_enough(healthy.len(), all.len(), group) { healthy } else { all }
}

/// Whether so many healthy ones of all carry alone. Where they are too few, all get requests (fail open).
fn are_enough(healthy: usize, all: usize, group: &TargetGroup) -> bool {
    let minimum = &group.minimum_healthy;
    let percent =
        |percentage: u32| healthy * 100 >= all * usize::try_from(percentage).unwrap_or(100);
    let count = usize::try_from(minimum.count).unwrap_or(usize::MAX).max(1);
    healthy >= count && minimum.percentage.is_none_or(percent)
}

/// In turn. A target that is new gets a share that grows with the time it has been healthy, as long as there is one
/// that is not new.
fn in_turn<'a>(
    group: &TargetGroup,
    candidates: &[&'a Target],
    draw: &Draw<'_>,
) -> Option<&'a Target> {
    let share = |target: &Target| share_of(group, target, draw.now);
    let is_slow = group.slow_start_s > 0
        && candidates.iter().any(|target| share(target) < 1.0)
        && candidates.iter().any(|target| share(target) >= 1.0);
    if !is_slow {
        return candidates.get(draw.turn % candidates.len()).copied();
    }
    let total: f64 = candidates.iter().map(|target| share(target)).sum();
    let mut left = draw.chance * total;
    let chosen = candidates.iter().find(|target| {
        left -= share(target);
        left < 0.0
    });
    chosen.or(candidates.last()).copied()
}

/// A new target's share of what a target gets: from 0 to 1 in the time of the slow start.
fn share_of(group: &TargetGroup, target: &Target, now: Timestamp) -> f64 {
    let Some(since) = target.healthy_since else { return 1.0 };
    if group.slow_start_s == 0 {
        return 1.0;
    }
    (now.since(since).as_secs_f64() / f64::from(group.slow_start_s)).clamp(0.01, 1.0)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use elb::plane::{MinimumHealthy, Version};

    use super::*;

    fn group(targets: &[(&str, &str, Standing)]) -> TargetGroup {
        let target = |(id, zone, standing): &(&str, &str, Standing)| Target {
            id: (*id).to_owned(),
            port: 8080,
            zone: Some((*zone).to_owned()),
            address: None,
            standing: *standing,
            healthy_since: None,
        };
        TargetGroup {
            arn: "arn".into(),
            label: "targetgroup/shop/1".into(),
            speaks_tls: false,
            version: Version::Http1,
            algorithm: Algorithm::RoundRobin,
            stickiness: None,
            slow_start_s: 0,
            deregistration_delay_s: 300,
            crosses_zones: true,
            targets: targets.iter().map(target).collect(),
            has_multi_value_headers: false,
            minimum_healthy: MinimumHealthy::default(),
        }
    }

    fn shares(group: &TargetGroup, zone: &str, now_s: u64, tried: &[(String, u16)]) -> String {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for turn in 0..100 {
            let draw = Draw {
                now: Timestamp::from_ms(now_s * 1_000),
                zone,
                turn,
                chance: turn as f64 / 100.0,
                in_hand: &|target| counts.get(&target.id).copied().unwrap_or(0),
                tried,
            };
            let id = target_of(group, &draw).map_or("nobody", |target| &target.id).to_owned();
            *counts.entry(id).or_default() += 1;
        }
        counts.iter().map(|(id, count)| format!("{id} {count}")).collect::<Vec<_>>().join(", ")
    }

    use Standing::{Draining, Healthy, Initial, Unhealthy};

    /// ALB load-balancer-target-groups: where no target is healthy, or fewer than told, all get requests.
    #[test]
    fn healthy_targets_answer_in_turn_and_others_only_where_none_is_healthy() {
        let leaving = Draining(Timestamp::from_ms(0));
        let some = group(&[
            ("a", "1a", Healthy),
            ("b", "1b", Healthy),
            ("c", "1c", Unhealthy),
            ("d", "1a", leaving),
        ]);
        let none = group(&[("a", "1a", Unhealthy), ("b", "1b", Initial), ("d", "1a", leaving)]);
        let gone = group(&[("d", "1a", leaving)]);
        let two = MinimumHealthy { count: 2, percentage: Some(67) };
        let few = TargetGroup { minimum_healthy: two, ..some.clone() };
        let apart = TargetGroup { crosses_zones: false, ..some.clone() };
        let told = [
            shares(&some, "1a", 0, &[]),
            shares(&none, "1a", 0, &[]),
            shares(&gone, "1a", 0, &[]),
            shares(&apart, "1b", 0, &[]),
            shares(&apart, "1c", 0, &[]),
            shares(&some, "1a", 0, &[("a".into(), 8080)]),
            shares(&few, "1a", 0, &[]),
        ];
        insta::assert_snapshot!(told.join("\n"), @r"
        a 50, b 50
        a 50, b 50
        nobody 100
        b 100
        c 100
        b 100
        a 34, b 33, c 33
        ");
    }

    /// ALB load-balancer-target-groups: slow start is linear, and only where there is one that is not in it.
    #[test]
    fn a_new_target_gets_a_share_that_grows() {
        let mut slow = group(&[("old", "1a", Healthy), ("new", "1a", Healthy)]);
        slow.slow_start_s = 100;
        slow.targets[1].healthy_since = Some(Timestamp::from_ms(0));
        let mut alone = slow.clone();
        alone.targets.remove(0);
        let told = [
            shares(&slow, "1a", 10, &[]),
            shares(&slow, "1a", 50, &[]),
            shares(&slow, "1a", 100, &[]),
            shares(&alone, "1a", 1, &[]),
        ];
        insta::assert_snapshot!(told.join("\n"), @r"
        new 9, old 91
        new 33, old 67
        new 50, old 50
        new 100
        ");
    }

    #[test]
    fn who_has_the_fewest_in_hand_gets_the_next() {
        let mut least = group(&[("a", "1a", Healthy), ("b", "1b", Healthy), ("c", "1c", Healthy)]);
        least.algorithm = Algorithm::LeastOutstandingRequests;
        assert_eq!(shares(&least, "1a", 0, &[]), "a 34, b 33, c 33");
    }

    #[test]
    fn groups_get_requests_by_their_weights() {
        let groups = [("blue".to_owned(), 3), ("green".to_owned(), 1), ("off".to_owned(), 0)];
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for at in 0..100 {
            let group = group_of(&groups, f64::from(at) / 100.0).unwrap_or("nobody");
            *counts.entry(group).or_default() += 1;
        }
        insta::assert_debug_snapshot!(counts, @r#"
        {
            "blue": 75,
            "green": 25,
        }
        "#);
        assert_eq!(group_of(&[("off".to_owned(), 0)], 0.5), None);
    }
}
