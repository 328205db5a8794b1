"""What the checks find before a file is sent, each in a month that is sound else."""

import dataclasses
from datetime import date
from decimal import Decimal

from ...fiscal.reports import (
    checks,
    consumers,
    format606,
    format607,
    format608,
    format609,
    it1,
)
from ...fiscal.reports.rules import DEFAULTS, Settings
from ..pure_case import PureCase
from ..report_rows import (
    MONTH,
    annulled,
    october,
    payments_abroad,
    pesos,
    purchases,
    sales,
)

SEPTEMBER = date(2026, 9, 30)


class ChecksCase(PureCase):
    fmt = rows = None

    def found(self, row, settings=DEFAULTS, **values):
        changed = dataclasses.replace(row, **values)
        return [
            (problem.column, problem.code)
            for problem in checks.row_problems(self.fmt, changed, MONTH, settings)
        ]


class TestChecks606(ChecksCase):
    fmt = format606.FORMAT

    def setUp(self):
        super().setUp()
        self.food, self.plumber, self.note = purchases()

    def test_identity_fits_its_type(self):
        self.assertEqual(self.found(self.food, identity_type="2"), [(1, "IDENTITY")])

    def test_consumer_receipts_are_not_listed(self):
        for number in ("B0200000001", "E320000000001", "B1600000001"):
            self.assertEqual(self.found(self.food, ncf=number), [(4, "NCF_TYPE")])

    def test_numbers_of_19_positions_ended_in_april_2018(self):
        old = "A010010010100000001"
        self.assertEqual(self.found(self.food, ncf=old), [(4, "OLD_NUMBER")])
        of_2018 = {"date": date(2018, 4, 30), "payment_date": None}
        self.assertEqual(self.found(self.food, ncf=old, **of_2018), [(6, "PERIOD")])
        self.assertEqual(self.found(self.note, modified_ncf=old), [])

    def test_own_receipts_carry_the_own_rnc(self):
        self.assertEqual(self.found(self.food, ncf="B1300000001"), [(1, "OWN_RNC")])
        own = {"ncf": "E470000000001", "identity": MONTH.reporter}
        self.assertEqual(self.found(self.food, **own), [])

    def warned(self, row, settings=DEFAULTS, **values):
        changed = dataclasses.replace(row, **values)
        problems = checks.row_problems(self.fmt, changed, MONTH, settings)
        self.assertEqual({p.severity for p in problems} - {"warning"}, set())
        return [(problem.column, problem.code) for problem in problems]

    def test_the_own_rnc_is_no_suppliers(self):
        own = {"identity": MONTH.reporter}
        self.assertEqual(self.warned(self.food, **own), [(1, "OWN_SUPPLIER")])

    def test_alert_1_receipts_of_purchases_are_for_persons(self):
        company = {"identity": "101850043", "identity_type": "1"}
        for number in ("B1100000031", "E410000000031"):
            self.assertEqual(
                self.warned(self.plumber, ncf=number, **company),
                [(1, "INFORMAL_RNC")],
            )

    def test_alert_3_payment_of_another_month(self):
        november = {"payment_date": date(2026, 11, 2)}
        self.assertEqual(self.warned(self.food, **november), [(7, "PAYMENT_MONTH")])
        # what is withheld is told in its own month: there it is an error
        self.assertEqual(self.found(self.plumber, **november), [(7, "PERIOD")])

    def test_alert_4_persons_are_paid_without_their_itbis(self):
        nothing = {"itbis_withheld": None}
        self.assertEqual(self.warned(self.plumber, **nothing), [(12, "NOT_WITHHELD")])
        known = {"ncf": "E310000000031", **nothing}
        self.assertEqual(self.warned(self.plumber, **known), [(12, "NOT_WITHHELD")])
        goods = {"services": None, "goods": pesos("2000.00")}
        self.assertEqual(self.warned(self.plumber, **known, **goods), [], "no service")
        self.assertEqual(
            self.warned(self.plumber, **nothing, **goods), [(12, "NOT_WITHHELD")]
        )
        unpaid = {"payment_date": None, "isr_type": None, "isr_withheld": None}
        self.assertEqual(self.warned(self.plumber, **nothing, **unpaid), [])
        self.assertEqual(self.warned(self.food), [], "a company")

    def test_alert_7_payment_before_the_receipt(self):
        early = {"payment_date": october(2)}
        self.assertEqual(self.warned(self.food, **early), [(7, "PAYMENT_EARLY")])
        self.assertEqual(self.warned(self.food, payment_date=october(3)), [])

    def test_series_b_of_suppliers_after_its_end(self):
        ended = Settings(series_b_until=october(2))
        series_b = [(4, "SUPPLIER_SERIES_B")]
        self.assertEqual(self.warned(self.food, ended), series_b)
        self.assertEqual(self.warned(self.food, Settings()), [], "15-11-2026")
        self.assertEqual(
            self.warned(self.food, Settings(series_b_until=october(3))), []
        )
        self.assertEqual(self.warned(self.note, ended), [], "an e-NCF")
        # what the buyer issues is the buyer's own matter
        self.assertEqual(self.warned(self.plumber, ended), [])

    def test_notes_and_only_notes_name_a_receipt(self):
        self.assertEqual(
            self.found(self.note, modified_ncf=None), [(5, "REFERENCE_REQUIRED")]
        )
        self.assertEqual(
            self.found(self.food, modified_ncf="B0100000001"), [(5, "REFERENCE")]
        )
        self.assertEqual(
            self.found(self.note, modified_ncf=self.note.ncf), [(5, "REFERENCE")]
        )

    def test_a_credit_note_is_paid_as_such(self):
        self.assertEqual(
            self.found(self.note, payment_form="01"), [(23, "CREDIT_NOTE_FORM")]
        )

    def test_sums(self):
        self.assertEqual(self.found(self.food, services=pesos("1")), [(10, "SUM")])
        self.assertEqual(
            self.found(self.food, itbis_cost=pesos("900.00")), [(15, "SUM")]
        )
        to_the_cost = {"itbis_cost": pesos("900.00"), "itbis_credit": None}
        self.assertEqual(self.found(self.food, **to_the_cost), [])

    def test_itbis_beyond_reason(self):
        more = {"itbis": pesos("901.50"), "itbis_credit": pesos("901.50")}
        self.assertEqual(self.found(self.food, **more), [(11, "ITBIS_RATE")])
        self.assertEqual(
            self.found(self.plumber, itbis_withheld=pesos("360.01")),
            [(12, "ITBIS_EXCESS")],
        )

    def test_withheld_tax_has_its_day_and_type(self):
        self.assertEqual(
            self.found(self.plumber, payment_date=None), [(7, "PAYMENT_DATE")]
        )
        self.assertEqual(self.found(self.plumber, isr_type=None), [(17, "ISR_PAIR")])
        self.assertEqual(
            self.found(self.plumber, isr_withheld=None), [(18, "ISR_PAIR")]
        )

    def test_an_earlier_receipt_comes_again_when_its_tax_is_withheld(self):
        self.assertEqual(self.found(self.plumber, date=SEPTEMBER), [])
        later = {"date": SEPTEMBER, "payment_date": SEPTEMBER}
        self.assertEqual(
            self.found(self.plumber, **later), [(6, "PERIOD"), (7, "PERIOD")]
        )
        november = {"date": date(2026, 11, 1), "payment_date": None}
        self.assertEqual(self.found(self.food, **november), [(6, "PERIOD")])

    def test_a_number_of_two_suppliers_is_no_duplicate(self):
        other = dataclasses.replace(self.food, identity="130000001")
        problems = list(checks.check(self.fmt, MONTH, [self.food, other, self.food]))
        self.assertEqual(
            [(p.line, p.column, p.code) for p in problems], [(3, 4, "DUPLICATE")]
        )


