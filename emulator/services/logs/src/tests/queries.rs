use insta::assert_snapshot;
use serde_json::{Value, json};

use super::harness::{Cloud, text};

fn ask(cloud: &mut Cloud, query: &str) -> String {
    let now = cloud.now.as_s();
    let started = cloud.call(
        "StartQuery",
        json!({"logGroupName": "shop", "startTime": now - 3600, "endTime": now, "queryString": query}),
    );
    if let Some(error) = started.get("Error") {
        return text(error);
    }
    let answer = cloud.call("GetQueryResults", json!({"queryId": started["queryId"]}));
    let rows = answer["results"].as_array().unwrap().iter().map(|row| {
        let fields = row.as_array().unwrap().iter().filter(|it| it["field"] != "@ptr");
        let shown = fields.map(|it| format!("{}={}", text(&it["field"]), text(&it["value"])));
        shown.collect::<Vec<_>>().join(" ")
    });
    rows.collect::<Vec<_>>().join("\n")
}

fn shop() -> Cloud {
    let mut cloud = Cloud::with_stream();
    cloud.put(&[
        r#"{"level": "INFO", "path": "/a", "ms": 10, "user": {"id": "u1", "tags": ["x"]}}"#,
        r#"{"level": "ERROR", "path": "/b", "ms": 30.5, "user": {"id": "u2"}}"#,
        r#"{"level": "INFO", "path": "/b", "ms": 20}"#,
        "GET /c user=ann, took 7 ms",
        "REPORT RequestId: 3f0b2a9c-1111-2222-3333-444455556666\tDuration: 12.34 ms\tBilled Duration: 13 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\t\n",
    ]);
    cloud
}

