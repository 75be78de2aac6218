//! The rule of a composite alarm: `ALARM(cpu) AND NOT (OK("disk full") OR INSUFFICIENT_DATA(arn:…))`.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html>

use super::StateValue;
use crate::limits::{RULE_ALARMS_MAX, RULE_DEPTH_MAX};

/// A rule.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Rule {
    Constant(bool),
    /// An alarm, by its name or ARN, is in a state.
    Is(StateValue, String),
    Not(Box<Self>),
    And(Vec<Self>),
    Or(Vec<Self>),
}

impl Rule {
    /// # Errors
    /// Why it cannot be read.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let words = words(text)?;
        let mut reader = Reader { words: &words, depth: 0 };
        let rule = reader.any()?;
        if let Some(word) = reader.words.first() {
            return Err(format!("unexpected '{}'", word.text));
        }
        let mut names = Vec::new();
        rule.names(&mut |name| names.push(name.to_owned()));
        names.sort_unstable();
        names.dedup();
        match names.len() {
            count if count > RULE_ALARMS_MAX => {
                Err(format!("it names more than {RULE_ALARMS_MAX} alarms"))
            }
            _ => Ok(rule),
        }
    }

    /// Every alarm that it names.
    pub(crate) fn names(&self, each: &mut dyn FnMut(&str)) {
        match self {
            Self::Constant(_) => {}
            Self::Is(_, name) => each(name),
            Self::Not(of) => of.names(each),
            Self::And(all) | Self::Or(all) => all.iter().for_each(|it| it.names(each)),
        }
    }

    /// Whether it holds; an alarm that is not there is in no state.
    pub(crate) fn holds(&self, state: &dyn Fn(&str) -> Option<StateValue>) -> bool {
        match self {
            Self::Constant(truth) => *truth,
            Self::Is(value, name) => state(name) == Some(*value),
            Self::Not(of) => !of.holds(state),
            Self::And(all) => all.iter().all(|it| it.holds(state)),
            Self::Or(any) => any.iter().any(|it| it.holds(state)),
        }
    }
}

#[derive(Debug, PartialEq)]
struct Word {
    text: String,
    is_quoted: bool,
}

fn words(text: &str) -> Result<Vec<Word>, String> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (text, is_quoted, length) = match first {
            '(' | ')' => (first.to_string(), false, 1),
            '"' | '\'' => {
                let end = rest[1..].find(first).ok_or("a name does not end")?;
                (rest[1..=end].to_owned(), true, end + 2)
            }
            _ => {
                let is_end = |it: char| it.is_whitespace() || "()\"'".contains(it);
                let end = rest.find(is_end).unwrap_or(rest.len());
                (rest[..end].to_owned(), false, end)
            }
        };
        words.push(Word { text, is_quoted });
        rest = rest[length..].trim_start();
    }
    Ok(words)
}

struct Reader<'a> {
    words: &'a [Word],
    depth: usize,
}

impl<'a> Reader<'a> {
    fn takes(&mut self, keyword: &str) -> bool {
        let found = self.words.first().is_some_and(|word| !word.is_quoted && word.text == keyword);
        if found {
            self.words = &self.words[1..];
        }
        found
    }

    fn needs(&mut self, sign: &str) -> Result<(), String> {
        match self.takes(sign) {
            true => Ok(()),
            false => Err(format!("'{sign}' is expected")),
        }
    }

    fn next(&mut self) -> Result<&'a Word, String> {
        let (word, rest) = self.words.split_first().ok_or("it ends too early")?;
        self.words = rest;
        Ok(word)
    }

    fn any(&mut self) -> Result<Rule, String> {
        let mut any = vec![self.all()?];
        while self.takes("OR") {
            any.push(self.all()?);
        }
        Ok(if any.len() == 1 { any.remove(0) } else { Rule::Or(any) })
    }

    fn all(&mut self) -> Result<Rule, String> {
        let mut all = vec![self.one()?];
        while self.takes("AND") {
            all.push(self.one()?);
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Rule::And(all) })
    }

    fn one(&mut self) -> Result<Rule, String> {
        self.depth += 1;
        if self.depth > RULE_DEPTH_MAX {
            return Err(format!("it is nested deeper than {RULE_DEPTH_MAX}"));
        }
        let rule = self.one_here();
        self.depth -= 1;
        rule
    }

    fn one_here(&mut self) -> Result<Rule, String> {
        if self.takes("NOT") {
            return Ok(Rule::Not(Box::new(self.one()?)));
        }
        if self.takes("(") {
            let inside = self.any()?;
            self.needs(")")?;
            return Ok(inside);
        }
        let word = self.next()?;
        match &*word.text {
            "TRUE" if !word.is_quoted => return Ok(Rule::Constant(true)),
            "FALSE" if !word.is_quoted => return Ok(Rule::Constant(false)),
            _ => {}
        }
        let value = StateValue::parse(&word.text).filter(|_| !word.is_quoted);
        let value = value.ok_or_else(|| format!("unexpected '{}'", word.text))?;
        self.needs("(")?;
        let name = self.next()?;
        if !name.is_quoted && ["(", ")"].contains(&&*name.text) || name.text.is_empty() {
            return Err("the name of an alarm is expected".to_owned());
        }
        self.needs(")")?;
        Ok(Rule::Is(value, name.text.clone()))
    }
}
