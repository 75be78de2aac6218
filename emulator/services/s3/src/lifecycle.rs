//! The lifecycle of a bucket, applied: what its rules delete and move when the time has come.
//!
//! AWS applies rules once a day, at midnight UTC, and so does this. A bucket has one deadline: the first
//! midnight at which any of its rules has something to do. What is due already when a rule, an object or
//! what is said about it is put waits for the next midnight. After a restart the moment is not known
//! before the World is told the time: then it is asked for first.
//!
//! Where we differ from AWS: at that midnight everything happens at once. AWS takes a day or two.

use std::collections::BTreeMap;
use std::ops::{Bound, Range};

use kernel::deadlines::Deadlines;
use kernel::names::BucketName;
use kernel::time::Timestamp;
use kernel::trace::CauseId;

use super::event::{About, Actor, EventName};
use super::multipart::{Upload, Uploads};
use super::{Bucket, Object, S3, Stored};
use crate::configuration::lifecycle::{Action, LifecycleConfiguration, day_after};
use crate::description::{Described, Descriptions};
use crate::version::{Named, VersionId, Versioning, Versions};
use crate::{Cx, limits};

/// What becomes due in S3.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Due {
    /// A midnight at which the lifecycle of this bucket has something to do.
    Lifecycle(Box<str>),
    /// The end of a stage of the restore of this version.
    Restoration {
        /// In which bucket.
        bucket: Box<str>,
        /// Of which key.
        key: Box<str>,
        /// The version id.
        version: Box<str>,
    },
    /// What was asked of this bucket goes into its log.
    AccessLog(Box<str>),
}

impl S3 {
    /// What scheduled it.
    pub(super) fn due_cause(&self, due: &Due) -> Option<CauseId> {
        match due {
            Due::AccessLog(bucket) => self.log_cause(bucket),
            Due::Lifecycle(bucket) => self.buckets.get(bucket)?.lifecycle.as_ref()?.cause(),
            Due::Restoration { bucket, key, version } => {
                self.buckets.get(bucket)?.restoration_cause(key, version)
            }
        }
    }

    /// Does what is due.
    pub(super) fn handle_due(&mut self, cx: &mut Cx<'_>, due: &Due) {
        match due {
            Due::Lifecycle(bucket) => {
                let Some(stored) = self.buckets.get_mut(bucket) else { return };
                let mut done = self.logs.has(bucket).then(Vec::new);
                stored.apply_lifecycle(cx, &mut self.descriptions, &mut done);
                self.log_lifecycle(cx, bucket, done.unwrap_or_default());
                self.stock_changes(cx);
            }
            Due::Restoration { bucket, key, version } => {
                let Some(stored) = self.buckets.get_mut(bucket) else { return };
                stored.end_stage(cx, key, version);
                self.stock_changes(cx);
                // Copies all go at midnight: each is a step.
                cx.goes_on();
            }
            Due::AccessLog(bucket) => self.deliver_log(cx, bucket),
        }
    }
}

/// What a lifecycle did, for the bucket's log.
#[derive(Debug)]
pub(super) struct Applied {
    /// `S3.EXPIRE.OBJECT`
    pub(super) operation: &'static str,
    pub(super) key: Box<str>,
    pub(super) version_id: Option<Box<str>>,
    pub(super) size_bytes: Option<u64>,
}

impl Applied {
    fn upload(key: &str) -> Self {
        let operation = "S3.DELETE.UPLOAD";
        Self { operation, key: key.into(), version_id: None, size_bytes: None }
    }
}

/// The rules of a bucket, of which at least one is in force, and when they have something to do.
#[derive(Debug, Clone)]
pub(super) struct Lifecycle {
    rules: LifecycleConfiguration,
    /// See [`LifecycleConfiguration::depth`].
    depth: usize,
    next: Next,
    /// What put the rules; nothing after a restart.
    cause: Option<CauseId>,
}

/// When the rules have something to do.
#[derive(Debug, Clone, Default)]
enum Next {
    /// With what is there now: never.
    #[default]
    Never,
    /// Nobody has looked yet: it was restarted.
    Unknown,
    /// A midnight.
    At(Timestamp),
    /// Now: it is being done.
    Underway {
        /// Since when.
        at: Timestamp,
        /// Up to this key it is done.
        done: Option<Box<str>>,
        /// When there is something to do again.
        then: Option<Timestamp>,
    },
}

