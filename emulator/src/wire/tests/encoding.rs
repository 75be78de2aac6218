//! Answers and refusals as a client sees them.

use cloudless_core::error::Row;
use serde_json::json;

use super::{answered, called, envelope, heard, seen};
use crate::wire::{encode, encode_error};

const SQS_JSON: &str = "POST /\nX-Amz-Target: AmazonSQS.ReceiveMessage\n\n{\"QueueUrl\":\"u\"}";
const SQS_QUERY: &str = "POST /000000000000/q\nHost: localhost\nContent-Type: application/x-www-form-urlencoded\n\nAction=ReceiveMessage";

#[test]
fn one_answer_of_sqs_in_both_protocols() {
    let output = json!({"Messages": [{
        "MessageId": "m", "Body": "<hi> & \"you\"\r\n",
        "Attributes": {"SentTimestamp": "1"},
        "MessageAttributes": {"kind": {"DataType": "String", "StringValue": "order"}},
    }]});
    insta::assert_snapshot!(answered(SQS_JSON, output.clone()), @r#"
    200 OK
    x-amzn-requestid: ID
    content-type: application/x-amz-json-1.0

    {"Messages":[{"MessageId":"m","Body":"<hi> & \"you\"\r\n","Attributes":{"SentTimestamp":"1"},"MessageAttributes":{"kind":{"DataType":"String","StringValue":"order"}}}]}
    "#);
    insta::assert_snapshot!(answered(SQS_QUERY, output), @r#"
    200 OK
    x-amzn-requestid: ID
    content-type: text/xml

    <?xml version="1.0"?>
    <ReceiveMessageResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/">
    <ReceiveMessageResult>
    <Message>
    <MessageId>m</MessageId>
    <Body>&lt;hi&gt; &amp; &quot;you&quot;&#xd;
    </Body>
    <Attribute>
    <Name>SentTimestamp</Name>
    <Value>1</Value>
    </Attribute>
    <MessageAttribute>
    <Name>kind</Name>
    <Value>
    <StringValue>order</StringValue>
    <DataType>String</DataType>
    </Value>
    </MessageAttribute>
    </Message>
    </ReceiveMessageResult>
    <ResponseMetadata>
    <RequestId>ID</RequestId>
    </ResponseMetadata>
    </ReceiveMessageResponse>
    "#);
    let delete = "POST /000000000000/q\nHost: localhost\nContent-Type: application/x-www-form-urlencoded\n\nAction=DeleteMessage&ReceiptHandle=r";
    insta::assert_snapshot!(answered(delete, json!({})), @r#"
    200 OK
    x-amzn-requestid: ID
    content-type: text/xml

    <?xml version="1.0"?>
    <DeleteMessageResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/">
    <ResponseMetadata>
    <RequestId>ID</RequestId>
    </ResponseMetadata>
    </DeleteMessageResponse>
    "#);
}

/// What has nothing to say is one tag, as AWS writes it.
#[test]
fn an_empty_result_in_query_is_an_empty_element() {
    let actions = [
        ("GetQueueAttributes", json!({})),
        ("ListDeadLetterSourceQueues", json!({"queueUrls": []})),
        ("ListMessageMoveTasks", json!({})),
        ("ListQueueTags", json!({"Tags": {}})),
        ("ListQueues", json!({})),
        ("ReceiveMessage", json!({})),
    ];
    let results = actions.map(|(action, output)| {
        let request = format!("GET /?Action={action}&QueueUrl=q&SourceArn=a");
        let answer = answered(&request, output);
        answer.lines().find(|line| line.contains("Result")).map(str::to_owned).unwrap_or_default()
    });
    insta::assert_snapshot!(results.join("\n"), @"
    <GetQueueAttributesResult/>
    <ListDeadLetterSourceQueuesResult/>
    <ListMessageMoveTasksResult/>
    <ListQueueTagsResult/>
    <ListQueuesResult/>
    <ReceiveMessageResult/>
    ");
}

/// What API Gateway's integrations get, as their users have published it.
#[test]
fn a_query_client_that_prefers_json_gets_json() {
    let json = |action: &str, output| {
        let request = format!("GET /000000000000/orders?Action={action}\nAccept: application/json");
        answered(request, output)
    };
    insta::assert_snapshot!([
        json("SendMessage&MessageBody=x", json!({"MessageId": "m", "MD5OfMessageBody": "d"})),
        json("ReceiveMessage", json!({})),
        json("ReceiveMessage", json!({"Messages": [{
            "MessageId": "m", "Body": "x", "Attributes": {"SenderId": "s"},
            "MessageAttributes": {"a": {"DataType": "String", "StringValue": "v"}},
        }]})),
        json("DeleteMessage&ReceiptHandle=h", json!({})),
    ].join("\n"), @r#"
    200 OK
    x-amzn-requestid: ID
    content-type: application/json

    {"SendMessageResponse":{"ResponseMetadata":{"RequestId":"ID"},"SendMessageResult":{"MD5OfMessageAttributes":null,"MD5OfMessageBody":"d","MD5OfMessageSystemAttributes":null,"MessageId":"m","SequenceNumber":null}}}
    200 OK
    x-amzn-requestid: ID
    content-type: application/json

    {"ReceiveMessageResponse":{"ReceiveMessageResult":{"messages":null},"ResponseMetadata":{"RequestId":"ID"}}}
    200 OK
    x-amzn-requestid: ID
    content-type: application/json

    {"ReceiveMessageResponse":{"ReceiveMessageResult":{"messages":[{"Attributes":[{"Name":"SenderId","Value":"s"}],"Body":"x","MD5OfBody":null,"MD5OfMessageAttributes":null,"MessageAttributes":[{"Name":"a","Value":{"BinaryListValues":null,"BinaryValue":null,"DataType":"String","StringListValues":null,"StringValue":"v"}}],"MessageId":"m","ReceiptHandle":null}]},"ResponseMetadata":{"RequestId":"ID"}}}
    200 OK
    x-amzn-requestid: ID
    content-type: application/json

    {"DeleteMessageResponse":{"ResponseMetadata":{"RequestId":"ID"}}}
    "#);
    static GONE: Row = Row::sender("QueueDoesNotExist", 400, "The specified queue does not exist.")
        .query("AWS.SimpleQueueService.NonExistentQueue");
    let request = "GET /000000000000/orders?Action=PurgeQueue\nAccept: application/json";
    insta::assert_snapshot!(seen(&encode_error(&envelope(request), &(&GONE).into(), "ID")), @r#"
    400 Bad Request
    x-amzn-requestid: ID
    content-type: application/json

    {"Error":{"Code":"AWS.SimpleQueueService.NonExistentQueue","Message":"The specified queue does not exist.","Type":"Sender"},"RequestId":"ID"}
    "#);
}

/// A queue's URL takes what is done with a queue.
#[test]
fn what_a_queues_url_does_not_take() {
    insta::assert_snapshot!([
        heard("GET /000000000000/orders"),
        heard("GET /000000000000/orders?Action=ListQueues"),
        heard("GET /000000000000/orders?Action=CreateQueue&QueueName=x\nAccept: application/json"),
        heard("GET /000000000000/orders?Action=GetQueueUrl&QueueName=x"),
        heard("POST /000000000000/orders\nContent-Type: application/x-amz-json-1.0\n\n{}"),
    ].join("\n"), @r#"
    404 Not Found
    x-amzn-requestid: ID

    <UnknownOperationException/>

    400 Bad Request
    x-amzn-requestid: ID
    content-type: text/xml

    <?xml version="1.0"?>
    <ErrorResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/">
    <Error>
    <Type>Sender</Type>
    <Code>InvalidAction</Code>
    <Message>The action ListQueues is not valid for this endpoint.</Message>
    <Detail/>
    </Error>
    <RequestId>ID</RequestId>
    </ErrorResponse>
    400 Bad Request
    x-amzn-requestid: ID
    content-type: application/json

    {"Error":{"Code":"InvalidAction","Message":"The action CreateQueue is not valid for this endpoint.","Type":"Sender"},"RequestId":"ID"}
    sqs:GetQueueUrl over AwsQuery
    {
      "QueueName": "x"
    }
    400 Bad Request
    x-amzn-requestid: ID
    x-amzn-query-error: InvalidAction;Sender
    content-type: application/x-amz-json-1.0

    {"__type":"com.amazon.coral.service#UnknownOperationException"}
    "#);
}

#[test]
fn one_refusal_of_sqs_in_both_protocols() {
    static GONE: Row = Row::sender("QueueDoesNotExist", 400, "The specified queue does not exist.")
        .query("AWS.SimpleQueueService.NonExistentQueue")
        .query_says("The specified queue does not exist for this wsdl version.");
    insta::assert_snapshot!(seen(&encode_error(&envelope(SQS_JSON), &(&GONE).into(), "ID")), @r#"
    400 Bad Request
    x-amzn-requestid: ID
    x-amzn-query-error: AWS.SimpleQueueService.NonExistentQueue;Sender
    content-type: application/x-amz-json-1.0

    {"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"The specified queue does not exist."}
    "#);
    insta::assert_snapshot!(seen(&encode_error(&envelope(SQS_QUERY), &(&GONE).into(), "ID")), @r#"
    400 Bad Request
    x-amzn-requestid: ID
    content-type: text/xml

    <?xml version="1.0"?>
    <ErrorResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/">
    <Error>
    <Type>Sender</Type>
    <Code>AWS.SimpleQueueService.NonExistentQueue</Code>
    <Message>The specified queue does not exist for this wsdl version.</Message>
    <Detail/>
    </Error>
    <RequestId>ID</RequestId>
    </ErrorResponse>
    "#);
}

#[test]
fn s3_answers_with_documents() {
    insta::assert_snapshot!(answered("GET /b?list-type=2", json!({
        "Name": "b", "Prefix": "", "KeyCount": 1, "MaxKeys": 1000, "IsTruncated": false,
        "Contents": [{"Key": "a&\u{1}", "LastModified": 1767323045.5, "ETag": "\"e\"", "Size": 5, "StorageClass": "STANDARD"}],
        "CommonPrefixes": [{"Prefix": "x/"}],
    })), @r#"
    200 OK
    x-amz-id-2: Y2xvdWRsZXNzL0lE
    x-amz-request-id: ID
    server: AmazonS3
    content-type: application/xml

    <?xml version="1.0" encoding="UTF-8"?>
    <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
    <Name>b</Name>
    <Prefix>
    </Prefix>
    <KeyCount>1</KeyCount>
    <MaxKeys>1000</MaxKeys>
    <IsTruncated>false</IsTruncated>
    <Contents>
    <Key>a&amp;&#x1;</Key>
    <LastModified>2026-01-02T03:04:05.500Z</LastModified>
    <ETag>&quot;e&quot;</ETag>
    <Size>5</Size>
    <StorageClass>STANDARD</StorageClass>
    </Contents>
    <CommonPrefixes>
    <Prefix>x/</Prefix>
    </CommonPrefixes>
    </ListBucketResult>
    "#);
    insta::assert_snapshot!(answered("GET /", json!({"Owner": {"ID": "o"}, "Buckets": [{"Name": "b", "CreationDate": 0}]})), @r#"
    200 OK
    x-amz-id-2: Y2xvdWRsZXNzL0lE
    x-amz-request-id: ID
    server: AmazonS3
    content-type: application/xml

    <?xml version="1.0" encoding="UTF-8"?>
    <ListAllMyBucketsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
    <Owner>
    <ID>o</ID>
    </Owner>
    <Buckets>
    <Bucket>
    <Name>b</Name>
    <CreationDate>1970-01-01T00:00:00.000Z</CreationDate>
    </Bucket>
    </Buckets>
    </ListAllMyBucketsResult>
    "#);
    insta::assert_snapshot!(answered("GET /b?location", json!({"LocationConstraint": "eu-west-1"})), @r#"
    200 OK
    x-amz-id-2: Y2xvdWRsZXNzL0lE
    x-amz-request-id: ID
    server: AmazonS3
    content-type: application/xml

    <?xml version="1.0" encoding="UTF-8"?>
    <LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">eu-west-1</LocationConstraint>
    "#);
    insta::assert_snapshot!(answered("GET /b?location", json!({})), @r#"
    200 OK
    x-amz-id-2: Y2xvdWRsZXNzL0lE
    x-amz-request-id: ID
    server: AmazonS3
    content-type: application/xml

    <?xml version="1.0" encoding="UTF-8"?>
    <LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
    </LocationConstraint>
    "#);
    insta::assert_snapshot!(answered("PUT /b/k\nx-amz-copy-source: b/c", json!({"VersionId": "v", "CopyObjectResult": {"ETag": "\"e\"", "LastModified": 0}})), @r#"
    200 OK
    x-amz-id-2: Y2xvdWRsZXNzL0lE
    x-amz-request-id: ID
    server: AmazonS3
    x-amz-version-id: v
    content-type: application/xml

    <?xml version="1.0" encoding="UTF-8"?>
    <CopyObjectResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
    <LastModified>1970-01-01T00:00:00.000Z</LastModified>
    <ETag>&quot;e&quot;</ETag>
    </CopyObjectResult>
    "#);
    insta::assert_snapshot!(answered("GET /b?policy", json!({"Policy": "{}"})), @r#"
    200 OK
    x-amz-id-2: Y2xvdWRsZXNzL0lE
    x-amz-request-id: ID
    server: AmazonS3
    content-type: application/json

    {}
    "#);
    insta::assert_snapshot!(answered("GET /b?versioning", json!({})), @r#"
    200 OK
    x-amz-id-2: Y2xvdWRsZXNzL0lE
    x-amz-request-id: ID
    server: AmazonS3
    content-type: application/xml

    <?xml version="1.0" encoding="UTF-8"?>
    <VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
    </VersioningConfiguration>
    "#);
    insta::assert_snapshot!(answered("GET /b?acl", json!({"Owner": {"ID": "o"}, "Grants": [{"Grantee": {"Type": "Group", "URI": "u"}, "Permission": "READ"}]})), @r#"
    200 OK
    x-amz-id-2: Y2xvdWRsZXNzL0lE
    x-amz-request-id: ID
    server: AmazonS3
    content-type: application/xml

    <?xml version="1.0" encoding="UTF-8"?>
    <AccessControlPolicy xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
    <Owner>
    <ID>o</ID>
    </Owner>
    <AccessControlList>
    <Grant>
    <Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Group">
    <URI>u</URI>
    </Grantee>
    <Permission>READ</Permission>
    </Grant>
    </AccessControlList>
    </AccessControlPolicy>
    "#);
}

#[test]
fn s3_answers_with_headers() {
    insta::assert_snapshot!(answered("DELETE /b/k", json!({"DeleteMarker": true, "VersionId": "v"})), @r#"
    204 No Content
    x-amz-id-2: Y2xvdWRsZXNzL0lE
    x-amz-request-id: ID
    server: AmazonS3
    x-amz-delete-marker: true
    x-amz-version-id: v
    "#);
    insta::assert_snapshot!(answered("GET /b/k", json!({
        "ContentLength": 10, "ContentRange": "bytes 0-9/100", "ContentType": "image/png", "LastModified": 1767323045,
        "Metadata": {"a": "b\r\nSet-Cookie: x"}, "Expires": "whenever", "ETag": "\"e\"",
    })), @r#"
    206 Partial Content
    x-amz-id-2: Y2xvdWRsZXNzL0lE
    x-amz-request-id: ID
    server: AmazonS3
    last-modified: Fri, 02 Jan 2026 03:04:05 GMT
    content-length: 10
    etag: "e"
    content-range: bytes 0-9/100
    content-type: image/png
    expires: whenever
    x-amz-meta-a: b  Set-Cookie: x
    "#);
    insta::assert_snapshot!(answered("HEAD /b/k", json!({"ContentLength": 5})), @"
    200 OK
    x-amz-id-2: Y2xvdWRsZXNzL0lE
    x-amz-request-id: ID
    server: AmazonS3
    content-length: 5
    content-type: application/xml
    ");
    insta::assert_snapshot!(answered("PUT /b?policy\n\n{}", json!({})), @r#"
    204 No Content
    x-amz-id-2: Y2xvdWRsZXNzL0lE
    x-amz-request-id: ID
    server: AmazonS3
    "#);
}

#[test]
fn s3_refuses_with_a_document_but_not_to_head_and_not_unmodified() {
    let missing = cloudless_core::s3::error::NO_SUCH_BUCKET
        .with("BucketName", "b")
        .with("x-amz-delete-marker", "true");
    insta::assert_snapshot!(seen(&encode_error(&envelope("GET /b"), &missing, "ID")), @r#"
    404 Not Found
    x-amz-id-2: Y2xvdWRsZXNzL0lE
    x-amz-request-id: ID
    server: AmazonS3
    x-amz-delete-marker: true
    content-type: application/xml

    <?xml version="1.0" encoding="UTF-8"?>
    <Error>
    <Code>NoSuchBucket</Code>
    <Message>The specified bucket does not exist</Message>
    <BucketName>b</BucketName>
    <RequestId>ID</RequestId>
    <HostId>Y2xvdWRsZXNzL0lE</HostId>
    </Error>
    "#);
    insta::assert_snapshot!(seen(&encode_error(&envelope("HEAD /b"), &missing, "ID")), @"
    404 Not Found
    x-amz-id-2: Y2xvdWRsZXNzL0lE
    x-amz-request-id: ID
    server: AmazonS3
    x-amz-delete-marker: true
    content-type: application/xml
    ");
    static NOT_MODIFIED: Row = Row::sender("NotModified", 304, "Not Modified");
    insta::assert_snapshot!(seen(&encode_error(&envelope("GET /b/k"), &NOT_MODIFIED.with("ETag", "\"e\""), "ID")), @r#"
    304 Not Modified
    x-amz-id-2: Y2xvdWRsZXNzL0lE
    x-amz-request-id: ID
    server: AmazonS3
    etag: "e"
    "#);
}

#[test]
fn lambda_answers_with_its_payload_or_its_members() {
    let invoke = called(b"POST /2015-03-31/functions/f/invocations\n\n{}");
    let output =
        json!({"StatusCode": 200, "ExecutedVersion": "$LATEST", "FunctionError": "Unhandled"});
    insta::assert_snapshot!(seen(&encode(&invoke.envelope, &output, Some("[1]".into()), "ID")), @r#"
    200 OK
    x-amzn-requestid: ID
    x-amz-function-error: Unhandled
    x-amz-executed-version: $LATEST
    content-type: application/json

    [1]
    "#);
    insta::assert_snapshot!(answered("POST /2015-03-31/event-source-mappings\n\n{\"FunctionName\":\"f\"}", json!({"UUID": "u", "LastModified": 1.5})), @r#"
    202 Accepted
    x-amzn-requestid: ID
    content-type: application/json

    {"UUID":"u","LastModified":1.5}
    "#);
    insta::assert_snapshot!(answered("DELETE /2015-03-31/functions/f", json!({"StatusCode": 204})), @r#"
    204 No Content
    x-amzn-requestid: ID
    "#);
    static BUSY: Row = Row::sender("TooManyRequestsException", 429, "Rate Exceeded.");
    let busy = BUSY
        .with("retryAfterSeconds", "1")
        .with("Type", "User")
        .with("Reason", "ReservedFunctionConcurrentInvocationLimitExceeded");
    insta::assert_snapshot!(seen(&encode_error(&invoke.envelope, &busy, "ID")), @r#"
    429 Too Many Requests
    x-amzn-requestid: ID
    retry-after: 1
    x-amzn-errortype: TooManyRequestsException
    content-type: application/json

    {"Type":"User","Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","message":"Rate Exceeded."}
    "#);
    static MISSING: Row = Row::sender("ResourceNotFoundException", 404, "Function not found: f");
    insta::assert_snapshot!(seen(&encode_error(&invoke.envelope, &MISSING.with("Type", "User"), "ID")), @r#"
    404 Not Found
    x-amzn-requestid: ID
    x-amzn-errortype: ResourceNotFoundException
    content-type: application/json

    {"Type":"User","Message":"Function not found: f"}
    "#);
}
