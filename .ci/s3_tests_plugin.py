"""pytest's part of s3_tests.py: every test has a Cloudless of its own, and a prefix of its own for its buckets.

So nothing is cleaned up: what a test leaves behind ends with its Cloudless."""

import atexit
import os
import tempfile

import boto3

import suites

# Key, secret, account, display name and mail address of those whom the suite knows. Each is its account itself, as
# the suite's users are: it expects the id of the account where AWS gives a user's ARN.
USERS = {
    "s3 main": "MAINKEY00000000000:main-secret:111111111111::M. Tester:tester@ceph.com",
    "s3 alt": "ALTKEY000000000000:alt-secret:222222222222::john.doe:john.doe@example.com",
    "s3 tenant": "TENANTKEY000000000:tenant-secret:333333333333::testx$tenanteduser:tenanteduser@example.com",
    "iam": "IAMKEY000000000000:iam-secret:444444444444::iam:s3@example.com",
    "iam root": "ROOTKEY00000000000:root-secret:555555555555::root:account1@ceph.com",
    "iam alt root": "ALTROOTKEY00000000:alt-root-secret:666666666666::root:account2@ceph.com",
}
FOLDER = tempfile.TemporaryDirectory()
PORT = suites.free_port()
OPTIONS = suites.of_2022()
if OPTIONS:  # a program without the option knows no accounts either: it takes any key
    with open(os.path.join(FOLDER.name, "keys"), "w") as keys:
        keys.write("".join(f"{line}\n" for line in USERS.values()))
    OPTIONS += ["--key-file", keys.name]
SERVER = suites.Server(PORT, *OPTIONS)


def canonical_id(key, secret):
    client = boto3.client("s3", endpoint_url=f"http://localhost:{PORT}", region_name="us-east-1",
                          aws_access_key_id=key, aws_secret_access_key=secret)
    return client.list_buckets()["Owner"]["ID"]


def configuration():
    lines = ["[DEFAULT]", "host = localhost", f"port = {PORT}", "is_secure = False", "ssl_verify = False",
             "[fixtures]", "bucket prefix = s3-tests-{random}-"]
    for section, user in USERS.items():
        key, secret, _, _, display, mail = user.split(":")
        lines += [f"[{section}]", f"access_key = {key}", f"secret_key = {secret}", f"display_name = {display}",
                  f"email = {mail}", f"user_id = {canonical_id(key, secret)}", "api_name = us-west-2",
                  "tenant = testx"]
    return "\n".join(lines)


def pytest_configure(config):
    if hasattr(config, "workerinput") or not config.getoption("numprocesses", None):
        atexit.register(SERVER.stop)
        SERVER.start()
        os.environ["S3TEST_CONF"] = os.path.join(FOLDER.name, "s3tests.conf")
        with open(os.environ["S3TEST_CONF"], "w") as file:
            file.write(configuration())
    from s3tests import functional

    def afresh():
        SERVER.start()
        functional.prefix = functional.choose_bucket_prefix("s3-tests-{random}-")

    functional.setup, functional.teardown = afresh, lambda: None


def pytest_runtest_logreport(report):
    suites.record(report)
