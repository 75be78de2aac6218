//! Whether security groups let a connection through. They keep state: what answers goes through.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Peer, Rule};
use crate::Ec2;
use crate::cidr::Cidr;
use kernel::number::decimal;

/// One end of a connection.
#[derive(Debug, Clone, Copy, Default)]
pub struct Endpoint<'a> {
    /// Its address; nothing where nobody can say: then only rules about groups are for it.
    pub address: Option<IpAddr>,
    /// Its security groups. Who has none (a browser, the internet) is held back by none of his own.
    pub groups: &'a [String],
}

impl Ec2 {
    /// Whether the rules of all groups let `from` open a connection to a port of `to`: some group of `to` lets it
    /// in, and some group of `from` lets it out. `protocol` is `tcp`, `udp` or a number. Routes and network ACLs
    /// are not asked.
    /// <https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html>
    #[must_use]
    pub fn reachable(
        &self,
        from: Endpoint<'_>,
        to: Endpoint<'_>,
        port: u16,
        protocol: &str,
    ) -> bool {
        let goes = |own: Endpoint<'_>, other: Endpoint<'_>, is_egress: bool| {
            let groups = own.groups.iter().filter_map(|id| self.security_groups.get(id));
            let mut rules = groups.flat_map(|it| &it.rules);
            rules.any(|rule| {
                rule.is_egress == is_egress && rule.is_for(port, protocol) && rule.is_about(other)
            })
        };
        let gets_in = to.groups.is_empty() || goes(to, from, false);
        gets_in && (from.groups.is_empty() || goes(from, to, true))
    }

    /// An instance as one end of a connection; nothing where there is none that has an address.
    #[must_use]
    pub fn endpoint(&self, instance_id: &str) -> Option<Endpoint<'_>> {
        let instance = self.instances.get(instance_id).filter(|it| it.holds_address())?;
        let address = Some(IpAddr::V4(instance.private_ip));
        Some(Endpoint { address, groups: &instance.security_groups })
    }
}

impl Rule {
    fn is_for(&self, port: u16, protocol: &str) -> bool {
        match &*self.protocol {
            "-1" => true,
            own if own != protocol => false,
            "tcp" | "udp" => (self.from..=self.to).contains(&i64::from(port)),
            _ => true,
        }
    }

    fn is_about(&self, other: Endpoint<'_>) -> bool {
        match (&self.peer, other.address) {
            (Peer::Group { id, .. }, _) => other.groups.contains(id),
            (Peer::Cidr(text), Some(IpAddr::V4(address))) => has_v4(text, address),
            (Peer::Cidr(text), Some(IpAddr::V6(address))) => {
                address.to_ipv4_mapped().is_some_and(|address| has_v4(text, address))
            }
            (Peer::Cidr6(text), Some(IpAddr::V6(address))) => has_v6(text, address),
            // Who is in a group and has no address that is known is somewhere: the whole world has it.
            (Peer::Cidr(text), None) => text == "0.0.0.0/0",
            (Peer::Cidr6(_) | Peer::PrefixList(_), _) => false,
        }
    }
}

fn has_v4(text: &str, address: Ipv4Addr) -> bool {
    Cidr::parse(text).is_some_and(|cidr| cidr.has(address))
}

fn has_v6(text: &str, address: Ipv6Addr) -> bool {
    let Some((first, length)) = text.split_once('/') else { return false };
    let (Ok(first), Some(length)) = (first.parse::<Ipv6Addr>(), decimal(length)) else {
        return false;
    };
    let mask = if length == 0 { 0 } else { u128::MAX << (128 - length.min(128)) };
    u128::from(first) & mask == u128::from(address) & mask
}
