"""The README's first command as a newcomer runs it: a clean clone, `cargo run`, a manager who
uploads a photo, a product page that shows the resized one. Needs nothing but Python's own library."""

import http.cookiejar
import json
import os
import re
import signal
import struct
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
import uuid

REPOSITORY = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Browser:
    """Keeps cookies, says where its forms come from, and reads their tokens."""

    def __init__(self, base):
        self.base = base
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(jar)

    def get(self, url):
        with self.opener.open(url, timeout=30) as answer:
            return answer.read().decode()

    def post(self, url, fields, file=None):
        boundary = uuid.uuid4().hex
        body = b""
        for name, value in fields.items():
            body += f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        if file:
            name, content = file
            body += (
                f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="photo.jpg"\r\n'
                "Content-Type: image/jpeg\r\n\r\n"
            ).encode()
            body += content + b"\r\n"
        body += f"--{boundary}--\r\n".encode()
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}", "Origin": self.base}
        if not file:
            body = urllib.parse.urlencode(fields).encode()
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        request = urllib.request.Request(url, body, headers)
        with self.opener.open(request, timeout=60) as answer:
            return answer.read().decode()


def token(page):
    return re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)


def jpeg_size(data):
    """Width and height from the frame header."""
    assert data[:2] == b"\xff\xd8", "not a JPEG"
    at = 2
    while True:
        marker, length = struct.unpack(">HH", data[at : at + 4])
        if marker in (0xFFC0, 0xFFC1, 0xFFC2):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + length


def upload(ready):
    browser = Browser(ready["shop"])
    manager = ready["manager"]
    page = browser.get(manager["url"])
    fields = {"csrf_token": token(page), "username": manager["user"], "password": manager["password"]}
    browser.post(manager["url"], fields)
    page = browser.get(ready["shop"] + "/manager/products/1")
    with open(os.path.join(REPOSITORY, "fixtures/images/photo-12mp.jpg"), "rb") as photo:
        content = photo.read()
    started = time.monotonic()
    url = ready["shop"] + "/manager/products/1/image"
    browser.post(url, {"csrf_token": token(page)}, ("image", content))
    settle = urllib.request.Request(ready["aws"]["endpoint"] + "/_cloudless/settle", b"")
    urllib.request.urlopen(settle, timeout=60).read()
    took = time.monotonic() - started
    figure = browser.get(ready["shop"] + "/products/1/any/image")
    image = re.search(r'<img src="([^"]+)"', figure).group(1)
    assert "/resized/" in image, figure
    with urllib.request.urlopen(image, timeout=30) as answer:
        assert answer.headers["Content-Type"] == "image/jpeg", answer.headers
        width, height = jpeg_size(answer.read())
    assert width <= 268 and height <= 200 and abs(width * 3 - height * 4) <= 4, (width, height)
    print(f"upload: {width}x{height}, {took:.2f} s from the form to the idle pipeline")


def main():
    with tempfile.TemporaryDirectory() as folder:
        clone = os.path.join(folder, "cloudless")
        subprocess.run(["git", "clone", "--quiet", REPOSITORY, clone], check=True)
        ready_file = os.path.join(folder, "ready.json")
        # The first command, with a file that says when it answers and ports that are surely free.
        command = ["cargo", "run", "--", "--ready-file", ready_file, "--port", "18000", "--aws-port", "14566"]
        environment = {name: value for name, value in os.environ.items() if name != "CARGO_TARGET_DIR"}
        started = time.monotonic()
        with subprocess.Popen(
            command, cwd=clone, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True
        ) as run:
            try:
                for line in run.stdout:
                    sys.stdout.write(line)
                    if "Ctrl-C stops" in line:
                        break
                print(f"cold cargo run: {time.monotonic() - started:.0f} s from the clone to the shop")
                while not os.path.exists(ready_file) and run.poll() is None:
                    time.sleep(0.05)
                with open(ready_file, encoding="utf-8") as file:
                    upload(json.load(file))
            finally:
                os.killpg(run.pid, signal.SIGINT)
            assert run.wait(timeout=60) == 0, "Ctrl-C did not stop it cleanly"


main()
