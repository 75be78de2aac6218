//! Charts as SVG, for dashboards, images of metrics and reports.
//!
//! A [`Chart`] is a value, and [`Chart::svg`] is a function of it: no clock, no files, no script. A line of time
//! has axes with units, a legend, and under the pointer a cursor with the numbers of that moment (`<title>`).
//! Colours follow the reader's (`prefers-color-scheme`) and, where the chart stands in a page, its width.
//!
//! What is drawn is bounded: [`SERIES_MAX`] series, [`POINTS_MAX`] points of each; beyond that the chart says
//! how many it leaves out.

mod axis;
mod blocks;
mod number;
mod paint;
mod plot;
#[cfg(test)]
mod tests;
mod time;

pub use number::Unit;

/// How many series a chart draws.
pub const SERIES_MAX: usize = 100;
/// How many points of a series are drawn: more than there are pixels.
pub const POINTS_MAX: usize = 1_440;

/// What is to be drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    pub title: String,
    /// How it is drawn.
    pub view: View,
    /// What its lines are drawn over.
    pub across: Across,
    /// From which moment on, in seconds since the epoch; over a count, from which number on.
    pub from_s: u64,
    /// Until which moment, or number.
    pub until_s: u64,
    pub left: Scale,
    pub right: Scale,
    pub series: Vec<Series>,
    /// Lines across, at a number: a threshold, a target.
    pub levels: Vec<Level>,
    /// Lines down, at a moment: what happened then.
    pub events: Vec<Event>,
    /// The size of its drawing board, in pixels; a page may show it larger or smaller.
    pub width_px: u32,
    pub height_px: u32,
}

impl Chart {
    /// An empty chart of a span of time, 640 by 280 pixels.
    #[must_use]
    pub fn new(title: impl Into<String>, from_s: u64, until_s: u64) -> Self {
        Self {
            title: title.into(),
            view: View::Lines,
            across: Across::Time,
            from_s,
            until_s: until_s.max(from_s + 1),
            left: Scale::default(),
            right: Scale::default(),
            series: Vec::new(),
            levels: Vec::new(),
            events: Vec::new(),
            width_px: 640,
            height_px: 280,
        }
    }

    /// An empty chart over a count: `users`. The points of its series are numbers of those, and are marked.
    #[must_use]
    pub fn over(title: impl Into<String>, count: impl Into<String>, until: u64) -> Self {
        Self { across: Across::Count(count.into()), ..Self::new(title, 0, until) }
    }

    /// The chart as an SVG document, which may also stand within a page of HTML.
    #[must_use]
    pub fn svg(&self) -> String {
        match self.view {
            View::Lines | View::Stacked => plot::draw(self),
            View::Bars => blocks::bars(self),
            View::Shares => blocks::shares(self),
            View::Gauge => blocks::gauge(self),
            View::Numbers => blocks::numbers(self),
        }
    }
}

/// What lines are drawn over.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Across {
    /// Moments, written in UTC.
    #[default]
    Time,
    /// Numbers of something, named in the plural: `users`.
    Count(String),
}

/// How a chart is drawn. All but the first two show the newest number of each series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum View {
    /// A line of time for each series.
    #[default]
    Lines,
    /// Areas on top of each other.
    Stacked,
    /// A bar for each series.
    Bars,
    /// The part that each series has of all, as a ring.
    Shares,
    /// One number between the ends of the left scale.
    Gauge,
    /// Numbers to be read.
    Numbers,
}

/// The ends of a scale, where they are given, and what it measures.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Scale {
    pub min: Option<f64>,
    pub max: Option<f64>,
    /// What stands above it; the unit of its series where there is nothing.
    pub label: Option<String>,
}

/// On which side the scale of a series is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Side {
    #[default]
    Left,
    Right,
}

/// A line of numbers over time.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    pub label: String,
    pub unit: Unit,
    pub side: Side,
    /// A colour as CSS writes it in hexadecimal (`#1f77b4`); one of the chart's own where there is none.
    pub color: Option<String>,
    /// How far apart points may be that are joined, in seconds. Over a count all are joined.
    pub period_s: u64,
    /// Moments in seconds since the epoch with their numbers, the earliest first; over a count, numbers of it.
    pub points: Vec<(u64, f64)>,
}

impl Series {
    /// A series on the left.
    #[must_use]
    pub fn new(
        label: impl Into<String>,
        unit: Unit,
        period_s: u64,
        points: Vec<(u64, f64)>,
    ) -> Self {
        let (side, color) = (Side::Left, None);
        Self { label: label.into(), unit, side, color, period_s, points }
    }

    /// The newest number.
    fn newest(&self) -> Option<f64> {
        self.points.last().map(|(_, value)| *value)
    }
}

/// A line across at a number.
#[derive(Debug, Clone, PartialEq)]
pub struct Level {
    pub label: String,
    pub value: f64,
    pub side: Side,
    pub color: Option<String>,
}

/// A line down at a moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub label: String,
    pub at_s: u64,
    pub color: Option<String>,
}
