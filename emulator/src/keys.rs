//! Access keys that are known, and their secrets.

use std::collections::BTreeMap;
use std::fmt;

/// Access keys by their ids. Signatures are verified once there is one.
#[derive(Clone, Default)]
pub struct Keys(BTreeMap<String, String>);

/// Why a text is no key. It repeats nothing of the text: that may be a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoKey {
    /// There is no colon, or nothing on one side of it.
    #[error("a key is written KEY_ID:SECRET")]
    Form,
    /// A file that should name keys names none. To go on would let everybody in.
    #[error("there is no key in it; a line with one is written KEY_ID:SECRET")]
    None,
}

impl Keys {
    /// Adds a key, or gives one another secret.
    pub fn insert(&mut self, access_key_id: impl Into<String>, secret: impl Into<String>) {
        self.0.insert(access_key_id.into(), secret.into());
    }

    /// Adds the key that `KEY_ID:SECRET` writes.
    ///
    /// # Errors
    /// It is not written so.
    pub fn read(&mut self, text: &str) -> Result<(), NoKey> {
        let (id, secret) = text.trim().split_once(':').ok_or(NoKey::Form)?;
        if id.is_empty() || secret.is_empty() {
            return Err(NoKey::Form);
        }
        self.insert(id, secret);
        Ok(())
    }

    /// Adds the keys of a file: one a line. Empty lines and those that begin with `#` say nothing.
    ///
    /// # Errors
    /// A line is no key, or there is none.
    pub fn read_lines(&mut self, text: &str) -> Result<(), NoKey> {
        let lines = text.lines().map(str::trim);
        let mut lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#')).peekable();
        lines.peek().ok_or(NoKey::None)?;
        lines.try_for_each(|line| self.read(line))
    }

    /// Whether any key will do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The secret of a key.
    #[must_use]
    pub fn secret_of(&self, access_key_id: &str) -> Option<&str> {
        self.0.get(access_key_id).map(String::as_str)
    }
}

// Secrets are kept out of logs by not being printable.
impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_keys_is_read_line_by_line_and_no_secret_is_printed() {
        let told = |text: &str| {
            let mut keys = Keys::default();
            let read = keys.read_lines(text).map_err(|error| error.to_string());
            format!("{read:?} {keys:?} {:?}", keys.secret_of("one"))
        };
        insta::assert_snapshot!([
            told("# the shop's\none:fir:st\r\n\n  two:second  \n"),
            told("one:a secret\nwithout a colon\n"),
            told("one:\n"),
            told(":secret\n"),
            told("\n# nothing\n"),
        ].join("\n"), @r#"
        Ok(()) {"one", "two"} Some("fir:st")
        Err("a key is written KEY_ID:SECRET") {"one"} Some("a secret")
        Err("a key is written KEY_ID:SECRET") {} None
        Err("a key is written KEY_ID:SECRET") {} None
        Err("there is no key in it; a line with one is written KEY_ID:SECRET") {} None
        "#);
    }
}
