//! Creating, finding, configuring, purging and deleting queues; who may use them.

use std::collections::BTreeMap;

use insta::assert_snapshot;
use kernel::arn::Arn;
use kernel::call::{Caller, Signing};
use kernel::names::AccountId;
use kernel::trace::CauseId;
use serde_json::{Value, json};

use super::harness::{Cloud, URL, shown, text};
use crate::{Batch, BusyGroups, Delivery};

#[test]
fn a_queue_has_aws_defaults_and_shows_what_was_set() {
    let mut cloud = Cloud::new();
    cloud.create("orders", json!({"VisibilityTimeout": "20"}));
    cloud.create("orders.fifo", json!({"FifoQueue": "true"}));
    let mut all = |queue: &str| {
        shown(&cloud.call("GetQueueAttributes", json!({"Queue": queue, "AttributeNames": ["All"]})))
    };
    assert_snapshot!(all("orders"), @r#"
    {
      "Attributes": {
        "ApproximateNumberOfMessages": "0",
        "ApproximateNumberOfMessagesDelayed": "0",
        "ApproximateNumberOfMessagesNotVisible": "0",
        "CreatedTimestamp": "1800000000",
        "DelaySeconds": "0",
        "LastModifiedTimestamp": "1800000000",
        "MaximumMessageSize": "1048576",
        "MessageRetentionPeriod": "345600",
        "QueueArn": "arn:aws:sqs:us-east-1:000000000000:orders",
        "ReceiveMessageWaitTimeSeconds": "0",
        "SqsManagedSseEnabled": "true",
        "VisibilityTimeout": "20"
      }
    }
    "#);
    assert_snapshot!(all("orders.fifo"), @r#"
    {
      "Attributes": {
        "ApproximateNumberOfMessages": "0",
        "ApproximateNumberOfMessagesDelayed": "0",
        "ApproximateNumberOfMessagesNotVisible": "0",
        "ContentBasedDeduplication": "false",
        "CreatedTimestamp": "1800000000",
        "DeduplicationScope": "queue",
        "DelaySeconds": "0",
        "FifoQueue": "true",
        "FifoThroughputLimit": "perQueue",
        "LastModifiedTimestamp": "1800000000",
        "MaximumMessageSize": "1048576",
        "MessageRetentionPeriod": "345600",
        "QueueArn": "arn:aws:sqs:us-east-1:000000000000:orders.fifo",
        "ReceiveMessageWaitTimeSeconds": "0",
        "SqsManagedSseEnabled": "true",
        "VisibilityTimeout": "30"
      }
    }
    "#);
    let input = json!({"Queue": "orders", "AttributeNames": ["Policy"]});
    assert_eq!(cloud.call("GetQueueAttributes", input), json!({}));
    cloud.check_restart();
}

#[test]
fn creating_again_is_the_same_unless_an_attribute_differs() {
    let mut cloud = Cloud::new();
    cloud.create("orders", json!({"DelaySeconds": "1"}));
    cloud.create("orders", json!({}));
    cloud.create("orders", json!({"DelaySeconds": "1", "VisibilityTimeout": "30"}));
    let mut create = |name: &str, attributes: Value| {
        shown(&cloud.call("CreateQueue", json!({"QueueName": name, "Attributes": attributes})))
    };
    assert_snapshot!([
        create("orders", json!({"DelaySeconds": "2"})),
        create("standard", json!({"FifoQueue": "false"})),
        create("standard", json!({"ContentBasedDeduplication": "true"})),
        create("standard", json!({"DeduplicationScope": "queue"})),
        create("standard", json!({"FifoThroughputLimit": "perQueue"})),
        create("standard", json!({"FifoQueue": "true"})),
        create("queue.fifo", json!({})),
        create("a b", json!({})),
        create("", json!({})),
        create("standard", json!({"Surprise": "1"})),
        create("standard", json!({"VisibilityTimeout": "43201"})),
        create("standard", json!({"MaximumMessageSize": "1048577"})),
        create("standard", json!({"Policy": "{"})),
    ].join("\n"), @r"
    400 QueueAlreadyExists: A queue already exists with the same name and a different value for attribute DelaySeconds
    400 InvalidAttributeName: Unknown Attribute FifoQueue.
    400 InvalidAttributeName: Unknown Attribute ContentBasedDeduplication.
    400 InvalidAttributeName: You can specify the DeduplicationScope only when FifoQueue is set to true.
    400 InvalidAttributeName: You can specify the FifoThroughputLimit only when FifoQueue is set to true.
    400 InvalidParameterValue: The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.
    400 InvalidParameterValue: Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length
    400 InvalidParameterValue: Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length
    400 InvalidParameterValue: Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length
    400 InvalidAttributeName: Unknown Attribute Surprise.
    400 InvalidAttributeValue: Invalid value for the parameter VisibilityTimeout.
    400 InvalidAttributeValue: Invalid value for the parameter MaximumMessageSize.
    400 InvalidAttributeValue: Invalid value for the parameter Policy.
    ");
}

/// AWS reads `True` and `030`, and answers in its own way. What was asked for once may be asked for again
/// in another.
#[test]
fn a_boolean_is_taken_in_any_case_and_a_number_with_zeros_before_it() {
    let mut cloud = Cloud::new();
    let asked = json!({
        "FifoQueue": "True", "ContentBasedDeduplication": "TRUE", "SqsManagedSseEnabled": "fAlse",
        "VisibilityTimeout": "030",
    });
    cloud.create("orders.fifo", asked);
    let own = json!({"FifoQueue": "true", "ContentBasedDeduplication": "true", "VisibilityTimeout": "30"});
    cloud.create("orders.fifo", own);
    let attributes = json!({"ContentBasedDeduplication": "False", "FifoQueue": "TRUE"});
    let set = json!({"Queue": "orders.fifo", "Attributes": attributes});
    assert_eq!(cloud.call("SetQueueAttributes", set), json!({}));
    let names =
        ["FifoQueue", "ContentBasedDeduplication", "SqsManagedSseEnabled", "VisibilityTimeout"];
    let get = json!({"Queue": "orders.fifo", "AttributeNames": names});
    let mut told = vec![shown(&cloud.call("GetQueueAttributes", get)["Attributes"])];
    for attributes in [
        json!({"SqsManagedSseEnabled": "yes"}),
        json!({"ContentBasedDeduplication": "1"}),
        json!({"VisibilityTimeout": " 30"}),
        json!({"VisibilityTimeout": "+30"}),
        json!({"FifoQueue": "False"}),
        json!({"SqsManagedSseEnabled": "TRUE", "KmsMasterKeyId": "key"}),
    ] {
        let set = json!({"Queue": "orders.fifo", "Attributes": attributes});
        told.push(shown(&cloud.call("SetQueueAttributes", set)));
    }
    assert_snapshot!(told.join("\n"), @r#"
    {
      "ContentBasedDeduplication": "false",
      "FifoQueue": "true",
      "SqsManagedSseEnabled": "false",
      "VisibilityTimeout": "30"
    }
    400 InvalidAttributeValue: Invalid value for the parameter SqsManagedSseEnabled.
    400 InvalidAttributeValue: Invalid value for the parameter ContentBasedDeduplication.
    400 InvalidAttributeValue: Invalid value for the parameter VisibilityTimeout.
    400 InvalidAttributeValue: Invalid value for the parameter VisibilityTimeout.
    400 InvalidAttributeValue: Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.
    400 InvalidAttributeName: You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.
    "#);
    cloud.check_restart();
}

#[test]
fn attributes_change_and_are_checked_when_they_do() {
    let mut cloud = Cloud::new();
    cloud.create("orders", json!({}));
    cloud.advance_s(10);
    let mut set = |attributes: Value| {
        shown(
            &cloud.call("SetQueueAttributes", json!({"Queue": "orders", "Attributes": attributes})),
        )
    };
    assert_snapshot!([
        set(json!({"FifoQueue": "true"})),
        set(json!({"DelaySeconds": "901"})),
        set(json!({"KmsMasterKeyId": "testKeyId", "KmsDataKeyReusePeriodSeconds": "6000"})),
    ].join("\n"), @r#"
    400 InvalidAttributeName: Unknown Attribute FifoQueue.
    400 InvalidAttributeValue: Invalid value for the parameter DelaySeconds.
    {}
    "#);
    let names = json!(["KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds", "SqsManagedSseEnabled"]);
    let get = json!({"Queue": "orders", "AttributeNames": names});
    assert_eq!(
        cloud.call("GetQueueAttributes", get.clone())["Attributes"],
        json!({"KmsDataKeyReusePeriodSeconds": "6000", "KmsMasterKeyId": "testKeyId", "SqsManagedSseEnabled": "false"})
    );
    cloud.call(
        "SetQueueAttributes",
        json!({"Queue": "orders", "Attributes": {"SqsManagedSseEnabled": "true"}}),
    );
    assert_eq!(
        cloud.call("GetQueueAttributes", get)["Attributes"],
        json!({"SqsManagedSseEnabled": "true"})
    );
    cloud.check_restart();
}

#[test]
fn a_queue_is_found_by_name_by_any_url_and_by_list() {
    let mut cloud = Cloud::new();
    for name in ["a-1", "a-2", "a-3", "b-1"] {
        cloud.create(name, json!({}));
    }
    let url = json!({"QueueUrl": format!("{URL}a-1")});
    assert_eq!(cloud.call("GetQueueUrl", json!({"QueueName": "a-1"})), url);
    for url in ["http://sqs.eu-west-1.amazonaws.com/000000000000/a-1", "/000000000000/a-1", "a-1"] {
        assert_eq!(cloud.call("ListQueueTags", json!({"QueueUrl": url})), json!({}));
    }
    let page = cloud.call("ListQueues", json!({"QueueNamePrefix": "a", "MaxResults": 2}));
    assert_snapshot!(shown(&page), @r#"
    {
      "QueueUrls": [
        "http://localhost:4566/000000000000/a-1",
        "http://localhost:4566/000000000000/a-2"
      ],
      "NextToken": "aHR0cDovL2xvY2FsaG9zdDo0NTY2LzAwMDAwMDAwMDAwMC9hLTI="
    }
    "#);
    let input = json!({"QueueNamePrefix": "a", "MaxResults": 2, "NextToken": page["NextToken"]});
    assert_eq!(cloud.call("ListQueues", input), json!({"QueueUrls": [format!("{URL}a-3")]}));
    assert_eq!(cloud.call("ListQueues", json!({"QueueNamePrefix": "c"})), json!({}));
    assert_snapshot!([
        shown(&cloud.call("GetQueueUrl", json!({"QueueName": "none"}))),
        shown(&cloud.call("SendMessage", json!({"Queue": "none", "MessageBody": "a"}))),
        shown(&cloud.call("ListQueues", json!({"MaxResults": 1_001}))),
        shown(&cloud.call("PurgeQueue", json!({}))),
        shown(&cloud.call("PurgeQueue", json!({"QueueUrl": "http://localhost"}))),
    ].join("\n"), @"
    400 AWS.SimpleQueueService.NonExistentQueue: The specified queue does not exist.
    400 AWS.SimpleQueueService.NonExistentQueue: The specified queue does not exist.
    400 InvalidParameterValue: Value for parameter MaxResults is invalid. Reason: MaxResults must be an integer between 1 and 1000.
    400 AWS.SimpleQueueService.NonExistentQueue: The specified queue does not exist.
    400 AWS.SimpleQueueService.NonExistentQueue: The specified queue does not exist.
    ");
}

#[test]
fn a_deleted_queue_keeps_its_name_for_a_minute() {
    let mut cloud = Cloud::new();
    cloud.create("orders", json!({}));
    cloud.send("orders", "hello");
    assert_eq!(cloud.receive("orders"), "hello 1");
    assert_eq!(
        cloud.call("ReceiveMessage", json!({"Queue": "orders", "WaitTimeSeconds": 20})),
        Value::Null
    );
    assert_eq!(cloud.call("DeleteQueue", json!({"Queue": "orders"})), json!({}));
    assert_eq!(cloud.answered.len(), 1, "who waits hears of it");
    cloud.restart();
    cloud.advance_s(59);
    assert_snapshot!(shown(&cloud.call("CreateQueue", json!({"QueueName": "orders"}))), @r#"400 AWS.SimpleQueueService.QueueDeletedRecently: You must wait 60 seconds after deleting a queue before you can create another with the same name."#);
    cloud.advance_s(1);
    assert!(cloud.store.is_empty());
    cloud.create("orders", json!({}));
    assert_eq!(cloud.counts("orders"), "0 visible, 0 in flight, 0 delayed");
    cloud.check_restart();
}

#[test]
fn a_purge_empties_the_queue_once_a_minute() {
    let mut cloud = Cloud::new();
    cloud.create("orders", json!({}));
    for body in ["a", "b"] {
        cloud.send("orders", body);
    }
    cloud.receipt("orders");
    assert_eq!(cloud.call("PurgeQueue", json!({"Queue": "orders"})), json!({}));
    assert_eq!(cloud.counts("orders"), "0 visible, 0 in flight, 0 delayed");
    cloud.restart();
    assert_snapshot!(shown(&cloud.call("PurgeQueue", json!({"Queue": "orders"}))), @r#"403 AWS.SimpleQueueService.PurgeQueueInProgress: Only one PurgeQueue operation on orders is allowed every 60 seconds."#);
    cloud.advance_s(60);
    assert_eq!(cloud.call("PurgeQueue", json!({"Queue": "orders"})), json!({}));
}

#[test]
fn tags_are_added_replaced_and_removed() {
    let mut cloud = Cloud::new();
    cloud.call("CreateQueue", json!({"QueueName": "orders", "tags": {"a": "1", "b": "2"}}));
    cloud.call("TagQueue", json!({"Queue": "orders", "Tags": {"b": "3", "c": "4"}}));
    cloud.call("UntagQueue", json!({"Queue": "orders", "TagKeys": ["a"]}));
    assert_eq!(
        cloud.call("ListQueueTags", json!({"Queue": "orders"})),
        json!({"Tags": {"b": "3", "c": "4"}})
    );
    cloud.check_restart();
}

#[test]
fn permissions_are_statements_of_the_policy() {
    let mut cloud = Cloud::new();
    cloud.create("orders", json!({}));
    let add = json!({
        "Queue": "orders", "Label": "crossaccountpermission",
        "AWSAccountIds": ["668614515564", "111111111111"], "Actions": ["ReceiveMessage"],
    });
    assert_eq!(cloud.call("AddPermission", add.clone()), json!({}));
    let policy = |cloud: &mut Cloud| {
        let input = json!({"Queue": "orders", "AttributeNames": ["Policy"]});
        let text = text(&cloud.call("GetQueueAttributes", input)["Attributes"]["Policy"]);
        shown(&serde_json::from_str(&text).unwrap_or_default())
    };
    assert_snapshot!(policy(&mut cloud), @r#"
    {
      "Version": "2008-10-17",
      "Id": "arn:aws:sqs:us-east-1:000000000000:orders/SQSDefaultPolicy",
      "Statement": [
        {
          "Sid": "crossaccountpermission",
          "Effect": "Allow",
          "Principal": {
            "AWS": [
              "arn:aws:iam::668614515564:root",
              "arn:aws:iam::111111111111:root"
            ]
          },
          "Action": "SQS:ReceiveMessage",
          "Resource": "arn:aws:sqs:us-east-1:000000000000:orders"
        }
      ]
    }
    "#);
    assert_snapshot!(shown(&cloud.call("AddPermission", add)), @r#"400 InvalidParameterValue: Value crossaccountpermission for parameter Label is invalid. Reason: Already exists."#);
    let remove = json!({"Queue": "orders", "Label": "crossaccountpermission"});
    assert_eq!(cloud.call("RemovePermission", remove.clone()), json!({}));
    assert_eq!(policy(&mut cloud), "null");
    assert_snapshot!(shown(&cloud.call("RemovePermission", remove)), @r#"400 InvalidParameterValue: Value crossaccountpermission for parameter Label is invalid. Reason: can't find label."#);
    cloud.check_restart();
}

#[test]
fn another_account_needs_a_permission_and_the_owner_can_be_denied() {
    let mut cloud = Cloud::new();
    let owner = cloud.caller.clone();
    cloud.create("orders", json!({}));
    cloud.call("AddPermission", json!({
        "Queue": "orders", "Label": "send", "AWSAccountIds": ["111111111111"], "Actions": ["SendMessage"],
    }));
    cloud.caller = Caller::Account {
        account: AccountId::parse("111111111111").unwrap_or_default(),
        access_key_id: "111111111111".into(),
    };
    let (sent, received) =
        (cloud.send("orders", "a"), cloud.call("ReceiveMessage", json!({"Queue": "orders"})));
    assert!(sent["MessageId"].is_string());
    assert_snapshot!(shown(&received), @"403 AccessDenied: User: arn:aws:iam::111111111111:root is not authorized to perform: sqs:receivemessage on resource: arn:aws:sqs:us-east-1:000000000000:orders because no resource-based policy allows the sqs:receivemessage action");
    cloud.caller = owner;
    let deny = json!({"Statement": {"Effect": "Deny", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}});
    cloud.call(
        "SetQueueAttributes",
        json!({"Queue": "orders", "Attributes": {"Policy": deny.to_string()}}),
    );
    assert_snapshot!(shown(&cloud.send("orders", "a")), @"403 AccessDenied: User: arn:aws:iam::000000000000:root is not authorized to perform: sqs:sendmessage on resource: arn:aws:sqs:us-east-1:000000000000:orders with an explicit deny in a resource-based policy");
}

#[test]
fn a_service_delivers_only_where_the_policy_names_it_and_its_source() {
    let mut cloud = Cloud::new();
    cloud.create("images", json!({}));
    let Some(Arn::Queue(queue)) = Arn::parse("arn:aws:sqs:us-east-1:000000000000:images") else {
        panic!("an ARN");
    };
    let delivery = |bucket: &str| Delivery {
        trace_header: None,
        body: "event".into(),
        attributes: BTreeMap::new(),
        principal: kernel::policy::Principal::Service("s3.amazonaws.com".into()),
        source: Arn::parse(&format!("arn:aws:s3:::{bucket}")),
        source_account: Some(AccountId::default()),
    };
    let deliver = |cloud: &mut Cloud, bucket: &str| match cloud
        .handle(|sqs, cx| sqs.deliver(&mut cx.because(CauseId(42)), &queue, delivery(bucket)))
    {
        Ok(()) => "taken".to_owned(),
        Err(refused) => refused.to_string(),
    };
    let before = deliver(&mut cloud, "photos");
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "sqs:SendMessage", "Resource": queue.to_string(),
        "Condition": {
            "ArnLike": {"aws:SourceArn": "arn:aws:s3:*:*:photos"},
            "StringEquals": {"aws:SourceAccount": "000000000000"},
        },
    }]});
    cloud.call(
        "SetQueueAttributes",
        json!({"Queue": "images", "Attributes": {"Policy": policy.to_string()}}),
    );
    assert_snapshot!([before, deliver(&mut cloud, "photos"), deliver(&mut cloud, "other")].join("\n"), @r#"
    AccessDeniedException: The policy of arn:aws:sqs:us-east-1:000000000000:images does not let s3.amazonaws.com send messages. Add a statement that allows sqs:SendMessage to it.
    taken
    AccessDeniedException: The policy of arn:aws:sqs:us-east-1:000000000000:images does not let s3.amazonaws.com send messages. Add a statement that allows sqs:SendMessage to it.
    "#);
    let collected = cloud.handle(|sqs, cx| {
        let batch = Batch {
            max: 10,
            max_bytes: usize::MAX,
            max_groups: 1,
            busy_groups: &BusyGroups::new(),
        };
        sqs.collect(cx, &queue, batch)
    });
    assert_eq!(
        collected.iter().map(|one| (one.body.as_str(), one.cause)).collect::<Vec<_>>(),
        [("event", CauseId(42))]
    );
    let handles: Vec<String> = collected.iter().map(|one| one.receipt_handle.clone()).collect();
    cloud.restart();
    let again = cloud.handle(|sqs, cx| sqs.collect_again(cx, &queue, &handles));
    assert_eq!(again.len(), 1, "a batch that a restart cut off is collected again");
    cloud.handle(|sqs, cx| sqs.processed(cx, &queue, &handles));
    assert_eq!(cloud.counts("images"), "0 visible, 0 in flight, 0 delayed");
    cloud.check_restart();
}

/// What belongs to the owner stays the owner's, whatever a policy says; and a policy can tell accounts
/// apart without locking its owner out.
#[test]
fn a_policy_does_not_give_the_queue_away() {
    let mut cloud = Cloud::new();
    cloud.create("orders", json!({}));
    let policy = json!({"Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*"},
        {"Effect": "Deny", "Principal": "*", "Action": "sqs:PurgeQueue", "Resource": "*",
         "Condition": {"StringNotEquals": {"aws:PrincipalAccount": "000000000000"}}},
    ]});
    cloud.call(
        "SetQueueAttributes",
        json!({"Queue": "orders", "Attributes": {"Policy": policy.to_string()}}),
    );
    let mut told = Vec::new();
    for account in ["111111111111", "000000000000"] {
        cloud.caller = Caller::Account {
            account: AccountId::parse(account).unwrap_or_default(),
            access_key_id: account.into(),
        };
        for (operation, more) in [
            ("GetQueueAttributes", json!({"AttributeNames": ["VisibilityTimeout"]})),
            ("PurgeQueue", json!({})),
            ("ListQueueTags", json!({})),
            ("DeleteQueue", json!({})),
        ] {
            let mut input = json!({"Queue": "orders"});
            if let (Some(input), Value::Object(more)) = (input.as_object_mut(), more) {
                input.extend(more);
            }
            let answer = cloud.call(operation, input).to_string();
            let answer = answer.split(" because ").next().unwrap_or_default();
            told.push(format!("{account} {operation}: {answer}"));
        }
    }
    assert_snapshot!(told.join("\n"), @r#"
    111111111111 GetQueueAttributes: {"Attributes":{"VisibilityTimeout":"30"}}
    111111111111 PurgeQueue: {"Error":"403 AccessDenied: User: arn:aws:iam::111111111111:root is not authorized to perform: sqs:purgequeue on resource: arn:aws:sqs:us-east-1:000000000000:orders with an explicit deny in a resource-based policy"}
    111111111111 ListQueueTags: {"Error":"403 AccessDenied: User: arn:aws:iam::111111111111:root is not authorized to perform: sqs:listqueuetags on resource: arn:aws:sqs:us-east-1:000000000000:orders
    111111111111 DeleteQueue: {"Error":"403 AccessDenied: User: arn:aws:iam::111111111111:root is not authorized to perform: sqs:deletequeue on resource: arn:aws:sqs:us-east-1:000000000000:orders
    000000000000 GetQueueAttributes: {"Attributes":{"VisibilityTimeout":"30"}}
    000000000000 PurgeQueue: {}
    000000000000 ListQueueTags: {}
    000000000000 DeleteQueue: {}
    "#);
}

#[test]
fn a_policy_says_no_more_than_it_may() {
    let mut cloud = Cloud::new();
    cloud.create("orders", json!({}));
    let mut set = |statements: Vec<Value>| {
        let policy = json!({"Statement": statements}).to_string();
        let input = json!({"Queue": "orders", "Attributes": {"Policy": policy}});
        shown(&cloud.call("SetQueueAttributes", input))
    };
    let statement = |sid: usize| json!({"Sid": sid.to_string(), "Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"});
    let with = |name: &str, value: Value| {
        let mut statement = statement(1);
        statement[name] = value;
        vec![statement]
    };
    let accounts: Vec<String> = (0..51).map(|at| format!("{at:012}")).collect();
    let days: Vec<String> = (0..11).map(|at| format!("aws:key{at}")).collect();
    let keys: serde_json::Map<String, Value> =
        days.into_iter().map(|day| (day, "x".into())).collect();
    assert_snapshot!([
        set((0..20).map(statement).collect()),
        set((0..21).map(statement).collect()),
        set(with("Action", json!(["sqs:a", "sqs:b", "sqs:c", "sqs:d", "sqs:e", "sqs:f", "sqs:g", "sqs:h"]))),
        set(with("Principal", json!({"AWS": accounts}))),
        set(with("Condition", json!({"StringEquals": keys}))),
        set(with("Sid", "x".repeat(9_000).into())),
        set(with("Sid", "x".repeat(30_000).into())),
    ].join("\n"), @"
    {}
    403 OverLimit: 21 statements were found in the submitted policy, max allowed is 20
    403 OverLimit: 8 actions were found in a statement from the submitted policy, max allowed is 7
    403 OverLimit: 51 principals were found in the submitted policy, max allowed is 50
    403 OverLimit: 11 conditions were found in the submitted policy, max allowed is 10
    403 OverLimit: Submitted policy is over max allowed size.
    403 OverLimit: Submitted policy is over max allowed size.
    ");
}

/// Strangers do not learn which queues there are.
#[test]
fn a_stranger_finds_no_queue_by_its_name() {
    let mut cloud = Cloud::new();
    cloud.create("orders", json!({}));
    cloud.caller = Caller::Account {
        account: AccountId::parse("111111111111").unwrap_or_default(),
        access_key_id: "111111111111".into(),
    };
    let mut find = |name: &str, owner: &str| {
        shown(
            &cloud.call("GetQueueUrl", json!({"QueueName": name, "QueueOwnerAWSAccountId": owner})),
        )
    };
    assert_snapshot!([
        find("orders", "000000000000"),
        find("nothing", "000000000000"),
        find("orders", "me"),
        find("", "000000000000"),
    ].join("\n"), @"
    400 AWS.SimpleQueueService.NonExistentQueue: The specified queue does not exist or you do not have access to it.
    400 AWS.SimpleQueueService.NonExistentQueue: The specified queue does not exist or you do not have access to it.
    404 InvalidAddress: The address http://localhost:4566/ is not valid for this endpoint.
    400 InvalidParameterValue: Value for parameter QueueName is invalid. Reason: Must specify a queue name.
    ");
}

/// Where calls must be signed, who does not may do what a policy permits everybody, as on AWS.
#[test]
fn who_must_sign_and_does_not_may_do_what_the_policy_permits_everybody() {
    let mut cloud = Cloud::new();
    cloud.create("orders", json!({}));
    cloud.create(
        "suggestions",
        json!({"Policy": json!({"Statement": {
        "Effect": "Allow", "Principal": "*", "Action": ["sqs:SendMessage", "sqs:DeleteQueue"],
        "Resource": "arn:aws:sqs:us-east-1:000000000000:suggestions",
    }}).to_string()}),
    );
    cloud.caller = Caller::Anonymous;
    let mut told = Vec::new();
    for signing in [Signing::Required, Signing::Optional] {
        cloud.signing = signing;
        let mut ask = |operation: &str, input: Value| {
            let answer = cloud.call(operation, input);
            let answer = if answer.get("Error").is_some() { shown(&answer) } else { "done".into() };
            told.push(format!("{signing:?} {operation}: {answer}"));
        };
        ask("SendMessage", json!({"Queue": "suggestions", "MessageBody": "more cats"}));
        ask("SendMessage", json!({"Queue": "orders", "MessageBody": "1 bowl"}));
        ask("ReceiveMessage", json!({"Queue": "suggestions"}));
        ask("GetQueueUrl", json!({"QueueName": "orders"}));
        ask("ListQueues", json!({}));
        ask("CreateQueue", json!({"QueueName": "mine"}));
        ask("DeleteQueue", json!({"Queue": "suggestions"}));
    }
    assert_snapshot!(told.join("\n"), @"
    Required SendMessage: done
    Required SendMessage: 403 AccessDenied: Access to the resource http://localhost:4566/ is denied.
    Required ReceiveMessage: 403 AccessDenied: Access to the resource http://localhost:4566/ is denied.
    Required GetQueueUrl: 403 AccessDenied: Access to the resource http://localhost:4566/ is denied.
    Required ListQueues: 403 AccessDenied: Access to the resource http://localhost:4566/ is denied.
    Required CreateQueue: 403 AccessDenied: Access to the resource http://localhost:4566/ is denied.
    Required DeleteQueue: 403 AccessDenied: Access to the resource http://localhost:4566/ is denied.
    Optional SendMessage: done
    Optional SendMessage: done
    Optional ReceiveMessage: done
    Optional GetQueueUrl: done
    Optional ListQueues: done
    Optional CreateQueue: done
    Optional DeleteQueue: done
    ");
}

/// A policy can ask which tags a call speaks of.
#[test]
fn a_policy_keeps_tags_from_being_changed() {
    let mut cloud = Cloud::new();
    let kept = |key: &str, value: &str| {
        let mut condition = json!({});
        condition[key] = value.into();
        json!({
            "Effect": "Deny", "Principal": "*", "Action": ["sqs:TagQueue", "sqs:UntagQueue"],
            "Resource": "*", "Condition": {"ForAnyValue:StringEquals": condition},
        })
    };
    let statements = [kept("aws:TagKeys", "owner"), kept("aws:RequestTag/stage", "production")];
    let policy = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    cloud.create("orders", json!({"Policy": policy}));
    let told = [
        ("TagQueue", json!({"Tags": {"team": "shop", "stage": "test"}})),
        ("TagQueue", json!({"Tags": {"team": "shop", "owner": "me"}})),
        ("TagQueue", json!({"Tags": {"stage": "production"}})),
        ("UntagQueue", json!({"TagKeys": ["stage"]})),
        ("UntagQueue", json!({"TagKeys": ["owner", "team"]})),
    ]
    .map(|(operation, mut input)| {
        let shown = format!("{operation} {input}");
        input["Queue"] = "orders".into();
        let answer = cloud.call(operation, input).to_string();
        format!("{shown}: {}", if answer == "{}" { "done" } else { &answer })
    });
    assert_snapshot!(told.join("\n"), @r#"
    TagQueue {"Tags":{"team":"shop","stage":"test"}}: done
    TagQueue {"Tags":{"team":"shop","owner":"me"}}: {"Error":"403 AccessDenied: User: arn:aws:iam::000000000000:root is not authorized to perform: sqs:tagqueue on resource: arn:aws:sqs:us-east-1:000000000000:orders with an explicit deny in a resource-based policy"}
    TagQueue {"Tags":{"stage":"production"}}: {"Error":"403 AccessDenied: User: arn:aws:iam::000000000000:root is not authorized to perform: sqs:tagqueue on resource: arn:aws:sqs:us-east-1:000000000000:orders with an explicit deny in a resource-based policy"}
    UntagQueue {"TagKeys":["stage"]}: done
    UntagQueue {"TagKeys":["owner","team"]}: {"Error":"403 AccessDenied: User: arn:aws:iam::000000000000:root is not authorized to perform: sqs:untagqueue on resource: arn:aws:sqs:us-east-1:000000000000:orders with an explicit deny in a resource-based policy"}
    "#);
}
