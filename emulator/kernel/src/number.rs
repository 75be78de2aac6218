//! Numbers as AWS reads them: digits alone. Rust's own reading takes a plus sign before them.

/// The number that `text` writes in decimal digits and nothing else; nothing where it is none, or does
/// not fit.
#[must_use]
pub fn decimal(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

/// The same, with a minus before it where it is below zero.
#[must_use]
pub fn signed_decimal(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

/// The number that `text` writes in hexadecimal digits and nothing else.
#[must_use]
pub fn hexadecimal(text: &str) -> Option<u64> {
    let are_digits = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    are_digits.then(|| u64::from_str_radix(text, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_digits_and_nothing_else() {
        let read = |text: &str| {
            format!(
                "{text:?}: {:?} {:?} {:?}",
                decimal(text),
                signed_decimal(text),
                hexadecimal(text)
            )
        };
        let texts =
            ["5", "007", "-5", "+5", " 5", "5 ", "1f", "", "-", "--5", "٥", "18446744073709551616"];
        insta::assert_snapshot!(texts.map(read).join("\n"), @r#"
        "5": Some(5) Some(5) Some(5)
        "007": Some(7) Some(7) Some(7)
        "-5": None Some(-5) None
        "+5": None None None
        " 5": None None None
        "5 ": None None None
        "1f": None None Some(31)
        "": None None None
        "-": None None None
        "--5": None None None
        "٥": None None None
        "18446744073709551616": None None None
        "#);
    }
}
