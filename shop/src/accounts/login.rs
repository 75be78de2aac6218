use std::{
    net::{IpAddr, SocketAddr},
    num::NonZeroU32,
};

use askama::Template;
use axum::{
    extract::{ConnectInfo, FromRequestParts, Query, State},
    http::{HeaderMap, StatusCode, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use governor::{
    DefaultKeyedRateLimiter, Quota,
    clock::{Clock, DefaultClock},
};
use serde::Deserialize;

use super::{Visitor, queries};
use crate::{
    App,
    db::args,
    error::{Error, Result},
    form::{Checked, Field},
    page::{self, Layout},
};

/// Attempts that one address has for one user name at once; each comes back after
/// `60 / ATTEMPTS_PER_MINUTE` seconds.
const ATTEMPTS_PER_MINUTE: NonZeroU32 = NonZeroU32::new(10).expect("not zero");
/// Entries past which those that no longer limit anybody are dropped.
const ENTRIES_MAX: usize = 10_000;

/// Slows down guessing: a limit on attempts to sign in, by address and user name.
pub struct LoginLimit(DefaultKeyedRateLimiter<(Option<IpAddr>, String)>);

impl Default for LoginLimit {
    fn default() -> Self {
        Self(DefaultKeyedRateLimiter::keyed(Quota::per_minute(ATTEMPTS_PER_MINUTE)))
    }
}

impl LoginLimit {
    fn check(&self, address: Option<IpAddr>, username: &str) -> Result<()> {
        if self.0.len() > ENTRIES_MAX {
            self.0.retain_recent();
        }
        self.0.check_key(&(address.map(network), username.to_owned())).map_err(|refused| {
            Error::TooManyLogins {
                retry_after_s: refused.wait_time_from(DefaultClock::default().now()).as_secs() + 1,
            }
        })
    }
}

/// An IPv6 customer has a whole /64 to choose addresses from: it counts as one.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(address) => address.into(),
            None => IpAddr::from((u128::from(address) & (!0 << 64)).to_be_bytes()),
        },
    }
}

#[derive(Template)]
#[template(path = "accounts/login.html")]
struct LoginPage {
    layout: Layout,
    staff: bool,
    next: String,
    username: Field,
    password: Field,
    error: Option<&'static str>,
}

#[derive(Default, Deserialize)]
pub struct LoginQuery {
    #[serde(default)]
    next: String,
}

#[derive(Deserialize)]
pub struct LoginForm {
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
}

/// `GET /accounts/login`
pub async fn login_form(
    State(app): State<App>,
    visitor: Visitor,
    Query(query): Query<LoginQuery>,
) -> Result<Response> {
    show(&app, &visitor, false, query.next)
}

/// `GET /accounts/login/manager`
pub async fn login_manager_form(
    State(app): State<App>,
    visitor: Visitor,
    Query(query): Query<LoginQuery>,
) -> Result<Response> {
    show(&app, &visitor, true, query.next)
}

fn show(app: &App, visitor: &Visitor, staff: bool, next: String) -> Result<Response> {
    match visitor.user() {
        Some(user) if user.is_staff || !staff => {
            Ok(Redirect::to(&destination(&next, staff)).into_response())
        }
        _ => page::html(&LoginPage {
            layout: Layout::new(app, visitor),
            staff,
            next,
            username: username(),
            password: password(),
            error: None,
        }),
    }
}

/// `POST /accounts/login`
pub async fn login_submit(
    app: State<App>,
    visitor: Visitor,
    client: Client,
    form: Checked<LoginForm>,
) -> Result<Response> {
    submit(app.0, visitor, client, form.0, false).await
}

/// `POST /accounts/login/manager`
pub async fn login_manager(
    app: State<App>,
    visitor: Visitor,
    client: Client,
    form: Checked<LoginForm>,
) -> Result<Response> {
    submit(app.0, visitor, client, form.0, true).await
}

async fn submit(
    app: App,
    visitor: Visitor,
    client: Client,
    form: LoginForm,
    staff: bool,
) -> Result<Response> {
    let username = username().typed(&form.username);
    let password = password().typed(&form.password);
    let mut error = None;
    if username.is_ok() && password.is_ok() {
        let name = username.as_str().to_ascii_lowercase();
        app.logins.check(client.address(&app), &name)?;
        let row = app.db.row(queries::USER_FOR_LOGIN, args![name]).await?;
        let hash = match &row {
            Some(row) => Some(row.get::<String>("password")?),
            None => None,
        };
        let is_right = app.passwords.verify(password.as_str(), hash.as_deref()).await?;
        match row {
            Some(row) if is_right => {
                if !staff || row.get("is_staff")? {
                    let cookie = visitor.sign_in(&app, row.get("id")?).await?;
                    let destination = destination(&form.next, staff);
                    return Ok((cookie, Redirect::to(&destination)).into_response());
                }
                error = Some("This account does not manage the shop.");
            }
            _ => error = Some("The user name and the password do not match."),
        }
    }
    page::html_with_status(
        StatusCode::UNPROCESSABLE_ENTITY,
        &LoginPage {
            layout: Layout::new(&app, &visitor),
            staff,
            next: form.next,
            username,
            // A password is never sent back.
            password: password.value(""),
            error,
        },
    )
}

/// `POST /accounts/logout`
pub async fn logout(
    State(app): State<App>,
    visitor: Visitor,
    _: Checked<Empty>,
) -> Result<Response> {
    let cookie = visitor.sign_out(&app).await?;
    Ok((cookie, Redirect::to("/")).into_response())
}

#[derive(Deserialize)]
pub struct Empty {}

fn username() -> Field {
    Field::line("username", "User name or e-mail", 254).autocomplete("username")
}

fn password() -> Field {
    Field::password("password", "Password", "current-password")
}

/// Where to go after signing in. Only a path of this shop: `//host` and `/\host` are other sites.
fn destination(next: &str, staff: bool) -> String {
    let is_local = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains(['\\', '\r', '\n', '\t']);
    match (is_local, staff) {
        (true, _) => next.to_owned(),
        (false, true) => "/manager".to_owned(),
        (false, false) => "/".to_owned(),
    }
}

/// Where the request came from.
pub struct Client {
    peer: Option<IpAddr>,
    forwarded_for: Option<IpAddr>,
}

impl Client {
    fn address(&self, app: &App) -> Option<IpAddr> {
        self.forwarded_for.filter(|_| app.site.trust_forwarded_for).or(self.peer)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Client {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Ok(Self {
            peer: peer.map(|peer| peer.0.ip()),
            forwarded_for: forwarded_for(&parts.headers),
        })
    }
}

/// The last address in `X-Forwarded-For`: the one our own balancer has added.
fn forwarded_for(headers: &HeaderMap) -> Option<IpAddr> {
    let value = headers.get_all("x-forwarded-for").iter().next_back()?;
    value.to_str().ok()?.rsplit(',').next()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signing_in_never_leads_to_another_site() {
        for next in ["https://evil.example", "//evil.example", "/\\evil.example", "", "/\t/evil"] {
            assert_eq!(destination(next, false), "/", "{next:?}");
        }
        assert_eq!(destination("/orders?page=2", false), "/orders?page=2");
        assert_eq!(destination("", true), "/manager");
    }
}
