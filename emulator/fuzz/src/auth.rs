//! In place of `src/http/auth`: signatures of chunks that hold where their first digit is even. What a chunk is
//! signed with is no matter of fuzzing; what is done when a signature does not hold is.

use cloudless_core::error::{ApiError, Row};

static SIGNATURE_DOES_NOT_MATCH: Row =
    Row::sender("SignatureDoesNotMatch", 403, "It does not hold.");

#[derive(Debug)]
pub struct Chain {
    pub covers_trailers: bool,
}

impl Chain {
    pub fn covers_trailers(&self) -> bool {
        self.covers_trailers
    }

    pub fn read(extension: &str) -> Option<&str> {
        extension.strip_prefix("chunk-signature=").filter(|signature| !signature.is_empty())
    }

    #[expect(clippy::unused_self, reason = "the emulator's does")]
    pub fn update(&mut self, _: &[u8]) {}

    pub fn end_chunk(&mut self, given: &str) -> Result<(), Box<ApiError>> {
        Self::verify(given)
    }

    pub fn end_trailers<'a>(
        &mut self,
        trailers: impl Iterator<Item = (&'a str, &'a str)>,
        given: &str,
    ) -> Result<(), Box<ApiError>> {
        assert!(trailers.count() <= 16, "too many trailers");
        Self::verify(given)
    }

    fn verify(given: &str) -> Result<(), Box<ApiError>> {
        let digit = given.chars().next().and_then(|first| first.to_digit(16));
        if digit.is_some_and(|digit| digit % 2 == 0) {
            return Ok(());
        }
        Err(Box::new(SIGNATURE_DOES_NOT_MATCH.with("SignatureProvided", given)))
    }
}
