//! Durable first, visible second.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, mpsc};

use futures_util::FutureExt as _;

use super::*;
use crate::store::{Commit, Kept, Restore, Store, StoreError};

/// A store whose commits wait until the test lets them, one by one, and may then fail.
pub(super) struct Gate {
    store: Box<dyn Store>,
    asked: tokio::sync::mpsc::UnboundedSender<usize>,
    verdicts: Mutex<mpsc::Receiver<Result<(), &'static str>>>,
}

/// The test's side of a [`Gate`].
pub(super) struct Keeper {
    /// A commit of this many changes waits.
    pub(super) asked: tokio::sync::mpsc::UnboundedReceiver<usize>,
    pub(super) verdicts: mpsc::Sender<Result<(), &'static str>>,
}

impl Store for Gate {
    fn load(&mut self, seed: u64, restore: Restore<'_>) -> Result<Kept, StoreError> {
        self.store.load(seed, restore)
    }

    fn begin(&mut self) -> Result<(), StoreError> {
        self.store.begin()
    }

    fn commit(&mut self, commit: &Commit<'_>) -> Result<(), StoreError> {
        let _ = self.asked.send(commit.changes.len());
        // Once the test has let go of its side, everything passes.
        let verdict = self.verdicts.lock().unwrap().recv().unwrap_or(Ok(()));
        verdict.map_err(|reason| StoreError::Other(reason.to_owned()))?;
        self.store.commit(commit)
    }
}

pub(super) fn gated(directory: &std::path::Path) -> (Storage, Keeper) {
    let Storage { records, blobs } = Storage::open(directory).unwrap();
    let (asked_sender, asked) = tokio::sync::mpsc::unbounded_channel();
    let (verdicts, receiver) = mpsc::channel();
    let gate = Gate { store: records, asked: asked_sender, verdicts: Mutex::new(receiver) };
    (Storage { records: Box::new(gate), blobs }, Keeper { asked, verdicts })
}

#[tokio::test]
async fn nothing_leaves_before_what_it_rests_on_is_durable() {
    let directory = tempfile::tempdir().unwrap();
    let (storage, mut keeper) = gated(directory.path());
    let mut lab = Lab::new(storage);
    let engine = lab.engine.clone();
    let create = tokio::spawn(async move { create_function(&engine, "resize", zip(10)).await });
    assert!(keeper.asked.recv().await.unwrap() > 0);

    // The function is there for whoever comes later; that it is, nobody hears yet.
    let mut invoked = Box::pin(lab.engine.call(invoke("resize", "Event")));
    let get = request("GetFunction", json!({ "FunctionName": "resize" }), Payload::None);
    let mut read = Box::pin(lab.engine.call(get));
    assert!((&mut invoked).now_or_never().is_none());
    assert!((&mut read).now_or_never().is_none());
    assert_eq!(lab.engine.records().len(), 3, "ids, function, and the invocation");
    assert!(!create.is_finished());
    assert!(lab.told.try_recv().is_err());

    keeper.verdicts.send(Ok(())).unwrap();
    create.await.unwrap().unwrap();
    // What came while the first commit was under way shares the second.
    assert!(keeper.asked.recv().await.unwrap() > 0);
    assert!(lab.told.try_recv().is_err(), "the invocation is not durable yet");
    assert!((&mut invoked).now_or_never().is_none());
    keeper.verdicts.send(Ok(())).unwrap();
    invoked.await.unwrap();
    read.await.unwrap();
    lab.next_invocation().await;
    drop(keeper);
    lab.engine.stop().await;
}

