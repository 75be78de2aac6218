//! The door: what pages in the user's own browser get done here, and by which names.

use aws_sdk_s3::types::{CorsConfiguration, CorsRule};
use cloudless::Emulator;
use serde_json::Value;

use crate::function::{create, in_process_zip};
use crate::raw::{Answer, Request, request};
use crate::{Story, at_noon, lambda, queue, s3, sqs};

const EVIL: &str = "https://evil.example";

/// What the emulator has, and its time: what a page that gets nothing done leaves as it was.
async fn state(emulator: &Emulator) -> anyhow::Result<String> {
    let first: Value =
        serde_json::from_slice(&request("GET /_cloudless").send(emulator).await?.body)?;
    let now = emulator.clock().now().iso8601_ms();
    Ok(format!("{} at {now}", first["counts"]))
}

fn told(what: &str, answer: &Answer) -> String {
    format!("{what}: {}", answer.tell().replace("\n", " "))
}

async fn furnished() -> anyhow::Result<Emulator> {
    let emulator = at_noon().await?;
    let s3 = s3(&emulator);
    for bucket in ["photos", "open", "private"] {
        s3.create_bucket().bucket(bucket).send().await?;
        let page = b"<script>1</script>".to_vec().into();
        s3.put_object()
            .bucket(bucket)
            .key("a.html")
            .content_type("text/html")
            .body(page)
            .send()
            .await?;
    }
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*",
        "Action":"s3:GetObject","Resource":"arn:aws:s3:::photos/*"}]}"#;
    s3.delete_public_access_block().bucket("photos").send().await?;
    s3.put_bucket_policy().bucket("photos").policy(policy).send().await?;
    let rule = CorsRule::builder()
        .allowed_origins("https://partner.example")
        .allowed_methods("PUT")
        .allowed_headers("*")
        .build()?;
    let rules = CorsConfiguration::builder().cors_rules(rule).build()?;
    s3.put_bucket_cors().bucket("open").cors_configuration(rules).send().await?;
    queue(&sqs(&emulator), "orders").await?;
    Ok(emulator)
}

fn signed(service: &str) -> String {
    let scope = format!("Credential=test/20261123/us-east-1/{service}/aws4_request");
    format!("AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=00")
}

/// As a browser sends what a page of `origin` asks for.
fn from(origin: &str, request: Request) -> Request {
    request.header("Origin", origin).header("Sec-Fetch-Site", "cross-site")
}

/// As a browser sends what an image or a frame of a page asks for: without an origin.
fn shown(destination: &str, request: Request) -> Request {
    request
        .header("Sec-Fetch-Site", "cross-site")
        .header("Sec-Fetch-Mode", if destination == "document" { "navigate" } else { "no-cors" })
        .header("Sec-Fetch-Dest", destination)
}

