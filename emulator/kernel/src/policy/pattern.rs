//! Texts with `*`, `?` and `${variables}`.

use std::fmt;

use super::Conditions;

/// A text to compare with. `*` stands for any characters, `?` for one, `${key}` for the value of a
/// condition key, and `${*}`, `${?}`, `${$}` for the characters themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    tokens: Vec<Token>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Literal(char),
    One,
    Any,
    /// The key, in lower case.
    Variable(String),
}

impl Pattern {
    /// A pattern with wildcards; `variables` are known since the version of 2012.
    pub(super) fn wildcards(text: &str, variables: bool) -> Self {
        Self::new(text, true, variables)
    }

    /// A text without wildcards.
    pub(super) fn literal(text: &str, variables: bool) -> Self {
        Self::new(text, false, variables)
    }

    fn new(text: &str, wildcards: bool, variables: bool) -> Self {
        let mut tokens = Vec::with_capacity(text.len());
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            if variables
                && let Some(inside) = rest.strip_prefix("${")
                && let Some((name, after)) = inside.split_once('}')
            {
                tokens.push(match name {
                    "*" => Token::Literal('*'),
                    "?" => Token::Literal('?'),
                    "$" => Token::Literal('$'),
                    key => Token::Variable(key.to_ascii_lowercase()),
                });
                rest = after;
                continue;
            }
            tokens.push(match character {
                '*' if wildcards => Token::Any,
                '?' if wildcards => Token::One,
                other => Token::Literal(other),
            });
            rest = &rest[character.len_utf8()..];
        }
        // `**` means the same as `*`.
        tokens.dedup_by(|a, b| *a == Token::Any && *b == Token::Any);
        Self { tokens }
    }

    /// Whether `text` is such a text. A variable without a value matches nothing.
    pub(super) fn matches(&self, text: &str, ignore_case: bool, conditions: &Conditions) -> bool {
        match self.resolve(conditions) {
            Some(None) => matches(&self.tokens, text, ignore_case),
            Some(Some(tokens)) => matches(&tokens, text, ignore_case),
            None => false,
        }
    }

    /// Whether `arn` is such an ARN: each of the six parts is compared by itself, so that a `*`
    /// does not reach over a colon.
    pub(super) fn matches_arn(&self, arn: &str, conditions: &Conditions) -> bool {
        let Some(resolved) = self.resolve(conditions) else { return false };
        let tokens = resolved.as_deref().unwrap_or(&self.tokens);
        let parts: Vec<&[Token]> =
            tokens.splitn(ARN_PARTS, |token| *token == Token::Literal(':')).collect();
        if parts.len() < ARN_PARTS {
            return matches(tokens, arn, false);
        }
        let texts: Vec<&str> = arn.splitn(ARN_PARTS, ':').collect();
        texts.len() == ARN_PARTS
            && parts.iter().zip(texts).all(|(part, text)| matches(part, text, false))
    }

    /// Whether it stands for one text only.
    pub(super) fn is_fixed(&self) -> bool {
        self.tokens.iter().all(|token| matches!(token, Token::Literal(_)))
    }

    /// The tokens with values for variables; the inner nothing where there are no variables.
    #[expect(clippy::option_option, reason = "the outer says whether all variables have values")]
    fn resolve(&self, conditions: &Conditions) -> Option<Option<Vec<Token>>> {
        if !self.tokens.iter().any(|token| matches!(token, Token::Variable(_))) {
            return Some(None);
        }
        let mut resolved = Vec::with_capacity(self.tokens.len());
        for token in &self.tokens {
            match token {
                Token::Variable(key) => match conditions.get(key) {
                    Some([value]) => resolved.extend(value.chars().map(Token::Literal)),
                    _ => return None,
                },
                other => resolved.push(other.clone()),
            }
        }
        Some(Some(resolved))
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for token in &self.tokens {
            match token {
                Token::Literal(character) => write!(f, "{character}")?,
                Token::One => f.write_str("?")?,
                Token::Any => f.write_str("*")?,
                Token::Variable(key) => write!(f, "${{{key}}}")?,
            }
        }
        Ok(())
    }
}

const ARN_PARTS: usize = 6;

/// Greedy with one point to return to, the last `*`: at worst the product of both lengths.
fn matches(tokens: &[Token], text: &str, ignore_case: bool) -> bool {
    let (mut at, mut rest) = (0, text);
    let mut last_any: Option<(usize, &str)> = None;
    loop {
        let character = rest.chars().next();
        match (tokens.get(at), character) {
            (Some(Token::Any), _) => {
                last_any = Some((at, rest));
                at += 1;
                continue;
            }
            (Some(Token::One), Some(character)) => {
                at += 1;
                rest = &rest[character.len_utf8()..];
                continue;
            }
            (Some(Token::Literal(literal)), Some(character))
                if *literal == character
                    || ignore_case && literal.to_lowercase().eq(character.to_lowercase()) =>
            {
                at += 1;
                rest = &rest[character.len_utf8()..];
                continue;
            }
            (None, None) => return true,
            _ => {}
        }
        // Let the last `*` take one character more.
        let Some((any, from)) = last_any else { return false };
        let Some(taken) = from.chars().next() else { return false };
        rest = &from[taken.len_utf8()..];
        last_any = Some((any, rest));
        at = any + 1;
    }
}
