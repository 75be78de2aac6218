//! Access logs: lines that whoever carries requests writes are gathered, and go into the bucket every five minutes.
//! What is gathered is not stored: of a restart some lines are lost, as AWS, too, promises no more than its best.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html>

use std::io::Write as _;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use kernel::directory::Directory;
use kernel::names::{AccountId, Region};
use kernel::time::Timestamp;

use crate::attribute::value_of;
use crate::balancer::LoadBalancer;
use crate::balancer::attributes::{LOGS, LOGS_BUCKET, LOGS_PREFIX, TABLE};
use crate::limits::{ACCESS_LOG_S, ACCESS_LOG_SIZE_BYTES_MAX};
use crate::{Announcement, Cx, Due, Elb, arn};

/// An object of an access log, for whoever has the bucket.
#[derive(Debug, Clone)]
pub struct AccessLog {
    /// Whose load balancer it is of.
    pub account: AccountId,
    /// Its region.
    pub region: Region,
    /// Its ARN.
    pub load_balancer: String,
    /// Where it goes.
    pub bucket: String,
    /// Under which key.
    pub key: String,
    /// What it says.
    pub body: Bytes,
}

/// What is gathered of a load balancer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Gathered {
    lines: Vec<String>,
    size_bytes: usize,
    due: Option<Timestamp>,
}

impl LoadBalancer {
    fn has_log(&self) -> bool {
        value_of(TABLE, &self.attributes, LOGS) == "true"
    }

    /// What all keys of its log begin with, up to the account.
    fn log_root(&self) -> String {
        let prefix = value_of(TABLE, &self.attributes, LOGS_PREFIX);
        let slash = if prefix.is_empty() { "" } else { "/" };
        format!("{prefix}{slash}AWSLogs/{}", self.account)
    }

    /// The key of an object that ends at a moment.
    fn log_key(&self, directory: &Directory, end: Timestamp, random: &str) -> String {
        let moment = end.iso8601_ms();
        let (year, month, day) = (&moment[..4], &moment[5..7], &moment[8..10]);
        let (hour, minute) = (&moment[11..13], &moment[14..16]);
        let Self { account, region, .. } = self;
        let name = arn::label(&self.arn).replace('/', ".");
        let subnet = self.zones.values().next().and_then(|id| directory.subnets.get(id));
        let node = subnet.and_then(|it| it.cidr.split_once('/')).map_or("0.0.0.0", |(it, _)| it);
        let root = self.log_root();
        format!(
            "{root}/elasticloadbalancing/{region}/{year}/{month}/{day}/{account}_elasticloadbalancing_{region}_{name}_{year}{month}{day}T{hour}{minute}Z_{node}_{random}.log.gz"
        )
    }
}

impl Elb {
    /// Lines of a load balancer's log, each of a request.
    pub(crate) fn gather_log(&mut self, cx: &mut Cx<'_>, arn: &str, lines: Vec<String>) {
        if lines.is_empty() || !self.balancers.get(arn).is_some_and(LoadBalancer::has_log) {
            return;
        }
        let log = self.logs.entry(arn.to_owned()).or_default();
        log.size_bytes += lines.iter().map(String::len).sum::<usize>();
        log.lines.extend(lines);
        if log.size_bytes > ACCESS_LOG_SIZE_BYTES_MAX {
            return self.deliver_access_log(cx, arn);
        }
        if log.due.is_none() {
            let at = Timestamp::from_ms((cx.now.as_s() / ACCESS_LOG_S + 1) * ACCESS_LOG_S * 1000);
            log.due = Some(at);
            cx.deadlines.schedule(at, Due::AccessLog(arn.to_owned()));
        }
    }

    /// What is gathered goes where it is to go.
    pub(crate) fn deliver_access_log(&mut self, cx: &mut Cx<'_>, arn: &str) {
        let Some(log) = self.logs.remove(arn) else { return };
        if let Some(at) = log.due {
            cx.deadlines.cancel(at, Due::AccessLog(arn.to_owned()));
        }
        let Some(balancer) = self.balancers.get(arn).filter(|it| it.has_log()) else { return };
        let random = cx.ids.upper_alphanumeric(8).to_ascii_lowercase();
        let key = balancer.log_key(cx.directory, log.due.unwrap_or(cx.now), &random);
        let mut zip = GzEncoder::new(Vec::new(), Compression::default());
        // A vector takes everything.
        let written = log.lines.iter().try_for_each(|line| writeln!(zip, "{}", line.trim_end()));
        let body = written.and_then(|()| zip.finish()).unwrap_or_default();
        announce(cx, balancer, key, body.into());
    }

    /// A log begins: as AWS does, it says so with a file of its own.
    pub(crate) fn begin_access_log(&self, cx: &mut Cx<'_>, arn: &str) {
        let Some(balancer) = self.balancers.get(arn).filter(|it| it.has_log()) else { return };
        let key = format!("{}/ELBAccessLogTestFile", balancer.log_root());
        let body =
            format!("Enable AccessLog for ELB: {} at {}", balancer.name, cx.now.iso8601_ms());
        announce(cx, balancer, key, body.into());
    }
}

fn announce(cx: &mut Cx<'_>, balancer: &LoadBalancer, key: String, body: Bytes) {
    cx.announce(Announcement::AccessLog(Box::new(AccessLog {
        account: balancer.account.clone(),
        region: balancer.region.clone(),
        load_balancer: balancer.arn.clone(),
        bucket: value_of(TABLE, &balancer.attributes, LOGS_BUCKET).to_owned(),
        key,
        body,
    })));
}
