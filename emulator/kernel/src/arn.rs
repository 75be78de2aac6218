//! Amazon resource names.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::names::{AccountId, BucketName, FunctionName, QueueName, Region};

/// The one partition that there is. AWS has others (`aws-cn`, `aws-us-gov`), each a world of its own:
/// an ARN of one of these names nothing here.
pub const PARTITION: &str = "aws";

/// The six parts of an ARN: `arn:partition:service:region:account:resource`.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts<'a> {
    /// `aws`
    pub partition: &'a str,
    /// `sqs`
    pub service: &'a str,
    /// Empty where the resource is of no region.
    pub region: &'a str,
    /// Empty where the resource is of no account.
    pub account: &'a str,
    /// Everything behind the fifth colon.
    pub resource: &'a str,
}

impl<'a> Parts<'a> {
    /// The parts of an ARN of any partition and service; nothing where the text is none.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        if parts.next()? != "arn" {
            return None;
        }
        let mut next = || parts.next();
        Some(Self {
            partition: next()?,
            service: next()?,
            region: next()?,
            account: next()?,
            resource: next()?,
        })
    }

    /// The same of an ARN of our partition: an ARN of another names nothing here.
    #[must_use]
    pub fn parse_ours(text: &'a str) -> Option<Self> {
        Self::parse(text).filter(|parts| parts.partition == PARTITION)
    }
}

/// The role of an account: `arn:aws:iam::account:role/path/name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleArn<'a> {
    /// Whose it is.
    pub account: AccountId,
    /// Its name, without its path.
    pub name: &'a str,
}

impl<'a> RoleArn<'a> {
    /// A role of our partition, or nothing.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let parts = Parts::parse_ours(text)?;
        if parts.service != "iam" || !parts.region.is_empty() {
            return None;
        }
        let path = parts.resource.strip_prefix("role/")?;
        let name = path.rsplit('/').next().filter(|name| !name.is_empty())?;
        Some(Self { account: AccountId::parse(parts.account)?, name })
    }
}

/// The ARN of a thing that events are delivered to or come from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Arn {
    /// `arn:aws:s3:::bucket`
    Bucket(BucketName),
    /// `arn:aws:sqs:region:account:queue`
    Queue(QueueArn),
    /// `arn:aws:lambda:region:account:function:name[:qualifier]`
    Function(FunctionArn),
}

/// Where a queue is and what it is called.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct QueueArn {
    /// Its region.
    pub region: Region,
    /// Its owner.
    pub account: AccountId,
    /// Its name.
    pub name: QueueName,
}

/// Where a function is, what it is called, and which version or alias is meant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct FunctionArn {
    /// Its region.
    pub region: Region,
    /// Its owner.
    pub account: AccountId,
    /// Its name.
    pub name: FunctionName,
    /// A version, an alias or `$LATEST`; nothing in an unqualified ARN.
    pub qualifier: Option<Box<str>>,
}

impl Arn {
    /// An ARN of one of these, of our partition, or nothing.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let Parts { service, region, account, resource, .. } = Parts::parse_ours(text)?;
        match service {
            "s3" if region.is_empty() && account.is_empty() => {
                Some(Self::Bucket(BucketName::parse(resource)?))
            }
            "sqs" => Some(Self::Queue(QueueArn {
                region: Region::parse(region)?,
                account: AccountId::parse(account)?,
                name: QueueName::parse(resource)?,
            })),
            "lambda" => {
                let mut resource = resource.strip_prefix("function:")?.splitn(2, ':');
                Some(Self::Function(FunctionArn {
                    region: Region::parse(region)?,
                    account: AccountId::parse(account)?,
                    name: FunctionName::parse(resource.next()?)?,
                    qualifier: resource.next().map(Into::into),
                }))
            }
            _ => None,
        }
    }
}

impl FunctionArn {
    /// The same function without version or alias.
    #[must_use]
    pub fn unqualified(&self) -> Self {
        Self { qualifier: None, ..self.clone() }
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bucket(name) => write!(f, "arn:aws:s3:::{name}"),
            Self::Queue(queue) => queue.fmt(f),
            Self::Function(function) => function.fmt(f),
        }
    }
}

impl fmt::Display for QueueArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "arn:aws:sqs:{}:{}:{}", self.region, self.account, self.name)
    }
}

impl fmt::Display for FunctionArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "arn:aws:lambda:{}:{}:function:{}", self.region, self.account, self.name)?;
        match &self.qualifier {
            Some(qualifier) => write!(f, ":{qualifier}"),
            None => Ok(()),
        }
    }
}

impl From<Arn> for String {
    fn from(arn: Arn) -> Self {
        arn.to_string()
    }
}

impl From<QueueArn> for String {
    fn from(arn: QueueArn) -> Self {
        arn.to_string()
    }
}

impl From<FunctionArn> for String {
    fn from(arn: FunctionArn) -> Self {
        arn.to_string()
    }
}

impl TryFrom<String> for Arn {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("not an ARN of S3, SQS or Lambda: {text}"))
    }
}

impl TryFrom<String> for QueueArn {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        match Arn::parse(&text) {
            Some(Arn::Queue(queue)) => Ok(queue),
            _ => Err(format!("not the ARN of a queue: {text}")),
        }
    }
}

impl TryFrom<String> for FunctionArn {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        match Arn::parse(&text) {
            Some(Arn::Function(function)) => Ok(function),
            _ => Err(format!("not the ARN of a function: {text}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_is_written_as_it_was_read() {
        for text in [
            "arn:aws:s3:::photos",
            "arn:aws:sqs:eu-central-1:000000000000:orders.fifo",
            "arn:aws:lambda:us-east-1:123456789012:function:resize",
            "arn:aws:lambda:us-east-1:123456789012:function:resize:$LATEST",
        ] {
            assert_eq!(Arn::parse(text).map(|arn| arn.to_string()).as_deref(), Some(text));
        }
        for text in [
            "",
            "arn:aws:sqs",
            "arn:aws:sns:us-east-1:123456789012:t",
            "x:aws:s3:::photos",
            // Of another partition, or of none: refused, and not taken for one of ours.
            "arn:aws-cn:sqs:cn-north-1:000000000000:orders",
            "arn:awsome:s3:::photos",
            "arn::s3:::photos",
        ] {
            assert_eq!(Arn::parse(text), None, "{text}");
        }
    }
}
