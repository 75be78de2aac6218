//! The drawing of the house.

mod ink;
mod plan;

use crate::House;

/// Where it is kept, below the root of the workspace.
pub const PATH: &str = "docs/structure.svg";

/// The house as SVG. The same imports give the same bytes.
#[must_use]
pub fn svg(house: &House) -> String {
    ink::svg(&plan::plan(house))
}
