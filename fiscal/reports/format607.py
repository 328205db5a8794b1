"""Format 607, ventas de bienes y servicios (NG 07-2018, NG 10-2018)."""

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

_ID = "[0-9]{9}|[0-9]{11}|[0-9A-Za-z][0-9A-Za-z./-]{0,19}"
# fmt: off
COLUMNS = (
    Column(1, "identity", "RNC/Cédula o Pasaporte", "Buyer's RNC, cédula or passport",
           IDENTITY, 20, SOMETIMES, "blank only where the receipt needs no buyer",
           letters=_ID),
    Column(2, "identity_type", "Tipo Identificación", "Type of identification", CODE, 1,
           SOMETIMES, "with column 1 only", codes=codes.IDENTITIES_607),
    Column(3, "ncf", "Número Comprobante Fiscal", "Fiscal number", NCF, 13, ALWAYS,
           letters="B[0-9]{10}|E[0-9]{12}"),
    Column(4, "modified_ncf", "Número Comprobante Fiscal Modificado",
           "Number modified", NCF, 19, SOMETIMES, "for credit and debit notes only"),
    Column(5, "income_type", "Tipo de Ingreso", "Type of income", CODE, 2, ALWAYS,
           codes=codes.INCOMES),
    Column(6, "date", "Fecha Comprobante", "Date of the receipt", DATE, 8, ALWAYS),
    Column(7, "withholding_date", "Fecha de Retención", "Date of withholding", DATE, 8,
           SOMETIMES, "when column 10 or 12 is filled"),
    Column(8, "amount", "Monto Facturado", "Amount", AMOUNT, 12, ALWAYS,
           "without ITBIS, propina and other taxes"),
    Column(9, "itbis", "ITBIS Facturado", "ITBIS invoiced", AMOUNT, 12, ALWAYS),
    Column(10, "itbis_withheld", "ITBIS Retenido por Terceros",
           "ITBIS withheld by others", AMOUNT, 12),
    Column(11, "itbis_perceived", "ITBIS Percibido", "ITBIS perceived", BLANK, 0),
    Column(12, "isr_withheld", "Retención Renta por Terceros",
           "ISR withheld by others", AMOUNT, 12),
    Column(13, "isr_perceived", "ISR Percibido", "ISR perceived", BLANK, 0),
    Column(14, "isc", "Impuesto Selectivo al Consumo", "Selective tax", AMOUNT, 12),
    Column(15, "other_taxes", "Otros Impuestos/Tasas", "Other taxes", AMOUNT, 12),
    Column(16, "tip", "Monto Propina Legal", "Legal tip", AMOUNT, 12),
    Column(17, "cash", "Efectivo", "Cash", AMOUNT, 12, SOMETIMES,
           "columns 17 to 23 add up to 8 + 9 + 14 + 15 + 16"),
    Column(18, "bank", "Cheque/Transferencia/Depósito", "Cheque, transfer, deposit",
           AMOUNT, 12),
    Column(19, "card", "Tarjeta Débito/Crédito", "Card", AMOUNT, 12),
    Column(20, "credit", "Venta a Crédito", "On credit", AMOUNT, 12),
    Column(21, "voucher", "Bonos o Certificados de Regalo", "Gift vouchers",
           AMOUNT, 12),
    Column(22, "barter", "Permuta", "Barter", AMOUNT, 12),
    Column(23, "other_form", "Otras Formas de Ventas", "Other", AMOUNT, 12),
)
# fmt: on

#: Names of columns 17 to 23.
PAYMENTS = ("cash", "bank", "card", "credit", "voucher", "barter", "other_form")
#: Types, by their paper series, that a seller issues.
_LISTED = frozenset(("01", "02", "03", "04", "12", "14", "15", "16"))
#: May go without a buyer: the record of the day's sales, and exports.
_BUYER_OPTIONAL = frozenset(("12", "16"))


