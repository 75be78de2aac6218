//! What AWS says of lifecycles that cannot be.

use std::collections::BTreeSet;

use kernel::error::ApiError;

use super::{
    Expiration, LifecycleConfiguration, LifecycleRule, NoncurrentVersionExpiration, Transition,
};
use crate::access::invalid_argument;
use crate::configuration::filter::Filter;
use crate::configuration::malformed;
use crate::error::{INVALID_ARGUMENT, INVALID_REQUEST};
use crate::{StorageClass, limits};

impl LifecycleConfiguration {
    pub(super) fn check(&self) -> Result<(), ApiError> {
        if !(1..=limits::LIFECYCLE_RULES_MAX).contains(&self.rules.len()) {
            return Err(malformed());
        }
        let mut ids = BTreeSet::new();
        for rule in &self.rules {
            if rule.id.chars().count() > limits::LIFECYCLE_RULE_ID_CHARS_MAX {
                return Err(invalid_argument(
                    "ID length should not exceed allowed limit of 255",
                    "ID",
                    rule.id.as_str(),
                ));
            }
            if !rule.id.is_empty() && !ids.insert(&rule.id) {
                return Err(INVALID_ARGUMENT
                    .says("Rule ID must be unique. Found same ID for more than one rule"));
            }
        }
        self.rules.iter().try_for_each(LifecycleRule::check)?;
        let old = self.rules.iter().filter(|rule| rule.prefix.is_some()).count();
        if old > 0 && old < self.rules.len() {
            return Err(INVALID_REQUEST.says(
                "Base level prefix cannot be used in Lifecycle V2, prefixes are only supported in \
                 the Filter.",
            ));
        }
        self.check_overlap()
    }

    /// Rules of the old form must not be about the same objects.
    fn check_overlap(&self) -> Result<(), ApiError> {
        for (at, one) in self.rules.iter().enumerate() {
            for other in &self.rules[at + 1..] {
                let (Some(prefix), Some(others)) = (&one.prefix, &other.prefix) else { continue };
                let action = match (one.expiration, other.expiration) {
                    (Some(_), Some(_)) => "Expiration",
                    _ if !one.transitions.is_empty() && !other.transitions.is_empty() => {
                        "Transition"
                    }
                    _ => continue,
                };
                if prefix.starts_with(&**others) || others.starts_with(&**prefix) {
                    return Err(INVALID_REQUEST.says(format!(
                        "Found overlapping prefixes '{prefix}' and '{others}' for same action type \
                         '{action}'"
                    )));
                }
            }
        }
        Ok(())
    }
}

impl LifecycleRule {
    fn check(&self) -> Result<(), ApiError> {
        match (&self.prefix, &self.filter) {
            (None, None) | (Some(_), Some(_)) => return Err(malformed()),
            (Some(_), None) => {}
            (None, Some(filter)) => filter.check()?,
        }
        let prefix = self.prefix.as_deref();
        let prefix = prefix.or(self.filter.as_ref().map(Filter::prefix)).unwrap_or_default();
        if prefix.len() > limits::OBJECT_KEY_SIZE_BYTES_MAX {
            return Err(INVALID_REQUEST.says("The maximum size of a prefix is 1024."));
        }
        let has_action = self.expiration.is_some()
            || !self.transitions.is_empty()
            || !self.noncurrent_version_transitions.is_empty()
            || self.noncurrent_version_expiration.is_some()
            || self.abort_incomplete_multipart_upload.is_some();
        if !has_action {
            return Err(INVALID_REQUEST.says("At least one action needs to be specified in a rule"));
        }
        if let Some(expiration) = &self.expiration {
            self.check_expiration(expiration)?;
        }
        self.check_transitions()?;
        self.check_noncurrent()?;
        self.check_abort()
    }

    fn has_tags(&self) -> bool {
        self.filter.as_ref().is_some_and(|filter| filter.tags().next().is_some())
    }

    /// The objects, as AWS's messages name them.
    fn objects(&self) -> String {
        match (&self.prefix, &self.filter) {
            (Some(prefix), _) => format!("prefix '{prefix}'"),
            (None, filter) => {
                format!("filter '{}'", filter.as_ref().unwrap_or(&Filter::default()))
            }
        }
    }

