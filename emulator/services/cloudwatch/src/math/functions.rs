//! The functions of metric math.

use std::collections::BTreeMap;

use super::expression::{Context, Failure, evaluate};
use super::operators::{each, unary};
use super::parser::Expression;
use super::time;
use super::value::{Series, Value};
use crate::limits::COMPUTED_POINTS_MAX;

/// Functions that AWS has and we do not.
const OTHERS: [&str; 5] = [
    "ANOMALY_DETECTION_BAND",
    "DB_PERF_INSIGHTS",
    "INSIGHT_RULE_METRIC",
    "LAMBDA",
    "SERVICE_QUOTA",
];

type Computed = Result<Value, Failure>;

fn wrong<T>(text: impl Into<String>) -> Result<T, Failure> {
    Err(Failure::Wrong(text.into()))
}

/// What a function makes of its arguments.
pub(super) fn call(name: &str, given: &[Expression], context: &mut dyn Context) -> Computed {
    match name {
        "IF" => return choose(given, context),
        "FILL" => return fill(given, context),
        "SORT" => return sort(given, context),
        "SEARCH" => return search(given, context),
        "METRICS" => {
            let filter = match given {
                [] => None,
                [Expression::Text(filter)] => Some(filter.as_str()),
                _ => return wrong("METRICS takes a text or nothing"),
            };
            return context.metrics(filter).map(Value::Array);
        }
        other if OTHERS.contains(&other) => {
            return Err(Failure::NotImplemented(name.to_owned()));
        }
        _ => {}
    }
    let arguments =
        given.iter().map(|it| evaluate(it, context)).collect::<Result<Vec<_>, Failure>>()?;
    let mut arguments = arguments.into_iter();
    let Some(first) = arguments.next() else {
        return wrong(format!("Function {name} needs an argument"));
    };
    let more: Vec<Value> = arguments.collect();
    if more.is_empty()
        && let Some(answer) = of_one(name, &first, context)
    {
        return answer;
    }
    match (name, first, &*more) {
        ("SLICE", Value::Array(all), bounds) => slice(all, bounds),
        _ if is_known(name) => wrong(format!("Invalid arguments for function {name}")),
        _ => wrong(format!("Unknown function '{name}'")),
    }
}

fn is_known(name: &str) -> bool {
    const NAMES: [&str; 22] = [
        "ABS",
        "AVG",
        "CEIL",
        "DATAPOINT_COUNT",
        "DIFF",
        "DIFF_TIME",
        "FIRST",
        "FLOOR",
        "LAST",
        "LOG",
        "LOG10",
        "MAX",
        "METRIC_COUNT",
        "MIN",
        "PERIOD",
        "RATE",
        "REMOVE_EMPTY",
        "RUNNING_SUM",
        "SLICE",
        "STDDEV",
        "SUM",
        "TIME_SERIES",
    ];
    NAMES.contains(&name) || time::part(name).is_some()
}

/// Functions of one value.
fn of_one(name: &str, value: &Value, context: &dyn Context) -> Option<Computed> {
    let numbers: Option<fn(f64) -> f64> = match name {
        "ABS" => Some(f64::abs),
        "CEIL" => Some(f64::ceil),
        "FLOOR" => Some(f64::floor),
        "LOG" => Some(f64::ln),
        "LOG10" => Some(f64::log10),
        _ => None,
    };
    if let Some(number) = numbers {
        return Some(unary(value.clone(), number).map_err(Failure::from));
    }
    if let Some(part) = time::part(name) {
        return per_series(value, |series| series.map(|at, _| part(at)));
    }
    if let Some(answer) = summary(name, value) {
        return Some(answer);
    }
    match (name, value) {
        ("DIFF", _) => per_series(value, |it| steps(it, |(_, before), (_, now)| now - before)),
        ("DIFF_TIME", _) => {
            per_series(value, |it| steps(it, |(before, _), (at, _)| (at - before) as f64))
        }
        ("RATE", _) => per_series(value, |it| {
            steps(it, |(before, one), (at, other)| (other - one) / (at - before) as f64)
        }),
        ("RUNNING_SUM", _) => per_series(value, |series| {
            let running = series.points.iter().scan(0.0, |sum, (at, value)| {
                *sum += value;
                Some((*at, *sum))
            });
            series.with(running.collect())
        }),
        ("PERIOD", Value::Series(series)) => Some(Ok(Value::Scalar(series.period_s as f64))),
        ("TIME_SERIES", Value::Scalar(number)) => {
            let period_s = context.period_s();
            let moments = context.moments(period_s);
            let points = moments.into_iter().map(|at| (at, *number)).collect();
            Some(Ok(Value::Series(Series { period_s, points, ..Series::default() })))
        }
        ("FIRST", Value::Array(all)) => Some(of_array(all.first())),
        ("LAST", Value::Array(all)) => Some(of_array(all.last())),
        ("METRIC_COUNT", Value::Array(all)) => Some(Ok(Value::Scalar(all.len() as f64))),
        ("REMOVE_EMPTY", Value::Array(all)) => {
            let left = all.iter().filter(|series| !series.points.is_empty()).cloned();
            Some(Ok(Value::Array(left.collect())))
        }
        _ => None,
    }
}

