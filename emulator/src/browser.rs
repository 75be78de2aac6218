//! By what a browser is known.

use http::HeaderMap;
use http::header::{self, HeaderName};

use crate::wire::{HostName, Hosts};

/// Of which site the page is that sends this; browsers cannot leave it out.
pub(crate) static SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whether a browser sends this, be it for a page or for a person, or it comes by a name in place of an
/// address. Then the Runtime API of a function is not for it.
pub(crate) fn is_from_browser(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let is_named = host.is_some_and(|host| {
        !matches!(Hosts::default().name(host), HostName::Address(address) if address.is_loopback())
    });
    is_named
        || [&header::ORIGIN, &SITE, &header::REFERER].iter().any(|name| headers.contains_key(*name))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    /// A page finds the port of a function's Runtime API as well as any other.
    #[test]
    fn a_browser_is_known_by_what_it_cannot_leave_out() {
        let told = |name: &'static str, value: &'static str| {
            let headers = [(HeaderName::from_static(name), HeaderValue::from_static(value))];
            format!("{name}: {}", is_from_browser(&headers.into_iter().collect()))
        };
        insta::assert_snapshot!([
            told("origin", "null"),
            told("sec-fetch-site", "none"),
            told("referer", "https://evil.example/"),
            told("host", "evil.example:40083"),
        told("host", "127.0.0.1:40083"),
        told("user-agent", "AWS_Lambda_Cpp/0.2.8"),
        ].join("\n"), @"
        origin: true
        sec-fetch-site: true
        referer: true
        host: true
        host: false
        user-agent: false
        ");
    }
}
