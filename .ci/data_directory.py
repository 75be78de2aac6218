"""Makes a data directory with a given emulator, small and rich, and writes it down as text.

    python3 .ci/data_directory.py target/debug/cloudless fixtures/data-directories/format-3

Made by the last version that writes a format, before the next one does: see `emulator/src/store/formats`.
What is written down is the database as SQL, `records.sql`, and the bodies that are files, `blobs/`. SQL,
because a format is its tables and values, which can be read and compared in it, and not SQLite's pages.

The emulator is killed in the middle of its work, with its clock stopped, so that there are messages in
flight, invocations that run, a move task under way. What an older version does not know is left out, with
a line that says so. Needs boto3.
"""

import argparse
import contextlib
import io
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
import zipfile

import boto3
import botocore.config
import botocore.exceptions

sys.dont_write_bytecode = True
SECONDS_MAX = 60
ACCOUNT = "000000000000"
REGION = "us-east-1"
KEY = "12345678-1234-1234-1234-123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/worker"
# Beyond the 64 KiB up to which a body lies in the database.
LARGE_BYTES = 64 * 1024 + 1


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("emulator")
    arguments.add_argument("out")
    arguments = arguments.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        with running(os.path.abspath(arguments.emulator), directory) as endpoint:
            Cloud(endpoint).fill()
        write_down(directory, arguments.out)


