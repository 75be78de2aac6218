"""A session with AWS SAM: `sam build` makes the package of a small Python function with a dependency, without Docker; boto3
deploys the zip of what it built, publishes a version, and invokes it by an alias; its log is in CloudWatch Logs.
`CLOUDLESS_BIN` is the program; without it, it is built. Needs boto3, the registry of Python and `sam` (aws-sam-cli).
"""

import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile

import boto3

import suites

PORT = suites.free_port()
URL = f"http://127.0.0.1:{PORT}"
RUNTIME = "python{}.{}".format(*sys.version_info[:2])

TEMPLATE = f"""
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Resources:
  Slugs:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: code, Handler: app.handler, Runtime: {RUNTIME}}}
"""

CODE = """
import os

from slugify import slugify


def handler(event, context):
    print("slugifying", event["title"])
    return {"slug": slugify(event["title"]), "version": context.function_version, "file": os.path.basename(__file__)}
"""


def expect(what, found, wanted):
    if found != wanted:
        raise AssertionError(f"{what}: {found!r}, not {wanted!r}")


def built(folder):
    os.mkdir(os.path.join(folder, "code"))
    for name, text in (("template.yaml", TEMPLATE), ("code/app.py", CODE), ("code/requirements.txt", "python-slugify\n")):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)
    variables = dict(os.environ, SAM_CLI_TELEMETRY="0", AWS_DEFAULT_REGION="us-east-1")
    beside = os.path.join(os.path.dirname(sys.executable), "sam")
    sam = beside if os.path.exists(beside) else shutil.which("sam")
    done = subprocess.run([sam, "build"], cwd=folder, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"sam build failed:\n{done.stdout}")
    packed, root = io.BytesIO(), os.path.join(folder, ".aws-sam", "build", "Slugs")
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for parent, _, names in os.walk(root):
            for name in names:
                path = os.path.join(parent, name)
                archive.write(path, os.path.relpath(path, root))
    return packed.getvalue()


def session():
    options = {"endpoint_url": URL, "region_name": "us-east-1", "aws_access_key_id": "test",
               "aws_secret_access_key": "test"}
    functions, logs = boto3.client("lambda", **options), boto3.client("logs", **options)
    with tempfile.TemporaryDirectory() as folder:
        code = built(folder)
    functions.create_function(FunctionName="slugs", Runtime=RUNTIME, Handler="app.handler", Timeout=30, MemorySize=256,
                              Role="arn:aws:iam::000000000000:role/sam", Code={"ZipFile": code})
    version = functions.publish_version(FunctionName="slugs")["Version"]
    functions.create_alias(FunctionName="slugs", Name="live", FunctionVersion=version)
    answer = functions.invoke(FunctionName="slugs", Qualifier="live", Payload=json.dumps({"title": "Red Shoes & more"}))
    expect("the function answers", json.load(answer["Payload"]),
           {"slug": "red-shoes-more", "version": "1", "file": "app.py"})
    pieces = functions.invoke_with_response_stream(FunctionName="slugs:live", Payload=json.dumps({"title": "A B"}))
    streamed = b"".join(event["PayloadChunk"]["Payload"] for event in pieces["EventStream"] if "PayloadChunk" in event)
    expect("it streams the same", json.loads(streamed)["slug"], "a-b")
    found = logs.filter_log_events(logGroupName="/aws/lambda/slugs", filterPattern="slugifying")["events"]
    expect("its log", [event["message"] for event in found], ["slugifying Red Shoes & more\n", "slugifying A B\n"])
    expect("one environment wrote it, of version 1", [("[1]" in event["logStreamName"]) for event in found], [True, True])


def main():
    server = suites.Server(PORT)
    server.start()
    try:
        session()
        print("ok: what sam builds is deployed, versioned, invoked, streamed and logged")
    finally:
        server.stop()


if __name__ == "__main__":
    main()
