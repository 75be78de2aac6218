"""pytest's part of moto's suite of EC2: as moto_plugin, and the clock goes on.

An instance without a program takes ten seconds to begin and to end; moto's are there at once. So after each call
that begins or ends instances the clock is moved by ten seconds."""

import urllib.request

import botocore.client

from moto_plugin import *  # noqa: F403, what pytest looks for
from moto_plugin import PORT

CHANGES = {"RunInstances", "StartInstances", "StopInstances", "TerminateInstances"}
call = botocore.client.BaseClient._make_api_call


def call_and_move(client, operation, parameters):
    answer = call(client, operation, parameters)
    if operation in CHANGES:
        request = urllib.request.Request(f"http://localhost:{PORT}/_cloudless/clock/advance?s=10", method="POST")
        urllib.request.urlopen(request).read()
    return answer


botocore.client.BaseClient._make_api_call = call_and_move