/// What is due in a bucket, as much as is done at once.
#[derive(Default)]
struct Batch {
    due: Vec<(Box<str>, VersionId, Action)>,
    /// Uploads to be given up: keys and numbers.
    given_up: Vec<(Box<str>, u64)>,
    /// Up to which key that is all; nothing where it is all up to the last.
    done: Option<Option<Box<str>>>,
    /// When something of the rest is due.
    then: Option<Timestamp>,
}

impl Batch {
    fn count(&self) -> usize {
        self.due.len() + self.given_up.len()
    }

    /// `12 expired, 3 moved, 1 given up`
    fn outcome(&self) -> String {
        let expired = self.due.iter().filter(|(.., action)| *action == Action::Expire).count();
        let (moved, given_up) = (self.due.len() - expired, self.given_up.len());
        format!("{expired} expired, {moved} moved, {given_up} given up")
    }
}

fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    one.into_iter().chain(other).min()
}

impl Lifecycle {
    fn new(rules: LifecycleConfiguration, next: Next, cause: Option<CauseId>) -> Box<Self> {
        Box::new(Self { depth: rules.depth(), rules, next, cause })
    }

    /// The lifecycle of a bucket that comes back, where a rule is in force.
    pub(super) fn restored(deadlines: &mut Deadlines<Due>, bucket: &Bucket) -> Option<Box<Self>> {
        let rules = bucket.configuration::<LifecycleConfiguration>()?;
        if !rules.is_in_force() {
            return None;
        }
        deadlines.schedule(Timestamp::default(), due(&bucket.name));
        Some(Self::new(rules, Next::Unknown, None))
    }

    /// What put the rules.
    pub(super) fn cause(&self) -> Option<CauseId> {
        self.cause
    }

    /// When it wants to be asked.
    fn deadline(&self) -> Option<Timestamp> {
        match self.next {
            Next::Never => None,
            Next::Unknown => Some(Timestamp::default()),
            Next::At(at) | Next::Underway { at, .. } => Some(at),
        }
    }

    /// When the first thing becomes of some versions of a key.
    fn first(&self, key: &str, versions: &Versions, places: Range<usize>) -> Option<Timestamp> {
        places.filter_map(|at| self.rules.first(key, versions, at)).min()
    }

    /// When the first thing becomes of anything.
    fn first_of_all(
        &self,
        objects: &BTreeMap<Box<str>, Box<Versions>>,
        uploads: &Uploads,
    ) -> Option<Timestamp> {
        let uploads = uploads.iter().filter_map(|(key, upload)| self.abortion(key, upload));
        let keys = objects.iter();
        keys.filter_map(|(key, versions)| self.first(key, versions, 0..versions.count()))
            .chain(uploads)
            .min()
    }

    fn abortion(&self, key: &str, upload: &Upload) -> Option<Timestamp> {
        self.rules.abortion(key, upload.initiated).map(|(at, _rule)| at)
    }

    /// What is due of the keys after `done`.
    fn batch(
        &self,
        objects: &BTreeMap<Box<str>, Box<Versions>>,
        uploads: &Uploads,
        done: Option<Box<str>>,
        now: Timestamp,
    ) -> Batch {
        let mut batch = Batch::default();
        let from = done.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        let mut before = done.as_deref();
        for (key, versions) in objects.range::<str, _>((from, Bound::Unbounded)) {
            for (at, version) in versions.iter().enumerate() {
                match self.rules.now(key, versions, at, now) {
                    None => batch.then = earlier(batch.then, self.rules.first(key, versions, at)),
                    Some(_) if batch.due.len() == limits::LIFECYCLE_STEP_VERSIONS_MAX => {
                        batch.done = Some(before.map(Into::into));
                        return batch;
                    }
                    Some(action) => batch.due.push((key.clone(), version.id().clone(), action)),
                }
            }
            before = Some(key);
        }
        for (key, upload) in uploads.iter() {
            match self.abortion(key, upload) {
                Some(at) if at > now => batch.then = earlier(batch.then, Some(at)),
                None => {}
                Some(_) if batch.count() >= limits::LIFECYCLE_STEP_VERSIONS_MAX => {
                    batch.done = Some(before.map(Into::into));
                    return batch;
                }
                Some(_) => batch.given_up.push((key.into(), upload.number)),
            }
        }
        batch
    }
}

