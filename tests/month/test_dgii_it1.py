"""Boxes of the IT-1 that come from the month's operations and from the month before."""

from odoo.tests import tagged

from ..month_case import MonthCase

NOVEMBER = "2026-11-01"
ITBIS = "18% ITBIS"


@tagged("post_install", "-at_install")
class TestIt1(MonthCase):
    def box(self, form, section, number):
        return self.figure(form, section, str(number)).amount

    def it1(self, month="2026-10-01"):
        self.report("606", month)
        self.report("607", month)
        return self.report("it1", month, check=True)

    def sell_taxed_and_exempt(self):
        """6,000 taxed, 4,000 exempt; ITBIS of 1,000 that serves both."""
        self.sell(
            "2026-10-05 12:00",
            self.line(price=6000.0),
            self.line(self.exempt, price=4000.0),
            order_type="takeout",
            total=11080.0,
            payments=self.pay(card=11080.0),
        )
        self.close("2026-10-05 23:00")
        self.tax(ITBIS).nu_is_proportional = True
        self.bill("2026-10-03", "B0100000001", (4000.0, "services", [ITBIS]))
        self.bill("2026-10-04", "B0100000002", (1555.56, "goods", [ITBIS]))

    # -- Proportion --------------------------------------------------------------------

    def test_coefficient_comes_from_the_operations(self):
        self.sell_taxed_and_exempt()
        form = self.it1()
        self.assertEqual(form.proportion, 0.6)
        self.assertEqual(self.box(form, "annex", 53), 1000.0)
        self.assertEqual(self.box(form, "annex", 54), 60.0)
        self.assertEqual(self.box(form, "annex", 55), 600.0)
        self.assertEqual(self.box(form, "form", 22), 168.0)
        self.assertEqual(self.box(form, "form", 23), 432.0)
        self.assertEqual(form.state, "checked")
        self.assertEqual(
            {code for code, _ncf in self.problems(form)},
            {"ACQUIRER_UNSET", "IT1_EXEMPT"},
        )

    def test_coefficient_by_hand_counts_until_it_is_given_back(self):
        self.sell_taxed_and_exempt()
        form = self.it1()
        form.proportion = 0.5
        self.assertEqual((form.proportion_given, form.state), (True, "draft"))
        form.action_check()
        self.env.invalidate_all()
        self.assertEqual(self.box(form, "annex", 55), 500.0)
        self.assertIn("IT1_PROPORTION", {code for code, _ncf in self.problems(form)})
        form.proportion_given = False
        form.action_check()
        self.env.invalidate_all()
        self.assertEqual((form.proportion, self.box(form, "annex", 55)), (0.6, 600.0))

    # -- Section IX --------------------------------------------------------------------

    def test_what_purchases_serve_is_a_setting_of_the_company(self):
        self.bill("2026-10-03", "B0100000001", (1000.0, "services", [ITBIS]))
        self.bill("2026-10-04", "B0100000002", (500.0, "goods", [ITBIS]))
        form = self.it1()
        row = self.figure(form, "annex", "51")
        self.assertEqual(
            (row.amount, row.local_amount, row.services_amount), (270.0, 90.0, 180.0)
        )
        self.assertEqual(self.box(form, "annex", 50), 0.0)
        self.company.nu_purchases_serve = "goods"
        form.action_compute()
        self.env.invalidate_all()
        self.assertEqual(self.box(form, "annex", 50), 270.0)
        self.assertEqual(self.box(form, "annex", 51), 0.0)

    def test_special_regimes_come_from_the_606(self):
        self.bill("2026-10-03", "B1400000001", (700.0, "goods", []))
        form = self.it1()
        self.assertEqual(self.box(form, "annex", 44), 700.0)
        action = self.figure(form, "annex", "44").action_open()
        lines = self.env["nu.pos.dgii.report.line"].search(action["domain"])
        self.assertEqual(lines.mapped("ncf"), ["B1400000001"])

    # -- The month before --------------------------------------------------------------

    def test_balance_in_favour_comes_from_the_month_before(self):
        self.bill("2026-10-03", "B0100000001", (1000.0, "services", [ITBIS]))
        before = self.it1()
        self.assertEqual(self.box(before, "form", 34), 180.0)
        form = self.it1(NOVEMBER)
        self.assertEqual(self.box(form, "form", 29), 180.0)
        self.assertIn(("IT1_BALANCE", ""), self.problems(form))
        [problem] = form.problem_ids.filtered(lambda row: row.code == "IT1_BALANCE")
        self.assertEqual(problem.action_open()["res_id"], before.id)
        before.action_file()
        form.action_check()
        self.env.invalidate_all()
        self.assertNotIn(("IT1_BALANCE", ""), self.problems(form))

    def test_balance_by_hand_goes_before(self):
        self.bill("2026-10-03", "B0100000001", (1000.0, "services", [ITBIS]))
        self.it1()
        form = self.it1(NOVEMBER)
        self.figure(form, "form", "29").given = 0.0
        form.action_check()
        self.env.invalidate_all()
        self.assertEqual(self.box(form, "form", 29), 0.0)
        self.assertNotIn(("IT1_BALANCE", ""), self.problems(form))

    def test_balance_is_that_of_the_version_in_force(self):
        self.bill("2026-10-03", "B0100000001", (1000.0, "services", [ITBIS]))
        before = self.it1()
        before.action_file()
        self.bill("2026-10-06", "B0100000002", (1000.0, "services", [ITBIS]))
        version = self.Report.browse(before.action_amend()["res_id"])
        form = self.it1(NOVEMBER)
        self.assertEqual(self.box(form, "form", 29), 180.0, "not filed yet")
        self.Report.search(
            [("format", "=", "606"), ("date_from", "=", "2026-10-01")]
        ).action_compute()
        version.action_check()
        version.action_file()
        form.action_check()
        self.env.invalidate_all()
        self.assertEqual(self.box(form, "form", 29), 360.0)
