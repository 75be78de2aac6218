//! What an expression says.

use super::lexer::{Token, tokens};
use crate::limits::EXPRESSION_DEPTH_MAX;

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Expression {
    Number(f64),
    Text(String),
    /// The id of another query.
    Name(String),
    /// `[m1, m2]`
    Array(Vec<Self>),
    Negative(Box<Self>),
    Binary(&'static str, Box<Self>, Box<Self>),
    Call(String, Vec<Self>),
}

impl Expression {
    /// The ids that it names.
    pub(crate) fn names(&self, into: &mut Vec<String>) {
        match self {
            Self::Number(_) | Self::Text(_) => {}
            Self::Name(name) => into.push(name.clone()),
            Self::Array(items) | Self::Call(_, items) => {
                items.iter().for_each(|item| item.names(into));
            }
            Self::Negative(of) => of.names(into),
            Self::Binary(_, one, other) => {
                one.names(into);
                other.names(into);
            }
        }
    }

    /// Whether it calls this function anywhere.
    pub(crate) fn calls(&self, function: &str) -> bool {
        match self {
            Self::Number(_) | Self::Text(_) | Self::Name(_) => false,
            Self::Array(items) => items.iter().any(|item| item.calls(function)),
            Self::Call(name, items) => {
                name == function || items.iter().any(|item| item.calls(function))
            }
            Self::Negative(of) => of.calls(function),
            Self::Binary(_, one, other) => one.calls(function) || other.calls(function),
        }
    }
}

/// # Errors
/// Why it cannot be read.
pub(crate) fn parse(text: &str) -> Result<Expression, String> {
    let tokens = tokens(text)?;
    let mut reader = Reader { tokens: &tokens, depth: 0 };
    let expression = reader.level(0)?;
    match reader.tokens.first() {
        None => Ok(expression),
        Some(token) => Err(unexpected(Some(token))),
    }
}

struct Reader<'a> {
    tokens: &'a [Token],
    depth: usize,
}

/// Operators from those that bind least to those that bind most.
const LEVELS: [&[(&str, &str)]; 5] = [
    &[("||", "OR")],
    &[("&&", "AND")],
    &[("==", ""), ("!=", ""), ("<=", ""), (">=", ""), ("<", ""), (">", "")],
    &[("+", ""), ("-", "")],
    &[("*", ""), ("/", "")],
];

fn unexpected(token: Option<&Token>) -> String {
    match token {
        None => "Unexpected end of the expression".to_owned(),
        Some(Token::Number(number)) => format!("Unexpected '{number}'"),
        Some(Token::Text(text) | Token::Name(text)) => format!("Unexpected '{text}'"),
        Some(Token::Sign(sign)) => format!("Unexpected '{sign}'"),
    }
}

impl Reader<'_> {
    fn takes(&mut self, sign: &str) -> bool {
        let found = matches!(self.tokens.first(), Some(Token::Sign(next)) if *next == sign);
        if found {
            self.tokens = &self.tokens[1..];
        }
        found
    }

    fn needs(&mut self, sign: &str) -> Result<(), String> {
        match self.takes(sign) {
            true => Ok(()),
            false => Err(unexpected(self.tokens.first())),
        }
    }

    fn deeper<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, String>,
    ) -> Result<T, String> {
        self.depth += 1;
        if self.depth > EXPRESSION_DEPTH_MAX {
            return Err(format!("It is nested deeper than {EXPRESSION_DEPTH_MAX}"));
        }
        let read = read(self);
        self.depth -= 1;
        read
    }

    fn operator(&mut self, level: usize) -> Option<&'static str> {
        let next = self.tokens.first()?;
        let found = LEVELS[level].iter().find(|(sign, word)| match next {
            Token::Sign(next) => next == sign,
            Token::Name(name) => !word.is_empty() && name == word,
            _ => false,
        });
        let (sign, _) = found?;
        self.tokens = &self.tokens[1..];
        Some(sign)
    }

    fn level(&mut self, level: usize) -> Result<Expression, String> {
        if level == LEVELS.len() {
            return self.unary();
        }
        let mut left = self.level(level + 1)?;
        while let Some(operator) = self.operator(level) {
            let right = self.level(level + 1)?;
            left = Expression::Binary(operator, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Expression, String> {
        if self.takes("-") {
            return self.deeper(|it| Ok(Expression::Negative(Box::new(it.unary()?))));
        }
        if self.takes("+") {
            return self.deeper(Self::unary);
        }
        let base = self.primary()?;
        if self.takes("^") {
            let exponent = self.deeper(Self::unary)?;
            return Ok(Expression::Binary("^", Box::new(base), Box::new(exponent)));
        }
        Ok(base)
    }

    fn primary(&mut self) -> Result<Expression, String> {
        if self.takes("(") {
            let inside = self.deeper(|it| it.level(0))?;
            self.needs(")")?;
            return Ok(inside);
        }
        if self.takes("[") {
            return self.list("]").map(Expression::Array);
        }
        let Some((token, rest)) = self.tokens.split_first() else { return Err(unexpected(None)) };
        self.tokens = rest;
        match token {
            Token::Number(number) => Ok(Expression::Number(*number)),
            Token::Text(text) => Ok(Expression::Text(text.clone())),
            Token::Name(name) if self.takes("(") => {
                Ok(Expression::Call(name.clone(), self.list(")")?))
            }
            Token::Name(name) => Ok(Expression::Name(name.clone())),
            Token::Sign(_) => Err(unexpected(Some(token))),
        }
    }

    fn list(&mut self, end: &str) -> Result<Vec<Expression>, String> {
        let mut items = Vec::new();
        if self.takes(end) {
            return Ok(items);
        }
        loop {
            items.push(self.deeper(|it| it.level(0))?);
            if self.takes(end) {
                return Ok(items);
            }
            self.needs(",")?;
        }
    }
}
