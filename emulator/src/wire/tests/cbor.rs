//! CBOR as SDKs of today speak it to CloudWatch.

use bytes::Bytes;
use cloudless_core::error::{ApiError, Row};
use serde_json::json;

use super::{envelope, heard, request, seen};
use crate::wire::{Hosts, encode, encode_error, route};

const HEAD: &str = "POST /service/GraniteServiceVersion20100801/operation/";

/// A request with bytes in hexadecimal digits.
fn cbor(operation: &str, hex: &str) -> Vec<u8> {
    let head = format!("{HEAD}{operation}\nSmithy-Protocol: rpc-v2-cbor\n\n");
    [head.into_bytes(), hex::decode(hex.replace(' ', "")).unwrap()].concat()
}

#[test]
fn a_body_in_cbor_is_heard_in_any_of_its_forms() {
    let requests = [
        // {"Namespace": "shop"}
        ("ListMetrics", "a1 69 4e616d657370616365 64 73686f70"),
        // The same with lengths that are told at the end, and text in parts.
        ("ListMetrics", "bf 7f 64 4e616d65 65 7370616365 ff 64 73686f70 ff"),
        // {"StartTime": 1(1795435200.5), "Period": 60, "EndTime": 1(1795435200), "Unknown": [null, h'00']}
        (
            "GetMetricStatistics",
            "a4 69 537461727454696d65 c1 fb 41dac0b7a0200000 66 506572696f64 18 3c 67 456e6454696d65 c1 1a 6b02de80 67 556e6b6e6f776e 82 f6 41 00",
        ),
        // [{"Value": NaN}, {"Value": 1.5 in 16 bits}, {"Value": 1.5 in 32 bits}, {"Value": -Infinity}]
        (
            "PutMetricData",
            "a1 6a 4d657472696344617461 84 a1 65 56616c7565 fb 7ff8000000000000 a1 65 56616c7565 f9 3e00 a1 65 56616c7565 fa 3fc00000 a1 65 56616c7565 f9 fc00",
        ),
        ("ListMetrics", ""),
        ("ListMetrics", "a1 69 4e616d657370616365"),
        ("ListMetrics", "a1 69 4e616d657370616365 01"),
        ("ListNothing", "a0"),
    ];
    let told = requests.map(|(operation, hex)| heard(cbor(operation, hex)));
    insta::assert_snapshot!(told.join("\n---\n"), @r#"
    cloudwatch:ListMetrics over RpcV2Cbor
    {
      "Namespace": "shop"
    }
    ---
    cloudwatch:ListMetrics over RpcV2Cbor
    {
      "Namespace": "shop"
    }
    ---
    cloudwatch:GetMetricStatistics over RpcV2Cbor
    {
      "StartTime": 1795350144.5,
      "EndTime": 1795350144,
      "Period": 60
    }
    ---
    cloudwatch:PutMetricData over RpcV2Cbor
    {
      "MetricData": [
        {
          "Value": "NaN"
        },
        {
          "Value": 1.5
        },
        {
          "Value": 1.5
        },
        {
          "Value": "-Infinity"
        }
      ]
    }
    ---
    cloudwatch:ListMetrics over RpcV2Cbor
    {}
    ---
    400 Bad Request
    smithy-protocol: rpc-v2-cbor
    x-amzn-requestid: ID
    x-amzn-query-error: MalformedInput;Sender
    content-type: application/cbor

    �f__typex/com.amazon.coral.service#SerializationExceptiongmessagex<Could not parse the request body as CBOR: end of input bytes
    ---
    400 Bad Request
    smithy-protocol: rpc-v2-cbor
    x-amzn-requestid: ID
    x-amzn-query-error: MalformedInput;Sender
    content-type: application/cbor

    �f__typex/com.amazon.coral.service#SerializationExceptiongmessagex-NUMBER_VALUE can not be converted to a String
    ---
    400 Bad Request
    smithy-protocol: rpc-v2-cbor
    x-amzn-requestid: ID
    x-amzn-query-error: InvalidAction;Sender
    content-type: application/cbor

    �f__typex2com.amazon.coral.service#UnknownOperationExceptiongmessage`
    "#);
}

/// Prefixes of paths, as a gateway adds them, are passed over; another service is another.
#[test]
fn a_path_names_the_operation() {
    let routed = |head: &str| {
        let (parts, _) = request(format!("{head}\nSmithy-Protocol: rpc-v2-cbor\n\n").as_bytes());
        match route(&parts, &Hosts::default()) {
            Ok(route) => format!("{:?}", route.envelope),
            Err(refused) => format!("{:?}: {}", refused.envelope, refused.error),
        }
    };
    let paths = [
        format!("{HEAD}ListMetrics"),
        "POST /prefix/service/GraniteServiceVersion20100801/operation/ListMetrics".to_owned(),
        format!("{HEAD}ListMetrics\nAuthorization: AWS4-HMAC-SHA256 Credential=k/20261123/us-east-1/monitoring/aws4_request"),
        "POST /\nAuthorization: AWS4-HMAC-SHA256 Credential=k/20261123/us-east-1/monitoring/aws4_request".to_owned(),
    ];
    insta::assert_snapshot!(paths.map(|head| routed(&head)).join("\n"), @"
    cloudwatch:ListMetrics over RpcV2Cbor
    cloudwatch:ListMetrics over RpcV2Cbor
    cloudwatch:ListMetrics over RpcV2Cbor
    cloudwatch:? over RpcV2Cbor: UnknownOperationException:
    ");
}

#[test]
fn an_answer_in_cbor_has_times_with_their_tag_and_numbers_of_eight_bytes() {
    let envelope = envelope(cbor("GetMetricStatistics", "a0"));
    let output = json!({
        "Label": "orders", "Datapoints": [{"Timestamp": 1_795_435_200, "Sum": 3, "ExtendedStatistics": {"p99": 1.5}}],
    });
    let answer = encode(&envelope, &output, None, "ID");
    static ROW: Row =
        Row::sender("InvalidParameterValueException", 400, "Wrong.").query("InvalidParameterValue");
    let refused = encode_error(&envelope, &ApiError::from(&ROW), "ID");
    let hexed = |response: http::Response<Bytes>| {
        seen(&response.map(|body| Bytes::from(hex::encode(body))))
    };
    insta::assert_snapshot!(format!("{}\n{}", hexed(answer), hexed(refused)), @"
    200 OK
    smithy-protocol: rpc-v2-cbor
    x-amzn-requestid: ID
    content-type: application/cbor

    a2654c6162656c666f72646572736a44617461706f696e747381a36954696d657374616d70c1fb41dac10ab00000006353756dfb400800000000000072457874656e64656453746174697374696373a163703939fb3ff8000000000000
    400 Bad Request
    smithy-protocol: rpc-v2-cbor
    x-amzn-requestid: ID
    x-amzn-query-error: InvalidParameterValue;Sender
    content-type: application/cbor

    a2665f5f747970657843636f6d2e616d617a6f6e6177732e636c6f756477617463682e76323031305f30385f303123496e76616c6964506172616d6574657256616c7565457863657074696f6e676d6573736167656657726f6e672e
    ");
}
