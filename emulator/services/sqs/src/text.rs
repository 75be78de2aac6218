//! Which characters a message may have.

use kernel::error::ApiError;

use crate::error as errors;

/// # Errors
/// `InvalidMessageContents` names the first character that may not be in a message. `what` is the text.
pub(super) fn check_text(text: &str, what: &str) -> Result<(), ApiError> {
    // Without a branch in it the loop is vectorised; most texts need no second look.
    let is_plain = |byte: &u8| matches!(byte, b'\t' | b'\n' | b'\r' | 0x20..0x80);
    if text.bytes().fold(true, |plain, byte| plain & is_plain(&byte)) {
        return Ok(());
    }
    match text.chars().find(|character| !is_allowed(*character)) {
        None => Ok(()),
        Some(character) => Err(errors::INVALID_MESSAGE_CONTENTS.says(format!(
            "Invalid binary character '#x{:X}' was found in the {what}, the set of allowed characters is #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF].",
            u32::from(character)
        ))),
    }
}

/// Whether a character may be in a message: what XML 1.0 can carry.
fn is_allowed(character: char) -> bool {
    matches!(character,
        '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}
