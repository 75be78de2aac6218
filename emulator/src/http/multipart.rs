//! `multipart/form-data` as a browser sends a file to S3: fields first, then the file, of which nothing is
//! held. <https://datatracker.ietf.org/doc/html/rfc7578>, <https://datatracker.ietf.org/doc/html/rfc2046>
//!
//! In place of `filename`, the name `file` makes a part the file: some clients give every field a
//! `filename`. What follows the file is passed over, as S3 does.

use bytes::{Buf as _, Bytes, BytesMut};
use memchr::memmem::Finder;

/// Characters of a boundary, by RFC 2046.
const BOUNDARY_CHARS_MAX: usize = 70;
/// The part that is the file.
const FILE: &str = "file";

/// Why a body is no form with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Malformed {
    /// It is not framed as a form is, or ends early.
    Framing,
    /// A field is no UTF-8.
    Encoding,
    /// What comes before the file is too long.
    TooLong,
    /// There are so many files: none, or more than one.
    Files(u8),
}

/// What a form has next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// A field.
    Field {
        /// Its name.
        name: String,
        /// What it says.
        value: String,
    },
    /// The file begins.
    File {
        /// As the client calls it.
        filename: Option<String>,
    },
    /// Bytes of the file.
    Data(Bytes),
    /// The form has ended.
    End,
}

/// Takes a form apart as it comes in.
#[derive(Debug)]
pub struct Form {
    /// Between parts: a line's end, two hyphens and the boundary.
    delimiter: Finder<'static>,
    buffer: BytesMut,
    state: State,
    /// How long all may be that comes before the file.
    fields_limit_bytes: usize,
    /// Of what came before the file.
    taken_bytes: usize,
    files: u8,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    /// Before the first part, or after the file: up to the next delimiter nothing matters.
    Between,
    /// Behind a delimiter.
    Delimited,
    Headers,
    Field(String),
    File,
    End,
}

impl Form {
    /// A form of this `Content-Type`, with so much before its file; nothing where that names no boundary.
    #[must_use]
    pub fn new(content_type: &str, fields_limit_bytes: usize) -> Option<Self> {
        let (_, parameters) = content_type.split_once(';')?;
        let boundary = parameter(parameters, "boundary")?;
        if boundary.is_empty() || boundary.chars().count() > BOUNDARY_CHARS_MAX {
            return None;
        }
        let delimiter = Finder::new(&format!("\r\n--{boundary}")).into_owned();
        // The first delimiter has no line before it.
        let buffer = BytesMut::from(&b"\r\n"[..]);
        let state = State::Between;
        Some(Self { delimiter, buffer, state, fields_limit_bytes, taken_bytes: 0, files: 0 })
    }

    /// Takes what came in.
    pub fn feed(&mut self, incoming: &[u8]) {
        if self.state != State::End {
            self.buffer.extend_from_slice(incoming);
        }
    }

    /// The next piece of what came in; nothing where more must come first.
    ///
    /// # Errors
    /// It is no form with one file.
    pub fn next(&mut self) -> Result<Option<Piece>, Malformed> {
        loop {
            let before = self.buffer.len();
            // The head of the file counts: how a form comes in makes no difference.
            let is_before_file = self.files == 0;
            let step = self.step()?;
            if is_before_file {
                self.taken_bytes += before - self.buffer.len();
                let waiting = if step == Step::Waits { self.buffer.len() } else { 0 };
                if self.taken_bytes + waiting > self.fields_limit_bytes {
                    return Err(Malformed::TooLong);
                }
            }
            match step {
                Step::Goes => {}
                Step::Waits => return Ok(None),
                Step::Gives(piece) => return Ok(Some(piece)),
            }
        }
    }

