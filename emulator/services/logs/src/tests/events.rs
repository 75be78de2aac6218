use insta::assert_snapshot;
use kernel::arn::{Arn, FunctionArn};
use kernel::trace::CauseId;
use serde_json::{Value, json};

use super::harness::{Cloud, text};
use crate::{Logged, WantedLines};

fn get(cloud: &mut Cloud, more: Value) -> Value {
    let mut input = json!({"logGroupName": "shop", "logStreamName": "web"});
    for (name, value) in more.as_object().unwrap() {
        input[name] = value.clone();
    }
    cloud.call("GetLogEvents", input)
}

#[test]
fn a_stream_is_read_from_both_ends_and_goes_on_where_it_ended() {
    let mut cloud = Cloud::with_stream();
    cloud.put(&["a", "b", "c", "d", "e"]);
    let last = get(&mut cloud, json!({"limit": 2}));
    let before = get(&mut cloud, json!({"limit": 2, "nextToken": last["nextBackwardToken"]}));
    let first = get(&mut cloud, json!({"limit": 2, "startFromHead": true}));
    let next = get(&mut cloud, json!({"limit": 9, "nextToken": first["nextForwardToken"]}));
    let end = get(&mut cloud, json!({"nextToken": next["nextForwardToken"]}));
    assert_eq!(end["nextForwardToken"], next["nextForwardToken"], "the end says itself again");
    cloud.advance_s(10);
    cloud.put(&["f"]);
    let more = get(&mut cloud, json!({"nextToken": end["nextForwardToken"]}));
    let told = [&last, &before, &first, &next, &end, &more].map(Cloud::messages).join(" | ");
    assert_snapshot!(told, @"d, e | b, c | a, b | c, d, e |  | f");
    // What comes into a stream that was empty is found from its first token on.
    cloud.call("CreateLogStream", json!({"logGroupName": "shop", "logStreamName": "new"}));
    let input = json!({"logGroupName": "shop", "logStreamName": "new"});
    let token = cloud.call("GetLogEvents", input)["nextForwardToken"].clone();
    let event = json!({"timestamp": cloud.now.as_ms(), "message": "g"});
    cloud.call(
        "PutLogEvents",
        json!({"logGroupName": "shop", "logStreamName": "new", "logEvents": [event]}),
    );
    let input = json!({"logGroupName": "shop", "logStreamName": "new", "nextToken": token});
    assert_eq!(Cloud::messages(&cloud.call("GetLogEvents", input)), "g");
}

