"""Drafts over HTTP, as hubs and terminals keep them."""

import json

from odoo.tests import tagged

from ..common import HUB_LOGIN, HUB_PASSWORD
from ..order_case import OrderCase
from ..succeeds import succeeds


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

    @succeeds(
        "POST orders",
        "POST orders/create",
        "POST /pos-react/api/orders/create",
        "POST /pos-react/api/orders/update",
    )
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
