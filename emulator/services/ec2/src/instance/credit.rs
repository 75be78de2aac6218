//! How instances of types with credits use them up, and what a template of an instance would be.

use kernel::call::Origin;
use kernel::error::ApiError;
use serde_json::{Value, json};

use super::Instance;
use crate::filter::{Filters, Page, listing, select};
use crate::input::{Filter, input};
use crate::shelf::home_of;
use crate::{Answer, Ec2};

input! {
    DescribeInstanceCreditSpecificationsInput { filters: Vec<Filter>, instance_ids: Vec<String>, max_results: Option<i64>, next_token: Option<String> }
    GetLaunchTemplateDataInput { instance_id: String }
}

const FILTERS: Filters = &[("instance-id", "InstanceId")];

impl Ec2 {
    /// Those that are named; else those whose credits have no end. One whose type has no credits is `standard`, as on AWS:
    /// its page says that an error is returned then.
    pub(crate) fn describe_instance_credit_specifications(
        &self,
        origin: &Origin,
        input: &DescribeInstanceCreditSpecificationsInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        let ids = &input.instance_ids;
        self.instances_of(&home, ids)?;
        let rows = self.in_order(&home, ids).into_iter().filter_map(|(key, it)| {
            let otherwise = (!ids.is_empty()).then_some("standard");
            let credits = it.cpu_credits.as_deref().or(otherwise)?;
            let shows = !ids.is_empty() || credits == "unlimited";
            let row = json!({"InstanceId": it.id, "CpuCredits": credits});
            (shows && it.holds_address()).then_some((key, row))
        });
        let page = Page {
            max_results: input.max_results,
            next_token: input.next_token.as_deref(),
            by: (!ids.is_empty()).then_some("instancesSet"),
            ..Page::default()
        };
        let rows = select(rows.collect(), &input.filters, FILTERS)?;
        listing("InstanceCreditSpecifications", rows, page)
    }

    pub(crate) fn get_launch_template_data(
        &self,
        origin: &Origin,
        input: &GetLaunchTemplateDataInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        let ids = [input.instance_id.clone()];
        let found = self.instances_of(&home, &ids)?;
        let Some(it) = found.first() else { return Ok(Answer::empty()) };
        Ok(Answer(json!({"LaunchTemplateData": self.template_data(it)})))
    }

    fn template_data(&self, it: &Instance) -> Value {
        let volume = |volume: &super::Volume| {
            json!({
                "DeviceName": volume.device,
                "Ebs": {
                    "DeleteOnTermination": volume.goes_with_instance,
                    "VolumeSize": volume.size_gib,
                    "VolumeType": volume.kind,
                    "Encrypted": volume.is_encrypted,
                },
            })
        };
        let mut metadata = it.metadata.row();
        if let Some(own) = metadata.as_object_mut() {
            own.remove("State");
        }
        let mut row = json!({
            "ImageId": it.image,
            "InstanceType": it.instance_type,
            "EbsOptimized": it.ebs_optimized,
            "BlockDeviceMappings": it.volumes.iter().map(volume).collect::<Vec<_>>(),
            "NetworkInterfaces": [{
                "AssociatePublicIpAddress": it.wants_public_ip,
                "DeleteOnTermination": true,
                "Description": "",
                "DeviceIndex": 0,
                "Groups": it.security_groups,
                "InterfaceType": "interface",
                "PrivateIpAddress": it.private_ip,
                "SubnetId": it.subnet,
                "NetworkCardIndex": 0,
            }],
            "Monitoring": {"Enabled": it.is_monitored},
            "Placement": {"AvailabilityZone": it.zone, "GroupName": "", "Tenancy": it.tenancy},
            "DisableApiTermination": it.keeps_from_termination,
            "DisableApiStop": it.keeps_from_stop,
            "InstanceInitiatedShutdownBehavior": it.shutdown_behavior,
            "MetadataOptions": metadata,
        });
        for (member, value) in [
            ("KeyName", it.key_name.clone().map(Value::from)),
            ("UserData", it.user_data.clone().map(Value::from)),
            ("IamInstanceProfile", it.profile.as_ref().map(|own| json!({"Arn": own.arn}))),
            ("CreditSpecification", it.cpu_credits.as_ref().map(|own| json!({"CpuCredits": own}))),
        ] {
            if let Some(value) = value {
                row[member] = value;
            }
        }
        let tags = self.tag_list(&it.id);
        if tags.as_array().is_some_and(|tags| !tags.is_empty()) {
            row["TagSpecifications"] = json!([{"ResourceType": "instance", "Tags": tags}]);
        }
        row
    }
}
