//! Layers.

use insta::assert_snapshot;
use kernel::names::AccountId;
use serde_json::{Value, json};

use super::harness::Cloud;

fn layer(more: Value) -> Value {
    let mut input = json!({ "LayerName": "tools" });
    if let (Some(input), Some(more)) = (input.as_object_mut(), more.as_object()) {
        input.extend(more.clone());
    }
    input
}

#[test]
fn a_layer_that_a_function_uses_outlives_its_deletion() {
    let mut cloud = Cloud::new();
    cloud.create("resize");
    let shown = &["LayerVersionArn"];
    let mut told = vec![
        cloud.told_of("PublishLayerVersion", layer(json!({})), shown),
        cloud.told_of("PublishLayerVersion", layer(json!({})), shown),
    ];
    let arn = "arn:aws:lambda:us-east-1:000000000000:layer:tools";
    let use_layers = |layers: Value| json!({"FunctionName": "resize", "Layers": layers});
    for layers in [
        json!([format!("{arn}:1"), format!("{arn}:2")]),
        json!([format!("{arn}:3")]),
        json!([format!("{arn}:1")]),
    ] {
        told.push(cloud.told_of("UpdateFunctionConfiguration", use_layers(layers), &["Layers"]));
    }
    cloud.take_told();
    for number in [1, 2] {
        cloud.call("DeleteLayerVersion", layer(json!({ "VersionNumber": number })));
    }
    told.push(cloud.take_told());
    cloud.call("UpdateFunctionConfiguration", use_layers(json!([])));
    told.push(cloud.take_told());
    told.push(cloud.told_of("PublishLayerVersion", layer(json!({})), shown));
    assert_snapshot!(told.join("\n"), @r#"
    "arn:aws:lambda:us-east-1:000000000000:layer:tools:1"
    "arn:aws:lambda:us-east-1:000000000000:layer:tools:2"
    400 InvalidParameterValueException: Two different versions of the same layer are not allowed to be referenced in the same function. arn:aws:lambda:us-east-1:000000000000:layer:tools:1 and arn:aws:lambda:us-east-1:000000000000:layer:tools:2 are versions of the same layer.
    400 InvalidParameterValueException: Layer version arn:aws:lambda:us-east-1:000000000000:layer:tools:3 does not exist.
    [{"Arn":"arn:aws:lambda:us-east-1:000000000000:layer:tools:1","CodeSize":100}]
    delete zip-3
    delete zip-2
    retire arn:aws:lambda:us-east-1:000000000000:function:resize:$LATEST
    "arn:aws:lambda:us-east-1:000000000000:layer:tools:3"
    "#);
}

#[test]
fn another_account_uses_a_layer_that_lets_it() {
    let mut cloud = Cloud::new();
    cloud.call("PublishLayerVersion", layer(json!({})));
    let arn = "arn:aws:lambda:us-east-1:000000000000:layer:tools:1";
    let stranger = AccountId::parse("111122223333").unwrap_or_default();
    let owner = std::mem::replace(&mut cloud.account, stranger.clone());
    cloud.create("theirs");
    let uses = json!({"FunctionName": "theirs", "Layers": [arn]});
    let mut told = vec![
        cloud.told_of("UpdateFunctionConfiguration", uses.clone(), &["Layers"]),
        cloud.told_of("GetLayerVersionByArn", json!({ "Arn": arn }), &["LayerVersionArn"]),
    ];
    cloud.account = owner;
    let permission = layer(json!({
        "VersionNumber": 1, "StatementId": "theirs", "Action": "lambda:GetLayerVersion",
        "Principal": "111122223333",
    }));
    told.push(cloud.told_of("AddLayerVersionPermission", permission, &["Statement"]));
    cloud.account = stranger;
    told.push(cloud.told_of("UpdateFunctionConfiguration", uses, &["Layers"]));
    told.push(cloud.told_of("GetLayerVersionByArn", json!({ "Arn": arn }), &["LayerVersionArn"]));
    assert_snapshot!(told.join("\n"), @r#"
    403 AccessDeniedException: User: arn:aws:iam::111122223333:root is not authorized to perform: lambda:GetLayerVersion on resource: arn:aws:lambda:us-east-1:000000000000:layer:tools:1 because no resource-based policy allows the lambda:GetLayerVersion action
    403 AccessDeniedException: User: arn:aws:iam::111122223333:root is not authorized to perform: lambda:GetLayerVersion on resource: arn:aws:lambda:us-east-1:000000000000:layer:tools:1 because no resource-based policy allows the lambda:GetLayerVersion action
    "{\"Sid\":\"theirs\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111122223333:root\"},\"Action\":\"lambda:GetLayerVersion\",\"Resource\":\"arn:aws:lambda:us-east-1:000000000000:layer:tools:1\"}"
    [{"Arn":"arn:aws:lambda:us-east-1:000000000000:layer:tools:1","CodeSize":100}]
    "arn:aws:lambda:us-east-1:000000000000:layer:tools:1"
    "#);
}
