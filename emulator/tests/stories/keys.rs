//! Signatures: any key will do until keys are configured, and then only those.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::primitives::SdkBody;
use aws_sdk_sqs::config::interceptors::BeforeTransmitInterceptorContextMut;
use aws_sdk_sqs::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_sqs::error::BoxError;
use aws_sdk_sqs::types::QueueAttributeName;
use cloudless::{BucketDefaults, Emulator, Keys};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;

use crate::function::{create, in_process_zip};
use crate::raw::request;
use crate::signing::presigned_get_by;
use crate::{Story, at_noon, queue, refusal, s3_with};

pub fn signing_with(emulator: &Emulator, key: &str, secret: &str) -> SdkConfig {
    let credentials = Credentials::new(key, secret, None, None, "a story");
    let provider = SharedCredentialsProvider::new(credentials);
    emulator.sdk_config().to_builder().credentials_provider(provider).build()
}

#[tokio::test]
async fn the_configured_key_signs_for_all_services() -> Story {
    let emulator = Emulator::builder()
        .key("AKIASHOP", "a secret")
        .function("list", |environment| async move {
            let s3 = s3_with(&environment.sdk_config);
            Ok::<_, Error>(service_fn(move |_event: LambdaEvent<Value>| {
                let s3 = s3.clone();
                async move {
                    let listed = s3.list_objects_v2().bucket("photos").send().await?;
                    Ok::<_, Error>(listed.key_count())
                }
            }))
        })
        .start()
        .await?;
    let config = signing_with(&emulator, "AKIASHOP", "a secret");
    let s3 = s3_with(&config);
    s3.create_bucket().bucket("photos").send().await?;
    let body = ByteStream::from_static(b"hello");
    s3.put_object().bucket("photos").key("a b/ü+~.jpg").body(body).send().await?;
    let list = s3.list_objects_v2().bucket("photos").prefix("a b/ü+").delimiter("&=");
    assert_eq!(list.send().await?.key_count(), Some(1));
    let sqs = aws_sdk_sqs::Client::new(&config);
    let url = queue(&sqs, "orders").await?;
    sqs.send_message().queue_url(&url).message_body("hello").send().await?;
    let lambda = aws_sdk_lambda::Client::new(&config);
    let created = create(&lambda, "list", in_process_zip()?).send().await?;
    // An ARN in a path is encoded twice for the signature. The function's own key is known too.
    let arn = created.function_arn().unwrap_or_default();
    let answer = lambda.invoke().function_name(arn).payload(Blob::new("{}")).send().await?;
    let payload = answer.payload().map(|it| String::from_utf8_lossy(it.as_ref()).into_owned());
    assert_eq!(payload.as_deref(), Some("1"));
    Ok(())
}