    fn check_expiration(&self, expiration: &Expiration) -> Result<(), ApiError> {
        match (expiration.days, expiration.date, expiration.expired_object_delete_marker) {
            (Some(days), None, None) => positive(days, "Days", "Expiration"),
            (None, Some(date), None) => check_midnight(date),
            (None, None, Some(is_on)) => {
                if is_on && self.has_tags() {
                    return Err(INVALID_REQUEST
                        .says("ExpiredObjectDeleteMarker cannot be specified with Tags."));
                }
                Ok(())
            }
            _ => Err(malformed()),
        }
    }

    fn check_transitions(&self) -> Result<(), ApiError> {
        let objects = self.objects();
        let mixed = |of: &str| {
            INVALID_REQUEST.says(format!(
                "Found mixed 'Date' and 'Days' based {of} actions in lifecycle rule for {objects}"
            ))
        };
        for transition in &self.transitions {
            match (transition.days, transition.date) {
                (Some(days), None) => {
                    check_days(days, "Days", "Transition", transition.storage_class)?;
                }
                (None, Some(date)) => {
                    check_class(transition.storage_class)?;
                    check_midnight(date)?;
                }
                _ => return Err(malformed()),
            }
        }
        let with_days = self.transitions.iter().filter(|it| it.days.is_some()).count();
        if with_days > 0 && with_days < self.transitions.len() {
            return Err(mixed("Transition"));
        }
        let times = self.transitions.iter().map(|it| (it.storage_class, time_of(it)));
        check_order(times, "Days", "Transition", &objects)?;
        let last = self.transitions.iter().map(time_of).max();
        match (last, &self.expiration) {
            (Some(last), Some(Expiration { days: Some(days), .. })) => {
                if with_days == 0 {
                    return Err(mixed("Expiration and Transition"));
                }
                after(*days, last, "Days", "Expiration", "Transition", &objects)
            }
            (Some(last), Some(Expiration { date: Some(date), .. })) => {
                if with_days > 0 {
                    return Err(mixed("Expiration and Transition"));
                }
                let day = days_of(*date);
                after(day, last, "Date", "Expiration", "Transition", &objects)
            }
            _ => Ok(()),
        }
    }

    fn check_noncurrent(&self) -> Result<(), ApiError> {
        const NAME: &str = "NoncurrentDays";
        let objects = self.objects();
        for transition in &self.noncurrent_version_transitions {
            let (days, class) = (transition.noncurrent_days, transition.storage_class);
            check_days(days, NAME, "NoncurrentVersionTransition", class)?;
            check_newer(transition.newer_noncurrent_versions, "NoncurrentVersionTransition")?;
        }
        let transitions = &self.noncurrent_version_transitions;
        let times = transitions.iter().map(|it| (it.storage_class, it.noncurrent_days));
        check_order(times, NAME, "NoncurrentVersionTransition", &objects)?;
        let Some(expiration) = self.noncurrent_version_expiration else { return Ok(()) };
        let NoncurrentVersionExpiration { noncurrent_days: days, newer_noncurrent_versions } =
            expiration;
        positive(days, NAME, "NoncurrentVersionExpiration")?;
        check_newer(newer_noncurrent_versions, "NoncurrentVersionExpiration")?;
        match transitions.iter().map(|it| it.noncurrent_days).max() {
            Some(last) => after(
                days,
                last,
                NAME,
                "NoncurrentVersionExpiration",
                "NoncurrentVersionTransition",
                &objects,
            ),
            None => Ok(()),
        }
    }

    fn check_abort(&self) -> Result<(), ApiError> {
        let Some(abort) = self.abort_incomplete_multipart_upload else { return Ok(()) };
        positive(
            abort.days_after_initiation,
            "DaysAfterInitiation",
            "AbortIncompleteMultipartUpload",
        )?;
        if self.has_tags() {
            return Err(INVALID_REQUEST
                .says("AbortIncompleteMultipartUpload cannot be specified with Tags."));
        }
        let sizes = self.filter.as_ref().map(Filter::sizes_bytes);
        if sizes.is_some_and(|sizes| sizes != (None, None)) {
            return Err(INVALID_REQUEST
                .says("AbortIncompleteMultipartUpload cannot be specified with object size."));
        }
        Ok(())
    }
}

/// When something is moved: in days, whichever way that is said.
fn time_of(transition: &Transition) -> i64 {
    transition.days.unwrap_or_else(|| days_of(transition.date.unwrap_or_default()))
}

