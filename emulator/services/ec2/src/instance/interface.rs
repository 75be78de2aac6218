//! Network interfaces: each instance has one. There are no others.

use kernel::call::Origin;
use kernel::error::ApiError;
use serde_json::{Value, json};

use super::Instance;
use crate::filter::{Filters, Page, listing, select};
use crate::input::{Filter, input};
use crate::shelf::home_of;
use crate::{Answer, Ec2, error as errors};

input! {
    DescribeNetworkInterfacesInput { next_token: Option<String>, max_results: Option<i64>, network_interface_ids: Vec<String>, filters: Vec<Filter> }
}

const FILTERS: Filters = &[
    ("association.allocation-id", "Association.AllocationId"),
    ("association.association-id", "Association.AssociationId"),
    ("addresses.association.owner-id", "PrivateIpAddresses.Association.IpOwnerId"),
    ("addresses.association.public-ip", "PrivateIpAddresses.Association.PublicIp"),
    ("addresses.primary", "PrivateIpAddresses.Primary"),
    ("addresses.private-ip-address", "PrivateIpAddresses.PrivateIpAddress"),
    ("association.ip-owner-id", "Association.IpOwnerId"),
    ("association.public-ip", "Association.PublicIp"),
    ("association.public-dns-name", "Association.PublicDnsName"),
    ("attachment.attach-time", "@Attachment.AttachTime"),
    ("attachment.attachment-id", "Attachment.AttachmentId"),
    ("attachment.delete-on-termination", "Attachment.DeleteOnTermination"),
    ("attachment.device-index", "Attachment.DeviceIndex"),
    ("attachment.instance-id", "Attachment.InstanceId"),
    ("attachment.instance-owner-id", "Attachment.InstanceOwnerId"),
    ("attachment.status", "Attachment.Status"),
    ("availability-zone", "AvailabilityZone"),
    ("availability-zone-id", "AvailabilityZoneId"),
    ("description", "Description"),
    ("group-id", "Groups.GroupId"),
    ("group-name", "Groups.GroupName"),
    ("ipv6-addresses.ipv6-address", "Ipv6Addresses.Ipv6Address"),
    ("interface-type", "InterfaceType"),
    ("mac-address", "MacAddress"),
    ("network-interface-id", "NetworkInterfaceId"),
    ("operator.managed", "Operator.Managed"),
    ("operator.principal", "Operator.Principal"),
    ("owner-id", "OwnerId"),
    ("private-dns-name", "PrivateDnsName"),
    ("private-ip-address", "PrivateIpAddress"),
    ("requester-id", "RequesterId"),
    ("requester-managed", "RequesterManaged"),
    ("source-dest-check", "SourceDestCheck"),
    ("status", "Status"),
    ("subnet-id", "SubnetId"),
    ("vpc-id", "VpcId"),
];

impl Ec2 {
    pub(crate) fn describe_network_interfaces(
        &self,
        origin: &Origin,
        input: &DescribeNetworkInterfacesInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        let ids = &input.network_interface_ids;
        let all: Vec<&Instance> =
            self.all::<Instance>(&home).filter(|it| it.holds_address()).collect();
        for id in ids {
            if !all.iter().any(|it| it.interface == *id) {
                return Err(errors::INVALID_NETWORK_INTERFACE_ID_NOT_FOUND
                    .says(format!("The networkInterface ID '{id}' does not exist")));
            }
        }
        let asked = all.into_iter().filter(|it| ids.is_empty() || ids.contains(&it.interface));
        let mut rows: Vec<_> =
            asked.map(|it| (it.interface.clone(), self.interface_row(it))).collect();
        rows.sort_by(|(one, _), (other, _)| one.cmp(other));
        let page = Page {
            max_results: input.max_results,
            next_token: input.next_token.as_deref(),
            by: (!ids.is_empty()).then_some("networkInterfaceIds"),
            ..Page::default()
        };
        listing("NetworkInterfaces", select(rows, &input.filters, FILTERS)?, page)
    }

    fn association(&self, it: &Instance) -> Option<Value> {
        let ip = it.public_ip?;
        let own = self.addresses.values().find(|address| address.ip == ip);
        let owner = match own {
            Some(_) => it.home.account.to_string(),
            None => "amazon".to_owned(),
        };
        let name = self.public_dns_name(it);
        let mut row = json!({"IpOwnerId": owner, "PublicDnsName": name, "PublicIp": ip});
        if let Some(own) = own {
            row["AllocationId"] = json!(own.id);
            row["AssociationId"] = json!(own.association.as_ref().map(|it| it.id.clone()));
        }
        Some(row)
    }

    /// What an instance and a listing of interfaces both say.
    fn interface(&self, it: &Instance) -> Value {
        let mut address = json!({
            "Primary": true,
            "PrivateDnsName": it.private_dns_name(),
            "PrivateIpAddress": it.private_ip,
        });
        let association = self.association(it);
        if let Some(association) = &association {
            address["Association"] = association.clone();
        }
        let mut row = json!({
            "NetworkInterfaceId": it.interface,
            "Description": "",
            "InterfaceType": "interface",
            "MacAddress": it.mac,
            "OwnerId": it.home.account,
            "PrivateDnsName": it.private_dns_name(),
            "PrivateIpAddress": it.private_ip,
            "SourceDestCheck": it.source_dest_check,
            "Status": "in-use",
            "SubnetId": it.subnet,
            "VpcId": it.vpc,
            "Groups": self.group_rows(it),
            "Ipv6Addresses": [],
        });
        if let Some(association) = association {
            row["Association"] = association;
        }
        row["PrivateIpAddresses"] = json!([address]);
        row["Attachment"] = json!({
            "AttachTime": it.launched.as_epoch_s(),
            "AttachmentId": it.attachment,
            "DeleteOnTermination": true,
            "DeviceIndex": 0,
            "NetworkCardIndex": 0,
            "Status": "attached",
        });
        row
    }

    pub(super) fn own_interface_row(&self, it: &Instance) -> Value {
        let mut row = self.interface(it);
        if let Some(association) = row.get_mut("Association").and_then(Value::as_object_mut) {
            association.remove("AllocationId");
            association.remove("AssociationId");
        }
        if let Some(own) =
            row.pointer_mut("/PrivateIpAddresses/0/Association").and_then(Value::as_object_mut)
        {
            own.remove("AllocationId");
            own.remove("AssociationId");
        }
        row
    }

    fn interface_row(&self, it: &Instance) -> Value {
        let mut row = self.interface(it);
        row["AvailabilityZone"] = json!(it.zone);
        row["AvailabilityZoneId"] = json!(it.zone_id);
        row["RequesterManaged"] = json!(false);
        row["TagSet"] = self.tag_list(&it.interface);
        row["Attachment"]["InstanceId"] = json!(it.id);
        row["Attachment"]["InstanceOwnerId"] = json!(it.home.account);
        row
    }
}
