//! Access keys that are known, their secrets, and whose they are.

use std::collections::BTreeMap;
use std::fmt;

use cloudless_core::Caller;
use cloudless_core::names::AccountId;
use cloudless_core::s3::{Account, BucketDefaults, Settings};

/// Access keys by their ids. Signatures are verified once there is one.
#[derive(Clone, Default)]
pub struct Keys(BTreeMap<String, Key>);

#[derive(Clone)]
struct Key {
    secret: String,
    holder: Holder,
}

/// Whose a key is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holder {
    /// The account. Without one it is the key's id where that is twelve digits, otherwise
    /// `000000000000`.
    pub account: Option<AccountId>,
    /// The user's name in the account; without one the key is the account's own.
    pub user: Option<Box<str>>,
    /// What S3 calls the account.
    pub display_name: Option<Box<str>>,
    /// The address by which ACLs of S3 may name the account.
    pub email: Option<Box<str>>,
}

/// Why a text is no key. It repeats nothing of the text: that may be a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoKey {
    /// There is no colon, or nothing on one side of it.
    #[error("a key is written KEY_ID:SECRET, or KEY_ID:SECRET:ACCOUNT:USER:DISPLAY_NAME:EMAIL")]
    Form,
    /// AWS has no user of this name.
    #[error("a user's name is 1 to 64 letters, digits and _+=,.@-")]
    User,
    /// There is something behind the e-mail address.
    #[error("behind a key's account stand at most USER:DISPLAY_NAME:EMAIL")]
    TooMuch,
    /// A file that should name keys names none. To go on would let everybody in.
    #[error("there is no key in it; a line with one is written KEY_ID:SECRET")]
    None,
}

impl Keys {
    /// Adds a key of the usual account, or gives one another secret.
    pub fn insert(&mut self, access_key_id: impl Into<String>, secret: impl Into<String>) {
        self.insert_of(access_key_id, secret, Holder::default());
    }

    /// Adds a key of somebody's, or gives one another secret and holder.
    pub fn insert_of(
        &mut self,
        access_key_id: impl Into<String>,
        secret: impl Into<String>,
        holder: Holder,
    ) {
        self.0.insert(access_key_id.into(), Key { secret: secret.into(), holder });
    }

    /// Adds the key that `KEY_ID:SECRET` writes, or
    /// `KEY_ID:SECRET:ACCOUNT[:USER[:DISPLAY_NAME[:EMAIL]]]`. An account is twelve digits: a secret may
    /// have colons. What is left out may be empty: `…:111122223333::Anna`.
    ///
    /// # Errors
    /// It is not written so.
    pub fn read(&mut self, text: &str) -> Result<(), NoKey> {
        let (id, rest) = text.trim().split_once(':').ok_or(NoKey::Form)?;
        let (secret, holder) = match whose(rest) {
            Some((secret, account, names)) => (secret, Holder::read(account, names)?),
            None => (rest, Holder::default()),
        };
        if id.is_empty() || secret.is_empty() {
            return Err(NoKey::Form);
        }
        self.insert_of(id, secret, holder);
        Ok(())
    }

    /// Adds the keys of a file: one a line. Empty lines and those that begin with `#` say nothing.
    ///
    /// # Errors
    /// A line is no key, or there is none.
    pub fn read_lines(&mut self, text: &str) -> Result<(), NoKey> {
        let lines = text.lines().map(str::trim);
        let mut lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#')).peekable();
        lines.peek().ok_or(NoKey::None)?;
        lines.try_for_each(|line| self.read(line))
    }

    /// Whether any key will do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The secret of a key.
    #[must_use]
    pub fn secret_of(&self, access_key_id: &str) -> Option<&str> {
        self.0.get(access_key_id).map(|key| key.secret.as_str())
    }

    /// Who calls with this key, known or not.
    #[must_use]
    pub fn caller(&self, access_key_id: &str) -> Caller {
        let holder = self.0.get(access_key_id).map(|key| &key.holder);
        let account = account_of(access_key_id, holder);
        let access_key_id = access_key_id.to_owned();
        match holder.and_then(|holder| holder.user.clone()) {
            Some(name) => Caller::User { account, name, access_key_id },
            None => Caller::Account { account, access_key_id },
        }
    }

    /// What S3 is told of those who have keys.
    pub(crate) fn s3_settings(&self, bucket_defaults: BucketDefaults) -> Settings {
        let mut settings = Settings::new(bucket_defaults);
        for (id, Key { holder, .. }) in &self.0 {
            let Holder { display_name, email, .. } = holder.clone();
            settings.insert(account_of(id, Some(holder)), Account { display_name, email });
        }
        settings
    }
}

impl Holder {
    /// Reads `USER:DISPLAY_NAME:EMAIL`, of which everything may be left out.
    fn read(account: AccountId, names: &str) -> Result<Self, NoKey> {
        let mut names = names.split(':').map(str::trim);
        let mut next = || names.next().filter(|name| !name.is_empty()).map(Box::from);
        let (user, display_name, email) = (next(), next(), next());
        if names.next().is_some() {
            return Err(NoKey::TooMuch);
        }
        let is_part = |it: char| it.is_ascii_alphanumeric() || "_+=,.@-".contains(it);
        let is_name = |name: &str| name.len() <= 64 && name.chars().all(is_part);
        if !user.as_deref().is_none_or(is_name) {
            return Err(NoKey::User);
        }
        Ok(Self { account: Some(account), user, display_name, email })
    }
}

