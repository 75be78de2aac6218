"""pytest's part of moto's suite of EC2 Auto Scaling: as that of ELBv2, and what its tests lean on.

There are no classic load balancers: a target group stands for each, so that a test sees which instances a group
registers; as they do, it lets go at once. Scheduled actions of 2022 begin in 2122, and their groups are there. Policies have
the id that moto gives all; in tests of policies they are of the one group that is there, and it has room for what they want."""

import re

import boto3
import botocore.client

from moto_elbv2_plugin import *  # noqa: F403, what pytest looks for
from moto_elbv2_plugin import call, subnets
from moto_ec2_plugin import networks

POLICY = "scalingPolicy:c322761b-3172-4d56-9a21-0ed9d6161d67:"
SCHEDULING = {
    "BatchDeleteScheduledAction", "BatchPutScheduledUpdateGroupAction", "DeleteScheduledAction",
    "PutScheduledUpdateGroupAction",
}
# Classic load balancers, and the target groups that stand for them once their network is known.
balancers = {}
# The name of the group that a test of policies has made, once it has.
group_of_policies = []
is_of_policies = []
call_complete = botocore.client.BaseClient._make_api_call


def target_group(name, network):
    elbv2 = boto3.client("elbv2", region_name="us-east-1")
    if balancers[name] is None:
        given = {"Name": name.replace("-", "").replace("_", "")[:32], "Protocol": "HTTP", "Port": 80, "VpcId": network}
        balancers[name] = call(elbv2, "CreateTargetGroup", given)["TargetGroups"][0]["TargetGroupArn"]
        attribute = {"Key": "deregistration_delay.timeout_seconds", "Value": "0"}
        given = {"TargetGroupArn": balancers[name], "Attributes": [attribute]}
        call(elbv2, "ModifyTargetGroupAttributes", given)
    return balancers[name]


def network_of(subnet):
    ec2 = boto3.client("ec2", region_name="us-east-1")
    return call(ec2, "DescribeSubnets", {"SubnetIds": [subnet]})["Subnets"][0]["VpcId"]


def registered(name):
    """The instances that are in the target group of this balancer."""
    if balancers[name] is None:
        return []
    elbv2 = boto3.client("elbv2", region_name="us-east-1")
    told = call(elbv2, "DescribeTargetHealth", {"TargetGroupArn": balancers[name]})["TargetHealthDescriptions"]
    return [{"InstanceId": it["Target"]["Id"]} for it in told if it["TargetHealth"]["State"] != "draining"]


def classic(operation, parameters):
    """What a test asks of a classic load balancer."""
    if operation == "CreateLoadBalancer":
        balancers[parameters["LoadBalancerName"]] = None
        return {}
    if operation == "RegisterInstancesWithLoadBalancer":
        name, instances = parameters["LoadBalancerName"], parameters["Instances"]
        arn = target_group(name, network_of(subnets["us-east-1"]))
        given = {"TargetGroupArn": arn, "Targets": [{"Id": it["InstanceId"]} for it in instances]}
        call(boto3.client("elbv2", region_name="us-east-1"), "RegisterTargets", given)
        return {"Instances": registered(name)}
    if operation == "DescribeInstanceHealth":
        return {"InstanceStates": registered(parameters["LoadBalancerName"])}
    names = parameters["LoadBalancerNames"]
    return {"LoadBalancerDescriptions": [{"LoadBalancerName": it, "Instances": registered(it)} for it in names]}


