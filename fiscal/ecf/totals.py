"""What a sale amounts to, from its lines alone.

One function, ``compute_totals``, says what all the fields of Totales should be
(Formato e-CF fields 93 to 122; Informe Técnico e-CF sections 12 to 15). Amounts are
summed per rate, then taxed, and rounded once, half a cent up.

>>> from .description import Document, Issuer, Line
>>> def sale(*lines, **more):
...     return Document(kind="32", encf="E320000000001", lines=lines,
...         issue_date=None, issuer=Issuer(rnc="131246796", name="NU"), **more)
>>> D = Decimal
>>> plate = Line(name="Mofongo", quantity=D(2), price=D(450), billing=1,
...     additional_taxes=("001",))
>>> beer = Line(name="Cerveza", quantity=D(1), price=D(200), billing=1,
...     additional_taxes=("001",))
>>> t = compute_totals(sale(plate, beer))
>>> [str(x) for x in (t.taxed, t.itbis, t.additional, t.total)]
['1100.00', '198.00', '110.00', '1408.00']
"""

from dataclasses import dataclass, field
from decimal import Decimal

from ..money import round_half_up
from .description import AdditionalTax, Billing, Document, Line, Totals
from .fields import changed

ZERO = Decimal(0)
_NOTHING = Decimal("0.00")
#: ITBIS in per cent (Código Tributario arts. 341 and 343), by billing.
ITBIS_RATES = {
    Billing.ITBIS_18: Decimal(18),
    Billing.ITBIS_16: Decimal(16),
    Billing.ITBIS_0: Decimal(0),
}
#: Tabla I of the Formato e-CF, in per cent. The specific taxes (006 to 022) change
#: every quarter: their documents bring the rate.
ADDITIONAL_RATES = {
    "001": Decimal(10),
    "002": Decimal(2),
    "003": Decimal(16),
    "004": Decimal(10),
    "005": Decimal(17),
    **{f"{code:03}": Decimal(10) for code in range(23, 36)},
    **{f"{code:03}": Decimal(20) for code in range(36, 40)},
}
_HUNDRED = Decimal(100)
_NO_TOTALS = Totals()


def is_other(code: str) -> bool:
    """Propina legal, CDT, ISC of services: outside the base of ITBIS."""
    return code <= "005"


def is_specific(code: str) -> bool:
    """So much for a unit: of alcohol, 006 to 018, or of cigarettes, 019 to 022."""
    return "006" <= code <= "022"


def tolerance(document: Document) -> Decimal:
    """One peso for each line (Informe Técnico section 13)."""
    return Decimal(max(1, len(document.lines)))


def discount_of(line: Line) -> Decimal:
    """Discounts of a line: as given, else what its parts add up to."""
    if line.discount is not None or not line.discounts:
        return line.discount or ZERO
    return sum((part_amount(line, part) for part in line.discounts), ZERO)


def surcharge_of(line: Line) -> Decimal:
    if line.surcharge is not None or not line.surcharges:
        return line.surcharge or ZERO
    return sum((part_amount(line, part) for part in line.surcharges), ZERO)


def part_amount(line: Line, part) -> Decimal:
    """A discount or surcharge: its amount, or its percentage of the gross line."""
    if part.amount is not None or part.percent is None:
        return round_half_up(part.amount or ZERO)
    return round_half_up(line.price * line.quantity * part.percent / _HUNDRED)


def line_amount(line: Line) -> Decimal:
    """MontoItem: price x quantity - discounts + surcharges."""
    gross = line.price * line.quantity
    return round_half_up(gross - discount_of(line) + surcharge_of(line))


def amount_of(line: Line) -> Decimal:
    return line_amount(line) if line.amount is None else line.amount


def net_of(line: Line, with_tax: bool) -> Decimal:
    """The line without ITBIS, not rounded."""
    rate = ITBIS_RATES.get(line.billing)
    if not with_tax or not rate:
        return amount_of(line)
    return amount_of(line) * _HUNDRED / (_HUNDRED + rate)


def adjustment_amount(adjustment, nets: dict[int, Decimal]) -> Decimal:
    """A document discount or surcharge: its amount, or its share of its lines."""
    if adjustment.amount is not None or adjustment.percent is None:
        return round_half_up(adjustment.amount or ZERO)
    base = nets.get(adjustment.billing, ZERO)
    return round_half_up(base * adjustment.percent / _HUNDRED)


@dataclass
class _Sums:
    """Sums on the way: by billing without ITBIS, and the selective taxes in them."""

    nets: dict[int, Decimal] = field(default_factory=dict)
    selective: dict[int, Decimal] = field(default_factory=dict)
    adjusted: Decimal = ZERO
    gross: Decimal = ZERO


def line_nets(document: Document) -> dict[int, Decimal]:
    """Sum of the lines by billing, without ITBIS, before document discounts."""
    nets: dict[int, Decimal] = {}
    with_tax = bool(document.prices_with_tax)
    for line in document.lines:
        net = net_of(line, with_tax)
        nets[line.billing] = nets.get(line.billing, ZERO) + net
    return nets


def _sums(document: Document) -> _Sums:
    sums = _Sums(nets=line_nets(document))
    if not document.adjustments:
        return sums
    sums.gross = sum((amount_of(line) for line in document.lines), ZERO)
    before = dict(sums.nets)
    for adjustment in document.adjustments:
        change = adjustment_amount(adjustment, before)
        change = -change if adjustment.kind == "D" else change
        billing = adjustment.billing
        sums.nets[billing] = sums.nets.get(billing, ZERO) + change
        sums.adjusted += change
    return sums


