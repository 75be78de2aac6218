"""A session with SQS, from the first queue to the last, and what the client saw of it.

    sqs_session.py boto3    boto3 of this interpreter, whichever year it is of
    sqs_session.py aws      the AWS CLI

Endpoint, region and credentials come from the environment, as everywhere. The emulator's clock stands
still until this script moves it.
"""

import base64
import json
import os
import re
import subprocess
import sys
import threading
import urllib.request

ENDPOINT = os.environ["AWS_ENDPOINT_URL"]


class Refused(Exception):
    """What the client raised: the code, and the name of its typed exception where it has them."""

    def __init__(self, code, type_name):
        super().__init__(code)
        self.code, self.type_name = code, type_name


class Boto3:
    def __init__(self):
        import boto3

        self.client = boto3.client("sqs", endpoint_url=ENDPOINT)

    def __call__(self, operation, **parameters):
        import botocore.exceptions
        from botocore import xform_name

        try:
            answer = getattr(self.client, xform_name(operation))(**parameters)
        except botocore.exceptions.ClientError as error:
            raise Refused(error.response["Error"]["Code"], type(error).__name__) from error
        answer.pop("ResponseMetadata")
        return answer

    def has(self, operation):
        return operation in self.client.meta.service_model.operation_names


class AwsCli:
    """The program with its options, as in a shell."""

    def __call__(self, operation, **parameters):
        command = ["aws", "sqs", dashed(operation), "--output", "json", "--endpoint-url", ENDPOINT]
        for name, value in parameters.items():
            text = value if isinstance(value, str) else json.dumps(value, default=bytes.decode)
            command += [f"--{dashed(name)}", text]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            code = re.search(r"An error occurred \(([^)]+)\)", done.stderr)
            if code is None:
                raise RuntimeError(f"{command}: {done.stderr}")
            raise Refused(code[1], None)
        return json.loads(done.stdout or "{}", object_hook=read_blob)

    def has(self, operation):
        return True


def dashed(name):
    return re.sub(r"([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])", r"\1\3-\2\4", name).lower()


def read_blob(entry):
    if "BinaryValue" in entry:
        entry["BinaryValue"] = base64.b64decode(entry["BinaryValue"])
    return entry


def control(method, path):
    request = urllib.request.Request(f"{ENDPOINT}/_cloudless/{path}", method=method)
    return json.load(urllib.request.urlopen(request))


sqs = {"boto3": Boto3, "aws": AwsCli}[sys.argv[1]]()
types = {}


def refused(operation, **parameters):
    try:
        sqs(operation, **parameters)
    except Refused as error:
        types[error.code] = error.type_name
        return error.code
    return "not refused"


def create(name, **attributes):
    return sqs("CreateQueue", QueueName=name, Attributes=attributes)["QueueUrl"]


def attributes_of(url, *names):
    answer = sqs("GetQueueAttributes", QueueUrl=url, AttributeNames=list(names))
    return answer.get("Attributes", {})


def receive(url, most=10, **parameters):
    answer = sqs("ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=most, **parameters)
    return answer.get("Messages", [])


def bodies(messages):
    return " ".join(message["Body"] for message in messages)


def outcome(answer):
    done = " ".join(entry["Id"] for entry in answer.get("Successful", []))
    failed = [f"{it['Id']} {it['Code']} {it['SenderFault']}" for it in answer.get("Failed", [])]
    return f"done {done}, failed {', '.join(failed)}"


def entries(messages, **more):
    handles = enumerate(message["ReceiptHandle"] for message in messages)
    return [{"Id": f"n{at}", "ReceiptHandle": handle, **more} for at, handle in handles]


def delete(url, messages):
    sqs("DeleteMessageBatch", QueueUrl=url, Entries=entries(messages))


# Queues
dead = create("session-dead")
dead_arn = attributes_of(dead, "QueueArn")["QueueArn"]
redrive = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 2})
orders = create("session-orders", VisibilityTimeout="30", RedrivePolicy=redrive)
fifo = create("session-steps.fifo", FifoQueue="true", ContentBasedDeduplication="true")
listed = sqs("ListQueues", QueueNamePrefix="session-")["QueueUrls"]
print("queues:", " ".join(url.rsplit("/")[-1] for url in listed))
again = create("session-orders", VisibilityTimeout="30")
found = sqs("GetQueueUrl", QueueName="session-orders")["QueueUrl"]
print("created again:", again == orders == found)
sources = sqs("ListDeadLetterSourceQueues", QueueUrl=dead)["queueUrls"]
print("dead letters of:", " ".join(url.rsplit("/")[-1] for url in sources))
sqs("SetQueueAttributes", QueueUrl=orders, Attributes={"VisibilityTimeout": "45"})
wanted = attributes_of(orders, "VisibilityTimeout", "MaximumMessageSize", "DelaySeconds")
print("attributes:", " ".join(f"{name}={value}" for name, value in sorted(wanted.items())))

