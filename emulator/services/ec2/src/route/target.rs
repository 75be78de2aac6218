//! Routes of a table.

use kernel::call::Origin;
use kernel::directory::Home;
use kernel::error::ApiError;
use serde_json::{Value, json};

use super::{Route, RouteTable, RouteTarget};
use crate::cidr::Cidr;
use crate::gateway::InternetGateway;
use crate::input::input;
use crate::shelf::home_of;
use crate::{Answer, Cx, Ec2, error as errors, limits};

input! {
    CreateRouteInput { route_table_id: String, destination_cidr_block: Option<String>, gateway_id: Option<String>, destination_ipv6_cidr_block: Option<String>, instance_id: Option<String>, network_interface_id: Option<String> }
    ReplaceRouteInput { local_target: Option<bool>, route_table_id: String, destination_cidr_block: Option<String>, gateway_id: Option<String>, destination_ipv6_cidr_block: Option<String>, instance_id: Option<String>, network_interface_id: Option<String> }
    DeleteRouteInput { route_table_id: String, destination_cidr_block: Option<String>, destination_ipv6_cidr_block: Option<String> }
}

const ONE_OF: &str = "The request must contain exactly one of gatewayId, localGatewayId, carrierGatewayId, natGatewayId, networkInterfaceId, vpcPeeringConnectionId, egressOnlyInternetGatewayId, transitGatewayId, vpcEndpointId, coreNetworkArn or instanceId";

/// For which addresses a route is, in the form in which it is kept.
fn destination(v4: Option<&String>, v6: Option<&String>) -> Result<String, ApiError> {
    match (v4, v6) {
        (Some(text), None) => Cidr::parse(text).map(|cidr| cidr.to_string()).ok_or_else(|| {
            errors::INVALID_PARAMETER_VALUE.says(format!(
                "Value ({text}) for parameter destinationCidrBlock is invalid. This is not a valid CIDR block."
            ))
        }),
        (None, Some(text)) => match text.split_once('/') {
            Some((address, _)) if address.parse::<std::net::Ipv6Addr>().is_ok() => Ok(text.clone()),
            _ => Err(errors::INVALID_PARAMETER_VALUE.says(format!(
                "Value ({text}) for parameter destinationIpv6CidrBlock is invalid. This is not a valid CIDR block."
            ))),
        },
        (None, None) => Err(errors::MISSING_PARAMETER
            .says("The request must contain the parameter destinationCidrBlock")),
        (Some(_), Some(_)) => Err(errors::INVALID_PARAMETER_COMBINATION.says(
            "Only one of destinationCidrBlock and destinationIpv6CidrBlock may be given.",
        )),
    }
}

impl Ec2 {
    /// Whereto, of the one target that is given.
    fn target(
        &self,
        home: &Home,
        vpc: &str,
        [gateway, instance, interface]: [Option<&String>; 3],
    ) -> Result<RouteTarget, ApiError> {
        match (gateway, instance, interface) {
            (Some(id), None, None) if id == "local" => Ok(RouteTarget::Local),
            (Some(id), None, None) => {
                let gateway: &InternetGateway = self.find(home, id)?;
                match gateway.vpc.as_deref() == Some(vpc) {
                    true => Ok(RouteTarget::Gateway(id.clone())),
                    false => Err(errors::INVALID_PARAMETER_VALUE.says(format!(
                        "route table and network gateway {id} belong to different networks"
                    ))),
                }
            }
            (None, Some(id), None) => match self.instances.get(id).filter(|it| it.home == *home) {
                Some(_) => Ok(RouteTarget::Instance(id.clone())),
                None => Err(errors::INVALID_INSTANCE_ID_NOT_FOUND
                    .says(format!("The instance ID '{id}' does not exist"))),
            },
            (None, None, Some(id)) => {
                let mut instances = self.instances.values();
                match instances.find(|it| it.home == *home && it.interface == *id) {
                    Some(_) => Ok(RouteTarget::Interface(id.clone())),
                    None => Err(errors::INVALID_NETWORK_INTERFACE_ID_NOT_FOUND
                        .says(format!("The networkInterface ID '{id}' does not exist"))),
                }
            }
            (None, None, None) => Err(errors::MISSING_PARAMETER.says(ONE_OF)),
            _ => Err(errors::INVALID_PARAMETER_COMBINATION.says(ONE_OF)),
        }
    }

