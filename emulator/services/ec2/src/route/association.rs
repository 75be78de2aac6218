//! Which subnet has which table; the main one has those that have none.

use kernel::call::Origin;
use kernel::directory::Home;
use kernel::error::ApiError;
use serde_json::json;

use super::{Association, RouteTable};
use crate::input::{input, required};
use crate::shelf::{home_of, new_id};
use crate::subnet::Subnet;
use crate::{Answer, Cx, Ec2, error as errors};

input! {
    AssociateRouteTableInput { subnet_id: Option<String>, route_table_id: String }
    DisassociateRouteTableInput { association_id: String }
    ReplaceRouteTableAssociationInput { association_id: String, route_table_id: String }
}

impl Ec2 {
    /// The table that has the association of this id.
    fn associated(&self, home: &Home, id: &str) -> Result<(RouteTable, Association), ApiError> {
        required(id, "associationId")?;
        let found = self.all::<RouteTable>(home).find_map(|table| {
            let own = table.associations.iter().find(|it| it.id == id)?;
            Some((table.clone(), own.clone()))
        });
        found.ok_or_else(|| {
            errors::INVALID_ASSOCIATION_ID_NOT_FOUND
                .says(format!("The association ID '{id}' does not exist"))
        })
    }

    pub(crate) fn associate_route_table(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &AssociateRouteTableInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        let mut table = self.find::<RouteTable>(&home, &input.route_table_id)?.clone();
        let subnet = required(input.subnet_id.as_deref().unwrap_or_default(), "subnetId")?;
        let subnet: &Subnet = self.find(&home, subnet)?;
        if subnet.vpc != table.vpc {
            return Err(errors::INVALID_PARAMETER_VALUE.says(format!(
                "Route table {} and subnet {} belong to different networks",
                table.id, subnet.id
            )));
        }
        let has = |it: &&RouteTable| {
            it.associations.iter().any(|own| own.subnet.as_ref() == Some(&subnet.id))
        };
        if let Some(other) = self.route_tables.values().find(has) {
            if other.id == table.id {
                let mut own = table.associations.iter();
                let own = own.find(|own| own.subnet.as_ref() == Some(&subnet.id));
                return Ok(associated_answer("AssociationId", own.map(|own| &*own.id)));
            }
            return Err(errors::RESOURCE_ALREADY_ASSOCIATED.says(format!(
                "the specified association for route table {} conflicts with an existing association",
                table.id
            )));
        }
        let id = new_id(cx.ids, "rtbassoc-");
        table.associations.push(Association { id: id.clone(), subnet: Some(subnet.id.clone()) });
        self.keep(cx, table);
        Ok(associated_answer("AssociationId", Some(&id)))
    }

    pub(crate) fn disassociate_route_table(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &DisassociateRouteTableInput,
    ) -> Result<Answer, ApiError> {
        let (mut table, own) = self.associated(&home_of(origin), &input.association_id)?;
        if own.subnet.is_none() {
            return Err(errors::INVALID_PARAMETER_VALUE
                .says(format!("cannot disassociate the main route table association {}", own.id)));
        }
        table.associations.retain(|it| it.id != own.id);
        self.keep(cx, table);
        Ok(Answer::empty())
    }

    pub(crate) fn replace_route_table_association(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &ReplaceRouteTableAssociationInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        let (mut table, own) = self.associated(&home, &input.association_id)?;
        let mut next = self.find::<RouteTable>(&home, &input.route_table_id)?.clone();
        if next.vpc != table.vpc {
            return Err(errors::INVALID_PARAMETER_VALUE.says(format!(
                "Route table {} and association {} belong to different networks",
                next.id, own.id
            )));
        }
        if next.id == table.id {
            return Ok(associated_answer("NewAssociationId", Some(&own.id)));
        }
        table.associations.retain(|it| it.id != own.id);
        self.keep(cx, table);
        let id = new_id(cx.ids, "rtbassoc-");
        next.associations.push(Association { id: id.clone(), subnet: own.subnet });
        self.keep(cx, next);
        Ok(associated_answer("NewAssociationId", Some(&id)))
    }

    /// A subnet goes, and no table is for it.
    pub(crate) fn disassociate_subnet(&mut self, cx: &mut Cx<'_>, subnet: &str) {
        let is_own = |it: &Association| it.subnet.as_deref() == Some(subnet);
        let table = self.route_tables.values().find(|it| it.associations.iter().any(is_own));
        if let Some(mut table) = table.cloned() {
            table.associations.retain(|it| !is_own(it));
            self.keep(cx, table);
        }
    }
}

fn associated_answer(member: &str, id: Option<&str>) -> Answer {
    Answer(json!({member: id, "AssociationState": {"State": "associated"}}))
}
