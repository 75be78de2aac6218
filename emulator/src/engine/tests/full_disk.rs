//! A store that cannot be written, and then can again.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::durability::{Keeper, gated};
use super::*;
use crate::store::{Commit, Kept, Restore, Store, StoreError};

const FULL: Result<(), &str> = Err("the disk is full");

impl Keeper {
    /// The next commits end like this, in order.
    fn will(&self, verdicts: &[Result<(), &'static str>]) {
        for verdict in verdicts {
            self.verdicts.send(*verdict).unwrap();
        }
    }
}

fn get(name: &str) -> CallRequest {
    request("GetFunction", json!({ "FunctionName": name }), Payload::None)
}

fn told<T>(result: Result<T, ApiError>) -> String {
    result.map_or_else(|refused| refused.to_string(), |_| "ok".to_owned())
}

/// What a restart finds.
async fn stored(directory: &Path) -> Vec<cloudless_core::Record> {
    let lab = Lab::new(Storage::open(directory).unwrap());
    let records = lab.engine.records();
    lab.engine.stop().await;
    records
}

#[tokio::test]
async fn a_full_disk_refuses_writes_and_answers_reads_until_there_is_room() {
    let directory = tempfile::tempdir().unwrap();
    let (storage, keeper) = gated(directory.path());
    let mut lab = Lab::new(storage);
    keeper.will(&[Ok(()), FULL, FULL, Ok(()), Ok(())]);
    create_function(&lab.engine, "first", zip(10)).await.unwrap();
    let acknowledged = lab.engine.records();

    let mut said = Vec::new();
    // This one has taken its step already, the next is only tried.
    for name in ["second", "third"] {
        said.push(format!(
            "create {name}: {}",
            told(create_function(&lab.engine, name, zip(10)).await)
        ));
        for name in ["first", name] {
            said.push(format!("get {name}: {}", told(lab.engine.call(get(name)).await)));
        }
        said.push(format!("failure: {:?}", lab.engine.failure()));
        assert_eq!(lab.engine.records(), acknowledged, "what was refused has not happened");
    }
    said.push(format!(
        "create third again: {}",
        told(create_function(&lab.engine, "third", zip(10)).await)
    ));
    said.push(format!("failure: {:?}", lab.engine.failure()));
    said.push(format!("invoke: {}", told(lab.engine.call(invoke("third", "Event")).await)));
    insta::assert_snapshot!(said.join("\n"), @r#"
    create second: ServiceException: The AWS Lambda service encountered an internal error.
    get first: ok
    get second: ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:000000000000:function:second
    failure: Some("what happens cannot be stored: the disk is full")
    create third: ServiceException: The AWS Lambda service encountered an internal error.
    get first: ok
    get third: ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:000000000000:function:third
    failure: Some("what happens cannot be stored: the disk is full")
    create third again: ok
    failure: None
    invoke: ok
    "#);
    let (invocation, code) = lab.next_invocation().await;
    assert_eq!(code.bytes().await.unwrap(), zip(10));
    drop(keeper);
    lab.engine.invocation_ended(invocation.id, succeeded("1"));
    lab.engine.settle(LIMIT).await.unwrap();
    let before = lab.engine.records();
    lab.engine.stop().await;
    assert_eq!(stored(directory.path()).await, before, "all that was acknowledged is there");
}

#[tokio::test]
async fn nothing_that_rests_on_a_failed_commit_leaves() {
    let directory = tempfile::tempdir().unwrap();
    let (storage, mut keeper) = gated(directory.path());
    let mut lab = Lab::new(storage);
    keeper.will(&[Ok(())]);
    create_function(&lab.engine, "resize", zip(10)).await.unwrap();
    keeper.asked.recv().await.unwrap();

    // The first is on its way to the disk; the others have seen it and rest on it.
    let engine = lab.engine.clone();
    let large = tokio::spawn(async move { create_function(&engine, "large", zip(100_000)).await });
    keeper.asked.recv().await.unwrap();
    let waits = [invoke("large", "Event"), invoke("resize", "RequestResponse"), get("large")];
    let waits: Vec<_> = waits
        .into_iter()
        .map(|call| {
            let engine = lab.engine.clone();
            tokio::spawn(async move { engine.call(call).await })
        })
        .collect();
    let handled = || (lab.engine.shared.state().world.trace().events().count() >= 7).then_some(());
    lab.engine.shared.signals().until(handled).await;
    keeper.will(&[FULL]);
    let mut said = vec![told(large.await.unwrap())];
    for call in waits {
        said.push(told(call.await.unwrap()));
    }
    insta::assert_snapshot!(said.join("\n"), @"
    ServiceException: The AWS Lambda service encountered an internal error.
    ServiceException: The AWS Lambda service encountered an internal error.
    ServiceException: The AWS Lambda service encountered an internal error.
    ServiceException: The AWS Lambda service encountered an internal error.
    ");
    drop(keeper);
    // Whatever runs now was asked for afterwards.
    lab.engine.call(invoke("resize", "Event")).await.unwrap();
    let mut aborted = 0;
    let invocation = loop {
        match lab.told.recv().await.unwrap() {
            Told::Abort(_) => aborted += 1,
            Told::Invoke(invocation, _) => break invocation,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(aborted, 2, "whatever was asked for before is not waited for");
    assert_eq!(invocation.function.arn.name.as_str(), "resize");
    lab.engine.invocation_ended(invocation.id, succeeded("1"));
    lab.engine.settle(LIMIT).await.unwrap();
    lab.engine.stop().await;
    drop(lab);
    stored(directory.path()).await;
    let files = std::fs::read_dir(directory.path().join("blobs")).unwrap();
    assert_eq!(files.count(), 0, "the large zip went with its call");
}

#[tokio::test]
async fn an_answer_that_streams_ends_where_its_invocation_is_thrown_away() {
    let directory = tempfile::tempdir().unwrap();
    let (storage, keeper) = gated(directory.path());
    let mut lab = Lab::new(storage);
    keeper.will(&[Ok(()), Ok(())]);
    create_function(&lab.engine, "resize", zip(10)).await.unwrap();
    let mut told = Vec::new();
    for fails in [true, false] {
        // Its caller reads already when the World goes back to what is stored, or the engine ends.
        lab.engine.call(stream("resize")).await.unwrap();
        let (invocation, _) = lab.next_invocation().await;
        if fails {
            keeper.will(&[FULL]);
            create_function(&lab.engine, "large", zip(10)).await.unwrap_err();
            assert!(matches!(lab.told.recv().await, Some(Told::Abort(id)) if id == invocation.id));
        } else {
            lab.engine.stop().await;
        }
        let Some(Told::EndStream(id, end)) = lab.told.recv().await else {
            panic!("its reader waits for ever")
        };
        assert_eq!(id, invocation.id);
        told.push(String::from_utf8(end.error.unwrap().to_vec()).unwrap());
        if fails {
            keeper.will(&[Ok(()), Ok(())]);
        }
    }
    insta::assert_debug_snapshot!(told, @r#"
    [
        "{\"errorMessage\":\"The AWS Lambda service encountered an internal error.\",\"errorType\":\"ServiceException\"}",
        "{\"errorMessage\":\"The AWS Lambda service encountered an internal error.\",\"errorType\":\"ServiceException\"}",
    ]
    "#);
}

#[tokio::test]
async fn what_was_under_way_is_performed_anew_once_there_is_room() {
    let directory = tempfile::tempdir().unwrap();
    let (storage, keeper) = gated(directory.path());
    let mut lab = Lab::new(storage);
    keeper.will(&[Ok(()), Ok(())]);
    create_function(&lab.engine, "resize", zip(10)).await.unwrap();
    lab.engine.call(invoke("resize", "Event")).await.unwrap();
    let (first, _) = lab.next_invocation().await;
    // The end of it cannot be stored, nor can what follows.
    keeper.will(&[FULL, FULL]);
    lab.engine.invocation_ended(first.id.clone(), succeeded("1"));
    let engine = lab.engine.clone();
    let failed = || engine.failure().map(drop);
    lab.engine.shared.signals().until(failed).await;
    let advanced = told(lab.engine.advance(Duration::from_secs(60)).await);
    let unsettled = lab.engine.settle(Duration::ZERO).await.unwrap_err().to_string();
    let unsettled = unsettled.replace(&*first.id.0, "ID");
    insta::assert_snapshot!(format!("{advanced}\n{unsettled}"), @"
    InternalError: We encountered an internal error. Please try again.
    the pipeline is not idle: what happens cannot be stored: the disk is full; invocation ID of resize is due
    ");
    keeper.will(&[Ok(())]);
    create_function(&lab.engine, "other", zip(10)).await.unwrap();
    let again = loop {
        match lab.told.recv().await.unwrap() {
            Told::Invoke(invocation, _) => break invocation,
            Told::Abort(_) => {}
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(again.id, first.id);
    // Its end, too, is kept until it can be stored.
    keeper.will(&[FULL]);
    lab.engine.invocation_ended(again.id, succeeded("1"));
    lab.engine.shared.signals().until(failed).await;
    keeper.will(&[Ok(()), Ok(())]);
    create_function(&lab.engine, "another", zip(10)).await.unwrap();
    lab.engine.settle(LIMIT).await.unwrap();
    assert_eq!(lab.engine.failure(), None);
    drop(keeper);
    lab.engine.stop().await;
    assert!(stored(directory.path()).await.len() >= 4, "ids and three functions");
}

#[tokio::test]
async fn nobody_needs_to_call_for_the_store_to_be_tried_again() {
    let directory = tempfile::tempdir().unwrap();
    let (storage, keeper) = gated(directory.path());
    let config = EngineConfig::new(storage, Clock::frozen(NOON));
    let lab = Lab::with(EngineConfig { retry: Duration::ZERO, ..config });
    keeper.will(&[FULL, FULL, FULL, Ok(())]);
    create_function(&lab.engine, "resize", zip(10)).await.unwrap_err();
    let engine = lab.engine.clone();
    let well = || engine.failure().is_none().then_some(());
    lab.engine.shared.signals().until(well).await;
    drop(keeper);
    lab.engine.stop().await;
}

#[tokio::test]
async fn many_commits_that_succeed_and_everything_is_as_before() {
    let directory = tempfile::tempdir().unwrap();
    let (storage, keeper) = gated(directory.path());
    let lab = Lab::new(storage);
    keeper.will(&[FULL]);
    create_function(&lab.engine, "f", zip(10)).await.unwrap_err();
    drop(keeper);
    assert!(lab.engine.shared.is_trial());
    let engine = lab.engine.clone();
    let calls: Vec<_> = (0..50)
        .map(|at| {
            let engine = engine.clone();
            tokio::spawn(async move {
                create_function(&engine, &format!("f{at}"), zip(at + 1)).await.map(drop)
            })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert!(!lab.engine.shared.is_trial());
    let before = lab.engine.records();
    assert_eq!(before.len(), 51, "ids and fifty functions");
    lab.engine.stop().await;
    assert_eq!(stored(directory.path()).await, before);
}

#[tokio::test]
async fn a_client_that_goes_away_meanwhile_is_forgotten() {
    let directory = tempfile::tempdir().unwrap();
    let (storage, mut keeper) = gated(directory.path());
    let mut lab = Lab::new(storage);
    keeper.will(&[Ok(()), FULL]);
    create_function(&lab.engine, "resize", zip(10)).await.unwrap();
    create_function(&lab.engine, "other", zip(10)).await.unwrap_err();
    for _ in 0..2 {
        keeper.asked.recv().await.unwrap();
    }
    // It is being stored when its client goes.
    let engine = lab.engine.clone();
    let call = tokio::spawn(async move { engine.call(invoke("resize", "RequestResponse")).await });
    keeper.asked.recv().await.unwrap();
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    drop(keeper);
    let (invocation, _) = lab.next_invocation().await;
    lab.engine.invocation_ended(invocation.id, succeeded("1"));
    lab.engine.settle(LIMIT).await.unwrap();
    assert_eq!(lab.engine.shared.state().parked.len(), 0);
    lab.engine.stop().await;
}

/// A disk that has room for so many bytes of bodies at once.
struct Disk {
    store: Box<dyn Store>,
    room_bytes: Arc<AtomicUsize>,
}

impl Store for Disk {
    fn load(&mut self, seed: u64, restore: Restore<'_>) -> Result<Kept, StoreError> {
        self.store.load(seed, restore)
    }

    fn begin(&mut self) -> Result<(), StoreError> {
        self.store.begin()
    }

    fn commit(&mut self, commit: &Commit<'_>) -> Result<(), StoreError> {
        let bytes: usize = commit.bodies.iter().map(|(_, bytes)| bytes.len()).sum();
        if bytes > self.room_bytes.load(Ordering::SeqCst) {
            return Err(StoreError::Other("the disk is full".to_owned()));
        }
        self.store.commit(commit)
    }
}

#[tokio::test]
async fn small_writes_that_fit_do_not_make_a_full_disk_well() {
    let directory = tempfile::tempdir().unwrap();
    let Storage { records, blobs } = Storage::open(directory.path()).unwrap();
    let room_bytes = Arc::new(AtomicUsize::new(10_000));
    let disk = Disk { store: records, room_bytes: Arc::clone(&room_bytes) };
    let storage = Storage { records: Box::new(disk), blobs };
    let config = EngineConfig::new(storage, Clock::frozen(NOON));
    let lab = Lab::with(EngineConfig { retry: Duration::ZERO, ..config });
    create_function(&lab.engine, "large", zip(50_000)).await.unwrap_err();
    // However many: the World is not trusted to be ahead of its store meanwhile.
    for at in 0..20 {
        create_function(&lab.engine, &format!("f{at}"), zip(100)).await.unwrap();
        assert!(lab.engine.failure().is_some(), "there is no room for the large one");
    }
    room_bytes.store(100_000, Ordering::SeqCst);
    let engine = lab.engine.clone();
    let well = || engine.failure().is_none().then_some(());
    lab.engine.shared.signals().until(well).await;
    create_function(&lab.engine, "large", zip(50_000)).await.unwrap();
    lab.engine.stop().await;
    let records = stored(directory.path()).await;
    assert_eq!(records.len(), 22, "ids and 21 functions");
}
