//! Forms: the check of their CSRF token, and fields that keep what was typed beside what is wrong
//! with it.

use std::ops::RangeInclusive;

use askama::Template;
use axum::{
    RequestExt,
    extract::{FromRequest, Request, rejection::BytesRejection},
    http::StatusCode,
    response::IntoResponse as _,
};
use serde::de::DeserializeOwned;

use crate::{accounts::Visitor, error::Error, mail, stall};

/// The body of a POST whose hidden field `csrf_token` belongs to the visitor's session.
pub struct Checked<T>(pub T);

#[derive(serde::Deserialize)]
struct Token {
    #[serde(default)]
    csrf_token: String,
}

impl<S, T> FromRequest<S> for Checked<T>
where
    S: Send + Sync,
    T: DeserializeOwned,
{
    type Rejection = Error;

    async fn from_request(request: Request, _: &S) -> Result<Self, Error> {
        let visitor = request.extensions().get::<Visitor>().cloned();
        // The router's body limit holds for this read.
        let body: bytes::Bytes = request.extract().await.map_err(|error: BytesRejection| {
            stall::error_of(&error).unwrap_or_else(|| {
                let is_large = error.into_response().status() == StatusCode::PAYLOAD_TOO_LARGE;
                let text = match is_large {
                    true => "The form is larger than this page allows.",
                    false => "The form was cut off on its way.",
                };
                Error::BadRequest(text.to_owned())
            })
        })?;
        let token: Token = decode(&body)?;
        if !visitor.is_some_and(|visitor| visitor.owns_csrf_token(&token.csrf_token)) {
            return Err(Error::Forged);
        }
        Ok(Self(decode(&body)?))
    }
}

fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, Error> {
    serde_urlencoded::from_bytes(body)
        .map_err(|error| Error::BadRequest(format!("The form is not complete: {error}.")))
}

/// A whole number as a field holds it: digits, and nothing but digits.
pub fn whole_number(typed: &str, range: RangeInclusive<i64>) -> Option<i64> {
    let typed = typed.trim();
    let is_digits = !typed.is_empty() && typed.bytes().all(|byte| byte.is_ascii_digit());
    // Too many digits are no number of these.
    let number = typed.parse().ok().filter(|_| is_digits)?;
    range.contains(&number).then_some(number)
}

/// One field of a form as the page shows it.
#[derive(Clone, Debug, Template)]
#[template(path = "field.html")]
pub struct Field {
    name: &'static str,
    label: &'static str,
    kind: &'static str,
    autocomplete: &'static str,
    hint: &'static str,
    max_len: usize,
    required: bool,
    value: String,
    error: Option<String>,
}

impl Field {
    /// A required single line of at most `max_len` characters.
    pub fn line(name: &'static str, label: &'static str, max_len: usize) -> Self {
        Self {
            name,
            label,
            kind: "text",
            autocomplete: "off",
            hint: "",
            max_len,
            required: true,
            value: String::new(),
            error: None,
        }
    }

    pub fn email(name: &'static str, label: &'static str) -> Self {
        Self { kind: "email", ..Self::line(name, label, 254).autocomplete("email") }
    }

    pub fn password(name: &'static str, label: &'static str, autocomplete: &'static str) -> Self {
        Self { kind: "password", ..Self::line(name, label, 128).autocomplete(autocomplete) }
    }

    pub fn text_area(name: &'static str, label: &'static str, max_len: usize) -> Self {
        Self { kind: "textarea", ..Self::line(name, label, max_len) }
    }

    #[must_use]
    pub fn autocomplete(self, autocomplete: &'static str) -> Self {
        Self { autocomplete, ..self }
    }

    #[must_use]
    pub fn hint(self, hint: &'static str) -> Self {
        Self { hint, ..self }
    }

    #[must_use]
    pub fn optional(self) -> Self {
        Self { required: false, ..self }
    }

    /// With a value nobody typed yet, such as the one in the database.
    #[must_use]
    pub fn value(self, value: impl Into<String>) -> Self {
        Self { value: value.into(), ..self }
    }

    /// With what was typed, checked for what every field must be: there when required, not longer
    /// than allowed, and without control characters (which could forge a line of a mail's header).
    #[must_use]
    pub fn typed(self, typed: &str) -> Self {
        let value = match self.kind {
            "password" => typed.to_owned(),
            // Browsers send a line break as two characters, and count it as one.
            "textarea" => typed.trim().replace("\r\n", "\n").replace('\r', "\n"),
            _ => typed.trim().to_owned(),
        };
        let multi_line = self.is_text_area();
        let is_forbidden = |c: char| c.is_control() && !(multi_line && matches!(c, '\n' | '\t'));
        let error = if value.is_empty() && self.required {
            Some("Please fill in this field.".to_owned())
        } else if value.chars().count() > self.max_len {
            Some(format!("Please use at most {} characters.", self.max_len))
        } else if value.contains(is_forbidden) {
            Some("Please remove control characters such as line breaks.".to_owned())
        } else {
            None
        };
        Self { value, error, ..self }
    }

    /// As [`Field::typed`], and an e-mail address that mail can be sent to. Of a domain beyond
    /// ASCII it keeps the name that the domain name system has for it.
    #[must_use]
    pub fn typed_email(self, typed: &str) -> Self {
        let mut field = self.typed(typed);
        if field.error.is_none() {
            match mail::deliverable(&field.value) {
                Ok(address) => field.value = address.to_string(),
                Err(error) => field.refuse(error.at_field()),
            }
        }
        field
    }

    /// Puts a message at the field.
    pub fn refuse(&mut self, message: impl Into<String>) {
        self.error = Some(message.into());
    }

    pub fn as_str(&self) -> &str {
        &self.value
    }

    fn is_text_area(&self) -> bool {
        self.kind == "textarea"
    }

    pub fn is_ok(&self) -> bool {
        self.error.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_number_is_digits_within_its_range() {
        assert_eq!(whole_number(" 007 ", 0..=99), Some(7));
        let absurd = ["", "+5", "-5", "1e9", "1.0", "NaN", "100", "99999999999999999999", "٥"];
        for text in absurd {
            assert_eq!(whole_number(text, 0..=99), None, "{text}");
        }
    }
}
