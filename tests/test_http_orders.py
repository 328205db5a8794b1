"""Orders over HTTP, as hubs and terminals send them."""

import json
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import HUB_LOGIN, HUB_PASSWORD
from .test_http_gateway import DISPATCHER, GatewayCase


class OrderCase(GatewayCase):
    def create_draft(self, body=None, status=201, **values):
        body = body or self.draft(**values)
        return self.assertDone(self.call("orders/create", body), status)

    def sell(self, body=None, **values):
        body = body or self.snapshot(**values)
        return self.assertDone(self.call("hub/finalize", body))

    def reserve(self, reference, status=200, fiscal_type="B02", **values):
        return self.call(
            "orders/reserve-ncf",
            {
                "pos_reference": reference,
                "config_id": self.config.id,
                "fiscal_type": fiscal_type,
                **values,
            },
        )

    def release(self, reference, **values):
        return self.call(
            "orders/release-ncf",
            {"pos_reference": reference, "config_id": self.config.id, **values},
        )

    def assertReplayed(self, result, status=200):
        body = self.assertDone(result, status)
        self.assertEqual(result[2].headers["Idempotent-Replayed"], "true")
        return body

    def orders(self, reference):
        return self.env["pos.order"].search([("pos_reference", "=", reference)])


@tagged("post_install", "-at_install")
class TestDraft(OrderCase):
    def test_draft_is_created_then_updated(self):
        table = self.ref("table_5")
        body = self.draft(
            self.line(id="client-line-1", qty=2, price=450.0, note="sin cebolla"),
            table_id=table.id,
            guest_count=2,
            mode="order",
            partner_id=None,
            check_discount=0,
        )
        self.assertEqual(body["amount_total"], 1152.0)
        first = self.create_draft(body)
        order = self.order_of(first)
        line = order.lines
        expected = {
            "status": "ok",
            "pos_reference": body["pos_reference"],
            "order_id": order.id,
            "created": True,
            "state": "draft",
            "kitchen_status": "open",
            "line_id_map": {"client-line-1": line.id},
            "amount_total": 1152.0,
            "amount_tax": 252.0,
            "version": 1,
            "fiscal": None,
        }
        self.assertEqual({key: first[key] for key in expected}, expected)
        self.assertEqual(
            (order.table_id, order.customer_count, order.state, line.note),
            (table, 2, "draft", "sin cebolla"),
        )
        self.assertEqual((order.company_id, order.user_id), (self.company, self.hub))

        body["lines"][0]["qty"] = 3
        body["amount_total"] = 1728.0
        second = self.create_draft(body, status=200)
        self.assertEqual(
            {key: second[key] for key in expected},
            {
                **expected,
                "created": False,
                "version": 2,
                "amount_total": 1728.0,
                "amount_tax": 378.0,
            },
        )
        self.assertEqual(order.lines.qty, 3)

    def test_lines_keep_their_id_through_updates(self):
        body = self.draft(self.line(id="a"), self.line(id="b"))
        first = self.create_draft(body)["line_id_map"]
        del body["lines"][0]
        body["lines"].append(self.line(id="c"))
        second = self.create_draft(body, status=200)["line_id_map"]
        self.assertEqual(set(second), {"b", "c"})
        self.assertEqual(second["b"], first["b"])
        self.assertNotIn(second["c"], first.values())

    def test_draft_takes_no_number(self):
        before = self.Ncf.search_count([])
        self.create_draft()
        self.assertEqual(self.Ncf.search_count([]), before)

    def test_stale_version_is_refused_with_the_current_state(self):
        body = self.draft(self.line(id="a"))
        self.create_draft(body)
        self.create_draft(body, status=200)
        stale = {**body, "base_version": 1, "lines": [self.line(id="a", qty=9)]}
        stale["amount_total"] = 5760.0
        refused = self.assertRefused(self.call("orders/create", stale), 409, "CONFLICT")
        self.assertFalse(refused["retryable"])
        current = refused["current"]
        self.assertEqual(
            (current["version"], current["amount_total"], current["state"]),
            (2, 640.0, "draft"),
        )
        order = self.orders(body["pos_reference"])
        self.assertEqual((order.nu_version, order.lines.qty), (2, 1))
        # from the current version it is accepted
        self.assertEqual(
            self.create_draft({**stale, "base_version": 2}, 200)["version"], 3
        )

    def test_wrong_total_is_refused_and_nothing_written(self):
        body = self.draft(total=640.5)
        refused = self.assertRefused(
            self.call("orders/create", body),
            422,
            "TOTALS_MISMATCH",
            path="amount_total",
        )
        [entry] = refused["errors"]
        self.assertEqual((entry["given"], entry["expected"]), ("640.50", "640.00"))
        self.assertFalse(self.orders(body["pos_reference"]))

    def test_all_paths_run_the_same_code(self):
        reference = None
        for path, status in (
            ("/pos-react/api/orders/create", 201),
            ("/pos-react/api/orders/update", 200),
            ("orders", 200),
            ("orders/create", 200),
        ):
            with self.subTest(path=path):
                body = self.draft(self.line(id="a"))
                reference = body["pos_reference"] = reference or body["pos_reference"]
                answer = self.assertDone(self.call(path, body), status)
                self.assertEqual(answer["created"], status == 201)
        order = self.orders(reference)
        self.assertEqual((len(order), order.nu_version), (1, 4))

    def test_update_path_creates_what_is_not_there(self):
        # an outbox may deliver the update when the create was lost
        result = self.call("/pos-react/api/orders/update", self.draft())
        self.assertTrue(self.assertDone(result, 201)["created"])

    def test_legacy_path_takes_a_web_session(self):
        self.authenticate(HUB_LOGIN, HUB_PASSWORD)
        nothing = {"X-Device-Id": None, "X-App-Version": None}
        result = self.call(
            "/pos-react/api/orders/create", self.draft(), token=None, headers=nothing
        )
        order = self.order_of(self.assertDone(result, 201))
        self.assertEqual(order.user_id, self.hub)
        # the session opens nothing else
        result = self.call("orders/create", self.draft(), token=None, headers=nothing)
        self.assertRefused(result, 401, "UNAUTHENTICATED")

    def test_form_of_another_site_cannot_use_the_web_session(self):
        self.authenticate(HUB_LOGIN, HUB_PASSWORD)
        for content_type in ("text/plain", "application/x-www-form-urlencoded"):
            with self.subTest(content_type=content_type):
                result = self.call(
                    "/pos-react/api/orders/create",
                    json.dumps(self.draft()),
                    token=None,
                    headers={"Content-Type": content_type},
                )
                self.assertRefused(result, 415, "UNSUPPORTED_MEDIA_TYPE")

    def test_camel_case_is_accepted(self):
        reference = self.reference()
        result = self.call(
            "orders/create",
            {
                "posReference": reference,
                "configId": self.config.id,
                "orderType": "takeout",
                "guestCount": 3,
                "checkDiscount": 10,
                "fiscalType": "B02",
                "amountTotal": 531.0,
                "lines": [
                    {
                        "id": "a",
                        "productId": self.dish.id,
                        "qty": 1,
                        "priceUnit": 500,
                        "isVoided": False,
                    }
                ],
            },
        )
        answer = self.assertDone(result, 201)
        self.assertEqual(answer["pos_reference"], reference)
        order = self.order_of(answer)
        self.assertEqual(order.customer_count, 3)
        self.assertEqual(order.preset_id.nu_order_type, "takeout")

    def test_amounts_may_be_decimal_strings(self):
        line = self.line(qty=2, price=450.0)
        body = self.draft(line)
        line.update(qty="2", price_unit="450.00", discount="0.0")
        body["amount_total"] = "1152.00"
        self.assertEqual(self.create_draft(body)["amount_total"], 1152.0)

    def test_product_may_be_named_by_code_or_barcode(self):
        for product in ("D001", "2000000000015", {"code": "D001"}):
            with self.subTest(product=product):
                line = self.line()
                del line["product_id"]
                answer = self.create_draft(self.draft({**line, "product": product}))
                self.assertEqual(self.order_of(answer).lines.product_id, self.dish)

    def test_fiscal_type_may_be_spelled_in_each_way(self):
        for spelling in ("B02", "02", "consumidor_final"):
            with self.subTest(spelling=spelling):
                order = self.order_of(self.create_draft(fiscal_type=spelling))
                self.assertEqual(order.nu_document_type_id, self.type("B02"))
        result = self.call("orders/create", self.draft(fiscal_type="B99"))
        self.assertRefused(result, 422, "VALIDATION", path="fiscal_type")

    def test_modes_are_kept(self):
        for mode in ("order", "return", "payment"):
            with self.subTest(mode=mode):
                answer = self.create_draft(mode=mode)
                self.assertEqual(self.order_of(answer).nu_mode, mode)
        result = self.call("orders/create", self.draft(mode="gift"))
        self.assertRefused(result, 422, "VALIDATION", path="mode")

    def test_kitchen_status_follows_the_order(self):
        body = self.draft(self.line(id="a"))
        self.assertEqual(self.create_draft(body)["kitchen_status"], "open")
        answer = self.create_draft({**body, "kitchen_status": "sent"}, 200)
        self.assertEqual(answer["kitchen_status"], "sent")
        # the same lines again change nothing for the kitchen
        self.assertEqual(self.create_draft(body, 200)["kitchen_status"], "sent")
        body["lines"][0]["qty"] = 2
        body["amount_total"] = 1280.0
        self.assertEqual(self.create_draft(body, 200)["kitchen_status"], "changed")
        answer = self.create_draft({**body, "kitchen_status": "sent"}, 200)
        self.assertEqual(answer["kitchen_status"], "sent")
        paid = [{"payment_method_id": self.cash.id, "amount": 1280.0}]
        answer = self.sell({**body, "payments": paid})
        self.assertEqual(answer["kitchen_status"], "paid")

    def test_legal_tip_is_for_the_table_only(self):
        for order_type, total in (
            ("dine_in", 640.0),
            ("takeout", 590.0),
            ("delivery", 590.0),
        ):
            with self.subTest(order_type=order_type):
                answer = self.create_draft(order_type=order_type, total=total)
                self.assertEqual(answer["amount_total"], total)
                self.assertEqual(
                    answer["amount_tip"], 50.0 if order_type == "dine_in" else 0.0
                )

    def test_takeout_has_no_table(self):
        body = self.draft(
            order_type="takeout", total=590.0, table_id=self.ref("table_5").id
        )
        self.assertRefused(
            self.call("orders/create", body), 422, "VALIDATION", path="table_id"
        )

    def test_totals_follow_the_rounding_of_the_company(self):
        # 18 % of 1.03 is 0.1854: three times 0.19, or once 0.56
        lines = [self.line(price=1.03) for _line in range(3)]
        for method, total in (("round_per_line", 3.66), ("round_globally", 3.65)):
            with self.subTest(method=method):
                self.company.tax_calculation_rounding_method = method
                answer = self.create_draft(
                    self.draft(*lines, order_type="takeout", total=total)
                )
                self.assertEqual(answer["amount_total"], total)
                wrong = self.draft(*lines, order_type="takeout", total=total + 0.02)
                self.assertRefused(
                    self.call("orders/create", wrong), 422, "TOTALS_MISMATCH"
                )

    def test_closed_register_is_told(self):
        body = self.draft()
        self.config.current_session_id.state = "closed"
        refused = self.assertRefused(
            self.call("orders/create", body), 409, "SESSION_CLOSED"
        )
        self.assertFalse(refused["retryable"])
        self.assertFalse(self.orders(body["pos_reference"]))


