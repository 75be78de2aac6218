//! The part of an address behind `?`.

use axum::{extract::FromRequestParts, http::request::Parts};
use serde::de::DeserializeOwned;

use crate::error::Error;

/// As axum's, checked for what the fields of forms are checked for: no control characters. A
/// database may refuse them, and no page means anything by them.
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        let query = parts.uri.query().unwrap_or_default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            if name.contains(char::is_control) || value.contains(char::is_control) {
                let text = "The address has control characters in it. Please remove them.";
                return Err(Error::BadRequest(text.to_owned()));
            }
        }
        serde_urlencoded::from_str(query).map(Self).map_err(|error| {
            Error::BadRequest(format!("The part of the address behind ? is wrong: {error}."))
        })
    }
}
