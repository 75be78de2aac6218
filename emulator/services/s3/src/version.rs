//! What is stored under a key: its versions. In a bucket without versioning there is one, called `null`.

use kernel::content::Content;
use kernel::time::Timestamp;

use crate::Object;

/// The versions of a key, of which there is at least one.
#[derive(Debug, Clone)]
pub(crate) struct Versions {
    newest: Version,
    /// The newest of them first. Most keys have none, and spend one word on it.
    #[expect(
        clippy::box_collection,
        reason = "a vector in place would be three words of each key"
    )]
    older: Option<Box<Vec<Version>>>,
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

impl VersionId {
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
        match self {
            Self::Object(object) => Some(&object.content),
            Self::DeleteMarker(_) => None,
        }
    }
}

impl Versions {
    /// A key with one version.
    pub(crate) fn one(version: Version) -> Self {
        Self { newest: version, older: None }
    }

    pub(crate) fn newest(&self) -> &Version {
        &self.newest
    }

    /// The object that the key alone names: that of the newest version, unless it is a delete marker.
    pub(crate) fn object(&self) -> Option<&Object> {
        match &self.newest {
            Version::Object(object) => Some(object),
            Version::DeleteMarker(_) => None,
        }
    }

    /// The same, to change what is said about it.
    pub(crate) fn object_mut(&mut self) -> Option<&mut Object> {
        match &mut self.newest {
            Version::Object(object) => Some(object),
            Version::DeleteMarker(_) => None,
        }
    }

    /// All versions, the newest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Version> {
        let older = self.older.as_deref().map(Vec::as_slice).unwrap_or_default();
        std::iter::once(&self.newest).chain(older)
    }

    /// One version more, at its place.
    pub(crate) fn add(&mut self, version: Version) {
        let number = version.id().number();
        let version = match number > self.newest.id().number() {
            true => std::mem::replace(&mut self.newest, version),
            false => version,
        };
        let number = version.id().number();
        let older = self.older.get_or_insert_default();
        let at = older.partition_point(|other| other.id().number() > number);
        older.insert(at, version);
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