@tagged("post_install", "-at_install")
class TestReservation(OrderCase):
    def test_reservation_answers_the_number(self):
        reference = self.reference()
        result = self.reserve(reference, partner_id=None)
        body = self.assertDone(result)
        ncf = self.Ncf.search([("pos_reference", "=", reference)])
        self.assertEqual(
            body,
            {
                "status": "ok",
                "pos_reference": reference,
                "created": True,
                "fiscal": {
                    "reference": ncf.name,
                    "fiscal_type_code": "B02",
                    "expiration_date": None,
                    "security_code": None,
                    "qr_url": None,
                    "invoice_id": None,
                    "state": "reserved",
                    "range_id": ncf.range_id.id,
                    "remaining": ncf.range_id.remaining,
                },
            },
        )
        self.assertRegex(ncf.name, r"^B02\d{8}$")
        self.assertEqual(ncf.config_id, self.config)
        self.assertInvariant()

    def test_number_that_expires_tells_its_last_day(self):
        body = self.assertDone(self.reserve(self.reference(), fiscal_type="B01"))
        self.assertEqual(body["fiscal"]["expiration_date"], "2027-12-31")

    def test_same_reference_keeps_its_number(self):
        reference = self.reference()
        first = self.assertDone(self.reserve(reference))
        second = self.assertDone(self.reserve(reference, fiscal_type="02"))
        self.assertEqual(second["fiscal"], first["fiscal"])
        self.assertEqual((first["created"], second["created"]), (True, False))
        self.assertInvariant()

    def test_other_type_is_refused_with_the_number_held(self):
        reference = self.reference()
        first = self.assertDone(self.reserve(reference))["fiscal"]
        refused = self.assertRefused(
            self.reserve(reference, fiscal_type="B01"), 409, "CONFLICT"
        )
        self.assertFalse(refused["retryable"])
        self.assertEqual(refused["fiscal"]["reference"], first["reference"])
        held = self.Ncf.search([("pos_reference", "=", reference)])
        self.assertEqual((held.name, held.state), (first["reference"], "reserved"))

    def test_replace_changes_the_type_and_says_what_became_of_the_first(self):
        reference = self.reference()
        first = self.assertDone(self.reserve(reference))["fiscal"]
        body = self.assertDone(self.reserve(reference, fiscal_type="B01", replace=True))
        self.assertTrue(body["created"])
        self.assertEqual(body["fiscal"]["fiscal_type_code"], "B01")
        self.assertEqual(body["replaced"]["reference"], first["reference"])
        self.assertEqual(
            self.Ncf.search([("name", "=", first["reference"])]).state,
            body["replaced"]["state"],
        )
        self.assertIn(body["replaced"]["state"], ("released", "voided"))
        self.assertInvariant()

    def test_sale_uses_the_number_reserved(self):
        body = self.snapshot()
        held = self.assertDone(self.reserve(body["pos_reference"]))["fiscal"]
        before = self.Ncf.search_count([])
        sold = self.sell(body)["fiscal"]
        self.assertEqual(sold["reference"], held["reference"])
        self.assertEqual(sold["state"], "issued")
        self.assertEqual(self.Ncf.search_count([]), before)
        again = self.assertDone(self.reserve(body["pos_reference"]))
        self.assertFalse(again["created"])
        self.assertEqual(again["fiscal"]["state"], "issued")

    def test_types_that_number_no_sale_are_refused(self):
        for fiscal_type in ("B04", "E34", "B11"):
            with self.subTest(fiscal_type=fiscal_type):
                self.assertRefused(
                    self.reserve(self.reference(), fiscal_type=fiscal_type),
                    422,
                    "VALIDATION",
                    path="fiscal_type",
                )

    def test_type_without_a_range_is_told(self):
        refused = self.assertRefused(
            self.reserve(self.reference(), fiscal_type="B16"), 409, "NCF_NO_RANGE"
        )
        self.assertFalse(refused["retryable"])

    def test_used_up_and_expired_ranges_are_told_apart(self):
        today = fields.Date.today()
        values = {
            "company_id": self.company.id,
            "document_type_id": self.type("B16").id,
            "first_number": 1,
            "last_number": 1,
        }
        lot = self.env["nu.pos.ncf.range"].create({**values, "date_expiry": today})
        self.assertDone(self.reserve(self.reference(), fiscal_type="B16"))
        self.assertRefused(
            self.reserve(self.reference(), fiscal_type="B16"), 409, "NCF_EXHAUSTED"
        )
        lot.create(
            {
                **values,
                "first_number": 2,
                "last_number": 9,
                "date_expiry": today - timedelta(days=3),
            }
        )
        self.assertRefused(
            self.reserve(self.reference(), fiscal_type="B16"), 409, "NCF_EXPIRED"
        )

    def test_released_number_goes_out_again(self):
        reference = self.reference()
        held = self.assertDone(self.reserve(reference))["fiscal"]
        body = self.assertDone(self.release(reference, reason="the guests left"))
        self.assertEqual(body["pos_reference"], reference)
        self.assertEqual(
            (body["fiscal"]["reference"], body["fiscal"]["state"]),
            (held["reference"], "released"),
        )
        following = self.assertDone(self.reserve(self.reference()))["fiscal"]
        self.assertEqual(following["reference"], held["reference"])
        self.assertInvariant()

    def test_release_again_is_the_same_answer(self):
        reference = self.reference()
        self.assertDone(self.reserve(reference))
        first = self.assertDone(self.release(reference))
        self.assertEqual(self.assertReplayed(self.release(reference)), first)

    def test_printed_number_is_annulled(self):
        reference = self.reference()
        held = self.assertDone(self.reserve(reference))["fiscal"]
        body = self.assertDone(
            self.release(reference, printed=True, reason_code="05", reason="torn")
        )
        self.assertEqual(body["fiscal"]["state"], "voided")
        ncf = self.Ncf.search([("name", "=", held["reference"])])
        self.assertEqual(
            (ncf.state, ncf.void_reason, ncf.void_note), ("voided", "05", "torn")
        )
        following = self.assertDone(self.reserve(self.reference()))["fiscal"]
        self.assertNotEqual(following["reference"], held["reference"])
        self.assertInvariant()

    def test_number_of_a_sale_is_not_released(self):
        sold = self.sell()
        refused = self.assertRefused(
            self.release(sold["pos_reference"]), 409, "ORDER_PAID"
        )
        self.assertEqual(refused["fiscal"]["reference"], sold["fiscal"]["reference"])
        ncf = self.Ncf.search([("name", "=", sold["fiscal"]["reference"])])
        self.assertEqual(ncf.state, "issued")

    def test_release_of_nothing_is_not_found(self):
        self.assertRefused(self.release(self.reference()), 404, "NOT_FOUND")

    def test_unknown_annulment_reason_is_refused(self):
        reference = self.reference()
        self.assertDone(self.reserve(reference))
        result = self.release(reference, printed=True, reason_code="11")
        self.assertRefused(result, 422, "VALIDATION", path="reason_code")


