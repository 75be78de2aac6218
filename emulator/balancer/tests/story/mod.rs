//! A balancer with targets that are as a story wants them.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

use balancer::{Balancers, Invoked, Settings, Surroundings};
use bytes::Bytes;
use cloudless_balancer as balancer;
use elb::plane::{
    Action, Algorithm, Carrying, Condition, Effect, ForwardedFor, Listener, MinimumHealthy, Plan,
    Report, Rule, Standing, Target, TargetGroup, Version,
};
use kernel::names::{AccountId, Region};
use kernel::time::Timestamp;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// The world around: targets by name, and what is told.
pub struct Around {
    pub targets: Mutex<BTreeMap<String, SocketAddr>>,
    listening: mpsc::UnboundedSender<SocketAddr>,
    told: mpsc::UnboundedSender<Report>,
}

impl Surroundings for Around {
    fn now(&self) -> Timestamp {
        Timestamp::from_ms(1_796_000_000_000)
    }
    fn tell(&self, report: Report) {
        let _ = self.told.send(report);
    }
    fn locate(&self, id: &str, _: Option<IpAddr>, _: u16) -> Option<SocketAddr> {
        self.targets.lock().unwrap().get(id).copied()
    }
    fn listens_at(&self, _: &Plan, _: u16) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], 0))
    }
    fn listening(&self, _: &Plan, _: u16, at: io::Result<SocketAddr>) {
        let _ = self.listening.send(at.unwrap());
    }
    fn admits(&self, _: &Plan, _: IpAddr, _: u16) -> bool {
        true
    }
    fn reaches(&self, _: &Plan, _: &str, _: u16) -> bool {
        true
    }
    fn carried(&self, _: &str, _: u64, _: u64) {}
    fn invoke(&self, _: String, event: Bytes) -> Invoked {
        Box::pin(async move {
            let event: serde_json::Value = serde_json::from_slice(&event).unwrap();
            let said = format!("{} {} {}", event["httpMethod"], event["path"], event["body"]);
            let answer = serde_json::json!({
                "statusCode": 201,
                "headers": { "content-type": "text/plain" },
                "body": said,
            });
            Some(answer.to_string().into())
        })
    }
}

/// A balancer with its listener.
pub struct Story {
    pub balancers: Balancers,
    pub around: Arc<Around>,
    pub at: SocketAddr,
    pub plan: Plan,
    pub told: mpsc::UnboundedReceiver<Report>,
}

pub const GROUP: &str = "arn:group";

pub fn carrying() -> Carrying {
    Carrying {
        idle_timeout_s: 1,
        client_keep_alive_s: 3_600,
        speaks_http2: true,
        drops_invalid_headers: false,
        preserves_host: false,
        forwarded_for: ForwardedFor::Append,
        forwards_client_port: false,
        forwards_tls: false,
        crosses_zones: true,
        access_logs: None,
    }
}

pub fn target(id: &str, standing: Standing) -> Target {
    Target {
        id: id.to_owned(),
        port: 8080,
        zone: Some("us-east-1a".to_owned()),
        address: Some(IpAddr::from([10, 0, 0, 1])),
        standing,
        healthy_since: None,
    }
}

pub fn group(targets: Vec<Target>) -> TargetGroup {
    TargetGroup {
        arn: GROUP.to_owned(),
        label: "targetgroup/shop/1".to_owned(),
        speaks_tls: false,
        version: Version::Http1,
        algorithm: Algorithm::RoundRobin,
        stickiness: None,
        slow_start_s: 0,
        deregistration_delay_s: 300,
        crosses_zones: true,
        targets,
        has_multi_value_headers: false,
        minimum_healthy: MinimumHealthy::default(),
    }
}

pub fn forward() -> Action {
    Action::Forward { groups: vec![(GROUP.to_owned(), 1)], stickiness_s: None }
}

pub fn rule(conditions: Vec<Condition>, action: Action) -> Rule {
    let priority = if conditions.is_empty() { "default" } else { "1" };
    Rule { arn: String::new(), priority: priority.to_owned(), conditions, action }
}

