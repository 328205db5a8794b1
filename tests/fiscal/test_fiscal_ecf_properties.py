"""Any sale makes a document that DGII takes, reads back and adds up."""

from dataclasses import replace
from decimal import Decimal as D

from hypothesis import given, settings
from hypothesis import strategies as st

from ...fiscal.ecf.build import (
    build_rfce,
    complete,
    is_summarised,
    parse_ecf,
    spread,
    to_xml,
)
from ...fiscal.ecf.description import (
    Adjustment,
    Line,
    LineDiscount,
    LineSurcharge,
    Payment,
    Retention,
    Totals,
)
from ...fiscal.ecf.fields import ReadError
from ...fiscal.ecf.kinds import clean
from ...fiscal.ecf.schema import schema_problems
from ...fiscal.ecf.totals import ITBIS_RATES, tolerance
from ...fiscal.ecf.validate import validate
from ...fiscal.money import round_half_up
from ..fiscal_ecf import COMPANY, FILES, SIGNED_AT, TIP, sale, schema
from ..pure_case import PureCase

_SALES = settings(
    derandomize=True, max_examples=100, deadline=None, database=None, print_blob=False
)
# A purchase has no place for what is not invoiced.
_BILLINGS = {"41": (1, 2, 3, 4), "43": (4,), "44": (4,), "46": (3,), "47": (4,)}
_TIPPED = ("31", "32", "33", "34", "44", "45")

# Names as people type them, with signs that XML and old printers dislike.
names = st.text(
    st.characters(exclude_categories=["Cs", "Cn"]), min_size=1, max_size=60
).filter(lambda text: clean(text))
amounts = st.decimals("0", "9999.9999", places=4)
quantities = st.decimals("0.001", "99.999", places=3)
percents = st.decimals("0.01", "99.99", places=2)


@st.composite
def lines(draw, kind):
    line = Line(
        name=draw(names),
        quantity=draw(quantities),
        price=draw(amounts),
        billing=draw(st.sampled_from(_BILLINGS.get(kind, (0, 1, 2, 3, 4)))),
        nature=2 if kind == "47" else draw(st.sampled_from((1, 2))),
        unit=draw(st.none() | st.integers(1, 62)),
        description=draw(st.none() | names),
        additional_taxes=TIP if kind in _TIPPED and draw(st.booleans()) else (),
    )
    if kind not in ("43", "47") and draw(st.booleans()):
        line = replace(line, discounts=(LineDiscount(percent=draw(percents)),))
        if draw(st.booleans()):
            line = replace(line, surcharges=(LineSurcharge(amount=draw(amounts)),))
    if kind in ("41", "47"):
        held = Retention(itbis=D(0) if kind == "41" else None, isr=draw(amounts))
        line = replace(line, retention=held)
    return line


@st.composite
def sales(draw, kinds=("31", "32", "33", "34", "41", "43", "44", "45", "46", "47")):
    kind = draw(st.sampled_from(kinds))
    document = sale(
        kind, draw(st.lists(lines(kind), min_size=1, max_size=8)), buyer=None
    )
    if kind not in ("43", "47"):
        document = replace(document, buyer=COMPANY)
        billings = sorted({line.billing for line in document.lines})
        cut = draw(st.none() | st.sampled_from(billings))
        if cut:
            share = Adjustment(percent=draw(percents), billing=cut)
            document = replace(document, adjustments=(share,))
    if kind in ("31", "32", "33", "34", "41", "45"):
        if any(line.billing in ITBIS_RATES for line in document.lines):
            basis = draw(st.sampled_from((0, 1)))
            document = replace(document, prices_with_tax=basis)
    document = complete(document, SIGNED_AT)
    if kind not in ("34", "43") and draw(st.booleans()):
        paid = (Payment(form=1, amount=document.totals.total),)
        document = replace(document, payments=paid)
    return document


