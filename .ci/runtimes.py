"""Runs small functions on AWS's own runtime clients and on ours, and compares all that they do.

AWS's are `awslambdaric` and both living versions of `aws-lambda-ric` (3 up to nodejs22.x, 4 from nodejs24.x
on), unchanged and with their native parts. Both sides speak to the same Runtime API, which is this file's.
Compared are the calls to it with their bodies, types and errors, what is logged in its order, and how the
process ends. Fails where something differs that is not in DIFFERENCES, and where something there does not.

Installs what it needs into a folder of its own: needs Python with venv, Node.js with npm and its headers, make
and a C++ compiler. `RUNTIMES_DIR` names a folder that is kept. Arguments: parts of the names of what to run.
"""

import base64
import concurrent.futures
import dataclasses
import difflib
import http.server
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import venv

sys.dont_write_bytecode = True
from runtimes_cases import NODE, PYTHON  # noqa: E402

REPOSITORY = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CLIENTS = os.path.join(REPOSITORY, "emulator", "src", "runtime", "clients")
# What the emulator writes for its functions.
CLIENT_FILES = [name for name in sorted(os.listdir(CLIENTS)) if not name.startswith("__")]
SECONDS_MAX = 60
# How often a run that differs beside others is compared again.
ALONE_MAX = 3

# By runtime and name of the function: where ours does otherwise, and why.
NODE_SHOWS_ITS_LINE = "Node.js shows the line of the client's own code that throws"
DIFFERENCES = {
    ("python3.13", "returns a lone surrogate"): "the process ends in a traceback through the client's own functions",
    ("python3.13", "is a coroutine"): "the warning names a line of the client's own code",
    ("python3.13", "is given a client context that is a list"): "it fails in the client's own code, of which frames remain",
    ("nodejs24.x", "throws an object without a prototype"): NODE_SHOWS_ITS_LINE,
    ("nodejs24.x", "is given a client context that is no JSON"): NODE_SHOWS_ITS_LINE,
    ("nodejs24.x", "has an empty name"): NODE_SHOWS_ITS_LINE,
}


# AWS's client, started by ours.
HANDS_OVER = "handed over"
# Those with which it is also seen that ours hands over to AWS's client where a function has it.
HANDED_OVER = ("returns an object", "raises", "returns a promise", "throws")


# What is installed


@dataclasses.dataclass
class Installed:
    """The interpreters, and how each side is started on them."""

    folder: str

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def command(self, side, runtime):
        if runtime.startswith("python"):
            python = self.path("python-ours" if side == "ours" else "python-aws", "bin", "python")
            return [python, "-m", "awslambdaric"] if side == "aws" else [python, self.path("clients", "bootstrap.py")]
        node = self.path("node_modules", f"node{major(runtime)}", "bin", "node")
        if side != "aws":
            return [node, self.path("clients", "index.mjs")]
        return [node, self.path("start-3.mjs") if major(runtime) < 24 else self.path("node_modules/ric4/index.mjs")]


def major(runtime):
    return int(re.search(r"\d+", runtime).group())


def run(command, **more):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **more)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}")
    return done.stdout


def install(folder):
    installed = Installed(folder)
    if os.path.exists(installed.path("complete")):
        return installed
    venv.create(installed.path("python-ours"))
    venv.create(installed.path("python-aws"), with_pip=True)
    # aws-lambda-ric compiles its native part with CMake.
    pip = [installed.path("python-aws", "bin", "pip"), "install", "--quiet", "--disable-pip-version-check"]
    run([*pip, "awslambdaric", "cmake<4"])
    path = installed.path("python-aws", "bin") + os.pathsep + os.environ["PATH"]
    run(["npm", "init", "--yes"], cwd=folder)
    # Both versions have the same native part, built once; Node's headers are those of this machine.
    headers = run(["node", "-p", "path.dirname(path.dirname(process.execPath))"]).strip()
    npm = ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error"]
    run([*npm, "node22@npm:node@22", "node24@npm:node@24"], cwd=folder)
    run([*npm, "--ignore-scripts", "ric3@npm:aws-lambda-ric@3"], cwd=folder)
    run([*npm, f"--nodedir={headers}", "ric4@npm:aws-lambda-ric@4"], cwd=folder, env=dict(os.environ, PATH=path))
    source, target = (installed.path("node_modules", name) for name in ("ric4/rapid-client.node", "ric3/dist"))
    run(["cp", source, target])
    same = ["cmp", installed.path("node_modules/ric3/src/rapid-client.cc"), installed.path("node_modules/ric4/src/native/rapid-client.cc")]
    run(same)
    with open(installed.path("start-3.mjs"), "w", encoding="utf-8") as file:
        file.write('import { run } from "./node_modules/ric3/dist/index.mjs";\n'
                   "await run(process.env.LAMBDA_TASK_ROOT, process.env._HANDLER);\n")
    open(installed.path("complete"), "w", encoding="utf-8").close()
    return installed


# The Runtime API


