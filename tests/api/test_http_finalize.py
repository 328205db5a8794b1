"""Sales over HTTP."""

from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from ..order_case import OrderCase


@tagged("post_install", "-at_install")
class TestFinalize(OrderCase):
    def wire_sale(self):
        """The sale of the description: two dishes, cash, change; of yesterday."""
        self.sold = fields.Datetime.now() - timedelta(days=1)
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
            date_order=(self.sold - timedelta(hours=4)).isoformat() + "-04:00",
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
                "legend": None,
                "signed_at": None,
                "title": "FACTURA DE CONSUMO",
                "issued_at": f"{ncf.date_issued.replace(microsecond=0).isoformat()}Z",
                "buyer": None,
                "taxes": [
                    {"kind": "itbis", "rate": 18.0, "base": 900.0, "amount": 162.0},
                    {"kind": "tip", "rate": 10.0, "base": 900.0, "amount": 90.0},
                ],
                "invoice_id": None,
                "state": "issued",
            },
        }
        self.assertEqual({key: answer[key] for key in expected}, expected)
        self.assertEqual((order.state, order.amount_total), ("paid", 1152.0))
        self.assertEqual((answer["amount_paid"], answer["amount_return"]), (1152, 48))
        self.assertEqual(order.date_order, self.sold)
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
