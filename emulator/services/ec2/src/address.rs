//! Elastic IP addresses: allocated, associated with instances, and shown as theirs. They lead nowhere.
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/elastic-ip-addresses-eip.html>

use std::net::Ipv4Addr;

use kernel::call::Origin;
use kernel::directory::Home;
use kernel::error::ApiError;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::cidr::public_ip;
use crate::filter::{Filters, Page, listing, select};
use crate::input::{Filter, TagSpecification, input};
use crate::instance::Instance;
use crate::shelf::{entity, home_of, new_id};
use crate::{Answer, Cx, Ec2, error as errors, limits, tag};

input! {
    AllocateAddressInput { domain: Option<String>, network_border_group: Option<String>, tag_specifications: Vec<TagSpecification> }
    AssociateAddressInput { allocation_id: Option<String>, instance_id: Option<String>, public_ip: Option<String>, network_interface_id: Option<String>, private_ip_address: Option<String>, allow_reassociation: Option<bool> }
    DescribeAddressesInput { public_ips: Vec<String>, filters: Vec<Filter>, allocation_ids: Vec<String> }
    DisassociateAddressInput { association_id: Option<String>, public_ip: Option<String> }
    ReleaseAddressInput { allocation_id: Option<String>, public_ip: Option<String>, network_border_group: Option<String> }
}

/// An address of an account, stored as it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Address {
    pub(crate) id: String,
    pub(crate) home: Home,
    pub(crate) ip: Ipv4Addr,
    pub(crate) association: Option<AddressAssociation>,
}

/// Whose an address is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressAssociation {
    pub(crate) id: String,
    pub(crate) instance: String,
}

entity! { Address in addresses; "eipalloc-", "allocation ID", "allocationId", INVALID_ALLOCATION_ID_NOT_FOUND, INVALID_ALLOCATION_ID_NOT_FOUND; }

const FILTERS: Filters = &[
    ("allocation-id", "AllocationId"),
    ("association-id", "AssociationId"),
    ("domain", "Domain"),
    ("instance-id", "InstanceId"),
    ("network-border-group", "NetworkBorderGroup"),
    ("network-interface-id", "NetworkInterfaceId"),
    ("network-interface-owner-id", "NetworkInterfaceOwnerId"),
    ("private-ip-address", "PrivateIpAddress"),
    ("public-ip", "PublicIp"),
];

impl Ec2 {
    /// The address that a call names, by its allocation or itself.
    fn named_address(
        &self,
        home: &Home,
        id: Option<&str>,
        ip: Option<&str>,
    ) -> Result<&Address, ApiError> {
        match (id, ip) {
            (Some(id), None) => self.find(home, id),
            (None, Some(ip)) => {
                let mut all = self.all::<Address>(home);
                all.find(|it| it.ip.to_string() == ip).ok_or_else(|| no_address(ip))
            }
            (Some(_), Some(_)) => Err(errors::INVALID_PARAMETER_COMBINATION
                .says("You may specify public IP or allocation id, but not both in the same call")),
            (None, None) => Err(errors::MISSING_PARAMETER
                .says("Either public IP or allocation id must be specified")),
        }
    }

    pub(crate) fn allocate_address(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &AllocateAddressInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        if let Some(domain) =
            input.domain.as_deref().filter(|it| !["vpc", "standard", ""].contains(it))
        {
            return Err(errors::INVALID_PARAMETER_VALUE
                .says(format!("Invalid value '{domain}' for domain.")));
        }
        if input.network_border_group.as_deref().is_some_and(|it| it != home.region.as_str()) {
            return Err(
                errors::INVALID_PARAMETER_VALUE.says("Invalid value for networkBorderGroup.")
            );
        }
        if self.all::<Address>(&home).count() >= limits::ADDRESSES_MAX {
            return Err(errors::ADDRESS_LIMIT_EXCEEDED
                .says("The maximum number of addresses has been reached."));
        }
        let tags = tag::specified(&input.tag_specifications, "elastic-ip")?;
        let (id, ip) = (new_id(cx.ids, "eipalloc-"), public_ip(cx.ids));
        let address = Address { id: id.clone(), home: home.clone(), ip, association: None };
        self.keep(cx, address);
        self.tag(cx, &home, &id, tags);
        Ok(Answer(json!({
            "AllocationId": id,
            "PublicIp": ip,
            "PublicIpv4Pool": "amazon",
            "NetworkBorderGroup": home.region,
            "Domain": "vpc",
        })))
    }

