//! Managers are made by whoever runs the shop, never by a page.

use anyhow::{bail, ensure};

use super::{queries, register::PASSWORD_MIN_LEN};
use crate::{App, db::args, mail};

/// A manager to be.
#[derive(Clone)]
pub struct Appoint {
    /// User name: letters, digits and `@ . + - _`.
    pub user: String,
    /// E-mail address, for an account that is made.
    pub email: String,
    /// What the manager signs in with, eight characters at least.
    pub password: String,
    /// Leave an account of this name as it is, if there is one.
    pub if_new: bool,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appointed {
    /// The account was made.
    Made,
    /// It was there, has the new password, is a manager, and is signed out everywhere.
    Changed,
    /// It was there and was left as it is.
    Left,
}

pub async fn appoint(app: &App, manager: &Appoint) -> anyhow::Result<Appointed> {
    let Appoint { user, email, password, if_new } = manager;
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "@.+-_".contains(c);
    ensure!(
        !user.is_empty() && user.len() <= 150 && user.chars().all(is_allowed),
        "a user name has letters, digits and @ . + - _ only, and 150 of them at most"
    );
    let email = match mail::deliverable(email) {
        Ok(address) => address.to_string(),
        Err(error) => bail!("no mail can be sent to {email:?}, unlike name@example.com: {error}"),
    };
    ensure!(
        password.chars().count() >= PASSWORD_MIN_LEN && !password.eq_ignore_ascii_case(user),
        "the password must have {PASSWORD_MIN_LEN} characters at least, and not be the user name"
    );
    let hash = app.passwords.hash(password).await?;
    let name = user.to_ascii_lowercase();
    let mut tx = app.db.begin().await?;
    let new = args![user, &email, "", "", hash.as_str(), true, app.now()];
    let is_made = tx.execute(queries::INSERT_USER_IF_NEW, new).await? > 0;
    let how = if is_made {
        Appointed::Made
    } else {
        let taken = tx.rows(queries::TAKEN, args![&name, email.to_ascii_lowercase()]).await?;
        let mut is_there = false;
        for row in &taken {
            is_there |= row.get::<String>("username")? == name;
        }
        ensure!(
            is_there,
            "another account has the address {email}; give one of its own by --email"
        );
        if *if_new {
            Appointed::Left
        } else {
            tx.execute(queries::APPOINT, args![hash.as_str(), &name]).await?;
            tx.execute(queries::DELETE_SESSIONS_OF, args![&name]).await?;
            Appointed::Changed
        }
    };
    tx.commit().await?;
    Ok(how)
}
