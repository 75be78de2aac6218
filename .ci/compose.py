"""docker-compose.yml as its users meet it: up, an upload, a killed shop, a database and a cloud that
go away and come back, down. For each compose command and each profile:

    python3 .ci/compose.py 'docker-compose' 'docker compose'

Needs Docker, and nothing but Python's own library."""

import argparse
import os
import shlex
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.parse

from shop_browser import REPOSITORY, Browser, Form, check_resized, photo, picture

PROJECT = "cloudless-ci"
LIMIT_S = 120
# Names of a profile's services.
PROFILES = {
    "cloudless": {"shop": "shop", "cloud": "cloudless"},
    "localstack": {"shop": "shop-localstack", "cloud": "localstack"},
}


class Stack:
    """One profile, driven by one compose command."""

    def __init__(self, command, profile, shop_port, aws_port):
        self.command = [*shlex.split(command), "--project-name", PROJECT, "--profile", profile]
        self.shop = PROFILES[profile]["shop"]
        self.cloud = PROFILES[profile]["cloud"]
        # The builder that every engine has; both compose commands then share its layers.
        self.environment = {
            **os.environ, "DOCKER_BUILDKIT": "0", "COMPOSE_DOCKER_CLI_BUILD": "0",
            "SHOP_PORT": str(shop_port), "AWS_PORT": str(aws_port),
        }
        self.address = ("127.0.0.1", shop_port)
        self.base = f"http://127.0.0.1:{shop_port}"
        self.browser = Browser(self.base)

    def compose(self, *arguments):
        run(self.command + list(arguments), cwd=REPOSITORY, env=self.environment)

    def container(self, service):
        label = f"label=com.docker.compose.service={service}"
        return run(["docker", "ps", "--all", "--quiet", "--filter", project(), "--filter", label]).strip()

    def healthy(self, service):
        inspect = ["docker", "inspect", "--format", "{{.State.Health.Status}}", self.container(service)]
        until(f"{service} is healthy", lambda: run(inspect).strip() == "healthy")

    def figure(self):
        return picture(self.browser.get(self.base + "/products/1/any/image"))

    def upload_form(self):
        path = "/manager/products/1"
        fields = Form(self.browser.get(self.base + path), path).fields
        return self.browser.form(self.base + path, fields, ("image", photo()))

    def upload(self):
        """Through the form, until the page shows the resized picture."""
        before = self.figure()
        with self.browser.opener.open(self.upload_form(), timeout=60) as answer:
            answer.read()
        until("the page shows the new picture", lambda: self.shows_new(before))
        return check_resized(self.figure())

    def shows_new(self, before):
        now = self.figure()
        return now != before and "/resized/" in now

    def refused(self, request):
        """What the shop says where it cannot do what it is asked."""
        try:
            with self.browser.opener.open(request, timeout=60) as answer:
                answer.read()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.headers, refused.read().decode()
        except OSError:
            pass  # cut off; asked again
        return None, {}, ""

    def kill_in_the_middle_of_an_upload(self):
        before = self.figure()
        request = self.upload_form()
        head = f"POST {urllib.parse.urlparse(request.full_url).path} HTTP/1.1\r\nHost: {self.address[0]}:{self.address[1]}\r\n"
        cookies = "; ".join(f"{it.name}={it.value}" for it in self.browser.jar)
        headers = {**dict(request.header_items()), "Cookie": cookies, "Content-Length": len(request.data)}
        head += "".join(f"{name}: {value}\r\n" for name, value in headers.items()) + "\r\n"
        with socket.create_connection(self.address, timeout=60) as connection:
            connection.sendall(head.encode() + request.data[: len(request.data) // 2])
            pid = int(run(["docker", "inspect", "--format", "{{.State.Pid}}", self.container(self.shop)]))
            try:
                os.kill(pid, signal.SIGKILL)
            except PermissionError:
                run(["docker", "kill", self.container(self.shop)])
                self.compose("up", "--detach", "--no-build")
            try:
                answer = connection.recv(1)
            except ConnectionError:
                answer = b""
            assert answer == b"", answer
        self.healthy(self.shop)
        until("the shop answers again", self.figure)
        assert self.figure() == before, "the product lost its picture"

    def database_goes_and_comes(self):
        self.compose("stop", "postgres")
        said = {}

        def page_says_so():
            code, headers, page = self.refused(self.base + "/")
            said.update(page=page, retry=headers.get("Retry-After"))
            return code == 503

        until("the shop says that its database is away", page_says_so)
        assert said["retry"] and "<h1>" in said["page"], said
        self.compose("start", "postgres")
        until("the shop answers again", lambda: "<h1" in self.browser.get(self.base + "/"))
        return title(said["page"])

    def cloud_goes_and_comes(self):
        before = self.figure()
        self.compose("stop", self.cloud)
        code, _, page = self.refused(self.upload_form())
        assert code == 503 and 'role="alert"' in page, (code, page)
        assert self.figure() == before, "the product lost its picture"
        self.compose("start", self.cloud)
        self.healthy(self.cloud)


def project():
    return f"label=com.docker.compose.project={PROJECT}"


def run(command, **more):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **more)
    assert done.returncode == 0, f"{shlex.join(command)}: {done.returncode}\n{done.stdout}"
    return done.stdout


def title(page):
    return page.split("<h1>")[1].split("</h1>")[0]


def until(what, holds):
    """Asks ten times a second. What refuses or cuts off the connection is not up yet."""
    end = time.monotonic() + LIMIT_S
    problem = None
    while time.monotonic() < end:
        try:
            if holds():
                return
        except OSError as error:
            problem = error
        time.sleep(0.1)
    raise AssertionError(f"not within {LIMIT_S} s: {what} ({problem})")


def left_over():
    kinds = {
        "containers": ["docker", "ps", "--all"],
        "networks": ["docker", "network", "ls"],
        "volumes": ["docker", "volume", "ls"],
    }
    left = {kind: run([*command, "--quiet", "--filter", project()]).split() for kind, command in kinds.items()}
    return {kind: names for kind, names in left.items() if names}


def story(stack, build):
    def step(what, does, *arguments):
        started = time.monotonic()
        told = does(*arguments)
        print(f"{time.monotonic() - started:7.1f} s  {what}{f': {told}' if isinstance(told, str) else ''}", flush=True)

    assert not left_over(), f"left by an earlier run: {left_over()}"
    try:
        if build:
            step("built", stack.compose, "build")
        step("up", stack.compose, "up", "--detach", "--build" if build else "--no-build")
        step("the shop is healthy", stack.healthy, stack.shop)
        step("signed in", lambda: stack.browser.sign_in("manager", "cloudless-manager") and None)
        step("the sample's picture", until, "it is resized", lambda: "/resized/" in stack.figure())
        step("uploaded, resized", stack.upload)
        step("the shop was killed in the middle of an upload, and is back", stack.kill_in_the_middle_of_an_upload)
        step("uploaded, resized", stack.upload)
        step("the database went, the page said so, and it is back", stack.database_goes_and_comes)
        step("uploaded, resized", stack.upload)
        step("the cloud went, the form said so, and it is back", stack.cloud_goes_and_comes)
        step("uploaded, resized", stack.upload)
    except BaseException:
        subprocess.run([*stack.command, "logs", "--tail=50"], cwd=REPOSITORY, env=stack.environment, check=False)
        raise
    finally:
        step("down", stack.compose, "down", "--volumes")
    assert not left_over(), left_over()
    print("           nothing is left of it", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("commands", nargs="*", metavar="COMMAND", default=["docker compose"])
    parser.add_argument("--profile", action="append", choices=list(PROFILES))
    parser.add_argument("--no-build", action="store_true", help="with the images that are there")
    parser.add_argument("--shop-port", type=int, default=18000)
    parser.add_argument("--aws-port", type=int, default=14566)
    arguments = parser.parse_args()
    for command in arguments.commands:
        for profile in arguments.profile or PROFILES:
            version = run([*shlex.split(command), "version", "--short"]).strip()
            print(f"\n{command} {version}, profile {profile}", flush=True)
            story(Stack(command, profile, arguments.shop_port, arguments.aws_port), not arguments.no_build)


main()