impl Stored {
    /// From now on these are the rules. What they had to do before is forgotten.
    pub(super) fn set_lifecycle(&mut self, cx: &mut Cx<'_>, rules: Option<LifecycleConfiguration>) {
        let before = self.lifecycle.take().and_then(|lifecycle| lifecycle.deadline());
        if let Some(at) = before {
            cx.deadlines.cancel(at, due(&self.bucket.name));
        }
        let Some(rules) = rules.filter(LifecycleConfiguration::is_in_force) else { return };
        let mut lifecycle = Lifecycle::new(rules, Next::Never, Some(cx.cause()));
        lifecycle.comes(
            cx,
            &self.bucket.name,
            lifecycle.first_of_all(&self.objects, &self.uploads),
        );
        self.lifecycle = Some(lifecycle);
    }

    /// `x-amz-expiration` of an object that is the newest version of its key.
    pub(super) fn expiration_of(&self, key: &str, object: &Object) -> Option<String> {
        self.lifecycle.as_ref()?.rules.expiration_of(key, object)
    }

    /// `x-amz-abort-date` and `x-amz-abort-rule-id` of an upload.
    pub(super) fn abortion_of(&self, key: &str, upload: &Upload) -> (Option<u64>, Option<String>) {
        let rules = self.lifecycle.as_ref().map(|lifecycle| &lifecycle.rules);
        let due = rules.and_then(|rules| rules.abortion(key, upload.initiated));
        due.map(|(at, rule)| (at.as_s(), rule.to_owned())).unzip()
    }

    /// An upload of this key began then.
    pub(super) fn upload_began(&mut self, cx: &mut Cx<'_>, key: &str, initiated: Timestamp) {
        let Some(lifecycle) = &mut self.lifecycle else { return };
        let due = lifecycle.rules.abortion(key, initiated).map(|(at, _rule)| at);
        lifecycle.comes(cx, &self.bucket.name, due);
    }

    /// A key has another newest version, or lost one.
    pub(super) fn key_changed(&mut self, cx: &mut Cx<'_>, key: &str) {
        let Some(lifecycle) = &mut self.lifecycle else { return };
        let Some(versions) = self.objects.get(key) else { return };
        let first = lifecycle.first(key, versions, 0..lifecycle.depth.min(versions.count()));
        lifecycle.comes(cx, &self.bucket.name, first);
    }

    /// Something else is said about a version, or the newest.
    pub(super) fn version_changed(&mut self, cx: &mut Cx<'_>, key: &str, named: Option<Named<'_>>) {
        let Some(lifecycle) = &mut self.lifecycle else { return };
        let Some(versions) = self.objects.get(key) else { return };
        let at = named.map_or(Some(0), |named| versions.position(named));
        let first = at.and_then(|at| lifecycle.rules.first(key, versions, at));
        lifecycle.comes(cx, &self.bucket.name, first);
    }

    /// Does what the rules have to do by now, or as much as is done at once.
    /// What is done is noted where the bucket has a log.
    pub(super) fn apply_lifecycle(
        &mut self,
        cx: &mut Cx<'_>,
        descriptions: &mut Descriptions,
        noted: &mut Option<Vec<Applied>>,
    ) {
        let Some(lifecycle) = &mut self.lifecycle else { return };
        let (done, then) = match std::mem::take(&mut lifecycle.next) {
            Next::Never => return,
            // At midnight itself nothing is late.
            Next::Unknown => {
                let midnight = day_after(Timestamp::from_ms(cx.now.as_ms().saturating_sub(1000)));
                let first = lifecycle.first_of_all(&self.objects, &self.uploads);
                let first = first.map(|first| first.max(midnight));
                return lifecycle.schedule(cx, &self.bucket.name, first);
            }
            Next::At(at) if at > cx.now => {
                lifecycle.next = Next::At(at);
                return;
            }
            Next::At(_) => (None, None),
            Next::Underway { done, then, .. } => (done, then),
        };
        let batch = lifecycle.batch(&self.objects, &self.uploads, done, cx.now);
        let then = earlier(then, batch.then);
        lifecycle.next = Next::Underway { at: cx.now, done: None, then };
        if batch.count() > 0 {
            let applied = cx.follows("s3:Lifecycle", self.bucket.name.as_str());
            let cx = &mut cx.because(applied);
            for (key, version, action) in &batch.due {
                if let Some(noted) = noted {
                    noted.push(self.applied(key, version, *action));
                }
                match action {
                    Action::Expire => self.expire(cx, key, version.named()),
                    Action::Move(class) => {
                        self.move_to(cx, key, version, |object| {
                            let Described { headers, encryption, .. } = (*object.described).clone();
                            object.described = descriptions.share(headers, *class, encryption);
                        });
                    }
                }
            }
            for (key, number) in &batch.given_up {
                if let Some(noted) = noted {
                    noted.push(Applied::upload(key));
                }
                self.abort_upload(cx, key, *number);
            }
            cx.trace.end(applied, batch.outcome());
        }
        self.go_on(cx, batch.done);
    }