#[tokio::test]
async fn a_restart_finds_everything_and_goes_on_with_what_was_cut_off() {
    let directory = tempfile::tempdir().unwrap();
    let mut lab = Lab::new(Storage::open(directory.path()).unwrap());
    create_function(&lab.engine, "small", zip(1000)).await.unwrap();
    create_function(&lab.engine, "large", zip(3_000_000)).await.unwrap();
    lab.engine.call(invoke("small", "Event")).await.unwrap();
    lab.engine.call(invoke("large", "Event")).await.unwrap();
    let first = [lab.next_invocation().await.0.id, lab.next_invocation().await.0.id];
    lab.engine.advance(Duration::from_secs(1)).await.unwrap();
    let before = lab.engine.records();
    lab.engine.stop().await;
    // An upload that nothing refers to, as a kill leaves it behind.
    let blobs = directory.path().join("blobs");
    std::fs::write(blobs.join("file-0123"), "left behind").unwrap();
    std::fs::write(blobs.join(".part-4567"), "half").unwrap();

    let mut lab = Lab::new(Storage::open(directory.path()).unwrap());
    assert_eq!(lab.engine.clock().now(), NOON.after_s(1), "time goes on where it was");
    // The invocations that are performed anew have drawn further names.
    assert_eq!(lab.engine.records()[1..], before[1..]);
    let (one, one_code) = lab.next_invocation().await;
    let (two, two_code) = lab.next_invocation().await;
    let mut again = [one.id.clone(), two.id.clone()];
    let mut first = first;
    again.sort();
    first.sort();
    assert_eq!(again, first, "performed anew, under the same names");
    let mut codes = [one_code.bytes().await.unwrap().len(), two_code.bytes().await.unwrap().len()];
    codes.sort_unstable();
    assert_eq!(codes, [1000, 3_000_000]);
    lab.engine.invocation_ended(one.id, succeeded("1"));
    lab.engine.invocation_ended(two.id, succeeded("2"));
    lab.engine.settle_until_idle(LIMIT).await.unwrap();
    lab.engine.stop().await;
    drop(lab);
    let lab = Lab::new(Storage::open(directory.path()).unwrap());
    lab.engine.stop().await;
    assert_eq!(std::fs::read_dir(blobs).unwrap().count(), 1, "the large zip");
}

const DIRECTORY: &str = "CLOUDLESS_TEST_KILLED_DIRECTORY";

/// Not a test of its own: the process that the next one kills.
#[tokio::test]
async fn creates_functions_until_it_is_killed() {
    let Some(directory) = std::env::var_os(DIRECTORY) else { return };
    let lab = Lab::new(Storage::open(std::path::Path::new(&directory)).unwrap());
    for at in 0.. {
        let size_bytes = if at % 2 == 0 { 5_000 + at } else { 100_000 + at };
        create_function(&lab.engine, &format!("f{at}"), zip(size_bytes)).await.unwrap();
        let mut out = std::io::stdout();
        writeln!(out, "acknowledged f{at} {size_bytes}").unwrap();
        out.flush().unwrap();
    }
}

#[tokio::test]
async fn kill_9_at_any_moment_loses_nothing_that_was_acknowledged() {
    let directory = tempfile::tempdir().unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "engine::tests::durability::creates_functions_until_it_is_killed"])
        .args(["--nocapture", "--test-threads=1"])
        .env(DIRECTORY, directory.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut acknowledged = Vec::new();
    for line in lines {
        let line = line.unwrap();
        // The test harness writes the name of the test in front of the first.
        let Some((_, said)) = line.split_once("acknowledged ") else { continue };
        let (name, size_bytes) = said.split_once(' ').unwrap();
        acknowledged.push((name.to_owned(), size_bytes.parse::<usize>().unwrap()));
        if acknowledged.len() == 11 {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(acknowledged.len() >= 11);

    let mut lab = Lab::new(Storage::open(directory.path()).unwrap());
    for (name, size_bytes) in acknowledged {
        lab.engine.call(invoke(&name, "Event")).await.unwrap();
        let (invocation, code) = lab.next_invocation().await;
        assert_eq!(invocation.function.arn.name.as_str(), name);
        assert_eq!(code.bytes().await.unwrap(), zip(size_bytes));
    }
    lab.engine.stop().await;
}

#[tokio::test]
async fn many_calls_at_once_share_commits_and_are_all_answered() {
    let directory = tempfile::tempdir().unwrap();
    let (storage, mut keeper) = gated(directory.path());
    let lab = Lab::new(storage);
    let engine = Arc::new(lab.engine.clone());
    let calls: Vec<_> = (0..50)
        .map(|at| {
            let engine = Arc::clone(&engine);
            tokio::spawn(async move {
                create_function(&engine, &format!("f{at}"), zip(at + 1)).await.map(|_| ())
            })
        })
        .collect();
    // All are handled while the first commit is still under way.
    keeper.asked.recv().await.unwrap();
    let handled = || (lab.engine.records().len() > 50).then_some(());
    lab.engine.shared.signals().until(handled).await;
    let (verdicts, asked) = (keeper.verdicts, &mut keeper.asked);
    drop(verdicts);
    for call in calls {
        call.await.unwrap().unwrap();
    }
    lab.engine.stop().await;
    let mut commits = 1;
    while asked.try_recv().is_ok() {
        commits += 1;
    }
    assert!(commits <= 3, "{commits}: the first, the other forty-nine, and the last moment");
}