pub fn plan(rules: Vec<Rule>, group: TargetGroup) -> Plan {
    Plan {
        arn: "arn:balancer".to_owned(),
        label: "app/shop/50dc6c495c0c9188".to_owned(),
        account: AccountId::parse("000000000000").unwrap(),
        region: Region::parse("us-east-1").unwrap(),
        dns_name: "shop-1.us-east-1.elb.amazonaws.com".to_owned(),
        zones: vec!["us-east-1a".to_owned(), "us-east-1b".to_owned()],
        security_groups: vec![],
        attributes: carrying(),
        listeners: vec![Listener {
            arn: String::new(),
            port: 80,
            certificates: None,
            rules,
            attributes: BTreeMap::from([(
                "routing.http.response.x_frame_options.header_value".to_owned(),
                "DENY".to_owned(),
            )]),
        }],
        target_groups: BTreeMap::from([(GROUP.to_owned(), group)]),
    }
}

impl Story {
    pub async fn begin(plan: Plan, tries_others: bool) -> Self {
        let (listening, mut listens) = mpsc::unbounded_channel();
        let (tell, told) = mpsc::unbounded_channel();
        let around = Arc::new(Around { targets: Mutex::default(), listening, told: tell });
        let tasks = tokio::runtime::Handle::current();
        let balancers = Balancers::new(around.clone(), Settings { tries_others }, tasks);
        balancers.perform(Effect::Configure(Arc::new(plan.clone())));
        let at = listens.recv().await.unwrap();
        Self { balancers, around, at, plan, told }
    }

    /// A target that does this with each connection.
    pub async fn target<F>(&self, id: &str, mut serve: impl FnMut(TcpStream) -> F + Send + 'static)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        self.around.targets.lock().unwrap().insert(id.to_owned(), address);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream));
            }
        });
    }

    /// Somebody was there, and is not any more: nobody listens.
    pub async fn dead(&self, id: &str) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        self.around.targets.lock().unwrap().insert(id.to_owned(), address);
    }

    /// A target that says its name, the request's line and who asked.
    pub async fn good(&self, id: &'static str) {
        self.target(id, move |stream| says(stream, id)).await;
    }

    /// What a client gets for one request on a connection of its own.
    /// A target that takes requests and never answers: each is told of.
    pub async fn silent(&self, id: &str) -> mpsc::UnboundedReceiver<()> {
        let (asked, is_asked) = mpsc::unbounded_channel();
        let serve = move |mut stream| {
            let asked = asked.clone();
            async move {
                head(&mut stream).await;
                asked.send(()).unwrap();
                std::future::pending::<()>().await;
            }
        };
        self.target(id, serve).await;
        is_asked
    }

    pub async fn get(&self, request: &str) -> String {
        ask(self.at, request).await
    }

    pub async fn plain(&self, path: &str) -> String {
        self.get(&format!("GET {path} HTTP/1.1\r\nhost: shop.test\r\nconnection: close\r\n\r\n"))
            .await
    }

    pub fn configure(&mut self, change: impl FnOnce(&mut Plan)) {
        change(&mut self.plan);
        self.balancers.perform(Effect::Configure(Arc::new(self.plan.clone())));
    }
}

/// Status line and body, or the whole where `headers` are wanted.
pub fn short(answer: &str) -> String {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer, ""));
    let status = head.lines().next().unwrap_or_default();
    let body = body.lines().filter(|line| !line.trim().is_empty()).collect::<Vec<_>>().join("|");
    format!("{status} {body}")
}

pub async fn ask(at: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(at).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// The head of one request; nothing where the client has gone.
pub async fn head(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    String::from_utf8(head).ok()
}

pub async fn says(mut stream: TcpStream, id: &'static str) {
    while let Some(head) = head(&mut stream).await {
        let line = head.lines().next().unwrap_or_default();
        let body = format!("{id}: {line}");
        let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}
