//! Queues, by the SDK: batches, long polls, dead letters, FIFO, typed errors.

use std::time::Duration;

use aws_sdk_sqs::operation::send_message::SendMessageError;
use aws_sdk_sqs::types::{
    DeleteMessageBatchRequestEntry, DeleteMessageBatchResultEntry, MessageAttributeValue,
    MessageSystemAttributeName, QueueAttributeName, SendMessageBatchRequestEntry,
    SendMessageBatchResultEntry,
};

use crate::raw::request;
use crate::{NOON, PATIENCE, Story, at_noon, queue, queue_arn, refusal, sqs, until};

#[tokio::test]
async fn a_message_is_sent_received_hidden_and_deleted() -> Story {
    let emulator = at_noon().await?;
    let sqs = sqs(&emulator);
    let url = queue(&sqs, "orders").await?;
    let colour = MessageAttributeValue::builder().data_type("String").string_value("red");
    let send = sqs.send_message().queue_url(&url).message_body("a bowl");
    let sent = send.message_attributes("colour", colour.build()?).send().await?;
    let receive = || {
        sqs.receive_message()
            .queue_url(&url)
            .visibility_timeout(30)
            .message_attribute_names("All")
            .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount)
            .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp)
            .send()
    };
    let first = receive().await?;
    let message = &first.messages()[0];
    assert_eq!(message.message_id(), sent.message_id());
    let mut told = vec![format!(
        "{:?} {:?} {:?}",
        message.body(),
        message.message_attributes().map(|it| it["colour"].string_value().map(str::to_owned)),
        message.attributes().map(|it| (
            it[&MessageSystemAttributeName::ApproximateReceiveCount].clone(),
            it[&MessageSystemAttributeName::SentTimestamp].clone()
        )),
    )];
    told.push(format!("hidden: {:?}", receive().await?.messages().len()));
    emulator.advance(Duration::from_secs(30)).await?;
    let again = receive().await?;
    let receipt = again.messages()[0].receipt_handle().unwrap_or_default().to_owned();
    sqs.delete_message().queue_url(&url).receipt_handle(&receipt).send().await?;
    emulator.advance(Duration::from_secs(30)).await?;
    told.push(format!("deleted: {:?}", receive().await?.messages().len()));
    insta::assert_snapshot!(told.join("\n"), @r#"
    Some("a bowl") Some(Some("red")) Some(("1", "1795435200000"))
    hidden: 0
    deleted: 0
    "#);
    Ok(())
}

