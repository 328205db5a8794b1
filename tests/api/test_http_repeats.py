"""What clients send again, and many orders in one message."""

import json
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..gateway_case import DISPATCHER
from ..order_case import OrderCase
from ..succeeds import succeeds


@tagged("post_install", "-at_install")
class TestIdempotencyKey(OrderCase):
    def keyed(self, key, body, path="orders/create"):
        return self.call(path, body, headers={"Idempotency-Key": key})

    def test_repeat_gets_the_stored_answer(self):
        body = self.draft()
        first = self.assertDone(self.keyed("k-1", body), 201)
        # the order has moved on; the answer of the key has not
        self.create_draft(body, status=200)
        second = self.assertReplayed(self.keyed("k-1", body), 201)
        self.assertEqual(second, first)
        self.assertEqual(self.order_of(first).nu_version, 2)

    def test_key_with_another_body_is_refused(self):
        body = self.draft()
        self.assertDone(self.keyed("k-1", body), 201)
        count = self.order_count()
        refused = self.assertRefused(
            self.keyed("k-1", self.draft()),
            422,
            "IDEMPOTENCY_MISMATCH",
            path="Idempotency-Key",
        )
        self.assertFalse(refused["retryable"])
        self.assertEqual(self.order_count(), count)

    def test_key_with_another_operation_is_refused(self):
        body = self.draft()
        self.assertDone(self.keyed("k-1", body), 201)
        result = self.keyed("k-1", body, path="hub/finalize")
        self.assertRefused(result, 422, "IDEMPOTENCY_MISMATCH")

    def test_keys_of_two_users_do_not_meet(self):
        body = self.draft()
        self.assertDone(self.keyed("k-1", body), 201)
        token = self.login("caja@demo.do", "caja-Demo-2026")
        result = self.call(
            "orders/create",
            self.draft(),
            token=token,
            headers={"Idempotency-Key": "k-1"},
        )
        self.assertDone(result, 201)

    def refused_reservation(self, key="k-1"):
        body = {
            "pos_reference": self._reference,
            "config_id": self.config.id,
            "fiscal_type": "B16",
        }
        return self.keyed(key, body, path="orders/reserve-ncf")

    def give_numbers(self):
        self.env["nu.pos.ncf.range"].create(
            {
                "company_id": self.company.id,
                "document_type_id": self.type("B16").id,
                "first_number": 1,
                "last_number": 9,
                "date_expiry": "2027-12-31",
            }
        )

    def test_refusal_is_kept_for_a_day(self):
        self._reference = self.reference()
        self.assertRefused(self.refused_reservation(), 409, "NCF_NO_RANGE")
        self.give_numbers()
        status, body, response = self.refused_reservation()
        self.assertEqual((status, body["code"]), (409, "NCF_NO_RANGE"))
        self.assertEqual(response.headers["Idempotent-Replayed"], "true")
        # another key is another request
        self.assertDone(self.refused_reservation("k-2"))
        kept = self.env["nu.pos.api.request"].search([("key", "=", "k-1")])
        self.env.cr.execute(
            "UPDATE nu_pos_api_request SET create_date = %s WHERE id = %s",
            [fields.Datetime.now() - timedelta(hours=25), kept.id],
        )
        body = self.assertDone(self.refused_reservation())
        self.assertEqual(body["fiscal"]["fiscal_type_code"], "B16")

    def test_kept_refusal_is_a_problem_like_the_first(self):
        self._reference = self.reference()
        first = self.assertRefused(self.refused_reservation(), 409, "NCF_NO_RANGE")
        second = self.assertRefused(self.refused_reservation(), 409, "NCF_NO_RANGE")
        self.assertEqual({**second, "request_id": None}, {**first, "request_id": None})

    def test_failure_is_not_kept(self):
        body = self.draft()
        failing = patch.object(
            type(self.env["nu.pos.sale"]), "prepare", side_effect=RuntimeError("x")
        )
        with failing, mute_logger(DISPATCHER, "odoo.http"):
            self.assertRefused(self.keyed("k-1", body), 500, "INTERNAL")
        self.assertFalse(self.env["nu.pos.api.request"].search([("key", "=", "k-1")]))
        answer = self.assertDone(self.keyed("k-1", body), 201)
        self.assertTrue(answer["created"])

    def test_unusable_key_is_refused(self):
        for key in ("x" * 129, "caña".encode()):
            with self.subTest(key=key):
                result = self.keyed(key, self.draft())
                self.assertRefused(result, 422, "VALIDATION", path="Idempotency-Key")


