//! Units of data points.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html>

/// All units, as AWS lists them.
const UNITS: [&str; 27] = [
    "Seconds",
    "Microseconds",
    "Milliseconds",
    "Bytes",
    "Kilobytes",
    "Megabytes",
    "Gigabytes",
    "Terabytes",
    "Bits",
    "Kilobits",
    "Megabits",
    "Gigabits",
    "Terabits",
    "Percent",
    "Count",
    "Bytes/Second",
    "Kilobytes/Second",
    "Megabytes/Second",
    "Gigabytes/Second",
    "Terabytes/Second",
    "Bits/Second",
    "Kilobits/Second",
    "Megabits/Second",
    "Gigabits/Second",
    "Terabits/Second",
    "Count/Second",
    "None",
];

/// A unit: points of one are never mixed with those of another when they are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unit(u8);

impl Unit {
    /// What a point is in that says nothing of it.
    pub const NONE: Self = Self(26);
    /// `Count`
    pub const COUNT: Self = Self(14);
    /// `Bytes`
    pub const BYTES: Self = Self(3);
    /// `Seconds`
    pub const SECONDS: Self = Self(0);
    /// `Milliseconds`
    pub const MILLISECONDS: Self = Self(2);
    /// `Percent`
    pub const PERCENT: Self = Self(13);

    /// The unit of this name, or nothing.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let at = UNITS.iter().position(|unit| *unit == name)?;
        u8::try_from(at).ok().map(Self)
    }

    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        UNITS.get(usize::from(self.0)).copied().unwrap_or("None")
    }

    /// All there are, as AWS's refusals list them.
    pub(crate) fn listed() -> String {
        UNITS.join(", ")
    }
}
