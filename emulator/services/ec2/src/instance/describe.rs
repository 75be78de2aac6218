//! Instances, shown: by reservations, as they were launched.

use kernel::call::Origin;
use kernel::directory::InstanceState;
use kernel::error::ApiError;
use serde_json::{Map, Value, json};

use super::Instance;
use super::run::PLACED;
use crate::filter::{Filters, Page, select};
use crate::input::{Filter, input};
use crate::instance_type::InstanceType;
use crate::shelf::{home_of, is_well_formed};
use crate::{Answer, Ec2, error as errors};
use kernel::directory::Home;

input! {
    DescribeInstancesInput { instance_ids: Vec<String>, filters: Vec<Filter>, next_token: Option<String>, max_results: Option<i64> }
}

/// Where a row has what its reservation says, for filters.
const RESERVATION: &str = "$";

const FILTERS: Filters = &[
    ("affinity", "Placement.Affinity"),
    ("architecture", "Architecture"),
    ("availability-zone", "Placement.AvailabilityZone"),
    ("availability-zone-id", "Placement.AvailabilityZoneId"),
    ("block-device-mapping.attach-time", "@BlockDeviceMappings.Ebs.AttachTime"),
    ("block-device-mapping.delete-on-termination", "BlockDeviceMappings.Ebs.DeleteOnTermination"),
    ("block-device-mapping.device-name", "BlockDeviceMappings.DeviceName"),
    ("block-device-mapping.status", "BlockDeviceMappings.Ebs.Status"),
    ("block-device-mapping.volume-id", "BlockDeviceMappings.Ebs.VolumeId"),
    ("boot-mode", "BootMode"),
    ("capacity-reservation-id", "CapacityReservationId"),
    (
        "capacity-reservation-specification.capacity-reservation-preference",
        "CapacityReservationSpecification.CapacityReservationPreference",
    ),
    (
        "capacity-reservation-specification.capacity-reservation-target.capacity-reservation-id",
        "CapacityReservationSpecification.CapacityReservationTarget.CapacityReservationId",
    ),
    (
        "capacity-reservation-specification.capacity-reservation-target.capacity-reservation-resource-group-arn",
        "CapacityReservationSpecification.CapacityReservationTarget.CapacityReservationResourceGroupArn",
    ),
    ("client-token", "ClientToken"),
    ("current-instance-boot-mode", "CurrentInstanceBootMode"),
    ("dns-name", "PublicDnsName"),
    ("ebs-optimized", "EbsOptimized"),
    ("ena-support", "EnaSupport"),
    ("enclave-options.enabled", "EnclaveOptions.Enabled"),
    ("group-id", "SecurityGroups.GroupId"),
    ("group-name", "SecurityGroups.GroupName"),
    ("hibernation-options.configured", "HibernationOptions.Configured"),
    ("host-id", "Placement.HostId"),
    ("hypervisor", "Hypervisor"),
    ("iam-instance-profile.arn", "IamInstanceProfile.Arn"),
    ("iam-instance-profile.id", "IamInstanceProfile.Id"),
    ("image-id", "ImageId"),
    ("instance-id", "InstanceId"),
    ("instance-lifecycle", "InstanceLifecycle"),
    ("instance-state-code", "State.Code"),
    ("instance-state-name", "State.Name"),
    ("instance-type", "InstanceType"),
    ("instance.group-id", "SecurityGroups.GroupId"),
    ("instance.group-name", "SecurityGroups.GroupName"),
    ("ip-address", "PublicIpAddress"),
    ("ipv6-address", "Ipv6Address"),
    ("kernel-id", "KernelId"),
    ("key-name", "KeyName"),
    ("launch-index", "AmiLaunchIndex"),
    ("launch-time", "@LaunchTime"),
    ("maintenance-options.auto-recovery", "MaintenanceOptions.AutoRecovery"),
    ("metadata-options.http-endpoint", "MetadataOptions.HttpEndpoint"),
    ("metadata-options.http-protocol-ipv4", "MetadataOptions.HttpEndpoint"),
    ("metadata-options.http-protocol-ipv6", "MetadataOptions.HttpProtocolIpv6"),
    ("metadata-options.http-put-response-hop-limit", "MetadataOptions.HttpPutResponseHopLimit"),
    ("metadata-options.http-tokens", "MetadataOptions.HttpTokens"),
    ("metadata-options.instance-metadata-tags", "MetadataOptions.InstanceMetadataTags"),
    ("metadata-options.state", "MetadataOptions.State"),
    ("monitoring-state", "Monitoring.State"),
    (
        "network-interface.addresses.association.allocation-id",
        "NetworkInterfaces.PrivateIpAddresses.Association.AllocationId",
    ),
    (
        "network-interface.addresses.association.association-id",
        "NetworkInterfaces.PrivateIpAddresses.Association.AssociationId",
    ),
    (
        "network-interface.addresses.association.carrier-ip",
        "NetworkInterfaces.PrivateIpAddresses.Association.CarrierIp",
    ),
    (
        "network-interface.addresses.association.customer-owned-ip",
        "NetworkInterfaces.PrivateIpAddresses.Association.CustomerOwnedIp",
    ),
    (
        "network-interface.addresses.association.ip-owner-id",
        "NetworkInterfaces.PrivateIpAddresses.Association.IpOwnerId",
    ),
    (
        "network-interface.addresses.association.public-dns-name",
        "NetworkInterfaces.PrivateIpAddresses.Association.PublicDnsName",
    ),
    (
        "network-interface.addresses.association.public-ip",
        "NetworkInterfaces.PrivateIpAddresses.Association.PublicIp",
    ),
    ("network-interface.addresses.primary", "NetworkInterfaces.PrivateIpAddresses.Primary"),
    (
        "network-interface.addresses.private-dns-name",
        "NetworkInterfaces.PrivateIpAddresses.PrivateDnsName",
    ),
    (
        "network-interface.addresses.private-ip-address",
        "NetworkInterfaces.PrivateIpAddresses.PrivateIpAddress",
    ),
    ("network-interface.association.allocation-id", "NetworkInterfaces.Association.AllocationId"),
    ("network-interface.association.association-id", "NetworkInterfaces.Association.AssociationId"),
    ("network-interface.association.carrier-ip", "NetworkInterfaces.Association.CarrierIp"),
    (
        "network-interface.association.customer-owned-ip",
        "NetworkInterfaces.Association.CustomerOwnedIp",
    ),
    ("network-interface.association.ip-owner-id", "NetworkInterfaces.Association.IpOwnerId"),
    (
        "network-interface.association.public-dns-name",
        "NetworkInterfaces.Association.PublicDnsName",
    ),
    ("network-interface.association.public-ip", "NetworkInterfaces.Association.PublicIp"),
    ("network-interface.attachment.attach-time", "@NetworkInterfaces.Attachment.AttachTime"),
    ("network-interface.attachment.attachment-id", "NetworkInterfaces.Attachment.AttachmentId"),
    (
        "network-interface.attachment.delete-on-termination",
        "NetworkInterfaces.Attachment.DeleteOnTermination",
    ),
    ("network-interface.attachment.device-index", "NetworkInterfaces.Attachment.DeviceIndex"),
    ("network-interface.attachment.instance-id", "InstanceId"),
    ("network-interface.attachment.instance-owner-id", "NetworkInterfaces.OwnerId"),
    (
        "network-interface.attachment.network-card-index",
        "NetworkInterfaces.Attachment.NetworkCardIndex",
    ),
    ("network-interface.attachment.status", "NetworkInterfaces.Attachment.Status"),
    ("network-interface.availability-zone", "Placement.AvailabilityZone"),
    ("network-interface.deny-all-igw-traffic", "NetworkInterfaces.DenyAllIgwTraffic"),
    ("network-interface.description", "NetworkInterfaces.Description"),
    ("network-interface.group-id", "NetworkInterfaces.Groups.GroupId"),
    ("network-interface.group-name", "NetworkInterfaces.Groups.GroupName"),
    ("network-interface.ipv4-prefixes.ipv4-prefix", "NetworkInterfaces.Ipv4Prefixes.Ipv4Prefix"),
    ("network-interface.ipv6-address", "NetworkInterfaces.Ipv6Address"),
    (
        "network-interface.ipv6-addresses.ipv6-address",
        "NetworkInterfaces.Ipv6Addresses.Ipv6Address",
    ),
    (
        "network-interface.ipv6-addresses.is-primary-ipv6",
        "NetworkInterfaces.Ipv6Addresses.IsPrimaryIpv6",
    ),
    ("network-interface.ipv6-native", "NetworkInterfaces.Ipv6Native"),
    ("network-interface.ipv6-prefixes.ipv6-prefix", "NetworkInterfaces.Ipv6Prefixes.Ipv6Prefix"),
    ("network-interface.mac-address", "NetworkInterfaces.MacAddress"),
    ("network-interface.network-interface-id", "NetworkInterfaces.NetworkInterfaceId"),
    ("network-interface.operator.managed", "NetworkInterfaces.Operator.Managed"),
    ("network-interface.operator.principal", "NetworkInterfaces.Operator.Principal"),
    ("network-interface.outpost-arn", "NetworkInterfaces.OutpostArn"),
    ("network-interface.owner-id", "NetworkInterfaces.OwnerId"),
    ("network-interface.private-dns-name", "NetworkInterfaces.PrivateDnsName"),
    ("network-interface.private-ip-address", "NetworkInterfaces.PrivateIpAddress"),
    ("network-interface.public-dns-name", "NetworkInterfaces.Association.PublicDnsName"),
    ("network-interface.requester-id", "NetworkInterfaces.RequesterId"),
    ("network-interface.requester-managed", "NetworkInterfaces.RequesterManaged"),
    ("network-interface.status", "NetworkInterfaces.Status"),
    ("network-interface.source-dest-check", "NetworkInterfaces.SourceDestCheck"),
    ("network-interface.subnet-id", "NetworkInterfaces.SubnetId"),
    ("network-interface.tag-key", "NetworkInterfaces.TagSet.Key"),
    ("network-interface.tag-value", "NetworkInterfaces.TagSet.Value"),
    ("network-interface.vpc-id", "NetworkInterfaces.VpcId"),
    (
        "network-performance-options.bandwidth-weighting",
        "NetworkPerformanceOptions.BandwidthWeighting",
    ),
    ("operator.managed", "Operator.Managed"),
    ("operator.principal", "Operator.Principal"),
    ("outpost-arn", "OutpostArn"),
    ("owner-id", "$.OwnerId"),
    ("placement-group-name", "Placement.GroupName"),
    ("placement-partition-number", "Placement.PartitionNumber"),
    ("platform", "Platform"),
    ("platform-details", "PlatformDetails"),
    ("private-dns-name", "PrivateDnsName"),
    (
        "private-dns-name-options.enable-resource-name-dns-a-record",
        "PrivateDnsNameOptions.EnableResourceNameDnsARecord",
    ),
    (
        "private-dns-name-options.enable-resource-name-dns-aaaa-record",
        "PrivateDnsNameOptions.EnableResourceNameDnsAAAARecord",
    ),
    ("private-dns-name-options.hostname-type", "PrivateDnsNameOptions.HostnameType"),
    ("private-ip-address", "PrivateIpAddress"),
    ("product-code", "ProductCodes.ProductCodeId"),
    ("product-code.type", "ProductCodes.ProductCodeType"),
    ("ramdisk-id", "RamdiskId"),
    ("reason", "StateTransitionReason"),
    ("requester-id", "$.RequesterId"),
    ("reservation-id", "$.ReservationId"),
    ("root-device-name", "RootDeviceName"),
    ("root-device-type", "RootDeviceType"),
    ("source-dest-check", "SourceDestCheck"),
    ("spot-instance-request-id", "SpotInstanceRequestId"),
    ("state-reason-code", "StateReason.Code"),
    ("state-reason-message", "StateReason.Message"),
    ("subnet-id", "SubnetId"),
    ("tenancy", "Placement.Tenancy"),
    ("tpm-support", "TpmSupport"),
    ("usage-operation", "UsageOperation"),
    ("usage-operation-update-time", "@UsageOperationUpdateTime"),
    ("virtualization-type", "VirtualizationType"),
    ("vpc-id", "VpcId"),
];

