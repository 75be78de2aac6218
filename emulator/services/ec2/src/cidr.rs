//! Ranges of IPv4 addresses: `10.0.0.0/16`.

use std::fmt;
use std::net::Ipv4Addr;

use kernel::ids::Ids;
use kernel::number::decimal;

/// A range, by its first address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cidr {
    first: u32,
    length: u32,
}

impl Cidr {
    /// A range; bits behind its length are taken for none, as AWS does.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (address, length) = text.split_once('/')?;
        let length = u32::try_from(decimal(length)?).ok().filter(|length| *length <= 32)?;
        let address: Ipv4Addr = address.parse().ok()?;
        Some(Self { first: u32::from(address) & mask(length), length })
    }

    pub(crate) const fn length(self) -> u32 {
        self.length
    }

    pub(crate) const fn size(self) -> u64 {
        1 << (32 - self.length)
    }

    pub(crate) fn address(self, at: u64) -> Ipv4Addr {
        Ipv4Addr::from(self.first.wrapping_add(u32::try_from(at).unwrap_or(0)))
    }

    pub(crate) fn has(self, address: Ipv4Addr) -> bool {
        u32::from(address) & mask(self.length) == self.first
    }

    pub(crate) const fn contains(self, other: Self) -> bool {
        self.length <= other.length && other.first & mask(self.length) == self.first
    }

    pub(crate) const fn overlaps(self, other: Self) -> bool {
        self.contains(other) || other.contains(self)
    }
}

const fn mask(length: u32) -> u32 {
    if length == 0 { 0 } else { u32::MAX << (32 - length) }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", Ipv4Addr::from(self.first), self.length)
    }
}

/// An address of the world, of a range of Amazon's.
pub(crate) fn public_ip(ids: &mut Ids) -> Ipv4Addr {
    let [_, b, c, d, ..] = ids.next_u64().to_be_bytes();
    Ipv4Addr::new(54, b, c, d.clamp(1, 254))
}
