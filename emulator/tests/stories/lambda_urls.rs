//! Functions behind URLs of their own: the event, the answer, who may call.

use aws_sdk_lambda::types::{Cors, FunctionUrlAuthType};
use cloudless::Emulator;
use cloudless::clock::Clock;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

use crate::function::{create, in_process_zip};
use crate::raw::{Answer, request};
use crate::{NOON, Story, lambda};

/// A function that answers with its event, or as the query says.
async fn echo() -> anyhow::Result<Emulator> {
    let emulator = Emulator::builder()
        .clock(Clock::frozen(NOON))
        .seed(7)
        .function("echo", |_| async {
            Ok::<_, Error>(service_fn(|event: LambdaEvent<Value>| async move {
                let mut event = event.payload;
                match event["queryStringParameters"]["do"].as_str() {
                    Some("fail") => Err(Error::from("no such picture")),
                    Some("greet") => Ok(json!("hello")),
                    Some("write") => Ok(json!({
                        "statusCode": 418,
                        "headers": { "content-type": "text/plain" },
                        "cookies": ["pot=1"],
                        "body": "dGVh",
                        "isBase64Encoded": true,
                    })),
                    _ => {
                        // The name that was called, port included.
                        assert_eq!(event["requestContext"]["domainName"], event["headers"]["host"]);
                        // They change from run to run.
                        event["requestContext"]["domainName"] = json!("*");
                        event["requestContext"]["requestId"] = json!("*");
                        for header in ["host", "x-amzn-trace-id", "x-forwarded-port"] {
                            event["headers"][header] = json!("*");
                        }
                        Ok(event)
                    }
                }
            }))
        })
        .start()
        .await?;
    create(&lambda(&emulator), "echo", in_process_zip()?).send().await?;
    Ok(emulator)
}

/// The host name of a URL that is made for the function.
async fn host(emulator: &Emulator, auth_type: FunctionUrlAuthType) -> anyhow::Result<String> {
    let cors = Cors::builder().allow_origins("https://shop.example").allow_methods("GET").build();
    let create = lambda(emulator).create_function_url_config().function_name("echo");
    let created = create.auth_type(auth_type).cors(cors).send().await?;
    Ok(created.function_url().trim_start_matches("http://").trim_end_matches('/').to_owned())
}

async fn let_everybody_in(emulator: &Emulator) -> Story {
    lambda(emulator)
        .add_permission()
        .function_name("echo")
        .statement_id("everybody")
        .action("lambda:InvokeFunctionUrl")
        .principal("*")
        .function_url_auth_type(FunctionUrlAuthType::None)
        .send()
        .await?;
    Ok(())
}

fn text(answer: &Answer) -> String {
    String::from_utf8_lossy(&answer.body).into_owned()
}

fn told(answer: &Answer) -> String {
    let kind = answer.header("content-type").unwrap_or_default();
    let cookie = answer.header("set-cookie").unwrap_or_default();
    format!("{} {kind} {cookie} {}", answer.status, text(answer))
}

