//! What a function sees of the file system, where the kernel lets it be as on AWS.

use serde_json::json;

use super::{Function, Lambda, zip};

/// What a function finds that is only begun, fails, and says so.
async fn found(lambda: &Lambda, function: &Function) -> Option<String> {
    let told = lambda.invoke(function, json!({})).await;
    if told.contains("\nat /var/task\n") {
        return Some(told);
    }
    eprintln!("SKIPPED: this system lets no mount namespaces be made");
    None
}

/// Whether functions have mount namespaces of their own.
pub(super) async fn is_as_on_aws(lambda: &Lambda) -> bool {
    found(lambda, &Function::script("looking", "echo \"at $(pwd)\"; exit 1")).await.is_some()
}

const LOOK: &str = r#"echo "at $(pwd)"
echo "$LAMBDA_TASK_ROOT $LAMBDA_RUNTIME_DIR ${TMPDIR:-no TMPDIR}"
echo "code: $(ls /var/task), layers: $(cat /opt/greeting), clients: $(ls /var/runtime | grep bootstrap)"
echo "left in /tmp: $(ls /tmp)"
(echo x > /var/task/new) 2> /dev/null || echo "/var/task is read only"
head -c 3000000 /dev/zero > /tmp/large || du -k /tmp/large
exit 1"#;

#[tokio::test]
async fn code_layers_and_tmp_are_where_aws_has_them() {
    let lambda = Lambda::start();
    let layer = zip(&[("greeting", "hello", 0o644)]);
    let function = Function::script("looking", LOOK).layer(layer).storage(2);
    let Some(told) = found(&lambda, &function).await else { return };
    // The next environment finds what the one before left, as after a reset on AWS.
    let again = lambda.invoke(&function, json!({})).await;
    insta::assert_snapshot!(format!("{told}\n\n{again}"), @"
    crashed: Runtime.ExitError: Runtime exited with error: exit status 1
    at /var/task
    /var/task /var/runtime no TMPDIR
    code: bootstrap, layers: hello, clients: bootstrap.py
    left in /tmp:
    /var/task is read only
    head: error writing 'standard output': No space left on device
    2048 | /tmp/large
    INIT_REPORT Init Duration: * | Phase: init | Status: error | Error Type: Runtime.ExitError
    at /var/task
    /var/task /var/runtime no TMPDIR
    code: bootstrap, layers: hello, clients: bootstrap.py
    left in /tmp: large
    /var/task is read only
    head: error writing 'standard output': No space left on device
    2048 | /tmp/large
    INIT_REPORT Init Duration: * | Phase: invoke | Status: error | Error Type: Runtime.ExitError
    START RequestId: 00000000-0000-4000-8000-000000000001 Version: $LATEST
    RequestId: 00000000-0000-4000-8000-000000000001 Error: Runtime exited with error: exit status 1
    Runtime.ExitError
    END RequestId: 00000000-0000-4000-8000-000000000001
    REPORT RequestId: 00000000-0000-4000-8000-000000000001 | Duration: * | Billed Duration: * | Memory Size: 128 MB | Status: error | Error Type: Runtime.ExitError

    crashed: Runtime.ExitError: Runtime exited with error: exit status 1
    at /var/task
    /var/task /var/runtime no TMPDIR
    code: bootstrap, layers: hello, clients: bootstrap.py
    left in /tmp: large
    /var/task is read only
    head: error writing 'standard output': No space left on device
    2048 | /tmp/large
    INIT_REPORT Init Duration: * | Phase: init | Status: error | Error Type: Runtime.ExitError
    at /var/task
    /var/task /var/runtime no TMPDIR
    code: bootstrap, layers: hello, clients: bootstrap.py
    left in /tmp: large
    /var/task is read only
    head: error writing 'standard output': No space left on device
    2048 | /tmp/large
    INIT_REPORT Init Duration: * | Phase: invoke | Status: error | Error Type: Runtime.ExitError
    START RequestId: 00000000-0000-4000-8000-000000000002 Version: $LATEST
    RequestId: 00000000-0000-4000-8000-000000000002 Error: Runtime exited with error: exit status 1
    Runtime.ExitError
    END RequestId: 00000000-0000-4000-8000-000000000002
    REPORT RequestId: 00000000-0000-4000-8000-000000000002 | Duration: * | Billed Duration: * | Memory Size: 128 MB | Status: error | Error Type: Runtime.ExitError
    ");
}

#[tokio::test]
async fn a_function_that_names_files_of_the_hosts_tmp_keeps_that_in_sight() {
    let lambda = Lambda::start();
    let file = tempfile::NamedTempFile::with_prefix_in("cloudless-", "/tmp").unwrap();
    let path = file.path().display().to_string();
    let function = Function::script("naming", "echo \"at $(pwd)\"; ls $GATE > /dev/null && exit 1")
        .variable("GATE", &path);
    let Some(told) = found(&lambda, &function).await else { return };
    assert!(told.contains("exit status 1"), "{told}");
}

#[tokio::test]
async fn python_says_that_its_code_is_in_var_task() {
    if !super::interpreters::is_here("python3") {
        return;
    }
    let lambda = Lambda::start();
    // An interpreter or an SDK that lies in the host's /tmp keeps that in sight.
    let code = "import os, sys\n\
                needed = [sys.prefix, *(at for it in sys.meta_path for at in getattr(it, 'site_packages', []))]\n\
                def handler(event, context):\n\
                \x20   with open('/tmp/note', 'w') as file:\n\
                \x20       file.write('mine')\n\
                \x20   is_own = os.listdir('/tmp') == ['note'] or any(at.startswith('/tmp/') for at in needed)\n\
                \x20   return [__file__, os.getcwd(), is_own]\n";
    let zip = zip(&[("app.py", code, 0o644)]);
    let told =
        lambda.invoke(&Function::new("py", "python3.13", "app.handler", zip), json!({})).await;
    if told.contains("/var/task") {
        let answer = told.lines().next().unwrap();
        assert_eq!(answer, r#"succeeded: ["/var/task/app.py", "/var/task", true]"#);
    }
}
