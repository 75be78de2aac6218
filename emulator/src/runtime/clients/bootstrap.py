"""Runs a Python function over the Lambda Runtime API, as AWS's own client (`awslambdaric`) does.

That client is used where it can be imported, from the function's zip or from the host. Otherwise this
file answers, logs and fails in the same words; `.ci/runtimes.py` holds the two side by side. Where a
function's code and this file lie on the host is nobody's business: what is answered says /var/task and
/var/runtime, and the emulator's log does.

Arguments: the folder of site-packages from which the AWS SDK is imported where the interpreter has none.
"""

import decimal
import importlib
import importlib.machinery
import importlib.util
import json
import logging
import math
import os
import re
import secrets
import socket
import sys
import time
import traceback
import types

TASK_ROOT = os.environ["LAMBDA_TASK_ROOT"]
RUNTIME_DIR = os.environ["LAMBDA_RUNTIME_DIR"]
RUNTIME_API = "/2018-06-01/runtime/"
ERROR_TYPE = "Lambda-Runtime-Function-Error-Type"

# What Lambda's Python runtimes have beside the standard library.
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html#python-sdk-included
SDK_MODULES = {"boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3"}

# From this version on Lambda answers with the characters themselves.
# https://aws.amazon.com/blogs/compute/python-3-12-runtime-now-available-in-aws-lambda/
PLAIN_UNICODE_SINCE = (3, 12)

UNHANDLED_WARNING = (
    "LAMBDA_WARNING: Unhandled exception. The most likely cause is an issue in the function code. "
    "However, in rare cases, a Lambda runtime update can cause unexpected function behavior. For "
    "functions using managed runtimes, runtime updates can be triggered by a function change, or can "
    "be applied automatically. To determine if the runtime has been updated, check the runtime version "
    "in the INIT_START log entry. If this error correlates with a change in the runtime version, you may "
    "be able to mitigate this error by temporarily rolling back to the previous runtime version. For more "
    "information, see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-update.html\r"
)

request_id = None


class Fault(Exception):
    """What the runtime itself has to say against a function."""

    def __init__(self, error_type, message, trace=None):
        super().__init__(message)
        self.error_type, self.message, self.trace = error_type, message, trace


# Paths

PLACES = sorted(
    {
        (path, name)
        for given, name in ((TASK_ROOT, "/var/task"), (RUNTIME_DIR, "/var/runtime"))
        for path in (given, os.path.realpath(given))
    },
    key=lambda place: -len(place[0]),
)


def as_on_aws(text):
    """The text with the places of code where they are on AWS."""
    for path, name in PLACES:
        if path in text:
            text = text.replace(path, name)
    return text


class Output:
    """A standard stream: nothing that was written waits, so an exit or a time-out loses no line."""

    def __init__(self, stream):
        self.stream = stream

    def __getattr__(self, name):
        return getattr(self.stream, name)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def write(self, text):
        written = self.stream.write(text)
        self.stream.flush()
        return written

    def writelines(self, lines):
        for line in lines:
            self.write(line)


# Answers


def runtime_version():
    """Of the runtime that the function asks for: (3, 12)."""
    named = re.fullmatch(r"AWS_Lambda_python(\d+)\.(\d+)", os.environ.get("AWS_EXECUTION_ENV", ""))
    return tuple(map(int, named.groups())) if named else sys.version_info[:2]


class Json:
    """JSON as Lambda's Python runtimes write it: a `Decimal` is a number with all its digits, a named
    tuple an object, bytes are text in UTF-8."""

    def __init__(self):
        self.ensure_ascii = runtime_version() < PLAIN_UNICODE_SINCE
        # Encloses the digits of a Decimal until the text is made: no function can know it.
        self.mark = secrets.token_hex(16)
        self.marked = re.compile(f'"{self.mark}([^"]*)"')

    def encode(self, value):
        plain = self.plain(value, set())
        return self.marked.sub(r"\1", json.dumps(plain, ensure_ascii=self.ensure_ascii))

    def plain(self, value, within):
        """The same of what `json` knows."""
        kind = type(value)
        if kind in (str, int, float, bool, type(None)):
            return value
        if isinstance(value, bytes):
            return value.decode()
        if isinstance(value, decimal.Decimal):
            return math.nan if value.is_nan() else self.mark + str(value)
        as_dict = getattr(value, "_asdict", None)
        if isinstance(value, tuple) and callable(as_dict):
            value = as_dict()
        if isinstance(value, dict):
            return self.inside(value, within, lambda: {
                self.key(key): self.plain(item, within) for key, item in value.items()
            })
        if isinstance(value, (list, tuple)):
            return self.inside(value, within, lambda: [self.plain(item, within) for item in value])
        return value

    @staticmethod
    def key(key):
        if isinstance(key, bytes):
            return key.decode()
        if not isinstance(key, (str, int, float, type(None))):
            raise TypeError(f"keys must be str, int, float, bool or None, not {type(key).__name__}")
        return key

    @staticmethod
    def inside(value, within, walk):
        if id(value) in within:
            raise ValueError("Circular reference detected")
        within.add(id(value))
        try:
            return walk()
        finally:
            within.discard(id(value))


