//! What instances, balancers and groups have to do with each other: who hears what of them.

use kernel::arn::Arn;
use kernel::call::Origin;
use kernel::directory::Home;
use kernel::error::ApiError;
use kernel::names::AccountId;
use kernel::policy::Principal;
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
        let cause = match &report {
            ec2::fleet::Report::ZoneLost { zone, .. } => self.begins("ec2:ZoneLost", zone),
            ec2::fleet::Report::ZoneBack { zone } => self.begins("ec2:ZoneBack", zone),
            report => {
                let cause = self.services.ec2.service.cause_of(report);
                cause.unwrap_or_else(|| self.restore())
            }
        };
        self.ec2(cause, |ec2, cx| ec2.hear(cx, report));
    }

    /// Who carries requests has told something of them, or of targets.
    pub(super) fn told_of_targets(&mut self, report: elb::plane::Report) {
        let cause = self.services.elb.service.cause_of(&report).unwrap_or_else(|| self.restore());
        self.elb(cause, |elb, cx| elb.hear(cx, report));
    }

    /// A target that stops is asked no more, and one that ends is taken out; the group in which an instance is hears of
    /// it, too.
    pub(super) fn hear_ec2(&mut self, cause: CauseId, announcement: ec2::Announcement) {
        let ec2::Announcement::InstanceChanged { instance_id, state } = announcement;
        self.elb(cause, |elb, cx| elb.instance_changed(cx, &instance_id, state));
        self.autoscaling(cause, |it, cx| it.instance_changed(cx, &instance_id));
    }

    pub(super) fn hear_elb(&mut self, cause: CauseId, announcement: elb::Announcement) {
        match announcement {
            elb::Announcement::TargetHealthChanged { target_group } => {
                self.autoscaling(cause, |it, cx| it.target_health_changed(cx, &target_group));
            }
            elb::Announcement::AccessLog(log) => {
                let subject = format!("{}/{}", log.bucket, log.key);
                let delivered = self.note(cause, "s3:DeliverAccessLog", &subject);
                let delivery = log_delivery(*log);
                let result = self.s3(delivered, |s3, cx| s3.take(cx, delivery));
                // What its bucket refuses is dropped, as on AWS. The trace says so.
                self.note_end(delivered, result);
            }
        }
    }

    /// A function that is a target must be there and let the balancer in.
    pub(super) fn validate_targets(&self, input: &elb::TargetsInput) -> Result<(), ApiError> {
        if !self.shared.directory.target_groups.contains_key(&input.target_group_arn) {
            return Ok(());
        }
        for target in &input.targets {
            let Some(Arn::Function(function)) = Arn::parse(&target.id) else { continue };
            let group = &input.target_group_arn;
            let lambda = &self.services.lambda.service;
            let permitted =
                lambda.permits(&function, elb::access::PRINCIPAL, group, &function.account);
            if permitted.is_err() {
                return Err(elb::error::ACCESS_DENIED.says(format!(
                    "elasticloadbalancing principal does not have permission to invoke {function} from target group {group}"
                )));
            }
        }
        Ok(())
    }

    /// The bucket of an access log must be there and let the balancer in.
    pub(super) fn validate_access_log(
        &self,
        origin: &Origin,
        input: &elb::ModifyLoadBalancerAttributesInput,
    ) -> Result<(), ApiError> {
        let Some((bucket, key)) = self.services.elb.service.access_log_asked(origin, input) else {
            return Ok(());
        };
        let delivery = log_delivery(elb::AccessLog {
            account: origin.account.clone(),
            region: origin.region.clone(),
            load_balancer: input.load_balancer_arn.clone(),
            bucket: bucket.clone(),
            key,
            body: Default::default(),
        });
        self.services.s3.service.would_take(&delivery, self.shared.now).map_err(|_refused| {
            elb::error::INVALID_CONFIGURATION.says(format!(
                "Access Denied for bucket: {bucket}. Please check S3bucket permission"
            ))
        })
    }
}

/// An object of a load balancer's log, as S3 takes it: from the balancer's principal, or from the account that it
/// has in older regions.
fn log_delivery(log: elb::AccessLog) -> s3::Delivery {
    let mut principals = vec![Principal::Service(elb::access::LOG_PRINCIPAL.to_owned())];
    let account = elb::access::log_account(log.region.as_str()).and_then(AccountId::parse);
    principals.extend(account.map(|account| Principal::Aws {
        arn: format!("arn:aws:iam::{account}:root"),
        account,
        canonical_user: None,
    }));
    s3::Delivery {
        bucket: log.bucket,
        key: log.key,
        content_type: "application/x-gzip",
        body: log.body,
        principals,
        source: log.load_balancer,
        source_account: log.account,
    }
}