class TestChecks607(ChecksCase):
    fmt = format607.FORMAT

    def setUp(self):
        super().setUp()
        self.bill, self.note, self.great, self.small_note = sales()

    def test_buyer_is_named_but_on_notes_of_consumer_receipts(self):
        nobody = {"identity": None, "identity_type": None}
        self.assertEqual(self.found(self.bill, **nobody), [(1, "BUYER_REQUIRED")])
        self.assertEqual(self.found(self.note, **nobody), [(1, "BUYER_REQUIRED")])
        self.assertEqual(self.found(self.small_note), [])

    def test_an_export_without_buyer_is_only_a_warning(self):
        row = dataclasses.replace(
            self.bill, ncf="E460000000001", identity=None, identity_type=None
        )
        [problem] = checks.row_problems(self.fmt, row, MONTH)
        self.assertEqual(
            (problem.code, problem.severity), ("BUYER_REQUIRED", "warning")
        )

    def test_half_an_identification(self):
        self.assertEqual(self.found(self.bill, identity_type=None), [(2, "REQUIRED")])
        self.assertEqual(self.found(self.bill, identity=None), [(1, "REQUIRED")])
        self.assertEqual(self.found(self.bill, identity_type="2"), [(1, "IDENTITY")])
        self.assertEqual(self.found(self.bill, identity_type="3"), [])

    def test_own_purchases_are_no_sales(self):
        self.assertEqual(self.found(self.bill, ncf="B1100000001"), [(3, "NCF_TYPE")])

    def test_consumer_receipts_below_the_threshold_are_not_listed(self):
        less = {"tip": pesos("13999.99"), "bank": pesos("243999.99")}
        self.assertEqual(self.found(self.great, **less), [(3, "CONSUMER_BELOW")])
        edge = {"tip": pesos("14000"), "bank": pesos("244000")}
        self.assertEqual(self.found(self.great, **edge), [])
        by_amount = Settings(threshold_with_taxes=False)
        self.assertEqual(
            self.found(self.great, settings=by_amount), [(3, "CONSUMER_BELOW")]
        )

    def test_forms_of_sale_add_up_to_the_total(self):
        self.assertEqual(self.found(self.bill, card=pesos("1180.00")), [(17, "SUM")])
        split = {"card": pesos("280.00"), "barter": pesos("1000.00")}
        self.assertEqual(self.found(self.bill, **split), [])
        debit = {"ncf": "B0300000001", "modified_ncf": "B0100000123", "card": None}
        self.assertEqual(self.found(self.bill, **debit), [(17, "SUM")])

    def test_a_credit_note_has_no_forms_of_sale(self):
        self.assertEqual(
            self.found(self.note, cash=pesos("0.00")), [(17, "CREDIT_NOTE_PAID")]
        )

    def test_withholding_and_its_day_go_together(self):
        column = (7, "WITHHOLDING_DATE")
        held = {"itbis_withheld": pesos("54.00")}
        self.assertEqual(self.found(self.bill, **held), [column])
        self.assertEqual(self.found(self.bill, withholding_date=october(6)), [column])
        held["withholding_date"] = october(31)
        self.assertEqual(self.found(self.bill, date=SEPTEMBER, **held), [])
        held["withholding_date"] = SEPTEMBER
        self.assertEqual(self.found(self.bill, **held), [(7, "PERIOD")])
        excess = {"itbis_withheld": pesos("181"), "withholding_date": october(6)}
        self.assertEqual(self.found(self.bill, **excess), [(10, "ITBIS_EXCESS")])

    def test_a_month_ends_at_its_last_day(self):
        self.assertEqual(self.found(self.bill, date=october(31)), [])
        self.assertEqual(self.found(self.bill, date=SEPTEMBER), [(6, "PERIOD")])

    def problems(self, rows, **known):
        found = checks.check(self.fmt, MONTH, rows, **known)
        return [(p.line, p.column, p.code) for p in found]

    def test_numbers_once_and_never_annulled(self):
        self.assertEqual(
            self.problems([self.bill, self.note, self.bill]), [(3, 3, "DUPLICATE")]
        )
        self.assertEqual(
            self.problems([self.bill], annulled={"B0100000123"}), [(1, 3, "ANNULLED")]
        )

    def test_notes_modify_what_exists(self):
        known = {"B0100000123": october(5), "E320000000001": october(31)}
        rows = [self.note, self.small_note]
        self.assertEqual(self.problems(rows, date_of=known.get), [])
        known = {"B0100000123": date(2026, 10, 13)}
        self.assertEqual(
            self.problems(rows, date_of=known.get),
            [(1, 4, "REFERENCE_LATER"), (2, 4, "REFERENCE_UNKNOWN")],
        )

    def test_a_shipment_has_a_limit(self):
        fmt = dataclasses.replace(self.fmt, line_limit=1)
        [problem] = checks.check(fmt, MONTH, [self.bill, self.note])
        self.assertEqual(
            (problem.code, problem.severity), ("TOO_MANY_LINES", "warning")
        )

    def test_values_of_a_wrong_type_are_told_and_not_reckoned_with(self):
        self.assertEqual(self.found(self.bill, amount=1000.0), [(8, "AMOUNT")])
        self.assertEqual(self.found(self.bill, withholding_date="x"), [(7, "DATE")])


