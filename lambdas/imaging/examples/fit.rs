//! Times how long a picture takes to be fitted: `cargo run --release -p imaging --example fit -- PICTURE [TIMES] [OUTPUT]`.

use std::{env, fs, time::Instant};

use anyhow::{Context, Result};

fn main() -> Result<()> {
    let mut arguments = env::args().skip(1);
    let path = arguments.next().context("which picture?")?;
    let times: usize = arguments.next().map_or(Ok(15), |times| times.parse())?;
    let bytes = fs::read(&path)?;
    let mut fitted = imaging::fit::fit(&bytes)?; // and a warm-up
    let mut milliseconds = Vec::with_capacity(times);
    for _ in 0..times {
        let start = Instant::now();
        fitted = imaging::fit::fit(&bytes)?;
        milliseconds.push(start.elapsed().as_secs_f64() * 1e3);
    }
    milliseconds.sort_by(f64::total_cmp);
    let median = milliseconds.get(times / 2).copied().unwrap_or_default();
    println!("{path}: {}x{}, median of {times}: {median:.1} ms", fitted.width, fitted.height);
    if let Some(output) = arguments.next() {
        fs::write(output, fitted.bytes)?;
    }
    Ok(())
}
