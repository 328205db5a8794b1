"""Rules of the sale, beside the table: small functions, each with its one reason.

Each takes a complete ``Document`` and yields its problems. Amounts may differ by one
peso in a line, and by one peso for each line in the document (Informe Técnico e-CF
section 13): DGII accepts more only "conditionally", so it is a problem here.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from ..calendar import fiscal_day
from ..document_types import DOCUMENT_TYPES, DocumentType
from ..identity import buyer_problem
from ..money import amounts_equal, round_half_up
from .build import note_indicator
from .description import Billing, Change, Document, Form, Line, Terms
from .fields import write_amount
from .problems import Problem, line_path
from .rules_totals import currency_totals, payable, totals
from .totals import (
    ITBIS_RATES,
    ZERO,
    adjustment_amount,
    line_amount,
    line_nets,
    tolerance,
)

ONE_PESO = Decimal(1)
_ID = "Encabezado/IdDoc/"
_BUYER = "Encabezado/Comprador/"
_REFERENCE = "InformacionReferencia/"
_BUYER_FIELDS = {
    "tax_id": "RNCComprador",
    "foreign_id": "IdentificadorExtranjero",
    "name": "RazonSocialComprador",
}
# Formato e-CF notes 50 and 51: what the type says of all its lines.
_BILLING_OF_TYPE = {"43": "exempt", "44": "exempt", "46": "ITBIS 0 %", "47": "exempt"}
_NOTES = ("33", "34")
_PRICED = ("31", "32", "33", "34", "41", "45")


def _numbered(document: Document) -> Iterator[tuple[int, Line]]:
    return enumerate(document.lines, 1)


def number_of_type(document: Document) -> Iterator[Problem]:
    if document.encf[1:3] != document.kind:
        path = _ID + "eNCF"
        yield Problem("wrong_type", path, (document.encf, document.kind))


def line_numbers(document: Document) -> Iterator[Problem]:
    for place, line in _numbered(document):
        if line.number != place:
            path = line_path(place, "NumeroLinea")
            yield Problem("line_number", path, (str(place),))


def line_amounts(document: Document) -> Iterator[Problem]:
    """MontoItem is price x quantity less discounts, within one peso."""
    for place, line in _numbered(document):
        computed = line_amount(line)
        if computed < 0:
            yield Problem("negative_line", line_path(place, "MontoItem"))
        elif not amounts_equal(line.amount, computed, ONE_PESO):
            values = (write_amount(line.amount), write_amount(computed))
            yield Problem("line_amount", line_path(place, "MontoItem"), values)


def line_parts(document: Document) -> Iterator[Problem]:
    """A discount or surcharge comes with its parts (DGII's messages 2020 and 2030)."""
    for place, line in _numbered(document):
        for name, whole, parts in (
            ("DescuentoMonto", line.discount, line.discounts),
            ("RecargoMonto", line.surcharge, line.surcharges),
        ):
            if not whole and not parts:
                continue
            path = line_path(place, name)
            if not parts:
                yield Problem("parts_missing", path)
            added = sum((part.amount or ZERO for part in parts), ZERO)
            if parts and added != (whole or ZERO):
                values = (write_amount(whole or ZERO), write_amount(added))
                yield Problem("parts", path, values)
            yield from _percentages(line, parts, path)


def _percentages(line: Line, parts, path: str) -> Iterator[Problem]:
    for part in parts:
        if part.percent is None or part.amount is None:
            continue
        percentage = line.price * line.quantity * part.percent / 100
        if not amounts_equal(part.amount, percentage, ONE_PESO):
            values = (write_amount(part.amount), write_amount(percentage))
            yield Problem("percent_amount", path, values)


def _ruling(document: Document) -> DocumentType | None:
    """The electronic type that rules a document: a note goes by what it modifies.

    None for a number of the series before 2018, which tells no type.
    """
    prefix = "E" + document.kind
    if document.kind in _NOTES and document.reference:
        prefix = (document.reference.ncf or "")[:3]
    ruling = DOCUMENT_TYPES.get(prefix)
    if ruling and not ruling.electronic:
        ruling = DOCUMENT_TYPES.get(ruling.twin or "")
    return ruling


def billing_of_type(document: Document) -> Iterator[Problem]:
    """A note keeps the treatment of its original, so a type rules its notes too."""
    ruling = _ruling(document)
    kind = ruling.code if ruling else ""
    word = _BILLING_OF_TYPE.get(kind)
    wanted = Billing.ITBIS_0 if kind == "46" else Billing.EXEMPT
    for place, line in _numbered(document):
        if word and line.billing not in (wanted, Billing.NOT_INVOICED):
            path = line_path(place, "IndicadorFacturacion")
            yield Problem("billing", path, (kind, word))
        if document.kind == "47" and line.nature != 2:
            yield Problem("service_only", line_path(place, "IndicadorBienoServicio"))


def withheld_of_exempt(document: Document) -> Iterator[Problem]:
    """An exempt line withholds no ITBIS, and says so: 0.00 (Formato e-CF note 53)."""
    for place, line in _numbered(document):
        held = line.retention
        if document.kind != "41" or not held or line.billing != Billing.EXEMPT:
            continue
        if held.agent == 1 and held.itbis != ZERO:
            path = line_path(place, "Retencion/MontoITBISRetenido")
            yield Problem("withheld_exempt", path)


def taxes_of_type(document: Document) -> Iterator[Problem]:
    """Special regimes (44) bear the additional taxes 001 to 005 only."""
    for place, line in _numbered(document):
        for code in line.additional_taxes:
            if document.kind == "44" and code > "005":
                path = line_path(place, "TablaImpuestoAdicional")
                yield Problem("tax_of_type", path, (code, document.kind))


def price_basis(document: Document) -> Iterator[Problem]:
    """IndicadorMontoGravado stands with taxed lines, and not without."""
    billings = {line.billing for line in document.lines}
    path = _ID + "IndicadorMontoGravado"
    if document.kind not in _PRICED:
        return
    if document.prices_with_tax is None:
        if billings & {Billing.ITBIS_18, Billing.ITBIS_16}:
            yield Problem("price_basis_missing", path)
    elif not billings & set(ITBIS_RATES):
        yield Problem("price_basis", path)


def adjustments(document: Document) -> Iterator[Problem]:
    """Discounts of the document: their percentages, and no more than the lines."""
    nets = line_nets(document)
    left = dict(nets)
    codes = {line.additional_taxes for line in document.lines if line.additional_taxes}
    for place, adjustment in enumerate(document.adjustments, 1):
        path = f"DescuentosORecargos/DescuentoORecargo[{place}]/"
        if adjustment.number != place:
            yield Problem("line_number", path + "NumeroLinea", (str(place),))
        kind = "$" if adjustment.percent is None else "%"
        if adjustment.value_kind not in (None, kind):
            yield Problem("adjustment_kind", path + "TipoValor", (kind,))
        if adjustment.billing is None:
            name = "IndicadorFacturacionDescuentooRecargo"
            yield Problem("missing", path + name)
        if len(codes) > 1 and kind == "$":
            yield Problem("adjustment_percent", path + "TipoValor")
        amount = adjustment_amount(adjustment, nets)
        if kind == "%":
            percentage = nets.get(adjustment.billing, ZERO) * adjustment.percent / 100
            if not amounts_equal(amount, percentage, tolerance(document)):
                values = (write_amount(amount), write_amount(percentage))
                yield Problem("percent_amount", path + "MontoDescuentooRecargo", values)
        change = amount if adjustment.kind == "R" else -amount
        left[adjustment.billing] = left.get(adjustment.billing, ZERO) + change
    if any(round_half_up(net) < 0 for net in left.values()):
        yield Problem("adjustment", "DescuentosORecargos")


def buyer(document: Document) -> Iterator[Problem]:
    """Who must be named (Formato e-CF fields 38 to 40); a note follows its original.

    Of the original's total a note knows only that it is not below the note's own.
    """
    ruling = _ruling(document)
    rule = ruling.buyer if ruling else "optional"
    who = document.buyer
    found = buyer_problem(
        rule,
        document.totals.total,
        who and who.rnc,
        who and who.foreign_id,
        who and who.name,
    )
    for problem in found:
        path = _BUYER + _BUYER_FIELDS[problem.field]
        yield Problem(problem.code, path, (problem.message,))


def reference_parts(document: Document) -> Iterator[Problem]:
    reference = document.reference
    if reference is None:
        return
    for name, value in (
        ("NCFModificado", reference.ncf),
        ("FechaNCFModificado", reference.issued),
        ("CodigoModificacion", reference.code),
    ):
        if value is None:
            yield Problem("reference_missing", _REFERENCE + name)
    if reference.ncf == document.encf:
        yield Problem("reference_self", _REFERENCE + "NCFModificado")
    if reference.issued and reference.issued > document.issue_date:
        yield Problem("reference_date", _REFERENCE + "FechaNCFModificado")


def reference_code(document: Document) -> Iterator[Problem]:
    """1 to 3 are for notes, 5 for a fiscal credit invoice, 4 for all."""
    reference = document.reference
    if reference is None or reference.code is None:
        return
    code, ncf = reference.code, reference.ncf or ""
    if code == Change.REPLACES_CONTINGENCY:
        if ncf[:3] != DOCUMENT_TYPES["E" + document.kind].twin:
            values = (ncf, document.kind)
            yield Problem("reference_type", _REFERENCE + "NCFModificado", values)
    elif code == Change.FOLLOWS_CONSUMER_INVOICE and document.kind == "31":
        if ncf[:3] != "E32":
            values = (ncf, document.kind)
            yield Problem("reference_type", _REFERENCE + "NCFModificado", values)
    elif document.kind not in _NOTES or code == Change.FOLLOWS_CONSUMER_INVOICE:
        values = (document.kind, str(code))
        yield Problem("reference_code", _REFERENCE + "CodigoModificacion", values)


def notes(document: Document) -> Iterator[Problem]:
    reference = document.reference
    if document.kind not in _NOTES or not reference or not reference.issued:
        return
    expected = note_indicator(document.issue_date, reference)
    if document.kind == "34" and document.note_indicator != expected:
        days = (document.issue_date - reference.issued).days
        path = _ID + "IndicadorNotaCredito"
        yield Problem("note_indicator", path, (str(expected), str(days)))
    if reference.code == Change.CORRECTS_TEXT and document.totals.total:
        yield Problem("text_correction", "Encabezado/Totales/MontoTotal")


def payments(document: Document) -> Iterator[Problem]:
    path = _ID + "TablaFormasPago"
    if not document.payments:
        return
    if document.terms == Terms.FREE:
        yield Problem("free_payment", path)
    for payment in document.payments:
        if payment.form == Form.GIFT_VOUCHER and document.kind != "32":
            yield Problem("voucher", path)
    paid = sum(payment.amount for payment in document.payments)
    due = payable(document)
    margin = tolerance(document)
    if not any(amounts_equal(paid, amount, margin) for amount in due):
        values = (write_amount(paid), write_amount(due[0]))
        yield Problem("payment_sum", path, values)


def terms(document: Document) -> Iterator[Problem]:
    if document.terms == Terms.FREE and document.kind == "31":
        yield Problem("free_credit", _ID + "TipoPago")
    path = _ID + "FechaLimitePago"
    if document.due_date and document.due_date < document.issue_date:
        yield Problem("due_date", path)
    # A note gives back; minor expenses are paid at once and have no such element.
    if document.terms == Terms.CREDIT and document.kind not in ("34", "43"):
        if document.due_date is None:
            yield Problem("due_date_missing", path)


def dates(document: Document) -> Iterator[Problem]:
    expiry = document.sequence_expiry
    if expiry and expiry < document.issue_date:
        values = (f"{expiry:%d-%m-%Y}",)
        yield Problem("expired", _ID + "FechaVencimientoSecuencia", values)
    signed: date | None = document.signed_at and fiscal_day(document.signed_at)
    if signed and document.issue_date > signed:
        yield Problem("future", "Encabezado/Emisor/FechaEmision")


RULES = (
    number_of_type,
    line_numbers,
    line_amounts,
    line_parts,
    billing_of_type,
    withheld_of_exempt,
    taxes_of_type,
    price_basis,
    adjustments,
    totals,
    currency_totals,
    buyer,
    reference_parts,
    reference_code,
    notes,
    payments,
    terms,
    dates,
)


def document_problems(document: Document) -> list[Problem]:
    """All that the rules have against a complete document."""
    return [problem for rule in RULES for problem in rule(document)]
