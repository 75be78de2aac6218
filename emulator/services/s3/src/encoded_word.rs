//! User metadata in headers: what is not ASCII goes out as words of RFC 2047, and such words are read
//! on their way in. <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html>
//!
//! S3 writes them as Java's mail library does: whether in `Q` or in `B` is a matter of how much of the
//! text is ASCII, and a text that is too long for one word is halved.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

/// Characters of a word, without `=?UTF-8?Q?` and `?=`: RFC 2047 allows 75 in all.
const WORD_CHARS_MAX: usize = 75 - "=?UTF-8?Q??=".len();

/// How a word holds its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Q,
    B,
}

/// The text as a header carries it: as it is where it is ASCII, otherwise as encoded words.
#[must_use]
pub(super) fn encode(text: &str) -> String {
    let foreign = text.encode_utf16().filter(|unit| !is_plain(*unit)).count();
    if foreign == 0 {
        return text.to_owned();
    }
    let plain = text.encode_utf16().count() - foreign;
    let encoding = if plain > foreign { Encoding::Q } else { Encoding::B };
    let mut words = Vec::new();
    encode_into(text, encoding, &mut words);
    words.join(" ")
}

/// The text with its encoded words read. A word that cannot be read stays as it is; white space between
/// two words belongs to neither.
#[must_use]
pub(super) fn decode(text: &str) -> String {
    if !text.contains("=?") {
        return text.to_owned();
    }
    let mut decoded = String::new();
    let (mut space, mut after_a_word) = (String::new(), false);
    for token in text.split_inclusive([' ', '\t']) {
        let (token, behind) = match token.char_indices().next_back() {
            Some((at, last @ (' ' | '\t'))) => (&token[..at], Some(last)),
            _ => (token, None),
        };
        if !token.is_empty() {
            let word = decode_word(token);
            if !(after_a_word && word.is_some()) {
                decoded.push_str(&space);
            }
            space.clear();
            after_a_word = word.is_some();
            decoded.push_str(word.as_deref().unwrap_or(token));
        }
        space.extend(behind);
    }
    decoded + &space
}

/// A unit of UTF-16 that a header carries as it is.
fn is_plain(unit: u16) -> bool {
    (0x20..0x7f).contains(&unit) || matches!(unit, 0x09 | 0x0a | 0x0d)
}

fn encode_into(text: &str, encoding: Encoding, words: &mut Vec<String>) {
    let encoded = match encoding {
        Encoding::Q => encode_q(text),
        Encoding::B => BASE64.encode(text),
    };
    let units = text.encode_utf16().count();
    if encoded.len() > WORD_CHARS_MAX && units > 1 {
        let (first, second) = halves(text, units / 2);
        for half in [first, second].into_iter().filter(|half| !half.is_empty()) {
            encode_into(half, encoding, words);
        }
        return;
    }
    words.push(format!("=?UTF-8?{encoding:?}?{encoded}?="));
}

/// The text cut behind so many units of UTF-16, or one earlier where that would cut a character.
fn halves(text: &str, units: usize) -> (&str, &str) {
    let mut passed = 0;
    let at = text.char_indices().find(|(_, character)| {
        passed += character.len_utf16();
        passed > units
    });
    text.split_at(at.map_or(text.len(), |(at, _)| at))
}

fn encode_q(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' ' => encoded.push('_'),
            b'!'..=b'~' if !matches!(byte, b'=' | b'_' | b'?') => encoded.push(char::from(byte)),
            _ => encoded.push_str(&format!("={byte:02X}")),
        }
    }
    encoded
}

/// `=?charset?encoding?text?=`, and what follows it without white space.
fn decode_word(token: &str) -> Option<String> {
    let (charset, rest) = token.strip_prefix("=?")?.split_once('?')?;
    let (encoding, rest) = rest.split_once('?')?;
    let (text, behind) = rest.split_once("?=")?;
    let bytes = match encoding {
        "q" | "Q" => decode_q(text)?,
        "b" | "B" => BASE64.decode(text).ok()?,
        _ => return None,
    };
    // A language may follow: `utf-8*en` (RFC 2231).
    let charset = charset.split('*').next().unwrap_or_default().to_ascii_lowercase();
    let mut word = match charset.as_str() {
        "utf-8" | "utf8" | "us-ascii" | "ascii" => String::from_utf8_lossy(&bytes).into_owned(),
        "iso-8859-1" | "latin1" => bytes.iter().map(|byte| char::from(*byte)).collect(),
        _ => return None,
    };
    word.push_str(behind);
    Some(word)
}