/// The secret, the account and what stands behind it; nothing where no account is named.
fn whose(rest: &str) -> Option<(&str, AccountId, &str)> {
    let mut colons = rest.match_indices(':').map(|(at, _)| at);
    colons.find_map(|at| {
        let behind = &rest[at + 1..];
        let (account, names) = behind.split_once(':').unwrap_or((behind, ""));
        Some((&rest[..at], AccountId::parse(account)?, names))
    })
}

fn account_of(access_key_id: &str, holder: Option<&Holder>) -> AccountId {
    let said = holder.and_then(|holder| holder.account.clone());
    said.or_else(|| AccountId::parse(access_key_id)).unwrap_or_default()
}

// Secrets are kept out of logs by not being printable.
impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_keys_is_read_line_by_line_and_no_secret_is_printed() {
        let told = |text: &str| {
            let mut keys = Keys::default();
            let read = keys.read_lines(text).map_err(|error| error.to_string());
            format!("{read:?} {keys:?} {:?}", keys.secret_of("one"))
        };
        insta::assert_snapshot!([
            told("# the shop's\none:fir:st\r\n\n  two:second  \n"),
            told("one:a secret\nwithout a colon\n"),
            told("one:\n"),
            told(":secret\n"),
            told("\n# nothing\n"),
        ].join("\n"), @r#"
        Ok(()) {"one", "two"} Some("fir:st")
        Err("a key is written KEY_ID:SECRET, or KEY_ID:SECRET:ACCOUNT:USER:DISPLAY_NAME:EMAIL") {"one"} Some("a secret")
        Err("a key is written KEY_ID:SECRET, or KEY_ID:SECRET:ACCOUNT:USER:DISPLAY_NAME:EMAIL") {} None
        Err("a key is written KEY_ID:SECRET, or KEY_ID:SECRET:ACCOUNT:USER:DISPLAY_NAME:EMAIL") {} None
        Err("there is no key in it; a line with one is written KEY_ID:SECRET") {} None
        "#);
    }

    #[test]
    fn a_key_may_belong_to_an_account_and_to_a_user_of_it() {
        let told = |text: &str| {
            let mut keys = Keys::default();
            match keys.read(text) {
                Ok(()) => format!(
                    "{:?} {:?} {:?}",
                    keys.secret_of("k"),
                    keys.caller("k").arn(),
                    keys.s3_settings(BucketDefaults::default())
                ),
                Err(error) => error.to_string(),
            }
        };
        insta::assert_snapshot!([
            told("k:secret:111122223333"),
            told("k:se:cret:111122223333:anna"),
            told("k:secret:111122223333:anna:Anna B.:anna@example.com"),
            told("k:secret:111122223333::Anna B."),
            told("k:secret:11112222"),
            told("k:secret:111122223333:not a name"),
            told("k:secret:111122223333:a:b:c:d"),
            told("k::111122223333"),
        ].join("\n"), @r#"
        Some("secret") Some("arn:aws:iam::111122223333:root") Settings { bucket_defaults: Of2023, accounts: {"7f2216b8bb8209ece647cdb33d518f809273e2e06b189f0321680c9af1b10a78": (AccountId("111122223333"), Account { display_name: None, email: None })} }
        Some("se:cret") Some("arn:aws:iam::111122223333:user/anna") Settings { bucket_defaults: Of2023, accounts: {"7f2216b8bb8209ece647cdb33d518f809273e2e06b189f0321680c9af1b10a78": (AccountId("111122223333"), Account { display_name: None, email: None })} }
        Some("secret") Some("arn:aws:iam::111122223333:user/anna") Settings { bucket_defaults: Of2023, accounts: {"7f2216b8bb8209ece647cdb33d518f809273e2e06b189f0321680c9af1b10a78": (AccountId("111122223333"), Account { display_name: Some("Anna B."), email: Some("anna@example.com") })} }
        Some("secret") Some("arn:aws:iam::111122223333:root") Settings { bucket_defaults: Of2023, accounts: {"7f2216b8bb8209ece647cdb33d518f809273e2e06b189f0321680c9af1b10a78": (AccountId("111122223333"), Account { display_name: Some("Anna B."), email: None })} }
        Some("secret:11112222") Some("arn:aws:iam::000000000000:root") Settings { bucket_defaults: Of2023, accounts: {"4c4547182d4c0f05ca014026b38c2961bdb7d34e4f57ec9b9d4a08d90a815f49": (AccountId("000000000000"), Account { display_name: None, email: None })} }
        a user's name is 1 to 64 letters, digits and _+=,.@-
        behind a key's account stand at most USER:DISPLAY_NAME:EMAIL
        a key is written KEY_ID:SECRET, or KEY_ID:SECRET:ACCOUNT:USER:DISPLAY_NAME:EMAIL
        "#);
        assert_eq!(Keys::default().caller("444455556666").account().as_str(), "444455556666");
    }
}
