//! Fields between spaces: `[ip, user, ..., status = 4*, bytes > 1000]`. What stands between square brackets or
//! quotes is one field.

use std::collections::BTreeMap;

use super::expression::{Expression, invalid};
use super::tokens::{self, Token};
use super::value::{Comparison, Value};
use crate::limits::PATTERN_REGEXES_MAX;

/// The fields that a message has, and what is asked of them.
#[derive(Debug)]
pub(crate) struct SpaceDelimited {
    /// Before the `...`, or all where there is none.
    first: Vec<Field>,
    /// Behind the `...`.
    last: Option<Vec<Field>>,
}

#[derive(Debug)]
struct Field {
    name: Option<String>,
    condition: Option<Expression<Condition>>,
}

#[derive(Debug)]
struct Condition {
    comparison: Comparison,
    value: Value,
}

impl SpaceDelimited {
    /// # Errors
    /// What AWS says of a pattern that it does not understand.
    pub(super) fn parse(inside: &str) -> Result<Self, String> {
        let mut parsed = Self { first: Vec::new(), last: None };
        // `[]` is no field at all, and fits everything.
        if inside.trim().is_empty() {
            parsed.last = Some(Vec::new());
            return Ok(parsed);
        }
        for field in split(inside)? {
            match (field.trim(), &mut parsed.last) {
                ("...", Some(_)) => return Err(invalid()),
                ("...", last) => *last = Some(Vec::new()),
                (field, Some(last)) => last.push(Field::parse(field)?),
                (field, None) => parsed.first.push(Field::parse(field)?),
            }
        }
        match parsed.regexes() > PATTERN_REGEXES_MAX {
            true => Err(invalid()),
            false => Ok(parsed),
        }
    }

    pub(super) fn fits(&self, message: &str) -> bool {
        let count = fields_of(message).count();
        let (first, last) = (self.first.len(), self.last.as_ref().map_or(0, Vec::len));
        let fits_count = match self.last {
            None => count == first,
            Some(_) => count >= first + last,
        };
        fits_count
            && fields_of(message)
                .enumerate()
                .all(|(at, text)| self.field(at, count).is_none_or(|field| field.fits(text)))
    }

    /// The field of the pattern that is the one at this place, of so many.
    fn field(&self, at: usize, count: usize) -> Option<&Field> {
        let last = self.last.as_deref().unwrap_or_default();
        self.first.get(at).or_else(|| last.get((at + last.len()).checked_sub(count)?))
    }

    /// Every field by its name, or by its number where it has none.
    pub(super) fn extract(&self, message: &str) -> BTreeMap<String, String> {
        let count = fields_of(message).count();
        let fields = fields_of(message).enumerate().map(|(at, text)| {
            let name = self.field(at, count).and_then(|field| field.name.as_deref());
            let name = name.map_or_else(|| format!("${}", at + 1), |name| format!("${name}"));
            (name, text.to_owned())
        });
        fields.collect()
    }

    /// A field by its name or its number.
    pub(super) fn value_of(&self, message: &str, selector: &str) -> Option<String> {
        let wanted = selector.strip_prefix('$')?;
        let count = fields_of(message).count();
        let is_wanted = |at: usize| {
            let name = self.field(at, count).and_then(|field| field.name.as_deref());
            name == Some(wanted) || wanted.parse() == Ok(at + 1)
        };
        let found = fields_of(message).enumerate().find(|(at, _)| is_wanted(*at));
        found.map(|(_, text)| text.to_owned())
    }

    /// What is in every message that fits.
    pub(super) fn needle(&self) -> Option<&[u8]> {
        let mut needed = Vec::new();
        for field in self.fields() {
            if let Some(condition) = &field.condition {
                condition.needed(&mut needed);
            }
        }
        let texts = needed.iter().filter_map(|it| it.value.needle(it.comparison));
        texts.map(str::as_bytes).max_by_key(|text| text.len())
    }

    pub(super) fn regexes(&self) -> usize {
        let mut all = Vec::new();
        for field in self.fields() {
            if let Some(condition) = &field.condition {
                condition.conditions(&mut all);
            }
        }
        all.iter().filter(|it| it.value.is_regex()).count()
    }

    fn fields(&self) -> impl Iterator<Item = &Field> {
        self.first.iter().chain(self.last.iter().flatten())
    }
}

impl Field {
    /// `name`, `name = value`, `name = a || name = b`, or nothing.
    fn parse(text: &str) -> Result<Self, String> {
        let tokens = tokens::all(text)?;
        match tokens.as_slice() {
            [] => return Ok(Self { name: None, condition: None }),
            [Token::Word(name)] => {
                return Ok(Self { name: Some(is_name(name)?.to_owned()), condition: None });
            }
            _ => {}
        }
        let first = tokens.iter().find_map(|token| match token {
            Token::Word(name) => Some(name),
            _ => None,
        });
        let name = is_name(first.ok_or_else(invalid)?)?.to_owned();
        let condition = Expression::parse(&tokens, &|rest: &mut &[Token]| {
            let [Token::Word(named), Token::Comparison(sign), value, behind @ ..] = *rest else {
                return Err(invalid());
            };
            if *named != name {
                return Err(invalid());
            }
            let comparison = Comparison::of(sign);
            let value = Value::of(value, comparison)?;
            *rest = behind;
            Ok(Condition { comparison, value })
        })?;
        Ok(Self { name: Some(name), condition: Some(condition) })
    }

    fn fits(&self, text: &str) -> bool {
        let condition = self.condition.as_ref();
        condition.is_none_or(|it| it.holds(&|it| it.value.fits_text(it.comparison, text)))
    }
}

fn is_name(text: &str) -> Result<&str, String> {
    match text.chars().all(|it| it.is_alphanumeric() || "_-.".contains(it)) {
        true => Ok(text),
        false => Err(format!("Invalid character(s) in term '{text}'")),
    }
}

/// Splits at commas, but not within quotes and regular expressions.
fn split(text: &str) -> Result<Vec<&str>, String> {
    let (mut parts, mut start, mut within) = (Vec::new(), 0, None);
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        match within {
            _ if escaped => escaped = false,
            Some('"') if character == '\\' => escaped = true,
            Some(sign) if sign == character => within = None,
            Some(_) => {}
            None if "\"%".contains(character) => within = Some(character),
            None if character == ',' => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            None => {}
        }
    }
    parts.push(&text[start..]);
    match within {
        Some(_) => Err(invalid()),
        None => Ok(parts),
    }
}

/// The fields of a message.
fn fields_of(message: &str) -> impl Iterator<Item = &str> {
    let mut rest = message;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        let closing = match rest.chars().next()? {
            '[' => Some(']'),
            '"' => Some('"'),
            _ => None,
        };
        if let Some(end) = closing.and_then(|sign| rest[1..].find(sign)) {
            let field = &rest[1..=end];
            rest = &rest[end + 2..];
            return Some(field);
        }
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let field = &rest[..end];
        rest = &rest[end..];
        Some(field)
    })
}
