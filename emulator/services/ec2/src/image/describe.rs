//! Images, shown.

use kernel::call::Origin;
use kernel::directory::Home;
use kernel::error::ApiError;
use serde_json::{Value, json};

use super::Image;
use crate::filter::{Filters, Page, listing, select};
use crate::input::{Filter, input};
use crate::shelf::home_of;
use crate::{Answer, Ec2, error as errors};

input! {
    DescribeImagesInput { executable_users: Vec<String>, image_ids: Vec<String>, owners: Vec<String>, include_deprecated: Option<bool>, include_disabled: Option<bool>, max_results: Option<i64>, next_token: Option<String>, filters: Vec<Filter> }
}

const FILTERS: Filters = &[
    ("architecture", "Architecture"),
    ("block-device-mapping.delete-on-termination", "BlockDeviceMappings.Ebs.DeleteOnTermination"),
    ("block-device-mapping.device-name", "BlockDeviceMappings.DeviceName"),
    ("block-device-mapping.snapshot-id", "BlockDeviceMappings.Ebs.SnapshotId"),
    ("block-device-mapping.volume-size", "BlockDeviceMappings.Ebs.VolumeSize"),
    ("block-device-mapping.volume-type", "BlockDeviceMappings.Ebs.VolumeType"),
    ("block-device-mapping.encrypted", "BlockDeviceMappings.Ebs.Encrypted"),
    ("creation-date", "CreationDate"),
    ("description", "Description"),
    ("ena-support", "EnaSupport"),
    ("free-tier-eligible", "FreeTierEligible"),
    ("hypervisor", "Hypervisor"),
    ("image-allowed", "ImageAllowed"),
    ("image-id", "ImageId"),
    ("image-type", "ImageType"),
    ("is-public", "Public"),
    ("kernel-id", "KernelId"),
    ("manifest-location", "ImageLocation"),
    ("name", "Name"),
    ("owner-alias", "ImageOwnerAlias"),
    ("owner-id", "OwnerId"),
    ("platform", "Platform"),
    ("product-code", "ProductCodes.ProductCodeId"),
    ("product-code.type", "ProductCodes.ProductCodeType"),
    ("ramdisk-id", "RamdiskId"),
    ("root-device-name", "RootDeviceName"),
    ("root-device-type", "RootDeviceType"),
    ("source-image-id", "SourceImageId"),
    ("source-image-region", "SourceImageRegion"),
    ("source-instance-id", "SourceInstanceId"),
    ("state", "State"),
    ("state-reason-code", "StateReason.Code"),
    ("state-reason-message", "StateReason.Message"),
    ("sriov-net-support", "SriovNetSupport"),
    ("virtualization-type", "VirtualizationType"),
];

impl Ec2 {
    pub(crate) fn describe_images(
        &self,
        origin: &Origin,
        input: &DescribeImagesInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        self.images_are_there(&home, &input.image_ids)?;
        let own = home.account.as_str();
        let is_owned = |image: &Image| {
            input.owners.is_empty()
                || input.owners.iter().any(|owner| match &**owner {
                    "self" => image.home.account == home.account,
                    alias @ ("amazon" | "aws-marketplace") => image.alias.as_deref() == Some(alias),
                    account => image.home.account.as_str() == account,
                })
        };
        let is_launched_by = |image: &Image| {
            input.executable_users.is_empty()
                || input.executable_users.iter().any(|user| match &**user {
                    "all" => image.is_public,
                    "self" => image.names(own),
                    account => image.names(account),
                })
        };
        let is_named =
            |image: &Image| input.image_ids.is_empty() || input.image_ids.contains(&image.id);
        let images = self.images(&home).into_iter();
        let images = images.filter(|it| is_owned(it) && is_launched_by(it) && is_named(it));
        let mut rows: Vec<_> = images.map(|it| (it.id.clone(), self.image_row(&it))).collect();
        rows.sort_by(|(one, _), (other, _)| one.cmp(other));
        let page = Page {
            max_results: input.max_results,
            next_token: input.next_token.as_deref(),
            by: (!input.image_ids.is_empty()).then_some("imagesSet"),
            least: Some(1),
        };
        listing("Images", select(rows, &input.filters, FILTERS)?, page)
    }

    /// One that was deregistered is not told any more, and is not missed as long as instances of it are there.
    fn images_are_there(&self, home: &Home, ids: &[String]) -> Result<(), ApiError> {
        let has_instances = |id: &str| {
            let mut own = self.instances.values().filter(|it| it.home == *home);
            own.any(|it| it.image == id && it.holds_address())
        };
        let asked = ids.iter().filter(|id| !has_instances(id));
        let found: Vec<_> = asked.map(|id| (id, self.image(home, id))).collect();
        let is_missing = |error: &ApiError| error.row() == &errors::INVALID_AMI_ID_NOT_FOUND;
        let missing: Vec<&str> = found
            .iter()
            .filter(|(_, it)| it.as_ref().is_err_and(is_missing))
            .map(|(id, _)| id.as_str())
            .collect();
        if missing.len() > 1 {
            return Err(errors::INVALID_AMI_ID_NOT_FOUND
                .says(format!("The image ids '[{}]' do not exist", missing.join(", "))));
        }
        found.into_iter().try_for_each(|(_, it)| it.map(drop))
    }

    fn image_row(&self, image: &Image) -> Value {
        let is_windows = image.platform.is_some();
        let (details, usage) = match is_windows {
            true => ("Windows", "RunInstances:0002"),
            false => ("Linux/UNIX", "RunInstances"),
        };
        let code = |code: &String| json!({"ProductCodeId": code, "ProductCodeType": "marketplace"});
        let mut row = json!({
            "ImageId": image.id,
            "ImageLocation": image.location,
            "ImageType": "machine",
            "State": "available",
            "OwnerId": image.home.account,
            "CreationDate": image.made,
            "Public": image.is_public,
            "ProductCodes": image.product_codes.iter().map(code).collect::<Vec<_>>(),
            "Architecture": image.architecture,
            "PlatformDetails": details,
            "UsageOperation": usage,
            "BlockDeviceMappings": image.mappings,
            "EnaSupport": image.has_ena,
            "Hypervisor": "xen",
            "Name": image.name,
            "RootDeviceType": if image.root_device.is_some() { "ebs" } else { "instance-store" },
            "VirtualizationType": image.virtualization,
            "DeregistrationProtection": "disabled",
            "Tags": self.tag_list(&image.id),
        });
        let source = image.source_image.as_ref();
        for (member, value) in [
            ("Description", &image.description),
            ("ImageOwnerAlias", &image.alias),
            ("Platform", &image.platform),
            ("RootDeviceName", &image.root_device),
            ("SriovNetSupport", &image.sriov),
            ("KernelId", &image.kernel),
            ("RamdiskId", &image.ramdisk),
            ("BootMode", &image.boot_mode),
            ("TpmSupport", &image.tpm),
            ("ImdsSupport", &image.imds),
            ("SourceInstanceId", &image.source_instance),
            ("SourceImageId", &source.map(|(id, _)| id.clone())),
            ("SourceImageRegion", &source.map(|(_, region)| region.clone())),
        ] {
            if let Some(value) = value {
                row[member] = json!(value);
            }
        }
        row
    }
}
