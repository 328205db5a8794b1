"""Figures of the ITBIS return: Anexo A and form IT-1.

Boxes that a person or the ledger fills are given; the others are reckoned from the
table of formulas. Amounts in DOP; section II and the form are net of taxes and of the
propina legal, section III includes both.

>>> month = Totals()
>>> month.add_sales("01", 2, Decimal("1500.00"))
>>> month.add_sales("E34", 1, Decimal("200.00"))
>>> month.taxed["18"], month.itbis["18"] = Decimal("1300.00"), Decimal("234.00")
>>> figures = month.figures()
>>> figures.annex[11], figures.form[1], figures.form[26]
(Decimal('1300.00'), Decimal('1300.00'), Decimal('234.00'))
>>> figures.problems
[]

Names and numbers of the boxes are those of the form in use in 2026; a later edition may
renumber. Sections VI and VII of Anexo A (construction, commission agents: boxes 34 to
42) are not a restaurant's and are left out. The coefficient of box 54 is in percent
and not rounded: (boxes 2 + 5 + 10 of the IT-1) / box 1 (Código Tributario art. 349).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from ..document_types import DOCUMENT_TYPES
from ..money import round_half_up
from .codes import INCOMES
from .columns import WARNING, Problem
from .consumers import Totals as ConsumerTotals
from .format607 import PAYMENTS

_ZERO = Decimal("0.00")

# fmt: off
#: {box: (name, formula)}; without formula the box is given.
ANNEX: Mapping[int, tuple[str, str]] = {
    1: ("Comprobantes válidos para crédito fiscal (01 y 31)", ""),
    2: ("Comprobantes de consumo (02 y 32)", ""),
    3: ("Comprobantes notas de débito (03 y 33)", ""),
    4: ("Comprobantes notas de crédito (04 y 34)", ""),
    5: ("Comprobante registro único de ingresos (12)", ""),
    6: ("Comprobantes registro regímenes especiales (14 y 44)", ""),
    7: ("Comprobantes gubernamentales (15 y 45)", ""),
    8: ("Comprobantes para exportaciones (16 y 46)", ""),
    9: ("Otras operaciones (positivas)", ""),
    10: ("Otras operaciones (negativas)", ""),
    11: ("Total de operaciones", "1+2+3-4+5+6+7+8+9-10"),
    12: ("Efectivo", ""),
    13: ("Cheque / transferencia", ""),
    14: ("Tarjeta débito / crédito", ""),
    15: ("A crédito", ""),
    16: ("Bonos o certificados de regalo", ""),
    17: ("Permutas", ""),
    18: ("Otras formas de venta", ""),
    19: ("Total operaciones por tipo de venta", "12+13+14+15+16+17+18"),
    20: ("Ingresos por operaciones (no financieros)", ""),
    21: ("Ingresos financieros", ""),
    22: ("Ingresos extraordinarios", ""),
    23: ("Ingresos por arrendamientos", ""),
    24: ("Ingresos por venta de activos depreciables", ""),
    25: ("Otros ingresos", ""),
    26: ("Total por tipo de ingreso", "20+21+22+23+24+25"),
    27: ("Pagos computables por retenciones (Norma 08-04)", ""),
    28: ("Pagos computables por ventas de pasajes aéreos (Norma 02-05)", ""),
    29: ("Pagos computables por otras retenciones (Norma 02-05)", ""),
    30: ("Pagos computables por paquetes de alojamiento y ocupación", ""),
    31: ("Crédito por retención de entidades del Estado", ""),
    32: ("Pagos computables por ITBIS percibido", ""),
    33: ("Total pagos computables", "27+28+29+30+31+32"),
    43: ("Total notas de crédito emitidas con más de treinta días", ""),
    44: ("Total facturas para regímenes especiales (formato 606)", ""),
    45: ("No deducible: en la producción de bienes exentos", ""),
    46: ("No deducible: a incluir en activos de categoría I", ""),
    47: ("No deducible: otros", ""),
    48: ("Total ITBIS pagado no deducible", "45+46+47"),
    49: ("Deducible: en la producción de bienes exportados", ""),
    50: ("Deducible: en bienes gravados", ""),
    51: ("Deducible: en servicios gravados", ""),
    52: ("Total ITBIS deducible", "49+50+51"),
    53: ("ITBIS sujeto a proporcionalidad", ""),
    54: ("Coeficiente de proporcionalidad", ""),
    55: ("ITBIS admitido por proporcionalidad", ""),
    56: ("Total ITBIS deducible del período", "52+55"),
}
FORM: Mapping[int, tuple[str, str]] = {
    1: ("Total de operaciones del período", ""),
    2: ("Ingresos por exportaciones de bienes (art. 342)", ""),
    3: ("Ingresos por exportaciones de servicios (art. 344)", ""),
    4: ("Ventas locales de bienes o servicios exentos (arts. 343 y 344)", ""),
    5: ("Ventas de bienes o servicios exentos por destino", ""),
    6: ("No sujetas a ITBIS por servicios de construcción", ""),
    7: ("No sujetas a ITBIS por comisiones", ""),
    8: ("Ventas locales de bienes exentos (párrafos III y IV, art. 343)", ""),
    9: ("Total ingresos no gravados", "2+3+4+5+6+7+8"),
    10: ("Total ingresos gravados", "1-9"),
    11: ("Operaciones gravadas al 18 %", ""),
    12: ("Operaciones gravadas al 16 %", ""),
    13: ("Operaciones gravadas al 9 % (Ley 690-16)", ""),
    14: ("Operaciones gravadas al 8 % (Ley 690-16)", ""),
    15: ("Venta de activos depreciables gravada", ""),
    16: ("ITBIS cobrado (18 % de la casilla 11)", ""),
    17: ("ITBIS cobrado (16 % de la casilla 12)", ""),
    18: ("ITBIS cobrado (9 % de la casilla 13)", ""),
    19: ("ITBIS cobrado (8 % de la casilla 14)", ""),
    20: ("ITBIS cobrado por venta de activos (casilla 15)", ""),
    21: ("Total ITBIS cobrado", "16+17+18+19+20"),
    22: ("ITBIS pagado en compras locales", ""),
    23: ("ITBIS pagado por servicios deducibles", ""),
    24: ("ITBIS pagado en importaciones", ""),
    25: ("Total ITBIS pagado", "22+23+24"),
    26: ("Impuesto a pagar", "max 21-25"),
    27: ("Saldo a favor", "max 25-21"),
    28: ("Saldos compensables autorizados", ""),
    29: ("Saldo a favor anterior", ""),
    30: ("Total pagos computables por retenciones", ""),
    31: ("Otros pagos computables a cuenta", ""),
    32: ("Compensaciones y reembolsos autorizados", ""),
    33: ("Diferencia a pagar", "max 26-27-28-29-30-31-32"),
    34: ("Nuevo saldo a favor", "max 27+28+29+30+31+32-26"),
    35: ("Recargos", ""),
    36: ("Interés indemnizatorio", ""),
    37: ("Sanciones", ""),
    38: ("Total a pagar", "33+35+36+37"),
    39: ("Servicios de personas físicas sujetos a retención", ""),
    40: ("Servicios de entidades no lucrativas sujetos a retención (01-11)", ""),
    41: ("Total servicios de personas físicas y no lucrativas", "39+40"),
    42: ("Servicios de sociedades (Norma 07-09)", ""),
    43: ("Servicios de sociedades (Normas 02-05 y 07-07)", ""),
    44: ("Bienes o servicios del RST, gravados al 18 %", ""),
    45: ("Bienes o servicios del RST, gravados al 16 %", ""),
    46: ("Total bienes o servicios del RST", "44+45"),
    47: ("Bienes con comprobante de compras, 18 % (08-10 y 05-19)", ""),
    48: ("Bienes con comprobante de compras, 16 % (08-10 y 05-19)", ""),
    49: ("Total bienes con comprobante de compras", "47+48"),
    50: ("ITBIS por servicios de la casilla 41 (18 %)", "41*0.18"),
    51: ("ITBIS por servicios de la casilla 42 (18 %)", "42*0.18"),
    52: ("ITBIS por servicios de la casilla 43 (18 % por 30 %)", "43*0.054"),
    53: ("ITBIS retenido al RST (18 % de la casilla 44)", "44*0.18"),
    54: ("ITBIS retenido al RST (16 % de la casilla 45)", "45*0.16"),
    55: ("Total ITBIS retenido al RST", "53+54"),
    56: ("ITBIS por comprobantes de compras (18 % de la casilla 47)", "47*0.18"),
    57: ("ITBIS por comprobantes de compras (16 % de la casilla 48)", "48*0.16"),
    58: ("Total ITBIS por comprobantes de compras", "56+57"),
    59: ("Total ITBIS percibido en ventas", ""),
    60: ("Impuesto a pagar por retenciones", "50+51+52+55+58+59"),
    61: ("Pagos computables a cuenta", ""),
    62: ("Diferencia a pagar por retenciones", "max 60-61"),
    63: ("Nuevo saldo a favor por retenciones", "max 61-60"),
    64: ("Recargos de las retenciones", ""),
    65: ("Interés indemnizatorio de las retenciones", ""),
    66: ("Sanciones de las retenciones", ""),
    67: ("Total a pagar por retenciones", "62+64+65+66"),
    68: ("Total general", "38+67"),
}
# fmt: on

#: Box of Anexo A section II by the code of the paper series.
_BOX_OF_TYPE = {
    "01": 1, "02": 2, "03": 3, "04": 4, "12": 5, "14": 6, "15": 7, "16": 8,
}  # fmt: skip
#: {rate: (box of the base, box of the ITBIS)}; ``assets``: depreciable assets sold.
RATES = {"18": (11, 16), "16": (12, 17), "9": (13, 18), "8": (14, 19)}
_ASSETS = (15, 20)
#: Columns of Anexo A section IX, and the box of the IT-1 that has each of row 56.
COLUMNS = {"local": 22, "services": 23, "imports": 24}
#: Row of section IX by what the purchases of the house serve.
SERVES = {"goods": 50, "services": 51}
_TERM = re.compile(r"([+-]?)([0-9]+)")


def reckon(formula: str, boxes: Mapping[int, Decimal]) -> Decimal:
    """The value of a formula over boxes: a sum, a product by a rate, or the part of a
    sum above zero.

    >>> boxes = {1: Decimal(10), 2: Decimal(25)}
    >>> [str(reckon(text, boxes)) for text in ("1-2", "max 1-2", "1*0.18", "2")]
    ['-15.00', '0.00', '1.80', '25.00']
    """
    positive = formula.startswith("max ")
    box, star, rate = formula.removeprefix("max ").partition("*")
    if star:
        value = boxes.get(int(box), _ZERO) * Decimal(rate)
    else:
        value = sum(
            (
                -boxes.get(int(number), _ZERO)
                if sign == "-"
                else boxes.get(int(number), _ZERO)
                for sign, number in _TERM.findall(box)
            ),
            _ZERO,
        )
    return round_half_up(max(value, _ZERO) if positive else value)


def _fill(table, given):
    boxes = {}
    for number, (_name, formula) in table.items():
        value = reckon(formula, boxes) if formula else given.get(number, _ZERO)
        boxes[number] = round_half_up(Decimal(value))
    return boxes


@dataclass(frozen=True)
class Figures:
    """Boxes of both documents, all of them; ``counts`` of Anexo A section II (boxes 1
    to 8); ``columns`` of its section IX (rows 45 to 56); ``coefficient`` of
    proportionality, a share; what does not tie is in ``problems``."""

    annex: dict[int, Decimal]
    form: dict[int, Decimal]
    counts: dict[int, int]
    columns: dict[int, dict[str, Decimal]]
    coefficient: Decimal
    problems: list[Problem]


@dataclass
class Totals:
    """Totals of the month from the sales book, the 606 and the ledger.

    ``taxed`` and ``itbis`` by rate, less the credit notes; ITBIS that a note of more
    than 30 days could not reduce is still in ``itbis``, and told in ``late_itbis``
    (Código Tributario art. 338).
    ITBIS of purchases: what is deductible by column; of what is not, and of what is in
    proportion, the whole and the part of services. ``serves``: what the purchases
    serve, a key of ``SERVES``. ``proportion`` given by hand, a share, goes before the
    coefficient that is reckoned.
    ``annex`` and ``form`` give the boxes that nothing else does: other operations,
    withholdings suffered, earlier balances, surcharges.
    """

    sales: dict[int, Decimal] = field(default_factory=dict)
    counts: dict[int, int] = field(default_factory=dict)
    payments: dict[str, Decimal] = field(default_factory=dict)
    incomes: dict[str, Decimal] = field(default_factory=dict)
    taxed: dict[str, Decimal] = field(default_factory=dict)
    itbis: dict[str, Decimal] = field(default_factory=dict)
    late_itbis: dict[str, Decimal] = field(default_factory=dict)
    exempt: Decimal = _ZERO
    exported: Decimal = _ZERO
    exempt_by_destination: Decimal = _ZERO
    old_credit_notes: Decimal = _ZERO
    itbis_local_purchases: Decimal = _ZERO
    itbis_services: Decimal = _ZERO
    itbis_imports: Decimal = _ZERO
    itbis_not_deductible: Decimal = _ZERO
    itbis_not_deductible_services: Decimal = _ZERO
    itbis_proportional: Decimal = _ZERO
    itbis_proportional_services: Decimal = _ZERO
    special_purchases: Decimal = _ZERO
    serves: str = "services"
    proportion: Decimal | None = None
    annex: dict[int, Decimal] = field(default_factory=dict)
    form: dict[int, Decimal] = field(default_factory=dict)

    def add_sales(self, document_type: str, count: int, amount: Decimal):
        """Add receipts of a type, named by code (``01``, ``31``) or prefix (``E31``).

        ``amount`` is positive for notes too.
        """
        box = _BOX_OF_TYPE[_paper(document_type)]
        self.sales[box] = self.sales.get(box, _ZERO) + amount
        self.counts[box] = self.counts.get(box, 0) + count

    def add_payments(self, totals: "ConsumerTotals | Mapping[str, Decimal]"):
        """Add amounts by form of sale, named as the columns of the 607."""
        for name in PAYMENTS:
            value = (
                totals.get(name, _ZERO)
                if isinstance(totals, Mapping)
                else getattr(totals, name)
            )
            self.payments[name] = self.payments.get(name, _ZERO) + value

    def figures(self) -> Figures:
        """Fill both documents."""
        sold = self._sold()
        reckoned = coefficient(_fill(FORM, self._form(_fill(ANNEX, sold), {})))
        share = reckoned if self.proportion is None else self.proportion
        columns = self._columns(share)
        paid = {row: sum(columns[row].values(), _ZERO) for row in range(45, 56)}
        annex = _fill(ANNEX, {**sold, **paid, **self.annex})
        annex[54] = share * 100
        form = _fill(FORM, self._form(annex, columns))
        counts = {box: self.counts.get(box, 0) for box in range(1, 9)}
        problems = [
            *self._problems(annex, form),
            *self._proportion_problems(annex, share, reckoned),
        ]
        return Figures(annex, form, counts, columns, share, problems)

    def _sold(self):
        given = dict(self.sales)
        for box, name in enumerate(PAYMENTS, 12):
            given[box] = self.payments.get(name, _ZERO)
        for box, code in enumerate(INCOMES, 20):
            given[box] = self.incomes.get(code, _ZERO)
        given[43] = self.old_credit_notes
        given[44] = self.special_purchases
        return {**given, **self.annex}

    def _columns(self, share):
        """Section IX by row and column. What a person gives in rows 45, 46 and 49 is
        part of what the books have in 47 and in the row of what is served."""
        serves = SERVES[self.serves]
        rows = {row: dict.fromkeys(COLUMNS, _ZERO) for row in range(45, 57)}
        rows[serves] = {
            "local": self.itbis_local_purchases,
            "services": self.itbis_services,
            "imports": self.itbis_imports,
        }
        rows[47] = _two(self.itbis_not_deductible, self.itbis_not_deductible_services)
        rows[53] = _two(self.itbis_proportional, self.itbis_proportional_services)
        for row, of in ((45, 47), (46, 47), (49, serves)):
            rows[row] = _move(rows[of], self.annex.get(row, _ZERO))
        whole = round_half_up(self.itbis_proportional * share)
        services = round_half_up(rows[53]["services"] * share)
        rows[55] = _two(whole, services)
        for row, parts in ((48, (45, 46, 47)), (52, (49, 50, 51)), (56, (52, 55))):
            rows[row] = {
                column: sum((rows[part][column] for part in parts), _ZERO)
                for column in COLUMNS
            }
        return rows

    def _form(self, annex, columns):
        given = {
            1: annex[11],
            2: self.exported,
            4: self.exempt,
            5: self.exempt_by_destination,
            30: annex[33],
        }
        if columns:
            given.update({box: columns[56][name] for name, box in COLUMNS.items()})
        for rate, boxes in (*RATES.items(), ("assets", _ASSETS)):
            given[boxes[0]] = self.taxed.get(rate, _ZERO)
            given[boxes[1]] = self.itbis.get(rate, _ZERO)
        return {**given, **self.form}

    def _problems(self, annex, form):
        taxed = sum((form[box] for box in range(11, 16)), _ZERO)
        if taxed != form[10]:
            message = f"IT-1: boxes 11 to 15 add up to {taxed}."
            yield Problem("IT1_TAXED", 10, message, f"{form[10]}, box 10")
        if annex[26] and annex[26] != annex[11]:
            message = f"Anexo A: the types of income add up to {annex[26]}."
            yield Problem("IT1_INCOME", 26, message, f"{annex[11]}, box 11")
        if annex[56] != form[25]:
            message = f"IT-1: the ITBIS paid is {form[25]}."
            yield Problem("IT1_PAID", 25, message, f"{annex[56]}, box 56 of Anexo A")
        for name, boxes in (("Anexo A", annex), ("IT-1", form)):
            for box, amount in boxes.items():
                if amount < 0:
                    message = f"{name}: box {box} is {amount}."
                    yield Problem("IT1_NEGATIVE", box, message, "zero or more")
        for rate, (base, tax) in RATES.items():
            wanted = round_half_up(form[base] * Decimal(rate) / 100)
            wanted += self.late_itbis.get(rate, _ZERO)
            # a cent of rounding a receipt, at most
            if abs(wanted - form[tax]) > max(1, sum(self.counts.values())) / Decimal(
                100
            ):
                message = f"IT-1: ITBIS at {rate} % is {form[tax]}."
                expected = f"about {wanted}, {rate} % of box {base}"
                if self.late_itbis.get(rate):
                    expected += " and the ITBIS of notes of more than 30 days"
                yield Problem("IT1_RATE", tax, message, expected, 0, WARNING)

    def _proportion_problems(self, annex, share, reckoned):
        """A coefficient by hand that is another, or ITBIS that it leaves out."""
        if not self.itbis_proportional:
            return
        if abs(share - reckoned) >= Decimal("0.00005"):
            message = f"Anexo A: the coefficient given is {share * 100:.2f} %."
            expected = f"{reckoned * 100:.2f} %, boxes (2 + 5 + 10) / 1 of the IT-1"
            yield Problem("IT1_PROPORTION", 54, message, expected, 0, WARNING)
        elif share < 1:
            message = f"Anexo A: {annex[55]} of {annex[53]} in proportion is deducted."
            expected = "the rest is cost, for the exempt sales of the month (art. 349)"
            yield Problem("IT1_EXEMPT", 55, message, expected, 0, WARNING)


def coefficient(form: Mapping[int, Decimal]) -> Decimal:
    """Share of ITBIS in proportion that is deductible: (boxes 2 + 5 + 10) / box 1.

    All of it in a month without operations.

    >>> coefficient({1: Decimal(11000), 2: Decimal(0), 5: Decimal(1000),
    ...              10: Decimal(5000)}) * Decimal(1000)
    Decimal('545.4545454545454545454545455')
    """
    whole = form[1]
    if whole <= 0:
        return Decimal(1)
    return min(max((form[2] + form[5] + form[10]) / whole, Decimal(0)), Decimal(1))


def _two(whole, services):
    """Columns of an amount, a part of which is of services."""
    return {"local": whole - services, "services": services, "imports": _ZERO}


def _move(columns, amount):
    """Take an amount out of the columns of another row, local purchases first.

    :return: columns of what was taken
    """
    taken = dict.fromkeys(COLUMNS, _ZERO)
    for column in COLUMNS:
        taken[column] = min(max(columns[column], _ZERO), amount)
        columns[column] -= taken[column]
        amount -= taken[column]
    return taken


def _paper(document_type):
    """Code of the paper series of a type named by code or prefix.

    >>> [_paper(text) for text in ("01", "31", "B02", "E34")]
    ['01', '01', '02', '04']
    """
    for prefix, kind in DOCUMENT_TYPES.items():
        if document_type in (prefix, kind.code):
            return kind.twin[1:] if kind.electronic else kind.code
    raise KeyError(document_type)
