//! Events of several lines. AWS's runtimes give the log whole events by a channel of their own; ours write them as one
//! line, in which signs stand for line feeds.

use std::borrow::Cow;

/// A line feed within an event: U+001E.
const LINE_FEED: u8 = 0x1e;
/// The event ends without a line feed: U+001F.
const NO_LINE_FEED: u8 = 0x1f;

/// What was written, as it is read: in the tail of a log.
pub(super) fn plain(bytes: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr2(LINE_FEED, NO_LINE_FEED, bytes).is_none() {
        return Cow::Borrowed(bytes);
    }
    let kept = bytes.iter().filter(|byte| **byte != NO_LINE_FEED);
    kept.map(|byte| if *byte == LINE_FEED { b'\n' } else { *byte }).collect()
}

/// The event that a line is, which came without its end.
pub(super) fn event(line: &str) -> String {
    let (inside, end) = match line.strip_suffix(char::from(NO_LINE_FEED)) {
        Some(inside) => (inside, ""),
        None => (line, "\n"),
    };
    [&inside.replace(char::from(LINE_FEED), "\n"), end].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_of_several_lines_is_one_line_on_its_way() {
        let told = ["plain", "[ERROR] bad\x1eTraceback:\x1f", "a\x1eb", "", "\x1f"];
        insta::assert_debug_snapshot!(told.map(event), @r#"
        [
            "plain\n",
            "[ERROR] bad\nTraceback:",
            "a\nb\n",
            "\n",
            "",
        ]
        "#);
        assert_eq!(&*plain(b"a\x1eb\x1f\n"), b"a\nb\n");
    }
}