def by_target_groups(client, operation, parameters):
    """A call of Auto Scaling, with target groups in the place of classic load balancers."""
    named = parameters.get("LoadBalancerNames")
    if operation == "CreateAutoScalingGroup" and named:
        network = network_of(parameters["VPCZoneIdentifier"].split(",")[0])
        rest = {key: value for key, value in parameters.items() if key != "LoadBalancerNames"}
        return operation, {**rest, "TargetGroupARNs": [target_group(name, network) for name in named]}
    if operation in ("AttachLoadBalancers", "DetachLoadBalancers"):
        name = parameters["AutoScalingGroupName"]
        [group] = call(client, "DescribeAutoScalingGroups", {"AutoScalingGroupNames": [name]})["AutoScalingGroups"]
        network = network_of(group["VPCZoneIdentifier"].split(",")[0])
        arns = [target_group(balancer, network) for balancer in named]
        operation = operation.replace("LoadBalancers", "LoadBalancerTargetGroups")
        return operation, {"AutoScalingGroupName": name, "TargetGroupARNs": arns}
    if operation == "DescribeLoadBalancers":
        return "DescribeLoadBalancerTargetGroups", parameters
    return operation, parameters


def told_of_balancers(operation, answer):
    names = {arn: name for name, arn in balancers.items()}
    if operation == "DescribeLoadBalancers":
        told = answer["LoadBalancerTargetGroups"]
        return {**answer, "LoadBalancers": [{"LoadBalancerName": names[it["LoadBalancerTargetGroupARN"]]} for it in told]}
    if operation == "DescribeAutoScalingGroups":
        for group in answer["AutoScalingGroups"]:
            arns = group.get("TargetGroupARNs", [])
            group["LoadBalancerNames"] = [names[arn] for arn in arns if arn in names]
    if operation == "DescribePolicies":
        for policy in answer["ScalingPolicies"]:
            policy["PolicyARN"] = re.sub("scalingPolicy:[^:]*:", POLICY, policy["PolicyARN"])
    return answer


def provide_group(client, name):
    """A group of this name, as long as it is there."""
    if call(client, "DescribeAutoScalingGroups", {"AutoScalingGroupNames": [name]})["AutoScalingGroups"]:
        return
    launch = {"LaunchConfigurationName": f"of {name}", "ImageId": "ami-12c6146b", "InstanceType": "t2.micro"}
    call(client, "CreateLaunchConfiguration", launch)
    given = {"AutoScalingGroupName": name, "LaunchConfigurationName": f"of {name}", "MinSize": 0, "MaxSize": 0}
    call(client, "CreateAutoScalingGroup", {**given, "AvailabilityZones": ["us-east-1a"]})


def later(value):
    """A hundred years."""
    if isinstance(value, dict):
        return {key: later(one) for key, one in value.items()}
    if isinstance(value, list):
        return [later(one) for one in value]
    return re.sub(r"^20(\d\d-\d\d-\d\dT)", r"21\1", value) if isinstance(value, str) else value


def earlier(actions):
    for action in actions:
        for member in {"StartTime", "EndTime", "Time"} & action.keys():
            action[member] = action[member].replace(year=action[member].year - 100)


def with_group(operation, parameters):
    """The same of a test of policies: moto asks for no group, and stops at no bound."""
    if operation == "CreateAutoScalingGroup":
        group_of_policies[:] = [parameters["AutoScalingGroupName"]]
        return {**parameters, "MaxSize": 10}
    if operation in ("DeletePolicy", "ExecutePolicy"):
        return {"AutoScalingGroupName": group_of_policies[0], **parameters}
    return parameters


def call_leaning(client, operation, parameters):
    if client.meta.service_model.service_name == "elb":
        return classic(operation, parameters)
    if client.meta.service_model.service_name != "autoscaling":
        return call_complete(client, operation, parameters)
    if is_of_policies:
        parameters = with_group(operation, parameters)
    if operation in SCHEDULING:
        provide_group(client, parameters["AutoScalingGroupName"])
        parameters = later(parameters)
    asked, given = by_target_groups(client, operation, parameters)
    answer = told_of_balancers(operation, call_complete(client, asked, given))
    if operation == "DescribeScheduledActions":
        earlier(answer["ScheduledUpdateGroupActions"])
    return answer


botocore.client.BaseClient._make_api_call = call_leaning


def pytest_runtest_setup(item):
    for made in (networks, subnets, balancers, group_of_policies, is_of_policies):
        made.clear()
    is_of_policies.extend([True] * (item.path.name == "test_policies.py"))
