//! What holds for every World whatever happens to it: random calls, outcomes, clock jumps and restarts
//! over S3, SQS, Lambda and mappings together.
#![expect(clippy::unwrap_used, reason = "a test says what is wrong by stopping")]

#[path = "properties/batches.rs"]
mod batches;
#[path = "properties/causes.rs"]
mod causes;
#[path = "cloud/mod.rs"]
#[allow(dead_code, reason = "other tests use more of it")]
mod cloud;
#[path = "properties/happening.rs"]
mod happening;
#[path = "properties/life.rs"]
mod life;

use cloudless_core::World;
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use serde_json::json;

use batches::assert_groups_apart;
use causes::Causes;
use cloud::{Cloud, SEED, queue_arn};
use happening::{Ending, FUNCTIONS, Happening, happenings};
use life::Life;

fn config() -> ProptestConfig {
    let known = FileFailurePersistence::Direct(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/properties.regressions"
    ));
    ProptestConfig {
        cases: 256,
        failure_persistence: Some(Box::new(known)),
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    /// Stopped at any moment, it goes on from its store as if nothing had been.
    #[test]
    fn a_restored_world_equals_the_one_that_wrote_the_store(happenings in happenings()) {
        let mut life = Life::begin(Cloud::recording());
        for happening in &happenings {
            life.happen(happening);
            life.cloud.assert_restorable();
            life.settle();
            life.cloud.assert_restorable();
        }
    }

    /// A message is in exactly one place until somebody says that it is done.
    #[test]
    fn no_message_is_lost_and_none_is_there_twice(happenings in happenings()) {
        let mut life = Life::begin(Cloud::recording());
        for happening in &happenings {
            life.happen(happening);
            life.settle();
            let kept = life.kept();
            for body in life.bodies.difference(&life.done) {
                prop_assert_eq!(kept.get(body), Some(&1), "{} after {:?}", body, happening);
            }
            let twice = kept.iter().find(|(body, count)| life.bodies.contains(*body) && **count > 1);
            prop_assert_eq!(twice, None);
            let stored: usize = life.kept().values().sum();
            prop_assert_eq!(life.counted(), stored);
        }
    }

    /// However it is disturbed, a mapping serves the groups of a FIFO queue one batch at a time.
    #[test]
    fn batches_keep_groups_apart_and_in_order(happenings in happenings()) {
        let mut life = Life::begin(Cloud::recording());
        for happening in &happenings {
            life.happen(happening);
            assert_groups_apart(&life.cloud.running, &queue_arn("steps.fifo"), 2);
            life.settle();
            assert_groups_apart(&life.cloud.running, &queue_arn("steps.fifo"), 2);
        }
    }

    /// Whatever happens has a cause that was there before it, unless it came from outside; and nothing
    /// follows from a call that happened to come first.
    #[test]
    fn every_cause_was_there_before_what_it_led_to(happenings in happenings()) {
        let mut life = Life::begin(Cloud::recording());
        let mut causes = Causes::default();
        for happening in &happenings {
            life.happen(happening);
            causes.look(&life.cloud);
            // Sometimes another comes first when something is due.
            if !matches!(happening, Happening::Time(_)) {
                life.settle();
                causes.look(&life.cloud);
            }
        }
    }

    /// The same seed and the same inputs give the same steps, to the letter.
    #[test]
    fn a_history_can_be_played_again(happenings in happenings()) {
        let play = || {
            let mut life = Life::begin(Cloud::recording());
            for happening in &happenings {
                life.happen(happening);
                life.settle();
            }
            format!("{:?}", life.cloud.steps)
        };
        prop_assert_eq!(play(), play());
    }

    /// A World that records nothing does and answers what one does that records.
    #[test]
    fn a_world_in_memory_does_the_same(happenings in happenings()) {
        let play = |cloud: Cloud| {
            let mut life = Life::begin(cloud);
            for happening in &happenings {
                if !matches!(happening, Happening::Restart) {
                    life.happen(happening);
                    life.settle();
                }
            }
            let effects = life.cloud.steps.iter().map(|step| format!("{:?}", step.effects));
            let effects: Vec<String> = effects.collect();
            let changes: usize = life.cloud.steps.iter().map(|step| step.changes.len()).sum();
            (effects, changes, life.cloud.world.records())
        };
        let (recorded, _, records) = play(Cloud::recording());
        let (remembered, changes, held) = play(Cloud::of(World::in_memory(SEED)));
        prop_assert_eq!(recorded, remembered);
        prop_assert_eq!(records, held);
        prop_assert_eq!(changes, 0);
    }

    /// Whatever happened, once functions succeed and time passes, all is quiet: nothing stays
    /// stuck, and the mapped queues are empty.
    #[test]
    fn a_pipeline_that_works_again_comes_to_rest(happenings in happenings()) {
        let mut life = Life::begin(Cloud::recording());
        for happening in &happenings {
            life.happen(happening);
            life.settle();
        }
        for function in 0..FUNCTIONS.len() {
            life.create_function(function);
            life.reserve(function, None);
        }
        for mapping in life.mappings.clone() {
            let input = json!({ "UUID": mapping, "Enabled": true });
            life.call("lambda", "UpdateEventSourceMapping", input).unwrap();
        }
        let end = life.cloud.now.after_s(3600);
        let begun = life.cloud.steps.len();
        loop {
            while let Some(running) = life.cloud.running.first().cloned() {
                prop_assert!(life.cloud.steps.len() - begun < 5_000, "it goes in circles");
                let outcome = life.outcome(&running, &Ending::Well);
                life.cloud.end(running.id, outcome);
            }
            match life.cloud.world.next_deadline() {
                Some(at) if at <= end => {
                    life.cloud.now = life.cloud.now.max(at);
                    life.settle();
                }
                _ => break,
            }
        }
        prop_assert_eq!(life.cloud.world.outstanding(), Vec::<String>::new());
        prop_assert_eq!(life.cloud.world.waiting(), Vec::<String>::new());
    }
}
