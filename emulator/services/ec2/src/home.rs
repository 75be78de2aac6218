//! What every account has in every region from the beginning: a default network with a subnet a zone, its gateway,
//! its main route table, its security group. It is made when somebody first looks, always with the same ids:
//! they follow from account and region. <https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc.html>

use std::collections::BTreeMap;

use kernel::directory::Home as Place;
use kernel::ids::Ids;
use kernel::record::Key;
use serde::{Deserialize, Serialize};

use crate::gateway::InternetGateway;
use crate::shelf::new_id;
use crate::subnet::Subnet;
use crate::vpc::Vpc;
use crate::zone::zones;
use crate::{Cx, Ec2, Kind, Record};

/// The range of a default network.
pub(crate) const DEFAULT_CIDR: &str = "172.31.0.0/16";

/// That an account was looked at in a region, and what it has there besides, stored as it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Home {
    pub(crate) home: Place,
    pub(crate) dhcp_options: String,
}

impl Home {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        let Place { account, region } = &self.home;
        Key::named(Kind::Home, format!("{account}/{region}"))
    }
}

/// Ids that follow from account and region.
fn ids_of(home: &Place) -> Ids {
    let Place { account, region } = home;
    let text = format!("{account}/{region}");
    // FNV-1a: what is asked of it is that it is always the same.
    let seed = text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    Ids::new(seed, 0)
}

impl Ec2 {
    /// Makes what an account has in a region from the beginning, once. Whoever has deleted it since, has it no more.
    pub fn make_defaults(&mut self, cx: &mut Cx<'_>, home: &Place) {
        if self.homes.contains_key(home) {
            return;
        }
        let mut ids = ids_of(home);
        let own = Home { home: home.clone(), dhcp_options: new_id(&mut ids, "dopt-") };
        cx.put(|| Record::Home(Box::new(own.clone())));
        self.homes.insert(home.clone(), own);
        self.make_default_vpc(cx, &mut ids, home);
        self.enter_images(home, cx.directory);
    }

    /// A default network with all that belongs to it. Its id.
    pub(crate) fn make_default_vpc(
        &mut self,
        cx: &mut Cx<'_>,
        ids: &mut Ids,
        home: &Place,
    ) -> String {
        let vpc = Vpc {
            is_default: true,
            dns_hostnames: true,
            ..Vpc::new(ids, home, DEFAULT_CIDR.to_owned(), self.dhcp_options(home))
        };
        let id = vpc.id.clone();
        self.make_vpc(cx, ids, vpc);
        let gateway =
            InternetGateway { id: new_id(ids, "igw-"), home: home.clone(), vpc: Some(id.clone()) };
        let gateway_id = gateway.id.clone();
        self.keep(cx, gateway);
        self.route_to_gateway(cx, &id, &gateway_id);
        for (at, zone) in zones(&home.region).into_iter().enumerate() {
            let subnet = Subnet {
                is_default: true,
                public_ips: true,
                ..Subnet::new(ids, home, &id, &zone, format!("172.31.{}.0/20", at * 16))
            };
            self.keep(cx, subnet);
        }
        id
    }

    pub(crate) fn dhcp_options(&self, home: &Place) -> String {
        self.homes.get(home).map(|own| own.dhcp_options.clone()).unwrap_or_default()
    }

    /// The default network of an account in a region.
    pub(crate) fn default_vpc(&self, home: &Place) -> Option<&Vpc> {
        self.all::<Vpc>(home).find(|vpc| vpc.is_default)
    }
}

/// All that were looked at.
pub(crate) type Homes = BTreeMap<Place, Home>;
