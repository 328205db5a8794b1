"""Tax is withheld of payments: each month tells what its payments withheld, once."""

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from ..month_office import OfficeMonthCase

SEPTEMBER, OCTOBER, NOVEMBER = "2026-09-01", "2026-10-01", "2026-11-01"
ITBIS, ISR = "11080301", "11080302"


@tagged("post_install", "-at_install")
class TestWithheldByMonth(OfficeMonthCase):
    def told(self, code, move, *months):
        """``[(ITBIS, ISR, day)]`` withheld of a receipt, by each month's report."""
        found = []
        for month in months:
            report = self.report(code, month, check=True)
            self.assertFalse(report.error_count, self.problems(report))
            row = report.line_ids.filtered(lambda line: line.move_id == move)
            day = str(row.date_withheld or "") if code == "607" else ""
            found.append((row.itbis_withheld, row.isr_withheld, day))
        return found

    def box(self, form, section, number):
        return self.figure(form, section, str(number)).amount

    def booked(self, code, first, last):
        """Movement of an account in the general ledger."""
        lines = self.env["account.move.line"].search(
            [
                ("account_id", "=", self.chart.ref(f"l10n_do_{code}").id),
                ("parent_state", "=", "posted"),
                ("date", ">=", first),
                ("date", "<=", last),
            ]
        )
        return round(sum(lines.mapped("balance")), 2)

    def unpay(self, move):
        move.line_ids.filtered(
            lambda line: line.account_id.account_type in ("asset_receivable",)
        ).remove_move_reconcile()
        self.env.flush_all()

    # -- By customers ------------------------------------------------------------------

    def test_two_payments_are_told_in_their_months(self):
        """Half in October and half in November: each report has its own half, whenever
        it is computed, and the general ledger has the same."""
        move = self.bill_out("2026-09-05", 10000.0)
        self.pay_move(move, "2026-10-25", 5630.0, held={ITBIS: 270.0})
        self.assertEqual(self.told("607", move, OCTOBER), [(270.0, 0.0, "2026-10-25")])
        self.pay_move(move, "2026-11-10", 5630.0, held={ITBIS: 270.0})
        self.assertEqual(str(move.nu_date_withheld), "2026-11-10", "for people")
        self.assertEqual(move.nu_amount_itbis_withheld, 540.0)
        self.env["nu.pos.dgii.report"].search(
            [("company_id", "=", self.company.id), ("format", "=", "607")]
        ).unlink()
        self.assertEqual(
            self.told("607", move, SEPTEMBER, OCTOBER, NOVEMBER),
            [
                (0.0, 0.0, ""),
                (270.0, 0.0, "2026-10-25"),
                (270.0, 0.0, "2026-11-10"),
            ],
        )
        for month, last in ((OCTOBER, "2026-10-31"), (NOVEMBER, "2026-11-30")):
            form = self.report("it1", month)
            self.assertEqual(self.box(form, "annex", 29), 270.0)
            found = self.figure(form, "annex", "29").action_open()
            lines = self.env[found["res_model"]].search(found["domain"])
            self.assertEqual(lines.move_id, move)
            self.assertEqual(self.booked(ITBIS, month, last), 270.0)

    def test_two_payments_of_one_month_are_one_row(self):
        move = self.bill_out("2026-10-05", 10000.0)
        self.pay_move(move, "2026-10-20", 5630.0, held={ITBIS: 270.0, ISR: 0.5})
        self.pay_move(move, "2026-10-25", 5629.0, held={ITBIS: 270.0, ISR: 0.5})
        self.assertEqual(self.told("607", move, OCTOBER), [(540.0, 1.0, "2026-10-25")])

    def test_tax_of_the_invoice_is_withheld_in_parts(self):
        """A third in each month: the cents add up to the tax of the invoice."""
        government = self.chart.ref("ret_5_income_gov")
        move = self.bill_out(
            "2026-09-05", 1000.20, self.itbis + government, partner=self.state
        )
        self.assertEqual(move.nu_amount_isr_withheld, 50.01)
        third = round(move.amount_total / 3, 2)
        self.pay_move(move, "2026-09-20", third)
        self.pay_move(move, "2026-10-20", third)
        self.pay_move(move, "2026-11-20", round(move.amount_total - 2 * third, 2))
        self.assertEqual(move.amount_residual, 0.0)
        told = self.told("607", move, SEPTEMBER, OCTOBER, NOVEMBER)
        self.assertEqual([row[1] for row in told], [16.67, 16.67, 16.67])
        self.assertEqual(
            [row[2] for row in told], ["2026-09-20", "2026-10-20", "2026-11-20"]
        )

    def test_one_payment_of_many_invoices_adds_up_to_the_cent(self):
        moves = [self.bill_out("2026-10-05", 1000.0) for _invoice in range(3)]
        entry = self.pay_move(moves[0], "2026-10-25", 3529.99, held={ITBIS: 10.01})
        for move in moves[1:]:
            lines = entry.line_ids + move.line_ids
            lines.filtered(
                lambda line: line.account_id.account_type == "asset_receivable"
            ).reconcile()
        self.env.flush_all()
        report = self.report("607", OCTOBER, check=True)
        self.assertEqual(round(sum(report.line_ids.mapped("itbis_withheld")), 2), 10.01)
        for move in moves:
            self.assertAlmostEqual(
                move.nu_amount_itbis_withheld, self.row(report, move).itbis_withheld
            )

    def test_paid_in_advance_is_withheld_when_it_is_applied(self):
        """Booked in September, applied to an invoice of October."""
        first = self.bill_out("2026-09-05", 1000.0)
        entry = self.pay_move(first, "2026-09-25", 1126.0, held={ITBIS: 54.0})
        self.unpay(first)
        move = self.bill_out("2026-10-05", 1000.0)
        lines = entry.line_ids + move.line_ids
        lines.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        ).reconcile()
        self.env.flush_all()
        self.assertEqual(self.told("607", first, SEPTEMBER), [(0.0, 0.0, "")])
        self.assertEqual(self.told("607", move, OCTOBER), [(54.0, 0.0, "2026-10-05")])

    def test_payment_taken_back_takes_its_day_along(self):
        """What is no longer paid is not withheld: no day, no tax, and the 607 can be
        filed."""
        move = self.bill_out("2026-10-05")
        self.pay_move(move, "2026-10-25", 1126.0, held={ITBIS: 54.0})
        self.assertEqual(str(move.nu_date_withheld), "2026-10-25")
        self.unpay(move)
        self.assertEqual(move.nu_amount_itbis_withheld, 0.0)
        self.assertFalse(move.nu_date_withheld)
        self.assertEqual(self.told("607", move, OCTOBER), [(0.0, 0.0, "")])

    def test_one_of_two_payments_taken_back(self):
        """The first stays with its day; a tax of the invoice goes back in its part."""
        government = self.chart.ref("ret_5_income_gov")
        move = self.bill_out(
            "2026-10-05", taxes=self.itbis + government, partner=self.state
        )
        self.pay_move(move, "2026-10-20", 565.0)
        entry = self.pay_move(move, "2026-11-10", 565.0)
        self.assertEqual(str(move.nu_date_withheld), "2026-11-10")
        entry.line_ids.remove_move_reconcile()
        self.env.flush_all()
        self.assertEqual(str(move.nu_date_withheld), "2026-10-20")
        self.assertEqual(self.told("607", move, OCTOBER), [(0.0, 25.0, "2026-10-20")])
        self.assertFalse(self.report("607", NOVEMBER).line_ids)

    # -- Notes -------------------------------------------------------------------------

    def test_withheld_goes_back_with_a_credit_note_of_the_state(self):
        """Half is given back, less what had been withheld of it: box 31 less, and box
        29 nothing."""
        move = self.bill_out("2026-10-05", partner=self.state)
        self.pay_move(move, "2026-10-10", 1000.0, held={ITBIS: 180.0})
        note = self.credit_note(move, "2026-10-15", 500.0)
        self.pay_move(note, "2026-10-20", 500.0, held={ITBIS: 90.0})
        self.assertEqual(note.nu_amount_itbis_withheld, 90.0)
        report = self.report("607", OCTOBER, check=True)
        self.assertFalse(report.error_count, self.problems(report))
        self.assertEqual(self.row(report, note).itbis_withheld, 90.0, "no signs")
        self.assertEqual(self.figure(report, "listed", "itbis_withheld").amount, 90.0)
        form = self.report("it1")
        self.assertEqual(
            (self.box(form, "annex", 31), self.box(form, "annex", 29)), (90.0, 0.0)
        )
        self.assertEqual(self.booked(ITBIS, OCTOBER, "2026-10-31"), 90.0)
        found = self.figure(form, "annex", "31").action_open()
        lines = self.env[found["res_model"]].search(found["domain"])
        self.assertEqual(lines.move_id, move + note)

    def test_late_note_told_again_is_one_late_note(self):
        """Given in October and paid back in November: box 43 of October only, and the
        tax is taken off in November."""
        move = self.bill_out("2026-09-01")
        self.pay_move(move, "2026-10-01", 1126.0, held={ITBIS: 54.0})
        note = self.credit_note(move, "2026-10-15", 1000.0)
        self.pay_move(note, "2026-11-20", 1126.0, held={ITBIS: 54.0})
        boxes = []
        for month in (OCTOBER, NOVEMBER):
            report = self.report("607", month, check=True)
            self.report("606", month)
            form = self.report("it1", month, check=True)
            boxes.append((self.box(form, "annex", 43), self.box(form, "annex", 29)))
        row = self.row(report, note)
        self.assertEqual((row.repeated, row.itbis_withheld), (True, 54.0))
        self.assertEqual(boxes, [(1000.0, 54.0), (0.0, -54.0)])
        self.assertEqual(self.figure(report, "listed", "itbis_withheld").amount, -54.0)
        self.assertNotIn("LATE_NOTE", {code for code, _ncf in self.problems(form)})

    def test_a_note_set_off_pays_nothing(self):
        """Half by a note, half paid: half of the tax is withheld, and the note's is
        its own and never withheld."""
        government = self.chart.ref("ret_5_income_gov")
        move = self.bill_out(
            "2026-10-05", taxes=self.itbis + government, partner=self.state
        )
        note = self.credit_note(move, "2026-10-10", 500.0)
        lines = (move + note).line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        if not note.line_ids & lines.filtered("reconciled"):
            lines.reconcile()
        self.pay_move(move, "2026-10-20", 565.0)
        self.assertEqual(move.amount_residual, 0.0)
        report = self.report("607", OCTOBER, check=True)
        self.assertFalse(report.error_count, self.problems(report))
        self.assertEqual(self.row(report, move).isr_withheld, 25.0)
        self.assertEqual(self.row(report, note).isr_withheld, 0.0)

    # -- Of suppliers ------------------------------------------------------------------

    def supplied(self, day="2026-09-05", **values):
        return self.bill(
            day,
            "B0100000077",
            (1000.0, "services", ["18% ITBIS", "-100% ITBIS (N07-09)"]),
            nu_expense_type="02",
            **values,
        )

    def test_bill_paid_in_two_months(self):
        """Each month has its part in the 606, and in the box of what is withheld whole
        in the end."""
        bill = self.supplied()
        self.assertEqual(bill.amount_total, 1000.0)
        self.pay_move(bill, "2026-10-10", 300.0)
        self.pay_move(bill, "2026-11-12", 700.0)
        self.assertEqual(
            self.told("606", bill, SEPTEMBER, OCTOBER, NOVEMBER),
            [(0.0, 0.0, ""), (54.0, 0.0, ""), (126.0, 0.0, "")],
        )
        for month, part, day in (
            (OCTOBER, "54.00", "20261010"),
            (NOVEMBER, "126.00", "20261112"),
        ):
            self.report("607", month)
            form = self.report("it1", month)
            held = float(part)
            self.assertEqual(self.box(form, "form", 51), held)
            self.assertEqual((self.box(form, "form", 52), held), (0.0, held))
            file = self.txt(form.report_606_id).decode()
            self.assertIn(f"|20260905|{day}|1000.00||1000.00|180.00|{part}|", file)

    def test_day_a_person_gives_goes_before(self):
        """The accountant withheld it all on one day, whatever was paid when."""
        bill = self.supplied(nu_date_withheld="2026-10-31")
        self.pay_move(bill, "2026-11-12", 1000.0)
        self.assertEqual(str(bill.nu_date_withheld), "2026-10-31")
        self.assertEqual(self.told("606", bill, OCTOBER, NOVEMBER)[0], (180.0, 0.0, ""))
        self.assertFalse(self.report("606", "2026-12-01").line_ids)
        bill.nu_date_withheld = False
        self.env.flush_all()
        self.assertEqual(str(bill.nu_date_withheld), "2026-11-12", "the rule again")

    def test_note_of_a_supplier_is_taken_off(self):
        bill = self.supplied("2026-10-05")
        self.pay_move(bill, "2026-10-10", 1000.0)
        note = self.bill(
            "2026-10-15",
            "B0400000009",
            (400.0, "services", ["18% ITBIS", "-100% ITBIS (N07-09)"]),
            refund=True,
            nu_modified_ncf="B0100000077",
            nu_modified_date="2026-10-05",
        )
        with self.at("2026-10-20 10:00"):
            self.env["account.payment.register"].with_context(
                active_model="account.move", active_ids=note.ids
            ).create({"payment_date": "2026-10-20"})._create_payments()
        self.env.flush_all()
        report = self.report("606", OCTOBER, check=True)
        self.assertFalse(report.error_count, self.problems(report))
        self.assertEqual(self.figure(report, "listed", "itbis_withheld").amount, 108.0)
        self.report("607", OCTOBER)
        self.assertEqual(self.box(self.report("it1"), "form", 51), 108.0)

    # -- Boxes given -------------------------------------------------------------------

    def test_a_given_zero_counts(self):
        """A person empties a box that a rule fills, and gives it back to the rule."""
        bill = self.supplied("2026-10-05")
        self.pay_move(bill, "2026-10-10", 1000.0)
        self.report("606")
        self.report("607")
        form = self.report("it1")
        self.assertEqual(self.box(form, "form", 42), 1000.0)
        self.figure(form, "form", "42").given = 0.0
        form.action_check()
        self.assertEqual((self.box(form, "form", 42), form.error_count), (0.0, 0))
        self.assertEqual(self.box(form, "form", 51), 0.0)
        self.figure(form, "form", "42").has_given = False
        self.assertEqual(form.state, "draft")
        form.action_check()
        self.assertEqual(self.box(form, "form", 42), 1000.0)

    def test_the_form_gives_boxes(self):
        """Typing an amount gives it; a zero is given by the box beside it."""
        self.report("606")
        self.report("607")
        report = self.report("it1")
        with Form(report) as form:
            codes = [row["code"] for row in form.form_ids._records]
            with form.form_ids.edit(codes.index("29")) as row:
                row.given = 40.0
                self.assertTrue(row.has_given)
            with form.form_ids.edit(codes.index("39")) as row:
                self.assertFalse(row.has_given)
                row.has_given = True
        given = report.form_ids.filtered("has_given")
        self.assertEqual(
            {row.code: row.given for row in given}, {"29": 40.0, "39": 0.0}
        )
        with self.assertRaises(UserError):
            given[0].amount = 1.0