def by_line(document) -> D:
    """The total as a till would have it: each line taxed and rounded by itself."""
    total = D(0)
    for line in document.lines:
        rate = ITBIS_RATES.get(line.billing, D(0)) / 100
        net = line.amount / (1 + rate) if document.prices_with_tax else line.amount
        tip = net / 10 if line.additional_taxes else D(0)
        # What is not invoiced is outside of the total; its propina would not be.
        total += round_half_up(net) if line.billing else D(0)
        total += round_half_up(net * rate) + round_half_up(tip)
    return total


class TestFiscalEcfProperties(PureCase):
    @_SALES
    @given(sales())
    def test_any_sale_passes_our_rules_and_the_schema_of_dgii(self, document):
        xml = to_xml(document)
        self.assertEqual([p.message for p in validate(xml)], [])
        found = schema_problems(xml, schema(document.kind))
        self.assertEqual([p.message for p in found], [])

    @_SALES
    @given(sales())
    def test_any_sale_is_read_as_it_was_written(self, document):
        xml = to_xml(document)
        read = parse_ecf(xml)
        self.assertEqual(to_xml(read), xml)
        self.assertEqual(complete(read), read)
        self.assertEqual(read.totals.total, document.totals.total)
        self.assertEqual(
            [line.name for line in read.lines],
            [clean(line.name) for line in document.lines],
        )

    @_SALES
    @given(sales())
    def test_a_till_that_rounds_each_line_stays_within_the_tolerance(self, document):
        if document.adjustments:
            return
        off = abs(by_line(document) - document.totals.total)
        self.assertLessEqual(off, tolerance(document))
        of_till = replace(document, totals=Totals(total=by_line(document)), payments=())
        self.assertEqual(validate(to_xml(complete(of_till))), [])

    @_SALES
    @given(sales(kinds=("32",)))
    def test_the_summary_says_what_the_invoice_says(self, document):
        if not is_summarised(document):
            return
        xml = build_rfce(document, "a+/Z09")
        self.assertEqual([p.message for p in validate(xml)], [])
        self.assertEqual(schema_problems(xml, schema("RFCE")), [])
        summary, whole = parse_ecf(xml).totals, document.totals
        for name in ("taxed", "exempt", "itbis", "additional", "total"):
            self.assertEqual(getattr(summary, name), getattr(whole, name))

    @_SALES
    @given(st.lists(lines("31"), min_size=1, max_size=6), amounts)
    def test_a_spread_discount_loses_no_cent(self, of, amount):
        amount = round_half_up(amount)
        parts = spread(of, amount, "Descuento")
        if parts:
            self.assertEqual(sum(part.amount for part in parts), amount)


# What strangers may send: pieces of a document in other places, and odd values.
_PIECES = (
    b"<Emisor>",
    b"</Emisor>",
    b"<Item/>",
    b"<Totales>1</Totales>",
    b"<MontoItem>NaN</MontoItem>",
    b"<NumeroLinea>" + b"9" * 5000 + b"</NumeroLinea>",
    b"<FechaEmision>31-02-2026</FechaEmision>",
    b"1E+999999999",
    b"-1",
    b"&#x1F600;",
    b"&amp;",
    b"",
)


class TestFiscalEcfFromStrangers(PureCase):
    @settings(_SALES, max_examples=400)
    @given(st.data())
    def test_a_spoilt_document_is_refused_and_never_breaks_the_reader(self, data):
        xml = (FILES / "31.xml").read_bytes()
        for _ in range(data.draw(st.integers(1, 3))):
            # Cut at the signs of a tag, where it hurts most.
            signs = [i for i, sign in enumerate(xml) if sign in b"<>"]
            first = data.draw(st.sampled_from(signs)) + data.draw(st.integers(0, 1))
            last = first + data.draw(st.sampled_from((0, 0, 1, 8, 40)))
            xml = xml[:first] + data.draw(st.sampled_from(_PIECES)) + xml[last:]
        said = [problem.message for problem in validate(xml)]
        try:
            parse_ecf(xml)
        except ReadError:
            self.assertTrue(said)
