//! The patterns of AWS's models, which are Java's, matched as Java's `matches()` does: whole, and with
//! the two kinds of look-around that occur in them.

use std::sync::OnceLock;

use regex_lite::{Regex, RegexBuilder};

/// A pattern of the model: its text, for AWS's messages, and its machine, built when first needed.
#[derive(Debug)]
pub(super) struct Pattern {
    text: String,
    machine: OnceLock<Option<Machine>>,
}

impl Pattern {
    pub fn new(text: &str) -> Self {
        Self { text: text.to_owned(), machine: OnceLock::new() }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the whole value satisfies the pattern. A pattern that could not be built refuses nothing: AWS
    /// has some with back references. A test builds all that the operations here take.
    pub fn matches(&self, value: &str) -> bool {
        self.machine().is_none_or(|machine| {
            let value = if machine.asks_of_unicode { &*in_stand_ins(value) } else { value };
            machine.whole.is_match(value)
                && !machine.forbidden.iter().any(|forbidden| forbidden.is_match(value))
        })
    }

    pub fn machine(&self) -> Option<&Machine> {
        self.machine.get_or_init(|| Machine::build(&self.text)).as_ref()
    }
}

#[derive(Debug)]
pub(super) struct Machine {
    whole: Regex,
    /// What `(?!…)` forbids at the start and `(?<!…)` at the end; AWS uses them nowhere else.
    forbidden: Vec<Regex>,
    /// It asks for letters of all languages, as the patterns of tags do.
    asks_of_unicode: bool,
}

/// What patterns ask of all languages, and what stands for it: `regex_lite` knows ASCII's alone.
const OF_ALL_LANGUAGES: [(&str, &str); 3] =
    [(r"\p{L}", "a-zA-Z"), (r"\p{N}", "0-9"), (r"\p{Z}", " ")];

/// A value in which letters, digits and separators beyond ASCII are those of ASCII.
fn in_stand_ins(value: &str) -> String {
    let stand_in = |character: char| match character {
        ascii if ascii.is_ascii() => ascii,
        letter if letter.is_alphabetic() => 'a',
        digit if digit.is_numeric() => '0',
        space if space.is_whitespace() && !space.is_control() => ' ',
        other => other,
    };
    value.chars().map(stand_in).collect()
}

impl Machine {
    fn build(text: &str) -> Option<Self> {
        let mut rest = text.to_owned();
        for (asked, stand_in) in OF_ALL_LANGUAGES {
            rest = rest.replace(asked, stand_in);
        }
        let asks_of_unicode = rest != text;
        let mut forbidden = Vec::new();
        for (open, before, after) in [("(?!", "^(?:", ")"), ("(?<!", "(?:", ")$")] {
            while let Some(start) = rest.find(open) {
                let end = closing(&rest, start)?;
                forbidden
                    .push(compile(&format!("{before}{}{after}", &rest[start + open.len()..end]))?);
                rest.replace_range(start..=end, "");
            }
        }
        Some(Self { whole: compile(&format!("^(?:{rest})$"))?, forbidden, asks_of_unicode })
    }
}

/// The place of the parenthesis that closes the one at `start`.
fn closing(text: &str, start: usize) -> Option<usize> {
    let (mut depth, mut escaped) = (0_usize, false);
    for (at, byte) in text.bytes().enumerate().skip(start) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'(' => depth += 1,
            b')' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

fn compile(pattern: &str) -> Option<Regex> {
    // Java reads the hyphen in `[0-9-_]` as itself; here it must be escaped to be.
    let pattern = pattern
        .replace("9-_", "9\\-_")
        .replace("9-\\/", "9\\-\\/")
        .replace("9-.", "9\\-.")
        .replace("z-:", "z\\-:")
        // Java writes what lies beyond two bytes as the halves of a pair.
        .replace(r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF");
    RegexBuilder::new(&pattern).size_limit(4 << 20).build().ok()
}
