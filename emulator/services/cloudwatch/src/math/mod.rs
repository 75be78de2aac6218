//! Metric math: expressions over metrics.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html>

mod expression;
mod functions;
mod lexer;
mod operators;
mod parser;
pub(crate) mod search;
mod time;
mod value;

pub(crate) use expression::{Context, Failure, evaluate};
pub(crate) use parser::parse;
pub(crate) use value::{Series, Value};
