"""Sales go on while DGII cannot be reached, and while nothing can be signed."""

import json
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..fiscal.ecf import build
from ..fiscal.ecf.description import Change
from .ecf_queue import QueueCase


@tagged("post_install", "-at_install")
class TestOffline(QueueCase):
    def lose_connection(self):
        """Sell while nobody answers, until the rule says that the way is lost."""
        self.settings(lost_after="0")
        self.sim.pause()
        self.addCleanup(lambda: self.sim._server or self.sim.resume())
        ecf = self.sold()
        self.env.flush_all()
        for _try in range(3):
            self.queue.work()
        self.env.invalidate_all()
        return ecf

    def test_contingency_begins_by_rule_and_ends_when_dgii_is_back(self):
        ecf = self.lose_connection()
        self.assertEqual(self.company.nu_ecf_contingency, "offline")
        self.assertTrue(self.company.nu_ecf_contingency_since)
        self.assertState(ecf, "contingency")
        meanwhile = self.sold()
        self.assertState(meanwhile, "contingency")
        banner = self.company._nu_ecf_banner()
        self.assertEqual((banner["contingency"], banner["waiting"]), ("offline", 2))
        self.assertFalse(banner["late"])
        self.sim.resume()
        self.work()
        self.assertState(ecf, "accepted")
        self.assertState(meanwhile, "accepted")
        self.assertFalse(self.company.nu_ecf_contingency)
        self.assertIsNone(self.company._nu_ecf_banner())
        acts = [
            json.loads(row.payload)["act"] for row in self.audited("ecf_contingency")
        ]
        self.assertEqual(sorted(acts), ["enter", "leave"])

    def test_one_failure_is_no_contingency(self):
        self.settings(lost_after="60")
        self.sim.set(fail_next=1, services=["semilla"])
        ecf = self.sold()
        self.once()
        self.assertFalse(self.company.nu_ecf_contingency)
        self.work()
        self.assertState(ecf, "accepted")

    def test_in_contingency_one_tries_and_the_others_wait(self):
        self.lose_connection()
        self.settings(retry="600")
        self.queue.work()
        for _sale in range(3):
            self.sold()
        self.env.flush_all()
        self.assertEqual(self.queue.work(), 0)
        link = self.env["nu.pos.ecf.link"].search(
            [("company_id", "=", self.company.id)]
        )
        self.assertGreater(link.date_probe, fields.Datetime.now())

    def test_contingency_by_hand_is_ended_by_hand(self):
        company = self.as_manager(self.company)
        company.action_enter_contingency(note="Sin internet")
        self.assertRaises(UserError, company.action_enter_contingency)
        ecf = self.sold()
        self.assertState(ecf, "contingency")
        self.work()
        self.assertState(ecf, "accepted")
        self.env.invalidate_all()
        self.assertEqual(self.company.nu_ecf_contingency, "offline")
        company.action_leave_contingency()
        self.assertFalse(self.company.nu_ecf_contingency)
        self.assertRaises(UserError, company.action_leave_contingency)
        self.assertState(self.sold(), "queued")

    def test_only_managers_of_the_company_decide(self):
        for user in (self.ref("user_cashier"), self.hub):
            company = self.company.with_user(user).sudo(False)
            self.assertRaises(AccessError, company.action_enter_contingency)
            self.assertRaises(AccessError, company.action_leave_contingency)
            self.assertRaises(AccessError, company.action_replace_contingency)
        other = self.env["res.company"].create({"name": "Otra casa"})
        self.assertRaises(AccessError, self.as_manager(other).action_enter_contingency)

    def test_seventy_two_hours_are_warned_of(self):
        self.as_manager(self.company).action_enter_contingency()
        ecf = self.sold()
        watch = self.env["nu.pos.ecf.contingency"]._cron_watch
        watch()
        self.assertFalse(ecf.activity_ids)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE nu_pos_ecf SET date_signed = %s WHERE id = %s",
            [fields.Datetime.now() - timedelta(hours=50), ecf.id],
        )
        self.env.invalidate_all()
        watch()
        watch()
        self.assertEqual(len(ecf.activity_ids), 1)
        self.assertFalse(self.company._nu_ecf_banner()["late"])
        self.env.cr.execute(
            "UPDATE nu_pos_ecf SET date_signed = %s WHERE id = %s",
            [fields.Datetime.now() - timedelta(hours=73), ecf.id],
        )
        self.env.invalidate_all()
        self.assertTrue(self.company._nu_ecf_banner()["late"])
        self.work()
        self.assertState(ecf, "accepted")


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
        self.env["nu.pos.ecf.contingency"]._of(self.company).date_start -= timedelta(
            seconds=5
        )
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
        self.work()
        self.assertEqual(set(made.mapped("state")), {"accepted"})
        self.assertFalse(any(made.mapped("receiver_state")), "to DGII only")
        again = self.mine.action_replace_contingency()
        self.assertFalse(self.env["nu.pos.ecf"].search(again["domain"]))
        self.assertInvariant()

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
