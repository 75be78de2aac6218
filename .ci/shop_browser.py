"""The shop as its manager's browser sees it. Needs nothing but Python's own library."""

import html.parser
import http.cookiejar
import os
import re
import struct
import urllib.parse
import urllib.request
import uuid

REPOSITORY = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Browser:
    """Keeps cookies, says where its forms come from, and reads their tokens."""

    def __init__(self, base):
        self.base = base
        self.jar = http.cookiejar.CookieJar()
        cookies = urllib.request.HTTPCookieProcessor(self.jar)
        self.opener = urllib.request.build_opener(cookies)

    def get(self, url):
        with self.opener.open(url, timeout=30) as answer:
            return answer.read().decode()

    def post(self, url, fields, file=None):
        with self.opener.open(self.form(url, fields, file), timeout=60) as answer:
            return answer.read().decode()

    def form(self, url, fields, file=None):
        """The request that a browser makes of a form; `file` is a field's name and its content."""
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
        return urllib.request.Request(url, body, headers)

    def sign_in(self, user, password):
        """As a manager, through the page that asks for it."""
        page = self.get(self.base + "/accounts/login/manager")
        fields = {"csrf_token": token(page), "username": user, "password": password}
        return self.post(self.base + "/accounts/login/manager", fields)


class Form(html.parser.HTMLParser):
    """The fields of the form that is sent to `action`, as they stand and as browsers send them."""

    def __init__(self, page, action):
        super().__init__()
        self.action, self.fields, self.is_inside, self.open = action, {}, False, None
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        it = dict(attributes)
        if tag == "form":
            self.is_inside = it.get("action") == self.action
        elif not self.is_inside:
            pass
        elif tag == "input" and it.get("type") not in ("file", "checkbox") or "checked" in it:
            self.fields[it["name"]] = it.get("value") or ("on" if "checked" in it else "")
        elif tag in ("textarea", "select"):
            self.open = it["name"]
            self.fields[self.open] = ""
        elif tag == "option" and "selected" in it:
            self.fields[self.open] = it["value"]

    def handle_endtag(self, tag):
        if tag == "form":
            self.is_inside = False
        elif tag in ("textarea", "select"):
            self.open = None

    def handle_data(self, data):
        if self.is_inside and self.lasttag == "textarea" and self.open:
            self.fields[self.open] += data


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


def photo():
    """Twelve megapixels, as a phone takes them."""
    with open(os.path.join(REPOSITORY, "fixtures/images/photo-12mp.jpg"), "rb") as file:
        return file.read()


def picture(figure):
    """Where the picture of a page's figure is."""
    return re.search(r'<img src="([^"]+)"', figure).group(1)


def check_resized(url):
    """That it is the photo, fitted into 268x200. Returns its size."""
    assert "/resized/" in url, url
    with urllib.request.urlopen(url, timeout=30) as answer:
        assert answer.headers["Content-Type"] == "image/jpeg", answer.headers
        width, height = jpeg_size(answer.read())
    assert width <= 268 and height <= 200 and abs(width * 3 - height * 4) <= 4, (width, height)
    return f"{width}x{height}"
