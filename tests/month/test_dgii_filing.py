"""A report that differs is never green, and filed only with a reason."""

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from ...models.evidence.nu_pos_guarded import unsealed
from ..sale.test_signs_reports import ScreenMonthCase


@tagged("post_install", "-at_install")
class TestFiling(ScreenMonthCase):
    def sold(self, moment="2026-10-05 13:00"):
        return self.sync_at(moment, self.ticket())

    def by_hand(self, amount=2180.0, day="2026-10-20"):
        """An entry on the account of sales that no document stands for."""
        sales = self.dish.with_company(self.company)._get_product_accounts()["income"]
        other = self.env["account.account"].search(
            [
                ("company_ids", "in", self.company.ids),
                ("account_type", "=", "asset_current"),
            ],
            limit=1,
        )
        move = (
            self.env["account.move"]
            .with_company(self.company)
            .create(
                {
                    "move_type": "entry",
                    "date": day,
                    "line_ids": [
                        (0, 0, {"account_id": sales.id, "credit": amount}),
                        (0, 0, {"account_id": other.id, "debit": amount}),
                    ],
                }
            )
        )
        move.action_post()

    def test_difference_to_the_ledger_is_an_error_that_a_reason_answers(self):
        self.sold()
        self.close("2026-10-05 23:00")
        self.by_hand()
        report = self.report("607", check=True)
        self.assertEqual(report.difference, 2180.0)
        self.assertEqual((report.error_count, report.blocking_count), (1, 0))
        self.assertEqual(report.state, "checked")
        with self.assertRaisesRegex(UserError, r"2,180\.00"):
            report.action_file()
        with self.assertRaises(UserError):
            report.action_file("  ")
        self.assertEqual(report.state, "checked")
        action = report.action_ask_file()
        form = Form(
            self.env[action["res_model"]]
            .with_user(self.accountant)
            .with_context(**action["context"])
        )
        self.assertIn("2,180.00", form.errors)
        self.assertEqual(form.difference, 2180.0)
        with self.assertRaises(AssertionError):
            form.save()
        form.reason = "Propina de un evento, sin comprobante"
        form.save().action_confirm()
        self.assertEqual(report.state, "filed")
        self.assertEqual(report.filed_reason, "Propina de un evento, sin comprobante")
        self.assertEqual(report.filed_by_id, self.accountant)

    def test_report_without_errors_asks_for_no_reason(self):
        self.sold()
        self.close("2026-10-05 23:00")
        report = self.report("607", check=True)
        self.assertEqual((report.state, report.error_count), ("checked", 0))
        action = report.action_ask_file()
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.accountant)
            .with_context(**action["context"])
            .create({})
        )
        wizard.action_confirm()
        self.assertEqual((report.state, report.filed_reason), ("filed", False))

    def test_note_above_zero_keeps_the_month_from_being_filed(self):
        sale = self.sold()
        back = self.sync_at(
            "2026-10-06 13:00", self.ticket(self.back(sale.lines), refund=True)
        )
        self.close("2026-10-06 23:00")
        # as a ticket that mixed sale and return was stored in earlier versions
        with unsealed(self.env):
            self.env.cr.execute(
                "UPDATE pos_order SET amount_total = 313.60, amount_tax = 68.60, "
                "nu_amount_itbis = 44.10, nu_amount_tip = 24.50 WHERE id = %s",
                (back.id,),
            )
            self.env.cr.execute(
                "UPDATE nu_pos_ncf SET amount_total = 313.60 WHERE id = %s",
                (back.nu_ncf_id.id,),
            )
        self.env.invalidate_all()
        report = self.report("607", check=True)
        self.assertEqual(self.row(report, back).amount, -245.0)
        self.assertEqual(report.amount, 745.0, "it was a sale, whatever it is called")
        self.assertIn(("SIGN", back.nu_ncf), self.problems(report))
        self.assertNotIn("NUMBER_LEDGER", report.problem_ids.mapped("code"))
        self.assertEqual(report.state, "draft")
        with self.assertRaises(UserError):
            report.action_ask_file()

    def test_box_below_zero_is_an_error_of_the_return(self):
        sale = self.sold("2026-09-28 13:00")
        self.close("2026-09-28 23:00")
        self.open("2026-10-01 08:00")
        with self.at("2026-10-02 13:00"):
            self.give_back(sale)
        self.close("2026-10-02 23:00")
        sales = self.report("607", check=True)
        self.assertEqual((sales.state, sales.amount), ("checked", -500.0))
        self.report("606", check=True)
        form = self.report("it1", check=True)
        boxes = form.problem_ids.filtered(lambda row: row.code == "IT1_NEGATIVE")
        told = " ".join(boxes.mapped("detail"))
        self.assertIn("IT-1: box 1 is -500.00.", told)
        self.assertEqual(set(boxes.mapped("severity")), {"error"})
        self.assertEqual((form.state, form.blocking_count), ("checked", 0))
        with self.assertRaises(UserError):
            form.action_file()
        form.action_file("Solo devoluciones de septiembre")
        self.assertEqual(form.state, "filed")

    def test_lists_add_notes_with_their_sign(self):
        self.config.nu_default_document_type_id = self.type("E32")
        sale = self.sold()
        self.sync_at(
            "2026-10-06 13:00", self.ticket(self.back(sale.lines), refund=True)
        )
        report = self.report("607")
        lines = report.line_ids
        for name in ("amount_net", "itbis_net", "tip_net", "total_net"):
            self.assertEqual(sum(lines.mapped(name)), 0.0, name)
        self.assertEqual(sum(lines.mapped("itbis")), 180.0, "as the file has them")
        [(amount, total)] = lines._read_group(
            [("report_id", "=", report.id)],
            aggregates=["amount_net:sum", "total_net:sum"],
        )
        self.assertEqual((amount, total), (0.0, 0.0))
        receipts = self.env["nu.pos.ecf"].search(
            [("order_id", "in", lines.order_id.ids)]
        )
        self.assertEqual(sorted(receipts.mapped("amount_net")), [-640.0, 640.0])
        # what is of different kinds has no sum
        for model, names in (
            ("nu.pos.dgii.report", ("amount", "itbis", "tip", "total", "difference")),
            ("nu.pos.dgii.report.line", ("amount", "itbis", "tip", "total")),
            ("nu.pos.ecf", ("amount_total", "amount_itbis")),
        ):
            for name in names:
                self.assertFalse(self.env[model]._fields[name].aggregator, name)

    def test_tip_is_due_to_who_served(self):
        waiter = self.env["hr.employee"].create(
            {"name": "Yudelka", "company_id": self.company.id}
        )
        served = self.sell("2026-10-05 13:00", employee_id=waiter.id)
        named = self.sell("2026-10-05 14:00", staff_name="Ramón de la barra")
        with self.at("2026-10-06 13:00"):
            back = self.give_back(served)
        tips = {
            order: (mine.waiter, mine.tip)
            for order, mine in self.env["nu.pos.sales.report"]
            .search([("order_id", "in", (served | named | back).ids)])
            .grouped("order_id")
            .items()
        }
        self.assertEqual(
            tips,
            {
                served: ("Yudelka", 50.0),
                named: ("Ramón de la barra", 50.0),
                back: ("Yudelka", -50.0),
            },
        )
