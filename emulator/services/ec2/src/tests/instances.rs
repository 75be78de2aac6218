//! Stories of images, templates and instances.

use std::collections::BTreeMap;
use std::sync::Arc;

use insta::assert_snapshot;
use kernel::fact::{Fact, Measured};
use kernel::service::Service as _;
use kernel::time::Timestamp;
use serde_json::{Value, json};

use super::harness::Cloud;
use crate::fleet::{Effect, Report, Sample};

/// Amazon Linux 2023, in us-east-1.
const LINUX: &str = "ami-0fa3fe0fa7920f68e";

fn run(cloud: &mut Cloud, more: Value) -> Vec<String> {
    let mut input =
        json!({"ImageId": LINUX, "InstanceType": "t2.medium", "MinCount": 1, "MaxCount": 1});
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let answer = cloud.call("RunInstances", input);
    let instances = answer["Instances"].as_array().unwrap_or_else(|| panic!("{answer}"));
    instances.iter().map(|it| it["InstanceId"].as_str().unwrap().to_owned()).collect()
}

fn one(cloud: &mut Cloud, id: &str) -> Value {
    let answer = cloud.call("DescribeInstances", json!({"InstanceIds": [id]}));
    answer["Reservations"][0]["Instances"][0].clone()
}

fn state(cloud: &mut Cloud, id: &str) -> String {
    let it = one(cloud, id);
    let reason = it["StateReason"]["Code"].as_str().unwrap_or("-");
    format!(
        "{} {reason} {}",
        it["State"]["Name"].as_str().unwrap_or("gone"),
        it["StateTransitionReason"].as_str().unwrap_or_default()
    )
}