#[tokio::test]
async fn a_request_becomes_an_event_in_format_2() -> Story {
    let emulator = echo().await?;
    let host = host(&emulator, FunctionUrlAuthType::None).await?;
    let_everybody_in(&emulator).await?;
    let id = host.split('.').next().unwrap_or_default().to_owned();
    let request = request("POST /a%20b/c?q=1&q=%2Ftwo&empty=")
        .header("Host", host)
        .header("Cookie", "a=1; b=2")
        .header("Content-Type", "application/json")
        .header("X-Twice", "one")
        .header("X-Twice", "two")
        .body("{\"foo\":\"bar\"}");
    let answer = request.send(&emulator).await?;
    let event: Value = serde_json::from_str(&text(&answer).replace(&id, "URLID"))?;
    insta::assert_snapshot!(serde_json::to_string_pretty(&event)?, @r##"
    {
      "version": "2.0",
      "routeKey": "$default",
      "rawPath": "/a%20b/c",
      "rawQueryString": "q=1&q=%2Ftwo&empty=",
      "cookies": [
        "a=1",
        "b=2"
      ],
      "headers": {
        "content-length": "13",
        "content-type": "application/json",
        "host": "*",
        "x-amzn-tls-cipher-suite": "TLS_AES_128_GCM_SHA256",
        "x-amzn-tls-version": "TLSv1.3",
        "x-amzn-trace-id": "*",
        "x-forwarded-for": "127.0.0.1",
        "x-forwarded-port": "*",
        "x-forwarded-proto": "http",
        "x-twice": "one,two"
      },
      "queryStringParameters": {
        "empty": "",
        "q": "1,/two"
      },
      "requestContext": {
        "accountId": "anonymous",
        "apiId": "URLID",
        "domainName": "*",
        "domainPrefix": "URLID",
        "http": {
          "method": "POST",
          "path": "/a%20b/c",
          "protocol": "HTTP/1.1",
          "sourceIp": "127.0.0.1",
          "userAgent": null
        },
        "requestId": "*",
        "routeKey": "$default",
        "stage": "$default",
        "time": "23/Nov/2026:12:00:00 +0000",
        "timeEpoch": 1795435200000
      },
      "body": "{\"foo\":\"bar\"}",
      "isBase64Encoded": false
    }
    "##);
    Ok(())
}

#[tokio::test]
async fn what_a_function_says_of_http_is_done_and_all_else_is_the_body() -> Story {
    let emulator = echo().await?;
    let host = host(&emulator, FunctionUrlAuthType::None).await?;
    let id = host.split('.').next().unwrap_or_default().to_owned();
    let mut heard = Vec::new();
    let ask =
        async |line: &str, host: &str| request(line).header("Host", host).send(&emulator).await;
    heard.push(told(&ask("GET /?do=greet", &host).await?));
    let_everybody_in(&emulator).await?;
    for line in ["GET /?do=greet", "GET /?do=write", "GET /?do=fail"] {
        heard.push(told(&ask(line, &host).await?));
    }
    let by_path = format!("GET /_cloudless/lambda-url/{id}/?do=greet");
    heard.push(told(&ask(&by_path, "127.0.0.1").await?));
    heard.push(told(&ask("GET /", "nobody.lambda-url.us-east-1.localhost").await?));
    insta::assert_snapshot!(heard.join("\n"), @r##"
    403 application/json  {"Message":"Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"}
    200 application/json  hello
    418 text/plain pot=1 tea
    502 application/json  Internal Server Error
    200 application/json  hello
    404 application/json  {"Message":null}
    "##);
    Ok(())
}

#[tokio::test]
async fn pages_are_let_in_as_the_configuration_of_the_url_says() -> Story {
    let emulator = echo().await?;
    let host = host(&emulator, FunctionUrlAuthType::None).await?;
    let_everybody_in(&emulator).await?;
    let mut heard = Vec::new();
    for (line, origin) in [
        ("GET /?do=greet", "https://shop.example"),
        ("GET /?do=greet", "https://evil.example"),
        ("OPTIONS /", "https://shop.example"),
        ("OPTIONS /", "https://evil.example"),
    ] {
        let asked = request(line).header("Host", &*host).header("Origin", origin);
        let asked = asked.header("Access-Control-Request-Method", "GET");
        let answer = asked.send(&emulator).await?;
        let allowed = answer.header("access-control-allow-origin");
        heard.push(format!("{line} from {origin}: {} {allowed:?}", answer.status));
    }
    insta::assert_snapshot!(heard.join("\n"), @r##"
    GET /?do=greet from https://shop.example: 200 Some("https://shop.example")
    GET /?do=greet from https://evil.example: 403 None
    OPTIONS / from https://shop.example: 200 Some("https://shop.example")
    OPTIONS / from https://evil.example: 403 None
    "##);
    Ok(())
}

#[tokio::test]
async fn a_url_for_iam_wants_a_signature() -> Story {
    let emulator = echo().await?;
    let host = host(&emulator, FunctionUrlAuthType::AwsIam).await?;
    let unsigned = request("GET /?do=greet").header("Host", &*host).send(&emulator).await?;
    let signed = request("GET /?do=greet").header("Host", &*host).header(
        "Authorization",
        "AWS4-HMAC-SHA256 Credential=test/20261123/us-east-1/lambda/aws4_request, \
         SignedHeaders=host, Signature=0",
    );
    let signed = signed.header("X-Amz-Date", "20261123T120000Z").send(&emulator).await?;
    insta::assert_snapshot!(format!("{}\n{}", told(&unsigned), told(&signed)), @r##"
    403 application/json  {"Message":"Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"}
    200 application/json  hello
    "##);
    Ok(())
}
