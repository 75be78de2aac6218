//! Which rule a request falls under: the first whose conditions all hold.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html>

use std::net::IpAddr;

use elb::plane::{Condition, Listener, Rule};
use http::header::HOST;
use http::request::Parts;
use percent_encoding::percent_decode_str;

/// The rule, and how many were tried.
pub(crate) fn rule_of<'a>(
    listener: &'a Listener,
    request: &Parts,
    client: IpAddr,
) -> Option<(&'a Rule, u64)> {
    let tried = (1_u64..).zip(&listener.rules);
    let mut fitting =
        tried.filter(|(_, rule)| rule.conditions.iter().all(|it| holds(it, request, client)));
    fitting.next().map(|(tried, rule)| (rule, tried))
}

fn holds(condition: &Condition, request: &Parts, client: IpAddr) -> bool {
    match condition {
        Condition::HostHeader(patterns) => {
            let host = host_of(request);
            patterns.iter().any(|pattern| fits(pattern, &host, Case::Ignored))
        }
        Condition::PathPattern(patterns) => {
            patterns.iter().any(|pattern| fits(pattern, request.uri.path(), Case::Kept))
        }
        Condition::HttpHeader { name, values } => {
            let mut said = request.headers.get_all(name.as_str()).iter();
            said.any(|value| {
                let value = String::from_utf8_lossy(value.as_bytes());
                values.iter().any(|pattern| fits(pattern, &value, Case::Ignored))
            })
        }
        Condition::HttpRequestMethod(methods) => {
            methods.iter().any(|method| method == request.method.as_str())
        }
        Condition::QueryString(wanted) => {
            let said: Vec<(String, String)> = pairs(request.uri.query().unwrap_or_default());
            wanted.iter().any(|(key, value)| {
                said.iter().any(|(name, given)| {
                    let key_fits = key.as_ref().is_none_or(|key| fits(key, name, Case::Ignored));
                    key_fits && fits(value, given, Case::Ignored)
                })
            })
        }
        Condition::SourceIp(blocks) => blocks.iter().any(|block| is_in(block, client)),
    }
}

/// The host that a request is for, without its port, in lower case.
pub(crate) fn host_of(request: &Parts) -> String {
    let named = request.headers.get(HOST).and_then(|host| host.to_str().ok());
    let host = named.or_else(|| request.uri.host()).unwrap_or_default();
    let end = match host.rfind(']') {
        Some(bracket) => bracket + 1,
        None => host.find(':').unwrap_or(host.len()),
    };
    host.get(..end).unwrap_or(host).to_ascii_lowercase()
}

