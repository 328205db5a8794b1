"""Withholding that the norms of 2026 changed: what an accountant should look at.

Rates stay records of taxes; they are told from secondary sources, so that nothing here
refuses, corrects or reckons.

>>> rent = Withheld(date(2026, 11, 3), "00113918205", isr=(("01", Decimal(10)),))
>>> [(notice.code, notice.right) for notice in notices(rent)]
[('ISR_15', '15 %')]
>>> notices(rent._replace(day=date(2026, 6, 30)))
[]
"""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

#: First day of NG 02-2026 and of the rates of Ley 30-26 art. 17.
NG_02_2026 = date(2026, 9, 16)
LEY_30_26 = date(2026, 7, 1)
#: 30 % of the ITBIS of 18 and of 16 %, as percent of the price (NG 02-05).
THIRTY_PERCENT = frozenset((Decimal("5.4"), Decimal("4.8")))
#: Column 17 of the 606: rents and fees.
RENTS_AND_FEES = frozenset(("01", "02"))
OTHER_INCOME = "03"
#: Column 6 of the 609: software and cloud go under 24, online advertising under 52,
#: royalties under 81 to 84.
ABROAD_AT_15 = frozenset(("24", "52", "81", "82", "83", "84"))
_RNC, _CEDULA = 9, 11


class Withheld(NamedTuple):
    """What a receipt withholds of its supplier.

    ``day`` it is withheld on; ``supplier``: digits of RNC or cédula, empty abroad;
    ``itbis``: percents of the price; ``isr``: (column 17 of the 606, percent of the
    price); ``detail``: column 6 of the 609, of payments abroad.
    """

    day: date
    supplier: str
    electronic: bool = False
    itbis: tuple[Decimal, ...] = ()
    isr: tuple[tuple[str, Decimal], ...] = ()
    abroad: bool = False
    detail: str | None = None


class Notice(NamedTuple):
    """``given`` and ``right`` as a person reads them; ``norm``: who says so."""

    code: str
    given: str
    right: str
    norm: str


def notices(receipt: Withheld) -> list[Notice]:
    """What differs from the norms of 2026."""
    return [*_itbis(receipt), *_isr(receipt), *_abroad(receipt)]


def _itbis(receipt):
    """A company that gives an e-CF keeps its ITBIS."""
    exempt = receipt.electronic and len(receipt.supplier) == _RNC
    if exempt and receipt.day >= NG_02_2026 and THIRTY_PERCENT & set(receipt.itbis):
        yield Notice("WITHHELD_30", "30 %", "0 %", "NG 02-2026")


def _isr(receipt):
    if receipt.abroad or receipt.day < LEY_30_26:
        return
    if len(receipt.supplier) != _CEDULA:
        return
    norm = "Ley 30-26 art. 17"
    for kind, rate in receipt.isr:
        if kind in RENTS_AND_FEES and rate == 10:
            yield Notice("ISR_15", "10 %", "15 %", norm)
        elif kind == OTHER_INCOME and rate == 2:
            yield Notice("ISR_3", "2 %", "3 %", norm)


def _abroad(receipt):
    if not receipt.abroad or receipt.day < LEY_30_26:
        return
    if receipt.detail in ABROAD_AT_15 and any(rate == 27 for _k, rate in receipt.isr):
        yield Notice("ISR_ABROAD", "27 %", "15 %", "Ley 30-26")