impl Ec2 {
    /// The instances of these ids, in their order.
    ///
    /// # Errors
    /// One of them is none, or not there; all that are not there are named.
    pub(super) fn instances_of(
        &self,
        home: &Home,
        ids: &[String],
    ) -> Result<Vec<&Instance>, ApiError> {
        if let Some(id) = ids.iter().find(|id| !is_well_formed(id, "i-")) {
            return Err(errors::INVALID_INSTANCE_ID_MALFORMED.says(format!("Invalid id: \"{id}\"")));
        }
        let find = |id: &String| self.instances.get(id).filter(|it| it.home == *home);
        let missing: Vec<&str> =
            ids.iter().filter(|id| find(id).is_none()).map(String::as_str).collect();
        match missing[..] {
            [] => Ok(ids.iter().filter_map(find).collect()),
            [one] => Err(errors::INVALID_INSTANCE_ID_NOT_FOUND
                .says(format!("The instance ID '{one}' does not exist"))),
            _ => Err(errors::INVALID_INSTANCE_ID_NOT_FOUND
                .says(format!("The instance IDs '{}' do not exist", missing.join(", ")))),
        }
    }

    /// All instances, as they were launched, each with a key of that order.
    pub(super) fn in_order(&self, home: &Home, ids: &[String]) -> Vec<(String, &Instance)> {
        let is_asked = |it: &&Instance| ids.is_empty() || ids.contains(&it.id);
        let key = |it: &Instance| {
            format!(
                "{:016} {} {:06} {}",
                it.launched.as_ms(),
                it.reservation,
                it.launch_index,
                it.id
            )
        };
        let all = self.all::<Instance>(home).filter(is_asked);
        let mut all: Vec<_> = all.map(|it| (key(it), it)).collect();
        all.sort_by(|(one, _), (other, _)| one.cmp(other));
        all
    }

