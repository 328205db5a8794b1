"""From the description of a sale to the bytes to sign, and back.

``complete`` fills what a sale leaves open, ``to_xml`` writes; ``build_ecf`` does both.
What is written still needs ``validate``: nothing is refused here, so that the person
who sells reads all that is wrong at once.
"""

from collections.abc import Iterable
from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal

from ..money import round_half_up
from .description import (
    ANONYMOUS,
    AdditionalTax,
    Adjustment,
    Billing,
    Buyer,
    Document,
    ForeignLine,
    ForeignTotals,
    Line,
    LineDiscount,
    LineSurcharge,
    Reference,
    Terms,
    Totals,
)
from .fields import ReadError, changed, from_tree, to_tree
from .kinds import fits
from .table import grammar
from .totals import (
    ITBIS_RATES,
    ZERO,
    add_up,
    adjustment_amount,
    line_amount,
    line_nets,
    part_amount,
    totals_by_rate,
)
from .xml import prune, read, write

#: A consumer invoice of this total or more goes to DGII whole and names its buyer.
THRESHOLD = Decimal("250000")
_NOTE_DAYS = 30
_FOREIGN_SUMS = tuple(f.name for f in fields(ForeignTotals)[2:-1])


def is_summarised(document: Document) -> bool:
    """Whether DGII gets only the summary (RFCE) of this document.

    ``document`` is complete: its total is known.
    """
    return document.kind == "32" and document.totals.total < THRESHOLD


def note_indicator(issue_date: date, reference: Reference | None) -> int | None:
    """IndicadorNotaCredito: 1 beyond 30 days (Código Tributario art. 338)."""
    if not reference or not reference.issued:
        return None
    return int((issue_date - reference.issued).days > _NOTE_DAYS)


def _complete_parts(line: Line, parts, whole: Decimal | None, of):
    if not parts:
        return (of(kind="$", amount=round_half_up(whole)),) if whole else ()
    return tuple(
        changed(
            part,
            kind=part.kind or ("$" if part.percent is None else "%"),
            amount=part_amount(line, part),
        )
        for part in parts
    )


def _in_hundredths(line: Line) -> Line:
    """The same line with a quantity of two decimals, which is all that an e-CF has.

    The price takes the difference: 0.375 kg at 200.00 is 0.38 kg at 197.3684.
    """
    quantity = round_half_up(line.quantity)
    if quantity == line.quantity or line.quantity <= 0:
        return line
    quantity = quantity or Decimal("0.01")
    price = round_half_up(line.price * line.quantity / quantity, 4)
    return changed(line, quantity=quantity, price=price)


def _complete_line(place: int, line: Line) -> Line:
    amount = line.amount
    if line.discounts or line.surcharges or line.discount or line.surcharge:
        cuts = _complete_parts(line, line.discounts, line.discount, LineDiscount)
        adds = _complete_parts(line, line.surcharges, line.surcharge, LineSurcharge)
        line = changed(
            line,
            discounts=cuts,
            discount=sum(part.amount for part in cuts) if cuts else line.discount,
            surcharges=adds,
            surcharge=sum(part.amount for part in adds) if adds else line.surcharge,
        )
    if amount is None:
        amount = line_amount(line)
    line = _in_hundredths(line)
    return changed(line, number=line.number or place, amount=round_half_up(amount))


def _complete_adjustments(document: Document) -> tuple[Adjustment, ...]:
    nets = line_nets(document)
    return tuple(
        changed(
            adjustment,
            number=adjustment.number or place,
            value_kind=adjustment.value_kind
            or ("$" if adjustment.percent is None else "%"),
            amount=adjustment_amount(adjustment, nets),
        )
        for place, adjustment in enumerate(document.adjustments, 1)
    )


def _merge_tax(given: AdditionalTax, computed: AdditionalTax | None) -> AdditionalTax:
    if computed is None:
        return given
    if (given.specific, given.ad_valorem, given.other) == (None, None, None):
        return changed(computed, rate=given.rate or computed.rate)
    return changed(given, rate=given.rate or computed.rate)


def _merge_totals(given: Totals | None, computed: Totals) -> Totals:
    """The caller's totals, and the lines' where the caller gives none."""
    if given is None:
        return computed
    values = {
        name: value
        for name, value in computed.__dict__.items()
        if value is not None and getattr(given, name) is None
    }
    if given.additional_taxes:
        known = {tax.code: tax for tax in computed.additional_taxes}
        values["additional_taxes"] = tuple(
            _merge_tax(tax, known.get(tax.code)) for tax in given.additional_taxes
        )
    else:
        values["additional_taxes"] = computed.additional_taxes
    return changed(given, **values)


def _in_currency(value: Decimal | None, rate: Decimal, places: int = 2):
    return None if value is None else round_half_up(value / rate, places)


def _complete_foreign(document: Document) -> Document:
    foreign = document.foreign
    if foreign is None or not foreign.rate or foreign.total is not None:
        return document
    totals = {n: _in_currency(getattr(document.totals, n), foreign.rate)
              for n in _FOREIGN_SUMS}  # fmt: skip
    lines = tuple(
        line
        if line.foreign
        else changed(
            line,
            foreign=ForeignLine(
                price=_in_currency(line.price, foreign.rate, 4),
                discount=_in_currency(line.discount, foreign.rate),
                surcharge=_in_currency(line.surcharge, foreign.rate),
                amount=_in_currency(line.amount, foreign.rate),
            ),
        )
        for line in document.lines
    )
    return changed(document, foreign=changed(foreign, **totals), lines=lines)


