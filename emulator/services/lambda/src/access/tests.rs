use insta::assert_snapshot;
use kernel::arn::Arn;
use kernel::call::Payload;
use kernel::policy::Conditions;
use serde_json::{Value, json};

use crate::Request;

/// What policies of identities will be able to ask: the keys that the rows name have values.
#[test]
fn rows_name_keys_that_have_values() {
    let arn = "arn:aws:lambda:us-east-1:000000000000:function:resize";
    let queue = "arn:aws:sqs:us-east-1:000000000000:orders";
    let role = "arn:aws:iam::000000000000:role/worker";
    let function = match Arn::parse(arn) {
        Some(Arn::Function(function)) => Some(function),
        _ => None,
    };
    let keys =
        |operation: &str, input: Value| match Request::decode(operation, input, Payload::None) {
            Err(refused) => refused.to_string(),
            Ok(request) => {
                let asked = request.permissions().iter().filter(|it| !it.keys.is_empty());
                let shown = asked.map(|permission| {
                    let mut conditions = Conditions::default();
                    for key in permission.keys {
                        key.insert(&mut conditions, &request, function.as_ref());
                    }
                    format!("{operation}, {}: {conditions:?}", permission.action)
                });
                shown.collect::<Vec<_>>().join("\n")
            }
        };
    let told = [
        keys(
            "CreateFunction",
            json!({"FunctionName": "resize", "Role": role, "Tags": {"stage": "test"}}),
        ),
        keys("UpdateFunctionConfiguration", json!({"FunctionName": "resize", "Role": role})),
        keys(
            "AddPermission",
            json!({
                "FunctionName": "resize", "StatementId": "a", "Principal": "*",
                "Action": "lambda:InvokeFunctionUrl", "FunctionUrlAuthType": "NONE",
            }),
        ),
        keys(
            "CreateEventSourceMapping",
            json!({"FunctionName": "resize", "EventSourceArn": queue}),
        ),
        keys("DeleteEventSourceMapping", json!({"UUID": "a"})),
    ];
    assert_snapshot!(told.join("\n"), @r#"
    CreateFunction, lambda:CreateFunction: Conditions({"aws:requesttag/stage": ["test"], "aws:tagkeys": ["stage"]})
    CreateFunction, lambda:TagResource: Conditions({"aws:requesttag/stage": ["test"], "aws:tagkeys": ["stage"]})
    CreateFunction, iam:PassRole: Conditions({"iam:passedtoservice": ["lambda.amazonaws.com"]})
    UpdateFunctionConfiguration, lambda:UpdateFunctionConfiguration: Conditions({})
    UpdateFunctionConfiguration, iam:PassRole: Conditions({"iam:passedtoservice": ["lambda.amazonaws.com"]})
    AddPermission, lambda:AddPermission: Conditions({"lambda:functionurlauthtype": ["NONE"], "lambda:principal": ["*"]})
    CreateEventSourceMapping, lambda:CreateEventSourceMapping: Conditions({"lambda:functionarn": ["arn:aws:lambda:us-east-1:000000000000:function:resize"]})
    DeleteEventSourceMapping, lambda:DeleteEventSourceMapping: Conditions({"lambda:functionarn": ["arn:aws:lambda:us-east-1:000000000000:function:resize"]})
    "#);
}
