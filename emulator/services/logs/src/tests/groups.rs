use insta::{assert_json_snapshot, assert_snapshot};
use serde_json::json;

use super::harness::{Cloud, text};

#[test]
fn groups_and_streams_come_and_go() {
    let mut cloud = Cloud::with_stream();
    let tags = json!({"team": "shop"});
    cloud.call("CreateLogGroup", json!({"logGroupName": "/aws/lambda/resize", "tags": tags}));
    cloud.call("PutRetentionPolicy", json!({"logGroupName": "shop", "retentionInDays": 14}));
    cloud.put(&["hello", "world"]);
    assert_json_snapshot!(cloud.call("DescribeLogGroups", json!({})), @r#"
    {
      "logGroups": [
        {
          "logGroupName": "/aws/lambda/resize",
          "creationTime": 1800000000000,
          "metricFilterCount": 0,
          "arn": "arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/resize:*",
          "storedBytes": 0,
          "logGroupClass": "STANDARD",
          "logGroupArn": "arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/resize",
          "deletionProtectionEnabled": false
        },
        {
          "logGroupName": "shop",
          "creationTime": 1800000000000,
          "retentionInDays": 14,
          "metricFilterCount": 0,
          "arn": "arn:aws:logs:us-east-1:000000000000:log-group:shop:*",
          "storedBytes": 62,
          "logGroupClass": "STANDARD",
          "logGroupArn": "arn:aws:logs:us-east-1:000000000000:log-group:shop",
          "deletionProtectionEnabled": false
        }
      ]
    }
    "#);
    assert_json_snapshot!(cloud.call("DescribeLogStreams", json!({"logGroupName": "shop"})), @r#"
    {
      "logStreams": [
        {
          "logStreamName": "web",
          "creationTime": 1800000000000,
          "firstEventTimestamp": 1799999999000,
          "lastEventTimestamp": 1800000000000,
          "lastIngestionTime": 1800000000000,
          "uploadSequenceToken": "40141341357357403425844703703692162628173654858349412352",
          "arn": "arn:aws:logs:us-east-1:000000000000:log-group:shop:log-stream:web",
          "storedBytes": 0
        }
      ]
    }
    "#);
    cloud.call("DeleteLogStream", json!({"logGroupName": "shop", "logStreamName": "web"}));
    cloud.call("DeleteLogGroup", json!({"logGroupName": "/aws/lambda/resize"}));
    assert_json_snapshot!(cloud.call("DescribeLogGroups", json!({"logGroupNamePattern": "SHO"})), @r#"
    {
      "logGroups": [
        {
          "logGroupName": "shop",
          "creationTime": 1800000000000,
          "retentionInDays": 14,
          "metricFilterCount": 0,
          "arn": "arn:aws:logs:us-east-1:000000000000:log-group:shop:*",
          "storedBytes": 0,
          "logGroupClass": "STANDARD",
          "logGroupArn": "arn:aws:logs:us-east-1:000000000000:log-group:shop",
          "deletionProtectionEnabled": false
        }
      ]
    }
    "#);
    assert_eq!(cloud.store.len(), 1);
    cloud.check_restart();
}

#[test]
fn what_cannot_be_is_refused_as_aws_does() {
    let mut cloud = Cloud::with_stream();
    let refused = [
        ("CreateLogGroup", json!({"logGroupName": "shop"})),
        ("CreateLogGroup", json!({"logGroupName": "aws/own"})),
        (
            "CreateLogGroup",
            json!({"logGroupName": "a", "kmsKeyId": "arn:aws:kms:us-east-1:1:key/a"}),
        ),
        ("CreateLogGroup", json!({"logGroupName": "a", "tags": {"aws:a": "b"}})),
        ("CreateLogStream", json!({"logGroupName": "shop", "logStreamName": "web"})),
        ("CreateLogStream", json!({"logGroupName": "none", "logStreamName": "web"})),
        ("DeleteLogGroup", json!({"logGroupName": "none"})),
        ("DeleteLogStream", json!({"logGroupName": "shop", "logStreamName": "none"})),
        ("DescribeLogGroups", json!({"logGroupNamePrefix": "a", "logGroupNamePattern": "b"})),
        ("DescribeLogGroups", json!({"nextToken": "invalid"})),
        ("DescribeLogStreams", json!({})),
        (
            "DescribeLogStreams",
            json!({"logGroupName": "shop", "orderBy": "LastEventTime", "logStreamNamePrefix": "w"}),
        ),
        ("GetLogEvents", json!({"logGroupName": "shop", "logStreamName": "none"})),
        (
            "GetLogEvents",
            json!({"logGroupName": "shop", "logStreamName": "web", "nextToken": "n/1"}),
        ),
        ("FilterLogEvents", json!({"logGroupName": "none"})),
        ("FilterLogEvents", json!({"logGroupName": "shop", "logStreamNames": ["none"]})),
        ("FilterLogEvents", json!({"logGroupName": "shop", "nextToken": "invalid"})),
        ("PutRetentionPolicy", json!({"logGroupName": "shop", "retentionInDays": 2})),
        ("DeleteMetricFilter", json!({"logGroupName": "shop", "filterName": "none"})),
        ("DeleteSubscriptionFilter", json!({"logGroupName": "shop", "filterName": "none"})),
        ("DeleteResourcePolicy", json!({"policyName": "none"})),
        (
            "TagResource",
            json!({"resourceArn": "arn:aws:logs:us-east-1:000000000000:log-group:none", "tags": {"a": "b"}}),
        ),
        ("CreateExportTask", json!({})),
        (
            "PutLogEvents",
            json!({"logGroupName": "shop", "logStreamName": "web", "logEvents": [], "other": 1}),
        ),
    ];
    let told = refused.map(|(operation, input)| text(&cloud.call(operation, input)["Error"]));
    assert_snapshot!(told.join("\n"), @"
    ResourceAlreadyExistsException: The specified log group already exists
    InvalidParameterException: Log groups starting with AWS/ are reserved for AWS.
    InvalidParameterException: The specified KMS key does not exist or is not allowed to be used with LogGroup 'arn:aws:logs:us-east-1:000000000000:log-group:a': arn:aws:kms:us-east-1:1:key/a
    InvalidParameterException: Tag keys starting with aws: are reserved for system use.
    ResourceAlreadyExistsException: The specified log stream already exists
    ResourceNotFoundException: The specified log group does not exist.
    ResourceNotFoundException: The specified log group does not exist.
    ResourceNotFoundException: The specified log stream does not exist.
    InvalidParameterException: LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.
    InvalidParameterException: The specified nextToken is invalid.
    InvalidParameterException: Either LogGroup name or LogGroup identifier must be specified.
    InvalidParameterException: Cannot order by LastEventTime with a logStreamNamePrefix.
    ResourceNotFoundException: The specified log stream does not exist.
    InvalidParameterException: The specified nextToken is invalid.
    ResourceNotFoundException: The specified log group does not exist.
    ResourceNotFoundException: The specified log stream does not exist.
    InvalidParameterException: The specified nextToken is invalid.
    InvalidParameterException: Invalid retention value. Valid values are: [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653, 3654]
    ResourceNotFoundException: The specified metric filter does not exist.
    ResourceNotFoundException: The specified subscription filter does not exist.
    ResourceNotFoundException: Policy with name [none] does not exist
    ResourceNotFoundException: The specified resource does not exist.
    NotImplemented: The operation logs:CreateExportTask is not implemented by Cloudless.
    NotImplemented: The parameter other of PutLogEvents is not implemented by Cloudless.
    ");
}

#[test]
fn lists_come_in_pages() {
    let mut cloud = Cloud::new();
    for name in ["d", "b", "a", "c", "e"] {
        cloud.call("CreateLogGroup", json!({"logGroupName": name}));
        cloud.call("CreateLogStream", json!({"logGroupName": "d", "logStreamName": name}));
    }
    let mut told = Vec::new();
    for (operation, list, name, mut input) in [
        ("DescribeLogGroups", "logGroups", "logGroupName", json!({"limit": 2})),
        (
            "ListLogGroups",
            "logGroups",
            "logGroupName",
            json!({"limit": 3, "logGroupNamePattern": "^a|c|^e"}),
        ),
        (
            "DescribeLogStreams",
            "logStreams",
            "logStreamName",
            json!({"logGroupName": "d", "limit": 2, "descending": true}),
        ),
    ] {
        let mut pages = Vec::new();
        loop {
            let page = cloud.call(operation, input.clone());
            let names = page[list].as_array().unwrap().iter().map(|it| text(&it[name]));
            pages.push(names.collect::<Vec<_>>().join(" "));
            match page.get("nextToken") {
                Some(token) => input["nextToken"] = token.clone(),
                None => break,
            }
        }
        told.push(format!("{operation}: {}", pages.join(" | ")));
    }
    assert_snapshot!(told.join("\n"), @"
    DescribeLogGroups: a b | c d | e
    ListLogGroups: a c e
    DescribeLogStreams: e d | c b | a
    ");
}

#[test]
fn tags_by_both_their_names_are_the_same() {
    let mut cloud = Cloud::with_stream();
    let arn = "arn:aws:logs:us-east-1:000000000000:log-group:shop";
    cloud.call("TagLogGroup", json!({"logGroupName": "shop", "tags": {"a": "1", "b": "2"}}));
    cloud.call("TagResource", json!({"resourceArn": arn, "tags": {"c": "3"}}));
    cloud.call("UntagLogGroup", json!({"logGroupName": "shop", "tags": ["a"]}));
    cloud.call("UntagResource", json!({"resourceArn": format!("{arn}:*"), "tagKeys": ["b"]}));
    let one = cloud.call("ListTagsLogGroup", json!({"logGroupName": "shop"}));
    assert_eq!(one, json!({"tags": {"c": "3"}}));
    assert_eq!(cloud.call("ListTagsForResource", json!({"resourceArn": arn})), one);
    cloud.check_restart();
}

#[test]
fn filters_policies_and_saved_queries_are_kept() {
    let mut cloud = Cloud::with_stream();
    let metric = json!({"metricName": "errors", "metricNamespace": "shop", "metricValue": "1", "defaultValue": 0.0});
    let filter = json!({"logGroupName": "shop", "filterName": "errors", "filterPattern": "ERROR", "metricTransformations": [metric]});
    cloud.call("PutMetricFilter", filter);
    cloud.call("PutResourcePolicy", json!({"policyName": "p", "policyDocument": "{}"}));
    let query = json!({"name": "q", "queryString": "limit 1", "logGroupNames": ["shop"]});
    let id = cloud.call("PutQueryDefinition", query)["queryDefinitionId"].clone();
    cloud.restart();
    let told = json!([
        cloud.call(
            "DescribeMetricFilters",
            json!({"metricName": "errors", "metricNamespace": "shop"})
        ),
        cloud.call("DescribeResourcePolicies", json!({})),
        cloud.call("DescribeQueryDefinitions", json!({"queryDefinitionNamePrefix": "q"})),
    ]);
    assert_json_snapshot!(told, @r#"
    [
      {
        "metricFilters": [
          {
            "filterName": "errors",
            "filterPattern": "ERROR",
            "metricTransformations": [
              {
                "metricName": "errors",
                "metricNamespace": "shop",
                "metricValue": "1",
                "defaultValue": 0.0
              }
            ],
            "creationTime": 1800000000000,
            "logGroupName": "shop",
            "applyOnTransformedLogs": false
          }
        ]
      },
      {
        "resourcePolicies": [
          {
            "policyName": "p",
            "policyDocument": "{}",
            "lastUpdatedTime": 1800000000000,
            "policyScope": "ACCOUNT"
          }
        ]
      },
      {
        "queryDefinitions": [
          {
            "queryLanguage": "CWLI",
            "queryDefinitionId": "63cbe1e4-5932-4dd7-844c-3cd7f43c661c",
            "name": "q",
            "queryString": "limit 1",
            "lastModified": 1800000000000,
            "logGroupNames": [
              "shop"
            ]
          }
        ]
      }
    ]
    "#);
    cloud.call("DeleteMetricFilter", json!({"logGroupName": "shop", "filterName": "errors"}));
    cloud.call("DeleteResourcePolicy", json!({"policyName": "p"}));
    cloud.call("DeleteQueryDefinition", json!({"queryDefinitionId": id}));
    assert_eq!(cloud.store.len(), 2, "the group and the stream");
    cloud.check_restart();
}
