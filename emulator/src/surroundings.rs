//! What instances and balancers must know of the emulator that they are in.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use balancer::{Invoked, Surroundings};
use bytes::Bytes;
use cloudless_core::arn::Arn;
use cloudless_core::call::{Agent, Randomness};
use cloudless_core::ec2::fleet::{self, Launch};
use cloudless_core::elb::plane::{Plan, Report};
use cloudless_core::names::{AccountId, Region};
use cloudless_core::{Caller, Payload, Request, Signing, Timestamp};
use serde_json::{Value, json};

use crate::clock::Clock;
use crate::engine::{CallRequest, EngineHandle};
use crate::instances::{Around, Credentials, Fleet};

/// How long credentials of an instance are good, in seconds, as on AWS.
const CREDENTIALS_S: u64 = 21_600;

/// The emulator, as instances and balancers see it.
pub(crate) struct Here {
    pub clock: Clock,
    /// The engine, while there is one.
    pub engine: Arc<Mutex<Option<EngineHandle>>>,
    pub endpoint_url: String,
    pub fleet: OnceLock<Weak<Fleet>>,
    /// Where listeners are to listen, by their ports; others get a free port.
    pub listeners: BTreeMap<u16, SocketAddr>,
    /// Where they do: by the balancer's ARN and the port.
    pub listening: Mutex<BTreeMap<(String, u16), SocketAddr>>,
}

impl Here {
    fn engine(&self) -> Option<EngineHandle> {
        self.engine.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn fleet(&self) -> Option<Arc<Fleet>> {
        self.fleet.get()?.upgrade()
    }

    /// Where listeners listen: by the balancer's ARN and the port.
    pub(crate) fn listeners_by_place(&self) -> BTreeMap<(String, u16), SocketAddr> {
        self.listening.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Calls an operation for an account.
    fn call(&self, account: &AccountId, region: &Region, request: Request) -> CallRequest {
        CallRequest {
            caller: Caller::Account {
                account: account.clone(),
                access_key_id: account.to_string(),
            },
            signing: Signing::Required,
            region: region.clone(),
            endpoint: self.endpoint_url.clone(),
            source_ip: "127.0.0.1".into(),
            agent: Agent::default(),
            trace_header: None,
            cause: None,
            request,
            staged: None,
        }
    }
}

impl Around for Here {
    fn tell(&self, report: fleet::Report) {
        if let Some(engine) = self.engine() {
            engine.instances(report);
        }
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn speed(&self) -> u32 {
        self.clock.speed()
    }

    fn credentials(&self, launch: &Launch, role: &str) -> Credentials {
        let input = json!({
            "RoleArn": format!("arn:aws:iam::{}:role/{role}", launch.account),
            "RoleSessionName": launch.instance_id,
            "DurationSeconds": CREDENTIALS_S,
        });
        let random = Payload::Random(Randomness(rand::random()));
        let request = Request::decode("sts", "AssumeRole", input, random).ok();
        let call = request.map(|it| self.call(&launch.account, &launch.region, it));
        let (engine, now) = (self.engine(), self.clock.now());
        Box::pin(async move {
            let answer = engine?.call(call?).await.ok()?;
            let (said, _) = answer.response.encode();
            let given = &said["Credentials"];
            Some(json!({
                "Code": "Success",
                "LastUpdated": now.truncated_to_s().iso8601_ms().replace(".000Z", "Z"),
                "Type": "AWS-HMAC",
                "AccessKeyId": given["AccessKeyId"],
                "SecretAccessKey": given["SecretAccessKey"],
                "Token": given["SessionToken"],
                "Expiration": now.after_s(CREDENTIALS_S).truncated_to_s().iso8601_ms().replace(".000Z", "Z"),
            }))
        })
    }

    fn endpoint_url(&self) -> String {
        self.endpoint_url.clone()
    }
}

impl Surroundings for Here {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn tell(&self, report: Report) {
        if let Some(engine) = self.engine() {
            engine.carried(report);
        }
    }

    fn locate(&self, id: &str, address: Option<IpAddr>, port: u16) -> Option<SocketAddr> {
        let fleet = self.fleet()?;
        if id.starts_with("i-") {
            return fleet.place(id, port);
        }
        let address = address.or_else(|| id.parse().ok())?;
        fleet.place_of_address(address, port).or_else(|| Some(SocketAddr::new(address, port)))
    }

    fn listens_at(&self, _plan: &Plan, port: u16) -> SocketAddr {
        let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        self.listeners.get(&port).copied().unwrap_or(free)
    }

    fn listening(&self, plan: &Plan, port: u16, at: io::Result<SocketAddr>) {
        match at {
            Ok(at) => {
                tracing::info!(balancer = %plan.label, port, "a balancer listens on {at}");
                let mut listening = self.listening.lock().unwrap_or_else(PoisonError::into_inner);
                listening.insert((plan.arn.clone(), port), at);
            }
            Err(error) => {
                tracing::error!(balancer = %plan.label, port, %error, "a balancer cannot listen");
            }
        }
    }

    fn admits(&self, plan: &Plan, client: IpAddr, port: u16) -> bool {
        let engine = self.engine();
        engine.is_none_or(|it| {
            it.with_world(|world| world.admits(&plan.security_groups, client, port))
        })
    }

    fn reaches(&self, plan: &Plan, target: &str, port: u16) -> bool {
        let groups = &plan.security_groups;
        let engine = self.engine();
        engine.is_none_or(|it| it.with_world(|world| world.reaches(groups, target, port)))
    }

    fn carried(&self, target: &str, to: u64, from: u64) {
        if let Some(fleet) = self.fleet() {
            fleet.carried(target, to, from);
        }
    }

    fn invoke(&self, function: String, event: Bytes) -> Invoked {
        let arn = match Arn::parse(&function) {
            Some(Arn::Function(arn)) => Some(arn),
            _ => None,
        };
        let input = json!({ "FunctionName": function });
        let request = Request::decode("lambda", "Invoke", input, Payload::Bytes(event)).ok();
        let call = arn.zip(request).map(|(arn, it)| self.call(&arn.account, &arn.region, it));
        let engine = self.engine();
        Box::pin(async move {
            let answer = engine?.call(call?).await.ok()?;
            let (said, payload): (Value, Payload) = answer.response.encode();
            match payload {
                Payload::Bytes(bytes) if said.get("FunctionError").is_none() => Some(bytes),
                _ => None,
            }
        })
    }
}