/// A key may be a user's of an account: S3 has buckets of its account, STS says who it is, and the settings
/// of new buckets are the older ones where that is asked for.
#[tokio::test]
async fn a_key_may_be_a_users_of_an_account() -> Story {
    let mut keys = Keys::default();
    keys.read_lines(
        "AKIAANNA:secret of anna:111122223333:anna:Anna B.:anna@example.com\n\
         AKIABOB:secret of bob:111122223333:bob\n\
         AKIAEVE:secret of eve:444455556666\n",
    )?;
    let emulator =
        Emulator::builder().keys(keys).bucket_defaults(BucketDefaults::Of2022).start().await?;
    let config = |key: &str, name: &str| signing_with(&emulator, key, &format!("secret of {name}"));
    let now = chrono::Utc::now().format("%Y%m%dT%H%M%SZ").to_string();
    let mut told = Vec::new();
    for (key, name) in [("AKIAANNA", "anna"), ("AKIABOB", "bob"), ("AKIAEVE", "eve")] {
        let config = config(key, name);
        let query = "Action=GetCallerIdentity&Version=2011-06-15";
        let host = emulator.address().to_string();
        let signer = (key, &*format!("secret of {name}"));
        let who = request(&presigned_get_by(signer, &host, "sts", query, &now));
        let who = who.send(&emulator).await?.tell_short();
        let s3 = s3_with(&config);
        s3.create_bucket().bucket(format!("{name}-1")).send().await?;
        let listed = s3.list_buckets().send().await?;
        let names: Vec<_> = listed.buckets().iter().filter_map(|it| it.name()).collect();
        let called = listed.owner().and_then(|owner| owner.display_name());
        told.push(format!("{who}\n  has {names:?}, is called {called:?}"));
    }
    let s3 = s3_with(&config("AKIABOB", "bob"));
    let block = s3.get_public_access_block().bucket("anna-1").send().await;
    told.push(refusal(block));
    let owner = s3.get_bucket_ownership_controls().bucket("anna-1").send().await;
    told.push(refusal(owner));
    told.push(refusal(s3.list_objects_v2().bucket("eve-1").send().await));
    insta::assert_snapshot!(told.join("\n"), @r#"
    200 <?xml version="1.0"?><GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><UserId>AIDAD9FE7AB6D42D00F9B</UserId><Account>111122223333</Account><Arn>arn:aws:iam::111122223333:user/anna</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>
      has ["anna-1"], is called Some("Anna B.")
    200 <?xml version="1.0"?><GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><UserId>AIDA9078473CC6FC31997</UserId><Account>111122223333</Account><Arn>arn:aws:iam::111122223333:user/bob</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>
      has ["anna-1", "bob-1"], is called Some("Anna B.")
    200 <?xml version="1.0"?><GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><UserId>444455556666</UserId><Account>444455556666</Account><Arn>arn:aws:iam::444455556666:root</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>
      has ["eve-1"], is called None
    404 NoSuchPublicAccessBlockConfiguration: The public access block configuration was not found
    404 OwnershipControlsNotFoundError: The bucket ownership controls were not found
    403 AccessDenied: Access Denied
    "#);
    Ok(())
}

/// Tools ask who they are; whoever takes a role of another account acts for that account, with the
/// token, for an hour.
#[tokio::test]
async fn temporary_credentials_act_for_the_account_of_the_role() -> Story {
    let emulator = at_noon().await?;
    let ask = |action: &str| {
        let scope = "Credential=test/20261123/us-east-1/sts/aws4_request";
        request("POST /")
            .header(
                "Authorization",
                format!("AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=00"),
            )
            .form(&format!("Action={action}&Version=2011-06-15"))
    };
    let who = ask("GetCallerIdentity").send(&emulator).await?;
    let role = "RoleArn=arn:aws:iam::111111111111:role/reader&RoleSessionName=me";
    let assumed = ask(&format!("AssumeRole&{role}")).send(&emulator).await?;
    let assumed = String::from_utf8(assumed.body)?;
    let element = |name: &str| {
        let (_, rest) = assumed.split_once(&format!("<{name}>")).unwrap_or_default();
        rest.split('<').next().unwrap_or_default().to_owned()
    };
    let (key, secret) = (element("AccessKeyId"), element("SecretAccessKey"));
    let with = |token: Option<String>| {
        let credentials = Credentials::new(&key, &secret, token, None, "a story");
        let provider = SharedCredentialsProvider::new(credentials);
        let config = emulator.sdk_config().to_builder().credentials_provider(provider).build();
        (aws_sdk_sqs::Client::new(&config), s3_with(&config))
    };
    let (sqs, s3) = with(Some(element("SessionToken")));
    let mut told = vec![
        String::from_utf8(who.body)?.replace("><", ">\n<"),
        queue(&sqs, "theirs").await?.replace(emulator.endpoint_url(), ""),
        refusal(with(None).0.list_queues().send().await),
        String::from_utf8(ask("AssumeRole").send(&emulator).await?.body)?.replace("><", ">\n<"),
    ];
    s3.create_bucket().bucket("photos").send().await?;
    s3.put_object().bucket("photos").key("a").body(ByteStream::from_static(b"x")).send().await?;
    let an_hour = PresigningConfig::expires_in(Duration::from_secs(3_600))?;
    let url = s3.get_object().bucket("photos").key("a").presigned(an_hour).await?;
    let url = url.uri().replace(emulator.endpoint_url(), "GET ");
    told.push(format!("presigned: {}", request(&url).send(&emulator).await?.status));
    // As boto3 presigns in us-east-1.
    let old = "GET /photos/a?Signature=x&Expires=1795438800&x-amz-security-token=";
    let token = element("SessionToken").replace('+', "%2B").replace('=', "%3D");
    let old = request(&format!("{old}{token}&AWSAccessKeyId={key}"));
    told.push(format!("presigned as it was: {}", old.send(&emulator).await?.status));
    emulator.advance(Duration::from_secs(3_600)).await?;
    told.push(refusal(sqs.list_queues().send().await));
    told.push(refusal(s3.list_buckets().send().await));
    let told = told.join("\n");
    let mut settings = insta::Settings::clone_current();
    settings.add_filter("<RequestId>[^<]+", "<RequestId>ID");
    settings.bind(|| insta::assert_snapshot!(told, @r#"
    <?xml version="1.0"?>
    <GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
    <GetCallerIdentityResult>
    <UserId>000000000000</UserId>
    <Account>000000000000</Account>
    <Arn>arn:aws:iam::000000000000:root</Arn>
    </GetCallerIdentityResult>
    <ResponseMetadata>
    <RequestId>ID</RequestId>
    </ResponseMetadata>
    </GetCallerIdentityResponse>
    /111111111111/theirs
    403 InvalidClientTokenId: The security token included in the request is invalid.
    <?xml version="1.0"?>
    <ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
    <Error>
    <Type>Sender</Type>
    <Code>ValidationError</Code>
    <Message>2 validation errors detected: Value null at 'roleArn' failed to satisfy constraint: Member must not be null; Value null at 'roleSessionName' failed to satisfy constraint: Member must not be null</Message>
    </Error>
    <RequestId>ID</RequestId>
    </ErrorResponse>
    presigned: 200
    presigned as it was: 200
    403 ExpiredToken: The security token included in the request is expired
    400 ExpiredToken: The provided token has expired.
    "#));
    Ok(())
}

#[tokio::test]
async fn another_key_and_another_secret_are_refused() -> Story {
    let emulator = Emulator::builder().key("AKIASHOP", "a secret").start().await?;
    let mut told = Vec::new();
    for (key, secret) in [("AKIAOTHER", "a secret"), ("AKIASHOP", "another")] {
        let config = signing_with(&emulator, key, secret);
        let body = ByteStream::from_static(b"hello");
        let put = s3_with(&config).put_object().bucket("photos").key("a").body(body);
        told.push(format!("s3: {}", refusal(put.send().await)));
        let list = aws_sdk_sqs::Client::new(&config).list_queues();
        told.push(format!("sqs: {}", refusal(list.send().await)));
        let list = aws_sdk_lambda::Client::new(&config).list_functions();
        told.push(format!("lambda: {}", refusal(list.send().await)));
    }
    let old = request("POST /")
        .header("X-Amz-Date", "20130524T000000Z")
        .header("Authorization", "AWS4-HMAC-SHA256 Credential=AKIASHOP/20130524/us-east-1/sqs/aws4_request, SignedHeaders=host;x-amz-date, Signature=00");
    let old = old.sqs("ListQueues", "{}").send(&emulator).await?;
    told.push(format!("old: {}", old.status));
    told.push(old.tell_headers(&["x-amzn-query-error"]));
    insta::assert_snapshot!(told.join("\n"), @"
    s3: 403 InvalidAccessKeyId: The AWS Access Key Id you provided does not exist in our records.
    sqs: 403 InvalidClientTokenId: The security token included in the request is invalid.
    lambda: 403 UnrecognizedClientException: The security token included in the request is invalid.
    s3: 403 SignatureDoesNotMatch: The request signature we calculated does not match the signature you provided. Check your key and signing method.
    sqs: 403 SignatureDoesNotMatch: The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.
    lambda: 403 InvalidSignatureException: The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.
    old: 403
    x-amzn-query-error: SignatureDoesNotMatch;Sender
    ");
    Ok(())
}

/// A queue to which everybody may send and a prefix that everybody may read; beside them what is nobody's
/// business. Gives the queue's URL.
async fn with_a_public_corner(config: &SdkConfig) -> anyhow::Result<String> {
    let (s3, sqs) = (s3_with(config), aws_sdk_sqs::Client::new(config));
    let url = queue(&sqs, "suggestions").await?;
    queue(&sqs, "orders").await?;
    let policy = serde_json::json!({"Statement": {
        "Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage",
        "Resource": "arn:aws:sqs:us-east-1:000000000000:suggestions",
    }});
    let set = sqs.set_queue_attributes().queue_url(&url);
    set.attributes(QueueAttributeName::Policy, policy.to_string()).send().await?;
    s3.create_bucket().bucket("photos").send().await?;
    s3.delete_public_access_block().bucket("photos").send().await?;
    let policy = serde_json::json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::photos/public/*",
    }});
    s3.put_bucket_policy().bucket("photos").policy(policy.to_string()).send().await?;
    for key in ["public/a", "private/a"] {
        let body = ByteStream::from_static(b"x");
        s3.put_object().bucket("photos").key(key).body(body).send().await?;
    }
    Ok(url)
}

/// With a key, nothing is open but what AWS lets the public do, and what health checks need.
#[tokio::test]
async fn with_a_key_a_stranger_does_what_the_public_may() -> Story {
    let emulator = Emulator::builder().key("AKIASHOP", "a secret").start().await?;
    let config = signing_with(&emulator, "AKIASHOP", "a secret");
    let s3 = s3_with(&config);
    let url = with_a_public_corner(&config).await?;
    let send = |queue: &str| {
        let url = url.replace("suggestions", queue);
        let input = serde_json::json!({"QueueUrl": url, "MessageBody": "x"}).to_string();
        request("POST /").sqs("SendMessage", &input)
    };
    let clock = || request("GET /_cloudless/clock");
    let token = |token: &str| clock().header("Authorization", token);
    let cases = [
        ("suggest", send("suggestions")),
        ("order", send("orders")),
        ("list queues", request("POST /").form("Action=ListQueues")),
        ("create a queue", request("POST /").sqs("CreateQueue", r#"{"QueueName":"mine"}"#)),
        ("public", request("GET /photos/public/a")),
        ("private", request("GET /photos/private/a")),
        ("upload", request("PUT /photos/public/b").body("x")),
        ("list buckets", request("GET /")),
        ("list functions", request("GET /2015-03-31/functions")),
        ("who", request("POST /").header("Host", "sts.localhost").form("Action=GetCallerIdentity")),
        ("health", request("GET /_cloudless/health")),
        (
            "health, by a key",
            request("GET /_cloudless/health").header("Authorization", "Bearer AKIASHOP:a secret"),
        ),
        ("LocalStack's init", request("GET /_localstack/init/ready")),
        ("LocalStack's info", request("GET /_localstack/info")),
        ("clock", clock()),
        ("clock, settled", request("POST /_cloudless/settle")),
        ("clock, another secret", token("Bearer AKIASHOP:another")),
        ("clock, another key", token("Bearer AKIAOTHER:a secret")),
        ("trace", request("GET /_cloudless/trace")),
        ("all controls", request("GET /_cloudless/")),
    ];
    let mut told = Vec::new();
    for (name, case) in cases {
        let answer = case.send(&emulator).await?.tell_short();
        let answer = answer.replace(&emulator.address().to_string(), "ADDRESS");
        told.push(format!("{name}: {answer}"));
    }
    // A signature opens what the token opens: that of any client, for any service.
    let asked = clock().header("Authorization", "Bearer AKIASHOP:a secret").send(&emulator).await?;
    told.push(format!("clock, by a key: {}", asked.status));
    let signed = s3.get_object().bucket("_cloudless").key("metrics").send().await;
    told.push(format!("metrics, by a signature: {}", signed.is_ok()));
    let stranger = s3_with(&signing_with(&emulator, "AKIASHOP", "another"));
    let signed = stranger.get_object().bucket("_cloudless").key("metrics").send().await;
    let status = signed.err().and_then(|it| Some(it.raw_response()?.status().as_u16()));
    told.push(format!("metrics, by a wrong one: {status:?}"));
    let mut settings = insta::Settings::clone_current();
    settings.add_filter("[0-9a-f]{8}-[0-9a-f-]{27}", "ID");
    settings.bind(|| insta::assert_snapshot!(told.join("\n"), @r#"
    suggest: 200 {"MD5OfMessageBody":"9dd4e461268c8034f5c8564e155c67a6","MessageId":"ID"}
    order: 403 {"__type":"com.amazon.coral.service#AccessDeniedException","message":"Access to the resource http://ADDRESS/ is denied."}
    list queues: 403 <?xml version="1.0"?><ErrorResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>Access to the resource http://ADDRESS/ is denied.</Message><Detail/></Error></ErrorResponse>
    create a queue: 403 {"__type":"com.amazon.coral.service#AccessDeniedException","message":"Access to the resource http://ADDRESS/ is denied."}
    public: 200 x
    private: 403 <Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>
    upload: 403 <Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>
    list buckets: 307
    list functions: 403 {"message":"Missing Authentication Token"}
    who: 403 <?xml version="1.0"?><ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>MissingAuthenticationToken</Code><Message>Missing Authentication Token</Message></Error></ErrorResponse>
    health: 200 {"version":"0.1.0","failure":null}
    health, by a key: 200 {"version":"0.1.0","failure":null,"outstanding":[],"waiting":[]}
    LocalStack's init: 200 {"completed":true,"scripts":[]}
    LocalStack's info: 401 {"error":"this emulator has keys, and this wants one: send Authorization: Bearer KEY_ID:SECRET, or sign the request"}
    clock: 401 {"error":"this emulator has keys, and this wants one: send Authorization: Bearer KEY_ID:SECRET, or sign the request"}
    clock, settled: 401 {"error":"this emulator has keys, and this wants one: send Authorization: Bearer KEY_ID:SECRET, or sign the request"}
    clock, another secret: 401 {"error":"this emulator has keys, and this wants one: send Authorization: Bearer KEY_ID:SECRET, or sign the request"}
    clock, another key: 401 {"error":"this emulator has keys, and this wants one: send Authorization: Bearer KEY_ID:SECRET, or sign the request"}
    trace: 401 {"error":"this emulator has keys, and this wants one: send Authorization: Bearer KEY_ID:SECRET, or sign the request"}
    all controls: 401 {"error":"this emulator has keys, and this wants one: send Authorization: Bearer KEY_ID:SECRET, or sign the request"}
    clock, by a key: 200
    metrics, by a signature: true
    metrics, by a wrong one: Some(401)
    "#));
    Ok(())
}

#[tokio::test]
async fn a_body_that_was_changed_on_the_way_is_refused() -> Story {
    let emulator = Emulator::builder().key("AKIASHOP", "a secret").start().await?;
    let sqs = aws_sdk_sqs::Client::new(&signing_with(&emulator, "AKIASHOP", "a secret"));
    let url = queue(&sqs, "orders").await?;
    let send = sqs.send_message().queue_url(&url).message_body("1 bowl").customize();
    let changed = send.interceptor(Change).send().await;
    insta::assert_snapshot!(refusal(changed), @"403 SignatureDoesNotMatch: The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.");
    Ok(())
}

/// Changes a request after it was signed.
#[derive(Debug)]
struct Change;

impl Intercept for Change {
    fn name(&self) -> &'static str {
        "Change"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = context.request().body().bytes().unwrap_or_default();
        let changed = String::from_utf8_lossy(body).replace("1 bowl", "9 bowl");
        *context.request_mut().body_mut() = SdkBody::from(changed);
        Ok(())
    }
}