@tagged("post_install", "-at_install")
class TestFinalize(OrderCase):
    def wire_sale(self):
        """The sale of the description: two dishes, cash, change."""
        return self.snapshot(
            self.line(id="client-line-1", qty=2, price=450.0),
            table_id=self.ref("table_5").id,
            amount_tax=252.0,
            amount_paid=1200.0,
            amount_return=48.0,
            payments=[
                {
                    "id": "pay-1",
                    "payment_method_id": self.cash.id,
                    "amount": 1200.0,
                },
                {
                    "id": "pay-2",
                    "payment_method_id": self.credit.id,
                    "amount": 0.0,
                    "is_credit": True,
                    "transaction_id": "",
                    "card_type": "",
                },
            ],
            date_order="2026-11-20T14:03:22-04:00",
        )

    def test_sale_is_paid_numbered_and_audited(self):
        body = self.wire_sale()
        result = self.call("hub/finalize", body)
        answer = self.assertDone(result)
        self.assertNotIn("Idempotent-Replayed", result[2].headers)
        order = self.order_of(answer)
        ncf = order.nu_ncf_id
        expected = {
            "status": "ok",
            "pos_reference": body["pos_reference"],
            "order_id": order.id,
            "created": True,
            "line_id_map": {"client-line-1": order.lines.id},
            "fiscal": {
                "reference": ncf.name,
                "fiscal_type_code": "B02",
                "expiration_date": None,
                "security_code": None,
                "qr_url": None,
                "invoice_id": None,
                "state": "issued",
            },
        }
        self.assertEqual({key: answer[key] for key in expected}, expected)
        self.assertEqual((order.state, order.amount_total), ("paid", 1152.0))
        self.assertEqual((answer["amount_paid"], answer["amount_return"]), (1152, 48))
        self.assertEqual(str(order.date_order), "2026-11-20 18:03:22")
        self.assertEqual(order.partner_id, self.config.nu_default_partner_id)
        self.assertEqual((ncf.state, ncf.order_id), ("issued", order))
        row = self.env["nu_restaurant_pos.order_audit"].search(
            [("pos_reference", "=", body["pos_reference"])]
        )
        self.assertEqual(
            (row.event, row.user_id, row.device, row.order_res_id, row.ncf),
            ("hub_finalize", self.hub, "test-hub", order.id, ncf.name),
        )
        self.assertEqual(row.request_id, result[2].headers["X-Request-Id"])
        self.assertInvariant()

    def test_repeat_is_the_same_answer_not_created(self):
        body = self.wire_sale()
        first = self.sell(body)
        ledger = self.Ncf.search_count([])
        second = self.assertReplayed(self.call("hub/finalize", body))
        self.assertEqual(second, {**first, "created": False})
        self.assertEqual(len(self.orders(body["pos_reference"])), 1)
        self.assertEqual(self.Ncf.search_count([]), ledger)
        events = self.env["nu_restaurant_pos.order_audit"].search(
            [("pos_reference", "=", body["pos_reference"])]
        )
        self.assertEqual(events.mapped("event"), ["hub_finalize"])

    def test_draft_becomes_the_sale(self):
        body = self.wire_sale()
        draft = {
            key: value
            for key, value in body.items()
            if key not in ("payments", "amount_paid", "amount_return", "date_order")
        }
        first = self.create_draft(draft)
        sold = self.sell(body)
        self.assertEqual(sold["order_id"], first["order_id"])
        self.assertEqual(sold["line_id_map"], first["line_id_map"])

    def test_repeat_with_other_content_is_refused(self):
        body = self.wire_sale()
        sold = self.sell(body)
        order = self.order_of(sold)
        for name, change in (
            ("lines", {"lines": [self.line(id="client-line-1", qty=3, price=300.0)]}),
            ("total", {"amount_total": 1153.0}),
            (
                "payments",
                {
                    "payments": [{"payment_method_id": self.card.id, "amount": 1152.0}],
                    "amount_paid": 1152.0,
                    "amount_return": 0,
                },
            ),
            ("fiscal type", {"fiscal_type": "B01", "partner_id": self.buyer.id}),
        ):
            with self.subTest(name):
                refused = self.assertRefused(
                    self.call("hub/finalize", {**body, **change}),
                    422,
                    "IDEMPOTENCY_MISMATCH",
                )
                self.assertFalse(refused["retryable"])
                self.assertEqual(
                    refused["current"]["fiscal"]["reference"],
                    sold["fiscal"]["reference"],
                )
        self.assertEqual(
            (order.amount_total, order.lines.qty, order.nu_ncf_id.name),
            (1152.0, 2, sold["fiscal"]["reference"]),
        )

    def test_repeat_in_another_spelling_is_a_repeat(self):
        body = self.snapshot(self.line(id="a"))
        first = self.sell(body)
        for name, change in (
            ("amounts as text", {"amount_total": "640.00"}),
            ("fiscal type by digits", {"fiscal_type": "02"}),
            ("fiscal type by word", {"fiscal_type": "consumidor_final"}),
            ("note", {"note": "gracias"}),
        ):
            with self.subTest(name):
                second = self.assertReplayed(
                    self.call("hub/finalize", {**body, **change})
                )
                self.assertEqual(second, {**first, "created": False})

    def test_repeat_that_names_the_product_otherwise_is_a_repeat(self):
        body = self.snapshot(self.line(id="a"))
        first = self.sell(body)
        line = dict(body["lines"][0], product="D001")
        del line["product_id"]
        second = self.assertReplayed(
            self.call("hub/finalize", {**body, "lines": [line]})
        )
        self.assertEqual(second["order_id"], first["order_id"])

    def test_command_form_of_payments_is_accepted(self):
        body = self.snapshot(self.line(id="a"))
        [payment] = body.pop("payments")
        for spelling in ("statement_ids", "statementIds"):
            with self.subTest(spelling):
                sale = {
                    **body,
                    "pos_reference": self.reference(),
                    spelling: [[0, 0, payment]],
                }
                order = self.order_of(self.sell(sale))
                self.assertEqual(order.payment_ids.payment_method_id, self.cash)
                self.assertEqual(order.payment_ids.amount, 640.0)

    def test_late_draft_does_not_touch_a_sale(self):
        body = self.wire_sale()
        sold = self.sell(body)
        draft = self.draft(self.line(id="client-line-1", qty=9))
        draft["pos_reference"] = body["pos_reference"]
        answer = self.assertReplayed(self.call("orders/create", draft))
        self.assertEqual(answer, {**sold, "created": False})
        self.assertEqual(answer["state"], "paid")
        order = self.order_of(sold)
        self.assertEqual((order.lines.qty, order.nu_version), (2, sold["version"]))

    def test_sale_without_payments_is_refused(self):
        for payments in ([], None):
            with self.subTest(payments=payments):
                body = self.snapshot(payments=payments)
                refused = self.assertRefused(
                    self.call("hub/finalize", body),
                    422,
                    "PAYMENT_MISSING",
                    path="payments",
                )
                self.assertFalse(refused["retryable"])
                self.assertFalse(self.orders(body["pos_reference"]))
                self.assertFalse(
                    self.Ncf.search([("pos_reference", "=", body["pos_reference"])])
                )

    def test_part_payment_is_refused(self):
        body = self.snapshot(pay=639.99)
        refused = self.assertRefused(
            self.call("hub/finalize", body), 422, "PAYMENT_INCOMPLETE", path="payments"
        )
        [entry] = refused["errors"]
        self.assertEqual((entry["given"], entry["expected"]), ("639.99", "640.00"))
        self.assertFalse(self.orders(body["pos_reference"]))

    def test_refused_sale_leaves_the_draft_as_it_was(self):
        draft = self.draft(self.line(id="a"))
        self.create_draft(draft)
        payments = [{"payment_method_id": self.cash.id, "amount": 1}]
        result = self.call("hub/finalize", {**draft, "payments": payments})
        self.assertRefused(result, 422, "PAYMENT_INCOMPLETE")
        order = self.orders(draft["pos_reference"])
        self.assertEqual((order.state, order.nu_version), ("draft", 1))
        self.assertFalse(order.payment_ids)

    def test_identified_buyer_gets_an_invoice(self):
        answer = self.sell(fiscal_type="B01", partner_id=self.buyer.id)
        fiscal = answer["fiscal"]
        self.assertRegex(fiscal["reference"], r"^B01\d{8}$")
        self.assertEqual(fiscal["expiration_date"], "2027-12-31")
        invoice = self.env["account.move"].browse(fiscal["invoice_id"])
        self.assertEqual(
            (invoice.state, invoice.partner_id, invoice.nu_ncf, invoice.amount_total),
            ("posted", self.buyer, fiscal["reference"], 640.0),
        )

    def test_buyer_must_be_identified_where_the_law_says(self):
        dear = [self.line(qty=1, price=200_000.0)]  # 256,000.00 with taxes
        for name, body in (
            ("credit", self.snapshot(fiscal_type="B01")),
            ("special", self.snapshot(fiscal_type="B14", total=550.0)),
            ("government", self.snapshot(fiscal_type="B15")),
            ("consumer from 250,000", self.snapshot(*dear)),
        ):
            with self.subTest(name):
                refused = self.assertRefused(
                    self.call("hub/finalize", body),
                    422,
                    "RNC_REQUIRED",
                    path="partner_id",
                )
                self.assertFalse(refused["retryable"])
                self.assertFalse(self.orders(body["pos_reference"]))
        sold = self.sell(*[self.snapshot(*dear, partner_id=self.buyer.id)])
        self.assertEqual(sold["fiscal"]["fiscal_type_code"], "B02")

    def test_sale_all_on_account_has_payments(self):
        customer = self.ref("partner_credit")
        answer = self.sell(
            partner_id=customer.id,
            fiscal_type="B01",
            payments=[{"amount": 640.0, "is_credit": True}],
        )
        order = self.order_of(answer)
        self.assertEqual(order.payment_ids.payment_method_id, self.credit)
        self.assertEqual(answer["fiscal"]["state"], "issued")

    def test_credit_needs_a_customer_and_a_limit(self):
        credit = [{"amount": 640.0, "is_credit": True}]
        result = self.call("hub/finalize", self.snapshot(payments=credit))
        self.assertRefused(result, 422, "VALIDATION", path="partner_id")
        body = self.snapshot(
            payments=credit, partner_id=self.buyer.id, fiscal_type="B01"
        )
        refused = self.assertRefused(
            self.call("hub/finalize", body), 422, "CREDIT_LIMIT", path="payments"
        )
        self.assertFalse(refused["retryable"])

    def test_return_is_not_finalized(self):
        result = self.call("hub/finalize", self.snapshot(mode="return"))
        self.assertRefused(result, 422, "VALIDATION", path="mode")


