//! `aws-chunked`: the framing in which SDKs send a body whose checksum follows it.
//!
//! `<size in hex>[;chunk-signature=…]\r\n<bytes>\r\n … 0[;…]\r\n[trailer: value\r\n]…\r\n`
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html>. It is decoded whatever
//! the signature mode: SDKs send signed chunks with trailers over plain http. Signatures are verified
//! where there is something to verify them with.

use bytes::{Buf as _, Bytes, BytesMut};
use cloudless_core::error::ApiError;
use cloudless_core::number;

use super::auth::Chain;

/// A line of the framing longer than this is no framing.
const LINE_MAX_BYTES: usize = 4096;
/// More trailers than this are no trailers.
const TRAILERS_MAX: usize = 16;

/// A chunk that another one follows has at least this size.
const CHUNK_MIN_BYTES: u64 = 8192;

/// Behind signed chunks the trailers are signed, too; this one says how.
pub const TRAILER_SIGNATURE: &str = "x-amz-trailer-signature";

/// Names in lower case, and values.
pub type Trailers = Vec<(String, String)>;

/// Why a body is not framed as it says.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// A chunk, or the trailers, are not what was signed.
    Signature(Box<ApiError>),
}

/// Takes the frames off a body as it comes in.
#[derive(Debug, Default)]
pub struct Decoder {
    buffer: BytesMut,
    state: State,
    chunks: u64,
    last_size_bytes: u64,
    trailers: Trailers,
    signed: Option<Signed>,
}

/// What signed chunks are verified with.
#[derive(Debug)]
struct Signed {
    chain: Chain,
    /// The signature of the chunk at hand.
    given: String,
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
    /// Verifies the signatures of chunks and trailers where there is a `chain`.
    pub fn new(chain: Option<Chain>) -> Self {
        let signed = chain.map(|chain| Signed { chain, given: String::new() });
        Self { signed, ..Self::default() }
    }

