//! A request given to a target, and what the target answers.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use elb::plane::{Target, TargetGroup, Version};
use http::header;
use http::request::Parts;
use http::{HeaderMap, Method, Request, Response};
use http_body::Body as _;
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use tokio::time::{Instant, timeout};

use crate::asking::{Asking, own};
use crate::body::{Body, Broken, Going, whole};
use crate::choosing::{self, Draw};
use crate::cookies::Choice;
use crate::current::{InHand, TargetState};
use crate::log::Reached;
use crate::progress::{Coming, Progress};
use crate::upstream::{Silence, authority};
use crate::{forwarded, function, upgrade};

/// A body up to which a request can be given to another target: it is held until one has it. Ours.
const HELD_BYTES_MAX: u64 = 64 * 1024;
/// Targets that are tried for one request. Ours.
const TRIED_MAX: usize = 4;

/// What a request is made of each time that it is given to a target.
struct Giving {
    parts: Parts,
    body: Giver,
    /// What it becomes where it asks for another protocol.
    upgrade: Option<upgrade::Asked>,
}

enum Giver {
    /// It is here, and can be given again.
    Held(Bytes),
    /// It comes, and can be given once.
    Coming(Option<Incoming>),
}

/// Gives a request to a target of one of these groups.
pub(crate) async fn forward(
    mut asking: Asking<'_>,
    groups: &[(String, u32)],
    stickiness_s: Option<u32>,
    mut parts: Parts,
    body: Incoming,
) -> Response<Body> {
    let current = Arc::clone(&asking.current);
    let balancer = Arc::clone(&asking.connection.balancer);
    let sticky = stickiness_s.and_then(|_| balancer.secret.group(groups, &parts.headers));
    let group = sticky.or_else(|| choosing::group_of(groups, rand::random()));
    let Some(group) = group.and_then(|arn| current.plan.target_groups.get(arn)) else {
        return own(asking.entry, 503, None);
    };
    let upgrade = upgrade::asked(&mut parts);
    let came = asking.connection.came;
    let trace =
        forwarded::Trace { now: balancer.around.now(), random: &rand::random::<[u8; 12]>() };
    asking.entry.trace =
        forwarded::to_target(&mut parts.headers, came, &current.plan.attributes, &trace);
    if function::is_function(group) {
        return function::answer(asking, group, parts, body).await;
    }
    let idle = Duration::from_secs(current.plan.attributes.idle_timeout_s.into());
    let body = match timeout(idle, held(&parts, body, &asking.entry.progress)).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => return own(asking.entry, 400, None),
        // The client has stopped sending.
        Err(_) => return own(asking.entry, 408, None),
    };
    let giving = Giving { parts, body, upgrade };
    give(asking, group, stickiness_s, giving).await
}

/// A small body is taken before a target is chosen.
async fn held(parts: &Parts, body: Incoming, progress: &Arc<Progress>) -> Result<Giver, Broken> {
    let expects = parts.headers.contains_key(header::EXPECT);
    let is_small = body.size_hint().exact().is_some_and(|bytes| bytes <= HELD_BYTES_MAX);
    if !is_small || expects {
        return Ok(Giver::Coming(Some(body)));
    }
    if body.is_end_stream() {
        return Ok(Giver::Held(Bytes::new()));
    }
    let body = Limited::new(Coming::new(body, Arc::clone(progress)), HELD_BYTES_MAX as usize);
    Ok(Giver::Held(body.collect().await?.to_bytes()))
}

async fn give(
    mut asking: Asking<'_>,
    group: &TargetGroup,
    stickiness_s: Option<u32>,
    mut giving: Giving,
) -> Response<Body> {
    let balancer = Arc::clone(&asking.connection.balancer);
    let current = Arc::clone(&asking.current);
    let mut tried: Vec<(String, u16)> = Vec::new();
    loop {
        let Some(target) = next(&asking, group, &giving.parts.headers, &tried) else {
            // Somebody was there and did not answer, or nobody is.
            return own(asking.entry, if tried.is_empty() { 503 } else { 502 }, None);
        };
        let Some(state) = current.state(&group.arn, target) else {
            return own(asking.entry, 503, None);
        };
        let outcome = ask(&mut asking, group, target, &state, &mut giving).await;
        let (fault, may_try) = match outcome {
            Asked::Answered(answer, in_hand) => {
                let choice = Choice {
                    group: Some(group),
                    target: Some(target),
                    group_stickiness_s: stickiness_s,
                };
                return answered(asking, *answer, in_hand, &choice, giving.upgrade, state);
            }
            Asked::Silent(status, may_try) => (status, may_try),
        };
        let zone = target.zone.as_deref().unwrap_or_default();
        balancer.counts.of_targets(&group.arn, zone, None, |it| it.connection_errors += 1);
        tried.push((target.id.clone(), target.port));
        let again = balancer.settings.tries_others && may_try && tried.len() < TRIED_MAX;
        if !again || next(&asking, group, &giving.parts.headers, &tried).is_none() {
            return own(asking.entry, fault, None);
        }
    }
}

/// The target that the client stays with, or the one whose turn it is.
fn next<'a>(
    asking: &Asking<'_>,
    group: &'a TargetGroup,
    headers: &HeaderMap,
    tried: &[(String, u16)],
) -> Option<&'a Target> {
    let (balancer, current) = (&asking.connection.balancer, &asking.current);
    let sticky = balancer.secret.target(group, headers).filter(|_| tried.is_empty());
    sticky.or_else(|| {
        let in_hand = |target: &Target| {
            let state = current.state(&group.arn, target);
            state.map_or(0, |state| state.in_hand())
        };
        let draw = Draw {
            now: balancer.around.now(),
            zone: &asking.connection.zone,
            turn: current.turn(&group.arn),
            chance: rand::random(),
            in_hand: &in_hand,
            tried,
        };
        choosing::target_of(group, &draw)
    })
}