def marshal(encoder, answer):
    """The body of an answer and its type."""
    if isinstance(answer, bytes):
        return answer, "application/unknown"
    try:
        return encoder.encode(answer), "application/json"
    except Exception as error:
        raise Fault("Runtime.MarshalError", f"Unable to marshal response: {error}") from error


def unmarshal(event, content_type):
    if content_type != "application/json":
        return event
    try:
        return json.loads(event)
    except Exception as error:
        raise Fault("Runtime.UnmarshalError", f"Unable to unmarshal input: {error}") from error


# The context object


class CognitoIdentity:
    __slots__ = ["cognito_identity_id", "cognito_identity_pool_id"]


class Client:
    __slots__ = ["installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name"]


class ClientContext:
    __slots__ = ["custom", "env", "client"]


def told_by_its_fields(self):
    fields = ",".join(f"{name}={getattr(self, name)}" for name in self.__slots__)
    return f"{type(self).__name__}([{fields}])"


for described in (CognitoIdentity, Client, ClientContext):
    described.__repr__ = told_by_its_fields


def filled(kind, fields):
    """An object of `kind`; nothing where there is nothing to fill it with."""
    if fields is None:
        return None
    made = kind()
    for name in kind.__slots__:
        setattr(made, name, fields.get(name))
    return made


