//! Which service and operation a request's head names.

use super::{heard, request, routed};
use crate::wire::{Hosts, route};

fn names(requests: &[&str]) -> String {
    let line = |text: &&str| {
        let (parts, _) = request(text.as_bytes());
        let first = text.lines().next().unwrap();
        match route(&parts, &Hosts::default()) {
            Ok(route) => {
                let place: String = route
                    .bucket
                    .iter()
                    .chain(&route.key)
                    .map(|part| format!(" | {part}"))
                    .collect();
                format!("{first} => {:?}{place}", route.envelope)
            }
            Err(refused) => format!("{first} => {}", refused.error),
        }
    };
    requests.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn signed(line: &str, service: &str) -> String {
    format!(
        "{line}\nHost: localhost:4566\nAuthorization: AWS4-HMAC-SHA256 Credential=K/20260101/us-east-1/{service}/aws4_request, Signature=0"
    )
}

#[test]
fn the_service_is_found_by_scope_target_form_host_and_path_in_this_order() {
    insta::assert_snapshot!(names(&[
        &signed("GET /2015-03-31/functions", "s3"),
        &signed("GET /2015-03-31/functions", "lambda"),
        &signed("GET /", "dynamodb"),
        "POST /\nX-Amz-Target: AmazonSQS.ListQueues",
        "POST /\nX-Amz-Target: DynamoDB_20120810.ListTables",
        "POST /\nContent-Type: application/x-www-form-urlencoded",
        "GET /000000000000/orders?Action=SendMessage&MessageBody=x",
        "GET /000000000000/orders",
        "GET /000000000000/orders?Action=ReceiveMessage\nAccept: application/json, text/plain",
        "GET /000000000000/orders?Action=ReceiveMessage\nAccept: */*",
        "POST /000000000000/orders\nContent-Type: application/x-amz-json-1.0",
        "GET /\nHost: sqs.us-east-1.localhost.localstack.cloud:4566",
        "GET /\nHost: sqs.s3.localhost",
        "GET /2015-03-31/functions/\nHost: localhost:4566",
        "POST /2015-03-31/functions/f/invocations\nContent-Type: application/x-www-form-urlencoded",
        "GET /2018-06-01/functions\nHost: localhost:4566",
        "GET /2018-06-01\nHost: localhost:4566",
        "GET /?X-Amz-Credential=K%2F20260101%2Fus-east-1%2Fsqs%2Faws4_request&Action=ListQueues",
        "GET /photos/a?AWSAccessKeyId=K&Signature=x&Expires=1",
    ]), @"
    GET /2015-03-31/functions => s3:GetObject over RestXml | 2015-03-31 | functions
    GET /2015-03-31/functions => lambda:ListFunctions over RestJson
    GET / => NotImplemented: The service dynamodb is not implemented by Cloudless.
    POST / => sqs:ListQueues over AwsJson10
    POST / => NotImplemented: The service DynamoDB_20120810 is not implemented by Cloudless.
    POST / => sqs:? over AwsQuery
    GET /000000000000/orders?Action=SendMessage&MessageBody=x => sqs:? over AwsQuery
    GET /000000000000/orders => sqs:? over AwsQuery
    GET /000000000000/orders?Action=ReceiveMessage => sqs:? over AwsQueryJson
    GET /000000000000/orders?Action=ReceiveMessage => sqs:? over AwsQuery
    POST /000000000000/orders => UnknownOperationException: 
    GET / => sqs:? over AwsQuery
    GET / => s3:ListObjects over RestXml | sqs
    GET /2015-03-31/functions/ => lambda:ListFunctions over RestJson
    POST /2015-03-31/functions/f/invocations => lambda:Invoke over RestJson
    GET /2018-06-01/functions => s3:GetObject over RestXml | 2018-06-01 | functions
    GET /2018-06-01 => s3:ListObjects over RestXml | 2018-06-01
    GET /?X-Amz-Credential=K%2F20260101%2Fus-east-1%2Fsqs%2Faws4_request&Action=ListQueues => sqs:? over AwsQuery
    GET /photos/a?AWSAccessKeyId=K&Signature=x&Expires=1 => s3:GetObject over RestXml | photos | a
    ");
}

#[test]
fn a_bucket_stands_in_the_path_or_in_the_host() {
    insta::assert_snapshot!(names(&[
        "GET /photos/a//b/\nHost: 127.0.0.1:4566",
        "GET /photos//b\nHost: [::1]:4566",
        "GET /photos/\nHost: localhost",
        "GET /photos/a+b%20c/%2e%2E/..\nHost: localhost",
        "GET /key\nHost: photos.localhost:4566",
        "GET /key\nHost: my.photos.s3.localhost",
        "GET /key\nHost: photos.s3.localhost.localstack.cloud:4566",
        "GET /key\nHost: photos.s3.eu-west-1.amazonaws.com",
        "GET /key\nHost: photos.s3.dualstack.eu-west-1.amazonaws.com",
        "GET /key\nHost: photos.s3-us-west-2.amazonaws.com",
        "GET /photos/key\nHost: s3.eu-west-1.amazonaws.com",
        "GET /photos/key\nHost: s3-fips.us-east-1.amazonaws.com",
        "GET /key\nHost: photos.s3-fips.us-gov-west-1.amazonaws.com",
        "GET /key\nHost: photos.s3-fips.dualstack.us-east-1.amazonaws.com",
        "GET /key\nHost: photos.s3-accelerate.amazonaws.com",
        "GET /key\nHost: photos.s3-accelerate.dualstack.amazonaws.com",
        "GET /key\nHost: photos.s3-external-1.amazonaws.com",
        "GET /photos/key\nHost: s3.amazonaws.com",
        "GET /key\nHost: my.photos.s3.cn-north-1.amazonaws.com.cn",
        "GET /key\nHost: point-123456789012.s3-accesspoint.us-east-1.amazonaws.com",
        "GET /v20180820/jobs\nHost: 123456789012.s3-control.us-east-1.amazonaws.com",
        "GET /key\nHost: photos.s3.us-east-1.localhost.localstack.cloud:4566",
        "GET /key\nHost: photos.s3.proxy.internal",
        "GET /photos\nHost: cloudless:4566",
        "GET /photos/%ff\nHost: localhost",
    ]), @"
    GET /photos/a//b/ => s3:GetObject over RestXml | photos | a//b/
    GET /photos//b => s3:GetObject over RestXml | photos | /b
    GET /photos/ => s3:ListObjects over RestXml | photos
    GET /photos/a+b%20c/%2e%2E/.. => s3:GetObject over RestXml | photos | a+b c/../..
    GET /key => s3:GetObject over RestXml | photos | key
    GET /key => s3:GetObject over RestXml | my.photos | key
    GET /key => s3:GetObject over RestXml | photos | key
    GET /key => s3:GetObject over RestXml | photos | key
    GET /key => s3:GetObject over RestXml | photos | key
    GET /key => s3:GetObject over RestXml | photos | key
    GET /photos/key => s3:GetObject over RestXml | photos | key
    GET /photos/key => s3:GetObject over RestXml | photos | key
    GET /key => s3:GetObject over RestXml | photos | key
    GET /key => s3:GetObject over RestXml | photos | key
    GET /key => s3:GetObject over RestXml | photos | key
    GET /key => s3:GetObject over RestXml | photos | key
    GET /key => s3:GetObject over RestXml | photos | key
    GET /photos/key => s3:GetObject over RestXml | photos | key
    GET /key => s3:GetObject over RestXml | my.photos | key
    GET /key => NotImplemented: The endpoint s3-accesspoint is not implemented by Cloudless.
    GET /v20180820/jobs => NotImplemented: The endpoint s3-control is not implemented by Cloudless.
    GET /key => s3:GetObject over RestXml | photos | key
    GET /key => s3:GetObject over RestXml | photos | key
    GET /photos => s3:ListObjects over RestXml | photos
    GET /photos/%ff => InvalidURI: Couldn't parse the specified URI.
    ");
}

#[test]
fn s3_operations_are_told_apart_by_markers_parameters_and_headers() {
    insta::assert_snapshot!(names(&[
        "GET /",
        "HEAD /b",
        "PUT /b/",
        "DELETE /b",
        "DELETE /b?acl",
        "GET /b",
        "GET /b?list-type=2&prefix=x",
        "GET /b?notification",
        "PUT /b?notification=",
        "GET /b?acl",
        "GET /b?analytics",
        "GET /b?analytics&id=1",
        "GET /b?lifecycle",
        "GET /b?uploads",
        "GET /b?something-new",
        "POST /b?delete",
        "POST /b",
        "OPTIONS /b/k",
        "PATCH /b/k",
        "POST /b/k",
        "POST /b/k?uploads",
        "POST /b/k?uploadId=u",
        "PUT /b/k?x-id=PutObject",
        "PUT /b/k?partNumber=1&uploadId=u",
        "PUT /b/k?partNumber=1&uploadId=u\nx-amz-copy-source: a/b",
        "PUT /b/k\nx-amz-copy-source: a/b",
        "PUT /b/k?X-Amz-Copy-Source=a/b",
        "GET /b/k?uploadId=u",
        "DELETE /b/k?uploadId=u",
        "DELETE /b/k?versionId=v",
        "DELETE /b/k?annotation&annotationName=a",
        "GET /b/k?annotation",
        "GET /b/k?annotation&annotationName=a",
        "PUT /b/k?annotation&annotationName=a",
        "PUT /b?metadataAnnotationTable",
        "GET /b/k?attributes",
        "HEAD /b/k?partNumber=2",
        "POST /b/k?select&select-type=2",
    ]), @"
    GET / => s3:ListBuckets over RestXml
    HEAD /b => s3:HeadBucket over RestXml | b
    PUT /b/ => s3:CreateBucket over RestXml | b
    DELETE /b => s3:DeleteBucket over RestXml | b
    DELETE /b?acl => MethodNotAllowed: The specified method is not allowed against this resource.
    GET /b => s3:ListObjects over RestXml | b
    GET /b?list-type=2&prefix=x => s3:ListObjectsV2 over RestXml | b
    GET /b?notification => s3:GetBucketNotificationConfiguration over RestXml | b
    PUT /b?notification= => s3:PutBucketNotificationConfiguration over RestXml | b
    GET /b?acl => s3:GetBucketAcl over RestXml | b
    GET /b?analytics => s3:ListBucketAnalyticsConfigurations over RestXml | b
    GET /b?analytics&id=1 => s3:GetBucketAnalyticsConfiguration over RestXml | b
    GET /b?lifecycle => s3:GetBucketLifecycleConfiguration over RestXml | b
    GET /b?uploads => s3:ListMultipartUploads over RestXml | b
    GET /b?something-new => s3:ListObjects over RestXml | b
    POST /b?delete => s3:DeleteObjects over RestXml | b
    POST /b => s3:PostObject over RestXml | b
    OPTIONS /b/k => s3:OptionsObject over RestXml | b | k
    PATCH /b/k => MethodNotAllowed: The specified method is not allowed against this resource.
    POST /b/k => MethodNotAllowed: The specified method is not allowed against this resource.
    POST /b/k?uploads => s3:CreateMultipartUpload over RestXml | b | k
    POST /b/k?uploadId=u => s3:CompleteMultipartUpload over RestXml | b | k
    PUT /b/k?x-id=PutObject => s3:PutObject over RestXml | b | k
    PUT /b/k?partNumber=1&uploadId=u => s3:UploadPart over RestXml | b | k
    PUT /b/k?partNumber=1&uploadId=u => s3:UploadPartCopy over RestXml | b | k
    PUT /b/k => s3:CopyObject over RestXml | b | k
    PUT /b/k?X-Amz-Copy-Source=a/b => s3:CopyObject over RestXml | b | k
    GET /b/k?uploadId=u => s3:ListParts over RestXml | b | k
    DELETE /b/k?uploadId=u => s3:AbortMultipartUpload over RestXml | b | k
    DELETE /b/k?versionId=v => s3:DeleteObject over RestXml | b | k
    DELETE /b/k?annotation&annotationName=a => s3:DeleteObjectAnnotation over RestXml | b | k
    GET /b/k?annotation => s3:ListObjectAnnotations over RestXml | b | k
    GET /b/k?annotation&annotationName=a => s3:GetObjectAnnotation over RestXml | b | k
    PUT /b/k?annotation&annotationName=a => s3:PutObjectAnnotation over RestXml | b | k
    PUT /b?metadataAnnotationTable => s3:UpdateBucketMetadataAnnotationTableConfiguration over RestXml | b
    GET /b/k?attributes => s3:GetObjectAttributes over RestXml | b | k
    HEAD /b/k?partNumber=2 => s3:HeadObject over RestXml | b | k
    POST /b/k?select&select-type=2 => s3:SelectObjectContent over RestXml | b | k
    ");
}

#[test]
fn only_objects_and_parts_are_streamed() {
    let streamed = [
        "PUT /b/k",
        "PUT /b/k?partNumber=1&uploadId=u",
        "POST /b",
        "PUT /b?policy",
        "POST /b?delete",
    ];
    let streamed = streamed.map(|text| routed(text.as_bytes()).streams_body);
    assert_eq!(streamed, [true, true, true, false, false]);
    assert!(!routed(b"POST /2015-03-31/functions/f/invocations").streams_body);
}

#[test]
fn what_names_no_operation_is_refused_in_the_words_of_its_service() {
    let target = "POST /\nX-Amz-Target: AmazonSQS.Nothing";
    let action = "POST /\nContent-Type: application/x-www-form-urlencoded\n\nAction=Nothing";
    let lambda = signed("GET /2015-03-31/nothing", "lambda");
    let refused = [
        heard(target),
        heard(action),
        heard(lambda),
        heard("PATCH /b/k"),
        heard(signed("GET /", "dynamodb")),
    ];
    insta::assert_snapshot!(refused.join("\n\n"), @r#"
    400 Bad Request
    x-amzn-requestid: ID
    x-amzn-query-error: InvalidAction;Sender
    content-type: application/x-amz-json-1.0

    {"__type":"com.amazon.coral.service#UnknownOperationException"}

    400 Bad Request
    x-amzn-requestid: ID
    content-type: text/xml

    <?xml version="1.0"?>
    <ErrorResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/">
    <Error>
    <Type>Sender</Type>
    <Code>InvalidAction</Code>
    <Message>The action Nothing is not valid for this endpoint.</Message>
    <Detail/>
    </Error>
    <RequestId>ID</RequestId>
    </ErrorResponse>

    403 Forbidden
    x-amzn-requestid: ID
    x-amzn-errortype: AccessDeniedException
    content-type: application/json

    {"message":"Unable to determine service/operation name to be authorized"}

    405 Method Not Allowed
    x-amz-id-2: Y2xvdWRsZXNzL0lE
    x-amz-request-id: ID
    server: AmazonS3
    content-type: application/xml

    <?xml version="1.0" encoding="UTF-8"?>
    <Error>
    <Code>MethodNotAllowed</Code>
    <Message>The specified method is not allowed against this resource.</Message>
    <Method>PATCH</Method>
    <ResourceType>OBJECT</ResourceType>
    <RequestId>ID</RequestId>
    <HostId>Y2xvdWRsZXNzL0lE</HostId>
    </Error>

    501 Not Implemented
    x-amz-id-2: Y2xvdWRsZXNzL0lE
    x-amz-request-id: ID
    server: AmazonS3
    content-type: application/xml

    <?xml version="1.0" encoding="UTF-8"?>
    <Error>
    <Code>NotImplemented</Code>
    <Message>The service dynamodb is not implemented by Cloudless.</Message>
    <RequestId>ID</RequestId>
    <HostId>Y2xvdWRsZXNzL0lE</HostId>
    </Error>
    "#);
}
