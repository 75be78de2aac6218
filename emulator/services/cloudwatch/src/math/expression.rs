//! What an expression has as a value.

use super::parser::Expression;
use super::value::{Series, Value};
use super::{functions, operators};

/// Why an expression has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// It makes no sense.
    Wrong(String),
    /// A function that AWS has and we do not.
    NotImplemented(String),
}

impl From<String> for Failure {
    fn from(text: String) -> Self {
        Self::Wrong(text)
    }
}

/// What an expression is evaluated among.
pub(crate) trait Context {
    /// The value of the query with this id.
    fn query(&mut self, id: &str) -> Result<Value, Failure>;
    /// The series that a search finds.
    fn search(
        &mut self,
        text: &str,
        statistic: &str,
        period_s: u64,
    ) -> Result<Vec<Series>, Failure>;
    /// All metrics of the request; those whose ids have a text in them where it is told.
    fn metrics(&mut self, filter: Option<&str>) -> Result<Vec<Series>, Failure>;
    /// The moments of periods, up to now, that are asked for.
    fn moments(&self, period_s: u64) -> Vec<u64>;
    /// The period of an expression that is of no metric.
    fn period_s(&self) -> u64;
}

pub(crate) fn evaluate(of: &Expression, context: &mut dyn Context) -> Result<Value, Failure> {
    match of {
        Expression::Number(number) => Ok(Value::Scalar(*number)),
        Expression::Text(text) => Ok(Value::Text(text.clone())),
        Expression::Name(id) => context.query(id),
        Expression::Array(items) => {
            let mut all = Vec::new();
            for item in items {
                match evaluate(item, context)? {
                    Value::Series(series) => all.push(series),
                    Value::Array(more) => all.extend(more),
                    other => {
                        let kind = other.kind();
                        return Err(Failure::Wrong(format!("An array cannot have a {kind}")));
                    }
                }
            }
            Ok(Value::Array(all))
        }
        Expression::Negative(of) => Ok(operators::unary(evaluate(of, context)?, |it| -it)?),
        Expression::Binary(operator, one, other) => {
            let (one, other) = (evaluate(one, context)?, evaluate(other, context)?);
            Ok(operators::binary(operator, one, other)?)
        }
        Expression::Call(function, arguments) => functions::call(function, arguments, context),
    }
}
