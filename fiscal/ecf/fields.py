"""How a dataclass lies in an e-CF: each field names the element that holds it.

A field is declared with the path of its element below the dataclass' own element;
``to_tree`` and ``from_tree`` go between dataclasses and trees of plain text, which
``xml`` writes and reads. A tree is ``{element: text | tree | list of them}`` and holds
nothing empty.

What an e-CF may hold and a dataclass has no field for stays, untouched, in its
``extras``: a tree itself. So no document loses anything by being read.
"""

from dataclasses import MISSING, field, fields
from datetime import date, datetime, timezone
from decimal import Decimal
from functools import cache, partial
from typing import NamedTuple

from ..calendar import SANTO_DOMINGO
from ..money import AmountError, parse_amount, round_half_up
from .kinds import clean


class ReadError(ValueError):
    """The document cannot be read; ``path`` is the element at fault."""

    def __init__(self, path: str, reason: str):
        super().__init__(f"{path}: {reason}" if path else reason)
        self.path, self.reason = path, reason


class _Place(NamedTuple):
    """Where and how a field stands: ``many`` holds a tuple of them."""

    field: str
    sections: tuple[str, ...]
    name: str
    read: object
    write: object
    many: bool

    @property
    def path(self) -> tuple[str, ...]:
        return (*self.sections, self.name)


def _declare(path, read, write, default=None, many=False):
    *sections, name = path.split("/")
    place = _Place("", tuple(sections), name, read, write, many)
    default = {} if default is MISSING else {"default": default}
    return field(metadata={"place": place}, **default)


def write_amount(value: Decimal, places: int = 2) -> str:
    """Two decimals at least and ``places`` at most, a half away from zero.

    >>> write_amount(Decimal("35")), write_amount(Decimal("84.74576"), 4)
    ('35.00', '84.7458')
    """
    written = str(value)
    # Nearly every amount comes with its two decimals, or needs no more.
    if written[-3:-2] == "." and value:
        return written
    rounded = round_half_up(value)
    if places == 2 or rounded == value:
        return str(rounded)
    whole, _point, decimals = str(round_half_up(value, places)).partition(".")
    return f"{whole}.{decimals.rstrip('0'):0<2}"


def write_day(value: date) -> str:
    return f"{value.day:02}-{value.month:02}-{value.year:04}"


def write_moment(value: datetime) -> str:
    """Time of Santo Domingo; a moment without a zone is UTC.

    >>> write_moment(datetime(2026, 11, 21, 1, 15, 3))
    '20-11-2026 21:15:03'
    """
    if value.tzinfo is None:
        value = value.replace(tzinfo=timezone.utc)
    local = value.astimezone(SANTO_DOMINGO)
    return f"{write_day(local)} {local.hour:02}:{local.minute:02}:{local.second:02}"


def read_day(text: str) -> date:
    day, month, year = text.strip().split("-")
    return date(int(year), int(month), int(day))


def read_moment(text: str) -> datetime:
    moment = datetime.strptime(text.strip(), "%d-%m-%Y %H:%M:%S")
    return moment.replace(tzinfo=SANTO_DOMINGO)


def _read_text(held) -> str:
    if not isinstance(held, str):
        raise TypeError("not one text")
    return held


def _write_text(value) -> str:
    return clean(str(value))


def text(path, default=None):
    return _declare(path, _read_text, _write_text, default)


def number(path, default=None):
    # The text of an IntEnum is its name before Python 3.11, its format the number.
    return _declare(path, int, "{}".format, default)


def amount(path, default=None, places=2):
    return _declare(path, parse_amount, partial(write_amount, places=places), default)


def day(path, default=None):
    return _declare(path, read_day, write_day, default)


def moment(path, default=None):
    return _declare(path, read_moment, write_moment, default)


def one(path, of, default=None):
    return _declare(path, lambda tree: from_tree(of, tree), to_tree, default)


def many(path, of=None, leaf=""):
    """Sections of a dataclass, or texts; ``leaf`` is the one child of each section."""
    if of:
        return _declare(path, lambda tree: from_tree(of, tree), to_tree, (), True)
    if not leaf:
        return _declare(path, _read_text, _write_text, (), True)

    def read(held):
        return _read_text(held.get(leaf, "") if isinstance(held, dict) else held)

    def write(value):
        written = _write_text(value)
        return {leaf: written} if written else {}

    return _declare(path, read, write, (), True)


def extras():
    """What the element holds beyond the fields, as a tree of text."""
    return field(default_factory=dict)


def changed(value, **values):
    """The frozen dataclass with other values.

    ``dataclasses.replace`` sets each of the many fields anew: in a sale of five lines
    that took a third of what describing it took.
    """
    other = object.__new__(type(value))
    object.__setattr__(other, "__dict__", value.__dict__ | values)
    return other


@cache
def _places(cls) -> tuple[_Place, ...]:
    """The places of a dataclass' fields, but for ``extras``."""
    found = [f for f in fields(cls) if "place" in f.metadata]
    return tuple(f.metadata["place"]._replace(field=f.name) for f in found)


def tidy(tree):
    """A copy as an e-CF may carry it: texts clean, and nothing empty.

    >>> tidy({"Item": [{"NombreItem": " Mofongo "}, {"NombreItem": ""}], "x": {}})
    {'Item': [{'NombreItem': 'Mofongo'}]}
    """
    if isinstance(tree, dict):
        pairs = ((name, tidy(value)) for name, value in tree.items())
        return {name: value for name, value in pairs if value}
    if isinstance(tree, list | tuple):
        return [value for value in map(tidy, tree) if value]
    return clean(tree)


def to_tree(value) -> dict:
    """The tree of a dataclass; a field of None, () or no text leaves no element."""
    values = value.__dict__
    extra = values.get("extras")
    tree = tidy(extra) if extra else {}
    for own_name, sections, name, _read, write, is_many in _places(type(value)):
        held = values[own_name]
        if held is None:
            continue
        if not is_many:
            held = write(held)
        elif held:
            held = [done for item in held if (done := write(item))]
        if not held:
            continue
        place = tree
        for section in sections:
            place = place.setdefault(section, {})
        if name in place and isinstance(held, dict):
            held = {**held, **place[name]}
        place[name] = held
    return tree


def _take(tree: dict, path: tuple[str, ...]):
    """Remove and return what is at the path, with the sections it leaves empty."""
    if path[0] not in tree:
        return None
    if len(path) == 1:
        return tree.pop(path[0])
    below = tree[path[0]]
    if not isinstance(below, dict):
        return None
    found = _take(below, path[1:])
    if not below:
        del tree[path[0]]
    return found


def _read_one(place: _Place, held):
    try:
        return place.read(held)
    except ReadError as error:
        path = "/".join((*place.path, error.path))
        raise ReadError(path, error.reason) from error
    except (AmountError, ValueError, TypeError, AttributeError) as error:
        raise ReadError("/".join(place.path), f"{held!r} cannot be read") from error


def from_tree(cls, tree: dict):
    """The dataclass of a tree, which is emptied; ReadError where it does not fit."""
    values = {}
    for place in _places(cls):
        held = _take(tree, place.path)
        if held is None:
            continue
        if place.many:
            items = held if isinstance(held, list) else [held]
            values[place.field] = tuple(_read_one(place, item) for item in items)
        else:
            values[place.field] = _read_one(place, held)
    if tree and "extras" in cls.__dataclass_fields__:
        values["extras"] = tree
    try:
        return cls(**values)
    except TypeError as error:
        raise ReadError(cls.__name__, "a needed element is missing") from error
