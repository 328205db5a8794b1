"""How a dataclass lies in an e-CF: each field names the element that holds it.

A field is declared with the path of its element below the dataclass' own element;
``to_tree`` and ``from_tree`` go between dataclasses and trees of plain text, which
``xml`` writes and reads. A tree is ``{element: text | tree | list of them}``.

What an e-CF may hold and a dataclass has no field for stays, untouched, in its
``extras``: a tree itself. So no document loses anything by being read.
"""

from dataclasses import MISSING, field, fields
from datetime import date, datetime, timezone
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from ..calendar import SANTO_DOMINGO
from ..money import AmountError, parse_amount, round_half_up


class ReadError(ValueError):
    """The document cannot be read; ``path`` is the element at fault."""

    def __init__(self, path: str, reason: str):
        super().__init__(f"{path}: {reason}" if path else reason)
        self.path, self.reason = path, reason


class _Place(NamedTuple):
    """Where and how a field stands: ``many`` holds a tuple of them.

    ``leaf`` is the one child, if each of them is a section with a single text.
    """

    path: tuple[str, ...]
    read: object
    write: object
    many: bool = False
    leaf: str = ""


def _declare(path, read, write, default=None, many=False, leaf=""):
    place = _Place(tuple(path.split("/")), read, write, many, leaf)
    default = {} if default is MISSING else {"default": default}
    return field(metadata={"place": place}, **default)


def write_amount(value: Decimal, places: int = 2) -> str:
    """Two decimals at least and ``places`` at most, a half away from zero.

    >>> write_amount(Decimal("35")), write_amount(Decimal("84.74576"), 4)
    ('35.00', '84.7458')
    """
    written = format(value, "f")
    # Nearly every amount comes with its two decimals.
    if written[-3:-2] == ".":
        return written
    decimals = len(written.partition(".")[2])
    value = round_half_up(value, max(2, min(places, decimals)))
    whole, _point, decimals = format(value, "f").partition(".")
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


def text(path, default=None):
    return _declare(path, _read_text, str, default)


def number(path, default=None):
    return _declare(path, int, str, default)


def amount(path, default=None, places=2):
    return _declare(path, parse_amount, lambda v: write_amount(v, places), default)


def day(path, default=None):
    return _declare(path, read_day, write_day, default)


def moment(path, default=None):
    return _declare(path, read_moment, write_moment, default)


def one(path, of, default=None):
    return _declare(path, lambda tree: from_tree(of, tree), to_tree, default)


def many(path, of=str, leaf=""):
    read = _read_text if of is str else lambda tree: from_tree(of, tree)
    return _declare(path, read, str if of is str else to_tree, (), True, leaf)


def extras():
    """What the element holds beyond the fields, as a tree of text."""
    return field(default_factory=dict)


@cache
def _places(cls) -> tuple[tuple[str, _Place], ...]:
    found = ((f.name, f.metadata.get("place")) for f in fields(cls))
    return tuple((name, place) for name, place in found if place)


def _copy(tree):
    if isinstance(tree, dict):
        return {name: _copy(value) for name, value in tree.items()}
    return [_copy(value) for value in tree] if isinstance(tree, list | tuple) else tree


def _put(tree: dict, path: tuple[str, ...], value) -> None:
    for name in path[:-1]:
        tree = tree.setdefault(name, {})
    name = path[-1]
    if isinstance(value, dict) and name in tree:
        tree[name] = {**value, **tree[name]}
    elif value != {}:
        tree[name] = value


def to_tree(value) -> dict:
    """The tree of a dataclass; a field of None or () leaves no element."""
    fields_of = value.__dict__
    extra = fields_of.get("extras")
    tree = _copy(extra) if extra else {}
    for name, (path, _read, write, is_many, leaf) in _places(type(value)):
        held = fields_of[name]
        if held is None or held == ():
            continue
        if not is_many:
            held = write(held)
        elif leaf:
            held = [{leaf: write(item)} for item in held]
        else:
            held = [write(item) for item in held]
        if len(path) == 1 and path[0] not in tree:
            if held != {}:
                tree[path[0]] = held
        else:
            _put(tree, path, held)
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
    if place.leaf and isinstance(held, dict):
        held = held.get(place.leaf, "")
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
    for name, place in _places(cls):
        held = _take(tree, place.path)
        if held is None:
            continue
        if place.many:
            items = held if isinstance(held, list) else [held]
            values[name] = tuple(_read_one(place, item) for item in items)
        else:
            values[name] = _read_one(place, held)
    if tree and "extras" in cls.__dataclass_fields__:
        values["extras"] = tree
    try:
        return cls(**values)
    except TypeError as error:
        raise ReadError(cls.__name__, "a needed element is missing") from error
