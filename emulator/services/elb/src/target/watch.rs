//! Who is asked when, and what follows from the answers.

use kernel::deadlines::Deadlines;
use kernel::directory::Directory;
use kernel::record::Key;

use super::State;
use crate::health::Health;
use crate::limits::REGISTRATION_S;
use crate::plane::{Effect, Probe, Probed, Version};
use crate::target_group::{Target, TargetGroup, TargetKey, TargetType, record_name};
use crate::{Announcement, Cx, Due, Elb, Kind, Record};

fn place(arn: &str, key: &TargetKey) -> Box<(String, TargetKey)> {
    Box::new((arn.to_owned(), key.clone()))
}

/// How a target without a program answers; nothing where it has one and must be asked.
fn simulated(
    elb: &Elb,
    directory: &Directory,
    group: &TargetGroup,
    (id, _): &TargetKey,
) -> Option<Probed> {
    if group.target_type != TargetType::Instance {
        return None;
    }
    let image = &directory.instances.get(id)?.image;
    if elb.settings.programmed_images.contains(image) {
        return None;
    }
    let told = elb.simulated.get(id).copied();
    Some(told.unwrap_or_else(|| Probed::Answered(group.check.good_status())))
}

impl Elb {
    /// What a group's targets are may be otherwise: those that are to be asked are from now on, others no more. Others
    /// find it in the directory, and whoever carries requests is told.
    pub(crate) fn group_used_otherwise(&mut self, cx: &mut Cx<'_>, arn: &str) {
        self.watch(cx, arn);
        self.enter_group(cx.directory, arn);
        self.dirty.extend(self.balancers_of_group(arn));
        if self.has_watched() {
            cx.measured();
        }
        cx.announce(Announcement::TargetHealthChanged { target_group: arn.to_owned() });
    }

    /// A group's settings are otherwise.
    pub(crate) fn group_changed(&mut self, cx: &mut Cx<'_>, arn: &str) {
        let Some(group) = self.groups.get(arn) else { return };
        cx.put(|| Record::group(group));
        self.enter_group(cx.directory, arn);
        self.dirty.extend(self.balancers_of_group(arn));
    }

    /// Targets are asked in another way from now on.
    pub(crate) fn ask_anew(&mut self, cx: &mut Cx<'_>, arn: &str) {
        let targets = self.groups.get(arn).map(|group| group.targets.clone());
        for (key, target) in targets.unwrap_or_default() {
            self.forget_checks(cx, arn, &key, &target);
            if let Some(target) = self.target_mut(arn, &key) {
                (target.asked_next, target.answers_until) = (None, None);
            }
        }
        self.group_used_otherwise(cx, arn);
    }

    /// A load balancer is in other zones, or is there: its groups may be used otherwise.
    pub(crate) fn ask_of_balancer(&mut self, cx: &mut Cx<'_>, arn: &str) {
        let actions: Vec<_> =
            self.rules_of_balancer(arn).flat_map(|rule| rule.actions.clone()).collect();
        self.ask_of_actions(cx, &actions);
    }

    pub(super) fn target_mut(&mut self, arn: &str, key: &TargetKey) -> Option<&mut Target> {
        self.groups.get_mut(arn)?.targets.get_mut(key)
    }

