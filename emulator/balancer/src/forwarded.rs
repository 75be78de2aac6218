//! What a target is told of a request beside what its client said.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html>

use std::net::SocketAddr;

use elb::plane::{Carrying, ForwardedFor};
use http::header::{self, HeaderName};
use http::{HeaderMap, HeaderValue};
use kernel::time::Timestamp;

use crate::tls::Agreed;

/// Whose addresses a request has come from.
pub(crate) static FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
static FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
static FORWARDED_PORT: HeaderName = HeaderName::from_static("x-forwarded-port");
static TLS_VERSION: HeaderName = HeaderName::from_static("x-amzn-tls-version");
static TLS_CIPHER: HeaderName = HeaderName::from_static("x-amzn-tls-cipher-suite");
/// By what a request is found in logs.
pub(crate) static TRACE_ID: HeaderName = HeaderName::from_static("x-amzn-trace-id");

/// As many addresses may stand in `X-Forwarded-For`; with more a request is refused with 463.
const FORWARDED_FOR_MAX: usize = 30;

/// Headers that are about one connection, and end with it.
const OF_CONNECTION: [HeaderName; 6] = [
    header::CONNECTION,
    header::PROXY_AUTHENTICATE,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// From where a request came in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Came {
    pub client: SocketAddr,
    /// What was agreed on, where the listener speaks TLS.
    pub tls: Option<Agreed>,
    pub port: u16,
}

impl Came {
    pub const fn by_tls(self) -> bool {
        self.tls.is_some()
    }
}

/// Whether a body comes in a coding that balancers take: `chunked` or none.
pub(crate) fn is_coding_known(headers: &HeaderMap) -> bool {
    let codings = headers.get_all(header::TRANSFER_ENCODING).iter();
    codings.into_iter().all(|coding| {
        ["chunked", "identity"]
            .iter()
            .any(|known| coding.as_bytes().eq_ignore_ascii_case(known.as_bytes()))
    })
}

/// As much may a target's head be; a longer one is no answer.
const ANSWER_HEAD_BYTES_MAX: usize = 32 * 1024;

/// Whether a target's head is longer than balancers take.
pub(crate) fn is_head_too_long(headers: &HeaderMap) -> bool {
    const BETWEEN: usize = ": \r\n".len();
    let bytes = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + BETWEEN);
    bytes.sum::<usize>() > ANSWER_HEAD_BYTES_MAX
}

/// Whether there are more addresses in `X-Forwarded-For` than a balancer takes.
pub(crate) fn has_come_too_far(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(&FORWARDED_FOR).iter().filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.split(',')).count() > FORWARDED_FOR_MAX
}

/// Makes a client's headers those that its target gets. Says by what the request is found in logs.
pub(crate) fn to_target(
    headers: &mut HeaderMap,
    came: Came,
    carrying: &Carrying,
    trace: &Trace<'_>,
) -> String {
    without_connection(headers);
    if carrying.drops_invalid_headers {
        let invalid: Vec<HeaderName> = headers.keys().filter(|it| !is_valid(it)).cloned().collect();
        invalid.iter().for_each(|name| _ = headers.remove(name));
    }
    name_port(headers, came, carrying);
    forward_for(headers, came.client, carrying);
    headers.insert(
        FORWARDED_PROTO.clone(),
        HeaderValue::from_static(if came.by_tls() { "https" } else { "http" }),
    );
    tell_of_tls(headers, came, carrying);
    headers.insert(FORWARDED_PORT.clone(), HeaderValue::from(came.port));
    let id = trace.id(headers.get(&TRACE_ID).and_then(|value| value.to_str().ok()));
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert(TRACE_ID.clone(), value);
    }
    id
}

/// Takes away what is about one connection alone, and what `Connection` names besides.
pub(crate) fn without_connection(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(','))
        .filter_map(|name| HeaderName::from_bytes(name.trim().as_bytes()).ok())
        .collect();
    for name in named.iter().chain(&OF_CONNECTION) {
        headers.remove(name);
    }
    headers.remove("keep-alive");
    headers.remove("proxy-connection");
}

/// `[-A-Za-z0-9]+`
fn is_valid(name: &HeaderName) -> bool {
    name.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Unless `Host` is to stay as it is, it has the port where that is not the protocol's own.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html#host-header-preservation>
fn name_port(headers: &mut HeaderMap, came: Came, carrying: &Carrying) {
    let usual = if came.by_tls() { 443 } else { 80 };
    let said = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let has_port = |host: &str| host.rsplit_once(':').is_some_and(|(_, port)| !port.ends_with(']'));
    if let Some(host) = said
        && !(carrying.preserves_host || came.port == usual || has_port(host))
        && let Ok(named) = HeaderValue::from_str(&format!("{host}:{}", came.port))
    {
        headers.insert(header::HOST, named);
    }
}

/// A client cannot say this for itself.
fn tell_of_tls(headers: &mut HeaderMap, came: Came, carrying: &Carrying) {
    if let (Some(tls), true) = (came.tls, carrying.forwards_tls) {
        headers.insert(TLS_VERSION.clone(), HeaderValue::from_static(tls.version));
        headers.insert(TLS_CIPHER.clone(), HeaderValue::from_static(tls.cipher));
    }
}

fn forward_for(headers: &mut HeaderMap, client: SocketAddr, carrying: &Carrying) {
    match carrying.forwarded_for {
        ForwardedFor::Preserve => {}
        ForwardedFor::Remove => _ = headers.remove(&FORWARDED_FOR),
        ForwardedFor::Append => {
            let own = match (carrying.forwards_client_port, client) {
                (true, client) => client.to_string(),
                (false, client) => client.ip().to_canonical().to_string(),
            };
            let said = headers.get_all(&FORWARDED_FOR).iter();
            let said: Vec<&str> = said.filter_map(|value| value.to_str().ok()).collect();
            let line = said.into_iter().chain([own.as_str()]).collect::<Vec<_>>().join(", ");
            if let Ok(value) = HeaderValue::from_str(&line) {
                headers.insert(FORWARDED_FOR.clone(), value);
            }
        }
    }
}

/// What a new trace id is made of.
pub(crate) struct Trace<'a> {
    pub now: Timestamp,
    /// Twelve bytes that nobody has had.
    pub random: &'a [u8; 12],
}

