//! Rules as calls give them: a protocol, ports, and any number of peers.

use kernel::directory::Home;
use kernel::error::ApiError;
use kernel::names::AccountId;
use kernel::number::{decimal, signed_decimal};
use serde::Deserialize;

use super::{Peer, Rule};
use crate::cidr::Cidr;
use crate::{Ec2, error as errors};

/// A protocol, ports and peers.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct IpPermission {
    pub(super) ip_protocol: Option<String>,
    pub(super) from_port: Option<i64>,
    pub(super) to_port: Option<i64>,
    pub(super) user_id_group_pairs: Vec<GroupPair>,
    pub(super) ip_ranges: Vec<IpRange>,
    pub(super) ipv6_ranges: Vec<Ipv6Range>,
    pub(super) prefix_list_ids: Vec<PrefixList>,
}

/// A security group as a peer.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct GroupPair {
    pub(super) description: Option<String>,
    pub(super) user_id: Option<String>,
    pub(super) group_name: Option<String>,
    pub(super) group_id: Option<String>,
    /// AWS gives it back, and clients hand it in again; the group is known by its id.
    pub(super) vpc_id: Option<String>,
}

/// Addresses of IPv4 as a peer.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct IpRange {
    pub(super) description: Option<String>,
    pub(super) cidr_ip: String,
}

/// Addresses of IPv6 as a peer.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct Ipv6Range {
    pub(super) description: Option<String>,
    pub(super) cidr_ipv6: String,
}

/// A list of addresses as a peer.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct PrefixList {
    pub(super) description: Option<String>,
    pub(super) prefix_list_id: String,
}

/// A protocol by the name that AWS keeps.
fn protocol(said: &str) -> Result<String, ApiError> {
    let lower = said.to_ascii_lowercase();
    Ok(match &*lower {
        "-1" | "all" => "-1".to_owned(),
        "6" | "tcp" => "tcp".to_owned(),
        "17" | "udp" => "udp".to_owned(),
        "1" | "icmp" => "icmp".to_owned(),
        "58" | "icmpv6" => "icmpv6".to_owned(),
        number if decimal(number).is_some_and(|number| number <= 255) => number.to_owned(),
        _ => {
            return Err(errors::INVALID_PARAMETER_VALUE
                .says(format!("Invalid value '{said}' for IP protocol. Unknown protocol.")));
        }
    })
}

/// A protocol and its ports, as they are kept.
pub(super) fn ports(
    said: Option<&str>,
    from: Option<i64>,
    to: Option<i64>,
) -> Result<(String, i64, i64), ApiError> {
    let Some(said) = said else {
        return Err(errors::INVALID_PARAMETER_VALUE.says(
            "Invalid value 'null' for protocol. VPC security group rules must specify protocols explicitly.",
        ));
    };
    let protocol = protocol(said)?;
    match &*protocol {
        "tcp" | "udp" => {
            let (Some(from), Some(to)) = (from, to) else {
                return Err(errors::INVALID_PARAMETER_VALUE.says(
                    "Invalid value for portRange. Must specify both from and to ports with TCP/UDP.",
                ));
            };
            let is_all = (from, to) == (-1, -1);
            for (end, port) in [("from", from), ("to", to)] {
                if !(0..=65_535).contains(&port) && !is_all {
                    return Err(errors::INVALID_PARAMETER_VALUE
                        .says(format!("TCP/UDP ({end}) port ({port}) out of range")));
                }
            }
            if from > to {
                return Err(errors::INVALID_PARAMETER_VALUE
                    .says(format!("Invalid TCP/UDP port range({from}:{to})")));
            }
            Ok(if is_all { (protocol, 0, 65_535) } else { (protocol, from, to) })
        }
        "icmp" | "icmpv6" => {
            let (from, to) = (from.unwrap_or(-1), to.unwrap_or(-1));
            for (what, value) in [("type", from), ("code", to)] {
                if !(-1..=255).contains(&value) {
                    return Err(errors::INVALID_PARAMETER_VALUE
                        .says(format!("ICMP {what} ({value}) out of range")));
                }
            }
            Ok((protocol, from, to))
        }
        _ => Ok((protocol, -1, -1)),
    }
}

