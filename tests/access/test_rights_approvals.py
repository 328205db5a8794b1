"""An approval is of one register, order, type and amount, never of one's own act."""

from unittest.mock import patch

from odoo.fields import Command

from ...models.access.nu_pos_identity import Caller
from ...models.runtime.call import Call
from ..common import FiscalCase


class TestApprovals(FiscalCase):
    def setUp(self):
        super().setUp()
        self.cashier = self.ref("user_cashier")
        self.sold = self.order_of(self.finalize(snapshot=self.snapshot()))

    def grant(self, amount=640, user=None, caller=None, **values):
        env = self.env(user=user or self.cashier)
        env = env(
            context={**env.context, "nu_call": Call(caller=caller)} if caller else {}
        )
        return env["nu.pos.approval"].grant(
            {
                "type": "refund",
                "config_id": self.config.id,
                "pos_reference": self.sold.pos_reference,
                "amount": amount,
                "login": "gerente@demo.do",
                "password": "gerente-Demo-2026",
                **values,
            }
        )

    def shown(self, *args, **values):
        body = self.grant(*args, **values)
        return [{"type": body["type"], "token": body["approval_token"]}]

    def refund(self, approvals=None, user=None, **values):
        service = self.env["nu.pos.refund"].with_user(user or self.cashier)
        body = {"reason": "fría", "approvals": approvals, **values}
        answer = service.submit(str(self.sold.id), body)
        self.env.invalidate_all()
        return answer.body

    def test_return_is_covered_to_its_amount(self):
        approvals = self.shown(amount=10)
        notes = self.Ncf.search_count([("kind", "=", "credit_note")])
        problem = self.assertProblem("APPROVAL_REQUIRED", self.refund, approvals)
        self.assertEqual(problem.extra["needed"], [{"type": "refund", "amount": 640.0}])
        self.assertFalse(self.sold.refund_orders_count)
        self.assertEqual(
            self.Ncf.search_count([("kind", "=", "credit_note")]),
            notes,
            "no number taken",
        )
        body = self.refund(self.shown(amount=640))
        self.assertEqual(body["amount_total"], -640.0)

    def test_part_of_a_sale_needs_its_part(self):
        self.sold = self.order_of(self.finalize(self.snapshot(self.line(qty=2))))
        approvals = self.shown(amount=640)
        lines = [{"line_id": self.sold.lines.id, "qty": 1}]
        body = self.refund(approvals, lines=lines)
        self.assertEqual(body["amount_total"], -640.0)
        again = self.refund(approvals, lines=lines)
        self.assertEqual(again["order_id"], body["order_id"])
        self.assertFalse(again["created"])
        self.assertProblem(
            "APPROVAL_REQUIRED", self.refund, approvals, lines=lines, pos_reference="R2"
        )

    def test_repeat_without_the_approval_is_refused(self):
        self.refund(self.shown())
        made_up = [{"type": "refund", "token": "x" * 32}]
        self.assertProblem("APPROVAL_REQUIRED", self.refund, made_up)
        self.assertProblem("FORBIDDEN", self.refund)

    def test_approval_is_of_the_register_of_the_order(self):
        """Whatever register the request names: who manages another one approves
        nothing here."""
        terrace = self.second_register()
        terrace.sudo().write(
            {
                "advanced_employee_ids": [Command.set(self.ref("employee_waiter").ids)],
                "basic_employee_ids": [Command.set(self.ref("employee_cashier").ids)],
            }
        )
        self.ref("employee_waiter").nu_api_pin = "222233"
        by = {
            "login": None,
            "password": None,
            "employee_id": self.ref("employee_waiter").id,
            "pin": "222233",
            "config_id": terrace.id,
        }
        problem = self.assertProblem("FORBIDDEN", self.grant, **by)
        self.assertEqual(problem.extra["permission"], "refund")
        # what concerns no order yet is approved where it will be
        body = self.grant(**{**by, "pos_reference": "TERRAZA/1"})
        approval = self.env["nu.pos.approval"].browse(body["approval_id"])
        self.assertEqual(approval.config_id, terrace)

    def test_approval_of_another_register_is_not_used(self):
        approvals = self.shown()
        approval = self.env["nu.pos.approval"].search([], limit=1)
        self.env.cr.execute(
            "UPDATE nu_pos_approval SET config_id = %s WHERE id = %s",
            [self.second_register().id, approval.id],
        )
        self.env.invalidate_all()
        self.assertProblem("APPROVAL_REQUIRED", self.refund, approvals)

    def test_nobody_approves_what_he_does_himself(self):
        """By password, by PIN on a colleague's tablet, or by using a colleague's
        session to ask."""
        manager = self.ref("user_manager")
        problem = self.assertProblem("FORBIDDEN", self.grant, user=manager)
        self.assertIn("somebody else", problem.detail)
        as_employee = Caller(
            user_id=self.cashier.id,
            method="token",
            employee_id=self.ref("employee_manager").id,
            config_id=self.config.id,
            company_id=self.company.id,
            staff_role="manager",
        )
        self.assertProblem("FORBIDDEN", self.grant, caller=as_employee)
        # asked for by the cashier, used by the approver, who lost the right meanwhile
        approvals = self.shown()
        self.env["nu.pos.permission.user.override"].create(
            {
                "company_id": self.company.id,
                "user_id": manager.id,
                "permission": "refund",
                "allowed": False,
            }
        )
        self.assertProblem("APPROVAL_REQUIRED", self.refund, approvals, user=manager)
        self.assertEqual(self.refund(approvals)["created"], True)

    def test_what_an_approval_covers_is_said(self):
        for values, path in (
            ({"amount": None}, "amount"),
            ({"pos_reference": None}, "pos_reference"),
        ):
            problem = self.assertProblem("VALIDATION", self.grant, **values)
            self.assertIn(path, problem.detail)
        body = self.grant(type="session_close", pos_reference=None, amount=None)
        self.assertEqual(body["type"], "session_close")

    def test_draft_is_cancelled_to_its_amount(self):
        draft = self.draft()
        Order = self.env["pos.order"].with_user(self.cashier)
        self.sold = self.order_of(Order._nu_submit(draft, finalize=False).body)
        cancel = self.env["nu.pos.refund"].with_user(self.cashier).cancel
        self.assertProblem(
            "APPROVAL_REQUIRED",
            cancel,
            str(self.sold.id),
            {
                "reason": "se fue",
                "approvals": self.shown(amount=100, type="cancel_order"),
            },
        )
        answer = cancel(
            str(self.sold.id),
            {
                "reason": "se fue",
                "approvals": self.shown(amount=640, type="cancel_order"),
            },
        )
        self.assertEqual(answer.body["state"], "cancelled")

    def test_another_document_is_covered_to_the_amount_of_the_sale(self):
        reissue = self.env["nu.pos.reissue"].with_user(self.cashier)
        body = {
            "order_ref": str(self.sold.id),
            "fiscal_type": "B01",
            "partner_id": self.buyer.id,
        }
        self.assertProblem(
            "APPROVAL_REQUIRED",
            reissue.submit,
            {**body, "approvals": self.shown(amount=1)},
        )
        self.assertFalse(self.sold.refund_orders_count)
        done = reissue.submit({**body, "approvals": self.shown()}).body
        self.assertRegex(done["fiscal"]["reference"], "^B01")


