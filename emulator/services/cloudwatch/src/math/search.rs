//! What `SEARCH` looks for.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html>

use crate::key::MetricKey;
use crate::limits::EXPRESSION_DEPTH_MAX;

/// A search.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Search {
    /// Namespace and names of dimensions: a metric has these and no others.
    schema: Option<(String, Vec<String>)>,
    condition: Condition,
}

#[derive(Debug, Clone, PartialEq)]
enum Condition {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Term(Term),
}

#[derive(Debug, Clone, PartialEq)]
struct Term {
    /// `MetricName`, `Namespace` or a dimension; any of them where it is not said.
    of: Option<String>,
    text: String,
    is_exact: bool,
}

impl Search {
    /// # Errors
    /// Why it cannot be read.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let (schema, rest) = match text.strip_prefix('{') {
            None => (None, text),
            Some(inside) => {
                let (inside, rest) = inside.split_once('}').ok_or("A schema does not end")?;
                let mut names = inside.split(',').map(|name| name.trim().trim_matches('"'));
                let namespace = names.next().unwrap_or_default().to_owned();
                (Some((namespace, names.map(str::to_owned).collect())), rest)
            }
        };
        let words = words(rest)?;
        let mut reader = Reader { words: &words, depth: 0 };
        let condition = reader.any()?;
        match reader.words.is_empty() {
            true => Ok(Self { schema, condition }),
            false => Err("A parenthesis is too many".to_owned()),
        }
    }

    /// The namespace in which all that it finds is.
    pub(crate) fn namespace(&self) -> Option<&str> {
        self.schema.as_ref().map(|(namespace, _)| namespace.as_str())
    }

    pub(crate) fn finds(&self, metric: &MetricKey) -> bool {
        let fits = self.schema.as_ref().is_none_or(|(namespace, names)| {
            *metric.namespace == **namespace
                && metric.dimensions.len() == names.len()
                && names.iter().all(|name| metric.dimension(name).is_some())
        });
        fits && self.condition.holds(metric)
    }
}

impl Condition {
    fn holds(&self, metric: &MetricKey) -> bool {
        match self {
            Self::All(all) => all.iter().all(|it| it.holds(metric)),
            Self::Any(any) => any.iter().any(|it| it.holds(metric)),
            Self::Not(of) => !of.holds(metric),
            Self::Term(term) => term.fits(metric),
        }
    }
}

impl Term {
    fn fits(&self, metric: &MetricKey) -> bool {
        let is_in = |text: &str| match self.is_exact {
            true => text.eq_ignore_ascii_case(&self.text),
            false => has_parts(text, &self.text),
        };
        match self.of.as_deref() {
            Some("MetricName") => is_in(&metric.name),
            Some("Namespace") => is_in(&metric.namespace),
            Some(dimension) => metric.dimension(dimension).is_some_and(is_in),
            None => {
                let dimensions = metric.dimensions.iter();
                is_in(&metric.name)
                    || is_in(&metric.namespace)
                    || dimensions.clone().any(|(name, value)| is_in(name) || is_in(value))
            }
        }
    }
}

/// Whether the parts of a word stand one behind the other in a text: `messages sent` in
/// `NumberOfMessagesSent`.
fn has_parts(text: &str, word: &str) -> bool {
    let (text, word) = (parts(text), parts(word));
    word.is_empty() || text.windows(word.len()).any(|window| window == word)
}

/// `NumberOfMessages-2` is number, of, messages, 2.
fn parts(text: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut before = ' ';
    for character in text.chars() {
        let begins = !before.is_alphanumeric()
            || character.is_uppercase() && before.is_lowercase()
            || character.is_numeric() != before.is_numeric();
        before = character;
        if !character.is_alphanumeric() {
            continue;
        }
        if begins {
            parts.push(String::new());
        }
        if let Some(last) = parts.last_mut() {
            last.extend(character.to_lowercase());
        }
    }
    parts
}

#[derive(Debug, Clone, PartialEq)]
enum Word {
    Open,
    Close,
    Equals,
    Plain(String),
    Quoted(String),
}

