//! What an expression has as a value.

use std::sync::Arc;

use crate::key::MetricKey;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Scalar(f64),
    Series(Series),
    Array(Vec<Series>),
    Text(String),
}

impl Value {
    /// What AWS's messages call it.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Scalar(_) => "Scalar",
            Self::Series(_) => "TimeSeries",
            Self::Array(_) => "TimeSeries[]",
            Self::Text(_) => "String",
        }
    }
}

/// Numbers at moments, the earliest first.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Series {
    /// What it is called where nobody says otherwise.
    pub(crate) label: String,
    /// The metric that it is of, with the statistic; nothing of a computed one.
    pub(crate) of: Option<(Arc<MetricKey>, Arc<str>)>,
    pub(crate) period_s: u64,
    pub(crate) points: Vec<(u64, f64)>,
}

impl Series {
    /// The same moments with other numbers; what is no number is left out, as AWS leaves it out.
    pub(super) fn map(&self, number: impl Fn(u64, f64) -> f64) -> Self {
        let points = self.points.iter().map(|(at, value)| (*at, number(*at, *value)));
        self.with(points.collect())
    }

    /// Computed of it.
    pub(super) fn with(&self, mut points: Vec<(u64, f64)>) -> Self {
        points.retain(|(_, value)| value.is_finite());
        Self { label: self.label.clone(), of: self.of.clone(), period_s: self.period_s, points }
    }

    /// Its number at a moment.
    pub(super) fn at(&self, moment: u64) -> Option<f64> {
        let found = self.points.binary_search_by_key(&moment, |(at, _)| *at).ok()?;
        Some(self.points[found].1)
    }

    pub(super) fn numbers(&self) -> impl Iterator<Item = f64> + Clone + '_ {
        self.points.iter().map(|(_, value)| *value)
    }
}
