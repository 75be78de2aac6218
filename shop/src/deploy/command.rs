//! The command: explain, ask, make, follow, tell.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use aws_config::SdkConfig;
use aws_sdk_s3::operation::head_bucket::HeadBucketError;

use super::artifact::{self, Artifact};
use super::failure::explained;
use super::plan::{Account, Plan};
use super::stack::{Followed, Prepared, Stack};
use super::{explain, remove, template};
use crate::cloud::s3_client;

/// `shop deploy`
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Name of the stack, with which all that is made begins: small letters, digits, hyphens
    #[arg(long, default_value = "cloudless-shop", value_parser = stack_name)]
    pub(super) stack: String,
    /// Image of the shop in a registry: 123456789012.dkr.ecr.REGION.amazonaws.com/cloudless-shop:TAG
    #[arg(long)]
    pub(super) image: Option<String>,
    /// Zip of the function resize-image, as `just package` makes it
    #[arg(long, value_name = "ZIP", default_value = "target/lambda/resize-image.zip")]
    pub(super) resize_image: PathBuf,
    /// Zip of the function update-product, likewise
    #[arg(long, value_name = "ZIP", default_value = "target/lambda/update-product.zip")]
    pub(super) update_product: PathBuf,
    /// Another parameter of the template, such as MinSize=2; may be repeated. An update keeps those not named
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = setting)]
    pub(super) settings: Vec<(String, String)>,
    /// Bucket for zips and template [default: STACK-deploy-ACCOUNT-REGION, made when it is missing]
    #[arg(long, value_name = "BUCKET")]
    pub(super) deployment_bucket: Option<String>,
    /// Explain, and say what would be called; make nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Do not ask
    #[arg(long)]
    pub(super) yes: bool,
    /// Go on where a change would replace the database or the bucket by an empty one
    #[arg(long)]
    pub(super) replace_data: bool,
    /// Take it down; the pictures and a snapshot of the database stay
    #[arg(long, conflicts_with_all = ["image", "settings", "dry_run"])]
    pub(super) delete: bool,
    /// With --delete: the pictures do not stay
    #[arg(long, requires = "delete")]
    pub(super) with_pictures: bool,
}

/// Makes or updates the stack, or takes it down, and says so step by step.
///
/// # Errors
/// What was refused, by whom, and what to do next. A failed creation or update is rolled back by
/// CloudFormation before this returns.
pub async fn run(arguments: Arguments, sdk: impl Future<Output = SdkConfig>) -> Result<()> {
    let console = Console {
        out: Box::new(std::io::stdout()),
        answers: Box::new(BufReader::new(std::io::stdin())),
        poll: Duration::from_secs(3),
    };
    Deployment { clients: Clients::new(&sdk.await), console }.run(&arguments).await
}

/// Who is spoken to.
pub(super) struct Clients {
    pub(super) cloudformation: aws_sdk_cloudformation::Client,
    pub(super) s3: aws_sdk_s3::Client,
    pub(super) sts: aws_sdk_sts::Client,
    pub(super) region: Option<String>,
}

impl Clients {
    fn new(sdk: &SdkConfig) -> Self {
        Self {
            cloudformation: aws_sdk_cloudformation::Client::new(sdk),
            s3: s3_client(sdk),
            sts: aws_sdk_sts::Client::new(sdk),
            region: sdk.region().map(ToString::to_string),
        }
    }
}

/// Whoever sits before it.
pub(super) struct Console {
    pub(super) out: Box<dyn Write + Send>,
    pub(super) answers: Box<dyn BufRead + Send>,
    /// How long to wait before CloudFormation is asked again.
    pub(super) poll: Duration,
}

impl Console {
    pub(super) fn say(&mut self, text: impl AsRef<str>) -> Result<()> {
        writeln!(self.out, "{}", text.as_ref())?;
        Ok(self.out.flush()?)
    }

    /// Ends the command unless the answer is yes.
    pub(super) fn confirm(&mut self, question: &str, yes: bool) -> Result<()> {
        if yes {
            return Ok(());
        }
        write!(self.out, "{question} [y/N] ")?;
        self.out.flush()?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer).context("cannot read the answer")?;
        if !matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes") {
            bail!("not confirmed: nothing was changed (--yes answers for you)");
        }
        Ok(())
    }
}

pub(super) struct Deployment {
    pub(super) clients: Clients,
    pub(super) console: Console,
}

