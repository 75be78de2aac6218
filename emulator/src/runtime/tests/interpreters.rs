//! Functions in Python and JavaScript: on a machine that has no interpreter, they say so. How our
//! runtime clients answer, log and fail is held against AWS's own by `.ci/runtimes.py`.

use std::process::{Command, Stdio};

use serde_json::json;

use super::{Function, Lambda, zip};

pub(super) fn is_here(interpreter: &str) -> bool {
    let mut command = Command::new(interpreter);
    command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Without times, and without the lines of a stack that are Node.js's own and the client's.
fn steady(told: &str) -> String {
    let lines = told.lines().map(|line| {
        let mut line = line.to_owned();
        while let Some(at) = line.find("202").filter(|&at| line[at..].contains('Z')) {
            let end = at + line[at..].find('Z').map_or(1, |end| end + 1);
            line.replace_range(at..end, "TIME");
        }
        for own in [",\"    at Runtime.handleOnce", ",\"    at async "] {
            if let Some((own_begins, end)) = line.find(own).zip(line.rfind("\"]")) {
                line.replace_range(own_begins..=end, "");
            }
        }
        line
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_python_function_answers_logs_and_fails_as_on_aws() {
    let lambda = Lambda::start();
    let code = "import logging\n\
                def handler(event, context):\n\
                \x20   print('hello', event['name'])\n\
                \x20   logging.warning('asked by %s', event['name'])\n\
                \x20   if event['name'] == 'nobody':\n\
                \x20       raise ValueError('who?')\n\
                \x20   left = context.get_remaining_time_in_millis()\n\
                \x20   return {'function': context.function_name, 'in_time': 0 < left <= 3000}\n";
    let zip = zip(&[("package/app.py", code, 0o644)]);
    let function = Function::new("greet", "python3.13", "package/app.handler", zip);
    let told = [
        lambda.invoke(&function, json!({ "name": "Ada" })).await,
        lambda.invoke(&function, json!({ "name": "nobody" })).await,
    ];
    if is_here("python3") {
        insta::assert_snapshot!(steady(&told.join("\n\n")), @r#"
        succeeded: {"function": "greet", "in_time": true}
        START RequestId: 00000000-0000-4000-8000-000000000001 Version: $LATEST
        hello Ada
        [WARNING] | TIME | 00000000-0000-4000-8000-000000000001 | asked by Ada
        END RequestId: 00000000-0000-4000-8000-000000000001
        REPORT RequestId: 00000000-0000-4000-8000-000000000001 | Duration: * | Billed Duration: * | Memory Size: 128 MB | Max Memory Used: * | Init Duration: *

        failed: {"errorMessage": "who?", "errorType": "ValueError", "requestId": "00000000-0000-4000-8000-000000000002", "stackTrace": ["  File \"/var/task/package/app.py\", line 6, in handler\n    raise ValueError('who?')\n"]}
        START RequestId: 00000000-0000-4000-8000-000000000002 Version: $LATEST
        hello nobody
        [WARNING] | TIME | 00000000-0000-4000-8000-000000000002 | asked by nobody
        [ERROR] ValueError: who?
        Traceback (most recent call last):
          File "/var/task/package/app.py", line 6, in handler
            raise ValueError('who?')
        END RequestId: 00000000-0000-4000-8000-000000000002
        REPORT RequestId: 00000000-0000-4000-8000-000000000002 | Duration: * | Billed Duration: * | Memory Size: 128 MB | Max Memory Used: *
        "#);
    } else {
        assert!(told[0].contains("needs python3 on the PATH"), "{}", told[0]);
    }
}

#[tokio::test]
async fn a_python_function_that_cannot_be_loaded_says_why_in_awss_words() {
    if !is_here("python3") {
        eprintln!("not told: there is no python3 here");
        return;
    }
    let lambda = Lambda::start();
    let zip = zip(&[
        ("broken.py", "import no_such_thing", 0o644),
        ("wrong.py", "a handler\n", 0o644),
        ("app.py", "def handler(event, context):\n    return {1}\n", 0o644),
    ]);
    let mut told = Vec::new();
    for handler in ["broken.handler", "wrong.handler", "app.other", "app", "app.handler"] {
        let function = Function::new("greet", "python3.13", handler, zip.clone()).revision(handler);
        let outcome = lambda.invoke(&function, json!({})).await;
        told.push(outcome.lines().next().unwrap_or_default().to_owned());
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    failed: {"errorMessage": "Unable to import module 'broken': No module named 'no_such_thing'", "errorType": "Runtime.ImportModuleError", "requestId": "", "stackTrace": []}
    failed: {"errorMessage": "Syntax error in module 'wrong': invalid syntax (wrong.py, line 1)", "errorType": "Runtime.UserCodeSyntaxError", "requestId": "", "stackTrace": ["  File \"/var/task/wrong.py\" Line 1\n    a handler\n"]}
    failed: {"errorMessage": "Handler 'other' missing on module 'app'", "errorType": "Runtime.HandlerNotFound", "requestId": "", "stackTrace": []}
    failed: {"errorMessage": "Bad handler 'app': not enough values to unpack (expected 2, got 1)", "errorType": "Runtime.MalformedHandlerName", "requestId": "", "stackTrace": []}
    failed: {"errorMessage": "Unable to marshal response: Object of type set is not JSON serializable", "errorType": "Runtime.MarshalError", "requestId": "00000000-0000-4000-8000-000000000005", "stackTrace": []}
    "#);
}

#[tokio::test]
async fn what_a_python_function_wrote_is_in_its_log_however_it_ends() {
    if !is_here("python3") {
        eprintln!("not told: there is no python3 here");
        return;
    }
    let lambda = Lambda::start();
    let code = "import os, sys, traceback\n\
                def handler(event, context):\n\
                \x20   try:\n\
                \x20       open(os.path.join(os.path.dirname(__file__), 'lost.txt'))\n\
                \x20   except OSError as error:\n\
                \x20       print(error)\n\
                \x20   print('half a line', end='')\n\
                \x20   os._exit(3)\n";
    let function =
        Function::new("ends", "python3.13", "app.handler", zip(&[("app.py", code, 0o644)]));
    insta::assert_snapshot!(lambda.invoke(&function, json!({})).await, @r#"
    crashed: Runtime.ExitError: Runtime exited with error: exit status 3
    START RequestId: 00000000-0000-4000-8000-000000000001 Version: $LATEST
    [Errno 2] No such file or directory: '/var/task/lost.txt'
    half a line
    RequestId: 00000000-0000-4000-8000-000000000001 Error: Runtime exited with error: exit status 3
    Runtime.ExitError
    END RequestId: 00000000-0000-4000-8000-000000000001
    REPORT RequestId: 00000000-0000-4000-8000-000000000001 | Duration: * | Billed Duration: * | Memory Size: 128 MB | Max Memory Used: * | Init Duration: * | Status: error | Error Type: Runtime.ExitError
    "#);
}

#[tokio::test]
async fn a_function_whose_version_is_not_here_runs_on_the_nearest_and_says_so() {
    if !is_here("python3") {
        eprintln!("not told: there is no python3 here");
        return;
    }
    let lambda = Lambda::start();
    let code = "def handler(event, context):\n    return 'ran'\n";
    let zip = zip(&[("app.py", code, 0o644)]);
    let function = Function::new("late", "python3.99", "app.handler", zip);
    let outcome = lambda.invoke(&function, json!({})).await;
    let logged = lambda.logs(function.arn());
    let said = logged[1].split_once(" run on Python 3.").map_or("", |(said, _version)| said);
    let told = [said, outcome.lines().next().unwrap_or_default()];
    insta::assert_snapshot!(told.join("\n"), @r#"
    cloudless: this host has no Python 3.99: functions of python3.99
    succeeded: "ran"
    "#);
}

#[tokio::test]
async fn a_node_function_answers_by_promise_callback_or_context_and_by_nothing_else() {
    let lambda = Lambda::start();
    let promise = "export const handler = async (event, context) => {\n\
                   \x20 console.log('hello', event.name);\n\
                   \x20 if (event.name === 'nobody') throw new TypeError('who?');\n\
                   \x20 return { function: context.functionName };\n\
                   };\n";
    let others = "exports.callback = (event, context, callback) => {\n\
                  \x20 setImmediate(() => callback(null, 'called back'));\n\
                  };\n\
                  exports.context = (event, context) => context.succeed('by the context');\n\
                  exports.returns = () => 'for nobody';\n\
                  exports.alone = () => { Promise.reject(new Error('alone')) };\n";
    let zip = zip(&[("index.mjs", promise, 0o644), ("old/index.js", others, 0o644)]);
    let function =
        |handler| Function::new("greet", "nodejs22.x", handler, zip.clone()).revision(handler);
    let greet = function("index.handler");
    let mut told = vec![
        lambda.invoke(&greet, json!({ "name": "Ada" })).await,
        lambda.invoke(&greet, json!({ "name": "nobody" })).await,
    ];
    for handler in ["old.callback", "old.context", "old.returns", "old.alone", "lost.handler"] {
        let outcome = lambda.invoke(&function(handler), json!({})).await;
        let first = outcome.lines().next().unwrap_or_default();
        let first = first.split_once(",\"trace\"").map_or(first, |(head, _)| head);
        told.push(format!("{handler} {first}"));
    }
    if is_here("node") {
        insta::assert_snapshot!(steady(&told.join("\n")), @r#"
        succeeded: {"function":"greet"}
        START RequestId: 00000000-0000-4000-8000-000000000001 Version: $LATEST
        TIME | 00000000-0000-4000-8000-000000000001 | INFO | hello Ada
        END RequestId: 00000000-0000-4000-8000-000000000001
        REPORT RequestId: 00000000-0000-4000-8000-000000000001 | Duration: * | Billed Duration: * | Memory Size: 128 MB | Max Memory Used: * | Init Duration: *
        failed: {"errorType":"TypeError","errorMessage":"who?","trace":["TypeError: who?","    at Runtime.handler (file:///var/task/index.mjs:3:38)"]}
        START RequestId: 00000000-0000-4000-8000-000000000002 Version: $LATEST
        TIME | 00000000-0000-4000-8000-000000000002 | INFO | hello nobody
        TIME | 00000000-0000-4000-8000-000000000002 | ERROR | Invoke Error  | {"errorType":"TypeError","errorMessage":"who?","stack":["TypeError: who?","    at Runtime.handler (file:///var/task/index.mjs:3:38)"]}
        END RequestId: 00000000-0000-4000-8000-000000000002
        REPORT RequestId: 00000000-0000-4000-8000-000000000002 | Duration: * | Billed Duration: * | Memory Size: 128 MB | Max Memory Used: *
        old.callback succeeded: "called back"
        old.context succeeded: "by the context"
        old.returns succeeded: null
        old.alone failed: {"errorType":"Runtime.UnhandledPromiseRejection","errorMessage":"Error: alone"
        lost.handler failed: {"errorType":"Runtime.ImportModuleError","errorMessage":"Error: Cannot find module 'lost'\nRequire stack:\n- /var/runtime/index.mjs"
        "#);
    } else {
        assert!(told[0].contains("needs node on the PATH"), "{}", told[0]);
    }
}

#[tokio::test]
async fn a_node_function_finds_the_packages_of_its_zip_and_streams() {
    if !is_here("node") {
        eprintln!("not told: there is no node here");
        return;
    }
    let lambda = Lambda::start();
    let code = "const { word } = require('words');\n\
                exports.handler = awslambda.streamifyResponse(async (event, stream) => {\n\
                \x20 stream.write(word);\n\
                \x20 if (event.fail) throw new RangeError('midway');\n\
                \x20 stream.end(' in pieces');\n\
                });\n";
    let zip = zip(&[
        ("index.js", code, 0o644),
        ("node_modules/words/package.json", r#"{ "exports": { ".": "./main.js" } }"#, 0o644),
        ("node_modules/words/main.js", "exports.word = 'sent';", 0o644),
    ]);
    let function = Function::new("streams", "nodejs24.x", "index.handler", zip);
    let mut told = Vec::new();
    for fail in [false, true] {
        let outcome = lambda.invoke(&function, json!({ "fail": fail })).await;
        let first = outcome.lines().next().unwrap_or_default();
        told.push(first.split_once(",\"trace\"").map_or(first, |(head, _)| head).to_owned());
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    succeeded: sent in pieces
    failed: {"errorType":"RangeError","errorMessage":"midway"
    "#);
}