    fn step(&mut self) -> Result<Step, Malformed> {
        match &mut self.state {
            State::Between => {
                let found = self.delimiter.find(&self.buffer);
                self.skip_to(found);
                if found.is_none() {
                    return Ok(Step::Waits);
                }
                self.state = State::Delimited;
                Ok(Step::Goes)
            }
            State::Delimited => self.after_delimiter(),
            State::Headers => self.headers(),
            State::Field(name) => {
                let name = std::mem::take(name);
                let Some(end) = self.delimiter.find(&self.buffer) else {
                    self.state = State::Field(name);
                    return Ok(Step::Waits);
                };
                let value = self.buffer.split_to(end);
                self.buffer.advance(self.delimiter.needle().len());
                self.state = State::Delimited;
                let value = String::from_utf8(value.to_vec()).map_err(|_| Malformed::Encoding)?;
                Ok(Step::Gives(Piece::Field { name, value }))
            }
            State::File => Ok(self.file()),
            State::End => {
                self.buffer.clear();
                match self.files {
                    1 => Ok(Step::Gives(Piece::End)),
                    files => Err(Malformed::Files(files)),
                }
            }
        }
    }

    /// Drops what comes before a delimiter, and the delimiter; where there is none, all that cannot be
    /// the beginning of one.
    fn skip_to(&mut self, found: Option<usize>) {
        let length = self.delimiter.needle().len();
        let skipped = match found {
            Some(at) => at + length,
            None => self.buffer.len().saturating_sub(length - 1),
        };
        self.buffer.advance(skipped);
    }

    /// Two hyphens end the form; a line's end begins a part.
    fn after_delimiter(&mut self) -> Result<Step, Malformed> {
        if self.buffer.starts_with(b"--") {
            self.state = State::End;
            return Ok(Step::Goes);
        }
        // Whitespace there was added on the way.
        let padding = self.buffer.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        match &self.buffer[padding..] {
            _ if padding > BOUNDARY_CHARS_MAX => Err(Malformed::Framing),
            [b'\r', b'\n', ..] => {
                // This line's end may be the empty line before a part without headers.
                self.buffer.advance(padding);
                self.state = State::Headers;
                Ok(Step::Goes)
            }
            [] | [b'\r'] | [b'-'] => Ok(Step::Waits),
            _ => Err(Malformed::Framing),
        }
    }

    fn headers(&mut self) -> Result<Step, Malformed> {
        let Some(end) = memchr::memmem::find(&self.buffer, b"\r\n\r\n") else {
            let is_long = self.buffer.len() > self.fields_limit_bytes;
            return if is_long { Err(Malformed::TooLong) } else { Ok(Step::Waits) };
        };
        // As above, whether the end came along or not.
        if end + b"\r\n\r\n".len() > self.fields_limit_bytes {
            return Err(Malformed::TooLong);
        }
        let head = self.buffer.split_to(end);
        self.buffer.advance(b"\r\n\r\n".len());
        let head = std::str::from_utf8(&head).map_err(|_| Malformed::Encoding)?;
        let mut lines = head.split("\r\n").filter_map(|line| line.split_once(':'));
        let disposition = lines.find(|(name, _)| name.eq_ignore_ascii_case("content-disposition"));
        let parameters = disposition.and_then(|(_, value)| value.split_once(';'));
        let parameters = parameters.map(|(_, parameters)| parameters).unwrap_or_default();
        let name = parameter(parameters, "name").unwrap_or_default();
        if !name.eq_ignore_ascii_case(FILE) {
            self.state = if self.files == 0 { State::Field(name) } else { State::Between };
            return Ok(Step::Goes);
        }
        self.files = self.files.saturating_add(1);
        if self.files > 1 {
            return Err(Malformed::Files(self.files));
        }
        self.state = State::File;
        Ok(Step::Gives(Piece::File { filename: parameter(parameters, "filename") }))
    }

