//! Reserved and provisioned concurrency.

use std::time::Duration;

use insta::assert_snapshot;
use serde_json::json;

use super::harness::Cloud;

#[test]
fn beyond_what_is_reserved_calls_are_refused() {
    let mut cloud = Cloud::new();
    cloud.create("resize");
    let name = || json!({"FunctionName": "resize"});
    let reserve = |count| json!({"FunctionName": "resize", "ReservedConcurrentExecutions": count});
    cloud.call("PutFunctionConcurrency", reserve(2));
    let mut told = Vec::new();
    for _ in 0..3 {
        told.push(cloud.told_of("Invoke", name(), &[]));
    }
    cloud.returns("1");
    told.push(cloud.told_of("Invoke", name(), &[]));
    told.push(cloud.told_of(
        "Invoke",
        json!({"FunctionName": "resize", "InvocationType": "DryRun"}),
        &["StatusCode"],
    ));
    cloud.call("DeleteFunctionConcurrency", name());
    told.push(cloud.told_of("Invoke", name(), &[]));
    told.push(cloud.told_of("PutFunctionConcurrency", reserve(901), &[]));
    assert_snapshot!(told.join("\n"), @r"
    null
    null
    429 TooManyRequestsException: Rate Exceeded.
    null
    204
    null
    400 InvalidParameterValueException: Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].
    ");
}

#[test]
fn what_is_provisioned_of_a_version_is_kept_for_it() {
    let mut cloud = Cloud::new();
    cloud.create("resize");
    let on = |qualifier: &str| json!({"FunctionName": "resize", "Qualifier": qualifier});
    cloud.call("PublishVersion", json!({"FunctionName": "resize"}));
    cloud.call(
        "PutFunctionConcurrency",
        json!({"FunctionName": "resize", "ReservedConcurrentExecutions": 1}),
    );
    let mut input = on("1");
    input["ProvisionedConcurrentExecutions"] = 1.into();
    let shown = &["Status", "AllocatedProvisionedConcurrentExecutions"];
    let mut told = vec![cloud.told_of("PutProvisionedConcurrencyConfig", input, shown)];
    told.push(cloud.told_of("GetProvisionedConcurrencyConfig", on("1"), shown));
    cloud.now = cloud.now.after(Duration::from_secs(1));
    told.push(cloud.told_of("GetProvisionedConcurrencyConfig", on("1"), shown));
    cloud.prepared(true);
    told.push(cloud.told_of("GetProvisionedConcurrencyConfig", on("1"), shown));
    told.push(cloud.told_of("Invoke", on("$LATEST"), &[]));
    told.push(cloud.told_of("Invoke", on("1"), &[]));
    told.push(cloud.told_of("Invoke", on("1"), &[]));
    assert_snapshot!(told.join("\n"), @r#"
    "IN_PROGRESS" 0
    "IN_PROGRESS" 0
    "IN_PROGRESS" 0
    "READY" 1
    429 TooManyRequestsException: Rate Exceeded.
    null
    429 TooManyRequestsException: Rate Exceeded.
    "#);
}

#[test]
fn provisioning_shows_whether_a_version_can_be_initialised() {
    let mut cloud = Cloud::new();
    cloud.create("resize");
    for _ in 0..2 {
        cloud.call("PublishVersion", json!({"FunctionName": "resize"}));
        let changed = json!({"FunctionName": "resize", "Description": "another"});
        cloud.call("UpdateFunctionConfiguration", changed);
    }
    let alias = |version: &str| json!({"FunctionName": "resize", "Name": "live", "FunctionVersion": version});
    cloud.call("CreateAlias", alias("1"));
    let live = json!({"FunctionName": "resize", "Qualifier": "live"});
    let shown = &["Status", "StatusReason", "AllocatedProvisionedConcurrentExecutions"];
    let mut told = Vec::new();
    let mut input = live.clone();
    input["ProvisionedConcurrentExecutions"] = 3.into();
    cloud.call("PutProvisionedConcurrencyConfig", input);
    cloud.prepared(false);
    told.push(cloud.told_of("GetProvisionedConcurrencyConfig", live.clone(), shown));
    // What becomes of the version before is of no interest any more.
    cloud.call("UpdateAlias", alias("2"));
    cloud.call("UpdateAlias", alias("1"));
    cloud.prepared(true);
    told.push(cloud.told_of("GetProvisionedConcurrencyConfig", live.clone(), shown));
    cloud.prepared(true);
    cloud.now = cloud.now.after(Duration::from_secs(1));
    told.push(cloud.told_of("GetProvisionedConcurrencyConfig", live.clone(), shown));
    for qualifier in ["live", "1", "2", "$LATEST"] {
        cloud.call("Invoke", json!({"FunctionName": "resize", "Qualifier": qualifier}));
        let invocation = cloud.running.remove(0);
        told.push(format!("{qualifier}: {}", invocation.initialization.as_str()));
    }
    cloud.take_told();
    cloud.call("DeleteProvisionedConcurrencyConfig", live);
    told.push(cloud.take_told());
    assert_snapshot!(told.join("\n"), @r#"
    "FAILED" "FUNCTION_ERROR_INIT_FAILURE" 0
    "IN_PROGRESS" null 3
    "READY" null 3
    live: provisioned-concurrency
    1: provisioned-concurrency
    2: on-demand
    $LATEST: on-demand
    retire arn:aws:lambda:us-east-1:000000000000:function:resize:1
    "#);
}

#[test]
fn an_account_runs_a_thousand_invocations_at_once() {
    let mut cloud = Cloud::new();
    let name = |name: &str| json!({"FunctionName": name});
    for function in ["resize", "mail", "pay"] {
        cloud.create(function);
    }
    let mut reserve = name("pay");
    reserve["ReservedConcurrentExecutions"] = 200.into();
    cloud.call("PutFunctionConcurrency", reserve);
    for function in ["resize", "mail"].into_iter().cycle().take(800) {
        cloud.call("Invoke", name(function));
    }
    let mut told = vec![cloud.told_of("Invoke", name("mail"), &[])];
    let event = json!({"FunctionName": "mail", "InvocationType": "Event"});
    told.push(cloud.told_of("Invoke", event, &["StatusCode"]));
    told.push(format!("{} are running", cloud.running.len()));
    told.push(cloud.told_of("Invoke", name("pay"), &[]));
    told.push(format!("{} are running", cloud.running.len()));
    // One of another function ends: there is room for the event, and for nothing else.
    cloud.returns("1");
    told.push(format!("{} are running", cloud.running.len()));
    told.push(cloud.told_of("Invoke", name("resize"), &[]));
    let settings = cloud.call("GetAccountSettings", json!({}));
    told.push(settings["AccountLimit"]["UnreservedConcurrentExecutions"].to_string());
    assert_snapshot!(told.join("\n"), @"
    429 TooManyRequestsException: Rate Exceeded.
    202
    800 are running
    null
    801 are running
    801 are running
    429 TooManyRequestsException: Rate Exceeded.
    800
    ");
}
