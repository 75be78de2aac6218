//! What can have tags: whatever there is.

use kernel::directory::Home;
use kernel::error::ApiError;

use crate::address::Address;
use crate::gateway::InternetGateway;
use crate::instance::Instance;
use crate::launch_template::LaunchTemplate;
use crate::route::RouteTable;
use crate::security_group::SecurityGroup;
use crate::shelf::is_well_formed;
use crate::subnet::Subnet;
use crate::tag::type_of;
use crate::vpc::Vpc;
use crate::{Ec2, error as errors};

impl Ec2 {
    /// Whether there is something of this id that can have tags.
    pub(crate) fn is_taggable(&self, home: &Home, id: &str) -> Result<(), ApiError> {
        let kind = type_of(id).filter(|_| self.programs.contains(id) || is_an_id(id));
        match kind {
            None => Err(errors::INVALID_ID.says(format!("The ID '{id}' is not valid"))),
            Some("vpc") => self.find::<Vpc>(home, id).map(drop),
            Some("subnet") => self.find::<Subnet>(home, id).map(drop),
            Some("internet-gateway") => self.find::<InternetGateway>(home, id).map(drop),
            Some("route-table") => self.find::<RouteTable>(home, id).map(drop),
            Some("security-group") => self.find::<SecurityGroup>(home, id).map(drop),
            Some("instance") => self.find::<Instance>(home, id).map(drop),
            Some("elastic-ip") => self.find::<Address>(home, id).map(drop),
            Some("launch-template") => self.find::<LaunchTemplate>(home, id).map(drop),
            Some("image") => self.image(home, id).map(drop),
            Some("volume") => self.volume_is_there(home, id),
            Some(_) => Ok(()),
        }
    }
}

/// Whether it is written as ids are: `vpc-` and eight or seventeen hexadecimal digits.
fn is_an_id(id: &str) -> bool {
    let prefix = id.find('-').map_or("", |at| &id[..=at]);
    is_well_formed(id, prefix)
}