    pub(crate) fn associate_address(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &AssociateAddressInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        let (id, ip) = (input.allocation_id.as_deref(), input.public_ip.as_deref());
        let mut address = self.named_address(&home, id, ip)?.clone();
        let mut instance = self.instance_of(&home, input)?.clone();
        if let Some(own) = &address.association {
            if own.instance == instance.id {
                return Ok(Answer(json!({"AssociationId": own.id})));
            }
            if input.allow_reassociation == Some(false) {
                return Err(errors::RESOURCE_ALREADY_ASSOCIATED.says(format!(
                    "resource {} is already associated with associate-id {}",
                    address.id, own.id
                )));
            }
            let before = own.instance.clone();
            self.take_public_ip(cx, &before);
        }
        // What the instance had goes back.
        let others: Vec<Address> = self
            .all::<Address>(&home)
            .filter(|it| it.association.as_ref().is_some_and(|own| own.instance == instance.id))
            .cloned()
            .collect();
        for other in others {
            self.keep(cx, Address { association: None, ..other });
        }
        let id = new_id(cx.ids, "eipassoc-");
        let own = AddressAssociation { id: id.clone(), instance: instance.id.clone() };
        address.association = Some(own);
        instance.public_ip = Some(address.ip);
        self.keep(cx, address);
        self.keep(cx, instance);
        Ok(Answer(json!({"AssociationId": id})))
    }

    fn instance_of(
        &self,
        home: &Home,
        input: &AssociateAddressInput,
    ) -> Result<&Instance, ApiError> {
        let found = match (&input.instance_id, &input.network_interface_id) {
            (Some(id), _) => self.find::<Instance>(home, id)?,
            (None, Some(interface)) => {
                let mut all = self.all::<Instance>(home).filter(|it| it.holds_address());
                all.find(|it| it.interface == *interface).ok_or_else(|| {
                    errors::INVALID_NETWORK_INTERFACE_ID_NOT_FOUND
                        .says(format!("The networkInterface ID '{interface}' does not exist"))
                })?
            }
            (None, None) => {
                return Err(errors::MISSING_PARAMETER
                    .says("Either instance ID or network interface id must be specified"));
            }
        };
        if !found.holds_address() {
            return Err(errors::INVALID_INSTANCE_ID_NOT_FOUND.says(format!(
                "The pending-instance-id '{}' is not in a valid state for this operation",
                found.id
            )));
        }
        if input.private_ip_address.as_ref().is_some_and(|ip| *ip != found.private_ip.to_string()) {
            return Err(errors::INVALID_PARAMETER_VALUE
                .says("The private IP address is not one of the instance."));
        }
        Ok(found)
    }

    /// An instance has no address of the world any more.
    pub(crate) fn take_public_ip(&mut self, cx: &mut Cx<'_>, instance: &str) {
        if let Some(instance) = self.instances.get(instance).cloned() {
            self.keep(cx, Instance { public_ip: None, ..instance });
        }
    }

    /// Addresses of an instance that is no more are nobody's.
    pub(crate) fn free_addresses_of(&mut self, cx: &mut Cx<'_>, instance: &str) {
        let is_own =
            |it: &&Address| it.association.as_ref().is_some_and(|own| own.instance == instance);
        let own: Vec<Address> = self.addresses.values().filter(is_own).cloned().collect();
        for address in own {
            self.keep(cx, Address { association: None, ..address });
        }
    }

