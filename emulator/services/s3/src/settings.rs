//! What S3 is told by whoever starts it: what new buckets have, and which accounts there are. It is no part
//! of the state: buckets keep what they were created with.

use std::collections::BTreeMap;

use kernel::names::AccountId;

use crate::canonical_user::canonical_user_id;
use crate::{ObjectOwnership, PublicAccessBlock};

/// What a new bucket has unless its creator says otherwise.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum BucketDefaults {
    /// Since April 2023: ACLs are disabled, and the public is kept out.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/create-bucket-faq.html>
    #[default]
    Of2023,
    /// Before that: ACLs count, the public is kept from nothing, and nothing is encrypted unasked (it is
    /// since January 2023: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html>).
    Of2022,
}

impl BucketDefaults {
    /// Who owns the objects of a new bucket; nothing where it has no ownership controls.
    pub(crate) const fn ownership(self) -> Option<ObjectOwnership> {
        match self {
            Self::Of2023 => Some(ObjectOwnership::BucketOwnerEnforced),
            Self::Of2022 => None,
        }
    }

    /// Whether a new bucket leaves objects without encryption.
    pub(crate) const fn are_plain(self) -> bool {
        match self {
            Self::Of2023 => false,
            Self::Of2022 => true,
        }
    }

    /// What the public is kept from in a new bucket.
    pub(crate) const fn public_access_block(self) -> Option<PublicAccessBlock> {
        match self {
            Self::Of2023 => Some(PublicAccessBlock::ALL),
            Self::Of2022 => None,
        }
    }
}

/// What is known of an account besides its number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Account {
    /// `DisplayName`. AWS has said none since November 2025; who gives one is told it.
    pub display_name: Option<Box<str>>,
    /// The address by which grants of ACLs may name the account.
    pub email: Option<Box<str>>,
}

/// What S3 is told by whoever starts it.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// What new buckets have.
    pub bucket_defaults: BucketDefaults,
    /// By their canonical user ids.
    accounts: BTreeMap<String, (AccountId, Account)>,
}

impl Settings {
    /// Such buckets, and no accounts that more is known of than their numbers.
    #[must_use]
    pub fn new(bucket_defaults: BucketDefaults) -> Self {
        Self { bucket_defaults, accounts: BTreeMap::new() }
    }

    /// There is this account. What is not said of it now, but was before, stays.
    pub fn insert(&mut self, id: AccountId, account: Account) {
        let canonical = canonical_user_id(&id);
        let (_, known) = self.accounts.entry(canonical).or_insert((id, Account::default()));
        known.display_name = account.display_name.or_else(|| known.display_name.take());
        known.email = account.email.or_else(|| known.email.take());
    }

    /// What an account is called, by its canonical user id.
    pub(crate) fn display_name(&self, canonical_user_id: &str) -> Option<&str> {
        let (_, account) = self.accounts.get(canonical_user_id)?;
        account.display_name.as_deref()
    }

    /// The canonical user id of the account that has this e-mail address.
    pub(crate) fn by_email(&self, address: &str) -> Option<&str> {
        let has = |account: &Account| {
            account.email.as_deref().is_some_and(|email| email.eq_ignore_ascii_case(address))
        };
        self.accounts.iter().find_map(|(id, (_, account))| has(account).then_some(id.as_str()))
    }

    /// Whether accounts have e-mail addresses.
    pub(crate) fn has_emails(&self) -> bool {
        self.accounts.values().any(|(_, account)| account.email.is_some())
    }
}
