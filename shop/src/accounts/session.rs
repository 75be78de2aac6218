//! Sessions: a random cookie of 256 bits, of which the database keeps only the digest.

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderValue, Method, header, request::Parts},
    middleware::Next,
    response::{IntoResponse as _, IntoResponseParts, Response, ResponseParts},
};
use axum_extra::extract::{CookieJar, cookie::Cookie};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

use super::{csrf, queries};
use crate::{
    App,
    db::args,
    error::{Error, Result},
    page::{self, Site},
};

/// A session ends when it has not been used for this long.
const LIFETIME: TimeDelta = TimeDelta::days(14);
/// A session in use is extended when this much of its life is over, not at each request.
const EXTEND_AFTER: TimeDelta = TimeDelta::days(1);

/// Whoever sent the request. `attach` puts one into each request of a page.
#[derive(Clone, Debug)]
pub struct Visitor(Arc<Session>);

#[derive(Debug)]
struct Session {
    token: Token,
    /// The row in `shop_session`. A visitor who has only looked has none.
    id: Option<i64>,
    user: Option<User>,
    cart_count: i64,
    /// False where the database could not be asked.
    is_known: bool,
}

impl Session {
    /// One of which nothing is kept.
    fn fresh(token: Token) -> Self {
        Self { token, id: None, user: None, cart_count: 0, is_known: true }
    }
}

/// Who is signed in.
#[derive(Clone, Debug)]
pub struct User {
    pub id: i64,
    pub username: String,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    pub is_staff: bool,
}

impl Visitor {
    /// Somebody of whom nothing is known, not even by the next request.
    pub fn stranger() -> Self {
        Self(Arc::new(Session::fresh(Token::random())))
    }

    /// Whether nothing is known: nobody is signed in, nothing is in the cart. All pages without a form are the same for
    /// those.
    pub fn is_stranger(&self) -> bool {
        self.0.is_known && self.0.user.is_none() && self.0.cart_count == 0
    }

    pub fn user(&self) -> Option<&User> {
        self.0.user.as_ref()
    }

    pub fn cart_count(&self) -> i64 {
        self.0.cart_count
    }

    pub fn is_known(&self) -> bool {
        self.0.is_known
    }

    /// The session's row, when there is one.
    pub fn session_id(&self) -> Option<i64> {
        self.0.id
    }

    pub fn csrf_token(&self) -> String {
        csrf::token(&self.0.token)
    }

    pub fn owns_csrf_token(&self, token: &str) -> bool {
        csrf::is_valid(&self.0.token, token)
    }

    /// The session's row; makes one when something is to be remembered for the first time.
    pub async fn ensure_session(&self, app: &App) -> Result<i64> {
        match self.0.id {
            Some(id) => Ok(id),
            None => insert(app, &self.0.token, None).await,
        }
    }

    /// Signs in under a new cookie, so that a cookie planted before is worth nothing. The cart
    /// comes along.
    pub async fn sign_in(&self, app: &App, user_id: i64) -> Result<SetSession> {
        let (token, now) = (Token::random(), app.now());
        match self.0.id {
            Some(id) => {
                let args = args![token.hash(), user_id, now + LIFETIME, id];
                app.db.execute(queries::ROTATE_SESSION, args).await?;
            }
            None => {
                insert(app, &token, Some(user_id)).await?;
            }
        }
        app.db.execute(queries::SET_LAST_LOGIN, args![now, user_id]).await?;
        Ok(SetSession(Some(token)))
    }

    /// Ends the session with all that belongs to it.
    pub async fn sign_out(&self, app: &App) -> Result<SetSession> {
        if let Some(id) = self.0.id {
            app.db.execute(queries::DELETE_SESSION, args![id]).await?;
        }
        Ok(SetSession(None))
    }
}

async fn insert(app: &App, token: &Token, user_id: Option<i64>) -> Result<i64> {
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let row = tx
        .row(queries::INSERT_SESSION, args![token.hash(), user_id, now, now + LIFETIME])
        .await?
        .ok_or_else(|| anyhow::anyhow!("no id for the new session"))?;
    tx.commit().await?;
    Ok(row.get("id")?)
}

/// Forgets sessions that have ended, with their carts.
pub async fn forget_expired(app: &App) -> anyhow::Result<u64> {
    let now = args![app.now()];
    Ok(app.db.execute(queries::DELETE_EXPIRED_SESSIONS, now).await?)
}

/// The cookie's value: 256 random bits.
#[derive(Clone)]
pub struct Token([u8; 32]);

