//! How much is stored, once a day at midnight UTC.

use std::collections::BTreeMap;

use kernel::fact::Fact;
use kernel::time::Timestamp;

use super::facts;
use crate::{Cx, S3, StorageClass, Stored, limits};

const DAY_S: u64 = 24 * 60 * 60;

/// What there was at the last midnight, and when it is told next.
#[derive(Debug, Clone, Default)]
pub(super) struct Storage {
    /// At which midnight; nothing while nothing is stored.
    due: Option<Timestamp>,
    /// When something may last have changed; nothing where that was before a restart.
    changed: Option<Timestamp>,
    /// By bucket. Nothing where something may have changed since.
    stock: Option<BTreeMap<Box<str>, Stock>>,
}

/// What is stored in a bucket.
#[derive(Debug, Clone, Default)]
struct Stock {
    /// Versions, delete markers and parts of uploads.
    count: u64,
    /// By what CloudWatch calls their class.
    sizes_bytes: BTreeMap<&'static str, u64>,
}

impl Stock {
    fn of(stored: &Stored) -> Self {
        let mut stock = Self::default();
        for version in stored.objects.values().flat_map(|versions| versions.iter()) {
            stock.count += 1;
            if let Some(object) = version.object() {
                stock.add(object.storage_class(), object.content.size_bytes());
            }
        }
        for (_, upload) in stored.uploads.iter() {
            for part in upload.parts.values() {
                stock.count += 1;
                stock.add(upload.object.storage_class(), part.content.size_bytes());
            }
        }
        stock
    }

    fn add(&mut self, class: StorageClass, size_bytes: u64) {
        *self.sizes_bytes.entry(storage_type(class)).or_default() += size_bytes;
    }
}

/// What CloudWatch calls a class.
const fn storage_type(class: StorageClass) -> &'static str {
    match class {
        StorageClass::Standard => "StandardStorage",
        StorageClass::ReducedRedundancy => "ReducedRedundancyStorage",
        StorageClass::StandardIa => "StandardIAStorage",
        StorageClass::OnezoneIa => "OneZoneIAStorage",
        StorageClass::IntelligentTiering => "IntelligentTieringFAStorage",
        StorageClass::Glacier => "GlacierStorage",
        StorageClass::DeepArchive => "DeepArchiveStorage",
        StorageClass::GlacierIr => "GlacierInstantRetrievalStorage",
    }
}

const fn next_midnight(at: Timestamp) -> Timestamp {
    Timestamp::from_ms((at.as_s() / DAY_S + 1) * DAY_S * 1000)
}

impl S3 {
    /// What is stored may be another from now on: it is told at midnight.
    pub(crate) fn stock_changes(&mut self, cx: &mut Cx<'_>) {
        let storage = &mut self.meters.storage;
        storage.changed = Some(cx.now);
        storage.stock = None;
        if storage.due.is_none_or(|due| due <= cx.now) {
            storage.due = Some(next_midnight(cx.now));
        }
        if let Some(due) = storage.due {
            cx.minute.tells_at(due);
        }
    }

    fn stock(&self) -> BTreeMap<Box<str>, Stock> {
        let stocks = self.buckets.iter().map(|(name, stored)| (name.clone(), Stock::of(stored)));
        stocks.filter(|(_, stock)| stock.count > 0).collect()
    }

    pub(super) fn state_storage(&self, at: Timestamp, out: &mut Vec<Fact>) {
        let storage = &self.meters.storage;
        let Some(due) = storage.due.filter(|due| *due <= at) else { return };
        let counted = storage.stock.is_none().then(|| self.stock());
        let stock = counted.as_ref().or(storage.stock.as_ref());
        let day = Timestamp::from_ms((due.as_s() - DAY_S) * 1000);
        for (name, stock) in stock.into_iter().flatten() {
            let Some(stored) = self.buckets.get(name) else { continue };
            for (class, size_bytes) in &stock.sizes_bytes {
                let mut facts = facts(stored, ("StorageType", *class), day, out);
                facts.level_in("BucketSizeBytes", "Bytes", *size_bytes as f64);
            }
            let mut facts = facts(stored, ("StorageType", "AllStorageTypes"), day, out);
            facts.level("NumberOfObjects", stock.count as f64);
        }
    }

    /// A midnight is over, or any other minute. As long as anybody could still read what was told before the
    /// last change, it is told each day.
    pub(super) fn begin_day(&mut self, at: Timestamp) -> Option<Timestamp> {
        let due = self.meters.storage.due;
        if due.is_some_and(|due| due > at) {
            return due;
        }
        let counted = self.meters.storage.stock.is_none().then(|| self.stock());
        let storage = &mut self.meters.storage;
        storage.stock = counted.or(storage.stock.take());
        if storage.changed.is_none() && at > Timestamp::default() {
            storage.changed = Some(at);
        }
        let changed = storage.changed.unwrap_or(at);
        let is_told = storage.stock.as_ref().is_some_and(|stock| !stock.is_empty())
            && changed.after_s(limits::STORAGE_TOLD_S) > at;
        storage.due = is_told.then(|| next_midnight(at));
        storage.due
    }
}
