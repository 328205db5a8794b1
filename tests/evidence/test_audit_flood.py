"""A flood of refusals leaves its number, not a flood of rows kept ten years."""

import json
from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.base.models.ir_cron import IrCron

from ...models.evidence import nu_pos_refusal_count
from ...models.runtime.problem import ApiProblem
from ..common import ApiCase, FiscalCase

AUDIT = "nu_restaurant_pos.order_audit"


class FloodMixin:
    def setUp(self):
        super().setUp()
        # tests on real connections leave refusals behind, and hours that are counted
        self.env.cr.execute("DELETE FROM nu_pos_refusal_count")
        self.env.cr.execute("SELECT max(id) FROM nu_restaurant_pos_order_audit")
        self.last_before = self.env.cr.fetchone()[0] or 0

    def rows(self, **where):
        found = self.env[AUDIT].search(
            [("event", "=", "refusal"), ("id", ">", self.last_before)], order="id"
        )
        payloads = [json.loads(row.payload) for row in found]
        return [
            payload
            for payload in payloads
            if all(payload.get(name) == value for name, value in where.items())
        ]

    def hour_is_over(self):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE nu_pos_refusal_count SET hour = hour - interval '2 hours'"
        )
        with patch.object(IrCron, "_commit_progress", return_value=60):
            self.env["nu.pos.refusal.count"].sudo()._cron_sum_up()


@tagged("post_install", "-at_install")
class TestFloodOfRefusals(FloodMixin, FiscalCase):
    def refuse(self, user, times=1, route="orders.create", code="FORBIDDEN", **more):
        audit = self.env[AUDIT].with_user(user)
        for number in range(times):
            audit._record_refusal(
                ApiProblem(code),
                {
                    "company": self.company,
                    "route": route,
                    "pos_reference": f"T/{number}",
                    **more,
                },
            )

    def test_hundred_refusals_are_twenty_rows_and_one_with_their_number(self):
        self.refuse(self.hub, 100)
        own = self.rows(code="FORBIDDEN")
        self.assertEqual(len(own), nu_pos_refusal_count.OWN_ROWS)
        self.assertTrue(all(row["route"] == "orders.create" for row in own))
        self.hour_is_over()
        [summed] = [row for row in self.rows() if "repeated" in row]
        self.assertEqual(
            (summed["code"], summed["what"], summed["repeated"]),
            ("FORBIDDEN", "orders.create", 80),
        )
        self.assertEqual(len(summed["subjects"]), nu_pos_refusal_count.SUBJECTS)
        self.assertEqual(summed["subjects"][:2], ["T/20", "T/21"])
        self.assertLessEqual(summed["since"], summed["until"])
        row = self.env[AUDIT].search([("event", "=", "refusal")], limit=1)
        self.assertEqual((row.user_id, row.company_id), (self.hub, self.company))

    def test_sum_is_written_once_and_few_refusals_leave_none(self):
        self.refuse(self.hub, 21)
        self.refuse(self.manager_user(), 3)
        self.hour_is_over()
        self.hour_is_over()
        summed = [row for row in self.rows() if "repeated" in row]
        self.assertEqual([row["repeated"] for row in summed], [1])
        self.assertFalse(self.env["nu.pos.refusal.count"].search([]))

    def test_hour_that_runs_is_not_summed_up(self):
        self.refuse(self.hub, 30)
        with patch.object(IrCron, "_commit_progress", return_value=60):
            self.env["nu.pos.refusal.count"].sudo()._cron_sum_up()
        self.assertFalse([row for row in self.rows() if "repeated" in row])
        counted = self.env["nu.pos.refusal.count"].search(
            [("actor", "=", self.hub.id), ("what", "=", "orders.create")]
        )
        self.assertEqual(counted.refusals, 30)

    def test_each_client_and_each_kind_has_rows_of_its_own(self):
        self.refuse(self.hub, 30)
        self.refuse(self.manager_user(), 1)
        self.refuse(self.hub, 1, route="refunds.create")
        self.refuse(self.hub, 1, code="VALIDATION")
        self.assertEqual(len(self.rows()), nu_pos_refusal_count.OWN_ROWS + 3)

    def test_same_order_again_and_again_is_named_once(self):
        audit = self.env[AUDIT].with_user(self.hub)
        for _time in range(40):
            audit._record_refusal(
                ApiProblem("FORBIDDEN"), {"route": "x", "pos_reference": "T/same"}
            )
        self.hour_is_over()
        [summed] = [row for row in self.rows() if "repeated" in row]
        self.assertEqual((summed["repeated"], summed["subjects"]), (20, ["T/same"]))

    def test_other_events_are_never_counted(self):
        for _time in range(nu_pos_refusal_count.OWN_ROWS + 5):
            self.env[AUDIT]._record_apart("login", company=self.company, payload={})
        found = self.env[AUDIT].search_count(
            [("event", "=", "login"), ("company_id", "=", self.company.id)]
        )
        self.assertGreaterEqual(found, nu_pos_refusal_count.OWN_ROWS + 5)

    def test_counts_are_for_administrators_to_read_and_nobody_to_write(self):
        self.refuse(self.hub)
        counts = self.env["nu.pos.refusal.count"].search([])
        self.assertTrue(
            counts.with_user(self.env.ref("base.user_admin")).read(["refusals"])
        )
        for user in (self.hub, self.manager_user()):
            self.assertFalse(counts.with_user(user).has_access("read"), user.login)

    def manager_user(self):
        return self.ref("user_manager")


@tagged("post_install", "-at_install")
class TestFloodOverHttp(FloodMixin, ApiCase):
    def test_refused_writes_of_one_token_under_many_device_ids(self):
        """The header is of the caller's choice: it makes no other client."""
        self.env["ir.config_parameter"].set_param("nu_pos.rate_limit_per_minute", "0")
        token = self.login()
        before = len(self.rows())
        for number in range(nu_pos_refusal_count.OWN_ROWS + 10):
            status, _body, _response = self.call(
                "orders/create", {"nonsense": 1}, token=token,
                headers={"X-Device-Id": f"device-{number}"},
            )  # fmt: skip
            self.assertGreaterEqual(status, 400)
        self.assertLessEqual(len(self.rows()) - before, nu_pos_refusal_count.OWN_ROWS)
