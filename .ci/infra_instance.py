"""Plays the script by which an instance comes up (infra/cloudless.yaml, UserData): each command is a
stub that notes how it was called, answers as AWS would, and fails where it is told to."""

import os
import re
import subprocess
import sys
import tempfile


def check(condition, message):
    if not condition:
        sys.exit(f"infra: {message}")


STUB = r'''#!/bin/bash
name=$(basename "$0")
echo "$name $*" >> "$CALLS" # at once: both ends of a pipe note themselves
case "$name $*" in
  "aws secretsmanager"*Database*) echo '{"password":"S3cret","username":"shop"}' ;;
  "aws secretsmanager"*) echo "Manager0Password" ;;
  "aws ecr"*) echo "token" ;;
  curl*api/token) echo "token" ;;
  curl*instance-id) echo "i-0123456789abcdef0" ;;
  "docker login"*) cat > /dev/null ;;
  docker*manager*) read -r password; echo "  typed: $password" >> "$CALLS" ;;
esac
[[ "$name $*" != $FAILS ]]
'''


def played(script, folder, fails):
    """Runs the instances' script where every command is a stub: what was called, and the environment."""
    commands = ["dnf", "systemctl", "aws", "curl", "docker", "sleep"]
    agent = "opt/aws/amazon-cloudwatch-agent"
    places = [f"bin/{name}" for name in commands] + ["opt/aws/bin/cfn-signal", f"{agent}/bin/amazon-cloudwatch-agent-ctl"]
    for place in [*places, f"{agent}/etc/made", "etc/made"]:
        path = os.path.join(folder, place)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as stub:
            stub.write(STUB)
        os.chmod(path, 0o755)
    script = script.replace("/opt/aws/", f"{folder}/opt/aws/").replace("/etc/shop.env", f"{folder}/etc/shop.env")
    calls = os.path.join(folder, "calls")
    environment = {"PATH": f"{folder}/bin:{os.environ['PATH']}", "CALLS": calls, "FAILS": fails}
    subprocess.run(["bash"], input=script, text=True, env=environment, capture_output=True, check=False)
    with open(calls, encoding="utf-8") as file:
        return file.read().replace(folder, "")


def comes_up(script):
    with tempfile.TemporaryDirectory() as folder:
        calls = played(script, folder, fails="nothing")
        with open(os.path.join(folder, "etc", "shop.env"), encoding="utf-8") as file:
            environment = dict(line.split("=", 1) for line in file.read().splitlines())
        mode = os.stat(os.path.join(folder, "etc", "shop.env")).st_mode & 0o777
    check(mode == 0o600, f"everybody on an instance may read its passwords: {mode:o}")
    check("cfn-signal --exit-code 0 " in calls.splitlines()[-1], f"no signal of success:\n{calls}")
    url = "postgres://shop:S3cret@database.invalid:5432/shop?sslmode=require"
    check(environment["DATABASE_URL"] == url, "the database's address is wrong")
    check(environment["INSTANCE_ID"] == "i-0123456789abcdef0", "the instance does not know who it is")
    check("S3cret" not in calls, "a password is an argument")
    order = ["dnf install", "docker login", "docker pull", "manager --user", "typed: Manager0Password", "docker run --detach", "/health"]
    places = [calls.find(one) for one in order]
    check(-1 not in places and places == sorted(places), f"not in this order: {order}\n{calls}")
    for fails in ["dnf *", "aws secretsmanager*", "docker pull*", "docker*manager*", "curl*/health"]:
        with tempfile.TemporaryDirectory() as folder:
            last = played(script, folder, fails).splitlines()[-1]
        check(re.search("cfn-signal --exit-code [1-9]", last), f"{fails} fails, and nobody is told: {last}")
    print("the instances' script, with stubs for its commands: it comes up, and says so when it does not")
