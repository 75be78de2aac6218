//! Volumes of instances. They are told of: a process lies on the disk of this machine.

use kernel::call::Origin;
use kernel::directory::Home;
use kernel::error::ApiError;
use serde_json::{Value, json};

use super::{Instance, Volume};
use crate::filter::{Filters, Page, listing, select};
use crate::image::Image;
use crate::input::{Filter, input};
use crate::shelf::{home_of, new_id};
use crate::{Answer, Cx, Ec2, error as errors};

input! {
    DescribeVolumesInput { volume_ids: Vec<String>, filters: Vec<Filter>, next_token: Option<String>, max_results: Option<i64> }
}

/// What a request says of devices is looked at. A volume that the image does not have says how large it is, or of what it is
/// made. <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_BlockDeviceMapping.html>
pub(super) fn check(image: &Image, given: &[Value]) -> Result<(), ApiError> {
    for mapping in given {
        if mapping["NoDevice"].as_str().is_some_and(|said| !said.is_empty()) {
            return Err(errors::INVALID_REQUEST.says("The request received was invalid"));
        }
        if mapping.get("NoDevice").is_some() || mapping.get("VirtualName").is_some() {
            continue;
        }
        let missing = |what: &str| {
            errors::MISSING_PARAMETER.says(format!("The request must contain the parameter {what}"))
        };
        let Some(ebs) = mapping.get("Ebs") else { return Err(missing("ebs")) };
        let of_image = |own: &Value| own["DeviceName"] == mapping["DeviceName"];
        let is_of_image = image.mappings.iter().any(of_image)
            || mapping["DeviceName"] == image.root_device.as_deref().unwrap_or("/dev/sda1");
        if !is_of_image && ebs.get("VolumeSize").is_none() && ebs.get("SnapshotId").is_none() {
            return Err(missing("size or snapshotId"));
        }
    }
    Ok(())
}

/// The volumes of a new instance: those of its image, and what the request says otherwise by their names.
pub(super) fn volumes(cx: &mut Cx<'_>, image: &Image, given: &[Value]) -> Vec<Volume> {
    let mut mappings: Vec<Value> = image.mappings.clone();
    if mappings.is_empty() {
        let name = image.root_device.as_deref().unwrap_or("/dev/sda1");
        mappings.push(json!({"DeviceName": name, "Ebs": {"VolumeSize": 8}}));
    }
    for mapping in given {
        let own = mappings.iter_mut().find(|own| own["DeviceName"] == mapping["DeviceName"]);
        match own {
            Some(own) if mapping.get("NoDevice").is_none() => {
                let ebs = mapping["Ebs"].as_object().cloned().unwrap_or_default();
                if let Some(own) = own.get_mut("Ebs").and_then(Value::as_object_mut) {
                    own.extend(ebs);
                }
            }
            Some(own) => *own = Value::Null,
            None => mappings.push(mapping.clone()),
        }
    }
    let volume = |mapping: &Value| {
        let ebs = mapping.get("Ebs")?;
        let kind = ebs["VolumeType"].as_str().unwrap_or("gp2").to_owned();
        let usual_iops = match &*kind {
            "gp3" => Some(3000),
            "gp2" => Some(100),
            _ => None,
        };
        Some(Volume {
            id: new_id(cx.ids, "vol-"),
            device: mapping["DeviceName"].as_str().unwrap_or_default().to_owned(),
            attached: cx.now.truncated_to_s(),
            goes_with_instance: ebs["DeleteOnTermination"].as_bool().unwrap_or(true),
            size_gib: ebs["VolumeSize"].as_i64().unwrap_or(8),
            is_encrypted: ebs["Encrypted"].as_bool().unwrap_or(false),
            snapshot: ebs["SnapshotId"].as_str().map(str::to_owned),
            iops: ebs["Iops"].as_i64().or(usual_iops),
            throughput: ebs["Throughput"].as_i64().or((kind == "gp3").then_some(125)),
            kind,
        })
    };
    mappings.iter().filter_map(volume).collect()
}

const FILTERS: Filters = &[
    ("attachment.attach-time", "@Attachments.AttachTime"),
    ("attachment.delete-on-termination", "Attachments.DeleteOnTermination"),
    ("attachment.device", "Attachments.Device"),
    ("attachment.instance-id", "Attachments.InstanceId"),
    ("attachment.status", "Attachments.State"),
    ("availability-zone", "AvailabilityZone"),
    ("availability-zone-id", "AvailabilityZoneId"),
    ("create-time", "@CreateTime"),
    ("encrypted", "Encrypted"),
    ("fast-restored", "FastRestored"),
    ("multi-attach-enabled", "MultiAttachEnabled"),
    ("operator.managed", "Operator.Managed"),
    ("operator.principal", "Operator.Principal"),
    ("size", "Size"),
    ("snapshot-id", "SnapshotId"),
    ("status", "State"),
    ("volume-id", "VolumeId"),
    ("volume-type", "VolumeType"),
];

impl Ec2 {
    /// Volumes that are there, each with its instance.
    fn volumes<'a>(&'a self, home: &Home) -> impl Iterator<Item = (&'a Instance, &'a Volume)> {
        let instances = self.all::<Instance>(home).filter(|it| it.holds_address());
        instances.flat_map(|it| it.volumes.iter().map(move |volume| (it, volume)))
    }

    pub(crate) fn volume_is_there(&self, home: &Home, id: &str) -> Result<(), ApiError> {
        match self.volumes(home).any(|(_, volume)| volume.id == id) {
            true => Ok(()),
            false => {
                Err(errors::INVALID_VOLUME_NOT_FOUND
                    .says(format!("The volume '{id}' does not exist.")))
            }
        }
    }

    pub(crate) fn describe_volumes(
        &self,
        origin: &Origin,
        input: &DescribeVolumesInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        let ids = &input.volume_ids;
        for id in ids {
            self.volume_is_there(&home, id)?;
        }
        let all = self.volumes(&home).filter(|(_, it)| ids.is_empty() || ids.contains(&it.id));
        let mut rows: Vec<_> =
            all.map(|(instance, it)| (it.id.clone(), self.volume_row(instance, it))).collect();
        rows.sort_by(|(one, _), (other, _)| one.cmp(other));
        let page = Page {
            max_results: input.max_results,
            next_token: input.next_token.as_deref(),
            by: (!ids.is_empty()).then_some("volumesSet"),
            ..Page::default()
        };
        listing("Volumes", select(rows, &input.filters, FILTERS)?, page)
    }

    fn volume_row(&self, instance: &Instance, volume: &Volume) -> Value {
        json!({
            "VolumeId": volume.id,
            "Size": volume.size_gib,
            "SnapshotId": volume.snapshot.as_deref().unwrap_or_default(),
            "AvailabilityZone": instance.zone,
            "AvailabilityZoneId": instance.zone_id,
            "State": "in-use",
            "CreateTime": volume.attached.as_epoch_s(),
            "VolumeType": volume.kind,
            "Iops": volume.iops,
            "Throughput": volume.throughput,
            "Encrypted": volume.is_encrypted,
            "MultiAttachEnabled": false,
            "Attachments": [{
                "VolumeId": volume.id,
                "InstanceId": instance.id,
                "Device": volume.device,
                "State": "attached",
                "AttachTime": volume.attached.as_epoch_s(),
                "DeleteOnTermination": volume.goes_with_instance,
            }],
            "Tags": self.tag_list(&volume.id),
        })
    }
}
