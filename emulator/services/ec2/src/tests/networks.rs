//! Stories of networks and of security groups.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::harness::Cloud;
use crate::Endpoint;

fn id(answer: &Value, path: &str) -> String {
    answer.pointer(path).and_then(Value::as_str).unwrap_or_else(|| panic!("{answer}")).to_owned()
}

fn listed(answer: &Value, member: &str, of: &[&str]) -> String {
    let rows = answer[member].as_array().unwrap_or_else(|| panic!("{answer}"));
    let row = |row: &Value| of.iter().map(|it| row[*it].to_string()).collect::<Vec<_>>().join(" ");
    let mut lines: Vec<String> = rows.iter().map(row).collect();
    lines.sort();
    lines.join("\n").replace('"', "")
}

#[test]
fn an_account_has_a_network_of_six_zones_from_the_beginning() {
    let mut cloud = Cloud::new();
    let vpcs = cloud.call("DescribeVpcs", json!({}));
    assert_snapshot!(listed(&vpcs, "Vpcs", &["CidrBlock", "IsDefault", "State"]), @"172.31.0.0/16 true available");
    let subnets = cloud.call("DescribeSubnets", json!({}));
    let columns = [
        "AvailabilityZone",
        "AvailabilityZoneId",
        "CidrBlock",
        "AvailableIpAddressCount",
        "MapPublicIpOnLaunch",
    ];
    assert_snapshot!(listed(&subnets, "Subnets", &columns), @"
    us-east-1a use1-az1 172.31.0.0/20 4091 true
    us-east-1b use1-az2 172.31.16.0/20 4091 true
    us-east-1c use1-az3 172.31.32.0/20 4091 true
    us-east-1d use1-az4 172.31.48.0/20 4091 true
    us-east-1e use1-az5 172.31.64.0/20 4091 true
    us-east-1f use1-az6 172.31.80.0/20 4091 true
    ");
    let tables = cloud.call(
        "DescribeRouteTables",
        json!({"Filters": [{"Name": "association.main", "Values": ["true"]}]}),
    );
    let routes = &tables["RouteTables"][0];
    assert_snapshot!(listed(routes, "Routes", &["DestinationCidrBlock", "Origin", "State"]), @"
    0.0.0.0/0 CreateRoute active
    172.31.0.0/16 CreateRouteTable active
    ");
    let acls = cloud.call("DescribeNetworkAcls", json!({}));
    assert_eq!(acls["NetworkAcls"][0]["Associations"].as_array().unwrap().len(), 6);
    let groups = cloud.call("DescribeSecurityGroups", json!({"GroupNames": ["default"]}));
    assert_eq!(
        groups["SecurityGroups"][0]["IpPermissionsEgress"][0]["IpRanges"][0]["CidrIp"],
        "0.0.0.0/0"
    );

    // Whoever looks first, it is always the same.
    let mut other = Cloud::new();
    other.call("DescribeRegions", json!({}));
    assert_eq!(other.call("DescribeVpcs", json!({})), vpcs);
    assert_eq!(other.directory.subnets, cloud.directory.subnets);
    cloud.advance_s(60);
    cloud.restart();
    assert_eq!(cloud.call("DescribeVpcs", json!({})), vpcs);
}

#[test]
fn a_network_of_ones_own_is_built_and_taken_down_in_order() {
    let mut cloud = Cloud::new();
    let vpc = id(&cloud.call("CreateVpc", json!({"CidrBlock": "10.0.1.7/16"})), "/Vpc/VpcId");
    let subnet =
        json!({"VpcId": vpc, "CidrBlock": "10.0.1.0/24", "AvailabilityZone": "us-east-1b"});
    let made = cloud.call("CreateSubnet", subnet.clone());
    let subnet_id = id(&made, "/Subnet/SubnetId");
    let gateway =
        id(&cloud.call("CreateInternetGateway", json!({})), "/InternetGateway/InternetGatewayId");
    let table =
        id(&cloud.call("CreateRouteTable", json!({"VpcId": vpc})), "/RouteTable/RouteTableId");
    let route =
        json!({"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": gateway});
    let attach = json!({"InternetGatewayId": gateway, "VpcId": vpc});
    let associate = json!({"RouteTableId": table, "SubnetId": subnet_id});

    let mut said = Vec::new();
    said.push(cloud.refused("CreateSubnet", subnet));
    said.push(cloud.refused("CreateSubnet", json!({"VpcId": vpc, "CidrBlock": "10.1.0.0/24"})));
    said.push(cloud.refused(
        "CreateSubnet",
        json!({"VpcId": vpc, "CidrBlock": "10.0.9.0/24", "AvailabilityZone": "us-east-1z"}),
    ));
    said.push(cloud.refused("CreateVpc", json!({"CidrBlock": "10.0.0.0/8"})));
    said.push(cloud.refused("CreateVpc", json!({"CidrBlock": "169.254.0.0/16"})));
    said.push(cloud.refused("CreateVpc", json!({})));
    said.push(cloud.refused("CreateKeyPair", json!({"KeyName": " key "})));
    said.push(cloud.refused("CreateRoute", route.clone()));
    said.push(cloud.refused("AttachInternetGateway", attach.clone()));
    said.push(cloud.refused("AttachInternetGateway", attach.clone()));
    said.push(cloud.refused("CreateRoute", route.clone()));
    said.push(cloud.refused("CreateRoute", route.clone()));
    said.push(cloud.refused(
        "CreateRoute",
        json!({"RouteTableId": table, "DestinationCidrBlock": "10.0.0.0/16", "GatewayId": gateway}),
    ));
    said.push(cloud.refused(
        "DeleteRoute",
        json!({"RouteTableId": table, "DestinationCidrBlock": "10.0.0.0/16"}),
    ));
    let association = id(&cloud.call("AssociateRouteTable", associate), "/AssociationId");
    said.push(cloud.refused("DeleteRouteTable", json!({"RouteTableId": table})));
    said.push(cloud.refused("DeleteVpc", json!({"VpcId": vpc})));
    said.push(cloud.refused("DeleteInternetGateway", json!({"InternetGatewayId": gateway})));
    said.push(cloud.refused("DetachInternetGateway", attach));
    let tables = cloud.call("DescribeRouteTables", json!({"RouteTableIds": [table]}));
    assert_snapshot!(listed(&tables["RouteTables"][0], "Routes", &["DestinationCidrBlock", "State"]), @"
    0.0.0.0/0 blackhole
    10.0.0.0/16 active
    ");
    said.push(cloud.refused("DeleteInternetGateway", json!({"InternetGatewayId": gateway})));
    said.push(cloud.refused("DisassociateRouteTable", json!({"AssociationId": association})));
    said.push(cloud.refused("DeleteRouteTable", json!({"RouteTableId": table})));
    said.push(cloud.refused("DeleteSubnet", json!({"SubnetId": subnet_id})));
    said.push(cloud.refused("DeleteVpc", json!({"VpcId": vpc})));
    said.push(cloud.refused("DeleteVpc", json!({"VpcId": vpc})));
    said.push(cloud.refused("DeleteVpc", json!({"VpcId": "vpc-nonsense"})));
    assert_snapshot!(said.join("\n"), @"
    InvalidSubnet.Conflict: The CIDR '10.0.1.0/24' conflicts with another subnet
    InvalidSubnet.Range: The CIDR '10.1.0.0/24' is invalid.
    InvalidParameterValue: Value (us-east-1z) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: us-east-1a, us-east-1b, us-east-1c, us-east-1d, us-east-1e, us-east-1f.
    InvalidVpc.Range: The CIDR '10.0.0.0/8' is invalid.
    InvalidVpc.Range: The CIDR '169.254.0.0/16' is invalid.
    MissingParameter: The request must contain the parameter cidrBlock
    InvalidParameterValue: Invalid value ' key ' for keyName. It should be trimmed
    InvalidParameterValue: route table and network gateway igw-01a82e79b05b5faeb belong to different networks
    done
    Resource.AlreadyAssociated: resource igw-01a82e79b05b5faeb is already attached to network vpc-063cbe1e459320dd7
    done
    RouteAlreadyExists: The route identified by 0.0.0.0/0 already exists.
    RouteAlreadyExists: The route identified by 10.0.0.0/16 already exists.
    InvalidParameterValue: cannot remove local route 10.0.0.0/16 in route table rtb-0f5ba4eb728dd632c
    DependencyViolation: The routeTable 'rtb-0f5ba4eb728dd632c' has dependencies and cannot be deleted.
    DependencyViolation: The vpc 'vpc-063cbe1e459320dd7' has dependencies and cannot be deleted.
    DependencyViolation: The internetGateway 'igw-01a82e79b05b5faeb' has dependencies and cannot be deleted.
    done
    done
    done
    done
    done
    done
    InvalidVpcID.NotFound: The vpc ID 'vpc-063cbe1e459320dd7' does not exist
    InvalidVpcID.NotFound: The vpc ID 'vpc-nonsense' does not exist
    ");
    cloud.check_restart();
}

#[test]
fn rules_are_kept_as_aws_keeps_them() {
    let mut cloud = Cloud::new();
    let make = |name: &str| json!({"GroupName": name, "Description": "of the shop"});
    let web = id(&cloud.call("CreateSecurityGroup", make("web")), "/GroupId");
    let data = id(&cloud.call("CreateSecurityGroup", make("data")), "/GroupId");
    let from_anywhere = json!({"GroupId": web, "IpPermissions": [
        {"IpProtocol": "TCP", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "everybody"}], "Ipv6Ranges": [{"CidrIpv6": "::/0"}]},
        {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "10.1.2.3/8"}]},
    ]});
    let from_web = json!({"GroupId": data, "IpPermissions": [
        {"IpProtocol": "6", "FromPort": 5432, "ToPort": 5432, "UserIdGroupPairs": [{"GroupId": web}]},
    ]});
    let rules = cloud.call("AuthorizeSecurityGroupIngress", from_anywhere.clone());
    assert_snapshot!(listed(&rules, "SecurityGroupRules", &["IpProtocol", "FromPort", "CidrIpv4", "CidrIpv6", "Description"]), @"
    tcp 80 0.0.0.0/0 null everybody
    tcp 80 10.0.0.0/8 null null
    tcp 80 null ::/0 null
    ");
    cloud.call("AuthorizeSecurityGroupIngress", from_web.clone());
    let shown = cloud.call("DescribeSecurityGroups", json!({"GroupIds": [web]}));
    assert_snapshot!(shown["SecurityGroups"][0]["IpPermissions"].to_string(), @r#"[{"IpProtocol":"tcp","UserIdGroupPairs":[],"IpRanges":[{"CidrIp":"0.0.0.0/0","Description":"everybody"},{"CidrIp":"10.0.0.0/8"}],"Ipv6Ranges":[{"CidrIpv6":"::/0"}],"PrefixListIds":[],"FromPort":80,"ToPort":80}]"#);

    let ingress = |change: Value| {
        let mut input = json!({"GroupId": web});
        input.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        input
    };
    let said = [
        cloud.refused("AuthorizeSecurityGroupIngress", from_anywhere),
        cloud.refused("AuthorizeSecurityGroupIngress", ingress(json!({"IpProtocol": "tcp", "FromPort": 22, "CidrIp": "0.0.0.0/0"}))),
        cloud.refused("AuthorizeSecurityGroupIngress", ingress(json!({"IpProtocol": "tcp", "FromPort": 22, "ToPort": 70000, "CidrIp": "0.0.0.0/0"}))),
        cloud.refused("AuthorizeSecurityGroupIngress", ingress(json!({"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "1.2.3"}))),
        cloud.refused("AuthorizeSecurityGroupIngress", ingress(json!({"IpProtocol": "ip", "CidrIp": "0.0.0.0/0"}))),
        cloud.refused("AuthorizeSecurityGroupIngress", ingress(json!({"IpPermissions": [{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-0123456789abcdef0"}]}]}))),
        cloud.refused("DeleteSecurityGroup", json!({"GroupId": web})),
        cloud.refused("CreateSecurityGroup", make("web")),
        cloud.refused("CreateSecurityGroup", make("default")),
        cloud.refused("RevokeSecurityGroupIngress", from_web),
        cloud.refused("DeleteSecurityGroup", json!({"GroupName": "web"})),
        cloud.refused("DeleteSecurityGroup", json!({"GroupName": "default"})),
        cloud.refused("DeleteSecurityGroup", json!({"GroupName": "web"})),
    ];
    assert_snapshot!(said.join("\n"), @r#"
    InvalidPermission.Duplicate: the specified rule "peer: 0.0.0.0/0, TCP, from port: 80, to port: 80, ALLOW" already exists
    InvalidParameterValue: Invalid value for portRange. Must specify both from and to ports with TCP/UDP.
    InvalidParameterValue: TCP/UDP (to) port (70000) out of range
    InvalidParameterValue: CIDR block 1.2.3 is malformed
    InvalidParameterValue: Invalid value 'ip' for IP protocol. Unknown protocol.
    InvalidGroup.NotFound: The security group 'sg-0123456789abcdef0' does not exist
    DependencyViolation: resource sg-063cbe1e459320dd7 has a dependent object
    InvalidGroup.Duplicate: The security group 'web' already exists for VPC 'vpc-00ee75326f7e76706'
    InvalidGroup.Reserved: Cannot use reserved security group name: default
    done
    done
    CannotDelete: the specified group: "sg-0c3bffe9227fced7e" name: "default" cannot be deleted by a user
    InvalidGroup.NotFound: The security group 'web' does not exist in default VPC 'vpc-00ee75326f7e76706'
    "#);
    cloud.check_restart();
}

#[test]
fn security_groups_decide_who_may_connect() {
    let mut cloud = Cloud::new();
    let mut group = |name: &str| {
        id(
            &cloud.call("CreateSecurityGroup", json!({"GroupName": name, "Description": name})),
            "/GroupId",
        )
    };
    let (balancer, shop, data) = (group("balancer"), group("shop"), group("data"));
    let mut let_in = |to: &str, port: u16, from: Value| {
        let mut rule = json!({"IpProtocol": "tcp", "FromPort": port, "ToPort": port});
        rule.as_object_mut().unwrap().extend(from.as_object().unwrap().clone());
        cloud.call("AuthorizeSecurityGroupIngress", json!({"GroupId": to, "IpPermissions": [rule]}))
    };
    let_in(&balancer, 80, json!({"IpRanges": [{"CidrIp": "0.0.0.0/0"}]}));
    let_in(&shop, 8000, json!({"UserIdGroupPairs": [{"GroupId": balancer}]}));
    let_in(
        &data,
        5432,
        json!({"UserIdGroupPairs": [{"GroupId": shop}], "IpRanges": [{"CidrIp": "10.0.0.0/24"}]}),
    );
    let groups = [vec![], vec![balancer], vec![shop.clone()], vec![data]];
    let names = ["world", "balancer", "shop", "data"];
    let address = Some("127.0.0.1".parse().unwrap());
    let table = |cloud: &Cloud| {
        let mut lines = Vec::new();
        for (at, to) in groups.iter().enumerate().skip(1) {
            for port in [80, 8000, 5432] {
                let gets = groups.iter().enumerate().filter(|(_, from)| {
                    let from = Endpoint { address, groups: from };
                    cloud.ec2.reachable(from, Endpoint { address, groups: to }, port, "tcp")
                });
                let gets: Vec<&str> = gets.map(|(at, _)| names[at]).collect();
                lines.push(format!("{} {port}: {}", names[at], gets.join(" ")));
            }
        }
        lines.join("\n")
    };
    assert_snapshot!(table(&cloud), @"
    balancer 80: world balancer shop data
    balancer 8000: 
    balancer 5432: 
    shop 80: 
    shop 8000: balancer
    shop 5432: 
    data 80: 
    data 8000: 
    data 5432: shop
    ");
    // Who may say nothing gets no answer.
    cloud.call("RevokeSecurityGroupEgress", json!({"GroupId": shop, "IpPermissions": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]}));
    let (from, to) =
        (Endpoint { address, groups: &groups[2] }, Endpoint { address, groups: &groups[3] });
    assert!(!cloud.ec2.reachable(from, to, 5432, "tcp"));
    let near = Endpoint { address: Some("10.0.0.77".parse().unwrap()), groups: &[] };
    assert!(cloud.ec2.reachable(near, to, 5432, "tcp"));
    assert!(!cloud.ec2.reachable(near, to, 5432, "udp"));
}

#[test]
fn listings_are_filtered_and_paged() {
    let mut cloud = Cloud::new();
    for at in 0..7 {
        let tags = json!([{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": format!("shop-{at}")}]}]);
        cloud.call(
            "CreateVpc",
            json!({"CidrBlock": format!("10.{at}.0.0/16"), "TagSpecifications": tags}),
        );
    }
    let mut named = |name: &str, values: &[&str]| {
        let filters = json!([{"Name": name, "Values": values}]);
        let vpcs = cloud.call("DescribeVpcs", json!({"Filters": filters}));
        match vpcs.get("Error") {
            Some(error) => error.to_string(),
            None => listed(&vpcs, "Vpcs", &["CidrBlock"]).replace('\n', " "),
        }
    };
    let told = [
        named("cidr", &["10.2.*"]),
        named("tag:Name", &["shop-1", "shop-3"]),
        named("tag:Name", &["*-?"]),
        named("tag:name", &["*"]),
        named("tag-key", &["Name"]),
        named("is-default", &["true"]),
        named("colour", &["red"]),
    ];
    assert_snapshot!(told.join("\n"), @r#"
    10.2.0.0/16
    10.1.0.0/16 10.3.0.0/16
    10.0.0.0/16 10.1.0.0/16 10.2.0.0/16 10.3.0.0/16 10.4.0.0/16 10.5.0.0/16 10.6.0.0/16

    10.0.0.0/16 10.1.0.0/16 10.2.0.0/16 10.3.0.0/16 10.4.0.0/16 10.5.0.0/16 10.6.0.0/16
    172.31.0.0/16
    "InvalidParameterValue: The filter 'colour' is invalid"
    "#);
    let mut pages = Vec::new();
    let mut token = Value::Null;
    loop {
        let mut input = json!({"MaxResults": 5});
        if !token.is_null() {
            input["NextToken"] = token;
        }
        let page = cloud.call("DescribeVpcs", input);
        pages.push(page["Vpcs"].as_array().unwrap().len());
        token = page["NextToken"].clone();
        if token.is_null() {
            break;
        }
    }
    assert_eq!(pages, [5, 3]);
    let said = [
        cloud.refused("DescribeVpcs", json!({"MaxResults": 2})),
        cloud.refused("DescribeVpcs", json!({"NextToken": "%"})),
        cloud.refused("CreateTags", json!({"Resources": ["vpc-0123456789abcdef0"], "Tags": [{"Key": "a"}]})),
        cloud.refused("CreateTags", json!({"Resources": ["bucket"], "Tags": [{"Key": "a"}]})),
        cloud.refused("CreateTags", json!({"Resources": ["vpc-0123456789abcdef0"], "Tags": [{"Key": ""}]})),
        cloud.refused("CreateTags", json!({"Resources": ["vpc-0123456789abcdef0"], "Tags": [{"Key": "aws:x"}]})),
        cloud.refused("CreateVpc", json!({"CidrBlock": "10.0.0.0/16", "DryRun": true})),
        cloud.refused("CreateVpc", json!({"CidrBlock": "10.0.0.0/16", "TagSpecifications": [{"ResourceType": "vpc", "Tags": [{"Key": "aws:x", "Value": "y"}]}]})),
        cloud.refused("CreateVpc", json!({"CidrBlock": "10.0.0.0/16", "TagSpecifications": [{"Tags": [{"Key": "a"}]}]})),
        cloud.refused("CreateVpc", json!({"CidrBlock": "10.0.0.0/16", "TagSpecifications": [{"ResourceType": "vpc"}]})),
        cloud.refused("CreateVpc", json!({"CidrBlock": "10.0.0.0/16", "TagSpecifications": [{"ResourceType": "image", "Tags": [{"Key": "a"}]}]})),
    ];
    assert_snapshot!(said.join("\n"), @"
    InvalidParameterValue: Value ( 2 ) for parameter maxResults is invalid. Expecting a value greater than 5.
    InvalidNextToken: The specified NextToken is not valid.
    InvalidVpcID.NotFound: The vpc ID 'vpc-0123456789abcdef0' does not exist
    InvalidID: The ID 'bucket' is not valid
    InvalidParameterValue: Value ( '' ) for parameter Tag key is invalid. Tag key cannot be null or empty.
    InvalidParameterValue: Value ( aws:x ) for parameter key is invalid. Tag keys starting with 'aws:' are reserved for internal use
    DryRunOperation: Request would have succeeded, but DryRun flag is set.
    InvalidParameterValue: Tag keys starting with 'aws:' are reserved for internal use
    InvalidParameter: Tag specification resource type must have a value
    InvalidParameter: Tag specification must have at least one tag
    InvalidParameter: 'image' is not a valid taggable resource type for this operation.
    ");
    cloud.check_restart();
}

#[test]
fn a_key_pair_that_is_made_has_both_halves() {
    let mut cloud = Cloud::new();
    let mut told = Vec::new();
    for (kind, format) in [("rsa", "pem"), ("rsa", "ppk"), ("ed25519", "pem"), ("ed25519", "ppk")] {
        let name = format!("{kind}-{format}");
        let asked = json!({"KeyName": name, "KeyType": kind, "KeyFormat": format});
        let made = cloud.call("CreateKeyPair", asked);
        let material = made["KeyMaterial"].as_str().unwrap();
        let asked = json!({"KeyNames": [name], "IncludePublicKey": true});
        let shown = cloud.call("DescribeKeyPairs", asked)["KeyPairs"][0].clone();
        assert_eq!(shown["KeyFingerprint"], made["KeyFingerprint"]);
        let (lines, length) = (material.lines().count(), made["KeyFingerprint"].as_str().unwrap());
        let public = shown["PublicKey"].as_str().unwrap();
        let ends: Vec<&str> = public.split(' ').map(|it| &it[..it.len().min(20)]).collect();
        let first = material.lines().next().unwrap();
        told.push(format!("{first} ({lines} lines), {}: {}", length.len(), ends.join(" ")));
    }
    assert_snapshot!(told.join("\n"), @"
    -----BEGIN RSA PRIVATE KEY----- (27 lines), 59: ssh-rsa AAAAB3NzaC1yc2EAAAAD rsa-pem
    PuTTY-User-Key-File-2: ssh-rsa (26 lines), 59: ssh-rsa AAAAB3NzaC1yc2EAAAAD rsa-ppk
    -----BEGIN OPENSSH PRIVATE KEY----- (7 lines), 44: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 ed25519-pem
    PuTTY-User-Key-File-2: ssh-ed25519 (9 lines), 44: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 ed25519-ppk
    ");
    cloud.check_restart();
}
