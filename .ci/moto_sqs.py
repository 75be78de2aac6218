"""moto's own tests of SQS, in its server mode, with a Cloudless in the place of moto's server.

Fails where a test fails that is not in DIFFERENCES, and where one passes that is. `CLOUDLESS_BIN` is
the program; without it, it is built. Needs moto[sqs,server], pytest and freezegun.
"""

import os
import re
import subprocess
import sys
import tarfile
import tempfile

import moto

REPOSITORY = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# Where AWS does otherwise than moto, or has a service that Cloudless does not have.
DIFFERENCES = {
    "test_create_queue_with_different_attributes_fail":
        "AWS: a standard queue has no attribute FifoQueue, least of all with the value `tru`",
    "test_create_fifo_queue_with_dlq":
        "AWS: `Unknown Attribute FifoQueue.` where a standard queue is created with FifoQueue=false",
    "test_message_retention_period":
        "AWS: MessageRetentionPeriod is at least 60 seconds; the test sets one",
    "test_permissions":
        "AWS, as recorded: the policy that AddPermission writes has the version 2008-10-17",
    "test_remove_permission_errors":
        "AWS, as recorded of a queue without a policy: `Reason: can't find label.`",
    "test_send_messages_to_fifo_without_message_group_id":
        "AWS, as recorded: a batch without a group is refused with InvalidParameterValue",
    "test_message_delay_is_more_than_15_minutes":
        "AWS: a standard queue takes no MessageDeduplicationId",
    "test_message_with_attributes_invalid_datatype":
        "AWS today: `The type of message (user) attribute 'x' is invalid. You must use only …`",
    "test_message_with_invalid_attributes":
        "AWS today: `Message (user) attributes name can only contain upper and lower score characters, …`",
}
# Whole files that are about services which Cloudless does not have.
LEFT_OUT = {
    "test_sqs_cloudformation.py": "CloudFormation",
    "test_sqs_integration.py": "CloudWatch Logs",
}


def tests(folder):
    """The tests of the installed moto: its source package has them, its wheel does not."""
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:",
         "--dest", folder, f"moto=={moto.__version__}"], check=True,
    )
    with tarfile.open(os.path.join(folder, f"moto-{moto.__version__}.tar.gz")) as archive:
        wanted = re.compile(r"[^/]+/tests/(__init__\.py|conftest\.py|markers\.py|test_sqs/.*)$")
        archive.extractall(folder, [one for one in archive if wanted.match(one.name)], filter="data")
    return os.path.join(folder, f"moto-{moto.__version__}")


def program():
    if "CLOUDLESS_BIN" in os.environ:
        return os.environ["CLOUDLESS_BIN"]
    subprocess.run(["cargo", "build", "--quiet", "-p", "cloudless"], cwd=REPOSITORY, check=True)
    target = os.environ.get("CARGO_TARGET_DIR", os.path.join(REPOSITORY, "target"))
    return os.path.join(target, "debug", "cloudless")


def main():
    with tempfile.TemporaryDirectory() as folder:
        source = tests(folder)
        environment = dict(
            os.environ, CLOUDLESS_BIN=program(), CLOUDLESS_PORT="5000",  # as moto's server: two tests name it
            PYTHONPATH=os.pathsep.join([source, os.path.join(REPOSITORY, ".ci")]),
        )
        ignored = [f"--ignore=tests/test_sqs/{name}" for name in LEFT_OUT]
        said = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "moto_sqs_plugin", "-p", "no:cacheprovider",
             "-rA", "--tb=short", "-q", *ignored, "tests/test_sqs"],
            cwd=source, env=environment, stdout=subprocess.PIPE, text=True, check=False,
        ).stdout
    outcomes = dict(reversed(line) for line in re.findall(
        r"^(PASSED|FAILED|ERROR) tests/test_sqs/\w+\.py::(\S+)", said, re.M))
    passed = {name for name, outcome in outcomes.items() if outcome == "PASSED"}
    failed = set(outcomes) - passed
    if len(outcomes) < 100 or failed != set(DIFFERENCES):
        print(said)
        sys.exit(f"moto: failed without a reason: {sorted(failed - set(DIFFERENCES))}; "
                 f"passed against its reason: {sorted(passed & set(DIFFERENCES))}")
    for name, reason in DIFFERENCES.items():
        print(f"  {name}: {reason}")
    for name, service in LEFT_OUT.items():
        print(f"  {name}: needs {service}")
    print(f"moto {moto.__version__}: {len(passed)} of {len(outcomes)} of its tests of SQS pass")


main()
