//! What instances, balancers and groups have to do with each other: who hears what of them.

use std::convert::Infallible;

use kernel::call::Origin;
use kernel::directory::Home;
use kernel::trace::CauseId;

use super::Handling;
use crate::services::Request;

impl Handling<'_> {
    /// Who makes a balancer or a group finds the network that an account has from the beginning, though EC2 may never
    /// have been asked.
    pub(super) fn make_networks(&mut self, cause: CauseId, origin: &Origin, request: &Request) {
        if matches!(request, Request::Elb(_) | Request::AutoScaling(_)) {
            let (account, region) = (origin.account.clone(), origin.region.clone());
            self.ec2(cause, |ec2, cx| ec2.make_defaults(cx, &Home { account, region }));
        }
    }

    /// Whoever runs instances has told something of them.
    pub(super) fn told_of_instances(&mut self, report: ec2::fleet::Report) {
        let cause = self.services.ec2.service.cause_of(&report).unwrap_or_else(|| self.restore());
        self.ec2(cause, |ec2, cx| ec2.hear(cx, report));
    }

    /// Who carries requests has told something of them, or of targets.
    pub(super) fn told_of_targets(&mut self, report: elb::plane::Report) {
        let cause = self.services.elb.service.cause_of(&report).unwrap_or_else(|| self.restore());
        self.elb(cause, |elb, cx| elb.hear(cx, report));
    }

    /// Nobody hears of instances yet.
    pub(super) fn hear_ec2(&mut self, _cause: CauseId, announcement: ec2::Announcement) {
        let ec2::Announcement::InstanceChanged { .. } = announcement;
    }

    pub(super) fn hear_elb(&mut self, _cause: CauseId, announcement: Infallible) {
        match announcement {}
    }

    pub(super) fn hear_autoscaling(&mut self, _cause: CauseId, announcement: Infallible) {
        match announcement {}
    }
}
