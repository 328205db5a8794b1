from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tools import mute_logger

from ...models.runtime.problem import ApiProblem
from ...models.sale import nu_pos_batch
from ...schemas.hub import MAX_BATCH
from ..common import FiscalCase

BATCH_LOG = "odoo.addons.nu_restaurant_pos.models.sale.nu_pos_batch"


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
        problem = self.assertProblem("TOO_LARGE", self.sync, *[{}] * (MAX_BATCH + 1))
        self.assertIn("500", problem.detail)

    def test_a_defect_met_by_one_order_leaves_the_others(self):
        judge = type(self.env["nu.pos.sale"])
        original = judge.prepare
        bad = self.snapshot()

        def prepare(self, snapshot, *arguments):
            if snapshot.pos_reference == bad["pos_reference"]:
                raise ZeroDivisionError("secret of the house")
            return original(self, snapshot, *arguments)

        with (
            patch.object(judge, "prepare", prepare),
            mute_logger(BATCH_LOG),
        ):
            answer = self.sync(bad, self.snapshot())
        first, second = answer.body["results"]
        self.assertEqual((first["code"], first["retryable"]), ("INTERNAL", True))
        self.assertNotIn("secret", str(first))
        self.assertEqual(second["status"], "ok")
        self.assertFalse(answer.keep, "a repeat must really try again")


