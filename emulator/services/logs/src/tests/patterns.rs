use insta::assert_snapshot;
use serde_json::json;

use super::harness::{Cloud, text};
use crate::pattern::{Pattern, Search};

/// Which of the messages fit, by their numbers from 1 on, as a test of a metric filter tells it.
fn told(messages: &[&str], patterns: &[&str]) -> String {
    let mut cloud = Cloud::new();
    let lines = patterns.iter().map(|pattern| {
        let input = json!({"filterPattern": pattern, "logEventMessages": messages});
        let answer = cloud.call("TestMetricFilter", input);
        let shown = match answer.get("Error") {
            Some(error) => text(error),
            None => {
                let matches = answer["matches"].as_array().unwrap();
                let numbers = matches.iter().map(|it| it["eventNumber"].to_string());
                numbers.collect::<Vec<_>>().join(" ")
            }
        };
        format!("{pattern}  →  {shown}")
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn terms() {
    let messages = [
        "[ERROR 400] BAD REQUEST",
        "[ERROR 401] UNAUTHORIZED REQUEST",
        "[ERROR] Exiting with ERRORCODE: -1",
        "[WARN] Some \"MESSAGE\" 50%",
        "error",
    ];
    let patterns = [
        "",
        "ERROR",
        "ERROR REQUEST",
        "\"BAD REQUEST\"",
        "ERROR -REQUEST",
        "-ERROR",
        "\"ERROR\" - \"Exiting\"",
        "?BAD ?WARN",
        "?BAD ERROR",
        "\"\\\"MESSAGE\\\"\"",
        "%UNAUTHORIZED|WARN%",
        "%^error$%",
        "%4[0-9]{2}%",
        "ORDER-ITEM-1",
        "\"open",
        "%a(b)%",
        "{ $.a = 1",
        "[a",
    ];
    assert_snapshot!(told(&messages, &patterns), @r#"
      →  1 2 3 4 5
    ERROR  →  1 2 3
    ERROR REQUEST  →  1 2
    "BAD REQUEST"  →  1
    ERROR -REQUEST  →  3
    -ERROR  →  4 5
    "ERROR" - "Exiting"  →  1 2
    ?BAD ?WARN  →  1 4
    ?BAD ERROR  →  1 2 3
    "\"MESSAGE\""  →  4
    %UNAUTHORIZED|WARN%  →  2 4
    %^error$%  →  5
    %4[0-9]{2}%  →  1 2
    ORDER-ITEM-1  →  InvalidParameterException: Invalid character(s) in term 'ORDER-ITEM-1'
    "open  →  InvalidParameterException: Invalid filter pattern
    %a(b)%  →  InvalidParameterException: Invalid character(s) in regular expression 'a(b)'
    { $.a = 1  →  InvalidParameterException: If a filter pattern starts with '{' it must end with '}'
    [a  →  InvalidParameterException: If a filter pattern starts with '[' it must end with ']'
    "#);
}

#[test]
fn fields_between_spaces() {
    let messages = [
        r#"127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534"#,
        r#"127.0.0.1 - frank [10/Oct/2000:13:35:22 -0700] "GET /logo.gif HTTP/1.0" 500 5324"#,
        "ERROR WARN message",
        "ERROR message",
        "WARN message",
    ];
    let patterns = [
        "[]",
        "[ip, user, username, timestamp, request, status_code, bytes]",
        "[ip, user, username, timestamp, request, status_code = 4*, bytes > 1000]",
        "[..., request=*.html*, status_code=4*,]",
        "[ip, ..., status_code=5*, bytes]",
        "[..., status_code = 4* || status_code = 500, bytes]",
        "[..., status_code, bytes > 1e3 && bytes < 2e3]",
        "[ip=127.0.0.1, ...]",
        "[ip=%127\\.0\\.0\\.[12]%, ...]",
        "[w1=ERROR, w2]",
        "[w1=ERROR || w1=WARN, w2]",
        "[w1!=ERROR && w1!=WARN, ...]",
        "[(w1=ERROR && w1!=WARN) || w1=none, w2]",
        "[w1=\"ERROR\", w2=%m.*e%]",
        "[a, ..., b, ...]",
        "[a=1 && b=2]",
    ];
    assert_snapshot!(told(&messages, &patterns), @r#"
    []  →  1 2 3 4 5
    [ip, user, username, timestamp, request, status_code, bytes]  →  1 2
    [ip, user, username, timestamp, request, status_code = 4*, bytes > 1000]  →  1
    [..., request=*.html*, status_code=4*,]  →  1
    [ip, ..., status_code=5*, bytes]  →  2
    [..., status_code = 4* || status_code = 500, bytes]  →  1 2
    [..., status_code, bytes > 1e3 && bytes < 2e3]  →  1
    [ip=127.0.0.1, ...]  →  1 2
    [ip=%127\.0\.0\.[12]%, ...]  →  1 2
    [w1=ERROR, w2]  →  4
    [w1=ERROR || w1=WARN, w2]  →  4 5
    [w1!=ERROR && w1!=WARN, ...]  →  1 2
    [(w1=ERROR && w1!=WARN) || w1=none, w2]  →  4
    [w1="ERROR", w2=%m.*e%]  →  4
    [a, ..., b, ...]  →  InvalidParameterException: Invalid filter pattern
    [a=1 && b=2]  →  InvalidParameterException: Invalid filter pattern
    "#);
    let mut cloud = Cloud::new();
    let input = json!({"filterPattern": "[..., request=*.html*, status_code=4*,]", "logEventMessages": messages});
    insta::assert_json_snapshot!(cloud.call("TestMetricFilter", input)["matches"][0]["extractedValues"], @r#"
    {
      "$1": "127.0.0.1",
      "$2": "-",
      "$3": "frank",
      "$4": "10/Oct/2000:13:25:15 -0700",
      "$7": "1534",
      "$request": "GET /index.html HTTP/1.0",
      "$status_code": "404"
    }
    "#);
}

#[test]
fn conditions_on_json() {
    let messages = [
        r#"{"eventType": "UpdateTrail", "sourceIPAddress": "111.111.111.111", "arrayKey": ["value", "another value"], "objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}], "SomeObject": null, "cluster.name": "c", "ThisFlag": true}"#,
        r#"{"user": {"id": 1, "email": "John.Stiles@example.com"}, "users": [{"id": 2}, {"id": 3}], "coordinates": [[0, 1, 2], [4, 5, 6]], "latency": 55.5}"#,
        r#"{"eventType": "Update\u0054rail", "status": "400", "latency": 1e3}"#,
        "no json { at all }",
        r#"["a", {"b": 1}]"#,
    ];
    let patterns = [
        r#"{ $.eventType = "UpdateTrail" }"#,
        "{ $.eventType = Update* }",
        "{ $.eventType != \"*Trail\" }",
        "{ $.sourceIPAddress != 123.123.* }",
        r#"{ $.arrayKey[0] = "value" }"#,
        r#"{ $.arrayKey[*] = "another*" }"#,
        "{ $.objectList[1].id = 2 }",
        "{ $.objectList[*].name = b }",
        "{ $.*.email = * }",
        "{ $.SomeObject IS NULL }",
        "{ $.ThisFlag IS TRUE }",
        "{ $.ThisFlag IS FALSE }",
        "{ $.SomeOtherObject NOT EXISTS }",
        "{ $.user EXISTS }",
        "{ $.['cluster.name'] = c }",
        "{ $.users = 1 }",
        "{ $.users != 1 }",
        "{ ($.user.id = 1) && ($.users[1].id = 3) }",
        "{ ($.user.id = 2 && $.latency > 1) || $.coordinates[1][2] = 6 }",
        "{ $.latency >= 55.5 }",
        "{ $.latency < +1e3 }",
        "{ $.status = 400 }",
        "{ $.sourceIPAddress = %1{3}\\.1% }",
        "{ $[1].b = 1 }",
        "{ $.a = }",
        "{ $.a > \"x\" }",
        "{ a = 1 }",
        "{ ($.a = 1 }",
    ];
    assert_snapshot!(told(&messages, &patterns), @r#"
    { $.eventType = "UpdateTrail" }  →  1 3
    { $.eventType = Update* }  →  1 3
    { $.eventType != "*Trail" }  →  
    { $.sourceIPAddress != 123.123.* }  →  1
    { $.arrayKey[0] = "value" }  →  1
    { $.arrayKey[*] = "another*" }  →  1
    { $.objectList[1].id = 2 }  →  1
    { $.objectList[*].name = b }  →  1
    { $.*.email = * }  →  2
    { $.SomeObject IS NULL }  →  1
    { $.ThisFlag IS TRUE }  →  1
    { $.ThisFlag IS FALSE }  →  
    { $.SomeOtherObject NOT EXISTS }  →  1 2 3 5
    { $.user EXISTS }  →  2
    { $.['cluster.name'] = c }  →  1
    { $.users = 1 }  →  
    { $.users != 1 }  →  
    { ($.user.id = 1) && ($.users[1].id = 3) }  →  2
    { ($.user.id = 2 && $.latency > 1) || $.coordinates[1][2] = 6 }  →  2
    { $.latency >= 55.5 }  →  2 3
    { $.latency < +1e3 }  →  2
    { $.status = 400 }  →  3
    { $.sourceIPAddress = %1{3}\.1% }  →  1
    { $[1].b = 1 }  →  5
    { $.a = }  →  InvalidParameterException: Invalid filter pattern
    { $.a > "x" }  →  InvalidParameterException: Invalid filter pattern
    { a = 1 }  →  InvalidParameterException: Invalid filter pattern
    { ($.a = 1 }  →  InvalidParameterException: Invalid filter pattern
    "#);
}

#[test]
fn hostile_patterns_are_refused_and_stop_nothing() {
    let deep = format!("{{ {}$.a = 1{} }}", "(".repeat(500), ")".repeat(500));
    assert_eq!(
        Pattern::parse(&deep).map_err(|it| it.message().to_owned()).unwrap_err(),
        "Invalid filter pattern"
    );
    let long = "x".repeat(1025);
    assert!(Pattern::parse(&long).unwrap_err().message().contains("1024"));
    let repeated = "%a{1000}{1000}%";
    assert!(Pattern::parse(repeated).is_err());
    let nested = "[".repeat(100_000);
    assert!(!Pattern::parse("{ $.a[0] = 1 }").unwrap().fits(&format!("{{\"a\": {nested}")));
}

proptest::proptest! {
    /// What is passed over fits nothing.
    #[test]
    fn a_search_finds_what_fits(
        pattern in r#"(a|b|ab|\?a \?b|a -b|-a|\[x=a\*, \.\.\.\]|\{ \$\.a = (b|1|"\*b") \}|\{ \$\.a = a \|\| \$\.b = b \})"#,
        messages in proptest::collection::vec(r#"([ab ]{0,6}|\{"a": ?("b"|1|"\\u0062")\}|\{"b":"b"\})\n?"#, 1..12),
    ) {
        let mut cloud = Cloud::with_stream();
        let messages: Vec<&str> = messages.iter().map(String::as_str).filter(|it| !it.is_empty()).collect();
        proptest::prop_assume!(!messages.is_empty());
        cloud.put(&messages);
        let parsed = Pattern::parse(&pattern).unwrap();
        let expected: Vec<&str> = messages.iter().copied().filter(|it| parsed.fits(it)).collect();
        proptest::prop_assert_eq!(cloud.filtered(&pattern), expected.join(", "));
        let _ = Search::of(&parsed);
    }

    #[test]
    fn no_text_makes_a_pattern_panic(pattern: String, message: String, inside in r#"[\[\]{}$.=<>&|()"%*\-? a1,]{0,40}"#) {
        for pattern in [&pattern, &inside, &format!("{{{inside}}}"), &format!("[{inside}]")] {
            if let Ok(parsed) = Pattern::parse(pattern) {
                let _ = (parsed.fits(&message), parsed.extract(&message), parsed.fits(&inside));
            }
        }
    }
}
