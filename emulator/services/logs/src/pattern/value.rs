//! What a field is compared with.

use regex_lite::Regex;

use super::regex;
use super::tokens::Token;

/// How a field is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    Different,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    pub(super) fn of(sign: &str) -> Self {
        match sign {
            "=" => Self::Equal,
            "!=" => Self::Different,
            "<" => Self::Less,
            "<=" => Self::LessOrEqual,
            ">" => Self::Greater,
            _ => Self::GreaterOrEqual,
        }
    }

    fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Self::Equal => left == right,
            Self::Different => left != right,
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
        }
    }
}

/// What a field is compared with.
#[derive(Debug)]
pub(super) enum Value {
    /// A number that no quotes make a text.
    Number(f64, String),
    Text(Glob),
    Regex(Regex),
}

/// A text with `*` before it, behind it, or both, for whatever stands there. In the middle it is a star.
#[derive(Debug)]
pub(super) struct Glob {
    text: String,
    any_before: bool,
    any_behind: bool,
}

impl Glob {
    fn of(text: &str) -> Self {
        let any_before = text.starts_with('*');
        let inside = text.strip_prefix('*').unwrap_or(text);
        let any_behind = inside.ends_with('*') || text == "*";
        let inside = inside.strip_suffix('*').unwrap_or(inside);
        Self { text: inside.to_owned(), any_before, any_behind }
    }

    fn fits(&self, value: &str) -> bool {
        match (self.any_before, self.any_behind) {
            (false, false) => value == self.text,
            (true, false) => value.ends_with(&self.text),
            (false, true) => value.starts_with(&self.text),
            (true, true) => value.contains(&self.text),
        }
    }
}

impl Value {
    /// # Errors
    /// The token is no value, or does not go with the comparison.
    pub(super) fn of(token: &Token, comparison: Comparison) -> Result<Self, String> {
        let is_equality = matches!(comparison, Comparison::Equal | Comparison::Different);
        let value = match token {
            Token::Quoted(text) => Self::Text(Glob::of(text)),
            Token::Regex(text) => Self::Regex(regex::compile(text)?),
            Token::Word(text) => match number(text) {
                Some(number) => Self::Number(number, text.clone()),
                None => Self::Text(Glob::of(text)),
            },
            _ => return Err("Invalid filter pattern".to_owned()),
        };
        match is_equality || matches!(value, Self::Number(..)) {
            true => Ok(value),
            false => Err("Invalid filter pattern".to_owned()),
        }
    }

    /// Whether a text compares so.
    pub(super) fn fits_text(&self, comparison: Comparison, text: &str) -> bool {
        let is_equal = match self {
            Self::Number(wanted, written) => match number(text) {
                Some(number) => return comparison.holds(number, *wanted),
                None => text == written,
            },
            Self::Text(glob) => glob.fits(text),
            Self::Regex(regex) => regex.is_match(text),
        };
        match comparison {
            Comparison::Equal => is_equal,
            Comparison::Different => !is_equal,
            _ => false,
        }
    }

    /// What is written in every text that is equal to it, where that is long enough to look for.
    pub(super) fn needle(&self, comparison: Comparison) -> Option<&str> {
        let Self::Text(Glob { text, .. }) = self else { return None };
        let is_plain =
            text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"\\/".contains(&byte));
        (comparison == Comparison::Equal && is_plain && !text.is_empty()).then_some(text)
    }

    pub(super) const fn is_regex(&self) -> bool {
        matches!(self, Self::Regex(_))
    }
}

/// A number as patterns write it: digits, a point, a sign before it, an exponent behind it.
pub(super) fn number(text: &str) -> Option<f64> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte))
        && text.bytes().any(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}
