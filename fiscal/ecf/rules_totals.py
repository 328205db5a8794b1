"""Rules of the totals: against the lines, and among themselves."""

from collections.abc import Iterator
from decimal import Decimal

from ..money import amounts_equal
from .description import Document
from .fields import write_amount
from .problems import Problem
from .totals import ZERO, compute_totals, tax_amount, tolerance

_TOTALS = "Encabezado/Totales/"
_FOREIGN = "Encabezado/OtraMoneda/"
# Field of ``Totals``: its element. What the lines say of each.
_FROM_LINES = {
    "taxed": "MontoGravadoTotal",
    "taxed_1": "MontoGravadoI1",
    "taxed_2": "MontoGravadoI2",
    "taxed_3": "MontoGravadoI3",
    "exempt": "MontoExento",
    "itbis": "TotalITBIS",
    "itbis_1": "TotalITBIS1",
    "itbis_2": "TotalITBIS2",
    "itbis_3": "TotalITBIS3",
    "additional": "MontoImpuestoAdicional",
    "total": "MontoTotal",
    "not_invoiced": "MontoNoFacturable",
    "itbis_withheld": "TotalITBISRetenido",
    "isr_withheld": "TotalISRRetencion",
    "itbis_perceived": "TotalITBISPercepcion",
    "isr_perceived": "TotalISRPercepcion",
}
# Element of OtraMoneda, by the field of both.
_IN_CURRENCY = {
    "taxed": "MontoGravadoTotalOtraMoneda",
    "exempt": "MontoExentoOtraMoneda",
    "itbis": "TotalITBISOtraMoneda",
    "additional": "MontoImpuestoAdicionalOtraMoneda",
    "total": "MontoTotalOtraMoneda",
}


def _texts(*amounts: Decimal) -> tuple[str, ...]:
    return tuple(map(write_amount, amounts))


def _held_against_lines(document: Document, computed) -> Iterator[Problem]:
    margin = tolerance(document)
    for name, element in _FROM_LINES.items():
        given, expected = getattr(document.totals, name), getattr(computed, name)
        path = _TOTALS + element
        if given is None:
            # What adds to nothing may be left out, but not what the lines hold.
            if expected:
                yield Problem("total_absent", path, _texts(expected))
        elif expected is None:
            # the tax of a note over cents may round to nothing, and is one cent
            borne = name == "additional" and any(
                line.additional_taxes for line in document.lines
            )
            if given and not (borne and amounts_equal(given, ZERO, margin)):
                yield Problem("total_extra", path)
        elif not amounts_equal(given, expected, margin):
            yield Problem("total", path, _texts(given, expected))


def _rates(document: Document, computed) -> Iterator[Problem]:
    for name in ("rate_1", "rate_2", "rate_3"):
        given, expected = getattr(document.totals, name), getattr(computed, name)
        path = f"{_TOTALS}ITBIS{name[-1]}"
        if given is None and expected:
            yield Problem("total_absent", path, (str(expected),))
        elif given is not None and expected is not None and given != expected:
            yield Problem("total", path, (str(given), str(expected)))


def _additional(document: Document, computed) -> Iterator[Problem]:
    """Each additional tax: DGII refuses a document where one is not its lines'."""
    margin = tolerance(document)
    path = _TOTALS + "ImpuestosAdicionales"
    given: dict[str, Decimal] = {}
    for tax in document.totals.additional_taxes:
        code = tax.code or ""
        given[code] = given.get(code, ZERO) + tax_amount(tax)
    expected = {tax.code: tax_amount(tax) for tax in computed.additional_taxes}
    for code in {**given, **expected}:
        pair = given.get(code, ZERO), expected.get(code, ZERO)
        if not amounts_equal(*pair, margin):
            yield Problem("total", f"{path}/TipoImpuesto", _texts(*pair))


def header_sums(document: Document) -> Iterator[Problem]:
    """What Totales adds up to, also where the lines are not there (RFCE)."""
    t, margin = document.totals, tolerance(document)

    def total(*parts):
        return sum(filter(None, parts), ZERO)

    sums = {
        "MontoGravadoTotal": (t.taxed, total(t.taxed_1, t.taxed_2, t.taxed_3)),
        "TotalITBIS": (t.itbis, total(t.itbis_1, t.itbis_2, t.itbis_3)),
        "MontoImpuestoAdicional": (
            t.additional,
            total(*(tax_amount(tax) for tax in t.additional_taxes)),
        ),
        "MontoTotal": (t.total, total(t.taxed, t.exempt, t.itbis, t.additional)),
        "MontoPeriodo": (t.period, total(t.total, t.not_invoiced)),
    }
    for element, (given, expected) in sums.items():
        if given is not None and not amounts_equal(given, expected, margin):
            yield Problem("sum", _TOTALS + element, _texts(given, expected))


def totals(document: Document) -> Iterator[Problem]:
    """Totales is what the lines amount to, one peso for each line more or less."""
    computed = compute_totals(document)
    yield from _held_against_lines(document, computed)
    yield from _rates(document, computed)
    yield from _additional(document, computed)
    yield from header_sums(document)


def payable(document: Document) -> tuple[Decimal, ...]:
    """What payments may add up to, the likeliest first.

    DGII's own examples of purchases pay the total in one document and the total less
    what is withheld in another.
    """
    t = document.totals
    held = (t.itbis_withheld or ZERO) + (t.isr_withheld or ZERO)
    due = [t.total, t.total - held, t.total - (t.advance or ZERO)]
    due += [amount for amount in (t.payable, t.period) if amount is not None]
    return tuple(due)


def currency_totals(document: Document) -> Iterator[Problem]:
    """Totals of the other currency are those in pesos at the rate of exchange."""
    foreign = document.foreign
    if foreign is None:
        return
    for name, value in (("TipoMoneda", foreign.currency), ("TipoCambio", foreign.rate)):
        if value is None:
            yield Problem("currency_missing", _FOREIGN + name)
    if not foreign.rate:
        return
    # Half a cent of the other currency is so much in pesos.
    margin = tolerance(document) + foreign.rate * Decimal("0.01")
    for name, element in _IN_CURRENCY.items():
        given, pesos = getattr(foreign, name), getattr(document.totals, name)
        if given is None:
            continue
        if not amounts_equal(given * foreign.rate, pesos or ZERO, margin):
            expected = (pesos or ZERO) / foreign.rate
            yield Problem("currency_total", _FOREIGN + element, _texts(given, expected))
