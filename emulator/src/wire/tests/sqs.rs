//! SQS: both protocols, read and refused.

use super::heard;

fn json(operation: &str, body: &str) -> String {
    heard(format!(
        "POST /\nX-Amz-Target: AmazonSQS.{operation}\nContent-Type: application/x-amz-json-1.0\n\n{body}"
    ))
}

fn form(body: &str) -> String {
    heard(format!(
        "POST /000000000000/orders\nHost: localhost:4566\nContent-Type: application/x-www-form-urlencoded; charset=utf-8\n\n{body}"
    ))
}

#[test]
fn unknown_members_and_nulls_are_passed_over() {
    insta::assert_snapshot!(json("SendMessage", r#"{"QueueUrl":"u","MessageBody":"b","DelaySeconds":null,"New":{"a":1}}"#), @r#"
    sqs:SendMessage over AwsJson10
    {
      "QueueUrl": "u",
      "MessageBody": "b"
    }
    "#);
}

#[test]
fn values_of_the_wrong_type_cannot_be_converted() {
    let refused = [
        json("SendMessage", r#"{"QueueUrl":"u","MessageBody":5}"#),
        json("ReceiveMessage", r#"{"QueueUrl":"u","MaxNumberOfMessages":"10"}"#),
        json("SendMessage", r#"{"QueueUrl":"u","MessageBody":{"a":1}}"#),
        json("SendMessageBatch", r#"{"QueueUrl":"u","Entries":{}}"#),
        json("SendMessage", r#"{"QueueUrl":"#),
    ];
    insta::assert_snapshot!(refused.join("\n\n"), @r#"
    400 Bad Request
    x-amzn-requestid: ID
    x-amzn-query-error: MalformedInput;Sender
    content-type: application/x-amz-json-1.0

    {"__type":"com.amazon.coral.service#SerializationException","message":"NUMBER_VALUE can not be converted to a String"}

    400 Bad Request
    x-amzn-requestid: ID
    x-amzn-query-error: MalformedInput;Sender
    content-type: application/x-amz-json-1.0

    {"__type":"com.amazon.coral.service#SerializationException","message":"STRING_VALUE can not be converted to an Integer"}

    400 Bad Request
    x-amzn-requestid: ID
    x-amzn-query-error: MalformedInput;Sender
    content-type: application/x-amz-json-1.0

    {"__type":"com.amazon.coral.service#SerializationException","message":"Start of structure or map found where not expected."}

    400 Bad Request
    x-amzn-requestid: ID
    x-amzn-query-error: MalformedInput;Sender
    content-type: application/x-amz-json-1.0

    {"__type":"com.amazon.coral.service#SerializationException","message":"Expected list or null"}

    400 Bad Request
    x-amzn-requestid: ID
    x-amzn-query-error: MalformedInput;Sender
    content-type: application/x-amz-json-1.0

    {"__type":"com.amazon.coral.service#SerializationException","message":"Could not parse the request body as JSON: EOF while parsing a value at line 1 column 12"}
    "#);
}

#[test]
fn a_missing_parameter_is_named_in_both_protocols() {
    insta::assert_snapshot!(json("SendMessage", r#"{"QueueUrl":"u"}"#), @r#"
    400 Bad Request
    x-amzn-requestid: ID
    x-amzn-query-error: MissingParameter;Sender
    content-type: application/x-amz-json-1.0

    {"__type":"com.amazon.coral.service#MissingRequiredParameterException","message":"The request must contain the parameter MessageBody."}
    "#);
    insta::assert_snapshot!(form("Action=SendMessage"), @r#"
    400 Bad Request
    x-amzn-requestid: ID
    content-type: text/xml

    <?xml version="1.0"?>
    <ErrorResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/">
    <Error>
    <Type>Sender</Type>
    <Code>MissingParameter</Code>
    <Message>The request must contain the parameter MessageBody.</Message>
    <Detail/>
    </Error>
    <RequestId>ID</RequestId>
    </ErrorResponse>
    "#);
    insta::assert_snapshot!(form("Action=SendMessageBatch&SendMessageBatchRequestEntry.1.MessageBody=b"), @r#"
    400 Bad Request
    x-amzn-requestid: ID
    content-type: text/xml

    <?xml version="1.0"?>
    <ErrorResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/">
    <Error>
    <Type>Sender</Type>
    <Code>MissingParameter</Code>
    <Message>The request must contain the parameter SendMessageBatchRequestEntry.1.Id.</Message>
    <Detail/>
    </Error>
    <RequestId>ID</RequestId>
    </ErrorResponse>
    "#);
}

#[test]
fn the_forms_of_the_api_reference_are_understood() {
    insta::assert_snapshot!(form("Action=SetQueueAttributes&Attribute.Name=VisibilityTimeout&Attribute.Value=35&Version=2012-11-05"), @r#"
    sqs:SetQueueAttributes over AwsQuery
    {
      "Attributes": {
        "VisibilityTimeout": "35"
      },
      "QueueUrl": "http://localhost:4566/000000000000/orders"
    }
    "#);
    insta::assert_snapshot!(form("Action=ReceiveMessage&MaxNumberOfMessages=5&AttributeName=All&MessageSystemAttributeName.1=SenderId&MessageAttributeName.2=b&MessageAttributeName.1=a"), @r#"
    sqs:ReceiveMessage over AwsQuery
    {
      "AttributeNames": [
        "All"
      ],
      "MessageSystemAttributeNames": [
        "SenderId"
      ],
      "MessageAttributeNames": [
        "a",
        "b"
      ],
      "MaxNumberOfMessages": 5,
      "QueueUrl": "http://localhost:4566/000000000000/orders"
    }
    "#);
    insta::assert_snapshot!(heard("GET /000000000000/orders?Action=DeleteMessage&ReceiptHandle=a%2Bb+c&Unknown=1\nHost: localhost:4566"), @r#"
    sqs:DeleteMessage over AwsQuery
    {
      "ReceiptHandle": "a+b c",
      "QueueUrl": "http://localhost:4566/000000000000/orders"
    }
    "#);
    insta::assert_snapshot!(form("Action=ReceiveMessage&MaxNumberOfMessages=many"), @r#"
    400 Bad Request
    x-amzn-requestid: ID
    content-type: text/xml

    <?xml version="1.0"?>
    <ErrorResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/">
    <Error>
    <Type>Sender</Type>
    <Code>MalformedInput</Code>
    <Message>STRING_VALUE can not be converted to an Integer</Message>
    <Detail/>
    </Error>
    <RequestId>ID</RequestId>
    </ErrorResponse>
    "#);
}
