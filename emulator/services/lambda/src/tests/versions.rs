//! Versions and aliases.

use insta::assert_snapshot;
use serde_json::json;

use super::harness::Cloud;

const NAME: &str = "resize";

/// What of a version identifies it.
const SHOWN: &[&str] = &["FunctionArn", "Version", "Description", "Timeout"];

fn named(more: serde_json::Value) -> serde_json::Value {
    let mut input = json!({ "FunctionName": NAME });
    if let (Some(input), Some(more)) = (input.as_object_mut(), more.as_object()) {
        input.extend(more.clone());
    }
    input
}

#[test]
fn a_version_stays_what_its_function_was() {
    let mut cloud = Cloud::new();
    cloud.create(NAME);
    let mut told = vec![cloud.told_of("PublishVersion", named(json!({})), SHOWN)];
    told.push(cloud.told_of("PublishVersion", named(json!({"Description": "again"})), SHOWN));
    cloud.call("UpdateFunctionConfiguration", named(json!({"Timeout": 3})));
    told.push(cloud.told_of("PublishVersion", named(json!({})), SHOWN));
    cloud.call("UpdateFunctionConfiguration", named(json!({"Timeout": 9})));
    told.push(cloud.told_of("PublishVersion", named(json!({"Description": "slow"})), SHOWN));
    told.push(cloud.told_of("UpdateFunctionCode", named(json!({"Publish": true})), SHOWN));
    for version in ["1", "2", "3", "4", "$LATEST"] {
        let input = named(json!({ "Qualifier": version }));
        told.push(cloud.told_of("GetFunctionConfiguration", input, SHOWN));
    }
    told.push(cloud.take_told());
    assert_snapshot!(told.join("\n"), @r#"
    "arn:aws:lambda:us-east-1:000000000000:function:resize:1" "1" "" 3
    "arn:aws:lambda:us-east-1:000000000000:function:resize:1" "1" "" 3
    "arn:aws:lambda:us-east-1:000000000000:function:resize:1" "1" "" 3
    "arn:aws:lambda:us-east-1:000000000000:function:resize:2" "2" "slow" 9
    "arn:aws:lambda:us-east-1:000000000000:function:resize:3" "3" "" 9
    "arn:aws:lambda:us-east-1:000000000000:function:resize:1" "1" "" 3
    "arn:aws:lambda:us-east-1:000000000000:function:resize:2" "2" "slow" 9
    "arn:aws:lambda:us-east-1:000000000000:function:resize:3" "3" "" 9
    404 ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:000000000000:function:resize:4
    "arn:aws:lambda:us-east-1:000000000000:function:resize:$LATEST" "$LATEST" "" 9
    retire arn:aws:lambda:us-east-1:000000000000:function:resize:$LATEST
    retire arn:aws:lambda:us-east-1:000000000000:function:resize:$LATEST
    retire arn:aws:lambda:us-east-1:000000000000:function:resize:$LATEST
    "#);
}

#[test]
fn a_version_is_deleted_by_its_number_and_its_number_is_not_given_again() {
    let mut cloud = Cloud::new();
    cloud.create(NAME);
    cloud.call("PublishVersion", named(json!({})));
    cloud.call("CreateAlias", named(json!({"Name": "live", "FunctionVersion": "1"})));
    let mut told = Vec::new();
    for qualifier in ["$LATEST", "live", "1", "7"] {
        let input = named(json!({ "Qualifier": qualifier }));
        told.push(cloud.told_of("DeleteFunction", input, &["StatusCode"]));
    }
    cloud.call("DeleteAlias", named(json!({"Name": "live"})));
    told.push(cloud.told_of("DeleteFunction", named(json!({"Qualifier": "1"})), &["StatusCode"]));
    told.push(cloud.take_told());
    told.push(cloud.told_of("PublishVersion", named(json!({})), SHOWN));
    told.push(cloud.told_of("DeleteFunction", named(json!({})), &["StatusCode"]));
    told.push(cloud.take_told());
    assert!(cloud.store.is_empty(), "nothing is left of a function");
    assert_snapshot!(told.join("\n"), @r#"
    400 InvalidParameterValueException: $LATEST version cannot be deleted without deleting the function.
    400 InvalidParameterValueException: Deletion of aliases is not currently supported.
    409 ResourceConflictException: Version 1 of arn:aws:lambda:us-east-1:000000000000:function:resize is referenced by the aliases: [live]
    204
    204
    retire arn:aws:lambda:us-east-1:000000000000:function:resize:1
    "arn:aws:lambda:us-east-1:000000000000:function:resize:2" "2" "" 3
    204
    delete zip-1
    retire arn:aws:lambda:us-east-1:000000000000:function:resize
    "#);
}

#[test]
fn an_alias_shares_invocations_between_two_versions() {
    let mut cloud = Cloud::new();
    cloud.create(NAME);
    cloud.call("PublishVersion", named(json!({})));
    cloud.call("UpdateFunctionConfiguration", named(json!({"Timeout": 9})));
    cloud.call("PublishVersion", named(json!({})));
    let weights = json!({"AdditionalVersionWeights": {"2": 0.25}});
    let alias = named(json!({"Name": "live", "FunctionVersion": "1", "RoutingConfig": weights}));
    cloud.call("CreateAlias", alias);
    cloud.take_told();
    for _ in 0..200 {
        cloud.call("Invoke", named(json!({"Qualifier": "live"})));
        assert_eq!(cloud.running[0].invoked_arn.qualifier.as_deref(), Some("live"));
        cloud.returns("1");
    }
    let second = cloud.told.iter().filter(|told| told.starts_with("\"2\"")).count();
    cloud.take_told();
    let moved = named(json!({
        "Name": "live", "FunctionVersion": "2", "RoutingConfig": {"AdditionalVersionWeights": {}},
    }));
    cloud.call("UpdateAlias", moved);
    cloud.call("Invoke", named(json!({"Qualifier": "live"})));
    cloud.returns("2");
    assert_snapshot!(format!("{second} of 200\n{}", cloud.take_told()), @r#"
    55 of 200
    "2" 2
    "#);
}

#[test]
fn a_revision_changes_with_what_it_is_of() {
    let mut cloud = Cloud::new();
    cloud.create(NAME);
    let latest = |cloud: &mut Cloud| {
        cloud.told_of("GetFunctionConfiguration", named(json!({})), &["RevisionId"])
    };
    let arn = "arn:aws:lambda:us-east-1:000000000000:function:resize";
    let permission = json!({
        "StatementId": "s3", "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com",
    });
    let mut revisions = vec![latest(&mut cloud)];
    let mut told = Vec::new();
    for (operation, input) in [
        ("UpdateFunctionConfiguration", named(json!({"Timeout": 4}))),
        ("UpdateFunctionCode", named(json!({}))),
        ("AddPermission", named(permission)),
        ("TagResource", json!({"Resource": arn, "Tags": {"stage": "test"}})),
        ("PublishVersion", named(json!({}))),
        ("CreateAlias", named(json!({"Name": "live", "FunctionVersion": "1"}))),
        ("PutFunctionConcurrency", named(json!({"ReservedConcurrentExecutions": 3}))),
    ] {
        cloud.call(operation, input);
        let now = latest(&mut cloud);
        let is_new = revisions.last() != Some(&now);
        told.push(format!("{operation} {}", if is_new { "makes another" } else { "leaves it" }));
        revisions.push(now);
    }
    let old = named(json!({"Timeout": 5, "RevisionId": revisions[0].trim_matches('"')}));
    told.push(cloud.told_of("UpdateFunctionConfiguration", old, &[]));
    assert_snapshot!(told.join("\n"), @r"
    UpdateFunctionConfiguration makes another
    UpdateFunctionCode makes another
    AddPermission makes another
    TagResource makes another
    PublishVersion makes another
    CreateAlias leaves it
    PutFunctionConcurrency leaves it
    412 PreconditionFailedException: The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id
    ");
}