@contextlib.contextmanager
def running(emulator, directory):
    """An emulator on this directory, that is killed in the end. Gives its endpoint."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    endpoint = f"http://127.0.0.1:{port}"
    process = subprocess.Popen([emulator, "--port", str(port), "--data-dir", directory], stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + SECONDS_MAX
        while True:
            try:
                urllib.request.urlopen(f"{endpoint}/_cloudless/health").close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
        yield endpoint
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


class Cloud:
    """What is made in the directory."""

    def __init__(self, endpoint):
        self.endpoint = endpoint
        config = botocore.config.Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1})
        client = {"endpoint_url": endpoint, "region_name": REGION, "config": config}
        session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test")
        self.s3 = session.client("s3", **client)
        self.sqs = session.client("sqs", **client)
        self.awslambda = session.client("lambda", **client)
        self.sts = session.client("sts", **client)
        self.logs = session.client("logs", **client)
        self.cloudwatch = session.client("cloudwatch", **client)

    def fill(self):
        urllib.request.urlopen(f"{self.endpoint}/_cloudless/clock/freeze", data=b"").close()
        orders, dead = self.standard_queues()
        self.fifo_queue()
        self.move_task()
        self.functions(dead)
        self.buckets(orders)
        self.try_("what S3 has since format 5", self.archive)
        self.try_("what logs there are since format 6", self.log_groups)
        self.try_("what metrics there are since format 7", self.metrics)
        self.try_("sts", lambda: self.sts.assume_role(RoleArn=ROLE, RoleSessionName="visitor"))

    def log_groups(self):
        logs, group = self.logs, "shop/web"
        logs.create_log_group(logGroupName=group, tags={"team": "Ünal"}, logGroupClass="INFREQUENT_ACCESS")
        logs.put_retention_policy(logGroupName=group, retentionInDays=30)
        for stream in ("left", "right"):
            logs.create_log_stream(logGroupName=group, logStreamName=stream)
        now = int(logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["creationTime"])
        events = [{"timestamp": now + at, "message": message} for at, message in enumerate(["GET /", "größer\n", "€"])]
        logs.put_log_events(logGroupName=group, logStreamName="left", logEvents=events)
        logs.put_log_events(logGroupName=group, logStreamName="left", logEvents=events[:1])
        metric = {"metricName": "errors", "metricNamespace": "shop", "metricValue": "1", "unit": "Count", "defaultValue": 0}
        logs.put_metric_filter(logGroupName=group, filterName="errors", filterPattern="ERROR", metricTransformations=[metric])
        logs.put_resource_policy(policyName="route53", policyDocument=json.dumps({"Version": "2012-10-17", "Statement": []}))
        logs.put_query_definition(name="slow", queryString="filter ms > 100 | limit 5", logGroupNames=[group])

    def metrics(self):
        cloudwatch, shop = self.cloudwatch, [{"Name": "Shop", "Value": "west"}]
        stored = cloudwatch.put_metric_data
        stored(Namespace="shop", MetricData=[{"MetricName": "orders", "Value": value, "Dimensions": shop} for value in (0.1, 3)])
        summary = {"SampleCount": 3, "Sum": 7.5, "Minimum": 1, "Maximum": 4}
        stored(Namespace="shop", MetricData=[{"MetricName": "wait", "StatisticValues": summary, "Unit": "Seconds"}])
        stored(Namespace="shop", MetricData=[{"MetricName": "wait", "Values": [1, 2], "Counts": [5, 1], "StorageResolution": 1}])
        alarm = {"Namespace": "shop", "MetricName": "orders", "Dimensions": shop, "Statistic": "Sum", "Period": 60,
                 "EvaluationPeriods": 3, "DatapointsToAlarm": 2, "Threshold": 1.5, "ComparisonOperator": "GreaterThanThreshold"}
        topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:ops"
        cloudwatch.put_metric_alarm(AlarmName="busy", AlarmDescription="zu groß", AlarmActions=[topic], Tags=[{"Key": "team", "Value": "shop"}], **alarm)
        queries = [
            {"Id": "m", "ReturnData": False, "MetricStat": {"Metric": {"Namespace": "shop", "MetricName": "orders"}, "Period": 60, "Stat": "p90"}},
            {"Id": "e", "Expression": "FILL(m, 0) * 2", "Label": "twice"},
        ]
        cloudwatch.put_metric_alarm(AlarmName="twice", Metrics=queries, EvaluationPeriods=1, Threshold=9, ComparisonOperator="LessThanThreshold", TreatMissingData="breaching")
        cloudwatch.put_composite_alarm(
            AlarmName="both", AlarmRule='ALARM("busy") AND NOT OK(twice)', AlarmActions=[topic],
            ActionsSuppressor="twice", ActionsSuppressorWaitPeriod=60, ActionsSuppressorExtensionPeriod=120,
        )
        data = json.dumps({"drill": True})
        cloudwatch.set_alarm_state(AlarmName="busy", StateValue="ALARM", StateReason="a drill", StateReasonData=data)
        widget = {"type": "text", "width": 6, "height": 2, "properties": {"markdown": "# Läden"}}
        cloudwatch.put_dashboard(DashboardName="shop", DashboardBody=json.dumps({"widgets": [widget]}))
        rule = {"Schema": "CloudWatchLogRule", "LogGroupNames": ["shop/web"], "LogFormat": "JSON", "Contribution": {"Keys": ["$.ip"]}}
        cloudwatch.put_insight_rule(RuleName="callers", RuleState="DISABLED", RuleDefinition=json.dumps(rule))

    def try_(self, what, call):
        """Does what an older version may not know."""
        try:
            return call()
        except botocore.exceptions.ClientError as error:
            print(f"left out: {what}: {error}", file=sys.stderr)
            return None

    def queue(self, name, attributes=None, **more):
        return self.sqs.create_queue(QueueName=name, Attributes=attributes or {}, **more)["QueueUrl"]

    def standard_queues(self):
        dead = self.queue("orders-dead")
        redrive = {"deadLetterTargetArn": arn("sqs", "orders-dead"), "maxReceiveCount": "1"}
        attributes = {"VisibilityTimeout": "40", "MessageRetentionPeriod": "86400", "RedrivePolicy": json.dumps(redrive)}
        orders = self.queue("orders", attributes, tags={"stage": "test", "owner": "Ünal"})
        self.sqs.add_permission(QueueUrl=orders, Label="friends", AWSAccountIds=["111122223333"], Actions=["SendMessage"])
        self.sqs.send_message(QueueUrl=orders, MessageBody="gives up")
        self.sqs.receive_message(QueueUrl=orders)
        advance(self.endpoint, 41)
        # Received often enough: it goes to the dead letters, with where it came from.
        self.sqs.receive_message(QueueUrl=orders)
        attributes = {
            "text": {"DataType": "String", "StringValue": "ein Stück"},
            "number": {"DataType": "Number.int", "StringValue": "17"},
            "bytes": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
        }
        header = {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-5759e988-bd862e3fe1be46a994272793"}}
        self.sqs.send_message(QueueUrl=orders, MessageBody="is in flight", MessageAttributes=attributes, MessageSystemAttributes=header)
        self.sqs.receive_message(QueueUrl=orders)
        self.sqs.send_message(QueueUrl=orders, MessageBody="is delayed", DelaySeconds=600)
        self.sqs.send_message(QueueUrl=orders, MessageBody="is visible: ✓")
        gone = self.queue("gone")
        self.sqs.send_message(QueueUrl=gone, MessageBody="goes with its queue")
        self.sqs.delete_queue(QueueUrl=gone)
        return orders, dead

    def fifo_queue(self):
        steps = self.queue("steps.fifo", {"FifoQueue": "true", "ContentBasedDeduplication": "true", "VisibilityTimeout": "30"})

        def send(body, group, identity=None):
            named = {"MessageDeduplicationId": identity} if identity else {}
            self.sqs.send_message(QueueUrl=steps, MessageBody=body, MessageGroupId=group, **named)

        def receive():
            return self.sqs.receive_message(QueueUrl=steps, MaxNumberOfMessages=1)["Messages"][0]["ReceiptHandle"]

        send("done", "a", "once")
        self.sqs.delete_message(QueueUrl=steps, ReceiptHandle=receive())
        for body, group in [("a1", "a"), ("b1", "b"), ("a2", "a"), ("c1", "c"), ("c2", "c")]:
            advance(self.endpoint, 1)
            send(body, group)
        # The group comes back behind the others.
        back = receive()
        self.sqs.change_message_visibility(QueueUrl=steps, ReceiptHandle=back, VisibilityTimeout=0)
        receive()

    def move_task(self):
        source = self.queue("letters-dead")
        redrive = {"deadLetterTargetArn": arn("sqs", "letters-dead"), "maxReceiveCount": "3"}
        self.queue("letters", {"RedrivePolicy": json.dumps(redrive)})
        for number in range(3):
            self.sqs.send_message(QueueUrl=source, MessageBody=f"letter {number}")
        started = {"SourceArn": arn("sqs", "letters-dead"), "DestinationArn": arn("sqs", "letters")}
        self.try_("a move task", lambda: self.sqs.start_message_move_task(MaxNumberOfMessagesPerSecond=1, **started))

    def functions(self, dead):
        del dead
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as zipped:
            # Never done: its invocations are under way when the emulator is killed.
            bootstrap = zipfile.ZipInfo("bootstrap", date_time=(2026, 1, 1, 0, 0, 0))
            bootstrap.external_attr = 0o755 << 16
            zipped.writestr(bootstrap, "#!/bin/sh\nexec sleep 600\n")
        common = {"Runtime": "provided.al2023", "Role": ROLE, "Handler": "bootstrap", "Code": {"ZipFile": code.getvalue()}}
        rich = {
            "Description": "never done",
            "Timeout": 20,
            "MemorySize": 256,
            "Environment": {"Variables": {"STAGE": "test"}},
            "DeadLetterConfig": {"TargetArn": arn("sqs", "orders-dead")},
            "Tags": {"stage": "test"},
        }
        if not self.try_("a function's tags", lambda: self.awslambda.create_function(FunctionName="worker", **common, **rich)):
            rich.pop("Tags")
            self.awslambda.create_function(FunctionName="worker", **common, **rich)
        self.awslambda.create_function(FunctionName="plain", **common)
        permission = {
            "StatementId": "bucket",
            "Action": "lambda:InvokeFunction",
            "Principal": "s3.amazonaws.com",
            "SourceArn": "arn:aws:s3:::pictures",
            "SourceAccount": ACCOUNT,
        }
        self.awslambda.add_permission(FunctionName="worker", **permission)
        jobs = self.queue("jobs", {"VisibilityTimeout": "120"})
        mapping = {"FunctionName": "worker", "BatchSize": 5, "FunctionResponseTypes": ["ReportBatchItemFailures"]}
        self.awslambda.create_event_source_mapping(EventSourceArn=arn("sqs", "jobs"), **mapping)
        self.queue("later")
        later = {"Enabled": False, "BatchSize": 10, "MaximumBatchingWindowInSeconds": 3}
        self.awslambda.create_event_source_mapping(EventSourceArn=arn("sqs", "later"), FunctionName="plain", **later)
        self.sqs.send_message(QueueUrl=jobs, MessageBody="is processed")
        self.awslambda.invoke(FunctionName="plain", InvocationType="Event", Payload=b'{"asked": "later"}')

    def buckets(self, orders):
        del orders
        s3 = self.s3
        s3.create_bucket(Bucket="plain")
        s3.create_bucket(Bucket="pictures")
        policy = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::pictures/public/*"}],
        }
        block = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": False, "RestrictPublicBuckets": False}
        ownership = {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}
        rules = [
            {"ID": "shop", "AllowedOrigins": ["https://shop.example"], "AllowedMethods": ["GET", "PUT"], "AllowedHeaders": ["*"], "MaxAgeSeconds": 600}
        ]
        destinations = {
            "QueueConfigurations": [{"Id": "orders", "QueueArn": arn("sqs", "jobs"), "Events": ["s3:ObjectRemoved:*"]}],
            "LambdaFunctionConfigurations": [
                {
                    "Id": "resize",
                    "LambdaFunctionArn": arn("lambda", "function:worker"),
                    "Events": ["s3:ObjectCreated:*"],
                    "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": "uploads/"}]}},
                }
            ],
        }
        letters = {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn("sqs", "jobs")}
            ],
        }
        url = self.sqs.get_queue_url(QueueName="jobs")["QueueUrl"]
        self.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(letters)})
        for what, call in {
            "public access": lambda: s3.put_public_access_block(Bucket="pictures", PublicAccessBlockConfiguration=block),
            "ownership": lambda: s3.put_bucket_ownership_controls(Bucket="pictures", OwnershipControls=ownership),
            "a bucket's policy": lambda: s3.put_bucket_policy(Bucket="pictures", Policy=json.dumps(policy)),
            "CORS": lambda: s3.put_bucket_cors(Bucket="pictures", CORSConfiguration={"CORSRules": rules}),
            "a bucket's tags": lambda: s3.put_bucket_tagging(Bucket="pictures", Tagging={"TagSet": [{"Key": "stage", "Value": "test"}]}),
            "notifications": lambda: s3.put_bucket_notification_configuration(Bucket="pictures", NotificationConfiguration=destinations),
        }.items():
            self.try_(what, call)
        headers = {
            "ContentType": "text/plain; charset=utf-8",
            "CacheControl": "max-age=60",
            "ContentDisposition": 'attachment; filename="a.txt"',
            "ContentLanguage": "de",
            "Metadata": {"camera": "old"},
            "Tagging": "kind=note&size=small",
        }
        s3.put_object(Bucket="pictures", Key="public/a.txt", Body=b"a small text", ChecksumAlgorithm="SHA256", **headers)
        s3.put_object(Bucket="pictures", Key="public/größe & maß.txt", Body="ein Wort".encode())
        s3.put_object(Bucket="pictures", Key="empty", Body=b"")
        s3.put_object(Bucket="pictures", Key="large", Body=b"0123456789abcdef" * (LARGE_BYTES // 16) + b"!", ContentType="image/png")
        # Shares its body with what it is a copy of.
        s3.copy_object(Bucket="plain", Key="copy of large", CopySource={"Bucket": "pictures", "Key": "large"})
        s3.put_object(Bucket="pictures", Key="uploads/1.png", Body=b"a picture, nearly")
        s3.put_object(Bucket="plain", Key="deleted", Body=b"gone")
        s3.delete_object(Bucket="plain", Key="deleted")

    def archive(self):
        """A bucket with all that may be said of one, versions, a lock, uploads under way."""
        s3, of = self.s3, {"Bucket": "archive"}
        s3.create_bucket(**of, ObjectLockEnabledForBucket=True, ObjectOwnership="ObjectWriter")
        days = {"Status": "Enabled", "Filter": {"Prefix": "logs/"}, "ID": "logs", "Expiration": {"Days": 30}}
        days["NoncurrentVersionExpiration"] = {"NoncurrentDays": 3, "NewerNoncurrentVersions": 2}
        kept = {"Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}, "ObjectLockEnabled": "Enabled"}
        pages = {"IndexDocument": {"Suffix": "index.html"}, "ErrorDocument": {"Key": "error.html"}}
        whole = {"Id": "all", "IncludedObjectVersions": "All", "IsEnabled": True, "Schedule": {"Frequency": "Daily"}}
        whole["Destination"] = {"S3BucketDestination": {"Bucket": "arn:aws:s3:::plain", "Format": "CSV"}}
        tiers = [{"Days": 90, "AccessTier": "ARCHIVE_ACCESS"}]
        named = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}
        encrypted = {"Rules": [{"ApplyServerSideEncryptionByDefault": named}]}
        s3.put_bucket_lifecycle_configuration(**of, LifecycleConfiguration={"Rules": [days]})
        s3.put_object_lock_configuration(**of, ObjectLockConfiguration=kept)
        s3.put_bucket_website(**of, WebsiteConfiguration=pages)
        s3.put_bucket_encryption(**of, ServerSideEncryptionConfiguration=encrypted)
        s3.put_bucket_request_payment(**of, RequestPaymentConfiguration={"Payer": "Requester"})
        s3.put_bucket_accelerate_configuration(**of, AccelerateConfiguration={"Status": "Enabled"})
        s3.put_bucket_metrics_configuration(**of, Id="all", MetricsConfiguration={"Id": "all"})
        s3.put_bucket_inventory_configuration(**of, Id="all", InventoryConfiguration=whole)
        tiering = {"Id": "old", "Status": "Enabled", "Tierings": tiers}
        s3.put_bucket_intelligent_tiering_configuration(**of, Id="old", IntelligentTieringConfiguration=tiering)
        s3.delete_public_access_block(**of)
        s3.put_bucket_acl(**of, ACL="authenticated-read")
        for body in (b"first", b"second"):
            s3.put_object(**of, Key="report", Body=body, StorageClass="STANDARD_IA", ACL="public-read", WebsiteRedirectLocation="/new")
        s3.put_object_legal_hold(**of, Key="report", LegalHold={"Status": "ON"})
        s3.delete_object(**of, Key="report")
        s3.put_object(**of, Key="frozen", Body=b"in ice", StorageClass="GLACIER")
        s3.restore_object(**of, Key="frozen", RestoreRequest={"Days": 2, "GlacierJobParameters": {"Tier": "Standard"}})
        secret = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "k" * 32}
        s3.create_bucket(Bucket="suspended")
        s3.put_object(Bucket="suspended", Key="a", Body=b"null", **secret)
        for status in ("Enabled", "Suspended"):
            s3.put_bucket_versioning(Bucket="suspended", VersioningConfiguration={"Status": status})
            s3.put_object(Bucket="suspended", Key="a", Body=status.encode(), ServerSideEncryption="AES256")
        for key, completes in (("whole", True), ("under way", False)):
            upload = {**of, "Key": key}
            upload["UploadId"] = s3.create_multipart_upload(**of, Key=key, ChecksumAlgorithm="CRC32", Tagging="kind=parts")["UploadId"]
            part = s3.upload_part(**upload, PartNumber=1, Body=b"one part", ChecksumAlgorithm="CRC32")
            if completes:
                parts = [{"PartNumber": 1, "ETag": part["ETag"], "ChecksumCRC32": part["ChecksumCRC32"]}]
                s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})


def arn(service, name):
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{name}"


def advance(endpoint, seconds):
    urllib.request.urlopen(f"{endpoint}/_cloudless/clock/advance?s={seconds}", data=b"").close()


def write_down(directory, out):
    os.makedirs(out, exist_ok=True)
    database = sqlite3.connect(os.path.join(directory, "records.sqlite3"))
    with open(os.path.join(out, "records.sql"), "w", encoding="utf-8") as sql:
        for pragma in ("application_id", "user_version"):
            sql.write(f"PRAGMA {pragma} = {database.execute(f'PRAGMA {pragma}').fetchone()[0]};\n")
        tables = database.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'table' ORDER BY name").fetchall()
        for _, create in tables:
            sql.write(" ".join(create.split()) + ";\n")
        for table, _ in tables:
            for row in database.execute(f"SELECT * FROM {table} ORDER BY 1, 2"):
                sql.write(f"INSERT INTO {table} VALUES ({', '.join(map(literal, row))});\n")
    database.close()
    files = os.path.join(out, "blobs")
    shutil.rmtree(files, ignore_errors=True)
    shutil.copytree(os.path.join(directory, "blobs"), files)


def literal(value):
    """A value in SQL: text where it can be read as such."""
    if isinstance(value, bytes):
        try:
            text = value.decode()
        except UnicodeDecodeError:
            text = "\0"
        return f"CAST({literal(text)} AS BLOB)" if text.isprintable() else f"X'{value.hex()}'"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return str(value)


if __name__ == "__main__":
    main()
