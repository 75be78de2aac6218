//! What the rules do to a version, and when.

use kernel::time::Timestamp;

use super::{
    Expiration, LifecycleConfiguration, LifecycleRule, MinimumSize, NoncurrentVersionTransition,
};
use crate::configuration::Status;
use crate::configuration::filter::Filter;
use crate::version::{Version, Versions};
use crate::{Object, StorageClass, limits};

const DAY_S: u64 = 24 * 60 * 60;

/// What becomes of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// It is deleted: the newest of a key as a delete does it, others for good.
    Expire,
    /// It is kept in another class.
    Move(StorageClass),
}

impl LifecycleConfiguration {
    /// When an upload is given up that began then, and which rule says so.
    pub(crate) fn abortion(&self, key: &str, initiated: Timestamp) -> Option<(Timestamp, &str)> {
        let rules = self.rules.iter().filter(|rule| rule.is_about_all(key));
        let due = rules.filter_map(|rule| {
            let days = rule.abort_incomplete_multipart_upload?.days_after_initiation;
            Some((due(Some(days), None, initiated)?, rule.id.as_str()))
        });
        due.min_by_key(|(at, _)| *at)
    }

    /// Whether any rule is in force.
    pub(crate) fn is_in_force(&self) -> bool {
        self.rules.iter().any(|rule| rule.status == Status::Enabled)
    }

    /// How many versions of a key, from the newest on, are concerned by a change of the newest: itself,
    /// the one after it, and the last that some rule spares.
    pub(crate) fn depth(&self) -> usize {
        let spared = self.rules.iter().flat_map(|rule| {
            let expiration = rule.noncurrent_version_expiration.iter();
            let moves = rule.noncurrent_version_transitions.iter();
            expiration
                .map(|it| it.newer_noncurrent_versions)
                .chain(moves.map(|it| it.newer_noncurrent_versions))
        });
        2 + spared.flatten().filter_map(|spared| usize::try_from(spared).ok()).max().unwrap_or(0)
    }

    /// When the first thing becomes of the version at that place.
    pub(crate) fn first(&self, key: &str, versions: &Versions, at: usize) -> Option<Timestamp> {
        let mut first: Option<Timestamp> = None;
        self.each(key, versions, at, |due, _action| {
            first = Some(first.map_or(due, |first| first.min(due)));
        });
        first
    }

    /// What becomes of the version at that place now, of all that is due. To be deleted comes before
    /// everything else, and of classes the one that costs least.
    pub(crate) fn now(
        &self,
        key: &str,
        versions: &Versions,
        at: usize,
        now: Timestamp,
    ) -> Option<Action> {
        let rank = |action: Action| match action {
            Action::Expire => u8::MAX,
            Action::Move(class) => rank(class),
        };
        let mut chosen: Option<Action> = None;
        self.each(key, versions, at, |due, action| {
            if due <= now && chosen.is_none_or(|chosen| rank(action) > rank(chosen)) {
                chosen = Some(action);
            }
        });
        chosen
    }

    /// Tells all that the rules do to the version at that place, each with its moment.
    fn each(
        &self,
        key: &str,
        versions: &Versions,
        at: usize,
        mut tell: impl FnMut(Timestamp, Action),
    ) {
        let Some(version) = versions.at(at) else { return };
        let newer = at.checked_sub(1).and_then(|newer| versions.at(newer));
        for rule in &self.rules {
            let is_about = match version {
                Version::Object(object) => rule.is_about(key, object),
                Version::DeleteMarker(_) => rule.is_about_all(key),
            };
            match (is_about, newer, version) {
                (false, ..) => {}
                (true, Some(newer), _) => {
                    // It is no longer the newest since the next newer one was made.
                    self.each_noncurrent(rule, version, newer.last_modified(), at - 1, &mut tell);
                }
                (true, None, Version::Object(object)) => {
                    let since = object.last_modified;
                    if let Some(due) = rule.expiration.and_then(|it| it.due(since)) {
                        tell(due, Action::Expire);
                    }
                    for it in &rule.transitions {
                        if let Some(due) = due(it.days, it.date, since)
                            && self.may_move(rule, object, it.storage_class)
                        {
                            tell(due, Action::Move(it.storage_class));
                        }
                    }
                }
                (true, None, Version::DeleteMarker(marker)) if versions.count() == 1 => {
                    let due = rule.expiration.and_then(|it| it.due_of_marker(marker.last_modified));
                    if let Some(due) = due {
                        tell(due, Action::Expire);
                    }
                }
                (true, None, Version::DeleteMarker(_)) => {}
            }
        }
    }

