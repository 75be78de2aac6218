//! Lambda: constraints of the model, in AWS's words (recorded from AWS where they could be).

use super::heard;

fn message(text: &str) -> String {
    heard(text).lines().last().unwrap().to_owned()
}

#[test]
fn constraints_are_complained_of_in_awss_words() {
    let create = |member: &str| {
        message(&format!(
            "POST /2015-03-31/functions\n\n{{\"FunctionName\":\"f\",\"Role\":\"arn:aws:iam::000000000000:role/r\",\"Code\":{{}},{member}}}"
        ))
    };
    let complaints = [
        message("GET /2015-03-31/functions/invalid:function:name"),
        message("GET /2015-03-31/functions?FunctionVersion=invalid"),
        message(
            "DELETE /2017-03-31/tags/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Af",
        ),
        message(
            "POST /2015-03-31/event-source-mappings\n\n{\"FunctionName\":\"f\",\"StartingPosition\":\"invalid\"}",
        ),
        create(r#""SnapStart":{"ApplyOn":"invalidOption"}"#),
        create(r#""VpcConfig":{"SubnetIds":["bad id!"]}"#),
        create(r#""Timeout":0"#),
        create(r#""Environment":{"Variables":{"1bad":"secret"}}"#),
        message(
            "POST /2015-03-31/functions/f/aliases\n\n{\"Name\":\"2024\",\"FunctionVersion\":\"1\",\"RoutingConfig\":{\"AdditionalVersionWeights\":{\"2\":2.0}}}",
        ),
        message("POST /2015-03-31/functions\n\n{}"),
    ];
    insta::assert_snapshot!(complaints.join("\n"), @r#"
    {"message":"1 validation error detected: Value 'invalid:function:name' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_\\.]+)(:(\\$LATEST(\\.PUBLISHED)?|[a-zA-Z0-9-_]+))?"}
    {"message":"1 validation error detected: Value 'invalid' at 'functionVersion' failed to satisfy constraint: Member must satisfy enum value set: [ALL]"}
    {"message":"1 validation error detected: Value null at 'tagKeys' failed to satisfy constraint: Member must not be null"}
    {"message":"1 validation error detected: Value 'invalid' at 'startingPosition' failed to satisfy constraint: Member must satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]"}
    {"message":"1 validation error detected: Value 'invalidOption' at 'snapStart.applyOn' failed to satisfy constraint: Member must satisfy enum value set: [PublishedVersions, None]"}
    {"message":"1 validation error detected: Value '[bad id!]' at 'vpcConfig.subnetIds' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 0, Member must satisfy regular expression pattern: subnet-[0-9a-z]*]"}
    {"message":"1 validation error detected: Value '0' at 'timeout' failed to satisfy constraint: Member must have value greater than or equal to 1"}
    {"message":"1 validation error detected: Value '***' at 'environment.variables' failed to satisfy constraint: Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]"}
    {"message":"2 validation errors detected: Value '2024' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+); Value '{2=2.0}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]"}
    {"message":"3 validation errors detected: Value null at 'functionName' failed to satisfy constraint: Member must not be null; Value null at 'role' failed to satisfy constraint: Member must not be null; Value null at 'code' failed to satisfy constraint: Member must not be null"}
    "#);
}

#[test]
fn a_refusal_shows_its_code_in_a_header() {
    insta::assert_snapshot!(heard("POST /2015-03-31/functions\n\n{\"FunctionName\":5}"), @r#"
    400 Bad Request
    x-amzn-requestid: ID
    x-amzn-errortype: SerializationException
    content-type: application/json

    {"message":"NUMBER_VALUE can not be converted to a String"}
    "#);
    insta::assert_snapshot!(heard("GET /2015-03-31/functions?MaxItems=many"), @r#"
    400 Bad Request
    x-amzn-requestid: ID
    x-amzn-errortype: SerializationException
    content-type: application/json

    {"message":"STRING_VALUE can not be converted to an Integer"}
    "#);
}

#[test]
fn the_path_wins_over_the_body() {
    insta::assert_snapshot!(heard("PUT /2015-03-31/functions/f/configuration\n\n{\"FunctionName\":\"other\",\"Timeout\":5}"), @r#"
    lambda:UpdateFunctionConfiguration over RestJson
    {
      "FunctionName": "f",
      "Timeout": 5
    }
    "#);
}
