//! What is told of one request: counted, and a line of the access log.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html>

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::Version;
use http::header::{self, HeaderMap};
use http::request::Parts;
use kernel::time::Timestamp;
use tokio::time::Instant;

use crate::Balancer;
use crate::counts::Open;
use crate::forwarded::Came;
use crate::progress::Progress;

/// What a client gets that has gone before it was answered. It is only told of.
const CLIENT_GONE: u16 = 460;

/// One request. When it is dropped it is told of.
pub(crate) struct Entry {
    balancer: Arc<Balancer>,
    came: Came,
    zone: String,
    created: Timestamp,
    begun: Instant,
    /// The request's line and what the log has of its head; nothing where there is no log.
    asked: Option<Asked>,
    received_head_bytes: u64,
    /// How much of its body has come.
    pub progress: Arc<Progress>,
    /// The answer's status.
    status: u16,
    sent_bytes: u64,
    /// Who was asked.
    target: Option<Reached>,
    /// `forward`, `redirect`, `fixed-response`, `waf`…
    pub actions: &'static str,
    pub rule: String,
    pub redirected_to: Option<String>,
    pub reason: Option<&'static str>,
    pub trace: String,
    rules_tried: u64,
    is_upgraded: bool,
    _open: Option<Open>,
}

struct Asked {
    line: String,
    agent: String,
    domain: String,
}

/// A target that was asked.
pub(crate) struct Reached {
    pub group: String,
    pub id: String,
    pub zone: String,
    /// Nothing of a function.
    pub at: Option<SocketAddr>,
    /// When the request left for it.
    pub asked: Instant,
    /// When the head of its answer was there, and its status.
    pub answered: Option<(Instant, u16)>,
}

impl Entry {
    pub fn new(balancer: &Arc<Balancer>, came: Came, zone: &str, request: &Parts) -> Self {
        let is_logged = balancer.current().plan.attributes.access_logs.is_some();
        Self {
            came,
            zone: zone.to_owned(),
            created: balancer.around.now(),
            begun: Instant::now(),
            asked: is_logged.then(|| Asked::of(request, came)),
            received_head_bytes: head_bytes(&request.headers)
                + u64::try_from(request.uri.path().len()).unwrap_or_default(),
            progress: Progress::new(),
            status: CLIENT_GONE,
            sent_bytes: 0,
            target: None,
            actions: "-",
            rule: "-".to_owned(),
            redirected_to: None,
            reason: None,
            trace: "-".to_owned(),
            rules_tried: 0,
            is_upgraded: false,
            _open: None,
            balancer: Arc::clone(balancer),
        }
    }

    /// A rule was found.
    pub fn rule(&mut self, priority: &str, tried: u64) {
        priority.clone_into(&mut self.rule);
        self.rules_tried = tried;
    }

    /// A target was asked. Of several the last counts.
    pub fn reached(&mut self, target: Reached) {
        self.target = Some(target);
    }

    /// It has answered.
    pub fn answered(&mut self, status: u16) {
        if let Some(target) = &mut self.target {
            target.answered = Some((Instant::now(), status));
        }
    }

    /// It speaks another protocol from now on.
    pub fn upgraded(&mut self) {
        self.is_upgraded = true;
    }

    /// The head of the answer leaves.
    pub fn leaves(&mut self, status: u16, headers: &HeaderMap) {
        self.status = status;
        self.sent_bytes += head_bytes(headers);
    }

    /// So much of the body has left.
    pub fn sent(&mut self, bytes: usize) {
        self.sent_bytes += u64::try_from(bytes).unwrap_or_default();
    }

    fn count(&self) {
        let target_answered = self.target.as_ref().and_then(|target| target.answered);
        let own_status = target_answered.is_none().then_some(self.status);
        let processed = self.received_head_bytes + self.progress.bytes() + self.sent_bytes;
        let connections = self.balancer.upstream.take_made();
        self.balancer.counts.in_zone(&self.zone, |zone| {
            zone.requests += 1;
            zone.new_connections += connections;
            zone.processed_bytes += processed;
            zone.rule_evaluations += self.rules_tried;
            if self.actions == "fixed-response" {
                zone.fixed_responses += 1;
            } else if let Some(status) = own_status {
                *zone.own_statuses.entry(status).or_default() += 1;
            }
        });
        let Some(target) = &self.target else { return };
        let to = self.received_head_bytes + self.progress.bytes();
        self.balancer.around.carried(&target.id, to, self.sent_bytes);
        let took = target_answered.map(|(at, _)| at - target.asked);
        self.balancer.counts.of_targets(&target.group, &target.zone, took, |counts| {
            counts.requests += 1;
            if let Some((_, status)) = target_answered
                && let Some(class) = usize::from(status / 100).checked_sub(2)
                && let Some(count) = counts.statuses.get_mut(class)
            {
                *count += 1;
            }
        });
    }

