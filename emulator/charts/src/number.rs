//! Numbers as people read them, with their units.

/// What a number counts, by CloudWatch's names.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html>
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Unit(pub String);

impl Unit {
    /// The unit of that name.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self(name.to_owned())
    }

    /// What stands beside a scale; nothing where numbers are mere counts.
    pub(crate) fn title(&self) -> Option<&str> {
        (!matches!(self.0.as_str(), "" | "None")).then_some(self.0.as_str())
    }

    /// What stands behind a number: the sign of the unit, and of what it is per second.
    fn sign(&self) -> (&str, &str) {
        let (unit, per) = match self.0.strip_suffix("/Second") {
            Some(unit) => (unit, "/s"),
            None => (self.0.as_str(), ""),
        };
        let sign = match unit {
            "Percent" => "%",
            "Seconds" => "s",
            "Milliseconds" => "ms",
            "Microseconds" => "µs",
            "Bytes" => "B",
            "Kilobytes" => "kB",
            "Megabytes" => "MB",
            "Gigabytes" => "GB",
            "Terabytes" => "TB",
            "Bits" => "bit",
            "Kilobits" => "kbit",
            "Megabits" => "Mbit",
            "Gigabits" => "Gbit",
            "Terabits" => "Tbit",
            _ => "",
        };
        (sign, per)
    }

    /// A number with its unit: `1.25 MB`, `12 %`, `3.5k`.
    pub(crate) fn write(&self, value: f64) -> String {
        let (sign, per) = self.sign();
        let (number, thousands) = match sign {
            // `kms` and `k%` are no words, and what has its thousands in its name gets no others.
            "" | "B" | "bit" => short(value),
            _ => (plain(value), ""),
        };
        match sign {
            "" => format!("{number}{thousands}{per}"),
            sign => format!("{number} {thousands}{sign}{per}"),
        }
    }
}

/// A number in thousands of thousands, with three digits that matter.
fn short(value: f64) -> (String, &'static str) {
    const STEPS: [(f64, &str); 5] = [(1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")];
    // What is written as a thousand is one, also where it is a little less.
    let reached = |step: f64| value.abs() >= step * 0.9995;
    match STEPS.iter().find(|(step, _)| reached(*step)) {
        Some((step, letter)) => (plain(value / step), letter),
        None => (plain(value), ""),
    }
}

/// A number with three digits that matter, and none that do not.
fn plain(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return "0".to_owned();
    }
    let size = value.abs();
    if !(1e-4..1e15).contains(&size) {
        return format!("{value:.2e}");
    }
    let before_the_point = size.log10().floor();
    let digits = (2.0 - before_the_point).clamp(0.0, 7.0) as usize;
    let written = format!("{value:.digits$}");
    match written.contains('.') {
        true => written.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => written,
    }
}
