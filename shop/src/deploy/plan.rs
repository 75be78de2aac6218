//! What one deployment is: names and parameters, put together from what was typed, what the zips
//! are, and what the stack has already.

use anyhow::{Result, bail, ensure};

use super::artifact::Artifact;
use super::command::Arguments;
use super::stack::Stack;
use super::template;

/// Whose it becomes, and where.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) id: String,
    pub(super) region: String,
    /// ARN of who calls; empty when AWS was not asked.
    pub(super) caller: String,
}

#[derive(Debug)]
pub(super) struct Plan {
    pub(super) stack: String,
    pub(super) account: Account,
    pub(super) deployment_bucket: String,
    /// Every parameter of the template with its value, in the template's order.
    pub(super) parameters: Vec<Parameter>,
}

#[derive(Debug)]
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) value: String,
    pub(super) from: From,
}

/// Why a parameter has its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum From {
    /// It was given, or follows from what was.
    Given,
    /// The stack has it already, and nothing else was said.
    Kept,
    /// The template's default.
    Default,
}

impl Plan {
    pub(super) fn new(
        arguments: &Arguments,
        account: Account,
        stack: Option<&Stack>,
        resize: &Artifact,
        update: &Artifact,
    ) -> Result<Self> {
        ensure!(
            resize.architecture == update.architecture,
            "the zips were built for different architectures ({} and {}): run `just package` again",
            resize.architecture,
            update.architecture,
        );
        let deployment_bucket = arguments.deployment_bucket.clone().unwrap_or_else(|| {
            format!("{}-deploy-{}-{}", arguments.stack, account.id, account.region)
        });
        let mut given: Vec<(&str, String)> = vec![
            ("Architecture", resize.architecture.to_owned()),
            ("CodeBucket", deployment_bucket.clone()),
            ("ResizeImageKey", resize.key.clone()),
            ("UpdateProductKey", update.key.clone()),
        ];
        given.extend(arguments.image.iter().map(|image| ("ShopImage", image.clone())));
        given.extend(arguments.settings.iter().map(|(name, value)| (name.as_str(), value.clone())));
        let mut parameters = Vec::new();
        for name in template::parameters() {
            let typed = given.iter().rev().find(|(of, _)| *of == name);
            let kept = stack.and_then(|stack| stack.parameters.get(name));
            let (value, from) = match (typed, kept, template::default_of(name)) {
                (Some((_, value)), ..) => (value.clone(), From::Given),
                (None, Some(value), _) => (value.clone(), From::Kept),
                (None, None, Some(value)) => (value.to_owned(), From::Default),
                (None, None, None) => bail!(
                    "a first deployment needs --image: build the shop's image for {}, push it to a \
                     registry of yours, and name it (docs/aws.md shows how)",
                    resize.architecture
                ),
            };
            parameters.push(Parameter { name, value, from });
        }
        let plan = Self { stack: arguments.stack.clone(), account, deployment_bucket, parameters };
        ensure!(
            plan.number("MaxSize") > plan.number("MinSize"),
            "MaxSize must be more than MinSize: an update starts a new instance before it stops one"
        );
        ensure!(
            plan.value("CertificateArn").is_empty() || !plan.value("DomainName").is_empty(),
            "a certificate is for a name: give --set DomainName=… as well"
        );
        Ok(plan)
    }

    pub(super) fn value(&self, name: &str) -> &str {
        let found = self.parameters.iter().find(|parameter| parameter.name == name);
        found.map_or("", |parameter| parameter.value.as_str())
    }

    pub(super) fn number(&self, name: &str) -> u32 {
        self.value(name).parse().unwrap_or_default()
    }

    /// As the template puts it together.
    pub(super) fn picture_bucket(&self) -> String {
        format!("{}-images-{}-{}", self.stack, self.account.id, self.account.region)
    }
}
