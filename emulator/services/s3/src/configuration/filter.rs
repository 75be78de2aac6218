//! Which objects a rule of a configuration is about.

use std::collections::BTreeSet;
use std::fmt;

use kernel::error::ApiError;
use serde::{Deserialize, Serialize};

use super::malformed;
use crate::{Tag, limits};

/// Which objects: all, or by one of these. Which of them there are is up to the configuration: AWS's
/// model knows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Filter {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) prefix: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tag: Option<Tag>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) object_size_greater_than: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) object_size_less_than: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    access_point_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) and: Option<And>,
}

/// Several at once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct And {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) prefix: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) tags: Vec<Tag>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) object_size_greater_than: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) object_size_less_than: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    access_point_arn: Option<String>,
}

impl Filter {
    /// Refuses a filter that says several things without `And`, or one thing in it.
    pub(crate) fn check(&self) -> Result<(), ApiError> {
        let count = [
            self.prefix.is_some(),
            self.tag.is_some(),
            self.object_size_greater_than.is_some(),
            self.object_size_less_than.is_some(),
            self.access_point_arn.is_some(),
            self.and.is_some(),
        ];
        if count.into_iter().filter(|is_there| *is_there).count() > 1 {
            return Err(malformed());
        }
        self.tags().try_for_each(check_tag)?;
        let Some(and) = &self.and else { return Ok(()) };
        let count = usize::from(and.prefix.is_some())
            + usize::from(and.object_size_greater_than.is_some())
            + usize::from(and.object_size_less_than.is_some())
            + usize::from(and.access_point_arn.is_some())
            + and.tags.len();
        if count < 2 {
            return Err(malformed());
        }
        let mut keys = BTreeSet::new();
        if !and.tags.iter().all(|tag| keys.insert(&tag.key)) {
            return Err(crate::error::INVALID_REQUEST.says("Duplicate Tag Keys are not allowed."));
        }
        match (and.object_size_greater_than, and.object_size_less_than) {
            (Some(greater), Some(less)) if less <= greater => Err(crate::error::INVALID_REQUEST
                .says(
                    "'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'.",
                )),
            _ => Ok(()),
        }
    }

    /// What keys begin with.
    pub(crate) fn prefix(&self) -> &str {
        let of_and = self.and.as_ref().and_then(|and| and.prefix.as_deref());
        self.prefix.as_deref().or(of_and).unwrap_or_default()
    }

    /// The tags that objects have to have.
    pub(crate) fn tags(&self) -> impl Iterator<Item = &Tag> {
        self.tag.iter().chain(self.and.iter().flat_map(|and| &and.tags))
    }

    /// Whether it is about what comes by an access point. There are none.
    pub(crate) fn names_access_point(&self) -> bool {
        let and = self.and.as_ref().and_then(|and| and.access_point_arn.as_ref());
        self.access_point_arn.as_ref().or(and).is_some()
    }

    /// Objects are greater than the first and less than the second.
    pub(crate) fn sizes_bytes(&self) -> (Option<i64>, Option<i64>) {
        let and = self.and.as_ref();
        (
            self.object_size_greater_than
                .or_else(|| and.and_then(|and| and.object_size_greater_than)),
            self.object_size_less_than.or_else(|| and.and_then(|and| and.object_size_less_than)),
        )
    }
}

fn check_tag(tag: &Tag) -> Result<(), ApiError> {
    let refuse = |message: &'static str| Err(crate::error::INVALID_REQUEST.says(message));
    if !(1..=limits::TAG_KEY_CHARS_MAX).contains(&tag.key.chars().count()) {
        return refuse("A Tag's Key must be a length between 1 and 128.");
    }
    if tag.value.chars().count() > limits::TAG_VALUE_CHARS_MAX {
        return refuse("A Tag's Value must be a length between 0 and 256.");
    }
    Ok(())
}

/// As AWS's messages name it: `(prefix=logs/ and tag: key=a, value=b)`.
impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "(")?;
        let mut between = "";
        if self.tags().next().is_none() || !self.prefix().is_empty() {
            write!(f, "prefix={}", self.prefix())?;
            between = " and ";
        }
        for tag in self.tags() {
            write!(f, "{between}tag: key={}, value={}", tag.key, tag.value)?;
            between = " and ";
        }
        write!(f, ")")
    }
}
