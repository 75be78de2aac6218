//! Images. Of one that is the account's own, of those that whoever started the emulator has given a program, and of some of
//! Amazon's own, which are there in every region. <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/AMIs.html>

mod amazon;
mod attribute;
mod describe;
mod register;

use kernel::directory::{Directory, Home, Image as Entry};
use kernel::error::ApiError;
use kernel::names::AccountId;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::shelf::{entity, is_well_formed};
use crate::{Ec2, error as errors};

pub use attribute::{
    DescribeImageAttributeInput, ModifyImageAttributeInput, ResetImageAttributeInput,
};
pub use describe::DescribeImagesInput;
pub(crate) use register::with_snapshots;
pub use register::{CopyImageInput, DeregisterImageInput, RegisterImageInput};

/// An image, stored as it is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Image {
    pub(crate) id: String,
    pub(crate) home: Home,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) location: String,
    pub(crate) architecture: String,
    /// `2026-11-23T12:00:00.000Z`
    pub(crate) made: String,
    pub(crate) is_public: bool,
    /// Accounts and groups that may launch it.
    pub(crate) launchers: Vec<Launcher>,
    pub(crate) product_codes: Vec<String>,
    pub(crate) root_device: Option<String>,
    pub(crate) mappings: Vec<Value>,
    pub(crate) virtualization: String,
    pub(crate) has_ena: bool,
    pub(crate) sriov: Option<String>,
    pub(crate) kernel: Option<String>,
    pub(crate) ramdisk: Option<String>,
    pub(crate) boot_mode: Option<String>,
    pub(crate) tpm: Option<String>,
    pub(crate) imds: Option<String>,
    /// `windows`
    pub(crate) platform: Option<String>,
    /// `amazon`
    pub(crate) alias: Option<String>,
    pub(crate) source_instance: Option<String>,
    pub(crate) source_image: Option<(String, String)>,
}

/// Who may launch an image besides its owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Launcher {
    /// This account.
    Account(String),
    /// This organization.
    Organization(String),
    /// This unit of one.
    Unit(String),
}

entity! { Image in images; "ami-", "image id", "imageId", INVALID_AMI_ID_NOT_FOUND, INVALID_AMI_ID_MALFORMED;
    fn enter(&self, directory: &mut Directory) {
        let entry = Entry { home: self.home.clone(), name: self.name.clone() };
        directory.images.insert(self.id.clone(), entry);
    }

    fn leave(id: &str, directory: &mut Directory) {
        directory.images.remove(id);
    }
}

impl Image {
    /// Whether an account may launch it.
    fn is_for(&self, account: &AccountId) -> bool {
        self.is_public || self.home.account == *account || self.names(account.as_str())
    }

    fn names(&self, account: &str) -> bool {
        self.launchers.iter().any(|it| matches!(it, Launcher::Account(own) if own == account))
    }
}

impl Ec2 {
    /// All images that an account sees in a region, its own first.
    pub(crate) fn images(&self, home: &Home) -> Vec<Image> {
        let is_shown = |it: &&Image| it.home.region == home.region && it.is_for(&home.account);
        let own = self.images.values().filter(is_shown).cloned();
        let programs = self.programs.iter().filter(|id| !self.images.contains_key(*id));
        let programs = programs.map(|id| amazon::of_program(home, id));
        own.chain(programs).chain(amazon::images(&home.region)).collect()
    }

    /// The image of this id, where an account sees it.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn image(&self, home: &Home, id: &str) -> Result<Image, ApiError> {
        let found = self.images(home).into_iter().find(|it| it.id == id);
        found.ok_or_else(|| match is_well_formed(id, "ami-") {
            true => errors::INVALID_AMI_ID_NOT_FOUND
                .says(format!("The image id '[{id}]' does not exist")),
            false => errors::INVALID_AMI_ID_MALFORMED
                .says(format!("Invalid id: \"{id}\" (expecting \"ami-...\")")),
        })
    }

    /// An image of the account itself, to be changed.
    fn own_image(&self, home: &Home, id: &str) -> Result<Image, ApiError> {
        let image = self.image(home, id)?;
        match image.home == *home && self.images.contains_key(id) {
            true => Ok(image),
            false => Err(errors::AUTH_FAILURE.says(format!("Not authorized for image:{id}"))),
        }
    }

    /// Others know the images that are there without anybody's doing.
    pub(crate) fn enter_images(&self, home: &Home, directory: &mut Directory) {
        for image in amazon::images(&home.region) {
            let entry = Entry { home: image.home, name: image.name };
            directory.images.entry(image.id).or_insert(entry);
        }
        self.enter_programs(home, directory);
    }

    /// The same of images that have programs: whoever says which those are comes after others have been told.
    pub(crate) fn enter_programs(&self, home: &Home, directory: &mut Directory) {
        for id in self.programs.iter() {
            let entry = Entry { home: home.clone(), name: id.clone() };
            directory.images.entry(id.clone()).or_insert(entry);
        }
    }
}