class TestChecks608And609(ChecksCase):
    def test_annulled_e_ncf_go_by_anecf(self):
        self.fmt = format608.FORMAT
        electronic = {"ncf": "E310000000001"}
        self.assertEqual(self.found(annulled()[0], **electronic), [(1, "ELECTRONIC")])
        allowed = Settings(electronic_annulments=True)
        self.assertEqual(self.found(annulled()[0], allowed, **electronic), [])

    def test_a_sale_is_not_annulled(self):
        found = checks.check(
            format608.FORMAT, MONTH, annulled(), reported={"B0100000124"}
        )
        self.assertEqual([(p.line, p.code) for p in found], [(2, "REPORTED")])

    def test_old_lists_of_reasons_are_not_in_force(self):
        self.fmt = format608.FORMAT
        self.assertEqual(self.found(annulled()[0], reason="11"), [(3, "UNKNOWN_CODE")])
        self.assertEqual(self.found(annulled()[0], date=SEPTEMBER), [(2, "PERIOD")])

    def test_payment_abroad(self):
        self.fmt = format609.FORMAT
        row = payments_abroad()[0]
        for values, found in (
            ({"detail": "31"}, (6, "DETAIL")),
            ({"country": "USA"}, (4, "COUNTRY")),
            ({"withholding_date": None}, (11, "WITHHOLDING_DATE")),
            ({"withholding_date": SEPTEMBER}, (11, "PERIOD")),
            ({"isr_withheld": pesos("1000.01")}, (13, "ISR_EXCESS")),
            ({"related": "2"}, (7, "UNKNOWN_CODE")),
            ({"name": ""}, (1, "REQUIRED")),
        ):
            with self.subTest(values):
                self.assertEqual(self.found(row, **values), [found])
        letters = Settings(country_letters=True)
        self.assertEqual(self.found(row, letters, country="USA"), [])
        twice = checks.check(self.fmt, MONTH, [row, row])
        self.assertEqual([(p.line, p.column) for p in twice], [(2, 8)])


