//! Who hears of what.

use insta::assert_json_snapshot;
use kernel::arn::Arn;
use serde_json::{Value, json};

use super::super::{DestinationRefusal, S3};
use super::harness::{Cloud, refusal};

const QUEUE: &str = "arn:aws:sqs:us-east-1:000000000000:orders";
const FUNCTION: &str = "arn:aws:lambda:us-east-1:000000000000:function:resize";

fn configure(cloud: &mut Cloud, configuration: Value) -> Value {
    cloud.call(
        "PutBucketNotificationConfiguration",
        json!({ "Bucket": "photos", "NotificationConfiguration": configuration }),
    )
}

fn queue(events: Value, rules: Value) -> Value {
    json!({ "Id": events[0], "QueueArn": QUEUE, "Events": events,
        "Filter": { "Key": { "FilterRules": rules } } })
}

#[test]
fn a_function_hears_of_uploads_and_a_queue_of_what_is_removed() {
    let mut cloud = Cloud::new().with_bucket("photos");
    let done = configure(
        &mut cloud,
        json!({
            "LambdaFunctionConfigurations": [{
                "LambdaFunctionArn": FUNCTION,
                "Events": ["s3:ObjectCreated:*"],
                "Filter": { "Key": { "FilterRules": [
                    { "Name": "SUFFIX", "Value": ".jpg" }, { "Name": "prefix", "Value": "in/" },
                ] } },
            }],
            "QueueConfigurations": [{
                "Id": "gone", "QueueArn": QUEUE,
                "Events": ["s3:ObjectRemoved:Delete", "s3:ObjectTagging:Put"],
            }],
        }),
    );
    assert_eq!(done, json!({}));
    assert_json_snapshot!(
        cloud.call("GetBucketNotificationConfiguration", json!({ "Bucket": "photos" })),
        @r#"
        {
          "QueueConfigurations": [
            {
              "Id": "gone",
              "QueueArn": "arn:aws:sqs:us-east-1:000000000000:orders",
              "Events": [
                "s3:ObjectRemoved:Delete",
                "s3:ObjectTagging:Put"
              ]
            }
          ],
          "LambdaFunctionConfigurations": [
            {
              "Id": "910a2dec-8902-4cc1-beeb-8da1658eec67",
              "LambdaFunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:resize",
              "Events": [
                "s3:ObjectCreated:*"
              ],
              "Filter": {
                "Key": {
                  "FilterRules": [
                    {
                      "Name": "Prefix",
                      "Value": "in/"
                    },
                    {
                      "Name": "Suffix",
                      "Value": ".jpg"
                    }
                  ]
                }
              }
            }
          ]
        }
        "#
    );
    // The queue is tested, the function is not.
    assert_json_snapshot!(cloud.heard(), @r#"
    [
      {
        "to": "arn:aws:sqs:us-east-1:000000000000:orders",
        "event": {
          "Service": "Amazon S3",
          "Event": "s3:TestEvent",
          "Time": "2026-11-23T19:12:00.123Z",
          "Bucket": "photos",
          "RequestId": "8LXEV757C7ETMJUF",
          "HostId": "cbtU2NEBtbnDTQv/kBUCgOCZ7GzXNjylhee7DxInhXVJFxjeNX49qMtDXI50YWeWZ3XcdwFWT2Ga"
        }
      }
    ]
    "#);

    cloud.put("photos", "in/a b+ü@.jpg", 7, json!({}));
    cloud.put("photos", "out/a.jpg", 7, json!({}));
    cloud.put("photos", "in/a.png", 7, json!({}));
    assert_json_snapshot!(cloud.heard(), @r#"
    [
      {
        "to": "arn:aws:lambda:us-east-1:000000000000:function:resize",
        "event": {
          "Records": [
            {
              "eventVersion": "2.1",
              "eventSource": "aws:s3",
              "awsRegion": "us-east-1",
              "eventTime": "2026-11-23T19:12:00.123Z",
              "eventName": "ObjectCreated:Put",
              "userIdentity": {
                "principalId": "AWS:AKIAEXAMPLE"
              },
              "requestParameters": {
                "sourceIPAddress": "127.0.0.1"
              },
              "responseElements": {
                "x-amz-request-id": "AQZW4FKTRY7JLWJR",
                "x-amz-id-2": "b5ttrm9MV6gqws4XpXlKO6U0pqa3/Qtj0LrQ2lcrqvGuhDeWMK+J7uJjGDdz72UIEOLEaGXph0YU"
              },
              "s3": {
                "s3SchemaVersion": "1.0",
                "configurationId": "910a2dec-8902-4cc1-beeb-8da1658eec67",
                "bucket": {
                  "name": "photos",
                  "ownerIdentity": {
                    "principalId": "AFBC963A47211F"
                  },
                  "arn": "arn:aws:s3:::photos"
                },
                "object": {
                  "key": "in/a+b%2B%C3%BC%40.jpg",
                  "size": 7,
                  "eTag": "01010101010101010101010101010101",
                  "sequencer": "000000000000000016"
                }
              }
            }
          ]
        }
      }
    ]
    "#);

    let copy = json!({ "Bucket": "photos", "Key": "in/2.jpg", "CopySource": "photos/out/a.jpg" });
    cloud.call("CopyObject", copy);
    let tagging = json!({ "TagSet": [{ "Key": "k", "Value": "v" }] });
    let tags = json!({ "Bucket": "photos", "Key": "in/2.jpg", "Tagging": tagging });
    cloud.call("PutObjectTagging", tags);
    cloud.call("DeleteObject", json!({ "Bucket": "photos", "Key": "in/2.jpg" }));
    // S3 tells of the removal of what was not there, too.
    cloud.call("DeleteObject", json!({ "Bucket": "photos", "Key": "in/2.jpg" }));
    assert_json_snapshot!(cloud.heard(), @r#"
    [
      {
        "to": "arn:aws:lambda:us-east-1:000000000000:function:resize",
        "event": {
          "Records": [
            {
              "eventVersion": "2.1",
              "eventSource": "aws:s3",
              "awsRegion": "us-east-1",
              "eventTime": "2026-11-23T19:12:00.123Z",
              "eventName": "ObjectCreated:Copy",
              "userIdentity": {
                "principalId": "AWS:AKIAEXAMPLE"
              },
              "requestParameters": {
                "sourceIPAddress": "127.0.0.1"
              },
              "responseElements": {
                "x-amz-request-id": "P8DKXJ5B7R67NXBG",
                "x-amz-id-2": "SXMFxdGquZ8MQ0B9wXe294P5HKeGSnE1trmu7w0t96sLMxZFRFvNJ/9sZ+gZCXeKmQzXCxLF0ISW"
              },
              "s3": {
                "s3SchemaVersion": "1.0",
                "configurationId": "910a2dec-8902-4cc1-beeb-8da1658eec67",
                "bucket": {
                  "name": "photos",
                  "ownerIdentity": {
                    "principalId": "AFBC963A47211F"
                  },
                  "arn": "arn:aws:s3:::photos"
                },
                "object": {
                  "key": "in/2.jpg",
                  "size": 7,
                  "eTag": "02020202020202020202020202020202",
                  "sequencer": "000000000000000020"
                }
              }
            }
          ]
        }
      },
      {
        "to": "arn:aws:sqs:us-east-1:000000000000:orders",
        "event": {
          "Records": [
            {
              "eventVersion": "2.3",
              "eventSource": "aws:s3",
              "awsRegion": "us-east-1",
              "eventTime": "2026-11-23T19:12:00.123Z",
              "eventName": "ObjectTagging:Put",
              "userIdentity": {
                "principalId": "AWS:AKIAEXAMPLE"
              },
              "requestParameters": {
                "sourceIPAddress": "127.0.0.1"
              },
              "responseElements": {
                "x-amz-request-id": "PDMQAPBPCHMM6A23",
                "x-amz-id-2": "QNaCTi7z/BeHni4iVv7/DIsuAkReS+D1v4xZuwA1U8HRaqSyluudGKsnoXG+WxM83KDHSWB+LIa1"
              },
              "s3": {
                "s3SchemaVersion": "1.0",
                "configurationId": "gone",
                "bucket": {
                  "name": "photos",
                  "ownerIdentity": {
                    "principalId": "AFBC963A47211F"
                  },
                  "arn": "arn:aws:s3:::photos"
                },
                "object": {
                  "key": "in/2.jpg",
                  "eTag": "02020202020202020202020202020202"
                }
              }
            }
          ]
        }
      },
      {
        "to": "arn:aws:sqs:us-east-1:000000000000:orders",
        "event": {
          "Records": [
            {
              "eventVersion": "2.1",
              "eventSource": "aws:s3",
              "awsRegion": "us-east-1",
              "eventTime": "2026-11-23T19:12:00.123Z",
              "eventName": "ObjectRemoved:Delete",
              "userIdentity": {
                "principalId": "AWS:AKIAEXAMPLE"
              },
              "requestParameters": {
                "sourceIPAddress": "127.0.0.1"
              },
              "responseElements": {
                "x-amz-request-id": "DMABTN7Z9SA3U79R",
                "x-amz-id-2": "3nDRAZ/GYIHW3mrNEsh+OFMODmEY6WheKL/56jBNn5bk2TAyITcwc+mmEARh7dV6TUZz73e6BXQh"
              },
              "s3": {
                "s3SchemaVersion": "1.0",
                "configurationId": "gone",
                "bucket": {
                  "name": "photos",
                  "ownerIdentity": {
                    "principalId": "AFBC963A47211F"
                  },
                  "arn": "arn:aws:s3:::photos"
                },
                "object": {
                  "key": "in/2.jpg",
                  "sequencer": "000000000000000034"
                }
              }
            }
          ]
        }
      },
      {
        "to": "arn:aws:sqs:us-east-1:000000000000:orders",
        "event": {
          "Records": [
            {
              "eventVersion": "2.1",
              "eventSource": "aws:s3",
              "awsRegion": "us-east-1",
              "eventTime": "2026-11-23T19:12:00.123Z",
              "eventName": "ObjectRemoved:Delete",
              "userIdentity": {
                "principalId": "AWS:AKIAEXAMPLE"
              },
              "requestParameters": {
                "sourceIPAddress": "127.0.0.1"
              },
              "responseElements": {
                "x-amz-request-id": "2H4XY8U8AA2GS6FW",
                "x-amz-id-2": "ZMcLCwxbSo8WdYcnJ1Hsr5tnnIWazXqvJ81fnsjGlMz1VUCyv/BiUuAoUpJaTchShsXRsFzizhQR"
              },
              "s3": {
                "s3SchemaVersion": "1.0",
                "configurationId": "gone",
                "bucket": {
                  "name": "photos",
                  "ownerIdentity": {
                    "principalId": "AFBC963A47211F"
                  },
                  "arn": "arn:aws:s3:::photos"
                },
                "object": {
                  "key": "in/2.jpg",
                  "sequencer": "00000000000000003E"
                }
              }
            }
          ]
        }
      }
    ]
    "#);
}

#[test]
fn a_configuration_that_aws_would_refuse_is_refused() {
    let mut cloud = Cloud::new().with_bucket("photos");
    let all = json!(["s3:ObjectCreated:*"]);
    let put = json!(["s3:ObjectCreated:Put"]);
    let rule = |name, value| json!([{ "Name": name, "Value": value }]);
    let queues = |queues: Vec<Value>| json!({ "QueueConfigurations": queues });
    let configurations = [
        queues(vec![json!({ "QueueArn": "invalid-queue", "Events": all })]),
        json!({ "TopicConfigurations": [{ "TopicArn": "invalid-topic", "Events": all }] }),
        json!({ "TopicConfigurations": [
            { "TopicArn": "arn:aws:sns:us-east-1:000000000000:t", "Events": all }] }),
        json!({ "EventBridgeConfiguration": {} }),
        queues(vec![json!({ "QueueArn": QUEUE, "Events": ["s3:ObjectEaten"] })]),
        queues(vec![json!({ "QueueArn": QUEUE, "Events": [] })]),
        queues(vec![json!({ "QueueArn": format!("{QUEUE}.fifo"), "Events": all })]),
        queues(vec![json!({
            "QueueArn": "arn:aws:sqs:eu-west-1:000000000000:orders", "Events": all })]),
        queues(vec![queue(all.clone(), json!([{ "Name": "infix", "Value": "a" }]))]),
        queues(vec![queue(
            all.clone(),
            json!([{ "Name": "prefix", "Value": "a" }, { "Name": "Prefix", "Value": "b" }]),
        )]),
        queues(vec![
            json!({ "QueueArn": QUEUE, "Events": all }),
            json!({ "QueueArn": QUEUE, "Events": put }),
        ]),
        queues(vec![
            queue(all.clone(), rule("prefix", "in/")),
            queue(put.clone(), rule("prefix", "in/a")),
        ]),
        // Apart by their endings: this one is taken.
        queues(vec![
            queue(all.clone(), rule("suffix", ".jpg")),
            queue(put.clone(), rule("suffix", ".png")),
        ]),
    ];
    let answers: Vec<Value> = configurations
        .into_iter()
        .map(|configuration| configure(&mut cloud, configuration))
        .collect();
    assert_json_snapshot!(answers, @r#"
    [
      {
        "Error": {
          "Code": "InvalidArgument",
          "Message": "The ARN could not be parsed",
          "ArgumentName": "Queue",
          "ArgumentValue": "invalid-queue"
        },
        "Status": 400
      },
      {
        "Error": {
          "Code": "InvalidArgument",
          "Message": "The ARN could not be parsed",
          "ArgumentName": "Topic",
          "ArgumentValue": "invalid-topic"
        },
        "Status": 400
      },
      {
        "x-cloudless-undelivered": "arn:aws:sns:us-east-1:000000000000:t"
      },
      {
        "x-cloudless-undelivered": "EventBridge"
      },
      {
        "Error": {
          "Code": "InvalidArgument",
          "Message": "The event 's3:ObjectEaten' is not supported for notifications",
          "ArgumentName": "Event",
          "ArgumentValue": "s3:ObjectEaten"
        },
        "Status": 400
      },
      {
        "Error": {
          "Code": "MalformedXML",
          "Message": "The XML you provided was not well-formed or did not validate against our published schema"
        },
        "Status": 400
      },
      {
        "Error": {
          "Code": "InvalidArgument",
          "Message": "FIFO SQS queues are not supported",
          "ArgumentName": "Queue",
          "ArgumentValue": "arn:aws:sqs:us-east-1:000000000000:orders.fifo"
        },
        "Status": 400
      },
      {
        "Error": {
          "Code": "InvalidArgument",
          "Message": "The notification destination service region is not valid for the bucket location constraint",
          "ArgumentName": "Queue",
          "ArgumentValue": "arn:aws:sqs:eu-west-1:000000000000:orders"
        },
        "Status": 400
      },
      {
        "Error": {
          "Code": "InvalidArgument",
          "Message": "filter rule name must be either prefix or suffix",
          "ArgumentName": "FilterRule.Name",
          "ArgumentValue": "infix"
        },
        "Status": 400
      },
      {
        "Error": {
          "Code": "InvalidArgument",
          "Message": "Cannot specify more than one prefix rule in a filter.",
          "ArgumentName": "FilterRule.Name",
          "ArgumentValue": "prefix"
        },
        "Status": 400
      },
      {
        "Error": {
          "Code": "InvalidArgument",
          "Message": "Configurations overlap. Configurations on the same bucket cannot share a common event type.",
          "ArgumentName": "Event",
          "ArgumentValue": "s3:ObjectCreated:*, s3:ObjectCreated:Put"
        },
        "Status": 400
      },
      {
        "Error": {
          "Code": "InvalidArgument",
          "Message": "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for the same event type."
        },
        "Status": 400
      },
      {}
    ]
    "#);
}

#[test]
fn destinations_that_do_not_take_events_are_named() {
    let refused = S3::destinations_refused(&[
        (Arn::parse(QUEUE).unwrap(), DestinationRefusal::NotFound),
        (Arn::parse(QUEUE).unwrap(), DestinationRefusal::NotPermitted),
        (Arn::parse(FUNCTION).unwrap(), DestinationRefusal::NotPermitted),
        (Arn::parse(FUNCTION).unwrap(), DestinationRefusal::NotFound),
    ]);
    assert_json_snapshot!(refusal(&refused), @r#"
    {
      "Error": {
        "Code": "InvalidArgument",
        "Message": "Unable to validate the following destination configurations",
        "ArgumentName1": "arn:aws:sqs:us-east-1:000000000000:orders",
        "ArgumentValue1": "The destination queue does not exist",
        "ArgumentName2": "arn:aws:sqs:us-east-1:000000000000:orders",
        "ArgumentValue2": "Permissions on the destination queue do not allow S3 to publish notifications from this bucket",
        "ArgumentName3": "arn:aws:lambda:us-east-1:000000000000:function:resize, null",
        "ArgumentValue3": "Not authorized to invoke function [arn:aws:lambda:us-east-1:000000000000:function:resize]",
        "ArgumentName4": "arn:aws:lambda:us-east-1:000000000000:function:resize",
        "ArgumentValue4": "The destination Lambda does not exist"
      },
      "Status": 400
    }
    "#);
}

#[test]
fn destinations_are_asked_before_rules_are_compared() {
    let mut cloud = Cloud::new().with_bucket("photos");
    let all = json!({ "QueueArn": QUEUE, "Events": ["s3:ObjectCreated:*"] });
    let configuration = json!({ "QueueConfigurations": [all, all] });
    let input = json!({ "Bucket": "photos", "NotificationConfiguration": configuration });
    let read = serde_json::from_value(input.clone()).unwrap();
    let destinations = cloud.s3.destinations(&read);
    let destinations: Vec<String> = destinations.iter().map(ToString::to_string).collect();
    let answer = cloud.call("PutBucketNotificationConfiguration", input);
    assert_json_snapshot!((destinations, answer), @r#"
    [
      [
        "arn:aws:sqs:us-east-1:000000000000:orders",
        "arn:aws:sqs:us-east-1:000000000000:orders"
      ],
      {
        "Error": {
          "Code": "InvalidArgument",
          "Message": "Configurations overlap. Configurations on the same bucket cannot share a common event type.",
          "ArgumentName": "Event",
          "ArgumentValue": "s3:ObjectCreated:*, s3:ObjectCreated:*"
        },
        "Status": 400
      }
    ]
    "#);
}

#[test]
fn topics_and_event_bridge_are_kept_and_the_trace_says_that_they_hear_nothing() {
    let mut cloud = Cloud::new().with_bucket("photos");
    let topic = |arn: &str| {
        json!({ "TopicArn": arn, "Id": "t", "Events": ["s3:ObjectCreated:*"], "Filter": {
            "Key": { "FilterRules": [{ "Name": "prefix", "Value": "a/" }] },
        } })
    };
    let put = |cloud: &mut Cloud, configuration: Value| {
        let input = json!({ "Bucket": "photos", "NotificationConfiguration": configuration });
        cloud.call("PutBucketNotificationConfiguration", input)
    };
    let arn = "arn:aws:sns:us-east-1:000000000000:topic";
    assert_json_snapshot!([
        put(&mut cloud, json!({ "TopicConfigurations": [topic("topic")] })),
        put(&mut cloud, json!({ "TopicConfigurations": [topic(arn), topic(arn)] })),
        put(
            &mut cloud,
            json!({ "TopicConfigurations": [topic(arn)], "EventBridgeConfiguration": {} }),
        ),
    ], @r#"
    [
      {
        "Error": {
          "Code": "InvalidArgument",
          "Message": "The ARN could not be parsed",
          "ArgumentName": "Topic",
          "ArgumentValue": "topic"
        },
        "Status": 400
      },
      {
        "Error": {
          "Code": "InvalidArgument",
          "Message": "Same ID used for multiple configurations. IDs must be unique"
        },
        "Status": 400
      },
      {
        "x-cloudless-undelivered": "arn:aws:sns:us-east-1:000000000000:topic, EventBridge"
      }
    ]
    "#);
    cloud.put("photos", "a/1", 5, json!({}));
    let configuration =
        cloud.call("GetBucketNotificationConfiguration", json!({ "Bucket": "photos" }));
    assert_json_snapshot!(configuration, @r#"
    {
      "TopicConfigurations": [
        {
          "Id": "t",
          "TopicArn": "arn:aws:sns:us-east-1:000000000000:topic",
          "Events": [
            "s3:ObjectCreated:*"
          ],
          "Filter": {
            "Key": {
              "FilterRules": [
                {
                  "Name": "Prefix",
                  "Value": "a/"
                }
              ]
            }
          }
        }
      ],
      "EventBridgeConfiguration": {}
    }
    "#);
    assert_json_snapshot!(cloud.undelivered(), @r#"
    [
      "arn:aws:sns:us-east-1:000000000000:topic: undelivered: Cloudless has no such service",
      "EventBridge: undelivered: Cloudless has no such service"
    ]
    "#);
    put(&mut cloud, json!({}));
    let configuration =
        cloud.call("GetBucketNotificationConfiguration", json!({ "Bucket": "photos" }));
    assert_eq!(configuration, json!({}));
}
