//! What an instance is asked and told one by one.

use kernel::call::Origin;
use kernel::directory::InstanceState;
use kernel::error::ApiError;
use serde_json::{Value, json};

use super::Instance;
use super::run::user_data;
use crate::input::{Flag, Text, input, required};
use crate::instance_type::InstanceType;
use crate::shelf::home_of;
use crate::{Answer, Cx, Ec2, error as errors};
use kernel::directory::Home;

input! {
    DescribeInstanceAttributeInput { instance_id: String, attribute: String }
    ModifyInstanceAttributeInput { source_dest_check: Option<Flag>, disable_api_stop: Option<Flag>, instance_id: String, attribute: Option<String>, value: Option<String>, block_device_mappings: Vec<Value>, disable_api_termination: Option<Flag>, instance_type: Option<Text>, user_data: Option<Text>, instance_initiated_shutdown_behavior: Option<Text>, groups: Vec<String>, ebs_optimized: Option<Flag>, ena_support: Option<Flag> }
    ResetInstanceAttributeInput { instance_id: String, attribute: String }
    ModifyInstanceMetadataOptionsInput { instance_id: String, http_tokens: Option<String>, http_put_response_hop_limit: Option<i64>, http_endpoint: Option<String>, http_protocol_ipv6: Option<String>, instance_metadata_tags: Option<String> }
}

/// One change of an instance.
enum Attribute {
    Type(String),
    UserData(String),
    KeepsFromTermination(bool),
    KeepsFromStop(bool),
    ShutdownBehavior(String),
    SourceDestCheck(bool),
    EbsOptimized(bool),
    Groups(Vec<String>),
    Mappings(Vec<Value>),
    /// Kept nowhere: every instance here has it.
    Ena,
}

impl ModifyInstanceAttributeInput {
    fn attributes(&self) -> Result<Vec<Attribute>, ApiError> {
        let mut all = Vec::new();
        all.extend(self.instance_type.as_ref().map(|it| Attribute::Type(it.value.clone())));
        all.extend(self.user_data.as_ref().map(|it| Attribute::UserData(it.value.clone())));
        let termination = self.disable_api_termination.as_ref();
        all.extend(termination.map(|it| Attribute::KeepsFromTermination(it.value)));
        all.extend(self.disable_api_stop.as_ref().map(|it| Attribute::KeepsFromStop(it.value)));
        let behavior = self.instance_initiated_shutdown_behavior.as_ref();
        all.extend(behavior.map(|it| Attribute::ShutdownBehavior(it.value.clone())));
        all.extend(self.source_dest_check.as_ref().map(|it| Attribute::SourceDestCheck(it.value)));
        all.extend(self.ebs_optimized.as_ref().map(|it| Attribute::EbsOptimized(it.value)));
        all.extend(self.ena_support.as_ref().map(|_| Attribute::Ena));
        if !self.groups.is_empty() {
            all.push(Attribute::Groups(self.groups.clone()));
        }
        if !self.block_device_mappings.is_empty() {
            all.push(Attribute::Mappings(self.block_device_mappings.clone()));
        }
        if let Some(name) = &self.attribute {
            all.extend(self.by_name(name)?);
        }
        Ok(all)
    }

    /// The older way: a name and a value.
    fn by_name(&self, name: &str) -> Result<Option<Attribute>, ApiError> {
        let Some(value) = self.value.clone() else { return Ok(None) };
        let is_true = value.eq_ignore_ascii_case("true");
        Ok(Some(match name {
            "instanceType" => Attribute::Type(value),
            "userData" => Attribute::UserData(value),
            "disableApiTermination" => Attribute::KeepsFromTermination(is_true),
            "disableApiStop" => Attribute::KeepsFromStop(is_true),
            "instanceInitiatedShutdownBehavior" => Attribute::ShutdownBehavior(value),
            "sourceDestCheck" => Attribute::SourceDestCheck(is_true),
            "ebsOptimized" => Attribute::EbsOptimized(is_true),
            other => return Err(unknown(other)),
        }))
    }
}

