//! Streams against the plainest model of them: a list of events, sorted.

use proptest::prelude::*;
use serde_json::json;

use super::harness::{Cloud, text};

#[derive(Debug, Clone)]
enum Step {
    Put { stream: usize, times: Vec<u64> },
    DeleteStream(usize),
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    let times = proptest::collection::vec(0..100_u64, 1..6);
    prop_oneof![
        6 => (0..3_usize, times).prop_map(|(stream, times)| Step::Put { stream, times }),
        1 => (0..3_usize).prop_map(Step::DeleteStream),
        1 => Just(Step::Restart),
    ]
}

const STREAMS: [&str; 3] = ["a", "b", "c"];

proptest! {
    #[test]
    fn every_event_is_found_once_in_the_order_of_times(
        steps in proptest::collection::vec(step(), 1..20), limit in 1..7_usize, backward: bool,
    ) {
        let mut cloud = Cloud::new();
        cloud.call("CreateLogGroup", json!({"logGroupName": "shop"}));
        let mut expected: Vec<(u64, usize, String)> = Vec::new();
        let (now, mut count) = (cloud.now.as_ms(), 0);
        for step in steps {
            match step {
                Step::Put { stream, mut times } => {
                    times.sort_unstable();
                    let name = STREAMS[stream];
                    cloud.call("CreateLogStream", json!({"logGroupName": "shop", "logStreamName": name}));
                    let events: Vec<_> = times.iter().map(|at| {
                        count += 1;
                        expected.push((now + at, count, format!("{name}{count}")));
                        json!({"timestamp": now + at, "message": format!("{name}{count}")})
                    }).collect();
                    cloud.call("PutLogEvents", json!({"logGroupName": "shop", "logStreamName": name, "logEvents": events}));
                }
                Step::DeleteStream(stream) => {
                    cloud.call("DeleteLogStream", json!({"logGroupName": "shop", "logStreamName": STREAMS[stream]}));
                    expected.retain(|(_, _, message)| !message.starts_with(STREAMS[stream]));
                }
                Step::Restart => cloud.restart(),
            }
            cloud.check_restart();
        }
        expected.sort();
        if backward {
            expected.reverse();
        }
        let mut found = Vec::new();
        let mut input = json!({"logGroupName": "shop", "limit": limit, "startFromHead": !backward});
        loop {
            let page = cloud.call("FilterLogEvents", input.clone());
            found.extend(page["events"].as_array().unwrap().iter().map(|it| text(&it["message"])));
            match page.get("nextToken") {
                Some(token) => input["nextToken"] = token.clone(),
                None => break,
            }
        }
        let expected: Vec<_> = expected.into_iter().map(|(_, _, message)| message).collect();
        prop_assert_eq!(found, expected);
    }
}
