//! What is stored under a key: its versions. In a bucket without versioning there is one, called `null`.

use std::collections::VecDeque;

use base64::Engine as _;
use base64::alphabet::Alphabet;
use base64::engine::GeneralPurpose;
use base64::engine::general_purpose::NO_PAD;
use kernel::content::Content;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Cx, Object};

/// Whether what is put makes versions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Versioning {
    /// Nobody has ever said: there is one version of each object, `null`.
    #[default]
    Unversioned,
    /// Each put makes one.
    Enabled,
    /// Each put makes or replaces the `null` version; the others stay.
    Suspended,
}

impl Versioning {
    pub(crate) fn is_unversioned(&self) -> bool {
        *self == Self::Unversioned
    }
}

/// The versions of a key, of which there is at least one.
#[derive(Debug, Clone)]
pub(crate) struct Versions {
    newest: Version,
    /// The newest of them first. Most keys have none, and spend one word on it.
    #[expect(clippy::box_collection, reason = "a queue in place would be four words of each key")]
    older: Option<Box<VecDeque<Version>>>,
}

/// One version of a key.
#[derive(Debug, Clone)]
pub(crate) enum Version {
    /// An object.
    Object(Object),
    /// Says that the key was deleted: what is older can still be read by its version id.
    DeleteMarker(DeleteMarker),
}

/// Says that a key was deleted.
#[derive(Debug, Clone)]
pub(crate) struct DeleteMarker {
    pub(crate) version: VersionId,
    pub(crate) last_modified: Timestamp,
}

/// Which version of its key something is.
#[derive(Debug, Clone, Default)]
pub(crate) enum VersionId {
    /// `null`: put while the bucket had no versioning, before any other version.
    #[default]
    Null,
    /// A version among others.
    Among(Box<Place>),
}

/// The place of a version among others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// Grows with time: a newer version has a greater one.
    pub(crate) number: u64,
    /// The version id; nothing of the `null` version that was put while versioning was suspended.
    pub(crate) id: Option<Box<str>>,
}

/// Version ids are 24 bytes in letters that no URL escapes.
const LETTERS: GeneralPurpose = GeneralPurpose::new(
    &match Alphabet::new("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._") {
        Ok(alphabet) => alphabet,
        Err(_) => unreachable!(),
    },
    NO_PAD,
);

/// A version, as a request names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Named<'a> {
    /// `null`
    Null,
    /// One with a name of its own, and the number in it.
    Id { id: &'a str, number: u64 },
}

impl<'a> Named<'a> {
    /// Nothing where no version is ever called so.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        if text == "null" {
            return Some(Self::Null);
        }
        let mut bytes = [0; 24];
        let length = LETTERS.decode_slice(text, &mut bytes).ok()?;
        let word = |at: usize| Some(u64::from_be_bytes(*bytes.get(at..)?.first_chunk()?));
        let (number, random, check) = (word(0)? ^ word(8)?, word(8)?, word(16)?);
        let is_one = length == bytes.len() && check == check_of(number, random);
        is_one.then_some(Self::Id { id: text, number })
    }
}

/// What stands behind the two words of a version id: S3 tells one that it gave from one that somebody made up.
/// The finaliser of SplitMix64, <https://prng.di.unimi.it/splitmix64.c>.
const fn check_of(number: u64, random: u64) -> u64 {
    let mut mixed = number ^ random.rotate_left(32);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

impl VersionId {
    /// One that is newer than all others and has a name of its own. Its place is in the name, so that it
    /// is found among many; to readers the name is random.
    pub(crate) fn new(cx: &mut Cx<'_>) -> Self {
        let number = cx.numbers.next(cx.now);
        let random = cx.ids.next_u64();
        let words = [number ^ random, random, check_of(number, random)];
        let id = LETTERS.encode(words.map(u64::to_be_bytes).as_flattened());
        Self::Among(Box::new(Place { number, id: Some(id.into()) }))
    }

    /// A `null` that is newer than all others.
    pub(crate) fn new_null(cx: &mut Cx<'_>) -> Self {
        Self::Among(Box::new(Place { number: cx.numbers.next(cx.now), id: None }))
    }

    /// Its name, as answers have it.
    pub(crate) fn name(&self) -> &str {
        self.id().unwrap_or("null")
    }

    fn is(&self, named: Named<'_>) -> bool {
        match named {
            Named::Null => self.id().is_none(),
            Named::Id { id, .. } => self.id() == Some(id),
        }
    }

    /// The same, as a request would name it.
    pub(crate) fn named(&self) -> Named<'_> {
        match self.id() {
            None => Named::Null,
            Some(id) => Named::Id { id, number: self.number() },
        }
    }

    /// Its number among the versions of its key; 0 where it is older than all that have one.
    pub(crate) fn number(&self) -> u64 {
        match self {
            Self::Null => 0,
            Self::Among(place) => place.number,
        }
    }

    /// Its name; nothing for `null`.
    pub(crate) fn id(&self) -> Option<&str> {
        match self {
            Self::Null => None,
            Self::Among(place) => place.id.as_deref(),
        }
    }
}

impl Version {
    pub(crate) fn id(&self) -> &VersionId {
        match self {
            Self::Object(object) => &object.version,
            Self::DeleteMarker(marker) => &marker.version,
        }
    }

    pub(crate) fn content(&self) -> Option<&Content> {
        self.object().map(|object| &object.content)
    }

    pub(crate) fn object(&self) -> Option<&Object> {
        match self {
            Self::Object(object) => Some(object),
            Self::DeleteMarker(_) => None,
        }
    }

    pub(crate) fn object_mut(&mut self) -> Option<&mut Object> {
        match self {
            Self::Object(object) => Some(object),
            Self::DeleteMarker(_) => None,
        }
    }

