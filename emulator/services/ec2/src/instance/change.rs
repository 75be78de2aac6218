//! What becomes of instances: states, by callers, by whoever runs them, and by the clock.

use kernel::directory::InstanceState;
use kernel::names::AccountId;
use kernel::time::Timestamp;
use kernel::trace::CauseId;

use super::Instance;
use crate::cidr::public_ip;
use crate::instance_type::InstanceType;
use crate::{Announcement, Cx, Due, Ec2, fleet, limits};

/// Why an instance is in another state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason<'a> {
    /// A caller wants it.
    User,
    /// Its process has ended by itself.
    Inside,
    /// It could not be started, because of this.
    Failed(&'a str),
}

impl Reason<'_> {
    /// `StateReason` and `StateTransitionReason`.
    fn said(self, now: Timestamp) -> ((String, String), String) {
        let moment = now.iso8601_ms();
        let moment = format!("{} {}", &moment[..10], &moment[11..19]);
        let reason = |code: &str, text: &str| (code.to_owned(), format!("{code}: {text}"));
        match self {
            Self::User => (
                reason("Client.UserInitiatedShutdown", "User initiated shutdown"),
                format!("User initiated ({moment} GMT)"),
            ),
            Self::Inside => (
                reason("Client.InstanceInitiatedShutdown", "Instance initiated shutdown"),
                String::new(),
            ),
            Self::Failed(why) => (
                reason("Server.InternalError", &format!("Internal error on launch: {why}")),
                "Server.InternalError".to_owned(),
            ),
        }
    }
}

impl Ec2 {
    /// An instance is in another state from now on: it is kept, told to others, and what is to follow is asked for.
    pub(super) fn change(&mut self, cx: &mut Cx<'_>, id: &str, state: InstanceState) {
        let Some(mut instance) = self.instances.get(id).cloned() else { return };
        if instance.state == state {
            return;
        }
        self.causes.insert(id.to_owned(), cx.cause());
        instance.state = state;
        instance.since = cx.now;
        match state {
            InstanceState::Running => {
                instance.reason = None;
                cx.measured();
            }
            InstanceState::Stopped => instance.public_ip = self.elastic_ip_of(id),
            InstanceState::Terminated => {
                self.free_addresses_of(cx, id);
                cx.deadlines.schedule(forgotten(cx.now), Due::Forget(id.to_owned()));
            }
            _ => {}
        }
        let is_simulated = instance.is_simulated;
        self.keep(cx, instance);
        cx.announce(Announcement::InstanceChanged { instance_id: id.to_owned(), state });
        if !matches!(
            state,
            InstanceState::Running | InstanceState::Stopped | InstanceState::Terminated
        ) {
            match is_simulated {
                true => cx.deadlines.schedule(settled(cx.now), Due::Settle(id.to_owned())),
                false if state == InstanceState::Pending => self.start_program(cx, id),
                false => cx.effect(fleet::Effect::Stop { instance_id: id.to_owned() }),
            }
        }
    }

    /// A new instance, which begins.
    pub(super) fn begin(&mut self, cx: &mut Cx<'_>, instance: Instance) {
        let (id, is_simulated) = (instance.id.clone(), instance.is_simulated);
        self.causes.insert(id.clone(), cx.cause());
        self.keep(cx, instance);
        let state = InstanceState::Pending;
        cx.announce(Announcement::InstanceChanged { instance_id: id.clone(), state });
        match is_simulated {
            true => cx.deadlines.schedule(settled(cx.now), Due::Settle(id)),
            false => self.start_program(cx, &id),
        }
    }

    /// Asks whoever runs instances for the process of one.
    pub(super) fn start_program(&mut self, cx: &mut Cx<'_>, id: &str) {
        let Some(instance) = self.instances.get(id) else { return };
        let kind = InstanceType::named(&instance.instance_type);
        let metadata = &instance.metadata;
        let name = self.tags_of(id).find(|(key, _)| *key == "Name");
        let launch = fleet::Launch {
            instance_id: id.to_owned(),
            account: instance.home.account.clone(),
            region: instance.home.region.clone(),
            zone: instance.zone.clone(),
            image_id: instance.image.clone(),
            instance_type: instance.instance_type.clone(),
            vcpus: kind.map_or(1, |it| it.vcpus),
            memory_mib: kind.map_or(1024, |it| it.memory_mib),
            private_ip: instance.private_ip,
            user_data: instance.decoded_user_data(),
            instance_profile: instance.profile.as_ref().map(|it| it.arn.clone()),
            security_groups: instance.security_groups.clone(),
            metadata: fleet::MetadataOptions {
                is_enabled: metadata.is_enabled,
                needs_token: metadata.needs_token,
                hop_limit: metadata.hop_limit,
                shows_tags: metadata.shows_tags,
            },
            name: name.map(|(_, value)| value.clone()),
            cause: cx.cause(),
        };
        cx.effect(fleet::Effect::Start(Box::new(launch)));
    }

