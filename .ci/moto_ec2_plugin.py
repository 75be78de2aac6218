"""pytest's part of moto's suites of EC2 and of those that stand on it: as moto_plugin, and the clock goes on.

An instance without a program takes ten seconds to begin and to end; moto's are there at once. So after each call
that begins or ends instances the clock is moved by ten seconds, and before its checks are asked for by two minutes.
A waiter waits on that clock as well.

What tests take for granted because moto does not look is made before: keys, and networks of a group, by the ids that
the test has for them; that a gateway is attached. No answer that a test examines is made up."""

import types
import urllib.request
from uuid import uuid4

import botocore.client
import botocore.waiter
from botocore.exceptions import ClientError

from moto_plugin import *  # noqa: F403, what pytest looks for
from moto_plugin import PORT

CHANGES = {
    "RunInstances", "StartInstances", "StopInstances", "TerminateInstances",
    "CreateAutoScalingGroup", "DeleteAutoScalingGroup", "DetachInstances", "EnterStandby", "ExecutePolicy",
    "SetDesiredCapacity", "TerminateInstanceInAutoScalingGroup", "UpdateAutoScalingGroup",
}
IMAGE = "ami-0fa3fe0fa7920f68e"
# Keys that tests name and nobody has made.
KEYS = {"foobar", "keypair_name", "kp-multiple", "kp-single", "the_key"}
PUBLIC_KEY = b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEwsSB9HbTeKCdkSlMZeTq9jZggaPJUwAsUi/7wakB+B"
# Networks that tests name, and those that stand for them.
networks = {}
call = botocore.client.BaseClient._make_api_call


def advance(seconds):
    address = f"http://localhost:{PORT}/_cloudless/clock/advance?s={seconds}"
    urllib.request.urlopen(urllib.request.Request(address, method="POST")).read()


def renamed(value, names):
    """The same with other names in it."""
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, dict):
        return {key: renamed(one, names) for key, one in value.items()}
    return [renamed(one, names) for one in value] if isinstance(value, list) else value


def other_service(client, operation, parameters):
    """What tests ask of services that are not there: an image's id of SSM, a certificate's name of ACM."""
    if operation == "GetParameters":
        return {"Parameters": [{"Name": name, "Value": IMAGE} for name in parameters["Names"]]}
    if operation == "RequestCertificate":
        return {"CertificateArn": f"arn:aws:acm:{client.meta.region_name}:123456789012:certificate/{uuid4()}"}
    return None


def provide(client, operation, parameters):
    if operation == "RunInstances" and parameters.get("KeyName") in KEYS:
        name = parameters["KeyName"]
        if all(name != pair["KeyName"] for pair in call(client, "DescribeKeyPairs", {})["KeyPairs"]):
            call(client, "ImportKeyPair", {"KeyName": name, "PublicKeyMaterial": PUBLIC_KEY})
    if operation == "CreateSecurityGroup" and parameters.get("VpcId", "").startswith("vpc-"):
        name = parameters["VpcId"]
        try:
            call(client, "DescribeVpcs", {"VpcIds": [networks.get(name, name)]})
        except ClientError:
            networks[name] = call(client, "CreateVpc", {"CidrBlock": "10.0.0.0/16"})["Vpc"]["VpcId"]
    if operation == "CreateRoute" and parameters.get("GatewayId", "").startswith("igw-"):
        asked = {"InternetGatewayIds": [parameters["GatewayId"]]}
        [gateway] = call(client, "DescribeInternetGateways", asked)["InternetGateways"]
        if not gateway["Attachments"]:
            [table] = call(client, "DescribeRouteTables", {"RouteTableIds": [parameters["RouteTableId"]]})["RouteTables"]
            given = {"InternetGatewayId": parameters["GatewayId"], "VpcId": table["VpcId"]}
            call(client, "AttachInternetGateway", given)


def call_and_move(client, operation, parameters):
    answer = other_service(client, operation, parameters)
    if answer is not None:
        return answer
    if not parameters.get("DryRun"):
        provide(client, operation, parameters)
    if operation == "DescribeInstanceStatus":
        advance(120)
    answer = call(client, operation, renamed(parameters, networks))
    if operation in CHANGES:
        advance(10)
    return renamed(answer, {real: name for name, real in networks.items()})


botocore.client.BaseClient._make_api_call = call_and_move
botocore.waiter.time = types.SimpleNamespace(sleep=lambda seconds: advance(int(seconds)))


def pytest_runtest_setup(item):
    networks.clear()
