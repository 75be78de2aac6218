//! Points that come in: from callers, and from other services, which state facts.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html>

use std::collections::BTreeSet;

use kernel::call::Origin;
use kernel::error::ApiError;
use kernel::time::Timestamp;
use serde::{Deserialize, Deserializer};

use crate::error::{self as errors, exclusive, invalid, missing, too_many};
use crate::key::{Dimension, MetricKey, pairs};
use crate::limits::{
    DATUM_VALUES_MAX, DATUMS_MAX, DIMENSION_VALUE_CHARS_MAX, DIMENSIONS_MAX, FUTURE_S_MAX,
    NAME_CHARS_MAX, PAST_S_MAX, VALUE_MAX,
};
use crate::point::{Point, StatisticSet};
use crate::tier::Tier;
use crate::unit::Unit;
use crate::{CloudWatch, Cx, Empty};

/// What a service has measured of one metric in one minute: a fact.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// The metric; one of AWS's namespaces.
    pub metric: MetricKey,
    /// In what it was measured.
    pub unit: Unit,
    /// A moment of the minute.
    pub at: Timestamp,
    /// Whether it is kept by the second, as long as points are.
    pub is_fine: bool,
    /// What was measured in it; it is added to what is there already.
    pub point: Point,
}

impl CloudWatch {
    /// Keeps what services have measured, all in one step: so a minute of all of them is one transaction.
    /// Where there is no room for another metric it is left out.
    pub fn publish(&mut self, cx: &mut Cx<'_>, facts: impl IntoIterator<Item = Fact>) {
        let mut changed = BTreeSet::new();
        for Fact { metric, unit, at, is_fine, point } in facts {
            let place = (Tier::for_point(is_fine, at.as_s(), cx.now), at.as_s());
            if let Some(place) = self.shelf.add(cx, &metric, unit, place, &point) {
                changed.insert(place);
                self.measured(cx, &metric);
            }
        }
        self.shelf.written(cx, &changed);
    }

    pub(crate) fn put_metric_data(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &PutMetricDataInput,
    ) -> Result<Empty, ApiError> {
        let namespace = input.namespace.as_deref().ok_or_else(|| missing("Namespace"))?;
        check_namespace(namespace)?;
        let data = input.metric_data.as_deref().unwrap_or_default();
        if data.is_empty() {
            return Err(missing("MetricData"));
        }
        if data.len() > DATUMS_MAX {
            return Err(too_many("MetricData", DATUMS_MAX));
        }
        let read = data.iter().enumerate();
        let read = read
            .map(|(at, datum)| datum.read(cx.now, &format!("MetricData.member.{}", at + 1)))
            .collect::<Result<Vec<_>, _>>()?;
        let mut changed = BTreeSet::new();
        let mut has_room = true;
        for (datum, Measured { unit, tier, at_s, point }) in data.iter().zip(read) {
            let name = datum.metric_name.as_deref().unwrap_or_default();
            let dimensions = pairs(&datum.dimensions);
            let (account, region) = (&origin.account, &origin.region);
            let key = MetricKey::new(account, region, namespace, name, dimensions);
            match self.shelf.add(cx, &key, unit, (tier, at_s), &point) {
                Some(place) => _ = changed.insert(place),
                None => has_room = false,
            }
            self.measured(cx, &key);
        }
        self.shelf.written(cx, &changed);
        match has_room {
            true => Ok(Empty {}),
            false => Err((&errors::LIMIT_EXCEEDED_FAULT).into()),
        }
    }
}

/// A datum, read.
struct Measured {
    unit: Unit,
    tier: Tier,
    at_s: u64,
    point: Point,
}

pub(crate) fn check_namespace(namespace: &str) -> Result<(), ApiError> {
    if namespace.is_empty() {
        return Err(
            errors::INVALID_PARAMETER_VALUE.says("The parameter Namespace must not be empty.")
        );
    }
    check_length(namespace, "Namespace", NAME_CHARS_MAX)?;
    if namespace.starts_with(':') || namespace.starts_with("AWS/") {
        return Err(invalid(namespace, "Namespace"));
    }
    Ok(())
}

fn check_length(text: &str, parameter: &str, max: usize) -> Result<(), ApiError> {
    if text.chars().count() > max {
        return Err(errors::INVALID_PARAMETER_VALUE.says(format!(
            "The parameter {parameter} must be shorter than {} characters.",
            max + 1
        )));
    }
    Ok(())
}

