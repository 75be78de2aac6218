//! Functions: one as a process, which is this test binary started again, and zips for all.

use std::io::{Cursor, Write as _};

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{FunctionCode, Runtime};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};
use zip::write::SimpleFileOptions;

/// Not a story: returns at once unless Lambda starts it.
#[test]
fn process() -> crate::Story {
    if std::env::var_os("AWS_LAMBDA_RUNTIME_API").is_none() {
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(lambda_runtime::run(service_fn(serve))).map_err(anyhow::Error::msg)
}

async fn serve(event: LambdaEvent<Value>) -> Result<Value, Error> {
    eprintln!("serving {}", event.payload);
    if event.payload.get("hang").is_some() {
        std::future::pending::<()>().await;
    }
    if event.payload.get("context").is_some() {
        return Ok(json!({
            "request_id": event.context.request_id,
            "client_context": event.context.client_context,
            "trace": event.context.xray_trace_id,
        }));
    }
    match event.payload.get("fail").and_then(Value::as_str) {
        Some(why) => Err(why.into()),
        None => Ok(json!({ "served": event.payload })),
    }
}

/// A zip for `provided.al2023` whose bootstrap is [`process`].
pub fn process_zip() -> anyhow::Result<Vec<u8>> {
    let binary = std::env::current_exe()?;
    // The harness around the function writes to its standard output.
    let arguments = "--exact function::process --nocapture -q > /dev/null";
    zip(&format!("#!/bin/sh\nexec '{}' {arguments}\n", binary.display()))
}

/// A zip for a function that runs in this process.
pub fn in_process_zip() -> anyhow::Result<Vec<u8>> {
    zip("#!/bin/sh\necho 'this runs in the process of the emulator' >&2\nexit 1\n")
}

/// A zip whose bootstrap is [`process`], and does not begin before there is a file at `gate`.
pub fn gated_zip(gate: &std::path::Path) -> anyhow::Result<Vec<u8>> {
    let binary = std::env::current_exe()?;
    let arguments = "--exact function::process --nocapture -q > /dev/null";
    zip(&format!(
        "#!/bin/sh\necho importing\nwhile [ ! -e '{}' ]; do sleep 0.01; done\nexec '{}' {arguments}\n",
        gate.display(),
        binary.display()
    ))
}

/// A zip with this bootstrap.
pub fn zip(bootstrap: &str) -> anyhow::Result<Vec<u8>> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("bootstrap", SimpleFileOptions::default().unix_permissions(0o755))?;
    zip.write_all(bootstrap.as_bytes())?;
    Ok(zip.finish()?.into_inner())
}

/// `CreateFunction` with what every function needs.
pub fn create(
    lambda: &aws_sdk_lambda::Client,
    name: &str,
    zip: Vec<u8>,
) -> aws_sdk_lambda::operation::create_function::builders::CreateFunctionFluentBuilder {
    lambda
        .create_function()
        .function_name(name)
        .runtime(Runtime::Providedal2023)
        .handler("bootstrap")
        .role("arn:aws:iam::000000000000:role/functions")
        .code(FunctionCode::builder().zip_file(Blob::new(zip)).build())
}
