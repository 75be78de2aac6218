use std::fmt::Write;

use insta::assert_snapshot;

use super::*;

const NOON: Timestamp = Timestamp::from_ms(1_795_435_200_000);

fn tell(events: &[(usize, &Event)]) -> String {
    let mut told = String::new();
    for (depth, event) in events {
        let causes: Vec<_> = event.causes().map(|cause| cause.0).collect();
        let Event { id, what, subject, .. } = event;
        let indent = "  ".repeat(*depth);
        let _ = writeln!(told, "{indent}{} {what} {subject} because of {causes:?}", id.0);
    }
    told
}

/// Two sends that make one batch, whose function writes an object; and another upload.
fn two_stories() -> Trace {
    let mut trace = Trace::default();
    let first = trace.begin(NOON, "sqs:SendMessage", "orders");
    let second = trace.begin(NOON.after_s(1), "sqs:SendMessage", "orders");
    let upload = trace.begin(NOON.after_s(2), "s3:PutObject", "photos/a.jpg");
    let batch = Cause::of([first, second, first]).expect("two");
    let invoked = trace.follow(NOON.after_s(3), batch, "lambda:Invoke", "pack");
    trace.follow(NOON.after_s(4), upload, "s3:Notify", "orders");
    trace.follow(NOON.after_s(5), invoked, "s3:PutObject", "photos-of-ann/b.jpg");
    trace.end(invoked, "ok");
    trace
}

#[test]
fn what_has_two_causes_is_in_the_tree_of_each_and_there_once() {
    let trace = two_stories();
    let trees = [1, 2, 3].map(|root| tell(&trace.tree(CauseId(root))));
    assert_snapshot!(trees.join("\n"), @r"
    1 sqs:SendMessage orders because of []
      4 lambda:Invoke pack because of [1, 2]
        6 s3:PutObject photos-of-ann/b.jpg because of [4]

    2 sqs:SendMessage orders because of []
      4 lambda:Invoke pack because of [1, 2]
        6 s3:PutObject photos-of-ann/b.jpg because of [4]

    3 s3:PutObject photos/a.jpg because of []
      5 s3:Notify orders because of [3]
    ");
    assert_eq!(trace.tree(CauseId(99)), Vec::new());
    assert_eq!(Cause::of([]), None);
}

#[test]
fn a_page_has_what_is_wanted_and_says_where_the_next_begins() {
    let trace = two_stories();
    let sent = Wanted { service: Some("sqs".into()), ..Wanted::default() };
    let photos = Wanted { resource: Some("arn:aws:s3:::photos".into()), ..Wanted::default() };
    let object = Wanted { resource: Some("photos/a.jpg".into()), ..Wanted::default() };
    let (since, until) = (Some(NOON.after_s(1)), Some(NOON.after_s(3)));
    let between = Wanted { since, until, ..Wanted::default() };
    let of_first = Wanted { cause: Some(CauseId(1)), ..Wanted::default() };
    let in_tree = Wanted { service: Some("s3".into()), ..of_first.clone() };
    let mut told = String::new();
    for (what, wanted) in [
        ("of SQS", sent),
        ("in the bucket", photos),
        ("of the object", object),
        ("between", between),
        ("of the first", of_first.clone()),
        ("of the first, of S3", in_tree),
    ] {
        let _ = writeln!(told, "{what}");
        let mut after = None;
        loop {
            let page = trace.page(&wanted, after, 2).expect("a page");
            let _ = write!(told, "{}", tell(&page.events));
            after = page.next;
            let Some(next) = after else { break };
            let _ = writeln!(told, "-- next page after {}", next.0);
        }
    }
    assert_snapshot!(told, @r"
    of SQS
    1 sqs:SendMessage orders because of []
    2 sqs:SendMessage orders because of []
    in the bucket
    3 s3:PutObject photos/a.jpg because of []
    of the object
    3 s3:PutObject photos/a.jpg because of []
    between
    2 sqs:SendMessage orders because of []
    3 s3:PutObject photos/a.jpg because of []
    of the first
    1 sqs:SendMessage orders because of []
      4 lambda:Invoke pack because of [1, 2]
    -- next page after 4
        6 s3:PutObject photos-of-ann/b.jpg because of [4]
    of the first, of S3
        6 s3:PutObject photos-of-ann/b.jpg because of [4]
    ");
    assert_eq!(trace.page(&of_first, Some(CauseId(3)), 2), Err(UnknownToken));
}

#[test]
fn texts_have_a_limit_and_the_trace_has_one() {
    let mut trace = Trace::default();
    let key = "ü".repeat(1_000_000);
    for _ in 0..20 {
        let put = trace.begin(NOON, "s3:PutObject", format!("photos/{key}"));
        trace.end(put, "x".repeat(5_000_000));
    }
    let (_, first) = trace.tree(CauseId(1))[0];
    let outcome = first.outcome.as_deref().unwrap_or_default();
    assert_snapshot!(
        format!("{}\n{}", &first.subject[1_101..], &outcome[980..]),
        @r"
        üüüüüüüüüüüüüüüü… (2000007 bytes)
        xxxxxxxxxxxxxxxxxxxxxxxxx… (5000000 bytes)
        "
    );
    assert!(first.subject.len() <= limits::SUBJECT_SIZE_BYTES_MAX);
    assert!(outcome.len() <= limits::OUTCOME_SIZE_BYTES_MAX);
    assert!(trace.size_bytes() < 20 * 3_000, "{} bytes", trace.size_bytes());

    // The longest events there are: so many go that the rest fits.
    for _ in 0..limits::EVENTS_MAX {
        let put = trace.begin(NOON, "s3:PutObject", key.as_str());
        trace.end(put, key.as_str());
    }
    let counted: usize = trace.events().map(Event::size_bytes).sum();
    assert_eq!(trace.size_bytes(), counted);
    assert!(counted <= limits::SIZE_BYTES_MAX);
    let events = trace.events().count();
    assert!(events > 3_000, "{events} events are left");
    assert_eq!(trace.last(), trace.events().next_back().map(|event| event.id));
}

#[test]
fn a_parent_that_is_forgotten_still_has_its_name() {
    let mut trace = Trace::default();
    trace.resume_after(CauseId(41));
    let again = trace.follow(NOON, CauseId(17), "lambda:Invoke", "pack");
    let event = trace.get(again).expect("it is there");
    assert_eq!((event.id, event.parent), (CauseId(42), Some(CauseId(17))));
    assert!(trace.is_orphan(event));
    assert_eq!(trace.tree(CauseId(17)), [(1, event)]);
    for _ in 0..limits::EVENTS_MAX {
        trace.follow(NOON, again, "sqs:SendMessage", "orders");
    }
    assert_eq!(trace.events().count(), limits::EVENTS_MAX);
    assert!(trace.get(again).is_none() && trace.events().all(|event| trace.is_orphan(event)));
}