    pub(crate) fn describe_instances(
        &self,
        origin: &Origin,
        input: &DescribeInstancesInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        let ids = &input.instance_ids;
        let page = Page {
            max_results: input.max_results,
            next_token: input.next_token.as_deref(),
            by: (!ids.is_empty()).then_some("instancesSet"),
            ..Page::default()
        };
        page.check()?;
        self.instances_of(&home, ids)?;
        let row = |it: &Instance| {
            let mut row = self.instance_row(it);
            row[RESERVATION] = json!({
                "ReservationId": it.reservation,
                "OwnerId": it.home.account,
                "RequesterId": it.requester,
            });
            row
        };
        let rows = self.in_order(&home, ids).into_iter().map(|(key, it)| (key, row(it))).collect();
        let (rows, next_token) = page.cut(select(rows, &input.filters, FILTERS)?)?;
        let mut reservations: Vec<(String, Vec<&Instance>)> = Vec::new();
        for (_, row) in &rows {
            let instance = row["InstanceId"].as_str().and_then(|id| self.instances.get(id));
            let Some(instance) = instance else { continue };
            match reservations.iter_mut().find(|(id, _)| *id == instance.reservation) {
                Some((_, own)) => own.push(instance),
                None => reservations.push((instance.reservation.clone(), vec![instance])),
            }
        }
        let rows: Vec<Value> =
            reservations.iter().map(|(_, own)| self.reservation_row(own)).collect();
        Ok(Answer(match next_token {
            Some(token) => json!({"Reservations": rows, "NextToken": token}),
            None => json!({"Reservations": rows}),
        }))
    }