    /// Begins and ends asking, as each target's state demands.
    fn watch(&mut self, cx: &mut Cx<'_>, arn: &str) {
        let used_by = self.balancers_of_group(arn);
        let Some(group) = self.groups.get(arn) else { return };
        let (mut begins, mut ends) = (Vec::new(), Vec::new());
        for (key, target) in &group.targets {
            let state = self.state_of(cx.directory, group, &used_by, key, target);
            let is_asked = target.asked_next.is_some() || target.answers_until.is_some();
            match state {
                State::Judged(_) if !is_asked => {
                    let answer = simulated(self, cx.directory, group, key);
                    let is_settled =
                        answer.is_some_and(|it| target.health.is_settled(it, &group.check));
                    if !is_settled {
                        begins.push(key.clone());
                    }
                }
                State::Judged(_) | State::Draining => {}
                _ if is_asked || target.health.verdict != Health::new(cx.now).verdict => {
                    ends.push((key.clone(), target.clone()));
                }
                _ => {}
            }
        }
        let at = cx.now.after_s(REGISTRATION_S);
        let cause = Some(cx.cause());
        for key in begins {
            cx.deadlines.schedule(at, Due::Probe(place(arn, &key)));
            if let Some(target) = self.target_mut(arn, &key) {
                target.asked_next = Some(at);
                target.cause = cause;
            }
        }
        for (key, before) in ends {
            self.forget_checks(cx, arn, &key, &before);
            if let Some(target) = self.target_mut(arn, &key) {
                // Whoever is used again is as one that was just registered.
                target.health = Health::new(cx.now);
                (target.asked_next, target.answers_until) = (None, None);
                cx.put(|| Record::target(arn, &key, target));
            }
        }
    }

    /// It is time to ask a target.
    pub(crate) fn probe(&mut self, cx: &mut Cx<'_>, arn: &str, key: &TargetKey) {
        let Some(group) = self.groups.get(arn) else { return };
        let answer = simulated(self, cx.directory, group, key);
        let (check, probe) = (group.check.clone(), probe_of(cx.directory, group, key));
        let Some(target) = self.target_mut(arn, key) else { return };
        target.asked_next = None;
        if target.health.asked(cx.now) {
            self.health_changed(cx, arn, key);
        }
        let is_over = match answer {
            Some(outcome) => {
                self.heard(cx, arn, key, outcome);
                let target = self.target_mut(arn, key);
                target.is_none_or(|it| it.health.is_settled(outcome, &check))
            }
            None => {
                let until = cx.now.after_s(u64::from(check.timeout_s));
                cx.deadlines.schedule(until, Due::Overdue(place(arn, key)));
                if let Some(target) = self.target_mut(arn, key) {
                    target.answers_until = Some(until);
                }
                cx.effect(Effect::Probe(Box::new(probe)));
                false
            }
        };
        if !is_over {
            let next = cx.now.after_s(u64::from(check.interval_s));
            cx.deadlines.schedule(next, Due::Probe(place(arn, key)));
            if let Some(target) = self.target_mut(arn, key) {
                target.asked_next = Some(next);
            }
        }
    }

    /// A target has said something, in time or not.
    pub(crate) fn probed(&mut self, cx: &mut Cx<'_>, arn: &str, key: &TargetKey, outcome: Probed) {
        let Some(target) = self.target_mut(arn, key) else { return };
        // What comes too late has counted as a timeout already.
        let Some(until) = target.answers_until.take() else { return };
        cx.deadlines.cancel(until, Due::Overdue(place(arn, key)));
        self.heard(cx, arn, key, outcome);
    }

    /// A target has not answered in time.
    pub(crate) fn overdue(&mut self, cx: &mut Cx<'_>, arn: &str, key: &TargetKey) {
        let Some(target) = self.target_mut(arn, key) else { return };
        if target.answers_until.take().is_some() {
            self.heard(cx, arn, key, Probed::TimedOut);
        }
    }

    fn heard(&mut self, cx: &mut Cx<'_>, arn: &str, key: &TargetKey, outcome: Probed) {
        let Some(group) = self.groups.get_mut(arn) else { return };
        let check = &group.check;
        let Some(target) = group.targets.get_mut(key) else { return };
        if target.health.heard(outcome, check, cx.now) {
            self.health_changed(cx, arn, key);
        }
    }

    fn health_changed(&mut self, cx: &mut Cx<'_>, arn: &str, key: &TargetKey) {
        if let Some(target) = self.groups.get(arn).and_then(|group| group.targets.get(key)) {
            cx.put(|| Record::target(arn, key, target));
        }
        self.enter_group(cx.directory, arn);
        self.dirty.extend(self.balancers_of_group(arn));
        cx.announce(Announcement::TargetHealthChanged { target_group: arn.to_owned() });
    }

