//! Queues over both protocols: JSON 1.0 as SDKs speak it now, Query and XML as they did until 2023.

use serde_json::Value;

use crate::raw::request;
use crate::{Story, at_noon, queue, sqs};

#[tokio::test]
async fn both_protocols_meet_in_the_same_queue() -> Story {
    let emulator = at_noon().await?;
    let sqs = sqs(&emulator);
    let url = queue(&sqs, "orders").await?;
    let form = |form: &str| request("POST /").form(&format!("Version=2012-11-05&{form}"));
    let mut told = Vec::new();
    let send = "Action=SendMessage&MessageBody=by%20form%20%26%20%3Cxml%3E&MessageAttribute.1.Name=n&MessageAttribute.1.Value.DataType=Number&MessageAttribute.1.Value.StringValue=7";
    let sent = form(&format!("{send}&QueueUrl={url}")).send(&emulator).await?;
    told.push(sent.tell_headers(&["content-type"]));
    let received = sqs.receive_message().queue_url(&url).message_attribute_names("All");
    for message in received.send().await?.messages() {
        let attribute = message.message_attributes().map(|it| &it["n"]);
        told.push(format!(
            "{:?} {:?} {:?}",
            message.body(),
            attribute.map(|it| (it.data_type(), it.string_value())),
            sent.tell().contains(message.message_id().unwrap_or("no id")),
        ));
    }
    sqs.send_message().queue_url(&url).message_body("by SDK & <json>").send().await?;
    // The queue's own path is as good as the parameter.
    let path = request("POST /000000000000/orders").form("Action=ReceiveMessage&AttributeName=All");
    let received = path.send(&emulator).await?.tell();
    let body = received.split("<Body>").nth(1).and_then(|it| it.split("</Body>").next());
    told.push(format!("{body:?} {}", received.contains("<Name>SentTimestamp</Name>")));
    let attributes = form(&format!(
        "Action=GetQueueAttributes&QueueUrl={url}&AttributeName.1=ApproximateNumberOfMessages&AttributeName.2=ApproximateNumberOfMessagesNotVisible"
    ));
    told.push(attributes.send(&emulator).await?.tell());
    told.push(
        request("GET /?Action=ListQueues")
            .send(&emulator)
            .await?
            .tell()
            .replace(&emulator.address().to_string(), "HOST"),
    );
    insta::assert_snapshot!(told.join("\n"), @r#"
    content-type: text/xml
    Some("by form & <xml>") Some(("Number", Some("7"))) true
    Some("by SDK &amp; &lt;json&gt;") true
    200 <?xml version="1.0"?><GetQueueAttributesResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><GetQueueAttributesResult><Attribute><Name>ApproximateNumberOfMessages</Name><Value>0</Value></Attribute><Attribute><Name>ApproximateNumberOfMessagesNotVisible</Name><Value>2</Value></Attribute></GetQueueAttributesResult></GetQueueAttributesResponse>
    200 <?xml version="1.0"?><ListQueuesResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><ListQueuesResult><QueueUrl>http://HOST/000000000000/orders</QueueUrl></ListQueuesResult></ListQueuesResponse>
    "#);
    Ok(())
}

#[tokio::test]
async fn an_error_is_told_in_the_words_of_its_protocol() -> Story {
    let emulator = at_noon().await?;
    let mut told = Vec::new();
    for (name, case) in [
        ("json", request("POST /").sqs("GetQueueUrl", r#"{"QueueName":"none"}"#)),
        ("form", request("POST /").form("Action=GetQueueUrl&QueueName=none")),
        ("json, missing", request("POST /").sqs("GetQueueUrl", "{}")),
        ("form, missing", request("POST /").form("Action=GetQueueUrl")),
        ("json, no JSON", request("POST /").sqs("GetQueueUrl", "{")),
        ("json, wrong type", request("POST /").sqs("GetQueueUrl", r#"{"QueueName":7}"#)),
        ("json, no such operation", request("POST /").sqs("Fly", "{}")),
        ("form, no such operation", request("POST /").form("Action=Fly")),
        ("form, no operation", request("POST /").form("QueueName=none")),
        (
            "another service",
            request("POST /").header("X-Amz-Target", "DynamoDB_20120810.GetItem").body("{}"),
        ),
    ] {
        let answer = case.send(&emulator).await?;
        told.push(format!("{name}: {}", answer.tell()));
        let headers = answer.tell_headers(&["x-amzn-query-error", "content-type"]);
        told.push(headers);
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    json: 400 {"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"The specified queue does not exist."}
    x-amzn-query-error: AWS.SimpleQueueService.NonExistentQueue;Sender
    content-type: application/x-amz-json-1.0
    form: 400 <?xml version="1.0"?><ErrorResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><Error><Type>Sender</Type><Code>AWS.SimpleQueueService.NonExistentQueue</Code><Message>The specified queue does not exist for this wsdl version.</Message><Detail/></Error></ErrorResponse>
    content-type: text/xml
    json, missing: 400 {"__type":"com.amazon.coral.service#InvalidParameterValueException","message":"Value for parameter QueueName is invalid. Reason: Must specify a queue name."}
    x-amzn-query-error: InvalidParameterValue;Sender
    content-type: application/x-amz-json-1.0
    form, missing: 400 <?xml version="1.0"?><ErrorResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><Error><Type>Sender</Type><Code>InvalidParameterValue</Code><Message>Value for parameter QueueName is invalid. Reason: Must specify a queue name.</Message><Detail/></Error></ErrorResponse>
    content-type: text/xml
    json, no JSON: 400 {"__type":"com.amazon.coral.service#SerializationException","message":"Could not parse the request body as JSON: EOF while parsing an object at line 1 column 1"}
    x-amzn-query-error: MalformedInput;Sender
    content-type: application/x-amz-json-1.0
    json, wrong type: 400 {"__type":"com.amazon.coral.service#SerializationException","message":"NUMBER_VALUE can not be converted to a String"}
    x-amzn-query-error: MalformedInput;Sender
    content-type: application/x-amz-json-1.0
    json, no such operation: 400 {"__type":"com.amazon.coral.service#UnknownOperationException"}
    x-amzn-query-error: InvalidAction;Sender
    content-type: application/x-amz-json-1.0
    form, no such operation: 400 <?xml version="1.0"?><ErrorResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><Error><Type>Sender</Type><Code>InvalidAction</Code><Message>The action Fly is not valid for this endpoint.</Message><Detail/></Error></ErrorResponse>
    content-type: text/xml
    form, no operation: 404 <UnknownOperationException/>

    another service: 501 {"__type":"com.amazon.coral.service#NotImplemented","message":"The service DynamoDB_20120810 is not implemented by Cloudless."}
    x-amzn-query-error: NotImplemented;Receiver
    content-type: application/x-amz-json-1.0
    "#);
    Ok(())
}

#[tokio::test]
async fn a_queues_url_leads_back_to_the_host_that_was_asked() -> Story {
    let emulator = at_noon().await?;
    queue(&sqs(&emulator), "orders").await?;
    let mut told = Vec::new();
    for host in
        ["localhost:4566", "cloudless:4566", "sqs.us-east-1.localhost.localstack.cloud:4566"]
    {
        let ask = request("POST /").header("Host", host);
        let answer = ask.sqs("GetQueueUrl", r#"{"QueueName":"orders"}"#).send(&emulator).await?;
        let answer: Value = serde_json::from_slice(&answer.body)?;
        told.push(format!("{host}: {}", answer["QueueUrl"].as_str().unwrap_or_default()));
    }
    insta::assert_snapshot!(told.join("\n"), @"
    localhost:4566: http://localhost:4566/000000000000/orders
    cloudless:4566: http://cloudless:4566/000000000000/orders
    sqs.us-east-1.localhost.localstack.cloud:4566: http://sqs.us-east-1.localhost.localstack.cloud:4566/000000000000/orders
    ");
    Ok(())
}
