//! Pages of lists: a marker is the place of the last that was given.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use kernel::error::ApiError;

use crate::error::VALIDATION;
use crate::limits::PAGE_MAX;

/// What a list is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) marker: Option<&'a str>,
    pub(crate) size: Option<u32>,
}

/// At most as many of the items as are asked for, which are in the order of their places, and the marker of what follows.
pub(crate) fn of<T>(
    items: impl IntoIterator<Item = T>,
    asked: Asked<'_>,
    place: impl Fn(&T) -> String,
) -> Result<(Vec<T>, Option<String>), ApiError> {
    let after = asked.marker.filter(|marker| !marker.is_empty()).map(read).transpose()?;
    let size = asked.size.map_or(PAGE_MAX, |size| size as usize).clamp(1, PAGE_MAX);
    let mut rest = items.into_iter();
    if let Some(after) = after {
        rest.by_ref().find(|item| place(item) == after).ok_or_else(refused)?;
    }
    let given: Vec<T> = rest.by_ref().take(size).collect();
    let last = given.last().filter(|_| rest.next().is_some());
    let next = last.map(|last| BASE64.encode(place(last)));
    Ok((given, next))
}

fn refused() -> ApiError {
    VALIDATION.says("The specified marker is invalid")
}

fn read(marker: &str) -> Result<String, ApiError> {
    let bytes = BASE64.decode(marker).map_err(|_| refused())?;
    String::from_utf8(bytes).map_err(|_| refused())
}
