"""Received documents, normalized: their values in the forms that the table asks for.

What we write is strict; what others write is judged by value. DGII's schemas, and its
own simulator of the certification, know forms that the table does not: ``Version`` 1,
an amount without decimals, an hour of one figure, leading zeros, empty optional
elements, white space round a code, a number in small letters. None of them is another
value, so none is an "error de especificación" (reason 1 of an ARECF).

>>> normalized("amount", " 35400 "), normalized("exact", "35400")
('35400', '35400.00')
>>> normalized("code:1.0", "1"), normalized("int:1,2,3", "02")
('1.0', '2')
>>> normalized("moment", "1-4-2020 9:05:03"), normalized("encf", "e310000000001")
('01-04-2020 09:05:03', 'E310000000001')

What cannot be read as a value of its kind stays as it is, for ``validate`` to name.
"""

import re
from decimal import Decimal

from lxml import etree

from .build import parse_ecf
from .fields import ReadError
from .problems import Problem
from .table import Element, grammar
from .validate import document_of, structure_problems
from .xml import SIGNATURE

_BLANKS = " \t\r\n"
#: Most decimals of each kind of amount, and whether all of them are written.
_DECIMALS = {
    "amount": (2, False),
    "amount+": (2, False),
    "amount2": (2, True),
    "amount2+": (2, True),
    "exact": (2, True),
    "signed": (2, False),
    "signed2": (2, True),
    "price": (4, False),
    "weight": (3, False),
    "percent": (2, False),
    "rate": (4, False),
}
_NUMBER = re.compile(r"[+-]?([0-9]{1,40}\.?[0-9]{0,40}|\.[0-9]{1,40})")
_DAY = re.compile(r"([0-9]{1,2})-([0-9]{1,2})-([0-9]{4})")
_PART = "([0-9]{1,2})"
_MOMENT = re.compile(rf"{_DAY.pattern}\s+{_PART}:{_PART}:{_PART}")


def _amount(word: str, text: str) -> str:
    if not _NUMBER.fullmatch(text):
        return text
    most, all_written = _DECIMALS[word]
    sign = "-" if text.startswith("-") else ""
    whole, _point, decimals = text.lstrip("+-").partition(".")
    whole = whole.lstrip("0") or "0"
    if len(decimals) > most:
        decimals = decimals.rstrip("0")
        if len(decimals) > most:
            return text
    if all_written and (decimals or word == "exact"):
        decimals = decimals.ljust(most, "0")
    return f"{sign}{whole}.{decimals}" if decimals else f"{sign}{whole}"


def _whole(text: str) -> str:
    return str(int(text)) if re.fullmatch("[0-9]{1,40}", text) else text


def _listed(text: str, values: list[str]) -> str:
    """The one of the values that is meant: the same number, or the same letters."""
    if text in values:
        return text
    for value in values:
        if _as_number(value) == _as_number(text) is not None:
            return value
        if value.upper() == text.upper():
            return value
    return text


def _as_number(text: str) -> Decimal | None:
    is_number = re.fullmatch(r"[0-9]{1,10}(\.[0-9]{1,10})?", text)
    return Decimal(text) if is_number else None


def _day(text: str) -> str:
    found = _DAY.fullmatch(text)
    return f"{found[1]:0>2}-{found[2]:0>2}-{found[3]}" if found else text


def _moment(text: str) -> str:
    found = _MOMENT.fullmatch(text)
    if not found:
        return text
    day, month, year, *clock = (f"{part:0>2}" for part in found.groups())
    return f"{day}-{month}-{year} {':'.join(clock)}"


def normalized(kind: str, text: str) -> str:
    """A text in the form of its kind (``kinds``), where it is a value of it."""
    text = text.strip(_BLANKS)
    word, _colon, argument = kind.partition(":")
    if word in _DECIMALS:
        return _amount(word, text)
    if word in ("int", "code"):
        return _listed(text, argument.split(","))
    if word in ("from1", "from2", "unit"):
        return _whole(text)
    if word == "tax":
        return _whole(text).zfill(3) if text.isdecimal() else text
    if word in ("encf", "ncf", "currency"):
        return text.upper()
    return {"date": _day, "moment": _moment}.get(word, str)(text)


def _is_empty(node) -> bool:
    blank = not (node.text or "").strip(_BLANKS)
    return blank and not len(node) and not (node.tail or "").strip(_BLANKS)


def _section(node, element: Element) -> None:
    for child in list(node):
        if not isinstance(child.tag, str) or child.tag == SIGNATURE:
            continue
        found = element.index.get(child.tag)
        if found is None:
            # of another type or of none: told by the walk over the table
            continue
        known = found[1]
        if known.kind is None:
            _section(child, known)
        elif not len(child):
            child.text = normalized(known.kind.name, child.text or "")
        if _is_empty(child):
            node.remove(child)


def normalize(root: etree._Element) -> etree._Element:
    """Rewrite the values of a document in place, and drop what is empty in it.

    :param root: of what was signed (``Verdict.root``), never of what came in
    :return: the same element
    """
    kind = root.find("Encabezado/IdDoc/TipoeCF")
    if kind is not None and not len(kind):
        kind.text = _whole((kind.text or "").strip(_BLANKS))
    document = document_of(root)
    if document:
        _section(root, grammar(document))
    return root


def parse_received(root: etree._Element):
    """A received e-CF judged by value.

    :param root: of what was signed; it is normalized
    :return: ``(Document, [])``, or ``(None, problems)``
    """
    problems = structure_problems(normalize(root))
    if problems:
        return None, problems
    try:
        return parse_ecf(root), []
    except ReadError as error:
        return None, [Problem("unreadable", error.path)]
