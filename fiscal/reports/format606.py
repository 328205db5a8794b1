"""Format 606, compras de bienes y servicios (NG 07-2018)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from . import codes, rules
from .columns import (
    ALWAYS,
    AMOUNT,
    BLANK,
    CODE,
    DATE,
    IDENTITY,
    NCF,
    SOMETIMES,
    WARNING,
    Column,
    Problem,
)
from .files import Format
from .rules import amount

_ID = "[0-9]{9}|[0-9]{11}"
# fmt: off
COLUMNS = (
    Column(1, "identity", "RNC o Cédula", "Supplier's RNC or cédula", IDENTITY, 11,
           ALWAYS, "digits; one's own RNC for B13, B17, E43 and E47", letters=_ID),
    Column(2, "identity_type", "Tipo Id", "Type of identification", CODE, 1,
           ALWAYS, codes=codes.IDENTITIES_606),
    Column(3, "expense_type", "Tipo Bienes y Servicios Comprados",
           "Type of goods and services", CODE, 2, ALWAYS, codes=codes.EXPENSES),
    Column(4, "ncf", "NCF", "Fiscal number", NCF, 19, ALWAYS),
    Column(5, "modified_ncf", "NCF o Documento Modificado", "Number modified", NCF, 19,
           SOMETIMES, "for credit and debit notes only"),
    Column(6, "date", "Fecha Comprobante", "Date of the receipt", DATE, 8, ALWAYS),
    Column(7, "payment_date", "Fecha Pago", "Date of payment", DATE, 8,
           SOMETIMES, "when ITBIS or ISR is withheld"),
    Column(8, "services", "Monto Facturado en Servicios", "Services", AMOUNT, 12,
           SOMETIMES, "without taxes"),
    Column(9, "goods", "Monto Facturado en Bienes", "Goods", AMOUNT, 12,
           SOMETIMES, "without taxes"),
    Column(10, "total", "Total Monto Facturado", "Total", AMOUNT, 12,
           ALWAYS, "columns 8 + 9"),
    Column(11, "itbis", "ITBIS Facturado", "ITBIS invoiced", AMOUNT, 12),
    Column(12, "itbis_withheld", "ITBIS Retenido", "ITBIS withheld", AMOUNT, 12,
           SOMETIMES, "in the month of payment"),
    Column(13, "itbis_proportional", "ITBIS sujeto a Proporcionalidad (Art. 349)",
           "ITBIS subject to proportion", AMOUNT, 12),
    Column(14, "itbis_cost", "ITBIS llevado al Costo", "ITBIS taken to the cost",
           AMOUNT, 12),
    Column(15, "itbis_credit", "ITBIS por Adelantar", "ITBIS to credit", AMOUNT, 12,
           SOMETIMES, "columns 11 - 14"),
    Column(16, "itbis_perceived", "ITBIS percibido en compras", "ITBIS perceived",
           BLANK, 0),
    Column(17, "isr_type", "Tipo de Retención en ISR", "Type of ISR withholding",
           CODE, 2, SOMETIMES, "with column 18 only",
           codes=codes.INCOME_TAX_WITHHOLDINGS),
    Column(18, "isr_withheld", "Monto Retención Renta", "ISR withheld", AMOUNT, 12,
           SOMETIMES, "with column 17 only"),
    Column(19, "isr_perceived", "ISR Percibido en compras", "ISR perceived", BLANK, 0),
    Column(20, "isc", "Impuesto Selectivo al Consumo", "Selective tax", AMOUNT, 12),
    Column(21, "other_taxes", "Otros Impuestos/Tasas", "Other taxes", AMOUNT, 12),
    Column(22, "tip", "Monto Propina Legal", "Legal tip", AMOUNT, 12),
    Column(23, "payment_form", "Forma de Pago", "Form of payment", CODE, 2,
           ALWAYS, codes=codes.PAYMENT_FORMS),
)
# fmt: on

#: Types, by their paper series, that support an expense. Consumer invoices do not.
_LISTED = frozenset(("01", "03", "04", "11", "13", "14", "15", "17"))
#: The taxpayer issues these to itself and appears as the supplier.
_OWN = frozenset(("13", "17"))


@dataclass(slots=True)
class Purchase:
    """A line of the 606; amounts in DOP, always positive, None where there is none."""

    identity: str
    identity_type: str
    expense_type: str
    ncf: str
    modified_ncf: str | None
    date: date
    payment_date: date | None = None
    services: Decimal | None = None
    goods: Decimal | None = None
    total: Decimal = Decimal("0.00")
    itbis: Decimal | None = None
    itbis_withheld: Decimal | None = None
    itbis_proportional: Decimal | None = None
    itbis_cost: Decimal | None = None
    itbis_credit: Decimal | None = None
    itbis_perceived: None = None
    isr_type: str | None = None
    isr_withheld: Decimal | None = None
    isr_perceived: None = None
    isc: Decimal | None = None
    other_taxes: Decimal | None = None
    tip: Decimal | None = None
    payment_form: str | None = None

    @property
    def key(self):
        """What is there once in a file: numbers are unique per supplier."""
        return self.identity, self.ncf


def _rules(row, month, settings) -> Iterator[Problem]:
    yield from rules.identity_problems(FORMAT, row, {"1": 9, "2": 11})
    yield from rules.allowed_problems(FORMAT, row, _LISTED)
    yield from rules.reference_problems(FORMAT, row)
    yield from rules.period_problems(FORMAT, "date", row.date, month, row.payment_date)
    yield from _own_numbers(row, month)
    yield from _totals(row)
    yield from _withholdings(row, month)
    if rules.type_code(row.ncf) in rules.CREDIT_NOTES:
        if row.payment_form != codes.CREDIT_NOTE_FORM:
            yield FORMAT.column("payment_form").problem(
                "CREDIT_NOTE_FORM",
                f"A credit note with form {row.payment_form}.",
                codes.CREDIT_NOTE_FORM,
                WARNING,
            )


def _own_numbers(row, month):
    if rules.paper_code(row.ncf) in _OWN and row.identity != month.reporter:
        message = f"{row.ncf} is issued by the taxpayer to itself."
        yield FORMAT.column("identity").problem("OWN_RNC", message, month.reporter)


def _totals(row):
    parts = amount(row.services) + amount(row.goods)
    yield from rules.sum_problem(
        FORMAT, "total", amount(row.total), parts, "columns 8 + 9"
    )
    yield from rules.tax_problem(FORMAT, "itbis", row.itbis, row.total)
    if row.itbis_credit is not None or amount(row.itbis_cost):
        credit = amount(row.itbis) - amount(row.itbis_cost)
        given = amount(row.itbis_credit)
        yield from rules.sum_problem(
            FORMAT, "itbis_credit", given, credit, "columns 11 - 14"
        )
    for name in ("itbis_withheld", "itbis_proportional", "itbis_cost"):
        if amount(getattr(row, name)) > amount(row.itbis):
            message = f"{getattr(row, name)} is more than the ITBIS invoiced."
            expected = f"at most {amount(row.itbis):.2f}"
            yield FORMAT.column(name).problem("ITBIS_EXCESS", message, expected)


def _withholdings(row, month):
    if bool(row.isr_type) != bool(amount(row.isr_withheld)):
        name = "isr_withheld" if row.isr_type else "isr_type"
        message = "Column 17 or 18 without the other."
        yield FORMAT.column(name).problem("ISR_PAIR", message, "both or none")
    if not amount(row.itbis_withheld) and not amount(row.isr_withheld):
        return
    column = FORMAT.column("payment_date")
    if row.payment_date is None:
        message = "Tax is withheld and no payment is dated."
        yield column.problem("PAYMENT_DATE", message, "the day of payment")
    elif not month.has(row.payment_date):
        message = f"Tax was withheld on {row.payment_date}."
        expected = f"a day of {month.period}: tax is withheld when it is paid"
        yield column.problem("PERIOD", message, expected)


FORMAT = Format(
    "606", "Compras de bienes y servicios", COLUMNS, Purchase, _rules, 10_000
)