impl Deployment {
    pub(super) async fn run(&mut self, arguments: &Arguments) -> Result<()> {
        let region = self.clients.region.clone();
        let Some(region) = region else {
            bail!("no region is configured: set AWS_REGION, or `aws configure set region …`");
        };
        if arguments.delete {
            let account = self.account(region).await?;
            return remove::run(self, arguments, &account).await;
        }
        let resize = Artifact::read(&arguments.resize_image)?;
        let update = Artifact::read(&arguments.update_product)?;
        if arguments.dry_run {
            return self.dry_run(arguments, region, &resize, &update).await;
        }
        let account = self.account(region).await?;
        let stack = Stack::find(&self.clients.cloudformation, &arguments.stack).await?;
        if stack.as_ref().is_some_and(|stack| stack.never_came_up) {
            bail!(
                "the stack {0} could not be made and was rolled back; it can only be deleted: \
                 shop deploy --delete --stack {0}",
                arguments.stack
            );
        }
        let plan = Plan::new(arguments, account, stack.as_ref(), &resize, &update)?;
        self.console.say(explain::explanation(&plan))?;
        if stack.is_none() {
            self.picture_bucket_is_free(&plan).await?;
        }
        let question = if stack.is_some() { "Update it?" } else { "Make all this?" };
        self.console.confirm(question, arguments.yes)?;

        let uploads = [&resize, &update, &Artifact::template()];
        let bucket = &plan.deployment_bucket;
        artifact::upload(&self.clients.s3, bucket, &plan.account, &uploads, |line| {
            self.console.say(line)
        })
        .await?;
        let prepared = Stack::prepare(self, &plan, stack.is_some()).await?;
        let Prepared::Changes(changes) = prepared else {
            self.console.say("nothing to change: the stack is as the template says")?;
            return self.tell(&plan).await;
        };
        if stack.is_some() {
            self.console.say(changes.table())?;
            // --yes was said before anybody knew of this.
            if let Some(name) = changes.loses_data().filter(|_| !arguments.replace_data) {
                changes.discard(&self.clients.cloudformation).await?;
                bail!(
                    "{name} holds data and would be replaced by an empty one: nothing was changed. \
                     Keep a copy, and say --replace-data if that is what you want"
                );
            }
        }
        match changes.execute(self).await? {
            Followed::Done => self.tell(&plan).await,
            Followed::Failed(reasons) => bail!(
                "AWS could not do it, and has put back what was there before:\n{reasons}Remove the \
                 reason and deploy again{}",
                if changes.is_first {
                    "; first take the failed stack away: shop deploy --delete"
                } else {
                    ""
                },
            ),
        }
    }

    /// Who we are to AWS.
    async fn account(&self, region: String) -> Result<Account> {
        let caller = self.clients.sts.get_caller_identity().send().await;
        let caller = caller.map_err(|error| explained("sts:GetCallerIdentity", &error))?;
        let id = caller.account.context("AWS does not say whose credentials these are")?;
        Ok(Account { id, region, caller: caller.arn.unwrap_or_default() })
    }

    /// All that can be said without making anything, and without credentials if there are none.
    async fn dry_run(
        &mut self,
        arguments: &Arguments,
        region: String,
        resize: &Artifact,
        update: &Artifact,
    ) -> Result<()> {
        let (account, stack) = match self.account(region.clone()).await {
            Ok(account) => {
                let stack = Stack::find(&self.clients.cloudformation, &arguments.stack).await?;
                let body = self.clients.cloudformation.validate_template();
                let valid = body.template_body(template::TEXT).send().await;
                valid.map_err(|error| explained("cloudformation:ValidateTemplate", &error))?;
                self.console.say("AWS finds the template valid")?;
                (account, stack)
            }
            Err(error) => {
                self.console.say(format!("AWS was not asked: {error:#}\n"))?;
                let unknown = Account { id: "ACCOUNT".into(), region, caller: String::new() };
                (unknown, None)
            }
        };
        let plan = Plan::new(arguments, account, stack.as_ref(), resize, update)?;
        self.console.say(explain::explanation(&plan))?;
        self.console.say(explain::calls(&plan, stack.is_some(), &[resize, update]))
    }

    /// Pictures outlive their stack. A new one of the same name would stumble over them half-way.
    async fn picture_bucket_is_free(&self, plan: &Plan) -> Result<()> {
        let bucket = plan.picture_bucket();
        match self.clients.s3.head_bucket().bucket(&bucket).send().await {
            Err(error) if error.as_service_error().is_some_and(HeadBucketError::is_not_found) => {
                Ok(())
            }
            Ok(_) => bail!(
                "the bucket {bucket} is there already, with the pictures of an earlier stack of \
                 this name. Choose another name (--stack), or do away with the pictures: \
                 shop deploy --delete --with-pictures --stack {}",
                plan.stack
            ),
            Err(error) => Err(explained(&format!("s3:HeadBucket {bucket}"), &error)),
        }
    }

    /// What a person wants to know at the end.
    async fn tell(&mut self, plan: &Plan) -> Result<()> {
        let stack = Stack::find(&self.clients.cloudformation, &plan.stack).await?;
        let stack = stack.context("the stack has vanished")?;
        self.console.say(explain::outputs(plan, &stack.outputs))
    }
}

fn stack_name(name: &str) -> Result<String, String> {
    let is_allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let begins = name.starts_with(|c: char| c.is_ascii_lowercase());
    // The longest bucket name that is made of it: NAME-images-123456789012-ap-southeast-2.
    if begins && !name.ends_with('-') && name.len() <= 27 && name.chars().all(is_allowed) {
        Ok(name.to_owned())
    } else {
        Err("small letters, digits and hyphens, a letter first, 27 at most".to_owned())
    }
}

fn setting(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("NAME=VALUE is wanted")?;
    let names = template::parameters();
    if !names.contains(&name) {
        return Err(format!("the template has no parameter {name}; it has {}", names.join(", ")));
    }
    if matches!(
        name,
        "ShopImage" | "CodeBucket" | "ResizeImageKey" | "UpdateProductKey" | "Architecture"
    ) {
        return Err("this one is found out: give --image, --resize-image, --update-product".into());
    }
    Ok((name.to_owned(), value.to_owned()))
}
