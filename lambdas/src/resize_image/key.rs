//! Object keys: as events write them, and where the resized picture goes.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::fit::OutputFormat;

/// Everything but what RFC 3986 leaves unreserved, and the slashes between the parts of a key.
const OUTSIDE_OF_KEYS: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// The key an event names. Events write keys as HTML forms do: `+` is a space, `%2B` a plus.
/// `None` when it is not UTF-8, which no key is.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html>
#[must_use]
pub fn from_event(encoded: &str) -> Option<String> {
    let spaced = encoded.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8().ok()?;
    Some(decoded.into_owned())
}

/// Where the resized picture of `key` goes: under `prefix`, by its own name, so that `a.jpg` and
/// `a.jpeg` stay apart. Where the name does not promise the format, the extension of the format is
/// added: `a.webp` becomes `a.webp.jpg`. (Only an upload that is itself called `a.webp.jpg` and a
/// JPEG goes to the same place.)
#[must_use]
pub fn resized(prefix: &str, key: &str, format: OutputFormat) -> String {
    let name = key.rsplit('/').next().unwrap_or(key);
    match name.rsplit_once('.') {
        // A name that starts with its only dot has no extension.
        Some((stem, extension)) if !stem.is_empty() && format.has_extension(extension) => {
            format!("{prefix}{key}")
        }
        _ => format!("{prefix}{key}.{}", format.extension()),
    }
}

/// The key as it stands in a URL's path, and in a header.
#[must_use]
pub fn percent_encoded(key: &str) -> String {
    utf8_percent_encode(key, OUTSIDE_OF_KEYS).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file name as a person gives it survives the event, and the small picture keeps it, with an extension that is true.
    #[test]
    fn keys_from_event_to_resized_picture() {
        let events = [
            "products/7/a.jpg",
            "products/7/a.jpeg",
            "products/7/A.JPG",
            "products/7/a.webp",
            "products/7/a.png",
            "products/42/Gr%C3%BCne+Tasse+50%25+%2B1.jpeg",
            "products/7/no-extension",
            "products/7.5/no-extension",
            "products/7/.hidden",
            "products/7/.jpg",
            "products/7/archive.tar.gz",
            "products/7/%FF",
        ];
        let lines: Vec<String> = events
            .into_iter()
            .map(|encoded| match from_event(encoded) {
                None => format!("{encoded} -> not UTF-8"),
                Some(key) => {
                    let [jpeg, png] = [OutputFormat::Jpeg, OutputFormat::Png]
                        .map(|format| percent_encoded(&resized("resized/", &key, format)));
                    format!("{key} -> {jpeg} or {png}")
                }
            })
            .collect();
        insta::assert_snapshot!(lines.join("\n"), @"
        products/7/a.jpg -> resized/products/7/a.jpg or resized/products/7/a.jpg.png
        products/7/a.jpeg -> resized/products/7/a.jpeg or resized/products/7/a.jpeg.png
        products/7/A.JPG -> resized/products/7/A.JPG or resized/products/7/A.JPG.png
        products/7/a.webp -> resized/products/7/a.webp.jpg or resized/products/7/a.webp.png
        products/7/a.png -> resized/products/7/a.png.jpg or resized/products/7/a.png
        products/42/Grüne Tasse 50% +1.jpeg -> resized/products/42/Gr%C3%BCne%20Tasse%2050%25%20%2B1.jpeg or resized/products/42/Gr%C3%BCne%20Tasse%2050%25%20%2B1.jpeg.png
        products/7/no-extension -> resized/products/7/no-extension.jpg or resized/products/7/no-extension.png
        products/7.5/no-extension -> resized/products/7.5/no-extension.jpg or resized/products/7.5/no-extension.png
        products/7/.hidden -> resized/products/7/.hidden.jpg or resized/products/7/.hidden.png
        products/7/.jpg -> resized/products/7/.jpg.jpg or resized/products/7/.jpg.png
        products/7/archive.tar.gz -> resized/products/7/archive.tar.gz.jpg or resized/products/7/archive.tar.gz.png
        products/7/%FF -> not UTF-8
        ");
    }
}