    pub(super) fn reservation_row(&self, instances: &[&Instance]) -> Value {
        let Some(first) = instances.first() else { return json!({}) };
        let mut row = json!({
            "ReservationId": first.reservation,
            "OwnerId": first.home.account,
            "Groups": [],
            "Instances": instances.iter().map(|it| self.instance_row(it)).collect::<Vec<_>>(),
        });
        if let Some(requester) = &first.requester {
            row["RequesterId"] = json!(requester);
        }
        row
    }

    pub(super) fn instance_row(&self, it: &Instance) -> Value {
        let kind = InstanceType::named(&it.instance_type);
        let image = self.image(&it.home, &it.image).ok();
        let windows = image.as_ref().and_then(|it| it.platform.clone());
        let architecture = image.as_ref().map_or("x86_64", |it| &it.architecture);
        let (details, usage) = match windows.is_some() {
            true => ("Windows", "RunInstances:0002"),
            false => ("Linux/UNIX", "RunInstances"),
        };
        let (cores, threads) = kind.map_or((1, 1), |it| it.cores());
        let mut row = json!({
            "InstanceId": it.id,
            "ImageId": it.image,
            "State": state_row(it.state),
            "PrivateDnsName": "",
            "PublicDnsName": "",
            "StateTransitionReason": it.transition_reason,
            "AmiLaunchIndex": it.launch_index,
            "ProductCodes": [],
            "InstanceType": it.instance_type,
            "LaunchTime": it.launched.as_epoch_s(),
            "Placement": {
                "AvailabilityZone": it.zone,
                "AvailabilityZoneId": it.zone_id,
                "GroupName": "",
                "Tenancy": it.tenancy,
            },
            "Monitoring": {"State": if it.is_monitored { "enabled" } else { "disabled" }},
            "Architecture": architecture,
            "RootDeviceType": "ebs",
            "RootDeviceName": it.root_device,
            "BlockDeviceMappings": [],
            "VirtualizationType": image.as_ref().map_or("hvm", |it| &it.virtualization),
            "ClientToken": it.client_token.as_deref().unwrap_or_default(),
            "Hypervisor": "xen",
            "EbsOptimized": it.ebs_optimized,
            "EnaSupport": image.as_ref().is_some_and(|it| it.has_ena),
            "NetworkInterfaces": [],
            "SecurityGroups": [],
            "CpuOptions": {"CoreCount": cores, "ThreadsPerCore": threads},
            "CapacityReservationSpecification": {"CapacityReservationPreference": "open"},
            "HibernationOptions": {"Configured": false},
            "EnclaveOptions": {"Enabled": false},
            "MetadataOptions": it.metadata.row(),
            "MaintenanceOptions": {"AutoRecovery": "default"},
            "PlatformDetails": details,
            "UsageOperation": usage,
            "UsageOperationUpdateTime": it.launched.as_epoch_s(),
            "CurrentInstanceBootMode": "legacy-bios",
        });
        if self.tags_of(&it.id).next().is_some() {
            row["Tags"] = self.tag_list(&it.id);
        }
        let boot_mode = image.as_ref().and_then(|it| it.boot_mode.clone());
        let optional =
            [("KeyName", it.key_name.clone()), ("Platform", windows), ("BootMode", boot_mode)];
        for (member, value) in optional.into_iter().filter_map(|(name, it)| Some((name, it?))) {
            row[member] = json!(value);
        }
        if let Some((code, message)) = &it.reason {
            row["StateReason"] = json!({"Code": code, "Message": message});
        }
        add_kept(&it.kept, &mut row);
        if it.holds_address() {
            self.add_place(it, &mut row);
        }
        row
    }

