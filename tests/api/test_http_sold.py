"""Paid sales over HTTP: warnings, quarantine, odd texts, what is kept."""

import json

from odoo.tests import tagged

from ...controllers.gateway import OPERATIONS
from ..order_case import OrderCase
from ..quarantine import QuarantineMixin

NUL = "a\x00b"


@tagged("post_install", "-at_install")
class TestQuarantine(QuarantineMixin, OrderCase):
    def keyed(self, key, body, path="hub/finalize"):
        return self.call(path, body, headers={"Idempotency-Key": key})

    def test_problem_says_where_the_sale_is_kept(self):
        body = self.without_numbers()
        first = self.assertRefused(self.call("hub/finalize", body), 409, "NCF_NO_RANGE")
        self.assertEqual((first["quarantined"], first["retryable"]), (True, False))
        record = self.env["nu.pos.sale.quarantine"].browse(first["quarantine_id"])
        self.assertEqual(
            (record.pos_reference, record.device, record.user_id),
            (body["pos_reference"], "test-hub", self.hub),
        )
        second = self.assertRefused(
            self.call("hub/finalize", body), 409, "NCF_NO_RANGE"
        )
        self.assertEqual({**second, "request_id": 0}, {**first, "request_id": 0})
        self.authorise()
        answer = self.sell(body)
        self.assertEqual(answer["fiscal"]["reference"], "B1600000001")
        self.assertInvariant()

    def test_key_of_a_quarantined_sale_is_judged_again(self):
        body = self.without_numbers()
        self.assertRefused(self.keyed("k-1", body), 409, "NCF_NO_RANGE")
        self.authorise()
        answer = self.assertDone(self.keyed("k-1", body))
        self.assertTrue(answer["created"])
        self.assertReplayed(self.keyed("k-1", body))

    def test_key_is_free_for_the_corrected_body(self):
        for path, wrong, right, status in (
            ("hub/finalize", self.snapshot(total=641.0), {"amount_total": 640.0}, 200),
            ("orders/create", self.draft(total=641.0), {"amount_total": 640.0}, 201),
        ):
            with self.subTest(path):
                self.assertRefused(
                    self.keyed(path, wrong, path), 422, "TOTALS_MISMATCH"
                )
                body = {**wrong, **right}
                self.assertDone(self.keyed(path, body, path), status)
                self.assertReplayed(self.keyed(path, body, path), status)
                # from now on it is bound
                self.assertRefused(
                    self.keyed(path, wrong, path), 422, "IDEMPOTENCY_MISMATCH"
                )

    def test_refused_draft_is_refused_again_under_its_key(self):
        body = self.draft(total=641.0)
        self.assertRefused(
            self.keyed("k", body, "orders/create"), 422, "TOTALS_MISMATCH"
        )
        result = self.keyed("k", body, "orders/create")
        self.assertRefused(result, 422, "TOTALS_MISMATCH")
        self.assertEqual(result[2].headers["Idempotent-Replayed"], "true")

    def test_batch_tells_of_each_order(self):
        body = self.without_numbers()
        draft = self.draft(total=641.0)
        result = self.call("hub/batch-sync", [body, draft, self.snapshot(tipp=1)])
        sale, refused, warned = self.assertDone(result, 207)["results"]
        self.assertEqual((sale["code"], sale["quarantined"]), ("NCF_NO_RANGE", True))
        self.assertNotIn("quarantined", refused)
        self.assertEqual(warned["warnings"][0]["code"], "UNKNOWN_FIELD")

    def test_closed_session_asks_to_come_again(self):
        self.config.current_session_id.state = "closed"
        result = self.call("hub/finalize", self.snapshot())
        body = self.assertRefused(result, 409, "SESSION_CLOSED")
        self.assertTrue(body["retryable"])
        self.assertTrue(result[2].headers["Retry-After"])
        [row] = self.assertDone(self.call("hub/batch-sync", [self.snapshot()]), 207)[
            "results"
        ]
        self.assertEqual((row["code"], row["retryable"]), ("SESSION_CLOSED", True))

    def test_direct_sale_of_a_cashier_is_kept_too(self):
        token = self.login("caja@demo.do", "caja-Demo-2026")
        result = self.call("hub/finalize", self.snapshot(total=641.0), token=token)
        body = self.assertRefused(result, 422, "TOTALS_MISMATCH")
        record = self.env["nu.pos.sale.quarantine"].browse(body["quarantine_id"])
        self.assertEqual(record.user_id, self.ref("user_cashier"))

    def test_waiter_fills_no_quarantine(self):
        token = self.login("mesero@demo.do", "mesero-Demo-2026")
        for body in (self.snapshot(total=641.0), {"payments": [1], "lines": "x"}):
            result = self.call("hub/finalize", body, token=token)
            body = self.assertRefused(result, 403, "FORBIDDEN")
            self.assertNotIn("quarantined", body)
        self.assertFalse(self.env["nu.pos.sale.quarantine"].search_count([]))