    pub(crate) fn create_route(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &CreateRouteInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        let mut table = self.find::<RouteTable>(&home, &input.route_table_id)?.clone();
        let destination = destination(
            input.destination_cidr_block.as_ref(),
            input.destination_ipv6_cidr_block.as_ref(),
        )?;
        let given = [&input.gateway_id, &input.instance_id, &input.network_interface_id];
        let to = self.target(&home, &table.vpc, given.map(Option::as_ref))?;
        if table.routes.iter().any(|route| route.destination == destination) {
            return Err(errors::ROUTE_ALREADY_EXISTS
                .says(format!("The route identified by {destination} already exists.")));
        }
        if table.routes.len() >= limits::ROUTES_MAX {
            return Err(errors::ROUTE_LIMIT_EXCEEDED
                .says(format!("The maximum number of routes of {} has been reached.", table.id)));
        }
        table.routes.push(Route { destination, to, is_made_with_table: false });
        self.keep(cx, table);
        Ok(Answer(json!({"Return": true})))
    }

    pub(crate) fn replace_route(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &ReplaceRouteInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        let mut table = self.find::<RouteTable>(&home, &input.route_table_id)?.clone();
        let destination = destination(
            input.destination_cidr_block.as_ref(),
            input.destination_ipv6_cidr_block.as_ref(),
        )?;
        let to = match input.local_target {
            Some(true) => RouteTarget::Local,
            _ => {
                let given = [&input.gateway_id, &input.instance_id, &input.network_interface_id];
                self.target(&home, &table.vpc, given.map(Option::as_ref))?
            }
        };
        let id = table.id.clone();
        let Some(own) = table.routes.iter_mut().find(|route| route.destination == destination)
        else {
            return Err(no_route(&id, &destination));
        };
        own.to = to;
        self.keep(cx, table);
        Ok(Answer::empty())
    }

    pub(crate) fn delete_route(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &DeleteRouteInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        let mut table = self.find::<RouteTable>(&home, &input.route_table_id)?.clone();
        let destination = destination(
            input.destination_cidr_block.as_ref(),
            input.destination_ipv6_cidr_block.as_ref(),
        )?;
        let own = table.routes.iter().find(|route| route.destination == destination);
        match own {
            None => return Err(no_route(&table.id, &destination)),
            Some(own) if own.is_made_with_table => {
                return Err(errors::INVALID_PARAMETER_VALUE.says(format!(
                    "cannot remove local route {destination} in route table {}",
                    table.id
                )));
            }
            Some(_) => table.routes.retain(|route| route.destination != destination),
        }
        self.keep(cx, table);
        Ok(Answer::empty())
    }

    pub(super) fn route_row(&self, table: &RouteTable, route: &Route) -> Value {
        let origin = if route.is_made_with_table { "CreateRouteTable" } else { "CreateRoute" };
        let (is_there, mut row) = match &route.to {
            RouteTarget::Local => (true, json!({"GatewayId": "local"})),
            RouteTarget::Gateway(id) => {
                let gateway = self.internet_gateways.get(id);
                let is_there = gateway.is_some_and(|it| it.vpc.as_ref() == Some(&table.vpc));
                (is_there, json!({"GatewayId": id}))
            }
            RouteTarget::Instance(id) => {
                let instance = self.instances.get(id).filter(|it| it.holds_address());
                let interface = instance.map(|it| it.interface.clone());
                let row = json!({"InstanceId": id, "InstanceOwnerId": table.home.account, "NetworkInterfaceId": interface});
                (instance.is_some(), row)
            }
            RouteTarget::Interface(id) => {
                let mut instances = self.instances.values().filter(|it| it.holds_address());
                let instance = instances.find(|it| it.interface == *id);
                let row = json!({"NetworkInterfaceId": id, "InstanceId": instance.map(|it| it.id.clone())});
                (instance.is_some(), row)
            }
        };
        let family = if route.destination.contains(':') {
            "DestinationIpv6CidrBlock"
        } else {
            "DestinationCidrBlock"
        };
        row[family] = json!(route.destination);
        row["Origin"] = json!(origin);
        row["State"] = json!(if is_there { "active" } else { "blackhole" });
        row
    }
}

fn no_route(table: &str, destination: &str) -> ApiError {
    errors::INVALID_ROUTE_NOT_FOUND
        .says(format!("no route with destination-cidr-block {destination} in route table {table}"))
}