@dataclass(slots=True)
class Sale:
    """A line of the 607; amounts in DOP, always positive, None where there is none."""

    identity: str | None
    identity_type: str | None
    ncf: str
    modified_ncf: str | None
    income_type: str
    date: date
    withholding_date: date | None = None
    amount: Decimal = Decimal("0.00")
    itbis: Decimal = Decimal("0.00")
    itbis_withheld: Decimal | None = None
    itbis_perceived: None = None
    isr_withheld: Decimal | None = None
    isr_perceived: None = None
    isc: Decimal | None = None
    other_taxes: Decimal | None = None
    tip: Decimal | None = None
    cash: Decimal | None = None
    bank: Decimal | None = None
    card: Decimal | None = None
    credit: Decimal | None = None
    voucher: Decimal | None = None
    barter: Decimal | None = None
    other_form: Decimal | None = None

    @property
    def key(self):
        """What is there once in a file."""
        return self.ncf

    @property
    def total(self) -> Decimal:
        """Amount with taxes and propina: columns 8 + 9 + 14 + 15 + 16."""
        parts = self.amount, self.itbis, self.isc, self.other_taxes, self.tip
        return sum(map(amount, parts), rules.ZERO)

    @property
    def paid(self) -> Decimal:
        """Columns 17 to 23."""
        return sum((amount(getattr(self, name)) for name in PAYMENTS), rules.ZERO)


def is_consumer(row: Sale) -> bool:
    """Whether it is a consumer receipt, B02 or E32."""
    return str(row.ncf)[:3] in ("B02", "E32")


def reaches_threshold(row: Sale, settings=rules.DEFAULTS) -> bool:
    """Whether a consumer receipt is great enough to be listed with its buyer."""
    measure = row.total if settings.threshold_with_taxes else amount(row.amount)
    return measure >= settings.consumer_threshold


def _rules(row, month, settings) -> Iterator[Problem]:
    yield from _buyer(row, settings)
    yield from rules.allowed_problems(FORMAT, row, _LISTED)
    yield from rules.reference_problems(FORMAT, row)
    later = row.withholding_date
    yield from rules.period_problems(FORMAT, "date", row.date, month, later)
    yield from rules.tax_problem(FORMAT, "itbis", row.itbis, row.amount)
    yield from _payments(row)
    yield from _withholdings(row, month)


def _buyer(row, settings):
    if row.identity or row.identity_type:
        yield from rules.identity_problems(FORMAT, row, {"1": 9, "2": 11})
    elif rules.type_code(row.ncf) in rules.NOTES:
        if rules.paper_code(row.modified_ncf) not in (rules.CONSUMER, None):
            message = f"A note on {row.modified_ncf} names no buyer."
            yield FORMAT.column("identity").problem("BUYER_REQUIRED", message)
    else:
        optional = rules.paper_code(row.ncf) in _BUYER_OPTIONAL
        yield FORMAT.column("identity").problem(
            "BUYER_REQUIRED",
            f"{row.ncf} names no buyer.",
            severity=WARNING if optional else "error",
        )
    if is_consumer(row) and not reaches_threshold(row, settings):
        message = f"{row.ncf} is a consumer receipt of {row.total}."
        expected = (
            f"only from {settings.consumer_threshold}; the others go in the summary"
        )
        yield FORMAT.column("ncf").problem("CONSUMER_BELOW", message, expected)


def _payments(row):
    if rules.type_code(row.ncf) not in rules.CREDIT_NOTES:
        expected = "columns 17 to 23 = 8 + 9 + 14 + 15 + 16"
        yield from rules.sum_problem(FORMAT, "cash", row.paid, row.total, expected)
    elif any(getattr(row, name) is not None for name in PAYMENTS):
        message = f"Credit note {row.ncf} has forms of sale."
        expected = "columns 17 to 23 blank"
        yield FORMAT.column("cash").problem("CREDIT_NOTE_PAID", message, expected)


def _withholdings(row, month):
    withheld = amount(row.itbis_withheld) or amount(row.isr_withheld)
    column = FORMAT.column("withholding_date")
    if withheld and row.withholding_date is None:
        message = "Tax was withheld and no day is given."
        yield column.problem("WITHHOLDING_DATE", message, "the day it was withheld")
    elif row.withholding_date is not None and not withheld:
        message = "A day of withholding, and nothing withheld."
        yield column.problem("WITHHOLDING_DATE", message, "column 10 or 12, or no date")
    elif withheld and not month.has(row.withholding_date):
        message = f"Tax was withheld on {row.withholding_date}."
        yield column.problem("PERIOD", message, f"a day of {month.period}")
    if amount(row.itbis_withheld) > amount(row.itbis):
        message = f"{row.itbis_withheld} is more than the ITBIS invoiced."
        yield FORMAT.column("itbis_withheld").problem("ITBIS_EXCESS", message)


FORMAT = Format("607", "Ventas de bienes y servicios", COLUMNS, Sale, _rules, 65_000)
