//! Others than the shop provision and upload: boto3 and the AWS CLI, as a newcomer has them.

use std::path::Path;
use std::process::Output;

use anyhow::{Context as _, Result, ensure};
use e2e::{Cloud, Functions, Setup, Shop, filters, fixture, picture, skip};
use tokio::process::Command;

const PHOTO: &str = "images/photo-12mp.jpg";

pub async fn boto3_provisions_the_cloud_and_uploads(cloud: Cloud) -> Result<()> {
    let script =
        concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stories/clients/provision_and_upload.py");
    if let Err(missing) = answers("python3", &["-c", "import boto3"]).await {
        return skip(&missing);
    }
    provisions_and_uploads(cloud, "python3", script).await
}

pub async fn the_aws_cli_provisions_the_cloud_and_uploads(cloud: Cloud) -> Result<()> {
    let script =
        concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stories/clients/provision_and_upload.sh");
    if let Err(missing) = answers("aws", &["--version"]).await {
        return skip(&missing);
    }
    provisions_and_uploads(cloud, "bash", script).await
}

async fn provisions_and_uploads(cloud: Cloud, interpreter: &str, script: &str) -> Result<()> {
    let functions = Functions::Bootstrap;
    let setup = Setup { functions, provisioned: false, ..Setup::on(cloud) };
    let Some(shop) = setup.start().await? else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let lambda = shop.plan.lambda_plan().context("Lambda runs the functions")?;
    for function in [&lambda.resize, &lambda.update] {
        std::fs::write(folder.path().join(format!("{}.zip", function.name)), &function.zip)?;
    }

    let output = run(&shop, interpreter, script, folder.path()).await?;
    let said = String::from_utf8_lossy(&output.stdout);
    let failed = || format!("{said}\n{}", String::from_utf8_lossy(&output.stderr));
    ensure!(output.status.success(), "{script}: {}\n{}", output.status, failed());
    shop.settle().await?;

    let figure = shop.browser()?.get("/products/1/mug").await?.figure()?;
    let url = figure.src.context("the page shows no picture")?;
    let small = picture::fetch(&url).await?;
    picture::ensure_fits(&small, picture::stored_size(PHOTO)?)?;
    let outcome = format!(
        "{}\n{} {url}\n{} {}x{}\n{}",
        said.trim_end(),
        figure.state,
        small.content_type,
        small.width,
        small.height,
        shop.queue("image-resized").await?,
    );
    insta::with_settings!({ filters => filters() }, {
        insta::allow_duplicates! { insta::assert_snapshot!(outcome, @r"
        bucket: {'IsPublic': True}
        queues: 3
        functions: ['resize-image', 'update-product']
        mappings: 1
        uploaded: True
        ready {images}/resized/products/1/from%20a%20client.jpg
        image/jpeg 267x200
        0 visible, 0 in flight, 0 delayed
        "); }
    });
    shop.close().await
}

/// Runs a script with nothing in its environment but what our banner tells people to paste, and
/// what the script itself wants to know.
async fn run(shop: &Shop, interpreter: &str, script: &str, folder: &Path) -> Result<Output> {
    let lambda = shop.plan.lambda_plan().context("Lambda runs the functions")?;
    let mut command = client(interpreter, shop.running.endpoint_url()?, folder);
    command
        .arg(script)
        .env("DATABASE_URL", &lambda.database_url)
        .env("ARCHITECTURE", &lambda.resize.architecture)
        .env("PHOTO", fixture(PHOTO))
        .env("UPLOAD_KEY", "products/1/from a client.jpg");
    Ok(command.output().await?)
}

/// A command in a folder of its own, with nothing in its environment but what our banner tells people
/// to paste.
pub fn client(program: &str, endpoint_url: &str, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(folder)
        .env("AWS_ENDPOINT_URL", endpoint_url)
        .env("AWS_ACCESS_KEY_ID", cloudless::ACCESS_KEY_ID)
        .env("AWS_SECRET_ACCESS_KEY", cloudless::SECRET_ACCESS_KEY)
        .env("AWS_REGION", cloudless::REGION)
        .env("AWS_DEFAULT_REGION", cloudless::REGION)
        // No profile of this machine's user takes part.
        .env("AWS_CONFIG_FILE", folder.join("no-config"))
        .env("AWS_SHARED_CREDENTIALS_FILE", folder.join("no-credentials"))
        .env_remove("AWS_PROFILE")
        .env("AWS_PAGER", "")
        .env("NO_PROXY", "127.0.0.1");
    command
}

/// Whether a program is there and does this; otherwise what is missing.
pub async fn answers(program: &str, arguments: &[&str]) -> Result<(), String> {
    let asked = || format!("`{program} {}`", arguments.join(" "));
    match Command::new(program).args(arguments).output().await {
        Ok(output) if output.status.success() => Ok(()),
        Ok(_) => Err(format!("{} fails", asked())),
        Err(error) => Err(format!("{}: {error}", asked())),
    }
}