    /// The rules have done what was due up to a key, or all of it.
    fn go_on(&mut self, cx: &mut Cx<'_>, done: Option<Option<Box<str>>>) {
        let Some(lifecycle) = &mut self.lifecycle else { return };
        let Next::Underway { at, then, .. } = std::mem::take(&mut lifecycle.next) else { return };
        match done {
            Some(done) => {
                lifecycle.next = Next::Underway { at, done, then };
                cx.deadlines.schedule(at, due(&self.bucket.name));
                cx.goes_on();
            }
            None => lifecycle.comes(cx, &self.bucket.name, then),
        }
    }

    /// A version has come to its end.
    fn expire(&mut self, cx: &mut Cx<'_>, key: &str, named: Named<'_>) {
        if self.is_hidden_by_expiry(key, named) {
            let event = EventName::LifecycleExpirationDeleteMarkerCreated;
            self.mark_deleted(cx, Actor::S3, event, key);
            return;
        }
        if let Some(removed) = self.remove(cx, key, named) {
            let event = EventName::LifecycleExpirationDelete;
            self.announce(cx, Actor::S3, event, key, About::Gone(removed.id()));
        }
    }

    /// Whether a version is the object of its key, and would still be there behind a delete marker.
    fn is_hidden_by_expiry(&self, key: &str, named: Named<'_>) -> bool {
        let versions = self.objects.get(key);
        let is_newest = versions.and_then(|versions| versions.position(named)) == Some(0);
        let is_object = versions.is_some_and(|versions| versions.object().is_some());
        is_newest && is_object && self.bucket.versioning != Versioning::Unversioned
    }

    /// What the log says of what is about to be done.
    fn applied(&self, key: &str, version: &VersionId, action: Action) -> Applied {
        let object = self.objects.get(key).and_then(|it| it.find(version.named())?.object());
        let operation = match action {
            Action::Expire if self.is_hidden_by_expiry(key, version.named()) => {
                "S3.CREATE.DELETEMARKER"
            }
            Action::Expire => "S3.EXPIRE.OBJECT",
            Action::Move(class) => class.logged_transition(),
        };
        Applied {
            operation,
            key: key.into(),
            version_id: version.id().map(Into::into),
            size_bytes: object.map(|object| object.content.size_bytes()),
        }
    }

    /// A version is kept in another class.
    fn move_to(
        &mut self,
        cx: &mut Cx<'_>,
        key: &str,
        version: &VersionId,
        change: impl FnOnce(&mut Object),
    ) {
        self.change(cx, key, Some(version.name()), change);
        let versions = self.objects.get(key);
        let moved = versions.and_then(|versions| versions.find(version.named())?.object());
        self.announce(cx, Actor::S3, EventName::LifecycleTransition, key, moved);
    }
}

impl Lifecycle {
    /// Something comes at that moment, or at the next midnight where that is past.
    fn comes(&mut self, cx: &mut Cx<'_>, bucket: &BucketName, first: Option<Timestamp>) {
        let Some(first) = first else { return };
        let first = first.max(day_after(cx.now));
        match &mut self.next {
            Next::Unknown => {}
            Next::Underway { then, .. } => *then = earlier(*then, Some(first)),
            Next::At(at) if *at <= first => {}
            Next::At(at) => {
                cx.deadlines.cancel(*at, due(bucket));
                self.schedule(cx, bucket, Some(first));
            }
            Next::Never => self.schedule(cx, bucket, Some(first)),
        }
    }

    fn schedule(&mut self, cx: &mut Cx<'_>, bucket: &BucketName, at: Option<Timestamp>) {
        let Some(at) = at else { return };
        self.next = Next::At(at);
        cx.deadlines.schedule(at, due(bucket));
    }
}

fn due(bucket: &BucketName) -> Due {
    Due::Lifecycle(bucket.as_str().into())
}
