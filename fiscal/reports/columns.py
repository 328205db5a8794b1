"""A column of a format: what may stand in it, how it is written, what it means.

>>> amount = Column(8, "services", "Monto", "Amount", AMOUNT, 12)
>>> amount.text(Decimal("5000")), amount.text(None), amount.value("5000.00")
('5000.00', '', Decimal('5000.00'))
>>> [problem.code for problem in amount.problems(Decimal("1.005"))]
['AMOUNT_DECIMALS']
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import NamedTuple

from ..ncf import NcfError, parse_reference

# Kinds of columns.
AMOUNT = "amount"  # Decimal of pesos, two decimals
BLANK = "blank"  # not in force: always empty
CODE = "code"  # one of the codes of a table
DATE = "date"  # AAAAMMDD
IDENTITY = "identity"  # RNC, cédula or passport
NCF = "ncf"  # number of a receipt
TEXT = "text"  # free text

# How much a column is wanted.
ALWAYS = "always"
OPTIONAL = "optional"
SOMETIMES = "sometimes"  # its rule says when

ERROR = "error"
WARNING = "warning"

_NO_CONTROLS = "[^|\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029\\ud800-\\udfff]"
# Nine digits, point and two decimals are the twelve characters of an amount.
_PATTERNS = {
    AMOUNT: r"[0-9]{1,9}\.[0-9]{2}",
    BLANK: "",
    DATE: "[0-9]{8}",
    NCF: "B[0-9]{10}|E[0-9]{12}|[AP][0-9]{18}",
}
_EXPECTED = {
    AMOUNT: "an amount without sign, two decimals, at most 999999999.99",
    BLANK: "nothing, the column is not in force",
    DATE: "a date",
    NCF: "an NCF of 11, an e-NCF of 13 or an old number of 19 characters",
}


class Problem(NamedTuple):
    """What is wrong with a row or a file.

    ``code`` is stable; ``column`` is the number of the column, 0 for the line or the
    file; ``expected`` says what would be right; ``line`` counts detail lines from 1,
    0 where there is none. An error keeps the file from being accepted, a warning asks
    a person to look.
    """

    code: str
    column: int
    message: str
    expected: str
    line: int = 0
    severity: str = ERROR

    def __str__(self):
        place = f"line {self.line}, " if self.line else ""
        column = f"column {self.column}: " if self.column else ""
        return f"{place}{column}{self.message} Right: {self.expected}."


@lru_cache(maxsize=4096)
def date_text(day: date) -> str:
    """AAAAMMDD of a day."""
    return f"{day.year:04}{day.month:02}{day.day:02}"


def amount_or_blank(amount: Decimal | None) -> Decimal | None:
    """What an optional amount column takes: an amount that does not exist is blank.

    >>> amount_or_blank(Decimal("0.00")), amount_or_blank(Decimal("1.50"))
    (None, Decimal('1.50'))
    """
    return amount or None


@dataclass(frozen=True)
class Column:
    """One column of a format.

    ``name`` is the attribute of the row; ``spanish`` the heading of DGII's own tool.
    ``codes`` holds the table of a CODE column; ``letters`` the pattern of an IDENTITY
    or of any column that departs from its kind.
    """

    number: int
    name: str
    spanish: str
    english: str
    kind: str
    length: int
    wanted: str = OPTIONAL
    rule: str = ""
    codes: Mapping[str, str] | None = None
    letters: str = ""

    @property
    def pattern(self) -> str:
        """Regular expression of the text in the file, blank included if it may be."""
        if self.letters:
            filled = self.letters
        elif self.kind == CODE:
            filled = "|".join(map(re.escape, self.codes))
        elif self.kind == TEXT:
            filled = f"{_NO_CONTROLS}{{1,{self.length}}}"
        else:
            filled = _PATTERNS[self.kind]
        return f"(?:{filled})" if self.wanted == ALWAYS else f"(?:{filled})?"

    @property
    def expected(self) -> str:
        """What would be right here, in words."""
        if self.kind == CODE:
            codes = sorted(self.codes)
            words = "one of " + ", ".join(codes[:20])
            return words + (", ..." if len(codes) > 20 else "")
        words = _EXPECTED.get(self.kind) or f"at most {self.length} characters"
        return f"{words}; {self.rule}" if self.rule else words

    def problem(self, code, message, expected=None, severity=ERROR):
        """A problem of this column."""
        return Problem(
            code, self.number, message, expected or self.expected, 0, severity
        )

    # -- value -> text ---------------------------------------------------------------

    def text(self, value) -> str:
        """The value as the file carries it; call for values without problems."""
        if value is None:
            return ""
        if self.kind == AMOUNT:
            return format(abs(value) if not value else value, ".2f")
        return date_text(value) if self.kind == DATE else value

    def takes(self, value) -> bool:
        """Whether the value is of the column's Python type."""
        if value is None or self.kind == AMOUNT:
            return value is None or isinstance(value, Decimal)
        if self.kind == DATE:
            return isinstance(value, date) and not isinstance(value, datetime)
        return isinstance(value, str)

    def problems(self, value) -> list[Problem]:
        """What is wrong with one value, whatever stands in the rest of the row."""
        if value is None or value == "":
            if self.wanted != ALWAYS:
                return []
            return [self.problem("REQUIRED", f"{self.spanish} is empty.")]
        if self.kind == AMOUNT:
            return self._amount_problems(value)
        if self.kind == DATE:
            if self.takes(value):
                return []
            return [self.problem("DATE", f"{value!r} is not a date.")]
        return self._text_problems(value)

    def _amount_problems(self, value):
        if not isinstance(value, Decimal) or not value.is_finite():
            return [self.problem("AMOUNT", f"{value!r} is not an amount.")]
        if value < 0:
            return [self.problem("AMOUNT_NEGATIVE", f"{value} is negative.")]
        if value > Decimal("999999999.99"):
            return [self.problem("AMOUNT_SIZE", f"{value} is too great.")]
        if value != round(value, 2):
            return [self.problem("AMOUNT_DECIMALS", f"{value} is not rounded.")]
        return []

    def _text_problems(self, value):
        if self.kind == BLANK:
            return [self.problem("NOT_IN_FORCE", f"{self.spanish} is filled.")]
        if not isinstance(value, str):
            return [self.problem("FORMAT", f"{value!r} is not a text.")]
        if not re.fullmatch(self.pattern, value):
            code = {CODE: "UNKNOWN_CODE", NCF: "NCF_FORMAT"}.get(self.kind, "FORMAT")
            return [self.problem(code, f"{value[:60]!r} cannot stand here.")]
        if self.kind == NCF:
            try:
                parse_reference(value)
            except NcfError as error:
                return [self.problem(error.code, str(error))]
        return []

    # -- text -> value ---------------------------------------------------------------

    def value(self, text: str):
        """The value that a text of the file stands for.

        :raise ValueError: the text is no date or no amount
        """
        if not text:
            return None
        if self.kind == AMOUNT:
            try:
                return Decimal(text)
            except InvalidOperation as error:
                raise ValueError(text) from error
        if self.kind == DATE:
            return datetime.strptime(text, "%Y%m%d").date()
        return text