    /// The same of one rule and a version that is not the newest: `spared` are between it and the newest.
    fn each_noncurrent(
        &self,
        rule: &LifecycleRule,
        version: &Version,
        since: Timestamp,
        spared: usize,
        mut tell: impl FnMut(Timestamp, Action),
    ) {
        let is_spared = |newer: Option<i64>| {
            newer.is_some_and(|newer| usize::try_from(newer).is_ok_and(|newer| spared < newer))
        };
        if let Some(it) = &rule.noncurrent_version_expiration
            && !is_spared(it.newer_noncurrent_versions)
            && let Some(due) = due(Some(it.noncurrent_days), None, since)
            && let Some(due) = deletable(version, due)
        {
            tell(due, Action::Expire);
        }
        for it in &rule.noncurrent_version_transitions {
            let NoncurrentVersionTransition { noncurrent_days, storage_class, .. } = *it;
            if let Version::Object(object) = version
                && !is_spared(it.newer_noncurrent_versions)
                && let Some(due) = due(Some(noncurrent_days), None, since)
                && self.may_move(rule, object, storage_class)
            {
                tell(due, Action::Move(storage_class));
            }
        }
    }

    /// Whether an object can be moved to a class: down alone, and not where it is too small.
    fn may_move(&self, rule: &LifecycleRule, object: &Object, to: StorageClass) -> bool {
        let says_size = rule.filter.as_ref().map(Filter::sizes_bytes).unwrap_or_default();
        let is_large = object.content.size_bytes() >= limits::TRANSITION_SIZE_BYTES_MIN;
        let small_ones_go = match self.transition_default_minimum_object_size {
            MinimumSize::AllStorageClasses128K => false,
            MinimumSize::VariesByStorageClass => to.is_archived(),
        };
        rank(object.storage_class()) < rank(to)
            && (is_large || small_ones_go || says_size != (None, None))
    }
}

impl LifecycleRule {
    /// Whether the rule is in force and about all that is under this key: uploads and delete markers, which
    /// have neither tags nor size, too.
    fn is_about_all(&self, key: &str) -> bool {
        let filter = self.filter.as_ref();
        self.status == Status::Enabled
            && key.starts_with(self.prefix())
            && filter.is_none_or(|filter| {
                filter.tags().next().is_none() && filter.sizes_bytes() == (None, None)
            })
    }
}

impl Expiration {
    /// When an object is to be deleted that was written then; nothing where that is about delete markers.
    pub(crate) fn due(&self, written: Timestamp) -> Option<Timestamp> {
        due(self.days, self.date, written)
    }

    /// When a delete marker is to be deleted that alone is left of its key: at once where the rule says
    /// so, else as old as objects are then.
    fn due_of_marker(&self, written: Timestamp) -> Option<Timestamp> {
        let at_once = self.expired_object_delete_marker.filter(|is_on| *is_on).map(|_| 0);
        due(at_once.or(self.days), None, written)
    }
}

/// The midnight at which something is due after so many days, or at a date.
pub(crate) fn due(days: Option<i64>, date: Option<f64>, since: Timestamp) -> Option<Timestamp> {
    let at_s = match (days.and_then(|days| u64::try_from(days).ok()), date) {
        // Days are counted from the midnight that follows.
        (Some(days), _) => midnight_s(since.as_s().saturating_add(days.saturating_mul(DAY_S))),
        (None, Some(date)) => date.max(0.0) as u64,
        (None, None) => return None,
    };
    Some(Timestamp::from_ms(at_s.saturating_mul(1000)))
}

/// The first midnight that is after this moment.
pub(crate) fn day_after(moment: Timestamp) -> Timestamp {
    Timestamp::from_ms(midnight_s(moment.as_s() + 1).saturating_mul(1000))
}

/// That moment, or the midnight after it.
fn midnight_s(at_s: u64) -> u64 {
    at_s.div_ceil(DAY_S) * DAY_S
}

/// From when on a version that is due then can be deleted; nothing while it is held.
fn deletable(version: &Version, due: Timestamp) -> Option<Timestamp> {
    let lock = version.object().map(Object::lock).unwrap_or_default();
    if lock.legal_hold == Some(crate::LegalHold::On) {
        return None;
    }
    let until_s = lock.retention.map_or(0, |it| midnight_s(it.until.as_s().saturating_add(1)));
    Some(due.max(Timestamp::from_ms(until_s.saturating_mul(1000))))
}

/// The order in which objects are moved: from a lesser to a greater one.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html>
fn rank(class: StorageClass) -> u8 {
    match class {
        StorageClass::Standard | StorageClass::ReducedRedundancy => 0,
        StorageClass::StandardIa => 1,
        StorageClass::IntelligentTiering => 2,
        StorageClass::OnezoneIa => 3,
        StorageClass::GlacierIr => 4,
        StorageClass::Glacier => 5,
        StorageClass::DeepArchive => 6,
    }
}
