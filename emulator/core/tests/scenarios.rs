//! Stories of the World in the domain's words: `tests/scenarios/*.txt`.
//!
//! A story is blocks of commands, each followed by `----` and what they lead to. A line of the answer
//! that begins with `->` is an effect that leaves the World; the story itself plays the functions.
//! `UPDATE_SCENARIOS=1 cargo test -p cloudless-core --test scenarios` writes the answers anew; read
//! the difference before you keep it. The commands are listed in `scenarios/play.rs`.
#![expect(clippy::unwrap_used, reason = "a test says what is wrong by stopping")]

#[allow(dead_code, reason = "other tests use more of it")]
mod cloud;
#[path = "scenarios/lines.rs"]
mod lines;
#[path = "scenarios/play.rs"]
mod play;
#[path = "scenarios/words.rs"]
mod words;

use std::fs;
use std::path::{Path, PathBuf};

use play::Play;

macro_rules! stories {
    ($($story:ident)*) => {
        $(
            #[test]
            fn $story() {
                tell(stringify!($story));
            }
        )*

        /// A file that no test tells would be silent for ever.
        #[test]
        fn every_story_is_told() {
            let mut files: Vec<String> = fs::read_dir(folder())
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .filter_map(|name| name.strip_suffix(".txt").map(str::to_owned))
                .collect();
            files.sort();
            let mut told = vec![$(stringify!($story)),*];
            told.sort();
            assert_eq!(files, told);
        }
    };
}

stories! {
    accounts
    async_retries
    batching_window
    causes_of_moves
    causes_of_what_is_due
    changes_while_a_batch_runs
    dead_letter_queue
    delay
    destinations
    fifo_groups
    function_timeout
    large_batches
    long_poll
    mapping_filters
    mapping_growth
    notification_filter
    notification_to_a_queue
    partial_failures
    permission_missing
    recursion
    refusals
    restart
    synchronous_invocation
    throttling
    upload_pipeline
    visibility
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios")
}

#[expect(clippy::disallowed_methods, reason = "the stories are files; only the core has none")]
fn tell(story: &str) {
    let path = folder().join(format!("{story}.txt"));
    let written = fs::read_to_string(&path).unwrap();
    let mut play = Play::new();
    let mut answered = String::new();
    for block in written.trim_end().split("\n\n") {
        let (commands, _) = block.split_once("\n----").unwrap_or((block, ""));
        answered.push_str(commands);
        let spoken = commands.lines().filter(|line| !line.trim_start().starts_with('#'));
        let spoken: Vec<&str> = spoken.filter(|line| !line.trim().is_empty()).collect();
        let mut told = Vec::new();
        for line in &spoken {
            told.extend(play.perform(line));
        }
        if !spoken.is_empty() {
            answered.push_str("\n----\n");
            for line in told {
                answered.push_str(&line);
                answered.push('\n');
            }
        } else {
            answered.push('\n');
        }
        answered.push('\n');
    }
    let answered = format!("{}\n", answered.trim_end());
    if std::env::var_os("UPDATE_SCENARIOS").is_some() {
        fs::write(&path, &answered).unwrap();
    } else if answered != written {
        let differs = answered.lines().zip(written.lines()).take_while(|(a, b)| a == b).count();
        let from = |text: &str| {
            let lines = text.lines().skip(differs.saturating_sub(6)).take(16);
            lines.collect::<Vec<_>>().join("\n  ")
        };
        panic!(
            "{story}.txt differs from line {}.\nWritten:\n  {}\nAnswered:\n  {}\n\
             UPDATE_SCENARIOS=1 writes the new answers.",
            differs + 1,
            from(&written),
            from(&answered)
        );
    }
    let outstanding = play.outstanding();
    assert!(outstanding.is_empty(), "{story}.txt ends with work undone: {outstanding:?}");
}