class TestConsumers(PureCase):
    def setUp(self):
        super().setUp()
        self.small = dataclasses.replace(
            sales()[0], ncf="B0200000001", identity=None, identity_type=None
        )

    def test_the_summary_has_all_and_the_file_the_great_ones(self):
        summary = consumers.ConsumerSummary()
        month = [*sales(), self.small]
        listed = list(summary.listed(month))
        self.assertEqual(listed, sales())
        self.assertEqual(list(checks.check(format607.FORMAT, MONTH, listed)), [])
        every, below = summary.everything, summary.below
        self.assertEqual((every.count, below.count), (2, 1))
        self.assertEqual(every.amount, pesos("201000.00"))
        self.assertEqual((every.itbis, every.tip), (pesos("36180"), pesos("20100")))
        self.assertEqual(every.total, every.paid)
        self.assertEqual((below.card, below.total), (pesos("1280"), pesos("1280")))

    def test_e_ncf_are_left_to_dgii_by_a_setting(self):
        settings = Settings(electronic_sales=False)
        summary = consumers.ConsumerSummary(settings)
        listed = [sale.ncf for sale in summary.listed(sales())]
        self.assertEqual(listed, ["B0100000123", "B0400000007"])
        self.assertEqual(summary.everything, consumers.Totals(), "an E32 only")

    def test_notes_do_not_count_as_receipts(self):
        summary = consumers.ConsumerSummary().summarise(sales()[:2])
        self.assertEqual(summary.everything, consumers.Totals())

    def test_the_book_ties_with_the_ledger(self):
        book = consumers.Totals()
        for sale in sales()[:2]:
            book.net(sale)
        self.assertEqual((book.count, book.card), (2, pesos("1280")))
        ledger = consumers.Totals(
            amount=pesos("800"), itbis=pesos("144"), tip=pesos("80")
        )
        self.assertEqual(list(consumers.ledger_problems(book, ledger)), [])
        ledger.tip = pesos("100")
        [problem] = consumers.ledger_problems(book, ledger)
        self.assertEqual((problem.code, problem.column), ("LEDGER", 16))


