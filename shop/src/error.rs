//! How a request ends when it cannot be served.

use std::sync::Arc;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};

use crate::db;

/// When to look again for a database that does not answer.
const AWAY_S: u64 = 5;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a request cannot be served. It becomes a [`Problem`] on the response, which
/// `page::problems` turns into a page in the shop's layout.
#[derive(Debug)]
pub enum Error {
    NotFound,
    /// Signed in, but not allowed to.
    Forbidden,
    /// A form without the token of its session, or one sent by another site.
    Forged,
    /// The request makes no sense; the text says why.
    BadRequest(String),
    TooManyAttempts {
        retry_after_s: u64,
    },
    /// Nothing came for so long that the rest is not waited for.
    Stalled,
    /// Sign in first; then come back to this path.
    SignIn {
        next: String,
        staff: bool,
    },
    /// Ours: logged once, shown without details.
    Internal(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Error {
    fn from(error: E) -> Self {
        Self::Internal(error.into())
    }
}

/// What the page of a failed request says. Kept in the response's extensions.
#[derive(Clone, Debug)]
pub struct Problem {
    pub title: &'static str,
    pub text: String,
    /// For the log only.
    pub cause: Option<Arc<anyhow::Error>>,
}

impl Error {
    fn problem(self) -> (StatusCode, Problem) {
        let mut cause = None;
        let (status, title, text) = match self {
            Self::NotFound => (
                StatusCode::NOT_FOUND,
                "We could not find that page",
                "It may have moved, or the address has a typing error.".to_owned(),
            ),
            Self::Forbidden => (
                StatusCode::FORBIDDEN,
                "This page is for shop managers",
                "Sign in with a manager's account to go on.".to_owned(),
            ),
            Self::Forged => (
                StatusCode::FORBIDDEN,
                "We could not accept that form",
                "It did not come from this visit to the shop: you may have signed in or out in \
                 another tab, or your browser blocks cookies. Go back, reload the page, and send \
                 the form again. Nothing has been changed."
                    .to_owned(),
            ),
            Self::BadRequest(text) => {
                (StatusCode::BAD_REQUEST, "We did not understand that request", text)
            }
            Self::Stalled => (
                StatusCode::REQUEST_TIMEOUT,
                "The request took too long",
                "Nothing more arrived for a while, so the shop has stopped waiting. Nothing has \
                 been changed. Please send it again."
                    .to_owned(),
            ),
            Self::TooManyAttempts { retry_after_s } => (
                StatusCode::TOO_MANY_REQUESTS,
                "Too many attempts",
                format!("Please wait {retry_after_s} seconds and try again."),
            ),
            Self::Internal(error) => {
                let away = db::is_out_of_reach(&error);
                cause = Some(Arc::new(error));
                if away {
                    (
                        StatusCode::SERVICE_UNAVAILABLE,
                        "The shop is away for a moment",
                        "Our database does not answer right now. Nothing is lost: orders, carts \
                         and accounts are kept. If you were sending something, look whether it \
                         is there before you send it again. Please try again in a moment."
                            .to_owned(),
                    )
                } else {
                    (
                        StatusCode::INTERNAL_SERVER_ERROR,
                        "Something went wrong on our side",
                        "The error has been recorded. Please try again in a moment.".to_owned(),
                    )
                }
            }
            Self::SignIn { .. } => (StatusCode::SEE_OTHER, "Sign in", String::new()),
        };
        (status, Problem { title, text, cause })
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        if let Self::SignIn { next, staff } = &self {
            let path = if *staff { "/accounts/login/manager" } else { "/accounts/login" };
            let next =
                percent_encoding::utf8_percent_encode(next, percent_encoding::NON_ALPHANUMERIC);
            return Redirect::to(&format!("{path}?next={next}")).into_response();
        }
        let retry_after_s = match self {
            Self::TooManyAttempts { retry_after_s } => Some(retry_after_s),
            _ => None,
        };
        let (status, problem) = self.problem();
        let away = status == StatusCode::SERVICE_UNAVAILABLE;
        let retry_after_s = retry_after_s.or(away.then_some(AWAY_S));
        let mut response = status.into_response();
        if let Some(seconds) = retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(problem);
        response
    }
}