/// Dimensions of a datum or a request: names, values and how many.
pub(crate) fn check_dimensions(dimensions: &[Dimension], parameter: &str) -> Result<(), ApiError> {
    if dimensions.len() > DIMENSIONS_MAX {
        return Err(too_many(parameter, DIMENSIONS_MAX));
    }
    for (at, Dimension { name, value }) in dimensions.iter().enumerate() {
        let member = format!("{parameter}.member.{}", at + 1);
        for (text, part, max) in
            [(name, "Name", NAME_CHARS_MAX), (value, "Value", DIMENSION_VALUE_CHARS_MAX)]
        {
            if text.is_empty() {
                return Err(missing(&format!("{member}.{part}")));
            }
            check_length(text, &format!("{member}.{part}"), max)?;
            if !text.chars().all(|it| it.is_ascii() && !it.is_ascii_control()) {
                return Err(errors::INVALID_PARAMETER_VALUE.says(format!(
                    "The parameter {member}.{part} must contain only ASCII characters."
                )));
            }
        }
        if name.starts_with(':') {
            return Err(invalid(name, &format!("{member}.Name")));
        }
    }
    Ok(())
}

impl MetricDatum {
    fn read(&self, now: Timestamp, parameter: &str) -> Result<Measured, ApiError> {
        let of = |part: &str| format!("{parameter}.{part}");
        let name = self.metric_name.as_deref().filter(|name| !name.is_empty());
        check_length(
            name.ok_or_else(|| missing(&of("MetricName")))?,
            &of("MetricName"),
            NAME_CHARS_MAX,
        )?;
        check_dimensions(&self.dimensions, &of("Dimensions"))?;
        let unit = match self.unit.as_deref() {
            None => Unit::NONE,
            Some(unit) => Unit::parse(unit).ok_or_else(|| {
                errors::INVALID_PARAMETER_VALUE.says(format!(
                    "The parameter {} must be a value in the set [ {} ].",
                    of("Unit"),
                    Unit::listed()
                ))
            })?,
        };
        let at_s = match self.timestamp {
            None => now.as_s(),
            Some(at_s) => check_time(at_s, now, &of("Timestamp"))?,
        };
        let tier = Tier::for_point(self.storage_resolution == Some(1), at_s, now);
        Ok(Measured { unit, tier, at_s, point: self.point(parameter)? })
    }

    fn point(&self, parameter: &str) -> Result<Point, ApiError> {
        let of = |part: &str| format!("{parameter}.{part}");
        let pair = |row, one: &str, other: &str| Err(exclusive(row, &of(one), &of(other)));
        match (self.value, &self.values, &self.statistic_values) {
            (Some(_), _, Some(_)) => {
                pair(&errors::INVALID_PARAMETER_COMBINATION, "Value", "StatisticValues")
            }
            (Some(_), Some(_), None) => pair(&errors::INVALID_PARAMETER_VALUE, "Value", "Values"),
            (None, Some(_), Some(_)) => {
                pair(&errors::INVALID_PARAMETER_COMBINATION, "Values", "StatisticValues")
            }
            (Some(Number(value)), None, None) => {
                check_value(value, &of("Value"))?;
                Ok(Point::One(value))
            }
            (None, None, Some(set)) => set.point(&of("StatisticValues")),
            (None, Some(values), None) => self.point_of_values(values, parameter),
            (None, None, None) => Err(errors::INVALID_PARAMETER_COMBINATION.says(format!(
                "At least one of the parameters {} and {} must be specified.",
                of("Value"),
                of("StatisticValues")
            ))),
        }
    }

    fn point_of_values(&self, values: &[Number], parameter: &str) -> Result<Point, ApiError> {
        let of = |part: &str| format!("{parameter}.{part}");
        for (list, length) in
            [("Values", values.len()), ("Counts", self.counts.as_ref().map_or(0, Vec::len))]
        {
            if length > DATUM_VALUES_MAX {
                return Err(too_many(&of(list), DATUM_VALUES_MAX));
            }
        }
        if self.counts.as_ref().is_some_and(|counts| counts.len() != values.len()) {
            return Err(errors::INVALID_PARAMETER_VALUE.says(format!(
                "The parameters {} and {} must be of the same size.",
                of("Values"),
                of("Counts")
            )));
        }
        let counts = self.counts.iter().flatten().map(|Number(count)| *count);
        let counts = counts.chain(std::iter::repeat(1.0));
        for (at, (Number(value), count)) in values.iter().zip(counts.clone()).enumerate() {
            check_value(*value, &format!("{}.member.{}", of("Values"), at + 1))?;
            if !(0.0..=VALUE_MAX).contains(&count) {
                return Err(invalid(count, &format!("{}.member.{}", of("Counts"), at + 1)));
            }
        }
        let pairs = values.iter().map(|Number(value)| *value).zip(counts);
        Point::of_values(pairs).ok_or_else(|| missing(&of("Values")))
    }
}

