//! A connection of a client.

use std::sync::Arc;

use crate::Balancer;
use crate::forwarded::Came;

/// A connection of a client, with the zone that it came in by.
pub(crate) struct Connection {
    pub balancer: Arc<Balancer>,
    pub came: Came,
    pub zone: String,
}
