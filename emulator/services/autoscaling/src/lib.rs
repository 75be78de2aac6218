//! EC2 Auto Scaling: groups of instances that grow and shrink by policies, schedules and the health of what is in them.
#![warn(missing_docs)]

pub mod access;
mod account;
mod descriptor;
pub mod error;
pub mod limits;
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

kernel::operations! { "autoscaling";
    DescribeAccountLimits(DescribeAccountLimitsInput) -> DescribeAccountLimitsOutput;
}

impl Request {
    /// What it is about, for the trace.
    #[must_use]
    pub fn subject(&self) -> String {
        String::new()
    }
}

/// EC2 Auto Scaling.
#[derive(Debug, Clone, Default)]
pub struct AutoScaling {}

kernel::records! {
    /// A group.
    Group(record::Group) = 70;
}

/// The context in which EC2 Auto Scaling handles something.
pub type Cx<'a> = kernel::context::Cx<'a, AutoScaling>;

impl Service for AutoScaling {
    type Request = Request;
    type Response = Response;
    type Record = Record;
    type Due = Infallible;
    type Announcement = Infallible;
    type Effect = Infallible;

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
