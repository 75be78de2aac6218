//! XML as a tree of elements, read with limits; and XML as text, written.

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

const DEPTH_MAX: usize = 64;

/// An element with what is in it. Namespaces are not kept: `s3:Key` is `Key`, as S3 reads it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub children: Vec<Self>,
    pub text: String,
}

/// The text is not well-formed, too deep, or wants entities or a document type.
#[derive(Debug)]
pub(super) struct Malformed;

impl<E: std::error::Error> From<E> for Malformed {
    fn from(_: E) -> Self {
        Self
    }
}

impl Element {
    /// Reads a document.
    pub fn parse(text: &[u8]) -> Result<Self, Malformed> {
        let text = std::str::from_utf8(text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text))?;
        let mut reader = Reader::from_str(text);
        let mut open: Vec<Self> = Vec::new();
        let mut root = None;
        loop {
            let closed = match reader.read_event()? {
                Event::Start(start) if open.len() < DEPTH_MAX && root.is_none() => {
                    open.push(Self::start(&start)?);
                    None
                }
                Event::Empty(start) if root.is_none() => Some(Self::start(&start)?),
                Event::End(_) => Some(open.pop().ok_or(Malformed)?),
                Event::Text(text) => {
                    let text = text.decode()?;
                    match open.last_mut() {
                        Some(element) => element.text.push_str(&text),
                        None if text.trim().is_empty() => {}
                        None => return Err(Malformed),
                    }
                    None
                }
                Event::CData(text) => {
                    open.last_mut().ok_or(Malformed)?.text.push_str(&text.decode()?);
                    None
                }
                Event::GeneralRef(reference) => {
                    let character = match reference.resolve_char_ref()? {
                        Some(character) => character,
                        None => predefined(&reference.decode()?).ok_or(Malformed)?,
                    };
                    open.last_mut().ok_or(Malformed)?.text.push(character);
                    None
                }
                Event::Comment(_) | Event::PI(_) | Event::Decl(_) => None,
                Event::Start(_) | Event::Empty(_) | Event::DocType(_) => return Err(Malformed),
                Event::Eof => break,
            };
            match (closed, open.last_mut()) {
                (Some(element), Some(parent)) => parent.children.push(element),
                (Some(element), None) => root = Some(element),
                (None, _) => {}
            }
        }
        root.filter(|_| open.is_empty()).ok_or(Malformed)
    }

    /// The elements of that name directly in this one.
    pub fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    fn start(start: &BytesStart<'_>) -> Result<Self, Malformed> {
        let name = std::str::from_utf8(start.local_name().into_inner())?.to_owned();
        let mut attributes = Vec::new();
        for attribute in start.attributes() {
            let attribute = attribute?;
            let name = std::str::from_utf8(attribute.key.into_inner())?.to_owned();
            attributes
                .push((name, attribute.normalized_value(XmlVersion::Implicit1_0)?.into_owned()));
        }
        Ok(Self { name, attributes, ..Self::default() })
    }
}

fn predefined(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => return None,
    })
}

/// Appends text to a document, escaped as S3 does it: quotes too, and control characters (which a key
/// may hold and XML 1.0 may not) as references.
pub(super) fn escape_into(document: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => document.push_str("&amp;"),
            '<' => document.push_str("&lt;"),
            '>' => document.push_str("&gt;"),
            '"' => document.push_str("&quot;"),
            '\n' | '\t' => document.push(character),
            control if control < ' ' => document.push_str(&format!("&#x{:x};", u32::from(control))),
            other => document.push(other),
        }
    }
}

/// Appends `<name>text</name>`.
pub(super) fn element_into(document: &mut String, name: &str, text: &str) {
    document.push('<');
    document.push_str(name);
    document.push('>');
    escape_into(document, text);
    document.push_str("</");
    document.push_str(name);
    document.push('>');
}