#[test]
fn queries_of_insights() {
    let mut cloud = shop();
    let queries = [
        "fields @message | limit 2",
        "fields level, ms * 2 as twice, user.id | filter ms > 10 | sort ms asc",
        "filter level = 'ERROR' or path in ['/a'] | display path, user.tags.0",
        "filter @message like /GET|REPORT/ | sort @timestamp asc | display @logStream, @log, @timestamp",
        "filter @message not like 'level' | parse 'user=*, took * ms' as name, took | filter ispresent(took) | display name, took + 1",
        "parse @message /took (?<took>\\d+)/ | stats sum(took), count(took)",
        "stats count(*), avg(ms), min(ms), max(ms) as most, pct(ms, 50) by level | sort level asc",
        "stats count(*) as n by bin(5m) | sort n",
        "fields ispresent(level) as has | stats count(*) by has",
        "filter ispresent(path) | dedup path | sort path asc | display path",
        "filter @type = 'REPORT' | display @duration, @maxMemoryUsed, @requestId",
        "fields strlen(path), toupper(level), concat(level, ':', path), substr(path, 1) | filter ms = 20",
        "# a comment\nfields coalesce(nothing, level) as it | filter not (level != 'INFO') | sort it desc, ms desc | limit 1",
        "stats count_distinct(level), stddev(ms), earliest(ms), latest(ms)",
        "fields datefloor(@timestamp, 1h) as hour, `path` | filter -ms < -25",
        "stats count(*) by level | filter level = 'none'",
    ];
    let told = queries.map(|query| format!("{query}\n{}\n", ask(&mut cloud, query)));
    assert_snapshot!(told.join("\n"), @r#"
    fields @message | limit 2
    @message=REPORT RequestId: 3f0b2a9c-1111-2222-3333-444455556666	Duration: 12.34 ms	Billed Duration: 13 ms	Memory Size: 128 MB	Max Memory Used: 36 MB	

    @message=GET /c user=ann, took 7 ms

    fields level, ms * 2 as twice, user.id | filter ms > 10 | sort ms asc
    level=INFO twice=40
    level=ERROR twice=61 user.id=u2

    filter level = 'ERROR' or path in ['/a'] | display path, user.tags.0
    path=/b
    path=/a user.tags.0=x

    filter @message like /GET|REPORT/ | sort @timestamp asc | display @logStream, @log, @timestamp
    @logStream=web @log=000000000000:shop @timestamp=2027-01-15 07:59:59.000
    @logStream=web @log=000000000000:shop @timestamp=2027-01-15 08:00:00.000

    filter @message not like 'level' | parse 'user=*, took * ms' as name, took | filter ispresent(took) | display name, took + 1
    name=ann took + 1=8

    parse @message /took (?<took>\d+)/ | stats sum(took), count(took)
    sum(took)=7 count(took)=1

    stats count(*), avg(ms), min(ms), max(ms) as most, pct(ms, 50) by level | sort level asc
    count(*)=2
    level=ERROR count(*)=1 avg(ms)=30.5 min(ms)=30.5 most=30.5 pct(ms, 50)=30.5
    level=INFO count(*)=2 avg(ms)=15 min(ms)=10 most=20 pct(ms, 50)=10

    stats count(*) as n by bin(5m) | sort n
    bin(5m)=2027-01-15 07:55:00.000 n=4
    bin(5m)=2027-01-15 08:00:00.000 n=1

    fields ispresent(level) as has | stats count(*) by has
    has=1 count(*)=3
    has=0 count(*)=2

    filter ispresent(path) | dedup path | sort path asc | display path
    path=/a
    path=/b

    filter @type = 'REPORT' | display @duration, @maxMemoryUsed, @requestId
    @duration=12.34 @maxMemoryUsed=36000000 @requestId=3f0b2a9c-1111-2222-3333-444455556666

    fields strlen(path), toupper(level), concat(level, ':', path), substr(path, 1) | filter ms = 20
    strlen(path)=2 toupper(level)=INFO concat(level, ":", path)=INFO:/b substr(path, 1)=b

    # a comment
    fields coalesce(nothing, level) as it | filter not (level != 'INFO') | sort it desc, ms desc | limit 1
    it=INFO

    stats count_distinct(level), stddev(ms), earliest(ms), latest(ms)
    count_distinct(level)=2 stddev(ms)=8.3699 earliest(ms)=10 latest(ms)=20

    fields datefloor(@timestamp, 1h) as hour, `path` | filter -ms < -25
    hour=2027-01-15 07:00:00.000 path=/b

    stats count(*) by level | filter level = 'none'
    "#);
}

#[test]
fn queries_that_cannot_be_are_refused() {
    let mut cloud = shop();
    let queries = [
        "test",
        "fields",
        "filter (a = 1",
        "stats foo(a)",
        "fields nothing(a)",
        "limit -1",
        "pattern @message",
        "parse 'a*' as a, b",
        "filter a like /(/",
        "sort 'a",
    ];
    let told = queries.map(|query| format!("{query}  →  {}", ask(&mut cloud, query)));
    assert_snapshot!(told.join("\n"), @"
    test  →  MalformedQueryException: unexpected symbol found test at line 1 and position 0
    fields  →  MalformedQueryException: unexpected end of input at line 1 and position 6
    filter (a = 1  →  MalformedQueryException: unexpected end of input at line 1 and position 13
    stats foo(a)  →  MalformedQueryException: unexpected symbol found foo(a) at line 1 and position 6
    fields nothing(a)  →  MalformedQueryException: unexpected symbol found nothing(a) at line 1 and position 7
    limit -1  →  MalformedQueryException: unexpected symbol found -1 at line 1 and position 6
    pattern @message  →  NotImplemented: The command pattern of StartQuery is not implemented by Cloudless.
    parse 'a*' as a, b  →  MalformedQueryException: the number of fields must be that of the wildcards
    filter a like /(/  →  MalformedQueryException: unexpected symbol found /(/ at line 1 and position 14
    sort 'a  →  MalformedQueryException: unexpected symbol found 'a at line 1 and position 5
    ");
    let deep = format!("filter {}1{}", "(".repeat(5000), ")".repeat(5000));
    assert!(ask(&mut cloud, &deep).starts_with("MalformedQueryException"));
}

#[test]
fn what_matched_are_events_whatever_becomes_of_them() {
    let mut cloud = shop();
    let mut matched = |query: &str| {
        ask(&mut cloud, query);
        let queries = cloud.call("DescribeQueries", json!({"logGroupName": "shop"}));
        let mut queries = queries["queries"].as_array().unwrap().iter();
        let id = &queries.find(|it| it["queryString"] == query).unwrap()["queryId"];
        let results = cloud.call("GetQueryResults", json!({ "queryId": id }));
        format!("{query}: {}", results["statistics"]["recordsMatched"])
    };
    insta::assert_snapshot!([
        matched("filter level = 'ERROR'"),
        matched("filter level = 'ERROR' | stats count(*)"),
        matched("filter level = 'ERROR' | sort @timestamp"),
        matched("stats count(*) as n by level | filter n > 100"),
        matched("fields @message"),
    ].join("\n"), @"
    filter level = 'ERROR': 1.0
    filter level = 'ERROR' | stats count(*): 1.0
    filter level = 'ERROR' | sort @timestamp: 1.0
    stats count(*) as n by level | filter n > 100: 5.0
    fields @message: 5.0
    ");
}

#[test]
fn a_query_is_described_and_its_records_can_be_read() {
    let mut cloud = shop();
    ask(&mut cloud, "filter level = 'ERROR'");
    let queries = cloud.call("DescribeQueries", json!({"logGroupName": "shop"}));
    let mut query = queries["queries"][0].clone();
    let results = cloud.call("GetQueryResults", json!({"queryId": query["queryId"]}));
    let stopped = cloud.call("StopQuery", json!({"queryId": query["queryId"]}));
    query["queryId"] = "…".into();
    let ptr = results["results"][0].as_array().unwrap().last().unwrap()["value"].clone();
    let record = cloud.call("GetLogRecord", json!({"logRecordPointer": ptr}));
    let fields = cloud.call("GetLogGroupFields", json!({"logGroupName": "shop"}));
    let fields = fields["logGroupFields"].as_array().unwrap().iter();
    let fields: Vec<_> =
        fields.map(|it| format!("{} {}", text(&it["name"]), it["percent"])).collect();
    let stopped = text(&stopped["Error"]).replace(&text(&results["queryId"]), "…");
    insta::assert_json_snapshot!(
        json!([query, results["statistics"], record["logRecord"], fields.join(", "), stopped.len() > 1]),
        { "[2][\"@ptr\"]" => "…" }, @r#"
    [
      {
        "queryLanguage": "CWLI",
        "queryId": "…",
        "queryString": "filter level = 'ERROR'",
        "status": "Complete",
        "createTime": 1800000000000,
        "logGroupName": "shop"
      },
      {
        "recordsMatched": 1.0,
        "recordsScanned": 5.0,
        "estimatedRecordsSkipped": 0.0,
        "bytesScanned": 352.0,
        "estimatedBytesSkipped": 0.0,
        "logGroupsScanned": 1.0
      },
      {
        "@ingestionTime": "1800000000000",
        "@log": "000000000000:shop",
        "@logStream": "web",
        "@message": "{\"level\": \"ERROR\", \"path\": \"/b\", \"ms\": 30.5, \"user\": {\"id\": \"u2\"}}",
        "@ptr": "…",
        "@timestamp": "1799999997000",
        "level": "ERROR",
        "ms": "30.5",
        "path": "/b",
        "user.id": "u2"
      },
      "@ingestionTime 100, @log 100, @logStream 100, @message 100, @timestamp 100, level 60, ms 60, path 60, user.id 40, user.tags.0 20",
      true
    ]
    "#
    );
    let unknown: Value = cloud.call("GetQueryResults", json!({"queryId": "none"}));
    assert_snapshot!(text(&unknown["Error"]), @"ResourceNotFoundException: The specified query does not exist.");
}

proptest::proptest! {
    #[test]
    fn no_text_makes_a_query_panic(query: String, inside in r#"(fields|filter|stats|count|parse|sort|by|like|in|@message|a|1|5m|[ |()\[\]"'/*=<>,+-]){0,20}"#) {
        let mut cloud = shop();
        let _ = (ask(&mut cloud, &query), ask(&mut cloud, &inside));
    }
}