def _specific(line: Line, code: str, rate: Decimal) -> Decimal:
    """Tax by litre of pure alcohol, or by box of cigarettes (Formato e-CF 107)."""
    units = (line.reference_quantity or ZERO) * line.quantity
    if code <= "018":
        litres = sum((part.quantity or ZERO for part in line.subquantities), ZERO)
        units *= (line.alcohol or ZERO) / _HUNDRED * litres
    return units * rate


def _ad_valorem(line: Line, rate: Decimal, specific: Decimal) -> Decimal:
    """Part of the retail price that is the tax, inside of ITBIS (Formato e-CF 108)."""
    units = (line.reference_quantity or ZERO) * line.quantity
    retail = (line.reference_price or ZERO) * units
    before_itbis = retail * _HUNDRED / (_HUNDRED + ITBIS_RATES[Billing.ITBIS_18])
    return (before_itbis - specific) * rate / (_HUNDRED + rate)


def _rates(document: Document) -> dict[str, Decimal]:
    given = document.totals.additional_taxes if document.totals else ()
    told = {tax.code: tax.rate for tax in given if tax.rate is not None}
    return {**ADDITIONAL_RATES, **told}


def _other_base(line: Line, document: Document, sums: _Sums) -> Decimal:
    """Base of the propina legal: the line less its share of document discounts.

    The share is by MontoItem among all lines (Formato e-CF field 109 rules e, f).
    """
    net = net_of(line, bool(document.prices_with_tax))
    if not sums.adjusted or not sums.gross:
        return net
    return net + sums.adjusted * amount_of(line) / sums.gross


def _additional(document: Document, sums: _Sums) -> tuple[AdditionalTax, ...]:
    rates = _rates(document)
    raw: dict[str, Decimal] = {}
    for line in document.lines:
        specific = ZERO
        # The ad valorem tax counts on the specific one: by code it comes after.
        for code in sorted(line.additional_taxes):
            rate = rates.get(code, ZERO)
            if is_other(code):
                tax = _other_base(line, document, sums) * rate / _HUNDRED
            else:
                if is_specific(code):
                    tax = specific = _specific(line, code, rate)
                else:
                    tax = _ad_valorem(line, rate, specific)
                held = sums.selective.get(line.billing, ZERO)
                sums.selective[line.billing] = held + tax
            raw[code] = raw.get(code, ZERO) + tax
    return tuple(
        _additional_total(code, rates.get(code), round_half_up(tax))
        for code, tax in raw.items()
        if round_half_up(tax)
    )


def _additional_total(code: str, rate: Decimal | None, tax: Decimal) -> AdditionalTax:
    name = "other" if is_other(code) else "ad_valorem"
    name = "specific" if is_specific(code) else name
    return AdditionalTax(code=code, rate=rate, **{name: tax})


def sum_or_none(values) -> Decimal | None:
    """Sum of what is given; None where nothing is."""
    total = None
    for value in values:
        if value is not None:
            total = value + (_NOTHING if total is None else total)
    return total


def _given_or_sum(given: Decimal | None, *parts: Decimal | None) -> Decimal | None:
    return sum_or_none(parts) if given is None else given


def tax_amount(tax: AdditionalTax) -> Decimal:
    return sum_or_none((tax.specific, tax.ad_valorem, tax.other)) or ZERO


def _withheld(document: Document) -> dict[str, Decimal | None]:
    """Totals of what is withheld (agent 1) and perceived (agent 2)."""
    held = [line.retention for line in document.lines if line.retention]
    if not held:
        return {}
    return {
        f"{name}_{word}": sum_or_none(
            getattr(part, name) for part in held if part.agent == agent
        )
        for name in ("itbis", "isr")
        for agent, word in ((1, "withheld"), (2, "perceived"))
    }


def compute_totals(document: Document) -> Totals:
    """The Totales that the lines and document discounts amount to.

    A rate that no line has stays None. MontoPeriodo, ValorPagar and the like depend
    on more than the lines and stay None, save for what is not invoiced.
    """
    return add_up(totals_by_rate(document))


def totals_by_rate(document: Document) -> Totals:
    """The same without their sums."""
    sums = _sums(document)
    taxes = _additional(document, sums)
    values: dict = {}
    for billing, rate in ITBIS_RATES.items():
        if billing in sums.nets:
            base = round_half_up(sums.nets[billing])
            of_tax = base + sums.selective.get(billing, ZERO)
            values[f"taxed_{int(billing)}"] = base
            values[f"rate_{int(billing)}"] = int(rate)
            values[f"itbis_{int(billing)}"] = round_half_up(of_tax * rate / _HUNDRED)
    if Billing.EXEMPT in sums.nets:
        values["exempt"] = round_half_up(sums.nets[Billing.EXEMPT])
    not_invoiced = sums.nets.get(Billing.NOT_INVOICED)
    if not_invoiced is not None:
        values["not_invoiced"] = round_half_up(not_invoiced)
    values.update(_withheld(document), additional_taxes=taxes)
    return changed(_NO_TOTALS, **values)


def add_up(totals: Totals) -> Totals:
    """The totals with the sums that are still None."""
    t = totals
    taxed = _given_or_sum(t.taxed, t.taxed_1, t.taxed_2, t.taxed_3)
    itbis = _given_or_sum(t.itbis, t.itbis_1, t.itbis_2, t.itbis_3)
    additional = _given_or_sum(t.additional, *map(tax_amount, t.additional_taxes))
    total = _given_or_sum(t.total, taxed, t.exempt, itbis, additional)
    total = _NOTHING if total is None else total
    period = t.period
    if period is None and t.not_invoiced is not None:
        period = total + t.not_invoiced
    sums = {"taxed": taxed, "itbis": itbis, "additional": additional}
    return changed(totals, **sums, total=total, period=period)
