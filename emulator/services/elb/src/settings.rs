//! What Elastic Load Balancing is told by whoever makes the World.

use std::collections::BTreeSet;

/// What is told. It is not stored: whoever restores a World says it again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// Images that name a program: their instances are asked whether they are healthy. Those of others have
    /// none, and are healthy while they run, unless somebody says what they answer
    /// ([`Report::Answers`](crate::plane::Report::Answers)).
    pub programmed_images: BTreeSet<String>,
}
