//! By what groups and launch configurations are known.

use std::fmt;

use kernel::call::Origin;
use kernel::names::{AccountId, Region};
use kernel::record::Key;

use crate::Kind;

/// By what a group is known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct GroupKey {
    /// Whose it is.
    pub account: AccountId,
    /// Where it is.
    pub region: Region,
    /// What it is called there.
    pub name: Box<str>,
}

impl GroupKey {
    pub(crate) fn own(origin: &Origin, name: &str) -> Self {
        let (account, region) = (origin.account.clone(), origin.region.clone());
        Self { account, region, name: name.into() }
    }

    pub(crate) fn is_of(&self, origin: &Origin) -> bool {
        (&self.account, &self.region) == (&origin.account, &origin.region)
    }

    /// Where a record of the group, or of what belongs to it, is kept. No name has a line feed.
    pub(crate) fn record(&self, kind: Kind, own: &str) -> Key {
        Key::named(kind, format!("{}/{}/{}\n{own}", self.account, self.region, self.name))
    }
}

impl fmt::Display for GroupKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// By what a launch configuration is known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ConfigurationKey {
    pub(crate) account: AccountId,
    pub(crate) region: Region,
    pub(crate) name: Box<str>,
}

impl ConfigurationKey {
    pub(crate) fn own(origin: &Origin, name: &str) -> Self {
        Self::new(&origin.account, &origin.region, name)
    }

    pub(crate) fn new(account: &AccountId, region: &Region, name: &str) -> Self {
        Self { account: account.clone(), region: region.clone(), name: name.into() }
    }
}
