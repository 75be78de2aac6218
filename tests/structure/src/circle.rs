//! Circles of parts that know each other, and arrows that others imply.

use std::collections::{BTreeMap, BTreeSet};

use crate::Part;

/// Parts of which each knows the next, and the last the first.
pub type Circle = Vec<Part>;

type Known = BTreeMap<Part, Vec<Part>>;

/// The circles: of each knot of parts that reach each other, the shortest way around from its first.
#[must_use]
pub fn circles(known: &Known) -> Vec<Circle> {
    let mut found: Vec<Circle> = Vec::new();
    let mut seen = BTreeSet::new();
    for part in known.keys() {
        if seen.contains(part) {
            continue;
        }
        let below = reached(known, part);
        if below.contains(part) {
            let back = below.iter().filter(|other| reached(known, other).contains(part));
            seen.extend(back.cloned());
            found.push(way_around(known, part));
        }
    }
    found
}

/// Who is known, directly or by others.
fn reached(known: &Known, from: &Part) -> BTreeSet<Part> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&Part> = known.get(from).into_iter().flatten().collect();
    while let Some(part) = open.pop() {
        if reached.insert(part.clone()) {
            open.extend(known.get(part).into_iter().flatten());
        }
    }
    reached
}

/// The shortest way from a part back to it.
fn way_around(known: &Known, start: &Part) -> Circle {
    let mut ways: Vec<Circle> = vec![vec![start.clone()]];
    let mut seen = BTreeSet::new();
    loop {
        let mut longer = Vec::new();
        for way in &ways {
            for next in way.last().and_then(|last| known.get(last)).into_iter().flatten() {
                if next == start {
                    return way.clone();
                }
                if seen.insert(next.clone()) {
                    longer.push(way.iter().chain([next]).cloned().collect());
                }
            }
        }
        if longer.is_empty() {
            return vec![start.clone()];
        }
        ways = longer;
    }
}

/// Without the arrows that others imply: who knows a part that knows a third may know the third.
///
/// Arrows within a circle imply each other; they all stay.
#[must_use]
pub fn reduced(known: &Known) -> Known {
    let below: BTreeMap<&Part, BTreeSet<Part>> =
        known.keys().map(|part| (part, reached(known, part))).collect();
    let implied = |others: &[Part], to: &Part, from: &Part| {
        others.iter().any(|other| {
            other != to
                && below.get(other).is_some_and(|below| below.contains(to) && !below.contains(from))
                && below.get(to).is_none_or(|below| !below.contains(other))
        })
    };
    let keep = |(from, others): (&Part, &Vec<Part>)| {
        let kept = others.iter().filter(|to| !implied(others, to, from)).cloned().collect();
        (from.clone(), kept)
    };
    known.iter().map(keep).collect()
}