# Tags and permissions
sqs("TagQueue", QueueUrl=orders, Tags={"team": "shop", "cost centre": "+7@home"})
sqs("UntagQueue", QueueUrl=orders, TagKeys=["team"])
print("tags:", json.dumps(sqs("ListQueueTags", QueueUrl=orders)["Tags"]))
sqs(
    "AddPermission",
    QueueUrl=orders,
    Label="partner",
    AWSAccountIds=["111122223333"],
    Actions=["SendMessage"],
)
statement = json.loads(attributes_of(orders, "Policy")["Policy"])["Statement"][0]
print("permission:", statement["Sid"], statement["Principal"]["AWS"], statement["Action"])
sqs("RemovePermission", QueueUrl=orders, Label="partner")
policy = json.loads(attributes_of(orders, "Policy").get("Policy", '{"Statement": []}'))
print("permissions left:", len(policy["Statement"]))

# A message
sent = sqs(
    "SendMessage",
    QueueUrl=orders,
    MessageBody="a bowl & <a mug>",
    MessageAttributes={
        "n.integer": {"DataType": "Number", "StringValue": "7"},
        "n.custom": {"DataType": "String.colour", "StringValue": "grün"},
        "picture": {"DataType": "Binary", "BinaryValue": b"\x01bytes"},
    },
    MessageSystemAttributes={
        "AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-5759e988-bd862e3fe1be46a994272793"}
    },
)
print("sent:", sent["MD5OfMessageBody"], sent["MD5OfMessageAttributes"])
wanted = ["ApproximateReceiveCount", "AWSTraceHeader"]
message = receive(orders, AttributeNames=wanted, MessageAttributeNames=["n.*"])[0]
print("received:", message["Body"], message["MessageId"] == sent["MessageId"])
print("with:", " ".join(message["Attributes"][name] for name in wanted))
chosen = sorted(message["MessageAttributes"].items())
print("and:", " ".join(f"{name} {it['DataType']} {it['StringValue']}" for name, it in chosen))
handle = message["ReceiptHandle"]
sqs("ChangeMessageVisibility", QueueUrl=orders, ReceiptHandle=handle, VisibilityTimeout=0)
message = receive(orders, AttributeNames=["All"], MessageAttributeNames=["All"])[0]
picture = message["MessageAttributes"]["picture"]["BinaryValue"]
print("again:", message["Attributes"]["ApproximateReceiveCount"], picture)
sqs("DeleteMessage", QueueUrl=orders, ReceiptHandle=message["ReceiptHandle"])
print("deleted:", len(receive(orders)))

# Batches
batch = [{"Id": it, "MessageBody": it} for it in ["one", "two", "three"]]
batch[1]["MessageBody"] = "\x01"
print("batch:", outcome(sqs("SendMessageBatch", QueueUrl=orders, Entries=batch)))
hidden = receive(orders)
shown = entries(hidden, VisibilityTimeout=0)
print("shown:", outcome(sqs("ChangeMessageVisibilityBatch", QueueUrl=orders, Entries=shown)))
received = receive(orders)
print("received:", bodies(received))
gone = entries([*received, {"ReceiptHandle": "garbage"}])
print("deleted:", outcome(sqs("DeleteMessageBatch", QueueUrl=orders, Entries=gone)))

# FIFO
first = sqs("SendMessage", QueueUrl=fifo, MessageBody="a1", MessageGroupId="ann")
twice = sqs("SendMessage", QueueUrl=fifo, MessageBody="a1", MessageGroupId="ann")
same = first["MessageId"] == twice["MessageId"]
print("sent twice:", same and first["SequenceNumber"] == twice["SequenceNumber"])
for group, body in [("ann", "a2"), ("bob", "b1")]:
    sqs("SendMessage", QueueUrl=fifo, MessageBody=body, MessageGroupId=group)
