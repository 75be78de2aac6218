//! What is wrong with an event that is no JSON, in the words of the parser that AWS has (Jackson), with the place.

/// What may stand where a value is to be.
const VALUES: &str = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";
/// How much of an event is shown, in bytes.
const SHOWN_BYTES_MAX: usize = 500;
/// How deep an event may be to be looked at.
const DEPTH_MAX: usize = 1000;

/// What is wrong with an event; nothing where this parser finds nothing.
pub(super) fn fault(event: &[u8]) -> Option<String> {
    let mut reader = Reader { event, at: 0, open: Vec::new() };
    let what = reader.value().err()?;
    Some(format!("{what}\n at {}", reader.place(reader.at)))
}

type Read<T> = Result<T, String>;

struct Reader<'a> {
    event: &'a [u8],
    /// Behind what has been read.
    at: usize,
    /// The objects and arrays that are open.
    open: Vec<Open>,
}

#[derive(Clone, Copy)]
struct Open {
    kind: Kind,
    /// Where it begins.
    began: usize,
    is_empty: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Object,
    Array,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Object => "Object",
            Self::Array => "Array",
        }
    }
}

impl Reader<'_> {
    /// The document, whatever stands behind it.
    fn value(&mut self) -> Read<()> {
        loop {
            self.begin_value()?;
            // Values that have ended close what they are in, until another is to come.
            loop {
                let Some(innermost) = self.open.pop() else { return Ok(()) };
                let Open { kind, is_empty, .. } = innermost;
                self.open.push(Open { is_empty: false, ..innermost });
                if self.closes(kind, is_empty)? {
                    self.open.pop();
                    continue;
                }
                if kind == Kind::Object {
                    self.name()?;
                }
                break;
            }
        }
    }

    /// Whether the innermost object or array ends here; if not, the next of its entries begins.
    fn closes(&mut self, kind: Kind, is_empty: bool) -> Read<bool> {
        let Some(byte) = self.next_behind_space()? else { return Err(self.unclosed()) };
        match (byte, kind) {
            (b'}', Kind::Object) | (b']', Kind::Array) => Ok(true),
            _ if is_empty => {
                self.at -= 1;
                Ok(false)
            }
            (b',', _) => Ok(false),
            _ => {
                let entries = format!("was expecting comma to separate {} entries", kind.name());
                Err(unexpected(byte, &entries))
            }
        }
    }

    /// `"name":`
    fn name(&mut self) -> Read<()> {
        match self.next_behind_space()? {
            None => return Err(self.between()),
            Some(b'"') => self.text("name", " in field name")?,
            Some(byte) => {
                return Err(unexpected(byte, "was expecting double-quote to start field name"));
            }
        }
        match self.next_behind_space()? {
            None => Err(self.between()),
            Some(b':') => Ok(()),
            Some(byte) => {
                Err(unexpected(byte, "was expecting a colon to separate field name and value"))
            }
        }
    }

    /// A value, or the beginning of one that has entries.
    fn begin_value(&mut self) -> Read<()> {
        let Some(byte) = self.next_behind_space()? else { return Err(self.between()) };
        match byte {
            b'{' => self.begin(Kind::Object)?,
            b'[' => self.begin(Kind::Array)?,
            b'"' => self.text("string value", " in VALUE_STRING")?,
            b't' => self.token("true")?,
            b'f' => self.token("false")?,
            b'n' => self.token("null")?,
            b'-' | b'0'..=b'9' => self.number(byte)?,
            _ if byte.is_ascii_alphabetic() || byte == b'_' || byte == b'$' => {
                return Err(self.unrecognized(self.at - 1));
            }
            _ => return Err(unexpected(byte, &format!("expected a valid value {VALUES}"))),
        }
        Ok(())
    }

    fn begin(&mut self, kind: Kind) -> Read<()> {
        self.open.push(Open { kind, began: self.at - 1, is_empty: true });
        match self.open.len() > DEPTH_MAX {
            true => Err(format!(
                "Document nesting depth ({}) exceeds the maximum allowed ({DEPTH_MAX})",
                self.open.len()
            )),
            false => Ok(()),
        }
    }

    fn token(&mut self, token: &str) -> Read<()> {
        let began = self.at - 1;
        for expected in token.bytes().skip(1) {
            if self.event.get(self.at) != Some(&expected) {
                return Err(self.unrecognized(began));
            }
            self.at += 1;
        }
        match self.event.get(self.at) {
            Some(byte) if is_of_name(*byte) => Err(self.unrecognized(began)),
            _ => Ok(()),
        }
    }

    /// The word that began there is none that JSON knows.
    fn unrecognized(&mut self, began: usize) -> String {
        while self.event.get(self.at).is_some_and(|byte| is_of_name(*byte)) {
            self.at += 1;
        }
        if let Some(byte) = self.event.get(self.at).filter(|byte| !byte.is_ascii()) {
            let byte = *byte;
            self.at += 1;
            if !(0xc2..=0xf4).contains(&byte) {
                return format!("Invalid UTF-8 start byte 0x{byte:x}");
            }
        }
        let word = String::from_utf8_lossy(&self.event[began..self.at]);
        format!("Unrecognized token '{word}': was expecting {VALUES}")
    }

    fn number(&mut self, first: u8) -> Read<()> {
        let first = match first {
            b'-' => {
                self.digit("expected digit (0-9) to follow minus sign, for valid numeric value")?
            }
            digit => digit,
        };
        if first == b'0' && self.event.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
            return Err("Invalid numeric value: Leading zeroes not allowed".to_owned());
        }
        self.digits();
        if self.event.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digit("Decimal point not followed by a digit")?;
            self.digits();
        }
        if matches!(self.event.get(self.at), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.event.get(self.at), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digit("Exponent indicator not followed by a digit")?;
            self.digits();
        }
        match self.event.get(self.at) {
            Some(byte) if self.open.is_empty() && !byte.is_ascii_whitespace() => {
                let byte = *byte;
                self.at += 1;
                Err(unexpected(byte, "Expected space separating root-level values"))
            }
            _ => Ok(()),
        }
    }

    fn digit(&mut self, otherwise: &str) -> Read<u8> {
        let byte = self.next().ok_or("Unexpected end-of-input in a Number value")?;
        match byte.is_ascii_digit() {
            true => Ok(byte),
            false => {
                Err(format!("Unexpected character ({}) in numeric value: {otherwise}", shown(byte)))
            }
        }
    }

    fn digits(&mut self) {
        while self.event.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
    }

    /// What stands between quotes. `place` is what it is, `inside` where its end was missed.
    fn text(&mut self, place: &str, inside: &str) -> Read<()> {
        loop {
            let Some(byte) = self.next() else {
                return Err(format!("Unexpected end-of-input{inside}"));
            };
            match byte {
                b'"' => return Ok(()),
                b'\\' => self.escape()?,
                0..=31 => {
                    return Err(format!(
                        "Illegal unquoted character ({}): has to be escaped using backslash to be included in {place}",
                        shown(byte)
                    ));
                }
                0x80.. => self.character(byte)?,
                _ => {}
            }
        }
    }

    fn escape(&mut self) -> Read<()> {
        match self.next().ok_or("Unexpected end-of-input in character escape sequence")? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Ok(()),
            b'u' => (0..4).try_for_each(|_| {
                let byte =
                    self.next().ok_or("Unexpected end-of-input in character escape sequence")?;
                match byte.is_ascii_hexdigit() {
                    true => Ok(()),
                    false => {
                        Err(unexpected(byte, "expected a hex-digit for character escape sequence"))
                    }
                }
            }),
            byte => Err(format!("Unrecognized character escape {}", shown(byte))),
        }
    }

    /// A character of several bytes.
    fn character(&mut self, first: u8) -> Read<()> {
        let more = match first {
            0xc0..=0xdf => 1,
            0xe0..=0xef => 2,
            0xf0..=0xf7 => 3,
            _ => return Err(format!("Invalid UTF-8 start byte 0x{first:x}")),
        };
        (0..more).try_for_each(|_| {
            let byte = self.next().ok_or("Unexpected end-of-input in VALUE_STRING")?;
            match byte & 0xc0 == 0x80 {
                true => Ok(()),
                false => Err(format!("Invalid UTF-8 middle byte 0x{byte:x}")),
            }
        })
    }

    fn next(&mut self) -> Option<u8> {
        let byte = *self.event.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn next_behind_space(&mut self) -> Read<Option<u8>> {
        loop {
            match self.next() {
                Some(b' ' | b'\t' | b'\r' | b'\n') => {}
                Some(byte) if byte < 32 => {
                    return Err(format!(
                        "Illegal character ({}): only regular white space (\\r, \\n, \\t) is allowed between tokens",
                        shown(byte)
                    ));
                }
                byte => return Ok(byte),
            }
        }
    }

    fn unclosed(&self) -> String {
        let Some(Open { kind, began, .. }) = self.open.last() else { return self.between() };
        format!(
            "Unexpected end-of-input: expected close marker for {} (start marker at {})",
            kind.name(),
            self.place(*began)
        )
    }

    fn between(&self) -> String {
        let kind = self.open.last().map_or("root", |open| open.kind.name());
        format!("Unexpected end-of-input within/between {kind} entries")
    }

    /// `[Source: (byte[])"{"; line: 1, column: 2]`
    fn place(&self, at: usize) -> String {
        let before = &self.event[..at.min(self.event.len())];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        let row = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let column = before.len() - row + 1;
        let (shown, rest) = self.event.split_at(self.event.len().min(SHOWN_BYTES_MAX));
        let shown = String::from_utf8_lossy(shown);
        let truncated = match rest.len() {
            0 => String::new(),
            left => format!("[truncated {left} bytes]"),
        };
        format!("[Source: (byte[])\"{shown}\"{truncated}; line: {line}, column: {column}]")
    }
}

const fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$'
}

fn unexpected(byte: u8, expected: &str) -> String {
    format!("Unexpected character ({}): {expected}", shown(byte))
}

/// `'x' (code 120)`
fn shown(byte: u8) -> String {
    match char::from(byte) {
        control if control.is_control() => format!("(CTRL-CHAR, code {byte})"),
        character => format!("'{character}' (code {byte})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_json_is_told_in_the_words_of_awss_parser() {
        let events: [&[u8]; 16] = [
            b"{",
            b"{\"a\": 1,\n\"b\" 2}",
            b"{\"a\": 1 \"b\": 2}",
            b"{debug: true}",
            b"[1 2]",
            b"test",
            b"nul",
            b"n\x87r\x9e",
            b"\x99\xeb",
            b"{\"a\": \"x",
            b"\"a\nb\"",
            b"{\"a\"",
            b"[1,]",
            b"01",
            b"{\"a\": \"\\x\"}",
            b"-",
        ];
        let told = events.map(|event| fault(event).unwrap_or_else(|| "nothing".into()));
        insta::assert_snapshot!(told.join("\n"), @r#"
        Unexpected end-of-input: expected close marker for Object (start marker at [Source: (byte[])"{"; line: 1, column: 1])
         at [Source: (byte[])"{"; line: 1, column: 2]
        Unexpected character ('2' (code 50)): was expecting a colon to separate field name and value
         at [Source: (byte[])"{"a": 1,
        "b" 2}"; line: 2, column: 6]
        Unexpected character ('"' (code 34)): was expecting comma to separate Object entries
         at [Source: (byte[])"{"a": 1 "b": 2}"; line: 1, column: 10]
        Unexpected character ('d' (code 100)): was expecting double-quote to start field name
         at [Source: (byte[])"{debug: true}"; line: 1, column: 3]
        Unexpected character ('2' (code 50)): was expecting comma to separate Array entries
         at [Source: (byte[])"[1 2]"; line: 1, column: 5]
        Unrecognized token 'test': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')
         at [Source: (byte[])"test"; line: 1, column: 5]
        Unrecognized token 'nul': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')
         at [Source: (byte[])"nul"; line: 1, column: 4]
        Invalid UTF-8 start byte 0x87
         at [Source: (byte[])"n�r�"; line: 1, column: 3]
        Unexpected character ((CTRL-CHAR, code 153)): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')
         at [Source: (byte[])"��"; line: 1, column: 2]
        Unexpected end-of-input in VALUE_STRING
         at [Source: (byte[])"{"a": "x"; line: 1, column: 9]
        Illegal unquoted character ((CTRL-CHAR, code 10)): has to be escaped using backslash to be included in string value
         at [Source: (byte[])""a
        b""; line: 2, column: 1]
        Unexpected end-of-input within/between Object entries
         at [Source: (byte[])"{"a""; line: 1, column: 5]
        Unexpected character (']' (code 93)): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')
         at [Source: (byte[])"[1,]"; line: 1, column: 5]
        Invalid numeric value: Leading zeroes not allowed
         at [Source: (byte[])"01"; line: 1, column: 3]
        Unrecognized character escape 'x' (code 120)
         at [Source: (byte[])"{"a": "\x"}"; line: 1, column: 10]
        Unexpected end-of-input in a Number value
         at [Source: (byte[])"-"; line: 1, column: 2]
        "#);
    }

    #[test]
    fn nothing_is_wrong_with_json() {
        let events =
            ["{}", "[]", " {\"a\": [1, -2.5e+3, \"\\u00e4ä\", null, {}], \"b\": true} ", "0"];
        assert_eq!(events.map(|event| fault(event.as_bytes())), [None, None, None, None]);
    }

    #[test]
    fn however_deep_and_long_an_event_is_looking_at_it_ends() {
        let deep = fault("[".repeat(1_000_000).as_bytes()).unwrap_or_default();
        insta::assert_snapshot!(deep.lines().next().unwrap_or_default(), @"Document nesting depth (1001) exceeds the maximum allowed (1000)");
        let long = format!("[{}{}", " ".repeat(1_000_000), "1,".repeat(1_000_000));
        assert!(fault(long.as_bytes()).is_some());
    }
}
