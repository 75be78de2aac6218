//! What holds for the batches that are under way.

use std::collections::BTreeSet;

use cloudless_core::lambda::Invocation;
use serde_json::Value;

/// The batches of a queue among what runs: each the records of its event.
fn batches<'a>(running: &'a [Invocation], queue: &'a str) -> impl Iterator<Item = Vec<Value>> + 'a {
    running.iter().filter_map(move |invocation| {
        let event: Value = serde_json::from_slice(&invocation.payload).unwrap();
        let records = event["Records"].as_array()?.clone();
        (records.first()?["eventSourceARN"] == queue).then_some(records)
    })
}

/// No group of a FIFO queue is in two batches, no batch breaks a group's order, and there are no more
/// batches than the mapping may run.
pub fn assert_groups_apart(running: &[Invocation], queue: &str, most: usize) {
    let mut busy = BTreeSet::new();
    for records in batches(running, queue) {
        let mut groups = BTreeSet::new();
        let mut last = None;
        for record in &records {
            let attribute = |name: &str| record["attributes"][name].as_str().unwrap().to_owned();
            let (group, number) = (attribute("MessageGroupId"), attribute("SequenceNumber"));
            if let Some((before, earlier)) = last.replace((group.clone(), number.clone()))
                && before == group
            {
                assert!(earlier < number, "{earlier} is before {number} in group {group}");
            }
            groups.insert(group);
        }
        let twice: Vec<_> = groups.intersection(&busy).collect();
        assert!(twice.is_empty(), "in two batches at once: {twice:?}");
        busy.extend(groups);
    }
    let count = batches(running, queue).count();
    assert!(count <= most, "{count} batches of {queue} run, and {most} may");
}