fn pairs(query: &str) -> Vec<(String, String)> {
    let decoded = |text: &str| {
        let text = text.replace('+', " ");
        percent_decode_str(&text).decode_utf8_lossy().into_owned()
    };
    let parts = query.split('&').filter(|part| !part.is_empty());
    let split = parts.map(|part| part.split_once('=').unwrap_or((part, "")));
    split.map(|(name, value)| (decoded(name), decoded(value))).collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Case {
    Kept,
    Ignored,
}

/// Whether a text is as a pattern says: `*` is any text, `?` any character, and a backslash takes their meaning
/// from them. It costs at most the product of both lengths.
fn fits(pattern: &str, text: &str, case: Case) -> bool {
    let lower = |text: &str| match case {
        Case::Kept => text.chars().collect::<Vec<_>>(),
        Case::Ignored => text.chars().flat_map(char::to_lowercase).collect(),
    };
    let pattern = tokens(&lower(pattern));
    let text = lower(text);
    let (mut at, mut from) = (0, 0);
    // Where the last `*` stands, and how far what follows it was tried.
    let mut star: Option<(usize, usize)> = None;
    while from < text.len() {
        match pattern.get(at) {
            Some(Token::Text) => {
                star = Some((at, from));
                at += 1;
            }
            Some(Token::Character) => (at, from) = (at + 1, from + 1),
            Some(Token::Is(character)) if *character == text[from] => {
                (at, from) = (at + 1, from + 1);
            }
            _ => {
                let Some((of, tried)) = star else { return false };
                star = Some((of, tried + 1));
                (at, from) = (of + 1, tried + 1);
            }
        }
    }
    pattern[at..].iter().all(|token| *token == Token::Text)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Token {
    Is(char),
    Character,
    Text,
}

fn tokens(pattern: &[char]) -> Vec<Token> {
    let mut characters = pattern.iter().copied();
    let mut tokens = Vec::new();
    while let Some(character) = characters.next() {
        tokens.push(match character {
            '*' => Token::Text,
            '?' => Token::Character,
            '\\' => Token::Is(characters.next().unwrap_or('\\')),
            other => Token::Is(other),
        });
    }
    tokens
}

/// Whether an address lies in a block: `10.0.0.0/8`, `2001:db8::/32`.
fn is_in(block: &str, address: IpAddr) -> bool {
    let (network, bits) = block.split_once('/').unwrap_or((block, ""));
    let Ok(network) = network.parse::<IpAddr>() else { return false };
    let (one, other, width): (u128, u128, u32) = match (network, address.to_canonical()) {
        (IpAddr::V4(one), IpAddr::V4(other)) => {
            (u128::from(one.to_bits()), u128::from(other.to_bits()), 32)
        }
        (IpAddr::V6(one), IpAddr::V6(other)) => (one.to_bits(), other.to_bits(), 128),
        _ => return false,
    };
    let bits = if bits.is_empty() { width } else { bits.parse().unwrap_or(width) };
    let apart = width.saturating_sub(bits);
    one.checked_shr(apart).unwrap_or(0) == other.checked_shr(apart).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn listener(rules: Vec<(&str, Vec<Condition>)>) -> Listener {
        let action = elb::plane::Action::FixedResponse {
            status: 200,
            content_type: None,
            body: String::new(),
        };
        let rule = |(priority, conditions): (&str, Vec<Condition>)| Rule {
            arn: String::new(),
            priority: priority.to_owned(),
            conditions,
            action: action.clone(),
        };
        let rules = rules.into_iter().map(rule).collect();
        let attributes = std::collections::BTreeMap::new();
        Listener { arn: String::new(), port: 80, certificates: None, rules, attributes }
    }

    fn asked(listener: &Listener, method: &str, url: &str, headers: &[(&str, &str)]) -> String {
        let mut request = Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).expect("a request").into_parts();
        let client = IpAddr::from([10, 0, 1, 23]);
        let found = rule_of(listener, &parts, client);
        found.map_or_else(String::new, |(rule, tried)| format!("{} after {tried}", rule.priority))
    }

    fn texts(values: &[&str]) -> Vec<String> {
        values.iter().map(|value| (*value).to_owned()).collect()
    }

    /// Paths and methods are what they are, to the letter; hosts, headers and queries in any case.
    #[test]
    fn the_first_rule_counts_whose_conditions_all_hold() {
        let rules = listener(vec![
            ("1", vec![Condition::PathPattern(texts(&["/img/*.jp?g", "/exact"]))]),
            (
                "2",
                vec![
                    Condition::HostHeader(texts(&["*.Example.com"])),
                    Condition::HttpRequestMethod(texts(&["GET", "HEAD"])),
                ],
            ),
            (
                "3",
                vec![Condition::HttpHeader {
                    name: "User-Agent".into(),
                    values: texts(&["*chrome*"]),
                }],
            ),
            (
                "4",
                vec![Condition::QueryString(vec![
                    (Some("version".into()), "v1".into()),
                    (None, "*a b*".into()),
                ])],
            ),
            ("5", vec![Condition::SourceIp(texts(&["10.1.0.0/16", "10.0.1.16/28"]))]),
            ("default", vec![]),
        ]);
        let told = [
            asked(&rules, "GET", "/img/cat/a.jpeg", &[]),
            asked(&rules, "GET", "/img/a.JPEG", &[("host", "shop.example.COM:8080")]),
            asked(&rules, "POST", "/", &[("host", "shop.example.com")]),
            asked(&rules, "GET", "/", &[("user-agent", "Mozilla Chrome/1")]),
            asked(&rules, "GET", "/?x=1&VERSION=V1", &[]),
            asked(&rules, "GET", "/?q=%61+b", &[]),
            asked(&rules, "GET", "/exactly", &[]),
        ];
        insta::assert_snapshot!(told.join("\n"), @r"
        1 after 1
        2 after 2
        5 after 5
        3 after 3
        4 after 4
        4 after 4
        5 after 5
        ");
    }

    #[test]
    fn a_block_of_addresses_has_those_that_begin_as_it_does() {
        let client: IpAddr = "192.0.2.77".parse().expect("an address");
        let blocks = [
            "192.0.2.0/24",
            "192.0.2.77/32",
            "192.0.2.64/27",
            "0.0.0.0/0",
            "192.0.3.0/24",
            "::/0",
            "x",
        ];
        let told: Vec<bool> = blocks.iter().map(|block| is_in(block, client)).collect();
        assert_eq!(told, [true, true, true, true, false, false, false]);
    }

    proptest::proptest! {
        /// Against the plain way to say it: all ways to split a text.
        #[test]
        fn a_pattern_fits_as_its_plain_meaning_says(pattern in "[ab*?]{0,6}", text in "[ab]{0,6}") {
            fn plainly(pattern: &[u8], text: &[u8]) -> bool {
                match pattern.split_first() {
                    None => text.is_empty(),
                    Some((b'*', rest)) => (0..=text.len()).any(|at| plainly(rest, &text[at..])),
                    Some((b'?', rest)) => !text.is_empty() && plainly(rest, &text[1..]),
                    Some((one, rest)) => text.first() == Some(one) && plainly(rest, &text[1..]),
                }
            }
            proptest::prop_assert_eq!(
                fits(&pattern, &text, Case::Kept),
                plainly(pattern.as_bytes(), text.as_bytes())
            );
        }
    }
}
