//! Functions in Python and JavaScript: on a machine that has no interpreter, they say so.

use std::process::{Command, Stdio};

use serde_json::json;

use super::{Function, Lambda, zip};

fn is_here(interpreter: &str) -> bool {
    let mut command = Command::new(interpreter);
    command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Without the paths and lines of a stack trace.
fn brief(told: &str) -> String {
    let told = told.split_once(", \"stackTrace\"").map_or(told, |(head, _)| head);
    told.split_once(",\"trace\"").map_or(told, |(head, _)| head).to_owned()
}

#[tokio::test]
async fn a_python_function_answers_fails_and_says_what_it_cannot_import() {
    let lambda = Lambda::start();
    let code = "def handler(event, context):\n\
                \x20   print('hello', event['name'])\n\
                \x20   if event['name'] == 'nobody':\n\
                \x20       raise ValueError('who?')\n\
                \x20   left = context.get_remaining_time_in_millis()\n\
                \x20   return {'function': context.function_name, 'in_time': 0 < left <= 3000}\n";
    let zip = zip(&[("package/app.py", code, 0o644), ("broken.py", "import no_such_thing", 0o644)]);
    let function = Function::new("greet", "python3.13", "package/app.handler", zip.clone());
    let broken = Function::new("broken", "python3.13", "broken.handler", zip);
    let told = [
        lambda.invoke(&function, json!({ "name": "Ada" })).await,
        brief(&lambda.invoke(&function, json!({ "name": "nobody" })).await),
        brief(&lambda.invoke(&broken, json!({})).await),
    ];
    if is_here("python3") {
        insta::assert_snapshot!(told.join("\n\n"), @r#"
        succeeded: {"function": "greet", "in_time": true}
        START RequestId: 00000000-0000-4000-8000-000000000001 Version: $LATEST
        hello Ada
        END RequestId: 00000000-0000-4000-8000-000000000001
        REPORT RequestId: 00000000-0000-4000-8000-000000000001 | Duration: * | Billed Duration: * | Memory Size: 128 MB | Max Memory Used: * | Init Duration: *

        failed: {"errorMessage": "who?", "errorType": "ValueError"

        failed: {"errorMessage": "No module named 'no_such_thing'", "errorType": "ModuleNotFoundError"
        "#);
    } else {
        assert!(told[0].contains("needs python3 on the PATH"), "{}", told[0]);
    }
}

#[tokio::test]
async fn a_node_function_answers_by_promise_or_callback() {
    let lambda = Lambda::start();
    let promise = "export const handler = async (event, context) => {\n\
                   \x20 console.log('hello', event.name);\n\
                   \x20 if (event.name === 'nobody') throw new TypeError('who?');\n\
                   \x20 return { function: context.functionName };\n\
                   };\n";
    let callback = "exports.handler = (event, context, callback) => {\n\
                    \x20 setImmediate(() => callback(null, 'called back'));\n\
                    };\n";
    let zip = zip(&[("index.mjs", promise, 0o644), ("old.js", callback, 0o644)]);
    let function = |name, handler| Function::new(name, "nodejs22.x", handler, zip.clone());
    let told = [
        lambda.invoke(&function("greet", "index.handler"), json!({ "name": "Ada" })).await,
        brief(
            &lambda.invoke(&function("greet", "index.handler"), json!({ "name": "nobody" })).await,
        ),
        lambda.invoke(&function("old", "old.handler"), json!({})).await,
        brief(&lambda.invoke(&function("lost", "lost.handler"), json!({})).await),
    ];
    if is_here("node") {
        insta::assert_snapshot!(told.join("\n\n"), @r#"
        succeeded: {"function":"greet"}
        START RequestId: 00000000-0000-4000-8000-000000000001 Version: $LATEST
        hello Ada
        END RequestId: 00000000-0000-4000-8000-000000000001
        REPORT RequestId: 00000000-0000-4000-8000-000000000001 | Duration: * | Billed Duration: * | Memory Size: 128 MB | Max Memory Used: * | Init Duration: *

        failed: {"errorType":"TypeError","errorMessage":"who?"

        succeeded: "called back"
        START RequestId: 00000000-0000-4000-8000-000000000003 Version: $LATEST
        END RequestId: 00000000-0000-4000-8000-000000000003
        REPORT RequestId: 00000000-0000-4000-8000-000000000003 | Duration: * | Billed Duration: * | Memory Size: 128 MB | Max Memory Used: * | Init Duration: *

        failed: {"errorType":"Error","errorMessage":"Cannot find module 'lost'"
        "#);
    } else {
        assert!(told[0].contains("needs node on the PATH"), "{}", told[0]);
    }
}
