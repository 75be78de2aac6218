"""The lab as AWS's own clients build and use it. The AWS CLI runs the commands of docs/lab.md as they stand there. boto3
makes the whole architecture (shop/src/local/lab/architecture.json), waits and pages as its users do, and then there is a
load: the group grows and gets requests, an instance is killed, a zone is lost, the load ends and the group shrinks. No
request fails.

    python3 .ci/lab.py        with boto3 and the AWS CLI; a Cloudless of $CLOUDLESS_BIN, or built

Minutes of the cloud are some seconds here. How much of them something takes depends on the machine; what is held is the
order in which things happen, and AWS's numbers of points.
"""

import atexit
import base64
import collections
import contextlib
import http.client
import json
import os
import queue
import re
import subprocess
import sys
import tempfile
import threading
import time

import boto3
import botocore.config
from botocore import xform_name

import suites

IMAGE = "ami-0c10d1e55000005f0"
SPEED = 15
# An instance has a fifth of a core: two virtual processors of a tenth each.
CORE_SHARE = 0.1
# 10 ms each, and what the server itself takes: more than half of two instances, less than half of three.
REQUESTS_PER_S = 22
REQUESTS_PER_S_AT_REST = 2
SHOPPERS = 8
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true", "AWS_PAGER": ""}


def check(condition, message):
    if not condition:
        sys.exit(f"lab: {message}")


class Emulator:
    """A Cloudless whose instances are processes, with a balancer's port 80 on a port of this machine."""

    def __init__(self, folder, *arguments):
        self.page = suites.free_port()
        instance = os.path.join(suites.REPOSITORY, ".ci", "lab_instance.py")
        self.log = open(os.path.join(folder, "log"), "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [suites.program(), "--port", "0", "--data-dir", os.path.join(folder, "data"),
             "--image", f"{IMAGE}='{sys.executable}' '{instance}'", "--listener", f"80=127.0.0.1:{self.page}",
             "--core-share", str(CORE_SHARE), "--speed", str(SPEED), *arguments],
            stdout=self.log, stderr=subprocess.STDOUT)
        # Also where a check fails on the way.
        atexit.register(self.process.kill)
        self.endpoint = self.found(r"http://127\.0\.0\.1:\d+")

    def found(self, pattern):
        until = time.monotonic() + 30
        while time.monotonic() < until and self.process.poll() is None:
            with open(self.log.name, encoding="utf-8") as log:
                match = re.search(pattern, log.read())
            if match:
                return match.group()
            time.sleep(0.01)
        sys.exit("lab: Cloudless does not answer")

    def ask(self, method, path):
        connection = http.client.HTTPConnection(self.endpoint.removeprefix("http://"), timeout=60)
        with contextlib.closing(connection):
            connection.request(method, path)
            answer = connection.getresponse()
            told = answer.read()
        check(answer.status == 200, f"{method} {path}: {told}")
        return json.loads(told)

    def stop(self):
        processes = [it["process"] for it in self.ask("GET", "/_cloudless/instances")["instances"]]
        self.process.terminate()
        check(self.process.wait(60) == 0, "it did not stop cleanly")
        left = [it for it in processes if os.path.exists(f"/proc/{it}")]
        check(not left, f"processes are left: {left}")
        self.log.close()


def until(what, look, limit_s=240):
    """Looks until there is something, and says how long that took in the cloud's time."""
    began = time.monotonic()
    while time.monotonic() - began < limit_s:
        seen = look()
        if seen:
            print(f"  {what}: after {(time.monotonic() - began) * SPEED:.0f} s of the cloud")
            return seen
        time.sleep(0.1)
    sys.exit(f"lab: {what}: not within {limit_s} s")


def by_cli():
    """docs/lab.md, "Call by call", as it stands; only the balancer's port is one that is free."""
    with open(os.path.join(suites.REPOSITORY, "docs", "lab.md"), encoding="utf-8") as page:
        chapter = page.read().split("## Call by call")[1].split("\n## ")[0]
    blocks = [block for block in re.findall(r"```sh\n(.*?)```", chapter, re.S) if "cargo run" not in block]
    with tempfile.TemporaryDirectory() as folder:
        emulator = Emulator(folder)
        script = "set -euo pipefail\n" + "".join(blocks).replace("127.0.0.1:8080", f"127.0.0.1:{emulator.page}")
        environment = {**os.environ, **KEYS, "AWS_ENDPOINT_URL": emulator.endpoint}
        ran = subprocess.run(["bash", "-x"], input=script, env=environment, text=True, capture_output=True, check=False)
        check(ran.returncode == 0, f"a command of docs/lab.md fails:\n{ran.stdout}\n{ran.stderr}")
        check("Launching a new EC2 instance: i-" in ran.stdout, f"no activity is told:\n{ran.stdout}")
        check("TargetTracking-web-AlarmHigh-" in ran.stdout, f"no alarm is told:\n{ran.stdout}")
        left = emulator.ask("GET", "/_cloudless/instances")
        check(not left["instances"], f"instances are left: {left}")
        emulator.stop()
    commands = sum(line.startswith("+ aws ") or line.startswith("++ aws ") for line in ran.stderr.splitlines())
    print(f"docs/lab.md: {commands} commands of the AWS CLI build it, use it and take it away")


