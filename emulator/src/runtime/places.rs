//! Where code lies: on this host, and on AWS. What users see of their functions says the latter.

use std::borrow::Cow;
use std::path::Path;

use crate::platform;

/// Replaces places of this host by those of AWS in a text that comes in pieces.
#[derive(Default)]
pub(super) struct Places {
    /// The longest first.
    named: Vec<(Vec<u8>, &'static str)>,
    /// What places begin with.
    first: Vec<u8>,
    /// What may be the begin of a place, until more comes.
    held: Vec<u8>,
}

impl Places {
    /// Of a function whose code lies in `task_root`, with the runtime clients in `runtime_dir` and its
    /// layers in `opt`.
    pub fn new(task_root: &Path, runtime_dir: &Path, opt: Option<&Path>) -> Self {
        let mut named = Vec::new();
        let opt = opt.map(|opt| (opt, "/opt"));
        let known = [(task_root, "/var/task"), (runtime_dir, "/var/runtime")];
        for (directory, name) in known.into_iter().chain(opt) {
            // Node.js says where links lead.
            let real = directory.canonicalize().unwrap_or_else(|_| directory.to_owned());
            for place in [directory, &real].into_iter().flat_map(platform::spellings) {
                named.push((place, name));
            }
        }
        named.retain(|(place, _)| place.len() > 1);
        named.sort_by_key(|(place, _)| std::cmp::Reverse(place.len()));
        let mut first: Vec<u8> = named.iter().map(|(place, _)| place[0]).collect();
        first.dedup();
        Self { named, first, held: Vec::new() }
    }

    /// The piece with AWS's places, but for an end that may be the begin of one.
    pub fn replace<'a>(&mut self, piece: &'a [u8]) -> Cow<'a, [u8]> {
        if self.named.is_empty() {
            return Cow::Borrowed(piece);
        }
        Cow::Owned(self.replaced(piece))
    }

    fn replaced(&mut self, piece: &[u8]) -> Vec<u8> {
        let mut text = std::mem::take(&mut self.held);
        text.extend_from_slice(piece);
        let mut replaced = Vec::with_capacity(text.len());
        let mut rest = text.as_slice();
        while let Some(start) = rest.iter().position(|byte| self.first.contains(byte)) {
            replaced.extend_from_slice(&rest[..start]);
            rest = &rest[start..];
            if let Some((place, name)) = self.named.iter().find(|(at, _)| rest.starts_with(at)) {
                replaced.extend_from_slice(name.as_bytes());
                rest = &rest[place.len()..];
            } else if self.named.iter().any(|(place, _)| place.starts_with(rest)) {
                self.held = rest.to_vec();
                return replaced;
            } else {
                replaced.push(rest[0]);
                rest = &rest[1..];
            }
        }
        replaced.extend_from_slice(rest);
        replaced
    }

    /// What was held back: nothing more comes.
    pub fn rest(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.held)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(text: &str, pieces: usize) -> String {
        let mut places = Places::new(Path::new("/no/code/1"), Path::new("/no/clients"), None);
        let mut told = Vec::new();
        for piece in text.as_bytes().chunks(pieces) {
            told.extend(places.replace(piece).iter());
        }
        told.extend(places.rest());
        String::from_utf8_lossy(&told).into_owned()
    }

    #[test]
    fn a_trace_says_where_code_is_on_aws() {
        let text = "File \"/no/code/1/app.py\", line 1\n at file:///no/clients/index.mjs:2:3\n/no/code/2 /no/co";
        insta::assert_snapshot!(told(text, text.len()), @r#"
        File "/var/task/app.py", line 1
         at file:///var/runtime/index.mjs:2:3
        /no/code/2 /no/co
        "#);
    }

    proptest! {
        #[test]
        fn how_a_text_is_cut_does_not_matter(
            text in "(/no|/code/1|/clients|/|no|x|\n){0,12}",
            pieces in 1usize..9,
        ) {
            prop_assert_eq!(told(&text, pieces), told(&text, 1000));
        }
    }
}