@tagged("post_install", "-at_install")
class TestTexts(OrderCase):
    def test_nul_anywhere_is_no_defect(self):
        """In each field of each route, as value and as key, and in paths."""
        token = self.login()
        for route in OPERATIONS.values():
            shape = route.body
            if route.readonly or not shape or route.name.startswith("auth."):
                continue
            path = route.full_paths[0].replace("<string:ref>", "1")
            path = path.replace("<int:device_id>", "1").replace("<int:range_id>", "1")
            bodies = [{name: NUL} for name in shape.model_fields]
            bodies += [{NUL: NUL}, {"pos_reference": {NUL: NUL}}, {"\ud800": "\ud800"}]
            for body in bodies:
                with self.subTest(path=path, body=body):
                    status, answer, _response = self.call(
                        path, body, method=route.verbs[0], token=token
                    )
                    self.assertLess(status, 500, answer)
                    self.assertGreaterEqual(status, 400, answer)
        for path in ("orders/a%00b", "fiscal-documents/a%00b", "refunds/a%00b"):
            self.assertRefused(self.call(path, method="GET"), 404, "NOT_FOUND")
        path = "orders?pos_reference=a%00b"
        self.assertRefused(self.call(path, method="GET"), 422, "VALIDATION")

    def test_nul_in_a_paid_sale_is_sold_without_it(self):
        sale = self.snapshot(note=NUL, staff_name=NUL, metadata={NUL: NUL})
        sale["lines"][0].update(note=NUL, customer_note=NUL)
        answer = self.sell(sale)
        codes = {warning["code"] for warning in answer["warnings"]}
        self.assertEqual(codes, {"TEXT_CHANGED"})
        self.assertEqual(self.order_of(answer).general_customer_note, "ab")

    def test_nul_in_a_reference_is_refused_once(self):
        sale = self.snapshot(pos_reference="NU/\x00")
        body = self.assertRefused(
            self.call("hub/finalize", sale), 422, "VALIDATION", path="pos_reference"
        )
        self.assertEqual((body["retryable"], body["quarantined"]), (False, True))

    def test_line_ends_of_windows_are_taken_everywhere(self):
        sale = self.snapshot(note="uno\r\ndos")
        sale["lines"][0].update(note="a\r\nb", customer_note="c\r\nd")
        order = self.order_of(self.sell(sale))
        self.assertEqual(order.general_customer_note, "uno\ndos")
        self.assertEqual(
            (order.lines.note, order.lines.customer_note), ("a\nb", "c\nd")
        )
        order = self.order_of(self.create_draft(note="uno\r\ndos"))
        self.assertEqual(order.general_customer_note, "uno\ndos")

    def test_control_characters_of_a_draft_are_refused_in_words(self):
        body = self.assertRefused(
            self.call("orders/create", self.draft(note="a\x07b")),
            422,
            "VALIDATION",
            path="note",
        )
        self.assertEqual(body["errors"][0]["message"], "holds a control character")

    def test_long_note_of_a_paid_sale_is_cut(self):
        answer = self.sell(note="n" * 450)
        [warning] = answer["warnings"]
        self.assertEqual((warning["code"], warning["path"]), ("TEXT_CUT", "note"))
        self.assertEqual(len(self.order_of(answer).general_customer_note), 256)
        [row] = self.env["nu_restaurant_pos.order_audit"].search(
            [
                ("pos_reference", "=", answer["pos_reference"]),
                ("event", "=", "sale_warning"),
            ]
        )
        self.assertIn("n" * 450, row.payload, "the whole is evidence")
        body = self.draft(note="n" * 450)
        self.assertRefused(
            self.call("orders/create", body), 422, "VALIDATION", path="note"
        )

    def test_secrets_among_unknown_fields_are_no_evidence(self):
        answer = self.sell(pin="4321", lines=[{**self.line(), "password": "hush"}])
        [row] = self.env["nu_restaurant_pos.order_audit"].search(
            [
                ("pos_reference", "=", answer["pos_reference"]),
                ("event", "=", "sale_warning"),
            ]
        )
        self.assertNotIn("4321", row.payload)
        self.assertNotIn("hush", row.payload)


