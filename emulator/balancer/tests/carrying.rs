//! What a client gets through a balancer, of targets that do well and of targets that do not.
#![expect(clippy::unwrap_used, reason = "a test says what is wrong by stopping")]

mod story;

use std::net::IpAddr;

use elb::plane::{Action, Condition, Effect, Probe, Report, Standing, Stickiness, Target, Version};
use insta::assert_snapshot;
use kernel::time::Timestamp;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use story::*;

#[tokio::test]
async fn requests_go_to_healthy_targets_in_turn_and_by_rules() {
    let fixed = Action::FixedResponse {
        status: 418,
        content_type: Some("text/plain".to_owned()),
        body: "short and stout".to_owned(),
    };
    let path = |path: &str| vec![Condition::PathPattern(vec![path.to_owned()])];
    let rules = vec![rule(path("/tea"), fixed), rule(vec![], forward())];
    let targets = vec![target("a", Standing::Healthy), target("b", Standing::Healthy)];
    let story = Story::begin(plan(rules, group(targets)), false).await;
    story.good("a").await;
    story.good("b").await;
    let mut told = Vec::new();
    for path in ["/1", "/2", "/3?x=y", "/tea"] {
        told.push(short(&story.plain(path).await));
    }
    assert_snapshot!(told.join("\n"), @r"
    HTTP/1.1 200 OK a: GET /1 HTTP/1.1
    HTTP/1.1 200 OK b: GET /2 HTTP/1.1
    HTTP/1.1 200 OK a: GET /3?x=y HTTP/1.1
    HTTP/1.1 418 I'm a teapot short and stout
    ");
}

/// ALB load-balancer-troubleshooting: each way in which nobody answers has its status.
#[tokio::test]
async fn who_does_not_answer_costs_an_error_of_its_own() {
    let all = |standing| vec![target("one", standing)];
    let alone = |targets| plan(vec![rule(vec![], forward())], group(targets));
    let mut told = Vec::new();

    let nobody = Story::begin(alone(vec![]), false).await;
    told.push(format!("no target: {}", short(&nobody.plain("/").await)));
    let long = format!(
        "GET / HTTP/1.1\r\nhost: x\r\nx-forwarded-for: {}\r\nconnection: close\r\n\r\n",
        vec!["10.0.0.1"; 31].join(", ")
    );
    told.push(format!("31 addresses: {}", short(&nobody.get(&long).await)));

    let coded = "POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n";
    told.push(format!("another coding: {}", short(&nobody.get(coded).await)));

    let wordy = Story::begin(alone(all(Standing::Healthy)), false).await;
    wordy
        .target("one", |mut stream| async move {
            head(&mut stream).await;
            let long = "x".repeat(33 * 1024);
            let answer = format!("HTTP/1.1 200 OK\r\nx-long: {long}\r\ncontent-length: 0\r\n\r\n");
            let _ = stream.write_all(answer.as_bytes()).await;
        })
        .await;
    told.push(format!("a head of 33 K: {}", short(&wordy.plain("/").await)));

    let dead = Story::begin(alone(all(Standing::Healthy)), false).await;
    dead.dead("one").await;
    told.push(format!("nobody listens: {}", short(&dead.plain("/").await)));

    let open = Story::begin(alone(all(Standing::Unhealthy)), false).await;
    open.good("one").await;
    told.push(format!("unhealthy alone: {}", short(&open.plain("/").await)));

    let rude = Story::begin(alone(all(Standing::Healthy)), false).await;
    rude.target("one", |mut stream| async move {
        head(&mut stream).await;
        let _ = stream.write_all(b"what?\r\n\r\n").await;
    })
    .await;
    told.push(format!("no HTTP: {}", short(&rude.plain("/").await)));

    let stalled =
        "POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 9\r\n\r\nhalf";
    told.push(format!("half a body: {}", short(&open.get(stalled).await)));

    let mute = Story::begin(alone(all(Standing::Healthy)), false).await;
    mute.target("one", |mut stream| async move {
        head(&mut stream).await;
        std::future::pending::<()>().await;
    })
    .await;
    told.push(format!("silence: {}", short(&mute.plain("/").await)));
    assert_snapshot!(told.join("\n"), @"
    no target: HTTP/1.1 503 Service Temporarily Unavailable <html>|<head><title>503 Service Temporarily Unavailable</title></head>|<body>|<center><h1>503 Service Temporarily Unavailable</h1></center>|</body>|</html>
    31 addresses: HTTP/1.1 463 Too Many Forwarded Addresses <html>|<head><title>463 Too Many Forwarded Addresses</title></head>|<body>|<center><h1>463 Too Many Forwarded Addresses</h1></center>|</body>|</html>
    another coding: HTTP/1.1 501 Not Implemented <html>|<head><title>501 Not Implemented</title></head>|<body>|<center><h1>501 Not Implemented</h1></center>|</body>|</html>
    a head of 33 K: HTTP/1.1 502 Bad Gateway <html>|<head><title>502 Bad Gateway</title></head>|<body>|<center><h1>502 Bad Gateway</h1></center>|</body>|</html>
    nobody listens: HTTP/1.1 502 Bad Gateway <html>|<head><title>502 Bad Gateway</title></head>|<body>|<center><h1>502 Bad Gateway</h1></center>|</body>|</html>
    unhealthy alone: HTTP/1.1 200 OK one: GET / HTTP/1.1
    no HTTP: HTTP/1.1 502 Bad Gateway <html>|<head><title>502 Bad Gateway</title></head>|<body>|<center><h1>502 Bad Gateway</h1></center>|</body>|</html>
    half a body: HTTP/1.1 408 Request Timeout <html>|<head><title>408 Request Timeout</title></head>|<body>|<center><h1>408 Request Timeout</h1></center>|</body>|</html>
    silence: HTTP/1.1 504 Gateway Time-out <html>|<head><title>504 Gateway Time-out</title></head>|<body>|<center><h1>504 Gateway Time-out</h1></center>|</body>|</html>
    ");
}

/// A target that is killed costs no request that another can answer as well.
#[tokio::test]
async fn where_others_are_tried_a_dead_target_costs_nothing() {
    let targets = vec![target("dead", Standing::Healthy), target("alive", Standing::Healthy)];
    let story = Story::begin(plan(vec![rule(vec![], forward())], group(targets)), true).await;
    story.dead("dead").await;
    story.good("alive").await;
    let mut told = Vec::new();
    for at in 0..4 {
        told.push(short(&story.plain(&format!("/{at}")).await));
    }
    // One that ends while it has the request: what may be repeated is.
    story.target("dead", |mut stream| async move { _ = head(&mut stream).await }).await;
    for at in 4..6 {
        told.push(short(&story.plain(&format!("/{at}")).await));
    }
    assert_snapshot!(told.join("\n"), @r"
    HTTP/1.1 200 OK alive: GET /0 HTTP/1.1
    HTTP/1.1 200 OK alive: GET /1 HTTP/1.1
    HTTP/1.1 200 OK alive: GET /2 HTTP/1.1
    HTTP/1.1 200 OK alive: GET /3 HTTP/1.1
    HTTP/1.1 200 OK alive: GET /4 HTTP/1.1
    HTTP/1.1 200 OK alive: GET /5 HTTP/1.1
    ");
    let post =
        "POST /order HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 2\r\n\r\nhi";
    let mut statuses: Vec<String> = Vec::new();
    for _ in 0..2 {
        let answer = story.get(post).await;
        statuses.push(answer.lines().next().unwrap_or_default().to_owned());
    }
    statuses.sort();
    // Nobody knows whether the one that ended has taken the order.
    assert_eq!(statuses, ["HTTP/1.1 200 OK", "HTTP/1.1 502 Bad Gateway"]);
}

/// An instance that ends leaves the plan before its connection is seen to end, or after it: it is all the same.
#[tokio::test]
async fn where_others_are_tried_a_target_that_is_gone_from_the_plan_costs_nothing_either() {
    let targets = vec![target("gone", Standing::Healthy), target("stays", Standing::Healthy)];
    let mut story = Story::begin(plan(vec![rule(vec![], forward())], group(targets)), true).await;
    let mut is_asked = story.silent("gone").await;
    story.good("stays").await;
    let at = story.at;
    let waiting = tokio::spawn(async move {
        let [one, two] = ["/0", "/1"]
            .map(|path| format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"));
        tokio::join!(ask(at, &one), ask(at, &two))
    });
    is_asked.recv().await.unwrap();
    story.configure(|plan| {
        plan.target_groups.get_mut(GROUP).unwrap().targets.retain(|it| it.id == "stays");
    });
    let (first, second) = waiting.await.unwrap();
    assert_snapshot!(format!("{}\n{}", short(&first), short(&second)), @r"
    HTTP/1.1 200 OK stays: GET /0 HTTP/1.1
    HTTP/1.1 200 OK stays: GET /1 HTTP/1.1
    ");
}

/// ALB sticky-sessions: a cookie of the balancer's own, renewed with each answer.
#[tokio::test]
async fn a_client_stays_with_its_target_as_long_as_that_is_healthy() {
    let targets = vec![target("a", Standing::Healthy), target("b", Standing::Healthy)];
    let mut sticky = group(targets);
    sticky.stickiness = Some(Stickiness::Balancer { duration_s: 60 });
    let mut story = Story::begin(plan(vec![rule(vec![], forward())], sticky), false).await;
    story.good("a").await;
    story.good("b").await;
    let first = story.plain("/").await;
    let cookie = first.lines().find_map(|line| line.strip_prefix("set-cookie: AWSALB=")).unwrap();
    let value = cookie.split(';').next().unwrap();
    let again = format!(
        "GET / HTTP/1.1\r\nhost: x\r\ncookie: theme=dark; AWSALB={value}\r\nconnection: close\r\n\r\n"
    );
    let mut told = vec![format!("AWSALB=…;{}", cookie.split_once(';').unwrap().1)];
    for _ in 0..3 {
        told.push(short(&story.get(&again).await));
    }
    story.configure(|plan| {
        plan.target_groups.get_mut(GROUP).unwrap().targets[0].standing = Standing::Unhealthy;
    });
    told.push(short(&story.get(&again).await));
    assert_snapshot!(told.join("\n"), @r"
    AWSALB=…; Expires=Mon, 30 Nov 2026 00:54:20 GMT; Path=/
    HTTP/1.1 200 OK a: GET / HTTP/1.1
    HTTP/1.1 200 OK a: GET / HTTP/1.1
    HTTP/1.1 200 OK a: GET / HTTP/1.1
    HTTP/1.1 200 OK b: GET / HTTP/1.1
    ");
}

/// ALB load-balancer-troubleshooting: a request that is still under way when the delay is over is answered with 502.
#[tokio::test]
async fn a_target_that_is_taken_out_finishes_what_it_has_until_its_time_is_over() {
    let targets = vec![target("slow", Standing::Healthy)];
    let mut rules = plan(vec![rule(vec![], forward())], group(targets));
    rules.attributes.idle_timeout_s = 4_000;
    let mut story = Story::begin(rules, false).await;
    let mut is_asked = story.silent("slow").await;
    let at = story.at;
    let waiting = tokio::spawn(async move {
        ask(at, "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await
    });
    is_asked.recv().await.unwrap();
    // It drains: nothing new comes, what is there goes on.
    story.configure(|plan| {
        let group = plan.target_groups.get_mut(GROUP).unwrap();
        group.targets[0].standing = Standing::Draining(Timestamp::from_ms(0));
    });
    let new = short(&story.plain("/").await);
    assert!(new.starts_with("HTTP/1.1 503"), "{new}");
    assert!(!waiting.is_finished());
    // Its time is over.
    story.configure(|plan| plan.target_groups.get_mut(GROUP).unwrap().targets.clear());
    let cut = waiting.await.unwrap();
    assert!(cut.starts_with("HTTP/1.1 502"), "{cut}");
}

#[tokio::test]
async fn bodies_stream_both_ways_and_other_protocols_go_through() {
    let targets = vec![target("echo", Standing::Healthy)];
    let story = Story::begin(plan(vec![rule(vec![], forward())], group(targets)), false).await;
    story
        .target("echo", |mut stream| async move {
            let Some(head) = head(&mut stream).await else { return };
            let is_upgrade = head.to_ascii_lowercase().contains("upgrade: websocket");
            let answer: &[u8] = match is_upgrade {
                true => b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n",
                false => b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
            };
            stream.write_all(answer).await.unwrap();
            let mut byte = [0];
            while let Ok(1) = stream.read(&mut byte).await {
                let echoed = match is_upgrade {
                    true => vec![byte[0].to_ascii_uppercase()],
                    false => format!("1\r\n{}\r\n", byte[0] as char).into_bytes(),
                };
                if stream.write_all(&echoed).await.is_err() {
                    return;
                }
            }
        })
        .await;
    // A large body: its answer begins before it has ended.
    let mut stream = TcpStream::connect(story.at).await.unwrap();
    let head = "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\nx";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut first = [0; 15];
    stream.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200 OK");
    // WebSocket.
    let mut stream = TcpStream::connect(story.at).await.unwrap();
    let head = "GET /ws HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let switched = self::head(&mut stream).await.unwrap();
    assert!(switched.starts_with("HTTP/1.1 101 Switching Protocols"), "{switched}");
    stream.write_all(b"hello").await.unwrap();
    let mut echoed = [0; 5];
    stream.read_exact(&mut echoed).await.unwrap();
    assert_eq!(&echoed, b"HELLO");
}

/// ALB load-balancer-troubleshooting: a request of more than 1 MB is too much for a function.
#[tokio::test]
async fn a_function_can_be_a_target() {
    let function = Target {
        port: 0,
        zone: None,
        address: None,
        ..target("arn:aws:lambda:us-east-1:000000000000:function:page", Standing::Healthy)
    };
    let story =
        Story::begin(plan(vec![rule(vec![], forward())], group(vec![function])), false).await;
    let post =
        "POST /form HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 3\r\n\r\na=b";
    assert_snapshot!(short(&story.get(post).await), @r#"HTTP/1.1 201 Created "POST" "/form" "a=b""#);
    let large = format!(
        "POST /form HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{}",
        1024 * 1024 + 1,
        "x".repeat(1024 * 1024 + 1)
    );
    let refused = story.get(&large).await;
    assert!(refused.starts_with("HTTP/1.1 413 "), "{}", short(&refused));
}

/// What is carried is told once a second, and targets are asked whether they are healthy.
#[tokio::test]
async fn what_was_carried_is_told() {
    let targets = vec![target("a", Standing::Healthy), target("gone", Standing::Healthy)];
    let mut logged = plan(vec![rule(vec![], forward())], group(targets));
    logged.attributes.access_logs =
        Some(elb::plane::AccessLogs { bucket: "logs".to_owned(), prefix: String::new() });
    let mut story = Story::begin(logged, false).await;
    story.good("a").await;
    for _ in 0..2 {
        story.plain("/product?id=1").await;
    }
    let Some(Report::Served(served)) = story.told.recv().await else { panic!("nothing is told") };
    let zones: Vec<String> = served
        .zones
        .iter()
        .map(|(zone, counts)| {
            let (requests, connections) = (counts.requests, counts.new_connections);
            format!(
                "{zone}: {requests} requests, {connections} connections, {:?}",
                counts.own_statuses
            )
        })
        .collect();
    let group = &served.targets[&(GROUP.to_owned(), "us-east-1a".to_owned())];
    let lines: Vec<&str> = served.log.iter().map(|(_, line)| line.as_str()).collect();
    let told = format!(
        "{}\n{} of targets, {:?}, {} errors\n{}",
        zones.join("\n"),
        group.requests,
        group.statuses,
        group.connection_errors,
        lines.join("\n"),
    );
    insta::with_settings!({filters => vec![
        (r"127\.0\.0\.1:\d+", "HOST:PORT"),
        (r" \d\.\d{3}", " SECONDS"),
        (r"Root=1-6b0cc900-[0-9a-f]{24}", "TRACE"),
    ]}, {
        assert_snapshot!(told, @r#"
        us-east-1a: 1 requests, 2 connections, {}
        us-east-1b: 1 requests, 1 connections, {502: 1}
        2 of targets, [1, 0, 0, 0], 1 errors
        http 2026-11-30T00:53:20.000000Z app/shop/50dc6c495c0c9188 HOST:PORT HOST:PORT SECONDS SECONDS SECONDS 200 200 44 49 "GET http://shop.test:80/product?id=1 HTTP/1.1" "-" - - arn:group "TRACE" "-" "-" default 2026-11-30T00:53:20.000000Z "forward" "-" "-" "HOST:PORT" "200" "-" "-" -
        http 2026-11-30T00:53:20.000000Z app/shop/50dc6c495c0c9188 HOST:PORT - -1 -1 -1 502 - 44 167 "GET http://shop.test:80/product?id=1 HTTP/1.1" "-" - - arn:group "TRACE" "-" "-" default 2026-11-30T00:53:20.000000Z "forward" "-" "-" "-" "-" "-" "-" -
        "#);
    });
    for (id, path) in [("a", "/health"), ("gone", "/")] {
        story.balancers.perform(Effect::Probe(Box::new(Probe {
            target_group: GROUP.to_owned(),
            target: id.to_owned(),
            target_port: 8080,
            address: Some(IpAddr::from([10, 0, 0, 1])),
            port: 8080,
            speaks_tls: false,
            version: Version::Http1,
            path: path.to_owned(),
            timeout_s: 5,
        })));
        let Some(Report::Probed { target, outcome, .. }) = story.told.recv().await else {
            panic!("nothing is told of {id}")
        };
        let expected = if id == "a" { "Answered(200)" } else { "Failed" };
        assert_eq!((target.as_str(), format!("{outcome:?}").as_str()), (id, expected));
    }
}

/// One balancer is the target of another, which speaks TLS to it, as HTTP/1.1 and as HTTP/2.
#[tokio::test]
async fn listeners_and_targets_can_speak_tls() {
    let mut told = Vec::new();
    for version in [Version::Http1, Version::Http2] {
        let mut inner =
            plan(vec![rule(vec![], forward())], group(vec![target("echo", Standing::Healthy)]));
        inner.attributes.forwards_tls = true;
        inner.listeners[0].certificates = Some(vec!["arn:aws:acm:one".to_owned()]);
        let inner = Story::begin(inner, false).await;
        inner
            .target("echo", |mut stream| async move {
                let Some(head) = head(&mut stream).await else { return };
                let is_told =
                    |line: &&str| line.starts_with("x-amzn-tls") || line.contains("-proto");
                let body = head.lines().filter(is_told).collect::<Vec<_>>().join("|");
                let answer =
                    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
                let _ = stream.write_all(answer.as_bytes()).await;
            })
            .await;
        let mut by_tls = group(vec![target("inner", Standing::Healthy)]);
        by_tls.speaks_tls = true;
        by_tls.version = version;
        let outer = Story::begin(plan(vec![rule(vec![], forward())], by_tls), false).await;
        outer.around.targets.lock().unwrap().insert("inner".to_owned(), inner.at);
        told.push(short(&outer.plain("/").await));
    }
    assert_snapshot!(told.join("\n"), @"
    HTTP/1.1 200 OK x-forwarded-proto: https|x-amzn-tls-version: TLSv1.3|x-amzn-tls-cipher-suite: TLS_AES_256_GCM_SHA384
    HTTP/1.1 200 OK x-forwarded-proto: https|x-amzn-tls-version: TLSv1.3|x-amzn-tls-cipher-suite: TLS_AES_256_GCM_SHA384
    ");
}