fn words(text: &str) -> Result<Vec<Word>, String> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (word, length) = match first {
            '(' => (Word::Open, 1),
            ')' => (Word::Close, 1),
            '=' => (Word::Equals, 1),
            '"' => {
                let end = rest[1..].find('"').ok_or("A text does not end")?;
                (Word::Quoted(rest[1..=end].to_owned()), end + 2)
            }
            _ => {
                let is_end = |it: char| it.is_whitespace() || "()=\"".contains(it);
                let end = rest.find(is_end).unwrap_or(rest.len());
                (Word::Plain(rest[..end].to_owned()), end)
            }
        };
        words.push(word);
        rest = rest[length..].trim_start();
    }
    Ok(words)
}

struct Reader<'a> {
    words: &'a [Word],
    depth: usize,
}

impl Reader<'_> {
    fn is(&self, keyword: &str) -> bool {
        matches!(self.words.first(), Some(Word::Plain(word)) if word == keyword)
    }

    fn takes(&mut self, keyword: &str) -> bool {
        let found = self.is(keyword);
        if found {
            self.words = &self.words[1..];
        }
        found
    }

    fn any(&mut self) -> Result<Condition, String> {
        let mut any = vec![self.all()?];
        while self.takes("OR") {
            any.push(self.all()?);
        }
        Ok(if any.len() == 1 { any.remove(0) } else { Condition::Any(any) })
    }

    fn all(&mut self) -> Result<Condition, String> {
        let mut all = Vec::new();
        loop {
            while self.takes("AND") {}
            if self.words.is_empty() || self.is("OR") || self.words.first() == Some(&Word::Close) {
                return Ok(Condition::All(all));
            }
            all.push(self.one()?);
        }
    }

    fn one(&mut self) -> Result<Condition, String> {
        self.depth += 1;
        if self.depth > EXPRESSION_DEPTH_MAX {
            return Err(format!("It is nested deeper than {EXPRESSION_DEPTH_MAX}"));
        }
        let read = self.one_here();
        self.depth -= 1;
        read
    }

    fn one_here(&mut self) -> Result<Condition, String> {
        if self.takes("NOT") {
            return Ok(Condition::Not(Box::new(self.one()?)));
        }
        let Some((word, rest)) = self.words.split_first() else {
            return Err("Something is missing at its end".to_owned());
        };
        self.words = rest;
        let (text, is_exact) = match word {
            Word::Open => {
                let inside = self.any()?;
                let (Some(Word::Close), rest) = (self.words.first(), self.words.get(1..)) else {
                    return Err("A parenthesis does not end".to_owned());
                };
                self.words = rest.unwrap_or_default();
                return Ok(inside);
            }
            Word::Close | Word::Equals => return Err("A sign is too many".to_owned()),
            Word::Plain(text) => (text.clone(), false),
            Word::Quoted(text) => (text.clone(), true),
        };
        if self.words.first() != Some(&Word::Equals) {
            return Ok(Condition::Term(Term { of: None, text, is_exact }));
        }
        self.words = &self.words[1..];
        self.value_of(text)
    }

    /// `QueueName=orders`, `QueueName=("orders" OR "parcels")`
    fn value_of(&mut self, of: String) -> Result<Condition, String> {
        if self.words.first() == Some(&Word::Open) {
            let mut inside = self.one()?;
            inside.name(&of);
            return Ok(inside);
        }
        let (word, rest) = self.words.split_first().ok_or("A value is missing")?;
        self.words = rest;
        match word {
            Word::Plain(text) => {
                Ok(Condition::Term(Term { of: Some(of), text: text.clone(), is_exact: false }))
            }
            Word::Quoted(text) => {
                Ok(Condition::Term(Term { of: Some(of), text: text.clone(), is_exact: true }))
            }
            _ => Err("A value is missing".to_owned()),
        }
    }
}

impl Condition {
    /// Its terms are about this.
    fn name(&mut self, of: &str) {
        match self {
            Self::All(all) | Self::Any(all) => all.iter_mut().for_each(|it| it.name(of)),
            Self::Not(inside) => inside.name(of),
            Self::Term(term) => {
                term.of.get_or_insert_with(|| of.to_owned());
            }
        }
    }
}
