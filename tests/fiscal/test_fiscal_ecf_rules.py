"""Each rule of the sale refuses what it is there for, and says so plainly."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal as D

from ...fiscal.ecf.build import (
    build_rfce,
    complete,
    parse_ecf,
    to_xml,
)
from ...fiscal.ecf.description import (
    AdditionalTax,
    Adjustment,
    Buyer,
    ForeignTotals,
    LineDiscount,
    Payment,
    Reference,
    Retention,
    Totals,
)
from ...fiscal.ecf.messages import (
    Annulment,
    Approval,
    Receipt,
    build_acecf,
    build_anecf,
    build_arecf,
)
from ...fiscal.ecf.validate import validate
from ..fiscal_ecf import (
    COMPANY,
    SIGNED_AT,
    TIP,
    TODAY,
    dinner,
    line,
    of_every_type,
    ready,
)
from ..pure_case import PureCase

_PROMO = (LineDiscount(percent=D(10)),)


def said(document, **more) -> list[str]:
    return [problem.message for problem in validate(to_xml(document), **more)]


def codes(document) -> set[str]:
    return {problem.code for problem in validate(to_xml(document))}


def note(kind="34", lines=None, **values):
    reference = Reference(ncf="E320000000009", issued=date(2026, 11, 10), code=3)
    return ready(kind, lines, reference=replace(reference, **values))


class TestFiscalEcfRules(PureCase):
    def assert_refused(self, code, document):
        self.assertIn(code, codes(document))

    def test_number_of_another_type(self):
        self.assert_refused("wrong_type", ready(encf="E310000000001"))

    def test_lines_are_numbered_in_order(self):
        lines = (line(number=2), line(number=1))
        self.assert_refused("line_number", ready(lines=lines))

    def test_a_line_may_be_off_by_a_peso_and_no_more(self):
        self.assertEqual(said(ready(lines=(line(amount=D("101.00")),))), [])
        off = ready(lines=(line(amount=D("101.01")),))
        amounts = "101.01, but price, quantity and discounts give 100.00"
        self.assertIn(f"line 1: the amount is {amounts}", said(off))

    def test_a_discount_greater_than_its_line(self):
        lines = (line(discounts=(LineDiscount(amount=D(101)),), amount=D(0)),)
        self.assert_refused("negative_line", ready(lines=lines))

    def test_a_discount_without_its_parts_or_unlike_them(self):
        document = ready(lines=(line(discounts=_PROMO),))
        one = document.lines[0]
        bare = replace(document, lines=(replace(one, discounts=()),))
        self.assert_refused("parts_missing", bare)
        unlike = replace(document, lines=(replace(one, discount=D("10.01")),))
        self.assert_refused("parts", unlike)

    def test_a_percentage_that_is_not_its_amount(self):
        part = LineDiscount(percent=D(10), amount=D("12"))
        self.assert_refused("percent_amount", ready(lines=(line(discounts=(part,)),)))

    def test_the_type_says_how_its_lines_are_taxed(self):
        for kind in ("43", "44"):
            self.assert_refused("billing", replace_totals(ready(kind, (line(),))))
        exempt = replace_totals(ready("46", (line(billing=4),)))
        self.assert_refused("billing", exempt)

    def test_a_note_keeps_the_treatment_of_its_original(self):
        for ncf in ("E440000000001", "B1400000001"):
            taxed = ready(
                "34",
                buyer=COMPANY,
                reference=Reference(ncf=ncf, issued=TODAY, code=3),
            )
            self.assertEqual(
                said(taxed), ["line 1: a document of type 44 takes exempt lines only"]
            )

    def test_a_payment_abroad_is_for_services(self):
        document = of_every_type()["47"]
        goods = replace(document.lines[0], nature=1)
        self.assert_refused("service_only", rebuilt(document, lines=(goods,)))

    def test_an_exempt_line_withholds_no_itbis(self):
        held = Retention(itbis=D("1"), isr=D("2"))
        lines = (line(billing=4, retention=held),)
        self.assert_refused("withheld_exempt", ready("41", lines))

    def test_special_regimes_bear_no_selective_tax(self):
        lines = (line(billing=4, additional_taxes=("023",)),)
        self.assert_refused("tax_of_type", ready("44", lines))

    def test_the_price_basis_stands_with_taxed_lines_only(self):
        bare = replace(ready(), prices_with_tax=None)
        self.assert_refused("price_basis_missing", bare)
        exempt = replace(ready(lines=(line(billing=4),)), prices_with_tax=0)
        self.assert_refused("price_basis", exempt)

    def test_totals_may_be_off_by_a_peso_a_line(self):
        self.assertEqual(said(ready(totals=Totals(total=D("119.00")))), [])
        message = "the total is 119.01, but the lines give 118.00"
        self.assertIn(message, said(ready(totals=Totals(total=D("119.01")))))

    def test_a_rate_left_out_and_a_rate_of_nobodys(self):
        document = ready()
        less = replace(document.totals, taxed_1=None, rate_1=None)
        self.assert_refused("total_absent", replace(document, totals=less))
        more = replace(document.totals, taxed_2=D("5"))
        self.assert_refused("total_extra", replace(document, totals=more))

    def test_a_wrong_rate_of_itbis(self):
        document = ready()
        wrong = replace(document.totals, rate_1=16)
        self.assert_refused("total", replace(document, totals=wrong))

    def test_a_header_that_does_not_add_up(self):
        document = ready()
        wrong = replace(document.totals, taxed=D("100.90"), itbis=D("18.90"))
        self.assert_refused("sum", replace(document, totals=wrong))

    def test_a_propina_that_is_not_of_the_lines(self):
        document = ready(lines=dinner().lines)
        tax = AdditionalTax(code="001", rate=D(10), other=D("120.00"))
        wrong = replace(document.totals, additional_taxes=(tax,))
        self.assert_refused("total", replace(document, totals=wrong))

    def test_discounts_of_the_document(self):
        whole = (Adjustment(amount=D("100.01"), billing=1),)
        self.assert_refused("adjustment", replace_totals(ready(adjustments=whole)))
        kind = (Adjustment(amount=D(1), value_kind="%", billing=1),)
        self.assert_refused("adjustment_kind", ready(adjustments=kind))
        share = (Adjustment(percent=D(10), amount=D(12), billing=1),)
        self.assert_refused("percent_amount", ready(adjustments=share))
        nowhere = (Adjustment(amount=D(1)),)
        self.assert_refused("missing", ready(adjustments=nowhere))
        unordered = (Adjustment(number=2, amount=D(1), billing=1),)
        self.assert_refused("line_number", ready(adjustments=unordered))

    def test_a_fixed_discount_over_lines_of_different_taxes(self):
        lines = (line(additional_taxes=TIP), line(additional_taxes=("002",)))
        fixed = (Adjustment(amount=D(1), billing=1),)
        self.assert_refused("adjustment_percent", ready(lines=lines, adjustments=fixed))
        share = (Adjustment(percent=D(1), billing=1),)
        self.assertEqual(said(ready(lines=lines, adjustments=share)), [])

    def test_a_great_consumer_invoice_names_its_buyer(self):
        great = (line(price="250000.00", billing=4),)
        self.assert_refused("RNC_REQUIRED", ready(lines=great))
        named = Buyer(rnc="00113918205", name="ANA PEREZ")
        self.assertEqual(said(ready(lines=great, buyer=named)), [])
        self.assertEqual(said(ready(lines=(line(price="249999.99", billing=4),))), [])

    def test_a_note_names_the_buyer_that_its_original_named(self):
        self.assertEqual(said(note()), [])
        self.assert_refused("RNC_REQUIRED", note(ncf="E310000000009"))
        self.assert_refused("RNC_REQUIRED", note(ncf="B0100000009"))
        self.assertEqual(said(note(ncf="A010010010100000009")), [])

    def test_a_reference_is_whole_or_absent(self):
        half = ready(reference=Reference(ncf="B0200000001"))
        self.assert_refused("reference_missing", half)

    def test_a_note_to_itself_or_to_the_future(self):
        self.assert_refused("reference_self", note(ncf="E340000000001"))
        self.assert_refused("reference_date", note(issued=date(2026, 11, 21)))

    def test_codes_of_modification_by_type(self):
        day = date(2026, 11, 10)
        for kind, ncf, code, refusal in (
            ("32", "E320000000009", 1, "reference_code"),
            ("34", "E320000000009", 5, "reference_code"),
            ("31", "E320000000009", 5, None),
            ("31", "B0200000009", 5, "reference_type"),
            ("32", "B0200000009", 4, None),
            ("32", "B0100000009", 4, "reference_type"),
        ):
            reference = Reference(ncf=ncf, issued=day, code=code)
            found = codes(ready(kind, reference=reference))
            with self.subTest(kind=kind, ncf=ncf, code=code):
                self.assertEqual(found, {refusal} if refusal else set())

    def test_the_30_day_mark_is_that_of_the_days(self):
        old = replace(note(issued=date(2026, 10, 20)), note_indicator=0)
        message = "the note's 30-day mark should be 1: the modified document is 31"
        self.assertIn(message, said(old)[0])

    def test_a_correction_of_text_has_no_amount(self):
        self.assert_refused("text_correction", note(code=2))
        text = note(lines=(line(price="1.00", billing=0),), code=2)
        self.assertEqual(said(text), [])

    def test_payments_add_up_to_what_is_due(self):
        paid = replace(dinner(), payments=(Payment(form=1, amount=D("1400.00")),))
        message = "the payments add up to 1400.00, but 1408.00 is to be paid"
        self.assertIn(message, said(rebuilt(paid)))

    def test_a_purchase_may_be_paid_less_what_is_withheld(self):
        purchase = of_every_type()["41"]
        for amount in ("900.00", "1180.00"):
            paid = (Payment(form=1, amount=D(amount)),)
            self.assertEqual(said(rebuilt(purchase, payments=paid)), [])

    def test_what_is_free_has_no_payments_and_gives_no_credit(self):
        paid = (Payment(form=1, amount=D("118.00")),)
        self.assert_refused("free_payment", ready(terms=3, payments=paid))
        self.assert_refused("free_credit", ready("31", terms=3))

    def test_a_gift_voucher_pays_consumer_invoices_only(self):
        paid = (Payment(form=5, amount=D("118.00")),)
        self.assertEqual(said(ready(payments=paid)), [])
        self.assert_refused("voucher", ready("31", payments=paid))

    def test_a_sale_on_credit_says_until_when(self):
        self.assert_refused("due_date_missing", ready("31", terms=2))
        yesterday = TODAY - timedelta(days=1)
        self.assert_refused("due_date", ready("31", terms=2, due_date=yesterday))

    def test_an_expired_sequence_and_a_day_to_come(self):
        gone = ready("31", sequence_expiry=date(2025, 12, 31))
        self.assert_refused("expired", gone)
        self.assert_refused("future", ready(issue_date=TODAY + timedelta(days=1)))

    def test_another_currency_needs_its_rate_and_holds_to_it(self):
        bare = ForeignTotals(currency="USD", total=D("2.00"))
        self.assert_refused("currency_missing", ready(foreign=bare))
        off = ForeignTotals(currency="USD", rate=D(59), total=D("3.00"))
        self.assert_refused("currency_total", ready(foreign=off))


def rebuilt(document, **values):
    """A complete document of a sale with other values."""
    return complete(replace(document, **values), SIGNED_AT)


def replace_totals(document):
    """Only what any type and any sum can hold, for rules that are not of totals."""
    total = max(document.totals.total, D(0))
    return replace(document, totals=Totals(total=total), prices_with_tax=None)


class TestFiscalEcfOthers(PureCase):
    def codes(self, xml):
        return [problem.code for problem in validate(xml)]

    def test_a_great_invoice_has_no_summary(self):
        great = parse_ecf(to_xml(rebuilt(of_every_type()["32-grande"])))
        self.assertEqual(self.codes(build_rfce(great, "abcdef")), ["not_summarised"])

    def test_a_summary_that_does_not_add_up(self):
        document = ready()
        wrong = replace(document.totals, exempt=D("50.00"))
        xml = build_rfce(replace(document, totals=wrong), "abcdef")
        self.assertEqual(self.codes(xml), ["sum"])

    def test_a_summary_of_another_type_of_number(self):
        xml = build_rfce(ready(encf="E310000000001"), "abcdef")
        self.assertEqual(self.codes(xml), ["wrong_type"])

    def test_a_security_code_is_of_six_characters(self):
        self.assertEqual(self.codes(build_rfce(ready(), "abc")), ["not_security"])

    def test_a_receipt_refused_says_why_and_one_taken_does_not(self):
        values = {"issuer": "131246796", "buyer": "101672919", "moment": SIGNED_AT}
        for status, reason, expected in (
            (1, None, ["reason_missing"]),
            (0, 3, ["reason_extra"]),
            (0, None, []),
        ):
            receipt = Receipt(
                encf="E310000000001", status=status, reason=reason, **values
            )
            with self.subTest(status=status, reason=reason):
                self.assertEqual(self.codes(build_arecf(receipt)), expected)

    def test_an_approval_refused_says_why(self):
        approval = Approval(
            issuer="131246796",
            encf="E310000000001",
            issue_date=TODAY,
            total=D("118"),
            buyer="101672919",
            status=2,
            moment=SIGNED_AT,
        )
        self.assertEqual(self.codes(build_acecf(approval)), ["reason_missing"])
        taken = replace(approval, status=1, reason="Sobra")
        self.assertEqual(self.codes(build_acecf(taken)), ["reason_extra"])

    def test_a_range_upside_down_or_of_two_types(self):
        for ranges in (
            (("E320000000002", "E320000000001"),),
            (("E320000000001", "E330000000001"),),
        ):
            xml = build_anecf(
                Annulment(issuer="131246796", ranges=ranges, moment=SIGNED_AT)
            )
            with self.subTest(ranges=ranges):
                self.assertEqual(self.codes(xml), ["annulment_range"])

    def test_an_annulment_that_counts_wrong(self):
        ranges = (("E320000000001", "E320000000005"),)
        xml = build_anecf(
            Annulment(issuer="131246796", ranges=ranges, moment=SIGNED_AT)
        )
        wrong = xml.replace(b"Anulados>5<", b"Anulados>6<")
        self.assertEqual(self.codes(wrong), ["annulment_count", "annulment_count"])