fn of_array(found: Option<&Series>) -> Computed {
    found.cloned().map(Value::Series).map_or_else(|| wrong("The array is empty"), Ok)
}

fn per_series(value: &Value, of: impl Fn(&Series) -> Series) -> Option<Computed> {
    match value {
        Value::Series(series) => Some(Ok(Value::Series(of(series)))),
        Value::Array(all) => Some(Ok(each(all, of))),
        _ => None,
    }
}

/// Of each point and the one before.
fn steps(series: &Series, of: impl Fn((u64, f64), (u64, f64)) -> f64) -> Series {
    let pairs = series.points.iter().zip(series.points.iter().skip(1));
    series.with(pairs.map(|(before, now)| (now.0, of(*before, *now))).collect())
}

/// One number of many: of a series a number, of an array at each moment one.
fn summary(name: &str, value: &Value) -> Option<Computed> {
    let of: fn(&[f64]) -> f64 = summary_of(name)?;
    match value {
        Value::Scalar(number) => Some(Ok(Value::Scalar(of(&[*number])))),
        Value::Series(series) => {
            let numbers: Vec<f64> = series.numbers().collect();
            Some(Ok(Value::Scalar(of(&numbers))))
        }
        Value::Array(all) => {
            let mut moments: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
            for (at, number) in all.iter().flat_map(|series| &series.points) {
                moments.entry(*at).or_default().push(*number);
            }
            let points = moments.iter().map(|(at, numbers)| (*at, of(numbers))).collect();
            let period_s = all.iter().map(|series| series.period_s).max().unwrap_or(60);
            Some(Ok(Value::Series(Series { period_s, points, ..Series::default() })))
        }
        Value::Text(_) => None,
    }
}

fn summary_of(name: &str) -> Option<fn(&[f64]) -> f64> {
    Some(match name {
        "SUM" => |all| all.iter().fold(0.0, |sum, it| sum + it),
        "AVG" => |all| all.iter().sum::<f64>() / all.len() as f64,
        "MAX" => |all| all.iter().copied().fold(f64::NAN, f64::max),
        "MIN" => |all| all.iter().copied().fold(f64::NAN, f64::min),
        "DATAPOINT_COUNT" => |all| all.len() as f64,
        "STDDEV" => |all| {
            let mean = all.iter().sum::<f64>() / all.len() as f64;
            (all.iter().map(|it| (it - mean).powi(2)).sum::<f64>() / all.len() as f64).sqrt()
        },
        _ => return None,
    })
}

/// `IF(condition, one, other)`; without the other nothing is there where the condition does not hold.
fn choose(given: &[Expression], context: &mut dyn Context) -> Computed {
    let (condition, one, other) = match given {
        [condition, one] => (condition, one, None),
        [condition, one, other] => (condition, one, Some(other)),
        _ => return wrong("IF takes two or three arguments"),
    };
    let condition = evaluate(condition, context)?;
    let one = evaluate(one, context)?;
    let other = other.map(|other| evaluate(other, context)).transpose()?;
    match condition {
        Value::Scalar(number) if number != 0.0 => Ok(one),
        Value::Scalar(_) => match (other, one) {
            (Some(other), _) => Ok(other),
            (None, Value::Series(series)) => Ok(Value::Series(series.with(Vec::new()))),
            (None, _) => wrong("IF has no value where its condition does not hold"),
        },
        Value::Series(series) => pick(&series, &one, other.as_ref()).map(Value::Series),
        Value::Array(all) => {
            let picked = all.iter().map(|series| pick(series, &one, other.as_ref()));
            picked.collect::<Result<_, _>>().map(Value::Array)
        }
        Value::Text(_) => wrong("The condition of IF is a text"),
    }
}

fn pick(condition: &Series, one: &Value, other: Option<&Value>) -> Result<Series, Failure> {
    let at = |value: Option<&Value>, moment: u64| match value {
        None => Ok(None),
        Some(Value::Scalar(number)) => Ok(Some(*number)),
        Some(Value::Series(series)) => Ok(series.at(moment)),
        Some(_) => wrong("IF chooses between numbers and time series"),
    };
    let mut points = Vec::new();
    for (moment, holds) in &condition.points {
        let value = if *holds != 0.0 { Some(one) } else { other };
        points.extend(at(value, *moment)?.map(|number| (*moment, number)));
    }
    Ok(Series { of: None, ..condition.with(points) })
}