    fn file(&mut self) -> Step {
        let length = self.delimiter.needle().len();
        let (end, is_last) = match self.delimiter.find(&self.buffer) {
            Some(at) => (at, true),
            None => (self.buffer.len().saturating_sub(length - 1), false),
        };
        let data = self.buffer.split_to(end).freeze();
        if is_last {
            self.buffer.advance(length);
            self.state = State::Delimited;
        }
        match (data.is_empty(), is_last) {
            (false, _) => Step::Gives(Piece::Data(data)),
            (true, true) => Step::Goes,
            (true, false) => Step::Waits,
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Step {
    Goes,
    Waits,
    Gives(Piece),
}

/// The value of a parameter: `; name="file"; filename="cat.jpg"`.
fn parameter(mut parameters: &str, wanted: &str) -> Option<String> {
    loop {
        let (name, rest) = parameters.split_once('=')?;
        let (value, rest) = match rest.trim_start().strip_prefix('"') {
            Some(quoted) => unquoted(quoted),
            None => {
                let end = rest.find(';').unwrap_or(rest.len());
                (rest[..end].trim().to_owned(), &rest[end..])
            }
        };
        if name.trim_matches([' ', '\t', ';']).eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
        parameters = rest;
    }
}

/// A quoted text and what follows it. A backslash stands before a quote or another one; elsewhere it is
/// one of a path.
fn unquoted(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut rest = text.char_indices().peekable();
    while let Some((at, character)) = rest.next() {
        match character {
            '"' => return (value, &text[at + 1..]),
            '\\' if matches!(rest.peek(), Some((_, '"' | '\\'))) => {
                value.extend(rest.next().map(|(_, escaped)| escaped));
            }
            _ => value.push(character),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIMIT_BYTES: usize = 20 * 1024;

    /// What a body says, in pieces of `step` bytes.
    fn read(body: &[u8], step: usize) -> Result<Vec<String>, Malformed> {
        let Some(mut form) = Form::new("multipart/form-data; boundary=b", LIMIT_BYTES) else {
            return Err(Malformed::Framing);
        };
        let (mut told, mut data) = (Vec::new(), None::<Vec<u8>>);
        for piece in body.chunks(step.max(1)) {
            form.feed(piece);
            while let Some(piece) = form.next()? {
                match piece {
                    Piece::Field { name, value } => told.push(format!("{name}={value}")),
                    Piece::File { filename } => {
                        told.push(format!("{filename:?}"));
                        data = Some(Vec::new());
                    }
                    Piece::Data(bytes) => data.get_or_insert_default().extend_from_slice(&bytes),
                    Piece::End => {
                        let data = data.unwrap_or_default();
                        told.push(format!("{:?}", String::from_utf8_lossy(&data)));
                        return Ok(told);
                    }
                }
            }
        }
        Err(Malformed::Framing)
    }

    fn part(disposition: &str, body: &str) -> String {
        format!("--b\r\nContent-Disposition: form-data; {disposition}\r\n\r\n{body}\r\n")
    }

    #[test]
    fn a_form_is_its_fields_and_one_file() {
        let key = part("name=\"key\"", "a/${filename}");
        let file = part("name=\"file\"; filename=\"cat.jpg\"", "meow\r\n--ark\r\n-");
        let told = [
            format!("{key}{file}--b--\r\n"),
            // Every field has a name of a file; the file has none.
            format!("preamble\r\n{}{}--b--", part("name=key; filename=key", "a"), part("name=\"file\"", "")),
            // A part without a header, an empty one, and what follows the file.
            format!("--b\r\n\r\nnobody's\r\n{}{file}{}--b--", part("name=\"acl\"", ""), part("name=\"after\"", "x")),
            format!("--b \t\r\nX: y\r\ncontent-disposition: FORM-DATA; NAME=\"a\\\"b\"\r\n\r\n1\r\n{}--b--", part("name=\"file\"; filename=\"C:\\pic\\\\c.jpg\"", "x")),
            format!("{key}--b--\r\n"),
            format!("{file}{file}--b--\r\n"),
            format!("{key}{file}"),
            format!("{key}--bad"),
            "no form".to_owned(),
            String::new(),
            part("name=\"key\"", &"x".repeat(LIMIT_BYTES)),
            format!("--b\r\n{}", "x".repeat(LIMIT_BYTES)),
        ]
        .map(|body| {
            let told = read(body.as_bytes(), 1);
            assert_eq!(read(body.as_bytes(), 100_000), told, "{body}");
            let shown: String = body.chars().take(200).collect();
            format!("{shown:?}\n    {told:?}")
        });
        insta::assert_snapshot!(told.join("\n"), @r#"
        "--b\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\na/${filename}\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"cat.jpg\"\r\n\r\nmeow\r\n--ark\r\n-\r\n--b--\r\n"
            Ok(["key=a/${filename}", "Some(\"cat.jpg\")", "\"meow\\r\\n--ark\\r\\n-\""])
        "preamble\r\n--b\r\nContent-Disposition: form-data; name=key; filename=key\r\n\r\na\r\n--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n\r\n--b--"
            Ok(["key=a", "None", "\"\""])
        "--b\r\n\r\nnobody's\r\n--b\r\nContent-Disposition: form-data; name=\"acl\"\r\n\r\n\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"cat.jpg\"\r\n\r\nmeow\r\n--ark\r\n-\r\n--b\r\nContent-Disposition: form-data; name="
            Ok(["=nobody's", "acl=", "Some(\"cat.jpg\")", "\"meow\\r\\n--ark\\r\\n-\""])
        "--b \t\r\nX: y\r\ncontent-disposition: FORM-DATA; NAME=\"a\\\"b\"\r\n\r\n1\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"C:\\pic\\\\c.jpg\"\r\n\r\nx\r\n--b--"
            Ok(["a\"b=1", "Some(\"C:\\\\pic\\\\c.jpg\")", "\"x\""])
        "--b\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\na/${filename}\r\n--b--\r\n"
            Err(Files(0))
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"cat.jpg\"\r\n\r\nmeow\r\n--ark\r\n-\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"cat.jpg\"\r\n\r\nmeow\r\n--ark\r\n-\r\n--b--\r\n"
            Err(Files(2))
        "--b\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\na/${filename}\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"cat.jpg\"\r\n\r\nmeow\r\n--ark\r\n-\r\n"
            Err(Framing)
        "--b\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\na/${filename}\r\n--bad"
            Err(Framing)
        "no form"
            Err(Framing)
        ""
            Err(Framing)
        "--b\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
            Err(TooLong)
        "--b\r\nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
            Err(TooLong)
        "#);
    }

    #[test]
    fn a_boundary_is_named_by_the_type() {
        let told = [
            "multipart/form-data; boundary=abc",
            "multipart/form-data; charset=utf-8; Boundary=\"a b\"",
            "multipart/form-data",
            "multipart/form-data; boundary=",
            "multipart/form-data; boundary=\"",
        ]
        .map(|content_type| {
            let form = Form::new(content_type, LIMIT_BYTES);
            let delimiter =
                form.map(|it| String::from_utf8_lossy(it.delimiter.needle()).into_owned());
            format!("{content_type}: {delimiter:?}")
        });
        insta::assert_snapshot!(told.join("\n"), @r#"
        multipart/form-data; boundary=abc: Some("\r\n--abc")
        multipart/form-data; charset=utf-8; Boundary="a b": Some("\r\n--a b")
        multipart/form-data: None
        multipart/form-data; boundary=: None
        multipart/form-data; boundary=": None
        "#);
    }

    proptest! {
        #[test]
        fn however_it_is_cut_the_file_comes_back(
            file in prop::collection::vec(prop_oneof![Just(b'\r'), Just(b'\n'), Just(b'-'), Just(b'c'), any::<u8>()], 0..200),
            step in 1usize..40,
        ) {
            let mut body = part("name=\"key\"", "a").into_bytes();
            body.extend_from_slice(b"--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n");
            body.extend_from_slice(&file);
            body.extend_from_slice(b"\r\n--b--\r\n");
            let is_cut = file.windows(5).any(|it| it == b"\r\n--b") || file.starts_with(b"--b");
            prop_assume!(!is_cut);
            let expected = format!("{:?}", String::from_utf8_lossy(&file));
            prop_assert_eq!(read(&body, step).unwrap_or_default().pop(), Some(expected));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), step in 1usize..20) {
            let _ = read(&bytes, step);
            let mut body = part("name=\"key\"", "a").into_bytes();
            body.extend_from_slice(&bytes);
            let _ = read(&body, step);
        }
    }
}