#[tokio::test]
async fn a_page_of_another_origin_gets_nothing_done() -> Story {
    let emulator = furnished().await?;
    let zip = r#"{"FunctionName":"mine","Role":"arn:aws:iam::000000000000:role/r"}"#;
    let url = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a/20261123/us-east-1";
    let functions = format!("POST /2015-03-31/functions?{url}/lambda/aws4_request");
    let read = format!("GET /private/a.html?{url}/s3/aws4_request");
    let before = state(&emulator).await?;
    let mut lines = Vec::new();
    for (what, asked) in [
        ("make a function", request(&functions).header("Content-Type", "text/plain").body(zip)),
        ("invoke one", request("POST /2015-03-31/functions/f/invocations").body("{}")),
        ("make a queue", request("POST /").form("Action=CreateQueue&QueueName=mine")),
        ("purge a queue", request("POST /000000000000/orders").form("Action=PurgeQueue")),
        ("send in JSON", request("POST /").sqs("CreateQueue", r#"{"QueueName":"mine"}"#)),
        ("take a role", request("POST /").header("Authorization", signed("sts"))),
        ("move the clock", request("POST /_cloudless/clock/advance?s=60").body("")),
        ("stop the clock", request("POST /_cloudless/clock/resume").body("")),
        ("settle", request("POST /_cloudless/settle").body("")),
        ("read the trace", request("GET /_cloudless/trace")),
        ("read the health", request("GET /_localstack/health")),
        ("read the first page", request("GET /_cloudless/")),
        ("put an object", request("PUT /photos/b").header("Authorization", signed("s3")).body("b")),
        ("read a private one", request(&read)),
        ("delete a bucket", request("DELETE /private").header("Authorization", signed("s3"))),
        ("ask beforehand", request("OPTIONS /2015-03-31/functions/")),
        ("open a WebSocket", request("GET /_cloudless/trace").header("Upgrade", "websocket")),
    ] {
        lines.push(told(what, &from(EVIL, asked).send(&emulator).await?));
    }
    for (what, asked) in [
        ("an image that purges", request("GET /000000000000/orders?Action=PurgeQueue")),
        ("an image that creates", request("GET /?Action=CreateQueue&QueueName=mine")),
        ("a presigned image", request(&read)),
        ("an image of ours", request("GET /_cloudless/")),
    ] {
        lines.push(told(what, &shown("image", asked).send(&emulator).await?));
    }
    for (what, asked) in [
        ("a link to a call", request("GET /?Action=CreateQueue&QueueName=mine")),
        ("a link to the trace", request("GET /_cloudless/trace")),
    ] {
        lines.push(told(what, &shown("document", asked).send(&emulator).await?));
    }
    // Browsers say less to hosts whose connections they do not take for safe, and old ones to all.
    let call = || request("GET /?Action=CreateQueue&QueueName=mine");
    for (what, asked) in [
        ("a sandboxed page", call().header("Origin", "null")),
        ("an old browser", call().header("Referer", "https://evil.example/page")),
        ("a silent browser", call().header("User-Agent", "Mozilla/5.0 (X11)")),
        ("two origins", call().header("Origin", EVIL).header("Origin", "http://localhost")),
        ("a sibling", request("GET /_cloudless/trace").header("Sec-Fetch-Site", "same-site")),
        ("a silent browser's encoded call", {
            let call = request("GET /?%41ction=CreateQueue&QueueName=mine");
            call.header("User-Agent", "Mozilla/5.0")
        }),
        ("a silent browser's form", {
            let form = request("POST /").header("User-Agent", "Mozilla/5.0");
            form.form("Action=CreateQueue&QueueName=mine")
        }),
        ("a silent browser's script", request(&read).header("User-Agent", "Mozilla/5.0")),
        ("an address that was typed, and led on", call().header("Sec-Fetch-Site", "none")),
        ("two hosts", {
            let own = emulator.address().to_string();
            request("GET /_cloudless/trace").header("Host", own).header("Host", "evil.example")
        }),
        // Our own pages send nothing of this: it is a document out of a bucket.
        ("our own origin", {
            let own = format!("http://{}", emulator.address());
            request("POST /_cloudless/clock/advance?s=60").header("Origin", own).body("")
        }),
        ("our own origin's script", {
            let read = request("GET /_cloudless/trace").header("Sec-Fetch-Mode", "cors");
            read.header("Sec-Fetch-Site", "same-origin")
        }),
    ] {
        lines.push(told(what, &asked.send(&emulator).await?));
    }
    let refused = lines.iter().filter(|line| line.contains(": 403 ")).count();
    assert_eq!(refused, lines.len(), "{}", lines.join("\n"));
    assert_eq!(state(&emulator).await?, before);
    let shown: Vec<_> = lines.into_iter().take(5).collect();
    insta::assert_snapshot!(shown.join("\n"), @r#"
    make a function: 403 {"message":"A page of https://evil.example may not do this. If it is yours, start the emulator with --allow-origin https://evil.example; for S3 a CORS rule of the bucket is enough"}
    invoke one: 403 {"message":"A page of https://evil.example may not do this. If it is yours, start the emulator with --allow-origin https://evil.example; for S3 a CORS rule of the bucket is enough"}
    make a queue: 403 <?xml version="1.0"?><ErrorResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>A page of https://evil.example may not do this. If it is yours, start the emulator with --allow-origin https://evil.example; for S3 a CORS rule of the bucket is enough</Message><Detail/></Error></ErrorResponse>
    purge a queue: 403 <?xml version="1.0"?><ErrorResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>A page of https://evil.example may not do this. If it is yours, start the emulator with --allow-origin https://evil.example; for S3 a CORS rule of the bucket is enough</Message><Detail/></Error></ErrorResponse>
    send in JSON: 403 {"__type":"com.amazon.coral.service#AccessDeniedException","message":"A page of https://evil.example may not do this. If it is yours, start the emulator with --allow-origin https://evil.example; for S3 a CORS rule of the bucket is enough"}
    "#);
    Ok(())
}

#[tokio::test]
async fn a_name_that_leads_here_without_being_ours_is_refused() -> Story {
    let builder = Emulator::builder().host_name("Cloud.test:4566").host_name("192.168.1.9");
    let emulator = builder.start().await?;
    let mut lines = Vec::new();
    for host in [
        "127.0.0.1:4566",
        "127.9.9.9",
        "[::1]:4566",
        "LOCALHOST:4566",
        "localhost.",
        "photos.localhost:4566",
        "photos.127.0.0.1:4566",
        "photos.s3.localhost.localstack.cloud:4566",
        "sqs.eu-west-1.amazonaws.com",
        "aws:4566",
        "host.docker.internal:4566",
        "cloud.test",
        "photos.cloud.test:80",
        "evil.example",
        "evil.example:4566",
        "localhost.evil.example",
        "evilcloud.test",
        "cloudless.default.svc.cluster.local:4566",
        "192.168.1.9:4566",
        "192.168.1.7:4566",
        "0.0.0.0:4566",
        "evil.example,localhost",
        "",
    ] {
        let asked = request("GET /_cloudless/clock").header("Host", host);
        let status = asked.send(&emulator).await?.status;
        let call = request("POST /").header("Host", host).sqs("ListQueues", "{}");
        let call = call.send(&emulator).await?;
        lines.push(format!("{host}: {status} {}", call.status));
    }
    let no_name = Emulator::builder().host_name("http://cloud.test").start().await;
    lines.push(no_name.err().map(|error| error.to_string()).unwrap_or_default());
    let evil = request("GET /_cloudless/clock").header("Host", "evil.example:4566<b>");
    lines.push(evil.send(&emulator).await?.tell());
    let everywhere = Emulator::builder().host([0, 0, 0, 0].into()).start().await?;
    for host in ["192.168.1.7:4566", "evil.example"] {
        let asked = request("GET /_cloudless/clock").header("Host", host);
        let status = asked.send(&everywhere).await?.status;
        lines.push(format!("listening everywhere, {host}: {status}"));
    }
    insta::assert_snapshot!(lines.join("\n"), @r#"
    127.0.0.1:4566: 200 200
    127.9.9.9: 200 200
    [::1]:4566: 200 200
    LOCALHOST:4566: 200 200
    localhost.: 200 200
    photos.localhost:4566: 200 200
    photos.127.0.0.1:4566: 200 200
    photos.s3.localhost.localstack.cloud:4566: 200 200
    sqs.eu-west-1.amazonaws.com: 200 200
    aws:4566: 200 200
    host.docker.internal:4566: 200 200
    cloud.test: 200 200
    photos.cloud.test:80: 200 200
    evil.example: 403 403
    evil.example:4566: 403 403
    localhost.evil.example: 403 403
    evilcloud.test: 403 403
    cloudless.default.svc.cluster.local:4566: 200 200
    192.168.1.9:4566: 200 200
    192.168.1.7:4566: 403 403
    0.0.0.0:4566: 403 403
    evil.example,localhost: 403 403
    : 403 403
    http://cloud.test is no host name: write cloud.test, for example
    403 {"error":"evil.example:4566b is no name of this emulator. If it is to be one: start it with --host-name evil.example:4566b"}
    listening everywhere, 192.168.1.7:4566: 200
    listening everywhere, evil.example: 403
    "#);
    Ok(())
}

#[tokio::test]
async fn what_s3_itself_lets_a_page_do_goes_on_working() -> Story {
    let emulator = furnished().await?;
    let s3_call = |line: &str| request(line).header("Authorization", signed("s3"));
    let partner = "https://partner.example";
    let mut lines = Vec::new();
    for (what, asked) in [
        ("a picture for all", shown("image", request("GET /photos/a.html"))),
        ("a sibling's picture", {
            request("GET /photos/a.html").header("Sec-Fetch-Site", "same-site")
        }),
        ("fetched", from(EVIL, request("GET /photos/a.html"))),
        ("a private picture", shown("image", request("GET /private/a.html"))),
        ("all buckets", shown("image", request("GET /"))),
        ("may the partner?", {
            let asked = from(partner, request("OPTIONS /open/b"));
            asked.header("Access-Control-Request-Method", "PUT")
        }),
        ("may the evil one?", {
            let asked = from(EVIL, request("OPTIONS /open/b"));
            asked.header("Access-Control-Request-Method", "PUT")
        }),
        ("the partner puts", from(partner, s3_call("PUT /open/b").body("b"))),
        ("the partner deletes", from(partner, s3_call("DELETE /open/b"))),
        ("the partner puts elsewhere", from(partner, s3_call("PUT /private/b").body("b"))),
        ("the partner copies", {
            let copy = s3_call("PUT /open/c").header("x-amz-copy-source", "/private/a.html");
            from(partner, copy.body(""))
        }),
        ("the partner lets others in", from(partner, s3_call("PUT /open?policy").body("{}"))),
        ("the partner changes the rules", from(partner, s3_call("PUT /open?cors").body("<a/>"))),
        ("a form", {
            let form =
                request("POST /open").header("Content-Type", "multipart/form-data; boundary=x");
            from(EVIL, form.body("--x--\r\n"))
        }),
        ("a form elsewhere", {
            let form = request("POST /2015-03-31/functions")
                .header("Content-Type", "multipart/form-data; boundary=x");
            from(EVIL, form.body("--x--\r\n"))
        }),
        ("a link to a presigned URL", {
            shown(
                "document",
                request("GET /private/a.html?AWSAccessKeyId=a&Signature=b&Expires=9999999999"),
            )
        }),
        ("a program that says where it comes from", {
            s3_call("GET /private/a.html").header("Referer", "https://evil.example/page")
        }),
        ("the same without a signature", {
            request("GET /private/a.html").header("Referer", "https://evil.example/page")
        }),
        ("a local page's presigned picture", {
            shown(
                "image",
                request("GET /private/a.html?AWSAccessKeyId=a&Signature=b&Expires=9999999999"),
            )
            .header("Referer", "http://localhost:3000/")
        }),
    ] {
        let answer = asked.send(&emulator).await?;
        let origin = answer.header("access-control-allow-origin").unwrap_or("-");
        lines.push(format!("{what}: {} {origin}", answer.status));
    }
    insta::assert_snapshot!(lines.join("\n"), @"
    a picture for all: 200 -
    a sibling's picture: 200 -
    fetched: 200 -
    a private picture: 403 -
    all buckets: 307 -
    may the partner?: 200 https://partner.example
    may the evil one?: 403 -
    the partner puts: 200 https://partner.example
    the partner deletes: 403 -
    the partner puts elsewhere: 403 -
    the partner copies: 403 -
    the partner lets others in: 403 -
    the partner changes the rules: 403 -
    a form: 400 -
    a form elsewhere: 403 -
    a link to a presigned URL: 200 -
    a program that says where it comes from: 200 -
    the same without a signature: 403 -
    a local page's presigned picture: 200 -
    ");
    Ok(())
}

/// An object is anybody's text: shown as a page of the emulator's own origin it could do all.
#[tokio::test]
async fn a_page_from_a_bucket_is_not_a_page_of_ours() -> Story {
    let emulator = furnished().await?;
    let port = emulator.address().port();
    let document = shown("document", request("GET /photos/a.html")).send(&emulator).await?;
    // A browser keeps what it got for a picture, and shows it as a document later.
    let kept = shown("image", request("GET /photos/a.html")).send(&emulator).await?;
    let list = request("GET /photos?list-type=2").header("Authorization", signed("s3"));
    let list = list.send(&emulator).await?;
    let own = format!("photos.localhost:{port}");
    let website = request("GET /a.html").header("Host", &own);
    let website = shown("document", website).send(&emulator).await?;
    let from_bucket = |line: &str, service: &str| {
        request(line)
            .header("Host", &own)
            .header("Origin", format!("http://{own}"))
            .header("Sec-Fetch-Site", "same-origin")
            .header("Authorization", signed(service))
    };
    let clock = request("POST /_cloudless/clock/advance?s=9")
        .header("Host", &own)
        .header("Origin", format!("http://{own}"));
    let csp = |answer: &Answer| answer.header("content-security-policy").unwrap_or("-").to_owned();
    let told = [
        format!("as a document: {}", csp(&document)),
        format!("as a picture: {}", csp(&kept)),
        format!("a list: {}", csp(&list)),
        format!("by the bucket's name: {}", csp(&website)),
        told("its own object", &from_bucket("PUT /b", "s3").body("b").send(&emulator).await?),
        told(
            "a function",
            &from_bucket("GET /2015-03-31/functions/", "lambda").send(&emulator).await?,
        ),
        told(
            "a queue",
            &from_bucket("POST /", "sqs").sqs("ListQueues", "{}").send(&emulator).await?,
        ),
        told("the clock", &clock.body("").send(&emulator).await?),
    ];
    let told = told.join("\n").replace(&port.to_string(), "PORT");
    insta::assert_snapshot!(told, @r#"
    as a document: sandbox allow-scripts allow-forms allow-popups allow-modals allow-downloads
    as a picture: sandbox allow-scripts allow-forms allow-popups allow-modals allow-downloads
    a list: -
    by the bucket's name: -
    its own object: 200
    a function: 403 {"message":"A page of http://photos.localhost:PORT may not do this. If it is yours, start the emulator with --allow-origin http://photos.localhost:PORT; for S3 a CORS rule of the bucket is enough"}
    a queue: 403 {"__type":"com.amazon.coral.service#AccessDeniedException","message":"A page of http://photos.localhost:PORT may not do this. If it is yours, start the emulator with --allow-origin http://photos.localhost:PORT; for S3 a CORS rule of the bucket is enough"}
    the clock: 403 {"error":"A page of http://photos.localhost:PORT may not do this. If it is yours, start the emulator with --allow-origin http://photos.localhost:PORT; for S3 a CORS rule of the bucket is enough"}
    "#);
    Ok(())
}

#[tokio::test]
async fn a_front_end_that_is_allowed_uses_all_services_from_a_browser() -> Story {
    let emulator = Emulator::builder().allow_origin("http://localhost:3000/").start().await?;
    let front_end = |request: Request| from("http://localhost:3000", request);
    let preflight = front_end(request("OPTIONS /"))
        .header("Access-Control-Request-Method", "POST")
        .header("Access-Control-Request-Headers", "authorization,x-amz-target")
        .header("Access-Control-Request-Private-Network", "true");
    let preflight = preflight.send(&emulator).await?;
    let sent = front_end(request("POST /").sqs("CreateQueue", r#"{"QueueName":"orders"}"#));
    let sent = sent.send(&emulator).await?;
    let clock = front_end(request("GET /_cloudless/clock")).send(&emulator).await?;
    let other = from("http://localhost:3001", request("GET /_cloudless/clock"));
    let other = other.send(&emulator).await?;
    let cors = [
        "access-control-allow-origin",
        "access-control-allow-methods",
        "access-control-allow-headers",
        "access-control-allow-credentials",
        "access-control-allow-private-network",
        "access-control-max-age",
        "access-control-expose-headers",
        "vary",
    ];
    let refused = Emulator::builder().allow_origin("*").start().await;
    let told = [
        format!("preflight: {}\n{}", preflight.status, preflight.tell_headers(&cors)),
        format!("call: {}\n{}", sent.status, sent.tell_headers(&cors)),
        format!("clock: {}\n{}", clock.status, clock.tell_headers(&cors)),
        format!("another: {}\n{}", other.status, other.tell_headers(&cors)),
        refused.err().map(|error| error.to_string()).unwrap_or_default(),
    ];
    insta::assert_snapshot!(told.join("\n"), @"
    preflight: 200
    access-control-allow-origin: http://localhost:3000
    access-control-allow-methods: GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS
    access-control-allow-headers: authorization,x-amz-target
    access-control-allow-credentials: true
    access-control-allow-private-network: true
    access-control-max-age: 600
    vary: Origin, Access-Control-Request-Headers, Access-Control-Request-Method
    call: 200
    access-control-allow-origin: http://localhost:3000
    access-control-allow-credentials: true
    access-control-expose-headers: x-amzn-requestid, content-type
    vary: Origin, Access-Control-Request-Headers, Access-Control-Request-Method
    clock: 200
    access-control-allow-origin: http://localhost:3000
    access-control-allow-credentials: true
    access-control-expose-headers: content-type
    vary: Origin, Access-Control-Request-Headers, Access-Control-Request-Method
    another: 403

    * is no origin: write http://localhost:3000, for example
    ");
    Ok(())
}

#[tokio::test]
async fn a_browser_at_the_port_sees_what_this_is() -> Story {
    let emulator = furnished().await?;
    let lambda = lambda(&emulator);
    create(&lambda, "greet", in_process_zip()?).send().await?;
    let visit = |path: &str| {
        request(&format!("GET {path}")).header("Accept", "text/html,application/xhtml+xml")
    };
    let page = visit("/").send(&emulator).await?;
    let text = String::from_utf8(page.body.clone())?;
    let main = text.split("<main>").nth(1).unwrap_or_default().split("</main>").next();
    let main: Vec<_> =
        main.unwrap_or_default().lines().filter(|line| !line.trim().is_empty()).collect();
    let main = main.join("\n").replace(&emulator.address().port().to_string(), "PORT");
    assert!(!text.contains("<script"));
    let mut told = vec![main, page.tell_headers(&["content-type", "content-security-policy"])];
    for (what, asked) in [
        ("its own path", visit("/_cloudless/")),
        ("without a slash", visit("/_cloudless")),
        ("docs", visit("/_cloudless/docs")),
        ("a link from elsewhere", shown("document", visit("/"))),
        ("a link of ours", {
            let link = request("GET /_cloudless/trace").header("Sec-Fetch-Site", "same-origin");
            link.header("Sec-Fetch-Mode", "navigate").header("Sec-Fetch-Dest", "document")
        }),
        ("in a frame of another page", shown("iframe", visit("/_cloudless/"))),
        ("a signed call", visit("/").header("Authorization", signed("s3"))),
        ("a program", request("GET /")),
        ("a bucket's own host", visit("/").header("Host", "photos.localhost")),
    ] {
        let answer = asked.send(&emulator).await?;
        let kind = answer.header("content-type").unwrap_or("-").to_owned();
        told.push(format!("{what}: {} {kind}", answer.status));
    }
    for asked in ["GET /_cloudless", "GET /_cloudless/logs", "GET /_cloudless/lunch"] {
        let answer = request(asked).send(&emulator).await?.tell();
        told.push(format!(
            "{asked}: {}",
            answer.replace(&emulator.address().port().to_string(), "PORT")
        ));
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    <h1>Cloudless</h1>
    <p>S3, SQS, Lambda, STS, CloudWatch Logs, CloudWatch, EC2, Elastic Load Balancing and EC2 Auto Scaling on this machine, behaving as on AWS.</p>
    <p class="quiet">Version 0.1.0 · in memory: everything is forgotten at the end · any access key is accepted</p>
    <ul class="counts">
    <li><strong>3</strong> buckets</li>
    <li><strong>1</strong> queues</li>
    <li><strong>1</strong> functions</li>
    </ul>
    <h2>Outstanding</h2>
    <p>Nothing: the pipeline is idle.</p>
    <p class="quiet">The clock stands at 2026-11-23T12:00:00.000Z.</p>
    <h2>Use it</h2>
    <p>Any AWS SDK, and the AWS CLI, after this in a terminal:</p>
    <pre><code>export AWS_ENDPOINT_URL=http://127.0.0.1:PORT
    export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
    export AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1</code></pre>
    <h2>Look closer</h2>
    <nav><ul>
    <li><a href="/_cloudless/health">health</a></li>
    <li><a href="/_cloudless/trace">trace</a></li>
    <li><a href="/_cloudless/metrics">metrics</a></li>
    <li><a href="/_cloudless/logs">logs</a></li>
    <li><a href="/_cloudless/docs">docs</a></li>
    </ul></nav>
    content-type: text/html; charset=utf-8
    content-security-policy: default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'
    its own path: 200 text/html; charset=utf-8
    without a slash: 200 text/html; charset=utf-8
    docs: 200 text/html; charset=utf-8
    a link from elsewhere: 200 text/html; charset=utf-8
    a link of ours: 200 application/json
    in a frame of another page: 403 application/json
    a signed call: 200 application/xml
    a program: 307 -
    a bucket's own host: 403 application/xml
    GET /_cloudless: 200 {"version":"0.1.0","endpoint":"http://127.0.0.1:PORT","counts":{"buckets":3,"queues":1,"functions":1},"controls":["GET /_cloudless/","GET /_cloudless/docs","GET /_cloudless/health","GET /_cloudless/clock","POST /_cloudless/clock/advance?s=600","POST /_cloudless/clock/freeze","POST /_cloudless/clock/resume","POST /_cloudless/clock/speed?times=10","POST /_cloudless/settle?limit_s=30","POST /_cloudless/settle?until_idle=true","GET /_cloudless/trace[?cause=7]","GET /_cloudless/metrics","GET /_cloudless/dashboards","GET /_cloudless/dashboards/{name}","GET /_cloudless/instances","GET /_cloudless/instances/{id}/console","POST /_cloudless/instances/{id}/kill","POST /_cloudless/zones/{name}/lose","POST /_cloudless/zones/{name}/restore","GET /_cloudless/coverage","GET /_cloudless/logs","GET /_cloudless/logs/{name or ARN}","GET /_localstack/health, info, init, init/{stage}"],"parameters":{"POST /_cloudless/clock/advance?s=600":{"s":"by how many seconds"},"POST /_cloudless/clock/speed?times=10":{"times":"how many seconds pass in one: 1 as the machine's"},"POST /_cloudless/settle?limit_s=30":{"limit_s":"for how many seconds: 30 unless told"},"POST /_cloudless/settle?until_idle=true":{"until_idle":"true or false"},"GET /_cloudless/trace[?cause=7]":{"cause":"the number of an event: this and what it led to","service":"s3, sqs, lambda, logs, cloudwatch, ec2, elasticloadbalancing, autoscaling, sts or cloudless","resource":"a name or ARN: of a queue, a function, a bucket, an object","since":"from this moment on: milliseconds, or 2026-11-23T12:00:00Z","until":"before this moment","limit":"how many make a page: 1000 at most, and unless told","token":"next_token of the page before, beside the same other parameters"},"GET /_cloudless/metrics":{"format":"json: queues alone, by their ARNs; else as Prometheus reads it"},"GET /_cloudless/dashboards/{name}":{"start":"from when on: how long ago (-PT3H, unless this or the dashboard says), or a moment in ISO 8601","end":"until when: a moment in ISO 8601, or how long ago; now, unless told","refresh_s":"after how many seconds a browser asks again; not at all, unless told","account":"whose it is: 000000000000, unless told"},"POST /_cloudless/zones/{name}/lose":{"for_s":"it is back after so many seconds; else when that is said"},"GET /_cloudless/logs":{"cause":"the number of an event: this and what it led to","service":"s3, sqs, lambda, logs, cloudwatch, ec2, elasticloadbalancing, autoscaling, sts or cloudless","resource":"a name or ARN: of a queue, a function, a bucket, an object","since":"from this moment on: milliseconds, or 2026-11-23T12:00:00Z","until":"before this moment","limit":"how many make a page: 1000 at most, and unless told","token":"next_token of the page before, beside the same other parameters"},"GET /_cloudless/logs/{name or ARN}":{"cause":"the number of an event: this and what it led to","service":"s3, sqs, lambda, logs, cloudwatch, ec2, elasticloadbalancing, autoscaling, sts or cloudless","resource":"a name or ARN: of a queue, a function, a bucket, an object","since":"from this moment on: milliseconds, or 2026-11-23T12:00:00Z","until":"before this moment","limit":"how many make a page: 1000 at most, and unless told","token":"next_token of the page before, beside the same other parameters"}}}
    GET /_cloudless/logs: 200 {"functions":[],"lines":"GET /_cloudless/logs/{name or ARN}"}
    GET /_cloudless/lunch: 404 {"error":"there is no such control; there are GET /_cloudless/, GET /_cloudless/docs, GET /_cloudless/health, GET /_cloudless/clock, POST /_cloudless/clock/advance?s=600, POST /_cloudless/clock/freeze, POST /_cloudless/clock/resume, POST /_cloudless/clock/speed?times=10, POST /_cloudless/settle?limit_s=30, POST /_cloudless/settle?until_idle=true, GET /_cloudless/trace[?cause=7], GET /_cloudless/metrics, GET /_cloudless/dashboards, GET /_cloudless/dashboards/{name}, GET /_cloudless/instances, GET /_cloudless/instances/{id}/console, POST /_cloudless/instances/{id}/kill, POST /_cloudless/zones/{name}/lose, POST /_cloudless/zones/{name}/restore, GET /_cloudless/coverage, GET /_cloudless/logs, GET /_cloudless/logs/{name or ARN}, GET /_localstack/health, info, init, init/{stage}"}
    "#);
    Ok(())
}
