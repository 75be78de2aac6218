//! Time that is moved, and waiting for idleness.

use super::*;
use crate::engine::time::busy;

#[tokio::test]
async fn retries_come_one_and_two_minutes_later_in_no_time() {
    let mut lab = Lab::new(Storage::memory());
    create_function(&lab.engine, "resize", zip(10)).await.unwrap();
    let engine = lab.engine.clone();
    let handler = tokio::spawn(async move {
        let mut moments = Vec::new();
        while let Some(told) = lab.told.recv().await {
            let Told::Invoke(invocation, _) = told else { panic!("{told:?}") };
            moments.push(lab.engine.clock().now().since(NOON).as_secs());
            lab.engine.invocation_ended(invocation.id, failed());
        }
        moments
    });
    engine.call(invoke("resize", "Event")).await.unwrap();
    engine.settle(LIMIT).await.unwrap();
    assert_eq!(engine.clock().now(), NOON, "settling does not move time");
    assert_eq!(engine.with_world(|world| world.waiting().len()), 1, "a retry is scheduled");
    engine.settle_until_idle(LIMIT).await.unwrap();
    engine.stop().await;
    assert_eq!(handler.await.unwrap(), [0, 60, 180]);
}

#[tokio::test]
async fn an_advance_visits_every_deadline_on_the_way() {
    let mut lab = Lab::new(Storage::memory());
    create_function(&lab.engine, "resize", zip(10)).await.unwrap();
    let engine = lab.engine.clone();
    let handler = tokio::spawn(async move {
        let mut moments = Vec::new();
        while let Some(told) = lab.told.recv().await {
            let Told::Invoke(invocation, _) = told else { panic!("{told:?}") };
            moments.push(lab.engine.clock().now().since(NOON).as_secs());
            lab.engine.invocation_ended(invocation.id, failed());
        }
        moments
    });
    engine.call(invoke("resize", "Event")).await.unwrap();
    let reached = engine.advance(Duration::from_secs(600)).await.unwrap();
    assert_eq!(reached, NOON.after_s(600));
    engine.stop().await;
    assert_eq!(handler.await.unwrap(), [0, 60, 180]);
}

#[tokio::test]
async fn a_handler_that_hangs_times_out_when_time_is_moved() {
    let mut config = EngineConfig::new(Storage::memory(), Clock::frozen(NOON));
    config.patience = Duration::ZERO;
    let mut lab = Lab::with(config);
    create_function(&lab.engine, "resize", zip(10)).await.unwrap();
    let engine = lab.engine.clone();
    let call = tokio::spawn(async move { engine.call(invoke("resize", "RequestResponse")).await });
    let (invocation, _) = lab.next_invocation().await;

    let unsettled = lab.engine.settle(Duration::ZERO).await.unwrap_err();
    assert_eq!(
        unsettled.to_string(),
        format!("the pipeline is not idle: invocation {} of resize is running", invocation.id.0)
    );
    lab.engine.advance(Duration::from_secs(10)).await.unwrap();
    // Its environment was not ready yet: that is not its own time.
    lab.engine.invocation_began(invocation.id.clone());
    lab.engine.advance(Duration::from_secs(10)).await.unwrap();
    assert!(
        matches!(lab.told.recv().await.unwrap(), Told::Abort(aborted) if aborted == invocation.id)
    );
    let log_tail = Bytes::from_static(b"the end of its log");
    lab.engine.invocation_ended(invocation.id, Outcome::TimedOut { reused: false, log_tail });
    let (shape, _) = call.await.unwrap().unwrap().response.encode();
    assert_eq!(shape["FunctionError"], "Unhandled");
    lab.engine.settle(LIMIT).await.unwrap();
}

