//! Images that are made, copied and deregistered. All of it is done at once: what takes minutes on AWS is a value here.

use kernel::call::Origin;
use kernel::directory::Home;
use kernel::error::ApiError;
use kernel::names::Region;
use serde_json::{Value, json};

use super::Image;
use crate::input::{TagSpecification, input, required};
use crate::shelf::{home_of, new_id};
use crate::{Answer, Cx, Ec2, error as errors, tag};

input! {
    CopyImageInput { client_token: Option<String>, description: Option<String>, encrypted: Option<bool>, kms_key_id: Option<String>, name: String, source_image_id: String, source_region: String, copy_image_tags: Option<bool>, tag_specifications: Vec<TagSpecification>, snapshot_copy_completion_duration_minutes: Option<i64> }
    DeregisterImageInput { image_id: String, delete_associated_snapshots: Option<bool> }
    RegisterImageInput { image_location: Option<String>, boot_mode: Option<String>, tpm_support: Option<String>, uefi_data: Option<String>, imds_support: Option<String>, tag_specifications: Vec<TagSpecification>, name: String, description: Option<String>, architecture: Option<String>, kernel_id: Option<String>, ramdisk_id: Option<String>, root_device_name: Option<String>, block_device_mappings: Vec<Value>, virtualization_type: Option<String>, sriov_net_support: Option<String>, ena_support: Option<bool> }
}

/// Block devices of an image: each volume has a snapshot.
pub(crate) fn with_snapshots(cx: &mut Cx<'_>, mappings: &[Value]) -> Vec<Value> {
    let mut mappings = mappings.to_vec();
    for mapping in &mut mappings {
        let Some(ebs) = mapping.get_mut("Ebs").and_then(Value::as_object_mut) else { continue };
        if !ebs.contains_key("SnapshotId") {
            ebs.insert("SnapshotId".to_owned(), json!(new_id(cx.ids, "snap-")));
        }
        ebs.entry("DeleteOnTermination").or_insert(json!(true));
        ebs.entry("VolumeType").or_insert(json!("gp2"));
        ebs.entry("VolumeSize").or_insert(json!(8));
        ebs.entry("Encrypted").or_insert(json!(false));
    }
    mappings
}