    /// Ends an instance for good, or for now.
    pub(super) fn end(
        &mut self,
        cx: &mut Cx<'_>,
        id: &str,
        state: InstanceState,
        reason: Reason<'_>,
    ) {
        let Some(instance) = self.instances.get_mut(id) else { return };
        let (code, transition) = reason.said(cx.now);
        instance.reason = Some(code);
        instance.transition_reason = transition;
        self.rebooting.remove(id);
        self.change(cx, id, state);
    }

    /// A stopped instance begins again, with another address of the world.
    pub(super) fn begin_again(&mut self, cx: &mut Cx<'_>, id: &str) {
        let has_own = self.elastic_ip_of(id).is_some();
        let Some(instance) = self.instances.get_mut(id) else { return };
        instance.launched = cx.now;
        instance.reason = None;
        instance.transition_reason = String::new();
        if instance.wants_public_ip && !has_own {
            instance.public_ip = Some(public_ip(cx.ids));
        }
        let is_simulated = !self.programs.contains(&instance.image);
        instance.is_simulated = is_simulated;
        self.change(cx, id, InstanceState::Pending);
    }

    /// Hears what is told by whoever runs instances. Of one that is not there nobody hears.
    pub fn hear(&mut self, cx: &mut Cx<'_>, report: fleet::Report) {
        use InstanceState::{Pending, Running, ShuttingDown, Stopped, Stopping, Terminated};
        let state = |ec2: &Self, id: &str| ec2.instances.get(id).map(|it| it.state);
        match report {
            // Its zone was lost while it began.
            fleet::Report::Started { instance_id } if self.is_in_lost_zone(&instance_id) => {
                cx.effect(fleet::Effect::Kill { instance_id });
            }
            fleet::Report::Started { instance_id: id } => match state(self, &id) {
                Some(Pending) => self.change(cx, &id, Running),
                // It was to end meanwhile.
                Some(ShuttingDown | Stopping | Stopped | Terminated) => {
                    cx.effect(fleet::Effect::Stop { instance_id: id });
                }
                Some(Running) | None => {}
            },
            fleet::Report::Failed { instance_id: id, reason } => match state(self, &id) {
                Some(Pending | Running) => {
                    self.end(cx, &id, Terminated, Reason::Failed(&reason));
                }
                Some(ShuttingDown) => self.change(cx, &id, Terminated),
                Some(Stopping) => self.change(cx, &id, Stopped),
                Some(Stopped | Terminated) | None => {}
            },
            fleet::Report::Ended { instance_id: id, how } => {
                if self.rebooting.remove(&id) && !self.is_in_lost_zone(&id) {
                    self.start_program(cx, &id);
                    return;
                }
                match state(self, &id) {
                    Some(ShuttingDown) => self.change(cx, &id, Terminated),
                    Some(Stopping) => self.change(cx, &id, Stopped),
                    Some(Pending | Running) => {
                        cx.follows("ec2:InstanceEnded", format!("{id} {how}"));
                        self.ended_by_itself(cx, &id);
                    }
                    Some(Stopped | Terminated) | None => {}
                }
            }
            fleet::Report::Sampled(samples) => self.sampled(cx, samples),
            fleet::Report::ZoneLost { zone, for_s } => self.lose_zone(cx, &zone, for_s),
            fleet::Report::ZoneBack { zone } => drop(self.lost_zones.remove(&zone)),
        }
    }

    /// The process is the computer here: where it ends, that was shut down from inside.
    pub(super) fn ended_by_itself(&mut self, cx: &mut Cx<'_>, id: &str) {
        let terminates =
            self.instances.get(id).is_some_and(|it| it.shutdown_behavior == "terminate");
        let (through, to) = match terminates {
            true => (InstanceState::ShuttingDown, InstanceState::Terminated),
            false => (InstanceState::Stopping, InstanceState::Stopped),
        };
        let Some(mut instance) = self.instances.get(id).cloned() else { return };
        // Both are told; nothing is left to be ended between them.
        instance.state = through;
        instance.since = cx.now;
        self.keep(cx, instance);
        let instance_id = id.to_owned();
        cx.announce(Announcement::InstanceChanged { instance_id, state: through });
        self.end(cx, id, to, Reason::Inside);
    }

