//! Conditions on messages in JSON: `{ $.status >= 400 && ($.user.id = "a*" || $.user NOT EXISTS) }`.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::expression::{Expression, invalid};
use super::selector::Selector;
use super::tokens::{self, Token};
use super::value::{Comparison, Value};
use crate::limits::PATTERN_REGEXES_MAX;

/// What is asked of a message in JSON.
#[derive(Debug)]
pub(crate) struct JsonPattern(Expression<Condition>);

#[derive(Debug)]
struct Condition {
    selector: Selector,
    test: Test,
}

#[derive(Debug)]
enum Test {
    Compare(Comparison, Value),
    /// `IS NULL`
    IsNull,
    /// `IS TRUE`, `IS FALSE`
    Is(bool),
    /// `NOT EXISTS`
    NotExists,
    /// `EXISTS`
    Exists,
}

impl JsonPattern {
    /// # Errors
    /// What AWS says of a pattern that it does not understand.
    pub(super) fn parse(inside: &str) -> Result<Self, String> {
        let parsed = Self(Expression::parse(&tokens::all(inside)?, &condition)?);
        match parsed.regexes() > PATTERN_REGEXES_MAX {
            true => Err(invalid()),
            false => Ok(parsed),
        }
    }

    pub(super) fn fits(&self, message: &str) -> bool {
        let message = message.trim();
        // Most messages that are no JSON are known by their first character.
        if !message.starts_with(['{', '[']) {
            return false;
        }
        let Ok(document) = serde_json::from_str::<&RawValue>(message) else { return false };
        self.0.holds(&|condition| condition.holds(document))
    }

    /// The value of every selector of the pattern that has one.
    pub(super) fn extract(&self, message: &str) -> BTreeMap<String, String> {
        let Ok(document) = serde_json::from_str::<&RawValue>(message.trim()) else {
            return BTreeMap::new();
        };
        let mut conditions = Vec::new();
        self.0.conditions(&mut conditions);
        let mut values = BTreeMap::new();
        for condition in conditions {
            condition.selector.find(document, &mut |value| {
                let text = scalar(value).unwrap_or_else(|| value.get().to_owned());
                values.insert(condition.selector.text.clone(), text);
                true
            });
        }
        values
    }

    /// What is written in every message that fits, as long as no character is written in another way.
    pub(super) fn needle(&self) -> Option<&[u8]> {
        let mut needed = Vec::new();
        self.0.needed(&mut needed);
        let texts = needed.iter().filter_map(|condition| match &condition.test {
            Test::NotExists => None,
            Test::Compare(comparison, value) => {
                value.needle(*comparison).or_else(|| condition.selector.needle())
            }
            _ => condition.selector.needle(),
        });
        texts.map(str::as_bytes).max_by_key(|text| text.len())
    }

    pub(super) fn regexes(&self) -> usize {
        let mut all = Vec::new();
        self.0.conditions(&mut all);
        all.iter().filter(|it| matches!(&it.test, Test::Compare(_, it) if it.is_regex())).count()
    }
}

fn condition(rest: &mut &[Token]) -> Result<Condition, String> {
    let [Token::Word(selector), behind @ ..] = *rest else { return Err(invalid()) };
    let selector = Selector::parse(selector).ok_or_else(invalid)?;
    let is = |token: &Token, word: &str| matches!(token, Token::Word(it) if it.eq_ignore_ascii_case(word));
    let (test, behind) = match behind {
        [Token::Comparison(sign), value, behind @ ..] => {
            let comparison = Comparison::of(sign);
            (Test::Compare(comparison, Value::of(value, comparison)?), behind)
        }
        [first, second, behind @ ..] if is(first, "IS") && is(second, "NULL") => {
            (Test::IsNull, behind)
        }
        [first, second, behind @ ..] if is(first, "IS") && is(second, "TRUE") => {
            (Test::Is(true), behind)
        }
        [first, second, behind @ ..] if is(first, "IS") && is(second, "FALSE") => {
            (Test::Is(false), behind)
        }
        [first, second, behind @ ..] if is(first, "NOT") && is(second, "EXISTS") => {
            (Test::NotExists, behind)
        }
        [first, behind @ ..] if is(first, "EXISTS") => (Test::Exists, behind),
        _ => return Err(invalid()),
    };
    *rest = behind;
    Ok(Condition { selector, test })
}

impl Condition {
    fn holds(&self, document: &RawValue) -> bool {
        let mut found = false;
        let mut holds = false;
        self.selector.find(document, &mut |value| {
            found = true;
            holds |= self.test.holds(value.get());
            // One that holds is enough.
            !holds
        });
        match self.test {
            Test::NotExists => !found,
            _ => holds,
        }
    }
}

impl Test {
    fn holds(&self, json: &str) -> bool {
        match self {
            Self::IsNull => json == "null",
            Self::Is(wanted) => json == if *wanted { "true" } else { "false" },
            Self::NotExists => false,
            Self::Exists => true,
            Self::Compare(comparison, value) => match json.as_bytes().first() {
                // An array, an object and null compare with nothing.
                None | Some(b'{' | b'[' | b'n') => false,
                Some(b'"') => {
                    // Most texts are written as they are.
                    let inside = json.get(1..json.len() - 1).unwrap_or_default();
                    if !inside.contains('\\') {
                        return value.fits_text(*comparison, inside);
                    }
                    serde_json::from_str::<String>(json)
                        .is_ok_and(|text| value.fits_text(*comparison, &text))
                }
                Some(_) => value.fits_text(*comparison, json),
            },
        }
    }
}

/// The first value that a selector finds in a message, where that is no object, array or null.
pub(super) fn value_of(message: &str, selector: &str) -> Option<String> {
    let document = serde_json::from_str::<&RawValue>(message.trim()).ok()?;
    let mut found = None;
    Selector::parse(selector)?.find(document, &mut |value| {
        found = scalar(value).filter(|text| text != "null");
        false
    });
    found
}

/// A text without its quotes, or whatever else is no array and no object.
fn scalar(value: &RawValue) -> Option<String> {
    match value.get().as_bytes().first()? {
        b'"' => serde_json::from_str(value.get()).ok(),
        b'{' | b'[' => None,
        _ => Some(value.get().to_owned()),
    }
}
