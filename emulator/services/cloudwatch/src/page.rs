//! Pages of lists: a token is the list's owner and the place of the last that was given, so that a page goes
//! on where the one before ended, whatever came and went in between.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

/// A part of a list.
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next_token: Option<String>,
}

/// At most `limit` of the items, which are in the order of their places; those behind the one that the token
/// names. `scope` is what the list belongs to. Nothing where the token was never given for this list.
pub(crate) fn of<T>(
    items: impl Iterator<Item = T>,
    token: Option<&str>,
    limit: usize,
    place: impl Fn(&T) -> String,
    scope: &str,
) -> Option<Page<T>> {
    let after = token.map(|token| read(token, scope)).map_or(Some(None), |read| read.map(Some))?;
    let mut rest =
        items.skip_while(|item| after.as_ref().is_some_and(|after| place(item) <= *after));
    let items: Vec<T> = rest.by_ref().take(limit).collect();
    let is_more = rest.next().is_some();
    let last = items.last().filter(|_| is_more);
    let next_token = last.map(|last| BASE64.encode(format!("{scope}\n{}", place(last))));
    Some(Page { items, next_token })
}

fn read(token: &str, scope: &str) -> Option<String> {
    let text = String::from_utf8(BASE64.decode(token).ok()?).ok()?;
    let (of, place) = text.split_once('\n')?;
    (of == scope).then(|| place.to_owned())
}
