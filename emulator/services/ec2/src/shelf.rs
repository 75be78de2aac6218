//! What EC2 has: each thing by its id, kept, told to others and found in one way.

use std::collections::BTreeMap;

use kernel::call::Origin;
use kernel::directory::{Directory, Home};
use kernel::error::{ApiError, Row};
use kernel::ids::Ids;
use kernel::record::Key;
use serde_json::Value;

use crate::input::required;
use crate::{Cx, Ec2, Record};

/// One kind of thing.
pub(crate) trait Entity: Clone {
    /// What ids begin with: `vpc-`.
    const PREFIX: &'static str;
    /// What AWS calls one in its errors: `vpc ID`.
    const NOUN: &'static str;
    /// The parameter that names one: `vpcId`.
    const PARAMETER: &'static str;
    /// There is none of that id.
    const NOT_FOUND: &'static Row;
    /// That can be no id of one; the same, where AWS looks for it whatever it looks like.
    const MALFORMED: &'static Row;

    /// `vpc-…`
    fn id(&self) -> &str;
    /// Whose it is.
    fn home(&self) -> &Home;
    /// As it is stored.
    fn record(&self) -> Record;
    /// Where it is stored.
    fn key_of(id: &str) -> Key;
    /// All of them.
    fn shelf(ec2: &Ec2) -> &BTreeMap<String, Self>;
    /// All of them, to be changed.
    fn shelf_mut(ec2: &mut Ec2) -> &mut BTreeMap<String, Self>;
    /// Others are told that it is there.
    fn enter(&self, _directory: &mut Directory) {}
    /// Others are told that it is gone.
    fn leave(_id: &str, _directory: &mut Directory) {}
}

/// Who calls, and where.
pub(crate) fn home_of(origin: &Origin) -> Home {
    Home { account: origin.account.clone(), region: origin.region.clone() }
}

/// A new id: `vpc-0…`, seventeen digits as AWS has them.
pub(crate) fn new_id(ids: &mut Ids, prefix: &str) -> String {
    format!("{prefix}0{:016x}", ids.next_u64())
}

/// Whether it looks like an id of this kind.
pub(crate) fn is_well_formed(id: &str, prefix: &str) -> bool {
    id.strip_prefix(prefix).is_some_and(|rest| {
        matches!(rest.len(), 8 | 17) && rest.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

impl Ec2 {
    /// It is now as given: stored, and told to others.
    pub(crate) fn keep<E: Entity>(&mut self, cx: &mut Cx<'_>, entity: E) {
        cx.put(|| entity.record());
        entity.enter(cx.directory);
        E::shelf_mut(self).insert(entity.id().to_owned(), entity);
    }

    /// It is gone, and so are its tags.
    pub(crate) fn forget<E: Entity>(&mut self, cx: &mut Cx<'_>, id: &str) {
        if E::shelf_mut(self).remove(id).is_some() {
            cx.delete(|| E::key_of(id));
            E::leave(id, cx.directory);
        }
        self.forget_tags(cx, id);
    }

    /// The one of this id, of the caller's account and region.
    pub(crate) fn find<E: Entity>(&self, home: &Home, id: &str) -> Result<&E, ApiError> {
        required(id, E::PARAMETER)?;
        match E::shelf(self).get(id).filter(|it| it.home() == home) {
            Some(found) => Ok(found),
            None => Err(not_found::<E>(id)),
        }
    }

    /// All of an account in a region, in the order of their ids.
    pub(crate) fn all<'a, E: Entity + 'a>(&'a self, home: &Home) -> impl Iterator<Item = &'a E> {
        E::shelf(self).values().filter(move |it| it.home() == home)
    }

    /// Those of these ids, or all: rows of a listing.
    pub(crate) fn rows<E: Entity>(
        &self,
        home: &Home,
        ids: &[String],
        row: impl Fn(&E) -> Value,
    ) -> Result<Vec<(String, Value)>, ApiError> {
        for id in ids {
            self.find::<E>(home, id)?;
        }
        let named = |it: &&E| ids.is_empty() || ids.iter().any(|id| id == it.id());
        Ok(self.all::<E>(home).filter(named).map(|it| (it.id().to_owned(), row(it))).collect())
    }
}

/// There is none of this id; or it is none, of those kinds of which AWS makes a difference.
pub(crate) fn not_found<E: Entity>(id: &str) -> ApiError {
    match is_well_formed(id, E::PREFIX) || std::ptr::eq(E::NOT_FOUND, E::MALFORMED) {
        true => E::NOT_FOUND.says(format!("The {} '{id}' does not exist", E::NOUN)),
        false => {
            E::MALFORMED.says(format!("Invalid id: \"{id}\" (expecting \"{}...\")", E::PREFIX))
        }
    }
}

/// The parts of [`Entity`] that are alike.
macro_rules! entity {
    ($type:ident in $shelf:ident; $prefix:literal, $noun:literal, $parameter:literal, $not_found:ident, $malformed:ident; $($rest:item)*) => {
        impl crate::shelf::Entity for $type {
            const PREFIX: &'static str = $prefix;
            const NOUN: &'static str = $noun;
            const PARAMETER: &'static str = $parameter;
            const NOT_FOUND: &'static kernel::error::Row = &crate::error::$not_found;
            const MALFORMED: &'static kernel::error::Row = &crate::error::$malformed;

            fn id(&self) -> &str {
                &self.id
            }

            fn home(&self) -> &kernel::directory::Home {
                &self.home
            }

            fn record(&self) -> crate::Record {
                crate::Record::$type(Box::new(self.clone()))
            }

            fn key_of(id: &str) -> kernel::record::Key {
                kernel::record::Key::named(crate::Kind::$type, id)
            }

            fn shelf(ec2: &crate::Ec2) -> &std::collections::BTreeMap<String, Self> {
                &ec2.$shelf
            }

            fn shelf_mut(
                ec2: &mut crate::Ec2,
            ) -> &mut std::collections::BTreeMap<String, Self> {
                &mut ec2.$shelf
            }

            $($rest)*
        }

        impl $type {
            /// Where its record is kept.
            #[must_use]
            pub fn key(&self) -> kernel::record::Key {
                kernel::record::Key::named(crate::Kind::$type, &*self.id)
            }
        }
    };
}
pub(crate) use entity;