    /// A target that was taken out has had its time.
    pub(crate) fn drained(&mut self, cx: &mut Cx<'_>, arn: &str, key: &TargetKey) {
        let Some(group) = self.groups.get_mut(arn) else { return };
        if group.targets.get(key).is_none_or(|target| target.drains_until.is_none()) {
            return;
        }
        group.targets.remove(key);
        cx.delete(|| Key::named(Kind::Target, record_name(arn, key)));
        self.enter_group(cx.directory, arn);
        self.dirty.extend(self.balancers_of_group(arn));
        cx.announce(Announcement::TargetHealthChanged { target_group: arn.to_owned() });
    }

    /// Nothing more is to happen of a target by itself.
    pub(crate) fn forget_deadlines(
        &self,
        cx: &mut Cx<'_>,
        arn: &str,
        key: &TargetKey,
        target: &Target,
    ) {
        self.forget_checks(cx, arn, key, target);
        if let Some(at) = target.drains_until {
            cx.deadlines.cancel(at, Due::Drained(place(arn, key)));
        }
    }

    /// A target is asked no more.
    pub(super) fn forget_checks(
        &self,
        cx: &mut Cx<'_>,
        arn: &str,
        key: &TargetKey,
        target: &Target,
    ) {
        if let Some(at) = target.asked_next {
            cx.deadlines.cancel(at, Due::Probe(place(arn, key)));
        }
        if let Some(at) = target.answers_until {
            cx.deadlines.cancel(at, Due::Overdue(place(arn, key)));
        }
    }

    /// A target comes back from its record.
    pub(crate) fn restore_target(
        &mut self,
        deadlines: &mut Deadlines<Due>,
        arn: &str,
        key: TargetKey,
        target: Target,
    ) {
        if let Some(at) = target.drains_until {
            deadlines.schedule(at, Due::Drained(place(arn, &key)));
        }
        if let Some(group) = self.groups.get_mut(arn) {
            group.targets.insert(key, target);
        }
    }

    /// After a restart all that is asked is asked again, and whoever carries requests is told of everything.
    pub(crate) fn wake(&mut self, cx: &mut Cx<'_>) {
        let groups: Vec<String> = self.groups.keys().cloned().collect();
        groups.iter().for_each(|arn| self.group_used_otherwise(cx, arn));
        self.dirty.extend(self.balancers.keys().cloned());
    }

    /// How many targets are being asked right now.
    #[must_use]
    pub fn probes_under_way(&self) -> usize {
        let targets = self.groups.values().flat_map(|group| group.targets.values());
        targets.filter(|target| target.answers_until.is_some()).count()
    }
}

/// What is asked of a target.
fn probe_of(directory: &Directory, group: &TargetGroup, key: &TargetKey) -> Probe {
    let check = &group.check;
    Probe {
        target_group: group.arn.clone(),
        target: key.0.clone(),
        target_port: key.1,
        address: address_of(directory, group, key),
        port: check.port_of(key.1),
        speaks_tls: check.protocol.as_deref() == Some("HTTPS"),
        version: version_of(group),
        path: check.path.clone().unwrap_or_default(),
        timeout_s: check.timeout_s,
    }
}

/// Where a target is in the network; nothing where it is a function.
pub(crate) fn address_of(
    directory: &Directory,
    group: &TargetGroup,
    (id, _): &TargetKey,
) -> Option<std::net::IpAddr> {
    match group.target_type {
        TargetType::Instance => directory.instances.get(id).map(|it| it.private_ip.into()),
        TargetType::Ip => id.parse().ok(),
        TargetType::Lambda => None,
    }
}

/// How targets speak.
pub(crate) fn version_of(group: &TargetGroup) -> Version {
    match group.version.as_deref() {
        Some("HTTP2") => Version::Http2,
        Some("GRPC") => Version::Grpc,
        _ => Version::Http1,
    }
}