class LambdaContext:
    """What a handler is told beside its event.
    https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
    """

    def __init__(self, headers):
        environment = os.environ.get
        self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self.log_group_name = environment("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = environment("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = environment("AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = environment("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.function_version = environment("AWS_LAMBDA_FUNCTION_VERSION")
        self.invoked_function_arn = headers["Lambda-Runtime-Invoked-Function-Arn"]
        self.tenant_id = headers.get("Lambda-Runtime-Aws-Tenant-Id")
        client_context = parsed(headers, "Lambda-Runtime-Client-Context", "Client Context")
        self._w3c = w3c_fields(client_context)
        self.client_context = filled(ClientContext, client_context)
        if self.client_context is not None:
            self.client_context.client = filled(Client, self.client_context.client)
        identity = parsed(headers, "Lambda-Runtime-Cognito-Identity", "Cognito Identity") or {}
        self.identity = filled(CognitoIdentity, {
            "cognito_identity_id": identity.get("cognitoIdentityId"),
            "cognito_identity_pool_id": identity.get("cognitoIdentityPoolId"),
        })
        self._epoch_deadline_time_in_ms = int(headers["Lambda-Runtime-Deadline-Ms"])

    def get_remaining_time_in_millis(self):
        return max(0, self._epoch_deadline_time_in_ms - int(time.time() * 1000))

    def w3c(self):
        return dict(self._w3c)

    def log(self, message):
        write_event(str(message))

    def __repr__(self):
        names = (
            "aws_request_id", "log_group_name", "log_stream_name", "function_name", "memory_limit_in_mb",
            "function_version", "invoked_function_arn", "client_context", "identity", "tenant_id",
        )
        return f"LambdaContext([{','.join(f'{name}={getattr(self, name)}' for name in names)}])"


def parsed(headers, name, spoken):
    """The JSON of a header; nothing where there is none."""
    text = headers.get(name)
    if not text:
        return None
    try:
        return json.loads(text)
    except Exception as error:
        message = f"Unable to parse {spoken} JSON: {error}"
        raise Fault("Runtime.LambdaContextUnmarshalError", message) from error


def w3c_fields(client_context):
    """Takes the trace out of a client context."""
    fields = client_context.pop("w3c", None) if isinstance(client_context, dict) else None
    if not isinstance(fields, dict):
        return {}
    names = ("traceparent", "tracestate", "baggage")
    return {name: fields[name] for name in names if isinstance(fields.get(name), str)}


# The log


def write_event(text):
    """Each call makes an event of the log. The emulator reads its line feeds by signs: U+001E for one within, U+001F
    where there is none at the end (`runtime/log/events.rs`)."""
    ends = text.endswith("\n")
    inside = text[:-1] if ends else text
    sys.stdout.write(inside.replace("\n", "\x1e") + ("\n" if ends else "\x1f\n"))


def logs_json():
    return os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"


class Handler(logging.Handler):
    """What the root logger writes to."""

    def emit(self, record):
        write_event(self.format(record))

    def filter(self, record):
        record.aws_request_id = request_id or ""
        return super().filter(record)


class JsonFormatter(logging.Formatter):
    """https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html#python-logging-advanced"""

    STANDARD = set(vars(logging.makeLogRecord({}))) - {"taskName"} | {"aws_request_id"}
    encoder = json.JSONEncoder(ensure_ascii=False, default=str)

    def format(self, record):
        record.levelno = min(50, max(0, record.levelno)) // 10 * 10
        record.levelname = logging.getLevelName(record.levelno)
        kind, error, frames = record.exc_info or (None, None, None)
        as_it_is = isinstance(record.msg, dict) and not record.args
        line = {
            "timestamp": self.formatTime(record, "%Y-%m-%dT%H:%M:%SZ"),
            "level": record.levelname,
            "message": record.msg if as_it_is else record.getMessage(),
            "logger": record.name,
            "stackTrace": traceback.format_tb(frames) if kind else None,
            "errorType": kind.__name__ if kind else None,
            "errorMessage": str(error) if kind else None,
            "requestId": record.aws_request_id,
            "location": f"{record.pathname}:{record.funcName}:{record.lineno}" if kind else None,
        }
        for name, value in vars(record).items():
            if name not in self.STANDARD:
                line.setdefault(name, value)
        return self.encoder.encode({name: value for name, value in line.items() if value is not None}) + "\n"


def set_up_logging():
    logging.Formatter.converter = time.gmtime
    handler = Handler()
    handler.setFormatter(
        JsonFormatter() if logs_json() else logging.Formatter(
            "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n",
            "%Y-%m-%dT%H:%M:%S",
        )
    )
    root = logging.getLogger()
    level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
    level = "DEBUG" if level == "TRACE" else level
    if isinstance(logging.getLevelName(level), int):
        root.setLevel(level)
    root.addHandler(handler)


def log_error(encoder, result):
    """An error as one event of the log. Its indentation is of no-break spaces, as Lambda's is."""
    if logs_json():
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        line = encoder.encode({"timestamp": now, "level": "ERROR", **result})
    else:
        told = " ".join(["[ERROR]", result["errorType"]]) if result["errorType"] else "[ERROR]"
        if result["errorMessage"]:
            told += f"{':' if result['errorType'] else ''} {result['errorMessage']}"
        lines = [told, "Traceback (most recent call last):"]
        for element in result["stackTrace"]:
            for text in element.splitlines() or [""]:
                bare = text.lstrip(" ")
                lines.append("\u00a0" * (len(text) - len(bare)) + bare)
        line = "\n".join(lines)
    write_event(line)


# Errors


def described(message, error_type, trace, invocation=None):
    return {
        "errorMessage": as_on_aws(message),
        "errorType": error_type,
        "requestId": invocation or "",
        "stackTrace": [as_on_aws(element) for element in trace or []],
    }


def described_exception(error, invocation=None):
    frames = traceback.extract_tb(error.__traceback__)
    told = [frame for frame in frames]
    # The frames of the client, which are the first, are left out where others follow.
    first = next((at for at, frame in enumerate(told) if "/bootstrap.py" not in frame.filename), 0)
    entries = [(frame.filename, frame.lineno, frame.name, frame.line) for frame in told[first:]]
    return described(str(error), type(error).__name__, traceback.format_list(entries), invocation)


# The Runtime API


class Headers(dict):
    """Of an answer, by names in any case."""

    def __getitem__(self, name):
        return super().__getitem__(name.lower())

    def get(self, name, default=None):
        return super().get(name.lower(), default)


class RuntimeApi:
    """A connection that is kept. Python's own client takes longer over a head than most handlers over their event,
    and sends head and body apart."""

    def __init__(self):
        self.address = os.environ["AWS_LAMBDA_RUNTIME_API"]
        self.socket = None

    def connect(self):
        host, port = self.address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.answers = self.socket.makefile("rb")

    def call(self, method, path, body=b"", headers=()):
        if self.socket is None:
            self.connect()
        head = [f"{method} {RUNTIME_API}{path} HTTP/1.1", f"Host: {self.address}", f"Content-Length: {len(body)}"]
        head.extend(f"{name}: {value}" for name, value in headers)
        self.socket.sendall("\r\n".join([*head, "", ""]).encode("latin-1") + body)
        status, headers = self.head()
        body = self.answers.read(int(headers.get("Content-Length", 0)))
        if headers.get("Connection") == "close":
            self.socket.close()
            self.socket = None
        if status not in (200, 202) and not path.endswith("/response"):
            raise RuntimeError(f"{method} {path}: {status} {body!r}")
        return headers, body

    def head(self):
        line = self.answers.readline()
        if not line:
            raise ConnectionError("the Runtime API closed the connection")
        headers = Headers()
        while True:
            field = self.answers.readline().decode("latin-1").rstrip("\r\n")
            if not field:
                return int(line.split(b" ", 2)[1]), headers
            name, _, value = field.partition(":")
            headers[name.lower()] = value.strip()


def handle_event_request(api, request_handler, encoder, headers, event):
    path = f"invocation/{request_id}/"
    try:
        lambda_context = LambdaContext(headers)
        event = unmarshal(event, headers.get("Content-Type"))
        response = request_handler(event, lambda_context)
        body, content_type = marshal(encoder, response)
    except Fault as fault:
        result = described(fault.message, fault.error_type, fault.trace, request_id)
    except Exception as error:
        result = described_exception(error, request_id)
    else:
        body = body if isinstance(body, bytes) else body.encode()
        api.call("POST", path + "response", body, [("Content-Type", content_type)])
        return
    log_error(encoder, result)
    api.call("POST", path + "error", encoder.encode(result).encode(), [("Content-Type", "application/json")])


def get_handler(name):
    """The function that `_HANDLER` names."""
    try:
        module_name, function_name = name.rsplit(".", 1)
    except ValueError as error:
        raise Fault("Runtime.MalformedHandlerName", f"Bad handler '{name}': {error}") from error
    if module_name.split(".")[0] in sys.builtin_module_names:
        message = f"Cannot use built-in module {module_name} as a handler module"
        raise Fault("Runtime.BuiltInModuleConflict", message)
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        message = f"Unable to import module '{module_name}': {error}"
        raise Fault("Runtime.ImportModuleError", message) from error
    except SyntaxError as error:
        trace = [f'  File "{error.filename}" Line {error.lineno}\n    {error.text}']
        message = f"Syntax error in module '{module_name}': {error}"
        raise Fault("Runtime.UserCodeSyntaxError", message, trace) from error
    try:
        return getattr(module, function_name)
    except AttributeError as error:
        message = f"Handler '{function_name}' missing on module '{module_name}'"
        raise Fault("Runtime.HandlerNotFound", message) from error


def run():
    global request_id
    set_up_logging()
    encoder = Json()
    api = RuntimeApi()
    try:
        request_handler = get_handler(os.environ["_HANDLER"])
    except Fault as fault:
        result = described(fault.message, fault.error_type, fault.trace)
    except Exception as error:
        result = described_exception(error)
    else:
        while True:
            headers, event = api.call("GET", "invocation/next")
            request_id = headers["Lambda-Runtime-Aws-Request-Id"]
            trace = headers.get("Lambda-Runtime-Trace-Id")
            os.environ.pop("_X_AMZN_TRACE_ID", None)
            if trace is not None:
                os.environ["_X_AMZN_TRACE_ID"] = trace
            handle_event_request(api, request_handler, encoder, headers, event)
    logging.warning(UNHANDLED_WARNING)
    log_error(encoder, result)
    body = encoder.encode(result).encode()
    api.call("POST", "init/error", body, [(ERROR_TYPE, result["errorType"])])
    sys.exit(1)


# What a function finds


class SdkFinder:
    """Finds the AWS SDK, and nothing else, in the site-packages of another interpreter of this host."""

    def __init__(self, site_packages):
        self.site_packages = [site_packages]

    def find_spec(self, name, path=None, target=None):
        if path is not None or name not in SDK_MODULES:
            return None
        return importlib.machinery.PathFinder.find_spec(name, self.site_packages, target)


def official():
    """AWS's own client, where it can be imported with the native part that it needs."""
    names = ("awslambdaric", "runtime_client")
    if not all(importlib.util.find_spec(name) for name in names):
        return None
    try:
        importlib.import_module("runtime_client")
        return importlib.import_module("awslambdaric.__main__")
    except ImportError:
        # It was made for another interpreter or machine.
        return None


def offer_context_class():
    """`from awslambdaric.lambda_context import LambdaContext` works in every function on AWS."""
    package, module = types.ModuleType("awslambdaric"), types.ModuleType("awslambdaric.lambda_context")
    package.__path__, package.lambda_context = [], module
    for kind in (LambdaContext, ClientContext, Client, CognitoIdentity):
        kind.__module__ = module.__name__
        setattr(module, kind.__name__, kind)
    sys.modules.update({package.__name__: package, module.__name__: module})


def main():
    # The function's modules come first, and this directory is none of them.
    sys.path[0] = TASK_ROOT
    if len(sys.argv) > 1:
        sys.meta_path.append(SdkFinder(sys.argv.pop()))
    sys.stdout, sys.stderr = Output(sys.stdout), Output(sys.stderr)
    client = official()
    if client is not None:
        client.main([sys.argv[0], os.environ["_HANDLER"]])
    else:
        offer_context_class()
        run()


if __name__ == "__main__":
    main()
