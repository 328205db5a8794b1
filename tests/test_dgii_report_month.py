"""One rich month, and what DGII reads of it."""

import tempfile
from pathlib import Path

import openpyxl

from odoo.tests import tagged

from ..fiscal.reports.format607 import FORMAT
from .month_office import OfficeMonthCase

GOLDEN = Path(__file__).parent / "files" / "reports"
DECEMBER = "2026-12-01"


@tagged("post_install", "-at_install")
class TestRichMonth(OfficeMonthCase):
    """December 2026: every kind of sale and purchase, and its files to the byte."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # lived once: each test reads it
        case = cls("test_files_are_as_dgii_reads_them")
        case.live()
        cls.sold = case.sold
        cls.env.flush_all()
        # what waits for a commit that never comes
        for callbacks in (cls.env.cr.precommit, cls.env.cr.postcommit):
            callbacks.clear()

    def live(self):
        self.sold = {}
        self.sell_at_the_till()
        self.give_back_at_the_till()
        self.annul_numbers()
        self.sold["last"] = self.sell("2026-12-31 23:59")
        self.sold["january"] = self.sell("2027-01-01 00:01")
        self.close("2027-01-01 01:00")
        self.bill_from_the_office()
        self.buy()

    def sell_at_the_till(self):
        sold, buyer = self.sold, self.buyer.id
        person = self.ref("partner_person").id
        state = self.ref("partner_state").id
        sold["november"] = self.sell("2026-11-30 23:59")
        sold["first"] = self.sell("2026-12-01 00:01")
        sold["credit_fiscal"] = self.sell(
            "2026-12-02 13:00",
            fiscal_type="B01",
            partner_id=buyer,
            payments=self.pay(card=400.0, cash=500.0),
            total=640.0,
        )
        sold["takeout"] = self.sell(
            "2026-12-03 20:00",
            self.line(qty=2),
            order_type="takeout",
            total=1180.0,
            payments=self.pay(card=1180.0),
        )
        sold["great"] = self.sell(
            "2026-12-04 21:00",
            self.line(id="hall", qty=2, price=100000.0),
            partner_id=person,
            payments=self.pay(transfer=256000.0),
        )
        sold["mixed_rates"] = self.sell(
            "2026-12-05 12:00",
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
            "2026-12-06 12:00", fiscal_type="B15", partner_id=state
        )
        sold["on_account"] = self.sell(
            "2026-12-07 12:00",
            fiscal_type="B01",
            partner_id=self.ref("partner_credit").id,
            payments=self.pay(credit=640.0),
            total=640.0,
        )
        sold["voucher"] = self.sell(
            "2026-12-08 12:00", payments=self.pay(voucher=600.0, cash=40.0), total=640.0
        )
        sold["electronic"] = self.sell(
            "2026-12-09 12:00", fiscal_type="E31", partner_id=buyer
        )
        sold["electronic_consumer"] = self.sell("2026-12-10 12:00", fiscal_type="E32")
        sold["electronic_government"] = self.sell(
            "2026-12-11 12:00", fiscal_type="E45", partner_id=state
        )
        special = self.ref("partner_special").id
        for kind, day in (("B14", "11"), ("E44", "12")):
            sold[kind] = self.sell(
                f"2026-12-{day} 14:00",
                fiscal_type=kind,
                partner_id=special,
                total=550.0,
                payments=self.pay(card=550.0),
            )

    def give_back_at_the_till(self):
        sold = self.sold
        for name, of, moment in (
            ("note", "credit_fiscal", "2026-12-12 12:00"),
            ("note_consumer", "takeout", "2026-12-13 12:00"),
            ("note_electronic", "electronic", "2026-12-14 12:00"),
            ("note_e32", "electronic_consumer", "2026-12-15 12:00"),
            ("note_government", "government", "2026-12-16 12:00"),
            ("note_e45", "electronic_government", "2026-12-17 12:00"),
            # 31 days later: the ITBIS stays due
            ("note_old", "november", "2026-12-31 12:00"),
        ):
            sold[name] = self.give_back(moment, sold[of])
        sold["note_great"] = self.give_back(
            "2026-12-18 12:00", sold["great"], lines=[{"id": "hall", "qty": 1}]
        )

    def annul_numbers(self):
        sold = self.sold
        sold["annulled"] = self.sell("2026-12-20 12:00")
        self.annul(sold["annulled"], moment="2026-12-20 12:05")
        sold["torn"] = self.sell(
            "2026-12-21 12:00", fiscal_type="B01", partner_id=self.buyer.id
        )
        self.annul(sold["torn"], "02", moment="2026-12-21 12:05")
        # an electronic number is annulled by ANECF: in no 608
        sold["anecf"] = self.sell("2026-12-22 12:00", fiscal_type="E32")
        self.annul(sold["anecf"], moment="2026-12-22 12:05")
        # one that never became a sale
        with self.at("2026-12-23 12:00"):
            told = self.Order._nu_reserve(
                {
                    "pos_reference": self.reference(),
                    "config_id": self.config.id,
                    "fiscal_type": "B02",
                }
            )
            number = told.body["fiscal"]["reference"]
            never = self.env["nu.pos.ncf"].search([("name", "=", number)])
            never._void("10")

    def bill_from_the_office(self):
        """Catering on invoices: paid in parts, exchanged, withheld, corrected."""
        sold = self.sold
        sold["catering"] = self.bill_out("2026-12-08", 10000.0)
        self.pay_move(sold["catering"], "2026-12-20", 5000.0)
        barter = self.journal("general", nu_kind="barter")
        self.pay_move(sold["catering"], "2026-12-22", 2000.0, barter)
        sold["interest"] = self.debit_note(sold["catering"], "2026-12-28", 150.0)
        sold["discount"] = self.credit_note(sold["catering"], "2026-12-29", 500.0)
        sold["withheld"] = self.bill_out("2026-12-09", 1000.0)
        self.pay_move(
            sold["withheld"], "2026-12-19", 1076.0,
            held={"11080301": 54.0, "11080302": 50.0},
        )  # fmt: skip
        # of November, withheld in December: told again
        sold["again"] = self.bill_out("2026-11-10", 2000.0, partner=self.state)
        self.pay_move(sold["again"], "2026-12-15", 2000.0, held={"11080301": 360.0})
        sold["electronic_catering"] = self.bill_out(
            "2026-12-10", 3000.0, nu_document_type_id=self.type("E31").id
        )
        sold["electronic_interest"] = self.debit_note(
            sold["electronic_catering"], "2026-12-30", 60.0
        )

    def buy(self):
        itbis = "18% ITBIS"
        self.bill("2026-12-03", "B0100004567", (5000.0, "goods", [itbis]))
        self.bill(
            "2026-12-10",
            "E310000000021",
            (2000.0, "services", [itbis]),
            nu_expense_type="02",
        )
        self.bill(
            "2026-12-15",
            "B0400000009",
            (500.0, "goods", [itbis]),
            refund=True,
            nu_modified_ncf="B0100004567",
            nu_modified_date="2026-12-03",
        )
        self.bill(
            "2026-11-20",
            "B0100000777",
            (1000.0, "services", [itbis, "-30% ITBIS Leg. (N02-05)"]),
            nu_expense_type="02",
            nu_date_withheld="2026-12-25",
        )
        person = self.env["res.partner"].create(
            {"name": "Juan Plomero", "vat": "00113918205"}
        )
        for place, own in enumerate(("B11", "E41")):
            self.bill(
                f"2026-12-{12 + place}",
                None,
                (2000.0, "services", ["10% Serv."]),
                partner=person,
                own=own,
                nu_expense_type="02",
                nu_date_withheld="2026-12-28",
            )
        for place, own in enumerate(("B13", "E43")):
            self.bill(
                f"2026-12-{14 + place}",
                None,
                (300.0 + place, "goods", []),
                partner=person,
                own=own,
                nu_expense_type="05",
            )
        abroad = self.env["res.partner"].create(
            {
                "name": "Cloud POS LLC",
                "vat": "98-7654321",
                "is_company": True,
                "country_id": self.env.ref("base.us").id,
            }
        )
        for place, own in enumerate(("B17", "E47")):
            self.bill(
                f"2026-12-{10 - place:02}",
                None,
                (1000.0 * (place + 1), "services", ["-27% ISR (L253-12)"]),
                partner=abroad,
                own=own,
                nu_expense_type="02",
                nu_isr_type="03",
                nu_service_detail="24",
                nu_date_withheld="2026-12-15",
            )

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
                    f"{row.code}|{row.count or ''}|{row.amount:.2f}\r\n" for row in rows
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
            self.problems(report), [("LATE_NOTE", self.sold["note_old"].nu_ncf)]
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
            (31, "itbis_withheld"), (43, "amount"), (44, "amount"),
        ):  # fmt: skip
            with self.subTest(box=number):
                lines = behind("annex", number, name)
                self.assertEqual(lines.report_id.format, "607")
        self.assertEqual(behind("annex", 43, "amount").order_id, self.sold["note_old"])
        for number in (22, 23, 39, 43, 52, 60):
            bills = behind("form", number, "itbis")
            self.assertEqual(bills.report_id.format, "606")
        self.assertTrue(all(behind("form", 60, "itbis").mapped("itbis_withheld")))

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
