//! Filter patterns: what an event must have in it.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html>
//!
//! Three languages: terms (`ERROR -"not found" ?WARN %4[0-9]{2}%`), fields between spaces
//! (`[ip, user, ..., status = 4*, bytes > 1000]`), and JSON (`{ $.status >= 400 && $.user.id NOT EXISTS }`).

mod expression;
mod json;
mod regex;
mod selector;
mod space_delimited;
mod terms;
mod tokens;
mod value;

use std::collections::BTreeMap;

use kernel::error::ApiError;
use memchr::memmem::Finder;

use crate::error as errors;
use crate::limits::PATTERN_CHARS_MAX;
use json::JsonPattern;
use space_delimited::SpaceDelimited;
use terms::Terms;

/// A pattern that was understood.
#[derive(Debug)]
pub(crate) enum Pattern {
    /// Whatever there is.
    Everything,
    Terms(Terms),
    SpaceDelimited(SpaceDelimited),
    Json(JsonPattern),
}

impl Pattern {
    /// # Errors
    /// `InvalidParameterException` where AWS does not understand it.
    pub(crate) fn parse(text: &str) -> Result<Self, ApiError> {
        let refuse = |text: String| errors::INVALID_PARAMETER.says(text);
        if text.chars().count() > PATTERN_CHARS_MAX {
            return Err(refuse(format!(
                "1 validation error detected: Value '{text}' at 'filterPattern' failed to satisfy constraint: Member must have length less than or equal to {PATTERN_CHARS_MAX}"
            )));
        }
        let trimmed = text.trim();
        let parsed = match trimmed.chars().next() {
            None => Ok(Self::Everything),
            Some('{') => match trimmed.strip_prefix('{').and_then(|it| it.strip_suffix('}')) {
                Some(inside) => JsonPattern::parse(inside).map(Self::Json),
                None => Err("If a filter pattern starts with '{' it must end with '}'".to_owned()),
            },
            Some('[') => match trimmed.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
                Some(inside) => SpaceDelimited::parse(inside).map(Self::SpaceDelimited),
                None => Err("If a filter pattern starts with '[' it must end with ']'".to_owned()),
            },
            Some(_) => Terms::parse(trimmed).map(Self::Terms),
        };
        parsed.map_err(refuse)
    }

    /// Whether it fits whatever there is.
    pub(crate) const fn is_empty(&self) -> bool {
        matches!(self, Self::Everything)
    }

    /// Whether a message fits.
    pub(crate) fn fits(&self, message: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Terms(terms) => terms.fits(message),
            Self::SpaceDelimited(fields) => fields.fits(message),
            Self::Json(json) => json.fits(message),
        }
    }

    /// What the pattern names in a message that fits: `$name` or `$2` of fields, `$.path` of JSON.
    pub(crate) fn extract(&self, message: &str) -> BTreeMap<String, String> {
        match self {
            Self::Everything | Self::Terms(_) => BTreeMap::new(),
            Self::SpaceDelimited(fields) => fields.extract(message),
            Self::Json(json) => json.extract(message),
        }
    }

    /// What a metric takes of a message that fits: `$name` or `$2` of fields, `$.path` of JSON, whether the
    /// pattern names it or not.
    pub(crate) fn value_of(&self, message: &str, selector: &str) -> Option<String> {
        match self {
            Self::Everything | Self::Terms(_) => None,
            Self::SpaceDelimited(fields) => fields.value_of(message, selector),
            Self::Json(_) => json::value_of(message, selector),
        }
    }

    /// Whether metrics can have dimensions of what it names.
    pub(crate) const fn names_fields(&self) -> bool {
        matches!(self, Self::SpaceDelimited(_) | Self::Json(_))
    }
}

/// A pattern at work: most messages are passed over without a look at each.
pub(crate) struct Search<'a> {
    pattern: &'a Pattern,
    needle: Option<Finder<'a>>,
    /// Texts in JSON may be written in another way.
    escape: Option<Finder<'static>>,
}

impl<'a> Search<'a> {
    pub(crate) fn of(pattern: &'a Pattern) -> Self {
        let (needle, escape) = match pattern {
            Pattern::Everything => (None, None),
            Pattern::Terms(terms) => (terms.needle(), None),
            Pattern::SpaceDelimited(fields) => (fields.needle(), None),
            Pattern::Json(json) => (json.needle(), Some(Finder::new("\\u"))),
        };
        Self { pattern, needle: needle.map(Finder::new), escape }
    }

    /// What every message in this text has in it that fits; nothing where that is not known.
    pub(crate) fn needle_in(&self, text: &str) -> Option<&Finder<'a>> {
        let needle = self.needle.as_ref()?;
        let is_sure = self.escape.as_ref().is_none_or(|it| it.find(text.as_bytes()).is_none());
        is_sure.then_some(needle)
    }

    pub(crate) fn fits(&self, message: &str) -> bool {
        self.pattern.fits(message)
    }
}
