//! Object keys: as events write them, and where the resized picture goes.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::fit::OutputFormat;

/// Everything but what RFC 3986 leaves unreserved, and the slashes between the parts of a key.
const OUTSIDE_OF_KEYS: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/');

/// The key an event names. Events write keys as HTML forms do: `+` is a space, `%2B` a plus.
/// `None` when it is not UTF-8, which no key is.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html>
#[must_use]
pub fn from_event(encoded: &str) -> Option<String> {
    let spaced = encoded.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8().ok()?;
    Some(decoded.into_owned())
}

/// Where the resized picture of `key` goes: under `prefix`, with the extension of its format.
#[must_use]
pub fn resized(prefix: &str, key: &str, format: OutputFormat) -> String {
    let name_at = key.rfind('/').map_or(0, |slash| slash + 1);
    let stem = match key[name_at..].rfind('.') {
        // A name that starts with its only dot has no extension.
        Some(dot) if dot > 0 => &key[..name_at + dot],
        _ => key,
    };
    format!("{prefix}{stem}.{}", format.extension())
}

/// The key as it stands in a URL's path, and in a header.
#[must_use]
pub fn percent_encoded(key: &str) -> String {
    utf8_percent_encode(key, OUTSIDE_OF_KEYS).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file name as a person gives it survives the event, and its neighbour gets a fitting name.
    #[test]
    fn keys_from_event_to_resized_picture() {
        let events = [
            "products/7/a.jpg",
            "products/42/Gr%C3%BCne+Tasse+50%25+%2B1.jpeg",
            "products/7/no-extension",
            "products/7.5/no-extension",
            "products/7/.hidden",
            "products/7/archive.tar.gz",
            "products/7/%FF",
        ];
        let lines: Vec<String> = events
            .into_iter()
            .map(|encoded| match from_event(encoded) {
                None => format!("{encoded} -> not UTF-8"),
                Some(key) => {
                    let resized = resized("resized/", &key, OutputFormat::Jpeg);
                    format!("{key} -> {resized} -> {}", percent_encoded(&resized))
                }
            })
            .collect();
        insta::assert_snapshot!(lines.join("\n"), @"
        products/7/a.jpg -> resized/products/7/a.jpg -> resized/products/7/a.jpg
        products/42/Grüne Tasse 50% +1.jpeg -> resized/products/42/Grüne Tasse 50% +1.jpg -> resized/products/42/Gr%C3%BCne%20Tasse%2050%25%20%2B1.jpg
        products/7/no-extension -> resized/products/7/no-extension.jpg -> resized/products/7/no-extension.jpg
        products/7.5/no-extension -> resized/products/7.5/no-extension.jpg -> resized/products/7.5/no-extension.jpg
        products/7/.hidden -> resized/products/7/.hidden.jpg -> resized/products/7/.hidden.jpg
        products/7/archive.tar.gz -> resized/products/7/archive.tar.jpg -> resized/products/7/archive.tar.jpg
        products/7/%FF -> not UTF-8
        ");
    }
}