@tagged("post_install", "-at_install")
class TestRoundTrip(OrderCase):
    def detail(self, order):
        return self.assertDone(self.call(f"orders/{order.id}", method="GET"))["data"]

    def test_what_is_accepted_is_kept_and_told_again(self):
        uuids = [
            "7b0f7c3e-6a4e-4d39-9a53-2f1f0f4f5a01",
            "7b0f7c3e-6a4e-4d39-9a53-2f1f0f4f5a02",
            "7b0f7c3e-6a4e-4d39-9a53-2f1f0f4f5a03",
        ]
        line = self.line(
            id="a",
            note="sin cebolla",
            customer_note="alérgica",
            kitchen_item_status="done",
            metadata={"seat": 2},
            uuid=uuids[1],
        )
        payment = {
            "id": "pay-1",
            "payment_method_id": self.card.id,
            "amount": 640.0,
            "transaction_id": "T-1",
            "card_type": "credit",
            "card_brand": "visa",
            "card_no": "1234",
            "uuid": uuids[2],
            "metadata": {"terminal": "V2"},
        }
        order_fields = {
            "uuid": uuids[0],
            "guest_count": 2,
            "staff_name": "Ana",
            "check_alias": "A",
            "note": "rápido",
            "kitchen_bumped_at": "2026-11-28T10:00:00-04:00",
            "source": "web",
            "external_id": "X-1",
            "metadata": {"channel": {"id": 7}},
            "ticket_number": "T-9",
        }
        sale = self.snapshot(line, payments=[payment], **order_fields)
        draft = {key: value for key, value in sale.items() if key != "payments"}
        for body, path, status in (
            (draft, "orders/create", 201),
            (sale, "hub/finalize", 200),
        ):
            answer = self.assertDone(self.call(path, body), status)
            data = self.detail(self.order_of(answer))
            for name, value in order_fields.items():
                told = data["tracking_number" if name == "ticket_number" else name]
                self.assertEqual(told, value, name)
            [told] = data["lines"]
            self.assertEqual(told["client_id"], "a")
            for name in (
                *("note", "customer_note", "kitchen_item_status", "metadata", "uuid"),
            ):
                self.assertEqual(told[name], line[name], name)
        [told] = data["payments"]
        self.assertEqual(told["client_id"], "pay-1")
        for name in (
            *("transaction_id", "card_type", "card_brand", "card_no"),
            *("uuid", "metadata", "amount"),
        ):
            self.assertEqual(told[name], payment[name], name)

    def test_spellings_of_hubs_survive_the_round_trip(self):
        sale = self.snapshot({**self.line(), "kitchenItemStatus": "pending"})
        sale["kitchenBumpedAt"] = "1709123456789"
        data = self.detail(self.order_of(self.sell(sale)))
        self.assertEqual(data["kitchen_bumped_at"], "1709123456789")
        self.assertEqual(data["lines"][0]["kitchen_item_status"], "pending")

    def test_payments_of_a_return_keep_what_is_said_of_them(self):
        sale = self.sell(payments=[{"payment_method_id": self.card.id, "amount": 640}])
        payment = {
            "id": "back-1",
            "payment_method_id": self.card.id,
            "amount": 640.0,
            "transaction_id": "T-2",
            "card_brand": "visa",
            "card_no": "1234",
            "metadata": {"terminal": "V2"},
        }
        result = self.call(
            f"orders/{sale['order_id']}/refunds",
            {"reason": "frío", "payments": [payment]},
        )
        refund = self.assertDone(result, 201)["refund_id"]
        data = self.call(f"refunds/{refund}", method="GET")[1]["data"]
        [told] = data["payments"]
        self.assertEqual((told["client_id"], told["amount"]), ("back-1", -640.0))
        for name in ("transaction_id", "card_brand", "card_no", "metadata"):
            self.assertEqual(told[name], payment[name], name)

    def test_metadata_of_a_reservation_is_told_and_evidence(self):
        metadata = {"table": 5, "share": 0.5}
        reference = self.reference()
        answer = self.assertDone(self.reserve(reference, metadata=metadata))
        self.assertEqual(answer["metadata"], metadata)
        [row] = self.env["nu_restaurant_pos.order_audit"].search(
            [("pos_reference", "=", reference), ("event", "=", "reserve")]
        )
        self.assertIn('"metadata":{"share":"0.5","table":5}', row.payload)

    def test_served_time_is_told(self):
        draft = self.draft()
        self.create_draft(draft)
        self.assertDone(self.call("hub/batch-sync", [{**draft, "step": "ship"}]))
        order = self.orders(draft["pos_reference"])
        told = self.detail(order)["served_at"]
        self.assertEqual(told, order.nu_date_served.isoformat() + "+00:00")

    def test_a_taken_uuid_is_left_to_its_owner(self):
        uuid = "7b0f7c3e-6a4e-4d39-9a53-2f1f0f4f5a04"
        first = self.order_of(self.sell(lines=[self.line(uuid=uuid)]))
        second = self.order_of(self.sell(lines=[self.line(uuid=uuid)]))
        self.assertEqual(first.lines.uuid, uuid)
        self.assertNotEqual(second.lines.uuid, uuid)

    def test_outbox_key_of_the_hub_is_ignored(self):
        sale = self.snapshot()
        sale["_hubSnapshot"] = json.loads(json.dumps(sale))
        self.assertEqual(self.sell(sale)["warnings"], [])
        self.create_draft({**self.draft(), "_hubSnapshot": {"a": 1}})