class TestIt1(PureCase):
    def month(self):
        """1,000 of fiscal credit and 5,000 of consumer sales at 18 %, 300 of it exempt,
        a note of 200, purchases with 400 of ITBIS."""
        month = it1.Totals(
            exempt=pesos("300"),
            itbis_local_purchases=pesos("300"),
            itbis_services=pesos("100"),
        )
        month.add_sales("B01", 2, pesos("600"))
        month.add_sales("E31", 1, pesos("400"))
        month.add_sales("02", 90, pesos("5000"))
        month.add_sales("E34", 1, pesos("200"))
        month.incomes["01"] = pesos("5800")
        month.taxed["18"], month.itbis["18"] = pesos("5500"), pesos("990")
        month.add_payments({"cash": pesos("7000"), "card": pesos("42")})
        return month

    def test_a_month_ties(self):
        figures = self.month().figures()
        annex, form = figures.annex, figures.form
        self.assertEqual(figures.problems, [])
        self.assertEqual(
            [annex[box] for box in (1, 2, 4, 11, 12, 14, 19, 26)],
            [pesos(n) for n in "1000 5000 200 5800 7000 42 7042 5800".split()],
        )
        self.assertEqual((figures.counts[1], figures.counts[4]), (3, 1))
        self.assertEqual((form[9], form[10]), (pesos("300"), pesos("5500")))
        self.assertEqual((annex[56], form[25]), (pesos("400"), pesos("400")))
        self.assertEqual((form[26], form[27], form[33]), (590, 0, 590))
        self.assertEqual(form[68], 590)

    def test_earlier_balances_and_withholdings_lower_the_payment(self):
        month = self.month()
        month.annex[27] = pesos("100")
        month.form[29] = pesos("600")
        form = month.figures().form
        self.assertEqual((form[30], form[33], form[34]), (100, 0, 110))

    def test_more_paid_than_charged_is_a_balance_in_favour(self):
        month = self.month()
        month.itbis_local_purchases = pesos("2000")
        form = month.figures().form
        self.assertEqual((form[26], form[27], form[34]), (0, 1110, 1110))

    def told(self, month):
        return [problem.code for problem in month.figures().problems]

    def test_proportion_is_reckoned(self):
        """5,500 of 5,800 are taxed: (boxes 2 + 5 + 10) / box 1."""
        month = self.month()
        month.itbis_proportional = pesos("100")
        figures = month.figures()
        self.assertEqual(round(figures.annex[54], 4), pesos("94.8276"))
        self.assertEqual(figures.annex[55], pesos("94.83"))
        self.assertEqual(figures.form[25], pesos("494.83"))
        self.assertEqual(self.told(month), ["IT1_EXEMPT"])
        month.exempt, month.taxed["18"] = pesos("0"), pesos("5800")
        month.itbis["18"] = pesos("1044")
        self.assertEqual(month.figures().annex[55], pesos("100"))
        self.assertEqual(self.told(month), [])

    def test_what_is_exported_or_exempt_by_destination_counts_as_taxed(self):
        """Operations 11,000, taxed 5,000, by destination 1,000: 545.45 of 1,000."""
        month = it1.Totals(
            exempt=pesos("5000"),
            exempt_by_destination=pesos("1000"),
            itbis_proportional=pesos("1000"),
        )
        month.add_sales("01", 1, pesos("11000"))
        month.taxed["18"], month.itbis["18"] = pesos("5000"), pesos("900")
        figures = month.figures()
        self.assertEqual(figures.annex[55], pesos("545.45"))
        month.exempt, month.exported = pesos("3000"), pesos("2000")
        self.assertEqual(month.figures().annex[55], pesos("727.27"))

    def test_proportion_by_hand_goes_before(self):
        month = self.month()
        month.itbis_proportional, month.proportion = pesos("100"), pesos("0.5")
        figures = month.figures()
        self.assertEqual((figures.annex[54], figures.annex[55]), (50, 50))
        self.assertEqual(figures.form[25], pesos("450"))
        [problem] = figures.problems
        self.assertEqual(
            (problem.code, problem.severity), ("IT1_PROPORTION", "warning")
        )
        month.proportion = pesos("0.948276")
        self.assertEqual(self.told(month), ["IT1_EXEMPT"], "the same to six places")

    def test_month_without_operations_has_no_proportion(self):
        month = it1.Totals(itbis_proportional=pesos("100"))
        self.assertEqual(month.figures().annex[55], pesos("100"))
        month.add_sales("04", 1, pesos("500"))
        self.assertEqual(month.figures().coefficient, 1)

    def test_rows_say_what_the_purchases_serve_and_columns_what_they_are(self):
        month = self.month()
        month.itbis_imports = pesos("50")
        month.itbis_not_deductible = pesos("70")
        month.itbis_not_deductible_services = pesos("30")
        month.itbis_proportional = pesos("100")
        month.itbis_proportional_services = pesos("40")
        for serves, row, other in (("services", 51, 50), ("goods", 50, 51)):
            month.serves = serves
            figures = month.figures()
            annex, columns = figures.annex, figures.columns
            with self.subTest(serves):
                self.assertEqual((annex[row], annex[other]), (450, 0))
                self.assertEqual(
                    [tuple(columns[box].values()) for box in (row, 47, 53, 55)],
                    [
                        (300, 100, 50),
                        (40, 30, 0),
                        (60, 40, 0),
                        (pesos("56.90"), pesos("37.93"), 0),
                    ],
                )
                self.assertEqual(annex[56], pesos("544.83"))
                form = figures.form
                self.assertEqual(
                    [form[box] for box in (22, 23, 24)],
                    [pesos("356.90"), pesos("137.93"), pesos("50")],
                )
        month.itbis_proportional = month.itbis_proportional_services = pesos("0")
        month.annex[49] = pesos("320")
        figures = month.figures()
        self.assertEqual((figures.annex[49], figures.annex[50]), (320, 130))
        self.assertEqual((figures.annex[56], figures.form[25]), (450, 450))
        self.assertEqual(figures.problems, [])
        month.annex[49] = pesos("500")
        self.assertIn("IT1_PAID", self.told(month), "more than the books have")

    def test_special_regimes_are_those_of_the_606(self):
        month = self.month()
        month.add_sales("14", 1, pesos("0"))
        month.special_purchases = pesos("33")
        self.assertEqual(month.figures().annex[44], pesos("33"))

    def test_tax_withheld_from_others(self):
        month = self.month()
        month.form.update({39: pesos("1000"), 43: pesos("1000"), 47: pesos("50")})
        form = month.figures().form
        self.assertEqual((form[50], form[52], form[58]), (180, 54, 9))
        self.assertEqual((form[60], form[62], form[67]), (243, 243, 243))
        self.assertEqual(form[68], 590 + 243)

    def test_what_does_not_tie_is_told(self):
        for change, code in (
            (lambda month: month.taxed.update({"16": pesos("1")}), "IT1_TAXED"),
            (lambda month: month.incomes.update({"06": pesos("1")}), "IT1_INCOME"),
            (lambda month: month.form.update({22: pesos("1")}), "IT1_PAID"),
            (lambda month: month.itbis.update({"18": pesos("988")}), "IT1_RATE"),
        ):
            month = self.month()
            change(month)
            with self.subTest(code):
                self.assertIn(code, [p.code for p in month.figures().problems])

    def test_formulas_name_boxes_above_them(self):
        """So that one pass fills a document."""
        for table in (it1.ANNEX, it1.FORM):
            for box, (_name, formula) in table.items():
                for word in formula.removeprefix("max ").partition("*")[0].split("+"):
                    for number in word.split("-"):
                        if number:
                            self.assertLess(int(number), box)
                            self.assertIn(int(number), table)

    def test_a_type_nobody_sells(self):
        with self.assertRaises(KeyError):
            it1.Totals().add_sales("B11", 1, Decimal(1))
