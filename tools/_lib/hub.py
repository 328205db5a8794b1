"""A hub's HTTP client: the few lines that a terminal needs to talk to the server."""

import http.client
import json
from dataclasses import dataclass, field
from urllib.parse import urlsplit

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
    """A client of one server; after ``log_in`` every call carries the token.

    One at a time: it keeps its connection for as long as the server does. A call that
    gets no answer raises ``OSError`` or ``http.client.HTTPException``.
    """

    def __init__(self, url, timeout=60, device=HEADERS["X-Device-Id"]):
        self.connection = http.client.HTTPConnection(
            urlsplit(url).netloc, timeout=timeout
        )
        self.device = device
        self.token = None

    def log_in(self, login, password):
        answer = self.call(
            "POST", "/auth/login", {"login": login, "password": password}
        )
        self.token = answer.get("access_token")
        return answer

    def call(self, method, path, body=None, **headers):
        """Send one request and return the answer, whatever its status."""
        headers = {**HEADERS, "X-Device-Id": self.device, **headers}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        return self.send(method, PREFIX + path, body, headers)

    def send(self, method, path, body=None, headers=None):
        """As ``call``, with any path and no headers of ours."""
        headers = dict(headers or {})
        if body is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(body).encode()
        try:
            self.connection.request(method, path, body, headers)
            response = self.connection.getresponse()
            return _answer(response)
        except (OSError, http.client.HTTPException):
            self.connection.close()
            raise


def _answer(response):
    text = response.read().decode(errors="replace")
    try:
        body = json.loads(text)
    except ValueError:
        body = text
    return Answer(response.status, dict(response.headers.items()), body)
