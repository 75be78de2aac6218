//! The signs of conditions: names, signs of comparison, values.

/// A text between two of these signs at the beginning, and what comes behind it. A backslash takes the
/// sign behind it as it is. Nothing where it does not end.
pub(super) fn quoted(text: &str, sign: char) -> Option<(String, &str)> {
    let mut inside = String::new();
    let mut characters = text.char_indices();
    if characters.next()?.1 != sign {
        return None;
    }
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => match characters.next()?.1 {
                escaped if escaped == sign || escaped == '\\' => inside.push(escaped),
                other => inside.extend(['\\', other]),
            },
            _ if character == sign => return Some((inside, &text[at + character.len_utf8()..])),
            _ => inside.push(character),
        }
    }
    None
}

/// A sign of a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    Open,
    Close,
    And,
    Or,
    /// `=`, `!=`, `<`, `<=`, `>`, `>=`
    Comparison(&'static str),
    /// Between quotes.
    Quoted(String),
    /// Between per cent signs.
    Regex(String),
    /// Anything else, up to a space or one of the others.
    Word(String),
}

const SIGNS: [(&str, Option<&str>); 10] = [
    ("&&", None),
    ("||", None),
    ("!=", Some("!=")),
    ("<=", Some("<=")),
    (">=", Some(">=")),
    ("=", Some("=")),
    ("<", Some("<")),
    (">", Some(">")),
    ("(", None),
    (")", None),
];

fn sign(text: &str) -> Option<(Token, usize)> {
    let (sign, comparison) = SIGNS.iter().find(|(sign, _)| text.starts_with(sign))?;
    let token = match (*sign, comparison) {
        (_, Some(comparison)) => Token::Comparison(comparison),
        ("&&", None) => Token::And,
        ("||", None) => Token::Or,
        ("(", None) => Token::Open,
        _ => Token::Close,
    };
    Some((token, sign.len()))
}

/// All signs of a text. In words that begin with `$`, whatever stands between square brackets belongs to
/// the word.
///
/// # Errors
/// A quote does not end.
pub(super) fn all(text: &str) -> Result<Vec<Token>, String> {
    let invalid = || "Invalid filter pattern".to_owned();
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        if let Some((token, length)) = sign(rest) {
            tokens.push(token);
            rest = &rest[length..];
        } else if first == '"' {
            let (inside, behind) = quoted(rest, '"').ok_or_else(invalid)?;
            tokens.push(Token::Quoted(inside));
            rest = behind;
        } else if first == '%' {
            let (inside, behind) = rest[1..].split_once('%').ok_or_else(invalid)?;
            tokens.push(Token::Regex(inside.to_owned()));
            rest = behind;
        } else {
            let end = word_end(rest);
            tokens.push(Token::Word(rest[..end].to_owned()));
            rest = &rest[end..];
        }
        rest = rest.trim_start();
    }
    Ok(tokens)
}

fn word_end(text: &str) -> usize {
    let has_brackets = text.starts_with('$');
    let mut inside = false;
    for (at, character) in text.char_indices() {
        match character {
            '[' if has_brackets => inside = true,
            ']' if has_brackets => inside = false,
            _ if inside => {}
            '"' | '%' if at > 0 => return at,
            _ if character.is_whitespace() || sign(&text[at..]).is_some() => return at,
            _ => {}
        }
    }
    text.len()
}
