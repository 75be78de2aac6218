//! Route tables: <https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html>. They say where packets
//! would go; here all networks lie on one machine, and connections are decided by security groups alone.

mod association;
mod target;

use kernel::call::Origin;
use kernel::directory::Home;
use kernel::error::ApiError;
use kernel::ids::Ids;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::filter::{Filters, Page, listing, select};
use crate::input::{Filter, TagSpecification, input};
use crate::shelf::{entity, home_of, new_id};
use crate::vpc::Vpc;
use crate::{Answer, Cx, Ec2, error as errors, tag};

pub use association::{
    AssociateRouteTableInput, DisassociateRouteTableInput, ReplaceRouteTableAssociationInput,
};
pub use target::{CreateRouteInput, DeleteRouteInput, ReplaceRouteInput};

input! {
    CreateRouteTableInput { tag_specifications: Vec<TagSpecification>, client_token: Option<String>, vpc_id: String }
    DeleteRouteTableInput { route_table_id: String }
    DescribeRouteTablesInput { next_token: Option<String>, max_results: Option<i64>, route_table_ids: Vec<String>, filters: Vec<Filter> }
}

/// A route table, stored as it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RouteTable {
    pub(crate) id: String,
    pub(crate) home: Home,
    pub(crate) vpc: String,
    pub(crate) routes: Vec<Route>,
    pub(crate) associations: Vec<Association>,
    pub(crate) client_token: Option<String>,
}

/// Where packets for some addresses go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    pub(crate) destination: String,
    pub(crate) to: RouteTarget,
    pub(crate) is_made_with_table: bool,
}

/// Whereto.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum RouteTarget {
    /// Within the network.
    Local,
    /// Through this gateway.
    Gateway(String),
    /// Through this instance.
    Instance(String),
    /// Through this network interface.
    Interface(String),
}

/// For whom a table is there: for a subnet, or for all that have no other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Association {
    pub(crate) id: String,
    pub(crate) subnet: Option<String>,
}

entity! { RouteTable in route_tables; "rtb-", "routeTable ID", "routeTableId", INVALID_ROUTE_TABLE_ID_NOT_FOUND, INVALID_ROUTE_TABLE_ID_MALFORMED; }

impl RouteTable {
    fn new(ids: &mut Ids, home: &Home, vpc: &str, cidr: &str) -> Self {
        let local = Route {
            destination: cidr.to_owned(),
            to: RouteTarget::Local,
            is_made_with_table: true,
        };
        Self {
            id: new_id(ids, "rtb-"),
            home: home.clone(),
            vpc: vpc.to_owned(),
            routes: vec![local],
            associations: Vec::new(),
            client_token: None,
        }
    }

    fn is_main(&self) -> bool {
        self.associations.iter().any(|it| it.subnet.is_none())
    }
}

const FILTERS: Filters = &[
    ("association.gateway-id", "Associations.GatewayId"),
    ("association.route-table-association-id", "Associations.RouteTableAssociationId"),
    ("association.route-table-id", "Associations.RouteTableId"),
    ("association.subnet-id", "Associations.SubnetId"),
    ("association.main", "Associations.Main"),
    ("owner-id", "OwnerId"),
    ("route-table-id", "RouteTableId"),
    ("route.destination-cidr-block", "Routes.DestinationCidrBlock"),
    ("route.destination-ipv6-cidr-block", "Routes.DestinationIpv6CidrBlock"),
    ("route.destination-prefix-list-id", "Routes.DestinationPrefixListId"),
    ("route.egress-only-internet-gateway-id", "Routes.EgressOnlyInternetGatewayId"),
    ("route.gateway-id", "Routes.GatewayId"),
    ("route.instance-id", "Routes.InstanceId"),
    ("route.nat-gateway-id", "Routes.NatGatewayId"),
    ("route.transit-gateway-id", "Routes.TransitGatewayId"),
    ("route.origin", "Routes.Origin"),
    ("route.state", "Routes.State"),
    ("route.vpc-peering-connection-id", "Routes.VpcPeeringConnectionId"),
    ("vpc-id", "VpcId"),
];

