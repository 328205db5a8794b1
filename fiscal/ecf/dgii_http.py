"""One call over HTTP, and the three ways in which it can fail.

Who calls must know one thing of a failure: may DGII have received the document?

* ``Refused``: it answered no. Sending the same again would get the same answer.
* ``Unavailable``: nobody answered, or only that it cannot now. Try again later.
* ``Unknown``: the document went out and the answer did not come back. Ask for the
  document before sending it again: sent twice it is rejected as used.
"""

import json
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

import requests
from requests.auth import AuthBase
from urllib3.exceptions import MaxRetryError, NameResolutionError, NewConnectionError

from .dgii_connection import AddressError, Deadline, PublicAdapter, TimedAdapter

#: An answer of DGII has some hundreds of bytes; the whole directory some megabytes.
MAX_ANSWER_BYTES = 2 << 20
MAX_DIRECTORY_BYTES = 64 << 20
MAX_SEED_BYTES = 16 << 10
_CHUNK = 1 << 16
_EXCERPT = 500


class DgiiError(Exception):
    """A call failed; ``service`` says which, ``status`` is that of HTTP or None.

    ``may_be_received`` is True when the document must be asked for before it is sent
    again. ``retry_after`` is the wait in seconds that the server asked for, or None.
    """

    may_be_received = False
    retry_after = None

    def __init__(self, service: str, message: str, status: int | None = None):
        super().__init__(f"{service}: {message}")
        self.service = service
        self.status = status


class Refused(DgiiError):
    """DGII said no; nothing was received. ``messages`` are its own words."""

    def __init__(self, service, message, status=None, messages=()):
        super().__init__(service, message, status)
        self.messages = tuple(messages)


class Unavailable(DgiiError):
    """There is no service now.

    ``may_be_received`` is True when a server took the call and then failed (5xx).
    """

    def __init__(
        self, service, message, status=None, may_be_received=False, retry_after=None
    ):
        super().__init__(service, message, status)
        self.may_be_received = may_be_received
        self.retry_after = retry_after


class Unknown(DgiiError):
    """The document may have been received; ask before sending it again."""

    may_be_received = True


class BadAnswer(ValueError):
    """What came back is not what the service is documented to answer."""


@dataclass(frozen=True)
class Timeouts:
    """Seconds: to connect, between two pieces of the answer, and for the whole call
    from the connection to the last byte, whatever the other side does."""

    connect: float = 5
    read: float = 30
    whole: float = 90


DEFAULT_TIMEOUTS = Timeouts()


@dataclass(frozen=True)
class Reply:
    """An answer with a status below 500, other than 401, 408, 425 and 429."""

    status: int
    body: bytes

    @property
    def ok(self) -> bool:
        return self.status < 300


class Bearer(AuthBase):
    """The token, as an object so that no .netrc file takes its place."""

    def __init__(self, token: str):
        self._token = token

    def __call__(self, request):
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class Transport:
    """Makes the calls of one client; a session keeps its connections open.

    ``session``: one of the caller's own, for tests: it is taken as it is.
    ``public_only``: other people's addresses are called, see ``dgii_connection``.
    """

    def __init__(
        self,
        session: requests.Session | None = None,
        timeouts=DEFAULT_TIMEOUTS,
        public_only: bool = False,
    ):
        if session is None:
            session = requests.Session()
            for scheme in ("http://", "https://"):
                session.mount(
                    scheme, PublicAdapter() if public_only else TimedAdapter()
                )
        self.session = session
        self.timeouts = timeouts

    def get(self, service, url, params=None, **options) -> Reply:
        return self._call(service, "GET", url, params=params, **options)

    def post_xml(self, service, url, name: str, xml: bytes, **options) -> Reply:
        """Send a file in the part named ``xml`` (Descripción Técnica)."""
        files = {"xml": (name, xml, "text/xml")}
        return self._call(service, "POST", url, files=files, **options)

    def _call(
        self,
        service,
        method,
        url,
        *,
        token="",
        writes=False,
        accept="application/json",
        headers=None,
        max_bytes=MAX_ANSWER_BYTES,
        **content,
    ):
        """``writes``: DGII keeps what it receives, so a lost answer matters."""
        lost = Unknown if writes else Unavailable
        deadline = Deadline(self.timeouts.whole)
        try:
            with (
                deadline,
                self.session.request(
                    method,
                    url,
                    headers={"Accept": accept, **(headers or {})},
                    auth=Bearer(token),
                    timeout=(
                        min(self.timeouts.connect, self.timeouts.whole),
                        self.timeouts.read,
                    ),
                    # a redirect would carry the token, or lose the document
                    allow_redirects=False,
                    stream=True,
                    **content,
                ) as response,
            ):
                self._refuse(service, response, writes)
                body = self._read(response, deadline, max_bytes)
                return Reply(response.status_code, body)
        except AddressError as error:
            raise Refused(service, str(error)) from error
        except requests.RequestException as error:
            reason = type(error).__name__
            if deadline.expired:
                failed = lost if deadline.began else Unavailable
                raise failed(service, "the answer takes too long") from error
            if _never_left(error, deadline):
                raise Unavailable(service, f"nobody answers ({reason})") from error
            raise lost(service, f"no answer came back ({reason})") from error
        except BadAnswer as error:
            raise lost(service, str(error)) from error

    def _refuse(self, service, response, writes):
        status = response.status_code
        if status == 401:
            raise Refused(service, "the token is not accepted", status)
        if status >= 500 or status in (408, 425, 429) or 300 <= status < 400:
            raise Unavailable(
                service,
                f"the service answers {status}",
                status,
                may_be_received=writes and status >= 500,
                retry_after=retry_after(response.headers.get("Retry-After")),
            )

    def _read(self, response, deadline, max_bytes):
        body = bytearray()
        for chunk in response.iter_content(_CHUNK):
            body += chunk
            if len(body) > max_bytes:
                raise BadAnswer("the answer is too large")
            if time.monotonic() > deadline.until:
                break
        if time.monotonic() > deadline.until:
            # cut off, it may look like an answer that ended
            raise BadAnswer("the answer takes too long")
        return bytes(body)


def _never_left(error, deadline):
    """Whether the call failed before anything of it was sent."""
    if isinstance(error, requests.exceptions.SSLError):
        # in the handshake; after it, a line that was cut looks the same
        return not deadline.began
    if isinstance(
        error,
        requests.ConnectTimeout
        | requests.exceptions.ProxyError
        | requests.exceptions.InvalidURL
        | requests.exceptions.InvalidSchema
        | requests.exceptions.MissingSchema,
    ):
        return True
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else cause
    return isinstance(reason, NewConnectionError | NameResolutionError)


def retry_after(value: str | None, now: datetime | None = None) -> float | None:
    """Seconds that a ``Retry-After`` header asks to wait; None if it says nothing.

    >>> retry_after("120"), retry_after("soon"), retry_after(None)
    (120.0, None, None)
    """
    if not value:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    now = now or datetime.now(timezone.utc)
    return max(0.0, (moment - now).total_seconds())


def excerpt(body: bytes) -> str:
    """The beginning of an answer, for a message."""
    return " ".join(body[:_EXCERPT].decode("utf-8", "replace").split())


def load_json(body: bytes):
    """:raise BadAnswer: it is no JSON"""
    try:
        return json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise BadAnswer(f"the answer is no JSON: {excerpt(body)}") from error
