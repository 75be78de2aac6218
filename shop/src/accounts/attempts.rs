//! How often somebody may try to sign in.

use std::{
    hash::Hash,
    net::{IpAddr, SocketAddr},
    num::NonZeroU32,
};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, request::Parts},
};
use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::NoOpMiddleware,
    state::keyed::DefaultKeyedStateStore,
};

use crate::{
    App,
    error::{Error, Result},
};

/// Attempts that one address has for one user name.
const PAIR_PER_MINUTE: NonZeroU32 = NonZeroU32::new(10).expect("not zero");
/// Attempts that one address has, whatever the names: one password tried on many.
const ADDRESS_PER_MINUTE: NonZeroU32 = NonZeroU32::new(30).expect("not zero");
/// Attempts that one name has, wherever from: many computers that guess at one. Above what a few
/// addresses can do, so that it takes a crowd to keep somebody out.
const NAME_PER_MINUTE: NonZeroU32 = NonZeroU32::new(60).expect("not zero");
/// Entries past which those that no longer limit anybody are dropped.
const ENTRIES_MAX: usize = 10_000;

/// Slows down guessing: limits on attempts to sign in, by address and user name together and each
/// alone. Each is what may come at once; an attempt comes back after a minute divided by it.
pub struct AttemptLimit<C: Clock = DefaultClock> {
    clock: C,
    by_pair: Limiter<(Option<IpAddr>, String), C>,
    by_address: Limiter<Option<IpAddr>, C>,
    by_name: Limiter<String, C>,
}

type Limiter<K, C> =
    RateLimiter<K, DefaultKeyedStateStore<K>, C, NoOpMiddleware<<C as Clock>::Instant>>;

impl Default for AttemptLimit {
    fn default() -> Self {
        Self::new(DefaultClock::default())
    }
}

impl<C: Clock + Clone> AttemptLimit<C> {
    fn new(clock: C) -> Self {
        Self {
            by_pair: limiter(PAIR_PER_MINUTE, &clock),
            by_address: limiter(ADDRESS_PER_MINUTE, &clock),
            by_name: limiter(NAME_PER_MINUTE, &clock),
            clock,
        }
    }

    /// Counts an attempt to sign in, and refuses it when there were too many.
    pub fn check(&self, address: Option<IpAddr>, username: &str) -> Result<()> {
        // What one limit refuses counts in none of those behind it: a single computer that goes on
        // trying uses up nobody's name.
        self.check_address(address)?;
        self.count(&self.by_pair, &(address.map(network), username.to_owned()))?;
        self.count(&self.by_name, &username.to_owned())
    }

    /// Counts an attempt at something else that costs a password's hash.
    pub fn check_address(&self, address: Option<IpAddr>) -> Result<()> {
        self.count(&self.by_address, &address.map(network))
    }

    fn count<K: Clone + Eq + Hash>(&self, limit: &Limiter<K, C>, key: &K) -> Result<()> {
        if limit.len() > ENTRIES_MAX {
            limit.retain_recent();
        }
        limit.check_key(key).map_err(|refused| Error::TooManyAttempts {
            retry_after_s: refused.wait_time_from(self.clock.now()).as_secs() + 1,
        })
    }
}

fn limiter<K: Clone + Eq + Hash, C: Clock + Clone>(
    per_minute: NonZeroU32,
    clock: &C,
) -> Limiter<K, C> {
    let state = DefaultKeyedStateStore::default();
    RateLimiter::new(Quota::per_minute(per_minute), state, clock.clone())
}

/// An IPv6 customer has a whole /64 to choose addresses from: it counts as one.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(address) => address.into(),
            None => IpAddr::from((u128::from(address) & (!0 << 64)).to_be_bytes()),
        },
    }
}

/// Where the request came from.
pub struct Client {
    peer: Option<IpAddr>,
    forwarded_for: Option<IpAddr>,
}

impl Client {
    /// The address that the connection comes from; behind a balancer that is trusted, the one that
    /// the balancer names.
    pub fn address(&self, app: &App) -> Option<IpAddr> {
        self.forwarded_for.filter(|_| app.site.trust_forwarded_for).or(self.peer)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Client {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Ok(Self {
            peer: peer.map(|peer| peer.0.ip()),
            forwarded_for: forwarded_for(&parts.headers),
        })
    }
}

/// The last address in `X-Forwarded-For`: the one our own balancer has added, some with a port.
fn forwarded_for(headers: &HeaderMap) -> Option<IpAddr> {
    let value = headers.get_all("x-forwarded-for").iter().next_back()?;
    let last = value.to_str().ok()?.rsplit(',').next()?.trim();
    let with_port = || last.parse().ok().map(|address: SocketAddr| address.ip());
    last.parse().ok().or_else(with_port)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use governor::clock::FakeRelativeClock;

    use super::*;

    fn passes(limit: &AttemptLimit<FakeRelativeClock>, address: [u8; 4], name: &str) -> bool {
        limit.check(Some(IpAddr::from(address)), name).is_ok()
    }

    #[test]
    fn one_address_cannot_try_many_names() {
        let clock = FakeRelativeClock::default();
        let limit = AttemptLimit::new(clock.clone());
        let tried = (0..40).filter(|n| passes(&limit, [192, 0, 2, 1], &format!("user{n}"))).count();
        assert_eq!(tried, 30);
        assert!(passes(&limit, [192, 0, 2, 2], "user0"), "others sign in meanwhile");
        clock.advance(Duration::from_secs(4));
        let tried = (0..40).filter(|n| passes(&limit, [192, 0, 2, 1], &format!("user{n}"))).count();
        assert_eq!(tried, 2, "one for each two seconds");
    }

    #[test]
    fn many_addresses_cannot_try_one_name_and_one_cannot_lock_it() {
        let limit = AttemptLimit::new(FakeRelativeClock::default());
        let alone = (0..40).filter(|_| passes(&limit, [192, 0, 2, 1], "manager")).count();
        assert_eq!(alone, 10);
        assert!(passes(&limit, [192, 0, 2, 2], "manager"), "its owner signs in meanwhile");
        let tried = (0..200).filter(|&n| passes(&limit, [198, 51, 100, n], "manager")).count();
        assert_eq!(tried, 60 - 11);
        assert!(passes(&limit, [203, 0, 113, 1], "customer"));
    }

    #[test]
    fn the_balancers_word_is_the_last_one() {
        let of = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.append("x-forwarded-for", "203.0.113.9".parse().ok()?);
            headers.append("x-forwarded-for", value.parse().ok()?);
            forwarded_for(&headers).map(|address| network(address).to_string())
        };
        assert_eq!(of("192.0.2.1, 198.51.100.7").as_deref(), Some("198.51.100.7"));
        assert_eq!(of("198.51.100.7:4711").as_deref(), Some("198.51.100.7"));
        assert_eq!(of("[2001:db8:1:2:3::4]:80").as_deref(), Some("2001:db8:1:2::"));
        assert_eq!(of("2001:db8:1:2:ffff::4").as_deref(), Some("2001:db8:1:2::"));
        assert_eq!(of("unknown"), None);
    }
}