/// Addresses of IPv4 as they are kept: bits behind the length are none.
pub(super) fn ipv4(text: &str) -> Result<Peer, ApiError> {
    let cidr = Cidr::parse(text).ok_or_else(|| malformed(text))?;
    Ok(Peer::Cidr(cidr.to_string()))
}

pub(super) fn ipv6(text: &str) -> Result<Peer, ApiError> {
    let (address, length) = text.split_once('/').ok_or_else(|| malformed(text))?;
    let address: std::net::Ipv6Addr = address.parse().map_err(|_| malformed(text))?;
    let length = signed_decimal(length).filter(|length| (0..=128).contains(length));
    let length = length.ok_or_else(|| malformed(text))?;
    let mask = if length == 0 { 0 } else { u128::MAX << (128 - length) };
    let first = std::net::Ipv6Addr::from(u128::from(address) & mask);
    Ok(Peer::Cidr6(format!("{first}/{length}")))
}

fn malformed(text: &str) -> ApiError {
    errors::INVALID_PARAMETER_VALUE.says(format!("CIDR block {text} is malformed"))
}

impl Ec2 {
    /// Each peer as a rule of its own, without an id.
    pub(super) fn rules_of(
        &self,
        home: &Home,
        is_egress: bool,
        permissions: &[IpPermission],
    ) -> Result<Vec<Rule>, ApiError> {
        let mut rules: Vec<Rule> = Vec::new();
        for permission in permissions {
            let (protocol, from, to) =
                ports(permission.ip_protocol.as_deref(), permission.from_port, permission.to_port)?;
            for (peer, description) in self.peers_of(home, permission)? {
                let rule = Rule {
                    id: String::new(),
                    is_egress,
                    protocol: protocol.clone(),
                    from,
                    to,
                    peer,
                    description,
                };
                if rules.iter().any(|other| other.is_like(&rule)) {
                    return Err(errors::INVALID_PARAMETER_VALUE
                        .says("The same permission must not appear multiple times"));
                }
                rules.push(rule);
            }
        }
        if rules.is_empty() {
            return Err(errors::MISSING_PARAMETER
                .says("Either 'ipPermissions' or 'securityGroupRuleIds' should be provided."));
        }
        Ok(rules)
    }

    fn peers_of(
        &self,
        home: &Home,
        permission: &IpPermission,
    ) -> Result<Vec<(Peer, Option<String>)>, ApiError> {
        let mut peers = Vec::new();
        for pair in &permission.user_id_group_pairs {
            peers.push((self.group_peer(home, pair)?, pair.description.clone()));
        }
        for range in &permission.ip_ranges {
            peers.push((ipv4(&range.cidr_ip)?, range.description.clone()));
        }
        for range in &permission.ipv6_ranges {
            peers.push((ipv6(&range.cidr_ipv6)?, range.description.clone()));
        }
        for list in &permission.prefix_list_ids {
            peers.push((Peer::PrefixList(list.prefix_list_id.clone()), list.description.clone()));
        }
        for (_, description) in &peers {
            validate_description(description.as_deref())?;
        }
        Ok(peers)
    }

    fn group_peer(&self, home: &Home, pair: &GroupPair) -> Result<Peer, ApiError> {
        let account = match pair.user_id.as_deref() {
            Some(said) => AccountId::parse(said).ok_or_else(|| {
                errors::INVALID_GROUP_NOT_FOUND.says(format!(
                    "The security group '{}' does not exist",
                    pair.group_id.as_deref().unwrap_or_default()
                ))
            })?,
            None => home.account.clone(),
        };
        let theirs = Home { account: account.clone(), region: home.region.clone() };
        let (id, name) = (pair.group_id.as_deref(), pair.group_name.as_deref());
        // A client that hands in what it was given names both.
        let name = if id.is_some() { None } else { name };
        let id = self.named_group(&theirs, id, name)?.id.clone();
        Ok(Peer::Group { account, id })
    }
}

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html>
pub(super) fn validate_description(text: Option<&str>) -> Result<(), ApiError> {
    let Some(text) = text else { return Ok(()) };
    let fits =
        |letter: char| letter.is_ascii_alphanumeric() || " ._-:/()#,@[]+=&;{}!$*".contains(letter);
    if text.chars().count() > 255 || !text.chars().all(fits) {
        return Err(errors::INVALID_PARAMETER_VALUE.says(
            "Invalid rule description. Valid descriptions are strings less than 256 characters from the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*",
        ));
    }
    Ok(())
}