class TestCopies(FiscalCase):
    """The first print is for whoever sees the order, a copy asks for the right, by the
    API as by the address of the report."""

    def setUp(self):
        super().setUp()
        self.sold = self.order_of(self.finalize())
        self.ncf = self.sold.nu_ncf_id
        self.cashier = self.ref("user_cashier")
        self.ncf._note_print(False)

    def as_user(self, name):
        return self.env(user=self.ref(f"user_{name}").id)

    def html(self, name, data=None, **context):
        reports = self.as_user(name)["ir.actions.report"].with_context(**context)
        report = "nu_restaurant_pos.report_order_ticket"
        return reports._render_qweb_html(report, self.sold.ids, data)[0].decode()

    def test_address_of_a_report_gives_cashiers_no_copy(self):
        for name in ("cashier", "hub"):
            manager_only = name == "cashier"
            with self.subTest(name):
                if manager_only:
                    problem = self.assertProblem("FORBIDDEN", self.html, name)
                    self.assertEqual(problem.extra["permission"], "reprint")
                else:
                    self.assertIn("COPIA", self.html(name))
        for name in ("manager", "accountant"):
            self.assertIn("COPIA", self.html(name))

    def test_address_of_a_report_chooses_no_original(self):
        for chosen in ("", False, True):
            for values in ({"data": {"nu_copy": chosen}}, {"nu_copy": chosen}):
                with self.subTest(values):
                    self.assertProblem("FORBIDDEN", self.html, "cashier", **values)
                    self.assertIn("COPIA", self.html("manager", **values))

    def test_approval_lets_one_copy_through(self):
        Report = type(self.env["ir.actions.report"])
        documents = self.env["nu.pos.fiscal.document"].with_user(self.cashier)
        body = (
            self.env["nu.pos.approval"]
            .with_user(self.cashier)
            .grant(
                {
                    "type": "reprint",
                    "config_id": self.config.id,
                    "pos_reference": self.sold.pos_reference,
                    "login": "gerente@demo.do",
                    "password": "gerente-Demo-2026",
                }
            )
        )
        shown = [{"type": "reprint", "token": body["approval_token"]}]
        # Odoo's tests render the page that becomes the PDF
        with patch.object(Report, "get_wkhtmltopdf_state", return_value="ok"):
            self.assertProblem("FORBIDDEN", documents.pdf, self.ncf.name, {})
            name, content = documents.pdf(self.ncf.name, {"approvals": shown})
            self.assertEqual(name, f"{self.ncf.name}.pdf")
            self.assertIn("COPIA", content.decode())
            self.assertProblem(
                "APPROVAL_REQUIRED", documents.pdf, self.ncf.name, {"approvals": shown}
            )
