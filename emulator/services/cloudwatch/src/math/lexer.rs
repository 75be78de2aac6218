//! The words of an expression.

/// A word.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Number(f64),
    Text(String),
    /// An identifier or the name of a function.
    Name(String),
    /// `+`, `<=`, `(`
    Sign(&'static str),
}

const SIGNS: [&str; 20] = [
    "&&", "||", "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "^", "(", ")", "[", "]", ",",
    "{", "}",
];

/// # Errors
/// What does not belong in an expression.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '0'..='9' | '.' => number(rest)?,
            '\'' | '"' => quoted(rest, first)?,
            first if first.is_ascii_alphabetic() || first == '_' => name(rest),
            _ => {
                let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
                let sign = sign.ok_or_else(|| format!("Unexpected character '{first}'"))?;
                (Token::Sign(sign), sign.len())
            }
        };
        tokens.push(token);
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

fn number(rest: &str) -> Result<(Token, usize), String> {
    let mut length = rest.find(|it: char| !it.is_ascii_digit() && it != '.').unwrap_or(rest.len());
    let exponent = rest[length..].strip_prefix(['e', 'E']).map(|exponent| {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        let end = digits.find(|it: char| !it.is_ascii_digit()).unwrap_or(digits.len());
        (end > 0).then(|| 1 + exponent.len() - digits.len() + end)
    });
    length += exponent.flatten().unwrap_or(0);
    let number: f64 =
        rest[..length].parse().map_err(|_| format!("Invalid number '{}'", &rest[..length]))?;
    Ok((Token::Number(number), length))
}

fn quoted(rest: &str, quote: char) -> Result<(Token, usize), String> {
    let inside = &rest[1..];
    let mut text = String::new();
    let mut characters = inside.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => text.extend(characters.next().map(|(_, escaped)| escaped)),
            end if end == quote => return Ok((Token::Text(text), at + 2)),
            other => text.push(other),
        }
    }
    Err("A text does not end".to_owned())
}

fn name(rest: &str) -> (Token, usize) {
    let is_part = |it: char| it.is_ascii_alphanumeric() || it == '_';
    let length = rest.find(|it| !is_part(it)).unwrap_or(rest.len());
    (Token::Name(rest[..length].to_owned()), length)
}
