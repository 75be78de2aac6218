//! Operators, of numbers and series in any combination.

use super::value::{Series, Value};

type Computed = Result<Value, String>;

/// What the operator makes of both; what two series have not both is not there.
pub(super) fn binary(operator: &str, one: Value, other: Value) -> Computed {
    let of = |a: f64, b: f64| number(operator, a, b);
    Ok(match (one, other) {
        (Value::Scalar(a), Value::Scalar(b)) => Value::Scalar(of(a, b)),
        (Value::Series(a), Value::Scalar(b)) => Value::Series(a.map(|_, a| of(a, b))),
        (Value::Scalar(a), Value::Series(b)) => Value::Series(b.map(|_, b| of(a, b))),
        (Value::Series(a), Value::Series(b)) => Value::Series(both(&a, &b, of)),
        (Value::Array(all), Value::Scalar(b)) => each(&all, |a| a.map(|_, a| of(a, b))),
        (Value::Scalar(a), Value::Array(all)) => each(&all, |b| b.map(|_, b| of(a, b))),
        (Value::Array(all), Value::Series(b)) => each(&all, |a| both(a, &b, of)),
        (Value::Series(a), Value::Array(all)) => each(&all, |b| both(&a, b, of)),
        (Value::Array(all), Value::Array(others)) if all.len() == others.len() => {
            Value::Array(all.iter().zip(&others).map(|(a, b)| both(a, b, of)).collect())
        }
        (one, other) => {
            return Err(format!(
                "Unsupported operand type(s) for {operator}: '[{}, {}]'",
                one.kind(),
                other.kind()
            ));
        }
    })
}

/// The same of one value.
pub(super) fn unary(of: Value, number: impl Fn(f64) -> f64) -> Computed {
    Ok(match of {
        Value::Scalar(value) => Value::Scalar(number(value)),
        Value::Series(series) => Value::Series(series.map(|_, value| number(value))),
        Value::Array(all) => each(&all, |series| series.map(|_, value| number(value))),
        Value::Text(_) => return Err("Unsupported operand type(s): '[String]'".to_owned()),
    })
}

pub(super) fn each(all: &[Series], of: impl Fn(&Series) -> Series) -> Value {
    Value::Array(all.iter().map(of).collect())
}

fn both(a: &Series, b: &Series, of: impl Fn(f64, f64) -> f64) -> Series {
    let pairs = a.points.iter().filter_map(|(at, a)| Some((*at, of(*a, b.at(*at)?))));
    Series { of: None, ..a.with(pairs.collect()) }
}

fn number(operator: &str, a: f64, b: f64) -> f64 {
    let truth = |is_so: bool| if is_so { 1.0 } else { 0.0 };
    match operator {
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        // AWS leaves a division by zero out.
        "/" => a / b,
        "^" => a.powf(b),
        "==" => truth(a == b),
        "!=" => truth(a != b),
        "<" => truth(a < b),
        ">" => truth(a > b),
        "<=" => truth(a <= b),
        ">=" => truth(a >= b),
        "&&" => truth(a != 0.0 && b != 0.0),
        _ => truth(a != 0.0 || b != 0.0),
    }
}