    fn line(&self, asked: &Asked, now: Timestamp) -> String {
        let seconds = |duration: Duration| format!("{:.3}", duration.as_secs_f64());
        let times = match &self.target {
            Some(Reached { asked, answered: Some((answered, _)), .. }) => [
                seconds(*asked - self.begun),
                seconds(*answered - *asked),
                seconds(answered.elapsed()),
            ],
            _ => ["-1", "-1", "-1"].map(str::to_owned),
        };
        let at = self.target.as_ref().and_then(|target| target.at).map(|at| at.to_string());
        let target = at.as_deref().unwrap_or("-");
        let target_status = self.target.as_ref().and_then(|it| it.answered);
        let target_status =
            target_status.map_or_else(|| "-".to_owned(), |(_, status)| status.to_string());
        let (cipher, protocol) = self.came.tls.map_or(("-", "-"), |it| (it.cipher, it.version));
        let kind = match (self.is_upgraded, self.came.by_tls()) {
            (true, false) => "ws",
            (true, true) => "wss",
            (false, false) => "http",
            (false, true) => "https",
        };
        let plan = Arc::clone(&self.balancer.current().plan);
        let group = self.target.as_ref().map_or("-", |target| target.group.as_str());
        let listed = if at.is_some() {
            format!("\"{target}\" \"{target_status}\"")
        } else {
            "\"-\" \"-\"".to_owned()
        };
        format!(
            "{kind} {} {} {} {target} {} {} {} {} {target_status} {} {} \"{}\" \"{}\" {cipher} {protocol} {group} \"{}\" \"{}\" \"-\" {} {} \"{}\" \"{}\" \"{}\" {listed} \"-\" \"-\" -",
            now.iso8601_ms().replace('Z', "000Z"),
            plan.label,
            self.came.client,
            times[0],
            times[1],
            times[2],
            self.status,
            self.received_head_bytes + self.progress.bytes(),
            self.sent_bytes,
            asked.line,
            asked.agent,
            self.trace,
            if self.came.by_tls() { asked.domain.as_str() } else { "-" },
            self.rule,
            self.created.iso8601_ms().replace('Z', "000Z"),
            self.actions,
            self.redirected_to.as_deref().unwrap_or("-"),
            self.reason.unwrap_or("-"),
        )
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.count();
        if let Some(asked) = &self.asked {
            let now = self.balancer.around.now();
            self.balancer.counts.line(now, self.line(asked, now));
        }
    }
}

impl Asked {
    fn of(request: &Parts, came: Came) -> Self {
        let said = |name| {
            let value = request.headers.get(name).map(|value| value.as_bytes().escape_ascii());
            value.map_or_else(|| "-".to_owned(), |value| value.to_string())
        };
        let scheme = if came.by_tls() { "https" } else { "http" };
        let host = said(header::HOST);
        let with_port = match host.contains(':') {
            true => host.clone(),
            false => format!("{host}:{}", came.port),
        };
        let version = match request.version {
            Version::HTTP_2 => "HTTP/2.0",
            Version::HTTP_10 => "HTTP/1.0",
            _ => "HTTP/1.1",
        };
        let path = request.uri.path_and_query().map_or("/", |path| path.as_str());
        let line = format!("{} {scheme}://{with_port}{path} {version}", request.method);
        Self {
            line: line.replace('"', "%22"),
            agent: said(header::USER_AGENT).replace('"', "\\\""),
            domain: host,
        }
    }
}

fn head_bytes(headers: &HeaderMap) -> u64 {
    let lines = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4);
    u64::try_from(lines.sum::<usize>()).unwrap_or_default()
}
