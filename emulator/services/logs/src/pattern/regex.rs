//! Regular expressions between per cent signs.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/regex-expressions.html>

use regex_lite::{Regex, RegexBuilder};

use crate::limits::REGEX_SIZE_BYTES_MAX;

/// # Errors
/// It has characters that AWS does not take, or is none.
pub(super) fn compile(text: &str) -> Result<Regex, String> {
    let is_allowed = |character: char| {
        character.is_ascii_alphanumeric() || "_#=@/;,-:^$?[]{}|\\*+. ".contains(character)
    };
    // What stands behind a backslash is meant as it is: `\(`, `\%`.
    let mut is_escaped = false;
    for character in text.chars() {
        let is_meant = is_escaped && character.is_ascii();
        if !is_allowed(character) && !is_meant {
            return Err(format!("Invalid character(s) in regular expression '{text}'"));
        }
        is_escaped = character == '\\' && !is_escaped;
    }
    RegexBuilder::new(text)
        .size_limit(REGEX_SIZE_BYTES_MAX)
        .build()
        .map_err(|_| format!("Invalid regular expression '{text}'"))
}
