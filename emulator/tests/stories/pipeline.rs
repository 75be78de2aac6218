//! The pipeline: an upload invokes a function, whose message is taken by another, and the trace
//! tells what led to what.

use std::time::Duration;

use aws_sdk_lambda::types::FunctionResponseType;
use aws_sdk_s3::types::{Event, LambdaFunctionConfiguration, NotificationConfiguration};
use aws_sdk_sqs::types::QueueAttributeName;
use cloudless::Emulator;
use cloudless::clock::Clock;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

use crate::function::{create, in_process_zip};
use crate::{NOON, PATIENCE, Story, lambda, queue, queue_arn, s3, s3_with, sqs};

#[tokio::test]
async fn what_a_function_does_is_attributed_to_the_upload_that_invoked_it() -> Story {
    let emulator = Emulator::builder()
        .clock(Clock::frozen(NOON))
        .function("resize", |environment| async move {
            let s3 = s3_with(&environment.sdk_config);
            let sqs = aws_sdk_sqs::Client::new(&environment.sdk_config);
            let url = environment.variable("QUEUE_URL").unwrap_or_default().to_owned();
            Ok::<_, Error>(service_fn(move |event: LambdaEvent<Value>| {
                let (s3, sqs, url) = (s3.clone(), sqs.clone(), url.clone());
                async move {
                    let key = event.payload["Records"][0]["s3"]["object"]["key"].clone();
                    let key = key.as_str().unwrap_or_default().to_owned();
                    let got = s3.get_object().bucket("photos").key(&key).send().await?;
                    let bytes = got.body.collect().await?.into_bytes();
                    let small = bytes.slice(..1).to_vec().into();
                    let name = key.replace("original/", "resized/");
                    s3.put_object().bucket("photos").key(&name).body(small).send().await?;
                    sqs.send_message().queue_url(url).message_body(name).send().await?;
                    Ok::<_, Error>(())
                }
            }))
        })
        .start()
        .await?;
    let (s3, sqs, lambda) = (s3(&emulator), sqs(&emulator), lambda(&emulator));
    s3.create_bucket().bucket("photos").send().await?;
    let url = queue(&sqs, "resized").await?;
    let variables = aws_sdk_lambda::types::Environment::builder().variables("QUEUE_URL", &url);
    let function = create(&lambda, "resize", in_process_zip()?).environment(variables.build());
    let function = function.send().await?;
    lambda
        .add_permission()
        .function_name("resize")
        .statement_id("s3")
        .action("lambda:InvokeFunction")
        .principal("s3.amazonaws.com")
        .source_arn("arn:aws:s3:::photos")
        .send()
        .await?;
    let prefix = aws_sdk_s3::types::FilterRule::builder()
        .name(aws_sdk_s3::types::FilterRuleName::Prefix)
        .value("original/")
        .build();
    let filter = aws_sdk_s3::types::NotificationConfigurationFilter::builder()
        .key(aws_sdk_s3::types::S3KeyFilter::builder().filter_rules(prefix).build())
        .build();
    let to_function = LambdaFunctionConfiguration::builder()
        .lambda_function_arn(function.function_arn().unwrap_or_default())
        .events(Event::S3ObjectCreated)
        .filter(filter)
        .build()?;
    let configuration =
        NotificationConfiguration::builder().lambda_function_configurations(to_function).build();
    s3.put_bucket_notification_configuration()
        .bucket("photos")
        .notification_configuration(configuration)
        .send()
        .await?;
    let put = s3.put_object().bucket("photos").key("original/cat.jpg");
    put.body(b"a large cat".to_vec().into()).send().await?;
    emulator.settle(PATIENCE).await?;

    let received = sqs.receive_message().queue_url(&url).send().await?;
    assert_eq!(received.messages()[0].body(), Some("resized/cat.jpg"));
    let trace = emulator.trace();
    let upload = trace.iter().find(|event| event.subject == "photos/original/cat.jpg");
    let upload = upload.ok_or_else(|| anyhow::anyhow!("the upload is remembered: {trace:?}"))?;
    let tree = emulator.trace_of(upload.id);
    let told = tree.iter().map(|(depth, event)| {
        let outcome = event.outcome.as_deref().unwrap_or("under way");
        format!("{}{} {}: {outcome}", "  ".repeat(*depth), event.what, event.subject)
    });
    insta::assert_snapshot!(told.collect::<Vec<_>>().join("\n"), @"
    s3:PutObject photos/original/cat.jpg: ok
      lambda:Invoke resize: ok
        s3:GetObject photos/original/cat.jpg: ok
        s3:PutObject photos/resized/cat.jpg: ok
        sqs:SendMessage resized: ok
    ");
    Ok(())
}

#[tokio::test]
async fn a_batch_that_fails_in_part_comes_back_in_part_and_then_goes_to_the_dead_letters() -> Story
{
    let emulator = Emulator::builder()
        .clock(Clock::frozen(NOON))
        .function("update", |_environment| async {
            Ok::<_, Error>(service_fn(|event: LambdaEvent<Value>| async move {
                let records = event.payload["Records"].as_array().cloned().unwrap_or_default();
                let bodies: Vec<_> = records.iter().map(|it| it["body"].clone()).collect();
                let failed: Vec<_> = records
                    .iter()
                    .filter(|record| record["body"] == "unreadable")
                    .map(|record| json!({ "itemIdentifier": record["messageId"] }))
                    .collect();
                tracing::info!("updating {bodies:?}");
                Ok::<_, Error>(json!({ "batchItemFailures": failed }))
            }))
        })
        .start()
        .await?;
    let (sqs, lambda) = (sqs(&emulator), lambda(&emulator));
    let dead = queue(&sqs, "dead").await?;
    let redrive =
        format!(r#"{{"deadLetterTargetArn":"{}","maxReceiveCount":"3"}}"#, queue_arn("dead"));
    let create_queue = sqs.create_queue().queue_name("images");
    let created =
        create_queue.attributes(QueueAttributeName::RedrivePolicy, redrive).send().await?;
    let url = created.queue_url().unwrap_or_default();
    create(&lambda, "update", in_process_zip()?).send().await?;
    lambda
        .create_event_source_mapping()
        .function_name("update")
        .event_source_arn(queue_arn("images"))
        .batch_size(10)
        .function_response_types(FunctionResponseType::ReportBatchItemFailures)
        .send()
        .await?;
    for body in ["one", "unreadable", "three"] {
        sqs.send_message().queue_url(url).message_body(body).send().await?;
    }
    emulator.settle(PATIENCE).await?;
    let counts = || async {
        let got = sqs
            .get_queue_attributes()
            .queue_url(url)
            .attribute_names(QueueAttributeName::ApproximateNumberOfMessages)
            .attribute_names(QueueAttributeName::ApproximateNumberOfMessagesNotVisible)
            .send()
            .await?;
        let count = |name| got.attributes().and_then(|it| it.get(&name)).cloned();
        anyhow::Ok(format!(
            "visible {:?}, in flight {:?}",
            count(QueueAttributeName::ApproximateNumberOfMessages),
            count(QueueAttributeName::ApproximateNumberOfMessagesNotVisible)
        ))
    };
    let mut told = vec![counts().await?];
    emulator.settle_until_idle(PATIENCE).await?;
    told.push(counts().await?);
    let received = sqs.receive_message().queue_url(&dead).send().await?;
    told.push(format!(
        "dead {:?}",
        received.messages().iter().map(|it| it.body()).collect::<Vec<_>>()
    ));
    // Three times the visibility timeout of 30 seconds.
    told.push(format!("{} s", emulator.clock().now().since(NOON).as_secs()));
    assert!(emulator.clock().now() <= NOON.after(Duration::from_secs(120)));
    insta::assert_snapshot!(told.join("\n"), @r#"
    visible Some("0"), in flight Some("1")
    visible Some("0"), in flight Some("0")
    dead [Some("unreadable")]
    90 s
    "#);
    Ok(())
}
