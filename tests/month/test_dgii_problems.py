"""What is wrong with a month: each problem is found, and leads to its record."""

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL

from ...fiscal.reports.format608 import FORMAT as FORMAT_608
from ...models.evidence.nu_pos_guarded import unsealed
from ...models.month.problem_texts import problem_texts
from ..month_case import MonthCase


@tagged("post_install", "-at_install")
class TestProblems(MonthCase):
    def codes(self, report):
        return {code for code, _ncf in self.problems(report)}

    def sold_to(self, order, vat):
        with unsealed(self.env):
            for document in (order, order.account_move):
                self.env.cr.execute(
                    SQL(
                        "UPDATE %s SET nu_buyer_vat = %s WHERE id IN %s",
                        SQL.identifier(document._table),
                        vat,
                        tuple(document.ids),
                    )
                )
        self.env.invalidate_all()

    def test_wrong_rnc_is_found_and_leads_to_what_was_issued(self):
        order = self.sell(
            "2026-10-05 12:00", fiscal_type="B01", partner_id=self.buyer.id
        )
        document = order.account_move or order
        self.sold_to(order, "12345")
        report = self.report("607", check=True)
        [problem] = report.problem_ids.filtered(lambda row: row.code == "IDENTITY")
        action = problem.action_open()
        self.assertEqual(
            (action["res_model"], action["res_id"]), (document._name, document.id)
        )
        self.assertEqual((problem.ncf, problem.column_number), (order.nu_ncf, 1))
        self.assertEqual((report.state, report.error_count), ("draft", 1))
        # the contact mends nothing that was sold
        self.buyer.with_context(no_vat_validation=True).vat = "130452182"
        report.action_check()
        self.assertEqual(report.error_count, 1)
        self.sold_to(order, "130452182")
        report.action_check()
        self.assertEqual(report.state, "checked")

    def test_payments_that_do_not_add_up_are_found(self):
        orders = (
            self.sell("2026-10-05 12:00", fiscal_type="B01", partner_id=self.buyer.id)
            + self.sell("2026-10-05 13:00")
        )  # fmt: skip
        with unsealed(self.env):
            self.env.cr.execute(
                "UPDATE pos_payment SET amount = amount - 1 WHERE pos_order_id IN %s",
                (tuple(orders.ids),),
            )
        report = self.report("607", check=True)
        sums = report.problem_ids.filtered(lambda row: row.code == "SUM")
        self.assertEqual(set(sums.mapped("ncf")), set(orders.mapped("nu_ncf")))
        self.assertEqual(
            {row.res_model for row in sums} - {"account.move"}, {"pos.order"}
        )

    def test_unnumbered_paid_order_is_found(self):
        order = self.sell("2026-10-05 12:00")
        with unsealed(self.env):
            self.env.cr.execute(
                "UPDATE pos_order SET nu_ncf_id = NULL, nu_ncf = NULL WHERE id = %s",
                (order.id,),
            )
        report = self.report("607", check=True)
        [problem] = report.problem_ids.filtered(
            lambda row: row.code == "UNNUMBERED_PAST"
        )
        self.assertEqual(problem.action_open()["res_id"], order.id)
        self.assertEqual(problem.severity, "warning")
        # the number it had is issued on no document
        errors = report.problem_ids.filtered(lambda row: row.severity == "error")
        self.assertEqual(
            (set(errors.mapped("code")), report.state), ({"LEDGER_BROKEN"}, "draft")
        )

    def test_issued_number_without_document_is_found(self):
        order = self.sell("2026-10-05 12:00")
        with unsealed(self.env):
            self.env.cr.execute(
                "UPDATE nu_pos_ncf SET order_id = NULL WHERE id = %s",
                (order.nu_ncf_id.id,),
            )
        report = self.report("607", check=True)
        self.assertIn(("NO_DOCUMENT", order.nu_ncf), self.problems(report))
        self.assertIn("NUMBER_LEDGER", self.codes(report))

    def test_forgotten_reserved_number_is_found(self):
        with self.at("2026-10-05 12:00"):
            body = self.Order._nu_reserve(
                {
                    "pos_reference": self.reference(),
                    "config_id": self.config.id,
                    "fiscal_type": "B02",
                }
            ).body
        number = body["fiscal"]["reference"]
        self.env.cr.execute(  # the database's own clock wrote it
            "UPDATE nu_pos_ncf SET date_reserved = '2026-10-05 16:00' WHERE name = %s",
            (number,),
        )
        for code in ("607", "608"):
            report = self.report(code, check=True)
            self.assertIn(("RESERVED", number), self.problems(report))

    def test_rejected_and_waiting_electronic_receipts_are_found(self):
        waiting = self.sell("2026-10-05 12:00", fiscal_type="E32")
        rejected = self.sell("2026-10-05 13:00", fiscal_type="E32")
        accepted = self.sell("2026-10-05 14:00", fiscal_type="E32")
        for order, state in ((rejected, "rejected"), (accepted, "accepted")):
            self.env["nu.pos.ecf"].search([("ncf_id", "=", order.nu_ncf_id.id)]).write(
                {"state": state}
            )
        report = self.report("607", check=True)
        found = [row for row in self.problems(report) if row[0].startswith("ECF")]
        self.assertEqual(
            found,
            [("ECF_REJECTED", rejected.nu_ncf), ("ECF_WAITING", waiting.nu_ncf)],
        )

    def test_what_was_corrected_stands_in_nobodys_way(self):
        order = self.sell("2026-10-05 13:00", fiscal_type="E32")
        Ecf = self.env["nu.pos.ecf"]
        rejected = Ecf.search([("ncf_id", "=", order.nu_ncf_id.id)])
        rejected.write({"state": "rejected", "number_lives": True})
        self.assertIn(
            ("ECF_REJECTED", order.nu_ncf),
            self.problems(self.report("607", check=True)),
        )
        with self.at("2026-10-06 09:00"):
            rejected.with_user(self.manager).action_correct()
        again = Ecf.search([("corrects_id", "=", rejected.id)])
        self.assertEqual((again.name, rejected.state), (rejected.name, "rejected"))
        again.state = "accepted"
        report = self.Report.search(
            [("format", "=", "607"), ("date_from", "=", "2026-10-01")]
        )
        report.action_check()
        self.env.invalidate_all()
        self.assertFalse([c for c in self.codes(report) if c.startswith("ECF")])
        self.assertEqual(report.state, "checked")

    def test_open_session_is_named_as_not_booked(self):
        self.sell("2026-10-05 12:00")
        report = self.report("607", check=True)
        self.assertIn("SESSION_OPEN", self.codes(report))
        figure = self.figure(report, "compare", "amount")
        self.assertEqual((figure.unbooked, figure.difference), (500.0, 0.0))
        self.assertEqual(report.state, "checked", "a warning")

    def test_entry_by_hand_on_the_sales_account_is_a_difference(self):
        self.sell("2026-10-05 12:00")
        entry = self.close("2026-10-05 23:00")
        sales = entry.line_ids.filtered(
            lambda row: row.account_id.account_type == "income"
        ).account_id[:1]
        other = self.ref("account_voucher")
        move = self.env["account.move"].create(
            {
                "date": "2026-10-09",
                "journal_id": self.env["account.journal"]
                .search(
                    [("company_id", "=", self.company.id), ("type", "=", "general")],
                    limit=1,
                )
                .id,
                "line_ids": [
                    (0, 0, {"account_id": sales.id, "credit": 77.0}),
                    (
                        0,
                        0,
                        {"account_id": other.id, "debit": 77.0},
                    ),
                ],
            }
        )
        move.action_post()
        report = self.report("607", check=True)
        self.assertEqual(self.figure(report, "compare", "amount").difference, 77.0)
        self.assertIn("LEDGER", self.codes(report))

    def test_session_over_midnight_of_the_last_day_is_explained(self):
        self.close("2026-10-31 17:00")
        self.open("2026-10-31 18:00")
        self.sell("2026-10-31 23:59")
        self.sell("2026-11-01 00:01")
        self.sell("2026-11-01 00:30")
        self.close("2026-11-01 01:00")
        october, november = self.report("607"), self.report("607", "2026-11-01")
        figure = self.figure(october, "compare", "amount")
        self.assertEqual((figure.amount, figure.difference), (500.0, 0.0))
        later = self.figure(november, "compare", "amount")
        self.assertEqual((later.amount, later.difference), (1000.0, 0.0))
        moved = figure.elsewhere + later.elsewhere
        self.assertEqual(moved, 0, "what one month misses the other has")

    def test_year_end_parts_the_years(self):
        old = self.sell("2026-12-31 23:59")
        new = self.sell("2027-01-01 00:01")
        december = self.report("607", "2026-12-01")
        january = self.report("607", "2027-01-01")
        self.assertEqual(december.line_ids.order_id, old)
        self.assertEqual(january.line_ids.order_id, new)
        self.assertTrue(january.file_name.endswith("_202701.TXT"))
        self.assertEqual(str(december.deadline), "2027-01-15")

    def test_bills_are_judged(self):
        itbis = "18% ITBIS"
        goods = (100.0, "goods", [itbis])
        nobody = self.env["res.partner"].create({"name": "Sin RNC"})
        bills = [
            self.bill(f"2026-10-0{place}", f"B010000000{place}", goods)
            for place in range(1, 7)
        ]
        # as bills may be that were booked before anybody refused them
        for move, column, value in (
            (bills[0], "nu_expense_type", None),
            (bills[1], "nu_supplier_ncf", "B01X"),
            (bills[2], "nu_supplier_ncf", "B0200000001"),
            (bills[3], "nu_supplier_ncf", None),
            (bills[4], "nu_supplier_ncf", "b0100000006"),
            (bills[0], "partner_id", nobody.id),
        ):
            self.env.cr.execute(
                SQL(
                    "UPDATE account_move SET %s = %s WHERE id = %s",
                    SQL.identifier(column),
                    value,
                    move.id,
                )
            )
        self.env.invalidate_all()
        report = self.report("606", check=True)
        self.assertEqual(report.state, "draft")
        self.assertLessEqual(
            {
                "EXPENSE_TYPE",
                "NCF_FORMAT",
                "CONSUMER_BILL",
                "NO_NCF",
                "DUPLICATE_BILL",
                "NO_RNC",
            },
            self.codes(report),
        )
        for problem in report.problem_ids:
            self.assertTrue(problem.message and problem.advice, problem.code)
            self.assertTrue(problem.action_open(), problem.code)

    def test_number_sold_in_a_607_is_not_annulled_without_a_word(self):
        report = self.filed()
        order = report.line_ids.order_id
        self.annul(order, moment="2026-10-20 12:00")
        annulled = self.report("608", check=True)
        self.assertIn(("REPORTED", order.nu_ncf), self.problems(annulled))

    def test_annulled_electronic_numbers_are_left_to_the_anecf(self):
        order = self.sell("2026-10-05 12:00", fiscal_type="E32")
        self.annul(order)
        report = self.report("608")
        self.assertEqual((report.line_count, report.listed_count), (1, 0))
        self.env["ir.config_parameter"].sudo().set_param("nu_pos.dgii_annulled", "all")
        report.action_check()
        self.assertEqual(report.listed_count, 1)
        self.assertEqual(FORMAT_608.read(self.txt(report)).rows[0].ncf, order.nu_ncf)

    def test_month_of_annulment_counts_not_that_of_the_number(self):
        order = self.sell("2026-09-05 12:00")
        self.annul(order, moment="2026-10-01 00:01")
        self.assertEqual(self.report("608", "2026-09-01").listed_count, 0)
        report = self.report("608", check=True)
        self.assertEqual(report.state, "checked")
        self.assertIn(b"B02", self.txt(report))
        self.assertIn(b"|20261001|08", self.txt(report))

    def test_company_without_rnc_files_nothing(self):
        self.env.cr.execute(
            "UPDATE res_partner SET vat = NULL WHERE id = %s",
            (self.company.partner_id.id,),
        )
        self.env.invalidate_all()
        report = self.report("607", check=True)
        self.assertIn("REPORTER", self.codes(report))
        with self.assertRaises(UserError):
            self.txt(report)

    def test_every_problem_says_what_to_do(self):
        texts = problem_texts(self.env)
        for code, (message, advice) in texts.items():
            self.assertTrue(message and advice, code)

    def test_change_greater_than_the_cash_is_netted(self):
        order = self.sell(
            "2026-10-05 12:00",
            fiscal_type="B01",
            partner_id=self.buyer.id,
            payments=self.pay(card=640.0),
            total=640.0,
        )
        with unsealed(self.env):
            self.env.cr.execute(
                "UPDATE pos_payment SET amount = 700 WHERE pos_order_id = %s",
                (order.id,),
            )
            self.env.cr.execute(
                "INSERT INTO pos_payment (pos_order_id, payment_method_id, amount, "
                "is_change, payment_date) VALUES (%s, %s, -60, TRUE, now())",
                (order.id, self.cash.id),
            )
        line = self.report("607", check=True).line_ids
        self.assertEqual((line.cash, line.card), (0.0, 640.0))
