"""Texts and examples of the description.

Examples stand on the shapes (``EXAMPLES``: ``{title: body}``) or, where operations
share a shape, in ``static/docs/examples/<resource>.json`` by operation. The tests check
each against its shape.
"""

import functools
import json
from pathlib import Path

from .base import Page, page_of

BEARER, API_KEY, SESSION = "accessToken", "apiKey", "webSession"
DEVICE = "deviceSecret"

INTRODUCTION = """\
JSON in, JSON out. Names are in snake_case; camelCase spellings are accepted. Amounts
are numbers or decimal texts, in the register's currency; percentages are percentages
(18 is 18 %); times are ISO 8601 with an offset: those of answers are in UTC, written
`Z` or `+00:00`, with or without fractions of a second. An unknown field is refused
with its path: free data belongs under `metadata`. More members may come in answers:
ignore what you do not know.

Every refusal is `application/problem+json` (RFC 9457) with a stable `code`. Where
`retryable` is true the very same request may succeed later.

A sale that is paid already (`hub/finalize`, and orders of `hub/batch-sync` with
payments) is never dropped. What is only odd about it is sold, with `warnings` in the
answer: an unknown field, a long note or control characters, a record that was archived
since. What must be refused (totals, law, rights) is kept in quarantine: the problem
says `quarantined: true` and its `quarantine_id`. A manager looks at it; the same
request again is judged anew and goes through once its reason is gone, under the number
it may hold already. Where `quarantined` is false the caller keeps the sale itself. A
closed session (`SESSION_CLOSED`) is `retryable` for such a sale: send it again.
"""


STATUSES = {
    200: "Done, or done before.",
    201: "Created.",
    207: "Judged one by one: some orders were refused.",
    304: "Not changed since the ETag the caller knows.",
}
RESOURCES = {
    "api": "This description",
    "approvals": "What a manager allows once",
    "auth": "Identity: tokens, who calls",
    "bootstrap": "What a terminal loads when it starts",
    "customers": "Customers: their credit, and whose RNC it is",
    "devices": "Registered devices",
    "documents": "Fiscal documents: what was issued, and what DGII says of it",
    "health": "Is the service up",
    "hub": "Sales of a hub, one by one and in batches",
    "orders": "Drafts, their numbers, and what became of them",
    "payments": "Payment methods",
    "refunds": "What came back",
    "sequences": "Ranges of numbers that DGII authorised",
}
_VISIBLE = r"^[\x21-\x7e]([\x20-\x7e]{0,126}[\x21-\x7e])?$"
_VISIBLE_OR_NONE = r"^([\x21-\x7e]([\x20-\x7e]{0,126}[\x21-\x7e])?)?$"
PARAMETERS = {
    "X-Device-Id": (
        "The device that calls. Required with an access token, optional with an API"
        " key.",
        {"type": "string", "pattern": _VISIBLE, "maxLength": 128},
        "till-1",
    ),
    "X-App-Version": (
        "Version and build of the client, such as 1.2.0 or 1.2.0+42. Required with an"
        " access token, optional with an API key; too old a one is refused with"
        " CLIENT_OUTDATED.",
        {"type": "string"},
        "1.2.0+42",
    ),
    "X-Request-Id": (
        "A name for this request, repeated in the answer and in the log. One that is"
        " not of this form is replaced.",
        {"type": "string"},
        "till-1-000017",
    ),
    "Idempotency-Key": (
        "Names this write. A repeat with the same key and body gets the same answer;"
        " with another body it is refused with IDEMPOTENCY_MISMATCH, unless the first"
        " one was refused: a corrected request may keep its key.",
        {"type": "string", "pattern": _VISIBLE_OR_NONE, "maxLength": 128},
        "till-1-sale-000017",
    ),
    "If-None-Match": (
        "The ETag the caller knows.",
        {"type": "string"},
        None,
    ),
}
HEADERS = {
    "X-Request-Id": (
        "Names the request in the log.",
        {"type": "string", "pattern": r"^[A-Za-z0-9._:-]{1,64}$"},
        True,
    ),
    "Idempotent-Replayed": (
        "Present when the answer is that of an earlier request.",
        {"type": "string", "const": "true"},
        False,
    ),
    "Retry-After": (
        "Seconds to wait before the next attempt.",
        {"type": "integer", "minimum": 1},
        False,
    ),
    "WWW-Authenticate": (
        "How to authenticate.",
        {"type": "string", "const": "Bearer"},
        True,
    ),
    "Allow": ("The methods that are answered here.", {"type": "string"}, True),
    "ETag": ("Changes with the content.", {"type": "string"}, True),
}

#: Security schemes by name.
SECURITY = {
    BEARER: {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "The access token of auth/login, or an API key of an Odoo user.",
    },
    API_KEY: {
        "type": "apiKey",
        "in": "header",
        "name": "X-Api-Key",
        "description": "An API key of an Odoo user.",
    },
    SESSION: {
        "type": "apiKey",
        "in": "cookie",
        "name": "session_id",
        "description": "The session of Odoo's web client, for the older paths only.",
    },
    DEVICE: {
        "type": "apiKey",
        "in": "header",
        "name": "X-Device-Secret",
        "description": "The secret of a registered device, with its X-Device-Id.",
    },
}

#: Shapes of parts of a path, by converter of the routing.
CONVERTERS = {
    "int": {"type": "integer", "minimum": 0, "maximum": 2**31 - 1},
    "string": {"type": "string", "minLength": 1, "pattern": "^[^/]+$"},
}
#: What a part of a path names.
PATHS = {
    "device_id": "Id of the device.",
    "range_id": "Id of the range.",
    "ref": "Id or uuid of the order; of a document its id or number.",
}

_FOLDER = Path(__file__).parents[1] / "static/docs/examples"


@functools.cache
def _read(name):
    file = _FOLDER / f"{name}.json"
    return json.loads(file.read_text("utf-8")) if file.exists() else {}


def _of(kind, operation):
    one = operation.like or operation
    return _read(one.tag).get(one.name, {}).get(kind, {})


def _on(shape):
    """``{title: body}`` of the ``EXAMPLES`` of a shape, if it has any; of a page those
    of its records."""
    found = getattr(shape, "EXAMPLES", {})
    if not found and shape and issubclass(shape, Page):
        [item] = shape.__pydantic_generic_metadata__["args"] or (None,)
        records = list(_on(item).values())
        found = {"A page": page_of(records)} if records else {}
    return found


def of_path(operation):
    """``{parameter of the path: value}``"""
    return _of("path", operation)


def of_query(operation):
    """``{parameter of the query: value}``"""
    return _of("query", operation) or next(iter(_on(operation.query).values()), {})


def of_request(operation):
    """``{title: body}``"""
    return _of("request", operation) or _on(operation.body)


def of_answer(operation, status):
    """``{title: body}``"""
    return _of("answers", operation).get(str(status)) or _on(operation.answer)


def of_problem(code):
    """Members of an example of a problem beside those that follow from its code."""
    return _read("problems").get(code, {})
