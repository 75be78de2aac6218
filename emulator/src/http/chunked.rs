//! `aws-chunked`: the framing in which SDKs send a body whose checksum follows it.
//!
//! `<size in hex>[;chunk-signature=…]\r\n<bytes>\r\n … 0[;…]\r\n[trailer: value\r\n]…\r\n`
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html>. It is decoded whatever
//! the signature mode: SDKs send signed chunks with trailers over plain http. Chunk signatures are
//! not verified: the transport is the loopback, and the checksum at the end covers the bytes.

use bytes::{Buf as _, Bytes, BytesMut};
use cloudless_core::number;

/// A line of the framing longer than this is no framing.
const LINE_MAX_BYTES: usize = 4096;
/// More trailers than this are no trailers.
const TRAILERS_MAX: usize = 16;

/// A chunk that another one follows has at least this size.
const CHUNK_MIN_BYTES: u64 = 8192;

/// Names in lower case, and values.
pub type Trailers = Vec<(String, String)>;

/// Why a body is not framed as it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Malformed {
    /// The framing is broken or ends early.
    Framing,
    /// The trailers are none.
    Trailers,
    /// A chunk that is too small is followed by another one, the `chunk`th, counted from one.
    SmallChunk {
        /// The chunk that follows.
        chunk: u64,
        /// The size of the one before.
        size_bytes: u64,
    },
}

/// Takes the frames off a body as it comes in.
#[derive(Debug, Default)]
pub struct Decoder {
    buffer: BytesMut,
    state: State,
    chunks: u64,
    last_size_bytes: u64,
    trailers: Trailers,
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
                    let left_bytes = self.size_bytes(&line)?;
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
                    Some(_) => return Err(Malformed::Framing),
                },
                State::Trailer => match self.line()? {
                    None => return Ok(decoded),
                    Some(line) if line.is_empty() => self.state = State::Done,
                    Some(line) => {
                        let (name, value) = line.split_once(':').ok_or(Malformed::Trailers)?;
                        if self.trailers.len() == TRAILERS_MAX {
                            return Err(Malformed::Trailers);
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

    /// The trailers, once the body has ended.
    ///
    /// # Errors
    /// The body ended in the middle of its framing.
    pub fn finish(self) -> Result<Trailers, Malformed> {
        if self.state == State::Done { Ok(self.trailers) } else { Err(Malformed::Framing) }
    }

    /// The size of the chunk that begins with this line.
    fn size_bytes(&mut self, line: &str) -> Result<u64, Malformed> {
        let size = line.split(';').next().filter(|size| !size.is_empty());
        let size_bytes = size.and_then(number::hexadecimal).ok_or(Malformed::Framing)?;
        let (before, last_size_bytes) = (self.chunks, self.last_size_bytes);
        (self.chunks, self.last_size_bytes) = (before + 1, size_bytes);
        if size_bytes > 0 && before > 0 && last_size_bytes < CHUNK_MIN_BYTES {
            return Err(Malformed::SmallChunk { chunk: before + 1, size_bytes: last_size_bytes });
        }
        Ok(size_bytes)
    }

    fn line(&mut self) -> Result<Option<String>, Malformed> {
        let Some(end) = self.buffer.iter().position(|&byte| byte == b'\n') else {
            let is_long = self.buffer.len() > LINE_MAX_BYTES;
            return if is_long { Err(Malformed::Framing) } else { Ok(None) };
        };
        if end > LINE_MAX_BYTES {
            return Err(Malformed::Framing);
        }
        let line = self.buffer.split_to(end);
        self.buffer.advance(1);
        let line = line.strip_suffix(b"\r").ok_or(Malformed::Framing)?;
        String::from_utf8(line.to_vec()).map(Some).map_err(|_| Malformed::Framing)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail")]
    use proptest::prelude::*;

    use super::*;

    type Decoded = (Vec<u8>, Trailers);

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
        let large = "x".repeat(8192);
        let body = format!(
            "2000;chunk-signature=ab\r\n{large}\r\n6;chunk-signature=cd\r\n world\r\n0;chunk-signature=ef\r\nx-amz-checksum-crc32:DUoRhQ==\r\nx-amz-trailer-signature:12\r\n\r\n"
        );
        let (bytes, trailers) = decode(body.as_bytes(), 3).unwrap();
        assert_eq!(bytes, (large + " world").as_bytes());
        assert_eq!(trailers[0], ("x-amz-checksum-crc32".to_owned(), "DUoRhQ==".to_owned()));
    }

    #[test]
    fn a_body_that_stops_early_or_lies_about_its_size_is_refused() {
        let told = [
            "5\r\nhel",
            "5\r\nhello\r\n",
            "5\r\nhello!\r\n0\r\n\r\n",
            "xyz\r\n",
            "",
            "+5\r\nhello\r\n0\r\n\r\n",
            " 5\r\nhello\r\n0\r\n\r\n",
            "-0\r\n\r\n",
            "\r\n\r\n",
            "5\nhello\n0\n\n",
            "5\r\nhello\r\n0\r\n",
            "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n",
            "5\r\nhello\r\n0\r\nNhCmhg==\r\n\r\n",
            "5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n",
        ]
        .map(|broken| format!("{broken:?}: {:?}", decode(broken.as_bytes(), 100)));
        insta::assert_snapshot!(told.join("\n"), @r#"
        "5\r\nhel": Err(Framing)
        "5\r\nhello\r\n": Err(Framing)
        "5\r\nhello!\r\n0\r\n\r\n": Err(Framing)
        "xyz\r\n": Err(Framing)
        "": Err(Framing)
        "+5\r\nhello\r\n0\r\n\r\n": Err(Framing)
        " 5\r\nhello\r\n0\r\n\r\n": Err(Framing)
        "-0\r\n\r\n": Err(Framing)
        "\r\n\r\n": Err(Framing)
        "5\nhello\n0\n\n": Err(Framing)
        "5\r\nhello\r\n0\r\n": Err(Framing)
        "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n": Err(Framing)
        "5\r\nhello\r\n0\r\nNhCmhg==\r\n\r\n": Err(Trailers)
        "5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n": Err(SmallChunk { chunk: 2, size_bytes: 5 })
        "#);
    }

    proptest! {
        #[test]
        fn however_it_is_cut_the_body_comes_back(
            mut chunks in prop::collection::vec(8192usize..10_000, 0..4),
            last in prop::collection::vec(any::<u8>(), 1..50),
            step in 1usize..40,
        ) {
            let mut chunks: Vec<_> = chunks.drain(..).map(|size| last.repeat(size)[..size].to_vec()).collect();
            chunks.push(last);
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
