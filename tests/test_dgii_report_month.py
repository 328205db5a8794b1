"""One rich month, and what DGII reads of it."""

import tempfile
from pathlib import Path

import openpyxl

from odoo.tests import tagged

from ..fiscal.reports.format607 import FORMAT
from .month import MonthCase

GOLDEN = Path(__file__).parent / "files" / "reports"


@tagged("post_install", "-at_install")
class TestRichMonth(MonthCase):
    """October 2026: every kind of sale and purchase, and its files to the byte."""

    def setUp(self):
        super().setUp()
        self.live()

    def live(self):
        sold = self.sold = {}
        buyer = self.buyer.id
        person = self.ref("partner_person").id
        sold["september"] = self.sell("2026-09-30 23:59")
        sold["first"] = self.sell("2026-10-01 00:01")
        sold["credit_fiscal"] = self.sell(
            "2026-10-02 13:00",
            fiscal_type="B01",
            partner_id=buyer,
            payments=self.pay(card=400.0, cash=500.0),
            total=640.0,
        )
        sold["takeout"] = self.sell(
            "2026-10-03 20:00",
            self.line(qty=2),
            order_type="takeout",
            total=1180.0,
            payments=self.pay(card=1180.0),
        )
        sold["great"] = self.sell(
            "2026-10-04 21:00",
            self.line(qty=1, price=200000.0),
            partner_id=person,
            payments=self.pay(transfer=256000.0),
        )
        sold["mixed_rates"] = self.sell(
            "2026-10-05 12:00",
            self.line(price=100.0),
            self.line(self.reduced, price=200.0),
            self.line(self.exempt, price=300.0),
            fiscal_type="B01",
            partner_id=buyer,
            order_type="takeout",
            total=650.0,
            payments=self.pay(card=650.0),
        )
        sold["government"] = self.sell(
            "2026-10-06 12:00",
            fiscal_type="B15",
            partner_id=self.ref("partner_state").id,
        )
        sold["on_account"] = self.sell(
            "2026-10-07 12:00",
            fiscal_type="B01",
            partner_id=self.ref("partner_credit").id,
            payments=self.pay(credit=640.0),
            total=640.0,
        )
        sold["voucher"] = self.sell(
            "2026-10-08 12:00", payments=self.pay(voucher=600.0, cash=40.0), total=640.0
        )
        sold["electronic"] = self.sell(
            "2026-10-09 12:00", fiscal_type="E31", partner_id=buyer
        )
        sold["electronic_consumer"] = self.sell("2026-10-10 12:00", fiscal_type="E32")
        sold["note"] = self.give_back("2026-10-12 12:00", sold["credit_fiscal"])
        sold["note_consumer"] = self.give_back("2026-10-13 12:00", sold["takeout"])
        sold["note_electronic"] = self.give_back("2026-10-14 12:00", sold["electronic"])
        sold["note_old"] = self.give_back("2026-10-31 12:00", sold["september"])
        sold["annulled"] = self.sell("2026-10-20 12:00")
        self.annul(sold["annulled"], moment="2026-10-20 12:05")
        sold["last"] = self.sell("2026-10-31 23:59")
        sold["november"] = self.sell("2026-11-01 00:01")
        itbis = "18% ITBIS"
        self.bill("2026-10-03", "B0100004567", (5000.0, "goods", [itbis]))
        self.bill(
            "2026-10-10",
            "E310000000021",
            (2000.0, "services", [itbis]),
            nu_expense_type="02",
        )
        self.bill(
            "2026-10-15",
            "B0400000009",
            (500.0, "goods", [itbis]),
            refund=True,
            nu_modified_ncf="B0100004567",
            nu_modified_date="2026-10-03",
        )
        self.bill(
            "2026-09-20",
            "B0100000777",
            (1000.0, "services", [itbis, "-30% ITBIS Leg. (N02-05)"]),
            nu_expense_type="02",
            nu_date_withheld="2026-10-25",
        )
        abroad = self.env["res.partner"].create(
            {
                "name": "Cloud POS LLC",
                "vat": "98-7654321",
                "is_company": True,
                "country_id": self.env.ref("base.us").id,
            }
        )
        self.bill(
            "2026-10-09", None, (1000.0, "services", ["-27% ISR (L253-12)"]),
            partner=abroad, own="B17", nu_expense_type="02", nu_isr_type="03",
            nu_service_detail="24", nu_date_withheld="2026-10-15",
        )  # fmt: skip
        self.close("2026-11-01 01:00")

    def assertGolden(self, name, content):
        wanted = (GOLDEN / name).read_bytes()
        self.assertEqual(content.decode().splitlines(), wanted.decode().splitlines())
        self.assertEqual(content, wanted, "to the byte, line ends too")

    def test_files_are_as_dgii_reads_them(self):
        for code in ("606", "607", "608", "609"):
            with self.subTest(code):
                report = self.report(code)
                content = self.txt(report)
                self.assertEqual(
                    report.file_name, f"DGII_F_{code}_{self.company.vat}_202610.TXT"
                )
                self.assertGolden(f"month_{code}.txt", content)

    def test_sums_tie_with_both_ledgers(self):
        report = self.report("607", check=True)
        for name in ("amount", "itbis", "tip"):
            figure = self.figure(report, "compare", name)
            self.assertEqual(figure.difference, 0, (name, figure.read()))
        total = self.figure(report, "compare", "total")
        self.assertEqual(total.amount, total.ledger)
        self.assertEqual(report.difference, 0)

    def test_consumer_receipts_are_in_the_summary(self):
        report = self.report("607")

        def amounts(section):
            rows = report.figure_ids.filtered(lambda row: row.section == section)
            return {row.code: row.count or row.amount for row in rows}

        # first, takeout, great, voucher, electronic consumer, last; annulled is not
        everything = amounts("consumer")
        self.assertEqual(everything["count"], 6)
        self.assertEqual(everything["amount"], 203000.0)
        self.assertEqual(everything["itbis"], 36540.0)
        self.assertEqual(everything["tip"], 20200.0)
        self.assertEqual(everything["cash"], 640.0 * 3 + 40.0)
        self.assertEqual(everything["voucher"], 600.0)
        self.assertEqual(everything["bank"], 256000.0)
        below = amounts("consumer_below")
        self.assertEqual(below["count"], 5)
        self.assertEqual(below["amount"], 3000.0)
        self.assertEqual(below["bank"], 0)

    def test_what_was_sold_and_listed_is_read_back(self):
        read = FORMAT.read(self.txt(self.report("607")))
        self.assertEqual(read.month.period, "202610")
        self.assertNotIn(self.sold["annulled"].nu_ncf, {row.ncf for row in read.rows})
        self.assertEqual(len({row.ncf for row in read.rows}), 10)

    def test_midnight_of_santo_domingo_parts_the_months(self):
        numbers = set(self.report("607").line_ids.mapped("ncf"))
        self.assertIn(self.sold["first"].nu_ncf, numbers)
        self.assertIn(self.sold["last"].nu_ncf, numbers)
        self.assertNotIn(self.sold["september"].nu_ncf, numbers)
        self.assertNotIn(self.sold["november"].nu_ncf, numbers)

    def test_boxes_of_the_it1_come_from_the_same_rows(self):
        sales, purchases = self.report("607"), self.report("606")
        report = self.report("it1", check=True)
        self.assertEqual(report.report_607_id, sales)
        self.assertEqual(report.report_606_id, purchases)

        def box(section, number):
            return self.figure(report, section, str(number)).amount

        self.assertEqual(box("annex", 1), 500.0 * 3 + 600.0)
        self.assertEqual(box("annex", 2), 203000.0)
        self.assertEqual(box("annex", 4), 500.0 + 1000.0 + 500.0 + 500.0)
        self.assertEqual(box("annex", 11), sales.amount)
        self.assertEqual(self.figure(report, "annex", "2").count, 6)
        # the note of 31 October is of a sale of 30 September: 31 days
        self.assertEqual(box("annex", 43), 500.0)
        self.assertEqual(box("annex", 12), 640.0 * 5 + 240.0 + 40.0)
        self.assertEqual(box("form", 4), 300.0, "the exempt dish")
        self.assertEqual(box("form", 12), 200.0)
        self.assertEqual(box("form", 17), 32.0)
        self.assertEqual(box("form", 11), sales.amount - 500.0)
        self.assertEqual(box("form", 21), sales.itbis + 90.0, "the old note's stays")
        self.assertEqual(box("form", 22), 810.0)
        self.assertEqual(box("form", 23), 360.0)
        self.assertFalse(self.problems(report) and report.error_count)

    def test_a_given_box_counts_and_stays(self):
        self.report("607")
        self.report("606")
        report = self.report("it1")
        due = self.figure(report, "form", "33").amount
        box = self.figure(report, "annex", "27")
        self.assertTrue(box.is_given)
        box.given = 100.0
        report.action_check()
        self.assertEqual(self.figure(report, "annex", "27").given, 100.0)
        self.assertEqual(self.figure(report, "form", "30").amount, 100.0)
        self.assertEqual(self.figure(report, "form", "33").amount, due - 100.0)
        self.assertEqual(report.state, "checked")

    def test_each_figure_leads_to_its_documents(self):
        report = self.report("607")
        Line = self.env["nu.pos.dgii.report.line"]
        for section, code in (
            ("listed", "amount"),
            ("consumer", "amount"),
            ("consumer_below", "voucher"),
        ):
            figure = self.figure(report, section, code)
            lines = Line.search(figure.action_open()["domain"])
            sign = [1 if line.amount_net > 0 else -1 for line in lines]
            values = zip(sign, lines.mapped(code), strict=True)
            self.assertEqual(sum(one * value for one, value in values), figure.amount)
        line = report.line_ids.filtered(
            lambda row: row.ncf == self.sold["takeout"].nu_ncf
        )
        self.assertEqual(line.order_id, self.sold["takeout"])
        self.assertTrue(line.action_open()["res_id"])

    def test_workbook_has_figures_lines_and_consumers(self):
        report = self.report("607", check=True)
        with tempfile.TemporaryFile() as target:
            self.assertTrue(report._write_file("xlsx", target).endswith(".xlsx"))
            target.seek(0)
            book = openpyxl.load_workbook(target)
        sheet = book["607"]
        self.assertEqual(sheet.max_row, 11)
        self.assertEqual(sheet["C2"].value, "B0107000001")
        self.assertEqual(sheet["H2"].value, 500)
        self.assertEqual(book[book.sheetnames[2]].max_row, 6)

    def test_fiscal_sales_by_rate_and_hour_tie_with_the_607(self):
        report = self.report("607")
        domain = [
            ("company_id", "=", self.company.id),
            ("day", ">=", "2026-10-01"),
            ("day", "<=", "2026-10-31"),
            ("order_id", "!=", self.sold["annulled"].id),
        ]
        rows = self.env["nu.pos.sales.report"]._read_group(
            domain, ["rate"], ["amount:sum", "itbis:sum", "tip:sum"]
        )
        by_rate = {rate: amount for rate, amount, _itbis, _tip in rows}
        self.assertAlmostEqual(by_rate["16"], 200.0)
        self.assertAlmostEqual(by_rate["0"], 300.0)
        for place, name in ((1, "amount"), (2, "itbis"), (3, "tip")):
            self.assertAlmostEqual(sum(row[place] for row in rows), report[name])
        hours = dict(
            self.env["nu.pos.sales.report"]._read_group(domain, ["hour"], ["__count"])
        )
        self.assertEqual(hours["23"], 1, "23:59 in Santo Domingo")
        paid = self.env["nu.pos.payments.report"]._read_group(
            domain, ["kind"], ["amount:sum"]
        )
        self.assertAlmostEqual(sum(amount for _kind, amount in paid), report.total)
