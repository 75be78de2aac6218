//! By what a metric is known: whose it is, where, and its namespace, name and dimensions.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html>

use kernel::names::{AccountId, Region};
use serde::{Deserialize, Serialize};

/// A metric of an account and a region. Each set of dimensions is a metric of its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MetricKey {
    /// Whose it is.
    pub account: AccountId,
    /// Where it is.
    pub region: Region,
    /// `AWS/SQS`
    pub namespace: Box<str>,
    /// `NumberOfMessagesSent`
    pub name: Box<str>,
    /// Names and values, in the order of the names.
    pub dimensions: Vec<(Box<str>, Box<str>)>,
}

impl MetricKey {
    /// The metric with these dimensions, in whatever order they are.
    #[must_use]
    pub fn new<'a>(
        account: &AccountId,
        region: &Region,
        namespace: &str,
        name: &str,
        dimensions: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let mut dimensions: Vec<(Box<str>, Box<str>)> =
            dimensions.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        dimensions.sort_unstable();
        Self {
            account: account.clone(),
            region: region.clone(),
            namespace: namespace.into(),
            name: name.into(),
            dimensions,
        }
    }

    /// What a dimension of it says.
    pub(crate) fn dimension(&self, name: &str) -> Option<&str> {
        let found = self.dimensions.iter().find(|(own, _)| **own == *name);
        found.map(|(_, value)| &**value)
    }

    /// Its dimensions as answers have them.
    pub(crate) fn described(&self) -> Vec<Dimension> {
        let own = self.dimensions.iter();
        own.map(|(name, value)| Dimension { name: name.to_string(), value: value.to_string() })
            .collect()
    }
}

/// A dimension, as requests and answers have it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Dimension {
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// Its value.
    #[serde(default)]
    pub value: String,
}

/// The dimensions of a request as pairs.
pub(crate) fn pairs(dimensions: &[Dimension]) -> impl Iterator<Item = (&str, &str)> {
    dimensions.iter().map(|it| (it.name.as_str(), it.value.as_str()))
}
