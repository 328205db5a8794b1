"""Format 606, compras de bienes y servicios (NG 07-2018)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ..ncf import OLD_LAST_DAY, is_out_of_use
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
#: What the buyer issues to who has no receipts: 100 % of the ITBIS is withheld.
_INFORMAL = "11"
_RNC, _CEDULA = "1", "2"


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
    yield from _alerts(row, month, settings)
    if rules.type_code(row.ncf) in rules.CREDIT_NOTES:
        if row.payment_form != codes.CREDIT_NOTE_FORM:
            yield FORMAT.column("payment_form").problem(
                "CREDIT_NOTE_FORM",
                f"A credit note with form {row.payment_form}.",
                codes.CREDIT_NOTE_FORM,
                WARNING,
            )


def _own_numbers(row, month):
    column, own = FORMAT.column("identity"), rules.paper_code(row.ncf) in _OWN
    if own and row.identity != month.reporter:
        message = f"{row.ncf} is issued by the taxpayer to itself."
        yield column.problem("OWN_RNC", message, month.reporter)
    elif row.identity == month.reporter and not own:
        message = f"{row.identity} is the taxpayer's own."
        yield column.problem("OWN_SUPPLIER", message, "the supplier's RNC", WARNING)
    if is_out_of_use(row.ncf, row.date):
        message = f"{row.ncf} has 19 positions and is of {row.date}."
        expected = f"an NCF of 11 or 13; the old ones ended on {OLD_LAST_DAY}"
        yield FORMAT.column("ncf").problem("OLD_NUMBER", message, expected)


def _alerts(row, month, settings):
    """What DGII's validator tells of an upload (CA3901, I606 of February 2026)."""
    code, paid = rules.paper_code(row.ncf), row.payment_date
    column, day = FORMAT.column("identity"), FORMAT.column("payment_date")
    if code == _INFORMAL and row.identity_type == _RNC:
        message = f"{row.ncf} is of an RNC of 9 digits."
        expected = "the cédula of who has no receipts of its own"
        yield column.problem("INFORMAL_RNC", message, expected, WARNING)
    withheld = amount(row.itbis_withheld)
    if paid and not month.has(paid) and not withheld and not amount(row.isr_withheld):
        message = f"It was paid on {paid}."
        expected = f"a day of {month.period}, or none"
        yield day.problem("PAYMENT_MONTH", message, expected, WARNING)
    if paid and paid < row.date:
        message = f"It was paid on {paid}, before the receipt of {row.date}."
        yield day.problem("PAYMENT_EARLY", message, "a day from its date on", WARNING)
    person = row.identity_type == _CEDULA and amount(row.services)
    if paid and amount(row.itbis) and not withheld and (person or code == _INFORMAL):
        message = f"{row.ncf} was paid, and none of its ITBIS is withheld."
        expected = "100 % of the ITBIS (NG 02-05, NG 05-2019 art. 7)"
        yield FORMAT.column("itbis_withheld").problem(
            "NOT_WITHHELD", message, expected, WARNING
        )
    supplier = code not in (*_OWN, _INFORMAL)
    if supplier and str(row.ncf)[0] == "B" and row.date > settings.series_b_until:
        message = f"{row.ncf} is of {row.date}, when every issuer is electronic."
        expected = "an e-NCF, unless the supplier was in contingency (Ley 32-23)"
        yield FORMAT.column("ncf").problem(
            "SUPPLIER_SERIES_B", message, expected, WARNING
        )


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
