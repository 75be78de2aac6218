//! Bodies in the framing of `aws-chunked`.

use crate::auth::Chain;
use crate::chunked_decoder::{Decoder, Malformed, Trailers};

/// How the body comes in makes no difference. The first byte says whether chunks and trailers are signed, and in
/// which steps it comes.
pub fn read(data: &[u8]) {
    let Some((&first, body)) = data.split_first() else { return };
    let step = usize::from(first & 0x3f).max(1);
    let (is_signed, covers_trailers) = (first & 0x80 != 0, first & 0x40 != 0);
    let chain = || is_signed.then_some(Chain { covers_trailers });
    let whole = decoded(chain(), body, body.len().max(1));
    assert_eq!(whole, decoded(chain(), body, step));
    if let Ok((bytes, _)) = whole {
        assert!(bytes.len() < body.len(), "more came out than went in");
    }
}

fn decoded(
    chain: Option<Chain>,
    body: &[u8],
    step: usize,
) -> Result<(Vec<u8>, Trailers), Malformed> {
    let mut decoder = Decoder::new(chain);
    let mut bytes = Vec::new();
    for piece in body.chunks(step) {
        decoder.feed(piece)?.iter().for_each(|it| bytes.extend_from_slice(it));
    }
    Ok((bytes, decoder.finish()?))
}
