//! What groups of processes use, from `/proc`.

use std::fs;
use std::time::Duration;

use crate::platform::{Usage, Usages};

/// What the processes of each group have used and have, together.
pub(crate) fn usage_of_groups(groups: &[u32]) -> Usages {
    let mut usages = Usages::new();
    let (tick, page_bytes) = (tick(), rustix::param::page_size() as u64);
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbers = processes.filter_map(|it| it.file_name().to_str()?.parse::<u32>().ok());
    for stat in numbers.filter_map(|pid| fs::read_to_string(format!("/proc/{pid}/stat")).ok()) {
        let Some(found) = Stat::parse(&stat).filter(|it| groups.contains(&it.group)) else {
            continue;
        };
        let usage: &mut Usage = usages.entry(found.group).or_default();
        usage.processor += tick.saturating_mul(found.ticks);
        usage.memory_bytes += found.resident_pages * page_bytes;
    }
    usages
}

/// The processor time of a process and its children, also of those that it has waited for.
pub(crate) fn processor_time_of_family(process: u32) -> Option<Duration> {
    let children = fs::read_to_string(format!("/proc/{process}/task/{process}/children")).ok()?;
    let children = children.split_whitespace().filter_map(|child| child.parse::<u32>().ok());
    let all = std::iter::once(process).chain(children);
    let stats = all.filter_map(|pid| fs::read_to_string(format!("/proc/{pid}/stat")).ok());
    let ticks = stats.filter_map(|stat| Some(Stat::parse(&stat)?.ticks)).sum::<u32>();
    Some(tick().saturating_mul(ticks))
}

fn tick() -> Duration {
    Duration::from_secs(1) / u32::try_from(rustix::param::clock_ticks_per_second()).unwrap_or(100)
}

/// What `/proc/PID/stat` says: <https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html>.
struct Stat {
    group: u32,
    /// Of processors, of its own and of children that it has waited for.
    ticks: u32,
    resident_pages: u64,
}

impl Stat {
    fn parse(text: &str) -> Option<Self> {
        // The name of the program, in brackets, may hold anything.
        let (_, rest) = text.rsplit_once(") ")?;
        let fields: Vec<&str> = rest.split_whitespace().collect();
        let number = |at: usize| fields.get(at)?.parse::<u64>().ok();
        let ticks = number(11)? + number(12)? + number(13)? + number(14)?;
        Some(Self {
            group: u32::try_from(number(2)?).ok()?,
            ticks: u32::try_from(ticks).unwrap_or(u32::MAX),
            resident_pages: number(21)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_uses_something() {
        let group = u32::try_from(rustix::process::getpgrp().as_raw_nonzero().get()).expect("one");
        let used = usage_of_groups(&[group])[&group];
        assert!(used.memory_bytes > 1_000_000, "{used:?}");
    }

    #[test]
    fn a_program_may_be_called_anything() {
        let line = "4242 (a) b (c) S 1 4240 4240 0 -1 4194560 1 0 0 0 30 12 5 3 20 0 8 0 1 2 2048 18446744073709551615 1";
        let stat = Stat::parse(line).expect("one");
        assert_eq!((stat.group, stat.ticks, stat.resident_pages), (4_240, 50, 2_048));
    }
}