    /// Because of what that is reported.
    #[must_use]
    pub fn cause_of(&self, report: &fleet::Report) -> Option<CauseId> {
        let id = match report {
            fleet::Report::Started { instance_id }
            | fleet::Report::Failed { instance_id, .. }
            | fleet::Report::Ended { instance_id, .. } => instance_id,
            fleet::Report::Sampled(samples) => &samples.first()?.instance_id,
            fleet::Report::ZoneLost { .. } | fleet::Report::ZoneBack { .. } => return None,
        };
        self.causes.get(id).copied()
    }

    /// A simulated instance has come to where it was on its way to.
    pub(crate) fn settle(&mut self, cx: &mut Cx<'_>, id: &str) {
        let Some(instance) = self.instances.get(id).filter(|it| it.is_simulated) else { return };
        if settled(instance.since) > cx.now {
            return;
        }
        match instance.state {
            InstanceState::Pending => self.change(cx, id, InstanceState::Running),
            InstanceState::ShuttingDown => self.change(cx, id, InstanceState::Terminated),
            InstanceState::Stopping => self.change(cx, id, InstanceState::Stopped),
            _ => {}
        }
    }

    /// An instance that has ended an hour ago is not shown any more.
    pub(crate) fn forget_instance(&mut self, cx: &mut Cx<'_>, id: &str) {
        let Some(instance) = self.instances.get(id) else { return };
        if instance.state != InstanceState::Terminated || forgotten(instance.since) > cx.now {
            return;
        }
        let (volumes, interface) = (instance.volumes.clone(), instance.interface.clone());
        volumes.iter().for_each(|volume| self.forget_tags(cx, &volume.id));
        self.forget_tags(cx, &interface);
        self.causes.remove(id);
        self.used.remove(id);
        self.forget::<Instance>(cx, id);
    }

    /// After a restart no process is left: those that were there are started again, and those that were ending have.
    pub(crate) fn wake(&mut self, cx: &mut Cx<'_>) {
        let all: Vec<(String, InstanceState, bool, String)> = self
            .instances
            .values()
            .map(|it| (it.id.clone(), it.state, it.is_simulated, it.image.clone()))
            .collect();
        for (id, state, is_simulated, image) in all {
            let has_program = self.programs.contains(&image);
            if is_simulated || state == InstanceState::Terminated || state == InstanceState::Stopped
            {
                continue;
            }
            self.causes.insert(id.clone(), cx.cause());
            match state {
                InstanceState::ShuttingDown => self.change(cx, &id, InstanceState::Terminated),
                InstanceState::Stopping => self.change(cx, &id, InstanceState::Stopped),
                _ if has_program => self.start_program(cx, &id),
                // Its image has no program any more: from now on it is simulated.
                state => {
                    if let Some(mut instance) = self.instances.get(&id).cloned() {
                        instance.is_simulated = true;
                        self.keep(cx, instance);
                    }
                    if state == InstanceState::Pending {
                        cx.deadlines.schedule(settled(cx.now), Due::Settle(id));
                    }
                }
            }
        }
    }

    /// What an instance still has before it, after a restart.
    pub(crate) fn schedule_again(
        deadlines: &mut kernel::deadlines::Deadlines<Due>,
        instance: &Instance,
    ) {
        let id = || instance.id.clone();
        match instance.state {
            InstanceState::Terminated => {
                deadlines.schedule(forgotten(instance.since), Due::Forget(id()));
            }
            InstanceState::Pending | InstanceState::ShuttingDown | InstanceState::Stopping
                if instance.is_simulated =>
            {
                deadlines.schedule(settled(instance.since), Due::Settle(id()));
            }
            InstanceState::Stopped => {}
            _ if instance.is_simulated => {}
            _ => deadlines.schedule(Timestamp::default(), Due::Wake),
        }
    }

    /// Instances whose processes are awaited, by name.
    pub(crate) fn awaited(&self) -> impl Iterator<Item = String> + '_ {
        let is_on_its_way = |it: &&Instance| {
            !it.is_simulated
                && matches!(
                    it.state,
                    InstanceState::Pending | InstanceState::ShuttingDown | InstanceState::Stopping
                )
        };
        let said = |it: &Instance| format!("instance {} is {}", it.id, it.state.said().0);
        self.instances.values().filter(is_on_its_way).map(said)
    }
}

/// When a simulated instance has come to where it is on its way to.
fn settled(since: Timestamp) -> Timestamp {
    since.after_s(limits::SIMULATED_CHANGE_S)
}

fn forgotten(since: Timestamp) -> Timestamp {
    since.after_s(limits::TERMINATED_SHOWN_S)
}

/// The id of an instance profile: AWS's looks like this.
pub(super) fn profile_id(account: &AccountId, arn: &str) -> String {
    use md5::Digest as _;
    let digest = md5::Md5::digest(format!("{account}/{arn}"));
    let text: String = digest.iter().map(|byte| format!("{byte:02X}")).collect();
    format!("AIPA{}", &text[..17])
}
