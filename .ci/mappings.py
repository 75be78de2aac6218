"""What event source mappings of SQS do, as a program that runs against any endpoint: success, errors, timeouts, crashes
before and after side effects, partial answers of every kind, windows, filters, dead letters, FIFO groups, throttling
and the cap of concurrency.

    python3 .ci/mappings.py                        starts a Cloudless: $CLOUDLESS_BIN, or builds one
    AWS_ENDPOINT_URL=… python3 .ci/mappings.py     another emulator
    python3 .ci/mappings.py --aws --role ARN       AWS itself, with a role for functions that may use SQS

Needs boto3, also where functions run.
"""

import argparse
import concurrent.futures
import io
import json
import os
import time
import uuid
import zipfile

import boto3

import suites

# A message says what the function is to do with it. What it did is told a queue of its own.
HANDLER = """
import boto3, json, os, time

sqs = boto3.client("sqs", endpoint_url=os.environ.get("AWS_ENDPOINT_URL"))

def tell(**what):
    sqs.send_message(QueueUrl=os.environ["TOLD"], MessageBody=json.dumps(what))

def handler(event, context):
    began = time.time()
    failures, answer = [], None
    names = []
    for record in event["Records"]:
        body = record["body"]
        order = json.loads(body) if body.startswith("{") else {}
        receives = int(record["attributes"]["ApproximateReceiveCount"])
        names.append([order.get("name", body), receives])
        first = receives == 1
        if first and order.get("crash") == "before":
            os._exit(1)
        if "sleep" in order and (first or order.get("always")):
            time.sleep(order["sleep"])
        if order.get("crash") == "after" and first:
            tell(names=names, began=began, ended=time.time())
            os._exit(1)
        if order.get("fail") == "always" or order.get("fail") == "once" and first:
            tell(names=names, began=began, ended=time.time(), failed=True)
            raise Exception("as it was told")
        if "report" in order and first:
            failures.append({"itemIdentifier": record["messageId"]})
        if "answer" in order and first:
            answer = [order["answer"]]
    tell(names=names, began=began, ended=time.time())
    if answer:
        return answer[0]
    return {"batchItemFailures": failures}
"""


