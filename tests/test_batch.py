from .common import FiscalCase


class TestBatch(FiscalCase):
    def sync(self, *orders, **values):
        answer = (
            self.env["nu.pos.batch"]
            .with_user(self.hub)
            .sync({"orders": list(orders), **values})
        )
        self.env.invalidate_all()
        return answer

    def test_each_order_stands_alone_and_order_is_kept(self):
        good, bad, last = self.snapshot(), self.snapshot(), self.draft()
        bad["amount_total"] = 1.0
        answer = self.sync(good, bad, last, message_id="m1")
        self.assertEqual((answer.status, answer.body["status"]), (207, "partial"))
        self.assertEqual(
            [
                (r["index"], r["pos_reference"], r["status"])
                for r in answer.body["results"]
            ],
            [
                (0, good["pos_reference"], "ok"),
                (1, bad["pos_reference"], "error"),
                (2, last["pos_reference"], "ok"),
            ],
        )
        failure = answer.body["results"][1]
        self.assertEqual(
            (failure["code"], failure["retryable"]), ("TOTALS_MISMATCH", False)
        )
        states = [r.get("state") for r in answer.body["results"]]
        self.assertEqual(states, ["paid", None, "draft"])
        self.assertInvariant()

    def test_all_well_is_200_and_a_repeat_makes_nothing_new(self):
        orders = [self.snapshot(), self.snapshot()]
        first, second = self.sync(*orders), self.sync(*orders)
        self.assertEqual((first.status, second.status), (200, 200))
        self.assertEqual(
            [r["order_id"] for r in first.body["results"]],
            [r["order_id"] for r in second.body["results"]],
        )
        self.assertEqual([r["created"] for r in second.body["results"]], [False] * 2)

    def test_what_is_no_object_fails_alone_with_its_path(self):
        answer = self.sync(7, self.snapshot(), {"lines": []})
        codes = [r.get("code") for r in answer.body["results"]]
        self.assertEqual(codes, ["VALIDATION", None, "VALIDATION"])
        [error] = answer.body["results"][2]["errors"]
        self.assertEqual(error["path"], "orders[2].pos_reference")

    def test_steps(self):
        order = self.draft(self.line(id="a"))
        payments = [{"payment_method_id": self.cash.id, "amount": 640.0}]
        steps = [
            {**order, "step": "create"},
            {**order, "step": "ship"},
            {**order, "step": "pay", "lines": [], "payments": payments},
            {**order, "step": "cancel"},
        ]
        results = self.sync(*steps).body["results"]
        self.assertEqual(
            [r.get("state") for r in results[:3]], ["draft", "draft", "paid"]
        )
        self.assertEqual(results[3]["code"], "ORDER_PAID")
        self.assertTrue(self.order_of(results[0]).nu_date_served)

    def test_a_step_on_an_order_nobody_knows(self):
        for step in ("pay", "ship", "cancel"):
            [result] = self.sync({**self.snapshot(), "step": step}).body["results"]
            self.assertEqual(result["code"], "UNKNOWN_REFERENCE", step)

    def test_an_unknown_step_is_refused(self):
        [result] = self.sync({**self.snapshot(), "step": "finish"}).body["results"]
        self.assertEqual(result["code"], "VALIDATION")
        self.assertEqual(result["errors"][0]["path"], "orders[0].step")

    def test_more_than_500_orders_are_too_many(self):
        problem = self.assertProblem("TOO_LARGE", self.sync, *[{}] * 501)
        self.assertIn("500", problem.detail)

    def test_a_defect_met_by_one_order_leaves_the_others(self):
        from unittest.mock import patch

        from odoo.tools import mute_logger

        judge = type(self.env["nu.pos.sale"])
        original = judge.prepare
        bad = self.snapshot()

        def prepare(self, snapshot, config, order):
            if snapshot.pos_reference == bad["pos_reference"]:
                raise ZeroDivisionError("secret of the house")
            return original(self, snapshot, config, order)

        with (
            patch.object(judge, "prepare", prepare),
            mute_logger("odoo.addons.nu_restaurant_pos.models.nu_pos_batch"),
        ):
            answer = self.sync(bad, self.snapshot())
        first, second = answer.body["results"]
        self.assertEqual((first["code"], first["retryable"]), ("INTERNAL", True))
        self.assertNotIn("secret", str(first))
        self.assertEqual(second["status"], "ok")
        self.assertFalse(answer.keep, "a repeat must really try again")
