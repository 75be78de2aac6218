//! What is uploaded before CloudFormation is called: the functions' zips and the template, under
//! keys made of their content. The same content is uploaded once; other content is another key, by
//! which CloudFormation sees that a function has to change.

use std::io::{Cursor, Read as _};
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use aws_sdk_s3::{Client, operation::head_bucket::HeadBucketError, types as s3};
use sha2::{Digest as _, Sha256};

use super::{failure::explained, plan::Account, template};

#[derive(Debug)]
pub(super) struct Artifact {
    pub(super) key: String,
    /// `arm64` or `x86_64`; the template has neither.
    pub(super) architecture: &'static str,
    bytes: Vec<u8>,
}

impl Artifact {
    /// A function's zip.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let at = path.display();
        let bytes = std::fs::read(path)
            .with_context(|| format!("cannot read {at}: run `just package`, which makes it"))?;
        let architecture = architecture(&bytes).with_context(|| format!("{at} is no function"))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Ok(Self { key: key(&name, &bytes), architecture, bytes })
    }

    pub(super) fn template() -> Self {
        let bytes = template::TEXT.as_bytes().to_vec();
        Self { key: key("cloudless.yaml", &bytes), architecture: "", bytes }
    }

    pub(super) fn size_kib(&self) -> usize {
        self.bytes.len().div_ceil(1024)
    }
}

fn key(name: &str, bytes: &[u8]) -> String {
    let digest = hex::encode(Sha256::digest(bytes));
    format!("{}/{name}", &digest[..32])
}

/// What the `bootstrap` in a zip was built for, by its ELF header.
fn architecture(zip: &[u8]) -> Result<&'static str> {
    let mut zip = zip::ZipArchive::new(Cursor::new(zip)).context("it is no zip")?;
    let mut bootstrap = zip.by_name("bootstrap").context("it holds no `bootstrap`")?;
    let mut header = [0_u8; 20];
    bootstrap.read_exact(&mut header).context("its `bootstrap` is no program")?;
    match (&header[..4], u16::from_le_bytes([header[18], header[19]])) {
        (b"\x7fELF", 0x3e) => Ok("x86_64"),
        (b"\x7fELF", 0xb7) => Ok("arm64"),
        _ => bail!("its `bootstrap` is no Linux program for x86_64 or arm64"),
    }
}

/// Uploads what is not there yet, into a bucket that is made when it is missing. Its name can be
/// guessed: a stranger who took it first must not be handed what our functions will run.
pub(super) async fn upload(
    s3: &Client,
    bucket: &str,
    account: &Account,
    artifacts: &[&Artifact],
    mut say: impl FnMut(String) -> Result<()>,
) -> Result<()> {
    let owner = &account.id;
    match s3.head_bucket().bucket(bucket).expected_bucket_owner(owner).send().await {
        Ok(_) => {}
        Err(error) if error.as_service_error().is_some_and(HeadBucketError::is_not_found) => {
            create(s3, bucket, &account.region).await?;
            say(format!("bucket {bucket} made, for zips and template"))?;
        }
        Err(error) => return Err(explained(&format!("s3:HeadBucket {bucket}"), &error)),
    }
    for artifact in artifacts {
        let key = &artifact.key;
        let head = s3.head_object().bucket(bucket).key(key).expected_bucket_owner(owner);
        if head.send().await.is_ok() {
            say(format!("{key} is there already"))?;
            continue;
        }
        let put = s3.put_object().bucket(bucket).key(key).expected_bucket_owner(owner);
        put.body(artifact.bytes.clone().into())
            .send()
            .await
            .map_err(|error| explained(&format!("s3:PutObject {key}"), &error))?;
        say(format!("{key} uploaded ({} KiB)", artifact.size_kib()))?;
    }
    Ok(())
}

async fn create(s3: &Client, bucket: &str, region: &str) -> Result<()> {
    // us-east-1 is where a bucket is made when no place is named; it cannot be named.
    let place = (region != "us-east-1").then(|| {
        s3::CreateBucketConfiguration::builder()
            .location_constraint(s3::BucketLocationConstraint::from(region))
            .build()
    });
    let create = s3.create_bucket().bucket(bucket).set_create_bucket_configuration(place);
    create.send().await.map_err(|error| explained(&format!("s3:CreateBucket {bucket}"), &error))?;
    let block = s3::PublicAccessBlockConfiguration::builder()
        .block_public_acls(true)
        .ignore_public_acls(true)
        .block_public_policy(true)
        .restrict_public_buckets(true)
        .build();
    let request = s3.put_public_access_block().bucket(bucket);
    let done = request.public_access_block_configuration(block).send().await;
    done.map_err(|error| explained("s3:PutPublicAccessBlock", &error))?;
    Ok(())
}
