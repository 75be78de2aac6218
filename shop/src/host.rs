//! The names that the shop answers to.
//!
//! A page anywhere may have its own name pointed at this machine (DNS rebinding). Its browser then
//! takes the shop for a part of that page, and lets it read what the shop says. The name in `Host`
//! is that page's all the while, so a shop that knows its own names answers no others.

use std::net::IpAddr;

use axum::{
    extract::{Request, State},
    http::{StatusCode, header, uri::Authority},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use url::Url;

use crate::{App, Config};

/// Which names those are.
#[derive(Debug)]
pub enum Hosts {
    /// A shop that others reach, and whose name nobody has said.
    Any,
    /// These, those of loopback, IP addresses, and names without a dot, which nobody on the internet
    /// can own.
    Named(Vec<String>),
}

impl Hosts {
    pub fn new(config: &Config, own: &Url) -> Self {
        if config.base_url.is_none() && !config.listen.ip().is_loopback() {
            return Self::Any;
        }
        let own = own.host_str().map(str::to_ascii_lowercase);
        let others = config.host_names.iter().map(|name| name.trim().to_ascii_lowercase());
        Self::Named(own.into_iter().chain(others).filter(|name| !name.is_empty()).collect())
    }

    fn has(&self, host: &str) -> bool {
        let Self::Named(names) = self else { return true };
        let host = host.to_ascii_lowercase();
        let host = host.strip_suffix('.').unwrap_or(&host);
        let is_address = host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
        is_address
            || !host.contains('.')
            || host.ends_with(".localhost")
            || names.iter().any(|name| name == host)
    }
}

/// Middleware: 421 for a request to a name that is not the shop's.
pub async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    match foreign_host(&app.site.hosts, &request) {
        None => next.run(request).await,
        Some(host) => {
            let text = format!(
                "This shop does not answer to {host}. If that is one of its names, its operator \
                 can say so: shop serve --host-name NAME, or HOST_NAMES.\n"
            );
            (StatusCode::MISDIRECTED_REQUEST, text).into_response()
        }
    }
}

/// The name that a request is for, where it is not one of ours. A request without a name comes from
/// no browser.
fn foreign_host(ours: &Hosts, request: &Request) -> Option<String> {
    let mut headers = request.headers().get_all(header::HOST).iter();
    let (first, second) = (headers.next(), headers.next());
    if second.is_some() {
        return Some("two names at once".to_owned());
    }
    // An address as a whole is what counts, where one was sent: RFC 9112, 3.2.2.
    let host = match request.uri().authority() {
        Some(authority) => Ok(authority.clone()),
        None => Authority::try_from(first?.as_bytes()),
    };
    match host {
        Ok(host) if ours.has(host.host()) => None,
        Ok(host) => Some(host.host().to_owned()),
        Err(_) => Some("a name that cannot be read".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shop_answers_to_its_own_names_only() {
        let names = ["shop.example", "www.shop.example"];
        let hosts = Hosts::Named(names.map(str::to_owned).to_vec());
        for own in [
            "shop.example",
            "SHOP.example",
            "shop.example.",
            "www.shop.example",
            "localhost",
            "shop.localhost",
            "127.0.0.1",
            "10.0.0.7",
            "[::1]",
            "shop",
        ] {
            assert!(hosts.has(own), "{own}");
        }
        for foreign in
            ["evil.example", "shop.example.evil.example", "xshop.example", "127.0.0.1.evil.example"]
        {
            assert!(!hosts.has(foreign), "{foreign}");
        }
        assert!(Hosts::Any.has("evil.example"));
    }
}
