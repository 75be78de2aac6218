//! Internet gateways: <https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html>.

use kernel::call::Origin;
use kernel::directory::Home;
use kernel::error::ApiError;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::filter::{Filters, Page, listing, select};
use crate::input::{Filter, TagSpecification, input};
use crate::shelf::{entity, home_of, new_id};
use crate::vpc::Vpc;
use crate::{Answer, Cx, Ec2, error as errors, tag};

input! {
    CreateInternetGatewayInput { tag_specifications: Vec<TagSpecification> }
    AttachInternetGatewayInput { internet_gateway_id: String, vpc_id: String }
    DetachInternetGatewayInput { internet_gateway_id: String, vpc_id: String }
    DeleteInternetGatewayInput { internet_gateway_id: String }
    DescribeInternetGatewaysInput { next_token: Option<String>, max_results: Option<i64>, internet_gateway_ids: Vec<String>, filters: Vec<Filter> }
}

/// A way between a network and the world, stored as it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InternetGateway {
    pub(crate) id: String,
    pub(crate) home: Home,
    pub(crate) vpc: Option<String>,
}

entity! { InternetGateway in internet_gateways; "igw-", "internetGateway ID", "internetGatewayId", INVALID_INTERNET_GATEWAY_ID_NOT_FOUND, INVALID_INTERNET_GATEWAY_ID_MALFORMED; }

const FILTERS: Filters = &[
    ("attachment.state", "Attachments.State"),
    ("attachment.vpc-id", "Attachments.VpcId"),
    ("internet-gateway-id", "InternetGatewayId"),
    ("owner-id", "OwnerId"),
];

impl Ec2 {
    pub(crate) fn create_internet_gateway(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &CreateInternetGatewayInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        let tags = tag::specified(&input.tag_specifications, "internet-gateway")?;
        let gateway = InternetGateway { id: new_id(cx.ids, "igw-"), home: home.clone(), vpc: None };
        let id = gateway.id.clone();
        self.keep(cx, gateway);
        self.tag(cx, &home, &id, tags);
        let row = self.gateway_row(self.find(&home, &id)?);
        Ok(Answer(json!({"InternetGateway": row})))
    }

    pub(crate) fn attach_internet_gateway(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &AttachInternetGatewayInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        let mut gateway: InternetGateway =
            self.find::<InternetGateway>(&home, &input.internet_gateway_id)?.clone();
        let vpc = self.find::<Vpc>(&home, &input.vpc_id)?.id.clone();
        if let Some(other) = &gateway.vpc {
            return Err(errors::RESOURCE_ALREADY_ASSOCIATED
                .says(format!("resource {} is already attached to network {other}", gateway.id)));
        }
        if self.internet_gateways.values().any(|it| it.vpc.as_ref() == Some(&vpc)) {
            return Err(errors::INVALID_PARAMETER_VALUE
                .says(format!("Network {vpc} already has an internet gateway attached")));
        }
        gateway.vpc = Some(vpc);
        self.keep(cx, gateway);
        Ok(Answer::empty())
    }

    pub(crate) fn detach_internet_gateway(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &DetachInternetGatewayInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        let mut gateway: InternetGateway =
            self.find::<InternetGateway>(&home, &input.internet_gateway_id)?.clone();
        let vpc = self.find::<Vpc>(&home, &input.vpc_id)?.id.clone();
        if gateway.vpc.as_ref() != Some(&vpc) {
            return Err(errors::GATEWAY_NOT_ATTACHED
                .says(format!("resource {} is not attached to network {vpc}", gateway.id)));
        }
        if self.instances.values().any(|it| it.vpc == vpc && it.has_public_address()) {
            return Err(errors::DEPENDENCY_VIOLATION.says(format!(
                "Network {vpc} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway."
            )));
        }
        gateway.vpc = None;
        self.keep(cx, gateway);
        Ok(Answer::empty())
    }

    pub(crate) fn delete_internet_gateway(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &DeleteInternetGatewayInput,
    ) -> Result<Answer, ApiError> {
        let gateway: &InternetGateway = self.find(&home_of(origin), &input.internet_gateway_id)?;
        let id = gateway.id.clone();
        if gateway.vpc.is_some() {
            return Err(errors::DEPENDENCY_VIOLATION.says(format!(
                "The internetGateway '{id}' has dependencies and cannot be deleted."
            )));
        }
        self.forget::<InternetGateway>(cx, &id);
        Ok(Answer::empty())
    }

    pub(crate) fn describe_internet_gateways(
        &self,
        origin: &Origin,
        input: &DescribeInternetGatewaysInput,
    ) -> Result<Answer, ApiError> {
        let ids = &input.internet_gateway_ids;
        let rows = self.rows(&home_of(origin), ids, |it| self.gateway_row(it))?;
        let page = Page {
            max_results: input.max_results,
            next_token: input.next_token.as_deref(),
            by: (!ids.is_empty()).then_some("internetGatewaySet"),
            ..Page::default()
        };
        listing("InternetGateways", select(rows, &input.filters, FILTERS)?, page)
    }

    fn gateway_row(&self, gateway: &InternetGateway) -> Value {
        let attachments: Vec<Value> =
            gateway.vpc.iter().map(|vpc| json!({"State": "available", "VpcId": vpc})).collect();
        json!({
            "InternetGatewayId": gateway.id,
            "OwnerId": gateway.home.account,
            "Attachments": attachments,
            "Tags": self.tag_list(&gateway.id),
        })
    }
}
