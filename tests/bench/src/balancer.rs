//! Requests through a load balancer beside the same asked of its target: one process, one page of 4 KiB.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::client::{self, Connection};
use crate::server::Server;
use crate::table::{median, verdict};

const IMAGE: &str = "ami-0c10d1e55000005f0";
const ROUNDS: usize = 12;
const SLICE: Duration = Duration::from_millis(500);
const CONNECTIONS: usize = 16;
/// Until an instance answers its first probe.
const PATIENCE: Duration = Duration::from_secs(30);

/// All of it, in words.
pub async fn measure() -> Result<String> {
    let program =
        format!("{} control http --listen 0.0.0.0:80", std::env::current_exe()?.display());
    let image = format!("{IMAGE}={program}");
    let subject = Server::cloudless_with(&[
        "--image",
        &image,
        "--listener",
        "80=127.0.0.1:0",
        "--speed",
        "10",
    ])?;
    let (balancer, target) = build(&subject).await?;
    let request = b"GET / HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n".to_vec();
    let (mut ratios, mut added_ms) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let load = async |at, connections| load(at, connections, &request).await;
        let (direct, through) =
            (load(target, CONNECTIONS).await?, load(balancer, CONNECTIONS).await?);
        let (alone, carried) = (load(target, 1).await?, load(balancer, 1).await?);
        // The first is to be warm.
        if round > 0 {
            ratios.push(through.0 / direct.0);
            added_ms.push((carried.1 - alone.1) * 1e3);
        }
    }
    let (ratio, added_ms) = (median(ratios.into_iter()), median(added_ms.into_iter()));
    Ok(format!(
        "\nA page of 4 KiB is carried through a load balancer at {ratio:.2} of the rate at which its target answers when it \
         is asked directly, over {CONNECTIONS} connections. Asked: at least 0.5: {}.\n\nA load balancer adds {added_ms:.3} ms \
         at p50, over one connection. Asked: less than 0.3 ms: {}.\n",
        verdict(ratio >= 0.5),
        verdict(added_ms < 0.3)
    ))
}

/// Requests a second, and the median of a request's time in seconds.
async fn load(at: SocketAddr, connections: usize, request: &[u8]) -> Result<(f64, f64)> {
    let (mut took, elapsed) = client::load(at, SLICE, &vec![request.to_vec(); connections]).await?;
    took.sort_unstable();
    let half = took.get(took.len() / 2).context("nothing was answered")?;
    Ok((took.len() as f64 / elapsed.as_secs_f64(), half.as_secs_f64()))
}

/// A network of two zones, a balancer, and an instance that is its target: where the two listen.
async fn build(subject: &Server) -> Result<(SocketAddr, SocketAddr)> {
    let mut calls = Calls { connection: Connection::open(subject.address).await? };
    let vpc = calls.ec2("CreateVpc", "CidrBlock=10.0.0.0/16", "vpcId").await?;
    let mut subnets = Vec::new();
    for (at, zone) in ["us-east-1a", "us-east-1b"].into_iter().enumerate() {
        let input = format!("VpcId={vpc}&CidrBlock=10.0.{}.0/20&AvailabilityZone={zone}", at * 16);
        subnets.push(calls.ec2("CreateSubnet", &input, "subnetId").await?);
    }
    let gateway = calls.ec2("CreateInternetGateway", "", "internetGatewayId").await?;
    let input = format!("VpcId={vpc}&InternetGatewayId={gateway}");
    calls.ec2("AttachInternetGateway", &input, "requestId").await?;
    let input = format!("VpcId={vpc}&GroupName=web&GroupDescription=web");
    let group = calls.ec2("CreateSecurityGroup", &input, "groupId").await?;
    let input = format!("GroupId={group}&IpProtocol=tcp&FromPort=80&ToPort=80&CidrIp=0.0.0.0/0");
    calls.ec2("AuthorizeSecurityGroupIngress", &input, "return").await?;
    let input = format!(
        "ImageId={IMAGE}&MinCount=1&MaxCount=1&InstanceType=t2.micro&SubnetId={}&SecurityGroupId.1={group}",
        subnets[0]
    );
    let instance = calls.ec2("RunInstances", &input, "instanceId").await?;
    let input = format!(
        "Name=web&Subnets.member.1={}&Subnets.member.2={}&SecurityGroups.member.1={group}",
        subnets[0], subnets[1]
    );
    let balancer = calls.elb("CreateLoadBalancer", &input, "LoadBalancerArn").await?;
    let input = format!("Name=web&Protocol=HTTP&Port=80&VpcId={vpc}");
    let targets = calls.elb("CreateTargetGroup", &input, "TargetGroupArn").await?;
    let input = format!(
        "LoadBalancerArn={balancer}&Protocol=HTTP&Port=80&DefaultActions.member.1.Type=forward&\
         DefaultActions.member.1.TargetGroupArn={targets}"
    );
    calls.elb("CreateListener", &input, "ListenerArn").await?;
    let until = tokio::time::Instant::now() + PATIENCE;
    loop {
        ensure!(tokio::time::Instant::now() < until, "the target is not healthy");
        // It can be registered once it runs.
        let input = format!("TargetGroupArn={targets}&Targets.member.1.Id={instance}");
        let _ = calls.elb("RegisterTargets", &input, "RequestId").await;
        let input = format!("TargetGroupArn={targets}");
        let health = calls.elb("DescribeTargetHealth", &input, "State").await;
        if health.is_ok_and(|state| state == "healthy") {
            return calls.places(&instance).await;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Calls in the Query protocol.
struct Calls {
    connection: Connection,
}

impl Calls {
    async fn ec2(&mut self, action: &str, input: &str, wanted: &str) -> Result<String> {
        self.call("ec2", "2016-11-15", action, input, wanted).await
    }

    async fn elb(&mut self, action: &str, input: &str, wanted: &str) -> Result<String> {
        self.call("elasticloadbalancing", "2015-12-01", action, input, wanted).await
    }

    /// The first element of this name in the answer.
    async fn call(
        &mut self,
        service: &str,
        version: &str,
        action: &str,
        input: &str,
        wanted: &str,
    ) -> Result<String> {
        let body = format!("Action={action}&Version={version}&{input}");
        let request = client::query(service, &body);
        let answer = String::from_utf8_lossy(self.connection.call(&request).await?).into_owned();
        let element =
            answer.split_once(&format!("<{wanted}>")).and_then(|(_, it)| it.split_once('<'));
        let (text, _) = element.with_context(|| format!("{action}: no {wanted} in {answer}"))?;
        Ok(text.to_owned())
    }

    /// Where the balancer and the instance listen.
    async fn places(&mut self, instance: &str) -> Result<(SocketAddr, SocketAddr)> {
        let request = b"GET /_cloudless/instances HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n";
        let told: Value = serde_json::from_slice(self.connection.call(request).await?)?;
        let balancer = told["listeners"][0]["at"].as_str().context("no listener")?;
        let all = told["instances"].as_array().context("no instances")?;
        let one = all.iter().find(|it| it["id"] == instance).context("no instance")?;
        let target = one["places"]["80"].as_str().context("it listens nowhere")?;
        Ok((balancer.parse()?, target.parse()?))
    }
}
