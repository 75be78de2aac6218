//! Where to listen, said in our way or in LocalStack's.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use anyhow::Context as _;

const PORT: u16 = 4566;

/// `--host` and `--port` where they are given, else the first of `GATEWAY_LISTEN`
/// (`0.0.0.0:4566,0.0.0.0:443`, `:4566`, `0.0.0.0`), else 127.0.0.1:4566. And the addresses of
/// `GATEWAY_LISTEN` that come after the first: they are not listened on.
pub fn listen(
    host: Option<IpAddr>,
    port: Option<u16>,
    gateway_listen: Option<&str>,
) -> anyhow::Result<(SocketAddr, Vec<String>)> {
    let mut gateways = gateway_listen
        .unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|address| !address.is_empty());
    let first = match gateways.next() {
        Some(address) => gateway(address).with_context(|| {
            format!("GATEWAY_LISTEN: {address} is no address; write 0.0.0.0:4566, for example")
        })?,
        None => SocketAddr::new(Ipv4Addr::LOCALHOST.into(), PORT),
    };
    let address = SocketAddr::new(host.unwrap_or(first.ip()), port.unwrap_or(first.port()));
    Ok((address, gateways.map(str::to_owned).collect()))
}

/// One address as LocalStack reads it: without a host it is every interface, without a port 4566.
fn gateway(address: &str) -> anyhow::Result<SocketAddr> {
    if let Ok(complete) = address.parse() {
        return Ok(complete);
    }
    let (host, port) = match address.rsplit_once(':') {
        Some((host, port)) => (host, port.parse()?),
        None => (address, PORT),
    };
    let host = match host {
        "" => Ipv4Addr::UNSPECIFIED.into(),
        "localhost" => Ipv4Addr::LOCALHOST.into(),
        host => host.parse()?,
    };
    Ok(SocketAddr::new(host, port))
}

/// Where a program of this machine reaches what listens on `address`.
pub fn reached(address: SocketAddr) -> SocketAddr {
    match address.ip() {
        ip if ip.is_unspecified() => SocketAddr::new(Ipv4Addr::LOCALHOST.into(), address.port()),
        _ => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_and_port_go_before_gateway_listen() {
        let told = |host: Option<&str>, port, gateway_listen| {
            let host = host.and_then(|host| host.parse().ok());
            match listen(host, port, gateway_listen) {
                Ok((address, others)) => format!("{address} {others:?}"),
                Err(error) => format!("{error:#}"),
            }
        };
        insta::assert_snapshot!([
            told(None, None, None),
            told(None, Some(0), Some("")),
            told(None, None, Some("0.0.0.0:4566,0.0.0.0:443")),
            told(None, None, Some(":4510")),
            told(None, None, Some("0.0.0.0")),
            told(None, None, Some("localhost:4510")),
            told(None, Some(4000), Some("0.0.0.0:4566")),
            told(Some("127.0.0.1"), None, Some("0.0.0.0:4510")),
            told(None, None, Some("elsewhere:x")),
        ].join("\n"), @r#"
    127.0.0.1:4566 []
    127.0.0.1:0 []
    0.0.0.0:4566 ["0.0.0.0:443"]
    0.0.0.0:4510 []
    0.0.0.0:4566 []
    127.0.0.1:4510 []
    0.0.0.0:4000 []
    127.0.0.1:4510 []
    GATEWAY_LISTEN: elsewhere:x is no address; write 0.0.0.0:4566, for example: invalid digit found in string
    "#);
    }
}
