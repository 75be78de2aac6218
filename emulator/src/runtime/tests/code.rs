//! Where functions' code comes from: layers, folders that are edited, and what runs beside it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use bytes::Bytes;
use serde_json::json;

use super::super::zip_of_folder;
use super::{Function, Lambda, function, test_binary, zip};

fn bootstrap(revision: &str) -> String {
    let (binary, arguments) = (test_binary(), function::ARGUMENTS);
    format!("#!/bin/sh\nexport REVISION={revision}\nexec '{binary}' {arguments} > /dev/null\n")
}

/// The variables that say which code ran.
async fn revision(lambda: &Lambda, function: &Function) -> String {
    let told = lambda.invoke(function, json!("variables")).await;
    let found = told.split('"').find(|it| it.starts_with("REVISION="));
    found.map_or(told.clone(), str::to_owned)
}

fn save(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[tokio::test]
async fn layers_lie_over_each_other_under_opt_and_may_bring_the_bootstrap() {
    let lambda = Lambda::start();
    let code = zip(&[("readme", "no bootstrap here", 0o644)]);
    let function = Function::new("layered", "provided.al2023", "bootstrap", code)
        .layer(zip(&[("bootstrap", &bootstrap("lower"), 0o755)]))
        .layer(zip(&[("bootstrap", &bootstrap("upper"), 0o755)]));
    assert_eq!(revision(&lambda, &function).await, "REVISION=upper");
}

#[tokio::test]
async fn a_folder_that_is_edited_is_the_code_of_the_next_invocation() {
    let lambda = Lambda::start();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bootstrap");
    save(&file, &bootstrap("one"));
    let mut heard = Vec::new();
    for named in [folder.path(), &file] {
        let code = Bytes::from(zip_of_folder(named).unwrap());
        let name = if named.is_dir() { "folder" } else { "bootstrap" };
        let function = Function::new(name, "provided.al2023", "bootstrap", code).revision(name);
        heard.push(revision(&lambda, &function).await);
        heard.push(
            lambda.invoke(&function, json!("count")).await.lines().next().unwrap().to_owned(),
        );
        save(&file, &bootstrap("two"));
        heard.push(revision(&lambda, &function).await);
        save(&file, &bootstrap("one"));
    }
    insta::assert_debug_snapshot!(heard, @r##"
    [
        "REVISION=one",
        "succeeded: 2",
        "REVISION=two",
        "REVISION=one",
        "succeeded: 2",
        "REVISION=two",
    ]
    "##);
    assert!(file.exists(), "the folder is its user's");
}

#[tokio::test]
async fn what_needs_more_memory_than_it_may_have_is_killed_and_nothing_else() {
    let lambda = Lambda::start();
    let function = Function::rust("greedy");
    let greedy = lambda.invoke(&function, json!({ "fill": 200 })).await;
    let next = lambda.invoke(&function, json!("count")).await;
    let first = |told: &str| told.lines().next().unwrap_or_default().to_owned();
    insta::assert_debug_snapshot!([first(&greedy), first(&next)], @r##"
    [
        "crashed: Runtime.ExitError: Runtime exited with error: signal: killed",
        "succeeded: 1",
    ]
    "##);
}

#[tokio::test]
async fn an_extension_hears_of_each_invocation_and_of_the_end() {
    // An environment is free again once its extensions have asked for their next event: with one alone, the
    // second invocation waits for that.
    let lambda = Lambda::with(|config| config.environments_max = 1);
    let directory = super::directory();
    let hears = directory.path().join("hears");
    let script = format!(
        "#!/bin/sh\nexec env EXTENSION_HEARS='{}' '{}' {}\n",
        hears.display(),
        test_binary(),
        function::EXTENSION
    );
    let function = Function::rust("extended").layer(zip(&[("extensions/witness", &script, 0o755)]));
    let mut heard = Vec::new();
    for _ in 0..2 {
        let told = lambda.invoke(&function, json!("count")).await;
        heard.push(told.lines().next().unwrap_or_default().to_owned());
    }
    lambda.runtime.stop().await;
    heard.push(fs::read_to_string(&hears).unwrap());
    insta::assert_snapshot!(heard.join("\n"), @r##"
    succeeded: 1
    succeeded: 2
    {"functionName":"extended","functionVersion":"$LATEST","handler":"bootstrap"}
    ["INVOKE","00000000-0000-4000-8000-000000000001",null]
    ["INVOKE","00000000-0000-4000-8000-000000000002",null]
    ["SHUTDOWN",null,"spindown"]
    "##);
}