    /// What an instance has as long as it is not terminated.
    fn add_place(&self, it: &Instance, row: &mut Value) {
        let volume = |volume: &super::Volume| {
            json!({
                "DeviceName": volume.device,
                "Ebs": {
                    "AttachTime": volume.attached.as_epoch_s(),
                    "DeleteOnTermination": volume.goes_with_instance,
                    "Status": "attached",
                    "VolumeId": volume.id,
                },
            })
        };
        let mut own: Map<String, Value> = Map::new();
        let mut add = |member: &str, value: Value| drop(own.insert(member.to_owned(), value));
        add("VpcId", json!(it.vpc));
        add("SubnetId", json!(it.subnet));
        add("PrivateIpAddress", json!(it.private_ip));
        add("PrivateDnsName", json!(it.private_dns_name()));
        add("SourceDestCheck", json!(it.source_dest_check));
        add("SecurityGroups", self.group_rows(it));
        add("BlockDeviceMappings", it.volumes.iter().map(volume).collect());
        add("NetworkInterfaces", json!([self.own_interface_row(it)]));
        if let Some(ip) = it.public_ip {
            add("PublicIpAddress", json!(ip));
            add("PublicDnsName", json!(self.public_dns_name(it)));
        }
        if let Some(profile) = &it.profile {
            add("IamInstanceProfile", json!({"Arn": profile.arn, "Id": profile.id}));
        }
        add(
            "PrivateDnsNameOptions",
            json!({
                "HostnameType": "ip-name",
                "EnableResourceNameDnsARecord": false,
                "EnableResourceNameDnsAAAARecord": false,
            }),
        );
        if let Some(row) = row.as_object_mut() {
            for (member, value) in own {
                if member != "PrivateDnsNameOptions" || !row.contains_key(&member) {
                    row.insert(member, value);
                }
            }
        }
    }

