//! Who is looking: sessions, signing in and out, registration.

mod appoint;
mod attempts;
mod csrf;
mod login;
mod password;
mod queries;
mod register;
mod session;

pub use self::{
    appoint::{Appoint, Appointed, appoint},
    attempts::{AttemptLimit, Client},
    login::{login_form, login_manager, login_manager_form, login_submit, logout},
    password::Passwords,
    register::{register_form, register_submit},
    session::{SignedIn, Staff, User, Visitor, attach, forget_expired},
};

#[cfg(test)]
pub(crate) use self::queries::ALL;
pub(crate) use self::queries::INSERT_USER_IF_NEW;
