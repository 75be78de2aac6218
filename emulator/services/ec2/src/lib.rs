//! Elastic Compute Cloud: networks, security groups, images, launch templates and instances, as far as a web application behind a balancer needs them.
#![warn(missing_docs)]

pub mod access;
mod descriptor;
pub mod error;
pub mod fleet;
pub mod limits;
pub mod record;
mod region;

use std::convert::Infallible;

use kernel::access::Asking;
use kernel::call::Origin;
use kernel::context::Restoring;
use kernel::descriptor::Descriptor;
use kernel::error::ApiError;
use kernel::service::Service;
use kernel::trace::CauseId;

pub use region::{DescribeRegionsInput, DescribeRegionsOutput, Region};

kernel::operations! { "ec2";
    DescribeRegions(DescribeRegionsInput) -> DescribeRegionsOutput;
}

impl Request {
    /// What it is about, for the trace.
    #[must_use]
    pub fn subject(&self) -> String {
        String::new()
    }
}

/// Elastic Compute Cloud.
#[derive(Debug, Clone, Default)]
pub struct Ec2 {}

kernel::records! {
    /// A network.
    Vpc(record::Vpc) = 40;
}

impl Ec2 {
    /// Hears what is told by whoever runs instances.
    pub fn hear(&mut self, _cx: &mut Cx<'_>, _report: fleet::Report) {}

    /// Because of what that is reported.
    #[must_use]
    pub fn cause_of(&self, _report: &fleet::Report) -> Option<CauseId> {
        None
    }
}

/// The context in which EC2 handles something.
pub type Cx<'a> = kernel::context::Cx<'a, Ec2>;

impl Service for Ec2 {
    type Request = Request;
    type Response = Response;
    type Record = Record;
    type Due = Infallible;
    type Announcement = Infallible;
    type Effect = fleet::Effect;

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
            Request::DescribeRegions(_) => {
                Response::DescribeRegions(Box::new(DescribeRegionsOutput { regions: Vec::new() }))
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
