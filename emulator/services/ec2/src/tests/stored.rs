//! What is stored of EC2 is the live types themselves: their shapes are pinned here.

use std::collections::{BTreeMap, BTreeSet};

use insta::assert_snapshot;
use kernel::record::Stored as _;
use serde_json::{Value, json};

use super::harness::Cloud;

/// Where a value has members, by name; what is in lists stands in brackets. Names of tags and ids are no members.
fn shape(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let inner = members.iter().map(|(name, value)| match value {
                Value::Object(_) | Value::Array(_) => format!("{name}{}", shape(value)),
                _ => name.clone(),
            });
            format!("{{{}}}", inner.collect::<Vec<_>>().join(" "))
        }
        Value::Array(items) => {
            let all: BTreeSet<String> =
                items.iter().map(shape).filter(|it| !it.is_empty()).collect();
            format!("[{}]", all.into_iter().collect::<Vec<_>>().join(" | "))
        }
        _ => String::new(),
    }
}

/// Whatever changes here was not stored so before: raise the format, as `emulator/src/store/formats` says.
#[test]
fn what_is_stored_changes_only_with_a_new_format() {
    let mut cloud = Cloud::new();
    let vpc = cloud.call("CreateVpc", json!({"CidrBlock": "10.0.0.0/16"}));
    let vpc = vpc["Vpc"]["VpcId"].clone();
    let subnet = cloud.call(
        "CreateSubnet",
        json!({"VpcId": vpc, "CidrBlock": "10.0.0.0/24", "AvailabilityZone": "us-east-1a"}),
    );
    let subnet = subnet["Subnet"]["SubnetId"].clone();
    let gateway = cloud.call("CreateInternetGateway", json!({}));
    let gateway = gateway["InternetGateway"]["InternetGatewayId"].clone();
    cloud.call("AttachInternetGateway", json!({"VpcId": vpc, "InternetGatewayId": gateway}));
    let table = cloud.call("CreateRouteTable", json!({"VpcId": vpc}));
    let table = table["RouteTable"]["RouteTableId"].clone();
    let route =
        json!({"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": gateway});
    cloud.call("CreateRoute", route);
    cloud.call("AssociateRouteTable", json!({"RouteTableId": table, "SubnetId": subnet}));
    let group = cloud.call(
        "CreateSecurityGroup",
        json!({"VpcId": vpc, "GroupName": "web", "Description": "web"}),
    );
    let group = group["GroupId"].clone();
    let http = json!({"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]});
    cloud.call("AuthorizeSecurityGroupIngress", json!({"GroupId": group, "IpPermissions": [http]}));
    cloud.call("AllocateAddress", json!({}));
    cloud.call("CreateKeyPair", json!({"KeyName": "key"}));
    let image = json!({"Name": "shop", "RootDeviceName": "/dev/xvda", "BlockDeviceMappings": [
        {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 8}}]});
    let image = cloud.call("RegisterImage", image)["ImageId"].clone();
    let template = json!({"LaunchTemplateName": "shop", "LaunchTemplateData": {"ImageId": image, "InstanceType": "t2.medium"}});
    cloud.call("CreateLaunchTemplate", template);
    cloud.call("RunInstances", json!({
        "MinCount": 1, "MaxCount": 1, "SubnetId": subnet, "SecurityGroupIds": [group],
        "LaunchTemplate": {"LaunchTemplateName": "shop"}, "UserData": "QT1i", "KeyName": "key",
        "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "one"}]}],
    }));
    let mut kinds: BTreeMap<u8, BTreeSet<String>> = BTreeMap::new();
    for (key, record) in &cloud.store {
        let written = serde_json::to_value(record).unwrap();
        assert_eq!(*key, record.key());
        kinds.entry(key.kind.0).or_default().insert(shape(&written));
    }
    let longest = kinds.into_iter().filter_map(|(kind, shapes)| {
        let longest = shapes.into_iter().max_by_key(String::len)?;
        Some(format!("{kind} {longest}"))
    });
    assert_snapshot!(longest.collect::<Vec<_>>().join("\n"), @"
    40 {Home{home{account region} dhcp_options}}
    41 {Vpc{id home{account region} cidr cidr_association dhcp_options network_acl tenancy is_default dns_support dns_hostnames address_usage_metrics}}
    42 {Subnet{id home{account region} vpc zone zone_id cidr is_default public_ips dns64 hostname_type names_a names_aaaa acl_association}}
    43 {InternetGateway{id home{account region} vpc}}
    44 {RouteTable{id home{account region} vpc routes[{destination to is_made_with_table} | {destination to{Gateway} is_made_with_table}] associations[{id subnet}] client_token}}
    45 {SecurityGroup{id home{account region} vpc name description rules[{id is_egress protocol from to peer{Cidr} description} | {id is_egress protocol from to peer{Group{account id}} description}]}}
    46 {Address{id home{account region} ip association}}
    47 {KeyPair{id home{account region} name kind fingerprint public_key made}}
    48 {Image{id home{account region} name description location architecture made is_public launchers[] product_codes[] root_device mappings[{DeviceName Ebs{VolumeSize SnapshotId DeleteOnTermination VolumeType Encrypted}}] virtualization has_ena sriov kernel ramdisk boot_mode tpm imds platform alias source_instance source_image}}
    49 {LaunchTemplate{id home{account region} name made by default latest versions{1{description made by data{ImageId InstanceType}}} client_token}}
    50 {Instance{id home{account region} reservation launch_index requester image instance_type key_name vpc subnet zone zone_id private_ip public_ip wants_public_ip interface attachment mac security_groups[] state since reason[] transition_reason launched user_data profile is_monitored metadata{is_enabled needs_token hop_limit shows_tags ipv6} volumes[{id device attached goes_with_instance size_gib kind is_encrypted snapshot iops throughput}] root_device source_dest_check keeps_from_termination keeps_from_stop shutdown_behavior ebs_optimized cpu_credits client_token token_of template[] tenancy kept{} is_simulated}}
    51 {Tags{id home{account region} tags{Name aws:ec2launchtemplate:id aws:ec2launchtemplate:version}}}
    ");
}
