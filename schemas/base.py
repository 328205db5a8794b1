"""What all shapes share: names in two spellings, amounts, times, references."""

import re
from datetime import date, datetime, timezone
from decimal import Decimal
from difflib import get_close_matches
from typing import Annotated, Any, Generic, Literal, TypeVar, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)
from pydantic.alias_generators import to_camel

from ..fiscal.money import AmountError, parse_amount, round_half_up

MAX_ERRORS = 50
#: How long a list of what would be right may be, in characters.
MAX_EXPECTED = 256
MAX_AMOUNT = Decimal("999999999.99")
#: What binary floats of a client add to an amount (0.1 + 0.2), and no more than that.
NOISE = Decimal("0.000001")
#: Decimals of weighed goods: kilograms to the gram.
QUANTITY_PLACES = 3
#: Control characters that no text holds; tab and line ends it may.
CONTROL = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f"
TEXT_PATTERN = rf"^[^{CONTROL}]*$"
_UNPRINTABLE = re.compile(f"[{CONTROL}\ud800-\udfff]")


class Wire(BaseModel):
    """Base of every shape: snake_case is canonical, camelCase is accepted, and a
    field nobody knows is refused with its path."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="forbid",
        loc_by_alias=False,
        frozen=True,
    )


class Out(BaseModel):
    """Base of every answer. More keys may come; a client ignores what it does not
    know.

    A shape of a record has ``from_record``, which serializes one.
    """

    model_config = ConfigDict(extra="allow")

    @classmethod
    def closed(cls, **members) -> dict:
        """The ``members`` of an answer: all that are declared, and no others.

        :raise TypeError: for one that is missing, or that the description lacks
        """
        if odd := members.keys() ^ cls.model_fields.keys():
            raise TypeError(f"{cls.__name__} is not made of {', '.join(sorted(odd))}")
        return members


class Status(Out):
    status: Literal["ok"]


class Warn(Out):
    """What does not stop a sale but should be looked at. Of a sale that is paid:
    ``UNKNOWN_FIELD``, ``TEXT_CHANGED`` (control characters left out), ``TEXT_CUT``,
    ``FIELD_IGNORED``, ``ARCHIVED_REFERENCE``, ``UNKNOWN_REFERENCE`` (of what a sale
    can do without), ``REPEAT_DIFFERS`` (the first is kept)."""

    code: str
    path: str
    message: str


class Pagination(Out):
    """``page``, ``total`` and ``total_pages`` are null on a page reached by cursor:
    orders are counted for numbered pages only.

    ``has_more``: there is another page, which ``next_cursor`` leads to. On the last one
    ``next_cursor`` is null, except with ``updated_since``: there it is where to ask for
    later changes, now or tomorrow.
    """

    page: int | None
    per_page: int
    total: int | None
    total_pages: int | None
    has_more: bool
    next_cursor: str | None


Item = TypeVar("Item")


class Page(Status, Generic[Item]):
    """A page of a list, as ``models.runtime.paging.paged`` makes it."""

    data: list[Item]
    pagination: Pagination

    @classmethod
    def model_parametrized_name(cls, params):
        return f"{params[0].__name__}Page"


def page_of(records: list[dict]) -> dict:
    """The answer of a list that has one page."""
    return {
        "status": "ok",
        "data": records,
        "pagination": {
            "page": 1,
            "per_page": 50,
            "total": len(records),
            "total_pages": 1,
            "has_more": False,
            "next_cursor": None,
        },
    }


def utc_text(moment: datetime | None) -> str | None:
    """``2026-11-21T14:00:00+00:00`` of a naive moment in UTC."""
    return moment.replace(tzinfo=timezone.utc).isoformat() if moment else None


def _amount(value):
    if value is None:
        return None
    try:
        amount = parse_amount(value)
    except AmountError as error:
        # the library's message repeats what was sent, which may be long
        raise ValueError(f"is not an amount ({error.reason})") from error
    if abs(amount) > MAX_AMOUNT:
        raise ValueError(f"must be between -{MAX_AMOUNT} and {MAX_AMOUNT}")
    return amount


def read_money(value):
    """An amount of money as it is paid, or ValueError."""
    amount = _amount(value)
    if amount is None:
        return None
    rounded = round_half_up(amount)
    if abs(amount - rounded) > NOISE:
        raise ValueError("has more decimals than the currency")
    return rounded


def _quantity(value):
    amount = _amount(value)
    if amount is None:
        return None
    rounded = round_half_up(amount, QUANTITY_PLACES)
    # how many decimals a quantity may have depends on its product
    return rounded if abs(amount - rounded) <= NOISE else amount


def line_ends(value):
    """Line ends of Windows (CRLF) and of old Macs (CR) as LF."""
    if isinstance(value, str) and "\r" in value:
        return value.replace("\r\n", "\n").replace("\r", "\n")
    return value


def printable(text):
    """A text without control characters and halves of surrogate pairs, which neither
    the database nor an answer can hold; LF at line ends."""
    return _UNPRINTABLE.sub("", line_ends(text))


def _identifier(value):
    """Ids are whole numbers; ``true`` and ``1.5`` are not."""
    if isinstance(value, bool) or (isinstance(value, float) and value % 1):
        raise ValueError("must be a whole number")
    return value


def _day(value):
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or len(value) != 10:
        raise ValueError("must be a day as YYYY-MM-DD")
    if not value.startswith(("19", "20")):
        raise ValueError("must be a day of these times")
    return value


def _moment(value):
    if not isinstance(value, str):
        raise ValueError("must be an ISO 8601 time with an offset")
    try:
        moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError as error:
        raise ValueError("must be an ISO 8601 time with an offset") from error
    if moment.tzinfo is None:
        raise ValueError("must carry an offset, for example -04:00")
    try:
        moment = moment.astimezone(timezone.utc)
    except OverflowError as error:
        raise ValueError("must be a time of these days") from error
    return moment.replace(tzinfo=None, microsecond=0)


#: Quantity, price or percent: a number or a decimal string, exact.
Amount = Annotated[Decimal, BeforeValidator(_amount)]
#: Money as it is paid and printed: two decimals.
Money = Annotated[Decimal, BeforeValidator(read_money)]
#: Quantity of a line: exact, less the noise of binary floats.
Quantity = Annotated[Decimal, BeforeValidator(_quantity)]
#: Database id.
Identifier = Annotated[int, BeforeValidator(_identifier), Field(gt=0, lt=2**31)]
#: A count or another whole number; ``true`` and ``1.5`` are none.
Whole = Annotated[int, BeforeValidator(_identifier)]
#: A day, as ``2026-11-21``.
Day = Annotated[date, BeforeValidator(_day)]
#: ISO 8601 with offset in, naive UTC inside.
Moment = Annotated[datetime, BeforeValidator(_moment)]
#: Printable text of a client: no control characters, so that it can be logged. Line
#: ends of any system are taken and become LF.
Text = Annotated[
    str,
    StringConstraints(max_length=256, pattern=TEXT_PATTERN),
    BeforeValidator(line_ends),
]
Reference = Annotated[
    str,
    StringConstraints(min_length=1, max_length=128, pattern=r"^[\x21-\x7e]+$"),
]
#: A record named by id, text, or object of keys (``{"code": "D001"}``).
RecordRef = Identifier | Text | dict[str, Any]


def error_path(location):
    """``("lines", 0, "qty")`` -> ``lines[0].qty``."""
    path = ""
    for step in location:
        path += f"[{step}]" if isinstance(step, int) else f"{'.' if path else ''}{step}"
    return printable(path)[:200]


def plain_location(location):
    """A location of Pydantic without the steps that name a branch of a union: they
    tell a caller nothing."""
    return tuple(
        step
        for step in location
        if not (isinstance(step, str) and ("[" in step or step in _BRANCHES))
    )


def validation_errors(error: ValidationError, shape=None):
    """Pydantic's findings in the words of the API: one entry a path, short, without
    the library's addresses and without echoing long input.

    :param shape: the model that refused, to name the fields it has
    """
    found = {}
    for item in error.errors(include_url=False):
        path = error_path(plain_location(item["loc"]))
        if path in found:
            continue
        if len(found) == MAX_ERRORS:
            break
        entry = {"path": path, "message": item["msg"].removeprefix("Value error, ")}
        if item["type"] in ("model_type", "dict_type"):
            entry["message"] = "must be an object"
            if isinstance(item.get("input"), list):
                entry["message"] += ", not an array"
        given = item.get("input")
        if isinstance(given, (str, int, float, bool, Decimal)):
            entry["given"] = str(given)[:64]
        if (
            item["type"] == "string_pattern_mismatch"
            and item["ctx"]["pattern"] == TEXT_PATTERN
        ):
            entry["message"] = "holds a control character"
        if item["type"] == "extra_forbidden":
            entry = {"path": path, **_unknown_field(shape, item["loc"])}
        found[path] = entry
    return list(found.values())


def _unknown_field(shape, location):
    """Message about a field that a shape has not, and the names there are: what
    resembles it first."""
    holder = _shape_at(shape, plain_location(location[:-1]))
    names = list(holder.model_fields) if holder else []
    entry = {"message": "unknown field"}
    if "metadata" in names:
        entry["message"] += "; free data belongs under metadata"
    near = get_close_matches(str(location[-1])[:64].lower(), names)
    if expected := listed(dict.fromkeys((*near, *names))):
        entry["expected"] = expected
    return entry


def _shape_at(shape, location):
    """The model at a location inside the model ``shape``, or None."""
    for step in location:
        if shape and isinstance(step, str):
            field = shape.model_fields.get(step)
            shape = field and _model_in(field.annotation)
    return shape


def _model_in(annotation):
    """The model that a type is, or that its list or choice is of."""
    if arguments := get_args(annotation):
        return next(filter(None, map(_model_in, arguments)), None)
    is_model = isinstance(annotation, type) and issubclass(annotation, BaseModel)
    return annotation if is_model else None


def listed(names):
    """``a, b, c`` as far as there is room for it."""
    text = ""
    for name in map(str, names):
        longer = f"{text}, {name}" if text else name
        if len(longer) > MAX_EXPECTED - len(", ..."):
            return f"{text}, ..." if text else ""
        text = longer
    return text


_BRANCHES = frozenset({"int", "str", "constrained-str", "constrained-int", "function"})