fn check_value(value: f64, parameter: &str) -> Result<(), ApiError> {
    match value.is_finite() && value.abs() <= VALUE_MAX {
        true => Ok(()),
        false => Err(invalid(java(value), parameter)),
    }
}

/// A number as AWS's messages have it.
fn java(value: f64) -> String {
    match value {
        value if value.is_nan() => "NaN".to_owned(),
        f64::INFINITY => "Infinity".to_owned(),
        f64::NEG_INFINITY => "-Infinity".to_owned(),
        value => format!("{value:?}"),
    }
}

fn check_time(at_s: f64, now: Timestamp, parameter: &str) -> Result<u64, ApiError> {
    let past = now.as_s().saturating_sub(PAST_S_MAX) as f64;
    let future = (now.as_s() + FUTURE_S_MAX) as f64 + 1.0;
    if at_s < past {
        return Err(errors::INVALID_PARAMETER_VALUE.says(format!(
            "The parameter {parameter} must specify a time within the past two weeks."
        )));
    }
    if at_s >= future {
        return Err(errors::INVALID_PARAMETER_VALUE.says(format!(
            "The parameter {parameter} must specify a time no more than two hours in the future."
        )));
    }
    Ok(at_s as u64)
}

impl StatisticSetInput {
    fn point(&self, parameter: &str) -> Result<Point, ApiError> {
        let part = |value: Option<Number>, name: &str| {
            let parameter = format!("{parameter}.{name}");
            let Number(value) = value.ok_or_else(|| missing(&parameter))?;
            check_value(value, &parameter)?;
            Ok::<_, ApiError>(value)
        };
        let set = StatisticSet {
            sample_count: part(self.sample_count, "SampleCount")?,
            sum: part(self.sum, "Sum")?,
            minimum: part(self.minimum, "Minimum")?,
            maximum: part(self.maximum, "Maximum")?,
        };
        if set.sample_count <= 0.0 {
            return Err(invalid(java(set.sample_count), &format!("{parameter}.SampleCount")));
        }
        if set.minimum > set.maximum {
            return Err(errors::INVALID_PARAMETER_VALUE.says(format!(
                "The parameter {parameter}.Maximum must be greater than or equal to {parameter}.Minimum."
            )));
        }
        Ok(Point::of_set(set))
    }
}

/// Input of `PutMetricData`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PutMetricDataInput {
    /// Where the metrics belong.
    pub namespace: Option<String>,
    /// What was measured.
    pub metric_data: Option<Vec<MetricDatum>>,
}

/// What was measured at one moment.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct MetricDatum {
    /// Of which metric.
    pub metric_name: Option<String>,
    /// With which dimensions.
    #[serde(default)]
    pub dimensions: Vec<Dimension>,
    /// When, in seconds since the epoch; now, unless told.
    pub timestamp: Option<f64>,
    /// One value.
    pub value: Option<Number>,
    /// A summary of values.
    pub statistic_values: Option<StatisticSetInput>,
    /// Values.
    pub values: Option<Vec<Number>>,
    /// How often each of them was.
    pub counts: Option<Vec<Number>>,
    /// In what.
    pub unit: Option<String>,
    /// 1 or 60 seconds.
    pub storage_resolution: Option<i64>,
}

/// A summary of values.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct StatisticSetInput {
    /// How many.
    pub sample_count: Option<Number>,
    /// Their sum.
    pub sum: Option<Number>,
    /// The least.
    pub minimum: Option<Number>,
    /// The greatest.
    pub maximum: Option<Number>,
}

/// A number, or what none is: the JSON shape has `NaN` and its like as text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Number(pub f64);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Number(f64),
            Text(String),
        }
        Ok(Self(match Either::deserialize(deserializer)? {
            Either::Number(number) => number,
            Either::Text(text) => match &*text {
                "Infinity" => f64::INFINITY,
                "-Infinity" => f64::NEG_INFINITY,
                _ => f64::NAN,
            },
        }))
    }
}