class Load:
    """So many requests a second, whatever becomes of them; each is sent once."""

    def __init__(self, port):
        self.port, self.due, self.over = port, queue.Queue(), threading.Event()
        self.failed, self.answered = [], collections.deque(maxlen=60)
        self.count, self.lock = 0, threading.Lock()
        self.rate = REQUESTS_PER_S_AT_REST
        self.threads = [threading.Thread(target=self.send)] + [threading.Thread(target=self.shop) for _ in range(SHOPPERS)]
        for thread in self.threads:
            thread.start()

    def send(self):
        while not self.over.is_set():
            self.due.put(None)
            time.sleep(1 / self.rate)

    def shop(self):
        connection = None
        while not self.over.is_set():
            try:
                self.due.get(timeout=0.1)
            except queue.Empty:
                continue
            try:
                if connection is None:
                    connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
                connection.request("GET", "/")
                answer = connection.getresponse()
                told = answer.read().decode()
                failure = None if answer.status == 200 else f"{answer.status} {told}"
            except (OSError, http.client.HTTPException) as error:
                told, failure, connection = "", repr(error), None
            with self.lock:
                self.count += 1
                self.answered.append(told)
                if failure:
                    self.failed.append(failure)

    def answering(self):
        with self.lock:
            return set(self.answered)

    def stop(self):
        self.over.set()
        for thread in self.threads:
            thread.join()


def architecture(clients):
    """Each call of the lab's architecture, with what earlier ones gave: what there is afterwards."""
    path = os.path.join(suites.REPOSITORY, "shop", "src", "local", "lab", "architecture.json")
    with open(path, encoding="utf-8") as file:
        steps = json.load(file)
    user_data = base64.b64encode(b"#!/bin/sh\nLISTEN=0.0.0.0:80\n").decode()
    made = {"Name": "cloudless", "Image": IMAGE, "InstanceType": "t2.medium", "UserData": user_data,
            "UnhealthyThreshold": 2, "MinSize": 1, "MaxSize": 3, "DesiredCapacity": 2}

    def filled(value):
        if isinstance(value, dict):
            return {name: filled(it) for name, it in value.items()}
        if isinstance(value, list):
            return [filled(it) for it in value]
        if not isinstance(value, str):
            return value
        whole = re.fullmatch(r"\$\{(\w+)\}", value)
        return made[whole[1]] if whole else re.sub(r"\$\{(\w+)\}", lambda it: made[it[1]], value)

    steps = [step for step in steps if step.get("only") in (None, "target-tracking")]
    for step in steps:
        client = clients[step["service"]]
        found = getattr(client, xform_name(step["operation"]))(**filled(step["input"]))
        if "gives" in step:
            for part in step["gives"].split("."):
                found = found[int(part) if part.isdigit() else part]
            made[step["name"]] = found
        if step["name"] == "Balancer":
            clients["elasticloadbalancing"].get_waiter("load_balancer_available").wait(LoadBalancerArns=[found])
    print(f"boto3: {len(steps)} calls make the architecture")
    return made


class Group:
    """The group as its clients see it."""

    def __init__(self, clients, made):
        self.clients, self.made = clients, made

    def described(self):
        pages = self.clients["autoscaling"].get_paginator("describe_auto_scaling_groups").paginate()
        return next(group for page in pages for group in page["AutoScalingGroups"])

    def working(self):
        return {it["InstanceId"]: it["AvailabilityZone"] for it in self.described()["Instances"]
                if it["LifecycleState"] == "InService"}

    def healthy(self):
        told = self.clients["elasticloadbalancing"].describe_target_health(TargetGroupArn=self.made["Targets"])
        return {it["Target"]["Id"] for it in told["TargetHealthDescriptions"] if it["TargetHealth"]["State"] == "healthy"}

    def is_whole(self, size):
        working = self.working()
        return working if len(working) == size and set(working) <= self.healthy() else None

    def alarms(self):
        pages = self.clients["cloudwatch"].get_paginator("describe_alarms").paginate(AlarmNamePrefix="TargetTracking-cloudless")
        return {("High" if "AlarmHigh" in it["AlarmName"] else "Low"): it for page in pages for it in page["MetricAlarms"]}

    def points(self, which):
        """How many points above or below made the alarm ring."""
        history = self.clients["cloudwatch"].get_paginator("describe_alarm_history").paginate(
            AlarmName=self.alarms()[which]["AlarmName"], HistoryItemType="StateUpdate")
        rings = [json.loads(it["HistoryData"])["newState"] for page in history for it in page["AlarmHistoryItems"]]
        ring = next(it for it in rings if it["stateValue"] == "ALARM")
        return len(ring["stateReasonData"]["recentDatapoints"])

    def activities(self):
        pages = self.clients["autoscaling"].get_paginator("describe_scaling_activities").paginate(
            AutoScalingGroupName="cloudless", PaginationConfig={"PageSize": 2})
        return [it for page in pages for it in page["Activities"]]