    /// Takes what came in and gives the bytes of the body that are in it.
    ///
    /// # Errors
    /// It is not framed as it says, or not signed.
    pub fn feed(&mut self, incoming: &[u8]) -> Result<Vec<Bytes>, Malformed> {
        self.buffer.extend_from_slice(incoming);
        let mut decoded = Vec::new();
        loop {
            match self.state {
                State::Size => {
                    let Some(line) = self.line()? else { return Ok(decoded) };
                    let left_bytes = self.size_bytes(&line)?;
                    self.state = if left_bytes == 0 {
                        self.end_chunk()?;
                        State::Trailer
                    } else {
                        State::Data { left_bytes }
                    };
                }
                State::Data { left_bytes } => {
                    if self.buffer.is_empty() {
                        return Ok(decoded);
                    }
                    let take =
                        usize::try_from(left_bytes).unwrap_or(usize::MAX).min(self.buffer.len());
                    let bytes = self.buffer.split_to(take).freeze();
                    if let Some(signed) = &mut self.signed {
                        signed.chain.update(&bytes);
                    }
                    decoded.push(bytes);
                    let left_bytes = left_bytes - take as u64;
                    self.state = if left_bytes == 0 {
                        self.end_chunk()?;
                        State::DataEnd
                    } else {
                        State::Data { left_bytes }
                    };
                }
                State::DataEnd => match self.line()? {
                    None => return Ok(decoded),
                    Some(line) if line.is_empty() => self.state = State::Size,
                    Some(_) => return Err(Malformed::Framing),
                },
                State::Trailer => match self.line()? {
                    None => return Ok(decoded),
                    Some(line) if line.is_empty() => {
                        self.end_trailers()?;
                        self.state = State::Done;
                    }
                    Some(line) => self.add_trailer(&line)?,
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

    fn add_trailer(&mut self, line: &str) -> Result<(), Malformed> {
        let (name, value) = line.split_once(':').ok_or(Malformed::Trailers)?;
        if self.trailers.len() == TRAILERS_MAX {
            return Err(Malformed::Trailers);
        }
        self.trailers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        Ok(())
    }

    /// The bytes of a chunk have all come.
    fn end_chunk(&mut self) -> Result<(), Malformed> {
        let Some(Signed { chain, given }) = &mut self.signed else { return Ok(()) };
        chain.end_chunk(given).map_err(Malformed::Signature)
    }

    fn end_trailers(&mut self) -> Result<(), Malformed> {
        let Some(Signed { chain, .. }) = &mut self.signed else { return Ok(()) };
        if !chain.covers_trailers() {
            return Ok(());
        }
        let pairs = self.trailers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let (mut signatures, signed): (Vec<_>, Vec<_>) =
            pairs.partition(|(name, _)| *name == TRAILER_SIGNATURE);
        let (Some((_, given)), None) = (signatures.pop(), signatures.pop()) else {
            return Err(Malformed::Trailers);
        };
        chain.end_trailers(signed.into_iter(), given).map_err(Malformed::Signature)
    }

    /// The size of the chunk that begins with this line.
    fn size_bytes(&mut self, line: &str) -> Result<u64, Malformed> {
        let (size, extension) = line.split_once(';').unwrap_or((line, ""));
        let size = Some(size).filter(|size| !size.is_empty());
        let size_bytes = size.and_then(number::hexadecimal).ok_or(Malformed::Framing)?;
        if let Some(signed) = &mut self.signed {
            let given = Chain::read(extension).ok_or(Malformed::Framing)?;
            given.clone_into(&mut signed.given);
        }
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
        decode_with(None, body, step)
    }

    fn decode_with(chain: Option<Chain>, body: &[u8], step: usize) -> Result<Decoded, Malformed> {
        let mut decoder = Decoder::new(chain);
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

    const SEED: &str = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";
    const SEED_WITH_TRAILERS: &str =
        "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e";

    /// The example of <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html>: 66,560
    /// times the letter `a`.
    fn documented() -> String {
        let (first, second) = ("a".repeat(65_536), "a".repeat(1024));
        format!(
            "10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n{first}\r\n400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n{second}\r\n0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n"
        )
    }

    /// The example of <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html>.
    fn documented_with_trailers() -> String {
        let (first, second) = ("a".repeat(65_536), "a".repeat(1024));
        format!(
            "10000;chunk-signature=b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2\r\n{first}\r\n400;chunk-signature=1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7\r\n{second}\r\n0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\nx-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n"
        )
    }

    /// Where it is something else than the bytes of an object, and one place where it is those.
    fn places() -> Vec<usize> {
        let body = documented_with_trailers().into_bytes();
        (0..body.len()).filter(|&at| at == 30_000 || body[at] != b'a').collect()
    }

    /// What becomes of a signed body, in a word.
    fn verdict(body: &str, seed: &str, covers_trailers: bool, step: usize) -> String {
        let chain = Chain::of_documentation(seed, covers_trailers);
        match decode_with(Some(chain), body.as_bytes(), step) {
            Ok((bytes, _)) => format!("{} bytes", bytes.len()),
            Err(Malformed::Signature(error)) => {
                let to_sign = error.fields().iter().find(|(name, _)| *name == "StringToSign");
                let kind = to_sign.and_then(|(_, text)| text.lines().next()).unwrap_or_default();
                format!("{} of {kind}", error.code())
            }
            Err(other) => format!("{other:?}"),
        }
    }

    #[test]
    fn signed_chunks_of_awss_documentation_are_verified() {
        let (plain, with_trailers) = (documented(), documented_with_trailers());
        let cases = [
            ("plain", plain.clone(), SEED, false),
            ("with trailers", with_trailers.clone(), SEED_WITH_TRAILERS, true),
            ("another head", plain.clone(), SEED_WITH_TRAILERS, false),
            ("another first byte", plain.replacen("\r\na", "\r\nb", 1), SEED, false),
            ("another last byte", plain.replacen("a\r\n0;", "b\r\n0;", 1), SEED, false),
            ("another end", plain.replace("b6c6ea", "b6c6eb"), SEED, false),
            (
                "no signature",
                plain.replace(";chunk-signature=00", ";chunk-signatur=00"),
                SEED,
                false,
            ),
            ("half a signature", plain.replace("=0055627c", "="), SEED, false),
            ("nothing behind the size", "0\r\n\r\n".to_owned(), SEED, false),
            ("another checksum", with_trailers.replace("sOO8", "sOO9"), SEED_WITH_TRAILERS, true),
            (
                "trailers unsigned",
                with_trailers.replace("x-amz-trailer-s", "x-amz-meta-s"),
                SEED_WITH_TRAILERS,
                true,
            ),
            ("no trailers", plain.clone(), SEED, true),
        ];
        let told = cases.map(|(name, body, seed, covers_trailers)| {
            format!("{name}: {}", verdict(&body, seed, covers_trailers, 100_000))
        });
        insta::assert_snapshot!(told.join("\n"), @"
        plain: 66560 bytes
        with trailers: 66560 bytes
        another head: SignatureDoesNotMatch of AWS4-HMAC-SHA256-PAYLOAD
        another first byte: SignatureDoesNotMatch of AWS4-HMAC-SHA256-PAYLOAD
        another last byte: SignatureDoesNotMatch of AWS4-HMAC-SHA256-PAYLOAD
        another end: SignatureDoesNotMatch of AWS4-HMAC-SHA256-PAYLOAD
        no signature: Framing
        half a signature: Framing
        nothing behind the size: Framing
        another checksum: SignatureDoesNotMatch of AWS4-HMAC-SHA256-TRAILER
        trailers unsigned: Trailers
        no trailers: Trailers
        ");
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
        fn however_it_is_cut_signed_chunks_have_the_same_verdict(
            at in prop::sample::select(places()),
            step in 1usize..70_000,
        ) {
            let mut body = documented_with_trailers().into_bytes();
            body[at] ^= 1;
            let body = String::from_utf8(body).unwrap();
            let whole = verdict(&body, SEED_WITH_TRAILERS, true, body.len());
            prop_assert_eq!(verdict(&body, SEED_WITH_TRAILERS, true, step), whole.clone());
            prop_assert_ne!(whole, "66560 bytes");
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), step in 1usize..20) {
            let _ = decode(&bytes, step);
        }
    }
}
