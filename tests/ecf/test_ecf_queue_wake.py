"""When the queue is worked: at once after a sale, in time for what waits."""

import json
from datetime import datetime, timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from odoo.addons.base.models.ir_cron import IrCron

from ...models.ecf import nu_pos_ecf_link, nu_pos_ecf_queue
from ..ecf_queue import QueueCase


@tagged("post_install", "-at_install")
class TestWake(QueueCase):
    def setUp(self):
        super().setUp()
        self.cron = self.env.ref("nu_restaurant_pos.cron_send_ecf")
        self.triggers().unlink()

    def triggers(self):
        return self.env["ir.cron.trigger"].search([("cron_id", "=", self.cron.id)])

    def notifications(self):
        """How often the scheduler is notified when the transaction is committed."""
        added = self.env.cr.postcommit._funcs
        return sum(getattr(one, "__name__", "") == "_notifydb" for one in added)

    def wake(self):
        """As a sale does; whether the scheduler is notified."""
        before = self.notifications()
        self.env.cr.precommit.data.clear()
        self.queue.wake()
        return self.notifications() > before

    def made_before(self, seconds):
        """As if what was made now had been made some seconds ago."""
        self.env.cr.execute(
            "UPDATE ir_cron_trigger SET create_date = create_date - make_interval("
            "secs => %(s)s), call_at = call_at - make_interval(secs => %(s)s)"
            " WHERE cron_id = %(cron)s",
            {"s": seconds, "cron": self.cron.id},
        )

    def test_sale_wakes_the_queue(self):
        before = self.notifications()
        self.env.cr.precommit.data.clear()
        self.sold()
        self.assertEqual(self.notifications() - before, 1)
        self.assertEqual(len(self.triggers()), 1)

    def test_one_notification_serves_the_sales_of_a_moment(self):
        self.assertTrue(self.wake())
        with patch.object(nu_pos_ecf_queue, "NOTIFIED", 60):
            self.assertFalse(self.wake())
            self.assertFalse(self.wake())
        self.assertEqual(len(self.triggers()), 1)
        # shorter than a worker lingers, or a sale could fall between the two
        self.assertLess(nu_pos_ecf_queue.NOTIFIED, nu_pos_ecf_queue.LINGER / 2)

    def test_trigger_that_was_left_behind_wakes_nobody_and_stops_nobody(self):
        self.wake()
        self.made_before(5)
        self.assertTrue(self.wake())

    def test_moment_that_came_due_without_a_notification_stops_nobody(self):
        """The scheduler is notified of none that lies ahead: it looks once a minute."""
        self.queue._trigger_at(fields.Datetime.now() + timedelta(seconds=30))
        self.env.cr.execute(
            "UPDATE ir_cron_trigger SET call_at = now() AT TIME ZONE 'UTC'"
            " - interval '1 second', create_date = now() AT TIME ZONE 'UTC'"
            " - interval '40 seconds' WHERE cron_id = %s",
            [self.cron.id],
        )
        self.assertTrue(self.wake())

    def test_job_that_begins_in_the_same_second_clears_the_trigger(self):
        """One that it left would be taken for a fresh one, or run the job for nothing:
        the scheduler clears what is due by its own second."""
        self.wake()
        trigger = self.triggers()
        self.assertEqual(trigger.call_at.microsecond, 0)
        job = {"id": self.cron.id}
        with patch.object(
            type(self.env.cr), "now", lambda _cr: trigger.call_at.replace(microsecond=1)
        ):
            self.env["ir.cron"]._clear_schedule(job)
        self.env.invalidate_all()
        self.assertFalse(self.triggers())

    def test_worker_stays_for_what_comes_due_soon(self):
        self.settings(poll="600")
        ecf = self.sold_31()
        self.once()
        self.assertState(ecf, "sent")
        self.env.cr.execute(
            "UPDATE nu_pos_ecf SET date_next = clock_timestamp() AT TIME ZONE 'UTC'"
            " + interval '2 seconds' WHERE id = %s",
            [ecf.id],
        )
        self.assertEqual(self.queue._work(linger=0.01), 0)
        self.sim.books.documents[-1].polls = 0
        self.assertGreater(self.queue._work(linger=0.01, stay=10.0), 0)
        self.env.invalidate_all()
        self.assertState(ecf, "accepted")

    def test_worker_does_not_stay_for_what_is_far_away(self):
        self.settings(retry="600")
        self.sold()
        self.sim.pause()
        self.addCleanup(self.sim.resume)
        self.env.flush_all()
        with patch.object(nu_pos_ecf_queue.time, "sleep") as sleep:
            self.queue._work(linger=0.0, stay=5.0)
        self.assertLess(len(sleep.call_args_list), 5)


@tagged("post_install", "-at_install")
class TestMaintenance(QueueCase):
    """Time passes by a clock of the test; the scheduler looks once a minute."""

    def setUp(self):
        super().setUp()
        self.settings(retry="30", poll="1", grace="120", lease="600", lost_after="60")
        self.clock = datetime(2026, 11, 28, 12, 0)
        for module in (nu_pos_ecf_link, nu_pos_ecf_queue):
            self.patch(module, "utc_now", lambda: self.clock)

    def minute(self):
        """One run of the job, and the time until the next."""
        self.env.flush_all()
        with patch.object(IrCron, "_commit_progress", return_value=60):
            with (
                patch.object(nu_pos_ecf_queue, "LINGER", 0.0),
                patch.object(nu_pos_ecf_queue, "STAY", 0.0),
            ):
                self.queue._cron_work()
        self.env.invalidate_all()
        self.clock += timedelta(seconds=60)

    def due_now(self, ecf):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE nu_pos_ecf SET date_next = %s WHERE id = %s",
            [self.clock - timedelta(seconds=1), ecf.id],
        )
        self.env.invalidate_all()

    def assertContingencyWithin(self, minutes):
        for _minute in range(minutes):
            self.minute()
            if self.company.nu_ecf_contingency:
                break
        self.assertEqual(self.company.nu_ecf_contingency, "offline")

    def test_maintenance_with_one_summary_in_the_queue_is_a_contingency(self):
        ecf = self.sold()
        self.due_now(ecf)
        self.sim.set(maintenance=True)
        self.assertContingencyWithin(5)
        self.assertIn(ecf.state, ("contingency", "unknown"))

    def test_maintenance_while_a_token_holds_is_a_contingency(self):
        first = self.sold_31()
        self.due_now(first)
        self.minute()
        ecf = self.sold_31()
        self.due_now(ecf)
        self.sim.set(maintenance=True)
        self.assertContingencyWithin(6)

    def test_contingency_is_told_and_ends_with_the_maintenance(self):
        ecf = self.sold()
        self.due_now(ecf)
        self.sim.set(maintenance=True)
        self.assertContingencyWithin(5)
        self.sim.set(maintenance=False)
        for _minute in range(10):
            self.minute()
        self.assertState(ecf, "accepted")
        self.assertFalse(self.company.nu_ecf_contingency)
        acts = [
            json.loads(row.payload)["act"] for row in self.audited("ecf_contingency")
        ]
        self.assertEqual(sorted(acts), ["enter", "leave"])
