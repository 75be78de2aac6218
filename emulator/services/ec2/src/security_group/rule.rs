//! A rule of a security group: one peer, one protocol, one range of ports.

use kernel::ids::Ids;
use kernel::names::AccountId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::SecurityGroup;
use crate::shelf::new_id;

/// A rule, stored as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// `sgr-…`
    pub(crate) id: String,
    pub(crate) is_egress: bool,
    /// `tcp`, `udp`, `icmp`, `icmpv6`, a number, or `-1` for all.
    pub(crate) protocol: String,
    /// The first port, or the type of ICMP; -1 for all.
    pub(crate) from: i64,
    /// The last port, or the code of ICMP; -1 for all.
    pub(crate) to: i64,
    pub(crate) peer: Peer,
    pub(crate) description: Option<String>,
}

/// With whom a rule lets speak.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Peer {
    /// With these addresses of IPv4.
    Cidr(String),
    /// With these of IPv6.
    Cidr6(String),
    /// With those of a list.
    PrefixList(String),
    /// With all that is in a security group.
    Group {
        /// Whose it is.
        account: AccountId,
        /// Which.
        id: String,
    },
}

impl Rule {
    /// For all protocols and ports.
    pub(super) fn all(ids: &mut Ids, is_egress: bool, peer: Peer) -> Self {
        Self {
            id: new_id(ids, "sgr-"),
            is_egress,
            protocol: "-1".to_owned(),
            from: -1,
            to: -1,
            peer,
            description: None,
        }
    }

    /// Whether it lets the same through in the same direction.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let of = |it: &Self| (it.is_egress, it.protocol.clone(), it.from, it.to, it.peer.clone());
        of(self) == of(other)
    }

    pub(crate) fn names_group(&self, group: &str) -> bool {
        matches!(&self.peer, Peer::Group { id, .. } if id == group)
    }

    /// As AWS says it in errors: `peer: 0.0.0.0/0, TCP, from port: 80, to port: 80, ALLOW`.
    pub(super) fn said(&self) -> String {
        let peer = match &self.peer {
            Peer::Cidr(text) | Peer::Cidr6(text) | Peer::PrefixList(text) => text,
            Peer::Group { id, .. } => id,
        };
        match &*self.protocol {
            "-1" => format!("peer: {peer}, ALL, ALLOW"),
            protocol => format!(
                "peer: {peer}, {}, from port: {}, to port: {}, ALLOW",
                protocol.to_uppercase(),
                self.from,
                self.to
            ),
        }
    }

    /// As `SecurityGroupRules` has it.
    pub(super) fn row(&self, group: &SecurityGroup, tags: Value) -> Value {
        let (account, region) = (&group.home.account, &group.home.region);
        let mut row = json!({
            "SecurityGroupRuleId": self.id,
            "SecurityGroupRuleArn":
                format!("arn:aws:ec2:{region}:{account}:security-group-rule/{}", self.id),
            "GroupId": group.id,
            "GroupOwnerId": account,
            "IsEgress": self.is_egress,
            "IpProtocol": self.protocol,
            "FromPort": self.from,
            "ToPort": self.to,
            "Tags": tags,
        });
        match &self.peer {
            Peer::Cidr(cidr) => row["CidrIpv4"] = json!(cidr),
            Peer::Cidr6(cidr) => row["CidrIpv6"] = json!(cidr),
            Peer::PrefixList(list) => row["PrefixListId"] = json!(list),
            Peer::Group { account, id } => {
                row["ReferencedGroupInfo"] = json!({"GroupId": id, "UserId": account});
            }
        }
        if let Some(description) = &self.description {
            row["Description"] = json!(description);
        }
        row
    }

    /// As `RevokedSecurityGroupRules` has it.
    pub(super) fn revoked_row(&self, group: &SecurityGroup) -> Value {
        let mut row = self.row(group, Value::Null);
        if let Some(row) = row.as_object_mut() {
            for member in ["SecurityGroupRuleArn", "GroupOwnerId", "Tags", "ReferencedGroupInfo"] {
                row.remove(member);
            }
            if let Peer::Group { id, .. } = &self.peer {
                row.insert("ReferencedGroupId".to_owned(), json!(id));
            }
        }
        row
    }
}

/// Rules of one direction as `IpPermissions` have them: those of the same protocol and ports together.
pub(super) fn permissions(rules: &[Rule], is_egress: bool) -> Vec<Value> {
    let own: Vec<&Rule> = rules.iter().filter(|rule| rule.is_egress == is_egress).collect();
    let mut kinds: Vec<(&str, i64, i64)> = Vec::new();
    for rule in &own {
        let kind = (&*rule.protocol, rule.from, rule.to);
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    let permission = |(protocol, from, to): (&str, i64, i64)| {
        let mut lists: [Vec<Value>; 4] = Default::default();
        for rule in own.iter().filter(|it| (&*it.protocol, it.from, it.to) == (protocol, from, to))
        {
            let (at, mut peer) = match &rule.peer {
                Peer::Group { account, id } => (0, json!({"GroupId": id, "UserId": account})),
                Peer::Cidr(cidr) => (1, json!({"CidrIp": cidr})),
                Peer::Cidr6(cidr) => (2, json!({"CidrIpv6": cidr})),
                Peer::PrefixList(list) => (3, json!({"PrefixListId": list})),
            };
            if let Some(description) = &rule.description {
                peer["Description"] = json!(description);
            }
            lists[at].push(peer);
        }
        let [groups, ranges, ranges6, prefixes] = lists;
        let mut row = json!({
            "IpProtocol": protocol,
            "UserIdGroupPairs": groups,
            "IpRanges": ranges,
            "Ipv6Ranges": ranges6,
            "PrefixListIds": prefixes,
        });
        if protocol != "-1" {
            row["FromPort"] = json!(from);
            row["ToPort"] = json!(to);
        }
        row
    };
    kinds.into_iter().map(permission).collect()
}