class Stage:
    """Queues, a function and a mapping for one story, gone when it ends."""

    def __init__(self, clients, role, queue=None, function=None, fifo=False, dead_letters=None, **mapping):
        self.sqs, self.lambda_ = clients
        self.name = f"mappings-{uuid.uuid4().hex[:12]}"
        self.told = self.sqs.create_queue(QueueName=f"{self.name}-told")["QueueUrl"]
        attributes = {"VisibilityTimeout": "20", **(queue or {})}
        if dead_letters:
            self.dead = self.sqs.create_queue(QueueName=f"{self.name}-dead")["QueueUrl"]
            policy = {"deadLetterTargetArn": self.arn(self.dead), "maxReceiveCount": dead_letters}
            attributes["RedrivePolicy"] = json.dumps(policy)
        suffix = ".fifo" if fifo else ""
        if fifo:
            attributes |= {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
        self.queue = self.sqs.create_queue(QueueName=f"{self.name}{suffix}", Attributes=attributes)["QueueUrl"]
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as archive:
            archive.writestr("handler.py", HANDLER)
        self.lambda_.create_function(
            FunctionName=self.name, Runtime="python3.12", Role=role, Handler="handler.handler",
            Code={"ZipFile": code.getvalue()}, Environment={"Variables": {"TOLD": self.told}},
            **{"Timeout": 15, **(function or {})})  # a machine may be busy while it starts
        self.lambda_.get_waiter("function_active_v2").wait(FunctionName=self.name)
        self.mapping = self.lambda_.create_event_source_mapping(
            EventSourceArn=self.arn(self.queue), FunctionName=self.name, **mapping)["UUID"]
        self.until(lambda: self.state() in ("Enabled", "Disabled"), "the mapping is ready")

    def arn(self, url):
        attributes = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return attributes["Attributes"]["QueueArn"]

    def state(self):
        return self.lambda_.get_event_source_mapping(UUID=self.mapping)["State"]

    def send(self, *orders, group=None):
        for order in orders:
            body = order if isinstance(order, str) else json.dumps(order)
            more = {"MessageGroupId": group} if group else {}
            self.sqs.send_message(QueueUrl=self.queue, MessageBody=body, **more)

    def hear(self, count, within_s=120):
        """So many batches, as the function told of them, in the order in which they began."""
        heard, deadline = [], time.monotonic() + within_s
        while len(heard) < count and time.monotonic() < deadline:
            answer = self.sqs.receive_message(QueueUrl=self.told, MaxNumberOfMessages=10, WaitTimeSeconds=1)
            for message in answer.get("Messages", []):
                heard.append(json.loads(message["Body"]))
                self.sqs.delete_message(QueueUrl=self.told, ReceiptHandle=message["ReceiptHandle"])
        return sorted(heard, key=lambda told: told["began"])

    def hear_names(self, count, **more):
        """The messages of so many batches, each with how often it had been received."""
        return [name for told in self.hear(count, **more) for name in map(tuple, told["names"])]

    def left(self, url=None):
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        answer = self.sqs.get_queue_attributes(QueueUrl=url or self.queue, AttributeNames=names)
        return sum(int(answer["Attributes"][name]) for name in names)

    def until_empty(self):
        self.until(lambda: self.left() == 0, "the queue is empty")

    def until(self, holds, what, within_s=120):
        deadline = time.monotonic() + within_s
        while not holds():
            if time.monotonic() > deadline:
                raise AssertionError(f"{what}: not within {within_s} s")
            time.sleep(0.1)

    def close(self):
        self.lambda_.delete_event_source_mapping(UUID=self.mapping)
        self.lambda_.delete_function(FunctionName=self.name)
        for url in [self.queue, self.told, getattr(self, "dead", None)]:
            if url:
                self.sqs.delete_queue(QueueUrl=url)


def expect(found, wanted):
    if found != wanted:
        raise AssertionError(f"{found!r}, not {wanted!r}")


def overlap(told):
    """How many batches ran at once at most."""
    moments = sorted([(it["began"], 1) for it in told] + [(it["ended"], -1) for it in told])
    most = now = 0
    for _, change in moments:
        now += change
        most = max(most, now)
    return most


STORIES = {}


def story(**stage):
    def keep(tells):
        STORIES[tells.__name__] = (stage, tells)
        return tells
    return keep


@story()
def success_deletes_the_message(stage):
    stage.send("hello")
    expect(stage.hear_names(1), [("hello", 1)])
    stage.until_empty()


@story()
def an_error_brings_the_message_back(stage):
    stage.send({"name": "a", "fail": "once"})
    expect(stage.hear_names(2), [("a", 1), ("a", 2)])
    stage.until_empty()


@story(function={"Timeout": 8})
def a_timeout_brings_the_message_back(stage):
    stage.send({"name": "a", "sleep": 30})
    expect(stage.hear_names(1), [("a", 2)])
    stage.until_empty()


@story()
def a_crash_before_anything_was_done_is_done_again(stage):
    stage.send({"name": "a", "crash": "before"})
    expect(stage.hear_names(1), [("a", 2)])
    stage.until_empty()


@story()
def a_crash_after_the_work_is_done_twice(stage):
    stage.send({"name": "a", "crash": "after"})
    expect(stage.hear_names(2), [("a", 1), ("a", 2)])
    stage.until_empty()


ANSWERS_OF_SUCCESS = [None, {}, {"batchItemFailures": None}, {"batchItemFailures": []}]
ANSWERS_OF_FAILURE = [
    {"batchItemFailures": [{"itemIdentifier": ""}]}, {"batchItemFailures": [{"itemIdentifier": None}]},
    {"batchItemFailures": [{"foo": "bar"}]}, {"batchItemFailures": [{"itemIdentifier": "unknown"}]},
]


@story(BatchSize=1, FunctionResponseTypes=["ReportBatchItemFailures"])
def partial_answers_mean_what_aws_says(stage):
    answers = ANSWERS_OF_SUCCESS + ANSWERS_OF_FAILURE
    stage.send(*({"name": str(at), "answer": answer} for at, answer in enumerate(answers)))
    wanted = [(str(at), 1) for at in range(len(answers))]
    wanted += [(str(at), 2) for at, answer in enumerate(answers) if answer in ANSWERS_OF_FAILURE]
    expect(sorted(stage.hear_names(len(wanted))), sorted(wanted))
    stage.until_empty()


@story(BatchSize=10, MaximumBatchingWindowInSeconds=2, FunctionResponseTypes=["ReportBatchItemFailures"])
def what_an_answer_names_comes_back_alone(stage):
    stage.send({"name": "a"}, {"name": "b", "report": True}, {"name": "c"})
    names = []
    while len(names) < 4:
        names += stage.hear_names(1)
    expect(sorted(names), [("a", 1), ("b", 1), ("b", 2), ("c", 1)])
    stage.until_empty()


@story(BatchSize=40, MaximumBatchingWindowInSeconds=3)
def a_window_makes_batches_of_more_than_ten(stage):
    for _ in range(3):
        entries = [{"Id": str(at), "MessageBody": "x"} for at in range(10)]
        stage.sqs.send_message_batch(QueueUrl=stage.queue, Entries=entries)
    sizes = []
    while sum(sizes) < 30:
        heard = stage.hear(1)
        expect(bool(heard), True)
        sizes += [len(told["names"]) for told in heard]
    expect((sum(sizes), max(sizes) > 10), (30, True))


@story(FilterCriteria={"Filters": [{"Pattern": json.dumps({"body": {"kind": ["order"]}})}]})
def what_no_filter_lets_pass_is_deleted(stage):
    stage.send({"name": "bill", "kind": "bill"}, "no JSON", {"name": "order", "kind": "order"})
    expect(stage.hear_names(1), [("order", 1)])
    stage.until_empty()
    expect(stage.hear_names(1, within_s=2), [])


@story(dead_letters=2)
def what_fails_too_often_goes_to_the_dead_letters(stage):
    stage.send({"name": "a", "fail": "always"})
    expect(stage.hear_names(2), [("a", 1), ("a", 2)])
    stage.until(lambda: stage.left(stage.dead) == 1, "the message is a dead letter")
    stage.until_empty()


@story(fifo=True, BatchSize=1)
def a_message_that_fails_holds_up_its_group_alone(stage):
    stage.send({"name": "a1", "fail": "once"}, {"name": "a2"}, group="a")
    stage.send({"name": "b1"}, {"name": "b2"}, group="b")
    names = stage.hear_names(5)
    expect([name for name in names if name[0][0] == "a"], [("a1", 1), ("a1", 2), ("a2", 1)])
    expect([name for name in names if name[0][0] == "b"], [("b1", 1), ("b2", 1)])
    expect(names.index(("b2", 1)) < names.index(("a1", 2)), True)
    stage.until_empty()


@story(fifo=True, BatchSize=10, queue={"VisibilityTimeout": "10"}, function={"Timeout": 10})
def groups_run_beside_each_other_and_each_alone(stage):
    for group in "abc":
        stage.send(*({"name": f"{group}{at}", "sleep": 0.7} for at in range(3)), group=group)
    told, messages = [], 0
    while messages < 9:
        heard = stage.hear(1)
        expect(bool(heard), True)
        told += heard
        messages += sum(len(it["names"]) for it in heard)
    for group in "abc":
        of_group = [it for it in told if any(name[0] == group for name, _ in it["names"])]
        of_group.sort(key=lambda it: it["began"])
        order = [name for it in of_group for name, _ in it["names"] if name[0] == group]
        expect(order, [f"{group}{at}" for at in range(3)])
        expect(overlap(of_group), 1)
    expect(overlap(told) > 1, True)


@story(queue={"VisibilityTimeout": "6"}, function={"Timeout": 6})
def a_function_that_may_not_run_gets_its_messages_later(stage):
    stage.lambda_.put_function_concurrency(FunctionName=stage.name, ReservedConcurrentExecutions=0)
    stage.send("hello")
    expect(stage.hear_names(1, within_s=3), [])
    stage.lambda_.delete_function_concurrency(FunctionName=stage.name)
    expect([name for name, _ in stage.hear_names(1, within_s=60)], ["hello"])
    stage.until_empty()


@story(queue={"VisibilityTimeout": "30"}, function={"Timeout": 10}, BatchSize=1,
       ScalingConfig={"MaximumConcurrency": 2})
def never_more_run_at_once_than_the_mapping_may(stage):
    stage.send(*({"name": str(at), "sleep": 0.4} for at in range(8)))
    told = stage.hear(8)
    expect(sorted(name for it in told for name, _ in it["names"]), [str(at) for at in range(8)])
    expect(overlap(told), 2)
    stage.until_empty()


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--aws", action="store_true", help="AWS itself")
    arguments.add_argument("--role", default="arn:aws:iam::000000000000:role/mappings")
    arguments.add_argument("--only", default="", help="stories with this in their names")
    given = arguments.parse_args()
    url = os.environ.get("AWS_ENDPOINT_URL")
    if url or given.aws:
        return play(url, given)
    server = suites.Server(suites.free_port())
    server.start()
    try:
        play(f"http://127.0.0.1:{server.port}", given)
    finally:
        server.stop()


def play(url, given):
    keys = {} if given.aws else {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    region = os.environ.get("AWS_DEFAULT_REGION", "us-east-1")
    clients = [boto3.client(name, endpoint_url=url, region_name=region, **keys) for name in ("sqs", "lambda")]

    def tell(name):
        stage, tells = STORIES[name]
        here = Stage(clients, given.role, **stage)
        try:
            tells(here)
            return None
        except AssertionError as wrong:
            return str(wrong)
        finally:
            here.close()

    names = [name for name in STORIES if given.only in name]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        told = list(zip(names, pool.map(tell, names)))
    for name, wrong in told:
        print(f"{'ok  ' if wrong is None else 'FAIL'} {name.replace('_', ' ')}{'' if wrong is None else ': ' + wrong}")
    failed = [name for name, wrong in told if wrong is not None]
    if failed or not told:
        raise SystemExit(f"{len(failed)} of {len(told)} stories failed")
    print(f"{len(told)} stories")


if __name__ == "__main__":
    main()