one = receive(fifo, most=1)
meanwhile = receive(fifo)
delete(fifo, one)
rest = receive(fifo, AttributeNames=["MessageGroupId", "MessageDeduplicationId"])
print("in order:", bodies(one), "|", bodies(meanwhile), "|", bodies(rest))
print("group:", rest[0]["Attributes"]["MessageGroupId"], rest[0]["Attributes"]["MessageDeduplicationId"][:8])
delete(fifo, meanwhile + rest)

# Dead letters, there and back
for body in ["poison", "venom"]:
    sqs("SendMessage", QueueUrl=orders, MessageBody=body)
print("tried:", " ".join(str(len(receive(orders, VisibilityTimeout=0))) for _ in range(3)))
letters = receive(dead, VisibilityTimeout=0, AttributeNames=["All"])
for letter in letters:
    known = letter["Attributes"]
    print("dead:", letter["Body"], known["ApproximateReceiveCount"], known["DeadLetterQueueSourceArn"])
if sqs.has("StartMessageMoveTask"):
    slowly = {"SourceArn": dead_arn, "MaxNumberOfMessagesPerSecond": 1}
    task = sqs("StartMessageMoveTask", **slowly)["TaskHandle"]
    control("POST", "clock/advance?s=1")
    stopped = sqs("CancelMessageMoveTask", TaskHandle=task)
    sqs("StartMessageMoveTask", SourceArn=dead_arn)
    control("POST", "clock/advance?s=1")
    tasks = sqs("ListMessageMoveTasks", SourceArn=dead_arn, MaxResults=10)["Results"]
    told = [f"{it['Status']} {it['ApproximateNumberOfMessagesMoved']}" for it in tasks]
    late = refused("CancelMessageMoveTask", TaskHandle=task)
    moved = stopped["ApproximateNumberOfMessagesMoved"]
    print(f"* moved back: {moved}, then {', '.join(told)}; {bodies(receive(orders))}; {late}")
else:
    print("* moved back: this client knows no message move tasks")

# Purge
sqs("SendMessage", QueueUrl=fifo, MessageBody="to be purged", MessageGroupId="ann")
sqs("PurgeQueue", QueueUrl=fifo)
print("purged:", attributes_of(fifo, "ApproximateNumberOfMessages")["ApproximateNumberOfMessages"])

# A long poll, woken by a send
quiet = create("session-quiet")


def polls():
    trace = json.dumps(control("GET", "trace"))
    return trace.count("sqs:ReceiveMessage")


before, polled = polls(), []
poll = threading.Thread(target=lambda: polled.extend(receive(quiet, WaitTimeSeconds=20)))
poll.start()
while polls() == before:
    pass
sqs("SendMessage", QueueUrl=quiet, MessageBody="good morning")
poll.join()
print("woken by:", bodies(polled))

# What is refused
for name, code in {
    "no such queue": refused("GetQueueUrl", QueueName="session-none"),
    "no such queue to send to": refused("SendMessage", QueueUrl=f"{orders}-none", MessageBody="x"),
    "no handle": refused("DeleteMessage", QueueUrl=orders, ReceiptHandle="garbage"),
    "other attributes": refused(
        "CreateQueue", QueueName="session-dead", Attributes={"DelaySeconds": "7"}
    ),
    "an empty batch": refused("SendMessageBatch", QueueUrl=orders, Entries=[]),
    "one id twice": refused("SendMessageBatch", QueueUrl=orders, Entries=[batch[0], batch[0]]),
    "no character": refused("SendMessage", QueueUrl=orders, MessageBody="\x01"),
    "no group": refused("SendMessage", QueueUrl=fifo, MessageBody="x"),
    "purged a moment ago": refused("PurgeQueue", QueueUrl=fifo),
    "no such attribute": refused("SetQueueAttributes", QueueUrl=orders, Attributes={"Wings": "2"}),
    "no such value": refused(
        "SetQueueAttributes", QueueUrl=orders, Attributes={"VisibilityTimeout": "43201"}
    ),
}.items():
    print(f"{name}: {code}")
for url in [orders, fifo, dead, quiet]:
    sqs("DeleteQueue", QueueUrl=url)
print("deleted:", refused("GetQueueUrl", QueueName="session-orders"))
print("too soon:", refused("CreateQueue", QueueName="session-orders"))
print("* typed:", " ".join(sorted({name for name in types.values() if name})) or "codes only")
