"""What the printed representation (RI) of a receipt says, in words ready to print.

Informe Técnico e-CF, "Representación Impresa"; for paper receipts Decreto 254-06
arts. 5 and 8. It is a legal document of the Dominican Republic: it speaks Spanish
whatever the language of who prints it. Layout is not known here.

>>> amount(Decimal("1408")), price(Decimal("84.7458")), change_words(1)
('1,408.00', '84.7458', 'Anula el NCF modificado')
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ..document_types import DOCUMENT_TYPES
from ..money import round_half_up
from ..words import in_words
from .description import PROPINA_LEGAL, Billing, Document, Line, Terms
from .fields import write_day, write_moment
from .places import place_name, province_name
from .units import UNITS

ZERO = Decimal(0)
#: Printed while DGII has not got the document (Decreto 587-24 arts. 40 to 43).
CONTINGENCY = (
    "e-CF emitido en modalidad de Contingencia, el cual podrá ser consultado para su "
    "validez fiscal, a partir de las setenta y dos (72) horas."
)
#: What is printed large on a document in such a state.
LEGENDS = {
    "contingency": CONTINGENCY,
    "rejected": "Rechazado por la DGII: sin valor fiscal.",
    "annulled": "e-NCF anulado: sin valor fiscal.",
}
_TEST = "DOCUMENTO DE PRUEBA - SIN VALOR FISCAL"
_WATERMARKS = {"testecf": _TEST, "certecf": _TEST, "ecf": None, None: None}
_RATES = {Billing.ITBIS_18: 18, Billing.ITBIS_16: 16, Billing.ITBIS_0: 0}
_TERMS = {Terms.CASH: "Contado", Terms.CREDIT: "Crédito", Terms.FREE: "Gratuito"}
_FORMS = {
    1: "Efectivo",
    2: "Cheque/Transferencia/Depósito",
    3: "Tarjeta de débito/crédito",
    4: "Venta a crédito",
    5: "Bonos o certificados de regalo",
    6: "Permuta",
    7: "Nota de crédito",
    8: "Otras formas de pago",
}
# Formato e-CF, CodigoModificacion.
_CHANGES = {
    1: "Anula el NCF modificado",
    2: "Corrige texto del comprobante fiscal modificado",
    3: "Corrige montos del NCF modificado",
    4: "Reemplazo NCF emitido en contingencia",
    5: "Referencia factura de consumo electrónica",
}
# Formato e-CF, Tabla I, in groups.
_TAXES = {
    PROPINA_LEGAL: "Propina legal",
    "002": "CDT",
    "003": "ISC seguros",
    "004": "ISC telecomunicaciones",
    "005": "Expedición de la primera placa",
}
_PURCHASES = ("41", "47")


@dataclass(frozen=True)
class PrintedLine:
    """A line; ``name`` has the ``E`` before it if the line is exempt of ITBIS."""

    quantity: str
    unit: str
    name: str
    price: str
    itbis: str
    change: str
    value: str


@dataclass(frozen=True)
class Printed:
    """Rows are ``(label, text)``; ``issuer`` are lines, the first its best known name.

    ``security_code``, ``signed_at`` and ``qr_url`` are None on paper receipts.
    """

    title: str
    number: str
    head: tuple[tuple[str, str], ...]
    issuer: tuple[str, ...]
    buyer_title: str
    buyer: tuple[tuple[str, str], ...]
    lines: tuple[PrintedLine, ...]
    totals: tuple[tuple[str, str], ...]
    total: tuple[str, str]
    after_total: tuple[tuple[str, str], ...]
    words: str
    payments: tuple[tuple[str, str], ...]
    legend: str | None
    watermark: str | None
    security_code: str | None
    signed_at: str | None
    qr_url: str | None

    @property
    def has_changes(self) -> bool:
        """Whether any line has a discount or a surcharge."""
        return any(line.change for line in self.lines)


def amount(value: Decimal) -> str:
    return f"{round_half_up(value):,.2f}"


def price(value: Decimal) -> str:
    """Two to four decimals, as many as it has."""
    whole = f"{round_half_up(value, 4):,.4f}"
    return whole[:-2] + whole[-2:].rstrip("0")


def quantity(value: Decimal) -> str:
    """Without decimals where it has none."""
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def change_words(code: int | None) -> str:
    return _CHANGES.get(code, "")


def printed(
    document: Document,
    prefix: str | None = None,
    *,
    state: str | None = None,
    environment: str | None = None,
    security_code: str | None = None,
    qr_url: str | None = None,
    sold: date | None = None,
) -> Printed:
    """The words of a complete document.

    :param prefix: its type with the letter of its series, ``E`` if not told
    :param state: of the electronic receipt; some states print a legend
    :param environment: of DGII; any but ``ecf`` prints that it is a test
    :param sold: day of the sale; one that was numbered later says both
    """
    kind = DOCUMENT_TYPES[prefix or f"E{document.kind}"]
    totals = document.totals
    total = amount(totals.total)
    return Printed(
        title=kind.title,
        number=document.encf,
        head=tuple(_head(document, kind, sold)),
        issuer=tuple(_issuer(document)),
        buyer_title="Suplidor" if document.kind in _PURCHASES else "Cliente",
        buyer=tuple(_buyer(document)),
        lines=tuple(_line(line, document.prices_with_tax) for line in document.lines),
        totals=tuple(_totals(document)),
        total=("Total RD$", total),
        after_total=tuple(_after_total(document)),
        words=f"SON: {in_words(totals.total)}",
        payments=tuple(_payments(document)),
        legend=LEGENDS.get(state),
        watermark=_WATERMARKS.get(environment, _TEST),
        security_code=security_code,
        signed_at=write_moment(document.signed_at)
        if security_code and document.signed_at
        else None,
        qr_url=qr_url,
    )


def _head(document, kind, sold):
    yield ("e-NCF" if kind.electronic else "NCF"), document.encf
    if document.sequence_expiry:
        label = "Fecha de vencimiento" if kind.electronic else "Válida hasta"
        yield label, write_day(document.sequence_expiry)
    yield "Fecha de emisión", write_day(document.issue_date)
    if sold and document.issue_date and sold < document.issue_date:
        yield "Fecha de la venta", write_day(sold)
    reference = document.reference
    if reference:
        if reference.ncf:
            electronic = reference.ncf.startswith("E")
            yield f"{'e-NCF' if electronic else 'NCF'} modificado", reference.ncf
        if reference.issued:
            yield "Fecha del NCF modificado", write_day(reference.issued)
        if reference.code:
            words = change_words(reference.code)
            yield "Código de modificación", f"{reference.code} - {words}"
        if reference.reason:
            yield "Razón de modificación", reference.reason
    foreign = document.foreign
    if foreign and foreign.currency:
        rate = price(foreign.rate) if foreign.rate else ""
        yield "Moneda y tasa de cambio", f"{foreign.currency} {rate}".strip()


def _issuer(document):
    issuer = document.issuer
    if issuer.trade_name and issuer.trade_name != issuer.name:
        yield issuer.trade_name
    yield issuer.name
    if issuer.branch:
        yield f"Sucursal: {issuer.branch}"
    yield f"RNC: {issuer.rnc}"
    if issuer.address:
        yield issuer.address
    if issuer.municipality:
        place, province = place_name(issuer.municipality), ""
        if issuer.province:
            province = province_name(issuer.province)
        yield ", ".join(dict.fromkeys(filter(None, (place, province))))
    if issuer.phones:
        yield "Tel.: " + ", ".join(issuer.phones)
    if issuer.email:
        yield issuer.email


def _buyer(document):
    buyer = document.buyer
    if not buyer:
        return
    if buyer.name:
        yield "Razón social", buyer.name
    if buyer.rnc:
        yield ("RNC" if len(buyer.rnc) == 9 else "Cédula"), buyer.rnc
    if buyer.foreign_id:
        yield "Identificación extranjera", buyer.foreign_id
    if buyer.address:
        yield "Dirección", buyer.address


def _line(line: Line, prices_with_tax):
    change = (line.surcharge or ZERO) - (line.discount or ZERO)
    rate = Decimal(_RATES.get(line.billing, 0)) / 100
    value = line.amount or ZERO
    net = value / (1 + rate) if prices_with_tax else value
    exempt = "E " if line.billing == Billing.EXEMPT else ""
    name = line.name
    for code in line.codes:
        name = name.removeprefix(f"[{code.code}] ")
    return PrintedLine(
        quantity=quantity(line.quantity),
        unit=UNITS[line.unit][1] if line.unit in UNITS else "",
        name=f"{exempt}{name}",
        price=price(line.price),
        itbis=amount(net * rate),
        change=amount(change) if change else "",
        value=amount(value),
    )


def _totals(document):
    totals = document.totals
    taxed = _rated(totals.taxed_1, totals.taxed_2, totals.taxed_3)
    yield from _sum("Subtotal gravado", taxed, totals.taxed)
    if totals.exempt:
        yield "Subtotal exento", amount(totals.exempt)
    for adjustment in document.adjustments:
        word = "Descuento" if adjustment.kind == "D" else "Recargo"
        text = adjustment.description or "global"
        sign = "-" if adjustment.kind == "D" else ""
        yield f"{word}: {text}", sign + amount(adjustment.amount or ZERO)
    itbis = _rated(totals.itbis_1, totals.itbis_2, totals.itbis_3)
    yield from _sum("Total ITBIS", itbis, totals.itbis, "ITBIS")
    for tax in totals.additional_taxes:
        parts = (tax.specific, tax.ad_valorem, tax.other)
        rate = f" {quantity(tax.rate)}%" if tax.code == PROPINA_LEGAL else ""
        name = _TAXES.get(tax.code, f"ISC {tax.code}")
        yield f"{name}{rate}", amount(sum(part or ZERO for part in parts))
    if totals.not_invoiced:
        yield "Monto no facturable", amount(totals.not_invoiced)


def _rated(*values):
    """``(rate in words, value)`` of the rates that are used."""
    return [(rate, value) for rate, value in zip(("18%", "16%", "0%"), values) if value]


def _sum(label, parts, whole, part_label=None):
    """The parts and their sum, or one row if there is one part only."""
    if len(parts) == 1:
        yield f"{label} {parts[0][0]}", amount(parts[0][1])
        return
    for rate, value in parts:
        yield f"{part_label or label} {rate}", amount(value)
    if whole is not None:
        yield label, amount(whole)


def _after_total(document):
    totals = document.totals
    for label, value in (
        ("ITBIS retenido", totals.itbis_withheld),
        ("ISR retenido", totals.isr_withheld),
        ("ITBIS percibido", totals.itbis_perceived),
        ("ISR percibido", totals.isr_perceived),
        ("Saldo anterior", totals.previous_balance),
        ("Avance de pago", totals.advance),
        ("Valor a pagar", totals.payable),
    ):
        if value:
            yield label, amount(value)
    foreign = document.foreign
    if foreign and foreign.currency and foreign.total:
        yield f"Total {foreign.currency}", amount(foreign.total)


def _payments(document):
    if document.terms is not None and not document.reference:
        yield "Condición de pago", _TERMS.get(document.terms, "")
    if document.due_date:
        yield "Fecha límite de pago", write_day(document.due_date)
    for payment in document.payments:
        yield _FORMS.get(payment.form, _FORMS[8]), amount(payment.amount)
