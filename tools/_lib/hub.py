"""A hub's HTTP client: the few lines that a terminal needs to talk to the server."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass, field

PREFIX = "/pos-api/v1"
HEADERS = {"X-Device-Id": "demo-hub", "X-App-Version": "1.0.0+1"}


@dataclass(frozen=True)
class Answer:
    """What the server said. ``body`` is the parsed JSON, or the text if it is none."""

    status: int
    headers: dict
    body: object = field(default_factory=dict)

    def get(self, *path):
        """Return a value deep in the body, None where a step is missing."""
        value = self.body
        for key in path:
            try:
                value = value[key]
            except (KeyError, IndexError, TypeError):
                return None
        return value


class Hub:
    """A client of one server; after ``log_in`` every call carries the token."""

    def __init__(self, url, timeout=60):
        self.url = url
        self.timeout = timeout
        self.token = None

    def log_in(self, login, password):
        answer = self.call(
            "POST", "/auth/login", {"login": login, "password": password}
        )
        self.token = answer.get("access_token")
        return answer

    def call(self, method, path, body=None, **headers):
        """Send one request and return the answer, whatever its status."""
        request = urllib.request.Request(self.url + PREFIX + path, method=method)
        for name, value in {**HEADERS, **headers}.items():
            request.add_header(name, value)
        if self.token:
            request.add_header("Authorization", f"Bearer {self.token}")
        if body is not None:
            request.add_header("Content-Type", "application/json")
            request.data = json.dumps(body).encode()
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as response:
                return _answer(response)
        except urllib.error.HTTPError as error:
            with error:
                return _answer(error)


def _answer(response):
    text = response.read().decode(errors="replace")
    try:
        body = json.loads(text)
    except ValueError:
        body = text
    return Answer(response.status, dict(response.headers.items()), body)