class TestGroups(FiscalCase):
    """Orders share a transaction, and nobody notices."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.config.nu_invoice_policy = "identified"

    sync = TestBatch.sync

    def results(self, *orders, **values):
        return self.sync(*orders, **values).body["results"]

    def codes(self, results):
        return [result.get("code") or "ok" for result in results]

    def refusing(self, *references, error=ZeroDivisionError):
        """Core fails while it writes one of these orders."""
        Order = type(self.env["pos.order"])
        create = Order.create

        def failing(records, vals_list):
            if any(values.get("pos_reference") in references for values in vals_list):
                raise error("secret of the house")
            return create(records, vals_list)

        return patch.object(Order, "create", failing)

    def test_one_bad_among_a_hundred_leaves_the_others(self):
        orders = [self.snapshot() for _index in range(100)]
        orders[37]["amount_total"] = 1.0
        results = self.results(*orders)
        expected = ["ok"] * 100
        expected[37] = "TOTALS_MISMATCH"
        self.assertEqual(self.codes(results), expected)
        self.assertEqual(
            [result["pos_reference"] for result in results],
            [order["pos_reference"] for order in orders],
        )
        numbers = [r["fiscal"]["reference"] for r in results if r["status"] == "ok"]
        self.assertEqual(numbers, sorted(set(numbers)), "in the order of the message")
        self.assertInvariant()

    def test_orders_that_break_while_they_are_written_fail_alone(self):
        orders = [self.snapshot() for _index in range(12)]
        broken = {orders[index]["pos_reference"] for index in (3, 10)}
        with self.refusing(*broken), mute_logger(BATCH_LOG):
            answer = self.sync(*orders)
        expected = ["ok"] * 12
        expected[3] = expected[10] = "INTERNAL"
        self.assertEqual(self.codes(answer.body["results"]), expected)
        self.assertNotIn("secret", str(answer.body))
        self.assertFalse(answer.keep)
        made = self.env["pos.order"].search(
            [("pos_reference", "in", [order["pos_reference"] for order in orders])]
        )
        self.assertEqual(len(made), 10)
        self.assertFalse(broken & set(made.mapped("pos_reference")))
        self.assertInvariant()
        self.assertEqual(self.codes(self.results(*orders)), ["ok"] * 12, "a repeat")

    def test_a_rule_of_core_refuses_one_in_its_own_words(self):
        orders = [self.snapshot() for _index in range(4)]
        with self.refusing(orders[2]["pos_reference"], error=UserError):
            results = self.results(*orders)
        self.assertEqual(self.codes(results), ["ok", "ok", "VALIDATION", "ok"])
        self.assertEqual(results[2]["error"], "secret of the house")

    def test_a_range_that_ends_in_the_middle(self):
        self.env["nu.pos.ncf.range"].create(
            {
                "company_id": self.company.id,
                "document_type_id": self.type("B16").id,
                "first_number": 1,
                "last_number": 3,
                "date_expiry": "2099-12-31",
            }
        )
        foreign = self.env["res.partner"].create(
            {"name": "Overseas Ltd", "nu_foreign_id": "X-1"}
        )
        self.config.nu_invoice_policy = "always"
        with patch.object(
            type(self.env["nu.pos.order.flow"]), "_wants_invoice", lambda *_args: False
        ):
            results = self.results(
                *(
                    self.snapshot(fiscal_type="B16", partner_id=foreign.id)
                    for _index in range(5)
                )
            )
        self.assertEqual(self.codes(results), ["ok"] * 3 + ["NCF_EXHAUSTED"] * 2)
        self.assertEqual(
            [result["fiscal"]["reference"] for result in results[:3]],
            ["B1600000001", "B1600000002", "B1600000003"],
        )
        self.assertInvariant()

    def test_types_registers_sales_and_drafts_in_one_message(self):
        other = self.second_register(nu_invoice_policy="identified")
        card = [{"payment_method_id": self.card.id, "amount": 640.0}]
        results = self.results(
            self.snapshot(),
            self.snapshot(fiscal_type="B01", partner_id=self.buyer.id),
            self.draft(),
            self.snapshot(config_id=other.id, payments=card),
            self.snapshot(),
            self.snapshot(config_id=other.id),
        )
        self.assertEqual(self.codes(results), ["ok"] * 5 + ["UNKNOWN_REFERENCE"])
        self.assertEqual(
            [r["state"] for r in results[:5]], ["paid", "paid", "draft", "paid", "paid"]
        )
        orders = [self.order_of(result) for result in results[:5]]
        self.assertEqual(
            [order.nu_document_type_id.doc_code_prefix for order in orders],
            ["B02", "B01", "B02", "B02", "B02"],
        )
        self.assertEqual(orders[3].config_id, other)
        self.assertTrue(orders[1].account_move, "invoiced by itself")
        self.assertInvariant()

    def test_the_same_order_twice_is_one_sale(self):
        twice, other = self.snapshot(), self.snapshot()
        results = self.results(twice, other, twice, {**twice, "note": "otra"})
        self.assertEqual(self.codes(results[:3]), ["ok"] * 3)
        self.assertEqual([r["created"] for r in results[:3]], [True, True, False])
        self.assertEqual(results[0]["order_id"], results[2]["order_id"])
        self.assertEqual(results[0]["fiscal"], results[2]["fiscal"])
        self.assertInvariant()

    def test_a_draft_and_its_sale_in_one_message(self):
        sale = self.snapshot(self.line(id="a"))
        draft = {**sale}
        del draft["payments"]
        stale = {**sale, "base_version": 0}
        results = self.results(draft, stale, {**sale, "base_version": 1})
        self.assertEqual(self.codes(results), ["ok", "CONFLICT", "ok"])
        self.assertEqual([r["version"] for r in results[::2]], [1, 2])
        self.assertEqual(results[0]["line_id_map"], results[2]["line_id_map"])

    def test_drafts_that_exist_are_paid_together_with_new_sales(self):
        drafts = [self.draft() for _index in range(3)]
        self.results(*drafts)
        pay = [{"payment_method_id": self.cash.id, "amount": 640.0}]
        results = self.results(
            *({**draft, "payments": pay} for draft in drafts), self.snapshot()
        )
        self.assertEqual([r["state"] for r in results], ["paid"] * 4)
        self.assertEqual([r["version"] for r in results], [2, 2, 2, 1])
        self.assertInvariant()

    def test_sales_on_account_do_not_all_fit_under_its_limit(self):
        customer = (
            self.env["res.partner"]
            .with_company(self.company)
            .create(
                {
                    "name": "Vecina",
                    "use_partner_credit_limit": True,
                    "credit_limit": 5000.0,
                }
            )
        )
        credit = {"payment_method_id": self.credit.id, "amount": 3840.0}
        big = [
            self.snapshot(
                self.line(price=3000.0), partner_id=customer.id, payments=[credit]
            )
            for _index in range(3)
        ]
        results = self.results(*big, self.snapshot())
        self.assertEqual(
            self.codes(results), ["ok", "CREDIT_LIMIT", "CREDIT_LIMIT", "ok"]
        )

    def test_a_uuid_that_is_used_twice(self):
        uuid = "7b0f7c3e-6a4e-4d39-9a53-2f1f0f4f5a11"
        results = self.results(*(self.snapshot(uuid=uuid) for _index in range(2)))
        self.assertEqual(self.codes(results), ["ok", "ok"])
        uuids = [self.order_of(result).uuid for result in results]
        self.assertEqual((uuids[0], len(set(uuids))), (uuid, 2))

    def test_every_order_leaves_its_rows_in_the_audit(self):
        good = [self.snapshot() for _index in range(3)]
        bad = self.snapshot(total=1.0)
        results = self.results(*good, bad)
        rows = self.env["nu_restaurant_pos.order_audit"].search(
            [("pos_reference", "in", [o["pos_reference"] for o in [*good, bad]])],
            order="id",
        )
        sold = rows.filtered(lambda row: row.event == "hub_finalize")
        self.assertEqual(
            sold.mapped(lambda row: (row.order_res_id, row.ncf)),
            [(r["order_id"], r["fiscal"]["reference"]) for r in results[:3]],
        )
        self.assertEqual(
            (rows - sold).mapped(lambda row: (row.event, row.pos_reference)),
            [
                ("quarantine", bad["pos_reference"]),
                ("refusal", bad["pos_reference"]),
            ],
        )

    def test_a_long_message_is_done_in_groups(self):
        sizes = []
        Order = type(self.env["pos.order"])
        create = Order.create

        def counted(records, vals_list):
            sizes.append(len(vals_list))
            return create(records, vals_list)

        self.patch(nu_pos_batch, "GROUP", 10)
        with patch.object(Order, "create", counted):
            results = self.results(*(self.snapshot() for _index in range(25)))
        self.assertEqual(sizes, [10, 10, 5])
        self.assertEqual(self.codes(results), ["ok"] * 25)

    def test_a_database_that_refuses_them_all_says_come_again(self):
        Unit = type(self.env["nu.pos.unit"])
        with patch.object(Unit, "run", side_effect=ApiProblem("BUSY")):
            results = self.results(self.snapshot(), self.snapshot())
        self.assertEqual(
            [(r["code"], r["retryable"]) for r in results], [("BUSY", True)] * 2
        )
