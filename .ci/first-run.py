"""The README's first command as a newcomer runs it: a clean clone, `cargo run`, a manager who
uploads a photo, a product page that shows the resized one. Needs nothing but Python's own library.

With a directory as its argument, what others have written (the crates of the lock file) is taken from there as far as it
is built: sources and commands are those of a clean clone all the same."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

from shop_browser import REPOSITORY, Browser, Form, check_resized, photo, picture


def upload(ready):
    browser = Browser(ready["shop"])
    manager = ready["manager"]
    browser.sign_in(manager["user"], manager["password"])
    path = "/manager/products/1"
    form = Form(browser.get(ready["shop"] + path), path)
    content = photo()
    started = time.monotonic()
    browser.post(ready["shop"] + path, form.fields, ("image", content))
    settle = urllib.request.Request(ready["aws"]["endpoint"] + "/_cloudless/settle", b"")
    urllib.request.urlopen(settle, timeout=60).read()
    took = time.monotonic() - started
    size = check_resized(picture(browser.get(ready["shop"] + "/products/1/any/image")))
    print(f"upload: {size}, {took:.2f} s from the form to the idle pipeline")


def main():
    with tempfile.TemporaryDirectory() as folder:
        clone = os.path.join(folder, "cloudless")
        subprocess.run(["git", "clone", "--quiet", REPOSITORY, clone], check=True)
        ready_file = os.path.join(folder, "ready.json")
        # The first command, with a file that says when it answers and ports that are surely free.
        command = ["cargo", "run", "--", "--ready-file", ready_file, "--port", "18000", "--aws-port", "14566"]
        environment = {name: value for name, value in os.environ.items() if name != "CARGO_TARGET_DIR"}
        if len(sys.argv) > 1:
            environment["CARGO_TARGET_DIR"] = os.path.abspath(sys.argv[1])
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
