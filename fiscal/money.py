"""Amounts: reading them from the wire, rounding, comparing, discounting.

Amounts are ``Decimal`` from the first to the last step. A float is read as the
decimal that its text shows, never as its binary expansion:

>>> parse_amount(0.1), parse_amount("450.00"), parse_amount(450)
(Decimal('0.1'), Decimal('450.00'), Decimal('450'))

Half a cent goes up (Informe Técnico e-CF section 12), and a credit note is the
mirror of its invoice:

>>> [str(round_half_up(Decimal(x))) for x in ("750.5212", "750.5276", "1.005")]
['750.52', '750.53', '1.01']
>>> round_half_up(Decimal("-1.005"))
Decimal('-1.01')
"""

import re
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import cache

_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?")
# Formato e-CF: an amount has at most 16 digits before the point.
_LIMIT = Decimal(10) ** 16
# Wide enough to be exact for every amount below the limit.
_EXACT = Context(prec=100, rounding=ROUND_HALF_UP)


class AmountError(ValueError):
    """The value is no amount.

    ``reason`` says why, in one stable word: ``type``, ``empty``, ``format``,
    ``not_finite``, ``places``, ``size`` or ``range``.
    """

    def __init__(self, reason: str, message: str):
        super().__init__(message)
        self.reason = reason


def _to_decimal(value) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        raise AmountError("type", f"{value!r} is not an amount.")
    if isinstance(value, str):
        if not value.strip():
            raise AmountError("empty", "The amount is empty.")
        if not _DECIMAL.fullmatch(value):
            message = f"{value!r} is not written as a plain decimal number."
            raise AmountError("format", message)
    amount = Decimal(repr(value) if isinstance(value, float) else value)
    if not amount.is_finite():
        raise AmountError("not_finite", f"{value!r} is not a finite amount.")
    return amount


def decimals(amount: Decimal) -> int:
    """Decimals that the amount needs; zeros at its end do not count.

    >>> decimals(Decimal("1.50")), decimals(Decimal("1E+3"))
    (1, 0)
    """
    return len(plain_text(amount).partition(".")[2])


def plain_text(amount: Decimal) -> str:
    """The one text of an amount: no exponent, no zeros at the end, no minus zero.

    >>> [plain_text(Decimal(x)) for x in ("450.00", "4.5E+2", "-0.0", "0.10")]
    ['450', '450', '0', '0.1']
    """
    text = format(amount, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def parse_amount(value, *, places: int | None = None) -> Decimal:
    """Read an amount from a number or from a plain decimal text.

    ``places`` is the greatest number of decimals; zeros at the end are free.
    """
    amount = _to_decimal(value)
    if amount.copy_abs() >= _LIMIT:
        raise AmountError("size", "The amount is too great.")
    if places is not None and decimals(amount) > places:
        raise AmountError("places", f"{value!r} has more than {places} decimals.")
    return amount if amount else amount.copy_abs()


@cache
def _last_place(places: int) -> Decimal:
    return Decimal(1).scaleb(-places)


def round_half_up(amount: Decimal, places: int = 2) -> Decimal:
    """Round to ``places`` decimals, a half away from zero."""
    rounded = amount.quantize(_last_place(places), None, _EXACT)
    return rounded if rounded else rounded.copy_abs()


def from_float(value: float) -> Decimal:
    """Convert a float of the ORM to pesos and cents, as it prints.

    >>> from_float(0.1 + 0.2)
    Decimal('0.30')
    """
    return round_half_up(Decimal(repr(float(value))))


def amounts_equal(a: Decimal, b: Decimal, tolerance: Decimal) -> bool:
    """Whether two amounts differ by no more than the tolerance.

    >>> amounts_equal(Decimal("2.72"), Decimal(0), Decimal(3))
    True
    """
    return abs(_EXACT.subtract(a, b)) <= tolerance


def combine_discounts(*percents) -> Decimal:
    """The one percentage that equals discounts given one after another.

    >>> combine_discounts(10, 20), combine_discounts(), combine_discounts(100, 5)
    (Decimal('28'), Decimal('0'), Decimal('100'))
    """
    remaining = Decimal(100)
    for percent in map(parse_amount, percents):
        if not 0 <= percent <= 100:
            message = f"A discount of {percent} % is not between 0 and 100."
            raise AmountError("range", message)
        remaining = _EXACT.multiply(remaining, _EXACT.subtract(100, percent))
        remaining = remaining.scaleb(-2, context=_EXACT)
    return Decimal(plain_text(_EXACT.subtract(100, remaining)))
