"""pytest's part of moto_sqs.py: moto's server mode, with a Cloudless in the place of moto's server.

Where moto would forget everything between two tests, a new Cloudless is started."""

import atexit
import os
import socket
import subprocess
import time

PORT = os.environ["CLOUDLESS_PORT"]
os.environ.update(
    TEST_SERVER_MODE="true", TEST_SERVER_MODE_ENDPOINT=f"http://localhost:{PORT}",
    # A key of twelve digits is an account's own.
    AWS_ACCESS_KEY_ID="123456789012", AWS_SECRET_ACCESS_KEY="secret", AWS_DEFAULT_REGION="us-east-1",
)

from moto.core import models  # noqa: E402, the variables go before

RUNNING = []


def stop():
    for process in RUNNING:
        process.kill()
        process.wait()
    RUNNING.clear()


def start(_mock=None):
    stop()
    RUNNING.append(subprocess.Popen(
        [os.environ["CLOUDLESS_BIN"], "--port", PORT, "--log", "error"], stdout=subprocess.DEVNULL
    ))
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", int(PORT)), 0.5).close()
            return
        except OSError:
            time.sleep(0.002)
    raise SystemExit("Cloudless does not answer")


atexit.register(stop)
models.ServerModeMockAWS.reset = start
# moto would set keys of its own, of an account that Cloudless cannot know.
models.MockAWS._mock_env_variables = lambda _: None
models.MockAWS._unmock_env_variables = lambda _: None


def pytest_sessionstart(session):
    start()
