"""The shop's cloud by boto3, step by step, and one upload.

Endpoint, region and credentials come from the environment, as everywhere. Besides them:
DATABASE_URL, ARCHITECTURE, PHOTO, UPLOAD_KEY; the zips of the functions lie in the working directory.
"""

import json
import os
from pathlib import Path

import boto3
from botocore.config import Config

BUCKET = "cloudless-shop-images"
ROLE = "arn:aws:iam::000000000000:role/cloudless-shop"

s3 = boto3.client("s3", config=Config(s3={"addressing_style": "path"}))
sqs = boto3.client("sqs")
lambda_ = boto3.client("lambda")

s3.create_bucket(Bucket=BUCKET)
s3.put_public_access_block(
    Bucket=BUCKET,
    PublicAccessBlockConfiguration={
        "BlockPublicAcls": True,
        "IgnorePublicAcls": True,
        "BlockPublicPolicy": False,
        "RestrictPublicBuckets": False,
    },
)
statement = {
    "Effect": "Allow",
    "Principal": "*",
    "Action": "s3:GetObject",
    "Resource": f"arn:aws:s3:::{BUCKET}/*",
}
s3.put_bucket_policy(
    Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
)
print("bucket:", s3.get_bucket_policy_status(Bucket=BUCKET)["PolicyStatus"])


def queue(name, **attributes):
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return url, found["Attributes"]["QueueArn"]


_, dead_letters = queue("image-resized-dlq")
_, failed = queue("image-resize-failed")
redrive = json.dumps({"deadLetterTargetArn": dead_letters, "maxReceiveCount": 5})
queue_url, queue_arn = queue("image-resized", VisibilityTimeout="180", RedrivePolicy=redrive)
print("queues:", len(sqs.list_queues(QueueNamePrefix="image-")["QueueUrls"]))


def function(name, memory, variables, **more):
    made = lambda_.create_function(
        FunctionName=name,
        Runtime="provided.al2023",
        Handler="bootstrap",
        Role=ROLE,
        Architectures=[os.environ["ARCHITECTURE"]],
        Code={"ZipFile": Path(f"{name}.zip").read_bytes()},
        MemorySize=memory,
        Timeout=30,
        Environment={"Variables": variables},
        **more,
    )
    lambda_.get_waiter("function_active_v2").wait(FunctionName=name)
    return made["FunctionArn"]


resize = function(
    "resize-image", 1024, {"QUEUE_URL": queue_url}, DeadLetterConfig={"TargetArn": failed}
)
images = f"{os.environ['AWS_ENDPOINT_URL']}/{BUCKET}"
database = os.environ["DATABASE_URL"]
function("update-product", 128, {"DATABASE_URL": database, "IMAGE_BASE_URL": images})
print("functions:", [it["FunctionName"] for it in lambda_.list_functions()["Functions"]])

lambda_.add_permission(
    FunctionName="resize-image",
    StatementId="s3",
    Action="lambda:InvokeFunction",
    Principal="s3.amazonaws.com",
    SourceArn=f"arn:aws:s3:::{BUCKET}",
)
prefix = {"Key": {"FilterRules": [{"Name": "prefix", "Value": "products/"}]}}
s3.put_bucket_notification_configuration(
    Bucket=BUCKET,
    NotificationConfiguration={
        "LambdaFunctionConfigurations": [
            {"LambdaFunctionArn": resize, "Events": ["s3:ObjectCreated:*"], "Filter": prefix}
        ]
    },
)
lambda_.create_event_source_mapping(
    EventSourceArn=queue_arn,
    FunctionName="update-product",
    BatchSize=10,
    FunctionResponseTypes=["ReportBatchItemFailures"],
)
print("mappings:", len(lambda_.list_event_source_mappings()["EventSourceMappings"]))

key = os.environ["UPLOAD_KEY"]
s3.upload_file(os.environ["PHOTO"], BUCKET, key, ExtraArgs={"ContentType": "image/jpeg"})
size = s3.head_object(Bucket=BUCKET, Key=key)["ContentLength"]
print("uploaded:", size == os.path.getsize(os.environ["PHOTO"]))
