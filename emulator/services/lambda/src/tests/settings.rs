//! What functions, versions and aliases have besides: policies, URLs, event invoke configurations.

use insta::assert_snapshot;
use kernel::arn::{Arn, FunctionArn};
use kernel::names::AccountId;
use serde_json::json;

use super::harness::Cloud;

fn arn(qualifier: &str) -> FunctionArn {
    let text = format!("arn:aws:lambda:us-east-1:000000000000:function:resize{qualifier}");
    match Arn::parse(&text) {
        Some(Arn::Function(arn)) => arn,
        _ => panic!("{text}"),
    }
}

#[test]
fn a_policy_counts_for_the_version_or_alias_that_it_belongs_to() {
    let mut cloud = Cloud::new();
    cloud.create("resize");
    cloud.call("PublishVersion", json!({"FunctionName": "resize"}));
    let alias = json!({"FunctionName": "resize", "Name": "live", "FunctionVersion": "1"});
    cloud.call("CreateAlias", alias);
    let permission = |qualifier: &str| {
        json!({
            "FunctionName": "resize", "Qualifier": qualifier, "StatementId": "bucket",
            "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com",
        })
    };
    let mut told = vec![
        cloud.told_of("AddPermission", permission("live"), &["Statement"]),
        cloud.told_of("AddPermission", permission("$LATEST"), &["Statement"]),
        cloud.told_of("AddPermission", permission("gone"), &["Statement"]),
    ];
    let bucket = Arn::parse("arn:aws:s3:::photos");
    for qualifier in ["", ":1", ":live", ":gone"] {
        let bucket = bucket.as_ref().unwrap_or_else(|| panic!("no bucket"));
        let lets = cloud.lambda.permits(
            &arn(qualifier),
            "s3.amazonaws.com",
            bucket,
            &AccountId::default(),
        );
        told.push(format!("{qualifier} {}", lets.map_or_else(|it| it.code(), |()| "is let in")));
    }
    assert_snapshot!(told.join("\n"), @r#"
    "{\"Sid\":\"bucket\",\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"s3.amazonaws.com\"},\"Action\":\"lambda:InvokeFunction\",\"Resource\":\"arn:aws:lambda:us-east-1:000000000000:function:resize:live\"}"
    400 InvalidParameterValueException: We currently do not support adding policies for $LATEST.
    404 ResourceNotFoundException: Cannot find alias arn: arn:aws:lambda:us-east-1:000000000000:function:resize:gone
     AccessDeniedException
    :1 AccessDeniedException
    :live is let in
    :gone ResourceNotFoundException
    "#);
}

#[test]
fn the_url_of_an_alias_outlives_it() {
    let mut cloud = Cloud::new();
    cloud.create("resize");
    cloud.call("PublishVersion", json!({"FunctionName": "resize"}));
    let alias = json!({"FunctionName": "resize", "Name": "live", "FunctionVersion": "1"});
    cloud.call("CreateAlias", alias);
    let input = json!({
        "FunctionName": "resize", "Qualifier": "live", "AuthType": "NONE",
        "Cors": {"AllowOrigins": ["https://shop.example"], "MaxAge": 60},
    });
    let made = cloud.call("CreateFunctionUrlConfig", input);
    let url = made["FunctionUrl"].as_str().unwrap_or_default().to_owned();
    let id = url.trim_start_matches("http://").split('.').next().unwrap_or_default();
    let found = |cloud: &Cloud| cloud.lambda.function_url(id).map(|(arn, _)| arn.to_string());
    let mut told = vec![url.replace(id, "{id}"), made["Cors"].to_string()];
    told.push(format!("{:?}", found(&cloud)));
    cloud.call("DeleteAlias", json!({"FunctionName": "resize", "Name": "live"}));
    told.push(format!("{:?}", found(&cloud)));
    cloud.call("DeleteFunction", json!({"FunctionName": "resize"}));
    told.push(format!("{:?}", found(&cloud)));
    assert_snapshot!(told.join("\n"), @r#"
    http://{id}.lambda-url.us-east-1.localhost:4566/
    {"AllowOrigins":["https://shop.example"],"MaxAge":60}
    Some("arn:aws:lambda:us-east-1:000000000000:function:resize:live")
    Some("arn:aws:lambda:us-east-1:000000000000:function:resize:live")
    None
    "#);
}

#[test]
fn an_event_invoke_config_is_put_whole_and_updated_in_part() {
    let mut cloud = Cloud::new();
    cloud.create("resize");
    cloud.create("other");
    let other = "arn:aws:lambda:us-east-1:000000000000:function:other";
    let shown =
        &["FunctionArn", "MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig"];
    let mut told = Vec::new();
    for (operation, input) in [
        ("Put", json!({"MaximumRetryAttempts": 1, "MaximumEventAgeInSeconds": 60})),
        ("Update", json!({"DestinationConfig": {"OnFailure": {"Destination": other}}})),
        ("Put", json!({"MaximumRetryAttempts": 0})),
        ("Put", json!({})),
        ("Put", json!({"DestinationConfig": {"OnSuccess": {"Destination": arn("").to_string()}}})),
    ] {
        let mut input = input;
        input["FunctionName"] = "resize".into();
        let operation = format!("{operation}FunctionEventInvokeConfig");
        told.push(cloud.told_of(&operation, input, shown));
    }
    assert_snapshot!(told.join("\n"), @r#"
    "arn:aws:lambda:us-east-1:000000000000:function:resize:$LATEST" 1 60 {"OnSuccess":{},"OnFailure":{}}
    "arn:aws:lambda:us-east-1:000000000000:function:resize:$LATEST" 1 60 {"OnSuccess":{},"OnFailure":{"Destination":"arn:aws:lambda:us-east-1:000000000000:function:other"}}
    "arn:aws:lambda:us-east-1:000000000000:function:resize:$LATEST" 0 null {"OnSuccess":{},"OnFailure":{}}
    400 InvalidParameterValueException: You must specify at least one of error handling or destination setting.
    400 InvalidParameterValueException: You can't specify the function as a destination for itself.
    "#);
}
