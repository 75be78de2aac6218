//! `just structure`: draws the house.

use std::fs;

use structure::{House, drawing};

fn main() -> anyhow::Result<()> {
    let house = House::here()?;
    fs::write(House::root().join(drawing::PATH), drawing::svg(&house))?;
    println!("{}", drawing::PATH);
    Ok(())
}
