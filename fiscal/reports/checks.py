"""What is wrong with the rows of a file, alone and together, before it is sent.

>>> from datetime import date
>>> from .files import Month
>>> from .format608 import FORMAT, Annulled
>>> month = Month("131246796", 2026, 10)
>>> rows = [Annulled("B0200000145", date(2026, 10, 7), "08")] * 2
>>> for problem in check(FORMAT, month, rows):
...     print(problem)
line 2, column 1: B0200000145 is in the file already. Right: each number once.
"""

from collections.abc import Callable, Container, Iterable, Iterator
from datetime import date

from ..ncf import NcfError, parse_ncf
from . import rules
from .columns import WARNING, Problem
from .files import Format, Month

_PAGE = 1 << 13  # bytes; a page marks 65,536 numbers


class Numbers:
    """A set of fiscal numbers that lie close together: a bit each.

    A month of a million receipts takes less than a megabyte.

    >>> seen = Numbers()
    >>> seen.add("B0200000160"), seen.add("B0200000160"), seen.add("E320000000160")
    (True, False, True)
    >>> "B0200000160" in seen, "B0200000161" in seen
    (True, False)
    """

    def __init__(self):
        self._pages = {}
        self._others = set()

    @staticmethod
    def _place(text):
        number = parse_ncf(text)
        page, bit = divmod(number.number, _PAGE * 8)
        return (number.prefix, page), bit >> 3, 1 << (bit & 7)

    def add(self, text: str) -> bool:
        """Put a number in; whether it is new."""
        try:
            page, byte, mask = self._place(text)
        except NcfError:
            fresh = text not in self._others
            self._others.add(text)
            return fresh
        marks = self._pages.get(page)
        if marks is None:
            marks = self._pages[page] = bytearray(_PAGE)
        fresh = not marks[byte] & mask
        marks[byte] |= mask
        return fresh

    def __contains__(self, text):
        try:
            page, byte, mask = self._place(text)
        except NcfError:
            return text in self._others
        marks = self._pages.get(page)
        return bool(marks and marks[byte] & mask)


def row_problems(
    fmt: Format, row, month: Month, settings: rules.Settings = rules.DEFAULTS
) -> list[Problem]:
    """What is wrong with one row, its columns alone and together."""
    problems = []
    for column in fmt.columns:
        problems += column.problems(getattr(row, column.name))
    # Rules reckon with the values, so that each must at least be of its type.
    if all(column.takes(getattr(row, column.name)) for column in fmt.columns):
        problems += fmt.rules(row, month, settings)
    return problems


def check(
    fmt: Format,
    month: Month,
    rows: Iterable,
    settings: rules.Settings = rules.DEFAULTS,
    *,
    annulled: Container[str] = (),
    reported: Container[str] = (),
    date_of: Callable[[str], date | None] | None = None,
) -> Iterator[Problem]:
    """All that is wrong with the rows of a file; they are read once.

    :param annulled: numbers of the 608 of any month, which a 607 must not list
    :param reported: numbers of the 607 of any month, which a 608 must not list
    :param date_of: day of one of our own receipts, None where there is none; with it
        the receipts that the notes of a 607 modify are looked up
    """
    seen = Numbers() if fmt.code in ("607", "608") else _Seen()
    number = 0
    for number, row in enumerate(rows, 1):
        found = row_problems(fmt, row, month, settings)
        if not seen.add(row.key):
            column = fmt.column("document" if fmt.code == "609" else "ncf")
            what = row.document if fmt.code == "609" else row.ncf
            message = f"{what} is in the file already."
            found.append(column.problem("DUPLICATE", message, "each number once"))
        found += _elsewhere(fmt, row, annulled, reported)
        if fmt.code == "607" and date_of and row.modified_ncf:
            found += _original(fmt, row, date_of(row.modified_ncf))
        for problem in found:
            yield problem._replace(line=number)
    if fmt.line_limit and number > fmt.line_limit:
        message = f"The file has {number} lines."
        expected = f"at most {fmt.line_limit} in one shipment"
        yield Problem("TOO_MANY_LINES", 0, message, expected, 0, WARNING)


class _Seen(set):
    """A set whose ``add`` tells whether the member is new, as ``Numbers.add`` does."""

    def add(self, member):
        before = len(self)
        super().add(member)
        return len(self) > before


def _elsewhere(fmt, row, annulled, reported):
    if fmt.code == "607" and row.ncf in annulled:
        message = f"{row.ncf} is annulled."
        yield fmt.column("ncf").problem("ANNULLED", message, "the 608 only")
    if fmt.code == "608" and row.ncf in reported:
        message = f"{row.ncf} is a sale of a 607."
        expected = "the 607 only; a delivered receipt is undone by a credit note"
        yield fmt.column("ncf").problem("REPORTED", message, expected)


def _original(fmt, row, issued):
    column = fmt.column("modified_ncf")
    if issued is None:
        message = f"{row.modified_ncf} was never issued."
        yield column.problem("REFERENCE_UNKNOWN", message, "a receipt of the taxpayer")
    elif issued > row.date:
        message = f"{row.modified_ncf} is of {issued}, after its note."
        yield column.problem("REFERENCE_LATER", message, "an earlier receipt")
