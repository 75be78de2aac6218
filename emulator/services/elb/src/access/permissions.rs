//! What each operation of Elastic Load Balancing needs: one row an operation, from AWS's Service Authorization Reference.

use std::fmt;

use kernel::access::Vocabulary;

use crate::{Elb, Request};

/// What an action is done with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// No one thing.
    Account,
}

impl fmt::Display for On {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account => f.write_str("*"),
        }
    }
}

/// Of which calls something is asked: of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {}

impl fmt::Display for When {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {}
    }
}

/// A condition key: none yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {}

impl fmt::Display for Key {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {}
    }
}

impl Vocabulary for Elb {
    type On = On;
    type When = When;
    type Key = Key;
}

kernel::permissions! { Elb;
    DescribeAccountLimits: {
        "elasticloadbalancing:DescribeAccountLimits" on Account;
    }
}
