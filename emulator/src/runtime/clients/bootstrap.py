"""Runs a Python function over the Lambda Runtime API."""

import http.client
import importlib
import json
import os
import sys
import time
import traceback

API = os.environ["AWS_LAMBDA_RUNTIME_API"]
RUNTIME = "/2018-06-01/runtime/"


class Context:
    """What AWS documents as the context object of a Python handler."""

    def __init__(self, headers):
        environment = os.environ
        self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self.invoked_function_arn = headers["Lambda-Runtime-Invoked-Function-Arn"]
        self.function_name = environment["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = environment["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = environment["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = environment["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.identity = None
        self.client_context = None
        client_context = headers.get("Lambda-Runtime-Client-Context")
        if client_context:
            self.client_context = json.loads(client_context)
        self._deadline_ms = int(headers["Lambda-Runtime-Deadline-Ms"])

    def get_remaining_time_in_millis(self):
        return max(0, self._deadline_ms - int(time.time() * 1000))

    def log(self, message):
        sys.stdout.write(str(message))


def call(connection, method, path, body=None, headers=None):
    connection.request(method, RUNTIME + path, body, headers or {})
    response = connection.getresponse()
    return response.headers, response.read()


def report(connection, path, error):
    frames = traceback.extract_tb(error.__traceback__)
    payload = {
        "errorMessage": str(error),
        "errorType": type(error).__name__,
        "stackTrace": traceback.format_list(frames),
    }
    traceback.print_exception(type(error), error, error.__traceback__)
    sys.stdout.flush()
    sys.stderr.flush()
    headers = {"Lambda-Runtime-Function-Error-Type": payload["errorType"]}
    call(connection, "POST", path, json.dumps(payload).encode(), headers)


def load():
    module_name, _, function_name = os.environ["_HANDLER"].rpartition(".")
    module = importlib.import_module(module_name.replace("/", "."))
    return getattr(module, function_name)


def main():
    connection = http.client.HTTPConnection(API)
    try:
        handler = load()
    except BaseException as error:
        report(connection, "init/error", error)
        sys.exit(1)
    while True:
        headers, event = call(connection, "GET", "invocation/next")
        request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        os.environ["_X_AMZN_TRACE_ID"] = headers.get("Lambda-Runtime-Trace-Id", "")
        try:
            context = Context(headers)
            answer = json.dumps(handler(json.loads(event), context), ensure_ascii=False).encode()
        except Exception as error:
            report(connection, f"invocation/{request_id}/error", error)
            continue
        sys.stdout.flush()
        sys.stderr.flush()
        call(connection, "POST", f"invocation/{request_id}/response", answer)


if __name__ == "__main__":
    # The function's modules come first, and this directory is none of them.
    sys.path[0] = os.environ["LAMBDA_TASK_ROOT"]
    try:
        from awslambdaric import bootstrap
    except ImportError:
        main()
    else:
        bootstrap.run(os.environ["LAMBDA_TASK_ROOT"], os.environ["_HANDLER"], API)