#[test]
fn a_simulated_instance_comes_and_goes_by_the_clock() {
    let mut cloud = Cloud::new();
    let id = run(&mut cloud, json!({})).remove(0);
    let mut told = vec![state(&mut cloud, &id)];
    cloud.advance_s(10);
    told.push(state(&mut cloud, &id));
    let status = |cloud: &mut Cloud| {
        let status = cloud.call("DescribeInstanceStatus", json!({"InstanceIds": [id]}));
        status["InstanceStatuses"][0]["InstanceStatus"].to_string()
    };
    told.push(status(&mut cloud));
    cloud.advance_s(120);
    told.push(status(&mut cloud));
    let ids = json!({"InstanceIds": [id]});
    for operation in ["StartInstances", "StopInstances", "StopInstances", "StartInstances"] {
        told.push(format!("{operation} {}", cloud.call(operation, ids.clone())));
        cloud.restart();
        cloud.advance_s(10);
        told.push(state(&mut cloud, &id));
    }
    told.push(cloud.call("TerminateInstances", ids.clone()).to_string());
    cloud.advance_s(10);
    told.push(state(&mut cloud, &id));
    told.push(cloud.refused("StartInstances", ids.clone()));
    cloud.restart();
    cloud.advance_s(3600);
    told.push(cloud.refused("DescribeInstances", ids));
    assert_snapshot!(told.join("\n").replace(&id, "i-1"), @r#"
    pending pending 
    running - 
    {"Status":"initializing","Details":[{"Name":"reachability","Status":"initializing"}]}
    {"Status":"ok","Details":[{"Name":"reachability","Status":"passed"}]}
    StartInstances {"StartingInstances":[{"InstanceId":"i-1","PreviousState":{"Code":16,"Name":"running"},"CurrentState":{"Code":16,"Name":"running"}}]}
    running - 
    StopInstances {"StoppingInstances":[{"InstanceId":"i-1","PreviousState":{"Code":16,"Name":"running"},"CurrentState":{"Code":64,"Name":"stopping"}}]}
    stopped Client.UserInitiatedShutdown User initiated (2026-11-23 12:02:20 GMT)
    StopInstances {"StoppingInstances":[{"InstanceId":"i-1","PreviousState":{"Code":80,"Name":"stopped"},"CurrentState":{"Code":80,"Name":"stopped"}}]}
    stopped Client.UserInitiatedShutdown User initiated (2026-11-23 12:02:20 GMT)
    StartInstances {"StartingInstances":[{"InstanceId":"i-1","PreviousState":{"Code":80,"Name":"stopped"},"CurrentState":{"Code":0,"Name":"pending"}}]}
    running - 
    {"TerminatingInstances":[{"InstanceId":"i-1","PreviousState":{"Code":16,"Name":"running"},"CurrentState":{"Code":32,"Name":"shutting-down"}}]}
    terminated Client.UserInitiatedShutdown User initiated (2026-11-23 12:02:50 GMT)
    IncorrectInstanceState: The instance 'i-1' is not in a state from which it can be started.
    InvalidInstanceID.NotFound: The instance ID 'i-1' does not exist
    "#);
    let heard: Vec<String> = cloud.announced.iter().map(|it| format!("{it:?}")).collect();
    assert_snapshot!(heard.join("\n").replace(&id, "i-1"), @r#"
    InstanceChanged { instance_id: "i-1", state: Pending }
    InstanceChanged { instance_id: "i-1", state: Running }
    InstanceChanged { instance_id: "i-1", state: Stopping }
    InstanceChanged { instance_id: "i-1", state: Stopped }
    InstanceChanged { instance_id: "i-1", state: Pending }
    InstanceChanged { instance_id: "i-1", state: Running }
    InstanceChanged { instance_id: "i-1", state: ShuttingDown }
    InstanceChanged { instance_id: "i-1", state: Terminated }
    "#);
    cloud.check_restart();
}

#[test]
fn an_instance_of_an_image_with_a_program_is_what_its_process_is() {
    let mut cloud = Cloud::new();
    cloud.ec2.set_programs(&mut cloud.directory, Arc::new(["ami-shop".to_owned()].into()));
    let data = "UE9SVD04MA=="; // PORT=80
    let more = json!({"ImageId": "ami-shop", "UserData": data, "MetadataOptions": {"HttpTokens": "optional"},
        "IamInstanceProfile": {"Name": "shop"},
        "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "shop"}]}]});
    let id = run(&mut cloud, more).remove(0);
    let Some(Effect::Start(launch)) = cloud.effects.pop() else { panic!("nothing is started") };
    assert_snapshot!(format!(
        "{} {} {} {} {:?} {:?} {:?} {:?}",
        launch.image_id, launch.zone, launch.vcpus, launch.memory_mib,
        String::from_utf8_lossy(&launch.user_data), launch.instance_profile, launch.name, launch.metadata
    ), @r#"ami-shop us-east-1a 2 4096 "PORT=80" Some("arn:aws:iam::000000000000:instance-profile/shop") Some("shop") MetadataOptions { is_enabled: true, needs_token: false, hop_limit: 2, shows_tags: false }"#);
    let report = |cloud: &mut Cloud, report: Report| cloud.handle(|ec2, cx| ec2.hear(cx, report));
    let ended = |how: &str| Report::Ended { instance_id: id.clone(), how: how.to_owned() };
    let mut told = vec![state(&mut cloud, &id)];
    report(&mut cloud, Report::Started { instance_id: id.clone() });
    told.push(state(&mut cloud, &id));
    cloud.call("RebootInstances", json!({"InstanceIds": [id]}));
    report(&mut cloud, ended("exit status: 0"));
    told.push(state(&mut cloud, &id));
    told.push(format!(
        "{:?}",
        cloud.effects.drain(..).map(|it| matches!(it, Effect::Start(_))).collect::<Vec<_>>()
    ));
    cloud.call("StopInstances", json!({"InstanceIds": [id]}));
    told.push(state(&mut cloud, &id));
    report(&mut cloud, ended("exit status: 0"));
    told.push(state(&mut cloud, &id));
    cloud.call("StartInstances", json!({"InstanceIds": [id]}));
    report(&mut cloud, Report::Started { instance_id: id.clone() });
    report(&mut cloud, ended("signal: 9 (SIGKILL)"));
    told.push(state(&mut cloud, &id));
    cloud.call(
        "ModifyInstanceAttribute",
        json!({"InstanceId": id, "InstanceInitiatedShutdownBehavior": {"Value": "terminate"}}),
    );
    cloud.call("StartInstances", json!({"InstanceIds": [id]}));
    report(&mut cloud, ended("signal: 9 (SIGKILL)"));
    told.push(state(&mut cloud, &id));
    let failing = run(&mut cloud, json!({"ImageId": "ami-shop"})).remove(0);
    report(
        &mut cloud,
        Report::Failed { instance_id: failing.clone(), reason: "no such file".to_owned() },
    );
    told.push(one(&mut cloud, &failing)["StateReason"].to_string());
    assert_snapshot!(told.join("\n"), @r#"
    pending pending 
    running - 
    running - 
    [false, true]
    stopping Client.UserInitiatedShutdown User initiated (2026-11-23 12:00:00 GMT)
    stopped Client.UserInitiatedShutdown User initiated (2026-11-23 12:00:00 GMT)
    stopped Client.InstanceInitiatedShutdown 
    terminated Client.InstanceInitiatedShutdown 
    {"Code":"Server.InternalError","Message":"Server.InternalError: Internal error on launch: no such file"}
    "#);
    assert!(cloud.ec2.outstanding().is_empty());
    cloud.check_restart();
}

#[test]
fn after_a_restart_processes_are_started_again() {
    let mut cloud = Cloud::new();
    let programs = Arc::new(["ami-shop".to_owned()].into());
    cloud.ec2.set_programs(&mut cloud.directory, Arc::clone(&programs));
    let mut ids = Vec::new();
    for _ in 0..3 {
        let id = run(&mut cloud, json!({"ImageId": "ami-shop"})).remove(0);
        cloud.handle(|ec2, cx| ec2.hear(cx, Report::Started { instance_id: id.clone() }));
        ids.push(id);
    }
    cloud.call("StopInstances", json!({"InstanceIds": [ids[1]]}));
    cloud.call("TerminateInstances", json!({"InstanceIds": [ids[2]]}));
    cloud.effects.clear();
    cloud.restart_with(programs);
    let started = cloud.effects.iter().map(|it| match it {
        Effect::Start(launch) => launch.instance_id.clone(),
        other => format!("{other:?}"),
    });
    assert_eq!(started.collect::<Vec<_>>(), [ids[0].clone()]);
    let states: Vec<String> = ids.iter().map(|id| state(&mut cloud, id)).collect();
    assert_snapshot!(states.join("\n"), @"
    running - 
    stopped Client.UserInitiatedShutdown User initiated (2026-11-23 12:00:00 GMT)
    terminated Client.UserInitiatedShutdown User initiated (2026-11-23 12:00:00 GMT)
    ");
}

#[test]
fn a_template_says_what_the_request_leaves_open() {
    let mut cloud = Cloud::new();
    let group =
        cloud.call("CreateSecurityGroup", json!({"GroupName": "shop", "Description": "shop"}));
    let group = group["GroupId"].clone();
    let data = json!({"ImageId": LINUX, "InstanceType": "t3.small", "SecurityGroupIds": [group],
        "Monitoring": {"Enabled": true}, "UserData": "QT0x",
        "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "template"}, {"Key": "a", "Value": "1"}]}]});
    cloud.call(
        "CreateLaunchTemplate",
        json!({"LaunchTemplateName": "shop", "LaunchTemplateData": data}),
    );
    let version = cloud.call("CreateLaunchTemplateVersion", json!({"LaunchTemplateName": "shop", "SourceVersion": "1", "LaunchTemplateData": {"InstanceType": "m5.large"}}));
    assert_eq!(version["LaunchTemplateVersion"]["LaunchTemplateData"]["ImageId"], LINUX);
    let mut launched = |version: Value, more: Value| {
        let mut input =
            json!({"LaunchTemplate": {"LaunchTemplateName": "shop"}, "MinCount": 1, "MaxCount": 1});
        if !version.is_null() {
            input["LaunchTemplate"]["Version"] = version;
        }
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = cloud.call("RunInstances", input);
        let Some(it) = answer["Instances"].get(0) else { return answer["Error"].to_string() };
        let tags: Vec<String> = it["Tags"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|tag| !tag["Key"].as_str().unwrap().starts_with("aws:ec2launchtemplate:id"))
            .map(|tag| format!("{}={}", tag["Key"], tag["Value"]).replace('"', ""))
            .collect();
        format!(
            "{} {} {} {}",
            it["InstanceType"],
            it["Monitoring"]["State"],
            it["SecurityGroups"][0]["GroupName"],
            tags.join(" ")
        )
    };
    let told = [
        launched(Value::Null, json!({})),
        launched(json!("$Latest"), json!({})),
        launched(
            json!("2"),
            json!({"InstanceType": "t2.micro", "SecurityGroups": ["default"],
            "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "request"}]}]}),
        ),
        launched(json!("7"), json!({})),
        launched(json!("first"), json!({})),
    ];
    assert_snapshot!(told.join("\n"), @r#"
    "t3.small" "enabled" "shop" Name=template a=1 aws:ec2launchtemplate:version=1
    "m5.large" "enabled" "shop" Name=template a=1 aws:ec2launchtemplate:version=2
    "t2.micro" "enabled" "default" Name=request a=1 aws:ec2launchtemplate:version=2
    "InvalidLaunchTemplateId.VersionNotFound: Could not find the specified version 7 for the launch template with ID lt-0e6984080bab12a02."
    "InvalidParameterValue: The specified launch template version (first) is not valid."
    "#);
    let said = [
        cloud.refused(
            "CreateLaunchTemplate",
            json!({"LaunchTemplateName": "shop", "LaunchTemplateData": {"ImageId": "ami-1"}}),
        ),
        cloud.refused(
            "DeleteLaunchTemplateVersions",
            json!({"LaunchTemplateName": "shop", "Versions": ["1"]}),
        ),
        cloud.call(
            "DeleteLaunchTemplateVersions",
            json!({"LaunchTemplateName": "shop", "Versions": ["2", "9"]}),
        )["UnsuccessfullyDeletedLaunchTemplateVersions"][0]["ResponseError"]
            .to_string(),
        cloud.refused("DescribeLaunchTemplates", json!({"LaunchTemplateNames": ["shops"]})),
    ];
    assert_snapshot!(said.map(|it| it.replace(char::is_numeric, "9")).join("\n"), @r#"
    InvalidLaunchTemplateName.AlreadyExistsException: Launch template name already in use.
    InvalidParameterValue: Cannot delete the default version 9 of launch template lt-9e9999999bab99a99.
    {"Code":"launchTemplateVersionDoesNotExist","Message":"Could not find the specified version 9 for the launch template with ID lt-9e9999999bab99a99."}
    InvalidLaunchTemplateName.NotFoundException: At least one of the launch templates specified in the request does not exist.
    "#);
    cloud.check_restart();
}

#[test]
fn what_cannot_be_launched_is_refused_as_aws_does() {
    let mut cloud = Cloud::new();
    let of_zone = json!([{"Name": "availability-zone", "Values": ["us-east-1a"]}]);
    let subnets = cloud.call("DescribeSubnets", json!({"Filters": of_zone}));
    let subnet = subnets["Subnets"][0]["SubnetId"].clone();
    let mut refused = |more: Value| {
        let mut input =
            json!({"ImageId": LINUX, "InstanceType": "t2.micro", "MinCount": 1, "MaxCount": 1});
        for (member, value) in more.as_object().unwrap() {
            match value {
                Value::Null => drop(input.as_object_mut().unwrap().remove(member)),
                value => input[member] = value.clone(),
            }
        }
        cloud.refused("RunInstances", input)
    };
    let told = [
        refused(json!({"ImageId": "ami-0123456789abcdef0"})),
        refused(json!({"ImageId": "ami-shop"})),
        refused(json!({"ImageId": null})),
        refused(json!({"InstanceType": "t2.tiny"})),
        refused(json!({"InstanceType": "t4g.micro"})),
        refused(
            json!({"InstanceType": "m5.large", "CreditSpecification": {"CpuCredits": "unlimited"}}),
        ),
        refused(json!({"MinCount": null})),
        refused(json!({"MinCount": 3})),
        refused(json!({"KeyName": "mine"})),
        refused(json!({"SecurityGroupIds": ["sg-0123456789abcdef0"]})),
        refused(json!({"SubnetId": "subnet-0123456789abcdef0"})),
        refused(json!({"Placement": {"AvailabilityZone": "us-east-1x"}})),
        refused(json!({"SubnetId": subnet, "Placement": {"AvailabilityZone": "us-east-1b"}})),
        refused(json!({"UserData": "?"})),
        refused(json!({"UserData": "QUFB".repeat(6000)})),
        refused(json!({"PrivateIpAddress": "10.0.0.1"})),
        refused(json!({"BlockDeviceMappings": [{"DeviceName": "/dev/sdf"}]})),
        refused(
            json!({"BlockDeviceMappings": [{"DeviceName": "/dev/sdf", "Ebs": {"VolumeType": "gp3"}}]}),
        ),
        refused(json!({"BlockDeviceMappings": [{"DeviceName": "/dev/sdf", "NoDevice": "yes"}]})),
        refused(json!({"LaunchTemplate": {"LaunchTemplateId": "lt-0123456789abcdef0"}})),
        refused(json!({"InstanceMarketOptions": {"MarketType": "spot"}})),
        refused(json!({"MaxCount": 2000, "MinCount": 2000})),
        refused(
            json!({"TagSpecifications": [{"ResourceType": "vpc", "Tags": [{"Key": "a", "Value": "b"}]}]}),
        ),
    ];
    assert_snapshot!(told.join("\n").replace(subnet.as_str().unwrap(), "SUBNET"), @r#"
    InvalidAMIID.NotFound: The image id '[ami-0123456789abcdef0]' does not exist
    InvalidAMIID.Malformed: Invalid id: "ami-shop" (expecting "ami-...")
    MissingParameter: The request must contain the parameter ImageId
    InvalidParameterValue: Invalid value 't2.tiny' for InstanceType.
    InvalidParameterValue: The architecture 'arm64' of the specified instance type does not match the architecture 'x86_64' of the specified AMI. Specify an instance type and an AMI that have matching architectures, and try again. You can use 'describe-instance-types' or 'describe-images' to discover the architecture of the instance type or AMI.
    InvalidParameterCombination: The m5.large instance type does not support T2 Unlimited.
    MissingParameter: The request must contain the parameter MinCount
    InvalidParameterCombination: The parameter MinCount (3) is larger than MaxCount (1)
    InvalidKeyPair.NotFound: The key pair 'mine' does not exist
    InvalidGroup.NotFound: The security group 'sg-0123456789abcdef0' does not exist
    InvalidSubnetID.NotFound: The subnet ID 'subnet-0123456789abcdef0' does not exist
    InvalidParameterValue: Invalid availability zone: [us-east-1x]
    InvalidParameterValue: Value (us-east-1b) for parameter availabilityZone is invalid. Subnet 'SUBNET' is in the availability zone us-east-1a
    InvalidUserData.Malformed: Invalid BASE64 encoding of user data.
    InvalidParameterValue: User data is limited to 16384 bytes
    InvalidParameterValue: Address 10.0.0.1 does not fall within the subnet's address range
    MissingParameter: The request must contain the parameter ebs
    MissingParameter: The request must contain the parameter size or snapshotId
    InvalidRequest: The request received was invalid
    InvalidLaunchTemplateId.NotFound: The specified launch template, with template ID lt-0123456789abcdef0, does not exist.
    NotImplemented: The parameter InstanceMarketOptions of RunInstances is not implemented by Cloudless.
    InstanceLimitExceeded: You have requested more instances (2000) than your current instance limit of 1000 allows for the specified instance type. Please visit http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit.
    InvalidParameterValue: 'vpc' is not a valid taggable resource type for this operation.
    "#);
    let token = json!({"ClientToken": "once", "MaxCount": 2});
    let first = run(&mut cloud, token.clone());
    assert_eq!(first.len(), 2);
    assert_eq!(run(&mut cloud, token), first);
    let other = json!({"ImageId": LINUX, "MinCount": 1, "MaxCount": 1, "ClientToken": "once"});
    assert_snapshot!(cloud.refused("RunInstances", other), @"IdempotentParameterMismatch: Arguments on this idempotent request are inconsistent with arguments used in previous request(s).");
}

/// EC2 API_ReleaseAddress: in the default network an address is disassociated by itself.
#[test]
fn an_address_is_released_while_an_instance_has_it_in_the_default_network_alone() {
    let mut cloud = Cloud::new();
    let vpc = cloud.call("CreateVpc", json!({"CidrBlock": "10.0.0.0/16"}))["Vpc"]["VpcId"].clone();
    let subnet = json!({"VpcId": vpc, "CidrBlock": "10.0.0.0/24"});
    let subnet = cloud.call("CreateSubnet", subnet)["Subnet"]["SubnetId"].clone();
    let told = [json!({}), json!({"SubnetId": subnet})].map(|place| {
        let instance = run(&mut cloud, place).remove(0);
        cloud.advance_s(10);
        let address = cloud.call("AllocateAddress", json!({}));
        let id = address["AllocationId"].clone();
        let own = json!({"AllocationId": id, "InstanceId": instance});
        cloud.call("AssociateAddress", own);
        let refused = cloud.refused("ReleaseAddress", json!({"AllocationId": id}));
        let shown = cloud.call("DescribeInstances", json!({"InstanceIds": [instance]}));
        let is_its =
            shown["Reservations"][0]["Instances"][0]["PublicIpAddress"] == address["PublicIp"];
        format!(
            "{}, it has it: {is_its}",
            refused.replace(address["PublicIp"].as_str().unwrap(), "ADDRESS")
        )
    });
    assert_snapshot!(told.join("\n"), @"
    done, it has it: false
    InvalidIPAddress.InUse: Address ADDRESS is in use., it has it: true
    ");
    cloud.check_restart();
}

/// EC2 API_DescribeImages: an image that was deregistered is missed once no instance of it is there any more.
#[test]
fn an_image_without_its_registration_is_not_missed_while_instances_of_it_are_there() {
    let mut cloud = Cloud::new();
    let source = run(&mut cloud, json!({})).remove(0);
    cloud.advance_s(10);
    let made = cloud.call("CreateImage", json!({"InstanceId": source, "Name": "shop"}));
    let image = made["ImageId"].clone();
    let instance = run(&mut cloud, json!({"ImageId": image})).remove(0);
    cloud.call("DeregisterImage", json!({"ImageId": image}));
    let named = json!({"ImageIds": [image]});
    assert_eq!(cloud.call("DescribeImages", named.clone())["Images"], json!([]));
    cloud.call("TerminateInstances", json!({"InstanceIds": [instance]}));
    cloud.advance_s(10);
    let told = cloud.refused("DescribeImages", named).replace(image.as_str().unwrap(), "IMAGE");
    assert_snapshot!(told, @"InvalidAMIID.NotFound: The image id '[IMAGE]' does not exist");
}

#[test]
fn an_instance_whose_type_has_no_credits_is_standard_where_it_is_named() {
    let mut cloud = Cloud::new();
    let [steady, bursts] = ["m5.large", "t3.micro"]
        .map(|kind| run(&mut cloud, json!({"InstanceType": kind})).remove(0));
    let mut credits = |input: Value| {
        let told = cloud.call("DescribeInstanceCreditSpecifications", input);
        let told = told["InstanceCreditSpecifications"].to_string();
        told.replace(&steady, "m5").replace(&bursts, "t3")
    };
    let told = [credits(json!({"InstanceIds": [steady, bursts]})), credits(json!({}))];
    assert_snapshot!(told.join("\n"), @r#"
    [{"InstanceId":"m5","CpuCredits":"standard"},{"InstanceId":"t3","CpuCredits":"unlimited"}]
    [{"InstanceId":"t3","CpuCredits":"unlimited"}]
    "#);
    let change = json!({"InstanceId": steady, "InstanceType": {"Value": "m5.xlarge"}});
    let told = [
        cloud.refused("ModifyInstanceAttribute", change),
        cloud.refused("StopInstances", json!({"InstanceIds": [steady]})),
    ];
    assert_snapshot!(told.join("\n").replace(&steady, "m5"), @"
    IncorrectInstanceState: The instance 'm5' is not in the 'stopped' state.
    IncorrectInstanceState: Instance 'm5' cannot be stopped as it has never reached the 'running' state.
    ");
}

#[test]
fn instances_are_found_by_what_they_are() {
    let mut cloud = Cloud::new();
    run(&mut cloud, json!({"MaxCount": 3}));
    run(
        &mut cloud,
        json!({"InstanceType": "m5.large", "Placement": {"AvailabilityZone": "us-east-1c"}}),
    );
    cloud.advance_s(30);
    run(&mut cloud, json!({"InstanceType": "m5.large"}));
    let mut count = |filters: Value| {
        let answer = cloud.call("DescribeInstances", json!({"Filters": filters}));
        let reservations = answer["Reservations"].as_array().unwrap_or_else(|| panic!("{answer}"));
        reservations.iter().map(|it| it["Instances"].as_array().unwrap().len()).sum::<usize>()
    };
    let told = [
        count(json!([{"Name": "instance-state-name", "Values": ["running"]}])),
        count(json!([{"Name": "instance-type", "Values": ["m5.*"]}])),
        count(
            json!([{"Name": "availability-zone", "Values": ["us-east-1c"]}, {"Name": "instance-type", "Values": ["m5.large"]}]),
        ),
        count(json!([{"Name": "launch-time", "Values": ["2026-11-23T12:00:00*"]}])),
        count(json!([{"Name": "network-interface.status", "Values": ["in-use"]}])),
        count(json!([{"Name": "owner-id", "Values": ["000000000000"]}])),
        count(json!([{"Name": "block-device-mapping.device-name", "Values": ["/dev/xvda"]}])),
    ];
    assert_eq!(told, [4, 2, 1, 4, 5, 5, 5]);
    let linux = json!({"Owners": ["amazon"], "Filters": [{"Name": "name", "Values": ["al2023-ami-2023*-x86_64"]}]});
    let images = cloud.call("DescribeImages", linux);
    assert_eq!(images["Images"][0]["ImageId"], LINUX);
    let page = cloud.call("DescribeInstances", json!({"MaxResults": 5}));
    assert!(page.get("NextToken").is_none());
}

fn stated(cloud: &Cloud, at: Timestamp) -> String {
    let mut facts: Vec<Fact> = Vec::new();
    cloud.ec2.facts(&cloud.directory, at, &mut facts);
    let mut lines = BTreeMap::new();
    for fact in facts {
        let Measured::Tally(tally) = fact.measured else { continue };
        let told = ["CPUUtilization", "NetworkIn", "mem_used_percent", "CPUCreditBalance"];
        if told.contains(&&*fact.name) {
            let dimensions: Vec<String> =
                fact.dimensions.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let line = format!("{} {} [{}]", fact.namespace, fact.name, dimensions.join(" "));
            lines.insert(line, format!("{:.2} {}", tally.sum, fact.at.iso8601_ms()));
        }
    }
    lines.into_iter().map(|(line, value)| format!("{line}: {value}")).collect::<Vec<_>>().join("\n")
}

/// ASG enable-as-instance-metrics: a point each 300 s, with detailed monitoring each 60 s.
#[test]
fn what_instances_use_is_told_each_minute_or_each_five() {
    let mut cloud = Cloud::new();
    let home = kernel::directory::Home::default();
    let request = json!({"ImageId": LINUX, "InstanceType": "t2.medium", "MinCount": 2, "MaxCount": 2, "Monitoring": {"Enabled": true}});
    let tags = BTreeMap::from([("aws:autoscaling:groupName".to_owned(), "shop".to_owned())]);
    let ids = cloud
        .handle(|ec2, cx| ec2.launch(cx, &home, request, "autoscaling.amazonaws.com", &tags))
        .unwrap();
    let basic = run(&mut cloud, json!({})).remove(0);
    cloud.advance_s(30);
    let sample = |id: &String, cpu: f64| Sample {
        instance_id: id.clone(),
        cpu_percent: cpu,
        memory_percent: 40.0,
        disk_percent: 10.0,
        network_in_bytes: 3000,
        network_out_bytes: 0,
    };
    let samples = vec![sample(&ids[0], 80.0), sample(&ids[0], 60.0), sample(&ids[1], 30.0)];
    cloud.handle(|ec2, cx| ec2.hear(cx, Report::Sampled(samples)));
    let names =
        |text: String| text.replace(&ids[0], "i-1").replace(&ids[1], "i-2").replace(&basic, "i-3");
    let minute = Timestamp::from_ms((super::harness::NOON_S + 60) * 1000);
    assert_snapshot!(names(stated(&cloud, minute)), @"
    AWS/EC2 CPUUtilization [AutoScalingGroupName=shop]: 100.00 2026-11-23T12:00:00.000Z
    AWS/EC2 CPUUtilization [ImageId=ami-0fa3fe0fa7920f68e]: 100.00 2026-11-23T12:00:00.000Z
    AWS/EC2 CPUUtilization [InstanceId=i-2]: 30.00 2026-11-23T12:00:00.000Z
    AWS/EC2 CPUUtilization [InstanceId=i-1]: 70.00 2026-11-23T12:00:00.000Z
    AWS/EC2 CPUUtilization [InstanceType=t2.medium]: 100.00 2026-11-23T12:00:00.000Z
    AWS/EC2 CPUUtilization []: 100.00 2026-11-23T12:00:00.000Z
    AWS/EC2 NetworkIn [AutoScalingGroupName=shop]: 9000.00 2026-11-23T12:00:00.000Z
    AWS/EC2 NetworkIn [ImageId=ami-0fa3fe0fa7920f68e]: 9000.00 2026-11-23T12:00:00.000Z
    AWS/EC2 NetworkIn [InstanceId=i-2]: 3000.00 2026-11-23T12:00:00.000Z
    AWS/EC2 NetworkIn [InstanceId=i-1]: 6000.00 2026-11-23T12:00:00.000Z
    AWS/EC2 NetworkIn [InstanceType=t2.medium]: 9000.00 2026-11-23T12:00:00.000Z
    AWS/EC2 NetworkIn []: 9000.00 2026-11-23T12:00:00.000Z
    CWAgent mem_used_percent [AutoScalingGroupName=shop]: 80.00 2026-11-23T12:00:00.000Z
    CWAgent mem_used_percent [ImageId=ami-0fa3fe0fa7920f68e InstanceId=i-2 InstanceType=t2.medium AutoScalingGroupName=shop]: 40.00 2026-11-23T12:00:00.000Z
    CWAgent mem_used_percent [ImageId=ami-0fa3fe0fa7920f68e InstanceId=i-1 InstanceType=t2.medium AutoScalingGroupName=shop]: 40.00 2026-11-23T12:00:00.000Z
    ");
    // ASG ec2-auto-scaling-default-instance-warmup: one that warms up in this minute is no part of its group's points.
    cloud.directory.warming.insert(ids[0].clone(), minute.after_s(0));
    let all = names(stated(&cloud, minute));
    let of_group = all
        .lines()
        .filter(|line| line.contains("GroupName=shop]") || line.contains("InstanceId=i-1]"));
    assert_snapshot!(of_group.collect::<Vec<_>>().join("\n"), @"
    AWS/EC2 CPUUtilization [AutoScalingGroupName=shop]: 30.00 2026-11-23T12:00:00.000Z
    AWS/EC2 CPUUtilization [InstanceId=i-1]: 70.00 2026-11-23T12:00:00.000Z
    AWS/EC2 NetworkIn [AutoScalingGroupName=shop]: 3000.00 2026-11-23T12:00:00.000Z
    AWS/EC2 NetworkIn [InstanceId=i-1]: 6000.00 2026-11-23T12:00:00.000Z
    CWAgent mem_used_percent [AutoScalingGroupName=shop]: 80.00 2026-11-23T12:00:00.000Z
    CWAgent mem_used_percent [ImageId=ami-0fa3fe0fa7920f68e InstanceId=i-2 InstanceType=t2.medium AutoScalingGroupName=shop]: 40.00 2026-11-23T12:00:00.000Z
    CWAgent mem_used_percent [ImageId=ami-0fa3fe0fa7920f68e InstanceId=i-1 InstanceType=t2.medium AutoScalingGroupName=shop]: 40.00 2026-11-23T12:00:00.000Z
    ");
    cloud.directory.warming.clear();
    let next = cloud.ec2.minute_over(minute);
    assert_eq!(next, Some(minute.after_s(60)));
    let five = minute.after_s(240);
    let told = names(stated(&cloud, five));
    let of_basic: Vec<&str> = told.lines().filter(|line| line.contains("i-3")).collect();
    assert_snapshot!(of_basic.join("\n"), @"
    AWS/EC2 CPUCreditBalance [InstanceId=i-3]: 61.94 2026-11-23T12:00:00.000Z
    AWS/EC2 CPUUtilization [InstanceId=i-3]: 0.57 2026-11-23T12:00:00.000Z
    AWS/EC2 NetworkIn [InstanceId=i-3]: 0.00 2026-11-23T12:00:00.000Z
    ");
}
