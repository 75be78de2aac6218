//! What the command says and does, against a CloudFormation that plays a script. S3 is the
//! emulator's: uploads and deletions are real.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use std::io::{Cursor, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{SharedCredentialsProvider, future::ProvideCredentials};
use clap::Parser;
use cloudless::Emulator;
use zip::write::SimpleFileOptions;

use self::fake::Fake;
use super::command::{Arguments, Clients, Console, Deployment};
use super::failure::explained;
use super::stack::Stack;
use super::{explain, template};
use crate::cloud::s3_client;

mod fake;

#[derive(Parser)]
struct Program {
    #[command(flatten)]
    arguments: Arguments,
}

/// A screen that remembers what was written.
#[derive(Clone, Default)]
struct Screen(Arc<Mutex<Vec<u8>>>);

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// An account of AWS: the emulator for S3, the fake for everything else, and two zips.
struct Aws {
    emulator: Emulator,
    fake: Fake,
    folder: tempfile::TempDir,
}

impl Aws {
    async fn new() -> Self {
        let emulator = Emulator::builder().port(0).start().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        for name in ["resize-image", "update-product"] {
            std::fs::write(folder.path().join(format!("{name}.zip")), function(0xb7)).unwrap();
        }
        Self { emulator, fake: Fake::start().await, folder }
    }

    /// Runs `shop deploy` with these arguments, typing these answers: what it says, and how it ends.
    async fn deploy(&self, arguments: &[&str], answers: &str) -> String {
        let zip = |name: &str| self.folder.path().join(format!("{name}.zip"));
        let (resize, update) = (zip("resize-image"), zip("update-product"));
        let typed = ["deploy", "--resize-image", resize.to_str().unwrap(), "--update-product"];
        let typed = typed.iter().copied().chain([update.to_str().unwrap()]);
        let program = Program::try_parse_from(typed.chain(arguments.iter().copied())).unwrap();
        let sdk = self.emulator.sdk_config();
        let faked = sdk.to_builder().endpoint_url(self.fake.url()).build();
        let screen = Screen::default();
        let mut deployment = Deployment {
            clients: Clients {
                cloudformation: aws_sdk_cloudformation::Client::new(&faked),
                s3: s3_client(&sdk),
                sts: aws_sdk_sts::Client::new(&faked),
                region: Some("us-east-1".to_owned()),
            },
            console: Console {
                out: Box::new(screen.clone()),
                answers: Box::new(Cursor::new(answers.to_owned())),
                poll: Duration::ZERO,
            },
        };
        let ended = deployment.run(&program.arguments).await;
        let mut said = String::from_utf8(screen.0.lock().unwrap().clone()).unwrap();
        if let Err(error) = ended {
            said += &format!("\nerror: {error:#}\n");
        }
        // Names made of content: which one is nobody's business.
        let folder = self.folder.path().display().to_string();
        let said = regex_lite::Regex::new("[0-9a-f]{32}").unwrap().replace_all(&said, "DIGEST");
        let lines = said.replace(&folder, "FOLDER");
        lines.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
    }

    /// Buckets and keys that are there.
    async fn objects(&self) -> String {
        let s3 = s3_client(&self.emulator.sdk_config());
        let mut text = String::new();
        for bucket in s3.list_buckets().send().await.unwrap().buckets() {
            let bucket = bucket.name().unwrap();
            let page = s3.list_objects_v2().bucket(bucket).send().await.unwrap();
            let mut names: Vec<_> = page
                .contents()
                .iter()
                .map(|object| object.key().unwrap().rsplit('/').next().unwrap().to_owned())
                .collect();
            names.sort();
            text += &format!("{bucket}: {}\n", names.join(" "));
        }
        text
    }
}

/// Whoever has not signed in.
#[derive(Debug)]
struct Nobody;

impl aws_credential_types::provider::ProvideCredentials for Nobody {
    fn provide_credentials<'a>(&'a self) -> ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let reason = "the profile has none";
        ProvideCredentials::ready(Err(CredentialsError::not_loaded(reason)))
    }
}

fn function(machine: u8) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("bootstrap", SimpleFileOptions::default()).unwrap();
    let mut header = *b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\0\0";
    header[18] = machine;
    zip.write_all(&header).unwrap();
    zip.finish().unwrap().into_inner()
}

const IMAGE: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com/cloudless-shop:1";

