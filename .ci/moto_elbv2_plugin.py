"""pytest's part of moto's suite of ELBv2: as that of EC2, and what a test takes for granted because moto does not look.

Instances are put into the network that the test has made, where it says none. A listener without a default action
and a rule without anything, where tests are about something else, get one. A load balancer in one zone gets another.
What a test takes apart in the end because moto does not do that by itself, may be gone already."""

import botocore.client
from botocore.exceptions import ClientError

from moto_ec2_plugin import *  # noqa: F403, what pytest looks for
from moto_ec2_plugin import call

import boto3

ACTION = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}
CONDITION = {"Field": "path-pattern", "Values": ["/*"]}
# The subnet that a test has made first, by region.
subnets = {}
call_and_move = botocore.client.BaseClient._make_api_call


def place(client, operation, parameters):
    region = client.meta.region_name
    if operation == "RunInstances" and region in subnets and not {"SubnetId", "NetworkInterfaces"} & parameters.keys():
        parameters = {**parameters, "SubnetId": subnets[region]}
    return parameters


def second_zone(client, subnet):
    """A subnet beside this one, in another zone."""
    ec2 = boto3.client("ec2", region_name=client.meta.region_name)
    [one] = call(ec2, "DescribeSubnets", {"SubnetIds": [subnet]})["Subnets"]
    zones = [zone["ZoneName"] for zone in call(ec2, "DescribeAvailabilityZones", {})["AvailabilityZones"]]
    given = {
        "VpcId": one["VpcId"], "AvailabilityZone": next(zone for zone in zones if zone != one["AvailabilityZone"]),
        "CidrBlock": one["CidrBlock"].rsplit(".", 1)[0] + ".0/26",
    }
    return call(ec2, "CreateSubnet", given)["Subnet"]["SubnetId"]


def complete(client, operation, parameters):
    if operation == "CreateListener" and parameters.get("DefaultActions") == []:
        return {**parameters, "DefaultActions": [ACTION]}
    if operation == "CreateRule" and not parameters["Conditions"] and not parameters["Actions"]:
        return {**parameters, "Conditions": [CONDITION], "Actions": [ACTION]}
    if operation == "CreateLoadBalancer" and parameters.get("Type", "application") == "application":
        if len(parameters.get("Subnets", [])) == 1:
            subnet = parameters["Subnets"][0]
            return {**parameters, "Subnets": [subnet, second_zone(client, subnet)]}
    return parameters


def call_complete(client, operation, parameters):
    parameters = complete(client, operation, place(client, operation, parameters))
    try:
        answer = call_and_move(client, operation, parameters)
    except ClientError as error:
        if operation == "DisassociateRouteTable" and error.response["Error"]["Code"].endswith(".NotFound"):
            return {}
        raise
    if operation == "CreateSubnet":
        subnets.setdefault(client.meta.region_name, answer["Subnet"]["SubnetId"])
    return answer


botocore.client.BaseClient._make_api_call = call_complete


def pytest_runtest_setup(item):
    networks.clear()  # noqa: F405, of EC2's plugin
    subnets.clear()
