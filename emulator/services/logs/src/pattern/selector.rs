//! Where in a document: `$.user.ids[0]`, `$.*.id`, `$.list[*]`, `$.['a key']`.

use std::borrow::Cow;
use std::fmt;

use serde::Deserializer as _;
use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// A place in a document, or several.
#[derive(Debug)]
pub(super) struct Selector {
    /// As it is written.
    pub(super) text: String,
    steps: Vec<Step>,
    /// The last name of it between quotes, as a document in JSON has it.
    needle: Option<String>,
}

#[derive(Debug)]
enum Step {
    Name(String),
    Index(usize),
    /// Whatever is in an object or an array.
    Any,
}

impl Selector {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut rest = text.strip_prefix('$')?;
        let mut steps = Vec::new();
        while !rest.is_empty() {
            let (step, behind) = step(rest)?;
            steps.push(step);
            rest = behind;
        }
        let plain =
            |name: &str| name.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_.".contains(&it));
        let needle = steps.iter().rev().find_map(|step| match step {
            Step::Name(name) if plain(name) => Some(format!("\"{name}\"")),
            _ => None,
        });
        Some(Self { text: text.to_owned(), steps, needle })
    }

    /// What is written in every document that has it.
    pub(super) fn needle(&self) -> Option<&str> {
        self.needle.as_deref()
    }

    /// Gives every value that it selects to `each`, until that has enough. Nothing is copied on the way.
    pub(super) fn find(&self, document: &RawValue, each: &mut dyn FnMut(&RawValue) -> bool) {
        descend(document, &self.steps, each);
    }
}

fn step(text: &str) -> Option<(Step, &str)> {
    let text = match text.strip_prefix('.') {
        Some(bracket) if bracket.starts_with('[') => bracket,
        Some(name) => {
            let end = name.find(['.', '[']).unwrap_or(name.len());
            let (name, behind) = name.split_at(end);
            let step = match name {
                "" => return None,
                "*" => Step::Any,
                name => Step::Name(name.to_owned()),
            };
            return Some((step, behind));
        }
        None => text,
    };
    let (inside, behind) = text.strip_prefix('[')?.split_once(']')?;
    let quoted = ['\'', '"'].iter().find_map(|sign| {
        inside.trim().strip_prefix(*sign).and_then(|inside| inside.strip_suffix(*sign))
    });
    let step = match (quoted, inside.trim()) {
        (Some(name), _) => Step::Name(name.to_owned()),
        (None, "*") => Step::Any,
        (None, index) => Step::Index(index.parse().ok()?),
    };
    Some((step, behind))
}

/// Whether to go on.
fn descend(value: &RawValue, steps: &[Step], each: &mut dyn FnMut(&RawValue) -> bool) -> bool {
    let Some((step, behind)) = steps.split_first() else { return each(value) };
    let mut goes_on = true;
    let visitor = Children {
        step,
        each: &mut |child| {
            goes_on = goes_on && descend(child, behind, each);
        },
    };
    // What is neither object nor array has nothing in it.
    if value.get().starts_with(['{', '[']) {
        let mut document = serde_json::Deserializer::from_str(value.get());
        let _nothing = document.deserialize_any(visitor);
    }
    goes_on
}

/// What a step selects of an object or an array.
struct Children<'a> {
    step: &'a Step,
    each: &'a mut dyn FnMut(&RawValue),
}

impl<'de> Visitor<'de> for Children<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or an array")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        // Of a name that stands there twice the last counts.
        let mut last: Option<&RawValue> = None;
        while let Some(Key(name)) = map.next_key()? {
            match self.step {
                Step::Name(wanted) if *wanted == name => last = Some(map.next_value()?),
                Step::Any => (self.each)(map.next_value()?),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        if let Some(last) = last {
            (self.each)(last);
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let mut at = 0;
        while let Some(item) = items.next_element::<&RawValue>()? {
            match self.step {
                Step::Index(wanted) if *wanted == at => (self.each)(item),
                Step::Any => (self.each)(item),
                _ => {}
            }
            at += 1;
        }
        Ok(())
    }
}

/// A name, as it stands in the document where that can be.
#[derive(serde::Deserialize)]
#[serde(transparent)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);
