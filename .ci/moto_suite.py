"""moto's own tests of a service, in its server mode, with a Cloudless in the place of moto's server."""

import os
import re
import subprocess
import sys
import tarfile
import tempfile

import moto

import suites


def tests(folder, service):
    """The tests of the installed moto: its source package has them, its wheel does not."""
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:",
         "--dest", folder, f"moto=={moto.__version__}"], check=True,
    )
    with tarfile.open(os.path.join(folder, f"moto-{moto.__version__}.tar.gz")) as archive:
        shared = r"__init__\.py|conftest\.py|markers\.py|test_\w+/(?:__init__|conftest)\.py|test_\w+/\w+_helpers\.py"
        wanted = re.compile(rf"[^/]+/tests/({shared}|test_{service}/.*)$")
        archive.extractall(folder, [one for one in archive if wanted.match(one.name)], filter="data")
    return os.path.join(folder, f"moto-{moto.__version__}")


def run(service, reasons, left_out, options="", by_chance=None, plugin="moto_plugin"):
    """Runs and judges them. `left_out`: files, and the services that Cloudless would need for them."""
    with tempfile.TemporaryDirectory() as folder:
        ignored = [f"--ignore=tests/test_{service}/{name}" for name in left_out]
        outcomes = suites.run(
            tests(folder, service), plugin, [*ignored, *sys.argv[1:], f"tests/test_{service}"],
            {"CLOUDLESS_OPTIONS": options},
        )
    for name, needed in left_out.items():
        print(f"  {name}: needs {needed}")
    suites.judge(f"moto {moto.__version__}'s tests of {service}", outcomes, reasons, by_chance)
