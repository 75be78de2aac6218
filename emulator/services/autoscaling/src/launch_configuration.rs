//! Launch configurations, the older way to say what instances are.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/launch-configurations.html>

use kernel::call::Origin;
use kernel::error::ApiError;
use serde::{Deserialize, Serialize};

use crate::error::{ALREADY_EXISTS, LIMIT_EXCEEDED, RESOURCE_IN_USE, invalid};
use crate::key::ConfigurationKey;
use crate::limits::LAUNCH_CONFIGURATIONS_MAX;
use crate::page::{self, PageSize};
use crate::record::{LaunchConfiguration as Kept, LaunchSource};
use crate::shape::{BlockDeviceMapping, Empty, InstanceMetadataOptions};
use crate::state::Group;
use crate::{AutoScaling, Cx, Record};

impl AutoScaling {
    pub(crate) fn create_configuration(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: CreateLaunchConfigurationInput,
    ) -> Result<Empty, ApiError> {
        let name = input.launch_configuration_name.clone();
        let (image, instance_type) = match (&input.instance_id, input.image_id, input.instance_type)
        {
            (None, Some(image), Some(instance_type)) => (image, instance_type),
            (Some(instance), image, instance_type) => {
                let like = self.instance_like(cx, origin, instance)?;
                (image.unwrap_or(like.0), instance_type.unwrap_or(like.1))
            }
            _ => {
                return Err(invalid(
                    "Valid requests must contain either the InstanceID parameter or both the ImageId and InstanceType parameters.",
                ));
            }
        };
        if input.user_data.as_ref().is_some_and(|data| data.len() > 21_847) {
            return Err(invalid("User data is limited to 16384 bytes"));
        }
        let kept = Kept {
            account: origin.account.clone(),
            region: origin.region.clone(),
            name,
            id: cx.ids.uuid(),
            created: cx.now,
            image,
            instance_type,
            key_name: input.key_name,
            security_groups: input.security_groups,
            user_data: input.user_data.filter(|data| !data.is_empty()),
            instance_profile: input.iam_instance_profile,
            is_monitored: input.instance_monitoring.and_then(|it| it.enabled),
            block_devices: input.block_device_mappings,
            ebs_optimized: input.ebs_optimized,
            public_ip: input.associate_public_ip_address,
            spot_price: input.spot_price,
            tenancy: input.placement_tenancy,
            kernel: input.kernel_id.filter(|it| !it.is_empty()),
            ramdisk: input.ramdisk_id.filter(|it| !it.is_empty()),
            metadata: input.metadata_options,
        };
        self.keep_configuration(cx, origin, kept)?;
        Ok(Empty {})
    }

    /// Image and type of an instance.
    fn instance_like(
        &self,
        cx: &Cx<'_>,
        origin: &Origin,
        id: &str,
    ) -> Result<(String, String), ApiError> {
        let found = cx.directory.instances.get(id).filter(|instance| {
            (&instance.home.account, &instance.home.region) == (&origin.account, &origin.region)
        });
        let instance = found.ok_or_else(|| invalid(format!("Instance [{id}] is invalid.")))?;
        Ok((instance.image.clone(), instance.instance_type.clone()))
    }

    /// A launch configuration named like a group, by which instances are like one that there is.
    pub(crate) fn configuration_like(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        name: &str,
        instance: &str,
    ) -> Result<(), ApiError> {
        let (image, instance_type) = self.instance_like(cx, origin, instance)?;
        let groups = cx.directory.instances.get(instance).map(|it| it.security_groups.clone());
        let input = CreateLaunchConfigurationInput {
            launch_configuration_name: name.to_owned(),
            image_id: Some(image),
            instance_type: Some(instance_type),
            security_groups: groups.unwrap_or_default(),
            ..Default::default()
        };
        self.create_configuration(cx, origin, input).map(drop)
    }

    fn keep_configuration(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        kept: Kept,
    ) -> Result<(), ApiError> {
        let key = ConfigurationKey::own(origin, &kept.name);
        if self.configurations.contains_key(&key) {
            return Err(ALREADY_EXISTS.says(format!(
                "Launch Configuration by this name already exists - A launch configuration already exists with the name {}",
                kept.name
            )));
        }
        let is_own =
            |it: &&ConfigurationKey| (&it.account, &it.region) == (&origin.account, &origin.region);
        if self.configurations.keys().filter(is_own).count() >= LAUNCH_CONFIGURATIONS_MAX {
            return Err(LIMIT_EXCEEDED.says(format!(
                "You have reached the maximum limit for number of launch configurations: {LAUNCH_CONFIGURATIONS_MAX}."
            )));
        }
        cx.put(|| Record::LaunchConfiguration(Box::new(kept.clone())));
        self.configurations.insert(key, kept);
        Ok(())
    }

    pub(crate) fn delete_configuration(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &DeleteLaunchConfigurationInput,
    ) -> Result<Empty, ApiError> {
        let name = &input.launch_configuration_name;
        let is_user =
            |group: &&Group| group.settings.launch == LaunchSource::Configuration(name.clone());
        if let Some(group) = self.groups_of(origin).find(is_user) {
            return Err(RESOURCE_IN_USE.says(format!(
                "Cannot delete launch configuration {name} because it is attached to AutoScalingGroup {}",
                group.key.name
            )));
        }
        let key = ConfigurationKey::own(origin, name);
        let Some(kept) = self.configurations.remove(&key) else {
            return Err(invalid(format!(
                "Launch configuration name not found - Launch configuration {name} not found"
            )));
        };
        cx.delete(|| kept.key());
        Ok(Empty {})
    }

