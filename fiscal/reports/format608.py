"""Format 608, comprobantes anulados (NG 07-2018, NG 10-2018)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from ..annulment import ANNULMENT_REASONS
from . import rules
from .columns import ALWAYS, CODE, DATE, NCF, Column, Problem
from .files import Format

_REASONS = {code: reason.spanish for code, reason in ANNULMENT_REASONS.items()}
# fmt: off
COLUMNS = (
    Column(1, "ncf", "Número de Comprobante Fiscal", "Fiscal number", NCF, 19, ALWAYS),
    Column(2, "date", "Fecha de Comprobante", "Date of the receipt", DATE, 8, ALWAYS,
           "of the annulment if the receipt was never dated"),
    Column(3, "reason", "Tipo de Anulación", "Reason of the annulment", CODE, 2, ALWAYS,
           codes=_REASONS),
)
# fmt: on


@dataclass(slots=True)
class Annulled:
    """A line of the 608."""

    ncf: str
    date: date
    reason: str

    @property
    def key(self):
        """What is there once in a file."""
        return self.ncf


def _rules(row, month, settings) -> Iterator[Problem]:
    yield from rules.period_problems(FORMAT, "date", row.date, month)
    if str(row.ncf).startswith("E") and not settings.electronic_annulments:
        message = f"{row.ncf} is electronic."
        expected = "a number of series B; an e-NCF is annulled by ANECF"
        yield FORMAT.column("ncf").problem("ELECTRONIC", message, expected)


FORMAT = Format("608", "Comprobantes anulados", COLUMNS, Annulled, _rules, 999)
