//! Forms as browsers send them.

use crate::multipart_form::{Form, Malformed, Piece};

/// Little, so that inputs which are too long are among those that are tried.
const FIELDS_LIMIT_BYTES: usize = 300;

/// Fields, the file's name, the file.
type Taken = (Vec<(String, String)>, Option<String>, Vec<u8>);

/// How a form comes in makes no difference. The first byte says in which steps, the first line is the
/// `Content-Type`.
pub fn read(data: &[u8]) {
    let Some((step, data)) = data.split_first() else { return };
    let end = data.iter().position(|&byte| byte == b'\n').unwrap_or(data.len());
    let (content_type, body) = data.split_at(end);
    let body = body.strip_prefix(b"\n").unwrap_or(body);
    let Ok(content_type) = std::str::from_utf8(content_type) else { return };
    let Some(whole) = taken(content_type, body, body.len().max(1)) else { return };
    let in_steps = taken(content_type, body, usize::from(*step).max(1));
    // What is wrong in two ways may be told in either.
    assert_eq!(whole.as_ref().ok(), in_steps.as_ref().and_then(|it| it.as_ref().ok()));
    if let Ok((fields, _, file)) = whole {
        let fields_bytes: usize = fields.iter().map(|(name, value)| name.len() + value.len()).sum();
        assert!(fields_bytes <= FIELDS_LIMIT_BYTES && file.len() < body.len());
    }
}

fn taken(content_type: &str, body: &[u8], step: usize) -> Option<Result<Taken, Malformed>> {
    let mut form = Form::new(content_type, FIELDS_LIMIT_BYTES)?;
    let mut taken = Taken::default();
    for piece in body.chunks(step) {
        form.feed(piece);
        loop {
            match form.next() {
                Ok(None) => break,
                Ok(Some(Piece::Field { name, value })) => taken.0.push((name, value)),
                Ok(Some(Piece::File { filename })) => taken.1 = filename,
                Ok(Some(Piece::Data(bytes))) => taken.2.extend_from_slice(&bytes),
                Ok(Some(Piece::End)) => return Some(Ok(taken)),
                Err(malformed) => return Some(Err(malformed)),
            }
        }
    }
    Some(Err(Malformed::Framing))
}
