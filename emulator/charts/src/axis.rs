//! Scales of numbers: where they begin and end, and where their ticks are.

use crate::{Chart, Scale, Series, Side, Unit, View};

/// Beyond what CloudWatch keeps (2 to the power of 360), nothing is told apart.
pub(crate) const VALUE_MAX: f64 = 1e120;

/// A scale with round ticks.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Axis {
    pub min: f64,
    pub max: f64,
    pub ticks: Vec<f64>,
    pub unit: Unit,
    pub label: Option<String>,
}

impl Axis {
    /// The scale of the series on a side; nothing where none is there.
    pub fn of(chart: &Chart, side: Side) -> Option<Self> {
        let series: Vec<_> = chart.series.iter().filter(|it| it.side == side).collect();
        let levels = chart.levels.iter().filter(|it| it.side == side).map(|it| it.value);
        if series.is_empty() && side == Side::Right {
            return None;
        }
        let values = match chart.view {
            View::Stacked => stacked(&series),
            _ => series.iter().flat_map(|it| it.points.iter().map(|(_, value)| *value)).collect(),
        };
        let values = values.into_iter().chain(levels).filter(|value| value.is_finite());
        let (low, high) = values.fold((0.0, 0.0_f64), |(low, high): (f64, f64), value| {
            (low.min(value), high.max(value))
        });
        let unit = common_unit(&series);
        let scale = match side {
            Side::Left => &chart.left,
            Side::Right => &chart.right,
        };
        Some(Self::between(low, high, scale, unit))
    }

    fn between(low: f64, high: f64, scale: &Scale, unit: Unit) -> Self {
        let wanted = |given: Option<f64>| given.filter(|value| value.abs() <= VALUE_MAX);
        let low = wanted(scale.min).unwrap_or(low).clamp(-VALUE_MAX, VALUE_MAX);
        let high = wanted(scale.max).unwrap_or(high).clamp(-VALUE_MAX, VALUE_MAX);
        // Far enough from each other that what lies between can be told apart.
        let apart = (low.abs() * 1e-6).max(1e-9);
        let high = if high - low > apart { high } else { low + apart.max(1.0) };
        let step = round_step((high - low) / 5.0);
        let min = wanted(scale.min).unwrap_or((low / step).floor() * step);
        let given = wanted(scale.max).filter(|max| *max - min > apart);
        let max = given.unwrap_or((high / step).ceil() * step);
        // Twelve are more than there can be of a fifth.
        let first = (min / step).ceil();
        let ticks = (0..12).map(|at| (first + f64::from(at)) * step);
        let ticks = ticks.take_while(|tick| *tick <= max + step * 1e-6).collect();
        let label = scale.label.clone().or_else(|| unit.title().map(str::to_owned));
        Self { min, max, ticks, unit, label }
    }

    /// How far up a number is: 0 at the bottom, 1 at the top; beyond, at the edge.
    pub fn share(&self, value: f64) -> f64 {
        ((value - self.min) / (self.max - self.min)).clamp(0.0, 1.0)
    }
}

/// One, two or five tens.
fn round_step(rough: f64) -> f64 {
    if !rough.is_finite() || rough <= 0.0 {
        return 1.0;
    }
    let ten = 10f64.powf(rough.log10().floor());
    let of_ten = [1.0, 2.0, 5.0].into_iter().find(|it| rough / ten <= it * 1.000_001);
    of_ten.unwrap_or(10.0) * ten
}

/// The unit that all of them have; a name for several.
fn common_unit(series: &[&Series]) -> Unit {
    match series.split_first() {
        None => Unit::default(),
        Some((first, others)) if others.iter().all(|it| it.unit == first.unit) => {
            first.unit.clone()
        }
        Some(_) => Unit::named("Various units"),
    }
}

/// How high the pile is at each moment.
fn stacked(series: &[&Series]) -> Vec<f64> {
    let mut piles = std::collections::BTreeMap::<u64, f64>::new();
    for (at_s, value) in series.iter().flat_map(|it| &it.points) {
        *piles.entry(*at_s).or_default() += value.max(0.0);
    }
    piles.into_values().collect()
}
