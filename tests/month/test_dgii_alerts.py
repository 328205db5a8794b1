"""What DGII's validator tells of a 606, and the norms of 2026, at the bill and in the
check of the month. Nothing of it stops a bill."""

from odoo.tests import tagged

from ..month_case import MonthCase

ITBIS = "18% ITBIS"
NOVEMBER = "2026-11-01"


@tagged("post_install", "-at_install")
class TestAlerts(MonthCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.person = cls.env["res.partner"].create(
            {"name": "Juan Plomero", "vat": "00113918205"}
        )
        cls.env["nu.pos.ncf.range"].create(
            [
                {
                    "company_id": cls.company.id,
                    "document_type_id": cls.type(prefix).id,
                    "first_number": 1,
                    "last_number": 9,
                    "date_expiry": "2027-12-31",
                }
                for prefix in ("B11", "B17")
            ]
        )

    def told(self, report):
        """``[(code, number)]`` of the warnings; there are no errors."""
        self.assertFalse(report.error_count, self.problems(report))
        return self.problems(report)

    def remarks(self, move):
        move.invalidate_recordset(["nu_warnings"])
        return move.nu_warnings or ""

    def test_own_rnc_as_supplier(self):
        own = self.env["res.partner"].create(
            {"name": "Yo mismo", "vat": self.company.vat, "is_company": True}
        )
        bill = self.bill("2026-10-05", "B0100000001", (100.0, "goods", []), partner=own)
        self.assertIn("own RNC", self.remarks(bill))
        report = self.report("606", check=True)
        self.assertEqual(self.told(report), [("OWN_SUPPLIER", "B0100000001")])
        self.assertEqual(report.problem_ids.action_open()["res_id"], bill.id)

    def test_number_of_19_positions_is_an_error_of_the_month(self):
        number = "A010010010100000001"
        bill = self.bill("2026-10-05", number, (100.0, "goods", []))
        self.assertEqual(bill.state, "posted")
        self.assertIn("30-04-2018", self.remarks(bill))
        report = self.report("606", check=True)
        self.assertEqual((report.state, report.error_count), ("draft", 1))
        self.assertEqual(self.problems(report), [("OLD_NUMBER", number)])

    def test_series_b_of_a_supplier_after_15_11_2026(self):
        last = self.bill("2026-11-15", "B0100000001", (100.0, "goods", []))
        late = self.bill("2026-11-16", "B0100000002", (100.0, "goods", []))
        self.assertNotIn("Ley 32-23", self.remarks(last))
        self.assertIn("Ley 32-23", self.remarks(late))
        report = self.report("606", NOVEMBER, check=True)
        self.assertEqual(self.told(report), [("SUPPLIER_SERIES_B", "B0100000002")])

    def test_series_b_of_a_supplier_that_was_electronic_before(self):
        self.bill("2026-10-05", "B0100000001", (100.0, "goods", []))
        self.bill("2026-10-06", "E310000000001", (100.0, "goods", []))
        self.bill("2026-10-07", "B0100000002", (100.0, "goods", []))
        other = self.env["res.partner"].create({"name": "Otro", "vat": "131246796"})
        self.bill("2026-10-08", "B0100000002", (100.0, "goods", []), partner=other)
        report = self.report("606", check=True)
        self.assertEqual(self.told(report), [("SUPPLIER_SERIES_B", "B0100000002")])

    def test_last_day_of_series_b_is_a_setting(self):
        self.bill("2026-10-07", "B0100000002", (100.0, "goods", []))
        settings = self.env["res.config.settings"]
        self.assertEqual(
            str(settings.create({}).nu_supplier_series_b_until), "2026-11-15"
        )
        settings.create({"nu_supplier_series_b_until": "2026-10-06"}).set_values()
        self.assertEqual(
            str(settings.create({}).nu_supplier_series_b_until), "2026-10-06"
        )
        report = self.report("606", check=True)
        self.assertEqual(self.told(report), [("SUPPLIER_SERIES_B", "B0100000002")])

    def test_person_who_is_paid_without_withholding(self):
        bill = self.bill(
            "2026-10-05",
            None,
            (1000.0, "services", [ITBIS]),
            partner=self.person,
            own="B11",
            nu_expense_type="02",
        )
        self.assertEqual(self.told(self.report("606", check=True)), [])
        with self.at("2026-10-20 10:00"):
            self.env["account.payment.register"].with_context(
                active_model="account.move", active_ids=bill.ids
            ).create({"payment_date": "2026-10-20"})._create_payments()
        report = self.Report.search([("format", "=", "606")])
        report.action_check()
        self.env.invalidate_all()
        self.assertEqual(self.told(report), [("NOT_WITHHELD", bill.nu_ncf)])

    # -- Norms of 2026 -----------------------------------------------------------------

    def test_itbis_of_a_company_with_an_ecf_is_not_withheld(self):
        services = (1000.0, "services", [ITBIS, "-30% ITBIS Leg. (N02-05)"])
        values = {"nu_date_withheld": "2026-10-25", "nu_expense_type": "02"}
        paper = self.bill("2026-10-05", "B0100000001", services, **values)
        electronic = self.bill("2026-10-06", "E310000000001", services, **values)
        self.assertNotIn("NG 02-2026", self.remarks(paper))
        self.assertIn("NG 02-2026: 30 % of the ITBIS", self.remarks(electronic))
        report = self.report("606", check=True)
        self.assertEqual(self.told(report), [("WITHHELD_30", "E310000000001")])
        self.assertEqual(report.state, "checked", "a warning")
        self.assertEqual(sum(report.line_ids.mapped("itbis_withheld")), 108.0)

    def test_fees_of_a_person_bear_15_percent(self):
        def bill(day, number, withheld):
            return self.bill(
                day,
                number,
                (1000.0, "services", ["10% Serv."]),
                partner=self.person,
                nu_expense_type="02",
                nu_date_withheld=withheld,
            )

        bill("2026-06-20", "E310000000001", "2026-06-30")
        late = bill("2026-06-21", "E310000000002", "2026-07-10")
        self.assertIn("Ley 30-26 art. 17", self.remarks(late))
        self.assertEqual(self.told(self.report("606", "2026-06-01", check=True)), [])
        july = self.report("606", "2026-07-01", check=True)
        self.assertEqual(self.told(july), [("ISR_15", "E310000000002")])

    def test_software_abroad_bears_15_percent(self):
        abroad = self.env["res.partner"].create(
            {
                "name": "Cloud POS LLC",
                "vat": "98-7654321",
                "is_company": True,
                "country_id": self.env.ref("base.us").id,
            }
        )
        bill = self.bill(
            "2026-10-05",
            None,
            (1000.0, "services", ["-27% ISR (L253-12)"]),
            partner=abroad,
            own="B17",
            nu_expense_type="02",
            nu_service_detail="24",
            nu_date_withheld="2026-10-15",
        )
        self.assertIn("software", self.remarks(bill))
        report = self.report("609", check=True)
        self.assertEqual(self.told(report), [("ISR_ABROAD", bill.nu_ncf)])

    # -- Drafts ------------------------------------------------------------------------

    def test_draft_tells_what_posting_would_refuse(self):
        draft = self.env["account.move"].new(
            {
                "move_type": "in_invoice",
                "company_id": self.company.id,
                "journal_id": self.env["account.journal"]
                .search(
                    [("company_id", "=", self.company.id), ("type", "=", "purchase")],
                    limit=1,
                )
                .id,
                "partner_id": self.supplier.id,
                "nu_supplier_ncf": "B010000005",
            }
        )
        self.assertIn("B010000005 is not an NCF", draft.nu_warnings)

    def test_expense_type_of_the_account_is_told(self):
        bill = self.bill("2026-10-05", "B0100000001", (100.0, "goods", []))
        self.assertIn("Expense type 09", self.remarks(bill))
        self.supplier.nu_expense_type = "09"
        self.assertNotIn("Expense type", self.remarks(bill))
