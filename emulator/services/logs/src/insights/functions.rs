//! Functions of one row.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-operations-functions.html>

use std::net::{Ipv4Addr, Ipv6Addr};

use super::row::Row;
use super::value::Value;

/// How many arguments each function takes.
const FUNCTIONS: [(&str, usize, usize); 35] = [
    ("abs", 1, 1),
    ("bin", 1, 2),
    ("ceil", 1, 1),
    ("coalesce", 1, usize::MAX),
    ("concat", 1, usize::MAX),
    ("dateceil", 2, 2),
    ("datefloor", 2, 2),
    ("floor", 1, 1),
    ("frommillis", 1, 1),
    ("greatest", 1, usize::MAX),
    ("isblank", 1, 1),
    ("isempty", 1, 1),
    ("ispresent", 1, 1),
    ("isvalidip", 1, 1),
    ("isvalidipv4", 1, 1),
    ("isvalidipv6", 1, 1),
    ("least", 1, usize::MAX),
    ("log", 1, 1),
    ("ltrim", 1, 2),
    ("now", 0, 0),
    ("replace", 3, 3),
    ("round", 1, 1),
    ("rtrim", 1, 2),
    ("sqrt", 1, 1),
    ("strcontains", 2, 2),
    ("strlen", 1, 1),
    ("substr", 2, 3),
    ("tolower", 1, 1),
    ("tomillis", 1, 1),
    ("toupper", 1, 1),
    ("trim", 1, 2),
    ("if", 3, 3),
    ("strstartswith", 2, 2),
    ("strendswith", 2, 2),
    ("jsonparse", 1, 1),
];

/// Whether there is such a function that takes so many arguments.
pub(super) fn takes(name: &str, count: usize) -> bool {
    FUNCTIONS.iter().any(|(known, min, max)| *known == name && (*min..=*max).contains(&count))
}

/// Calls a function with so many arguments, each of which `value` gives by its place.
pub(super) fn call(
    name: &str,
    count: usize,
    value: &dyn Fn(usize) -> Value,
    row: &Row<'_>,
) -> Value {
    let text = |at: usize| value(at).text();
    let all = || (0..count).map(value).filter(|it| !it.is_nothing());
    let calculated = |calculate: fn(f64) -> f64| {
        let number = value(0).number().map(calculate).filter(|it| it.is_finite());
        number.map_or(Value::Nothing, Value::Number)
    };
    match name {
        "abs" => calculated(f64::abs),
        "ceil" => calculated(f64::ceil),
        "floor" => calculated(f64::floor),
        "round" => calculated(f64::round),
        "log" => calculated(f64::ln),
        "sqrt" => calculated(f64::sqrt),
        "greatest" => all().max_by(Value::compare).unwrap_or(Value::Nothing),
        "least" => all().min_by(Value::compare).unwrap_or(Value::Nothing),
        "coalesce" => all().next().unwrap_or(Value::Nothing),
        "concat" => Value::Text(all().map(|it| it.text()).collect()),
        "ispresent" => Value::Truth(!value(0).is_nothing()),
        "isempty" => Value::Truth(text(0).is_empty()),
        "isblank" => Value::Truth(text(0).trim().is_empty()),
        "if" => value(if value(0).is_true() { 1 } else { 2 }),
        "jsonparse" => value(0),
        "isvalidip" => Value::Truth(is_ip::<Ipv4Addr>(&text(0)) || is_ip::<Ipv6Addr>(&text(0))),
        "isvalidipv4" => Value::Truth(is_ip::<Ipv4Addr>(&text(0))),
        "isvalidipv6" => Value::Truth(is_ip::<Ipv6Addr>(&text(0))),
        "bin" | "datefloor" | "dateceil" | "frommillis" | "tomillis" | "now" => {
            of_time(name, count, value, row)
        }
        _ => of_text(name, &value(0), &text, &|at| value(at).number()),
    }
}

fn is_ip<T: std::str::FromStr>(text: &str) -> bool {
    text.parse::<T>().is_ok()
}

fn of_text(
    name: &str,
    first: &Value,
    text: &dyn Fn(usize) -> String,
    number: &dyn Fn(usize) -> Option<f64>,
) -> Value {
    if first.is_nothing() {
        return Value::Nothing;
    }
    let subject = first.text();
    let trimmed = text(1);
    let is_trimmed = |it: char| match trimmed.is_empty() {
        true => it.is_whitespace(),
        false => trimmed.contains(it),
    };
    Value::Text(match name {
        "ltrim" => subject.trim_start_matches(is_trimmed).to_owned(),
        "rtrim" => subject.trim_end_matches(is_trimmed).to_owned(),
        "trim" => subject.trim_matches(is_trimmed).to_owned(),
        "tolower" => subject.to_lowercase(),
        "toupper" => subject.to_uppercase(),
        "replace" if text(1).is_empty() => subject,
        "replace" => subject.replace(&text(1), &text(2)),
        "substr" => {
            let start = number(1).unwrap_or(0.0).max(0.0) as usize;
            let length = number(2).map_or(usize::MAX, |it| it.max(0.0) as usize);
            subject.chars().skip(start).take(length).collect()
        }
        "strlen" => return Value::Number(subject.chars().count() as f64),
        "strcontains" => return Value::Truth(subject.contains(&text(1))),
        "strstartswith" => return Value::Truth(subject.starts_with(&text(1))),
        "strendswith" => return Value::Truth(subject.ends_with(&text(1))),
        _ => return Value::Nothing,
    })
}

fn of_time(name: &str, count: usize, value: &dyn Fn(usize) -> Value, row: &Row<'_>) -> Value {
    let number = |at: usize| value(at).number();
    let moment = |at_ms: f64| Value::Moment(at_ms.max(0.0) as u64);
    let (at_ms, period_ms) = match name {
        "now" => return moment(row.now_ms() as f64 / 1000.0),
        "frommillis" => return number(0).map_or(Value::Nothing, moment),
        "tomillis" => return number(0).map_or(Value::Nothing, Value::Number),
        "bin" if count == 1 => (row.field("@timestamp").number(), number(0)),
        _ => (number(0), number(1)),
    };
    let (Some(at_ms), Some(period_ms)) = (at_ms, period_ms) else { return Value::Nothing };
    if period_ms < 1.0 {
        return Value::Nothing;
    }
    let periods = at_ms / period_ms;
    moment(period_ms * if name == "dateceil" { periods.ceil() } else { periods.floor() })
}