    pub(super) fn group_rows(&self, it: &Instance) -> Value {
        let row = |id: &String| {
            let name = self.security_groups.get(id).map(|it| it.name.clone()).unwrap_or_default();
            json!({"GroupId": id, "GroupName": name})
        };
        it.security_groups.iter().map(row).collect()
    }

    /// The name by which the world knows an instance, where its network has such names.
    pub(super) fn public_dns_name(&self, it: &Instance) -> String {
        let has_names = self.vpcs.get(&it.vpc).is_some_and(|vpc| vpc.dns_hostnames);
        let Some(ip) = it.public_ip.filter(|_| has_names) else { return String::new() };
        let ip = ip.to_string().replace('.', "-");
        match it.home.region.as_str() {
            "us-east-1" => format!("ec2-{ip}.compute-1.amazonaws.com"),
            region => format!("ec2-{ip}.{region}.compute.amazonaws.com"),
        }
    }
}

impl Instance {
    pub(super) fn private_dns_name(&self) -> String {
        let ip = self.private_ip.to_string().replace('.', "-");
        match self.home.region.as_str() {
            "us-east-1" => format!("ip-{ip}.ec2.internal"),
            region => format!("ip-{ip}.{region}.compute.internal"),
        }
    }
}

/// `{"Code": 16, "Name": "running"}`
pub(super) fn state_row(state: InstanceState) -> Value {
    let (name, code) = state.said();
    json!({"Code": code, "Name": name})
}

/// What was kept of the request: its placement among what else a row says of that.
fn add_kept(kept: &Value, row: &mut Value) {
    if let (Some(own), Some(kept)) = (row.as_object_mut(), kept.as_object()) {
        let (placed, kept): (Map<String, Value>, Map<String, Value>) =
            kept.clone().into_iter().partition(|(member, _)| PLACED.contains(&member.as_str()));
        own.extend(kept);
        if let Some(place) = own.get_mut("Placement").and_then(Value::as_object_mut) {
            place.extend(placed);
        }
    }
}
