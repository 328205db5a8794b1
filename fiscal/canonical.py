"""One text for equal data, so that it can be compared, hashed and stored.

>>> canonical_json({"b": Decimal("450.00"), "a": [True, None, "ñ"]})
'{"a":[true,null,"ñ"],"b":"450"}'

Amounts are written as texts, so that what is read back from JSON has the same
text again. Floats have no exact text and are refused; who must accept them, as
they come from a JSON body, says so:

>>> canonical_json(floats_to_decimal({"price": 0.10}))
'{"price":"0.1"}'
"""

import hashlib
import json
from datetime import date, datetime, timezone
from decimal import Decimal

from .money import plain_text


def _moment(value: datetime) -> str:
    if value.tzinfo is not None:
        value = value.astimezone(timezone.utc).replace(tzinfo=None)
    return value.isoformat() + "Z"


def _plain(value):
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                raise TypeError(f"The key {key!r} is not a text.")
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError(f"{value} is not a finite amount.")
        return plain_text(value)
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{value!r} ({type(value).__name__}) has no canonical text.")


def canonical_json(obj) -> str:
    """JSON with sorted keys and no spaces; equal amounts have equal text.

    Moments are written in UTC; one without a zone is UTC already. Raises
    TypeError for a float and whatever else has more than one text.
    """
    return json.dumps(
        _plain(obj), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )


def floats_to_decimal(obj):
    """A copy of the data in which each float is the decimal that its text shows."""
    if isinstance(obj, float):
        return Decimal(repr(obj))
    if isinstance(obj, dict):
        return {key: floats_to_decimal(item) for key, item in obj.items()}
    if isinstance(obj, list | tuple):
        return [floats_to_decimal(item) for item in obj]
    return obj


def fingerprint(obj) -> str:
    """SHA-256 of the canonical text, in hexadecimal."""
    # A JSON body may hold half of a surrogate pair: it is hashed, not a crash.
    data = canonical_json(obj).encode("utf-8", "surrogatepass")
    return hashlib.sha256(data).hexdigest()
