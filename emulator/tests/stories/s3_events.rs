//! Events: what happens to objects is told to a queue.

use aws_sdk_s3::types::{
    Event, FilterRule, FilterRuleName, NotificationConfiguration, NotificationConfigurationFilter,
    QueueConfiguration, S3KeyFilter,
};
use aws_sdk_sqs::types::{MessageSystemAttributeName, QueueAttributeName};
use serde_json::Value;

use crate::{PATIENCE, Story, at_noon, queue, queue_arn, refusal, s3, sqs};

fn to_queue(name: &str) -> anyhow::Result<NotificationConfiguration> {
    let rule = |name, value: &str| FilterRule::builder().name(name).value(value).build();
    let key = S3KeyFilter::builder()
        .filter_rules(rule(FilterRuleName::Prefix, "original/"))
        .filter_rules(rule(FilterRuleName::Suffix, ".jpg"))
        .build();
    let configuration = QueueConfiguration::builder()
        .id("uploads")
        .queue_arn(queue_arn(name))
        .events(Event::S3ObjectCreated)
        .events(Event::S3ObjectRemovedDelete)
        .filter(NotificationConfigurationFilter::builder().key(key).build())
        .build()?;
    Ok(NotificationConfiguration::builder().queue_configurations(configuration).build())
}

#[tokio::test]
async fn a_queue_hears_a_test_event_first_and_then_of_each_object_that_fits() -> Story {
    let emulator = at_noon().await?;
    let (s3, sqs) = (s3(&emulator), sqs(&emulator));
    s3.create_bucket().bucket("photos").send().await?;
    let configure = |name: &str| {
        let configuration = to_queue(name);
        let put = s3.put_bucket_notification_configuration().bucket("photos");
        async move { anyhow::Ok(put.notification_configuration(configuration?).send().await) }
    };
    let mut told = vec![refusal(configure("uploads").await?)];
    let url = queue(&sqs, "uploads").await?;
    let policy = serde_json::json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "Service": "s3.amazonaws.com" },
            "Action": "sqs:SendMessage",
            "Resource": queue_arn("uploads"),
            "Condition": { "ArnLike": { "aws:SourceArn": "arn:aws:s3:::photos" } },
        }],
    });
    let set = sqs.set_queue_attributes().queue_url(&url);
    set.attributes(QueueAttributeName::Policy, policy.to_string()).send().await?;
    configure("uploads").await??;
    for key in ["original/cat über.jpg", "original/notes.txt", "resized/cat.jpg"] {
        s3.put_object().bucket("photos").key(key).body(b"hello".to_vec().into()).send().await?;
    }
    s3.delete_object().bucket("photos").key("original/cat über.jpg").send().await?;
    emulator.settle(PATIENCE).await?;
    let received = sqs.receive_message().queue_url(&url).max_number_of_messages(10).send().await?;
    for message in received.messages() {
        let mut event: Value = serde_json::from_str(message.body().unwrap_or_default())?;
        for record in event.get_mut("Records").and_then(Value::as_array_mut).into_iter().flatten() {
            for name in ["x-amz-request-id", "x-amz-id-2"] {
                record["responseElements"][name] = "…".into();
            }
        }
        if event.get("RequestId").is_some() {
            event["RequestId"] = "…".into();
            event["HostId"] = "…".into();
        }
        told.push(event.to_string());
    }
    insta::assert_snapshot!(told.join("\n\n"), @r#"
    400 InvalidArgument: Unable to validate the following destination configurations

    {"Service":"Amazon S3","Event":"s3:TestEvent","Time":"2026-11-23T12:00:00.000Z","Bucket":"photos","RequestId":"…","HostId":"…"}

    {"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"us-east-1","eventTime":"2026-11-23T12:00:00.000Z","eventName":"ObjectCreated:Put","userIdentity":{"principalId":"AWS:test"},"requestParameters":{"sourceIPAddress":"127.0.0.1"},"responseElements":{"x-amz-request-id":"…","x-amz-id-2":"…"},"s3":{"s3SchemaVersion":"1.0","configurationId":"uploads","bucket":{"name":"photos","ownerIdentity":{"principalId":"AFBC963A47211F"},"arn":"arn:aws:s3:::photos"},"object":{"key":"original/cat+%C3%BCber.jpg","size":5,"eTag":"5d41402abc4b2a76b9719d911017c592","sequencer":"000000000000000017"}}}]}

    {"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"us-east-1","eventTime":"2026-11-23T12:00:00.000Z","eventName":"ObjectRemoved:Delete","userIdentity":{"principalId":"AWS:test"},"requestParameters":{"sourceIPAddress":"127.0.0.1"},"responseElements":{"x-amz-request-id":"…","x-amz-id-2":"…"},"s3":{"s3SchemaVersion":"1.0","configurationId":"uploads","bucket":{"name":"photos","ownerIdentity":{"principalId":"AFBC963A47211F"},"arn":"arn:aws:s3:::photos"},"object":{"key":"original/cat+%C3%BCber.jpg","sequencer":"000000000000000023"}}}]}
    "#);
    Ok(())
}

#[tokio::test]
async fn what_x_ray_follows_goes_from_the_upload_to_the_message() -> Story {
    let emulator = at_noon().await?;
    let (s3, sqs) = (s3(&emulator), sqs(&emulator));
    s3.create_bucket().bucket("photos").send().await?;
    let url = queue(&sqs, "uploads").await?;
    let everybody = serde_json::json!({ "Statement": [{
        "Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage",
        "Resource": queue_arn("uploads"),
    }] });
    let set = sqs.set_queue_attributes().queue_url(&url);
    set.attributes(QueueAttributeName::Policy, everybody.to_string()).send().await?;
    let configure = s3.put_bucket_notification_configuration().bucket("photos");
    configure.notification_configuration(to_queue("uploads")?).send().await?;
    let trace = "Root=1-3152b799-8954dae64eda91bc9a23a7e8;Parent=7fa8c0f79203be72;Sampled=1";
    let put = s3.put_object().bucket("photos").key("original/a.jpg").customize();
    let put = put.mutate_request(move |request| {
        request.headers_mut().insert("X-Amzn-Trace-Id", trace);
    });
    put.send().await?;
    emulator.settle(PATIENCE).await?;
    let receive = sqs.receive_message().queue_url(&url).max_number_of_messages(10);
    let header = MessageSystemAttributeName::AwsTraceHeader;
    let received = receive.message_system_attribute_names(header.clone()).send().await?;
    let told = received.messages().iter().map(|message| {
        message.attributes().and_then(|attributes| attributes.get(&header)).cloned()
    });
    // The test event came first: nobody's request is behind it.
    assert_eq!(told.collect::<Vec<_>>(), [None, Some(trace.to_owned())]);
    Ok(())
}