    pub(crate) fn last_modified(&self) -> Timestamp {
        match self {
            Self::Object(object) => object.last_modified,
            Self::DeleteMarker(marker) => marker.last_modified,
        }
    }
}

/// What was removed of the versions of a key.
pub(crate) enum Removed {
    /// One of several.
    One(Version),
    /// The only one: nothing is left of the key.
    Last,
}

impl Versions {
    /// A key with one version.
    pub(crate) fn one(version: Version) -> Self {
        Self { newest: version, older: None }
    }

    pub(crate) fn newest(&self) -> &Version {
        &self.newest
    }

    pub(crate) fn into_newest(self) -> Version {
        self.newest
    }

    /// The object that the key alone names: that of the newest version, unless it is a delete marker.
    pub(crate) fn object(&self) -> Option<&Object> {
        self.newest.object()
    }

    /// All versions, the newest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Version> {
        std::iter::once(&self.newest).chain(self.older.iter().flat_map(|older| older.iter()))
    }

    /// The versions that are older than the named one, whether it is still there or not. Nothing where
    /// it is a `null` that is not there: where it was, nobody knows.
    pub(crate) fn older_than(&self, named: Named<'_>) -> impl Iterator<Item = &Version> {
        let at = match (self.position(named), named) {
            (Some(at), _) => at + 1,
            (None, Named::Id { number, .. }) => {
                usize::from(self.newest.id().number() > number) + self.older_at(number)
            }
            (None, Named::Null) => usize::MAX,
        };
        let newest = std::iter::once(&self.newest).skip(at);
        let rest = self
            .older
            .iter()
            .flat_map(move |older| older.range(at.saturating_sub(1).min(older.len())..));
        newest.chain(rest)
    }

    /// The version at a place: 0 is the newest.
    pub(crate) fn at(&self, at: usize) -> Option<&Version> {
        match at {
            0 => Some(&self.newest),
            at => self.older.as_ref()?.get(at - 1),
        }
    }

    /// How many versions there are.
    pub(crate) fn count(&self) -> usize {
        1 + self.older.as_ref().map_or(0, |older| older.len())
    }

    /// The named version.
    pub(crate) fn find(&self, named: Named<'_>) -> Option<&Version> {
        self.at(self.position(named)?)
    }

    /// The named version, or else the newest, to change what is said about it.
    pub(crate) fn find_mut(&mut self, named: Option<Named<'_>>) -> Option<&mut Version> {
        match named.map_or(Some(0), |named| self.position(named))? {
            0 => Some(&mut self.newest),
            at => self.older.as_mut()?.get_mut(at - 1),
        }
    }

    /// The named version is gone.
    pub(crate) fn remove(&mut self, named: Named<'_>) -> Option<Removed> {
        let at = self.position(named)?;
        let Some(older) = &mut self.older else { return Some(Removed::Last) };
        let removed = match at {
            0 => std::mem::replace(&mut self.newest, older.pop_front()?),
            at => older.remove(at - 1)?,
        };
        if older.is_empty() {
            self.older = None;
        }
        Some(Removed::One(removed))
    }

    /// A version that is newer than all others. A `null` version gives way to another one.
    pub(crate) fn put(&mut self, version: Version) -> Option<Version> {
        let replaced = match version.id().id() {
            Some(_) => None,
            None if self.newest.id().is(Named::Null) => {
                return Some(std::mem::replace(&mut self.newest, version));
            }
            None => self.remove(Named::Null),
        };
        let displaced = std::mem::replace(&mut self.newest, version);
        self.older.get_or_insert_default().push_front(displaced);
        match replaced {
            Some(Removed::One(replaced)) => Some(replaced),
            Some(Removed::Last) | None => None,
        }
    }

    /// One version more, at its place.
    pub(crate) fn add(&mut self, version: Version) {
        let number = version.id().number();
        let version = match number > self.newest.id().number() {
            true => std::mem::replace(&mut self.newest, version),
            false => version,
        };
        let at = self.older_at(version.id().number());
        self.older.get_or_insert_default().insert(at, version);
    }

    /// Where the named version is: 0 is the newest.
    pub(crate) fn position(&self, named: Named<'_>) -> Option<usize> {
        if self.newest.id().is(named) {
            return Some(0);
        }
        let older = self.older.as_ref()?;
        let at = match named {
            Named::Null => older.iter().position(|version| version.id().is(named))?,
            Named::Id { number, .. } => self.older_at(number),
        };
        older.get(at).filter(|version| version.id().is(named)).map(|_| at + 1)
    }

    /// Where a version of that number is or would be among the older ones.
    fn older_at(&self, number: u64) -> usize {
        let older = self.older.as_ref();
        older.map_or(0, |older| older.partition_point(|other| other.id().number() > number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_in_the_order_of_time_in_whichever_they_come() {
        let version = |number: u64, id: Option<&str>| {
            let id = id.map(Into::into);
            let version = VersionId::Among(Box::new(Place { number, id }));
            Version::DeleteMarker(DeleteMarker { version, last_modified: Timestamp::from_ms(1) })
        };
        let oldest =
            DeleteMarker { version: VersionId::Null, last_modified: Timestamp::from_ms(0) };
        let mut versions = Versions::one(Version::DeleteMarker(oldest));
        for (number, id) in [(5, Some("b")), (9, None), (3, Some("a")), (7, Some("c"))] {
            versions.add(version(number, id));
        }
        let listed = versions.iter().map(|it| (it.id().number(), it.id().id().unwrap_or("null")));
        let listed: Vec<_> = listed.collect();
        assert_eq!(listed, [(9, "null"), (7, "c"), (5, "b"), (3, "a"), (0, "null")]);
        assert!(versions.object().is_none(), "the newest is a delete marker");
    }
}
