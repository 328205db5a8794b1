"""Format 609, pagos por servicios al exterior (NG 07-2018)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from . import codes, rules
from .columns import ALWAYS, AMOUNT, CODE, DATE, SOMETIMES, TEXT, Column, Problem
from .files import Format
from .rules import amount

# fmt: off
COLUMNS = (
    Column(1, "name", "Razón Social", "Name of the payee", TEXT, 50, ALWAYS),
    Column(2, "identity_type", "Tipo Id Tributaria", "Person or company", CODE, 1,
           ALWAYS, codes=codes.IDENTITIES_609),
    Column(3, "identity", "Número Identificación Tributaria", "Tax id abroad", TEXT, 50,
           ALWAYS, "that of the country of residence"),
    Column(4, "country", "País", "Country", TEXT, 3, ALWAYS, "ISO 3166",
           letters="[0-9]{3}|[A-Z]{3}"),
    Column(5, "service", "Tipo de Servicio Adquirido", "Service", CODE, 2, ALWAYS,
           codes=codes.SERVICES_ABROAD),
    Column(6, "detail", "Detalle Tipo de Servicio", "Detail of the service", CODE, 2,
           ALWAYS, codes=codes.SERVICE_DETAILS),
    Column(7, "related", "Parte Relacionada", "Related party", CODE, 1, ALWAYS,
           codes=codes.RELATED),
    Column(8, "document", "Número de Documento", "Number of the document", TEXT, 30,
           ALWAYS, "the supplier's invoice, or one's own B17 or E47"),
    Column(9, "date", "Fecha de Documento", "Date of the document", DATE, 8, ALWAYS),
    Column(10, "amount", "Monto Facturado", "Amount", AMOUNT, 12, ALWAYS, "in RD$"),
    Column(11, "withholding_date", "Fecha Retención ISR", "Date of withholding",
           DATE, 8, SOMETIMES, "when ISR is withheld"),
    Column(12, "presumed_income", "Renta Presunta", "Presumed income", AMOUNT, 12,
           SOMETIMES, "the base where the law presumes one, else the amount"),
    Column(13, "isr_withheld", "ISR Retenido", "ISR withheld", AMOUNT, 12),
)
# fmt: on


@dataclass(slots=True)
class PaymentAbroad:
    """A line of the 609; amounts in DOP."""

    name: str
    identity_type: str
    identity: str
    country: str
    service: str
    detail: str
    related: str
    document: str
    date: date
    amount: Decimal
    withholding_date: date | None = None
    presumed_income: Decimal | None = None
    isr_withheld: Decimal | None = None

    @property
    def key(self):
        """What is there once in a file."""
        return self.identity, self.document


def _rules(row, month, settings) -> Iterator[Problem]:
    later = row.withholding_date
    yield from rules.period_problems(FORMAT, "date", row.date, month, later)
    if row.detail in codes.SERVICE_DETAILS and row.service != f"0{row.detail[0]}":
        message = f"Detail {row.detail} is not one of service {row.service}."
        expected = f"service 0{row.detail[0]} or another detail"
        yield FORMAT.column("detail").problem("DETAIL", message, expected)
    if str(row.country).isdigit() == settings.country_letters:
        expected = "three letters" if settings.country_letters else "three digits"
        message = f"{row.country} is no code of a country."
        yield FORMAT.column("country").problem("COUNTRY", message, expected)
    withheld = amount(row.isr_withheld)
    column = FORMAT.column("withholding_date")
    if withheld and row.withholding_date is None:
        message = "ISR was withheld and no day is given."
        yield column.problem("WITHHOLDING_DATE", message, "the day it was withheld")
    elif withheld and not month.has(row.withholding_date):
        message = f"ISR was withheld on {row.withholding_date}."
        yield column.problem("PERIOD", message, f"a day of {month.period}")
    if withheld > amount(row.amount):
        message = f"{row.isr_withheld} is more than was paid."
        yield FORMAT.column("isr_withheld").problem("ISR_EXCESS", message)


FORMAT = Format(
    "609",
    "Pagos por servicios al exterior",
    COLUMNS,
    PaymentAbroad,
    _rules,
)
