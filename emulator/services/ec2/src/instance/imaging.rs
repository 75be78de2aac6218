//! An image of an instance. What is on its disk is not in it: instances of the image are what those of its own are.

use kernel::call::Origin;
use kernel::error::ApiError;
use serde_json::{Value, json};

use super::{Instance, Volume};
use crate::image::{Image, with_snapshots};
use crate::input::{TagSpecification, input};
use crate::shelf::{home_of, new_id};
use crate::{Answer, Cx, Ec2, error as errors, tag};

input! {
    CreateImageInput { tag_specifications: Vec<TagSpecification>, snapshot_location: Option<String>, instance_id: String, name: String, description: Option<String>, no_reboot: Option<bool>, block_device_mappings: Vec<Value> }
}

impl Ec2 {
    pub(crate) fn create_image(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &CreateImageInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        let instance = self.find::<Instance>(&home, &input.instance_id)?.clone();
        let name = self.new_image_name(&home, &input.name)?;
        if !instance.holds_address() {
            return Err(errors::INCORRECT_INSTANCE_STATE.says(format!(
                "The instance '{}' is not in a state from which it can be imaged.",
                instance.id
            )));
        }
        let tags = tag::specified_of(&input.tag_specifications, "image", &["image", "snapshot"])?;
        let source = self.image(&home, &instance.image).unwrap_or_default();
        let volume = |it: &Volume| {
            json!({
                "DeviceName": it.device,
                "Ebs": {
                    "DeleteOnTermination": it.goes_with_instance,
                    "VolumeSize": it.size_gib,
                    "VolumeType": it.kind,
                    "Encrypted": it.is_encrypted,
                },
            })
        };
        let mut mappings: Vec<Value> = instance.volumes.iter().map(volume).collect();
        for mapping in &input.block_device_mappings {
            mappings.retain(|own| own["DeviceName"] != mapping["DeviceName"]);
            if mapping.get("NoDevice").is_none() {
                mappings.push(mapping.clone());
            }
        }
        let image = Image {
            id: new_id(cx.ids, "ami-"),
            location: format!("{}/{name}", home.account),
            home,
            name: name.to_owned(),
            description: input.description.clone(),
            made: cx.now.truncated_to_s().iso8601_ms(),
            is_public: false,
            launchers: Vec::new(),
            alias: None,
            root_device: Some(instance.root_device.clone()),
            mappings: with_snapshots(cx, &mappings),
            source_instance: Some(instance.id.clone()),
            source_image: None,
            ..source
        };
        Ok(self.keep_image(cx, image, tags))
    }
}
