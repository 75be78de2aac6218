//! Terms: all of these, none of those, one of these.

use regex_lite::Regex;

use super::regex;
use crate::limits::PATTERN_REGEXES_MAX;

/// What a message must have in it.
#[derive(Debug)]
pub(crate) struct Terms {
    all: Vec<Term>,
    none: Vec<Term>,
    any: Vec<Term>,
}

#[derive(Debug)]
enum Term {
    Text(String),
    Regex(Regex),
}

impl Term {
    fn is_in(&self, message: &str) -> bool {
        match self {
            Self::Text(text) => message.contains(text.as_str()),
            Self::Regex(regex) => regex.is_match(message.trim_end_matches('\n')),
        }
    }
}

impl Terms {
    /// # Errors
    /// What AWS says of a pattern that it does not understand.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut terms = Self { all: Vec::new(), none: Vec::new(), any: Vec::new() };
        let mut rest = text.trim_start();
        while let Some(first) = rest.chars().next() {
            let list = match first {
                '-' => &mut terms.none,
                '?' => &mut terms.any,
                _ => &mut terms.all,
            };
            if "-?".contains(first) {
                // Documentation writes a space behind the sign, too.
                rest = rest[1..].trim_start();
            }
            let (term, behind) = one(rest)?;
            list.push(term);
            rest = behind.trim_start();
        }
        match terms.regexes() > PATTERN_REGEXES_MAX {
            true => Err("Invalid filter pattern".to_owned()),
            false => Ok(terms),
        }
    }

    pub(super) fn fits(&self, message: &str) -> bool {
        let has = |term: &Term| term.is_in(message);
        // Beside terms that must be there, those that may be say nothing.
        let any = self.any.is_empty() || !self.all.is_empty() || self.any.iter().any(has);
        any && self.all.iter().all(has) && !self.none.iter().any(has)
    }

    /// What is in every message that fits.
    pub(super) fn needle(&self) -> Option<&[u8]> {
        let only = if self.all.is_empty() && self.any.len() == 1 { &self.any } else { &self.all };
        let texts = only.iter().filter_map(|term| match term {
            Term::Text(text) => Some(text.as_bytes()),
            Term::Regex(_) => None,
        });
        texts.max_by_key(|text| text.len()).filter(|text| !text.is_empty())
    }

    pub(super) fn regexes(&self) -> usize {
        let all = [&self.all, &self.none, &self.any].into_iter().flatten();
        all.filter(|term| matches!(term, Term::Regex(_))).count()
    }
}

/// The term at the beginning, and what comes behind it.
fn one(text: &str) -> Result<(Term, &str), String> {
    let invalid = || "Invalid filter pattern".to_owned();
    match text.chars().next() {
        Some('"') => {
            let (inside, behind) = super::tokens::quoted(text, '"').ok_or_else(invalid)?;
            Ok((Term::Text(inside), behind))
        }
        Some('%') => {
            let (inside, behind) = text[1..].split_once('%').ok_or_else(invalid)?;
            Ok((Term::Regex(regex::compile(inside)?), behind))
        }
        Some(_) => {
            let end = text.find(char::is_whitespace).unwrap_or(text.len());
            let (word, behind) = text.split_at(end);
            let is_word = |it: char| it.is_alphanumeric() || it == '_';
            match word.chars().all(is_word) {
                true => Ok((Term::Text(word.to_owned()), behind)),
                false => Err(format!("Invalid character(s) in term '{word}'")),
            }
        }
        None => Err(invalid()),
    }
}
