"""Reading a sale that is already paid: what is odd about it must not stop it.

The guest has paid and left; a snapshot that is refused for a long note or an unknown
key would stay in an outbox for ever. So what money and number do not depend on is
repaired or left out, with a warning that names it. What they do depend on (lines,
prices, payments, fiscal type, buyer) is read as strictly as in any other request.
"""

import json
import math

from pydantic import ValidationError
from pydantic.alias_generators import to_camel

from .base import (
    error_path,
    line_ends,
    plain_location,
    printable,
    validation_errors,
)
from .snapshot import Snapshot, respelled

MAX_WARNINGS = 50
#: What is repaired may bring to light what lies in it.
MAX_ROUNDS = 10
#: Nothing a terminal sends is nested deeper.
MAX_DEPTH = 16
#: How much of a value that was left out is kept as evidence, in characters.
MAX_GIVEN = 2000

#: What tells a sale from others is read as it is.
IDENTITY = (("pos_reference",), ("posReference",))
#: Fields without which a sale is the same sale.
ORNAMENTS = frozenset(
    (
        "approvals",
        "base_version",
        "check_alias",
        "date_order",
        "employee_id",
        "external_id",
        "guest_count",
        "kitchen_bumped_at",
        "kitchen_status",
        "metadata",
        "note",
        "replace",
        "session_id",
        "source",
        "staff_name",
        "table",
        "table_id",
        "ticket_number",
        "uuid",
    )
)
ORNAMENTS_OF = {
    "lines": frozenset(
        ("customer_note", "id", "kitchen_item_status", "metadata", "note", "uuid")
    ),
    "payments": frozenset(
        (
            "card_brand",
            "card_no",
            "card_type",
            "id",
            "metadata",
            "transaction_id",
            "uuid",
        )
    ),
}


class SoldError(ValueError):
    """A sale that cannot be read: ``errors`` as those of a problem."""

    def __init__(self, errors):
        super().__init__("the sale cannot be read")
        self.errors = errors


def read_sold(data):
    """Read the snapshot of a sale that is paid.

    :param data: as the client sent it
    :return: ``(SoldSnapshot, warnings)``; a warning has ``code``, ``path``,
        ``message`` and, as evidence, ``given``: what was left out
    :raise SoldError: for what money and number depend on
    """
    warnings = []
    data = _printable(respelled(data), (), warnings)
    _drop_double_ids(data, warnings)
    hard = set()
    for _round in range(MAX_ROUNDS):
        try:
            return SoldSnapshot.model_validate(data), warnings[:MAX_WARNINGS]
        except ValidationError as refused:
            error = refused
        hard = {
            error_path(plain_location(item["loc"]))
            for item in error.errors()
            if not _repair(data, item, warnings)
        }
        if hard:
            break
    errors = validation_errors(error, SoldSnapshot)
    raise SoldError(
        [entry for entry in errors if entry["path"] in hard] or errors
    ) from error


class SoldSnapshot(Snapshot):
    """A snapshot of a sale that is paid already: read leniently, and what became
    archived meanwhile is sold, too."""

    @property
    def is_sold(self):
        return True


# -- Texts -----------------------------------------------------------------------------


def _printable(value, location, warnings):
    """A copy of the data that the database and the evidence can hold."""
    if location in IDENTITY:
        return value  # another reference would be another sale
    if isinstance(value, str):
        text = printable(value)
        if text != line_ends(value):
            _warn(
                warnings,
                "TEXT_CHANGED",
                location,
                "held control characters, which were left out",
            )
        return text
    if isinstance(value, float) and not math.isfinite(value) and _target(location):
        _warn(warnings, "FIELD_IGNORED", location, "was not a finite number")
        return None
    if isinstance(value, (dict, list, tuple)) and len(location) > MAX_DEPTH:
        _warn(warnings, "FIELD_IGNORED", location, f"nested deeper than {MAX_DEPTH}")
        return None
    if isinstance(value, dict):
        return {
            printable(str(key)): _printable(item, (*location, str(key)), warnings)
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [
            _printable(item, (*location, index), warnings)
            for index, item in enumerate(value)
        ]
    return value


def _drop_double_ids(data, warnings):
    """Ids of lines are the client's own; of two equal ones the second is left out."""
    lines = data.get("lines") if isinstance(data, dict) else None
    seen = set()
    for index, line in enumerate(lines if isinstance(lines, list) else ()):
        key = line.get("id") if isinstance(line, dict) else None
        if not isinstance(key, (str, int)):
            continue
        if str(key) in seen:
            del line["id"]
            location = ("lines", index, "id")
            _warn(warnings, "FIELD_IGNORED", location, "two lines had the same id", key)
        seen.add(str(key))


# -- Repairs ---------------------------------------------------------------------------


def _repair(data, item, warnings):
    """Repair what Pydantic found, in place.

    :return: False for what must be refused
    """
    location = item["loc"]
    if item["type"] == "extra_forbidden":
        given = _take(data, location)
        _warn(warnings, "UNKNOWN_FIELD", location, "unknown field, ignored", given)
        return True
    location = plain_location(location)
    holder, key = _holder(data, location)
    value = holder.get(key) if isinstance(holder, dict) else None
    if (
        item["type"] == "string_type"
        and isinstance(value, (int, float))
        and not isinstance(value, bool)
    ):
        holder[key] = str(value)
        return True
    target = _target(location)
    if not target:
        return False
    holder, key = _holder(data, target)
    if holder is None or key not in holder:
        return True  # another finding about it was dealt with already
    value = holder[key]
    if item["type"].endswith("too_long") and isinstance(value, str):
        _cut(holder, key, target, item["ctx"]["max_length"], warnings)
        return True
    del holder[key]
    message = f"ignored: {item['msg'].removeprefix('Value error, ')}"
    _warn(warnings, "FIELD_IGNORED", target, message, value)
    return True


def _cut(holder, key, location, longest, warnings):
    text = holder[key]
    if location[-1] == "card_no":
        # the last digits are what a receipt shows; no more of a card is ever kept
        holder[key] = text[-longest:]
        _warn(warnings, "TEXT_CUT", location, f"cut to its last {longest} digits")
        return
    holder[key] = text[:longest]
    message = f"cut to {longest} of {len(text)} characters"
    _warn(warnings, "TEXT_CUT", location, message, text)


def _target(location):
    """The field without which the sale is the same sale, or None."""
    if location and location[0] in ORNAMENTS:
        return location[:1]
    if len(location) > 2 and location[2] in ORNAMENTS_OF.get(location[0], ()):
        return location[:3]
    return None


def _holder(data, location):
    """``(dict that holds the last step, its key there)``; ``(None, None)`` if none."""
    for step in location[:-1]:
        data = _step(data, step)
    if not location or not isinstance(data, dict):
        return None, None
    last = location[-1]
    return data, last if last in data else to_camel(str(last))


def _step(data, step):
    if isinstance(data, list) and isinstance(step, int) and step < len(data):
        return data[step]
    if isinstance(data, dict):
        return data.get(step, data.get(to_camel(str(step))))
    return None


def _take(data, location):
    holder, key = _holder(data, location)
    return holder.pop(key, None) if holder is not None else None


def _warn(warnings, code, location, message, given=None):
    if len(warnings) > MAX_WARNINGS:
        return
    warning = {"code": code, "path": error_path(location), "message": message}
    if given is not None:
        text = given if isinstance(given, str) else json.dumps(given, default=str)
        warning["given"] = text[:MAX_GIVEN]
    warnings.append(warning)