    pub(crate) fn describe_configurations(
        &self,
        origin: &Origin,
        input: &DescribeLaunchConfigurationsInput,
    ) -> Result<DescribeLaunchConfigurationsOutput, ApiError> {
        let names = input.launch_configuration_names.as_ref();
        let found = self.configurations.iter().filter(|(key, _)| {
            (&key.account, &key.region) == (&origin.account, &origin.region)
                && names.is_none_or(|it| it.is_empty() || it.iter().any(|it| **it == *key.name))
        });
        let asked = (input.next_token.as_deref(), input.max_records);
        let page = page::of(found, asked, PageSize::USUAL, |(key, _)| key.name.to_string())?;
        Ok(DescribeLaunchConfigurationsOutput {
            launch_configurations: page.items.into_iter().map(|(_, kept)| kept.into()).collect(),
            next_token: page.next_token,
        })
    }
}

impl Kept {
    /// Its ARN.
    pub(crate) fn arn(&self) -> String {
        let Self { account, region, id, name, .. } = self;
        format!(
            "arn:aws:autoscaling:{region}:{account}:launchConfiguration:{id}:launchConfigurationName/{name}"
        )
    }
}

impl From<&Kept> for LaunchConfiguration {
    fn from(kept: &Kept) -> Self {
        Self {
            launch_configuration_name: kept.name.clone(),
            launch_configuration_arn: kept.arn(),
            image_id: kept.image.clone(),
            key_name: kept.key_name.clone(),
            security_groups: kept.security_groups.clone(),
            classic_link_vpc_security_groups: Vec::new(),
            user_data: kept.user_data.clone().unwrap_or_default(),
            instance_type: kept.instance_type.clone(),
            kernel_id: kept.kernel.clone().unwrap_or_default(),
            ramdisk_id: kept.ramdisk.clone().unwrap_or_default(),
            block_device_mappings: kept.block_devices.clone(),
            // By CLI and SDK detailed monitoring is on unless told.
            instance_monitoring: InstanceMonitoring {
                enabled: Some(kept.is_monitored.unwrap_or(true)),
            },
            spot_price: kept.spot_price.clone(),
            iam_instance_profile: kept.instance_profile.clone(),
            created_time: kept.created.as_epoch_s(),
            ebs_optimized: kept.ebs_optimized.unwrap_or(false),
            associate_public_ip_address: kept.public_ip,
            placement_tenancy: kept.tenancy.clone(),
            metadata_options: kept.metadata.clone(),
        }
    }
}

/// Input of `CreateLaunchConfiguration`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CreateLaunchConfigurationInput {
    /// Its name.
    pub launch_configuration_name: String,
    /// `ami-…`
    pub image_id: Option<String>,
    /// The name of a key pair.
    pub key_name: Option<String>,
    /// Ids.
    #[serde(default)]
    pub security_groups: Vec<String>,
    /// In base64.
    pub user_data: Option<String>,
    /// Like this instance.
    pub instance_id: Option<String>,
    /// `t2.medium`
    pub instance_type: Option<String>,
    /// Kept.
    pub kernel_id: Option<String>,
    /// Kept.
    pub ramdisk_id: Option<String>,
    /// Volumes.
    #[serde(default)]
    pub block_device_mappings: Vec<BlockDeviceMapping>,
    /// Whether instances report each minute: yes, unless told.
    pub instance_monitoring: Option<InstanceMonitoring>,
    /// Kept.
    pub spot_price: Option<String>,
    /// A name or an ARN.
    pub iam_instance_profile: Option<String>,
    /// They have a channel of their own to their volumes.
    pub ebs_optimized: Option<bool>,
    /// They have a public address.
    pub associate_public_ip_address: Option<bool>,
    /// `default` or `dedicated`.
    pub placement_tenancy: Option<String>,
    /// How their metadata is asked for.
    pub metadata_options: Option<InstanceMetadataOptions>,
}

/// Whether instances report each minute.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct InstanceMonitoring {
    /// They do.
    pub enabled: Option<bool>,
}

/// Input of `DeleteLaunchConfiguration`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DeleteLaunchConfigurationInput {
    /// Its name.
    pub launch_configuration_name: String,
}

/// Input of `DescribeLaunchConfigurations`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeLaunchConfigurationsInput {
    /// These.
    pub launch_configuration_names: Option<Vec<String>>,
    /// Where the page before ended.
    pub next_token: Option<String>,
    /// Launch configurations of a page.
    pub max_records: Option<i64>,
}

/// Output of `DescribeLaunchConfigurations`.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeLaunchConfigurationsOutput {
    /// The launch configurations.
    pub launch_configurations: Vec<LaunchConfiguration>,
    /// Where the next page begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// A launch configuration as it is told.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct LaunchConfiguration {
    launch_configuration_name: String,
    #[serde(rename = "LaunchConfigurationARN")]
    launch_configuration_arn: String,
    image_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_name: Option<String>,
    security_groups: Vec<String>,
    #[serde(rename = "ClassicLinkVPCSecurityGroups")]
    classic_link_vpc_security_groups: Vec<String>,
    user_data: String,
    instance_type: String,
    kernel_id: String,
    ramdisk_id: String,
    block_device_mappings: Vec<BlockDeviceMapping>,
    instance_monitoring: InstanceMonitoring,
    #[serde(skip_serializing_if = "Option::is_none")]
    spot_price: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iam_instance_profile: Option<String>,
    created_time: f64,
    ebs_optimized: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    associate_public_ip_address: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    placement_tenancy: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata_options: Option<InstanceMetadataOptions>,
}
