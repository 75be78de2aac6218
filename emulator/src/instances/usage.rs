//! What instances use of their types: processors, memory, disk, and what the balancer carries to and from them.

use std::path::Path;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use cloudless_core::ec2::fleet::Sample;

use super::Fleet;
use crate::platform;

/// What was seen of an instance last.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Seen {
    at: Option<Instant>,
    processor: Duration,
}

/// What all instances used since they were looked at last.
pub(super) fn samples(fleet: &Fleet) -> Vec<Sample> {
    let groups: Vec<u32> = {
        let running = fleet.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.values().filter_map(|it| it.group).collect()
    };
    if groups.is_empty() {
        return Vec::new();
    }
    let used = platform::usage_of_groups(&groups);
    let disk_percent = platform::used_percent(Path::new("."));
    let now = Instant::now();
    let mut running = fleet.running.lock().unwrap_or_else(PoisonError::into_inner);
    let samples = running.iter_mut().filter_map(|(instance_id, it)| {
        let used = used.get(&it.group?).copied().unwrap_or_default();
        let elapsed = it.seen.at.map(|before| now - before);
        let processor = used.processor.saturating_sub(it.seen.processor);
        it.seen = Seen { at: Some(now), processor: used.processor };
        let capacity = f64::from(it.vcpus) * fleet.config.core_share;
        let (to, from) = std::mem::take(&mut it.carried);
        Some(Sample {
            instance_id: instance_id.clone(),
            cpu_percent: percent(processor.as_secs_f64(), elapsed?.as_secs_f64() * capacity),
            memory_percent: percent(used.memory_bytes as f64, it.memory_mib as f64 * 1_048_576.0),
            disk_percent: disk_percent.unwrap_or_default(),
            network_in_bytes: to,
            network_out_bytes: from,
        })
    });
    let mut samples: Vec<Sample> = samples.collect();
    samples.sort_by(|one, other| one.instance_id.cmp(&other.instance_id));
    samples
}

fn percent(of: f64, whole: f64) -> f64 {
    if whole > 0.0 { (of / whole * 100.0).clamp(0.0, 100.0) } else { 0.0 }
}