#[tokio::test]
async fn a_first_deployment_explains_asks_uploads_makes_and_tells() {
    let aws = Aws::new().await;
    let said = aws.deploy(&["--image", IMAGE, "--set", "AlarmEmail=ops@example.com"], "y\n").await;
    insta::assert_snapshot!("first_deployment", said);
    insta::assert_snapshot!("first_deployment_calls", aws.fake.calls());
    insta::assert_snapshot!("first_deployment_objects", aws.objects().await);
}

#[tokio::test]
async fn without_a_yes_nothing_is_made() {
    let aws = Aws::new().await;
    let said = aws.deploy(&["--image", IMAGE], "\n").await;
    assert!(said.ends_with(
        "Make all this? [y/N]\nerror: not confirmed: nothing was changed (--yes answers for you)\n"
    ));
    insta::assert_snapshot!("not_confirmed", aws.fake.calls() + &aws.objects().await);
}

#[tokio::test]
async fn a_dry_run_says_what_would_be_called_and_calls_nothing_that_makes() {
    let aws = Aws::new().await;
    let said = aws.deploy(&["--image", IMAGE, "--dry-run"], "").await;
    let from = said.find("Nothing was made").unwrap();
    insta::assert_snapshot!("dry_run", format!("{}\ncalled:\n{}", &said[from..], aws.fake.calls()));
    assert_eq!(aws.objects().await, "");
}

#[tokio::test]
async fn a_dry_run_without_credentials_still_explains() {
    let aws = Aws::new().await;
    aws.fake.refuse("GetCallerIdentity", "InvalidClientTokenId", "The security token is invalid.");
    let said = aws.deploy(&["--image", IMAGE, "--dry-run"], "").await;
    let to = said.find("\n\nWhat it has").unwrap();
    insta::assert_snapshot!("dry_run_without_credentials", &said[..to]);
    assert!(said.contains(
        "s3:CreateBucket, s3:PutPublicAccessBlock  cloudless-shop-deploy-ACCOUNT-us-east-1"
    ));
}

#[tokio::test]
async fn an_update_keeps_what_is_not_named_and_loses_no_data_by_a_yes() {
    let aws = Aws::new().await;
    aws.deploy(&["--image", IMAGE, "--set", "DatabaseClass=db.t4g.small", "--yes"], "").await;
    aws.fake.forget_calls();
    aws.fake.change("Modify Database AWS::RDS::DBInstance True");
    let said = aws.deploy(&["--set", "MinSize=2"], "y\n").await;
    let from = said.find("Parameters:").unwrap();
    insta::assert_snapshot!("update", format!("{}\ncalled:\n{}", &said[from..], aws.fake.calls()));
}

#[tokio::test]
async fn an_update_that_changes_nothing_says_so() {
    let aws = Aws::new().await;
    aws.deploy(&["--image", IMAGE, "--yes"], "").await;
    aws.fake.no_changes();
    let said = aws.deploy(&["--yes"], "").await;
    let from = said.find("DIGEST/resize-image.zip is there").unwrap();
    insta::assert_snapshot!("nothing_to_change", &said[from..]);
}

#[tokio::test]
async fn a_failure_is_said_with_its_reason_and_the_way_out() {
    let aws = Aws::new().await;
    aws.fake.fail("Instances", "Received 1 FAILURE signal(s) out of 1");
    let said = aws.deploy(&["--image", IMAGE, "--yes"], "").await;
    let again = aws.deploy(&["--image", IMAGE, "--yes"], "").await;
    let from = said.find("CREATE_IN_PROGRESS").unwrap() - 2;
    insta::assert_snapshot!("failed_creation", format!("{}\nagain:\n{again}", &said[from..]));
}

#[tokio::test]
async fn whoever_may_not_is_told_which_action_was_refused() {
    let aws = Aws::new().await;
    let text = "User: arn:aws:iam::000000000000:user/eve is not authorized to perform: cloudformation:CreateChangeSet";
    aws.fake.refuse("CreateChangeSet", "AccessDenied", text);
    let said = aws.deploy(&["--image", IMAGE, "--yes"], "").await;
    insta::assert_snapshot!("access_denied", &said[said.find("\nerror").unwrap()..]);
}

