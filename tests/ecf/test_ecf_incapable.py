"""Series B while nothing can be signed, and the e-CF in its place afterwards."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ...fiscal import calendar
from ...fiscal.ecf import build
from ...fiscal.ecf.description import Change
from ...models.evidence.nu_pos_guarded import unsealed
from ..ecf_queue import QueueCase


@tagged("post_install", "-at_install")
class TestIncapable(QueueCase):
    def setUp(self):
        super().setUp()
        self.company.nu_ecf_start = fields.Date.today() - timedelta(days=10)
        self.mine = self.as_manager(self.company)

    def kind(self, **values):
        answer = self.finalize(self.snapshot(**values))
        return answer["fiscal"]["fiscal_type_code"]

    def unnamed(self, **values):
        snapshot = self.snapshot(**values)
        del snapshot["fiscal_type"]
        return self.finalize(snapshot)

    def test_defaults_fall_back_on_series_b_and_return(self):
        self.assertEqual(self.kind(fiscal_type="consumidor_final"), "E32")
        self.mine.action_enter_contingency("incapable")
        self.assertEqual(self.kind(fiscal_type="consumidor_final"), "B02")
        self.assertEqual(self.unnamed()["fiscal"]["fiscal_type_code"], "B02")
        self.assertEqual(self.sync(self.screen_order()).nu_ncf[:3], "B02")
        self.assertEqual(self.kind(fiscal_type="E32"), "E32", "as asked for")
        self.mine.action_leave_contingency()
        self.assertEqual(self.unnamed()["fiscal"]["fiscal_type_code"], "E32")

    def test_refund_meanwhile_is_a_note_of_series_b(self):
        sale = self.sync(self.screen_order())
        self.assertEqual(sale.nu_ncf[:3], "E32")
        self.mine.action_enter_contingency("incapable")
        self.assertEqual(self.sync(self.screen_refund(sale)).nu_ncf[:3], "B04")

    def test_each_receipt_is_replaced_by_an_electronic_one(self):
        before = self.finalize(self.snapshot(fiscal_type="B02"))
        self._earlier(before)
        self.mine.action_enter_contingency("incapable")
        self._begun_earlier()
        consumer = self.unnamed()
        credit = self.finalize(
            self.snapshot(fiscal_type="B01", partner_id=self.buyer.id)
        )
        self.assertRaises(UserError, self.mine.action_replace_contingency)
        self.mine.action_leave_contingency()
        action = self.mine.action_replace_contingency()
        made = self.env["nu.pos.ecf"].search(action["domain"])
        self.assertEqual(
            {ecf.replaces_ncf_id.name: ecf.name[:3] for ecf in made},
            {
                consumer["fiscal"]["reference"]: "E32",
                credit["fiscal"]["reference"]: "E31",
            },
        )
        for ecf in made:
            document = build.parse_ecf(ecf._xml_bytes())
            self.assertEqual(document.reference.code, Change.REPLACES_CONTINGENCY)
            self.assertEqual(document.reference.ncf, ecf.replaces_ncf_id.name)
            self.assertEqual(float(document.totals.total), 640.0)
            self.assertEqual(ecf.replaces_ncf_id.state, "issued")
        self.assertReplacedOnce(made)

    def test_replaced_receipt_is_one_sale_in_the_607(self):
        """The buyer has the receipt, so it stays; the e-CF in its place is no second
        sale, and the month ties with the numbers and the books."""
        report = self.env["nu.pos.dgii.report"].create(
            {
                "format": "607",
                "date_from": fields.Date.today(),
                "company_id": self.company.id,
            }
        )
        report.action_compute()
        before = {name: report[name] for name in ("line_count", "amount", "itbis")}
        self.mine.action_enter_contingency("incapable")
        self.env["nu.pos.ecf.contingency"]._of(self.company).date_start -= timedelta(
            seconds=5
        )
        credit = self.finalize(
            self.snapshot(fiscal_type="B01", partner_id=self.buyer.id)
        )
        consumer = self.unnamed()
        self.mine.action_leave_contingency()
        made = self.env["nu.pos.ecf"].search(
            self.mine.action_replace_contingency()["domain"]
        )
        self.assertEqual(len(made), 2)
        report.action_check()
        self.assertEqual(report.line_count, before["line_count"] + 2)
        self.assertEqual(report.amount, before["amount"] + 1000.0)
        self.assertEqual(report.itbis, before["itbis"] + 180.0)
        numbers = set(report.line_ids.mapped("ncf"))
        self.assertLessEqual(
            {credit["fiscal"]["reference"], consumer["fiscal"]["reference"]}, numbers
        )
        self.assertFalse(numbers & set(made.mapped("name")))
        total = report.figure_ids.filtered(
            lambda row: row.section == "compare" and row.code == "total"
        )
        self.assertEqual(total.amount, total.ledger)
        waiting = report.problem_ids.filtered(lambda row: row.code == "ECF_WAITING")
        self.assertEqual(
            set(waiting.mapped("res_id")) & set(made.ids),
            set(made.ids),
            "DGII does not have what replaces them yet",
        )
        self.work()
        report.action_check()
        waiting = report.problem_ids.filtered(lambda row: row.code == "ECF_WAITING")
        self.assertFalse(set(waiting.mapped("res_id")) & set(made.ids))

    def test_refund_over_the_api_meanwhile_is_replaced_too(self):
        """The sale was electronic, its certificate is gone: the money goes back all
        the same, with a note of series B that names the e-NCF."""
        sale = self.finalize(self.snapshot(fiscal_type="E32"))
        self.work()
        self.assertState(self.ecf_of(sale), "accepted")
        certificates = self.env["nu.pos.ecf.certificate"].sudo().search([])
        refund = self.env["nu.pos.refund"].with_user(self.manager)
        certificates.active = False
        self.assertProblem(
            "ECF_NO_CERTIFICATE", refund.submit, str(sale["order_id"]), {}
        )
        self.mine.action_enter_contingency("incapable")
        self._begun_earlier()
        body = refund.submit(
            str(sale["order_id"]), {"reason": "El plato llegó frío"}
        ).body
        self.assertEqual(body["fiscal"]["fiscal_type_code"], "B04")
        self.assertEqual(body["original"]["fiscal"]["reference"],
                         sale["fiscal"]["reference"])  # fmt: skip
        self.assertEqual(body["amount_total"], -640.0)
        order = self.env["pos.order"].browse(body["refund_id"])
        self.assertEqual(order.nu_ncf_id.state, "issued")
        printed = order._printed()
        self.assertIn(("e-NCF modificado", sale["fiscal"]["reference"]), printed.head)
        certificates.active = True
        self.mine.action_leave_contingency()
        action = self.mine.action_replace_contingency()
        [made] = self.env["nu.pos.ecf"].search(action["domain"])
        self.assertEqual(made.name[:3], "E34")
        document = build.parse_ecf(made._xml_bytes())
        self.assertEqual(document.reference.ncf, body["fiscal"]["reference"])
        self.assertEqual(document.reference.code, Change.REPLACES_CONTINGENCY)
        self.assertEqual(float(document.totals.total), 640.0)
        self.work()
        self.assertState(made, "accepted")
        self.assertInvariant()

    def test_refund_of_a_paper_sale_after_the_switch_is_electronic(self):
        """Over the API as on the screen (an E note may modify a B receipt)."""
        paper = [self.finalize(self.snapshot(fiscal_type="B02")) for _n in range(2)]
        refund = self.env["nu.pos.refund"].with_user(self.manager)
        body = refund.submit(
            str(paper[0]["order_id"]), {"reason": "El plato llegó frío"}
        ).body
        self.assertEqual(body["fiscal"]["fiscal_type_code"], "E34")
        made = self.env["nu.pos.ecf"].search(
            [("name", "=", body["fiscal"]["reference"])]
        )
        document = build.parse_ecf(made._xml_bytes())
        self.assertEqual(document.reference.ncf, paper[0]["fiscal"]["reference"])
        self.assertEqual(document.reference.reason, "El plato llegó frío")
        order = self.env["pos.order"].browse(paper[1]["order_id"])
        note = self.sync(self.screen_refund(order))
        self.assertEqual(note.nu_ncf[:3], "E34")

    def test_manager_is_reminded_of_the_thirty_days_until_all_is_replaced(self):
        self.mine.action_enter_contingency("incapable")
        self._begun_earlier()
        self.unnamed()
        record = self.env["nu.pos.ecf.contingency"]._of(self.company)
        self.assertFalse(self.reminders(record))
        self.mine.action_leave_contingency()
        [told] = self.reminders(record)
        today = calendar.fiscal_day(fields.Datetime.now())
        self.assertEqual(told.date_deadline, today + timedelta(days=30))
        self.assertEqual(told.date_deadline, record.date_replace)
        self.assertIn(self.company, told.user_id.company_ids)
        watch = self.env["nu.pos.ecf.contingency"]._cron_watch
        watch()
        self.assertEqual(self.reminders(record), told)
        # somebody closes it, and replaces nothing
        told.unlink()
        watch()
        self.assertFalse(self.reminders(record), "there is time")
        self.env.flush_all()
        with unsealed(self.env):
            self.env.cr.execute(
                "UPDATE nu_pos_ncf SET date_issued_day = date_issued_day - 25"
                " WHERE company_id = %s AND date_issued >= %s",
                [self.company.id, record.date_start],
            )
        self.env.invalidate_all()
        watch()
        watch()
        self.assertEqual(len(self.reminders(record)), 1)
        self.as_manager(record).action_replace()
        self.assertEqual(record.receipts_left, 0)
        self.assertFalse(self.reminders(record))
        watch()
        self.assertFalse(self.reminders(record))

    def reminders(self, record):
        self.env.invalidate_all()
        return record.activity_ids.filtered(
            lambda activity: activity.summary.startswith("Replace the receipts")
        )

    def test_contingency_is_declared_seen_and_ended_in_the_back_office(self):
        wizard = self.env["nu.pos.ecf.enter"].with_user(self.manager).sudo(False)
        self.assertFalse(self.config.nu_ecf_contingency)
        with Form(wizard.with_company(self.company)) as form:
            form.kind = "incapable"
            form.note = "Se dañó el servidor"
        form.record.action_apply()
        record = self.env["nu.pos.ecf.contingency"]._of(self.company)
        self.assertEqual(
            (record.kind, record.note), ("incapable", "Se dañó el servidor")
        )
        card = self.as_manager(self.config)
        self.assertEqual(card.nu_ecf_contingency, "incapable")
        self.assertEqual(card.action_nu_open_contingency()["res_model"], record._name)
        arch = card.get_view(view_type="kanban")["arch"]
        self.assertIn('name="nu_ecf_contingency"', arch)
        self.assertIn('name="nu_ecf_rejected_count"', arch)
        mine = self.as_manager(record)
        for user in ("user_manager", "user_cashier", "user_accountant"):
            seen = record.with_user(self.ref(user)).sudo(False)
            for kind in ("list", "form", "search"):
                seen.get_view(view_type=kind)
        buttons = mine.get_view(view_type="form")["arch"]
        for name in ("action_leave", "action_replace"):
            self.assertIn(f'name="{name}"', buttons)
        cashier = record.with_user(self.ref("user_cashier")).sudo(False)
        self.assertRaises(AccessError, cashier.action_leave)
        mine.action_leave()
        self.assertRaises(UserError, mine.action_leave)
        self.assertFalse(self.config.nu_ecf_contingency)
        with self.assertRaises(AccessError):
            wizard.with_user(self.ref("user_cashier")).create({})

    def _begun_earlier(self):
        # the moments of a contingency are whole seconds, those of numbers are not
        self.env["nu.pos.ecf.contingency"]._of(self.company).date_start -= timedelta(
            seconds=5
        )

    def _earlier(self, answer):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE nu_pos_ncf SET date_issued = date_issued - interval '1 hour'"
            " WHERE name = %s",
            [answer["fiscal"]["reference"]],
        )
        self.env.invalidate_all()

    def test_fifteen_days_are_warned_of(self):
        self.mine.action_enter_contingency("incapable")
        record = self.env["nu.pos.ecf.contingency"]._of(self.company)
        self.assertEqual(record.date_limit - record.date_start, timedelta(days=15))
        watch = self.env["nu.pos.ecf.contingency"]._cron_watch
        before = len(record.activity_ids)
        watch()
        self.assertEqual(len(record.activity_ids), before)
        record.date_limit = fields.Datetime.now() + timedelta(days=2)
        watch()
        self.assertEqual(len(record.activity_ids), before + 1)

    def test_unknown_contingency_is_refused(self):
        self.assertRaises(UserError, self.mine.action_enter_contingency, "holidays")

    def replaced(self, **values):
        """A receipt of a contingency and the e-CF in its place."""
        self.mine.action_enter_contingency("incapable")
        self._begun_earlier()
        answer = self.unnamed(**values)
        self.mine.action_leave_contingency()
        action = self.mine.action_replace_contingency()
        return answer, self.env["nu.pos.ecf"].search(action["domain"])

    def test_receipt_that_is_replaced_is_cancelled_by_a_note_only(self):
        answer, made = self.replaced()
        self.assertEqual(made.name[:3], "E32")
        cancel = {"reason": "Error", "delivered": False}
        service = self.env["nu.pos.refund"].with_user(self.manager)
        problem = self.assertProblem(
            "CONFLICT", service.cancel, str(answer["order_id"]), cancel
        )
        self.assertIn(made.name, problem.detail)
        documents = self.env["nu.pos.fiscal.document"].with_user(self.manager)
        for number in (made.name, answer["fiscal"]["reference"]):
            self.assertProblem("CONFLICT", documents.annul, number, {})
        self.assertEqual(made.replaces_ncf_id.state, "issued")
        self.assertEqual(made.ncf_id.state, "issued")

    def test_receipt_annulled_meanwhile_is_not_replaced(self):
        self.mine.action_enter_contingency("incapable")
        self._begun_earlier()
        answer = self.unnamed()
        self.mine.action_leave_contingency()
        [receipt] = self.company._nu_contingency_receipts()
        self.env["nu.pos.refund"].with_user(self.manager).cancel(
            str(answer["order_id"]), {"reason": "Error", "delivered": False}
        )
        self.assertEqual(receipt.state, "voided")
        self.assertFalse(self.env["nu.pos.ecf"].replace_receipt(receipt))
        self.assertFalse(self.company._nu_contingency_receipts())

    def test_receipt_handed_out_meanwhile_and_told_later_is_replaced_too(self):
        """The hub was alone with its reserved number until all was over."""
        self.mine.action_enter_contingency("incapable")
        self._begun_earlier()
        reference = self.reference()
        reserved = self.Order.with_user(self.hub)._nu_reserve(
            {
                "pos_reference": reference,
                "config_id": self.config.id,
                "fiscal_type": "B02",
            }
        )
        self.mine.action_leave_contingency()
        record = self.env["nu.pos.ecf.contingency"].search(
            [("company_id", "=", self.company.id)], limit=1
        )
        record.date_end -= timedelta(seconds=2)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE nu_pos_ncf SET date_reserved = %s WHERE pos_reference = %s",
            [record.date_start + timedelta(seconds=1), reference],
        )
        self.env.invalidate_all()
        self.assertEqual(record.receipts_left, 0)
        self.finalize({**self.snapshot(fiscal_type="B02"), "pos_reference": reference})
        self.env.invalidate_all()
        self.assertEqual(record.receipts_left, 1)
        [receipt] = self.company._nu_contingency_receipts()
        self.assertEqual(receipt.name, reserved.body["fiscal"]["reference"])

    def test_type_without_an_electronic_twin_holds_nothing_up(self):
        self.mine.action_enter_contingency("incapable")
        self._begun_earlier()
        answer = self.unnamed()
        kind = self.env["l10n_latam.document.type"]._nu_find("B02")
        (kind.nu_twin_id | kind._nu_twin()).write({"nu_twin_id": False})
        kind.nu_twin_id = False
        self.env.flush_all()
        self.assertTrue(answer["fiscal"]["reference"].startswith("B02"))
        self.mine.action_leave_contingency()
        self.assertFalse(self.company._nu_contingency_receipts())
        self.mine.action_replace_contingency()
