"""e-CF in the month: whether the 607 lists them, and those that are no receipts."""

from odoo.tests import tagged

from ...fiscal.reports.format607 import FORMAT
from ..month_office import OfficeMonthCase


@tagged("post_install", "-at_install")
class TestElectronic(OfficeMonthCase):
    def sell_both_series(self):
        return {
            "B01": self.sell(
                "2026-10-05 12:00", fiscal_type="B01", partner_id=self.buyer.id
            ),
            "E31": self.sell(
                "2026-10-06 12:00", fiscal_type="E31", partner_id=self.buyer.id
            ),
            "B02": self.sell("2026-10-07 12:00"),
            "E32": self.sell("2026-10-08 12:00", fiscal_type="E32"),
        }

    def listed(self, report):
        return [row.ncf[:3] for row in FORMAT.read(self.txt(report)).rows]

    def consumers(self, report):
        return self.figure(report, "consumer", "count").count

    # -- A setting ---------------------------------------------------------------------

    def test_both_series_are_listed_unless_told_otherwise(self):
        self.sell_both_series()
        report = self.report("607", check=True)
        self.assertEqual(self.listed(report), ["B01", "E31"])
        self.assertEqual((report.electronic_count, self.consumers(report)), (2, 2))

    def test_file_leaves_e_ncf_to_dgii_and_the_book_keeps_them(self):
        self.sell_both_series()
        self.close("2026-10-08 23:00")
        before = self.report("607", check=True)
        self.report("606")
        form = self.report("it1", check=True)
        boxes = {(row.section, row.code): row.amount for row in form.figure_ids}
        self.company.nu_607_series = "paper"
        before.action_check()
        form.action_check()
        self.env.invalidate_all()
        self.assertEqual(self.listed(before), ["B01"])
        self.assertEqual(before.state, "checked")
        self.assertEqual((before.line_count, before.listed_count), (4, 1))
        self.assertEqual((before.amount, before.electronic_count), (2000.0, 2))
        self.assertEqual(before.difference, 0)
        self.assertEqual(self.consumers(before), 1, "the summary is of series B too")
        after = {(row.section, row.code): row.amount for row in form.figure_ids}
        self.assertEqual(after, boxes, "the IT-1 has all sales")

    # -- Tests of DGII -----------------------------------------------------------------

    def test_receipts_of_a_test_environment_are_in_no_report(self):
        real = self.sell_both_series()
        self.company.nu_ecf_environment = "testecf"
        test = self.sell(
            "2026-10-09 12:00", fiscal_type="E31", partner_id=self.buyer.id
        )
        self.company.nu_ecf_environment = "certecf"
        other = self.sell("2026-10-09 13:00", fiscal_type="E32")
        invoice = self.bill_out("2026-10-10", nu_document_type_id=self.type("E31").id)
        self.company.nu_ecf_environment = "ecf"
        self.close("2026-10-10 23:00")
        report = self.report("607", check=True)
        self.assertEqual(report.line_ids.order_id, sum(real.values(), test.browse()))
        self.assertEqual(report.amount, 2000.0)
        told = {
            row.ncf: row.severity
            for row in report.problem_ids
            if row.code == "TEST_DOCUMENT"
        }
        numbers = (test.nu_ncf, other.nu_ncf, invoice.nu_ncf)
        self.assertEqual(told, dict.fromkeys(numbers, "warning"))
        self.assertEqual(report.state, "checked")
        for name, annulled in (("amount", 2000.0), ("itbis", 360.0), ("tip", 100.0)):
            row = self.figure(report, "compare", name)
            self.assertEqual((row.annulled, row.difference), (annulled, 0.0), name)
        total = self.figure(report, "compare", "total")
        self.assertEqual(total.amount, total.ledger)
        self.report("606")
        form = self.report("it1")
        self.assertEqual(self.figure(form, "form", "1").amount, 2000.0)

    def test_purchases_signed_for_a_test_are_in_no_report(self):
        person = self.env["res.partner"].create(
            {"name": "Juan Plomero", "vat": "00113918205"}
        )
        self.company.nu_ecf_environment = "testecf"
        bill = self.bill(
            "2026-10-05", None, (100.0, "services", []), partner=person, own="E41"
        )
        self.company.nu_ecf_environment = "ecf"
        report = self.report("606", check=True)
        self.assertEqual(report.listed_count, 0)
        self.assertIn(("TEST_DOCUMENT", bill.nu_ncf), self.problems(report))

    def test_annulled_test_numbers_are_in_no_608(self):
        self.env["ir.config_parameter"].set_param("nu_pos.dgii_annulled", "all")
        self.company.nu_ecf_environment = "testecf"
        order = self.sell("2026-10-09 12:00", fiscal_type="E32")
        self.company.nu_ecf_environment = "ecf"
        self.annul(order)
        report = self.report("608")
        self.assertEqual((report.line_count, report.listed_count), (1, 0))
