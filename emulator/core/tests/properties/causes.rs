//! What the trace says of causes, held against all that it has said before.

use std::collections::BTreeMap;

use cloudless_core::trace::CauseId;

use crate::cloud::Cloud;

/// The causes of all that has happened.
#[derive(Default)]
pub struct Causes {
    /// What was there since the last restart, also what the trace has forgotten: by name, what it was.
    known: BTreeMap<CauseId, String>,
    /// The last name that was given before that.
    forgotten: Option<CauseId>,
    /// Of which restart these are: a name of before may be given again after one.
    restarts: u32,
}

/// What never comes from outside.
const CONSEQUENCES: [&str; 5] = [
    "s3:Notify",
    "sqs:MoveMessage",
    "sqs:MoveToDeadLetterQueue",
    "sqs:DeleteMessageBatch",
    "lambda:DeadLetter",
];

impl Causes {
    /// Looks at what happened since the last look.
    pub fn look(&mut self, cloud: &Cloud) {
        if cloud.restarts != self.restarts {
            let (forgotten, restarts) = (cloud.forgotten, cloud.restarts);
            *self = Self { known: BTreeMap::new(), forgotten, restarts };
        }
        let last = self.known.last_key_value().map(|(id, _)| *id).or(self.forgotten);
        for event in cloud.world.trace().events().filter(|event| Some(event.id) > last) {
            for cause in event.causes() {
                let is_known = self.known.contains_key(&cause) || Some(cause) <= self.forgotten;
                assert!(is_known && cause.0 > 0, "{event:?} has a cause that was never there");
                let what = self.known.get(&cause).map_or("", String::as_str);
                let reads = what.split_once(':').is_some_and(|(_, what)| what.starts_with("Get"));
                assert!(!reads, "{event:?} follows from {what}, which only reads");
            }
            let is_orphan = event.parent.is_none() && CONSEQUENCES.contains(&&*event.what);
            assert!(!is_orphan, "{event:?} came from nowhere");
            self.known.insert(event.id, event.what.to_string());
        }
    }
}
