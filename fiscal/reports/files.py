r"""Files of the formats: header line, detail lines, CRLF, no pipe at the ends.

A file is written line by line, so that a million rows take no more memory than a
thousand. Its header tells how many lines follow, so that a stream must know:

>>> from .format608 import FORMAT, Annulled
>>> month = Month("131246796", 2026, 10)
>>> list(FORMAT.stream(month, iter(()), count=0))
[b'608|131246796|202610|0\r\n']
>>> FORMAT.read(b"608|131246796|202610|0\r\n").month == month
True
"""

import re
import unicodedata
from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import islice
from operator import attrgetter
from typing import NamedTuple

from .columns import TEXT, Column, Problem, date_text

#: 609 alone has names; the rest is ASCII whatever the row.
ENCODING = "utf-8"
_LINES_A_CHUNK = 2000
_HEADER = re.compile(r"(60[6-9])\|([0-9]{9}|[0-9]{11})\|([0-9]{4})([0-9]{2})\|([0-9]+)")
# A Decimal with two decimals is its own text; any other is left to Column.text.
_FAST = {
    type(None): lambda value: "",
    str: str,
    Decimal: str,
    date: date_text,
}


class ReportError(ValueError):
    """A file cannot be written or read; ``problems`` says where and why."""

    def __init__(self, problems: list[Problem]):
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True)
class Month:
    """The taxpayer that reports (RNC or cédula, digits) and the calendar month.

    >>> Month("131246796", 2026, 2).last
    datetime.date(2026, 2, 28)
    """

    reporter: str
    year: int
    month: int

    def __post_init__(self):
        if not re.fullmatch("[0-9]{9}|[0-9]{11}", str(self.reporter)):
            message = f"{self.reporter!r} is no RNC or cédula."
            problem = Problem("REPORTER", 0, message, "9 or 11 digits, no dashes")
            raise ReportError([problem])
        if not 1 <= self.month <= 12 or not 2000 <= self.year <= 9999:
            message = f"{self.year}-{self.month} is no month."
            raise ReportError([Problem("PERIOD", 0, message, "one calendar month")])

    @property
    def period(self) -> str:
        """AAAAMM."""
        return f"{self.year:04}{self.month:02}"

    @property
    def first(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def last(self) -> date:
        return date(self.year, self.month, monthrange(self.year, self.month)[1])

    def has(self, day: date) -> bool:
        """Whether the day lies in the month."""
        return (day.year, day.month) == (self.year, self.month)


class Read(NamedTuple):
    """What a file says."""

    month: Month
    rows: list


@dataclass(frozen=True)
class Format:
    """One of the formats.

    ``row`` is the dataclass of a line, with the columns' names in their order;
    ``rules(row, month, settings)`` yields what is wrong between its columns;
    ``line_limit``: with more lines DGII asks for several shipments; None if none is
    known.
    """

    code: str
    title: str
    columns: tuple[Column, ...]
    row: type
    rules: Callable
    line_limit: int | None = None

    def __post_init__(self):
        line = r"\|".join(column.pattern for column in self.columns)
        names = [column.name for column in self.columns]
        object.__setattr__(self, "_match", re.compile(line).fullmatch)
        object.__setattr__(self, "_values", attrgetter(*names))
        object.__setattr__(
            self, "_texts", tuple(c.name for c in self.columns if c.kind == TEXT)
        )

    def column(self, name: str) -> Column:
        """The column that the row calls ``name``."""
        return next(column for column in self.columns if column.name == name)

    def file_name(self, month: Month) -> str:
        """Name of the file, as DGII's own tool writes it."""
        return f"DGII_F_{self.code}_{month.reporter}_{month.period}.TXT"

    # -- Writing -----------------------------------------------------------------------

    def line(self, row, *, plain_ascii: bool = False) -> str:
        """The detail line of a row, without line end.

        :raise ReportError: a value cannot be written as its column demands
        """
        if plain_ascii and self._texts:
            row = replace(
                row, **{name: _ascii(getattr(row, name)) for name in self._texts}
            )
        values = self._values(row)
        try:
            line = "|".join([_FAST[type(value)](value) for value in values])
        except KeyError:
            line = ""
        # The table of columns has the last word on every line.
        return line if self._match(line) else self._careful_line(values)

    def _careful_line(self, values):
        problems = []
        for column, value in zip(self.columns, values):
            problems += column.problems(value)
        if problems:
            raise ReportError(problems)
        return "|".join(
            column.text(value) for column, value in zip(self.columns, values)
        )

    def stream(
        self,
        month: Month,
        rows: Iterable,
        count: int,
        *,
        plain_ascii: bool = False,
    ) -> Iterator[bytes]:
        """The file in pieces, in the order of ``rows``, which are read once.

        ``count``: how many rows there are. ``plain_ascii``: names lose their accents.

        :raise ReportError: with the line's number, as soon as a row cannot be written;
            at the end if there were more or fewer rows than ``count``
        """
        header = f"{self.code}|{month.reporter}|{month.period}|{count}\r\n"
        yield header.encode("ascii")
        rows, written = iter(rows), 0
        while chunk := self._lines(islice(rows, _LINES_A_CHUNK), written, plain_ascii):
            written += len(chunk)
            chunk.append("")
            yield "\r\n".join(chunk).encode(ENCODING)
        if written != count:
            message = f"{written} lines were written, the header says {count}."
            raise ReportError([Problem("COUNT", 0, message, "the same number")])

    def _lines(self, rows, before, plain_ascii):
        lines = []
        for row in rows:
            try:
                lines.append(self.line(row, plain_ascii=plain_ascii))
            except ReportError as error:
                number = before + len(lines) + 1
                found = [problem._replace(line=number) for problem in error.problems]
                raise ReportError(found) from error
        return lines

    # no model of Odoo's: there is no super to call
    def write(  # pylint: disable=method-required-super
        self, month: Month, rows: Iterable, *, plain_ascii: bool = False
    ) -> bytes:
        """The whole file."""
        rows = list(rows)
        return b"".join(
            self.stream(month, rows, len(rows), plain_ascii=plain_ascii),
        )

    # -- Reading -----------------------------------------------------------------------

    def read(self, data: bytes) -> Read:  # pylint: disable=method-required-super
        """Read a file back. A bare line feed ends a line too, and the last line may
        lack its end: older tools write so.

        :raise ReportError: with all that is wrong
        """
        try:
            lines = data.decode(ENCODING).split("\n")
        except UnicodeDecodeError:
            problem = Problem("ENCODING", 0, "The file is not text.", "UTF-8")
            raise ReportError([problem]) from None
        lines = [line.removesuffix("\r") for line in lines]
        if lines[-1] == "":
            lines.pop()
        month, count = self._read_header(lines[0] if lines else "")
        details, rows, problems = lines[1:], [], []
        if len(details) != count:
            message = f"{len(details)} lines follow, the header says {count}."
            problems.append(Problem("COUNT", 0, message, "the same number"))
        for number, line in enumerate(details, 1):
            row, found = self._read_line(line)
            rows.append(row)
            problems += [problem._replace(line=number) for problem in found]
        if problems:
            raise ReportError(problems)
        return Read(month, rows)

    def _read_header(self, line):
        match = _HEADER.fullmatch(line)
        if not match or match[1] != self.code:
            expected = f"{self.code}|RNC|AAAAMM|COUNT"
            message = f"{line[:60]!r} is not the header of a {self.code}."
            raise ReportError([Problem("HEADER", 0, message, expected)])
        return Month(match[2], int(match[3]), int(match[4])), int(match[5])

    def _read_line(self, line):
        texts = line.split("|")
        if len(texts) != len(self.columns):
            message = f"The line has {len(texts)} columns."
            return None, [Problem("COLUMNS", 0, message, str(len(self.columns)))]
        problems, values = [], []
        for column, text in zip(self.columns, texts):
            value = text
            if not re.fullmatch(column.pattern, text):
                code = "FORMAT" if text else "REQUIRED"
                problems.append(column.problem(code, f"{text[:60]!r} is not right."))
            else:
                try:
                    value = column.value(text)
                except ValueError:
                    problems.append(column.problem("DATE", f"{text!r} is no date."))
            values.append(value)
        return (None if problems else self.row(*values)), problems


def _ascii(text):
    """The text without its accents.

    >>> _ascii("Peña & Núñez, S.R.L. – café")
    'Pena & Nunez, S.R.L. ? cafe'
    """
    if text is None or text.isascii():
        return text
    plain = "".join(
        char
        for char in unicodedata.normalize("NFKD", text)
        if not unicodedata.combining(char)
    )
    return plain.encode("ascii", "replace").decode()