    /// The address of its own that an instance has, beside those that come and go.
    pub(crate) fn elastic_ip_of(&self, instance: &str) -> Option<Ipv4Addr> {
        let is_own =
            |it: &&Address| it.association.as_ref().is_some_and(|own| own.instance == instance);
        self.addresses.values().find(is_own).map(|it| it.ip)
    }

    pub(crate) fn disassociate_address(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &DisassociateAddressInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        let mut all = self.all::<Address>(&home);
        let found = match (&input.association_id, &input.public_ip) {
            (Some(id), None) => all
                .find(|it| it.association.as_ref().is_some_and(|own| own.id == *id))
                .ok_or_else(|| {
                    errors::INVALID_ASSOCIATION_ID_NOT_FOUND
                        .says(format!("The association ID '{id}' does not exist"))
                })?,
            (None, Some(ip)) => {
                all.find(|it| it.ip.to_string() == *ip).ok_or_else(|| no_address(ip))?
            }
            _ => {
                return Err(errors::MISSING_PARAMETER
                    .says("Either public IP or association id must be specified"));
            }
        };
        let mut address = found.clone();
        drop(all);
        if let Some(own) = address.association.take() {
            self.take_public_ip(cx, &own.instance);
        }
        self.keep(cx, address);
        Ok(Answer(json!({})))
    }

    pub(crate) fn release_address(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &ReleaseAddressInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        if input.network_border_group.as_deref().is_some_and(|it| it != home.region.as_str()) {
            return Err(
                errors::INVALID_PARAMETER_VALUE.says("Invalid value for networkBorderGroup.")
            );
        }
        let (id, ip) = (input.allocation_id.as_deref(), input.public_ip.as_deref());
        let address = self.named_address(&home, id, ip)?;
        let (id, holder) = (address.id.clone(), address.association.clone());
        if let Some(own) = holder {
            // In a network of one's own it has to be disassociated first.
            let instance = self.instances.get(&own.instance);
            let vpc = instance.and_then(|it| self.vpcs.get(&it.vpc));
            if !vpc.is_some_and(|vpc| vpc.is_default) {
                return Err(errors::INVALID_IP_ADDRESS_IN_USE
                    .says(format!("Address {} is in use.", address.ip)));
            }
            self.take_public_ip(cx, &own.instance);
        }
        self.forget::<Address>(cx, &id);
        Ok(Answer::empty())
    }

    pub(crate) fn describe_addresses(
        &self,
        origin: &Origin,
        input: &DescribeAddressesInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        let mut ids = input.allocation_ids.clone();
        for ip in &input.public_ips {
            ids.push(self.named_address(&home, None, Some(ip))?.id.clone());
        }
        let rows = self.rows(&home, &ids, |it| self.address_row(it))?;
        listing("Addresses", select(rows, &input.filters, FILTERS)?, Page::default())
    }

    fn address_row(&self, address: &Address) -> Value {
        let mut row = json!({
            "AllocationId": address.id,
            "PublicIp": address.ip,
            "PublicIpv4Pool": "amazon",
            "Domain": "vpc",
            "NetworkBorderGroup": address.home.region,
            "Tags": self.tag_list(&address.id),
        });
        if let Some(own) = &address.association
            && let Some(instance) = self.instances.get(&own.instance)
        {
            row["AssociationId"] = json!(own.id);
            row["InstanceId"] = json!(own.instance);
            row["NetworkInterfaceId"] = json!(instance.interface);
            row["NetworkInterfaceOwnerId"] = json!(instance.home.account);
            row["PrivateIpAddress"] = json!(instance.private_ip);
        }
        row
    }
}

fn no_address(ip: &str) -> ApiError {
    errors::INVALID_ADDRESS_NOT_FOUND.says(format!("Address '{ip}' not found."))
}
