//! How texts are compared. Search and sorting see `Čajník`, `ÈLITE` and `Straße` as `cajnik`,
//! `elite` and `strasse`. What a database takes for a small letter depends on which one it is, how
//! it was built, and its locale; computed here, all of them find the same in the same order.

use unicode_normalization::UnicodeNormalization as _;

/// Words of a search that are looked for.
pub const WORDS_MAX: usize = 8;
/// Characters of a search that are looked at.
const CHARS_MAX: usize = 80;

/// A text without case and accents, for comparison only.
pub fn normalise(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let letters = text.nfkd().filter(|&c| !is_accent(c)).flat_map(char::to_lowercase);
    for c in letters {
        match c {
            'ß' => plain.push_str("ss"),
            'æ' => plain.push_str("ae"),
            'œ' => plain.push_str("oe"),
            'þ' => plain.push_str("th"),
            'ø' => plain.push('o'),
            'ł' => plain.push('l'),
            'đ' | 'ð' => plain.push('d'),
            'ħ' => plain.push('h'),
            'ı' => plain.push('i'),
            'ς' => plain.push('σ'),
            c => plain.push(c),
        }
    }
    plain.nfc().collect()
}

/// What is searched in a product.
pub fn text_of(name: &str, description: &str) -> String {
    // No word has a line break in it: none is found half in one and half in the other.
    format!("{}\n{}", normalise(name), normalise(description))
}

/// The marks that are put above, through and below letters. Those of other scripts are letters of
/// their own and stay.
fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

/// What somebody looks for: each of its words, in any order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    words: Vec<String>,
}

impl Search {
    /// The first words of what was typed; what is beyond the limits is not looked for and not shown.
    pub fn parse(typed: &str) -> Self {
        let typed: String = typed.trim().chars().take(CHARS_MAX).collect();
        Self { words: typed.split_whitespace().take(WORDS_MAX).map(str::to_owned).collect() }
    }

    /// Whether nothing is looked for.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// As it is looked for, for people.
    pub fn shown(&self) -> String {
        self.words.join(" ")
    }

    /// A LIKE pattern for each word, empty ones for those that are not there. A word's own wildcards
    /// are taken literally, with `!` before them.
    pub fn patterns(&self) -> [String; WORDS_MAX] {
        let mut words = self.words.iter();
        std::array::from_fn(|_| words.next().map_or_else(String::new, |word| pattern(word)))
    }
}

fn pattern(word: &str) -> String {
    let plain = normalise(word);
    // An accent alone: no text has it, so nothing is found.
    let plain = if plain.is_empty() { word } else { &plain };
    let mut pattern = String::from("%");
    for c in plain.chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// The condition of a statement that its first parameters, [`WORDS_MAX`] patterns, are all found in
/// the product `p`.
macro_rules! matches_search {
    () => {
        "($1 = '' OR COALESCE(p.search_text, LOWER(p.name)) LIKE $1 ESCAPE '!')
            AND ($2 = '' OR COALESCE(p.search_text, LOWER(p.name)) LIKE $2 ESCAPE '!')
            AND ($3 = '' OR COALESCE(p.search_text, LOWER(p.name)) LIKE $3 ESCAPE '!')
            AND ($4 = '' OR COALESCE(p.search_text, LOWER(p.name)) LIKE $4 ESCAPE '!')
            AND ($5 = '' OR COALESCE(p.search_text, LOWER(p.name)) LIKE $5 ESCAPE '!')
            AND ($6 = '' OR COALESCE(p.search_text, LOWER(p.name)) LIKE $6 ESCAPE '!')
            AND ($7 = '' OR COALESCE(p.search_text, LOWER(p.name)) LIKE $7 ESCAPE '!')
            AND ($8 = '' OR COALESCE(p.search_text, LOWER(p.name)) LIKE $8 ESCAPE '!')"
    };
}
pub(crate) use matches_search;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_case_and_ligatures_are_seen_through() {
        let seen = [
            ("Čajník", "cajnik"),
            ("ÈLITE", "elite"),
            ("Crème BRÛLÉE", "creme brulee"),
            ("Straße", "strasse"),
            ("Ærø, Łódź, Đặng", "aero, lodz, dang"),
            ("İstanbul ılık", "istanbul ilik"),
            ("ΟΔΟΣ οδός", "οδοσ οδοσ"),
            ("Ёлка Йод", "елка иод"),
            ("ﬁne № 5", "fine no 5"),
            ("चाय が", "चाय が"),
        ];
        for (text, plain) in seen {
            assert_eq!(normalise(text), plain);
        }
    }

    #[test]
    fn a_search_is_its_first_words_and_wildcards_are_letters() {
        let search = Search::parse("  Tee  100%_! ");
        assert_eq!(search.shown(), "Tee 100%_!");
        assert_eq!(search.patterns()[..3], ["%tee%", "%100!%!_!!%", ""]);
        assert_eq!(Search::parse("1 2 3 4 5 6 7 8 9").shown(), "1 2 3 4 5 6 7 8");
        assert_eq!(Search::parse("\u{301}").patterns()[0], "%\u{301}%");
        assert_eq!(Search::parse(&"x".repeat(99)).shown(), "x".repeat(80));
    }
}
