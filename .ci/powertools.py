"""Sessions of Powertools for AWS Lambda, in Python (PyPI) and TypeScript (npm), with a Cloudless: the logger knows the
invocation, the batch processor names the messages that failed, and the queue keeps those alone. `CLOUDLESS_BIN` is the
program; without it, it is built. Needs boto3, npm, Node.js and both registries. What needs DynamoDB (idempotency) is
left out: there is none here.
"""

import base64
import datetime
import io
import json
import os
import subprocess
import sys
import tempfile
import urllib.request
import zipfile

import boto3

import suites

PORT = suites.free_port()
URL = f"http://127.0.0.1:{PORT}"
ROLE = "arn:aws:iam::000000000000:role/powertools"

PYTHON = """
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

logger = Logger(service="shop")
metrics = Metrics(namespace="Shop", service="shop")
processor = BatchProcessor(event_type=EventType.SQS)


def handle(record):
    logger.info("handling", extra={"body": record.body})
    metrics.add_metric(name="PythonHandled", unit=MetricUnit.Count, value=1)
    if record.body == "bad":
        raise ValueError("bad")


@metrics.log_metrics
@logger.inject_lambda_context
def handler(event, context):
    return process_partial_response(event=event, record_handler=handle, processor=processor, context=context)
"""

TYPESCRIPT = """
import { BatchProcessor, EventType, processPartialResponse } from "@aws-lambda-powertools/batch";
import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";

const logger = new Logger({ serviceName: "shop" });
const metrics = new Metrics({ namespace: "Shop", serviceName: "shop" });
const processor = new BatchProcessor(EventType.SQS);

const handle = async (record) => {
  logger.info("handling", { body: record.body });
  metrics.addMetric("TypescriptHandled", MetricUnit.Count, 1);
  if (record.body === "bad") throw new Error("bad");
};

export const handler = async (event, context) => {
  logger.addContext(context);
  const answer = await processPartialResponse(event, handle, processor, { context });
  metrics.publishStoredMetrics();
  return answer;
};
"""


def expect(what, found, wanted):
    if found != wanted:
        raise AssertionError(f"{what}: {found!r}, not {wanted!r}")


def zipped(folder):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for parent, _, names in os.walk(folder):
            for name in names:
                path = os.path.join(parent, name)
                archive.write(path, os.path.relpath(path, folder))
    return packed.getvalue()


def python_package(folder):
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", folder, "aws-lambda-powertools"]
    subprocess.run(command, check=True)
    with open(os.path.join(folder, "app.py"), "w") as file:
        file.write(PYTHON)


def typescript_package(folder):
    with open(os.path.join(folder, "package.json"), "w") as file:
        json.dump({"type": "module"}, file)
    packages = [f"@aws-lambda-powertools/{part}" for part in ("logger", "batch", "metrics")]
    subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", *packages], cwd=folder, check=True)
    with open(os.path.join(folder, "app.mjs"), "w") as file:
        file.write(TYPESCRIPT)


def records(*bodies):
    source = "arn:aws:sqs:us-east-1:000000000000:orders"
    return {"Records": [{"messageId": str(at), "body": body, "eventSource": "aws:sqs", "eventSourceARN": source,
                         "receiptHandle": "r", "attributes": {}, "messageAttributes": {}, "md5OfBody": "",
                         "awsRegion": "us-east-1"} for at, body in enumerate(bodies)]}


def settle():
    urllib.request.urlopen(urllib.request.Request(f"{URL}/_cloudless/settle", method="POST")).read()


def session(name, runtime, package):
    options = {"endpoint_url": URL, "region_name": "us-east-1", "aws_access_key_id": "test",
               "aws_secret_access_key": "test"}
    functions, queues = boto3.client("lambda", **options), boto3.client("sqs", **options)
    with tempfile.TemporaryDirectory() as folder:
        package(folder)
        code = zipped(folder)
    functions.create_function(FunctionName=name, Runtime=runtime, Handler="app.handler", Role=ROLE, Timeout=30,
                              MemorySize=512, Code={"ZipFile": code})
    answer = functions.invoke(FunctionName=name, LogType="Tail", Payload=json.dumps(records("good", "bad")))
    failed = json.load(answer["Payload"])
    expect(f"{name} answers", failed, {"batchItemFailures": [{"itemIdentifier": "1"}]})
    log = base64.b64decode(answer["LogResult"]).decode()
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    known = {(line.get("service"), line.get("function_name"), line.get("function_request_id"))
             for line in lines if line.get("level") == "INFO"}
    expect(f"the logger of {name} knows", known, {("shop", name, answer["ResponseMetadata"]["RequestId"])})

    orders = queues.create_queue(QueueName=f"{name}-orders", Attributes={"VisibilityTimeout": "30"})["QueueUrl"]
    told = queues.get_queue_attributes(QueueUrl=orders, AttributeNames=["QueueArn"])
    orders_arn = told["Attributes"]["QueueArn"]
    functions.create_event_source_mapping(FunctionName=name, EventSourceArn=orders_arn, BatchSize=10,
                                          FunctionResponseTypes=["ReportBatchItemFailures"])
    entries = [{"Id": str(at), "MessageBody": body} for at, body in enumerate(["one", "bad", "two"])]
    queues.send_message_batch(QueueUrl=orders, Entries=entries)
    settle()
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    left = queues.get_queue_attributes(QueueUrl=orders, AttributeNames=names)["Attributes"]
    # The one that failed is hidden until it may be tried again; the others are gone.
    expect(f"what is left in the queue of {name}", sum(map(int, left.values())), 1)

    # The metrics that it printed are there when their minute is over.
    advance = urllib.request.Request(f"{URL}/_cloudless/clock/advance?s=60", method="POST")
    now = datetime.datetime.fromisoformat(json.load(urllib.request.urlopen(advance))["now"])
    handled = boto3.client("cloudwatch", **options).get_metric_statistics(
        Namespace="Shop", MetricName=f"{name.capitalize()}Handled", Dimensions=[{"Name": "service", "Value": "shop"}],
        StartTime=now - datetime.timedelta(hours=1), EndTime=now, Period=3600, Statistics=["Sum"], Unit="Count")
    handled = sum(point["Sum"] for point in handled["Datapoints"])
    # Two records and three, and those that failed again.
    expect(f"the metrics of {name} are told", handled >= 5, True)


def main():
    server = suites.Server(PORT)
    server.start()
    try:
        version = "python{}.{}".format(*sys.version_info[:2])
        session("python", version, python_package)
        session("typescript", "nodejs20.x", typescript_package)
        print("ok: Powertools for Python and TypeScript")
    finally:
        server.stop()


if __name__ == "__main__":
    main()
