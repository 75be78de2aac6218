//! What a signature is worth: where it may stand, what it must cover, and when it is looked at.

use std::fmt::Debug;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::presigning::{PresignedRequest, PresigningConfig};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_sqs::config::interceptors::BeforeTransmitInterceptorContextMut;
use aws_sdk_sqs::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_sqs::error::BoxError;
use cloudless::Emulator;

use crate::keys::signing_with;
use crate::raw::request;
use crate::signing::{NOON, presigned_get};
use crate::{Story, at_noon, queue, refusal, s3_with};

/// Both kinds of emulators: any key will do, and one is configured.
async fn both() -> anyhow::Result<[(&'static str, Emulator, SdkConfig); 2]> {
    let any = Emulator::builder().start().await?;
    let one = Emulator::builder().key("AKIASHOP", "a secret").start().await?;
    let (with_any, with_one) = (any.sdk_config(), signing_with(&one, "AKIASHOP", "a secret"));
    Ok([("any key", any, with_any), ("one key", one, with_one)])
}

/// A presigned URL as a request of our own making.
fn line(emulator: &Emulator, presigned: &PresignedRequest) -> String {
    let target = presigned.uri().replace(emulator.endpoint_url(), "");
    format!("{} {target}", presigned.method())
}

/// Who holds a URL for one upload can make no copy with it, no public object, and nothing else that a
/// header says.
#[tokio::test]
async fn a_presigned_url_does_what_was_signed_and_nothing_more() -> Story {
    let hour = PresigningConfig::expires_in(Duration::from_secs(3_600))?;
    let mut told = Vec::new();
    for (name, emulator, config) in both().await? {
        let s3 = s3_with(&config);
        s3.create_bucket().bucket("photos").send().await?;
        let body = ByteStream::from_static(b"nobody's business");
        s3.put_object().bucket("photos").key("private").body(body).send().await?;
        let put = s3.put_object().bucket("photos").key("mine");
        let put = line(&emulator, &put.presigned(hour.clone()).await?);
        let typed = s3.put_object().bucket("photos").key("mine").content_type("image/jpeg");
        let typed = line(&emulator, &typed.presigned(hour.clone()).await?);
        let get = s3.get_object().bucket("photos").key("private");
        let get = line(&emulator, &get.presigned(hour.clone()).await?);
        let hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let cases = [
            ("copies", request(&put).header("x-amz-copy-source", "/photos/private").body("")),
            (
                "two more",
                request(&put).header("X-Amz-Meta-A", "1").header("x-amz-acl", "private").body("x"),
            ),
            ("another token", request(&get).header("X-Amz-Security-Token", "x")),
            ("an MD5", request(&put).header("Content-MD5", "nQTpNTpNX/BWiG/uEdDWAg==").body("x")),
            ("without its type", request(&typed).body("x")),
            ("without the host", request(&get.replace("SignedHeaders=host", "SignedHeaders="))),
            (
                "the payload unsigned, as it was",
                request(&get).header("x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
            ),
            ("with its type", request(&typed).header("content-type", "image/jpeg").body("x")),
            ("as it was", request(&put).body("x")),
        ];
        for (what, case) in cases {
            told.push(format!("{name}, {what}: {}", case.send(&emulator).await?.tell_short()));
        }
        // A hash that was not signed is no part of what was.
        if name == "one key" {
            let hashed = request(&get).header("x-amz-content-sha256", hash);
            told.push(format!("{name}, a hash: {}", hashed.send(&emulator).await?.tell_short()));
        }
        let copied = s3.list_objects_v2().bucket("photos").send().await?;
        let sizes: Vec<_> = copied.contents().iter().map(|it| (it.key(), it.size())).collect();
        told.push(format!("{name}: {sizes:?}"));
    }
    let mut settings = insta::Settings::clone_current();
    settings.add_filter("<StringToSign>[^\n]*", "<StringToSign>…");
    settings.bind(|| insta::assert_snapshot!(told.join("\n"), @r#"
    any key, copies: 403 <Error><Code>AccessDenied</Code><Message>There were headers present in the request which were not signed</Message><HeadersNotSigned>x-amz-copy-source</HeadersNotSigned></Error>
    any key, two more: 403 <Error><Code>AccessDenied</Code><Message>There were headers present in the request which were not signed</Message><HeadersNotSigned>x-amz-acl, x-amz-meta-a</HeadersNotSigned></Error>
    any key, another token: 403 <Error><Code>AccessDenied</Code><Message>There were headers present in the request which were not signed</Message><HeadersNotSigned>x-amz-security-token</HeadersNotSigned></Error>
    any key, an MD5: 403 <Error><Code>AccessDenied</Code><Message>There were headers present in the request which were not signed</Message><HeadersNotSigned>content-md5</HeadersNotSigned></Error>
    any key, without its type: 403 <Error><Code>SignatureDoesNotMatch</Code><Message>The request signature we calculated does not match the signature you provided. Check your key and signing method.</Message><AWSAccessKeyId>test</AWSAccessKeyId><StringToSign>…
    any key, without the host: 403 <Error><Code>AccessDenied</Code><Message>There were headers present in the request which were not signed</Message><HeadersNotSigned>host</HeadersNotSigned></Error>
    any key, the payload unsigned, as it was: 200 nobody's business
    any key, with its type: 200
    any key, as it was: 200
    any key: [(Some("mine"), Some(1)), (Some("private"), Some(17))]
    one key, copies: 403 <Error><Code>AccessDenied</Code><Message>There were headers present in the request which were not signed</Message><HeadersNotSigned>x-amz-copy-source</HeadersNotSigned></Error>
    one key, two more: 403 <Error><Code>AccessDenied</Code><Message>There were headers present in the request which were not signed</Message><HeadersNotSigned>x-amz-acl, x-amz-meta-a</HeadersNotSigned></Error>
    one key, another token: 403 <Error><Code>AccessDenied</Code><Message>There were headers present in the request which were not signed</Message><HeadersNotSigned>x-amz-security-token</HeadersNotSigned></Error>
    one key, an MD5: 403 <Error><Code>AccessDenied</Code><Message>There were headers present in the request which were not signed</Message><HeadersNotSigned>content-md5</HeadersNotSigned></Error>
    one key, without its type: 403 <Error><Code>SignatureDoesNotMatch</Code><Message>The request signature we calculated does not match the signature you provided. Check your key and signing method.</Message><AWSAccessKeyId>AKIASHOP</AWSAccessKeyId><StringToSign>…
    one key, without the host: 403 <Error><Code>AccessDenied</Code><Message>There were headers present in the request which were not signed</Message><HeadersNotSigned>host</HeadersNotSigned></Error>
    one key, the payload unsigned, as it was: 200 nobody's business
    one key, with its type: 200
    one key, as it was: 200
    one key, a hash: 403 <Error><Code>SignatureDoesNotMatch</Code><Message>The request signature we calculated does not match the signature you provided. Check your key and signing method.</Message><AWSAccessKeyId>AKIASHOP</AWSAccessKeyId><StringToSign>…
    one key: [(Some("mine"), Some(1)), (Some("private"), Some(17))]
    "#));
    Ok(())
}

fn outcome<T: Debug, E: ProvideErrorMetadata + Debug>(result: Result<T, SdkError<E>>) -> String {
    if result.is_ok() { "done".to_owned() } else { refusal(result) }
}

/// The older URL, as boto3 makes it in us-east-1, has in it all that was signed.
#[tokio::test]
async fn the_older_url_gains_nothing_by_a_header_either() -> Story {
    let emulator = at_noon().await?;
    let s3 = s3_with(&emulator.sdk_config());
    s3.create_bucket().bucket("photos").send().await?;
    let put = "PUT /photos/a?AWSAccessKeyId=test&Signature=x&x-amz-meta-a=1%2B1&Expires=1795438800";
    let cases = [
        ("as signed", request(put).body("x")),
        ("said again", request(put).header("x-amz-meta-a", "1+1").body("x")),
        ("said otherwise", request(put).header("x-amz-meta-a", "2").body("x")),
        ("another", request(put).header("x-amz-acl", "private").body("x")),
        ("a copy", request(put).header("x-amz-copy-source", "/photos/a").body("")),
    ];
    let mut told = Vec::new();
    for (name, case) in cases {
        told.push(format!("{name}: {}", case.send(&emulator).await?.tell_short()));
    }
    insta::assert_snapshot!(told.join("\n"), @"
    as signed: 200
    said again: 200
    said otherwise: 403 <Error><Code>SignatureDoesNotMatch</Code><Message>The request signature we calculated does not match the signature you provided. Check your key and signing method.</Message><AWSAccessKeyId>test</AWSAccessKeyId><StringToSign>PUT   1795438800 x-amz-meta-a:2 /photos/a</StringToSign><SignatureProvided>x</SignatureProvided><StringToSignBytes>50 55 54 0a 0a 0a 31 37 39 35 34 33 38 38 30 30 0a 78 2d 61 6d 7a 2d 6d 65 74
    another: 403 <Error><Code>SignatureDoesNotMatch</Code><Message>The request signature we calculated does not match the signature you provided. Check your key and signing method.</Message><AWSAccessKeyId>test</AWSAccessKeyId><StringToSign>PUT   1795438800 x-amz-acl:private x-amz-meta-a:1+1 /photos/a</StringToSign><SignatureProvided>x</SignatureProvided><StringToSignBytes>50 55 54 0a 0a 0a 31 37 39 35 34 33 38 38 30 30 0a 78 2d 
    a copy: 403 <Error><Code>SignatureDoesNotMatch</Code><Message>The request signature we calculated does not match the signature you provided. Check your key and signing method.</Message><AWSAccessKeyId>test</AWSAccessKeyId><StringToSign>PUT   1795438800 x-amz-copy-source:/photos/a x-amz-meta-a:1+1 /photos/a</StringToSign><SignatureProvided>x</SignatureProvided><StringToSignBytes>50 55 54 0a 0a 0a 31 37 39 35 34 33 38 38 30 30
    ");
    Ok(())
}

/// Adds a header after a request was signed.
#[derive(Debug, Clone)]
struct Adds(&'static str, &'static str);

impl Intercept for Adds {
    fn name(&self) -> &'static str {
        "Adds"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        context.request_mut().headers_mut().insert(self.0, self.1);
        Ok(())
    }
}

#[tokio::test]
async fn a_header_that_was_added_behind_the_signers_back_is_refused() -> Story {
    let mut told = Vec::new();
    for (name, emulator, config) in both().await? {
        let (s3, sqs) = (s3_with(&config), aws_sdk_sqs::Client::new(&config));
        s3.create_bucket().bucket("photos").send().await?;
        let url = queue(&sqs, "orders").await?;
        for adds in [
            Adds("x-amz-acl", "public-read"),
            Adds("x-amz-copy-source", "/photos/b"),
            Adds("x-amzn-trace-id", "Root=1-5759e988-bd862e3fe1be46a994272793"),
            Adds("x-forwarded-for", "10.0.0.1"),
        ] {
            let put = s3.put_object().bucket("photos").key("a").body(ByteStream::from_static(b"x"));
            let put = put.customize().interceptor(adds.clone()).send().await;
            told.push(format!("{name}, s3, {}: {}", adds.0, outcome(put)));
        }
        let adds = Adds("x-amz-target", "AmazonSQS.PurgeQueue");
        let send = sqs.send_message().queue_url(&url).message_body("hello").customize();
        let send = send.interceptor(adds).send().await;
        told.push(format!("{name}, sqs, another target: {}", outcome(send)));
        let adds = Adds("x-amz-other", "1");
        let list = sqs.list_queues().customize().interceptor(adds).send().await;
        told.push(format!("{name}, sqs, another header: {}", outcome(list)));
        drop(emulator);
    }
    insta::assert_snapshot!(told.join("\n"), @"
    any key, s3, x-amz-acl: 403 AccessDenied: There were headers present in the request which were not signed
    any key, s3, x-amz-copy-source: 403 AccessDenied: There were headers present in the request which were not signed
    any key, s3, x-amzn-trace-id: done
    any key, s3, x-forwarded-for: done
    any key, sqs, another target: done
    any key, sqs, another header: done
    one key, s3, x-amz-acl: 403 AccessDenied: There were headers present in the request which were not signed
    one key, s3, x-amz-copy-source: 403 AccessDenied: There were headers present in the request which were not signed
    one key, s3, x-amzn-trace-id: done
    one key, s3, x-forwarded-for: done
    one key, sqs, another target: 403 SignatureDoesNotMatch: The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.
    one key, sqs, another header: 403 SignatureDoesNotMatch: 'x-amz-other' must be a 'SignedHeader' in the AWS Authorization.
    ");
    Ok(())
}

/// No page can send an `Authorization` header unasked; a URL is all it needs. So a URL runs no code.
#[tokio::test]
async fn credentials_in_a_url_count_where_aws_lets_them_and_whole() -> Story {
    let emulator = at_noon().await?;
    let whole = |service: &str| {
        format!(
            "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=test/20261123/us-east-1/{service}/aws4_request\
             &X-Amz-Date={NOON}&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=00"
        )
    };
    let text = |line: &str, query: &str| {
        request(&format!("{line}?{query}")).header("Content-Type", "text/plain").body("{}")
    };
    let get = |query: String| request(&format!("GET /?{query}"));
    let header = "AWS4-HMAC-SHA256 Credential=test/20261123/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=00";
    let who = "Action=GetCallerIdentity&Version=2011-06-15";
    let algorithm = "X-Amz-Algorithm=AWS4-HMAC-SHA256";
    let cases = [
        ("lambda, algorithm", text("POST /2015-03-31/functions", algorithm)),
        ("lambda, whole", text("POST /2015-03-31/functions", &whole("lambda"))),
        ("lambda, invocation", text("POST /2015-03-31/functions/f/invocations", &whole("lambda"))),
        ("s3, whole", get(whole("s3"))),
        ("s3, algorithm", get(algorithm.to_owned())),
        ("s3, signature", get("X-Amz-Signature=00".to_owned())),
        ("s3, no signature", get(whole("s3").replace("&X-Amz-Signature=00", ""))),
        ("s3, two signatures", get(whole("s3") + "&X-Amz-Signature=01")),
        ("s3, credential", get(whole("s3").replace("test/", ""))),
        ("s3, eight days", get(whole("s3").replace("Expires=60", "Expires=691200"))),
        ("s3, in a hundred years", get(whole("s3").replace("Date=2026", "Date=2126"))),
        (
            "sts, in a hundred years",
            get(format!("{who}&{}", whole("sts").replace("Date=2026", "Date=2126"))),
        ),
        ("s3, and a header", get(whole("s3")).header("Authorization", header)),
        ("s3, half of the older", request("GET /photos/a?AWSAccessKeyId=test&Expires=1795438800")),
        ("s3, the other half", request("GET /photos/a?Signature=x&Expires=1795438800")),
        ("s3, no signature in a header", request("GET /").header("Authorization", "AWS test:")),
        ("sqs, whole", get(format!("Action=ListQueues&{}", whole("sqs")))),
        ("sqs, half", get(format!("Action=ListQueues&{algorithm}"))),
        (
            "sqs, credential",
            get("Action=ListQueues&X-Amz-Credential=test/20261123/us-east-1/sqs/aws4_request"
                .to_owned()),
        ),
        ("sts, whole", get(format!("{who}&{}", whole("sts")))),
        ("sts, half", get(format!("{who}&{}", whole("sts").replace("&X-Amz-Signature=00", "")))),
        (
            "sts, 16 minutes ago",
            get(format!(
                "{who}&{}",
                whole("sts").replace("T120000Z", "T114359Z").replace("=60", "=3600")
            )),
        ),
        ("sts, none", request("POST /").header("Host", "sts.localhost").form(who)),
    ];
    let mut told = Vec::new();
    for (name, case) in cases {
        told.push(format!("{name}: {}", case.send(&emulator).await?.tell_short()));
    }
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"later than \S+ \(\S+", "later than THEN (NOW");
    settings.bind(|| insta::assert_snapshot!(told.join("\n"), @r#"
    lambda, algorithm: 403 {"message":"Missing Authentication Token"}
    lambda, whole: 403 {"message":"Missing Authentication Token"}
    lambda, invocation: 403 {"message":"Missing Authentication Token"}
    s3, whole: 200 <ListAllMyBucketsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Owner><ID>4c4547182d4c0f05ca014026b38c2961bdb7d34e4f57ec9b9d4a08d90a815f49</ID></Owner><Buckets></Buckets></ListAllMyBucketsResult>
    s3, algorithm: 400 <Error><Code>AuthorizationQueryParametersError</Code><Message>Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.</Message></Error>
    s3, signature: 400 <Error><Code>AuthorizationQueryParametersError</Code><Message>Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.</Message></Error>
    s3, no signature: 400 <Error><Code>AuthorizationQueryParametersError</Code><Message>Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.</Message></Error>
    s3, two signatures: 400 <Error><Code>AuthorizationQueryParametersError</Code><Message>Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.</Message></Error>
    s3, credential: 400 <Error><Code>AuthorizationQueryParametersError</Code><Message>Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting &quot;&lt;YOUR-AKID&gt;/YYYYMMDD/REGION/SERVICE/aws4_request&quot;.</Message></Error>
    s3, eight days: 400 <Error><Code>AuthorizationQueryParametersError</Code><Message>X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds</Message></Error>
    s3, in a hundred years: 403 <Error><Code>AccessDenied</Code><Message>Request is not yet valid</Message></Error>
    sts, in a hundred years: 403 <?xml version="1.0"?><ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>SignatureDoesNotMatch</Code><Message>Signature not yet current: 21261123T120000Z is still later than THEN (NOW + 15 min.)</Message></Error></ErrorResponse>
    s3, and a header: 400 <Error><Code>InvalidArgument</Code><Message>Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified</Message><ArgumentName>Authorization</ArgumentName><ArgumentValue>AWS4-HMAC-SHA256 Credential=test/20261123/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=00</ArgumentValue></Error>
    s3, half of the older: 403 <Error><Code>AccessDenied</Code><Message>Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters</Message></Error>
    s3, the other half: 403 <Error><Code>AccessDenied</Code><Message>Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters</Message></Error>
    s3, no signature in a header: 400 <Error><Code>InvalidArgument</Code><Message>AWS authorization header is invalid.  Expected AwsAccessKeyId:signature</Message><ArgumentName>Authorization</ArgumentName><ArgumentValue>AWS test:</ArgumentValue></Error>
    sqs, whole: 200 <?xml version="1.0"?><ListQueuesResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><ListQueuesResult/></ListQueuesResponse>
    sqs, half: 400 <?xml version="1.0"?><ErrorResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><Error><Type>Sender</Type><Code>IncompleteSignature</Code><Message>AWS query-string parameters must include 'X-Amz-Credential'. AWS query-string parameters must include 'X-Amz-Signature'. AWS query-string parameters must include 'X-Amz-SignedHeaders'. AWS query-string parameters must include 'X-Amz-Date'. Re-examine the query-s
    sqs, credential: 400 <?xml version="1.0"?><ErrorResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><Error><Type>Sender</Type><Code>IncompleteSignature</Code><Message>AWS query-string parameters must include 'X-Amz-Algorithm'. AWS query-string parameters must include 'X-Amz-Signature'. AWS query-string parameters must include 'X-Amz-SignedHeaders'. AWS query-string parameters must include 'X-Amz-Date'. Re-examine the query-st
    sts, whole: 200 <?xml version="1.0"?><GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><UserId>000000000000</UserId><Account>000000000000</Account><Arn>arn:aws:iam::000000000000:root</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>
    sts, half: 400 <?xml version="1.0"?><ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>IncompleteSignature</Code><Message>AWS query-string parameters must include 'X-Amz-Signature'. Re-examine the query-string parameters.</Message></Error></ErrorResponse>
    sts, 16 minutes ago: 403 <?xml version="1.0"?><ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>SignatureDoesNotMatch</Code><Message>Signature expired: 20261123T114359Z is now earlier than 20261123T114500Z (20261123T120000Z - 15 min.)</Message></Error></ErrorResponse>
    sts, none: 403 <?xml version="1.0"?><ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>MissingAuthenticationToken</Code><Message>Missing Authentication Token</Message></Error></ErrorResponse>
    "#));
    Ok(())
}

#[tokio::test]
async fn a_url_of_sqs_or_sts_is_verified_where_a_key_is_configured() -> Story {
    let emulator = Emulator::builder().key("AKIASHOP", "a secret").start().await?;
    let host = emulator.address().to_string();
    let now = chrono::Utc::now().format("%Y%m%dT%H%M%SZ").to_string();
    let who = presigned_get(&host, "sts", "Action=GetCallerIdentity&Version=2011-06-15", &now);
    let list = presigned_get(&host, "sqs", "Action=ListQueues&Version=2012-11-05", &now);
    let mut told = Vec::new();
    for (name, line) in [
        ("who", who.clone()),
        ("who, changed", who.replace("2011-06-15", "2011-06-16")),
        ("who, of another", who.replace("AKIASHOP", "AKIAOTHER")),
        ("list", list.clone()),
        ("list, changed", list.replace("ListQueues", "CreateQueue")),
    ] {
        told.push(format!("{name}: {}", request(&line).send(&emulator).await?.tell_short()));
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    who: 200 <?xml version="1.0"?><GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><UserId>000000000000</UserId><Account>000000000000</Account><Arn>arn:aws:iam::000000000000:root</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>
    who, changed: 403 <?xml version="1.0"?><ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>SignatureDoesNotMatch</Code><Message>The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.</Message></Error></ErrorResponse>
    who, of another: 403 <?xml version="1.0"?><ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>InvalidClientTokenId</Code><Message>The security token included in the request is invalid.</Message></Error></ErrorResponse>
    list: 200 <?xml version="1.0"?><ListQueuesResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><ListQueuesResult/></ListQueuesResponse>
    list, changed: 403 <?xml version="1.0"?><ErrorResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><Error><Type>Sender</Type><Code>SignatureDoesNotMatch</Code><Message>The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.</Message><Detail/></Error></ErrorResponse>
    "#);
    Ok(())
}

/// Which bytes are whose is known before they are an object: what somebody on the way has changed is none.
#[tokio::test]
async fn signed_chunks_are_verified_one_by_one_where_a_key_is_configured() -> Story {
    let emulator = Emulator::builder().key("AKIASHOP", "a secret").start().await?;
    let s3 = s3_with(&signing_with(&emulator, "AKIASHOP", "a secret"));
    s3.create_bucket().bucket("photos").send().await?;
    let date = chrono::Utc::now().format("%Y%m%dT%H%M%SZ").to_string();
    let host = emulator.address().to_string();
    let (first, other) = ("a".repeat(8192), "b".repeat(8192));
    let signed = [first.as_str(), "hello"];
    let crc32 = "n20MIA==";
    let cases = [
        ("as signed", signed),
        ("the first chunk changed", [other.as_str(), "hello"]),
        ("the last chunk changed", [first.as_str(), "hallo"]),
    ];
    let mut told = Vec::new();
    for (name, sent) in cases {
        let key = name.replace(' ', "-");
        let put = crate::signing::put_in_chunks(
            &host,
            &format!("/photos/{key}"),
            &date,
            crc32,
            &signed,
            &sent,
        );
        let answer = put.send(&emulator).await?.tell();
        // The rest is of today.
        let answer = answer.split("<StringToSign>").next().unwrap_or_default();
        let kept = s3.head_object().bucket("photos").key(&key).send().await.is_ok();
        told.push(format!("{name}: {answer}, kept: {kept}"));
    }
    insta::assert_snapshot!(told.join("\n"), @"
    as signed: 200, kept: true
    the first chunk changed: 403 <Error><Code>SignatureDoesNotMatch</Code><Message>The request signature we calculated does not match the signature you provided. Check your key and signing method.</Message><AWSAccessKeyId>AKIASHOP</AWSAccessKeyId>, kept: false
    the last chunk changed: 403 <Error><Code>SignatureDoesNotMatch</Code><Message>The request signature we calculated does not match the signature you provided. Check your key and signing method.</Message><AWSAccessKeyId>AKIASHOP</AWSAccessKeyId>, kept: false
    ");
    Ok(())
}

/// A stranger's 65 MB are not even asked for.
#[tokio::test]
async fn what_the_head_tells_is_refused_before_the_body_comes() -> Story {
    let emulator = Emulator::builder().key("AKIASHOP", "a secret").start().await?;
    let now = chrono::Utc::now().format("%Y%m%dT%H%M%SZ").to_string();
    let signed = |key: &str, service: &str, date: &str, headers: &str| {
        format!(
            "AWS4-HMAC-SHA256 Credential={key}/{}/us-east-1/{service}/aws4_request, SignedHeaders={headers}, Signature=00",
            &date[..8]
        )
    };
    let hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let create = || request("POST /2015-03-31/functions").header("Content-Length", "65000000");
    let date = || create().header("X-Amz-Date", &*now);
    let covered = "host;x-amz-date";
    let cases = [
        ("nobody", create()),
        (
            "an unknown key",
            date().header("Authorization", signed("AKIAOTHER", "lambda", &now, covered)),
        ),
        ("no date", create().header("Authorization", signed("AKIASHOP", "lambda", &now, "host"))),
        (
            "an old date",
            create()
                .header("X-Amz-Date", "20130524T000000Z")
                .header("Authorization", signed("AKIASHOP", "lambda", "20130524", covered)),
        ),
        (
            "the scope of another day",
            date().header("Authorization", signed("AKIASHOP", "lambda", "20130524", covered)),
        ),
        (
            "the host unsigned",
            date().header("Authorization", signed("AKIASHOP", "lambda", &now, "x-amz-date")),
        ),
        (
            "the date unsigned",
            date().header("Authorization", signed("AKIASHOP", "lambda", &now, "host;range")),
        ),
        (
            "a wrong signature over a named body",
            date()
                .header("X-Amz-Content-Sha256", hash)
                .header("Authorization", signed("AKIASHOP", "lambda", &now, covered)),
        ),
        (
            "s3, a wrong signature",
            request("POST /photos?delete")
                .header("Content-Length", "8000000")
                .header("X-Amz-Date", &*now)
                .header("X-Amz-Content-Sha256", hash)
                .header("Authorization", signed("AKIASHOP", "s3", &now, covered)),
        ),
    ];
    let mut told = Vec::new();
    for (name, case) in cases {
        let answer = case.send(&emulator).await?.tell_short();
        let answer = answer.replace(&now, "NOW").replace(&now[..8], "TODAY");
        told.push(format!("{name}: {answer}"));
    }
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"than \S+ \(\S+", "than THEN (NOW");
    settings.add_filter("<StringToSign>[^\n]*", "<StringToSign>…");
    settings.bind(|| insta::assert_snapshot!(told.join("\n"), @r#"
    nobody: 403 {"message":"Missing Authentication Token"}
    an unknown key: 403 {"message":"The security token included in the request is invalid."}
    no date: 400 {"message":"Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=AWS4-HMAC-SHA256 Credential=AKIASHOP/TODAY/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=00"}
    an old date: 403 {"message":"Signature expired: 20130524T000000Z is now earlier than THEN (NOW - 15 min.)"}
    the scope of another day: 403 {"message":"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20130524' != 'TODAY', from 'NOW'."}
    the host unsigned: 403 {"message":"'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."}
    the date unsigned: 403 {"message":"'x-amz-date' must be a 'SignedHeader' in the AWS Authorization."}
    a wrong signature over a named body: 403 {"message":"The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."}
    s3, a wrong signature: 403 <Error><Code>SignatureDoesNotMatch</Code><Message>The request signature we calculated does not match the signature you provided. Check your key and signing method.</Message><AWSAccessKeyId>AKIASHOP</AWSAccessKeyId><StringToSign>…
    "#));
    Ok(())
}
