//! Loops of functions through queues, buckets and each other: how they are seen and stopped.
//!
//! An invocation's trace header carries its lineage: how often each function has been invoked on the way
//! from the first event to this one. AWS's SDKs send the header along with whatever a function does, SQS
//! keeps it with the message, and so the next invocation has it.
//! <https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html>

use std::collections::BTreeMap;
use std::fmt;

use kernel::arn::FunctionArn;
use sha2::{Digest as _, Sha256};

use crate::limits::{LINEAGE_FUNCTIONS_MAX, RECURSION_MAX};

/// How often each function was invoked in a chain of events, beside the first time, as `Lineage` of a
/// trace header says it: `1:a87bd80c:0`, of several `1:a87bd80c:1|68fd508a:5`.
/// <https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader>
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lineage(BTreeMap<Box<str>, u32>);

impl Lineage {
    /// What a trace header says; nothing where it says none.
    #[must_use]
    pub fn of(header: Option<&str>) -> Self {
        let fields = header.into_iter().flat_map(|header| header.split(';'));
        let lineage = fields.filter_map(|field| field.trim().strip_prefix("Lineage=")).next();
        let entries = lineage.into_iter().flat_map(|lineage| lineage.split('|'));
        let entries = entries.filter_map(|entry| {
            // What stands in front of the name is AWS's own business.
            let (name, count) = entry.rsplit_once(':')?;
            let name = name.rsplit_once(':').map_or(name, |(_, name)| name);
            Some((name.into(), count.parse::<u16>().ok()?.into()))
        });
        Self(entries.take(LINEAGE_FUNCTIONS_MAX).collect())
    }

    /// The lineage of several events that come together: the longest of each function.
    pub fn join(&mut self, other: &Self) {
        for (name, count) in &other.0 {
            let known = self.0.entry(name.clone()).or_default();
            *known = (*known).max(*count);
        }
    }

    /// Whether the function has been invoked so often that it seems to be in a loop.
    #[must_use]
    pub fn is_loop_of(&self, function: &FunctionArn) -> bool {
        !self.0.is_empty()
            && self.0.get(&name_of(function)).is_some_and(|again| again + 1 >= RECURSION_MAX)
    }

    /// What follows when the function is invoked once more.
    pub(crate) fn and(mut self, function: &FunctionArn) -> Self {
        let name = name_of(function);
        if self.0.len() >= LINEAGE_FUNCTIONS_MAX && !self.0.contains_key(&name) {
            let rarest = self.0.iter().min_by_key(|(_, count)| **count);
            if let Some(rarest) = rarest.map(|(name, _)| name.clone()) {
                self.0.remove(&rarest);
            }
        }
        self.0.entry(name).and_modify(|again| *again = again.saturating_add(1)).or_insert(0);
        self
    }
}

impl Lineage {
    /// A trace header with this lineage in the place of its own.
    pub(crate) fn written_into(&self, header: &str) -> String {
        let others = header.split(';').filter(|field| !field.trim().starts_with("Lineage="));
        let mut header = others.collect::<Vec<_>>().join(";");
        header.push_str(&format!(";Lineage={self}"));
        header
    }
}

impl fmt::Display for Lineage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (name, count)) in self.0.iter().enumerate() {
            let between = if at == 0 { "1:" } else { "|" };
            write!(f, "{between}{name}:{count}")?;
        }
        Ok(())
    }
}

/// A function's name in a lineage: eight digits.
fn name_of(function: &FunctionArn) -> Box<str> {
    let digest = Sha256::digest(function.unqualified().to_string());
    hex::encode(&digest[..4]).into()
}

#[cfg(test)]
mod tests {
    use kernel::arn::Arn;

    use super::*;

    fn function(name: &str) -> FunctionArn {
        match Arn::parse(&format!("arn:aws:lambda:us-east-1:000000000000:function:{name}")) {
            Some(Arn::Function(function)) => function,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_lineage_counts_each_function_and_goes_with_the_header() {
        let (resize, update) = (function("resize"), function("update"));
        let first = Lineage::default().and(&resize).written_into("Root=1-a-b;Sampled=0");
        let again = Lineage::of(Some(&first)).and(&update).and(&resize).written_into(&first);
        insta::assert_snapshot!(format!("{first}\n{again}"), @r"
        Root=1-a-b;Sampled=0;Lineage=1:0531a0cd:0
        Root=1-a-b;Sampled=0;Lineage=1:0531a0cd:1|a2a05ad1:0
        ");
    }

    #[test]
    fn the_sixteenth_invocation_is_the_last() {
        let resize = function("resize");
        let mut lineage = Lineage::default();
        let mut invoked = 0;
        while !lineage.is_loop_of(&resize) {
            lineage = Lineage::of(Some(&format!("Lineage={}", lineage.and(&resize))));
            invoked += 1;
        }
        assert_eq!(invoked, 16);
        assert!(!lineage.is_loop_of(&function("update")));
    }

    #[test]
    fn nonsense_is_no_lineage() {
        for header in
            ["", "Lineage=", "Lineage=a", "Lineage=a:b:c", "Lineage=:::|1", "Lineage=a:-1"]
        {
            assert_eq!(Lineage::of(Some(header)), Lineage::default(), "{header}");
        }
    }
}
