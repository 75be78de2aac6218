"""pytest's part of moto's suites of EC2 and EC2 Auto Scaling: as moto_plugin, and the clock goes on.

An instance without a program takes ten seconds to begin and to end; moto's are there at once. So after each call
that begins or ends instances the clock is moved by ten seconds."""

import urllib.request

import botocore.client

from moto_plugin import *  # noqa: F403, what pytest looks for
from moto_plugin import PORT

CHANGES = {
    "RunInstances", "StartInstances", "StopInstances", "TerminateInstances",
    "CreateAutoScalingGroup", "DeleteAutoScalingGroup", "DetachInstances", "EnterStandby", "ExecutePolicy",
    "SetDesiredCapacity", "TerminateInstanceInAutoScalingGroup", "UpdateAutoScalingGroup",
}
IMAGE = "ami-0fa3fe0fa7920f68e"
call = botocore.client.BaseClient._make_api_call


def call_and_move(client, operation, parameters):
    # There is no SSM; what some tests ask of it is the id of an image.
    if operation == "GetParameters":
        return {"Parameters": [{"Name": name, "Value": IMAGE} for name in parameters["Names"]]}
    answer = call(client, operation, parameters)
    if operation in CHANGES:
        request = urllib.request.Request(f"http://localhost:{PORT}/_cloudless/clock/advance?s=10", method="POST")
        urllib.request.urlopen(request).read()
    return answer


botocore.client.BaseClient._make_api_call = call_and_move