#[tokio::test]
async fn errors_have_their_types() -> Story {
    let emulator = at_noon().await?;
    let sqs = sqs(&emulator);
    let url = queue(&sqs, "orders").await?;
    let none = url.replace("orders", "none");
    let missing = sqs.send_message().queue_url(&none).message_body("x").send().await;
    let typed = missing.as_ref().err().and_then(aws_sdk_sqs::error::SdkError::as_service_error);
    assert!(typed.is_some_and(SendMessageError::is_queue_does_not_exist), "{missing:?}");
    let told = [
        refusal(missing),
        refusal(sqs.get_queue_url().queue_name("none").send().await),
        refusal(sqs.delete_message().queue_url(&url).receipt_handle("x").send().await),
        refusal(sqs.send_message().queue_url(&url).message_body("").send().await),
        refusal(sqs.send_message().queue_url(&url).message_body("\u{1}").send().await),
        refusal(sqs.receive_message().queue_url(&url).wait_time_seconds(21).send().await),
        refusal(sqs.create_queue().queue_name("a queue").send().await),
        refusal(
            sqs.create_queue()
                .queue_name("orders")
                .attributes(QueueAttributeName::VisibilityTimeout, "1")
                .send()
                .await,
        ),
        refusal(sqs.list_message_move_tasks().source_arn(queue_arn("nowhere")).send().await),
    ];
    insta::assert_snapshot!(told.join("\n"), @r#"
    400 AWS.SimpleQueueService.NonExistentQueue: The specified queue does not exist.
    400 AWS.SimpleQueueService.NonExistentQueue: The specified queue does not exist.
    404 ReceiptHandleIsInvalid: The input receipt handle "x" is not a valid receipt handle.
    400 MissingParameter: The request must contain the parameter MessageBody.
    400 InvalidMessageContents: Invalid binary character '#x1' was found in the message body, the set of allowed characters is #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF].
    400 InvalidParameterValue: Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.
    400 InvalidParameterValue: Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length
    400 QueueAlreadyExists: A queue already exists with the same name and a different value for attribute VisibilityTimeout
    404 ResourceNotFoundException: The resource that you specified for the SourceArn parameter doesn't exist.
    "#);
    Ok(())
}

#[tokio::test]
async fn a_batch_tells_which_of_its_entries_failed() -> Story {
    let emulator = at_noon().await?;
    let sqs = sqs(&emulator);
    let url = queue(&sqs, "orders").await?;
    let entry = |id: &str, body: &str| {
        SendMessageBatchRequestEntry::builder().id(id).message_body(body).build()
    };
    let sent = sqs
        .send_message_batch()
        .queue_url(&url)
        .entries(entry("one", "1")?)
        .entries(entry("two", "\u{1}")?)
        .entries(entry("three", "3")?)
        .send()
        .await?;
    let mut told = vec![format!(
        "sent {:?}, failed {:?}",
        sent.successful().iter().map(SendMessageBatchResultEntry::id).collect::<Vec<_>>(),
        sent.failed().iter().map(|it| (it.id(), it.code(), it.sender_fault())).collect::<Vec<_>>(),
    )];
    let received = sqs.receive_message().queue_url(&url).max_number_of_messages(10).send().await?;
    let mut delete = sqs.delete_message_batch().queue_url(&url);
    let handles = received.messages().iter().filter_map(|it| it.receipt_handle());
    for (at, receipt) in handles.chain(["no receipt"]).enumerate() {
        let entry = DeleteMessageBatchRequestEntry::builder().id(at.to_string());
        delete = delete.entries(entry.receipt_handle(receipt).build()?);
    }
    let deleted = delete.send().await?;
    told.push(format!(
        "deleted {:?}, failed {:?}",
        deleted.successful().iter().map(DeleteMessageBatchResultEntry::id).collect::<Vec<_>>(),
        deleted.failed().iter().map(|it| (it.id(), it.code())).collect::<Vec<_>>(),
    ));
    let twice = sqs.send_message_batch().queue_url(&url).entries(entry("a", "1")?);
    told.push(refusal(twice.entries(entry("a", "2")?).send().await));
    told.push(refusal(
        sqs.send_message_batch().queue_url(&url).set_entries(Some(vec![])).send().await,
    ));
    insta::assert_snapshot!(told.join("\n"), @r#"
    sent ["one", "three"], failed [("two", "InvalidMessageContents", true)]
    deleted ["0", "1"], failed [("2", "ReceiptHandleIsInvalid")]
    400 AWS.SimpleQueueService.BatchEntryIdsNotDistinct: Id a repeated.
    400 AWS.SimpleQueueService.EmptyBatchRequest: There should be at least one SendMessageBatchRequestEntry in the request.
    "#);
    Ok(())
}

#[tokio::test]
async fn a_long_poll_is_answered_by_the_send_or_by_its_end() -> Story {
    let emulator = at_noon().await?;
    let sqs = sqs(&emulator);
    let url = queue(&sqs, "orders").await?;
    let poll = || {
        let receive = sqs.receive_message().queue_url(&url).wait_time_seconds(20);
        tokio::spawn(async move { receive.send().await })
    };
    let waits = || emulator.snapshot().next_deadline() == Some(NOON.after_s(20));
    let polling = poll();
    until(waits).await?;
    sqs.send_message().queue_url(&url).message_body("now").send().await?;
    let answered = polling.await??;
    assert_eq!(answered.messages()[0].body(), Some("now"));
    let receipt = answered.messages()[0].receipt_handle().unwrap_or_default();
    sqs.delete_message().queue_url(&url).receipt_handle(receipt).send().await?;
    assert_eq!(emulator.clock().now(), NOON);

    let polling = poll();
    until(waits).await?;
    emulator.advance(Duration::from_secs(20)).await?;
    assert_eq!(polling.await??.messages().len(), 0);
    Ok(())
}

#[tokio::test]
async fn a_long_poll_whose_client_has_gone_takes_no_message() -> Story {
    let emulator = at_noon().await?;
    let sqs = sqs(&emulator);
    let url = queue(&sqs, "orders").await?;
    let poll = format!(r#"{{"QueueUrl":"{url}","WaitTimeSeconds":20}}"#);
    let connection = request("POST /").sqs("ReceiveMessage", &poll).begin(&emulator).await?;
    let waits = || emulator.snapshot().next_change().is_some();
    until(waits).await?;
    drop(connection);
    until(|| !waits()).await?;
    sqs.send_message().queue_url(&url).message_body("for whoever is there").send().await?;
    let received = sqs.receive_message().queue_url(&url).send().await?;
    assert_eq!(received.messages()[0].body(), Some("for whoever is there"));
    Ok(())
}

#[tokio::test]
async fn a_message_that_is_received_too_often_goes_to_the_dead_letter_queue() -> Story {
    let emulator = at_noon().await?;
    let sqs = sqs(&emulator);
    let dead = queue(&sqs, "orders-dead").await?;
    let redrive = format!(
        r#"{{"deadLetterTargetArn":"{}","maxReceiveCount":"2"}}"#,
        queue_arn("orders-dead")
    );
    let create = sqs.create_queue().queue_name("orders");
    let created = create.attributes(QueueAttributeName::RedrivePolicy, redrive).send().await?;
    let url = created.queue_url().unwrap_or_default();
    sqs.send_message().queue_url(url).message_body("unreadable").send().await?;
    let mut told = Vec::new();
    for _ in 0..3 {
        let received = sqs.receive_message().queue_url(url).visibility_timeout(5).send().await?;
        told.push(format!("orders: {}", received.messages().len()));
        emulator.advance(Duration::from_secs(5)).await?;
    }
    let received = sqs.receive_message().queue_url(&dead);
    let received = received.message_system_attribute_names(MessageSystemAttributeName::All);
    for message in received.send().await?.messages() {
        let attribute = |name| message.attributes().and_then(|it| it.get(&name));
        told.push(format!(
            "dead: {:?} received {:?} from {:?}",
            message.body(),
            attribute(MessageSystemAttributeName::ApproximateReceiveCount),
            attribute(MessageSystemAttributeName::DeadLetterQueueSourceArn),
        ));
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    orders: 1
    orders: 1
    orders: 0
    dead: Some("unreadable") received Some("3") from Some("arn:aws:sqs:us-east-1:000000000000:orders")
    "#);
    Ok(())
}

#[tokio::test]
async fn a_fifo_queue_keeps_order_within_a_group_and_takes_nothing_twice() -> Story {
    let emulator = at_noon().await?;
    let sqs = sqs(&emulator);
    let create = sqs.create_queue().queue_name("orders.fifo");
    let created = create.attributes(QueueAttributeName::FifoQueue, "true").send().await?;
    let url = created.queue_url().unwrap_or_default();
    let send = |group: &str, body: &str| {
        let send = sqs.send_message().queue_url(url).message_group_id(group).message_body(body);
        send.message_deduplication_id(body).send()
    };
    let first = send("ann", "a1").await?;
    let twice = send("ann", "a1").await?;
    assert_eq!(first.message_id(), twice.message_id());
    assert_eq!(first.sequence_number(), twice.sequence_number());
    for (group, body) in [("ann", "a2"), ("bob", "b1"), ("ann", "a3")] {
        send(group, body).await?;
    }
    let receive = |most| sqs.receive_message().queue_url(url).max_number_of_messages(most).send();
    let bodies = |received: &aws_sdk_sqs::operation::receive_message::ReceiveMessageOutput| {
        let bodies = received.messages().iter().filter_map(|it| it.body().map(str::to_owned));
        bodies.collect::<Vec<_>>()
    };
    let one = receive(1).await?;
    let meanwhile = receive(10).await?;
    let receipt = one.messages()[0].receipt_handle().unwrap_or_default();
    sqs.delete_message().queue_url(url).receipt_handle(receipt).send().await?;
    let rest = receive(10).await?;
    insta::assert_debug_snapshot!((bodies(&one), bodies(&meanwhile), bodies(&rest)), @r#"
    (
        [
            "a1",
        ],
        [
            "b1",
        ],
        [
            "a2",
            "a3",
        ],
    )
    "#);
    let no_group = sqs.send_message().queue_url(url).message_body("x").send().await;
    insta::assert_snapshot!(refusal(no_group), @"400 MissingParameter: The request must contain the parameter MessageGroupId.");
    emulator.settle(PATIENCE).await?;
    Ok(())
}