/// `FILL(m1, 0)`, `FILL(m1, REPEAT)`, `FILL(METRICS(), LINEAR)`, `FILL(m1, m2)`
fn fill(given: &[Expression], context: &mut dyn Context) -> Computed {
    let [of, with] = given else { return wrong("FILL takes two arguments") };
    let of = evaluate(of, context)?;
    let with = match with {
        Expression::Name(name) if name == "REPEAT" => Filling::Repeat,
        Expression::Name(name) if name == "LINEAR" => Filling::Linear,
        other => match evaluate(other, context)? {
            Value::Scalar(number) => Filling::Number(number),
            Value::Series(series) => Filling::Series(series),
            _ => return wrong("FILL takes a number, a time series, REPEAT or LINEAR"),
        },
    };
    let filled = |series: &Series| {
        let moments = context.moments(series.period_s.max(1));
        series.with(filled(series, &moments, &with))
    };
    match of {
        Value::Series(series) => Ok(Value::Series(filled(&series))),
        Value::Array(all) => {
            let points: usize = all.iter().map(|it| it.points.len()).sum();
            if points > COMPUTED_POINTS_MAX {
                return wrong("It is about too many points");
            }
            Ok(Value::Array(all.iter().map(filled).collect()))
        }
        _ => wrong("FILL fills time series"),
    }
}

enum Filling {
    Number(f64),
    Series(Series),
    /// With what was before.
    Repeat,
    /// With what lies between what was before and what comes next.
    Linear,
}

fn filled(series: &Series, moments: &[u64], with: &Filling) -> Vec<(u64, f64)> {
    let mut all: BTreeMap<u64, Option<f64>> = moments.iter().map(|at| (*at, None)).collect();
    all.extend(series.points.iter().map(|(at, value)| (*at, Some(*value))));
    let missing = |moment: u64| {
        let next = series.points.partition_point(|(at, _)| *at < moment);
        let before = next.checked_sub(1).map(|before| series.points[before]);
        match with {
            Filling::Number(number) => Some(*number),
            Filling::Series(other) => other.at(moment),
            Filling::Repeat => before.map(|(_, value)| value),
            Filling::Linear => {
                let ((from, one), (to, other)) = (before?, *series.points.get(next)?);
                Some(one + (other - one) * (moment - from) as f64 / (to - from) as f64)
            }
        }
    };
    all.into_iter().filter_map(|(at, value)| Some((at, value.or_else(|| missing(at))?))).collect()
}

/// `SLICE(all, 2)`, `SLICE(all, 0, 5)`
fn slice(all: Vec<Series>, bounds: &[Value]) -> Computed {
    let index = |value: &Value| match value {
        Value::Scalar(number) if *number >= 0.0 => Ok(*number as usize),
        _ => wrong("SLICE counts from 0"),
    };
    let (from, to) = match bounds {
        [from] => return Ok(Value::Array(all.into_iter().skip(index(from)?).take(1).collect())),
        [from, to] => (index(from)?, index(to)?),
        _ => return wrong("SLICE takes two or three arguments"),
    };
    Ok(Value::Array(all.into_iter().take(to).skip(from).collect()))
}

/// `SORT(all, AVG, DESC, 3)`
fn sort(given: &[Expression], context: &mut dyn Context) -> Computed {
    let (of, by, order, limit) = match given {
        [of, Expression::Name(by), Expression::Name(order)] => (of, by, order, usize::MAX),
        [of, Expression::Name(by), Expression::Name(order), Expression::Number(limit)] => {
            (of, by, order, *limit as usize)
        }
        _ => return wrong("SORT takes an array, a function, ASC or DESC, and how many"),
    };
    let Some(by) = summary_of(by) else { return wrong(format!("SORT cannot sort by {by}")) };
    let is_descending = match &**order {
        "ASC" => false,
        "DESC" => true,
        _ => return wrong("SORT sorts ASC or DESC"),
    };
    let Value::Array(all) = evaluate(of, context)? else { return wrong("SORT sorts an array") };
    let mut keyed: Vec<(f64, Series)> =
        all.into_iter().map(|series| (by(&series.numbers().collect::<Vec<_>>()), series)).collect();
    keyed.sort_by(|(one, _), (other, _)| match is_descending {
        true => other.total_cmp(one),
        false => one.total_cmp(other),
    });
    Ok(Value::Array(keyed.into_iter().take(limit).map(|(_, series)| series).collect()))
}

/// `SEARCH('{AWS/SQS,QueueName} MetricName="NumberOfMessagesSent"', 'Sum', 300)`
fn search(given: &[Expression], context: &mut dyn Context) -> Computed {
    let (text, statistic, period) = match given {
        [Expression::Text(text), Expression::Text(statistic)] => (text, statistic, None),
        [Expression::Text(text), Expression::Text(statistic), Expression::Number(period)] => {
            (text, statistic, Some(*period as u64))
        }
        _ => return wrong("SEARCH takes what is looked for, a statistic and a period"),
    };
    let period_s = period.unwrap_or_else(|| context.period_s());
    context.search(text, statistic, period_s.max(1)).map(Value::Array)
}
