//! CloudWatch.
//!
//! Points are kept a second, a minute, five or an hour apart (`tier.rs`), of each metric and unit in chunks that
//! are written at once (`chunk.rs`, `shelf.rs`). They come from callers (`PutMetricData`) and as [`Fact`]s of
//! other services. What is asked of them is computed in one place (`compute.rs`): statistics (`statistic.rs`) and
//! expressions (`math/`), for answers, alarms and graphs ([`CloudWatch::lines`]) alike.
//!
//! Anomaly detection, metric streams, mute rules, Metrics Insights and everything else is refused by name.

pub mod access;
mod answer;
mod chunk;
mod compute;
mod descriptor;
pub mod error;
mod get_data;
mod get_statistics;
mod key;
mod label;
pub mod limits;
mod list;
mod math;
mod page;
mod point;
mod put;
mod query;
pub mod record;
mod shelf;
mod statistic;
#[cfg(test)]
mod tests;
mod tier;
mod unit;
mod window;

use std::convert::Infallible;

use kernel::access::Asking;
use kernel::call::Origin;
use kernel::context::Restoring;
use kernel::descriptor::Descriptor;
use kernel::error::ApiError;
use kernel::service::Service;
use kernel::trace::CauseId;
use serde::Serialize;

pub use get_data::{GetMetricDataInput, GetMetricDataOutput, LabelOptions, Line, MetricDataResult};
pub use get_statistics::{Datapoint, GetMetricStatisticsInput, GetMetricStatisticsOutput};
pub use key::{Dimension, MetricKey};
pub use list::{DimensionFilter, ListMetricsInput, ListMetricsOutput, Metric};
pub use point::{Point, StatisticSet};
pub use put::{Fact, MetricDatum, Number, PutMetricDataInput, StatisticSetInput};
pub use query::{MetricDataQuery, MetricStat};
pub use statistic::Statistic;
pub use unit::Unit;

kernel::operations! { "cloudwatch";
    GetMetricData(GetMetricDataInput) -> GetMetricDataOutput;
    GetMetricStatistics(GetMetricStatisticsInput) -> GetMetricStatisticsOutput;
    ListMetrics(ListMetricsInput) -> ListMetricsOutput;
    PutMetricData(PutMetricDataInput) -> Empty;
}

/// What operations are answered with that say nothing.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Empty {}

/// All metrics with their points.
#[derive(Debug, Clone, Default)]
pub struct CloudWatch {
    shelf: shelf::Shelf,
}

kernel::records! {
    /// A metric.
    Metric(record::Metric) = 31, numbered "metric";
    /// Points of a metric that lie close together.
    MetricPoints(record::MetricPoints) = 32, numbered "metric_points";
}

impl Record {
    fn metric(metric: &shelf::Metric) -> Self {
        Self::Metric(Box::new(metric.into()))
    }

    fn points(place: shelf::Place, chunk: &chunk::Chunk) -> Self {
        Self::MetricPoints(Box::new(record::MetricPoints::of(place, chunk)))
    }
}

/// What becomes due.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Due {
    /// Points are kept coarser from now on, or no more.
    RollUp,
}

/// The context in which CloudWatch handles something.
pub type Cx<'a> = kernel::context::Cx<'a, CloudWatch>;

impl CloudWatch {
    /// How many metrics there are.
    #[must_use]
    pub fn metric_count(&self) -> usize {
        self.shelf.metric_count()
    }

    /// What all points take in memory, in bytes, about.
    #[must_use]
    pub const fn points_size_bytes(&self) -> usize {
        self.shelf.size_bytes
    }

    /// Something was measured: whoever watches this metric looks at it.
    fn measured(&mut self, _cx: &mut Cx<'_>, _metric: &MetricKey) {}
}

impl Service for CloudWatch {
    type Request = Request;
    type Response = Response;
    type Record = Record;
    type Due = Due;
    type Announcement = Infallible;
    type Effect = Infallible;

    const DESCRIPTOR: Descriptor = descriptor::DESCRIPTOR;

    fn access(&self, asking: &mut Asking<'_>, request: &Request) -> Result<(), ApiError> {
        access::ask(asking, request)
    }

    fn call(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        request: Request,
    ) -> Result<Option<Response>, ApiError> {
        self.answer(cx, origin, request).map(Some)
    }

    fn due_because(&self, due: &Due) -> Option<CauseId> {
        match due {
            Due::RollUp => self.shelf.rolls_because,
        }
    }

    fn due(&mut self, cx: &mut Cx<'_>, due: Due) {
        match due {
            Due::RollUp => self.shelf.roll_up(cx),
        }
    }

    fn restore(&mut self, cx: &mut Restoring<'_, Self>, record: Record) {
        match record {
            Record::Metric(stored) => {
                cx.numbers.was_given(stored.number());
                self.shelf.restore_metric((*stored).into());
            }
            Record::MetricPoints(stored) => {
                let (place, chunk) = stored.into_live();
                cx.numbers.was_given(chunk.number);
                self.shelf.restore_chunk(cx.deadlines, place, chunk);
            }
        }
    }

    fn records(&self) -> impl Iterator<Item = Record> + '_ {
        let points = self.shelf.chunks().map(|(place, chunk)| Record::points(place, chunk));
        self.shelf.metrics().map(Record::metric).chain(points)
    }
}