class Server(http.server.ThreadingHTTPServer):
    """Hands out the events of a case, keeps what is answered, and says when nothing more is to be expected."""

    daemon_threads = True

    def __init__(self, case):
        super().__init__(("127.0.0.1", 0), Requests)
        self.case = case
        self.calls = []
        self.handed_out = 0
        self.wants_more = threading.Event()


class Requests(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        number = self.server.handed_out
        if number == len(self.server.case.events):
            self.server.wants_more.set()
            time.sleep(SECONDS_MAX)
            return
        self.server.handed_out += 1
        body = json.dumps(self.server.case.events[number]).encode()
        self.send_response(200)
        headers = {
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "Lambda-Runtime-Aws-Request-Id": f"00000000-0000-4000-8000-{number + 1:012}",
            "Lambda-Runtime-Deadline-Ms": str(int(time.time() * 1000) + 60_000),
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-central-1:000000000000:function:f",
            "Lambda-Runtime-Trace-Id": f"Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e70{number};Sampled=0",
        }
        for name, value in {**headers, **self.server.case.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body, trailers = self.body()
        noted = ("Content-Type", "Lambda-Runtime-Function-Error-Type", "Lambda-Runtime-Function-Response-Mode")
        headers = {name: self.headers[name] for name in noted if self.headers[name]}
        self.server.calls.append((self.path, {**headers, **trailers}, body))
        answer = b'{"status":"OK"}\n'
        self.send_response(202)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def body(self):
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0))), {}
        body, trailers = b"", {}
        # A client whose process ends in the middle of its answer leaves no last chunk.
        while size := int(self.rfile.readline().split(b";")[0] or b"0", 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        while line := self.rfile.readline().strip().decode():
            name, _, value = line.partition(": ")
            trailers[name] = value
        return body, trailers


# One run


@dataclasses.dataclass
class Seen:
    """All that a client did with a function."""

    calls: list
    log: bytes
    end: str


def environment(installed, runtime, case, address, task):
    name, version = "f", "$LATEST"
    return {
        "PATH": os.environ["PATH"], "LANG": "en_US.UTF-8", "TZ": ":UTC", **case.environment,
        "_HANDLER": case.handler, "AWS_REGION": "eu-central-1", "AWS_EXECUTION_ENV": f"AWS_Lambda_{runtime}",
        "AWS_LAMBDA_FUNCTION_NAME": name, "AWS_LAMBDA_FUNCTION_VERSION": version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128", "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "2026/01/31/[$LATEST]0", "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_RUNTIME_API": address, "LAMBDA_TASK_ROOT": task, "LAMBDA_RUNTIME_DIR": installed.path("clients"),
    }


def write(folder, files):
    os.makedirs(folder, exist_ok=True)
    for name, text in files.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)


def perform(installed, side, runtime, case):
    with tempfile.TemporaryDirectory() as folder:
        folder = os.path.realpath(folder)
        task, host = os.path.join(folder, "task"), os.path.join(folder, "node_modules")
        write(task, case.files)
        write(host, case.sdk)
        if side == HANDS_OVER and runtime.startswith("nodejs"):
            os.makedirs(os.path.join(task, "node_modules"))
            os.symlink(installed.path("node_modules", "ric3" if major(runtime) < 24 else "ric4"),
                       os.path.join(task, "node_modules", "aws-lambda-ric"))
        server = Server(case)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            seen = live(installed, side, runtime, case, server, task)
        finally:
            server.shutdown()
            server.server_close()
    return masked(seen, side, installed, task)


def live(installed, side, runtime, case, server, task):
    reader, writer = os.pipe()
    variables = environment(installed, runtime, case, f"127.0.0.1:{server.server_port}", task)
    command = installed.command(side, runtime)
    if case.sdk:
        command.append(os.path.join(os.path.dirname(task), "node_modules"))
    if side != "ours":
        # Lambda's own log takes records in frames, beside what is printed; one pipe keeps their order.
        variables["_LAMBDA_TELEMETRY_LOG_FD"] = str(writer)
        # The managed runtime's, as far as a function brings it.
        variables.setdefault("NODE_PATH", task)
        if side == "aws" and runtime.startswith("python"):
            command = [*command, case.handler]
    with open(os.devnull, "rb") as nothing:
        process = subprocess.Popen(command, cwd=task, env=variables, stdin=nothing, stdout=writer, stderr=writer,
                                   pass_fds=[writer], start_new_session=True)
    os.close(writer)
    output = bytearray()
    ended = threading.Event()

    def read():
        while piece := os.read(reader, 65536):
            output.extend(piece)
        os.close(reader)
        ended.set()

    threading.Thread(target=read, daemon=True).start()
    deadline = time.monotonic() + SECONDS_MAX
    end = "took too long"
    while time.monotonic() < deadline:
        if case.killed_after and case.killed_after.encode() in output:
            end = "killed"
            break
        if server.wants_more.is_set():
            end = "asks for the next event"
            break
        if ended.wait(0.01):
            end = f"exit status {process.wait()}"
            break
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
    ended.wait(SECONDS_MAX)
    return Seen(list(server.calls), bytes(output), end)


# What is no difference

FRAME = re.compile(rb"\xa5\x5a\x00.(.{4}).{8}", re.DOTALL)


