"""What the rules of the formats share, and the choices the norms leave open.

A rule is a generator: it gets a row, the month and the settings and yields problems of
columns that do not fit together. Values that cannot stand in their column at all have
been reported before (``Column.problems``), so that rules skip them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .. import series
from ..ncf import NcfError, parse_reference
from .columns import WARNING, Problem

ZERO = Decimal(0)
CONSUMER = "02"
#: Codes of both series that lower or raise another receipt.
CREDIT_NOTES = frozenset(("04", "34"))
NOTES = frozenset(("03", "33", "04", "34"))


@dataclass(frozen=True)
class Settings:
    """Where the sources disagree; the defaults are the safer reading.

    ``consumer_threshold``
        from this amount a consumer receipt is listed in the 607 with its buyer
        (NG 10-2018).
    ``threshold_with_taxes``
        whether taxes and propina count towards it, as in the e-CF.
    ``electronic_sales``
        whether the 607 lists e-NCF: DGII has them, and help threads say that who
        issues e-CF only sends no 607.
    ``electronic_annulments``
        whether the 608 takes e-NCF; the ANECF has told DGII of them.
    ``series_b_until``
        last day of receipts of series B of suppliers, outside their contingencies
        (Ley 32-23 art. 37).
    ``country_letters``
        whether the 609 names countries by three letters instead of three digits.
    """

    consumer_threshold: Decimal = Decimal("250000")
    threshold_with_taxes: bool = True
    electronic_sales: bool = True
    electronic_annulments: bool = False
    country_letters: bool = False
    series_b_until: date = series.LAST_DAY


DEFAULTS = Settings()


def type_code(number: str | None) -> str | None:
    """Two digits of the type of a number; None for what is no number.

    >>> [type_code(text) for text in ("B0100000001", "E340000000001", "x", None)]
    ['01', '34', None, None]
    """
    try:
        return parse_reference(number).document_type.code
    except (NcfError, KeyError):
        return None


def paper_code(number: str | None) -> str | None:
    """The type by the code of its paper series.

    >>> paper_code("E320000000001"), paper_code("B0200000001")
    ('02', '02')
    """
    try:
        kind = parse_reference(number).document_type
    except (NcfError, KeyError):
        return None
    return kind.twin[1:] if kind.electronic else kind.code


def amount(value) -> Decimal:
    """An amount to reckon with: blank, or what is none, is zero."""
    return value if isinstance(value, Decimal) and value.is_finite() else ZERO


def identity_problems(fmt, row, digits_of) -> Iterator[Problem]:
    """Does the identification have the digits of its type? ``{type: digits}``"""
    identity, kind = row.identity, row.identity_type
    if bool(identity) != bool(kind):
        missing = "identity_type" if identity else "identity"
        column = fmt.column(missing)
        yield column.problem("REQUIRED", f"{column.spanish} is empty.")
    elif identity and kind in digits_of:
        if not identity.isdigit() or len(identity) != digits_of[kind]:
            message = f"{identity!r} does not fit type {kind}."
            expected = f"{digits_of[kind]} digits, no dashes"
            yield fmt.column("identity").problem("IDENTITY", message, expected)


def reference_problems(fmt, row) -> Iterator[Problem]:
    """Notes name the number they modify, nothing else does."""
    column, code = fmt.column("modified_ncf"), type_code(row.ncf)
    if code in NOTES and not row.modified_ncf:
        message = f"{row.ncf} is a note and names no receipt."
        yield column.problem("REFERENCE_REQUIRED", message, "the number it modifies")
    elif code not in NOTES and code and row.modified_ncf:
        message = f"{row.ncf} is no note, so it modifies nothing."
        yield column.problem("REFERENCE", message, "nothing")
    elif row.modified_ncf and row.modified_ncf == row.ncf:
        message = f"{row.ncf} modifies itself."
        yield column.problem("REFERENCE", message, "another number")


def allowed_problems(fmt, row, allowed) -> Iterator[Problem]:
    """Types (codes of the paper series) that the format lists."""
    code = paper_code(row.ncf)
    if code and code not in allowed:
        message = f"{row.ncf} is of a type that the {fmt.code} does not list."
        expected = "types " + ", ".join(sorted(allowed)) + " or their e-NCF"
        yield fmt.column("ncf").problem("NCF_TYPE", message, expected)


def period_problems(fmt, name, day, month, later=None) -> Iterator[Problem]:
    """Dates of the month; an earlier receipt comes again when ``later``, the day its
    tax is withheld, lies in the month."""
    if not isinstance(day, date) or month.has(day):
        return
    if day < month.first and isinstance(later, date) and month.has(later):
        return
    message = f"{day} is not in {month.period}."
    yield fmt.column(name).problem("PERIOD", message, f"a day of {month.period}")


def sum_problem(fmt, name, given, wanted, expected) -> Iterator[Problem]:
    """A total that is none."""
    if given != wanted:
        message = f"{given:.2f} is not {wanted:.2f}."
        yield fmt.column(name).problem("SUM", message, f"{expected} = {wanted:.2f}")


def tax_problem(fmt, name, tax, base) -> Iterator[Problem]:
    """ITBIS above the highest rate, give or take the cent of rounding: look at it."""
    if amount(tax) > amount(base) * Decimal("0.18") + 1:
        message = f"ITBIS {tax} is more than 18 % of {base}."
        yield fmt.column(name).problem("ITBIS_RATE", message, severity=WARNING)
