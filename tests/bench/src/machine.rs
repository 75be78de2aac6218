//! What the figures were taken on.

use std::fs::read_to_string;
use std::thread::available_parallelism;

use anyhow::Result;

/// The head of the page: the command, the machine, and how to read the table.
pub fn described(rounds: usize, seconds: f64, long: bool) -> Result<String> {
    let long = if long { " --long" } else { "" };
    let cpu = read_to_string("/proc/cpuinfo").unwrap_or_default();
    let cpu = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let kernel = read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    Ok(format!(
        "# Benchmarks\n\n\
         Made by `just bench{long} --rounds {rounds} --seconds {seconds} --out docs/benchmarks.md` on {} \
         processors ({}), Linux {}; client and server share them.\n\n\
         Every figure is taken beside a **control** that bounds it: the same client sends the same \
         bytes over as many connections, in slices of time that alternate with ours. *bare HTTP* is \
         axum that reads the body and answers 300 bytes, or 4 KiB to a GET; *SQLite, grouped* commits each \
         body with fsync before it answers, all that wait in one transaction; *files* writes each body \
         to a temporary file, with its MD5, and gives it its name, without fsync; *axum and sqlx* reads the products of the \
         shop's database in one statement, over a pool as the shop's, and writes the very bytes of the shop's page, for nobody \
         in particular: no cookie, no session, no other header. Read the **ratios**: they are \
         medians over all pairs of slices. The absolutes are medians too, and the machine's. \
         *CPU* is the server's processor time for each message (of a control, for each request).\n\n",
        available_parallelism()?,
        cpu.map_or("unknown", |(_, name)| name),
        kernel.trim(),
    ))
}
