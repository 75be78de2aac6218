//! Pages of lists: a token is the list's owner and the name of the last that was given, so that a page goes
//! on where the one before ended, whatever came and went in between.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use kernel::error::ApiError;

use crate::error as errors;

/// A part of a list.
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next_token: Option<String>,
}

/// At most `limit` of the items, those behind the one that the token names. `scope` is what the list
/// belongs to: a token of another is refused.
///
/// # Errors
/// `InvalidParameterException` where the token was never given for this list.
pub(crate) fn of<T>(
    items: Vec<T>,
    token: Option<&str>,
    limit: usize,
    place: impl Fn(&T) -> String,
    scope: &str,
) -> Result<Page<T>, ApiError> {
    let start = match token {
        None => 0,
        Some(token) => {
            let (last, index) = read(token, scope).ok_or_else(errors::invalid_token)?;
            // Where that one has gone since, its place is what is left.
            let found = items.iter().position(|item| place(item) == last);
            found.map_or(index.min(items.len()), |at| at + 1)
        }
    };
    let more = items.len() > start + limit;
    let items: Vec<T> = items.into_iter().skip(start).take(limit).collect();
    let next_token = items
        .last()
        .filter(|_| more)
        .map(|last| BASE64.encode(format!("{scope}\n{}\n{}", start + items.len(), place(last))));
    Ok(Page { items, next_token })
}

fn read(token: &str, scope: &str) -> Option<(String, usize)> {
    let text = String::from_utf8(BASE64.decode(token).ok()?).ok()?;
    let mut parts = text.splitn(3, '\n');
    let of = parts.next()?;
    let index = parts.next()?.parse().ok()?;
    (of == scope).then_some((parts.next()?.to_owned(), index))
}