fn decode_q(text: &str) -> Option<Vec<u8>> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'_' => b' ',
            b'=' => {
                let mut digit = || char::from(bytes.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            byte => byte,
        });
    }
    Some(decoded)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_written_as_s3_writes_them() {
        let long = format!(
            "{}—{}",
            "Please come to the meeting of all of us ",
            "in Zürich on Friday.".repeat(3)
        );
        let written = [
            "ASCII\tstays: !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
            "test_—_file%E2%80%94_é_2?.pdf",
            "ÄMÄZÕÑ S3",
            "\0\u{1}\u{2}\u{3}",
            "日本語",
            "\u{fffd}\u{fffd}",
            "📈 up",
            &long,
        ]
        .map(encode);
        insta::assert_snapshot!(written.join("\n"), @r##"
        ASCII	stays: !"#$%&'()*+,-./:;<=>?@[\]^_`{|}~
        =?UTF-8?Q?test=5F=E2=80=94=5Ffile%E2%80%94=5F=C3=A9=5F2=3F.pdf?=
        =?UTF-8?Q?=C3=84M=C3=84Z=C3=95=C3=91_S3?=
        =?UTF-8?B?AAECAw==?=
        =?UTF-8?B?5pel5pys6Kqe?=
        =?UTF-8?B?77+977+9?=
        =?UTF-8?Q?=F0=9F=93=88_up?=
        =?UTF-8?Q?Please_come_to_the_meeting_of_all_of_us_=E2=80=94in_Z=C3=BCrich?= =?UTF-8?Q?_on_Friday.in_Z=C3=BCrich_on_Friday.in_Z=C3=BCrich_on_Friday.?=
        "##);
    }

    #[test]
    fn words_are_read_and_what_is_none_stays() {
        let read = [
            "plain",
            "=?UTF-8?Q?actually-ascii?=",
            "=?UTF-8?B?YWJj?=",
            "=?utf-8*en?q?=C3=A9_=3F?=",
            "=?ISO-8859-1?Q?caf=E9?=",
            "=?UTF-8?Q?a?= =?UTF-8?Q?b?=  c =?UTF-8?Q?d?=",
            "=?UTF-8?Q?a?=b",
            "=?UTF-8?Q?broken=?=",
            "=?UTF-8?B?***?=",
            "=?KOI8-R?Q?a?=",
            "=?UTF-8?X?a?=",
            "=?UTF-8?Q?open",
            "=? ?=",
            " =?UTF-8?Q?a?= ",
        ]
        .map(|text| format!("{text} -> {:?}", decode(text)));
        insta::assert_snapshot!(read.join("\n"), @r#"
        plain -> "plain"
        =?UTF-8?Q?actually-ascii?= -> "actually-ascii"
        =?UTF-8?B?YWJj?= -> "abc"
        =?utf-8*en?q?=C3=A9_=3F?= -> "é ?"
        =?ISO-8859-1?Q?caf=E9?= -> "café"
        =?UTF-8?Q?a?= =?UTF-8?Q?b?=  c =?UTF-8?Q?d?= -> "ab  c d"
        =?UTF-8?Q?a?=b -> "ab"
        =?UTF-8?Q?broken=?= -> "=?UTF-8?Q?broken=?="
        =?UTF-8?B?***?= -> "=?UTF-8?B?***?="
        =?KOI8-R?Q?a?= -> "=?KOI8-R?Q?a?="
        =?UTF-8?X?a?= -> "=?UTF-8?X?a?="
        =?UTF-8?Q?open -> "=?UTF-8?Q?open"
        =? ?= -> "=? ?="
         =?UTF-8?Q?a?=  -> " a "
        "#);
    }

    proptest! {
        #[test]
        fn what_is_written_is_ascii_short_and_reads_as_it_was(text in any::<String>()) {
            let written = encode(&text);
            prop_assert!(written.is_ascii());
            if written != text {
                prop_assert!(written.split(' ').all(|word| word.len() <= 75));
                prop_assert_eq!(decode(&written), text);
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in "[=?_ UTF8QBqb\u{e9}-]{0,60}") {
            let _ = decode(&text);
        }
    }
}
