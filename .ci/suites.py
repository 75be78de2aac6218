"""What the foreign test suites share: our program, a port, pytest's outcomes, and their reasons.

A suite says for each of its failures why: a failure without a reason fails the run, and so does a
reason whose test passes.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time

REPOSITORY = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def program():
    """Our program: of CLOUDLESS_BIN, or built."""
    if "CLOUDLESS_BIN" in os.environ:
        return os.environ["CLOUDLESS_BIN"]
    # Of the whole workspace, as the tests have it: by itself it would have other features, and all be built again.
    command = ["cargo", "build", "--quiet", "--workspace", "--bin=cloudless"]
    subprocess.run(command, cwd=REPOSITORY, check=True)
    target = os.environ.get("CARGO_TARGET_DIR", os.path.join(REPOSITORY, "target"))
    return os.path.join(target, "debug", "cloudless")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def of_2022():
    """The option by which new buckets take ACLs, of a program that has it."""
    told = subprocess.run([program(), "--help"], stdout=subprocess.PIPE, text=True, check=True).stdout
    return ["--bucket-defaults=2022"] if "--bucket-defaults" in told else []


class Server:
    """A Cloudless that keeps nothing, and can be begun afresh at the same port."""

    def __init__(self, port, *arguments):
        self.command = [program(), "--port", str(port),
                        "--log", "error", *arguments]
        self.port, self.process = port, None

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()
        self.process = None

    def start(self):
        self.stop()
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL)
        until = time.monotonic() + 20
        while time.monotonic() < until and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 0.5).close()
                return
            except OSError:
                time.sleep(0.002)
        raise SystemExit("Cloudless does not answer")


def record(report):
    """For pytest_runtest_logreport: one line a test, its worst phase last. Cleaning up does not count."""
    if report.when == "teardown" or (report.when == "setup" and report.passed):
        return
    if hasattr(report, "node") or "PYTEST_XDIST_WORKER" not in os.environ:  # not twice with xdist
        why = report.longrepr[2] if report.skipped and isinstance(report.longrepr, tuple) else report.longreprtext
        with open(os.environ["CLOUDLESS_OUTCOMES"], "a") as file:
            file.write(json.dumps([report.nodeid, report.outcome, why]) + "\n")


def run(folder, plugin, arguments, environment):
    """Runs pytest there. What became of each test: `passed`, `failed` or `skipped`, and why."""
    with tempfile.NamedTemporaryFile("r") as outcomes:
        environment = dict(
            os.environ, **environment, CLOUDLESS_BIN=program(), CLOUDLESS_OUTCOMES=outcomes.name,
            PYTHONPATH=os.pathsep.join([folder, os.path.join(REPOSITORY, ".ci")]),
        )
        ran = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", plugin, "-p", "no:cacheprovider", "-q", "--tb=short",
             *arguments], cwd=folder, env=environment, check=False, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )
        found = {}
        for name, outcome, why in map(json.loads, outcomes):
            if found.get(name, ("passed",))[0] != "failed":
                found[name] = (outcome, why)
    if ran.returncode not in (0, 1):
        sys.exit(f"{ran.stdout}\npytest ended with {ran.returncode}")
    return found


def judge(suite, outcomes, reasons, by_chance=None):
    """Prints the counts and each reason with its tests; ends the run where they do not fit.

    `reasons` says for each cause the tests that fail for it, by the end of their names: a text, or a list where there
    are spaces in names. `by_chance`: those that fail now and then."""
    def split(tests):
        return tests.split() if isinstance(tests, str) else tests
    sometimes = {test for tests in (by_chance or {}).values() for test in split(tests)}
    reasons = {**reasons, **(by_chance or {})}
    short = {name: name.split("::", 1)[-1] for name in outcomes}
    named = {test: cause for cause, tests in reasons.items() for test in split(tests)}
    by = {of: [name for name in outcomes if outcomes[name][0] == of] for of in ("passed", "failed", "skipped")}
    failed = {short[name] for name in by["failed"]}
    wrong = sorted(name for name in by["failed"] if short[name] not in named)
    for name in wrong:
        print(f"\n{name}\n{outcomes[name][1]}")
    for cause, tests in reasons.items():
        print(f"  {cause}:", *sorted(split(tests)), sep="\n    ")
    for why in sorted({outcomes[name][1] for name in by["skipped"]}):
        print(f"  {why}:", *(short[name] for name in by["skipped"] if outcomes[name][1] == why), sep="\n    ")
    print(f"{suite}: {len(by['passed'])} of {len(outcomes)} pass, {len(failed)} fail, "
          f"{len(by['skipped'])} are skipped by the suite")
    stale = sorted(set(named) - failed - sometimes)
    if wrong or stale:
        sys.exit(f"{suite}: failed without a reason: {[short[name] for name in wrong]}; "
                 f"did not fail in spite of its reason: {stale}")