#[tokio::test]
async fn who_is_not_known_or_not_reached_is_told_what_to_look_at() {
    let aws = Aws::new().await;
    let sdk = aws.emulator.sdk_config();
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    let nowhere = sdk.to_builder().endpoint_url(nobody);
    let nowhere = nowhere.retry_config(aws_config::retry::RetryConfig::disabled()).build();
    let unknown = sdk.to_builder().endpoint_url(aws.fake.url());
    let unknown = unknown.credentials_provider(SharedCredentialsProvider::new(Nobody)).build();
    let mut said = String::new();
    for sdk in [unknown, nowhere] {
        let client = aws_sdk_sts::Client::new(&sdk);
        let error = client.get_caller_identity().send().await.unwrap_err();
        let error = explained("sts:GetCallerIdentity", &error).to_string();
        said += &format!("{error}\n----\n");
    }
    // The emulator says who one is, but has no CloudFormation to deploy with.
    let cloudformation = aws_sdk_cloudformation::Client::new(&sdk);
    let error = Stack::find(&cloudformation, "cloudless-shop").await.err().unwrap();
    said += &format!("{error}\n----\n");
    // Each system has a number of its own for it.
    let said = regex_lite::Regex::new(r" \(os error \d+\)").unwrap().replace_all(&said, "");
    insta::assert_snapshot!("not_reached", said);
}

#[tokio::test]
async fn deleting_says_what_stays_and_takes_the_pictures_only_when_told() {
    let aws = Aws::new().await;
    let mut said = aws.deploy(&["--delete", "--yes"], "").await;
    aws.deploy(&["--image", IMAGE, "--yes"], "").await;
    let s3 = s3_client(&aws.emulator.sdk_config());
    let pictures = "cloudless-shop-images-000000000000-us-east-1";
    s3.create_bucket().bucket(pictures).send().await.unwrap();
    for key in ["products/1/a.jpg", "resized/products/1/a.jpg"] {
        s3.put_object().bucket(pictures).key(key).send().await.unwrap();
    }
    aws.fake.forget_calls();
    said += "----\n";
    said += &aws.deploy(&["--delete"], "y\n").await;
    said += "----\n";
    // The pictures are still there, and in the way of a new stack of the same name.
    let again = aws.deploy(&["--image", IMAGE, "--yes"], "").await;
    said += &again[again.find("\nerror").unwrap()..];
    said += "----\n";
    said += &aws.deploy(&["--delete", "--with-pictures"], "y\n").await;
    insta::assert_snapshot!("deleted", said + "----\n" + &aws.fake.calls() + &aws.objects().await);
}

#[tokio::test]
async fn what_cannot_be_deployed_is_refused_before_anything_is_called() {
    let aws = Aws::new().await;
    let mut said = aws.deploy(&["--yes"], "").await;
    said += &aws.deploy(&["--image", IMAGE, "--set", "MinSize=4", "--yes"], "").await;
    let certificate = "CertificateArn=arn:aws:acm:us-east-1:000000000000:certificate/1";
    said += &aws.deploy(&["--image", IMAGE, "--set", certificate, "--yes"], "").await;
    let update = aws.folder.path().join("update-product.zip");
    std::fs::write(&update, function(0x3e)).unwrap();
    said += &aws.deploy(&["--image", IMAGE, "--yes"], "").await;
    std::fs::write(&update, b"no zip").unwrap();
    said += &aws.deploy(&["--image", IMAGE, "--yes"], "").await;
    std::fs::remove_file(&update).unwrap();
    said += &aws.deploy(&["--image", IMAGE, "--yes"], "").await;
    for (typed, given) in [("--stack", "Shop"), ("--set", "Colour=red"), ("--set", "CodeBucket=x")]
    {
        let error = Program::try_parse_from(["deploy", typed, given]).err().unwrap().to_string();
        said += error.lines().next().unwrap();
        said += "\n";
    }
    insta::assert_snapshot!("refused", said + &aws.objects().await);
}

#[test]
fn the_explanation_leaves_no_resource_out_and_the_template_can_be_read() {
    let resources = template::resources();
    for (name, kind) in &resources {
        let groups = explain::GROUPS.iter().filter(|(_, _, types)| types.contains(kind));
        assert_eq!(groups.count(), 1, "{name} is a {kind}");
    }
    let counted = template::TEXT.lines().filter(|line| line.starts_with("    Type: AWS::")).count();
    assert_eq!(resources.len(), counted);
    for parameter in ["DatabaseClass", "MinSize", "MaxSize", "ScalingPolicy"] {
        assert!(template::default_of(parameter).is_some_and(|value| !value.is_empty()));
    }
    assert!(
        template::TEXT.len() <= 51_200,
        "ValidateTemplate takes no longer text without a bucket"
    );
}
