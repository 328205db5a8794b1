from datetime import date
from decimal import Decimal as D

from ...fiscal.ecf.build import (
    THRESHOLD,
    build_ecf,
    is_summarised,
    note_indicator,
    parse_ecf,
    spread,
)
from ...fiscal.ecf.description import (
    ANONYMOUS,
    Adjustment,
    ForeignTotals,
    LineDiscount,
    LineSurcharge,
    Reference,
    Totals,
)
from ...fiscal.ecf.validate import validate
from ..fiscal_ecf import SIGNED_AT, TIP, TODAY, dinner, line, of_every_type, ready, sale
from ..pure_case import PureCase


class TestFiscalEcfTotals(PureCase):
    def assert_totals(self, document, **expected):
        found = {name: str(getattr(document.totals, name)) for name in expected}
        self.assertEqual(found, expected)
        xml = build_ecf(document, SIGNED_AT)
        self.assertEqual([p.message for p in validate(xml)], [])

    def test_dinner_with_itbis_and_propina(self):
        self.assert_totals(
            ready(lines=dinner().lines),
            taxed_1="1100.00",
            itbis_1="198.00",
            additional="110.00",
            total="1408.00",
        )

    def test_a_discount_on_the_food_lowers_itbis_and_propina(self):
        food, beer = dinner().lines
        cut = (LineDiscount(percent=D(10)),)
        food = line("Mofongo", "2", "450", discounts=cut, additional_taxes=TIP)
        self.assert_totals(
            ready(lines=(food, beer)),
            taxed="1010.00",
            itbis="181.80",
            additional="101.00",
            total="1292.80",
        )

    def test_a_document_discount_lowers_the_propina_by_its_share(self):
        cut = (Adjustment(description="Cumpleaños", percent=D(10), billing=1),)
        document = ready(lines=dinner().lines, adjustments=cut)
        self.assertEqual(document.adjustments[0].amount, D("110.00"))
        self.assert_totals(
            document,
            taxed="990.00",
            itbis="178.20",
            additional="99.00",
            total="1267.20",
        )

    def test_propina_is_only_of_what_is_consumed_on_the_premises(self):
        away = line("Para llevar", "1", "300.00")
        document = ready(lines=(*dinner().lines, away))
        self.assert_totals(
            document, taxed="1400.00", itbis="252.00", additional="110.00"
        )

    def test_prices_with_tax_lose_it_once_and_pay_it_back(self):
        self.assert_totals(
            ready(
                lines=(line(price="590.00", additional_taxes=TIP),), prices_with_tax=1
            ),
            taxed="500.00",
            itbis="90.00",
            additional="50.00",
            total="640.00",
        )

    def test_a_document_discount_on_prices_with_tax_is_net(self):
        # DGII's own test case: 14,825 and 3,752 with tax, 200 and 50 off.
        lines = (
            line("A", "50", "220"),
            line("B", "45", "85"),
            line("C", "56", "67", 2),
        )
        cuts = (
            Adjustment(amount=D(200), billing=1),
            Adjustment(amount=D(50), billing=2),
        )
        self.assert_totals(
            ready(lines=lines, adjustments=cuts, prices_with_tax=1),
            taxed_1="12363.56",
            taxed_2="3184.48",
            itbis_1="2225.44",
            itbis_2="509.52",
            total="18283.00",
        )

    def test_every_rate_stands_apart(self):
        lines = tuple(line(f"B{billing}", billing=billing) for billing in (1, 2, 3, 4))
        self.assert_totals(
            ready(lines=lines),
            taxed="300.00",
            exempt="100.00",
            itbis_1="18.00",
            itbis_2="16.00",
            itbis_3="0.00",
            itbis="34.00",
            total="434.00",
        )

    def test_what_is_not_invoiced_is_outside_of_the_total(self):
        gift = line("Bono de regalo", "1", "500.00", 0)
        self.assert_totals(
            ready(lines=(line(), gift)),
            total="118.00",
            not_invoiced="500.00",
            period="618.00",
        )

    def test_a_courtesy_at_full_price_is_free_and_has_no_payments(self):
        self.assert_totals(ready(terms=3), total="118.00")
        self.assert_totals(of_every_type_ready("32-cortesia"), total="0.00")

    def test_half_a_cent_goes_up_once_for_the_document(self):
        lines = (line("A", "1", "0.25"), line("B", "1", "0.50"))
        # 18 % of 0.75 is 0.135.
        self.assert_totals(ready(lines=lines), itbis="0.14", total="0.89")

    def test_a_surcharge_of_a_line_is_taxed(self):
        add = (LineSurcharge(percent=D(1)),)
        document = ready(lines=(line("A", "15", "385", surcharges=add),))
        self.assertEqual(document.lines[0].surcharge, D("57.75"))
        self.assert_totals(document, taxed="5832.75")

    def test_what_is_withheld_does_not_change_the_total(self):
        self.assert_totals(
            of_every_type_ready("41"),
            total="1180.00",
            itbis_withheld="180.00",
            isr_withheld="100.00",
        )

    def test_the_totals_that_the_sale_brings_are_kept(self):
        given = Totals(itbis_1=D("18.01"), total=D("118.01"))
        self.assert_totals(ready(totals=given), itbis="18.01", total="118.01")

    def test_only_a_consumer_invoice_below_the_threshold_is_summarised(self):
        def total(amount, kind="32"):
            return ready(kind, lines=(line(price=amount, billing=4),))

        self.assertTrue(is_summarised(total("249999.99")))
        self.assertFalse(is_summarised(total(str(THRESHOLD))))
        self.assertFalse(is_summarised(total("100", "43")))

    def test_a_nobody_is_the_anonymous_consumer(self):
        self.assertEqual(ready().buyer.name, ANONYMOUS)
        self.assertIsNone(ready("43", (line(billing=4),)).buyer)

    def test_contacts_that_dgii_does_not_take_do_not_stop_a_sale(self):
        document = ready()
        issuer = document.issuer
        odd = ready(
            issuer=type(issuer)(
                rnc=issuer.rnc,
                name=issuer.name,
                address=issuer.address,
                email="juan_perez@nu.do",
                phones=("8095550000", "809-555-0001"),
            )
        )
        self.assertIsNone(odd.issuer.email)
        self.assertEqual(odd.issuer.phones, ("809-555-0001",))

    def test_the_30_day_mark_of_a_note(self):
        for day, mark in ((20, 1), (21, 0)):
            reference = Reference(ncf="E320000000001", issued=date(2026, 10, day))
            # 31 and 30 days before 20 November.
            self.assertEqual(note_indicator(TODAY, reference), mark)

    def test_a_discount_is_spread_over_the_rates_to_the_cent(self):
        lines = (line(price="100"), line(price="100", billing=2), line(billing=4))
        parts = spread(lines, D("10.00"), "Cliente")
        self.assertEqual([p.billing for p in parts], [1, 2, 4])
        self.assertEqual(sum(p.amount for p in parts), D("10.00"))
        self.assertEqual(spread((), D(10), "Nada"), ())

    def test_another_currency_follows_the_rate_of_exchange(self):
        document = ready(foreign=ForeignTotals(currency="USD", rate=D("59")))
        self.assertEqual(document.foreign.total, D("2.00"))
        self.assertEqual(document.lines[0].foreign.price, D("1.6949"))
        self.assert_totals(document, total="118.00")

    def test_what_has_no_field_survives_being_read(self):
        note = {"Encabezado": {"Transporte": {"Conductor": "Rafael", "Placa": "A1"}}}
        read = parse_ecf(build_ecf(sale(extras=note), SIGNED_AT))
        self.assertEqual(read.extras, note)


def of_every_type_ready(name):
    document = of_every_type()[name]
    return parse_ecf(build_ecf(document, SIGNED_AT))