fn days_of(date_s: f64) -> i64 {
    (date_s / DAY_S) as i64
}

const DAY_S: f64 = 24.0 * 60.0 * 60.0;

fn check_midnight(date_s: f64) -> Result<(), ApiError> {
    if date_s % DAY_S == 0.0 {
        return Ok(());
    }
    let at = chrono::DateTime::from_timestamp(date_s as i64, 0).unwrap_or_default();
    let at = at.format("%Y-%m-%dT%H:%M:%S.000Z").to_string();
    Err(invalid_argument("'Date' must be at midnight GMT", "Date", at))
}

fn positive(days: i64, name: &str, action: &str) -> Result<(), ApiError> {
    if (1..=limits::LIFECYCLE_DAYS_MAX).contains(&days) {
        return Ok(());
    }
    Err(INVALID_ARGUMENT.says(format!("'{name}' for {action} action must be a positive integer")))
}

/// Objects are moved to these alone, and to some not before a month.
fn check_days(days: i64, name: &str, action: &str, class: StorageClass) -> Result<(), ApiError> {
    check_class(class)?;
    if !(0..=limits::LIFECYCLE_DAYS_MAX).contains(&days) {
        return Err(
            INVALID_ARGUMENT.says(format!("'{name}' in {action} action must be nonnegative"))
        );
    }
    if is_infrequent(class) && days < limits::INFREQUENT_ACCESS_DAYS_MIN {
        return Err(INVALID_ARGUMENT.says(format!(
            "'{name}' in {action} action must be greater than or equal to {} for storageClass '{}'",
            limits::INFREQUENT_ACCESS_DAYS_MIN,
            class.name()
        )));
    }
    Ok(())
}

fn check_class(class: StorageClass) -> Result<(), ApiError> {
    match class {
        StorageClass::Standard | StorageClass::ReducedRedundancy => Err(malformed()),
        _ => Ok(()),
    }
}

fn is_infrequent(class: StorageClass) -> bool {
    matches!(class, StorageClass::StandardIa | StorageClass::OnezoneIa)
}

fn check_newer(count: Option<i64>, action: &str) -> Result<(), ApiError> {
    match count {
        Some(count) if !(1..=limits::NEWER_NONCURRENT_VERSIONS_MAX).contains(&count) => {
            Err(INVALID_ARGUMENT.says(format!(
                "'NewerNoncurrentVersions' for {action} action must be between 1 and {}",
                limits::NEWER_NONCURRENT_VERSIONS_MAX
            )))
        }
        _ => Ok(()),
    }
}

/// Each class once, a day apart, and an archive not before a month in a class of infrequent access.
fn check_order(
    times: impl Iterator<Item = (StorageClass, i64)>,
    name: &str,
    action: &str,
    objects: &str,
) -> Result<(), ApiError> {
    let mut times: Vec<_> = times.collect();
    times.sort_by_key(|(_, days)| *days);
    for (at, (class, days)) in times.iter().enumerate() {
        for (later_class, later_days) in &times[at + 1..] {
            let (first, second) = (class.name(), later_class.name());
            if class == later_class {
                return Err(INVALID_REQUEST.says(format!(
                    "'StorageClass' must be different for '{action}' actions in same 'Rule' with \
                     {objects}"
                )));
            }
            if later_days == days {
                return Err(INVALID_ARGUMENT.says(format!(
                    "'{name}' in the '{action}' action for StorageClass '{second}' for {objects} \
                     must be at least one day apart from {objects} in the '{action}' action for \
                     StorageClass '{first}'"
                )));
            }
            if is_infrequent(*class) && later_days - days < limits::INFREQUENT_ACCESS_DAYS_MIN {
                return Err(INVALID_ARGUMENT.says(format!(
                    "'{name}' in the '{second}' {action} action for {objects} must be {} days more \
                     than '{objects}' in the '{first}' {action} action",
                    limits::INFREQUENT_ACCESS_DAYS_MIN
                )));
            }
        }
    }
    Ok(())
}

fn after(
    days: i64,
    last: i64,
    name: &str,
    action: &str,
    before: &str,
    objects: &str,
) -> Result<(), ApiError> {
    if days > last {
        return Ok(());
    }
    Err(INVALID_ARGUMENT.says(format!(
        "'{name}' in the {action} action for {objects} must be greater than '{name}' in the \
         {before} action"
    )))
}