#[tokio::test]
async fn an_environment_that_is_long_in_coming_is_waited_for_where_time_cannot_help() {
    let mut config = EngineConfig::new(Storage::memory(), Clock::frozen(NOON));
    config.patience = Duration::ZERO;
    let mut lab = Lab::with(config);
    create_function(&lab.engine, "resize", zip(10)).await.unwrap();
    let engine = lab.engine.clone();
    let call = tokio::spawn(async move { engine.call(invoke("resize", "RequestResponse")).await });
    let (invocation, _) = lab.next_invocation().await;
    let engine = lab.engine.clone();
    let idle = tokio::spawn(async move { engine.settle_until_idle(LIMIT).await });
    lab.engine.invocation_began(invocation.id.clone());
    // Now there is a deadline to go to.
    assert!(matches!(lab.told.recv().await.unwrap(), Told::Abort(id) if id == invocation.id));
    let log_tail = Bytes::new();
    lab.engine.invocation_ended(invocation.id, Outcome::TimedOut { reused: false, log_tail });
    idle.await.unwrap().unwrap();
    assert_eq!(lab.engine.clock().now(), NOON.after_s(3));
    call.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_function_that_waits_for_an_answer_does_not_hold_up_time_by_itself() {
    let mut lab = Lab::new(Storage::memory());
    create_function(&lab.engine, "outer", zip(10)).await.unwrap();
    create_function(&lab.engine, "inner", zip(10)).await.unwrap();
    let engine = lab.engine.clone();
    let outer = tokio::spawn(async move { engine.call(invoke("outer", "RequestResponse")).await });
    let (outer_invocation, _) = lab.next_invocation().await;
    let engine = lab.engine.clone();
    let cause = Some(outer_invocation.cause);
    let inner = tokio::spawn(async move {
        engine.call(CallRequest { cause, ..invoke("inner", "RequestResponse") }).await
    });
    let (inner_invocation, _) = lab.next_invocation().await;
    let busy_now: Vec<_> = busy(&lab.engine.shared.state()).into_keys().cloned().collect();
    assert_eq!(busy_now, std::slice::from_ref(&inner_invocation.id), "`outer` waits for `inner`");

    let advanced = tokio::spawn({
        let engine = lab.engine.clone();
        async move { engine.advance(Duration::from_secs(1)).await }
    });
    lab.engine.invocation_ended(inner_invocation.id, succeeded("1"));
    inner.await.unwrap().unwrap();
    lab.engine.invocation_ended(outer_invocation.id, succeeded("2"));
    outer.await.unwrap().unwrap();
    assert_eq!(advanced.await.unwrap().unwrap(), NOON.after_s(1));
    let tree = lab.engine.trace_of(lab.engine.trace()[2].id);
    let tree: Vec<_> =
        tree.iter().map(|(depth, event)| format!("{depth} {}", event.what)).collect();
    insta::assert_snapshot!(tree.join("\n"), @"
    0 lambda:Invoke
    1 lambda:Invoke
    2 lambda:Invoke
    3 lambda:Invoke
    ");
}

#[tokio::test]
async fn a_running_clock_keeps_deadlines_by_itself() {
    let mut lab = Lab::new(Storage::memory());
    let clock = lab.engine.clock().clone();
    create_function(&lab.engine, "resize", zip(10)).await.unwrap();
    lab.engine.call(invoke("resize", "Event")).await.unwrap();
    let (invocation, _) = lab.next_invocation().await;
    lab.engine.invocation_ended(invocation.id.clone(), failed());
    // A minute later, however it comes to pass.
    clock.resume();
    clock.advance(Duration::from_secs(60)).unwrap();
    let (again, _) = lab.next_invocation().await;
    clock.freeze();
    assert_eq!(again.id, invocation.id);
    lab.engine.invocation_ended(again.id, succeeded("1"));
    lab.engine.settle_until_idle(LIMIT).await.unwrap();
}

#[tokio::test]
async fn time_is_moved_by_a_century_at_most_and_never_to_where_it_cannot_be_written() {
    let directory = tempfile::tempdir().unwrap();
    let lab = Lab::new(Storage::open(directory.path()).unwrap());
    create_function(&lab.engine, "resize", zip(10)).await.unwrap();
    let mut said = Vec::new();
    for by in [Duration::MAX, Clock::ADVANCE_MAX + Duration::from_millis(1)] {
        said.push(lab.engine.advance(by).await.unwrap_err().to_string());
    }
    assert_eq!(lab.engine.clock().now(), NOON, "what is refused moves nothing");
    let mut reached = NOON;
    let end = loop {
        match lab.engine.advance(Clock::ADVANCE_MAX).await {
            Ok(moment) => reached = moment,
            Err(end) => break end,
        }
    };
    said.push(end.to_string());
    said.push(reached.iso8601_ms());
    insta::assert_snapshot!(said.join("\n"), @"
    InvalidParameterValue: time can be moved by 3155760000 s at most at once: 100 years
    InvalidParameterValue: time can be moved by 3155760000 s at most at once: 100 years
    InvalidParameterValue: time can be moved up to 9900-01-01T00:00:00.000Z
    9827-01-21T12:00:00.000Z
    ");
    // Everything goes on there, also after a restart by a clock of today.
    create_function(&lab.engine, "late", zip(10)).await.unwrap();
    lab.engine.stop().await;
    let lab = Lab::new(Storage::open(directory.path()).unwrap());
    assert_eq!(lab.engine.clock().now(), reached);
    create_function(&lab.engine, "later", zip(10)).await.unwrap();
    lab.engine.stop().await;
    drop(lab);

    let database = directory.path().join("records.sqlite3");
    let database = rusqlite::Connection::open(database).unwrap();
    let absurd = "UPDATE record SET value = -1 WHERE kind = 0 AND name = 'now'";
    assert_eq!(database.execute(absurd, []).unwrap(), 1);
    drop(database);
    let storage = Storage::open(directory.path()).unwrap();
    let config = EngineConfig::new(storage, Clock::frozen(NOON));
    let (sender, _told) = mpsc::unbounded_channel();
    let refused = Engine::start(config, |_| Runtime(sender)).unwrap_err();
    insta::assert_snapshot!(refused, @"the clock of the data directory stands past 9900-01-01T00:00:00.000Z, where no time can be written: restore the directory from a copy, or choose another with --data-dir");
}
