//! Conditions, joined by `&&` and `||`; `&&` binds more closely.

use super::tokens::Token;
use crate::limits::PATTERN_DEPTH_MAX;

/// Conditions on something.
#[derive(Debug)]
pub(super) enum Expression<C> {
    Condition(C),
    All(Vec<Self>),
    Any(Vec<Self>),
}

impl<C> Expression<C> {
    /// Reads the conditions; `condition` takes one of them off the tokens.
    ///
    /// # Errors
    /// What AWS says of a pattern that it does not understand.
    pub(super) fn parse(
        tokens: &[Token],
        condition: &impl Fn(&mut &[Token]) -> Result<C, String>,
    ) -> Result<Self, String> {
        let mut rest = tokens;
        let parsed = any(&mut rest, condition, 0)?;
        match rest.is_empty() {
            true => Ok(parsed),
            false => Err(invalid()),
        }
    }

    pub(super) fn holds(&self, test: &impl Fn(&C) -> bool) -> bool {
        match self {
            Self::Condition(condition) => test(condition),
            Self::All(all) => all.iter().all(|it| it.holds(test)),
            Self::Any(any) => any.iter().any(|it| it.holds(test)),
        }
    }

    /// All conditions.
    pub(super) fn conditions<'a>(&'a self, into: &mut Vec<&'a C>) {
        match self {
            Self::Condition(condition) => into.push(condition),
            Self::All(inner) | Self::Any(inner) => {
                inner.iter().for_each(|it| it.conditions(into));
            }
        }
    }

    /// The conditions that must hold whatever the others do.
    pub(super) fn needed<'a>(&'a self, into: &mut Vec<&'a C>) {
        match self {
            Self::Condition(condition) => into.push(condition),
            Self::All(inner) => inner.iter().for_each(|it| it.needed(into)),
            Self::Any(_) => {}
        }
    }
}

type Read<'a, C> = &'a dyn Fn(&mut &[Token]) -> Result<C, String>;

fn any<C>(
    rest: &mut &[Token],
    condition: Read<'_, C>,
    depth: usize,
) -> Result<Expression<C>, String> {
    joined(rest, &Token::Or, Expression::Any, |rest| all(rest, condition, depth))
}

fn all<C>(
    rest: &mut &[Token],
    condition: Read<'_, C>,
    depth: usize,
) -> Result<Expression<C>, String> {
    joined(rest, &Token::And, Expression::All, |rest| one(rest, condition, depth))
}

fn joined<C>(
    rest: &mut &[Token],
    by: &Token,
    join: impl Fn(Vec<Expression<C>>) -> Expression<C>,
    part: impl Fn(&mut &[Token]) -> Result<Expression<C>, String>,
) -> Result<Expression<C>, String> {
    let first = part(rest)?;
    let mut parts = vec![first];
    while rest.first() == Some(by) {
        *rest = &rest[1..];
        parts.push(part(rest)?);
    }
    match parts.len() {
        1 => parts.pop().ok_or_else(invalid),
        _ => Ok(join(parts)),
    }
}

fn one<C>(
    rest: &mut &[Token],
    condition: Read<'_, C>,
    depth: usize,
) -> Result<Expression<C>, String> {
    if rest.first() != Some(&Token::Open) {
        return condition(rest).map(Expression::Condition);
    }
    if depth >= PATTERN_DEPTH_MAX {
        return Err(invalid());
    }
    *rest = &rest[1..];
    let inside = any(rest, condition, depth + 1)?;
    if rest.first() != Some(&Token::Close) {
        return Err(invalid());
    }
    *rest = &rest[1..];
    Ok(inside)
}

pub(super) fn invalid() -> String {
    "Invalid filter pattern".to_owned()
}