/// What came of asking a target.
enum Asked {
    Answered(Box<Response<Incoming>>, InHand),
    /// The status that the client gets, and whether another target may be asked.
    Silent(u16, bool),
}

async fn ask(
    asking: &mut Asking<'_>,
    group: &TargetGroup,
    target: &Target,
    state: &Arc<TargetState>,
    giving: &mut Giving,
) -> Asked {
    let (connection, plan) = (asking.connection, Arc::clone(&asking.current.plan));
    let around = &connection.balancer.around;
    let at = around.locate(&target.id, target.address, target.port);
    asking.entry.reached(Reached {
        group: group.arn.clone(),
        id: target.id.clone(),
        zone: target.zone.clone().unwrap_or_default(),
        at,
        asked: Instant::now(),
        answered: None,
    });
    // Where no security group lets the balancer in, nothing comes back: AWS waits for it in vain.
    if !around.reaches(&plan, &target.id, target.port) {
        tokio::time::sleep(crate::upstream::CONNECT).await;
        return Asked::Silent(504, true);
    }
    let Some(at) = at else { return Asked::Silent(502, true) };
    let Some(request) = request(group, at, giving, &asking.entry.progress) else {
        return Asked::Silent(502, false);
    };
    let in_hand = InHand::new(state);
    let is_repeatable = matches!(giving.body, Giver::Held(_));
    // What it has done with the request, nobody knows.
    let may_be_asked_twice = is_repeatable && is_idempotent(&giving.parts.method);
    let sent = connection.balancer.upstream.send(group.version, request);
    let idle = Duration::from_secs(plan.attributes.idle_timeout_s.into());
    match in_time(sent, idle, &asking.entry.progress, state).await {
        Some(Ok(answer)) if forwarded::is_head_too_long(answer.headers()) => {
            Asked::Silent(502, false)
        }
        Some(Ok(answer)) => {
            asking.entry.answered(answer.status().as_u16());
            Asked::Answered(Box::new(answer), in_hand)
        }
        Some(Err(Silence::NotReachedInTime)) => Asked::Silent(504, is_repeatable),
        Some(Err(Silence::NotReached)) => Asked::Silent(502, is_repeatable),
        Some(Err(Silence::Broken)) => Asked::Silent(502, may_be_asked_twice),
        // Whoever is killed is out of the plan before its connection is seen to end, or after it.
        None if state.was_cut() => Asked::Silent(502, may_be_asked_twice),
        None => Asked::Silent(504, false),
    }
}

/// What is sent, while something of the body comes or not too long after it; nothing where it takes longer or the
/// target's time is over.
async fn in_time<T>(
    sent: impl Future<Output = T>,
    idle: Duration,
    progress: &Progress,
    state: &TargetState,
) -> Option<T> {
    let mut sent = std::pin::pin!(sent);
    let mut cut = std::pin::pin!(state.is_cut());
    let mut until = Instant::now() + idle;
    loop {
        tokio::select! {
            biased;
            answer = &mut sent => return Some(answer),
            () = &mut cut => return None,
            () = tokio::time::sleep_until(until) => {
                let later = progress.last() + idle;
                if later <= until {
                    return None;
                }
                until = later;
            }
        }
    }
}

fn is_idempotent(method: &Method) -> bool {
    method.is_safe() || matches!(*method, Method::PUT | Method::DELETE)
}

fn request(
    group: &TargetGroup,
    at: SocketAddr,
    giving: &mut Giving,
    progress: &Arc<Progress>,
) -> Option<Request<Body>> {
    let body = match &mut giving.body {
        Giver::Held(bytes) => whole(bytes.clone()),
        Giver::Coming(body) => {
            let body = Coming::new(body.take()?, Arc::clone(progress));
            body.map_err(Broken::from).boxed_unsync()
        }
    };
    let path = giving.parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let mut request = Request::new(body);
    *request.method_mut() = giving.parts.method.clone();
    *request.uri_mut() = authority(group.speaks_tls, at, path)?;
    *request.headers_mut() = giving.parts.headers.clone();
    if group.version != Version::Http1 {
        *request.version_mut() = http::Version::HTTP_2;
        request.headers_mut().remove(header::HOST);
    }
    if let Some(upgrade) = &giving.upgrade {
        upgrade.ask(request.headers_mut());
    }
    Some(request)
}

/// The target's answer becomes the client's.
fn answered(
    mut asking: Asking<'_>,
    answer: Response<Incoming>,
    in_hand: InHand,
    choice: &Choice<'_>,
    upgrade: Option<upgrade::Asked>,
    state: Arc<TargetState>,
) -> Response<Body> {
    let balancer = Arc::clone(&asking.connection.balancer);
    let idle = Duration::from_secs(asking.current.plan.attributes.idle_timeout_s.into());
    if let Some(upgrade) = upgrade
        && answer.status() == http::StatusCode::SWITCHING_PROTOCOLS
    {
        asking.entry.upgraded();
        return upgrade.switch(answer, asking.entry, in_hand, state, idle);
    }
    let (mut parts, body) = answer.into_parts();
    forwarded::without_connection(&mut parts.headers);
    for cookie in balancer.secret.set(balancer.around.now(), choice, &parts.headers) {
        parts.headers.append(header::SET_COOKIE, cookie);
    }
    parts.version = http::Version::HTTP_11;
    asking.entry.leaves(parts.status.as_u16(), &parts.headers);
    let body = body.map_err(Broken::from);
    let body = Going::new(body, idle, asking.entry).in_hand_of(in_hand, state);
    Response::from_parts(parts, body.boxed_unsync())
}
