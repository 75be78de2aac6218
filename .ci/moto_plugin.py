"""pytest's part of moto's suites: moto's server mode, with a Cloudless in the place of moto's server.

Where moto would forget everything between two tests, a new Cloudless is started."""

import atexit
import os

import suites

PORT = 5000  # as moto's server: a few tests name it
SERVER = suites.Server(PORT, *os.environ["CLOUDLESS_OPTIONS"].split())
os.environ.update(
    TEST_SERVER_MODE="true", TEST_SERVER_MODE_ENDPOINT=f"http://localhost:{PORT}",
    # A key of twelve digits is an account's own.
    AWS_ACCESS_KEY_ID="123456789012", AWS_SECRET_ACCESS_KEY="secret", AWS_DEFAULT_REGION="us-east-1",
)

from moto.core import models  # noqa: E402, the variables go before

atexit.register(SERVER.stop)
models.ServerModeMockAWS.reset = lambda _mock: SERVER.start()
# moto would set keys of its own, of an account that Cloudless cannot know.
models.MockAWS._mock_env_variables = lambda _: None
models.MockAWS._unmock_env_variables = lambda _: None


def pytest_sessionstart(session):
    SERVER.start()


def pytest_runtest_logreport(report):
    suites.record(report)
