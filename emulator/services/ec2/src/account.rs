//! What is asked of an account itself.

use kernel::call::Origin;
use kernel::error::ApiError;
use serde_json::{Value, json};

use crate::input::input;
use crate::shelf::home_of;
use crate::{Answer, Ec2, error as errors, limits};

input! {
    DescribeAccountAttributesInput { attribute_names: Vec<String> }
}

impl Ec2 {
    pub(crate) fn describe_account_attributes(
        &self,
        origin: &Origin,
        input: &DescribeAccountAttributesInput,
    ) -> Result<Answer, ApiError> {
        let vpc = self.default_vpc(&home_of(origin)).map_or("none", |vpc| &*vpc.id);
        let all = [
            ("vpc-max-security-groups-per-interface", "5".to_owned()),
            ("max-instances", limits::INSTANCES_MAX.to_string()),
            ("supported-platforms", "VPC".to_owned()),
            ("default-vpc", vpc.to_owned()),
            ("max-elastic-ips", limits::ADDRESSES_MAX.to_string()),
            ("vpc-max-elastic-ips", limits::ADDRESSES_MAX.to_string()),
        ];
        let names = &input.attribute_names;
        if let Some(unknown) = names.iter().find(|name| !all.iter().any(|(own, _)| own == name)) {
            return Err(errors::INVALID_PARAMETER_VALUE
                .says(format!("Value ({unknown}) for parameter attributeName is invalid.")));
        }
        let is_asked = |name: &str| names.is_empty() || names.iter().any(|own| own == name);
        let row = |(name, value): &(&str, String)| json!({"AttributeName": name, "AttributeValues": [{"AttributeValue": value}]});
        let rows: Vec<Value> = all.iter().filter(|(name, _)| is_asked(name)).map(row).collect();
        Ok(Answer(json!({"AccountAttributes": rows})))
    }
}
