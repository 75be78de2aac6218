//! Which messages a mapping hands to its function: `FilterCriteria`.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html>

mod condition;
mod pattern;
#[cfg(test)]
mod tests;

use kernel::error::ApiError;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use self::pattern::{Field, Pattern};
use crate::error::UserError as _;
use crate::{error as refuse, limits};

/// `FilterCriteria`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct FilterCriteria {
    #[serde(default)]
    filters: Vec<FilterText>,
}

/// `Filter`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct FilterText {
    #[serde(skip_serializing_if = "Option::is_none")]
    pattern: Option<String>,
}

/// The filters of a mapping. A message passes where one of them matches, or where there are none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filters(Vec<Filter>);

/// A filter: its pattern as it was written, and what it means.
#[derive(Debug, Clone, PartialEq)]
struct Filter {
    text: String,
    pattern: Pattern,
}

/// A message's body, as filters see it.
enum Body {
    /// A JSON object or list.
    Json(Value),
    /// Any other text, and what it is in JSON where it is a single value.
    Plain(Value, Option<Value>),
}

impl Filters {
    /// Reads what a request gives.
    ///
    /// # Errors
    /// `InvalidParameterValueException` where a pattern is none, or there are too many.
    pub(crate) fn read(criteria: FilterCriteria) -> Result<Self, ApiError> {
        if criteria.filters.len() > limits::FILTERS_MAX {
            return Err(refuse::INVALID_PARAMETER_VALUE.user(format!(
                "Filters cannot exceed {} per event source mapping.",
                limits::FILTERS_MAX
            )));
        }
        let patterns = criteria.filters.into_iter().map(|filter| filter.pattern);
        Self::of(patterns.map(Option::unwrap_or_default)).ok_or_else(|| {
            refuse::INVALID_PARAMETER_VALUE.user("Invalid filter pattern definition.")
        })
    }

    /// The filters of these patterns; nothing where one of them is none.
    pub(crate) fn of(patterns: impl IntoIterator<Item = String>) -> Option<Self> {
        let filters = patterns.into_iter().map(|text| {
            let pattern = Pattern::parse(&text).ok()?;
            Some(Filter { text, pattern })
        });
        filters.collect::<Option<_>>().map(Self)
    }

    /// Whether every message passes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The patterns as they were written.
    pub(crate) fn patterns(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|filter| filter.text.as_str())
    }

    /// As AWS shows them; nothing where there are none.
    pub(crate) fn criteria(&self) -> Option<FilterCriteria> {
        let filters = self.patterns().map(|text| FilterText { pattern: Some(text.to_owned()) });
        (!self.is_empty()).then(|| FilterCriteria { filters: filters.collect() })
    }

    /// Whether a message passes: its record in the event, and its body. A body that is JSON passes no
    /// filter for plain text, and the other way round.
    pub(crate) fn pass(&self, record: &Map<String, Value>, body: &str) -> bool {
        if self.is_empty() {
            return true;
        }
        let body = Body::read(body);
        self.0.iter().any(|filter| passes(&filter.pattern, record, &body))
    }
}

fn passes(pattern: &Pattern, record: &Map<String, Value>, body: &Body) -> bool {
    let holds = |(name, field): &(Box<str>, Field)| match &**name {
        "body" => body.holds(field),
        name => field.holds(record.get(name)),
    };
    pattern.fields.iter().all(holds)
        && (pattern.alternatives.is_empty()
            || pattern.alternatives.iter().any(|pattern| passes(pattern, record, body)))
}

impl Body {
    fn read(text: &str) -> Self {
        match serde_json::from_str(text) {
            Ok(json @ (Value::Object(_) | Value::Array(_))) => Self::Json(json),
            parsed => Self::Plain(Value::from(text), parsed.ok()),
        }
    }

    fn holds(&self, field: &Field) -> bool {
        match (self, field) {
            (Self::Json(json), Field::Object(_)) => field.holds(Some(json)),
            (Self::Plain(text, json), Field::OneOf(_)) => {
                field.holds(Some(text)) || json.as_ref().is_some_and(|json| field.holds(Some(json)))
            }
            (Self::Json(_), Field::OneOf(_)) | (Self::Plain(..), Field::Object(_)) => false,
        }
    }
}
