"""Odoo's own addons that take payments beside ours, each through its own code."""

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from ..common import ApiCase
from ..one_document import OneDocumentCase


class TestOnlinePayment(OneDocumentCase):
    """``pos_online_payment``: a guest pays the check on his telephone."""

    def transaction(self, order, amount):
        method = self.env["payment.method"].create(
            {"name": "Tarjeta en línea", "code": "nu_test"}
        )
        provider = self.env["payment.provider"].create(
            {
                "name": "Pasarela",
                "code": "none",
                "state": "test",
                "company_id": self.company.id,
                "payment_method_ids": [Command.set(method.ids)],
            }
        )
        payment = self.env["account.payment"].create(
            {
                "amount": amount,
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.client.id,
                "journal_id": self.card.journal_id.id,
            }
        )
        return self.env["payment.transaction"].create(
            {
                "provider_id": provider.id,
                "payment_method_id": method.id,
                "reference": self.reference(),
                "amount": amount,
                "currency_id": self.company.currency_id.id,
                "partner_id": self.client.id,
                "pos_order_id": order.id,
                "payment_id": payment.id,
                "state": "done",
                "last_state_change": fields.Datetime.now(),
            }
        )

    def test_check_paid_online_is_numbered(self):
        order = self.waiting().with_user(self.env.user)
        self.transaction(order, 640.0)._process_pos_online_payment()
        self.env.invalidate_all()
        self.assertEqual(order.state, "paid")
        self.assertRegex(order.nu_ncf, r"^B02\d{8}$")
        self.assertEqual(order.nu_ncf_id.order_id, order)
        self.assertInvariant()

    def test_half_of_it_is_no_sale(self):
        order = self.waiting().with_user(self.env.user)
        self.transaction(order, 320.0)._process_pos_online_payment()
        self.assertEqual((order.state, order.nu_ncf), ("draft", False))
        self.transaction(order, 320.0)._process_pos_online_payment()
        self.assertEqual((order.state, order.nu_ncf_id.state), ("paid", "issued"))

    def test_payment_that_cannot_be_numbered_is_not_processed(self):
        """It stays to be processed; the payment module tries again."""
        order = self.waiting().with_user(self.env.user)
        self.env["nu.pos.ncf.range"].search(
            [("document_type_id", "=", self.type("B02").id)]
        ).write({"state": "closed"})
        transaction = self.transaction(order, 640.0)
        with self.env.cr.savepoint():
            self.assertProblem("NCF_NO_RANGE", transaction._process_pos_online_payment)
        self.env.invalidate_all()
        self.assertEqual((order.state, len(order.payment_ids)), ("draft", 0))


@tagged("post_install", "-at_install")
class TestSelfOrder(ApiCase):
    """``pos_self_order``: a guest orders, without logging in."""

    def setUp(self):
        super().setUp()
        self.config.write(
            {
                "self_ordering_default_user_id": self.ref("user_cashier").id,
                "self_ordering_mode": "mobile",
                "self_ordering_pay_after": "meal",
                "self_ordering_service_mode": "counter",
            }
        )

    def order(self, price, **values):
        preset = self.config.default_preset_id
        body = {**self.screen_order("draft", preset_id=preset.id), **values}
        body.pop("pos_reference")
        body.update(
            amount_total=round(price * 1.28, 2), company_id=self.company.id, name="x"
        )
        body["lines"][0][2].update(
            price_unit=price,
            price_subtotal=price,
            price_subtotal_incl=round(price * 1.28, 2),
        )
        response = self.url_open(
            "/pos-self-order/process-order/mobile/",
            json={
                "jsonrpc": "2.0",
                "params": {
                    "access_token": self.config.access_token,
                    "table_identifier": self.ref("table_3").identifier,
                    "order": body,
                },
            },
        )
        self.env.invalidate_all()
        found = self.env["pos.order"].search([("uuid", "=", body["uuid"])])
        return response.json(), found

    def test_free_order_is_numbered(self):
        answer, order = self.order(0.0)
        self.assertNotIn("error", answer)
        self.assertEqual((order.state, order.amount_total), ("paid", 0.0))
        self.assertRegex(order.nu_ncf, r"^B02\d{8}$")
        self.assertEqual(order.nu_ncf_id.state, "issued")
        self.assertInvariant()

    def test_order_to_be_paid_takes_none(self):
        answer, order = self.order(500.0)
        self.assertNotIn("error", answer)
        self.assertEqual((order.state, order.nu_ncf), ("draft", False))
        self.assertFalse(self.Ncf._live(self.company, order.pos_reference))

    def test_guest_who_says_that_he_has_paid_takes_none(self):
        taken = self.Ncf.search_count([])
        answer, order = self.order(
            500.0,
            state="paid",
            amount_paid=640.0,
            payment_ids=[
                Command.create({"payment_method_id": self.cash.id, "amount": 640.0})
            ],
        )
        self.assertIn("error", answer)
        self.assertFalse(order)
        self.assertEqual(self.Ncf.search_count([]), taken)