impl Ec2 {
    fn one_instance(&self, home: &Home, id: &str) -> Result<&Instance, ApiError> {
        required(id, "instanceId")?;
        let ids = [id.to_owned()];
        let found = self.instances_of(home, &ids)?;
        // There is as much as was asked for.
        found.first().copied().ok_or_else(|| (&kernel::error::INTERNAL_ERROR).into())
    }

    pub(crate) fn describe_instance_attribute(
        &self,
        origin: &Origin,
        input: &DescribeInstanceAttributeInput,
    ) -> Result<Answer, ApiError> {
        let it = self.one_instance(&home_of(origin), &input.instance_id)?;
        let flag = |value: bool| json!({"Value": value});
        let (member, value) = match &*input.attribute {
            "instanceType" => ("InstanceType", json!({"Value": it.instance_type})),
            "kernel" => ("KernelId", json!({})),
            "ramdisk" => ("RamdiskId", json!({})),
            "userData" => (
                "UserData",
                match &it.user_data {
                    Some(data) => json!({"Value": data}),
                    None => json!({}),
                },
            ),
            "disableApiTermination" => ("DisableApiTermination", flag(it.keeps_from_termination)),
            "disableApiStop" => ("DisableApiStop", flag(it.keeps_from_stop)),
            "instanceInitiatedShutdownBehavior" => {
                ("InstanceInitiatedShutdownBehavior", json!({"Value": it.shutdown_behavior}))
            }
            "rootDeviceName" => ("RootDeviceName", json!({"Value": it.root_device})),
            "blockDeviceMapping" => {
                ("BlockDeviceMappings", self.instance_row(it)["BlockDeviceMappings"].clone())
            }
            "productCodes" => ("ProductCodes", json!([])),
            "sourceDestCheck" => ("SourceDestCheck", flag(it.source_dest_check)),
            "groupSet" => {
                let group = |id: &String| json!({"GroupId": id});
                ("Groups", it.security_groups.iter().map(group).collect())
            }
            "ebsOptimized" => ("EbsOptimized", flag(it.ebs_optimized)),
            "sriovNetSupport" => ("SriovNetSupport", json!({"Value": "simple"})),
            "enaSupport" => ("EnaSupport", flag(true)),
            "enclaveOptions" => ("EnclaveOptions", json!({"Enabled": false})),
            other => return Err(unknown(other)),
        };
        Ok(Answer(json!({"InstanceId": it.id, member: value})))
    }

    pub(crate) fn modify_instance_attribute(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &ModifyInstanceAttributeInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        let mut it = self.one_instance(&home, &input.instance_id)?.clone();
        let mut all = input.attributes()?;
        let attribute = match (all.pop(), all.is_empty()) {
            (Some(one), true) => one,
            (None, _) => {
                return Err(errors::INVALID_PARAMETER_COMBINATION.says("No attributes specified."));
            }
            (Some(_), false) => {
                return Err(errors::INVALID_PARAMETER_COMBINATION
                    .says("Fields for multiple attribute types specified"));
            }
        };
        match attribute {
            Attribute::Type(name) => {
                Self::only_stopped(&it)?;
                let kind = InstanceType::named(&name).ok_or_else(|| {
                    errors::INVALID_INSTANCE_ATTRIBUTE_VALUE
                        .says(format!("Invalid value '{name}' for InstanceType."))
                })?;
                it.cpu_credits = kind.default_credits().map(str::to_owned);
                it.instance_type = name;
            }
            Attribute::UserData(data) => {
                Self::only_stopped(&it)?;
                it.user_data = user_data(Some(&data))?;
            }
            Attribute::KeepsFromTermination(keeps) => it.keeps_from_termination = keeps,
            Attribute::KeepsFromStop(keeps) => it.keeps_from_stop = keeps,
            Attribute::ShutdownBehavior(behavior) => {
                if !["stop", "terminate"].contains(&&*behavior) {
                    return Err(errors::INVALID_PARAMETER_VALUE.says(format!(
                        "Value ({behavior}) for parameter value is invalid. Invalid shutdown behavior."
                    )));
                }
                it.shutdown_behavior = behavior;
            }
            Attribute::SourceDestCheck(checks) => it.source_dest_check = checks,
            Attribute::EbsOptimized(is_optimized) => it.ebs_optimized = is_optimized,
            Attribute::Groups(groups) => {
                self.are_of_its_network(&home, &it, &groups)?;
                it.security_groups = groups;
            }
            Attribute::Mappings(mappings) => {
                for mapping in &mappings {
                    let goes = mapping.pointer("/Ebs/DeleteOnTermination").and_then(Value::as_bool);
                    let own = it.volumes.iter_mut().find(|own| own.device == mapping["DeviceName"]);
                    if let (Some(own), Some(goes)) = (own, goes) {
                        own.goes_with_instance = goes;
                    }
                }
            }
            Attribute::Ena => {}
        }
        self.keep(cx, it);
        Ok(Answer::empty())
    }

