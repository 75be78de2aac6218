//! `aws-chunked`: the framing in which SDKs send a body whose checksum follows it.
//!
//! `<size in hex>[;chunk-signature=…]\r\n<bytes>\r\n … 0[;…]\r\n[trailer: value\r\n]…\r\n`
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html>. It is decoded whatever
//! the signature mode: SDKs send signed chunks with trailers over plain http. Chunk signatures are
//! not verified: the transport is the loopback, and the checksum at the end covers the bytes.

use bytes::{Buf as _, Bytes, BytesMut};

/// A line of the framing longer than this is no framing.
const LINE_MAX_BYTES: usize = 4096;
/// More trailers than this are no trailers.
const TRAILERS_MAX: usize = 16;

/// The framing is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

/// Takes the frames off a body as it comes in.
#[derive(Debug, Default)]
pub struct Decoder {
    buffer: BytesMut,
    state: State,
    trailers: Vec<(String, String)>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    #[default]
    Size,
    Data {
        left_bytes: u64,
    },
    DataEnd,
    Trailer,
    Done,
}

impl Decoder {
    /// Takes what came in and gives the bytes of the body that are in it.
    ///
    /// # Errors
    /// It is not framed as it says.
    pub fn feed(&mut self, incoming: &[u8]) -> Result<Vec<Bytes>, Malformed> {
        self.buffer.extend_from_slice(incoming);
        let mut decoded = Vec::new();
        loop {
            match self.state {
                State::Size => {
                    let Some(line) = self.line()? else { return Ok(decoded) };
                    let size = line.split(';').next().unwrap_or_default().trim();
                    let left_bytes = u64::from_str_radix(size, 16).map_err(|_| Malformed)?;
                    self.state =
                        if left_bytes == 0 { State::Trailer } else { State::Data { left_bytes } };
                }
                State::Data { left_bytes } => {
                    if self.buffer.is_empty() {
                        return Ok(decoded);
                    }
                    let take =
                        usize::try_from(left_bytes).unwrap_or(usize::MAX).min(self.buffer.len());
                    decoded.push(self.buffer.split_to(take).freeze());
                    let left_bytes = left_bytes - take as u64;
                    self.state =
                        if left_bytes == 0 { State::DataEnd } else { State::Data { left_bytes } };
                }
                State::DataEnd => match self.line()? {
                    None => return Ok(decoded),
                    Some(line) if line.is_empty() => self.state = State::Size,
                    Some(_) => return Err(Malformed),
                },
                State::Trailer => match self.line()? {
                    None => return Ok(decoded),
                    Some(line) if line.is_empty() => self.state = State::Done,
                    Some(line) => {
                        let (name, value) = line.split_once(':').ok_or(Malformed)?;
                        if self.trailers.len() == TRAILERS_MAX {
                            return Err(Malformed);
                        }
                        self.trailers
                            .push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
                    }
                },
                // Some SDKs end with one line more.
                State::Done => {
                    self.buffer.clear();
                    return Ok(decoded);
                }
            }
        }
    }

    /// The trailers, names in lower case, once the body has ended.
    ///
    /// # Errors
    /// The body ended in the middle of its framing.
    pub fn finish(self) -> Result<Vec<(String, String)>, Malformed> {
        // The last empty line is left out by some SDKs.
        let ended =
            self.state == State::Done || self.state == State::Trailer && self.buffer.is_empty();
        if ended { Ok(self.trailers) } else { Err(Malformed) }
    }

    fn line(&mut self) -> Result<Option<String>, Malformed> {
        let Some(end) = self.buffer.iter().position(|&byte| byte == b'\n') else {
            return if self.buffer.len() > LINE_MAX_BYTES { Err(Malformed) } else { Ok(None) };
        };
        if end > LINE_MAX_BYTES {
            return Err(Malformed);
        }
        let line = self.buffer.split_to(end);
        self.buffer.advance(1);
        let line = line.strip_suffix(b"\r").unwrap_or(&line);
        String::from_utf8(line.to_vec()).map(Some).map_err(|_| Malformed)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail")]
    use proptest::prelude::*;

    use super::*;

    type Decoded = (Vec<u8>, Vec<(String, String)>);

    fn decode(body: &[u8], step: usize) -> Result<Decoded, Malformed> {
        let mut decoder = Decoder::default();
        let mut bytes = Vec::new();
        for piece in body.chunks(step.max(1)) {
            for decoded in decoder.feed(piece)? {
                bytes.extend_from_slice(&decoded);
            }
        }
        Ok((bytes, decoder.finish()?))
    }

    #[test]
    fn signed_chunks_and_trailers_are_taken_off() {
        let body = b"5;chunk-signature=ab\r\nhello\r\n6;chunk-signature=cd\r\n world\r\n0;chunk-signature=ef\r\nx-amz-checksum-crc32:DUoRhQ==\r\nx-amz-trailer-signature:12\r\n\r\n";
        let (bytes, trailers) = decode(body, 3).unwrap();
        assert_eq!(bytes, b"hello world");
        assert_eq!(trailers[0], ("x-amz-checksum-crc32".to_owned(), "DUoRhQ==".to_owned()));
    }

    #[test]
    fn a_body_that_stops_early_or_lies_about_its_size_is_refused() {
        for broken in
            [&b"5\r\nhel"[..], b"5\r\nhello\r\n", b"5\r\nhello!\r\n0\r\n\r\n", b"xyz\r\n", b""]
        {
            assert_eq!(
                decode(broken, 100),
                Err(Malformed),
                "{:?}",
                String::from_utf8_lossy(broken)
            );
        }
    }

    proptest! {
        #[test]
        fn however_it_is_cut_the_body_comes_back(
            chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..50), 0..8),
            step in 1usize..40,
        ) {
            let mut framed = Vec::new();
            for chunk in &chunks {
                framed.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                framed.extend_from_slice(chunk);
                framed.extend_from_slice(b"\r\n");
            }
            framed.extend_from_slice(b"0\r\n\r\n");
            prop_assert_eq!(decode(&framed, step).unwrap().0, chunks.concat());
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), step in 1usize..20) {
            let _ = decode(&bytes, step);
        }
    }
}