impl Ec2 {
    pub(crate) fn make_main_route_table(
        &mut self,
        cx: &mut Cx<'_>,
        ids: &mut Ids,
        home: &Home,
        vpc: &str,
        cidr: &str,
    ) {
        let mut table = RouteTable::new(ids, home, vpc, cidr);
        table.associations.push(Association { id: new_id(ids, "rtbassoc-"), subnet: None });
        self.keep(cx, table);
    }

    pub(crate) fn main_route_table_id(&self, vpc: &str) -> Option<String> {
        let mut tables = self.route_tables.values();
        tables.find(|it| it.vpc == vpc && it.is_main()).map(|it| it.id.clone())
    }

    /// The main table of a network sends all that is not its own through a gateway.
    pub(crate) fn route_to_gateway(&mut self, cx: &mut Cx<'_>, vpc: &str, gateway: &str) {
        let Some(main) = self.main_route_table_id(vpc) else { return };
        let Some(mut table) = self.route_tables.get(&main).cloned() else { return };
        table.routes.push(Route {
            destination: "0.0.0.0/0".to_owned(),
            to: RouteTarget::Gateway(gateway.to_owned()),
            is_made_with_table: false,
        });
        self.keep(cx, table);
    }

    pub(crate) fn forget_route_table(&mut self, cx: &mut Cx<'_>, id: &str) {
        self.forget::<RouteTable>(cx, id);
    }

    pub(crate) fn create_route_table(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &CreateRouteTableInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        let vpc: &Vpc = self.find(&home, &input.vpc_id)?;
        let token = input.client_token.as_deref().filter(|token| !token.is_empty());
        let before = self
            .all::<RouteTable>(&home)
            .find(|it| token.is_some() && it.client_token.as_deref() == token);
        if let Some(before) = before {
            return Ok(Answer(
                json!({"RouteTable": self.route_table_row(before), "ClientToken": token}),
            ));
        }
        let tags = tag::specified(&input.tag_specifications, "route-table")?;
        let table = RouteTable {
            client_token: token.map(str::to_owned),
            ..RouteTable::new(cx.ids, &home, &vpc.id, &vpc.cidr)
        };
        let id = table.id.clone();
        self.keep(cx, table);
        self.tag(cx, &home, &id, tags);
        let row = self.route_table_row(self.find(&home, &id)?);
        Ok(Answer(json!({"RouteTable": row, "ClientToken": token})))
    }

    pub(crate) fn delete_route_table(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &DeleteRouteTableInput,
    ) -> Result<Answer, ApiError> {
        let table: &RouteTable = self.find(&home_of(origin), &input.route_table_id)?;
        let id = table.id.clone();
        if !table.associations.is_empty() {
            return Err(errors::DEPENDENCY_VIOLATION
                .says(format!("The routeTable '{id}' has dependencies and cannot be deleted.")));
        }
        self.forget::<RouteTable>(cx, &id);
        Ok(Answer::empty())
    }

    pub(crate) fn describe_route_tables(
        &self,
        origin: &Origin,
        input: &DescribeRouteTablesInput,
    ) -> Result<Answer, ApiError> {
        let ids = &input.route_table_ids;
        let rows = self.rows(&home_of(origin), ids, |it| self.route_table_row(it))?;
        let page = Page {
            max_results: input.max_results,
            next_token: input.next_token.as_deref(),
            by: (!ids.is_empty()).then_some("routeTableIds"),
            ..Page::default()
        };
        listing("RouteTables", select(rows, &input.filters, FILTERS)?, page)
    }

    fn route_table_row(&self, table: &RouteTable) -> Value {
        let association = |it: &Association| {
            let mut row = json!({
                "Main": it.subnet.is_none(),
                "RouteTableAssociationId": it.id,
                "RouteTableId": table.id,
                "AssociationState": {"State": "associated"},
            });
            if let Some(subnet) = &it.subnet {
                row["SubnetId"] = json!(subnet);
            }
            row
        };
        json!({
            "RouteTableId": table.id,
            "OwnerId": table.home.account,
            "VpcId": table.vpc,
            "Associations": table.associations.iter().map(association).collect::<Vec<_>>(),
            "PropagatingVgws": [],
            "Routes": table.routes.iter().map(|route| self.route_row(table, route)).collect::<Vec<_>>(),
            "Tags": self.tag_list(&table.id),
        })
    }
}