impl Ec2 {
    pub(crate) fn new_image_name<'a>(
        &self,
        home: &Home,
        name: &'a str,
    ) -> Result<&'a str, ApiError> {
        required(name, "name")?;
        let fits = |letter: char| letter.is_ascii_alphanumeric() || "()[] ./-'@_".contains(letter);
        if !(3..=128).contains(&name.chars().count()) || !name.chars().all(fits) {
            return Err(errors::INVALID_AMI_NAME_MALFORMED.says(
                "AMI names must be between 3 and 128 characters long, and may contain letters, numbers, '(', ')', '.', '-', '/' and '_'",
            ));
        }
        match self.all::<Image>(home).find(|it| it.name == name) {
            Some(other) => Err(errors::INVALID_AMI_NAME_DUPLICATE
                .says(format!("AMI name {name} is already in use by AMI {}", other.id))),
            None => Ok(name),
        }
    }

    pub(crate) fn keep_image(
        &mut self,
        cx: &mut Cx<'_>,
        image: Image,
        tags: std::collections::BTreeMap<String, String>,
    ) -> Answer {
        let (id, home) = (image.id.clone(), image.home.clone());
        self.keep(cx, image);
        self.tag(cx, &home, &id, tags);
        Answer(json!({"ImageId": id}))
    }

    pub(crate) fn register_image(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &RegisterImageInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        let name = self.new_image_name(&home, &input.name)?;
        if input.image_location.is_none() && input.root_device_name.is_none() {
            return Err(errors::MISSING_PARAMETER
                .says("The request must contain the parameter rootDeviceName or imageLocation"));
        }
        let architecture = input.architecture.as_deref().unwrap_or("i386");
        let known = ["i386", "x86_64", "arm64", "x86_64_mac", "arm64_mac"];
        if !known.contains(&architecture) {
            return Err(errors::INVALID_PARAMETER_VALUE
                .says(format!("Value ({architecture}) for parameter architecture is invalid.")));
        }
        let virtualization = input.virtualization_type.as_deref().unwrap_or("paravirtual");
        if !["hvm", "paravirtual"].contains(&virtualization) {
            return Err(errors::INVALID_PARAMETER_VALUE.says(format!(
                "Value ({virtualization}) for parameter virtualizationType is invalid."
            )));
        }
        let tags = tag::specified(&input.tag_specifications, "image")?;
        let location = format!("{}/{name}", home.account);
        let image = Image {
            id: new_id(cx.ids, "ami-"),
            home,
            name: name.to_owned(),
            description: input.description.clone(),
            location: input.image_location.clone().unwrap_or(location),
            architecture: architecture.to_owned(),
            made: cx.now.truncated_to_s().iso8601_ms(),
            root_device: input.root_device_name.clone(),
            mappings: with_snapshots(cx, &input.block_device_mappings),
            virtualization: virtualization.to_owned(),
            has_ena: input.ena_support == Some(true),
            sriov: input.sriov_net_support.clone(),
            kernel: input.kernel_id.clone(),
            ramdisk: input.ramdisk_id.clone(),
            boot_mode: input.boot_mode.clone(),
            tpm: input.tpm_support.clone(),
            imds: input.imds_support.clone(),
            ..Image::default()
        };
        Ok(self.keep_image(cx, image, tags))
    }

    pub(crate) fn copy_image(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &CopyImageInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        let Some(region) = Region::parse(&input.source_region) else {
            return Err(errors::INVALID_PARAMETER_VALUE
                .says(format!("Invalid source region: {}", input.source_region)));
        };
        let there = Home { account: home.account.clone(), region };
        let source = self.image(&there, &input.source_image_id)?;
        let name = required(&input.name, "name")?.to_owned();
        let mut tags = tag::specified(&input.tag_specifications, "image")?;
        if input.copy_image_tags == Some(true) {
            let own = self.tags_of(&source.id).filter(|(key, _)| !key.starts_with("aws:"));
            let own: Vec<_> = own.map(|(key, value)| (key.clone(), value.clone())).collect();
            for (key, value) in own {
                tags.entry(key).or_insert(value);
            }
        }
        let said = format!("[Copied {} from {}] {}", source.id, input.source_region, source.name);
        let mut mappings = source.mappings.clone();
        for mapping in &mut mappings {
            if let Some(ebs) = mapping.get_mut("Ebs").and_then(Value::as_object_mut) {
                ebs.remove("SnapshotId");
                if input.encrypted == Some(true) {
                    ebs.insert("Encrypted".to_owned(), json!(true));
                }
            }
        }
        let image = Image {
            id: new_id(cx.ids, "ami-"),
            location: format!("{}/{name}", home.account),
            home,
            name,
            description: Some(input.description.clone().unwrap_or(said)),
            made: cx.now.truncated_to_s().iso8601_ms(),
            is_public: false,
            launchers: Vec::new(),
            alias: None,
            mappings: with_snapshots(cx, &mappings),
            source_image: Some((source.id.clone(), input.source_region.clone())),
            source_instance: None,
            ..source
        };
        Ok(self.keep_image(cx, image, tags))
    }

    pub(crate) fn deregister_image(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &DeregisterImageInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        let id = required(&input.image_id, "imageId")?;
        let image = self.own_image(&home, id)?;
        let is_snapshot = |mapping: &Value| mapping.pointer("/Ebs/SnapshotId").cloned();
        let snapshots: Vec<Value> = image.mappings.iter().filter_map(is_snapshot).collect();
        self.forget::<Image>(cx, id);
        let mut answer = json!({"Return": true});
        if input.delete_associated_snapshots == Some(true) {
            let row = |it: Value| json!({"SnapshotId": it, "ReturnCode": "success"});
            answer["DeleteSnapshotResults"] = snapshots.into_iter().map(row).collect();
        }
        Ok(Answer(answer))
    }
}