    fn are_of_its_network(
        &self,
        home: &Home,
        it: &Instance,
        groups: &[String],
    ) -> Result<(), ApiError> {
        for id in groups {
            let group: &crate::security_group::SecurityGroup = self.find(home, id)?;
            if group.vpc != it.vpc {
                return Err(errors::INVALID_PARAMETER.says(format!(
                    "Security group {id} and interface {} belong to different networks.",
                    it.interface
                )));
            }
        }
        Ok(())
    }

    fn only_stopped(it: &Instance) -> Result<(), ApiError> {
        match it.state {
            InstanceState::Stopped => Ok(()),
            _ => Err(errors::INCORRECT_INSTANCE_STATE
                .says(format!("The instance '{}' is not in the 'stopped' state.", it.id))),
        }
    }

    pub(crate) fn reset_instance_attribute(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &ResetInstanceAttributeInput,
    ) -> Result<Answer, ApiError> {
        let mut it = self.one_instance(&home_of(origin), &input.instance_id)?.clone();
        match &*input.attribute {
            "sourceDestCheck" => it.source_dest_check = true,
            "kernel" | "ramdisk" => {}
            other => return Err(unknown(other)),
        }
        self.keep(cx, it);
        Ok(Answer::empty())
    }

    pub(crate) fn modify_instance_metadata_options(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &ModifyInstanceMetadataOptionsInput,
    ) -> Result<Answer, ApiError> {
        let mut it = self.one_instance(&home_of(origin), &input.instance_id)?.clone();
        let one_of = |said: &Option<String>, name: &str, [on, off]: [&str; 2]| match said.as_deref()
        {
            None => Ok(None),
            Some(said) if said == on || said == off => Ok(Some(said == on)),
            Some(said) => Err(errors::INVALID_PARAMETER_VALUE
                .says(format!("Value ({said}) for parameter {name} is invalid."))),
        };
        let switch = ["enabled", "disabled"];
        let tokens = one_of(&input.http_tokens, "HttpTokens", ["required", "optional"])?;
        let endpoint = one_of(&input.http_endpoint, "HttpEndpoint", switch)?;
        let tags = one_of(&input.instance_metadata_tags, "InstanceMetadataTags", switch)?;
        let ipv6 = one_of(&input.http_protocol_ipv6, "HttpProtocolIpv6", switch)?;
        if let Some(limit) = input.http_put_response_hop_limit {
            let limit = u8::try_from(limit).ok().filter(|it| (1..=64).contains(it));
            it.metadata.hop_limit = limit.ok_or_else(|| {
                errors::INVALID_PARAMETER_VALUE.says(
                    "Value for parameter HttpPutResponseHopLimit is invalid. It is from 1 to 64.",
                )
            })?;
        }
        let own = &mut it.metadata;
        own.needs_token = tokens.unwrap_or(own.needs_token);
        own.is_enabled = endpoint.unwrap_or(own.is_enabled);
        own.shows_tags = tags.unwrap_or(own.shows_tags);
        own.ipv6 = ipv6.unwrap_or(own.ipv6);
        let mut row = own.row();
        row["State"] = json!("pending");
        let id = it.id.clone();
        self.keep(cx, it);
        Ok(Answer(json!({"InstanceId": id, "InstanceMetadataOptions": row})))
    }
}

fn unknown(attribute: &str) -> ApiError {
    errors::INVALID_PARAMETER_VALUE
        .says(format!("Value ({attribute}) for parameter attribute is invalid. Unknown attribute."))
}
