use serde_json::json;

use super::harness::{Cloud, TARGETS};

/// ASG health-check-grace-period: 0 s by CLI and SDK. ASG ec2-auto-scaling-scaling-cooldowns: 300 s.
#[test]
fn a_group_has_awss_defaults() {
    let mut cloud = Cloud::with_group(2, json!({}));
    let described = cloud.call("DescribeAutoScalingGroups", json!({}));
    insta::assert_json_snapshot!(described["AutoScalingGroups"][0], @r#"
    {
      "AutoScalingGroupName": "shop",
      "AutoScalingGroupARN": "arn:aws:autoscaling:us-east-1:000000000000:autoScalingGroup:63cbe1e4-5932-4dd7-844c-3cd7f43c661c:autoScalingGroupName/shop",
      "LaunchTemplate": {
        "LaunchTemplateId": "lt-shop",
        "LaunchTemplateName": "shop"
      },
      "MinSize": 1,
      "MaxSize": 12,
      "DesiredCapacity": 2,
      "DefaultCooldown": 300,
      "AvailabilityZones": [
        "us-east-1a",
        "us-east-1b",
        "us-east-1c"
      ],
      "LoadBalancerNames": [],
      "TargetGroupARNs": [],
      "HealthCheckType": "EC2",
      "HealthCheckGracePeriod": 0,
      "Instances": [
        {
          "InstanceId": "i-01",
          "InstanceType": "t2.medium",
          "AvailabilityZone": "us-east-1a",
          "AvailabilityZoneId": "use1-az-a",
          "LifecycleState": "InService",
          "HealthStatus": "Healthy",
          "LaunchTemplate": {
            "LaunchTemplateId": "lt-shop",
            "LaunchTemplateName": "shop",
            "Version": "1"
          },
          "ImageId": "ami-shop",
          "ProtectedFromScaleIn": false
        },
        {
          "InstanceId": "i-02",
          "InstanceType": "t2.medium",
          "AvailabilityZone": "us-east-1b",
          "AvailabilityZoneId": "use1-az-b",
          "LifecycleState": "InService",
          "HealthStatus": "Healthy",
          "LaunchTemplate": {
            "LaunchTemplateId": "lt-shop",
            "LaunchTemplateName": "shop",
            "Version": "1"
          },
          "ImageId": "ami-shop",
          "ProtectedFromScaleIn": false
        }
      ],
      "CreatedTime": 1796040000.0,
      "SuspendedProcesses": [],
      "VPCZoneIdentifier": "subnet-a,subnet-b,subnet-c",
      "EnabledMetrics": [],
      "Tags": [],
      "TerminationPolicies": [
        "Default"
      ],
      "NewInstancesProtectedFromScaleIn": false,
      "ServiceLinkedRoleARN": "arn:aws:iam::000000000000:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling",
      "TrafficSources": [],
      "AvailabilityZoneDistribution": {
        "CapacityDistributionStrategy": "balanced-best-effort"
      }
    }
    "#);
    cloud.check_restart();
}

#[test]
fn what_cannot_be_is_refused_in_awss_words() {
    let mut cloud = Cloud::with_group(2, json!({}));
    let of = |more: serde_json::Value| {
        let mut input = json!({
            "AutoScalingGroupName": "next", "MinSize": 1, "MaxSize": 3,
            "LaunchTemplate": { "LaunchTemplateName": "shop" }, "VPCZoneIdentifier": "subnet-a",
        });
        for (name, value) in more.as_object().unwrap() {
            input[name] = value.clone();
        }
        input.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        input
    };
    let told = [
        of(json!({ "AutoScalingGroupName": "shop" })),
        of(json!({ "MinSize": 4 })),
        of(json!({ "DesiredCapacity": 5 })),
        of(json!({ "VPCZoneIdentifier": null })),
        of(json!({ "VPCZoneIdentifier": "subnet-x" })),
        of(json!({ "AvailabilityZones": ["eu-west-1a"], "VPCZoneIdentifier": null })),
        of(json!({ "AvailabilityZones": ["us-east-1b"] })),
        of(json!({ "LaunchTemplate": null })),
        of(json!({ "LaunchTemplate": { "Version": "1" } })),
        of(json!({ "LaunchTemplate": { "LaunchTemplateId": "lt-none" } })),
        of(json!({ "LaunchTemplate": { "LaunchTemplateName": "shop", "Version": "9" } })),
        of(json!({ "LaunchTemplate": null, "LaunchConfigurationName": "none" })),
        of(json!({ "HealthCheckType": "PULSE" })),
        of(json!({ "TerminationPolicies": ["Youngest"] })),
        of(json!({ "MaxInstanceLifetime": 60 })),
        of(json!({ "DefaultInstanceWarmup": 3601 })),
        of(json!({ "LoadBalancerNames": ["classic"] })),
        of(json!({ "TargetGroupARNs": ["arn:aws:none"] })),
    ]
    .map(|input| cloud.refused("CreateAutoScalingGroup", input));
    insta::assert_snapshot!(told.join("\n"), @"
    AlreadyExists: AutoScalingGroup by this name already exists - A group with the name shop already exists
    ValidationError: Max bound, 3, must be greater than or equal to min bound, 4
    ValidationError: Desired capacity:5 must be between the specified min size:1 and max size:3
    ValidationError: At least one Availability Zone or VPC Subnet is required.
    ValidationError: The subnet ID 'subnet-x' does not exist
    ValidationError: You must use a valid fully-formed launch template. Invalid availability zone: [eu-west-1a]
    ValidationError: The availability zones of the specified subnets and the Auto Scaling group do not match
    ValidationError: Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or MixedInstancesPolicy parameter.
    ValidationError: Valid requests must contain either launchTemplateId or LaunchTemplateName
    ValidationError: You must use a valid fully-formed launch template. The specified launch template, with template ID lt-none, does not exist.
    ValidationError: You must use a valid fully-formed launch template. The specified launch template, with template name shop, and version 9, does not exist.
    ValidationError: Launch configuration name not found - Launch configuration none not found
    ValidationError: Invalid health check type: PULSE. Valid health check types are [EC2, ELB, EBS, VPC_LATTICE]
    ValidationError: [Youngest] is not a valid termination policy. Valid termination policies are: [AllocationStrategy, ClosestToNextInstanceHour, Default, Lambda, NewestInstance, OldestInstance, OldestLaunchConfiguration, OldestLaunchTemplate].
    ValidationError: maxInstanceLifetime must be between 86400 and 31536000 seconds (inclusive).
    ValidationError: DefaultInstanceWarmup must be between 0 and 3600.
    NotImplemented: The parameter LoadBalancerNames of CreateAutoScalingGroup is not implemented by Cloudless.
    ValidationError: Provided Target Groups may not be valid. Please ensure they exist and try again.
    ");
    let told = [
        ("UpdateAutoScalingGroup", json!({ "AutoScalingGroupName": "none" })),
        ("DeleteAutoScalingGroup", json!({ "AutoScalingGroupName": "none" })),
        ("DeleteAutoScalingGroup", json!({ "AutoScalingGroupName": "shop" })),
        ("SetDesiredCapacity", json!({ "AutoScalingGroupName": "shop", "DesiredCapacity": 13 })),
        ("SetDesiredCapacity", json!({ "AutoScalingGroupName": "shop", "DesiredCapacity": 0 })),
        (
            "TerminateInstanceInAutoScalingGroup",
            json!({ "InstanceId": "i-none", "ShouldDecrementDesiredCapacity": true }),
        ),
        ("PutWarmPool", json!({ "AutoScalingGroupName": "shop" })),
        (
            "SuspendProcesses",
            json!({ "AutoScalingGroupName": "shop", "ScalingProcesses": ["Sleep"] }),
        ),
    ]
    .map(|(operation, input)| cloud.refused(operation, input));
    insta::assert_snapshot!(told.join("\n"), @"
    ValidationError: AutoScalingGroup name not found - null
    ValidationError: AutoScalingGroup name not found - AutoScalingGroup 'none' not found
    ResourceInUse: You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still in the group.
    ValidationError: New SetDesiredCapacity value 13 is above max value 12 for the AutoScalingGroup.
    ValidationError: New SetDesiredCapacity value 0 is below min value 1 for the AutoScalingGroup.
    ValidationError: Instance Id not found - No managed instance found for instance ID i-none
    NotImplemented: The operation autoscaling:PutWarmPool is not implemented by Cloudless.
    ValidationError: Sleep is not a valid scaling process type. Valid types are: [Launch, Terminate, AddToLoadBalancer, AlarmNotification, AZRebalance, HealthCheck, InstanceRefresh, ReplaceUnhealthy, ScheduledActions]
    ");
    cloud.check_restart();
}

/// As clients have reported it: <https://github.com/hashicorp/terraform/issues/12279>,
/// <https://github.com/hashicorp/terraform/issues/17238>, <https://github.com/cloud-custodian/cloud-custodian/issues/380>.
#[test]
fn what_is_not_there_is_said_so_in_each_operation_s_words() {
    let mut cloud = Cloud::with_group(1, json!({}));
    let named = |group: &str, more: serde_json::Value| {
        let mut input = json!({ "AutoScalingGroupName": group });
        for (name, value) in more.as_object().unwrap() {
            input[name] = value.clone();
        }
        input
    };
    let none = |more| named("none", more);
    let policy = json!({
        "PolicyName": "more", "AdjustmentType": "ChangeInCapacity", "ScalingAdjustment": 1,
    });
    let action = json!({ "ScheduledActionName": "day", "Recurrence": "0 8 * * *", "MinSize": 1 });
    let tag = json!({
        "ResourceId": "none", "ResourceType": "auto-scaling-group", "Key": "a", "Value": "b",
        "PropagateAtLaunch": false,
    });
    let told = [
        ("PutScalingPolicy", none(policy)),
        ("DescribePolicies", none(json!({}))),
        ("DescribeScheduledActions", none(json!({}))),
        ("PutScheduledUpdateGroupAction", none(action)),
        ("CreateOrUpdateTags", json!({ "Tags": [tag] })),
        ("AttachInstances", none(json!({ "InstanceIds": ["i-1"] }))),
        ("SetDesiredCapacity", none(json!({ "DesiredCapacity": 1 }))),
        ("DeletePolicy", named("shop", json!({ "PolicyName": "none" }))),
        ("DeleteLifecycleHook", named("shop", json!({ "LifecycleHookName": "none" }))),
    ]
    .map(|(operation, input)| cloud.refused(operation, input));
    insta::assert_snapshot!(told.join("\n"), @"
    ValidationError: Group none not found
    ValidationError: Group none not found
    ValidationError: Group none not found
    ValidationError: AutoScalingGroup name not found - null
    ValidationError: AutoScalingGroup not found - AutoScaling Group none not found
    ValidationError: AutoScalingGroup name not found - AutoScalingGroup: none not found
    ValidationError: AutoScalingGroup name not found - AutoScalingGroup 'none' not found
    ValidationError: Policy none not found
    ValidationError: No Lifecycle Hook found with name none
    ");
}

#[test]
fn a_group_with_instances_is_deleted_by_force_and_its_activities_stay() {
    let mut cloud = Cloud::with_group(2, json!({ "TargetGroupARNs": [TARGETS] }));
    cloud.take_asked();
    assert_eq!(
        cloud.call(
            "DeleteAutoScalingGroup",
            json!({ "AutoScalingGroupName": "shop", "ForceDelete": true })
        ),
        json!({})
    );
    insta::assert_snapshot!(cloud.group(), @"desired null:");
    insta::assert_snapshot!(cloud.take_asked(), @r#"
    DeregisterTargets "i-01"
    DeregisterTargets "i-02"
    "#);
    assert_eq!(cloud.activities(), "");
    let kept = cloud.call("DescribeScalingActivities", json!({ "IncludeDeletedGroups": true }));
    let states: Vec<_> = kept["Activities"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| format!("{} {}", it["StatusCode"], it["AutoScalingGroupState"]))
        .collect();
    insta::assert_snapshot!(states.join("\n"), @r#"
    "Successful" "Deleted"
    "Successful" "Deleted"
    "Successful" "Deleted"
    "Successful" "Deleted"
    "#);
    cloud.check_restart();
    // ASG ec2-auto-scaling-verify-scaling-activity: six weeks.
    cloud.advance_s(42 * 86_400 - 1);
    assert_eq!(cloud.store.len(), 4);
    cloud.advance_s(1);
    assert_eq!(cloud.store.len(), 0);
}

#[test]
fn pages_filters_and_tags() {
    let mut cloud = Cloud::new();
    for (name, shop) in [("one", "red"), ("two", "blue"), ("three", "red")] {
        cloud.call(
            "CreateAutoScalingGroup",
            json!({
                "AutoScalingGroupName": name, "MinSize": 0, "MaxSize": 0,
                "LaunchTemplate": { "LaunchTemplateId": "lt-shop", "Version": "$Latest" },
                "AvailabilityZones": ["us-east-1a"],
                "Tags": [{ "Key": "shop", "Value": shop, "PropagateAtLaunch": true }],
            }),
        );
    }
    let first = cloud.call("DescribeAutoScalingGroups", json!({ "MaxRecords": 2 }));
    let names = |page: &serde_json::Value| -> Vec<String> {
        let all = page["AutoScalingGroups"].as_array().unwrap().iter();
        all.map(|it| it["AutoScalingGroupName"].as_str().unwrap().to_owned()).collect()
    };
    let second =
        cloud.call("DescribeAutoScalingGroups", json!({ "NextToken": first["NextToken"] }));
    insta::assert_snapshot!(format!("{:?} {} {:?}", names(&first), first["NextToken"], names(&second)), @r#"["one", "three"] "three" ["two"]"#);
    let red = json!({ "Filters": [{ "Name": "tag:shop", "Values": ["red"] }] });
    let red = cloud.call("DescribeAutoScalingGroups", red);
    insta::assert_snapshot!(format!("{:?}", names(&red)), @r#"["one", "three"]"#);
    let told = [
        cloud.refused("DescribeAutoScalingGroups", json!({ "NextToken": "never" })),
        cloud.refused(
            "DescribeAutoScalingGroups",
            json!({ "Filters": [{ "Name": "color", "Values": ["red"] }] }),
        ),
        cloud.refused("DescribeAutoScalingGroups", json!({ "MaxRecords": 101 })),
    ];
    insta::assert_snapshot!(told.join("\n"), @"
    InvalidNextToken: The token is not valid.
    ValidationError: Filter type color is not correct. Allowed Filter types are: [tag-key, tag-value, tag:<key>]
    ValidationError: MaxRecords must be between 1 and 100.
    ");
    let delete = json!({ "Tags": [{ "ResourceId": "one", "ResourceType": "auto-scaling-group", "Key": "shop" }] });
    cloud.call("DeleteTags", delete);
    let change = json!({ "Tags": [{ "ResourceId": "two", "ResourceType": "auto-scaling-group", "Key": "team", "Value": "till" }] });
    cloud.call("CreateOrUpdateTags", change);
    let tags = cloud.call("DescribeTags", json!({}));
    let tags = tags["Tags"].as_array().unwrap().iter();
    let tags: Vec<_> = tags
        .map(|it| {
            format!(
                "{} {}={} {}",
                it["ResourceId"], it["Key"], it["Value"], it["PropagateAtLaunch"]
            )
        })
        .collect();
    insta::assert_snapshot!(tags.join("\n"), @r#"
    "three" "shop"="red" true
    "two" "shop"="blue" true
    "two" "team"="till" false
    "#);
    cloud.check_restart();
}

#[test]
fn launch_configurations_are_kept_until_no_group_uses_them() {
    let mut cloud = Cloud::new();
    let input = json!({
        "LaunchConfigurationName": "old", "ImageId": "ami-shop", "InstanceType": "t2.medium",
        "SecurityGroups": ["sg-1"], "UserData": "U0hPUD0x", "IamInstanceProfile": "shop",
    });
    assert_eq!(cloud.call("CreateLaunchConfiguration", input.clone()), json!({}));
    cloud.call(
        "CreateAutoScalingGroup",
        json!({
            "AutoScalingGroupName": "shop", "MinSize": 1, "MaxSize": 1,
            "LaunchConfigurationName": "old", "VPCZoneIdentifier": "subnet-a",
        }),
    );
    let told = [
        cloud.refused("CreateLaunchConfiguration", input),
        cloud.refused("CreateLaunchConfiguration", json!({ "LaunchConfigurationName": "new", "ImageId": "ami-shop" })),
        cloud.refused("DeleteLaunchConfiguration", json!({ "LaunchConfigurationName": "old" })),
        cloud.refused("DeleteLaunchConfiguration", json!({ "LaunchConfigurationName": "none" })),
        cloud.refused("UpdateAutoScalingGroup", json!({ "AutoScalingGroupName": "shop", "LaunchTemplate": { "LaunchTemplateName": "shop" } })),
        cloud.refused("DeleteLaunchConfiguration", json!({ "LaunchConfigurationName": "old" })),
    ];
    insta::assert_snapshot!(told.join("\n"), @"
    AlreadyExists: Launch Configuration by this name already exists - A launch configuration already exists with the name old
    ValidationError: Valid requests must contain either the InstanceID parameter or both the ImageId and InstanceType parameters.
    ResourceInUse: Cannot delete launch configuration old because it is attached to AutoScalingGroup shop
    ValidationError: Launch configuration name not found - Launch configuration none not found
    {}
    {}
    ");
    cloud.check_restart();
}