impl Trace<'_> {
    /// `Root=1-67891233-abcdef012345678912345678`; where a client has said one, it stays the root.
    /// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-request-tracing.html>
    fn id(&self, said: Option<&str>) -> String {
        let own = format!("1-{:08x}-{}", self.now.as_s(), hex::encode(self.random));
        match said {
            None => format!("Root={own}"),
            Some(said) => {
                let parts = said.split(';').map(str::trim).filter(|part| !part.is_empty());
                let kept: Vec<&str> = parts.filter(|part| !part.starts_with("Self=")).collect();
                let has_root = kept.iter().any(|part| part.starts_with("Root="));
                let first = if has_root { format!("Self={own}") } else { format!("Root={own}") };
                let all = std::iter::once(first.as_str()).chain(kept);
                all.collect::<Vec<_>>().join(";")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn carrying() -> Carrying {
        Carrying {
            idle_timeout_s: 60,
            client_keep_alive_s: 3_600,
            speaks_http2: true,
            drops_invalid_headers: false,
            preserves_host: false,
            forwarded_for: ForwardedFor::Append,
            forwards_client_port: false,
            forwards_tls: false,
            crosses_zones: true,
            access_logs: None,
        }
    }

    fn told(carrying: &Carrying, port: u16, said: &[(&str, &str)]) -> String {
        let mut headers = HeaderMap::new();
        for (name, value) in said {
            let name = HeaderName::from_bytes(name.as_bytes()).expect("a name");
            headers.append(name, HeaderValue::from_str(value).expect("a value"));
        }
        let tls = Agreed { version: "TLSv1.3", cipher: "TLS_AES_128_GCM_SHA256" };
        let client = "203.0.113.7:51234".parse().expect("one");
        let came = Came { client, tls: Some(tls), port };
        let trace = Trace { now: Timestamp::from_ms(1_796_000_000_000), random: &[7; 12] };
        to_target(&mut headers, came, carrying, &trace);
        let mut lines: Vec<String> = headers
            .iter()
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap_or("?")))
            .collect();
        lines.sort();
        lines.join("\n")
    }

    #[test]
    fn a_target_learns_who_asks_and_how() {
        let said = [
            ("host", "shop.test"),
            ("connection", "keep-alive, x-secret"),
            ("x-secret", "of this connection"),
            ("x-forwarded-for", "198.51.100.1"),
            ("x-forwarded-proto", "http"),
            ("x_odd", "1"),
        ];
        insta::assert_snapshot!(told(&carrying(), 443, &said), @r"
        host: shop.test
        x-amzn-trace-id: Root=1-6b0cc900-070707070707070707070707
        x-forwarded-for: 198.51.100.1, 203.0.113.7
        x-forwarded-port: 443
        x-forwarded-proto: https
        x_odd: 1
        ");
        let strict =
            Carrying { drops_invalid_headers: true, forwards_client_port: true, ..carrying() };
        let traced =
            [("x-amzn-trace-id", "Self=old;Root=1-abc-def;CalledFrom=app"), ("x_odd", "1")];
        insta::assert_snapshot!(told(&strict, 443, &traced), @r"
        x-amzn-trace-id: Self=1-6b0cc900-070707070707070707070707;Root=1-abc-def;CalledFrom=app
        x-forwarded-for: 203.0.113.7:51234
        x-forwarded-port: 443
        x-forwarded-proto: https
        ");
        let other_port = Carrying { forwards_tls: true, ..carrying() };
        let forged = [("host", "shop.test"), ("x-amzn-tls-version", "SSLv2")];
        insta::assert_snapshot!(told(&other_port, 8443, &forged), @"
        host: shop.test:8443
        x-amzn-tls-cipher-suite: TLS_AES_128_GCM_SHA256
        x-amzn-tls-version: TLSv1.3
        x-amzn-trace-id: Root=1-6b0cc900-070707070707070707070707
        x-forwarded-for: 203.0.113.7
        x-forwarded-port: 8443
        x-forwarded-proto: https
        ");
        let kept = Carrying { preserves_host: true, ..carrying() };
        assert!(told(&kept, 8443, &said).contains("host: shop.test\n"));
        let removed = Carrying { forwarded_for: ForwardedFor::Remove, ..carrying() };
        assert!(!told(&removed, 443, &said).contains("x-forwarded-for"));
    }

    #[test]
    fn thirty_addresses_are_enough() {
        let line = |count: usize| vec!["10.0.0.1"; count].join(", ");
        let come = |count| {
            let mut headers = HeaderMap::new();
            headers
                .insert(FORWARDED_FOR.clone(), HeaderValue::from_str(&line(count)).expect("one"));
            has_come_too_far(&headers)
        };
        assert_eq!((come(30), come(31)), (false, true));
    }
}
