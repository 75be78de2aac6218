//! Texts that others choose and we keep: each has a limit in bytes.

use std::borrow::Cow;

/// How many bytes a cut text has at least: there must be room for the mark.
pub const CUT_BYTES_MIN: usize = 64;

/// The text, or so much of it as fits into `bytes_max` with a mark at its end that says how long it
/// was: `… (5242880 bytes)`. It is cut between two characters.
#[must_use]
pub fn cut(text: &str, bytes_max: usize) -> Cow<'_, str> {
    cut_of(text, text.len(), bytes_max)
}

/// The same for a text of which only the beginning is there: it was `size_bytes` long.
#[must_use]
pub fn cut_of(beginning: &str, size_bytes: usize, bytes_max: usize) -> Cow<'_, str> {
    if size_bytes <= beginning.len() && beginning.len() <= bytes_max {
        return Cow::Borrowed(beginning);
    }
    let mark = format!("… ({size_bytes} bytes)");
    let room = bytes_max.max(CUT_BYTES_MIN).saturating_sub(mark.len()).min(beginning.len());
    let kept = &beginning[..beginning.floor_char_boundary(room)];
    Cow::Owned([kept, &mark].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_characters_and_says_how_long_it_was() {
        let long = "€".repeat(1_000_000);
        let shown = cut(&long, CUT_BYTES_MIN);
        assert_eq!(shown, format!("{}… (3000000 bytes)", "€".repeat(15)));
        assert!(shown.len() <= CUT_BYTES_MIN);
        let fits = "x".repeat(CUT_BYTES_MIN);
        assert_eq!(cut(&fits, CUT_BYTES_MIN), fits);
        assert_eq!(cut_of("the beginning", 70, CUT_BYTES_MIN), "the beginning… (70 bytes)");
        assert_eq!(cut_of("", 1 << 40, CUT_BYTES_MIN), "… (1099511627776 bytes)");
    }
}