@tagged("post_install", "-at_install")
class TestBatch(OrderCase):
    def batch(self, orders, message_id=None, **values):
        body = {"orders": orders, **values}
        if message_id:
            body["message_id"] = message_id
        return self.call("hub/batch-sync", body)

    def test_order_of_a_batch_is_told_of_as_fully_as_a_single_one(self):
        paid = [{"payment_method_id": self.cash.id, "amount": 1000}]
        body = self.snapshot(payments=paid, ticket_number="17")
        draft = self.draft(kitchen_status="sent")
        answers = self.assertDone(self.call("hub/batch-sync", [body, draft]))["results"]
        for index, (path, order) in enumerate(
            (("hub/finalize", body), ("orders/create", draft))
        ):
            single = self.assertDone(self.call(path, order))
            batch = {**answers[index], "created": False}
            self.assertEqual(batch.pop("index"), index)
            # a draft that was sent again is one version on
            self.assertEqual(batch, {**single, "version": 1})
        self.assertEqual(
            [answers[0][name] for name in ("amount_paid", "amount_return")], [640, 360]
        )
        self.assertEqual(answers[0]["tracking_number"], "17")
        self.assertEqual(answers[1]["kitchen_status"], "sent")

    def test_batch_of_a_cashier_is_sold(self):
        """Forwarding is no right of its own: who may sell one may sell many."""
        token = self.login("caja@demo.do", "caja-Demo-2026")
        body = [self.snapshot(), self.snapshot()]
        answer = self.assertDone(self.call("hub/batch-sync", body, token=token))
        numbers = [row["fiscal"]["reference"] for row in answer["results"]]
        self.assertEqual(numbers, ["B0200000001", "B0200000002"])

    def test_results_keep_the_order_and_stand_alone(self):
        sale, draft = self.snapshot(self.line(id="a")), self.draft()
        wrong = self.snapshot(total=700.0)
        result = self.batch([sale, wrong, "no object", draft], "m-1")
        body = self.assertDone(result, 207)
        self.assertEqual((body["status"], body["message_id"]), ("partial", "m-1"))
        first, second, third, fourth = body["results"]
        self.assertEqual([row["index"] for row in body["results"]], [0, 1, 2, 3])
        self.assertEqual(
            [row["pos_reference"] for row in body["results"]],
            [
                sale["pos_reference"],
                wrong["pos_reference"],
                None,
                draft["pos_reference"],
            ],
        )
        order = self.orders(sale["pos_reference"])
        expected = {
            "status": "ok",
            "order_id": order.id,
            "created": True,
            "line_id_map": {"a": order.lines.id},
        }
        self.assertEqual({key: first[key] for key in expected}, expected)
        self.assertEqual(first["fiscal"]["reference"], order.nu_ncf)
        self.assertEqual(
            {key: second[key] for key in ("status", "code", "retryable")},
            {"status": "error", "code": "TOTALS_MISMATCH", "retryable": False},
        )
        self.assertIn("700.00", second["error"])
        self.assertEqual(
            (third["status"], third["code"], third["retryable"]),
            ("error", "VALIDATION", False),
        )
        self.assertEqual(third["errors"][0]["path"], "orders[2]")
        # without payments it is a draft
        self.assertEqual(
            (fourth["status"], fourth["state"], fourth["fiscal"]),
            ("ok", "draft", None),
        )
        self.assertFalse(self.orders(wrong["pos_reference"]))

    def test_paths_of_errors_lead_into_the_message(self):
        bad = self.snapshot()
        bad["lines"][0]["qty"] = "x"
        body = self.assertDone(self.batch([self.snapshot(), bad]), 207)
        self.assertEqual(
            body["results"][1]["errors"][0]["path"], "orders[1].lines[0].qty"
        )

    @succeeds("POST hub/batch-sync")
    def test_all_well_is_200(self):
        body = self.assertDone(self.batch([self.snapshot(), self.snapshot()]))
        self.assertEqual(body["status"], "ok")
        self.assertEqual([row["status"] for row in body["results"]], ["ok", "ok"])
        numbers = {row["fiscal"]["reference"] for row in body["results"]}
        self.assertEqual(len(numbers), 2)
        self.assertInvariant()

    def test_all_refused_is_207(self):
        body = self.assertDone(self.batch([self.snapshot(total=1.0)]), 207)
        self.assertEqual(body["status"], "error")

    def test_bare_array_is_a_message(self):
        sale = self.snapshot()
        body = self.assertDone(self.call("hub/batch-sync", [sale]))
        self.assertEqual(body["results"][0]["pos_reference"], sale["pos_reference"])
        self.assertIsNone(body["message_id"])

    def test_empty_message_is_well(self):
        body = self.assertDone(self.call("hub/batch-sync", []))
        self.assertEqual((body["status"], body["results"]), ("ok", []))

    def test_register_of_the_message_is_the_default(self):
        sale = self.snapshot()
        del sale["config_id"]
        self.second_register()
        body = self.assertDone(self.batch([sale], config_id=self.config.id))
        order = self.orders(sale["pos_reference"])
        self.assertEqual(
            (body["results"][0]["status"], order.config_id), ("ok", self.config)
        )

    def test_repeated_message_gets_the_stored_result(self):
        sale = self.snapshot()
        for message_id in ("m-1", None):
            with self.subTest(message_id=message_id):
                first = self.batch([sale, self.snapshot(total=1.0)], message_id)
                self.assertDone(first, 207)
        orders = [self.snapshot()]
        first = self.assertDone(self.batch(orders, "m-2"))
        second = self.assertReplayed(self.batch(orders, "m-2"))
        self.assertEqual(second, first)
        self.assertTrue(second["results"][0]["created"])

    def test_repeat_without_an_id_finds_the_orders(self):
        orders = [self.snapshot(), self.draft()]
        first = self.assertDone(self.batch(orders))["results"]
        second = self.assertDone(self.batch(orders))["results"]
        self.assertEqual([row["created"] for row in first], [True, True])
        self.assertEqual([row["created"] for row in second], [False, False])
        for name in ("order_id", "fiscal", "line_id_map"):
            self.assertEqual(
                [row[name] for row in first], [row[name] for row in second]
            )

    def test_message_id_with_other_orders_is_refused(self):
        self.assertDone(self.batch([self.snapshot()], "m-1"))
        count = self.order_count()
        result = self.batch([self.snapshot()], "m-1")
        self.assertRefused(result, 422, "IDEMPOTENCY_MISMATCH")
        self.assertEqual(self.order_count(), count)

    def test_too_many_orders_are_refused_before_any_is_read(self):
        count = self.order_count()
        result = self.batch([self.draft()] + [{}] * 500)
        self.assertRefused(result, 413, "TOO_LARGE")
        self.assertEqual(self.order_count(), count)

    def test_500_orders_are_accepted(self):
        body = self.assertDone(self.batch([{}] * 500), 207)
        self.assertEqual(len(body["results"]), 500)

    def test_message_without_orders_is_refused(self):
        self.assertRefused(
            self.call("hub/batch-sync", {"message_id": "m-1"}),
            422,
            "VALIDATION",
            path="orders",
        )

    def test_failure_of_one_order_keeps_the_others_and_asks_again(self):
        good, bad = self.snapshot(), self.snapshot()
        Sale = type(self.env["nu.pos.sale"])
        prepare = Sale.prepare

        def broken(model, snapshot, *args):
            if snapshot.pos_reference == bad["pos_reference"]:
                raise RuntimeError("secret")
            return prepare(model, snapshot, *args)

        with (
            patch.object(Sale, "prepare", broken),
            mute_logger("odoo.addons.nu_restaurant_pos.models.sale.nu_pos_batch"),
        ):
            result = self.batch([bad, good], "m-1")
        body = self.assertDone(result, 207)
        self.assertNotIn("secret", result[2].text)
        self.assertEqual(
            [(row["status"], row.get("code")) for row in body["results"]],
            [("error", "INTERNAL"), ("ok", None)],
        )
        self.assertTrue(body["results"][0]["retryable"])
        # the message runs again: what failed may succeed now
        second = self.batch([bad, good], "m-1")
        body = self.assertDone(second)
        self.assertNotIn("Idempotent-Replayed", second[2].headers)
        self.assertEqual([row["created"] for row in body["results"]], [True, False])

    def test_nan_in_one_order_does_not_fail_the_others(self):
        good = self.snapshot()
        text = json.dumps({"message_id": "m-1", "orders": [good, self.snapshot()]})
        head, tail = text.rsplit('"price_unit": 500.0', 1)
        result = self.call("hub/batch-sync", f'{head}"price_unit": NaN{tail}')
        body = self.assertDone(result, 207)
        self.assertEqual([row["status"] for row in body["results"]], ["ok", "error"])

    def test_step_says_what_to_do(self):
        sale = self.snapshot(self.line(id="a"))
        [created] = self.assertDone(self.batch([{**sale, "step": "create"}]))["results"]
        self.assertEqual((created["state"], created["fiscal"]), ("draft", None))
        [shipped] = self.assertDone(self.batch([{**sale, "step": "ship"}]))["results"]
        self.assertEqual(shipped["state"], "draft")
        order = self.orders(sale["pos_reference"])
        self.assertTrue(order.nu_date_served)
        [paid] = self.assertDone(self.batch([{**sale, "step": "pay"}]))["results"]
        self.assertEqual((paid["state"], paid["fiscal"]["state"]), ("paid", "issued"))
        [late] = self.assertDone(self.batch([{**sale, "step": "cancel"}]), 207)[
            "results"
        ]
        self.assertEqual((late["status"], late["code"]), ("error", "ORDER_PAID"))

    def test_cancelled_draft_gives_its_number_back(self):
        draft = self.draft()
        self.create_draft(draft)
        held = self.assertDone(self.reserve(draft["pos_reference"]))["fiscal"]
        [row] = self.assertDone(self.batch([{**draft, "step": "cancel"}]))["results"]
        self.assertEqual(row["state"], "cancelled")
        ncf = self.Ncf.search([("name", "=", held["reference"])])
        self.assertIn(ncf.state, ("released", "voided"))
        result = self.call("orders/create", draft)
        self.assertRefused(result, 409, "ORDER_CANCELLED")
        self.assertInvariant()