@tagged("post_install", "-at_install")
class TestReading(OrderCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_other_company()

    def listed(self, **filters):
        query = "&".join(f"{name}={value}" for name, value in filters.items())
        return self.call(f"orders?{query}", method="GET")

    def references(self, **filters):
        body = self.assertDone(self.listed(**filters))
        return [row["pos_reference"] for row in body["data"]]

    def test_filters_select_orders(self):
        draft, sold = self.create_draft(), self.sell()
        # the references hold slashes
        self.assertEqual(
            self.references(pos_reference=sold["pos_reference"]),
            [sold["pos_reference"]],
        )
        number = sold["fiscal"]["reference"]
        self.assertEqual(self.references(fiscal_number=number), [sold["pos_reference"]])
        self.assertIn(draft["pos_reference"], self.references(state="draft"))
        self.assertNotIn(sold["pos_reference"], self.references(state="draft"))
        self.assertIn(sold["pos_reference"], self.references(state="paid"))
        self.assertNotIn(draft["pos_reference"], self.references(state="paid"))
        self.assertIn(draft["pos_reference"], self.references(config_id=self.config.id))
        self.assertEqual(self.references(config_id=self.other_config.id), [])

    def test_newest_comes_first_page_by_page(self):
        made = [self.create_draft()["pos_reference"] for _order in range(3)]
        pages = [
            self.assertDone(
                self.listed(per_page=1, page=page, config_id=self.config.id)
            )
            for page in (1, 2, 3)
        ]
        self.assertEqual(
            [body["data"][0]["pos_reference"] for body in pages], made[::-1]
        )
        total = self.env["pos.order"].search_count([("config_id", "=", self.config.id)])
        numbered = {**pages[1]["pagination"], "next_cursor": "any"}
        self.assertEqual(
            numbered,
            {
                "page": 2,
                "per_page": 1,
                "total": total,
                "total_pages": total,
                "next_cursor": "any",
            },
        )
        beyond = self.assertDone(self.listed(page=1_000_000))
        self.assertEqual(beyond["data"], [])

    def walk(self, **filters):
        """The references on all pages, each reached by the cursor of the one before."""
        found, cursor = [], None
        while True:
            more = {"cursor": cursor} if cursor else {}
            body = self.assertDone(self.listed(per_page=2, **filters, **more))
            found += [order["pos_reference"] for order in body["data"]]
            cursor = body["pagination"]["next_cursor"]
            if not cursor:
                return found

    def test_cursors_lead_through_all_orders_once(self):
        made = [self.create_draft()["pos_reference"] for _order in range(5)]
        self.assertEqual(self.walk(config_id=self.config.id)[:5], made[::-1])
        changes = self.walk(updated_since="2026-01-01T00:00:00Z")
        self.assertEqual(len(changes), len(set(changes)))
        self.assertEqual([ref for ref in changes if ref in made], made)

    def test_cursors_tell_changes_of_one_moment_apart(self):
        """What one transaction wrote has one moment; it must not be cut in two."""
        made = [self.create_draft() for _order in range(5)]
        self.env.cr.execute(
            "UPDATE pos_order SET write_date = '2099-03-04 05:06:07.891011'"
            " WHERE pos_reference = ANY(%s)",
            [[order["pos_reference"] for order in made]],
        )
        walked = self.walk(updated_since="2099-03-04T05:06:07Z")
        self.assertEqual(walked, [order["pos_reference"] for order in made])

    def test_a_page_by_cursor_stays_where_it_was(self):
        made = [self.create_draft()["pos_reference"] for _order in range(4)]
        first = self.assertDone(self.listed(per_page=2, config_id=self.config.id))
        self.create_draft()
        cursor = first["pagination"]["next_cursor"]
        second = self.assertDone(
            self.listed(per_page=2, config_id=self.config.id, cursor=cursor)
        )
        self.assertEqual(
            [order["pos_reference"] for order in second["data"]], made[1::-1]
        )
        self.assertIsNone(second["pagination"]["total"])

    def test_what_is_no_cursor_is_refused(self):
        self.create_draft(), self.create_draft()
        plain = self.assertDone(self.listed(per_page=1))["pagination"]["next_cursor"]
        for cursor in (
            "x",
            "ñ",
            "MA==",
            "LTE=",
            "MUB4",
            "MUAyMDI2LTAxLTAxVDAwOjAwWg==",
        ):
            self.assertRefused(
                self.listed(cursor=cursor), 422, "VALIDATION", path="cursor"
            )
        # of a list in another order
        self.assertRefused(
            self.listed(cursor=plain, updated_since="2026-01-01T00:00:00Z"),
            422,
            "VALIDATION",
            path="cursor",
        )

    def test_page_size_has_a_limit(self):
        body = self.assertDone(self.listed(per_page=100_000))
        self.assertEqual(body["pagination"]["per_page"], 200)

    def test_changes_since_a_moment_come_oldest_first(self):
        first, second = self.create_draft(), self.create_draft()
        before = "2026-01-01T00:00:00-04:00"
        listed = self.references(updated_since=before, per_page=200)
        self.assertLess(
            listed.index(first["pos_reference"]), listed.index(second["pos_reference"])
        )
        self.assertEqual(self.references(updated_since="2099-01-01T00:00:00Z"), [])

    def test_wrong_filters_are_refused_with_their_name(self):
        for name, value in (
            ("colour", "red"),
            ("state", "open"),
            ("page", "0"),
            ("per_page", "x"),
            ("config_id", "-1"),
            ("updated_since", "2026-01-01T00:00:00"),
        ):
            with self.subTest(name=name):
                self.assertRefused(
                    self.listed(**{name: value}), 422, "VALIDATION", path=name
                )

    def test_absurd_page_is_refused(self):
        with mute_logger(DISPATCHER, "odoo.http", "odoo.sql_db"):
            result = self.listed(page=10**30)
        self.assertRefused(result, 422, "VALIDATION", path="page")

    def test_order_is_read_by_id_and_uuid(self):
        sold = self.sell(self.snapshot(self.line(id="a", note="sin sal")))
        order = self.order_of(sold)
        by_id = self.assertDone(self.call(f"orders/{order.id}", method="GET"))
        by_uuid = self.assertDone(self.call(f"orders/{order.uuid}", method="GET"))
        self.assertEqual(by_id, by_uuid)
        data = by_id["data"]
        self.assertEqual(
            (data["id"], data["uuid"], data["state"], data["amount_total"]),
            (order.id, order.uuid, "paid", 640.0),
        )
        self.assertEqual(data["fiscal"], sold["fiscal"])
        self.assertEqual(data["line_id_map"], sold["line_id_map"])
        [line] = data["lines"]
        self.assertEqual(
            (line["client_id"], line["qty"], line["price_unit"], line["note"]),
            ("a", 1, 500.0, "sin sal"),
        )
        self.assertEqual(line["price_subtotal_incl"], 640.0)
        self.assertEqual(
            [(row["type"], row["amount"]) for row in data["payments"]],
            [("cash", 640.0)],
        )
        # moments carry their offset
        self.assertTrue(data["date_order"].endswith("+00:00"))

    def test_order_of_another_company_is_not_found(self):
        session = self.env["pos.session"].create({"config_id": self.other_config.id})
        foreign = self.env["pos.order"].create(
            {
                "session_id": session.id,
                "company_id": self.other_company.id,
                "pos_reference": self.reference(),
                "amount_tax": 0,
                "amount_total": 0,
                "amount_paid": 0,
                "amount_return": 0,
            }
        )
        answers = []
        for key in (foreign.id, foreign.uuid, foreign.id + 10_000, "no-uuid"):
            with self.subTest(key=key):
                result = self.call(f"orders/{key}", method="GET")
                body = self.assertRefused(result, 404, "NOT_FOUND")
                del body["request_id"]
                answers.append(body)
        self.assertEqual(answers, answers[:1] * 4)
        self.assertEqual(self.references(pos_reference=foreign.pos_reference), [])

    def test_same_reference_in_another_company_is_another_order(self):
        session = self.env["pos.session"].create({"config_id": self.other_config.id})
        body = self.draft()
        foreign = self.env["pos.order"].create(
            {
                "session_id": session.id,
                "company_id": self.other_company.id,
                "pos_reference": body["pos_reference"],
                "amount_tax": 0,
                "amount_total": 0,
                "amount_paid": 0,
                "amount_return": 0,
            }
        )
        self.assertNotEqual(self.create_draft(body)["order_id"], foreign.id)
        self.assertFalse(foreign.lines)

    def test_payment_methods_of_the_register(self):
        expected = {
            "status": "ok",
            "config_id": self.config.id,
            "payment_methods": [
                {"id": self.ref(name).id, "name": label, "type": kind}
                for name, label, kind in (
                    ("pm_cash", "Efectivo", "cash"),
                    ("pm_card", "Tarjeta", "card"),
                    ("pm_transfer", "Transferencia", "transfer"),
                    ("pm_voucher", "Bono de regalo", "voucher"),
                    ("pm_credit", "Crédito", "credit"),
                )
            ],
        }
        config = self.config.id
        for name, result in (
            ("no register named", self.call("payments/methods")),
            ("body", self.call("payments/methods", {"config_id": config})),
            ("camel case", self.call("payments/methods", {"configId": config})),
            (
                "query",
                self.call(f"payments/methods?config_id={config}", method="GET"),
            ),
        ):
            with self.subTest(name):
                self.assertEqual(self.assertDone(result), expected)

    def test_payment_methods_of_an_unknown_register_are_refused(self):
        result = self.call("payments/methods", {"config_id": 999_999})
        self.assertRefused(result, 422, "UNKNOWN_REFERENCE", path="config_id")


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
            mute_logger("odoo.addons.nu_restaurant_pos.models.nu_pos_batch"),
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