def follows_its_load(emulator, group):
    load = Load(emulator.page)
    try:
        grows_and_heals(emulator, group, load)
        load.rate = REQUESTS_PER_S_AT_REST
        until("back to one", lambda: len(group.working()) == 1)
        check(group.points("Low") == 15, "AlarmLow is of fifteen points")
    finally:
        load.stop()
    check(not load.failed, f"{len(load.failed)} of {load.count} requests failed: {set(load.failed)}")
    causes = " ".join(it["Cause"] for it in group.activities())
    for words in ["changing the desired capacity from 2 to 3", "changing the desired capacity from 2 to 1",
                  "was taken out of service in response to an EC2 health check", "was launched in response to an unhealthy instance"]:
        check(words in causes, f"no activity says {words!r}: {causes}")
    print(f"  {load.count} requests, none failed")


def grows_and_heals(emulator, group, load):
    load.rate = REQUESTS_PER_S
    until("AlarmHigh", lambda: group.alarms()["High"]["StateValue"] == "ALARM")
    check(group.points("High") == 3, "AlarmHigh is of three points")
    until("desired 2 -> 3", lambda: group.described()["DesiredCapacity"] == 3)
    before = until("three instances are healthy", lambda: group.is_whole(3))
    check(len(set(before.values())) == 3, f"an instance in each zone: {before}")
    until("all of them answer", lambda: load.answering() == set(before))

    killed = min(before)
    emulator.ask("POST", f"/_cloudless/instances/{killed}/kill")
    after = until("a killed instance is replaced", lambda: group.is_whole(3) if killed not in group.working() else None)
    check(sorted(after.values()) == sorted(before.values()), f"the zones are balanced: {after}")
    until("the new one answers", lambda: load.answering() == set(after))

    emulator.ask("POST", "/_cloudless/zones/us-east-1b/lose?for_s=120")
    lost = {id for id, zone in after.items() if zone == "us-east-1b"}
    elsewhere = until("what a zone took is elsewhere", lambda: group.is_whole(3) if not lost & set(group.working()) else None)
    check("us-east-1b" not in elsewhere.values(), f"nothing begins in a lost zone: {elsewhere}")
    check(not load.failed, f"requests failed: {set(load.failed)}")
    until("the zones are balanced again", lambda: len(set((group.is_whole(3) or {}).values())) == 3)


def by_boto3():
    with tempfile.TemporaryDirectory() as folder:
        emulator = Emulator(folder, "--balancer-tries-others")
        config = botocore.config.Config(retries={"total_max_attempts": 1})
        clients = {name: boto3.client(client, endpoint_url=emulator.endpoint, region_name="us-east-1", config=config,
                                      aws_access_key_id="test", aws_secret_access_key="test")
                   for name, client in [("ec2", "ec2"), ("elasticloadbalancing", "elbv2"),
                                        ("autoscaling", "autoscaling"), ("cloudwatch", "cloudwatch")]}
        made = architecture(clients)
        group = Group(clients, made)
        ids = until("two instances", lambda: [it["InstanceId"] for it in group.described()["Instances"]])
        clients["ec2"].get_waiter("instance_running").wait(InstanceIds=ids)
        clients["elasticloadbalancing"].get_waiter("target_in_service").wait(TargetGroupArn=made["Targets"])
        pages = clients["ec2"].get_paginator("describe_subnets").paginate(
            Filters=[{"Name": "vpc-id", "Values": [made["Vpc"]]}], PaginationConfig={"PageSize": 5})
        check(sum(len(page["Subnets"]) for page in pages) == 6, "six subnets in pages of five")
        follows_its_load(emulator, group)
        clients["autoscaling"].delete_auto_scaling_group(AutoScalingGroupName="cloudless", ForceDelete=True)
        emulator.stop()


by_cli()
by_boto3()