#[test]
fn events_out_of_time_are_not_taken_and_said() {
    const HOUR_MS: u64 = 3_600_000;
    const DAY_MS: u64 = 24 * HOUR_MS;
    let mut cloud = Cloud::with_stream();
    let now = cloud.now.as_ms();
    let mut put = |times: &[u64]| {
        let events: Vec<_> = times
            .iter()
            .map(|at| json!({"timestamp": at, "message": format!("{} h", (*at as i64 - now as i64) / 3_600_000)}))
            .collect();
        let input = json!({"logGroupName": "shop", "logStreamName": "web", "logEvents": events});
        let answer = cloud.call("PutLogEvents", input);
        match answer.get("Error") {
            Some(error) => text(error),
            None => answer.get("rejectedLogEventsInfo").map_or("all".to_owned(), Value::to_string),
        }
    };
    let told = [
        put(&[now - DAY_MS, now]),
        put(&[now, now - 1]),
        put(&[now - DAY_MS - 1, now]),
        put(&[now - 15 * DAY_MS]),
        put(&[now - 14 * DAY_MS - HOUR_MS, now - 14 * DAY_MS]),
        put(&[now + HOUR_MS, now + 2 * HOUR_MS, now + 3 * HOUR_MS]),
        put(&[now + 3 * HOUR_MS, now + 4 * HOUR_MS]),
    ];
    assert_snapshot!(told.join("\n"), @r#"
    all
    InvalidParameterException: Log events in a single PutLogEvents request must be in chronological order.
    InvalidParameterException: The batch of log events in a single PutLogEvents request cannot span more than 24 hours.
    {"tooOldLogEventEndIndex":1}
    {"tooOldLogEventEndIndex":1}
    {"tooNewLogEventStartIndex":2}
    {"tooNewLogEventStartIndex":0}
    "#);
    let large = "x".repeat(1_048_576 - 25);
    assert_snapshot!(text(&cloud.put(&[&large])["Error"]), @"InvalidParameterException: Log event too large: 1048577 bytes exceeds limit of 1048576");
    let half = "x".repeat(524_288);
    assert_snapshot!(text(&cloud.put(&[&half, &half])["Error"]), @"InvalidParameterException: Upload too large: 1048628 bytes exceeds limit of 1048576");
    assert_snapshot!(cloud.filtered(""), @"-336 h, -24 h, 0 h, 1 h, 2 h");
    cloud.check_restart();
}

#[test]
fn events_of_all_streams_come_in_the_order_of_their_times() {
    let mut cloud = Cloud::with_stream();
    cloud.call("CreateLogStream", json!({"logGroupName": "shop", "logStreamName": "worker"}));
    let now = cloud.now.as_ms();
    for (stream, times) in [("web", [1, 4, 7]), ("worker", [2, 4, 6]), ("web", [0, 3, 5])] {
        let events =
            times.map(|at| json!({"timestamp": now + at, "message": format!("{stream} {at}")}));
        cloud.call(
            "PutLogEvents",
            json!({"logGroupName": "shop", "logStreamName": stream, "logEvents": events}),
        );
    }
    let mut told = Vec::new();
    for mut input in [
        json!({"limit": 4}),
        json!({"limit": 5, "startFromHead": false}),
        json!({"startTime": now + 2, "endTime": now + 4}),
        json!({"logStreamNamePrefix": "wor"}),
        json!({"logStreamNames": ["web"], "filterPattern": "%[3-5]%"}),
    ] {
        input["logGroupName"] = "shop".into();
        let mut pages = Vec::new();
        loop {
            let page = cloud.call("FilterLogEvents", input.clone());
            pages.push(Cloud::messages(&page));
            match page.get("nextToken") {
                Some(token) => input["nextToken"] = token.clone(),
                None => break,
            }
        }
        told.push(pages.join(" | "));
    }
    assert_snapshot!(told.join("\n"), @"
    web 0, web 1, worker 2, web 3 | web 4, worker 4, web 5, worker 6 | web 7
    web 7, worker 6, web 5, worker 4, web 4 | web 3, worker 2, web 1, web 0
    worker 2, web 3, web 4, worker 4
    worker 2, worker 4, worker 6
    web 3, web 4, web 5
    ");
}

#[test]
fn an_answer_has_no_more_than_a_mebibyte() {
    let mut cloud = Cloud::with_stream();
    let large = "x".repeat(400_000);
    for _ in 0..5 {
        cloud.put(&[&large]);
    }
    let page = get(&mut cloud, json!({"startFromHead": true}));
    assert_eq!(page["events"].as_array().unwrap().len(), 2);
    let next = get(&mut cloud, json!({"nextToken": page["nextForwardToken"]}));
    assert_eq!(next["events"].as_array().unwrap().len(), 2);
}

#[test]
fn events_expire_by_the_clock() {
    let mut cloud = Cloud::with_stream();
    cloud.call("PutRetentionPolicy", json!({"logGroupName": "shop", "retentionInDays": 1}));
    cloud.put(&["a", "b", "c"]);
    let mut told = vec![cloud.filtered("")];
    // The first is a second older than the second.
    cloud.advance_s(86_400 - 1);
    told.push(cloud.filtered(""));
    cloud.restart();
    cloud.advance_s(1);
    told.push(cloud.filtered(""));
    cloud.advance_s(1);
    told.push(cloud.filtered(""));
    let streams = cloud.call("DescribeLogStreams", json!({"logGroupName": "shop"}));
    told.push(streams["logStreams"][0]["lastEventTimestamp"].to_string());
    assert_snapshot!(told.join("\n"), @"
    a, b, c
    b, c
    c

    1800000000000
    ");
    assert_eq!(cloud.store.len(), 2, "the group and the stream");
    cloud.check_restart();
}

#[test]
fn the_oldest_events_go_where_there_is_no_room() {
    let mut cloud = Cloud::with_stream();
    cloud.logs.shelf.limit_bytes = Some(3000);
    for at in 0..20 {
        cloud.put(&[&format!("event {at}")]);
        cloud.advance_s(1);
    }
    assert_snapshot!(cloud.filtered(""), @"event 12, event 13, event 14, event 15, event 16, event 17, event 18, event 19");
    let said = cloud.trace.events().filter(|event| event.what == "logs:Forget");
    assert_eq!(
        said.map(|event| event.subject.clone()).collect::<Vec<_>>(),
        ["the oldest events: 256 MiB are kept"]
    );
    cloud.check_restart();
}

#[test]
fn a_deleted_group_goes_step_by_step() {
    let mut cloud = Cloud::with_stream();
    for _ in 0..2_500 {
        cloud.put(&["x"]);
    }
    let now = cloud.steps;
    cloud.call("DeleteLogGroup", json!({"logGroupName": "shop"}));
    assert_eq!((cloud.steps - now, cloud.store.len()), (3, 0));
    cloud.check_restart();
}

fn function() -> FunctionArn {
    let arn = "arn:aws:lambda:us-east-1:000000000000:function:resize";
    let Some(Arn::Function(function)) = Arn::parse(arn) else { panic!("{arn}") };
    function
}

#[test]
fn what_a_function_writes_makes_its_group_and_stream() {
    let mut cloud = Cloud::new();
    for (stream, cause, lines) in [("a", 1, ["START\n", "one\n"]), ("b", 2, ["START\n", "two\n"])] {
        let logged = Logged {
            function: function(),
            group: "/aws/lambda/resize".into(),
            stream: stream.into(),
            cause: Some(CauseId(cause)),
            lines: lines.map(|line| (cloud.now, line.to_owned())).into(),
        };
        cloud.handle(|logs, cx| logs.logged(cx, &logged));
        cloud.advance_s(1);
    }
    cloud.restart();
    let answer = cloud.call("FilterLogEvents", json!({"logGroupName": "/aws/lambda/resize"}));
    assert_snapshot!(Cloud::messages(&answer), @"
    START
    , one
    , START
    , two
    ");
    let told = |wanted: &WantedLines| {
        let lines =
            cloud.logs.function_lines(wanted).map(|line| (line.number, line.line.to_owned()));
        lines.collect::<Vec<_>>()
    };
    let all = told(&WantedLines::default());
    let causes = Some([CauseId(2)].into());
    let of_one = told(&WantedLines { causes, ..WantedLines::default() });
    let after = told(&WantedLines { after: Some(all[0].0), ..WantedLines::default() });
    let shown = [all.clone(), of_one, after]
        .map(|lines| lines.into_iter().map(|(_, line)| line).collect::<Vec<_>>().join(", "));
    assert_snapshot!(shown.join("\n"), @"
    START, one, START, two
    START, two
    one, START, two
    ");
    assert_eq!(cloud.logs.functions().len(), 1);
}
