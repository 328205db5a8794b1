"""Sales go on while DGII cannot be reached, and while nothing can be signed."""

import json
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..ecf_queue import QueueCase


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
        legend = meanwhile.ncf_id._fiscal_block()["legend"]
        self.assertIn("modalidad de Contingencia", legend)
        banner = self.company._nu_ecf_trouble()
        self.assertEqual((banner["contingency"], banner["waiting"]), ("offline", 2))
        self.assertFalse(banner["late"])
        self.sim.resume()
        self.work()
        self.assertState(ecf, "accepted")
        self.assertState(meanwhile, "accepted")
        self.assertIsNone(meanwhile.ncf_id._fiscal_block()["legend"])
        self.assertFalse(self.company.nu_ecf_contingency)
        self.assertIsNone(self.company._nu_ecf_trouble())
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
        self.assertFalse(self.company._nu_ecf_trouble()["late"])
        self.env.cr.execute(
            "UPDATE nu_pos_ecf SET date_signed = %s WHERE id = %s",
            [fields.Datetime.now() - timedelta(hours=73), ecf.id],
        )
        self.env.invalidate_all()
        self.assertTrue(self.company._nu_ecf_trouble()["late"])
        self.work()
        self.assertState(ecf, "accepted")