def unframed(output):
    """What Lambda's log makes of the frames: each is an event of its own. Ours have signs in the place of line feeds."""
    told, at = b"", 0
    while found := FRAME.search(output, at):
        end = found.end() + int.from_bytes(found.group(1), "big")
        message = output[found.end():end]
        told += output[at:found.start()] + message + (b"" if message.endswith(b"\n") else b"\n")
        at = end
    return (told + output[at:]).replace(b"\x1e", b"\n").replace(b"\x1f", b"")


def masked(seen, side, installed, task):
    """Without times; with AWS's paths; of the client's own frames only that they are there.

    Ours writes AWS's paths into what it answers by itself, and the emulator into what is logged.
    """
    replaced = [(task, "/var/task"), (installed.path("clients"), "/var/runtime")]
    if side != "ours":
        replaced += [(installed.path(*parts), "/var/runtime") for parts in (
            ("node_modules", "ric3", "dist"), ("node_modules", "ric4"), ("python-aws", "lib", python_folder(), "site-packages", "awslambdaric"))]
        replaced += [(installed.path("start-3.mjs"), "/var/runtime/start.mjs"), (installed.path("python-aws"), "/python")]

    def text(told, is_logged=False):
        told = told.decode("utf-8", "backslashreplace")
        if side != "ours" or is_logged:
            for place, name in replaced:
                told = told.replace(place, name)
        told = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z", "TIME", told)
        # Of JavaScript's frames, from the first of the client on: they are called by it.
        told = re.sub(r' {4}at [^"\n]*/var/runtime/[^"\n]*((","|\n) {4}at [^"\n]*)*', "    at (the client)", told)
        told = re.sub(r'(File \\?"/var/runtime/\w+\.py\\?", line )\d+', r"\1N", told)
        return told

    calls = []
    for path, headers, body in seen.calls:
        trailer = headers.get("Lambda-Runtime-Function-Error-Body")
        if trailer:
            headers = {**headers, "Lambda-Runtime-Function-Error-Body": text(base64.b64decode(trailer))}
        told = text(body)
        calls.append(f"POST {path} {json.dumps(headers)}\n{told if len(told) < 5000 else f'{len(told)} characters {hash(told)}'}")
    return Seen(calls, text(unframed(seen.log), is_logged=True), seen.end)


def python_folder():
    return f"python{sys.version_info.major}.{sys.version_info.minor}"


def lines(seen):
    return [*"\n".join(seen.calls).split("\n"), *f"log: {seen.log}".split("\n"), seen.end]


def compare(installed, runtime, case):
    ours = perform(installed, "ours", runtime, case)
    if case.sdk:
        told = [call.partition("\n")[2] for call in ours.calls]
        return None if told == [case.answer] else "\n".join(lines(ours))
    aws = perform(installed, "aws", runtime, case)
    if aws == ours and case.name in HANDED_OVER:
        ours = perform(installed, HANDS_OVER, runtime, case)
    if aws == ours:
        return None
    return "\n".join(difflib.unified_diff(lines(aws), lines(ours), "AWS's", "ours", lineterm="", n=1))


def cases():
    for runtimes, table in ((("python3.13",), PYTHON), (("nodejs22.x", "nodejs24.x"), NODE)):
        for case in table:
            for runtime in case.runtimes or runtimes:
                yield runtime, case


def compare_alone(installed, runtime, case, difference):
    """Compares once more what differed while others ran, with nothing else to do. How much of its last answer
    still leaves a process that ends is up to the machine, with AWS's client as with ours; a true difference
    is one every time."""
    for _ in range(ALONE_MAX):
        if not compare(installed, runtime, case):
            print(f"  {runtime}, a function that {case.name}: differed beside others, and not alone")
            return None
    return difference


def main(folder):
    installed = install(folder)
    os.makedirs(installed.path("clients"), exist_ok=True)
    for name in CLIENT_FILES:
        run(["cp", os.path.join(CLIENTS, name), installed.path("clients")])
    wanted = [(runtime, case) for runtime, case in cases()
              if all(part in f"{runtime} {case.name}" for part in sys.argv[1:])]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = list(pool.map(lambda one: compare(installed, *one), wanted))
    faults = 0
    for (runtime, case), difference in zip(wanted, found):
        reason = DIFFERENCES.get((runtime, case.name))
        if difference and not reason:
            difference = compare_alone(installed, runtime, case, difference)
        if difference and reason:
            print(f"  {runtime}, a function that {case.name}: {reason}")
        elif difference or reason:
            faults += 1
            print(f"{runtime}, a function that {case.name}: {difference or f'no difference, though listed: {reason}'}")
    if faults or not wanted:
        sys.exit(f"runtimes: {faults} of {len(wanted)} runs differ without a reason, or are listed and do not")
    print(f"runtimes: {len(wanted)} runs of functions end as on AWS's clients, but for what is listed")


if __name__ == "__main__":
    if "RUNTIMES_DIR" in os.environ:
        main(os.environ["RUNTIMES_DIR"])
    else:
        with tempfile.TemporaryDirectory() as made:
            main(os.path.realpath(made))
