//! Elastic Load Balancing v2: application load balancers, their listeners and rules, target groups and the health of targets.
#![warn(missing_docs)]

pub mod access;
mod account;
mod descriptor;
pub mod error;
pub mod limits;
pub mod plane;
pub mod record;

use std::convert::Infallible;

use kernel::access::Asking;
use kernel::call::Origin;
use kernel::context::Restoring;
use kernel::descriptor::Descriptor;
use kernel::error::ApiError;
use kernel::service::Service;
use kernel::trace::CauseId;

pub use account::{DescribeAccountLimitsInput, DescribeAccountLimitsOutput};

kernel::operations! { "elasticloadbalancing";
    DescribeAccountLimits(DescribeAccountLimitsInput) -> DescribeAccountLimitsOutput;
}

impl Request {
    /// What it is about, for the trace.
    #[must_use]
    pub fn subject(&self) -> String {
        String::new()
    }
}

/// Elastic Load Balancing.
#[derive(Debug, Clone, Default)]
pub struct Elb {}

kernel::records! {
    /// A target group.
    TargetGroup(record::TargetGroup) = 60;
}

impl Elb {
    /// Hears what is told by who carries requests.
    pub fn hear(&mut self, _cx: &mut Cx<'_>, _report: plane::Report) {}

    /// Because of what that is reported.
    #[must_use]
    pub fn cause_of(&self, _report: &plane::Report) -> Option<CauseId> {
        None
    }
}

/// The context in which Elastic Load Balancing handles something.
pub type Cx<'a> = kernel::context::Cx<'a, Elb>;

impl Service for Elb {
    type Request = Request;
    type Response = Response;
    type Record = Record;
    type Due = Infallible;
    type Announcement = Infallible;
    type Effect = plane::Effect;

    const DESCRIPTOR: Descriptor = descriptor::DESCRIPTOR;

    fn access(&self, _asking: &mut Asking<'_>, _request: &Request) -> Result<(), ApiError> {
        Ok(())
    }

    fn call(
        &mut self,
        _cx: &mut Cx<'_>,
        _origin: &Origin,
        request: Request,
    ) -> Result<Option<Response>, ApiError> {
        Ok(Some(match request {
            Request::DescribeAccountLimits(_) => {
                Response::DescribeAccountLimits(Box::new(DescribeAccountLimitsOutput {}))
            }
        }))
    }

    fn due_because(&self, due: &Infallible) -> Option<CauseId> {
        match *due {}
    }

    fn due(&mut self, _cx: &mut Cx<'_>, due: Infallible) {
        match due {}
    }

    fn restore(&mut self, _cx: &mut Restoring<'_, Self>, _record: Record) {}

    fn records(&self) -> impl Iterator<Item = Record> + '_ {
        std::iter::empty()
    }
}