impl Token {
    pub fn random() -> Self {
        Self(rand::random())
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    fn parse(cookie: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(cookie).ok()?;
        bytes.try_into().map(Self).ok()
    }

    fn cookie(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    fn hash(&self) -> String {
        hex::encode(Sha256::digest(self.0))
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

/// Part of a response: from now on the visitor has this cookie, or none.
#[derive(Clone, Debug)]
pub struct SetSession(Option<Token>);

impl IntoResponseParts for SetSession {
    type Error = std::convert::Infallible;

    fn into_response_parts(
        self,
        mut response: ResponseParts,
    ) -> Result<ResponseParts, Self::Error> {
        response.extensions_mut().insert(self);
        Ok(response)
    }
}

/// Middleware: finds out who the visitor is, and sets the cookie of a new one.
pub async fn attach(State(app): State<App>, mut request: Request, next: Next) -> Result<Response> {
    let jar = CookieJar::from_headers(request.headers());
    let cookie = jar.get(cookie_name(&app.site)).map(Cookie::value);
    let token = cookie.and_then(Token::parse);
    let (session, is_new) = match load(&app, token).await {
        Ok(loaded) => loaded,
        // Whoever it is keeps the cookie, and sees why there is nothing to see.
        Err(error) => {
            let nobody = Session { is_known: false, ..Session::fresh(Token::random()) };
            let (visitor, id) = (Visitor(Arc::new(nobody)), page::request_id(&request));
            return Ok(page::show_problem(&app, &visitor, id, error.into_response()));
        }
    };
    let visitor = Visitor(Arc::new(session));
    request.extensions_mut().insert(visitor.clone());
    let is_get = request.method() == Method::GET;

    let mut response = next.run(request).await;
    let change = match response.extensions_mut().remove::<SetSession>() {
        Some(change) => Some(change),
        None if is_new && is_get => Some(SetSession(Some(visitor.0.token.clone()))),
        None => None,
    };
    if let Some(change) = change {
        let cookie = set_cookie(&app.site, &change);
        let value = HeaderValue::try_from(cookie).map_err(anyhow::Error::from)?;
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    Ok(response)
}

/// The session of a cookie. Without one, or when it has ended, a new token nobody knows yet.
async fn load(app: &App, token: Option<Token>) -> Result<(Session, bool)> {
    let fresh = |token, is_new| Ok((Session::fresh(token), is_new));
    let Some(token) = token else {
        return fresh(Token::random(), true);
    };
    let Some(row) = app.db.row(queries::SESSION, args![token.hash()]).await? else {
        return fresh(token, false);
    };
    let (id, expires): (i64, DateTime<Utc>) = (row.get("id")?, row.get("expires")?);
    let now = app.now();
    if expires <= now {
        return fresh(Token::random(), true);
    }
    if expires < now + LIFETIME - EXTEND_AFTER {
        let args = args![now + LIFETIME, id];
        app.db.execute(queries::EXTEND_SESSION, args).await?;
    }
    let user = match row.get::<Option<i64>>("user_id")? {
        Some(id) => Some(User {
            id,
            username: row.get("username")?,
            email: row.get("email")?,
            first_name: row.get("first_name")?,
            last_name: row.get("last_name")?,
            is_staff: row.get("is_staff")?,
        }),
        None => None,
    };
    let session =
        Session { token, id: Some(id), user, cart_count: row.get("cart_count")?, is_known: true };
    Ok((session, false))
}

/// The prefix makes browsers refuse a cookie that another host of the domain tries to plant.
fn cookie_name(site: &Site) -> &'static str {
    if site.is_https { "__Host-session" } else { "session" }
}

fn set_cookie(site: &Site, change: &SetSession) -> String {
    let (value, max_age_s) = match &change.0 {
        Some(token) => (token.cookie(), LIFETIME.num_seconds()),
        None => (String::new(), 0),
    };
    let name = cookie_name(site);
    let secure = if site.is_https { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age_s}{secure}")
}

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(|| Error::Internal(anyhow::anyhow!("a route without a visitor")))
    }
}

/// A visitor who is signed in; others are sent to the login page and come back.
pub struct SignedIn(pub User);

impl<S: Send + Sync> FromRequestParts<S> for SignedIn {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let visitor = Visitor::from_request_parts(parts, state).await?;
        match visitor.user() {
            Some(user) => Ok(Self(user.clone())),
            None => Err(Error::SignIn { next: return_path(parts), staff: false }),
        }
    }
}

/// A visitor who may manage the shop.
pub struct Staff;

impl<S: Send + Sync> FromRequestParts<S> for Staff {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let visitor = Visitor::from_request_parts(parts, state).await?;
        match visitor.user() {
            Some(user) if user.is_staff => Ok(Self),
            Some(_) => Err(Error::Forbidden),
            None => Err(Error::SignIn { next: return_path(parts), staff: true }),
        }
    }
}

/// Where to come back to after signing in: this page, when it can simply be asked for again.
fn return_path(parts: &Parts) -> String {
    match (&parts.method, parts.uri.path_and_query()) {
        (&Method::GET, Some(path)) => path.as_str().to_owned(),
        _ => String::new(),
    }
}
