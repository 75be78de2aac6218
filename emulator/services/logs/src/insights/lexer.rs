//! The signs of a query.

/// A sign, with the place at which it stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    /// In bytes from the beginning of the query.
    pub(super) at: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum TokenKind {
    /// A name, a command, a word: `@message`, `stats`, `and`.
    Word(String),
    /// A name between back ticks.
    Name(String),
    Number(f64),
    /// `5m`: in milliseconds.
    Period(u64),
    Text(String),
    /// Between slashes.
    Regex(String),
    /// Everything else.
    Sign(&'static str),
}

const SIGNS: [&str; 18] =
    ["!=", "<=", ">=", "=~", "=", "<", ">", "(", ")", "[", "]", ",", "|", "+", "-", "*", "%", "^"];

/// What a period is long, in milliseconds.
pub(super) fn period_ms(unit: &str) -> Option<u64> {
    const S: u64 = 1000;
    Some(match unit {
        "ms" | "msec" => 1,
        "s" | "sec" => S,
        "m" | "min" => 60 * S,
        "h" | "hr" => 3600 * S,
        "d" => 86_400 * S,
        "w" => 7 * 86_400 * S,
        "mo" | "mon" => 30 * 86_400 * S,
        "q" | "qtr" => 91 * 86_400 * S,
        "y" | "yr" => 365 * 86_400 * S,
        _ => return None,
    })
}

/// # Errors
/// What is wrong, and where.
pub(super) fn tokens(query: &str) -> Result<Vec<Token>, (String, usize)> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut at = 0;
    while let Some(first) = query.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = &query[at..];
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        if first == '#' {
            at += rest.find('\n').unwrap_or(rest.len());
            continue;
        }
        let (kind, length) = match first {
            '"' | '\'' => text(rest, first, at)?,
            '`' => {
                let end = rest[1..].find('`').ok_or_else(|| unexpected(rest, at))?;
                (TokenKind::Name(rest[1..=end].to_owned()), end + 2)
            }
            '/' if begins_regex(tokens.last()) => {
                let (regex, length) = regex(rest).ok_or_else(|| unexpected(rest, at))?;
                (TokenKind::Regex(regex), length)
            }
            '/' => (TokenKind::Sign("/"), 1),
            _ if first.is_ascii_digit() => number(rest),
            _ if is_word(first) => {
                let end = rest.find(|it| !is_word(it)).unwrap_or(rest.len());
                (TokenKind::Word(rest[..end].to_owned()), end)
            }
            _ => {
                let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
                let sign = sign.ok_or_else(|| unexpected(rest, at))?;
                (TokenKind::Sign(sign), sign.len())
            }
        };
        tokens.push(Token { kind, at });
        at += length;
    }
    Ok(tokens)
}

pub(super) fn unexpected(rest: &str, at: usize) -> (String, usize) {
    let symbol: String = rest.chars().take_while(|it| !it.is_whitespace()).take(40).collect();
    (format!("unexpected symbol found {symbol} at line 1 and position {at}"), at)
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || "@_.$:".contains(character)
}

/// A slash divides where something stands before it that can be divided.
fn begins_regex(before: Option<&Token>) -> bool {
    match before.map(|token| &token.kind) {
        Some(TokenKind::Number(_) | TokenKind::Name(_) | TokenKind::Sign(")")) => false,
        Some(TokenKind::Word(word)) => {
            ["like", "parse", "or", "and", "not"].contains(&&*word.to_ascii_lowercase())
                || word.starts_with('@')
        }
        _ => true,
    }
}

fn text(rest: &str, sign: char, at: usize) -> Result<(TokenKind, usize), (String, usize)> {
    let mut inside = String::new();
    let mut characters = rest.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some((_, 'n')) => inside.push('\n'),
                Some((_, 't')) => inside.push('\t'),
                Some((_, escaped)) if escaped == sign || escaped == '\\' => inside.push(escaped),
                Some((_, other)) => inside.extend(['\\', other]),
                None => break,
            },
            _ if character == sign => return Ok((TokenKind::Text(inside), at + 1)),
            _ => inside.push(character),
        }
    }
    Err(unexpected(rest, at))
}

fn regex(rest: &str) -> Option<(String, usize)> {
    let mut is_escaped = false;
    for (at, character) in rest.char_indices().skip(1) {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '/' => return Some((rest[1..at].replace("\\/", "/"), at + 1)),
            _ => {}
        }
    }
    None
}

fn number(rest: &str) -> (TokenKind, usize) {
    let end = rest.find(|it: char| !it.is_ascii_digit() && it != '.').unwrap_or(rest.len());
    let unit: String =
        rest[end..].chars().take_while(|it| it.is_alphanumeric() || *it == '_').collect();
    let number = rest[..end].parse::<f64>();
    let length = end + unit.len();
    match (number, period_ms(&unit)) {
        (Ok(number), _) if unit.is_empty() => (TokenKind::Number(number), end),
        (Ok(number), Some(ms)) => (TokenKind::Period((number * ms as f64) as u64), length),
        // A word that begins with a digit.
        _ => (TokenKind::Word(rest[..length].to_owned()), length),
    }
}