def _fitting_contacts(document: Document) -> dict:
    """Issuer and buyer without the e-mail and phones that DGII does not take.

    They are optional, and no reason to stop a sale.
    """
    issuer, buyer = document.issuer, document.buyer
    if issuer.email and not fits("email", issuer.email):
        issuer = changed(issuer, email=None)
    if not all(fits("phone", phone) for phone in issuer.phones):
        phones = tuple(phone for phone in issuer.phones if fits("phone", phone))
        issuer = changed(issuer, phones=phones)
    if buyer and buyer.email and not fits("email", buyer.email):
        buyer = changed(buyer, email=None)
    if buyer and buyer.phone and not fits("phone", buyer.phone):
        buyer = changed(buyer, phone=None)
    if buyer is None and document.kind == "32":
        buyer = Buyer(name=ANONYMOUS)
    return {"issuer": issuer, "buyer": buyer}


def _complete_header(document: Document, signed_at: datetime | None) -> Document:
    allowed = grammar(document.kind).path("Encabezado/IdDoc").index
    values = _fitting_contacts(document)
    taxed = any(line.billing in ITBIS_RATES for line in document.lines)
    if taxed and document.prices_with_tax is None:
        if "IndicadorMontoGravado" in allowed:
            values["prices_with_tax"] = 0
    if document.income_type is None and "TipoIngresos" in allowed:
        values["income_type"] = "01"
    if document.terms is None:
        values["terms"] = Terms.CASH
    if document.note_indicator is None and document.kind == "34":
        values["note_indicator"] = note_indicator(
            document.issue_date, document.reference
        )
    if signed_at is not None:
        values["signed_at"] = signed_at
    return changed(document, **values)


def complete(document: Document, signed_at: datetime | None = None) -> Document:
    """The document with its numbers, amounts and totals; what is given stays.

    Line numbers, amounts of lines and discounts, totals, IndicadorMontoGravado,
    IndicadorNotaCredito, TipoIngresos 01 and TipoPago 1 are filled where None, and
    the anonymous consumer of a type 32. ``signed_at`` is the moment of the signature.
    Raises KeyError where ``document.kind`` is no type of e-CF.
    """
    lines = tuple(_complete_line(*pair) for pair in enumerate(document.lines, 1))
    document = _complete_header(changed(document, lines=lines), signed_at)
    if document.adjustments:
        document = changed(document, adjustments=_complete_adjustments(document))
    totals = add_up(_merge_totals(document.totals, totals_by_rate(document)))
    return _complete_foreign(changed(document, totals=totals))


def spread(
    lines: Iterable[Line], amount: Decimal, description: str, kind: str = "D"
) -> tuple[Adjustment, ...]:
    """One discount (or surcharge, ``R``) over the rates of the lines, by their nets.

    ``amount`` is without ITBIS, and so are the lines' prices. The cents left over go
    to the greatest share, so that the parts add up to the amount.
    """
    nets: dict[int, Decimal] = {}
    for line in lines:
        if line.billing != Billing.NOT_INVOICED:
            nets[line.billing] = nets.get(line.billing, ZERO) + line_amount(line)
    whole = sum(nets.values())
    if not whole:
        return ()
    parts = {b: round_half_up(amount * net / whole) for b, net in nets.items()}
    greatest = max(nets, key=nets.__getitem__)
    parts[greatest] += amount - sum(parts.values())
    return tuple(
        Adjustment(kind=kind, description=description, amount=part, billing=billing)
        for billing, part in sorted(parts.items())
        if part
    )


def to_xml(document: Document) -> bytes:
    """The unsigned XML of a complete document, as it stands."""
    return write(grammar(document.kind), to_tree(document))


def build_ecf(document: Document, signed_at: datetime) -> bytes:
    """The unsigned e-CF of a sale: the signature goes in as last child of the root."""
    return to_xml(complete(document, signed_at))


def summary_tree(document: Document, security_code: str) -> dict:
    """The tree of ``build_rfce``."""
    tree = prune(grammar("RFCE"), to_tree(document))
    tree.setdefault("Encabezado", {})["CodigoSeguridadeCF"] = security_code
    return tree


def build_rfce(document: Document, security_code: str) -> bytes:
    """The unsigned summary (RFCE) of a consumer invoice below the threshold.

    ``security_code`` are the first six characters of the SignatureValue of the full
    signed e-CF. ``document`` is complete, or read from that e-CF.
    """
    return write(grammar("RFCE"), summary_tree(document, security_code))


def parse_ecf(xml) -> Document:
    """The description of an e-CF, or of an RFCE, signed or not, ours or received.

    ReadError where it is none, or a value cannot be read. Writing it again gives the
    same document: what has no field of its own is kept in ``extras``.
    """
    name, tree = read(xml)
    if name not in ("ECF", "RFCE"):
        raise ReadError(name, "is no e-CF")
    return from_tree(Document, tree)
