//! What a network is asked and told one by one.

use kernel::call::Origin;
use kernel::error::ApiError;
use serde_json::json;

use super::Vpc;
use crate::input::{Flag, input};
use crate::shelf::home_of;
use crate::{Answer, Cx, Ec2, error as errors};

input! {
    DescribeVpcAttributeInput { attribute: String, vpc_id: String }
    ModifyVpcAttributeInput { enable_dns_hostnames: Option<Flag>, enable_dns_support: Option<Flag>, vpc_id: String, enable_network_address_usage_metrics: Option<Flag> }
}

impl Ec2 {
    pub(crate) fn describe_vpc_attribute(
        &self,
        origin: &Origin,
        input: &DescribeVpcAttributeInput,
    ) -> Result<Answer, ApiError> {
        let vpc: &Vpc = self.find(&home_of(origin), &input.vpc_id)?;
        let (name, value) = match &*input.attribute {
            "enableDnsSupport" => ("EnableDnsSupport", vpc.dns_support),
            "enableDnsHostnames" => ("EnableDnsHostnames", vpc.dns_hostnames),
            "enableNetworkAddressUsageMetrics" => {
                ("EnableNetworkAddressUsageMetrics", vpc.address_usage_metrics)
            }
            other => {
                return Err(errors::INVALID_PARAMETER_VALUE.says(format!(
                    "Value ({other}) for parameter attribute is invalid. Unknown attribute."
                )));
            }
        };
        Ok(Answer(json!({"VpcId": vpc.id, name: {"Value": value}})))
    }

    pub(crate) fn modify_vpc_attribute(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &ModifyVpcAttributeInput,
    ) -> Result<Answer, ApiError> {
        let mut vpc: Vpc = self.find::<Vpc>(&home_of(origin), &input.vpc_id)?.clone();
        let given = [
            &input.enable_dns_support,
            &input.enable_dns_hostnames,
            &input.enable_network_address_usage_metrics,
        ];
        match given.iter().filter(|flag| flag.is_some()).count() {
            1 => {}
            0 => {
                return Err(
                    errors::MISSING_PARAMETER.says("The request must contain an attribute.")
                );
            }
            _ => {
                return Err(errors::INVALID_PARAMETER_COMBINATION
                    .says("Fields for multiple attribute types specified"));
            }
        }
        let [support, hostnames, metrics] = given;
        for (flag, own) in [
            (support, &mut vpc.dns_support),
            (hostnames, &mut vpc.dns_hostnames),
            (metrics, &mut vpc.address_usage_metrics),
        ] {
            if let Some(flag) = flag {
                *own = flag.value;
            }
        }
        self.keep(cx, vpc);
        Ok(Answer::empty())
    }
}
