"""What an instance runs where .ci/lab.py tries the lab: a page that takes 10 ms of a processor, and says which instance
made it. It finds its name where programs on AWS do: at the metadata service (IMDSv2)."""

import http.server
import os
import time
import urllib.request

PAGE_S = 0.010


def instance_id():
    service = os.environ["AWS_EC2_METADATA_SERVICE_ENDPOINT"]
    token = urllib.request.Request(
        f"{service}/latest/api/token", method="PUT", headers={"X-aws-ec2-metadata-token-ttl-seconds": "60"})
    token = urllib.request.urlopen(token, timeout=30).read().decode()
    name = urllib.request.Request(
        f"{service}/latest/meta-data/instance-id", headers={"X-aws-ec2-metadata-token": token})
    return urllib.request.urlopen(name, timeout=30).read()


class Page(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        if self.path != "/health":
            began = time.thread_time()
            while time.thread_time() - began < PAGE_S:
                pass
        self.send_response(200)
        self.send_header("Content-Length", str(len(NAME)))
        self.end_headers()
        self.wfile.write(NAME)

    def log_message(self, *_):
        pass


NAME = instance_id()
address, port = os.environ["LISTEN"].rsplit(":", 1)
http.server.ThreadingHTTPServer((address, int(port)), Page).serve_forever()
