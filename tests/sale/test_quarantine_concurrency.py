"""Quarantined sales on real connections: one row, one sale, one number."""

from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from ...models.runtime.problem import ApiProblem
from ..numbers.test_ncf_concurrency import RealCursorCase

AUDIT_LOG = (
    "odoo.addons.nu_restaurant_pos.models.evidence.nu_restaurant_pos_order_audit"
)


@tagged("post_install", "-at_install")
class TestQuarantineConcurrency(RealCursorCase):
    def setUp(self):
        super().setUp()
        self.body = {
            **self.snapshot(fiscal_type="B16", partner_id=self.ref("partner_state").id),
            "pos_reference": self.own_reference(),
        }

    def _clean(self):
        # what is in quarantine is never deleted; the tests' own goes first
        self.in_transaction(
            lambda env: env.cr.execute(
                "DELETE FROM nu_pos_sale_quarantine WHERE pos_reference LIKE %s",
                [self.prefix + "%"],
            )
        )
        return super()._clean()

    def finalize(self, body=None):
        """The answer, or the problem; committed or rolled back as a request is."""
        try:
            return self.in_transaction(
                lambda env: env["pos.order"].hub_finalize_snapshot(body or self.body),
                self.hub.id,
            )
        except ApiProblem as problem:
            return problem

    def rows(self):
        def read(env):
            env.cr.execute(
                "SELECT id, state, attempts, order_id FROM nu_pos_sale_quarantine"
                " WHERE pos_reference LIKE %s ORDER BY id",
                [self.prefix + "%"],
            )
            return env.cr.dictfetchall()

        return self.in_transaction(read)

    def orders(self):
        def read(env):
            env.cr.execute(
                "SELECT count(*) FROM pos_order WHERE pos_reference LIKE %s",
                [self.prefix + "%"],
            )
            return env.cr.fetchone()[0]

        return self.in_transaction(read)

    def without_invoice(self):
        """So that what is sold here can be taken away again."""
        flow = self.env.registry["nu.pos.order.flow"]
        return patch.object(flow, "_wants_invoice", lambda *_args: False)

    def test_one_refused_sale_sent_four_times_at_once_is_kept_once(self):
        with self.assertNoLogs(AUDIT_LOG, "ERROR"):
            problems = self.race(*[self.finalize] * 4)
        self.assertEqual([problem.code for problem in problems], ["NCF_NO_RANGE"] * 4)
        [row] = self.rows()
        self.assertEqual(
            {problem.extra["quarantine_id"] for problem in problems}, {row["id"]}
        )
        self.assertEqual((row["state"], row["attempts"]), ("open", 4))

    def test_it_outlives_the_refused_request(self):
        problem = self.finalize()
        self.assertTrue(problem.extra["quarantined"])
        self.assertEqual(problem.context["quarantine_id"], self.rows()[0]["id"])

    def test_manager_job_and_hub_at_once_make_one_sale(self):
        problem = self.finalize()
        row_id = problem.extra["quarantine_id"]
        self.make_ranges("B16", (1, 9))

        def try_again():
            def run(env):
                env["nu.pos.sale.quarantine"].browse(row_id).action_try_again()

            return self.in_transaction(run, self.ref("user_manager").id)

        def job():
            return self.in_transaction(
                lambda env: env["nu.pos.sale.quarantine"]._cron_retry()
            )

        with self.without_invoice():
            results = self.race(try_again, job, self.finalize, self.finalize)
        self.assertFalse([r for r in results if isinstance(r, Exception)], results)
        self.assertEqual(self.orders(), 1)
        [row] = self.rows()
        self.assertEqual(row["state"], "sold")
        first, second = results[2:]
        self.assertEqual(first["order_id"], second["order_id"])
        self.assertEqual(row["order_id"], first["order_id"])
        self.assertEqual(first["fiscal"]["reference"], "B1600000001")
        self.assertInvariant()

    def test_corrected_reference_and_replay_at_once_make_one_sale(self):
        """A manager sells it under another reference while the hub sends it again."""
        problem = self.finalize()
        row_id = problem.extra["quarantine_id"]
        self.make_ranges("B16", (1, 9))
        other = self.own_reference()

        def correct():
            def run(env):
                action = env["nu.pos.sale.quarantine"].browse(row_id).action_correct()
                wizard = env[action["res_model"]].browse(action["res_id"])
                wizard.new_reference = other
                try:
                    wizard.action_apply()
                except UserError:
                    return "resolved"
                return wizard.result

            return self.in_transaction(run, self.ref("user_manager").id)

        with self.without_invoice():
            results = self.race(correct, self.finalize)
        self.assertFalse([r for r in results if isinstance(r, Exception)], results)
        self.assertEqual(self.orders(), 1)
        [row] = self.rows()
        self.assertEqual(
            (row["state"], row["order_id"]), ("sold", results[1]["order_id"])
        )
        self.assertInvariant()

    def test_discard_and_replay_at_once_have_one_winner(self):
        problem = self.finalize()
        row_id = problem.extra["quarantine_id"]
        self.make_ranges("B16", (1, 9))

        def discard():
            def run(env):
                env["nu.pos.sale.quarantine"].browse(row_id)._discard("twice")
                return "discarded"

            try:
                return self.in_transaction(run, self.ref("user_manager").id)
            except UserError:
                return "too late"

        with self.without_invoice():
            outcome, answer = self.race(discard, self.finalize)
        [row] = self.rows()
        if outcome == "discarded":
            self.assertEqual((answer.code, row["state"]), ("NCF_NO_RANGE", "discarded"))
            self.assertEqual(self.orders(), 0)
        else:
            self.assertEqual((outcome, row["state"]), ("too late", "sold"))
            self.assertEqual(self.orders(), 1)
        self.assertInvariant()
