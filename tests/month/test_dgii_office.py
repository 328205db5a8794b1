"""From an invoice of the back office and its payments to the 607, the 606 and the
IT-1."""

from odoo.tests import tagged

from ...fiscal.ecf import build
from ...fiscal.ecf.description import Change
from ..month_office import OfficeMonthCase

NOVEMBER = "2026-11-01"


@tagged("post_install", "-at_install")
class TestOfficeMonth(OfficeMonthCase):
    # -- Notes -------------------------------------------------------------------------

    def test_debit_note_adds_to_its_receipt(self):
        """B03: reference, amounts, its line of the 607, box 3 and both ledgers."""
        original = self.bill_out("2026-10-05")
        note = self.debit_note(original, "2026-10-20", 100.0)
        self.assertEqual(note.nu_ncf[:3], "B03")
        report = self.report("607", check=True)
        self.assertFalse(report.error_count, self.problems(report))
        self.assertEqual(
            self.text(report, note),
            f"130452182|1|{note.nu_ncf}|{original.nu_ncf}|01|20261020||100.00|18.00"
            "|||||||||||118.00|||",
        )
        self.assertEqual((report.amount, report.itbis), (1100.0, 198.0))
        for name in ("amount", "itbis", "total"):
            self.assertEqual(self.figure(report, "compare", name).difference, 0)
        total = self.figure(report, "compare", "total")
        self.assertEqual((total.amount, total.ledger), (1298.0, 1298.0))
        form = self.report("it1", check=True)
        self.assertEqual(self.figure(form, "annex", "3").amount, 100.0)
        self.assertEqual(self.figure(form, "annex", "11").amount, 1100.0)
        self.assertEqual(self.figure(form, "form", "16").amount, 198.0)

    def test_electronic_debit_note_is_the_same_line(self):
        original = self.bill_out("2026-10-05", nu_document_type_id=self.type("E31").id)
        note = self.debit_note(original, "2026-10-20", 50.0)
        self.assertEqual(note.nu_ncf[:3], "E33")
        row = self.row(self.report("607"), note)
        self.assertEqual(
            (row.type_code, row.modified_ncf, row.amount_net, row.listed),
            ("03", original.nu_ncf, 50.0, True),
        )

    def test_late_credit_note_of_an_invoice(self):
        """More than 30 days: the price comes back; the ITBIS is on the note and in the
        accounts, and is due all the same."""
        original = self.bill_out("2026-09-01")
        on_day_30 = self.credit_note(original, "2026-10-01", 300.0)
        late = self.credit_note(original, "2026-10-02", 200.0)
        self.assertEqual(
            (on_day_30.nu_is_late_note, late.nu_is_late_note), (False, True)
        )
        sales = self.report("607", check=True)
        self.assertEqual((sales.amount, sales.itbis), (-500.0, -90.0))
        for name in ("amount", "itbis"):
            self.assertEqual(self.figure(sales, "compare", name).difference, 0)
        self.report("606")
        form = self.report("it1", check=True)
        self.assertEqual(self.figure(form, "annex", "43").amount, 200.0)
        self.assertEqual(self.figure(form, "form", "16").amount, -54.0)
        self.assertNotIn("IT1_RATE", {code for code, _ncf in self.problems(form)})
        self.assertIn(("LATE_NOTE", late.nu_ncf), self.problems(form))
        [problem] = form.problem_ids.filtered(lambda row: row.code == "LATE_NOTE")
        self.assertEqual(problem.action_open()["res_id"], late.id)
        self.assertIn("36.00", problem.detail)
        # the month takes back more than it sells: its boxes are below zero, an error
        errors = form.problem_ids.filtered(lambda row: row.severity == "error")
        self.assertEqual(set(errors.mapped("code")), {"IT1_NEGATIVE"})
        self.assertGreaterEqual(form.warning_count, 1)

    def test_late_credit_note_of_a_till_sale(self):
        """The same of an order: 30 days are in time, 31 are late."""
        orders = [
            self.sell("2026-09-02 12:00", fiscal_type="E32") for _sale in range(2)
        ]
        self.close("2026-09-02 23:00")
        self.open("2026-10-01 08:00")
        for order, day, late in zip(orders, ("02", "03"), (0, 1), strict=True):
            note = self.give_back(f"2026-10-{day} 12:00", order)
            ecf = self.env["nu.pos.ecf"].search([("name", "=", note.nu_ncf)])
            document = build.parse_ecf(ecf._xml_bytes())
            self.assertEqual(document.note_indicator, late)
            self.assertEqual(document.reference.code, Change.ANNULS)
            self.assertEqual(float(document.totals.total), 640.0, "all comes back")
        self.close("2026-10-05 23:00")
        sales = self.report("607", check=True)
        self.assertEqual((sales.amount, sales.itbis), (-1000.0, -180.0))
        for name in ("amount", "itbis", "tip"):
            self.assertEqual(self.figure(sales, "compare", name).difference, 0)
        self.report("606")
        form = self.report("it1", check=True)
        self.assertEqual(self.figure(form, "annex", "43").amount, 500.0)
        self.assertEqual(self.figure(form, "form", "16").amount, -90.0)
        # the month takes back more than it sells: its boxes are below zero, an error
        problems = [row for row in self.problems(form) if row[0] != "IT1_NEGATIVE"]
        self.assertEqual(problems, [("LATE_NOTE", note.nu_ncf)])
        errors = form.problem_ids.filtered(lambda row: row.severity == "error")
        self.assertEqual(set(errors.mapped("code")), {"IT1_NEGATIVE"})

    # -- Withheld by customers ---------------------------------------------------------

    def test_itbis_and_isr_withheld_by_the_payment(self):
        """A company keeps back 30 % of the ITBIS, the accountant books it with the
        payment: columns 7, 10 and 12, and box 29."""
        move = self.bill_out("2026-10-05")
        self.pay_move(
            move, "2026-10-25", 1076.0, held={"11080301": 54.0, "11080302": 50.0}
        )
        self.assertEqual(
            (move.nu_amount_itbis_withheld, move.nu_amount_isr_withheld), (54.0, 50.0)
        )
        self.assertEqual(str(move.nu_date_withheld), "2026-10-25")
        report = self.report("607", check=True)
        self.assertFalse(report.error_count, self.problems(report))
        self.assertEqual(
            self.text(report, move),
            f"130452182|1|{move.nu_ncf}||01|20261005|20261025|1000.00|180.00|54.00||"
            "50.00||||||1180.00|||||",
        )
        form = self.report("it1", check=True)
        self.assertEqual(self.figure(form, "annex", "29").amount, 54.0)
        self.assertEqual(self.figure(form, "annex", "33").amount, 54.0)
        self.assertEqual(self.figure(form, "form", "30").amount, 54.0)
        self.assertEqual(self.figure(form, "form", "33").amount, 126.0)

    def test_withheld_as_the_difference_of_a_payment(self):
        """Odoo's own wizard: paid in full, the difference on the account of ITBIS."""
        move = self.bill_out("2026-10-05")
        journal = self.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", self.company.id)], limit=1
        )
        with self.at("2026-10-25 10:00"):
            self.env["account.payment.register"].with_context(
                active_model="account.move", active_ids=move.ids
            ).create(
                {
                    "journal_id": journal.id,
                    "payment_date": "2026-10-25",
                    "amount": 1126.0,
                    "payment_difference_handling": "reconcile",
                    "writeoff_account_id": self.chart.ref("l10n_do_11080301").id,
                }
            )._create_payments()
        row = self.row(self.report("607", check=True), move)
        self.assertEqual(
            (row.bank, row.credit, row.itbis_withheld, str(row.date_withheld)),
            (1180.0, 0.0, 54.0, "2026-10-25"),
        )

    def test_withheld_by_the_state_is_another_box(self):
        move = self.bill_out("2026-10-05", partner=self.state)
        self.assertEqual(move.nu_ncf[:3], "B15")
        self.pay_move(move, "2026-10-25", 1000.0, held={"11080301": 180.0})
        self.report("607", check=True)
        form = self.report("it1")
        self.assertEqual(self.figure(form, "annex", "31").amount, 180.0)
        self.assertEqual(self.figure(form, "annex", "29").amount, 0.0)

    def test_withheld_in_a_later_month_comes_again(self):
        """Sold in October, paid in November with the ITBIS kept back: in the 607 of
        November once more, and counted once."""
        move = self.bill_out("2026-10-05")
        self.pay_move(move, "2026-11-10", 1126.0, held={"11080301": 54.0})
        october, november = self.report("607"), self.report("607", NOVEMBER, True)
        row, again = self.row(october, move), self.row(november, move)
        self.assertEqual((row.itbis_withheld, row.credit), (0.0, 1180.0))
        self.assertFalse(row.date_withheld)
        self.assertEqual(
            (again.repeated, again.itbis_withheld, str(again.date_withheld)),
            (True, 54.0, "2026-11-10"),
        )
        self.assertEqual((november.amount, november.total), (0.0, 0.0))
        self.assertFalse(november.error_count, self.problems(november))
        form = self.report("it1", NOVEMBER)
        self.assertEqual(self.figure(form, "annex", "29").amount, 54.0)
        self.assertEqual(self.figure(form, "annex", "1").amount, 0.0)

    def test_withheld_of_a_till_sale_on_account(self):
        """The State eats on account in October and pays in November."""
        order = self.sell(
            "2026-10-05 12:00",
            fiscal_type="B15",
            partner_id=self.ref("partner_credit").id,
            payments=self.pay(credit=640.0),
            total=640.0,
        )
        self.close("2026-10-05 23:00")
        move = order.account_move
        self.assertTrue(move, "a sale to the State is invoiced")
        self.pay_move(move, "2026-11-10", 613.0, held={"11080301": 27.0})
        october, november = self.report("607"), self.report("607", NOVEMBER, True)
        self.assertEqual(october.line_ids.credit, 640.0)
        again = november.line_ids
        self.assertEqual(
            (again.ncf, again.repeated, again.itbis_withheld),
            (order.nu_ncf, True, 27.0),
        )
        self.assertFalse(november.error_count, self.problems(november))
        self.assertEqual(november.total, 0.0)

    def test_withheld_by_a_tax_of_the_invoice(self):
        """What nobody owes is told with the form the rest was paid by."""
        government = self.chart.ref("ret_5_income_gov")
        move = self.bill_out(
            "2026-10-05", taxes=self.itbis + government, partner=self.state
        )
        self.assertEqual(move.amount_total, 1130.0)
        self.assertEqual(move.nu_amount_isr_withheld, 50.0)
        self.pay_move(move, "2026-10-20", 1130.0)
        row = self.row(self.report("607", check=True), move)
        self.assertEqual((row.bank, row.credit, row.isr_withheld), (1180.0, 0.0, 50.0))

    def test_withheld_by_an_entry_of_its_own(self):
        """Paid by transfer, and what was kept back booked by hand."""
        move = self.bill_out("2026-10-05")
        self.pay_move(move, "2026-10-25", 1126.0)
        hand = self.journal("general")
        self.pay_move(move, "2026-10-26", 0, hand, held={"11080301": 54.0})
        self.assertEqual(move.amount_residual, 0.0)
        row = self.row(self.report("607", check=True), move)
        self.assertEqual(
            (row.bank, row.credit, row.itbis_withheld, str(row.date_withheld)),
            (1180.0, 0.0, 54.0, "2026-10-26"),
        )

    def test_payment_of_two_invoices_shares_what_it_withholds(self):
        first, second = self.bill_out("2026-10-05"), self.bill_out("2026-10-06", 3000.0)
        entry = self.pay_move(first, "2026-10-25", 4504.0, held={"11080301": 216.0})
        owed = second.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        rest = entry.line_ids.filtered(lambda line: line.account_id == owed.account_id)
        (rest + owed).reconcile()
        self.env.flush_all()
        self.assertEqual(first.nu_amount_itbis_withheld, 54.0)
        self.assertEqual(second.nu_amount_itbis_withheld, 162.0)
        owed.remove_move_reconcile()
        self.env.flush_all()
        self.assertEqual(second.nu_amount_itbis_withheld, 0.0)

    # -- Forms of payment --------------------------------------------------------------

    def test_barter_has_its_column(self):
        """A journal for what is exchanged: column 22, box 17, and 05 in the 606."""
        barter = self.journal("general", nu_kind="barter")
        move = self.bill_out("2026-10-05")
        self.pay_move(move, "2026-10-25", 180.0)
        self.pay_move(move, "2026-10-26", 1000.0, barter)
        bill = self.bill("2026-10-03", "B0100004567", (1000.0, "goods", []))
        self.pay_move(bill, "2026-10-26", 1000.0, barter)
        self.assertEqual(bill.nu_payment_form, "05")
        sales = self.report("607", check=True)
        row = self.row(sales, move)
        self.assertEqual((row.bank, row.barter, row.credit), (180.0, 1000.0, 0.0))
        self.assertFalse(sales.error_count, self.problems(sales))
        self.assertTrue(self.text(sales, move).endswith("||180.00||||1000.00|"))
        self.assertIn(b"|05\r\n", self.txt(self.report("606")))
        form = self.report("it1")
        self.assertEqual(self.figure(form, "annex", "17").amount, 1000.0)

    def test_barter_at_the_till(self):
        method = self.ref("pm_voucher").copy({"name": "Permuta", "nu_kind": "barter"})
        register = self.config.with_context(
            bypass_payment_method_ids_forbidden_change=True
        )
        register.payment_method_ids += method
        self.sell(
            "2026-10-05 12:00",
            fiscal_type="B01",
            partner_id=self.buyer.id,
            total=640.0,
            payments=[{"payment_method_id": method.id, "amount": 640.0}],
        )
        self.assertEqual(self.report("607", check=True).line_ids.barter, 640.0)

    # -- Withheld of suppliers ---------------------------------------------------------

    def test_itbis_withheld_of_suppliers_is_due(self):
        """Boxes 39, 42 and 43 from the bills whose tax was withheld in the month."""
        itbis = "18% ITBIS"
        person = self.env["res.partner"].create(
            {"name": "Juan Plomero", "vat": "00113918205"}
        )
        for place, partner, held in (
            (1, self.supplier, "-30% ITBIS Leg. (N02-05)"),
            (2, self.supplier, "-100% ITBIS (N07-09)"),
            (3, person, "-100% ITBIS (R293-11)"),
        ):
            self.bill(
                f"2026-10-0{place}",
                f"B010000000{place}",
                (1000.0 * place, "services", [itbis, held]),
                partner=partner,
                nu_date_withheld="2026-10-25",
            )
        purchases = self.report("606", check=True)
        self.assertFalse(purchases.error_count, self.problems(purchases))
        self.report("607")
        form = self.report("it1", check=True)

        def box(number):
            return self.figure(form, "form", str(number)).amount

        self.assertEqual((box(43), box(52)), (1000.0, 54.0))
        self.assertEqual((box(42), box(51)), (2000.0, 360.0))
        self.assertEqual((box(39), box(50)), (3000.0, 540.0))
        self.assertEqual(box(60), 954.0)
        self.assertEqual(
            box(60), sum(purchases.line_ids.mapped("itbis_withheld")), "to the cent"
        )

    def test_a_given_box_of_withholding_goes_before(self):
        self.report("607")
        self.report("606")
        form = self.report("it1")
        self.figure(form, "form", "39").given = 100.0
        form.action_check()
        self.assertEqual(self.figure(form, "form", "50").amount, 18.0)
