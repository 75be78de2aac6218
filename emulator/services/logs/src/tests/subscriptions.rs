use std::io::Read as _;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use flate2::read::GzDecoder;
use insta::{assert_json_snapshot, assert_snapshot};
use serde_json::{Value, json};

use super::harness::{Cloud, text};

const FUNCTION: &str = "arn:aws:lambda:us-east-1:000000000000:function:alarm";

fn decoded(event: &str) -> Value {
    let event: Value = serde_json::from_str(event).unwrap();
    let data = BASE64.decode(event["awslogs"]["data"].as_str().unwrap()).unwrap();
    let mut json = String::new();
    GzDecoder::new(&*data).read_to_string(&mut json).unwrap();
    serde_json::from_str(&json).unwrap()
}

fn subscribe(cloud: &mut Cloud, name: &str, pattern: &str, destination: &str) -> Value {
    cloud.call(
        "PutSubscriptionFilter",
        json!({"logGroupName": "shop", "filterName": name, "filterPattern": pattern, "destinationArn": destination}),
    )
}

#[test]
fn a_function_is_sent_what_it_has_subscribed_to() {
    let mut cloud = Cloud::with_stream();
    subscribe(&mut cloud, "errors", "[level=ERROR, text]", FUNCTION);
    cloud.restart();
    cloud.put(&["INFO fine", "ERROR bad", "ERROR worse"]);
    cloud.put(&["INFO fine again"]);
    let [sent] = cloud.subscribed.as_slice() else { panic!("{:?}", cloud.subscribed) };
    assert_json_snapshot!(json!([sent.function, sent.source_arn, decoded(&sent.event)]), @r#"
    [
      "arn:aws:lambda:us-east-1:000000000000:function:alarm",
      "arn:aws:logs:us-east-1:000000000000:log-group:shop:*",
      {
        "messageType": "DATA_MESSAGE",
        "owner": "000000000000",
        "logGroup": "shop",
        "logStream": "web",
        "subscriptionFilters": [
          "errors"
        ],
        "logEvents": [
          {
            "id": "40141341335056658227314080562156444355525293352368996352",
            "timestamp": 1799999999000,
            "message": "ERROR bad",
            "extractedFields": {
              "$level": "ERROR",
              "$text": "bad"
            }
          },
          {
            "id": "40141341357357403425844703703693371553993269487524118528",
            "timestamp": 1800000000000,
            "message": "ERROR worse",
            "extractedFields": {
              "$level": "ERROR",
              "$text": "worse"
            }
          }
        ]
      }
    ]
    "#);
}

#[test]
fn so_much_is_sent_that_an_invocation_can_take_it() {
    let mut cloud = Cloud::with_stream();
    subscribe(&mut cloud, "all", "", FUNCTION);
    let large = "x".repeat(400_000);
    cloud.put(&[&large, "small", &large]);
    let counts =
        cloud.subscribed.iter().map(|it| decoded(&it.event)["logEvents"].as_array().unwrap().len());
    assert_eq!(counts.collect::<Vec<_>>(), [2, 1]);
}

#[test]
fn destinations_that_are_no_functions_are_refused_as_aws_does() {
    let mut cloud = Cloud::with_stream();
    let told = [
        "arn:aws:kinesis:us-east-1:000000000000:stream/s",
        "arn:aws:firehose:us-east-1:000000000000:deliverystream/s",
        "arn:aws:logs:us-east-1:000000000000:destination:d",
        "arn:aws:sqs:us-east-1:000000000000:q",
    ]
    .map(|destination| text(&subscribe(&mut cloud, "a", "", destination)["Error"]));
    assert_snapshot!(told.join("\n"), @"
    InvalidParameterException: Could not deliver test message to specified Kinesis stream. Check if the given kinesis stream is in ACTIVE state.
    InvalidParameterException: Could not deliver test message to specified Firehose stream. Check if the given Firehose stream is in ACTIVE state.
    InvalidParameterException: Could not deliver test message to specified destination. Check if the destination is valid.
    InvalidParameterException: PutSubscriptionFilter operation cannot work with destinationArn for vendor
    ");
    subscribe(&mut cloud, "a", "", FUNCTION);
    subscribe(&mut cloud, "b", "", FUNCTION);
    subscribe(&mut cloud, "b", "x", FUNCTION);
    assert_snapshot!(text(&subscribe(&mut cloud, "c", "", FUNCTION)["Error"]), @"LimitExceededException: Resource limit exceeded.");
    let described = cloud.call(
        "DescribeSubscriptionFilters",
        json!({"logGroupName": "shop", "filterNamePrefix": "b"}),
    );
    assert_json_snapshot!(described, @r#"
    {
      "subscriptionFilters": [
        {
          "filterName": "b",
          "logGroupName": "shop",
          "filterPattern": "x",
          "destinationArn": "arn:aws:lambda:us-east-1:000000000000:function:alarm",
          "distribution": "ByLogStream",
          "applyOnTransformedLogs": false,
          "creationTime": 1800000000000
        }
      ]
    }
    "#);
}
