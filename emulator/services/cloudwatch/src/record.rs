//! What is stored of CloudWatch, frozen: a new field or kind raises the format of data directories
//! (`emulator/src/store/formats`). The live types may change as they like; here they are converted.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use kernel::names::{AccountId, Region};
use kernel::record::Key;
use serde::{Deserialize, Serialize};

use crate::Kind;
use crate::chunk::Chunk;
use crate::key::MetricKey;
use crate::shelf::{Metric as LiveMetric, Place};
use crate::tier::Tier;
use crate::unit::Unit;

/// A metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    number: u64,
    account: AccountId,
    region: Region,
    namespace: Box<str>,
    name: Box<str>,
    dimensions: Vec<(Box<str>, Box<str>)>,
}

impl Metric {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        Key::numbered(Kind::Metric, self.number)
    }

    pub(crate) const fn number(&self) -> u64 {
        self.number
    }
}

impl From<&LiveMetric> for Metric {
    fn from(live: &LiveMetric) -> Self {
        let MetricKey { account, region, namespace, name, dimensions } = (*live.key).clone();
        Self { number: live.number, account, region, namespace, name, dimensions }
    }
}

impl From<Metric> for LiveMetric {
    fn from(stored: Metric) -> Self {
        let Metric { number, account, region, namespace, name, dimensions } = stored;
        let key = MetricKey { account, region, namespace, name, dimensions };
        Self::new(number, Arc::new(key))
    }
}

/// Points of a metric that lie close together, in the bytes of `chunk.rs` in base64.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricPoints {
    number: u64,
    metric: u64,
    unit: String,
    /// From a point to the next, in seconds: 1, 60, 300, 3600.
    step_s: u64,
    /// Where the first of them may lie, in seconds since the epoch.
    start_s: u64,
    points: String,
}

impl MetricPoints {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        Key::numbered(Kind::MetricPoints, self.number)
    }

    pub(crate) fn of(place: Place, live: &Chunk) -> Self {
        Self {
            number: live.number,
            metric: place.metric,
            unit: place.unit.as_str().to_owned(),
            step_s: place.tier.step_s(),
            start_s: place.start_s,
            points: BASE64.encode(live.to_bytes()),
        }
    }

    pub(crate) fn into_live(self) -> (Place, Chunk) {
        let Self { number, metric, unit, step_s, start_s, points } = self;
        let unit = Unit::parse(&unit).unwrap_or(Unit::NONE);
        let tier = Tier::with_step(step_s).unwrap_or(Tier::Minute);
        let bytes = BASE64.decode(points).unwrap_or_default();
        (Place { start_s, metric, unit, tier }, Chunk::from_bytes(number, &bytes))
    }
}
