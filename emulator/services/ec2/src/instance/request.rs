//! What instances are launched with: the request, and beneath it a launch template.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use kernel::directory::Home;
use kernel::error::ApiError;

use crate::input::TagSpecification;
use crate::{Ec2, error as errors};

/// Input of `RunInstances`.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct RunInstancesInput {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) block_device_mappings: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) image_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) instance_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) kernel_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) max_count: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) min_count: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) monitoring: Option<Monitoring>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) placement: Option<Placement>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ramdisk_id: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) security_group_ids: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) security_groups: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) subnet_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user_data: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) tag_specifications: Vec<TagSpecification>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) launch_template: Option<TemplateSpecification>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) credit_specification: Option<CreditSpecification>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cpu_options: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) capacity_reservation_specification: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hibernation_options: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) metadata_options: Option<MetadataRequest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) enclave_options: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) private_dns_name_options: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) maintenance_options: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) disable_api_stop: Option<bool>,
    pub(crate) dry_run: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) disable_api_termination: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) instance_initiated_shutdown_behavior: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) private_ip_address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) client_token: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) network_interfaces: Vec<InterfaceRequest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) iam_instance_profile: Option<ProfileSpecification>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ebs_optimized: Option<bool>,
}

/// Which launch template, and which version of it.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct TemplateSpecification {
    pub(crate) launch_template_id: Option<String>,
    pub(crate) launch_template_name: Option<String>,
    pub(crate) version: Option<String>,
}

/// An instance profile, by ARN or by name.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct ProfileSpecification {
    pub(crate) arn: Option<String>,
    pub(crate) name: Option<String>,
}

/// Whether an instance reports each minute.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct Monitoring {
    pub(crate) enabled: bool,
}

/// Where an instance is put.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct Placement {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) availability_zone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) availability_zone_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tenancy: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) group_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) affinity: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) host_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) partition_number: Option<i64>,
}

/// How credits are used up.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct CreditSpecification {
    pub(crate) cpu_credits: Option<String>,
}

/// How metadata is asked for.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct MetadataRequest {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) http_tokens: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) http_put_response_hop_limit: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) http_endpoint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) http_protocol_ipv6: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) instance_metadata_tags: Option<String>,
}

/// The one network interface that an instance has here.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct InterfaceRequest {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) associate_public_ip_address: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) delete_on_termination: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) device_index: Option<i64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) groups: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) interface_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) network_card_index: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) private_ip_address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) subnet_id: Option<String>,
}

/// Tags of both by kind of thing: of the same key, those of the request.
fn merged_tags(beneath: Option<Value>, given: Option<&Value>) -> Option<Value> {
    let mut all: Vec<Value> = beneath?.as_array()?.clone();
    for specification in given.and_then(Value::as_array).into_iter().flatten() {
        let kind = &specification["ResourceType"];
        let Some(own) = all.iter_mut().find(|it| it["ResourceType"] == *kind) else {
            all.push(specification.clone());
            continue;
        };
        let mut tags: Vec<Value> = own["Tags"].as_array().cloned().unwrap_or_default();
        for tag in specification["Tags"].as_array().into_iter().flatten() {
            tags.retain(|it| it["Key"] != tag["Key"]);
            tags.push(tag.clone());
        }
        own["Tags"] = Value::Array(tags);
    }
    Some(Value::Array(all))
}

impl Ec2 {
    /// What an instance is launched with, and the template with its version. What the request says counts; what it
    /// leaves open, the template says. <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html>
    pub(super) fn with_template(
        &self,
        home: &Home,
        request: RunInstancesInput,
    ) -> Result<(RunInstancesInput, Option<(String, u64)>), ApiError> {
        let Some(named) = request.launch_template.clone() else { return Ok((request, None)) };
        let template = self.template(
            home,
            named.launch_template_id.as_deref(),
            named.launch_template_name.as_deref(),
        )?;
        let (number, version) = template.version(named.version.as_deref().unwrap_or("$Default"))?;
        let mut all: Map<String, Value> = version.data.as_object().cloned().unwrap_or_default();
        if let Some(ramdisk) = all.remove("RamDiskId") {
            all.insert("RamdiskId".to_owned(), ramdisk);
        }
        let given = serde_json::to_value(&request).unwrap_or_default();
        let given: Map<String, Value> = given.as_object().cloned().unwrap_or_default();
        let tags = merged_tags(all.remove("TagSpecifications"), given.get("TagSpecifications"));
        // One of the two ways of naming groups takes the other's place.
        if given.contains_key("SecurityGroupIds") || given.contains_key("SecurityGroups") {
            all.remove("SecurityGroupIds");
            all.remove("SecurityGroups");
        }
        all.extend(given);
        all.extend(tags.map(|tags| ("TagSpecifications".to_owned(), tags)));
        let merged: RunInstancesInput = kernel::operations::decode("RunInstances", json!(all))?;
        Ok((merged, Some((template.id.clone(), number))))
    }
}

/// How many of at least and at most so many.
pub(super) fn counts(request: &RunInstancesInput) -> Result<(usize, usize), ApiError> {
    let count = |said: Option<i64>, name: &str| {
        let said = said.ok_or_else(|| {
            errors::MISSING_PARAMETER.says(format!("The request must contain the parameter {name}"))
        })?;
        usize::try_from(said).ok().filter(|count| *count > 0).ok_or_else(|| {
            errors::INVALID_PARAMETER_VALUE.says(format!(
                "Value ({said}) for parameter {name} is invalid. Minimum value is 1."
            ))
        })
    };
    let (least, most) =
        (count(request.min_count, "MinCount")?, count(request.max_count, "MaxCount")?);
    match least <= most {
        true => Ok((least, most)),
        false => Err(errors::INVALID_PARAMETER_COMBINATION
            .says(format!("The parameter MinCount ({least}) is larger than MaxCount ({most})"))),
    }
}
